//! What a reader must know of an answer of Jamf's, whose shape says something else than it seems to say.

use serde_json::Value;

use crate::action::Action;

/// A sentence about an answer.
#[derive(Debug, Clone, Copy)]
pub struct AnswerNote {
    when: When,
    text: &'static str,
}

/// When a sentence is true.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    /// The list at the top of the answer is there and empty.
    Empty(&'static str),
    /// The list at the top of the answer has something in it.
    Filled(&'static str),
}

impl AnswerNote {
    /// A sentence that is true of each answer.
    pub(crate) const fn always(text: &'static str) -> Self {
        Self { when: When::Always, text }
    }

    /// A sentence that is true where the list at the top of the answer is there and empty.
    pub(crate) const fn where_empty(list: &'static str, text: &'static str) -> Self {
        Self { when: When::Empty(list), text }
    }

    /// A sentence that is true where the list at the top of the answer has something in it.
    pub(crate) const fn where_filled(list: &'static str, text: &'static str) -> Self {
        Self { when: When::Filled(list), text }
    }

    fn is_true_of(&self, answer: &Value) -> bool {
        let is_empty = |list: &str| answer.get(list).and_then(Value::as_array).map(Vec::is_empty);
        match self.when {
            When::Always => true,
            When::Empty(list) => is_empty(list) == Some(true),
            When::Filled(list) => is_empty(list) == Some(false),
        }
    }
}

impl Action {
    /// What a reader must know of an answer.
    #[must_use]
    pub const fn answer_notes(mut self, notes: &'static [AnswerNote]) -> Self {
        self.answer_notes = notes;
        self
    }

    /// What a reader must know of this answer.
    pub fn notes_on<'a>(&'a self, answer: &'a Value) -> impl Iterator<Item = &'static str> + 'a {
        self.answer_notes.iter().filter(|note| note.is_true_of(answer)).map(|note| note.text)
    }
}
