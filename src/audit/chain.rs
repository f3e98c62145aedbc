//! The chain of signed records, and how it goes on: the end of the log is compared with its signed head first.
//!
//! A log that does not end where its head says was cut off, changed or lengthened by somebody else. That is written into the log itself,
//! as a signed record, before the chain goes on: what was done to a log stays visible in it, however much is written afterwards.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use fs4::FileExt;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Audit, Record, lines};
use crate::state_dir;

/// Length of the head, filled up with spaces.
const HEAD_BYTES: usize = 256;

/// MAC before the first line.
pub(super) const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Phase of the record that says what was wrong with the log.
pub(super) const DAMAGED: &str = "damaged";

/// A record in the chain.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) seq: u64,
    pub(super) time: String,
    pub(super) pid: u32,
    #[serde(flatten)]
    pub(super) record: Record,
    pub(super) prev: String,
    // The last field: its value is what a line has that was not signed.
    pub(super) mac: String,
}

/// Where the log ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) seq: u64,
    pub(super) last: String,
    mac: String,
}

/// What the head file says.
#[derive(Debug)]
pub(super) enum HeadState {
    /// There is none, or nothing in it.
    Nothing,
    /// It was changed, or is no head.
    Damaged,
    /// Where the log ends.
    Head(Head),
}

/// The end of the log as its files have it.
#[derive(Debug)]
struct End {
    /// The last record that was signed.
    line: Option<Line>,
    /// Records after it that nobody with the key wrote, or that were changed.
    unsigned: u64,
}

impl End {
    /// How many records there are, by the number of the last one.
    fn records(&self) -> u64 {
        self.line.as_ref().map_or(0, |line| line.seq)
    }
}

impl Audit {
    /// Write one record at the end of the chain, on the disk before this returns.
    pub(super) fn append(&self, record: &Record) -> std::io::Result<()> {
        // The head's lock stands for both files, so that several processes make one chain.
        state_dir::make_file(&self.head_path())?;
        let mut head = File::options().read(true).write(true).open(self.head_path())?;
        FileExt::lock(&head)?;
        let mut file = self.open_file()?;
        let (stored, end) = (self.read_head(&mut head)?, self.end()?);
        let (mut seq, mut prev) = match (&stored, &end.line) {
            (_, Some(line)) => (line.seq, line.mac.clone()),
            (_, None) => (0, START.to_owned()),
        };
        if let Some(damage) = damage(&stored, &end) {
            tracing::error!(log = %self.path.display(), "{damage}");
            if let HeadState::Head(head) = stored {
                // No number is given twice, also not one of a record that was cut off.
                (seq, prev) = (head.seq, head.last);
            }
            (seq, prev) = self.put(&mut file, &mut head, (seq, prev), &self.damage_record(record, damage))?;
        }
        if self.largest > 0 && file.metadata()?.len() >= self.largest {
            let aside = self.path.with_extension(format!("{seq:012}.jsonl"));
            if !aside.exists() {
                std::fs::rename(&self.path, aside)?;
                file = self.open_file()?;
            }
        }
        self.put(&mut file, &mut head, (seq, prev), record).map(|_| ())
    }

    /// Write a record after this one. Answers its number and MAC. Nothing of it is left in the file when this fails.
    fn put(
        &self,
        file: &mut File,
        head: &mut File,
        (seq, prev): (u64, String),
        record: &Record,
    ) -> std::io::Result<(u64, String)> {
        let time = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let (seq, pid) = (seq.saturating_add(1), std::process::id());
        let line = Line { seq, time, pid, record: record.clone(), prev, mac: String::new() };
        let unsigned = serde_json::to_string(&line)?;
        let mac = self.hmac(unsigned.as_bytes())?;
        let text = format!("{}{mac}\"}}\n", unsigned.strip_suffix("\"}").unwrap_or_default());
        let length = file.metadata()?.len();
        let written = (|| {
            if !lines::is_ended(file)? {
                // It was cut short when a process ended: it stands alone then, and is found.
                file.write_all(b"\n")?;
            }
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            self.write_head(head, seq, &mac)
        })();
        if let Err(error) = written {
            // As far as that is possible; a part that stays is found as one.
            let _ = file.set_len(length);
            return Err(error);
        }
        if let Some(sink) = &self.sink {
            sink.wake();
        }
        Ok((seq, mac))
    }

    fn damage_record(&self, during: &Record, damage: String) -> Record {
        Record {
            who: during.who.clone(),
            transport: during.transport.clone(),
            call: uuid::Uuid::new_v4().to_string(),
            tenant: during.tenant.clone(),
            address: during.address.clone(),
            tool: "audit".to_owned(),
            phase: DAMAGED.to_owned(),
            result: Some(damage),
            ..Record::default()
        }
    }

