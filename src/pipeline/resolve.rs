//! First step of a call: the tool, the tenant, and the reason and ticket that come beside the arguments. A call of the gateway becomes the
//! call that it stands for. A read that is allowed here passes; everything else is for the gate to judge.

use std::sync::Arc;

use jamf_pro_client::Reader;
use jamf_pro_tools::Risk;
use serde_json::{Map, Value};

use super::{Pipeline, Waiting};
use crate::audit::Audit;
use crate::builtin::gateway;
use crate::call::Caller;
use crate::context::CallContext;
use crate::error::Error;
use crate::registry::exposure::Surface;
use crate::registry::{BuiltinDeclaration, Tool};
use crate::sanitize::text;
use crate::store::PlanRecord;

/// Longest reason, in characters.
const REASON: usize = 500;

/// Longest ticket number, in characters.
const TICKET: usize = 64;

/// What a call turns out to be.
pub(super) enum Resolved<'a> {
    /// A call of one of the server's own tools.
    Builtin(ResolvedBuiltin<'a>),
    /// A call of an action or a job.
    Call(Box<ResolvedCall<'a>>),
}

/// A call of one of the server's own tools.
pub(super) struct ResolvedBuiltin<'a> {
    pub(super) declaration: &'static BuiltinDeclaration,
    pub(super) arguments: Map<String, Value>,
    /// The tenant that it reads, for a tool that reads one.
    pub(super) tenant: Option<(&'a Reader, &'a Audit)>,
    pub(super) caller: &'a Caller,
    pub(super) waiting: &'a Waiting,
}

/// A call of an action or a job at a tenant, its arguments as they were given.
pub(super) struct ResolvedCall<'a> {
    pub(super) tool: Tool,
    pub(super) arguments: Map<String, Value>,
    pub(super) tenant: &'a Reader,
    pub(super) audit: &'a Audit,
    pub(super) context: CallContext,
    pub(super) caller: &'a Caller,
    pub(super) waiting: &'a Waiting,
    pub(super) purpose: Purpose,
    pub(super) origin: Origin,
    /// What is allowed, as of now.
    pub(super) surface: Arc<Surface>,
}

/// Reason and ticket of a call. Both were written by a model: a person is shown them as such.
#[derive(Debug, Clone, Default)]
pub(super) struct Purpose {
    pub(super) reason: Option<String>,
    pub(super) ticket: Option<String>,
}

impl Purpose {
    /// Take them out of the arguments, none of which Jamf Pro calls so.
    ///
    /// # Errors
    /// When they are no text, or too long.
    pub(super) fn extract(arguments: &mut Map<String, Value>) -> Result<Self, Error> {
        let mut text = |name: &str, most: usize| match arguments.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= most => {
                Ok(Some(text::clean(text.trim()).into_owned()).filter(|text| !text.is_empty()))
            }
            Some(_) => Err(Error::caller(format!("`{name}` is a text of at most {most} characters"))),
        };
        Ok(Self { reason: text("reason", REASON)?, ticket: text("ticket", TICKET)? })
    }
}

/// Where the arguments of a call come from.
pub(super) enum Origin {
    /// From the caller.
    Caller,
    /// From a plan that the caller names: it is to be carried out.
    Plan(Box<PlanRecord>),
    /// From the snapshot of this id, which is put back.
    Undo(String),
}

impl Origin {
    pub(super) fn is_caller(&self) -> bool {
        matches!(self, Self::Caller)
    }
}

impl Pipeline {
    /// Find what a call is about.
    ///
    /// # Errors
    /// When the tool is not allowed or not there, the tenant is not there, or reason or ticket are none.
    pub(super) fn resolve<'a>(
        &'a self,
        mut tool: Tool,
        mut arguments: Map<String, Value>,
        caller: &'a Caller,
        waiting: &'a Waiting,
    ) -> Result<Resolved<'a>, Error> {
        let surface = self.surface();
        if let Tool::Builtin(declaration) = tool {
            surface.admit(tool)?;
            if declaration.passes_on.is_none() {
                let tenant = if declaration.is_of_tenant { Some(self.tenant(&mut arguments)?) } else { None };
                return Ok(Resolved::Builtin(ResolvedBuiltin {
                    declaration,
                    arguments,
                    tenant,
                    caller,
                    waiting,
                }));
            }
            (tool, arguments) = gateway::inner_call(declaration, arguments, &surface)?;
        }
        let (tenant, audit) = self.tenant(&mut arguments)?;
        let purpose = Purpose::extract(&mut arguments).map_err(|error| super::with_outcome(tool, error))?;
        let call =
            self.resolved(tool, arguments, (tenant, audit), (caller, waiting), purpose, Origin::Caller);
        if tool.risk() == Risk::Read {
            call.surface.admit(tool)?;
        }
        Ok(Resolved::Call(Box::new(call)))
    }

    /// A call of a tool at a tenant, on behalf of a caller.
    pub(super) fn resolved<'a>(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        (tenant, audit): (&'a Reader, &'a Audit),
        (caller, waiting): (&'a Caller, &'a Waiting),
        purpose: Purpose,
        origin: Origin,
    ) -> ResolvedCall<'a> {
        let (context, surface) = (self.call_of(caller, waiting), self.surface());
        ResolvedCall { tool, arguments, tenant, audit, context, caller, waiting, purpose, origin, surface }
    }

    /// The tenant that the call is for: the only one, or the one that it names.
    fn tenant(&self, arguments: &mut Map<String, Value>) -> Result<(&Reader, &Audit), Error> {
        let tenants = &self.0.tenants;
        let names = || tenants.keys().cloned().collect::<Vec<_>>().join(", ");
        let pair = match (tenants.len(), arguments.remove("tenant")) {
            (1, None) => tenants.first().map(|(_, pair)| pair),
            (1, Some(_)) => {
                return Err(Error::caller("there is one tenant only").hint("leave `tenant` out"));
            }
            (_, Some(Value::String(name))) => match tenants.get(&name) {
                Some(pair) => Some(pair),
                None => return Err(Error::caller(format!("`tenant` must be one of {}", names()))),
            },
            _ => return Err(Error::caller(format!("`tenant` is required: one of {}", names()))),
        };
        pair.map(|(tenant, audit)| (tenant, audit)).ok_or_else(|| Error::internal("no tenant"))
    }
}
