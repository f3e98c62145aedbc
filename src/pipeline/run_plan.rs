//! An approved plan is carried out once, one target after the other; each is noted before and after it is sent.

use std::sync::Arc;

use jamf_pro_client::outcome::{Outcome, Tracker};
use jamf_pro_client::{Call, Reader, Step};
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::check::CheckedCall;
use super::execute::{AnsweredSecrets, Finished, PreparedCall, SentWrites, call_to_send, lay_out};
use super::plan_steps::{outcome_of, take_note};
use super::records::{note_outcome, note_outcome_in_words, of_plan, write_down};
use super::respond::{Links, Response};
use super::{LONG_PATIENCE, Pipeline, catch_panic, registry};
use crate::audit::{Audit, Record};
use crate::call::Caller;
use crate::context::CallContext;
use crate::error::Error;
use crate::gate::{Application, ApprovedCall, Ask, Drift, stored_calls};
use crate::plan::{Plan, Target};
use crate::registry::Tool;
use crate::render::items::Names;
use crate::sanitize::secrets;
use crate::store::{self, CountedPlan, PlanRecord, State, StepState};
use crate::vault::capture;

/// What applying needs beside the plan, owned by the task that does it.
struct PlanRun {
    pipeline: Pipeline,
    application: Application,
    tenant: Reader,
    audit: Audit,
    caller: Caller,
    call: CallContext,
    record: Record,
}

/// The steps of a plan after they were taken.
struct StepResults {
    steps: Vec<store::Step>,
    /// The answer of the last step that succeeded.
    response: Option<Response>,
    /// The error of the last step that did not.
    failure: Option<Error>,
    /// What else the caller must know.
    notes: Vec<String>,
    /// The outcome of the last step that succeeded.
    last: Outcome,
}

impl Pipeline {
    /// Carry out an approved plan. Once begun it goes on to its end, no matter who waits.
    ///
    /// # Errors
    /// What kept it from being carried out, with what became of its steps.
    pub(super) async fn run_plan(
        &self,
        application: Application,
        call: CheckedCall<'_>,
    ) -> Result<Response, Error> {
        let record =
            of_plan(call.record(application.plan_record.plan.risk()), &application.plan_record, "intent");
        let resolved = call.resolved;
        let run = PlanRun {
            pipeline: self.clone(),
            application,
            tenant: resolved.tenant.clone(),
            audit: resolved.audit.clone(),
            caller: resolved.caller.clone(),
            call: resolved.context.map(|call| Call {
                cancelled: CancellationToken::new(),
                deadline: Instant::now() + LONG_PATIENCE,
                ..call
            }),
            record,
        };
        self.run_detached(run.run(), resolved.waiting).await
    }
}

impl PlanRun {
    async fn run(self) -> Result<Response, Error> {
        let plan = self.application.plan_record.plan.clone();
        // A plan that was interrupted has sent something already, whatever keeps it from going on.
        let is_begun = self.application.plan_record.steps.iter().any(|step| step.state != StepState::Waiting);
        let outcome = if is_begun { Outcome::Unknown } else { Outcome::NotSent };
        self.take(&plan).await.map_err(|error| error.with_outcome(outcome))?;
        let applied = catch_panic(self.carry_out(&plan, outcome)).await;
        // Where its end could not be noted, nobody waits for this process to go on.
        self.release_plan(&plan).await;
        let (steps, finished, is_whole) = match applied {
            Ok((steps, finished)) => (steps, finished, true),
            Err(error) if error.outcome().is_some() => return Err(error),
            Err(error) => {
                let (steps, finished) = self.end_interrupted(&plan, error).await;
                note_outcome(&self.audit, self.record_with(&steps), &finished).await;
                (steps, finished, false)
            }
        };
        let commands = self.commands(&steps);
        if commands.is_empty() || !is_whole {
            return finished.result;
        }
        let following = async {
            Ok(self.pipeline.follow_commands(&plan.id, &commands, &self.tenant, &self.call()).await)
        };
        // What the steps did is noted by now.
        let states = catch_panic(following).await.unwrap_or_default();
        let Response::Fields(mut answer) = finished.result? else {
            return Err(Error::internal("the answer to a plan has no fields").with_outcome(finished.outcome));
        };
        if let (1, Some(state)) = (steps.len(), states.values().next()) {
            answer.insert("device".to_owned(), json!(state));
        } else if let Ok(Some(plan_record)) = self.read_plan(&plan).await {
            answer.insert("steps".to_owned(), json!(plan_record.steps));
        }
        Ok(self.answer(answer))
    }

