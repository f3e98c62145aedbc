//! What reached the tenant: the judge of tests about retries, cancellation and concurrency.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use jiff::Timestamp;
use serde::Serialize;

/// One request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// When it arrived; an ISO 8601 moment as JSON.
    #[serde(serialize_with = "written")]
    pub at: Timestamp,
    /// `GET`, `POST`, ...
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: String,
    /// Bytes of the body; 0 where it did not arrive whole.
    pub bytes: usize,
    /// The status that was answered; `None` while it is at work or when the client hung up.
    pub status: Option<u16>,
    /// The client went away before there was an answer.
    pub hung_up: bool,
    /// Milliseconds until the answer was ready or the client was gone.
    pub milliseconds: u64,
}

fn written<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Everything that reached the tenant since its start or since the log was cleared.
#[derive(Debug, Default)]
pub struct RequestLog {
    entries: Mutex<Vec<LogEntry>>,
    cleared: AtomicUsize,
    working: AtomicUsize,
    most: AtomicUsize,
}

impl RequestLog {
    fn lock(&self) -> MutexGuard<'_, Vec<LogEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests in the order of their arrival.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.lock().clone()
    }

    /// The number of requests.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The number of requests whose path begins so.
    pub fn count_at(&self, prefix: &str) -> usize {
        self.lock().iter().filter(|e| e.path.starts_with(prefix)).count()
    }

    /// The number of requests for a token.
    pub fn token_requests(&self) -> usize {
        self.lock().iter().filter(|e| e.path.ends_with("/oauth/token")).count()
    }

    /// The most requests that were at work at once.
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Forget everything so far; requests at work are not logged any more.
    pub fn clear(&self) {
        let mut entries = self.lock();
        entries.clear();
        self.cleared.fetch_add(1, Ordering::SeqCst);
        self.most.store(self.working.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Note an arrival; the guard notes the end, hung up unless it is told a status.
    pub(crate) fn arrival(&self, method: &str, path: &str, query: &str) -> Arrival<'_> {
        let working = self.working.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(working, Ordering::SeqCst);
        let mut entries = self.lock();
        entries.push(LogEntry {
            at: Timestamp::now(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            bytes: 0,
            status: None,
            hung_up: false,
            milliseconds: 0,
        });
        let index = entries.len() - 1;
        Arrival {
            log: self,
            index,
            era: self.cleared.load(Ordering::SeqCst),
            start: Instant::now(),
            status: None,
        }
    }
}

/// A request at work. Dropped without a status, its client has hung up.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    log: &'a RequestLog,
    index: usize,
    era: usize,
    start: Instant,
    status: Option<u16>,
}

impl Arrival<'_> {
    /// The body is there, whole.
    pub(crate) fn read(&self, bytes: usize) {
        let mut entries = self.log.lock();
        if self.era == self.log.cleared.load(Ordering::SeqCst)
            && let Some(entry) = entries.get_mut(self.index)
        {
            entry.bytes = bytes;
        }
    }

    pub(crate) fn answered(mut self, status: u16) {
        self.status = Some(status);
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.log.working.fetch_sub(1, Ordering::SeqCst);
        let mut entries = self.log.lock();
        if self.era != self.log.cleared.load(Ordering::SeqCst) {
            return;
        }
        if let Some(entry) = entries.get_mut(self.index) {
            entry.status = self.status;
            entry.hung_up = self.status.is_none();
            entry.milliseconds = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        }
    }
}
