//! What can be asked, for those who ask: tables and columns with their units, functions, rules. The documents of the project are made of
//! the same.

use std::fmt::Write;

use jamf_pro_tools::check::nearest;
use serde_json::{Map, Value as Json, json};

use super::guard::FUNCTIONS;
use super::surface::{SqlColumn, SqlTable, sql_table, sql_tables};
use crate::error::Error;
use crate::fleet::parts::Class;
use crate::fleet::tables::Kind;

/// What holds for all tables.
const RULES: &[&str] = &[
    "One SELECT of SQLite, with joins, common table expressions and window functions.",
    "Ids are text: compare them with '7'. NULL means not reported. Booleans are 0 or 1.",
    "Moments are UTC text such as '2026-11-29T07:00:00Z', which sorts as it is; days_since(moment) gives the days that have passed.",
    "Versions sort by version_key(text): version_key(os_version) < version_key('15.2').",
    "An extension attribute is a row of computer_extension_attributes, and a value by its name in computers.extension_attributes: extension_attributes ->> '$.\"Battery Cycles\"'.",
    "Ids of groups, profiles, prestages and searches are unique with their kind alone: join by both.",
];

/// All tables with their columns, as short as can be, with the rules.
pub fn overview() -> Json {
    let tables: Map<String, Json> = sql_tables()
        .iter()
        .map(|table| {
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            (table.name.to_owned(), json!(columns.join(", ")))
        })
        .collect();
    json!({ "rules": RULES, "tables": tables, "functions": FUNCTIONS.join(", ") })
}

/// Tables with the kind and unit of each column and an example.
///
/// # Errors
/// When there is no table of a name.
pub fn describe(names: &[&str]) -> Result<Json, Error> {
    let mut tables = Vec::new();
    for name in names {
        let table = sql_table(name).ok_or_else(|| {
            let near = nearest(name, sql_tables().iter().map(|table| table.name));
            let hint = near.map_or_else(
                || "`fleet_schema` without names lists them".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            Error::caller(format!("there is no table `{name}`")).hint(hint)
        })?;
        let columns: Map<String, Json> =
            table.columns.iter().map(|column| (column.name.to_owned(), json!(unit(column)))).collect();
        tables.push(json!({
            "name": table.name, "about": table.about, "columns": columns, "age": age(table), "example": table.example,
        }));
    }
    Ok(json!({ "rules": RULES, "tables": tables }))
}

/// What a column holds, in words.
fn unit(column: &SqlColumn) -> String {
    let last_word = column.name.rsplit('_').next().unwrap_or_default();
    let unit = match column.kind {
        _ if column.name == "extension_attributes" => "JSON object, values by name",
        Kind::Text | Kind::RawText | Kind::FreeText => "text",
        Kind::Id => "id",
        Kind::Integer if last_word == "mb" => "megabytes",
        Kind::Integer if last_word == "bytes" => "bytes",
        Kind::Integer if last_word == "percent" => "percent",
        Kind::Integer => "whole number",
        Kind::Real => "number",
        Kind::Boolean => "0 or 1",
        Kind::Moment => "moment",
        Kind::Date => "date",
    };
    let personal = if column.personal.is_some() { ", personal" } else { "" };
    format!("{unit}{personal}")
}

/// How old a table may be when nobody says otherwise.
fn age(table: &SqlTable) -> String {
    let ages = table.parts.iter().map(|part| part.class.max_age().as_secs() / 60);
    ages.max().map_or_else(|| "as it is".to_owned(), |minutes| format!("{minutes} minutes at most"))
}

/// The document of all tables.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Tables of the fleet\n\n`fleet_query` and `jamf-pro-mcp query` take one SELECT over these tables. This file is made by \
         `TABLES_UPDATE=1 cargo test --lib the_document_of_the_tables`.\n\n",
    );
    for rule in RULES {
        let _ = writeln!(text, "- {rule}");
    }
    let functions: Vec<String> = FUNCTIONS.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(text, "\nFunctions: {}.", functions.join(", "));
    for (title, class) in [
        ("Inventory", Class::Inventory),
        ("Configuration", Class::Configuration),
        ("Activity", Class::Activity),
    ] {
        let _ = writeln!(text, "\n## {title}\n\n{} minutes old at most.", class.max_age().as_secs() / 60);
        let is_of = |table: &&SqlTable| table.parts.iter().map(|part| part.class).next() == Some(class);
        sql_tables().iter().filter(is_of).for_each(|table| section(table, &mut text));
    }
    let _ = writeln!(text, "\n## What is kept");
    sql_tables().iter().filter(|table| table.parts.is_empty()).for_each(|table| section(table, &mut text));
    text
}

fn section(table: &SqlTable, text: &mut String) {
    let _ = writeln!(text, "\n### {}\n\n{}\n", table.name, table.about);
    for column in &table.columns {
        let _ = writeln!(text, "- `{}`: {}", column.name, unit(column));
    }
    let _ = writeln!(text, "\n```sql\n{}\n```", table.example);
}
