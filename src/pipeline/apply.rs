//! Plans: made for a call, told of, and applied once, one target after the other, each noted before and after it is sent.

use std::sync::Arc;

use jamf_pro_client::JamfError;
use jamf_pro_client::outcome::{Outcome, Tracker};
use jamf_pro_client::{Call, Step, Tenant};
use jamf_pro_tools::{Checked, Risk};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::panics::caught;
use super::steps::{outcome_of, take_note};
use super::{
    Asking, Calls, Finished, Handed, LONG_PATIENCE, Links, Ready, Waiting, laid_out, note_outcome, registry,
    write_down,
};
use crate::audit::{Audit, Record};
use crate::call::Caller;
use crate::context::CallContext;
use crate::error::Error;
use crate::gate::{Application, Ask, Going, New, Next, called_with};
use crate::jobs::Work;
use crate::plan::{Plan, Target};
use crate::registry::Tool;
use crate::render;
use crate::render::items::Names;
use crate::store::{self, Copy, Filed, Filter, State, StepState};

/// Plans that are told of at once.
const MOST_PLANS: u32 = 20;

/// What applying needs beside the plan, owned by the task that does it.
struct Applying {
    calls: Calls,
    application: Application,
    tenant: Tenant,
    audit: Audit,
    call: CallContext,
    record: Record,
}

/// The steps of a plan after they were taken.
struct Taken {
    steps: Vec<store::Step>,
    /// The answer of the last step that succeeded.
    text: Option<String>,
    /// The error of the last step that did not.
    failure: Option<Error>,
    /// What else the caller must know.
    notes: Vec<String>,
    /// The outcome of the last step that succeeded.
    last: Outcome,
}

impl Calls {
    /// A call that takes a plan: `plan` is the one that the caller names, otherwise the one for the same arguments.
    pub(super) async fn run_planned(&self, asking: Asking<'_>, plan: Option<Filed>) -> Result<String, Error> {
        let undoes = plan.as_ref().and_then(|filed| filed.plan.undoes.clone());
        self.run_planned_for(asking, plan, undoes.as_deref()).await
    }

    async fn run_planned_for(
        &self,
        asking: Asking<'_>,
        plan: Option<Filed>,
        undoes: Option<&str>,
    ) -> Result<String, Error> {
        // What cannot be sent as it is must not wait for a person first.
        laid_out(asking.tool, asking.checked.clone(), &self.0.limits, None)?;
        let surface = self.surface();
        let ask = Ask {
            surface: &surface,
            tool: asking.tool,
            checked: &asking.checked,
            key: &asking.key,
            tenant: asking.tenant,
            call: &asking.call,
            caller: asking.caller,
            reason: asking.spoken.reason.as_deref(),
            ticket: asking.spoken.ticket.as_deref(),
            plan,
            undoes,
        };
        let next = self.0.gate.consider(ask).await;
        let arguments = asking.checked.arguments();
        match self.noted(next, asking.audit, asking.tool, arguments, asking.caller, &asking.spoken).await? {
            Next::Go(going) => {
                let Going { pass, checked, through, before, sealed } = *going;
                let call = asking.call.clone().map(|call| Call { sealed, ..call });
                let exact = Asking { tool: pass.tool(), checked, call, ..asking };
                self.run_once(pass, exact, before, through).await
            }
            Next::Nothing(value) => Ok(render::job(value, &self.0.limits)),
            Next::Waits(filed, new) => {
                if new == New::Yes {
                    let record = asking.record(filed.plan.risk());
                    write_down(asking.audit, of_plan(record, &filed, "planned")).await?;
                }
                let text = self.plan_told(&filed, asking.waiting).to_string();
                // Whoever made the call may have a person at hand.
                let _ = asking.waiting.plan.set(*filed);
                Ok(text)
            }
            Next::Apply(application) => {
                let record = of_plan(asking.record(application.pass.risk()), &application.filed, "intent");
                let sealed = application.sealed.clone();
                let applying = Applying {
                    calls: self.clone(),
                    application: *application,
                    tenant: asking.tenant.clone(),
                    audit: asking.audit.clone(),
                    // Once begun it goes on to its end, whoever waits.
                    call: asking.call.map(|call| Call {
                        sealed,
                        cancelled: CancellationToken::new(),
                        deadline: Instant::now() + LONG_PATIENCE,
                        ..call
                    }),
                    record,
                };
                self.outliving(applying.run(), asking.waiting).await
            }
        }
    }

