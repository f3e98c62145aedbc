//! Brings parts up to date: loads what is too old, once for all processes of the user that ask at the same time.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jamf_pro_client::Reader;
use jiff::{SignedDuration, Timestamp};

use super::background::Background;
use super::load::{ANY_AGE, Loader, Places, Progress, Stop, Watch};
use super::parts::{Part, Source};
use super::store::{Lease, PartStatus, RENEWAL, SourceStatus, Store};
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
    places: Arc<Places>,
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
            places: Arc::new(Places::new()),
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
        self.bring(part, Want::Age(max_age), watch).await
    }

    /// Read the lists of a part anew, so that what is new or gone is known. What is read object by object stays while it is not older than
    /// its class allows: where nothing changed, this takes one request a page of a list. The answer says what could not be read.
    ///
    /// # Errors
    /// As those of [`Fleet::refresh`].
    pub async fn refresh_lists(&self, part: &'static Part, watch: &Watch) -> Result<PartStatus, Error> {
        self.bring(part, Want::Lists(Duration::ZERO), watch).await
    }

    /// Load what is due of a part, or wait for the process that loads it.
    pub(super) async fn bring(
        &self,
        part: &'static Part,
        want: Want,
        watch: &Watch,
    ) -> Result<PartStatus, Error> {
        let asked = Timestamp::now();
        loop {
            let status = self.status_of(part).await?;
            if due(&status, asked, want) == Due::Nothing {
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
            let due = due(&self.status_of(part).await?, asked, want);
            if due == Due::Nothing {
                continue;
            }
            match self.load(part, &lease, due, watch).await {
                Ok(()) => return self.status_of(part).await,
                Err(Stop::TakenOver) => {}
                Err(Stop::Failed(error) | Stop::Ended(error)) => return Err(error),
            }
        }
    }

    pub(super) async fn status_of(&self, part: &'static Part) -> Result<PartStatus, Error> {
        self.store.run(move |store| store.status_of(part)).await
    }

    /// Load what is due of a part while its lease is renewed. What the tenant does not answer is noted, and the other sources are loaded.
    async fn load(
        &self,
        part: &'static Part,
        lease: &Arc<Lease>,
        due: Due,
        watch: &Watch,
    ) -> Result<(), Stop> {
        let loader = Loader { store: &self.store, reader: &self.reader, places: &self.places, lease, watch };
        let work = async {
            for source in part.sources {
                match self.load_source(&loader, source, part, due).await {
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

    async fn load_source(
        &self,
        loader: &Loader<'_>,
        source: &'static Source,
        part: &'static Part,
        due: Due,
    ) -> Result<(), Stop> {
        match due {
            Due::All(max_age) => {
                return loader.load(source, max_age.max(RESUMED), max_age).await;
            }
            Due::Lists => return loader.load(source, RESUMED, part.class.max_age()).await,
            Due::Nothing | Due::NamedChanges | Due::Changes => {}
        }
        let status = self.store.run(move |store| store.status_of(part)).await?;
        let is_outdated =
            status.sources.iter().any(|status| status.source == source.name && status.is_outdated);
        if is_outdated && due == Due::Changes {
            return loader.load(source, RESUMED, ANY_AGE).await;
        }
        let ids = self.store.run(move |store| store.outdated(source)).await?;
        if ids.is_empty() { Ok(()) } else { loader.load_changed(source, &ids, RESUMED).await }
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

/// What is wanted of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// It is not older than this, and has everything that this program changed.
    Age(Duration),
    /// Its lists are not older than this, each of its objects is not older than its class allows, and it has everything that this program
    /// changed.
    Lists(Duration),
    /// It has the objects that this program changed, where they can be named.
    NamedChanges,
}

/// What must be loaded of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing.
    Nothing,
    /// The objects that this program changed, where they can be named.
    NamedChanges,
    /// Everything that this program changed.
    Changes,
    /// The lists, and of the objects those that are new or older than their class allows.
    Lists,
    /// Everything that is older than this.
    All(Duration),
}

/// What must be loaded so that each source was read recently enough, or was tried since it was asked for, and has what this program changed.
/// A source that could not be read a short while ago is not tried again either.
pub(super) fn due(status: &PartStatus, asked: Timestamp, want: Want) -> Due {
    let before = |age| SignedDuration::try_from(age).ok().and_then(|age| asked.checked_sub(age).ok());
    let moment =
        |moment: &Option<String>| moment.as_deref().and_then(|moment| moment.parse::<Timestamp>().ok());
    let has_named = status.sources.iter().any(|source| source.outdated_objects > 0);
    let (max_age, list_age, due) = match want {
        Want::Age(max_age) => (max_age, None, Due::All(max_age)),
        Want::Lists(list_age) => (status.part.class.max_age(), Some(list_age), Due::Lists),
        Want::NamedChanges => return if has_named { Due::NamedChanges } else { Due::Nothing },
    };
    let since = before(max_age).unwrap_or(Timestamp::MIN);
    let listed = list_age.map(|age| before(age).unwrap_or(Timestamp::MIN));
    let retried = before(list_age.unwrap_or(max_age).min(RETRIED)).unwrap_or(Timestamp::MIN);
    let is_recent = |source: &SourceStatus| {
        let tried_at = moment(&source.tried_at);
        let is_tried_since = |since: Timestamp| tried_at.is_some_and(|tried| tried >= since);
        match source.missing {
            Some(_) => is_tried_since(retried),
            None => {
                let is_new = moment(&source.as_of).is_some_and(|as_of| as_of >= since);
                listed.is_none_or(is_tried_since) && (is_new || is_tried_since(asked))
            }
        }
    };
    // What was tried in vain since the change is not tried again with each question.
    let is_current = |source: &SourceStatus| {
        let is_tried = source.missing.is_some() && moment(&source.tried_at) >= moment(&source.changed_at);
        is_tried || (!source.is_outdated && source.outdated_objects == 0)
    };
    match () {
        () if !status.sources.iter().all(is_recent) => due,
        () if !status.sources.iter().all(is_current) => Due::Changes,
        () => Due::Nothing,
    }
}

fn tell_elsewhere(status: &PartStatus, watch: &Watch) {
    for (source, of) in status.part.sources.iter().zip(&status.sources) {
        if let Some((read, total)) = of.loading {
            watch.tell(Progress { source: source.name, read, total, is_elsewhere: true });
        }
    }
}
