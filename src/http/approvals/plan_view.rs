//! A plan as the page is given it: what the store has, without the exact arguments and without proofs.

use serde_json::{Value, json};

use crate::approvals::passkeys::Passkeys;
use crate::approvals::quorum::may_decide;
use crate::error::Error;
use crate::store::{Means, PlanRecord, State, Step, Store};

/// What was done under a window that its page lists.
const MOST_DONE: usize = 50;

/// A row of the list.
pub(super) fn row(plan_record: &PlanRecord) -> Value {
    let mut row = serde_json::to_value(plan_record.row()).unwrap_or_default();
    if let Some(row) = row.as_object_mut() {
        row.insert("is_waiting".to_owned(), json!(plan_record.state == State::Waiting));
        row.insert("is_open".to_owned(), json!(plan_record.state.is_open()));
    }
    row
}

/// Everything of one plan.
pub(super) fn whole(plan_record: &PlanRecord, store: &Store) -> Result<Value, Error> {
    let secrets: Vec<Value> = store
        .secrets_of(plan_record.id())?
        .into_iter()
        .map(|secret| {
            let shown = secret.shown.map(|(at, to)| json!({ "at": at, "to": to }));
            json!({ "label": secret.label, "device": secret.device, "shown": shown, "is_kept": secret.is_kept })
        })
        .collect();
    let window = match plan_record.by_window() {
        Some(id) => store.plan(id)?,
        None => None,
    };
    let is_over_or_begun = !matches!(plan_record.state, State::Waiting | State::Approved);
    let steps = plan_record.steps.iter().filter(|_| is_over_or_begun).map(step_row);
    Ok(json!({
        "id": plan_record.id(),
        "hash": plan_record.hash(),
        "view": plan_record.view(),
        "state": plan_record.state,
        "is_whole": plan_record.is_whole() || !plan_record.state.is_open(),
        "is_window": plan_record.is_window(),
        "can_run": plan_record.can_run(),
        "takes_second": plan_record.takes_second(),
        "notice": plan_record.notice(store.is_served(&plan_record.tenant_key())?),
        "waiting": store.count_waiting()?,
        "by_window": plan_record.by_window(),
        "approvals": plan_record.approvals,
        "steps": steps.collect::<Vec<_>>(),
        // The state says it already where all went well.
        "outcome": plan_record.outcome.as_deref().filter(|outcome| *outcome != plan_record.state.as_str()),
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
    if !plan_record.is_window() {
        return Ok(Vec::new());
    }
    let mut done: Vec<Value> = Vec::new();
    for (_, plan, at) in store.uses(plan_record.id())?.into_iter().rev().take(MOST_DONE) {
        // A call on several devices is one plan and several uses.
        if done.iter().any(|known| known["plan"] == *plan) {
            continue;
        }
        let under = store.plan(&plan)?;
        let (title, state) = match &under {
            Some(under) => (under.view().title, under.state.word().0),
            None => (String::new(), "cleared away"),
        };
        done.push(json!({ "plan": plan, "at": at, "title": title, "state": state }));
    }
    Ok(done)
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
    may_decide(Means::Passkey, plan_record, known, gate)
}
