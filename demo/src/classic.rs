//! The Classic API below `/JSSResource`: unpaged lists, objects in JSON or XML, writes in XML with all the silence
//! of the real one (unknown elements dropped, odd values defaulted, scopes replaced whole).

mod pages;
mod shape;
mod xml;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    auth::{Auth, forbidden},
    exchange::{Answer, Call},
    store::{Sight, Store, id_text, merge},
};
use shape::{FAMILIES, Family, Shape};

/// What a handler works with.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) call: &'a Call,
    pub(crate) auth: &'a Auth,
    pub(crate) sight: Sight,
}

type Reply = Result<Answer, Answer>;

/// Answer a call whose token is good.
pub(crate) fn answer(context: &mut Context<'_>) -> Answer {
    routed(context).unwrap_or_else(|error| error)
}

fn routed(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let [path, rest @ ..] = parts.as_slice() else { return Err(pages::not_found()) };
    let family = FAMILIES.iter().find(|f| f.path == *path).ok_or_else(pages::not_found)?;
    let verb = match call.method.as_str() {
        "GET" => "Read",
        "POST" => "Create",
        "PUT" => "Update",
        "DELETE" => "Delete",
        _ => return Err(pages::error(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed")),
    };
    if !context.auth.allows(&[&format!("{verb} {}", family.noun)]) {
        return Err(forbidden(true));
    }
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok(list(context, family, |_| true)),
        ("GET", ["category", category]) if family.path == "policies" => Ok(list(context, family, |object| {
            let own = |name: &str| {
                object.pointer(&format!("/general/category/{name}")).map(id_text).unwrap_or_default()
            };
            own("id") == **category || own("name").eq_ignore_ascii_case(category)
        })),
        ("GET", ["createdBy", by]) if family.path == "policies" => {
            Ok(list(context, family, |_| *by == "jss"))
        }
        ("GET", [key @ ("id" | "name"), value]) => read(context, family, key, value, None),
        ("GET", [key @ ("id" | "name"), value, "subset", subset]) => {
            read(context, family, key, value, Some(subset))
        }
        ("POST", ["id", _]) => create(context, family),
        ("PUT", ["id", id]) => replace(context, family, id),
        ("DELETE", ["id", id]) => {
            find(context, family, "id", id)?;
            context.store.family(family.name).remove(id);
            Ok(written(family, id, StatusCode::OK))
        }
        _ => Err(pages::not_found()),
    }
}

fn general<'v>(object: &'v Value, name: &str) -> &'v Value {
    object.pointer("/general").and_then(|g| g.get(name)).unwrap_or(&Value::Null)
}

fn number(object: &Value) -> u64 {
    id_text(general(object, "id")).parse().unwrap_or(0)
}

/// JSON where the client asks for it, XML otherwise.
fn shown(call: &Call, root: &str, value: &Value) -> Answer {
    if call.header("accept").contains("json") {
        return Answer::of(
            StatusCode::OK,
            "application/json;charset=UTF-8",
            json!({root: value}).to_string(),
        );
    }
    Answer::of(StatusCode::OK, "application/xml;charset=UTF-8", xml::write(root, value))
}

fn list(context: &Context<'_>, family: &Family, wanted: impl Fn(&Value) -> bool) -> Answer {
    let objects = context.store.objects(family.name, context.sight).into_iter().filter(|o| wanted(o));
    let rows: Vec<Value> = objects.map(|o| json!({"id": number(o), "name": general(o, "name")})).collect();
    shown(context.call, family.plural, &json!(rows))
}

fn find<'s>(context: &'s Context<'_>, family: &Family, key: &str, value: &str) -> Result<&'s Value, Answer> {
    let objects = context.store.objects(family.name, context.sight);
    let same = |object: &&Value| match key {
        "id" => number(object).to_string() == value,
        _ => general(object, "name").as_str().is_some_and(|name| name.eq_ignore_ascii_case(value)),
    };
    objects.into_iter().find(same).ok_or_else(pages::not_found)
}

fn read(context: &Context<'_>, family: &Family, key: &str, value: &str, subset: Option<&str>) -> Reply {
    let object = find(context, family, key, value)?;
    let Some(subset) = subset else { return Ok(shown(context.call, family.singular, object)) };
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let names: Vec<String> = subset.split('&').map(plain).collect();
    let sections = object.as_object().into_iter().flatten().filter(|(name, _)| names.contains(&plain(name)));
    let chosen: Map<String, Value> = sections.map(|(n, v)| (n.clone(), v.clone())).collect();
    Ok(shown(context.call, family.singular, &Value::Object(chosen)))
}

/// What a write answers: XML with the id, whatever was asked for.
fn written(family: &Family, id: &str, status: StatusCode) -> Answer {
    let root = family.singular;
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{root}><id>{id}</id></{root}>");
    Answer::of(status, "application/xml;charset=UTF-8", body)
}

