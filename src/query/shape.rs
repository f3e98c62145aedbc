//! What Jamf's answers hold, as far as its document says (`shapes/answers.json`): for checking the fields that a caller
//! names before anything is sent. An answer that is not described there is not judged.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use jamf_pro_tools::{Action, Rows};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Objects are followed this deep when their fields are listed.
const DEEPEST: usize = 6;

/// Fields that are listed of one answer, at most.
const MOST: usize = 4_000;

/// Stands in an object for fields that are not known.
const UNKNOWN: &str = "*";

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
pub struct Shape {
    value: Value,
    /// Every path, once one is looked for by its name.
    paths: OnceCell<Vec<(String, bool)>>,
}

/// What is at a dotted path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
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
    /// The shape of an action's answer, or of its rows with their columns of the fleet; none when the document does not describe it.
    pub fn of(action: &Action) -> Option<Self> {
        let documented = Self::in_document(action);
        if action.joins.is_empty() {
            return documented;
        }
        // Of rows that are in no document everything else is unknown.
        let mut value = documented.map_or_else(|| json!({ UNKNOWN: "" }), |shape| shape.value);
        for column in action.joins.iter().flat_map(|join| join.columns) {
            insert(&mut value, column.path, column.kind.shape());
        }
        Some(Self::new(value))
    }

    fn in_document(action: &Action) -> Option<Self> {
        let path: Vec<&str> =
            action.path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
        let key = format!("{} {}", action.method.as_str(), path.join("/"));
        let operation: Value = serde_json::from_str(DOCUMENT.operations.get(key.as_str())?.get()).ok()?;
        let answer = follow_type(operation.get(1)?);
        if action.rows == Rows::None {
            return answer.is_object().then_some(Self::new(answer));
        }
        Some(Self::new(follow_type(rows(&answer)?))).filter(|shape| shape.value.is_object())
    }

    /// What is at a dotted path; a list stands for each of its elements.
    pub fn at(&self, path: &str) -> Content {
        let mut here = self.value.clone();
        for name in path.split('.') {
            here = match element(here) {
                Value::Object(fields) => match fields.get(name) {
                    Some(field) => follow_type(field),
                    None if fields.is_empty() || fields.contains_key(UNKNOWN) => return Content::Unknown,
                    None => return Content::Nothing,
                },
                _ => return Content::Nothing,
            };
        }
        match element(here) {
            Value::String(kind) => Content::Scalar(kind),
            Value::Object(_) => Content::Object,
            _ => Content::Unknown,
        }
    }

    /// The path that a name stands for: itself when there is such a path, or the only field of that name.
    ///
    /// # Errors
    /// With the nearest paths, when there is no such field, or several.
    pub fn locate(&self, path: &str) -> Result<String, Vec<String>> {
        if self.at(path) != Content::Nothing {
            return Ok(path.to_owned());
        }
        let all = self.paths();
        match same(path, all).as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Self::near(path, all)),
            several => Err(several.iter().take(4).map(|path| (*path).to_owned()).collect()),
        }
    }

    /// The path that a name stands for, if there is exactly one.
    pub fn path_of(&self, name: &str) -> Option<String> {
        if self.at(name) != Content::Nothing {
            return Some(name.to_owned());
        }
        match same(name, self.paths()).as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        }
    }

    /// Fields that may be meant by a name that there is not: of the same object, or of this very name elsewhere. Several that
    /// are about as like are all named, because a wrong one answers another question.
    fn near(path: &str, all: &[(String, bool)]) -> Vec<String> {
        let parent = path.rsplit_once('.').map(|(parent, _)| parent);
        let is_sibling =
            |known: &str| parent.is_some() && known.rsplit_once('.').map(|(parent, _)| parent) == parent;
        let wanted = letters(last(path));
        let scored = |of: &dyn Fn(&str) -> bool| {
            let mut near: Vec<(usize, bool, &String)> = all
                .iter()
                .filter(|(known, _)| of(known))
                .filter_map(|(known, listed)| {
                    Some((distance(&wanted, &letters(last(known)))?, *listed, known))
                })
                .collect();
            near.sort();
            let best = near.first().map(|(distance, listed, _)| (*distance, *listed));
            near.into_iter()
                .filter(|(distance, listed, _)| Some((*distance, *listed)) == best)
                .map(|(_, _, path)| path.clone())
                .take(4)
                .collect::<Vec<_>>()
        };
        let siblings = scored(&|known| is_sibling(known));
        if !siblings.is_empty() {
            return siblings;
        }
        let elsewhere: Vec<String> = all
            .iter()
            .filter(|(known, _)| letters(last(known)) == wanted)
            .map(|(known, _)| known.clone())
            .take(4)
            .collect();
        if elsewhere.is_empty() { scored(&|_| true) } else { elsewhere }
    }

    /// The outermost list that a path leads through, or that it is.
    pub fn list_of(&self, path: &str) -> Option<String> {
        let mut here = self.value.clone();
        let mut sofar = String::new();
        for name in path.split('.') {
            let Value::Object(fields) = here else { return None };
            here = follow_type(fields.get(name)?);
            if !sofar.is_empty() {
                sofar.push('.');
            }
            sofar.push_str(name);
            if here.is_array() {
                return Some(sofar);
            }
        }
        None
    }

    /// Paths of the scalars of an object, or of the elements of a list.
    pub fn scalars_of(&self, path: &str) -> Vec<String> {
        let below =
            |known: &&(String, bool)| known.0.rsplit_once('.').is_some_and(|(parent, _)| parent == path);
        let scalar = |known: &&(String, bool)| matches!(self.at(&known.0), Content::Scalar(_));
        let all = self.paths();
        all.iter().filter(below).filter(scalar).map(|(path, _)| path.clone()).take(20).collect()
    }

    /// Names at the top level.
    pub fn names(&self) -> Vec<String> {
        self.value.as_object().into_iter().flat_map(Map::keys).cloned().collect()
    }

    /// Every path, parents before what is below them, and whether it leads through a list.
    pub(super) fn paths(&self) -> &[(String, bool)] {
        self.paths.get_or_init(|| {
            let mut found = Vec::new();
            collect(&self.value, "", (0, false), &mut found);
            found
        })
    }

    fn new(value: Value) -> Self {
        Self { value, paths: OnceCell::new() }
    }
}

