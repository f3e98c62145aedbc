//! What each kind of object does on devices, as the plan says it: when a policy runs, what calls it, what is lost with an app, and what takes
//! effect on devices that enter a group.

use jamf_pro_mcp::config::Platform;
use jamf_pro_mcp::plan::Plan;
use serde_json::{Value, json};

use super::{World, find_id, row_id, serial, without_limits, world_of};

async fn world() -> World {
    world_of(without_limits).await
}

async fn planned(world: &World, tool: &str, arguments: Value) -> Plan {
    let told = world.waits(tool, arguments).await;
    world.plan(&told).plan
}

fn policy(general: Value) -> Value {
    json!({ "body": { "general": general, "scope": { "computers": [{ "id": 2 }] } } })
}

#[tokio::test]
async fn a_policy_says_when_it_runs_before_everything_else() {
    let world = world().await;
    let minutes = world.ok("check_in_settings_get", json!({})).await["checkInFrequency"].clone();
    let ongoing =
        json!({ "name": "Often", "enabled": true, "frequency": "Ongoing", "trigger_checkin": true });
    let plan = planned(&world, "policy_create", policy(ongoing)).await;
    assert_eq!(plan.warnings[0], format!("runs every {minutes} minutes on 1 Mac: Ongoing at check-in"));
    let once =
        json!({ "name": "Once", "enabled": true, "frequency": "Once per computer", "trigger_login": true });
    let plan = planned(&world, "policy_create", policy(once.clone())).await;
    assert_eq!(plan.warnings[0], "runs at login, with the frequency \"Once per computer\"");
    world.through("policy_create", policy(once)).await;
    let changed =
        json!({ "id": world.policy_id("Once").await, "body": { "general": { "trigger_startup": true } } });
    let plan = planned(&world, "policy_update", changed).await;
    assert!(plan.not_checked.iter().any(|one| one.contains("numbers are at most")), "{:?}", plan.not_checked);
}

#[tokio::test]
async fn what_calls_a_custom_event_is_named() {
    let world = world().await;
    let text = "#!/bin/sh\n/usr/local/bin/jamf policy -event install-agent\n";
    let script = json!({ "body": { "name": "Bootstrap", "scriptContents": text } });
    world.ok("script_create", script).await;
    let by_event = |event: &str| {
        policy(json!({ "name": "Agent", "enabled": true, "frequency": "Ongoing", "trigger_other": event }))
    };
    let called = planned(&world, "policy_create", by_event("install-agent")).await;
    let line = called.warnings.iter().find(|one| one.contains("install-agent")).unwrap();
    assert_eq!(line, "runs when something calls the event \"install-agent\": script \"Bootstrap\"");
    assert!(called.not_checked.iter().any(|one| one.contains("inside packages")), "{:?}", called.not_checked);
    let silent = planned(&world, "policy_create", by_event("install-nothing")).await;
    let line = silent.warnings.iter().find(|one| one.contains("install-nothing")).unwrap();
    assert!(line.ends_with("no script, extension attribute or profile does"), "{line}");
}

#[tokio::test]
async fn what_runs_again_is_shown_with_all_that_it_runs() {
    let world = world().await;
    let script = json!({ "body": { "name": "Greeting", "scriptContents": "echo hello\n" } });
    let script = find_id(&world.ok("script_create", script).await);
    let mut body = policy(json!({ "name": "Greet", "enabled": true, "trigger_checkin": true }));
    body["body"]["scripts"] = json!([{ "id": script.parse::<u32>().unwrap() }]);
    world.through("policy_create", body).await;
    let flush = json!({ "id": world.policy_id("Greet").await, "log": "policy", "interval": "Zero+Days" });
    let plan = planned(&world, "policy_log_flush", flush).await;
    let shown: Vec<_> = plan.basis.content.iter().map(|one| (one.kind.as_str(), one.name.as_str())).collect();
    assert_eq!(shown, [("policy", "Greet"), ("script", "Greeting")]);
    assert_eq!(plan.basis.content[1].lines, ["echo hello"]);
    let retry = planned(&world, "patch_policy_log_retry_all", json!({ "id": "1" })).await;
    assert_eq!(retry.basis.content[0].reader, "patch_policy_get");
    assert!(retry.warnings.iter().any(|one| one.contains("an older version than")), "{:?}", retry.warnings);
}

