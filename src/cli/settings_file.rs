//! A file of settings that others write too: read as it is, kept once as it was, and written beside its place and renamed.

use std::io::Write;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::terminal::Layout;
use crate::plan::view::Tone;
use crate::state_dir;

/// What the name of a copy from before the first change ends with.
const BACKUP: &str = ".before-jamf-pro-mcp";

/// A client may write its file at any moment; so often its newer text is taken.
const ATTEMPTS: usize = 3;

/// Longest line of a difference that is shown, in characters.
const LONGEST: usize = 160;

/// A text after a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// Nothing had to be changed.
    Same,
    /// The entry was not there.
    Added(String),
    /// The entry was there, and said something else.
    Changed(String),
    /// The entry was taken out.
    Removed(String),
    /// There is no entry of ours. Other entries that start this program, by their names.
    NotThere(Vec<String>),
}

/// What was done to a file.
#[derive(Debug)]
pub(super) struct Done {
    /// What became of its text.
    pub(super) edited: Edited,
    /// The copy from before, where there is one.
    pub(super) backup: Option<PathBuf>,
    /// The change as lines, where it was only shown.
    pub(super) shown: Option<String>,
}

/// Change a file, or show how it would change. `mask` leaves out of a text what is not to be shown.
///
/// # Errors
/// Why the file is as it was.
pub(super) fn change(
    path: &Path,
    is_dry: bool,
    mask: &dyn Fn(&str) -> String,
    edit: &dyn Fn(&str) -> Result<Edited, String>,
) -> Result<Done, String> {
    // The place itself, where the path is a link.
    let is_link = path.symlink_metadata().is_ok_and(|own| own.is_symlink());
    let path = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if is_link => return Err(format!("is a link that leads nowhere: {error}")),
        Err(_) => path.to_owned(),
    };
    for _ in 0..ATTEMPTS {
        let before = read(&path)?;
        let text = before.as_deref().unwrap_or_default();
        let (mark, content) = text.strip_prefix('\u{feff}').map_or(("", text), |rest| ("\u{feff}", rest));
        let edited = edit(content)?;
        let backup = backup_of(&path);
        let after = match &edited {
            Edited::Same | Edited::NotThere(_) => {
                let backup = Some(backup).filter(|backup| backup.exists());
                return Ok(Done { edited, backup, shown: None });
            }
            Edited::Added(after) | Edited::Changed(after) | Edited::Removed(after) => {
                format!("{mark}{after}")
            }
        };
        if is_dry {
            let shown = difference(&mask(content), &mask(after.trim_start_matches('\u{feff}')));
            return Ok(Done { edited, backup: None, shown: Some(shown) });
        }
        let is_new = before.is_none();
        if !is_new && !backup.exists() {
            copy(&path, &backup)
                .map_err(|error| format!("could not be copied to {}: {error}", backup.display()))?;
        }
        if !write(&path, before.as_deref(), &after)
            .map_err(|error| format!("could not be written: {error}"))?
        {
            continue;
        }
        // As it was before the first change: nobody needs the copy any more.
        let is_restored = matches!(edited, Edited::Removed(_))
            && std::fs::read(&backup).is_ok_and(|kept| kept == after.as_bytes());
        if is_restored {
            let _ = std::fs::remove_file(&backup);
        }
        return Ok(Done { edited, backup: Some(backup).filter(|backup| backup.exists()), shown: None });
    }
    Err("is being written by its client; quit the client and try again".to_owned())
}

fn backup_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(BACKUP);
    path.with_file_name(name)
}

/// The text of a file; `None` where it is not there.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| "is no text in UTF-8".to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// A copy with the permissions of its original, whole or not there.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut file = state_dir::beside(to)?;
    file.write_all(&std::fs::read(from)?)?;
    file.as_file().set_permissions(from.metadata()?.permissions())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(to) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

/// Put a text in the place of the one before; false where somebody else has written meanwhile.
fn write(path: &Path, before: Option<&str>, after: &str) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = state_dir::beside(path)?;
    file.write_all(after.as_bytes())?;
    if let Ok(metadata) = path.metadata() {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    let is_same = match (before, std::fs::read(path)) {
        (Some(before), Ok(now)) => before.as_bytes() == now,
        (None, Err(error)) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    };
    if is_same {
        file.persist(path).map_err(|error| error.error)?;
    }
    Ok(is_same)
}

/// The lines that differ, with one around them.
fn difference(before: &str, after: &str) -> String {
    let layout = Layout::stdout();
    let diff = TextDiff::from_lines(before, after);
    let lines = diff.unified_diff().context_radius(1).to_string();
    let each = lines.lines().filter(|line| !line.starts_with("\\ ")).map(|line| {
        let cut: String = line.chars().take(LONGEST).collect();
        let cut = if cut.len() < line.len() { cut + " …" } else { cut };
        let tone = match line.chars().next() {
            Some('+') => Tone::Good,
            Some('-') => Tone::Danger,
            Some('@') => Tone::Soft,
            _ => Tone::Plain,
        };
        format!("    {}", layout.paint(tone, &cut))
    });
    each.collect::<Vec<_>>().join("\n")
}
