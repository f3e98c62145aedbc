//! An id has one spelling. The tenant reads `01` and `+1` as 1, so whatever is compared by its text here must not be passed on.

use serde_json::{Map, Value, json};

use crate::setup::Setup;

/// Spellings that the tenant, or anyone who reads leniently, takes for 1.
const OTHER_SPELLINGS: &[&str] = &["01", "+1", " 1", "1 ", "1\n", "１"];

/// Fields that are called like an id and hold a text that Jamf, Apple or Microsoft made up, by the end of their path.
const TEXTS: &[(&str, &str)] = &[
    ("apiClientId", "client ids are UUIDs"),
    ("app_installer_title_get.id", "titles of the Jamf App Catalog have ids with letters"),
    ("app_installer_title_version_list.id", "titles of the Jamf App Catalog have ids with letters"),
    ("appTitleId", "titles of the Jamf App Catalog have ids with letters"),
    ("appleCareId", "an agreement number"),
    ("applecare_id", "an agreement number"),
    ("undleId", "a bundle id"),
    ("bundle_id", "a bundle id"),
    ("cacheUniqueId", "a text of the cache"),
    ("body.clientId", "client ids are texts"),
    ("redentials.clientId", "client ids are texts"),
    ("ClientManagementId", "a management id is a UUID"),
    ("clientManagementId", "a management id is a UUID"),
    ("clientManagementIds[0]", "a management id is a UUID"),
    ("managementId", "a management id is a UUID"),
    ("ActiveDirectoryId", "an id of Microsoft"),
    ("declarationId", "declarations have texts for ids"),
    ("destinationDeviceId", "an Apple TV's MAC address"),
    ("device_id", "an Apple TV's MAC address"),
    ("devices[0]", "words that devices are known by; tested by themselves"),
    (".device", "words that devices are known by; tested by themselves"),
    ("eaId", "extension attributes of patch sources have names for ids"),
    ("samlSettings.entityId", "a URL"),
    ("roupMappings.groupID", "name of a field of the directory"),
    ("serMappings.userID", "name of a field of the directory"),
    ("mappings.groupId", "name of a field of the directory"),
    ("mappings.userId", "name of a field of the directory"),
    ("_mappings.group_id", "name of a field of the directory"),
    ("map_group_id", "name of a field of the directory"),
    ("map_user_id", "name of a field of the directory"),
    ("enrollment_access_group_create.body.groupId", "groups of directories have texts for ids"),
    ("enrollment_access_group_update.body.groupId", "groups of directories have texts for ids"),
    ("sso_certificate_update.body.keys[0].id", "a key's alias"),
    ("keyPairId", "a key of CloudFront"),
    ("anguageId", "a language code"),
    ("enrollment_language_delete_several.body.ids[0]", "language codes"),
    ("managedAppleId", "an account's name"),
    ("remote_assist_session_get.id", "sessions of Remote Assist have UUIDs"),
    ("sessionId", "sessions of TeamViewer have texts for ids"),
    ("softwareTitleId", "software of patch sources has texts for ids"),
    ("softwareUpdateDeviceId", "a name of Apple's"),
    ("tenantId", "an id of Microsoft"),
    ("timezoneId", "a name such as Europe/Berlin"),
];

/// Every place among the arguments whose name ends in id or ids, with the path to it.
fn places(tool: &str, schema: &Value) -> Vec<Vec<String>> {
    fn below(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            path.push(name.clone());
            below(property, path, found);
            path.pop();
        }
        if schema["type"] == "array" {
            path.push("[0]".to_owned());
            below(&schema["items"], path, found);
            path.pop();
        }
        let kind = schema["type"].as_str().unwrap_or_default();
        if ["string", "integer"].contains(&kind) && schema.get("enum").is_none() {
            let digits =
                schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("[1-9][0-9]{0,18}"));
            let name = path.iter().rev().find(|name| *name != "[0]").cloned().unwrap_or_default();
            let called = ["Id", "Ids", "ID", "_id", "_ids", "-id"].iter().any(|end| name.ends_with(end));
            if digits
                || kind == "integer" && name != "page" && name != "page_size"
                || called
                || name == "id"
                || name == "ids"
            {
                found.push(path.clone());
            }
        }
    }
    let mut found = Vec::new();
    below(schema, &mut Vec::new(), &mut found);
    found.retain(|path| {
        let whole = format!("{tool}.{}", written(path));
        !TEXTS.iter().any(|(end, _)| whole.ends_with(end))
    });
    found
}

/// The path as messages write it.
fn written(path: &[String]) -> String {
    path.join(".").replace(".[0]", "[0]")
}

/// Arguments with this value at this place and nothing else.
fn only(path: &[String], value: &Value) -> Value {
    match path.split_first() {
        None => value.clone(),
        Some((first, rest)) if first == "[0]" => json!([only(rest, value)]),
        Some((first, rest)) => Value::Object(Map::from_iter([(first.clone(), only(rest, value))])),
    }
}