    /// The steps that sent a command to a device.
    fn commands(&self, steps: &[store::Step]) -> Vec<store::Step> {
        let is_command = |tool: Tool| matches!(tool, Tool::Action(action) if action.command.is_some());
        if is_command(self.application.tool) {
            return steps.to_vec();
        }
        let mut rest = steps.iter();
        let of_calls = self.application.calls.iter().zip(&self.application.steps).map(|(call, count)| {
            let own: Vec<store::Step> = rest.by_ref().take(*count).cloned().collect();
            if call.as_ref().is_some_and(|call| is_command(call.tool)) { own } else { Vec::new() }
        });
        of_calls.flatten().collect()
    }

    /// The record of the plan with the ids that the tenant gave to its steps.
    fn record_with(&self, steps: &[store::Step]) -> Record {
        let upstream = steps.iter().filter_map(|step| step.upstream.clone()).collect();
        Record { upstream, ..self.record.clone() }
    }

    /// Write down what came of the steps. The log has it before the plan is over in the store: where this process ends in between, the next
    /// one finds a plan with nothing left to send, writes it down again and ends the plan.
    async fn note_outcome_of_steps(&self, plan: &Plan, taken: &StepResults) {
        let outcome = taken.outcome();
        let said = match (&taken.failure, &taken.response) {
            // The log keeps no secret, no matter who may see it.
            _ if plan.risk() == Risk::Secret && outcome.is_success() => "the secret was read".to_owned(),
            (Some(failure), _) if !outcome.is_success() => {
                secrets::left_out(&failure.to_string()).into_owned()
            }
            (_, Some(response)) if taken.steps.len() == 1 => {
                secrets::left_out(&response.clone().into_text()).chars().take(200).collect()
            }
            _ => {
                let done = taken.steps.iter().filter(|step| step.state == StepState::Done).count();
                format!("{done} of {} done", taken.steps.len())
            }
        };
        note_outcome_in_words(&self.audit, self.record_with(&taken.steps), outcome, said).await;
    }

    /// The fields of an answer, redacted.
    fn answer(&self, fields: Map<String, Value>) -> Response {
        let redaction = self.pipeline.0.limits.redaction();
        Response::of_value(redaction.redact_facts(Value::Object(fields)))
    }

    /// Every step, and the note of the end. `outcome` is what became of the plan until now.
    async fn carry_out(&self, plan: &Plan, outcome: Outcome) -> Result<(Vec<store::Step>, Finished), Error> {
        let steps = self.begin(plan).await.map_err(|error| error.with_outcome(outcome))?;
        let mut taken = self.steps(plan, steps).await;
        let finished = self.end(plan, &mut taken).await;
        Ok((taken.steps, finished))
    }

    /// The end of a plan that was interrupted: what the store has of its steps.
    async fn end_interrupted(&self, plan: &Plan, error: Error) -> (Vec<store::Step>, Finished) {
        let stored = self.read_plan(plan).await.ok().flatten();
        let outcome = stored.as_ref().map_or(Outcome::Unknown, |plan_record| outcome_of(&plan_record.steps));
        let steps = stored.map(|plan_record| plan_record.steps).unwrap_or_default();
        (steps, Finished { outcome, result: Err(error.with_outcome(outcome)) })
    }

