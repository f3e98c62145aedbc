//! One call to the tenant: its place, its token, its attempts, its answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use jamf_pro_tools::{Action, Body};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::address::Address;
use crate::circuit::{Circuit, Resting, Ticket};
use crate::config::ClientConfig;
use crate::connection::{self, Http, Route};
use crate::digest_key::DigestKey;
use crate::error::{Error, Message};
use crate::exchange;
use crate::node::Nodes;
use crate::outcome::Outcome;
use crate::queue::{Place, Queue};
use crate::retry::{self, Failure, Quota};
use crate::spare::SpareBuffer;
use crate::token::{Token, Tokens};
use crate::version::Versions;
use crate::{Call, Reply, reply, sign_in};

/// How long a file may take to leave.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(3600);

/// How long a caller waits before the next call, when too many are waiting.
const BUSY_PAUSE: Duration = Duration::from_secs(5);

/// How long it is remembered that a new token did not help a read that was answered 401.
const REFUSAL: Duration = Duration::from_secs(600);

/// How long things are waited for, whatever time is left to the caller, and how long what was learned holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Until the answer to a read begins, and between two pieces of any answer.
    pub(crate) silence: Duration,
    /// Until the answer to a write is whole. A caller who gives up does not shorten it.
    pub(crate) write: Duration,
    /// How long the tenant's version, and the paths that follow from it, are taken to be what they were.
    pub(crate) version: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        // Jamf Cloud's edge ends what takes 90 s: waiting longer for a write turns "unknown" into its own answer.
        Self {
            silence: Duration::from_secs(30),
            write: Duration::from_secs(120),
            version: Duration::from_secs(3600),
        }
    }
}

/// What all calls to one tenant share.
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) address: Address,
    pub(crate) route: Route,
    pub(crate) tokens: Tokens,
    pub(crate) versions: Versions,
    pub(crate) patience: Patience,
    pub(crate) http: Http,
    pub(crate) nodes: Nodes,
    pub(crate) digest_key: DigestKey,
    /// The memory of the last list's answer.
    pub(crate) spare: SpareBuffer,
    queue: Queue,
    circuit: Circuit,
    quota: Quota,
    /// Actions whose reads were answered 401 with a new token too, and when.
    refusals: Mutex<HashMap<&'static str, Instant>>,
}

impl Client {
    pub(crate) fn new(config: &ClientConfig, patience: Patience) -> Result<Arc<Self>, Error> {
        let address = Address::parse(&config.url)?;
        let (http, route) = connection::connect(&address, config)?;
        let queue = Queue::new();
        let tokens = sign_in::tokens(&address, &http, &route, &queue, config)?;
        Ok(Arc::new(Self {
            name: config.name.clone(),
            label: config.label.clone(),
            address,
            route,
            tokens,
            versions: Versions::default(),
            patience,
            http,
            nodes: Nodes::default(),
            digest_key: config.digest_key.clone(),
            spare: SpareBuffer::default(),
            queue,
            circuit: Circuit::new(),
            quota: Quota::new(),
            refusals: Mutex::default(),
        }))
    }

    /// Whether a new token did not help a read of this action a short while ago.
    fn is_refused_anyhow(&self, action: &Action) -> bool {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.get(action.name).is_some_and(|at| at.elapsed() < REFUSAL)
    }

    fn note_refusal(&self, action: &'static Action) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).insert(action.name, Instant::now());
    }
}

/// A call as it goes out: everything but the token.
pub(crate) struct Outgoing<'a> {
    pub(crate) action: &'static Action,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [(String, String)],
    pub(crate) body: &'a Body,
    pub(crate) manner: Manner,
}

/// What a caller does about a failure itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// The caller asks for less when the answer does not come in time, which helps more than asking for the same again.
    pub(crate) can_shrink: bool,
}

impl Outgoing<'_> {
    pub(crate) fn is_read(&self) -> bool {
        reply::is_read(self.action)
    }

    pub(crate) fn patience(&self, client: &Client) -> Duration {
        match self.body {
            _ if self.is_read() => client.patience.silence,
            Body::Upload { .. } | Body::File { .. } => client.patience.write.max(UPLOAD_PATIENCE),
            _ => client.patience.write,
        }
    }
}

/// How an attempt failed, the error for it, and when the server wants the next one.
pub(crate) struct FailedAttempt {
    pub(crate) failure: Failure,
    pub(crate) error: Error,
    pub(crate) hint: Option<Duration>,
}

impl From<FailedAttempt> for Error {
    fn from(failed_attempt: FailedAttempt) -> Self {
        failed_attempt.error
    }
}

