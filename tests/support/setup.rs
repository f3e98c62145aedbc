//! The built binary at a simulated tenant with a programmable proxy between them, over the command line and over stdio.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jamf_pro_demo::{Options, Tenant};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::binary;
use crate::proxy::Proxy;

/// A tenant, a proxy before it, a state folder, and the environment of the binary.
pub(crate) struct Setup {
    pub(crate) tenant: Tenant,
    pub(crate) proxy: Proxy,
    pub(crate) state: TempDir,
    environment: Vec<(String, String)>,
}

/// What one command printed.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) success: bool,
    /// The call became a plan, which waits for a person: no success, and no failure.
    pub(crate) waits: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Printed {
    /// The answer as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// All that was printed.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl Setup {
    /// The tenant as it is by default; reads and writes are allowed.
    pub(crate) async fn start() -> Self {
        Self::of(Options::default()).await
    }

    pub(crate) async fn of(options: Options) -> Self {
        let tenant = Tenant::start(options).await.unwrap();
        let proxy = Proxy::start(&tenant.url()).await;
        let state = tempfile::tempdir().unwrap();
        let home = state.path().to_str().unwrap().to_owned();
        let environment = [
            ("JAMF_PRO_URL", proxy.url.as_str()),
            ("JAMF_PRO_CLIENT_ID", tenant.client_id()),
            ("JAMF_PRO_CLIENT_SECRET", tenant.client_secret()),
            ("JAMF_PRO_MCP_STATE", &home),
            ("JAMF_PRO_MCP_ALLOW", "read,device,write"),
            ("HOME", &home),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { tenant, proxy, state, environment }
    }

    /// Set a variable of the binary's environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Take a variable out of the binary's environment.
    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.retain(|(known, _)| known != name);
    }

    /// The state folder.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// The binary with this environment and no other.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::under_test());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Run the binary to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Printed {
        let output = tokio::time::timeout(Duration::from_secs(180), self.command(arguments).output());
        let output = output.await.unwrap().unwrap();
        Printed {
            success: output.status.success(),
            waits: output.status.code() == Some(3),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// One call of a tool on the command line.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Printed {
        self.run(&["call", tool, &arguments.to_string()]).await
    }

    /// A call that succeeds or becomes a plan, with its answer.
    pub(crate) async fn ok(&self, tool: &str, arguments: Value) -> Value {
        let printed = self.call(tool, arguments).await;
        assert!(printed.success || printed.waits, "{tool}: {printed:?}");
        printed.json()
    }

    /// A call that fails, with what it says.
    pub(crate) async fn fails(&self, tool: &str, arguments: Value) -> String {
        let printed = self.call(tool, arguments).await;
        assert!(!printed.success && !printed.waits, "{tool}: {printed:?}");
        printed.text()
    }

    /// Serial numbers of some managed computers.
    pub(crate) async fn serials(&self, count: usize) -> Vec<String> {
        let listed = self
            .ok(
                "computer_list",
                json!({ "fields": ["hardware.serialNumber"], "filter": "general.remoteManagement.managed==true", "page_size": count }),
            )
            .await;
        let rows = listed["rows"].as_array().unwrap();
        rows.iter().map(|row| row["hardware"]["serialNumber"].as_str().unwrap().to_owned()).collect()
    }

    /// A server on standard input and output.
    pub(crate) async fn stdio(&self) -> Session {
        Session::start(self.command(&["serve"])).await
    }

    /// The same for a client of 2026-07-28, which says of each request what it is.
    pub(crate) fn stdio_modern(&self) -> Session {
        Session::spawn(self.command(&["serve"]))
    }
}

/// A client on standard input and output, of the revision 2025-11-25.
pub(crate) struct Session {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// Messages that came while an answer was waited for.
    pub(crate) others: Vec<Value>,
    next: u64,
}

impl Session {
    fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { _child: child, input, output, others: Vec::new(), next: 0 }
    }

    async fn start(command: Command) -> Self {
        let mut session = Self::spawn(command);
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        session.ask("initialize", hello).await;
        session.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        session
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.write(&message.to_string()).await;
    }

    /// Write a line, whatever is in it.
    pub(crate) async fn write(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    /// Send a request; answers its id.
    pub(crate) async fn request(&mut self, method: &str, parameters: Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters })).await;
        id
    }

    /// The next message, whatever it is.
    pub(crate) async fn receive(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(120), self.output.next_line()).await;
        serde_json::from_str(&line.unwrap().unwrap().unwrap()).unwrap()
    }

    /// The answer to a request.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.receive().await;
            if message["id"] == id {
                return message;
            }
            self.others.push(message);
        }
    }

    /// Send a request as it is, and wait for its answer.
    pub(crate) async fn ask_whole(&mut self, message: Value) -> Value {
        self.send(&message).await;
        self.answer(message["id"].as_u64().unwrap()).await
    }

    pub(crate) async fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.request(method, parameters).await;
        self.answer(id).await
    }

    /// Call a tool; whether it failed, and its text.
    pub(crate) async fn call(&mut self, tool: &str, arguments: Value) -> (bool, String) {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let result = &answer["result"];
        assert!(result.is_object(), "{answer}");
        let failed = result["isError"].as_bool().unwrap_or(false);
        (failed, result["content"][0]["text"].as_str().unwrap().to_owned())
    }
}
