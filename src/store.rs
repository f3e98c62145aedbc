//! What the server must not forget: plans and their approvals, approvers, caps, secrets to show, copies to undo with.
//!
//! One SQLite file in the state folder for all processes of the user: stdio servers of two clients, an HTTP server, a terminal.
//! Everything a tenant's is kept by the tenant's name. What is written is on the disk before it is acted on, and what cannot be
//! written must not happen: every failure here is an error of its own, and the gate refuses then.
//!
//! It knows nothing of Jamf and decides nothing; `gate` does.

mod approvals;
mod approver_changes;
mod approvers;
mod holds;
mod plan_view;
mod plans;
mod processes;
mod recent_calls;
mod schema;
mod seal;
mod secrets;
mod sessions;
mod steps;
mod to_run;
mod undo;
mod windows;

pub(crate) use approvals::ApprovalResult;
pub use approvals::{Approval, Means, Verdict};
pub use approver_changes::{ApproverChange, Recovery};
pub use approvers::{Approver, Voucher};
pub(crate) use approvers::{fingerprint, random_code};
pub use holds::{CountedPlan, Hold};
pub use plans::{Filter, PlanRecord, State, Unclear};
pub use recent_calls::{PriorCall, RunningCall};
pub use secrets::{Secret, SecretStatus};
pub use steps::{Step, StepState};
pub use undo::Snapshot;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jamf_pro_client::DigestKey;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use crate::database::{self, Database};
use crate::error::Error;
use crate::state_dir;

/// How long a process waits for another one that is writing.
const BUSY: Duration = Duration::from_secs(10);

/// The store of this user. Cloning is free; all clones share one connection.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    database: Database,
    path: PathBuf,
    seal: seal::Seal,
    life: processes::ProcessLock,
    /// What this process does, whatever could be written of its end.
    running_work: Mutex<recent_calls::RunningWork>,
    /// Passkeys were seen in it since this process began.
    saw_passkeys: AtomicBool,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.0.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Open the store in the state folder; made when it is not there, brought up to date when it is older.
    ///
    /// # Errors
    /// When it cannot be read or written, or was written by a newer version of this program.
    pub fn open(state: &Path) -> Result<Self, Error> {
        let folder = state.join("store");
        let failed = |error: std::io::Error| {
            Error::operator(format!("the store in {} cannot be used: {error}", folder.display()))
        };
        state_dir::make_state_folder(state).map_err(failed)?;
        state_dir::make_folder(&folder).map_err(failed)?;
        let path = folder.join("jamf-pro-mcp.sqlite");
        // SQLite gives its journal files the same permissions.
        state_dir::make_file(&path).map_err(failed)?;
        let wrong = |error| unusable(&path, &error);
        let mut connection = database::connect(&path, BUSY).map_err(wrong)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(wrong)?;
        // An approval that was given, or a plan that was used, must be so after a loss of power too.
        connection.pragma_update(None, "synchronous", "FULL").map_err(wrong)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(wrong)?;
        connection.pragma_update(None, "secure_delete", true).map_err(wrong)?;
        let seal = seal::Seal::open(&folder)?;
        schema::bring_up_to_date(&mut connection, &path, &seal)?;
        let life = processes::ProcessLock::begin(&folder)?;
        let file = path.clone();
        Ok(Self(Arc::new(Inner {
            database: Database::new(connection, move |error| unusable(&file, error)),
            path,
            seal,
            life,
            running_work: Mutex::default(),
            saw_passkeys: AtomicBool::new(false),
        })))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The state folder that it is in, which has the audit logs too.
    pub(crate) fn state_folder(&self) -> &Path {
        let folder = self.0.path.parent().and_then(Path::parent);
        folder.unwrap_or(&self.0.path)
    }

    /// The key of the digests that stand in the place of secrets of the tenants: one for all processes that share this store, because plans
    /// keep such digests.
    ///
    /// # Errors
    /// Never with a key of the right length.
    pub(crate) fn digest_key(&self) -> Result<DigestKey, Error> {
        self.0.seal.derive("digests of secret fields").map(DigestKey::new)
    }

    /// A mark of something that nobody without the key of this store can make, or try guesses against.
    ///
    /// # Errors
    /// Never with a key of the right length.
    pub fn mark(&self, about: &str, text: &[u8]) -> Result<String, Error> {
        self.0.seal.mark(about, text)
    }

    /// Run something that waits for the disk on a thread where that does no harm.
    ///
    /// # Errors
    /// As what is run.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    {
        database::run(self.clone(), "the store", work).await
    }

    /// Forget what is older than it has to be kept: plans that are over, copies, what is known of secrets that were erased. A secret that
    /// nobody has confirmed to have is not forgotten, however old it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_older_than(&self, days: u32) -> Result<(), Error> {
        let before = ms(Timestamp::now()) - i64::from(days) * 86_400_000;
        self.write(|transaction| {
            for statement in [
                // A plan stays with the secrets that nobody has confirmed to have: without it nobody could see them.
                "DELETE FROM plans WHERE changed < ?1 AND expires < ?1 AND state <> 'applying' \
                 AND NOT EXISTS (SELECT 1 FROM secrets WHERE secrets.plan = plans.id AND sealed IS NOT NULL)",
                "DELETE FROM secrets WHERE made < ?1 AND sealed IS NULL",
                "DELETE FROM copies WHERE made < ?1",
                "DELETE FROM repeats WHERE at < ?1",
                "DELETE FROM applied WHERE at < ?1",
            ] {
                transaction.execute(statement, [before])?;
            }
            Ok(())
        })
    }

    /// Something that reads.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.0.database.read(work)
    }

    /// Something that writes: see [`database::write`].
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.0.database.write(work)
    }
}

/// A failure of the store is the operator's to fix, so that it is logged wherever it is met.
fn unusable(path: &Path, error: &rusqlite::Error) -> Error {
    let error = Error::operator(format!(
        "the store {} cannot be used ({error}), so nothing that needs it is done",
        path.display()
    ))
    .hint("free disk space or fix its permissions");
    tracing::error!(%error, "the store failed");
    error
}

/// A moment as the tables have it: milliseconds since 1970.
fn ms(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// A moment out of a table. What no clock can say is the beginning of time, which is always over.
fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// 128 random bits as text.
pub(crate) fn random_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests;