    /// Put an object back, by a call that takes a plan in any case.
    ///
    /// # Errors
    /// As for the call.
    pub(super) async fn undo(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        copy: &Copy,
        ticket: Option<&str>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let gone = || Error::Internal("the tenant of the copy is gone".to_owned());
        let (tenant, audit) =
            self.0.tenants.values().find(|(tenant, _)| tenant.key() == copy.tenant).ok_or_else(gone)?;
        let spoken = super::Spoken {
            reason: Some(format!("undo of {} at {}", copy.tool, copy.made)),
            ticket: ticket.map(str::to_owned),
        };
        let door = || self.0.gate.door(tenant.name(), spoken.ticket.as_deref());
        let judged = self.0.gate.judge(tool, &self.surface()).and_then(|_| door());
        self.noted(judged, audit, tool, &arguments, caller, &spoken).await?;
        let (key, checked) = super::checked(tool, arguments)?;
        let refused = self.0.gate.refuse(tool, &checked);
        self.noted(refused, audit, tool, checked.arguments(), caller, &spoken).await?;
        let asking = Asking {
            tool,
            checked,
            key: format!("{key}:{}", copy.id),
            tenant,
            audit,
            call: self.call_of(caller, waiting),
            caller,
            waiting,
            spoken,
            names: Arc::default(),
        };
        self.run_planned_for(asking, None, Some(&copy.id)).await
    }

    /// How a plan of this caller stands, or all of them that are open.
    pub(super) async fn tell_plans(
        &self,
        id: Option<&str>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        if let Some(id) = id {
            let filed = self.0.gate.plan_of(id, &caller.who).await?;
            return Ok(self.plan_told(&filed, waiting).to_string());
        }
        let filter =
            Filter { who: Some(caller.who.to_string()), open: true, most: MOST_PLANS, ..Filter::default() };
        let plans = self.0.gate.store().run(move |store| store.plans(&filter)).await?;
        let told: Vec<_> = plans.iter().map(|filed| self.plan_told(filed, waiting)).collect();
        Ok(json!({ "open": told.len(), "plans": told }).to_string())
    }

    /// Apply a plan of this caller, as if the call were made again with the same arguments.
    ///
    /// # Errors
    /// As for the call.
    pub(super) async fn apply_plan(
        &self,
        id: &str,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let filed = self.0.gate.plan_of(id, &caller.who).await?;
        if !filed.state.is_open() {
            return Ok(self.plan_told(&filed, waiting).to_string());
        }
        if filed.plan.window.is_some() {
            return Ok(self.plan_told(&filed, waiting).to_string());
        }
        let gone = || Error::NotAllowed("what the plan is for is not there any more".to_owned());
        let tool = registry()
            .find(&filed.plan.tool)
            .filter(|tool| !matches!(tool, Tool::Builtin(_)))
            .ok_or_else(gone)?;
        let (tenant, audit) = self.0.tenants.get(&filed.plan.tenant).ok_or_else(gone)?;
        let spoken = super::Spoken { reason: filed.plan.reason.clone(), ticket: filed.plan.ticket.clone() };
        let judged = self.0.gate.judge(tool, &self.surface()).and_then(|verdict| {
            self.0.gate.door(tenant.name(), spoken.ticket.as_deref())?;
            Ok(verdict)
        });
        let exact = called_with(&filed.exact);
        self.noted(judged, audit, tool, &exact, caller, &spoken).await?;
        let (_, checked) = super::checked(tool, exact)?;
        let asking = Asking {
            tool,
            checked,
            key: filed.call_key.clone(),
            tenant,
            audit,
            call: self.call_of(caller, waiting),
            caller,
            waiting,
            spoken,
            names: Arc::default(),
        };
        self.run_planned(asking, Some(filed)).await
    }
}

