//! Objects as they were before they were changed or deleted, always encrypted.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Store, moment, ms};
use crate::error::Error;

/// What is known of a copy without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its id.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// The tool that changed or deleted the object.
    pub tool: String,
    /// The object, in words: its id, and its name where it has one.
    pub object: String,
    /// The call, as the audit log has it.
    pub call: String,
    /// Who called.
    pub who: String,
    /// What comes back when it is restored, and what does not.
    pub note: String,
    /// When it was taken.
    pub made: Timestamp,
    /// When the change was done; without it, whether it was is not known.
    pub done: Option<Timestamp>,
    /// When it was put back.
    pub restored: Option<Timestamp>,
}

const COLUMNS: &str = "id, tenant, tool, object, call, who, note, made, done, restored";

impl Store {
    /// Keep an object as it was.
    ///
    /// # Errors
    /// When it cannot be written; then the object must not be changed.
    pub fn keep_copy(&self, copy: &Snapshot, content: &Value) -> Result<(), Error> {
        let sealed = self.0.seal.seal(&about(&copy.id), content.to_string().as_bytes())?;
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO copies (id, tenant, tool, object, call, who, note, made, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![copy.id, copy.tenant, copy.tool, copy.object, copy.call, copy.who, copy.note, ms(copy.made), sealed],
            )?;
            Ok(())
        })
    }

    /// Note that the change of a copy was done, or that the copy was put back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_copy(&self, id: &str, restored: bool) -> Result<(), Error> {
        let column = if restored { "restored" } else { "done" };
        self.write(|transaction| {
            let sql = format!("UPDATE copies SET {column} = ?2 WHERE id = ?1");
            transaction.execute(&sql, params![id, ms(Timestamp::now())])?;
            Ok(())
        })
    }

    /// A change that was not made needs no copy.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn drop_copy(&self, id: &str) -> Result<(), Error> {
        self.write(|transaction| transaction.execute("DELETE FROM copies WHERE id = ?1", [id]).map(|_| ()))
    }

    /// The copies of a tenant that a principal's changes left, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn copies(&self, tenant: &str, who: &str, most: u32) -> Result<Vec<Snapshot>, Error> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM copies WHERE tenant = ?1 AND who = ?2 ORDER BY made DESC, rowid DESC LIMIT ?3"
            );
            let mut found = connection.prepare(&sql)?;
            let found = found.query_map(params![tenant, who, most], copy)?;
            found.collect()
        })
    }

    /// One copy with its content.
    ///
    /// # Errors
    /// When it cannot be read or decrypted.
    pub fn copy(&self, tenant: &str, id: &str) -> Result<Option<(Snapshot, Value)>, Error> {
        let sql = format!("SELECT {COLUMNS}, sealed FROM copies WHERE tenant = ?1 AND id = ?2");
        let found: Option<(Snapshot, Vec<u8>)> = self.read(|connection| {
            connection.query_row(&sql, [tenant, id], |row| Ok((copy(row)?, row.get("sealed")?))).optional()
        })?;
        let Some((copy, sealed)) = found else { return Ok(None) };
        let plain = self.0.seal.unseal(&about(&copy.id), &sealed)?;
        let content = serde_json::from_slice(&plain).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Some((copy, content)))
    }
}

fn copy(row: &Row<'_>) -> rusqlite::Result<Snapshot> {
    Ok(Snapshot {
        id: row.get(0)?,
        tenant: row.get(1)?,
        tool: row.get(2)?,
        object: row.get(3)?,
        call: row.get(4)?,
        who: row.get(5)?,
        note: row.get(6)?,
        made: moment(row.get(7)?),
        done: row.get::<_, Option<i64>>(8)?.map(moment),
        restored: row.get::<_, Option<i64>>(9)?.map(moment),
    })
}

fn about(id: &str) -> String {
    format!("copy {id}")
}
