//! What depends on an extension attribute or a patch title: the groups and searches whose criteria name it.

use serde_json::{Value, json};

use super::Context;
use crate::{store::id_text, world};

/// The groups and searches that criteria can stand in: the name in the store, what Jamf calls them, and the page of one.
const OF_COMPUTERS: [(&str, &str, &str); 2] = [
    ("computer_groups", "Smart Computer Groups", "/smartComputerGroups.html"),
    ("advancedcomputersearches", "Advanced Computer Searches", "/advancedComputerSearches.html"),
];
const OF_MOBILE_DEVICES: [(&str, &str, &str); 2] = [
    ("mobile_device_groups", "Smart Device Groups", "/smartMobileDeviceGroups.html"),
    (
        "advanced-mobile-device-searches",
        "Advanced Mobile Device Searches",
        "/advancedMobileDeviceSearches.html",
    ),
];

/// The rows of a list of what depends on something, where the path is one.
pub(crate) fn rows(context: &Context<'_>, template: &str, path: &str) -> Option<Vec<Value>> {
    let words: Vec<&str> = path.split('/').collect();
    let id = words.get(words.len().checked_sub(2)?)?;
    let (_, rest) = template.split_once("/api/v")?;
    let (_, rest) = rest.split_once('/')?;
    match rest {
        "computer-extension-attributes/{}/data-dependency" => Some(dependents(
            context,
            &OF_COMPUTERS,
            &named(context, "computer-extension-attributes", "name", id)?,
        )),
        "mobile-device-extension-attributes/{}/data-dependency" => {
            let name = named(context, "mobile-device-extension-attributes", "name", id)?;
            Some(dependents(context, &OF_MOBILE_DEVICES, &name))
        }
        "patch-software-title-configurations/{}/dependencies" => {
            let name = named(context, "patch-software-title-configurations", "displayName", id)?;
            let criterion = format!("Patch Reporting: {name}");
            let groups = asking(context, "computer_groups", &criterion).into_iter();
            Some(
                groups
                    .map(|group| json!({"smartGroupId": group.get("id").map(id_text), "smartGroupName": group.get("name")}))
                    .collect(),
            )
        }
        _ => None,
    }
}

/// Objects as they are now, or as they were at the start.
fn objects(context: &Context<'_>, family: &str) -> Vec<Value> {
    for key in [format!("api/{family}"), family.to_owned()] {
        if context.store.has_family(&key) {
            return context.store.objects(&key, context.sight).into_iter().cloned().collect();
        }
    }
    world::rows(&context.store.fleet, family).unwrap_or_default()
}

fn named(context: &Context<'_>, family: &str, field: &str, id: &str) -> Option<String> {
    let all = objects(context, family);
    let found = all.iter().find(|object| object.get("id").map(id_text).as_deref() == Some(id))?;
    Some(found.get(field)?.as_str()?.to_owned())
}

/// The objects of a family with a criterion of that name.
fn asking(context: &Context<'_>, family: &str, criterion: &str) -> Vec<Value> {
    let asks = |object: &Value| {
        let rows = object.get("criteria").and_then(Value::as_array).into_iter().flatten();
        rows.filter_map(|row| row.get("name")?.as_str()).any(|name| name == criterion)
    };
    objects(context, family).into_iter().filter(asks).collect()
}

fn dependents(context: &Context<'_>, families: &[(&str, &str, &str)], criterion: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for (family, localized, page) in families {
        for object in asking(context, family, criterion) {
            let id: u64 = object.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
            all.push(json!({
                "id": all.len() + 1, "objectId": id, "nameLocalization": localized, "identifiableName": object.get("name"),
                "hyperlink": format!("{page}?id={id}&o=r"),
            }));
        }
    }
    all
}
