"""What is known of `jps-api-wrapper`: what its parameters take, and why some of its methods succeed on no tenant."""

# The field of a row that fits a key, where it is called otherwise than the key.
FIELDS = {
    "serialnumber": ["serial_number"],
    "macaddress": ["mac_address", "wifi_mac_address"],
    "bundleid": ["bundle_id"],
    "languageId": ["languageCode"],
    "file_name": ["fileName"],
    "id": ["planUuid", "groupId", "sessionId"],
    "panel_id": ["id"],
    "session_id": ["id"],
}
# The list that a key is taken from, where another one stands before the key.
LISTS = {
    "/JSSResource/computers": "/JSSResource/computers/subset/basic",
    "/JSSResource/computerapplicationusage": "/JSSResource/computers/subset/basic",
    "/JSSResource/computerhardwaresoftwarereports": "/JSSResource/computers/subset/basic",
    "/JSSResource/computerhistory": "/JSSResource/computers/subset/basic",
    "/JSSResource/computermanagement": "/JSSResource/computers/subset/basic",
    "/JSSResource/mobiledevicehistory": "/JSSResource/mobiledevices",
    "/JSSResource/computercommands/status": "/JSSResource/computercommands",
    "/api/v1/mobile-device-groups/static-group-membership": "/api/v1/mobile-device-groups/static-groups",
}
# What is put in for a parameter, of one method or of all; `@PATH#POINTER` is what stands there in what a path answers.
VALUES = {
    "start_date": "2026-11-01",
    "end_date": "2026-11-20",
    "clientManagementId": "@/api/v1/computers-inventory#results/0/general/managementId",
    ("get_account_group", "name"): "@/JSSResource/accounts#accounts/groups/0/name",
    ("get_jamf_package", "application"): "protect",
    ("get_computer_application", "application"): "Google Chrome.app",
    ("get_computers", "match"): "a*",
    ("get_computers", "basic"): True,
    ("get_mobile_devices", "match"): "i*",
    ("get_computer_commands", "name"): "DeviceInformation",
    ("get_mobile_device_commands", "name"): "InstallApplication",
    ("get_enrollment_customization_parsed_markdown", "data"): {"markdown": "# Welcome"},
    ("get_jamf_remote_assist_sessions_export", "data"): {"fields": []},
    ("get_jamf_pro_user_account_setting", "keyId"): "dashboard",
    ("get_jamf_pro_user_account_setting_preferences", "keyId"): "dashboard",
    ("get_scheduler_job_triggers", "job_key"): "@/api/v1/scheduler/jobs#jobKeys/0",
    ("get_user", "email"): "@/JSSResource/users/id/1#user/email",
    ("get_ldap_server_group", "group"): "All staff",
    ("get_ldap_server_group_user", "group"): "All staff",
    ("get_ldap_server_group_user", "users"): "@/JSSResource/users#users/0/name",
    ("get_ldap_server_user", "user"): "@/JSSResource/users#users/0/name",
    ("get_managed_software_updates_group_plans", "group_type"): "COMPUTER_GROUP",
    ("get_certificate_authority", "der"): True,
    ("get_certificate_authority", "pem"): True,
    "provider": "GOOGLE",
}
# Methods that do not succeed: what they say, and why it is not the tenant that is wrong.
METHODS = {
    **{
        ("Classic", name): ("NotFound", "Jamf's document has no such path any more")
        for name in (
            "get_byo_profile",
            "get_byo_profiles",
            "get_managed_preference_profile",
            "get_managed_preference_profiles",
        )
    },
    **{
        ("Pro", name): ("NotFound of /api/v[12]/", "Jamf's document has a newer version of the path, or none")
        for name in (
            "get_computer_prestages",
            "get_engage_settings",
            "get_engage_settings_history",
            "get_jamf_content_distribution_server_properties",
            "get_sso_settings",
            "get_sso_settings_enrollment_customizations",
            "get_sso_settings_history",
            "get_sso_settings_saml_metadata_file",
        )
    },
    ("Classic", "get_allowed_file_extension"): ("name", "Jamf's document has these by extension, not by name"),
    ("Classic", "get_computer_management"): ("NoIdentification", "the client takes a user name only beside a key"),
    **{
        ("Classic", name): ("/ldapservers/name/", "Jamf's document has these by the id of the server alone")
        for name in ("get_ldap_server_group", "get_ldap_server_group_user", "get_ldap_server_user")
    },
    ("Pro", "get_cloud_idp_history"): ("NotFound of /v1/", "the client leaves /api out of the path"),
}
