//! Objects that only the Classic API has: lists, reads by what names them, creates, updates and deletes, by the facts alone.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Context, Reply, body, devices, directory, ids, pages, references, render, subset, text, type_of,
    write_answer, xml,
};
use crate::{
    classic::facts::{Operation, Shape, Type},
    exchange::Answer,
    inventory::Kind,
    pro::groups as pro_groups,
    store::{Sight, id_text, merge, set},
};

/// Where the objects of a path are in the store.
pub(super) fn store_name(path: &str) -> &str {
    match path {
        "osxconfigurationprofiles" => "osx_configuration_profiles",
        "mobiledeviceconfigurationprofiles" => "mobile_device_configuration_profiles",
        path => path,
    }
}

/// Families whose objects may share a name, or have none.
const UNNAMED: &[&str] =
    &["computerinvitations", "mobiledeviceinvitations", "peripherals", "mobiledeviceprovisioningprofiles"];

/// Answer a path of one of the families.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let Some((family, rest)) = parts.split_first() else { return Err(pages::not_found()) };
    let of = type_of(operation)?;
    match (context.call.method.as_str(), rest) {
        ("GET", []) => Ok(list(context, family, of, |_| true)),
        ("GET", ["category", category]) => Ok(list(context, family, of, |object| {
            let own = |name: &str| {
                object.pointer(&format!("/general/category/{name}")).map(id_text).unwrap_or_default()
            };
            own("id") == **category || own("name").eq_ignore_ascii_case(category)
        })),
        ("GET", ["softwaretitleconfig", "id", title]) => Ok(list(context, family, of, |object| {
            object.get("software_title_configuration_id").map(id_text).as_deref() == Some(*title)
        })),
        ("GET", ["createdBy", by]) => Ok(list(context, family, of, |_| *by == "jss")),
        ("GET", ["bundleid", bundle, "version", version]) => {
            let object = find(context, family, of, "bundleid", bundle)?;
            match object.pointer("/general/version").and_then(Value::as_str) == Some(*version) {
                true => Ok(render(context.call, of, object)),
                false => Err(pages::not_found()),
            }
        }
        ("GET", [key, value]) => {
            let object = of.shape.fill_in(find(context, family, of, key, value)?.clone());
            Ok(render(context.call, of, &object))
        }
        ("GET", [key, value, "subset", names]) => {
            let object = of.shape.fill_in(find(context, family, of, key, value)?.clone());
            Ok(render(context.call, of, &subset(&object, names)))
        }
        ("POST", ["softwaretitleconfig", "id", title]) => {
            let extra = json!({"software_title_configuration_id": title.parse::<u64>().unwrap_or(0)});
            create(context, family, of, &extra)
        }
        ("POST", [_, _]) => create(context, family, of, &json!({})),
        ("PUT", [key, value]) => replace(context, family, of, key, value),
        ("DELETE", [key, value]) => delete(context, family, of, key, value),
        _ => Err(pages::not_found()),
    }
}

/// The saved searches for computers by their older name; those for other things have ids of their own, which would be taken for these.
pub(super) fn saved_searches(
    context: &mut Context<'_>,
    operation: &'static Operation,
    parts: &[&str],
) -> Reply {
    let of = type_of(operation)?;
    let kept = "advancedcomputersearches";
    let told = |object: &Value| {
        let mut told = object.clone();
        set(&mut told, "type", json!("Computers"));
        told
    };
    match parts {
        [_] => {
            let all = context.store.objects(kept, context.sight).into_iter();
            Ok(render(context.call, of, &all.map(|object| row(&told(object), &of.shape)).collect()))
        }
        [_, key, value] => {
            let object = of.shape.fill_in(told(find(context, kept, of, key, value)?));
            Ok(render(context.call, of, &object))
        }
        _ => Err(pages::not_found()),
    }
}

/// The section that id and name are in.
fn head<'v>(of: &Type, object: &'v Value) -> &'v Value {
    match of.head() {
        "" => object,
        section => object.get(section).unwrap_or(&Value::Null),
    }
}

/// The id of an object.
fn id_of(of: &Type, object: &Value) -> String {
    head(of, object).get("id").map(id_text).unwrap_or_default()
}

