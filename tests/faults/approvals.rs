//! Plans, their approvals and their secrets: nothing is asked twice, nothing is lost, nothing weaker comes back.

use std::process::Stdio;

use jamf_pro_mcp::audit::{Audit, Record};
use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::store::{Store, Voucher};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::binary;
use crate::person;
use crate::proxy::Reply;
use crate::setup::Setup;

async fn grave() -> Setup {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,secret,destructive,critical");
    setup
}

fn lock(serial: &str, message: &str) -> Value {
    json!({ "devices": [serial], "body": { "message": message } })
}

fn store(setup: &Setup) -> Store {
    Store::open(setup.state()).unwrap()
}

/// A person approves a plan, past every interface.
fn approve(setup: &Setup, plan: &str) {
    person::approve(&store(setup), &GateConfig::default(), plan);
}

/// A passkey that is enrolled, as the store and the log have it.
fn enroll(setup: &Setup) {
    let store = store(setup);
    assert!(store.enroll("passkey:bob", "Bob", b"key", 0, &Voucher::Code, None).unwrap());
    let record = Record {
        who: "Bob".to_owned(),
        tool: "approvers".to_owned(),
        phase: "enrolled".to_owned(),
        arguments: json!({ "passkey": "passkey:bob", "fingerprint": store.approvers().unwrap()[0].fingerprint() }),
        ..Record::default()
    };
    Audit::open(setup.state(), "default").unwrap().record(&record).unwrap();
}

/// A command in a terminal, with what a person types. Answers what was printed.
#[cfg(target_os = "linux")]
async fn terminal(setup: &Setup, arguments: &str, typed: &str) -> String {
    let command = format!("'{}' {arguments}", binary::under_test().display());
    // `script` is a terminal.
    let terminal = setup.command(&[]);
    let environment: Vec<_> = terminal
        .as_std()
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let mut terminal = tokio::process::Command::new("script");
    terminal
        .args(["--quiet", "--return", "--echo", "never", "--command", &command, "/dev/null"])
        .env_clear()
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = terminal.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(typed.as_bytes()).await.unwrap();
    let printed = child.wait_with_output().await.unwrap();
    String::from_utf8_lossy(&printed.stdout).into_owned()
}

