//! The fictional fleet: seeded, relative to now, and as untidy as a real one. Data only, no HTTP.
//!
//! Computers and mobile devices are compact structs rendered on demand, so that 100,000 of them fit in memory;
//! everything else is a small list of JSON objects.

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::Value;

/// How large a fleet to make, from which seed, as of when.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// Number of computers; the demo fleet has 420. Mobile devices are in proportion.
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

/// Everything the simulated tenant knows at its start.
#[derive(Debug)]
pub struct Fleet {
    /// Lists of small objects by name: `buildings`, `departments`, `categories`, `sites`, `scripts`, `users`,
    /// `computer_groups`, `mobile_device_groups`, `policies`, `osx_configuration_profiles`,
    /// `mobile_device_configuration_profiles`, ...
    pub collections: IndexMap<&'static str, Vec<Value>>,
}

impl Fleet {
    /// Make the fleet.
    pub fn generate(options: &FleetOptions) -> Self {
        let _ = options;
        Self { collections: IndexMap::new() }
    }

    /// Number of computers.
    pub fn computers(&self) -> usize {
        0
    }

    /// `id` and `udid` of the computer at `index` (0-based; ids are not contiguous), or `None` past the end.
    pub fn computer_ids(&self, index: usize) -> Option<(String, String)> {
        let _ = index;
        None
    }

    /// One section of the computer at `index` in the wire shape of `/api/v4/computers-inventory`.
    pub fn computer_section(&self, index: usize, section: ComputerSection) -> Value {
        let _ = (index, section);
        Value::Null
    }

    /// Secrets of the computer at `index`: `{"filevault": {..}, "deviceLockPin": .., "recoveryLockPassword": ..,
    /// "localAdmins": [..]}`, in the wire shapes of their endpoints. Never part of a section.
    pub fn computer_secrets(&self, index: usize) -> Value {
        let _ = index;
        Value::Null
    }

    /// Number of mobile devices.
    pub fn mobile_devices(&self) -> usize {
        0
    }

    /// The whole record of the mobile device at `index` in the wire shape of one row of
    /// `/api/v2/mobile-devices/detail` with every section present.
    pub fn mobile_device(&self, index: usize) -> Option<Value> {
        let _ = index;
        None
    }
}
