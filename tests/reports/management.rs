//! Applications, MDM, commands, licenses, and what expires.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::straight::Straight;
use crate::world::world;
use crate::{all, column, computers, days_since, is_managed, is_partial, serial};

/// The numbers of a version.
fn version(text: &str) -> Vec<u64> {
    text.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

#[tokio::test]
async fn versions_of_an_application_are_counted_and_old_ones_named() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let macs = computers(&tenant, &["GENERAL", "HARDWARE", "APPLICATIONS"]).await;
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mac in macs.iter().filter(|mac| is_managed(mac)) {
        for app in mac["applications"].as_array().unwrap() {
            if app["name"] == "Google Chrome.app" {
                let version = app["version"].as_str().unwrap().to_owned();
                versions.entry(version).or_default().insert(serial(mac));
            }
        }
    }
    let report = world.ok("app_versions", json!({ "name": "google chrome" })).await;
    let rows = report["rows"].as_array().unwrap();
    let shown: BTreeMap<String, u64> = rows
        .iter()
        .filter(|row| row["kind"] == "computer")
        .map(|row| (row["version"].as_str().unwrap().to_owned(), row["devices"].as_u64().unwrap()))
        .collect();
    let expected: BTreeMap<String, u64> =
        versions.iter().map(|(version, macs)| (version.clone(), macs.len() as u64)).collect();
    assert_eq!(shown, expected);

    let old: BTreeSet<String> = versions
        .iter()
        .filter(|(text, _)| version(text) < vec![139])
        .flat_map(|(_, macs)| macs.iter().cloned())
        .collect();
    let report = world.ok("app_versions", json!({ "name": "Google Chrome", "older_than": "139.0" })).await;
    assert_eq!(report["numbers"]["older"], old.len());
    assert!(!old.is_empty() && column(&report, "serial_number").is_subset(&old), "{report}");

    // Several applications are said, and none is chosen.
    let several = world.ok("app_versions", json!({ "name": "Microsoft" })).await;
    assert!(several["numbers"]["applications"].as_u64().unwrap() > 1, "{several}");
    assert!(several["rows"].as_array().unwrap().iter().all(|row| row.get("version").is_none()));
    // An application of mobile devices.
    let mobiles = all(&tenant, "/api/v2/mobile-devices/detail?section=APPLICATIONS&section=GENERAL").await;
    let has = |device: &&Value| {
        device["applications"].as_array().unwrap().iter().any(|app| app["name"] == "Seesaw Class")
    };
    let report = world.ok("app_versions", json!({ "name": "seesaw" })).await;
    assert_eq!(report["numbers"]["mobile_devices"], mobiles.iter().filter(has).count());
    let none = world.ok("app_versions", json!({ "name": "Netscape Navigator" })).await;
    assert!(none["answer"].as_str().unwrap().starts_with("No device"), "{none}");
}

#[tokio::test]
async fn mdm_problems_are_those_that_devices_report() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let macs: Vec<Value> =
        computers(&tenant, &["GENERAL", "HARDWARE"]).await.into_iter().filter(is_managed).collect();
    let ends = |mac: &Value| days_since(&mac["general"]["mdmProfileExpiration"]);
    let count = |is: &dyn Fn(&Value) -> bool| macs.iter().filter(|mac| is(mac)).count() as u64;
    let report = world.ok("mdm_health", json!({})).await;
    let numbers = &report["numbers"];
    assert_eq!(numbers["profile_expired"], count(&|mac| ends(mac).is_some_and(|ago| ago >= 0.0)));
    assert_eq!(
        numbers["profile_expires_soon"],
        count(&|mac| ends(mac).is_some_and(|ago| (-30.0..0.0).contains(&ago)))
    );
    assert_eq!(numbers["not_user_approved"], count(&|mac| mac["general"]["userApprovedMdm"] == false));
    assert_eq!(numbers["never_inventoried"], count(&|mac| mac["general"]["reportDate"].is_null()));
    let first = macs.iter().find(|mac| serial(mac) == report["rows"][0]["serial_number"].as_str().unwrap());
    assert!(ends(first.unwrap()).is_some_and(|ago| ago >= 0.0), "expired profiles come first");
    let alerts = tenant.read("/api/v1/notifications").await;
    let push: BTreeSet<&str> = alerts
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|alert| alert["type"].as_str())
        .filter(|kind| kind.starts_with("APNS") || kind.starts_with("PUSH"))
        .collect();
    let shown: BTreeSet<&str> =
        report["push_alerts"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap()).collect();
    assert_eq!(shown, push);

    world.faults("403@/api/v1/notifications");
    let report = world.ok("mdm_health", json!({})).await;
    assert!(is_partial(&report, "alerts") && report.get("push_alerts").is_none(), "{report}");
}

