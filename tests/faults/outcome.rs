//! What became of a change: nothing that fails after the tenant's answer turns a success into a failure, and nothing that failed
//! inside a success is called one.

use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::store::Store;
use serde_json::{Value, json};

use crate::person;
use crate::proxy::{Reply, Seen, is_of_token};
use crate::setup::Setup;

/// What becomes of a read.
type Fault = fn() -> Reply;

/// What happens to reads once a write was answered.
const FAULTS: [(&str, Fault); 3] = [
    ("503", || Reply::Instead(503, "application/json", "{}".to_owned())),
    ("interrupted", || Reply::Broken),
    ("garbage", || Reply::Instead(200, "application/json", "{\"general\": ".to_owned())),
];

fn fail_reads_after_a_write(setup: &Setup, fault: Fault) {
    setup.proxy.script(move |seen| {
        let is_read = seen.method == "GET" && seen.after_write;
        if is_read { fault() } else { Reply::Pass }
    });
}

/// Writes that reached the proxy, without those for tokens.
fn writes(setup: &Setup) -> Vec<Seen> {
    let seen = setup.proxy.seen().into_iter();
    seen.filter(|seen| seen.method != "GET" && !is_of_token(&seen.path)).collect()
}

/// Approve a plan as a person in a terminal does.
fn approve(setup: &Setup, told: &Value) {
    let store = Store::open(setup.state()).unwrap();
    person::approve(&store, &GateConfig::default(), told["plan"].as_str().unwrap());
}

/// The outcome of the last call, as the audit log has it.
fn audited(setup: &Setup) -> Value {
    let name = std::fs::read_dir(setup.state().join("audit")).ok().map(|_| "audit");
    let folder = name.map_or_else(|| setup.state().to_owned(), |name| setup.state().join(name));
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "jsonl") {
            lines.extend(std::fs::read_to_string(path).unwrap().lines().map(str::to_owned));
        }
    }
    let mut lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.rfind(|line| line["phase"] == "outcome").unwrap_or_default()
}

async fn row(setup: &Setup, list: &str, fields: &[&str]) -> Value {
    setup.ok(list, json!({ "page_size": 1, "fields": fields })).await["rows"][0].clone()
}

/// A policy that is off and has no scope, so that a change of it affects nobody.
async fn policy(setup: &Setup) -> Value {
    let body = json!({ "general": { "name": "before", "enabled": false } });
    setup.ok("policy_create", json!({ "body": body })).await["id"].clone()
}

/// A policy that is off and has one Mac in its scope, so that one person may put it in force.
async fn policy_for(setup: &Setup, computer: &Value) -> Value {
    let general = json!({ "name": "before", "enabled": false });
    let body = json!({ "general": general, "scope": { "computers": [{ "id": computer }] } });
    setup.ok("policy_create", json!({ "body": body })).await["id"].clone()
}

/// A configuration profile without a scope.
async fn profile(setup: &Setup, kind: &str) -> Value {
    let payload = json!([{ "PayloadType": "com.apple.dock", "orientation": "right" }]).to_string();
    let arguments = json!({ "kind": kind, "new_name": "before", "payload": payload });
    setup.ok("profile_create", arguments).await["object"]["id"].clone()
}

#[tokio::test]
async fn a_job_that_cannot_read_back_is_done_and_can_be_undone() {
    for (word, fault) in FAULTS {
        let setup = Setup::start().await;
        let id = policy(&setup).await;
        fail_reads_after_a_write(&setup, fault);
        let arguments = json!({ "id": id, "new_name": "after" });
        let answer = setup.ok("policy_rename", arguments.clone()).await;
        assert_eq!(answer["result"], "done, but not confirmed", "{word}: {answer}");
        assert_eq!(answer["read_back"]["verdict"], "not read back", "{word}: {answer}");
        assert!(answer["read_back"]["why"].as_str().is_some_and(|why| !why.is_empty()), "{word}: {answer}");
        assert_eq!(audited(&setup)["outcome"], "done, but not confirmed", "{word}");
        setup.ok("policy_rename", arguments).await;
        let changes = writes(&setup).iter().filter(|seen| seen.method == "PUT").count();
        assert_eq!(changes, 1, "{word}: the same call is not sent again");
        setup.proxy.script(|_| Reply::Pass);
        let copies = setup.ok("undo_list", json!({})).await;
        assert_eq!(copies["copies"][0]["state"], "can be put back", "{word}: {copies}");
    }
}

