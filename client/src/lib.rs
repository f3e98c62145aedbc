//! A client of Jamf Pro: one a tenant, shared by everything that calls it.
//!
//! It takes actions of the catalogue ([`jamf_pro_tools`]) and answers JSON or projected rows. It owns the token, the turns of callers at
//! the tenant, what may be sent again, and how answers and errors of both APIs are read. It knows nothing of MCP, and does not decide what
//! may be sent: it gives out two handles, so that its user can keep them apart. A [`Reader`] sends reads and nothing else, and has digests
//! in the place of secrets; the [`Writer`] sends every action.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! use jamf_pro_client::{Call, ClientConfig, DigestKey, FieldSelection, Walk, Writer};
//! use jamf_pro_tools::Catalogue;
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A tenant to try it on.
//! let simulated = jamf_pro_demo::Tenant::start(jamf_pro_demo::Options::default()).await?;
//! let writer = Writer::new(&ClientConfig {
//!     name: "demo".to_owned(),
//!     label: None,
//!     url: simulated.url(),
//!     client_id: simulated.client_id().to_owned(),
//!     credentials: Arc::new(secrecy::SecretString::from(simulated.client_secret().to_owned())),
//!     ca_file: None,
//!     digest_key: DigestKey::new([7; 32]),
//! })?;
//!
//! let reader = writer.reader();
//! let call = Call::new("an example", Duration::from_secs(30));
//!
//! let list = Catalogue::get().find("building_list").ok_or("no such action")?;
//! let request = list.request(&list.check(serde_json::Map::new())?)?;
//! let wanted = FieldSelection { fields: vec!["id".to_owned(), "name".to_owned()], hidden: list.hides };
//! let walk = Walk { offset: 0, page_size: 100, all: true, budget: 100_000 };
//! let buildings = reader.list(list, &request, &wanted, &walk, &call).await?;
//! assert_eq!(buildings.total, Some(6));
//!
//! let create = Catalogue::get().find("building_create").ok_or("no such action")?;
//! let arguments = serde_json::json!({ "body": { "name": "Annex" } });
//! let request = create.request(&create.check(arguments.as_object().cloned().unwrap_or_default())?)?;
//! assert!(reader.read(create, &request, &call).await.is_err());
//! assert_eq!(writer.send(create, &request, &call).await?.status, 201);
//! # Ok(())
//! # }
//! ```

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use jamf_pro_tools::Action;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use outcome::Tracker;

mod address;
mod admin;
mod charset;
mod circuit;
mod config;
mod connection;
mod digest_key;
mod disposition;
mod error;
mod exchange;
mod health;
mod inspection;
mod node;
pub mod outcome;
mod page;
mod pages;
pub mod project;
mod queue;
mod reader;
mod reply;
mod retry;
mod send;
mod sign_in;
mod spare;
mod token;
mod transport;
mod upload;
mod version;
mod writer;

pub use admin::{AdminSession, client_body, role_body};
pub use config::{ClientConfig, Credentials};
pub use digest_key::DigestKey;
pub use error::{Error, JamfError, Message};
pub use health::Health;
pub use inspection::{Certificate, Way};
pub use project::Projection;
pub use reader::Reader;
pub use upload::{FileSeal, seal_file, whole};
pub use writer::Writer;

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
pub struct AnswerFlag(Arc<AtomicBool>);

impl AnswerFlag {
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
    /// Gets the progress of walks over pages and on uploads.
    pub progress: Option<Progress>,
    /// Folder that files may be uploaded from.
    pub files: Option<Arc<Path>>,
    /// The file that is uploaded, as it was when somebody looked at it: no other one is sent.
    pub seal: Option<Arc<FileSeal>>,
    /// Knows what became of the writes of this call.
    pub tracker: Tracker,
    /// Knows whether a read of this call was answered.
    pub has_answer: AnswerFlag,
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
            seal: None,
            tracker: Tracker::default(),
            has_answer: AnswerFlag::default(),
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
    pub is_cut: bool,
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
pub struct FieldSelection {
    /// Dotted paths, as of the action's own path; empty for every field.
    pub fields: Vec<String>,
    /// Fields that are always stripped.
    pub hidden: &'static [&'static str],
}

impl FieldSelection {
    /// The projection for the action's own path, or for an older one.
    pub fn projection(&self, action: &Action, older: bool) -> Projection {
        let fields: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        Projection::new(&fields, self.hidden, if older { action.renamed } else { &[] })
    }
}

#[cfg(test)]
mod tests;
