//! Rules that an argument keeps besides its schema: which fields exclude or replace each other, lists without doubles, texts of
//! a fixed form. A type declares them as `x-…` keys of its schema, because clients do not take the words that JSON Schema has
//! for them; [`broken`] checks a value against the rules of one schema.

use serde_json::{Map, Value};

use crate::check::Problem;
use crate::patterns::PATTERNS;

/// Exactly one of these fields is given.
const EXACTLY_ONE: &str = "x-exactly-one-of";
/// One of these fields is given, or several.
pub(crate) const SOME: &str = "x-some-of";
/// At most one of these fields is given.
const AT_MOST_ONE: &str = "x-at-most-one-of";
/// No entry of the list is there twice.
const UNIQUE: &str = "x-unique";
/// A pattern of [`PATTERNS`] that is described to callers in words.
const FORM: &str = "x-form";
/// A whole number is a multiple of this one.
const MULTIPLE: &str = "x-multiple-of";

/// All rules there are; a schema with any other rule fails a test.
#[cfg(test)]
pub(crate) const ALL: [&str; 6] = [EXACTLY_ONE, SOME, AT_MOST_ONE, UNIQUE, FORM, MULTIPLE];

/// Whether a schema asks for one of its fields, though it requires none by name.
pub(crate) fn asks_for_a_field(schema: &Map<String, Value>) -> bool {
    schema.contains_key(EXACTLY_ONE) || schema.contains_key(SOME)
}

/// The first rule of a schema that a value breaks, as a problem at `path`. What lies inside the value is not looked at.
pub(crate) fn broken_rule(schema: &Map<String, Value>, value: &Value, path: &str) -> Option<Problem> {
    match value {
        Value::Object(map) => fields(schema, map, path),
        Value::Array(items) if schema.get(UNIQUE).is_some_and(|rule| rule == true) => {
            let double = items
                .iter()
                .enumerate()
                .find(|(at, item)| items.iter().take(*at).any(|other| other == *item));
            double.map(|(at, item)| {
                Problem::new(&format!("{path}[{at}]"), "is in the list twice").with_value(item)
            })
        }
        Value::String(text) => {
            let form = schema.get(FORM)?.as_str()?;
            let (_, matches, words) = PATTERNS.iter().find(|(known, _, _)| *known == form)?;
            (!matches(text)).then(|| Problem::new(path, format!("must be {words}")).with_value(value))
        }
        Value::Number(number) => {
            let of = schema.get(MULTIPLE)?.as_i64()?;
            let fits = number.as_i64().is_some_and(|number| number % of == 0);
            (!fits).then(|| Problem::new(path, format!("must be a multiple of {of}")).with_value(value))
        }
        _ => None,
    }
}

fn fields(schema: &Map<String, Value>, map: &Map<String, Value>, path: &str) -> Option<Problem> {
    let names = |rule: &str| {
        schema
            .get(rule)
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect::<Vec<_>>())
    };
    let list = |names: &[&str], and: &str| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(and)
    };
    for (rule, least, most) in [(EXACTLY_ONE, 1, 1), (SOME, 1, usize::MAX), (AT_MOST_ONE, 0, 1)] {
        let Some(names) = names(rule) else { continue };
        let given: Vec<&str> =
            names.iter().copied().filter(|name| map.get(*name).is_some_and(is_given)).collect();
        let often = match (least, most) {
            (1, 1) => "exactly one",
            (1, _) => "at least one",
            _ => "at most one",
        };
        if given.len() < least || given.len() > most {
            let had = if given.is_empty() { "none".to_owned() } else { list(&given, " and ") };
            return Some(Problem::new(path, format!("give {often} of {}; given: {had}", list(&names, ", "))));
        }
    }
    None
}

/// Whether a field says something. No, nothing, an empty text or list, and the id -1 say that it is not used.
fn is_given(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && text != "-1",
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn message(schema: Value, value: Value) -> Option<String> {
        broken_rule(schema.as_object().unwrap(), &value, "body").map(|problem| problem.to_string())
    }

    #[test]
    fn fields_exclude_or_replace_each_other() {
        let one = |value| message(json!({ "x-exactly-one-of": ["devices", "groupId"] }), value);
        assert_eq!(one(json!({ "devices": [1] })), None);
        assert_eq!(one(json!({ "devices": [], "groupId": "7" })), None);
        let neither = "`body`: give exactly one of `devices`, `groupId`; given: none";
        assert_eq!(one(json!({})).unwrap(), neither);
        let both = "`body`: give exactly one of `devices`, `groupId`; given: `devices` and `groupId`";
        assert_eq!(one(json!({ "devices": [1], "groupId": "7" })).unwrap(), both);
        let some = |value| message(json!({ "x-some-of": ["message", "phone"] }), value);
        assert_eq!(some(json!({ "message": "a", "phone": "b" })), None);
        assert!(some(json!({ "message": "" })).unwrap().contains("give at least one of"));
        let most = |value| message(json!({ "x-at-most-one-of": ["url", "id"] }), value);
        assert_eq!(most(json!({ "url": "a", "id": "-1" })), None);
        assert!(most(json!({ "url": "a", "id": "1" })).unwrap().contains("give at most one of"));
    }

    #[test]
    fn lists_texts_and_numbers_have_rules_too() {
        let list = |value| message(json!({ "x-unique": true }), value);
        assert_eq!(list(json!([1, 2])), None);
        assert_eq!(
            list(json!([{ "a": 1 }, 2, { "a": 1 }])).unwrap(),
            "`body[2]`: is in the list twice (given: {\"a\":1})"
        );
        let days = |value| message(json!({ "x-multiple-of": 1440 }), value);
        assert_eq!(days(json!(2880)), None);
        assert!(days(json!(1500)).unwrap().contains("must be a multiple of 1440"));
    }

    /// A rule with a wrong name, of a field that is not there, or of a form that nothing checks would hold nobody to anything.
    #[test]
    fn every_rule_of_the_catalogue_is_one_that_is_checked() {
        fn rules(schema: &Map<String, Value>, found: &mut BTreeSet<String>, place: &str) {
            for (key, value) in schema {
                if let Some(list) = [EXACTLY_ONE, SOME, AT_MOST_ONE]
                    .contains(&key.as_str())
                    .then(|| value.as_array().unwrap())
                {
                    for name in list {
                        let there = schema
                            .get("properties")
                            .and_then(|properties| properties.get(name.as_str().unwrap()));
                        assert!(there.is_some(), "{place}: {name} is no field");
                    }
                }
                if key == FORM {
                    assert!(PATTERNS.iter().any(|(known, _, _)| value == known), "{place}: {value}");
                }
                if key.starts_with("x-") {
                    found.insert(key.clone());
                }
            }
            let below = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (name, property) in below {
                rules(property.as_object().unwrap(), found, &format!("{place}.{name}"));
            }
            if let Some(items) = schema.get("items").and_then(Value::as_object) {
                rules(items, found, place);
            }
        }
        let mut found = BTreeSet::new();
        for action in crate::Catalogue::get().actions() {
            rules(&action.compiled_schema().internal, &mut found, action.name);
        }
        let other = ["x-item", "x-device"];
        for key in &found {
            assert!(ALL.contains(&key.as_str()) || other.contains(&key.as_str()) || key == "x-wire", "{key}");
        }
        for rule in ALL {
            assert!(found.contains(rule), "no type declares {rule}");
        }
    }
}
