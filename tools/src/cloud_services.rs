//! Cloud services: the tenant's tie to Jamf's cloud, and the connection to Apple's Global Service Exchange (GSX), which
//! tells warranty and purchase dates of devices.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, patch, post, put};
use crate::args::{Change, Create, List, Note, Nothing, Partial};
use crate::effects::{A_NOTE, Affects};
use crate::secrets::Source;

/// All actions on cloud services.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("cloud_information_get", "/api/v1/cloud-information")
        .title("Get where the tenant is hosted")
        .about("Get where the tenant runs: in Jamf Cloud or not, FedRAMP or government cloud, FIPS, run by a service provider.")
        .asked(&["is our Jamf hosted in the cloud"])
        .needs_none(),
    get::<Nothing>("csa_tenant_id_get", "/api/v1/csa/tenant-id")
        .title("Get the tenant ID of cloud services")
        .about("Get the tenant's id in the Cloud Services Connection (CSA); null when there is no connection.")
        .needs_none()
        .since("11.7"),
    get::<Nothing>("m2m_tenant_id_get", "/api/v1/m2m/tenant-id")
        .title("Get the tenant ID of machine access")
        .about("Get the tenant's id as Jamf's services know it among themselves (M2M), a UUID; null when there is none.")
        .needs_none()
        .since("11.28"),
    get::<Nothing>("csa_token_get", "/api/v1/csa/token")
        .title("Get the cloud services connection token")
        .about("Get facts of the Cloud Services Connection: its tenant, scopes, and when it expires; not the token itself.")
        .asked(&["link to Jamf's cloud services"])
        .needs(&["Read Cloud Services Settings"]),
    delete::<Nothing>("csa_token_delete", "/api/v1/csa/token")
        .title("Remove the cloud services connection")
        .about("Delete the Cloud Services Connection: Jamf Pro can no longer sign in to services of Jamf's cloud, and what relies on them stops for all.")
        .needs(&["Update Cloud Services Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("cloud services of Jamf lose their link to the tenant; devices keep what they have")),
    get::<Nothing>("gsx_connection_get", "/api/v1/gsx-connection")
        .about("Get the GSX connection: whether it is on, its account, and when its certificate expires; not the secrets.")
        .asked(&["connection to Apple warranty lookup"])
        .needs(&["Read GSX Connection", "Read Push Certificates"])
        .hides(&["token", "keystoreBytes", "keystorePassword"])
        .since("11.7"),
    put::<Change<GsxConnection>>("gsx_connection_replace", "/api/v1/gsx-connection")
        .about("Replace the GSX connection, its token and keystore included, which cannot be read back. gsx_connection_update changes single fields.")
        .needs(&["Update GSX Connection", "Update Push Certificates"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it asks Apple about purchases and repairs"))
        .merge_patch()
        .secret(&[(&["body.token", "body.gsxKeystore.keystoreBytes", "body.gsxKeystore.keystorePassword"], Source::Person)])
        .hides(&["token", "keystoreBytes", "keystorePassword"])
        .since("11.7"),
    patch::<Change<Partial<GsxConnection>>>("gsx_connection_update", "/api/v1/gsx-connection")
        .about("Change fields of the GSX connection. A token or keystore that is replaced cannot be read back; test with gsx_connection_test.")
        .needs(&["Update GSX Connection", "Update Push Certificates"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it asks Apple about purchases and repairs"))
        .merge_patch()
        .secret(&[(&["body.token", "body.gsxKeystore.keystoreBytes", "body.gsxKeystore.keystorePassword"], Source::Person)])
        .hides(&["token", "keystoreBytes", "keystorePassword"])
        .since("11.7"),
    post::<Nothing>("gsx_connection_test", "/api/v1/gsx-connection/test")
        .about("Test whether Jamf Pro reaches GSX with the stored connection; changes nothing.")
        .asked(&["is the connection to Apple's GSX fine"])
        .needs(&["Read GSX Connection"])
        .risk(Risk::Read)
        .since("11.7"),
    get::<List>("gsx_connection_history_list", "/api/v1/gsx-connection/history")
        .about("List who changed the GSX connection and when.")
        .needs(&["Read GSX Connection"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.7"),
    post::<Create<Note>>("gsx_connection_history_note", "/api/v1/gsx-connection/history")
        .about("Write a note into the history of the GSX connection; nothing else changes.")
        .needs(&["Update GSX Connection"])
        .affects(A_NOTE)
        .since("11.7"),
];

/// The GSX connection as a whole.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GsxConnection {
    /// Ask GSX at all; false by default.
    pub enabled: bool,
    /// Apple Account that has access to GSX.
    pub username: String,
    /// Apple's sold-to number of the service account.
    #[schemars(length(max = 10))]
    pub service_account_no: String,
    /// Apple's ship-to number of the service account.
    #[schemars(length(max = 10))]
    pub ship_to_no: Option<String>,
    /// Activation token of GSX.
    pub token: String,
    /// Certificate that Jamf Pro identifies itself with to GSX.
    pub gsx_keystore: GsxKeystore,
}

/// A certificate with its private key.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GsxKeystore {
    /// Name of its file, such as `gsx.p12`.
    pub name: String,
    /// The PKCS #12 file in Base64.
    pub keystore_bytes: Option<String>,
    /// Password of the file.
    pub keystore_password: String,
}
