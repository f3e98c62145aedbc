//! How a Mac is protected, and the secrets that only their own endpoints tell.

use serde_json::{Value, json};

use super::{Computer, LAB, VIRTUAL};

/// The state of a disk's encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    Valid,
    InvalidKey,
    NotEscrowed,
    Institutional,
    None,
    /// A virtual machine, which has no disk to encrypt.
    NotApplicable,
    Unknown,
}

impl Encryption {
    pub(super) fn is_on(self) -> bool {
        !matches!(self, Self::None | Self::NotApplicable | Self::Unknown)
    }
}

impl Computer {
    /// The state of its disk encryption: 9 not encrypted, 6 without a key in escrow, 14 with an invalid key in every 420.
    pub(crate) fn encryption(&self) -> Encryption {
        if self.never_inventoried() {
            return Encryption::Unknown;
        }
        match self.index % 420 {
            _ if VIRTUAL.contains(&self.index) => Encryption::NotApplicable,
            25 | 71 | 118 | 164 | 211 | 257 | 304 | 352 | 411 => Encryption::None,
            14 | 84 | 154 | 224 | 294 | 394 => Encryption::NotEscrowed,
            index if index % 30 == 8 => Encryption::InvalidKey,
            401 | 402 => Encryption::Institutional,
            _ => Encryption::Valid,
        }
    }

    /// Whether its firewall is on; nothing where it never reported.
    pub(crate) fn firewall(&self) -> Option<bool> {
        (!self.never_inventoried()).then_some(self.index % 18 != 5)
    }

    pub(super) fn disk_encryption(&self) -> Value {
        let state = self.encryption();
        let encrypted = state.is_on();
        let validity = match state {
            Encryption::Valid => "VALID",
            Encryption::InvalidKey => "INVALID",
            Encryption::NotEscrowed | Encryption::Unknown => "UNKNOWN",
            Encryption::None | Encryption::Institutional | Encryption::NotApplicable => "NOT_APPLICABLE",
        };
        json!({
            "bootPartitionEncryptionDetails": {
                "partitionName": if state == Encryption::Unknown { "" } else { "Macintosh HD" },
                "partitionFileVault2State": match state {
                    Encryption::Unknown => "UNKNOWN",
                    Encryption::None | Encryption::NotApplicable => "UNENCRYPTED",
                    _ => "ENCRYPTED",
                },
                "partitionFileVault2Percent": if encrypted { 100 } else { 0 },
            },
            "individualRecoveryKeyValidityStatus": validity,
            "institutionalRecoveryKeyPresent": state == Encryption::Institutional,
            "diskEncryptionConfigurationName": if encrypted { json!("FileVault with escrow") } else { Value::Null },
            "fileVault2Enabled": encrypted,
            "fileVault2EnabledUserNames": if encrypted { vec![self.main_account()] } else { Vec::new() },
            "fileVault2EligibilityMessage": match state {
                Encryption::Unknown => "",
                Encryption::NotApplicable => "Not a boot partition",
                _ => "Eligible",
            },
        })
    }

    pub(super) fn security(&self) -> Value {
        if self.never_inventoried() {
            return json!({ "sipStatus": "NOT_COLLECTED", "gatekeeperStatus": "NOT_COLLECTED" });
        }
        let model = self.model();
        let real = !model.is_virtual();
        json!({
            "sipStatus": if self.index == 265 { "DISABLED" } else { "ENABLED" },
            "gatekeeperStatus": "APP_STORE_AND_IDENTIFIED_DEVELOPERS", "xprotectVersion": "5322", "autoLoginDisabled": !LAB.contains(&self.index),
            "remoteDesktopEnabled": LAB.contains(&self.index), "activationLockEnabled": self.index % 40 == 12 && real,
            "recoveryLockEnabled": model.silicon && real && self.index.is_multiple_of(4),
            "firewallEnabled": self.firewall(), "secureBootLevel": if model.silicon { "FULL_SECURITY" } else { "MEDIUM_SECURITY" },
            "externalBootLevel": "DISALLOW_BOOTING_FROM_EXTERNAL_MEDIA", "bootstrapTokenAllowed": true,
            "bootstrapTokenEscrowedStatus": if self.index % 38 == 30 { "NOT_ESCROWED" } else { "ESCROWED" },
            "lastAttestationAttempt": null, "lastSuccessfulAttestation": null,
            "attestationStatus": if model.silicon && real { "SUCCESS" } else { "MDA_UNSUPPORTED_DUE_TO_HARDWARE" },
        })
    }

    /// What only the endpoints for secrets tell. Every value can be recognized by its first word.
    pub(crate) fn secrets(&self) -> Value {
        let id = Self::id(self.index).to_string();
        let encryption = self.disk_encryption();
        let key = match self.encryption() {
            Encryption::Valid | Encryption::InvalidKey => {
                json!(format!("CANARY-FILEVAULT-{}", self.chance.hex(self.index, "key", 16)))
            }
            _ => Value::Null,
        };
        json!({
            "filevault": {
                "computerId": id, "name": self.name(), "personalRecoveryKey": key,
                "bootPartitionEncryptionDetails": encryption.get("bootPartitionEncryptionDetails"),
                "individualRecoveryKeyValidityStatus": encryption.get("individualRecoveryKeyValidityStatus"),
                "institutionalRecoveryKeyPresent": encryption.get("institutionalRecoveryKeyPresent"),
                "diskEncryptionConfigurationName": encryption.get("diskEncryptionConfigurationName"),
            },
            "deviceLockPin": "CANARY",
            "recoveryLockPassword": format!("CANARY-RECOVERY-{id}"),
        })
    }
}
