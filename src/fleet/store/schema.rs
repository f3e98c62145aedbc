//! The tables of the file, made from their declarations, and those that say how old and how whole each part is.

use std::fmt::Write as _;
use std::sync::LazyLock;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::fleet::parts::PARTS;
use crate::fleet::tables::{Table, VIEWS, tables};

/// Counted up when the same columns get other contents.
const FORMAT: u32 = 3;

/// What is known of each source: how old, how whole, and how far a load of it is.
const OWN: &str = "
CREATE TABLE fleet_sources (
    source TEXT PRIMARY KEY, part TEXT NOT NULL, as_of TEXT, complete INTEGER NOT NULL DEFAULT 0, missing TEXT, tried_at TEXT,
    load TEXT, load_began TEXT, load_revision INTEGER, next_offset INTEGER, total INTEGER, changed_at TEXT, outdated INTEGER,
    newest TEXT, whole_at TEXT, load_since TEXT, load_newest TEXT
) STRICT;
CREATE TABLE fleet_objects (
    source TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, load TEXT, read_at TEXT, row_digest TEXT, deleted INTEGER NOT NULL DEFAULT 0,
    outdated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE fleet_leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE TABLE fleet_revision (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL) STRICT;
INSERT INTO fleet_revision VALUES (1, 0);
CREATE TABLE fleet_configurations (path TEXT PRIMARY KEY) STRICT;
CREATE VIEW fleet_parts AS
    SELECT part, min(as_of) AS as_of, min(complete) AS complete,
        sum((SELECT count(*) FROM fleet_objects WHERE fleet_objects.source = fleet_sources.source AND NOT deleted)) AS rows,
        group_concat(missing, '; ') AS missing
    FROM fleet_sources GROUP BY part;
";

/// Everything that the file is made of.
static STATEMENTS: LazyLock<String> = LazyLock::new(|| {
    let mut sql = OWN.to_owned();
    for part in PARTS {
        for source in part.sources {
            let _ = writeln!(
                sql,
                "INSERT INTO fleet_sources (source, part) VALUES ('{}', '{}');",
                source.name, part.name
            );
        }
    }
    tables().for_each(|table| declare(table, &mut sql));
    for view in VIEWS {
        let _ = writeln!(sql, "CREATE VIEW {} AS {};", view.name, view.sql);
    }
    sql
});

fn declare(table: &Table, sql: &mut String) {
    let columns = |with_key: bool| {
        let columns = table.columns.iter().filter(|column| with_key || !column.is_key());
        columns
            .map(|column| format!("\"{}\" {}", column.name, column.kind.sql()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let key = table.key().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
    let name = table.name;
    let kept = if table.is_shared { format!("_{name}") } else { name.to_owned() };
    let indexed: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.is_indexed)
        .map(|column| format!("\"{}\"", column.name))
        .collect();
    let _ = if table.is_shared {
        // Many objects have the same rows, so that each is kept once.
        let own =
            table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
        writeln!(
            sql,
            "CREATE TABLE _{name} (row INTEGER PRIMARY KEY, same TEXT NOT NULL UNIQUE, {}) STRICT;
             CREATE TABLE _{name}_links ({key} TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY ({key}, row)) STRICT, WITHOUT ROWID;
             CREATE INDEX _{name}_links_by_row ON _{name}_links (row);
             CREATE VIEW {name} AS SELECT {own} FROM _{name}_links JOIN _{name} USING (row);",
            columns(false)
        )
    } else if table.has_one_row_an_object() {
        writeln!(sql, "CREATE TABLE {name} ({}, PRIMARY KEY ({key})) STRICT;", columns(true))
    } else {
        writeln!(
            sql,
            "CREATE TABLE {name} ({}) STRICT; CREATE INDEX {name}_by_object ON {name} ({key});",
            columns(true)
        )
    };
    if !indexed.is_empty() {
        let _ = writeln!(sql, "CREATE INDEX {kept}_by_columns ON {kept} ({});", indexed.join(", "));
    }
}

/// Which tables these are, by what they are made of and filled from.
pub(super) fn digest() -> String {
    let mut digest = Sha256::new();
    digest.update(FORMAT.to_be_bytes());
    digest.update(STATEMENTS.as_bytes());
    for column in tables().flat_map(|table| table.columns) {
        digest.update(column.paths());
    }
    let mut digest = hex::encode(digest.finalize());
    digest.truncate(8);
    digest
}

/// Make the tables where there are none.
pub(super) fn make(connection: &mut Connection) -> rusqlite::Result<()> {
    // Two processes that start at once: the second one waits here and finds nothing to do.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let made: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if made == 0 {
        transaction.execute_batch(&STATEMENTS)?;
        transaction.pragma_update(None, "user_version", FORMAT)?;
    }
    transaction.commit()
}

/// Delete all rows. Revisions go on, so that a load that is under way knows that it ended.
pub(super) fn clear(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    for table in tables() {
        if table.is_shared {
            transaction.execute_batch(&format!("DELETE FROM _{0}_links; DELETE FROM _{0};", table.name))?;
        } else {
            transaction.execute_batch(&format!("DELETE FROM {};", table.name))?;
        }
    }
    transaction.execute_batch(
        "DELETE FROM fleet_objects;
         UPDATE fleet_sources SET as_of = NULL, complete = 0, missing = NULL, tried_at = NULL, load = NULL, load_began = NULL,
             load_revision = NULL, next_offset = NULL, total = NULL, changed_at = NULL, outdated = NULL, newest = NULL, whole_at = NULL,
             load_since = NULL, load_newest = NULL;
         UPDATE fleet_revision SET revision = revision + 1;",
    )
}
