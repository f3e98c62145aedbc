//! Third step of a call: the gate. Everything that is not a read passes here, wherever the call and its arguments come from; what the gate
//! refuses is recorded.

use serde_json::{Map, Value};

use super::Pipeline;
use super::check::CheckedCall;
use super::execute::lay_out;
use super::records::{record_of, write_down};
use super::resolve::{Origin, ResolvedCall};
use crate::audit::Record;
use crate::error::{Error, Kind};
use crate::gate::{Ask, Next, PermittedWrite, Verdict};

impl Pipeline {
    /// Whether the tool may be called at all, before its arguments are looked at.
    ///
    /// # Errors
    /// Why not, worded as a refusal.
    pub(super) async fn admit(&self, call: &ResolvedCall<'_>) -> Result<Verdict, Error> {
        let judged = self.0.gate.judge(call.tool, &call.surface, call.tenant.name()).and_then(|verdict| {
            self.0.gate.check_writes_possible(call.tenant.name(), call.purpose.ticket.as_deref())?;
            Ok(verdict)
        });
        self.record_refusal(judged, call, &call.arguments).await
    }

    /// What is to be done about a call: it is sent, waits for a person, or carries out the plan that a person approved.
    ///
    /// # Errors
    /// Why it is refused.
    pub(super) async fn authorize(&self, verdict: Verdict, call: &CheckedCall<'_>) -> Result<Next, Error> {
        let (resolved, gate) = (&call.resolved, &self.0.gate);
        let tool = resolved.tool;
        let refused = gate.refuse(tool, &call.checked);
        self.record_refusal(refused, resolved, &resolved.arguments).await?;
        if let (Verdict::Permit(permit), Origin::Caller) = (verdict, &resolved.origin)
            && gate.open_plans_on(resolved.tenant, tool, &call.checked).await?.is_empty()
        {
            let devices = gate.check_devices(tool, &call.checked, resolved.tenant, &resolved.context).await;
            self.record_refusal(devices, resolved, &resolved.arguments).await?;
            let checked = call.checked.clone();
            let write = PermittedWrite { permit, checked, job_write: None, before: None, sealed: None };
            return Ok(Next::Go(Box::new(write)));
        }
        // What cannot be sent as it is must not wait for a person first.
        lay_out(tool, call.checked.clone(), &self.0.limits, None)?;
        let (plan, undoes) = match &resolved.origin {
            Origin::Caller => (None, None),
            Origin::Plan(plan_record) => {
                (Some(plan_record.as_ref().clone()), plan_record.plan.undoes.as_deref())
            }
            Origin::Undo(snapshot) => (None, Some(snapshot.as_str())),
        };
        let next = Box::pin(gate.consider(Ask { plan, undoes, ..call.ask() })).await;
        self.record_refusal(next, resolved, call.checked.arguments()).await
    }

    /// What the gate said, recorded where it is a refusal.
    pub(super) async fn record_refusal<T>(
        &self,
        said: Result<T, Error>,
        call: &ResolvedCall<'_>,
        arguments: &Map<String, Value>,
    ) -> Result<T, Error> {
        let tool = call.tool;
        if let Err(error) = &said
            && error.kind() == Kind::NotAllowed
        {
            let record = Record {
                phase: "refused".to_owned(),
                result: Some(error.to_string().chars().take(200).collect()),
                ..record_of(tool, tool.risk(), arguments, call.audit.tenant(), call.caller, &call.purpose)
            };
            write_down(call.audit, record).await?;
        }
        said
    }
}