/// Paths that a name stands for: of the same letters, or with this last name.
fn same<'a>(path: &str, all: &'a [(String, bool)]) -> Vec<&'a str> {
    let named = letters(path);
    let mut same: Vec<&(String, bool)> = all.iter().filter(|(known, _)| letters(known) == named).collect();
    if same.is_empty() && !path.contains('.') {
        same = all.iter().filter(|(known, _)| letters(last(known)) == named).collect();
        // A device has one serial number, whatever many disks and certificates have.
        let single: Vec<&(String, bool)> = same.iter().filter(|(_, listed)| !listed).copied().collect();
        if !single.is_empty() {
            same = single;
        }
    }
    same.into_iter().map(|(path, _)| path.as_str()).collect()
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

/// A name without regard to case and to how its words are joined.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '.').flat_map(char::to_lowercase).collect()
}

/// How far a name is from another; none where it is a different name.
fn distance(wanted: &str, known: &str) -> Option<usize> {
    let distance = strsim::damerau_levenshtein(wanted, known);
    let length = wanted.chars().count().max(1);
    let is_part = wanted.len().min(known.len()) >= 4 && (known.contains(wanted) || wanted.contains(known));
    (distance <= (length / 4).max(1) || is_part).then_some(distance)
}

fn collect(shape: &Value, path: &str, (depth, listed): (usize, bool), found: &mut Vec<(String, bool)>) {
    let listed = listed || shape.is_array();
    let Value::Object(fields) = element(shape.clone()) else { return };
    if depth > DEEPEST {
        return;
    }
    for (name, field) in fields.iter().filter(|(name, _)| *name != UNKNOWN) {
        if found.len() >= MOST {
            return;
        }
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        found.push((below.clone(), listed));
        collect(&follow_type(field), &below, (depth + 1, listed), found);
    }
}

