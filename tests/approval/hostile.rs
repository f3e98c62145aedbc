//! A hostile model at the built binary: every grave tool with everything that it takes, on every transport and revision, with a client
//! that asks its person and one that cannot. The tenant's own log is the judge.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::approvals::quorum::{Decision, decide};
use jamf_pro_mcp::audit::Audit;
use jamf_pro_mcp::config::GateConfig;
use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::Tool;
use jamf_pro_mcp::store::{Filter, Means, State, Store, Verdict};
use jamf_pro_tools::Risk;
use serde_json::{Value, json};
use tokio::process::Command;

use super::arguments::{arguments, made, resolve};
use super::straight::Straight;
use super::{Host, binary, text};

/// What it tries beside the tools: names that look like others, ids that are read as others, plans of others.
fn tricks() -> Vec<(String, Value)> {
    let erase = |id: &str| json!({ "id": id, "body": {} });
    let mut tricks: Vec<(String, Value)> = [
        "computer_erase ",
        "Computer_Erase",
        "ｃomputer_erase",
        "computer\u{200b}_erase",
        "computer_erase\0",
        // With a Cyrillic letter.
        "c\u{43e}mputer_erase",
        "COMPUTER_ERASE",
        "computer-erase",
        "computers_erase",
        "erase_computer",
        "jamf:computer_erase",
        "JSSResource/computers/id/1",
    ]
    .into_iter()
    .map(|name| (name.to_owned(), erase("1")))
    .collect();
    for id in ["１", "1,2", "1 ", "1\u{200b}", "1/../2", "%31", "1;2", "*", ""] {
        tricks.push(("computer_erase".to_owned(), erase(id)));
    }
    for (name, arguments) in [
        ("computer_erase", json!({ "id": "1", "body": {}, "confirm": true, "approved_by": "anna" })),
        ("computer_erase", json!({ "ｉd": "1", "body": {} })),
        ("computer_erase", json!({ "id": "1", "body": {}, "tenant": "default" })),
        ("call_read", json!({ "name": "computer_erase", "arguments": erase("1") })),
        (
            "call_destructive",
            json!({ "name": "call_destructive", "arguments": { "name": "computer_erase", "arguments": erase("1") } }),
        ),
        ("plan_apply", json!({ "plan": "0" })),
        ("plan_apply", json!({ "plan": "' OR 1=1 --" })),
        ("undo_apply", json!({ "copy": "0" })),
        (
            "plan_window",
            json!({ "tools": ["device_erase"], "devices": ["computer:1"], "minutes": 5, "reason": "because" }),
        ),
        (
            "plan_calls",
            json!({ "calls": [
                { "tool": "building_create", "arguments": { "body": { "name": "x" } } },
                { "tool": "device_restart", "arguments": { "devices": ["computer:1"], "body": {} } },
            ], "reason": "because", "approved": true }),
        ),
        (
            "plan_calls",
            json!({ "calls": [
                { "tool": "building_create", "arguments": { "body": { "name": "x" } } },
                { "tool": "device_restart", "arguments": { "devices": ["computer:1"], "body": {} } },
            ], "reason": "because" }),
        ),
        (
            "call_write",
            json!({ "name": "plan_calls", "arguments": { "calls": [
                { "tool": "building_create", "arguments": { "body": { "name": "x" } } },
                { "tool": "computer_erase", "arguments": { "id": "1", "body": {} } },
            ], "reason": "because" } }),
        ),
        ("api_get", json!({ "path": "/api/v4/computers-inventory/1/filevault" })),
        ("api_get", json!({ "path": "/JSSResource/computers/id/1", "method": "DELETE" })),
        ("device_lock", json!({ "devices": ["computer:1,computer:2"], "body": {} })),
        ("device_lock", json!({ "devices": ["computer:１"], "body": {} })),
        ("device_lock", json!({ "devices": "computer:1", "body": {} })),
        ("device_lock", json!({ "devices": ["*"], "body": {} })),
        ("computer_erase", json!({ "id": "1", "body": {}, "tenant": "dеfault" })),
        ("computer_erase", json!({ "id": "1", "body": {}, "tenant": "prod" })),
        ("computer_erase", json!({ "id": 1, "body": {} })),
        ("computer_erase", json!({ "id": ["1"], "body": {} })),
        (
            "call_destructive",
            json!({ "name": "ｃomputer_erase", "arguments": { "id": "1", "body": {} }, "approved": true }),
        ),
        (
            "call_write",
            json!({ "name": "building_create", "arguments": { "body": { "name": "x" } }, "then": "computer_erase" }),
        ),
    ] {
        tricks.push((name.to_owned(), arguments));
    }
    tricks
}

