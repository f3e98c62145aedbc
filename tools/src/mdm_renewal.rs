//! MDM renewal: how far one device is with the renewal of its MDM profile, and what Jamf Pro tries after an error.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch};
use crate::args::{Arguments, Change, Device, Timestamp};
use crate::effects::Targets;

/// All actions on MDM renewal.
pub static ACTIONS: &[Action] = &[
    get::<RenewalOf>("mdm_renewal_details_get", "/api/v1/mdm-renewal/device-common-details/{clientManagementId}")
        .about("Get whether one device needs its MDM profile renewed, why, since when, and the addresses it reports to.")
        .needs(&["Send Command to Renew MDM Profile"])
        .since("11.25"),
    patch::<Change<RenewalDetails>>("mdm_renewal_details_update", "/api/v1/mdm-renewal/device-common-details")
        .about("Change what Jamf Pro knows of one device's MDM renewal, the server addresses included: a wrong one loses the device. To renew use mdm_profile_renew.")
        .needs(&["Send Command to Renew MDM Profile"])
        .risk(Risk::Critical)
        .targets(&[Targets::ManagementIds("body.clientManagementId")])
        .since("11.25"),
    get::<RenewalAttempts>("mdm_renewal_strategy_list", "/api/v1/mdm-renewal/renewal-strategies/{clientManagementId}")
        .about("List the errors of one device's MDM renewal, how often each came, and what Jamf Pro tries for each.")
        .asked(&["why is the MDM renewal stuck"])
        .needs(&["Send Command to Renew MDM Profile"])
        .brief(&[
            "error.mdmRenewalErrorId",
            "error.mdmRenewalErrorType",
            "error.errorTimeStamp",
            "error.failureCount",
            "strategies",
        ])
        .since("11.25"),
    delete::<RenewalOf>("mdm_renewal_strategies_delete", "/api/v1/mdm-renewal/renewal-strategies/{clientManagementId}")
        .about("Delete all errors and attempts of one device's MDM renewal; Jamf Pro begins anew, and the profile may expire meanwhile.")
        .needs(&["Send Command to Renew MDM Profile"])
        .risk(Risk::Destructive)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .since("11.25"),
];

/// One device by its management id.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct RenewalOf {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
}
impl Arguments for RenewalOf {}

/// Arguments of `mdm_renewal_strategy_list`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct RenewalAttempts {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
}
impl Arguments for RenewalAttempts {
    const ROWS: Rows = Rows::Whole;
}

/// What Jamf Pro knows of the renewal of one device; fields left out stay.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct RenewalDetails {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
    /// When the renewal began, such as `2026-01-31T16:00:00Z`.
    pub renew_mdm_profile_start_date: Option<Timestamp>,
    /// The profile is to be renewed because the built-in certificate authority was.
    pub mdm_profile_needs_renewal_due_to_ca_renewed: Option<bool>,
    /// The profile is to be renewed because the device's own certificate expires.
    pub mdm_profile_needs_renewal_due_to_device_identity_cert_expiring: Option<bool>,
    /// Address where the device checks in; wrong, and the device is lost to management.
    pub mdm_checkin_url: Option<String>,
    /// Address where the device fetches commands; wrong, and the device is lost to management.
    pub mdm_server_url: Option<String>,
}
