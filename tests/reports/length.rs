//! How long the answers of jobs are: a model pays for each of them.

use serde_json::{Value, json};

use super::world::world;

/// Jobs that report, with arguments as people ask them.
fn questions() -> Vec<(&'static str, Value)> {
    let device = json!({ "device": "ZZ463C8371" });
    let policy = json!({ "policy": "Install Chrome" });
    let profile = json!({ "profile": "Wi-Fi: Corporate", "kind": "macos_profile" });
    let group = json!({ "device": "ZZ463C8371", "group": "FileVault off" });
    vec![
        ("access_review", json!({})),
        ("app_versions", json!({ "name": "Google Chrome" })),
        ("command_failures", json!({})),
        ("config_review", json!({})),
        ("device_report", device.clone()),
        ("effective_scope", json!({ "object": "Install Chrome", "kind": "policy" })),
        ("encryption_gaps", json!({})),
        ("enrollment_check", json!({ "serial_number": "ZZ463C8371" })),
        ("expiring", json!({})),
        ("explain_membership", group),
        ("explain_policy", policy.clone()),
        ("explain_profile", profile),
        ("fleet_overview", json!({})),
        ("license_report", json!({})),
        ("mdm_health", json!({})),
        ("offboard_person", json!({ "person": "Farid Nkosi" })),
        ("os_versions", json!({})),
        ("patch_status", json!({})),
        ("person_report", json!({ "person": "Farid Nkosi" })),
        ("policy_results", policy),
        ("policy_triggers", json!({})),
        ("script_parameters", json!({ "script": "quit-app.sh" })),
        ("security_posture", json!({})),
        ("stale_devices", json!({})),
        ("stolen_device", device),
        ("unused_objects", json!({})),
        ("update_plan_status", json!({})),
        ("update_ring", json!({ "group": "Update ring 1", "version": "26.1" })),
        ("what_changed", json!({})),
        ("where_used", json!({ "object": "Browser exceptions" })),
    ]
}

#[tokio::test]
async fn answers_take_at_most_1500_tokens_in_the_median() {
    let world = world().await;
    let tokens = tiktoken_rs::o200k_base().unwrap();
    let mut lengths = Vec::new();
    for (tool, arguments) in questions() {
        let text = world.ok(tool, arguments).await.to_string();
        lengths.push((tokens.encode_ordinary(&text).len(), tool));
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= 1_500, "{median} in the median: {lengths:?}");
    let longest = lengths[lengths.len() - 1];
    assert!(longest.0 <= 4_000, "{longest:?}");
    println!("{median} tokens in the median: {lengths:?}");
}
