//! The built binary as a server over HTTP, and clients that call it: one request a call, by the revision without sessions.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;

use crate::setup::Setup;

/// A server over HTTP. It ends when it is dropped.
pub(crate) struct Served {
    _child: Child,
    pub(crate) base: String,
    log: Arc<Mutex<String>>,
}

/// What a client over HTTP shows, and whether it can ask a person.
#[derive(Clone)]
pub(crate) struct Client {
    base: String,
    token: Option<String>,
    pub(crate) elicits: bool,
}

impl Setup {
    /// A server over HTTP on a free port, once it listens.
    pub(crate) async fn http(&self, arguments: &[&str]) -> Served {
        let mut all = vec!["serve", "--http", "127.0.0.1:0"];
        all.extend(arguments);
        let mut child = self.command(&all).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let base = loop {
            let line =
                tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap().unwrap();
            let line = line.unwrap_or_else(|| panic!("it does not serve: {said}"));
            said.push_str(&line);
            said.push('\n');
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split("/mcp").next().unwrap().to_owned();
            }
        };
        let log = Arc::new(Mutex::new(said));
        let written = log.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = written.lock().unwrap_or_else(PoisonError::into_inner);
                log.push_str(&line);
                log.push('\n');
            }
        });
        Served { _child: child, base, log }
    }

    /// What a server over HTTP says that cannot be started.
    pub(crate) async fn http_fails(&self, address: &str) -> String {
        let mut child = self.command(&["serve", "--http", address]).stdout(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        let mut log = child.stderr.take().unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), log.read_to_string(&mut said)).await;
        assert!(ended.is_ok(), "it serves");
        assert!(!child.wait().await.unwrap().success(), "{said}");
        said
    }
}

impl Served {
    /// What the server logged until now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client that shows a token, or none.
    pub(crate) fn client(&self, token: Option<&str>) -> Client {
        Client { base: self.base.clone(), token: token.map(str::to_owned), elicits: false }
    }

    /// A bare request, for what no client sends.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        client()
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .timeout(Duration::from_secs(60))
    }
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Client {
    /// The status and the message that a request is answered with.
    pub(crate) async fn answered(&self, method: &str, mut parameters: Value) -> (StatusCode, Value) {
        let capabilities = if self.elicits { json!({ "elicitation": {} }) } else { json!({}) };
        parameters["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities,
            "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
        });
        let mut request = client()
            .post(format!("{}/mcp", self.base))
            .timeout(Duration::from_secs(120))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method);
        if let Some(name) = parameters["name"].as_str().or(parameters["uri"].as_str()) {
            request = request.header("mcp-name", name.to_owned());
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        // One message, as JSON or as the one event of a stream.
        let message =
            text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().unwrap_or(&text);
        (status, serde_json::from_str(message).unwrap_or(json!(text)))
    }

    /// The result of a request that is answered.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Value {
        let (status, answer) = self.answered(method, parameters).await;
        assert!(status.is_success() && answer["result"].is_object(), "{method}: {status} {answer}");
        answer["result"].clone()
    }

    /// Call a tool; whether it failed, and its text.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> (bool, String) {
        let result = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}"));
        (result["isError"].as_bool().unwrap_or(false), text.to_owned())
    }

    /// A call that succeeds, with its answer.
    pub(crate) async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let (failed, text) = self.call(tool, arguments).await;
        assert!(!failed, "{tool}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// A call that fails, with what it says.
    pub(crate) async fn fails(&self, tool: &str, arguments: Value) -> String {
        let (failed, text) = self.call(tool, arguments).await;
        assert!(failed, "{tool}: {text}");
        text
    }

    /// The names of the tools that are listed.
    pub(crate) async fn tools(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut parameters = json!({});
        loop {
            let page = self.ask("tools/list", parameters).await;
            let listed = page["tools"].as_array().unwrap();
            names.extend(listed.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()));
            match page["nextCursor"].as_str() {
                Some(cursor) => parameters = json!({ "cursor": cursor }),
                None => return names,
            }
        }
    }
}
