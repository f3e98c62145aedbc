//! Updates: plans, patch titles, the readiness of a group.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::straight::Straight;
use crate::world::world;
use crate::{all, computers, days_since, is_managed, is_partial};

#[tokio::test]
async fn every_reason_of_a_failed_plan_has_its_devices_and_a_cure() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let plans = all(&tenant, "/api/v1/managed-software-updates/plans").await;
    let macs = computers(&tenant, &["GENERAL"]).await;
    let report = world.ok("update_plan_status", json!({})).await;
    let failed: Vec<&Value> = plans.iter().filter(|plan| plan["status"]["state"] == "PlanFailed").collect();
    assert_eq!(report["numbers"]["plans"], plans.len());
    assert_eq!(report["numbers"]["failed"], failed.len());
    let rows = report["rows"].as_array().unwrap();
    for plan in failed {
        let reason = plan["status"]["errorReasons"][0].as_str().unwrap();
        let row = rows.iter().find(|row| row["errors"] == reason).unwrap();
        assert!(row["cure"].as_str().is_some_and(|cure| !cure.contains("within Jamf Pro")), "{row}");
        let mac = macs.iter().find(|mac| mac["id"] == plan["device"]["deviceId"]).unwrap();
        let name = mac["general"]["name"].as_str().unwrap();
        assert!(row["devices"].as_str().unwrap().contains(name), "{row}");
    }
    let only = world.ok("update_plan_status", json!({ "failed": true })).await;
    assert!(only["rows"].as_array().unwrap().iter().all(|row| row["state"] == "PlanFailed"), "{only}");

    world.faults("updates-off");
    let report = world.ok("update_plan_status", json!({ "refresh": true })).await;
    assert!(is_partial(&report, "update plans"), "{report}");
}

#[tokio::test]
async fn patch_titles_are_counted_as_jamf_counts_them_and_for_active_macs() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let titles = tenant.read("/api/v3/patch-software-title-configurations").await;
    let titles = titles.as_array().unwrap().clone();
    assert!(!titles.is_empty());
    let macs = computers(&tenant, &["GENERAL"]).await;
    let report = world.ok("patch_status", json!({})).await;
    for title in &titles {
        let id = title["id"].as_str().unwrap();
        let path = format!("/api/v3/patch-software-title-configurations/{id}");
        let summary = tenant.read(&format!("{path}/patch-summary")).await;
        let devices = all(&tenant, &format!("{path}/patch-report")).await;
        let rows = report["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["title"] == title["displayName"]).unwrap();
        assert_eq!(row["latest"], summary["latestVersion"]);
        assert_eq!(row["on_latest"], summary["upToDate"], "{row}");
        assert_eq!(row["behind"], summary["outOfDate"], "{row}");
        let is_active = |device: &&Value| {
            let mac = macs.iter().find(|mac| mac["id"] == device["deviceId"]).unwrap();
            is_managed(mac) && days_since(&mac["general"]["lastCheckIn"]).is_some_and(|ago| ago <= 30.0)
        };
        assert_eq!(row["active"], devices.iter().filter(is_active).count(), "{row}");
        let behind = |device: &&Value| is_active(device) && device["version"] != summary["latestVersion"];
        assert_eq!(row["active_behind"], devices.iter().filter(behind).count(), "{row}");
        let named = world.ok("patch_status", json!({ "title": title["displayName"] })).await;
        assert_eq!(named["numbers"]["behind"], summary["outOfDate"], "{named}");
        let first = &named["rows"][0]["name"];
        assert!(devices.iter().any(|device| device["computerName"] == *first), "{named}");
    }

    let error = world.fails("patch_status", json!({ "title": "Netscape" })).await;
    assert!(error.contains("no patch title"), "{error}");
    world.faults("403@/api/v3/patch-software-title-configurations/1/patch-summary");
    let report = world.ok("patch_status", json!({})).await;
    assert!(is_partial(&report, "latest version of"), "{report}");
}

#[tokio::test]
async fn a_ring_is_divided_into_who_is_ready_and_who_is_not() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let sections = ["GENERAL", "OPERATING_SYSTEM", "GROUP_MEMBERSHIPS", "SECURITY"];
    let macs = computers(&tenant, &sections).await;
    let name = "Update ring 1";
    let members: Vec<&Value> = macs
        .iter()
        .filter(|mac| {
            mac["groupMemberships"].as_array().unwrap().iter().any(|group| group["groupName"] == name)
        })
        .collect();
    assert!(!members.is_empty());
    let report = world.ok("update_ring", json!({ "group": name, "version": "26.1" })).await;
    let numbers = &report["numbers"];
    assert_eq!(numbers["devices"], members.len());
    let has_it = |mac: &&&Value| {
        let version = mac["operatingSystem"]["version"].as_str().unwrap_or_default();
        version == "26.1" || version.starts_with("26.1.") || version.starts_with("26.2")
    };
    assert_eq!(numbers["have_it"], members.iter().filter(has_it).count());
    let sum: u64 = ["eligible", "have_it", "plan_under_way", "blocked"]
        .iter()
        .map(|name| numbers[name].as_u64().unwrap())
        .sum();
    assert_eq!(sum, members.len() as u64);
    let future = world.ok("update_ring", json!({ "group": name, "version": "99" })).await;
    assert_eq!(future["numbers"]["have_it"], 0);
    // A Mac without an escrowed token is blocked, and named with that reason.
    let no_token: BTreeSet<&str> = members
        .iter()
        .filter(|mac| mac["security"]["bootstrapTokenEscrowedStatus"] == "NOT_ESCROWED")
        .map(|mac| mac["general"]["name"].as_str().unwrap())
        .collect();
    for row in report["rows"].as_array().unwrap() {
        let says = row["state"].as_str().unwrap().contains("bootstrap token");
        assert!(!says || no_token.contains(row["name"].as_str().unwrap()), "{row}");
    }
    let error = world.fails("update_ring", json!({ "group": "Update rings", "version": "26.1" })).await;
    assert!(error.contains("no group") && error.contains("nearest"), "{error}");
}