#[tokio::test]
async fn an_app_that_is_lost_is_said_first_and_one_that_is_gained_takes_licenses() {
    let world = world().await;
    let apps = world.ok("mobile_device_app_list", json!({})).await;
    let find = |name: &str| {
        let rows = apps["rows"].as_array().unwrap();
        row_id(rows.iter().find(|row| row["name"] == name).unwrap())
    };
    let id = find("Keynote");
    let lost = planned(&world, "mobile_device_app_delete", json!({ "id": id })).await;
    assert!(lost.warnings[0].starts_with("removes the managed app, with its data"), "{:?}", lost.warnings);
    let wider = json!({ "id": id, "body": { "scope": { "all_mobile_devices": true } } });
    let gained = planned(&world, "mobile_device_app_update", wider).await;
    assert!(gained.warnings.iter().any(|one| one.contains("a license")), "{:?}", gained.warnings);
}

#[tokio::test]
async fn a_profile_with_wi_fi_or_certificates_that_is_lost_is_said_first() {
    let world = world().await;
    let payload =
        json!([{ "PayloadType": "com.apple.wifi.managed", "SSID_STR": "Office", "AutoJoin": true }]);
    let profiles = world.ok("macos_profile_list", json!({ "all": true, "page_size": 100 })).await;
    let mut lost = None;
    for profile in profiles["rows"].as_array().unwrap() {
        let id = row_id(profile);
        let whole = world.ok("macos_profile_get", json!({ "id": id })).await;
        if whole["scope"]["computer_groups"].as_array().is_some_and(|groups| !groups.is_empty()) {
            lost = Some(id);
            break;
        }
    }
    let id = lost.unwrap();
    let replace = json!({ "kind": "macos_profile", "id": id, "payload": payload.to_string() });
    world.through("profile_replace", replace).await;
    let plan = planned(&world, "macos_profile_delete", json!({ "id": id })).await;
    assert!(plan.warnings[0].starts_with("devices LOSE Wi-Fi with this profile"), "{:?}", plan.warnings);
}

/// A policy for a static group, and the group's name and ids: the one of its kind and the one of the platform.
async fn scoped_group(world: &World) -> (String, String, String) {
    let groups = world.ok("static_computer_group_list", json!({})).await;
    let (id, name) = (row_id(&groups["rows"][0]), groups["rows"][0]["name"].as_str().unwrap().to_owned());
    let mut body = policy(json!({ "name": "For the group", "enabled": true, "trigger_checkin": true }));
    body["body"]["scope"] = json!({ "computer_groups": [{ "id": id.parse::<u32>().unwrap() }] });
    world.through("policy_create", body).await;
    let fields = ["groupPlatformId", "groupJamfProId", "groupType"];
    let all = world.ok("group_list", json!({ "fields": fields, "all": true })).await;
    let is_it = |row: &&Value| row["groupJamfProId"] == json!(id) && row["groupType"] == "COMPUTER";
    let row = all["rows"].as_array().unwrap().iter().find(is_it).unwrap();
    (id, name, row["groupPlatformId"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_device_that_enters_a_group_shows_what_takes_effect_on_it_by_whichever_call() {
    let world = world().await;
    let (_, name, platform) = scoped_group(&world).await;
    let macs = world.macs(40).await;
    let is_in = |mac: &&Value| {
        mac["groupMemberships"].as_array().unwrap().iter().any(|group| group["groupName"] == json!(name))
    };
    let mac = macs.iter().find(|mac| !is_in(mac)).unwrap();
    let by_job = json!({ "kind": "computer", "group": name, "add": [serial(mac)] });
    let by_id =
        json!({ "id": platform, "body": { "assignments": [{ "deviceId": mac["id"], "selected": true }] } });
    let mut found = Vec::new();
    for (tool, arguments) in [("group_members_change", by_job), ("group_update", by_id)] {
        let plan = planned(&world, tool, arguments).await;
        assert_eq!(plan.reach.devices, Some(1), "{tool}: {}", plan.reach.sentence);
        let line = plan.warnings.iter().find(|one| one.starts_with("takes effect on devices that move"));
        assert!(line.unwrap().contains("policy \"For the group\""), "{tool}: {:?}", plan.warnings);
        assert!(plan.basis.content.iter().any(|one| one.name == "For the group"), "{tool}: {:?}", plan.basis);
        let unread = |plan: &Plan| plan.not_checked.iter().any(|one| one.starts_with("Blueprints"));
        assert!(unread(&plan), "{tool}: {:?}", plan.not_checked);
        found.push((plan.references, plan.basis.content));
    }
    assert_eq!(found[0], found[1]);
    let without = world_of(|config| {
        without_limits(config);
        config.gate.platform = Some(Platform::None);
    })
    .await;
    let (id, ..) = scoped_group(&without).await;
    let renamed = json!({ "id": id, "body": { "name": "Other", "assignments": [] } });
    let plan = planned(&without, "static_computer_group_update", renamed).await;
    assert!(!plan.not_checked.iter().any(|one| one.starts_with("Blueprints")), "{:?}", plan.not_checked);
}