#[tokio::test]
async fn failed_commands_are_grouped_by_their_reason() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let since = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 40);
    let filter = format!("dateSent>%22{}%22", since.strftime("%Y-%m-%dT%H:%M:%SZ"));
    let commands = all(&tenant, &format!("/api/v2/mdm/commands?filter={filter}")).await;
    let within = |days: f64| move |row: &&Value| days_since(&row["dateSent"]).is_some_and(|ago| ago <= days);
    let failed: Vec<&Value> =
        commands.iter().filter(within(30.0)).filter(|row| row["commandState"] == "ERROR").collect();
    let report = world.ok("command_failures", json!({ "days": 30 })).await;
    assert_eq!(report["numbers"]["failed"], failed.len(), "{report}");
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &failed {
        let device = row["client"]["managementId"].as_str().unwrap().to_owned();
        groups.entry(row["commandType"].as_str().unwrap().to_owned()).or_default().insert(device);
    }
    assert!(groups.len() > 2);
    let names: BTreeMap<String, String> = computers(&tenant, &["GENERAL"])
        .await
        .iter()
        .map(|mac| {
            let text = |name: &str| mac["general"][name].as_str().unwrap().to_owned();
            (text("managementId"), text("name"))
        })
        .collect();
    for (command, devices) in &groups {
        let rows = report["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["command"] == *command && row["result"] == "failed").unwrap();
        assert_eq!(row["devices"], devices.len(), "{row}");
        assert!(row["error"].is_string() && row["do"].is_string(), "{row}");
        let shown = row["device_names"].as_str().unwrap();
        let known: Vec<&String> = devices.iter().filter_map(|device| names.get(device)).collect();
        assert!(known.is_empty() || known.iter().any(|name| shown.contains(name.as_str())), "{row}");
    }
    let week = commands.iter().filter(within(7.0)).filter(|row| row["commandState"] == "ERROR").count();
    let report = world.ok("command_failures", json!({})).await;
    assert_eq!(report["numbers"]["failed"], week);

    world.faults("403@/api/v2/mdm/commands");
    let report = world.ok("command_failures", json!({ "refresh": true })).await;
    assert!(is_partial(&report, "MDM commands"), "{report}");
}

#[tokio::test]
async fn what_expires_is_there_with_what_has_expired_first() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let report = world.ok("expiring", json!({ "days": 60 })).await;
    let rows = report["rows"].as_array().unwrap();
    let row_of = |what: &str| rows.iter().find(|row| row["what"].as_str().unwrap().contains(what));
    let is_due = |moment: &Value| {
        let text = moment.as_str().unwrap();
        let moment = if text.len() == 10 { json!(format!("{text}T00:00:00Z")) } else { moment.clone() };
        days_since(&moment).unwrap() >= -60.0
    };
    for (path, field, what) in [
        ("/api/v1/device-enrollments", "tokenExpirationDate", "Enrollment token of"),
        ("/api/v1/volume-purchasing-locations", "tokenExpiration", "purchasing token of"),
    ] {
        for source in all(&tenant, path).await {
            let name = source["name"].as_str().unwrap();
            let row = row_of(&format!("{what} {name}"));
            assert_eq!(row.is_some(), is_due(&source[field]), "{name}: {report}");
        }
    }
    let identities = tenant.read("/api/v1/supervision-identities").await;
    for identity in identities["results"].as_array().unwrap() {
        let is_there = row_of(identity["displayName"].as_str().unwrap()).is_some();
        assert_eq!(is_there, is_due(&identity["expirationDate"]));
    }
    assert!(row_of("push certificate").is_some(), "Jamf alerts that it was revoked");
    assert!(row_of("policy").is_some());
    let macs = computers(&tenant, &["GENERAL"]).await;
    let expired = macs
        .iter()
        .filter(|mac| is_managed(mac))
        .filter(|mac| days_since(&mac["general"]["mdmProfileExpiration"]).is_some_and(|ago| ago >= 0.0))
        .count();
    let row = row_of("MDM profile").unwrap();
    assert!(row["what"].as_str().unwrap().contains(&expired.to_string()), "{row}");
    let first_ahead =
        rows.iter().position(|row| row["state"].as_str().unwrap().starts_with("expires")).unwrap();
    let ahead = |row: &Value| row["state"].as_str().unwrap().starts_with("expires");
    assert!(rows[first_ahead..].iter().all(ahead), "what has expired comes first: {report}");

    world.faults("403@/api/v1/volume-purchasing-locations");
    let report = world.ok("expiring", json!({})).await;
    assert!(is_partial(&report, "volume_purchasing_location_list"), "{report}");
}

