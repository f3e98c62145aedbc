//! Operations of Jamf that are no tools, each with its reason.

/// An operation that is left out on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Exclusion {
    /// HTTP method in capitals.
    pub method: &'static str,
    /// Path from the root of the tenant.
    pub path: &'static str,
    /// Why it is left out.
    pub reason: &'static str,
}

const fn left_out(method: &'static str, path: &'static str, reason: &'static str) -> Exclusion {
    Exclusion { method, path, reason }
}

const TOKENS: &str = "the server signs itself in; no caller handles tokens";
const CONSOLE: &str =
    "state of the web console for the person who is signed in there; an API client has none";
const FIRST_START: &str = "the first start of a server that has no accounts yet";
const AGREEMENT: &str = "agrees to terms in the name of the organization, which a person does";
const SIGN_IN: &str = "part of how people sign in to the web console";

const COMMANDS_READ: &str =
    "mdm_command_list tells the same of computers and mobile devices alike, and filters";
const REMOTE_DESKTOP: &str = "deprecated; remote_desktop_enable, remote_desktop_disable, user_account_unlock and blank_push_send do it";
const COMMAND_FORMS: &str = "another form of the commands that mobile_device_inventory_update and mobile_device_wallpaper_set send; \
                             all others are commands of the Jamf Pro API";
const INVITATION: &str = "finds an invitation by its number, a credential that no caller handles";
const MOBILE_DEVICE: &str =
    "mobile_device_list finds by any key, and mobile_device_detail_get has every field";
const ACCOUNTS: &str = "account_list and account_group_list tell the same, and filter";
const SITES: &str = "site_list has every site with its id and name, which is all that there is";

