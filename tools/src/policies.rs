//! Policies: what computers run and install, in the Classic API.
//!
//! The body types are in the order of Jamf's schema, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Nothing, Partial, SERVER_TIME, Update};
use crate::classic_scope::{ComputerTargets, Exclusions, Limitations, Offer, Places, Target, UserTargets};
use crate::effects::{Affects, COMPUTERS};
use crate::joins::{POLICY, join};
use crate::secrets::Source;

/// Fields of policies that are passwords or their hashes.
const SECRETS: &[&str] =
    &["password", "password_sha256", "managed_password", "of_password", "of_password_sha256"];

/// Passwords that a policy sets; no caller gives them.
const PASSWORDS: &[&str] = &[
    "body.account_maintenance.accounts.password",
    "body.account_maintenance.management_account.managed_password",
    "body.account_maintenance.open_firmware_efi_password.of_password",
];

/// What a policy runs and installs.
const CONTENT: &[(&str, &str)] = &[
    ("body.scripts[].id", "script_get"),
    ("body.package_configuration.packages[].id", "package_get"),
    ("body.printers[].id", "printer_get"),
    ("body.dock_items[].id", "dock_item_get"),
    ("body.account_maintenance.directory_bindings[].id", "directory_binding_get"),
    ("body.disk_encryption.disk_encryption_configuration_id", "disk_encryption_configuration_get"),
    ("body.disk_encryption.remediate_disk_encryption_configuration_id", "disk_encryption_configuration_get"),
];

