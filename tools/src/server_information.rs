//! Server information: version, health and alerts of Jamf Pro, and the lists of locales, time zones and countries it knows.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get};
use crate::args::{Arguments, Id, Nothing, Whole};
use crate::effects::Affects;

/// All actions on server information.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("server_information_get", "/api/v2/jamf-pro-information")
        .title("Get which services are set up")
        .about("Get which services are set up: volume purchasing, automated enrollment, patch management, SSO, e-mail and the like.")
        .asked(&["is ABM and VPP set up on this server", "edition and features of our Jamf"])
        .needs_none(),
    get::<Nothing>("server_version_get", "/api/v1/jamf-pro-version")
        .title("Get the version of Jamf Pro")
        .about("Get the version of Jamf Pro that this tenant runs.")
        .asked(&["which Jamf Pro release are we on", "version of Jamf Pro"])
        .needs_none()
        .core(),
    get::<Nothing>("health_check_get", "/api/v1/health-check")
        .title("Check the health of the server")
        .about("Get whether the Jamf Pro API is up; an empty answer means that it is. For load, see health_status_get.")
        .asked(&["is the server up", "is Jamf reachable and up"])
        .needs_none()
        .since("11.7"),
    get::<Nothing>("health_status_get", "/api/v1/health-status")
        .title("Get the load of the server")
        .about("Get the share of requests, 0 to 1, that Jamf Pro accepted over the last half minute to half hour. Jamf Cloud only; elsewhere 404.")
        .asked(&["is Jamf slow today", "load on the server", "is the server busy or slow"])
        .needs_none()
        .since("11.23"),
    get::<Nothing>("environment_type_get", "/api/v2/environment-type")
        .title("Get the type of the environment")
        .about("Get whether this tenant works with Jamf's production, staging or sandbox cloud services.")
        .asked(&["production or test instance"])
        .needs_none()
        .since("11.32"),
    get::<Whole>("notification_list", "/api/v1/notifications")
        .about("List alerts of Jamf Pro: certificates and tokens that expire, terms not signed, broken connections and the like.")
        .asked(&["warnings on the Jamf bell", "expiring certificates and tokens", "warnings in the console", "what does Jamf complain about"])
        .needs_none()
        .brief(&["id", "type", "params"])
        .core(),
    delete::<Nothing>("notification_delete_all", "/api/v1/notifications")
        .title("Dismiss all notifications")
        .about("Dismiss every alert that can be dismissed, for this account and site; what they warn of goes on. notification_delete takes one.")
        .asked(&["dismiss all warnings"])
        .needs(&["Dismiss Notifications"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("only administrators see notifications"))
        .since("11.32"),
    delete::<NotificationKey>("notification_delete", "/api/v1/notifications/{type}/{id}")
        .title("Dismiss a notification")
        .about("Dismiss one alert by its type and id; what it warns of goes on.")
        .asked(&["dismiss an alert in Jamf", "dismiss a warning"])
        .needs(&["Dismiss Notifications"])
        .affects(Affects::Nothing("only administrators see notifications")),
    get::<Nothing>("dashboard_get", "/api/v1/dashboard")
        .title("Get the dashboard")
        .about("Get what the dashboard of Jamf Pro shows: its widgets with their figures, and setup tasks still open.")
        .asked(&["what is on the Jamf dashboard", "tiles on the start page"])
        .needs_none(),
    get::<Whole>("locale_list", "/api/v1/locales")
        .about("List locales with the identifiers, such as en_US, that other tools take.")
        .needs_none()
        .brief(&["identifier", "description"]),
    get::<Whole>("time_zone_list", "/api/v1/time-zones")
        .about("List time zones with the ids, such as America/Chicago, that other tools take.")
        .needs_none()
        .brief(&["zoneId", "region", "displayName"]),
    get::<Whole>("app_store_country_code_list", "/api/v1/app-store-country-codes")
        .about("List countries with the codes, such as US, that App Store settings take.")
        .needs_none()
        .brief(&["code", "name"]),
];

/// Which alert.
#[derive(JsonSchema)]
pub struct NotificationKey {
    /// Type of the alert as notification_list shows it, such as `PUSH_CERT_WILL_EXPIRE`.
    pub r#type: NotificationType,
    /// Id of the alert, digits only.
    pub id: Id,
}
impl Arguments for NotificationKey {}

/// What an alert is about.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum NotificationType {
    ApnsCertRevoked,
    ApnsConnectionFailure,
    AppleSchoolManagerTCNotSigned,
    BuiltInCaExpired,
    BuiltInCaExpiring,
    BuiltInCaRenewalFailed,
    BuiltInCaRenewalSuccess,
    CloudLdapCertExpired,
    CloudLdapCertWillExpire,
    DepInstanceExpired,
    DepInstanceWillExpire,
    DeviceEnrollmentProgramTCNotSigned,
    ExceededLicenseCount,
    FrequentInventoryCollectionPolicy,
    GsxCertExpired,
    GsxCertWillExpire,
    HclBindError,
    HclError,
    InsecureLdap,
    InvalidReferencesExtAttr,
    InvalidReferencesPolicies,
    InvalidReferencesScripts,
    JamfConnectUpdate,
    JamfProtectUpdate,
    JimError,
    LdapConnectionCheckThroughJimFailed,
    LdapConnectionCheckThroughJimSuccessful,
    MdmExternalSigningCertificateExpired,
    MdmExternalSigningCertificateExpiring,
    MdmExternalSigningCertificateExpiringToday,
    MiiHeartbeatFailedNotification,
    MiiInventoryUploadFailedNotification,
    MiiUnathorizedResponseNotification,
    PatchExtentionAttribute,
    PatchUpdate,
    PolicyManagementAccountPayloadSecurityMultiple,
    PolicyManagementAccountPayloadSecuritySingle,
    PushCertExpired,
    PushCertWillExpire,
    PushProxyCertExpired,
    SsoCertExpired,
    SsoIdpCertExpired,
    SsoCertWillExpire,
    SsoIdpCertWillExpire,
    TomcatSslCertExpired,
    TomcatSslCertWillExpire,
    UserInitiatedEnrollmentManagementAccountSecurityIssue,
    UserMaidDuplicateError,
    UserMaidMismatchError,
    UserMaidRosterDuplicateError,
    VppAccountExpired,
    VppAccountWillExpire,
    VppTokenRevoked,
    DeviceComplianceConnectionError,
    ConditionalAccessConnectionError,
    AzureAdMigrationReportGenerated,
    BeyondCorpConnectionError,
    AppInstallersNewAppVersionAvailable,
    AppInstallersNewAppVersionDeploymentStarted,
    AppInstallersAppVersionRemoved,
    AppInstallersAppTitleRemoved,
    AppInstallersDeploymentInstallationFailed,
    SamlResponseAssertionSigningRequired,
    DirectoryCacheAwaitingSync,
    PssoExternalUrlUnavailable,
}
