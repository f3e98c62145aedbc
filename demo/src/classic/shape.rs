//! What the Classic API keeps of a written object: elements by their types, and the families that are made of them.
//! Data only; an element that is not here is dropped when it is written.

use serde_json::{Map, Value, json};

/// The type of an element.
pub(super) enum Shape {
    Text,
    Number,
    Flag,
    /// One of these words; anything else becomes the first.
    Choice(&'static [&'static str]),
    Object(&'static [(&'static str, Shape)]),
    List(&'static Shape),
}

impl Shape {
    /// What stands there when nothing was written.
    pub(super) fn default(&self) -> Value {
        match self {
            Self::Text => json!(""),
            Self::Number => json!(0),
            Self::Flag => json!(false),
            Self::Choice(words) => json!(words.first()),
            Self::List(_) => json!([]),
            Self::Object(fields) => {
                let made: Map<String, Value> =
                    fields.iter().map(|(n, s)| ((*n).to_owned(), s.default())).collect();
                Value::Object(made)
            }
        }
    }
}

/// A family of Classic objects.
pub(super) struct Family {
    /// Its segment in the path.
    pub(super) path: &'static str,
    /// Its name in the store.
    pub(super) name: &'static str,
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    /// The noun of its privileges.
    pub(super) noun: &'static str,
    pub(super) sections: &'static [(&'static str, Shape)],
}

/// Every family that is served.
pub(super) static FAMILIES: &[Family] = &[
    Family {
        path: "policies",
        name: "policies",
        plural: "policies",
        singular: "policy",
        noun: "Policies",
        sections: POLICY,
    },
    Family {
        path: "osxconfigurationprofiles",
        name: "osx_configuration_profiles",
        plural: "os_x_configuration_profiles",
        singular: "os_x_configuration_profile",
        noun: "macOS Configuration Profiles",
        sections: MAC_PROFILE,
    },
    Family {
        path: "mobiledeviceconfigurationprofiles",
        name: "mobile_device_configuration_profiles",
        plural: "configuration_profiles",
        singular: "configuration_profile",
        noun: "iOS Configuration Profiles",
        sections: MOBILE_PROFILE,
    },
];

use Shape::{Choice, Flag, List, Number, Object, Text};

static NAMED: Shape = Object(&[("id", Number), ("name", Text)]);
static DEVICE: Shape = Object(&[("id", Number), ("name", Text), ("udid", Text)]);
static USER: Shape = Object(&[("name", Text)]);

const LIMITATIONS: Shape = Object(&[
    ("users", List(&USER)),
    ("user_groups", List(&NAMED)),
    ("network_segments", List(&NAMED)),
    ("ibeacons", List(&NAMED)),
]);

const EXCLUSIONS: Shape = Object(&[
    ("computers", List(&DEVICE)),
    ("computer_groups", List(&NAMED)),
    ("mobile_devices", List(&DEVICE)),
    ("mobile_device_groups", List(&NAMED)),
    ("buildings", List(&NAMED)),
    ("departments", List(&NAMED)),
    ("users", List(&USER)),
    ("user_groups", List(&NAMED)),
    ("network_segments", List(&NAMED)),
    ("ibeacons", List(&NAMED)),
    ("jss_users", List(&NAMED)),
    ("jss_user_groups", List(&NAMED)),
]);

const MAC_SCOPE: Shape = Object(&[
    ("all_computers", Flag),
    ("all_jss_users", Flag),
    ("computers", List(&DEVICE)),
    ("computer_groups", List(&NAMED)),
    ("buildings", List(&NAMED)),
    ("departments", List(&NAMED)),
    ("limit_to_users", Object(&[("user_groups", List(&Text))])),
    ("jss_users", List(&NAMED)),
    ("jss_user_groups", List(&NAMED)),
    ("limitations", LIMITATIONS),
    ("exclusions", EXCLUSIONS),
]);

const MOBILE_SCOPE: Shape = Object(&[
    ("all_mobile_devices", Flag),
    ("all_jss_users", Flag),
    ("mobile_devices", List(&DEVICE)),
    ("mobile_device_groups", List(&NAMED)),
    ("buildings", List(&NAMED)),
    ("departments", List(&NAMED)),
    ("jss_users", List(&NAMED)),
    ("jss_user_groups", List(&NAMED)),
    ("limitations", LIMITATIONS),
    ("exclusions", EXCLUSIONS),
]);

