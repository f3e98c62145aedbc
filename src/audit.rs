//! The audit log: append-only, HMAC-chained JSON Lines, one chain a tenant for all processes of the user.
//!
//! The chain goes on from file to file: when one is full it is put aside under the number of its last record.
//!
//! Each line carries a MAC over itself and the MAC before it, keyed with a secret that only the user can read, so that a line
//! that is changed, left out, moved or added is found and located. A second file, the head, holds the last MAC, so that lines
//! cut off at the end are missed too, also after more was written. It proves nothing against somebody who has the key; for that a copy belongs elsewhere.

mod chain;
mod former;
mod lines;
mod logs;
mod proof;
pub mod sink;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::state_dir::{self, Key, file_stem};
use chain::Line;
pub use logs::Logs;
pub use proof::{Defect, Proof, Report};
use sink::Sink;

/// What is written down of one step of one call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Record {
    /// Who calls.
    pub who: String,
    /// Name and version that the client gives itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// How it reached us.
    pub transport: String,
    /// Which connection it came by, where there is one: a digest, for who has the id itself could join in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session: Option<String>,
    /// The call, the same in all of its steps.
    pub call: String,
    /// Tenant by its name in the configuration.
    pub tenant: String,
    /// Its base URL, where the tenant is at hand.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub address: String,
    /// The tool.
    pub tool: String,
    /// Its risk class.
    pub risk: String,
    /// Which step: `intent`, `outcome`, `refused`, `planned`, `approved`, `rejected`.
    pub phase: String,
    /// The arguments, secrets left out.
    pub arguments: Value,
    /// What became of the change, as [`jamf_pro_client::outcome::Outcome`] has the word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcome: Option<String>,
    /// What came of it, in a few words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<String>,
    /// The plan, by its id and its hash.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<String>,
    /// Who approved or rejected it, and how.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub approvers: Vec<String>,
    /// What it is done to.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub targets: Vec<String>,
    /// Ids that the tenant gave.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub upstream: Vec<String>,
    /// Number of the change ticket.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket: Option<String>,
    /// The caller's reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// The log of one tenant.
#[derive(Debug, Clone)]
pub struct Audit {
    tenant: String,
    /// The tenant's base URL, where it is known.
    address: String,
    path: PathBuf,
    key: Key,
    /// Bytes after which a new file is begun; 0 for never.
    largest: u64,
    sink: Option<Sink>,
}

impl Audit {
    /// The log of a tenant in the state folder; made when it is not there.
    ///
    /// # Errors
    /// When the folder or the key cannot be made or read.
    pub fn open(state: &Path, tenant: &str) -> Result<Self, Error> {
        let folder = state.join("audit");
        let wrong = |error: std::io::Error| {
            Error::operator(format!("the audit log in {} cannot be used: {error}", folder.display()))
        };
        state_dir::make_state_folder(state).map_err(wrong)?;
        state_dir::make_folder(&folder).map_err(wrong)?;
        let key = state_dir::key(&folder).map_err(wrong)?;
        Ok(Self::with_key(&folder, tenant, &file_stem(tenant), key))
    }

