//! Inventory settings: what Macs report, how often they check in, and how many devices there are.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, patch, post, put};
use crate::args::{ById, Change, Create, IdOrNone, List, Note, Nothing};
use crate::effects::{A_NOTE, Affects, COMPUTERS};

/// All actions on inventory settings.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("inventory_collection_settings_get", "/api/v2/computer-inventory-collection-settings")
        .about("Get what Macs report in their inventory, and the folders in which they look for apps.")
        .asked(&["does recon collect fonts and apps", "what inventory is gathered", "what does inventory collect"])
        .needs(&["Read Computer Inventory Collection Settings"])
        .before(&[("11.23", "/api/v1/computer-inventory-collection-settings")]),
    patch::<Change<InventoryCollectionSettings>>("inventory_collection_settings_update", "/api/v2/computer-inventory-collection-settings")
        .about("Change what every Mac reports from its next inventory on; some of it costs time, some is private. What is turned off is no longer kept up.")
        .asked(&["stop collecting app usage", "collect fonts or app usage too"])
        .needs(&["Update Computer Inventory Collection Settings"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS))
        .before(&[("11.23", "/api/v1/computer-inventory-collection-settings")]),
    post::<Create<InventoryCustomPath>>("inventory_custom_path_create", "/api/v2/computer-inventory-collection-settings/custom-path")
        .about("Create a folder in which every Mac looks for apps at each inventory; a large one makes inventory slow.")
        .reads_before("inventory_collection_settings_get")
        .asked(&["also search another folder for applications"])
        .needs(&["Create Custom Paths"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS))
        .before(&[("11.23", "/api/v1/computer-inventory-collection-settings/custom-path")]),
    delete::<ById>("inventory_custom_path_delete", "/api/v2/computer-inventory-collection-settings/custom-path/{id}")
        .about("Delete a folder in which Macs look for apps; those found only there leave the inventory, and smart groups follow.")
        .reads_before("inventory_collection_settings_get")
        .needs(&["Delete Custom Paths"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS))
        .before(&[("11.23", "/api/v1/computer-inventory-collection-settings/custom-path/{id}")]),
    get::<Nothing>("check_in_settings_get", "/api/v3/check-in")
        .about("Get how often Macs check in, and what they do at startup and at login.")
        .asked(&["check-in interval of the fleet", "recurring check-in frequency"])
        .needs(&["Read Computer Check-In"]),
    put::<Change<CheckInSettings>>("check_in_settings_update", "/api/v3/check-in")
        .about("Replace how often every Mac checks in and what it does at startup and login. What is left out goes back to its default.")
        .asked(&["make Macs check in every 15 minutes", "change check-in frequency", "change the check-in interval"])
        .needs(&["Update Computer Check-In"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
    get::<List>("check_in_history_list", "/api/v3/check-in/history")
        .about("List who changed the check-in settings and when; when one Mac last checked in, computer_list tells.")
        .needs(&["Read Computer Check-In"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<Create<Note>>("check_in_history_note", "/api/v3/check-in/history")
        .about("Write a note into the history of the check-in settings; nothing else changes.")
        .needs(&["Update Computer Check-In"])
        .affects(A_NOTE),
    get::<Nothing>("inventory_information_get", "/api/v1/inventory-information")
        .title("Get device counts")
        .about("Get how many computers and mobile devices are in the inventory, managed and unmanaged, in one call.")
        .asked(&["how many devices do we manage", "count of managed Macs and iPads", "number of managed devices"])
        .needs_none(),
];

/// What Macs report.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InventoryCollectionSettings {
    /// What is collected; preferences left out stay as they are.
    pub computer_inventory_collection_preferences: Option<InventoryPreferences>,
    /// Folders in which Macs look for apps; inventory_custom_path_create and _delete change them one by one.
    #[schemars(length(max = 200))]
    pub application_paths: Option<Vec<ApplicationPath>>,
}

/// What is collected.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct InventoryPreferences {
    /// Minutes that each app is in front, day by day, which tells what people do.
    pub monitor_application_usage: Option<bool>,
    /// Receipts of installed packages.
    pub include_packages: Option<bool>,
    /// Apple's updates that a Mac could install; looking for them takes time.
    pub include_software_updates: Option<bool>,
    /// Software identification tags (SWID) of installed software.
    pub include_software_id: Option<bool>,
    /// Local user accounts.
    pub include_accounts: Option<bool>,
    /// Sizes of home folders, which costs much time and battery.
    pub calculate_sizes: Option<bool>,
    /// Hidden local accounts too; only together with accounts.
    pub include_hidden_accounts: Option<bool>,
    /// Printers that are set up.
    pub include_printers: Option<bool>,
    /// Services that are running.
    pub include_services: Option<bool>,
    /// Mobile devices that were synced with the Mac.
    pub collect_synced_mobile_device_info: Option<bool>,
    /// Look the user up in the directory at each inventory and take over department, building and the like.
    pub update_ldap_info_on_computer_inventory_submissions: Option<bool>,
    /// When a Mac enters or leaves an iBeacon region, which tells where it is.
    pub monitor_beacons: Option<bool>,
    /// Local administrators may set user and location with `jamf recon`.
    pub allow_changing_user_and_location: Option<bool>,
    /// Search in users' home folders by their UNIX paths.
    pub use_unix_user_paths: Option<bool>,
    /// Certificates that management did not install.
    pub collect_unmanaged_certificates: Option<bool>,
}

/// A folder in which Macs look for apps.
#[derive(JsonSchema)]
pub struct ApplicationPath {
    /// Id of the entry; -1 for those built in, which cannot be changed.
    pub id: IdOrNone,
    /// Absolute path of the folder, such as `/opt/apps/`.
    pub path: String,
}

/// A further folder to look in.
#[derive(JsonSchema)]
pub struct InventoryCustomPath {
    /// What is looked for: apps.
    pub scope: InventoryPathScope,
    /// Absolute path of the folder, such as `/opt/apps/`.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// What is looked for in a folder.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum InventoryPathScope {
    App,
}

/// How often Macs check in, and what they do at startup and at login.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CheckInSettings {
    /// Minutes between check-ins: 5, 15, 30 or 60, as the web interface shows no others rightly; 15 by default.
    #[schemars(range(min = 5, max = 60))]
    pub check_in_frequency: Option<u32>,
    /// Watch logins and logouts on every Mac; the other `hook` settings need it. False by default.
    pub create_hooks: Option<bool>,
    /// Record who logs in and out and when; false by default.
    pub hook_log: Option<bool>,
    /// Run policies with the login or logout trigger; without it they never run. False by default.
    pub hook_policies: Option<bool>,
    /// Install a startup script on every Mac; the other `startup` settings need it. False by default.
    pub create_startup_script: Option<bool>,
    /// Record when a Mac starts; false by default.
    pub startup_log: Option<bool>,
    /// Run policies with the startup trigger; without it they never run. False by default.
    pub startup_policies: Option<bool>,
    /// Turn Remote Login (SSH) on at each startup, which opens every Mac to the network; false by default.
    pub startup_ssh: Option<bool>,
    /// Let configuration profiles be applied on the Mac itself, without MDM; false by default.
    pub enable_local_configuration_profiles: Option<bool>,
}
