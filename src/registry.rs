//! What can be called: actions of the catalogue, jobs, and the built-ins of the server itself.
//!
//! A [`Tool`] is what everything that lists, allows, describes or starts a tool speaks of. Jobs and built-ins are declared here as data;
//! what they do stands in modules above, which give their declarations to the [`Registry`].

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, OnceLock};

use jamf_pro_tools::check::nearest;
use jamf_pro_tools::{Action, Catalogue, Checked, Method, Problems, Risk, schema};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::sanitize::text;

pub mod exposure;
mod search;

pub use search::Hit;
use search::Index;

/// The family of all jobs, where actions have their resource file.
pub const JOBS: &str = "jobs";

/// The toolset and the family of the built-ins.
pub const SERVER: &str = "server";

/// The schema of a declaration, made when it is first asked for.
struct Schema {
    make: fn() -> Map<String, Value>,
    made: OnceLock<Arc<Map<String, Value>>>,
}

impl Schema {
    const fn of<A: JsonSchema>() -> Self {
        Self { make: schema::portable::<A>, made: OnceLock::new() }
    }

    fn get(&self) -> Arc<Map<String, Value>> {
        self.made.get_or_init(|| Arc::new((self.make)())).clone()
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schema")
    }
}

/// A page that clients can show beside the answer of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// The fleet at a glance.
    Fleet,
    /// One device.
    Device,
    /// A plan, or what became of it.
    Plan,
}

/// What every tool that is no action declares.
#[derive(Debug)]
pub struct ToolDeclaration {
    /// `resource_verb`; unique among all tools; means one thing for ever.
    pub name: &'static str,
    title: Option<&'static str>,
    plan_title: Option<&'static str>,
    /// What it is for, what it changes, what to use instead.
    pub about: &'static str,
    /// Phrases in which administrators ask for it, which feed the search.
    pub asked: &'static [&'static str],
    /// The most that a call can do.
    pub risk: Risk,
    /// Belongs to the default toolset.
    pub is_core: bool,
    /// Toolset that it belongs to.
    pub toolset: &'static str,
    app: Option<App>,
    schema: Schema,
}

impl ToolDeclaration {
    /// A tool that reads, with the arguments `A`.
    pub const fn new<A: JsonSchema>(name: &'static str, toolset: &'static str) -> Self {
        let schema = Schema::of::<A>();
        Self {
            name,
            title: None,
            plan_title: None,
            about: "",
            asked: &[],
            risk: Risk::Read,
            is_core: false,
            toolset,
            app: None,
            schema,
        }
    }

    /// Its title for people, where the one that is made of the name is not good.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// The title of its plans, as [`Action::plan_title`] has it.
    #[must_use]
    pub const fn plan_title(mut self, title: &'static str) -> Self {
        self.plan_title = Some(title);
        self
    }

    /// What it is for, what it changes, what to use instead.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Phrases in which administrators ask for it: plain words, and none of the questions that measure the search.
    #[must_use]
    pub const fn asked(mut self, phrases: &'static [&'static str]) -> Self {
        assert!(phrases.len() <= 6, "a tool has at most six phrases");
        self.asked = phrases;
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
        self.is_core = true;
        self
    }

    /// The page that clients can show beside its answer.
    #[must_use]
    pub const fn app(mut self, app: App) -> Self {
        self.app = Some(app);
        self
    }

    fn shown_title(&self) -> String {
        self.title.map_or_else(|| jamf_pro_tools::title(self.name), str::to_owned)
    }

    /// The schema that callers are shown and that arguments are checked against.
    pub fn input_schema(&self) -> Arc<Map<String, Value>> {
        self.schema.get()
    }
}

/// A job as data: several calls behind one question, or one change that takes several reads.
#[derive(Debug)]
pub struct JobDeclaration {
    /// What it has in common with every tool.
    pub tool: ToolDeclaration,
    /// It is judged by what it does to its devices, and not by the one write that it makes.
    pub is_whole: bool,
    /// The actions that it may call.
    pub uses: &'static [&'static str],
    /// The tables of the fleet that it reads.
    pub tables: &'static [&'static str],
    /// The actions by which a table of the fleet is filled.
    pub actions_of_table: fn(&str) -> &'static [&'static str],
}

impl JobDeclaration {
    /// A job that calls no action yet.
    pub const fn new(tool: ToolDeclaration) -> Self {
        Self { tool, is_whole: false, uses: &[], tables: &[], actions_of_table: |_| &[] }
    }

    /// The actions that it may call, and those by which the tables that it reads are filled.
    pub fn actions(&self) -> impl Iterator<Item = &'static Action> + '_ {
        let of_tables = self.tables.iter().flat_map(|table| (self.actions_of_table)(table));
        self.uses.iter().chain(of_tables).filter_map(|name| Catalogue::get().find(name))
    }

    /// The least that a call can do: that of the writes that it can make.
    pub fn least(&self) -> Risk {
        if self.is_whole {
            return self.tool.risk;
        }
        let writes = self.actions().filter(|action| action.risk > Risk::Read);
        writes.map(|action| action.at_least.unwrap_or(action.risk)).min().unwrap_or(self.tool.risk)
    }
}

