//! Supervision identities: certificates with a private key that let Apple Configurator and other computers pair with
//! supervised devices although pairing is restricted.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{ById, Create, Sorted, Update};
use crate::effects::{Affects, MOBILE_DEVICES};
use crate::secrets::Source;

/// All actions on supervision identities.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("supervision_identity_list", "/api/v1/supervision-identities")
        .about("List supervision identities, the certificates that let computers pair with supervised devices, and when they expire.")
        .asked(&["supervision certificates for Apple Configurator", "supervision identities"])
        .needs(&["Read Apple Configurator Enrollment"])
        .brief(&["id", "displayName", "commonName", "expirationDate"]),
    get::<ById>("supervision_identity_get", "/api/v1/supervision-identities/{id}")
        .about("Get name, common name and expiry of one supervision identity; not its private key.")
        .needs(&["Read Apple Configurator Enrollment"]),
    post::<Create<NewSupervisionIdentity>>("supervision_identity_create", "/api/v1/supervision-identities")
        .about("Create a supervision identity with a new key pair. To bring one along as a .p12 file, use supervision_identity_upload.")
        .asked(&["identity to pair with iPads in Configurator"])
        .needs(&["Update Apple Configurator Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it proves to devices who may pair with them, once it is installed on a Mac"))
        .secret(&[(&["body.password"], Source::Person)]),
    post::<Create<SupervisionIdentityFile>>("supervision_identity_upload", "/api/v1/supervision-identities/upload")
        .about("Upload a supervision identity that exists already, as a .p12 file with its private key.")
        .needs(&["Update Apple Configurator Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it proves to devices who may pair with them, once it is installed on a Mac"))
        .secret(&[(&["body.password", "body.certificateData"], Source::Person)]),
    put::<Update<SupervisionIdentity>>("supervision_identity_update", "/api/v1/supervision-identities/{id}")
        .about("Rename a supervision identity; its certificate, key and password stay.")
        .needs(&["Update Apple Configurator Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it proves to devices who may pair with them, once it is installed on a Mac")),
    delete::<ById>("supervision_identity_delete", "/api/v1/supervision-identities/{id}")
        .about("Delete a supervision identity with its private key: computers may no longer pair with devices supervised by it, until those are erased.")
        .needs(&["Update Apple Configurator Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::Any(MOBILE_DEVICES)),
    get::<ById>("supervision_identity_download", "/api/v1/supervision-identities/{id}/download")
        .about("Reveal a supervision identity as a .p12 file with its private key, to install on a computer that is to pair with devices.")
        .needs(&["Read Apple Configurator Enrollment"])
        .risk(Risk::Secret)
        .affects(Affects::Nothing("it proves to devices who may pair with them, once it is installed on a Mac"))
        .answers(Answer::File).impersonal(),
];

/// A supervision identity.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SupervisionIdentity {
    /// Name shown in Jamf Pro.
    pub display_name: String,
}

/// A supervision identity to make.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewSupervisionIdentity {
    /// Name shown in Jamf Pro, which the certificate's common name is made from.
    pub display_name: String,
    /// Password that protects the .p12 file.
    pub password: String,
}

/// A supervision identity as a file.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SupervisionIdentityFile {
    /// Name shown in Jamf Pro.
    pub display_name: String,
    /// Password of the .p12 file.
    pub password: String,
    /// The .p12 file, in Base64.
    pub certificate_data: Option<String>,
}
