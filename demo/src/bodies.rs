//! What Jamf's document says of the bodies that it takes (`shapes/bodies.json`): what must be there, of which kind each value is, which
//! values there are. No HTTP, no store.

use std::sync::LazyLock;

use base64::Engine;
use indexmap::IndexMap;
use jiff::{Timestamp, civil};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::shapes;

/// Bodies nest no deeper than this.
const DEEPEST: u32 = 24;

#[derive(Deserialize)]
struct Bodies {
    types: IndexMap<String, Value>,
    operations: IndexMap<String, Value>,
}

static BODIES: LazyLock<Bodies> = LazyLock::new(|| {
    let text = include_str!("../../shapes/bodies.json");
    // A test reads the file; a broken one lets every body through.
    serde_json::from_str(text).unwrap_or(Bodies { types: IndexMap::new(), operations: IndexMap::new() })
});

/// What is wrong with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Jamf's word for it.
    pub(crate) code: &'static str,
    /// Where it is, as a dotted path; empty for the body itself.
    pub(crate) field: String,
    pub(crate) description: String,
}

/// The shape of the body of an operation; none when it takes none that is JSON.
pub(crate) fn shape(method: &str, template: &str) -> Option<&'static Value> {
    BODIES.operations.get(&format!("{method} {template}"))
}

/// Everything that is wrong with a body. A body that changes only what it names may leave out what must be there.
pub(crate) fn faults(shape: &'static Value, body: &Value, partial: bool) -> Vec<Fault> {
    let mut reader = Reader { faults: Vec::new(), partial };
    reader.value(shape, body, "", 0);
    reader.faults
}

/// A body without the fields that the operation does not know.
pub(crate) fn known_fields(shape: &'static Value, body: &Value) -> Value {
    match (fields(shape, body), body) {
        (Some(shapes), Value::Object(given)) => {
            let kept = given.iter().filter_map(|(name, value)| {
                let (_, shape) = field(shapes, name)?;
                Some((name.clone(), known_fields(shape, value)))
            });
            Value::Object(kept.collect())
        }
        (None, Value::Array(given)) => match shape.as_array().and_then(|items| items.first()) {
            Some(item) => given.iter().map(|value| known_fields(item, value)).collect(),
            None => body.clone(),
        },
        _ => body.clone(),
    }
}

