//! How much was done in the last hour, and whether a tenant is on hold. A restart refills nothing.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Store, moment, ms};
use crate::error::Error;

const HOUR_MS: i64 = 3_600_000;

/// A tenant on hold: nothing that takes a plan is applied until a person releases it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Which tenant, as [`Tenant::key`](jamf_pro_client::Tenant::key) says it.
    pub tenant: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub why: String,
}

impl Hold {
    /// The tenant's name in the configuration.
    pub fn name(&self) -> &str {
        self.parts().0
    }

    /// The tenant's base URL.
    pub fn address(&self) -> &str {
        self.parts().1
    }

    fn parts(&self) -> (&str, &str) {
        self.tenant.rsplit_once(" at ").unwrap_or((&self.tenant, ""))
    }
}

impl Store {
    /// Count a plan that is about to be applied. More than `most` within an hour put the tenant on hold, and this one waits too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn admit(&self, tenant: &str, plan: &str, devices: u32, most: u32) -> Result<Option<Hold>, Error> {
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            let hold: Option<(i64, String, Option<i64>)> = transaction
                .query_row("SELECT since, why, released FROM holds WHERE tenant = ?1", [tenant], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let mut from = now - HOUR_MS;
            match hold {
                Some((since, why, None)) => {
                    return Ok(Some(Hold { tenant: tenant.to_owned(), since: moment(since), why }));
                }
                // A person looked: what was before counts no more.
                Some((_, _, Some(released))) => from = from.max(released),
                None => {}
            }
            let already: i64 = transaction.query_row(
                "SELECT count(*) FROM applied WHERE tenant = ?1 AND plan = ?2",
                params![tenant, plan],
                |row| row.get(0),
            )?;
            if already > 0 {
                // An interrupted plan that is taken up again was counted.
                return Ok(None);
            }
            let done: u32 = transaction.query_row(
                "SELECT count(*) FROM applied WHERE tenant = ?1 AND at > ?2",
                params![tenant, from],
                |row| row.get(0),
            )?;
            if done >= most {
                let why =
                    format!("{done} plans were applied within an hour, and `gate.plans_an_hour` is {most}");
                transaction.execute(
                    "INSERT OR REPLACE INTO holds (tenant, since, why) VALUES (?1, ?2, ?3)",
                    params![tenant, now, why],
                )?;
                return Ok(Some(Hold { tenant: tenant.to_owned(), since: moment(now), why }));
            }
            transaction.execute(
                "INSERT INTO applied (tenant, at, plan, devices) VALUES (?1, ?2, ?3, ?4)",
                params![tenant, now, plan, devices],
            )?;
            Ok(None)
        })
    }

    /// The tenants on hold.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holds(&self) -> Result<Vec<Hold>, Error> {
        self.read(|connection| {
            let mut holds = connection
                .prepare("SELECT tenant, since, why FROM holds WHERE released IS NULL ORDER BY since")?;
            let holds = holds.query_map([], |row| {
                Ok(Hold { tenant: row.get(0)?, since: moment(row.get(1)?), why: row.get(2)? })
            })?;
            holds.collect()
        })
    }

    /// Put a tenant on hold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn hold(&self, tenant: &str, why: &str) -> Result<(), Error> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT OR REPLACE INTO holds (tenant, since, why) VALUES (?1, ?2, ?3)",
                params![tenant, ms(Timestamp::now()), why],
            )?;
            Ok(())
        })
    }

    /// A person releases a tenant. Returns whether it was on hold.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn release(&self, tenant: &str, by: &str) -> Result<bool, Error> {
        self.write(|transaction| {
            let put = transaction.execute(
                "UPDATE holds SET released = ?2, released_by = ?3 WHERE tenant = ?1 AND released IS NULL",
                params![tenant, ms(Timestamp::now()), by],
            )?;
            Ok(put == 1)
        })
    }
}
