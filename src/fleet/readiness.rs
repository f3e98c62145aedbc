//! What a question gets that waited for parts: their status, or how far their loads are.

use std::fmt;
use std::time::{Duration, Instant};

use super::load::Progress;
use super::parts::Source;
use super::store::PartStatus;

/// Whether parts are there for a question.
#[derive(Debug)]
pub enum Readiness {
    /// They are as new as the question wants them, each complete or with what is missing and why.
    Ready(Vec<PartStatus>),
    /// They are still loaded. The load goes on, and the same question can be asked again.
    NotYet(NotYet),
}

/// How far the loads are that a question waits for. Its text is for the person or the model who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYet {
    /// The sources that are not loaded, in the order of their parts.
    pub sources: Vec<Waiting>,
}

/// How far the load of one source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The name of the source.
    pub source: &'static str,
    /// What its rows are, such as `computers`.
    pub rows: &'static str,
    /// Rows that were read; `None` before the load of the source began.
    pub read: Option<u64>,
    /// All rows, where their number is known.
    pub total: Option<u64>,
    /// How long the rest will take at the present speed, where that is known.
    pub left: Option<Duration>,
}

/// What is measured of the load of one source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    first: u64,
    began: Instant,
    latest: Progress,
}

impl Pace {
    /// The load of a source that was just heard of.
    pub(super) fn new(progress: Progress) -> Self {
        Self { first: progress.read, began: Instant::now(), latest: progress }
    }

    /// The same, some rows later. A load that begins anew is measured anew.
    pub(super) fn after(self, progress: Progress) -> Self {
        if progress.read < self.latest.read { Self::new(progress) } else { Self { latest: progress, ..self } }
    }

    /// The rows of the last progress.
    pub(super) fn latest(&self) -> Progress {
        self.latest
    }

    /// How long the rest takes when its rows come as fast as the others did.
    fn left(&self) -> Option<Duration> {
        let read = self.latest.read.checked_sub(self.first).filter(|read| *read > 0)?;
        let rest = self.latest.total?.saturating_sub(self.latest.read);
        let a_row = self.began.elapsed().as_secs_f64() / read as f64;
        Duration::try_from_secs_f64(a_row * rest as f64).ok()
    }
}

impl Waiting {
    /// How far the load of a source is, as far as it was heard of.
    pub(super) fn of(source: &'static Source, pace: Option<&Pace>) -> Self {
        let latest = pace.map(Pace::latest);
        Self {
            source: source.name,
            rows: source.rows,
            read: latest.map(|progress| progress.read),
            total: latest.and_then(|progress| progress.total),
            left: pace.and_then(Pace::left),
        }
    }

    /// Whether all of its rows were read.
    fn is_read(&self) -> bool {
        self.total.is_some_and(|total| self.read.is_some_and(|read| read >= total))
    }
}

impl NotYet {
    /// How long the sources take whose loads are under way, where that is known. They are loaded at the same time.
    pub fn left(&self) -> Option<Duration> {
        self.sources.iter().filter_map(|source| source.left).max()
    }
}

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let under_way = self.sources.iter().filter(|source| source.read.is_some() && !source.is_read());
        let mut is_first = true;
        for source in under_way {
            if !is_first {
                f.write_str("; ")?;
            }
            is_first = false;
            let read = number(source.read.unwrap_or_default());
            match source.total {
                Some(total) => write!(f, "{read} of {} {} read", number(total), source.rows)?,
                None => write!(f, "{read} {} read", source.rows)?,
            }
            if source.rows != source.source {
                write!(f, " for {}", source.source)?;
            }
        }
        if is_first {
            f.write_str("the tenant is being read")?;
        }
        if let Some(left) = self.left() {
            write!(f, ", {} more", about(left))?;
        }
        let waiting = self.sources.iter().filter(|source| source.read.is_none()).count();
        match waiting {
            0 => {}
            1 => f.write_str("; one list has not begun")?,
            waiting => write!(f, "; {waiting} lists have not begun")?,
        }
        f.write_str("; ask again")
    }
}

/// A number with a comma between thousands.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time to wait, as a person says it.
fn about(time: Duration) -> String {
    let minutes = time.as_secs().div_ceil(60);
    match minutes {
        _ if time.as_secs() < 50 => "less than a minute".to_owned(),
        0 | 1 => "about a minute".to_owned(),
        2..=90 => format!("about {minutes} minutes"),
        _ => format!("about {} hours", minutes.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(rows: &'static str, read: Option<u64>, total: Option<u64>, left: Option<u64>) -> Waiting {
        let left = left.map(Duration::from_secs);
        Waiting { source: rows, rows, read, total, left }
    }

    #[test]
    fn a_person_reads_how_far_it_is_and_how_long_it_takes() {
        let text = |sources: &[Waiting]| NotYet { sources: sources.to_vec() }.to_string();
        let computers = waiting("computers", Some(3400), Some(10_000), Some(115));
        assert_eq!(text(&[computers]), "3,400 of 10,000 computers read, about 2 minutes more; ask again");
        let applications = Waiting { source: "computer applications", ..computers };
        let groups = waiting("groups", None, None, None);
        assert_eq!(
            text(&[applications, waiting("policies", Some(5), None, None), groups]),
            "3,400 of 10,000 computers read for computer applications; 5 policies read, about 2 minutes more; one list has not begun; ask again"
        );
        let read = waiting("computers", Some(7), Some(7), Some(0));
        assert_eq!(
            text(&[read, groups, groups]),
            "the tenant is being read, less than a minute more; 2 lists have not begun; ask again"
        );
    }

    #[test]
    fn the_rest_takes_as_long_as_the_rows_before() {
        let progress = |read| Progress { source: "computers", read, total: Some(1000), is_elsewhere: false };
        let pace = Pace::new(progress(100));
        assert_eq!(pace.left(), None, "nothing was measured yet");
        let began = Instant::now().checked_sub(Duration::from_secs(10)).unwrap();
        let left = Pace { began, ..pace }.after(progress(200)).left().unwrap();
        assert_eq!(left.as_secs(), 80);
        assert_eq!(pace.after(progress(50)).left(), None, "a load that begins anew is measured anew");
    }
}
