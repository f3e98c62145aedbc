//! Logs of the first edition, whose files had other names: each character of a tenant's name that is no letter, digit or hyphen was `_`
//! there, so that two tenants could have one file. A file with the records of one tenant takes its name of today, and its chain goes on.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Result};
use std::path::Path;

use fs4::FileExt;

use super::Audit;
use super::chain::Line;
use crate::error::Error;
use crate::state_dir::file_stem;

/// Rename the files of a tenant's log, where they have a name of the first edition and hold the records of this tenant alone.
///
/// # Errors
/// When they cannot be read or renamed.
pub(super) fn take_over(state: &Path, tenant: &str) -> std::result::Result<(), Error> {
    let (former, now) = (former_stem(tenant), file_stem(tenant));
    let folder = state.join("audit");
    if former == now || !folder.join(format!("{former}.jsonl")).exists() {
        return Ok(());
    }
    let (former, now) = (Audit::existing(state, &former)?, Audit::existing(state, &now)?);
    rename(&former, &now, tenant).map_err(|error| {
        Error::operator(format!(
            "the audit log {} of an earlier version cannot be taken over ({error})",
            former.path.display()
        ))
        .hint("look at the file and at its folder")
    })
}

/// The name of the file that the first edition gave to a tenant's log.
fn former_stem(tenant: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '-';
    tenant.chars().map(|c| if is_kept(c) { c } else { '_' }).take(64).collect()
}

/// The head goes first, with its lock held, so that a process that is about to write waits for the rest; the last file goes last, so that
/// what was interrupted is done again.
fn rename(former: &Audit, now: &Audit, tenant: &str) -> Result<()> {
    let head = match File::open(former.head_path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => File::open(now.head_path()),
        head => head,
    };
    let head = match head {
        // A log without a head is damaged; it stays where it is looked for.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        head => head?,
    };
    FileExt::lock(&head)?;
    if !former.path.exists() || now.path.exists() || !has_records_of_one(former, tenant)? {
        return Ok(());
    }
    if former.head_path().exists() {
        std::fs::rename(former.head_path(), now.head_path())?;
    }
    for path in former.files() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let rest = name.strip_prefix(&stem(&former.path)).unwrap_or_default().to_owned();
        std::fs::rename(&path, now.path.with_file_name(format!("{}{rest}", stem(&now.path))))?;
    }
    tracing::info!(log = %now.path.display(), "the audit log of an earlier version goes on under this name");
    Ok(())
}

/// Whether there are records, and all of them are of this tenant.
fn has_records_of_one(audit: &Audit, tenant: &str) -> Result<bool> {
    let mut is_there = false;
    for path in audit.files() {
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            let Ok(line) = serde_json::from_slice::<Line>(&line?) else { continue };
            if line.record.tenant != tenant {
                return Ok(false);
            }
            is_there = true;
        }
    }
    Ok(is_there)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Record;

    /// A log as the first edition named its file, with a record each of these tenants.
    fn former(state: &Path, tenants: &[&str]) {
        for tenant in tenants {
            let record =
                Record { tenant: (*tenant).to_owned(), phase: "intent".to_owned(), ..Record::default() };
            Audit::open(state, &former_stem(tenant)).unwrap().record(&record).unwrap();
        }
    }

    #[test]
    fn the_log_of_one_tenant_goes_on_under_its_name_of_today() {
        let state = tempfile::tempdir().unwrap();
        former(state.path(), &["test.school", "test.school"]);
        let aside = state.path().join("audit/test_school.000000000001.jsonl");
        let path = state.path().join("audit/test_school.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let (first, second) = text.split_once('\n').unwrap();
        std::fs::write(aside, format!("{first}\n")).unwrap();
        std::fs::write(&path, second).unwrap();
        // Again, as the next process does it.
        for _ in 0..2 {
            take_over(state.path(), "test.school").unwrap();
        }
        let audit = Audit::open(state.path(), "test.school").unwrap();
        audit.record(&Record { tenant: "test.school".to_owned(), ..Record::default() }).unwrap();
        assert_eq!(audit.verify().unwrap().lines, 3);
        let left = std::fs::read_dir(state.path().join("audit")).unwrap().flatten();
        let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("test_school."));
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn a_log_with_records_of_another_tenant_stays_where_it_is() {
        let state = tempfile::tempdir().unwrap();
        former(state.path(), &["test.school", "test_school"]);
        take_over(state.path(), "test.school").unwrap();
        take_over(state.path(), "test_school").unwrap();
        assert_eq!(Audit::open(state.path(), "test_school").unwrap().verify().unwrap().lines, 2);
        assert_eq!(Audit::open(state.path(), "test.school").unwrap().verify().unwrap().lines, 0);
    }
}
