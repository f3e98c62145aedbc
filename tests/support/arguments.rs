//! For every action, arguments that succeed on the simulated tenant: made of the schema, with ids of objects that the tenant lists,
//! and with what takes knowledge from `arguments.json`.
//!
//! In that table a tool's arguments are laid over those that were made; `null` takes one away. A text `@PATH#POINTER` is the value at
//! a JSON pointer of what a path of the tenant answers; words before the `@` stay before it. `"*"` is for all tools: by the name of an argument, at any depth.

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::{Action, Method};
use serde_json::{Map, Value, json};

use crate::straight::Straight;

/// Arguments that only shape an answer, or that say the same in another way.
const ASIDE: &[&str] = &[
    "group_by",
    "at_least",
    "format",
    "fields",
    "clear",
    "all",
    "page",
    "page_size",
    "save",
    "where",
    "sort",
    "filter",
    "text_from",
];

/// The first computer, as a caller names it.
const COMPUTER: &str = "computer:@/api/v4/computers-inventory#/results/0/id";

/// What is known of the arguments of tools.
pub(crate) fn table() -> Map<String, Value> {
    serde_json::from_str(include_str!("arguments.json")).unwrap()
}

/// Arguments of an action that succeed on a tenant: what is required, or everything that goes together.
pub(crate) async fn arguments(action: &Action, tenant: &Straight, everything: bool) -> Value {
    let schema = Value::Object(action.input_schema());
    let mut given = made(action.name, &schema, everything);
    let made = Making { tool: action.name, everything, words: &table()["*"] };
    // A change takes a body or says what is cleared, though its schema requires neither.
    let body = &schema["properties"]["body"];
    if matches!(action.method, Method::Put | Method::Patch) && body.is_object() && given["body"].is_null() {
        given["body"] = made.value("body", body);
    }
    for key in action.paths().flat_map(placeholders) {
        given.as_object_mut().unwrap().remove(key);
    }
    for key in action.path.split(['{', '}']).skip(1).step_by(2) {
        given[key] = made.value(key, &schema["properties"][key]);
    }
    for (key, list) in lists(action.path) {
        let found = match known_key(&format!("{list}/{{{key}}}")) {
            Some(reference) => Some(reference),
            None => first(tenant, &list, key, &schema["properties"][key]).await,
        };
        given[key] = found.unwrap_or_else(|| given[key].clone());
    }
    if let Some(list) = action.path.strip_suffix("/delete-multiple")
        && given["body"]["ids"].is_array()
        && let Some(id) = first(tenant, list, "id", &Value::Null).await
    {
        given["body"]["ids"] = json!([id]);
    }
    let (always, most) = (table().remove(action.name), table().remove(&format!("{}+", action.name)));
    let known = [always, most.filter(|_| everything)];
    known.into_iter().flatten().for_each(|known| lay(&mut given, &known));
    resolve(&mut given, tenant).await;
    given
}

/// Arguments made of nothing but a schema; what is to be looked up stands as references.
pub(crate) fn made(tool: &str, schema: &Value, everything: bool) -> Value {
    Making { tool, everything, words: &table()["*"] }.object(schema)
}

/// What the table says of the key that a template ends with.
fn known_key(template: &str) -> Option<Value> {
    table()["keys"].get(template).cloned()
}

/// The keys of a path with the list that each is looked up in.
fn lists(path: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut before = String::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            Some(key) if !key.contains('}') => {
                let list = before.trim_end_matches(&format!("/{key}")).to_owned();
                found.push((key, list));
                before.push_str(&format!("/{{{key}}}"));
            }
            _ => before.push_str(&format!("/{segment}")),
        }
    }
    found
}

/// The id in the first row of a list, whose own keys are looked up first; it fits the schema of the argument that it is for.
async fn first(tenant: &Straight, list: &str, key: &str, schema: &Value) -> Option<Value> {
    let mut path = list.to_owned();
    for (key, above) in lists(list) {
        let mut id = match known_key(&format!("{above}/{{{key}}}")) {
            Some(reference) => reference,
            None => Box::pin(first(tenant, &above, key, &Value::Null)).await?,
        };
        resolve(&mut id, tenant).await;
        path = path.replacen(&format!("{{{key}}}"), id.as_str()?, 1);
    }
    let answer = tenant.read(&path).await;
    let rows = match &answer {
        Value::Array(rows) => rows,
        Value::Object(fields) => fields.values().find_map(Value::as_array)?,
        _ => return None,
    };
    let row = rows.first()?.as_object()?;
    let is_uuid = |id: &Value| {
        id.as_str().is_some_and(|id| id.len() == 36 && id.bytes().filter(|byte| *byte == b'-').count() == 4)
    };
    let wants_uuid =
        schema["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^[0-9A-Fa-f]{8}-"));
    let id = match [key, "id", "uuid", "groupPlatformId", "mobileDeviceId", "groupId"]
        .into_iter()
        .find_map(|name| row.get(name))
    {
        Some(id) if !wants_uuid || is_uuid(id) => id,
        _ if wants_uuid => row.values().find(|id| is_uuid(id))?,
        _ => return None,
    };
    Some(json!(id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
}

/// Values by a schema.
struct Making<'a> {
    tool: &'a str,
    /// Everything that goes together, or only what is required.
    everything: bool,
    words: &'a Value,
}

