//! Every comparison on every kind of field of every list: each answers rightly, or is refused.

use std::path::Path;

use jamf_pro_tools::{Action, Catalogue, Rows};
use serde_json::{Map, Value, json};

use super::super::compare::Kind;
use super::super::question::Question;
use super::super::shape::Shape;
use crate::privacy::Redaction;

/// Fields of one kind that are looked at in one list: of the rows themselves, and in lists inside them.
const FIELDS: usize = 1;

/// Two values of a kind, the smaller first, and a part of the first.
fn samples(kind: &Kind) -> Option<(Value, Value, &'static str)> {
    Some(match kind {
        Kind::Text => (json!("Anna’s Alpha"), json!("Beta"), "na's al"),
        Kind::Identifier => (json!("5"), json!("70"), "5"),
        Kind::Version => (json!("15.9"), json!("15.10"), "5.9"),
        Kind::Moment => (json!("2026-01-01T00:00:00.250Z"), json!("2026-01-01T00:00:00.500Z"), "00.25"),
        Kind::Day => (json!("2026-01-01"), json!("2026-01-02"), "01-01"),
        Kind::Number => (json!(5), json!(70), "5"),
        Kind::Flag => (json!(false), json!(true), "fal"),
        Kind::Choice(known) => match known.as_slice() {
            [one, other, ..] if !other.contains(one.as_str()) => (json!(one), json!(other), ""),
            _ => return None,
        },
        Kind::Unknown => return None,
    })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A row with a value at a path, in a list where the shape has one.
fn row(shape: &Shape, path: &str, value: &Value) -> Value {
    let list = shape.list_of(path);
    let mut names = path.split('.').collect::<Vec<_>>();
    let mut made = value.clone();
    while !names.is_empty() {
        if list.as_deref() == Some(names.join(".").as_str()) {
            made = json!([made]);
        }
        made = json!({ names.pop().unwrap(): made });
    }
    made
}

/// Arguments that a list cannot do without.
fn required_arguments(action: &Action) -> Map<String, Value> {
    let schema = Value::Object(action.input_schema());
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let candidates = |name: &str| {
        let property = &schema["properties"][name];
        let first = property["enum"][0].clone();
        [
            first,
            json!("1"),
            json!("01234567-89ab-cdef-0123-456789abcdef"),
            json!("2026-01-01"),
            json!(1),
            json!(["1"]),
        ]
    };
    let mut arguments = Map::new();
    for name in required.iter().filter_map(Value::as_str) {
        if name == "filter" {
            arguments.insert(name.to_owned(), json!("uuid==01234567-89ab-cdef-0123-456789abcdef"));
            continue;
        }
        let fits = |value: &Value| {
            let given = Map::from_iter([(name.to_owned(), value.clone())]);
            let problems = action.check(given).err().map(|problems| problems.0).unwrap_or_default();
            !value.is_null() && problems.iter().all(|problem| !problem.path.starts_with(name))
        };
        let value =
            candidates(name).into_iter().find(fits).unwrap_or_else(|| panic!("{}: {name}", action.name));
        arguments.insert(name.to_owned(), value);
    }
    arguments
}

/// Comparison, its value, and whether it holds of the first sample, the second, and no value.
fn comparisons(kind: &Kind) -> Vec<(&'static str, Option<String>, [bool; 3])> {
    let (first, second, part) = samples(kind).unwrap();
    let (one, other) = (text(&first), text(&second));
    let mut all = vec![
        ("eq", Some(one.clone()), [true, false, false]),
        ("ne", Some(one.clone()), [false, true, true]),
        ("in", Some(one.clone()), [true, false, false]),
        ("not_in", Some(one.clone()), [false, true, true]),
        ("is_empty", None, [false, false, true]),
        ("not_empty", None, [true, true, false]),
    ];
    if !matches!(kind, Kind::Flag | Kind::Choice(_)) {
        all.extend([
            ("lt", Some(other.clone()), [true, false, false]),
            ("le", Some(one.clone()), [true, false, false]),
            ("gt", Some(one), [false, true, false]),
            ("ge", Some(other), [false, true, false]),
        ]);
    }
    if !matches!(kind, Kind::Flag | Kind::Number | Kind::Choice(_)) {
        all.push(("contains", Some(part.to_owned()), [true, false, false]));
    }
    all
}

#[test]
fn every_comparison_on_every_kind_of_field_is_right() {
    let redaction = Redaction::open(crate::config::Redaction::Full, Path::new("")).unwrap();
    let (mut lists, mut judged, mut sent) = (0, 0, 0);
    let mut wrong: Vec<String> = Vec::new();
    for action in Catalogue::get().actions().filter(|action| action.rows != Rows::None) {
        let Some(shape) = Shape::of(action) else { continue };
        let mut done: Vec<(String, bool)> = Vec::new();
        let arguments = required_arguments(action);
        assert!(action.check(arguments.clone()).is_ok(), "{}: {arguments:?}", action.name);
        lists += 1;
        for (path, listed) in shape.paths().iter().cloned() {
            let kind = Kind::of(&path, &shape.at(&path));
            let sort = (format!("{kind:?}").chars().take(6).collect::<String>(), listed);
            if samples(&kind).is_none()
                || action.hidden_field(&path).is_some()
                || done.iter().filter(|known| **known == sort).count() >= FIELDS
            {
                continue;
            }
            done.push(sort);
            let (first, second, _) = samples(&kind).unwrap();
            let rows = [first, second, Value::Null].map(|value| row(&shape, &path, &value));
            for (op, value, expected) in comparisons(&kind) {
                let condition: Vec<String> = [path.clone(), op.to_owned()].into_iter().chain(value).collect();
                let mut arguments = arguments.clone();
                arguments.insert("where".to_owned(), json!([condition]));
                let checked = action.check(arguments).unwrap();
                let now = jiff::Timestamp::now();
                let question = Question::of(action, &checked, &redaction, Some("11.32.0"), now);
                let question = match question {
                    Ok(question) => question,
                    Err(problems) => {
                        wrong.push(format!("{}: {condition:?}: {problems}", action.name));
                        continue;
                    }
                };
                match &question.row_filter {
                    Some(row_filter) => {
                        judged += 1;
                        let found = rows.each_ref().map(|row| row_filter.takes(row));
                        if found != expected {
                            wrong.push(format!("{}: {condition:?}: {found:?}", action.name));
                        }
                    }
                    None => {
                        sent += 1;
                        assert!(question.filter.is_some(), "{}: {condition:?}", action.name);
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(lists > 100 && judged > 1_500 && sent > 150, "{lists} lists, {judged} judged, {sent} sent");
}

#[test]
fn what_a_kind_cannot_answer_is_refused() {
    let redaction = Redaction::open(crate::config::Redaction::Full, Path::new("")).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    for action in Catalogue::get().actions().filter(|action| action.rows != Rows::None) {
        let Some(shape) = Shape::of(action) else { continue };
        let mut done: Vec<String> = Vec::new();
        for (path, _) in shape.paths() {
            let path = path.clone();
            let kind = Kind::of(&path, &shape.at(&path));
            let conditions: &[&[&str]] = match &kind {
                Kind::Number => &[&["eq", "many"], &["lt", "8 GB"], &["contains", "8"], &["lt", ""]],
                Kind::Flag => &[&["eq", "yes"], &["lt", "true"], &["contains", "t"]],
                Kind::Choice(_) => &[&["eq", "no such value"], &["ge", "UNKNOWN"]],
                Kind::Moment => &[&["lt", "soon"], &["eq", "12"]],
                Kind::Day => &[&["lt", "soon"], &["eq", "2026-01-01T10:00:00Z"]],
                Kind::Version => &[&["lt", "newest"]],
                Kind::Text => &[&["in", "a,b"], &["lt", ""], &["contains", ""]],
                Kind::Identifier | Kind::Unknown => &[],
            };
            if conditions.is_empty()
                || action.hidden_field(&path).is_some()
                || done.contains(&format!("{kind:?}"))
            {
                continue;
            }
            done.push(format!("{kind:?}"));
            for condition in conditions {
                let mut arguments = required_arguments(action);
                let words: Vec<&str> = [path.as_str()].into_iter().chain(condition.iter().copied()).collect();
                arguments.insert("where".to_owned(), json!([words]));
                let checked = action.check(arguments).unwrap();
                let question =
                    Question::of(action, &checked, &redaction, Some("11.32.0"), jiff::Timestamp::now());
                if question.is_ok() {
                    wrong.push(format!("{}: {words:?}", action.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
