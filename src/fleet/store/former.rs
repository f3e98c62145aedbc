//! Files that a configuration does not keep: those of tenants that left it, and those of its tenants where it says that nothing is kept on
//! the disk. A file knows the configuration files that keep it, so that one that shares the state folder with others deletes none of theirs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, params};

use super::{FOLDER, Store};
use crate::database;
use crate::error::Error;
use crate::state_dir;

/// How long a start waits for a process that is writing.
const BUSY: Duration = Duration::from_secs(5);

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

/// What a configuration says of the files of tenants.
#[derive(Debug, Clone)]
pub(in crate::fleet) struct Configuration {
    /// Its file; `None` where the environment alone says it.
    pub(in crate::fleet) file: Option<PathBuf>,
    /// The keys of its tenants.
    pub(in crate::fleet) tenants: Vec<String>,
    /// It keeps the fleet on the disk.
    pub(in crate::fleet) has_files: bool,
}

/// Delete the files that a configuration does not keep: of tenants that it had, and where it has no files, of those that it has. A file that
/// another configuration keeps, or that a process has open, stays. Answers the deleted files.
pub(in crate::fleet) fn delete_unwanted(state: &Path, configuration: &Configuration) -> Vec<PathBuf> {
    let Ok(folder) = state.join(FOLDER).read_dir() else { return Vec::new() };
    let tenants = || configuration.tenants.iter().map(|tenant| (tenant, state_dir::file_stem(tenant)));
    let mut deleted = Vec::new();
    for entry in folder.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let tenant = tenants().find(|(_, stem)| name.starts_with(&format!("{stem}.")));
        let is_wanted = match &tenant {
            Some(_) => configuration.has_files,
            None => configuration.file.is_none(),
        };
        if is_wanted || path.extension().is_none_or(|extension| extension != "sqlite") {
            continue;
        }
        let is_older = tenant.as_ref().is_some_and(|(tenant, _)| path != Store::file(state, tenant));
        let is_free = is_older || is_free(&path, configuration.file.as_deref(), tenant.is_some());
        if is_free {
            remove(&path);
            deleted.push(path);
        }
    }
    deleted
}

/// Take a configuration away from a file. Says whether nobody has the file any more.
fn is_free(path: &Path, configuration: Option<&Path>, has_tenant: bool) -> bool {
    let free = release(path, configuration, has_tenant);
    // Another version of this program wrote it, or a process is writing: it is deleted when it is too old.
    free.unwrap_or_else(|error| {
        tracing::debug!(%error, path = %path.display(), "a file of the fleet was left alone");
        false
    })
}

fn release(path: &Path, configuration: Option<&Path>, has_tenant: bool) -> rusqlite::Result<bool> {
    let connection = database::connect(path, BUSY)?;
    let configuration = configuration.unwrap_or_else(|| Path::new("")).to_string_lossy();
    let count = |sql: &str| connection.query_row(sql, [&configuration], |row| row.get::<_, i64>(0));
    let others = count("SELECT count(*) FROM fleet_configurations WHERE path <> ?1")?;
    let is_noted = count("SELECT count(*) FROM fleet_configurations WHERE path = ?1")? > 0;
    if others > 0 {
        connection.execute("DELETE FROM fleet_configurations WHERE path = ?1", params![configuration])?;
        return Ok(false);
    }
    // A configuration without a file is noted nowhere: nobody knows whose it was, except where the tenant is the same.
    if !is_noted && !has_tenant {
        return Ok(false);
    }
    is_alone(&connection)
}

/// Whether no other process has the file open: the journal changes its mode for the one connection that there is, and for no other.
fn is_alone(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    Ok(mode == "delete")
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

/// Forget what is kept of a tenant on the disk, and delete its files. One that a process has open stays without anything in it.
///
/// # Errors
/// When a file cannot be written.
pub(in crate::fleet) fn erase(state: &Path, tenant: &str) -> Result<(), Error> {
    let Ok(folder) = state.join(FOLDER).read_dir() else { return Ok(()) };
    let (own, stem) = (Store::file(state, tenant), format!("{}.", state_dir::file_stem(tenant)));
    for path in folder.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_file = path.extension().is_some_and(|extension| extension == "sqlite");
        if !is_file || !name.starts_with(&stem) {
            continue;
        }
        if path == own {
            let store = Store::open_file(state, tenant, u32::MAX)?;
            store.clear()?;
            if !store.read(is_alone).unwrap_or_default() {
                continue;
            }
        }
        remove(&path);
    }
    Ok(())
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
            let file = Some(PathBuf::from(configuration));
            delete_unwanted(state.path(), &Configuration { file, tenants, has_files: true })
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

    #[test]
    fn where_nothing_is_kept_on_the_disk_the_files_of_the_tenants_go_unless_another_configuration_keeps_them()
    {
        let state = tempfile::tempdir().unwrap();
        let own = open(state.path(), "own", "a").path().unwrap().to_owned();
        let shared = open(state.path(), "shared", "a").path().unwrap().to_owned();
        drop(open(state.path(), "shared", "b"));
        let of_nobody = Store::file(state.path(), "environment");
        drop(Store::open(state.path(), "environment", FleetStorage::Disk, 14).unwrap().unwrap());
        let others = open(state.path(), "others", "b").path().unwrap().to_owned();
        let older = own.with_file_name(format!("{}.01234567.sqlite", state_dir::file_stem("own")));
        std::fs::write(&older, "of another version").unwrap();
        let tenants: Vec<String> = ["own", "shared"].map(str::to_owned).to_vec();
        let a = Configuration { file: Some(PathBuf::from("a")), tenants, has_files: false };
        let mut deleted = delete_unwanted(state.path(), &a);
        deleted.sort();
        let mut expected = [own.clone(), older];
        expected.sort();
        assert_eq!(deleted, expected);
        assert!(shared.exists() && others.exists() && of_nobody.exists() && !own.exists());
        // By the environment alone it is known whose nothing is kept, and not which tenants left.
        let tenants = vec!["environment".to_owned()];
        let environment = Configuration { file: None, tenants, has_files: false };
        assert_eq!(delete_unwanted(state.path(), &environment), [of_nobody.as_path()]);
        assert!(shared.exists() && others.exists());
    }

    #[test]
    fn what_is_erased_is_gone_also_where_a_process_has_it_open() {
        let state = tempfile::tempdir().unwrap();
        let store = open(state.path(), "own", "a");
        let path = store.path().unwrap().to_owned();
        store
            .write(|transaction| transaction.execute("INSERT INTO sites VALUES ('1', 'Porto')", []))
            .unwrap();
        erase(state.path(), "own").unwrap();
        let rows = store.select("SELECT count(*) FROM sites", &[]).unwrap();
        assert_eq!(rows, [[crate::fleet::tables::Value::Integer(0)]]);
        assert!(path.exists());
        drop(store);
        erase(state.path(), "own").unwrap();
        assert!(!path.exists());
        erase(state.path(), "own").unwrap();
    }
}