/// All of them.
pub static EXCLUDED: &[Exclusion] = &[
    left_out(
        "GET",
        "/api/v4/computers-inventory/filevault",
        "reveals the FileVault keys of the whole fleet at once",
    ),
    left_out("POST", "/api/v2/mobile-device-groups/{id}/erase", "erases every device of a group in one call"),
    left_out(
        "POST",
        "/api/v1/device-enrollments/{id}/disown",
        "gives devices away for good: Apple does not take them back",
    ),
    left_out("GET", "/api/v1/auth", TOKENS),
    left_out("POST", "/api/v1/auth/invalidate-token", TOKENS),
    left_out("POST", "/api/v1/auth/keep-alive", TOKENS),
    left_out("POST", "/api/v1/auth/token", TOKENS),
    left_out("POST", "/api/v1/oauth/token", TOKENS),
    left_out("GET", "/api/v1/oauth2/session-tokens", TOKENS),
    left_out("POST", "/api/v1/system/initialize", FIRST_START),
    left_out("POST", "/api/v1/system/initialize-database-connection", FIRST_START),
    left_out("POST", "/api/v1/system/platform-initialize", FIRST_START),
    left_out("GET", "/api/startup-status", FIRST_START),
    left_out("GET", "/api/v3/account-preferences", CONSOLE),
    left_out("PATCH", "/api/v3/account-preferences", CONSOLE),
    left_out("GET", "/api/v1/user/preferences/settings/{keyId}", CONSOLE),
    left_out("GET", "/api/v1/user/preferences/{keyId}", CONSOLE),
    left_out("PUT", "/api/v1/user/preferences/{keyId}", CONSOLE),
    left_out("DELETE", "/api/v1/user/preferences/{keyId}", CONSOLE),
    left_out("POST", "/api/user/updateSession", CONSOLE),
    left_out("POST", "/api/v1/dashboard/toggle", CONSOLE),
    left_out(
        "POST",
        "/api/v1/user/change-password",
        "changes the password of the account that is signed in; an API client has none",
    ),
    left_out("POST", "/api/v2/oidc/dispatch", SIGN_IN),
    left_out("GET", "/api/v1/oidc/direct-idp-login-url", SIGN_IN),
    left_out("GET", "/api/v1/oidc/public-features", SIGN_IN),
    left_out("POST", "/api/v1/slasa", AGREEMENT),
    left_out("POST", "/api/v2/patch-management-accept-disclaimer", AGREEMENT),
    left_out("GET", "/api/preview/computers", "an early computer_list; that one has every field"),
    left_out("GET", "/api/v1/ldap/ldap-servers", "the same list as `/api/v1/ldap/servers`"),
    left_out(
        "GET",
        "/api/devices/extensionAttributes",
        "an early mobile_device_extension_attribute_list; that one pages and filters",
    ),
    left_out(
        "POST",
        "/api/v1/cloud-distribution-point/fail-upload/{id}",
        "a step of the console's own upload; package_upload does the whole",
    ),
    left_out(
        "GET",
        "/api/v1/app-installers",
        "the heading of a page in the console; titles and deployments have lists of their own",
    ),
    left_out("GET", "/JSSResource/computercommands", COMMANDS_READ),
    left_out("GET", "/JSSResource/computercommands/name/{name}", COMMANDS_READ),
    left_out("GET", "/JSSResource/computercommands/status/{statusuuid}", COMMANDS_READ),
    left_out("GET", "/JSSResource/computercommands/uuid/{uuid}", COMMANDS_READ),
    left_out("GET", "/JSSResource/mobiledevicecommands", COMMANDS_READ),
    left_out("GET", "/JSSResource/mobiledevicecommands/command/{command}", COMMANDS_READ),
    left_out("GET", "/JSSResource/mobiledevicecommands/name/{name}", COMMANDS_READ),
    left_out("GET", "/JSSResource/mobiledevicecommands/uuid/{uuid}", COMMANDS_READ),
    left_out("POST", "/JSSResource/computercommands/command/{command}", REMOTE_DESKTOP),
    left_out("POST", "/JSSResource/computercommands/command/{command}/id/{id}", REMOTE_DESKTOP),
    left_out("POST", "/JSSResource/mobiledevicecommands/command/{command}", COMMAND_FORMS),
    left_out("POST", "/JSSResource/mobiledevicecommands/command/{command}/id/{id_list}", COMMAND_FORMS),
    left_out(
        "POST",
        "/JSSResource/mobiledevicecommands/command/DeviceName/{device_name}/id/{id_list}",
        "deprecated; device_settings_set names a device",
    ),
    left_out(
        "POST",
        "/JSSResource/mobiledevicecommands/command/ScheduleOSUpdate/{install_action}/id/{id_list}",
        "deprecated; managed_software_update_plan_create updates systems",
    ),
    left_out(
        "POST",
        "/JSSResource/mobiledevicecommands/command/ScheduleOSUpdate/{install_action}/{product_version}/id/{id_list}",
        "deprecated; managed_software_update_plan_create updates systems",
    ),
    left_out("GET", "/JSSResource/computerinvitations/invitation/{invitation}", INVITATION),
    left_out("GET", "/JSSResource/mobiledeviceinvitations/invitation/{invitation}", INVITATION),
    left_out("GET", "/JSSResource/mobiledevices", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/id/{id}/subset/{subset}", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/macaddress/{macaddress}", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/match/{match}", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/name/{name}", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/serialnumber/{serialnumber}", MOBILE_DEVICE),
    left_out("GET", "/JSSResource/mobiledevices/udid/{udid}", MOBILE_DEVICE),
    left_out("PUT", "/JSSResource/mobiledevices/id/{id}", "mobile_device_update changes the same fields"),
    left_out("GET", "/JSSResource/accounts", ACCOUNTS),
    left_out(
        "POST",
        "/JSSResource/accounts/userid/{id}",
        "account_create makes an account, account_privileges_update gives it a set of its own",
    ),
    left_out("DELETE", "/JSSResource/accounts/userid/{id}", "account_delete does the same"),
    left_out(
        "PUT",
        "/JSSResource/activationcode",
        "activation_code_update and organization_name_update do the same",
    ),
    left_out("GET", "/JSSResource/ldapservers", "ldap_server_list tells the same"),
    left_out("GET", "/JSSResource/sites", SITES),
    left_out("GET", "/JSSResource/ebooks", "ids and names alone; ebook_list has them, with more"),
    left_out("POST", "/JSSResource/dockitems/id/{id}", "dock_item_create does the same in the Jamf Pro API"),
    left_out("PUT", "/JSSResource/dockitems/id/{id}", "dock_item_update does the same in the Jamf Pro API"),
    left_out(
        "DELETE",
        "/JSSResource/dockitems/id/{id}",
        "dock_item_delete does the same in the Jamf Pro API",
    ),
    left_out(
        "GET",
        "/JSSResource/mobiledeviceenrollmentprofiles/invitation/{invitation}",
        "asks by what a device enrolls with; a profile is found by its id or name",
    ),
];