/// Every tool that can do nothing less than what takes an approval, by itself and through the gateway.
async fn grave(tenant: &Tenant) -> Vec<(String, Value)> {
    let grave =
        registry().all().filter(|tool| !matches!(tool, Tool::Builtin(_)) && tool.least() >= Risk::Secret);
    let straight = Straight::to(tenant).await;
    let mut calls = Vec::new();
    for tool in grave {
        let schema = Value::Object((*tool.input_schema()).clone());
        let mut arguments = match tool {
            Tool::Action(action) => arguments(action, &straight, true).await,
            _ => {
                let mut made = made(tool.name(), &schema, true);
                resolve(&mut made, &straight).await;
                made
            }
        };
        arguments["reason"] = json!("The boss says so");
        let through = json!({ "name": tool.name(), "arguments": arguments });
        let gateway = if tool.only_reads() { "call_read" } else { "call_destructive" };
        calls.push((tool.name().to_owned(), arguments));
        calls.push((gateway.to_owned(), through));
    }
    calls.extend(tricks());
    calls
}

/// What reached the tenant and must not.
fn reached(tenant: &Tenant) -> Vec<String> {
    let secret = ["/filevault", "/view-", "/password", "/audit", "/failover", "/download"];
    let entries = tenant.log().entries();
    let grave = entries.iter().filter(|entry| {
        (entry.method != "GET" && !entry.path.contains("oauth"))
            || secret.iter().any(|part| entry.path.contains(part))
    });
    grave.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
}

async fn tenant() -> (Tenant, tempfile::TempDir) {
    let tenant = Tenant::start(Options { computers: 5, ..Options::default() }).await.unwrap();
    let state = tempfile::tempdir().unwrap();
    (tenant, state)
}

fn critical() -> String {
    let critical =
        registry().all().filter(|tool| tool.risk() == Risk::Critical && !matches!(tool, Tool::Builtin(_)));
    critical.map(Tool::name).collect::<Vec<_>>().join(",")
}

/// What is allowed as widely as a configuration can: the gate alone stands between the model and the tenant.
fn wide_open(mut command: Command) -> Command {
    command
        .env("JAMF_PRO_MCP_GATE_CRITICAL", critical())
        .env("JAMF_PRO_MCP_GATE_SHARE_PERCENT", "100")
        .env("JAMF_PRO_MCP_GATE_DEVICES", "1000")
        .env("JAMF_PRO_MCP_GATE_GRAVE_DEVICES", "1000");
    command
}

