//! A plan as the page is given it: what the store has, without the exact arguments and without proofs.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::approvals::quorum::{Passkeys, may};
use crate::error::Error;
use crate::plan::Plan;
use crate::sanitize::text;
use crate::store::{Filed, Means, State, Step, Store};

/// What was done under a window that its page lists.
const MOST_DONE: usize = 50;

/// A row of the list.
pub(super) fn row(filed: &Filed) -> Value {
    let plan = &filed.plan;
    json!({
        "id": plan.id,
        "title": plan.title,
        "summary": plan.summary,
        "risk": plan.risk,
        "tenant": plan.tenant,
        "tenant_label": plan.tenant_label,
        "asked_by": plan.asked_by,
        "state": filed.state,
        "approvals": filed.approvals_that_hold().count(),
        "approvals_needed": plan.approvals_needed,
        "made": plan.made,
        "seconds_left": seconds_left(filed),
    })
}

/// Everything of one plan.
pub(super) fn whole(filed: &Filed, store: &Store) -> Result<Value, Error> {
    let secrets: Vec<Value> = store
        .secrets_of(&filed.plan.id)?
        .into_iter()
        .map(|secret| {
            let shown = secret.shown.map(|(at, to)| json!({ "at": at, "to": to }));
            json!({ "label": secret.label, "device": secret.device, "shown": shown, "is_kept": secret.is_kept })
        })
        .collect();
    let window = match &filed.plan.by_window {
        Some(id) => store.plan(id)?,
        None => None,
    };
    Ok(json!({
        "plan": shown(&filed.plan),
        "state": filed.state,
        "is_whole": filed.is_whole(),
        "seconds_left": seconds_left(filed),
        "seconds_to_wait": filed.ready.map(seconds_until),
        "approvals": filed.approvals,
        "steps": filed.steps.iter().map(shown_step).collect::<Vec<_>>(),
        "outcome": filed.outcome,
        "used": filed.used,
        "done_under_it": done_under(filed, store)?,
        "approvals_of_its_window": window.map(|window| window.approvals),
        "secrets": secrets,
    }))
}

/// A step with the words for what became of it.
fn shown_step(step: &Step) -> Value {
    json!({ "target": step.target, "state": step.state, "outcome": step.state.outcome().to_string(), "detail": step.detail })
}

/// What was let through by a window, the latest first.
fn done_under(filed: &Filed, store: &Store) -> Result<Vec<Value>, Error> {
    if filed.plan.window.is_none() {
        return Ok(Vec::new());
    }
    let mut done = Vec::new();
    for (_, plan, at) in store.uses(&filed.plan.id)?.into_iter().rev().take(MOST_DONE) {
        let under = store.plan(&plan)?;
        let (summary, state) = match &under {
            Some(under) => (under.plan.summary.as_str(), under.state.as_str()),
            None => ("", "cleared away"),
        };
        done.push(json!({ "plan": plan, "at": at, "summary": summary, "state": state }));
    }
    Ok(done)
}

/// What is typed is asked for in words and checked here: for a number of devices the page would otherwise hold the answer. The
/// arguments are text in which every character is seen.
fn shown(plan: &Plan) -> Value {
    let mut shown = serde_json::to_value(plan).unwrap_or_default();
    if let Some(arguments) = shown.get_mut("arguments") {
        let text = serde_json::to_string_pretty(arguments).unwrap_or_default();
        *arguments = Value::String(text::visible(&text).into_owned());
    }
    if let Some(typed) = shown.pointer_mut("/typed").and_then(Value::as_object_mut) {
        typed.remove("expected");
    }
    shown
}

/// What must be right before a person is asked for their passkey.
pub(super) fn can_be_decided(
    filed: &Filed,
    known: &Passkeys,
    gate: &crate::config::GateConfig,
) -> Result<(), Error> {
    if !filed.is_whole() {
        return Err(Error::not_allowed("the plan was changed after it was made; it cannot be approved"));
    }
    if !matches!(filed.state, State::Waiting | State::Approved) {
        return Err(Error::not_allowed(format!(
            "the plan is {} and cannot be decided any more",
            filed.state.as_str()
        )));
    }
    may(Means::Passkey, &filed.plan, known, gate)
}

fn seconds_left(filed: &Filed) -> i64 {
    seconds_until(filed.expires)
}

fn seconds_until(moment: Timestamp) -> i64 {
    moment.duration_since(Timestamp::now()).as_secs().max(0)
}
