//! Rules that a schema cannot say or does not: each refuses what breaks it, before anything is sent.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use jamf_pro_tools::{Body, Catalogue, Method};
use serde_json::{Value, json};

/// What is wrong with the arguments of a call, if anything.
fn wrong(tool: &str, arguments: Value) -> Option<String> {
    let action = Catalogue::get().find(tool).unwrap();
    action.check(arguments.as_object().unwrap().clone()).err().map(|problems| problems.to_string())
}

fn refused(tool: &str, arguments: Value, said: &str) {
    let problems = wrong(tool, arguments.clone()).unwrap_or_else(|| panic!("{tool} takes {arguments}"));
    assert!(problems.contains(said), "{tool}: {problems}");
}

fn taken(tool: &str, arguments: Value) {
    assert_eq!(wrong(tool, arguments), None, "{tool}");
}

const MAC: &str = "C02ZW0AALVDL";

#[test]
fn a_lost_device_shows_a_message_or_a_phone_number() {
    let call = |body: Value| json!({ "devices": [MAC], "body": body });
    let said = "`body`: give at least one of `lostModeMessage`, `lostModePhone`; given: none";
    refused("lost_mode_enable", call(json!({})), said);
    refused("lost_mode_enable", call(json!({ "lostModeFootnote": "x", "lostModeMessage": "" })), said);
    refused("lost_mode_enable", json!({ "devices": [MAC] }), "`body`: is required");
    taken("lost_mode_enable", call(json!({ "lostModeMessage": "a", "lostModePhone": "1" })));
}

#[test]
fn a_screen_goes_to_a_receiver() {
    let call = |body: Value| json!({ "devices": [MAC], "body": body });
    refused("mirroring_request", call(json!({ "scanTime": 30 })), "give at least one of");
    taken("mirroring_request", call(json!({ "destinationName": "Room 4" })));
}

#[test]
fn a_package_goes_to_devices_or_to_a_group() {
    let call = |to: Value| {
        let manifest = json!({ "url": "https://a/b.pkg", "hash": "00", "hashType": "SHA256", "bundleId": "a.b",
            "bundleVersion": "1", "title": "B", "sizeInBytes": 1 });
        let mut body = json!({ "manifest": manifest });
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        json!({ "body": body })
    };
    let said = "give exactly one of `devices`, `groupId`";
    refused("package_deploy", call(json!({})), said);
    refused("package_deploy", call(json!({ "devices": [1], "groupId": "2" })), said);
    refused("package_deploy", call(json!({ "devices": [1, 1] })), "`body.devices[1]`: is in the list twice");
    taken("package_deploy", call(json!({ "devices": [1, 2] })));
    taken("package_deploy", call(json!({ "groupId": "2" })));
}

#[test]
fn one_account_is_deleted_or_all_are() {
    let call = |body: Value| json!({ "devices": [MAC], "body": body });
    let said = "give exactly one of `userName`, `deleteAllUsers`";
    refused("user_delete_from_device", call(json!({})), said);
    refused("user_delete_from_device", call(json!({ "userName": "anna", "deleteAllUsers": true })), said);
    refused("user_delete_from_device", call(json!({ "deleteAllUsers": false })), said);
    taken("user_delete_from_device", call(json!({ "userName": "anna", "deleteAllUsers": false })));
    taken("user_delete_from_device", call(json!({ "deleteAllUsers": true })));
    refused("user_account_unlock", call(json!({})), "`body.userName`: is required");
}

#[test]
fn lists_have_their_least_and_no_doubles() {
    refused("mdm_profile_renew", json!({ "body": {} }), "`body.udids`: is required");
    for tool in ["installed_apps_request", "managed_apps_request"] {
        let call = |names: Value| json!({ "devices": [MAC], "body": { "identifiers": names } });
        refused(tool, call(json!([])), "needs at least 1 entries");
        refused(tool, call(json!([""])), "needs at least 1 characters");
        taken(tool, call(json!(["com.example.app"])));
    }
    refused("device_shut_down", json!({ "devices": [MAC, MAC] }), "`devices[1]`: is in the list twice");
    refused("building_delete_several", json!({ "body": { "ids": ["7", 7] } }), "is in the list twice");
    let device = json!({ "deviceId": "7", "objectType": "COMPUTER" });
    let plans = json!({ "body": { "devices": [device, device], "config":
        { "updateAction": "DOWNLOAD_INSTALL", "versionType": "LATEST_ANY" } } });
    refused("managed_software_update_plan_create", plans, "`body.devices[1]`: is in the list twice");
}

#[test]
fn a_policy_is_tried_again_one_to_ten_times_or_never() {
    let call = |times: i64| json!({ "id": "7", "body": { "general": { "retry_attempts": times } } });
    for times in [-2, 0, 11] {
        refused("policy_update", call(times), "`body.general.retry_attempts`: must be one of -1, 1, 2");
    }
    for times in [-1, 1, 10] {
        taken("policy_update", call(times));
    }
}

