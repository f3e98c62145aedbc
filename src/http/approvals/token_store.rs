//! Things that are held for a short time under a token that only its owner knows: questions that wait for a passkey, sessions,
//! invitations. They live in memory, so that a process that ends takes them along.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::plan::digest;
use crate::store::random_id;

/// Things by the hash of their token, each for the same time, and not too many.
#[derive(Debug)]
pub(super) struct TokenStore<T> {
    lasts: Duration,
    most: usize,
    things: Mutex<HashMap<String, (Instant, T)>>,
}

impl<T> TokenStore<T> {
    pub(super) fn new(lasts: Duration, most: usize) -> Self {
        Self { lasts, most, things: Mutex::new(HashMap::new()) }
    }

    /// Hold something. The token cannot be guessed.
    pub(super) fn put(&self, thing: T) -> String {
        let token = random_id() + &random_id();
        self.put_under(&token, thing);
        token
    }

    /// Hold something under a token of one's own. The oldest goes when there are too many.
    pub(super) fn put_under(&self, token: &str, thing: T) {
        let mut things = self.current();
        if things.len() >= self.most
            && let Some(oldest) =
                things.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| key.clone())
        {
            things.remove(&oldest);
        }
        things.insert(key(token), (Instant::now(), thing));
    }

    /// Take something out; nobody else gets it then.
    pub(super) fn take(&self, token: &str) -> Option<T> {
        self.current().remove(&key(token)).map(|(_, thing)| thing)
    }

    /// Look at something.
    pub(super) fn get(&self, token: &str) -> Option<T>
    where
        T: Clone,
    {
        self.current().get(&key(token)).map(|(_, thing)| thing.clone())
    }

    /// Drop what fits.
    pub(super) fn drop_if(&self, fits: impl Fn(&T) -> bool) {
        self.current().retain(|_, (_, thing)| !fits(thing));
    }

    /// What is not too old.
    fn current(&self) -> MutexGuard<'_, HashMap<String, (Instant, T)>> {
        let mut things = self.things.lock().unwrap_or_else(PoisonError::into_inner);
        things.retain(|_, (since, _)| since.elapsed() < self.lasts);
        things
    }
}

// A look-up by hash tells nothing of the token by the time that it takes.
fn key(token: &str) -> String {
    digest(&["held", token])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_taken_once() {
        let store = TokenStore::new(Duration::from_secs(60), 8);
        let token = store.put("a");
        assert_eq!(store.get(&token), Some("a"));
        assert_eq!(store.take("another"), None);
        assert_eq!((store.take(&token), store.take(&token)), (Some("a"), None));
    }

    #[test]
    fn it_goes_with_time_and_when_there_is_too_much() {
        let over = TokenStore::new(Duration::ZERO, 8);
        let token = over.put("a");
        assert_eq!(over.get(&token), None);
        let store = TokenStore::new(Duration::from_secs(60), 2);
        let tokens = ["a", "b", "c"].map(|thing| {
            let token = store.put(thing);
            std::thread::sleep(Duration::from_millis(2));
            token
        });
        assert_eq!(tokens.each_ref().map(|token| store.get(token)), [None, Some("b"), Some("c")]);
        store.drop_if(|thing| *thing == "b");
        assert_eq!(tokens.each_ref().map(|token| store.get(token)), [None, None, Some("c")]);
    }
}
