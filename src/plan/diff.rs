//! What a call changes of an object: the object as the tenant will have it, beside the object as it is. The main functions are
//! [`result_of`] and [`changes`].
//!
//! Whole objects are compared, so nothing is hidden by being left out of a call: a field that a replacement empties is a change, and so is a
//! parameter that an entry of a list loses. Every change is told; what a person should look at first comes first.

use std::collections::HashSet;

use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use super::Change;
use crate::sanitize::{secrets, text};

/// Texts longer than this, in characters, and texts of several lines are compared line by line.
const SHORT: usize = 400;

/// Unchanged lines that are shown around those that change.
const CONTEXT: usize = 3;

/// In the place of a value that will be gone.
pub(crate) const EMPTIED: &str = "(will be emptied)";

/// In the place of an entry that will no longer be in its list.
pub(crate) const TAKEN_OUT: &str = "- taken out";

/// How a tenant takes the body of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Update {
    /// Fields that are left out stay as they are. Lists are replaced.
    Merges,
    /// Fields that are left out are emptied.
    Replaces,
    /// Sections that are left out stay, and one that is given replaces the one that is there, but for some that merge: the Classic API.
    ReplacesSections,
    /// All of it is put in the place of what is there, and so is lost what a call cannot say: such a section.
    ReplacesAll,
}

/// Sections of objects of the Classic API in which fields that are left out stay.
const MERGED: &[&str] = &["general", "connection", "location", "purchasing"];

impl Update {
    /// How the tenant takes a field of what is given, by its name.
    fn below(self, name: &str) -> Self {
        match self {
            Self::ReplacesSections if MERGED.contains(&name) => Self::Merges,
            Self::ReplacesSections => Self::ReplacesAll,
            update => update,
        }
    }

    /// Whether a field stays that is left out of what is given.
    fn keeps(self, name: &str, given: &Map<String, Value>, schema: &Value) -> bool {
        // The name beside an id belongs to the object that has the id.
        let is_label = name == "name" && given.contains_key("id");
        is_label
            || match self {
                Self::Merges | Self::ReplacesSections => true,
                Self::Replaces => property(schema, name).is_null(),
                Self::ReplacesAll => is_computed(name, given),
            }
    }
}

/// Gives the name of an object that is given by its id alone, by the field that has the id.
pub(crate) type Names<'a> = &'a dyn Fn(&str, &ObjectId) -> Option<String>;

/// An object as the tenant will have it. `schema` is that of the body: a field that is not in it is computed by the tenant, and stays.
pub(crate) fn result_of(before: &Value, given: &Value, schema: &Value, update: Update) -> Value {
    match (before, given) {
        (Value::Object(before), Value::Object(given)) => {
            let mut result = Map::new();
            for (name, value) in given {
                let below = property(schema, name);
                let there = before.get(name).unwrap_or(&Value::Null);
                result.insert(name.clone(), result_of(there, value, below, update.below(name)));
            }
            let left_out = before.iter().filter(|(name, _)| !given.contains_key(*name));
            let kept = left_out.filter(|(name, _)| update.keeps(name, given, schema));
            result.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
            Value::Object(result)
        }
        (Value::Array(before), Value::Array(given)) => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            let one = |(at, entry): (usize, &Value)| {
                let same = match key(entry) {
                    Some(wanted) => before.iter().find(|other| key(other).as_ref() == Some(&wanted)),
                    None => before.get(at).filter(|other| key(other).is_none()),
                };
                result_of(same.unwrap_or(&Value::Null), entry, items, Update::Replaces)
            };
            given.iter().enumerate().map(one).collect()
        }
        (before, given) if is_same(before, given) => before.clone(),
        (_, given) => given.clone(),
    }
}

/// Whether the tenant works a field of a section out of the others: another form of a moment or a secret, a place of a file.
fn is_computed(name: &str, given: &Map<String, Value>) -> bool {
    let is_form_of_another = ["_epoch", "_utc", "_sha256"]
        .iter()
        .any(|end| name.strip_suffix(end).is_some_and(|of| given.contains_key(of)));
    is_form_of_another || ["uri", "filename", "data", "udid", "uuid"].contains(&name)
}

/// The field that refers to an object by its id: `site.id` is `site`.
fn referring(path: &str) -> &str {
    let path = path.strip_suffix(".id").unwrap_or(path);
    path.rsplit('.').next().unwrap_or_default()
}

