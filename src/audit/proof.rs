//! Proving an audit log whole, or the places at which it is not.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use fs4::FileExt;

use super::Audit;
use super::chain::{DAMAGED, HeadState, Line, START};

/// Places at which a log is not whole that are told one by one.
const MOST_PLACES: usize = 20;

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
pub struct Defect {
    /// The file, by its name.
    pub file: String,
    /// Line of that file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

/// What was found in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What it holds.
    pub report: Report,
    /// The first places at which it is not whole; none where it is.
    pub broken: Vec<Defect>,
}

impl Audit {
    /// Prove the log whole, all of its files.
    ///
    /// # Errors
    /// The first place at which it is not.
    pub fn verify(&self) -> Result<Report, Defect> {
        let proof = self.prove();
        proof.broken.into_iter().next().map_or(Ok(proof.report), Err)
    }

    /// Look at all of the log, past the first place at which it is not whole too.
    pub fn prove(&self) -> Proof {
        let mut chain = Chain {
            seq: 0,
            prev: START.to_owned(),
            number: 0,
            file: file_name(&self.path),
            report: Report { lines: 0, open: Vec::new() },
            broken: Vec::new(),
        };
        // Nobody writes meanwhile, so that the head is that of what was read.
        let head = File::open(self.head_path());
        let _held = head.as_ref().map(FileExt::lock_shared);
        for path in self.files() {
            chain.number = 0;
            chain.file = file_name(&path);
            if let Err(error) = self.prove_file(&mut chain, &path) {
                chain.number += 1;
                chain.is_broken(&format!("it cannot be read: {error}"));
            }
        }
        chain.number += 1;
        self.prove_head(&mut chain);
        Proof { report: chain.report, broken: chain.broken }
    }

    fn prove_file(&self, chain: &mut Chain, path: &Path) -> std::io::Result<()> {
        for text in BufReader::new(File::open(path)?).split(b'\n') {
            let text = text?;
            chain.number += 1;
            self.follow(chain, &text);
        }
        Ok(())
    }

    fn follow(&self, chain: &mut Chain, text: &[u8]) {
        let Ok(line) = serde_json::from_slice::<Line>(text) else {
            return chain.is_broken("it is not a record; it was changed, or written only in part");
        };
        let is_signed = self.signed_line(text).is_some();
        if line.record.phase == DAMAGED && is_signed {
            let damage = line.record.result.as_deref().unwrap_or("the log was damaged");
            chain.is_broken(&format!("{damage}; this was found at {}", line.time));
        } else if line.prev != chain.prev || line.seq != chain.seq.saturating_add(1) {
            chain.is_broken("it does not follow the line before it; lines were left out, moved or added");
        } else if !is_signed {
            chain.is_broken("it was changed");
        }
        let open = &mut chain.report.open;
        match line.record.phase.as_str() {
            "intent" => open.push(line.record.call.clone()),
            "outcome" => open.retain(|call| *call != line.record.call),
            _ => {}
        }
        (chain.prev, chain.seq) = (line.mac, line.seq);
        chain.report.lines += 1;
    }

    fn prove_head(&self, chain: &mut Chain) {
        let head = match self.stored_head() {
            HeadState::Nothing if chain.report.lines == 0 => return,
            HeadState::Nothing => {
                return chain.is_broken("the head file, which says where the log ends, is missing or empty");
            }
            HeadState::Damaged => return chain.is_broken("the head file was changed, or cannot be read"),
            HeadState::Head(head) => head,
        };
        // A crash between the line and the head leaves the head one line behind.
        if head.seq > chain.seq || (head.seq == chain.seq && head.last != chain.prev) {
            chain.is_broken(&format!(
                "lines are missing at the end: {} were written, {} are there",
                head.seq, chain.seq
            ));
        } else if chain.seq > head.seq.saturating_add(1) {
            let more = chain.seq - head.seq;
            chain.is_broken(&format!("{more} lines at the end were not written by this server"));
        }
    }
}

/// How far the proof of a log is.
struct Chain {
    seq: u64,
    prev: String,
    /// Line of the file that is read.
    number: u64,
    file: String,
    report: Report,
    broken: Vec<Defect>,
}

impl Chain {
    fn is_broken(&mut self, why: &str) {
        if self.broken.len() < MOST_PLACES {
            self.broken.push(Defect { file: self.file.clone(), line: self.number, why: why.to_owned() });
        }
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
