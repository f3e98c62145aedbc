//! Venafi: how Jamf Pro gets certificates for devices from Venafi, through the Jamf Pro PKI Proxy.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Answer, Risk, delete, get, patch, post};
use crate::args::{Arguments, ById, Create, History, Id, NoteOn, Update};
use crate::effects::{A_NOTE, Affects, COMPUTERS};
use crate::secrets::Source;

/// All actions on Venafi.
pub static ACTIONS: &[Action] = &[
    get::<ById>("venafi_settings_get", "/api/v1/pki/venafi/{id}")
        .about("Get one Venafi configuration: its proxy, client id, and whether a refresh token is stored; not the token.")
        .asked(&["connection to Venafi"])
        .needs(&["Read PKI"])
        .hides(&["refreshToken"]),
    post::<Create<VenafiSettings>>("venafi_settings_create", "/api/v1/pki/venafi")
        .about("Create a Venafi configuration, a certificate authority that profiles can name.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.refreshToken"], Source::Person)]),
    patch::<Update<VenafiSettings>>("venafi_settings_update", "/api/v1/pki/venafi/{id}")
        .about("Change a Venafi configuration, which needs `name` even when it stays; a wrong one stops the certificates for Wi-Fi and VPN.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.refreshToken"], Source::Person)])
        .hides(&["refreshToken"]),
    delete::<ById>("venafi_settings_delete", "/api/v1/pki/venafi/{id}")
        .about("Delete a Venafi configuration with its keys, for good; profiles that use it get no more certificates. See venafi_profile_list.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
    get::<VenafiProfiles>("venafi_profile_list", "/api/v1/pki/venafi/{id}/dependent-profiles")
        .title("List the profiles of a Venafi configuration")
        .about("List the configuration profiles that get certificates through one Venafi configuration; the id is in urlPath.")
        .needs(&["Read PKI"])
        .brief(&["name", "urlPath"]),
    get::<ById>("venafi_connection_test", "/api/v1/pki/venafi/{id}/connection-status")
        .about("Test whether Jamf Pro reaches the PKI proxy of one Venafi configuration; changes nothing.")
        .asked(&["does Venafi answer"])
        .needs(&["Read PKI"]),
    get::<ById>("venafi_public_key_download", "/api/v1/pki/venafi/{id}/jamf-public-key")
        .about("Get Jamf Pro's own public certificate as PEM text, by which the PKI proxy of one Venafi configuration knows it.")
        .needs(&["Read PKI"])
        .answers(Answer::Text).impersonal(),
    post::<ById>("venafi_public_key_regenerate", "/api/v1/pki/venafi/{id}/jamf-public-key/regenerate")
        .title("Generate the Venafi key again")
        .about("Generate Jamf Pro's key for the PKI proxy anew; no certificates are issued until the proxy has the new one. There is no way back.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
    get::<ById>("venafi_trust_store_download", "/api/v1/pki/venafi/{id}/proxy-trust-store")
        .about("Get the PKI proxy's public certificate as PEM text, by which Jamf Pro knows the proxy.")
        .needs(&["Read PKI"])
        .answers(Answer::Text).impersonal(),
    post::<TrustStoreUpload>("venafi_trust_store_upload", "/api/v1/pki/venafi/{id}/proxy-trust-store")
        .about("Upload the PKI proxy's public certificate, a PEM file of the configured folder. With a wrong one no certificates are issued.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .file_body("file", "application/pem-certificate-chain"),
    delete::<ById>("venafi_trust_store_delete", "/api/v1/pki/venafi/{id}/proxy-trust-store")
        .about("Delete the PKI proxy's public certificate from Jamf Pro, which may then no longer trust the proxy; save it first.")
        .needs(&["Update PKI"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
    get::<History>("venafi_settings_history_list", "/api/v1/pki/venafi/{id}/history")
        .about("List who changed one Venafi configuration and when.")
        .needs(&["Read PKI"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<NoteOn>("venafi_settings_history_note", "/api/v1/pki/venafi/{id}/history")
        .about("Write a note into the history of a Venafi configuration; nothing else changes.")
        .needs(&["Update PKI"])
        .affects(A_NOTE),
];

/// Whose profiles.
#[derive(JsonSchema)]
pub struct VenafiProfiles {
    /// Id of the Venafi configuration, digits only.
    pub id: Id,
}
impl Arguments for VenafiProfiles {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `venafi_trust_store_upload`.
#[derive(JsonSchema)]
pub struct TrustStoreUpload {
    /// Id of the Venafi configuration, digits only.
    pub id: Id,
    /// Name of the PEM file in the configured folder, such as `pki-proxy.pem`.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for TrustStoreUpload {}

/// How Jamf Pro and Venafi work together.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct VenafiSettings {
    /// Name shown in Jamf Pro, where profiles choose it.
    pub name: String,
    /// Host and port of the Jamf Pro PKI Proxy, such as `proxy.example.com:9443`.
    pub proxy_address: Option<String>,
    /// Revoke a certificate when its profile leaves the device.
    pub revocation_enabled: Option<bool>,
    /// Client id that Jamf Pro has in Venafi.
    pub client_id: Option<String>,
    /// Token that Jamf Pro gets access to Venafi with.
    pub refresh_token: Option<String>,
}
