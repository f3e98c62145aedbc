//! What the Classic API looks like (`shapes/classic.json`): its operations, and the elements of its objects by their types.
//! No store, no HTTP.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The type of an element.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Text,
    Number,
    Flag,
    /// One of these words; anything else becomes the first.
    Choice(Vec<String>),
    Object(Vec<(String, Shape)>),
    List(Box<List>),
}

/// A list: the name of its elements and what they are.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) item: String,
    pub(super) shape: Shape,
    /// In JSON its elements stay below their name, and a single one is no list.
    pub(super) wrapped: bool,
}

impl Shape {
    /// What stands there when nothing was written.
    pub(super) fn default(&self) -> Value {
        match self {
            Self::Text => json!(""),
            Self::Number => json!(0),
            Self::Flag => json!(false),
            Self::Choice(words) => json!(words.first()),
            Self::List(_) => json!([]),
            Self::Object(fields) => {
                let shown = fields.iter().filter(|(name, _)| !is_change(name));
                let made: Map<String, Value> =
                    shown.map(|(name, shape)| (name.clone(), shape.default_as(name))).collect();
                Value::Object(made)
            }
        }
    }

    /// What stands there under a name when nothing was written: no site and no category have words of their own.
    fn default_as(&self, name: &str) -> Value {
        match name {
            "site" | "enroll_into_site" | "enrolled_into_site" if self.field("id").is_some() => {
                json!({"id": -1, "name": "None"})
            }
            "category" if self.field("id").is_some() => json!({"id": -1, "name": "No category assigned"}),
            _ => self.default(),
        }
    }

    /// A value with defaults for everything that it lacks, and without what the API does not tell.
    pub(super) fn fill_in(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Object(fields), Value::Object(mut given)) => {
                let shown = fields.iter().filter(|(name, _)| !is_change(name));
                let made: Map<String, Value> = shown
                    .map(|(name, shape)| {
                        let own = given.get_mut(name).map(Value::take);
                        let own = own.map_or_else(|| shape.default_as(name), |value| shape.fill_in(value));
                        (name.clone(), own)
                    })
                    .collect();
                Value::Object(made)
            }
            (Self::List(list), Value::Array(rows)) => {
                rows.into_iter().map(|row| list.shape.fill_in(row)).collect()
            }
            (_, value) => value,
        }
    }

    /// The shape of an element.
    pub(super) fn field(&self, name: &str) -> Option<&Shape> {
        match self {
            Self::Object(fields) => fields.iter().find(|(own, _)| own == name).map(|(_, shape)| shape),
            _ => None,
        }
    }

    /// The names of the elements, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let fields = if let Self::Object(fields) = self { fields.as_slice() } else { &[] };
        fields.iter().map(|(name, _)| name.as_str())
    }
}

/// An element that changes another one, and is never shown.
pub(super) fn is_change(name: &str) -> bool {
    name.ends_with("_additions") || name.ends_with("_deletions")
}

/// A type of answers and bodies.
#[derive(Debug)]
pub(super) struct Type {
    /// The root element.
    pub(super) root: String,
    /// Texts that a new object must have.
    pub(super) needed: Vec<String>,
    pub(super) shape: Shape,
}

impl Type {
    /// The section that id and name are in; empty when they are at the top.
    pub(super) fn head(&self) -> &'static str {
        let with_id = |section: &&&str| self.shape.field(section).is_some_and(|s| s.field("id").is_some());
        ["general", "connection"].iter().find(with_id).copied().unwrap_or_default()
    }
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    method: String,
    pub(super) template: String,
    of: Option<String>,
    /// Any of these privileges is enough.
    pub(super) needs: Vec<String>,
}

impl Operation {
    /// What it answers or takes.
    pub(super) fn of(&self) -> Option<&'static Type> {
        FACTS.types.get(self.of.as_deref()?)
    }

    fn matches(&self, method: &str, parts: &[&str]) -> bool {
        let mut wanted = self.template.split('/').skip(1);
        let same = |word: &str, part: &str| match word {
            "{}" => true,
            "{}_{}" => part.contains('_'),
            word => word == part,
        };
        self.method == method
            && parts.iter().all(|part| wanted.next().is_some_and(|word| same(word, part)))
            && wanted.next().is_none()
    }
}

