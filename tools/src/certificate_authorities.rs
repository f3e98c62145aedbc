//! Certificate authorities: the public certificates of those that sign what devices identify themselves with, Jamf Pro's
//! built-in one above all.

use schemars::JsonSchema;

use crate::action::{Action, Answer, get};
use crate::args::{Arguments, Nothing, PlatformId};

/// All actions on certificate authorities.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("certificate_authority_active_get", "/api/v1/pki/certificate-authority/active")
        .title("Get the active certificate authority")
        .about("Get the active certificate authority: subject, issuer, fingerprints, and when it expires (notAfter, in seconds since 1970).")
        .asked(&["when does the built-in CA expire", "Jamf's own signing certificate", "built-in certificate authority and its end"])
        .needs_none(),
    get::<Nothing>("certificate_authority_active_der_download", "/api/v1/pki/certificate-authority/active/der")
        .title("Download the active certificate authority as DER")
        .about("Save the public certificate of the active certificate authority as a DER file.")
        .needs_none()
        .answers(Answer::File).impersonal(),
    get::<Nothing>("certificate_authority_active_pem_download", "/api/v1/pki/certificate-authority/active/pem")
        .title("Download the active certificate authority as PEM")
        .about("Get the public certificate of the active certificate authority as PEM text, for a server that is to trust devices.")
        .asked(&["root certificate of Jamf as a file"])
        .needs_none()
        .answers(Answer::Text).impersonal(),
    get::<CertificateAuthority>("certificate_authority_get", "/api/v1/pki/certificate-authority/{id}")
        .about("Get one certificate authority by its UUID; the one in use comes from certificate_authority_active_get.")
        .needs(&["Read PKI"]),
    get::<CertificateAuthority>("certificate_authority_der_download", "/api/v1/pki/certificate-authority/{id}/der")
        .about("Save the public certificate of one certificate authority as a DER file.")
        .needs(&["Read PKI"])
        .answers(Answer::File).impersonal(),
    get::<CertificateAuthority>("certificate_authority_pem_download", "/api/v1/pki/certificate-authority/{id}/pem")
        .about("Get the public certificate of one certificate authority as PEM text.")
        .needs(&["Read PKI"])
        .answers(Answer::Text).impersonal(),
];

/// Which certificate authority.
#[derive(JsonSchema)]
pub struct CertificateAuthority {
    /// UUID of the certificate authority.
    pub id: PlatformId,
}
impl Arguments for CertificateAuthority {}
