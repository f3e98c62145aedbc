//! Families without a handler of their own: what they answer follows from the shape of Jamf's answers. Objects are made when
//! a family is first asked for, and what is created, changed and deleted lasts as long as the process.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Context, Reply, choices, dependencies, files, patches, updates};
use crate::{
    exchange::Answer,
    paging::{CEILING, PageQuery},
    shapes::{self, Operation, Place},
    store::{Sight, id_text, merge, note, set},
    world,
};

/// Objects of a family that nothing is known of, before anybody creates one.
const AT_FIRST: usize = 3;

/// Records of what is known of devices before they enroll.
const PRELOAD: &str = "inventory-preload";

/// Answer a path by its shape.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let mut parts = call.parts();
    // What has paths without a version is answered as its first version.
    if parts.first() == Some(&PRELOAD) {
        parts.insert(0, "v1");
    }
    let (template, operation) =
        shapes::operation(call.method.as_str(), &parts).ok_or_else(Answer::no_path)?;
    let needed: Vec<&str> = operation.2.iter().map(String::as_str).collect();
    if !needed.is_empty() {
        context.needs(&needed)?;
    }
    // Decoded, but for what would end a segment.
    let segments: Vec<String> = call.segments.iter().map(|segment| segment.replace('/', "%2F")).collect();
    let place = Target::of(template, &format!("/api/{}", segments.join("/")));
    match call.method {
        Method::GET => read(context, operation, &place),
        Method::POST => post(context, operation, &place),
        Method::DELETE => delete(context, operation, &place),
        _ => change(context, operation, &place),
    }
}

/// What a path points at.
struct Target {
    template: &'static str,
    /// The path as asked, without what names the version.
    key: String,
    /// Template and path of the collection that the last segment is in, and the segment.
    parent: &'static str,
    parent_key: String,
    last: String,
    /// The last segment of the template is a placeholder.
    is_object: bool,
}

impl Target {
    fn of(template: &'static str, path: &str) -> Self {
        let key = without_version(path);
        let (parent, last_template) = template.rsplit_once('/').unwrap_or(("", template));
        let (parent_key, last) = key.rsplit_once('/').unwrap_or(("", &key));
        Self {
            template,
            parent,
            parent_key: parent_key.to_owned(),
            last: last.to_owned(),
            is_object: last_template == "{}",
            key,
        }
    }

    /// The word that says what its objects are.
    fn family(&self) -> &str {
        let of = if self.is_object { &self.parent_key } else { &self.key };
        of.rsplit('/').find(|word| !word.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or_default()
    }

    /// The objects that the path names: the noun of the family, in lower case without hyphens, and the id.
    fn objects(&self) -> Vec<(String, &str)> {
        let template = without_version(self.template);
        let words = template.split('/').zip(self.key.split('/'));
        let mut named = Vec::new();
        let mut family = "";
        for (word, own) in words {
            if word == "{}" {
                named.push((family.trim_end_matches('s').replace('-', ""), own));
            } else {
                family = own;
            }
        }
        named
    }

    /// Objects of the parent are kept one by one.
    fn in_collection(&self) -> bool {
        self.is_object && keeps_objects(self.parent)
    }
}

/// `/api/v2/things/7` and `/api/v3/things/7` are one thing.
fn without_version(path: &str) -> String {
    let mut words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    words.retain(|word| !(word.starts_with('v') && word.len() == 2 && *word != "v"));
    words.join("/")
}

/// A template whose objects can be listed or created, and read by id.
fn keeps_objects(template: &str) -> bool {
    let by_id = format!("{template}/{{}}");
    let any = |method| shapes::exactly(method, &by_id).is_some();
    let listed =
        shapes::exactly("GET", template).is_some_and(|operation| shapes::rows(&operation.1).is_some());
    (listed || shapes::exactly("POST", template).is_some()) && (any("GET") || any("DELETE") || any("PUT"))
}

/// The objects of a collection, made when it is first asked for.
pub(crate) fn collection<'a>(
    context: &'a mut Context<'_>,
    template: &str,
    key: &str,
) -> &'a mut crate::store::Collection {
    if !context.store.has_family(key) {
        let family =
            key.rsplit('/').find(|word| !word.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or_default();
        // What the fleet knows is shown in full, the rest is made up.
        let known: Vec<Value> = context.store.objects(family, context.sight).into_iter().cloned().collect();
        let described = world::rows(&context.store.fleet, &world::key(key));
        let made = |index| {
            let mut object = fresh(context, template, family, index);
            described.iter().flatten().nth(index).into_iter().for_each(|row| merge(&mut object, row));
            known.get(index).into_iter().for_each(|known| merge(&mut object, known));
            object
        };
        let unknown = if known.is_empty() { AT_FIRST } else { 0 };
        let at_first = described.as_ref().map_or(unknown, Vec::len);
        let made = (0..known.len().max(at_first)).map(made).collect();
        context.store.put_family(key, made);
    }
    context.store.family(key)
}

