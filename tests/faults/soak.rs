//! Many mixed calls over stdio and HTTP at once, with names in many scripts and a tenant that fails now and then: afterwards the
//! answers, the audit log, the store and the tenant tell the same story.
//!
//! `SOAK_CALLS` sets the number of calls (600 by default); the seed is printed and `SOAK_SEED` sets it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::http::{self, Served};
use crate::proxy::{Reply, Seen};
use crate::setup::{Session, Setup};

/// Names as people write them, in scripts of one to four bytes a character.
const NAMES: [&str; 10] = [
    "Büro München-Süd",
    "東京オフィス",
    "Санкт-Петербург",
    "مكتب الرياض",
    "Zoë’s Wing – 2",
    "🏢 Headquarters 🍎",
    "Ελλάδα",
    "한국 지사",
    "nai\u{308}ve cafe\u{301}",
    "Straße & <Söhne>",
];

/// Calls that are under way at once on each connection.
const AT_ONCE: usize = 8;

/// Clients over HTTP beside the one on standard input and output.
const HTTP_CLIENTS: usize = 2;

/// What a call is about, for the comparison afterwards.
#[derive(Debug, Clone)]
enum Kind {
    /// A read, which the retries of the client bring home whatever the tenant's faults.
    Read,
    /// A call whose arguments are wrong, which is refused.
    Wrong,
    /// A building with a name of its own is created.
    Create(String),
    /// The street of a building is changed to a text of its own.
    Change { id: String, street: String },
}

/// One call and its answer.
#[derive(Debug)]
struct Call {
    kind: Kind,
    tool: &'static str,
    arguments: Value,
    failed: bool,
    text: String,
}

/// Something that calls tools, several at once.
enum Client<'s> {
    Stdio(Box<Session>),
    Http(&'s Served, String),
}

impl Client<'_> {
    /// Make some calls at once and fill in their answers.
    async fn call(&mut self, calls: &mut [Call]) {
        match self {
            Self::Stdio(session) => {
                let mut waiting = BTreeMap::new();
                for (place, call) in calls.iter().enumerate() {
                    let parameters = json!({ "name": call.tool, "arguments": call.arguments });
                    waiting.insert(session.request("tools/call", parameters).await, place);
                }
                while !waiting.is_empty() {
                    let message = session.receive().await;
                    let place = message["id"].as_u64().and_then(|id| waiting.remove(&id));
                    if let Some(place) = place {
                        take(&mut calls[place], &message);
                    }
                }
            }
            Self::Http(served, session) => {
                let answers = calls.iter().zip(2..).map(async |(call, id)| {
                    let request = http::call(id, call.tool, call.arguments.clone());
                    http::answered(served.in_session(session, &request).send().await.unwrap(), id).await
                });
                let answers = join_all(answers).await;
                for (call, answer) in calls.iter_mut().zip(&answers) {
                    take(call, answer);
                }
            }
        }
    }
}

fn take(call: &mut Call, message: &Value) {
    let result = &message["result"];
    assert!(result.is_object(), "{message}");
    call.failed = result["isError"].as_bool().unwrap_or(false);
    result["content"][0]["text"].as_str().unwrap().clone_into(&mut call.text);
}

/// How often reads of one path fail in a run: once less than a read is tried, so that each one is answered in the end.
const FAILED_READS: usize = 2;

/// What the tenant does wrong, by the number of the request.
fn fault(seen: &Seen, number: usize, failed_reads: &mut BTreeMap<String, usize>) -> Reply {
    let json = "application/json";
    if seen.path.contains("/oauth/token") {
        return Reply::Pass;
    }
    if seen.method == "GET" && [13, 29, 61].contains(&(number % 97)) {
        let failed = failed_reads.entry(seen.path.clone()).or_default();
        if *failed == FAILED_READS {
            return Reply::Pass;
        }
        *failed += 1;
    }
    let error = |status: u16| format!("{{\"httpStatus\":{status},\"errors\":[]}}");
    match number % 97 {
        13 => Reply::Instead(503, "text/html", "<html><h1>Maintenance</h1></html>".to_owned()),
        29 => Reply::Instead(
            401,
            json,
            r#"{"httpStatus":401,"errors":[{"code":"INVALID_TOKEN","description":"","id":"0","field":null}]}"#
                .to_owned(),
        ),
        43 => Reply::Slow(Duration::from_millis(60)),
        61 => Reply::Instead(500, json, error(500)),
        79 if seen.method != "GET" => {
            Reply::Afterwards(504, "text/html", "<html>Gateway Timeout</html>".to_owned())
        }
        _ => Reply::Pass,
    }
}

