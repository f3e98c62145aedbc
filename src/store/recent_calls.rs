//! Calls of the last minutes: a host that repeats a call that it gave up waiting for must not do it twice.
//!
//! The table has one row a call for all processes. Which calls of this process run is known in memory too: a row whose end could not be
//! written, because the disk was full, stands for no call that runs, and its end is written as soon as that is possible.

use std::collections::{HashMap, HashSet};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Store, moment, ms, plans};
use crate::error::Error;

/// How long it is waited before what could not be written is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Stands in a row for a process that has ended.
const NO_PROCESS: &str = "ended";

/// What is known of the same call, made a moment ago.
#[derive(Debug)]
pub enum PriorCall {
    /// There was none: this one is the first.
    None(RunningCall),
    /// It is under way.
    Running,
    /// Its process ended, and what came of it is not known.
    Unknown,
    /// It is over.
    Done {
        /// What was answered.
        outcome: String,
        /// When it began.
        at: Timestamp,
    },
}

/// Tenant, caller and key of a call.
type Key = (String, String, String);

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    /// Nothing was done, so that it can be made again.
    Nothing,
    /// With this outcome.
    Outcome(String),
    /// In a way that nobody knows.
    Unknown,
}

/// The calls and plans of this process that the tables have as under way.
#[derive(Debug, Default)]
pub(super) struct RunningWork {
    calls: HashSet<Key>,
    /// Ends that could not be written yet.
    endings: HashMap<Key, Ending>,
    /// Plans that this process applies.
    pub(super) plans: HashSet<String>,
    /// Plans that it applies no longer, where that could not be written yet.
    pub(super) releases: HashSet<String>,
    /// A task tries again.
    is_settling: bool,
}

impl RunningWork {
    fn is_settled(&self) -> bool {
        self.endings.is_empty() && self.releases.is_empty()
    }
}

/// A call that was begun. Dropped without its end it was not made, unless it has left.
#[derive(Debug)]
pub struct RunningCall {
    store: Store,
    key: Key,
    is_sent: bool,
    is_over: bool,
}

impl RunningCall {
    /// From here on something may be sent: what comes of the call is not known until [`Self::end`] says so.
    #[must_use]
    pub fn mark_sent(mut self) -> Self {
        self.is_sent = true;
        self
    }

    /// The call is over. Without an outcome nothing was done, and it can be made again.
    ///
    /// # Errors
    /// When it cannot be written. It counts in this process all the same; [`Store::settle`] tries again.
    pub fn end(mut self, outcome: Option<&str>) -> Result<(), Error> {
        self.note_end(outcome.map_or(Ending::Nothing, |outcome| Ending::Outcome(outcome.to_owned())));
        self.store.settle()
    }

    fn note_end(&mut self, ending: Ending) {
        let mut running_work = self.store.running_work();
        running_work.calls.remove(&self.key);
        running_work.endings.insert(self.key.clone(), ending);
        self.is_over = true;
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        self.note_end(if self.is_sent { Ending::Unknown } else { Ending::Nothing });
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let store = self.store.clone();
            runtime.spawn(async move {
                if store.run(Store::settle).await.is_err() {
                    store.keep_settling().await;
                }
            });
        }
    }
}

