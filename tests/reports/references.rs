//! `where_used` and `unused_objects`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::raw::{Raw, id, ids, rows};
use crate::world::{world, world_of};

/// The ids of the objects with an id in a list.
fn with(objects: &[Value], pointer: &str, wanted: &str) -> BTreeSet<String> {
    let has_it =
        |object: &&Value| rows(object, pointer).iter().any(|row| id(row.get("id").unwrap_or(row)) == wanted);
    objects
        .iter()
        .filter(has_it)
        .map(|object| id(object.pointer("/general/id").unwrap_or(&object["id"])))
        .collect()
}

#[tokio::test]
async fn a_package_is_used_by_the_policies_and_prestages_that_have_it() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let (policies, prestages) = (raw.objects("policies").await, raw.all("/api/v3/computer-prestages").await);
    let (mut compared, mut unused) = (0, 0);
    for package in raw.all("/api/v1/packages").await.iter().step_by(3) {
        let own = id(&package["id"]);
        let report = world.ok("where_used", json!({ "object": own, "kind": "package" })).await;
        let by_policy = with(&policies, "/package_configuration/packages", &own);
        assert_eq!(ids(&report, &[("kind", "policy"), ("strength", "exact")]), by_policy, "{report}");
        let by_prestage = with(&prestages, "/customPackageIds", &own);
        assert_eq!(ids(&report, &[("kind", "computer_prestage")]), by_prestage, "{report}");
        assert_eq!(report["partial"], Value::Null, "{report}");
        compared += by_policy.len() + by_prestage.len();
        if report["rows"].is_null() {
            assert!(report["answer"].as_str().unwrap().starts_with("Nothing refers to"), "{report}");
            assert!(report["notes"].to_string().contains("never looked at"), "{report}");
            unused += 1;
        }
    }
    assert!(compared > 15 && unused > 5, "{compared} compared, {unused} unused");
}

#[tokio::test]
async fn groups_are_used_as_targets_exclusions_and_criteria_and_through_other_groups() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let policies = raw.objects("policies").await;
    let mut exclusions = 0;
    let groups = raw.objects("computergroups").await;
    for group in groups.iter().step_by(3) {
        let own = id(&group["id"]);
        let report =
            world.ok("where_used", json!({ "object": group["name"], "kind": "computer_group" })).await;
        // What is shown is the first twenty rows.
        if report["more_rows"].is_null() {
            for (role, pointer) in
                [("target", "/scope/computer_groups"), ("exclusion", "/scope/exclusions/computer_groups")]
            {
                let expected = with(&policies, pointer, &own);
                exclusions += if role == "exclusion" { expected.len() } else { 0 };
                let found: BTreeSet<String> = report["rows"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|row| row["kind"] == "policy" && row["as"] == role && row["through"].is_null())
                    .map(|row| id(&row["id"]))
                    .collect();
                assert_eq!(found, expected, "{}: {report}", group["name"]);
            }
        }
    }
    assert!(exclusions > 0);
    let report = world.ok("where_used", json!({ "object": "FileVault off" })).await;
    let nested = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["name"] == "Stale or unencrypted" && row["as"] == "criterion");
    assert!(nested, "{report}");
}

#[tokio::test]
async fn what_only_a_prestage_a_script_or_an_app_uses_is_used() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let prestages = raw.all("/api/v3/computer-prestages").await;
    let package =
        prestages.iter().flat_map(|prestage| rows(prestage, "/customPackageIds")).map(id).next().unwrap();
    let report = world.ok("where_used", json!({ "object": package, "kind": "package" })).await;
    assert!(
        report["rows"][0]["kind"] == "computer_prestage" && report["rows"][0]["as"] == "installs",
        "{report}"
    );
    let report = world.ok("where_used", json!({ "object": "helper-only.sh" })).await;
    assert!(
        report["rows"][0]["name"] == "bootstrap.sh" && report["rows"][0]["strength"] == "text",
        "{report}"
    );
    let report = world.ok("where_used", json!({ "object": "Video suite" })).await;
    assert!(
        report["rows"].as_array().unwrap().len() == 1 && report["rows"][0]["kind"] == "mac_app",
        "{report}"
    );
    for (kind, name) in [("script", "helper-only.sh"), ("computer_group", "Video suite")] {
        let report = world.ok("unused_objects", json!({ "kind": kind })).await;
        assert!(
            !report["rows"].to_string().contains(name) && report["numbers"][kind].as_u64().unwrap() > 0,
            "{report}"
        );
    }
    let report = world.ok("unused_objects", json!({ "kind": "package" })).await;
    assert!(!ids(&report, &[]).contains(&package), "{report}");
}

