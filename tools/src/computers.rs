//! Computers: inventory, what is attached to it, and what is done to a computer.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Answer, Risk, delete, get, patch, post};
use crate::args::{Arguments, ById, Create, Date, Id, IdOrNone, List, Timestamp, Update};
use crate::effects::{Affects, Cap, DeviceKind, Targets};
use crate::joins::{BUILDING, DEPARTMENT};
use crate::secrets::{RecordSecret, Source};

/// What a list of computers shows by default.
const BRIEF: &[&str] = &["id", "general.name", "hardware.serialNumber"];

/// Fields that Jamf filters computers on.
const FILTERS: &[&str] = &[
    "general.name",
    "udid",
    "id",
    "general.assetTag",
    "general.barcode1",
    "general.barcode2",
    "general.enrolledViaAutomatedDeviceEnrollment",
    "general.lastIpAddress",
    "general.itunesStoreAccountActive",
    "general.jamfBinaryVersion",
    "general.lastCheckIn",
    "general.lastContact",
    "general.lastEnrolledDate",
    "general.lastCloudBackupDate",
    "general.reportDate",
    "general.lastReportedIp",
    "general.lastReportedIpV4",
    "general.lastReportedIpV6",
    "general.managementId",
    "general.remoteManagement.managed",
    "general.mdmCapable.capable",
    "general.mdmCertificateExpiration",
    "general.platform",
    "general.supervised",
    "general.userApprovedMdm",
    "general.declarativeDeviceManagementEnabled",
    "general.lastLoggedInUsernameSelfService",
    "general.lastLoggedInUsernameSelfServiceTimestamp",
    "general.lastLoggedInUsernameBinary",
    "general.lastLoggedInUsernameBinaryTimestamp",
    "general.lastLoggedInUsernameMdm",
    "general.lastLoggedInUsernameMdmTimestamp",
    "hardware.bleCapable",
    "hardware.macAddress",
    "hardware.make",
    "hardware.model",
    "hardware.modelIdentifier",
    "hardware.serialNumber",
    "hardware.supportsIosAppInstalls",
    "hardware.appleSilicon",
    "operatingSystem.activeDirectoryStatus",
    "operatingSystem.fileVault2Status",
    "operatingSystem.build",
    "operatingSystem.supplementalBuildVersion",
    "operatingSystem.rapidSecurityResponse",
    "operatingSystem.name",
    "operatingSystem.version",
    "security.activationLockEnabled",
    "security.recoveryLockEnabled",
    "security.firewallEnabled",
    "userAndLocation.buildingId",
    "userAndLocation.departmentId",
    "userAndLocation.email",
    "userAndLocation.realname",
    "userAndLocation.phone",
    "userAndLocation.position",
    "userAndLocation.room",
    "userAndLocation.username",
    "diskEncryption.fileVault2Enabled",
    "purchasing.appleCareId",
    "purchasing.lifeExpectancy",
    "purchasing.purchased",
    "purchasing.leased",
    "purchasing.vendor",
    "purchasing.warrantyDate",
    "general.awaitingConfiguration",
    "security.lockdownModeEnabled",
];

/// Filters that came with version 4 of the inventory and after it.
const FILTERED_SINCE: &[(&str, &str)] = &[
    ("general.lastContact", "11.30"),
    ("general.awaitingConfiguration", "11.32"),
    ("security.lockdownModeEnabled", "11.32"),
];

/// Fields whose names changed with version 4 of the inventory.
const RENAMED: &[(&str, &str)] = &[
    ("general.lastCheckIn", "general.lastContactTime"),
    ("general.lastReportedIpV4", "general.lastReportedIp"),
];

/// Secrets that are deleted with the record of a computer: a Mac whose FileVault key nobody has is a Mac that nobody opens.
const SECRETS_OF_RECORDS: &[RecordSecret] = &[
    RecordSecret {
        kind: DeviceKind::Computer,
        read_by: "computer_filevault_get",
        places: &["personalRecoveryKey"],
        label: "FileVault recovery key",
    },
    RecordSecret {
        kind: DeviceKind::Computer,
        read_by: "computer_recovery_lock_get",
        places: &["recoveryLockPassword"],
        label: "recovery lock password",
    },
    RecordSecret {
        kind: DeviceKind::Computer,
        read_by: "computer_lock_pin_get",
        places: &["pin"],
        label: "device lock PIN",
    },
];