/// All actions on policies.
pub static ACTIONS: &[Action] = &[
    get::<PolicyList>("policy_list", "/JSSResource/policies")
        .also(&["/JSSResource/policies/category/{category}", "/JSSResource/policies/createdBy/{createdBy}"])
        .about("List policies with what each does: enabled, category, triggers, frequency, scope, packages and scripts; all, those of a category, or those that one way of creating made.")
        .asked(&["all our policies", "find a policy by name", "overview of policies with triggers and scope", "which policies are disabled"])
        .probably_needs(&["Read Policies"])
        .brief(&["id", "name", "enabled", "category", "triggers", "frequency", "scope", "targets", "runs"])
        .joins(&[join("policies", "id", POLICY)])
        .core(),
    get::<PolicyGet>("policy_get", "/JSSResource/policies/id/{id}")
        .also(&["/JSSResource/policies/name/{name}", "/JSSResource/policies/id/{id}/subset/{subset}"])
        .about("Get one policy by id or name: triggers, frequency, scope with exclusions, packages, scripts. Passwords in it are left out.")
        .asked(&["what does this policy do", "scope and scripts of one policy", "when does a policy run", "triggers, scope and content of a policy"])
        .probably_needs(&["Read Policies"])
        .hides(SECRETS)
        .core(),
    post::<Create<Policy>>("policy_create", "/JSSResource/policies/id/0")
        .about("Create a policy. What it runs and installs reaches every computer in its scope as root.")
        .asked(&["new policy that installs a package", "run a script once on all Macs", "new policy"])
        .probably_needs(&["Create Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS))
        .runs(CONTENT)
        .secret(&[(PASSWORDS, Source::Person)])
        .xml("policy"),
    put::<Update<Partial<Policy>>>("policy_update", "/JSSResource/policies/id/{id}")
        .about("Change a policy. Sections left out stay; a scope that is given replaces the whole scope, exclusions included.")
        .asked(&["switch a policy off", "add a group to a policy's scope", "make a policy available in Self Service", "other trigger or frequency of a policy"])
        .probably_needs(&["Update Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS))
        .runs(CONTENT)
        .secret(&[(PASSWORDS, Source::Person)])
        .xml("policy"),
    delete::<ById>("policy_delete", "/JSSResource/policies/id/{id}")
        .about("Delete a policy with its log; computers do not run it any more, and what it installed stays.")
        .asked(&["remove an old policy", "remove a policy for good"])
        .probably_needs(&["Delete Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS)),
    get::<Nothing>("policy_properties_get", "/api/v1/policy-properties")
        .about("Get the settings of all policies together: whether they wait for, or may be triggered by, a change of network.")
        .needs(&["Read Policies"]),
    put::<PolicyPropertiesUpdate>("policy_properties_update", "/api/v1/policy-properties")
        .about("Change the settings of all policies together, on every computer.")
        .asked(&["policies wait for a network connection"])
        .needs(&["Update Policies"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
];

/// Which policies.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PolicyList {
    /// Only those of the category with this name or id.
    pub category: Option<Name>,
    /// Only those made so: `jss` for the console and the API, `casper` for Jamf Remote.
    pub created_by: Option<CreatedBy>,
}
impl Arguments for PolicyList {
    const ROWS: Rows = Rows::Whole;
}

/// What made a policy.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum CreatedBy {
    Jss,
    Casper,
}

/// One policy: by its id, by its name, or a part of it by its id.
#[derive(JsonSchema)]
pub struct PolicyGet {
    /// Id of the policy, digits only.
    pub id: Option<Id>,
    /// Name of the policy, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// A part of it, with `id`.
    pub subset: Option<PolicySubset>,
}
impl Arguments for PolicyGet {}

/// A part of a policy.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PolicySubset {
    General,
    Scope,
    SelfService,
    PackageConfiguration,
    Scripts,
    Printers,
    DockItems,
    AccountMaintenance,
    Reboot,
    Maintenance,
    FilesProcesses,
    UserInteraction,
    DiskEncryption,
}

/// Arguments of `policy_properties_update`.
#[derive(JsonSchema)]
pub struct PolicyPropertiesUpdate {
    /// The settings.
    pub body: PolicyProperties,
}
impl Arguments for PolicyPropertiesUpdate {}

/// Settings of all policies together.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PolicyProperties {
    /// Policies wait for a change of network.
    pub policies_require_network_state_change: Option<bool>,
    /// A change of network may trigger policies.
    pub allow_network_state_change_triggers: Option<bool>,
}

/// A new policy, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct Policy {
    /// Name, triggers and frequency.
    pub general: General,
    /// Which computers it is for, and which not.
    pub scope: Option<Scope>,
    /// How Self Service offers it.
    pub self_service: Option<SelfService>,
    /// Packages it installs.
    pub package_configuration: Option<PackageConfiguration>,
    /// Scripts it runs.
    #[schemars(extend("x-item" = "script"))]
    pub scripts: Option<Vec<PolicyScript>>,
    /// Printers it installs or removes.
    #[schemars(extend("x-item" = "printer"))]
    pub printers: Option<Vec<PolicyPrinter>>,
    /// Items it puts into the Dock or takes out.
    #[schemars(extend("x-item" = "dock_item"))]
    pub dock_items: Option<Vec<PolicyDockItem>>,
    /// Local accounts, directory bindings and passwords.
    pub account_maintenance: Option<AccountMaintenance>,
    /// Restart at its end.
    pub reboot: Option<Reboot>,
    /// Inventory, caches and the like.
    pub maintenance: Option<Maintenance>,
    /// Files, processes and one command.
    pub files_processes: Option<FilesProcesses>,
    /// What users are told; deferral.
    pub user_interaction: Option<UserInteraction>,
    /// FileVault.
    pub disk_encryption: Option<DiskEncryption>,
}

/// Name, triggers and frequency of a new policy.
#[derive(JsonSchema)]
pub struct General {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Whether computers run it.
    pub enabled: Option<bool>,
    /// At the recurring check-in.
    pub trigger_checkin: Option<bool>,
    /// When enrollment is complete.
    pub trigger_enrollment_complete: Option<bool>,
    /// At login.
    pub trigger_login: Option<bool>,
    /// When the network changes.
    pub trigger_network_state_changed: Option<bool>,
    /// At startup.
    pub trigger_startup: Option<bool>,
    /// At this custom event.
    pub trigger_other: Option<String>,
    /// How often it runs.
    pub frequency: Option<Frequency>,
    /// When it is tried again.
    pub retry_event: Option<RetryEvent>,
    /// How often; -1 for never.
    pub retry_attempts: Option<RetryAttempts>,
    /// Report each failure.
    pub notify_on_each_failed_retry: Option<bool>,
    /// Only for its own user.
    pub location_user_only: Option<bool>,
    /// Volume, `/` for the startup disk.
    pub target_drive: Option<String>,
    /// Without a connection; Ongoing only.
    pub offline: Option<bool>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// When it may run.
    pub date_time_limitations: Option<DateTimeLimitations>,
    /// Which connection it needs.
    pub network_limitations: Option<NetworkLimitations>,
    /// Other than the computer's own.
    pub override_default_settings: Option<OverrideDefaults>,
    /// Which kind of network it needs.
    pub network_requirements: Option<NetworkRequirement>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// How often a policy runs.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Frequency {
    #[schemars(rename = "Once per computer")]
    OncePerComputer,
    #[schemars(rename = "Once per user per computer")]
    OncePerUserPerComputer,
    #[schemars(rename = "Once per user")]
    OncePerUser,
    #[schemars(rename = "Once every day")]
    OnceEveryDay,
    #[schemars(rename = "Once every week")]
    OnceEveryWeek,
    #[schemars(rename = "Once every month")]
    OnceEveryMonth,
    Ongoing,
}

/// When a policy is tried again.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum RetryEvent {
    #[schemars(rename = "none")]
    None,
    #[schemars(rename = "trigger")]
    Trigger,
    #[schemars(rename = "check-in")]
    CheckIn,
}

/// How often a policy is tried again: 1 to 10 times, or never.
#[derive(JsonSchema)]
#[schemars(inline, extend("enum" = [-1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))]
pub struct RetryAttempts(pub i32);

/// A kind of network.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum NetworkRequirement {
    Any,
    Ethernet,
}

/// A least connection.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MinimumConnection {
    #[schemars(rename = "No Minimum")]
    NoMinimum,
    Ethernet,
}

