//! One process at a time loads a part: a lease with an end, so that a process that was killed does not hold it.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::Store;
use crate::error::Error;

/// How long a lease is held without being renewed.
const LEASE: Duration = Duration::from_secs(10);

/// How often a lease is renewed.
pub(in crate::fleet) const RENEWAL: Duration = Duration::from_secs(2);

/// The right to load one part. It ends with its last clone, or when it was not renewed in time.
#[derive(Debug)]
pub struct Lease {
    store: Store,
    name: String,
    holder: String,
}

impl Store {
    /// Take the lease of this name, if nobody else has it.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn lease(&self, name: &str) -> Result<Option<Lease>, Error> {
        let holder = uuid::Uuid::new_v4().simple().to_string();
        let now = Timestamp::now().as_millisecond();
        let taken = self.write(|transaction| {
            transaction.execute(
                "INSERT INTO fleet_leases VALUES (?1, ?2, ?3) ON CONFLICT (name) DO UPDATE
                 SET holder = excluded.holder, until = excluded.until WHERE until < ?4",
                params![name, holder, now + length(), now],
            )
        })?;
        Ok((taken == 1).then(|| Lease { store: self.clone(), name: name.to_owned(), holder }))
    }
}

fn length() -> i64 {
    i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX)
}

impl Lease {
    /// Hold it for longer. Says whether it was still held.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn renew(&self) -> Result<bool, Error> {
        let until = Timestamp::now().as_millisecond() + length();
        let renewed = self.store.write(|transaction| {
            transaction.execute(
                "UPDATE fleet_leases SET until = ?3 WHERE name = ?1 AND holder = ?2",
                params![self.name, self.holder, until],
            )
        })?;
        Ok(renewed == 1)
    }

    /// Whether nobody else has taken it.
    pub(super) fn is_held(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        transaction
            .prepare_cached("SELECT 1 FROM fleet_leases WHERE name = ?1 AND holder = ?2")?
            .exists(params![self.name, self.holder])
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let released = self.store.write(|transaction| {
            transaction.execute(
                "DELETE FROM fleet_leases WHERE name = ?1 AND holder = ?2",
                params![self.name, self.holder],
            )
        });
        if let Err(error) = released {
            tracing::warn!(%error, "a lease could not be released; it ends by itself");
        }
    }
}
