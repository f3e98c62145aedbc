//! What the server offers as of now: the configuration and the privileges of the API role, which may change while it runs, and the lists
//! of tools that follow from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use futures::future::join_all;
use jamf_pro_client::{self as client, Reader};
use tokio::sync::watch;

use super::{Pipeline, registry};
use crate::config::{Config, TenantConfig};
use crate::error::Error;
use crate::registry::exposure::Surface;
use crate::state_dir;

/// What may change while the server runs, and what follows from it.
pub(super) struct Offer {
    pub(super) config: Config,
    /// What the API role may do, as last known.
    pub(super) privileges: Option<BTreeSet<String>>,
    pub(super) surface: Arc<Surface>,
}

impl Pipeline {
    /// Told each time that what is listed has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// The newest version that any tenant has, when all are known: what came later is too new for every one.
    pub(super) fn newest_version(&self) -> Option<String> {
        let versions: Option<Vec<String>> = self.tenants().map(Reader::known_version).collect();
        versions?
            .into_iter()
            .reduce(|left, right| if client::is_before(&left, &right) { right } else { left })
    }

    /// Ask in the background what the API role of each tenant may do, keep it on disk for the next start, and take what
    /// follows from it. With several tenants a tool is offered when any of them may do it.
    pub async fn refresh_privileges(&self) {
        let asked = self.0.tenants.iter().map(|(name, (tenant, _))| self.privileges_of(name, tenant));
        let known: Option<Vec<BTreeSet<String>>> = join_all(asked).await.into_iter().collect();
        let Some(known) = known else { return };
        let known = Some(known.into_iter().flatten().collect());
        // Almost always it may do what it could do before; then the schemas that were made for clients stay.
        if self.0.offer.read().unwrap_or_else(PoisonError::into_inner).privileges == known {
            return;
        }
        if let Err(error) = self.change_offer(|offer| offer.privileges = known) {
            tracing::error!(%error, "the tools could not be worked out anew");
        }
    }

    /// What the API role of a tenant may do, asked now and kept, or as it was kept before.
    async fn privileges_of(&self, name: &str, tenant: &Reader) -> Option<BTreeSet<String>> {
        let call = self.own_call().client;
        // Remembered by the tenant, for telling what it is too old for.
        let _ = tenant.version(&call).await;
        let file = {
            let offer = self.0.offer.read().unwrap_or_else(PoisonError::into_inner);
            privileges_file(offer.config.tenants.get(name)?, &self.0.state)
        };
        let privileges = match tenant.privileges(&call).await.map_err(Error::from) {
            Ok(privileges) if !privileges.is_empty() => privileges,
            Ok(_) => return read_privileges(&file),
            Err(error) => {
                tracing::info!(tenant = name, %error, "the privileges of the API role are not known yet");
                return read_privileges(&file);
            }
        };
        if let Ok(text) = serde_json::to_string(&privileges)
            && let Err(error) = state_dir::write(&file, text.as_bytes())
        {
            tracing::warn!(path = %file.display(), %error, "the privileges of the API role could not be kept");
        }
        Some(privileges.into_iter().collect())
    }

    /// Take of a configuration that was read again what only narrows; see [`Config::narrowed`].
    ///
    /// # Errors
    /// When it names tools or toolsets that do not exist; then everything stays as it was.
    pub fn narrow(&self, newer: &Config) -> Result<(), Error> {
        self.change_offer(|offer| offer.config = offer.config.narrowed(newer))?;
        self.0.gate.narrow(&newer.gate);
        Ok(())
    }

    /// Change what the tools follow from, work them out anew, and notify about it. An error leaves everything as it was.
    fn change_offer<T>(&self, change: impl FnOnce(&mut Offer) -> T) -> Result<T, Error> {
        let mut offer = self.0.offer.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Offer {
            config: offer.config.clone(),
            privileges: offer.privileges.clone(),
            surface: offer.surface.clone(),
        };
        let changed = change(&mut next);
        next.surface = Arc::new(Surface::new(registry(), &next.config, next.privileges.as_ref())?);
        let names =
            |surface: &Surface| surface.listed_tools().iter().map(|tool| tool.name()).collect::<Vec<_>>();
        let news = names(&offer.surface) != names(&next.surface);
        *offer = next;
        drop(offer);
        if news {
            self.0.changed.send_modify(|edition| *edition += 1);
        }
        Ok(changed)
    }
}

/// Where the privileges of an API role are kept, by the client that they belong to.
fn privileges_file(tenant: &TenantConfig, state: &Path) -> PathBuf {
    state_dir::memory_path(state, "privileges", &[&tenant.url, &tenant.client_id])
}

fn read_privileges(file: &Path) -> Option<BTreeSet<String>> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// What the API roles may do together, as last known of all of them.
pub(super) fn load_privileges(config: &Config, state: &Path) -> Option<BTreeSet<String>> {
    let each = config.tenants.values().map(|tenant| read_privileges(&privileges_file(tenant, state)));
    each.collect::<Option<Vec<_>>>().map(|known| known.into_iter().flatten().collect())
}
