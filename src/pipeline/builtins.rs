//! Built-ins: each answers, or says what it wants done, which is done here: describe plans, carry one out, put an object back, ask for a
//! window of calls or for several calls at once. Whatever sends something goes the way of every other call.

use jamf_pro_client::Reader;
use jamf_pro_tools::Checked;
use serde_json::{Map, Value, json};

use super::plan_calls::Way;
use super::records::{of_plan, record_of, write_down};
use super::resolve::{Origin, Purpose, ResolvedBuiltin};
use super::respond::{Answer, Response};
use super::{Pipeline, Waiting, catch_panic, registry, with_outcome};
use crate::audit::Audit;
use crate::builtin::{self, BuiltinAnswer, BuiltinCall};
use crate::call::Caller;
use crate::error::Error;
use crate::gate::window::Wish;
use crate::gate::{self, Ask, New, arguments_of};
use crate::plan::WINDOW_TOOL;
use crate::registry::{Tool, wrong_arguments};
use crate::store::{Filter, PlanRecord, Snapshot};

/// Plans that one answer lists.
const MOST_PLANS: u32 = 20;

impl Pipeline {
    /// A call of a built-in. It is not recorded, for it changes nothing of Jamf Pro; what it wants done is.
    pub(super) async fn run_builtin(&self, call: ResolvedBuiltin<'_>) -> Result<Answer, Error> {
        let tool = Tool::Builtin(call.declaration);
        let tenant = call.tenant;
        let answer =
            catch_panic(Box::pin(self.builtin_answer(call))).await.map_err(|error| with_outcome(tool, error));
        match tenant {
            Some((tenant, _)) => self.of_tenant(answer, tenant),
            None => answer.map(Answer::from),
        }
    }

    async fn builtin_answer(&self, call: ResolvedBuiltin<'_>) -> Result<Response, Error> {
        let ResolvedBuiltin { declaration, arguments, tenant, caller, waiting } = call;
        let arguments = Tool::Builtin(declaration)
            .check(arguments)
            .map_err(|problems| wrong_arguments(declaration.tool.name, &problems))?;
        let surface = self.surface();
        let call = BuiltinCall {
            arguments: &arguments,
            caller,
            tenant: tenant.map(|(tenant, _)| (tenant, self.call_of(caller, waiting))),
            surface: &surface,
            store: self.0.gate.store(),
            limits: &self.0.limits,
            state: &self.0.state,
            newest_version: self.newest_version(),
        };
        match builtin::of(declaration)?.run(&call).await? {
            BuiltinAnswer::Text(text) => Ok(Response::Text(text)),
            BuiltinAnswer::TellPlans(id) => self.describe_plans(id.as_deref(), caller, waiting).await,
            BuiltinAnswer::ApplyPlan(id) => self.apply_plan(&id, caller, waiting).await,
            BuiltinAnswer::OpenWindow => {
                let (tenant, audit) = tenant.ok_or_else(|| Error::internal("no tenant"))?;
                self.plan_window(&arguments, tenant, audit, caller, waiting).await
            }
            BuiltinAnswer::PlanCalls => {
                let tenant = tenant.ok_or_else(|| Error::internal("no tenant"))?;
                self.plan_calls(Tool::Builtin(declaration), &arguments, Way { tenant, caller, waiting }).await
            }
            BuiltinAnswer::Preview { tool, arguments: call } => {
                let tenant = tenant.ok_or_else(|| Error::internal("no tenant"))?;
                let ticket = arguments.text("ticket").map(str::to_owned);
                let purpose = Purpose { reason: None, ticket };
                self.preview(tool, call, tenant, (caller, waiting), purpose).await
            }
            BuiltinAnswer::Undo { tool, arguments: call, copy } => {
                self.undo(tool, call, &copy, arguments.text("ticket"), caller, waiting).await
            }
        }
    }

