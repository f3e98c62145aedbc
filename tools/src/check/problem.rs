//! What is wrong with the arguments of a call: one sentence for each problem, with the place and the nearest right name.

use std::fmt;

use serde_json::Value;

/// Longest piece of a caller's own value that is quoted back.
const QUOTED: usize = 60;

/// One thing that is wrong with the arguments of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: a dotted path such as `body.scope.computers[2].id`; empty for the arguments as a whole.
    pub path: String,
    /// What was given, as JSON, shortened; `None` when nothing was.
    pub given: Option<String>,
    /// What is wrong and what would be right, as a sentence without its full stop.
    pub message: String,
    /// What to do instead, in the imperative; none where the message says all.
    pub hint: Option<String>,
    /// The nearest right name or value.
    pub nearest: Option<String>,
}

impl Problem {
    pub(crate) fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), given: None, message: message.into(), hint: None, nearest: None }
    }

    pub(crate) fn with_value(mut self, value: &Value) -> Self {
        self.given = Some(shorten(&value.to_string()));
        self
    }

    /// The same with what to do instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn nearest(mut self, nearest: Option<&str>) -> Self {
        self.nearest = nearest.map(str::to_owned);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        if let Some(nearest) = &self.nearest {
            write!(f, "; did you mean `{nearest}`?")?;
        }
        if let Some(given) = &self.given {
            write!(f, " (given: {given})")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with the arguments of a call, at once. Nothing has been sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "- {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

pub(super) fn shorten(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED + 1).collect();
    match clean.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or_default()),
        None => clean,
    }
}
