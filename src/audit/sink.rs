//! Copies of the records for somewhere else: a syslog server, a web address. Only a copy elsewhere proves that a log was not
//! replaced as a whole.
//!
//! The log is the queue: each place has a cursor beside each log, which says how far its copies are. So nothing waits in memory, an outage
//! and a restart lose nothing, and each place goes on by itself. A copy may arrive twice, by its number; none is left out silently.

mod cursor;
mod place;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Audit;
use crate::config::AuditConfig;
use crate::error::Error;
use cursor::{Cursor, Next};
use place::{Failure, Place};

/// How long a process that ends waits for what is not delivered yet.
const LEAVING: Duration = Duration::from_secs(5);

/// Rounds in a row that fail, after which a process that ends waits no longer.
const HOPELESS: u32 = 3;

/// How long it is waited after a round that failed, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Records after a refused one that are tried, to see whether the place takes anything: one call has two records at least.
const PROBES: usize = 8;

/// Records that are read from a log at once.
const BATCH: usize = 100;

/// Where copies go. Cloning is free.
#[derive(Debug, Clone)]
pub struct Sink(Arc<Vec<Arc<Delivery>>>);

/// What a place and its deliveries have in common.
#[derive(Debug)]
struct Delivery {
    /// Which cursor is the place's own.
    name: String,
    logs: Mutex<Vec<Audit>>,
    /// Records were written since.
    wake: Notify,
    written: AtomicU64,
    state: watch::Sender<Progress>,
}

/// How far a place is.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// All that was written up to this count is delivered.
    delivered: u64,
    /// Rounds in a row that failed.
    failed: u32,
}

/// What came of a round.
#[derive(Debug)]
enum Round {
    /// All of it is delivered.
    Done,
    /// The same, but for records that the place refuses while it takes others.
    Refused,
    /// Another process delivers now.
    Busy,
    /// The place answers, and takes nothing of what is left.
    Refuses(String),
    /// The place is away.
    Away(String),
}

impl Sink {
    /// A sink for the places of the configuration; `None` when there are none. Deliveries run in the background.
    ///
    /// # Errors
    /// When a place cannot be used at all.
    pub fn start(config: &AuditConfig) -> Result<Option<Self>, Error> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Ok(None) };
        let places = Place::all(config)?;
        if places.is_empty() {
            return Ok(None);
        }
        let deliveries = places.into_iter().map(|place| {
            let delivery = Arc::new(Delivery {
                name: place.name(),
                logs: Mutex::default(),
                wake: Notify::new(),
                written: AtomicU64::new(0),
                state: watch::Sender::new(Progress::default()),
            });
            runtime.spawn(deliver(delivery.clone(), place));
            delivery
        });
        Ok(Some(Self(Arc::new(deliveries.collect()))))
    }

    /// Deliver what this log has from now on, and what of it was left before.
    pub(super) fn follow(&self, log: &Audit) {
        for delivery in self.0.iter() {
            if let Err(error) = Cursor::begin(log, &delivery.name) {
                tracing::error!(log = %log.path().display(), %error, "copies of audit records cannot be kept track of");
            }
            let mut logs = delivery.logs.lock().unwrap_or_else(PoisonError::into_inner);
            if !logs.iter().any(|known| known.path() == log.path()) {
                logs.push(Audit { sink: None, ..log.clone() });
            }
        }
        self.wake();
    }

    /// A record was written.
    pub(super) fn wake(&self) {
        for delivery in self.0.iter() {
            delivery.written.fetch_add(1, Ordering::SeqCst);
            delivery.wake.notify_one();
        }
    }

    /// Wait until what was written before is delivered, or cannot be now.
    pub(super) async fn wait_for_delivery(&self) {
        let waits = self.0.iter().map(|delivery| async move {
            let written = delivery.written.load(Ordering::SeqCst);
            let mut state = delivery.state.subscribe();
            let over = state.wait_for(|state| state.delivered >= written || state.failed >= HOPELESS);
            let over = tokio::time::timeout(LEAVING, over).await;
            if !matches!(over, Ok(Ok(state)) if state.delivered >= written) {
                tracing::warn!(place = delivery.name, "audit records are not copied yet; they are in the log, and go out when a process runs again");
            }
        });
        futures::future::join_all(waits).await;
    }
}

