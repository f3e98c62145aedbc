//! The fictional fleet: seeded, relative to now, and as untidy as a real one. Data only, no HTTP.
//!
//! Computers are worked out on demand from their index, so that 100,000 of them cost no memory; everything else is a small
//! list of JSON objects. Secrets begin with `CANARY`, so that a test can tell that none of them got out.

use std::{
    collections::HashMap,
    sync::{Mutex, OnceLock},
};

use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) mod app_installers;
mod chance;
mod classic;
mod computers;
pub(crate) mod directory;
mod groups;
mod membership;
mod mobile_devices;
mod mobile_scopes;
mod network;
pub(crate) mod past;
mod people;
pub(crate) mod policies;
mod profiles;
mod queue;
mod receipts;
mod runs;
pub(crate) mod scopes;

use chance::Chance;
use computers::Computer;
pub(crate) use computers::{HANDOVER, WITH_ATTACHMENT, applications};
use groups::Group;

use crate::store::set;

/// Mobile devices are kept as whole records, so there are not more of them than this.
const MOST_DEVICES: usize = 2_000;

/// Who is in the groups of larger fleets is worked out when somebody first asks.
const MOST_AT_ONCE: usize = 2_000;

/// How large a fleet to make, from which seed, as of when.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// Number of computers; the demo fleet has 420. Mobile devices are in proportion, up to 2,000.
    pub computers: usize,
    /// The same seed makes the same fleet, names and relations included.
    pub seed: u64,
    /// The moment that dates in the fleet are relative to.
    pub now: Timestamp,
}

/// A section of a computer's inventory record, as `section=` names them in the Jamf Pro API, version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are Jamf's own section names")]
pub enum ComputerSection {
    General,
    DiskEncryption,
    Purchasing,
    Applications,
    Storage,
    UserAndLocation,
    ConfigurationProfiles,
    Printers,
    Services,
    Hardware,
    LocalUserAccounts,
    Certificates,
    Attachments,
    PackageReceipts,
    Security,
    OperatingSystem,
    LicensedSoftware,
    Ibeacons,
    SoftwareUpdates,
    ExtensionAttributes,
    ContentCaching,
    GroupMemberships,
}

impl ComputerSection {
    /// All sections: (name in a query, key in a record, section).
    pub const ALL: [(&'static str, &'static str, Self); 22] = [
        ("GENERAL", "general", Self::General),
        ("DISK_ENCRYPTION", "diskEncryption", Self::DiskEncryption),
        ("PURCHASING", "purchasing", Self::Purchasing),
        ("APPLICATIONS", "applications", Self::Applications),
        ("STORAGE", "storage", Self::Storage),
        ("USER_AND_LOCATION", "userAndLocation", Self::UserAndLocation),
        ("CONFIGURATION_PROFILES", "configurationProfiles", Self::ConfigurationProfiles),
        ("PRINTERS", "printers", Self::Printers),
        ("SERVICES", "services", Self::Services),
        ("HARDWARE", "hardware", Self::Hardware),
        ("LOCAL_USER_ACCOUNTS", "localUserAccounts", Self::LocalUserAccounts),
        ("CERTIFICATES", "certificates", Self::Certificates),
        ("ATTACHMENTS", "attachments", Self::Attachments),
        ("PACKAGE_RECEIPTS", "packageReceipts", Self::PackageReceipts),
        ("SECURITY", "security", Self::Security),
        ("OPERATING_SYSTEM", "operatingSystem", Self::OperatingSystem),
        ("LICENSED_SOFTWARE", "licensedSoftware", Self::LicensedSoftware),
        ("IBEACONS", "ibeacons", Self::Ibeacons),
        ("SOFTWARE_UPDATES", "softwareUpdates", Self::SoftwareUpdates),
        ("EXTENSION_ATTRIBUTES", "extensionAttributes", Self::ExtensionAttributes),
        ("CONTENT_CACHING", "contentCaching", Self::ContentCaching),
        ("GROUP_MEMBERSHIPS", "groupMemberships", Self::GroupMemberships),
    ];
}

