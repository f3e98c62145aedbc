//! Where the fleet of one tenant is kept: embedded SQLite, in a private file that all processes of the user share, or in memory.
//!
//! What is in it can be read from the tenant again at any time, so a file that cannot be used, or that another version of this program
//! wrote, is made anew. Each page of an answer is one transaction. A [`Load`] reads all objects of one source; what it has read so far
//! survives the end of its process, and the source is complete only when the load came to its end.

mod change;
mod former;
mod lease;
mod load;
mod schema;
mod since;
mod snapshot;
mod status;
#[cfg(test)]
mod tests;

pub use change::Changed;
pub(super) use former::{Configuration, delete_unwanted, erase};
pub use lease::Lease;
pub(super) use lease::RENEWAL;
pub use load::{Entry, Load, Page, Record, Records};
pub use snapshot::{Row, Snapshot};
pub use status::{PartStatus, SourceStatus};

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction};

use crate::config::FleetStorage;
use crate::database::{self, Database};
use crate::error::Error;
use crate::fleet::tables::written;
use crate::state_dir;

/// The folder of the files, below the state folder.
const FOLDER: &str = "fleet";

/// How long a process waits for another one that is writing.
const BUSY: Duration = Duration::from_secs(30);

/// The fleet of one tenant as it is kept. Cloning is free; all clones share one connection.
#[derive(Clone)]
pub struct Store {
    database: Database,
    path: Option<Arc<Path>>,
    /// What another connection of this process opens it by.
    address: Arc<str>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Open the store of a tenant: `tenant` is its key, with its name and its address. `None` where the fleet is off.
    ///
    /// # Errors
    /// When the file can neither be used nor made anew.
    pub fn open(
        state: &Path,
        tenant: &str,
        storage: FleetStorage,
        keep_days: u32,
    ) -> Result<Option<Self>, Error> {
        let store = match storage {
            FleetStorage::Off => return Ok(None),
            FleetStorage::Memory => {
                // In memory, under a name that this process alone has.
                let address = format!("file:/{}?vfs=memdb", uuid::Uuid::new_v4().simple());
                let connection = connect(&address).map_err(|error| unusable(None, &error))?;
                Self::of(connection, None, &address)
            }
            FleetStorage::Disk => Self::open_file(state, tenant, keep_days)?,
        };
        store.forget_older_than(keep_days)?;
        Ok(Some(store))
    }

    /// The file of a tenant. Those of other versions of the tables have other names, so that two versions of this program do not take turns
    /// at one file.
    pub(super) fn file(state: &Path, tenant: &str) -> PathBuf {
        state.join(FOLDER).join(format!("{}.{}.sqlite", state_dir::file_stem(tenant), schema::digest()))
    }

    fn open_file(state: &Path, tenant: &str, keep_days: u32) -> Result<Self, Error> {
        let folder = state.join(FOLDER);
        let failed = |error: std::io::Error| {
            Error::operator(format!("the fleet in {} cannot be kept: {error}", folder.display()))
                .hint("set `fleet.storage` to `memory`, or another `state` folder")
        };
        state_dir::make_state_folder(state).map_err(failed)?;
        state_dir::make_folder(&folder).map_err(failed)?;
        let stem = state_dir::file_stem(tenant);
        let path = Self::file(state, tenant);
        let (others, expired) = (format!("{stem}."), Duration::from_secs(u64::from(keep_days) * 86_400));
        for entry in folder.read_dir().map_err(failed)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_current = path.file_name().is_some_and(|file| name.starts_with(&*file.to_string_lossy()));
            // Nothing in a file is newer than the file: that of a tenant that nobody asks for any more is deleted like what is in it.
            let age = entry.metadata().and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
            if !is_current && (name.starts_with(&others) || age.is_some_and(|age| age > expired)) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let address = path.to_str().ok_or_else(|| {
            Error::operator(format!(
                "the fleet in {} cannot be kept: the path is no Unicode",
                folder.display()
            ))
        })?;
        // SQLite gives its journal files the same permissions.
        state_dir::make_file(&path).map_err(failed)?;
        match connect(address) {
            Ok(connection) => Ok(Self::of(connection, Some(&path), address)),
            Err(error) if is_damaged(&error) => {
                tracing::warn!(%error, path = %path.display(), "the fleet was damaged and is loaded anew");
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
                state_dir::make_file(&path).map_err(failed)?;
                let connection = connect(address).map_err(|error| unusable(Some(&path), &error))?;
                Ok(Self::of(connection, Some(&path), address))
            }
            Err(error) => Err(unusable(Some(&path), &error)),
        }
    }

    fn of(connection: Connection, path: Option<&Path>, address: &str) -> Self {
        connection.set_prepared_statement_cache_capacity(128);
        let path: Option<Arc<Path>> = path.map(Arc::from);
        let file = path.clone();
        Self {
            database: Database::new(connection, move |error| unusable(file.as_deref(), error)),
            path,
            address: Arc::from(address),
        }
    }

    /// The file, where there is one.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What another connection of this process opens it by: a path, or the address of a database in memory.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Forget everything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn clear(&self) -> Result<(), Error> {
        self.write(schema::clear)?;
        // What was deleted leaves the file too.
        self.read(|connection| {
            connection.execute_batch("VACUUM")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
    }

    /// Forget everything where the last successful read of the tenant is older than this many days.
    fn forget_older_than(&self, days: u32) -> Result<(), Error> {
        let before = Timestamp::now() - jiff::SignedDuration::from_hours(i64::from(days) * 24);
        let newest: Option<String> = self.read(|connection| {
            connection.query_row("SELECT max(as_of) FROM fleet_sources", [], |row| row.get(0))
        })?;
        if newest.is_some_and(|newest| newest < written(before)) { self.clear() } else { Ok(()) }
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
        database::run(self.clone(), "the fleet", work).await
    }

    /// Something that reads.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.database.read(work)
    }

    /// Something that writes: see [`database::write`].
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.database.write(work)
    }
}

fn connect(address: &str) -> rusqlite::Result<Connection> {
    let mut connection = database::connect(Path::new(address), BUSY)?;
    // In memory there is no log, and readers wait for a writer.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What a loss of power takes away is loaded again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    schema::make(&mut connection)?;
    Ok(connection)
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn unusable(path: Option<&Path>, error: &rusqlite::Error) -> Error {
    let place = path.map_or("in memory".to_owned(), |path| format!("in {}", path.display()));
    Error::operator(format!("the fleet {place} cannot be used ({error})"))
        .hint("free disk space, or delete the file; it is loaded anew from the tenant")
}

/// The present moment as the tables have it.
pub(super) fn now() -> String {
    written(Timestamp::now())
}
