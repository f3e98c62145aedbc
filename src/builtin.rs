//! Built-ins: the tools of the server itself, which look other tools up, pass calls on, and describe plans. One file an area, below this
//! one.
//!
//! They do not bypass the gate: what they pass on becomes the call that it would have been without them, and is judged, checked,
//! recorded and answered as that. A built-in sends nothing that changes a tenant; it answers, or says what is to be carried out.

use std::path::Path;

use futures::future::BoxFuture;
use jamf_pro_client::{Call, Reader};
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value};

use crate::call::Caller;
use crate::context::CallContext;
use crate::error::Error;
use crate::registry::exposure::Surface;
use crate::registry::{BuiltinDeclaration, Tool, ToolDeclaration};
use crate::render::Limits;
use crate::store::{Snapshot, Store};

mod api_get;
mod find_tools;
pub mod fleet_query;
mod fleet_schema;
pub mod gateway;
mod plans;
mod preview_change;
mod undo;

/// All built-ins.
pub static BUILTINS: &[&Builtin] = &[
    &find_tools::FIND_TOOLS,
    &gateway::CALL_READ,
    &gateway::CALL_WRITE,
    &gateway::CALL_DESTRUCTIVE,
    &api_get::API_GET,
    &fleet_query::FLEET_QUERY,
    &fleet_schema::FLEET_SCHEMA,
    &preview_change::PREVIEW_CHANGE,
    &plans::PLAN_STATUS,
    &plans::PLAN_APPLY,
    &plans::PLAN_WINDOW,
    &plans::PLAN_CALLS,
    &undo::UNDO_LIST,
    &undo::UNDO_APPLY,
];

/// How a built-in finds its answer.
type Run = for<'a> fn(&'a BuiltinCall<'a>) -> BoxFuture<'a, Result<BuiltinAnswer, Error>>;

/// A call of a built-in, with what it may use.
pub struct BuiltinCall<'a> {
    /// Its arguments, checked against its schema.
    pub arguments: &'a Checked,
    /// Who calls.
    pub caller: &'a Caller,
    /// The tenant that it is about, with the call for reading it; for a built-in that reads one.
    pub tenant: Option<(&'a Reader, CallContext)>,
    /// What is allowed and listed.
    pub surface: &'a Surface,
    /// Plans, and objects as they were.
    pub store: &'a Store,
    /// How long answers may be.
    pub limits: &'a Limits,
    /// The folder for what the server remembers.
    pub state: &'a Path,
    /// The newest version of Jamf Pro that a tenant has, when all are known.
    pub newest_version: Option<String>,
}

impl BuiltinCall<'_> {
    /// The tenant that it is about, and the call for reading it.
    fn tenant(&self) -> Result<(&Reader, &Call), Error> {
        let tenant = self.tenant.as_ref().map(|(tenant, call)| (*tenant, &call.client));
        tenant.ok_or_else(|| Error::internal("no tenant"))
    }
}

/// What a call of a built-in comes to.
pub enum BuiltinAnswer {
    /// This answer.
    Text(String),
    /// Tell how a plan of the caller stands, or all of them that are open.
    TellPlans(Option<String>),
    /// Carry out a plan of the caller.
    ApplyPlan(String),
    /// Ask for a window, as the arguments say.
    OpenWindow,
    /// Ask for several calls at once, as the arguments say.
    PlanCalls,
    /// Tell what a call would do.
    Preview {
        /// The tool.
        tool: Tool,
        /// Its arguments, as they were given.
        arguments: Map<String, Value>,
    },
    /// Make the call that puts an object back.
    Undo {
        /// The tool.
        tool: Tool,
        /// Its arguments.
        arguments: Map<String, Value>,
        /// The object as it was.
        copy: Box<Snapshot>,
    },
}

/// One built-in: its declaration, and how it finds its answer. One that stands for calls of other tools has none of its own.
#[derive(Debug)]
pub struct Builtin {
    /// What is known of it without calling it.
    pub declaration: BuiltinDeclaration,
    run: Option<Run>,
}

/// The built-in of a declaration.
///
/// # Errors
/// When there is none, which is a mistake of this program.
pub fn of(declaration: &BuiltinDeclaration) -> Result<&'static Builtin, Error> {
    let builtin =
        BUILTINS.iter().find(|builtin| builtin.declaration.tool.name == declaration.tool.name).copied();
    builtin.ok_or_else(|| Error::internal(format!("there is no built-in {}", declaration.tool.name)))
}

impl Builtin {
    /// A built-in that finds its own answer.
    const fn new(tool: ToolDeclaration, run: Run) -> Self {
        Self { declaration: BuiltinDeclaration::new(tool), run: Some(run) }
    }

    /// A built-in that stands for calls of other tools, of these classes.
    const fn passing_on(tool: ToolDeclaration, classes: &'static [Risk]) -> Self {
        let mut declaration = BuiltinDeclaration::new(tool);
        declaration.is_gateway = true;
        declaration.passes_on = Some(classes);
        Self { declaration, run: None }
    }

    /// Of use only where one of these classes is allowed.
    const fn of_classes(mut self, classes: &'static [Risk]) -> Self {
        self.declaration.classes = classes;
        self
    }

    /// Leads to tools that are not listed.
    const fn gateway(mut self) -> Self {
        self.declaration.is_gateway = true;
        self
    }

    /// Reads a tenant.
    const fn of_tenant(mut self) -> Self {
        self.declaration.is_of_tenant = true;
        self
    }

    /// Do it.
    ///
    /// # Errors
    /// Worded for the person who can act.
    pub async fn run(&self, call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
        match self.run {
            Some(run) => run(call).await,
            None => Err(Error::internal("a call that is passed on has no answer of its own")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients refuse what their dialect does not have; a model reads all of it.
    #[test]
    fn they_are_described_as_every_tool_is() {
        for own in BUILTINS.iter().map(|builtin| &builtin.declaration.tool) {
            let about = own.about;
            assert!(
                about.starts_with(char::is_uppercase) && about.ends_with('.') && about.len() <= 200,
                "{}: {about}",
                own.name
            );
            let schema = own.input_schema();
            assert_eq!((&schema["type"], &schema["additionalProperties"]), (&"object".into(), &false.into()));
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                assert!(
                    property["type"].is_string() && property["description"].is_string(),
                    "{}: {name}",
                    own.name
                );
            }
            let text = Value::Object((*schema).clone()).to_string();
            for refused in ["$ref", "anyOf", "oneOf", "allOf", "null"] {
                assert!(!text.contains(refused), "{}: {refused}", own.name);
            }
        }
    }
}