/// By id or name; the id wins.
#[derive(JsonSchema)]
pub struct IdOrName {
    /// Id; -1 for none.
    #[schemars(range(min = -1))]
    pub id: Option<i64>,
    /// Name.
    pub name: Option<String>,
}

/// When a policy may run, in the time of the server.
#[derive(JsonSchema)]
pub struct DateTimeLimitations {
    /// From then on, such as 2026-01-31 08:00:00.
    #[schemars(extend("x-form" = SERVER_TIME))]
    pub activation_date: Option<String>,
    /// Until then.
    #[schemars(extend("x-form" = SERVER_TIME))]
    pub expiration_date: Option<String>,
    /// Not on these days.
    #[schemars(extend("x-item" = "day"))]
    pub no_execute_on: Option<Vec<Weekday>>,
    /// Not from this time of day, such as 9:00 AM.
    pub no_execute_start: Option<String>,
    /// Until this time.
    pub no_execute_end: Option<String>,
}

/// A day of the week.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Weekday {
    Sun,
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
}

/// Which connection a policy needs.
#[derive(JsonSchema)]
pub struct NetworkLimitations {
    /// The least connection.
    pub minimum_network_connection: Option<MinimumConnection>,
    /// From any address.
    pub any_ip_address: Option<bool>,
}

/// Settings other than the computer's own.
#[derive(JsonSchema)]
pub struct OverrideDefaults {
    /// Volume.
    pub target_drive: Option<String>,
    /// Distribution point.
    pub distribution_point: Option<String>,
    /// AFP or SMB, not HTTP.
    pub force_afp_smb: Option<bool>,
    /// Software update server.
    pub sus: Option<String>,
}

/// Which computers a policy is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct Scope {
    /// Every computer; then no other targets.
    pub all_computers: Option<bool>,
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Directory groups by name.
    pub limit_to_users: Option<LimitToUsers>,
    /// Only for these of them.
    pub limitations: Option<Limitations>,
    /// Whom it is kept from.
    pub exclusions: Option<Exclusions>,
}

/// Directory groups that a policy is limited to, by their names.
#[derive(JsonSchema)]
pub struct LimitToUsers {
    /// Their names.
    #[schemars(extend("x-item" = "user_group"))]
    pub user_groups: Option<Vec<String>>,
}

/// How Self Service offers a policy.
#[derive(JsonSchema)]
pub struct SelfService {
    /// Offer it.
    pub use_for_self_service: Option<bool>,
    /// Name.
    pub self_service_display_name: Option<String>,
    /// What Self Service shows of an object, and where.
    #[schemars(flatten)]
    pub offer: Offer,
}