/// A built-in as data: a tool of the server itself.
#[derive(Debug)]
pub struct BuiltinDeclaration {
    /// What it has in common with every tool.
    pub tool: ToolDeclaration,
    /// Leads to tools that are not listed; where all are listed it is not.
    pub is_gateway: bool,
    /// Reads a tenant, which its caller names where there are several.
    pub is_of_tenant: bool,
    /// Of use only where one of these classes is allowed; its own risk by default.
    pub classes: &'static [Risk],
    /// The classes of the calls that it stands for, where it stands for calls of other tools.
    pub passes_on: Option<&'static [Risk]>,
}

impl BuiltinDeclaration {
    /// A built-in that is of use whatever is allowed.
    pub const fn new(tool: ToolDeclaration) -> Self {
        Self { tool, is_gateway: false, is_of_tenant: false, classes: &[], passes_on: None }
    }
}

/// Something that can be called by its name.
#[derive(Debug, Clone, Copy)]
pub enum Tool {
    /// One operation of Jamf Pro.
    Action(&'static Action),
    /// Several calls behind one question.
    Job(&'static JobDeclaration),
    /// A tool of the server itself.
    Builtin(&'static BuiltinDeclaration),
}

impl Tool {
    /// The declaration of a job or a built-in; the action otherwise.
    fn declaration(self) -> Result<&'static ToolDeclaration, &'static Action> {
        match self {
            Self::Action(action) => Err(action),
            Self::Job(job) => Ok(&job.tool),
            Self::Builtin(builtin) => Ok(&builtin.tool),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.declaration().map_or_else(|action| action.name, |tool| tool.name)
    }

    /// What it is for.
    pub fn about(self) -> &'static str {
        self.declaration().map_or_else(|action| action.about, |tool| tool.about)
    }

    /// The phrases in which administrators ask for it: those that stand on it, then the others.
    pub fn asked(self) -> Vec<&'static str> {
        let own = self.declaration().map_or_else(|action| action.asked, |tool| tool.asked);
        own.iter().chain(search::phrases::of(self.name())).copied().collect()
    }

    /// Title for people.
    pub fn title(self) -> String {
        self.declaration().map_or_else(Action::shown_title, ToolDeclaration::shown_title)
    }

    /// What the titles of its plans are made of.
    pub fn plan_title(self) -> String {
        match self.declaration() {
            Ok(tool) => tool.plan_title.map_or_else(|| tool.shown_title(), str::to_owned),
            Err(action) => action.shown_plan_title(),
        }
    }

    /// The most that a call can do.
    pub fn risk(self) -> Risk {
        self.declaration().map_or_else(|action| action.risk, |tool| tool.risk)
    }

    /// The least that a call can do; the gate judges each between this and [`Tool::risk`].
    pub fn least(self) -> Risk {
        match self {
            Self::Action(action) => action.at_least.unwrap_or(action.risk),
            Self::Job(job) => job.least(),
            Self::Builtin(builtin) => builtin.tool.risk,
        }
    }

    /// The classes that a call can be of: its least and its most, or those of the tools that it stands for.
    pub fn risks(self) -> Vec<Risk> {
        match self {
            Self::Builtin(builtin) if !builtin.classes.is_empty() => builtin.classes.to_vec(),
            Self::Builtin(builtin) => {
                builtin.passes_on.map_or_else(|| vec![builtin.tool.risk], <[Risk]>::to_vec)
            }
            Self::Action(_) | Self::Job(_) if self.least() == self.risk() => vec![self.risk()],
            Self::Action(_) | Self::Job(_) => vec![self.least(), self.risk()],
        }
    }

    /// The page that clients can show beside its answer: what it declares, and that of a plan where every call of it takes one.
    pub fn app(self) -> Option<App> {
        let takes_plan = |risk: &Risk| *risk > Risk::Write;
        let declared = self.declaration().ok().and_then(|tool| tool.app);
        declared.or_else(|| self.risks().iter().all(takes_plan).then_some(App::Plan))
    }

    /// Reads or changes a tenant, which its caller names where there are several.
    pub fn is_of_tenant(self) -> bool {
        match self {
            Self::Action(_) | Self::Job(_) => true,
            // The call that it passes on names its tenant itself.
            Self::Builtin(builtin) => builtin.is_of_tenant,
        }
    }

    /// Belongs to the default toolset.
    pub fn is_core(self) -> bool {
        self.declaration().map_or_else(|action| action.core, |tool| tool.is_core)
    }

    /// The toolset and the resource file that it belongs to.
    pub fn family(self) -> (&'static str, &'static str) {
        match self {
            Self::Action(action) => {
                Catalogue::get().family(action).map_or(("", ""), |family| (family.toolset, family.name))
            }
            Self::Job(job) => (job.tool.toolset, JOBS),
            Self::Builtin(builtin) => (builtin.tool.toolset, SERVER),
        }
    }

    /// The privileges that it takes; of a job those of every action that it may call.
    pub fn privileges(self) -> Vec<&'static str> {
        match self {
            Self::Action(action) => action.all_privileges().collect(),
            Self::Job(job) => {
                job.actions().flat_map(Action::all_privileges).collect::<BTreeSet<_>>().into_iter().collect()
            }
            Self::Builtin(_) => Vec::new(),
        }
    }

    /// Some of its privileges were worked out and are not Jamf's word.
    pub fn privileges_are_worked_out(self) -> bool {
        let of = |action: &Action| action.privileges_worked_out || !action.also_needs.is_empty();
        match self {
            Self::Action(action) => of(action),
            Self::Job(job) => job.actions().any(of),
            Self::Builtin(_) => false,
        }
    }

    /// The schema that callers are shown and that [`Tool::check`] enforces.
    pub fn input_schema(self) -> Arc<Map<String, Value>> {
        self.declaration()
            .map_or_else(|action| Arc::new(action.input_schema()), ToolDeclaration::input_schema)
    }

    /// Check arguments against the schema.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn check(self, arguments: Map<String, Value>) -> Result<Checked, Problems> {
        match self {
            Self::Action(action) => action.check(arguments),
            Self::Job(_) | Self::Builtin(_) => Checked::new(&self.input_schema(), arguments),
        }
    }

