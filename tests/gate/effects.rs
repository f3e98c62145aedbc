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

/// What is in the scope of an object that is in force, as the control of the tenant tells: device ids.
async fn in_scope(world: &World, family: &str, id: &str, list: &str) -> BTreeSet<String> {
    let straight = Straight::to(&world.tenant).await;
    let answer = straight.http.get(format!("{}/scopes", world.tenant.control_url())).send().await.unwrap();
    let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let is_it = |scope: &&Value| scope["family"] == family && scope["id"] == id;
    let Some(scope) = told["scopes"].as_array().unwrap().iter().find(is_it) else {
        unreachable!("{family} {id} is not in {told}")
    };
    let ids = scope[list].as_array().unwrap();
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The devices of one effect of a plan, by their ids.
fn of_effect(plan: &Plan, effect: DeviceEffect) -> BTreeSet<String> {
    let effects = plan.basis.effects.iter().filter(|one| one.effect == effect);
    let devices = effects.flat_map(|one| &one.devices);
    devices.map(|device| device.split_once(':').unwrap().1.to_owned()).collect()
}

/// Objects of one kind for a group and for all but the group, and how the criteria of the group change.
struct Criteria {
    /// The action that creates an object, and the word of plans for one.
    create: (&'static str, &'static str),
    /// The list of groups in a scope, and the switch for everybody.
    scope: (&'static str, &'static str),
    /// How the control of the tenant calls the objects, and the list of their devices.
    control: (&'static str, &'static str),
    /// The actions that create and change a smart group.
    group: (&'static str, &'static str),
    /// The criterion by which devices are in it, the list of devices, and the field there.
    criterion: (&'static str, &'static str, &'static str),
}

#[tokio::test]
async fn other_criteria_of_a_smart_group_say_who_gets_and_who_loses_what_is_for_it_and_kept_from_it() {
    for kind in [
        Criteria {
            create: ("policy_create", "policy"),
            scope: ("computer_groups", "all_computers"),
            control: ("policies", "computers"),
            group: ("smart_computer_group_create", "smart_computer_group_update"),
            criterion: ("Serial Number", "computer_list", "hardware.serialNumber"),
        },
        Criteria {
            create: ("mobile_profile_create", "profile"),
            scope: ("mobile_device_groups", "all_mobile_devices"),
            control: ("mobile_device_configuration_profiles", "mobileDevices"),
            group: ("smart_mobile_group_create", "smart_mobile_group_update"),
            criterion: ("Serial Number", "mobile_device_list", "hardware.serialNumber"),
        },
    ] {
        criteria_of(kind).await;
    }
}

async fn criteria_of(kind: Criteria) {
    let world = world_of(without_limits).await;
    let (criterion, list, field) = kind.criterion;
    let managed = if list == "computer_list" { "general.remoteManagement.managed" } else { "managed" };
    let asked = json!({ "page_size": 5, "fields": [field], "filter": format!("{managed}==true") });
    let rows = world.ok(list, asked).await["rows"].as_array().unwrap().clone();
    let at = |row: &Value, path: &str| path.split('.').fold(row.clone(), |value, name| value[name].clone());
    let serials: Vec<String> =
        rows.iter().filter_map(|row| at(row, field).as_str().map(str::to_owned)).collect();
    // Two stay, one leaves, two enter.
    let is_any = |serials: &[String]| -> Value {
        let one = |(at, serial): (usize, &String)| json!({ "name": criterion, "priority": at, "andOr": if at == 0 { "and" } else { "or" }, "searchType": "is", "value": serial });
        serials.iter().enumerate().map(one).collect()
    };
    let name = "Ring of the test";
    let group = |serials: &[String]| {
        if kind.group.0.contains("mobile") {
            json!({ "groupName": name, "siteId": "-1", "criteria": is_any(serials) })
        } else {
            json!({ "name": name, "criteria": is_any(serials) })
        }
    };
    let made = world.through(kind.group.0, json!({ "body": group(&serials[..3]) })).await;
    let group_id = super::find_id(&made);
    let number: u32 = group_id.parse().unwrap();
    let mut ids = Vec::new();
    for (what, scope) in [
        ("For the ring", json!({ (kind.scope.0): [{ "id": number }] })),
        (
            "Kept from the ring",
            json!({ (kind.scope.1): true, "exclusions": { (kind.scope.0): [{ "id": number }] } }),
        ),
    ] {
        let general = match kind.create.1 {
            "policy" => json!({ "name": what, "enabled": true, "trigger_checkin": true }),
            _ => json!({ "name": what }),
        };
        let made =
            world.through(kind.create.0, json!({ "body": { "general": general, "scope": scope } })).await;
        ids.push(super::find_id(&made));
    }
    let scopes = async || {
        let (family, devices) = kind.control;
        [in_scope(&world, family, &ids[0], devices).await, in_scope(&world, family, &ids[1], devices).await]
    };
    let before = scopes().await;
    assert_eq!(before[0].len(), 3, "{before:?}");
    let update = json!({ "id": group_id, "body": group(&serials[1..5]) });
    let plan = planned(&world, kind.group.1, update.clone()).await;
    world.through(kind.group.1, update).await;
    let after = scopes().await;
    let difference =
        |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect();
    let gained: [BTreeSet<String>; 2] = [0, 1].map(|at| difference(&after[at], &before[at]));
    let lost: [BTreeSet<String>; 2] = [0, 1].map(|at| difference(&before[at], &after[at]));
    assert_eq!((gained[0].len(), lost[0].len(), gained[1].len(), lost[1].len()), (2, 1, 1, 2));
    assert_eq!(of_effect(&plan, DeviceEffect::Gains), gained[0].union(&gained[1]).cloned().collect());
    assert_eq!(of_effect(&plan, DeviceEffect::Loses), lost[0].union(&lost[1]).cloned().collect());
    let line =
        |what: &str| plan.warnings.iter().find(|line| line.starts_with(what)).cloned().unwrap_or_default();
    let (gets, loses) = (line("takes effect on devices that move"), line("is lost by devices that move"));
    let noun = kind.create.1;
    for (line, counts) in [(&gets, [2, 1]), (&loses, [1, 2])] {
        for (what, count) in [("For the ring", counts[0]), ("Kept from the ring", counts[1])] {
            assert!(line.contains(&format!("{noun} \"{what}\" (on {count})")), "{:?}", plan.warnings);
        }
    }
    assert_eq!(plan.reach.devices, Some(3), "{}", plan.reach.sentence);
}