impl FailedAttempt {
    pub(crate) fn not_sent(error: Error) -> Self {
        let hint = match &error {
            Error::Unreachable { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self { failure: Failure::NotSent, error, hint }
    }

    fn resting(resting: &Resting) -> Self {
        let seconds = resting.wait.as_secs().max(1);
        let message = Message {
            text: format!(
                "{} Several requests of the last half minute ended so, and the tenant is left alone for {seconds} s",
                sentence(&resting.cause)
            ),
            hint: Some("try again after that".into()),
        };
        let error = Error::Unreachable { message, retry_after: Some(resting.wait) };
        Self { failure: Failure::Resting, error, hint: Some(resting.wait) }
    }

    /// The answer did not come in time, by our clock or by that of a gateway.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.failure, Failure::Slow | Failure::Status(504))
    }
}

/// The attempts of one call.
struct Effort {
    begun: Instant,
    attempt: u32,
    /// Set once it failed: until when attempts are made beyond the usual number.
    until: Option<Instant>,
    /// The token was replaced and the call replayed.
    is_replayed: bool,
    last: Option<FailedAttempt>,
}

/// Send a call, again where that is safe, and take its whole answer.
pub(crate) async fn send(
    client: &Arc<Client>,
    out: &Outgoing<'_>,
    call: &Call,
) -> Result<Reply, FailedAttempt> {
    let url = client.address.join(out.path, out.query).map_err(FailedAttempt::not_sent)?;
    let mut effort =
        Effort { begun: Instant::now(), attempt: 0, until: None, is_replayed: false, last: None };
    loop {
        effort.attempt += 1;
        let failed_attempt = match client.circuit.admit() {
            Ok(ticket) => {
                let result = try_once(client, out, &url, call, &mut effort).await;
                settle(ticket, out, call, &result);
                match result {
                    Ok(reply) => {
                        client.quota.give();
                        return Ok(reply);
                    }
                    Err(failed_attempt) => failed_attempt,
                }
            }
            Err(resting) => FailedAttempt::resting(&resting),
        };
        let Some(pause) = effort.pause(client, out, call, &failed_attempt) else {
            return Err(effort.end(call, failed_attempt));
        };
        tracing::debug!(action = out.action.name, attempt = effort.attempt, ?pause, failure = ?failed_attempt.failure, "trying again");
        effort.last = Some(failed_attempt);
        tokio::select! {
            biased;
            () = call.cancelled.cancelled() => return Err(FailedAttempt::not_sent(Error::Cancelled)),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Tell the circuit how an attempt ended. Only an outage counts: neither our own waiting line, nor an answer that was too large to
/// come in time.
fn settle(ticket: Ticket<'_>, out: &Outgoing<'_>, call: &Call, result: &Result<Reply, FailedAttempt>) {
    let failed_attempt = match result {
        Ok(_) => return ticket.note_success(),
        Err(failed_attempt) => failed_attempt,
    };
    match failed_attempt.failure {
        Failure::NotSent | Failure::Resting | Failure::Interrupted | Failure::Slow => drop(ticket),
        Failure::Status(504) if out.manner.can_shrink => drop(ticket),
        Failure::NoConnection => ticket.note_failure(call.id, &failed_attempt.error.to_string()),
        Failure::Status(status @ (503 | 504)) => {
            ticket.note_failure(call.id, &format!("the tenant is not available right now ({status})."));
        }
        Failure::Status(_) => ticket.note_success(),
    }
}

/// Whether the end of an outage is waited for: what the call has read before would be lost. A call that was not answered yet hears of
/// the outage soon, and one that has written does not wait to read more.
fn is_worth_waiting(out: &Outgoing<'_>, call: &Call) -> bool {
    out.is_read() && call.has_answer.is_set() && call.tracker.outcome() == Outcome::NotSent
}

impl Effort {
    /// How long to wait before the next attempt; `None` when there is none.
    fn pause(
        &mut self,
        client: &Client,
        out: &Outgoing<'_>,
        call: &Call,
        failed_attempt: &FailedAttempt,
    ) -> Option<Duration> {
        let now = Instant::now();
        let left = call.deadline.saturating_duration_since(now);
        let until = *self.until.get_or_insert(now + (left / 2).min(retry::PATIENT));
        let is_final = matches!(
            failed_attempt.error,
            Error::Cancelled | Error::Busy { .. } | Error::Operator(_) | Error::Arguments(_)
        );
        let attempt = retry::Attempt {
            failure: failed_attempt.failure,
            is_read: out.is_read(),
            number: self.attempt,
            hint: failed_attempt.hint,
            is_patient: is_worth_waiting(out, call) && now < until,
        };
        if is_final || (out.manner.can_shrink && failed_attempt.is_slow()) || !attempt.may_repeat() {
            return None;
        }
        let pause = attempt.delay();
        let fits = now + pause + Duration::from_secs(1) <= call.deadline;
        let is_long = failed_attempt.hint > Some(retry::LONGEST_HINT);
        (fits && !is_long && client.quota.take(&attempt)).then_some(pause)
    }

    /// The failure as the caller reads it.
    fn end(&mut self, call: &Call, failed_attempt: FailedAttempt) -> FailedAttempt {
        let is_waiting = failed_attempt.failure == Failure::Resting
            || (failed_attempt.failure == Failure::NotSent && Instant::now() >= call.deadline);
        with_hint(match self.last.take() {
            // The tenant's answer says more than that there was no time for another one.
            Some(last) if is_waiting => last,
            _ => failed_attempt,
        })
    }
}

/// An answer that asked for a wait says so to anyone who now has to wait.
fn with_hint(failed_attempt: FailedAttempt) -> FailedAttempt {
    let (Some(wait), Failure::Status(_)) = (failed_attempt.hint, failed_attempt.failure) else {
        return failed_attempt;
    };
    let error =
        with_sentence(failed_attempt.error, &format!("The tenant asks to wait {} s.", wait.as_secs()));
    let error = match error {
        Error::Unreachable { message, .. } => Error::Unreachable { message, retry_after: Some(wait) },
        error => error,
    };
    FailedAttempt { error, ..failed_attempt }
}

/// An error with one more sentence in the end.
fn with_sentence(mut error: Error, more: &str) -> Error {
    if let Some(message) = error.message_mut() {
        message.text = format!("{} {more}", sentence(&message.text));
    }
    error
}

/// The text with a full stop.
fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// A place at the tenant and a token that is still good when the place is had.
async fn place_and_token(client: &Client, call: &Call) -> Result<(Place, Arc<Token>), Error> {
    let begun = Instant::now();
    let has_token = AtomicBool::new(false);
    if begun >= call.deadline {
        let message = "the time for this call was over before the tenant was asked";
        return Err(Error::busy(message, BUSY_PAUSE).hint("ask for less at once"));
    }
    let both = async {
        loop {
            // The token comes first: anyone who refreshes it needs a place too.
            has_token.store(false, Ordering::Relaxed);
            client.tokens.get().await?;
            has_token.store(true, Ordering::Relaxed);
            let place = client.queue.place(&call.caller).await.map_err(|_| busy())?;
            if let Some(token) = client.tokens.valid() {
                return Ok((place, token));
            }
        }
    };
    tokio::select! {
        biased;
        () = call.cancelled.cancelled() => Err(Error::Cancelled),
        result = timeout_at(call.deadline, both) => result.unwrap_or_else(|_| {
            Err(out_of_time(begun.elapsed(), has_token.load(Ordering::Relaxed)))
        }),
    }
}

/// The time of a call ended while it waited for its token or its place.
fn out_of_time(waited: Duration, has_token: bool) -> Error {
    let seconds = waited.as_secs_f64().round();
    if has_token {
        let message = format!(
            "waited {seconds} s for a place in the queue of this tenant, where other calls are still at work"
        );
        return Error::busy(message, BUSY_PAUSE).hint("try again, or ask for less at once");
    }
    Error::unreachable(format!("waited {seconds} s for an access token, and the tenant gave none"))
        .hint("try again")
}

fn busy() -> Error {
    Error::busy("too many calls are waiting for this tenant already", BUSY_PAUSE)
        .hint("try again in a few seconds, with fewer calls at once")
}

async fn try_once(
    client: &Client,
    out: &Outgoing<'_>,
    url: &Url,
    call: &Call,
    effort: &mut Effort,
) -> Result<Reply, FailedAttempt> {
    loop {
        let (place, token) = place_and_token(client, call).await.map_err(FailedAttempt::not_sent)?;
        let request =
            exchange::build(client, out, url, call, &token).await.map_err(FailedAttempt::not_sent)?;
        // The caller waited for all attempts, not for the last one alone.
        let late = |_| Err(exchange::late(out, effort.begun.elapsed()));
        let exchange = exchange::exchange(client, out, request);
        let answered = if out.is_read() {
            tokio::select! {
                biased;
                () = call.cancelled.cancelled() => return Err(FailedAttempt::not_sent(Error::Cancelled)),
                result = timeout_at(call.deadline, exchange) => result.unwrap_or_else(late)?,
            }
        } else {
            // It may have left: from here on its outcome matters more than its caller's patience.
            exchange.await?
        };
        drop(place);
        if answered.status == StatusCode::UNAUTHORIZED {
            let is_token = reply::says_invalid_token(&answered.body) || token.remaining().is_zero();
            let is_worth_it = is_token || (out.is_read() && !client.is_refused_anyhow(out.action));
            if is_worth_it && !effort.is_replayed {
                // Refused before it was looked at, so that even a write can be sent once more.
                effort.is_replayed = true;
                client.tokens.discard(&token);
                continue;
            }
            if effort.is_replayed && !is_token {
                client.note_refusal(out.action);
            }
        }
        return exchange::read(client, out, call, answered);
    }
}
