//! The built binary over HTTP, and clients of each transport that it serves there.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::Notify;

use crate::setup::Setup;

/// The bearer token of these tests.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

/// How long anything is waited for that a test expects.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server over HTTP that answers.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) token: String,
    log: Arc<(Mutex<String>, Notify)>,
}

/// A client without a proxy between.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap()
}

/// A call of a tool.
pub(crate) fn call(id: u64, tool: &str, arguments: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": tool, "arguments": arguments } })
}

/// An `initialize` of one revision.
pub(crate) fn initialize(revision: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": revision, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } } })
}

/// What a client says when its session begins.
pub(crate) fn initialized() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
}

/// What each request of 2026-07-28 says of itself.
pub(crate) fn modern(mut message: Value, capabilities: Value) -> Value {
    message["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": capabilities,
    });
    message
}

impl Served {
    /// Serve, and wait until it listens.
    pub(crate) async fn start(setup: &mut Setup, arguments: &[&str]) -> Self {
        let file = setup.state().join("caller-token");
        std::fs::write(&file, TOKEN).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        setup.set("JAMF_PRO_MCP_HTTP_TOKENS", &format!("caller={}", file.display()));
        let mut command = setup.command(&[&["serve", "--http", "127.0.0.1:0"], arguments].concat());
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new((Mutex::new(String::new()), Notify::new()));
        let kept = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
                drop(log);
                kept.1.notify_waiters();
            }
        });
        let mut served = Self { child, base: String::new(), client: client(), token: TOKEN.to_owned(), log };
        let line = served.logged("listening on http://").await;
        let address = line.split("listening on http://").nth(1).unwrap().split('/').next().unwrap();
        served.base = format!("http://{address}");
        served
    }

    /// All that was logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line with this text.
    pub(crate) async fn logged(&self, text: &str) -> String {
        let found = async {
            loop {
                let more = self.log.1.notified();
                if let Some(line) = self.log().lines().find(|line| line.contains(text)) {
                    return line.to_owned();
                }
                more.await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("no `{text}` in the log: {}", self.log()))
    }

    /// A request with the token.
    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// A message to the endpoint of Streamable HTTP.
    pub(crate) fn post(&self, body: &Value) -> RequestBuilder {
        self.request(reqwest::Method::POST, "/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body.to_string())
    }

    /// A request of 2026-07-28.
    pub(crate) fn post_modern(&self, body: Value, capabilities: Value) -> RequestBuilder {
        let method = body["method"].as_str().unwrap().to_owned();
        let name = body["params"]["name"].as_str().unwrap_or_default().to_owned();
        self.post(&modern(body, capabilities))
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
            .header("mcp-name", name)
    }

    /// A session of an older revision that has been greeted.
    pub(crate) async fn session(&self, revision: &str) -> String {
        let answer = self.post(&initialize(revision)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
        let id = answer.headers()["mcp-session-id"].to_str().unwrap().to_owned();
        let ready = self.in_session(&id, &initialized()).send().await.unwrap();
        assert_eq!(ready.status(), 202, "{}", ready.text().await.unwrap());
        id
    }

    /// A message in a session.
    pub(crate) fn in_session(&self, session: &str, body: &Value) -> RequestBuilder {
        self.post(body).header("mcp-session-id", session)
    }

    /// A call in a session, answered.
    pub(crate) async fn call_in(&self, session: &str, tool: &str, arguments: Value) -> Value {
        let answer = self.in_session(session, &call(7, tool, arguments)).send().await.unwrap();
        answered(answer, 7).await
    }

    /// The stream of a session that is tied to no request.
    pub(crate) async fn stream(&self, session: &str) -> Events {
        let request = self
            .request(reqwest::Method::GET, "/mcp")
            .header("accept", "text/event-stream")
            .header("mcp-session-id", session);
        Events::of(request.send().await.unwrap())
    }

    /// A session of the older HTTP+SSE transport that has been greeted, with the address that takes its messages.
    pub(crate) async fn sse(&self) -> (Events, String) {
        let mut events = Events::of(self.request(reqwest::Method::GET, "/sse").send().await.unwrap());
        let endpoint = events.data().await.unwrap();
        self.to_sse(&endpoint, &initialize("2024-11-05")).await;
        events.message(1).await;
        self.to_sse(&endpoint, &initialized()).await;
        (events, endpoint)
    }

    /// A message to the address of a session of the older transport.
    pub(crate) async fn to_sse(&self, endpoint: &str, body: &Value) {
        let sent = self
            .request(reqwest::Method::POST, endpoint)
            .header("content-type", "application/json")
            .body(body.to_string());
        assert_eq!(sent.send().await.unwrap().status(), 202);
    }

    /// Send a signal by its name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = tokio::process::Command::new("kill").args(["-s", name, &id]).status().await;
        assert!(sent.unwrap().success());
    }

    /// How the process ended.
    pub(crate) async fn ended(&mut self) -> std::process::ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap()
    }
}

/// The answer with this id, whether it came as JSON or in a stream.
pub(crate) async fn answered(answer: Response, id: u64) -> Value {
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    if kind.starts_with("application/json") {
        return serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    }
    Events::of(answer).message(id).await
}

/// A stream of server-sent events.
pub(crate) struct Events {
    answer: Response,
    text: String,
    /// Messages that came while another one was waited for.
    pub(crate) others: Vec<Value>,
}

impl Events {
    pub(crate) fn of(answer: Response) -> Self {
        assert_eq!(answer.status(), 200);
        Self { answer, text: String::new(), others: Vec::new() }
    }

    /// The data of the next event; `None` at the end of the stream.
    pub(crate) async fn data(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().filter_map(|line| line.strip_prefix("data:"));
                let data = data.map(str::trim).collect::<Vec<_>>().join("\n");
                self.text = rest.to_owned();
                if data.is_empty() {
                    continue;
                }
                return Some(data);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await.unwrap();
            let Ok(Some(chunk)) = chunk else { return None };
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next message; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        Some(serde_json::from_str(&self.data().await?).unwrap())
    }

    /// The answer with this id.
    pub(crate) async fn message(&mut self, id: u64) -> Value {
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("the stream ended: {:?}", self.others));
            if message["id"] == id && message.get("method").is_none() {
                return message;
            }
            self.others.push(message);
        }
    }

    /// Waits for a notification.
    pub(crate) async fn notified(&mut self, method: &str) -> Value {
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("the stream ended: {:?}", self.others));
            if message["method"] == method {
                return message;
            }
            self.others.push(message);
        }
    }
}
