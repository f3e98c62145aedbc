//! Loads: what a source answers, page by page, into the tables.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, ToSql, Transaction, params, params_from_iter};
use serde_json::Value as Json;

use super::{Lease, Store, now, since, written};
use crate::error::Error;
use crate::fleet::parts::Source;
use crate::fleet::tables::{Fill, Names, Object, Table, Value, filled_by};

/// One run through all objects of a source. A run whose process ended can be gone on with.
#[derive(Debug, Clone)]
pub struct Load {
    pub(super) source: &'static Source,
    /// Marks the objects that it has read.
    pub(super) mark: String,
    pub(super) began: String,
    revision: i64,
    /// Only what was changed since this moment is read; `None` where everything is.
    pub since: Option<String>,
    /// The first row that is not loaded yet.
    pub next_offset: u64,
    /// How many rows the tenant counted.
    pub total: Option<u64>,
}

/// An object as a list or a read answered it.
#[derive(Debug)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Jamf's answer.
    pub json: Json,
    /// A digest of its row in a list, where the object was read by itself.
    pub row_digest: Option<String>,
}

/// What is known of an object that is kept.
#[derive(Debug)]
pub struct Entry {
    /// When it was read.
    pub read_at: String,
    /// The digest of its row in the list at that time.
    pub row_digest: Option<String>,
    /// The load that met it last.
    mark: Option<String>,
    /// This program changed it since.
    pub is_outdated: bool,
}

impl Load {
    /// Whether this load read an object before it was interrupted.
    pub fn has_met(&self, kept: &Entry) -> bool {
        kept.mark.as_ref() == Some(&self.mark)
    }
}

/// Objects one by one, so that a page is in memory once: as the rows that were answered, of which each is taken apart when its turn comes.
pub type Records = Box<dyn Iterator<Item = Record> + Send>;

/// Objects that were read by one request.
pub struct Page {
    /// The objects.
    pub objects: Records,
    /// When the request was sent.
    pub read_at: String,
    /// The store's revision at that time: what was written since is newer than the answer.
    pub revision: i64,
    /// The row after the last one.
    pub next_offset: u64,
    /// How many rows the tenant counts.
    pub total: Option<u64>,
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
        }))
    }
}

