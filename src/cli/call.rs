//! `call`: one call from the shell, on the same path as a client's, through the same gate.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Map, Value};

use super::{say, say_error};
use crate::call::Caller;
use crate::error::Error;
use crate::os_user;
use crate::pipeline::{Pipeline, Waiting};

/// Options of `call`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The tool.
    tool: String,
    /// Its arguments as a JSON object; `-` reads them from standard input.
    #[arg(default_value = "{}")]
    arguments: String,
    /// Print the answer as it is; the default when standard output is not a terminal.
    #[arg(long)]
    json: bool,
}

/// Make the call and print its answer. Exit status 1 when it failed.
pub(super) async fn run(calls: Pipeline, options: &Options) -> Result<ExitCode, Error> {
    let arguments = arguments(&options.arguments)?;
    let caller =
        Caller { who: Arc::from(os_user::principal()), client: None, transport: "cli", session: None };
    let waiting = Waiting::default();
    let cancelled = waiting.cancelled.clone();
    tokio::spawn(async move {
        super::serve::signal().await;
        cancelled.cancel();
    });
    let answer = calls.call(&options.tool, arguments, &caller, &waiting).await;
    calls.close().await;
    if answer.is_error {
        say_error(&Error::operator(answer.text));
        return Ok(ExitCode::FAILURE);
    }
    let table = (!options.json && std::io::stdout().is_terminal()).then(|| table(&answer.text)).flatten();
    say(table.as_deref().unwrap_or(&answer.text));
    Ok(ExitCode::SUCCESS)
}

fn arguments(text: &str) -> Result<Map<String, Value>, Error> {
    let text = if text == "-" {
        let mut read = String::new();
        std::io::stdin()
            .read_to_string(&mut read)
            .map_err(|error| Error::caller(format!("standard input cannot be read: {error}")))?;
        read
    } else {
        text.to_owned()
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::caller("the arguments must be a JSON object, such as '{\"page_size\": 5}'")),
        Err(error) => Err(Error::caller(format!("the arguments are not JSON: {error}"))),
    }
}

/// A list as a table for people, its notes below; anything else as indented JSON.
fn table(text: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(text).ok()?;
    let Some(rows) =
        answer.get("rows").and_then(Value::as_array).filter(|rows| rows.iter().all(Value::is_object))
    else {
        return serde_json::to_string_pretty(&answer).ok();
    };
    let rows: Vec<Map<String, Value>> = rows.iter().map(flat).collect();
    let mut columns: Vec<&String> = Vec::new();
    for key in rows.iter().flat_map(Map::keys) {
        if !columns.contains(&key) {
            columns.push(key);
        }
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(columns.iter().map(|column| column.rsplit('.').next().unwrap_or(column).to_uppercase()));
    for row in &rows {
        table.add_row(columns.iter().map(|column| match row.get(*column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }));
    }
    let mut out = table.trim_fmt();
    let count = |name: &str| answer.get(name).map(Value::to_string).unwrap_or_default();
    out.push_str(&format!("\n\n{} of {} shown", count("shown"), count("total")));
    if let Some(next) = answer.get("next").filter(|next| !next.is_null()) {
        out.push_str(&format!("; next: {next}"));
    }
    for note in answer.get("notes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        out.push_str(&format!("\n- {note}"));
    }
    Some(out)
}

/// Nested fields by their dotted paths.
fn flat(row: &Value) -> Map<String, Value> {
    fn add(into: &mut Map<String, Value>, path: &str, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                add(into, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value)
            }),
            other => {
                into.insert(path.to_owned(), other.clone());
            }
        }
    }
    let mut flat = Map::new();
    add(&mut flat, "", row);
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_tables_and_objects_are_indented() {
        let text = r#"{"total":2,"shown":1,"next":{"page":1},"notes":["mind"],"rows":[{"id":"1","general":{"name":"a"}}]}"#;
        let shown = table(text).unwrap();
        assert!(
            shown.contains("ID")
                && shown.contains("NAME")
                && shown.contains("1 of 2 shown; next: {\"page\":1}\n- mind"),
            "{shown}"
        );
        let last = table(r#"{"total":1,"shown":1,"next":null,"rows":[{"id":"1"}]}"#).unwrap();
        assert!(last.ends_with("1 of 1 shown"), "{last}");
        assert_eq!(table(r#"{"id":"1"}"#).unwrap(), "{\n  \"id\": \"1\"\n}");
        assert!(table("#csv").is_none());
    }

    #[test]
    fn arguments_are_an_object() {
        assert!(arguments("{\"a\":1}").is_ok());
        assert!(arguments("[1]").is_err() && arguments("{").is_err());
    }
}
