//! Names of criteria as Jamf Pro shows them, with the fact behind each and the words that Jamf Pro has for its values. A name that is
//! not here is that of an extension attribute or of something that cannot be evaluated.

use super::facts::{Fact, GroupKind};

/// How the values of a fact are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Text.
    Text,
    /// Decimal numbers.
    Number,
    /// Versions, compared part by part.
    Version,
    /// Moments and dates.
    Moment,
    /// Words of Jamf Pro for what the fleet keeps. Where several are known for one value, a criterion may use any.
    Words(&'static [(&'static str, &'static [&'static str])]),
    /// Whatever the text looks like: values of extension attributes.
    Any,
}

use ValueKind::{Any, Moment, Number, Text, Version, Words};

const YES_NO: ValueKind = Words(&[("1", &["Yes"]), ("true", &["Yes"]), ("0", &["No"]), ("false", &["No"])]);
const SWITCH: ValueKind = Words(&[
    ("1", &["Enabled", "Yes"]),
    ("true", &["Enabled", "Yes"]),
    ("0", &["Disabled", "No"]),
    ("false", &["Disabled", "No"]),
]);
const MANAGED: ValueKind =
    Words(&[("1", &["Managed"]), ("true", &["Managed"]), ("0", &["Unmanaged"]), ("false", &["Unmanaged"])]);
const SUPERVISED: ValueKind = Words(&[
    ("1", &["Supervised", "Yes"]),
    ("true", &["Supervised", "Yes"]),
    ("0", &["Not Supervised", "No"]),
    ("false", &["Not Supervised", "No"]),
]);
const PASSCODE: ValueKind = Words(&[
    ("1", &["Passcode Present"]),
    ("true", &["Passcode Present"]),
    ("0", &["Passcode Not Present"]),
    ("false", &["Passcode Not Present"]),
]);
const COMPLIANCE: ValueKind = Words(&[
    ("1", &["Compliant"]),
    ("true", &["Compliant"]),
    ("0", &["Not Compliant"]),
    ("false", &["Not Compliant"]),
]);
const ENCRYPTION: ValueKind = Words(&[
    ("NOT_ENCRYPTED", &["No Partitions Encrypted"]),
    ("BOOT_ENCRYPTED", &["Boot Partitions Encrypted"]),
    ("SOME_ENCRYPTED", &["Some Partitions Encrypted"]),
    ("ALL_ENCRYPTED", &["All Partitions Encrypted"]),
    ("NOT_APPLICABLE", &["Not Available"]),
]);
const KEY: ValueKind = Words(&[
    ("VALID", &["Valid"]),
    ("INVALID", &["Invalid"]),
    ("UNKNOWN", &["Unknown"]),
    ("NOT_APPLICABLE", &["Not Applicable"]),
]);
const ENABLED: ValueKind = Words(&[("ENABLED", &["Enabled"]), ("DISABLED", &["Disabled"])]);
const ESCROWED: ValueKind = Words(&[("ESCROWED", &["Yes"]), ("NOT_ESCROWED", &["No"])]);