/// Packages of a policy.
#[derive(JsonSchema)]
pub struct PackageConfiguration {
    /// The packages.
    #[schemars(extend("x-item" = "package"))]
    pub packages: Option<Vec<PolicyPackage>>,
}

/// One package.
#[derive(JsonSchema)]
pub struct PolicyPackage {
    /// Its id.
    pub id: Option<u32>,
    /// What is done.
    pub action: Option<PackageAction>,
    /// User templates.
    pub fut: Option<bool>,
    /// Existing users.
    pub feu: Option<bool>,
    /// Update the autorun data.
    pub update_autorun: Option<bool>,
}

/// What is done with a package.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PackageAction {
    Install,
    Cache,
    #[schemars(rename = "Install Cached")]
    InstallCached,
}

/// One script.
#[derive(JsonSchema)]
pub struct PolicyScript {
    /// Its id.
    pub id: Option<u32>,
    /// When it runs.
    pub priority: Option<Order>,
    /// Parameter 4.
    pub parameter4: Option<String>,
    /// Parameter 5.
    pub parameter5: Option<String>,
    /// Parameter 6.
    pub parameter6: Option<String>,
    /// Parameter 7.
    pub parameter7: Option<String>,
    /// Parameter 8.
    pub parameter8: Option<String>,
    /// Parameter 9.
    pub parameter9: Option<String>,
    /// Parameter 10.
    pub parameter10: Option<String>,
    /// Parameter 11.
    pub parameter11: Option<String>,
}

/// Before or after the other parts of a policy.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Order {
    Before,
    After,
}

/// One printer.
#[derive(JsonSchema)]
pub struct PolicyPrinter {
    /// Its id.
    pub id: Option<u32>,
    /// What is done.
    pub action: Option<PrinterAction>,
    /// Make it the default.
    pub make_default: Option<bool>,
}

/// What is done with a printer.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PrinterAction {
    #[schemars(rename = "install")]
    Install,
    #[schemars(rename = "uninstall")]
    Uninstall,
}

/// One item.
#[derive(JsonSchema)]
pub struct PolicyDockItem {
    /// Its id.
    pub id: Option<u32>,
    /// What is done.
    pub action: Option<DockAction>,
}

/// What is done with a Dock item.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DockAction {
    #[schemars(rename = "Add To Beginning")]
    AddToBeginning,
    #[schemars(rename = "Add To End")]
    AddToEnd,
    Remove,
}

/// Local accounts, directory bindings and passwords.
#[derive(JsonSchema)]
pub struct AccountMaintenance {
    /// Local accounts.
    #[schemars(extend("x-item" = "account"))]
    pub accounts: Option<Vec<LocalAccount>>,
    /// Directory bindings.
    #[schemars(extend("x-item" = "binding"))]
    pub directory_bindings: Option<Vec<Target>>,
    /// The management account.
    pub management_account: Option<ManagementAccount>,
    /// The firmware password.
    pub open_firmware_efi_password: Option<FirmwarePassword>,
}

/// One account.
#[derive(JsonSchema)]
pub struct LocalAccount {
    /// What is done.
    pub action: Option<AccountAction>,
    /// Short name.
    pub username: Option<String>,
    /// Full name.
    pub realname: Option<String>,
    /// Its password; never given by a caller.
    pub password: Option<String>,
    /// Keep its home folder.
    pub archive_home_directory: Option<bool>,
    /// Where to.
    pub archive_home_directory_to: Option<String>,
    /// Home folder.
    pub home: Option<String>,
    /// An administrator.
    pub admin: Option<bool>,
    /// May unlock the disk.
    pub filevault_enabled: Option<bool>,
}

/// What is done with a local account.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AccountAction {
    Create,
    Reset,
    Delete,
    DisableFileVault,
}

/// The management account.
#[derive(JsonSchema)]
pub struct ManagementAccount {
    /// What is done.
    pub action: Option<ManagementAction>,
    /// A password; never given by a caller.
    pub managed_password: Option<String>,
    /// Length.
    #[schemars(range(min = 8, max = 255))]
    pub managed_password_length: Option<u32>,
}

