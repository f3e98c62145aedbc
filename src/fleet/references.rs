//! What an object of the configuration refers to: whom it is for, what it runs and installs, which groups its criteria ask for, what
//! texts in it name. The main type is [`Reference`]; [`of_object`] finds those of one object by the declaration of its kind
//! in `kinds.rs`, and a [`Graph`] of all objects says which of them refer to one.

mod graph;
mod kinds;
mod texts;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

pub use graph::{Graph, Referrer, Use};
pub use kinds::kinds;
pub use texts::{Named, Names};

use super::groups::{Criterion, Fact, GroupKind, Operator, facts_of, group_criterion};
use super::scope::{EntryKind, Role as ScopeRole, Scope};
use kinds::{Field, Kind};

/// One thing that an object refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// As what.
    pub role: Role,
    /// The kind of what it refers to, such as `computer_group` or `script`.
    pub kind: &'static str,
    /// Its id, where the object says it.
    pub id: Option<ObjectId>,
    /// Its name, where the object says it.
    pub name: String,
    /// How sure it is.
    pub strength: Strength,
}

/// As what an object refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Its scope has it in this role.
    InScope(ScopeRole),
    /// A criterion asks for it.
    Criterion,
    /// Devices run it.
    Runs,
    /// Devices get it.
    Installs,
    /// Devices enroll with it.
    EnrollsWith,
    /// It takes part in some other way.
    Uses,
    /// It is filed there: a category or a site.
    BelongsTo,
    /// A text in it has the name.
    NamedInText,
}

impl Role {
    /// The role in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::InScope(role) => role.word(),
            Self::Criterion => "criterion",
            Self::Runs => "runs",
            Self::Installs => "installs",
            Self::EnrollsWith => "enrolls with",
            Self::Uses => "uses",
            Self::BelongsTo => "belongs to",
            Self::NamedInText => "named in a text",
        }
    }

    /// The role of its words.
    pub fn of_words(words: &str) -> Option<Self> {
        const OTHERS: [Role; 7] = [
            Role::Criterion,
            Role::Runs,
            Role::Installs,
            Role::EnrollsWith,
            Role::Uses,
            Role::BelongsTo,
            Role::NamedInText,
        ];
        let in_scope = ScopeRole::of_word(words).map(Role::InScope);
        in_scope.or_else(|| OTHERS.into_iter().find(|role| role.words() == words))
    }
}

/// How sure a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Jamf Pro keeps it.
    Exact,
    /// A text has the name, which can mean something else.
    Text,
}

impl Strength {
    /// The strength in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Text => "text",
        }
    }

    /// The strength of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Exact, Self::Text].into_iter().find(|strength| strength.word() == word)
    }
}

/// What can refer to objects and is in neither API, so that it is never read.
pub static NEVER_READ: &[&str] = &[
    "scripts inside packages",
    "Blueprints",
    "compliance benchmarks",
    "programs outside Jamf Pro that call its API",
];

/// The kind of what objects of a kind refer to at a dotted path, such as `script` for `scripts` of a `policy`.
pub fn kind_at(kind: &str, path: &str) -> Option<&'static str> {
    let fields = kinds::find(kind).map(|kind| kind.fields).unwrap_or_default();
    fields.iter().find(|field| field.path.trim_end_matches("[]") == path).map(|field| field.kind)
}

/// What an object of a kind refers to, each once, in order. `names` are the names to look for in its texts. A kind that is not
/// declared refers to nothing; [`kinds`] has those that are.
pub fn of_object(kind: &str, object: &Value, names: &Names) -> Vec<Reference> {
    let Some(kind) = kinds::find(kind) else { return Vec::new() };
    let mut found: Vec<Reference> = kind.fields.iter().flat_map(|field| of_field(field, object)).collect();
    if kind.has_scope {
        found.extend(Scope::read(object).entries.into_iter().filter_map(of_entry));
    }
    if let Some(group_kind) = kind.criteria {
        let criteria = Criterion::read_all(object);
        found.extend(criteria.iter().filter_map(|criterion| of_criterion(group_kind, criterion)));
    }
    for path in kind.texts {
        for value in at(object, path) {
            found.extend(value.as_str().into_iter().flat_map(|text| names.in_text(text)));
        }
    }
    found.retain(|reference| !is_itself(reference, kind, object));
    found.sort();
    found.dedup();
    found
}