#[test]
fn days_and_times_are_days_and_times() {
    let limits = |date: &str| {
        json!({ "id": "7", "body": { "general":
        { "date_time_limitations": { "activation_date": date, "expiration_date": "" } } } })
    };
    for date in [
        "2026-01-31",
        "2026-01-31T08:00:00Z",
        "2026-13-01 08:00:00",
        "2026-01-31 24:00:00",
        "tomorrow 08:00:00",
    ] {
        refused("policy_update", limits(date), "must be a time of the server such as 2026-01-31 08:00:00");
    }
    taken("policy_update", limits("2026-01-31 08:00:00"));
    let deferral = |minutes: u32| json!({ "id": "7", "body": { "user_interaction": { "allow_deferral_minutes": minutes } } });
    refused("policy_update", deferral(1500), "must be a multiple of 1440");
    taken("policy_update", deferral(2880));
    let record = |date: &str| json!({ "id": "7", "body": { "serialNumber": MAC, "deviceType": "Computer", "leaseExpiration": date } });
    refused("inventory_preload_record_update", record("31.01.2026"), "must be a day such as 2026-01-31");
    taken("inventory_preload_record_update", record("2026-01-31"));
    let schema = Catalogue::get().find("computer_prestage_update").unwrap().input_schema();
    for field in ["leaseDate", "poDate", "warrantyDate"] {
        let field = &schema["properties"]["body"]["properties"]["purchasingInformation"]["properties"][field];
        assert!(field["pattern"].as_str().unwrap().starts_with("^[0-9]{4}-"), "{field}");
    }
}

#[test]
fn numbers_of_beacons_have_16_bits() {
    let call = |major: &str| json!({ "id": "7", "body": { "major": major } });
    refused("ibeacon_update", call("65536"), "must be a number from 0 to 65535, or -1 for any");
    taken("ibeacon_update", call("65535"));
    taken("ibeacon_update", call("-1"));
}

#[test]
fn a_prestage_takes_its_single_sign_on_profile_from_one_place() {
    for tool in ["computer_prestage_create", "computer_prestage_update"] {
        let schema = Catalogue::get().find(tool).unwrap().checked_schema();
        let rule = &schema["properties"]["body"]["x-at-most-one-of"];
        assert_eq!(*rule, json!(["profileUrl", "pssoConfigProfileId"]), "{tool}");
    }
}

#[test]
fn fields_that_a_given_section_would_lose_can_be_given() {
    let schema = Catalogue::get().find("policy_update").unwrap().input_schema();
    let body = Value::Object(schema);
    for (place, field) in [
        ("/general/properties/override_default_settings", "sus"),
        ("/general/properties/override_default_settings", "force_afp_smb"),
        ("/self_service", "self_service_icon"),
        ("/package_configuration/properties/packages/items", "update_autorun"),
    ] {
        let at = format!("/properties/body/properties{place}/properties/{field}");
        assert!(body.pointer(&at).is_some(), "{at}");
    }
}

#[test]
fn a_smart_user_group_is_renamed_without_its_criteria() {
    taken("smart_user_group_update", json!({ "id": "7", "body": { "name": "x", "is_smart": "true" } }));
    refused(
        "smart_user_group_update",
        json!({ "id": "7", "body": { "is_smart": "true", "criteria": [] } }),
        "needs at least 1",
    );
}

#[test]
fn a_department_has_a_shorter_name_than_a_building() {
    let call = |length: usize| json!({ "body": { "name": "x".repeat(length) } });
    refused("department_create", call(226), "takes at most 225 characters");
    taken("department_create", call(225));
    taken("building_create", call(255));
}

/// Clearing would make the list empty.
#[test]
fn a_list_that_needs_an_entry_is_not_cleared() {
    for (tool, id, field) in [
        ("smart_user_group_update", "7", "body.criteria"),
        ("group_update", "f1e2d3c4-aaaa-bbbb-cccc-000000000001", "body.criteria"),
    ] {
        let action = Catalogue::get().find(tool).unwrap();
        let body = if tool == "group_update" { json!({}) } else { json!({ "is_smart": "true" }) };
        let arguments = json!({ "id": id, "body": body, "clear": [field] });
        let checked = action.check(arguments.as_object().unwrap().clone()).unwrap();
        let problems = action.request(&checked).unwrap_err().to_string();
        assert!(problems.contains("cannot be cleared"), "{tool}: {problems}");
    }
}

/// What needs nothing said is called without saying it, and is sent as if an empty body had been given.
#[test]
fn a_body_without_a_required_field_may_be_left_out() {
    for (tool, arguments) in [
        ("device_lock", json!({ "devices": [MAC] })),
        ("passcode_clear", json!({ "devices": [MAC] })),
        ("device_restart", json!({ "devices": [MAC] })),
        ("computer_erase", json!({ "id": "7" })),
    ] {
        let action = Catalogue::get().find(tool).unwrap();
        let checked = action.check(arguments.as_object().unwrap().clone()).unwrap();
        assert_eq!(checked.arguments()["body"], json!({}), "{tool}");
    }
    let erase = Catalogue::get().find("computer_erase").unwrap();
    let checked = erase.check(json!({ "id": "7" }).as_object().unwrap().clone()).unwrap();
    assert_eq!(erase.request(&checked).unwrap().body, Body::Json(json!({})));
    refused("computer_update", json!({ "id": "7" }), "give at least one of `body`, `clear`; given: none");
    taken("computer_update", json!({ "id": "7", "clear": ["body.userAndLocation.room"] }));
    refused("building_update", json!({ "id": "7" }), "`body`: is required");
}

/// No tool asks for a body that could be empty.
#[test]
fn no_body_is_required_that_requires_nothing() {
    for action in Catalogue::get().actions() {
        let schema = action.checked_schema();
        let requires = |schema: &Value, name: &str| {
            schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
        };
        let body = &schema["properties"]["body"];
        if body["type"] != "object" || !requires(&Value::Object((*schema).clone()), "body") {
            continue;
        }
        let asks = body["required"].as_array().is_some_and(|names| !names.is_empty())
            || body.get("x-some-of").is_some()
            || body.get("x-exactly-one-of").is_some();
        assert!(asks, "{} {}", action.name, Method::as_str(action.method));
    }
}
