//! The fleets of the tenants of one process. Each is opened when it is first asked for, so that a start waits for no file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jamf_pro_client::Reader;
use tokio::sync::OnceCell;

use super::parts::{PARTS, Part};
use super::refresh::Fleet;
use super::store::{Configuration, Store, delete_unwanted, erase};
use crate::config::{Config, FleetConfig, FleetStorage};
use crate::error::Error;

/// The fleets of all tenants. Cloning is free.
#[derive(Clone)]
pub struct Fleets(Arc<Inner>);

struct Inner {
    config: FleetConfig,
    /// The configuration file.
    file: Option<PathBuf>,
    state: PathBuf,
    /// Parts that are loaded at the start of a server.
    warm: Vec<&'static Part>,
    /// By the key of the tenant.
    tenants: HashMap<String, (Reader, OnceCell<Fleet>)>,
}

impl Fleets {
    /// The fleets of these tenants. Nothing is read or written yet.
    ///
    /// # Errors
    /// When `fleet.warm` names a part that there is not.
    pub fn new<'a>(
        config: &Config,
        state: &Path,
        tenants: impl IntoIterator<Item = &'a Reader>,
    ) -> Result<Self, Error> {
        let find = |name: &String| {
            Part::find(name).ok_or_else(|| {
                let names = PARTS.iter().map(|part| part.name).collect::<Vec<_>>().join(", ");
                Error::operator(format!(
                    "`fleet.warm` has `{name}`, which is no part of the fleet; parts are {names}"
                ))
            })
        };
        let warm = config.fleet.warm.iter().map(find).collect::<Result<_, _>>()?;
        let tenants = tenants.into_iter().map(|tenant| (tenant.key(), (tenant.clone(), OnceCell::new())));
        Ok(Self(Arc::new(Inner {
            config: config.fleet.clone(),
            file: config.file.clone(),
            state: state.to_owned(),
            warm,
            tenants: tenants.collect(),
        })))
    }

    /// What a server does at its start, beside what it serves: delete the files that the configuration does not keep, and begin to load the
    /// parts of `fleet.warm`.
    pub async fn start(&self) {
        let configuration = Configuration {
            file: self.0.file.clone(),
            tenants: self.0.tenants.keys().cloned().collect(),
            has_files: self.0.config.storage == FleetStorage::Disk,
        };
        let state = self.0.state.clone();
        let deleted = tokio::task::spawn_blocking(move || delete_unwanted(&state, &configuration)).await;
        for path in deleted.unwrap_or_default() {
            tracing::info!(path = %path.display(), "what was kept of a tenant is deleted: the configuration no longer keeps it");
        }
        for (tenant, _) in self.0.tenants.values().filter(|_| !self.0.warm.is_empty()) {
            match self.of(tenant).await {
                Ok(fleet) => fleet.iter().for_each(|fleet| fleet.begin(&self.0.warm)),
                Err(error) => tracing::warn!(tenant = tenant.name(), %error, "the fleet was not loaded"),
            }
        }
    }

    /// The fleet of a tenant; `None` where the fleet is off.
    ///
    /// # Errors
    /// When its file cannot be used. The next call tries again.
    pub async fn of(&self, tenant: &Reader) -> Result<Option<Fleet>, Error> {
        if self.0.config.storage == FleetStorage::Off {
            return Ok(None);
        }
        let opened = self.0.tenants.get(&tenant.key());
        let (_, cell) =
            opened.ok_or_else(|| Error::internal(format!("{} is no tenant here", tenant.name())))?;
        let open = || async {
            let (config, state, tenant) = (self.0.config.clone(), self.0.state.clone(), tenant.clone());
            let file = self.0.file.clone();
            let open = move || {
                let fleet = Fleet::open(&config, &state, &tenant)?;
                if let (Some(fleet), Some(file)) = (&fleet, file) {
                    fleet.store().note_configuration(&file)?;
                }
                Ok::<_, Error>(fleet)
            };
            let opened = tokio::task::spawn_blocking(open).await;
            let opened =
                opened.map_err(|error| Error::internal(format!("the fleet cannot be opened: {error}")))?;
            opened?.ok_or_else(|| Error::internal("the fleet is off"))
        };
        cell.get_or_try_init(open).await.cloned().map(Some)
    }

    /// The fleet of a tenant where something is kept of it: it is open, or its file is there.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub async fn kept(&self, tenant: &Reader) -> Result<Option<Fleet>, Error> {
        let is_open = self.0.tenants.get(&tenant.key()).is_some_and(|(_, cell)| cell.initialized());
        let has_file = || {
            self.0.config.storage == FleetStorage::Disk && Store::file(&self.0.state, &tenant.key()).exists()
        };
        if is_open || has_file() { self.of(tenant).await } else { Ok(None) }
    }

    /// Forget everything that is kept of a tenant, also what was kept on the disk before the configuration said that nothing is.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub async fn clear(&self, tenant: &Reader) -> Result<(), Error> {
        if self.0.config.storage == FleetStorage::Disk {
            return match self.of(tenant).await? {
                Some(fleet) => fleet.store().run(Store::clear).await,
                None => Ok(()),
            };
        }
        let (state, key) = (self.0.state.clone(), tenant.key());
        let erased = tokio::task::spawn_blocking(move || erase(&state, &key)).await;
        erased.map_err(|error| Error::internal(format!("the fleet cannot be cleared: {error}")))?
    }

    /// End all loads that are under way. What they read stays, and the next load goes on from there.
    pub async fn close(&self) {
        let opened = self.0.tenants.values().filter_map(|(_, cell)| cell.get());
        futures::future::join_all(opened.map(Fleet::close)).await;
    }
}
