//! Which processes live. A plan that is being applied by a process that has ended was interrupted.
//!
//! Each process holds a lock on a file of its own; the system releases it however the process ends.

use std::fs::File;
use std::path::{Path, PathBuf};

use fs4::FileExt;

use crate::error::Error;
use crate::state_dir;

/// This process, for as long as it lives.
pub(super) struct ProcessLock {
    name: String,
    folder: PathBuf,
    file: File,
}

impl ProcessLock {
    pub(super) fn begin(store: &Path) -> Result<Self, Error> {
        let folder = store.join("running");
        let name = super::random_id();
        let begin = || -> std::io::Result<File> {
            state_dir::make_folder(&folder)?;
            sweep(&folder);
            let file = state_dir::options().write(true).create_new(true).open(folder.join(&name))?;
            FileExt::lock(&file)?;
            Ok(file)
        };
        match begin() {
            Ok(file) => Ok(Self { name, folder, file }),
            Err(error) => {
                Err(Error::operator(format!("the store in {} cannot be used: {error}", folder.display())))
            }
        }
    }

    /// This process, as tables have it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the process of this name still runs.
    pub(super) fn is_running(&self, name: &str) -> bool {
        name == self.name || is_locked(&self.folder.join(name))
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        // What follows is a matter of tidiness: the lock goes with the process.
        let _ = FileExt::unlock(&self.file);
        let _ = std::fs::remove_file(self.folder.join(&self.name));
    }
}

/// A file that cannot be looked at belongs to a process that may live: nothing is concluded from it.
fn is_locked(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => !FileExt::try_lock_shared(&file).is_ok_and(|()| true),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// Takes away what ended processes left.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let old = entry.metadata().and_then(|metadata| metadata.modified()).is_ok_and(|modified| {
            modified.elapsed().is_ok_and(|age| age > std::time::Duration::from_secs(60))
        });
        if old && !is_locked(&entry.path()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
