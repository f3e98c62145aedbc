//! What Jamf's answers look like (`shapes/answers.json`), and values that fit: for the many families that have no handler
//! of their own. No HTTP, no store.

use std::sync::LazyLock;

use indexmap::IndexMap;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::fleet::{ComputerSection, Fleet};

/// Objects nest no deeper than this.
const DEEPEST: u32 = 7;

/// One operation: the status of a success, the shape or media type of its answer, the privileges it takes.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation(pub(crate) u16, pub(crate) Value, pub(crate) Vec<String>);

impl Operation {
    /// The media type of an answer that is no JSON.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.1.as_str().filter(|answer| answer.contains('/'))
    }
}

#[derive(Deserialize)]
struct Shapes {
    types: IndexMap<String, Value>,
    operations: IndexMap<String, Operation>,
}

static SHAPES: LazyLock<Shapes> = LazyLock::new(|| {
    let text = include_str!("../../shapes/answers.json");
    // A test reads the file; a broken one leaves the other families as they are.
    serde_json::from_str(text).unwrap_or(Shapes { types: IndexMap::new(), operations: IndexMap::new() })
});

/// The operation that a call is, with the template of its path: literal segments win over placeholders.
pub(crate) fn operation(method: &str, parts: &[&str]) -> Option<(&'static str, &'static Operation)> {
    let fits = |template: &str| {
        let mut wanted = template.split('/').skip(2);
        let same = parts.iter().all(|part| wanted.next().is_some_and(|word| word == *part || word == "{}"));
        same && wanted.next().is_none()
    };
    let found = SHAPES.operations.iter().filter_map(|(key, operation)| {
        let (verb, template) = key.split_once(' ')?;
        (verb == method && fits(template)).then_some((template, operation))
    });
    found.min_by_key(|(template, _)| template.matches("{}").count())
}

/// Every operation: method, template, privileges.
pub(crate) fn documented() -> impl Iterator<Item = (&'static str, &'static str, &'static [String])> {
    SHAPES.operations.iter().filter_map(|(key, operation)| {
        let (method, template) = key.split_once(' ')?;
        Some((method, template, operation.2.as_slice()))
    })
}

/// Template and shape of everything that can be read as JSON.
#[cfg(test)]
pub(crate) fn answers() -> impl Iterator<Item = (&'static str, &'static Value)> {
    SHAPES.operations.iter().filter_map(|(key, operation)| {
        let template = key.strip_prefix("GET ")?;
        Some((template, &operation.1))
    })
}

/// What an answer has outside the enums of its shape: `at: value`.
#[cfg(test)]
pub(crate) fn misfits(shape: &'static Value, answer: &Value, at: &str, found: &mut Vec<String>) {
    match (shape, answer) {
        (Value::String(kind), _) if kind.starts_with('@') => {
            let of = SHAPES.types.get(kind.trim_start_matches('@'));
            of.into_iter().for_each(|of| misfits(of, answer, at, found));
        }
        (Value::String(kind), Value::String(text))
            if kind.contains('|') && !kind.split('|').any(|word| word == text) =>
        {
            found.push(format!("{at}: {text:?} is none of {kind}"));
        }
        (Value::Array(items), Value::Array(entries)) => {
            for (item, entry) in items.iter().flat_map(|item| entries.iter().map(move |entry| (item, entry)))
            {
                misfits(item, entry, at, found);
            }
        }
        (Value::Object(fields), Value::Object(given)) => {
            for (name, value) in given {
                let field = fields.get(name).or_else(|| fields.get("*"));
                field.into_iter().for_each(|field| misfits(field, value, &format!("{at}/{name}"), found));
            }
        }
        _ => {}
    }
}

/// The operation with exactly this template.
pub(crate) fn exactly(method: &str, template: &str) -> Option<&'static Operation> {
    SHAPES.operations.get(&format!("{method} {template}"))
}