/// The record of a step of a plan.
pub(super) fn of_plan(record: Record, filed: &Filed, phase: &str) -> Record {
    let approvers = filed.approvals.iter().map(|approval| {
        format!("{} {} by {}", approval.approver, approval.verdict.as_str(), approval.means.as_str())
    });
    let mut arguments = record.arguments;
    if let (Some(map), Some(mark)) = (arguments.as_object_mut(), &filed.plan.found.payload) {
        // What goes along is no argument: a digest of the file, or a mark of the payload.
        map.insert("content".to_owned(), json!(mark));
    }
    let by_window = filed.plan.by_window.iter().map(|id| format!("window {id}"));
    Record {
        phase: phase.to_owned(),
        plan: Some(format!("{} {}", filed.plan.id, filed.plan.hash)),
        approvers: approvers.chain(by_window).collect(),
        targets: filed
            .plan
            .targets
            .iter()
            .map(|target| format!("{}:{} {}", target.kind, target.id, target.serial))
            .collect(),
        arguments,
        ..record
    }
}

impl Applying {
    async fn run(self) -> Result<String, Error> {
        let plan = self.application.filed.plan.clone();
        // A plan that was interrupted has sent something already, whatever keeps it from going on.
        let is_begun = self.application.filed.steps.iter().any(|step| step.state != StepState::Waiting);
        let outcome = if is_begun { Outcome::Unknown } else { Outcome::NotSent };
        self.take(&plan).await.map_err(|error| error.ended(outcome))?;
        let applied = caught(self.carry_out(&plan, outcome)).await;
        // Where its end could not be noted, nobody waits for this process to go on.
        self.let_go(&plan).await;
        let (steps, finished, is_whole) = match applied {
            Ok((steps, finished)) => (steps, finished, true),
            Err(error) if error.outcome().is_some() => return Err(error),
            Err(error) => {
                let (steps, finished) = self.broken_off(&plan, error).await;
                (steps, finished, false)
            }
        };
        let mut record = self.record.clone();
        record.upstream = steps.iter().filter_map(|step| step.upstream.clone()).collect();
        match &finished.result {
            // The log keeps no secret, whoever may see it.
            Ok(_) if plan.risk() == Risk::Secret => {
                let read =
                    Finished { outcome: finished.outcome, result: Ok("the secret was read".to_owned()) };
                note_outcome(&self.audit, record, &read).await;
            }
            _ => note_outcome(&self.audit, record, &finished).await,
        }
        let is_command =
            matches!(self.application.pass.tool(), Tool::Action(action) if action.command.is_some());
        if !is_command || !is_whole {
            return finished.result;
        }
        let following = async { Ok(self.calls.follow(&plan.id, &steps, &self.tenant, &self.call()).await) };
        // What the steps did is noted by now.
        let states = caught(following).await.unwrap_or_default();
        let text = finished.result?;
        let Ok(Value::Object(mut answer)) = serde_json::from_str::<Value>(&text) else { return Ok(text) };
        if let (1, Some(state)) = (steps.len(), states.values().next()) {
            answer.insert("device".to_owned(), json!(state));
        } else if let Ok(Some(filed)) = self.stored(&plan).await {
            answer.insert("steps".to_owned(), json!(filed.steps));
        }
        Ok(self.calls.0.limits.redaction().told(Value::Object(answer)).to_string())
    }

    /// Every step, and the note of the end. `outcome` is what became of the plan until now.
    async fn carry_out(&self, plan: &Plan, outcome: Outcome) -> Result<(Vec<store::Step>, Finished), Error> {
        let steps = self.begin(plan).await.map_err(|error| error.ended(outcome))?;
        let mut taken = self.steps(plan, steps).await;
        let finished = self.end(plan, &mut taken).await;
        Ok((taken.steps, finished))
    }

    /// The end of a plan that broke off in between: what the store has of its steps.
    async fn broken_off(&self, plan: &Plan, error: Error) -> (Vec<store::Step>, Finished) {
        let stored = self.stored(plan).await.ok().flatten();
        let outcome = stored.as_ref().map_or(Outcome::Unknown, |filed| outcome_of(&filed.steps));
        let steps = stored.map(|filed| filed.steps).unwrap_or_default();
        (steps, Finished { outcome, result: Err(error.ended(outcome)) })
    }

    /// The call with the time that one step may take. Each step has all of it, however many came before.
    fn call(&self) -> CallContext {
        self.call.clone().map(|call| Call { deadline: Instant::now() + LONG_PATIENCE, ..call })
    }

