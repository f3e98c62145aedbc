//! DigiCert: how Jamf Pro gets certificates for devices from DigiCert Trust Lifecycle Manager.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch, post};
use crate::args::{Arguments, ById, Create, Id, Update};
use crate::effects::{Affects, COMPUTERS};
use crate::secrets::Source;

/// All actions on DigiCert.
pub static ACTIONS: &[Action] = &[
    get::<ById>("digicert_settings_get", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}")
        .about("Get one DigiCert configuration: its host, whether it revokes, and when its client certificate expires.")
        .asked(&["connection to DigiCert"])
        .needs(&["Read DigiCert Settings"])
        .since("11.23"),
    post::<Create<DigicertSettings>>("digicert_settings_create", "/api/v1/pki/digicert/trust-lifecycle-manager")
        .about("Create a DigiCert configuration, a certificate authority that profiles can name.")
        .needs(&["Create DigiCert Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.clientCert.data", "body.clientCert.password"], Source::Person)])
        .since("11.23"),
    patch::<Update<DigicertSettings>>("digicert_settings_update", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}")
        .about("Change fields of a DigiCert configuration; a wrong one stops the certificates for Wi-Fi and VPN. The client certificate is given whole.")
        .needs(&["Update DigiCert Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .merge_patch()
        .secret(&[(&["body.clientCert.data", "body.clientCert.password"], Source::Person)])
        .since("11.23"),
    delete::<ById>("digicert_settings_delete", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}")
        .about("Delete a DigiCert configuration with its key, for good; profiles that use it get no more certificates. See digicert_dependency_list.")
        .needs(&["Delete DigiCert Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    get::<DigicertDependencies>("digicert_dependency_list", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}/dependencies")
        .about("List the configuration profiles that get certificates through one DigiCert configuration.")
        .needs(&["Read DigiCert Settings"])
        .brief(&["configProfileId", "configProfileName", "configProfileType"])
        .since("11.23"),
    get::<ById>("digicert_connection_status_get", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}/connection-status")
        .title("Get the status of a DigiCert connection")
        .about("Get whether Jamf Pro reaches DigiCert with one configuration; digicert_permission_test tells whether it may issue.")
        .needs(&["Read DigiCert Settings"])
        .since("11.23"),
    get::<ById>("digicert_permission_test", "/api/v1/pki/digicert/trust-lifecycle-manager/{id}/privilege-check")
        .title("Test the permissions of a DigiCert connection")
        .about("Test whether the DigiCert account may deploy certificates: empty when it may, else a 403 with DigiCert permissions that it lacks.")
        .needs(&["Read DigiCert Settings"])
        .since("11.32"),
    post::<CheckKeystore>("digicert_client_certificate_validate", "/api/v1/pki/digicert/trust-lifecycle-manager/validate-client-certificate")
        .about("Validate a client certificate for DigiCert and its password before they are used; stores nothing.")
        .needs(&["Create DigiCert Settings", "Update DigiCert Settings"])
        .risk(Risk::Read)
        .secret(&[(&["body.data", "body.password"], Source::Person)])
        .since("11.23"),
];

/// Whose dependencies.
#[derive(JsonSchema)]
pub struct DigicertDependencies {
    /// Id of the DigiCert configuration, digits only.
    pub id: Id,
}
impl Arguments for DigicertDependencies {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `digicert_client_certificate_validate`.
#[derive(JsonSchema)]
pub struct CheckKeystore {
    /// The keystore to look at.
    pub body: Keystore,
}
impl Arguments for CheckKeystore {}

/// How Jamf Pro and DigiCert work together.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DigicertSettings {
    /// Name shown in Jamf Pro, where profiles choose it.
    #[schemars(length(min = 1, max = 255))]
    pub ca_name: Option<String>,
    /// Host name of the DigiCert account, without `https://`.
    #[schemars(length(min = 1, max = 255))]
    pub fqdn: Option<String>,
    /// Revoke a certificate when its profile leaves the device.
    pub revocation_enabled: Option<bool>,
    /// Keystore that Jamf Pro identifies itself with to DigiCert.
    pub client_cert: Option<Keystore>,
}

/// A client certificate with its private key.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Keystore {
    /// Name of its file, which ends in `.p12`.
    #[schemars(length(min = 1, max = 255))]
    pub filename: String,
    /// The PKCS #12 file in Base64 without line breaks.
    pub data: Vec<String>,
    /// Password of the file.
    #[schemars(length(min = 1, max = 255))]
    pub password: Option<String>,
}
