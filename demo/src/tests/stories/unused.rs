//! What looks unused and is not, and groups that refer in a circle or to nothing.

use serde_json::Value;

use crate::{
    store::id_text,
    tests::configuration::{rows, told},
};

fn policies_with(policies: &[Value], at: &str, id: &str) -> usize {
    let uses = |policy: &&Value| {
        policy.pointer(at).map(rows).unwrap_or_default().iter().any(|row| id_text(&row["id"]) == id)
    };
    policies.iter().filter(uses).count()
}

#[tokio::test]
async fn a_package_is_used_by_a_prestage_alone() {
    let told = told().await;
    let prestages = told.results("/api/v3/computer-prestages");
    let ids: Vec<String> =
        prestages.iter().flat_map(|prestage| rows(&prestage["customPackageIds"])).map(id_text).collect();
    assert!(!ids.is_empty());
    for id in ids {
        let at = "/package_configuration/packages";
        assert_eq!(policies_with(&told.classic["policies"], at, &id), 0, "package {id}");
    }
}

#[tokio::test]
async fn a_script_is_used_by_another_script_alone() {
    let told = told().await;
    let scripts = told.results("/api/v1/scripts");
    let id_of = |name: &str| id_text(&scripts.iter().find(|script| script["name"] == name).unwrap()["id"]);
    assert_eq!(policies_with(&told.classic["policies"], "/scripts", &id_of("helper-only.sh")), 0);
    assert_eq!(policies_with(&told.classic["policies"], "/scripts", &id_of("bootstrap.sh")), 1);
    let callers: Vec<&str> = scripts
        .iter()
        .filter(|script| script["scriptContents"].as_str().unwrap().contains("/helper-only.sh"))
        .map(|script| script["name"].as_str().unwrap())
        .collect();
    assert_eq!(callers, ["bootstrap.sh"]);
    let secret =
        scripts.iter().filter(|script| script["scriptContents"].as_str().unwrap().contains("PASSWORD='"));
    assert_eq!(secret.count(), 1);
}

#[tokio::test]
async fn a_group_is_used_by_a_mac_app_alone() {
    let told = told().await;
    let group = told.classic["computergroups"].iter().find(|group| group["name"] == "Video suite").unwrap();
    let id = id_text(&group["id"]);
    let mut used = Vec::new();
    for family in
        ["policies", "osxconfigurationprofiles", "macapplications", "restrictedsoftware", "patchpolicies"]
    {
        for object in &told.classic[family] {
            for at in ["/scope/computer_groups", "/scope/exclusions/computer_groups"] {
                if object
                    .pointer(at)
                    .map(rows)
                    .unwrap_or_default()
                    .iter()
                    .any(|row| id_text(&row["id"]) == id)
                {
                    used.push((family, object["general"]["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert_eq!(used, [("macapplications", "Final Cut Pro")]);
}

#[tokio::test]
async fn two_groups_ask_for_each_other_and_one_for_a_group_that_is_gone() {
    let told = told().await;
    let groups = &told.classic["computergroups"];
    let asks = |name: &str| {
        let group = groups.iter().find(|group| group["name"] == name).unwrap();
        assert!(rows(&group["computers"]).is_empty(), "{name} has members");
        rows(&group["criteria"])[0]["value"].as_str().unwrap().to_owned()
    };
    assert_eq!((asks("Circle A").as_str(), asks("Circle B").as_str()), ("Circle B", "Circle A"));
    let gone = asks("Legacy kiosks");
    assert!(groups.iter().all(|group| group["name"] != gone.as_str()), "{gone}");
}
