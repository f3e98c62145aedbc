//! The access token: one for all callers of a tenant, refreshed ahead of its end by exactly one task.
//!
//! Lifetimes come from the answer and are measured on the monotonic clock: an API client's token lives for 60 seconds by
//! default, so a fixed margin of minutes would ask for a token a call.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::error::Error;

/// Longest wait before a refresh is tried again that failed for something that lasts, such as wrong credentials.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Longest wait before a refresh is tried again that failed for something that passes.
const LONGEST_PASSING_PAUSE: Duration = Duration::from_secs(5);

/// A token and its time.
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) lifetime: Duration,
    pub(crate) obtained: Instant,
}

impl Token {
    pub(crate) fn remaining(&self) -> Duration {
        (self.obtained + self.lifetime).saturating_duration_since(Instant::now())
    }

    /// Refreshed when this much is left: the smaller of 30 s and a tenth of the lifetime.
    fn margin(&self) -> Duration {
        (self.lifetime / 10).min(Duration::from_secs(30))
    }
}

/// Asks the tenant for a token.
pub(crate) type Fetch = Arc<dyn Fn() -> BoxFuture<'static, Result<Token, Error>> + Send + Sync>;

type Refresh = Shared<BoxFuture<'static, Result<Arc<Token>, Error>>>;

/// The token of one tenant. Cloning is free.
#[derive(Clone)]
pub(crate) struct Tokens(Arc<Inner>);

struct Inner {
    fetch: Fetch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    refresh: Option<Refresh>,
    /// The last refresh failed: why, how often in a row, and when to try again.
    failed: Option<(Error, u32, Instant)>,
}

impl Tokens {
    pub(crate) fn new(fetch: Fetch) -> Self {
        Self(Arc::new(Inner { fetch, state: Mutex::new(State::default()) }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token that is valid now; waits only when there is none.
    pub(crate) async fn get(&self) -> Result<Arc<Token>, Error> {
        if let Some(token) = self.valid() {
            return Ok(token);
        }
        let result = match self.refresh() {
            Ok(refresh) => refresh.await,
            Err(error) => Err(error),
        };
        result.map_err(|error| self.with_next_try(error))
    }

    /// A passing failure says when the next try is due, so that callers wait for that one instead of hurrying past it.
    fn with_next_try(&self, error: Error) -> Error {
        let due = self.state().failed.as_ref().map(|(_, _, until)| *until);
        match (error, due) {
            (Error::Unreachable { message, .. }, Some(until)) => Error::Unreachable {
                message,
                retry_after: Some(until.saturating_duration_since(Instant::now())),
            },
            (error, _) => error,
        }
    }

    /// The token at hand, if it is valid. Near its end a refresh is begun, and this one is used meanwhile.
    pub(crate) fn valid(&self) -> Option<Arc<Token>> {
        let token = self.state().current.clone()?;
        let left = token.remaining();
        if left <= token.margin() && !token.lifetime.is_zero() {
            // Its outcome matters only once this token has ended; a failure is remembered until then.
            let _ = self.refresh();
        }
        (!left.is_zero()).then_some(token)
    }

    /// The tenant refused this token: never use it again. A newer one is left alone.
    pub(crate) fn discard(&self, token: &Arc<Token>) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, token)) {
            state.current = None;
        }
    }

    /// Take the token away, for giving it back to the tenant.
    pub(crate) fn take(&self) -> Option<Arc<Token>> {
        self.state().current.take().filter(|token| !token.remaining().is_zero())
    }

    /// Join the refresh under way or begin one. It runs in a task of its own, so that a caller who gives up does not stop it.
    fn refresh(&self) -> Result<Refresh, Error> {
        let mut state = self.state();
        if let Some(refresh) = &state.refresh {
            return Ok(refresh.clone());
        }
        if let Some(token) = state.current.as_ref().filter(|token| token.remaining() > token.margin()) {
            // Another caller's refresh ended in the meantime.
            return Ok(futures::future::ready(Ok(token.clone())).boxed().shared());
        }
        if let Some((error, _, until)) = &state.failed
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        let tokens = self.clone();
        let fetched = (self.0.fetch)();
        let task = tokio::spawn(async move {
            let mut ending = Ending { tokens, result: Err(unexpected_end()) };
            ending.result = fetched.await.map(Arc::new);
            ending.result.clone()
        });
        let refresh = async move { task.await.unwrap_or_else(|_| Err(unexpected_end())) };
        let refresh = refresh.boxed().shared();
        state.refresh = Some(refresh.clone());
        Ok(refresh)
    }

