//! What became of a call that changes something: the six words for it, the sentences that go with them, and the tracker that
//! knows which word is true.
//!
//! An [`Outcome`] is decided by the request alone: by whether it left and how the tenant answered. The client notes both in the
//! [`Tracker`] of the call, and nothing that fails after the answer (reading back, following up, parsing, saving) changes it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What became of a call that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No request that changes anything left this server.
    NotSent,
    /// The tenant answered with a success.
    Done,
    /// The tenant answered with a success, and the answer says that a part of the items failed.
    PartlyDone {
        /// Items that were done.
        done: usize,
        /// All items that were sent; 0 where their number is not known.
        of: usize,
    },
    /// The tenant answered with a success, and what it kept could not be read or compared.
    Unconfirmed,
    /// The tenant refused the request or failed at it: nothing was changed.
    Failed,
    /// The request may have left, and no answer says whether it was carried out.
    Unknown,
}

impl Outcome {
    /// The tenant carried the request out, at least for a part of the items.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Done | Self::PartlyDone { .. } | Self::Unconfirmed)
    }

    /// The same call can be sent again without doing anything twice.
    pub const fn is_repeatable(self) -> bool {
        matches!(self, Self::NotSent | Self::Failed)
    }

    /// A message with the sentence of this outcome at its end.
    pub fn close(self, message: &str) -> String {
        let message = message.trim_end();
        let sentence = self.sentence();
        match message.chars().last() {
            _ if message.contains('\n') => format!("{message}\n{sentence}"),
            Some('.' | '!' | '?' | ')') | None => format!("{message} {sentence}"),
            Some(_) => format!("{message}. {sentence}"),
        }
    }

    /// The sentence that ends a message on a call with this outcome. It also says whether the call may be repeated.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotSent => "Nothing was sent.",
            Self::Failed => "Nothing was changed.",
            Self::Done | Self::Unconfirmed => "The change was made. Do not repeat the call.",
            Self::PartlyDone { .. } => "A part of the change was made. Do not repeat the whole call.",
            Self::Unknown => {
                "The change may have been made all the same: read what holds now before you repeat the call."
            }
        }
    }
}

/// What is said of a call that is not made because an equal one was.
pub const NOT_REPEATED: &str = "it was NOT made a second time";

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent => f.write_str("not sent"),
            Self::Done => f.write_str("done"),
            Self::PartlyDone { of: 0, .. } => f.write_str("partly done"),
            Self::PartlyDone { done, of } => write!(f, "partly done: {done} of {of}"),
            Self::Unconfirmed => f.write_str("done, but not confirmed"),
            Self::Failed => f.write_str("failed at Jamf"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// Follows the writes of one call. Clones share what they know.
#[derive(Debug, Clone, Default)]
pub struct Tracker(Arc<Mutex<Vec<Outcome>>>);

impl Tracker {
    /// A write is about to be sent. Until it is settled its outcome is unknown, also when its task ends in between.
    pub fn begin(&self) -> Pending {
        let mut outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.push(Outcome::Unknown);
        Pending { tracker: self.clone(), position: outcomes.len() - 1 }
    }

    /// The last write succeeded, and its answer says more: some items failed, or the answer cannot be read.
    /// A write that did not succeed stays what it is.
    pub fn qualify(&self, outcome: Outcome) {
        let mut outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = outcomes.last_mut().filter(|last| last.is_success()) {
            *last = outcome;
        }
    }

    /// What became of the call. [`Outcome::NotSent`] when no write began.
    pub fn outcome(&self) -> Outcome {
        let outcomes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |wanted: Outcome| outcomes.contains(&wanted);
        let done = outcomes.iter().filter(|outcome| outcome.is_success()).count();
        let part = outcomes.iter().copied().find(|outcome| matches!(outcome, Outcome::PartlyDone { .. }));
        match () {
            () if has(Outcome::Unknown) => Outcome::Unknown,
            () if done > 0 && done < outcomes.len() => Outcome::PartlyDone { done, of: outcomes.len() },
            () if has(Outcome::Unconfirmed) => Outcome::Unconfirmed,
            () if done > 0 => part.unwrap_or(Outcome::Done),
            () if has(Outcome::Failed) => Outcome::Failed,
            () => Outcome::NotSent,
        }
    }
}

/// A write that is about to be sent or on its way.
#[derive(Debug)]
pub struct Pending {
    tracker: Tracker,
    position: usize,
}

impl Pending {
    /// What became of it.
    pub fn settle(self, outcome: Outcome) {
        let mut outcomes = self.tracker.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = outcomes.get_mut(self.position) {
            *own = outcome;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_was_not_settled_has_an_unknown_outcome() {
        let tracker = Tracker::default();
        assert_eq!(tracker.outcome(), Outcome::NotSent);
        let pending = tracker.begin();
        assert_eq!(tracker.outcome(), Outcome::Unknown);
        drop(pending);
        assert_eq!(tracker.outcome(), Outcome::Unknown);
    }

    #[test]
    fn several_writes_have_one_outcome() {
        let of = |outcomes: &[Outcome]| {
            let tracker = Tracker::default();
            outcomes.iter().for_each(|outcome| tracker.begin().settle(*outcome));
            tracker.outcome()
        };
        assert_eq!(of(&[Outcome::Done, Outcome::Done]), Outcome::Done);
        assert_eq!(of(&[Outcome::Done, Outcome::Failed]), Outcome::PartlyDone { done: 1, of: 2 });
        assert_eq!(of(&[Outcome::Done, Outcome::Unknown]), Outcome::Unknown);
        assert_eq!(of(&[Outcome::Done, Outcome::Unconfirmed]), Outcome::Unconfirmed);
        assert_eq!(of(&[Outcome::Failed, Outcome::NotSent]), Outcome::Failed);
    }

    #[test]
    fn only_a_success_can_be_qualified() {
        let tracker = Tracker::default();
        tracker.begin().settle(Outcome::Done);
        tracker.qualify(Outcome::PartlyDone { done: 1, of: 3 });
        assert_eq!(tracker.outcome().to_string(), "partly done: 1 of 3");
        let tracker = Tracker::default();
        tracker.begin().settle(Outcome::Failed);
        tracker.qualify(Outcome::Unconfirmed);
        assert_eq!(tracker.outcome(), Outcome::Failed);
    }

    #[test]
    fn a_message_ends_with_the_sentence_of_its_outcome() {
        assert_eq!(Outcome::NotSent.close("it is full"), "it is full. Nothing was sent.");
        assert_eq!(Outcome::Failed.close("Jamf says no.\n"), "Jamf says no. Nothing was changed.");
        assert_eq!(Outcome::NotSent.close("wrong:\n- `id`"), "wrong:\n- `id`\nNothing was sent.");
    }
}
