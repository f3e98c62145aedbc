//! What was sent against what was kept: the Classic API takes what it does not know without a word, so a write is believed
//! only when it has been read back.
//!
//! The two are compared as far as something was sent. What the tenant adds of its own (names beside ids, fields that were
//! left out) is no difference; entries of a list that was sent are, because a list is replaced whole.

use std::fmt;

use serde_json::{Map, Value};

/// Longest piece of a value that is quoted.
const QUOTED: usize = 120;

/// One field that is not what was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: a dotted path such as `general.frequency` or `scope.computers[2].id`.
    pub path: String,
    /// What was sent; `None` for an entry that nobody sent.
    pub sent: Option<Value>,
    /// What is there now; `None` where there is nothing of that name.
    pub kept: Option<Value>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match (&self.sent, &self.kept) {
            (Some(sent), Some(kept)) => {
                write!(f, "`{path}` is now {}, sent: {}", short_value(kept), short_value(sent))
            }
            (Some(sent), None) => {
                write!(
                    f,
                    "`{path}` is not there: it was dropped, or the tenant does not show it; sent: {}",
                    short_value(sent)
                )
            }
            (None, Some(kept)) => write!(f, "`{path}` has {}, which was not sent", short_value(kept)),
            (None, None) => write!(f, "`{path}`"),
        }
    }
}

fn short_value(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// What came of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Every difference.
    pub differences: Vec<Difference>,
    /// Fields that were sent and are secrets, which are never read.
    pub hidden: Vec<String>,
    /// How many values were compared.
    pub compared: usize,
}

/// Compare what was sent with what was read back. `hides` names the secrets, by dotted paths or bare names.
pub fn compare(sent: &Value, kept: &Value, hides: &[&str]) -> Comparison {
    let mut comparison = Comparison::default();
    comparison.value(sent, Some(kept), "", &|path, name| {
        hides.iter().any(|hidden| hidden.eq_ignore_ascii_case(name) || hidden.eq_ignore_ascii_case(path))
    });
    comparison
}

type Hides<'a> = &'a dyn Fn(&str, &str) -> bool;

impl Comparison {
    fn value(&mut self, sent: &Value, kept: Option<&Value>, path: &str, hides: Hides<'_>) {
        if is_empty(sent) && kept.is_none_or(is_cleared) {
            self.compared += 1;
            return;
        }
        match (sent, kept) {
            (Value::Object(sent), Some(Value::Object(kept))) => self.object(sent, kept, path, hides),
            (Value::Object(sent), None) => self.object(sent, &Map::new(), path, hides),
            (Value::Array(sent), Some(Value::Array(kept))) => self.list(sent, kept, path, hides),
            (sent, kept) => {
                self.compared += 1;
                if !kept.is_some_and(|kept| is_same(sent, kept)) {
                    self.differ(path, Some(sent), kept);
                }
            }
        }
    }

    fn object(&mut self, sent: &Map<String, Value>, kept: &Map<String, Value>, path: &str, hides: Hides<'_>) {
        for (name, value) in sent {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if hides(&plain(&below), name) {
                self.hidden.push(below);
                continue;
            }
            self.value(value, kept.get(name), &below, hides);
        }
    }

    /// Entries are told apart by what tells them apart, and not by their place: Jamf keeps orders of its own.
    fn list(&mut self, sent: &[Value], kept: &[Value], path: &str, hides: Hides<'_>) {
        // An entry without any field says nothing.
        let mut left: Vec<Option<&Value>> = kept.iter().filter(|entry| !is_empty(entry)).map(Some).collect();
        let mut strangers = Vec::new();
        for (at, entry) in sent.iter().enumerate().filter(|(_, entry)| !is_empty(entry)) {
            let found = left.iter().position(|other| other.is_some_and(|other| is_same_entry(entry, other)));
            match found.and_then(|found| left.get_mut(found)).and_then(Option::take) {
                Some(other) => self.value(entry, Some(other), &format!("{path}[{at}]"), hides),
                None => strangers.push((at, entry)),
            }
        }
        // Without anything that tells them apart, the rest are the same in their order.
        let mut rest = left.into_iter().flatten();
        for (at, entry) in strangers {
            let other = if key(entry).is_none() && entry.is_object() { rest.next() } else { None };
            match other {
                Some(other) => self.value(entry, Some(other), &format!("{path}[{at}]"), hides),
                None => {
                    self.compared += 1;
                    self.differ(&format!("{path}[{at}]"), Some(entry), None);
                }
            }
        }
        for other in rest {
            self.compared += 1;
            self.differ(path, None, Some(other));
        }
    }

    fn differ(&mut self, path: &str, sent: Option<&Value>, kept: Option<&Value>) {
        self.differences.push(Difference { path: path.to_owned(), sent: sent.cloned(), kept: kept.cloned() });
    }
}

/// A path without the places in lists.
fn plain(path: &str) -> String {
    let mut inside = false;
    path.chars()
        .filter(|c| {
            inside = (inside || *c == '[') && *c != ']';
            !inside && *c != ']'
        })
        .collect()
}

/// What tells an entry of a list apart: its id, or else its name.
fn key(entry: &Value) -> Option<(&'static str, String)> {
    let of = |name: &'static str| {
        let text = text(entry.get(name)?);
        (!text.is_empty()).then_some((name, text))
    };
    of("id").or_else(|| of("name")).or_else(|| of("username"))
}

fn is_same_entry(sent: &Value, kept: &Value) -> bool {
    match key(sent) {
        Some((name, wanted)) => kept.get(name).map(text) == Some(wanted),
        None => !sent.is_object() && is_same(sent, kept),
    }
}

