//! Computers: facts of each worked out on demand from its index, so that a fleet of any size costs no memory.
//!
//! What must be found by a person who tries the server, or by a test, stands at fixed indices of the first 420.

mod accounts;
pub(crate) mod applications;
pub(super) mod attributes;
mod clocks;
mod hardware;
mod models;
mod names;
mod security;

use std::cell::OnceCell;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::chance::Chance;
use super::people::{self, Person};
use super::{ComputerSection, groups};
use clocks::written;
use models::Release;
pub(crate) use security::Encryption;

/// Macs of the lab, which belong to nobody.
const LAB: std::ops::Range<usize> = 330..370;
/// Never sent an inventory.
const NEVER: [usize; 5] = [41, 112, 207, 281, 399];
/// Taken from a train; it checks in from an odd address.
const STOLEN: usize = 57;
/// Of somebody who has left; the person has the same index.
pub(crate) const LEAVER: usize = 76;
/// Virtual machines.
const VIRTUAL: [usize; 3] = [288, 373, 374];
/// Was set up, and never given to anybody.
const SETUP: usize = 44;
/// Two records of one Mac, before and after its logic board was swapped: one serial number.
const BOARDS: [(usize, usize); 2] = [(175, 176), (275, 276)];
/// PreStage enrollments of computers, in the order of their ids.
pub(super) const PRESTAGES: [&str; 3] = ["Staff MacBooks", "Lab iMacs", "Loaners"];

/// One computer of a fleet, by its index.
pub(crate) struct Computer {
    pub(crate) index: usize,
    chance: Chance,
    now: Timestamp,
    /// What much else follows from, worked out once.
    reported: OnceCell<Option<Timestamp>>,
    release: OnceCell<Option<&'static Release>>,
}

/// Each of so many computers has a file attached.
pub(crate) const WITH_ATTACHMENT: usize = 75;

/// The file that is attached at the start.
pub(crate) const HANDOVER: &str = "Handed over with charger and sleeve. Display without scratches. The user has read the policy for mobile work.\n";

impl Computer {
    pub(crate) fn new(chance: Chance, now: Timestamp, index: usize) -> Self {
        Self { index, chance, now, reported: OnceCell::new(), release: OnceCell::new() }
    }

    fn other(&self, index: usize) -> Self {
        Self::new(self.chance, self.now, index)
    }

    /// Ids have gaps where computers were deleted.
    pub(crate) fn id(index: usize) -> usize {
        index + 1 + index / 9
    }

    /// The older record of the same Mac, where it is the newer one.
    fn older_record(&self) -> Option<Self> {
        BOARDS.iter().find(|(_, new)| *new == self.index).map(|(old, _)| self.other(*old))
    }

    /// The record that a Mac was bought as.
    fn of_board(&self) -> Self {
        self.older_record().unwrap_or_else(|| self.other(self.index))
    }

    pub(crate) fn serial(&self) -> String {
        format!("ZZ{}", self.chance.hex(self.of_board().index, "serial", 8))
    }

    pub(crate) fn udid(&self) -> String {
        self.chance.uuid(self.index, "udid")
    }

    pub(crate) fn management_id(&self) -> String {
        self.chance.uuid(self.index, "management").to_lowercase()
    }

    pub(crate) fn never_inventoried(&self) -> bool {
        NEVER.contains(&self.index)
    }

    pub(crate) fn managed(&self) -> bool {
        !matches!(self.index % 70, 69)
    }

    /// The PreStage enrollment that it came by; nothing where somebody enrolled it manually.
    pub(super) fn prestage(&self) -> Option<usize> {
        let index = self.of_board().index;
        let by_hand = index % 11 == 10 || index % 60 == 44;
        let by_hand = by_hand && !LAB.contains(&index) || VIRTUAL.contains(&index);
        (!by_hand).then_some(match index {
            _ if LAB.contains(&index) => 1,
            _ if index % 53 == 12 => 2,
            _ => 0,
        })
    }

