//! A read of several tables at one moment: nothing that another process writes meanwhile shows in it.

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::status::status_of;
use super::{PartStatus, Store};
use crate::database::Database;
use crate::error::Error;
use crate::fleet::parts::Part;
use crate::fleet::tables::Value;

/// The tables as they are at one moment.
pub struct Snapshot<'a> {
    database: &'a Database,
    connection: &'a Connection,
}

/// One row of a statement.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl Store {
    /// Read several tables at one moment.
    ///
    /// # Errors
    /// As what is run, and when the store cannot be read.
    pub fn snapshot<T>(&self, work: impl FnOnce(&Snapshot<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.database.read_at_once(|connection| work(&Snapshot { database: &self.database, connection }))
    }
}

impl Snapshot<'_> {
    /// How far a part is.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn status_of(&self, part: &'static Part) -> Result<PartStatus, Error> {
        status_of(self.connection, part).map_err(|error| self.database.failed(&error))
    }

    /// Do something with each row of a statement.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn each(&self, sql: &str, parameters: &[Value], mut work: impl FnMut(&Row<'_>)) -> Result<(), Error> {
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(params_from_iter(parameters))?;
            while let Some(row) = rows.next()? {
                work(&Row(row));
            }
            Ok(())
        };
        read().map_err(|error| self.database.failed(&error))
    }
}

impl Row<'_> {
    /// The text of a column, counted from 0; numbers as they are written. `None` where nothing is reported.
    pub fn text(&self, at: usize) -> Option<Cow<'_, str>> {
        match self.0.get_ref(at).ok()? {
            ValueRef::Null | ValueRef::Blob(_) => None,
            ValueRef::Integer(number) => Some(Cow::Owned(number.to_string())),
            ValueRef::Real(number) => Some(Cow::Owned(number.to_string())),
            ValueRef::Text(text) => Some(String::from_utf8_lossy(text)),
        }
    }

    /// The same, as a text of its own; nothing reported is an empty one.
    pub fn owned(&self, at: usize) -> String {
        self.text(at).map(Cow::into_owned).unwrap_or_default()
    }

    /// Whether a column is 1; `None` where nothing is reported.
    pub fn is(&self, at: usize) -> Option<bool> {
        self.integer(at).map(|number| number != 0)
    }

    /// The whole number of a column.
    pub fn integer(&self, at: usize) -> Option<i64> {
        match self.0.get_ref(at).ok()? {
            ValueRef::Integer(number) => Some(number),
            _ => None,
        }
    }
}
