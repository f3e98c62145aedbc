//! Payloads of profiles: shown to the person setting by setting, approved as they are, sent as they were approved.

use serde_json::{Value, json};

use super::{World, without_limits, world, world_of};

const REPLACE: &str = "profile_replace";

fn wifi(ssid: &str) -> String {
    json!([{ "PayloadType": "com.apple.wifi.managed", "SSID_STR": ssid, "AutoJoin": true }]).to_string()
}

/// A profile that somebody gets.
async fn scoped(world: &World) -> String {
    let profiles = world.ok("macos_profile_list", json!({ "page_size": 50 })).await;
    for profile in profiles["rows"].as_array().unwrap() {
        let id = profile["id"].to_string().trim_matches('"').to_owned();
        let whole = world.ok("macos_profile_get", json!({ "id": id })).await;
        if whole["scope"]["computer_groups"].as_array().is_some_and(|list| !list.is_empty()) {
            return id;
        }
    }
    String::new()
}

fn payload_of(shown: &Value) -> String {
    shown["payload"].to_string()
}

#[tokio::test]
async fn the_payload_of_a_profile_that_somebody_gets_is_shown_approved_and_sent() {
    let world = world_of(without_limits).await;
    let id = scoped(&world).await;
    let arguments = json!({ "kind": "macos_profile", "id": id, "payload": wifi("Office") });
    let told = world.waits(REPLACE, arguments.clone()).await;
    let plan = world.plan(&told).plan;
    assert_eq!(plan.tool, REPLACE);
    let ssid = plan.changes.iter().find(|change| change.field.ends_with("SSID_STR")).unwrap();
    assert_eq!(
        (ssid.field.as_str(), ssid.after.as_str()),
        ("payload com.apple.wifi.managed[0].SSID_STR", "Office")
    );
    assert!(plan.changes.iter().any(|change| change.after == "(taken out)"), "{:?}", plan.changes);
    assert!(plan.reach.devices.unwrap() > 0, "{:?}", plan.reach);
    assert_eq!(world.grave(), Vec::<String>::new());
    world.approve(&told).unwrap();
    // By its id, as a client does that kept no arguments.
    let done = world.ok("plan_apply", json!({ "plan": told["plan"] })).await;
    assert_eq!(done["payload"]["verdict"], "as sent", "{done}");
    assert_eq!(world.grave().len(), 1);
    let shown = world.ok("profile_payload_get", json!({ "kind": "macos_profile", "id": id })).await;
    assert!(payload_of(&shown).contains("Office"), "{shown}");
}

#[tokio::test]
async fn a_payload_that_somebody_else_changed_in_between_is_not_written_over() {
    let world = world_of(without_limits).await;
    let id = scoped(&world).await;
    let replace = |ssid: &str| json!({ "kind": "macos_profile", "id": id, "payload": wifi(ssid) });
    let first = world.waits(REPLACE, replace("First")).await;
    world.approve(&first).unwrap();
    world.through(REPLACE, replace("Second")).await;
    let before = world.grave().len();
    let said = world.refusal(REPLACE, replace("First")).await;
    assert!(said.contains("no longer holds"), "{said}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn a_file_that_is_another_one_when_it_is_applied_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let world = world_of(|config| {
        without_limits(config);
        config.files = Some(folder.path().to_owned());
    })
    .await;
    let id = scoped(&world).await;
    let file = |password: &str| {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>\
             <key>PayloadType</key><string>com.apple.wifi.managed</string><key>SSID_STR</key><string>Lab</string>\
             <key>Password</key><string>{password}</string></dict></array></dict></plist>"
        );
        std::fs::write(folder.path().join("wifi.mobileconfig"), text).unwrap();
    };
    file("CANARY one");
    let arguments = json!({ "kind": "macos_profile", "id": id, "file": "wifi.mobileconfig" });
    let told = world.waits(REPLACE, arguments.clone()).await;
    let plan_record = world.plan(&told);
    let kept = serde_json::to_string(&plan_record.plan).unwrap()
        + &plan_record.exact.to_string()
        + &told.to_string();
    assert!(kept.contains("(hidden: a secret)") && !kept.contains("CANARY"), "{kept}");
    world.approve(&told).unwrap();
    file("CANARY two");
    let said = world.refusal(REPLACE, arguments.clone()).await;
    assert!(said.contains("the payload or the file, has changed"), "{said}");
    assert_eq!(world.grave(), Vec::<String>::new());
    // As it was approved it goes out, with its secret, which nobody is shown.
    let told = world.waits(REPLACE, arguments.clone()).await;
    world.approve(&told).unwrap();
    let done = world.ok(REPLACE, arguments).await;
    assert_eq!(done["payload"]["verdict"], "as sent", "{done}");
    let log = std::fs::read_to_string(world.state.path().join("audit/demo.jsonl")).unwrap();
    assert!(!done.to_string().contains("CANARY") && !log.contains("CANARY"));
}

#[tokio::test]
async fn a_payload_that_nobody_gets_yet_is_a_plain_write_and_what_is_weighty_is_said_first() {
    let world = world().await;
    let payload = json!([{ "PayloadType": "com.apple.dock", "autohide": true }]).to_string();
    let arguments = json!({ "kind": "macos_profile", "new_name": "Dock of the lab", "payload": payload });
    let made = world.ok("profile_create", arguments).await;
    assert_eq!(
        (&made["result"], &made["payload"]["verdict"]),
        (&json!("created"), &json!("as sent")),
        "{made}"
    );
    let world = world_of(without_limits).await;
    let id = scoped(&world).await;
    let payload =
        json!([{ "PayloadType": "com.apple.webcontent-filter", "FilterType": "BuiltIn" }]).to_string();
    let told = world.waits(REPLACE, json!({ "kind": "macos_profile", "id": id, "payload": payload })).await;
    assert!(told["warnings"].to_string().contains("it filters traffic"), "{told}");
}

