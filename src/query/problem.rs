//! What is wrong with an argument of a list, in words that name the argument.

use jamf_pro_tools::Problem;

/// A problem with the argument at a path.
pub(super) fn problem(path: &str, message: impl Into<String>) -> Problem {
    Problem { path: path.to_owned(), given: None, message: message.into(), hint: None, nearest: None }
}

/// Why a field cannot be asked about so: the end of a sentence that begins with the field, and the way to ask.
pub(super) struct Objection {
    why: String,
    hint: Option<String>,
}

impl Objection {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None }
    }

    /// The same with the way to ask.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The problem of an argument that asks about a field.
    pub(super) fn into_problem(self, argument: &str, name: &str) -> Problem {
        Problem { hint: self.hint, ..problem(argument, format!("`{}` {}", short(name), self.why)) }
    }
}

/// A name that is no field, with the nearest ones.
pub(super) fn unknown(argument: &str, of: &str, name: &str, near: &[String]) -> Problem {
    let mut problem = problem(argument, format!("there is no field `{}` in {of}", short(name)));
    match near {
        [] => {}
        [only] => problem.nearest = Some(only.clone()),
        several => problem.message = format!("which `{}` is meant: {}", short(name), several.join(", ")),
    }
    problem
}

/// A personal field that this server leaves out.
pub(super) fn withheld(argument: &str, name: &str) -> Problem {
    problem(
        argument,
        format!(
            "`{}` is personal, and this server is configured to leave personal fields out (`redaction`)",
            short(name)
        ),
    )
}

/// The beginning of a text from outside, made inert.
pub(super) fn short(text: &str) -> String {
    crate::sanitize::text::clean(text).chars().take(80).collect()
}

/// A field that Jamf filters on and never answers, in a condition that has to be judged here.
pub(super) fn unanswerable(name: &str) -> Problem {
    let why = format!("Jamf filters on `{}`, but its rows do not show it", short(name));
    problem("filter", why).hint("ask about it in a condition of its own")
}
