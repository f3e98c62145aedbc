//! Several calls that are proposed at once: each is judged as if it were called by itself, and a person approves all of them as one plan. The
//! main functions are [`Gate::consider_calls`] and [`Gate::approved_call`].
//!
//! No call of a plan is about what another one changes, so that each is what the person saw when its turn comes.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_tools::{Affects, Effect as ActionEffect, Risk, Source};
use serde_json::{Value, json};

use super::application::{self, Application, ApprovedCall, arguments_of};
use super::draft::Draft;
use super::judgement::{Effect, JudgedWrite};
use super::reach::Impact;
use super::subject::objects;
use super::{Ask, Gate, New, Next, guard, title};
use crate::approvals::quorum;
use crate::error::{Error, Kind};
use crate::jobs::Work;
use crate::plan::{Basis, Confirmation, Plan, Undo};
use crate::registry::Tool;
use crate::store::{PlanRecord, StepState};

/// Where the calls of a plan are in its exact arguments.
const CALLS: &str = "calls";

/// A call as a plan for several has it: its tool, the arguments that it was called with, and how many steps it takes.
pub(crate) struct StoredCall {
    pub(crate) tool: String,
    pub(crate) arguments: serde_json::Map<String, Value>,
    pub(super) exact: Value,
    steps: usize,
}

/// The calls that a plan is for, as they are kept; nothing where it is for one.
pub(crate) fn stored_calls(exact: &Value) -> Vec<StoredCall> {
    let of = |call: &Value| {
        let exact = call.get("exact")?.clone();
        Some(StoredCall {
            tool: call.get("tool")?.as_str()?.to_owned(),
            arguments: arguments_of(&exact),
            steps: call.get("steps")?.as_u64().and_then(|steps| usize::try_from(steps).ok())?,
            exact,
        })
    };
    exact.get(CALLS).and_then(Value::as_array).into_iter().flatten().filter_map(of).collect()
}

/// A call that was judged, with what it was called by.
struct JudgedCall<'a> {
    ask: &'a Ask<'a>,
    judged: JudgedWrite,
}

impl JudgedCall<'_> {
    /// The objects that it changes.
    fn changes(&self) -> Vec<String> {
        match self.judged.tool {
            Tool::Action(action) => objects(action, self.judged.draft.exact.arguments()),
            Tool::Job(_) | Tool::Builtin(_) => Vec::new(),
        }
    }

    /// What a write of another call would change under it.
    fn rests_on(&self) -> Vec<String> {
        let mut all = self.judged.draft.basis.refers_to.clone();
        all.extend(self.changes());
        all
    }

    /// The devices whose records it writes.
    fn records(&self) -> BTreeSet<String> {
        let is_record =
            matches!(self.judged.tool, Tool::Action(action) if action.affects == Some(Affects::Record));
        self.judged.draft.targets.iter().filter(|_| is_record).map(|device| device.key()).collect()
    }

    fn creates(&self) -> bool {
        matches!(self.judged.tool, Tool::Action(action) if action.effect() == ActionEffect::Create)
    }

    /// What it affects, for counting all calls together.
    fn impact(&self) -> Impact {
        let Draft { targets, impact, .. } = &self.judged.draft;
        if targets.is_empty() { impact.count_only() } else { Impact::of_devices(targets.clone()) }
    }
}

