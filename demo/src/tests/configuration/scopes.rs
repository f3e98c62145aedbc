//! What scopes refer to is there, under the name that the scope says.

use std::collections::HashMap;

use super::{rows, told};
use crate::store::id_text;

/// Families with scopes.
const SCOPED: [&str; 7] = [
    "policies",
    "osxconfigurationprofiles",
    "mobiledeviceconfigurationprofiles",
    "macapplications",
    "mobiledeviceapplications",
    "restrictedsoftware",
    "patchpolicies",
];

#[tokio::test]
async fn each_entry_of_a_scope_has_the_name_of_its_object() {
    let told = told().await;
    let of_classic = |family: &str| -> HashMap<String, String> {
        let all = told.classic[family].iter();
        all.map(|object| (id_text(&object["id"]), object["name"].as_str().unwrap().to_owned())).collect()
    };
    let of_pro = |path: &str| -> HashMap<String, String> {
        let all = told.results(path).iter();
        all.map(|object| (id_text(&object["id"]), object["name"].as_str().unwrap().to_owned())).collect()
    };
    let computers: HashMap<String, String> =
        told.macs.iter().map(|mac| (mac.id.clone(), mac.text("/general/name").to_owned())).collect();
    let known = [
        ("computer_groups", of_classic("computergroups")),
        ("mobile_device_groups", of_classic("mobiledevicegroups")),
        ("jss_user_groups", of_classic("usergroups")),
        ("buildings", of_pro("/api/v1/buildings")),
        ("departments", of_pro("/api/v1/departments")),
        ("computers", computers),
    ];
    let directories: Vec<(String, &str)> = told
        .results("/api/v1/ldap/groups")
        .iter()
        .map(|group| (id_text(&group["id"]), group["name"].as_str().unwrap()))
        .collect();
    let (mut entries, mut wrong, mut limited) = (0, Vec::new(), 0);
    for family in SCOPED {
        for object in &told.classic[family] {
            let (name, scope) = (&object["general"]["name"], &object["scope"]);
            for lists in [scope, &scope["limitations"], &scope["exclusions"]] {
                for (list, names) in &known {
                    for row in rows(&lists[*list]) {
                        entries += 1;
                        if names.get(&id_text(&row["id"])).map(String::as_str) != row["name"].as_str() {
                            wrong.push(format!("{family} {name}: {list} {row}"));
                        }
                    }
                }
                for row in rows(&lists["user_groups"]) {
                    limited += 1;
                    let same = |(id, own): &(String, &str)| {
                        *id == id_text(&row["id"]) && Some(*own) == row["name"].as_str()
                    };
                    assert!(directories.iter().any(same), "{family} {name}: {row}");
                }
            }
        }
    }
    assert!(entries > 150 && limited >= 6, "{entries} {limited}");
    assert!(wrong.len() == 1 && wrong[0].contains("Kiosks 2019"), "{wrong:#?}");
}

#[tokio::test]
async fn a_group_that_nobody_dares_to_delete_is_used_by_one_exclusion() {
    let told = told().await;
    let old = told.classic["computergroups"]
        .iter()
        .find(|group| group["name"].as_str().unwrap().starts_with("zz_OLD"));
    let old = &old.unwrap()["id"];
    let mut used = Vec::new();
    for family in SCOPED {
        for object in &told.classic[family] {
            for place in ["", "/exclusions"] {
                let list = object.pointer(&format!("/scope{place}/computer_groups"));
                if list.map(rows).unwrap_or_default().iter().any(|row| row["id"] == *old) {
                    used.push((place, object["general"]["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert_eq!(used, [("/exclusions", "Certificate: Root")]);
}
