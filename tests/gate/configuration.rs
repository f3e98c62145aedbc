//! What the gate looks at of the configuration comes from the fleet: as old as a plan says, and unknown where there is none.

use jamf_pro_mcp::config::FleetStorage;
use serde_json::json;

use super::straight::Straight;
use super::world_of;

#[tokio::test]
async fn a_plan_says_how_old_the_configuration_is_and_new_objects_of_others_are_seen() {
    let world = world_of(|config| config.gate.share_percent = 100).await;
    let group = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let groups = group["rows"].as_array().unwrap();
    let id = &groups.iter().find(|group| group["name"] == "Firewall off").unwrap()["id"];
    let first = world.plan(&world.waits("smart_computer_group_delete", json!({ "id": id })).await).plan;
    let since = first.not_checked.iter().find(|what| what.contains("changed in Jamf Pro since"));
    assert!(since.is_some_and(|since| since.contains(" UTC ")), "{:?}", first.not_checked);
    assert!(!first.references.iter().any(|reference| reference.name == "Made by others"));
    // Somebody makes a policy for the group in Jamf Pro itself.
    let others = Straight::to(&world.tenant).await;
    let policy = format!(
        "<policy><general><name>Made by others</name><enabled>true</enabled></general><scope><computer_groups><computer_group>\
         <id>{}</id></computer_group></computer_groups></scope></policy>",
        id.as_str().unwrap()
    );
    let create = others.http.post(format!("{}/JSSResource/policies/id/0", others.base));
    let (status, text) = others.sent(create.header("content-type", "application/xml").body(policy)).await;
    assert_eq!(status, 201, "{text}");
    // Another call about the same group: for the same call there is one plan.
    let never = json!([{ "name": "Computer Name", "priority": 0, "andOr": "and", "searchType": "is", "value": "no such Mac" }]);
    let update = json!({ "id": id, "body": { "name": "Firewall off", "criteria": never } });
    let second = world.plan(&world.waits("smart_computer_group_update", update).await).plan;
    assert!(
        second.references.iter().any(|reference| reference.name == "Made by others"),
        "{:?}",
        second.references
    );
}

#[tokio::test]
async fn without_a_fleet_what_follows_is_unknown_and_counts_as_everything() {
    let world = world_of(|config| {
        config.gate.share_percent = 100;
        config.fleet.storage = FleetStorage::Off;
    })
    .await;
    let group = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let id = &group["rows"][0]["id"];
    let plan = world.plan(&world.waits("smart_computer_group_delete", json!({ "id": id })).await).plan;
    assert_eq!(plan.reach.devices, None);
    assert!(plan.not_checked.iter().any(|what| what.contains("the fleet is off")), "{:?}", plan.not_checked);
}