    /// The call with the time that one step may take. Each step has all of it, however many came before.
    fn call(&self) -> CallContext {
        self.call.clone().map(|call| Call { deadline: Instant::now() + LONG_PATIENCE, ..call })
    }

    /// Count it and take it. What fails here has sent nothing.
    async fn take(&self, plan: &Plan) -> Result<(), Error> {
        let store = self.pipeline.0.gate.store();
        let settings = self.pipeline.0.gate.settings();
        let is_secret = plan.risk() == Risk::Secret;
        // What a window lets through counts once, as what a person approved; secrets one by one.
        let counted = plan.by_window.clone().filter(|_| !is_secret).unwrap_or_else(|| plan.id.clone());
        let devices = |plan: &Plan| u32::try_from(plan.targets.len()).unwrap_or(u32::MAX);
        // Each of several calls counts, as if it were made by itself.
        let grave = plan.calls.iter().filter(|call| call.risk() > Risk::Write).zip(1..);
        let mut all: Vec<(String, u32)> =
            grave.map(|(call, number)| (format!("{counted}/{number}"), devices(call))).collect();
        if all.is_empty() {
            all.push((counted, devices(plan)));
        }
        let (tenant, hash, who) = (plan.tenant_key(), plan.hash.clone(), plan.requester.who.clone());
        let held = store.run(move |store| {
            for (id, devices) in &all {
                let plan = CountedPlan { tenant: &tenant, who: &who, id, is_secret, devices: *devices };
                if let Some(hold) = store.admit(&plan, &settings)? {
                    return Ok(Some(hold));
                }
            }
            Ok(None)
        });
        if let Some(hold) = held.await? {
            let why = self.pipeline.0.gate.refuse_on_hold(&hold);
            return Err(why.hint("the plan stays approved until it expires"));
        }
        let id = plan.id.clone();
        if !store.run(move |store| store.claim(&id, &hash)).await? {
            return Err(Error::not_allowed(format!(
                "plan {} is applied already, or by somebody else right now",
                plan.id
            ))
            .hint("ask `plan_status`"));
        }
        Ok(())
    }

    /// Write down that it begins; answers the steps as they are. What fails here has sent nothing.
    async fn begin(&self, plan: &Plan) -> Result<Vec<store::Step>, Error> {
        let store = self.pipeline.0.gate.store();
        let (tenant, who, key) =
            (plan.tenant_key(), plan.requester.who.clone(), self.application.plan_record.call_key.clone());
        store.run(move |store| store.end_repetitions(&tenant, &who, &key)).await?;
        let stored = self.read_plan(plan).await?.ok_or_else(|| Error::internal("the plan is gone"))?;
        write_down(&self.audit, self.record.clone()).await?;
        Ok(stored.steps)
    }

    /// Hold it no longer, unless it is over.
    async fn release_plan(&self, plan: &Plan) {
        let id = plan.id.clone();
        if let Err(error) = self.pipeline.0.gate.store().run(move |store| store.release_plan(&id)).await {
            tracing::error!(plan = plan.id, %error, "it could not be noted that a plan is applied no longer");
            tokio::spawn(self.pipeline.0.gate.store().clone().keep_settling());
        }
    }

    async fn read_plan(&self, plan: &Plan) -> Result<Option<PlanRecord>, Error> {
        let id = plan.id.clone();
        self.pipeline.0.gate.store().run(move |store| store.plan(&id)).await
    }