    /// Changes nothing, whatever it reveals.
    pub fn only_reads(self) -> bool {
        match self {
            Self::Action(action) => {
                action.risk == Risk::Read || (action.risk == Risk::Secret && action.method == Method::Get)
            }
            Self::Job(_) | Self::Builtin(_) => self.risk() == Risk::Read,
        }
    }

    /// A second call with the same arguments changes nothing more.
    pub fn is_idempotent(self) -> bool {
        match self {
            Self::Action(action) => {
                self.only_reads() || matches!(action.method, Method::Put | Method::Delete)
            }
            // Jobs say what is to be, not what is to be added.
            Self::Job(_) => true,
            Self::Builtin(builtin) => builtin.tool.risk == Risk::Read,
        }
    }
}

/// All tools.
#[derive(Debug)]
pub struct Registry {
    /// Sorted by name.
    tools: Vec<Tool>,
    index: OnceLock<Index>,
}

impl Registry {
    /// The actions of the catalogue, with these jobs and built-ins.
    pub fn new(
        jobs: impl Iterator<Item = &'static JobDeclaration>,
        builtins: impl Iterator<Item = &'static BuiltinDeclaration>,
    ) -> Self {
        let mut tools: Vec<Tool> = Catalogue::get().actions().map(Tool::Action).collect();
        tools.extend(jobs.map(Tool::Job));
        tools.extend(builtins.map(Tool::Builtin));
        tools.sort_by_key(|tool| tool.name());
        Self { tools, index: OnceLock::new() }
    }

    /// Every tool, sorted by name.
    pub fn all(&self) -> impl ExactSizeIterator<Item = Tool> + '_ {
        self.tools.iter().copied()
    }

    /// The tool of this name, or the one that had it before.
    pub fn find(&self, name: &str) -> Option<Tool> {
        match self.tools.binary_search_by_key(&name, |tool| tool.name()) {
            Ok(at) => self.tools.get(at).copied(),
            Err(_) => Catalogue::get().find(name).map(Tool::Action),
        }
    }

    /// The tool of this name.
    ///
    /// # Errors
    /// With the nearest name that there is.
    pub fn get(&self, name: &str) -> Result<Tool, Error> {
        self.find(name).ok_or_else(|| {
            let short: String = name.chars().take(60).collect();
            let nearest =
                self.nearest(&short).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            Error::caller(format!("there is no tool {}{nearest}", text::quoted(&short, 60)))
        })
    }

    /// The name that is most like this one, when any is.
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.tools.iter().map(|tool| tool.name()))
    }

    /// The tools that fit a question best, the best first. Built-ins are not searched.
    pub fn search(&self, question: &str, most: usize) -> Vec<Hit> {
        self.index().search(question, most)
    }

    /// How many tools are searched.
    pub fn tool_count(&self) -> usize {
        self.index().len()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self))
    }
}

/// Arguments that a schema does not take, worded for the caller.
pub fn wrong_arguments(tool: &str, problems: &Problems) -> Error {
    Error::caller(format!("the arguments of `{tool}` are not right:\n{problems}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    #[test]
    fn every_tool_is_found_by_its_own_name() {
        let names: BTreeSet<&str> = registry().all().map(Tool::name).collect();
        assert_eq!(names.len(), registry().all().len(), "names are unique over actions and jobs");
        for tool in registry().all() {
            assert_eq!(registry().find(tool.name()).map(Tool::name), Some(tool.name()));
            assert!(
                !tool.privileges().is_empty()
                    || matches!(tool, Tool::Action(action) if action.needs_no_privilege)
                    || matches!(tool, Tool::Builtin(_))
            );
        }
        assert!(registry().find("no_such_tool").is_none());
        assert_eq!(registry().nearest("devicefind"), Some("device_find"));
    }
}
