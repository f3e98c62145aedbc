//! Questions over the fleet in SQL: one SELECT that reads the listed tables and nothing else. The main type is [`Question`].
//!
//! A statement runs on a connection of its own, on which the listed tables are views over the store. The store is attached under a name that
//! is made anew each time, so that no statement can name it, and the guard allows a read of it inside these views alone. Where the
//! configuration redacts, personal columns are replaced in the views: conditions, sorts and functions see nothing else.

mod document;
mod errors;
mod examples;
mod functions;
mod guard;
mod surface;
#[cfg(test)]
mod tests;
mod views;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, OpenFlags, Statement};
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

pub use document::{describe, markdown, overview};
pub use surface::{SqlTable, actions_of, sql_table, sql_tables};

use super::store::Store;
use crate::error::Error;
use crate::privacy::Redaction;
use crate::sanitize::text;
use guard::Guard;

/// How long a statement waits for a process that is writing.
const BUSY: Duration = Duration::from_secs(5);

/// One statement, and what it may use and see.
#[derive(Clone)]
pub struct Question {
    /// The statement.
    pub sql: String,
    /// The values of `?1`, `?2` and so on.
    pub parameters: Vec<Json>,
    /// How personal columns read.
    pub redaction: Redaction,
    /// What the answer may hold, and how long it may take.
    pub bounds: Bounds,
    /// Fires when nobody waits any more.
    pub cancelled: CancellationToken,
}

/// What an answer may hold, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Rows.
    pub rows: usize,
    /// Characters of the rows as JSON.
    pub characters: usize,
    /// Time for the statement, without the load of what it reads.
    pub time: Duration,
}

/// What a statement answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, a value a column.
    pub rows: Vec<Vec<Json>>,
    /// There are more rows than the bounds allow.
    pub has_more: bool,
}

impl Question {
    /// The tables that the statement reads. Nothing is read yet.
    ///
    /// # Errors
    /// When it is no single SELECT over the listed tables; the message says what is wrong and what to do.
    pub fn tables(&self, store: &Store) -> Result<Vec<&'static SqlTable>, Error> {
        let (connection, guard) = self.connect(store)?;
        drop(self.statement(&connection, &guard)?);
        let read: BTreeSet<&'static str> = guard.tables();
        Ok(sql_tables().iter().filter(|table| read.contains(table.name)).collect())
    }

    /// Answer it from what the store has. This waits for the disk: see [`Store::run`].
    ///
    /// # Errors
    /// The same, and when it takes longer or becomes larger than it may.
    pub fn answer(&self, store: &Store) -> Result<Answer, Error> {
        let (mut connection, guard) = self.connect(store)?;
        let (end, cancelled) = (Instant::now() + self.bounds.time, self.cancelled.clone());
        let has_ended = move || cancelled.is_cancelled() || Instant::now() >= end;
        connection
            .progress_handler(guard::STEPS, Some(has_ended))
            .map_err(|error| errors::unusable(&error))?;
        let mut statement = self.statement(&connection, &guard)?;
        for (at, value) in self.parameters.iter().enumerate() {
            bind(&mut statement, at + 1, value)
                .map_err(|error| errors::of_statement(self, &guard, &error))?;
        }
        let columns: Vec<String> = statement.column_names().map(text::line).collect();
        let (mut rows, mut size, mut has_more) = (Vec::new(), 0, false);
        let mut read = statement.raw_query();
        loop {
            let row = read.next().map_err(|error| match self.cancelled.is_cancelled() {
                true => Error::cancelled(),
                false => errors::of_statement(self, &guard, &error),
            })?;
            let Some(row) = row else { break };
            let values = (0..columns.len())
                .map(|at| row.get_ref(at).map(|value| self.answered_value(value)))
                .collect::<rusqlite::Result<Vec<_>>>()
                .map_err(|error| errors::of_statement(self, &guard, &error))?;
            size += json!(values).to_string().chars().count() + 1;
            if rows.len() >= self.bounds.rows || (size > self.bounds.characters && !rows.is_empty()) {
                has_more = true;
                break;
            }
            rows.push(values);
        }
        Ok(Answer { columns, rows, has_more })
    }

    /// A value as the caller sees it.
    fn answered_value(&self, value: ValueRef<'_>) -> Json {
        match value {
            ValueRef::Null => Json::Null,
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                let read = String::from_utf8_lossy(bytes);
                // The room for an answer is the room for its longest text.
                let (part, _) = text::part(&read, 0, self.bounds.characters / 2);
                Json::String(self.redaction.text(&part).into_owned())
            }
        }
    }

    /// A connection that can do nothing but answer this question.
    fn connect(&self, store: &Store) -> Result<(Connection, Guard), Error> {
        let unusable = |error: rusqlite::Error| errors::unusable(&error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(":memory:", flags).map_err(unusable)?;
        connection.busy_timeout(BUSY).map_err(unusable)?;
        let guard = Guard::new();
        views::make(&connection, store.address(), guard.secret(), &self.redaction).map_err(unusable)?;
        guard.restrict(&mut connection).map_err(unusable)?;
        Ok((connection, guard))
    }

    /// The statement, if it is a single one that reads what it may.
    fn statement<'a>(&self, connection: &'a Connection, guard: &Guard) -> Result<Statement<'a>, Error> {
        if self.sql.len() > guard::LONGEST {
            return Err(Error::caller(format!("the statement is longer than {} characters", guard::LONGEST)));
        }
        let failed = |error: rusqlite::Error| errors::of_statement(self, guard, &error);
        let mut statements = Batch::new(connection, &self.sql);
        let first = statements.next().map_err(failed)?;
        let first = first.ok_or_else(|| Error::caller("there is no statement").hint("write one SELECT"))?;
        if !matches!(statements.next(), Ok(None)) {
            return Err(Error::caller("there is more than one statement").hint("write one SELECT"));
        }
        if first.is_explain() != 0 || !first.readonly() || first.column_count() == 0 {
            return Err(Error::caller("only a SELECT is possible here"));
        }
        if first.parameter_count() > self.parameters.len() {
            return Err(Error::caller("the statement has parameters without values")
                .hint("write the values into the statement"));
        }
        Ok(first)
    }
}

/// Give a parameter its value; whatever is no text, number or boolean is NULL.
fn bind(statement: &mut Statement<'_>, at: usize, value: &Json) -> rusqlite::Result<()> {
    match value {
        Json::String(text) => statement.raw_bind_parameter(at, text),
        Json::Bool(is_true) => statement.raw_bind_parameter(at, is_true),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => statement.raw_bind_parameter(at, whole),
            None => statement.raw_bind_parameter(at, number.as_f64()),
        },
        Json::Null | Json::Array(_) | Json::Object(_) => statement.raw_bind_parameter(at, None::<i64>),
    }
}
