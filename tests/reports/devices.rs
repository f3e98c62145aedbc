//! One device, and one person.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::Redaction;
use serde_json::{Value, json};

use crate::straight::Straight;
use crate::world::{world, world_of};
use crate::{all, column, computers, is_partial, serial};

fn problems(report: &Value) -> String {
    report["rows"].to_string()
}

/// Policies whose latest run on a computer did not complete, by the Classic API.
async fn failed_policies(tenant: &Straight, id: &str) -> BTreeSet<String> {
    let history = tenant.read(&format!("/JSSResource/computerhistory/id/{id}/subset/PolicyLogs")).await;
    let mut latest: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    for log in history["computer_history"]["policy_logs"].as_array().unwrap() {
        let text = |name: &str| log[name].as_str().map_or_else(|| log[name].to_string(), str::to_owned);
        let at = text("date_time_utc");
        let entry = latest.entry(text("policy_id")).or_default();
        if at > entry.0 {
            *entry = (at, text("policy_name"), text("status"));
        }
    }
    latest.into_values().filter(|(_, _, status)| status != "Completed").map(|(_, name, _)| name).collect()
}

#[tokio::test]
async fn a_mac_is_reported_with_what_is_wrong_with_it() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let plans = tenant.read("/api/v1/managed-software-updates/plans").await;
    let plan = plans["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|plan| plan["status"]["errorReasons"] == json!(["APPLE_SILICON_NO_ESCROW_KEY"]));
    let id = plan.unwrap()["device"]["deviceId"].as_str().unwrap();
    let sections = ["GENERAL", "HARDWARE", "GROUP_MEMBERSHIPS", "USER_AND_LOCATION", "SECURITY"];
    let raw = computers(&tenant, &sections).await;
    let mac = raw.iter().find(|mac| mac["id"] == id).unwrap();

    let report = world.ok("device_report", json!({ "device": serial(mac) })).await;
    assert_eq!(report["device"]["id"], id);
    assert_eq!(report["owner"]["username"], mac["userAndLocation"]["username"]);
    assert_eq!(report["management"]["supervised"], mac["general"]["supervised"]);
    assert_eq!(mac["security"]["bootstrapTokenEscrowedStatus"], "NOT_ESCROWED");
    assert!(problems(&report).contains("bootstrap token"), "{report}");
    assert!(problems(&report).contains("APPLE_SILICON_NO_ESCROW_KEY"), "{report}");
    let groups: BTreeSet<&str> = mac["groupMemberships"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["groupName"].as_str().unwrap())
        .collect();
    let shown: BTreeSet<&str> =
        report["groups"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(shown, groups);
    let failed = failed_policies(&tenant, id).await;
    let shown = report["policies_failed_at_last_run"].as_array().into_iter().flatten();
    let shown: BTreeSet<String> = shown.map(|row| row["policy"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, failed);

    // The policy log fails: the rest is answered, and the gap is said.
    world.faults("403@/JSSResource/computerhistory");
    let report = world.ok("device_report", json!({ "device": serial(mac) })).await;
    assert!(is_partial(&report, "policy log"), "{report}");
    assert_eq!(report["device"]["id"], id);
    assert!(report.get("policies_failed_at_last_run").is_none());
}

#[tokio::test]
async fn what_is_known_of_several_devices_is_no_answer_for_one() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let raw = computers(&tenant, &["HARDWARE", "GENERAL"]).await;
    let twins: Vec<&Value> = raw
        .iter()
        .filter(|mac| raw.iter().filter(|other| serial(other) == serial(mac)).count() > 1)
        .collect();
    let error = world.fails("device_report", json!({ "device": serial(twins[0]) })).await;
    for twin in twins.iter().filter(|twin| serial(twin) == serial(twins[0])) {
        let id = twin["id"].as_str().unwrap();
        assert!(error.contains(&format!("computer:{id}")), "{error}");
        let report = world.ok("device_report", json!({ "device": format!("computer:{id}") })).await;
        assert!(problems(&report).contains("same serial number"), "{report}");
    }
}

#[tokio::test]
async fn an_ipad_in_lost_mode_says_so_first() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let raw =
        all(&tenant, "/api/v2/mobile-devices/detail?section=GENERAL&section=SECURITY&section=HARDWARE").await;
    let lost = raw.iter().find(|device| device["security"]["lostModeEnabled"] == true).unwrap();
    let id = lost["mobileDeviceId"].as_str().unwrap();
    let report = world.ok("device_report", json!({ "device": format!("mobile_device:{id}") })).await;
    assert_eq!(report["device"]["serial_number"], lost["hardware"]["serialNumber"]);
    assert!(report["rows"][0]["problem"].as_str().unwrap().contains("Lost Mode"), "{report}");
    assert_eq!(report["security"]["lost_mode"], true);
}

