//! `query`: one SELECT over what is kept of a tenant, for people and scripts: as a table, as CSV, or as JSON.

use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jamf_pro_client::Reader;
use serde_json::{Value, json};

use super::terminal::{self, Layout};
use super::{fleet, say, say_error, say_json};
use crate::builtin::fleet_query::{frame, missing, tool};
use crate::config::Config;
use crate::error::Error;
use crate::fleet::access::{FleetReader, Found, Patience};
use crate::fleet::load::Watch;
use crate::fleet::sql::{self, Answer, Bounds, SqlTable};
use crate::fleet::store::PartStatus;
use crate::pipeline::Pipeline;

/// What an answer may hold here, where no model reads it, and how long the statement may take.
const BOUNDS: Bounds = Bounds { rows: 1_000_000, characters: 256 << 20, time: Duration::from_secs(60) };

/// How long the statement waits for what it reads.
const WAIT: Duration = Duration::from_secs(3600);

/// Options of `query`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// One SELECT, such as `SELECT os_version, count(*) FROM computers GROUP BY 1`; `-` reads it from standard input. Without it the
    /// tables are listed.
    #[arg(value_name = "SELECT")]
    sql: Option<String>,
    /// Show the columns of a table, with an example.
    #[arg(long, value_name = "TABLE", value_parser = table_names(), conflicts_with = "sql")]
    describe: Option<String>,
    /// As CSV, with a header.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// As JSON, with the age of what was read; the tables too.
    #[arg(long)]
    json: bool,
    /// Oldest that the rows may be, in minutes; 0 reads them anew.
    #[arg(long, value_name = "MINUTES")]
    max_age: Option<u64>,
    /// The tenant, when there are several.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

/// The names of all tables, which shells complete.
fn table_names() -> PossibleValuesParser {
    PossibleValuesParser::new(sql::sql_tables().iter().map(|table| table.name))
}

/// Answer the question. Exit status 1 when something that it reads is missing.
pub(super) async fn run(config: &Config, options: &Options) -> Result<ExitCode, Error> {
    let statement = match (&options.sql, &options.describe) {
        (None, None) => {
            if options.json {
                let row = |one: &SqlTable| json!({ "table": one.name, "about": one.about });
                say_json(&sql::sql_tables().iter().map(row).collect::<Vec<Value>>());
            } else {
                say(&overview());
            }
            return Ok(ExitCode::SUCCESS);
        }
        (_, Some(table)) => {
            say_json(&sql::describe(&[table.as_str()])?);
            return Ok(ExitCode::SUCCESS);
        }
        (Some(statement), None) => read(statement)?,
    };
    let calls = Pipeline::new(config)?;
    let watch = Watch { progress: Some(fleet::listener()), ..Watch::default() };
    let cancelled = watch.cancelled.clone();
    tokio::spawn(async move {
        super::serve::signal().await;
        cancelled.cancel();
    });
    let found = ask(&calls, statement, options, watch).await;
    calls.close().await;
    terminal::wipe_progress();
    match found? {
        (Found::Answer(answer), statuses) => {
            show(&answer, &statuses, options, calls.limits().redaction().note())
        }
        (Found::NotYet(progress), _) => {
            say_error(&Error::unreachable(progress.to_string()));
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn ask(
    calls: &Pipeline,
    statement: String,
    options: &Options,
    watch: Watch,
) -> Result<(Found, Vec<PartStatus>), Error> {
    calls.surface().admit(tool())?;
    let tenant = tenant(calls, options.tenant.as_deref())?;
    let fleet = calls.fleets().of(tenant).await?;
    let fleet = fleet.ok_or_else(|| Error::operator("the fleet is off: `fleet.storage` is `off`"))?;
    let max_age = options.max_age.map(|minutes| Duration::from_secs(minutes.saturating_mul(60)));
    let reader = FleetReader::new(fleet, calls.access(), Patience { max_age, wait: WAIT }, watch);
    let found = reader.answer(&statement, Vec::new(), BOUNDS).await?;
    Ok((found, reader.statuses()))
}

/// The tenant of a name, or the only one.
pub(super) fn tenant<'a>(calls: &'a Pipeline, wanted: Option<&str>) -> Result<&'a Reader, Error> {
    let names = || calls.tenants().map(Reader::name).collect::<Vec<_>>().join(", ");
    match wanted {
        Some(wanted) => calls
            .tenants()
            .find(|tenant| tenant.name() == wanted)
            .ok_or_else(|| Error::caller(format!("there is no tenant {wanted:?}; tenants are {}", names()))),
        None if calls.tenants().count() > 1 => {
            Err(Error::caller(format!("there are several tenants: {}", names())).hint("name one by --tenant"))
        }
        None => calls.tenants().next().ok_or_else(|| Error::internal("no tenant")),
    }
}

/// The statement, which can come from standard input.
fn read(statement: &str) -> Result<String, Error> {
    if statement != "-" {
        return Ok(statement.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::caller(format!("standard input cannot be read: {error}")))?;
    Ok(text)
}

/// All tables, for people.
fn overview() -> String {
    let rows = sql::sql_tables().iter().map(|one| vec![one.name.to_owned(), one.about.to_owned()]);
    let table =
        Layout::stdout().table(&["table", "what one row is"].map(str::to_owned), &rows.collect::<Vec<_>>());
    format!("{table}\n\n`query --describe TABLE` shows its columns.")
}

/// Print an answer: rows on standard output, what must be known of them on standard error, so that a script reads rows alone.
fn show(
    answer: &Answer,
    statuses: &[PartStatus],
    options: &Options,
    redaction: Option<&str>,
) -> Result<ExitCode, Error> {
    let missing = missing(statuses);
    if options.json {
        say_json(&frame(answer, statuses, redaction));
    } else {
        say(&if options.csv { csv_text(answer)? } else { table_text(answer) });
        let mut notes: Vec<String> = statuses
            .iter()
            .filter_map(|status| {
                Some(format!("{} as of {} ago", status.part.name, fleet::age(status.as_of()?)))
            })
            .collect();
        notes.extend(missing.iter().map(|missing| format!("missing: {missing}")));
        notes.extend(answer.has_more.then(|| "there are more rows".to_owned()));
        notes.extend(redaction.map(str::to_owned));
        let mut err = std::io::stderr().lock();
        for note in notes {
            let _ = std::io::Write::write_all(&mut err, format!("- {note}\n").as_bytes());
        }
    }
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn table_text(answer: &Answer) -> String {
    let cells: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let table = Layout::stdout().table(&answer.columns, &cells);
    let rows = answer.rows.len();
    format!("{table}\n\n{rows} {}", if rows == 1 { "row" } else { "rows" })
}

fn csv_text(answer: &Answer) -> Result<String, Error> {
    let failed = |error: csv::Error| Error::internal(format!("CSV cannot be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&answer.columns).map_err(failed)?;
    for row in &answer.rows {
        writer.write_record(row.iter().map(cell)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