    fn finish(&self, result: &Result<Arc<Token>, Error>) {
        let mut state = self.state();
        state.refresh = None;
        match result {
            Ok(token) => {
                state.current = Some(token.clone());
                state.failed = None;
            }
            Err(error) => {
                let times = state.failed.as_ref().map_or(0, |(_, times, _)| *times);
                let (longest, asked) = match error {
                    Error::Unreachable { retry_after, .. } => (LONGEST_PASSING_PAUSE, *retry_after),
                    _ => (LONGEST_PAUSE, None),
                };
                let pause = Duration::from_secs(1 << times.min(5)).min(longest);
                let pause = pause.max(asked.unwrap_or_default());
                tracing::warn!(%error, "the request for an access token failed");
                tracing::debug!(?pause, "no token is asked for in the meantime");
                state.failed = Some((error.clone(), times + 1, Instant::now() + pause));
            }
        }
    }
}

/// Takes note of how a refresh ended, even when it failed, so that the next caller can begin another one.
struct Ending {
    tokens: Tokens,
    result: Result<Arc<Token>, Error>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.tokens.finish(&self.result);
    }
}

fn unexpected_end() -> Error {
    Error::Internal("the request for an access token failed unexpectedly".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn counting_tokens(lifetime: Duration, fail: bool) -> (Tokens, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let fetch: Fetch = Arc::new(move || {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                if fail {
                    return Err(Error::operator("no"));
                }
                Ok(Token { secret: format!("t{number}").into(), lifetime, obtained: Instant::now() })
            }
            .boxed()
        });
        (Tokens::new(fetch), count)
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_share_one_refresh() {
        let (tokens, count) = counting_tokens(Duration::from_secs(59), false);
        let got = futures::future::join_all((0..1000).map(|_| tokens.get())).await;
        assert!(got.iter().all(Result::is_ok));
        assert_eq!(count.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(60)).await;
        let got = futures::future::join_all((0..1000).map(|_| tokens.get())).await;
        assert!(got.iter().all(Result::is_ok));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_of_calls_costs_two_tokens_at_most() {
        let (tokens, count) = counting_tokens(Duration::from_secs(59), false);
        for _ in 0..600 {
            tokens.get().await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(count.load(Ordering::SeqCst) <= 2, "{count:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_old_token_serves_while_the_new_one_comes() {
        let (tokens, count) = counting_tokens(Duration::from_secs(60), false);
        let first = tokens.get().await.unwrap();
        tokio::time::advance(Duration::from_secs(55)).await;
        let during = tokens.get().await.unwrap();
        assert!(Arc::ptr_eq(&first, &during));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!Arc::ptr_eq(&first, &tokens.get().await.unwrap()));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_who_gives_up_does_not_stop_the_refresh() {
        let (tokens, count) = counting_tokens(Duration::from_secs(60), false);
        assert!(tokio::time::timeout(Duration::from_millis(1), tokens.get()).await.is_err());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(tokens.valid().is_some());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_remembered_for_a_while() {
        let (tokens, count) = counting_tokens(Duration::from_secs(60), true);
        for _ in 0..50 {
            assert!(tokens.get().await.is_err());
        }
        assert_eq!(count.load(Ordering::SeqCst), 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(tokens.get().await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_that_panics_leaves_the_next_caller_able_to_try() {
        let times = Arc::new(AtomicUsize::new(0));
        let count = times.clone();
        let fetch: Fetch = Arc::new(move || {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(number > 0, "the first one fails");
                let lifetime = Duration::from_secs(60);
                Ok(Token { secret: "t".into(), lifetime, obtained: Instant::now() })
            }
            .boxed()
        });
        let tokens = Tokens::new(fetch);
        assert!(tokens.get().await.is_err());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(tokens.get().await.is_ok());
        assert_eq!(times.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_refused_token_is_thrown_away() {
        let (tokens, count) = counting_tokens(Duration::from_secs(60), false);
        let first = tokens.get().await.unwrap();
        tokens.discard(&first);
        let second = tokens.get().await.unwrap();
        tokens.discard(&first);
        assert!(Arc::ptr_eq(&second, &tokens.get().await.unwrap()));
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}
