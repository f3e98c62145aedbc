//! All devices: encryption, protection, silence.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::straight::Straight;
use crate::world::world;
use crate::{all, column, computers, days_since, is_managed, is_partial, serial};

/// Whether a Mac has ever sent an inventory.
fn has_reported(mac: &Value) -> bool {
    mac["general"]["reportDate"].is_string()
}

#[tokio::test]
async fn gaps_in_encryption_are_those_of_the_inventory() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let sections =
        ["GENERAL", "HARDWARE", "DISK_ENCRYPTION", "OPERATING_SYSTEM", "SECURITY", "USER_AND_LOCATION"];
    let raw: Vec<Value> = computers(&tenant, &sections).await.into_iter().filter(is_managed).collect();
    let status =
        |mac: &Value| mac["operatingSystem"]["fileVault2Status"].as_str().unwrap_or_default().to_owned();
    let validity = |mac: &Value| {
        mac["diskEncryption"]["individualRecoveryKeyValidityStatus"].as_str().unwrap_or_default().to_owned()
    };
    let count = |is: &dyn Fn(&Value) -> bool| raw.iter().filter(|mac| is(mac)).count() as u64;
    let off = |mac: &Value| has_reported(mac) && status(mac) == "NOT_ENCRYPTED";
    let on = |mac: &Value| has_reported(mac) && status(mac) == "BOOT_ENCRYPTED";
    let missing = |mac: &Value| mac["security"]["bootstrapTokenEscrowedStatus"] == "NOT_ESCROWED";
    let institutional = |mac: &Value| mac["diskEncryption"]["institutionalRecoveryKeyPresent"] == true;

    let report = world.ok("encryption_gaps", json!({})).await;
    let numbers = &report["numbers"];
    assert_eq!(numbers["not_encrypted"], count(&off));
    assert_eq!(numbers["key_invalid"], count(&|mac| on(mac) && validity(mac) == "INVALID"));
    assert_eq!(numbers["no_valid_key_known"], count(&|mac| on(mac) && validity(mac) == "UNKNOWN"));
    assert_eq!(numbers["bootstrap_missing"], count(&missing));
    assert_eq!(numbers["institutional_key_only"], count(&institutional));
    assert_eq!(numbers["not_reported"], count(&|mac| !has_reported(mac)));
    assert_eq!(numbers["not_applicable"], count(&|mac| has_reported(mac) && status(mac) == "NOT_APPLICABLE"));
    let first: BTreeSet<String> = raw.iter().filter(|mac| off(mac)).map(serial).collect();
    let shown = report["rows"].as_array().unwrap().iter().take(first.len());
    let shown: BTreeSet<String> =
        shown.map(|row| row["serial_number"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, first, "Macs without encryption come first");

    let departments = all(&tenant, "/api/v1/departments").await;
    let by = world.ok("encryption_gaps", json!({ "by": "department" })).await;
    let top = &by["rows"][0];
    let department = departments.iter().find(|one| one["name"] == top["department"]).unwrap();
    let of_department = |mac: &Value| mac["userAndLocation"]["departmentId"] == department["id"];
    assert_eq!(top["macs"], count(&of_department));
    assert_eq!(top["not_encrypted"], count(&|mac| of_department(mac) && off(mac)));
    let sum: u64 =
        by["rows"].as_array().unwrap().iter().map(|row| row["not_encrypted"].as_u64().unwrap()).sum();
    assert_eq!(sum, count(&off));

    world.faults("403@/api/v4/computers-inventory");
    let report = world.ok("encryption_gaps", json!({ "refresh": true })).await;
    assert!(is_partial(&report, "computers"), "{report}");
}

#[tokio::test]
async fn protection_is_counted_by_check_and_failing_macs_are_named() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let sections = ["GENERAL", "HARDWARE", "SECURITY"];
    let raw: Vec<Value> = computers(&tenant, &sections).await.into_iter().filter(is_managed).collect();
    let count = |is: &dyn Fn(&Value) -> bool| raw.iter().filter(|mac| is(mac)).count() as u64;
    let report = world.ok("security_posture", json!({})).await;
    let checks = &report["checks"];
    assert_eq!(checks["sip"]["fail"], count(&|mac| mac["security"]["sipStatus"] == "DISABLED"));
    assert_eq!(checks["sip"]["unknown"], count(&|mac| mac["security"]["sipStatus"] == "NOT_COLLECTED"));
    assert_eq!(checks["firewall"]["fail"], count(&|mac| mac["security"]["firewallEnabled"] == false));
    assert_eq!(checks["firewall"]["unknown"], count(&|mac| mac["security"]["firewallEnabled"].is_null()));
    assert_eq!(
        checks["secure_boot"]["fail"],
        count(&|mac| mac["security"]["secureBootLevel"] == "MEDIUM_SECURITY")
    );
    assert_eq!(checks["user_approved_mdm"]["fail"], count(&|mac| mac["general"]["userApprovedMdm"] == false));
    assert_eq!(
        checks["activation_lock"]["fail"],
        count(&|mac| mac["security"]["activationLockEnabled"] == true)
    );

    let sip = world.ok("security_posture", json!({ "check": "sip" })).await;
    let expected: BTreeSet<String> =
        raw.iter().filter(|mac| mac["security"]["sipStatus"] == "DISABLED").map(serial).collect();
    assert!(!expected.is_empty());
    assert_eq!(column(&sip, "serial_number"), expected);
}

#[tokio::test]
async fn silent_devices_are_those_whose_clock_is_old() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let raw: Vec<Value> =
        computers(&tenant, &["GENERAL", "HARDWARE"]).await.into_iter().filter(is_managed).collect();
    let is_silent = |days: f64| {
        move |mac: &&Value| days_since(&mac["general"]["lastCheckIn"]).is_none_or(|ago| ago > days)
    };
    let report = world.ok("stale_devices", json!({ "kind": "computer" })).await;
    assert_eq!(report["numbers"]["stale"], raw.iter().filter(is_silent(30.0)).count());
    let lags = |mac: &&Value| {
        !is_silent(30.0)(mac) && days_since(&mac["general"]["reportDate"]).is_some_and(|ago| ago > 30.0)
    };
    assert_eq!(report["numbers"]["checks_in_without_inventory"], raw.iter().filter(lags).count());
    let never = raw.iter().filter(|mac| !has_reported(mac)).count();
    assert!(never > 0);
    assert_eq!(report["numbers"]["never_inventoried"], never);
    let oldest = raw
        .iter()
        .filter(|mac| has_reported(mac))
        .min_by_key(|mac| mac["general"]["lastCheckIn"].as_str().unwrap().to_owned())
        .unwrap();
    assert_eq!(report["rows"][0]["serial_number"], serial(oldest));

    let year = world.ok("stale_devices", json!({ "kind": "computer", "days": 365 })).await;
    let expected: BTreeSet<String> = raw.iter().filter(is_silent(365.0)).map(serial).collect();
    assert_eq!(year["numbers"]["stale"], expected.len());

    let mobiles = all(&tenant, "/api/v2/mobile-devices/detail?section=GENERAL&section=HARDWARE").await;
    let is_silent = |device: &&Value| {
        ["lastInventoryUpdateDate", "lastContactDate"]
            .iter()
            .all(|clock| days_since(&device["general"][clock]).is_none_or(|ago| ago > 30.0))
    };
    let expected: BTreeSet<String> = mobiles.iter().filter(is_silent).map(serial).collect();
    let report = world.ok("stale_devices", json!({ "kind": "mobile_device" })).await;
    assert_eq!(column(&report, "serial_number"), expected, "{report}");
}