#[tokio::test]
async fn every_job_with_a_write_that_cannot_read_back_is_done() {
    for (word, fault) in FAULTS {
        let mut setup = Setup::start().await;
        setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
        let payload = json!([{ "PayloadType": "com.apple.dock", "orientation": "left" }]).to_string();
        let (profile, phone) =
            (profile(&setup, "macos_profile").await, profile(&setup, "mobile_profile").await);
        let computer = row(&setup, "computer_list", &["id", "hardware.serialNumber"]).await;
        let mac = computer["hardware"]["serialNumber"].clone();
        let policy = policy_for(&setup, &computer["id"]).await;
        let groups = setup
            .ok("group_list", json!({ "all": true, "fields": ["groupName", "groupType", "smart"] }))
            .await;
        let is_static = |group: &&Value| group["smart"] == false && group["groupType"] == "COMPUTER";
        let group = groups["rows"].as_array().unwrap().iter().find(is_static).unwrap()["groupName"].clone();
        let list = json!({ "all": true, "fields": ["name", "inputType"] });
        let attributes = setup.ok("computer_extension_attribute_list", list).await;
        let is_text = |attribute: &&Value| attribute["inputType"] == "TEXT";
        let attribute = attributes["rows"].as_array().unwrap().iter().find(is_text).unwrap()["name"].clone();
        let jobs = [
            ("policy_clone", json!({ "id": policy, "new_name": "copy" })),
            ("policy_rename", json!({ "id": policy, "new_name": "after" })),
            ("policy_enable", json!({ "id": policy })),
            ("macos_profile_clone", json!({ "id": profile, "new_name": "copy" })),
            ("mobile_profile_clone", json!({ "id": phone, "new_name": "copy" })),
            ("macos_profile_rename", json!({ "id": profile, "new_name": "after" })),
            ("mobile_profile_rename", json!({ "id": phone, "new_name": "after" })),
            ("profile_create", json!({ "kind": "macos_profile", "new_name": "new", "payload": payload })),
            ("profile_replace", json!({ "kind": "macos_profile", "id": profile, "payload": payload })),
            ("extension_attribute_set", json!({ "device": mac, "attribute": attribute, "value": "x" })),
            ("group_members_change", json!({ "kind": "computer", "group": group, "add": [mac] })),
            (
                "scope_change",
                json!({ "kind": "policy", "id": policy, "add": [{ "place": "exclusions", "type": "computer", "name": mac }] }),
            ),
        ];
        for (job, arguments) in jobs {
            setup.proxy.script(|_| Reply::Pass);
            let before = writes(&setup).len();
            fail_reads_after_a_write(&setup, fault);
            let mut answer = setup.call(job, arguments.clone()).await;
            if answer.stdout.contains("waiting for a person") {
                approve(&setup, &answer.json());
                answer = setup.call(job, arguments.clone()).await;
            }
            assert!(answer.success, "{word}: {job}: {answer:?}");
            let sent = writes(&setup).len();
            assert_eq!(sent, before + 1, "{word}: {job}: {answer:?}");
            let found = answer.json();
            let result = found["result"].as_str().unwrap_or_default().to_owned();
            assert!(result.contains("not confirmed"), "{word}: {job}: {found}");
            assert!(found.to_string().contains("not read back"), "{word}: {job}: {found}");
            assert_eq!(audited(&setup)["outcome"], "done, but not confirmed", "{word}: {job}");
        }
    }
}

#[tokio::test]
async fn a_success_whose_answer_cannot_be_read_is_done_but_not_confirmed() {
    let large = "x".repeat(33 * 1024 * 1024);
    let answers: [(&str, Reply); 3] = [
        ("interrupted", Reply::Broken),
        ("not JSON", Reply::Afterwards(200, "application/json", "not JSON".to_owned())),
        ("too large", Reply::Afterwards(200, "application/json", large)),
    ];
    for (word, reply) in answers {
        let setup = Setup::start().await;
        let building = row(&setup, "building_list", &["id"]).await;
        let answer_to_put = reply.clone();
        setup
            .proxy
            .script(move |seen| if seen.method == "PUT" { answer_to_put.clone() } else { Reply::Pass });
        let arguments = json!({ "id": building["id"], "body": { "name": "after" } });
        let answer = setup.ok("building_update", arguments.clone()).await;
        assert_eq!(answer["result"], "done, but not confirmed", "{word}: {answer}");
        assert!(answer["answer_not_read"].as_str().is_some_and(|why| !why.is_empty()), "{word}: {answer}");
        assert_eq!(audited(&setup)["outcome"], "done, but not confirmed", "{word}");
        setup.ok("building_update", arguments).await;
        assert_eq!(writes(&setup).len(), 1, "{word}: the same call is not sent again");
        let copies = setup.ok("undo_list", json!({})).await;
        assert_eq!(copies["copies"][0]["state"], "can be put back", "{word}: {copies}");
    }
}

