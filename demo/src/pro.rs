//! The Jamf Pro API: families that are a table and a store, and those that need more.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer;
use crate::rows;
use crate::server::Ask;
use crate::store::id_of;

mod computers;
mod groups;
mod mobile_devices;

pub(crate) use computers::Orders;

/// A family that is a list of small objects with a name.
struct Simple {
    base: &'static str,
    collection: &'static str,
    /// As in "Read Buildings".
    privilege: &'static str,
    /// Field that names an object and is unique.
    name: &'static str,
    filters: &'static [&'static str],
    /// Fields that an object has beside `id`, with what they are when they are not given.
    fields: &'static [(&'static str, &'static str)],
    since: &'static str,
    most: usize,
}

const SIMPLE: &[Simple] = &[
    Simple {
        base: "/api/v1/buildings",
        collection: "buildings",
        privilege: "Buildings",
        name: "name",
        filters: &[
            "id",
            "name",
            "streetAddress1",
            "streetAddress2",
            "city",
            "stateProvince",
            "zipPostalCode",
            "country",
        ],
        fields: &[
            ("name", ""),
            ("streetAddress1", ""),
            ("streetAddress2", ""),
            ("city", ""),
            ("stateProvince", ""),
            ("zipPostalCode", ""),
            ("country", ""),
        ],
        since: "10.0",
        most: 2000,
    },
    Simple {
        base: "/api/v1/departments",
        collection: "departments",
        privilege: "Departments",
        name: "name",
        filters: &["id", "name"],
        fields: &[("name", "")],
        since: "10.0",
        most: 2000,
    },
    Simple {
        base: "/api/v1/categories",
        collection: "categories",
        privilege: "Categories",
        name: "name",
        filters: &["id", "name", "priority"],
        fields: &[("name", ""), ("priority", "")],
        since: "10.0",
        most: 2000,
    },
    Simple {
        base: "/api/v1/scripts",
        collection: "scripts",
        privilege: "Scripts",
        name: "name",
        filters: &[
            "id",
            "name",
            "info",
            "notes",
            "priority",
            "categoryId",
            "categoryName",
            "parameter4",
            "parameter5",
            "parameter6",
            "parameter7",
            "parameter8",
            "parameter9",
            "parameter10",
            "parameter11",
            "osRequirements",
            "scriptContents",
        ],
        fields: &[
            ("name", ""),
            ("info", ""),
            ("notes", ""),
            ("priority", "AFTER"),
            ("categoryId", "-1"),
            ("categoryName", "NONE"),
            ("parameter4", ""),
            ("parameter5", ""),
            ("parameter6", ""),
            ("parameter7", ""),
            ("parameter8", ""),
            ("parameter9", ""),
            ("parameter10", ""),
            ("parameter11", ""),
            ("osRequirements", ""),
            ("scriptContents", ""),
        ],
        since: "10.0",
        most: 2000,
    },
    Simple {
        base: "/api/v1/users",
        collection: "users",
        privilege: "User",
        name: "username",
        filters: &["id", "username", "realname", "email", "phone", "position"],
        fields: &[
            ("username", ""),
            ("realname", ""),
            ("email", ""),
            ("phone", ""),
            ("position", ""),
            ("managedAppleId", ""),
            ("enableCustomPhotoUrl", ""),
            ("customPhotoUrl", ""),
            ("ldapServerId", "-1"),
        ],
        since: "11.26",
        most: 1000,
    },
];

pub(crate) fn answer(ask: &Ask<'_>) -> Response {
    if let Some(response) =
        computers::answer(ask).or_else(|| groups::answer(ask)).or_else(|| mobile_devices::answer(ask))
    {
        return response;
    }
    let family = SIMPLE.iter().find(|family| {
        ask.path == family.base
            || ask.path.strip_prefix(family.base).is_some_and(|rest| rest.starts_with('/'))
    });
    match family {
        Some(family) if !ask.state.is_before(family.since) => simple(ask, family),
        _ => others(ask),
    }
}

/// Answers 403 when the API role lacks a privilege.
pub(crate) fn needs(ask: &Ask<'_>, privilege: &str) -> Result<(), Response> {
    if ask.state.may(privilege) {
        Ok(())
    } else {
        Err(answer::error(StatusCode::FORBIDDEN, "INVALID_PRIVILEGE", None, "Forbidden"))
    }
}

