//! Plans as they are described to their callers: what they are, where they stand, and what is for a person to do.

use std::collections::BTreeSet;

use jamf_pro_client::outcome::Outcome;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::changes;
use crate::approvals::quorum;
use crate::error::Error;
use crate::plan::{Plan, SAMPLE};
use crate::store::{PlanRecord, State, StepState};

/// Why a plan that was begun does not go on. What was sent of it stays sent, whatever is refused now.
pub(super) fn explain_interruption(plan_record: &PlanRecord, why: Error) -> Error {
    let count = |outcome: Outcome| {
        let steps = plan_record.steps.iter().filter(|step| step.state.outcome() == outcome).count();
        format!("{steps} {outcome}")
    };
    let counts = [Outcome::Done, Outcome::Unknown, Outcome::Failed, Outcome::NotSent].map(count);
    Error::unknown(format!(
        "plan {} was being applied when its process ended: {}. It is not resumed: {why}",
        plan_record.plan.id,
        counts.join(", "),
    ))
    .hint("read what is there before anything is repeated, and call `plan_status` for the plan step by step")
}

/// The ways in which a person can approve a plan, or see its secrets: those that would be taken.
#[derive(Debug, Default)]
pub(super) struct ApprovalWays {
    /// Where the approvals page is served now.
    pub(super) page: Option<String>,
    /// A passkey counts, so that the page is the way, whether it is served or not.
    pub(super) takes_passkey: bool,
    /// A terminal would be taken.
    pub(super) terminal: bool,
    /// A question of the client would be taken, where the client can ask.
    pub(super) elicitation: bool,
}

impl ApprovalWays {
    /// How a person approves the plan.
    fn approve(&self, plan: &Plan) -> String {
        let page = self.takes_passkey.then(|| self.on_page(&plan.id));
        let terminal = self
            .terminal
            .then(|| format!("with `jamf-pro-mcp approvals approve {}` in a terminal of their own", plan.id));
        let ways: Vec<String> = page.into_iter().chain(terminal).collect();
        if ways.is_empty() && self.elicitation {
            return "they approve it by the question that a client asks which supports elicitation; this one did not ask".to_owned();
        }
        if ways.is_empty() {
            return "nobody can approve it as long as no passkey is enrolled: `jamf-pro-mcp approvals enroll` in a terminal begins that"
                .to_owned();
        }
        format!("they approve it {}", ways.join(", or "))
    }

    /// How a person sees the secrets of the plan.
    pub(super) fn see(&self, plan: &Plan) -> String {
        if self.terminal {
            return format!(
                "the person sees it with `jamf-pro-mcp approvals show {} --secret` in a terminal of their own",
                plan.id
            );
        }
        format!("the person who approved the plan sees it {}", self.on_page(&plan.id))
    }

    /// How a person releases a tenant that is on hold.
    pub(super) fn release(&self, tenant: &str) -> String {
        if self.terminal {
            return format!("with `jamf-pro-mcp approvals release {tenant}` in a terminal of their own");
        }
        self.at_page("/")
    }

    /// The address at which a person approves the plan with a passkey, where it is served now.
    fn page_of(&self, id: &str) -> Option<String> {
        let page = self.page.as_ref().filter(|_| self.takes_passkey)?;
        Some(format!("{page}#/plans/{id}"))
    }

    fn on_page(&self, id: &str) -> String {
        self.at_page(&format!("/plans/{id}"))
    }

    fn at_page(&self, place: &str) -> String {
        match &self.page {
            Some(page) => format!("at {page}#{place}"),
            None => "on the approvals page, which is not served right now: it is while a server runs that has it, and the server's own log \
                     says why where it cannot be"
                .to_owned(),
        }
    }
}