/// All actions on computers.
pub static ACTIONS: &[Action] = &[
    get::<ComputerList>("computer_list", "/api/v4/computers-inventory")
        .about("List computers (Macs), filtered and sorted, with any fields of their inventory; `ea.NAME` is an extension attribute.")
        .asked(&["outdated macOS", "Macs that went silent", "who owns which Mac", "FileVault off", "free disk space report", "Intel or Apple silicon"])
        .needs(&["Read Computers"])
        .brief(BRIEF)
        .joins(&[DEPARTMENT, BUILDING])
        .filters(FILTERS)
        .filtered_since(FILTERED_SINCE)
        .before(&[
            ("11.30", "/api/v3/computers-inventory"),
            ("11.23", "/api/v1/computers-inventory"),
        ])
        .renamed(RENAMED)
        .core(),
    get::<ComputerGet>("computer_get", "/api/v4/computers-inventory/{id}")
        .title("Get parts of a computer's inventory")
        .about("Get chosen sections of one computer's inventory; GENERAL by default. Find the id with computer_list.")
        .asked(&["storage and OS of one Mac", "hardware section of a computer", "parts of the record of a Mac"])
        .needs(&["Read Computers"])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}"),
            ("11.23", "/api/v1/computers-inventory/{id}"),
        ])
        .renamed(RENAMED)
        .core(),
    get::<ById>("computer_detail_get", "/api/v4/computers-inventory-detail/{id}")
        .title("Get everything about a computer")
        .about("Get the whole inventory record of one computer, about 30 KB; computer_get takes sections and is smaller.")
        .asked(&["full inventory of a Mac", "profiles and apps on one computer", "full record of a Mac"])
        .needs(&["Read Computers"])
        .before(&[
            ("11.30", "/api/v3/computers-inventory-detail/{id}"),
            ("11.23", "/api/v1/computers-inventory-detail/{id}"),
        ])
        .renamed(RENAMED),
    post::<Create<ComputerCreate>>("computer_create", "/api/v4/computers-inventory")
        .about("Create a computer record manually. A computer that enrolls makes its own record; this one manages nothing.")
        .asked(&["add a Mac manually", "record for a Mac that is not enrolled", "create a Mac record manually"])
        .needs(&["Create Computers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::SerialNumbers("body.hardware.serialNumber")])
        .affects(Affects::SerialNumber)
        .since("11.30"),
    patch::<Update<ComputerUpdate>>("computer_update", "/api/v4/computers-inventory-detail/{id}")
        .plan_title("Change the record of {devices}")
        .about("Change fields of a computer's record: name, asset tag, user and location, purchasing, extension attributes. Smart groups may follow.")
        .asked(&["set asset tag", "assign a Mac to another person", "change department of a computer", "asset tag, owner or room of a Mac", "move a Mac to another user", "correct the department of a computer"])
        .needs(&["Update Computers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::Computers("id")])
        .affects(Affects::Record)
        .reads_before("computer_detail_get")
        .before(&[
            ("11.30", "/api/v3/computers-inventory-detail/{id}"),
            ("11.23", "/api/v1/computers-inventory-detail/{id}"),
        ]),
    delete::<ById>("computer_delete", "/api/v4/computers-inventory/{id}")
        .plan_title("Delete the record of {devices}")
        .about("Delete a computer's record with its history, FileVault key and PINs, which cannot be restored. The Mac itself is not erased.")
        .asked(&["delete an old Mac from inventory", "remove a retired computer record", "remove a Mac from Jamf", "retire a computer record"])
        .cap(Cap::Erase)
        .needs(&["Delete Computers"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("id")])
        .deletes_secrets(SECRETS_OF_RECORDS)
        .warns(&["local administrator passwords and the history of the record are lost with it"])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}"),
            ("11.23", "/api/v1/computers-inventory/{id}"),
        ]),
    post::<AttachmentUpload>("computer_attachment_create", "/api/v4/computers-inventory/{id}/attachments")
        .about("Attach a file of the configured folder to a computer's record.")
        .asked(&["attach a document to a Mac's record", "attach a file or invoice to a Mac"])
        .needs(&["Update Computers"])
        .targets(&[Targets::Computers("id")])
        .upload("file", "file")
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/attachments"),
            ("11.23", "/api/v1/computers-inventory/{id}/attachments"),
        ]),
    get::<Attachment>("computer_attachment_get", "/api/v4/computers-inventory/{id}/attachments/{attachmentId}")
        .about("Save a file that is attached to a computer's record into the configured folder.")
        .asked(&["download a file that is attached to a Mac"])
        .needs(&["Read Computers"])
        .answers(Answer::File)
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/attachments/{attachmentId}"),
            ("11.23", "/api/v1/computers-inventory/{id}/attachments/{attachmentId}"),
        ]),
    delete::<Attachment>("computer_attachment_delete", "/api/v4/computers-inventory/{id}/attachments/{attachmentId}")
        .about("Delete a file that is attached to a computer's record; it cannot be restored.")
        .asked(&["remove a file from a Mac record"])
        .needs(&["Update Computers"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("id")])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/attachments/{attachmentId}"),
            ("11.23", "/api/v1/computers-inventory/{id}/attachments/{attachmentId}"),
        ]),
    post::<Update<EraseComputer>>("computer_erase", "/api/v4/computers-inventory/{id}/erase")
        .title("Erase a computer")
        .about("Erase one Mac: everything on it is lost, without warning to its user, and cannot be undone.")
        .asked(&["remote wipe a MacBook", "factory reset a Mac for the next user", "Erase All Content and Settings", "wipe a Mac for reuse"])
        .cap(Cap::Erase)
        .needs(&["Send Computer Remote Wipe Command"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("id")])
        .secret(&[(&["body.pin"], Source::Pin("PIN after the erase"))])
        .warns(&["everything on the device is lost, without warning to its user"])
        .before(&[("11.30", "/api/v1/computer-inventory/{id}/erase")]),
    post::<ById>("computer_mdm_profile_remove", "/api/v4/computers-inventory/{id}/remove-mdm-profile")
        .title("Remove the MDM profile from a computer")
        .about("Remove management from one Mac: its profiles go, Wi-Fi included, and it cannot be called back.")
        .asked(&["unmanage a Mac", "take the MDM profile off a computer", "take a Mac out of management"])
        .cap(Cap::Erase)
        .needs(&["Send Computer Unmanage Command"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("id")])
        .before(&[("11.30", "/api/v1/computer-inventory/{id}/remove-mdm-profile")]),
    get::<ById>("computer_filevault_get", "/api/v4/computers-inventory/{id}/filevault")
        .title("Show a FileVault recovery key")
        .about("Reveal the FileVault recovery key of one Mac. Whether it is encrypted at all, computer_get tells without the key.")
        .asked(&["FileVault key for a locked-out user", "personal recovery key of a Mac", "unlock the disk of a Mac", "user forgot the disk password", "personal recovery key"])
        .needs(&["View Disk Encryption Recovery Key"])
        .risk(Risk::Secret)
        .targets(&[Targets::Computers("id")])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/filevault"),
            ("11.23", "/api/v1/computers-inventory/{id}/filevault"),
        ]),
    get::<ById>("computer_lock_pin_get", "/api/v4/computers-inventory/{id}/view-device-lock-pin")
        .title("Show the lock PIN of a computer")
        .about("Reveal the PIN that unlocks one locked Mac.")
        .asked(&["PIN of a locked Mac", "how do I unlock a Mac we locked", "six digits to unlock a locked Mac"])
        .needs(&["View Computer Device Lock Pin"])
        .risk(Risk::Secret)
        .targets(&[Targets::Computers("id")])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/view-device-lock-pin"),
            ("11.23", "/api/v1/computers-inventory/{id}/view-device-lock-pin"),
        ]),
    get::<ById>("computer_recovery_lock_get", "/api/v4/computers-inventory/{id}/view-recovery-lock-password")
        .title("Show the recovery lock password of a computer")
        .about("Reveal the password of one Mac's recovery lock; the look is recorded in Jamf Pro.")
        .asked(&["recovery lock password of a Mac", "get into recoveryOS", "password to start up from recovery"])
        .needs(&["View Recovery Lock"])
        .risk(Risk::Secret)
        .targets(&[Targets::Computers("id")])
        .before(&[
            ("11.30", "/api/v3/computers-inventory/{id}/view-recovery-lock-password"),
            ("11.23", "/api/v1/computers-inventory/{id}/view-recovery-lock-password"),
        ]),
];

