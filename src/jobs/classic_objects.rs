//! Objects of the Classic API as jobs change them: found by id or exact name, read, written in part, and read again.

use futures::FutureExt;
use jamf_pro_tools::{Catalogue, Checked};
use serde_json::{Map, Value, json};

use super::{Conclusion, RowSet, Work, Write, text_at};
use crate::canonical::canonical;
use crate::error::Error;
use crate::sanitize::text;

/// One kind of object, and the actions on it.
pub(super) struct Kind {
    /// The word that callers use.
    pub(super) word: &'static str,
    /// What it is called in sentences.
    pub(super) noun: &'static str,
    pub(super) list: &'static str,
    pub(super) get: &'static str,
    pub(super) create: &'static str,
    pub(super) update: &'static str,
}

pub(super) static POLICY: Kind = Kind {
    word: "policy",
    noun: "policy",
    list: "policy_list",
    get: "policy_get",
    create: "policy_create",
    update: "policy_update",
};

pub(super) static MACOS_PROFILE: Kind = Kind {
    word: "macos_profile",
    noun: "configuration profile for computers",
    list: "macos_profile_list",
    get: "macos_profile_get",
    create: "macos_profile_create",
    update: "macos_profile_update",
};

pub(super) static MOBILE_PROFILE: Kind = Kind {
    word: "mobile_profile",
    noun: "configuration profile for mobile devices",
    list: "mobile_profile_list",
    get: "mobile_profile_get",
    create: "mobile_profile_create",
    update: "mobile_profile_update",
};

pub(super) static MAC_APP: Kind = Kind {
    word: "mac_app",
    noun: "Mac app",
    list: "mac_app_list",
    get: "mac_app_get",
    create: "mac_app_create",
    update: "mac_app_update",
};

pub(super) static MOBILE_DEVICE_APP: Kind = Kind {
    word: "mobile_device_app",
    noun: "mobile device app",
    list: "mobile_device_app_list",
    get: "mobile_device_app_get",
    create: "mobile_device_app_create",
    update: "mobile_device_app_update",
};

pub(super) static RESTRICTED_SOFTWARE: Kind = Kind {
    word: "restricted_software",
    noun: "restricted software record",
    list: "restricted_software_list",
    get: "restricted_software_get",
    create: "restricted_software_create",
    update: "restricted_software_update",
};

pub(super) static EBOOK: Kind = Kind {
    word: "ebook",
    noun: "ebook",
    list: "ebook_list",
    get: "ebook_details_get",
    create: "ebook_create",
    update: "ebook_update",
};

/// An object as it was read, secrets left out.
pub(super) struct Object {
    pub(super) kind: &'static Kind,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) value: Value,
}

impl Object {
    /// What tells it from others.
    pub(super) fn describe(&self) -> Value {
        json!({ "kind": self.kind.word, "id": self.id, "name": self.name })
    }
}

/// The object that the arguments name by `id` or by `name`.
pub(super) async fn find(work: &Work<'_>, kind: &'static Kind, arguments: &Checked) -> Result<Object, Error> {
    match (arguments.text("id"), arguments.text("name")) {
        (Some(id), None) => by_id(work, kind, id).await,
        (None, Some(name)) => {
            let id = only_id(work, kind.list, "name", name, kind.noun).await?;
            by_id(work, kind, &id).await
        }
        _ => Err(Error::caller(format!(
            "give the {} by its `id` or by its exact `name`, one of the two",
            kind.noun
        ))),
    }
}

/// The object of this id.
pub(super) async fn by_id(work: &Work<'_>, kind: &'static Kind, id: &str) -> Result<Object, Error> {
    let value = work.send(kind.get, json!({ "id": id }), &[]).await?;
    Ok(Object { kind, id: id.to_owned(), name: text_at(&value, "general.name"), value })
}

/// The id of the one row of a list that has exactly this text in a field. The lists are walked, because a name with a slash
/// cannot stand in a path.
pub(super) async fn only_id(
    work: &Work<'_>,
    list: &str,
    field: &str,
    name: &str,
    noun: &str,
) -> Result<String, Error> {
    let found = work.rows(list, json!({}), &["id", field]).await?;
    id_among(&found, (list, field), name, noun)
}

