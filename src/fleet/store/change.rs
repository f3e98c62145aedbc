//! What this program itself changed at the tenant: rows of deleted objects leave at once, other objects are marked, so that they are read
//! again and no answer that was asked for earlier counts as them.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::Value as Json;

use super::load::{ObjectRows, next_revision};
use super::{Page, Record, Store, now};
use crate::error::Error;
use crate::fleet::parts::Source;
use crate::fleet::tables::Names;

/// What one write changed of what a source holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// These objects, by their ids: they are new, or not as they were.
    Objects(Vec<String>),
    /// These objects are deleted.
    Deleted(Vec<String>),
    /// Objects that nobody can name.
    Unknown,
}

impl Store {
    /// Note what this program changed. A source that was never loaded has nothing to be kept up to date. Answers the sources of which single
    /// objects are to be read again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_changes(
        &self,
        changes: &[(&'static Source, Changed)],
    ) -> Result<Vec<&'static Source>, Error> {
        self.write(|transaction| {
            let revision = next_revision(transaction)?;
            let mut due = Vec::new();
            for &(source, ref changed) in changes {
                let is_kept = transaction.execute(
                    "UPDATE fleet_sources SET changed_at = ?2 WHERE source = ?1 AND (as_of IS NOT NULL OR load IS NOT NULL)",
                    params![source.name, Timestamp::now().to_string()],
                )?;
                if is_kept == 0 {
                    continue;
                }
                match changed {
                    Changed::Objects(ids) => {
                        mark(transaction, source, ids, revision)?;
                        due.push(source);
                    }
                    Changed::Deleted(ids) => bury(transaction, source, ids, revision)?,
                    Changed::Unknown => {
                        transaction.execute(
                            "UPDATE fleet_sources SET outdated = ?2 WHERE source = ?1",
                            params![source.name, revision],
                        )?;
                    }
                }
            }
            Ok(due)
        })
    }

    /// Keep objects that were read again because this program changed them; `gone` are those of them that are no longer there. What was
    /// changed since the request is read another time.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn put(
        &self,
        source: &'static Source,
        page: Page,
        gone: &[String],
        names: &Names,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            let revision = next_revision(transaction)?;
            let mut rows = ObjectRows { transaction, source, names, shared: HashMap::new() };
            let asked = page.revision;
            let is_newer = |known: Option<i64>| known.is_none_or(|known| known <= asked);
            for object in page.objects {
                if is_newer(rows.revision_of(&object.id)?) {
                    rows.replace(&object, &page.read_at)?;
                    rows.note(&object, revision, None, &page.read_at)?;
                }
            }
            for id in gone {
                if is_newer(rows.revision_of(id)?) {
                    bury(transaction, source, std::slice::from_ref(id), revision)?;
                }
            }
            Ok(())
        })
    }

    /// The ids of the objects of a source that are to be read again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn outdated(&self, source: &Source) -> Result<Vec<String>, Error> {
        self.read(|connection| {
            let sql = "SELECT id FROM fleet_objects WHERE source = ?1 AND outdated ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map([source.name], |row| row.get(0))?;
            ids.collect()
        })
    }
}

/// Mark objects as changed. A new one has no rows yet.
fn mark(
    transaction: &Transaction<'_>,
    source: &Source,
    ids: &[String],
    revision: i64,
) -> rusqlite::Result<()> {
    let mut mark = transaction.prepare_cached(
        "INSERT INTO fleet_objects (source, id, revision, deleted, outdated) VALUES (?1, ?2, ?3, 1, 1)
         ON CONFLICT (source, id) DO UPDATE SET revision = excluded.revision, outdated = 1",
    )?;
    for id in ids {
        mark.execute(params![source.name, id, revision])?;
    }
    Ok(())
}

/// Delete the rows of objects, and remember that they are deleted, so that an answer that was asked for earlier does not bring them back.
fn bury(
    transaction: &Transaction<'_>,
    source: &'static Source,
    ids: &[String],
    revision: i64,
) -> rusqlite::Result<()> {
    let names = Names::default();
    let rows = ObjectRows { transaction, source, names: &names, shared: HashMap::new() };
    for id in ids {
        rows.delete_rows(id)?;
        rows.note(&Record { id: id.clone(), json: Json::Null, row_digest: None }, revision, None, &now())?;
        transaction.execute(
            "UPDATE fleet_objects SET deleted = 1 WHERE source = ?1 AND id = ?2",
            params![source.name, id],
        )?;
    }
    Ok(())
}
