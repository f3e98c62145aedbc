//! A client of Jamf Pro: one a tenant, shared by everything that calls it.
//!
//! It takes actions of the catalogue ([`jamf_pro_tools`]) and answers JSON or projected rows. It owns the token, the turns of callers at
//! the tenant, what may be sent again, and how answers and errors of both APIs are read. It knows nothing of MCP, and does not decide what
//! may be sent.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! use jamf_pro_client::{Call, ClientConfig, Tenant, Walk, Wanted};
//! use jamf_pro_tools::Catalogue;
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A tenant to try it on.
//! let simulated = jamf_pro_demo::Tenant::start(jamf_pro_demo::Options::default()).await?;
//! let tenant = Tenant::new(&ClientConfig {
//!     name: "demo".to_owned(),
//!     label: None,
//!     url: simulated.url(),
//!     client_id: simulated.client_id().to_owned(),
//!     credentials: Arc::new(secrecy::SecretString::from(simulated.client_secret().to_owned())),
//!     ca_file: None,
//! })?;
//!
//! let action = Catalogue::get().find("building_list").ok_or("no such action")?;
//! let arguments = action.check(serde_json::Map::new())?;
//! let request = action.request(&arguments)?;
//! let wanted = Wanted { fields: vec!["id".to_owned(), "name".to_owned()], hidden: action.hides };
//! let walk = Walk { offset: 0, page_size: 100, all: true, budget: 100_000 };
//! let call = Call::new("an example", Duration::from_secs(30));
//! let buildings = tenant.list(action, &request, &wanted, &walk, &call).await?;
//! assert_eq!(buildings.total, Some(6));
//! # Ok(())
//! # }
//! ```

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use jamf_pro_tools::{Action, Method, Request, Risk};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use outcome::{Outcome, Tracker};

mod address;
mod charset;
mod circuit;
mod config;
mod connection;
mod disposition;
mod error;
mod exchange;
mod health;
mod node;
pub mod outcome;
mod page;
mod pages;
pub mod project;
mod queue;
mod reply;
mod retry;
mod send;
mod sign_in;
mod token;
mod transport;
mod upload;
mod version;

pub use config::{ClientConfig, Credentials};
pub use error::{Error, JamfError};
pub use health::Health;
pub use project::Projection;
use retry::Failure;
pub use upload::{Sealed, sealed, whole};

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What is done so far.
    pub done: u64,
    /// What there is in all, where it is known.
    pub total: Option<u64>,
    /// What is counted, such as `rows read`.
    pub what: &'static str,
}

/// Told how far a call is.
pub type Progress = Arc<dyn Fn(Step) + Send + Sync>;

/// One tenant's client. Cloning is free.
#[derive(Clone)]
pub struct Tenant(Arc<send::Client>);

/// The number of a call in this process: requests of one call have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallId(u64);

impl CallId {
    /// A number that no call had before.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Whether a read of one call was answered. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Answered(Arc<AtomicBool>);

impl Answered {
    /// A read was answered.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a call brings along: whose it is, until when, and how it is given up.
#[derive(Clone)]
pub struct Call {
    /// Which call it is.
    pub id: CallId,
    /// Who calls, and by which connection, for taking turns.
    pub caller: Arc<str>,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Fires when the caller gives up. A write that has left is not stopped by it.
    pub cancelled: CancellationToken,
    /// Told of progress on walks over pages and on uploads.
    pub progress: Option<Progress>,
    /// Folder that files may be uploaded from.
    pub files: Option<Arc<Path>>,
    /// The file that is uploaded, as it was when somebody looked at it: no other one is sent.
    pub sealed: Option<Arc<Sealed>>,
    /// Knows what became of the writes of this call.
    pub tracker: Tracker,
    /// Knows whether a read of this call was answered.
    pub answered: Answered,
}

impl Call {
    /// A call of `caller` that waits this long, and reports no progress.
    pub fn new(caller: &str, patience: Duration) -> Self {
        Self {
            id: CallId::new(),
            caller: caller.into(),
            deadline: Instant::now() + patience,
            cancelled: CancellationToken::new(),
            progress: None,
            files: None,
            sealed: None,
            tracker: Tracker::default(),
            answered: Answered::default(),
        }
    }
}

/// A successful answer, whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status, 2xx.
    pub status: u16,
    /// Media type without parameters, lower case; empty when there is none.
    pub media_type: String,
    /// File name that the tenant suggests, if any; not to be trusted.
    pub file_name: Option<String>,
    /// The body.
    pub body: Bytes,
    /// Why the body is not whole. Only an answer to a write has this: its status says that the write was done.
    pub incomplete: Option<String>,
    /// Set when the tenant is older and the call went to this older path.
    pub older_path: Option<&'static str>,
}

/// Which rows of a list are wanted.
#[derive(Debug, Clone)]
pub struct Walk {
    /// First row, from 0.
    pub offset: u64,
    /// Rows a page as the caller counts them.
    pub page_size: u32,
    /// Go on to the end instead of one page.
    pub all: bool,
    /// Take no more rows when their JSON text adds up to this many bytes.
    pub budget: usize,
}

/// What becomes of a row that was read: its text as it is answered, or nothing when it is not one of those asked for.
pub type Each = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What rows go through on their way into an answer.
#[derive(Clone)]
pub struct Through {
    /// What becomes of each.
    pub each: Each,
    /// Rows are judged here: a walk goes through all of them, and shows these of those that pass.
    pub window: Option<Window>,
}

/// Some of the rows that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows before the first one.
    pub first: u64,
    /// Rows at most.
    pub most: u64,
}