/// Arguments of `computer_list`.
#[derive(JsonSchema)]
pub struct ComputerList {
    /// Sections to read; those that `fields` names by default. A section that is not read is null.
    pub section: Option<Vec<ComputerSection>>,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for ComputerList {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `computer_get`.
#[derive(JsonSchema)]
pub struct ComputerGet {
    /// Id of the computer, digits only; not its management id or UDID.
    pub id: Id,
    /// Sections to read; those that `fields` names, or GENERAL, by default. A section that is not read is null.
    pub section: Option<Vec<ComputerSection>>,
}
impl Arguments for ComputerGet {}

/// Arguments of `computer_attachment_create`.
#[derive(JsonSchema)]
pub struct AttachmentUpload {
    /// Id of the computer, digits only.
    pub id: Id,
    /// Name of the file in the configured folder, such as `handover/form.pdf`.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for AttachmentUpload {}

/// A file that is attached to a computer's record.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Attachment {
    /// Id of the computer, digits only.
    pub id: Id,
    /// Id of the attachment, digits only; the ATTACHMENTS section has it.
    pub attachment_id: Id,
}
impl Arguments for Attachment {}

/// How a Mac is erased.
#[derive(JsonSchema)]
pub struct EraseComputer {
    /// Six digits that an Intel Mac asks for afterwards; made by the server.
    #[schemars(length(min = 6, max = 6))]
    pub pin: Option<String>,
}

/// A section of a computer's record.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
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

/// Computer create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerCreate {
    /// UDID.
    pub udid: Option<String>,
    /// General.
    pub general: Option<ComputerGeneralCreate>,
    /// Applications.
    pub applications: Option<Vec<ComputerApplicationCreate>>,
    /// Storage.
    pub storage: Option<ComputerStorageCreate>,
    /// Security.
    pub security: Option<ComputerSecurityCreate>,
    /// Configuration profiles.
    pub configuration_profiles: Option<Vec<ComputerConfigurationProfileCreate>>,
    /// Services.
    pub services: Option<Vec<ComputerServiceCreate>>,
    /// Hardware.
    pub hardware: Option<ComputerHardwareCreate>,
    /// Local user accounts.
    pub local_user_accounts: Option<Vec<ComputerLocalUserAccountCreate>>,
    /// Certificates.
    pub certificates: Option<Vec<ComputerCertificateCreate>>,
    /// Package receipts.
    pub package_receipts: Option<ComputerPackageReceiptsCreate>,
    /// User and location.
    pub user_and_location: Option<ComputerUserAndLocationCreate>,
    /// Purchasing.
    pub purchasing: Option<ComputerPurchaseCreate>,
    /// Operating system.
    pub operating_system: Option<ComputerOperatingSystemCreate>,
    /// Software updates.
    pub software_updates: Option<Vec<ComputerSoftwareUpdateCreate>>,
    /// Printers.
    pub printers: Option<Vec<ComputerPrinterCreate>>,
}

/// Section `printer` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerPrinterCreate {
    /// Name.
    pub name: Option<String>,
    /// Type.
    pub r#type: Option<String>,
    /// URI.
    pub uri: Option<String>,
    /// Location.
    pub location: Option<String>,
}

