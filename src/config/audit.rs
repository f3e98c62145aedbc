//! Settings of the audit log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretSource;
use crate::error::Error;

/// The audit log: how it is cut into files, and where copies of it go.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuditConfig {
    /// Megabytes after which a new file is begun; the older ones stay. 0 for one file without end.
    pub max_megabytes: u32,
    /// Syslog server that gets a copy of every record, over UDP, such as `loghost:514`. While it cannot be reached, copies wait in the log.
    pub syslog: Option<String>,
    /// Web address that gets a copy of every record as a POST of JSON; `https` unless it is loopback. What it does not
    /// take waits in the log; a copy may come twice, with the same `seq`.
    pub webhook: Option<String>,
    /// Where the bearer token for `webhook` is found.
    pub webhook_token: Option<SecretSource>,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { max_megabytes: 64, syslog: None, webhook: None, webhook_token: None }
    }
}

impl AuditConfig {
    /// What cannot work stops the start.
    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(address) = &self.syslog
            && address
                .rsplit_once(':')
                .is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err())
        {
            return Err(Error::operator("`audit.syslog` must be a host and a port, such as loghost:514"));
        }
        let Some(address) = &self.webhook else { return Ok(()) };
        let parsed = url::Url::parse(address).ok();
        let loopback = |url: &url::Url| {
            matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) && url.scheme() == "http"
        };
        match parsed {
            Some(url)
                if !url.username().is_empty()
                    || url.password().is_some()
                    || url.query().is_some()
                    || url.fragment().is_some() =>
            {
                Err(Error::operator(
                    "`audit.webhook` must not hold a user name, a password, a query or a fragment, which end up in logs",
                )
                .hint("name the secret by `audit.webhook_token`"))
            }
            Some(url) if url.scheme() == "https" || loopback(&url) => Ok(()),
            _ => Err(Error::operator(
                "`audit.webhook` must be an address with https, or with http on loopback",
            )),
        }
    }
}
