//! The audit log: append-only, HMAC-chained JSON Lines, one file a tenant for all processes of the user.
//!
//! Each line carries a MAC over itself and the MAC before it, keyed with a secret that only the user can read, so that a line
//! that is changed, left out, moved or added is found and located. A second file, the head, holds the last MAC, so that lines
//! cut off at the end are missed too. It proves nothing against somebody who has the key; for that a copy belongs elsewhere.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fs4::FileExt;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::error::Error;

const KEY_BYTES: usize = 32;
/// MAC before the first line.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What is written down of one step of one call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Who calls.
    pub who: String,
    /// Name and version that the client gives itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<String>,
    /// How it reached us.
    pub transport: String,
    /// The call, the same in all of its steps.
    pub call: String,
    /// Tenant by its name in the configuration.
    pub tenant: String,
    /// The tool.
    pub tool: String,
    /// Its risk class.
    pub risk: String,
    /// Which step: `intent`, `outcome` or `refused`.
    pub phase: String,
    /// The arguments, secrets left out.
    pub arguments: Value,
    /// What came of it, in a few words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub result: Option<String>,
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
    path: PathBuf,
    key: [u8; KEY_BYTES],
}

/// What a whole log holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Number of lines, all of them proven.
    pub lines: u64,
    /// Calls with an intent and no outcome: their process ended in between.
    pub open: Vec<String>,
}