/// The id of the one of these rows that has a name.
pub(super) fn id_among(
    found: &RowSet,
    (list, field): (&str, &str),
    name: &str,
    noun: &str,
) -> Result<String, Error> {
    let ids_of = |is: &dyn Fn(&str) -> bool| -> Vec<String> {
        let rows = found.rows.iter().filter(|row| is(&text_at(row, field)));
        rows.map(|row| text_at(row, "id")).collect()
    };
    let mut ids = ids_of(&|other| other == name);
    if ids.is_empty() {
        // People type a straight apostrophe where the name has a typographic one.
        let form = canonical(name);
        ids = ids_of(&|other| canonical(other) == form);
    }
    let shown = text::clean(name);
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => match found.notes.first() {
            Some(note) => Err(Error::unreachable(format!("the {noun} could not be looked for: {note}"))),
            None => Err(Error::caller(format!(
                "there is no {noun} with the name `{shown}`; names are compared whole. `{list}` lists them"
            ))),
        },
        several => Err(Error::caller(format!(
            "{} have the name `{shown}`: the ids {}",
            several.len(),
            several.join(", ")
        ))
        .hint("give the `id` of the one that is meant")),
    }
}

/// Refuse a name that another object of the kind has.
pub(super) async fn must_be_new(work: &Work<'_>, kind: &Kind, name: &str) -> Result<(), Error> {
    let found = work.rows(kind.list, json!({}), &["id", "name"]).await?;
    let taken = found.rows.iter().find(|row| text_at(row, "name").eq_ignore_ascii_case(name));
    match taken {
        Some(row) => Err(Error::caller(format!(
            "the name `{}` is taken by the {} {}",
            text::clean(name),
            kind.noun,
            text_at(row, "id")
        ))),
        None => Ok(()),
    }
}

/// Give the object that the arguments name their `new_name`.
pub(super) async fn rename(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Checked,
) -> Result<Conclusion, Error> {
    let name = arguments.text("new_name").unwrap_or_default();
    let before = find(work, kind, arguments).await?;
    if before.name == name {
        return Ok(Conclusion::Answer(
            json!({ "result": "unchanged", "object": before.describe(), "notes": ["it has that name already"] }),
        ));
    }
    // Another spelling of its own name is no other object's.
    if !before.name.eq_ignore_ascii_case(name) {
        must_be_new(work, kind, name).await?;
    }
    let change = Change { before, body: json!({ "general": { "name": name } }) };
    Ok(change.write(work)?.report_with(change, |work, change, answer| {
        async move {
            let mut report = change.outcome(work, &answer).await.describe();
            report.insert("was".to_owned(), json!(change.before.name));
            Ok(Value::Object(report))
        }
        .boxed()
    }))
}

/// A change of a part of an object.
pub(super) struct Change {
    /// The object as it is.
    pub(super) before: Object,
    /// What is sent of it.
    pub(super) body: Value,
}

/// What came of changing a part of an object.
pub(super) struct ChangeReport {
    /// The object as it is now, or as it must be by what was sent where it could not be read again.
    pub(super) after: Object,
    /// What was sent against what was kept.
    pub(super) read_back: Value,
    /// Sections that were not sent and are not what they were.
    pub(super) others: Vec<String>,
}

impl Change {
    /// The write that makes it.
    pub(super) fn write(&self, work: &Work<'_>) -> Result<Write, Error> {
        work.write(self.before.kind.update, json!({ "id": self.before.id, "body": self.body }))
    }