impl Gate {
    /// Make a plan for several calls, or say how the plan for them stands, or let it be applied.
    ///
    /// # Errors
    /// Why it is refused, with the call that it is refused for; nothing was sent then.
    pub fn consider_calls<'a>(
        &'a self,
        ask: Ask<'a>,
        calls: &'a [Ask<'a>],
    ) -> BoxFuture<'a, Result<Next, Error>> {
        Box::pin(self.find_next(ask, Some(calls)))
    }

    /// What follows from several calls now. `existing` is the plan that a person approved for them.
    pub(super) fn judge_calls<'a>(
        &'a self,
        ask: &'a Ask<'a>,
        calls: &'a [Ask<'a>],
        existing: Option<PlanRecord>,
    ) -> BoxFuture<'a, Result<Next, Error>> {
        Box::pin(async move {
            match existing {
                Some(plan_record) => {
                    let application = self.application_of_calls(ask.tool, plan_record, calls).await?;
                    Ok(Next::Apply(Box::new(application)))
                }
                None => {
                    let (plan_record, new) = self.file_calls(ask, calls).await?;
                    Ok(Next::Waits(Box::new(plan_record), new))
                }
            }
        })
    }

    async fn file_calls(&self, ask: &Ask<'_>, calls: &[Ask<'_>]) -> Result<(PlanRecord, New), Error> {
        self.not_too_often(ask).await?;
        let mut judged: Vec<JudgedCall<'_>> = Vec::new();
        for (at, call) in calls.iter().enumerate() {
            let one = self.judge_one(call).await.map_err(|error| {
                let creates = judged.iter().any(JudgedCall::creates);
                of_call(at, call.tool.name(), if creates { about_creation(error) } else { error })
            })?;
            judged.push(JudgedCall { ask: call, judged: one });
        }
        check_apart(&judged)?;
        let reach = self.check_together(ask, &judged).await?;
        let mut plans: Vec<Plan> = Vec::new();
        let (mut stored, mut steps) = (Vec::new(), Vec::new());
        for (number, call) in (1..).zip(&mut judged) {
            let JudgedWrite { tool, draft, job_write } = &mut call.judged;
            draft.read_device_facts(&Work::reading_anything(ask.tenant, ask.call), *tool).await?;
            let exact = application::exact(draft, job_write.as_ref());
            let own = draft.steps(*tool)?;
            let title = draft.title(job_write.as_ref().map_or(*tool, |job_write| job_write.job));
            let told = own.iter().map(|(told, ..)| match own.len() {
                1 => format!("{number}. {title}"),
                _ => format!("{number}. {title}: {told}"),
            });
            steps.extend(told);
            stored.push(json!({ "tool": call.ask.tool.name(), "exact": exact, "steps": own.len() }));
            let plan = self.plan(call.ask, *tool, draft, job_write.as_ref(), &exact);
            // It is a part of the plan that has them.
            plans.push(Plan { id: String::new(), hash: String::new(), ..plan });
        }
        let exact = json!({ CALLS: stored });
        let plan = self.plan_of_calls(ask, &judged, plans, reach, &exact);
        let key = ask.key.to_owned();
        let tenant = ask.tenant.key();
        let unclear = self.store().run(move |store| store.find_unclear_call(&tenant, &key)).await?;
        let plan = match unclear {
            Some(unclear) => {
                let warning = Outcome::Unknown.close(&format!(
                    "the same calls were begun before, and what came of {} of {} steps at {} is not known",
                    unclear.sent, unclear.targets, unclear.at
                ));
                Plan { warnings: vec![warning], ..plan }.sealed(&exact)
            }
            None => plan,
        };
        quorum::check_reachable(self.store(), &self.settings(), &plan)?;
        self.has_cooled_down(&plan, &exact).await?;
        let key = ask.key.to_owned();
        let filed = self.store().run(move |store| store.file_plan(&plan, &exact, &key, &steps)).await?;
        let (plan_record, is_new) = filed;
        if is_new {
            self.notify(&plan_record.plan, ask.tool);
        }
        Ok((plan_record, if is_new { New::Yes } else { New::No }))
    }

    /// What one of the calls would do, as if it were made by itself.
    async fn judge_one(&self, ask: &Ask<'_>) -> Result<JudgedWrite, Error> {
        refuse_secrets(ask.tool)?;
        let Effect::Write(judged) = self.judge_new(ask).await? else {
            return Err(Error::caller("there is nothing to do for it").hint("leave it out"));
        };
        refuse_secrets(judged.tool)?;
        let draft = &judged.draft;
        if draft.risk == Risk::Secret || !draft.asks.is_empty() {
            return Err(secret());
        }
        self.check_limits(draft, ask.tool)?;
        if let Some(gone) = draft.basis.content.iter().find(|one| one.digest.is_empty()) {
            let what = format!("it refers to the {} {}, which is not there", gone.kind, gone.id);
            return Err(Error::caller(what).hint(APART));
        }
        Ok(*judged)
    }

    /// The limits of all calls together, and how far they reach.
    async fn check_together(
        &self,
        ask: &Ask<'_>,
        judged: &[JudgedCall<'_>],
    ) -> Result<crate::plan::Reach, Error> {
        let settings = self.settings();
        let named: Vec<(Tool, usize)> =
            judged.iter().map(|call| (call.judged.tool, call.judged.draft.targets.len())).collect();
        guard::check_caps(&settings, &named)?;
        let work = Work::reading_anything(ask.tenant, ask.call);
        // What names its devices, and what is critical, is bounded otherwise.
        let is_of_share = |call: &&JudgedCall<'_>| {
            let draft = &call.judged.draft;
            draft.targets.is_empty() && draft.risk > Risk::Write && draft.risk != Risk::Critical
        };
        let shared = judged.iter().filter(is_of_share).map(JudgedCall::impact).collect();
        guard::check_share(&settings, ask.tool, &Impact::merge(shared).reach(&work).await?)?;
        Impact::merge(judged.iter().map(JudgedCall::impact).collect()).reach(&work).await
    }

    /// The plan of all calls: what is gravest of any of them is what it takes.
    fn plan_of_calls(
        &self,
        ask: &Ask<'_>,
        judged: &[JudgedCall<'_>],
        calls: Vec<Plan>,
        reach: crate::plan::Reach,
        exact: &Value,
    ) -> Plan {
        let settings = self.settings();
        let risk = judged.iter().map(|call| call.judged.draft.risk).max().unwrap_or(Risk::Critical);
        let mut names = vec![ask.tool.name()];
        names.extend(judged.iter().flat_map(|call| [call.ask.tool.name(), call.judged.tool.name()]));
        let required = quorum::requirement(risk, &names, reach.counted(), &settings);
        let mut targets = Vec::new();
        for target in calls.iter().flat_map(|call| &call.targets) {
            if !targets.contains(target) {
                targets.push(target.clone());
            }
        }
        let all = |of: fn(&Basis) -> &[String]| -> Vec<String> {
            let texts: BTreeSet<&String> = calls.iter().flat_map(|call| of(&call.basis)).collect();
            texts.into_iter().cloned().collect()
        };
        let basis = Basis { refers_to: all(|basis| &basis.refers_to), ..Basis::default() };
        let gravest = calls.iter().max_by_key(|call| (call.risk(), call.is_loss, call.targets.len()));
        let confirmation = match reach.devices.filter(|_| guard::is_many(&settings, &reach)) {
            Some(devices) if targets.is_empty() => Confirmation {
                what: "the number of affected devices".to_owned(),
                expected: devices.to_string(),
            },
            _ => gravest.map(|call| call.confirmation.clone()).unwrap_or_else(|| Confirmation {
                what: "the number of calls".to_owned(),
                expected: calls.len().to_string(),
            }),
        };
        let titles: Vec<&str> = calls.iter().map(|call| call.title.as_str()).collect();
        let undo = Undo {
            possible: calls.iter().all(|call| call.undo.possible),
            note: "each call by itself, as it says".to_owned(),
        };
        let is_loss = calls.iter().any(|call| call.is_loss);
        let takes_other_person = calls.iter().any(|call| call.takes_other_person);
        let base = self.blank_plan(ask, ask.tool, exact);
        let arguments = calls.iter().map(|call| json!({ "tool": call.tool, "arguments": call.arguments }));
        Plan {
            title: title::of_calls(&titles),
            risk: risk.as_str().to_owned(),
            arguments: json!({ CALLS: arguments.collect::<Vec<_>>() }),
            targets,
            reach,
            basis,
            undo,
            is_loss,
            confirmation,
            approvals_needed: required.people,
            second_minutes: required.second_minutes,
            takes_other_person,
            delay_minutes: required.delay_minutes,
            calls,
            ..base
        }
        .sealed(exact)
    }

    /// An approved plan for several calls, each once more against what is there now. What was carried out before the plan was interrupted
    /// is not judged again.
    async fn application_of_calls(
        &self,
        tool: Tool,
        plan_record: PlanRecord,
        calls: &[Ask<'_>],
    ) -> Result<Application, Error> {
        let plan_record = self.check_approved(plan_record).await?;
        let stored = stored_calls(&plan_record.exact);
        if stored.len() != calls.len() || stored.len() != plan_record.plan.calls.len() {
            return Err(self.void(&plan_record, "what the arguments stand for has changed").await);
        }
        let (mut approved, mut at) = (Vec::new(), 0);
        for (number, (call, stored)) in calls.iter().zip(&stored).enumerate() {
            let own = plan_record.steps.iter().skip(at).take(stored.steps);
            at += stored.steps;
            if !own.clone().any(|step| step.state == StepState::Waiting) {
                approved.push(None);
                continue;
            }
            match self.approved_call(&plan_record, number, call).await {
                Ok(call) => approved.push(Some(call)),
                Err(Drift::Changed(what)) => {
                    let what = format!("{what} (call {})", number + 1);
                    return Err(self.void(&plan_record, &what).await);
                }
                Err(Drift::Refused(error)) => return Err(of_call(number, call.tool.name(), error)),
            }
        }
        let steps = stored.iter().map(|stored| stored.steps).collect();
        Ok(Application::new(tool, self.0.permits.clone(), plan_record, approved, steps))
    }

    /// One call of an approved plan against what is there now.
    ///
    /// # Errors
    /// What is another thing than it was when the plan was made, or why it is refused now.
    pub(crate) async fn approved_call(
        &self,
        plan_record: &PlanRecord,
        number: usize,
        ask: &Ask<'_>,
    ) -> Result<ApprovedCall, Drift> {
        let stored = stored_calls(&plan_record.exact);
        let (Some(planned), Some(stored)) = (plan_record.plan.calls.get(number), stored.get(number)) else {
            return Err(Drift::Changed("what the arguments stand for has changed".to_owned()));
        };
        let judged = self.judge_effect(&Work::reading_anything(ask.tenant, ask.call), ask).await;
        let JudgedWrite { tool, draft, job_write } = match judged.map_err(Drift::Refused)? {
            Effect::Write(judged) => *judged,
            Effect::Nothing(_) => {
                return Err(Drift::Changed("there is nothing to do for it any more".to_owned()));
            }
        };
        self.check_limits(&draft, ask.tool).map_err(Drift::Refused)?;
        if let Some(what) = application::drift((planned, &stored.exact), &draft, job_write.as_ref()) {
            return Err(Drift::Changed(what.to_owned()));
        }
        let call = ApprovedCall::new(tool, draft, job_write).map_err(Drift::Refused)?;
        if call.steps.len() != stored.steps {
            return Err(Drift::Changed("the devices have changed".to_owned()));
        }
        Ok(call)
    }
}

/// Why a call of an approved plan is not sent.
pub(crate) enum Drift {
    /// This is another thing now than it was when the plan was made.
    Changed(String),
    /// It is refused, or what it would do cannot be worked out now.
    Refused(Error),
}

/// What a caller does where one call follows from another.
const APART: &str = "a call cannot refer to what another call of the same plan creates or changes: propose it when that is done";

fn secret() -> Error {
    Error::not_allowed("a plan for several calls takes and shows no secrets").hint("call the tool by itself")
}

/// A secret is for one call: who approves it types it, or is shown it. What can be left out is none as long as nothing in the call has a
/// place for it.
fn refuse_secrets(tool: Tool) -> Result<(), Error> {
    let has_secrets = match tool {
        Tool::Action(action) => {
            let is_filled_in = |source| !matches!(source, Source::Person | Source::File);
            action.risk == Risk::Secret
                || action.secrets().any(|(_, source)| is_filled_in(source))
                || !action.gives_secret.is_empty()
                || !action.deletes_secrets.is_empty()
        }
        Tool::Job(_) => tool.risk() == Risk::Secret,
        Tool::Builtin(_) => return Err(Error::caller("a tool of this server is called by itself")),
    };
    if has_secrets { Err(secret()) } else { Ok(()) }
}

/// Whether no call is about what another one changes.
fn check_apart(judged: &[JudgedCall<'_>]) -> Result<(), Error> {
    for (at, call) in judged.iter().enumerate() {
        for (earlier_at, earlier) in judged.iter().enumerate().take(at) {
            let changes = earlier.changes();
            let shared = call.rests_on().into_iter().find(|one| changes.contains(one));
            let changes = call.changes();
            let shared = shared.or_else(|| earlier.rests_on().into_iter().find(|one| changes.contains(one)));
            let records = earlier.records();
            let device = call.judged.draft.targets.iter().map(|device| device.key());
            let shared = shared.or_else(|| device.into_iter().find(|device| records.contains(device)));
            if let Some(shared) = shared {
                let why = format!(
                    "calls {} and {} of the plan are about the same: {shared}",
                    earlier_at + 1,
                    at + 1
                );
                return Err(Error::caller(why).hint(APART));
            }
        }
    }
    Ok(())
}

/// The error of one of several calls, which says of which: its place, counted from 0, and the name of its tool.
pub(crate) fn of_call(at: usize, tool: &str, error: Error) -> Error {
    let message = format!("call {} (`{tool}`): {}", at + 1, error.reason());
    error.with_message(message)
}

/// What is not there may be what an earlier call creates.
fn about_creation(error: Error) -> Error {
    if matches!(error.kind(), Kind::Caller) || error.is_status(404) { error.hint(APART) } else { error }
}