/// Patch policies as the Jamf Pro API lists them: the Classic API makes and deletes them.
fn patch_policies(context: &Context<'_>, shape: &'static Value) -> Vec<Value> {
    let policies = context.store.objects("patchpolicies", context.sight);
    let row = |(index, policy): (usize, &&Value)| {
        let at = |pointer: &str| policy.pointer(pointer).cloned().unwrap_or_default();
        let place = Place { fleet: &context.store.fleet, index, family: "patch-policies" };
        let mut row = shapes::sample(shape, place);
        let id = policy.get("id").or_else(|| policy.pointer("/general/id")).map(id_text);
        let known = json!({
            "id": id.unwrap_or_else(|| (index + 1).to_string()),
            "policyName": at("/general/name"),
            "policyDeploymentMethod": at("/general/distribution_method"),
            "policyEnabled": at("/general/enabled"),
            "policyTargetVersion": at("/general/target_version"),
            "softwareTitleConfigurationId": id_text(&at("/software_title_configuration_id")),
        });
        merge(&mut row, &known);
        row
    };
    policies.iter().enumerate().map(row).collect()
}

/// A new object with everything that its family's answers show.
fn fresh(context: &Context<'_>, template: &str, family: &str, index: usize) -> Value {
    let place = Place { fleet: &context.store.fleet, index, family };
    let mut object = Value::Object(Map::new());
    let by_id = format!("{template}/{{}}");
    let detail = shapes::exactly("GET", &by_id)
        .or_else(|| shapes::exactly("PUT", &by_id))
        .map(|operation| &operation.1);
    let row =
        shapes::exactly("GET", template).and_then(|operation| shapes::rows(&operation.1)).map(|(_, row)| row);
    for shape in [row, detail].into_iter().flatten().filter(|shape| shapes::fields(shape).is_some()) {
        merge(&mut object, &shapes::sample(shape, place));
    }
    if let Some(common) = world::object(&context.store.fleet, &world::key(&by_id)) {
        merge(&mut object, &common);
    }
    let has_number = [row, detail].into_iter().flatten().any(|shape| {
        shapes::fields(shape).and_then(|fields| fields.get("id")).is_some_and(|id| id == "integer")
    });
    let has_id = [row, detail]
        .into_iter()
        .flatten()
        .any(|shape| shapes::fields(shape).is_none_or(|fields| fields.contains_key("id")));
    if has_number {
        set(&mut object, "id", json!(index + 1));
    } else if has_id || (row.is_none() && detail.is_none()) {
        set(&mut object, "id", json!((index + 1).to_string()));
    }
    object
}

/// Something that exists once, or that a path makes up: as it was left, or as its shape says.
fn single(context: &mut Context<'_>, operation: &'static Operation, place: &Target) -> Value {
    if let Some(kept) = context.store.singles.get(&place.key) {
        return kept.clone();
    }
    let index = place.last.parse::<usize>().map_or(0, |number| number.saturating_sub(1));
    let known = patches::single(context, place.template, &place.key)
        .or_else(|| updates::single(context, place.template, &place.key))
        .or_else(|| choices::single(context, place.template, &place.key));
    if let Some(known) = known {
        return known;
    }
    let fleet = &context.store.fleet;
    let at = Place { fleet, index, family: place.family() };
    let mut value = shapes::sample(&operation.1, at);
    let described = [world::key(place.template), world::key(&place.key)];
    let described = described.iter().find_map(|key| world::object(fleet, key));
    described.into_iter().for_each(|described| merge(&mut value, &described));
    about(&mut value, &place.objects());
    value
}

