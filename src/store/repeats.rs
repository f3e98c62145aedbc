//! Calls of the last minutes: a host that repeats a call that it gave up waiting for must not do it twice.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::{Store, moment, ms};
use crate::error::Error;

/// What is known of the same call, made a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// There was none: this one is the first.
    None,
    /// It is under way.
    Running,
    /// Its process ended, and what came of it is not known.
    Lost,
    /// It is over.
    Done {
        /// What was answered.
        outcome: String,
        /// When it began.
        at: Timestamp,
    },
}

impl Store {
    /// Begin a call that changes something, unless the same caller made the same call within the last `seconds`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_call(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
        seconds: u32,
    ) -> Result<Earlier, Error> {
        let now = ms(Timestamp::now());
        let from = now - i64::from(seconds) * 1_000;
        self.write(|transaction| {
            let found: Option<(String, Option<String>, i64)> = transaction
                .query_row(
                    "SELECT life, outcome, at FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key = ?3",
                    params![tenant, who, call_key],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            match found {
                Some((_, Some(outcome), at)) if at > from => return Ok(Earlier::Done { outcome, at: moment(at) }),
                // However long it takes, it is not begun a second time while it runs.
                Some((life, None, _)) if self.0.life.lives(&life) => return Ok(Earlier::Running),
                Some((_, None, at)) if at > from => return Ok(Earlier::Lost),
                _ => {}
            }
            forget_others(transaction, tenant, who, call_key)?;
            transaction.execute(
                "INSERT OR REPLACE INTO repeats (tenant, who, call_key, life, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![tenant, who, call_key, self.0.life.name(), now],
            )?;
            Ok(Earlier::None)
        })
    }

    /// A plan is applied: calls on the same kind of object before it are no repetitions any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_repetitions(&self, tenant: &str, who: &str, call_key: &str) -> Result<(), Error> {
        self.write(|transaction| forget_others(transaction, tenant, who, call_key))
    }

    /// The call is over. Without an outcome nothing was done, and it can be made again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end_call(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
        outcome: Option<&str>,
    ) -> Result<(), Error> {
        self.write(|transaction| {
            match outcome {
                Some(outcome) => transaction.execute(
                    "UPDATE repeats SET outcome = ?4 WHERE tenant = ?1 AND who = ?2 AND call_key = ?3",
                    params![tenant, who, call_key, outcome],
                )?,
                None => transaction.execute(
                    "DELETE FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key = ?3",
                    params![tenant, who, call_key],
                )?,
            };
            Ok(())
        })
    }
}

/// Another call on the same kind of object in between makes of a repetition a new wish: create, delete, create.
fn forget_others(
    transaction: &Transaction<'_>,
    tenant: &str,
    who: &str,
    call_key: &str,
) -> rusqlite::Result<()> {
    let family = call_key.split_once(':').map_or("", |(family, _)| family);
    transaction
        .execute(
            "DELETE FROM repeats WHERE tenant = ?1 AND who = ?2 AND call_key <> ?3 AND outcome IS NOT NULL \
             AND substr(call_key, 1, length(?4) + 1) = ?4 || ':'",
            params![tenant, who, call_key, family],
        )
        .map(|_| ())
}
