//! The program under test: the one that was just built, or the one that `JAMF_PRO_MCP_BINARY` names, so that the same
//! suite runs against an older build.

use std::path::PathBuf;

/// The path of the program under test.
pub(crate) fn under_test() -> PathBuf {
    std::env::var_os("JAMF_PRO_MCP_BINARY")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_jamf-pro-mcp")), PathBuf::from)
}