/// A list: of each object what the rows of its type have.
fn list(context: &Context<'_>, family: &str, of: &Type, wanted: impl Fn(&Value) -> bool) -> Answer {
    let objects = context.store.objects(store_name(family), context.sight).into_iter().filter(|o| wanted(o));
    let row = |object: &Value| row(object, &of.shape);
    render(context.call, of, &objects.map(row).collect())
}

/// One row of a list, out of the object or its sections.
pub(super) fn row(object: &Value, list: &Shape) -> Value {
    let Shape::List(list) = list else { return object.clone() };
    let sections = || object.as_object().into_iter().flat_map(Map::values).filter(|v| v.is_object());
    let field = |name: &str| object.get(name).or_else(|| sections().find_map(|section| section.get(name)));
    let shown = |name: &str| {
        let shape = list.shape.field(name)?;
        Some((name.to_owned(), field(name).cloned().unwrap_or_else(|| shape.default())))
    };
    list.shape.names().filter_map(shown).collect()
}

/// The object that a key of a path names.
fn find<'s>(
    context: &'s Context<'_>,
    family: &str,
    of: &Type,
    key: &str,
    value: &str,
) -> Result<&'s Value, Answer> {
    let objects = context.store.objects(store_name(family), context.sight);
    let field = match key {
        "bundleid" => "bundle_id",
        // An invitation has no other name than its number.
        "name" if family.ends_with("invitations") && family != "vppinvitations" => "invitation",
        key => key,
    };
    let same = |object: &&Value| {
        let own = head(of, object).get(field).or_else(|| object.get(field)).map(id_text).unwrap_or_default();
        if key == "id" { own == value } else { own.eq_ignore_ascii_case(value) }
    };
    objects.into_iter().find(same).ok_or_else(pages::not_found)
}

/// The body, with what it refers to filled in.
fn settle(context: &mut Context<'_>, family: &str, of: &Type, own_id: Option<&str>) -> Result<Value, Answer> {
    let mut given = body(context.call, of)?;
    let name = text(head(of, &given), "name").to_owned();
    if !name.is_empty() && !UNNAMED.contains(&family) {
        let everything = Sight { pinned: true, ..context.sight };
        let same = |object: &&Value| {
            text(head(of, object), "name").eq_ignore_ascii_case(&name)
                && own_id != Some(id_of(of, object).as_str())
        };
        if context.store.objects(store_name(family), everything).iter().any(same) {
            return Err(pages::conflict("Duplicate name"));
        }
    }
    if let Some(payload) = given.pointer_mut("/general/payloads")
        && let Some(text) = payload.as_str()
    {
        // Decoded once more than it should be, as the real server does.
        *payload = json!(xml::without_sections(&xml::decoded_again(text)));
    }
    references::settle(context, &mut given, &of.shape)?;
    if family == "usergroups" {
        let own = own_id.and_then(|id| find(context, family, of, "id", id).ok()).cloned();
        directory::members(context, own.as_ref(), &mut given)?;
    }
    Ok(given)
}

/// Sections that a write merges into what is there; every other is replaced whole.
const MERGED: &[&str] = &["general", "connection", "location", "purchasing"];

/// The computers that a search finds are worked out, whatever a body says.
fn fill_members(context: &mut Context<'_>, family: &str, object: &mut Value) {
    if family != "advancedcomputersearches" {
        return;
    }
    let criteria = references::criteria(object.get("criteria"), true);
    let call = context.call;
    let ids = pro_groups::members_by_criteria(&context.pro(call), Kind::Computers, &criteria);
    let rows = ids.iter().filter_map(|id| devices::row_of(context, Kind::Computers, "id", id));
    let row = |at: usize| {
        let of = devices::names(context, Kind::Computers, at);
        json!({"id": of.id, "name": of.name, "udid": of.udid, "Computer_Name": of.name})
    };
    let rows: Value = rows.map(row).collect();
    set(object, "computers", rows);
}

/// Put what was given over what was there.
fn over(of: &Type, mut object: Value, given: &Value) -> Value {
    for (name, value) in given.as_object().into_iter().flatten() {
        let Some(shape) = of.shape.field(name) else { continue };
        let before = object.get(name).filter(|before| before.is_object() && MERGED.contains(&name.as_str()));
        let mut fresh = before.cloned().unwrap_or_else(|| shape.default());
        merge(&mut fresh, value);
        set(&mut object, name, shape.fill_in(fresh));
    }
    object
}

