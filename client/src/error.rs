//! What can go wrong at a tenant or on the way to it, split by who can act on it.
//!
//! Messages may quote the tenant's own text as it came: the person who shows them cleans them first. They never hold a secret.

use std::time::Duration;

/// A failure, worded for the person who can act on it: what happened, and what to do next.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The arguments are wrong; the caller can put them right.
    #[error("{0}")]
    Arguments(String),
    /// A file is not in the folder that files may be sent from; the person who runs the program can change that.
    #[error("{0}")]
    NotAllowed(String),
    /// Settings or credentials are wrong; the person who runs the program can act.
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
    /// What to do about it, with a shortened description of Jamf's.
    pub message: String,
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
