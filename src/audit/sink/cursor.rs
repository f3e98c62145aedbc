//! How far the copies of one log at one place are: a file beside the log, and a lock, so that of several processes one delivers at a time.

use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Result, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs4::FileExt;
use serde::{Deserialize, Serialize};

use super::super::chain::HeadState;
use super::Audit;
use crate::state_dir;

/// Records that are sent again after they were refused, at most.
const MOST_REFUSED: usize = 100;

/// A record that is to be sent.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) seq: u64,
    pub(super) text: String,
    /// Where the line after it begins.
    end: u64,
}

/// What is kept of a cursor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct SavedCursor {
    /// Number of the last record that was delivered, or passed over.
    seq: u64,
    /// Where the line after it begins in its file: a hint.
    offset: u64,
    /// Records that were refused while others were taken.
    refused: Vec<u64>,
}

/// A cursor that this process has until it is dropped.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    log: Audit,
    path: PathBuf,
    _lock: Arc<File>,
    seq: u64,
    offset: u64,
    pub(super) refused: Vec<u64>,
}

impl Cursor {
    /// Make the cursor of a place that has none: what is written from now on is for it.
    pub(super) fn begin(log: &Audit, place: &str) -> Result<()> {
        if path(log, place).exists() {
            return Ok(());
        }
        let kept = SavedCursor { seq: last_number(log), ..SavedCursor::default() };
        let made = state_dir::write_new(&path(log, place), &serde_json::to_vec(&kept)?);
        made.or_else(|error| if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
    }

    /// The cursor of a place, unless another process has it now.
    pub(super) fn take(log: Audit, place: &str) -> Result<Option<Self>> {
        let path = path(&log, place);
        let lock = state_dir::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.with_extension("lock"))?;
        if FileExt::try_lock(&lock).is_err() {
            return Ok(None);
        }
        let kept = match std::fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => SavedCursor::default(),
            // What cannot be understood says nothing: rather all of it once more than a record less.
            read => serde_json::from_slice(&read?).unwrap_or_default(),
        };
        let written = last_number(&log);
        if kept.seq > written {
            tracing::warn!(log = %log.path().display(), "the audit log began anew; all of it is copied");
        }
        let SavedCursor { seq, offset, refused } =
            if kept.seq > written { SavedCursor::default() } else { kept };
        Ok(Some(Self { log, path, _lock: Arc::new(lock), seq, offset, refused }))
    }

    /// This record was delivered.
    pub(super) fn advance(&mut self, next: &Next) {
        (self.seq, self.offset) = (next.seq, next.end);
    }

    /// This record was refused while others were taken. Of very many the oldest ones are left out; they stay in the log.
    pub(super) fn pass_over(&mut self, seq: u64) {
        self.refused.push(seq);
        while self.refused.len() > MOST_REFUSED {
            self.refused.remove(0);
        }
    }

    /// Write down how far it is.
    pub(super) fn keep(&self) -> Result<()> {
        let kept = SavedCursor { seq: self.seq, offset: self.offset, refused: self.refused.clone() };
        state_dir::write(&self.path, &serde_json::to_vec(&kept)?)
    }

    /// The records after the cursor, so many at most, in order. What nobody with the key wrote is none.
    pub(super) fn next(&self, most: usize) -> Result<Vec<Next>> {
        let mut found = Vec::new();
        let mut offset = self.offset;
        for path in self.files_after(self.seq) {
            self.read(&path, offset, &mut |next| {
                if next.seq > self.seq {
                    found.push(next);
                }
                found.len() < most
            })?;
            if found.len() >= most {
                break;
            }
            offset = 0;
        }
        Ok(found)
    }

    /// The record of this number.
    pub(super) fn find(&self, seq: u64) -> Result<Option<Next>> {
        let mut found = None;
        for path in self.files_after(seq.saturating_sub(1)) {
            self.read(&path, 0, &mut |next| {
                if next.seq == seq {
                    found = Some(next);
                }
                found.is_none()
            })?;
            if found.is_some() {
                break;
            }
        }
        Ok(found)
    }

    /// The files that can have records after this one: what was put aside has the number of its last record in its name.
    fn files_after(&self, seq: u64) -> Vec<PathBuf> {
        let last =
            |path: &Path| -> Option<u64> { path.file_stem()?.to_str()?.rsplit_once('.')?.1.parse().ok() };
        let files = self.log.files().into_iter();
        files.filter(|path| path == self.log.path() || last(path).is_none_or(|last| last > seq)).collect()
    }

    /// Read the signed records of a file for as long as `goes_on` says so. `offset` is taken where a line begins there.
    fn read(&self, path: &Path, offset: u64, goes_on: &mut dyn FnMut(Next) -> bool) -> Result<()> {
        let mut file = BufReader::new(File::open(path)?);
        let mut place = 0;
        if offset > 0 && offset <= file.get_ref().metadata()?.len() {
            file.seek(SeekFrom::Start(offset - 1))?;
            let mut before = Vec::new();
            file.read_until(b'\n', &mut before)?;
            place = if before == b"\n" { offset } else { 0 };
        }
        file.seek(SeekFrom::Start(place))?;
        let mut line = Vec::new();
        loop {
            line.clear();
            place += u64::try_from(file.read_until(b'\n', &mut line)?).unwrap_or(u64::MAX);
            // What has no end yet is being written.
            let Some(text) = line.strip_suffix(b"\n") else { return Ok(()) };
            let Some(signed) = self.log.signed_line(text) else { continue };
            let text = String::from_utf8_lossy(text).into_owned();
            if !goes_on(Next { seq: signed.seq, text, end: place }) {
                return Ok(());
            }
        }
    }
}

fn path(log: &Audit, place: &str) -> PathBuf {
    log.path().with_extension(format!("{place}.cursor"))
}

/// Number of the last record, as the head has it.
fn last_number(log: &Audit) -> u64 {
    match log.stored_head() {
        HeadState::Head(head) => head.seq,
        HeadState::Nothing | HeadState::Damaged => 0,
    }
}
