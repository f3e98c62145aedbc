//! What a caller says beside the arguments of the tool: why, and under which ticket.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::sanitize::text;

/// Longest reason, in characters.
const REASON: usize = 500;

/// Longest ticket number, in characters.
const TICKET: usize = 64;

/// Reason and ticket of a call. Both were written by a model: a person is shown them as such.
#[derive(Debug, Clone, Default)]
pub(super) struct Purpose {
    pub(super) reason: Option<String>,
    pub(super) ticket: Option<String>,
}

impl Purpose {
    /// Take them out of the arguments, none of which Jamf Pro calls so.
    ///
    /// # Errors
    /// When they are no text, or too long.
    pub(super) fn taken(arguments: &mut Map<String, Value>) -> Result<Self, Error> {
        let mut text = |name: &str, most: usize| match arguments.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= most => {
                Ok(Some(text::clean(text.trim()).into_owned()).filter(|text| !text.is_empty()))
            }
            Some(_) => Err(Error::Arguments(format!("`{name}` is a text of at most {most} characters"))),
        };
        Ok(Self { reason: text("reason", REASON)?, ticket: text("ticket", TICKET)? })
    }
}
