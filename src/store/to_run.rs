//! Plans that people approved with *Approve and run*: which of them a process is to carry out, which processes could, and whether the caller
//! was told what came of one.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::{PlanRecord, State, Store, ms};
use crate::error::Error;

/// How long what came of a plan is told to the next call of the same kind: after that a call is a new wish.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(24);

impl Store {
    /// This process serves these tenants, and carries out what is approved for them.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn serve_tenants(&self, tenants: &[String]) -> Result<(), Error> {
        self.write(|transaction| {
            let lives: Vec<String> = {
                let mut lives = transaction.prepare("SELECT DISTINCT life FROM servers")?;
                let lives = lives.query_map([], |row| row.get(0))?;
                lives.collect::<rusqlite::Result<_>>()?
            };
            for life in lives.iter().filter(|life| !self.0.life.is_running(life)) {
                transaction.execute("DELETE FROM servers WHERE life = ?1", [life])?;
            }
            for tenant in tenants {
                transaction.execute(
                    "INSERT OR IGNORE INTO servers (life, tenant) VALUES (?1, ?2)",
                    params![self.0.life.name(), tenant],
                )?;
            }
            Ok(())
        })
    }

    /// Whether a process runs that serves the tenant.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn is_served(&self, tenant: &str) -> Result<bool, Error> {
        let lives: Vec<String> = self.read(|connection| {
            let mut lives = connection.prepare("SELECT life FROM servers WHERE tenant = ?1")?;
            let lives = lives.query_map([tenant], |row| row.get(0))?;
            lives.collect()
        })?;
        Ok(lives.iter().any(|life| self.0.life.is_running(life)))
    }

    /// The plans of a tenant that are to be carried out now: approved for it and past their delay, or begun by a process that has ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plans_to_run(&self, tenant: &str) -> Result<Vec<PlanRecord>, Error> {
        let now = Timestamp::now();
        let found = self.read(|connection| {
            let mut ids = connection.prepare_cached(
                "SELECT id FROM plans WHERE state IN ('approved', 'applying') AND runs = 1 AND tenant = ?1 AND expires > ?2 \
                 AND (ready IS NULL OR ready <= ?2) ORDER BY changed",
            )?;
            let ids = ids.query_map(params![tenant, ms(now)], |row| row.get(0))?;
            self.plan_records(connection, ids.collect::<rusqlite::Result<_>>()?)
        })?;
        let is_free = |plan_record: &PlanRecord| {
            matches!(plan_record.state, State::Approved | State::Interrupted)
                && plan_record.plan.window.is_none()
        };
        Ok(found.into_iter().filter(is_free).collect())
    }

    /// Note why an approved plan could not be carried out yet, for the people who look at it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_attempt(&self, id: &str, why: &str) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "UPDATE plans SET outcome = ?2 WHERE id = ?1 AND state = 'approved'",
                params![id, why],
            )?;
            Ok(())
        })
    }

    /// What came of the last plan for a call that its caller has not been told, which is told once.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn take_untold(&self, tenant: &str, who: &str, call_key: &str) -> Result<Option<PlanRecord>, Error> {
        let since = ms(Timestamp::now() - TOLD_WITHIN);
        self.write(|transaction| {
            let id: Option<String> = transaction
                .query_row(
                    "SELECT id FROM plans WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 AND is_untold = 1 AND changed > ?4 \
                     ORDER BY changed DESC, rowid DESC LIMIT 1",
                    params![tenant, who, call_key, since],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(id) = id else { return Ok(None) };
            transaction.execute(
                "UPDATE plans SET is_untold = 0 WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 AND is_untold = 1",
                params![tenant, who, call_key],
            )?;
            self.plan_record(transaction, &id)
        })
    }

    /// The caller of a plan was told what came of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_told(&self, id: &str) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute("UPDATE plans SET is_untold = 0 WHERE id = ?1 AND is_untold = 1", [id])?;
            Ok(())
        })
    }

    /// How many plans wait for a person.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn count_waiting(&self) -> Result<u32, Error> {
        self.read(|connection| {
            connection.query_row(
                "SELECT count(*) FROM plans WHERE state = 'waiting' AND expires > ?1",
                [ms(Timestamp::now())],
                |row| row.get(0),
            )
        })
    }
}