    /// Put an object back, by a call that takes a plan in any case.
    ///
    /// # Errors
    /// As for the call.
    async fn undo(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        copy: &Snapshot,
        ticket: Option<&str>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<Response, Error> {
        let gone = || Error::internal("the tenant of the copy is gone");
        let (tenant, audit) =
            self.0.tenants.values().find(|(tenant, _)| tenant.key() == copy.tenant).ok_or_else(gone)?;
        let purpose = Purpose {
            reason: Some(format!("undo of {} at {}", copy.tool, copy.made)),
            ticket: ticket.map(str::to_owned),
        };
        let origin = Origin::Undo(copy.id.clone());
        let call = self.resolved(tool, arguments, (tenant, audit), (caller, waiting), purpose, origin);
        self.carry_out(call).await
    }

    /// How a plan of this caller stands, or all of them that are open.
    async fn describe_plans(
        &self,
        id: Option<&str>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<Response, Error> {
        if let Some(id) = id {
            let plan_record = self.0.gate.plan_of(id, &caller.who).await?;
            self.note_told(&plan_record).await?;
            return Ok(Response::of_value(self.describe_plan(&plan_record, waiting)));
        }
        let filter =
            Filter { who: Some(caller.who.to_string()), open: true, most: MOST_PLANS, ..Filter::default() };
        let plans = self.0.gate.store().run(move |store| store.plans(&filter)).await?;
        let told: Vec<_> = plans.iter().map(|plan_record| self.describe_plan(plan_record, waiting)).collect();
        Ok(Response::of_value(json!({ "open": told.len(), "plans": told })))
    }

    /// The caller knows from here on what came of a plan that is over.
    async fn note_told(&self, plan_record: &PlanRecord) -> Result<(), Error> {
        if plan_record.state.is_open() {
            return Ok(());
        }
        let id = plan_record.plan.id.clone();
        self.0.gate.store().run(move |store| store.note_told(&id)).await
    }

    /// Carry out a plan of this caller, as if the call were made again with the same arguments.
    ///
    /// # Errors
    /// As for the call.
    pub(super) async fn apply_plan(
        &self,
        id: &str,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<Response, Error> {
        let plan_record = self.0.gate.plan_of(id, &caller.who).await?;
        if !plan_record.state.is_open() || plan_record.plan.window.is_some() {
            self.note_told(&plan_record).await?;
            return Ok(Response::of_value(self.describe_plan(&plan_record, waiting)));
        }
        let gone = || Error::not_allowed("what the plan is for is not there any more");
        let tool = registry().find(&plan_record.plan.tool).ok_or_else(gone)?;
        let (tenant, audit) = self.0.tenants.get(&plan_record.plan.tenant).ok_or_else(gone)?;
        if matches!(tool, Tool::Builtin(_)) {
            if plan_record.plan.calls.is_empty() {
                return Err(gone());
            }
            let way = Way { tenant: (tenant, audit), caller, waiting };
            return self.apply_calls(tool, plan_record, way).await;
        }
        let purpose =
            Purpose { reason: plan_record.plan.reason.clone(), ticket: plan_record.plan.ticket.clone() };
        let (arguments, origin) = (arguments_of(&plan_record.exact), Origin::Plan(Box::new(plan_record)));
        let call = self.resolved(tool, arguments, (tenant, audit), (caller, waiting), purpose, origin);
        self.carry_out(call).await
    }

    /// Ask a person for a window of calls.
    ///
    /// # Errors
    /// Why it is refused; nothing is opened then.
    async fn plan_window(
        &self,
        arguments: &Checked,
        tenant: &Reader,
        audit: &Audit,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<Response, Error> {
        let own = registry().get(WINDOW_TOOL)?;
        let text = |name: &str| arguments.text(name).map(str::to_owned);
        let purpose = Purpose { reason: text("reason"), ticket: text("ticket") };
        let surface = self.surface();
        let resolved = |tool: Tool| {
            let (arguments, purpose) = (arguments.arguments().clone(), purpose.clone());
            self.resolved(tool, arguments, (tenant, audit), (caller, waiting), purpose, Origin::Caller)
        };
        let mut tools = Vec::new();
        for name in arguments.list("tools").unwrap_or_default() {
            let tool = registry().get(name)?;
            // Each is judged as if it were called now.
            self.admit(&resolved(tool)).await?;
            tools.push(tool);
        }
        let wish = Wish {
            tools,
            arguments: arguments
                .arguments()
                .get("arguments")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            devices: arguments.texts("devices"),
            group: arguments.text("group"),
            minutes: arguments.number("minutes").unwrap_or_default(),
            at_most: arguments.number("at_most"),
        };
        let (call, key) = (self.call_of(caller, waiting), gate::call_key(own, arguments));
        let ask = Ask {
            surface: &surface,
            tool: own,
            checked: arguments,
            key: &key,
            tenant,
            call: &call,
            caller,
            reason: purpose.reason.as_deref(),
            ticket: purpose.ticket.as_deref(),
            plan: None,
            undoes: None,
        };
        let opened = Box::pin(self.0.gate.window(ask, wish)).await;
        let (plan_record, new) = self.record_refusal(opened, &resolved(own), arguments.arguments()).await?;
        if new == New::Yes {
            let record = record_of(
                own,
                plan_record.plan.risk(),
                arguments.arguments(),
                tenant.name(),
                caller,
                &purpose,
            );
            write_down(audit, of_plan(record, &plan_record, "planned")).await?;
        }
        Ok(self.waiting_plan(plan_record, waiting))
    }
}
