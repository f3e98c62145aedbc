//! What a change does to which devices: who gets it, who loses it, who runs it again, who is offered it, and how many of which kind count.

use std::collections::BTreeSet;

use jamf_pro_mcp::plan::{DeviceEffect, Plan};
use serde_json::{Value, json};

use super::{Straight, World, without_limits, world_of};

/// The managed Macs of the tenant, each with the groups that it is in.
async fn managed(world: &World) -> Vec<(String, BTreeSet<String>)> {
    let path = "/api/v1/computers-inventory?section=GENERAL&section=GROUP_MEMBERSHIPS&page-size=2000";
    let rows = Straight::to(&world.tenant).await.read(path).await["results"].as_array().unwrap().clone();
    let managed = rows.iter().filter(|row| row["general"]["remoteManagement"]["managed"] == true);
    let groups = |row: &Value| {
        let groups = row["groupMemberships"].as_array().unwrap();
        groups.iter().map(|group| group["groupId"].as_str().unwrap().to_owned()).collect()
    };
    managed.map(|row| (row["id"].as_str().unwrap().to_owned(), groups(row))).collect()
}

fn members(of: &[(String, BTreeSet<String>)], group: &str) -> BTreeSet<String> {
    of.iter().filter(|(_, groups)| groups.contains(group)).map(|(id, _)| id.clone()).collect()
}

/// How many computers a plan says for each effect.
fn effects(plan: &Plan) -> Vec<(DeviceEffect, u64)> {
    plan.reach.effects.iter().map(|one| (one.effect, one.computers)).collect()
}

fn policy(name: &str, group: &str) -> Value {
    json!({
        "general": { "name": name, "enabled": true, "trigger_checkin": true, "frequency": "Once per computer" },
        "scope": { "computer_groups": [{ "id": group.parse::<u32>().unwrap() }] },
    })
}

async fn planned(world: &World, tool: &str, arguments: Value) -> Plan {
    let told = world.waits(tool, arguments).await;
    world.plan(&told).plan
}

#[tokio::test]
async fn a_change_of_a_policy_says_who_gets_it_who_loses_it_and_who_runs_it_again() {
    let world = world_of(without_limits).await;
    let all = managed(&world).await;
    let (old, new) = (members(&all, "16"), members(&all, "1"));
    let count = |devices: BTreeSet<&String>| devices.len() as u64;
    let stay = count(old.intersection(&new).collect());
    let (enter, leave) = (count(new.difference(&old).collect()), count(old.difference(&new).collect()));
    assert!(stay > 0 && enter > 0, "{enter} {leave} {stay}");

    let plan = planned(&world, "policy_create", json!({ "body": policy("Inventory", "16") })).await;
    assert_eq!(effects(&plan), [(DeviceEffect::Gains, old.len() as u64)]);
    let words = format!("{} Macs get it", old.len());
    assert!(plan.reach.sentence.ends_with(&words), "{}", plan.reach.sentence);
    world.through("policy_create", json!({ "body": policy("Inventory", "16") })).await;
    let id = world.policy_id("Inventory").await;
    let update = |body: Value| json!({ "id": id, "body": body });

    // What no device notices affects none, and an untouched scope does not count.
    let named = planned(&world, "policy_update", update(json!({ "general": { "name": "Weekly" } }))).await;
    assert_eq!((named.reach.devices, named.reach.already), (Some(0), old.len() as u64));
    assert!(named.reach.effects.is_empty(), "{:?}", named.reach);

    let often = update(json!({ "general": { "frequency": "Once every day" } }));
    let again = planned(&world, "policy_update", often).await;
    assert_eq!(effects(&again), [(DeviceEffect::RunsAgain, old.len() as u64)]);

    let mut body = policy("Inventory", "1");
    let moved = planned(&world, "policy_update", update(json!({ "scope": body["scope"] }))).await;
    let mut expected = vec![(DeviceEffect::Gains, enter), (DeviceEffect::Loses, leave)];
    expected.retain(|(_, count)| *count > 0);
    assert_eq!(effects(&moved), expected);
    assert_eq!(moved.reach.devices, Some(enter + leave));

    body["general"]["frequency"] = json!("Ongoing");
    let both = planned(&world, "policy_update", update(body)).await;
    expected.push((DeviceEffect::RunsAgain, stay));
    assert_eq!(effects(&both), expected);
    assert!(both.reach.sentence.contains(&format!("{stay} run it again")), "{}", both.reach.sentence);
    let sample = both.basis.sample.join("\n");
    assert!(sample.contains(" runs it again") && sample.contains(" gets it"), "{sample}");

    let gone = planned(&world, "policy_delete", json!({ "id": id })).await;
    assert_eq!(effects(&gone), [(DeviceEffect::Loses, old.len() as u64)]);
    let flushed =
        planned(&world, "policy_log_flush", json!({ "id": id, "log": "policy", "interval": "Zero+Days" }))
            .await;
    assert_eq!(effects(&flushed), [(DeviceEffect::RunsAgain, old.len() as u64)]);
}

