//! The fleets of the tenants of one process. Each is opened when it is first asked for, so that a start waits for no file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jamf_pro_client::Reader;
use tokio::sync::OnceCell;

use super::refresh::Fleet;
use crate::config::{FleetConfig, FleetStorage};
use crate::error::Error;

/// The fleets of all tenants. Cloning is free.
#[derive(Clone)]
pub struct Fleets(Arc<Inner>);

struct Inner {
    config: FleetConfig,
    state: PathBuf,
    /// By the key of the tenant.
    opened: HashMap<String, OnceCell<Fleet>>,
}

impl Fleets {
    /// The fleets of these tenants. Nothing is read or written yet.
    pub fn new<'a>(
        config: &FleetConfig,
        state: &Path,
        tenants: impl IntoIterator<Item = &'a Reader>,
    ) -> Self {
        let opened = tenants.into_iter().map(|tenant| (tenant.key(), OnceCell::new())).collect();
        Self(Arc::new(Inner { config: config.clone(), state: state.to_owned(), opened }))
    }

    /// The fleet of a tenant; `None` where the fleet is off.
    ///
    /// # Errors
    /// When its file cannot be used. The next call tries again.
    pub async fn of(&self, tenant: &Reader) -> Result<Option<Fleet>, Error> {
        if self.0.config.storage == FleetStorage::Off {
            return Ok(None);
        }
        let cell = self.0.opened.get(&tenant.key());
        let cell = cell.ok_or_else(|| Error::internal(format!("{} is no tenant here", tenant.name())))?;
        let open = || async {
            let (config, state, tenant) = (self.0.config.clone(), self.0.state.clone(), tenant.clone());
            let opened = tokio::task::spawn_blocking(move || Fleet::open(&config, &state, &tenant)).await;
            let opened =
                opened.map_err(|error| Error::internal(format!("the fleet cannot be opened: {error}")))?;
            opened?.ok_or_else(|| Error::internal("the fleet is off"))
        };
        cell.get_or_try_init(open).await.cloned().map(Some)
    }

    /// End all loads that are under way. What they read stays, and the next load goes on from there.
    pub async fn close(&self) {
        let opened = self.0.opened.values().filter_map(OnceCell::get);
        futures::future::join_all(opened.map(Fleet::close)).await;
    }
}