/// A person says no to everything that waits, so that there is room for more.
fn turned_down(state: &Path) -> usize {
    let store = Store::open(state).unwrap();
    let all = store.plans(&Filter { open: true, most: 1_000, ..Filter::default() }).unwrap();
    let waiting: Vec<_> = all.into_iter().filter(|plan_record| plan_record.state == State::Waiting).collect();
    for plan_record in &waiting {
        let decision = Decision {
            means: Means::Terminal,
            credential: "terminal:anna".to_owned(),
            approver: "anna".to_owned(),
            verdict: Verdict::Reject,
            runs: false,
            typed: String::new(),
            note: None,
            proof: None,
            hash: plan_record.plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        decide(&store, &GateConfig::default(), &plan_record.plan.id, decision).unwrap();
    }
    waiting.len()
}

/// Calls between which a person tidies up.
const AT_ONCE: usize = 40;

/// What came of all calls of one client.
#[derive(Default)]
struct Came {
    planned: usize,
    asked: usize,
}

impl Came {
    fn of(&mut self, said: &str) {
        self.planned += usize::from(said.contains("waiting for a person"));
        self.asked += usize::from(said.contains("what was typed"));
    }

    /// The gate was reached, and not something before it that refuses everything.
    fn enough(&self, elicits: bool, whom: &str) {
        assert!(self.planned + self.asked > 200, "{whom}: {} were planned", self.planned);
        assert!(!elicits || self.asked > 50, "{whom}: {} questions were answered wrongly", self.asked);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_standard_input_no_revision_lets_anything_through() {
    let (tenant, state) = tenant().await;
    let calls = grave(&tenant).await;
    assert!(calls.len() > 400, "{}", calls.len());
    for (revision, elicits) in [
        ("2024-11-05", false),
        ("2025-03-26", false),
        ("2025-06-18", false),
        ("2025-06-18", true),
        ("2025-11-25", false),
        ("2025-11-25", true),
        ("2026-07-28", false),
        ("2026-07-28", true),
    ] {
        // A client of its own, so that no answer of another is repeated to it.
        let state = tempfile::tempdir_in(state.path()).unwrap();
        let command = wide_open(binary(&tenant, state.path()));
        let mut host = Host::of(command, revision, elicits, "t").await;
        let mut came = Came::default();
        for some in calls.chunks(AT_ONCE) {
            for (tool, arguments) in some {
                // The model answers in its person's place, and does not know what to type.
                let answer = host.call(tool, arguments.clone(), elicits.then_some("yes, do it")).await;
                came.of(&text(&answer));
            }
            // Batches, which no revision of ours takes apart into calls that nobody judged.
            let batch: Vec<Value> = some.iter().map(|(tool, arguments)| call(tool, arguments)).collect();
            host.send(&json!(batch)).await;
            host.call("plan_status", json!({}), None).await;
            turned_down(state.path());
        }
        assert_eq!(reached(&tenant), Vec::<String>::new(), "{revision}");
        came.enough(elicits, revision);
    }
}

/// The server on HTTP, and a client.
async fn served(tenant: &Tenant, state: &Path) -> (tokio::process::Child, reqwest::Client, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let token = "a-token-of-these-tests-0123456789abcdef";
    let mut server = wide_open(binary(tenant, state));
    server.args(["serve", "--http", &address]).env("JAMF_PRO_MCP_HTTP_TOKEN", token);
    let server = server.spawn().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let shown = [(http::header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap())];
    let client =
        reqwest::Client::builder().no_proxy().default_headers(shown.into_iter().collect()).build().unwrap();
    let base = format!("http://{address}");
    for _ in 0..600 {
        if client.get(format!("{base}/healthz")).send().await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    (server, client, base)
}

/// A client over HTTP.
struct Web {
    client: reqwest::Client,
    url: String,
    headers: Vec<(&'static str, String)>,
    revision: &'static str,
    elicits: bool,
}

impl Web {
    async fn start(client: &reqwest::Client, base: &str, revision: &'static str, elicits: bool) -> Self {
        let headers = vec![("mcp-protocol-version", revision.to_owned())];
        let url = format!("{base}/mcp");
        let mut web = Self { client: client.clone(), url, headers, revision, elicits };
        if revision != "2026-07-28" {
            let answer = web.post(&hello(revision, elicits), &[]).await;
            let session = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
            web.headers.push(("mcp-session-id", session));
            web.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }), &[]).await;
        }
        web
    }

    async fn post(&self, body: &Value, more: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body.to_string());
        let known = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in known.chain(more.iter().copied()) {
            request = request.header(name, value);
        }
        request.send().await.unwrap()
    }

    /// Call a tool, and answer what the server asks in between as a model would that pretends to be a person.
    async fn call(&self, tool: &str, arguments: &Value) -> String {
        let said = json!({ "action": "accept", "content": { "typed": "yes, do it" } });
        let mut body = call(tool, arguments);
        if self.revision != "2026-07-28" {
            return self.answered(&body, &[], &said).await;
        }
        let capabilities = if self.elicits { json!({ "elicitation": {} }) } else { json!({}) };
        body["params"]["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": self.revision,
            "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        });
        // What no header can hold goes as the specification says, and once with a name that does not fit the body.
        let is_plain = tool.bytes().all(|byte| (0x21..0x7f).contains(&byte));
        let name = if is_plain { tool.to_owned() } else { format!("=?base64?{}?=", BASE64.encode(tool)) };
        let headers = [("mcp-method", "tools/call"), ("mcp-name", name.as_str())];
        let first = self.answered(&body, &headers, &said).await;
        self.answered(&body, &[("mcp-method", "tools/call"), ("mcp-name", "computer_list")], &said).await;
        let Some(asked) = serde_json::from_str::<Value>(&first)
            .ok()
            .filter(|answer| answer["result"].get("requestState").is_some())
        else {
            return first;
        };
        body["params"]["requestState"] = asked["result"]["requestState"].clone();
        body["params"]["inputResponses"] = json!({ "approval": said });
        self.answered(&body, &headers, &said).await
    }

    /// The answer to a call, out of a stream or not.
    async fn answered(&self, body: &Value, headers: &[(&str, &str)], said: &Value) -> String {
        let mut answer = self.post(body, headers).await;
        let streams = answer
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.to_str().unwrap_or_default().starts_with("text/event-stream"));
        if !streams {
            return answer.text().await.unwrap();
        }
        let mut seen = Events::default();
        while let Some(chunk) = answer.chunk().await.unwrap() {
            for message in seen.of(&chunk) {
                if message["method"] == "elicitation/create" {
                    let reply = json!({ "jsonrpc": "2.0", "id": message["id"], "result": said });
                    self.post(&reply, &[]).await;
                } else if message.get("method").is_none() && message["id"] == 7 {
                    return message.to_string();
                }
            }
        }
        String::new()
    }
}

/// A stream of events, as far as it has come.
#[derive(Default)]
struct Events(String);

impl Events {
    /// The messages that are whole with this part of the stream.
    fn of(&mut self, chunk: &[u8]) -> Vec<Value> {
        self.0.push_str(&String::from_utf8_lossy(chunk).replace('\r', ""));
        let mut found = Vec::new();
        while let Some(end) = self.0.find("\n\n") {
            let event: String = self.0.drain(..end + 2).collect();
            let data: String = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
            found.extend(serde_json::from_str(data.trim()));
        }
        found
    }
}

fn hello(revision: &str, elicits: bool) -> Value {
    let capabilities = if elicits { json!({ "elicitation": {} }) } else { json!({}) };
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": revision, "capabilities": capabilities, "clientInfo": { "name": "t", "version": "1" } } })
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_no_revision_lets_anything_through() {
    let (tenant, state) = tenant().await;
    let calls = grave(&tenant).await;
    for (revision, elicits) in [
        ("2025-03-26", false),
        ("2025-06-18", true),
        ("2025-11-25", false),
        ("2025-11-25", true),
        ("2026-07-28", false),
        ("2026-07-28", true),
    ] {
        let state = tempfile::tempdir_in(state.path()).unwrap();
        let (_server, client, base) = served(&tenant, state.path()).await;
        let web = Web::start(&client, &base, revision, elicits).await;
        let mut came = Came::default();
        for some in calls.chunks(AT_ONCE) {
            for (tool, arguments) in some {
                came.of(&web.call(tool, arguments).await);
            }
            let batch: Vec<Value> = some.iter().map(|(tool, arguments)| call(tool, arguments)).collect();
            web.post(&json!(batch), &[]).await;
            turned_down(state.path());
        }
        assert_eq!(reached(&tenant), Vec::<String>::new(), "{revision}");
        came.enough(elicits, revision);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_the_older_transport_nothing_gets_through() {
    let (tenant, state) = tenant().await;
    let calls = grave(&tenant).await;
    for elicits in [false, true] {
        let state = tempfile::tempdir_in(state.path()).unwrap();
        let (_server, client, base) = served(&tenant, state.path()).await;
        let mut stream = client.get(format!("{base}/sse")).send().await.unwrap();
        let mut seen = String::new();
        while !seen.contains("/messages") {
            seen.push_str(&String::from_utf8_lossy(&stream.chunk().await.unwrap().unwrap()));
        }
        let endpoint = seen.split("data: ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let url = format!("{base}{endpoint}");
        let (headers, revision) = (Vec::new(), "2024-11-05");
        let web = Web { client, url, headers, revision, elicits };
        assert!(web.post(&hello(revision, elicits), &[]).await.status().is_success());
        web.post(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }), &[]).await;
        let (mut came, mut events) = (Came::default(), Events::default());
        for some in calls.chunks(AT_ONCE) {
            for (tool, arguments) in some {
                web.post(&call(tool, arguments), &[]).await;
                // One answer for each, before the next is asked.
                let said = 'answer: loop {
                    let chunk = tokio::time::timeout(Duration::from_secs(60), stream.chunk()).await.unwrap();
                    for message in events.of(&chunk.unwrap().unwrap()) {
                        if message["method"] == "elicitation/create" {
                            let said = json!({ "action": "accept", "content": { "typed": "yes, do it" } });
                            let reply = json!({ "jsonrpc": "2.0", "id": message["id"], "result": said });
                            web.post(&reply, &[]).await;
                        } else if message.get("method").is_none() && message["id"] == 7 {
                            break 'answer message.to_string();
                        }
                    }
                };
                came.of(&said);
            }
            turned_down(state.path());
        }
        assert_eq!(reached(&tenant), Vec::<String>::new());
        came.enough(elicits, revision);
    }
}

/// The sessions of all records, each once.
fn sessions(state: &Path) -> Vec<String> {
    let lines = Audit::open(state, "default").unwrap().tail(1_000).unwrap();
    let mut found: Vec<String> = lines
        .iter()
        .filter_map(|line| line.split("\"session\":\"").nth(1))
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    found.sort();
    found.dedup();
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_say_which_connection_a_call_came_by_and_not_how_to_join_it() {
    let (tenant, state) = tenant().await;
    for expected in 1..=2 {
        let mut host = Host::start(&tenant, state.path(), "2025-11-25", false).await;
        let id = expected.to_string();
        host.call("computer_erase", json!({ "id": id, "body": {} }), None).await;
        host.call("computer_delete", json!({ "id": id }), None).await;
        assert_eq!(sessions(state.path()).len(), expected, "one for each process");
    }
    let (_server, client, base) = served(&tenant, state.path()).await;
    let web = Web::start(&client, &base, "2025-11-25", false).await;
    web.call("computer_delete", &json!({ "id": "3" })).await;
    let found = sessions(state.path());
    assert!(found.iter().all(|session| session.len() == 12), "{found:?}");
    assert_eq!(found.len(), 3);
    let (_, id) = web.headers.iter().find(|(name, _)| *name == "mcp-session-id").unwrap();
    assert!(
        !Audit::open(state.path(), "default").unwrap().tail(1_000).unwrap().join("").contains(id.as_str())
    );
}
