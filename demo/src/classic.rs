//! The Classic API: policies and configuration profiles, with its traps.
//!
//! It answers JSON or XML as asked, takes XML alone, answers writes in XML whatever was asked, explains errors in web pages,
//! drops what it does not know or what comes out of order without a word, sets values it does not know to a default, and
//! replaces a section that is sent as a whole.

use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::server::Ask;
use crate::store::id_of;

struct Kind {
    /// Segment of the path, and key of the list.
    segment: &'static str,
    list: &'static str,
    object: &'static str,
    collection: &'static str,
    privilege: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        segment: "policies",
        list: "policies",
        object: "policy",
        collection: "policies",
        privilege: "Policies",
    },
    Kind {
        segment: "osxconfigurationprofiles",
        list: "os_x_configuration_profiles",
        object: "os_x_configuration_profile",
        collection: "osx_configuration_profiles",
        privilege: "macOS Configuration Profiles",
    },
    Kind {
        segment: "mobiledeviceconfigurationprofiles",
        list: "configuration_profiles",
        object: "configuration_profile",
        collection: "mobile_device_configuration_profiles",
        privilege: "iOS Configuration Profiles",
    },
];

/// Sections of a policy in the order of the schema.
const SECTIONS: [&str; 14] = [
    "general",
    "scope",
    "self_service",
    "package_configuration",
    "scripts",
    "printers",
    "dock_items",
    "account_maintenance",
    "reboot",
    "maintenance",
    "files_processes",
    "user_interaction",
    "disk_encryption",
    "network_limitations",
];

const FREQUENCIES: [&str; 7] = [
    "Once per computer",
    "Once per user per computer",
    "Once per user",
    "Once every day",
    "Once every week",
    "Once every month",
    "Ongoing",
];

/// Elements that hold a list, and the element of each entry.
const LISTS: [(&str, &str); 22] = [
    ("packages", "package"),
    ("scripts", "script"),
    ("printers", "printer"),
    ("dock_items", "dock_item"),
    ("accounts", "account"),
    ("directory_bindings", "binding"),
    ("computers", "computer"),
    ("computer_groups", "computer_group"),
    ("buildings", "building"),
    ("departments", "department"),
    ("users", "user"),
    ("user_groups", "user_group"),
    ("network_segments", "network_segment"),
    ("ibeacons", "ibeacon"),
    ("self_service_categories", "category"),
    ("no_execute_on", "day"),
    ("mobile_devices", "mobile_device"),
    ("mobile_device_groups", "mobile_device_group"),
    ("jss_users", "user"),
    ("jss_user_groups", "user_group"),
    ("policies", "policy"),
    ("os_x_configuration_profiles", "os_x_configuration_profile"),
];

pub(crate) fn answer(ask: &Ask<'_>) -> Response {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let [_, name, rest @ ..] = segments.as_slice() else { return missing() };
    let Some(kind) = KINDS.iter().find(|kind| kind.segment == *name) else { return missing() };
    let verb = match ask.method {
        "GET" => "Read",
        "POST" => "Create",
        "PUT" => "Update",
        _ => "Delete",
    };
    if !ask.state.may(&format!("{verb} {}", kind.privilege)) {
        return answer::classic_page(StatusCode::UNAUTHORIZED, "The request requires user authentication");
    }
    match (ask.method, rest) {
        ("GET", []) => list(ask, kind, |_| true),
        ("GET", ["category", category]) => list(ask, kind, |row| {
            let of = &row["general"]["category"];
            of["name"] == *category || of["id"] == category.parse::<u64>().unwrap_or_default()
        }),
        ("GET", ["createdBy", by]) => list(ask, kind, |_| *by == "jss"),
        ("GET", ["id", id]) => one(ask, kind, |row| id_of(row) == *id, None),
        ("GET", ["name", name]) => one(ask, kind, |row| row["general"]["name"] == *name, None),
        ("GET", ["id", id, "subset", subset]) => one(ask, kind, |row| id_of(row) == *id, Some(subset)),
        ("POST", ["id", _]) => create(ask, kind),
        ("PUT", ["id", id]) => update(ask, kind, id),
        ("DELETE", ["id", id]) => match ask.state.store().remove(kind.collection, id) {
            true => done(StatusCode::OK, kind, id),
            false => missing(),
        },
        _ => missing(),
    }
}