/// Something that exists once, as reading its path shows it; null where there is no such path.
pub(super) fn singleton(context: &mut Context<'_>, path: &'static str) -> Value {
    let operation = shapes::exactly("GET", path);
    operation.map_or(Value::Null, |operation| single(context, operation, &Target::of(path, path)))
}

/// The rows of a list whose objects are not kept one by one.
fn rows(context: &Context<'_>, row: &'static Value, place: &Target) -> Vec<Value> {
    let known = context.store.kept_rows(&place.key);
    let known = known
        .or_else(|| patches::rows(context, place.template, &place.key))
        .or_else(|| dependencies::rows(context, place.template, &place.key))
        .or_else(|| updates::rows(context, place.template, &place.key))
        .or_else(|| choices::rows(context, place.template));
    if let Some(known) = known {
        return known;
    }
    let fleet = &context.store.fleet;
    let described = [world::key(&place.key), world::key(place.template)];
    let described = described.iter().find_map(|key| world::rows(fleet, key));
    let named = place.objects();
    let sampled = |index| shapes::sample(row, Place { fleet, index, family: place.family() });
    match described {
        Some(rows) => rows
            .into_iter()
            .enumerate()
            .map(|(index, described)| {
                let mut made = if described.is_object() { sampled(index) } else { Value::Null };
                merge(&mut made, &described);
                about(&mut made, &named);
                made
            })
            .collect(),
        None => {
            let made = (0..AT_FIRST).map(sampled).map(|mut made| {
                about(&mut made, &named);
                made
            });
            made.collect()
        }
    }
}

/// What is made up for a path is about what the path names: the ids in it are those of the path.
fn about(value: &mut Value, named: &[(String, &str)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| about(item, named)),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match (named.iter().find(|(noun, id)| is_id_of(name, noun, id)), &value) {
                    (Some((_, id)), Value::String(_)) => *value = json!(id),
                    (Some((_, id)), Value::Number(_)) => {
                        *value = id.parse::<u64>().map_or(json!(id), |id| json!(id))
                    }
                    _ => about(value, named),
                }
            }
        }
        _ => {}
    }
}

/// Whether a field such as `prestageId` is the id of a `computerprestage`; a UUID names a device by its management id too.
fn is_id_of(field: &str, noun: &str, id: &str) -> bool {
    let stem = field.strip_suffix("Id").filter(|stem| stem.len() > 3).map(str::to_lowercase);
    let is_management = ["clientManagementId", "managementId"].contains(&field);
    stem.is_some_and(|stem| noun.ends_with(&stem)) || (is_management && shapes::is_uuid(id))
}

/// The history of something as rows of a shape, newest first: what was noted since the start, and what happened before.
fn history(context: &mut Context<'_>, key: &str, shape: &'static Value) -> Vec<Value> {
    let of = key.trim_end_matches("/history");
    let is_new = of.rsplit_once('/').is_some_and(|(family, id)| {
        context.store.has_family(family)
            && context.store.family(family).object(id).is_some_and(|object| object.born.is_some())
    });
    let before = if is_new { Vec::new() } else { world::past(of) };
    let since = context.store.histories.get(key).cloned().unwrap_or_default();
    let mut rows = number_rows(before.into_iter().chain(since).collect());
    rows.reverse();
    let id = shapes::fields(shape).and_then(|fields| fields.get("id"));
    if id.is_some_and(|id| id == "string") {
        rows.iter_mut().for_each(|row| {
            let id = row.get("id").map(id_text).unwrap_or_default();
            set(row, "id", json!(id));
        });
    }
    rows
}

