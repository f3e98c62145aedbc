//! Loads that read only what was changed since the last one, for sources whose objects say when they were changed.
//!
//! The moments are the tenant's: the newest one that was met is kept, and the next load asks for what is as new as that, less some
//! minutes for what came while it was read. Once a day everything is read.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Load, Record, now, written};
use crate::fleet::parts::Source;
use crate::fleet::tables::moment_at;

/// What a load asks for besides, before the newest that was met.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// After this time everything is read again.
const WHOLE: SignedDuration = SignedDuration::from_hours(24);

/// The moment from which on a source is read; `None` where all of it is.
pub(super) fn begin(transaction: &Transaction<'_>, source: &Source) -> rusqlite::Result<Option<String>> {
    if source.changed_at.is_none() {
        return Ok(None);
    }
    let sql =
        "SELECT newest, whole_at FROM fleet_sources WHERE source = ?1 AND complete AND newest IS NOT NULL";
    let kept: Option<(String, Option<String>)> = transaction
        .prepare_cached(sql)?
        .query_row([source.name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((newest, Some(whole_at))) = kept else { return Ok(None) };
    let is_recent = Timestamp::now().checked_sub(WHOLE).is_ok_and(|oldest| whole_at >= written(oldest));
    let newest: Option<Timestamp> = newest.parse().ok();
    Ok(newest.filter(|_| is_recent).and_then(|newest| newest.checked_sub(MARGIN).ok()).map(written))
}

/// When an object says that it was changed.
pub(super) fn changed_at(source: &Source, object: &Record) -> Option<String> {
    moment_at(&object.json, source.changed_at?)
}

/// Note the newest change on a page.
pub(super) fn note(
    transaction: &Transaction<'_>,
    source: &Source,
    newest: Option<String>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE fleet_sources SET load_newest = max(ifnull(load_newest, ''), ?2) WHERE source = ?1";
    match newest {
        Some(newest) => transaction.execute(sql, params![source.name, newest]).map(|_| ()),
        None => Ok(()),
    }
}

/// The objects of a source that the list of the same kind of objects, read later, does not have any more.
pub(super) fn gone(transaction: &Transaction<'_>, load: &Load) -> rusqlite::Result<Vec<String>> {
    let Some(list) = load.source.listed_by else { return Ok(Vec::new()) };
    let sql = "SELECT id FROM fleet_objects WHERE source = ?1 AND load IS NOT ?2 AND NOT EXISTS (
                   SELECT 1 FROM fleet_objects AS listed WHERE listed.source = ?3 AND listed.id = fleet_objects.id AND NOT listed.deleted)
               AND EXISTS (SELECT 1 FROM fleet_sources WHERE source = ?3 AND complete AND as_of >= fleet_objects.read_at)";
    let mut statement = transaction.prepare_cached(sql)?;
    let rows = statement.query_map(params![load.source.name, load.mark, list], |row| row.get(0))?;
    rows.collect()
}

/// A load came to its end: what it did not ask for is as it was when it began.
pub(super) fn settle(transaction: &Transaction<'_>, load: &Load) -> rusqlite::Result<()> {
    let name = load.source.name;
    if load.source.changed_at.is_none() {
        return Ok(());
    }
    if load.since.is_some() {
        let sql = "UPDATE fleet_objects SET read_at = ?3 WHERE source = ?1 AND load IS NOT ?2";
        transaction.execute(sql, params![name, load.mark, load.began])?;
    } else {
        transaction
            .execute("UPDATE fleet_sources SET whole_at = ?2 WHERE source = ?1", params![name, now()])?;
    }
    // What came after the load began can be on a page that had been read by then.
    transaction
        .execute(
            "UPDATE fleet_sources SET newest = max(ifnull(newest, ''), min(load_newest, load_began))
             WHERE source = ?1 AND load_newest IS NOT NULL",
            [name],
        )
        .map(|_| ())
}
