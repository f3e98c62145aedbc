//! Jamf's values as the tables have them: what says nothing is NULL, moments are UTC, texts that are numbers are numbers.

use jamf_pro_tools::object_id::ObjectId;
use jiff::civil::Date;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::Value as Json;

use super::Kind;
use crate::sanitize::secrets;

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not reported.
    Null,
    /// A text.
    Text(String),
    /// A whole number; booleans are 0 or 1.
    Integer(i64),
    /// A number.
    Real(f64),
}

/// Texts that say nothing, in any case.
const NOTHING: [&str; 4] = ["", "not available", "-1", "n/a"];

/// A value of Jamf's as one of a column; what cannot be read as what the column holds is NULL.
pub(super) fn read(kind: Kind, value: Option<&Json>) -> Value {
    let Some(value) = value else { return Value::Null };
    if kind == Kind::RawText {
        return value.as_str().map_or(Value::Null, |text| Value::Text(secrets::left_out(text).into_owned()));
    }
    let text = match value {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(number) => number.to_string(),
        Json::Bool(is) => is.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => return Value::Null,
    };
    if NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(&text)) {
        return Value::Null;
    }
    let read = match kind {
        Kind::Text | Kind::RawText => Some(Value::Text(text)),
        Kind::Id => ObjectId::parse(&text).map(|id| Value::Text(id.to_string())),
        Kind::FreeText => Some(Value::Text(secrets::left_out(&text).into_owned())),
        Kind::Integer => whole(&text).map(Value::Integer),
        Kind::Real => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Real),
        Kind::Boolean => boolean(&text).map(|is| Value::Integer(i64::from(is))),
        Kind::Moment => moment(&text).map(Value::Text),
        Kind::Date => date(&text).map(Value::Text),
    };
    read.unwrap_or(Value::Null)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the number is in the range of whole numbers that are exact"
)]
fn whole(text: &str) -> Option<i64> {
    let exact = |number: &f64| number.is_finite() && number.abs() < 9e15;
    text.parse().ok().or_else(|| text.parse().ok().filter(exact).map(|number: f64| number.round() as i64))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// A moment in UTC to the second, such as `2026-11-29T07:00:00Z`. The beginning of 1970 is none.
fn moment(text: &str) -> Option<String> {
    let moment: Timestamp = text.parse().ok()?;
    let text = written(moment);
    (text != written(Timestamp::UNIX_EPOCH)).then_some(text)
}

/// A moment as the tables have it: to the second, and never later than it was.
pub(in crate::fleet) fn written(moment: Timestamp) -> String {
    let to_the_second = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
    moment.round(to_the_second).unwrap_or(moment).to_string()
}

/// A date, also of a moment.
fn date(text: &str) -> Option<String> {
    let date: Date = text.get(..10)?.parse().ok()?;
    (date != jiff::civil::date(1970, 1, 1)).then(|| date.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_says_nothing_is_null_and_what_is_false_is_not() {
        for nothing in [
            json!(null),
            json!(""),
            json!("  "),
            json!("Not Available"),
            json!("-1"),
            json!(-1),
            json!([]),
            json!({}),
        ] {
            for kind in [Kind::Text, Kind::Integer, Kind::Boolean, Kind::Moment, Kind::Date, Kind::Real] {
                assert_eq!(read(kind, Some(&nothing)), Value::Null, "{nothing} as {kind:?}");
            }
        }
        assert_eq!(
            read(Kind::RawText, Some(&json!("Not Available"))),
            Value::Text("Not Available".to_owned())
        );
        assert_eq!(read(Kind::RawText, Some(&json!(""))), Value::Text(String::new()));
        assert_eq!(read(Kind::Boolean, Some(&json!(false))), Value::Integer(0));
        assert_eq!(read(Kind::Integer, Some(&json!(0))), Value::Integer(0));
        assert_eq!(read(Kind::Text, None), Value::Null);
    }

    #[test]
    fn ids_are_text_and_numbers_in_text_are_numbers() {
        assert_eq!(read(Kind::Text, Some(&json!(7))), Value::Text("7".to_owned()));
        for (id, is) in [
            (json!("007"), Some("7")),
            (json!(7), Some("7")),
            (json!("0"), None),
            (json!("A-1"), Some("A-1")),
        ] {
            assert_eq!(
                read(Kind::Id, Some(&id)),
                is.map_or(Value::Null, |is| Value::Text(is.to_owned())),
                "{id}"
            );
        }
        assert_eq!(read(Kind::Integer, Some(&json!("8192"))), Value::Integer(8192));
        assert_eq!(read(Kind::Integer, Some(&json!(12.6))), Value::Integer(13));
        assert_eq!(read(Kind::Integer, Some(&json!("8 GB"))), Value::Null);
        assert_eq!(read(Kind::Real, Some(&json!("1.5"))), Value::Real(1.5));
    }

    #[test]
    fn moments_are_utc_to_the_second() {
        for (said, kept) in [
            ("2026-11-29T07:00:00Z", "2026-11-29T07:00:00Z"),
            ("2026-11-29T07:00:00.9Z", "2026-11-29T07:00:00Z"),
            ("2026-11-29T09:00:00+02:00", "2026-11-29T07:00:00Z"),
            ("2026-11-29T09:00:00.000+0200", "2026-11-29T07:00:00Z"),
        ] {
            assert_eq!(read(Kind::Moment, Some(&json!(said))), Value::Text(kept.to_owned()), "{said}");
        }
        assert_eq!(read(Kind::Moment, Some(&json!("1970-01-01T00:00:00Z"))), Value::Null);
        assert_eq!(read(Kind::Moment, Some(&json!("yesterday"))), Value::Null);
        assert_eq!(
            read(Kind::Date, Some(&json!("2027-01-31T00:00:00Z"))),
            Value::Text("2027-01-31".to_owned())
        );
        assert_eq!(read(Kind::Date, Some(&json!("2027-02-31"))), Value::Null);
    }
}
