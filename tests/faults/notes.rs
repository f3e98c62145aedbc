//! What stands beside rows: notes, suggestions, instructions, files and resources that are not there.

use serde_json::{Value, json};

use crate::answers::{COMPUTERS, refuses, serve};
use crate::proxy::Reply;
use crate::setup::Setup;

#[tokio::test]
async fn suggestions_lead_to_the_right_field() {
    let setup = Setup::start().await;
    let cases: [(Value, &[&str]); 5] = [
        (json!({ "fields": ["extensionAttributes.value"] }), &["did you mean `extensionAttributes.values`"]),
        (
            json!({ "where": [["extensionAttributes.displayName", "eq", "x"]] }),
            &["did you mean `extensionAttributes.name`"],
        ),
        (json!({ "where": [["general.serialNumber", "eq", "x"]] }), &["hardware.serialNumber"]),
        (json!({ "fields": ["general.lastReportedIpV5"] }), &["lastReportedIpV4", "lastReportedIpV6"]),
        (json!({ "fields": ["general.lastContackt"] }), &["did you mean `general.lastContact`"]),
    ];
    refuses(&setup, "computer_list", &cases).await;
}

#[tokio::test]
async fn notes_are_true_and_about_what_was_asked() {
    let setup = Setup::start().await;
    let notes = |answer: &Value| answer["notes"].to_string();
    for (tool, section) in [
        ("computer_list", json!(["GENERAL", "HARDWARE"])),
        ("mobile_device_list", json!(["GENERAL", "HARDWARE"])),
    ] {
        let answer = setup.ok(tool, json!({ "section": section, "page_size": 1 })).await;
        assert!(!notes(&answer).contains("no row has the field"), "{tool}: {answer}");
    }
    let row = json!({ "id": "1", "general": { "name": "a" }, "hardware": null, "userAndLocation": null });
    serve(&setup, COMPUTERS, &[row]);
    let null = json!({ "section": ["GENERAL", "HARDWARE", "USER_AND_LOCATION"], "fields": ["*"] });
    let said = notes(&setup.ok("computer_list", null).await);
    assert_eq!(said.matches("hardware").count(), 1, "{said}");
    let null = json!({ "section": ["HARDWARE", "USER_AND_LOCATION"] });
    let said = notes(&setup.ok("computer_list", null).await);
    assert!(said.matches("hardware").count() <= 1 && said.matches("userAndLocation").count() <= 1, "{said}");
    // A default field that rows lack is nothing that the caller misspelled.
    serve(&setup, "/api/v1/sites", &[]);
    setup.proxy.script(|seen| match seen.path.split('?').next() {
        Some("/api/v1/sites") => {
            Reply::Instead(200, "application/json", r#"[{"id":"1","name":"x"}]"#.to_owned())
        }
        Some(COMPUTERS) => Reply::Instead(
            200,
            "application/json",
            r#"{"totalCount":1,"results":[{"id":"1","general":{}}]}"#.to_owned(),
        ),
        _ => Reply::Pass,
    });
    let sites = setup.ok("site_list", json!({})).await;
    assert!(!notes(&sites).contains("no row has the field"), "{sites}");
    let computers = setup.ok("computer_list", json!({})).await;
    assert!(!notes(&computers).contains("check its spelling"), "{computers}");
    let named = setup.ok("computer_list", json!({ "fields": ["general.name"] })).await;
    assert!(notes(&named).contains("no row has the field general.name"), "{named}");
}

#[tokio::test]
async fn instructions_name_no_tool_that_is_not_listed() {
    let mut setup = Setup::start().await;
    for toolsets in ["all", "core"] {
        setup.set("JAMF_PRO_MCP_TOOLSETS", toolsets);
        let mut session = setup.stdio().await;
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let instructions = session.ask("initialize", hello).await["result"]["instructions"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let mut listed = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let page = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
            let answer = session.ask("tools/list", page).await;
            listed.extend(
                answer["result"]["tools"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|tool| tool["name"].as_str().unwrap().to_owned()),
            );
            cursor = answer["result"]["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        for name in ["find_tools", "call_read", "call_write", "call_destructive"] {
            let is_listed = listed.iter().any(|listed| listed == name);
            assert!(is_listed || !instructions.contains(name), "{toolsets}: {name}: {instructions}");
        }
        assert_eq!(instructions.contains("find_tools"), toolsets == "core", "{instructions}");
    }
}

#[tokio::test]
async fn states_without_commands_are_empty_lists() {
    let setup = Setup::start().await;
    let history = json!({ "computer_history": {
        "general": { "id": 1, "name": "a" },
        "commands": { "completed": [{ "name": "x" }], "pending": {}, "failed": "" }
    } });
    setup.proxy.script(move |seen| {
        if seen.path.starts_with("/JSSResource/computerhistory/") {
            Reply::Instead(200, "application/json", history.to_string())
        } else {
            Reply::Pass
        }
    });
    let answer = setup.ok("computer_history_get", json!({ "id": "1" })).await;
    let commands =
        if answer["object"].is_object() { &answer["object"]["commands"] } else { &answer["commands"] };
    assert_eq!((&commands["pending"], &commands["failed"]), (&json!([]), &json!([])), "{answer}");
}

#[tokio::test]
async fn a_resource_that_is_not_there_is_the_same_error_with_several_tenants() {
    let setup = Setup::start().await;
    let one = setup.stdio().await.ask("resources/read", json!({ "uri": "jamf://policies/99999" })).await;
    let mut several = Setup::start().await;
    let url = several.tenant.url();
    let secret = several.state().join("secret");
    std::fs::write(&secret, several.tenant.client_secret()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let tenant = json!({ "url": url, "client_id": several.tenant.client_id(), "secret": { "file": secret } });
    let config = several.state().join("config.json");
    std::fs::write(&config, json!({ "tenants": { "a": tenant, "b": tenant } }).to_string()).unwrap();
    for name in ["JAMF_PRO_URL", "JAMF_PRO_CLIENT_ID", "JAMF_PRO_CLIENT_SECRET"] {
        several.unset(name);
    }
    several.set("JAMF_PRO_MCP_CONFIG", config.to_str().unwrap());
    let two = several.stdio().await.ask("resources/read", json!({ "uri": "jamf://a/policies/99999" })).await;
    assert_eq!(one["error"]["code"], -32002, "{one}");
    assert_eq!(two["error"]["code"], -32002, "{two}");
}

#[tokio::test]
async fn a_saved_list_has_every_row() {
    let mut setup = Setup::start().await;
    let folder = setup.state().join("files");
    std::fs::create_dir(&folder).unwrap();
    setup.set("JAMF_PRO_MCP_FILES", folder.to_str().unwrap());
    let rows: Vec<Value> = (0..400)
        .map(|id| json!({ "id": id.to_string(), "general": { "name": format!("a,\"b\"\n{id}") } }))
        .collect();
    serve(&setup, COMPUTERS, &rows);
    for format in ["csv", "json"] {
        let asked = json!({ "save": true, "format": format, "fields": ["id", "general.name"] });
        let answer = setup.ok("computer_list", asked).await;
        assert_eq!((&answer["saved"], &answer["shown"]), (&json!(400), &json!(0)), "{answer}");
        let text = std::fs::read_to_string(folder.join(answer["file"].as_str().unwrap())).unwrap();
        if format == "json" {
            assert!(
                text.lines()
                    .zip(&rows)
                    .all(|(line, row)| serde_json::from_str::<Value>(line).unwrap() == *row)
            );
            assert_eq!(text.lines().count(), 400);
        } else {
            assert!(text.starts_with("id,general.name\r\n0,\"a,\"\"b\"\"\n0\"\r\n"), "{}", &text[..60]);
            assert_eq!(text.matches("\r\n").count(), 401);
        }
    }
}
