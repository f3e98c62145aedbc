//! Files of tenants that left the configuration. A file knows the configuration files that its tenant is in, so that one that shares the
//! state folder with others deletes none of theirs.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use super::{FOLDER, Store};
use crate::error::Error;
use crate::state_dir;

impl Store {
    /// Note that this configuration file has the tenant.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn note_configuration(&self, configuration: &Path) -> Result<(), Error> {
        self.write(|transaction| {
            let sql = "INSERT OR IGNORE INTO fleet_configurations VALUES (?1)";
            transaction.execute(sql, [configuration.to_string_lossy()]).map(|_| ())
        })
    }
}

/// Delete the files of tenants that a configuration file had and no longer has: `tenants` are the keys of those that it has. A file that
/// another configuration has too, or that a process has open, stays. Answers the deleted files.
pub(in crate::fleet) fn delete_former(
    state: &Path,
    tenants: &[String],
    configuration: &Path,
) -> Vec<PathBuf> {
    let Ok(folder) = state.join(FOLDER).read_dir() else { return Vec::new() };
    let current: Vec<String> =
        tenants.iter().map(|tenant| format!("{}.", state_dir::file_stem(tenant))).collect();
    let mut deleted = Vec::new();
    for entry in folder.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let is_current = current.iter().any(|stem| name.starts_with(stem));
        if is_current || path.extension().is_none_or(|extension| extension != "sqlite") {
            continue;
        }
        match release(&path, configuration) {
            Ok(true) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
                deleted.push(path);
            }
            Ok(false) => {}
            // Another version of this program wrote it, or a process is writing: it is deleted when it is too old.
            Err(error) => {
                tracing::debug!(%error, path = %path.display(), "a file of the fleet was left alone")
            }
        }
    }
    deleted
}

/// Take a configuration away from a file. Says whether nobody has the file any more.
fn release(path: &Path, configuration: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let configuration = configuration.to_string_lossy();
    let count = |sql: &str| connection.query_row(sql, [&configuration], |row| row.get::<_, i64>(0));
    if count("SELECT count(*) FROM fleet_configurations WHERE path = ?1")? == 0 {
        return Ok(false);
    }
    if count("SELECT count(*) FROM fleet_configurations WHERE path <> ?1")? > 0 {
        connection.execute("DELETE FROM fleet_configurations WHERE path = ?1", params![configuration])?;
        return Ok(false);
    }
    // The journal changes its mode for the one connection that there is, and for no other.
    let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    Ok(mode == "delete")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FleetStorage;

    fn open(state: &Path, tenant: &str, configuration: &str) -> Store {
        let store = Store::open(state, tenant, FleetStorage::Disk, 14).unwrap().unwrap();
        store.note_configuration(Path::new(configuration)).unwrap();
        store
    }

    #[test]
    fn a_file_is_deleted_when_its_last_configuration_no_longer_has_the_tenant() {
        let state = tempfile::tempdir().unwrap();
        let shared = open(state.path(), "shared", "a").path().unwrap().to_owned();
        drop(open(state.path(), "shared", "b"));
        let kept = open(state.path(), "kept", "a").path().unwrap().to_owned();
        let gone = open(state.path(), "gone", "a").path().unwrap().to_owned();
        let others = open(state.path(), "others", "b").path().unwrap().to_owned();
        let in_use = open(state.path(), "in use", "a");
        let delete = |tenants: &[&str], configuration: &str| {
            let tenants: Vec<String> = tenants.iter().map(|tenant| (*tenant).to_owned()).collect();
            delete_former(state.path(), &tenants, Path::new(configuration))
        };
        assert_eq!(delete(&["kept"], "a"), [gone.as_path()]);
        assert!(shared.exists() && kept.exists() && others.exists() && !gone.exists());
        assert!(in_use.path().unwrap().exists() && in_use.status().is_ok());
        assert_eq!(delete(&["others"], "b"), [shared.as_path()]);
        let path = in_use.path().unwrap().to_owned();
        drop(in_use);
        assert_eq!(delete(&["kept"], "a"), [path.as_path()]);
        assert_eq!(state.path().join(FOLDER).read_dir().unwrap().count(), 2);
    }
}
