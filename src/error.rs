//! What can go wrong. An [`Error`] says what happened, what to do about it, and, for a call that changes something, what became of it.

use std::fmt;
use std::time::Duration;

use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{JamfError, Message};

use crate::sanitize::text;

/// Who can act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller: the arguments are wrong.
    Caller,
    /// The operator, or a person who approves: this deployment does not permit the call. The caller cannot change that.
    NotAllowed,
    /// The operator: the configuration or the credentials are wrong.
    Operator,
    /// The tenant answered with an error of this HTTP status.
    Jamf(u16),
    /// The tenant was not reached, or its answer cannot be read.
    Unreachable,
    /// The caller: a write left and no answer says whether it was carried out. The message names the read that settles it.
    Unknown,
    /// Nobody yet: too many calls wait already.
    Busy,
    /// The caller gave the call up.
    Cancelled,
    /// The developers: a fault of this program.
    Internal,
}

/// A failure. [`fmt::Display`] writes the tenant (where it is set), what happened, what to do, and the outcome of the call (where it is
/// set). It never holds a secret and never quotes the tenant's own text unchecked.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    message: String,
    hint: Option<String>,
    retry_after: Option<Duration>,
    outcome: Option<Outcome>,
    tenant: Option<String>,
    source: Option<JamfError>,
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|error| error as _)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, outcome, tenant, .. } = &*self.0;
        let tenant = tenant.iter().map(|tenant| format!("[tenant: {tenant}] ")).collect::<String>();
        let text = format!("{tenant}{}", self.reason());
        match outcome {
            Some(outcome) if *kind != Kind::Unknown => f.write_str(&outcome.close(&text)),
            _ => f.write_str(&text),
        }
    }
}

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            hint: None,
            retry_after: None,
            outcome: None,
            tenant: None,
            source: None,
        }))
    }

    /// The arguments are wrong.
    pub fn caller(message: impl Into<String>) -> Self {
        Self::new(Kind::Caller, message)
    }

    /// This deployment does not permit the call.
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(Kind::NotAllowed, message)
    }

    /// The configuration or the credentials are wrong.
    pub fn operator(message: impl Into<String>) -> Self {
        Self::new(Kind::Operator, message)
    }

    /// The tenant was not reached, or its answer cannot be read.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// A write left and no answer says whether it was carried out. The message says what was sent, and which read settles it.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(Kind::Unknown, message).with_outcome(Outcome::Unknown)
    }

    /// Too many calls wait already; try again after this time.
    pub fn busy(message: impl Into<String>, retry_after: Duration) -> Self {
        let mut error = Self::new(Kind::Busy, message);
        error.0.retry_after = Some(retry_after);
        error
    }

    /// The caller gave the call up.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "cancelled")
    }

    /// A fault of this program.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, format!("internal error: {message}"))
    }

    /// The tenant answered with an error.
    pub fn jamf(error: JamfError) -> Self {
        let mut made = Self::new(Kind::Jamf(error.status), "").with_client_message(error.message.clone());
        made.0.source = Some(error);
        made
    }

    /// The same with what the client says happened and what to do about it.
    fn with_client_message(mut self, message: Message) -> Self {
        self.0.message = message.text;
        self.0.hint = message.hint.map(String::from);
        self
    }

    /// The same with one thing to do, in the imperative, without a full stop.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The same with another message; what was to be done about it goes with the old one.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self.0.hint = None;
        self
    }

    /// The same as the end of a call of a tool that changes something. An error that says the outcome already stays as it is.
    #[must_use]
    pub fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome.get_or_insert(outcome);
        self
    }

    /// The same, saying which tenant it came from. An error that has nothing to do with a tenant stays as it is.
    #[must_use]
    pub fn at(mut self, tenant: &str) -> Self {
        if matches!(self.0.kind, Kind::Jamf(_) | Kind::Unreachable | Kind::Unknown | Kind::Busy) {
            self.0.tenant = Some(tenant.to_owned());
        }
        self
    }

    /// Who can act on it.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where something is known to help.
    pub fn cure(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What happened and what to do about it, without the tenant and without what became of the call.
    pub fn reason(&self) -> String {
        match &self.0.hint {
            Some(hint) => format!("{}; {hint}", self.message().trim_end_matches('.')),
            None => self.message().to_owned(),
        }
    }

    /// When trying again makes sense, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What became of the call that ended with this error, where the error says it.
    pub fn outcome(&self) -> Option<Outcome> {
        self.0.outcome
    }

    /// The tenant answered with an error.
    pub fn is_of_jamf(&self) -> bool {
        matches!(self.0.kind, Kind::Jamf(_))
    }

    /// The tenant answered with an error of this HTTP status.
    pub fn is_status(&self, status: u16) -> bool {
        self.0.kind == Kind::Jamf(status)
    }

    /// The same without what became of the call.
    #[must_use]
    pub fn without_outcome(mut self) -> Self {
        self.0.outcome = None;
        if self.0.kind == Kind::Unknown {
            self.0.kind = Kind::Unreachable;
        }
        self
    }
}

