//! The audit log: append-only, HMAC-chained JSON Lines, one chain a tenant for all processes of the user.
//!
//! The chain goes on from file to file: when one is full it is put aside under the number of its last record.
//!
//! Each line carries a MAC over itself and the MAC before it, keyed with a secret that only the user can read, so that a line
//! that is changed, left out, moved or added is found and located. A second file, the head, holds the last MAC, so that lines
//! cut off at the end are missed too. It proves nothing against somebody who has the key; for that a copy belongs elsewhere.

mod logs;
mod proof;
pub mod sink;

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::error::Error;
pub use logs::Logs;
pub use proof::{Broken, Report};
use sink::Sink;

const KEY_BYTES: usize = 32;

/// Length of the head, filled up with spaces.
const HEAD_BYTES: usize = 256;

/// MAC before the first line.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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
    /// What became of the change, as [`crate::outcome::Outcome`] has the word.
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

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    seq: u64,
    time: String,
    pid: u32,
    #[serde(flatten)]
    record: Record,
    prev: String,
    mac: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    seq: u64,
    last: String,
    mac: String,
}

/// The log of one tenant.
#[derive(Debug, Clone)]
pub struct Audit {
    tenant: String,
    /// The tenant's base URL, where it is known.
    address: String,
    path: PathBuf,
    key: [u8; KEY_BYTES],
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
            Error::Operator(format!("the audit log in {} cannot be used: {error}", folder.display()))
        };
        make_private_folder(&folder).map_err(wrong)?;
        let key = key(&folder).map_err(wrong)?;
        let safe = file_stem(tenant);
        Ok(Self {
            address: String::new(),
            tenant: tenant.to_owned(),
            path: folder.join(format!("{safe}.jsonl")),
            key,
            largest: 0,
            sink: None,
        })
    }

    /// The same log, whose records have the tenant's base URL: two of one name share a log.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self }
    }

    /// The same log, which begins a new file when one has so many megabytes, and sends copies of its records away.
    #[must_use]
    pub fn kept_as(self, megabytes: u32, sink: Option<Sink>) -> Self {
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
            Error::Operator(format!(
                "the audit log {} cannot be written ({error}), so nothing that changes anything is done; free disk space or mend its \
                 permissions",
                self.path.display()
            ))
        })
    }

    fn append(&self, record: &Record) -> std::io::Result<()> {
        // The head's lock stands for both files, so that several processes make one chain.
        let mut head =
            private().read(true).write(true).create(true).truncate(false).open(self.head_path())?;
        FileExt::lock(&head)?;
        let mut file = self.opened()?;
        let (seq, prev) = match self.last(&mut file)? {
            // A file that was just begun goes on where the one before it ended.
            (0, _) => self.head_says(),
            last => last,
        };
        if self.largest > 0 && file.metadata()?.len() >= self.largest {
            std::fs::rename(&self.path, self.path.with_extension(format!("{seq:012}.jsonl")))?;
            file = self.opened()?;
        }
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let mut line = Line {
            seq: seq + 1,
            time,
            pid: std::process::id(),
            record: record.clone(),
            prev,
            mac: String::new(),
        };
        line.mac = self.mac(&line)?;
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        let mut next = Head { seq: line.seq, last: line.mac, mac: String::new() };
        next.mac = self.head_mac(&next);
        // In one write, always of one length: a process that is killed leaves the head before or the head after, and never a part.
        head.seek(SeekFrom::Start(0))?;
        head.write_all(format!("{:<HEAD_BYTES$}", serde_json::to_string(&next)?).as_bytes())?;
        head.sync_data()?;
        if let Some(sink) = &self.sink {
            sink.send(text.trim_end());
        }
        Ok(())
    }

    fn opened(&self) -> std::io::Result<File> {
        private().append(true).read(true).create(true).open(&self.path)
    }

    /// Where the log ends, as the head has it.
    fn head_says(&self) -> (u64, String) {
        let text = std::fs::read_to_string(self.head_path()).unwrap_or_default();
        match serde_json::from_str::<Head>(&text) {
            Ok(head) if self.head_mac(&head) == head.mac => (head.seq, head.last),
            _ => (0, START.to_owned()),
        }
    }

    /// The files of the log, the oldest first.
    fn files(&self) -> Vec<PathBuf> {
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

    /// Number and MAC of the last line. A line that was cut short by a crash is ended, so that it stands alone and is found.
    fn last(&self, file: &mut File) -> std::io::Result<(u64, String)> {
        let length = file.seek(SeekFrom::End(0))?;
        if length == 0 {
            return Ok((0, START.to_owned()));
        }
        let mut from = length.saturating_sub(64 * 1024);
        loop {
            file.seek(SeekFrom::Start(from))?;
            let mut tail = String::new();
            Read::by_ref(file).take(length - from).read_to_string(&mut tail)?;
            if !tail.ends_with('\n') {
                file.write_all(b"\n")?;
            }
            let whole = tail.lines().rev().find_map(|line| serde_json::from_str::<Line>(line).ok());
            match whole {
                Some(line) => return Ok((line.seq, line.mac)),
                None if from == 0 => return Ok((0, START.to_owned())),
                None => from = from.saturating_sub(1024 * 1024),
            }
        }
    }

    fn head_path(&self) -> PathBuf {
        self.path.with_extension("head")
    }

    fn mac(&self, line: &Line) -> std::io::Result<String> {
        let unsigned = Line {
            mac: String::new(),
            prev: line.prev.clone(),
            time: line.time.clone(),
            record: line.record.clone(),
            ..*line
        };
        Ok(self.hmac(serde_json::to_string(&unsigned)?.as_bytes()))
    }

    fn head_mac(&self, head: &Head) -> String {
        self.hmac(format!("head {} {}", head.seq, head.last).as_bytes())
    }

    fn hmac(&self, bytes: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(bytes);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The last lines, as they stand.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn tail(&self, lines: usize) -> std::io::Result<Vec<String>> {
        self.kept(lines, |_| true)
    }

    /// The records that hold this text anywhere: an id of a call, a plan or a device, a tool, a name.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn show(&self, text: &str, most: usize) -> std::io::Result<Vec<String>> {
        self.kept(most, |line| line.contains(text))
    }

    /// The records that this text may be in, each as it was written: one that was changed, or that nobody with the key wrote, is none.
    fn proven(&self, text: &str) -> std::io::Result<Vec<Record>> {
        let lines = self.show(text, usize::MAX)?.into_iter();
        let lines = lines.filter_map(|line| serde_json::from_str::<Line>(&line).ok());
        Ok(lines
            .filter(|line| self.mac(line).is_ok_and(|mac| mac == line.mac))
            .map(|line| line.record)
            .collect())
    }

    /// The records that this text may be in, whether they prove to be whole or not.
    fn told(&self, text: &str) -> std::io::Result<Vec<Record>> {
        let lines = self.show(text, usize::MAX)?.into_iter();
        Ok(lines
            .filter_map(|line| serde_json::from_str::<Line>(&line).ok())
            .map(|line| line.record)
            .collect())
    }

    fn kept(&self, most: usize, wanted: impl Fn(&str) -> bool) -> std::io::Result<Vec<String>> {
        let mut kept = std::collections::VecDeque::new();
        for path in self.files() {
            for line in BufReader::new(File::open(path)?).lines() {
                let line = line?;
                if wanted(&line) {
                    kept.push_back(line);
                }
                if kept.len() > most {
                    kept.pop_front();
                }
            }
        }
        Ok(kept.into())
    }
}

