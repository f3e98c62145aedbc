//! Objects of the Classic API as jobs change them: found by id or exact name, read, written in part, and read again.

use jamf_pro_tools::{Catalogue, Checked};
use serde_json::{Map, Value, json};

use super::{Work, text_at};
use crate::answer::clean;
use crate::error::Error;

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
    pub(super) fn shown(&self) -> Value {
        json!({ "kind": self.kind.word, "id": self.id, "name": self.name })
    }
}

/// The object that the arguments name by `id` or by `name`.
pub(super) async fn named(
    work: &Work<'_>,
    kind: &'static Kind,
    arguments: &Checked,
) -> Result<Object, Error> {
    match (arguments.text("id"), arguments.text("name")) {
        (Some(id), None) => by_id(work, kind, id).await,
        (None, Some(name)) => {
            let id = only_id(work, kind.list, "name", name, kind.noun).await?;
            by_id(work, kind, &id).await
        }
        _ => Err(Error::Arguments(format!(
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
    let ids: Vec<String> =
        found.rows.iter().filter(|row| text_at(row, field) == name).map(|row| text_at(row, "id")).collect();
    let shown = clean::text(name);
    match ids.as_slice() {
        [id] => Ok(id.clone()),
        [] => match found.notes.first() {
            Some(note) => Err(Error::Unreachable {
                message: format!("the {noun} could not be looked for: {note}"),
                retry_after: None,
            }),
            None => Err(Error::Arguments(format!(
                "there is no {noun} with the name `{shown}`; names are compared letter by letter. Nothing was changed. `{list}` lists them"
            ))),
        },
        several => Err(Error::Arguments(format!(
            "{} have the name `{shown}`: the ids {}. Give the `id` of the one that is meant; nothing was changed",
            several.len(),
            several.join(", ")
        ))),
    }
}

/// Refuse a name that another object of the kind has.
pub(super) async fn must_be_new(work: &Work<'_>, kind: &Kind, name: &str) -> Result<(), Error> {
    let found = work.rows(kind.list, json!({}), &["id", "name"]).await?;
    let taken = found.rows.iter().find(|row| text_at(row, "name").eq_ignore_ascii_case(name));
    match taken {
        Some(row) => Err(Error::Arguments(format!(
            "the name `{}` is taken by the {} {}; nothing was changed",
            clean::text(name),
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
) -> Result<Value, Error> {
    let name = arguments.text("new_name").unwrap_or_default();
    let before = named(work, kind, arguments).await?;
    if before.name == name {
        return Ok(
            json!({ "result": "unchanged", "object": before.shown(), "notes": ["it has that name already"] }),
        );
    }
    // Another spelling of its own name is no other object's.
    if !before.name.eq_ignore_ascii_case(name) {
        must_be_new(work, kind, name).await?;
    }
    let changed = change(work, &before, json!({ "general": { "name": name } })).await?;
    let mut answer = changed.shown();
    answer.insert("was".to_owned(), json!(before.name));
    Ok(Value::Object(answer))
}

/// What came of changing a part of an object.
pub(super) struct Changed {
    /// The object as it is now.
    pub(super) after: Object,
    /// What was sent against what was kept.
    pub(super) read_back: Value,
    /// Sections that were not sent and are not what they were.
    pub(super) others: Vec<String>,
}

/// Send a part of an object, and read the whole again: what was sent must be there, and nothing else may have moved.
pub(super) async fn change(work: &Work<'_>, before: &Object, body: Value) -> Result<Changed, Error> {
    let answer = work.send(before.kind.update, json!({ "id": before.id, "body": body }), &[]).await?;
    let after = by_id(work, before.kind, &before.id).await?;
    let mut others = Vec::new();
    moved(&before.value, &after.value, &body, "", &mut others);
    let read_back = answer.get("read_back").cloned().unwrap_or_default();
    Ok(Changed { after, read_back, others })
}

/// Fields that are not what they were, as far as nothing was sent for them.
fn moved(before: &Value, after: &Value, sent: &Value, path: &str, found: &mut Vec<String>) {
    let (Some(before), Some(after), Some(sent)) = (before.as_object(), after.as_object(), sent.as_object())
    else {
        return;
    };
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let (before, after) =
            (before.get(name).unwrap_or(&Value::Null), after.get(name).unwrap_or(&Value::Null));
        match sent.get(name) {
            Some(sent) => moved(before, after, sent, &below, found),
            None if before != after => found.push(below),
            None => {}
        }
    }
}

impl Changed {
    /// The answer of a job that changed an object.
    pub(super) fn shown(&self) -> Map<String, Value> {
        let differs = self.read_back.get("verdict") == Some(&json!("not as sent"));
        let result = match (differs, self.others.is_empty()) {
            (false, true) => "done",
            (true, _) => "accepted, but not as it was sent",
            (false, false) => "done, and more changed than was sent",
        };
        let mut shown = Map::new();
        shown.insert("result".to_owned(), json!(result));
        shown.insert("object".to_owned(), self.after.shown());
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

/// What was read, in the form in which it is written: what the schema knows, without what is empty. What it does not know
/// and is not empty goes to `left`, by its path.
pub(super) fn fitted(
    schema: &Map<String, Value>,
    value: &Value,
    path: &str,
    left: &mut Vec<String>,
) -> Option<Value> {
    if is_empty(value) {
        return None;
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => {
            let given = value.as_object()?;
            let empty = Map::new();
            let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
            let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            left.extend(
                given
                    .iter()
                    .filter(|(name, value)| {
                        !known.contains_key(*name) && !is_default(value) && !is_told(name)
                    })
                    .map(|(name, _)| below(name)),
            );
            let mut fields = Map::new();
            for (name, property) in known {
                if let (Some(value), Some(property)) = (given.get(name), property.as_object())
                    && let Some(value) = fitted(property, value, &below(name), left)
                {
                    fields.insert(name.clone(), value);
                }
            }
            // Where an id tells which it is, -1 and 0 tell that it is none.
            if fields.get("id").is_some_and(|id| matches!(id.as_str(), Some("0" | "-1"))) {
                fields.shift_remove("id");
                if given.get("id") == Some(&json!("-1")) {
                    return None;
                }
            }
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        Some("array") => {
            let empty = Map::new();
            let item = schema.get("items").and_then(Value::as_object).unwrap_or(&empty);
            let entries = value.as_array()?.iter().enumerate();
            let entries: Vec<Value> = entries
                .filter_map(|(at, entry)| fitted(item, entry, &format!("{path}[{at}]"), left))
                .collect();
            (!entries.is_empty()).then_some(Value::Array(entries))
        }
        _ => {
            let words = schema.get("enum").and_then(Value::as_array);
            let least = schema.get("minimum").and_then(Value::as_i64);
            let fits = words.is_none_or(|words| words.contains(value))
                && value.as_i64().zip(least).is_none_or(|(number, least)| number >= least);
            if !fits && !is_default(value) {
                left.push(path.to_owned());
            }
            fits.then(|| value.clone())
        }
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
            "limitations": { "user_groups": [{ "id": "0", "name": "Staff" }] },
            "exclusions": { "beacons_of_tomorrow": [{ "id": "3" }] }
        });
        let mut left = Vec::new();
        let written = fitted(&schema_of("policy_update", "scope"), &read, "scope", &mut left).unwrap();
        let expected = json!({
            "all_computers": false, "computers": [{ "id": "1" }], "limitations": { "user_groups": [{ "name": "Staff" }] }
        });
        assert_eq!((written, left), (expected, vec!["scope.exclusions.beacons_of_tomorrow".to_owned()]));
    }

    #[test]
    fn what_moved_without_being_sent_is_found() {
        let before = json!({ "general": { "name": "a", "enabled": true, "frequency": "Ongoing" }, "scope": { "computers": [1] } });
        let after = json!({ "general": { "name": "b", "enabled": true, "frequency": "Once" }, "scope": { "computers": [] } });
        let mut found = Vec::new();
        moved(&before, &after, &json!({ "general": { "name": "b" } }), "", &mut found);
        assert_eq!(found, ["general.frequency", "scope"]);
    }
}