/// The fields that a shape stands for, type names followed.
pub(crate) fn fields(shape: &'static Value) -> Option<&'static Map<String, Value>> {
    match shape {
        Value::String(name) => fields(SHAPES.types.get(name.strip_prefix('@')?)?),
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The shape of one row, when the shape is that of a list, and the field that the rows are at; none for a bare array.
pub(crate) fn rows(shape: &'static Value) -> Option<(Option<&'static str>, &'static Value)> {
    match shape {
        Value::Array(items) => items.first().map(|item| (None, item)),
        _ => {
            let fields = fields(shape)?;
            let lists: Vec<_> = fields.iter().filter(|(_, field)| field.is_array()).collect();
            match lists.as_slice() {
                [(name, Value::Array(items))] if fields.contains_key("totalCount") || fields.len() == 1 => {
                    items.first().map(|item| (Some(name.as_str()), item))
                }
                _ => None,
            }
        }
    }
}

/// Where a value is made: which object of which family of which fleet.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) fleet: &'a Fleet,
    /// Counted from 0.
    pub(crate) index: usize,
    /// The last word of its path, such as `distribution-points`.
    pub(crate) family: &'a str,
}

/// A value that fits a shape, the same each time for the same place.
pub(crate) fn sample(shape: &'static Value, place: Place<'_>) -> Value {
    value(shape, "", place, 0)
}

/// Bring what a client wrote into a shape: entries of lists get the fields that they lack, and one value where a list belongs becomes a
/// list of it.
pub(crate) fn complete(shape: &'static Value, given: &mut Value, place: Place<'_>) {
    match shape {
        Value::String(kind) => {
            if let Some(of) = kind.strip_prefix('@').and_then(|of| SHAPES.types.get(of)) {
                complete(of, given, place);
            }
        }
        Value::Array(items) => {
            if !given.is_array() && !given.is_null() {
                *given = json!([given.take()]);
            }
            let (Some(item), Value::Array(entries)) = (items.first(), given) else { return };
            for (at, entry) in entries.iter_mut().enumerate() {
                let place = Place { index: place.index + at, ..place };
                if let (Some(fields), Value::Object(entry)) = (fields(item), &mut *entry) {
                    for (name, field) in fields.iter().filter(|(name, _)| *name != "*") {
                        entry.entry(name.clone()).or_insert_with(|| value(field, name, place, 1));
                    }
                }
                complete(item, entry, place);
            }
        }
        Value::Object(fields) => {
            for (name, given) in given.as_object_mut().into_iter().flatten() {
                if let Some(field) = fields.get(name) {
                    complete(field, given, place);
                }
            }
        }
        _ => {}
    }
}

fn value(shape: &'static Value, name: &str, place: Place<'_>, depth: u32) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    match shape {
        Value::Array(items) => {
            let many = if depth < 3 { 2 } else { 1 };
            let one = |at: usize, item| {
                value(
                    item,
                    name.strip_suffix('s').unwrap_or(name),
                    Place { index: place.index + at, ..place },
                    depth + 1,
                )
            };
            items.first().map(|item| (0..many).map(|at| one(at, item)).collect()).unwrap_or_default()
        }
        Value::Object(fields) => {
            let made = fields.iter().filter(|(name, _)| *name != "*");
            made.map(|(name, field)| (name.clone(), value(field, name, place, depth + 1))).collect()
        }
        Value::String(kind) => match kind.strip_prefix('@') {
            Some(of) => SHAPES.types.get(of).map_or(Value::Null, |of| value(of, name, place, depth)),
            None => scalar(kind, name, place),
        },
        _ => Value::Null,
    }
}

fn scalar(kind: &str, name: &str, place: Place<'_>) -> Value {
    let number = place.index + 1;
    match kind {
        "boolean" => json!(
            matches!(name, "enabled" | "active" | "success") || (name.len() + place.index).is_multiple_of(3)
        ),
        "integer" => json!(match name.to_lowercase().as_str() {
            "totalcount" | "size" | "count" => 2,
            "port" | "httpport" | "shareport" => 443,
            "versionlock" => 0,
            _ => number as i64,
        }),
        "number" => json!(number as f64 / 2.0),
        "date-time" => json!(moment(place.index, name).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
        "date" => json!(moment(place.index, name).strftime("%Y-%m-%d").to_string()),
        "uuid" => json!(uuid(place.index, name)),
        values if values.contains('|') => {
            let values: Vec<&str> = values.split('|').collect();
            json!(values.get(place.index % values.len()))
        }
        "string" => json!(text(name, place)),
        only => json!(only),
    }
}

/// When this process first made a moment up: an object that nobody changes reads the same each time.
static STARTED: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);

/// A moment of the last weeks, later for later objects.
fn moment(index: usize, name: &str) -> Timestamp {
    let hours = (name.len() as i64 * 7 + index as i64 * 29) % 700 + 3;
    STARTED.checked_sub(hours.hours()).unwrap_or_default()
}

/// Whether a text is a UUID with its hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    let fits = |length| {
        parts
            .next()
            .is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    lengths.into_iter().all(fits) && text.len() == 36
}

