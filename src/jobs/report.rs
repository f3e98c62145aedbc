//! The answer of a job that reports on the tenant: a verdict, numbers, some rows, what they rest on, and what to do next.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::fleet::parts::Class;
use crate::fleet::store::PartStatus;
use crate::fleet::view::View;

/// Rows that an answer shows; a file has all.
const SHOWN: usize = 20;

/// Parts that an answer names with their ages one by one; of more it says the oldest of each class.
const PARTS_NAMED: usize = 6;

/// What a job found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    answer: String,
    numbers: Map<String, Value>,
    sections: Map<String, Value>,
    rows: Vec<Map<String, Value>>,
    as_of: Map<String, Value>,
    partial: Vec<String>,
    notes: Vec<String>,
    next: Vec<String>,
    read: Map<String, Value>,
}

impl Report {
    /// A report with its verdict, one or two sentences that answer the question.
    pub(super) fn new(answer: impl Into<String>) -> Self {
        Self { answer: answer.into(), ..Self::default() }
    }

    /// The same with a number, or numbers by name; none where there is none.
    pub(super) fn number(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.numbers.insert(name.to_owned(), value.into());
        self
    }

    /// The same with rows, the most important first. Fields without a value are left out.
    pub(super) fn rows(mut self, rows: impl IntoIterator<Item = Map<String, Value>>) -> Self {
        let without_gaps = |mut row: Map<String, Value>| {
            row.retain(|_, value| !value.is_null());
            row
        };
        self.rows.extend(rows.into_iter().map(without_gaps));
        self
    }

    /// The same with something that a reader must know before drawing a conclusion.
    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same with something that could not be read, so that there may be more of it.
    pub(super) fn partial(mut self, gap: impl Into<String>) -> Self {
        let gap = gap.into();
        if !self.partial.contains(&gap) {
            self.partial.push(gap);
        }
        self
    }

    /// The same with facts of one thing, under a name of their own. Fields without a value are left out.
    pub(super) fn section(mut self, name: &str, mut value: Value) -> Self {
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        self.sections.insert(name.to_owned(), value);
        self
    }

    /// The same with what to do next: a tool with its arguments, or a step of a person.
    pub(super) fn next(mut self, step: impl Into<String>) -> Self {
        self.next.push(step.into());
        self
    }

    /// The same with what it rests on: parts of the fleet, and what was read from the tenant for it.
    pub(super) fn resting_on(mut self, parts: &[PartStatus], read: &BTreeMap<&'static str, u64>) -> Self {
        let is_long = parts.len() > PARTS_NAMED;
        for part in parts {
            let name = if is_long { class_of(part) } else { part.part.name };
            // Of several parts under one name the oldest counts.
            let known = self.as_of.get(name).and_then(Value::as_str);
            let oldest = [known, part.as_of()].into_iter().flatten().min().map(str::to_owned);
            self.as_of.insert(name.to_owned(), json!(oldest));
        }
        for gap in parts.iter().flat_map(PartStatus::missing) {
            self = self.partial(gap);
        }
        self.read.extend(read.iter().map(|(action, objects)| ((*action).to_owned(), json!(objects))));
        self
    }

    /// The same with the parts of the fleet that a view rests on.
    pub(super) fn resting_on_view(self, view: &View) -> Self {
        let parts: Vec<PartStatus> = view.rests_on().cloned().collect();
        self.resting_on(&parts, &BTreeMap::new())
    }

    /// All rows.
    pub fn all_rows(&self) -> &[Map<String, Value>] {
        &self.rows
    }

    /// As an answer, with the first rows. `rest` says where the other rows are, or how to get them.
    pub fn into_answer(mut self, rest: &str) -> Value {
        let more = self.rows.len().saturating_sub(SHOWN);
        self.rows.truncate(SHOWN);
        let mut answer = Map::new();
        if !self.as_of.is_empty() {
            answer.insert("as_of".to_owned(), Value::Object(self.as_of));
        }
        let verdict = match self.partial.is_empty() {
            true => self.answer,
            false => format!("{} INCOMPLETE: see `partial`.", self.answer),
        };
        answer.insert("answer".to_owned(), json!(verdict));
        let mut add = |name: &str, value: Value| {
            let is_empty =
                value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
            if !is_empty {
                answer.insert(name.to_owned(), value);
            }
        };
        add("numbers", Value::Object(self.numbers));
        for (name, section) in self.sections {
            add(&name, section);
        }
        add("rows", json!(self.rows));
        if more > 0 {
            add("more_rows", json!(format!("{more} more: {rest}")));
        }
        add("partial", json!(self.partial));
        add("notes", json!(self.notes));
        add("next", json!(self.next));
        if !self.read.is_empty() {
            add("coverage", json!({ "read": self.read }));
        }
        Value::Object(answer)
    }
}

/// The word for the class of a part.
fn class_of(status: &PartStatus) -> &'static str {
    match status.part.class {
        Class::Inventory => "inventory",
        Class::Configuration => "configuration",
        Class::Activity => "activity",
    }
}
