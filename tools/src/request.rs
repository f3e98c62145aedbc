//! A call laid out for the wire: pure data, made from checked arguments, sent by somebody else.

use serde_json::Value;

use crate::action::{Action, Method};

/// What is to be sent. The path begins at the tenant's root, is percent-encoded and has exactly the segments of the
/// action's template; the query's values are not encoded yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The action it is a call of.
    pub action: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Percent-encoded path, such as `/api/v1/buildings/7`.
    pub path: String,
    /// The same call at the action's older paths, the newest first: (first version without it, path).
    pub older: Vec<(&'static str, String)>,
    /// Query pairs in order; a name may repeat.
    pub query: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// Body of a [`Request`].
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// `application/json`.
    Json(Value),
    /// `application/merge-patch+json`.
    MergePatch(Value),
    /// `application/xml`, a whole document.
    Xml(String),
    /// `multipart/form-data` with one file; `path` is the caller's own word and is not yet known to be allowed.
    Upload {
        /// Multipart field.
        field: &'static str,
        /// The file that the caller names.
        path: String,
    },
}

impl Action {
    /// Lay checked arguments out as a request.
    pub(crate) fn lay_out(&self) -> Option<Request> {
        None
    }
}