/// Computer software update create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerSoftwareUpdateCreate {
    /// Name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Package name.
    pub package_name: Option<String>,
}

/// Computer operating system create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerOperatingSystemCreate {
    /// Name.
    pub name: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Build.
    pub build: Option<String>,
    /// Supplemental build version.
    pub supplemental_build_version: Option<String>,
    /// Rapid security response.
    pub rapid_security_response: Option<String>,
    /// Active directory status.
    pub active_directory_status: Option<String>,
    /// Software update device Id.
    pub software_update_device_id: Option<String>,
}

/// Section `purchase` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerPurchaseCreate {
    /// Whether it is leased.
    pub leased: Option<bool>,
    /// Purchased.
    pub purchased: Option<bool>,
    /// Purchase order number.
    pub po_number: Option<String>,
    /// Purchase order date, as a date such as 2026-01-31.
    pub po_date: Option<Date>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Warranty date, as a date such as 2026-01-31.
    pub warranty_date: Option<Date>,
    /// Number of the AppleCare agreement.
    pub apple_care_id: Option<String>,
    /// Lease date, as a date such as 2026-01-31.
    pub lease_date: Option<Date>,
    /// Purchase price.
    pub purchase_price: Option<String>,
    /// Life expectancy.
    pub life_expectancy: Option<i64>,
    /// Purchasing account.
    pub purchasing_account: Option<String>,
    /// Purchasing contact.
    pub purchasing_contact: Option<String>,
}