#[tokio::test]
async fn unused_packages_are_those_that_nothing_names() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let (policies, prestages) = (raw.objects("policies").await, raw.all("/api/v3/computer-prestages").await);
    let titles = raw.all("/api/v3/patch-software-title-configurations").await;
    let scripts = raw.all("/api/v1/scripts").await;
    let attributes = raw.all("/api/v1/computer-extension-attributes").await;
    let texts: String =
        scripts.iter().chain(&attributes).map(|one| one["scriptContents"].to_string()).collect();
    let mut unused = BTreeSet::new();
    for package in raw.all("/api/v1/packages").await {
        let own = id(&package["id"]);
        let of_titles = titles
            .iter()
            .any(|title| rows(title, "/packages").iter().any(|row| id(&row["packageId"]) == own));
        let is_used = of_titles
            || !with(&policies, "/package_configuration/packages", &own).is_empty()
            || !with(&prestages, "/customPackageIds", &own).is_empty()
            || texts.contains(package["fileName"].as_str().unwrap());
        if !is_used {
            unused.insert(own);
        }
    }
    let report = world.ok("unused_objects", json!({ "kind": "package" })).await;
    assert_eq!(report["numbers"]["package"], unused.len(), "{report}");
    let shown = ids(&report, &[("kind", "package")]);
    assert!(shown.len() == 20 && shown.is_subset(&unused), "{report}");
    assert!(report["notes"].to_string().contains("Blueprints"), "{report}");
}

#[tokio::test]
async fn a_text_or_an_event_is_found_where_it_stands() {
    let world = world().await;
    let raw = Raw::of(&world).await;
    let report = world.ok("where_used", json!({ "object": "setup-chrome" })).await;
    let found: Vec<(&str, &str)> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["as"].as_str().unwrap()))
        .collect();
    assert!(found.contains(&("Setup: Chrome", "runs at this event")), "{report}");
    assert!(found.contains(&("Setup Manager", "calls this event")), "{report}");
    let scripts = raw.all("/api/v1/scripts").await;
    let word = "softwareupdate";
    let expected: BTreeSet<String> = scripts
        .iter()
        .filter(|script| script["scriptContents"].as_str().unwrap().contains(word))
        .map(|script| id(&script["id"]))
        .collect();
    let report = world.ok("where_used", json!({ "object": word })).await;
    assert_eq!(ids(&report, &[("kind", "script")]), expected, "{report}");
    assert!(!expected.is_empty());
}

#[tokio::test]
async fn a_name_of_several_objects_or_of_none_is_not_guessed() {
    let world = world().await;
    let said = world.fails("where_used", json!({ "object": "INSTALL ROSETTA", "kind": "policy" })).await;
    assert!(said.contains("2 objects") && said.contains("(id 2)") && said.contains("(id 26)"), "{said}");
    let exact = world.ok("where_used", json!({ "object": "install rosetta", "kind": "policy" })).await;
    assert!(exact["answer"].as_str().unwrap().contains("(id 26)"), "{exact}");
    let said = world.fails("where_used", json!({ "object": "Pilots", "kind": "computer_group" })).await;
    assert!(said.contains("67 were looked at") && said.contains("\"Pilot\""), "{said}");
    let said = world.fails("where_used", json!({ "object": "Pilot", "kind": "grouping" })).await;
    assert!(said.contains("computer_group"), "{said}");
}

#[tokio::test]
async fn what_could_not_be_read_is_said_and_nothing_is_called_unused_for_certain() {
    let world = world_of(jamf_pro_demo::Options::default(), |_| {}).await;
    world.faults("403@/JSSResource/macapplications");
    let report = world.ok("where_used", json!({ "object": "Video suite" })).await;
    assert!(report["partial"].to_string().contains("Mac apps"), "{report}");
    assert!(report["answer"].as_str().unwrap().contains("not everything could be read"), "{report}");
    let report = world.ok("unused_objects", json!({ "kind": "computer_group" })).await;
    assert!(report["partial"].to_string().contains("Mac apps"), "{report}");
    assert!(
        report["answer"].as_str().unwrap().starts_with("Nothing that could be read refers to"),
        "{report}"
    );
}