struct Facts {
    types: IndexMap<String, Type>,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct FactsFile {
    types: IndexMap<String, (String, Vec<String>, Value)>,
    operations: IndexMap<String, (Option<String>, Vec<String>)>,
}

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let text = include_str!("../../../shapes/classic.json");
    // A test reads the file; a broken one leaves the tenant without a Classic API.
    let file = serde_json::from_str(text);
    let file: FactsFile = file.unwrap_or(FactsFile { types: IndexMap::new(), operations: IndexMap::new() });
    let types = file.types.iter().map(|(name, (root, needed, shape))| {
        let made = Type { root: root.clone(), needed: needed.clone(), shape: read(shape, &file) };
        (name.clone(), made)
    });
    let types = types.collect();
    let operation = |(key, (of, needs)): (String, (Option<String>, Vec<String>))| {
        let (method, template) = key.split_once(' ')?;
        Some(Operation { method: method.to_owned(), template: template.to_owned(), of, needs })
    };
    Facts { types, operations: file.operations.into_iter().filter_map(operation).collect() }
});

fn read(shape: &Value, file: &FactsFile) -> Shape {
    match shape {
        Value::String(name) => match name.as_str() {
            "integer" => Shape::Number,
            "boolean" => Shape::Flag,
            words if words.contains('|') => Shape::Choice(words.split('|').map(str::to_owned).collect()),
            of => {
                let of = of.strip_prefix('@').and_then(|of| file.types.get(of));
                of.map_or(Shape::Text, |(_, _, shape)| read(shape, file))
            }
        },
        Value::Array(parts) => {
            let item = parts.first().and_then(Value::as_str).unwrap_or_default().to_owned();
            let shape = parts.get(1).map_or(Shape::Text, |shape| read(shape, file));
            Shape::List(Box::new(List { item, shape, wrapped: parts.len() > 2 }))
        }
        Value::Object(fields) => {
            Shape::Object(fields.iter().map(|(name, shape)| (name.clone(), read(shape, file))).collect())
        }
        _ => Shape::Text,
    }
}

/// The operation that a call is: literal segments win over placeholders.
pub(super) fn operation(method: &str, parts: &[&str]) -> Option<&'static Operation> {
    let found = FACTS.operations.iter().filter(|operation| operation.matches(method, parts));
    found.min_by_key(|operation| operation.template.matches("{}").count())
}

/// Whether there is any operation of the path, whatever the method.
pub(super) fn has_path(parts: &[&str]) -> bool {
    ["GET", "POST", "PUT", "DELETE"].iter().any(|method| operation(method, parts).is_some())
}

/// The method and template of every operation.
pub(crate) fn documented() -> impl Iterator<Item = (&'static str, &'static str)> {
    FACTS.operations.iter().map(|operation| (operation.method.as_str(), operation.template.as_str()))
}

/// A type by its name.
pub(super) fn kind(name: &str) -> Option<&'static Type> {
    FACTS.types.get(name)
}

#[cfg(test)]
pub(crate) fn operations() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    let root = |operation: &'static Operation| operation.of().map(|of| of.root.as_str());
    FACTS.operations.iter().map(|o| (o.method.as_str(), o.template.as_str(), root(o))).collect()
}

/// Method, template and privileges of every operation.
#[cfg(test)]
pub(crate) fn needed() -> impl Iterator<Item = (&'static str, &'static str, &'static [String])> {
    FACTS.operations.iter().map(|o| (o.method.as_str(), o.template.as_str(), o.needs.as_slice()))
}

