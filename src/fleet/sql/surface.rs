//! The tables that a statement can read, with the parts that fill them.

use std::sync::LazyLock;

use super::examples::example;
use crate::fleet::parts::{PARTS, Part, Source};
use crate::fleet::tables::{Fill, Kind, Table, VIEWS, tables};
use crate::sanitize::personal::Personal;

/// A table of statements.
#[derive(Debug)]
pub struct SqlTable {
    /// Its name.
    pub name: &'static str,
    /// What one row is.
    pub about: &'static str,
    /// Its columns.
    pub columns: Vec<SqlColumn>,
    /// The parts that are loaded for it.
    pub parts: Vec<&'static Part>,
    /// The actions that these parts are read by.
    pub actions: Vec<&'static str>,
    /// A statement that reads it.
    pub example: &'static str,
}

/// A column of a table of statements.
#[derive(Debug)]
pub struct SqlColumn {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What is personal about it.
    pub personal: Option<Personal>,
    /// People write it, so that it can name them.
    pub is_written: bool,
}

/// How old and how whole each part is.
const PARTS_TABLE: &str = "fleet_parts";

static SQL_TABLES: LazyLock<Vec<SqlTable>> = LazyLock::new(|| {
    let mut all: Vec<SqlTable> = tables().map(of_table).collect();
    all.extend(VIEWS.iter().map(|view| {
        let base = tables().find(|table| table.name == view.base);
        let columns = view.columns.iter().map(|(name, kind)| SqlColumn {
            name,
            kind: *kind,
            personal: None,
            is_written: false,
        });
        let (parts, actions) = base.map(parts_of).unwrap_or_default();
        SqlTable {
            name: view.name,
            about: view.about,
            columns: columns.collect(),
            parts,
            actions,
            example: example(view.name),
        }
    }));
    all.push(SqlTable {
        name: PARTS_TABLE,
        about: "One row a part of what is kept, with its age. Nothing is loaded for it.",
        columns: [
            ("part", Kind::Text),
            ("as_of", Kind::Moment),
            ("complete", Kind::Boolean),
            ("rows", Kind::Integer),
            ("missing", Kind::Text),
        ]
        .map(|(name, kind)| SqlColumn { name, kind, personal: None, is_written: false })
        .into(),
        parts: Vec::new(),
        actions: Vec::new(),
        example: example(PARTS_TABLE),
    });
    all
});

/// All tables of statements.
pub fn sql_tables() -> &'static [SqlTable] {
    &SQL_TABLES
}

/// The actions by which a table is filled; none where there is no such table.
pub fn actions_of(table: &str) -> &'static [&'static str] {
    sql_table(table).map_or(&[], |table| table.actions.as_slice())
}

/// The table of a name.
pub fn sql_table(name: &str) -> Option<&'static SqlTable> {
    SQL_TABLES.iter().find(|table| table.name == name)
}

fn of_table(table: &'static Table) -> SqlTable {
    let columns = table.columns.iter().map(|column| SqlColumn {
        name: column.name,
        kind: column.kind,
        personal: column.personal,
        is_written: !column.is_key() && !table.is_shared,
    });
    let (parts, actions) = parts_of(table);
    SqlTable {
        name: table.name,
        about: table.about,
        columns: columns.collect(),
        parts,
        actions,
        example: example(table.name),
    }
}

/// The parts that fill a table, and the actions by which its sources are read.
fn parts_of(table: &'static Table) -> (Vec<&'static Part>, Vec<&'static str>) {
    let is_filled = |source: &Source| table.fills.iter().any(|fill: &Fill| fill.source == source.name);
    let parts = PARTS.iter().filter(|part| part.sources.iter().any(&is_filled)).collect();
    let sources = PARTS.iter().flat_map(|part| part.sources).filter(|source| is_filled(source));
    let mut actions: Vec<&str> = sources.flat_map(Source::actions).collect();
    actions.sort_unstable();
    actions.dedup();
    (parts, actions)
}
