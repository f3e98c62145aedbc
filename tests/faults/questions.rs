//! The time of a question that a client asks its person: until when it can be answered, and how long the answer took.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::callers::Client;
use crate::setup::Setup;

/// A setup whose one caller may have devices restarted after an approval by a question of the client.
async fn setup() -> (Setup, crate::callers::Served, Client) {
    let mut setup = Setup::start().await;
    let file = setup.state().join("anna");
    let token = "anna-token-0123456789abcdef0123456789";
    std::fs::write(&file, token).unwrap();
    setup.set("JAMF_PRO_MCP_HTTP_TOKENS", &format!("anna={}", file.display()));
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    setup.set("JAMF_PRO_MCP_TOOLSETS", "all");
    setup.set("JAMF_PRO_MCP_APPROVALS_PAGE", "no");
    let server = setup.http(&[]).await;
    let mut client = server.client(Some(token));
    client.elicits = true;
    (setup, server, client)
}

fn restart(serial: &str) -> Value {
    json!({ "name": "device_restart", "arguments": { "devices": [serial], "body": {} } })
}

/// The call with the answer to the question that it was answered with.
fn answered(mut call: Value, asked: &Value, typed: &str) -> Value {
    call["requestState"] = asked["requestState"].clone();
    call["inputResponses"] = json!({ "approval": { "action": "accept", "content": { "typed": typed } } });
    call
}

fn commands(setup: &Setup) -> usize {
    setup.proxy.count("POST", "/api/v2/mdm/commands")
}

#[tokio::test]
async fn a_question_says_until_when_it_is_answered_and_a_late_answer_approves_nothing() {
    let (setup, _server, client) = setup().await;
    let serial = setup.serials(1).await.remove(0);
    let asked = client.ask("tools/call", restart(&serial)).await;
    let message =
        asked["inputRequests"]["approval"]["params"]["message"].as_str().unwrap_or_else(|| panic!("{asked}"));
    let (_, until) = message.split_once("Answers after ").unwrap_or_else(|| panic!("{message}"));
    let until: Timestamp = until.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{message}"));
    let left = until.duration_since(Timestamp::now());
    assert!(left > SignedDuration::from_secs(60) && left <= SignedDuration::from_secs(301), "{left:?}");

    // Its time is over before the person answers.
    let store = rusqlite::Connection::open(setup.state().join("store/jamf-pro-mcp.sqlite")).unwrap();
    assert_eq!(store.execute("UPDATE plans SET expires = 1", []).unwrap(), 1);
    let late = client.ask("tools/call", answered(restart(&serial), &asked, &serial)).await;
    assert_eq!(commands(&setup), 0, "{late}");
    let approved: u32 = store.query_row("SELECT count(*) FROM approvals", [], |row| row.get(0)).unwrap();
    assert_eq!(approved, 0, "{late}");

    // In time it is approved and sent.
    let asked = client.ask("tools/call", restart(&serial)).await;
    let sent = client.ask("tools/call", answered(restart(&serial), &asked, &serial)).await;
    assert_eq!((commands(&setup), sent["isError"].as_bool().unwrap_or(false)), (1, false), "{sent}");
}

#[tokio::test]
async fn an_answer_is_timed_from_its_question_and_not_from_its_plan() {
    let (setup, _server, mut client) = setup().await;
    let serial = setup.serials(1).await.remove(0);
    client.elicits = false;
    let waits = client.ask("tools/call", restart(&serial)).await;
    assert!(waits["inputRequests"].is_null(), "{waits}");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    client.elicits = true;
    let asked = client.ask("tools/call", restart(&serial)).await;
    client.ask("tools/call", answered(restart(&serial), &asked, &serial)).await;
    assert_eq!(commands(&setup), 1);
    let log = std::fs::read_to_string(setup.state().join("audit/default.jsonl")).unwrap();
    let records = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let approved: Vec<Value> = records.filter(|record| record["phase"] == "approved").collect();
    assert_eq!(approved.len(), 1, "{log}");
    assert!(approved[0]["result"].as_str().unwrap().contains("SUSPICIOUSLY QUICKLY"), "{}", approved[0]);
}
