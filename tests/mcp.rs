//! What the built binary offers beside tools: prompts, resources, completion, and news of a changed list of tools.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/binary.rs"]
mod binary;

use std::collections::VecDeque;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A client on standard input and output that speaks one revision of the protocol.
struct Session {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Notifications that came while an answer was waited for.
    notifications: VecDeque<Value>,
    revision: &'static str,
    next: u64,
    folder: TempDir,
}

impl Session {
    async fn start(revision: &'static str, config: &Value) -> Self {
        Self::start_with(revision, config, &[]).await
    }

    /// With these arguments of the command line besides.
    async fn start_with(revision: &'static str, config: &Value, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut child = Command::new(binary::under_test())
            .args(["serve", "--demo", "--config"])
            .arg(&file)
            .args(arguments)
            .env("JAMF_PRO_MCP_STATE", folder.path())
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut session =
            Self { _child: child, input, output, notifications: VecDeque::new(), revision, next: 0, folder };
        if revision != "2026-07-28" {
            let hello = json!({ "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
            session.ask("initialize", hello).await;
            session.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        }
        session
    }

    async fn send(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(30), self.output.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }

    /// Send a request; answers its id.
    async fn request(&mut self, method: &str, mut parameters: Value) -> u64 {
        self.next += 1;
        if self.revision == "2026-07-28" {
            parameters["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.revision,
                "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters })).await;
        id
    }

    async fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.request(method, parameters).await;
        loop {
            let message = self.receive().await;
            if message["id"] == id {
                return message;
            }
            self.notifications.push_back(message);
        }
    }

    async fn notified(&mut self, method: &str) {
        if self.notifications.drain(..).any(|message| message["method"] == method) {
            return;
        }
        while self.receive().await["method"] != method {}
    }

    async fn tools(&mut self) -> Vec<String> {
        let answer = self.ask("tools/list", json!({})).await;
        let tools = answer["result"]["tools"].as_array().unwrap();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    fn configure(&self, config: &Value) {
        std::fs::write(self.folder.path().join("config.json"), config.to_string()).unwrap();
    }
}

const REVISIONS: [&str; 2] = ["2025-06-18", "2026-07-28"];

#[tokio::test]
async fn prompts_are_listed_and_filled_in() {
    for revision in REVISIONS {
        let mut session = Session::start(revision, &json!({})).await;
        let listed = session.ask("prompts/list", json!({})).await;
        let prompts = listed["result"]["prompts"].as_array().unwrap();
        assert_eq!(prompts.len(), 6, "{listed}");
        for prompt in prompts {
            let needed = prompt["arguments"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|argument| argument["required"] == true);
            let given: serde_json::Map<String, Value> =
                needed.map(|argument| (argument["name"].as_str().unwrap().to_owned(), json!("x1"))).collect();
            let filled =
                session.ask("prompts/get", json!({ "name": prompt["name"], "arguments": given })).await;
            let text = filled["result"]["messages"][0]["content"]["text"].as_str().unwrap();
            assert!(text.contains("Change nothing on your own") && !text.contains('{'), "{text}");
        }
        let refused = session.ask("prompts/get", json!({ "name": "policy_review" })).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
}

#[tokio::test]
async fn objects_are_read_by_their_address() {
    for revision in REVISIONS {
        let mut session = Session::start(revision, &json!({})).await;
        let templates = session.ask("resources/templates/list", json!({})).await;
        for template in templates["result"]["resourceTemplates"].as_array().unwrap() {
            let address = template["uriTemplate"].as_str().unwrap();
            let asked = json!({ "ref": { "type": "ref/resource", "uri": address }, "argument": { "name": "id", "value": "" } });
            let completed = session.ask("completion/complete", asked).await;
            let id = completed["result"]["completion"]["values"][0].as_str().unwrap_or_else(|| {
                assert!(completed.is_null(), "{address}: {completed}");
                ""
            });
            let read = session.ask("resources/read", json!({ "uri": address.replace("{id}", id) })).await;
            let text = read["result"]["contents"][0]["text"].as_str().unwrap();
            assert!(serde_json::from_str::<Value>(text).is_ok() && text.contains(id), "{address}: {text}");
        }
        let listed = session.ask("resources/list", json!({})).await;
        for resource in listed["result"]["resources"].as_array().unwrap() {
            let read = session.ask("resources/read", json!({ "uri": resource["uri"] })).await;
            assert!(read["result"]["contents"][0]["text"].is_string(), "{read}");
        }
        for address in
            ["jamf://computers/999999", "jamf://no-such/1", "jamf://computers/..%2F1", "file:///etc/passwd"]
        {
            let refused = session.ask("resources/read", json!({ "uri": address })).await;
            assert!(refused["error"]["message"].is_string(), "{address}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_resource_is_no_way_round_the_gate() {
    let mut session =
        Session::start("2025-06-18", &json!({ "exclude_tools": ["computer_detail_get"] })).await;
    let refused = session.ask("resources/read", json!({ "uri": "jamf://computers/1" })).await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("exclude_tools"), "{refused}");
}

#[tokio::test]
async fn what_a_person_types_is_completed() {
    let mut session = Session::start("2025-06-18", &json!({})).await;
    let mut complete = async |prompt: &str, argument: &str, typed: &str| {
        let asked = json!({ "ref": { "type": "ref/prompt", "name": prompt }, "argument": { "name": argument, "value": typed } });
        let answer = session.ask("completion/complete", asked).await;
        let values = answer["result"]["completion"]["values"].as_array().unwrap().clone();
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = complete("policy_review", "policy", "").await;
    let begins: String = all[0].chars().take(4).collect();
    let some = complete("policy_review", "policy", &begins.to_lowercase()).await;
    assert!(some.contains(&all[0]) && some.len() < all.len(), "{begins}: {some:?} of {all:?}");
    assert!(complete("stolen_device", "device", "Cart").await.iter().all(|name| name.starts_with("Cart")));
    let serials = complete("stolen_device", "device", "ZZA4").await;
    assert!(!serials.is_empty() && serials.iter().all(|serial| serial.starts_with("ZZA4")), "{serials:?}");
    assert_eq!(complete("stale_devices", "days", "9").await, ["90"]);
    assert!(complete("stolen_device", "device", "no such \"device\" ;,").await.is_empty());
    assert!(complete("stolen_device", "shade", "x").await.is_empty());
}

/// A client that asks faster than the tenant answers gets suggestions for some of its questions, and an error for none.
#[tokio::test]
async fn completions_beyond_those_that_may_wait_get_no_suggestion() {
    const AT_ONCE: usize = 100;
    let slow = ["--faults", "slow=50ms@/JSSResource/policies"];
    let mut session = Session::start_with("2025-06-18", &json!({}), &slow).await;
    for _ in 0..AT_ONCE {
        let asked = json!({ "ref": { "type": "ref/prompt", "name": "policy_review" }, "argument": { "name": "policy", "value": "" } });
        session.request("completion/complete", asked).await;
    }
    let (mut answers, mut with_values) = (0, 0);
    while answers < AT_ONCE {
        let message = session.receive().await;
        if message.get("id").is_none() {
            continue;
        }
        answers += 1;
        let values = message["result"]["completion"]["values"].as_array();
        let values = values.unwrap_or_else(|| panic!("no error: {message}"));
        with_values += usize::from(!values.is_empty());
    }
    assert!(0 < with_values && with_values < AT_ONCE, "{with_values} of {AT_ONCE}");
}

/// Both lifecycles are notified of a configuration file that changed; it may narrow what is allowed and never widen it.
#[tokio::test]
async fn a_changed_configuration_is_announced_and_only_narrows() {
    for revision in REVISIONS {
        let mut session =
            Session::start(revision, &json!({ "allow": ["read", "write"], "toolsets": ["buildings"] })).await;
        if revision == "2026-07-28" {
            session
                .request("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }))
                .await;
        }
        let before = session.tools().await;
        assert!(before.iter().any(|name| name == "building_create"), "{before:?}");
        session.configure(&json!({ "allow": ["read", "device"], "toolsets": ["buildings", "mdm_commands"] }));
        session.notified("notifications/tools/list_changed").await;
        let after = session.tools().await;
        assert!(after.iter().any(|name| name == "mdm_command_list"), "other toolsets are listed: {after:?}");
        assert!(after.iter().any(|name| name == "building_list"), "{after:?}");
        assert!(after.iter().all(|name| name != "building_create"), "a narrower `allow` holds: {after:?}");
        assert!(after.iter().all(|name| name != "mdm_profile_renew"), "a wider one does not: {after:?}");
    }
}

/// A model is told to stop at a refusal; a person in a terminal is told what to change.
#[tokio::test]
async fn a_model_is_told_to_stop_at_a_refusal_and_a_person_is_not() {
    const STOP: &str = "do not try another way";
    let mut session = Session::start("2026-07-28", &json!({})).await;
    let call = json!({ "name": "category_delete", "arguments": { "id": "1" } });
    let refused = session.ask("tools/call", call).await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");
    let to_model = refused["result"]["content"][0]["text"].as_str().unwrap();
    assert!(to_model.contains("is not allowed here") && to_model.contains(STOP), "{to_model}");

    let terminal = Command::new(binary::under_test())
        .args(["call", "category_delete", r#"{"id":"1"}"#, "--demo"])
        .env("JAMF_PRO_MCP_STATE", session.folder.path().join("terminal"))
        .output()
        .await
        .unwrap();
    let to_person =
        String::from_utf8(terminal.stderr).unwrap() + &String::from_utf8(terminal.stdout).unwrap();
    assert!(
        to_person.contains("is not allowed") && to_person.contains("add `--allow read,write`"),
        "{to_person}"
    );
    assert!(!to_person.contains(STOP), "{to_person}");

    let call = json!({ "name": "category_get", "arguments": { "id": "999999" } });
    let missing = session.ask("tools/call", call).await;
    let missing = missing["result"]["content"][0]["text"].as_str().unwrap();
    assert!(!missing.contains(STOP), "{missing}");
}

#[tokio::test]
async fn what_is_not_listed_is_reached_by_the_gateway() {
    for revision in REVISIONS {
        let mut session = Session::start(revision, &json!({})).await;
        let listed = session.tools().await;
        assert!(
            !listed.iter().any(|name| name == "dock_item_get")
                && listed.iter().any(|name| name == "call_read")
        );
        let find = json!({ "name": "find_tools", "arguments": { "query": "icons in the dock" } });
        let found = session.ask("tools/call", find).await;
        let found: Value =
            serde_json::from_str(found["result"]["content"][0]["text"].as_str().unwrap()).unwrap();
        let named =
            |name: &str| found["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == name).cloned();
        assert_eq!(named("dock_item_get").unwrap()["call"], "call_read", "{found}");
        let read = json!({ "name": "call_read", "arguments": { "name": "server_url_get" } });
        let read = session.ask("tools/call", read).await;
        assert_ne!(read["result"]["isError"], true, "{read}");
        let wrong = json!({ "name": "call_read", "arguments": { "name": "building_get", "arguments": { "idd": "1" } } });
        let wrong = session.ask("tools/call", wrong).await;
        assert_eq!(wrong["result"]["isError"], true, "{wrong}");
        assert!(wrong["result"]["content"][0]["text"].as_str().unwrap().contains("`idd`"), "{wrong}");
    }
    let mut session = Session::start("2025-06-18", &json!({ "toolsets": ["all"] })).await;
    let mut all = Vec::new();
    let mut cursor = json!({});
    loop {
        let answer = session.ask("tools/list", cursor).await["result"].clone();
        all.extend(
            answer["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()),
        );
        match answer["nextCursor"].as_str() {
            Some(next) => cursor = json!({ "cursor": next }),
            None => break,
        }
    }
    assert!(all.iter().any(|name| name == "dock_item_get") && !all.iter().any(|name| name == "call_read"));
}
