//! Loads in the background: a task loads each part that is due, once for all callers of the process, and goes on when they leave. A caller
//! waits for some time and then learns how far it is, so that no question waits longer than its client does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::changes::Write;
use super::load::{Progress, Watch};
use super::parts::{PARTS, Part};
use super::readiness::{NotYet, Pace, Readiness, Waiting};
use super::refresh::{Due, Fleet, Want, due};
use super::store::{PartStatus, Store};
use crate::error::Error;

/// How long a question waits for its parts. With what it reads besides it is answered within 40 seconds; clients give a call up after a minute.
pub const WAIT: Duration = Duration::from_secs(35);

/// How long loads may take to end at the end of the process.
const END: Duration = Duration::from_secs(3);

/// The loads of one tenant that are under way in this process.
#[derive(Default)]
pub(super) struct Background {
    tasks: TaskTracker,
    end: CancellationToken,
    running: Mutex<HashMap<&'static str, watch::Receiver<State>>>,
}

/// How far the load of a part is.
#[derive(Clone, Default)]
struct State {
    /// What was heard of each source, by its name.
    paces: HashMap<&'static str, Pace>,
    /// The source that was heard of last.
    latest: Option<Progress>,
    end: Option<Result<(), Error>>,
}

impl State {
    fn note(&mut self, progress: Progress) {
        let pace = self.paces.get(progress.source);
        let pace = pace.map_or_else(|| Pace::new(progress), |pace| pace.after(progress));
        self.paces.insert(progress.source, pace);
        self.latest = Some(progress);
    }
}

impl Fleet {
    /// See that parts are not older than `max_age`, or than their class allows where that is `None`. The loads of parts that are due go on
    /// in the background, whatever becomes of this call; after `wait` the answer says how far they are.
    ///
    /// # Errors
    /// When the store fails, the caller gives up, or the process ends. What the tenant does not answer is in the status of the part.
    pub async fn ready(
        &self,
        parts: &[&'static Part],
        max_age: Option<Duration>,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Readiness, Error> {
        let want = |part: &Part| Want::Age(max_age.unwrap_or_else(|| part.class.max_age()));
        self.ready_as(parts, want, wait, watch).await
    }

    /// The same for parts whose lists must not be older than `list_age`, and their objects than their class allows: what is new or gone is
    /// known since then.
    ///
    /// # Errors
    /// As those of [`Fleet::ready`].
    pub async fn ready_listed(
        &self,
        parts: &[&'static Part],
        list_age: Duration,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Readiness, Error> {
        self.ready_as(parts, |_| Want::Lists(list_age), wait, watch).await
    }

    async fn ready_as(
        &self,
        parts: &[&'static Part],
        want: impl Fn(&Part) -> Want,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Readiness, Error> {
        let until = Instant::now() + wait;
        let waits = parts.iter().map(|part| self.ready_part(part, want(part), until, watch));
        let (mut statuses, mut sources) = (Vec::new(), Vec::new());
        for part in futures::future::join_all(waits).await {
            match part? {
                Ok(status) => statuses.push(status),
                Err(waiting) => sources.extend(waiting),
            }
        }
        Ok(match sources.is_empty() {
            true => Readiness::Ready(statuses),
            false => Readiness::NotYet(NotYet { sources }),
        })
    }

    /// Begin to load the parts that are older than their class allows. Nobody waits for them.
    pub fn begin(&self, parts: &[&'static Part]) {
        for part in parts {
            self.load_in_background(part, Want::Age(part.class.max_age()));
        }
    }

    /// The status of one part, or how far its sources are when the time is over.
    async fn ready_part(
        &self,
        part: &'static Part,
        want: Want,
        until: Instant,
        watch: &Watch,
    ) -> Result<Result<PartStatus, Vec<Waiting>>, Error> {
        let asked = Timestamp::now();
        loop {
            let status = self.status_of(part).await?;
            if due(&status, asked, want) == Due::Nothing {
                return Ok(Ok(status));
            }
            let (mut load, is_new) = self.load_in_background(part, want);
            loop {
                let state = load.borrow_and_update().clone();
                if let Some(progress) = state.latest {
                    watch.tell(progress);
                }
                if let Some(end) = state.end {
                    end?;
                    // A load that others began earlier may have come to an end that is too old.
                    if is_new {
                        return Ok(Ok(self.status_of(part).await?));
                    }
                    break;
                }
                tokio::select! {
                    biased;
                    () = watch.cancelled.cancelled() => return Err(Error::cancelled()),
                    changed = load.changed() => if changed.is_err() {
                        return Err(Error::internal(format!("the load of {} failed unexpectedly", part.name)));
                    },
                    () = tokio::time::sleep_until(until) => {
                        let sources = part.sources.iter();
                        return Ok(Err(sources.map(|source| Waiting::of(source, state.paces.get(source.name))).collect()));
                    }
                }
            }
        }
    }

    /// Note what these writes of this program changed at the tenant: see [`Write::changes`] for `is_certain`. Deleted objects are gone at
    /// once, and others are read again in the background where they can be named; the next question reads what cannot be named.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn note_writes(&self, writes: Vec<Write>, is_certain: bool) -> Result<(), Error> {
        let note = move |store: &Store| {
            let mut changes = Vec::new();
            for write in &writes {
                changes.extend(write.changes(is_certain, write.group(store)?.as_ref()));
            }
            store.note_changes(&changes)
        };
        let due = self.store().run(note).await?;
        let is_due = |part: &&'static Part| {
            part.sources.iter().any(|source| due.iter().any(|due| due.name == source.name))
        };
        for part in PARTS.iter().filter(is_due) {
            self.load_in_background(part, Want::NamedChanges);
        }
        Ok(())
    }

    /// The load of a part that is under way, or a new one; whether it is new.
    fn load_in_background(&self, part: &'static Part, want: Want) -> (watch::Receiver<State>, bool) {
        let background = self.background();
        let mut running = background.running.lock().unwrap_or_else(PoisonError::into_inner);
        let is_under_way =
            |load: &&watch::Receiver<State>| load.borrow().end.is_none() && load.has_changed().is_ok();
        if let Some(load) = running.get(part.name).filter(is_under_way) {
            return (load.clone(), false);
        }
        let (sender, receiver) = watch::channel(State::default());
        running.insert(part.name, receiver.clone());
        let (fleet, sender) = (self.clone(), Arc::new(sender));
        let heard = sender.clone();
        let watch = Watch {
            cancelled: background.end.clone(),
            progress: Some(Arc::new(move |progress| heard.send_modify(|state| state.note(progress)))),
        };
        background.tasks.spawn(async move {
            let end = fleet.bring(part, want, &watch).await;
            if let Err(error) = &end {
                tracing::warn!(part = part.name, %error, "a part of the fleet was not loaded to its end");
            }
            sender.send_modify(|state| state.end = Some(end.map(|_| ())));
        });
        (receiver, true)
    }

    /// End the loads that are under way. What they read stays.
    pub(super) async fn close(&self) {
        let background = self.background();
        background.end.cancel();
        background.tasks.close();
        if tokio::time::timeout(END, background.tasks.wait()).await.is_err() {
            tracing::warn!("a load of the fleet had not ended after {} s", END.as_secs());
        }
    }
}
