//! How far changes reach that no scope of a policy or profile tells: by people, classes, titles, networks, deployments.

use serde_json::{Value, json};

use super::{World, without_limits, world_of};

async fn world() -> World {
    world_of(without_limits).await
}

impl World {
    /// The devices that a call would reach, which is planned.
    async fn reaches(&self, tool: &str, arguments: Value) -> Option<u64> {
        let told = self.waits(tool, arguments).await;
        self.plan(&told).plan.reach.devices
    }

    /// Somebody who has devices: their id, their name, how many.
    async fn owner(&self) -> (Value, String, u64) {
        let mac = self.mac().await;
        let fields = json!({ "where": [["id", "eq", mac["id"]]], "fields": ["userAndLocation.username"] });
        let found = self.ok("computer_list", fields).await;
        let name = found["rows"][0]["userAndLocation"]["username"].as_str().unwrap().to_owned();
        let mut count = 0;
        for (list, field) in [
            ("computer_list", "userAndLocation.username"),
            ("mobile_device_list", "userAndLocation.username"),
        ] {
            let asked =
                json!({ "where": [[field, "eq", name]], "page_size": 1, "fields": [field], "all": true });
            count += self.ok(list, asked).await["rows"].as_array().unwrap().len() as u64;
        }
        let users =
            self.ok("user_list", json!({ "where": [["username", "eq", name]], "fields": ["id"] })).await;
        (users["rows"][0]["id"].clone(), name, count)
    }
}

#[tokio::test]
async fn classes_have_their_devices_and_those_of_their_students() {
    let world = world().await;
    assert_eq!(world.reaches("class_delete", json!({ "id": "1" })).await, Some(8));
    let group = json!({ "body": { "name": "Chemistry", "mobile_device_group_id": [1] } });
    assert!(world.reaches("class_create", group).await.unwrap() > 8);
    // Nobody is in it: a plain write.
    let empty = json!({ "body": { "name": "Nobody yet" } });
    assert!(!world.ok("class_create", empty).await.to_string().contains("waiting for a person"));
}

#[tokio::test]
async fn licenses_and_groups_of_users_reach_the_devices_of_those_people() {
    let world = world().await;
    let (user, _, count) = world.owner().await;
    assert!(count > 0);
    let number: u64 = user.as_str().unwrap().parse().unwrap();
    let assignment = |scope: Value| json!({ "body": { "general": { "name": "x", "vpp_admin_account_id": 1 }, "mac_apps": [{ "adam_id": 1 }], "scope": scope } });
    let one = assignment(json!({ "jss_users": [{ "id": number }] }));
    assert_eq!(world.reaches("vpp_assignment_create", one).await, Some(count));
    let all = world.reaches("vpp_assignment_create", assignment(json!({ "all_jss_users": true }))).await;
    assert_eq!(all, Some(582), "all that are managed");
    // The assignment that there is goes to the group: who enters it gets the apps.
    let enters = json!({ "id": "1", "body": { "is_smart": "false", "users": [{ "id": number }] } });
    assert_eq!(world.reaches("static_user_group_update", enters.clone()).await, Some(count));
    // Nothing goes by this one.
    let other = json!({ "body": { "name": "Loose", "is_smart": false, "users": [{ "id": number }] } });
    let made = world.ok("static_user_group_create", other).await;
    let id = super::find_id(&made);
    let mut enters = enters;
    enters["id"] = json!(id);
    enters["body"]["users"] = json!([]);
    assert!(!world.ok("static_user_group_update", enters).await.to_string().contains("waiting for a person"));
}

#[tokio::test]
async fn what_patches_goes_by_its_policies_and_a_script_goes_everywhere() {
    let world = world().await;
    let of_two = world.reaches("patch_title_delete", json!({ "id": "1" })).await.unwrap();
    let of_one = world.reaches("patch_policy_delete", json!({ "id": "1" })).await.unwrap();
    assert!(of_two > of_one && of_one > 0, "{of_two} {of_one}");
    let again = world.reaches("patch_policy_log_retry_all", json!({ "id": "1" })).await;
    assert_eq!(again, Some(of_one));
    // No policy goes by it.
    let renamed = json!({ "id": "3", "body": { "displayName": "Zoom" } });
    assert!(!world.ok("patch_title_update", renamed).await.to_string().contains("waiting for a person"));
    let accepts =
        json!({ "id": "3", "body": { "extensionAttributes": [{ "eaId": "1", "accepted": true }] } });
    assert_eq!(world.reaches("patch_title_update", accepts).await, None);
}

