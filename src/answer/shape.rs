//! What Jamf's answers hold, as far as its document says (`shapes/answers.json`): for checking the fields that a caller
//! names before anything is sent. An answer that is not described there is not judged.

use std::collections::HashMap;
use std::sync::LazyLock;

use jamf_pro_tools::check::nearest;
use jamf_pro_tools::{Action, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Objects are followed this deep when their fields are listed.
const DEEPEST: usize = 6;

/// Fields that are listed of one answer, at most.
const MOST: usize = 4_000;

/// The file, of which only names are read until a shape is needed.
#[derive(Deserialize)]
struct Document {
    #[serde(borrow)]
    types: HashMap<&'static str, &'static RawValue>,
    #[serde(borrow)]
    operations: HashMap<&'static str, &'static RawValue>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    // A test reads the file; without it nothing is known, and nothing is refused.
    serde_json::from_str(include_str!("../../shapes/answers.json"))
        .unwrap_or_else(|_| Document { types: HashMap::new(), operations: HashMap::new() })
});

/// What one object, or one row of a list, holds.
#[derive(Debug, Clone)]
pub struct Shape(Value);

/// What is at a dotted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A scalar: `string`, `integer`, `number`, `boolean`, `date-time`, `date`, `uuid`, or the values of an enum joined by `|`.
    Scalar(String),
    /// An object or a list of them.
    Object,
    /// There is no such field.
    Nothing,
    /// The document does not say.
    Unknown,
}

impl Shape {
    /// The shape of an action's answer, or of its rows; none when the document does not describe it.
    pub fn of(action: &Action) -> Option<Self> {
        let path: Vec<&str> =
            action.path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
        let key = format!("{} {}", action.method.as_str(), path.join("/"));
        let operation: Value = serde_json::from_str(DOCUMENT.operations.get(key.as_str())?.get()).ok()?;
        let answer = followed(operation.get(1)?);
        if action.rows == Rows::None {
            return answer.is_object().then_some(Self(answer));
        }
        Some(Self(followed(rows(&answer)?))).filter(|shape| shape.0.is_object())
    }

    /// What is at a dotted path; a list stands for each of its elements.
    pub fn at(&self, path: &str) -> Found {
        let mut here = self.0.clone();
        for name in path.split('.') {
            here = match element(here) {
                Value::Object(fields) if fields.is_empty() || fields.contains_key("*") => {
                    return Found::Unknown;
                }
                Value::Object(fields) => match fields.get(name) {
                    Some(field) => followed(field),
                    None => return Found::Nothing,
                },
                _ => return Found::Nothing,
            };
        }
        match element(here) {
            Value::String(kind) => Found::Scalar(kind),
            Value::Object(_) => Found::Object,
            _ => Found::Unknown,
        }
    }

    /// The path that a name stands for: itself when there is such a path, or the only field of that name.
    ///
    /// # Errors
    /// With the nearest paths, when there is no such field, or several.
    pub fn located(&self, path: &str) -> Result<String, Vec<String>> {
        if self.at(path) != Found::Nothing {
            return Ok(path.to_owned());
        }
        let all = self.paths();
        let listed = |path: &&&String| all.iter().any(|(known, listed)| *listed && known == **path);
        let all_paths: Vec<&String> = all.iter().map(|(path, _)| path).collect();
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let named = path.to_lowercase();
        let mut same: Vec<&String> =
            all_paths.iter().copied().filter(|known| known.to_lowercase() == named).collect();
        if same.is_empty() && !path.contains('.') {
            same = all_paths.iter().copied().filter(|known| last(known) == named).collect();
            // A device has one serial number, whatever many disks and certificates have.
            let single: Vec<&String> = same.iter().filter(|path| !listed(path)).copied().collect();
            if !single.is_empty() {
                same = single;
            }
        }
        match same.as_slice() {
            [only] => Ok((*only).clone()),
            [] => {
                let near = nearest(path, all_paths.iter().map(|path| path.as_str())).map(str::to_owned);
                let near = near.or_else(|| alike(&all, &last(path)));
                Err(near.into_iter().collect())
            }
            several => Err(several.iter().take(4).map(|path| (*path).clone()).collect()),
        }
    }

    /// Names at the top level.
    pub fn names(&self) -> Vec<String> {
        self.0.as_object().into_iter().flat_map(Map::keys).cloned().collect()
    }

