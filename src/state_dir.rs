//! Files and folders that belong to the user of this process alone: made so, and refused where another user could change them.
//!
//! Anyone who can write into the state folder can approve plans, and anyone who reads a key can sign records, so that owner and permissions are
//! looked at as `ssh` does. Every refusal names the command that fixes it. Windows keeps a user's folders to the user; nothing is looked
//! at there.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};

const KEY_BYTES: usize = 32;

/// A key that never shows in a log.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// What a path is for, and so who may have access to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// A folder that the user names, such as the state folder: others may look into it.
    Folder,
    /// A folder that this program makes: nobody else enters it. One that others may only look into is closed to them.
    OwnFolder,
    /// A file that this program makes: nobody else reads it. One that others may only read is closed to them.
    OwnFile,
    /// A key: where others may have read it, it is one no longer.
    Key,
    /// A file that the user names, and that holds a secret.
    Named,
}

/// The name of a file that belongs to this name and to no other. A name of plain letters, digits, hyphens and underscores is the name of
/// its file; from any other one its hash is told apart, behind a sign that no plain name has.
pub(crate) fn file_stem(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(is_plain) && (1..=64).contains(&name.len()) {
        return name.to_owned();
    }
    let readable: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(40).collect();
    let mut hash = hex::encode(Sha256::digest(name.as_bytes()));
    hash.truncate(32);
    format!("{readable}+{hash}")
}

/// Make a folder that only its owner can enter, and the folders above it that are not there.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    let is_new = !folder.exists();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    if is_new { Ok(()) } else { check(folder, Use::OwnFolder) }
}

/// Make the state folder, or check the one that is there.
pub(crate) fn make_state_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        return check(folder, Use::Folder);
    }
    make_folder(folder)
}

/// Check a file that holds a secret and that the configuration names.
pub(crate) fn check_secret(path: &Path) -> Result<()> {
    check(path, Use::Named)
}

/// Options under which a new file is its owner's alone.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Make a file of this program, empty where it is new, or check the one that is there.
pub(crate) fn make_file(path: &Path) -> Result<()> {
    if path.exists() {
        return check(path, Use::OwnFile);
    }
    options().write(true).create(true).truncate(false).open(path).map(|_| ())
}

/// Write a file that only its owner can read: anyone who reads it gets all of what was there before, or all of what is there now.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

/// Write a file that only its owner can read, where there is none.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

/// The key that a folder keeps, made by the first process that needs it; only its owner can read it.
pub(crate) fn key(folder: &Path) -> Result<Key> {
    let path = folder.join("key");
    match existing_key(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        found => return found,
    }
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(bytes.as_mut_slice()).map_err(Error::other)?;
    match write_new(&path, bytes.as_slice()) {
        Ok(()) => {
            keep_name(folder)?;
            Ok(Key(bytes))
        }
        // Somebody else was first.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => existing_key(&path),
        Err(error) => Err(error),
    }
}

/// A key that is there.
pub(crate) fn existing_key(path: &Path) -> Result<Key> {
    let bytes = Zeroizing::new(std::fs::read(path)?);
    check(path, Use::Key)?;
    let key: [u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| {
        Error::other(format!(
            "{} is damaged: it has {} bytes, and a key has {KEY_BYTES}; put it back from a backup",
            path.display(),
            bytes.len()
        ))
    })?;
    Ok(Key(Zeroizing::new(key)))
}

/// A file for what is to stand at a path, in the same folder; its owner's alone, and gone unless it is put in its place.
pub(crate) fn beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(".new").tempfile_in(path.parent().unwrap_or(Path::new(".")))
}

