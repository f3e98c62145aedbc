//! `explain_policy`, `explain_profile`, `explain_membership` and `effective_scope`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::raw::{Raw, id, rows};
use crate::world::{World, world};

/// Computers without Chrome that report applications and are managed, which is the story of four reasons.
async fn without_chrome(raw: &Raw) -> Vec<Value> {
    let all = raw.all("/api/v4/computers-inventory?section=GENERAL&section=HARDWARE&section=APPLICATIONS&section=EXTENSION_ATTRIBUTES").await;
    let is_without = |mac: &Value| {
        let apps = mac["applications"].as_array().map(Vec::as_slice).unwrap_or_default();
        mac["general"]["remoteManagement"]["managed"] == true
            && !apps.is_empty()
            && apps.iter().all(|app| app["name"] != "Google Chrome.app")
    };
    all.into_iter().filter(is_without).collect()
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let found = report["rows"].as_array().unwrap().iter().find(|row| row["check"] == name);
    found.unwrap_or_else(|| panic!("no check {name}: {report}"))
}

#[tokio::test]
async fn four_macs_without_chrome_get_four_reasons_with_their_evidence() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let macs = without_chrome(&raw).await;
    assert_eq!(macs.len(), 4);
    let mut reasons = Vec::new();
    for mac in macs {
        let device = format!("computer:{}", id(&mac["id"]));
        let report =
            world.ok("explain_policy", json!({ "policy": "Install Chrome", "device": device })).await;
        let answer = report["answer"].as_str().unwrap();
        assert!(answer.contains(mac["hardware"]["serialNumber"].as_str().unwrap()), "{report}");
        let history = raw.classic(&format!("computerhistory/id/{}", id(&mac["id"]))).await;
        let logs: Vec<&Value> = rows(&history, "/policy_logs")
            .into_iter()
            .filter(|log| log["policy_name"] == "Install Chrome")
            .collect();
        assert_eq!(report["numbers"]["log_entries"], logs.len(), "{report}");
        let blocks = |name: &str| check(&report, name)["result"] == "blocks";
        let reason = if blocks("exclusions") {
            let own = rows(&mac, "/extensionAttributes")
                .into_iter()
                .find(|row| row["name"] == "Browser Exception")
                .unwrap();
            let value = own["values"][0].as_str().unwrap();
            assert!(answer.contains("Browser exceptions") && answer.contains(value), "{value}: {report}");
            "excluded"
        } else if blocks("log") {
            assert!(
                logs[0]["status"] == "Failed" && answer.contains("failed at") && answer.contains("flushed"),
                "{report}"
            );
            "failed once"
        } else if blocks("last check-in") {
            let last = &mac["general"]["lastCheckIn"].as_str().unwrap()[..10];
            assert!(answer.contains(last) && answer.contains("before the policy started"), "{report}");
            "away"
        } else {
            assert!(
                check(&report, "limitation")["result"] == "undecided" && answer.contains("All staff"),
                "{report}"
            );
            "limited"
        };
        reasons.push(reason);
    }
    reasons.sort_unstable();
    assert_eq!(reasons, ["away", "excluded", "failed once", "limited"]);
}

#[tokio::test]
async fn a_policy_that_ran_is_said_to_have_run_and_one_that_is_off_or_over_not_to() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let history = raw.classic("computerhistory/id/1").await;
    let log = rows(&history, "/policy_logs").into_iter().find(|log| log["status"] == "Completed").unwrap();
    let report =
        world.ok("explain_policy", json!({ "policy": id(&log["policy_id"]), "device": "computer:1" })).await;
    assert!(report["answer"].as_str().unwrap().contains(" ran on "), "{report}");
    for (policy, word) in
        [("Install Zoom", "switched off"), ("Collect Logs", "expired at"), ("Setup: Chrome", "Setup Manager")]
    {
        let report = world.ok("explain_policy", json!({ "policy": policy, "device": "computer:1" })).await;
        assert!(report["rows"].to_string().contains(word), "{policy}: {report}");
    }
    let report = world
        .ok("explain_policy", json!({ "policy": "Download macOS Installer", "device": "computer:1" }))
        .await;
    assert!(check(&report, "trigger")["result"] == "blocks", "{report}");
    let said = world
        .fails("explain_policy", json!({ "policy": "Install Chrome", "device": "mobile_device:1" }))
        .await;
    assert!(said.contains("mobile device"), "{said}");
}

/// The ids of the computers in whose management a policy or a profile is, by what the tenant says.
async fn scope_of(raw: &Raw, list: &str, wanted: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for mac in raw.all("/api/v4/computers-inventory").await {
        let own = id(&mac["id"]);
        let said = raw.classic(&format!("computermanagement/id/{own}")).await;
        if rows(&said, &format!("/{list}")).iter().any(|row| id(&row["id"]) == wanted) {
            found.insert(own);
        }
    }
    found
}

async fn small() -> World {
    crate::world::world_of(
        jamf_pro_demo::Options { computers: 60, ..jamf_pro_demo::Options::default() },
        |_| {},
    )
    .await
}

