//! What the first edition left in its state folder, its settings and its names of tools, with the binary of today.
//! `first_edition/README.md` says where the folder comes from.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "../src/approvals/authenticator.rs"]
mod authenticator;
#[path = "support/binary.rs"]
mod binary;
#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "support/proxy.rs"]
mod proxy;
#[expect(dead_code, reason = "other tests ask more of it")]
#[path = "support/setup.rs"]
mod setup;
#[path = "support/straight.rs"]
mod straight;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use authenticator::Authenticator;
use jamf_pro_demo::Options;
use jamf_pro_mcp::os_user;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use setup::{Session, Setup};
use straight::Straight;
use tokio::sync::{Mutex, MutexGuard};

/// Where the simulated tenant of the first edition was: rows of the store have the address.
const TENANT_PORT: u16 = 18725;

/// One test at a time has the port.
static PORT: Mutex<()> = Mutex::const_new(());

/// Base64url without padding, as [`authenticator`] writes bytes.
fn base64url(bytes: &[u8]) -> Value {
    Value::String(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/first_edition")
}

/// Copy a folder, for the user alone, as the program demands it of its files.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    private(to, 0o700);
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
            private(&to, 0o600);
        }
    }
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems have no such modes"))]
fn private(path: &Path, mode: u32) {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

/// A copy of the state folder, and the tenant that it belongs to, as it was when it was new.
struct Left {
    setup: Setup,
    page: String,
    _port: MutexGuard<'static, ()>,
}

impl Left {
    async fn start() -> Self {
        let port = PORT.lock().await;
        // Another run on this machine may have it.
        for _ in 0..600 {
            if tokio::net::TcpListener::bind(("127.0.0.1", TENANT_PORT)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut setup = Setup::of(Options { port: TENANT_PORT, ..Options::default() }).await;
        let state = setup.state().join("state");
        copy(&fixture().join("state"), &state);
        make_recent(&state);
        let page = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tenant = json!({
            "url": setup.tenant.url(), "client_id": setup.tenant.client_id(), "secret": { "env": "SECRET" } });
        let config = json!({
            "tenants": { "prod": tenant, "test.school": tenant }, "state": state,
            "allow": ["read", "write", "device", "destructive"], "approvals": { "port": page } });
        let file = setup.state().join("config.json");
        std::fs::write(&file, config.to_string()).unwrap();
        for name in ["URL", "CLIENT_ID", "CLIENT_SECRET", "MCP_STATE", "MCP_ALLOW"] {
            setup.unset(&format!("JAMF_PRO_{name}"));
        }
        let secret = setup.tenant.client_secret().to_owned();
        setup.set("SECRET", &secret);
        setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
        Self { setup, page: format!("http://localhost:{page}"), _port: port }
    }

    fn store(&self) -> Connection {
        database(&self.setup.state().join("state"))
    }

    fn audit(&self) -> PathBuf {
        self.setup.state().join("state/audit")
    }

    /// Approve the one plan that waits, with the passkey that the first edition enrolled, on the page of the server that runs.
    async fn approve_what_waits(&self) {
        let waiting = "SELECT id, hash, plan ->> '$.typed.expected' FROM plans WHERE state = 'waiting'";
        let (plan, hash, typed): (String, String, String) =
            self.store().query_row(waiting, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        let mut page = Page::sign_in(&self.page).await;
        page.say(json!({ "word": "approve", "of": plan, "hash": hash, "typed": typed })).await;
    }

    async fn call(&self, session: &mut Session, tool: &str, mut arguments: Value) -> (bool, String) {
        arguments["tenant"] = json!("prod");
        session.call(tool, arguments).await
    }
}

fn database(state: &Path) -> Connection {
    Connection::open(state.join("store/jamf-pro-mcp.sqlite")).unwrap()
}

/// Time has passed since, and the folder is another user's: plans that were open an hour ago are so for another hour, and what was done
/// was done by this user.
fn make_recent(state: &Path) {
    let now = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let (before, later) = (now - 3_600_000, now + 3_600_000);
    let store = database(state);
    store.execute("UPDATE plans SET made = ?1, changed = ?1, expires = ?2", params![before, later]).unwrap();
    store.execute("UPDATE copies SET made = ?1", [before]).unwrap();
    let name = os_user::former_name().unwrap_or_default();
    for table in ["plans", "copies", "repeats"] {
        store.execute(&format!("UPDATE {table} SET who = ?1"), [name]).unwrap();
    }
    store.execute("UPDATE plans SET plan = json_set(plan, '$.asked_by.who', ?1)", [name]).unwrap();
}

/// The approvals page, as its script talks to it.
struct Page {
    origin: String,
    client: reqwest::Client,
    passkey: Authenticator,
    session: Option<String>,
}

impl Page {
    /// Sign in with the passkey that the first edition enrolled.
    async fn sign_in(origin: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let passkey = Authenticator::new(7);
        let mut page = Self { origin: origin.to_owned(), client, passkey, session: None };
        let session = page.say(json!({ "word": "sign_in" })).await;
        page.session = Some(session["session"].as_str().unwrap().to_owned());
        page
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/approvals/api/{path}", self.origin);
        let mut request =
            self.client.post(url).header("x-approvals-page", "1").header("origin", &self.origin);
        if let Some(session) = &self.session {
            request = request.bearer_auth(session);
        }
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Say something, signed.
    async fn say(&mut self, statement: Value) -> Value {
        let asked = self.post("say", &statement).await;
        let credential = self.passkey.sign(&asked["options"], &self.origin);
        let answer = json!({ "question": asked["question"], "credential": credential });
        self.post("said", &answer).await
    }
}

#[tokio::test]
async fn a_passkey_of_the_first_edition_is_listed_and_approves() {
    let left = Left::start().await;
    let listed = left.setup.run(&["approvals", "approvers"]).await;
    assert!(listed.success && listed.stdout.contains("Anna"), "{listed:?}");

    let mut session = left.setup.stdio().await;
    let webhook = json!({ "id": "1" });
    left.call(&mut session, "webhook_delete", webhook.clone()).await;
    left.approve_what_waits().await;
    let (failed, answer) = left.call(&mut session, "webhook_delete", webhook).await;
    assert!(!failed, "{answer}");
    let straight = Straight::to(&left.setup.tenant).await;
    assert_eq!(straight.read("/JSSResource/webhooks/id/1").await, Value::Null, "{answer}");
}

#[tokio::test]
async fn the_audit_logs_of_the_first_edition_are_proven_and_go_on() {
    let left = Left::start().await;
    let proven = left.setup.run(&["audit", "verify"]).await;
    assert!(proven.success, "{proven:?}");
    let before = records(&left.audit());
    assert_eq!(before.len(), 2, "{before:?}");
    for (tenant, id) in [("prod", "2"), ("test.school", "3")] {
        let building = left.setup.ok("building_get", json!({ "tenant": tenant, "id": id })).await;
        let body = json!({ "name": building["name"], "city": "Delft" });
        left.setup.ok("building_update", json!({ "tenant": tenant, "id": id, "body": body })).await;
    }
    let after = records(&left.audit());
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (tenant, lines) in &before {
        let now = &after[tenant];
        assert_eq!((&now[..lines.len()], now.len()), (&lines[..], lines.len() + 2), "{tenant}");
    }
    let proven = left.setup.run(&["audit", "verify"]).await;
    assert!(proven.success, "{proven:?}");
    for (tenant, lines) in &after {
        let whole = format!("whole, {} records", lines.len());
        assert!(proven.stdout.contains(&whole), "{tenant}: {whole}: {proven:?}");
    }
}

/// The lines of the logs, by the tenant of their first record.
fn records(audit: &Path) -> BTreeMap<String, Vec<String>> {
    let files = std::fs::read_dir(audit).unwrap().map(|entry| entry.unwrap().path());
    let logs = files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let lines = |path: PathBuf| -> Vec<String> {
        std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    };
    let tenant =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["tenant"].as_str().unwrap().to_owned();
    logs.map(lines).map(|lines| (tenant(&lines[0]), lines)).collect()
}

#[tokio::test]
async fn writes_of_the_first_edition_are_undone() {
    let left = Left::start().await;
    let straight = Straight::to(&left.setup.tenant).await;
    let was = straight.read("/api/v1/buildings/1").await;
    // The tenant is a new one: the change is made again.
    let mut changed = was.clone();
    changed["city"] = json!("Utrecht");
    let request = straight.http.put(format!("{}/api/v1/buildings/1", straight.base));
    let request = request.header("content-type", "application/json").body(changed.to_string());
    assert_eq!(straight.sent(request).await.0, 200);

    let listed = left.setup.ok("undo_list", json!({ "tenant": "prod" })).await;
    let copies = listed["copies"].as_array().unwrap();
    let copy =
        copies.iter().find(|copy| copy["tool"] == "building_update").unwrap_or_else(|| panic!("{listed}"));
    let mut session = left.setup.stdio().await;
    let undo = json!({ "copy": copy["copy"] });
    left.call(&mut session, "undo_apply", undo.clone()).await;
    left.approve_what_waits().await;
    let (failed, answer) = left.call(&mut session, "undo_apply", undo).await;
    assert!(!failed, "{answer}");
    assert_eq!(straight.read("/api/v1/buildings/1").await, was, "{answer}");
}

#[tokio::test]
async fn a_plan_that_the_first_edition_left_open_is_void_and_says_so() {
    let left = Left::start().await;
    let open: Vec<String> = {
        let store = left.store();
        let mut open = store.prepare("SELECT id FROM plans WHERE state IN ('waiting', 'approved')").unwrap();
        let open = open.query_map([], |row| row.get(0)).unwrap();
        open.map(Result::unwrap).collect()
    };
    assert_eq!(open.len(), 2, "one that waits, and one that was approved");
    let mut session = left.setup.stdio().await;
    for plan in &open {
        let (_, status) = session.call("plan_status", json!({ "plan": plan })).await;
        assert!(status.contains("earlier version") && status.contains("new plan"), "{status}");
        let (_, refused) = session.call("plan_apply", json!({ "plan": plan })).await;
        assert!(refused.contains("Nothing was sent") && refused.contains("earlier version"), "{refused}");
    }
    // The approval of the second one does not count for the same call.
    let (_, answer) = left.call(&mut session, "webhook_delete", json!({ "id": "2" })).await;
    assert!(answer.contains("waits") || answer.contains("waiting"), "{answer}");
    let straight = Straight::to(&left.setup.tenant).await;
    assert!(straight.read("/JSSResource/webhooks/id/2").await.is_object());
}

#[tokio::test]
async fn an_older_program_does_not_touch_a_store_of_today() {
    let left = Left::start().await;
    let version = |left: &Left| -> u32 {
        left.store().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    let before = version(&left);
    left.setup.ok("undo_list", json!({ "tenant": "prod" })).await;
    // The first edition stops where this number is greater than its own.
    assert!(version(&left) > before);
    let Some(older) = std::env::var_os("FIRST_EDITION_BINARY") else { return };
    let mut command = left.setup.command(&["approvals", "list"]);
    let mut older = tokio::process::Command::new(older);
    older.args(["approvals", "list"]).env_clear();
    for (name, value) in command.as_std_mut().get_envs() {
        older.env(name, value.unwrap_or_default());
    }
    let output = older.output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("was written by a newer version"), "{said}");
}

#[tokio::test]
async fn settings_of_the_first_edition_are_read() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    std::fs::copy(fixture().join("config.json"), &file).unwrap();
    for name in ["URL", "CLIENT_ID", "CLIENT_SECRET"] {
        setup.unset(&format!("JAMF_PRO_{name}"));
    }
    setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
    let listed = setup.run(&["tools"]).await;
    assert!(listed.success && !listed.stdout.is_empty(), "{listed:?}");

    let help = setup.run(&["--help"]).await.stdout;
    let known: Vec<&str> =
        help.split([' ', ',', '.', '\n']).filter(|word| word.starts_with("JAMF_PRO_")).collect();
    let former = std::fs::read_to_string(fixture().join("variables.txt")).unwrap();
    assert!(!former.is_empty());
    // A setting that has another name now is read under its old one, with a warning that says today's.
    for name in former.lines().filter(|name| !known.contains(name)) {
        let mut setup = Setup::start().await;
        setup.set(name, if name.ends_with("_TO_MODEL") { "false" } else { "7" });
        let listed = setup.run(&["tools"]).await;
        let setting = name.trim_start_matches("JAMF_PRO_MCP_").to_lowercase().replacen('_', ".", 1);
        assert!(listed.success && listed.stderr.contains(&format!("`{setting}` is")), "{name}: {listed:?}");
    }
}

#[tokio::test]
async fn options_of_the_first_edition_are_taken() {
    let setup = Setup::start().await;
    let listed = setup.run(&["call", "computer_list", r#"{"page_size":1}"#, "--demo", "--fleet", "25"]).await;
    assert!(listed.success && listed.json()["total"] == 25, "{listed:?}");
    // In the spelling of then.
    let code = setup.run(&["approvals", &"enroll"[..5]]).await;
    assert!(code.stderr.contains("run it in a terminal"), "{code:?}");
}

/// The older setting for one token is told to be one, and its callers keep their principal.
#[tokio::test]
async fn the_single_token_of_the_first_edition_is_taken_with_a_warning() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_HTTP_TOKEN", "0123456789abcdef0123456789abcdef01234567");
    let mut child = setup.command(&["serve", "--http", "127.0.0.1:0"]).spawn().unwrap();
    let mut log = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stderr.take().unwrap()));
    let mut told = String::new();
    while !told.contains("listening on http://") {
        told +=
            &tokio::time::timeout(Duration::from_secs(60), log.next_line()).await.unwrap().unwrap().unwrap();
    }
    assert!(told.contains("`http.token` is the older setting"), "{told}");
    let address = told.split("listening on ").nth(1).unwrap().split("/mcp").next().unwrap();
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{address}/mcp"));
    let request = request.bearer_auth("0123456789abcdef0123456789abcdef01234567");
    let request = request
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } } });
    assert_eq!(request.body(hello.to_string()).send().await.unwrap().status(), 200);
}

#[test]
fn tools_of_the_first_edition_are_found_by_their_names() {
    let former = std::fs::read_to_string(fixture().join("tools.txt")).unwrap();
    let registry = jamf_pro_mcp::pipeline::registry();
    let gone: Vec<&str> = former.lines().filter(|name| registry.find(name).is_none()).collect();
    assert!(former.lines().count() > 900 && gone.is_empty(), "{gone:?}");
}
