//! Sessions of Streamable HTTP: what it takes to restore one that this process has forgotten, or never knew.
//!
//! A row holds no id that could be used: ids are kept as keyed marks. Each principal has a bounded number of rows; the ones that
//! were used last stay.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Store, ms};
use crate::database;
use crate::error::Error;

/// Most sessions of one principal.
const MOST: u32 = 512;

/// How long a session is kept that nobody uses.
const KEPT_MS: i64 = 7 * 24 * 3_600_000;

impl Store {
    /// Keep a session with the parameters of its `initialize`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_session(&self, id: &str, principal: &str, parameters: &str) -> Result<(), Error> {
        let (id, now) = (self.mark("session", id.as_bytes())?, ms(Timestamp::now()));
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO sessions (id, principal, parameters, seen) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (id) DO UPDATE SET seen = ?4",
                params![id, principal, parameters, now],
            )?;
            transaction.execute("DELETE FROM sessions WHERE seen < ?1", [now - KEPT_MS])?;
            transaction.execute(
                "DELETE FROM sessions WHERE principal = ?1 AND id NOT IN \
                 (SELECT id FROM sessions WHERE principal = ?1 ORDER BY seen DESC, rowid DESC LIMIT ?2)",
                params![principal, MOST],
            )?;
            Ok(())
        })
    }

    /// The parameters of a session of this principal, which is in use now.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn session(&self, id: &str, principal: &str) -> Result<Option<String>, Error> {
        let (id, now) = (self.mark("session", id.as_bytes())?, ms(Timestamp::now()));
        self.write(|transaction| {
            transaction
                .query_row(
                    "UPDATE sessions SET seen = ?3 WHERE id = ?1 AND principal = ?2 AND seen >= ?4 RETURNING parameters",
                    params![id, principal, now, now - KEPT_MS],
                    |row| row.get(0),
                )
                .optional()
        })
    }

    /// Forget a session of this principal; whether there was one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_session(&self, id: &str, principal: &str) -> Result<bool, Error> {
        let id = self.mark("session", id.as_bytes())?;
        self.write(|transaction| {
            let gone = transaction
                .execute("DELETE FROM sessions WHERE id = ?1 AND principal = ?2", params![id, principal])?;
            Ok(gone > 0)
        })
    }

    /// Whether something can be written now: asked by probes, over a connection of its own that does not wait.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check_writable(&self) -> Result<(), Error> {
        let path = self.path();
        let written = (|| {
            let mut connection = database::connect(path, std::time::Duration::from_secs(1))?;
            database::write(&mut connection, |transaction| {
                transaction.execute(
                    "INSERT INTO probes (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = ?1",
                    [ms(Timestamp::now())],
                )
            })
        })();
        written.map(|_| ()).map_err(|error| super::unusable(path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        (state, store)
    }

    #[test]
    fn a_session_is_its_principals_alone_and_its_id_is_not_in_the_file() {
        let (_state, store) = store();
        store.keep_session("id-of-anna", "anna", "{}").unwrap();
        assert_eq!(store.session("id-of-anna", "anna").unwrap().as_deref(), Some("{}"));
        assert_eq!(store.session("id-of-anna", "ben").unwrap(), None);
        assert!(!store.forget_session("id-of-anna", "ben").unwrap());
        let ids = store
            .read(|connection| {
                connection.query_row("SELECT id FROM sessions", [], |row| row.get::<_, String>(0))
            })
            .unwrap();
        assert!(!ids.contains("anna"), "{ids}");
        assert!(store.forget_session("id-of-anna", "anna").unwrap());
        assert_eq!(store.session("id-of-anna", "anna").unwrap(), None);
    }

    #[test]
    fn one_principal_pushes_out_its_own_sessions_and_nobody_elses() {
        let (_state, store) = store();
        store.keep_session("of ben", "ben", "{}").unwrap();
        for number in 0..MOST + 5 {
            store.keep_session(&format!("{number}"), "anna", "{}").unwrap();
        }
        assert_eq!(store.session("0", "anna").unwrap(), None);
        assert!(store.session(&format!("{}", MOST + 4), "anna").unwrap().is_some());
        assert!(store.session("of ben", "ben").unwrap().is_some());
    }

    #[test]
    fn a_session_is_forgotten_a_week_after_its_last_use() {
        let (_state, store) = store();
        store.keep_session("one", "anna", "{}").unwrap();
        let week_ago = ms(Timestamp::now()) - KEPT_MS;
        let aged = |by: i64| {
            store
                .write(|transaction| transaction.execute("UPDATE sessions SET seen = ?1", [week_ago + by]))
                .unwrap();
        };
        aged(60_000);
        assert!(store.session("one", "anna").unwrap().is_some(), "its last use counts anew");
        aged(-60_000);
        assert_eq!(store.session("one", "anna").unwrap(), None);
        store.keep_session("two", "ben", "{}").unwrap();
        assert!(!store.forget_session("one", "anna").unwrap(), "its row is gone too");
    }
}
