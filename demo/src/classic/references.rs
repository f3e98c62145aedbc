//! What objects refer to: categories, sites, and the devices, groups, places and people of scopes, filled in or refused; and what
//! the server drops from a scope without a word.

use serde_json::{Map, Value, json};

use super::{Context, devices, pages, text, translated};
use crate::{
    classic::facts::Shape,
    exchange::Answer,
    fleet::directory,
    inventory::Kind,
    store::{id_text, set},
};

/// Lists of a scope: their name, where the objects are, and what an error calls one.
const LISTS: &[(&str, &str, &str)] = &[
    ("computer_groups", "computer_groups", "computer group"),
    ("mobile_device_groups", "mobile_device_groups", "mobile device group"),
    ("buildings", "buildings", "building"),
    ("departments", "departments", "department"),
    ("network_segments", "networksegments", "network segment"),
    ("ibeacons", "ibeacons", "iBeacon"),
    ("classes", "classes", "class"),
    ("jss_users", "users", "user"),
    ("jss_user_groups", "usergroups", "user group"),
];

/// Targets that give way to "all".
const BY_DEVICE: &[&str] =
    &["computers", "computer_groups", "mobile_devices", "mobile_device_groups", "buildings", "departments"];

/// Fill in and check what a body refers to.
pub(super) fn settle(context: &mut Context<'_>, given: &mut Value, shape: &Shape) -> Result<(), Answer> {
    for section in ["", "/general"] {
        let has = |name: &str| {
            let of = if section.is_empty() { Some(shape) } else { shape.field("general") };
            of.and_then(|of| of.field(name)).is_some_and(|field| field.field("id").is_some())
        };
        if has("category") {
            settle_reference(
                context,
                given,
                &format!("{section}/category"),
                "categories",
                "No category assigned",
            )?;
        }
        if has("site") {
            settle_reference(context, given, &format!("{section}/site"), "sites", "None")?;
        }
    }
    if let Some(scope) = given.get_mut("scope") {
        settle_scope(context, scope)?;
    }
    if let Some(location) = given.get_mut("location") {
        settle_location(context, location)?;
    }
    parts(context, given)?;
    drop_unplaced(given);
    Ok(())
}

/// One reference to an object by id or name; empty means none.
fn settle_reference(
    context: &mut Context<'_>,
    given: &mut Value,
    at: &str,
    family: &str,
    none: &str,
) -> Result<(), Answer> {
    let Some(reference) = given.pointer_mut(at) else { return Ok(()) };
    let is_none = |value: &Value| {
        ["", "-1", "0"].contains(&id_text(value).as_str()) || value.as_str().is_some_and(|v| v == none)
    };
    let empty = reference.as_object().is_none_or(|fields| fields.values().all(is_none));
    let noun = if family == "sites" { "site" } else { "category" };
    *reference =
        if empty { json!({"id": -1, "name": none}) } else { find_match(context, family, noun, reference)? };
    Ok(())
}

/// Fill a reference in by its id, or by its name where there is no id.
pub(super) fn find_match(
    context: &mut Context<'_>,
    family: &str,
    noun: &str,
    reference: &Value,
) -> Result<Value, Answer> {
    let by_id = reference.get("id").filter(|id| **id != json!(0)).map(id_text);
    let by_name = text(reference, "name");
    let objects = translated::objects(context, family);
    let same = |object: &&Value| match &by_id {
        Some(id) => object.get("id").map(id_text).as_ref() == Some(id),
        None => name_of(object) == by_name,
    };
    let found = objects.into_iter().find(same).ok_or_else(|| pages::unmatched(noun))?;
    let id: u64 = found.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
    Ok(json!({"id": id, "name": name_of(found)}))
}

/// The name of an object of either API.
pub(super) fn name_of(object: &Value) -> &str {
    let names = ["name", "username", "packageName"];
    names.iter().find_map(|name| object.get(*name)?.as_str()).unwrap_or_default()
}