/// Whether objects of a kind can refer to objects of another one.
pub(in crate::fleet) fn can_refer(by: &str, to: &str) -> bool {
    let Some(by) = kinds::find(by) else { return false };
    let in_scope = || EntryKind::ALL.iter().any(|kind| kind.word() == to);
    let in_criteria = |of: GroupKind| {
        let (group, attribute) = kinds_in_criteria(of);
        [group, attribute, PATCH_TITLE].contains(&to) || BY_VALUE.iter().any(|(_, kind)| *kind == to)
    };
    let of_event = |field: &Field| {
        field.kind == kinds::GROUP_OF_EVENT && kinds::GROUPS_OF_EVENTS.iter().any(|(_, kind)| *kind == to)
    };
    by.fields.iter().any(|field| field.kind == to || of_event(field))
        || (by.has_scope && in_scope())
        || by.criteria.is_some_and(in_criteria)
}

/// Whether objects of a kind have a scope.
pub fn has_scope(kind: &str) -> bool {
    kinds::find(kind).is_some_and(|kind| kind.has_scope)
}

/// The name of an object of any kind, where it has one.
pub(in crate::fleet) fn name_of(object: &Value) -> Option<&str> {
    let paths =
        ["/general/name", "/name", "/displayName", "/groupName", "/packageName", "/fileName", "/username"];
    let mut names = paths.iter().filter_map(|path| object.pointer(path)?.as_str());
    names.find(|name| !name.is_empty())
}

/// The fields of an object of a kind by which it refers to others, as dotted paths.
pub(in crate::fleet) fn fields(kind: &str) -> Vec<String> {
    let Some(kind) = kinds::find(kind) else { return Vec::new() };
    let own = kind.fields.iter().map(|field| field.path.replace("[]", ""));
    let criteria = kind.criteria.map(|_| "criteria".to_owned());
    own.chain(criteria).chain(kind.texts.iter().map(|path| (*path).to_owned())).collect()
}

/// The kind of this name, of all that refer to others and all that are referred to.
pub(in crate::fleet) fn kind_of(name: &str) -> Option<&'static str> {
    static ALL: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
        let of_entries = EntryKind::ALL.iter().map(|kind| kind.word());
        let of_criteria = BY_VALUE.iter().map(|(_, kind)| *kind).chain([EVENT, PATCH_TITLE]);
        kinds::all().chain(of_entries).chain(of_criteria).collect()
    });
    ALL.get(name).copied()
}

/// A script that has its own name in its text refers to nothing by that.
fn is_itself(reference: &Reference, kind: &Kind, object: &Value) -> bool {
    let own = ["id", "general.id", "groupId"].iter().find_map(|path| ObjectId::at(object, path));
    reference.kind == kind.name && own.is_some() && reference.id == own
}

/// The values at a dotted path, where `[]` stands for each of a list. A row that the Classic API wraps in the name of its kind
/// (`{"script": {"id": 7}}`) is unwrapped.
fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for part in path.split('.') {
        let (name, is_list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        let fields = found.into_iter().filter_map(|value| value.get(name));
        found = match is_list {
            false => fields.collect(),
            true => fields.filter_map(Value::as_array).flatten().map(unwrapped).collect(),
        };
    }
    found
}

fn unwrapped(row: &Value) -> &Value {
    let only = row.as_object().filter(|map| map.len() == 1).and_then(|map| map.values().next());
    only.filter(|inner| inner.is_object()).unwrap_or(row)
}