/// The schema of a field; null where there is none.
fn property<'a>(schema: &'a Value, name: &str) -> &'a Value {
    schema.get("properties").and_then(|properties| properties.get(name)).unwrap_or(&Value::Null)
}

/// Every change from one object to another, in the order of their danger.
pub(crate) fn changes(before: Option<&Value>, after: Option<&Value>, names: Names<'_>) -> Vec<Change> {
    let mut comparison = Comparison { found: Vec::new(), names };
    comparison.value("", before, after);
    let mut found = comparison.found;
    found.sort_by_key(|change| rank(&change.field));
    found
}

/// One change of a field. Texts of several lines are told line by line.
pub(crate) fn change(field: &str, before: Option<&Value>, after: Option<&Value>) -> Change {
    let name = field.rsplit('.').next().unwrap_or(field);
    let shown = before.map(|value| shown_before(name, value)).unwrap_or_default();
    let given = after.map(plain).unwrap_or_default();
    let is_long = |text: &str| text.contains('\n') || text.chars().count() > SHORT;
    if is_long(&shown) || is_long(&given) {
        let raw = before.map(plain).unwrap_or_default();
        return Change {
            field: field.to_owned(),
            before: count_lines(&shown),
            after: count_lines(&given),
            lines: lines(&raw, &shown, &given),
        };
    }
    let after = match after {
        Some(value) if !is_nothing(value) => one_line(&given),
        _ if shown.is_empty() => String::new(),
        _ => EMPTIED.to_owned(),
    };
    let before = one_line(&shown);
    // Only the part that is not shown differs.
    let before =
        if before == after && !after.is_empty() { format!("{before} (another secret)") } else { before };
    Change { field: field.to_owned(), before, after, lines: Vec::new() }
}

fn count_lines(text: &str) -> String {
    match (text.lines().count(), text.chars().count()) {
        (0, _) => String::new(),
        (1, characters) => format!("({characters} characters)"),
        (lines, _) => format!("({lines} lines)"),
    }
}

/// Two texts line by line: `+` what comes, `-` what goes, some unchanged lines around, and how many more of those there are.
/// `shown` is the text before as it may be shown.
fn lines(raw: &str, shown: &str, after: &str) -> Vec<String> {
    let masked: Vec<&str> = shown.lines().collect();
    let is_line_by_line = masked.len() == raw.lines().count();
    let before = if is_line_by_line { raw } else { shown };
    let diff = TextDiff::from_lines(before, after);
    let (mut told, mut next) = (Vec::new(), 0);
    let gap = |from: usize, to: usize| (to > from).then(|| format!("  … {} unchanged lines", to - from));
    for group in diff.grouped_ops(CONTEXT) {
        let from = group.first().map_or(next, |op| op.old_range().start);
        told.extend(gap(next, from));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let own = change.value().trim_end_matches(['\r', '\n']);
            let line = change.old_index().and_then(|at| masked.get(at)).copied().unwrap_or(own);
            told.push(format!("{sign} {}", text::visible(line)));
        }
        next = group.last().map_or(next, |op| op.old_range().end);
    }
    told.extend(gap(next, before.lines().count()));
    told
}

struct Comparison<'a> {
    found: Vec<Change>,
    names: Names<'a>,
}

