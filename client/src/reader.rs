//! The handle that reads one tenant: [`Reader`] refuses every action that is not a read.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jamf_pro_tools::{Action, Request, Risk};

use crate::config::ClientConfig;
use crate::error::Error;
use crate::{
    Call, Certificate, FieldSelection, Health, Listing, Projection, Reply, Through, Walk, Way, health,
    inspection, key, pages, retry, send, version,
};

/// Reads one tenant: every action of [`Risk::Read`], and nothing else. Cloning is free; all clones and the [`Writer`](crate::Writer) of the
/// tenant share one client.
#[derive(Clone)]
pub struct Reader(pub(crate) Arc<send::Client>);

impl Reader {
    /// A client that reads one tenant and can do nothing else. Nothing is sent yet.
    ///
    /// # Errors
    /// When the base URL, the certificate authority or another setting is wrong.
    pub fn new(config: &ClientConfig) -> Result<Self, Error> {
        Ok(Self(send::Client::new(config, send::Patience::default())?))
    }

    /// The name that the configuration gives it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The word for people that the configuration gives it, such as `prod`.
    pub fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// Which tenant it is, for what is remembered: two of one name at different addresses are two.
    pub fn key(&self) -> String {
        key(self.name(), self.address())
    }

    /// Its base URL.
    pub fn address(&self) -> &str {
        self.0.address.as_str()
    }

    /// Make one read and take its whole answer. It is given up when the caller gives up or at its deadline. In the place of each field that
    /// the action hides stands a digest under the [`DigestKey`](crate::DigestKey) of the tenant, as text: two answers can be compared,
    /// and neither tells the secret.
    ///
    /// # Errors
    /// When the action is no read, when it hides fields and its answer is not JSON, and as [`Error`] says.
    pub async fn read(
        &self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, Error> {
        let reply = self.read_with_secrets(action, request, call).await?;
        if action.hides.is_empty() || reply.body.is_empty() {
            return Ok(reply);
        }
        let projection = Projection::with_digests(action.hides, &self.0.digest_key);
        let body = projection.object(&reply.body, &mut projection.tally());
        let body = body.map_err(|error| {
            Error::unreachable(format!("the answer of {} cannot be read: {error}", action.name))
        })?;
        Ok(Reply { body: body.into(), ..reply })
    }

    /// The same with the secrets as they are: for what is sent back to the tenant as it was, and for parts of them that are none.
    ///
    /// # Errors
    /// When the action is no read, and as [`Error`] says.
    pub async fn read_with_secrets(
        &self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, Error> {
        require_read(action)?;
        Ok(version::send(&self.0, action, request, call, send::Manner::default()).await?)
    }

    /// Walk the rows of a list, projected page by page into the walk's budget. Fields that the action hides are left out.
    ///
    /// # Errors
    /// When the action is no read, when the projection would show what it hides, or when not one page came; later failures are in
    /// [`Listing::failed`].
    pub async fn list(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &FieldSelection,
        walk: &Walk,
        call: &Call,
    ) -> Result<Listing, Error> {
        require_read(action)?;
        require_hidden(action, projection)?;
        pages::walk(&self.0, action, request, projection, walk, None, call).await
    }

    /// The same, with every row going through something on its way.
    ///
    /// # Errors
    /// As those of [`Reader::list`].
    pub async fn list_through(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &FieldSelection,
        walk: &Walk,
        through: &Through,
        call: &Call,
    ) -> Result<Listing, Error> {
        require_read(action)?;
        require_hidden(action, projection)?;
        pages::walk(&self.0, action, request, projection, walk, Some(through), call).await
    }

    /// Version of Jamf Pro, such as `11.32.0`; remembered for an hour.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub async fn version(&self, call: &Call) -> Result<String, Error> {
        version::of(&self.0, call).await.map(|version| version.to_string()).map_err(Error::from)
    }

    /// Its version, when it has been asked already.
    pub fn known_version(&self) -> Option<String> {
        self.0.versions.last_known().map(|version| version.to_string())
    }

    /// Privileges of the API role, sorted.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub async fn privileges(&self, call: &Call) -> Result<Vec<String>, Error> {
        version::privileges(&self.0, call).await
    }

    /// The names of all privileges that this version of Jamf Pro knows.
    ///
    /// # Errors
    /// When the tenant does not say; it takes the privilege "Read API Roles".
    pub async fn privilege_names(&self, call: &Call) -> Result<Vec<String>, Error> {
        version::privilege_names(&self.0, call).await
    }

    /// Whether it is well, by its health check; needs no token.
    ///
    /// # Errors
    /// When no answer came. An answer that is not that of a tenant is in [`Health::fault`].
    pub async fn health(&self, call: &Call) -> Result<Health, Error> {
        health::check(&self.0, call).await
    }

    /// The way that requests take to it.
    pub fn way(&self) -> Way {
        inspection::way(&self.0)
    }

    /// The addresses of the host that requests are sent to: the proxy, where there is one, or the tenant.
    ///
    /// # Errors
    /// When its name is not known.
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, Error> {
        inspection::addresses(&self.0).await
    }

    /// The certificate that the tenant, or what inspects TLS on the way to it, shows; trusted or not. No request is sent. `None` without TLS, and
    /// where none came.
    pub async fn certificate(&self) -> Option<Certificate> {
        inspection::certificate(&self.0).await
    }

    /// Ask for a token now, if there is none, and say how long it is good for. What passes is tried again a few times.
    ///
    /// # Errors
    /// When the credentials or the tenant are wrong.
    pub async fn sign_in(&self, call: &Call) -> Result<Duration, Error> {
        let mut attempt = 1;
        loop {
            let result = tokio::time::timeout_at(call.deadline, self.0.tokens.get()).await;
            let wait = match result {
                Ok(Ok(token)) => return Ok(token.lifetime),
                Ok(Err(Error::Unreachable { retry_after: Some(wait), .. })) if attempt < retry::ATTEMPTS => {
                    wait
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let error = Error::unreachable("no access token: the tenant gave none in time");
                    return Err(error.hint("try again"));
                }
            };
            attempt += 1;
            tokio::time::sleep(wait.min(Duration::from_secs(5))).await;
        }
    }

    /// Give the token back as best effort, at the end of the process.
    pub async fn close(&self) {
        health::give_token_back(&self.0).await;
    }
}

/// Rows of a list have no secrets in them.
fn require_hidden(action: &Action, projection: &FieldSelection) -> Result<(), Error> {
    match action.hides.iter().find(|field| !projection.hidden.contains(field)) {
        None => Ok(()),
        Some(field) => Err(Error::Internal(format!("rows of {} would show {field}", action.name))),
    }
}

/// Whatever is not a read takes the writer.
fn require_read(action: &Action) -> Result<(), Error> {
    match action.risk {
        Risk::Read => Ok(()),
        risk => Err(Error::Internal(format!("{} is no read: its risk is {}", action.name, risk.as_str()))),
    }
}
