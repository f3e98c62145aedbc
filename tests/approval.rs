//! Approvals of the built binary: questions of the client on both kinds of revisions, the terminal, and what is left when it is
//! killed in the middle of a plan.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "support/arguments.rs"]
mod arguments;
#[path = "support/binary.rs"]
mod binary;
#[path = "approval/calls.rs"]
mod calls;
#[path = "approval/hostile.rs"]
mod hostile;
#[path = "approval/names.rs"]
mod names;
#[path = "support/person.rs"]
mod person;
#[path = "approval/recovery.rs"]
mod recovery;
#[path = "support/straight.rs"]
mod straight;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures::StreamExt;
use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::audit::Audit;
use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::store::{State, StepState, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The binary as one host runs it, at a tenant whose log the test reads.
struct Host {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    revision: &'static str,
    elicits: bool,
    next: u64,
}

fn binary(tenant: &Tenant, state: &Path) -> Command {
    let mut command = Command::new(binary::under_test());
    command
        .env("JAMF_PRO_URL", tenant.url())
        .env("JAMF_PRO_CLIENT_ID", tenant.client_id())
        .env("JAMF_PRO_CLIENT_SECRET", tenant.client_secret())
        .env("JAMF_PRO_MCP_ALLOW", "read,device,write,secret,destructive,critical")
        .env("JAMF_PRO_MCP_STATE", state)
        .env("HOME", state)
        .env("USER", "anna")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

impl Host {
    async fn start(tenant: &Tenant, state: &Path, revision: &'static str, elicits: bool) -> Self {
        Self::of_client(tenant, state, revision, elicits, "t").await
    }

    async fn of_client(
        tenant: &Tenant,
        state: &Path,
        revision: &'static str,
        elicits: bool,
        client: &str,
    ) -> Self {
        Self::of(binary(tenant, state), revision, elicits, client).await
    }

    async fn of(mut command: Command, revision: &'static str, elicits: bool, client: &str) -> Self {
        let mut child = command.arg("serve").spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut host = Self { child, input, output, revision, elicits, next: 0 };
        if revision != "2026-07-28" {
            let hello = json!({ "protocolVersion": revision, "capabilities": host.capabilities(), "clientInfo": { "name": client, "version": "1" } });
            host.ask("initialize", hello, &mut |_| None).await;
            host.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        }
        host
    }

    fn capabilities(&self) -> Value {
        if self.elicits { json!({ "elicitation": {} }) } else { json!({}) }
    }

    async fn send(&mut self, message: &Value) {
        self.input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    /// Ask, and answer the server's own questions in between.
    async fn ask(
        &mut self,
        method: &str,
        mut parameters: Value,
        answer: &mut dyn FnMut(&Value) -> Option<Value>,
    ) -> Value {
        self.next += 1;
        if self.revision == "2026-07-28" {
            parameters["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": self.revision,
                "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": self.capabilities(),
            });
        }
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters })).await;
        loop {
            let line = tokio::time::timeout(Duration::from_secs(60), self.output.next_line()).await;
            let message: Value = serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap();
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            if message["method"] == "elicitation/create" {
                let result = answer(&message["params"]).unwrap_or(json!({ "action": "cancel" }));
                self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result })).await;
            }
        }
    }

    /// Call a tool; `typed` is what the person types when asked, `None` leaves the question.
    async fn call(&mut self, tool: &str, arguments: Value, typed: Option<&str>) -> Value {
        let said = typed.map(|typed| json!({ "action": "accept", "content": { "typed": typed } }));
        let asked = json!({ "name": tool, "arguments": arguments });
        let answer = self.ask("tools/call", asked.clone(), &mut |_| said.clone()).await;
        let result = &answer["result"];
        if result.get("requestState").is_none() {
            return answer;
        }
        assert_eq!(self.revision, "2026-07-28");
        let mut again = asked;
        again["requestState"] = result["requestState"].clone();
        again["inputResponses"] = json!({ "approval": said.unwrap_or(json!({ "action": "cancel" })) });
        self.ask("tools/call", again, &mut |_| None).await
    }
}

