//! Plans: made for a call, told of, and applied once, one target after the other, each noted before and after it is sent.

use std::time::Duration;

use jamf_pro_tools::{Checked, Risk};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Asking, Caller, Calls, Handed, LONG_PATIENCE, Links, OwnAsked, Ready, laid_out, note_outcome, write_down,
};
use crate::answer;
use crate::audit::{Audit, Record};
use crate::error::Error;
use crate::gate::approve::{self, Decision};
use crate::gate::plan::{Plan, Target};
use crate::gate::{Application, Ask, Going, New, Next, called_with};
use crate::jobs::Work;
use crate::own::FAMILY;
use crate::store::{Copy, Filed, Means, State, StepState, Verdict};
use crate::tenant::{Step, Tenant};
use crate::tools::Tool;

/// What applying needs beside the plan, owned by the task that does it.
struct Applying {
    calls: Calls,
    application: Application,
    tenant: Tenant,
    audit: Audit,
    call: crate::tenant::Call,
    record: Record,
}

/// What came of one target.
struct Came {
    state: StepState,
    detail: String,
    upstream: Option<String>,
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
        laid_out(asking.tool, asking.checked.clone(), &self.0.limits)?;
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
                let call = crate::tenant::Call { sealed, ..asking.call.clone() };
                let exact = Asking { tool: pass.tool(), checked, call, ..asking };
                self.run_once(pass, exact, before, through).await
            }
            Next::Nothing(value) => Ok(answer::job(value, &self.0.limits)),
            Next::Waits(filed, new) => {
                if new == New::Yes {
                    let record = asking.record(filed.plan.risk());
                    write_down(asking.audit, of_plan(record, &filed, "planned")).await?;
                }
                let text = self.0.gate.told(&filed).to_string();
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
                    call: crate::tenant::Call {
                        sealed,
                        cancelled: CancellationToken::new(),
                        deadline: Instant::now() + LONG_PATIENCE,
                        ..asking.call
                    },
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
    pub async fn undo(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        copy: &Copy,
        asked: &OwnAsked<'_>,
    ) -> Result<String, Error> {
        let gone = || Error::Internal("the tenant of the copy is gone".to_owned());
        let (tenant, audit) =
            self.0.tenants.values().find(|(tenant, _)| tenant.key() == copy.tenant).ok_or_else(gone)?;
        let spoken = super::Spoken {
            reason: Some(format!("undo of {} at {}", copy.tool, copy.made)),
            ticket: asked.arguments.text("ticket").map(str::to_owned),
        };
        let door = || self.0.gate.door(tenant.name(), spoken.ticket.as_deref());
        let judged = self.0.gate.judge(tool, &self.surface()).and_then(|_| door());
        self.noted(judged, audit, tool, &arguments, asked.caller, &spoken).await?;
        let (key, checked) = super::checked(tool, arguments)?;
        let refused = self.0.gate.refuse(tool, &checked);
        self.noted(refused, audit, tool, checked.arguments(), asked.caller, &spoken).await?;
        let asking = Asking {
            tool,
            checked,
            key: format!("{key}:{}", copy.id),
            tenant,
            audit,
            call: self.call_of(asked.caller, asked.waiting),
            caller: asked.caller,
            waiting: asked.waiting,
            spoken,
        };
        self.run_planned_for(asking, None, Some(&copy.id)).await
    }

    /// What the person at the client says to a plan. Written down first; what is not on record does not count.
    ///
    /// # Errors
    /// Why it does not count.
    pub async fn decide_at_client(
        &self,
        filed: &Filed,
        verdict: Verdict,
        typed: &str,
        caller: &Caller,
        took: Duration,
    ) -> Result<(), Error> {
        let plan = &filed.plan;
        let (_, audit) = self
            .0
            .tenants
            .get(&plan.tenant)
            .ok_or_else(|| Error::Internal("the tenant of the plan is gone".to_owned()))?;
        // Nobody reads and types within a second; a client that answers by itself does.
        let quick = if took < Duration::from_secs(1) { ", SUSPICIOUSLY QUICKLY" } else { "" };
        let record = Record {
            who: caller.who.to_string(),
            client: caller.client.clone(),
            transport: caller.transport.to_owned(),
            session: caller.session.as_deref().map(str::to_owned),
            call: uuid::Uuid::new_v4().to_string(),
            tenant: plan.tenant.clone(),
            address: plan.tenant_url.clone(),
            tool: plan.tool.clone(),
            risk: plan.risk.clone(),
            phase: if verdict == Verdict::Approve { "approved" } else { "rejected" }.to_owned(),
            result: Some(format!("by a question of the client, after {} ms{quick}", took.as_millis())),
            plan: Some(format!("{} {}", plan.id, plan.hash)),
            approvers: vec![format!("{} by elicitation", caller.who)],
            ..Record::default()
        };
        write_down(audit, record).await?;
        let decision = Decision {
            means: Means::Elicitation,
            credential: format!(
                "elicitation:{}:{}",
                caller.who,
                caller.client.as_deref().unwrap_or_default()
            ),
            approver: caller.who.to_string(),
            verdict,
            typed: typed.to_owned(),
            note: None,
            proof: None,
            hash: plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        let (settings, id) = (self.0.gate.settings(), plan.id.clone());
        self.0
            .gate
            .store()
            .run(move |store| approve::decide(store, &settings, &id, decision))
            .await
            .map(|_| ())
    }

    /// A plan of this caller, by its id.
    ///
    /// # Errors
    /// When there is none.
    pub async fn plan(&self, id: &str, asked: &OwnAsked<'_>) -> Result<Filed, Error> {
        self.0.gate.plan_of(id, &asked.caller.who).await
    }

    /// Apply a plan of this caller, as if the call were made again with the same arguments.
    ///
    /// # Errors
    /// As for the call.
    pub async fn apply_plan(&self, id: &str, asked: &OwnAsked<'_>) -> Result<String, Error> {
        let filed = self.plan(id, asked).await?;
        if !filed.state.is_open() {
            return Ok(self.0.gate.told(&filed).to_string());
        }
        if filed.plan.window.is_some() {
            return Ok(self.0.gate.told(&filed).to_string());
        }
        let gone =
            || Error::NotAllowed("what the plan is for is not there any more; nothing was sent".to_owned());
        let tool = Tool::find(&filed.plan.tool).filter(|tool| tool.family().1 != FAMILY).ok_or_else(gone)?;
        let (tenant, audit) = self.0.tenants.get(&filed.plan.tenant).ok_or_else(gone)?;
        let spoken = super::Spoken { reason: filed.plan.reason.clone(), ticket: filed.plan.ticket.clone() };
        let judged = self.0.gate.judge(tool, &self.surface()).and_then(|verdict| {
            self.0.gate.door(tenant.name(), spoken.ticket.as_deref())?;
            Ok(verdict)
        });
        let exact = called_with(&filed.exact);
        self.noted(judged, audit, tool, &exact, asked.caller, &spoken).await?;
        let (_, checked) = super::checked(tool, exact)?;
        let asking = Asking {
            tool,
            checked,
            key: filed.call_key.clone(),
            tenant,
            audit,
            call: self.call_of(asked.caller, asked.waiting),
            caller: asked.caller,
            waiting: asked.waiting,
            spoken,
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
        self.take(&plan).await?;
        let result = match self.begin(&plan).await {
            Ok(()) => self.steps(&plan).await,
            Err(error) => {
                self.let_go(&plan).await;
                return Err(error);
            }
        };
        // Where its end could not be noted, nobody waits for this process to go on.
        self.let_go(&plan).await;
        let stored =
            self.stored(&plan).await?.ok_or_else(|| Error::Internal("the plan is gone".to_owned()))?;
        let mut record = self.record.clone();
        record.upstream = stored.steps.iter().filter_map(|step| step.upstream.clone()).collect();
        match &result {
            // The log keeps no secret, whoever may see it.
            Ok(_) if plan.risk() == Risk::Secret => {
                note_outcome(&self.audit, record, &Ok("the secret was read".to_owned())).await;
            }
            result => note_outcome(&self.audit, record, result).await,
        }
        let is_command =
            matches!(self.application.pass.tool(), Tool::Action(action) if action.command.is_some());
        if !is_command {
            return result;
        }
        let states = self.calls.follow(&plan.id, &stored.steps, &self.tenant, &self.call).await;
        let text = result?;
        let Ok(Value::Object(mut answer)) = serde_json::from_str::<Value>(&text) else { return Ok(text) };
        if let (1, Some(state)) = (stored.steps.len(), states.values().next()) {
            answer.insert("device".to_owned(), json!(state));
        } else if let Some(filed) = self.stored(&plan).await? {
            answer.insert("steps".to_owned(), json!(filed.steps));
        }
        Ok(Value::Object(answer).to_string())
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
                "{} is on hold since {}: {}. Nothing was sent. A person releases it with `jamf-pro-mcp approvals release` in a terminal, and \
                 the plan stays approved until it expires; do not try another way.",
                hold.tenant, hold.since, hold.why
            )));
        }
        let id = plan.id.clone();
        if !store.run(move |store| store.claim(&id, &hash)).await? {
            return Err(Error::NotAllowed(format!(
                "plan {} is applied already, or by somebody else right now; nothing was sent. Ask `plan_status`",
                plan.id
            )));
        }
        Ok(())
    }

    /// Write down that it begins. What fails here has sent nothing.
    async fn begin(&self, plan: &Plan) -> Result<(), Error> {
        let store = self.calls.0.gate.store();
        let (tenant, who, key) =
            (plan.tenant_key(), plan.asked_by.who.clone(), self.application.filed.call_key.clone());
        store.run(move |store| store.end_repetitions(&tenant, &who, &key)).await?;
        write_down(&self.audit, self.record.clone()).await
    }

    /// Hold it no longer, unless it is over.
    async fn let_go(&self, plan: &Plan) {
        let id = plan.id.clone();
        if let Err(error) = self.calls.0.gate.store().run(move |store| store.let_go(&id)).await {
            tracing::error!(plan = plan.id, %error, "a plan could not be let go; it is interrupted when this process ends");
        }
    }

    async fn stored(&self, plan: &Plan) -> Result<Option<Filed>, Error> {
        let id = plan.id.clone();
        self.calls.0.gate.store().run(move |store| store.plan(&id)).await
    }

    async fn steps(&self, plan: &Plan) -> Result<String, Error> {
        let stored =
            self.stored(plan).await?.ok_or_else(|| Error::Internal("the plan is gone".to_owned()))?;
        let total = u64::try_from(stored.steps.len()).unwrap_or(u64::MAX);
        let (mut text, mut failure) = (None, None);
        for (step, (_, checked, target)) in stored.steps.iter().zip(&self.application.steps) {
            if step.state != StepState::Waiting {
                continue;
            }
            let result = self.step(plan, step.position, checked, target.as_ref()).await;
            let came = came(&result);
            self.note(plan, step.position, came.state, Some(came.detail), came.upstream).await?;
            match result {
                Ok(answer) => text = Some(answer),
                Err(error) => failure = Some(error),
            }
            if let Some(progress) = &self.call.progress {
                progress(Step { done: u64::from(step.position) + 1, total: Some(total), what: "targets" });
            }
        }
        self.end(plan, text, failure).await
    }

    /// One target: its secrets, the note that it is about to be sent, the sending.
    async fn step(
        &self,
        plan: &Plan,
        position: u32,
        checked: &Checked,
        target: Option<&Target>,
    ) -> Result<String, Error> {
        let gate = &self.calls.0.gate;
        gate.door(&plan.tenant, plan.ticket.as_deref())?;
        let tool = self.application.pass.tool();
        let work = Work::looking(&self.tenant, &self.call);
        let filled = gate.filled(&work, tool, plan, checked.clone(), target).await?;
        self.note(plan, position, StepState::Sent, None, None).await?;
        let (pass, tool, filled) = match &self.application.through {
            Some(through) => {
                (self.application.pass.through(through.job), through.job, through.arguments.clone())
            }
            None => (self.application.pass.again(), tool, filled),
        };
        let (checked, request, question) = laid_out(tool, filled, &self.calls.0.limits)?;
        let ready = Ready {
            write: self.application.through.as_ref().map(|through| through.write.clone()),
            pass,
            request,
            checked,
            question,
            tenant: self.tenant.clone(),
            audit: self.audit.clone(),
            limits: self.calls.0.limits.clone(),
            call: self.call.clone(),
            links: Links::default(),
            handed: Handed::default(),
        };
        let text = self.calls.sent_with_copy(&ready, &self.record, self.application.before.as_ref()).await?;
        for (label, secret) in ready.handed.take() {
            let about = target.map_or_else(|| plan.summary.clone(), |target| target.serial.clone());
            let (tenant, plan) = (plan.tenant.clone(), plan.id.clone());
            let kept =
                gate.store().run(move |store| store.keep_secret(&tenant, &plan, label, &about, &secret));
            kept.await.map_err(|error| Error::Unknown {
                message: format!(
                    "it was carried out, and the {label} in the answer could not be kept: {error}"
                ),
            })?;
        }
        Ok(text)
    }

    async fn note(
        &self,
        plan: &Plan,
        position: u32,
        state: StepState,
        detail: Option<String>,
        upstream: Option<String>,
    ) -> Result<(), Error> {
        let id = plan.id.clone();
        let noted =
            self.calls.0.gate.store().run(move |store| {
                store.note_step(&id, position, state, detail.as_deref(), upstream.as_deref())
            });
        noted.await
    }

    /// Say how it ended: to the store, and to the caller.
    async fn end(&self, plan: &Plan, text: Option<String>, failure: Option<Error>) -> Result<String, Error> {
        let stored =
            self.stored(plan).await?.ok_or_else(|| Error::Internal("the plan is gone".to_owned()))?;
        let all = |state: StepState| stored.steps.iter().all(|step| step.state == state);
        let state = match () {
            () if stored.steps.iter().any(|step| step.state == StepState::Sent) => State::Unknown,
            () if all(StepState::Done) => State::Applied,
            () if all(StepState::Failed) => State::Failed,
            () => State::Partial,
        };
        let single = stored.steps.len() == 1;
        let secret = plan.risk() == Risk::Secret && self.application.pass.tool().only_reads();
        let shown = match (&text, secret) {
            (Some(text), true) => Some(self.kept_secret(plan, text).await?),
            _ => None,
        };
        let outcome = failure.as_ref().map_or_else(|| state.as_str().to_owned(), ToString::to_string);
        let id = plan.id.clone();
        if !self.calls.0.gate.store().run(move |store| store.finish_plan(&id, state, &outcome)).await? {
            return Err(Error::Unknown {
                message: format!(
                    "plan {} was taken over by another process while it was applied; ask `plan_status`, and repeat nothing before",
                    plan.id
                ),
            });
        }
        if let (State::Applied, Some(copy)) = (state, plan.undoes.clone()) {
            self.calls.0.gate.store().run(move |store| store.note_copy(&copy, true)).await?;
        }
        if let (true, Some(error)) = (single, failure) {
            return Err(error);
        }
        let mut told = match (shown, text.filter(|_| single && !secret)) {
            (Some(shown), _) => json!({ "result": shown, "plan": plan.id }),
            (None, Some(text)) => match serde_json::from_str::<Value>(&text) {
                Ok(Value::Object(map)) => Value::Object(map),
                _ => json!({ "result": text }),
            },
            (None, None) => self
                .stored(plan)
                .await?
                .as_ref()
                .map(|filed| self.calls.0.gate.told(filed))
                .unwrap_or_default(),
        };
        if let Some(map) = told.as_object_mut() {
            map.insert("plan".to_owned(), json!(plan.id));
            let waits = self.secrets_that_wait(plan).await?;
            if waits > 0 {
                map.insert(
                    "secrets".to_owned(),
                    json!(format!("{waits} kept for the approver: {}", where_shown(plan))),
                );
            }
        }
        Ok(told.to_string())
    }

    /// A secret that was read goes to the person, and the model is told so.
    async fn kept_secret(&self, plan: &Plan, text: &str) -> Result<String, Error> {
        if self.calls.0.gate.settings().secrets_to_model {
            return Ok(text.to_owned());
        }
        let (tenant, id, label) = (plan.tenant.clone(), plan.id.clone(), plan.title.clone());
        let device = plan
            .targets
            .first()
            .map(|target| format!("{} ({})", target.serial, target.name))
            .unwrap_or_default();
        let secret = SecretString::from(text.to_owned());
        self.calls
            .0
            .gate
            .store()
            .run(move |store| store.keep_secret(&tenant, &id, &label, &device, &secret))
            .await?;
        Ok(format!("shown to the approver, and not to you: {}", where_shown(plan)))
    }

    async fn secrets_that_wait(&self, plan: &Plan) -> Result<usize, Error> {
        let id = plan.id.clone();
        let secrets = self.calls.0.gate.store().run(move |store| store.secrets_of(&id)).await?;
        Ok(secrets.iter().filter(|secret| secret.shown.is_none()).count())
    }
}

fn where_shown(plan: &Plan) -> String {
    format!(
        "the person sees it once, on the approvals page or with `jamf-pro-mcp approvals show {} --secret` in a terminal",
        plan.id
    )
}

fn came(result: &Result<String, Error>) -> Came {
    match result {
        Ok(text) => Came { state: StepState::Done, detail: "accepted".to_owned(), upstream: upstream(text) },
        Err(error @ Error::Unknown { .. }) => {
            Came { state: StepState::Sent, detail: error.to_string(), upstream: None }
        }
        Err(error) => Came { state: StepState::Failed, detail: error.to_string(), upstream: None },
    }
}

/// The id that the tenant gave: of the command, or of the object.
fn upstream(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    find(&value, 0)
}

fn find(value: &Value, depth: usize) -> Option<String> {
    if depth > 4 {
        return None;
    }
    match value {
        Value::Object(map) => ["commandUuid", "uuid", "id"]
            .iter()
            .find_map(|name| map.get(*name))
            .and_then(|id| id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string())))
            .or_else(|| map.values().find_map(|value| find(value, depth + 1))),
        Value::Array(items) => items.iter().find_map(|value| find(value, depth + 1)),
        _ => None,
    }
}
