//! Which tools are allowed, and which of them are listed.

use jamf_pro_tools::Action;

use crate::config::Config;
use crate::error::Error;

/// The tools of one configuration.
#[derive(Debug, Clone)]
pub struct Surface {
    listed: Vec<&'static Action>,
}

impl Surface {
    /// Work out what is allowed and listed.
    ///
    /// # Errors
    /// When the configuration names a tool, pattern or toolset that does not exist; the error has the nearest right name.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let _ = config;
        Ok(Self { listed: Vec::new() })
    }

    /// The listed actions, in the order of `tools/list`.
    pub fn listed(&self) -> &[&'static Action] {
        &self.listed
    }
}
