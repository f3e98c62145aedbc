//! Arguments that a schema takes, made of nothing but the schema and one device.

use serde_json::{Map, Value, json};

/// Everything that can be given, but for what only shapes an answer.
pub(crate) fn filled(schema: &Value, mac: &Value) -> Value {
    let mut made = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if ["format", "fields", "clear", "all", "page", "page_size"].contains(&name.as_str()) {
            continue;
        }
        made.insert(name.clone(), value_for(name, property, mac));
    }
    Value::Object(made)
}

fn value_for(name: &str, property: &Value, mac: &Value) -> Value {
    if name.to_lowercase().contains("managementid") {
        return mac["general"]["managementId"].clone();
    }
    if name == "devices" {
        return json!([mac["hardware"]["serialNumber"]]);
    }
    if let Some(first) = property["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match property["type"].as_str() {
        Some("object") => filled(property, mac),
        Some("array") => json!([value_for(name, &property["items"], mac)]),
        Some("boolean") => json!(true),
        Some("integer" | "number") => property.get("minimum").cloned().unwrap_or(json!(1)),
        _ => json!("1"),
    }
}