fn text(answer: &Value) -> String {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

fn commands(tenant: &Tenant) -> usize {
    let entries = tenant.log().entries();
    entries.iter().filter(|entry| entry.method == "POST" && entry.path.contains("/mdm/commands")).count()
}

async fn serials(host: &mut Host, count: usize) -> Vec<String> {
    let arguments = json!({ "page_size": 60, "fields": ["hardware.serialNumber", "general.managementId"] });
    let answer = host.call("computer_list", arguments, None).await;
    let rows: Value = serde_json::from_str(&text(&answer)).unwrap();
    let managed = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["general"]["managementId"].as_str().is_some_and(|id| !id.is_empty()));
    managed.map(|row| row["hardware"]["serialNumber"].as_str().unwrap().to_owned()).take(count).collect()
}

async fn world() -> (Tenant, TempDir) {
    (Tenant::start(Options::default()).await.unwrap(), tempfile::tempdir().unwrap())
}

#[tokio::test]
async fn a_person_at_the_client_types_the_serial_number_on_every_revision() {
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let (tenant, state) = world().await;
        let mut host = Host::start(&tenant, state.path(), revision, true).await;
        let serial = serials(&mut host, 1).await.remove(0);
        let arguments = json!({ "devices": [serial], "body": {} });
        // Left alone, or answered by a client that says yes to everything: it waits.
        for typed in [None, Some(""), Some("yes"), Some("true")] {
            let answer = host.call("device_restart", arguments.clone(), typed).await;
            let text = text(&answer);
            assert!(
                text.contains("waiting for a person") || text.contains("does not count"),
                "{revision} {typed:?}: {answer}"
            );
            assert_eq!(commands(&tenant), 0, "{revision} {typed:?}");
        }
        let answer = host.call("device_restart", arguments.clone(), Some(&serial)).await;
        assert_eq!(commands(&tenant), 1, "{revision}: {answer}");
        let audit = Audit::open(state.path(), "default").unwrap();
        let log = audit.tail(50).unwrap().join("\n");
        assert!(log.contains("approve by elicitation") && log.contains("SUSPICIOUSLY QUICKLY"), "{log}");
        audit.verify().unwrap();
    }
}

#[tokio::test]
async fn the_answer_to_one_question_opens_nothing_else_and_nothing_twice() {
    let (tenant, state) = world().await;
    let mut host = Host::start(&tenant, state.path(), "2026-07-28", true).await;
    let serials = serials(&mut host, 2).await;
    let of =
        |serial: &str| json!({ "name": "device_restart", "arguments": { "devices": [serial], "body": {} } });
    let asked = host.ask("tools/call", of(&serials[0]), &mut |_| None).await;
    let state_of = asked["result"]["requestState"].as_str().unwrap().to_owned();
    let answered = |mut call: Value, state: &str, typed: &str| {
        call["requestState"] = json!(state);
        call["inputResponses"] = json!({ "approval": { "action": "accept", "content": { "typed": typed } } });
        call
    };
    // For another device, with another state, or with a changed one.
    let mut changed = state_of.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    for call in [
        answered(of(&serials[1]), &state_of, &serials[1]),
        answered(of(&serials[0]), "made up", &serials[0]),
        answered(of(&serials[0]), &String::from_utf8(changed).unwrap(), &serials[0]),
    ] {
        let answer = host.ask("tools/call", call, &mut |_| None).await;
        assert!(answer["result"]["isError"] == true || answer.get("error").is_some(), "{answer}");
        assert_eq!(commands(&tenant), 0);
    }
    let right = answered(of(&serials[0]), &state_of, &serials[0]);
    host.ask("tools/call", right.clone(), &mut |_| None).await;
    assert_eq!(commands(&tenant), 1);
    // Replayed, it asks anew.
    let answer = host.ask("tools/call", right, &mut |_| None).await;
    assert_eq!(commands(&tenant), 1, "{answer}");
}