/// Names filled in, and what the server drops from a scope dropped.
fn settle_scope(context: &mut Context<'_>, scope: &mut Value) -> Result<(), Answer> {
    for (place, word) in [("", ""), ("/limitations", ""), ("/exclusions", "excluded ")] {
        for (list, family, noun) in LISTS {
            for row in rows(scope, &format!("{place}/{list}")) {
                *row = find_match(context, family, &format!("{word}{noun}"), row)?;
            }
        }
        for row in rows(scope, &format!("{place}/user_groups")).filter(|row| row.is_object()) {
            // Groups of directories are taken by their names alone.
            if row.get("id").is_some() {
                return Err(pages::unmatched(&format!("{word}directory group")));
            }
            if let Some(id) = directory::group_id(text(row, "name")) {
                set(row, "id", id);
            }
        }
        for (list, kind, noun) in [
            ("computers", Kind::Computers, "computer"),
            ("mobile_devices", Kind::MobileDevices, "mobile device"),
        ] {
            for row in rows(scope, &format!("{place}/{list}")) {
                let at = devices::find_match(context, kind, row);
                let at = at.ok_or_else(|| pages::unmatched(&format!("{word}{noun}")))?;
                *row = devices::target(context, kind, at);
            }
        }
    }
    let flag = |name: &str| scope.get(name).and_then(Value::as_bool).unwrap_or_default();
    if flag("all_computers") || flag("all_mobile_devices") {
        for list in BY_DEVICE {
            if let Some(rows) = scope.get_mut(*list) {
                *rows = json!([]);
            }
        }
    }
    Ok(())
}

fn rows<'v>(value: &'v mut Value, at: &str) -> impl Iterator<Item = &'v mut Value> {
    value.pointer_mut(at).and_then(Value::as_array_mut).into_iter().flatten()
}

/// A location's building and department must be there.
fn settle_location(context: &mut Context<'_>, location: &mut Value) -> Result<(), Answer> {
    for (field, family) in [("building", "buildings"), ("department", "departments")] {
        let name = text(location, field).to_owned();
        if !name.is_empty() {
            find_match(context, family, field, &json!({"name": name}))?;
        }
    }
    Ok(())
}

/// What a policy runs and installs.
fn parts(context: &mut Context<'_>, given: &mut Value) -> Result<(), Answer> {
    for (at, family, noun) in [
        ("/package_configuration/packages", "packages", "package"),
        ("/scripts", "scripts", "script"),
        ("/printers", "printers", "printer"),
        ("/dock_items", "dockitems", "dock item"),
        ("/account_maintenance/directory_bindings", "directorybindings", "directory binding"),
    ] {
        for row in rows(given, at) {
            let found = find_match(context, family, noun, row)?;
            for (name, value) in found.as_object().into_iter().flatten() {
                set(row, name, value.clone());
            }
        }
    }
    Ok(())
}

/// A Self Service category that does not say whether it is displayed is not kept.
fn drop_unplaced(given: &mut Value) {
    let categories = given.pointer_mut("/self_service/self_service_categories").and_then(Value::as_array_mut);
    if let Some(categories) = categories {
        categories.retain(|category| category.get("display_in").is_some());
    }
}

/// Names of a location's places, as a record of the Jamf Pro API has their ids.
pub(super) fn place(context: &mut Context<'_>, family: &str, id: &Value) -> String {
    let id = id_text(id);
    let objects = translated::objects(context, family);
    let found = objects.into_iter().find(|object| object.get("id").map(id_text) == Some(id.clone()));
    found.map(name_of).unwrap_or_default().to_owned()
}

/// The id of a place by its name; `-1` when there is none.
pub(super) fn place_id(context: &mut Context<'_>, family: &str, name: &str) -> String {
    let objects = translated::objects(context, family);
    let found = objects.into_iter().find(|object| name_of(object).eq_ignore_ascii_case(name));
    found.and_then(|object| object.get("id")).map_or_else(|| "-1".to_owned(), id_text)
}

/// A site as the Classic API shows it, by the id that the Jamf Pro API has.
pub(super) fn site(context: &mut Context<'_>, id: &Value) -> Value {
    let name = place(context, "sites", id);
    let number: i64 = id_text(id).parse().unwrap_or(-1);
    if name.is_empty() { json!({"id": -1, "name": "None"}) } else { json!({"id": number, "name": name}) }
}

/// The criteria of a group or search, from one API's words to the other's.
pub(super) fn criteria(rows: Option<&Value>, to_pro: bool) -> Value {
    const NAMES: [(&str, &str); 7] = [
        ("name", "name"),
        ("priority", "priority"),
        ("and_or", "andOr"),
        ("search_type", "searchType"),
        ("value", "value"),
        ("opening_paren", "openingParen"),
        ("closing_paren", "closingParen"),
    ];
    let row = |row: &Value| {
        let fields = NAMES.iter().map(|(classic, pro)| if to_pro { (classic, pro) } else { (pro, classic) });
        let made: Map<String, Value> =
            fields.filter_map(|(from, to)| Some(((*to).to_owned(), row.get(*from)?.clone()))).collect();
        Value::Object(made)
    };
    rows.and_then(Value::as_array).into_iter().flatten().map(row).collect()
}
