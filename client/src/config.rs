//! What a client is made with: where its tenant is, and who can give the client secret.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use secrecy::SecretString;

use crate::digest_key::DigestKey;
use crate::error::Error;

/// Gives the client secret of an API client, each time that a token is asked for. Where it comes from (a keychain, a file, memory) is the
/// affair of anyone who implements this.
pub trait Credentials: fmt::Debug + Send + Sync {
    /// The client secret.
    ///
    /// # Errors
    /// [`Error::Operator`] when it cannot be had; the message says where it was looked for and never what was found.
    fn secret(&self) -> BoxFuture<'static, Result<SecretString, Error>>;

    /// Where the secret comes from, for messages, such as `the file /etc/jamf/secret`.
    fn source(&self) -> String;
}

/// A client secret that is known already.
impl Credentials for SecretString {
    fn secret(&self) -> BoxFuture<'static, Result<SecretString, Error>> {
        let secret = self.clone();
        Box::pin(async move { Ok(secret) })
    }

    fn source(&self) -> String {
        "memory".to_owned()
    }
}

/// Where a tenant is, and how to sign in to it.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// A name for it, unique in this program.
    pub name: String,
    /// A word for people, such as `prod` or `test`.
    pub label: Option<String>,
    /// Base URL; `https` unless it is loopback.
    pub url: String,
    /// Client id of the API client.
    pub client_id: String,
    /// Gives the client secret.
    pub credentials: Arc<dyn Credentials>,
    /// PEM file with a further certificate authority to trust.
    pub ca_file: Option<PathBuf>,
    /// The key of the digests that stand in the place of secrets.
    pub digest_key: DigestKey,
}