static SELF_SERVICE_CATEGORY: Shape =
    Object(&[("id", Number), ("name", Text), ("display_in", Flag), ("feature_in", Flag)]);

const SELF_SERVICE: Shape = Object(&[
    ("use_for_self_service", Flag),
    ("self_service_display_name", Text),
    ("install_button_text", Text),
    ("reinstall_button_text", Text),
    ("re-install_button_text", Text),
    ("self_service_description", Text),
    ("force_users_to_view_description", Flag),
    ("self_service_icon", Object(&[("id", Number), ("filename", Text), ("uri", Text)])),
    ("feature_on_main_page", Flag),
    ("self_service_categories", List(&SELF_SERVICE_CATEGORY)),
    ("notification", Text),
    ("notification_subject", Text),
    ("notification_message", Text),
]);

static POLICY: &[(&str, Shape)] = &[
    ("general", POLICY_GENERAL),
    ("scope", MAC_SCOPE),
    ("self_service", SELF_SERVICE),
    ("package_configuration", Object(&[("packages", List(&PACKAGE)), ("distribution_point", Text)])),
    ("scripts", List(&SCRIPT)),
    ("printers", List(&PRINTER)),
    ("dock_items", List(&DOCK_ITEM)),
    ("account_maintenance", ACCOUNT_MAINTENANCE),
    ("reboot", REBOOT),
    ("maintenance", MAINTENANCE),
    ("files_processes", FILES_PROCESSES),
    ("user_interaction", USER_INTERACTION),
    ("disk_encryption", DISK_ENCRYPTION),
];

const POLICY_GENERAL: Shape = Object(&[
    ("id", Number),
    ("name", Text),
    ("enabled", Flag),
    ("trigger", Text),
    ("trigger_checkin", Flag),
    ("trigger_enrollment_complete", Flag),
    ("trigger_login", Flag),
    ("trigger_logout", Flag),
    ("trigger_network_state_changed", Flag),
    ("trigger_startup", Flag),
    ("trigger_other", Text),
    (
        "frequency",
        Choice(&[
            "Once per computer",
            "Once per user per computer",
            "Once per user",
            "Once every day",
            "Once every week",
            "Once every month",
            "Ongoing",
        ]),
    ),
    ("retry_event", Choice(&["none", "trigger", "check-in"])),
    ("retry_attempts", Number),
    ("notify_on_each_failed_retry", Flag),
    ("location_user_only", Flag),
    ("target_drive", Text),
    ("offline", Flag),
    ("category", Object(&[("id", Number), ("name", Text)])),
    (
        "date_time_limitations",
        Object(&[
            ("activation_date", Text),
            ("activation_date_epoch", Number),
            ("activation_date_utc", Text),
            ("expiration_date", Text),
            ("expiration_date_epoch", Number),
            ("expiration_date_utc", Text),
            ("no_execute_on", List(&Text)),
            ("no_execute_start", Text),
            ("no_execute_end", Text),
        ]),
    ),
    (
        "network_limitations",
        Object(&[
            ("minimum_network_connection", Choice(&["No Minimum", "Ethernet"])),
            ("any_ip_address", Flag),
            ("network_segments", Text),
        ]),
    ),
    (
        "override_default_settings",
        Object(&[
            ("target_drive", Text),
            ("distribution_point", Text),
            ("force_afp_smb", Flag),
            ("sus", Text),
        ]),
    ),
    ("network_requirements", Choice(&["Any", "Ethernet"])),
    ("site", Object(&[("id", Number), ("name", Text)])),
]);

static PACKAGE: Shape = Object(&[
    ("id", Number),
    ("name", Text),
    ("action", Choice(&["Install", "Cache", "Install Cached"])),
    ("fut", Flag),
    ("feu", Flag),
    ("update_autorun", Flag),
]);

static SCRIPT: Shape = Object(&[
    ("id", Number),
    ("name", Text),
    ("priority", Choice(&["After", "Before"])),
    ("parameter4", Text),
    ("parameter5", Text),
    ("parameter6", Text),
    ("parameter7", Text),
    ("parameter8", Text),
    ("parameter9", Text),
    ("parameter10", Text),
    ("parameter11", Text),
]);

static PRINTER: Shape = Object(&[
    ("id", Number),
    ("name", Text),
    ("action", Choice(&["install", "uninstall"])),
    ("make_default", Flag),
]);