/// Everything the simulated tenant knows at its start.
#[derive(Debug)]
pub struct Fleet {
    /// Lists of small objects by name: `sites`, `buildings`, `departments`, `categories`, `scripts`, `packages`, `users`,
    /// `computer_groups`, `mobile_device_groups`, `computer-prestages`, `mobile-device-prestages`, `policies`,
    /// `computer-extension-attributes`, `mobile-device-extension-attributes`, `osx_configuration_profiles`, `mobile_device_configuration_profiles`. Policies and profiles are the objects of the
    /// Classic API, groups have `criteria` and `members`; what only the Classic API has is under the last word of its path.
    pub collections: IndexMap<&'static str, Vec<Value>>,
    options: FleetOptions,
    groups: Vec<Group>,
    /// Of every computer, which of the groups it is in.
    memberships: OnceLock<Vec<Vec<bool>>>,
    /// The people by their short names.
    people: HashMap<String, usize>,
    mobile_devices: Vec<Value>,
    /// Licenses by what they are for, those that somebody asked for.
    licenses: Mutex<HashMap<String, [usize; 3]>>,
    /// Profiles of computers as they were at the start.
    profiles: Vec<Value>,
    /// Policies that install something, as they were at the start.
    installers: Vec<Value>,
}

impl Fleet {
    /// Make the fleet.
    pub fn generate(options: &FleetOptions) -> Self {
        let chance = Chance::new(options.seed);
        let now = options.now;
        let devices = (options.computers * 2 / 5).min(MOST_DEVICES);
        let record = |index| mobile_devices::record(chance, now, index, Vec::new());
        let short = |index| Some((short_name(&people::person(chance, index).username), index));
        let mut fleet = Self {
            collections: IndexMap::new(),
            options: options.clone(),
            groups: groups::computer_groups(),
            memberships: OnceLock::new(),
            people: (0..people::PEOPLE).filter_map(short).collect(),
            mobile_devices: (0..devices).map(record).collect(),
            licenses: Mutex::default(),
            profiles: Vec::new(),
            installers: Vec::new(),
        };
        if !fleet.is_large() {
            fleet.memberships();
        }
        let mobile_groups = fleet.mobile_device_groups();
        fleet.collect(chance, mobile_groups);
        if !fleet.is_large() {
            let groups = fleet.computer_groups();
            fleet.collections.insert("computer_groups", groups);
        }
        let classic = classic::collections(&fleet);
        fleet.collections.extend(classic);
        fleet.bring_to_devices();
        fleet
    }

