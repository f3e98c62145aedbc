//! Second step of a call: its arguments against the schema that the caller was shown, all problems at once, and the identifiers of
//! devices by their management ids. Nothing later rewrites the arguments of the caller.

use std::sync::Arc;

use jamf_pro_tools::{Checked, Risk};
use serde_json::Value;

use super::records::record_of;
use super::resolve::ResolvedCall;
use crate::audit::Record;
use crate::error::Error;
use crate::gate::{self, Ask};
use crate::jobs::devices;
use crate::query::repair;
use crate::registry::{Tool, wrong_arguments};
use crate::render::items::Names;
use crate::render::{self, Limits};
use crate::sanitize::secrets;

/// A call whose arguments are right.
pub(super) struct CheckedCall<'a> {
    /// The call as it was made.
    pub(super) resolved: ResolvedCall<'a>,
    pub(super) checked: Checked,
    /// Which call it is, no matter who makes it: the same for the same tool with the same arguments. Empty for a read, which nobody
    /// approves and which may be repeated.
    pub(super) key: String,
    /// What the caller called the devices that the arguments name by their ids.
    pub(super) names: Arc<Names>,
}

impl<'a> CheckedCall<'a> {
    /// Check the arguments.
    ///
    /// # Errors
    /// Every problem that they have.
    pub(super) fn new(resolved: ResolvedCall<'a>, limits: &Limits) -> Result<Self, Error> {
        let (tool, mut arguments) = (resolved.tool, resolved.arguments.clone());
        if resolved.origin.is_caller() {
            render::refuse_pseudonyms(&arguments, limits)?;
            if tool.risk() > Risk::Read {
                secrets::refuse_mark(&arguments).map_err(Error::caller)?;
            }
        }
        if matches!(tool, Tool::Action(_)) {
            repair::repair_conditions(&mut arguments);
        }
        let checked = tool.check(arguments).map_err(|problems| wrong_arguments(tool.name(), &problems))?;
        let key = match tool.risk() {
            Risk::Read => String::new(),
            _ => resolved.origin.key(tool, &checked),
        };
        Ok(Self { resolved, checked, key, names: Arc::default() })
    }

    /// Put management ids in the place of the serial numbers and names of devices. What comes from a plan or a snapshot has them.
    ///
    /// # Errors
    /// When a device is not there, or there are several of its name.
    pub(super) async fn look_up_names(&mut self) -> Result<(), Error> {
        let Tool::Action(action) = self.resolved.tool else { return Ok(()) };
        if !self.resolved.origin.is_caller() {
            return Ok(());
        }
        let (tenant, context, checked) = (self.resolved.tenant, &self.resolved.context, &self.checked);
        let conditions = ["filter", "where"].map(|name| checked.arguments().get(name).map(Value::to_string));
        let conditions = conditions.into_iter().flatten().collect::<String>().to_lowercase();
        let depends = action.filtered_since.iter().any(|(field, _)| {
            field.rsplit('.').next().is_some_and(|last| conditions.contains(&last.to_lowercase()))
        });
        if depends {
            // Without the version such a filter counts as unknown to the tenant.
            let _ = tenant.version(&context.client).await;
        }
        let words = jamf_pro_tools::devices::all(action, checked);
        if words.is_empty() {
            return Ok(());
        }
        self.checked = devices::look_up(action, checked.clone(), tenant, context).await?;
        let ids = jamf_pro_tools::devices::all(action, &self.checked);
        // Two words for one device make the lists differ; then the ids stand for themselves.
        let names =
            if ids.len() == words.len() { ids.into_iter().zip(words).collect() } else { Names::new() };
        self.names = Arc::new(names);
        Ok(())
    }

    /// The call as the gate is asked about it.
    pub(super) fn ask(&self) -> Ask<'_> {
        let resolved = &self.resolved;
        Ask {
            surface: &resolved.surface,
            tool: resolved.tool,
            checked: &self.checked,
            key: &self.key,
            tenant: resolved.tenant,
            call: &resolved.context,
            caller: resolved.caller,
            reason: resolved.purpose.reason.as_deref(),
            ticket: resolved.purpose.ticket.as_deref(),
            plan: None,
            undoes: None,
        }
    }

    /// The record of the call for the audit log.
    pub(super) fn record(&self, risk: Risk) -> Record {
        let call = &self.resolved;
        record_of(call.tool, risk, self.checked.arguments(), call.tenant.name(), call.caller, &call.purpose)
    }
}

impl super::resolve::Origin {
    /// Which call it is. What carries out a plan is the call that the plan was made for.
    fn key(&self, tool: Tool, checked: &Checked) -> String {
        match self {
            Self::Caller => gate::call_key(tool, checked),
            Self::Plan(plan_record) => plan_record.call_key.clone(),
            Self::Undo(snapshot) => format!("{}:{snapshot}", gate::call_key(tool, checked)),
        }
    }
}