impl Store {
    /// The number of the last write of this program's own.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revision(&self) -> Result<i64, Error> {
        self.read(|connection| {
            connection.query_row("SELECT revision FROM fleet_revision", [], |row| row.get(0))
        })
    }

    /// Begin to load a source, or go on with a load that was interrupted and began within this time.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn begin(&self, source: &'static Source, within: Duration) -> Result<Load, Error> {
        let oldest = SignedDuration::try_from(within)
            .ok()
            .and_then(|within| Timestamp::now().checked_sub(within).ok());
        let oldest = oldest.map(written).unwrap_or_default();
        self.write(|transaction| {
            let interrupted = transaction
                .query_row(
                    "SELECT load, load_began, load_revision, next_offset, total, load_since FROM fleet_sources
                     WHERE source = ?1 AND load IS NOT NULL AND load_began >= ?2",
                    params![source.name, oldest],
                    |row| {
                        Ok(Load {
                            source,
                            mark: row.get(0)?,
                            began: row.get(1)?,
                            revision: row.get(2)?,
                            next_offset: row.get::<_, i64>(3)?.unsigned_abs(),
                            total: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
                            since: row.get(5)?,
                        })
                    },
                )
                .optional()?;
            if let Some(load) = interrupted {
                return Ok(load);
            }
            let revision = transaction.query_row("SELECT revision FROM fleet_revision", [], |row| row.get(0))?;
            let mark = uuid::Uuid::new_v4().simple().to_string();
            let since = since::begin(transaction, source)?;
            let load = Load { source, mark, began: now(), revision, since, next_offset: 0, total: None };
            transaction.execute(
                "UPDATE fleet_sources SET load = ?2, load_began = ?3, load_revision = ?4, load_since = ?5, load_newest = NULL, next_offset = 0,
                 total = NULL WHERE source = ?1",
                params![source.name, load.mark, load.began, load.revision, load.since],
            )?;
            Ok(load)
        })
    }

    /// Keep the objects of one page, all or none of them. Says whether the load is still this process's: another one may have taken it
    /// over, or the fleet may have been cleared.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep(&self, lease: &Lease, load: &Load, page: Page, names: &Names) -> Result<bool, Error> {
        self.write(|transaction| {
            if !is_current(transaction, lease, load)? {
                return Ok(false);
            }
            let mut rows = ObjectRows { transaction, source: load.source, names, shared: HashMap::new() };
            let mut newest = None;
            for object in page.objects {
                newest = newest.max(since::changed_at(load.source, &object));
                let revision = rows.revision_of(&object.id)?;
                if revision.is_none_or(|revision| revision <= page.revision) {
                    rows.replace(&object, &page.read_at)?;
                    rows.note(&object, page.revision, Some(&load.mark), &page.read_at)?;
                } else {
                    // What this program wrote since is newer; the object is there nevertheless.
                    transaction.execute(
                        "UPDATE fleet_objects SET load = ?3 WHERE source = ?1 AND id = ?2",
                        params![load.source.name, object.id, load.mark],
                    )?;
                }
            }
            since::note(transaction, load.source, newest)?;
            transaction.execute(
                "UPDATE fleet_sources SET next_offset = ?2, total = ?3 WHERE source = ?1",
                params![load.source.name, signed(page.next_offset), page.total.map(signed)],
            )?;
            Ok(true)
        })
    }

    /// The objects of a source that are kept, by their ids.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn kept(&self, source: &Source) -> Result<HashMap<String, Entry>, Error> {
        self.read(|connection| {
            let sql =
                "SELECT id, read_at, row_digest, load, outdated FROM fleet_objects WHERE source = ?1 AND NOT deleted";
            let mut statement = connection.prepare_cached(sql)?;
            let kept = statement.query_map([source.name], |row| {
                let read_at: Option<String> = row.get(1)?;
                let kept = Entry {
                    read_at: read_at.unwrap_or_default(),
                    row_digest: row.get(2)?,
                    mark: row.get(3)?,
                    is_outdated: row.get(4)?,
                };
                Ok((row.get(0)?, kept))
            })?;
            kept.collect()
        })
    }

    /// Note that a load met these objects, and that what is kept of them stands. Says whether the load is still this process's.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn meet(&self, lease: &Lease, load: &Load, ids: &[String], total: u64) -> Result<bool, Error> {
        self.write(|transaction| {
            if !is_current(transaction, lease, load)? {
                return Ok(false);
            }
            let mut mark = transaction
                .prepare_cached("UPDATE fleet_objects SET load = ?3 WHERE source = ?1 AND id = ?2")?;
            for id in ids {
                mark.execute(params![load.source.name, id, load.mark])?;
            }
            let sql = "UPDATE fleet_sources SET next_offset = ?2, total = ?3 WHERE source = ?1";
            transaction.execute(sql, params![load.source.name, signed(ids.len() as u64), signed(total)])?;
            Ok(true)
        })
    }

    /// How many objects a load has met.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count(&self, load: &Load) -> Result<u64, Error> {
        let count: i64 = self.read(|connection| {
            let sql = "SELECT count(*) FROM fleet_objects WHERE source = ?1 AND load = ?2";
            connection.query_row(sql, params![load.source.name, load.mark], |row| row.get(0))
        })?;
        Ok(count.unsigned_abs())
    }

    /// End a load: what it did not meet is deleted, unless only what was changed was read. `missing` says what could not be read. Says whether the load was still this
    /// process's.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn finish(&self, lease: &Lease, load: &Load, missing: Option<&str>) -> Result<bool, Error> {
        self.write(|transaction| {
            if !is_current(transaction, lease, load)? {
                return Ok(false);
            }
            let name = load.source.name;
            if missing.is_none() {
                let gone = match load.since {
                    Some(_) => since::gone(transaction, load)?,
                    None => unmet(transaction, load)?,
                };
                since::settle(transaction, load)?;
                let names = Names::default();
                let rows = ObjectRows { transaction, source: load.source, names: &names, shared: HashMap::new() };
                for id in gone {
                    rows.delete_rows(&id)?;
                    transaction.execute("DELETE FROM fleet_objects WHERE source = ?1 AND id = ?2", params![name, id])?;
                }
                for (table, _) in filled_by(name).filter(|(table, _)| table.is_shared) {
                    let table = table.name;
                    transaction.execute_batch(&format!(
                        "DELETE FROM _{table} WHERE NOT EXISTS (SELECT 1 FROM _{table}_links WHERE _{table}_links.row = _{table}.row)"
                    ))?;
                }
            }
            transaction.execute(
                "UPDATE fleet_sources SET as_of = ifnull((SELECT min(read_at) FROM fleet_objects
                 WHERE fleet_objects.source = ?1 AND NOT deleted), ?2), complete = ?3, missing = ?4, tried_at = ?5,
                 outdated = CASE WHEN outdated > ifnull(load_revision, 0) THEN outdated END, load = NULL, load_began = NULL,
                 load_revision = NULL, load_since = NULL, load_newest = NULL, next_offset = NULL, total = NULL WHERE source = ?1",
                params![name, load.began, missing.is_none(), missing, Timestamp::now().to_string()],
            )?;
            Ok(true)
        })
    }

    /// A source could not be read. What was read of it earlier stays, and so does how far the load came, unless it cannot go on.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn fail(&self, source: &Source, missing: &str, is_lasting: bool) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE fleet_sources SET complete = 0, missing = ?2, tried_at = ?3 WHERE source = ?1",
                params![source.name, missing, Timestamp::now().to_string()],
            )?;
            if is_lasting {
                transaction
                    .execute("UPDATE fleet_sources SET load = NULL WHERE source = ?1", [source.name])?;
            }
            Ok(())
        })
    }
}

