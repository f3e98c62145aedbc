//! Families of small objects that all answer alike: list, create, read, replace, delete, history, export. A family
//! is a declaration; what is special about one is a field of it.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply};
use crate::{
    exchange::Answer,
    paging::{CEILING, PageQuery},
    store::{id_text, note},
    world,
};

/// What one family is.
pub(crate) struct Family {
    version: &'static str,
    path: &'static str,
    /// Its name in the store.
    name: &'static str,
    /// The noun of its privileges.
    noun: &'static str,
    /// The field that must be there and must not be there twice.
    unique: &'static str,
    /// Fields of a new object with their defaults, as JSON.
    fields: &'static [(&'static str, &'static str)],
    since: (u32, u32),
    extras: Extras,
}

/// Paths that only some families have.
#[derive(Clone, Copy, Default)]
struct Extras {
    bulk_delete: bool,
    export: bool,
    history: bool,
    history_export: bool,
    download: bool,
    /// A bare array that cannot be written.
    bare: bool,
    /// The wider envelope of users, the lower ceiling, and a PUT that answers 204.
    user_envelope: bool,
}

const PLAIN: Extras = Extras {
    bulk_delete: false,
    export: false,
    history: false,
    history_export: false,
    download: false,
    bare: false,
    user_envelope: false,
};

static FAMILIES: &[Family] = &[
    Family {
        version: "v1",
        path: "buildings",
        name: "buildings",
        noun: "Buildings",
        unique: "name",
        fields: &[
            ("name", "null"),
            ("streetAddress1", "\"\""),
            ("streetAddress2", "\"\""),
            ("city", "\"\""),
            ("stateProvince", "\"\""),
            ("zipPostalCode", "\"\""),
            ("country", "\"\""),
        ],
        since: (10, 0),
        extras: Extras { bulk_delete: true, export: true, history: true, history_export: true, ..PLAIN },
    },
    Family {
        version: "v1",
        path: "departments",
        name: "departments",
        noun: "Departments",
        unique: "name",
        fields: &[("name", "null")],
        since: (10, 0),
        extras: Extras { bulk_delete: true, history: true, ..PLAIN },
    },
    Family {
        version: "v1",
        path: "categories",
        name: "categories",
        noun: "Categories",
        unique: "name",
        fields: &[("name", "null"), ("priority", "9")],
        since: (10, 0),
        extras: Extras { bulk_delete: true, history: true, ..PLAIN },
    },
    Family {
        version: "v1",
        path: "scripts",
        name: "scripts",
        noun: "Scripts",
        unique: "name",
        fields: &[
            ("name", "null"),
            ("info", "\"\""),
            ("notes", "\"\""),
            ("priority", "\"AFTER\""),
            ("categoryId", "\"-1\""),
            ("categoryName", "\"NONE\""),
            ("parameter4", "\"\""),
            ("parameter5", "\"\""),
            ("parameter6", "\"\""),
            ("parameter7", "\"\""),
            ("parameter8", "\"\""),
            ("parameter9", "\"\""),
            ("parameter10", "\"\""),
            ("parameter11", "\"\""),
            ("osRequirements", "\"\""),
            ("scriptContents", "\"\""),
        ],
        since: (10, 0),
        extras: Extras { history: true, download: true, ..PLAIN },
    },
    Family {
        version: "v1",
        path: "users",
        name: "users",
        noun: "User",
        unique: "username",
        fields: &[
            ("username", "null"),
            ("realname", "\"\""),
            ("email", "\"\""),
            ("phone", "\"\""),
            ("position", "\"\""),
            ("enableCustomPhotoUrl", "false"),
            ("customPhotoUrl", "\"\""),
            ("managedAppleId", "\"\""),
        ],
        since: (11, 26),
        extras: Extras { user_envelope: true, ..PLAIN },
    },
    Family {
        version: "v1",
        path: "sites",
        name: "sites",
        noun: "Sites",
        unique: "name",
        fields: &[],
        since: (10, 0),
        extras: Extras { bare: true, ..PLAIN },
    },
];

/// Whether a path is one of a family that is declared here.
pub(crate) fn has(version: &str, path: &str) -> bool {
    FAMILIES.iter().any(|family| family.version == version && family.path == path)
}

