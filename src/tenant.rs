//! The Jamf Pro client: one a tenant, shared by everything that calls it.

use std::sync::Arc;

use bytes::Bytes;
use jamf_pro_tools::{Action, Request};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::TenantConfig;
use crate::error::Error;

pub mod project;

pub use project::Projection;

/// One tenant's client. Cloning is free.
#[derive(Clone)]
pub struct Tenant(Arc<Inner>);

struct Inner {
    name: String,
}

/// What a call brings along: whose it is, until when, and how it is given up.
#[derive(Clone)]
pub struct Call {
    /// Who calls, for taking turns.
    pub caller: Arc<str>,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Fires when the caller gives up. A write that has left is not stopped by it.
    pub cancelled: CancellationToken,
    /// Told of progress on page walks: (rows so far, rows in all).
    pub progress: Option<Arc<dyn Fn(u64, Option<u64>) + Send + Sync>>,
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
    /// Set when the tenant is older and the call went to this older path.
    pub older_path: Option<&'static str>,
}

/// Which rows of a list are wanted.
#[derive(Debug, Clone)]
pub struct Walk {
    /// First page, from 0.
    pub page: u32,
    /// Rows a page as the caller counts them.
    pub page_size: u32,
    /// Go on to the end instead of one page.
    pub all: bool,
    /// Stop taking rows when their JSON text adds up to this many bytes.
    pub budget: usize,
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
    pub fn new(name: &str, config: &TenantConfig) -> Result<Self, Error> {
        let _ = config;
        Ok(Self(Arc::new(Inner { name: name.to_owned() })))
    }

    /// The name that the configuration gives it.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Send one call and take its whole answer.
    ///
    /// # Errors
    /// As [`Error`] says; a write whose outcome is not known is [`Error::Unknown`].
    pub async fn send(
        &self,
        action: &'static Action,
        request: &Request,
        call: &Call,
    ) -> Result<Reply, Error> {
        let _ = (action, request, call);
        Err(Error::Internal("unwritten".to_owned()))
    }

    /// Walk the rows of a list, projected page by page into the walk's budget.
    ///
    /// # Errors
    /// Only when not one page came; later failures are in [`Listing::failed`].
    pub async fn list(
        &self,
        action: &'static Action,
        request: &Request,
        projection: &Projection,
        walk: &Walk,
        call: &Call,
    ) -> Result<Listing, Error> {
        let _ = (action, request, projection, walk, call);
        Err(Error::Internal("unwritten".to_owned()))
    }

    /// Version of Jamf Pro, such as `11.32.0`; asked once and remembered.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub async fn version(&self, call: &Call) -> Result<String, Error> {
        let _ = call;
        Err(Error::Internal("unwritten".to_owned()))
    }

    /// Privileges of the API role, sorted.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub async fn privileges(&self, call: &Call) -> Result<Vec<String>, Error> {
        let _ = call;
        Err(Error::Internal("unwritten".to_owned()))
    }

    /// Give the token back as best effort, at the end of the process.
    pub async fn close(&self) {}
}
