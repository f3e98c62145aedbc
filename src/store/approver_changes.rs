//! Changes of who may approve that wait: an invitation or a removal for the second person, a recovery for its time.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Store, moment, ms};
use crate::error::Error;

/// Most changes that wait at once.
const MOST: i64 = 16;

/// An invitation or a removal that one person signed and another has yet to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApproverChange {
    /// Its id.
    pub id: String,
    /// The passkey that signed it.
    pub credential: String,
    /// What it signed, which says all of it.
    pub proof: String,
    /// When it was written down.
    pub made: Timestamp,
}

/// The operator on the host wants to begin anew, without the passkeys that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The user of the operating system.
    pub who: String,
    /// When it was announced.
    pub announced: Timestamp,
}

impl Store {
    /// Keep a change until another person signs it. The oldest goes where there are too many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_approver_change(&self, credential: &str, proof: &str) -> Result<String, Error> {
        let id = super::random_id();
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO approver_changes (id, credential, proof, made) VALUES (?1, ?2, ?3, ?4)",
                params![id, credential, proof, ms(Timestamp::now())],
            )?;
            transaction.execute(
                "DELETE FROM approver_changes WHERE rowid NOT IN \
                 (SELECT rowid FROM approver_changes ORDER BY made DESC, rowid DESC LIMIT ?1)",
                [MOST],
            )
        })?;
        Ok(id)
    }

    /// The changes that wait, written down at `since` or later, the earliest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn approver_changes(&self, since: Timestamp) -> Result<Vec<ApproverChange>, Error> {
        self.read(|connection| {
            let mut found = connection.prepare(
                "SELECT id, credential, proof, made FROM approver_changes WHERE made >= ?1 ORDER BY made, rowid",
            )?;
            let found = found.query_map([ms(since)], |row| {
                Ok(ApproverChange {
                    id: row.get(0)?,
                    credential: row.get(1)?,
                    proof: row.get(2)?,
                    made: moment(row.get(3)?),
                })
            })?;
            found.collect()
        })
    }

    /// Take a change out, to make it or to drop it. `false` when it is gone: it is made once.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take_approver_change(&self, id: &str) -> Result<bool, Error> {
        self.write(|transaction| {
            let taken = transaction.execute("DELETE FROM approver_changes WHERE id = ?1", [id])?;
            Ok(taken == 1)
        })
    }

    /// Write down that the operator wants to begin anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn announce_recovery(&self, who: &str) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO recovery (id, who, announced) VALUES (1, ?1, ?2) \
                 ON CONFLICT (id) DO UPDATE SET who = excluded.who, announced = excluded.announced",
                params![who, ms(Timestamp::now())],
            )
        })?;
        Ok(())
    }

    /// The recovery that was announced at `since` or later, and neither carried out nor canceled.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recovery(&self, since: Timestamp) -> Result<Option<Recovery>, Error> {
        self.read(|connection| {
            connection
                .query_row("SELECT who, announced FROM recovery WHERE announced >= ?1", [ms(since)], |row| {
                    Ok(Recovery { who: row.get(0)?, announced: moment(row.get(1)?) })
                })
                .optional()
        })
    }

    /// Cancel a recovery. `false` when there is none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn cancel_recovery(&self) -> Result<bool, Error> {
        self.write(|transaction| Ok(transaction.execute("DELETE FROM recovery", [])? == 1))
    }

    /// Take all passkeys away, as a recovery does. `false` when it was canceled meanwhile; then they stay.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn carry_out_recovery(&self, recovery: &Recovery) -> Result<bool, Error> {
        self.write(|transaction| {
            let announced = ms(recovery.announced);
            if transaction.execute("DELETE FROM recovery WHERE announced = ?1", [announced])? == 0 {
                return Ok(false);
            }
            let now = ms(Timestamp::now());
            transaction.execute("UPDATE approvers SET removed = ?1 WHERE removed IS NULL", [now])?;
            transaction.execute("DELETE FROM approver_changes", [])?;
            Ok(true)
        })
    }
}
