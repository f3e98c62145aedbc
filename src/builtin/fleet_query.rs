//! `fleet_query`: one SELECT over what is kept of a tenant. What the statement reads is brought up to date first, and nothing else is.

use std::time::Duration;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::{Builtin, BuiltinAnswer, BuiltinCall};
use crate::error::Error;
use crate::fleet::load::Watch;
use crate::fleet::parts::Part;
use crate::fleet::readiness::{NotYet, Readiness};
use crate::fleet::refresh::Fleet;
use crate::fleet::sql::{Answer, Bounds, Question, SqlTable};
use crate::fleet::store::PartStatus;
use crate::registry::exposure::{Bar, Surface};
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

/// Statements that run at once in this process.
static PLACES: Semaphore = Semaphore::const_new(2);

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

/// What a question comes to.
#[derive(Debug)]
pub enum Found {
    /// Its answer, and the parts that it rests on.
    Answer(Answer, Vec<PartStatus>),
    /// What it reads is still loaded.
    NotYet(NotYet),
}

/// How old what a question reads may be, and how long it waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The oldest; as each part allows where it is `None`.
    pub max_age: Option<Duration>,
    /// How long it waits.
    pub wait: Duration,
}

/// Answer a question: see that what it reads is new enough, and run it. What the configuration excludes is not read.
///
/// # Errors
/// When the statement is not right, or may not read what it names.
pub async fn answer(
    fleet: &Fleet,
    surface: &Surface,
    question: Question,
    patience: Patience,
    watch: &Watch,
) -> Result<Found, Error> {
    let asked = question.clone();
    let tables = fleet.store().run(move |store| asked.tables(store)).await?;
    for table in &tables {
        permit(surface, table)?;
    }
    let mut parts: Vec<&'static Part> = tables.iter().flat_map(|table| table.parts.iter().copied()).collect();
    parts.sort_by_key(|part| part.name);
    parts.dedup_by_key(|part| part.name);
    let statuses = match fleet.ready(&parts, patience.max_age, patience.wait, watch).await? {
        Readiness::Ready(statuses) => statuses,
        Readiness::NotYet(progress) => return Ok(Found::NotYet(progress)),
    };
    let _place = PLACES.acquire().await.map_err(Error::internal)?;
    let answer = fleet.store().run(move |store| question.answer(store)).await?;
    Ok(Found::Answer(answer, statuses))
}

/// What is read by an excluded action is not read here either.
fn permit(surface: &Surface, table: &SqlTable) -> Result<(), Error> {
    for action in &table.actions {
        let tool = surface.registry().get(action)?;
        if surface.permits(tool) == Err(Bar::Excluded) {
            return Err(Error::not_allowed(format!(
                "the table {} is not allowed here: `exclude_tools` in the configuration of this server names `{action}`. Only the person \
                 who runs the server can change that.",
                table.name
            )));
        }
    }
    Ok(())
}

async fn run(call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
    let (tenant, context) = call.tenant.as_ref().ok_or_else(|| Error::internal("no tenant"))?;
    let fleet = context.fleets.of(tenant).await?.ok_or_else(|| {
        Error::operator("there is nothing to ask: the fleet is off (`fleet.storage` is `off`)")
            .hint("set `fleet.storage` to `memory` or `disk`")
    })?;
    let arguments = call.arguments;
    let characters = call.limits.characters().saturating_sub(FRAME);
    let question = Question {
        sql: arguments.text("sql").unwrap_or_default().to_owned(),
        redaction: call.limits.redaction().clone(),
        bounds: Bounds { rows: ROWS, characters, time: TIME },
        cancelled: context.client.cancelled.clone(),
    };
    let is_anew = arguments.arguments().get("refresh").and_then(Value::as_bool).unwrap_or_default();
    let minutes = arguments.number("max_age").map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    let patience = Patience { max_age: if is_anew { Some(Duration::ZERO) } else { minutes }, wait: WAIT };
    let watch = context.watch();
    let told = match answer(&fleet, call.surface, question, patience, &watch).await? {
        Found::Answer(answer, statuses) => frame(&answer, &statuses, call.limits.redaction().note()),
        Found::NotYet(progress) => {
            let without = if is_anew { " without `refresh`" } else { "" };
            json!({ "not_yet": format!("{progress}{without}") })
        }
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
