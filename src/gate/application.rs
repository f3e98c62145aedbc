//! An approved plan on its way out: it is applied only where it is what was approved. The main type is [`Application`].

use std::sync::Arc;

use jamf_pro_client::FileSeal;
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::planning::JobWrite;
use super::{Gate, Permit, Permits};
use crate::error::Error;
use crate::plan::{Basis, DeviceEffect, Plan, Target};
use crate::registry::Tool;
use crate::store::{PlanRecord, State};

/// Where the arguments of a job are among those of its write; no tool has an argument of this name.
const CALLED: &str = "called with";

/// An approved plan on its way out.
pub struct Application {
    /// The tool of the plan: of a job whose one write was judged, the action that writes; of several calls, the built-in that proposes them.
    pub(crate) tool: Tool,
    permits: Permits,
    pub(crate) plan_record: PlanRecord,
    /// The calls in their order; nothing for one of which nothing is left to send.
    pub(crate) calls: Vec<Option<ApprovedCall>>,
    /// How many steps each of the calls has.
    pub(crate) steps: Vec<usize>,
}

/// One call of an approved plan on its way out.
pub struct ApprovedCall {
    /// The tool that was judged: of a job whose one write was judged, the action that writes.
    pub(crate) tool: Tool,
    risk: Risk,
    /// The job that came to the write and reports on it.
    pub(crate) job_write: Option<JobWrite>,
    /// What is done, one row a target: the arguments, the device.
    pub(crate) steps: Vec<(Checked, Option<Target>)>,
    /// The object as it is.
    pub(crate) before: Option<Value>,
    /// The file that was looked at and approved.
    pub(crate) sealed: Option<Arc<FileSeal>>,
}

impl ApprovedCall {
    /// A call as it was judged.
    ///
    /// # Errors
    /// When the arguments of one of its steps cannot be made.
    pub(super) fn new(tool: Tool, draft: Draft, job_write: Option<JobWrite>) -> Result<Self, Error> {
        let steps = draft.steps(tool)?.into_iter();
        Ok(Self {
            tool,
            risk: draft.risk,
            steps: steps.map(|(_, checked, device)| (checked, device.map(|device| device.target))).collect(),
            before: draft.before,
            sealed: draft.sealed,
            job_write,
        })
    }
}

impl Application {
    pub(super) fn new(
        tool: Tool,
        permits: Permits,
        plan_record: PlanRecord,
        calls: Vec<Option<ApprovedCall>>,
        steps: Vec<usize>,
    ) -> Self {
        Self { tool, permits, plan_record, calls, steps }
    }

    /// The permit of one step of a call, made when the step comes up.
    pub(crate) fn permit_step(&self, call: &ApprovedCall) -> Permit {
        self.permits.issue(&self.plan_record.plan.tenant, call.tool, call.risk)
    }
}

impl Gate {
    /// A plan that was interrupted when nothing of it is left to send: its end is noted.
    pub(super) fn end_of(&self, tool: Tool, plan_record: PlanRecord) -> Application {
        Application::new(tool, self.0.permits.clone(), plan_record, Vec::new(), Vec::new())
    }

    /// An approved plan, once more against what is there now.
    pub(super) async fn application(
        &self,
        tool: Tool,
        plan_record: PlanRecord,
        draft: Draft,
        job_write: Option<JobWrite>,
    ) -> Result<Application, Error> {
        let plan_record = self.check_approved(plan_record).await?;
        if let Some(what) = drift((&plan_record.plan, &plan_record.exact), &draft, job_write.as_ref()) {
            return Err(self.void(&plan_record, what).await);
        }
        let call = ApprovedCall::new(tool, draft, job_write)?;
        let steps = vec![call.steps.len()];
        Ok(Application::new(tool, self.0.permits.clone(), plan_record, vec![Some(call)], steps))
    }

