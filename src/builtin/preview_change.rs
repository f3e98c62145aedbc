//! What a call would do, before it is made.

use jamf_pro_tools::Risk;
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::gateway::Anything;
use super::{Builtin, BuiltinAnswer};
use crate::error::Error;
use crate::registry::{SERVER, Tool, ToolDeclaration};

/// Classes whose calls do something.
const CHANGES: &[Risk] = &[Risk::Device, Risk::Write, Risk::Secret, Risk::Destructive, Risk::Critical];

pub(super) static PREVIEW_CHANGE: Builtin = Builtin::new(
    ToolDeclaration::new::<Arguments>("preview_change", SERVER)
        .about("Tell what a call of another tool would do, without making it: sent at once, a plan or refused; which devices it affects, what changes, what runs, what refers to it.")
        .core(),
    |call| {
        Box::pin(async move {
            let arguments = call.arguments;
            let tool = call.surface.registry().get(arguments.text("name").unwrap_or_default())?;
            if let Tool::Builtin(_) = tool {
                return Err(Error::caller(format!("`{}` changes nothing by itself", tool.name()))
                    .hint("name the tool that would be called"));
            }
            let given = arguments.arguments().get("arguments").and_then(Value::as_object).cloned();
            Ok(BuiltinAnswer::Preview { tool, arguments: given.unwrap_or_else(Map::new) })
        })
    },
)
.of_classes(CHANGES)
.of_tenant();

/// Which call.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name of the tool that would be called.
    #[schemars(length(min = 1, max = 64))]
    name: String,
    /// Its arguments, as its own schema has them.
    arguments: Option<Anything>,
    /// Number of the change ticket, where one is asked for.
    #[schemars(length(max = 64))]
    ticket: Option<String>,
}
