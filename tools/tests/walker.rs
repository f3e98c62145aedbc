//! The walker that checks arguments, beside an independent validator of JSON Schema.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/fitting.rs"]
#[expect(dead_code, reason = "shared with tests that make whole calls")]
mod fitting;

use jamf_pro_tools::{Action, Catalogue};
use serde_json::{Map, Value, json};

use fitting::{fitting, says_something};

fn actions() -> impl Iterator<Item = &'static Action> {
    Catalogue::get().actions()
}

/// Breaks a value in one place.
fn bent(value: Value, roll: &mut u64) -> Value {
    *roll = roll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let number = *roll >> 33;
    match value {
        Value::Object(mut map) if !map.is_empty() && !number.is_multiple_of(4) => {
            let key = map.keys().nth(number as usize % map.len()).unwrap().clone();
            let inner = map[&key].clone();
            map.insert(key, bent(inner, roll));
            Value::Object(map)
        }
        Value::Array(mut items) if !items.is_empty() && !number.is_multiple_of(4) => {
            let at = number as usize % items.len();
            items[at] = bent(items[at].clone(), roll);
            Value::Array(items)
        }
        other => match number % 9 {
            0 => json!(other.to_string()),
            1 => json!([other]),
            2 => json!(number),
            3 => json!(-(number as f64) / 3.0),
            4 => json!("X"),
            5 => json!({ "unknown": other }),
            6 => json!("true"),
            7 => Value::Null,
            _ => other,
        },
    }
}

/// Equal, with `-3.0` and `-3` as one number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (left, right) => left == right,
    }
}

/// Whether a value that fits its schema keeps the rules of [`Action::checked_schema`] besides.
fn keeps_rules(schema: &Map<String, Value>, value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            let count = |rule: &str| {
                schema.get(rule).and_then(Value::as_array).map(|names| {
                    let said = |name: &&Value| {
                        map.get(name.as_str().unwrap()).is_some_and(|value| {
                            says_something(value) && !value.is_null() && *value != json!("-1")
                        })
                    };
                    names.iter().filter(said).count()
                })
            };
            count("x-exactly-one-of").is_none_or(|count| count == 1)
                && count("x-at-most-one-of").is_none_or(|count| count <= 1)
                && count("x-some-of").is_none_or(|count| count >= 1)
                && map.iter().all(|(name, value)| {
                    schema["properties"]
                        .get(name)
                        .is_none_or(|below| keeps_rules(below.as_object().unwrap(), value))
                })
        }
        Value::Array(items) => {
            let double = items.iter().enumerate().any(|(at, item)| items[..at].contains(item));
            !(double && schema.contains_key("x-unique"))
                && items.iter().all(|item| keeps_rules(schema["items"].as_object().unwrap(), item))
        }
        Value::String(text) => schema.get("x-form").is_none_or(|form| match form.as_str().unwrap() {
            form if form.contains(" [0-9]") => text.len() == 19 || text.is_empty(),
            _ => text.parse::<i32>().is_ok_and(|number| (-1..=65535).contains(&number)),
        }),
        Value::Number(number) => schema
            .get("x-multiple-of")
            .is_none_or(|of| number.as_f64().unwrap() % of.as_f64().unwrap() == 0.0),
        _ => true,
    }
}

/// The walker and an independent validator agree: what the validator accepts passes unchanged, and what the walker lets
/// through after coercion the validator accepts.
#[test]
fn the_walker_agrees_with_an_independent_validator() {
    for action in actions() {
        let schema = action.input_schema();
        let validator = jsonschema::validator_for(&Value::Object(schema)).unwrap();
        let rules = action.checked_schema();
        let mut roll = 7;
        for round in 0..60 {
            let mut whole = fitting(&rules, &mut roll);
            assert!(validator.is_valid(&whole), "{}: {whole}", action.name);
            let passed = action
                .check(whole.as_object().unwrap().clone())
                .unwrap_or_else(|problems| panic!("{}: {whole}\n{problems}", action.name));
            // A body that is left out is there after the check, empty.
            if passed.arguments().contains_key("body") {
                whole.as_object_mut().unwrap().entry("body").or_insert_with(|| json!({}));
            }
            assert_eq!(Value::Object(passed.arguments().clone()), whole, "{}", action.name);
            let Value::Object(bent) = bent(whole, &mut roll) else { continue };
            let valid = validator.is_valid(&Value::Object(bent.clone()));
            match action.check(bent.clone()) {
                Ok(checked) => {
                    let checked = Value::Object(checked.arguments().clone());
                    let mut bent = bent;
                    if let Some(body) = checked.get("body") {
                        bent.entry("body").or_insert_with(|| body.clone());
                    }
                    assert!(keeps_rules(&rules, &checked), "{} round {round}: {checked}", action.name);
                    assert!(validator.is_valid(&checked), "{} round {round}: {checked}", action.name);
                    assert!(
                        !valid || same(&checked, &Value::Object(bent)),
                        "{}: a valid value was changed",
                        action.name
                    );
                }
                Err(problems) => {
                    let bent = Value::Object(bent);
                    assert!(!valid || !keeps_rules(&rules, &bent), "{}: {bent}\n{problems}", action.name);
                }
            }
        }
    }
}
