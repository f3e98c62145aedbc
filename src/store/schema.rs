//! The tables, and how an older file is brought up to date.
//!
//! A step is never changed once it was published: what is new is a new step.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::seal::Seal;
use super::{holds, unusable};
use crate::error::Error;
use crate::os_user;

/// Steps from an empty file to today's; `user_version` counts those that were made.
const STEPS: &[&str] = &["
CREATE TABLE plans (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, who TEXT NOT NULL, tool TEXT NOT NULL,
    call_key TEXT NOT NULL, hash TEXT NOT NULL, plan TEXT NOT NULL, exact TEXT NOT NULL,
    state TEXT NOT NULL, life TEXT, outcome TEXT,
    made INTEGER NOT NULL, expires INTEGER NOT NULL, ready INTEGER, changed INTEGER NOT NULL
) STRICT;
CREATE INDEX plans_by_call ON plans (tenant, who, call_key, state);
CREATE TABLE steps (
    plan TEXT NOT NULL REFERENCES plans ON DELETE CASCADE, position INTEGER NOT NULL,
    target TEXT NOT NULL, state TEXT NOT NULL, detail TEXT, upstream TEXT, changed INTEGER NOT NULL,
    PRIMARY KEY (plan, position)
) STRICT;
CREATE TABLE approvals (
    plan TEXT NOT NULL REFERENCES plans ON DELETE CASCADE, means TEXT NOT NULL, credential TEXT NOT NULL,
    approver TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT, proof TEXT, hash TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (plan, means, credential)
) STRICT;
CREATE TABLE approvers (
    credential TEXT PRIMARY KEY, name TEXT NOT NULL, public_key BLOB NOT NULL, counter INTEGER NOT NULL,
    enrolled INTEGER NOT NULL, voucher TEXT NOT NULL, used INTEGER, removed INTEGER
) STRICT;
CREATE TABLE codes (hash TEXT PRIMARY KEY, made INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER) STRICT;
CREATE TABLE secrets (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, plan TEXT NOT NULL, label TEXT NOT NULL, device TEXT NOT NULL,
    sealed BLOB, made INTEGER NOT NULL, shown INTEGER, shown_to TEXT
) STRICT;
CREATE INDEX secrets_by_plan ON secrets (plan);
CREATE TABLE answers (
    plan TEXT NOT NULL REFERENCES plans ON DELETE CASCADE, place TEXT NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (plan, place)
) STRICT;
CREATE TABLE applied (tenant TEXT NOT NULL, at INTEGER NOT NULL, plan TEXT NOT NULL, devices INTEGER NOT NULL) STRICT;
CREATE INDEX applied_by_time ON applied (tenant, at);
CREATE TABLE holds (tenant TEXT PRIMARY KEY, since INTEGER NOT NULL, why TEXT NOT NULL, released INTEGER, released_by TEXT) STRICT;
CREATE TABLE copies (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, tool TEXT NOT NULL, object TEXT NOT NULL, call TEXT NOT NULL, who TEXT NOT NULL,
    sealed BLOB NOT NULL, note TEXT NOT NULL, made INTEGER NOT NULL, done INTEGER, restored INTEGER
) STRICT;
CREATE INDEX copies_by_tenant ON copies (tenant, made);
CREATE TABLE repeats (
    tenant TEXT NOT NULL, who TEXT NOT NULL, call_key TEXT NOT NULL, life TEXT NOT NULL, outcome TEXT, failed INTEGER, at INTEGER NOT NULL,
    PRIMARY KEY (tenant, who, call_key)
) STRICT;
", "
CREATE TABLE uses (
    window TEXT NOT NULL REFERENCES plans ON DELETE CASCADE, device TEXT NOT NULL, plan TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX uses_by_window ON uses (window, device);
", "
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, principal TEXT NOT NULL, parameters TEXT NOT NULL, seen INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_principal ON sessions (principal, seen);
CREATE TABLE probes (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
", "
UPDATE plans SET state = 'outdated', outcome = 'not applied: a later plan for the same call took its place'
    WHERE state IN ('waiting', 'approved') AND rowid NOT IN
        (SELECT max(rowid) FROM plans WHERE state IN ('waiting', 'approved') GROUP BY tenant, who, call_key);
CREATE UNIQUE INDEX one_open_plan_for_a_call ON plans (tenant, who, call_key) WHERE state IN ('waiting', 'approved');
", "
-- Rows of the user of the operating system have the id from here on, and had the name alone; see `with_ids_of_users`.
", "
-- Rows of holds have a mark from here on, and every tenant that something was applied to has one; see `holds::mark_rows`.
ALTER TABLE holds ADD COLUMN mark TEXT;
", "
-- What earlier versions planned was judged by other rules and shown in other words, so that nobody has approved what would be sent now.
UPDATE plans SET state = 'outdated', outcome = 'not applied: an earlier version of this program made it; call the tool again for a new plan'
    WHERE state IN ('waiting', 'approved');
", "
-- One person can approve a plan twice, an hour apart, where nobody else can.
CREATE TABLE rounds (
    plan TEXT NOT NULL REFERENCES plans ON DELETE CASCADE, means TEXT NOT NULL, credential TEXT NOT NULL,
    approver TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT, proof TEXT, hash TEXT NOT NULL, at INTEGER NOT NULL,
    round INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, means, credential, round)
) STRICT;
INSERT INTO rounds (plan, means, credential, approver, verdict, note, proof, hash, at)
    SELECT plan, means, credential, approver, verdict, note, proof, hash, at FROM approvals;
DROP TABLE approvals;
ALTER TABLE rounds RENAME TO approvals;
-- Changes without a plan, counted by their callers.
CREATE TABLE writes (tenant TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX writes_by_time ON writes (tenant, who, at);
", "
-- An approval says whether the plan is to be run at once, and a plan whether all of them say so, and whether its caller has yet to be told
-- what came of it. Which processes serve which tenants is known by `servers`.
ALTER TABLE approvals ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN is_untold INTEGER NOT NULL DEFAULT 0;
CREATE TABLE servers (life TEXT NOT NULL, tenant TEXT NOT NULL, PRIMARY KEY (life, tenant)) STRICT;
UPDATE plans SET state = 'outdated', outcome = 'not applied: an earlier version of this program made it; call the tool again for a new plan'
    WHERE state IN ('waiting', 'approved');
", "
-- An approver is bound to the account that calls of the person come from. Who was enrolled before has none that is known.
ALTER TABLE approvers ADD COLUMN principal TEXT;
DROP TABLE codes;
CREATE TABLE codes (hash TEXT PRIMARY KEY, made INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER, principal TEXT NOT NULL) STRICT;
", "
-- Changes of who may approve wait for another person, and a recovery by the operator waits for its time.
CREATE TABLE approver_changes (id TEXT PRIMARY KEY, credential TEXT NOT NULL, proof TEXT NOT NULL, made INTEGER NOT NULL) STRICT;
CREATE TABLE recovery (id INTEGER PRIMARY KEY CHECK (id = 1), who TEXT NOT NULL, announced INTEGER NOT NULL) STRICT;
"];

/// How many steps there are with the one that brings ids of users.
const IDS_OF_USERS: usize = 5;

/// The same with the one that brings marks of holds.
const MARKS_OF_HOLDS: usize = 6;

/// Make the steps that the file has not had.
pub(super) fn bring_up_to_date(connection: &mut Connection, path: &Path, seal: &Seal) -> Result<(), Error> {
    let wrong = |error| unusable(path, &error);
    let steps = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    if version(connection).map_err(wrong)? == steps {
        return Ok(());
    }
    // Two processes that start at once: the second one waits here and finds nothing to do.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(wrong)?;
    let version = version(&transaction).map_err(wrong)?;
    let made = usize::try_from(version).unwrap_or(usize::MAX);
    if version > steps {
        return Err(Error::operator(format!(
            "the store {} was written by a newer version of this program",
            path.display()
        ))
        .hint("run that version, or set another `state` folder"));
    }
    for step in STEPS.iter().skip(made) {
        transaction.execute_batch(step).map_err(wrong)?;
    }
    if (1..IDS_OF_USERS).contains(&made) {
        with_ids_of_users(&transaction).map_err(wrong)?;
    }
    if (1..MARKS_OF_HOLDS).contains(&made) {
        holds::mark_rows(&transaction, seal).map_err(wrong)?;
    }
    transaction.pragma_update(None, "user_version", steps).map_err(wrong)?;
    transaction.commit().map_err(wrong)
}

/// How many steps the file has had.
fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// What this user did under the name alone stays this user's.
fn with_ids_of_users(connection: &Connection) -> rusqlite::Result<()> {
    let Some(name) = os_user::former_name() else { return Ok(()) };
    for table in ["plans", "copies", "repeats"] {
        let sql = format!("UPDATE OR REPLACE {table} SET who = ?1 WHERE who = ?2");
        connection.execute(&sql, [os_user::principal(), name])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::params;

    use super::*;
    use crate::config::GateConfig;
    use crate::store::{CountedPlan, Store};

    /// A file as an older version left it, with something in every table that matters.
    fn older(path: &Path, steps: usize) {
        let connection = Connection::open(path).unwrap();
        STEPS.iter().take(steps).for_each(|step| connection.execute_batch(step).unwrap());
        connection.pragma_update(None, "user_version", u32::try_from(steps).unwrap()).unwrap();
        connection
            .execute(
                "INSERT INTO holds (tenant, since, why) VALUES ('prod at https://x', 1, 'somebody looks')",
                [],
            )
            .unwrap();
        for (id, made) in [("old", 1_000_i64), ("new", 4_000_000_000_000)] {
            connection
                .execute(
                    "INSERT INTO secrets (id, tenant, plan, label, device, sealed, made) VALUES (?1, 'prod', 'p', 'PIN', 'Mac', x'00', ?2)",
                    params![id, made],
                )
                .unwrap();
        }
    }

    #[test]
    fn a_store_of_any_older_version_is_brought_up_to_date_with_what_is_in_it() {
        for steps in 1..=STEPS.len() {
            let state = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(state.path().join("store")).unwrap();
            older(&state.path().join("store/jamf-pro-mcp.sqlite"), steps);
            let store = Store::open(state.path()).unwrap();
            assert_eq!(store.holds().unwrap().len(), 1, "from {steps}");
            assert_eq!(store.secrets_of("p").unwrap().len(), 2, "from {steps}");
            assert!(store.uses("none").unwrap().is_empty(), "from {steps}: what is new is there");
        }
    }

    #[test]
    fn what_the_user_did_under_the_name_alone_stays_the_users() {
        let Some(name) = os_user::former_name() else { return };
        let state = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(state.path().join("store")).unwrap();
        let path = state.path().join("store/jamf-pro-mcp.sqlite");
        older(&path, 2);
        let insert = "INSERT INTO copies (id, tenant, tool, object, call, who, sealed, note, made) VALUES (?1, 'prod', 't', '1', 'c', ?1, x'00', '', 1)";
        let connection = Connection::open(&path).unwrap();
        for who in [name, "somebody else"] {
            connection.execute(insert, [who]).unwrap();
        }
        drop(connection);
        let store = Store::open(state.path()).unwrap();
        assert_eq!(store.copies("prod", os_user::principal(), 10).unwrap().len(), 1);
        assert_eq!(store.copies("prod", "somebody else", 10).unwrap().len(), 1);
    }

    #[test]
    fn a_tenant_of_an_older_store_is_on_hold_only_where_it_was() {
        for steps in 1..MARKS_OF_HOLDS {
            let state = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(state.path().join("store")).unwrap();
            let path = state.path().join("store/jamf-pro-mcp.sqlite");
            older(&path, steps);
            let connection = Connection::open(&path).unwrap();
            let applied = "INSERT INTO applied (tenant, at, plan, devices) VALUES (?1, 1, 'p', 1)";
            for tenant in ["free", "released"] {
                connection.execute(applied, [tenant]).unwrap();
            }
            let released = "INSERT INTO holds (tenant, since, why, released) VALUES ('released', 1, '', 2)";
            connection.execute(released, []).unwrap();
            drop(connection);
            let held = |store: &Store| {
                store.holds().unwrap().into_iter().map(|hold| hold.tenant).collect::<Vec<_>>()
            };
            assert_eq!(held(&Store::open(state.path()).unwrap()), ["prod at https://x"], "from {steps}");
            let store = Store::open(state.path()).unwrap();
            let plan = CountedPlan { tenant: "free", who: "anna", id: "q", is_secret: false, devices: 1 };
            assert_eq!(store.admit(&plan, &GateConfig::default()).unwrap(), None, "from {steps}");
            assert_eq!(held(&store), ["prod at https://x"], "from {steps}");
        }
    }

    #[test]
    fn what_is_older_than_it_has_to_be_kept_is_forgotten_and_nothing_else() {
        let state = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(state.path().join("store")).unwrap();
        older(&state.path().join("store/jamf-pro-mcp.sqlite"), STEPS.len());
        let store = Store::open(state.path()).unwrap();
        store.forget_older_than(90).unwrap();
        assert_eq!(store.secrets_of("p").unwrap().len(), 2, "nobody has confirmed to have them");
        assert_eq!(store.holds().unwrap().len(), 1, "a hold is released by a person and not by time");
    }
}
