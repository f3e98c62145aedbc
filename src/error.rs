//! What can go wrong, split by who can act on it.

use std::time::Duration;

use jamf_pro_client::JamfError;
use jamf_pro_client::outcome::Outcome;

use crate::sanitize::text;

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
    #[error("{}", outcome.close(&error.to_string()))]
    Ended {
        /// What became of the call.
        outcome: Outcome,
        /// What went wrong.
        error: Box<Error>,
    },
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

/// The one place where the words of the client become words for people: text of the tenant in them is made inert.
impl From<jamf_pro_client::Error> for Error {
    fn from(error: jamf_pro_client::Error) -> Self {
        use jamf_pro_client::Error as Client;
        let clean = |message: String| text::clean(&message).into_owned();
        match error {
            Client::Arguments(message) => Self::Arguments(clean(message)),
            Client::NotAllowed(message) => Self::NotAllowed(clean(message)),
            Client::Operator(message) => Self::Operator(clean(message)),
            Client::Jamf(error) => Self::Jamf(JamfError {
                status: error.status,
                code: error.code.map(clean),
                field: error.field.map(clean),
                message: clean(error.message),
            }),
            Client::Unreachable { message, retry_after } => {
                Self::Unreachable { message: clean(message), retry_after }
            }
            Client::Unknown { message } => Self::Unknown { message: clean(message) },
            Client::Cancelled => Self::Cancelled,
            Client::Busy { message, retry_after } => Self::Busy { message: clean(message), retry_after },
            Client::Internal(message) => Self::Internal(clean(message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_tenant_in_errors_is_made_inert() {
        let error = JamfError {
            status: 400,
            code: Some("BAD\u{1b}[31m".to_owned()),
            field: Some("na\u{202e}me".to_owned()),
            message: "Jamf says: \"bad \u{1b}[31mname\u{202e}\"".to_owned(),
        };
        let Error::Jamf(error) = Error::from(jamf_pro_client::Error::Jamf(error)) else {
            unreachable!("an error of Jamf stays one")
        };
        assert_eq!((error.code.as_deref(), error.field.as_deref()), (Some("BAD[31m"), Some("name")));
        assert_eq!(error.message, "Jamf says: \"bad [31mname\"");
    }
}
