//! What is added to a scope and removed from it, entry by entry and by name: a list of ids tells nobody anything.

use std::collections::BTreeMap;

use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value, json};

use super::changes::{VALUE, render_value};
use super::reach::plain;
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::plan::Change;
use crate::sanitize::text;

/// Parts of a scope, and the lists that have the names of what they refer to by id.
const NAMES: &[(&str, &[&str])] = &[
    ("computer_groups", &["smart_computer_group_list", "static_computer_group_list"]),
    ("mobile_device_groups", &["smart_mobile_group_list", "static_mobile_group_list"]),
    ("buildings", &["building_list"]),
    ("departments", &["department_list"]),
    ("network_segments", &["network_segment_list"]),
    ("computers", &["computer_list"]),
    ("mobile_devices", &["mobile_device_list"]),
    ("jss_users", &["user_list"]),
];

/// The changes of the lists of a scope; the others stay as they are.
///
/// # Errors
/// When names cannot be read although there are any.
pub(super) async fn describe(
    work: &Work<'_>,
    changes: Vec<Change>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Vec<Change>, Error> {
    let mut all = Vec::new();
    for change in changes {
        let list = |value: Option<&Value>| -> Option<Vec<Value>> {
            let at = change.field.split('.').try_fold(value?, |value, name| value.get(name))?;
            at.as_array().cloned()
        };
        let given = if change.field.starts_with("scope.") { list(body) } else { None };
        let Some(given) = given else {
            all.push(change);
            continue;
        };
        let there = list(before).unwrap_or_default();
        let part = change.field.rsplit('.').next().unwrap_or_default();
        let is_in = |one: &Value, others: &[Value]| others.iter().any(|other| is_same(one, other));
        let added: Vec<&Value> = given.iter().filter(|one| !is_in(one, &there)).collect();
        let names = names(work, part, &added).await?;
        let line = |sign: &str, one: &Value| {
            let text = describe_entry(one, &names);
            let (before, after) =
                if sign == "-" { (text, "taken out") } else { (String::new(), text.as_str()) };
            Change { field: change.field.clone(), after: format!("{sign} {after}"), before }
        };
        all.extend(there.iter().filter(|one| !is_in(one, &given)).map(|one| line("-", one)));
        all.extend(added.into_iter().map(|one| line("+", one)));
    }
    Ok(all)
}

/// By id where both have one, else by name.
fn is_same(one: &Value, other: &Value) -> bool {
    match (ObjectId::at(one, "id"), ObjectId::at(other, "id")) {
        (Some(one), Some(other)) => one == other,
        _ => text_at(one, "name") == text_at(other, "name") && !text_at(one, "name").is_empty(),
    }
}

fn describe_entry(one: &Value, names: &BTreeMap<ObjectId, String>) -> String {
    let id = one.get("id").map(plain).unwrap_or_default();
    let known = || ObjectId::at(one, "id").and_then(|id| names.get(&id).cloned());
    let name = Some(text_at(one, "name")).filter(|name| !name.is_empty()).or_else(known);
    let name = name.map_or_else(
        || "(no such object is known)".to_owned(),
        |name| text::quoted(&text::visible(&name), VALUE),
    );
    format!("{} {name}", render_value(&json!(id))).trim().to_owned()
}

/// The names of what is given by its id alone.
async fn names(work: &Work<'_>, part: &str, added: &[&Value]) -> Result<BTreeMap<ObjectId, String>, Error> {
    let nameless = |one: &&&Value| text_at(one, "name").is_empty();
    let ids: Vec<ObjectId> =
        added.iter().filter(nameless).filter_map(|one| ObjectId::at(one, "id")).collect();
    let mut names = BTreeMap::new();
    let Some((_, lists)) = NAMES.iter().find(|(known, _)| *known == part).filter(|_| !ids.is_empty()) else {
        return Ok(names);
    };
    for list in *lists {
        let fields: Map<String, Value> = Map::new();
        let wanted = [
            "id",
            "groupId",
            "mobileDeviceId",
            "name",
            "groupName",
            "general.name",
            "displayName",
            "general.displayName",
        ];
        // A role that may not read them: then the id has to do.
        let found = match work.rows(list, Value::Object(fields), &wanted).await {
            Ok(found) => found,
            Err(error) if error.is_of_jamf() => continue,
            Err(error) => return Err(error),
        };
        for row in &found.rows {
            let first =
                |paths: &[&str]| paths.iter().map(|path| text_at(row, path)).find(|text| !text.is_empty());
            let id = first(&["id", "groupId", "mobileDeviceId"]).and_then(|id| ObjectId::parse(&id));
            if let Some(id) = id.filter(|id| ids.contains(id))
                && let Some(name) =
                    first(&["name", "groupName", "general.name", "displayName", "general.displayName"])
            {
                names.insert(id, name);
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_the_same_by_their_ids() {
        assert!(is_same(&json!({ "id": 6 }), &json!({ "id": "6", "name": "Firewall off" })));
        assert!(!is_same(&json!({ "id": 6 }), &json!({ "id": "7" })));
        assert!(is_same(&json!({ "name": "anna" }), &json!({ "name": "anna" })));
        assert!(!is_same(&json!({}), &json!({})));
    }

    #[test]
    fn an_entry_is_told_by_its_name() {
        let names = BTreeMap::from([(ObjectId::Number(6), "Firewall off".to_owned())]);
        assert_eq!(describe_entry(&json!({ "id": 6 }), &names), "6 \"Firewall off\"");
        assert_eq!(describe_entry(&json!({ "id": 7 }), &names), "7 (no such object is known)");
        assert_eq!(describe_entry(&json!({ "name": "anna" }), &names), "\"anna\"");
    }
}
