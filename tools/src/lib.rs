//! The catalogue: every action of the Jamf Pro API and the Classic API, declared once, as a value.
//!
//! This crate does no I/O and knows neither the network nor MCP. It says what actions there are, checks arguments
//! against the schema that callers are shown, and lays a checked call out as a [`Request`] for somebody else to send.

pub mod action;
pub mod answer_notes;
pub mod args;
pub mod catalogue;
pub mod check;
pub mod classic;
pub mod classic_scope;
pub mod classic_shapes;
pub mod contradictions;
pub mod devices;
pub mod difference;
pub mod effects;
pub mod exclusions;
pub mod joins;
pub mod object_id;
pub mod patterns;
pub mod related;
pub mod request;
pub mod rsql;
pub(crate) mod rules;
pub mod schema;
pub mod secrets;
pub mod title;
pub mod xml;

pub mod accounts;
pub mod adcs_settings;
pub mod advanced_searches;
pub mod api_access;
pub mod app_installers;
pub mod app_requests;
pub mod buildings;
pub mod categories;
pub mod certificate_authorities;
pub mod classes;
pub mod classroom_apps;
pub mod cloud_services;
pub mod computer_extension_attributes;
pub mod computer_groups;
pub mod computer_prestages;
pub mod computers;
pub mod configuration_profiles;
pub mod declarative_device_management;
pub mod departments;
pub mod device_enrollments;
pub mod device_history;
pub mod device_management;
pub mod digicert;
pub mod directory_bindings;
pub mod directory_services;
pub mod disk_encryption_configurations;
pub mod distribution_points;
pub mod dock_items;
pub mod ebooks;
pub mod enrollment_customizations;
pub mod enrollment_profiles;
pub mod enrollment_settings;
pub mod file_attachments;
pub mod flushing;
pub mod groups;
pub mod ibeacons;
pub mod icons;
pub mod infrastructure_managers;
pub mod inventory_preload;
pub mod inventory_settings;
pub mod invitations;
pub mod jamf_connect;
pub mod jamf_protect;
pub mod json_web_tokens;
pub mod ldap_servers;
pub mod licensed_software;
pub mod local_admin_passwords;
pub mod log_flushing;
pub mod mac_apps;
pub mod managed_software_updates;
pub mod mdm_commands;
pub mod mdm_renewal;
pub mod mobile_device_apps;
pub mod mobile_device_extension_attributes;
pub mod mobile_device_groups;
pub mod mobile_device_prestages;
pub mod mobile_devices;
pub mod network_segments;
pub mod onboarding;
pub mod packages;
pub mod patch_policies;
pub mod patch_sources;
pub mod patch_titles;
pub mod peripherals;
pub mod policies;
pub mod printers;
pub mod provisioning_profiles;
pub mod remote_sessions;
pub mod removable_mac_addresses;
pub mod restricted_software;
pub mod return_to_service;
pub mod scheduler;
pub mod scripts;
pub mod self_service;
pub mod server_information;
pub mod server_settings;
pub mod single_sign_on;
pub mod sites;
pub mod software_update_servers;
pub mod supervision_identities;
pub mod user_extension_attributes;
pub mod user_groups;
pub mod users;
pub mod venafi;
pub mod volume_purchasing;
pub mod vpp_assignments;
pub mod vpp_invitations;
pub mod webhooks;

pub use action::{Action, Api, Method, Risk, Rows};
pub use catalogue::{Catalogue, Family};
pub use check::{Checked, Problem, Problems};
pub use effects::{Affects, Cap, DeviceKind, GroupKind, Members, Place, Protection, Targets};
pub use related::Effect;
pub use request::{Body, Request};
pub use secrets::{RecordSecret, Source};
pub use title::title;

/// Names that toolsets had before, with their names now.
pub const FORMER_TOOLSETS: &[(&str, &str)] = &[("organisation", "organization")];

