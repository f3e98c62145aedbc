//! `fleet_query`: one SELECT over what is kept of a tenant. What the statement reads is brought up to date first, and nothing else is.

use std::time::Duration;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Builtin, BuiltinAnswer, BuiltinCall};
use crate::error::Error;
use crate::fleet::access::{FleetReader, Found, Patience};
use crate::fleet::sql::{Answer, Bounds};
use crate::fleet::store::PartStatus;
use crate::registry::{SERVER, Tool, ToolDeclaration};
use crate::sanitize::text;

/// How long a question waits for what it reads. With the time of the statement it is what clients wait.
const WAIT: Duration = Duration::from_secs(30);

/// Time for a statement.
const TIME: Duration = Duration::from_secs(10);

/// Rows of one answer.
const ROWS: usize = 5_000;

/// What is kept free of an answer for everything but its rows.
const FRAME: usize = 2_000;

pub(super) static FLEET_QUERY: Builtin = Builtin::new(
    ToolDeclaration::new::<Arguments>("fleet_query", SERVER)
        .title("Ask the fleet in SQL")
        .about("Answer one SELECT over computers, mobile devices, applications, groups, policies, profiles, scripts and more, kept here with their age: for joins and counts. Tables: fleet_schema.")
        .core(),
    |call| Box::pin(run(call)),
)
.of_tenant();

/// The tool itself, for commands that are allowed where it is.
pub fn tool() -> Tool {
    Tool::Builtin(&FLEET_QUERY.declaration)
}

/// The statement.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// One SELECT of SQLite, such as `SELECT os_version, count(*) FROM computers GROUP BY 1`.
    #[schemars(length(min = 1, max = 20000))]
    sql: String,
    /// Oldest that the rows may be, in minutes.
    #[schemars(range(min = 0, max = 20160))]
    max_age: Option<u32>,
    /// Read it anew from Jamf.
    refresh: Option<bool>,
}

async fn run(call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
    let (tenant, context) = call.tenant.as_ref().ok_or_else(|| Error::internal("no tenant"))?;
    let fleet = context.fleets.of(tenant).await?.ok_or_else(|| {
        Error::operator("there is nothing to ask: the fleet is off (`fleet.storage` is `off`)")
            .hint("set `fleet.storage` to `memory` or `disk`")
    })?;
    let arguments = call.arguments;
    let characters = call.limits.characters().saturating_sub(FRAME);
    let patience = Patience::of(arguments, WAIT);
    let reader = FleetReader::new(fleet, context.access.clone(), patience, context.watch());
    let bounds = Bounds { rows: ROWS, characters, time: TIME };
    let told = match reader.answer(arguments.text("sql").unwrap_or_default(), Vec::new(), bounds).await? {
        Found::Answer(answer) => frame(&answer, &reader.statuses(), call.limits.redaction().note()),
        Found::NotYet(progress) => patience.not_yet(&progress),
    };
    Ok(BuiltinAnswer::Text(text::json(&told.to_string(), characters).into_owned()))
}

/// An answer with its age, and what it lacks.
pub fn frame(answer: &Answer, statuses: &[PartStatus], redaction: Option<&str>) -> Value {
    let mut frame = Map::new();
    frame.insert("columns".to_owned(), json!(answer.columns));
    frame.insert("rows".to_owned(), json!(answer.rows));
    frame.insert("shown".to_owned(), json!(answer.rows.len()));
    let ages: Map<String, Value> =
        statuses.iter().map(|status| (status.part.name.to_owned(), json!(status.as_of()))).collect();
    if !ages.is_empty() {
        frame.insert("as_of".to_owned(), Value::Object(ages));
    }
    let partial = missing(statuses);
    if !partial.is_empty() {
        frame.insert("partial".to_owned(), json!(partial));
    }
    let cut =
        answer.has_more.then_some("there are more rows: count them, or narrow the statement by a condition");
    let notes: Vec<&str> = cut.into_iter().chain(redaction).collect();
    if !notes.is_empty() {
        frame.insert("notes".to_owned(), json!(notes));
    }
    Value::Object(frame)
}

/// What could not be read of the parts of an answer, and why.
pub fn missing(statuses: &[PartStatus]) -> Vec<String> {
    statuses.iter().flat_map(PartStatus::missing).collect()
}
