//! The simulated tenant as people start it: its options, its state, its control, and where its log is.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use std::collections::HashMap;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

#[path = "support/binary.rs"]
mod binary;

/// The program in a home of its own, where its usual folders are.
fn command(home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary::under_test());
    command.args(arguments).env_remove("JAMF_PRO_MCP_STATE").env("HOME", home.path()).kill_on_drop(true);
    for folder in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env_remove(folder);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn run(home: &TempDir, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = command(home, arguments).output().await.unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// A tenant alone, and what it printed.
async fn demo(home: &TempDir, arguments: &[&str]) -> (Child, HashMap<String, String>) {
    let mut child = command(home, &[&["demo", "--port", "0"], arguments].concat()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = HashMap::new();
    while !said.contains_key("DEMO_CONTROL") {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended: {said:?}"));
        let (name, value) = line.split_once('=').unwrap();
        said.insert(name.to_owned(), value.to_owned());
    }
    (child, said)
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn token(said: &HashMap<String, String>) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &said["JAMF_PRO_CLIENT_ID"]),
        ("client_secret", &said["JAMF_PRO_CLIENT_SECRET"]),
    ];
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = http().post(format!("{}/api/v1/oauth/token", said["JAMF_PRO_URL"]));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.join("&"));
    let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn buildings(said: &HashMap<String, String>) -> String {
    let request =
        http().get(format!("{}/api/v1/buildings", said["JAMF_PRO_URL"])).bearer_auth(token(said).await);
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn its_port_is_another_one_than_that_of_the_approvals_page() {
    let home = tempfile::tempdir().unwrap();
    let (success, help) = run(&home, &["demo", "--help"]).await;
    let (_, port) = help.split_once("Port on loopback").unwrap().1.split_once("[default: ").unwrap();
    let port: u16 = port.split(']').next().unwrap().parse().unwrap();
    assert!(success && port != jamf_pro_mcp::config::Config::default().approvals.port, "{help}");
}

#[tokio::test]
async fn what_was_changed_outlives_a_tenant_that_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("tenant.json");
    let file = file.to_str().unwrap();
    let (mut first, said) = demo(&home, &["--state", file, "--computers", "12", "--seed", "5"]).await;
    let create =
        http().post(format!("{}/api/v1/buildings", said["JAMF_PRO_URL"])).bearer_auth(token(&said).await);
    let created =
        create.header("content-type", "application/json").body(json!({"name": "zz Kept"}).to_string());
    assert_eq!(created.send().await.unwrap().status(), 201);
    let (was_started, why) = run(&home, &["demo", "--port", "0", "--state", file]).await;
    assert!(!was_started && why.contains("another simulated tenant keeps its state in"), "{why}");
    first.kill().await.unwrap();

    // Seed and size are those of the file.
    let (_second, said) = demo(&home, &["--state", file]).await;
    assert!(buildings(&said).await.contains("zz Kept"));
    let state =
        http().get(format!("{}/state", said["DEMO_CONTROL"])).send().await.unwrap().text().await.unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        (&state["computers"], &state["seed"], &state["stateFile"]),
        (&json!(12), &json!(5), &json!(file))
    );
    drop(_second);

    let other = home.path().join("config.json");
    std::fs::write(&other, "{\"allow\": [\"read\"]}").unwrap();
    let (was_started, why) = run(&home, &["demo", "--port", "0", "--state", other.to_str().unwrap()]).await;
    assert!(!was_started && why.contains("it was left as it is: name another file"), "{why}");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "{\"allow\": [\"read\"]}");
}

