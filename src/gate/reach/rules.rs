//! Which devices follow from a change of each kind: every action that is planned by what it reaches stands here, by its name.

use super::super::fleet::{COMPUTER, Kind, MOBILE_DEVICE};

/// How it is worked out what an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Who is in the scope of the object, as it is and as it will be.
    Scope(&'static [Of]),
    /// Who is in the scope of the policy whose log is flushed.
    Log,
    /// What uses the package.
    Package,
    /// Policies that have the object in this place, and what they do with it.
    InPolicies(&'static str, &'static str),
    /// Who moves between groups, and what is scoped to those.
    Group,
    /// Who is in the building or department, and what goes by it.
    Place,
    /// What goes by the user.
    User,
    /// What goes by the members of the group of users.
    UserGroup,
    /// Groups of users that look at the attribute.
    UserAttribute,
    /// The devices of the users that get licences, or are invited to take them.
    Licences,
    /// The devices of a class.
    Class,
    /// The device whose serial number it is.
    Preload,
    /// Who runs the attribute, and smart groups that look at it.
    Attribute,
    /// Serial numbers that enter or leave a PreStage enrollment.
    PrestageScope,
    /// Serial numbers in a PreStage enrollment.
    Prestage,
    /// PreStage enrollments that name the object in this field.
    InPrestages(&'static str),
    /// The smart group of a deployment of an app.
    Installer,
    /// What policies patch by the title.
    PatchTitle,
    /// Scopes that are limited by the object, which is in this part of them.
    Limits(&'static str),
    /// The scope of a profile of Jamf Connect.
    ConnectProfile,
    /// The devices that Apple has assigned to an instance.
    Assigned,
    /// Any device of these kinds.
    Any(&'static [Of]),
    /// Devices that enrol, are erased or ask from now on; none that is there.
    Later,
    /// No device is told of it.
    Nobody,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Computers,
    MobileDevices,
}

impl Of {
    pub(super) fn kind(self) -> &'static Kind {
        match self {
            Self::Computers => &COMPUTER,
            Self::MobileDevices => &MOBILE_DEVICE,
        }
    }
}

const COMPUTERS: &[Of] = &[Of::Computers];
const MOBILE: &[Of] = &[Of::MobileDevices];
const BOTH: &[Of] = &[Of::Computers, Of::MobileDevices];

const RULES: &[(Rule, &[&str])] = &[
    (
        Rule::Scope(COMPUTERS),
        &[
            "mac_app_create",
            "mac_app_delete",
            "mac_app_update",
            "macos_profile_create",
            "macos_profile_delete",
            "macos_profile_update",
            "patch_policy_create",
            "patch_policy_delete",
            "patch_policy_log_retry_all",
            "patch_policy_update",
            "policy_create",
            "policy_delete",
            "policy_update",
            "restricted_software_create",
            "restricted_software_delete",
            "restricted_software_update",
        ],
    ),
    (
        Rule::Scope(MOBILE),
        &[
            "mobile_device_app_create",
            "mobile_device_app_delete",
            "mobile_device_app_update",
            "mobile_profile_create",
            "mobile_profile_delete",
            "mobile_profile_update",
        ],
    ),
    (Rule::Scope(BOTH), &["ebook_create", "ebook_delete", "ebook_update"]),
    (Rule::Log, &["policy_log_flush"]),
    (
        Rule::Package,
        &["package_delete", "package_delete_several", "package_manifest_delete", "package_update"],
    ),
    (Rule::InPolicies("scripts", "runs it"), &["script_delete", "script_update"]),
    (Rule::InPolicies("printers", "installs it"), &["printer_delete", "printer_update"]),
    (Rule::InPolicies("dock_items", "puts it into the Dock"), &["dock_item_delete"]),
    (
        Rule::InPolicies("account_maintenance/directory_bindings", "binds by it"),
        &["directory_binding_delete", "directory_binding_update"],
    ),
    (
        Rule::InPolicies("disk_encryption/disk_encryption_configuration_id", "encrypts by it"),
        &["disk_encryption_configuration_delete", "disk_encryption_configuration_update"],
    ),
    (
        Rule::Group,
        &[
            "group_delete",
            "group_update",
            "smart_computer_group_create",
            "smart_computer_group_delete",
            "smart_computer_group_update",
            "smart_mobile_group_create",
            "smart_mobile_group_delete",
            "smart_mobile_group_update",
            "static_computer_group_create",
            "static_computer_group_delete",
            "static_computer_group_update",
            "static_mobile_group_create",
            "static_mobile_group_delete",
            "static_mobile_group_update",
        ],
    ),
    (
        Rule::Place,
        &[
            "building_delete",
            "building_delete_several",
            "building_update",
            "department_delete",
            "department_delete_several",
            "department_update",
        ],
    ),
    (Rule::User, &["user_delete", "user_update"]),
    (Rule::UserGroup, &["smart_user_group_update", "static_user_group_update", "user_group_delete"]),
    (Rule::UserAttribute, &["user_extension_attribute_delete", "user_extension_attribute_update"]),
    (
        Rule::Licences,
        &[
            "vpp_assignment_create",
            "vpp_assignment_delete",
            "vpp_assignment_update",
            "vpp_invitation_create",
            "vpp_invitation_delete",
            "vpp_invitation_update",
        ],
    ),
    (Rule::Class, &["class_create", "class_delete", "class_update"]),
    (
        Rule::Preload,
        &[
            "inventory_preload_record_create",
            "inventory_preload_record_delete",
            "inventory_preload_record_update",
        ],
    ),
    (
        Rule::Attribute,
        &[
            "computer_extension_attribute_create",
            "computer_extension_attribute_delete",
            "computer_extension_attribute_delete_several",
            "computer_extension_attribute_update",
            "mobile_device_extension_attribute_delete",
            "mobile_device_extension_attribute_update",
        ],
    ),
    (
        Rule::PrestageScope,
        &[
            "computer_prestage_scope_add",
            "computer_prestage_scope_remove",
            "computer_prestage_scope_update",
            "mobile_device_prestage_scope_add",
            "mobile_device_prestage_scope_remove",
            "mobile_device_prestage_scope_update",
        ],
    ),
    (
        Rule::Prestage,
        &[
            "computer_prestage_create",
            "computer_prestage_delete",
            "computer_prestage_update",
            "mobile_device_prestage_attachment_delete_several",
            "mobile_device_prestage_create",
            "mobile_device_prestage_delete",
            "mobile_device_prestage_update",
        ],
    ),
    (
        Rule::InPrestages("enrollmentCustomizationId"),
        &[
            "enrollment_customization_delete",
            "enrollment_customization_ldap_panel_create",
            "enrollment_customization_ldap_panel_delete",
            "enrollment_customization_ldap_panel_update",
            "enrollment_customization_panel_delete",
            "enrollment_customization_sso_panel_create",
            "enrollment_customization_sso_panel_delete",
            "enrollment_customization_sso_panel_update",
            "enrollment_customization_text_panel_delete",
            "enrollment_customization_update",
        ],
    ),
    (
        Rule::Installer,
        &[
            "app_installer_deployment_create",
            "app_installer_deployment_delete",
            "app_installer_deployment_retry",
            "app_installer_deployment_update",
            "app_installer_deployment_version_update",
        ],
    ),
    (Rule::PatchTitle, &["patch_title_create", "patch_title_delete", "patch_title_update"]),
    (Rule::Limits("ibeacons"), &["ibeacon_delete", "ibeacon_update"]),
    (
        Rule::Limits("network_segments"),
        &["network_segment_create", "network_segment_delete", "network_segment_update"],
    ),
    (Rule::ConnectProfile, &["jamf_connect_profile_update"]),
    (
        Rule::Assigned,
        &["device_enrollment_delete", "device_enrollment_token_update", "device_enrollment_update"],
    ),
    (
        Rule::Any(COMPUTERS),
        &[
            "adcs_settings_create",
            "adcs_settings_delete",
            "adcs_settings_update",
            "app_installer_retry_all",
            "app_installer_settings_update",
            "check_in_settings_update",
            "cloud_distribution_point_create",
            "cloud_distribution_point_delete",
            "cloud_distribution_point_update",
            "digicert_settings_create",
            "digicert_settings_delete",
            "digicert_settings_update",
            "distribution_point_create",
            "distribution_point_delete",
            "distribution_point_delete_several",
            "distribution_point_replace",
            "distribution_point_update",
            "inventory_collection_settings_update",
            "inventory_custom_path_create",
            "inventory_custom_path_delete",
            "jamf_protect_plan_sync",
            "jamf_protect_registration_create",
            "jamf_protect_registration_delete",
            "jamf_protect_settings_update",
            "local_admin_password_settings_update",
            "onboarding_settings_update",
            "patch_external_source_create",
            "patch_external_source_update",
            "policy_properties_update",
            "push_enable_all",
            "self_service_plus_settings_update",
            "self_service_settings_update",
            "software_update_server_delete",
            "software_update_server_update",
            "venafi_public_key_regenerate",
            "venafi_settings_create",
            "venafi_settings_delete",
            "venafi_settings_update",
            "venafi_trust_store_delete",
        ],
    ),
    (
        Rule::Any(MOBILE),
        &[
            "parent_app_settings_update",
            "provisioning_profile_delete",
            "provisioning_profile_update",
            "supervision_identity_delete",
            "teacher_app_settings_update",
        ],
    ),
    (
        Rule::Any(BOTH),
        &[
            "account_driven_enrollment_token_settings_update",
            "activation_code_update",
            "cache_settings_update",
            "device_communication_settings_update",
            "entra_idp_create",
            "entra_idp_delete",
            "entra_idp_update",
            "google_idp_create",
            "google_idp_delete",
            "google_idp_mappings_update",
            "google_idp_update",
            "infrastructure_manager_update",
            "inventory_preload_record_delete_all",
            "ldap_server_create",
            "ldap_server_delete",
            "ldap_server_update",
            "managed_software_update_toggle_abandon",
            "managed_software_update_toggle_update",
            "server_url_update",
            "site_delete",
            "sso_certificate_delete",
            "sso_certificate_generate",
            "sso_certificate_update",
            "sso_disable",
            "sso_oidc_broker_settings_update",
            "sso_settings_update",
            "tomcat_certificate_create",
            "volume_purchasing_location_create",
            "volume_purchasing_location_delete",
            "volume_purchasing_location_reclaim",
            "volume_purchasing_location_revoke_licenses",
            "volume_purchasing_location_update",
        ],
    ),
    (
        Rule::Later,
        &[
            "computer_invitation_create",
            "device_enrollment_token_upload",
            "enrollment_access_group_create",
            "enrollment_access_group_delete",
            "enrollment_access_group_update",
            "enrollment_access_management_settings_update",
            "enrollment_language_delete",
            "enrollment_language_delete_several",
            "enrollment_service_discovery_update",
            "enrollment_settings_update",
            "mobile_device_enrollment_profile_create",
            "mobile_device_enrollment_profile_delete",
            "mobile_device_enrollment_profile_update",
            "mobile_device_invitation_create",
            "reenrollment_settings_update",
            "return_to_service_delete",
            "return_to_service_update",
        ],
    ),
    (
        Rule::Nobody,
        &[
            "account_create",
            "account_delete",
            "account_group_create",
            "account_group_delete",
            "account_group_update",
            "account_privileges_update",
            "account_update",
            "api_integration_create",
            "api_integration_credentials_create",
            "api_integration_delete",
            "api_integration_update",
            "api_role_create",
            "api_role_delete",
            "api_role_update",
            "category_delete_several",
            "csa_token_delete",
            "gsx_connection_replace",
            "gsx_connection_update",
            "healthcare_listener_rule_create",
            "healthcare_listener_rule_update",
            "healthcare_listener_update",
            "impact_alert_settings_update",
            "json_web_token_configuration_create",
            "json_web_token_configuration_delete",
            "json_web_token_configuration_update",
            "licensed_software_delete",
            "licensed_software_update",
            "log_flushing_task_create",
            "mobile_device_search_delete_several",
            "notification_delete_all",
            "oidc_certificate_generate",
            "peripheral_delete",
            "peripheral_type_delete",
            "peripheral_type_update",
            "smtp_server_update",
            "sso_failover_generate",
            "sso_failover_get",
            "supervision_identity_create",
            "supervision_identity_update",
            "supervision_identity_upload",
            "team_viewer_connection_create",
            "team_viewer_connection_delete",
            "team_viewer_connection_update",
            "team_viewer_session_close",
            "team_viewer_session_notification_resend",
            "webhook_create",
            "webhook_delete",
            "webhook_update",
        ],
    ),
];

/// How it is worked out what an action reaches.
pub(super) fn of(action: &str) -> Option<Rule> {
    RULES.iter().find(|(_, names)| names.contains(&action)).map(|(rule, _)| *rule)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::{Catalogue, Risk};

    use super::*;
    use crate::gate::subject::{Subject, subject};

    /// Grave actions whose targets are not what they name: those are judged by what they reach.
    fn judged_by_reach() -> Vec<&'static str> {
        let grave = Catalogue::get().actions().filter(|action| action.risk >= Risk::Secret);
        let of_reach = |subject| {
            matches!(
                subject,
                Subject::Object(_) | Subject::Log(_) | Subject::Several(_) | Subject::New | Subject::Act(_)
            )
        };
        grave.filter(|action| subject(action).is_some_and(of_reach)).map(|action| action.name).collect()
    }

    #[test]
    fn every_grave_action_has_one_rule_and_nothing_else_has_one() {
        let mut named: Vec<&str> = RULES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        named.sort_unstable();
        let mut judged = judged_by_reach();
        judged.sort_unstable();
        assert_eq!(named, judged);
    }

    #[test]
    fn names_are_in_order() {
        for (rule, names) in RULES {
            assert!(names.is_sorted(), "{rule:?}");
        }
    }
}