#[tokio::test]
async fn the_scope_of_an_object_is_what_the_tenant_says_of_each_computer() {
    let world = small().await;
    let raw = Raw::of(&world).await;
    let mut compared = 0;
    for policy in ["3", "11", "22", "57", "76"] {
        let report = world.ok("effective_scope", json!({ "object": policy, "kind": "policy" })).await;
        let said = scope_of(&raw, "policies", policy).await;
        assert_eq!(report["numbers"]["devices_at_most"], said.len(), "{policy}: {report}");
        let shown: BTreeSet<String> =
            report["rows"].as_array().unwrap().iter().filter_map(|row| row.get("id").map(id)).collect();
        assert!(shown.is_subset(&said), "{policy}: {report}");
        compared += said.len();
    }
    assert!(compared > 40, "{compared}");
    let report = world.ok("effective_scope", json!({ "object": "Install Chrome" })).await;
    assert!(
        report["answer"].as_str().unwrap().contains("at most")
            && report["notes"].to_string().contains("All staff"),
        "{report}"
    );
    let report = world.ok("effective_scope", json!({ "object": "Install Zoom" })).await;
    assert!(report["answer"].as_str().unwrap().contains("switched off"), "{report}");
}

#[tokio::test]
async fn a_profile_that_failed_has_its_error_and_the_one_that_it_needs_its_exclusion() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let commands = raw.all("/api/v2/mdm/commands?filter=dateSent%3Dge%3D2000-01-01T00:00:00Z").await;
    let month = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * 29);
    let failed: Vec<&Value> = commands
        .iter()
        .filter(|command| command["commandState"] == "ERROR" && id(&command["profileId"]) == "1")
        .filter(|command| command["dateSent"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() > month)
        .collect();
    assert!(failed.len() > 10);
    let macs = raw.all("/api/v4/computers-inventory?section=GENERAL&section=CONFIGURATION_PROFILES").await;
    let mac = macs
        .iter()
        .find(|mac| mac["general"]["managementId"] == failed[0]["client"]["managementId"])
        .unwrap();
    let device = format!("computer:{}", id(&mac["id"]));
    let report =
        world.ok("explain_profile", json!({ "profile": "Wi-Fi: Corporate", "device": device })).await;
    let error = "The certificate \"Example Organization Root\" could not be found";
    assert!(
        check(&report, "command")["result"] == "blocks" && report["answer"].as_str().unwrap().contains(error),
        "{report}"
    );
    let report =
        world.ok("explain_profile", json!({ "profile": "Certificate: Root", "device": device })).await;
    assert!(report["answer"].as_str().unwrap().contains("DO NOT DELETE"), "{report}");
    let whole = world.ok("explain_profile", json!({ "profile": "1", "kind": "macos_profile" })).await;
    let installed = macs
        .iter()
        .filter(|mac| rows(mac, "/configurationProfiles").iter().any(|profile| id(&profile["id"]) == "1"))
        .count();
    assert_eq!(whole["numbers"]["installed"], installed, "{whole}");
    let told = whole["numbers"]["failed"].as_u64().unwrap();
    assert!((u64::try_from(failed.len()).unwrap()..=30).contains(&told), "{whole}");
    assert!(whole["rows"][0]["error"].as_str().unwrap().contains(error), "{whole}");
}

#[tokio::test]
async fn a_membership_is_explained_by_the_values_of_the_device() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let group = raw
        .objects("computergroups")
        .await
        .into_iter()
        .find(|group| group["name"] == "Browser exceptions")
        .unwrap();
    let inside = id(&rows(&group, "/computers")[0]["id"]);
    let mac = raw
        .all("/api/v4/computers-inventory?section=EXTENSION_ATTRIBUTES")
        .await
        .into_iter()
        .find(|mac| id(&mac["id"]) == inside)
        .unwrap();
    let own = rows(&mac, "/extensionAttributes")
        .into_iter()
        .find(|row| row["name"] == "Browser Exception")
        .unwrap();
    let report = world
        .ok(
            "explain_membership",
            json!({ "device": format!("computer:{inside}"), "group": "Browser exceptions" }),
        )
        .await;
    assert!(
        report["answer"].as_str().unwrap().contains("is in") && report["rows"][0]["met"] == "yes",
        "{report}"
    );
    assert!(
        report["rows"][0]["value_of_device"].as_str().unwrap().contains(own["values"][0].as_str().unwrap()),
        "{report}"
    );
    // Groups that ask for one another, one that asks for a group that is gone, and one without criteria.
    let of = async |name: &str| {
        world.ok("explain_membership", json!({ "device": "computer:1", "group": name })).await
    };
    assert!(of("Circle A").await["notes"].to_string().contains("in a circle"));
    let gone = of("Legacy kiosks").await;
    assert!(
        gone["rows"][0]["met"] == "unknown"
            && gone["rows"][0]["reason"].as_str().unwrap().contains("Kiosks 2019"),
        "{gone}"
    );
    assert!(of("Leased Macs (returned)").await["answer"].as_str().unwrap().contains("no criteria"));
    // Without a group: those that the tenant says.
    let report = world.ok("explain_membership", json!({ "device": "computer:1" })).await;
    let said = raw.classic("computermanagement/id/1").await;
    let count = |list: &str| rows(&said, &format!("/{list}")).len();
    assert_eq!(report["numbers"]["smart"].as_u64().unwrap(), count("smart_groups") as u64, "{report}");
    assert_eq!(report["numbers"]["static"].as_u64().unwrap(), count("static_groups") as u64, "{report}");
}

#[tokio::test]
async fn a_log_that_could_not_be_read_is_undecided_and_makes_the_answer_partial() {
    let world = small().await;
    world.faults("500@/JSSResource/computerhistory");
    let report =
        world.ok("explain_policy", json!({ "policy": "Install Rosetta", "device": "computer:1" })).await;
    assert!(report["partial"].to_string().contains("policy logs"), "{report}");
    assert_eq!(check(&report, "log")["result"], "undecided", "{report}");
}