fn read(context: &mut Context<'_>, operation: &'static Operation, place: &Target) -> Reply {
    if let Some(media_type) = operation.media_type() {
        return file(context, media_type, place);
    }
    parent_exists(context, place)?;
    if place.template.ends_with("/history") {
        let row = shapes::rows(&operation.1).map_or(&Value::Null, |(_, row)| row);
        let rows = history(context, &place.key, row);
        return Ok(PageQuery::read(context.call, CEILING)?.answer(rows.iter().collect()));
    }
    if place.in_collection() && !updates::is_list(place.template) {
        let object = collection(context, place.parent, &place.parent_key).object(&place.last);
        return object.map(|object| Answer::ok(&object.value)).ok_or_else(|| Answer::no_such(&place.last));
    }
    let Some((at, row)) = shapes::rows(&operation.1) else {
        let value = single(context, operation, place);
        return Ok(Answer::json(status(operation), &value));
    };
    let rows: Vec<Value> = if place.template.ends_with("/patch-policies") {
        patch_policies(context, row)
    } else if keeps_objects(place.template) {
        let sight = context.sight;
        collection(context, place.template, &place.key).values(sight).into_iter().cloned().collect()
    } else {
        rows(context, row, place)
    };
    let (page, total) = PageQuery::read(context.call, CEILING)?.apply(rows.iter().collect());
    let answer = match at {
        None => json!(rows),
        Some(name)
            if shapes::fields(&operation.1).is_some_and(|fields| fields.contains_key("totalCount")) =>
        {
            json!({"totalCount": total, name: page})
        }
        Some(name) => json!({name: rows}),
    };
    // Without a version it is a list of one page.
    let is_list_of_pages = context.call.parts().as_slice() == [PRELOAD];
    Ok(Answer::ok(&if is_list_of_pages { json!([answer]) } else { answer }))
}

/// An object that is not there has nothing below it either.
fn parent_exists(context: &mut Context<'_>, place: &Target) -> Result<(), Answer> {
    let words: Vec<&str> = place.template.split('/').collect();
    let Some(at) = words.iter().position(|word| *word == "{}").filter(|at| at + 1 < words.len()) else {
        return Ok(());
    };
    let template = words.get(..at).unwrap_or_default().join("/");
    let versions = words.get(2).is_some_and(|word| word.len() == 2 && word.starts_with('v'));
    let ids: Vec<&str> = place.key.split('/').collect();
    let end = if versions { at - 2 } else { at - 1 };
    let (Some(key), Some(id)) = (ids.get(..end), ids.get(end)) else { return Ok(()) };
    if keeps_objects(&template) && collection(context, &template, &key.join("/")).object(id).is_none() {
        return Err(Answer::no_such(id));
    }
    Ok(())
}

fn post(context: &mut Context<'_>, operation: &'static Operation, place: &Target) -> Reply {
    let body: Value = serde_json::from_slice(&context.call.body).unwrap_or_default();
    parent_exists(context, place)?;
    let word = place.template.rsplit('/').next().unwrap_or_default();
    match word {
        "history" => {
            let text = body.get("note").and_then(Value::as_str);
            let text = text.ok_or_else(|| Answer::bad_field("note", "The field is required"))?;
            let notes = context.store.histories.entry(place.key.clone()).or_default();
            notes.push(note(text, ""));
            let row = history(context, &place.key, &operation.1).into_iter().next().unwrap_or_default();
            if shapes::fields(&operation.1).is_some_and(|fields| fields.contains_key("href")) {
                return Ok(context.created(&row.get("id").map(id_text).unwrap_or_default()));
            }
            return Ok(Answer::json(status(operation), &row));
        }
        "delete-multiple" => return delete_several(context, &body, place),
        "export" => return file(context, "text/csv", place),
        _ => {}
    }
    if keeps_objects(place.template) {
        return create(context, operation, &body, place);
    }
    let mut value = single(context, operation, place);
    if let (Value::Object(given), Some(fields)) = (&body, shapes::fields(&operation.1)) {
        let known = given.iter().filter(|(name, _)| fields.contains_key(*name));
        merge(&mut value, &Value::Object(known.map(|(name, value)| (name.clone(), value.clone())).collect()));
        let at = Place { fleet: &context.store.fleet, index: 0, family: place.family() };
        shapes::complete(&operation.1, &mut value, at);
    }
    if operation.1.is_null() {
        return Ok(Answer::empty(status(operation)));
    }
    Ok(Answer::json(status(operation), &value))
}