    fn open_file(&self) -> std::io::Result<File> {
        state_dir::options().append(true).read(true).create(true).open(&self.path)
    }

    /// The last signed record of the log, in whichever of its files it is.
    fn end(&self) -> std::io::Result<End> {
        let mut end = End { line: None, unsigned: 0 };
        for path in self.files().into_iter().rev() {
            lines::from_end(&mut File::open(path)?, |line| {
                end.line = self.signed_line(line);
                // A line that was cut short when a process ended was never counted by the head.
                if end.line.is_none() && serde_json::from_slice::<Line>(line).is_ok() {
                    end.unsigned += 1;
                }
                end.line.is_none()
            })?;
            if end.line.is_some() {
                break;
            }
        }
        Ok(end)
    }

    /// A line that was written with the key and not changed since.
    pub(super) fn signed_line(&self, text: &[u8]) -> Option<Line> {
        let line: Line = serde_json::from_slice(text).ok()?;
        // By the bytes that were signed, and not by what parsing and writing them again would make of a number.
        let unsigned = text.strip_suffix(format!("{}\"}}", line.mac).as_bytes())?;
        let mac = self.hmac(&[unsigned, b"\"}"].concat()).ok()?;
        (mac == line.mac).then_some(line)
    }

    /// What the head says, for who has it open.
    fn read_head(&self, head: &mut File) -> std::io::Result<HeadState> {
        let mut bytes = Vec::new();
        head.seek(SeekFrom::Start(0))?;
        head.read_to_end(&mut bytes)?;
        Ok(self.head_of(&bytes))
    }

    /// What the head says.
    pub(super) fn stored_head(&self) -> HeadState {
        match std::fs::read(self.head_path()) {
            Ok(bytes) => self.head_of(&bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => HeadState::Nothing,
            Err(_) => HeadState::Damaged,
        }
    }

    fn head_of(&self, bytes: &[u8]) -> HeadState {
        if bytes.is_empty() {
            return HeadState::Nothing;
        }
        match serde_json::from_slice::<Head>(bytes) {
            Ok(head) if self.head_mac(head.seq, &head.last).is_ok_and(|mac| mac == head.mac) => {
                HeadState::Head(head)
            }
            _ => HeadState::Damaged,
        }
    }

    /// In one write, always of one length: a process that is killed leaves the head before or the head after, and never a part.
    fn write_head(&self, file: &mut File, seq: u64, last: &str) -> std::io::Result<()> {
        let head = Head { seq, last: last.to_owned(), mac: self.head_mac(seq, last)? };
        file.seek(SeekFrom::Start(0))?;
        file.write_all(format!("{:<HEAD_BYTES$}", serde_json::to_string(&head)?).as_bytes())?;
        file.sync_data()
    }

    fn head_mac(&self, seq: u64, last: &str) -> std::io::Result<String> {
        self.hmac(format!("head {seq} {last}").as_bytes())
    }

    fn hmac(&self, bytes: &[u8]) -> std::io::Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.bytes()).map_err(std::io::Error::other)?;
        mac.update(bytes);
        Ok(hex::encode(mac.finalize().into_bytes()))
    }
}

/// What is wrong with the end of a log; nothing where it ends as its head says.
fn damage(stored: &HeadState, end: &End) -> Option<String> {
    let records = end.records();
    let unsigned = match end.unsigned {
        0 => String::new(),
        more => format!(", and {more} after them that were changed or not written by this server"),
    };
    let head = match stored {
        HeadState::Nothing if records == 0 && end.unsigned == 0 => return None,
        // The process ended between the first record and its head.
        HeadState::Nothing if end.line.as_ref().is_some_and(|line| line.seq == 1) && end.unsigned == 0 => {
            return None;
        }
        HeadState::Nothing => {
            return Some(format!(
                "the log was damaged: the head, which says where it ends, is missing; the file has {records} records{unsigned}"
            ));
        }
        HeadState::Damaged => {
            return Some(format!(
                "the log was damaged: the head, which says where it ends, was changed; the file has {records} records{unsigned}"
            ));
        }
        HeadState::Head(head) => head,
    };
    let last = end.line.as_ref().map_or(START, |line| line.mac.as_str());
    let ends_there = head.seq == records && head.last == last;
    // The process ended between a record and its head.
    let one_more = end.line.as_ref().is_some_and(|line| line.seq == head.seq + 1 && line.prev == head.last);
    if (ends_there || one_more) && end.unsigned == 0 {
        return None;
    }
    Some(format!("the log was damaged: the head says {} records, the file has {records}{unsigned}", head.seq))
}
