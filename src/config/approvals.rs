//! Settings of the approvals page: whether there is one, and where people find it.

use std::fs::File;
use std::path::Path;

use fs4::FileExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Config, RiskClass, SecretSource};
use crate::error::Error;

/// The lock in the state folder that the process holds which serves the page on this machine.
pub(crate) const PAGE_LOCK: &str = "approvals-page.lock";

/// The page on which people approve plans with passkeys.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalsConfig {
    /// Serve the page on this machine, whenever something that takes an approval is allowed.
    pub page: bool,
    /// Port of the page at `http://localhost`. Passkeys belong to it: keep it.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: u16,
    /// Name under which the HTTP server is reached over TLS, such as `mcp.example.com`; with it the page is served there too, for
    /// phones and other machines. An address cannot have passkeys.
    pub name: Option<String>,
    /// Where the web address is found that is told when a plan waits: an incoming webhook of Slack, or any other that takes a POST of JSON
    /// (`text`, `tenant`, `title`, `risk`, `plan`, `link`). Anyone who knows the address can write there, so it is kept like a secret.
    pub notify: Option<SecretSource>,
}

impl Default for ApprovalsConfig {
    fn default() -> Self {
        Self { page: true, port: 8724, name: None, notify: None }
    }
}

impl ApprovalsConfig {
    /// A page that no browser could reach stops the start.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.port == 0 {
            return Err(Error::operator(
                "`approvals.port` is 0; passkeys need a page that stays where it is: from 1 to 65535",
            ));
        }
        Ok(())
    }

    /// Where the page is served now: on this machine by whichever process of the user holds its lock, or under its name by the HTTP server.
    pub fn address_now(&self, state: &Path) -> Option<String> {
        let here = self.is_served(state).then(|| format!("http://localhost:{}/approvals", self.port));
        here.or_else(|| self.name.as_ref().map(|name| format!("https://{name}/approvals")))
    }

    /// Whether a process of the user serves the page on this machine now.
    pub fn is_served(&self, state: &Path) -> bool {
        self.page && is_locked(&state.join(PAGE_LOCK))
    }

    /// Where a person finds the page who reads a notice, maybe on another machine: under its name, where it has one.
    pub fn address_for_notices(&self) -> Option<String> {
        let named = self.name.as_ref().map(|name| format!("https://{name}/approvals"));
        named.or_else(|| self.where_people_find_it())
    }

    /// Where people find the page: on this machine, or under its name where it is not served on this machine.
    pub fn where_people_find_it(&self) -> Option<String> {
        let here = self.page.then(|| format!("http://localhost:{}/approvals", self.port));
        here.or_else(|| self.name.as_ref().map(|name| format!("https://{name}/approvals")))
    }
}

/// A process that serves the page holds the lock until it ends.
fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| FileExt::try_lock_shared(&file).is_err())
}

impl Config {
    /// Whether something is allowed that takes a person's approval.
    pub fn needs_approvals(&self) -> bool {
        use RiskClass::{Critical, Destructive, Secret};
        self.allow.iter().any(|class| matches!(class, Secret | Destructive | Critical))
    }
}
