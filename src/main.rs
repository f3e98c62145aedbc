//! jamf-pro-mcp.
fn main() {}