impl Comparison<'_> {
    fn value(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => self.object(path, before, after),
            (None | Some(Value::Null), Some(Value::Object(after))) => self.object(path, &Map::new(), after),
            (Some(Value::Object(before)), None | Some(Value::Null)) => self.object(path, before, &Map::new()),
            (Some(Value::Array(before)), Some(Value::Array(after))) => self.list(path, before, after),
            (None | Some(Value::Null), Some(Value::Array(after))) => self.list(path, &[], after),
            (Some(Value::Array(before)), None | Some(Value::Null)) => self.list(path, before, &[]),
            (before, after) => {
                let before = before.unwrap_or(&Value::Null);
                let stays = match after {
                    Some(after) => is_same(before, after),
                    // What a field has that was never set.
                    None => is_default(before),
                };
                if !stays {
                    let mut change = change(path, Some(before), after);
                    let name = referring(path);
                    for (value, text) in [(Some(before), &mut change.before), (after, &mut change.after)] {
                        let id = value.and_then(ObjectId::of);
                        if let Some(known) = id.and_then(|id| (self.names)(name, &id)) {
                            *text = format!("{text} \"{}\"", one_line(&known));
                        }
                    }
                    self.found.push(change);
                }
            }
        }
    }

    fn object(&mut self, path: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let left = before.keys().filter(|name| !after.contains_key(*name));
        for name in after.keys().chain(left) {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.value(&below, before.get(name), after.get(name));
        }
    }

    fn list(&mut self, path: &str, before: &[Value], after: &[Value]) {
        match (keys(before), keys(after)) {
            (Some(old), Some(new)) => self.keyed(path, (before, &old), (after, &new)),
            _ => self.in_order(path, before, after),
        }
    }

    /// Entries that something tells apart: what comes, what goes, what changes in those that stay.
    fn keyed(&mut self, path: &str, before: (&[Value], &[String]), after: (&[Value], &[String])) {
        let of = |(entries, keys): (&[Value], &[String]), key: &String| {
            keys.iter().position(|other| other == key).and_then(|at| entries.get(at)).cloned()
        };
        for (entry, _) in before.0.iter().zip(before.1).filter(|(_, key)| !after.1.contains(key)) {
            let text = self.describe(path, entry);
            self.push_entry(path, text, TAKEN_OUT.to_owned());
        }
        for (entry, key) in after.0.iter().zip(after.1) {
            match of(before, key) {
                Some(there) if entry.is_object() => {
                    let label = self.label(path, entry, Some(&there));
                    self.value(&format!("{path}[{label}]"), Some(&there), Some(entry));
                }
                Some(_) => {}
                None => {
                    let text = self.describe(path, entry);
                    self.push_entry(path, String::new(), format!("+ {text}"));
                }
            }
        }
        let stays = |keys: &[String], others: &[String]| -> Vec<String> {
            keys.iter().filter(|key| others.contains(key)).cloned().collect()
        };
        let (old, new) = (stays(before.1, after.1), stays(after.1, before.1));
        // A scope has no order.
        if old != new && !path.starts_with("scope.") {
            let order = |keys: &[String]| format!("in the order {}", one_line(&keys.join(", ")));
            self.push_entry(path, order(&old), order(&new));
        }
    }

    /// Entries that only their place tells apart.
    fn in_order(&mut self, path: &str, before: &[Value], after: &[Value]) {
        let texts = |entries: &[Value]| entries.iter().map(super::canonical).collect::<Vec<String>>();
        let (old, new) = (texts(before), texts(after));
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let gone = op.old_range().filter_map(|at| before.get(at));
            let come = op.new_range().filter_map(|at| after.get(at).map(|entry| (at, entry)));
            match op {
                DiffOp::Equal { .. } => {}
                DiffOp::Replace { .. } => {
                    let (mut gone, mut come) = (gone, come);
                    loop {
                        match (gone.next(), come.next()) {
                            (Some(before), Some((at, after))) => {
                                self.value(&format!("{path}[{at}]"), Some(before), Some(after));
                            }
                            (None, Some((_, after))) => self.comes(path, after),
                            (Some(before), None) => self.goes(path, before),
                            (None, None) => break,
                        }
                    }
                }
                DiffOp::Delete { .. } => gone.for_each(|entry| self.goes(path, entry)),
                DiffOp::Insert { .. } => come.for_each(|(_, entry)| self.comes(path, entry)),
            }
        }
    }

    fn comes(&mut self, path: &str, entry: &Value) {
        if !is_nothing(entry) {
            let text = self.describe(path, entry);
            self.push_entry(path, String::new(), format!("+ {text}"));
        }
    }

    fn goes(&mut self, path: &str, entry: &Value) {
        if !is_nothing(entry) {
            let text = self.describe(path, entry);
            self.push_entry(path, text, TAKEN_OUT.to_owned());
        }
    }

    fn push_entry(&mut self, path: &str, before: String, after: String) {
        self.found.push(Change { field: path.to_owned(), before, after, lines: Vec::new() });
    }

    /// An entry in one line: its id and name, and what else it says.
    fn describe(&self, path: &str, entry: &Value) -> String {
        let Value::Object(fields) = entry else { return one_line(&plain(entry)) };
        let label = self.label(path, entry, None);
        let rest = fields
            .iter()
            .filter(|(name, value)| !matches!(name.as_str(), "id" | "name") && !is_nothing(value));
        let rest: Vec<String> = rest.map(|(name, value)| format!("{name}: {}", self.nested(value))).collect();
        match (label.is_empty(), rest.is_empty()) {
            (_, true) => label,
            (true, false) => rest.join(", "),
            (false, false) => format!("{label} ({})", rest.join(", ")),
        }
    }

    fn nested(&self, value: &Value) -> String {
        match value {
            Value::Object(_) => format!("{{{}}}", self.describe("", value)),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(|item| self.nested(item)).collect::<Vec<_>>().join(", "))
            }
            other => one_line(&plain(other)),
        }
    }

    /// What tells an entry apart, for people: `61 "Rename Mac"`.
    fn label(&self, path: &str, entry: &Value, other: Option<&Value>) -> String {
        let part = path.rsplit('.').next().unwrap_or_default();
        let id = ObjectId::at(entry, "id");
        let name = std::iter::once(entry).chain(other).find_map(|entry| {
            ["name", "username"]
                .iter()
                .find_map(|field| entry.get(*field))
                .map(plain)
                .filter(|name| !name.is_empty())
        });
        let name =
            name.or_else(|| (self.names)(part, id.as_ref()?)).map(|name| format!("\"{}\"", one_line(&name)));
        match (id, name) {
            (Some(id), Some(name)) => format!("{id} {name}"),
            (Some(id), None) => id.to_string(),
            (None, Some(name)) => name,
            (None, None) => String::new(),
        }
    }
}