/// A setup in which every tool is allowed, and the tools.
async fn everything() -> (Setup, Vec<Value>) {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,secret,destructive,critical");
    setup.set("JAMF_PRO_MCP_TOOLSETS", "all");
    let tools = setup.run(&["tools", "--all", "--json"]).await.json();
    let tools = tools.as_array().unwrap().clone();
    let critical = tools.iter().filter(|tool| tool["risk"] == "critical");
    let critical: Vec<&str> = critical.map(|tool| tool["name"].as_str().unwrap()).collect();
    setup.set("JAMF_PRO_MCP_GATE_CRITICAL", &critical.join(","));
    (setup, tools)
}

#[tokio::test]
async fn no_argument_takes_an_id_in_another_spelling() {
    let (setup, tools) = everything().await;
    let mut session = setup.stdio().await;
    let mut taken = Vec::new();
    let mut tried = 0;
    for tool in &tools {
        let name = tool["name"].as_str().unwrap();
        for path in places(name, &tool["inputSchema"]) {
            for spelling in OTHER_SPELLINGS {
                tried += 1;
                let (failed, text) = session.call(name, only(&path, &json!(spelling))).await;
                // Two that reveal secrets are refused whatever they are given.
                if text.contains("cannot be worked out well enough for a person to approve it here") {
                    continue;
                }
                if !failed || !text.contains(&format!("`{}`: must be ", written(&path))) {
                    taken.push(format!("{name} {} {spelling:?}: {text:.200}", written(&path)));
                }
            }
        }
    }
    assert!(taken.is_empty(), "{} of {tried}:\n{}", taken.len(), taken.join("\n"));
    assert!(tried > 6000, "{tried}");
    let sent = setup.proxy.seen();
    assert!(!sent.iter().any(|seen| seen.path.contains("01") || seen.path.contains("%2B1")), "{sent:?}");
}

#[tokio::test]
async fn a_script_that_runs_is_not_changed_under_another_spelling_of_its_id() {
    let (setup, _) = everything().await;
    let change = |id: &str| json!({ "id": id, "body": { "scriptContents": "#!/bin/sh\nexit 0\n" } });
    for id in ["01", "+1", " 1", "0001"] {
        let said = setup.fails("script_update", change(id)).await;
        assert!(said.contains("`id`: must be an id as Jamf writes it"), "{said}");
    }
    for (tool, arguments) in [
        ("building_delete", json!({ "id": "01" })),
        ("package_update", json!({ "id": "01", "body": { "priority": 3 } })),
        ("policy_rename", json!({ "id": "01", "new_name": "x" })),
        (
            "scope_change",
            json!({ "kind": "policy", "id": "01", "add": [{ "place": "exclusions", "type": "building", "id": "1" }] }),
        ),
        (
            "scope_change",
            json!({ "kind": "policy", "id": "1", "add": [{ "place": "exclusions", "type": "building", "id": "01" }] }),
        ),
        ("call_destructive", json!({ "name": "script_update", "arguments": change("01") })),
        ("computer_update", json!({ "id": "1", "body": { "userAndLocation": { "departmentId": "01" } } })),
    ] {
        let said = setup.fails(tool, arguments.clone()).await;
        assert!(said.contains("leading zeros"), "{tool} {arguments}: {said}");
    }
    let sent = setup.proxy.seen();
    assert!(!sent.iter().any(|seen| ["PUT", "DELETE", "PATCH"].contains(&seen.method.as_str())), "{sent:?}");
}

#[tokio::test]
async fn words_for_devices_resources_and_paths_take_an_id_in_one_spelling() {
    let (setup, _) = everything().await;
    for word in
        ["computer:01", "computer:+1", "computer: 1", "computer:1 ", "mobile_device:01", "computer:１"]
    {
        for (tool, arguments) in [
            ("group_membership_check", json!({ "device": word })),
            (
                "extension_attribute_set",
                json!({ "device": word, "attribute": "Battery Health", "value": "x" }),
            ),
            ("device_restart", json!({ "devices": [word], "body": {} })),
        ] {
            let said = setup.fails(tool, arguments).await;
            assert!(said.contains("leading zeros"), "{tool} {word}: {said}");
        }
    }
    for path in [
        "/JSSResource/policies/id/01",
        "/JSSResource/lendinglockers/id/01",
        "/api/v1/lending-desks/01",
        "/api/v1/lending-desks/+1",
    ] {
        let said = setup.fails("api_get", json!({ "path": path })).await;
        assert!(said.contains("leading zeros"), "{path}: {said}");
    }

    let mut session = setup.stdio().await;
    let read = async |session: &mut crate::setup::Session, uri: &str| {
        session.ask("resources/read", json!({ "uri": uri })).await
    };
    let list = setup.ok("policy_list", json!({ "page_size": 1 })).await;
    let id = list["rows"][0]["id"].as_str().or(list["items"][0]["id"].as_str()).map(str::to_owned);
    let id = id.unwrap_or_else(|| panic!("{list}"));
    assert!(read(&mut session, &format!("jamf://policies/{id}")).await["result"].is_object());
    for spelling in [format!("0{id}"), format!("%2B{id}"), format!("%30{id}"), format!("{id}%20")] {
        let answer = read(&mut session, &format!("jamf://policies/{spelling}")).await;
        assert!(answer["error"]["message"].as_str().unwrap().contains("leading zeros"), "{answer}");
    }
    let sent = setup.proxy.seen();
    assert!(!sent.iter().any(|seen| seen.path.contains("/01") || seen.path.contains("/%2B")), "{sent:?}");
}