#[tokio::test]
async fn what_is_only_offered_counts_in_no_limit_and_what_leaves_self_service_does() {
    let world = world_of(|_| {}).await;
    let everybody = managed(&world).await.len() as u64;
    let body = json!({
        "general": { "name": "Browser", "enabled": true, "frequency": "Ongoing" },
        "scope": { "all_computers": true },
        "self_service": { "use_for_self_service": true },
    });
    // More than half of the fleet, and not refused: everybody decides for themselves.
    let plan = planned(&world, "policy_create", json!({ "body": body })).await;
    assert_eq!(effects(&plan), [(DeviceEffect::Offered, everybody)]);
    assert_eq!((plan.reach.devices, plan.approvals_needed), (Some(0), 1));
    let words = format!("{everybody} Macs are offered it in Self Service");
    assert!(plan.reach.sentence.contains(&words), "{}", plan.reach.sentence);
    world.through("policy_create", json!({ "body": body })).await;
    let id = world.policy_id("Browser").await;
    let by_itself = json!({ "id": id, "body": { "general": { "trigger_checkin": true } } });
    let refused = world.refusal("policy_update", by_itself).await;
    assert!(refused.contains("gate.hard_percent"), "{refused}");
}

/// Records that are only written make no share of the fleet smaller.
#[tokio::test]
async fn two_hundred_new_records_do_not_let_a_policy_pass_a_limit() {
    let world = world_of(|config| {
        config.gate.hard_percent = 15;
        config.gate.writes_an_hour = 10_000;
    })
    .await;
    let body = json!({ "body": policy("Inventory", "16") });
    let before = world.refusal("policy_create", body.clone()).await;
    assert!(before.contains("gate.hard_percent"), "{before}");
    let all = managed(&world).await.len();
    let ghost = |number: usize, general: Value| {
        let hardware = json!({ "serialNumber": format!("ZZGHOST{number:05}") });
        let mut general = general;
        general["name"] = json!(format!("Ghost {number}"));
        json!({ "body": { "general": general, "hardware": hardware } })
    };
    for number in 0..250 {
        let made = world.ok("computer_create", ghost(number, json!({}))).await;
        assert!(made.get("plan").is_none(), "{made}");
    }
    let after = world.refusal("policy_create", body).await;
    assert!(
        after.contains("gate.hard_percent") && after.contains(&format!(" of {all} computers")),
        "{after}"
    );
    // One that says of itself that it is managed would count.
    let claims = json!({ "remoteManagement": { "managed": true }, "lastCheckIn": "2026-11-30T00:00:00Z" });
    world.waits("computer_create", ghost(999, claims)).await;
    // A second record with the serial number of a Mac that there is may take its place.
    let serial = super::serial(&world.mac().await);
    let second =
        json!({ "body": { "general": { "name": "Second" }, "hardware": { "serialNumber": serial } } });
    let told = world.waits("computer_create", second).await;
    assert_eq!(world.plan(&told).plan.reach.devices, Some(1));
}

#[tokio::test]
async fn a_policy_without_targets_may_have_some_that_jamf_does_not_tell() {
    let world = world_of(without_limits).await;
    let straight = Straight::to(&world.tenant).await;
    let policies = straight.read("/JSSResource/policies").await["policies"].as_array().unwrap().clone();
    let name = "Remove Munki Leftovers";
    let id = policies.iter().find(|policy| policy["name"] == name).unwrap()["id"].to_string();
    let change = json!({ "id": id, "body": { "general": { "frequency": "Once every week" } } });
    let plan = world.plan(&world.waits("policy_update", change).await).plan;
    assert_eq!(plan.reach.devices, None, "{}", plan.reach.sentence);
    assert!(plan.not_checked.iter().any(|line| line.contains("names no targets")), "{:?}", plan.not_checked);
    // What is created has the targets that it is given.
    let general = json!({ "name": "zz new", "enabled": true });
    let created = json!({ "body": { "general": general } });
    let plan = world.plan(&world.waits("policy_create", created).await).plan;
    assert_eq!(plan.reach.devices, Some(0), "{}", plan.reach.sentence);
}