fn put_id(of: &Type, object: &mut Value, id: &Value) {
    match of.head() {
        "" => set(object, "id", id.clone()),
        section => merge(object, &json!({section: {"id": id}})),
    }
}

fn create(context: &mut Context<'_>, family: &str, of: &Type, extra: &Value) -> Reply {
    let given = settle(context, family, of, None)?;
    let top = head(of, &given);
    let named = of.shape.field("name").or_else(|| of.shape.field(of.head())?.field("name")).is_some();
    let mut needed = of.needed.clone();
    if named && !UNNAMED.contains(&family) && !needed.iter().any(|n| n == "name") {
        needed.insert(0, "name".to_owned());
    }
    // One reason at a time.
    if let Some(missing) = needed.iter().find(|name| text(top, name).trim().is_empty()) {
        let mut word = missing.replace('_', " ");
        word.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        return Err(pages::conflict(&format!("{word} is required")));
    }
    let next = context.store.family(store_name(family)).next_id();
    let mut object = over(of, of.shape.default(), &given);
    merge(&mut object, extra);
    fresh(&mut object, of, next);
    fill_members(context, family, &mut object);
    let id = if family == "sites" { json!(next.to_string()) } else { json!(next) };
    put_id(of, &mut object, &id);
    let id = context.store.family(store_name(family)).insert(object);
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

/// What a server adds to a new object.
fn fresh(object: &mut Value, of: &Type, id: u64) {
    let invitation = format!("2{:037}", u128::from(id) * 7_919_000_000_000_000_003_u128);
    if of.shape.field("invitation").is_some() {
        set(object, "invitation", json!(invitation));
    }
    let general = of.shape.field("general");
    let lacks = |name: &str, object: &Value| {
        general.is_some_and(|general| general.field(name).is_some())
            && object.pointer(&format!("/general/{name}")).is_none_or(|v| *v == json!("") || *v == json!(0))
    };
    if lacks("invitation", object) {
        merge(object, &json!({"general": {"invitation": invitation}}));
    }
    for name in ["uuid", "udid"] {
        if lacks(name, object) {
            merge(object, &json!({"general": {name: uuid(id, name)}}));
        }
    }
}

/// A UUID for something that was created.
fn uuid(id: u64, word: &str) -> String {
    let hash = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (word.len() as u64);
    format!("{:08X}-{:04X}-4000-A000-{id:012X}", hash >> 32, (hash >> 16) & 0xffff)
}

/// Every save decodes a payload that stays, too; what that has broken can never be saved again.
fn save_payload(before: &Value, given: &mut Value) -> Result<(), Answer> {
    let Some(stored) = before.pointer("/general/payloads").and_then(Value::as_str) else { return Ok(()) };
    if xml::has_bare_ampersand(stored) {
        return Err(pages::conflict("Unable to update the database"));
    }
    let decoded = xml::decoded_again(stored);
    if decoded != stored && given.pointer("/general/payloads").is_none() {
        merge(given, &json!({"general": {"payloads": decoded}}));
    }
    Ok(())
}

fn replace(context: &mut Context<'_>, family: &str, of: &Type, key: &str, value: &str) -> Reply {
    let before = find(context, family, of, key, value)?.clone();
    let id = id_of(of, &before);
    let stored = head(of, &before).get("id").cloned().unwrap_or_default();
    let mut given = settle(context, family, of, Some(&id))?;
    save_payload(&before, &mut given)?;
    let mut object = over(of, before, &given);
    if given.get("criteria").is_some() || given.get("computers").is_some() {
        fill_members(context, family, &mut object);
    }
    put_id(of, &mut object, &stored);
    if let Some(place) = context.store.family(store_name(family)).object(&id) {
        place.value = object;
    }
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

fn delete(context: &mut Context<'_>, family: &str, of: &Type, key: &str, value: &str) -> Reply {
    let values = if key == "id" { ids(value) } else { vec![value.to_owned()] };
    let found: Result<Vec<String>, Answer> = values
        .iter()
        .map(|value| find(context, family, of, key, value).map(|object| id_of(of, object)))
        .collect();
    let found = found?;
    for id in &found {
        context.store.family(store_name(family)).remove(id);
    }
    Ok(write_answer(&of.root, &found, StatusCode::OK))
}