/// Computer user and location create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerUserAndLocationCreate {
    /// Username.
    pub username: Option<String>,
    /// Realname.
    pub realname: Option<String>,
    /// Email.
    pub email: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Department Id.
    pub department_id: Option<IdOrNone>,
    /// Building Id.
    pub building_id: Option<IdOrNone>,
    /// Room.
    pub room: Option<String>,
}

/// Computer package receipts create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerPackageReceiptsCreate {
    /// Installed by jamf pro.
    pub installed_by_jamf_pro: Option<Vec<String>>,
    /// Installed by installer swu.
    pub installed_by_installer_swu: Option<Vec<String>>,
    /// Cached.
    pub cached: Option<Vec<String>>,
}

/// Section `certificate` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerCertificateCreate {
    /// Common name.
    pub common_name: Option<String>,
    /// Identity.
    pub identity: Option<bool>,
    /// Username.
    pub username: Option<String>,
}

/// Computer local user account create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerLocalUserAccountCreate {
    /// UID.
    pub uid: Option<String>,
    /// User GUID.
    pub user_guid: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Full name.
    pub full_name: Option<String>,
    /// Admin.
    pub admin: Option<bool>,
    /// Home directory.
    pub home_directory: Option<String>,
    /// Home directory size mb.
    pub home_directory_size_mb: Option<i64>,
    /// FileVault enabled.
    pub file_vault2_enabled: Option<bool>,
    /// User account type.
    pub user_account_type: Option<UserAccountType>,
    /// Password min length.
    pub password_min_length: Option<i64>,
    /// Password max age.
    pub password_max_age: Option<i64>,
    /// Password min complex characters.
    pub password_min_complex_characters: Option<i64>,
    /// Password history depth.
    pub password_history_depth: Option<i64>,
    /// Password require alphanumeric.
    pub password_require_alphanumeric: Option<bool>,
    /// Computer azure active directory Id.
    pub computer_azure_active_directory_id: Option<String>,
    /// User azure active directory Id.
    pub user_azure_active_directory_id: Option<String>,
}

/// User account type.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UserAccountType {
    Local,
    Mobile,
    Unknown,
}

/// Section `hardware` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerHardwareCreate {
    /// Make.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Model identifier.
    pub model_identifier: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Processor speed mhz.
    pub processor_speed_mhz: Option<i64>,
    /// Processor count.
    pub processor_count: Option<i64>,
    /// Core count.
    pub core_count: Option<i64>,
    /// Processor type.
    pub processor_type: Option<String>,
    /// Processor architecture.
    pub processor_architecture: Option<String>,
    /// Bus speed mhz.
    pub bus_speed_mhz: Option<i64>,
    /// Cache size kilobytes.
    pub cache_size_kilobytes: Option<i64>,
    /// Network adapter type.
    pub network_adapter_type: Option<String>,
    /// MAC address.
    pub mac_address: Option<String>,
    /// Alt network adapter type.
    pub alt_network_adapter_type: Option<String>,
    /// Alt MAC address.
    pub alt_mac_address: Option<String>,
    /// Total RAM megabytes.
    pub total_ram_megabytes: Option<i64>,
    /// Open RAM slots.
    pub open_ram_slots: Option<i64>,
    /// Battery capacity percent.
    #[schemars(range(min = 0, max = 100))]
    pub battery_capacity_percent: Option<i64>,
    /// Battery health.
    pub battery_health: Option<BatteryHealth>,
    /// SMC version.
    pub smc_version: Option<String>,
    /// NIC speed.
    pub nic_speed: Option<String>,
    /// Optical drive.
    pub optical_drive: Option<String>,
    /// Boot rom.
    pub boot_rom: Option<String>,
    /// Bluetooth Low Energy capable.
    pub ble_capable: Option<bool>,
    /// Supports iOS app installs.
    pub supports_ios_app_installs: Option<bool>,
    /// Apple silicon.
    pub apple_silicon: Option<bool>,
}

