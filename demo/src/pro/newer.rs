//! What this tenant has and no released client knows, as a tenant newer than its clients does: lending desks, and lending
//! lockers in the Classic API, which Jamf Pro does not have. And the tenant's own documents, which name them among the rest.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::Reply;
use crate::{
    classic,
    exchange::{Answer, Call},
    shapes,
};

const DESKS: [(&str, &str); 3] = [("1", "Library"), ("2", "Reception"), ("3", "Workshop")];

/// Paths of the lending desks below `/api`, with the names of their queries.
const PATHS: [(&str, &[&str]); 3] = [
    ("/v1/lending-desks", &["page", "page-size", "sort"]),
    ("/v1/lending-desks/{id}", &[]),
    ("/v1/lending-desks/{id}/recovery-code", &[]),
];

/// The lending desks.
pub(crate) fn desks(call: &Call) -> Reply {
    match call.parts().as_slice() {
        ["v1", "lending-desks"] => {
            let size = call.parameter("page-size").and_then(|size| size.parse().ok()).unwrap_or(100);
            let rows: Vec<Value> = DESKS.iter().take(size).map(|(id, name)| desk(id, name)).collect();
            Ok(Answer::ok(&json!({ "totalCount": DESKS.len(), "results": rows })))
        }
        ["v1", "lending-desks", id] => {
            let found = DESKS.iter().find(|(known, _)| known == id).ok_or_else(Answer::no_path)?;
            Ok(Answer::ok(&desk(found.0, found.1)))
        }
        ["v1", "lending-desks", _, "recovery-code"] => {
            Ok(Answer::ok(&json!({ "code": "CANARY-recovery-code" })))
        }
        _ => Err(Answer::no_path()),
    }
}

fn desk(id: &str, name: &str) -> Value {
    json!({
        "id": id,
        "name": name,
        "openUntil": "18:00",
        "terminal": { "model": "iPad", "unlockPin": "CANARY-pin", "wifiPassword": "CANARY-password" }
    })
}

/// Paths of the lending lockers below `/JSSResource`.
const LOCKER_PATHS: [&str; 2] = ["/lendinglockers", "/lendinglockers/id/{}"];

/// The lending lockers, in the manner of the Classic API; nothing when there is no such path.
pub(crate) fn lockers(call: &Call, rest: &[&str]) -> Option<Answer> {
    let (json, xml) = match rest {
        [] => {
            let rows: Vec<Value> =
                DESKS.iter().map(|(id, name)| json!({"id": id.parse().unwrap_or(0), "name": name})).collect();
            let xml = DESKS.iter().map(|(id, name)| {
                format!("<lending_locker><id>{id}</id><name>{name}</name></lending_locker>")
            });
            (
                json!({"lending_lockers": rows}),
                format!("<lending_lockers>{}</lending_lockers>", xml.collect::<String>()),
            )
        }
        ["id", id] => {
            let (id, name) = DESKS.iter().find(|(known, _)| known == id)?;
            (
                json!({"lending_locker": {"id": id.parse().unwrap_or(0), "name": name, "door_pin": "CANARY-pin"}}),
                format!(
                    "<lending_locker><id>{id}</id><name>{name}</name><door_pin>CANARY-pin</door_pin></lending_locker>"
                ),
            )
        }
        _ => return None,
    };
    Some(match call.header("accept").contains("json") {
        true => Answer::of(StatusCode::OK, "application/json;charset=UTF-8", json.to_string()),
        false => Answer::of(StatusCode::OK, "application/xml;charset=UTF-8", xml),
    })
}

/// The tenant's own document of the Classic API, as `/classicapi/doc/swagger.yaml` serves it.
pub(crate) fn classic_document(version: &str) -> Answer {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let own = LOCKER_PATHS.iter().map(|path| ("GET", *path));
    for (method, template) in classic::documented().chain(own) {
        paths.entry(template.replace("{}", "{value}")).or_default().push(method.to_lowercase());
    }
    let mut text = format!(
        "swagger: \"2.0\"\ninfo:\n  title: Classic API\n  version: \"{version}\"\nbasePath: /JSSResource/\npaths:\n"
    );
    for (path, methods) in paths {
        text += &format!("  {path}:\n");
        for method in methods {
            text +=
                &format!("    {method}:\n      responses:\n        \"200\":\n          description: \"\"\n");
        }
    }
    Answer::of(StatusCode::OK, "application/yaml", text)
}

/// The tenant's own document, as `/api/schema` serves it.
pub(crate) fn document(version: &str) -> Answer {
    let mut paths: Map<String, Value> = Map::new();
    for (method, template, privileges) in shapes::documented() {
        let path = template.strip_prefix("/api").unwrap_or(template).replace("{}", "{id}");
        let operation = json!({ "x-required-privileges": privileges, "responses": {} });
        entry(&mut paths, &path, &method.to_lowercase(), operation);
    }
    for (path, names) in PATHS {
        let parameters: Vec<Value> =
            names.iter().map(|name| json!({ "name": name, "in": "query" })).collect();
        entry(&mut paths, path, "get", json!({ "parameters": parameters, "responses": {} }));
    }
    Answer::ok(&json!({
        "openapi": "3.0.1",
        "info": { "title": "Jamf Pro API", "version": version },
        "servers": [{ "url": "/api" }],
        "paths": paths
    }))
}

fn entry(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let methods = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    if let Some(methods) = methods.as_object_mut() {
        methods.insert(method.to_owned(), operation);
    }
}
