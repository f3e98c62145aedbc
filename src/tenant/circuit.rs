//! Fails at once while a tenant is plainly down, instead of making every caller wait for its own timeout.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(30);
const FAILURES: usize = 5;
/// Outcomes that are looked at, at most: a busy tenant has thousands in a window.
const LATEST: usize = 64;
const OPEN: Duration = Duration::from_secs(15);

/// The circuit of one tenant. Only "not reached" and "not available" count as failures, never a refusal or a slow report.
pub(super) struct Circuit(Mutex<State>);

#[derive(Default)]
struct State {
    outcomes: VecDeque<(Instant, bool)>,
    open_until: Option<Instant>,
    probing: bool,
}

impl Circuit {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State::default()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call may be tried; otherwise how long until the next probe.
    pub(super) fn admit(&self) -> Result<(), Duration> {
        let mut state = self.state();
        let Some(until) = state.open_until else { return Ok(()) };
        let now = Instant::now();
        if now < until {
            return Err(until - now);
        }
        if state.probing {
            return Err(Duration::from_secs(1));
        }
        state.probing = true;
        Ok(())
    }

    /// Note how a call that was admitted ended.
    pub(super) fn record(&self, reached: bool) {
        let mut state = self.state();
        let now = Instant::now();
        if state.open_until.is_some() {
            state.probing = false;
            if reached {
                *state = State::default();
            } else {
                state.open_until = Some(now + OPEN);
            }
            return;
        }
        state.outcomes.push_back((now, reached));
        while state.outcomes.len() > LATEST
            || state.outcomes.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            state.outcomes.pop_front();
        }
        let failures = state.outcomes.iter().filter(|(_, reached)| !reached).count();
        if failures >= FAILURES && failures * 2 >= state.outcomes.len() {
            state.open_until = Some(now + OPEN);
        }
    }

    /// A call that was admitted ended without telling anything, for example because its caller gave up.
    pub(super) fn forget(&self) {
        self.state().probing = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_opens_probes_and_closes() {
        let circuit = Circuit::new();
        for _ in 0..FAILURES {
            assert!(circuit.admit().is_ok());
            circuit.record(false);
        }
        assert!(circuit.admit().is_err());
        tokio::time::advance(OPEN).await;
        assert!(circuit.admit().is_ok(), "one probe");
        assert!(circuit.admit().is_err(), "and only one");
        circuit.record(false);
        assert!(circuit.admit().is_err());
        tokio::time::advance(OPEN).await;
        assert!(circuit.admit().is_ok());
        circuit.record(true);
        assert!(circuit.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_failures_among_many_calls_do_not_open_it() {
        let circuit = Circuit::new();
        for at in 0..30 {
            circuit.record(at % 3 != 0);
        }
        assert!(circuit.admit().is_ok());
        tokio::time::advance(WINDOW * 2).await;
        for _ in 0..4 {
            circuit.record(false);
        }
        assert!(circuit.admit().is_ok(), "old outcomes are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_given_up_makes_room_for_another() {
        let circuit = Circuit::new();
        (0..FAILURES).for_each(|_| circuit.record(false));
        tokio::time::advance(OPEN).await;
        assert!(circuit.admit().is_ok());
        circuit.forget();
        assert!(circuit.admit().is_ok());
    }
}
