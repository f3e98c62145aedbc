//! The binary with a state folder and a home of its own, and the first message of a session.

use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use super::binary::under_test;

/// The binary with its streams to the test.
pub(crate) fn binary(arguments: &[&str], state: &TempDir) -> Command {
    let mut command = Command::new(under_test());
    command
        .args(arguments)
        .env("JAMF_PRO_MCP_STATE", state.path())
        .env("HOME", state.path())
        .kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The first message of a client that speaks a version of the protocol.
pub(crate) fn initialize(version: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } } })
}