    /// Read the whole object again after the write: what was sent must be there, and nothing else may have moved.
    pub(super) async fn outcome(&self, work: &Work<'_>, answer: &Value) -> ChangeReport {
        let (before, body) = (&self.before, &self.body);
        let mut read_back = answer.get("read_back").cloned().unwrap_or_default();
        let later = work.later();
        let read = by_id(&work.reading_back(&later), before.kind, &before.id).await;
        let mut others = Vec::new();
        let after = match work.read_back(read) {
            Ok(after) => {
                collect_side_effects(&before.value, &after.value, body, "", &mut others);
                after
            }
            Err(why) => {
                read_back = not_read_back(&why);
                let name = body.pointer("/general/name").and_then(Value::as_str).unwrap_or(&before.name);
                Object { kind: before.kind, id: before.id.clone(), name: name.to_owned(), value: Value::Null }
            }
        };
        ChangeReport { after, read_back, others }
    }
}

/// What an answer says where an object could not be read again.
pub(super) fn not_read_back(why: &str) -> Value {
    json!({ "verdict": "not read back", "why": why })
}

/// Fields that are not what they were, as far as nothing was sent for them.
fn collect_side_effects(before: &Value, after: &Value, sent: &Value, path: &str, found: &mut Vec<String>) {
    let (Some(before), Some(after), Some(sent)) = (before.as_object(), after.as_object(), sent.as_object())
    else {
        return;
    };
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let (before, after) =
            (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        match sent.get(name) {
            Some(sent) => collect_side_effects(before, after, sent, &below, found),
            None if before != after => found.push(below),
            None => {}
        }
    }
}

impl ChangeReport {
    /// The answer of a job that changed an object.
    pub(super) fn describe(&self) -> Map<String, Value> {
        let differs = self.read_back.get("verdict") == Some(&json!("not as sent"));
        let result = match (differs, self.others.is_empty()) {
            (false, true) => "done",
            (true, _) => "accepted, but not as it was sent",
            (false, false) => "done, and more changed than was sent",
        };
        let mut shown = Map::new();
        shown.insert("result".to_owned(), json!(result));
        shown.insert("object".to_owned(), self.after.describe());
        shown.insert("read_back".to_owned(), self.read_back.clone());
        if !self.others.is_empty() {
            shown.insert("also_changed".to_owned(), json!(self.others));
        }
        shown
    }
}

/// The schema of a part of the body of an action, `general` for example; of the whole body where `part` is empty.
pub(super) fn schema_of(action: &str, part: &str) -> Map<String, Value> {
    let body = Catalogue::get().find(action).map(|action| action.body_schema()).unwrap_or_default();
    if part.is_empty() {
        return body;
    }
    let found = body.get("properties").and_then(|properties| properties.get(part)).and_then(Value::as_object);
    found.cloned().unwrap_or_default()
}

/// What was read, in the form in which it is written: what the schema knows, without what is empty. What cannot be written
/// although it is not empty goes to `left`, by its path: nothing is left out without that.
pub(super) fn fit(
    schema: &Map<String, Value>,
    value: &Value,
    path: &str,
    left: &mut Vec<String>,
) -> Option<Value> {
    if is_empty(value) {
        return None;
    }
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("object"), Value::Object(given)) => fit_object(schema, given, path, left),
        (Some("array"), Value::Array(entries)) => {
            let empty = Map::new();
            let item = schema.get("items").and_then(Value::as_object).unwrap_or(&empty);
            let mut written = Vec::new();
            for (at, entry) in entries.iter().enumerate() {
                let path = format!("{path}[{at}]");
                let before = left.len();
                match fit(item, entry, &path, left) {
                    Some(entry) => written.push(entry),
                    // An entry stands for something, also where nothing of it can be written.
                    None if left.len() == before => left.push(path),
                    None => {}
                }
            }
            (!written.is_empty()).then_some(Value::Array(written))
        }
        (Some(kind), value) if is_scalar(kind, value) => {
            let words = schema.get("enum").and_then(Value::as_array);
            let least = schema.get("minimum").and_then(Value::as_i64);
            let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            let fits = words.is_none_or(|words| words.contains(value))
                && (kind != "integer" || number.zip(least).is_none_or(|(number, least)| number >= least));
            if !fits && !is_default(value) {
                left.push(path.to_owned());
            }
            fits.then(|| value.clone())
        }
        (_, value) => {
            if !is_default(value) {
                left.push(path.to_owned());
            }
            None
        }
    }
}

