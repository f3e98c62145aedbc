//! Computer PreStage enrollments: what a Mac gets when Setup Assistant enrolls it by Automated Device Enrollment, and
//! which serial numbers each is for.
//!
//! What PreStages of computers and of mobile devices have in common is declared here.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, Date, Id, IdOrNone, Nothing, Sorted, Update};
use crate::effects::{Affects, DeviceKind};
use crate::joins::{BUILDING_OF_ENROLLMENT, DEPARTMENT_OF_ENROLLMENT, SITE, SITE_OF_ENROLLMENT};
use crate::secrets::Source;

/// Passwords that Jamf takes and is not to answer with.
const HIDDEN: &[&str] = &["adminPassword", "recoveryLockPassword"];

/// Passwords in the body.
const SECRET: &[&str] = &["body.accountSettings.adminPassword", "body.recoveryLockPassword"];

/// All actions on computer PreStages.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("computer_prestage_list", "/api/v3/computer-prestages")
        .about("List computer PreStage enrollments with their version locks; serial numbers come from computer_prestage_assignments_get.")
        .asked(&["Mac PreStages", "which enrollment setup do new Macs get", "PreStages for Macs", "zero-touch settings"])
        .needs(&["Read Computer PreStage Enrollments"])
        .brief(&["id", "displayName", "defaultPrestage", "mandatory", "mdmRemovable", "deviceEnrollmentProgramInstanceId", "versionLock"])
        .joins(&[SITE_OF_ENROLLMENT, DEPARTMENT_OF_ENROLLMENT, BUILDING_OF_ENROLLMENT, SITE])
        .hides(HIDDEN),
    get::<ById>("computer_prestage_get", "/api/v3/computer-prestages/{id}")
        .about("Get one computer PreStage with all four version locks that computer_prestage_update asks for.")
        .asked(&["settings of a Mac PreStage", "which Setup Assistant screens are skipped"])
        .needs(&["Read Computer PreStage Enrollments"])
        .hides(HIDDEN),
    post::<Create<ComputerPrestage>>("computer_prestage_create", "/api/v3/computer-prestages")
        .about("Create a computer PreStage. With `defaultPrestage` every Mac new to the instance gets it; otherwise none until computer_prestage_scope_add.")
        .asked(&["new Mac enrollment setup for Automated Device Enrollment", "new zero-touch setup for Macs"])
        .needs(&["Create Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::Computer))
        .runs(&[
            ("body.customPackageIds[]", "package_get"),
            ("body.prestageInstalledProfileIds[]", "macos_profile_get"),
            ("body.pssoConfigProfileId", "macos_profile_get"),
            ("body.enrollmentCustomizationId", "enrollment_customization_get"),
        ])
        .secret(&[(SECRET, Source::Person)]),
    put::<Update<ComputerPrestageUpdate>>("computer_prestage_update", "/api/v3/computer-prestages/{id}")
        .about("Replace a computer PreStage; fields left out are cleared. Macs set up later get the new one. After a 500 read it again: it may have been saved.")
        .asked(&["skip another Setup Assistant pane", "make MDM profile non-removable at enrollment", "skip Setup Assistant screens on Macs"])
        .needs(&["Update Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::Computer))
        .runs(&[
            ("body.customPackageIds[]", "package_get"),
            ("body.prestageInstalledProfileIds[]", "macos_profile_get"),
            ("body.pssoConfigProfileId", "macos_profile_get"),
            ("body.enrollmentCustomizationId", "enrollment_customization_get"),
        ])
        .hides(HIDDEN)
        .secret(&[(SECRET, Source::Person)]),
    delete::<ById>("computer_prestage_delete", "/api/v3/computer-prestages/{id}")
        .about("Delete a computer PreStage; Macs assigned to it are set up without it, unmanaged, until another PreStage takes them.")
        .needs(&["Delete Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::Computer)),
    get::<Nothing>("computer_prestage_assignments_get", "/api/v2/computer-prestages/scope")
        .title("Get the computer PreStage of every serial number")
        .about("Get the PreStage of every assigned Mac, as serial number and PreStage id; says which PreStage a Mac is in now.")
        .asked(&["which PreStage is a serial number in"])
        .needs(&["Read Computer PreStage Enrollments"]),
    get::<ById>("computer_prestage_scope_get", "/api/v2/computer-prestages/{id}/scope")
        .title("Get the serial numbers of a computer PreStage")
        .about("Get the serial numbers that one computer PreStage is for, and the version lock of that list.")
        .asked(&["serial numbers in a Mac PreStage"])
        .needs(&["Read Computer PreStage Enrollments"]),
    post::<Update<PrestageScope>>("computer_prestage_scope_add", "/api/v2/computer-prestages/{id}/scope")
        .title("Add serial numbers to a computer PreStage")
        .about("Add serial numbers to a computer PreStage; those Macs get it when next set up. One in another PreStage is to be removed from that first.")
        .asked(&["put new Macs into a PreStage", "assign serials to zero-touch"])
        .needs(&["Update Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::PrestageScope(DeviceKind::Computer))
        .runs(&[("id", "computer_prestage_get")]),
    put::<Update<PrestageScope>>("computer_prestage_scope_update", "/api/v2/computer-prestages/{id}/scope")
        .title("Replace the serial numbers of a computer PreStage")
        .about("Replace the whole list of serial numbers of a computer PreStage; Macs not in it leave. To add some, use computer_prestage_scope_add.")
        .needs(&["Update Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .affects(Affects::PrestageScope(DeviceKind::Computer))
        .runs(&[("id", "computer_prestage_get")]),
    post::<Update<PrestageScope>>("computer_prestage_scope_remove", "/api/v2/computer-prestages/{id}/scope/delete-multiple")
        .title("Remove serial numbers from a computer PreStage")
        .about("Remove serial numbers from a computer PreStage; those Macs are set up without it the next time. Enrolled Macs stay as they are.")
        .asked(&["unassign a Mac from zero-touch setup", "take a serial number out of a Mac PreStage"])
        .needs(&["Update Computer PreStage Enrollments"])
        .risk(Risk::Destructive)
        .affects(Affects::PrestageScope(DeviceKind::Computer)),
];

/// Serial numbers of a PreStage.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PrestageScope {
    /// Serial numbers that Apple has assigned to this server; others are refused.
    #[schemars(length(max = 5000))]
    pub serial_numbers: Vec<String>,
    /// Lock of the scope, not of the PreStage: the value just read from it, or Jamf answers 409.
    #[schemars(range(min = 0))]
    pub version_lock: i64,
}

/// What PreStages of computers and of mobile devices have in common.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PrestageBasics {
    /// Name shown in Jamf Pro.
    pub display_name: String,
    /// Enrollment cannot be skipped in Setup Assistant.
    pub mandatory: bool,
    /// The user may remove the MDM profile, and management with it.
    pub mdm_removable: bool,
    /// Number to call for help, shown in Setup Assistant; empty for none.
    pub support_phone_number: String,
    /// Address to write to for help; empty for none.
    pub support_email_address: String,
    /// Department shown in Setup Assistant, as plain text; empty for none.
    pub department: String,
    /// Devices that Apple newly assigns to the instance get this PreStage by themselves.
    pub default_prestage: bool,
    /// Id of the site that devices join; -1 for none.
    pub enrollment_site_id: IdOrNone,
    /// A device that enrolls again keeps the site it had.
    pub keep_existing_site_membership: bool,
    /// A device that enrolls again keeps its user and location.
    pub keep_existing_location_information: bool,
    /// The user has to sign in with a directory account to enroll.
    pub require_authentication: bool,
    /// Text shown above that sign-in; empty for none.
    pub authentication_prompt: String,
    /// Keep users from turning on Activation Lock with their own Apple Account.
    pub prevent_activation_lock: bool,
    /// Lock devices to the organization by Activation Lock; the bypass code is kept in Jamf.
    pub enable_device_based_activation_lock: bool,
    /// Id of the Automated Device Enrollment instance, from device_enrollment_list.
    pub device_enrollment_program_instance_id: Id,
    /// User and location that each device starts with.
    pub location_information: PrestageLocation,
    /// Purchasing facts that each device starts with.
    pub purchasing_information: PrestagePurchasing,
    /// Certificates to trust while enrolling, each PEM in Base64; an empty list for none.
    pub anchor_certificates: Option<Vec<String>>,
    /// Id of the enrollment customization, the panes shown at sign-in; 0 for none.
    pub enrollment_customization_id: Option<Id>,
    /// Language to set up in, two letters such as `en`; goes with `autoAdvanceSetup`.
    pub language: Option<String>,
    /// Region to set up in, two letters such as `US`; goes with `autoAdvanceSetup`.
    pub region: Option<String>,
    /// Walk through Setup Assistant without a person; needs Ethernet, language and region.
    pub auto_advance_setup: bool,
}

/// User and location that devices start with.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PrestageLocation {
    /// User name to assign the device to; empty for none.
    pub username: String,
    /// Full name of that user; empty for none.
    pub realname: String,
    /// Phone number of that user; empty for none.
    pub phone: String,
    /// E-mail address of that user; empty for none.
    pub email: String,
    /// Room the device stands in; empty for none.
    pub room: String,
    /// Position of that user; empty for none.
    pub position: String,
    /// Id of the department; -1 for none.
    pub department_id: IdOrNone,
    /// Id of the building; -1 for none.
    pub building_id: IdOrNone,
    /// Id of this part as just read; -1 in a new PreStage.
    pub id: IdOrNone,
    /// Lock of this part: the value just read, or Jamf answers 409; 0 in a new PreStage.
    #[schemars(range(min = 0))]
    pub version_lock: i64,
}

/// Purchasing facts that devices start with.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PrestagePurchasing {
    /// Id of this part as just read; -1 in a new PreStage.
    pub id: IdOrNone,
    /// The devices are leased.
    pub leased: bool,
    /// The devices were bought.
    pub purchased: bool,
    /// AppleCare agreement number; empty for none.
    pub apple_care_id: String,
    /// Number of the purchase order; empty for none.
    pub po_number: String,
    /// Who sold the devices; empty for none.
    pub vendor: String,
    /// Price as text, such as `$500`; empty for none.
    pub purchase_price: String,
    /// Years a device is to last; 0 for unknown.
    pub life_expectancy: i64,
    /// Account the purchase was made on; empty for none.
    pub purchasing_account: String,
    /// Whom to ask about the purchase; empty for none.
    pub purchasing_contact: String,
    /// End of the lease, such as 2026-01-31; 1970-01-01 for none.
    pub lease_date: Date,
    /// Date of the purchase order, such as 2026-01-31; 1970-01-01 for none.
    pub po_date: Date,
    /// End of the warranty, such as 2026-01-31; 1970-01-01 for none.
    pub warranty_date: Date,
    /// Lock of this part: the value just read, or Jamf answers 409; 0 in a new PreStage.
    #[schemars(range(min = 0))]
    pub version_lock: i64,
}

/// Which system a device has to update to before it enrolls.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MinimumOs {
    NoEnforcement,
    MinimumOsLatestVersion,
    MinimumOsLatestMajorVersion,
    MinimumOsLatestMinorVersion,
    MinimumOsSpecificVersion,
}

/// A computer PreStage, and the lock that it had when it was read.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-at-most-one-of" = ["profileUrl", "pssoConfigProfileId"]))]
pub struct ComputerPrestageUpdate {
    /// The PreStage.
    #[schemars(flatten)]
    pub prestage: ComputerPrestage,
    /// Lock of the PreStage itself: the value just read, not one more, or Jamf answers 409.
    #[schemars(range(min = 0))]
    pub version_lock: i64,
}

/// A computer PreStage.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("x-at-most-one-of" = ["profileUrl", "pssoConfigProfileId"]))]
pub struct ComputerPrestage {
    /// What every PreStage has.
    #[schemars(flatten)]
    pub basics: PrestageBasics,
    /// Screens of Setup Assistant, true for each to skip; say every one that is to be skipped.
    pub skip_setup_items: Option<ComputerSetupItems>,
    /// Install the profiles of `prestageInstalledProfileIds` before Setup Assistant ends.
    pub install_profiles_during_setup: bool,
    /// Ids of those configuration profiles; each must have the computers in its scope too.
    pub prestage_installed_profile_ids: Vec<Id>,
    /// Ids of packages to install at enrollment; signed distribution packages only.
    pub custom_package_ids: Vec<Id>,
    /// Id of the distribution point with those packages; -1 for none, -2 for the cloud distribution point.
    #[schemars(regex(pattern = r"^(-2|-1|0|[1-9][0-9]{0,18})$"))]
    pub custom_package_distribution_point_id: String,
    /// Set a Recovery Lock password, asked for before recoveryOS starts; Apple silicon only.
    pub enable_recovery_lock: Option<bool>,
    /// One password for all, or one that Jamf makes for each Mac.
    pub recovery_lock_password_type: Option<RecoveryLockPasswordType>,
    /// Change a Mac's Recovery Lock password after somebody has looked at it.
    pub rotate_recovery_lock_password: Option<bool>,
    /// Update macOS first when it is older than this.
    pub prestage_minimum_os_target_version_type: Option<MinimumOs>,
    /// Version of macOS, such as `15.4`, for MINIMUM_OS_SPECIFIC_VERSION.
    pub minimum_os_specific_version: Option<String>,
    /// Set up Platform SSO during enrollment; false by default.
    pub psso_enabled: Option<bool>,
    /// Bundle id of the identity provider's Platform SSO app, such as `com.okta.mobile`.
    pub platform_sso_app_bundle_id: Option<String>,
    /// Web address of the Platform SSO profile; this or `pssoConfigProfileId`, never both.
    pub profile_url: Option<String>,
    /// Id of the Platform SSO profile in Jamf; -1 for none.
    pub psso_config_profile_id: Option<IdOrNone>,
    /// Web address of the manifest that installs the Platform SSO app.
    pub manifest_url: Option<String>,
    /// Local accounts made during setup. Give it always: Jamf answers 500 without.
    pub account_settings: Option<AccountSettings>,
    /// Recovery Lock password for MANUAL.
    #[schemars(length(min = 1))]
    pub recovery_lock_password: Option<String>,
}

/// Screens of Setup Assistant on a Mac, by Jamf's names for them; true skips one.
#[derive(JsonSchema)]
#[schemars(rename_all = "PascalCase")]
pub struct ComputerSetupItems {
    /// Accessibility features.
    pub accessibility: Option<bool>,
    /// Further privacy settings.
    pub additional_privacy_settings: Option<bool>,
    /// Light or dark look.
    pub appearance: Option<bool>,
    /// Apple Account sign-in.
    #[schemars(rename = "AppleID")]
    pub apple_id: Option<bool>,
    /// Touch ID.
    pub biometric: Option<bool>,
    /// Analytics sent to Apple.
    pub diagnostics: Option<bool>,
    /// True Tone display.
    pub display_tone: Option<bool>,
    /// Lockdown Mode offer.
    pub enable_lockdown_mode: Option<bool>,
    /// FileVault offer; a profile can still turn it on.
    pub file_vault: Option<bool>,
    /// Analytics of iCloud.
    #[schemars(rename = "iCloudDiagnostics")]
    pub icloud_diagnostics: Option<bool>,
    /// Desktop and Documents in iCloud.
    #[schemars(rename = "iCloudStorage")]
    pub icloud_storage: Option<bool>,
    /// Apple Intelligence.
    pub intelligence: Option<bool>,
    /// Location Services.
    pub location: Option<bool>,
    /// Tour of what macOS can do.
    #[schemars(rename = "OSShowcase")]
    pub os_showcase: Option<bool>,
    /// Apple Pay.
    pub payment: Option<bool>,
    /// Data and privacy notice.
    pub privacy: Option<bool>,
    /// Registration with Apple.
    pub registration: Option<bool>,
    /// Transfer from another computer or backup.
    pub restore: Option<bool>,
    /// Screen Time.
    pub screen_time: Option<bool>,
    /// Siri and dictation.
    pub siri: Option<bool>,
    /// Automatic updates of macOS.
    pub software_update: Option<bool>,
    /// How the user is addressed.
    pub terms_of_address: Option<bool>,
    /// Terms and conditions.
    #[schemars(rename = "TOS")]
    pub tos: Option<bool>,
    /// Choice of wallpaper.
    pub wallpaper: Option<bool>,
    /// Welcome and get started.
    pub welcome: Option<bool>,
}

/// Who chooses the Recovery Lock password.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum RecoveryLockPasswordType {
    Manual,
    Random,
}

/// Local accounts made while a Mac is set up.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccountSettings {
    /// Id of this part as just read; -1 in a new PreStage.
    pub id: Option<IdOrNone>,
    /// Use this part at all; false by default.
    pub payload_configured: Option<bool>,
    /// Make an administrator account beside the user's; false by default.
    pub local_admin_account_enabled: Option<bool>,
    /// Short name of that administrator.
    pub admin_username: Option<String>,
    /// Password of that administrator.
    pub admin_password: Option<String>,
    /// Hide that administrator at the login window and in Users & Groups; false by default.
    pub hidden_admin_account: Option<bool>,
    /// Let MDM manage the account that the user makes, for user-level profiles; false by default.
    pub local_user_managed: Option<bool>,
    /// Kind of account that the user makes; SKIP makes none; STANDARD by default.
    pub user_account_type: Option<UserAccountType>,
    /// Lock of this part: the value just read, or Jamf answers 409; 0 in a new PreStage.
    #[schemars(range(min = 0))]
    pub version_lock: Option<i64>,
    /// Fill in the names of the user's account beforehand; false by default.
    pub prefill_primary_account_info_feature_enabled: Option<bool>,
    /// Where those names come from: the two fields below, or the device's user; CUSTOM by default.
    pub prefill_type: Option<PrefillType>,
    /// Full name to fill in, for CUSTOM.
    pub prefill_account_full_name: Option<String>,
    /// Account name to fill in, for CUSTOM.
    pub prefill_account_user_name: Option<String>,
    /// The user cannot change what was filled in; false by default.
    pub prevent_prefill_info_from_modification: Option<bool>,
}

/// Kind of account that the user makes during setup.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UserAccountType {
    Administrator,
    Standard,
    Skip,
}

/// Where the names of the user's account come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PrefillType {
    Custom,
    DeviceOwner,
}
