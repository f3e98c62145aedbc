//! Settings that nobody meant stop the start: text that a host did not expand, paths that depend on where the server was started,
//! misspelled names, secrets in addresses.

use serde_json::{Value, json};

use crate::setup::Setup;

/// Start with a configuration file; what it says when it does not start.
async fn start_error(setup: &mut Setup, config: &Value) -> String {
    refused_bytes(setup, config.to_string().as_bytes()).await
}

/// The serial number of a managed Mac.
async fn serial(setup: &Setup) -> String {
    let managed = json!([["general.remoteManagement.managed", "eq", true]]);
    let wish = json!({ "fields": ["hardware.serialNumber"], "where": managed, "page_size": 1 });
    let listed = setup.ok("computer_list", wish).await;
    listed["rows"][0]["hardware"]["serialNumber"].as_str().unwrap().to_owned()
}

async fn refused_bytes(setup: &mut Setup, config: &[u8]) -> String {
    let file = setup.state().join("config.json");
    std::fs::write(&file, config).unwrap();
    setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
    let said = setup.fails("building_list", json!({})).await;
    setup.unset("JAMF_PRO_MCP_CONFIG");
    said
}

#[tokio::test]
async fn what_a_host_did_not_expand_stops_the_start_and_nothing_is_sent() {
    let mut setup = Setup::start().await;
    let usual = setup.state().to_str().unwrap().to_owned();
    for (variable, setting) in [
        ("JAMF_PRO_MCP_GATE_KILL_SWITCH", "gate.kill_switch"),
        ("JAMF_PRO_MCP_STATE", "state"),
        ("JAMF_PRO_MCP_FILES", "files"),
        ("JAMF_PRO_MCP_LOG_FILE", "log.file"),
        ("JAMF_PRO_MCP_CA_FILE", "ca_file"),
        ("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS", "gate.protected_serials"),
        ("JAMF_PRO_MCP_GATE_SANDBOX", "gate.sandbox"),
        ("JAMF_PRO_MCP_TOOLSETS", "toolsets"),
    ] {
        for value in ["${HOME}/stop", "%APPDATA%\\stop"] {
            setup.set(variable, value);
            let said = setup.fails("building_list", json!({})).await;
            assert!(said.contains(setting) && said.contains(variable), "{variable}={value}: {said}");
        }
        if variable == "JAMF_PRO_MCP_STATE" {
            setup.set(variable, &usual);
        } else {
            setup.unset(variable);
        }
    }
    for (variable, value) in [
        ("JAMF_PRO_URL", "${JAMF_URL}"),
        ("JAMF_PRO_CLIENT_ID", "${JAMF_ID}"),
        ("JAMF_PRO_CLIENT_SECRET", "${JAMF_SECRET}"),
        ("JAMF_PRO_CLIENT_SECRET_FILE", "${HOME}/secret"),
        ("JAMF_PRO_MCP_CONFIG", "${HOME}/config.json"),
    ] {
        let mut setup = Setup::start().await;
        setup.set(variable, value);
        setup.fails("building_list", json!({})).await;
        assert!(setup.proxy.seen().is_empty(), "{variable}");
    }
    for config in [
        json!({ "gate": { "protected_groups": ["Executives", "${GROUP}"] } }),
        json!({ "gate": { "kill_switch": "$HOME/stop" } }),
        json!({ "tenants": { "${TENANT}": { "url": "https://a.example", "client_id": "c", "secret": { "env": "S" } } } }),
        json!({ "tenants": { "a": { "url": "https://a.example", "client_id": "c", "secret": { "file": "%APPDATA%\\secret" } } } }),
        json!({ "http": { "tokens": [{ "name": "anna", "file": "${HOME}/token" }] } }),
    ] {
        let said = start_error(&mut setup, &config).await;
        assert!(said.contains("replaced") || said.contains("not expanded"), "{config}: {said}");
    }
    assert!(setup.proxy.seen().is_empty());
    assert!(!std::path::Path::new("${HOME}").exists());
}