    /// Every step that waits, one after the other. What cannot be noted of one does not keep the others from being told. Of several calls the
    /// first that is not done ends it.
    async fn steps(&self, plan: &Plan, mut steps: Vec<store::Step>) -> StepResults {
        let total = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        let (mut response, mut failure, mut notes, mut last) = (None, None, Vec::new(), Outcome::Done);
        let is_of_several = !plan.calls.is_empty();
        let mut at = 0;
        'calls: for (number, (call, count)) in
            self.application.calls.iter().zip(&self.application.steps).enumerate()
        {
            let own = steps.iter_mut().skip(at).take(*count);
            at += count;
            let Some(call) = call else { continue };
            // What was sent for the calls before it may have changed what it is about.
            let judged = if number > 0 { self.judge_again(number).await.map(Some) } else { Ok(None) };
            for (step, place) in own.zip(0..).filter(|(step, _)| step.state == StepState::Waiting) {
                let finished = match &judged {
                    Ok(anew) => {
                        self.step(plan, step.position, anew.as_ref().unwrap_or(call), place, &mut notes).await
                    }
                    Err(why) => Finished::not_sent(Error::not_allowed(why.as_str())),
                };
                take_note(step, &finished);
                let is_done = finished.outcome == Outcome::Done || finished.outcome == Outcome::Unconfirmed;
                if finished.outcome.is_success() {
                    last = finished.outcome;
                }
                self.note_noting(plan, step, &mut notes).await;
                match finished.result {
                    Ok(answer) => response = Some(answer),
                    Err(error) => failure = Some(error),
                }
                if let Some(progress) = &self.call.client.progress {
                    progress(Step {
                        done: u64::from(step.position) + 1,
                        total: Some(total),
                        what: "targets",
                    });
                }
                if is_of_several && !is_done {
                    break 'calls;
                }
            }
        }
        if is_of_several {
            for step in steps.iter_mut().filter(|step| step.state == StepState::Waiting) {
                step.state = StepState::NotSent;
                step.detail = Some(format!("{}, because a call before it failed", Outcome::NotSent));
                self.note_noting(plan, step, &mut notes).await;
            }
        }
        StepResults { steps, response, failure, notes, last }
    }

    /// Note what became of a step; where that cannot be noted, the caller is told.
    async fn note_noting(&self, plan: &Plan, step: &store::Step, notes: &mut Vec<String>) {
        if let Err(error) = self.note(plan, step).await {
            tracing::error!(plan = plan.id, step = step.position, %error, "what became of a step could not be noted");
            notes.push(format!("what became of step {} could not be noted here: {error}", step.position));
        }
    }

    /// One of several calls, once more directly before it is sent.
    ///
    /// # Errors
    /// Why it is not sent.
    async fn judge_again(&self, number: usize) -> Result<ApprovedCall, String> {
        let (plan_record, pipeline) = (&self.application.plan_record, &self.pipeline);
        let plan = &plan_record.plan;
        let (surface, context) = (pipeline.surface(), self.call());
        let calls = stored_calls(&plan_record.exact);
        let call = calls.get(number).ok_or_else(|| "the plan has no such call".to_owned())?;
        let tool = registry().get(&call.tool).map_err(|error| error.to_string())?;
        let checked = tool.check(call.arguments.clone()).map_err(|problems| problems.to_string())?;
        let ask = Ask {
            tool,
            checked: &checked,
            key: &plan_record.call_key,
            tenant: &self.tenant,
            call: &context,
            caller: &self.caller,
            reason: plan.reason.as_deref(),
            ticket: plan.ticket.as_deref(),
            plan: None,
            surface: &surface,
            undoes: None,
        };
        pipeline.0.gate.approved_call(plan_record, number, &ask).await.map_err(|drift| match drift {
            Drift::Changed(what) => format!("{what} since the plan was made"),
            Drift::Refused(error) => error.to_string(),
        })
    }