/// The sections of the body that the family knows, checked against the other objects of the tenant.
fn body(context: &Context<'_>, family: &Family, own_id: Option<&str>) -> Result<Value, Answer> {
    if !context.call.header("content-type").contains("xml") {
        return Err(pages::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The request entity has an unsupported media type",
        ));
    }
    let text = String::from_utf8_lossy(&context.call.body);
    let bad = || pages::error(StatusCode::BAD_REQUEST, "The request could not be understood by the server");
    let mut given = xml::read(&text, family.singular, &Shape::Object(family.sections)).ok_or_else(bad)?;
    if let Some(name) = given.pointer("/general/name").and_then(Value::as_str) {
        let same = |o: &&Value| {
            general(o, "name").as_str().is_some_and(|n| n.eq_ignore_ascii_case(name))
                && own_id != Some(&number(o).to_string())
        };
        let everything = Sight { pinned: true, ..context.sight };
        if context.store.objects(family.name, everything).iter().any(same) {
            return Err(pages::conflict("Duplicate name"));
        }
    }
    if let Some(payload) = given.pointer_mut("/general/payloads")
        && let Some(text) = payload.as_str()
    {
        // Decoded once more than it should be, as the real server does.
        *payload = json!(xml::decoded_again(text));
    }
    resolve_category(context, &mut given)?;
    if let Some(scope) = given.get_mut("scope") {
        settle_scope(context, scope)?;
    }
    Ok(given)
}

fn resolve_category(context: &Context<'_>, given: &mut Value) -> Result<(), Answer> {
    let Some(category) = given.pointer_mut("/general/category") else { return Ok(()) };
    let none = json!({"id": -1, "name": "No category assigned"});
    let empty = category.as_object().is_none_or(|c| c.values().all(|v| *v == json!("") || *v == json!(-1)));
    *category = if empty { none } else { matched(context, "categories", "category", category)? };
    Ok(())
}

/// Fill a reference in by its id, or by its name where there is no id.
fn matched(context: &Context<'_>, name: &str, noun: &str, reference: &Value) -> Result<Value, Answer> {
    let by_id = reference.get("id").filter(|id| **id != json!(0)).map(id_text);
    let by_name = reference.get("name").and_then(Value::as_str).unwrap_or_default();
    let objects = context.store.objects(name, context.sight);
    let same = |object: &&&Value| match &by_id {
        Some(id) => object.get("id").map(id_text).as_ref() == Some(id),
        None => object.get("name").and_then(Value::as_str) == Some(by_name),
    };
    let found =
        objects.iter().find(same).ok_or_else(|| pages::conflict(&format!("Unable to match {noun}")))?;
    let id: u64 = found.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
    Ok(json!({"id": id, "name": found.get("name")}))
}

/// Names filled in, and what the server drops from a scope dropped.
fn settle_scope(context: &Context<'_>, scope: &mut Value) -> Result<(), Answer> {
    for (list, name, noun) in [
        ("computer_groups", "computer_groups", "computer group"),
        ("mobile_device_groups", "mobile_device_groups", "mobile device group"),
        ("buildings", "buildings", "building"),
        ("departments", "departments", "department"),
    ] {
        for (place, word) in [("", ""), ("/exclusions", "excluded ")] {
            let Some(rows) = scope.pointer_mut(&format!("{place}/{list}")).and_then(Value::as_array_mut)
            else {
                continue;
            };
            for row in rows {
                *row = matched(context, name, &format!("{word}{noun}"), row)?;
            }
        }
    }
    let flag = |name: &str| scope.get(name).and_then(Value::as_bool).unwrap_or_default();
    if flag("all_computers") || flag("all_mobile_devices") {
        for list in [
            "computers",
            "computer_groups",
            "mobile_devices",
            "mobile_device_groups",
            "buildings",
            "departments",
        ] {
            if let Some(rows) = scope.get_mut(list) {
                *rows = json!([]);
            }
        }
    }
    Ok(())
}

/// Put the sections that were given over those that were there: general merges, every other is replaced whole.
fn over(family: &Family, mut object: Value, given: &Value) -> Value {
    for (name, shape) in family.sections {
        let Some(section) = given.get(*name) else { continue };
        let mut fresh = shape.default();
        if *name == "general" {
            fresh = general_of(&object, fresh);
        }
        merge(&mut fresh, section);
        if let Some(fields) = object.as_object_mut() {
            fields.insert((*name).to_owned(), fresh);
        }
    }
    object
}

fn general_of(object: &Value, default: Value) -> Value {
    object.get("general").filter(|g| g.is_object()).cloned().unwrap_or(default)
}

fn create(context: &mut Context<'_>, family: &Family) -> Reply {
    let given = body(context, family, None)?;
    if general(&given, "name").as_str().is_none_or(|name| name.trim().is_empty()) {
        return Err(pages::conflict("Name is required"));
    }
    let id = context.store.family(family.name).next_id();
    let mut object = over(family, Shape::Object(family.sections).default(), &given);
    merge(&mut object, &json!({"general": {"id": id}}));
    let id = context.store.family(family.name).insert(object);
    Ok(written(family, &id, StatusCode::CREATED))
}

fn replace(context: &mut Context<'_>, family: &Family, id: &str) -> Reply {
    let before = find(context, family, "id", id)?.clone();
    let given = body(context, family, Some(id))?;
    let mut object = over(family, before, &given);
    merge(&mut object, &json!({"general": {"id": id.parse::<u64>().unwrap_or(0)}}));
    if let Some(place) = context.store.family(family.name).object(id) {
        place.value = object;
    }
    Ok(written(family, id, StatusCode::CREATED))
}