impl Store {
    /// Begin a call that changes something, unless the same caller made the same call within the last `seconds`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_call(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
        seconds: u32,
    ) -> Result<PriorCall, Error> {
        let now = ms(Timestamp::now());
        let from = now - i64::from(seconds) * 1_000;
        self.settle()?;
        self.write(|transaction| {
            let found: Option<(String, Option<String>, i64)> = transaction
                .query_row(
                    "SELECT life, outcome, at FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key = ?3",
                    params![tenant, who, call_key],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let key = (tenant.to_owned(), who.to_owned(), call_key.to_owned());
            match found {
                Some((_, Some(outcome), at)) if at > from => return Ok(PriorCall::Done { outcome, at: moment(at) }),
                // However long it takes, it is not begun a second time while it runs.
                Some((life, None, _)) if self.runs(&life, &key) => return Ok(PriorCall::Running),
                Some((life, None, at)) if at > from && life != self.0.life.name() => return Ok(PriorCall::Unknown),
                _ => {}
            }
            forget_others(transaction, tenant, who, call_key)?;
            transaction.execute(
                "INSERT OR REPLACE INTO repeats (tenant, who, call_key, life, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![tenant, who, call_key, self.0.life.name(), now],
            )?;
            // Before anybody else gets the connection. Where the transaction fails after all, this is dropped.
            self.running_work().calls.insert(key.clone());
            Ok(PriorCall::None(RunningCall { store: self.clone(), key, is_sent: false, is_over: false }))
        })
    }

    /// Whether a call that has no outcome yet runs: of this process memory tells, of another one that it lives.
    fn runs(&self, life: &str, key: &Key) -> bool {
        if life == self.0.life.name() {
            return self.running_work().calls.contains(key);
        }
        self.0.life.is_running(life)
    }

    /// Write down what ended when it could not be written: calls, and plans that this process applies no longer.
    ///
    /// # Errors
    /// When it still cannot.
    pub fn settle(&self) -> Result<(), Error> {
        if self.running_work().is_settled() {
            return Ok(());
        }
        // What is to be written is read while nobody else can begin anything.
        let (endings, releases) = self.write(|transaction| {
            let (endings, releases) = {
                let running_work = self.running_work();
                (running_work.endings.clone(), running_work.releases.clone())
            };
            endings.iter().try_for_each(|(key, ending)| note_end(transaction, key, ending))?;
            releases
                .iter()
                .try_for_each(|plan| plans::note_release(transaction, plan, self.0.life.name()))?;
            Ok((endings, releases))
        })?;
        let mut running_work = self.running_work();
        running_work.endings.retain(|key, ending| endings.get(key) != Some(ending));
        running_work.releases.retain(|plan| !releases.contains(plan));
        Ok(())
    }

    /// Try to settle again and again until it is done; one task does so at a time.
    pub async fn keep_settling(self) {
        if std::mem::replace(&mut self.running_work().is_settling, true) {
            return;
        }
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            if self.run(Self::settle).await.is_ok() {
                break;
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        self.running_work().is_settling = false;
    }

    pub(super) fn running_work(&self) -> MutexGuard<'_, RunningWork> {
        self.0.running_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The outcome of the same call of the same caller within the last `seconds`, where there was one. Nothing is begun.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn earlier_call(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
        seconds: u32,
    ) -> Result<Option<(String, Timestamp)>, Error> {
        let from = ms(Timestamp::now()) - i64::from(seconds) * 1_000;
        self.read(|connection| {
            let sql = "SELECT outcome, at FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 AND outcome IS NOT NULL \
                       AND at > ?4";
            let row = connection.query_row(sql, params![tenant, who, call_key, from], |row| {
                Ok((row.get(0)?, moment(row.get(1)?)))
            });
            row.optional()
        })
    }

    /// A plan is applied: calls on the same kind of object before it are no repetitions any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_repetitions(&self, tenant: &str, who: &str, call_key: &str) -> Result<(), Error> {
        self.write(|transaction| forget_others(transaction, tenant, who, call_key))
    }
}

fn note_end(transaction: &Transaction<'_>, key: &Key, ending: &Ending) -> rusqlite::Result<()> {
    let (tenant, who, call_key) = key;
    let of = "WHERE tenant = ?1 AND who = ?2 AND call_key = ?3";
    match ending {
        Ending::Nothing => transaction.execute(
            &format!("DELETE FROM repeats {of} AND outcome IS NULL"),
            params![tenant, who, call_key],
        ),
        Ending::Outcome(outcome) => transaction.execute(
            &format!("UPDATE repeats SET outcome = ?4 {of}"),
            params![tenant, who, call_key, outcome],
        ),
        Ending::Unknown => transaction.execute(
            &format!("UPDATE repeats SET life = ?4 {of} AND outcome IS NULL"),
            params![tenant, who, call_key, NO_PROCESS],
        ),
    }
    .map(|_| ())
}
/// Another call on the same kind of object in between makes of a repetition a new wish: create, delete, create.
fn forget_others(
    transaction: &Transaction<'_>,
    tenant: &str,
    who: &str,
    call_key: &str,
) -> rusqlite::Result<()> {
    let family = call_key.split_once(':').map_or("", |(family, _)| family);
    transaction
        .execute(
            "DELETE FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key <> ?3 AND outcome IS NOT NULL \
             AND substr(call_key, 1, length(?4) + 1) = ?4 || ':'",
            params![tenant, who, call_key, family],
        )
        .map(|_| ())
}
