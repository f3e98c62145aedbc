//! The operating system's keychain.

use crate::error::Error;

/// Read an entry; `account` names it, the service is `jamf-pro-mcp`.
pub(super) fn read(account: &str) -> Result<String, Error> {
    Err(Error::Operator(format!("no keychain for {account}")))
}