/// The one place where the words of the client become words for people: text of the tenant in them is made inert.
impl From<jamf_pro_client::Error> for Error {
    fn from(error: jamf_pro_client::Error) -> Self {
        use jamf_pro_client::Error as Client;
        let clean = |text: String| text::clean(&text).into_owned();
        let clean_message = |message: Message| Message {
            text: clean(message.text),
            hint: message.hint.map(|hint| clean(hint.into()).into()),
        };
        let (error, message) = match error {
            Client::Arguments(message) => (Self::caller(""), message),
            Client::NotAllowed(message) => (Self::not_allowed(""), message),
            Client::Operator(message) => (Self::operator(""), message),
            Client::Jamf(error) => {
                return Self::jamf(JamfError {
                    status: error.status,
                    code: error.code.map(clean),
                    field: error.field.map(clean),
                    message: clean_message(error.message),
                });
            }
            Client::Unreachable { message, retry_after } => {
                let mut error = Self::unreachable("");
                error.0.retry_after = retry_after;
                (error, message)
            }
            Client::Unknown { message } => (Self::unknown(""), message),
            Client::Busy { message, retry_after } => (Self::busy("", retry_after), message),
            Client::Cancelled => return Self::cancelled(),
            Client::Internal(message) => return Self::internal(clean(message)),
        };
        error.with_client_message(clean_message(message))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn text_of_the_tenant_in_errors_is_made_inert() {
        let error = JamfError {
            status: 400,
            code: Some("BAD\u{1b}[31m".to_owned()),
            field: Some("na\u{202e}me".to_owned()),
            message: Message {
                text: "Jamf says: \"bad \u{1b}[31mname\u{202e}\".".to_owned(),
                hint: Some("try \u{202e}again".into()),
            },
        };
        let error = Error::from(jamf_pro_client::Error::Jamf(error));
        let source = error.source().unwrap().downcast_ref::<JamfError>().unwrap();
        assert_eq!((source.code.as_deref(), source.field.as_deref()), (Some("BAD[31m"), Some("name")));
        assert_eq!(error.to_string(), "Jamf says: \"bad [31mname\"; try again");
    }

    #[test]
    fn an_error_says_what_happened_what_to_do_and_the_outcome() {
        let error =
            Error::unreachable("no connection").hint("try again").at("acme").with_outcome(Outcome::NotSent);
        assert_eq!(error.to_string(), "[tenant: acme] no connection; try again. Nothing was sent.");
        let settled =
            Error::caller("no id").with_outcome(Outcome::Unknown).with_outcome(Outcome::NotSent).at("acme");
        assert_eq!(settled.outcome(), Some(Outcome::Unknown));
        assert!(settled.to_string().starts_with("no id. "), "{settled}");
    }
}
