//! A plan as the page is given it: what the store has, without the exact arguments and without proofs.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::approvals::quorum::{Passkeys, may};
use crate::error::Error;
use crate::plan::Plan;
use crate::sanitize::text;
use crate::store::{Means, PlanRecord, State, Step, Store};

/// What was done under a window that its page lists.
const MOST_DONE: usize = 50;

/// A row of the list.
pub(super) fn row(plan_record: &PlanRecord) -> Value {
    let plan = &plan_record.plan;
    json!({
        "id": plan.id,
        "title": plan.title,
        "summary": plan.summary,
        "risk": plan.risk,
        "tenant": plan.tenant,
        "tenant_label": plan.tenant_label,
        "asked_by": plan.requester,
        "state": plan_record.state,
        "approvals": plan_record.approvals_that_hold().count(),
        "approvals_needed": plan.approvals_needed,
        "made": plan.made,
        "seconds_left": seconds_left(plan_record),
    })
}

/// Everything of one plan.
pub(super) fn whole(plan_record: &PlanRecord, store: &Store) -> Result<Value, Error> {
    let secrets: Vec<Value> = store
        .secrets_of(&plan_record.plan.id)?
        .into_iter()
        .map(|secret| {
            let shown = secret.shown.map(|(at, to)| json!({ "at": at, "to": to }));
            json!({ "label": secret.label, "device": secret.device, "shown": shown, "is_kept": secret.is_kept })
        })
        .collect();
    let window = match &plan_record.plan.by_window {
        Some(id) => store.plan(id)?,
        None => None,
    };
    Ok(json!({
        "plan": plan_for_page(&plan_record.plan),
        "state": plan_record.state,
        "is_whole": plan_record.is_whole(),
        "seconds_left": seconds_left(plan_record),
        "seconds_to_wait": plan_record.ready.map(seconds_until),
        "approvals": plan_record.approvals,
        "steps": plan_record.steps.iter().map(step_row).collect::<Vec<_>>(),
        "outcome": plan_record.outcome,
        "used": plan_record.used,
        "done_under_it": done_under(plan_record, store)?,
        "approvals_of_its_window": window.map(|window| window.approvals),
        "secrets": secrets,
    }))
}

/// A step with the words for what became of it.
fn step_row(step: &Step) -> Value {
    json!({ "target": step.target, "state": step.state, "outcome": step.state.outcome().to_string(), "detail": step.detail })
}

/// What was let through by a window, the latest first.
fn done_under(plan_record: &PlanRecord, store: &Store) -> Result<Vec<Value>, Error> {
    if plan_record.plan.window.is_none() {
        return Ok(Vec::new());
    }
    let mut done = Vec::new();
    for (_, plan, at) in store.uses(&plan_record.plan.id)?.into_iter().rev().take(MOST_DONE) {
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
fn plan_for_page(plan: &Plan) -> Value {
    let mut view = serde_json::to_value(plan).unwrap_or_default();
    if let Some(arguments) = view.get_mut("arguments") {
        let text = serde_json::to_string_pretty(arguments).unwrap_or_default();
        *arguments = Value::String(text::visible(&text).into_owned());
    }
    if let Some(typed) = view.pointer_mut("/typed").and_then(Value::as_object_mut) {
        typed.remove("expected");
    }
    view
}

/// What must be right before a person is asked for their passkey.
pub(super) fn can_be_decided(
    plan_record: &PlanRecord,
    known: &Passkeys,
    gate: &crate::config::GateConfig,
) -> Result<(), Error> {
    if !plan_record.is_whole() {
        return Err(Error::not_allowed("the plan was changed after it was made; it cannot be approved"));
    }
    if !matches!(plan_record.state, State::Waiting | State::Approved) {
        return Err(Error::not_allowed(format!(
            "the plan is {} and cannot be decided any more",
            plan_record.state.as_str()
        )));
    }
    may(Means::Passkey, &plan_record.plan, known, gate)
}

fn seconds_left(plan_record: &PlanRecord) -> i64 {
    seconds_until(plan_record.expires)
}

fn seconds_until(moment: Timestamp) -> i64 {
    moment.duration_since(Timestamp::now()).as_secs().max(0)
}
