//! The walker: checks arguments against a schema of our portable dialect, and coerces where models slip.

use std::fmt;

use serde_json::{Map, Value};

/// One thing that is wrong with the arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a dotted path such as `body.scope.computers[2].id`; empty for the arguments as a whole.
    pub path: String,
    /// What was given, shortened; `None` when nothing was.
    pub given: Option<String>,
    /// What is wrong and what would be right, as a sentence without its full stop.
    pub message: String,
    /// The nearest right name or value.
    pub nearest: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Everything that is wrong with the arguments of a call, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Arguments that have been through the walker.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked(Map<String, Value>);

impl Checked {
    /// The arguments.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.0
    }
}
