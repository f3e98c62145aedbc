//! Finds tools by what somebody wants to do, and tells all of one tool by its name. Offline: no tenant is asked.

use jamf_pro_client as client;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Builtin, BuiltinAnswer, BuiltinCall, gateway};
use crate::error::Error;
use crate::registry::exposure::Surface;
use crate::registry::{SERVER, Tool, ToolDeclaration};

/// Tools that a question is answered with when the caller does not say.
const FOUND: usize = 12;

/// Tools whose arguments are told with them.
const WITH_ARGUMENTS: usize = 3;

/// What is kept free of an answer for everything but its tools.
const FRAME: usize = 300;

/// Longest schema that is told without being asked for, in characters.
const SHORT: usize = 5_000;

pub(super) static FIND_TOOLS: Builtin = Builtin::new(
    ToolDeclaration::new::<Arguments>("find_tools", SERVER)
        .about("Search all tools, listed or not, for what you want to do, in plain words; or give the name of one for its arguments. \
             Tells what each does, its risk, and whether it is allowed.")
        .core(),
    |call| Box::pin(async move { run(call).map(BuiltinAnswer::Text) }),
)
.gateway();

/// What to look for.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// What you want to do, such as `erase an iPad` or `who changed a script`.
    #[schemars(length(min = 2, max = 300))]
    query: Option<String>,
    /// Exact name of one tool, instead of `query`.
    #[schemars(length(min = 1, max = 64))]
    name: Option<String>,
    /// How many to find; 12 by default.
    #[schemars(range(min = 1, max = 30))]
    limit: Option<u32>,
}

fn run(call: &BuiltinCall<'_>) -> Result<String, Error> {
    let look = Look { surface: call.surface, newest: call.newest_version.as_deref() };
    match (call.arguments.text("query"), call.arguments.text("name")) {
        (None, Some(name)) => Ok(look.entry(call.surface.registry().get(name)?, true).to_string()),
        (Some(query), None) => {
            let limit = call.arguments.number("limit").and_then(|limit| usize::try_from(limit).ok());
            let room = call.limits.characters().saturating_sub(FRAME);
            Ok(look.search(query, limit.unwrap_or(FOUND), room).to_string())
        }
        _ => Err(Error::caller("give `query`, or `name`, and not both")),
    }
}

struct Look<'a> {
    surface: &'a Surface,
    /// Version of Jamf Pro that the newest tenant has.
    newest: Option<&'a str>,
}

impl Look<'_> {
    fn search(&self, query: &str, limit: usize, room: usize) -> Value {
        let mut hits = self.surface.registry().search(query, limit);
        // What the tenant is probably too old for fits worse than it reads.
        hits.sort_by_key(|hit| self.too_new(hit.tool).is_some());
        let mut left = room;
        let mut schemas = 0;
        let mut entries: Vec<Value> = Vec::new();
        for hit in &hits {
            let whole = schemas < WITH_ARGUMENTS && self.should_tell(hit.tool);
            let mut entry =
                if whole { self.entry(hit.tool, true) } else { Value::Object(self.short(hit.tool)) };
            let mut size = entry.to_string().len();
            // Where there is little room, other tools are worth more than the arguments of one.
            if whole && size > left / 3 {
                entry = Value::Object(self.short(hit.tool));
                size = entry.to_string().len();
            }
            let Some(rest) = left.checked_sub(size) else { break };
            left = rest;
            schemas += usize::from(entry.get("arguments").is_some());
            entries.push(entry);
        }
        let note = if hits.is_empty() {
            Some("nothing fits; use Jamf's own words, such as `computer`, `mobile device`, `smart group`, `PreStage`".to_owned())
        } else {
            let cut = hits.len() - entries.len();
            (cut > 0).then(|| format!("cut: {cut} more were found than there is room for"))
        };
        let mut found = json!({ "searched": self.surface.registry().tool_count(), "tools": entries });
        if let (Some(note), Some(found)) = (note, found.as_object_mut()) {
            found.insert("notes".to_owned(), json!([note]));
        }
        found
    }

    /// Whether the arguments of a tool are worth their room: it can be called, and the client has not been told.
    fn should_tell(&self, tool: Tool) -> bool {
        let unknown = self.surface.permits(tool).is_ok() && !self.surface.lists(tool);
        unknown && Value::Object((*self.surface.input_schema(tool)).clone()).to_string().len() <= SHORT
    }

    /// What somebody needs to choose a tool, and to call it by its own name or through a gateway.
    fn short(&self, tool: Tool) -> Map<String, Value> {
        let mut entry = Map::new();
        entry.insert("name".to_owned(), json!(tool.name()));
        entry.insert("title".to_owned(), json!(tool.title()));
        entry.insert("about".to_owned(), json!(tool.about()));
        entry.insert("risk".to_owned(), json!(tool.risk().as_str()));
        match self.surface.permits(tool) {
            Ok(()) => {
                // The gravest calls of the tool may be refused where its least grave are allowed.
                let every_call = self.surface.most(tool) == tool.risk();
                entry.insert(
                    "allowed".to_owned(),
                    if every_call { json!(true) } else { json!("judged per call") },
                );
                entry.insert("call".to_owned(), json!(self.call(tool)));
            }
            Err(barred) => {
                entry.insert("allowed".to_owned(), json!(false));
                entry.insert("barred_by".to_owned(), json!(barred.reason()));
            }
        }
        if let Some(note) = self.too_new(tool) {
            entry.insert("version".to_owned(), json!(note));
        }
        entry
    }

    /// All that is known of a tool.
    fn entry(&self, tool: Tool, with_arguments: bool) -> Value {
        let mut entry = self.short(tool);
        let privileges = tool.privileges();
        if !privileges.is_empty() {
            entry.insert("privileges".to_owned(), json!(privileges));
        }
        let lacking = self.surface.lacking(tool);
        if !lacking.is_empty() {
            entry.insert("role_lacks".to_owned(), json!(lacking));
        }
        if with_arguments {
            entry.insert("arguments".to_owned(), Value::Object((*self.surface.input_schema(tool)).clone()));
        }
        Value::Object(entry)
    }

    /// How the tool is called by a client that does not list it.
    fn call(&self, tool: Tool) -> &'static str {
        match gateway::of_class(self.surface.most(tool)) {
            Some(gateway) if !self.surface.lists(tool) => gateway.tool.name,
            _ => "by its own name",
        }
    }

    fn too_new(&self, tool: Tool) -> Option<String> {
        let Tool::Action(action) = tool else { return None };
        let (since, has) = (action.since?, self.newest?);
        client::is_before(has, since).then(|| {
            format!("came with about Jamf Pro {since}; the tenant has {has} and is probably too old for it")
        })
    }
}