    /// Count it and take it. What fails here has sent nothing.
    async fn take(&self, plan: &Plan) -> Result<(), Error> {
        let store = self.calls.0.gate.store();
        let most = self.calls.0.gate.settings().plans_an_hour;
        let devices = u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
        // What a window lets through counts once, as what a person approved.
        let counted = plan.by_window.clone().unwrap_or_else(|| plan.id.clone());
        let (tenant, hash) = (plan.tenant_key(), plan.hash.clone());
        // Reading secrets is counted like everything else that a person approves.
        let held = store.run(move |store| store.admit(&tenant, &counted, devices, most)).await?;
        if let Some(hold) = held {
            return Err(Error::NotAllowed(format!(
                "{} is on hold since {}: {}. A person releases it {}, and the plan stays approved until it expires; do not \
                 try another way.",
                hold.tenant,
                hold.since,
                hold.why,
                self.calls.0.gate.how_released(hold.name())
            )));
        }
        let id = plan.id.clone();
        if !store.run(move |store| store.claim(&id, &hash)).await? {
            return Err(Error::NotAllowed(format!(
                "plan {} is applied already, or by somebody else right now. Ask `plan_status`",
                plan.id
            )));
        }
        Ok(())
    }

    /// Write down that it begins; answers the steps as they are. What fails here has sent nothing.
    async fn begin(&self, plan: &Plan) -> Result<Vec<store::Step>, Error> {
        let store = self.calls.0.gate.store();
        let (tenant, who, key) =
            (plan.tenant_key(), plan.asked_by.who.clone(), self.application.filed.call_key.clone());
        store.run(move |store| store.end_repetitions(&tenant, &who, &key)).await?;
        let stored =
            self.stored(plan).await?.ok_or_else(|| Error::Internal("the plan is gone".to_owned()))?;
        write_down(&self.audit, self.record.clone()).await?;
        Ok(stored.steps)
    }

    /// Hold it no longer, unless it is over.
    async fn let_go(&self, plan: &Plan) {
        let id = plan.id.clone();
        if let Err(error) = self.calls.0.gate.store().run(move |store| store.let_go(&id)).await {
            tracing::error!(plan = plan.id, %error, "it could not be noted that a plan is applied no longer");
            tokio::spawn(self.calls.0.gate.store().clone().keep_settling());
        }
    }

    async fn stored(&self, plan: &Plan) -> Result<Option<Filed>, Error> {
        let id = plan.id.clone();
        self.calls.0.gate.store().run(move |store| store.plan(&id)).await
    }

    /// Every step that waits, one after the other. What cannot be noted of one does not keep the others from being told.
    async fn steps(&self, plan: &Plan, mut steps: Vec<store::Step>) -> Taken {
        let total = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        let (mut text, mut failure, mut notes, mut last) = (None, None, Vec::new(), Outcome::Done);
        for (step, (_, checked, target)) in steps.iter_mut().zip(&self.application.steps) {
            if step.state != StepState::Waiting {
                continue;
            }
            let finished = self.step(plan, step.position, checked, target.as_ref(), &mut notes).await;
            take_note(step, &finished);
            if finished.outcome.is_success() {
                last = finished.outcome;
            }
            if let Err(error) = self.note(plan, step).await {
                tracing::error!(plan = plan.id, step = step.position, %error, "what became of a step could not be noted");
                notes.push(format!("what became of step {} could not be noted here: {error}", step.position));
            }
            match finished.result {
                Ok(answer) => text = Some(answer),
                Err(error) => failure = Some(error),
            }
            if let Some(progress) = &self.call.client.progress {
                progress(Step { done: u64::from(step.position) + 1, total: Some(total), what: "targets" });
            }
        }
        Taken { steps, text, failure, notes, last }
    }

    /// One target: its secrets, the note that it is about to be sent, the sending.
    async fn step(
        &self,
        plan: &Plan,
        position: u32,
        checked: &Checked,
        target: Option<&Target>,
        notes: &mut Vec<String>,
    ) -> Finished {
        let ready = match self.ready(plan, position, checked, target).await {
            Ok(ready) => ready,
            Err(error) => return Finished::not_sent(error),
        };
        let finished =
            self.calls.sent_with_copy(&ready, &self.record, self.application.before.as_ref()).await;
        let store = self.calls.0.gate.store();
        for (label, secret) in ready.handed.take() {
            let about = target.map_or_else(|| plan.summary.clone(), |target| target.serial.clone());
            let (tenant, id) = (plan.tenant.clone(), plan.id.clone());
            let kept = store.run(move |store| store.keep_secret(&tenant, &id, label, &about, &secret)).await;
            if let Err(error) = kept {
                tracing::error!(plan = plan.id, %error, "a secret that the tenant handed out could not be kept");
                notes.push(format!(
                    "the {label} in the answer could not be kept for the approver ({error}); it must be made anew"
                ));
            }
        }
        finished
    }