/// What is done with the password of the management account.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ManagementAction {
    #[schemars(rename = "rotate")]
    Rotate,
    #[schemars(rename = "doNotChange")]
    DoNotChange,
}

/// The firmware password.
#[derive(JsonSchema)]
pub struct FirmwarePassword {
    /// When it is asked for.
    pub of_mode: Option<FirmwareMode>,
    /// The password; never given by a caller.
    pub of_password: Option<String>,
}

/// When the firmware password is asked for.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum FirmwareMode {
    #[schemars(rename = "command")]
    Command,
    #[schemars(rename = "none")]
    None,
}

/// Restart at the end of a policy.
#[derive(JsonSchema)]
pub struct Reboot {
    /// What users are told.
    pub message: Option<String>,
    /// Startup disk, such as `Current Startup Disk`.
    pub startup_disk: Option<String>,
    /// Path of another startup disk.
    pub specify_startup: Option<String>,
    /// With nobody logged in, such as `Do not restart`.
    pub no_user_logged_in: Option<String>,
    /// With somebody logged in, such as `Restart`.
    pub user_logged_in: Option<String>,
    /// Minutes until the restart.
    #[schemars(range(min = 0, max = 1440))]
    pub minutes_until_reboot: Option<u32>,
    /// Count at once.
    pub start_reboot_timer_immediately: Option<bool>,
    /// Past the FileVault login.
    pub file_vault_2_reboot: Option<bool>,
}

/// Inventory, caches and the like.
#[derive(JsonSchema)]
pub struct Maintenance {
    /// Update inventory.
    pub recon: Option<bool>,
    /// Reset the computer name to the record's.
    pub reset_name: Option<bool>,
    /// Install cached packages.
    pub install_all_cached_packages: Option<bool>,
    /// Fix disk permissions.
    pub permissions: Option<bool>,
    /// Fix ByHost files.
    pub byhost: Option<bool>,
    /// Flush system caches.
    pub system_cache: Option<bool>,
    /// Flush user caches.
    pub user_cache: Option<bool>,
    /// Verify the startup disk.
    pub verify: Option<bool>,
}

/// Files, processes and one command, run as root.
#[derive(JsonSchema)]
pub struct FilesProcesses {
    /// Path to look for.
    pub search_by_path: Option<String>,
    /// Delete it when found.
    pub delete_file: Option<bool>,
    /// File to look for.
    pub locate_file: Option<String>,
    /// Update the file database first.
    pub update_locate_database: Option<bool>,
    /// Words to look for with Spotlight.
    pub spotlight_search: Option<String>,
    /// Process to look for.
    pub search_for_process: Option<String>,
    /// End it when found.
    pub kill_process: Option<bool>,
    /// Command to run as root.
    pub run_command: Option<String>,
}

/// What users are told, and whether they may put a policy off.
#[derive(JsonSchema)]
pub struct UserInteraction {
    /// Message at its start.
    pub message_start: Option<String>,
    /// Users may put it off.
    pub allow_user_to_defer: Option<bool>,
    /// Until then, ISO 8601 UTC.
    pub allow_deferral_until_utc: Option<String>,
    /// For so many minutes, a multiple of 1440.
    #[schemars(range(min = 0), extend("x-multiple-of" = 1440))]
    pub allow_deferral_minutes: Option<u32>,
    /// Message at its end.
    pub message_finish: Option<String>,
}

/// FileVault; to apply and to remediate exclude each other.
#[derive(JsonSchema)]
pub struct DiskEncryption {
    /// What is done.
    pub action: Option<EncryptionAction>,
    /// Configuration to apply.
    pub disk_encryption_configuration_id: Option<u32>,
    /// Past the login.
    pub auth_restart: Option<bool>,
    /// Kind of new key.
    pub remediate_key_type: Option<KeyType>,
    /// Configuration of the new key.
    pub remediate_disk_encryption_configuration_id: Option<u32>,
}

/// What is done about FileVault.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EncryptionAction {
    #[schemars(rename = "apply")]
    Apply,
    #[schemars(rename = "remediate")]
    Remediate,
}

/// A kind of recovery key.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum KeyType {
    Individual,
    Institutional,
    #[schemars(rename = "Individual And Institutional")]
    IndividualAndInstitutional,
}
