//! One call, from a tool's name and arguments to an answer: the path that MCP and the command line share.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::Error;
use crate::surface::Surface;

/// Who makes a call.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The operating system's user on stdio and the command line, the token's principal on HTTP.
    pub who: Arc<str>,
    /// Name and version that the client gives itself, such as `claude-code 2.1`.
    pub client: Option<String>,
    /// How it reached us: `stdio`, `http`, `sse` or `cli`.
    pub transport: &'static str,
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the caller reads: JSON or CSV, or an error in words.
    pub text: String,
    /// The call failed; the text says what to do.
    pub is_error: bool,
}

/// Everything that is shared by all callers of one process. Cloning is free.
#[derive(Clone)]
pub struct Calls(Arc<Inner>);

struct Inner {
    surface: Surface,
}

impl Calls {
    /// Make ready for calls; nothing is sent yet and the tenant need not be up.
    ///
    /// # Errors
    /// When the configuration cannot work: an unknown tool or toolset, a URL that is none, a state folder that cannot be written.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner { surface: Surface::new(config)? })))
    }

    /// What is listed and what is allowed.
    pub fn surface(&self) -> &Surface {
        &self.0.surface
    }

    /// Make one call. Failures are answers with `is_error`, worded for whoever can act.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        caller: &Caller,
        cancelled: CancellationToken,
        progress: Option<Arc<dyn Fn(u64, Option<u64>) + Send + Sync>>,
    ) -> Answer {
        let _ = (tool, arguments, caller, cancelled, progress);
        Answer { text: String::new(), is_error: true }
    }

    /// Let calls that are under way end, up to a limit; write what is pending; give tokens back.
    pub async fn close(&self) {}
}