/// The name of a new file is on the disk only when its folder is.
#[cfg(unix)]
fn keep_name(folder: &Path) -> Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn keep_name(_folder: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn check(path: &Path, used_as: Use) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let metadata = std::fs::metadata(path)?;
    let (owner, me) = (metadata.uid(), uzers::get_effective_uid());
    // What is root's is the system's: a mounted secret, a folder that an installer made.
    let is_systems = owner == 0 && used_as == Use::Named;
    if owner != me && !is_systems {
        return Err(refusal(format!(
            "{0} belongs to another user of this machine (uid {owner}, this process has uid {me}), who could change it; \
             `sudo chown {me} '{0}'` if that is right, or name another one",
            path.display()
        )));
    }
    let mode = metadata.permissions().mode();
    let fixed = match used_as {
        Use::Folder | Use::OwnFolder => 0o700,
        Use::OwnFile | Use::Key | Use::Named => 0o600,
    };
    if mode & 0o022 != 0 {
        return Err(refusal(format!(
            "{0} can be changed by other users of this machine (mode {1:o}); `chmod {fixed:o} '{0}'` once you know that nobody did",
            path.display(),
            mode & 0o7777
        )));
    }
    if mode & 0o077 == 0 {
        return Ok(());
    }
    match used_as {
        Use::Folder | Use::Named => Ok(()),
        Use::OwnFolder | Use::OwnFile => std::fs::set_permissions(path, PermissionsExt::from_mode(fixed)),
        Use::Key => Err(refusal(format!(
            "{0} can be read by other users of this machine (mode {1:o}), and a key must not be; `chmod {fixed:o} '{0}'` once you know \
             that nobody read it",
            path.display(),
            mode & 0o7777
        ))),
    }
}

#[cfg(not(unix))]
fn check(path: &Path, _used_as: Use) -> Result<()> {
    std::fs::metadata(path).map(|_| ())
}

#[cfg(unix)]
fn refusal(why: String) -> Error {
    Error::new(ErrorKind::PermissionDenied, why)
}

/// A file of what the server remembers, by what it is about.
pub(crate) fn memory_path(state: &Path, what: &str, about: &[&str]) -> PathBuf {
    state.join(format!("{what}-{}.json", file_stem(&about.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_who_make_a_key_one_does() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<[u8; KEY_BYTES]> = std::thread::scope(|scope| {
            let made: Vec<_> =
                (0..16).map(|_| scope.spawn(|| *key(folder.path()).unwrap().bytes())).collect();
            made.into_iter().map(|key| key.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0] && *key != [0; KEY_BYTES]));
        assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_file_that_several_write_is_whole_whenever_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("remembered.json");
        write(&path, &[b'0'; 100_000]).unwrap();
        std::thread::scope(|scope| {
            for letter in *b"abc" {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| write(path, &[letter; 100_000]).unwrap()));
            }
            for _ in 0..200 {
                let read = std::fs::read(&path).unwrap();
                assert!(
                    read.len() == 100_000 && read.iter().all(|byte| *byte == read[0]),
                    "{} bytes",
                    read.len()
                );
            }
        });
    }

    #[test]
    fn a_key_that_was_cut_short_is_none() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("key"), b"").unwrap();
        assert!(key(folder.path()).unwrap_err().to_string().contains("0 bytes"));
    }

    #[cfg(unix)]
    #[test]
    fn what_others_can_change_is_refused_and_what_they_can_look_at_is_closed() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let (folder, file) = (outer.path().join("store"), outer.path().join("file"));
        make_folder(&folder).unwrap();
        make_file(&file).unwrap();
        key(&folder).unwrap();
        let set = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file), mode(&folder.join("key"))), (0o700, 0o600, 0o600));
        for open in [0o770, 0o702, 0o777, 0o720] {
            set(&folder, open);
            let said = make_folder(&folder).unwrap_err().to_string();
            assert!(said.contains("chmod 700"), "{said}");
            assert!(make_state_folder(&folder).is_err(), "{open:o}");
        }
        set(&folder, 0o755);
        make_state_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o755, "the user's own choice");
        make_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        set(&file, 0o644);
        make_file(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        set(&file, 0o622);
        assert!(make_file(&file).is_err() && check_secret(&file).is_err());
        for open in [0o640, 0o604, 0o660] {
            set(&folder.join("key"), open);
            let said = key(&folder).unwrap_err().to_string();
            assert!(said.contains("chmod 600"), "{said}");
        }
        set(&file, 0o644);
        write(&file, b"new").unwrap();
        assert_eq!((mode(&file), std::fs::read(&file).unwrap().as_slice()), (0o600, b"new".as_slice()));
    }
}