fn fit_object(
    schema: &Map<String, Value>,
    given: &Map<String, Value>,
    path: &str,
    left: &mut Vec<String>,
) -> Option<Value> {
    let empty = Map::new();
    let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    // -1 and 0 are no ids. Beside a name they say that the id is not known, and without one that there is no such object.
    let no_id = given.get("id").is_some_and(is_no_id);
    let name = text_at(&Value::Object(given.clone()), "name");
    if no_id
        && given.keys().all(|field| is_told(field))
        && (name.is_empty() || is_word_for_none(&name))
        && !path.ends_with(']')
    {
        return None;
    }
    let has = |field: &str| known.contains_key(field) && !given.get(field).is_none_or(is_empty);
    let is_identified = (has("id") && !no_id) || has("name");
    let names_something = !name.is_empty() || (given.contains_key("id") && !no_id);
    if names_something && (known.contains_key("id") || known.contains_key("name")) && !is_identified {
        left.push(path.to_owned());
        return None;
    }
    let unknown = given.iter().filter(|(field, value)| {
        let says_nothing = if path.starts_with("scope") { is_off(value) } else { is_default(value) };
        !known.contains_key(*field) && !says_nothing && !is_told(field)
    });
    left.extend(unknown.map(|(field, _)| below(field)));
    let mut fields = Map::new();
    for (field, property) in known {
        if let (Some(value), Some(property)) = (given.get(field), property.as_object())
            && !(field == "id" && no_id)
            && let Some(value) = fit(property, value, &below(field), left)
        {
            fields.insert(field.clone(), value);
        }
    }
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// Whether a path is one of the scope.
pub(super) fn is_of_scope(path: &str) -> bool {
    path == "scope" || path.starts_with("scope.")
}

/// Whether a value has the type that a schema asks for, or a text that says such a value.
fn is_scalar(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("string", Value::String(_) | Value::Number(_) | Value::Bool(_))
        | ("boolean", Value::Bool(_))
        | ("integer" | "number", Value::Number(_)) => true,
        ("boolean", Value::String(text)) => matches!(text.as_str(), "true" | "false"),
        ("integer" | "number", Value::String(text)) => text.parse::<i64>().is_ok(),
        _ => false,
    }
}

/// What Jamf writes for the id of nothing.
fn is_no_id(id: &Value) -> bool {
    matches!(id.as_str().map_or_else(|| id.to_string(), str::to_owned).as_str(), "" | "0" | "-1" | "null")
}

/// What Jamf calls a category or a site that is none.
fn is_word_for_none(name: &str) -> bool {
    matches!(name, "None" | "No category assigned" | "No category" | "No site" | "Unknown")
}

/// What says of a scope that something is not in it.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => matches!(text.as_str(), "" | "false" | "0"),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(fields) => fields.values().all(is_off),
        Value::Null => true,
    }
}

/// Fields beside an id that only say what it is the id of, or that the tenant counts up itself.
fn is_told(name: &str) -> bool {
    matches!(name, "id" | "name" | "udid" | "uuid" | "filename" | "uri" | "wifi_mac_address" | "uid")
}