pub(crate) fn uuid(index: usize, name: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes().chain((index as u64).to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let other = hash.rotate_left(29).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        hash >> 32,
        hash & 0xffff,
        (hash >> 16) & 0xfff,
        other >> 52,
        other & 0xffff_ffff_ffff
    )
}

fn text(name: &str, place: Place<'_>) -> String {
    let number = place.index + 1;
    let lower = name.to_lowercase();
    let ends = |ending: &str| lower.ends_with(ending);
    let computer = place.index % place.fleet.computers().max(1);
    let of = |section, field: &str| {
        let section = place.fleet.computer_section(computer, section);
        section.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    match lower.as_str() {
        "id" => number.to_string(),
        "siteid" | "categoryid" | "buildingid" | "departmentid" => "-1".to_owned(),
        "computerid" | "deviceid" | "jssid" => {
            place.fleet.computer_ids(computer).map(|(id, _)| id).unwrap_or_default()
        }
        "managementid" | "clientmanagementid" => of(ComputerSection::General, "managementId"),
        "serialnumber" => of(ComputerSection::Hardware, "serialNumber"),
        "computername" | "devicename" => of(ComputerSection::General, "name"),
        "udid" => place.fleet.computer_ids(computer).map(|(_, udid)| udid).unwrap_or_default(),
        "username" | "accountname" => of(ComputerSection::UserAndLocation, "username"),
        "realname" | "fullname" => of(ComputerSection::UserAndLocation, "realname"),
        "email" | "emailaddress" => of(ComputerSection::UserAndLocation, "email"),
        "version" | "osversion" | "latestversion" => format!("{}.{}.1", number + 1, number % 4),
        "bundleid" => format!("com.example.app{number}"),
        "timezone" => "Europe/Berlin".to_owned(),
        "language" | "languagecode" => "en".to_owned(),
        "countrycode" | "code" => "US".to_owned(),
        _ if ends("uuid") => uuid(place.index, name),
        _ if ends("id") => number.to_string(),
        _ if ends("url") || ends("uri") || ends("href") => {
            format!("https://example.com/{}/{number}", place.family)
        }
        _ if ends("host") || ends("hostname") || ends("server") => "server.example.com".to_owned(),
        _ if ends("password") || ends("secret") || ends("token") || ends("passphrase") => {
            format!("simulated-{lower}-{number}")
        }
        _ if ends("date") || ends("time") || ends("timestamp") => moment(place.index, name).to_string(),
        _ if ends("email") => format!("team{number}@example.com"),
        _ if ends("phone") => format!("+1 555 010{number}"),
        // Most texts of a real tenant are empty; those that are not stand in `demo/world/`.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::FleetOptions;

    #[test]
    fn the_file_is_read_and_its_types_are_there() {
        assert!(SHAPES.operations.len() > 700 && SHAPES.types.len() > 300);
        for (key, Operation(_, answer, _)) in &SHAPES.operations {
            known(answer, key);
        }
    }

    fn known(shape: &Value, place: &str) {
        match shape {
            Value::String(name) if name.starts_with('@') => {
                assert!(SHAPES.types.contains_key(name.trim_start_matches('@')), "{place}: {name}");
            }
            Value::Array(items) => items.iter().for_each(|item| known(item, place)),
            Value::Object(fields) => fields.values().for_each(|field| known(field, place)),
            _ => {}
        }
    }

    #[test]
    fn literal_segments_win_over_placeholders() {
        let template = |method, path: &str| {
            operation(method, &path.split('/').collect::<Vec<_>>()).map(|(template, _)| template)
        };
        assert_eq!(template("GET", "v1/packages/7"), Some("/api/v1/packages/{}"));
        assert_eq!(template("POST", "v1/packages/export"), Some("/api/v1/packages/export"));
        assert_eq!(template("GET", "v1/no-such-thing"), None);
    }

    #[test]
    fn values_fit_and_stay() {
        let fleet = Fleet::generate(&FleetOptions {
            computers: 5,
            seed: 1,
            now: "2026-11-24T12:00:00Z".parse().unwrap(),
        });
        let place = Place { fleet: &fleet, index: 1, family: "packages" };
        let (_, Operation(_, shape, _)) = operation("GET", &["v1", "packages", "{}"]).unwrap();
        let package = sample(shape, place);
        // Names are what `demo/world/` says.
        assert_eq!((&package["id"], &package["packageName"]), (&json!("2"), &json!("")));
        assert_eq!(package, sample(shape, place));
        let (_, Operation(_, list, _)) = operation("GET", &["v1", "packages"]).unwrap();
        assert_eq!(rows(list).map(|(at, _)| at), Some(Some("results")));
    }
}