fn create(context: &mut Context<'_>, operation: &'static Operation, body: &Value, place: &Target) -> Reply {
    let index = collection(context, place.template, &place.key).next_id();
    let index = usize::try_from(index).unwrap_or_default().saturating_sub(1);
    let mut object = fresh(context, place.template, place.family(), index);
    // A file says nothing of the object that it makes.
    if body.is_object() {
        merge(&mut object, body);
    }
    unlike_others(context, place.template, &place.key, None, &object)?;
    let id = context.store.family(&place.key).insert(object.clone());
    let whole = shapes::fields(&operation.1).is_some_and(|fields| !fields.contains_key("href"));
    Ok(if whole {
        Answer::json(status(operation), &object)
    } else {
        context.created(&id).of_status(status(operation))
    })
}

/// Names that an object may not share with another of its collection.
const NAMES: [&str; 3] = ["name", "displayName", "packageName"];

/// 400 for an object with the name of another one.
fn unlike_others(
    context: &mut Context<'_>,
    template: &str,
    key: &str,
    id: Option<&str>,
    object: &Value,
) -> Result<(), Answer> {
    let everything = Sight { pinned: true, ..context.sight };
    let others = collection(context, template, key).values(everything);
    let named = NAMES.iter().find_map(|name| Some((*name, object.get(*name)?.as_str()?)));
    let Some((field, name)) = named.filter(|(_, name)| !name.is_empty()) else { return Ok(()) };
    let same = |other: &&Value| {
        let text = other.get(field).and_then(Value::as_str).unwrap_or_default();
        text.eq_ignore_ascii_case(name) && other.get("id").map(id_text).as_deref() != id
    };
    if others.iter().any(same) {
        let text = "The field must be unique";
        return Err(Answer::error(StatusCode::BAD_REQUEST, "DUPLICATE_FIELD", text, Some(field)));
    }
    Ok(())
}

fn delete_several(context: &mut Context<'_>, body: &Value, place: &Target) -> Reply {
    let ids = body.get("ids").and_then(Value::as_array);
    let ids = ids.ok_or_else(|| Answer::bad_field("ids", "The field is required"))?;
    let ids: Vec<String> = ids.iter().map(id_text).collect();
    let objects = collection(context, place.parent, &place.parent_key);
    // All or nothing: an unknown id leaves the others in place.
    if let Some(unknown) = ids.iter().find(|id| objects.object(id).is_none()) {
        return Err(Answer::no_such(unknown));
    }
    for id in &ids {
        objects.remove(id);
    }
    Ok(Answer::no_content())
}

fn change(context: &mut Context<'_>, operation: &'static Operation, place: &Target) -> Reply {
    let body: Value = serde_json::from_slice(&context.call.body).unwrap_or_default();
    parent_exists(context, place)?;
    let value = if place.in_collection() {
        if collection(context, place.parent, &place.parent_key).object(&place.last).is_some() {
            unlike_others(context, place.parent, &place.parent_key, Some(&place.last), &body)?;
        }
        let objects = collection(context, place.parent, &place.parent_key);
        let object = objects.object(&place.last).ok_or_else(|| Answer::no_such(&place.last))?;
        fresh_lock(&object.value, &body)?;
        let id = object.value.get("id").cloned().unwrap_or_else(|| json!(place.last));
        merge(&mut object.value, &body);
        set(&mut object.value, "id", id);
        bump(&mut object.value);
        object.value.clone()
    } else {
        let read = shapes::exactly("GET", place.template).unwrap_or(operation);
        let mut value = single(context, read, place);
        fresh_lock(&value, &body)?;
        if body.is_array() {
            value = body
        } else {
            merge(&mut value, &body)
        }
        let at = Place { fleet: &context.store.fleet, index: 0, family: place.family() };
        shapes::complete(&read.1, &mut value, at);
        bump(&mut value);
        context.store.singles.insert(place.key.clone(), value.clone());
        value
    };
    Ok(if operation.1.is_null() {
        Answer::empty(status(operation))
    } else {
        Answer::json(status(operation), &value)
    })
}

