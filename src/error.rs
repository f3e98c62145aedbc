//! What can go wrong, split by who can act on it.

use std::time::Duration;

use crate::outcome::Outcome;

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
    /// The tenant was not reached, or nothing that can be read came back.
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
    /// Too much is waiting already.
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
    /// A call of a tool that changes something failed, and this became of what it was to change.
    #[error("{}", closed(error, *outcome))]
    Ended {
        /// What became of the call.
        outcome: Outcome,
        /// What went wrong.
        error: Box<Error>,
    },
}

/// An error message with the sentence on the outcome at its end.
fn closed(error: &Error, outcome: Outcome) -> String {
    let message = error.to_string();
    let message = message.trim_end();
    let sentence = outcome.sentence();
    match message.chars().last() {
        _ if message.contains('\n') => format!("{message}\n{sentence}"),
        Some('.' | '!' | '?' | ')') | None => format!("{message} {sentence}"),
        Some(_) => format!("{message}. {sentence}"),
    }
}

impl Error {
    /// The same as the end of a call of a tool that changes something. An error that says the outcome already stays as it is.
    #[must_use]
    pub fn ended(self, outcome: Outcome) -> Self {
        match self {
            ended @ (Self::Ended { .. } | Self::Unknown { .. }) => ended,
            error => Self::Ended { outcome, error: Box::new(error) },
        }
    }

    /// What became of the call that ended with this error, where the error says it.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Ended { outcome, .. } => Some(*outcome),
            Self::Unknown { .. } => Some(Outcome::Unknown),
            _ => None,
        }
    }

    /// What went wrong, without what became of the call.
    pub fn cause(&self) -> &Self {
        match self {
            Self::Ended { error, .. } => error.cause(),
            error => error,
        }
    }

    /// The same, saying which tenant it came from. What has nothing to do with a tenant stays as it is.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        let said = match &mut self {
            Self::Ended { outcome, error } => {
                return Self::Ended { outcome: *outcome, error: Box::new(error.as_ref().clone().at(place)) };
            }
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