#[tokio::test]
async fn networks_and_beacons_reach_what_is_limited_to_them() {
    let world = world().await;
    assert!(
        !world.ok("ibeacon_delete", json!({ "id": "2" })).await.to_string().contains("waiting for a person")
    );
    let policy = json!({ "body": {
        "general": { "name": "At the desk", "enabled": true },
        "scope": { "computer_groups": [{ "id": 1 }], "limitations": { "ibeacons": [{ "id": 1 }] } },
    } });
    world.through("policy_create", policy).await;
    let told = world.waits("ibeacon_delete", json!({ "id": "1" })).await;
    let plan = world.plan(&told).plan;
    assert!(plan.reach.devices.unwrap() > 100, "{}", plan.reach.sentence);
    assert!(plan.references.iter().any(|found| found.name == "At the desk" && found.how == "limitation"));
    // It says where devices download from.
    let segment = json!({ "body": { "name": "New", "starting_address": "10.77.0.0", "ending_address": "10.77.0.255", "override_buildings": true } });
    assert_eq!(world.reaches("network_segment_create", segment).await, None);
}

#[tokio::test]
async fn what_is_retried_reaches_who_it_failed_for_and_devices_by_name_are_targets() {
    let world = world().await;
    let retry = world.reaches("app_installer_deployment_retry", json!({ "id": "1" })).await.unwrap();
    assert!(retry > 10, "{retry}");
    let mac = world.mac().await;
    let one = json!({ "id": "1", "computerId": mac["id"] });
    let told = world.waits("app_installer_deployment_computer_retry", one).await;
    assert_eq!(world.plan(&told).plan.targets[0].serial, mac["hardware"]["serialNumber"].as_str().unwrap());
    let profiles = world.ok("jamf_connect_profile_list", json!({})).await;
    let (uuid, profile) = (&profiles["rows"][0]["uuid"], &profiles["rows"][0]["profileId"]);
    let update =
        |how: &str| json!({ "id": uuid, "body": { "version": "2.45.1", "autoDeploymentType": how } });
    let reached = world.reaches("jamf_connect_profile_update", update("PATCH_UPDATES")).await;
    let deleted = world.reaches("macos_profile_delete", json!({ "id": profile })).await;
    assert!(reached.is_some_and(|reached| reached > 0) && reached == deleted, "{reached:?} {deleted:?}");
    // To stop the updates of the Macs in the scope is no plain write either; to leave them stopped is.
    assert_ne!(profiles["rows"][0]["autoDeploymentType"], "NONE");
    assert_eq!(world.reaches("jamf_connect_profile_update", update("NONE")).await, reached);
    world.through("jamf_connect_profile_update", update("NONE")).await;
    // Plans that are open refer to the profile, and a plain write of it would take one too.
    for open in world.store().plans(&crate::Filter { open: true, ..crate::Filter::default() }).unwrap() {
        world.store().outdate_plan(&open.plan.id, "not wanted any more").unwrap();
    }
    let again = json!({ "id": uuid, "body": { "version": "2.45.0", "autoDeploymentType": "NONE" } });
    let done = world.ok("jamf_connect_profile_update", again).await;
    assert!(!done.to_string().contains("waiting for a person"), "{done}");
}

#[tokio::test]
async fn a_user_is_judged_by_the_fields_that_the_call_has() {
    let world = world().await;
    let (id, name, count) = world.owner().await;
    let policy = json!({ "body": {
        "general": { "name": "Not for them", "enabled": true },
        "scope": { "computer_groups": [{ "id": 1 }], "exclusions": { "users": [{ "name": name }] } },
    } });
    world.through("policy_create", policy).await;
    let user = world.ok("user_get", json!({ "id": id })).await;
    let mut body = json!({});
    for field in ["username", "realname", "email", "phone", "position", "managedAppleId"] {
        if user[field].as_str().is_some_and(|text| !text.is_empty()) {
            body[field] = user[field].clone();
        }
    }
    let same = world.ok("user_update", json!({ "id": id, "body": body })).await;
    assert!(!same.to_string().contains("waiting for a person"), "{same}");
    // Another name: who was kept from the policy gets it.
    body["username"] = json!("someone.else");
    let told = world.waits("user_update", json!({ "id": id, "body": body })).await;
    let plan = world.plan(&told).plan;
    assert_eq!(plan.reach.devices, Some(count), "{}", plan.reach.sentence);
    assert!(plan.references.iter().any(|found| found.name == "Not for them" && found.how == "exclusion"));
    assert_eq!(world.reaches("user_delete", json!({ "id": id })).await, Some(count));
}