/// A write that does not echo the lock that was read has read something older.
fn fresh_lock(object: &Value, body: &Value) -> Result<(), Answer> {
    match (object.get("versionLock"), body.get("versionLock")) {
        (Some(lock), given) if given != Some(lock) => Err(Answer::error(
            StatusCode::CONFLICT,
            "OPTIMISTIC_LOCK_FAILED",
            "The object was changed in the meantime",
            Some("versionLock"),
        )),
        _ => Ok(()),
    }
}

fn bump(object: &mut Value) {
    if let Some(lock) = object.get("versionLock").and_then(Value::as_u64) {
        set(object, "versionLock", json!(lock + 1));
    }
}

fn delete(context: &mut Context<'_>, operation: &'static Operation, place: &Target) -> Reply {
    parent_exists(context, place)?;
    if place.in_collection() {
        let objects = collection(context, place.parent, &place.parent_key);
        if !objects.remove(&place.last) {
            return Err(Answer::no_such(&place.last));
        }
    } else {
        context.store.singles.remove(&place.key);
    }
    Ok(Answer::empty(status(operation)))
}

/// An answer that is no JSON: rows as CSV, or something small of its type.
fn file(context: &mut Context<'_>, media_type: &str, place: &Target) -> Reply {
    parent_exists(context, place)?;
    if media_type != "text/csv" {
        let above = shapes::exactly("GET", place.parent).map(|operation| {
            let above = Target::of(place.parent, &format!("/{}", place.parent_key));
            match above.in_collection() {
                true => collection(context, above.parent, &above.parent_key)
                    .object(&above.last)
                    .map(|object| object.value.clone())
                    .unwrap_or_default(),
                false => single(context, operation, &above),
            }
        });
        return Ok(files::file_at(context, place.template, media_type, &above.unwrap_or_default()));
    }
    let (template, key) = (place.parent, place.parent_key.as_str());
    let word = place.template.rsplit('/').next().unwrap_or_default();
    let bytes = match word {
        "csv-template" => files::preload(&[]),
        "csv" => files::preload(&records(context)),
        "export-report" => {
            let report = Target::of(place.template, &format!("/{key}/patch-report"));
            let rows = patches::rows(context, &format!("{template}/patch-report"), &report.key);
            files::csv(&rows.unwrap_or_default(), &context.call.parameters("columns-to-export"))
        }
        _ => {
            let rows = export(context, template, key);
            let rows = if word == "export" {
                PageQuery::read(context.call, usize::MAX)?.apply(rows.iter().collect()).0
            } else {
                rows.iter().collect()
            };
            files::csv(&rows.into_iter().cloned().collect::<Vec<_>>(), &[])
        }
    };
    Ok(Answer::of(StatusCode::OK, "text/csv", bytes))
}

/// What stands in the file of a collection or a history.
fn export(context: &mut Context<'_>, template: &str, key: &str) -> Vec<Value> {
    if template.ends_with("/inventory-preload") {
        return records(context);
    }
    if !keeps_objects(template) {
        return history(context, key, &Value::Null);
    }
    let sight = context.sight;
    collection(context, template, key).values(sight).into_iter().cloned().collect()
}

/// The records of inventory preload.
fn records(context: &mut Context<'_>) -> Vec<Value> {
    let sight = context.sight;
    let records = collection(context, "/api/v2/inventory-preload/records", "api/inventory-preload/records");
    records.values(sight).into_iter().cloned().collect()
}

fn number_rows(rows: Vec<Value>) -> Vec<Value> {
    let number = |(at, mut row): (usize, Value)| {
        set(&mut row, "id", json!(at + 1));
        row
    };
    rows.into_iter().enumerate().map(number).collect()
}

fn status(operation: &Operation) -> StatusCode {
    StatusCode::from_u16(operation.0).unwrap_or(StatusCode::OK)
}