/// The fields of a body: type names followed, and the value that says which type it is. None where any name is taken.
fn fields(shape: &'static Value, body: &Value) -> Option<&'static Map<String, Value>> {
    match shape {
        Value::String(name) => fields(BODIES.types.get(name.strip_prefix('@')?)?, body),
        Value::Object(shapes) => match shapes.iter().next() {
            Some((name, kinds)) if name.starts_with('=') => {
                let kind = body.get(name.trim_start_matches('=')).and_then(Value::as_str)?;
                fields(kinds.get(kind)?, body)
            }
            Some(_) => Some(shapes),
            None => None,
        },
        _ => None,
    }
}

/// Whether a field must be there, and its shape.
fn field(shapes: &'static Map<String, Value>, name: &str) -> Option<(bool, &'static Value)> {
    let optional = shapes.get(name).or_else(|| shapes.get("*")).map(|shape| (false, shape));
    shapes.get(&format!("{name}!")).map(|shape| (true, shape)).or(optional)
}

struct Reader {
    faults: Vec<Fault>,
    partial: bool,
}

impl Reader {
    fn fault(&mut self, code: &'static str, at: &str, description: impl Into<String>) {
        self.faults.push(Fault { code, field: at.to_owned(), description: description.into() });
    }

    fn value(&mut self, shape: &'static Value, value: &Value, at: &str, depth: u32) {
        if depth > DEEPEST {
            return self.fault("INVALID_FIELD", at, "The body nests too deep");
        }
        match shape {
            Value::String(kind) => match kind.strip_prefix('@') {
                Some(name) => {
                    if let Some(shape) = BODIES.types.get(name) {
                        self.value(shape, value, at, depth + 1);
                    }
                }
                None => self.scalar(kind, value, at),
            },
            // The document calls bytes a list of texts; what is sent is one.
            Value::Array(items) if value.is_string() && items.first().is_some_and(|item| item == "byte") => {
                self.scalar("byte", value, at);
            }
            Value::Array(items) => match (value, items.first()) {
                (Value::Array(values), Some(item)) => {
                    for (index, value) in values.iter().enumerate() {
                        self.value(item, value, &format!("{at}[{index}]"), depth + 1);
                    }
                }
                _ => self.fault("INVALID_FIELD", at, "The value is not a list"),
            },
            Value::Object(shapes) => self.object(shapes, shape, value, at, depth),
            _ => {}
        }
    }

    fn object(
        &mut self,
        shapes: &'static Map<String, Value>,
        shape: &'static Value,
        value: &Value,
        at: &str,
        depth: u32,
    ) {
        let Value::Object(given) = value else {
            return self.fault("INVALID_FIELD", at, "The value is not an object");
        };
        if let Some((name, kinds)) = shapes.iter().next().filter(|(name, _)| name.starts_with('=')) {
            let name = name.trim_start_matches('=');
            let at = below(at, name);
            return match given.get(name).and_then(Value::as_str) {
                None => self.fault("REQUIRED", &at, "The field is required"),
                Some(kind) if kinds.get(kind).is_none() => {
                    self.fault("INVALID_FIELD", &at, "The value is not one of the values of this field");
                }
                Some(_) => {
                    if let Some(of) = fields(shape, value) {
                        self.fields(of, given, at.trim_end_matches(name).trim_end_matches('.'), depth);
                    }
                }
            };
        }
        self.fields(shapes, given, at, depth);
    }

    fn fields(
        &mut self,
        shapes: &'static Map<String, Value>,
        given: &Map<String, Value>,
        at: &str,
        depth: u32,
    ) {
        for (marked, shape) in shapes.iter().filter(|(name, _)| *name != "*") {
            let name = marked.trim_end_matches('!');
            let at = below(at, name);
            match given.get(name) {
                None | Some(Value::Null) if marked.ends_with('!') && !self.partial => {
                    self.fault("REQUIRED", &at, "The field is required");
                }
                // Null stands for a field that is left out.
                None | Some(Value::Null) => {}
                Some(value) => self.value(shape, value, &at, depth + 1),
            }
        }
        if let Some(shape) = shapes.get("*") {
            for (name, value) in given {
                self.value(shape, value, &below(at, name), depth + 1);
            }
        }
    }

    fn scalar(&mut self, kind: &str, value: &Value, at: &str) {
        if kind.contains('|') || !KINDS.contains(&kind.split(' ').next().unwrap_or_default()) {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if !kind.split('|').any(|one| one == text) {
                self.fault("INVALID_FIELD", at, "The value is not one of the values of this field");
            }
            return;
        }
        let (kind, bounds) = kind.split_once(' ').unwrap_or((kind, ""));
        let text = value.as_str();
        let fits = match kind {
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => text.is_some(),
            "date-time" => text.is_some_and(is_moment),
            "date" => text.is_some_and(|text| text.is_empty() || text.parse::<civil::Date>().is_ok()),
            "uuid" => text.is_some_and(shapes::is_uuid),
            "byte" => text.is_some_and(|text| base64::engine::general_purpose::STANDARD.decode(text).is_ok()),
            _ => true,
        };
        if !fits {
            return self.fault("INVALID_FIELD", at, format!("The value is not of the type {kind}"));
        }
        let measure = text.map_or_else(|| value.as_f64(), |text| Some(text.chars().count() as f64));
        let (least, most) = bounds.split_once("..").unwrap_or_default();
        let bound = |text: &str| text.parse::<f64>().ok();
        let outside = |measure: f64| {
            bound(least).is_some_and(|least| measure < least)
                || bound(most).is_some_and(|most| measure > most)
        };
        if measure.is_some_and(outside) {
            self.fault("INVALID_FIELD", at, format!("The value is not within {bounds}"));
        }
    }
}

/// What a value can be, besides one of several words.
const KINDS: [&str; 9] =
    ["boolean", "integer", "number", "string", "date-time", "date", "uuid", "byte", "any"];

/// A moment with or without an offset, as Jamf takes both.
fn is_moment(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok() || text.parse::<civil::DateTime>().is_ok()
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(method: &str, template: &str, body: Value) -> Vec<String> {
        let shape = shape(method, template).unwrap();
        let faults = faults(shape, &body, false);
        faults.into_iter().map(|fault| format!("{} {}", fault.code, fault.field)).collect()
    }

    #[test]
    fn every_type_of_the_file_is_there() {
        fn look(shape: &Value, place: &str) {
            match shape {
                Value::String(kind) => {
                    if let Some(name) = kind.strip_prefix('@') {
                        assert!(BODIES.types.contains_key(name), "{place}: {name}");
                    }
                }
                Value::Array(items) => items.iter().for_each(|item| look(item, place)),
                Value::Object(fields) => fields.values().for_each(|field| look(field, place)),
                _ => panic!("{place}: {shape}"),
            }
        }
        assert!(BODIES.operations.len() > 240, "{}", BODIES.operations.len());
        BODIES.types.iter().chain(&BODIES.operations).for_each(|(place, shape)| look(shape, place));
    }

    #[test]
    fn what_must_be_there_and_what_may_not_be_is_told_by_its_field() {
        let groups = "/api/v3/computer-groups/smart-groups";
        assert_eq!(of("POST", "/api/v1/buildings", json!({})), ["REQUIRED name"]);
        assert_eq!(of("POST", "/api/v1/buildings", json!({"name": null})), ["REQUIRED name"]);
        assert_eq!(of("POST", "/api/v1/buildings", json!({"name": 5})), ["INVALID_FIELD name"]);
        assert_eq!(of("POST", "/api/v1/buildings", json!({"name": "x", "city": null})), Vec::<String>::new());
        assert_eq!(of("POST", "/api/v1/buildings", json!([])), ["INVALID_FIELD "]);
        let criteria = json!({"name": "x", "criteria": [{"name": "Model", "andOr": "xor"}]});
        let told = of("POST", groups, criteria);
        assert!(told.iter().any(|told| told.contains("criteria[0].")), "{told:?}");
    }

    #[test]
    fn the_kind_of_a_command_says_what_it_takes() {
        let of =
            |data: Value| of("POST", "/api/v2/mdm/commands", json!({"clientData": [], "commandData": data}));
        assert_eq!(of(json!({})), ["REQUIRED commandData.commandType"]);
        assert_eq!(of(json!({"commandType": "FLY"})), ["INVALID_FIELD commandData.commandType"]);
        assert_eq!(of(json!({"commandType": "RESTART_DEVICE"})), Vec::<String>::new());
        let number = json!({"commandType": "DEVICE_LOCK", "pin": 123_456});
        assert_eq!(of(number), ["INVALID_FIELD commandData.pin"]);
    }
}
