//! One connection to an embedded SQLite database, for the modules that keep something in one: the store and the fleet.
//! [`Database`] shares it between threads; what is in the tables, and where the file is, is for these modules to say.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::error::Error;

/// A database. Cloning is free; all clones share one connection.
#[derive(Clone)]
pub(crate) struct Database(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    /// What a failure is for the person who can act.
    failure: Box<dyn Fn(&rusqlite::Error) -> Error + Send + Sync>,
}

/// Open a file that is there, or a database in memory by its address. It waits for so long while another process is writing.
pub(crate) fn connect(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy)?;
    Ok(connection)
}

/// Something that writes: all of it or nothing, and nobody else in between.
pub(crate) fn write<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Run something that waits for the disk on a thread where that does no harm. `name` is what it works with, such as `the store`.
///
/// # Errors
/// As what is run.
pub(crate) async fn run<S, T>(
    store: S,
    name: &str,
    work: impl FnOnce(&S) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error>
where
    S: Send + 'static,
    T: Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || work(&store)).await;
    done.unwrap_or_else(|error| Err(Error::internal(format!("{name} failed unexpectedly: {error}"))))
}

impl Database {
    pub(crate) fn new(
        connection: Connection,
        failure: impl Fn(&rusqlite::Error) -> Error + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { connection: Mutex::new(connection), failure: Box::new(failure) }))
    }

    /// Something that reads.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&connection).map_err(|error| self.failed(&error))
    }

    /// Something that reads several times at one moment: nothing that another process writes meanwhile shows in it.
    pub(crate) fn read_at_once<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // It ends with its drop; there is nothing to commit.
        let transaction = connection.unchecked_transaction().map_err(|error| self.failed(&error))?;
        work(&transaction)
    }

    /// Something that writes: see [`write`].
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let mut connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        write(&mut connection, work).map_err(|error| self.failed(&error))
    }

    /// What a failure is for the person who can act.
    pub(crate) fn failed(&self, error: &rusqlite::Error) -> Error {
        (self.0.failure)(error)
    }
}