    /// Put everything into its collection that needs no other one.
    fn collect(&mut self, chance: Chance, mobile_groups: Vec<Value>) {
        let site = |(index, name): (usize, &&str)| json!({ "id": (index + 1).to_string(), "name": name });
        let mut collections = IndexMap::new();
        collections.insert("sites", groups::SITES.iter().enumerate().map(site).collect());
        collections.insert("buildings", people::buildings());
        collections.insert("departments", people::departments());
        collections.insert("categories", policies::categories());
        collections.insert("scripts", policies::scripts());
        collections.insert("packages", policies::packages());
        collections.insert("users", people::users(chance));
        collections.insert("mobile_device_groups", mobile_groups);
        self.collections = collections;
        self.profiles = profiles::macos(chance, self);
        let policies = policies::policies(self);
        self.installers = receipts::installers(&policies);
        let more = [
            ("policies", policies),
            ("osx_configuration_profiles", self.profiles.clone()),
            ("mobile_device_configuration_profiles", profiles::mobile(chance, self)),
            ("computer-extension-attributes", computers::attributes::definitions()),
            ("mobile-device-extension-attributes", vec![mobile_devices::attribute()]),
        ];
        self.collections.extend(more);
        // Each serial number once: two records may share one.
        let mut serials = vec![IndexSet::new(); computers::PRESTAGES.len()];
        for index in 0..self.options.computers {
            let computer = self.computer(index);
            if let Some(scope) = computer.prestage().and_then(|place| serials.get_mut(place)) {
                scope.insert(computer.serial());
            }
        }
        let mut of_computers = groups::prestages(&computers::PRESTAGES, &serials);
        for prestage in &mut of_computers {
            set(prestage, "accountSettings", json!({ "id": prestage.get("id"), "versionLock": 0 }));
        }
        self.collections.insert("computer-prestages", of_computers);
        let serial = |device: &Value| {
            device.pointer("/hardware/serialNumber").and_then(Value::as_str).map(str::to_owned)
        };
        let mut serials = vec![IndexSet::new(); mobile_devices::PRESTAGES.len()];
        for (index, record) in self.mobile_devices.iter().enumerate() {
            let scope = mobile_devices::prestage(index).and_then(|place| serials.get_mut(place));
            if let (Some(scope), Some(serial)) = (scope, serial(record)) {
                scope.insert(serial);
            }
        }
        let of_devices = groups::prestages(&mobile_devices::PRESTAGES, &serials);
        self.collections.insert("mobile-device-prestages", of_devices);
    }

    fn computer(&self, index: usize) -> Computer {
        Computer::new(Chance::new(self.options.seed), self.options.now, index)
    }

    /// What it was made of.
    pub(crate) fn options(&self) -> &FleetOptions {
        &self.options
    }

    /// Whether who is in which group is worked out when somebody first asks.
    pub(crate) fn is_large(&self) -> bool {
        self.options.computers > MOST_AT_ONCE
    }

    /// The objects of a family that is made when somebody first asks for it; none where it was there from the start.
    pub(crate) fn late(&self, family: &str) -> Option<Vec<Value>> {
        match family {
            "computer_groups" => Some(self.computer_groups()),
            "advancedcomputersearches" => Some(classic::computer_searches(self)),
            _ => None,
        }
    }

    /// Number of computers.
    pub fn computers(&self) -> usize {
        self.options.computers
    }

    /// `id` and `udid` of the computer at `index` (0-based; ids have gaps), or `None` past the end.
    pub fn computer_ids(&self, index: usize) -> Option<(String, String)> {
        (index < self.options.computers)
            .then(|| (Computer::id(index).to_string(), self.computer(index).udid()))
    }

    /// The management id of the computer at `index`.
    pub(crate) fn computer_management_id(&self, index: usize) -> Option<String> {
        (index < self.options.computers).then(|| self.computer(index).management_id())
    }

    /// One section of the computer at `index` in the wire shape of `/api/v4/computers-inventory`.
    pub fn computer_section(&self, index: usize, section: ComputerSection) -> Value {
        let computer = self.computer(index);
        let filled: Vec<Value> = match section {
            ComputerSection::GroupMemberships => {
                let of = self.groups.iter().zip(self.in_groups(index)).filter(|(_, is_in)| *is_in);
                of.map(|(group, _)| json!({ "groupId": group.id.to_string(), "groupName": group.name, "groupDescription": group.description, "smartGroup": group.smart() })).collect()
            }
            ComputerSection::PackageReceipts => self.receipts(index),
            ComputerSection::ConfigurationProfiles => self.profile_rows(index, &computer),
            _ => Vec::new(),
        };
        let mut told = computer.section(section, filled);
        if section == ComputerSection::Certificates {
            self.leave_out_certificate(index, &mut told);
        }
        told
    }

    /// The profiles that a computer's scopes bring.
    fn profile_rows(&self, index: usize, computer: &Computer) -> Vec<Value> {
        let since = computer.profiles_since();
        let row = |profile: profiles::InstalledProfile| {
            json!({
                "id": profile.id.to_string(), "username": null, "lastInstalled": since, "removable": false,
                "displayName": profile.name, "profileIdentifier": profile.uuid, "uuid": profile.uuid,
            })
        };
        self.profiles_on(index).into_iter().map(row).collect()
    }