fn next_call(rng: &mut Rng, number: usize, buildings: &[String]) -> Call {
    let name = format!("{} {number}", NAMES[rng.usize(..NAMES.len())]);
    let text = name.repeat(rng.usize(1..6));
    let id = buildings[rng.usize(..buildings.len())].clone();
    let (tool, kind, arguments) = match rng.usize(..20) {
        0..4 => (
            "building_create",
            Kind::Create(name.clone()),
            json!({ "body": { "name": name, "streetAddress1": text }, "reason": "Übung: 練習" }),
        ),
        4..7 => (
            "building_update",
            Kind::Change { id: id.clone(), street: text.clone() },
            json!({ "id": id, "body": { "name": format!("B {id}"), "streetAddress1": text } }),
        ),
        7 => ("building_create", Kind::Wrong, json!({ "body": { "name": 3, "straße": text } })),
        8 => ("building_get", Kind::Wrong, json!({ "id": text })),
        9..12 => {
            ("computer_list", Kind::Read, json!({ "page_size": 3, "where": [["general.name", "ne", name]] }))
        }
        12 => ("device_find", Kind::Read, json!({ "query": name })),
        13..15 => ("building_list", Kind::Read, json!({ "page_size": 5 })),
        15 => ("find_tools", Kind::Read, json!({ "query": name })),
        16 => ("policy_get", Kind::Read, json!({ "id": "12" })),
        17 => ("department_list", Kind::Read, json!({ "where": [["name", "contains", "é"]] })),
        _ => ("building_get", Kind::Read, json!({ "id": id })),
    };
    Call { kind, tool, arguments, failed: false, text: String::new() }
}

