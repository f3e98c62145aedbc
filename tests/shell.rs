//! The command line as people and scripts use it: what it shows, where settings come from, exit statuses; and what a client is told where
//! no tenant is configured.
#![cfg(feature = "demo")]

#[path = "support/binary.rs"]
mod binary;
#[path = "support/process.rs"]
mod process;

use process::{binary, initialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

#[tokio::test]
async fn a_server_without_a_tenant_says_in_the_chat_what_to_do() {
    let state = tempfile::tempdir().unwrap();
    let mut child = binary(&["serve"], &state).env_remove("JAMF_PRO_URL").spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = async |message: Value| -> Value {
        input.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap()
    };
    let begun = ask(initialize("2025-06-18")).await;
    assert!(begun["result"]["instructions"].as_str().unwrap().contains("setup_help"), "{begun}");
    let listed = ask(json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" })).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert!(tools.len() == 1 && tools[0]["name"] == "setup_help", "{listed}");
    let call = |id: u64, name: &str| json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": name, "arguments": {} } });
    let told = ask(call(3, "setup_help")).await;
    let text = told["result"]["content"][0]["text"].as_str().unwrap();
    let program = binary::under_test().canonicalize().unwrap();
    assert!(text.contains(&program.display().to_string()) && text.contains("config.json"), "{text}");
    let wrong = ask(call(4, "computer_list")).await;
    assert!(wrong["error"]["message"].as_str().unwrap().contains("no Jamf Pro tenant"), "{wrong}");
    drop(input);
    assert!(child.wait().await.unwrap().success());
}

#[tokio::test]
async fn the_configuration_is_shown_with_where_each_setting_comes_from() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("config.json");
    let settings = json!({
        "url": "https://example.jamfcloud.com", "client_id": "c", "secret": { "keychain": "jamf" },
        "allow": ["read", "write"], "redaction": "pseudonymous",
    });
    std::fs::write(&file, settings.to_string()).unwrap();
    let path = file.to_str().unwrap();
    let run = async |arguments: &[&str]| {
        let mut command = binary(arguments, &state);
        command
            .env("JAMF_PRO_MCP_REDACTION", "aggregate")
            .env("JAMF_PRO_CLIENT_SECRET", "CANARY-secret-value");
        let output = command.output().await.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let shown = run(&["--config", path, "--allow", "read", "config", "show", "--json"]).await;
    assert!(!shown.contains("CANARY"), "{shown}");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let from = |name: &str| {
        let settings = shown["settings"].as_array().unwrap();
        settings
            .iter()
            .find(|one| one["setting"] == name)
            .map(|one| (one["value"].clone(), one["from"].clone()))
    };
    assert_eq!(from("allow"), Some((json!("read"), json!("the command line"))));
    assert_eq!(from("url"), Some((json!("https://example.jamfcloud.com"), json!("the configuration file"))));
    let variable = |name: &str| json!(format!("the environment variable {name}"));
    assert_eq!(from("redaction"), Some((json!("aggregate"), variable("JAMF_PRO_MCP_REDACTION"))));
    assert_eq!(
        from("secret"),
        Some((json!("env JAMF_PRO_CLIENT_SECRET"), variable("JAMF_PRO_CLIENT_SECRET")))
    );
    assert_eq!(shown["tenants"][0]["name"], "default");
    assert_eq!(shown["state"], state.path().display().to_string());
    let text = run(&["--config", path, "config", "show"]).await;
    assert!(text.contains(path) && text.contains("redaction") && !text.contains("CANARY"), "{text}");
}

#[tokio::test]
async fn each_tool_is_described_and_a_plan_that_waits_is_no_success() {
    let state = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| {
        let output = binary(arguments, &state).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    for arguments in [&["tools", "scope_change"][..], &["call", "scope_change", "--help"]] {
        let (code, said, err) = run(arguments).await;
        assert_eq!(code, 0, "{err}");
        for part in
            ["add[].place", "targets | limitations | exclusions", "required. ", "no: `allow` does not have"]
        {
            assert!(said.contains(part), "{part} is not in\n{said}");
        }
    }
    let (code, _, err) = run(&["tools", "computer_lisst"]).await;
    assert!(code == 1 && err.contains("computer_list"), "{err}");
    let erase = [r#"{"id":"7"}"#, "--demo"];
    let (code, _, err) = run(&[&["call", "computer_erase"][..], &erase].concat()).await;
    assert!(code == 1 && err.contains("add `--allow read,destructive`"), "{err}");
    let (code, said, _) =
        run(&[&["call", "computer_erase"][..], &erase, &["--allow", "read,destructive"]].concat()).await;
    assert!(code == 3 && said.contains("waiting for a person"), "{code} {said}");
    // A command shows the options that it can use.
    let (_, help, _) = run(&["completions", "--help"]).await;
    assert!(!help.contains("--faults") && !help.contains("--allow"), "{help}");
    let (_, help, _) = run(&["call", "--help"]).await;
    assert!(help.contains("--faults") && help.contains("3 a plan waits for a person"), "{help}");
}

#[tokio::test]
async fn a_report_is_a_file_that_shows_what_a_call_may_show() {
    let state = tempfile::tempdir().unwrap();
    let file = state.path().join("fleet.html");
    let path = file.to_str().unwrap();
    let run = async |arguments: &[&str], redaction: &str| {
        let mut command = binary(&[&["report", "--demo", "--output", path], arguments].concat(), &state);
        let output = command.env("JAMF_PRO_MCP_REDACTION", redaction).output().await.unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, said) = run(&["--exclude-tools", "fleet_overview"], "full").await;
    assert!(code == 1 && said.contains("exclude_tools") && !file.exists(), "{said}");

    let (code, said) = run(&["computer:424"], "full").await;
    assert!(code == 0 && said.contains(path), "{said}");
    let whole = std::fs::read_to_string(&file).unwrap();
    for part in ["414 computers", "ZZ3FF0F672", "farid.nkosi", "default-src 'none'"] {
        assert!(whole.contains(part), "{part}");
    }
    let (code, said) = run(&[], "full").await;
    assert!(code == 1 && said.contains("--overwrite"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);

    let (code, said) = run(&["computer:424", "--overwrite"], "pseudonymous").await;
    assert_eq!(code, 0, "{said}");
    let redacted = std::fs::read_to_string(&file).unwrap();
    assert!(redacted.contains("414 computers") && !redacted.to_lowercase().contains("farid"), "{redacted}");
}

/// The commands that do something or speak another format, and print no facts.
const NO_FACTS: [&str; 16] = [
    "serve",
    "report",
    "approvals-approve",
    "approvals-reject",
    "approvals-enroll",
    "approvals-recover",
    "approvals-release",
    "demo",
    "demo-tour",
    "setup",
    "setup-undo",
    "secret-set",
    "secret-clear",
    "try",
    "completions",
    "man",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_prints_facts_prints_them_as_json() {
    let state = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| {
        let output = binary(arguments, &state).env("JAMF_PRO_MCP_ALLOW", "read,destructive").output().await;
        let output = output.unwrap();
        (String::from_utf8_lossy(&output.stdout).into_owned(), format!("{output:?}"))
    };
    let (planned, _) = run(&["call", "computer_erase", r#"{"id":"7"}"#, "--demo"]).await;
    let plan = serde_json::from_str::<Value>(&planned).unwrap()["plan"].as_str().unwrap().to_owned();
    let snapshot = state.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    let (_, made) = run(&["config", "snapshot", snapshot, "--demo"]).await;
    assert!(std::fs::exists(snapshot).unwrap(), "{made}");
    let select = "SELECT count(*) FROM buildings";
    let facts: &[(&str, &[&str])] = &[
        ("call", &["call", "building_list", "--demo", "--json"]),
        ("tools", &["tools", "--json"]),
        ("tools", &["tools", "computer_list", "--json"]),
        ("doctor", &["doctor", "--demo", "--json"]),
        ("privileges", &["privileges", "--json"]),
        ("privileges", &["privileges", "--compare", "--demo", "--json"]),
        ("approvals-list", &["approvals", "list", "--json"]),
        ("approvals-show", &["approvals", "show", &plan, "--json"]),
        ("approvals-approvers", &["approvals", "approvers", "--json"]),
        ("audit-tail", &["audit", "tail", "1", "--json"]),
        ("audit-show", &["audit", "show", &plan, "--most", "1", "--json"]),
        ("audit-verify", &["audit", "verify", "--json"]),
        ("fleet-status", &["fleet", "status", "--demo", "--json"]),
        ("fleet-refresh", &["fleet", "refresh", "buildings", "--demo", "--json"]),
        ("fleet-clear", &["fleet", "clear", "--demo", "--json"]),
        ("query", &["query", "--json"]),
        ("query", &["query", select, "--demo", "--json"]),
        ("query", &["query", "--describe", "buildings", "--demo"]),
        ("config-show", &["config", "show", "--json"]),
        ("config-snapshot", &["config", "snapshot", "-", "--demo", "--json"]),
        ("config-diff", &["config", "diff", snapshot, snapshot, "--json"]),
        ("config-schema", &["config-schema"]),
    ];
    for (command, arguments) in facts {
        let (out, whole) = run(arguments).await;
        let parsed = serde_json::from_str::<Value>(&out);
        assert!(parsed.is_ok_and(|value| !value.is_null()), "{command}: {whole}");
    }
    // Each command that there is prints facts, or is known to print none.
    let pages = state.path().join("man");
    std::fs::create_dir(&pages).unwrap();
    run(&["man", pages.to_str().unwrap()]).await;
    let mut commands = 0;
    for page in pages.read_dir().unwrap().flatten() {
        let name = page.file_name().to_string_lossy().trim_end_matches(".1").to_owned();
        let Some(name) = name.strip_prefix("jamf-pro-mcp-") else { continue };
        let text = std::fs::read_to_string(page.path()).unwrap();
        let is_group = text.contains("SUBCOMMANDS") && !["demo", "setup"].contains(&name);
        if is_group || name.split('-').any(|part| part == "help") {
            continue;
        }
        commands += 1;
        let is_run = facts.iter().any(|(command, _)| *command == name);
        assert!(is_run != NO_FACTS.contains(&name), "{name} is in one of the two lists, and in one alone");
        assert!(!is_run || name == "config-schema" || text.contains("\\-\\-json"), "{name} has no --json");
    }
    assert!(commands > 30, "{commands}");
}

/// What a shell is told completes the names of tools, and no message lists them all.
#[tokio::test]
async fn names_of_tools_are_completed() {
    let state = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = binary(&["completions", shell], &state).output().await.unwrap();
        let script = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(script.contains("computer_list") && script.contains("stale_devices"), "{shell}");
    }
    let output = binary(&["call", "computer_lisst"], &state).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() != Some(2) && said.len() < 1_000, "{said}");
    // As bash does it, where there is one.
    let script = state.path().join("completions.bash");
    let output = binary(&["completions", "bash"], &state).output().await.unwrap();
    std::fs::write(&script, output.stdout).unwrap();
    let ask = "source \"$1\"; COMP_WORDS=(jamf-pro-mcp call stale_d); COMP_CWORD=2; \
               _jamf__pro__mcp jamf-pro-mcp stale_d call; echo \"${COMPREPLY[*]}\"";
    let bash = tokio::process::Command::new("bash").args(["-c", ask, "bash"]).arg(&script).output().await;
    if let Ok(output) = bash {
        let completed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(completed.split_whitespace().any(|name| name == "stale_devices"), "{output:?}");
    }
}
