//! The listed tables as views on the connection of a question. Where the configuration redacts, a personal column is an expression that
//! has no more in it than an answer would show.

use std::fmt::Write;

use rusqlite::Connection;

use super::functions;
use super::surface::{SqlColumn, SqlTable, sql_table, sql_tables};
use crate::fleet::tables::Kind;
use crate::privacy::Redaction;
use crate::sanitize::personal::is_device_name;

/// Tables whose `name` is the name of a device.
const DEVICES: &[&str] = &["computers", "mobile_devices"];

/// Attach the store under the secret name, and make the views and functions of a question.
pub(super) fn make(
    connection: &Connection,
    address: &str,
    secret: &str,
    redaction: &Redaction,
) -> rusqlite::Result<()> {
    connection.execute(&format!("ATTACH ?1 AS {secret}"), [address])?;
    functions::define(connection)?;
    if !redaction.is_off() {
        functions::define_redaction(connection, secret, redaction)?;
    }
    let mut sql = String::new();
    for table in sql_tables() {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| match redaction.is_off() {
                true => format!("\"{}\"", column.name),
                false => redacted(table, column, secret),
            })
            .collect();
        let _ = writeln!(
            sql,
            "CREATE TEMP VIEW {0} AS SELECT {1} FROM {secret}.{0};",
            table.name,
            columns.join(", ")
        );
    }
    // A name that no view has is looked up in the attached store: everything else in it is hidden by a view that nobody may read.
    for name in names(connection, secret)?.iter().filter(|name| sql_table(name).is_none()) {
        let _ = writeln!(sql, "CREATE TEMP VIEW \"{name}\" AS SELECT name FROM main.sqlite_schema;");
    }
    connection.execute_batch(&sql)
}

/// The tables and views of the store.
fn names(connection: &Connection, secret: &str) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT name FROM {secret}.sqlite_schema WHERE type IN ('table', 'view')");
    connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect()
}

/// A column without what is personal.
fn redacted(table: &SqlTable, column: &SqlColumn, secret: &str) -> String {
    let name = column.name;
    let has = |other: &str| table.columns.iter().any(|column| column.name == other);
    // The name of an extension attribute or a criterion says what its value is.
    let is_named = has("name") && has("value") && !has("key");
    let value = match name {
        "extension_attributes" => format!("{secret}_attributes(\"{name}\")"),
        "value" if is_named => format!("{secret}_named(name, \"{name}\")"),
        "number" | "date" if is_named => {
            format!("CASE WHEN {secret}_is_personal(name) THEN NULL ELSE \"{name}\" END")
        }
        "name" if DEVICES.contains(&table.name) => format!("{secret}_device(\"{name}\")"),
        _ if is_device_name(name) && name != "name" => format!("{secret}_device(\"{name}\")"),
        _ => match (column.personal, column.kind) {
            (Some(personal), _) => {
                format!("{secret}_{}(\"{name}\")", functions::name_of(personal))
            }
            (None, Kind::Text | Kind::RawText | Kind::FreeText) if column.is_written => {
                format!("{secret}_text(\"{name}\")")
            }
            _ => return format!("\"{name}\""),
        },
    };
    format!("{value} AS \"{name}\"")
}
