//! Values of conditions: what a field of a kind is compared with, and what it cannot be compared with.

use super::super::compare::Kind;
use super::super::problem::Objection;
use super::Op;
use crate::sanitize::secrets;

/// Values of an enum that a message names, at most.
const NAMED: usize = 12;

/// No row shows a credential, so that a condition with one could only try it out at Jamf, which does not mind the case of letters.
pub(super) fn refuse_credentials(values: &[String]) -> Result<(), Objection> {
    let is_one = |value: &String| {
        [value.clone(), value.to_lowercase(), value.to_uppercase()].iter().any(|value| secrets::any(value))
    };
    if values.iter().any(is_one) {
        return Err(Objection::new("is compared with what looks like a credential, which no row shows")
            .hint("ask with the rest of the text"));
    }
    Ok(())
}

/// The text of a number, a flag or a moment has no parts.
pub(super) fn refuse_parts(kind: &Kind, op: Op) -> Result<(), Objection> {
    let holds = match kind {
        Kind::Number => "holds numbers",
        Kind::Flag => "holds true or false",
        _ => return refuse_order(kind, op),
    };
    if op.is_part() {
        return Err(Objection::new(format!("{holds}, of which no part can be asked")).hint("ask with eq"));
    }
    refuse_order(kind, op)
}

fn refuse_order(kind: &Kind, op: Op) -> Result<(), Objection> {
    match kind {
        Kind::Flag if op.is_ordered() => {
            Err(Objection::new("holds true or false, which have no order").hint("ask with eq"))
        }
        Kind::Choice(known) if op.is_ordered() => {
            let why = format!("holds one of {}, which have no order", list_of_names(known));
            Err(Objection::new(why).hint("ask with eq or in"))
        }
        _ => Ok(()),
    }
}

pub(super) fn flag(value: &str) -> Result<String, Objection> {
    match value.trim().to_lowercase().as_str() {
        flag @ ("true" | "false") => Ok(flag.to_owned()),
        _ => Err(Objection::new("holds true or false").hint("compare it with one of them")),
    }
}

/// A value of an enum in whichever case and with whichever signs it is given.
pub(super) fn choice(known: &[String], value: &str) -> Result<String, Objection> {
    let letters = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let given = letters(value);
    let found = known.iter().find(|known| letters(known) == given);
    found.cloned().ok_or_else(|| {
        Objection::new(format!("holds one of {}", list_of_names(known)))
            .hint("another value can be looked for with contains")
    })
}

fn list_of_names(known: &[String]) -> String {
    let more = if known.len() > NAMED { format!(" and {} more", known.len() - NAMED) } else { String::new() };
    format!("{}{more}", known.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "))
}
