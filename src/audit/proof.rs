//! Proving an audit log whole, or the first place at which it is not.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::{Audit, Head, Line, START};

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
#[error("the audit log is broken at line {line} of {file}: {why}")]
pub struct Broken {
    /// The file, by its name.
    pub file: String,
    /// Line of that file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

impl Audit {
    /// Prove the log whole, all of its files.
    ///
    /// # Errors
    /// The first place at which it is not.
    pub fn verify(&self) -> Result<Report, Broken> {
        let mut chain = Chain {
            seq: 0,
            prev: START.to_owned(),
            number: 0,
            file: file_name(&self.path),
            lines: 0,
            open: Vec::new(),
        };
        for path in self.files() {
            chain.number = 0;
            chain.file = file_name(&path);
            let file =
                File::open(&path).map_err(|error| chain.broken(&format!("it cannot be read: {error}")))?;
            for text in BufReader::new(file).lines() {
                chain.number += 1;
                let text = text.map_err(|error| chain.broken(&format!("it cannot be read: {error}")))?;
                self.follow(&mut chain, &text)?;
            }
        }
        self.verify_head(&chain)?;
        Ok(Report { lines: chain.lines, open: chain.open })
    }

    fn follow(&self, chain: &mut Chain, text: &str) -> Result<(), Broken> {
        let line: Line = serde_json::from_str(text)
            .map_err(|_| chain.broken("it is not a record; it was changed, or written only in part"))?;
        if line.prev != chain.prev || line.seq != chain.seq + 1 {
            return Err(
                chain.broken("it does not follow the line before it; lines were left out, moved or added")
            );
        }
        if self.mac(&line).ok().as_deref() != Some(line.mac.as_str()) {
            return Err(chain.broken("it was changed"));
        }
        match line.record.phase.as_str() {
            "intent" => chain.open.push(line.record.call.clone()),
            "outcome" => chain.open.retain(|call| *call != line.record.call),
            _ => {}
        }
        (chain.prev, chain.seq) = (line.mac, line.seq);
        chain.lines += 1;
        Ok(())
    }

    fn verify_head(&self, chain: &Chain) -> Result<(), Broken> {
        let (seq, last) = (chain.seq, chain.prev.as_str());
        let broken = |why: String| Broken { file: chain.file.clone(), line: chain.number + 1, why };
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
}

/// How far the proof of a log is.
struct Chain {
    seq: u64,
    prev: String,
    /// Line of the file that is read.
    number: u64,
    file: String,
    lines: u64,
    open: Vec<String>,
}

impl Chain {
    fn broken(&self, why: &str) -> Broken {
        Broken { file: self.file.clone(), line: self.number, why: why.to_owned() }
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
