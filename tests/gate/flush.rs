//! Flushing: a person sees which commands are lost, and which policies run again.

use jamf_pro_mcp::store::{Store, Voucher};
use serde_json::json;

use super::{lock, serial, world_of};

#[tokio::test]
async fn commands_that_are_lost_are_named_and_one_more_of_them_is_another_plan() {
    let world =
        world_of(|config| (config.gate.plans_an_hour, config.gate.tenant_plans_an_hour) = (100, 100)).await;
    let mac = world.mac().await;
    world.tenant.faults().clear();
    world.through("device_lock", lock(&mac)).await;
    let id: u32 = mac["id"].as_str().unwrap().parse().unwrap();
    let flush = json!({ "body": { "status": "Pending", "computers": [{ "id": id }] } });
    let told = world.waits("mdm_command_flush_computers", flush.clone()).await;
    let plan = world.plan(&told).plan;
    assert!(
        plan.changes[0].field.contains("DEVICE_LOCK") && plan.changes[0].field.contains(&serial(&mac)),
        "{plan:?}"
    );
    assert!(plan.warnings.iter().any(|warning| warning.contains("LOST")), "{:?}", plan.warnings);
    assert_eq!(plan.targets[0].serial, serial(&mac));
    world.approve(&told).unwrap();
    world.through("device_restart", json!({ "devices": [serial(&mac)], "body": {} })).await;
    let before = world.grave().len();
    let said = world.refusal("mdm_command_flush_computers", flush.clone()).await;
    assert!(said.contains("no longer holds"), "{said}");
    assert_eq!(world.grave().len(), before);
    let told = world.waits("mdm_command_flush_computers", flush.clone()).await;
    assert!(told["changes"].to_string().contains("RESTART_DEVICE"), "{told}");
    world.approve(&told).unwrap();
    world.ok("mdm_command_flush_computers", flush.clone()).await;
    assert_eq!(world.grave().len(), before + 1);
    let told = world.waits("mdm_command_flush_computers", flush).await;
    assert!(told.get("changes").is_none(), "nothing is left: {told}");
}

#[tokio::test]
async fn a_flush_is_held_to_protected_devices_and_to_their_number() {
    let mut kept = String::new();
    let world = world_of(|_| {}).await;
    kept.push_str(&serial(&world.mac().await));
    let world = world_of(|config| {
        config.gate.protected_serials = vec![kept.clone()];
        config.gate.restart_devices = 2;
    })
    .await;
    let macs = world.macs(4).await;
    let of = |from: usize, to: usize| {
        let computers: Vec<_> = macs[from..to]
            .iter()
            .map(|mac| json!({ "id": mac["id"].as_str().unwrap().parse::<u32>().unwrap() }))
            .collect();
        json!({ "body": { "status": "Pending+Failed", "computers": computers } })
    };
    assert!(world.refusal("mdm_command_flush_computers", of(0, 1)).await.contains("protected"));
    assert!(world.refusal("mdm_command_flush_computers", of(1, 4)).await.contains("gate.restart_devices"));
    world.waits("mdm_command_flush_computers", of(1, 3)).await;
}

#[tokio::test]
async fn policies_that_run_again_are_named_when_all_logs_are_forgotten() {
    let world = world_of(|config| {
        config.gate.critical =
            vec!["policy_log_flush_computers".to_owned(), "policy_log_flush_all".to_owned()];
        config.gate.critical_delay_minutes = Some(5);
    })
    .await;
    let store = Store::open(world.state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
    let id: u32 = world.mac().await["id"].as_str().unwrap().parse().unwrap();
    let computers = json!({ "body": { "log": "policy", "log_id": 1, "interval": "Zero Days", "computers": [{ "id": id }] } });
    let all = json!({ "log": "policy", "interval": "Zero+Days" });
    let mut named = Vec::new();
    for (tool, arguments) in [("policy_log_flush_computers", computers), ("policy_log_flush_all", all)] {
        let plan = world.plan(&world.waits(tool, arguments).await).plan;
        let policies: Vec<_> =
            plan.changes.iter().filter(|change| change.field.starts_with("policy ")).collect();
        assert!(policies.iter().all(|change| change.before.starts_with("Once per")), "{policies:?}");
        assert!(policies.iter().all(|change| change.after == "may run again"), "{policies:?}");
        named.push(policies.len());
    }
    // One Mac is in the scopes of some, the fleet in those of at least as many.
    assert!(named[0] > 0 && named[1] >= named[0], "{named:?}");
}
