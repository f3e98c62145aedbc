//! Who makes a call: the person or token, its client and its connection. Everything above speaks of callers; this module knows nothing of
//! what they call.

use std::sync::Arc;

/// Who makes a call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The operating system's user on stdio and the command line, the token's principal on HTTP.
    pub who: Arc<str>,
    /// Name and version that the client gives itself, such as `claude-code 2.1`.
    pub client: Option<String>,
    /// How it reached us: `stdio`, `http`, `sse`, `cli`, or `server` where a server carries out by itself what people approved.
    pub transport: &'static str,
    /// Which connection it is, where there is one: calls of one conversation have the same.
    pub session: Option<Arc<str>>,
}

impl Caller {
    /// With whom this caller shares its turns at a tenant: calls of the same person by the same connection. Where connections are
    /// not told apart, clients are.
    pub(crate) fn turn(&self) -> Arc<str> {
        let connection = match (&self.session, &self.client) {
            (Some(session), _) => session.as_ref(),
            (None, Some(client)) => client.as_str(),
            (None, None) => "",
        };
        format!("{} by {} {connection}", self.who, self.transport).into()
    }
}

/// Whose token a request shows: put into the request's extensions, where handlers find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(pub String);