    pub(crate) fn section(&self, section: ComputerSection, filled: Vec<Value>) -> Value {
        let known = !self.never_inventoried();
        match section {
            ComputerSection::General => self.general(),
            ComputerSection::DiskEncryption => self.disk_encryption(),
            ComputerSection::Purchasing => self.purchasing(),
            ComputerSection::Applications => self.applications(),
            ComputerSection::Storage => self.storage(),
            ComputerSection::UserAndLocation => self.user_and_location(),
            ComputerSection::ConfigurationProfiles => Value::Array(filled),
            ComputerSection::Printers if known => {
                json!([{ "name": "Follow Me", "type": "Generic PostScript", "uri": "ipps://print.example.org/follow", "location": "" }])
            }
            ComputerSection::Services if known => {
                json!([{ "name": "com.apple.ManagedClient.agent" }, { "name": "com.jamf.management.daemon" }])
            }
            ComputerSection::Hardware => self.hardware(),
            ComputerSection::LocalUserAccounts => self.accounts(),
            ComputerSection::Certificates => self.certificates(),
            ComputerSection::Attachments if self.index.is_multiple_of(WITH_ATTACHMENT) => json!([{
                "id": (self.index / WITH_ATTACHMENT + 1).to_string(), "name": "handover.txt", "fileType": "text/plain",
                "sizeBytes": HANDOVER.len(),
            }]),
            ComputerSection::Printers
            | ComputerSection::Services
            | ComputerSection::Attachments
            | ComputerSection::LicensedSoftware
            | ComputerSection::Ibeacons => json!([]),
            ComputerSection::PackageReceipts => json!({
                "installedByJamfPro": filled,
                "installedByInstallerSwu": if known {
                    vec!["com.apple.pkg.XProtectPayloads_10_15", "com.apple.pkg.GatekeeperConfigData"]
                } else {
                    Vec::new()
                },
                "cached": [],
            }),
            ComputerSection::Security => self.security(),
            ComputerSection::OperatingSystem => self.operating_system(),
            ComputerSection::SoftwareUpdates => self.software_updates(),
            ComputerSection::ExtensionAttributes => Value::Array(self.extension_attributes()),
            ComputerSection::ContentCaching => Value::Null,
            ComputerSection::GroupMemberships => Value::Array(filled),
        }
    }

    fn general(&self) -> Value {
        let known = !self.never_inventoried();
        let (seen, own) = self.addresses().unzip();
        let user = known.then(|| self.main_account());
        let approved = self.managed() && (self.prestage().is_some() || self.index % 60 != 44);
        let capable: Vec<String> =
            user.iter().filter(|_| self.managed() && self.owner().is_some()).cloned().collect();
        let enrolled = self.enrolled();
        let moment = |at: Option<Timestamp>| at.map(written);
        let method = match self.prestage() {
            Some(place) => {
                json!({ "id": (place + 1).to_string(), "objectName": PRESTAGES.get(place), "objectType": "PreStage enrollment" })
            }
            None => {
                json!({ "id": "1", "objectName": user.as_deref().unwrap_or("ladmin"), "objectType": "User-initiated - no invitation" })
            }
        };
        json!({
            "name": self.name(),
            "lastIpAddress": seen,
            "lastReportedIpV4": own,
            "lastReportedIpV6": null,
            "jamfBinaryVersion": if known { "11.32.0-t1761150000000" } else { "" },
            "platform": "Mac",
            "barcode1": null,
            "barcode2": null,
            "assetTag": if self.index.is_multiple_of(3) { json!(format!("A{:05}", 10_000 + self.index)) } else { Value::Null },
            "remoteManagement": { "managed": self.managed(), "managementUsername": if self.has_old_account() { "casperadmin" } else { "" } },
            "supervised": approved,
            "mdmCapable": { "capable": self.managed(), "capableUsers": capable, "userManagementInfo": [] },
            "reportDate": moment(self.reported()),
            "lastCheckIn": moment(self.checked_in()),
            "lastContact": moment(self.contacted()),
            "lastCloudBackupDate": null,
            "lastEnrolledDate": written(enrolled),
            "mdmProfileExpiration": moment(self.profile_ends()),
            "initialEntryDate": written(self.entered()).get(..10),
            "distributionPoint": null,
            "enrollmentMethod": method,
            "site": groups::site(self.index),
            "itunesStoreAccountActive": false,
            "enrolledViaAutomatedDeviceEnrollment": self.prestage().is_some(),
            "userApprovedMdm": approved || self.prestage().is_some(),
            "declarativeDeviceManagementEnabled": known && self.managed() && self.model().silicon,
            "extensionAttributes": [],
            "managementId": self.management_id(),
            "lastLoggedInUsernameSelfService": null,
            "lastLoggedInUsernameSelfServiceTimestamp": null,
            "lastLoggedInUsernameBinary": user,
            "lastLoggedInUsernameBinaryTimestamp": moment(self.logged_in()),
            "lastLoggedInUsernameMdm": null,
            "lastLoggedInUsernameMdmTimestamp": null,
        })
    }

    /// When profiles were installed.
    pub(super) fn profiles_since(&self) -> String {
        let installed = self.enrolled().checked_add(SignedDuration::from_mins(3));
        written(installed.unwrap_or(self.now))
    }
}

/// `days` and `minutes` before now, as Jamf writes times.
pub(crate) fn stamp(now: Timestamp, days: i64, minutes: i64) -> String {
    let ago = SignedDuration::from_hours(days.saturating_mul(24)) + SignedDuration::from_mins(minutes);
    let at = now.checked_sub(ago).unwrap_or(now);
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}
