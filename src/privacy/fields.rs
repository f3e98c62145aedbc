//! Every field of Jamf's answers that is personal, or looks so, beside `shapes/personal.txt`.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Value, json};

use super::tests::of;
use super::*;

/// Where the objects of a type stand.
fn place(name: &str) -> Place {
    match name {
        "classic:user" | "classic:account" => Place::People,
        "classic:group" | "answers:AccountGroup" | "answers:AccountGroupV1" => Place::Accounts,
        "answers:EnrollmentProcessTextObject" | "answers:AzureMappings" | "answers:UserMappings" => {
            Place::Labels
        }
        _ => Place::Plain,
    }
}

struct Fields {
    looks: Regex,
    types: BTreeMap<String, Value>,
    found: BTreeMap<String, &'static str>,
}

impl Fields {
    fn of_documents() -> Self {
        let answers: Value = serde_json::from_str(include_str!("../../shapes/answers.json")).unwrap();
        let classic: Value = serde_json::from_str(include_str!("../../shapes/classic.json")).unwrap();
        let named = |document: &str, types: &Value| -> Vec<(String, Value)> {
            let types = types["types"].as_object().unwrap();
            types.iter().map(|(name, shape)| (format!("{document}:{name}"), shape.clone())).collect()
        };
        let mut types: BTreeMap<String, Value> = named("answers", &answers).into_iter().collect();
        // The element and the keys of a type of the Classic API come before its shape.
        let shape =
            |(name, shape): (String, Value)| (name, shape.as_array().unwrap().last().unwrap().clone());
        types.extend(named("classic", &classic).into_iter().map(shape));
        let looks = r"(?i)user|person|owner|mail|phone|mac_?address|ip_?address|reported_?ip|latitude|longitude|altitude|^position$|^room$|real_?name|full_?name|student|teacher|contact$|apple_?id|distinguished|lost_?(?:mode|location)|viewed|creator|(?:managed|assigned|created|changed)_?by";
        let mut fields = Self { looks: Regex::new(looks).unwrap(), types, found: BTreeMap::new() };
        for (name, shape) in fields.types.clone() {
            fields.add(place(&name), &name, &shape, 0);
        }
        fields
    }

    fn add(&mut self, place: Place, path: &str, shape: &Value, depth: usize) {
        match shape {
            Value::Object(fields) if depth < 8 => {
                for (name, shape) in fields {
                    let (kind, below) = place.field(name);
                    self.field(kind, below, (path, name), shape, depth + 1);
                }
            }
            Value::Array(items) if !items.is_empty() => self.add(place, path, items.last().unwrap(), depth),
            _ => {}
        }
    }

    fn field(
        &mut self,
        kind: Option<Personal>,
        below: Place,
        (path, name): (&str, &str),
        shape: &Value,
        depth: usize,
    ) {
        let path = format!("{path}.{name}");
        match shape {
            Value::String(scalar) if scalar.starts_with('@') => {
                let document = path.split(':').next().unwrap().to_owned();
                // What is below a person is listed where it stands, everything else by its type.
                if kind.is_some()
                    && let Some(shape) = self.types.get(&format!("{document}:{}", &scalar[1..])).cloned()
                {
                    self.add(below, &path, &shape, depth);
                }
            }
            Value::String(scalar) => {
                let closed = scalar.contains('|')
                    || matches!(scalar.as_str(), "boolean" | "date-time" | "date" | "uuid");
                if !closed && (kind.is_some() || self.looks.is_match(name)) {
                    let word = kind.map_or("none", |kind| kind.prefix().trim_end_matches('-'));
                    self.found.insert(path, word);
                }
            }
            Value::Array(items) if !items.is_empty() => match items.last().unwrap() {
                scalar @ Value::String(_) => {
                    self.field(kind, below, (path.rsplit_once('.').unwrap().0, name), scalar, depth)
                }
                shape => self.add(below, &path, shape, depth),
            },
            shape => self.add(below, &path, shape, depth),
        }
    }
}

/// An object with one text at the end of a path.
fn holding(path: &str, text: &str) -> Value {
    path.rsplit('.').fold(json!(text), |inner, name| json!({ name: inner }))
}

#[test]
fn every_field_that_looks_personal_is_listed_and_redacted_as_the_list_says() {
    let fields = Fields::of_documents();
    let listed: BTreeMap<&str, &str> = include_str!("../../shapes/personal.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(' ').unwrap())
        .collect();
    let missing: Vec<String> = fields
        .found
        .iter()
        .filter(|(path, kind)| listed.get(path.as_str()) != Some(*kind))
        .map(|(path, kind)| format!("{path} {kind}"))
        .collect();
    assert!(
        missing.is_empty(),
        "decide about these, and list them in shapes/personal.txt:\n{}",
        missing.join("\n")
    );
    let gone: Vec<&&str> = listed.keys().filter(|path| !fields.found.contains_key(**path)).collect();
    assert!(gone.is_empty(), "these are no fields any more: {gone:?}");
    for (path, kind) in listed {
        let (name, below) = path.split_once('.').unwrap();
        let shown = |profile| {
            let mut value = holding(below, "Quirin Qualm");
            of(profile).walk(place(name), &mut value, &People::default());
            value.to_string()
        };
        let (pseudonymous, aggregate) = (shown(Profile::Pseudonymous), shown(Profile::Aggregate));
        if kind == "none" {
            assert!(
                pseudonymous.contains("Quirin") && aggregate.contains("Quirin"),
                "{path} is nobody's: {aggregate}"
            );
        } else {
            assert!(
                pseudonymous.contains(&format!("\"{kind}-")) && !pseudonymous.contains("Quirin"),
                "{path}: {pseudonymous}"
            );
            assert!(
                !aggregate.contains("Quirin") && !aggregate.contains(&format!("{kind}-")),
                "{path}: {aggregate}"
            );
        }
    }
}
