//! What can go wrong at a tenant or on the way to it, split by who can act on it.
//!
//! A [`Message`] keeps what happened apart from what to do about it. It may quote the tenant's own text as it came: the person who shows
//! it cleans it first. It never holds a secret.

use std::fmt;
use std::time::Duration;

/// What happened, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub text: String,
    /// What to do about it, in the imperative and without a full stop; none where nothing is known to help. A boxed text keeps errors small.
    pub hint: Option<Box<str>>,
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self { text: text.into(), hint: None }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            Some(hint) => write!(f, "{}; {hint}", self.text.trim_end_matches('.')),
            None => f.write_str(&self.text),
        }
    }
}

/// A failure, worded for the person who can act on it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The arguments are wrong; the caller can put them right.
    #[error("{0}")]
    Arguments(Message),
    /// A file is not in the folder that files may be sent from; the person who runs the program can change that.
    #[error("{0}")]
    NotAllowed(Message),
    /// Settings or credentials are wrong; the person who runs the program can act.
    #[error("{0}")]
    Operator(Message),
    /// The tenant answered with an error.
    #[error("{0}")]
    Jamf(JamfError),
    /// The tenant was not reached, or nothing that can be read came back.
    #[error("{message}")]
    Unreachable {
        /// What happened.
        message: Message,
        /// When trying again makes sense.
        retry_after: Option<Duration>,
    },
    /// A write left and its outcome is not known.
    #[error("{message}")]
    Unknown {
        /// What was sent; the hint names the read that settles whether it was applied.
        message: Message,
    },
    /// The caller gave the call up.
    #[error("cancelled")]
    Cancelled,
    /// Too much is waiting already.
    #[error("{message}")]
    Busy {
        /// What is full.
        message: Message,
        /// When to try again.
        retry_after: Duration,
    },
    /// A fault of this program.
    #[error("internal error: {0}")]
    Internal(String),
}

/// An error answer of the tenant, the same for both APIs.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct JamfError {
    /// HTTP status.
    pub status: u16,
    /// Jamf's own code, such as `INVALID_ID`, where the answer has one.
    pub code: Option<String>,
    /// The field that it complains of.
    pub field: Option<String>,
    /// What it means, with a shortened description of Jamf's.
    pub message: Message,
}

impl Error {
    pub(crate) fn arguments(message: impl Into<Message>) -> Self {
        Self::Arguments(message.into())
    }

    pub(crate) fn not_allowed(message: impl Into<Message>) -> Self {
        Self::NotAllowed(message.into())
    }

    pub(crate) fn operator(message: impl Into<Message>) -> Self {
        Self::Operator(message.into())
    }

    pub(crate) fn unreachable(message: impl Into<Message>) -> Self {
        Self::Unreachable { message: message.into(), retry_after: None }
    }

    pub(crate) fn busy(message: impl Into<Message>, retry_after: Duration) -> Self {
        Self::Busy { message: message.into(), retry_after }
    }

    /// The same with what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<Box<str>>) -> Self {
        if let Some(message) = self.message_mut() {
            message.hint = Some(hint.into());
        }
        self
    }

    /// What it says, where that is not the same each time.
    pub(crate) fn message_mut(&mut self) -> Option<&mut Message> {
        match self {
            Self::Jamf(error) => Some(&mut error.message),
            Self::Arguments(message)
            | Self::NotAllowed(message)
            | Self::Operator(message)
            | Self::Unreachable { message, .. }
            | Self::Unknown { message }
            | Self::Busy { message, .. } => Some(message),
            Self::Cancelled | Self::Internal(_) => None,
        }
    }
}

/// One line of foreign text in quotes, at most `most` characters of it.
pub(crate) fn quoted(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "'");
    let mut short: String = line.chars().take(most).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    format!("\"{short}\"")
}