#[tokio::test]
async fn an_app_that_is_short_of_licenses_comes_first() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let content = all(&tenant, "/api/v1/volume-purchasing-locations/1/content").await;
    let count = |app: &Value, field: &str| app[field].as_i64().unwrap();
    let short = content
        .iter()
        .max_by_key(|app| count(app, "licenseCountReported") - count(app, "licenseCountTotal"))
        .unwrap();
    let report = world.ok("license_report", json!({})).await;
    let first = &report["rows"][0];
    assert_eq!(first["app"], short["name"]);
    assert_eq!(first["short"], count(short, "licenseCountReported") - count(short, "licenseCountTotal"));
    assert_eq!(report["numbers"]["apps"], content.len());
    assert!(report["notes"].to_string().contains("expired"), "its token has expired: {report}");
}

#[tokio::test]
async fn the_overview_counts_what_the_tenant_has() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let macs: Vec<Value> = computers(&tenant, &["GENERAL", "OPERATING_SYSTEM"]).await;
    let managed = macs.iter().filter(|mac| is_managed(mac));
    let report = world.ok("fleet_overview", json!({})).await;
    assert_eq!(report["numbers"]["computers"], managed.clone().count());
    let off = managed.clone().filter(|mac| mac["operatingSystem"]["fileVault2Status"] == "NOT_ENCRYPTED");
    assert_eq!(report["numbers"]["unencrypted"], off.count());
    // Two reports have one figure for the same thing.
    let stale = world.ok("stale_devices", json!({ "days": 30 })).await;
    assert_eq!(report["numbers"]["silent"], stale["numbers"]["stale"]);
    let majors = report["devices_by_major_version"]["macOS"].as_object().unwrap();
    let on_26 = managed.filter(|mac| {
        mac["operatingSystem"]["version"]
            .as_str()
            .is_some_and(|version| version.split('.').next() == Some("26"))
    });
    assert_eq!(majors["26"], on_26.count());
    let matters = column(&report, "needs_a_person");
    assert!(matters.iter().any(|matter| matter.contains("Lost Mode")), "{matters:?}");
    assert!(matters.iter().any(|matter| matter.contains("volume purchasing token")), "{matters:?}");
}

#[tokio::test]
async fn a_serial_number_is_followed_from_apple_to_its_enrollment() {
    let world = world().await;
    let tenant = Straight::to(&world.tenant).await;
    let devices = all(&tenant, "/api/v1/device-enrollments/1/devices").await;
    let check = async |serial: &str| world.ok("enrollment_check", json!({ "serial_number": serial })).await;
    let result = |report: &Value, step: &str| {
        let rows = report["rows"].as_array().unwrap();
        rows.iter().find(|row| row["step"].as_str().unwrap().contains(step)).unwrap()["result"].clone()
    };
    let without = devices.iter().find(|device| device["profileStatus"] == "EMPTY").unwrap();
    let report = check(without["serialNumber"].as_str().unwrap()).await;
    assert_eq!(
        (result(&report, "Apple assigned"), result(&report, "assigned to a PreStage")),
        (json!("yes"), json!("no"))
    );
    assert!(report["answer"].as_str().unwrap().contains("no PreStage"), "{report}");

    let enrolled = devices.iter().find(|device| device["profileStatus"] == "PUSHED").unwrap();
    let report = check(&enrolled["serialNumber"].as_str().unwrap().to_lowercase()).await;
    assert!(report["answer"].as_str().unwrap().contains("enrolled and managed"), "{report}");
    assert_eq!(result(&report, "assigned to a PreStage"), "yes");

    let report = check("ZZNOWHERE1").await;
    assert!(report["answer"].as_str().unwrap().contains("has not assigned"), "{report}");
    assert_eq!((result(&report, "Apple assigned"), result(&report, "enrolled")), (json!("no"), json!("no")));

    world.faults("403@/api/v1/device-enrollments/1/devices");
    let report = check("ZZNOWHERE1").await;
    assert!(is_partial(&report, "devices of"), "{report}");
    assert_eq!(result(&report, "Apple assigned"), "not known");
}