fn of_field(field: &Field, object: &Value) -> Vec<Reference> {
    let event = object.get("event").and_then(Value::as_str).unwrap_or_default();
    let of_event = kinds::GROUPS_OF_EVENTS.iter().find(|(part, _)| event.starts_with(part));
    let kind = match of_event {
        Some((_, kind)) if field.kind == kinds::GROUP_OF_EVENT => kind,
        _ => field.kind,
    };
    let one = |value: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().trim().to_owned();
        let (id, name) = match value {
            Value::Object(_) => (ObjectId::at(value, "id"), value.get("name").map(text).unwrap_or_default()),
            _ if field.is_name => (None, text(value)),
            _ => (ObjectId::of(value), String::new()),
        };
        let names_nothing = id.is_none() && (name.is_empty() || !is_name(field, value, &name));
        (!names_nothing).then_some(Reference { role: field.role, kind, id, name, strength: Strength::Exact })
    };
    at(object, field.path).into_iter().filter_map(one).collect()
}

/// Whether a name without an id names something. Jamf writes words of its own, with the id -1 or none, where nothing is chosen.
fn is_name(field: &Field, value: &Value, name: &str) -> bool {
    let has_id = value.get("id").is_some();
    let of_jamf = ["none", "default", "no category assigned", "unknown"];
    !has_id && (field.is_name || value.is_object()) && !of_jamf.contains(&name.to_lowercase().as_str())
}

fn of_entry(entry: super::scope::Entry) -> Option<Reference> {
    // All devices are no object.
    let is_object = !matches!(entry.kind, EntryKind::All(_));
    is_object.then(|| Reference {
        role: Role::InScope(entry.role),
        kind: entry.kind.word(),
        id: entry.id,
        name: entry.name,
        strength: Strength::Exact,
    })
}

/// Criteria that have the name of an object as their value.
static BY_VALUE: &[(&str, &str)] = &[
    ("Building", "building"),
    ("Department", "department"),
    ("Site", "site"),
    ("Enrollment Method: PreStage enrollment", "computer_prestage"),
    ("Packages Installed By Jamf Pro", "package"),
    ("Packages Installed by Jamf Pro", "package"),
    ("Cached Packages", "package"),
    ("Disk Encryption Configuration", "disk_encryption_configuration"),
    ("Licensed Software", "licensed_software"),
    ("Username", "user"),
];

/// The kind of the custom events that texts run policies by.
const EVENT: &str = "custom_event";

/// The kind of patch management software titles.
pub(in crate::fleet) const PATCH_TITLE: &str = "patch_title";

/// What the criterion is called of a patch title.
const PATCH: &str = "Patch Reporting: ";

/// The kinds of the group and of the extension attributes that criteria of a kind ask for.
fn kinds_in_criteria(kind: GroupKind) -> (&'static str, &'static str) {
    match kind {
        GroupKind::Computer => ("computer_group", "computer_extension_attribute"),
        GroupKind::MobileDevice => ("mobile_device_group", "mobile_device_extension_attribute"),
        GroupKind::User => ("user_group", "user_extension_attribute"),
    }
}

fn of_criterion(kind: GroupKind, criterion: &Criterion) -> Option<Reference> {
    let reference = |kind, name: &str, strength| {
        let name = name.to_owned();
        (!name.is_empty()).then_some(Reference { role: Role::Criterion, kind, id: None, name, strength })
    };
    let (group, attribute) = kinds_in_criteria(kind);
    if criterion.name.eq_ignore_ascii_case(group_criterion(kind)) {
        return reference(group, &criterion.value, Strength::Exact);
    }
    let is_same = |(name, _): &&(&str, &str)| name.eq_ignore_ascii_case(&criterion.name);
    if let Some((_, kind)) = BY_VALUE.iter().find(is_same) {
        use Operator::{DoesNotHave, Has, Is, IsNot};
        // With `like` and regular expressions the value is a part of a name.
        let is_exact = matches!(Operator::parse(&criterion.operator), Some(Is | IsNot | Has | DoesNotHave));
        return reference(kind, &criterion.value, if is_exact { Strength::Exact } else { Strength::Text });
    }
    if let Some(title) = criterion.name.strip_prefix(PATCH) {
        return reference(PATCH_TITLE, title, Strength::Exact);
    }
    let is_known = |(name, _): (&str, Fact)| name.eq_ignore_ascii_case(&criterion.name);
    // Any other name is that of an attribute, or of a criterion that is not known here.
    if facts_of(kind).any(is_known) { None } else { reference(attribute, &criterion.name, Strength::Exact) }
}

#[cfg(test)]
mod tests;
