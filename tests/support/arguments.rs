//! Arguments that a schema takes, made of nothing but the schema and one device.

use serde_json::{Map, Value, json};

/// Everything that can be given, but for what only shapes an answer.
pub(crate) fn filled(schema: &Value, mac: &Value) -> Value {
    let mut made = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if ["format", "fields", "clear", "all", "page", "page_size", "save"].contains(&name.as_str()) {
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
    let kind = property["type"].as_str();
    if name == "devices" && property["items"]["type"] == "string" {
        return json!([mac["hardware"]["serialNumber"]]);
    }
    if let Some(first) = property["enum"].as_array().and_then(|values| values.first()) {
        return first.clone();
    }
    match kind {
        Some("object") => filled(property, mac),
        Some("array") => json!([value_for(name, &property["items"], mac)]),
        // Everything and something besides is refused outright.
        Some("boolean") => json!(!name.starts_with("all_")),
        Some("integer" | "number") => json!(property["minimum"].as_i64().unwrap_or(1).max(1)),
        _ => text_for(name, property),
    }
}

fn text_for(name: &str, property: &Value) -> Value {
    let pattern = property["pattern"].as_str().unwrap_or_default();
    match () {
        () if pattern.contains("{8}-") => json!("00000000-0000-4000-a000-000000000001"),
        () if pattern.contains("T[0-9]") => json!("2030-01-31T08:00:00Z"),
        () if pattern.contains("{4}-") => json!("2030-01-31"),
        () if name.ends_with("_address") => json!("10.250.1.1"),
        () => json!("1".repeat(usize::try_from(property["minLength"].as_u64().unwrap_or(1).max(1)).unwrap())),
    }
}