/// Where and why a log is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit log is broken at line {line}: {why}")]
pub struct Broken {
    /// Line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
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
        // A tenant's name is anything; a file's name is not.
        let safe: String = tenant
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .take(64)
            .collect();
        Ok(Self { path: folder.join(format!("{safe}.jsonl")), key })
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
        self.append(record).map_err(|error| {
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
        let mut file = private().append(true).read(true).create(true).open(&self.path)?;
        let (seq, prev) = self.last(&mut file)?;
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
        head.set_len(0)?;
        head.seek(SeekFrom::Start(0))?;
        head.write_all(serde_json::to_string(&next)?.as_bytes())?;
        head.sync_data()
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

    /// Prove the log whole.
    ///
    /// # Errors
    /// The first place at which it is not.
    pub fn verify(&self) -> Result<Report, Broken> {
        let Ok(file) = File::open(&self.path) else { return self.verify_nothing() };
        let (mut prev, mut seq, mut number) = (START.to_owned(), 0, 0);
        let mut open: Vec<String> = Vec::new();
        for text in BufReader::new(file).lines() {
            number += 1;
            let broken = |why: &str| Broken { line: number, why: why.to_owned() };
            let text = text.map_err(|error| broken(&format!("it cannot be read: {error}")))?;
            let line: Line = serde_json::from_str(&text)
                .map_err(|_| broken("it is not a record; it was changed, or written only in part"))?;
            if line.prev != prev || line.seq != seq + 1 {
                return Err(broken(
                    "it does not follow the line before it; lines were left out, moved or added",
                ));
            }
            if self.mac(&line).ok().as_deref() != Some(line.mac.as_str()) {
                return Err(broken("it was changed"));
            }
            match line.record.phase.as_str() {
                "intent" => open.push(line.record.call.clone()),
                _ => open.retain(|call| *call != line.record.call),
            }
            (prev, seq) = (line.mac, line.seq);
        }
        self.verify_head(seq, &prev, number)?;
        Ok(Report { lines: number, open })
    }

    fn verify_nothing(&self) -> Result<Report, Broken> {
        self.verify_head(0, START, 0)?;
        Ok(Report { lines: 0, open: Vec::new() })
    }

    fn verify_head(&self, seq: u64, last: &str, lines: u64) -> Result<(), Broken> {
        let broken = |why: String| Broken { line: lines + 1, why };
        let text = std::fs::read_to_string(self.head_path()).unwrap_or_default();
        let Ok(head) = serde_json::from_str::<Head>(&text) else {
            return if seq == 0 && text.is_empty() {
                Ok(())
            } else {
                Err(broken("the head file, which tells where the log ends, is missing or damaged".to_owned()))
            };
        };
        if self.head_mac(&head) != head.mac {
            return Err(broken("the head file was changed".to_owned()));
        }
        // A crash between the line and the head leaves the head one line behind.
        if head.seq > seq || (head.seq == seq && head.last != last) {
            return Err(broken(format!(
                "lines are missing at the end: {} were written, {seq} are there",
                head.seq
            )));
        }
        if seq > head.seq + 1 {
            return Err(broken(format!(
                "{} lines at the end were not written by this server",
                seq - head.seq
            )));
        }
        Ok(())
    }

    /// The last lines, as they stand.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn tail(&self, lines: usize) -> std::io::Result<Vec<String>> {
        let Ok(file) = File::open(&self.path) else { return Ok(Vec::new()) };
        let mut kept = std::collections::VecDeque::new();
        for line in BufReader::new(file).lines() {
            kept.push_back(line?);
            if kept.len() > lines {
                kept.pop_front();
            }
        }
        Ok(kept.into())
    }
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
mod tests {
    use serde_json::json;

    use super::*;

    fn record(number: usize) -> Record {
        Record {
            who: "tester".to_owned(),
            client: None,
            transport: "cli".to_owned(),
            call: format!("call-{number}"),
            tenant: "default".to_owned(),
            tool: "building_create".to_owned(),
            risk: "write".to_owned(),
            phase: "outcome".to_owned(),
            arguments: json!({ "body": { "name": format!("B{number}") } }),
            result: Some("201".to_owned()),
        }
    }

    fn written(lines: usize) -> (tempfile::TempDir, Audit) {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(folder.path(), "default").unwrap();
        (0..lines).for_each(|number| audit.record(&record(number)).unwrap());
        (folder, audit)
    }

    fn edit(audit: &Audit, change: impl Fn(&mut Vec<String>)) {
        let mut lines: Vec<String> =
            std::fs::read_to_string(audit.path()).unwrap().lines().map(str::to_owned).collect();
        change(&mut lines);
        std::fs::write(audit.path(), lines.join("\n") + "\n").unwrap();
    }

    #[test]
    fn a_whole_log_is_proven() {
        let (_folder, audit) = written(20);
        assert_eq!(audit.verify().unwrap(), Report { lines: 20, open: Vec::new() });
        assert_eq!(audit.tail(3).unwrap().len(), 3);
        let (_folder, nothing) = written(0);
        assert_eq!(nothing.verify().unwrap().lines, 0);
    }

    #[test]
    fn every_change_is_found_and_located() {
        type Change = fn(&mut Vec<String>);
        let cases: [(&str, u64, Change); 6] = [
            ("changed", 5, |lines| lines[4] = lines[4].replace("B4", "B9")),
            ("left out", 5, |lines| {
                lines.remove(4);
            }),
            ("moved", 5, |lines| lines.swap(4, 5)),
            ("added", 6, |lines| lines.insert(5, lines[4].clone())),
            ("cut off", 18, |lines| lines.truncate(17)),
            ("garbage", 3, |lines| lines[2] = "{}".to_owned()),
        ];
        for (what, line, change) in cases {
            let (_folder, audit) = written(20);
            edit(&audit, change);
            assert_eq!(audit.verify().unwrap_err().line, line, "{what}");
        }
        let (_folder, audit) = written(5);
        std::fs::remove_file(audit.path()).unwrap();
        assert!(audit.verify().is_err(), "all of it gone");
    }

    #[test]
    fn an_intent_without_an_outcome_is_told() {
        let (_folder, audit) = written(0);
        audit.record(&Record { phase: "intent".to_owned(), ..record(1) }).unwrap();
        audit.record(&Record { phase: "intent".to_owned(), ..record(2) }).unwrap();
        audit.record(&record(2)).unwrap();
        assert_eq!(audit.verify().unwrap().open, ["call-1"]);
    }

    #[test]
    fn a_crash_between_line_and_head_is_borne() {
        let (_folder, audit) = written(3);
        let head = std::fs::read(audit.head_path()).unwrap();
        audit.record(&record(3)).unwrap();
        std::fs::write(audit.head_path(), head).unwrap();
        assert_eq!(audit.verify().unwrap().lines, 4);
        audit.record(&record(4)).unwrap();
        assert_eq!(audit.verify().unwrap().lines, 5);
    }

    #[test]
    fn writers_make_one_chain() {
        let (folder, audit) = written(0);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let folder = folder.path();
                scope.spawn(move || {
                    let audit = Audit::open(folder, "default").unwrap();
                    (0..25).for_each(|number| audit.record(&record(writer * 100 + number)).unwrap());
                });
            }
        });
        assert_eq!(audit.verify().unwrap().lines, 200);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, audit) = written(1);
        for path in [audit.path().to_owned(), audit.head_path(), folder.path().join("audit/key")] {
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o077,
                0,
                "{}",
                path.display()
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_refuses() {
        let (_folder, audit) = written(1);
        std::fs::remove_file(audit.path()).unwrap();
        std::os::unix::fs::symlink("/dev/full", audit.path()).unwrap();
        assert!(matches!(audit.record(&record(2)), Err(Error::Operator(_))));
    }
}
