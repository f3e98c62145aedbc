//! Values that fit a schema, chosen by a number that goes on.

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::{Action, Checked};
use serde_json::{Map, Value, json};

/// A value that fits a schema, chosen by a number.
pub(crate) fn fitting(schema: &Map<String, Value>, roll: &mut u64) -> Value {
    *roll = roll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let number = *roll >> 33;
    match schema["type"].as_str().unwrap() {
        "object" => {
            let required: Vec<&Value> =
                schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
            let mut map = Map::new();
            for (at, (name, property)) in schema["properties"].as_object().unwrap().iter().enumerate() {
                if required.iter().any(|entry| *entry == name) || (number >> (at % 20)) & 1 == 1 {
                    map.insert(name.clone(), fitting(property.as_object().unwrap(), roll));
                }
            }
            keeping_rules(schema, &mut map, roll);
            Value::Object(map)
        }
        "array" => {
            let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
            let mut items: Vec<Value> = (0..least + number % 3)
                .map(|_| fitting(schema["items"].as_object().unwrap(), roll))
                .collect();
            if schema.contains_key("x-unique") {
                let mut seen = Vec::new();
                items.retain(|item| {
                    !seen.contains(item) && {
                        seen.push(item.clone());
                        true
                    }
                });
            }
            Value::Array(items)
        }
        "string" if schema.get("x-form").is_some_and(|form| form.as_str().unwrap().contains(" [0-9]")) => {
            json!(format!("2026-01-{:02} 08:00:00", number % 28 + 1))
        }
        "string" => match (schema.get("enum"), schema.get("pattern")) {
            (Some(values), _) => {
                let values = values.as_array().unwrap();
                values[number as usize % values.len()].clone()
            }
            (_, Some(pattern)) if pattern.as_str().unwrap().contains("Fa-f") => {
                json!("01234567-89ab-cdef-0123-456789abcdef")
            }
            (_, Some(pattern)) if pattern.as_str().unwrap().contains("+/") => json!("c2ltdWxhdGVk"),
            (_, Some(pattern)) if pattern.as_str().unwrap().contains('T') => {
                json!(format!("2026-01-{:02}T10:20:30Z", number % 28 + 1))
            }
            (_, Some(pattern)) if pattern.as_str().unwrap().contains("{4}-") => {
                json!(format!("2026-01-{:02}", number % 28 + 1))
            }
            (_, Some(_)) => json!((number % 1000).to_string()),
            _ => {
                let least = schema.get("minLength").and_then(Value::as_u64).unwrap_or(0).max(number % 5);
                json!("aé\"<&> ".chars().cycle().take(usize::try_from(least).unwrap()).collect::<String>())
            }
        },
        "integer" if schema.contains_key("enum") => {
            let values = schema["enum"].as_array().unwrap();
            values[number as usize % values.len()].clone()
        }
        "integer" if schema.contains_key("x-multiple-of") => {
            json!(number % 30 * schema["x-multiple-of"].as_u64().unwrap())
        }
        "integer" => {
            let least = schema.get("minimum").and_then(Value::as_i64).unwrap_or(-5);
            let most = schema.get("maximum").and_then(Value::as_i64).unwrap_or(least + 100);
            json!(least + (number as i64 % (most - least + 1)))
        }
        "number" => json!(number as f64 / 7.0),
        _ => json!(number.is_multiple_of(2)),
    }
}

/// Of fields that exclude or replace each other, as many as there must be.
fn keeping_rules(schema: &Map<String, Value>, map: &mut Map<String, Value>, roll: &mut u64) {
    let names = |rule: &str| -> Vec<String> {
        let names = schema.get(rule).and_then(Value::as_array).into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    for rule in ["x-exactly-one-of", "x-at-most-one-of"] {
        let given: Vec<String> = names(rule).into_iter().filter(|name| map.contains_key(name)).collect();
        for name in given.iter().skip(1) {
            map.shift_remove(name);
        }
    }
    for rule in ["x-exactly-one-of", "x-some-of"] {
        let names = names(rule);
        let given = names.iter().find(|name| map.contains_key(*name));
        let Some(name) = given.or(names.first()).cloned() else { continue };
        let property = schema["properties"][&name].as_object().unwrap();
        let value = std::iter::repeat_with(|| fitting(property, roll)).find(says_something).unwrap();
        map.insert(name, value);
    }
}

pub(crate) fn says_something(value: &Value) -> bool {
    !matches!(value, Value::Bool(false)) && *value != json!("") && *value != json!([])
}

/// Arguments of an action, with the keys of one of its paths, a filter that the action takes, and nothing cleared.
pub(crate) fn arguments(action: &Action, schema: &Map<String, Value>, roll: &mut u64) -> Map<String, Value> {
    let mut arguments = fitting(schema, roll).as_object().unwrap().clone();
    arguments.remove("clear");
    if schema.contains_key("x-some-of") {
        arguments.entry("body").or_insert_with(|| json!({}));
    }
    let paths: Vec<&str> = action.paths().collect();
    *roll = roll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let chosen: Vec<&str> = placeholders(paths[(*roll >> 33) as usize % paths.len()]).collect();
    for key in paths.iter().flat_map(|path| placeholders(path)) {
        if !chosen.contains(&key) {
            arguments.shift_remove(key);
        } else if !arguments.contains_key(key) {
            arguments.insert(key.to_owned(), fitting(schema["properties"][key].as_object().unwrap(), roll));
        }
    }
    if let Some(filter) = arguments.get_mut("filter") {
        *filter = json!(format!("{}==x", action.filters.first().unwrap_or(&"name")));
    }
    arguments
}

/// The management id of every device.
pub(crate) const MANAGEMENT_ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// The same arguments, with devices as a tenant would know them.
pub(crate) fn looked_up(action: &Action, arguments: &Checked) -> Checked {
    let words = jamf_pro_tools::devices::named_devices(action, arguments);
    let ids = words.into_iter().map(|word| (word, MANAGEMENT_ID.to_owned())).collect();
    arguments.with_devices(action, &ids)
}
