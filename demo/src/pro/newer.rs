//! What this tenant has and no released client knows, as a tenant newer than its clients does: lending desks, which Jamf Pro
//! does not have. And the tenant's own document, which names them among the rest.

use serde_json::{Map, Value, json};

use super::Reply;
use crate::{
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