/// What a person would approve without having seen it is not asked there: it waits for the page or a terminal.
#[tokio::test]
async fn a_question_that_would_leave_something_out_is_not_asked() {
    let (tenant, state) = world().await;
    let mut host = Host::start(&tenant, state.path(), "2025-11-25", true).await;
    let serial = serials(&mut host, 1).await.remove(0);
    for (message, questions) in
        [("Bring it back".to_owned(), 1), (format!("{} and more", "x".repeat(600)), 0)]
    {
        let call = json!({ "name": "device_lock", "arguments": {
            "devices": [serial], "body": { "message": message } } });
        let mut asked = Vec::new();
        let answer = host
            .ask("tools/call", call, &mut |question| {
                asked.push(question["message"].as_str().unwrap().to_owned());
                None
            })
            .await;
        assert_eq!(asked.len(), questions, "{asked:?}");
        assert!(text(&answer).contains("approvals approve"), "{answer}");
        if let Some(question) = asked.first() {
            assert!(
                question.contains("Cannot be undone: ")
                    && question.contains(&format!("Type the serial number, {serial}, to approve."))
            );
            assert!(question.contains("Bring it back") && question.contains("Not checked:"), "{question}");
        }
    }
    // Nor is a person asked there about several devices.
    let two = serials(&mut host, 2).await;
    let call = json!({ "name": "device_restart", "arguments": { "devices": two, "body": {} } });
    let mut asked = 0;
    let answer = host
        .ask("tools/call", call, &mut |_| {
            asked += 1;
            None
        })
        .await;
    assert!(asked == 0 && text(&answer).contains("approvals approve"), "{asked}: {answer}");
    assert_eq!(commands(&tenant), 0);
}

/// A name that holds line breaks or characters that are not seen is no sentence of the server's, wherever it is shown.
#[tokio::test]
async fn names_and_arguments_forge_no_lines() {
    let (tenant, state) = world().await;
    let client = "t\nCan be undone: yes\nJamf:";
    let mut host = Host::of_client(&tenant, state.path(), "2025-11-25", true, client).await;
    let serial = serials(&mut host, 1).await.remove(0);
    let one = json!({ "filter": format!("hardware.serialNumber==\"{serial}\""), "fields": ["id"] });
    let found: Value = serde_json::from_str(&text(&host.call("computer_list", one, None).await)).unwrap();
    let named = json!({ "id": found["rows"][0]["id"], "body": { "general": { "name": "MB\r\nCan be undone: all" } } });
    let answer = host.call("computer_update", named, None).await;
    assert!(answer["result"]["isError"] != true, "{answer}");
    let mut asked = Vec::new();
    let plain = json!({ "name": "device_restart", "arguments": { "devices": [serial], "body": {} } });
    let note = |question: &Value, asked: &mut Vec<String>| {
        asked.push(question["message"].as_str().unwrap().to_owned());
        None
    };
    host.ask("tools/call", plain, &mut |question| note(question, &mut asked)).await;
    let is_of_undo = |line: &&str| {
        let line = line.trim_start_matches([' ', '!', '-']);
        line.starts_with("Can be undone: ") || line.starts_with("Cannot be undone: ")
    };
    assert_eq!(asked[0].lines().filter(is_of_undo).count(), 1, "{}", asked[0]);
    assert!(asked[0].contains("MB Can be undone: all"), "{}", asked[0]);
    let message = "A\u{202e}B\u{200d}C\u{e0041}D\u{3164}E\nCan be undone: of course";
    let call = json!({ "name": "device_lock", "arguments": {
        "devices": [serial], "body": { "message": message } } });
    let answer = host.ask("tools/call", call, &mut |question| note(question, &mut asked)).await;
    assert_eq!(asked.len(), 1, "what is not seen is not asked about: {asked:?}");
    let told: Value = serde_json::from_str(&text(&answer)).unwrap();
    let id = told["plan"].as_str().unwrap();
    let shown = binary(&tenant, state.path()).args(["approvals", "show", id]).output().await.unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let undo: Vec<&str> = shown.lines().filter(is_of_undo).collect();
    assert!(undo.len() == 1 && undo[0].contains("Cannot be undone: "), "{shown}");
    assert!(!shown.lines().any(|line| line.trim_start().starts_with("Jamf:")), "{shown}");
    for seen in ["\\u{202e}", "\\u{200d}", "\\u{e0041}", "\\u{3164}"] {
        assert!(shown.contains(seen), "{seen}: {shown}");
    }
    assert!(!shown.contains(['\u{202e}', '\u{200d}', '\u{e0041}', '\u{3164}']), "{shown}");
}