#[tokio::test]
async fn calls_at_the_same_moment_get_the_same_plan() {
    let setup = grave().await;
    let serial = setup.serials(1).await.remove(0);
    let mut sessions = [setup.stdio().await, setup.stdio().await, setup.stdio().await];
    let mut ids = Vec::new();
    for session in &mut sessions {
        let call = json!({ "name": "device_lock", "arguments": lock(&serial, "Bring it back") });
        ids.push(session.request("tools/call", call).await);
    }
    let mut plans = std::collections::BTreeSet::new();
    for (session, id) in sessions.iter_mut().zip(ids) {
        let answer = session.answer(id).await;
        let told: Value =
            serde_json::from_str(answer["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
        plans.insert(told["plan"].as_str().unwrap().to_owned());
    }
    assert_eq!(plans.len(), 1, "{plans:?}");
    // Also within one process.
    let other = setup.serials(2).await.remove(1);
    let session = &mut sessions[0];
    let mut ids = Vec::new();
    for _ in 0..3 {
        let call = json!({ "name": "device_lock", "arguments": lock(&other, "Bring it back") });
        ids.push(session.request("tools/call", call).await);
    }
    let mut plans = std::collections::BTreeSet::new();
    let mut left = ids.len();
    while left > 0 {
        let message = session.receive().await;
        if ids.iter().any(|id| message["id"] == *id) {
            let text = message["result"]["content"][0]["text"].as_str().unwrap();
            let told: Value = serde_json::from_str(text).unwrap();
            plans.insert(told["plan"].as_str().unwrap().to_owned());
            left -= 1;
        }
    }
    assert_eq!(plans.len(), 1, "{plans:?}");
    assert_eq!(setup.ok("plan_status", json!({})).await["plans"].as_array().unwrap().len(), 2);
}

#[cfg(target_os = "linux")]
async fn reject(setup: &Setup, told: &Value) {
    let said = terminal(setup, &format!("approvals reject {}", told["plan"].as_str().unwrap()), "").await;
    assert!(said.contains("A person rejected it"), "{said}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn after_a_rejection_the_same_is_not_asked_in_other_words() {
    let mut setup = grave().await;
    setup.set("JAMF_PRO_MCP_GATE_GRAVE_DEVICES", "10");
    let serials = setup.serials(2).await;
    let told = setup.ok("device_lock", lock(&serials[0], "Bring it back")).await;
    reject(&setup, &told).await;

    // A model is told besides to stop there, a person in a terminal is not.
    let status = json!({ "plan": told["plan"] });
    let in_terminal = setup.call("plan_status", status.clone()).await.text();
    assert!(in_terminal.contains("rejected by a person"), "{in_terminal}");
    assert!(!in_terminal.contains("another way"), "{in_terminal}");
    let mut session = setup.stdio().await;
    let id = session.request("tools/call", json!({ "name": "plan_status", "arguments": status })).await;
    let to_model = session.answer(id).await.to_string();
    assert!(to_model.contains("Do not try another way"), "{to_model}");

    for message in ["Bring it back!", "Please bring it back", ""] {
        let said = setup.fails("device_lock", lock(&serials[0], message)).await;
        assert!(said.contains("rejected") && said.contains("from"), "{said}");
    }
    // Among others it is the same device.
    let both = json!({ "devices": [serials[1], serials[0]], "body": { "message": "x" } });
    let said = setup.fails("device_lock", both).await;
    assert!(said.contains("rejected"), "{said}");
    // Another device, and another tool, are other questions.
    setup.ok("device_lock", lock(&serials[1], "Bring it back")).await;
    setup.ok("device_restart", json!({ "devices": [serials[0]], "body": {} })).await;
    // An object is the same whatever is to be changed in it.
    let change = |name: &str| json!({ "id": "6", "body": { "general": { "name": name, "enabled": true } } });
    let told = setup.ok("policy_delete", json!({ "id": "6" })).await;
    reject(&setup, &told).await;
    let told = setup.ok("policy_update", change("A")).await;
    reject(&setup, &told).await;
    assert!(setup.fails("policy_update", change("B")).await.contains("rejected"));
}

#[tokio::test]
async fn a_call_whose_end_could_not_be_kept_is_not_under_way_for_ever() {
    let setup = Setup::start().await;
    let mut session = setup.stdio().await;
    let create = |name: &str| json!({ "body": { "name": name } });
    assert!(!session.call("building_create", create("First")).await.0);
    let disk = rusqlite::Connection::open(setup.state().join("store/jamf-pro-mcp.sqlite")).unwrap();
    let fill = "CREATE TRIGGER full BEFORE UPDATE ON repeats BEGIN SELECT raise(FAIL, 'database or disk is full'); END; \
                CREATE TRIGGER full_too BEFORE DELETE ON repeats BEGIN SELECT raise(FAIL, 'database or disk is full'); END;";
    disk.execute_batch(fill).unwrap();
    let (failed, said) = session.call("department_create", json!({ "body": { "name": "Second" } })).await;
    assert!(!failed, "{said}");
    disk.execute_batch("DROP TRIGGER full; DROP TRIGGER full_too").unwrap();
    let (failed, said) = session.call("department_create", json!({ "body": { "name": "Second" } })).await;
    assert!(!failed && said.contains("NOT made a second time"), "{said}");
    assert_eq!(setup.proxy.count("POST", "/api/v1/departments"), 1);

    // The tenant refuses it: nothing was done, and it can be made again.
    setup.proxy.script(|seen| match seen.method.as_str() {
        "POST" if seen.path == "/api/v1/departments" => {
            Reply::Instead(400, "application/json", r#"{"httpStatus":400,"errors":[]}"#.to_owned())
        }
        _ => Reply::Pass,
    });
    disk.execute_batch(fill).unwrap();
    assert!(session.call("department_create", json!({ "body": { "name": "Third" } })).await.0);
    disk.execute_batch("DROP TRIGGER full; DROP TRIGGER full_too").unwrap();
    setup.proxy.script(|_| Reply::Pass);
    let (failed, said) = session.call("department_create", json!({ "body": { "name": "Third" } })).await;
    assert!(!failed && !said.contains("second time"), "{said}");
}

#[tokio::test]
async fn a_failing_store_is_told_to_the_operator() {
    let setup = Setup::start().await;
    setup.ok("building_create", json!({ "body": { "name": "First" } })).await;
    let disk = rusqlite::Connection::open(setup.state().join("store/jamf-pro-mcp.sqlite")).unwrap();
    disk.execute_batch("CREATE TRIGGER full BEFORE INSERT ON repeats BEGIN SELECT raise(FAIL, 'database or disk is full'); END")
        .unwrap();
    let mut command = setup.command(&["serve"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for message in [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "t", "version": "1" } } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "building_create",
            "arguments": { "body": { "name": "Second" } } } }),
    ] {
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }
    let mut output =
        tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    while let Some(line) = output.next_line().await.unwrap() {
        let message: Value = serde_json::from_str(&line).unwrap();
        if message["id"] == 2 {
            assert_eq!(message["result"]["isError"], true, "{message}");
            break;
        }
    }
    drop(input);
    let printed = child.wait_with_output().await.unwrap();
    let log = String::from_utf8_lossy(&printed.stderr);
    assert!(log.contains("disk is full"), "{log}");
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 1, "nothing was sent without it");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn secrets_stay_until_the_person_has_them() {
    let setup = grave().await;
    let serial = setup.serials(1).await.remove(0);
    let told = setup.ok("device_lock", lock(&serial, "Bring it back")).await;
    let plan = told["plan"].as_str().unwrap().to_owned();
    let said = terminal(&setup, &format!("approvals approve {plan}"), &format!("{serial}\n")).await;
    assert!(said.contains("It is approved"), "{said}");
    let done = setup.ok("device_lock", lock(&serial, "Bring it back")).await;
    assert!(done["secrets"].as_str().unwrap().contains("approvals show"), "{done}");
    let show = format!("approvals show {plan} --secret");
    let pin = |printed: &str| {
        let line = printed
            .lines()
            .find(|line| line.contains(" of ") && line.contains("PIN") && !line.starts_with("secret:"));
        line.unwrap_or_else(|| panic!("{printed}")).rsplit_once(": ").unwrap().1.trim().to_owned()
    };
    // The terminal was closed, or anyone who looked says nothing.
    let first = pin(&terminal(&setup, &show, "\n").await);
    let second = terminal(&setup, &show, "have\n").await;
    assert_eq!(first, pin(&second));
    assert!(second.contains("erased"), "{second}");
    let third = terminal(&setup, &show, "have\n").await;
    assert!(third.contains("no secret is left"), "{third}");
    let log = setup.run(&["audit", "show", "secret erased"]).await;
    assert!(log.stdout.contains(&plan) && !log.stdout.contains(&first), "{log:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn once_a_passkey_is_enrolled_no_option_brings_the_terminal_back() {
    let mut setup = grave().await;
    let serials = setup.serials(2).await;
    let told = setup.ok("device_lock", lock(&serials[0], "x")).await;
    assert!(told["next"].as_str().unwrap().contains("approvals approve"), "{told}");
    assert!(!told["next"].as_str().unwrap().contains("http"), "no page is served: {told}");
    approve(&setup, told["plan"].as_str().unwrap());
    enroll(&setup);
    store(&setup)
        .hold(&store(&setup).plan(told["plan"].as_str().unwrap()).unwrap().unwrap().plan.tenant_key(), "x")
        .unwrap();
    for (name, value) in [("JAMF_PRO_MCP_GATE_TERMINAL", "true"), ("JAMF_PRO_MCP_GATE_ELICITATION", "true")] {
        setup.set(name, value);
    }
    let told = setup.ok("device_lock", lock(&serials[1], "x")).await;
    let next = told["next"].as_str().unwrap();
    assert!(!next.contains("approvals approve") && next.contains("page"), "{next}");
    let plan = told["plan"].as_str().unwrap();
    let said = terminal(&setup, &format!("approvals approve {plan}"), &format!("{}\n", serials[1])).await;
    assert!(said.contains("only passkeys count"), "{said}");
    let said = terminal(&setup, "approvals release default", "default\n").await;
    assert!(said.contains("release it on the approvals page"), "{said}");
    assert_eq!(store(&setup).holds().unwrap().len(), 1);
    // What was approved in the weaker way before does not count any more either.
    let said = setup.fails("device_lock", lock(&serials[0], "x")).await;
    assert!(said.contains("not applied"), "{said}");
    assert_eq!(setup.proxy.count("POST", "/api/v2/mdm/commands"), 0);
}

#[tokio::test]
async fn the_page_is_named_only_while_it_is_served() {
    let mut setup = grave().await;
    let serials = setup.serials(2).await;
    enroll(&setup);
    // Somebody else has the port.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    setup.set("JAMF_PRO_MCP_APPROVALS_PORT", &taken.local_addr().unwrap().port().to_string());
    let mut session = setup.stdio().await;
    let (_, told) = session.call("device_lock", lock(&serials[0], "x")).await;
    let next = serde_json::from_str::<Value>(&told).unwrap()["next"].as_str().unwrap().to_owned();
    assert!(!next.contains("http://") && next.contains("not served"), "{next}");
}

#[tokio::test]
async fn a_hold_is_lifted_by_a_person_and_not_by_a_row_in_the_store() {
    let setup = grave().await;
    let serials = setup.serials(2).await;
    let told = setup.ok("device_lock", lock(&serials[0], "first")).await;
    let plan = told["plan"].as_str().unwrap();
    let tenant = store(&setup).plan(plan).unwrap().unwrap().plan.tenant_key();
    store(&setup).hold(&tenant, "somebody looks").unwrap();
    approve(&setup, plan);
    let disk = rusqlite::Connection::open(setup.state().join("store/jamf-pro-mcp.sqlite")).unwrap();
    let write = |sql: &str| assert_eq!(disk.execute(sql, []).unwrap(), 1, "{sql}");
    write("UPDATE holds SET released = since + 1, released_by = 'anna'");
    let said = setup.fails("device_lock", lock(&serials[0], "first")).await;
    assert!(said.contains("is on hold") && said.contains("not by this program"), "{said}");
    assert!(store(&setup).release(&tenant, "anna").unwrap());
    assert_eq!(store(&setup).holds().unwrap(), []);
    write("UPDATE holds SET released = released + 3600000");
    assert_eq!(store(&setup).holds().unwrap().len(), 1, "plans count from that moment on");
    assert!(store(&setup).release(&tenant, "anna").unwrap());
    setup.ok("device_lock", lock(&serials[0], "first")).await;
    // Of a tenant of which something was applied there is a row.
    let told = setup.ok("device_lock", lock(&serials[1], "second")).await;
    approve(&setup, told["plan"].as_str().unwrap());
    write("DELETE FROM holds");
    write("DELETE FROM applied");
    let said = setup.fails("device_lock", lock(&serials[1], "second")).await;
    assert!(said.contains("is on hold") && said.contains("taken away"), "{said}");
    let listed = setup.run(&["approvals", "list"]).await.text();
    assert!(listed.contains("taken away"), "{listed}");
}