/// What stands where nobody set anything.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => matches!(text.as_str(), "" | "none" | "default"),
        Value::Array(entries) => entries.iter().all(is_default),
        Value::Object(fields) => fields.values().all(is_default),
        Value::Null => true,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.iter().all(is_empty),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_becomes_what_can_be_written() {
        let read = json!({
            "all_computers": false,
            "computers": [{ "id": "1", "name": "a", "udid": "x" }],
            "computer_groups": [], "buildings": "",
            "jss_users": [{ "id": "3", "name": "ann" }], "jss_user_groups": [{ "id": 4, "name": "Staff" }],
            "limit_to_users": { "user_groups": ["Staff", "Old"] },
            "limitations": { "user_groups": [
                { "id": "0", "name": "Staff" }, { "id": "-1", "name": "Old" }, { "id": "0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "name": "New" },
            ] },
            "exclusions": { "beacons_of_tomorrow": [{ "id": "3" }], "jss_users": [{ "id": "3", "name": "ann" }] }
        });
        let mut left = Vec::new();
        let written = fit(&schema_of("policy_update", "scope"), &read, "scope", &mut left).unwrap();
        let expected = json!({
            "all_computers": false, "computers": [{ "id": "1" }],
            "jss_users": [{ "id": "3" }], "jss_user_groups": [{ "id": 4 }],
            "limit_to_users": { "user_groups": ["Staff", "Old"] },
            "limitations": { "user_groups": [{ "name": "Staff" }, { "name": "Old" }, { "name": "New" }] },
            "exclusions": { "jss_users": [{ "id": "3" }] },
        });
        assert_eq!((written, left), (expected, vec!["scope.exclusions.beacons_of_tomorrow".to_owned()]));
    }

    /// Entries as tenants answer them, each kind of scope with each of its lists: every one is written or told.
    #[test]
    fn no_entry_of_any_scope_is_dropped_without_a_word() {
        let entries = [
            json!({ "id": "5", "name": "five" }),
            json!({ "id": 5, "name": "five" }),
            json!({ "id": "-1", "name": "gone" }),
            json!({ "id": "0", "name": "gone" }),
            json!({ "id": "", "name": "blank" }),
            json!({ "name": "name alone" }),
            json!({ "id": "7" }),
            json!({ "id": "-1" }),
            json!({}),
            json!("text"),
            json!(null),
            json!({ "id": "0d1f5f4e-1c2b-4a3d-9e8f-7a6b5c4d3e2f", "name": "cloud" }),
            json!({ "id": "5", "name": "five", "extra": "x" }),
        ];
        let mut lists = 0;
        for action in Catalogue::get().actions().filter(|action| action.name.ends_with("_update")) {
            let schema = schema_of(action.name, "scope");
            let parts = ["", "limitations", "exclusions", "limit_to_users"];
            for part in parts {
                let properties = match part {
                    "" => schema.get("properties"),
                    part => schema
                        .get("properties")
                        .and_then(|all| all.get(part))
                        .and_then(|part| part.get("properties")),
                };
                let all = properties.and_then(Value::as_object).cloned().unwrap_or_default();
                for (list, _) in all.iter().filter(|(_, property)| property["type"] == "array") {
                    lists += 1;
                    for entry in &entries {
                        // A list of nothing is no list; beside another entry it is one.
                        let given = json!([{ "id": "9", "name": "nine" }, entry]);
                        let read = if part.is_empty() {
                            json!({ list.as_str(): given })
                        } else {
                            json!({ part: { list.as_str(): given } })
                        };
                        let mut left = Vec::new();
                        let written = fit(&schema, &read, "scope", &mut left).unwrap_or_default();
                        let pointer =
                            if part.is_empty() { format!("/{list}") } else { format!("/{part}/{list}") };
                        let kept = written.pointer(&pointer).and_then(Value::as_array).map_or(0, Vec::len);
                        let told = left.iter().filter(|path| path.contains(&format!("{list}["))).count();
                        assert!(kept + told >= 2, "{} {pointer} {entry}: {written} {left:?}", action.name);
                        let kept_by = written.pointer(&format!("{pointer}/1"));
                        let says = kept_by.is_none_or(|kept| {
                            kept == entry
                                || kept.as_object().is_some_and(|kept| {
                                    !kept.is_empty()
                                        && kept.iter().all(|(name, value)| entry.get(name) == Some(value))
                                })
                        });
                        assert!(says, "{} {pointer} {entry}: {written}", action.name);
                    }
                }
            }
        }
        assert!(lists > 100, "{lists}");
    }

    #[test]
    fn what_moved_without_being_sent_is_found() {
        let before = json!({ "general": { "name": "a", "enabled": true, "frequency": "Ongoing" }, "scope": { "computers": [1] } });
        let after = json!({ "general": { "name": "b", "enabled": true, "frequency": "Once" }, "scope": { "computers": [] } });
        let mut found = Vec::new();
        collect_side_effects(&before, &after, &json!({ "general": { "name": "b" } }), "", &mut found);
        assert_eq!(found, ["general.frequency", "scope"]);
    }
}
