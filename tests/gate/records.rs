//! Writes to the record of one device are judged by what the device comes into, or out of.

use jamf_pro_mcp::config::RiskClass;
use serde_json::{Value, json};

use super::{World, find_id, without_limits, world, world_of};

fn criterion(name: &str, kind: &str, value: &str) -> Value {
    json!([{ "name": name, "priority": 0, "andOr": "and", "searchType": kind, "value": value }])
}

async fn group(world: &World, name: &str, criteria: Value) -> String {
    let body = json!({ "name": name, "criteria": criteria });
    find_id(&world.ok("smart_computer_group_create", json!({ "body": body })).await)
}

/// A policy that is on, made by a person's approval.
async fn policy(world: &World, name: &str, scope: Value) {
    let body = json!({ "body": { "general": { "name": name, "enabled": true }, "scope": scope } });
    let told = world.waits("policy_create", body.clone()).await;
    world.approve(&told).unwrap();
    world.ok("policy_create", body).await;
}

fn tagged(id: &Value, tag: &str) -> Value {
    json!({ "id": id, "body": { "general": { "assetTag": tag } } })
}

#[tokio::test]
async fn entries_of_a_scope_are_told_by_their_names() {
    let world = world_of(without_limits).await;
    let loaners = group(&world, "Loaners", criterion("Asset Tag", "is", "LOANER")).await;
    let scope = json!({ "computer_groups": [{ "id": loaners.parse::<u32>().unwrap() }] });
    let body = json!({ "body": { "general": { "name": "Named", "enabled": true }, "scope": scope } });
    let told = world.waits("policy_create", body).await;
    let changes = world.plan(&told).plan.changes;
    let entry = changes.iter().find(|change| change.field == "scope.computer_groups").unwrap();
    assert_eq!(entry.after, format!("+ {loaners} \"Loaners\""));
}

#[tokio::test]
async fn a_value_that_brings_a_device_into_the_scope_of_something_is_planned() {
    let world = world().await;
    let id = world.mac().await["id"].clone();
    let loaners = group(&world, "Loaners", criterion("Asset Tag", "is", "LOANER")).await;
    let scope = json!({ "computer_groups": [{ "id": loaners.parse::<u32>().unwrap() }] });
    policy(&world, "Wipe loaners", scope).await;
    let before = world.grave().len();

    let told = world.waits("computer_update", tagged(&id, "LOANER")).await;
    assert_eq!(world.grave().len(), before);
    assert!(told["references"].to_string().contains("Wipe loaners"), "{told}");
    assert!(told["warnings"].to_string().contains("Loaners"), "{told}");
    assert_eq!(told["changes"][0]["after"], "LOANER", "{told}");
    assert!(told["targets"].to_string().contains("computer"), "{told}");

    // Another value of the same field is in no group, neither before nor after: a plain write.
    let done = world.ok("computer_update", tagged(&id, "A-17")).await;
    assert!(done.get("plan").is_none(), "{done}");
    assert_eq!(world.grave().len(), before + 1);

    // That was a change of what the plan rests on.
    world.approve(&told).unwrap();
    let said = world.refusal("computer_update", tagged(&id, "LOANER")).await;
    assert!(said.contains("no longer holds"), "{said}");
    let told = world.waits("computer_update", tagged(&id, "LOANER")).await;
    world.approve(&told).unwrap();
    world.ok("computer_update", tagged(&id, "LOANER")).await;
    let record = world.ok("computer_get", json!({ "id": id, "fields": ["general.assetTag"] })).await;
    assert!(record.to_string().contains("LOANER"), "{record}");
    assert_eq!(world.grave().len(), before + 2);
}

#[tokio::test]
async fn whoever_leaves_an_exclusion_gets_what_they_were_kept_from() {
    let world = world_of(without_limits).await;
    let id = world.mac().await["id"].clone();
    world.ok("computer_update", tagged(&id, "KEEP-OUT")).await;
    let kept = group(&world, "Kept out", criterion("Asset Tag", "like", "keep-")).await;
    let exclusions = json!({ "computer_groups": [{ "id": kept.parse::<u32>().unwrap() }] });
    policy(&world, "For everybody else", json!({ "all_computers": true, "exclusions": exclusions })).await;
    for body in [
        json!({ "id": id, "body": { "general": { "assetTag": "x" } } }),
        json!({ "id": id, "body": {}, "clear": ["body.general.assetTag"] }),
    ] {
        let told = world.waits("computer_update", body).await;
        assert!(told["references"].to_string().contains("exclusion"), "{told}");
        assert!(told["warnings"].to_string().contains("will get what it kept them from"), "{told}");
    }
    // What stays in it moves nothing.
    let done = world.ok("computer_update", tagged(&id, "KEEP-OUT-2")).await;
    assert!(done.get("plan").is_none(), "{done}");
}