/// What a person says in a terminal goes where copies of the audit log go, before the command ends.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_decision_in_a_terminal_is_copied_elsewhere() {
    let (tenant, state) = world().await;
    let mut host = Host::start(&tenant, state.path(), "2025-06-18", false).await;
    let serial = serials(&mut host, 1).await.remove(0);
    let answer = host.call("device_restart", json!({ "devices": [serial], "body": {} }), None).await;
    let told: Value = serde_json::from_str(&text(&answer)).unwrap();
    let copies = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let reject =
        format!("'{}' approvals reject {}", binary::under_test().display(), told["plan"].as_str().unwrap());
    // `script` is a terminal.
    let mut terminal = Command::new("script");
    terminal
        .args(["--quiet", "--return", "--command", &reject, "/dev/null"])
        .env("JAMF_PRO_URL", tenant.url())
        .env("JAMF_PRO_CLIENT_ID", tenant.client_id())
        .env("JAMF_PRO_CLIENT_SECRET", tenant.client_secret())
        .env("JAMF_PRO_MCP_STATE", state.path())
        .env("JAMF_PRO_MCP_AUDIT_SYSLOG", copies.local_addr().unwrap().to_string())
        .env("USER", "anna")
        .stdin(Stdio::piped());
    let done = terminal.output().await.unwrap();
    assert!(String::from_utf8_lossy(&done.stdout).contains("A person rejected it"), "{done:?}");
    let mut buffer = [0; 4096];
    let copied = tokio::time::timeout(Duration::from_secs(5), copies.recv(&mut buffer)).await;
    let length = copied.unwrap().unwrap();
    let copy = String::from_utf8_lossy(&buffer[..length]);
    assert!(copy.contains("\"phase\":\"rejected\"") && copy.contains("\"who\":"), "{copy}");
    // Who decided is the user of the process, whatever its environment says.
    assert!(!copy.contains("anna"), "{copy}");
}

#[tokio::test]
async fn a_client_that_cannot_ask_and_a_process_without_a_terminal_approve_nothing() {
    let (tenant, state) = world().await;
    let mut host = Host::start(&tenant, state.path(), "2025-06-18", false).await;
    let serial = serials(&mut host, 1).await.remove(0);
    let answer = host.call("device_restart", json!({ "devices": [serial], "body": {} }), Some(&serial)).await;
    let told: Value = serde_json::from_str(&text(&answer)).unwrap();
    let id = told["plan"].as_str().unwrap();
    for arguments in [
        vec!["approvals", "approve", id],
        vec!["approvals", "enroll"],
        vec!["approvals", "release", "default"],
    ] {
        let mut child = binary(&tenant, state.path()).args(&arguments).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let _ = input.write_all(format!("{serial}\n").as_bytes()).await;
        drop(input);
        assert!(!child.wait().await.unwrap().success(), "{arguments:?}");
    }
    let shown = binary(&tenant, state.path()).args(["approvals", "show", id]).output().await.unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&serial) && shown.contains("Affects 1 of 414 computers"), "{shown}");
    let listed = binary(&tenant, state.path()).args(["approvals", "list"]).output().await.unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains(&id[..8]));
    assert_eq!(commands(&tenant), 0);
}

/// Killed at any moment of a plan for ten devices: the store, the log and the tenant agree, and going on repeats nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_the_middle_of_a_plan_it_neither_repeats_nor_loses() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("KILL_SEED").unwrap_or_else(|| fastrand::u64(..));
    // Shown where the test fails: the same seed makes the same moments.
    eprintln!("KILL_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let moments: Vec<u64> = (0..number("KILLS").unwrap_or(50)).map(|_| random.u64(20..760)).collect();
    futures::stream::iter(moments).for_each_concurrent(5, killed_after).await;
}