/// Battery health.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum BatteryHealth {
    NonGenuine,
    Normal,
    ServiceRecommended,
    Unknown,
    Unsupported,
}

/// Section `service` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerServiceCreate {
    /// Name.
    pub name: Option<String>,
}

/// Computer configuration profile create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerConfigurationProfileCreate {
    /// Id.
    pub id: Option<IdOrNone>,
    /// Username.
    pub username: Option<String>,
    /// Last installed, ISO 8601 UTC.
    pub last_installed: Option<Timestamp>,
    /// Removable.
    pub removable: Option<bool>,
    /// Display name.
    pub display_name: Option<String>,
    /// Profile identifier.
    pub profile_identifier: Option<String>,
}

/// Section `security` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerSecurityCreate {
    /// SIP status.
    pub sip_status: Option<SipStatus>,
    /// Gatekeeper status.
    pub gatekeeper_status: Option<GatekeeperStatus>,
    /// XProtect version.
    pub xprotect_version: Option<String>,
    /// Activation lock enabled.
    pub activation_lock_enabled: Option<bool>,
    /// Recovery lock enabled.
    pub recovery_lock_enabled: Option<bool>,
    /// Firewall enabled.
    pub firewall_enabled: Option<bool>,
    /// Secure boot level.
    pub secure_boot_level: Option<SecureBootLevel>,
    /// External boot level.
    pub external_boot_level: Option<ExternalBootLevel>,
}

/// External boot level.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ExternalBootLevel {
    AllowBootingFromExternalMedia,
    DisallowBootingFromExternalMedia,
    NotSupported,
    Unknown,
}

/// Secure boot level.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SecureBootLevel {
    NoSecurity,
    MediumSecurity,
    FullSecurity,
    NotSupported,
    Unknown,
}

/// Gatekeeper status.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum GatekeeperStatus {
    NotCollected,
    Disabled,
    AppStoreAndIdentifiedDevelopers,
    AppStore,
}

/// SIP status.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum SipStatus {
    NotCollected,
    NotAvailable,
    Disabled,
    Enabled,
}

/// Section `storage` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerStorageCreate {
    /// Disks.
    pub disks: Option<Vec<ComputerDiskCreate>>,
}

/// Section `disk` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerDiskCreate {
    /// Device.
    pub device: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Revision.
    pub revision: Option<String>,
    /// Serial number.
    pub serial_number: Option<String>,
    /// Size megabytes.
    pub size_megabytes: Option<i64>,
    /// Smart status.
    pub smart_status: Option<String>,
    /// Type.
    pub r#type: Option<String>,
    /// Partitions.
    pub partitions: Option<Vec<ComputerPartitionCreate>>,
}

/// Section `partition` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerPartitionCreate {
    /// Name.
    pub name: Option<String>,
    /// Size megabytes.
    pub size_megabytes: Option<i64>,
    /// Available megabytes.
    pub available_megabytes: Option<i64>,
    /// Partition type.
    pub partition_type: Option<PartitionType>,
    /// Percent used.
    #[schemars(range(min = 0, max = 100))]
    pub percent_used: Option<i64>,
    /// FileVault state.
    pub file_vault2_state: Option<FileVaultState>,
    /// FileVault progress percent.
    pub file_vault2_progress_percent: Option<i64>,
    /// LVM managed.
    pub lvm_managed: Option<bool>,
}

/// Computer partition FileVault state.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum FileVaultState {
    Unknown,
    Unencrypted,
    Ineligible,
    Decrypted,
    Decrypting,
    Encrypted,
    Encrypting,
    RestartNeeded,
    Optimizing,
    DecryptingPaused,
    EncryptingPaused,
}

/// Partition type.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PartitionType {
    Boot,
    Recovery,
    Other,
}

/// Section `application` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerApplicationCreate {
    /// Name.
    pub name: Option<String>,
    /// Path.
    pub path: Option<String>,
    /// Version.
    pub version: Option<String>,
}

