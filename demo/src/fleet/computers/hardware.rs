//! What a Mac is made of.

use serde_json::{Value, json};

use super::{Computer, Encryption, clocks::written, models::RESPONSE};

impl Computer {
    pub(super) fn hardware(&self) -> Value {
        let model = self.model();
        if self.never_inventoried() {
            return json!({ "make": "Apple", "model": "", "modelIdentifier": "", "serialNumber": self.serial(), "macAddress": "", "extensionAttributes": [] });
        }
        let battery = model.is_laptop().then(|| 60 + self.index % 40);
        json!({
            "make": "Apple", "model": model.name, "modelIdentifier": model.identifier, "serialNumber": self.serial(),
            "processorSpeedMhz": if model.silicon { 0 } else { 2400 }, "processorCount": 1, "coreCount": model.cores,
            "processorType": model.processor, "processorArchitecture": if model.silicon { "arm64" } else { "x86_64" },
            "busSpeedMhz": 0, "cacheSizeKilobytes": 0, "networkAdapterType": "Wi-Fi", "macAddress": self.chance.mac(self.index, "wifi"),
            "altNetworkAdapterType": "Ethernet", "altMacAddress": self.chance.mac(self.index, "ethernet"),
            "totalRamMegabytes": (8192 * (1 + self.index % 4)), "openRamSlots": 0,
            "batteryCapacityPercent": battery,
            "batteryHealth": if !model.is_laptop() { "UNSUPPORTED" } else if self.battery_is_worn() { "SERVICE_RECOMMENDED" } else { "NORMAL" },
            "smcVersion": null, "nicSpeed": "n/a", "opticalDrive": "", "bootRom": if model.silicon { "13822.41.1" } else { "2075.100.3.0.3" }, "bleCapable": !model.is_virtual(),
            "supportsIosAppInstalls": model.silicon, "appleSilicon": model.silicon,
            "provisioningUdid": if model.silicon { json!(self.chance.uuid(self.index, "provisioning")) } else { Value::Null },
            "extensionAttributes": [],
        })
    }

    pub(super) fn battery_is_worn(&self) -> bool {
        self.index % 33 == 2
    }

    pub(super) fn storage(&self) -> Value {
        if self.never_inventoried() {
            return Value::Null;
        }
        let size = [251_000, 494_384, 994_662].get(self.index % 3).copied().unwrap_or(494_384);
        let free = if self.index % 28 == 13 {
            4_100
        } else {
            size / 100 * (10 + i64::try_from(self.chance.below(self.index, "free", 70)).unwrap_or_default())
        };
        let encrypted = self.encryption().is_on();
        json!({
            "bootDriveAvailableSpaceMegabytes": free,
            "disks": [{
                "id": "1", "device": "disk0", "model": if self.model().is_virtual() { "VirtIO Block Device" } else { "APPLE SSD" }, "revision": "1",
                "serialNumber": self.chance.hex(self.index, "disk", 12),
                "sizeMegabytes": size, "smartStatus": "Verified", "type": "false",
                "partitions": [{
                    "name": "Macintosh HD (Boot Partition)", "sizeMegabytes": size, "availableMegabytes": free, "partitionType": "BOOT",
                    "percentUsed": 100 - free * 100 / size,
                    "fileVault2State": if encrypted { "ENCRYPTED" } else { "UNENCRYPTED" },
                    "fileVault2ProgressPercent": if encrypted { 100 } else { 0 }, "lvmManaged": false,
                }],
            }],
        })
    }

    pub(super) fn operating_system(&self) -> Value {
        let release = self.release();
        let responded = self.index == RESPONSE;
        json!({
            "name": if release.is_some() { "macOS" } else { "" }, "version": self.os_version(),
            "build": release.map_or("", |release| release.build),
            "supplementalBuildVersion": if responded { "22F770820d" } else { release.map_or("", |release| release.build) },
            "rapidSecurityResponse": if responded { "(c)" } else { "" },
            "activeDirectoryStatus": if release.is_some() { "Not Bound" } else { "" },
            "fileVault2Status": match self.encryption() {
                Encryption::None => "NOT_ENCRYPTED",
                Encryption::Unknown | Encryption::NotApplicable => "NOT_APPLICABLE",
                _ => "BOOT_ENCRYPTED",
            },
            "softwareUpdateDeviceId": if release.is_some() { self.model().board } else { "" }, "extensionAttributes": [],
        })
    }

    pub(super) fn software_updates(&self) -> Value {
        let own = self.os_major();
        let row = |(name, release): (String, &super::models::Release)| {
            let kind = if release.version.starts_with(&own.to_string()) { "patch" } else { "full" };
            let size = if kind == "patch" { "minor" } else { "major" };
            json!({ "name": name, "version": release.version, "packageName": format!("MSU_UPDATE_{}_{kind}_{}_{size}", release.build, release.version) })
        };
        self.offered().into_iter().map(row).collect()
    }

    pub(super) fn purchasing(&self) -> Value {
        let bought = self.bought();
        let day = |days: i64| super::stamp(self.now, days, 0).get(..10).map(str::to_owned);
        json!({
            "leased": self.index.is_multiple_of(5), "purchased": !self.index.is_multiple_of(5),
            "poNumber": format!("PO-{}", 4000 + self.index / 12), "poDate": day(bought),
            "vendor": "Example Reseller", "warrantyDate": day(bought - 1095), "appleCareId": "",
            "leaseDate": if self.index.is_multiple_of(5) { json!(day(bought - 1460)) } else { Value::Null },
            "purchasePrice": "1,899.00", "lifeExpectancy": 4, "purchasingAccount": "", "purchasingContact": "",
            "extensionAttributes": [],
        })
    }

    pub(super) fn certificates(&self) -> Value {
        if self.never_inventoried() {
            return json!([]);
        }
        let issued = self.enrolled();
        let certificate = |name: &str, identity: bool, ends: jiff::Timestamp| {
            let days = (ends.as_second() - self.now.as_second()) / 86_400;
            json!({
                "commonName": name, "identity": identity, "expirationDate": written(ends), "username": null,
                "lifecycleStatus": "ACTIVE", "certificateStatus": if days < 0 { "EXPIRED" } else if days < 30 { "EXPIRING" } else { "ISSUED" },
                "subjectName": format!("CN={name}"),
                "serialNumber": self.chance.hex(self.index, name, 16), "sha1Fingerprint": self.chance.hex(self.index, name, 40),
                "issuedDate": written(issued),
            })
        };
        let root = issued.checked_add(jiff::SignedDuration::from_hours(24 * 3650)).unwrap_or(issued);
        let identity = self.profile_ends().map(|ends| certificate(&self.udid(), true, ends));
        identity.into_iter().chain([certificate("Example Organization Root", false, root)]).collect()
    }
}