fn missing() -> Response {
    answer::classic_page(StatusCode::NOT_FOUND, "The server has not found anything matching the request URI")
}

fn done(status: StatusCode, kind: &Kind, id: &str) -> Response {
    answer::xml(
        status,
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{0}><id>{id}</id></{0}>", kind.object),
    )
}

/// JSON or XML, as `Accept` asks; XML when it does not say.
fn told(ask: &Ask<'_>, name: &str, value: &Value) -> Response {
    let accept = ask.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        return answer::ok(&json!({ name: value }));
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    element(&mut text, name, value);
    answer::xml(StatusCode::OK, text)
}

fn element(text: &mut String, name: &str, value: &Value) {
    text.push_str(&format!("<{name}>"));
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| element(text, key, value)),
        Value::Array(items) => {
            text.push_str(&format!("<size>{}</size>", items.len()));
            let item = LISTS.iter().find(|(list, _)| *list == name).map_or("item", |(_, item)| *item);
            items.iter().for_each(|value| element(text, item, value));
        }
        Value::String(content) => text.push_str(&quick_xml::escape::escape(content.as_str())),
        Value::Null => {}
        other => text.push_str(&other.to_string()),
    }
    text.push_str(&format!("</{name}>"));
}

fn list(ask: &Ask<'_>, kind: &Kind, wanted: impl Fn(&Value) -> bool) -> Response {
    let store = ask.state.store();
    let rows = store.rows(kind.collection).iter().filter(|row| wanted(row));
    let rows =
        rows.map(|row| json!({ "id": row["general"]["id"], "name": row["general"]["name"] })).collect();
    told(ask, kind.list, &rows)
}

fn one(ask: &Ask<'_>, kind: &Kind, wanted: impl Fn(&Value) -> bool, subset: Option<&str>) -> Response {
    let store = ask.state.store();
    let Some(row) = store.rows(kind.collection).iter().find(|row| wanted(row)) else { return missing() };
    let Some(subset) = subset else { return told(ask, kind.object, row) };
    // A subset that is not known is an empty object.
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let names: Vec<String> = subset.split('&').map(plain).collect();
    let kept: Map<String, Value> = row
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| names.contains(&plain(key)))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    told(ask, kind.object, &Value::Object(kept))
}

