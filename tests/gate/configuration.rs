//! What the gate looks at of the configuration comes from the fleet: as old as a plan says, and unknown where there is none.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_mcp::config::FleetStorage;
use jamf_pro_mcp::fleet::load::Watch;
use jamf_pro_mcp::fleet::parts::Part;
use jamf_pro_mcp::fleet::tables;
use jamf_pro_mcp::plan::Plan;
use jamf_pro_mcp::store::Voucher;
use serde_json::{Value, json};

use super::freshness::let_two_minutes_pass;
use super::straight::Straight;
use super::{without_limits, world_of};

#[tokio::test]
async fn a_plan_says_how_old_the_configuration_is_and_new_objects_of_others_are_seen() {
    let world = world_of(without_limits).await;
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
    let_two_minutes_pass(&world);
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
async fn what_enrolls_with_a_customization_comes_from_the_fleet_and_the_default_is_as_it_is_now() {
    let world = world_of(without_limits).await;
    let others = Straight::to(&world.tenant).await;
    // The PreStage enrollments that name it, which of them is the default, and the serial numbers in their scopes, by the tenant itself.
    let mut named = BTreeMap::new();
    let (mut serials, mut lists) = (BTreeSet::new(), Vec::new());
    for path in ["computer-prestages", "mobile-device-prestages"] {
        let list = others.read(&format!("/api/v3/{path}?page-size=100")).await;
        for prestage in list["results"].as_array().unwrap() {
            if prestage["enrollmentCustomizationId"] == "1" {
                named.insert(
                    prestage["displayName"].as_str().unwrap().to_owned(),
                    prestage["defaultPrestage"] == true,
                );
                let id = prestage["id"].as_str().unwrap();
                let scope = others.read(&format!("/api/v2/{path}/{id}/scope")).await;
                let assigned = scope["assignments"].as_array().unwrap().iter();
                serials.extend(assigned.map(|one| one["serialNumber"].as_str().unwrap().to_owned()));
            }
        }
        lists.push(list["results"].clone());
    }
    let mut enrolled = 0;
    for list in ["computer_list", "mobile_device_list"] {
        let managed = if list == "computer_list" { "general.remoteManagement.managed" } else { "managed" };
        let asked =
            json!({ "fields": ["hardware.serialNumber"], "all": true, "filter": format!("{managed}==true") });
        let found = world.ok(list, asked).await;
        let is_assigned = |row: &&Value| serials.contains(row["hardware"]["serialNumber"].as_str().unwrap());
        enrolled += found["rows"].as_array().unwrap().iter().filter(is_assigned).count() as u64;
    }
    let is_default =
        |is_wanted: bool| named.iter().filter(move |(_, is)| **is == is_wanted).map(|(name, _)| name.clone());
    assert!(enrolled > 0 && is_default(true).count() > 0 && is_default(false).count() > 0, "{named:?}");
    let warned = |plan: &Plan| -> BTreeSet<String> {
        let defaults = plan.warnings.iter().filter(|warning| warning.contains("is the DEFAULT PreStage"));
        defaults.map(|warning| warning.split('"').nth(1).unwrap().to_owned()).collect()
    };
    world.tenant.log().clear();
    let plan = world.plan(&world.waits("enrollment_customization_delete", json!({ "id": "1" })).await).plan;
    let by: BTreeSet<String> = plan.references.iter().map(|reference| reference.name.clone()).collect();
    assert_eq!(by, named.keys().cloned().collect());
    assert_eq!(warned(&plan), is_default(true).collect());
    assert_eq!(plan.reach.devices, Some(enrolled), "{}", plan.reach.sentence);
    for path in ["/api/v3/computer-prestages", "/api/v3/mobile-device-prestages"] {
        assert_eq!(world.tenant.log().count_at(path), 1, "{path}");
    }
    // Somebody makes another PreStage enrollment of computers the default one.
    let [first, second] = [0, 1].map(|at| lists[0][at].clone());
    for (mut prestage, is_default) in [(first.clone(), false), (second.clone(), true)] {
        prestage["defaultPrestage"] = json!(is_default);
        let path = format!("{}/api/v3/computer-prestages/{}", others.base, prestage["id"].as_str().unwrap());
        let (status, text) = others
            .sent(others.http.put(path).header("content-type", "application/json").body(prestage.to_string()))
            .await;
        assert_eq!(status, 200, "{text}");
    }
    let_two_minutes_pass(&world);
    let customization = world.ok("enrollment_customization_get", json!({ "id": "1" })).await;
    let mut body = json!({ "displayName": "Another name" });
    for field in ["siteId", "description", "enrollmentCustomizationBrandingSettings"] {
        body[field] = customization[field].clone();
    }
    let update = json!({ "id": "1", "body": body });
    let plan = world.plan(&world.waits("enrollment_customization_update", update).await).plan;
    let warned = warned(&plan);
    assert!(
        !warned.contains(first["displayName"].as_str().unwrap())
            && warned.contains(second["displayName"].as_str().unwrap()),
        "{warned:?}"
    );
}

#[tokio::test]
async fn where_prestage_enrollments_cannot_be_read_nobody_knows_who_enrolls_with_a_customization() {
    let world = world_of(without_limits).await;
    world.tenant.faults().set("403@/api/v2/computer-prestages".parse().unwrap());
    let plan = world.plan(&world.waits("enrollment_customization_delete", json!({ "id": "1" })).await).plan;
    assert_eq!(plan.reach.devices, None);
    assert!(
        plan.not_checked.iter().any(|what| what.contains("computer PreStages")),
        "{:?}",
        plan.not_checked
    );
}

#[tokio::test]
async fn without_a_fleet_what_follows_is_unknown_and_counts_as_everything() {
    let world = world_of(|config| {
        without_limits(config);
        config.fleet.storage = FleetStorage::Off;
        config.gate.critical = vec!["policy_log_flush_computers".to_owned()];
        config.gate.critical_delay_minutes = Some(5);
    })
    .await;
    world.store().enroll("k1", "Bob", b"key", 0, &Voucher::Code, None).unwrap();
    let group = world.ok("smart_computer_group_list", json!({ "all": true })).await;
    let id = &group["rows"][0]["id"];
    let mac = world.mac().await;
    let number: u32 = mac["id"].as_str().unwrap().parse().unwrap();
    let flush =
        json!({ "log": "policy", "log_id": 1, "interval": "Zero Days", "computers": [{ "id": number }] });
    for (tool, arguments) in [
        ("smart_computer_group_delete", json!({ "id": id })),
        ("computer_update", json!({ "id": mac["id"], "body": { "general": { "assetTag": "LOANER" } } })),
        ("policy_log_flush_computers", json!({ "body": flush })),
    ] {
        let plan = world.plan(&world.waits(tool, arguments).await).plan;
        let is_off = plan.not_checked.iter().any(|what| what.contains("the fleet is off"));
        assert!(is_off, "{tool}: {:?}", plan.not_checked);
        if tool == "smart_computer_group_delete" {
            assert_eq!(plan.reach.devices, None);
        }
    }
}

#[tokio::test]
async fn after_a_change_of_members_only_the_groups_of_those_devices_are_read_again() {
    let world = world_of(without_limits).await;
    let groups = world
        .ok(
            "group_list",
            json!({ "all": true, "fields": ["groupPlatformId", "groupJamfProId", "groupType", "smart"] }),
        )
        .await;
    let of_macs = |group: &&Value| group["groupType"] == "COMPUTER" && group["smart"] == false;
    let group = groups["rows"].as_array().unwrap().iter().find(of_macs).unwrap();
    let (id, own) = (&group["groupPlatformId"], group["groupJamfProId"].as_str().unwrap());
    let mac = world.mac().await;
    let is_in = mac["groupMemberships"].as_array().unwrap().iter().any(|of| of["groupId"] == own);
    let change =
        json!({ "id": id, "body": { "assignments": [{ "deviceId": mac["id"], "selected": !is_in }] } });
    let fleet = world.calls.fleets().of(world.calls.tenants().next().unwrap()).await.unwrap().unwrap();
    for part in ["groups", "group_members"] {
        let part = Part::find(part).unwrap();
        fleet.refresh(part, std::time::Duration::ZERO, &Watch::default()).await.unwrap();
    }
    world.through("group_update", change).await;
    let sources = fleet.store().status_of(Part::find("group_members").unwrap()).unwrap().sources;
    assert!(sources.iter().all(|source| source.as_of.is_some() && !source.is_outdated), "{sources:?}");
    let sql = format!(
        "SELECT count(*) FROM group_members WHERE kind = 'computer' AND group_id = '{own}' AND device_id = '{}'",
        mac["id"].as_str().unwrap()
    );
    let expected = [[tables::Value::Integer(i64::from(!is_in))]];
    for _ in 0..400 {
        if fleet.store().select(&sql, &[]).unwrap() == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{:?}", fleet.store().select(&sql, &[]).unwrap());
}