impl Making<'_> {
    fn object(&self, schema: &Value) -> Value {
        let required = |name: &str| {
            schema["required"].as_array().is_some_and(|required| required.iter().any(|entry| entry == name))
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        let wanted = properties
            .filter(|(name, _)| required(name) || (self.everything && !ASIDE.contains(&name.as_str())));
        wanted.map(|(name, property)| (name.clone(), self.value(name, property))).collect()
    }

    fn value(&self, name: &str, property: &Value) -> Value {
        if let Some(word) =
            self.words.get(name).filter(|word| word.is_string() == (property["type"] == "string"))
        {
            return word.clone();
        }
        if let Some(first) = property["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        match property["type"].as_str() {
            Some("object") => self.object(property),
            Some("array") if name == "devices" && property["items"]["type"] == "string" => {
                json!([COMPUTER])
            }
            Some("array") => json!([self.value(name, &property["items"])]),
            // Everything and something besides is refused outright.
            Some("boolean") => json!(!name.starts_with("all_")),
            Some("integer" | "number") => json!(property["minimum"].as_i64().unwrap_or(1).max(1)),
            _ => self.text(name, property),
        }
    }

    fn text(&self, name: &str, property: &Value) -> Value {
        let pattern = property["pattern"].as_str().unwrap_or_default();
        let lower = name.to_lowercase();
        match () {
            () if pattern.starts_with("^(-1|") => json!("-1"),
            () if pattern.starts_with("^(0|") || pattern.starts_with("^(-2|") => json!("1"),
            () if pattern.contains("{8}-") => json!("00000000-0000-4000-a000-000000000001"),
            () if pattern.contains("T[0-9]") => json!("2030-01-31T08:00:00Z"),
            () if pattern.contains("{4}-") => json!("2030-01-31"),
            () if pattern.contains("+/") => json!("c2ltdWxhdGVk"),
            () if matches!(name, "activation_date" | "expiration_date") => json!("2030-01-31 08:00:00"),
            () if lower.ends_with("managementid") => {
                json!("@/api/v4/computers-inventory#/results/0/general/managementId")
            }
            () if lower == "device" => json!(COMPUTER),
            () if lower.ends_with("email") || lower.ends_with("emailaddress") => json!("anna@example.org"),
            () if lower.ends_with("url") || lower.ends_with("uri") => json!("https://example.org/1"),
            () if lower.ends_with("_address") => json!("10.250.1.1"),
            () if lower.ends_with("name") || lower == "title" => json!(format!("zz {}", self.tool)),
            () => json!(
                "1".repeat(usize::try_from(property["minLength"].as_u64().unwrap_or(1).max(1)).unwrap())
            ),
        }
    }
}

/// Lay what is known over what was made: objects merge, null takes away, everything else replaces.
fn lay(given: &mut Value, known: &Value) {
    let Value::Object(known) = known else {
        *given = known.clone();
        return;
    };
    if !given.is_object() {
        *given = json!({});
    }
    let fields = given.as_object_mut().unwrap();
    for (name, value) in known {
        if value.is_null() {
            fields.remove(name);
        } else {
            lay(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Put what the tenant tells in the place of references to it.
pub(crate) async fn resolve(value: &mut Value, tenant: &Straight) {
    match value {
        Value::String(text) => {
            let Some((before, reference)) = text.split_once("@/") else { return };
            let Some((path, pointer)) = reference.split_once('#') else { return };
            let answer = tenant.read(&format!("/{path}")).await;
            // What is not found stays as it is, and the call reports it.
            if let Some(found) = answer.pointer(pointer) {
                let text =
                    || format!("{before}{}", found.as_str().map_or_else(|| found.to_string(), str::to_owned));
                *value = if before.is_empty() { found.clone() } else { json!(text()) };
            }
        }
        Value::Array(items) => {
            for item in items {
                Box::pin(resolve(item, tenant)).await;
            }
        }
        Value::Object(fields) => {
            for (_, field) in fields.iter_mut() {
                Box::pin(resolve(field, tenant)).await;
            }
        }
        _ => {}
    }
}