#[tokio::test]
async fn what_cannot_be_told_is_planned_and_what_nobody_looks_at_is_written() {
    let world = world().await;
    let id = world.mac().await["id"].clone();
    let odd = group(&world, "Odd", criterion("PO Number", "matches regex", "^7")).await;
    let number = |value: &str| json!({ "id": id, "body": { "purchasing": { "poNumber": value } } });
    // Nothing refers to the group.
    let done = world.ok("computer_update", number("4711")).await;
    assert!(done.get("plan").is_none(), "{done}");
    policy(&world, "Odd ones", json!({ "computer_groups": [{ "id": odd.parse::<u32>().unwrap() }] })).await;
    let told = world.waits("computer_update", number("4712")).await;
    assert!(told["references"].to_string().contains("Odd ones"), "{told}");
    // The same value again changes nothing, no matter who looks at it.
    let done = world.ok("computer_update", number("4711")).await;
    assert!(done.get("plan").is_none(), "{done}");
    let done =
        world.ok("computer_update", json!({ "id": id, "body": { "general": { "barcode1": "10" } } })).await;
    assert!(done.get("plan").is_none(), "{done}");
}

#[tokio::test]
async fn an_attribute_that_is_set_by_name_is_judged_the_same_way() {
    let world = world().await;
    let mac = world.mac().await;
    let device = format!("computer:{}", mac["id"].as_str().unwrap());
    let attributes =
        world.ok("computer_extension_attribute_list", json!({ "fields": ["name", "inputType"] })).await;
    let free = attributes["rows"].as_array().unwrap().iter().find(|row| row["inputType"] == "TEXT").unwrap();
    let name = free["name"].as_str().unwrap();
    let lab = group(&world, "By attribute", criterion(name, "is", "lab")).await;
    policy(&world, "For the lab", json!({ "computer_groups": [{ "id": lab.parse::<u32>().unwrap() }] }))
        .await;
    let set = |value: &str| json!({ "device": device, "attribute": name, "value": value });
    let told = world.waits("extension_attribute_set", set("lab")).await;
    assert!(told["references"].to_string().contains("For the lab"), "{told}");
    world.approve(&told).unwrap();
    world.ok("extension_attribute_set", set("lab")).await;
    let again = world.waits("extension_attribute_set", set("")).await;
    assert!(again["references"].to_string().contains("For the lab"), "it leaves: {again}");
}

#[tokio::test]
async fn with_writes_allowed_alone_what_is_harmless_passes_and_what_is_not_is_refused() {
    let world = world_of(|config| config.allow = vec![RiskClass::Read, RiskClass::Write]).await;
    let id = world.mac().await["id"].clone();
    let done = world.ok("computer_update", tagged(&id, "A-18")).await;
    assert!(done.get("plan").is_none(), "{done}");
    let done =
        world.ok("call_write", json!({ "name": "computer_update", "arguments": tagged(&id, "A-19") })).await;
    assert!(done.get("plan").is_none(), "{done}");
    let quiet = json!({ "body": { "general": { "name": "Quiet", "enabled": false } } });
    world.ok("policy_create", quiet).await;
    let before = world.grave().len();
    let loud = json!({ "body": { "general": { "name": "Loud", "enabled": true }, "scope": { "computers": [{ "id": 1 }] } } });
    let said = world.refusal("policy_create", loud).await;
    assert!(said.contains("`destructive`") && said.contains("Only the person who runs the server"), "{said}");
    assert_eq!(world.grave().len(), before);
}

#[tokio::test]
async fn a_place_a_user_and_a_new_group_are_judged_by_who_looks_at_them() {
    let world = world_of(without_limits).await;
    // A department that smart groups name.
    let departments = world.ok("department_list", json!({ "fields": ["id", "name"], "page_size": 50 })).await;
    let groups =
        world.ok("smart_computer_group_list", json!({ "fields": ["id", "name"], "page_size": 100 })).await;
    let named = departments["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|department| groups.to_string().contains(department["name"].as_str().unwrap()));
    if let Some(named) = named {
        let body = json!({ "id": named["id"], "body": { "name": "Renamed" } });
        let told = world.waits("department_update", body).await;
        assert!(told["references"].to_string().contains("criterion"), "{told}");
    }
    let made = find_id(&world.ok("department_create", json!({ "body": { "name": "Nobody's" } })).await);
    let done =
        world.ok("department_update", json!({ "id": made, "body": { "name": "Still nobody's" } })).await;
    assert!(done.get("plan").is_none(), "{done}");

    // A group that another one names before it is there.
    group(&world, "Waits for it", criterion("Computer Group", "member of", "Not there yet")).await;
    let body = json!({ "name": "Not there yet", "criteria": criterion("Computer Name", "like", "a") });
    let told = world.waits("smart_computer_group_create", json!({ "body": body })).await;
    assert!(told["references"].to_string().contains("Waits for it"), "{told}");
}