    /// Every path, parents before what is below them, and whether it leads through a list.
    fn paths(&self) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        collect(&self.0, "", (0, false), &mut found);
        found
    }
}

/// The path whose last name is most like this one, rather one of the object itself than of a list in it.
fn alike(all: &[(String, bool)], name: &str) -> Option<String> {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_lowercase();
    let names: Vec<String> = all.iter().map(|(path, _)| last(path)).collect();
    let near = nearest(name, names.iter().map(String::as_str))?;
    let mut same: Vec<&(String, bool)> = all.iter().filter(|(path, _)| last(path) == near).collect();
    same.sort_by_key(|(_, listed)| *listed);
    same.first().map(|(path, _)| path.clone())
}

fn collect(shape: &Value, path: &str, (depth, listed): (usize, bool), found: &mut Vec<(String, bool)>) {
    let listed = listed || shape.is_array();
    let Value::Object(fields) = element(shape.clone()) else { return };
    if depth > DEEPEST {
        return;
    }
    for (name, field) in fields.iter().filter(|(name, _)| *name != "*") {
        if found.len() >= MOST {
            return;
        }
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.push((below.clone(), listed));
        collect(&followed(field), &below, (depth + 1, listed), found);
    }
}

/// The shape that a type's name stands for; any other shape is its own.
fn followed(shape: &Value) -> Value {
    let named = shape.as_str().and_then(|name| name.strip_prefix('@'));
    let found = named.and_then(|name| DOCUMENT.types.get(name));
    match (named, found) {
        (None, _) => shape.clone(),
        (Some(_), Some(text)) => serde_json::from_str(text.get()).unwrap_or(Value::Null),
        (Some(_), None) => Value::Null,
    }
}

/// What a list holds; any other shape is its own.
fn element(shape: Value) -> Value {
    match shape {
        Value::Array(mut items) if !items.is_empty() => element(followed(&items.swap_remove(0))),
        other => other,
    }
}

/// The rows of a list's answer, where they are found by the walk too: `results`, the only list, or the answer itself.
fn rows(answer: &Value) -> Option<&Value> {
    match answer {
        Value::Array(items) => items.first(),
        Value::Object(fields) => match fields.get("results") {
            Some(results) => results.as_array()?.first(),
            None => {
                let mut lists = fields.values().filter_map(Value::as_array);
                lists.next().filter(|_| lists.next().is_none())?.first()
            }
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    fn shape(action: &str) -> Shape {
        Shape::of(Catalogue::get().find(action).unwrap()).unwrap()
    }

    #[test]
    fn fields_are_known_through_types_and_lists() {
        let computers = shape("computer_list");
        assert_eq!(computers.at("general.name"), Found::Scalar("string".to_owned()));
        assert_eq!(computers.at("general.lastCheckIn"), Found::Scalar("date-time".to_owned()));
        assert_eq!(computers.at("applications.version"), Found::Scalar("string".to_owned()));
        assert_eq!(computers.at("general.nme"), Found::Nothing);
        assert_eq!(computers.at("general"), Found::Object);
        assert_eq!(shape("building_get").at("city"), Found::Scalar("string".to_owned()));
        assert!(Shape::of(Catalogue::get().find("policy_list").unwrap()).is_none(), "not in the document");
    }

    #[test]
    fn a_slip_is_put_right_or_answered_with_what_is_near() {
        let computers = shape("computer_list");
        assert_eq!(computers.located("serialNumber"), Ok("hardware.serialNumber".to_owned()));
        assert_eq!(computers.located("general.lastcheckin"), Ok("general.lastCheckIn".to_owned()));
        assert_eq!(computers.located("general.nme"), Err(vec!["general.name".to_owned()]));
        assert_eq!(computers.located("serialNumbr"), Err(vec!["hardware.serialNumber".to_owned()]));
        assert_eq!(
            computers.located("version"),
            Ok("operatingSystem.version".to_owned()),
            "an application's is another"
        );
        assert!(computers.located("name").unwrap_err().len() > 1, "which one is not guessed");
    }

    /// Default fields and filters are written by hand; here they meet Jamf's own document.
    #[test]
    fn default_fields_are_fields() {
        for action in Catalogue::get().actions() {
            let Some(shape) = Shape::of(action) else { continue };
            for field in action.brief {
                assert_ne!(shape.at(field), Found::Nothing, "{} has no {field}", action.name);
            }
        }
    }
}
