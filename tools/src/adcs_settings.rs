//! AD CS settings: how Jamf Pro gets certificates for devices from Active Directory Certificate Services, through the Jamf
//! AD CS Connector.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch, post};
use crate::args::{Arguments, Base64, ById, Create, History, Id, NoteOn, Update};
use crate::effects::{A_NOTE, Affects, COMPUTERS};
use crate::secrets::Source;

/// All actions on AD CS settings.
pub static ACTIONS: &[Action] = &[
    get::<ById>("adcs_settings_get", "/api/v1/pki/adcs-settings/{id}")
        .about("Get one AD CS configuration: its CA, connector, certificates with their expiry, and the connector's last check-in.")
        .asked(&["which AD CS connector do we use", "Active Directory certificate setup", "connection to Active Directory Certificate Services"])
        .needs(&["Read AD CS Settings"])
        .since("11.23"),
    post::<Create<AdcsSettings>>("adcs_settings_create", "/api/v1/pki/adcs-settings")
        .about("Create an AD CS configuration, a certificate authority that profiles can name. Inbound or outbound is settled here for good.")
        .asked(&["let Jamf request certificates from Microsoft CA"])
        .needs(&["Create AD CS Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.clientCert.data", "body.clientCert.password"], Source::Person)])
        .since("11.23"),
    patch::<Update<AdcsSettings>>("adcs_settings_update", "/api/v1/pki/adcs-settings/{id}")
        .about("Change fields of an AD CS configuration; a wrong one stops the certificates for Wi-Fi and VPN. A certificate is given whole.")
        .needs(&["Update AD CS Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .merge_patch()
        .secret(&[(&["body.clientCert.data", "body.clientCert.password"], Source::Person)])
        .since("11.23"),
    delete::<ById>("adcs_settings_delete", "/api/v1/pki/adcs-settings/{id}")
        .about("Delete an AD CS configuration with its keys, for good. Refused while profiles use it; see adcs_settings_dependency_list.")
        .needs(&["Delete AD CS Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    get::<AdcsDependencies>("adcs_settings_dependency_list", "/api/v1/pki/adcs-settings/{id}/dependencies")
        .about("List the configuration profiles that get certificates through one AD CS configuration.")
        .needs(&["Read AD CS Settings"])
        .brief(&["configProfileId", "configProfileName", "configProfileType"])
        .since("11.23"),
    post::<CheckServerCertificate>("adcs_server_certificate_validate", "/api/v1/pki/adcs-settings/validate-certificate")
        .about("Validate the connector's public certificate for AD CS settings before it is used; stores nothing.")
        .needs(&["Update AD CS Settings", "Create AD CS Settings"])
        .risk(Risk::Read)
        .since("11.23"),
    post::<CheckClientCertificate>("adcs_client_certificate_validate", "/api/v1/pki/adcs-settings/validate-client-certificate")
        .about("Validate a client certificate for AD CS settings and its password before they are used; stores nothing.")
        .needs(&["Update AD CS Settings", "Create AD CS Settings"])
        .risk(Risk::Read)
        .secret(&[(&["body.data", "body.password"], Source::Person)])
        .since("11.23"),
    get::<History>("adcs_settings_history_list", "/api/v1/pki/adcs-settings/{id}/history")
        .about("List who changed one AD CS configuration and when.")
        .needs(&["Read AD CS Settings"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.23"),
    post::<NoteOn>("adcs_settings_history_note", "/api/v1/pki/adcs-settings/{id}/history")
        .about("Write a note into the history of an AD CS configuration; nothing else changes.")
        .needs(&["Update AD CS Settings"])
        .affects(A_NOTE)
        .since("11.23"),
];

/// Whose dependencies.
#[derive(JsonSchema)]
pub struct AdcsDependencies {
    /// Id of the AD CS configuration, digits only.
    pub id: Id,
}
impl Arguments for AdcsDependencies {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `adcs_server_certificate_validate`.
#[derive(JsonSchema)]
pub struct CheckServerCertificate {
    /// The certificate to look at.
    pub body: ServerCertificate,
}
impl Arguments for CheckServerCertificate {}

/// Arguments of `adcs_client_certificate_validate`.
#[derive(JsonSchema)]
pub struct CheckClientCertificate {
    /// The keystore to look at.
    pub body: ClientCertificate,
}
impl Arguments for CheckClientCertificate {}

/// How Jamf Pro and an AD CS certificate authority work together.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AdcsSettings {
    /// Name shown in Jamf Pro, where profiles choose it.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: Option<String>,
    /// Name of the certificate authority in Active Directory, such as `EXAMPLE-CA`.
    #[schemars(length(min = 1, max = 255))]
    pub ca_name: Option<String>,
    /// Host name of the server that the certificate authority runs on.
    #[schemars(length(min = 1, max = 255))]
    pub fqdn: Option<String>,
    /// URL of the AD CS Connector, which Jamf Pro calls when inbound.
    #[schemars(length(min = 1, max = 255))]
    pub adcs_url: Option<String>,
    /// Public certificate of the AD CS Connector, by which Jamf Pro knows it.
    pub server_cert: Option<ServerCertificate>,
    /// Keystore that Jamf Pro identifies itself with to the connector.
    pub client_cert: Option<ClientCertificate>,
    /// Revoke a certificate when its profile leaves the device.
    pub revocation_enabled: Option<bool>,
    /// Client id of the API client that an outbound connector signs in with.
    pub api_client_id: Option<String>,
    /// True when the connector calls Jamf Pro, false when Jamf Pro calls it; cannot be changed later.
    pub outbound: Option<bool>,
}

/// A public certificate.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ServerCertificate {
    /// Name of its file, which ends in `.cer` or `.pem`.
    #[schemars(length(min = 1, max = 255))]
    pub filename: String,
    /// The file in Base64 without line breaks.
    pub data: Vec<Base64>,
}

/// A client certificate with its private key.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ClientCertificate {
    /// Name of its file, which ends in `.p12` or `.pfx`.
    #[schemars(length(min = 1, max = 255))]
    pub filename: String,
    /// The PKCS #12 file in Base64 without line breaks; it holds one certificate.
    pub data: Vec<Base64>,
    /// Password of the file.
    #[schemars(length(min = 1, max = 255))]
    pub password: Option<String>,
}