/// One line a resource file: the file's name, the toolset it belongs to, and its actions.
pub static TOOLSETS: &[Family] = &[
    Family { name: "computers", toolset: "devices", actions: computers::ACTIONS },
    Family { name: "mobile_devices", toolset: "devices", actions: mobile_devices::ACTIONS },
    Family { name: "mdm_commands", toolset: "devices", actions: mdm_commands::ACTIONS },
    Family { name: "mdm_renewal", toolset: "devices", actions: mdm_renewal::ACTIONS },
    Family {
        name: "declarative_device_management",
        toolset: "devices",
        actions: declarative_device_management::ACTIONS,
    },
    Family { name: "device_management", toolset: "devices", actions: device_management::ACTIONS },
    Family { name: "remote_sessions", toolset: "devices", actions: remote_sessions::ACTIONS },
    Family { name: "device_history", toolset: "devices", actions: device_history::ACTIONS },
    Family { name: "flushing", toolset: "devices", actions: flushing::ACTIONS },
    Family { name: "computer_groups", toolset: "groups", actions: computer_groups::ACTIONS },
    Family { name: "mobile_device_groups", toolset: "groups", actions: mobile_device_groups::ACTIONS },
    Family { name: "groups", toolset: "groups", actions: groups::ACTIONS },
    Family { name: "user_groups", toolset: "groups", actions: user_groups::ACTIONS },
    Family { name: "advanced_searches", toolset: "groups", actions: advanced_searches::ACTIONS },
    Family { name: "users", toolset: "organization", actions: users::ACTIONS },
    Family { name: "buildings", toolset: "organization", actions: buildings::ACTIONS },
    Family { name: "departments", toolset: "organization", actions: departments::ACTIONS },
    Family { name: "categories", toolset: "organization", actions: categories::ACTIONS },
    Family { name: "sites", toolset: "organization", actions: sites::ACTIONS },
    Family { name: "network_segments", toolset: "organization", actions: network_segments::ACTIONS },
    Family { name: "distribution_points", toolset: "organization", actions: distribution_points::ACTIONS },
    Family { name: "ibeacons", toolset: "organization", actions: ibeacons::ACTIONS },
    Family { name: "classes", toolset: "organization", actions: classes::ACTIONS },
    Family { name: "peripherals", toolset: "organization", actions: peripherals::ACTIONS },
    Family {
        name: "removable_mac_addresses",
        toolset: "organization",
        actions: removable_mac_addresses::ACTIONS,
    },
    Family { name: "policies", toolset: "configuration", actions: policies::ACTIONS },
    Family { name: "scripts", toolset: "configuration", actions: scripts::ACTIONS },
    Family {
        name: "configuration_profiles",
        toolset: "configuration",
        actions: configuration_profiles::ACTIONS,
    },
    Family {
        name: "computer_extension_attributes",
        toolset: "configuration",
        actions: computer_extension_attributes::ACTIONS,
    },
    Family {
        name: "mobile_device_extension_attributes",
        toolset: "configuration",
        actions: mobile_device_extension_attributes::ACTIONS,
    },
    Family {
        name: "user_extension_attributes",
        toolset: "configuration",
        actions: user_extension_attributes::ACTIONS,
    },
    Family { name: "dock_items", toolset: "configuration", actions: dock_items::ACTIONS },
    Family { name: "printers", toolset: "configuration", actions: printers::ACTIONS },
    Family { name: "restricted_software", toolset: "configuration", actions: restricted_software::ACTIONS },
    Family { name: "directory_bindings", toolset: "configuration", actions: directory_bindings::ACTIONS },
    Family {
        name: "disk_encryption_configurations",
        toolset: "configuration",
        actions: disk_encryption_configurations::ACTIONS,
    },
    Family { name: "file_attachments", toolset: "configuration", actions: file_attachments::ACTIONS },
    Family { name: "computer_prestages", toolset: "enrollment", actions: computer_prestages::ACTIONS },
    Family {
        name: "mobile_device_prestages",
        toolset: "enrollment",
        actions: mobile_device_prestages::ACTIONS,
    },
    Family { name: "device_enrollments", toolset: "enrollment", actions: device_enrollments::ACTIONS },
    Family { name: "invitations", toolset: "enrollment", actions: invitations::ACTIONS },
    Family { name: "inventory_preload", toolset: "enrollment", actions: inventory_preload::ACTIONS },
    Family {
        name: "supervision_identities",
        toolset: "enrollment",
        actions: supervision_identities::ACTIONS,
    },
    Family { name: "return_to_service", toolset: "enrollment", actions: return_to_service::ACTIONS },
    Family { name: "enrollment_settings", toolset: "enrollment", actions: enrollment_settings::ACTIONS },
    Family { name: "enrollment_profiles", toolset: "enrollment", actions: enrollment_profiles::ACTIONS },
    Family {
        name: "enrollment_customizations",
        toolset: "enrollment",
        actions: enrollment_customizations::ACTIONS,
    },
    Family { name: "onboarding", toolset: "enrollment", actions: onboarding::ACTIONS },
    Family { name: "app_installers", toolset: "apps", actions: app_installers::ACTIONS },
    Family { name: "mac_apps", toolset: "apps", actions: mac_apps::ACTIONS },
    Family { name: "mobile_device_apps", toolset: "apps", actions: mobile_device_apps::ACTIONS },
    Family { name: "provisioning_profiles", toolset: "apps", actions: provisioning_profiles::ACTIONS },
    Family { name: "packages", toolset: "apps", actions: packages::ACTIONS },
    Family { name: "volume_purchasing", toolset: "apps", actions: volume_purchasing::ACTIONS },
    Family { name: "vpp_assignments", toolset: "apps", actions: vpp_assignments::ACTIONS },
    Family { name: "vpp_invitations", toolset: "apps", actions: vpp_invitations::ACTIONS },
    Family { name: "licensed_software", toolset: "apps", actions: licensed_software::ACTIONS },
    Family { name: "self_service", toolset: "apps", actions: self_service::ACTIONS },
    Family { name: "app_requests", toolset: "apps", actions: app_requests::ACTIONS },
    Family { name: "ebooks", toolset: "apps", actions: ebooks::ACTIONS },
    Family { name: "classroom_apps", toolset: "apps", actions: classroom_apps::ACTIONS },
    Family { name: "icons", toolset: "apps", actions: icons::ACTIONS },
    Family { name: "patch_titles", toolset: "patch", actions: patch_titles::ACTIONS },
    Family { name: "patch_policies", toolset: "patch", actions: patch_policies::ACTIONS },
    Family { name: "patch_sources", toolset: "patch", actions: patch_sources::ACTIONS },
    Family { name: "managed_software_updates", toolset: "patch", actions: managed_software_updates::ACTIONS },
    Family { name: "software_update_servers", toolset: "patch", actions: software_update_servers::ACTIONS },
    Family { name: "local_admin_passwords", toolset: "security", actions: local_admin_passwords::ACTIONS },
    Family {
        name: "certificate_authorities",
        toolset: "security",
        actions: certificate_authorities::ACTIONS,
    },
    Family { name: "adcs_settings", toolset: "security", actions: adcs_settings::ACTIONS },
    Family { name: "digicert", toolset: "security", actions: digicert::ACTIONS },
    Family { name: "venafi", toolset: "security", actions: venafi::ACTIONS },
    Family { name: "jamf_protect", toolset: "security", actions: jamf_protect::ACTIONS },
    Family { name: "jamf_connect", toolset: "security", actions: jamf_connect::ACTIONS },
    Family { name: "accounts", toolset: "access", actions: accounts::ACTIONS },
    Family { name: "api_access", toolset: "access", actions: api_access::ACTIONS },
    Family { name: "single_sign_on", toolset: "access", actions: single_sign_on::ACTIONS },
    Family { name: "directory_services", toolset: "access", actions: directory_services::ACTIONS },
    Family { name: "ldap_servers", toolset: "access", actions: ldap_servers::ACTIONS },
    Family { name: "server_settings", toolset: "settings", actions: server_settings::ACTIONS },
    Family { name: "log_flushing", toolset: "settings", actions: log_flushing::ACTIONS },
    Family { name: "scheduler", toolset: "settings", actions: scheduler::ACTIONS },
    Family { name: "inventory_settings", toolset: "settings", actions: inventory_settings::ACTIONS },
    Family { name: "server_information", toolset: "settings", actions: server_information::ACTIONS },
    Family { name: "cloud_services", toolset: "integrations", actions: cloud_services::ACTIONS },
    Family { name: "webhooks", toolset: "integrations", actions: webhooks::ACTIONS },
    Family {
        name: "infrastructure_managers",
        toolset: "integrations",
        actions: infrastructure_managers::ACTIONS,
    },
    Family { name: "json_web_tokens", toolset: "integrations", actions: json_web_tokens::ACTIONS },
];
