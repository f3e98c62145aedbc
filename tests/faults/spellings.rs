//! A tenant that writes the ids in its answers in another way, with leading zeros or as a number, has the same objects: what a plan
//! says of a call is the same.

use jamf_pro_mcp::plan::Plan;
use jamf_pro_mcp::store::Store;
use serde_json::{Value, json};

use crate::proxy::Reply;
use crate::setup::{Session, Setup};

/// An id as a tenant may write it as well: text with leading zeros for a number, a number for a text.
fn respelled(id: &Value) -> Option<Value> {
    match id {
        Value::Number(number) if number.as_u64().is_some_and(|number| number > 0) => {
            Some(json!(format!("00{number}")))
        }
        Value::String(text) => match text.parse::<u64>() {
            Ok(number) if number > 0 && number.to_string() == *text => {
                Some(if number % 2 == 0 { json!(number) } else { json!(format!("0{number}")) })
            }
            _ => None,
        },
        _ => None,
    }
}

/// Every id in a value in another spelling.
fn respell(value: &mut Value, is_id: bool) {
    match value {
        Value::Object(map) => {
            for (name, below) in map {
                let ends = ["Id", "Ids", "_id", "_ids"].iter().any(|end| name.ends_with(end));
                // Apple's numbers are no ids of Jamf's.
                let of_apple =
                    ["adam", "bundle", "client", "declaration"].iter().any(|word| name.contains(word));
                respell(below, (ends || name == "id") && !of_apple);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| respell(item, is_id)),
        one if is_id => {
            if let Some(other) = respelled(one) {
                *one = other;
            }
        }
        _ => {}
    }
}

fn respelled_answer(body: &str) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    respell(&mut answer, false);
    answer.to_string()
}

async fn setup() -> (Setup, Session) {
    let mut setup = Setup::start().await;
    for (name, value) in [
        ("JAMF_PRO_MCP_ALLOW", "read,device,write,secret,destructive"),
        ("JAMF_PRO_MCP_TOOLSETS", "all"),
        ("JAMF_PRO_MCP_GATE_SHARE_PERCENT", "100"),
        ("JAMF_PRO_MCP_GATE_PLANS_AN_HOUR", "1000"),
    ] {
        setup.set(name, value);
    }
    let session = setup.stdio().await;
    (setup, session)
}

/// What a person is shown of a call whose plan waits, without what another plan of the same call has otherwise.
async fn shown(setup: &Setup, session: &mut Session, tool: &str, arguments: Value) -> Value {
    let (_, text) = session.call(tool, arguments).await;
    let told: Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(id) = told["plan"].as_str() else { return json!({ "no plan": text }) };
    let plan: Plan = Store::open(setup.state()).unwrap().plan(id).unwrap().unwrap().plan;
    // How old the configuration is that was looked at is another minute for another server.
    let not_checked: Vec<&str> = plan
        .not_checked
        .iter()
        .map(|what| what.split_once(" since ").map_or(what.as_str(), |(what, _)| what))
        .collect();
    let references: Vec<Value> =
        plan.references.iter().map(|one| json!([one.kind, one.id, one.name, one.how])).collect();
    json!({
        "title": plan.title,
        "reach": [json!(plan.reach.devices), json!(plan.reach.sentence)],
        "devices": plan.basis.devices,
        "targets": plan.targets.iter().map(|target| json!([target.kind, target.id, target.serial])).collect::<Vec<_>>(),
        "references": references,
        "warnings": plan.warnings,
        "not_checked": not_checked,
    })
}

/// Calls that are judged by what refers to an object, by who is in a group, at a place or in a scope.
fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("script_delete", json!({ "id": "1" })),
        ("package_delete", json!({ "id": "1" })),
        ("building_delete", json!({ "id": "1" })),
        ("department_delete_several", json!({ "body": { "ids": ["1", "2"] } })),
        ("smart_computer_group_delete", json!({ "id": "1" })),
        ("group_members_change", json!({ "kind": "computer", "group": "Pilot", "add": ["computer:3"] })),
        ("patch_title_delete", json!({ "id": "1" })),
        ("app_installer_deployment_retry", json!({ "id": "1" })),
        ("class_delete", json!({ "id": "1" })),
        ("user_group_delete", json!({ "id": "1" })),
        ("policy_delete", json!({ "id": "1" })),
        ("macos_profile_delete", json!({ "id": "1" })),
        ("mobile_device_app_delete", json!({ "id": "1" })),
        ("enrollment_customization_delete", json!({ "id": "1" })),
        ("computer_delete", json!({ "id": "5" })),
        ("policy_log_flush", json!({ "log": "policy", "id": "1", "interval": "Zero+Days" })),
    ]
}

#[tokio::test]
async fn ids_that_a_tenant_writes_in_another_way_are_the_same_ids() {
    let ((plain, mut one), (other, mut two)) = (setup().await, setup().await);
    other.proxy.script(|seen| {
        if seen.path.contains("/oauth/") { Reply::Pass } else { Reply::Changed(respelled_answer) }
    });
    let (mut wrong, mut referred) = (Vec::new(), 0);
    for (tool, arguments) in calls() {
        let usual = shown(&plain, &mut one, tool, arguments.clone()).await;
        let respelled = shown(&other, &mut two, tool, arguments).await;
        referred += usual["references"].as_array().map_or(0, Vec::len);
        if usual != respelled || usual.get("no plan").is_some() {
            wrong.push(format!("{tool}:\n  {usual}\n  {respelled}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(referred > 10, "{referred}");
    let sent = other.proxy.seen();
    let is_odd = |part: &str| {
        part.len() > 1 && part.starts_with('0') && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let zeros = |path: &str| {
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned();
        path.split(['/', '?', '&', '=', '(', ')', ',', '"']).any(is_odd)
    };
    let zeros: Vec<&str> = sent.iter().map(|seen| seen.path.as_str()).filter(|path| zeros(path)).collect();
    assert!(zeros.is_empty(), "{zeros:?}");
}

#[tokio::test]
async fn a_job_knows_a_group_and_an_entry_of_a_scope_by_its_id_however_it_is_written() {
    let (other, mut session) = setup().await;
    let computer = json!({ "device": "computer:3" });
    let (_, text) = session.call("group_membership_check", computer).await;
    let found: Value = serde_json::from_str(&text).unwrap();
    let group = found["groups"][0]["id"].as_str().unwrap().to_owned();
    let mut target = None;
    for id in 1..40 {
        let (_, policy) = session.call("policy_get", json!({ "id": id.to_string() })).await;
        let policy: Value = serde_json::from_str(&policy).unwrap_or_default();
        target = policy.pointer("/scope/computer_groups/0/id").map(|group| (id.to_string(), group.clone()));
        if target.is_some() {
            break;
        }
    }
    let (policy, target) = target.unwrap();
    other.proxy.script(|seen| {
        if seen.path.contains("/oauth/") { Reply::Pass } else { Reply::Changed(respelled_answer) }
    });
    let asked = json!({ "device": "computer:3", "group": group });
    let (_, text) = session.call("group_membership_check", asked).await;
    let found: Value = serde_json::from_str(&text).unwrap_or_default();
    assert_eq!(found["member"], true, "{text}");
    let entry = json!({ "place": "targets", "type": "computer_group", "id": target });
    let again = json!({ "kind": "policy", "id": policy, "add": [entry] });
    let (_, text) = session.call("scope_change", again).await;
    let found: Value = serde_json::from_str(&text).unwrap_or_default();
    assert_eq!(found["result"], "unchanged", "{text}");
}
