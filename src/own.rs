//! The server's own tools: those that call nothing of Jamf Pro themselves, but look other tools up, pass calls on, and tell of
//! plans. One file an area, below this one.
//!
//! They are no way round the gate: what they pass on goes through [`Calls::call`] like every call.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures::future::BoxFuture;
use jamf_pro_tools::{Checked, Risk, schema};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::calls::{Caller, Calls, Waiting};
use crate::error::Error;

/// The name that the server's own tools are listed under, where actions have their resource file.
pub const FAMILY: &str = "server";

/// All of them.
pub static OWN: &[Own] = &[];

/// Schemas of all of them, by name.
static SCHEMAS: LazyLock<BTreeMap<&str, Arc<Map<String, Value>>>> =
    LazyLock::new(|| OWN.iter().map(|own| (own.name, Arc::new((own.arguments)()))).collect());

/// What such a tool does when it is called.
type Run = for<'a> fn(&'a Calls, &'a Asked<'a>) -> BoxFuture<'a, Result<String, Error>>;

/// A call of one of them.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Its arguments, checked against its schema.
    pub arguments: &'a Checked,
    /// Who calls.
    pub caller: &'a Caller,
    /// How the answer is waited for.
    pub waiting: &'a Waiting,
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
    arguments: fn() -> Map<String, Value>,
    run: Run,
}

impl Own {
    /// A tool that reads, with the arguments `A`.
    pub const fn new<A: JsonSchema>(name: &'static str, run: Run) -> Self {
        Self { name, about: "", risk: Risk::Read, core: false, arguments: schema::portable::<A>, run }
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

    /// In the default toolset.
    #[must_use]
    pub const fn core(mut self) -> Self {
        self.core = true;
        self
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
        (self.run)(calls, asked).await
    }
}
