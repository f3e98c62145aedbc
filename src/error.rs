//! What can go wrong, split by who can act on it.

use std::time::Duration;

/// A failure, worded for whoever can act on it. [`std::fmt::Display`] is what a model reads: what happened, whether
/// anything was changed, and what to do next. It never holds a secret and never quotes the tenant's own text unchecked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The arguments are wrong; the caller can put them right.
    #[error("{0}")]
    Arguments(String),
    /// This installation does not permit the call; the operator can change that, a model cannot.
    #[error("{0}")]
    NotAllowed(String),
    /// Configuration or credentials are wrong; the operator can act.
    #[error("{0}")]
    Operator(String),
    /// The tenant answered with an error.
    #[error("{0}")]
    Jamf(JamfError),
    /// The tenant was not reached, or nothing that can be read came back; nothing was changed.
    #[error("{message}")]
    Unreachable {
        /// What happened and what to do.
        message: String,
        /// When trying again makes sense.
        retry_after: Option<Duration>,
    },
    /// A write left and its outcome is not known.
    #[error("{message}")]
    Unknown {
        /// What was sent, and which read settles whether it was applied.
        message: String,
    },
    /// The caller gave the call up.
    #[error("cancelled")]
    Cancelled,
    /// Too much is waiting already; nothing was sent.
    #[error("{message}")]
    Busy {
        /// What is full.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// The same, saying which tenant it came from. What has nothing to do with a tenant stays as it is.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        let said = match &mut self {
            Self::Jamf(error) => &mut error.message,
            Self::Unreachable { message, .. } | Self::Unknown { message } | Self::Busy { message, .. } => {
                message
            }
            Self::Arguments(_)
            | Self::NotAllowed(_)
            | Self::Operator(_)
            | Self::Cancelled
            | Self::Internal(_) => return self,
        };
        said.insert_str(0, &format!("[tenant: {place}] "));
        self
    }
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
    /// What to do about it, in our words, with a cleaned and shortened description of Jamf's.
    pub message: String,
}
