//! What reached the simulated tenant: the judge in tests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// Entries that are kept.
const KEPT: usize = 10_000;

/// One request.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// HTTP method.
    pub method: String,
    /// Path as sent, without the query.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// Status that it was answered with; 0 while it is open or when the caller hung up.
    pub status: u16,
    /// The caller hung up before it was answered.
    pub hung_up: bool,
    /// Body, as text, of requests that write.
    pub body: String,
}

/// All requests so far, counted, and the latest of them kept.
#[derive(Debug, Default)]
pub struct RequestLog {
    entries: Mutex<Vec<Entry>>,
    tokens: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl RequestLog {
    /// The latest requests, the oldest first, without those for tokens.
    pub fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests for a token so far.
    pub fn token_requests(&self) -> usize {
        self.tokens.load(Ordering::SeqCst)
    }

    /// Most requests that were open at once, those for tokens included.
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// Requests that are open now.
    pub fn open(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    /// Forget what was seen so far.
    pub fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.tokens.store(0, Ordering::SeqCst);
        self.most.store(self.open(), Ordering::SeqCst);
    }

    pub(crate) fn count_token(&self) {
        self.tokens.fetch_add(1, Ordering::SeqCst);
    }
}

/// An open request; it notes a hang-up when it is dropped unanswered.
pub(crate) struct Open {
    log: Arc<super::server::State>,
    entry: Option<Entry>,
}

impl Open {
    pub(crate) fn new(state: &Arc<super::server::State>, method: &str, path: &str, query: &str) -> Self {
        let now = state.log.now.fetch_add(1, Ordering::SeqCst) + 1;
        state.log.most.fetch_max(now, Ordering::SeqCst);
        let entry = Entry {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            status: 0,
            hung_up: true,
            body: String::new(),
        };
        Self { log: state.clone(), entry: Some(entry) }
    }

    pub(crate) fn body(&mut self, body: &[u8]) {
        if let Some(entry) = &mut self.entry {
            entry.body = String::from_utf8_lossy(body).chars().take(20_000).collect();
        }
    }

    pub(crate) fn answered(mut self, status: u16) {
        if let Some(entry) = &mut self.entry {
            entry.status = status;
            entry.hung_up = false;
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.log.log.now.fetch_sub(1, Ordering::SeqCst);
        let Some(entry) = self.entry.take() else { return };
        if entry.path.ends_with("/oauth/token") {
            return;
        }
        let mut entries = self.log.log.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= KEPT {
            entries.remove(0);
        }
        entries.push(entry);
    }
}
