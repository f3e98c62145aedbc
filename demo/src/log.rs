//! What reached the tenant: the judge of tests about retries, cancellation and concurrency.

use std::{
    collections::VecDeque,
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
    /// Its number, from 1, since the start.
    pub number: u64,
    /// When it arrived; an ISO 8601 moment as JSON.
    #[serde(serialize_with = "serialize_time")]
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
    /// The faults that hit it, by their names.
    pub faults: Vec<&'static str>,
}

/// Requests that are remembered one by one, the latest ones; all are counted.
const MOST: usize = 50_000;

fn serialize_time<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
}

/// Everything that reached the tenant since its start or since the log was cleared.
#[derive(Debug, Default)]
pub struct RequestLog {
    requests: Mutex<Requests>,
    working: AtomicUsize,
    most: AtomicUsize,
}

#[derive(Debug, Default)]
struct Requests {
    entries: VecDeque<LogEntry>,
    /// Since the start.
    number: u64,
    /// Since the log was cleared.
    count: usize,
}

impl Requests {
    /// The entry of a number, if it is remembered.
    fn entry(&mut self, number: u64) -> Option<&mut LogEntry> {
        let first = self.entries.front()?.number;
        self.entries.get_mut(usize::try_from(number.checked_sub(first)?).ok()?)
    }
}

impl RequestLog {
    fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests that are remembered, in the order of their arrival.
    pub fn entries(&self) -> Vec<LogEntry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// The last `most` requests behind a number, in the order of their arrival.
    pub fn entries_after(&self, number: u64, most: usize) -> Vec<LogEntry> {
        let requests = self.lock();
        let newer = requests.entries.iter().rev().take_while(|entry| entry.number > number).take(most);
        let mut newer: Vec<LogEntry> = newer.cloned().collect();
        newer.reverse();
        newer
    }

    /// The number of requests.
    pub fn count(&self) -> usize {
        self.lock().count
    }

    /// The number of requests whose path begins so.
    pub fn count_at(&self, prefix: &str) -> usize {
        self.lock().entries.iter().filter(|e| e.path.starts_with(prefix)).count()
    }

    /// The number of requests for a token.
    pub fn token_requests(&self) -> usize {
        self.lock().entries.iter().filter(|e| e.path.ends_with("/oauth/token")).count()
    }

    /// The most requests that were at work at once.
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Forget everything so far; requests at work are not logged any more.
    pub fn clear(&self) {
        let mut requests = self.lock();
        requests.entries.clear();
        requests.count = 0;
        self.most.store(self.working.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// Note an arrival; the guard notes the end, hung up unless it is told a status.
    pub(crate) fn arrival(&self, method: &str, path: &str, query: &str) -> Arrival<'_> {
        let working = self.working.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(working, Ordering::SeqCst);
        let mut requests = self.lock();
        requests.number += 1;
        requests.count += 1;
        if requests.entries.len() >= MOST {
            requests.entries.pop_front();
        }
        let number = requests.number;
        requests.entries.push_back(LogEntry {
            number,
            at: Timestamp::now(),
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            bytes: 0,
            status: None,
            hung_up: false,
            milliseconds: 0,
            faults: Vec::new(),
        });
        Arrival { log: self, number, start: Instant::now(), status: None, faults: Vec::new() }
    }
}

/// A request at work. Dropped without a status, its client has hung up.
#[derive(Debug)]
pub(crate) struct Arrival<'a> {
    log: &'a RequestLog,
    number: u64,
    start: Instant,
    status: Option<u16>,
    faults: Vec<&'static str>,
}

impl Arrival<'_> {
    /// The body is there, whole.
    pub(crate) fn read(&self, bytes: usize) {
        if let Some(entry) = self.log.lock().entry(self.number) {
            entry.bytes = bytes;
        }
    }

    /// There is an answer, of this status, that these faults had a part in.
    pub(crate) fn answered(mut self, status: u16, faults: &[&'static str]) {
        self.status = Some(status);
        self.faults = faults.to_vec();
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        self.log.working.fetch_sub(1, Ordering::SeqCst);
        if let Some(entry) = self.log.lock().entry(self.number) {
            entry.status = self.status;
            entry.hung_up = self.status.is_none();
            entry.milliseconds = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
            entry.faults = std::mem::take(&mut self.faults);
        }
    }
}