#[tokio::test]
async fn size_and_seed_make_the_fleet() {
    let home = tempfile::tempdir().unwrap();
    let list = async |options: &[&str]| {
        let (was_told, said) = run(&home, &[&["call", "computer_list", "--demo"], options].concat()).await;
        assert!(was_told, "{said}");
        said
    };
    let seventh = list(&["--computers", "7", "--seed", "3"]).await;
    assert!(seventh.contains("\"total\":7"), "{seventh}");
    let names = |said: &str| -> Vec<String> {
        said.split("\"serialNumber\":\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    };
    assert!(!names(&seventh).is_empty(), "{seventh}");
    assert_eq!(
        names(&seventh),
        names(&list(&["--fleet", "7", "--seed", "3"]).await),
        "the older name, the same fleet"
    );
    assert_ne!(names(&seventh), names(&list(&["--computers", "7", "--seed", "4"]).await));
    for wrong in [["--computers", "0"], ["--computers", "many"], ["--seed", "x"]] {
        let (was_started, why) =
            run(&home, &[&["call", "computer_list", "--demo"], &wrong[..]].concat()).await;
        assert!(!was_started && why.contains("invalid value"), "{why}");
    }
}

#[tokio::test]
async fn options_of_the_simulated_tenant_do_not_go_with_a_real_one() {
    let home = tempfile::tempdir().unwrap();
    for option in [["--computers", "5"], ["--seed", "5"], ["--state", "x.json"], ["--faults", "429"]] {
        let (was_started, why) = run(&home, &[&["call", "computer_list"], &option[..]].concat()).await;
        assert!(!was_started && why.contains("add --demo, or leave them out"), "{why}");
    }
}

#[tokio::test]
async fn the_help_has_every_fault() {
    let home = tempfile::tempdir().unwrap();
    let (_, help) = run(&home, &["demo", "--help"]).await;
    for known in jamf_pro_demo::KNOWN {
        assert!(help.contains(&format!("\n  {} ", known.form())), "{help}");
    }
    let (was_started, why) = run(&home, &["call", "computer_list", "--demo", "--faults", "nonsense"]).await;
    assert!(
        !was_started && why.contains("unknown fault `nonsense`") && why.contains("rate-limit[=10]"),
        "{why}"
    );
}

/// The only folder of that name below a folder.
fn below(folder: &Path, name: &str) -> Option<std::path::PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().filter(|entry| entry.path().is_dir()).find_map(|entry| {
        if entry.file_name() == name { Some(entry.path()) } else { below(&entry.path(), name) }
    })
}

#[tokio::test]
async fn the_log_of_trials_is_proven_with_the_others() {
    let home = tempfile::tempdir().unwrap();
    let create =
        ["call", "building_create", r#"{"body": {"name": "zz"}}"#, "--demo", "--allow", "read,write"];
    let (was_made, said) = run(&home, &create).await;
    assert!(was_made, "{said}");
    for options in [&[][..], &["--demo"], &["--tenant", "demo"]] {
        let (is_whole, said) = run(&home, &[&["audit", "verify"], options].concat()).await;
        assert!(
            is_whole && said.contains("demo: whole, ") && said.contains("/demo/audit/demo.jsonl"),
            "{said}"
        );
    }
    let (_, tail) = run(&home, &["audit", "tail"]).await;
    assert!(tail.contains("building_create"), "{tail}");
    let (is_whole, said) = run(&home, &["audit", "verify", "--tenant", "other"]).await;
    assert!(!is_whole && said.contains("no log"), "{said}");

    let log = below(home.path(), "demo").unwrap().join("audit/demo.jsonl");
    let forged = std::fs::read_to_string(&log).unwrap().replace("building_create", "building_delete");
    std::fs::write(&log, forged).unwrap();
    let (is_whole, said) = run(&home, &["audit", "verify"]).await;
    assert!(!is_whole && said.contains("/demo/audit/demo.jsonl"), "{said}");
}

/// The part of the tour that asks nobody; `tests/terminal` has the whole of it.
#[tokio::test]
async fn the_tour_prints_its_first_answers_and_ends_where_nobody_is_at_a_terminal() {
    let home = tempfile::tempdir().unwrap();
    let (success, said) = run(&home, &["demo", "tour"]).await;
    assert!(success, "{said}");
    // Nothing is left of it.
    assert!(below(home.path(), "jamf-pro-mcp").is_none(), "the tour left a folder");
    // Its figures are those of the same call made alone.
    let (_, silent) = run(&home, &["call", "stale_devices", r#"{"days":30}"#, "--demo"]).await;
    let silent: Value =
        serde_json::from_str(silent.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    let verdict = silent["answer"].as_str().unwrap();
    assert!(verdict.len() > 20 && said.contains(verdict), "{verdict} is not in\n{said}");
    for part in [
        "1. What does my fleet look like?",
        "call explain_policy",
        "NOT_ENCRYPTED",
        "In a terminal the tour goes on",
    ] {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }
}
