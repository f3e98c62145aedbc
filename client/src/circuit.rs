//! Fails at once while a tenant is plainly down, instead of making every caller wait for its own timeout.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::CallId;

const WINDOW: Duration = Duration::from_secs(30);
const FAILURES: usize = 5;
/// Outcomes that are looked at, at most: a busy tenant has thousands in a window.
const LATEST: usize = 64;
const OPEN: Duration = Duration::from_secs(15);

/// The circuit of one tenant. Only "not reached" and "not available" count as failures, never a refusal or a slow report. It opens
/// when several calls failed: the attempts of one call are told by that call.
pub(crate) struct Circuit(Mutex<State>);

#[derive(Default)]
struct State {
    /// When a request ended, and the call whose request failed.
    outcomes: VecDeque<(Instant, Option<CallId>)>,
    open: Option<Open>,
    /// The number of the latest probe, while it is under way.
    probing: Option<u64>,
    probes: u64,
}

struct Open {
    until: Instant,
    /// What the last failure said.
    cause: String,
}

/// A request is not sent now, because the circuit is open.
#[derive(Debug)]
pub(crate) struct Resting {
    /// Until the next probe.
    pub(crate) wait: Duration,
    /// What the failure said that opened the circuit.
    pub(crate) cause: String,
}

/// A request that was admitted. Dropped without an outcome, it says nothing about the tenant.
pub(crate) struct Ticket<'a> {
    circuit: &'a Circuit,
    /// The number of the probe that this request is.
    probe: Option<u64>,
}

impl Circuit {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State::default()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request may be sent; otherwise how long until the next probe, and why.
    pub(crate) fn admit(&self) -> Result<Ticket<'_>, Resting> {
        let mut state = self.state();
        let Some(open) = &state.open else { return Ok(Ticket { circuit: self, probe: None }) };
        let left = open.until.saturating_duration_since(Instant::now());
        let wait = if left.is_zero() { Duration::from_secs(1) } else { left };
        if !left.is_zero() || state.probing.is_some() {
            return Err(Resting { wait, cause: open.cause.clone() });
        }
        state.probes += 1;
        state.probing = Some(state.probes);
        Ok(Ticket { circuit: self, probe: state.probing })
    }
}

impl Ticket<'_> {
    /// The tenant answered.
    pub(crate) fn note_success(self) {
        let mut state = self.circuit.state();
        if state.open.is_some() {
            // Also by a request that left before the circuit opened: the tenant is there.
            state.open = None;
            state.outcomes.clear();
        }
        state.note(None);
    }

    /// The tenant was not reached, or is not available.
    pub(crate) fn note_failure(self, call: CallId, cause: &str) {
        let mut state = self.circuit.state();
        let until = Instant::now() + OPEN;
        if state.open.is_some() {
            // Requests that left before the circuit opened say nothing new.
            if self.probe.is_some() {
                state.open = Some(Open { until, cause: cause.to_owned() });
            }
            return;
        }
        state.note(Some(call));
        let failed: Vec<CallId> = state.outcomes.iter().filter_map(|(_, failed)| *failed).collect();
        let is_several = failed.iter().any(|other| *other != call);
        if is_several && failed.len() >= FAILURES && failed.len() * 2 >= state.outcomes.len() {
            state.open = Some(Open { until, cause: cause.to_owned() });
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut state = self.circuit.state();
        if self.probe.is_some() && state.probing == self.probe {
            state.probing = None;
        }
    }
}

impl State {
    fn note(&mut self, failed: Option<CallId>) {
        let now = Instant::now();
        self.outcomes.push_back((now, failed));
        while self.outcomes.len() > LATEST
            || self.outcomes.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            self.outcomes.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(circuit: &Circuit, call: CallId) {
        circuit.admit().unwrap_or_else(|_| panic!("open")).note_failure(call, "it answered 503");
    }

    fn open(circuit: &Circuit) {
        (0..FAILURES).for_each(|_| fail(circuit, CallId::new()));
        assert!(circuit.admit().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_says_why_probes_and_closes() {
        let circuit = Circuit::new();
        open(&circuit);
        assert_eq!(circuit.admit().err().unwrap().cause, "it answered 503");
        tokio::time::advance(OPEN).await;
        let probe = circuit.admit().unwrap_or_else(|_| panic!("one probe"));
        assert!(circuit.admit().is_err(), "and only one");
        probe.note_failure(CallId::new(), "it is not reachable");
        assert_eq!(circuit.admit().err().unwrap().cause, "it is not reachable");
        tokio::time::advance(OPEN).await;
        circuit.admit().unwrap_or_else(|_| panic!("a probe")).note_success();
        assert!(circuit.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_attempts_of_one_call_do_not_open_it() {
        let circuit = Circuit::new();
        let call = CallId::new();
        (0..FAILURES * 3).for_each(|_| fail(&circuit, call));
        assert!(circuit.admit().is_ok());
        fail(&circuit, CallId::new());
        assert!(circuit.admit().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_failures_among_many_calls_do_not_open_it() {
        let circuit = Circuit::new();
        for at in 0..30 {
            let ticket = circuit.admit().unwrap_or_else(|_| panic!("open"));
            if at % 3 == 0 { ticket.note_failure(CallId::new(), "") } else { ticket.note_success() }
        }
        assert!(circuit.admit().is_ok());
        tokio::time::advance(WINDOW * 2).await;
        (0..4).for_each(|_| fail(&circuit, CallId::new()));
        assert!(circuit.admit().is_ok(), "old outcomes are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_given_up_makes_room_for_another() {
        let circuit = Circuit::new();
        open(&circuit);
        tokio::time::advance(OPEN).await;
        drop(circuit.admit().unwrap_or_else(|_| panic!("a probe")));
        assert!(circuit.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_from_before_does_not_end_the_probe_under_way() {
        let circuit = Circuit::new();
        let before = circuit.admit().unwrap_or_else(|_| panic!("closed"));
        let given_up = circuit.admit().unwrap_or_else(|_| panic!("closed"));
        open(&circuit);
        tokio::time::advance(OPEN).await;
        let _probe = circuit.admit().unwrap_or_else(|_| panic!("one probe"));
        drop(given_up);
        before.note_failure(CallId::new(), "late");
        assert!(circuit.admit().is_err(), "a second probe at once");
    }
}