    /// The call of one target, noted as about to be sent.
    async fn ready(
        &self,
        plan: &Plan,
        position: u32,
        checked: &Checked,
        target: Option<&Target>,
    ) -> Result<Ready, Error> {
        let gate = &self.calls.0.gate;
        gate.door(&plan.tenant, plan.ticket.as_deref())?;
        let tool = self.application.pass.tool();
        let call = self.call().map(|call| Call { tracker: Tracker::default(), ..call });
        let work = Work::looking(&self.tenant, &call);
        let filled = gate.filled(&work, tool, plan, checked.clone(), target).await?;
        let (pass, tool, filled) = match &self.application.through {
            Some(through) => {
                (self.application.pass.through(through.job), through.job, through.arguments.clone())
            }
            None => (self.application.pass.again(), tool, filled),
        };
        let (checked, request, question) = laid_out(tool, filled, &self.calls.0.limits, None)?;
        let id = plan.id.clone();
        gate.store().run(move |store| store.note_step(&id, position, StepState::Sent, None, None)).await?;
        Ok(Ready {
            write: self.application.through.as_ref().map(|through| through.write.clone()),
            pass,
            request,
            checked,
            question,
            tenant: self.tenant.clone(),
            audit: self.audit.clone(),
            limits: self.calls.0.limits.clone(),
            call,
            links: Links::default(),
            names: Arc::new(target.map(names).unwrap_or_default()),
            handed: Handed::default(),
        })
    }

    async fn note(&self, plan: &Plan, step: &store::Step) -> Result<(), Error> {
        let (id, step) = (plan.id.clone(), step.clone());
        let noted = self.calls.0.gate.store().run(move |store| {
            let (detail, upstream) = (step.detail.as_deref(), step.upstream.as_deref());
            store.note_step(&id, step.position, step.state, detail, upstream)
        });
        noted.await
    }

    /// Say how it ended: to the store, and to the caller. What the steps did is settled; what cannot be noted is added to it.
    async fn end(&self, plan: &Plan, taken: &mut Taken) -> Finished {
        let (state, outcome) = (taken.state(), taken.outcome());
        let single = taken.steps.len() == 1;
        let is_secret = plan.risk() == Risk::Secret && self.application.pass.tool().only_reads();
        let shown = match &taken.text {
            Some(text) if is_secret => Some(self.kept_secret(plan, text).await),
            _ => None,
        };
        self.note_end(plan, state, taken).await;
        let filed = self.stored(plan).await.ok().flatten();
        if !outcome.is_success()
            && let Some(failure) = taken.failure.take()
        {
            let error = if single { failure } else { taken.of_none(plan, failure) };
            return Finished { outcome, result: Err(error.ended(outcome)) };
        }
        let mut told = match (shown, taken.text.as_ref().filter(|_| single && !is_secret)) {
            (Some(shown), _) => json!({ "result": shown, "plan": plan.id }),
            (None, Some(text)) => match serde_json::from_str::<Value>(text) {
                Ok(Value::Object(map)) => Value::Object(map),
                _ => json!({ "result": text }),
            },
            (None, None) => filed
                .map(|filed| self.calls.0.gate.told(&filed))
                .unwrap_or_else(|| json!({ "result": outcome.to_string(), "steps": taken.steps })),
        };
        if let Some(map) = told.as_object_mut() {
            map.insert("plan".to_owned(), json!(plan.id));
            let waits = self.secrets_that_wait(plan).await.unwrap_or_default();
            if waits > 0 {
                map.insert(
                    "secrets".to_owned(),
                    json!(format!("{waits} kept for the approver: {}", self.calls.0.gate.where_shown(plan))),
                );
            }
            if !taken.notes.is_empty() {
                map.insert("notes".to_owned(), json!(taken.notes));
            }
        }
        let told = self.calls.0.limits.redaction().told(told);
        Finished { outcome, result: Ok(told.to_string()) }
    }

