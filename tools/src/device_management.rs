//! Device management: how Jamf Pro and devices keep in touch, compliance, and small repairs.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, get, post, put};
use crate::args::{Arguments, ById, Change, Device, Id, List, Note, Nothing};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects, COMPUTERS, Targets};

/// All actions on device management.
pub static ACTIONS: &[Action] = &[
    post::<ById>("computer_framework_redeploy", "/api/v1/jamf-management-framework/redeploy/{id}")
        .title("Reinstall the Jamf management framework")
        .about("Queue the reinstall of the Jamf management framework on one Mac that no longer checks in. It enrolls again, which may clear its logs and history.")
        .asked(&["jamf binary is broken", "Mac stopped running policies, repair it", "reinstall the Jamf agent"])
        .needs(&["Send Computer Remote Command to Install Package", "Read Computer Check-In"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("id")]),
    post::<ById>("computer_smart_groups_recalculate", "/api/v1/computers/{id}/recalculate-smart-groups")
        .title("Recalculate the smart groups of a computer")
        .about("Work out anew which smart groups one computer is in; what is scoped to them follows.")
        .asked(&["recalculate all smart groups of a Mac"])
        .needs(&["Update Smart Computer Groups"])
        .targets(&[Targets::Computers("id")]),
    post::<ById>("smart_user_group_recalculate", "/api/v1/smart-user-groups/{id}/recalculate")
        .title("Recalculate a smart user group")
        .about("Work out the members of a smart user group anew; what is scoped to it follows.")
        .needs(&["Update Smart User Groups"])
        .affects(Affects::UserGroup),
    post::<AppConfigReinstall>("app_config_reinstall", "/api/v1/mobile-device-apps/reinstall-app-config")
        .title("Send an app's configuration again")
        .about("Send the managed configuration of one app to one mobile device again, by the code that the app was given with it.")
        .asked(&["managed app configuration did not arrive"])
        .needs_none()
        .risk(Risk::Device)
        .targets(&[Targets::Code("body.reinstallCode")]),
    get::<Nothing>("device_communication_settings_get", "/api/v1/device-communication-settings")
        .about("Get when Jamf Pro renews the MDM profiles of computers and mobile devices by itself.")
        .asked(&["how is MDM renewal configured", "how are MDM certificates renewed"])
        .needs(&["Read Automatically Renew MDM Profile Settings"]),
    put::<Change<DeviceCommunication>>("device_communication_settings_update", "/api/v1/device-communication-settings")
        .about("Replace when the MDM profiles of the whole fleet are renewed; fields left out are cleared. Devices whose profile expires are lost to management.")
        .asked(&["renew MDM profiles automatically before they end"])
        .needs(&["Update Automatically Renew MDM Profile Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<List>("device_communication_settings_history_list", "/api/v1/device-communication-settings/history")
        .about("List who changed the settings of MDM profile renewal and when.")
        .needs(&["Read Automatically Renew MDM Profile Settings"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<CommunicationNote>("device_communication_settings_history_note", "/api/v1/device-communication-settings/history")
        .about("Write a note into the history of the settings of MDM profile renewal; nothing else changes.")
        .needs(&["Update Automatically Renew MDM Profile Settings"])
        .affects(A_NOTE),
    get::<ComplianceOf>("computer_compliance_list", "/api/v1/conditional-access/device-compliance-information/computer/{deviceId}")
        .title("List the compliance of a computer")
        .about("List whether one computer is compliant, as each vendor of conditional access was told.")
        .asked(&["is this Mac compliant for Conditional Access", "is a Mac compliant for conditional access"])
        .needs(&["Read Device Compliance Information"])
        .brief(&["deviceId", "applicable", "complianceState", "complianceVendor"]),
    get::<ComplianceOf>("mobile_device_compliance_list", "/api/v1/conditional-access/device-compliance-information/mobile/{deviceId}")
        .title("List the compliance of a mobile device")
        .about("List whether one mobile device is compliant, as each vendor of conditional access was told.")
        .asked(&["is an iPhone compliant for conditional access"])
        .needs(&["Read Device Compliance Information"])
        .brief(&["deviceId", "applicable", "complianceState", "complianceVendor"]),
    get::<Nothing>("device_compliance_feature_get", "/api/v1/conditional-access/device-compliance/feature-toggle")
        .about("Get whether this tenant has device compliance for shared devices turned on.")
        .asked(&["is device compliance turned on"])
        .needs(&["Read Conditional Access"])
        .since("11.7"),
    get::<List>("push_disabled_device_list", "/api/v1/apns-client-push-status")
        .about("List devices and users of devices that Jamf Pro sends no push to any more, and since when; commands for them wait.")
        .asked(&["devices that Jamf no longer pushes to", "devices without push"])
        .needs(&["View MDM command information in Jamf Pro API"])
        .brief(&["managementId", "deviceType", "clientId", "disabledAt"])
        .filters(&["deviceType", "disabledAt", "managementId"])
        .sorts(&["pushDisabledTime", "deviceType", "managementId"])
        .since("11.25"),
    post::<PushEnable>("push_enable", "/api/v1/apns-client-push-status/enable-client")
        .title("Turn push on again for a device")
        .about("Let one device be pushed to again that push_disabled_device_list names; commands that wait for it then go out.")
        .asked(&["turn push on again for a device", "MDM pushes to a device are disabled"])
        .needs(&["Send MDM command information in Jamf Pro API"])
        .risk(Risk::Destructive)
        .targets(&[Targets::ManagementIds("body.managementId")])
        .since("11.25"),
    post::<Nothing>("push_enable_all", "/api/v1/apns-client-push-status/enable-all-clients")
        .title("Turn push on again for all devices")
        .about("Queue that every device that push was disabled for is pushed to again; all commands that wait for them go out, locks and erases too.")
        .asked(&["enable push on all devices again"])
        .needs(&["Send MDM command information in Jamf Pro API"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS))
        .since("11.25"),
    get::<Nothing>("push_enable_all_status_get", "/api/v1/apns-client-push-status/enable-all-clients/status")
        .title("Get the progress of turning push on again")
        .about("Get how far the last push_enable_all is: QUEUED, STARTED or COMPLETED; 404 when there is none.")
        .needs(&["View MDM command information in Jamf Pro API"])
        .since("11.25"),
];

/// The compliance of one device.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComplianceOf {
    /// Id of the device in Jamf Pro, digits only; not its management id.
    pub device_id: Id,
}
impl Arguments for ComplianceOf {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `push_enable`.
#[derive(JsonSchema)]
pub struct PushEnable {
    /// Which device.
    pub body: PushClient,
}
impl Arguments for PushEnable {}

/// A device that is pushed to again.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PushClient {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub management_id: Device,
}

/// Arguments of `app_config_reinstall`.
#[derive(JsonSchema)]
pub struct AppConfigReinstall {
    /// Which app on which device.
    pub body: ReinstallCode,
}
impl Arguments for AppConfigReinstall {}

/// The code of an app's configuration.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ReinstallCode {
    /// What `$APP_CONFIG_REINSTALL_CODE` became on the device; names both the app and the device.
    pub reinstall_code: Option<String>,
}

/// When MDM profiles are renewed without anybody asking.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceCommunication {
    /// Renew the profiles of mobile devices when the built-in certificate authority is renewed.
    pub auto_renew_mobile_device_mdm_profile_when_ca_renewed: Option<bool>,
    /// Renew the profile of a mobile device before its own certificate expires.
    pub auto_renew_mobile_device_mdm_profile_when_device_identity_cert_expiring: Option<bool>,
    /// Renew the profiles of computers when the built-in certificate authority is renewed.
    pub auto_renew_computer_mdm_profile_when_ca_renewed: Option<bool>,
    /// Renew the profile of a computer before its own certificate expires.
    pub auto_renew_computer_mdm_profile_when_device_identity_cert_expiring: Option<bool>,
    /// Days before the end at which a mobile device's profile is renewed: 90, 120 or 180; 180 by default.
    #[schemars(extend("enum" = [90, 120, 180]))]
    pub mdm_profile_mobile_device_expiration_limit_in_days: Option<u32>,
    /// Days before the end at which a computer's profile is renewed: 90, 120 or 180; 180 by default.
    #[schemars(extend("enum" = [90, 120, 180]))]
    pub mdm_profile_computer_expiration_limit_in_days: Option<u32>,
}

/// Arguments of `device_communication_settings_history_note`.
#[derive(JsonSchema)]
pub struct CommunicationNote {
    /// The note.
    pub body: Note,
}
impl Arguments for CommunicationNote {}