/// The body as an object with the sections that were sent, traps applied.
fn sent(ask: &Ask<'_>, kind: &Kind) -> Result<Map<String, Value>, Response> {
    let media_type =
        ask.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.contains("xml") {
        return Err(answer::empty(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let malformed = || {
        answer::classic_page(
            StatusCode::BAD_REQUEST,
            "The request could not be understood by the server due to malformed syntax",
        )
    };
    let text = std::str::from_utf8(ask.body).map_err(|_| malformed())?;
    let document = roxmltree::Document::parse(text).map_err(|_| malformed())?;
    let root = document.root_element();
    if root.tag_name().name() != kind.object {
        return Err(malformed());
    }
    let mut sections = Map::new();
    let mut last = 0;
    for child in root.children().filter(roxmltree::Node::is_element) {
        let name = child.tag_name().name();
        // What is unknown, and what comes after something that should have come later, is dropped.
        let Some(place) = SECTIONS.iter().position(|section| *section == name) else { continue };
        if place < last {
            continue;
        }
        last = place;
        sections.insert(name.to_owned(), read(child));
    }
    Ok(sections)
}

fn read(node: roxmltree::Node<'_, '_>) -> Value {
    let name = node.tag_name().name();
    let children: Vec<_> = node.children().filter(roxmltree::Node::is_element).collect();
    if let Some((_, item)) = LISTS.iter().find(|(list, _)| *list == name) {
        return children
            .iter()
            .filter(|child| child.tag_name().name() == *item)
            .map(|child| read(*child))
            .collect();
    }
    if children.is_empty() {
        let text = node.text().unwrap_or_default();
        return match text {
            "true" => json!(true),
            "false" => json!(false),
            number
                if !number.is_empty()
                    && number.len() < 10
                    && number.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                json!(number.parse::<u64>().unwrap_or_default())
            }
            text => json!(text),
        };
    }
    Value::Object(children.iter().map(|child| (child.tag_name().name().to_owned(), read(*child))).collect())
}

/// Values that are not known become the default, without a word.
fn default_unknown(sections: &mut Map<String, Value>) {
    if let Some(general) = sections.get_mut("general").and_then(Value::as_object_mut)
        && let Some(frequency) = general.get_mut("frequency")
        && !FREQUENCIES.iter().any(|known| frequency == known)
    {
        *frequency = json!(FREQUENCIES[0]);
    }
    if let Some(scope) = sections.get_mut("scope").and_then(Value::as_object_mut)
        && scope.get("all_computers") == Some(&json!(true))
    {
        scope.insert("computer_groups".to_owned(), json!([]));
    }
}

/// Only fields that an object has can be set.
fn drop_unknown(into: &Value, change: &mut Value) {
    if let (Some(into), Some(change)) = (into.as_object(), change.as_object_mut()) {
        change.retain(|key, _| into.contains_key(key));
        for (key, value) in change.iter_mut() {
            if let Some(into) = into.get(key) {
                drop_unknown(into, value);
            }
        }
    }
}

fn create(ask: &Ask<'_>, kind: &Kind) -> Response {
    let mut sections = match sent(ask, kind) {
        Ok(sections) => sections,
        Err(response) => return response,
    };
    let name =
        sections.get("general").and_then(|general| general["name"].as_str()).unwrap_or_default().to_owned();
    if name.is_empty() {
        return answer::classic_page(StatusCode::CONFLICT, "Error: Problem with name");
    }
    let mut store = ask.state.store();
    if store.rows(kind.collection).iter().any(|row| row["general"]["name"] == name.as_str()) {
        return answer::classic_page(StatusCode::CONFLICT, "Error: Duplicate name");
    }
    default_unknown(&mut sections);
    let id = store.new_id();
    // A new object has the form of one that is there, emptied.
    let mut object = store.rows(kind.collection).first().cloned().unwrap_or_default();
    blank(&mut object);
    apply(&mut object, sections);
    object["general"]["id"] = json!(id);
    store.rows_mut(kind.collection).push(object);
    done(StatusCode::CREATED, kind, &id.to_string())
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(blank),
        Value::Array(items) => items.clear(),
        Value::String(text) => text.clear(),
        Value::Bool(flag) => *flag = false,
        Value::Number(_) => *value = json!(0),
        Value::Null => {}
    }
}

/// Sections that were sent: scope replaces, the others merge.
fn apply(object: &mut Value, sections: Map<String, Value>) {
    for (name, mut section) in sections {
        let Some(into) = object.get_mut(&name) else { continue };
        drop_unknown(into, &mut section);
        if name == "scope" {
            blank(into);
        }
        crate::store::merge(into, &section);
    }
}

fn update(ask: &Ask<'_>, kind: &Kind, id: &str) -> Response {
    let mut sections = match sent(ask, kind) {
        Ok(sections) => sections,
        Err(response) => return response,
    };
    default_unknown(&mut sections);
    let mut store = ask.state.store();
    let Some(object) = store.find_mut(kind.collection, id) else { return missing() };
    let own = object["general"]["id"].clone();
    apply(object, sections);
    object["general"]["id"] = own;
    done(StatusCode::CREATED, kind, id)
}
