//! Extension attributes by their names: `ea.Battery Cycles` is a field of the rows of devices like any other, to answer with, to ask about
//! and to group by. The main type is [`Attributes`].
//!
//! Jamf answers them in up to six lists of a record, each as its name with its values. What is asked for is gathered from there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::shape::{Content, Shape};
use crate::canonical::canonical;

/// The field that they are gathered in.
const GATHERED: &str = "ea";

/// The lists of a record that they stand in.
const LIST: &str = "extensionAttributes";

/// Names of attributes that a note lists, at most.
const MOST_NAMES: usize = 15;

/// The path of the attribute that a name stands for: `ea.NAME` or `ea."NAME"`. A dot of its name is not one that parts a path.
pub(super) fn path_of(name: &str) -> Option<String> {
    let (prefix, name) = name.split_once('.')?;
    let is_attribute = prefix.eq_ignore_ascii_case(GATHERED);
    let name = name.trim().trim_matches('"').trim();
    (is_attribute && !name.is_empty()).then(|| format!("{GATHERED}.{}", as_part(name)))
}

/// Whether a path is one of an attribute.
fn is_attribute(path: &str) -> bool {
    path.strip_prefix(GATHERED).is_some_and(|rest| rest.starts_with('.'))
}

/// A name as one part of a path: U+2024 looks like the dot in its place.
fn as_part(name: &str) -> String {
    name.replace('.', "\u{2024}")
}

/// Whether the rows of a shape have extension attributes of devices.
pub(super) fn are_in(shape: &Shape) -> bool {
    !lists_of(shape).is_empty()
}

/// The paths of the lists that they stand in.
fn lists_of(shape: &Shape) -> Vec<String> {
    let of_section = |section: &str| {
        let path = if section.is_empty() { LIST.to_owned() } else { format!("{section}.{LIST}") };
        (shape.at(&format!("{path}.name")) != Content::Nothing).then_some(path)
    };
    let names = shape.names();
    std::iter::once("").chain(names.iter().map(String::as_str)).filter_map(of_section).collect()
}

/// The attributes that a question is about, and which attributes the rows had.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    /// The parts of the paths of each, by the form in which names are compared: a call can spell a name in two ways.
    wanted: Arc<BTreeMap<String, Vec<String>>>,
    lists: Arc<[String]>,
    /// The names of the attributes of the rows.
    met: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Attributes {
    /// The attributes among the paths to read and those that conditions look at. Where not everything is read, the lists that they stand in
    /// are read in their place.
    pub(super) fn among(read: &mut Vec<String>, judged: &[&str], shape: Option<&Shape>) -> Option<Self> {
        let is_everything = read.is_empty();
        let (attributes, others): (Vec<String>, Vec<String>) =
            std::mem::take(read).into_iter().partition(|path| is_attribute(path));
        *read = others;
        let paths = attributes.iter().map(String::as_str).chain(judged.iter().copied());
        let parts = paths.filter(|path| is_attribute(path)).filter_map(|path| path.split_once('.'));
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, part) in parts {
            wanted.entry(canonical(&part.replace('\u{2024}', "."))).or_default().push(part.to_owned());
        }
        if wanted.is_empty() {
            return None;
        }
        let lists = shape.map(lists_of).unwrap_or_default();
        if !is_everything {
            read.extend(lists.iter().cloned());
        }
        Some(Self { wanted: Arc::new(wanted), lists: lists.into(), met: Arc::default() })
    }

    /// The paths of the lists that they stand in.
    pub(super) fn lists(&self) -> &[String] {
        &self.lists
    }

    /// Put the attributes of a row beside its other fields.
    pub(super) fn gather(&self, row: &mut Value) {
        let Some(fields) = row.as_object_mut() else { return };
        let mut found = Map::new();
        self.collect(fields, &mut found);
        for section in fields.values() {
            if let Some(section) = section.as_object() {
                self.collect(section, &mut found);
            }
        }
        fields.insert(GATHERED.to_owned(), Value::Object(found));
    }

    fn collect(&self, fields: &Map<String, Value>, found: &mut Map<String, Value>) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        for attribute in fields.get(LIST).and_then(Value::as_array).into_iter().flatten() {
            let Some(name) = attribute.get("name").and_then(Value::as_str) else { continue };
            let form = canonical(name);
            let value = attribute.get("values").or_else(|| attribute.get("value"));
            if let (Some(parts), Some(value)) = (self.wanted.get(&form), value) {
                found.extend(parts.iter().map(|part| (part.clone(), single(value))));
            }
            met.entry(form).or_insert_with(|| name.to_owned());
        }
    }

    /// What must be said of attributes that no row has, once rows were read.
    pub fn missing(&self) -> Vec<String> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let absent = self.wanted.iter().filter(|(form, _)| !met.contains_key(*form));
        absent.filter_map(|(form, parts)| Some(missing(form, parts.first()?, &met))).collect()
    }
}

fn missing(form: &str, part: &str, met: &BTreeMap<String, String>) -> String {
    let name = part.replace('\u{2024}', ".");
    if met.is_empty() {
        return format!(
            "no row that was read has an extension attribute: this answer proves nothing about `{name}`"
        );
    }
    let mut near: Vec<(usize, &String)> =
        met.iter().map(|(known, name)| (strsim::damerau_levenshtein(known, form), name)).collect();
    near.sort();
    let names: Vec<&str> = near.iter().take(MOST_NAMES).map(|(_, name)| name.as_str()).collect();
    format!(
        "no row that was read has the extension attribute `{name}`: this answer proves nothing about it; there are {}",
        names.join(", ")
    )
}

/// The value of an attribute: of a list of one its only element, of an empty one nothing.
fn single(values: &Value) -> Value {
    match values.as_array().map(Vec::as_slice) {
        Some([]) => Value::Null,
        Some([only]) => only.clone(),
        _ => values.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_gathered_from_all_sections_by_their_names() {
        let mut read =
            ["id", "ea.battery cycles", "ea.Version 1\u{2024}2", "ea.None"].map(str::to_owned).to_vec();
        let attributes = Attributes::among(&mut read, &[], None).unwrap();
        assert_eq!(read, ["id"]);
        let mut row = json!({
            "id": "7", "extensionAttributes": [{ "name": "Battery Cycles", "values": ["312"] }],
            "general": { "extensionAttributes": [{ "name": "Version 1.2", "values": ["a", "b"] }] },
            "hardware": { "extensionAttributes": [{ "name": "Other", "value": [] }] },
        });
        attributes.gather(&mut row);
        assert_eq!(row["ea"], json!({ "battery cycles": "312", "Version 1\u{2024}2": ["a", "b"] }));
        let missing = attributes.missing();
        assert!(
            missing.len() == 1 && missing[0].contains("`None`") && missing[0].contains("Battery Cycles"),
            "{missing:?}"
        );
    }

    #[test]
    fn a_name_is_given_with_or_without_quotes_and_its_dots_part_nothing() {
        assert_eq!(path_of("ea.\"Battery Cycles\"").as_deref(), Some("ea.Battery Cycles"));
        assert_eq!(path_of("EA.Version 1.2").as_deref(), Some("ea.Version 1\u{2024}2"));
        assert_eq!(path_of("general.name"), None);
        assert_eq!(path_of("ea."), None);
        assert!(!is_attribute("early.name"));
    }
}