/// Answer a path of one of the families.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let [version, path, rest @ ..] = parts.as_slice() else { return Err(Answer::no_path()) };
    let found = FAMILIES.iter().find(|f| f.version == *version && f.path == *path);
    let family = found.ok_or_else(Answer::no_path)?;
    context.since(family.since.0, family.since.1)?;
    let extras = family.extras;
    let verb = verb(call.method.as_str(), rest);
    context.needs(&[&format!("{verb} {}", family.noun)])?;
    match (call.method.as_str(), rest) {
        ("GET", []) => list(context, family),
        _ if extras.bare => super::others::answer(context),
        ("POST", []) => create(context, family),
        ("POST", ["delete-multiple"]) if extras.bulk_delete => delete_multiple(context, family),
        ("POST", ["export"]) if extras.export => export(context, family, None),
        ("GET", [id]) => read(context, family, id).map(|object| Answer::ok(&object)),
        ("PUT", [id]) => replace(context, family, id),
        ("DELETE", [id]) => delete(context, family, id),
        ("GET", [id, "download"]) if extras.download => download(context, family, id),
        ("GET", [id, "history"]) if extras.history => history(context, family, id),
        ("POST", [id, "history"]) if extras.history => add_note(context, family, id),
        ("POST", [id, "history", "export"]) if extras.history_export => export(context, family, Some(id)),
        _ => Err(Answer::no_path()),
    }
}

/// The verb of the privilege that a call needs.
fn verb(method: &str, rest: &[&str]) -> &'static str {
    match (method, rest) {
        (_, ["delete-multiple"]) | ("DELETE", _) => "Delete",
        ("GET", _) | (_, [.., "export"]) => "Read",
        ("POST", []) => "Create",
        _ => "Update",
    }
}

fn list(context: &mut Context<'_>, family: &Family) -> Reply {
    let sight = context.sight;
    let rows = context.store.objects(family.name, sight);
    if family.extras.bare {
        return Ok(Answer::ok(&json!(rows)));
    }
    if !family.extras.user_envelope {
        return Ok(PageQuery::read(context.call, CEILING)?.answer(rows));
    }
    let query = PageQuery::read(context.call, 1000)?;
    let (rows, total) = query.apply(rows);
    let pages = total.div_ceil(query.size);
    Ok(Answer::ok(&json!({
        "page": query.page, "pageSize": query.size, "totalCount": total, "totalPages": pages,
        "hasNext": query.page + 1 < pages, "hasPrevious": query.page > 0, "results": rows
    })))
}

fn read(context: &Context<'_>, family: &Family, id: &str) -> Result<Value, Answer> {
    let rows = context.store.objects(family.name, context.sight);
    rows.into_iter()
        .find(|v| v.get("id").map(id_text).as_deref() == Some(id))
        .cloned()
        .ok_or_else(|| Answer::no_such(id))
}

/// The object that a body makes: defaults first, unknown fields left out.
fn object(context: &Context<'_>, family: &Family, id: &str) -> Result<Value, Answer> {
    let body = context.call.object()?;
    let name = body.get(family.unique).and_then(Value::as_str).unwrap_or_default().trim();
    if name.is_empty() {
        return Err(Answer::error(
            StatusCode::BAD_REQUEST,
            "REQUIRED",
            "The field is required",
            Some(family.unique),
        ));
    }
    let all = context.store.objects(family.name, crate::store::Sight { pinned: true, ..context.sight });
    let same = |other: &&Value| {
        let text = other.get(family.unique).and_then(Value::as_str).unwrap_or_default();
        text.eq_ignore_ascii_case(name) && other.get("id").map(id_text).as_deref() != Some(id)
    };
    if all.iter().any(same) {
        let text = "The field must be unique";
        return Err(Answer::error(StatusCode::BAD_REQUEST, "DUPLICATE_FIELD", text, Some(family.unique)));
    }
    let mut made = serde_json::Map::new();
    made.insert("id".to_owned(), json!(id));
    for (field, default) in family.fields {
        let given = body.get(*field).filter(|v| !v.is_null()).cloned();
        made.insert(
            (*field).to_owned(),
            given.or_else(|| serde_json::from_str(default).ok()).unwrap_or_default(),
        );
    }
    Ok(Value::Object(made))
}

fn create(context: &mut Context<'_>, family: &Family) -> Reply {
    let id = context.store.family(family.name).next_id().to_string();
    let object = object(context, family, &id)?;
    let id = context.store.family(family.name).insert(object);
    Ok(context.created(&id))
}

fn replace(context: &mut Context<'_>, family: &Family, id: &str) -> Reply {
    let mut made = object(context, family, id)?;
    // What no body can say stays.
    let before = read(context, family, id)?;
    for (name, value) in before.as_object().into_iter().flatten() {
        if made.get(name).is_none() {
            crate::store::set(&mut made, name, value.clone());
        }
    }
    if let Some(object) = context.store.family(family.name).object(id) {
        object.value = made.clone();
        object.history.push(note("Edited", ""));
    }
    Ok(if family.extras.user_envelope { Answer::no_content() } else { Answer::ok(&made) })
}

