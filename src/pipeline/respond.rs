//! Last step of a call: what it came to becomes text, once.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use super::Waiting;
use crate::error::{Error, Kind};
use crate::render::files::Link;
use crate::render::{self, Limits, place};
use crate::sanitize::secrets;

/// What a call came to.
#[derive(Debug, Clone)]
pub(super) enum Response {
    /// Rows, an object or a text of the tenant, laid out within the limits.
    Text(String),
    /// What became of a write or a plan, or what a job found; personal data are redacted.
    Fields(Map<String, Value>),
}

impl Response {
    /// What a job found.
    pub(super) fn of_job(found: Value, limits: &Limits) -> Self {
        Self::Fields(render::job(found, limits))
    }

    /// Fields; anything else is the field `result`.
    pub(super) fn of_value(value: Value) -> Self {
        match value {
            Value::Object(fields) => Self::Fields(fields),
            value => Self::Fields(Map::from_iter([("result".to_owned(), value)])),
        }
    }

    /// The fields; a text is the field `result`.
    pub(super) fn into_fields(self) -> Map<String, Value> {
        match self {
            Self::Fields(fields) => fields,
            Self::Text(text) => Map::from_iter([("result".to_owned(), json!(text))]),
        }
    }

    /// As its caller reads it.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Fields(fields) => Value::Object(fields).to_string(),
        }
    }
}

/// What a call came to, and the tenant that it is of, where there is more than one.
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) place: Option<String>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, place: None }
    }
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub struct ToolResult {
    /// What the caller reads: JSON or CSV, or an error in words.
    pub text: String,
    /// The call failed; the text says what to do.
    pub is_error: bool,
    /// What failed, for anyone who tells kinds of failures apart.
    pub error: Option<Error>,
    /// Files that it was saved into.
    pub links: Vec<Link>,
}

/// Make text of what a call of a tool came to.
pub(super) fn tool_result(
    tool: &str,
    result: Result<Answer, Error>,
    limits: &Limits,
    waiting: &Waiting,
) -> ToolResult {
    match result {
        Ok(Answer { response, place }) => {
            let text = response.into_text();
            let text = match &place {
                Some(place) => place::with_tenant(&text, place).into_owned(),
                None => text,
            };
            let text = secrets::left_out(&text).into_owned();
            ToolResult { text, is_error: false, error: None, links: waiting.links.all() }
        }
        Err(error) => {
            let text = render::error(&error, limits, waiting.discretion.as_deref());
            let text = secrets::left_out(&text).into_owned();
            match error.kind() {
                // For the operator to fix: the caller may never show them.
                Kind::Operator | Kind::Internal => {
                    tracing::warn!(tool, error = text, "a call failed")
                }
                _ => tracing::debug!(tool, error = text, "a call failed"),
            }
            ToolResult { text, is_error: true, error: Some(error), links: Vec::new() }
        }
    }
}

/// Files that a call saved, gathered on the way; a call that passes on another shares them.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Mutex<Vec<Link>>>);

impl Links {
    pub(super) fn add(&self, link: Link) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(link);
    }

    fn all(&self) -> Vec<Link> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