/// Deliver for as long as the process lives.
async fn deliver(delivery: Arc<Delivery>, mut place: Place) {
    let (mut pause, mut is_away) = (FIRST_PAUSE, false);
    let mut retry_at = Instant::now();
    loop {
        let written = delivery.written.load(Ordering::SeqCst);
        let is_retry = Instant::now() >= retry_at;
        let round = all_logs(&delivery, &mut place, is_retry).await;
        if let Round::Away(why) | Round::Refuses(why) = &round {
            if !std::mem::replace(&mut is_away, true) {
                tracing::error!(
                    place = delivery.name,
                    why,
                    "audit records are not copied now; they wait in the log"
                );
            }
        } else if std::mem::replace(&mut is_away, false) {
            tracing::info!(place = delivery.name, "audit records are copied again");
        }
        delivery.state.send_modify(|state| match &round {
            Round::Away(_) | Round::Refuses(_) => state.failed = state.failed.saturating_add(1),
            Round::Busy => {}
            Round::Refused | Round::Done => *state = Progress { delivered: written, failed: 0 },
        });
        match round {
            Round::Done => {
                pause = FIRST_PAUSE;
                delivery.wake.notified().await;
            }
            Round::Busy => tokio::time::sleep(FIRST_PAUSE).await,
            Round::Away(_) => {
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
            Round::Refuses(_) => {
                // It may take the next one.
                tokio::select! {
                    () = delivery.wake.notified() => {}
                    () = tokio::time::sleep(pause) => pause = LONGEST_PAUSE.min(pause * 2),
                }
            }
            Round::Refused => {
                if is_retry {
                    retry_at = Instant::now() + pause;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
                tokio::select! {
                    () = delivery.wake.notified() => {}
                    () = tokio::time::sleep_until(retry_at) => {}
                }
            }
        }
    }
}

/// A round over all logs: the least that came of one. One that goes wrong holds up no other.
async fn all_logs(delivery: &Delivery, place: &mut Place, is_retry: bool) -> Round {
    let logs = delivery.logs.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut least = Round::Done;
    for log in &logs {
        let came = round(log, &delivery.name, place, is_retry).await;
        let came = came.unwrap_or_else(|error| Round::Away(format!("{}: {error}", log.path().display())));
        least = match (least, came) {
            (Round::Away(why), _) | (_, Round::Away(why)) => Round::Away(why),
            (Round::Refuses(why), _) | (_, Round::Refuses(why)) => Round::Refuses(why),
            (Round::Busy, _) | (_, Round::Busy) => Round::Busy,
            (Round::Refused, _) | (_, Round::Refused) => Round::Refused,
            (Round::Done, Round::Done) => Round::Done,
        };
    }
    least
}

/// Deliver what a log has beyond the cursor of a place.
async fn round(log: &Audit, name: &str, place: &mut Place, is_retry: bool) -> std::io::Result<Round> {
    let (log, name) = (log.clone(), name.to_owned());
    let Some(mut cursor) = blocking(move || Cursor::take(log, &name)).await? else { return Ok(Round::Busy) };
    if is_retry {
        again(&mut cursor, place).await?;
    }
    let delivered = advance(&mut cursor, place).await;
    // How far it came counts whatever happened then.
    let kept = blocking(move || cursor.keep()).await;
    let delivered = delivered?;
    kept.map(|()| delivered)
}

async fn advance(cursor: &mut Cursor, place: &mut Place) -> std::io::Result<Round> {
    loop {
        let taken = cursor.clone();
        let batch = blocking(move || taken.next(BATCH)).await?;
        if batch.is_empty() {
            return Ok(if cursor.refused.is_empty() { Round::Done } else { Round::Refused });
        }
        let mut batch = batch.into_iter();
        while let Some(next) = batch.next() {
            match place.send(&next.text).await {
                Ok(()) => cursor.advance(&next),
                Err(Failure::Away(why)) => return Ok(Round::Away(why)),
                Err(Failure::Refused(why)) => {
                    let Some((refused, taken)) = past(next, &mut batch, place).await else {
                        return Ok(Round::Refuses(why));
                    };
                    for seq in refused {
                        tracing::error!(
                            seq,
                            why,
                            "an audit record is refused while others are taken; it is sent again later"
                        );
                        cursor.pass_over(seq);
                    }
                    cursor.advance(&taken);
                }
            }
        }
    }
}

/// Is it the record that was refused, or everything? The next ones tell: answers those that are refused, and the first one that is taken.
async fn past(
    refused: Next,
    batch: &mut impl Iterator<Item = Next>,
    place: &mut Place,
) -> Option<(Vec<u64>, Next)> {
    let mut passed = vec![refused.seq];
    for next in batch.take(PROBES) {
        if place.send(&next.text).await.is_ok() {
            return Some((passed, next));
        }
        passed.push(next.seq);
    }
    None
}

/// Send again what was refused while others were taken.
async fn again(cursor: &mut Cursor, place: &mut Place) -> std::io::Result<()> {
    for seq in std::mem::take(&mut cursor.refused) {
        let taken = cursor.clone();
        let Some(Next { text, .. }) = blocking(move || taken.find(seq)).await? else { continue };
        if place.send(&text).await.is_err() {
            cursor.refused.push(seq);
        }
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error)))
}

#[cfg(test)]
mod tests;