fn delete(context: &mut Context<'_>, family: &Family, id: &str) -> Reply {
    read(context, family, id)?;
    context.store.family(family.name).remove(id);
    Ok(Answer::no_content())
}

fn delete_multiple(context: &mut Context<'_>, family: &Family) -> Reply {
    let body = context.call.object()?;
    let ids = body
        .get("ids")
        .and_then(Value::as_array)
        .ok_or_else(|| Answer::bad_field("ids", "The field is required"))?;
    let ids: Vec<String> = ids.iter().map(id_text).collect();
    // All or nothing: an unknown id leaves the others in place.
    for id in &ids {
        read(context, family, id)?;
    }
    for id in &ids {
        context.store.family(family.name).remove(id);
    }
    Ok(Answer::no_content())
}

fn download(context: &Context<'_>, family: &Family, id: &str) -> Reply {
    let script = read(context, family, id)?;
    let contents = script.get("scriptContents").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Answer::of(StatusCode::OK, "text/plain;charset=UTF-8", contents))
}

/// The history of an object with its ids, newest last.
fn past(context: &mut Context<'_>, family: &Family, id: &str) -> Result<Vec<Value>, Answer> {
    read(context, family, id)?;
    let object = context.store.family(family.name).object(id);
    let rows = object.map(|object| {
        // What was there from the start has a past.
        let before = object.born.is_none().then(|| world::past(&format!("{}/{id}", family.path)));
        before.into_iter().flatten().chain(object.history.iter().cloned()).collect::<Vec<Value>>()
    });
    let numbered = rows.unwrap_or_default().into_iter().enumerate().map(|(at, mut row)| {
        if let Some(id) = row.get_mut("id") {
            *id = json!(at + 1);
        }
        row
    });
    Ok(numbered.collect())
}

fn history(context: &mut Context<'_>, family: &Family, id: &str) -> Reply {
    let query = PageQuery::read(context.call, CEILING)?;
    let rows = past(context, family, id)?;
    Ok(query.answer(rows.iter().collect()))
}

fn add_note(context: &mut Context<'_>, family: &Family, id: &str) -> Reply {
    let body = context.call.object()?;
    let text = body
        .get("note")
        .and_then(Value::as_str)
        .ok_or_else(|| Answer::bad_field("note", "The field is required"))?;
    read(context, family, id)?;
    if let Some(object) = context.store.family(family.name).object(id) {
        object.history.push(note(text, ""));
    }
    let row = past(context, family, id)?.pop().unwrap_or_default();
    // Departments alone answer with an address.
    if family.path == "departments" {
        return Ok(context.created(&row.get("id").map(id_text).unwrap_or_default()));
    }
    Ok(Answer::json(StatusCode::CREATED, &row))
}

/// CSV, or JSON where the client accepts only that, of the family or of one object's history.
fn export(context: &mut Context<'_>, family: &Family, id: Option<&str>) -> Reply {
    let query = PageQuery::read(context.call, usize::MAX)?;
    let rows: Vec<Value> = match id {
        Some(id) => past(context, family, id)?,
        None => context.store.objects(family.name, context.sight).into_iter().cloned().collect(),
    };
    let body: Value = serde_json::from_slice(&context.call.body).unwrap_or_default();
    let chosen = body.get("fields").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut columns: Vec<(String, String)> = chosen.iter().filter_map(column).collect();
    if columns.is_empty() {
        let first = rows.first().and_then(Value::as_object);
        columns = first.map(|o| o.keys().map(|k| (k.clone(), k.clone())).collect()).unwrap_or_default();
    }
    let (rows, total) = query.apply(rows.iter().collect());
    if context.call.header("accept") == "application/json" {
        return Ok(Answer::ok(&json!({"totalCount": total, "results": rows})));
    }
    Ok(Answer::of(StatusCode::OK, "text/csv", csv(&columns, rows)))
}

fn column(field: &Value) -> Option<(String, String)> {
    let name = field.get("fieldName")?.as_str()?;
    let label = field.get("fieldLabelOverride").and_then(Value::as_str).unwrap_or(name);
    Some((name.to_owned(), label.to_owned()))
}

/// Rows as CSV: of each column the field and its name in the head.
pub(super) fn csv<'a>(columns: &[(String, String)], rows: impl IntoIterator<Item = &'a Value>) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut write = |cells: Vec<String>| {
        if let Err(error) = writer.write_record(cells) {
            tracing::error!(%error, "a line of CSV could not be written");
        }
    };
    write(columns.iter().map(|(_, label)| label.clone()).collect());
    for row in rows {
        write(columns.iter().map(|(field, _)| row.get(field).map(id_text).unwrap_or_default()).collect());
    }
    writer.into_inner().unwrap_or_default()
}