#[tokio::test]
async fn a_person_has_all_devices_and_two_of_a_name_are_candidates() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let macs = computers(&tenant, &["HARDWARE", "USER_AND_LOCATION"]).await;
    let path = "/api/v2/mobile-devices/detail?section=HARDWARE&section=USER_AND_LOCATION";
    let mobiles = all(&tenant, path).await;
    let of = |device: &Value, field: &str| {
        device["userAndLocation"][field].as_str().unwrap_or_default().to_owned()
    };

    // Somebody with a Mac and a mobile device.
    let owner = macs
        .iter()
        .map(|mac| of(mac, "username"))
        .find(|name| !name.is_empty() && mobiles.iter().any(|device| of(device, "username") == *name));
    let owner = owner.unwrap();
    let expected: BTreeSet<String> =
        macs.iter().chain(&mobiles).filter(|device| of(device, "username") == owner).map(serial).collect();
    let report = world.ok("person_report", json!({ "person": owner })).await;
    assert_eq!(column(&report, "serial_number"), expected, "{report}");
    assert!(
        report["user_record"]["username"].as_str().unwrap().starts_with(owner.split('@').next().unwrap())
    );

    // Two people with one full name.
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mac in &macs {
        people.entry(of(mac, "realname")).or_default().insert(of(mac, "email"));
    }
    let (name, emails) = people.iter().find(|(name, emails)| !name.is_empty() && emails.len() == 2).unwrap();
    let report = world.ok("person_report", json!({ "person": name })).await;
    assert_eq!(column(&report, "email"), *emails, "{report}");
    assert!(column(&report, "serial_number").is_empty());
    // A part of a name is no name.
    let error = world.fails("person_report", json!({ "person": &name[..4] })).await;
    assert!(error.contains("nobody has") && error.contains("near it"), "{error}");

    // A list that cannot be read leaves fewer devices, and says so.
    world.faults("403@/api/v2/mobile-devices");
    let report = world.ok("person_report", json!({ "person": owner, "refresh": true })).await;
    assert!(is_partial(&report, "mobile devices"), "{report}");
}

#[tokio::test]
async fn a_person_is_kept_back_where_personal_data_is() {
    let world = world_of(Options::default(), |config| config.redaction = Redaction::Pseudonymous).await;
    let tenant = Straight::to(&world.tenant).await;
    let macs = computers(&tenant, &["HARDWARE", "USER_AND_LOCATION"]).await;
    let text =
        |mac: &Value, field: &str| mac["userAndLocation"][field].as_str().unwrap_or_default().to_owned();
    let mac = macs.iter().find(|mac| !text(mac, "username").is_empty()).unwrap();
    for field in ["username", "realname", "email"] {
        let error = world.fails("person_report", json!({ "person": text(mac, field) })).await;
        assert!(error.contains("nobody has"), "a real value finds nobody: {error}");
    }
    let report =
        world.ok("device_report", json!({ "device": format!("computer:{}", mac["id"].as_str().unwrap()) }));
    let report = report.await;
    let told = report["owner"].to_string();
    assert!(
        ["username", "realname", "email"].iter().all(|field| !told.contains(&text(mac, field))),
        "{told}"
    );
}
