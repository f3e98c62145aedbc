//! `plan_calls`: several calls that a person approves at once. Each is checked as if it were made by itself; the gate judges them, and
//! `run_plan` carries them out in their order.

use jamf_pro_client::Reader;
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value, json};

use super::check::CheckedCall;
use super::execute::lay_out;
use super::resolve::{Origin, Purpose, ResolvedCall};
use super::respond::Response;
use super::{Pipeline, Waiting, registry};
use crate::audit::Audit;
use crate::call::Caller;
use crate::error::Error;
use crate::gate::{self, Ask, of_call, stored_calls};
use crate::registry::{Tool, wrong_arguments};
use crate::store::PlanRecord;

/// Where calls come from and go to.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) tenant: (&'a Reader, &'a Audit),
    pub(super) caller: &'a Caller,
    pub(super) waiting: &'a Waiting,
}

impl Pipeline {
    /// Ask a person for several calls at once, or carry them out where a person approved them.
    ///
    /// # Errors
    /// Why they are refused, with the call that they are refused for.
    pub(super) async fn plan_calls(
        &self,
        own: Tool,
        arguments: &Checked,
        way: Way<'_>,
    ) -> Result<Response, Error> {
        let text = |name: &str| arguments.text(name).map(str::to_owned);
        let purpose = Purpose { reason: text("reason"), ticket: text("ticket") };
        let proposed = arguments.arguments().get("calls").and_then(Value::as_array).into_iter().flatten();
        let proposed = proposed.map(|call| {
            let arguments = call.get("arguments").and_then(Value::as_object).cloned().unwrap_or_default();
            (call.get("tool").and_then(Value::as_str).unwrap_or_default().to_owned(), arguments)
        });
        let key = gate::call_key(own, arguments);
        self.follow_calls((own, arguments.clone(), key), proposed.collect(), None, purpose, way).await
    }

    /// Carry out an approved plan for several calls.
    ///
    /// # Errors
    /// As for the calls.
    pub(super) async fn apply_calls(
        &self,
        own: Tool,
        plan_record: PlanRecord,
        way: Way<'_>,
    ) -> Result<Response, Error> {
        let plan = &plan_record.plan;
        let purpose = Purpose { reason: plan.reason.clone(), ticket: plan.ticket.clone() };
        let stored: Vec<(String, Map<String, Value>)> =
            stored_calls(&plan_record.exact).into_iter().map(|call| (call.tool, call.arguments)).collect();
        let calls = stored.iter().map(|(tool, arguments)| json!({ "tool": tool, "arguments": arguments }));
        let arguments = Map::from_iter([
            ("calls".to_owned(), calls.collect()),
            ("reason".to_owned(), json!(plan.reason.as_deref().unwrap_or("(none)"))),
        ]);
        let arguments = own.check(arguments).map_err(|problems| wrong_arguments(own.name(), &problems))?;
        let key = plan_record.call_key.clone();
        self.follow_calls((own, arguments, key), stored, Some(plan_record), purpose, way).await
    }

    async fn follow_calls(
        &self,
        (own, arguments, key): (Tool, Checked, String),
        proposed: Vec<(String, Map<String, Value>)>,
        plan: Option<PlanRecord>,
        purpose: Purpose,
        way: Way<'_>,
    ) -> Result<Response, Error> {
        let origin = || match &plan {
            Some(plan_record) => Origin::Plan(Box::new(plan_record.clone())),
            None => Origin::Caller,
        };
        let resolve = |tool: Tool, arguments: Map<String, Value>| -> ResolvedCall<'_> {
            self.resolved(tool, arguments, way.tenant, (way.caller, way.waiting), purpose.clone(), origin())
        };
        let mut calls = Vec::new();
        for (at, (name, arguments)) in proposed.into_iter().enumerate() {
            let of_call = |error: Error| of_call(at, &name, error);
            let tool = registry().get(&name).map_err(of_call)?;
            calls.push(self.proposed_call(resolve(tool, arguments)).await.map_err(of_call)?);
        }
        let whole = resolve(own, arguments.arguments().clone());
        let call = CheckedCall { resolved: whole, checked: arguments, key, names: std::sync::Arc::default() };
        let asks: Vec<Ask<'_>> = calls.iter().map(CheckedCall::ask).collect();
        let next = Box::pin(self.0.gate.consider_calls(Ask { plan, ..call.ask() }, &asks)).await;
        let next = self.record_refusal(next, &call.resolved, call.checked.arguments()).await?;
        drop(asks);
        self.follow(next, call).await
    }

    /// One of the calls as far as it goes without the gate's judgement of what it would do.
    async fn proposed_call<'a>(&self, call: ResolvedCall<'a>) -> Result<CheckedCall<'a>, Error> {
        if matches!(call.tool, Tool::Builtin(_)) || call.tool.risk() == Risk::Read {
            return Err(Error::caller("it needs no approval").hint("call the tool by itself"));
        }
        self.admit(&call).await?;
        let mut call = CheckedCall::new(call, &self.0.limits)?;
        call.look_up_names().await?;
        // What cannot be sent as it is must not wait for a person first.
        lay_out(call.resolved.tool, call.checked.clone(), &self.0.limits, None)?;
        Ok(call)
    }
}