/// Rows of a list, projected, and everything that must be said about them.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// JSON text of each row.
    pub rows: Vec<String>,
    /// How many rows the tenant says there are.
    pub total: Option<u64>,
    /// Rows that were read, shown or not.
    pub read: u64,
    /// Pages that were read.
    pub pages: u32,
    /// Rows that passed, where they are judged here.
    pub passed: Option<u64>,
    /// The budget was full before the page, or the walk, was at its end.
    pub cut: bool,
    /// Position, counted in rows from the start, at which to go on; `None` at the end.
    pub next_offset: Option<u64>,
    /// Wanted fields that no row had.
    pub absent: Vec<String>,
    /// Wanted top-level sections that were null in every row.
    pub null_sections: Vec<String>,
    /// What else the reader must know: a clamped page, drift, duplicates dropped.
    pub notes: Vec<String>,
    /// A page failed; what came before it stands.
    pub failed: Option<Error>,
    /// Set when the tenant is older and the call went to this older path.
    pub older_path: Option<&'static str>,
}

impl Tenant {
    /// A client for one tenant. Nothing is sent yet.
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

    /// Send one call and take its whole answer.
    ///
    /// A read is given up when the caller gives up or at its deadline. A write is given up only before it leaves: once it has,
    /// this future should be left to end, in a task of its own, for its outcome to be known.
    ///
    /// # Errors
    /// As [`Error`] says; a write whose outcome is not known is [`Error::Unknown`].
    pub async fn send(
        &self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, Error> {
        let is_write = action.risk > Risk::Read && action.method != Method::Get;
        let pending = is_write.then(|| call.tracker.begin());
        let sent = version::send(&self.0, action, request, call, send::Manner::default()).await;
        if let Some(pending) = pending {
            pending.settle(outcome_of(&sent, call));
        }
        sent.map_err(Error::from)
    }

    /// Walk the rows of a list, projected page by page into the walk's budget.
    ///
    /// # Errors
    /// Only when not one page came; later failures are in [`Listing::failed`].
    pub async fn list(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &Wanted,
        walk: &Walk,
        call: &Call,
    ) -> Result<Listing, Error> {
        pages::walk(&self.0, action, request, projection, walk, None, call).await
    }

    /// The same, with every row going through something on its way.
    ///
    /// # Errors
    /// As those of [`Tenant::list`].
    pub async fn list_through(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &Wanted,
        walk: &Walk,
        through: Option<&Through>,
        call: &Call,
    ) -> Result<Listing, Error> {
        pages::walk(&self.0, action, request, projection, walk, through, call).await
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
        self.0.versions.known().map(|version| version.to_string())
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

    /// Ask for a token now, if there is none. What passes is tried again a few times.
    ///
    /// # Errors
    /// When the credentials or the tenant are wrong.
    pub async fn sign_in(&self, call: &Call) -> Result<(), Error> {
        let mut attempt = 1;
        loop {
            let result = tokio::time::timeout_at(call.deadline, self.0.tokens.get()).await;
            let wait = match result {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(Error::Unreachable { retry_after: Some(wait), .. })) if attempt < retry::ATTEMPTS => {
                    wait
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let message = "no access token: the tenant gave none in time. Try again".to_owned();
                    return Err(Error::Unreachable { message, retry_after: None });
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

/// What became of a write, by how its request ended.
fn outcome_of(sent: &Result<Reply, send::Missed>, call: &Call) -> Outcome {
    let missed = match sent {
        Ok(reply) if reply.incomplete.is_some() => return Outcome::Unconfirmed,
        Ok(_) => return Outcome::Done,
        Err(missed) => missed,
    };
    // An upload that was stopped because the file changed never became a whole request.
    let is_broken_off = call.sealed.as_ref().is_some_and(|sealed| sealed.has_changed());
    match (&missed.error, missed.failure) {
        (Error::Unknown { .. }, _) if is_broken_off => Outcome::NotSent,
        (Error::Unknown { .. }, _) => Outcome::Unknown,
        (_, Failure::NotSent | Failure::Resting | Failure::NoConnection) => Outcome::NotSent,
        _ => Outcome::Failed,
    }
}

/// Which tenant it is, by its name here and its base URL.
pub fn key(name: &str, address: &str) -> String {
    format!("{name} at {address}")
}

/// Whether one version of Jamf Pro, such as `11.30.2`, is before another. What is no version is before none.
pub fn is_before(version: &str, other: &str) -> bool {
    version::Version::parse(version).is_some_and(|version| version.is_before(other))
}

/// The fields that a list is asked for; a projection of it is made for the path that the tenant turns out to have.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Dotted paths, as of the action's own path; empty for every field.
    pub fields: Vec<String>,
    /// Fields that are always stripped.
    pub hidden: &'static [&'static str],
}

impl Wanted {
    /// The projection for the action's own path, or for an older one.
    pub fn projection(&self, action: &Action, older: bool) -> Projection {
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        Projection::new(&fields, self.hidden, if older { action.renamed } else { &[] })
    }
}

#[cfg(test)]
mod tests;
