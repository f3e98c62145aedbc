//! The processes that the benches measure: the simulated tenant, and servers on standard input and output.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The server that was just built.
pub(crate) const SERVER: &str = env!("CARGO_BIN_EXE_jamf-pro-mcp");

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A simulated tenant in a process of its own.
pub(crate) struct Tenant {
    child: Child,
    pub(crate) environment: Vec<(String, String)>,
}

impl Tenant {
    pub(crate) fn start(computers: usize) -> Self {
        let mut child = Command::new(SERVER)
            .args(["demo", "--port", "0", "--computers", &computers.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let environment = lines
            .take(3)
            .map(|line| {
                line.unwrap()
                    .split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .unwrap()
            })
            .collect();
        Self { child, environment }
    }

    pub(crate) fn url(&self) -> &str {
        &self.environment[0].1
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server on standard input and output.
pub(crate) struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: u64,
    pub(crate) started: Duration,
}

impl Session {
    pub(crate) fn start(mut command: Command) -> Self {
        let begun = Instant::now();
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server = Self { child, input, output, next: 0, started: Duration::ZERO };
        server.ask("initialize", json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } }));
        server.started = begun.elapsed();
        writeln!(server.input, "{}", json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
            .unwrap();
        server
    }

    pub(crate) fn product(tenant: &Tenant, arguments: &[&str]) -> Self {
        Self::of_binary(Path::new(SERVER), tenant, arguments)
    }

    /// The server of one build.
    pub(crate) fn of_binary(binary: &Path, tenant: &Tenant, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .args(arguments)
            .envs(tenant.environment.clone())
            .env("JAMF_PRO_MCP_STATE", state(binary));
        Self::start(command)
    }

    pub(crate) fn send(&mut self, method: &str, params: &Value) {
        self.next += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        writeln!(self.input, "{message}").unwrap();
    }

    pub(crate) fn receive(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server ended");
            if line.contains("\"id\":") && !line.contains("\"method\":\"notifications") {
                return line;
            }
        }
    }

    pub(crate) fn ask(&mut self, method: &str, params: Value) -> String {
        self.send(method, &params);
        self.receive()
    }

    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        assert!(!answer.contains("\"isError\":true"), "{answer}");
        answer
    }

    /// The pages of `tools/list`, as clients ask for them: each by the cursor of the one before. The lines are not parsed.
    pub(crate) fn whole_list(&mut self) -> Vec<String> {
        let (mut cursor, mut whole) = (None, Vec::new());
        loop {
            let params =
                cursor.take().map_or_else(|| json!({}), |cursor: String| json!({ "cursor": cursor }));
            whole.push(self.ask("tools/list", params));
            cursor = whole.last().and_then(|page| next_cursor(page));
            if cursor.is_none() {
                return whole;
            }
        }
    }

    pub(crate) fn memory(&self, what: &str) -> f64 {
        memory(self.child.id(), what)
    }

    /// Processor time that the living threads of the process have had. Nothing where the system does not tell.
    pub(crate) fn processor_time(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let times = threads.into_iter().flatten().flatten().filter_map(|thread| {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process in MiB; `VmRSS` now, `VmHWM` at most. Nothing where the system does not tell.
pub(crate) fn memory(process: u32, what: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or(f64::NAN)
        / 1024.0
}

/// The state folder of a binary during this run: no two builds share one.
pub(crate) fn state(binary: &Path) -> PathBuf {
    let mut hash = DefaultHasher::new();
    binary.hash(&mut hash);
    std::env::temp_dir().join(format!("jamf-pro-mcp-bench-{}-{:x}", std::process::id(), hash.finish()))
}

/// The cursor of a page of a list, which stands before its tools.
fn next_cursor(page: &str) -> Option<String> {
    let (_, after) = page.split_once("\"nextCursor\":\"")?;
    after.split('"').next().map(str::to_owned)
}