    /// One target: its secrets, the note that it is about to be sent, the sending.
    async fn step(
        &self,
        plan: &Plan,
        position: u32,
        call: &ApprovedCall,
        place: usize,
        notes: &mut Vec<String>,
    ) -> Finished {
        let Some((checked, target)) = call.steps.get(place) else {
            return Finished::not_sent(Error::internal("a step that no call has"));
        };
        let target = target.as_ref();
        let permitted = match self.prepare_permitted(plan, position, call, checked, target).await {
            Ok(permitted) => permitted,
            Err(error) => return Finished::not_sent(error),
        };
        let before = call.before.as_ref();
        let secrets = permitted.secrets.clone();
        let finished = self.pipeline.execute(permitted, &self.record, before).await;
        let store = self.pipeline.0.gate.store();
        for (label, secret) in secrets.take() {
            let about = target.map_or_else(|| plan.title.clone(), |target| target.serial.clone());
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
    async fn prepare_permitted(
        &self,
        plan: &Plan,
        position: u32,
        approved: &ApprovedCall,
        checked: &Checked,
        target: Option<&Target>,
    ) -> Result<PreparedCall, Error> {
        let gate = &self.pipeline.0.gate;
        gate.check_writes_possible(&plan.tenant, plan.ticket.as_deref())?;
        let permit = self.application.permit_step(approved);
        let seal = approved.sealed.clone();
        let call = self.call().map(|call| Call { tracker: Tracker::default(), seal, ..call });
        let filled = gate.fill_in(&permit, &call, plan, checked.clone(), target).await?;
        let (tool, filled, write) = call_to_send(permit.tool(), filled, approved.job_write.clone());
        let (checked, request, question) = lay_out(tool, filled, &self.pipeline.0.limits, None)?;
        let id = plan.id.clone();
        gate.store().run(move |store| store.note_step(&id, position, StepState::Sent, None, None)).await?;
        Ok(PreparedCall {
            write,
            permit: Some(permit),
            tool,
            request,
            checked,
            question,
            tenant: self.tenant.clone(),
            audit: self.audit.clone(),
            limits: self.pipeline.0.limits.clone(),
            call,
            links: Links::default(),
            names: Arc::new(target.map(names).unwrap_or_default()),
            secrets: AnsweredSecrets::default(),
            sent_writes: SentWrites::default(),
        })
    }

    async fn note(&self, plan: &Plan, step: &store::Step) -> Result<(), Error> {
        let (id, step) = (plan.id.clone(), step.clone());
        let noted = self.pipeline.0.gate.store().run(move |store| {
            let (detail, upstream) = (step.detail.as_deref(), step.upstream.as_deref());
            store.note_step(&id, step.position, step.state, detail, upstream)
        });
        noted.await
    }

    /// Say how it ended: to the store, and to the caller. What the steps did is settled; what cannot be noted is added to it.
    async fn end(&self, plan: &Plan, taken: &mut StepResults) -> Finished {
        let (state, outcome) = (taken.state(), taken.outcome());
        let single = taken.steps.len() == 1;
        let is_secret = plan.risk() == Risk::Secret && self.application.tool.only_reads();
        let shown = match &taken.response {
            Some(response) if is_secret => Some(self.keep_secret(plan, &response.clone().into_text()).await),
            _ => None,
        };
        self.note_outcome_of_steps(plan, taken).await;
        self.note_end(plan, state, taken).await;
        let plan_record = self.read_plan(plan).await.ok().flatten();
        if !outcome.is_success()
            && let Some(failure) = taken.failure.take()
        {
            let error = if single { failure } else { taken.failure_of_all(plan, failure) };
            return Finished { outcome, result: Err(error.with_outcome(outcome)) };
        }
        let mut fields = match (shown, taken.response.take().filter(|_| single && !is_secret)) {
            (Some(shown), _) => Map::from_iter([("result".to_owned(), json!(shown))]),
            (None, Some(response)) => response.into_fields(),
            (None, None) => {
                let told = plan_record.map(|plan_record| self.pipeline.0.gate.describe_plan(&plan_record));
                let steps = || json!({ "result": outcome.to_string(), "steps": taken.steps });
                Response::of_value(told.unwrap_or_else(steps)).into_fields()
            }
        };
        fields.insert("plan".to_owned(), json!(plan.id));
        let waits = self.secrets_that_wait(plan).await.unwrap_or_default();
        if waits > 0 {
            fields.insert(
                "secrets".to_owned(),
                json!(format!("{waits} kept for the approver: {}", self.pipeline.0.gate.secrets_place(plan))),
            );
        }
        if !taken.notes.is_empty() {
            fields.insert("notes".to_owned(), json!(taken.notes));
        }
        Finished { outcome, result: Ok(self.answer(fields)) }
    }

    /// Note the end of the plan, and that a copy was put back. What fails here is said to the caller and to the operator.
    async fn note_end(&self, plan: &Plan, state: State, taken: &mut StepResults) {
        let store = self.pipeline.0.gate.store();
        let words = taken.failure.as_ref().map_or_else(|| state.as_str().to_owned(), ToString::to_string);
        let id = plan.id.clone();
        match store.run(move |store| store.finish_plan(&id, state, &words)).await {
            // A caller that is waited for by nobody is told at its next call.
            Ok(true) if self.record.transport == "server" => {}
            Ok(true) => {
                let id = plan.id.clone();
                if let Err(error) = store.run(move |store| store.note_told(&id)).await {
                    tracing::debug!(%error, "that a caller was told could not be noted");
                }
            }
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
    async fn keep_secret(&self, plan: &Plan, text: &str) -> String {
        let (tenant, id) = (plan.tenant.clone(), plan.id.clone());
        let device = plan
            .targets
            .first()
            .map(|target| format!("{} ({})", target.serial, target.name))
            .unwrap_or_default();
        let secrets = capture::fields_of(text);
        let store = self.pipeline.0.gate.store();
        let kept = store.run(move |store| {
            secrets
                .iter()
                .try_for_each(|(label, secret)| store.keep_secret(&tenant, &id, label, &device, secret))
        });
        match kept.await {
            Ok(()) => {
                format!("shown to the approver, and not to you: {}", self.pipeline.0.gate.secrets_place(plan))
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
        let secrets = self.pipeline.0.gate.store().run(move |store| store.secrets_of(&id)).await?;
        Ok(secrets.iter().filter(|secret| secret.is_kept).count())
    }
}

/// What a person calls the device of a step.
fn names(target: &Target) -> Names {
    [&target.id, &target.management_id].map(|id| (id.clone(), target.serial.clone())).into()
}

impl StepResults {
    /// How the plan stands after them.
    fn state(&self) -> State {
        let all = |state: StepState| self.steps.iter().all(|step| step.state == state);
        let is_over_without_effect =
            |step: &store::Step| matches!(step.state, StepState::Failed | StepState::NotSent);
        match () {
            () if self.steps.iter().any(|step| step.state == StepState::Sent) => State::Unknown,
            () if all(StepState::Done) => State::Applied,
            () if self.steps.iter().all(is_over_without_effect) => State::Failed,
            () => State::Partial,
        }
    }

    /// What became of the plan as a whole.
    fn outcome(&self) -> Outcome {
        match outcome_of(&self.steps) {
            Outcome::Done => self.last,
            outcome @ (Outcome::NotSent | Outcome::Failed) => {
                self.failure.as_ref().and_then(Error::outcome).unwrap_or(outcome)
            }
            outcome => outcome,
        }
    }

    /// The error of a plan with several steps of which none was done, or of one it is not known.
    fn failure_of_all(&self, plan: &Plan, failure: Error) -> Error {
        let lines: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("- {}: {}", step.target, step.detail.as_deref().unwrap_or_default()))
            .collect();
        let what = if plan.calls.is_empty() { "targets" } else { "steps" };
        let done = self.steps.iter().filter(|step| step.state == StepState::Done).count();
        let done = match done {
            0 => format!("none of its {} {what} was done", self.steps.len()),
            done => format!("{done} of its {} {what} were done", self.steps.len()),
        };
        let message = format!("plan {}: {done}. `plan_status` has the steps:\n{}", plan.id, lines.join("\n"));
        failure.without_outcome().with_message(message)
    }
}
