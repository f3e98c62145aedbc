//! How old and how whole each part is, and reads of the tables.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::Store;
use crate::error::Error;
use crate::fleet::parts::{PARTS, Part};
use crate::fleet::tables::Value;

/// How far a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceStatus {
    /// Its name.
    pub source: String,
    /// When the oldest of it was read; `None` before it was loaded for the first time.
    pub as_of: Option<String>,
    /// Whether all of it was read.
    pub is_complete: bool,
    /// What could not be read, and why.
    pub missing: Option<String>,
    /// When it was last tried to read it to its end, to the fraction of a second.
    pub tried_at: Option<String>,
    /// A load that has not come to its end: rows that were read, and all rows where their number is known.
    pub loading: Option<(u64, Option<u64>)>,
    /// Objects that are kept.
    pub objects: u64,
    /// When this program last changed something of it at the tenant, to the fraction of a second.
    pub changed_at: Option<String>,
    /// Objects that this program changed and that were not read again yet.
    pub outdated_objects: u64,
    /// This program changed something of it that it cannot name, and it was not read again yet.
    pub is_outdated: bool,
}

/// How far a part is.
#[derive(Debug, Clone)]
pub struct PartStatus {
    /// The part.
    pub part: &'static Part,
    /// Its sources.
    pub sources: Vec<SourceStatus>,
}

impl PartStatus {
    /// When the oldest of what is there was read; `None` where no source was ever read to its end.
    pub fn as_of(&self) -> Option<&str> {
        self.sources.iter().filter_map(|source| source.as_of.as_deref()).min()
    }

    /// Whether all of it was read.
    pub fn is_complete(&self) -> bool {
        self.sources.iter().all(|source| source.is_complete)
    }

    /// Objects that are kept.
    pub fn objects(&self) -> u64 {
        self.sources.iter().map(|source| source.objects).sum()
    }

    /// What is not there, and why.
    pub fn missing(&self) -> Vec<String> {
        self.sources.iter().filter_map(SourceStatus::missing).collect()
    }
}

impl SourceStatus {
    /// What is not there of it, and why.
    pub fn missing(&self) -> Option<String> {
        let failed = self.missing.as_ref().map(|why| format!("{}: {why}", self.source));
        let unfinished = self.loading.filter(|_| self.as_of.is_none()).map(|(read, total)| match total {
            Some(total) => format!("{}: {read} of {total} rows read so far", self.source),
            None => format!("{}: {read} rows read so far", self.source),
        });
        failed
            .or(unfinished)
            .or_else(|| self.as_of.is_none().then(|| format!("{}: not loaded yet", self.source)))
    }
}

impl Store {
    /// How far all parts are.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self) -> Result<Vec<PartStatus>, Error> {
        PARTS.iter().map(|part| self.status_of(part)).collect()
    }

    /// How far one part is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status_of(&self, part: &'static Part) -> Result<PartStatus, Error> {
        self.read(|connection| status_of(connection, part))
    }

    /// The rows of a statement that reads.
    ///
    /// # Errors
    /// When it cannot be read, or the statement would write.
    pub fn select(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, Error> {
        let rows = self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            if !statement.readonly() {
                return Ok(None);
            }
            let width = statement.column_count();
            let mut rows = statement.query(params_from_iter(parameters))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(
                    (0..width).map(|at| row.get_ref(at).map(value)).collect::<rusqlite::Result<Vec<_>>>()?,
                );
            }
            Ok(Some(found))
        })?;
        rows.ok_or_else(|| Error::internal("a statement that reads the fleet would write"))
    }
}

/// How far one part is, on a connection.
pub(super) fn status_of(connection: &Connection, part: &'static Part) -> rusqlite::Result<PartStatus> {
    let mut statement = connection.prepare_cached(
        "SELECT source, as_of, complete, missing, tried_at, load IS NOT NULL, ifnull(next_offset, 0), total,
             (SELECT count(*) FROM fleet_objects WHERE fleet_objects.source = fleet_sources.source AND NOT deleted),
             changed_at, (SELECT count(*) FROM fleet_objects WHERE fleet_objects.source = fleet_sources.source AND outdated),
             outdated IS NOT NULL
         FROM fleet_sources WHERE part = ?1 ORDER BY rowid",
    )?;
    let sources = statement.query_map([part.name], |row| {
        let is_loading: bool = row.get(5)?;
        let (read, total): (i64, Option<i64>) = (row.get(6)?, row.get(7)?);
        Ok(SourceStatus {
            source: row.get(0)?,
            as_of: row.get(1)?,
            is_complete: row.get(2)?,
            missing: row.get(3)?,
            tried_at: row.get(4)?,
            loading: is_loading.then_some((read.unsigned_abs(), total.map(i64::unsigned_abs))),
            objects: row.get::<_, i64>(8)?.unsigned_abs(),
            changed_at: row.get(9)?,
            outdated_objects: row.get::<_, i64>(10)?.unsigned_abs(),
            is_outdated: row.get(11)?,
        })
    })?;
    Ok(PartStatus { part, sources: sources.collect::<rusqlite::Result<_>>()? })
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
    }
}
