//! Putting objects back as they were before this server changed or deleted them. A person approves it like any other plan.

use jamf_pro_client::Reader;
use jamf_pro_tools::{Catalogue, Method, Risk};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Builtin, BuiltinAnswer, BuiltinCall};
use crate::error::Error;
use crate::registry::{App, Registry, SERVER, Tool, ToolDeclaration};
use crate::store::Snapshot;

/// Copies that are listed when the caller does not say.
const LISTED: u32 = 20;

/// Classes that change objects.
const CHANGING: &[Risk] = &[Risk::Write, Risk::Destructive, Risk::Critical];

pub(super) static UNDO_LIST: Builtin = Builtin::new(
    ToolDeclaration::new::<Which>("undo_list", SERVER)
        .about("List what you changed or deleted through this server and it can put back: which object, when, and what would not come back."),
    |call| Box::pin(list(call)),
)
.of_classes(CHANGING)
.of_tenant();

pub(super) static UNDO_APPLY: Builtin = Builtin::new(
    ToolDeclaration::new::<One>("undo_apply", SERVER)
        .title("Undo a change")
        .about("Put an object back as it was before a change or deletion. A person approves it first; a deleted object comes back with another id.")
        .risk(Risk::Destructive)
        .app(App::Plan),
    |call| Box::pin(apply(call)),
)
.of_classes(CHANGING)
.of_tenant();

/// How many.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Which {
    /// How many, the newest first; 20 by default.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

/// One copy.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct One {
    /// Id of the copy, as undo_list has it.
    #[schemars(length(min = 1, max = 64))]
    copy: String,
    /// Number of the change ticket, where one is asked for, as the person gave it.
    #[schemars(length(max = 64))]
    ticket: Option<String>,
}

async fn list(call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
    let tenant = call.tenant().map(|(tenant, _)| Reader::key(tenant))?;
    let most = call.arguments.number("limit").unwrap_or(LISTED);
    let who = call.caller.who.clone();
    let copies = call.store.run(move |store| store.copies(&tenant, &who, most)).await?;
    let entries: Vec<Value> = copies.iter().map(|copy| copy_entry(copy, call)).collect();
    Ok(BuiltinAnswer::Text(json!({ "shown": entries.len(), "copies": entries }).to_string()))
}

fn copy_entry(copy: &Snapshot, call: &BuiltinCall<'_>) -> Value {
    let redaction = call.limits.redaction();
    let state = match (copy.restored, copy.done) {
        (Some(at), _) => format!("put back {at}"),
        (None, Some(_)) => "can be put back".to_owned(),
        (None, None) => "whether the change was made is not known: read first".to_owned(),
    };
    // An id and a name, which may be that of a person.
    let path = call.surface.registry().find(&copy.tool).and_then(|tool| match tool {
        Tool::Action(action) => Some(action.path),
        Tool::Job(_) | Tool::Builtin(_) => None,
    });
    let object = match copy.object.split_once(' ') {
        Some((id, name)) => format!("{id} {}", redaction.label(path.unwrap_or_default(), name)),
        None => copy.object.clone(),
    };
    redaction.redact_facts(json!({
        "copy": copy.id, "object": object, "tool": copy.tool, "who": copy.who, "at": copy.made.to_string(),
        "state": state, "note": copy.note,
    }))
}

async fn apply(call: &BuiltinCall<'_>) -> Result<BuiltinAnswer, Error> {
    let tenant = call.tenant().map(|(tenant, _)| Reader::key(tenant))?;
    let id = call.arguments.text("copy").unwrap_or_default().to_owned();
    let found = call.store.run(move |store| store.copy(&tenant, &id)).await?;
    // The copies of other principals are not there for this one.
    let (copy, content) = found.filter(|(copy, _)| *copy.who == *call.caller.who).ok_or_else(|| {
        Error::caller("there is no copy of this id among those of your own changes; `undo_list` has them")
    })?;
    if copy.restored.is_some() {
        return Err(Error::caller("it was put back already"));
    }
    let (tool, arguments) = call_of(call.surface.registry(), &copy, &content)?;
    Ok(BuiltinAnswer::Undo { tool, arguments, copy: Box::new(copy) })
}