/// Payloads of one kind each, with the word for what devices lose with them.
fn lifelines() -> [(Value, &'static str); 6] {
    let certificate = json!({ "$data": "AAAA" });
    [
        (json!({ "PayloadType": "com.apple.wifi.managed", "SSID_STR": "Office", "AutoJoin": true }), "Wi-Fi"),
        (json!({ "PayloadType": "com.apple.vpn.managed", "VPNType": "IKEv2" }), "VPN"),
        (json!({ "PayloadType": "com.apple.vpn.managed.applayer", "VPNType": "IKEv2" }), "VPN"),
        (json!({ "PayloadType": "com.apple.security.root", "PayloadContent": certificate }), "certificates"),
        (json!({ "PayloadType": "com.apple.security.pem", "PayloadContent": certificate }), "certificates"),
        (json!({ "PayloadType": "com.apple.security.acme", "ClientIdentifier": "x" }), "certificates"),
    ]
}

#[tokio::test]
async fn a_payload_that_is_lost_among_others_that_stay_is_said_first() {
    let world = world_of(|config| {
        without_limits(config);
        config.gate.plans_an_hour = 100;
        config.gate.tenant_plans_an_hour = 100;
    })
    .await;
    let id = scoped(&world).await;
    let dock = json!({ "PayloadType": "com.apple.dock", "autohide": true });
    let replace = |payloads: &[&Value]| json!({ "kind": "macos_profile", "id": id, "payload": json!(payloads).to_string() });
    for (payload, word) in lifelines() {
        world.through(REPLACE, replace(&[&dock, &payload, &payload])).await;
        for stays in [&[&dock][..], &[&dock, &payload]] {
            let told = world.waits(REPLACE, replace(stays)).await;
            let plan_record = world.plan(&told);
            let plan = &plan_record.plan;
            let count = plan.reach.devices.unwrap();
            assert!(count > 1, "{}", plan.reach.sentence);
            let first = format!("devices LOSE {word} with this change: {count} devices may");
            assert!(plan.warnings[0].starts_with(&first), "{payload}: {:?}", plan.warnings);
            let view = serde_json::to_value(plan_record.view()).unwrap();
            let line = view["sections"][0]["items"][0]["text"].as_str().unwrap();
            assert!(line.starts_with(&first.replacen("devices", "Devices", 1)), "{view}");
            world.store().outdate_plan(&plan.id, "another payload follows").unwrap();
        }
        // What stays is not lost, and what is put in the place of another of its kind is shown as a change.
        let more = world.waits(REPLACE, replace(&[&dock, &payload, &payload, &payload])).await;
        let plan = world.plan(&more).plan;
        assert!(!plan.warnings.iter().any(|one| one.contains("LOSE")), "{:?}", plan.warnings);
        world.store().outdate_plan(&plan.id, "another payload follows").unwrap();
    }
    // By the action nobody can give a payload, and who loses the profile loses what is in it.
    let text = json!({ "id": id, "body": { "general": { "payloads": "<plist/>" } } });
    let refused = world.refusal("macos_profile_update", text).await;
    assert!(refused.contains("payloads"), "{refused}");
    let nobody = json!({ "id": id, "body": { "scope": { "all_computers": false, "computer_groups": [] } } });
    let told = world.waits("macos_profile_update", nobody).await;
    let plan = world.plan(&told).plan;
    let count = plan.reach.devices.unwrap();
    let first = format!("devices LOSE certificates with this profile: {count} devices may");
    assert!(plan.warnings[0].starts_with(&first), "{:?}", plan.warnings);
}

#[tokio::test]
async fn a_payload_that_mobile_devices_lose_is_said_first() {
    let world = world_of(without_limits).await;
    let profiles = world.ok("mobile_profile_list", json!({ "page_size": 50 })).await;
    let mut of_groups = None;
    for profile in profiles["rows"].as_array().unwrap() {
        let id = profile["id"].to_string().trim_matches('"').to_owned();
        let whole = world.ok("mobile_profile_get", json!({ "id": id })).await;
        let scope = &whole["scope"];
        let is_of_group = scope["mobile_device_groups"].as_array().is_some_and(|list| !list.is_empty());
        if is_of_group || scope["all_mobile_devices"] == true {
            of_groups = Some(id);
            break;
        }
    }
    let id = of_groups.unwrap();
    let [(payload, word), ..] = lifelines();
    let font =
        json!({ "PayloadType": "com.apple.webClip.managed", "Label": "Help", "URL": "https://example.org" });
    let replace = |payloads: &[&Value]| json!({ "kind": "mobile_profile", "id": id, "payload": json!(payloads).to_string() });
    world.through(REPLACE, replace(&[&font, &payload])).await;
    let plan = world.plan(&world.waits(REPLACE, replace(&[&font])).await).plan;
    let first = format!("devices LOSE {word} with this change: {} device", plan.reach.devices.unwrap());
    assert!(plan.warnings[0].starts_with(&first), "{:?}", plan.warnings);
}
