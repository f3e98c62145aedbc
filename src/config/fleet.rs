//! Settings of the fleet: where what is known of a tenant is kept, and for how long.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What is known of a tenant's devices and configuration: where it is kept, and for how long. It holds personal data.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FleetConfig {
    /// Where it is kept: `disk` (a private file a tenant in the state folder), `memory`, or `off`.
    pub storage: FleetStorage,
    /// Days after which it is deleted when it was not read again.
    pub keep_days: u32,
    /// Parts that a server loads at its start, such as `computers`; `fleet status` lists them.
    pub warm: Vec<String>,
}

/// Where the fleet is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FleetStorage {
    /// A private file a tenant in the state folder, which all processes of the user share.
    #[default]
    Disk,
    /// In memory, by each process for itself.
    Memory,
    /// Nowhere: questions that need it are not answered.
    Off,
}

impl Default for FleetConfig {
    fn default() -> Self {
        Self { storage: FleetStorage::Disk, keep_days: 14, warm: Vec::new() }
    }
}

impl FleetConfig {
    /// What cannot work stops the start.
    pub(super) fn check(&self) -> Result<(), Error> {
        if !(1..=365).contains(&self.keep_days) {
            return Err(Error::operator(
                "`fleet.keep_days` must be from 1 to 365; `fleet.storage` keeps the fleet in memory, or nowhere",
            ));
        }
        if self.storage == FleetStorage::Off && !self.warm.is_empty() {
            return Err(Error::operator(
                "`fleet.warm` names parts to load, and `fleet.storage` is `off`: leave one of them out",
            ));
        }
        Ok(())
    }
}