/// A tenant's name is anything; a file's name is not.
fn file_stem(tenant: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    tenant.chars().map(safe).take(64).collect()
}

/// Make a folder that only its owner can enter.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The key that a folder keeps, made by whoever comes first; only its owner can read it.
pub(crate) fn key(folder: &Path) -> std::io::Result<[u8; KEY_BYTES]> {
    let path = folder.join("key");
    let read = || -> std::io::Result<[u8; KEY_BYTES]> {
        let bytes = std::fs::read(&path)?;
        bytes.try_into().map_err(|_| std::io::Error::other(format!("{} is damaged", path.display())))
    };
    if path.exists() {
        return read();
    }
    let mut bytes = [0; KEY_BYTES];
    for (at, part) in [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].iter().enumerate() {
        let half = Sha256Half::of(part.as_bytes(), at);
        bytes.iter_mut().skip(at * 16).zip(half).for_each(|(byte, random)| *byte = random);
    }
    let made = path.with_extension(format!("new{}", std::process::id()));
    private().write(true).create_new(true).open(&made)?.write_all(&bytes)?;
    // A link, unlike a rename, fails when somebody else was first.
    let linked = std::fs::hard_link(&made, &path);
    std::fs::remove_file(&made)?;
    match linked {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => read(),
        Err(error) => Err(error),
    }
}

/// Half of a hash: takes the fixed bits out of a random UUID.
struct Sha256Half;

impl Sha256Half {
    fn of(random: &[u8], salt: usize) -> [u8; 16] {
        use sha2::Digest;
        let mut hash = Sha256::new();
        hash.update(random);
        hash.update(uuid::Uuid::new_v4().as_bytes());
        hash.update(salt.to_le_bytes());
        let hash = hash.finalize();
        let mut half = [0; 16];
        half.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        half
    }
}

#[cfg(test)]
mod tests;
