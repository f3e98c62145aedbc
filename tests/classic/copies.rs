//! Copies and renames of every kind that has them, judged by what the tenant has before and after, read without this server.

use super::*;

/// The kind, its Classic resource, and a target of its devices with the list that it stands in.
const KINDS: &[(&str, &str, &str, &str)] = &[
    ("policy", "policies", "computer_group", "computer_groups"),
    ("macos_profile", "osxconfigurationprofiles", "computer_group", "computer_groups"),
    ("mobile_profile", "mobiledeviceconfigurationprofiles", "mobile_device_group", "mobile_device_groups"),
];

/// An object as the tenant has it.
async fn raw(straight: &Straight, resource: &str, id: &str) -> Value {
    let read = straight.read(&format!("/JSSResource/{resource}/id/{id}")).await;
    assert!(read.is_object(), "{resource} {id}: {read}");
    read.as_object().unwrap().values().next().unwrap().clone()
}

/// Objects of a kind that have targets, by their ids.
async fn ids(world: &World, kind: &str) -> Vec<String> {
    let found = world.ok(&format!("{kind}_list"), json!({ "page_size": 20, "fields": ["id"] })).await;
    found["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_rename_changes_the_name_and_nothing_else_for_every_kind() {
    let world = world().await;
    let straight = Straight::to(&world.tenant).await;
    for (kind, resource, ..) in KINDS {
        let mut looked = 0;
        for id in ids(&world, kind).await.into_iter().take(5) {
            let before = raw(&straight, resource, &id).await;
            let name = format!("Renamed <&> {id}");
            let renamed =
                world.job(&format!("{kind}_rename"), json!({ "id": id, "new_name": name })).await.unwrap();
            assert_eq!(renamed["result"], "done", "{kind} {id}: {renamed}");
            let after = raw(&straight, resource, &id).await;
            assert_eq!(after["general"]["name"], json!(name), "{kind} {id}");
            let mut expected = before.clone();
            expected["general"]["name"] = after["general"]["name"].clone();
            assert_eq!(after, expected, "{kind} {id}");
            looked += 1;
        }
        assert!(looked > 0, "{kind}");
    }
}

#[tokio::test]
async fn a_copy_has_the_targets_that_are_given_and_no_others_for_every_kind() {
    let world = world().await;
    let straight = Straight::to(&world.tenant).await;
    for (kind, resource, target, list) in KINDS {
        let id = ids(&world, kind).await.remove(0);
        let group =
            world.ok(&format!("{target}_list"), json!({ "page_size": 1, "fields": ["id", "name"] })).await;
        let group = &group["rows"][0];
        let building =
            &world.ok("building_list", json!({ "page_size": 1, "fields": ["id", "name"] })).await["rows"][0];
        let scope = json!([
            { "place": "targets", "type": target, "name": group["name"] },
            { "place": "exclusions", "type": "building", "id": building["id"] },
        ]);
        let arguments = json!({ "id": id, "new_name": "With targets", "scope": scope });
        let before = raw(&straight, resource, &id).await;
        let copy = world.job(&format!("{kind}_clone"), arguments.clone()).await.unwrap();
        assert_eq!((&copy["result"], &copy["scope"]), (&json!("created"), &json!("as given")), "{copy}");
        let made = raw(&straight, resource, copy["object"]["id"].as_str().unwrap()).await;
        let names = |of: &Value| -> Vec<Value> {
            of.as_array().into_iter().flatten().map(|entry| entry["name"].clone()).collect()
        };
        assert_eq!(names(&made["scope"][*list]), [group["name"].clone()], "{kind}: {made}");
        assert_eq!(
            names(&made["scope"]["exclusions"]["buildings"]),
            [building["name"].clone()],
            "{kind}: {made}"
        );
        let mut entries = 0;
        for part in [&made["scope"], &made["scope"]["exclusions"], &made["scope"]["limitations"]] {
            entries +=
                part.as_object().unwrap().values().filter_map(Value::as_array).map(Vec::len).sum::<usize>();
        }
        assert_eq!(entries, 2, "{kind}: {made}");
        let all = made["scope"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with("all_"));
        assert!(all.clone().all(|(_, on)| *on == json!(false)) && all.count() > 0, "{kind}: {made}");
        assert_eq!(raw(&straight, resource, &id).await, before, "the original of {kind} stays as it is");

        let mut both = arguments;
        both["with_scope"] = json!(true);
        both["new_name"] = json!("Both");
        let refused = world.job(&format!("{kind}_clone"), both).await.unwrap_err();
        assert!(refused.contains("one of the two"), "{refused}");
        let nobody = json!([{ "place": "targets", "type": target, "name": "no such group" }]);
        let refused = world
            .job(&format!("{kind}_clone"), json!({ "id": id, "new_name": "Nobody", "scope": nobody }))
            .await;
        assert!(refused.unwrap_err().contains("there is no"));
    }
}