#[tokio::test]
async fn a_path_means_the_same_wherever_the_server_is_started() {
    let mut setup = Setup::start().await;
    for config in [
        json!({ "state": "state" }),
        json!({ "files": "./files" }),
        json!({ "log": { "file": "server.log" } }),
        json!({ "gate": { "kill_switch": "STOP" } }),
        json!({ "gate": { "kill_switch": "~anna/STOP" } }),
        json!({ "gate": { "kill_switch": "" } }),
        json!({ "ca_file": "ca.pem" }),
        json!({ "secret": { "file": "secret" } }),
        json!({ "http": { "tokens": [{ "name": "anna", "file": "token" }] } }),
    ] {
        // The environment has a state folder and a secret of its own.
        let said = start_error(&mut setup, &config).await;
        assert!(
            said.contains("absolute") || said.contains("another user") || said.contains("empty"),
            "{config}: {said}"
        );
    }
    setup.set("JAMF_PRO_MCP_CONFIG", "config.json");
    let said = setup.fails("building_list", json!({})).await;
    assert!(said.contains("JAMF_PRO_MCP_CONFIG") && said.contains("absolute"), "{said}");
    setup.unset("JAMF_PRO_MCP_CONFIG");
    assert!(setup.proxy.seen().is_empty());

    // The home folder is written out for every path, in a file and in the environment.
    std::fs::write(setup.state().join("secret"), format!("\u{feff}{}\n", setup.tenant.client_secret()))
        .unwrap();
    setup.unset("JAMF_PRO_CLIENT_SECRET");
    setup.set("JAMF_PRO_CLIENT_SECRET_FILE", "~/secret");
    setup.set("JAMF_PRO_MCP_GATE_KILL_SWITCH", "~/stop");
    setup.ok("building_list", json!({})).await;
    std::fs::write(setup.state().join("stop"), "").unwrap();
    let said = setup.fails("building_create", json!({ "body": { "name": "Annex" } })).await;
    assert!(said.contains("kill switch"), "{said}");
}

#[tokio::test]
async fn a_kill_switch_that_nobody_could_use_stops_the_start() {
    let mut setup = Setup::start().await;
    let missing = setup.state().join("none/STOP");
    setup.set("JAMF_PRO_MCP_GATE_KILL_SWITCH", missing.to_str().unwrap());
    let said = setup.fails("building_create", json!({ "body": { "name": "Annex" } })).await;
    assert!(said.contains("kill_switch") && said.contains("folder"), "{said}");
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 0);

    // Nor is it off when its folder goes away while the server runs.
    let folder = setup.state().join("switches");
    std::fs::create_dir(&folder).unwrap();
    setup.set("JAMF_PRO_MCP_GATE_KILL_SWITCH", folder.join("STOP").to_str().unwrap());
    let mut session = setup.stdio().await;
    assert!(!session.call("building_create", json!({ "body": { "name": "Annex" } })).await.0);
    std::fs::remove_dir(&folder).unwrap();
    let (failed, said) = session.call("building_create", json!({ "body": { "name": "Other" } })).await;
    assert!(failed && said.contains("kill switch"), "{said}");
    assert_eq!(setup.proxy.count("POST", "/api/v1/buildings"), 1);
}

#[tokio::test]
async fn marks_of_encodings_are_skipped_and_other_encodings_are_named() {
    let mut setup = Setup::start().await;
    let file = setup.state().join("config.json");
    setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
    std::fs::write(&file, "\u{feff}{ \"redaction\": \"aggregate\" }").unwrap();
    setup.ok("building_list", json!({})).await;
    let utf_16: Vec<u8> =
        "\u{feff}{ \"redaction\": \"aggregate\" }".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = refused_bytes(&mut setup, &utf_16).await;
    assert!(said.contains("UTF-16") && said.contains("config.json"), "{said}");
    let secret = setup.state().join("secret");
    std::fs::write(&secret, &utf_16).unwrap();
    setup.set("JAMF_PRO_CLIENT_SECRET_FILE", secret.to_str().unwrap());
    let said = setup.fails("building_list", json!({})).await;
    assert!(said.contains("UTF-16"), "{said}");
}

#[tokio::test]
async fn secrets_in_addresses_are_refused_and_not_printed() {
    let mut setup = Setup::start().await;
    let proxy = setup.proxy.url.clone();
    for url in [
        "https://admin:hunter2@jamf.example".to_owned(),
        "admin:hunter2@jamf.example".to_owned(),
        "https://:hunter2@jamf.example".to_owned(),
        "https://jamf.example/?failover=hunter2".to_owned(),
        "https://jamf.example/#hunter2".to_owned(),
        "https://admin:hun ter2 hunter2@jamf.example".to_owned(),
        proxy.replace("http://", "http://admin:hunter2@"),
    ] {
        setup.set("JAMF_PRO_URL", &url);
        for arguments in [
            &["call", "building_list", "{}"][..],
            &["doctor"],
            &["tools"],
            &["--log", "trace", "call", "building_list", "{}"],
        ] {
            let printed = setup.run(arguments).await;
            assert!(!printed.success && !printed.text().contains("hunter2"), "{url}: {printed:?}");
            assert!(printed.text().contains("url"), "{url}: {printed:?}");
        }
    }
    setup.set("JAMF_PRO_URL", &proxy);
    for config in [
        json!({ "audit": { "webhook": "https://admin:hunter2@siem.example" } }),
        json!({ "audit": { "webhook": "https://siem.example/?key=hunter2" } }),
        json!({ "audit": { "syslog": "hunter2@loghost" } }),
        json!({ "secret": "hunter2" }),
        json!({ "http": { "token": "hunter2" } }),
        json!({ "audit": { "webhook_token": "hunter2" } }),
    ] {
        let said = start_error(&mut setup, &config).await;
        assert!(!said.contains("hunter2"), "{config}: {said}");
    }
    assert!(setup.proxy.seen().is_empty());
}

