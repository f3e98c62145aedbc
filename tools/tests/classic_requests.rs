//! What calls of the Classic API look like on the wire, where a wrong one would reach more than it says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jamf_pro_tools::{Body, Catalogue, Request};
use serde_json::{Value, json};

fn request(name: &str, arguments: Value) -> Result<Request, String> {
    let action = Catalogue::get().find(name).unwrap();
    let checked =
        action.check(arguments.as_object().unwrap().clone()).map_err(|problems| problems.to_string())?;
    action.request(&checked).map_err(|problems| problems.to_string())
}

fn path(name: &str, arguments: Value) -> String {
    request(name, arguments).unwrap().path
}

fn xml(name: &str, arguments: Value) -> String {
    match request(name, arguments).unwrap().body {
        Body::Xml(text) => text.split_once("?>").unwrap().1.to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_flush_names_every_device_that_it_reaches() {
    let devices =
        json!({ "body": { "computers": [{ "id": 1 }, { "id": "2" }], "status": "Pending+Failed" } });
    assert_eq!(
        xml("mdm_command_flush_computers", devices.clone()),
        "<commandflush><status>Pending+Failed</status><computers><computer><id>1</id></computer>\
         <computer><id>2</id></computer></computers></commandflush>"
    );
    assert_eq!(request("mdm_command_flush_computers", devices).unwrap().path, "/JSSResource/commandflush");
    for empty in [json!({ "status": "Failed" }), json!({ "status": "Failed", "computers": [] })] {
        assert!(request("mdm_command_flush_computers", json!({ "body": empty })).is_err());
    }
    let list = json!({ "body": { "status": "Failed", "mobile_devices": [{ "id": "1,2,3" }] } });
    assert!(request("mdm_command_flush_mobile_devices", list).is_err());
}

#[test]
fn a_flush_by_path_takes_one_id_and_keeps_its_plus() {
    assert_eq!(
        path(
            "mdm_command_flush_group",
            json!({ "group_kind": "computergroups", "id": 7, "status": "Pending+Failed" })
        ),
        "/JSSResource/commandflush/computergroups/id/7/status/Pending%2BFailed"
    );
    assert_eq!(
        path("policy_log_flush", json!({ "log": "policy", "id": 7, "interval": "Three+Months" })),
        "/JSSResource/logflush/policy/id/7/interval/Three%2BMonths"
    );
    for bad in [
        json!({ "log": "policy", "id": "7,8", "interval": "Three+Months" }),
        json!({ "log": "policy", "id": "7", "interval": "Five+Days" }),
        json!({ "log": "computer", "id": "7", "interval": "Six+Days" }),
        json!({ "log": "policy", "interval": "Six+Days" }),
    ] {
        assert!(request("policy_log_flush", bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn a_command_is_one_of_few_and_goes_to_devices_by_single_ids() {
    let body = |command: &str, ids: Value| json!({ "body": { "general": { "command": command }, "mobile_devices": ids } });
    let name = "mobile_device_inventory_update";
    assert_eq!(
        xml(name, body("UpdateInventory", json!([{ "id": 5 }, { "id": 6 }]))),
        "<mobile_device_command><general><command>UpdateInventory</command></general><mobile_devices><mobile_device>\
         <id>5</id></mobile_device><mobile_device><id>6</id></mobile_device></mobile_devices></mobile_device_command>"
    );
    for bad in [
        body("EraseDevice", json!([{ "id": 5 }])),
        body("BlankPush", json!([{ "id": 5 }])),
        body("UpdateInventory", json!([])),
        body("UpdateInventory", json!([{ "id": "5,6" }])),
    ] {
        assert!(request(name, bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn days_in_a_path_are_days() {
    let days = |from: &str, to: &str| json!({ "serial_number": "C02X", "start_date": from, "end_date": to });
    assert_eq!(
        path("computer_application_usage_list", days("2026-01-01", "2026-01-31")),
        "/JSSResource/computerapplicationusage/serialnumber/C02X/2026-01-01_2026-01-31"
    );
    for (from, to) in [("2026-13-01", "2026-12-31"), ("2026-01-01", "2026-01-32"), ("2026-01-01", "today")] {
        assert!(request("computer_application_usage_list", days(from, to)).is_err(), "{from} {to}");
    }
}

#[test]
fn display_fields_in_a_path_are_joined() {
    assert_eq!(
        path(
            "computer_application_get",
            json!({ "application": "Safari.app", "version": "9*", "inventory": ["Asset Tag", "Platform"] })
        ),
        "/JSSResource/computerapplications/application/Safari.app/version/9%2A/inventory/Asset%20Tag%2CPlatform"
    );
    assert!(request("computer_application_get", json!({ "application": "a", "inventory": [] })).is_err());
}

#[test]
fn a_part_of_a_history_takes_the_id_and_a_known_word() {
    assert_eq!(
        path("computer_history_get", json!({ "id": 7, "subset": "policy logs" })),
        "/JSSResource/computerhistory/id/7/subset/PolicyLogs"
    );
    assert!(
        request("computer_history_get", json!({ "serial_number": "C02X", "subset": "PolicyLogs" })).is_err()
    );
    assert!(request("computer_history_get", json!({ "id": 7, "subset": "Everything" })).is_err());
}

#[test]
fn a_smart_user_group_has_criteria_always() {
    let criterion = json!({ "name": "Email Address", "priority": 0, "and_or": "and", "search_type": "like", "value": "@" });
    let group = |criteria: Value| json!({ "name": "Staff", "is_smart": true, "criteria": criteria });
    assert!(
        xml("smart_user_group_create", json!({ "body": group(json!([criterion])) }))
            .starts_with("<user_group><name>Staff</name><is_smart>true</is_smart><criteria><criterion>")
    );
    assert!(request("smart_user_group_create", json!({ "body": group(json!([])) })).is_err());
    assert!(
        request(
            "smart_user_group_update",
            json!({ "id": 7, "body": { "is_smart": true }, "clear": ["body.criteria"] })
        )
        .is_err()
    );
    let stays = json!({ "name": "Staff", "is_smart": true, "users": [{ "id": 1 }] });
    assert!(request("static_user_group_create", json!({ "body": stays })).is_err());
}

#[test]
fn passwords_and_keys_are_no_arguments() {
    for (name, body) in [
        (
            "webhook_create",
            json!({ "name": "x", "url": "https://x", "event": "ComputerAdded", "password": "x" }),
        ),
        (
            "ldap_server_update",
            json!({ "connection": { "account": { "distinguished_username": "x", "password": "x" } } }),
        ),
        ("json_web_token_configuration_create", json!({ "name": "x", "encryption_key": "x" })),
        (
            "computer_invitation_create",
            json!({ "expiration_date": "Unlimited", "ssh_username": "x", "ssh_password": "x" }),
        ),
    ] {
        let refused = request(name, json!({ "id": "1", "body": body })).unwrap_err();
        assert!(refused.contains("is not known"), "{name}: {refused}");
    }
}