    /// The same for a log that is known by the name of its file, without the ending.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub(crate) fn of_file(state: &Path, stem: &str) -> Result<Self, Error> {
        let audit = Self::open(state, stem)?;
        let path = audit.path.with_file_name(format!("{stem}.jsonl"));
        Ok(Self { path, ..audit })
    }

    /// A log for reading, by the name of its file without the ending: nothing is made, neither a folder nor a key.
    ///
    /// # Errors
    /// When the key of the logs is not there or cannot be read.
    pub fn existing(state: &Path, stem: &str) -> Result<Self, Error> {
        let folder = state.join("audit");
        let key = state_dir::existing_key(&folder.join("key")).map_err(|error| {
            Error::operator(format!(
                "the key {} of the audit logs cannot be read ({error}), and without it no record can be proven",
                folder.join("key").display()
            ))
        })?;
        Ok(Self::with_key(&folder, stem, stem, key))
    }

    fn with_key(folder: &Path, tenant: &str, stem: &str, key: Key) -> Self {
        Self {
            address: String::new(),
            tenant: tenant.to_owned(),
            path: folder.join(format!("{stem}.jsonl")),
            key,
            largest: 0,
            sink: None,
        }
    }

    /// The same log, whose records have the tenant's base URL: two of one name share a log.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self }
    }

    /// The same log, which begins a new file when one has so many megabytes, and sends copies of its records away.
    #[must_use]
    pub fn with_limits(self, megabytes: u32, sink: Option<Sink>) -> Self {
        if let Some(sink) = &sink {
            sink.follow(&self);
        }
        Self { largest: u64::from(megabytes) * 1024 * 1024, sink, ..self }
    }

    /// The tenant, by its name in the configuration.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Write one step down, on the disk before this returns.
    ///
    /// # Errors
    /// When it cannot be written; whatever it was to record must not happen then.
    pub fn record(&self, record: &Record) -> Result<(), Error> {
        let mut record = record.clone();
        if record.address.is_empty() {
            record.address.clone_from(&self.address);
        }
        self.append(&record).map_err(|error| {
            let cure = match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "free disk space",
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    "fix the permissions of the file and of its folder"
                }
                _ => "look at the file and at the disk that it is on",
            };
            let error = Error::operator(format!(
                "the audit log {} cannot be written ({error}), so nothing that changes anything is done; {cure}",
                self.path.display()
            ));
            tracing::error!(%error, "a record was not written to the audit log");
            error
        })
    }

    /// The files of the log, the oldest first.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let stem = self.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let aside = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let number = name.strip_prefix(&format!("{stem}.")).and_then(|rest| rest.strip_suffix(".jsonl"));
            number
                .is_some_and(|number| number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let entries = self.path.parent().map(std::fs::read_dir).into_iter().flatten().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(aside).collect();
        files.sort();
        files.extend(Some(self.path.clone()).filter(|path| path.exists()));
        files
    }

    fn head_path(&self) -> PathBuf {
        self.path.with_extension("head")
    }

    /// The last lines, as they stand. Only the ends of the files are read that have them.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn tail(&self, lines: usize) -> std::io::Result<Vec<String>> {
        self.last_lines(lines, usize::MAX, |_| true)
    }

    /// The last records of one principal's calls, as they stand, among the last `among` records of the log.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn tail_of(&self, who: &str, lines: usize, among: usize) -> std::io::Result<Vec<String>> {
        self.last_lines(lines, among, |line| {
            serde_json::from_slice::<Line>(line).is_ok_and(|line| line.record.who == who)
        })
    }

    /// The last lines that are wanted, at most so many, among so many.
    fn last_lines(
        &self,
        lines: usize,
        among: usize,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> std::io::Result<Vec<String>> {
        let (mut last, mut looked_at) = (Vec::new(), 0);
        for path in self.files().into_iter().rev() {
            lines::from_end(&mut File::open(path)?, |line| {
                looked_at += 1;
                if last.len() < lines && looked_at <= among && is_wanted(line) {
                    last.push(String::from_utf8_lossy(line).into_owned());
                }
                last.len() < lines && looked_at < among
            })?;
            if last.len() >= lines || looked_at >= among {
                break;
            }
        }
        last.reverse();
        Ok(last)
    }

    /// The records that hold this text anywhere: an id of a call, a plan or a device, a tool, a name.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn show(&self, text: &str, most: usize) -> std::io::Result<Vec<String>> {
        let lines = self.lines_with(text, most)?;
        Ok(lines.into_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect())
    }

    /// The records that this text may be in, each as it was written: one that was changed, or that nobody with the key wrote, is none.
    pub(crate) fn signed_records(&self, text: &str) -> std::io::Result<Vec<Record>> {
        let lines = self.lines_with(text, usize::MAX)?.into_iter();
        Ok(lines.filter_map(|line| self.signed_line(&line)).map(|line| line.record).collect())
    }

    /// The records that this text may be in, whether they prove to be whole or not.
    pub(crate) fn records_with(&self, text: &str) -> std::io::Result<Vec<Record>> {
        let lines = self.lines_with(text, usize::MAX)?.into_iter();
        Ok(lines
            .filter_map(|line| serde_json::from_slice::<Line>(&line).ok())
            .map(|line| line.record)
            .collect())
    }

    /// The last lines that hold a text, as bytes: a line that was cut off inside a character is a line all the same.
    fn lines_with(&self, text: &str, most: usize) -> std::io::Result<VecDeque<Vec<u8>>> {
        let mut last = VecDeque::new();
        for path in self.files() {
            for line in BufReader::new(File::open(path)?).split(b'\n') {
                let line = line?;
                if lines::holds(&line, text) {
                    last.push_back(line);
                }
                if last.len() > most {
                    last.pop_front();
                }
            }
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests;