/// What tells the entries of a list apart, where something does for each of them.
fn keys(entries: &[Value]) -> Option<Vec<String>> {
    let keys: Option<Vec<String>> = entries.iter().map(key).collect();
    keys.filter(|keys| keys.iter().collect::<HashSet<_>>().len() == keys.len())
}

/// What tells an entry of a list apart: its id, or else its name; a text or a number itself.
fn key(entry: &Value) -> Option<String> {
    match entry {
        Value::Object(fields) => ObjectId::at(entry, "id").map(|id| id.to_string()).or_else(|| {
            let named =
                ["username", "serialNumber", "serial_number"].iter().find_map(|name| fields.get(*name));
            // The name of a criterion is that of what it looks at, and comes more than once.
            let named = named.or_else(|| fields.get("name").filter(|_| !fields.contains_key("and_or")));
            named.map(plain).filter(|name| !name.is_empty()).map(|name| format!("\"{name}\""))
        }),
        Value::Array(_) | Value::Null => None,
        scalar => Some(plain(scalar)),
    }
}

/// The same value as the wire of either API writes it; nothing in any of its forms is the same.
fn is_same(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => {
            before == after || (is_nothing(before) && is_nothing(after))
        }
        _ => plain(before) == plain(after),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Nothing, or what the types of Jamf Pro have instead of nothing.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Number(number) => matches!(number.as_i64(), Some(0 | -1)),
        Value::String(text) => ["", "0", "-1"].contains(&text.as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_default),
        Value::Null => true,
    }
}

/// A value as text, whether it came as text or as a number; nothing is empty.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value of the tenant as it may be shown: without credentials. What a caller gives is always shown as it is.
fn shown_before(name: &str, value: &Value) -> String {
    if secrets::is_secret(name, value) {
        return "(a secret)".to_owned();
    }
    secrets::left_out(&plain(value)).into_owned()
}

/// A text as it stands on one line, with every character that is not seen written out.
pub(crate) fn one_line(value: &str) -> String {
    text::line(&text::visible(value))
}

/// What a person should look at first: whether something is in force and for whom, what runs, who gets power, when it runs, and then the
/// rest; texts that only describe come last.
fn rank(field: &str) -> usize {
    const RANKS: &[&[&str]] = &[
        &["enabled", "scope.all", "mdm_removable", "mdmremovable", "mandatory"],
        &[
            "script",
            "package",
            "payload",
            "files_processes",
            "command",
            "url",
            "file",
            "account",
            "password",
            "privilege",
            "role",
        ],
        &["scope", "criteria", "assignment", "member", "serialnumber", "group"],
        &["trigger", "frequency", "redeploy", "distribution", "deployment", "version"],
    ];
    const LAST: &[&str] = &["description", "notes", "info", "category", "icon", "priority", "displayname"];
    let field = field.to_lowercase();
    let (above, name) = field.rsplit_once('.').unwrap_or_default();
    let of = |field: &str| RANKS.iter().position(|words| words.iter().any(|word| field.contains(word)));
    let describes =
        LAST.contains(&if above.is_empty() { field.as_str() } else { name }) && of(above).is_none();
    if describes { RANKS.len() + 1 } else { of(&field).unwrap_or(RANKS.len()) }
}

#[cfg(test)]
mod tests;