static DOCK_ITEM: Shape = Object(&[
    ("id", Number),
    ("name", Text),
    ("action", Choice(&["Add To Beginning", "Add To End", "Remove"])),
]);

static ACCOUNT: Shape = Object(&[
    ("action", Choice(&["Create", "Reset", "Delete", "DisableFileVault"])),
    ("username", Text),
    ("realname", Text),
    ("home", Text),
    ("picture", Text),
    ("admin", Flag),
    ("filevault_enabled", Flag),
    ("archive_home_directory", Flag),
    ("archive_home_directory_to", Text),
]);

const ACCOUNT_MAINTENANCE: Shape = Object(&[
    ("accounts", List(&ACCOUNT)),
    ("directory_bindings", List(&NAMED)),
    (
        "management_account",
        Object(&[("action", Choice(&["doNotChange", "rotate"])), ("managed_password_length", Number)]),
    ),
    ("open_firmware_efi_password", Object(&[("of_mode", Choice(&["none", "command"]))])),
]);

const REBOOT: Shape = Object(&[
    ("message", Text),
    ("startup_disk", Text),
    ("specify_startup", Text),
    (
        "no_user_logged_in",
        Choice(&["Do not restart", "Restart immediately", "Restart if a package or update requires it"]),
    ),
    (
        "user_logged_in",
        Choice(&[
            "Do not restart",
            "Restart",
            "Restart immediately",
            "Restart if a package or update requires it",
        ]),
    ),
    ("minutes_until_reboot", Number),
    ("start_reboot_timer_immediately", Flag),
    ("file_vault_2_reboot", Flag),
]);

const MAINTENANCE: Shape = Object(&[
    ("recon", Flag),
    ("reset_name", Flag),
    ("install_all_cached_packages", Flag),
    ("heal", Flag),
    ("prebindings", Flag),
    ("permissions", Flag),
    ("byhost", Flag),
    ("system_cache", Flag),
    ("user_cache", Flag),
    ("verify", Flag),
]);

const FILES_PROCESSES: Shape = Object(&[
    ("search_by_path", Text),
    ("delete_file", Flag),
    ("locate_file", Text),
    ("update_locate_database", Flag),
    ("spotlight_search", Text),
    ("search_for_process", Text),
    ("kill_process", Flag),
    ("run_command", Text),
]);

const USER_INTERACTION: Shape = Object(&[
    ("message_start", Text),
    ("allow_users_to_defer", Flag),
    ("allow_user_to_defer", Flag),
    ("allow_deferral_until_utc", Text),
    ("allow_deferral_minutes", Number),
    ("message_finish", Text),
]);

const DISK_ENCRYPTION: Shape = Object(&[
    ("action", Choice(&["none", "apply", "remediate"])),
    ("disk_encryption_configuration_id", Number),
    ("auth_restart", Flag),
    ("remediate_key_type", Text),
    ("remediate_disk_encryption_configuration_id", Number),
]);

static MAC_PROFILE: &[(&str, Shape)] = &[
    (
        "general",
        Object(&[
            ("id", Number),
            ("name", Text),
            ("description", Text),
            ("site", Object(&[("id", Number), ("name", Text)])),
            ("category", Object(&[("id", Number), ("name", Text)])),
            ("distribution_method", Choice(&["Install Automatically", "Make Available in Self Service"])),
            ("user_removable", Flag),
            ("level", Choice(&["computer", "user", "System", "User"])),
            ("uuid", Text),
            ("redeploy_on_update", Choice(&["Newly Assigned", "All"])),
            ("payloads", Text),
        ]),
    ),
    ("scope", MAC_SCOPE),
    ("self_service", SELF_SERVICE),
];

static MOBILE_PROFILE: &[(&str, Shape)] = &[
    (
        "general",
        Object(&[
            ("id", Number),
            ("name", Text),
            ("description", Text),
            ("level", Choice(&["System", "User", "Device Level", "User Level"])),
            ("site", Object(&[("id", Number), ("name", Text)])),
            ("category", Object(&[("id", Number), ("name", Text)])),
            ("uuid", Text),
            ("deployment_method", Choice(&["Install Automatically", "Make Available in Self Service"])),
            ("redeploy_on_update", Choice(&["Newly Assigned", "All"])),
            ("redeploy_days_before_cert_expires", Number),
            ("payloads", Text),
        ]),
    ),
    ("scope", MOBILE_SCOPE),
    ("self_service", SELF_SERVICE),
];