/// The same, as the wire of the Classic API writes it, which has no types; and the same moment in other words.
fn is_same(sent: &Value, kept: &Value) -> bool {
    match (sent, kept) {
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => sent == kept,
        (sent, kept) => text(sent) == text(kept) || is_same_moment(&text(sent), &text(kept)),
    }
}

/// Nothing was sent, to clear a field.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}

/// What a field holds that was cleared: nothing, or what its type has instead of nothing.
fn is_cleared(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Object(map) => {
            map.get("id").is_some_and(|id| text(id) == "-1") || map.values().all(is_cleared)
        }
        other => is_empty(other),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => float.to_string(),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// `2026-01-31 08:00:00` is said in the time of the server, which is some whole number of quarters of an hour off; so is the
/// beginning of a day.
fn is_same_moment(sent: &str, kept: &str) -> bool {
    const QUARTER: i64 = 15 * 60;
    const MOST: i64 = 15 * 60 * 60;
    let moment = |text: &str| {
        let zoned = text.parse::<jiff::Timestamp>().ok();
        zoned.map(|zoned| (zoned.as_second(), true)).or_else(|| {
            let parsed = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
            let day = || jiff::civil::Date::strptime("%Y-%m-%d", text).map(|day| day.at(0, 0, 0, 0));
            let parsed = parsed.or_else(|_| day()).ok()?;
            let zoned = jiff::tz::TimeZone::UTC.to_timestamp(parsed).ok()?;
            Some((zoned.as_second(), false))
        })
    };
    match (moment(sent), moment(kept)) {
        (Some((sent, true)), Some((kept, true))) => sent == kept,
        (Some((sent, _)), Some((kept, _))) => {
            let apart = (sent - kept).abs();
            apart % QUARTER == 0 && apart <= MOST
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lines(sent: Value, kept: Value) -> Vec<String> {
        compare(&sent, &kept, &["password"]).differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_tenant_adds_is_no_difference() {
        let sent = json!({ "general": { "name": "x", "category": { "id": 3 }, "retry_attempts": -1, "enabled": true },
            "scope": { "computers": [{ "id": 2 }, { "id": 1 }], "buildings": [] } });
        let kept = json!({ "general": { "id": "7", "name": "x", "category": { "id": "3", "name": "Apps" }, "retry_attempts": -1, "enabled": true },
            "scope": { "all_computers": false, "computers": [{ "id": "1", "name": "a" }, { "id": "2", "name": "b" }], "buildings": [] } });
        assert_eq!(lines(sent, kept), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_told_with_both_sides() {
        let sent = json!({ "general": { "frequency": "Once every day", "notes": "x" }, "scope": { "computers": [{ "id": 2 }, { "id": 3 }] } });
        let kept = json!({ "general": { "frequency": "Once per computer" }, "scope": { "computers": [{ "id": "2" }, { "id": "9" }] } });
        assert_eq!(
            lines(sent, kept),
            [
                "`general.frequency` is now \"Once per computer\", sent: \"Once every day\"",
                "`general.notes` is not there: it was dropped, or the tenant does not show it; sent: \"x\"",
                "`scope.computers[1]` is not there: it was dropped, or the tenant does not show it; sent: {\"id\":3}",
                "`scope.computers` has {\"id\":\"9\"}, which was not sent",
            ]
        );
    }

    #[test]
    fn a_section_that_is_gone_is_told_field_by_field() {
        assert_eq!(lines(json!({ "reboot": { "message": "x", "y": "" } }), json!({})).len(), 1);
        assert_eq!(lines(json!({ "list": ["a", "b"] }), json!({ "list": "a" })).len(), 1);
    }

    #[test]
    fn clearing_is_as_good_as_empty() {
        let sent =
            json!({ "a": null, "b": "", "c": [], "d": null, "e": { "id": null }, "f": null, "g": null });
        let kept =
            json!({ "a": "", "b": null, "c": "", "d": 0, "e": { "id": "-1", "name": "None" }, "f": false });
        assert_eq!(lines(sent, kept), Vec::<String>::new());
        assert_eq!(lines(json!({ "a": null }), json!({ "a": "still" })).len(), 1);
    }

    #[test]
    fn secrets_are_said_and_not_compared() {
        let sent = json!({ "accounts": [{ "username": "a", "password": "x" }] });
        let kept = json!({ "accounts": [{ "username": "a" }] });
        let comparison = compare(&sent, &kept, &["accounts.password"]);
        assert_eq!(
            (comparison.differences.len(), comparison.hidden.as_slice()),
            (0, &["accounts[0].password".to_owned()][..])
        );
    }

    #[test]
    fn moments_are_compared_as_moments() {
        assert!(is_same_moment("2026-01-31 08:00:00", "2026-01-31T07:00:00Z"));
        assert!(is_same_moment("2026-01-31T08:00:00+01:00", "2026-01-31T07:00:00Z"));
        assert!(!is_same_moment("2026-01-31 08:00:00", "2026-01-31T07:01:00Z"));
        assert!(!is_same_moment("2026-01-31T08:00:00Z", "2026-01-31T07:00:00Z"));
        assert!(!is_same_moment("2026-01-31 08:00:00", "2026-03-31T08:00:00Z"));
        assert!(
            is_same_moment("2026-01-31", "2026-01-31T00:00:00Z")
                && is_same_moment("2026-01-31", "2026-01-30T23:00:00Z")
        );
        assert!(!is_same_moment("2026-01-31", "2026-02-01T00:00:00Z"));
    }
}
