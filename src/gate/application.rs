//! An approved plan on its way out: it is applied only where it is what was approved. The main type is [`Application`].

use std::sync::Arc;

use jamf_pro_client::Sealed;
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value, json};

use super::draft::Draft;
use super::planned::Through;
use super::{Gate, Permit, Permits, changes};
use crate::error::Error;
use crate::plan::Target;
use crate::registry::Tool;
use crate::store::{Filed, State};

/// Where the arguments of a job are among those of its write; no tool has an argument of this name.
const CALLED: &str = "called with";

/// An approved plan on its way out.
pub struct Application {
    /// The tool that was judged: of a job whose one write was judged, the action that writes.
    pub(crate) tool: Tool,
    pub(crate) risk: Risk,
    permits: Permits,
    pub(crate) filed: Filed,
    /// The job that came to the write and reports on it.
    pub(crate) through: Option<Through>,
    /// What is done, one row a target: what it is done to, the arguments, the device.
    pub(crate) steps: Vec<(String, Checked, Option<Target>)>,
    /// The object as it is.
    pub(crate) before: Option<Value>,
    /// The file that was looked at and approved.
    pub(crate) sealed: Option<Arc<Sealed>>,
}

impl Application {
    /// The permit of one of its steps, made when the step comes up.
    pub(crate) fn permit_step(&self) -> Permit {
        self.permits.issue(&self.filed.plan.tenant, self.tool, self.risk)
    }
}

impl Gate {
    /// An approved plan, once more against what is there now.
    pub(super) async fn application(
        &self,
        tool: Tool,
        filed: Filed,
        draft: Draft,
        through: Option<Through>,
    ) -> Result<Application, Error> {
        let gate = self.clone();
        let (filed, held) = self
            .0
            .store
            .run(move |store| {
                let stands = gate.verify_quorum(store, &filed);
                Ok((filed, stands))
            })
            .await?;
        held?;
        if let Some(what) = drift(&filed, &draft, through.as_ref()) {
            if filed.state == State::Interrupted {
                return Err(Error::not_allowed(format!("{what} since it was made")));
            }
            let (id, outcome) = (filed.plan.id.clone(), format!("not applied: {what}"));
            if !self.0.store.run(move |store| store.outdate_plan(&id, &outcome)).await? {
                return Err(Error::not_allowed(format!(
                    "plan {} is being applied by somebody else, or is over",
                    filed.plan.id
                ))
                .hint("ask `plan_status`, and do not send it again"));
            }
            return Err(Error::not_allowed(format!(
                "plan {} no longer holds: {what} since it was made",
                filed.plan.id
            ))
            .hint("call the tool again for a new plan, and tell the person what changed"));
        }
        let steps = draft
            .steps(tool)?
            .into_iter()
            .map(|(told, checked, seen)| (told, checked, seen.map(|seen| seen.target)));
        Ok(Application {
            tool,
            risk: draft.risk,
            permits: self.0.permits.clone(),
            steps: steps.collect(),
            before: draft.before,
            sealed: draft.sealed,
            through,
            filed,
        })
    }
}

/// The arguments of a call as they are kept: of a job those that it was called with, and those of the write that it makes.
pub(super) fn exact(draft: &Draft, through: Option<&Through>) -> Value {
    let write = Value::Object(draft.exact.arguments().clone());
    match through {
        Some(through) => json!({ CALLED: through.arguments.arguments(), through.write.action.name: write }),
        None => write,
    }
}

/// The arguments that the tool of a plan was called with.
pub(crate) fn called_with(exact: &Value) -> Map<String, Value> {
    let called = exact.get(CALLED).unwrap_or(exact);
    called.as_object().cloned().unwrap_or_default()
}

/// What is another thing now than it was when the plan was made; the time of last contact is not.
fn drift(filed: &Filed, draft: &Draft, through: Option<&Through>) -> Option<&'static str> {
    let plan = &filed.plan;
    if plan.targets.len() != draft.targets.len()
        || !plan.targets.iter().zip(&draft.targets).all(|(there, now)| there.is_same_device(&now.target))
    {
        return Some("the devices have changed");
    }
    if filed.exact != exact(draft, through) {
        return Some("what the arguments stand for has changed");
    }
    if plan.found.payload != draft.found.payload {
        return Some("what is sent along, the payload or the file, has changed");
    }
    if plan.changes != changes::at_most(&draft.changes) || plan.found.object != draft.found.object {
        return Some("the object has changed");
    }
    if plan.references != draft.touched.references {
        return Some("what refers to it has changed");
    }
    let more = match (&plan.found.devices, &draft.found.devices) {
        (Some(then), Some(now)) => now.iter().any(|id| then.binary_search(id).is_err()),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if more {
        return Some("it reaches devices that it did not reach");
    }
    (plan.risk != draft.risk.as_str()).then_some("what follows from it has changed")
}
