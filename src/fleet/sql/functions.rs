//! Functions of statements: those that people write, and those by which views redact.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use serde_json::Value as Json;

use crate::privacy::Redaction;
use crate::privacy::people::People;
use crate::sanitize::personal::{self, Personal, Place};

/// Digits of one number in the key of a version.
const DIGITS: usize = 12;

/// Define `version_key` and `days_since`.
pub(super) fn define(connection: &Connection) -> rusqlite::Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("version_key", 1, pure, |call| {
        Ok(call.get::<Option<String>>(0)?.as_deref().and_then(version_key))
    })?;
    connection.create_scalar_function("days_since", 1, FunctionFlags::SQLITE_UTF8, |call| {
        Ok(call.get::<Option<String>>(0)?.as_deref().and_then(days_since))
    })
}

/// A text in whose order versions are: `9.2` before `10`, and `14` the same as `14.0`. `None` where the text begins with no number.
pub(super) fn version_key(version: &str) -> Option<String> {
    let mut keys: Vec<String> = Vec::new();
    for part in version.trim().split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let rest = part.get(digits.len()..).unwrap_or_default();
        if digits.is_empty() {
            break;
        }
        let digits = digits.trim_start_matches('0');
        keys.push(format!("{digits:0>DIGITS$}{rest}"));
        if !rest.is_empty() {
            break;
        }
    }
    let zero = "0".repeat(DIGITS);
    while keys.len() > 1 && keys.last() == Some(&zero) {
        keys.pop();
    }
    (!keys.is_empty()).then(|| keys.join("."))
}

/// How many days ago a moment or a date was, with fractions; negative where it is to come.
fn days_since(moment: &str) -> Option<f64> {
    let at = moment.parse::<Timestamp>().ok().or_else(|| {
        let date: Date = moment.parse().ok()?;
        TimeZone::UTC.to_timestamp(date.to_datetime(Time::midnight())).ok()
    })?;
    let days = Timestamp::now().duration_since(at).as_secs_f64() / 86_400.0;
    // To a second: what is asked to be 30 days ago at most is not 30 days and some minutes ago.
    Some((days * 100_000.0).round() / 100_000.0)
}

/// The name of the function that redacts a kind of personal data, behind the secret.
pub(super) fn name_of(kind: Personal) -> &'static str {
    kind.prefix().trim_end_matches('-')
}

/// Define the functions by which views redact, with names that begin with the secret: a statement that could call them would learn the
/// pseudonym of a person whom it names.
pub(super) fn define_redaction(
    connection: &Connection,
    secret: &str,
    redaction: &Redaction,
) -> rusqlite::Result<()> {
    let redaction = Arc::new(redaction.clone());
    let define = |name: &str, redact: fn(&Redaction, &str) -> Option<String>| {
        let redaction = redaction.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function(format!("{secret}_{name}").as_str(), 1, flags, move |call| {
            Ok(call.get::<Option<String>>(0)?.and_then(|value| redact(&redaction, &value)))
        })
    };
    define("text", |redaction, text| Some(redaction.text(text).into_owned()))?;
    define("device", |redaction, name| Some(redaction.device(name, &People::default())))?;
    define("attributes", attributes)?;
    define("is_personal", |_, name| Place::Plain.field(name).0.map(|_| "1".to_owned()))?;
    for kind in Personal::ALL {
        let redaction = redaction.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        let name = format!("{secret}_{}", name_of(kind));
        connection.create_scalar_function(name.as_str(), 1, flags, move |call| {
            let value: Option<String> = call.get(0)?;
            Ok(value.filter(|_| !redaction.leaves_out()).map(|value| redaction.pseudonym(kind, &value)))
        })?;
    }
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(format!("{secret}_named").as_str(), 2, flags, move |call| {
        let (name, value): (Option<String>, Option<String>) = (call.get(0)?, call.get(1)?);
        Ok(value.and_then(|value| named(&redaction, &name.unwrap_or_default(), &value)))
    })
}

/// The value of what has a name, such as an extension attribute.
fn named(redaction: &Redaction, name: &str, value: &str) -> Option<String> {
    match Place::Plain.field(name).0 {
        Some(_) if redaction.leaves_out() => None,
        Some(kind) => Some(redaction.pseudonym(kind, value)),
        None if personal::is_device_name(name) => Some(redaction.device(value, &People::default())),
        None => Some(redaction.text(value).into_owned()),
    }
}

/// Extension attributes as JSON by their names.
fn attributes(redaction: &Redaction, json: &str) -> Option<String> {
    let mut attributes: serde_json::Map<String, Json> = serde_json::from_str(json).ok()?;
    for (name, value) in &mut attributes {
        if let Json::String(text) = value {
            *value = named(redaction, name, text).map_or(Json::Null, Json::String);
        }
    }
    Some(Json::Object(attributes).to_string())
}