#[tokio::test]
async fn the_only_tenant_has_a_label_and_a_certificate_authority() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_LABEL", "rehearsal");
    setup.set("JAMF_PRO_MCP_ALLOW", "read,write,destructive");
    setup.set("JAMF_PRO_MCP_APPROVALS_PAGE", "no");
    let serial = serial(&setup).await;
    let waits = setup.ok("device_restart", json!({ "devices": [serial], "body": {} })).await;
    let listed = setup.run(&["approvals", "list"]).await;
    assert!(listed.stdout.contains("rehearsal"), "{waits} {listed:?}");
    setup.set("JAMF_PRO_MCP_CA_FILE", "/no/such/ca.pem");
    let said = setup.fails("building_list", json!({})).await;
    assert!(said.contains("ca_file") && said.contains("/no/such/ca.pem"), "{said}");
}

#[tokio::test]
async fn a_client_id_is_trimmed_and_an_empty_variable_is_none() {
    let mut setup = Setup::start().await;
    let id = format!("  {}\n", setup.tenant.client_id());
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    setup.set("JAMF_PRO_CLIENT_ID", &id);
    for empty in [
        "JAMF_PRO_MCP_CONFIG",
        "JAMF_PRO_MCP_REDACTION",
        "JAMF_PRO_MCP_FILES",
        "JAMF_PRO_MCP_GATE_KILL_SWITCH",
        "JAMF_PRO_MCP_HTTP_MAX_BODY",
        "JAMF_PRO_CLIENT_SECRET_FILE",
    ] {
        setup.set(empty, if empty.ends_with("BODY") { "" } else { " " });
    }
    setup.ok("building_list", json!({})).await;
    // What is empty never takes a protection away that a file has.
    let serial =
        setup.ok("computer_list", json!({ "fields": ["hardware.serialNumber"], "page_size": 1 })).await;
    let serial = serial["rows"][0]["hardware"]["serialNumber"].as_str().unwrap().to_owned();
    let file = setup.state().join("config.json");
    std::fs::write(&file, json!({ "gate": { "protected_serials": [format!(" {serial} ")] } }).to_string())
        .unwrap();
    setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
    setup.set("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS", "");
    let said = setup.fails("device_restart", json!({ "devices": [serial], "body": {} })).await;
    assert!(said.contains("protected"), "{said}");
    setup.set("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS", " , ");
    let said = setup.fails("device_restart", json!({ "devices": [serial], "body": {} })).await;
    assert!(said.contains("JAMF_PRO_MCP_GATE_PROTECTED_SERIALS"), "{said}");
}

#[tokio::test]
async fn a_misspelled_setting_is_refused_with_the_near_one() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_GATE_PROTECTED_SERIAL", "ZZ1");
    let said = setup.fails("building_list", json!({})).await;
    assert!(said.contains("did you mean JAMF_PRO_MCP_GATE_PROTECTED_SERIALS"), "{said}");
    setup.unset("JAMF_PRO_MCP_GATE_PROTECTED_SERIAL");
    let said = start_error(&mut setup, &json!({ "gate": { "kill_swich": "/x" } })).await;
    assert!(said.contains("did you mean `kill_switch`"), "{said}");
    // A variable that a source of a secret names is no setting.
    setup.set("JAMF_PRO_MCP_OWN_SECRET", setup.tenant.client_secret().to_owned().as_str());
    setup.unset("JAMF_PRO_CLIENT_SECRET");
    let file = setup.state().join("config.json");
    std::fs::write(&file, json!({ "secret": { "env": "JAMF_PRO_MCP_OWN_SECRET" } }).to_string()).unwrap();
    setup.set("JAMF_PRO_MCP_CONFIG", file.to_str().unwrap());
    setup.ok("building_list", json!({})).await;
}