/// One server that is killed so many milliseconds after it was told to apply.
async fn killed_after(moment: u64) {
    let tenant =
        Tenant::start(Options { faults: "slow=20ms".parse().unwrap(), ..Options::default() }).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut host = Host::start(&tenant, state.path(), "2025-06-18", false).await;
    let devices = serials(&mut host, 10).await;
    let answer = host.call("device_restart", json!({ "devices": devices, "body": {} }), None).await;
    let told: Value =
        serde_json::from_str(&text(&answer)).unwrap_or_else(|_| unreachable!("{moment}: {answer}"));
    let id = told["plan"].as_str().unwrap().to_owned();
    let store = Store::open(state.path()).unwrap();
    approve(&store, &id);
    let apply = json!({ "jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": { "name": "plan_apply", "arguments": { "plan": id } } });
    host.send(&apply).await;
    tokio::time::sleep(Duration::from_millis(moment)).await;
    host.child.kill().await.unwrap();

    let plan_record = store.plan(&id).unwrap().unwrap();
    let count = |state: StepState| plan_record.steps.iter().filter(|step| step.state == state).count();
    let (done, sent) = (count(StepState::Done), count(StepState::Sent));
    let arrived = commands(&tenant);
    assert!(sent <= 1, "{moment}: {:?}", plan_record.steps);
    assert!((done..=done + sent).contains(&arrived), "{moment}: {arrived} arrived, {done} done, {sent} sent");
    let audit = Audit::open(state.path(), "default").unwrap();
    let open = audit.verify().unwrap().open;
    match plan_record.state {
        // The log has the outcome before the plan is over in the store: killed in between, the next process ends the plan.
        State::Interrupted if done == 10 => assert!(open.len() <= 1, "{moment}: {open:?}"),
        State::Interrupted if done + sent > 0 => assert_eq!(open.len(), 1, "{moment}: begun, and no outcome"),
        State::Interrupted | State::Approved => assert!(open.len() <= 1, "{moment}: nothing was sent"),
        _ => {
            assert!(open.is_empty() && sent == 0 && done == 10, "{moment}: {open:?} {:?}", plan_record.steps)
        }
    }

    let stood = plan_record.state;
    // Another process goes on: each device is sent at most one command, and all but the unknown one are done.
    let mut host = Host::start(&tenant, state.path(), "2025-06-18", false).await;
    host.call("plan_apply", json!({ "plan": id }), None).await;
    let plan_record = store.plan(&id).unwrap().unwrap();
    let unknown = plan_record.steps.iter().filter(|step| step.state == StepState::Sent).count();
    assert_eq!(
        plan_record.steps.iter().filter(|step| step.state == StepState::Done).count(),
        10 - unknown,
        "{moment}: {:?}",
        plan_record.steps
    );
    assert!((10 - unknown..=10).contains(&commands(&tenant)), "{moment}");
    assert!(
        matches!(plan_record.state, State::Applied | State::Unknown),
        "{moment}: {:?}",
        plan_record.state
    );
    // The log is whole, and has an outcome for all that this process began.
    let after = audit.verify().unwrap().open;
    assert!(after.len() <= 1 && after.len() <= open.len().max(1), "{moment}: {after:?}");
    let outcomes = audit.show(&id, 100).unwrap();
    let was_over = !matches!(stood, State::Interrupted | State::Approved);
    assert!(was_over || outcomes.iter().any(|line| line.contains("\"outcome\"")), "{moment}: {outcomes:?}");
}

/// What devices answer is told: at once, later, with an error, or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_followed_until_the_devices_have_answered() {
    let answers = Some(Duration::from_millis(400));
    let tenant = Tenant::start(Options { computers: 80, answers, ..Options::default() }).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut command = binary(&tenant, state.path());
    command.env("JAMF_PRO_MCP_GATE_DEVICES", "100");
    let mut host = Host::of(command, "2025-06-18", false, "t").await;
    let devices = serials(&mut host, 40).await;
    let restart = json!({ "devices": devices, "body": {} });
    let told: Value =
        serde_json::from_str(&text(&host.call("device_restart", restart.clone(), None).await)).unwrap();
    let id = told["plan"].as_str().unwrap().to_owned();
    let store = Store::open(state.path()).unwrap();
    approve(&store, &id);
    let done: Value = serde_json::from_str(&text(&host.call("device_restart", restart, None).await)).unwrap();
    let steps = done["steps"].as_array().unwrap_or_else(|| unreachable!("{done}"));
    assert_eq!(steps.len(), devices.len());
    let with = |text: &str| {
        steps.iter().filter(|step| step["detail"].as_str().unwrap_or_default().contains(text)).count()
    };
    let counts = [
        with("the device: ACKNOWLEDGED"),
        with("the device: NOT_NOW"),
        with("the device: ERROR: \"The device is not in the right state"),
        with("has not answered yet"),
    ];
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), steps.len(), "{steps:?}");
    let plan_record = store.plan(&id).unwrap().unwrap();
    let kept = plan_record
        .steps
        .iter()
        .filter(|step| step.detail.as_deref().is_some_and(|detail| detail.contains("NOT_NOW")));
    assert_eq!(kept.count(), counts[1], "the store keeps what was told");
}

fn approve(store: &Store, id: &str) {
    person::approve(store, &GateConfig::default(), id);
}