/// What an answer in JSON has outside the enums of its type: `at: value`.
#[cfg(test)]
pub(crate) fn misfits(template: &str, answer: &Value) -> Vec<String> {
    fn walk(shape: &Shape, value: &Value, at: &str, found: &mut Vec<String>) {
        match (shape, value) {
            (Shape::Choice(words), Value::String(text)) if !words.contains(text) => {
                found.push(format!("{at}: {text:?} is none of {words:?}"));
            }
            (Shape::Object(fields), Value::Object(given)) => {
                for (name, shape) in fields {
                    let value = given.get(name).unwrap_or(&Value::Null);
                    walk(shape, value, &format!("{at}/{name}"), found);
                }
            }
            (Shape::List(list), Value::Array(entries)) => {
                entries.iter().for_each(|entry| walk(&list.shape, entry, at, found));
            }
            (Shape::List(list), Value::Object(given)) => {
                let below = given.get(&list.item).unwrap_or(value);
                match below {
                    Value::Array(entries) => {
                        entries.iter().for_each(|entry| walk(&list.shape, entry, at, found));
                    }
                    single => walk(&list.shape, single, at, found),
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    let of = FACTS.operations.iter().find(|o| o.method == "GET" && o.template == template);
    if let Some(of) = of.and_then(Operation::of) {
        walk(&of.shape, answer.get(&of.root).unwrap_or(&Value::Null), "", &mut found);
    }
    found
}

/// A body with every element that an object can have, but for references: as it is read back in JSON, and as XML.
#[cfg(test)]
pub(crate) fn full_body(template: &str) -> Option<(Value, String)> {
    let of = FACTS.operations.iter().find(|o| o.method == "POST" && o.template == template)?.of()?;
    let value = full(&of.shape, template);
    let xml = super::xml::write(&of.root, &value, &of.shape);
    let json = super::xml::write_json(&of.root, &value, &of.shape);
    let json: Value = serde_json::from_str(&json).ok()?;
    Some((json.get(&of.root)?.clone(), xml))
}

#[cfg(test)]
fn full(shape: &Shape, name: &str) -> Value {
    const REFERENCES: &[&str] = &[
        "id",
        "site",
        "category",
        "scope",
        "packages",
        "scripts",
        "printers",
        "dock_items",
        "building",
        "department",
        "directory_bindings",
    ];
    match shape {
        Shape::Text if name.ends_with("_utc") => json!("2026-11-20T15:04:05.000+0000"),
        Shape::Text if name.ends_with("_epoch") => json!("1795187045000"),
        Shape::Text if ["_date", "_expires", "date_sent"].iter().any(|end| name.ends_with(end)) => {
            json!("2026-11-20 15:04:05")
        }
        Shape::Text => json!(format!("zz {name} & <more>")),
        Shape::Number if name.ends_with("_epoch") => json!(1_795_187_045_000_i64),
        Shape::Number => json!(7),
        Shape::Flag => json!(true),
        Shape::Choice(words) => json!(words.last()),
        Shape::List(list) => json!([full(&list.shape, &list.item)]),
        Shape::Object(fields) => {
            let own = fields.iter().filter(|(name, _)| !REFERENCES.contains(&name.as_str()));
            own.map(|(name, shape)| (name.clone(), full(shape, name))).collect()
        }
    }
}

/// Every privilege that an operation names, sorted.
pub(crate) fn privileges() -> Vec<&'static str> {
    let mut all: Vec<&str> =
        FACTS.operations.iter().flat_map(|operation| operation.needs.iter().map(String::as_str)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        assert_eq!(FACTS.operations.len(), 441);
        for operation in &FACTS.operations {
            assert!(operation.of.is_none() || operation.of().is_some(), "{}", operation.template);
        }
        let policy = kind("policy").unwrap();
        assert_eq!((policy.root.as_str(), policy.head()), ("policy", "general"));
        assert_eq!(kind("ldap_server").unwrap().head(), "connection");
        assert_eq!(policy.shape.names().take(2).collect::<Vec<_>>(), ["general", "scope"]);
    }

    #[test]
    fn literal_segments_win_over_placeholders() {
        let template = |method, path: &str| {
            operation(method, &path.split('/').collect::<Vec<_>>()).map(|o| o.template.as_str())
        };
        assert_eq!(
            template("POST", "mobiledevicecommands/command/DeviceName/x/id/1"),
            Some("/mobiledevicecommands/command/DeviceName/{}/id/{}")
        );
        assert_eq!(
            template("GET", "computerapplicationusage/id/7/2026-01-01_2026-02-01"),
            Some("/computerapplicationusage/id/{}/{}_{}")
        );
        assert_eq!(template("GET", "computers"), Some("/computers"));
        assert_eq!(template("GET", "nowhere"), None);
    }
}
