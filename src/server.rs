//! The MCP face: one handler for every transport, written by hand over the catalogue.

use rmcp::ServerHandler;

use crate::calls::Calls;

/// One handler for every transport. Cloning is free.
#[derive(Clone)]
pub struct Handler {
    _calls: Calls,
}

impl Handler {
    /// A handler for callers that arrive over `transport`.
    pub fn new(calls: Calls, transport: &'static str) -> Self {
        let _ = transport;
        Self { _calls: calls }
    }
}

impl ServerHandler for Handler {}
