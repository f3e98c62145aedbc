//! Every tool that reads gives its caller something to look at from the simulated tenant: a row or a field, nothing made up. What the
//! tenant has none of, on purpose, stands in `jamf_pro_demo::ABSENT`.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "support/straight.rs"]
mod straight;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "other tests ask more of it")]
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use jamf_pro_demo::{ABSENT, Options};
use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::Tool;
use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::{Action, Risk};
use serde_json::{Value, json};

use arguments::arguments;
use straight::Straight;
use support::{World, world_of};

/// Tools that read and are no operation of Jamf Pro, with arguments that fit.
fn other(name: &str) -> Option<Value> {
    Some(match name {
        "device_find" => json!({ "query": "computer:1" }),
        "os_versions" | "encryption_gaps" | "security_posture" | "stale_devices" | "mdm_health"
        | "command_failures" | "update_plan_status" | "patch_status" | "expiring" | "fleet_overview"
        | "license_report" => json!({}),
        "app_versions" => json!({ "name": "Google Chrome" }),
        "enrollment_check" => json!({ "serial_number": "ZZNEW00001" }),
        "update_ring" => json!({ "group": "Update ring 1", "version": "26.1" }),
        "offboard_person" => json!({ "person": "Farid Nkosi" }),
        "stolen_device" => json!({ "device": "computer:1" }),
        "device_report" => json!({ "device": "computer:1" }),
        "person_report" => json!({ "person": "farid.nkosi1" }),
        "group_membership_check" => json!({ "device": "computer:1" }),
        "unused_objects" | "config_review" | "policy_triggers" | "access_review" | "what_changed" => {
            json!({})
        }
        "script_parameters" => json!({ "script": "1" }),
        "policy_results" => json!({ "policy": "1", "sample": 2 }),
        "where_used" => json!({ "object": "Pilot" }),
        "explain_policy" => json!({ "policy": "1", "device": "computer:1" }),
        "explain_profile" => json!({ "profile": "1", "kind": "macos_profile", "device": "computer:1" }),
        "explain_membership" => json!({ "device": "computer:1", "group": "1" }),
        "effective_scope" => json!({ "object": "1", "kind": "policy" }),
        "profile_payload_get" => json!({ "kind": "macos_profile", "id": "1" }),
        "find_tools" => json!({ "query": "computers" }),
        "api_get" => json!({ "path": "/api/v1/lending-desks" }),
        "fleet_query" => json!({ "sql": "SELECT id, name FROM computers LIMIT 3" }),
        "fleet_schema" => json!({}),
        "preview_change" => {
            json!({ "name": "building_create", "arguments": { "body": { "name": "Annex" } } })
        }
        "call_read" => json!({ "name": "building_list", "arguments": {} }),
        // These are about what somebody planned or did before.
        "plan_status" | "undo_list" => return None,
        name => panic!("{name} has no arguments here"),
    })
}

/// How many objects of a list are looked at before an empty answer counts.
const OBJECTS: usize = 60;

/// A file to send, for what reads one.
const FILE: &str = "devices.csv";

/// Whether an answer has a row, or a field besides what says how much there is.
fn has_something(answer: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(answer) else { return !answer.trim().is_empty() };
    fn holds(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(items) => items.iter().any(holds),
            Value::Object(fields) => {
                // Of a list only its rows count, not what is said of it.
                fields.get("rows").map_or_else(|| fields.values().any(holds), holds)
            }
            Value::String(text) => !text.is_empty(),
            _ => true,
        }
    }
    holds(&value)
}

/// What a text holds that nobody would write.
fn made_up(answer: &str) -> Option<&'static str> {
    ["of the simulated tenant", "com.example.app", "c2ltdWxhdGVk", "\"simulated\"", "Name 1\"", "Title 1\""]
        .into_iter()
        .find(|text| answer.contains(text))
}

/// The path of an action with `{}` in the place of keys.
fn template(action: &Action) -> String {
    let words = action.path.split('/').map(|word| if word.starts_with('{') { "{}" } else { word });
    words.collect::<Vec<_>>().join("/")
}

/// A read through the server, with arguments that fit, or of another object where the first one has nothing: what is wrong with it.
async fn complaint(action: &'static Action, world: &World, straight: &Straight) -> Result<(), String> {
    let mut given = arguments(action, straight, false).await;
    if let Some(argument) = action.file_argument() {
        given[argument] = json!(FILE);
    }
    let answer = world.call(action.name, given.clone()).await;
    if answer.is_error {
        return Err(format!("FAILED with {given}: {}", answer.text));
    }
    if let Some(text) = made_up(&answer.text) {
        return Err(format!("MADE UP: {text}"));
    }
    if has_something(&answer.text) {
        return Ok(());
    }
    let last = placeholders(action.path)
        .last()
        .filter(|key| given[*key].as_str().is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit())));
    for id in (2..OBJECTS).filter(|_| last.is_some()) {
        given[last.unwrap_or_default()] = json!(id.to_string());
        let answer = world.call(action.name, given.clone()).await;
        if !answer.is_error && has_something(&answer.text) {
            return Ok(());
        }
    }
    Err(format!("EMPTY: {}", answer.text.chars().take(160).collect::<String>()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_answers_a_row_or_a_field() {
    let files = tempfile::tempdir().unwrap();
    std::fs::write(files.path().join(FILE), "Serial Number,Device Type\nZZNEW00009,Computer\n").unwrap();
    let options = Options { token_lifetime: Duration::from_secs(3600), ..Options::default() };
    let world = world_of(options, |config| config.files = Some(files.path().to_owned())).await;
    let straight = Straight::to(&world.tenant).await;
    let (mut wrong, mut read, mut empty) = (Vec::new(), 0, BTreeSet::new());
    let mut secret = BTreeSet::new();
    for tool in registry().all().filter(|tool| tool.risk() == Risk::Read) {
        read += 1;
        let Tool::Action(action) = tool else {
            let Some(given) = other(tool.name()) else { continue };
            let answer = world.call(tool.name(), given).await;
            if answer.is_error || !has_something(&answer.text) {
                wrong.push(format!("{}: {}", tool.name(), answer.text));
            }
            continue;
        };
        // A person types in what these are about; `every_action` sends them with it.
        if action.secrets().next().is_some() {
            secret.insert(action.name);
            continue;
        }
        match complaint(action, &world, &straight).await {
            Err(text) if text.starts_with("EMPTY") && is_absent(action) => {
                empty.insert(action.name);
            }
            Err(text) => wrong.push(format!("{} ({}): {text}", action.name, action.path)),
            Ok(()) => {}
        }
    }
    println!("{read} tools that read; with nothing to look at: {}", wrong.len());
    println!("empty on purpose: {empty:?}; about a secret that a person types in: {secret:?}");
    assert!(read > 440, "{read} tools read");
    assert!(wrong.is_empty(), "{} of {read}:\n{}", wrong.len(), wrong.join("\n"));
}

fn is_absent(action: &Action) -> bool {
    let template = template(action);
    ABSENT.iter().any(|(path, _)| *path == template)
}