    /// The root certificate comes with a profile.
    fn leave_out_certificate(&self, index: usize, told: &mut Value) {
        let trusted = self.profiles_on(index).iter().any(|profile| profile.id == profiles::ROOT);
        if let Some(rows) = told.as_array_mut().filter(|_| !trusted) {
            rows.retain(|row| row.get("commonName") != Some(&json!(profiles::ROOT_NAME)));
        }
    }

    /// Names and versions of the applications on the computer at `index` that have a name that is wanted.
    pub(crate) fn application_versions(
        &self,
        index: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Vec<(&'static str, &'static str)> {
        self.computer(index).application_versions(wanted).collect()
    }

    /// Secrets of the computer at `index`: `filevault` in the shape of its endpoint, `deviceLockPin`,
    /// `recoveryLockPassword`. Never part of a section.
    pub fn computer_secrets(&self, index: usize) -> Value {
        self.computer(index).secrets()
    }

    /// Number of mobile devices.
    pub fn mobile_devices(&self) -> usize {
        self.mobile_devices.len()
    }

    /// The whole record of the mobile device at `index` in the wire shape of one row of `/api/v2/mobile-devices/detail`
    /// with every section present.
    pub fn mobile_device(&self, index: usize) -> Option<Value> {
        self.mobile_devices.get(index).cloned()
    }

    /// The management id of the mobile device at `index`.
    pub(crate) fn mobile_device_management_id(&self, index: usize) -> Option<&str> {
        self.mobile_devices.get(index)?.pointer("/general/managementId")?.as_str()
    }
}

/// `noa.zeman202@example.org` as `noa.zeman202`, whatever its case.
pub(crate) fn short_name(username: &str) -> String {
    username.split('@').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn fleet(computers: usize) -> Fleet {
        Fleet::generate(&FleetOptions { computers, seed: 1, now: "2026-11-24T12:00:00Z".parse().unwrap() })
    }

    fn count(fleet: &Fleet, section: ComputerSection, pointer: &str, is: impl Fn(&Value) -> bool) -> usize {
        (0..fleet.computers())
            .filter(|index| fleet.computer_section(*index, section).pointer(pointer).is_some_and(&is))
            .count()
    }

    #[test]
    fn the_same_seed_makes_the_same_fleet() {
        let (one, two) = (fleet(60), fleet(60));
        assert_eq!(one.collections, two.collections);
        for (_, _, section) in ComputerSection::ALL {
            assert_eq!(one.computer_section(7, section), two.computer_section(7, section));
        }
    }

    #[test]
    fn the_demo_fleet_has_what_its_stories_need() {
        let fleet = fleet(420);
        use ComputerSection as S;
        assert_eq!(
            count(&fleet, S::DiskEncryption, "/individualRecoveryKeyValidityStatus", |status| status
                == "INVALID"),
            14
        );
        assert_eq!(
            count(&fleet, S::OperatingSystem, "/fileVault2Status", |status| status == "NOT_ENCRYPTED"),
            9
        );
        assert_eq!(
            count(&fleet, S::Security, "/bootstrapTokenEscrowedStatus", |status| status == "NOT_ESCROWED"),
            11
        );
        assert_eq!(count(&fleet, S::Security, "/sipStatus", |status| status == "DISABLED"), 1);
        assert_eq!(count(&fleet, S::Security, "/firewallEnabled", |enabled| enabled == false), 23);
        assert_eq!(count(&fleet, S::OperatingSystem, "/version", |version| version == ""), 5);
        let silent = (0..420).filter(|index| fleet.computer(*index).days_silent() > 30).count();
        let long_silent = (0..420).filter(|index| fleet.computer(*index).days_silent() > 180).count();
        assert!((27..=32).contains(&silent) && (11..=14).contains(&long_silent), "{silent} {long_silent}");
        let mut serials: HashMap<String, usize> = HashMap::new();
        (0..420).for_each(|index| *serials.entry(fleet.computer(index).serial()).or_default() += 1);
        assert_eq!(serials.values().filter(|times| **times == 2).count(), 2);
        let ids: HashSet<String> = (0..420).filter_map(|index| Some(fleet.computer_ids(index)?.0)).collect();
        assert_eq!(ids.len(), 420);
        assert!(!ids.contains("10"), "ids have gaps");
        assert_eq!(fleet.mobile_devices(), 168);
    }

    #[test]
    fn collections_have_their_sizes() {
        let fleet = fleet(420);
        for (name, size) in [
            ("sites", 3),
            ("buildings", 6),
            ("departments", 14),
            ("categories", 20),
            ("scripts", 60),
            ("packages", 80),
            ("users", 380),
            ("mobile_device_groups", 15),
            ("policies", 95),
            ("osx_configuration_profiles", 48),
            ("mobile_device_configuration_profiles", 17),
        ] {
            assert_eq!(fleet.collections[name].len(), size, "{name}");
        }
        let groups = &fleet.collections["computer_groups"];
        assert_eq!(groups.iter().filter(|group| group["isSmart"] == true).count(), 45);
        assert_eq!(groups.iter().filter(|group| group["isSmart"] == false).count(), 22);
        let empty = groups.iter().find(|group| group["name"] == "Leased Macs (returned)").unwrap();
        assert_eq!(empty["members"].as_array().unwrap().len(), 420);
        let policies = &fleet.collections["policies"];
        assert_eq!(policies.iter().filter(|policy| policy["general"]["enabled"] == false).count(), 12);
        assert_eq!(policies.iter().filter(|policy| policy["scope"]["all_computers"] == true).count(), 3);
    }

    #[test]
    fn a_large_fleet_costs_nothing_until_it_is_asked() {
        let fleet = fleet(100_000);
        assert_eq!(fleet.computers(), 100_000);
        assert!(fleet.computer_section(99_999, ComputerSection::General)["name"].is_string());
    }

    /// Every property name of a rendered section is one that Jamf's document knows, when the document is at hand.
    #[test]
    fn sections_have_the_names_of_the_document() {
        let named = std::env::var("JAMF_SPEC_DIR").ok();
        let is_named = named.is_some();
        let folder =
            named.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec").to_owned());
        let Ok(text) = std::fs::read_to_string(format!("{folder}/jamf-pro-openapi-11.30.2.json")) else {
            assert!(!is_named, "JAMF_SPEC_DIR names {folder}, which has no document of the Jamf Pro API");
            println!("skipped: no Jamf API document in {folder}");
            return;
        };
        let document: Value = serde_json::from_str(&text).unwrap();
        let schemas = &document["components"]["schemas"];
        let fleet = fleet(420);
        for (_, key, section) in ComputerSection::ALL {
            for index in [0, 3, 41, 333] {
                known(
                    schemas,
                    &schemas["ComputerInventoryV4"]["properties"][key],
                    &fleet.computer_section(index, section),
                    key,
                );
            }
        }
    }

    fn known(schemas: &Value, schema: &Value, value: &Value, path: &str) {
        let schema = match schema["$ref"].as_str() {
            Some(reference) => &schemas[reference.rsplit('/').next().unwrap()],
            None => schema,
        };
        match value {
            Value::Array(items) => items.iter().for_each(|item| known(schemas, &schema["items"], item, path)),
            Value::Object(map) => {
                for (key, value) in map {
                    let property = &schema["properties"][key];
                    assert!(!property.is_null(), "{path}.{key} is unknown");
                    known(schemas, property, value, &format!("{path}.{key}"));
                }
            }
            _ => {}
        }
    }
}