pub(super) fn describe(plan_record: &PlanRecord, ways: &ApprovalWays) -> Value {
    let plan = &plan_record.plan;
    let approvers: BTreeSet<&str> =
        plan_record.approvals_that_hold().map(|approval| approval.approver.as_str()).collect();
    let approved = approvers.len();
    let done = plan_record.steps.iter().filter(|step| step.state == StepState::Done).count();
    let result = match plan_record.state {
        State::Waiting => Outcome::NotSent.close("waiting for a person to approve it"),
        State::Approved if plan.window.is_some() => "open: approved until its time is over".to_owned(),
        State::Approved => Outcome::NotSent.close("approved"),
        State::Rejected => Outcome::NotSent.close("rejected by a person"),
        State::Applying => "being applied".to_owned(),
        State::Interrupted => {
            "interrupted: the process that applied it ended in between; the steps say what was sent"
                .to_owned()
        }
        State::Abandoned => {
            "over: the process that applied it ended in between; the steps say what was sent".to_owned()
        }
        State::Unknown => "applied, and what came of a part is not known; the steps say of which".to_owned(),
        State::Applied => "applied".to_owned(),
        State::Partial => {
            format!("{}; the steps say which", Outcome::PartlyDone { done, of: plan_record.steps.len() })
        }
        State::Failed if plan_record.steps.iter().all(|step| step.state == StepState::NotSent) => {
            Outcome::NotSent.close("tried")
        }
        State::Failed => Outcome::Failed.close("tried"),
        State::Expired => Outcome::NotSent.close("expired"),
        State::Outdated => Outcome::NotSent.close("outdated"),
    };
    let how = match plan_record.state {
        State::Waiting => format!(
            "You cannot approve it. Tell the person what it is about and that it waits: {}. Then call the same tool with the same arguments, \
             or `plan_apply` with this plan.",
            ways.approve(plan)
        ),
        State::Approved if plan.window.is_some() => {
            "It is open: call the tool itself, for devices of the window; each call is sent at once and counted. A person can close it.".to_owned()
        }
        State::Approved => match plan_record.ready.filter(|ready| *ready > Timestamp::now()) {
            Some(ready) => format!("It can be applied from {ready} on; until then it can still be rejected."),
            None if plan_record.runs => {
                "A server carries it out by itself: call `plan_status` with this plan for what came of it.".to_owned()
            }
            None => "Call the same tool with the same arguments, or `plan_apply` with this plan.".to_owned(),
        },
        State::Interrupted => {
            "What is `sent` may have arrived: read before anything is repeated. `plan_apply` goes on with what is `waiting`.".to_owned()
        }
        State::Abandoned | State::Unknown => {
            "What is `sent` may have arrived: read before anything is repeated.".to_owned()
        }
        _ => String::new(),
    };
    let approvals = match plan.approvals_needed {
        0 | 1 => format!("{approved} of 1"),
        needed => format!("{approved} of {needed}: {}", quorum::describe_requirement(plan)),
    };
    let mut shown = json!({
        "result": result, "plan": plan.id, "tenant": plan.tenant_label.as_ref().map_or_else(|| plan.tenant.clone(), |label| format!("{} ({label})", plan.tenant)),
        "tool": plan.tool, "risk": plan.risk, "title": plan.title, "reach": plan.reach.sentence,
        "approvals": approvals, "expires": plan_record.expires.to_string(),
    });
    let Some(map) = shown.as_object_mut() else { return shown };
    if plan_record.state.is_open() && plan_record.state != State::Interrupted {
        map.extend(facts(plan));
    } else {
        put(map, "steps", json!(plan_record.steps));
    }
    let mut put = |name: &str, value: Value| put(map, name, value);
    if plan_record.state == State::Waiting {
        put("approve_at", json!(ways.page_of(&plan.id)));
    }
    if let Some(window) = &plan.window {
        put(
            "window",
            json!({ "tools": window.tools, "minutes": window.minutes, "used": plan_record.used, "at_most": window.at_most }),
        );
    }
    put("by_window", json!(plan.by_window));
    put("outcome", json!(plan_record.outcome));
    put("next", json!(how));
    shown
}

/// What a call would do, for an agent: whom it affects, what changes, what runs, what is not known.
pub(super) fn facts(plan: &Plan) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut put = |name: &str, value: Value| put(&mut facts, name, value);
    put("calls", plan.calls.iter().map(facts_of_call).collect());
    if plan.calls.is_empty() {
        put("targets", json!(plan.sample()));
    }
    if plan.targets.len() > SAMPLE {
        put("targets_in_all", json!(plan.targets.len()));
    }
    put("reaches", json!(plan.basis.sample));
    put("changes", json!(changes::for_agent(&plan.changes)));
    let content = plan.basis.content.iter();
    let content =
        content.map(|one| json!({ "kind": one.kind, "id": one.id, "name": one.name, "about": one.about }));
    put("runs_or_installs", content.collect());
    put("references", json!(plan.references));
    put("warnings", json!(plan.warnings));
    put("not_checked", json!(plan.not_checked));
    put("undo", json!(plan.undo));
    facts
}

/// The same of one of several calls, with its tool and title.
fn facts_of_call(call: &Plan) -> Value {
    let mut told = Map::from_iter([
        ("tool".to_owned(), json!(call.tool)),
        ("title".to_owned(), json!(call.title)),
        ("reach".to_owned(), json!(call.reach.sentence)),
    ]);
    told.extend(facts(call));
    Value::Object(told)
}

/// Put a value that says something.
fn put(map: &mut Map<String, Value>, name: &str, value: Value) {
    let nothing = value.as_array().is_some_and(Vec::is_empty) || value.is_null() || value == "";
    if !nothing {
        map.insert(name.to_owned(), value);
    }
}