#[tokio::test]
async fn a_plan_whose_answers_cannot_be_read_is_applied_to_all_of_its_devices() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    let list = json!({ "page_size": 60, "fields": ["hardware.serialNumber", "general.managementId"] });
    let macs = setup.ok("computer_list", list).await;
    let is_managed = |mac: &&Value| mac["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
    let macs: Vec<Value> = macs["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_managed)
        .map(|mac| mac["hardware"]["serialNumber"].clone())
        .take(3)
        .collect();
    let arguments = json!({ "devices": macs, "reason": "test", "body": {} });
    let told = setup.ok("device_restart", arguments.clone()).await;
    approve(&setup, &told);
    setup.proxy.script(|seen| {
        let is_command = seen.method == "POST" && seen.path.contains("/mdm/commands");
        match seen.method.as_str() {
            "POST" if is_command => Reply::Broken,
            "GET" if seen.after_write => Reply::Instead(503, "application/json", "{}".to_owned()),
            _ => Reply::Pass,
        }
    });
    let answer = setup.ok("device_restart", arguments).await;
    assert!(!answer.to_string().contains("failed"), "{answer}");
    assert_eq!(writes(&setup).iter().filter(|seen| seen.path.contains("/mdm/commands")).count(), 3);
    setup.proxy.script(|_| Reply::Pass);
    let status = setup.ok("plan_status", json!({ "plan": told["plan"] })).await;
    let states: Vec<&Value> = status["steps"].as_array().unwrap().iter().map(|step| &step["state"]).collect();
    assert_eq!((&status["result"], states), (&json!("applied"), vec![&json!("done"); 3]), "{status}");
}

#[tokio::test]
async fn failures_inside_a_success_are_told_per_item() {
    let setup = Setup::start().await;
    let list =
        json!({ "page_size": 60, "fields": ["hardware.serialNumber", "general.managementId", "udid"] });
    let macs = setup.ok("computer_list", list).await;
    let is_managed = |mac: &&Value| mac["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty());
    let macs: Vec<&Value> = macs["rows"].as_array().unwrap().iter().filter(is_managed).take(2).collect();
    let (serial, id) =
        (macs[0]["hardware"]["serialNumber"].clone(), macs[0]["general"]["managementId"].clone());
    let other = macs[1]["hardware"]["serialNumber"].clone();
    let failing = json!({ "errorUuids": [id] }).to_string();
    setup.proxy.script(move |seen| match seen.method.as_str() {
        "POST" if seen.path.contains("/blank-push") => {
            Reply::Instead(200, "application/json", failing.clone())
        }
        _ => Reply::Pass,
    });
    let said = setup.fails("blank_push_send", json!({ "body": { "clientManagementIds": [serial] } })).await;
    assert!(said.contains("none of the 1 items") && said.contains(serial.as_str().unwrap()), "{said}");
    assert!(said.contains("Nothing was changed."), "{said}");
    assert_eq!(audited(&setup)["outcome"], "failed at Jamf");
    let two = json!({ "body": { "clientManagementIds": [serial, other] } });
    let answer = setup.ok("blank_push_send", two).await;
    assert_eq!(
        (&answer["result"], &answer["failed"][0]["item"]),
        (&json!("partly done: 1 of 2"), &serial),
        "{answer}"
    );
    assert_eq!(audited(&setup)["outcome"], "partly done: 1 of 2");
    let udid = macs[0]["udid"].as_str().unwrap().to_owned();
    let failing = json!({ "udidsNotProcessed": { "udids": [udid] } }).to_string();
    setup.proxy.script(move |seen| match seen.method.as_str() {
        "POST" if seen.path.contains("/renew-profile") => {
            Reply::Instead(202, "application/json", failing.clone())
        }
        _ => Reply::Pass,
    });
    let said = setup.fails("mdm_profile_renew", json!({ "body": { "udids": [udid] } })).await;
    assert!(said.contains(&udid) && said.contains("not processed"), "{said}");
    // Nothing was done, so the same call may go out again.
    setup.fails("mdm_profile_renew", json!({ "body": { "udids": [udid] } })).await;
    assert_eq!(writes(&setup).iter().filter(|seen| seen.path.contains("/renew-profile")).count(), 2);
}

#[tokio::test]
async fn an_error_says_once_what_became_of_the_call() {
    let setup = Setup::start().await;
    let name = row(&setup, "building_list", &["name"]).await["name"].clone();
    let count = |said: &str, sentence: &str| said.to_lowercase().matches(sentence).count();
    let refused = setup.fails("building_create", json!({ "body": { "name": name } })).await;
    assert_eq!(
        (count(&refused, "nothing was changed"), count(&refused, "nothing was sent")),
        (1, 0),
        "{refused}"
    );
    for (tool, arguments) in [
        ("building_create", json!({ "body": { "nome": "x" } })),
        ("building_delete", json!({ "id": "1" })),
        ("policy_rename", json!({ "name": "none of this name", "new_name": "x" })),
    ] {
        let said = setup.fails(tool, arguments).await;
        assert_eq!(
            (count(&said, "nothing was changed"), count(&said, "nothing was sent")),
            (0, 1),
            "{tool}: {said}"
        );
    }
    let read = setup.fails("building_get", json!({ "id": "999999" })).await;
    assert_eq!(count(&read, "nothing was"), 0, "{read}");
}