    /// A plan, where it has the approvals that it takes.
    pub(super) async fn check_approved(&self, plan_record: PlanRecord) -> Result<PlanRecord, Error> {
        let gate = self.clone();
        let (plan_record, held) = self
            .0
            .store
            .run(move |store| {
                let stands = gate.verify_quorum(store, &plan_record);
                Ok((plan_record, stands))
            })
            .await?;
        held.map(|()| plan_record)
    }

    /// A plan no longer holds, because something is another thing now. One that was begun stays what it is.
    pub(super) async fn void(&self, plan_record: &PlanRecord, what: &str) -> Error {
        if plan_record.state == State::Interrupted {
            return Error::not_allowed(format!("{what} since it was made"));
        }
        let (id, outcome) = (plan_record.plan.id.clone(), format!("not applied: {what}"));
        match self.0.store.run(move |store| store.outdate_plan(&id, &outcome)).await {
            Err(error) => error,
            Ok(false) => Error::not_allowed(format!(
                "plan {} is being applied by somebody else, or is over",
                plan_record.plan.id
            ))
            .hint("ask `plan_status`, and do not send it again"),
            Ok(true) => Error::not_allowed(format!(
                "plan {} no longer holds: {what} since it was made",
                plan_record.plan.id
            ))
            .hint("call the tool again for a new plan, and tell the person what changed"),
        }
    }
}

/// The arguments of a call as they are kept: of a job those that it was called with, and those of the write that it makes.
pub(super) fn exact(draft: &Draft, job_write: Option<&JobWrite>) -> Value {
    let write = Value::Object(draft.exact.arguments().clone());
    match job_write {
        Some(job_write) => {
            json!({ CALLED: job_write.arguments.arguments(), job_write.write.action.name: write })
        }
        None => write,
    }
}

/// The arguments that the tool of a plan was called with.
pub(crate) fn arguments_of(exact: &Value) -> Map<String, Value> {
    let called = exact.get(CALLED).unwrap_or(exact);
    called.as_object().cloned().unwrap_or_default()
}

/// Whether a change does something to a device that it did not do to that one.
fn has_other_effects(then: &Basis, now: &Basis) -> bool {
    let is_told = |effect: DeviceEffect, device: &String| {
        let of_effect = then.effects.iter().find(|one| one.effect == effect);
        of_effect.is_some_and(|one| one.devices.binary_search(device).is_ok())
    };
    now.effects.iter().any(|one| one.devices.iter().any(|device| !is_told(one.effect, device)))
}

/// What is another thing now than it was when the plan was made; the time of last contact is not.
pub(super) fn drift(
    (plan, exact_then): (&Plan, &Value),
    draft: &Draft,
    job_write: Option<&JobWrite>,
) -> Option<&'static str> {
    if plan.targets.len() != draft.targets.len()
        || !plan.targets.iter().zip(&draft.targets).all(|(there, now)| there.is_same_device(&now.target))
    {
        return Some("the devices have changed");
    }
    if *exact_then != exact(draft, job_write) {
        return Some("what the arguments stand for has changed");
    }
    if plan.basis.payload != draft.basis.payload {
        return Some("what is sent along, the payload or the file, has changed");
    }
    if plan.changes != draft.changes || plan.basis.object != draft.basis.object {
        return Some("the object has changed");
    }
    if plan.basis.content != draft.basis.content {
        return Some("a script, a package or something else that it runs or installs has changed");
    }
    if plan.references != draft.impact.references {
        return Some("what refers to it has changed");
    }
    let more = match (&plan.basis.devices, &draft.basis.devices) {
        (Some(then), Some(now)) => now.iter().any(|id| then.binary_search(id).is_err()),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if more {
        return Some("it reaches devices that it did not reach");
    }
    if has_other_effects(&plan.basis, &draft.basis) {
        return Some("it does something else to some devices than it did");
    }
    (plan.risk != draft.risk.as_str()).then_some("what follows from it has changed")
}