/// Resident memory of a process in kilobytes, where the system tells it.
fn memory(process: Option<u32>) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_audit_log_store_and_tenant_agree_after_many_calls() {
    let count = usize::try_from(number("SOAK_CALLS", 600)).unwrap();
    let seed = number("SOAK_SEED", fastrand::u64(..));
    eprintln!("SOAK_CALLS={count} SOAK_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut setup = Setup::start().await;
    let server = Served::start(&mut setup, &[]).await;
    let mut buildings = Vec::new();
    for place in 0..12 {
        let made =
            setup.ok("building_create", json!({ "body": { "name": format!("Soak base {place}") } })).await;
        buildings.push(made["answer"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned());
    }
    let mut clients = vec![Client::Stdio(Box::new(setup.stdio().await))];
    for _ in 0..HTTP_CLIENTS {
        clients.push(Client::Http(&server, server.session("2025-11-25").await));
    }
    let (requests, failed_reads) = (AtomicUsize::new(0), Mutex::default());
    setup.proxy.script(move |seen| {
        fault(seen, requests.fetch_add(1, Ordering::Relaxed), &mut failed_reads.lock().unwrap())
    });

    let mut done: Vec<Call> = Vec::new();
    let mut early = None;
    while done.len() < count {
        let mut batches: Vec<Vec<Call>> = Vec::new();
        for _ in &clients {
            let first = done.len() + batches.iter().map(Vec::len).sum::<usize>();
            batches.push(
                (first..first + AT_ONCE).map(|number| next_call(&mut rng, number, &buildings)).collect(),
            );
        }
        join_all(clients.iter_mut().zip(&mut batches).map(|(client, calls)| client.call(calls))).await;
        done.extend(batches.into_iter().flatten());
        if early.is_none() && done.len() >= count / 5 {
            early = memory(server.child.id());
        }
    }
    setup.proxy.script(|_| Reply::Pass);
    let late = memory(server.child.id());
    drop(clients);

    let failed = errors_are_expected(&done);
    eprintln!("{} calls, {failed} writes that the tenant failed", done.len());
    tenant_agrees(&setup, &done).await;
    log_agrees(&setup, &done).await;
    if let (Some(early), Some(late)) = (early, late) {
        eprintln!("memory of the HTTP server: {early} kB after a fifth of the calls, {late} kB at the end");
        assert!(late < early * 3 / 2 + 8_192, "memory grew from {early} kB to {late} kB");
    }
}

/// Reads succeed, wrong calls are refused, and a write that fails says what became of it. Answers how many writes failed.
fn errors_are_expected(done: &[Call]) -> usize {
    for call in done {
        match call.kind {
            Kind::Read => assert!(!call.failed, "{call:?}"),
            Kind::Wrong => assert!(call.failed, "{call:?}"),
            Kind::Create(_) | Kind::Change { .. } if call.failed => {
                assert!(
                    outcome(call).is_some(),
                    "the answer does not say what became of the write: {call:?}"
                );
            }
            _ => {}
        }
    }
    done.iter().filter(|call| call.failed && !matches!(call.kind, Kind::Wrong)).count()
}

/// Whether a write was carried out, by its answer; `None` where the answer does not tell.
fn outcome(call: &Call) -> Option<Outcome> {
    let text = call.text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match () {
        () if !call.failed => Some(Outcome::Done),
        () if says(&["may have been made", "unknown"]) => Some(Outcome::Unknown),
        () if says(&["nothing was changed", "nothing was sent", "not sent", "failed at jamf"]) => {
            Some(Outcome::NotDone)
        }
        () => None,
    }
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Outcome {
    Done,
    NotDone,
    Unknown,
}

/// Every building as the tenant answers it to a client of its own.
async fn buildings_of(setup: &Setup) -> Vec<Value> {
    let client = http::client();
    let url = setup.tenant.url();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        setup.tenant.client_id(),
        setup.tenant.client_secret()
    );
    let token = client
        .post(format!("{url}/api/v1/oauth/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let body = async |request: reqwest::RequestBuilder| -> Value {
        serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
    };
    let token = body(token).await["access_token"].as_str().unwrap().to_owned();
    let mut rows = Vec::new();
    for page in 0.. {
        let path = format!("{url}/api/v1/buildings?page-size=1000&page={page}");
        let answer = body(client.get(path).bearer_auth(&token)).await;
        rows.extend(answer["results"].as_array().unwrap().iter().cloned());
        if answer["totalCount"] == rows.len() {
            break;
        }
    }
    rows
}

/// What was answered to writes is what the tenant holds.
async fn tenant_agrees(setup: &Setup, done: &[Call]) {
    let rows = buildings_of(setup).await;
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *names.entry(row["name"].as_str().unwrap()).or_default() += 1;
    }
    for call in done {
        if let Kind::Create(name) = &call.kind {
            let held = names.get(name.as_str()).copied().unwrap_or(0);
            match outcome(call) {
                Some(Outcome::Done) => assert_eq!(held, 1, "{call:?}"),
                Some(Outcome::NotDone) => assert_eq!(held, 0, "{call:?}"),
                _ => assert!(held < 2, "{call:?}"),
            }
        }
    }
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        let changes: Vec<(&str, Option<Outcome>)> = done
            .iter()
            .filter_map(|call| match &call.kind {
                Kind::Change { id: changed, street } if changed == id => {
                    Some((street.as_str(), outcome(call)))
                }
                _ => None,
            })
            .collect();
        if changes.iter().any(|(_, outcome)| *outcome == Some(Outcome::Done)) {
            let street = row["streetAddress1"].as_str().unwrap_or_default();
            let wrote = changes.iter().find(|(written, _)| *written == street);
            assert!(
                wrote.is_some_and(|(_, outcome)| *outcome != Some(Outcome::NotDone)),
                "building {id} holds {street:?}"
            );
        }
    }
}

/// The audit log is whole, has an outcome for each intent, and as many writes as were called.
async fn log_agrees(setup: &Setup, done: &[Call]) {
    let verified = setup.run(&["audit", "verify"]).await;
    assert!(verified.success && verified.text().contains("whole"), "{verified:?}");
    let mut phases: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: BTreeMap<String, i64> = BTreeMap::new();
    for record in records(setup.state()) {
        let phase = record["phase"].as_str().unwrap_or_default().to_owned();
        if record["tool"].as_str().is_some_and(|tool| tool.starts_with("building_")) {
            *open.entry(record["call"].as_str().unwrap().to_owned()).or_default() += match phase.as_str() {
                "intent" => 1,
                "outcome" => -1,
                _ => 0,
            };
            *phases.entry(phase).or_default() += 1;
        }
    }
    assert!(open.values().all(|open| *open == 0), "intents without an outcome: {open:?}");
    let writes = done.iter().filter(|call| matches!(call.kind, Kind::Create(_) | Kind::Change { .. }));
    let repeated = done.iter().filter(|call| call.text.contains("\"repeated\"")).count();
    // The twelve buildings at the start are written too.
    let failed: Vec<&Call> = writes.clone().filter(|call| call.failed).collect();
    assert_eq!(
        phases["intent"] + repeated,
        writes.count() + 12,
        "{phases:?}; those that failed: {failed:#?}"
    );
    assert_eq!(phases["intent"], phases["outcome"], "{phases:?}");
}

/// All records of all audit logs below a folder.
fn records(folder: &std::path::Path) -> Vec<Value> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(records(&path));
        } else if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap();
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            found.extend(
                lines.map(|line| if line["record"].is_object() { line["record"].clone() } else { line }),
            );
        }
    }
    found
}