/// A name, the table and the column behind it, and how values are compared.
type Name = (&'static str, &'static str, &'static str, ValueKind);

const MACS: &str = "computers";
const MAC_APPS: &str = "computer_applications";
const MOBILE: &str = "mobile_devices";
const APPS: &str = "mobile_device_applications";
const USERS: &str = "users";

static COMPUTERS: &[Name] = &[
    ("Computer Name", MACS, "name", Text),
    ("JSS Computer ID", MACS, "id", Number),
    ("UDID", MACS, "udid", Text),
    ("Asset Tag", MACS, "asset_tag", Text),
    ("Site", MACS, "site_name", Text),
    ("Last Check-in", MACS, "last_check_in", Moment),
    ("Last Inventory Update", MACS, "last_inventory", Moment),
    ("Last Enrollment", MACS, "enrolled_at", Moment),
    ("MDM Profile Expiration Date", MACS, "mdm_profile_expires", Moment),
    ("Managed", MACS, "managed", MANAGED),
    ("Supervised", MACS, "supervised", SUPERVISED),
    ("User Approved MDM", MACS, "user_approved_mdm", YES_NO),
    ("Enrolled via Automated Device Enrollment", MACS, "enrolled_via_ade", YES_NO),
    ("Enrollment Method: PreStage enrollment", MACS, "prestage_name", Text),
    ("Declarative Device Management Enabled", MACS, "ddm", YES_NO),
    ("IP Address", MACS, "ip_address", Text),
    ("Reported IP Address", MACS, "last_reported_ip", Text),
    ("Jamf Binary Version", MACS, "jamf_version", Version),
    ("Serial Number", MACS, "serial_number", Text),
    ("Model", MACS, "model", Text),
    ("Model Identifier", MACS, "model_identifier", Text),
    ("Processor Type", MACS, "processor_type", Text),
    ("Architecture Type", MACS, "processor_architecture", Text),
    ("Apple Silicon", MACS, "apple_silicon", YES_NO),
    ("Total RAM MB", MACS, "ram_mb", Number),
    ("Operating System", MACS, "os_name", Text),
    ("Operating System Name", MACS, "os_name", Text),
    ("Operating System Version", MACS, "os_version", Version),
    ("Operating System Build", MACS, "os_build", Text),
    ("Operating System Rapid Security Response", MACS, "os_rsr", Text),
    ("FileVault 2 Status", MACS, "filevault_status", ENCRYPTION),
    ("FileVault 2 Individual Key Validation", MACS, "filevault_key_valid", KEY),
    ("Disk Encryption Configuration", MACS, "disk_encryption_configuration", Text),
    ("Firewall Enabled", MACS, "firewall", SWITCH),
    ("System Integrity Protection", MACS, "sip", ENABLED),
    ("Bootstrap Token Escrowed", MACS, "bootstrap_token_escrowed", ESCROWED),
    ("Activation Lock Enabled", MACS, "activation_lock", SWITCH),
    ("Recovery Lock Enabled", MACS, "recovery_lock", SWITCH),
    ("Boot Drive Available MB", MACS, "boot_free_mb", Number),
    ("Boot Drive Percentage Full", MACS, "boot_used_percent", Number),
    ("Battery Capacity", MACS, "battery_percent", Number),
    ("Username", MACS, "username", Text),
    ("Full Name", MACS, "full_name", Text),
    ("Email Address", MACS, "email", Text),
    ("Phone Number", MACS, "phone", Text),
    ("Position", MACS, "position", Text),
    ("Room", MACS, "room", Text),
    ("Department", MACS, "department", Text),
    ("Building", MACS, "building", Text),
    ("PO Number", MACS, "po_number", Text),
    ("Purchase Price", MACS, "purchase_price", Text),
    ("Vendor", MACS, "vendor", Text),
    ("Warranty Expiration", MACS, "warranty_date", Moment),
    ("Lease Expiration", MACS, "lease_date", Moment),
    ("Application Title", MAC_APPS, "name", Text),
    ("Application Version", MAC_APPS, "version", Version),
    ("Application Bundle ID", MAC_APPS, "bundle_id", Text),
    ("Profile Name", "computer_profiles", "name", Text),
    ("Profile Identifier", "computer_profiles", "identifier", Text),
    ("Certificate Name", "computer_certificates", "common_name", Text),
    ("Local User Accounts", "computer_local_users", "username", Text),
    ("Packages Installed By Jamf Pro", "computer_receipts", "name", Text),
];

static MOBILE_DEVICES: &[Name] = &[
    ("Display Name", MOBILE, "name", Text),
    ("UDID", MOBILE, "udid", Text),
    ("Asset Tag", MOBILE, "asset_tag", Text),
    ("Site", MOBILE, "site_name", Text),
    ("OS Version", MOBILE, "os_version", Version),
    ("Last Inventory Update", MOBILE, "last_inventory", Moment),
    ("Last Enrollment", MOBILE, "enrolled_at", Moment),
    ("Managed", MOBILE, "managed", MANAGED),
    ("Supervised", MOBILE, "supervised", SUPERVISED),
    ("Shared iPad", MOBILE, "shared_ipad", YES_NO),
    ("Device Ownership Type", MOBILE, "ownership", Text),
    ("Serial Number", MOBILE, "serial_number", Text),
    ("Model", MOBILE, "model", Text),
    ("Model Identifier", MOBILE, "model_identifier", Text),
    ("Wi-Fi MAC Address", MOBILE, "wifi_mac_address", Text),
    ("IMEI", MOBILE, "imei", Text),
    ("Battery Level", MOBILE, "battery_percent", Number),
    ("Capacity MB", MOBILE, "capacity_mb", Number),
    ("Available Space MB", MOBILE, "free_mb", Number),
    ("Used Space Percentage", MOBILE, "used_percent", Number),
    ("Lost Mode", MOBILE, "lost_mode", SWITCH),
    ("Passcode Status", MOBILE, "passcode_present", PASSCODE),
    ("Passcode Compliance", MOBILE, "passcode_compliant", COMPLIANCE),
    ("Activation Lock Enabled", MOBILE, "activation_lock", SWITCH),
    ("Username", MOBILE, "username", Text),
    ("Full Name", MOBILE, "full_name", Text),
    ("Email Address", MOBILE, "email", Text),
    ("Department", MOBILE, "department", Text),
    ("Building", MOBILE, "building", Text),
    ("Warranty Expiration", MOBILE, "warranty_date", Moment),
    ("App Name", APPS, "name", Text),
    ("App Version", APPS, "version", Version),
    ("App Identifier", APPS, "bundle_id", Text),
    ("Profile Name", "mobile_device_profiles", "name", Text),
    ("Certificate Name", "mobile_device_certificates", "common_name", Text),
];

static OF_USERS: &[Name] = &[
    ("Username", USERS, "username", Text),
    ("Full Name", USERS, "full_name", Text),
    ("Email Address", USERS, "email", Text),
    ("Phone Number", USERS, "phone", Text),
    ("Position", USERS, "position", Text),
];

/// Columns that say what a row of a table is about. Criteria on the others may be meant for the same row as those on these.
static ANCHORS: &[(&str, &[&str])] =
    &[(MAC_APPS, &["name", "bundle_id"]), (APPS, &["name", "bundle_id"]), ("computer_profiles", &["name"])];

fn names(kind: GroupKind) -> &'static [Name] {
    match kind {
        GroupKind::Computer => COMPUTERS,
        GroupKind::MobileDevice => MOBILE_DEVICES,
        GroupKind::User => OF_USERS,
    }
}