/// The objects that a load did not meet.
fn unmet(transaction: &Transaction<'_>, load: &Load) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT id FROM fleet_objects WHERE source = ?1 AND load IS NOT ?2 AND revision <= ?3";
    let mut statement = transaction.prepare_cached(sql)?;
    let rows = statement.query_map(params![load.source.name, load.mark, load.revision], |row| row.get(0))?;
    rows.collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn next_revision(transaction: &Transaction<'_>) -> rusqlite::Result<i64> {
    transaction.query_row("UPDATE fleet_revision SET revision = revision + 1 RETURNING revision", [], |row| {
        row.get(0)
    })
}

fn is_current(transaction: &Transaction<'_>, lease: &Lease, load: &Load) -> rusqlite::Result<bool> {
    let held = lease.is_held(transaction)?;
    let mark: Option<String> = transaction.query_row(
        "SELECT load FROM fleet_sources WHERE source = ?1",
        [load.source.name],
        |row| row.get(0),
    )?;
    Ok(held && mark.as_ref() == Some(&load.mark))
}

/// Writes the rows of objects of one source.
pub(super) struct ObjectRows<'a> {
    pub(super) transaction: &'a Transaction<'a>,
    pub(super) source: &'static Source,
    pub(super) names: &'a Names,
    /// Rows of shared tables that are known to be there, by what is in them.
    pub(super) shared: HashMap<(&'static str, String), i64>,
}

impl ObjectRows<'_> {
    pub(super) fn revision_of(&self, id: &str) -> rusqlite::Result<Option<i64>> {
        self.transaction
            .prepare_cached("SELECT revision FROM fleet_objects WHERE source = ?1 AND id = ?2")?
            .query_row(params![self.source.name, id], |row| row.get(0))
            .optional()
    }

    pub(super) fn note(
        &self,
        object: &Record,
        revision: i64,
        mark: Option<&str>,
        read_at: &str,
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(
                "INSERT INTO fleet_objects (source, id, revision, load, read_at, row_digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (source, id) DO UPDATE SET revision = excluded.revision, load = ifnull(excluded.load, load),
                 read_at = excluded.read_at, row_digest = excluded.row_digest, deleted = 0, outdated = 0",
            )?
            .execute(params![self.source.name, object.id, revision, mark, read_at, object.row_digest])
            .map(|_| ())
    }

    /// Put the rows of an object in the place of those that it had.
    pub(super) fn replace(&mut self, record: &Record, read_at: &str) -> rusqlite::Result<()> {
        self.delete_rows(&record.id)?;
        let object =
            Object { owner: self.source.owner(&record.id), json: &record.json, read_at, names: self.names };
        for (table, fill) in filled_by(self.source.name) {
            self.insert(table, fill, &object)?;
        }
        Ok(())
    }

    pub(super) fn delete_rows(&self, id: &str) -> rusqlite::Result<()> {
        for (table, _) in filled_by(self.source.name) {
            let conditions: Vec<String> = table
                .key()
                .enumerate()
                .map(|(at, column)| format!("\"{}\" = ?{}", column.name, at + 1))
                .collect();
            let name = if table.is_shared { format!("_{}_links", table.name) } else { table.name.to_owned() };
            let values = table.key().map(|column| column.key_of(self.source.owner(id)));
            self.transaction
                .prepare_cached(&format!("DELETE FROM {name} WHERE {}", conditions.join(" AND ")))?
                .execute(params_from_iter(values))?;
        }
        Ok(())
    }

    fn insert(&mut self, table: &'static Table, fill: &Fill, object: &Object<'_>) -> rusqlite::Result<()> {
        if table.is_shared {
            return self.insert_shared(table, fill, object);
        }
        let places = vec!["?"; table.columns.len()].join(", ");
        // An object that Jamf lists twice on a page is one nevertheless.
        let mut statement = self
            .transaction
            .prepare_cached(&format!("INSERT OR REPLACE INTO {} VALUES ({places})", table.name))?;
        for row in table.rows(fill, object) {
            statement.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    fn insert_shared(
        &mut self,
        table: &'static Table,
        fill: &Fill,
        object: &Object<'_>,
    ) -> rusqlite::Result<()> {
        let name = table.name;
        let own = || table.columns.iter().filter(|column| !column.is_key());
        let columns = own().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
        let places = vec!["?"; own().count() + 1].join(", ");
        let insert = format!(
            "INSERT INTO _{name} (same, {columns}) VALUES ({places}) ON CONFLICT (same) DO UPDATE SET same = same RETURNING row"
        );
        let mut insert = self.transaction.prepare_cached(&insert)?;
        let mut link = self
            .transaction
            .prepare_cached(&format!("INSERT OR IGNORE INTO _{name}_links VALUES (?1, ?2)"))?;
        for row in table.rows(fill, object) {
            let row: Vec<Value> = table
                .columns
                .iter()
                .zip(row)
                .filter(|(column, _)| !column.is_key())
                .map(|(_, value)| value)
                .collect();
            let same = format!("{row:?}");
            let number = match self.shared.get(&(name, same.clone())) {
                Some(number) => *number,
                None => {
                    let values = std::iter::once(Value::Text(same.clone())).chain(row);
                    let number: i64 = insert.query_row(params_from_iter(values), |row| row.get(0))?;
                    self.shared.insert((name, same), number);
                    number
                }
            };
            link.execute(params![object.owner.id, number])?;
        }
        Ok(())
    }
}
