//! Brings parts up to date: loads what is too old, once for all processes of the user that ask at the same time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jamf_pro_client::Reader;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::background::Background;
use super::load::{AT_ONCE, Loader, Progress, Stop, Watch};
use super::parts::Part;
use super::store::{Lease, PartStatus, RENEWAL, Store};
use crate::config::FleetConfig;
use crate::error::Error;

/// How often a process looks whether another one has come to the end of a load.
const LOOK: Duration = Duration::from_millis(200);

/// An interrupted load of this age is gone on with, however new the answer must be.
const RESUMED: Duration = Duration::from_secs(600);

/// What could not be read is not tried again before this time, unless it is asked for.
const RETRIED: Duration = Duration::from_secs(300);

/// The fleet of one tenant. Cloning is free.
#[derive(Clone)]
pub struct Fleet {
    store: Store,
    reader: Reader,
    /// The requests that this process has at the tenant for the fleet.
    places: Arc<Semaphore>,
    background: Arc<Background>,
}

impl Fleet {
    /// The fleet of a tenant; `None` where the fleet is off.
    ///
    /// # Errors
    /// When its file cannot be used.
    pub fn open(config: &FleetConfig, state: &Path, reader: &Reader) -> Result<Option<Self>, Error> {
        let store = Store::open(state, &reader.key(), config.storage, config.keep_days)?;
        Ok(store.map(|store| Self {
            store,
            reader: reader.clone(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            background: Arc::default(),
        }))
    }

    /// Where it is kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The loads that are under way in this process.
    pub(super) fn background(&self) -> &Background {
        &self.background
    }

    /// See that a part is not older than `max_age`; zero reads it anew, or joins the load that is under way. The answer says what could
    /// not be read.
    ///
    /// # Errors
    /// When the store fails, or nobody waits any more. What the tenant does not answer is in the status.
    pub async fn refresh(
        &self,
        part: &'static Part,
        max_age: Duration,
        watch: &Watch,
    ) -> Result<PartStatus, Error> {
        let asked = Timestamp::now();
        loop {
            let status = self.status_of(part).await?;
            if is_fresh(&status, asked, max_age) {
                return Ok(status);
            }
            let Some(lease) = self.store.run(move |store| store.lease(part.name)).await? else {
                tell_elsewhere(&status, watch);
                tokio::select! {
                    () = watch.cancelled.cancelled() => return Err(Error::cancelled()),
                    () = tokio::time::sleep(LOOK) => continue,
                }
            };
            let lease = Arc::new(lease);
            // It may have come to its end since the status was read.
            if is_fresh(&self.status_of(part).await?, asked, max_age) {
                continue;
            }
            match self.load(part, &lease, max_age, watch).await {
                Ok(()) => return self.status_of(part).await,
                Err(Stop::TakenOver) => {}
                Err(Stop::Failed(error) | Stop::Ended(error)) => return Err(error),
            }
        }
    }

    pub(super) async fn status_of(&self, part: &'static Part) -> Result<PartStatus, Error> {
        self.store.run(move |store| store.status_of(part)).await
    }

    /// Load all sources of a part while its lease is renewed. What the tenant does not answer is noted, and the other sources are loaded.
    async fn load(
        &self,
        part: &'static Part,
        lease: &Arc<Lease>,
        max_age: Duration,
        watch: &Watch,
    ) -> Result<(), Stop> {
        let loader = Loader { store: &self.store, reader: &self.reader, places: &self.places, lease, watch };
        // What is read object by object is read anew by its age alone, also where the lists are.
        let of_objects = if max_age.is_zero() { part.class.max_age() } else { max_age };
        let work = async {
            for source in part.sources {
                match loader.load(source, max_age.max(RESUMED), of_objects).await {
                    Err(Stop::Failed(error)) => {
                        let (reason, is_lasting) = loader.reason(source, &error);
                        self.store.run(move |store| store.fail(source, &reason, is_lasting)).await?;
                    }
                    result => result?,
                }
            }
            Ok(())
        };
        tokio::select! {
            result = work => result,
            stopped = self.renew(lease) => Err(stopped),
        }
    }

    /// Hold a lease until it is lost.
    async fn renew(&self, lease: &Arc<Lease>) -> Stop {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let lease = lease.clone();
            match self.store.run(move |_| lease.renew()).await {
                Ok(true) => {}
                Ok(false) => return Stop::TakenOver,
                Err(error) => return Stop::Ended(error),
            }
        }
    }
}

/// Whether each source was read recently enough, or was tried since it was asked for. A source that could not be read a short while ago is not
/// tried again either.
pub(super) fn is_fresh(status: &PartStatus, asked: Timestamp, max_age: Duration) -> bool {
    let before = |age| SignedDuration::try_from(age).ok().and_then(|age| asked.checked_sub(age).ok());
    let since = before(max_age).unwrap_or(Timestamp::MIN);
    let retried = before(max_age.min(RETRIED)).unwrap_or(Timestamp::MIN);
    status.sources.iter().all(|source| {
        let is_recent = |moment: &Option<String>, since: Timestamp| {
            let moment: Option<Timestamp> = moment.as_deref().and_then(|moment| moment.parse().ok());
            moment.is_some_and(|moment| moment >= since)
        };
        match source.missing {
            Some(_) => is_recent(&source.tried_at, retried),
            None => is_recent(&source.as_of, since) || is_recent(&source.tried_at, asked),
        }
    })
}

fn tell_elsewhere(status: &PartStatus, watch: &Watch) {
    for (source, of) in status.part.sources.iter().zip(&status.sources) {
        if let Some((read, total)) = of.loading {
            watch.tell(Progress { source: source.name, read, total, is_elsewhere: true });
        }
    }
}