/// Section `general` of a new record of a computer.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerGeneralCreate {
    /// Name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Last IP address.
    pub last_ip_address: Option<String>,
    /// Jamf binary version.
    pub jamf_binary_version: Option<String>,
    /// Platform.
    pub platform: Option<Platform>,
    /// Barcode1.
    pub barcode1: Option<String>,
    /// Barcode2.
    pub barcode2: Option<String>,
    /// Asset tag.
    pub asset_tag: Option<String>,
    /// Remote management.
    pub remote_management: Option<ComputerRemoteManagementCreate>,
    /// Supervised.
    pub supervised: Option<bool>,
    /// MDM capable.
    pub mdm_capable: Option<bool>,
    /// Report date, ISO 8601 UTC.
    pub report_date: Option<Timestamp>,
    /// Last check in, ISO 8601 UTC.
    pub last_check_in: Option<Timestamp>,
    /// Last contact, ISO 8601 UTC.
    pub last_contact: Option<Timestamp>,
    /// Last cloud backup date, ISO 8601 UTC.
    pub last_cloud_backup_date: Option<Timestamp>,
    /// Last enrolled date, ISO 8601 UTC.
    pub last_enrolled_date: Option<Timestamp>,
    /// Distribution point Id.
    pub distribution_point_id: Option<IdOrNone>,
    /// Site Id.
    pub site_id: Option<IdOrNone>,
    /// ITunes store account active.
    pub itunes_store_account_active: Option<bool>,
    /// Enrolled via automated device enrollment.
    pub enrolled_via_automated_device_enrollment: Option<bool>,
    /// User approved MDM.
    pub user_approved_mdm: Option<bool>,
    /// Declarative device management enabled.
    pub declarative_device_management_enabled: Option<bool>,
}

/// Computer remote management create.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerRemoteManagementCreate {
    /// Managed.
    pub managed: Option<bool>,
}

/// Platform.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Platform {
    Windows,
    Mac,
    None,
}

/// Computer update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerUpdate {
    /// UDID.
    pub udid: Option<String>,
    /// General.
    pub general: Option<ComputerGeneralUpdate>,
    /// Purchasing.
    pub purchasing: Option<ComputerPurchase>,
    /// User and location.
    pub user_and_location: Option<ComputerUserAndLocation>,
    /// Hardware.
    pub hardware: Option<ComputerHardwareUpdate>,
    /// Operating system.
    pub operating_system: Option<ComputerOperatingSystemUpdate>,
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer operating system update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerOperatingSystemUpdate {
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer hardware update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerHardwareUpdate {
    /// Network adapter type.
    pub network_adapter_type: Option<String>,
    /// MAC address.
    pub mac_address: Option<String>,
    /// Alt network adapter type.
    pub alt_network_adapter_type: Option<String>,
    /// Alt MAC address.
    pub alt_mac_address: Option<String>,
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer user and location.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerUserAndLocation {
    /// Username.
    pub username: Option<String>,
    /// Realname.
    pub realname: Option<String>,
    /// Email.
    pub email: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Department Id.
    pub department_id: Option<IdOrNone>,
    /// Building Id.
    pub building_id: Option<IdOrNone>,
    /// Room.
    pub room: Option<String>,
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer purchase.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerPurchase {
    /// Whether it is leased.
    pub leased: Option<bool>,
    /// Purchased.
    pub purchased: Option<bool>,
    /// Purchase order number.
    pub po_number: Option<String>,
    /// Purchase order date, as a date such as 2026-01-31.
    pub po_date: Option<Date>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Warranty date, as a date such as 2026-01-31.
    pub warranty_date: Option<Date>,
    /// Number of the AppleCare agreement.
    pub apple_care_id: Option<String>,
    /// Lease date, as a date such as 2026-01-31.
    pub lease_date: Option<Date>,
    /// Purchase price.
    pub purchase_price: Option<String>,
    /// Life expectancy.
    pub life_expectancy: Option<i64>,
    /// Purchasing account.
    pub purchasing_account: Option<String>,
    /// Purchasing contact.
    pub purchasing_contact: Option<String>,
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer general update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerGeneralUpdate {
    /// Name.
    pub name: Option<String>,
    /// Last IP address.
    pub last_ip_address: Option<String>,
    /// Barcode1.
    pub barcode1: Option<String>,
    /// Barcode2.
    pub barcode2: Option<String>,
    /// Asset tag.
    pub asset_tag: Option<String>,
    /// Extension attributes.
    pub extension_attributes: Option<Vec<ComputerExtensionAttribute>>,
}

/// Computer extension attribute.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerExtensionAttribute {
    /// Definition Id.
    pub definition_id: Option<Id>,
    /// Values.
    pub values: Option<Vec<String>>,
}