/// The call that puts an object back: the change with the values as they were, or its creation.
fn call_of(
    registry: &Registry,
    copy: &Snapshot,
    content: &Value,
) -> Result<(Tool, Map<String, Value>), Error> {
    let cannot = |why: &str| Error::not_allowed(format!("it cannot be put back by this server: {why}"));
    let Some(Tool::Action(action)) = registry.find(&copy.tool) else {
        return Err(cannot("the tool that changed it is not there any more"));
    };
    let deleted = action.method == Method::Delete;
    let tool = if deleted {
        let create = Catalogue::get().created_by(action).map(Tool::Action);
        create.ok_or_else(|| cannot("Jamf Pro has no way to create such an object"))?
    } else {
        Tool::Action(action)
    };
    let schema = tool.input_schema();
    let body = schema.get("properties").and_then(|properties| properties.get("body"));
    let body = body.ok_or_else(|| cannot("what it was cannot be said in one call"))?;
    let object = content.get("object").cloned().unwrap_or_default();
    let mut arguments = Map::new();
    let (mut kept, mut cleared) = (Value::Null, Vec::new());
    match (action.method, content.get("given")) {
        // Only what was changed goes back; what others changed since then stays.
        (Method::Patch, Some(given)) => {
            kept = as_it_was(given, &object, "", &mut cleared);
        }
        _ => {
            if let Some(fitting) = fitting(body, &object) {
                kept = fitting;
            }
        }
    }
    arguments.insert("body".to_owned(), kept);
    if !cleared.is_empty() {
        arguments.insert("clear".to_owned(), json!(cleared));
    }
    if !deleted && let Some(key) = content.get("key").and_then(Value::as_object) {
        arguments.extend(key.clone());
    }
    Ok((tool, arguments))
}

/// The fields that were given, with the values that they had.
fn as_it_was(given: &Value, object: &Value, path: &str, cleared: &mut Vec<String>) -> Value {
    let Value::Object(map) = given else { return object.clone() };
    let mut was = Map::new();
    for (name, value) in map {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match object.get(name) {
            None | Some(Value::Null) => cleared.push(path),
            Some(there) => {
                was.insert(name.clone(), as_it_was(value, there, &path, cleared));
            }
        }
    }
    Value::Object(was)
}

/// The part of an object that a schema takes. Jamf answers more than it accepts.
fn fitting(schema: &Value, value: &Value) -> Option<Value> {
    match value {
        Value::Object(map) => {
            let properties = schema.get("properties")?.as_object()?;
            let fits = map.iter().filter_map(|(name, value)| {
                let property = properties.get(name)?;
                Some((name.clone(), fitting(property, value)?))
            });
            Some(Value::Object(fits.collect()))
        }
        Value::Array(items) => {
            let schema = schema.get("items")?;
            Some(items.iter().filter_map(|item| fitting(schema, item)).collect())
        }
        Value::Null => None,
        plain => {
            let known = schema.get("enum").and_then(Value::as_array);
            known.is_none_or(|known| known.contains(plain)).then(|| plain.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::registry;

    fn copy(tool: &str) -> Snapshot {
        Snapshot {
            id: "c".to_owned(),
            tenant: "demo".to_owned(),
            tool: tool.to_owned(),
            object: "7".to_owned(),
            call: String::new(),
            who: String::new(),
            note: String::new(),
            made: jiff::Timestamp::UNIX_EPOCH,
            done: None,
            restored: None,
        }
    }

    #[test]
    fn a_change_is_put_back_and_a_deletion_created_anew() {
        let content = json!({ "key": { "id": "7" }, "object": { "id": "7", "name": "HQ", "city": null, "unknown": 1 } });
        let (tool, arguments) = call_of(registry(), &copy("building_update"), &content).unwrap();
        assert_eq!(
            (tool.name(), &arguments["id"], &arguments["body"]),
            ("building_update", &json!("7"), &json!({ "name": "HQ" }))
        );
        let (tool, arguments) = call_of(registry(), &copy("building_delete"), &content).unwrap();
        assert_eq!((tool.name(), arguments.get("id")), ("building_create", None));
        assert!(call_of(registry(), &copy("computer_attachment_delete"), &content).is_err());
    }

    #[test]
    fn of_a_partial_change_only_that_part_goes_back() {
        let content = json!({
            "key": { "id": "7" }, "given": { "name": "new", "userAndLocation": { "username": "x", "room": "y" } },
            "object": { "name": "old", "assetTag": "A1", "userAndLocation": { "username": "anna", "room": null } },
        });
        let (_, arguments) = call_of(registry(), &copy("mobile_device_update"), &content).unwrap();
        assert_eq!(arguments["body"], json!({ "name": "old", "userAndLocation": { "username": "anna" } }));
        assert_eq!(arguments["clear"], json!(["userAndLocation.room"]));
    }
}