/// The shape that a type's name stands for; any other shape is its own.
fn follow_type(shape: &Value) -> Value {
    let named = shape.as_str().and_then(|name| name.strip_prefix('@'));
    let found = named.and_then(|name| DOCUMENT.types.get(name));
    match (named, found) {
        (None, _) => shape.clone(),
        (Some(_), Some(text)) => serde_json::from_str(text.get()).unwrap_or(Value::Null),
        (Some(_), None) => Value::Null,
    }
}

/// Put the kind of a field at a dotted path, where the object is that has it.
fn insert(shape: &mut Value, path: &str, kind: &str) {
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    let Some(fields) = shape.as_object_mut() else { return };
    match (below, fields.get_mut(name)) {
        (None, _) => {
            fields.insert(name.to_owned(), json!(kind));
        }
        (Some(below), Some(parent)) => {
            *parent = follow_type(parent);
            insert(parent, below, kind);
        }
        (Some(_), None) => {}
    }
}

/// What a list holds; any other shape is its own.
fn element(shape: Value) -> Value {
    match shape {
        Value::Array(mut items) if !items.is_empty() => element(follow_type(&items.swap_remove(0))),
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
        assert_eq!(computers.at("general.name"), Content::Scalar("string".to_owned()));
        assert_eq!(computers.at("general.lastCheckIn"), Content::Scalar("date-time".to_owned()));
        assert_eq!(computers.at("applications.version"), Content::Scalar("string".to_owned()));
        assert_eq!(computers.at("general.nme"), Content::Nothing);
        assert_eq!(computers.at("general"), Content::Object);
        assert_eq!(shape("building_get").at("city"), Content::Scalar("string".to_owned()));
        assert!(Shape::of(Catalogue::get().find("printer_list").unwrap()).is_none(), "not in the document");
        let policies = shape("policy_list");
        assert_eq!(policies.at("enabled"), Content::Scalar("boolean".to_owned()), "a column of the fleet");
        assert_eq!(policies.at("other"), Content::Unknown, "not in the document");
        assert_eq!(computers.at("userAndLocation.department"), Content::Scalar("string".to_owned()));
        assert_eq!(computers.at("userAndLocation.other"), Content::Nothing);
    }

    #[test]
    fn a_slip_is_put_right_or_answered_with_what_is_near() {
        let computers = shape("computer_list");
        assert_eq!(computers.locate("serialNumber"), Ok("hardware.serialNumber".to_owned()));
        assert_eq!(computers.locate("general.lastcheckin"), Ok("general.lastCheckIn".to_owned()));
        assert_eq!(computers.locate("general.nme"), Err(vec!["general.name".to_owned()]));
        assert_eq!(computers.locate("serialNumbr"), Err(vec!["hardware.serialNumber".to_owned()]));
        assert_eq!(
            computers.locate("version"),
            Ok("operatingSystem.version".to_owned()),
            "an application's is another"
        );
        assert!(computers.locate("name").unwrap_err().len() > 1, "which one is not guessed");
        assert_eq!(computers.locate("general.last_check_in"), Ok("general.lastCheckIn".to_owned()));
        let elsewhere = computers.locate("general.serialNumber").unwrap_err();
        assert!(elsewhere.contains(&"hardware.serialNumber".to_owned()), "{elsewhere:?}");
        let sibling = computers.locate("general.lastReportedIpV5").unwrap_err();
        assert_eq!(sibling, ["general.lastReportedIpV4", "general.lastReportedIpV6"]);
    }

    #[test]
    fn lists_on_the_way_to_a_field_are_known() {
        let computers = shape("computer_list");
        assert_eq!(computers.list_of("storage.disks.partitions.name").as_deref(), Some("storage.disks"));
        assert_eq!(computers.list_of("applications").as_deref(), Some("applications"));
        assert_eq!(computers.list_of("general.name"), None);
        assert!(computers.scalars_of("general.site").contains(&"general.site.name".to_owned()));
    }

    /// Default fields and filters are chosen by people; here they meet Jamf's own document.
    #[test]
    fn default_fields_are_fields() {
        for action in Catalogue::get().actions() {
            let Some(shape) = Shape::of(action) else { continue };
            for field in action.brief {
                assert_ne!(shape.at(field), Content::Nothing, "{} has no {field}", action.name);
            }
        }
    }
}