/// The fact behind a criterion of groups of a kind, and how its values are compared.
pub(super) fn fact(kind: GroupKind, name: &str) -> (Fact, ValueKind) {
    let found = names(kind).iter().find(|(own, ..)| own.eq_ignore_ascii_case(name));
    match found {
        Some((_, table, column, kind)) => (Fact::Column { table, column }, *kind),
        None => (Fact::Attribute(name.to_owned()), Any),
    }
}

/// The criterion that asks for the membership of another group of the kind.
pub fn group_criterion(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Computer => "Computer Group",
        GroupKind::MobileDevice => "Mobile Device Group",
        GroupKind::User => "User Group",
    }
}

/// The tables with any number of rows for a record whose rows criteria can share, and whether the column names what a row is.
pub(super) fn anchor(fact: &Fact) -> Option<(&'static str, bool)> {
    let Fact::Column { table, column } = fact else { return None };
    let (table, anchors) = ANCHORS.iter().find(|(own, _)| own == table)?;
    Some((table, anchors.contains(column)))
}

/// The facts that criteria of groups of a kind can ask for by name, extension attributes aside.
pub fn facts(kind: GroupKind) -> impl Iterator<Item = (&'static str, Fact)> {
    names(kind).iter().map(|(name, table, column, _)| (*name, Fact::Column { table, column }))
}
