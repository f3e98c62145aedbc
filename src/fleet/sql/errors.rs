//! What is wrong with a statement, for the person or the model that wrote it.

use jamf_pro_tools::check::nearest;
use rusqlite::ErrorCode;

use super::Question;
use super::guard::{FUNCTIONS, Guard};
use super::surface::{sql_table, sql_tables};
use crate::error::Error;

/// The store cannot be read for a question.
pub(super) fn unusable(error: &rusqlite::Error) -> Error {
    Error::operator(format!("the fleet cannot be read ({error})")).hint("see `jamf-pro-mcp fleet status`")
}

/// A statement that cannot be prepared, or that did not come to its end.
pub(super) fn of_statement(question: &Question, guard: &Guard, error: &rusqlite::Error) -> Error {
    let message = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            let seconds = question.bounds.time.as_secs();
            return Error::caller(format!("the statement took longer than {seconds} s"))
                .hint("narrow it by a condition, and join tables by their ids");
        }
        Some(ErrorCode::TooBig) => {
            return Error::caller("a value or the statement is too large")
                .hint("take a part of it, such as substr(text, 1, 1000)");
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            return Error::busy("the fleet is being written", std::time::Duration::from_secs(2))
                .hint("try again in a few seconds");
        }
        Some(ErrorCode::OutOfMemory | ErrorCode::DiskFull) => {
            return Error::caller("the statement takes more room than there is")
                .hint("narrow it by a condition, and join tables by their ids");
        }
        _ => {}
    }
    if let Some(refusal) = guard.refusal() {
        return Error::caller(refusal).hint("see `fleet_schema` for tables and functions");
    }
    if message.starts_with("cannot modify") {
        return Error::caller("only a SELECT is possible here");
    }
    let hint = hint(&question.sql, &message);
    let message = message.replace(&format!("{}.", guard.secret()), "").replace(guard.secret(), "…");
    let error = Error::caller(format!("the statement is not right: {message}"));
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// What to write instead.
fn hint(sql: &str, message: &str) -> Option<String> {
    let after = |beginning: &str| message.strip_prefix(beginning).map(|rest| rest.trim().to_owned());
    let last = |name: String| name.rsplit('.').next().unwrap_or_default().to_owned();
    let mean = |name: &str| format!("did you mean `{name}`?");
    if let Some(table) = after("no such table: ").map(last) {
        let near = nearest(&table, sql_tables().iter().map(|table| table.name)).map(mean);
        return Some(near.unwrap_or_else(|| "`fleet_schema` lists the tables".to_owned()));
    }
    if let Some(column) = after("no such column: ").map(last) {
        let words = sql.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut named: Vec<_> = words.filter_map(|word| sql_table(&word.to_lowercase())).collect();
        named.dedup_by_key(|table| table.name);
        let columns = named.iter().flat_map(|table| table.columns.iter().map(|column| column.name));
        let near = nearest(&column, columns.clone()).map(mean);
        let all = || match named.first() {
            Some(table) => {
                let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
                format!("`{}` has {}", table.name, names.join(", "))
            }
            None => "`fleet_schema` lists the columns".to_owned(),
        };
        return Some(near.unwrap_or_else(all));
    }
    let function = after("no such function: ")?;
    let near = nearest(&function, FUNCTIONS.iter().copied()).map(mean);
    Some(near.unwrap_or_else(|| "`fleet_schema` lists the functions".to_owned()))
}
