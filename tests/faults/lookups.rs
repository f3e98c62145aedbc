//! Devices looked up: each once, by every form of a name, also when a list cannot be read, and many in few requests.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::proxy::Reply;
use crate::setup::Setup;

fn distinct(found: &Value) -> usize {
    let devices = found["devices"].as_array().unwrap();
    devices.iter().map(|device| format!("{}:{}", device["kind"], device["id"])).collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn each_device_is_answered_once() {
    let setup = Setup::start().await;
    for query in ["ann", "ZZA", "mac", "duarte", "0", "@"] {
        let query = if query.len() == 1 { format!("{query}1") } else { query.to_owned() };
        let found = setup.ok("device_find", json!({ "query": query })).await;
        let total = usize::try_from(found["total"].as_u64().unwrap()).unwrap();
        assert_eq!(distinct(&found), total.min(25), "{query}: {found}");
    }
    let found = setup.ok("device_find", json!({ "query": "elif.duarte*" })).await;
    assert_eq!(distinct(&found), found["devices"].as_array().unwrap().len(), "{found}");
}

#[tokio::test]
async fn full_names_are_searched_and_what_was_searched_is_said() {
    let setup = Setup::start().await;
    let list = setup.ok("computer_list", json!({ "fields": ["id", "userAndLocation.realname"], "section": ["USER_AND_LOCATION"], "page_size": 50 })).await;
    let row = list["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["userAndLocation"]["realname"].as_str().is_some_and(|name| !name.is_empty()))
        .unwrap();
    let name = row["userAndLocation"]["realname"].as_str().unwrap();
    for arguments in [json!({ "query": name }), json!({ "query": name, "by": "real_name" })] {
        let found = setup.ok("device_find", arguments).await;
        assert_eq!(found["exact"], true, "{name}: {found}");
        assert!(
            found["devices"].as_array().unwrap().iter().any(|device| device["id"] == row["id"]),
            "{name}: {found}"
        );
    }
    let mobile = setup.ok("mobile_device_list", json!({ "fields": ["mobileDeviceId", "userAndLocation.realName"], "section": ["USER_AND_LOCATION"], "all": true })).await;
    let row = mobile["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["userAndLocation"]["realName"].as_str().is_some_and(|name| !name.is_empty()))
        .unwrap();
    let found = setup
        .ok("device_find", json!({ "query": row["userAndLocation"]["realName"], "kind": "mobile_device" }))
        .await;
    assert!(
        found["devices"].as_array().unwrap().iter().any(|device| device["id"] == row["mobileDeviceId"]),
        "{found}"
    );

    let nothing = setup.ok("device_find", json!({ "query": "nobody has this" })).await;
    assert_eq!(nothing["total"], 0);
    let fields = nothing["searched"]["fields"].as_array().unwrap();
    for field in
        ["serial_number", "name", "username", "real_name", "email", "asset_tag", "udid", "management_id"]
    {
        assert!(fields.contains(&json!(field)), "{nothing}");
    }
    assert_eq!(nothing["searched"]["kinds"], json!(["computer", "mobile_device"]));
}

#[tokio::test]
async fn forms_of_a_name_find_each_other() {
    let setup = Setup::start().await;
    for (query, name) in [
        ("Am\u{e9}lie's MacBook Pro", "Am\u{e9}lie\u{2019}s MacBook\u{a0}Pro"),
        ("Ame\u{301}lie\u{2018}s MacBook\u{202f}Pro", "Am\u{e9}lie\u{2019}s MacBook\u{a0}Pro"),
        ("Zo\u{eb}'s Mac - Studio", "Zoe\u{308}\u{2019}s Mac \u{2013} Studio"),
        ("Ben\u{2019}s \u{201c}fast\u{201d} Mac", "Ben's \"fast\" Mac"),
    ] {
        let found = setup.ok("device_find", json!({ "query": query })).await;
        assert_eq!(
            (&found["total"], &found["exact"], &found["devices"][0]["name"]),
            (&json!(1), &json!(true), &json!(name)),
            "{query}: {found}"
        );
        let groups = setup.ok("group_membership_check", json!({ "device": query })).await;
        assert_eq!(groups["device"]["name"], name, "{query}");
    }
    let part = setup.ok("device_find", json!({ "query": "lie's MacBook" })).await;
    assert!(
        part["devices"]
            .as_array()
            .unwrap()
            .iter()
            .any(|device| device["name"] == "Am\u{e9}lie\u{2019}s MacBook\u{a0}Pro"),
        "{part}"
    );
}

#[tokio::test]
async fn what_one_list_has_is_kept_when_the_other_cannot_be_read() {
    let setup = Setup::start().await;
    let list = setup
        .ok(
            "computer_list",
            json!({ "fields": ["id", "general.name", "hardware.serialNumber"], "page_size": 1 }),
        )
        .await;
    let (name, serial) =
        (list["rows"][0]["general"]["name"].clone(), list["rows"][0]["hardware"]["serialNumber"].clone());
    setup.proxy.script(|seen| match seen.path.contains("/mobile-devices") {
        true => Reply::Instead(403, "application/json", r#"{"httpStatus":403,"errors":[]}"#.to_owned()),
        false => Reply::Pass,
    });
    let found = setup.ok("device_find", json!({ "query": name })).await;
    assert!(found["devices"].as_array().unwrap().iter().any(|device| device["name"] == name), "{found}");
    assert_eq!(found["not_searched"][0]["kind"], "mobile_device", "{found}");
    assert!(found["notes"].to_string().contains("mobile devices could not be searched"), "{found}");
    assert_eq!(found["searched"]["kinds"], json!(["computer"]));
    let nothing = setup.ok("device_find", json!({ "query": "nobody has this" })).await;
    assert!(!nothing["notes"].to_string().contains("never enrolled"), "{nothing}");
    // A serial number is of one device alone; a name may be that of a device in the list that was not read.
    let checked = setup.ok("group_membership_check", json!({ "device": serial })).await;
    assert_eq!(checked["device"]["serialNumber"], serial);
    let said = setup.fails("group_membership_check", json!({ "device": name })).await;
    assert!(said.contains("for certain"), "{said}");

    setup.proxy.script(|seen| {
        match seen.path.contains("/mobile-devices") || seen.path.contains("/computers-inventory") {
            true => Reply::Instead(403, "application/json", r#"{"httpStatus":403,"errors":[]}"#.to_owned()),
            false => Reply::Pass,
        }
    });
    let said = setup.fails("device_find", json!({ "query": name })).await;
    assert!(said.contains("403"), "{said}");
}

#[tokio::test]
async fn two_hundred_names_take_few_requests() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    // Looked up, and then refused.
    setup.set("JAMF_PRO_MCP_GATE_HARMLESS_DEVICES", "25");
    let list = setup
        .ok(
            "computer_list",
            json!({ "all": true, "fields": ["id", "general.name", "hardware.serialNumber"] }),
        )
        .await;
    let rows = list["rows"].as_array().unwrap();
    let values = |path: &str| -> Vec<String> {
        rows.iter().filter_map(|row| row.pointer(path)?.as_str().map(str::to_owned)).collect()
    };
    let unique = |values: &[String]| -> Vec<String> {
        values
            .iter()
            .filter(|one| {
                !one.is_empty()
                    && !one.contains('*')
                    && !one.starts_with("Ignore previous")
                    && values.iter().filter(|other| other.eq_ignore_ascii_case(one)).count() == 1
            })
            .take(200)
            .cloned()
            .collect()
    };
    let serials = unique(&values("/hardware/serialNumber"));
    assert_eq!(serials.len(), 200);
    let reads = |setup: &Setup| setup.proxy.count("GET", "/api/v");
    let names: Vec<String> = unique(&values("/general/name")).into_iter().take(100).collect();
    for words in [serials, names] {
        let before = reads(&setup);
        let said = setup.fails("security_info_request", json!({ "devices": words })).await;
        assert!(said.contains(&format!("would be done to {} devices", words.len())), "{said}");
        let said = setup
            .fails("group_members_change", json!({ "kind": "computer", "group": "none such", "add": words }))
            .await;
        assert!(said.contains("none such"), "{said}");
        let requests = reads(&setup) - before;
        assert!(requests <= 40, "{requests} requests for {} words", words.len());
    }
    for seen in setup.proxy.seen() {
        assert!(seen.path.len() < 7_500, "{} bytes", seen.path.len());
    }
}

#[tokio::test]
async fn a_name_with_characters_that_answers_leave_out_is_found_by_what_they_show() {
    let setup = Setup::start().await;
    let listed = setup.ok("computer_list", json!({ "fields": ["id"], "page_size": 3 })).await;
    for (row, name) in listed["rows"].as_array().unwrap().iter().zip([
        "Lab\u{202e}Mac 771",
        "\u{2066}Kiosk\u{2069}9 Mac",
        "Till\u{e0041}\u{61c}Mac",
    ]) {
        let body = json!({ "general": { "name": name } });
        setup.ok("computer_update", json!({ "id": row["id"], "body": body })).await;
        let shown: String = name.chars().filter(char::is_ascii).collect();
        let found = setup.ok("device_find", json!({ "query": shown })).await;
        assert_eq!(
            (&found["total"], &found["exact"], &found["devices"][0]["id"]),
            (&json!(1), &json!(true), &row["id"]),
            "{name:?}: {found}"
        );
        let groups = setup.ok("group_membership_check", json!({ "device": shown })).await;
        assert_eq!(groups["device"]["id"], row["id"], "{name:?}: {groups}");
    }
}
