//! Windows: asking a person once for several calls.

use jamf_pro_client::Tenant;
use jamf_pro_tools::Checked;
use serde_json::Value;

use super::apply::of_plan;
use super::{Calls, Spoken, Waiting, record_of, registry, write_down};
use crate::audit::Audit;
use crate::call::Caller;
use crate::error::Error;
use crate::gate::window::Wish;
use crate::gate::{self, Ask, New};
use crate::plan::WINDOW_TOOL;

impl Calls {
    /// Ask a person for a window of calls.
    ///
    /// # Errors
    /// Why it is refused; nothing is opened then.
    pub(super) async fn plan_window(
        &self,
        arguments: &Checked,
        tenant: &Tenant,
        audit: &Audit,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let own = registry().get(WINDOW_TOOL)?;
        let text = |name: &str| arguments.text(name).map(str::to_owned);
        let spoken = Spoken { reason: text("reason"), ticket: text("ticket") };
        let surface = self.surface();
        let mut tools = Vec::new();
        for name in arguments.list("tools").unwrap_or_default() {
            let tool = registry().get(name)?;
            let judged = self
                .0
                .gate
                .judge(tool, &surface)
                .and_then(|_| self.0.gate.door(tenant.name(), spoken.ticket.as_deref()));
            self.noted(judged, audit, tool, arguments.arguments(), caller, &spoken).await?;
            tools.push(tool);
        }
        let words = |name: &str| -> Vec<String> {
            let items = arguments.arguments().get(name).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let wish = Wish {
            tools,
            arguments: arguments
                .arguments()
                .get("arguments")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            devices: words("devices"),
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
            reason: spoken.reason.as_deref(),
            ticket: spoken.ticket.as_deref(),
            plan: None,
            undoes: None,
        };
        let opened = Box::pin(self.0.gate.window(ask, wish)).await;
        let (filed, new) = self.noted(opened, audit, own, arguments.arguments(), caller, &spoken).await?;
        if new == New::Yes {
            let record =
                record_of(own, filed.plan.risk(), arguments.arguments(), tenant.name(), caller, &spoken);
            write_down(audit, of_plan(record, &filed, "planned")).await?;
        }
        let told = self.plan_told(&filed, waiting).to_string();
        // Whoever made the call may have a person at hand.
        let _ = waiting.plan.set(filed);
        Ok(told)
    }
}