fn simple(ask: &Ask<'_>, family: &Simple) -> Response {
    let rest = ask.path.strip_prefix(family.base).unwrap_or_default().trim_start_matches('/');
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let verb = match (ask.method, parts.as_slice()) {
        ("GET", _) | ("POST", ["export"] | [_, "history", "export"]) => "Read",
        ("POST", []) => "Create",
        ("PUT", [_]) | ("POST", [_, "history"]) => "Update",
        ("DELETE", [_]) | ("POST", ["delete-multiple"]) => "Delete",
        _ => return answer::empty(StatusCode::METHOD_NOT_ALLOWED),
    };
    if let Err(response) = needs(ask, &format!("{verb} {}", family.privilege)) {
        return response;
    }
    match (ask.method, parts.as_slice()) {
        ("GET", []) => {
            let rows = ask.state.store().rows(family.collection).to_vec();
            rows::page(&ask.query, rows, family.filters, family.most)
        }
        ("POST", []) => write(ask, family, None),
        ("PUT", [id]) => write(ask, family, Some(id)),
        ("GET", [id]) => {
            ask.state.store().find(family.collection, id).map_or_else(answer::not_found, answer::ok)
        }
        ("DELETE", [id]) => match ask.state.store().remove(family.collection, id) {
            true => answer::empty(StatusCode::NO_CONTENT),
            false => answer::not_found(),
        },
        ("POST", ["delete-multiple"]) => delete_multiple(ask, family),
        ("POST", ["export"]) => export(ask, family),
        ("GET", [id, "download"]) => match ask.state.store().find(family.collection, id) {
            Some(script) => answer::text(
                "text/plain",
                script["name"].as_str().unwrap_or("script"),
                script["scriptContents"].as_str().unwrap_or_default().to_owned(),
            ),
            None => answer::not_found(),
        },
        ("GET", [id, "history"]) => {
            let rows = ask.state.store().history(family.collection, id);
            rows::page(&ask.query, rows, &["username", "date", "note", "details"], 2000)
        }
        ("POST", [id, "history"]) => match ask.json() {
            Ok(body) => {
                let mut store = ask.state.store();
                if store.find(family.collection, id).is_none() {
                    return answer::not_found();
                }
                let entry = store.note(family.collection, id, body["note"].as_str().unwrap_or_default());
                answer::json(StatusCode::CREATED, &entry)
            }
            Err(response) => response,
        },
        ("POST", [id, "history", "export"]) => {
            let rows = ask.state.store().history(family.collection, id);
            answer::text("text/csv", "history.csv", csv(&rows, &["date", "username", "note"]))
        }
        _ => answer::not_found(),
    }
}

fn write(ask: &Ask<'_>, family: &Simple, id: Option<&str>) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    let name = body.get(family.name).and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() {
        return answer::bad_request(family.name, "must not be empty");
    }
    let mut store = ask.state.store();
    let taken = |row: &Value| {
        row.get(family.name).and_then(Value::as_str) == Some(name) && Some(id_of(row).as_str()) != id
    };
    if store.rows(family.collection).iter().any(taken) {
        return answer::error(
            StatusCode::BAD_REQUEST,
            "DUPLICATE_FIELD",
            Some(family.name),
            "duplicate name",
        );
    }
    let new = id.map_or_else(|| store.new_id().to_string(), str::to_owned);
    let mut object = json!({ "id": new });
    for (field, otherwise) in family.fields {
        let value = body.get(*field).filter(|value| !value.is_null()).cloned();
        object[*field] = value.unwrap_or_else(|| json!(otherwise));
    }
    match id {
        None => {
            store.rows_mut(family.collection).push(object);
            answer::created(family.base, &new)
        }
        Some(id) => match store.find_mut(family.collection, id) {
            Some(row) => {
                *row = object;
                answer::ok(row)
            }
            None => answer::not_found(),
        },
    }
}

fn delete_multiple(ask: &Ask<'_>, family: &Simple) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    let ids: Vec<String> =
        body["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let mut store = ask.state.store();
    if ids.is_empty() || ids.iter().any(|id| store.find(family.collection, id).is_none()) {
        return answer::bad_request("ids", "unknown id");
    }
    for id in &ids {
        store.remove(family.collection, id);
    }
    answer::empty(StatusCode::NO_CONTENT)
}

fn export(ask: &Ask<'_>, family: &Simple) -> Response {
    let rows = ask.state.store().rows(family.collection).to_vec();
    let fields: Vec<&str> =
        std::iter::once("id").chain(family.fields.iter().map(|(name, _)| *name)).collect();
    answer::text("text/csv", "export.csv", csv(&rows, &fields))
}

fn csv(rows: &[Value], fields: &[&str]) -> String {
    let cell = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
    };
    let mut text = fields.join(",");
    for row in rows {
        let cells: Vec<String> = fields.iter().map(|field| cell(&rows::at(row, field))).collect();
        text.push('\n');
        text.push_str(&cells.join(","));
    }
    text.push('\n');
    text
}

fn others(ask: &Ask<'_>) -> Response {
    match (ask.method, ask.path) {
        ("GET", "/api/v1/policy-properties") => match needs(ask, "Read Policies") {
            Ok(()) => answer::ok(ask.state.store().settings.get("policy-properties").unwrap_or(&Value::Null)),
            Err(response) => response,
        },
        ("PUT", "/api/v1/policy-properties") => match needs(ask, "Update Policies").and_then(|()| ask.json())
        {
            Ok(body) => {
                let mut store = ask.state.store();
                let settings = store.settings.entry("policy-properties").or_insert(Value::Null);
                crate::store::merge(settings, &body);
                answer::ok(settings)
            }
            Err(response) => response,
        },
        _ => answer::error(StatusCode::NOT_FOUND, "NOT_FOUND", None, "The requested resource does not exist"),
    }
}