    /// Note the end of the plan, and that a copy was put back. What fails here is said to the caller and to the operator.
    async fn note_end(&self, plan: &Plan, state: State, taken: &mut Taken) {
        let store = self.calls.0.gate.store();
        let words = taken.failure.as_ref().map_or_else(|| state.as_str().to_owned(), ToString::to_string);
        let id = plan.id.clone();
        match store.run(move |store| store.finish_plan(&id, state, &words)).await {
            Ok(true) => {}
            Ok(false) => taken.notes.push(format!(
                "plan {} was taken over by another process while it was applied; ask `plan_status`, and repeat nothing before",
                plan.id
            )),
            Err(error) => {
                tracing::error!(plan = plan.id, %error, "the end of a plan could not be noted");
                taken.notes.push(format!("the end of the plan could not be noted here: {error}"));
            }
        }
        if let (State::Applied, Some(copy)) = (state, plan.undoes.clone())
            && let Err(error) = store.run(move |store| store.note_copy(&copy, true)).await
        {
            tracing::error!(plan = plan.id, %error, "that a copy was put back could not be noted");
        }
    }

    /// A secret that was read goes to the person, and the model is told so.
    async fn kept_secret(&self, plan: &Plan, text: &str) -> String {
        if self.calls.0.gate.settings().secrets_to_model {
            return text.to_owned();
        }
        let (tenant, id, label) = (plan.tenant.clone(), plan.id.clone(), plan.title.clone());
        let device = plan
            .targets
            .first()
            .map(|target| format!("{} ({})", target.serial, target.name))
            .unwrap_or_default();
        let secret = SecretString::from(text.to_owned());
        let store = self.calls.0.gate.store();
        match store.run(move |store| store.keep_secret(&tenant, &id, &label, &device, &secret)).await {
            Ok(()) => {
                format!("shown to the approver, and not to you: {}", self.calls.0.gate.where_shown(plan))
            }
            Err(error) => {
                tracing::error!(plan = plan.id, %error, "a secret that was read could not be kept");
                format!(
                    "the secret was read and could not be kept for the approver ({error}); ask for it again"
                )
            }
        }
    }

    async fn secrets_that_wait(&self, plan: &Plan) -> Result<usize, Error> {
        let id = plan.id.clone();
        let secrets = self.calls.0.gate.store().run(move |store| store.secrets_of(&id)).await?;
        Ok(secrets.iter().filter(|secret| secret.is_kept).count())
    }
}

/// What a person calls the device of a step.
fn names(target: &Target) -> Names {
    [&target.id, &target.management_id].map(|id| (id.clone(), target.serial.clone())).into()
}

impl Taken {
    /// How the plan stands after them.
    fn state(&self) -> State {
        let all = |state: StepState| self.steps.iter().all(|step| step.state == state);
        match () {
            () if self.steps.iter().any(|step| step.state == StepState::Sent) => State::Unknown,
            () if all(StepState::Done) => State::Applied,
            () if all(StepState::Failed) => State::Failed,
            () => State::Partial,
        }
    }

    /// What became of the plan as a whole.
    fn outcome(&self) -> Outcome {
        match outcome_of(&self.steps) {
            Outcome::Done => self.last,
            Outcome::NotSent | Outcome::Failed => {
                self.failure.as_ref().and_then(Error::outcome).unwrap_or(Outcome::NotSent)
            }
            outcome => outcome,
        }
    }

    /// The error of a plan with several targets of which none was done.
    fn of_none(&self, plan: &Plan, failure: Error) -> Error {
        let lines: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("- {}: {}", step.target, step.detail.as_deref().unwrap_or_default()))
            .collect();
        let message = format!(
            "plan {}: none of its {} targets was done. `plan_status` has the steps:\n{}",
            plan.id,
            self.steps.len(),
            lines.join("\n")
        );
        match failure.cause() {
            Error::Jamf(error) => Error::Jamf(JamfError { message, ..error.clone() }),
            Error::NotAllowed(_) => Error::NotAllowed(message),
            _ => Error::Unreachable { message, retry_after: None },
        }
    }
}
