//! The `jamf-pro-mcp` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    jamf_pro_mcp::cli::main()
}
