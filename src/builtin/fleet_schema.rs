//! `fleet_schema`: the tables of `fleet_query`, with their columns, units and examples. Offline: no tenant is asked.

use schemars::JsonSchema;

use super::{Builtin, BuiltinAnswer, BuiltinCall};
use crate::error::Error;
use crate::fleet::sql;
use crate::registry::{SERVER, ToolDeclaration};

pub(super) static FLEET_SCHEMA: Builtin = Builtin::new(
    ToolDeclaration::new::<Arguments>("fleet_schema", SERVER)
        .title("Tables of the fleet")
        .about("List the tables of fleet_query with their columns and functions; with names, the unit of each column and an example.")
        .core(),
    |call| Box::pin(async move { run(call).map(BuiltinAnswer::Text) }),
);

/// Which tables.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Names of tables; all, in short, by default.
    #[schemars(length(min = 1, max = 10))]
    tables: Option<Vec<String>>,
}

fn run(call: &BuiltinCall<'_>) -> Result<String, Error> {
    let names = call.arguments.list("tables").unwrap_or_default();
    let told = if names.is_empty() { sql::overview() } else { sql::describe(&names)? };
    Ok(told.to_string())
}
