//! The server's own tools: those that call nothing of Jamf Pro themselves, but look other tools up, pass calls on, and tell of
//! plans. One file an area, below this one.
//!
//! They are no way round the gate: what they pass on becomes the call that it would have been without them, and is judged,
//! checked, recorded and answered as that.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures::future::BoxFuture;
use jamf_pro_tools::{Checked, Risk, schema};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::call::Caller;
use crate::calls::{Calls, Waiting};
use crate::error::Error;
use crate::tenant::Tenant;

pub mod api_get;
pub mod find_tools;
pub mod gateway;
mod plans;
pub mod search;
mod undo;

/// The name that the server's own tools are listed under, where actions have their resource file.
pub const FAMILY: &str = "server";

/// All of them.
pub static OWN: &[Own] = &[
    find_tools::FIND_TOOLS,
    gateway::CALL_READ,
    gateway::CALL_WRITE,
    gateway::CALL_DESTRUCTIVE,
    api_get::API_GET,
    plans::PLAN_STATUS,
    plans::PLAN_APPLY,
    plans::PLAN_WINDOW,
    undo::UNDO_LIST,
    undo::UNDO_APPLY,
];

/// Schemas of all of them, by name.
static SCHEMAS: LazyLock<BTreeMap<&str, Arc<Map<String, Value>>>> =
    LazyLock::new(|| OWN.iter().map(|own| (own.name, Arc::new((own.arguments)()))).collect());

/// How such a tool finds its answer.
type Run = for<'a> fn(&'a Calls, &'a Asked<'a>) -> BoxFuture<'a, Result<String, Error>>;

/// What such a tool does when it is called.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// It answers.
    Answers(Run),
    /// It stands for a call of another tool, of one of these classes.
    PassesOn(&'static [Risk]),
}

/// A call of one of them.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its arguments, checked against its schema.
    pub arguments: &'a Checked,
    /// Who calls.
    pub caller: &'a Caller,
    /// How the answer is waited for.
    pub waiting: &'a Waiting,
    /// The tenant that it is about, for a tool that reads one.
    pub tenant: Option<&'a Tenant>,
}

/// One of the server's own tools, as a value.
#[derive(Debug)]
pub struct Own {
    /// Unique among all tools; means one thing for ever.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The most that a call can do.
    pub risk: Risk,
    /// Belongs to the default toolset.
    pub core: bool,
    /// Leads to tools that are not listed; where all are listed it is not.
    pub gateway: bool,
    /// Reads a tenant, which its caller names where there are several.
    pub of_tenant: bool,
    /// Of use only where one of these classes is allowed; its own risk by default.
    pub classes: &'static [Risk],
    arguments: fn() -> Map<String, Value>,
    does: Does,
}

impl Own {
    /// A tool that reads, with the arguments `A`.
    pub const fn new<A: JsonSchema>(name: &'static str, run: Run) -> Self {
        Self {
            name,
            about: "",
            risk: Risk::Read,
            core: false,
            gateway: false,
            of_tenant: false,
            classes: &[],
            arguments: schema::portable::<A>,
            does: Does::Answers(run),
        }
    }

    /// A tool that stands for calls of other tools, of these classes; `risk` is the gravest of them.
    const fn passing_on(name: &'static str, classes: &'static [Risk], risk: Risk) -> Self {
        Self {
            name,
            about: "",
            risk,
            core: true,
            gateway: true,
            of_tenant: false,
            classes: &[],
            arguments: schema::portable::<gateway::Arguments>,
            does: Does::PassesOn(classes),
        }
    }

    /// What it is for.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The most that a call can do.
    #[must_use]
    pub const fn risk(mut self, risk: Risk) -> Self {
        self.risk = risk;
        self
    }

    /// Of use only where one of these classes is allowed.
    #[must_use]
    pub const fn of_classes(mut self, classes: &'static [Risk]) -> Self {
        self.classes = classes;
        self
    }

    /// In the default toolset.
    #[must_use]
    pub const fn core(mut self) -> Self {
        self.core = true;
        self
    }

    /// Leads to tools that are not listed.
    #[must_use]
    pub const fn gateway(mut self) -> Self {
        self.gateway = true;
        self
    }

    /// Reads a tenant.
    #[must_use]
    pub const fn of_tenant(mut self) -> Self {
        self.of_tenant = true;
        self
    }

    /// The classes of the calls that it stands for, where it stands for another tool's.
    pub fn passes_on(&self) -> Option<&'static [Risk]> {
        match self.does {
            Does::PassesOn(classes) => Some(classes),
            Does::Answers(_) => None,
        }
    }

    /// The schema that callers are shown and that arguments are checked against.
    pub fn input_schema(&self) -> Arc<Map<String, Value>> {
        SCHEMAS.get(self.name).cloned().unwrap_or_else(|| Arc::new((self.arguments)()))
    }

    /// Do it.
    ///
    /// # Errors
    /// Worded for whoever can act.
    pub async fn run(&self, calls: &Calls, asked: &Asked<'_>) -> Result<String, Error> {
        match self.does {
            Does::Answers(run) => run(calls, asked).await,
            Does::PassesOn(_) => {
                Err(Error::Internal("a call that is passed on has no answer of its own".to_owned()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients refuse what their dialect does not have; a model reads all of it.
    #[test]
    fn they_are_described_as_every_tool_is() {
        for own in OWN {
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
