//! A profile is on a Mac exactly if the Mac is managed and in its scope, unless a command tells why not.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Mac, in_scope, patient, rows, told};
use crate::store::id_text;

#[tokio::test]
async fn profiles_are_where_their_scopes_bring_them() {
    let told = told().await;
    let profiles = &told.classic["osxconfigurationprofiles"];
    let commands = told.results("/api/v2/mdm/commands");
    let (mut installed, mut explained) = (0, 0);
    for mac in &told.macs {
        let managed = mac.at("/general/remoteManagement/managed") == &json!(true);
        let inventoried = !mac.at("/general/reportDate").is_null();
        let on = mac.profiles();
        installed += on.len();
        let own = |command: &&Value| command["client"]["managementId"] == *mac.at("/general/managementId");
        let waiting: HashSet<u64> =
            commands.iter().filter(own).filter_map(|command| command["profileId"].as_u64()).collect();
        for profile in profiles {
            let id = profile["general"]["id"].as_u64().unwrap();
            let place = format!("{} on {}", profile["general"]["name"], mac.id);
            let scope = &profile["scope"];
            let reaches =
                rows(&mac.management["os_x_configuration_profiles"]).iter().any(|row| row["id"] == id);
            if rows(&scope["limitations"]["user_groups"]).is_empty()
                && rows(&scope["limitations"]["network_segments"]).is_empty()
                && rows(&scope["exclusions"]["user_groups"]).is_empty()
            {
                assert_eq!(reaches, in_scope(scope, mac), "{place}");
            }
            let automatic = profile["general"]["distribution_method"] == "Install Automatically";
            let wanted = reaches && managed && inventoried && automatic;
            if wanted && waiting.contains(&id) {
                assert!(!on.contains(&id), "{place} is there, and a command says that it is not");
                explained += 1;
            } else {
                assert_eq!(on.contains(&id), wanted, "{place}");
            }
        }
    }
    assert!(installed > 5_000 && explained > 50, "{installed} {explained}");
}

#[tokio::test]
async fn commands_are_for_devices_and_profiles_that_are_there() {
    let told = told().await;
    let devices = told.results("/api/v2/mobile-devices/detail");
    let mut errors = HashSet::new();
    let mut states = HashSet::new();
    for command in told.results("/api/v2/mdm/commands") {
        let id = command["client"]["managementId"].as_str().unwrap();
        states.insert(command["commandState"].as_str().unwrap());
        let error = &command["commandError"];
        if error.is_object() {
            errors.insert((error["errorDomain"].as_str().unwrap(), error["errorCode"].as_i64().unwrap()));
        }
        let Some(mac) = told.by_management_id(id) else {
            let device = devices.iter().find(|device| device["general"]["managementId"] == id);
            let device = device.unwrap_or_else(|| panic!("nobody: {command}"));
            if command["commandType"] == "INSTALL_APPLICATION" {
                assert!(device["hardware"]["model"].as_str().unwrap().starts_with("iPad"), "{device}");
            }
            continue;
        };
        assert_eq!(mac.at("/general/remoteManagement/managed"), &json!(true), "{command}");
        if let Some(profile) = command["profileId"].as_u64() {
            let reaches =
                rows(&mac.management["os_x_configuration_profiles"]).iter().any(|row| row["id"] == profile);
            assert!(reaches, "{command}");
        }
    }
    assert_eq!(states, HashSet::from(["PENDING", "ERROR", "NOT_NOW"]));
    assert!(errors.contains(&("MCMDMErrorDomain", 12)), "{errors:?}");
    let erase =
        told.results("/api/v2/mdm/commands").iter().find(|command| command["commandType"] == "ERASE_DEVICE");
    let sent: jiff::Timestamp = erase.unwrap()["dateSent"].as_str().unwrap().parse().unwrap();
    let days = (jiff::Timestamp::now().as_second() - sent.as_second()) / 86_400;
    assert!((180..190).contains(&days) && erase.unwrap()["commandState"] == "PENDING", "{erase:?}");
}

/// Escaped twice where it is written, and unescaped once more each time that it is saved.
#[tokio::test]
async fn an_ampersand_stands_in_a_payload() {
    let told = told().await;
    let found = told.classic["osxconfigurationprofiles"]
        .iter()
        .filter(|profile| profile["general"]["payloads"].as_str().unwrap().contains("&amp;"));
    let names: Vec<String> = found.map(|profile| id_text(&profile["general"]["name"])).collect();
    assert!(names.contains(&"Finance & Legal: Restrictions".to_owned()), "{names:?}");
}

/// Whether the targets of a scope hold a mobile device; no scope of mobile devices has limitations or exclusions at the start.
fn is_target(scope: &Value, device: &Value) -> bool {
    let groups: Vec<String> =
        rows(&device["groups"]).iter().map(|group| id_text(&group["groupId"])).collect();
    let has = |list: &str, test: &dyn Fn(String) -> bool| {
        rows(&scope[list]).iter().any(|row| test(id_text(&row["id"])))
    };
    let empty =
        |of: &Value| of.as_object().is_none_or(|lists| lists.values().all(|list| rows(list).is_empty()));
    assert!(empty(&scope["limitations"]) && empty(&scope["exclusions"]), "{scope}");
    scope["all_mobile_devices"] == true
        || has("mobile_device_groups", &|id| groups.contains(&id))
        || has("buildings", &|id| device["userAndLocation"]["buildingId"] == id.as_str())
}

#[tokio::test]
async fn profiles_and_apps_of_mobile_devices_are_where_their_scopes_bring_them() {
    let (client, told) = (patient().await, told().await);
    let path = "/api/v2/mobile-devices/detail?page-size=2000&section=GENERAL&section=GROUPS&section=USER_AND_LOCATION\
                &section=PROFILES&section=APPLICATIONS";
    let devices = client.get(path).await.json;
    let failed: HashSet<&str> = told
        .results("/api/v2/mdm/commands")
        .iter()
        .filter(|command| {
            command["commandType"] == "INSTALL_APPLICATION" && command["commandState"] == "ERROR"
        })
        .map(|command| command["client"]["managementId"].as_str().unwrap())
        .collect();
    assert_eq!(failed.len(), 10);
    let (mut wrong, mut brought) = (Vec::new(), 0);
    for device in rows(&devices["results"]) {
        let name = &device["general"]["displayName"];
        for (family, section, key) in [
            ("mobiledeviceconfigurationprofiles", "profiles", "displayName"),
            ("mobiledeviceapplications", "applications", "name"),
        ] {
            for object in &told.classic[family] {
                let own = &object["general"]["name"];
                let is_on = rows(&device[section]).iter().any(|row| row[key] == *own);
                let id = device["general"]["managementId"].as_str().unwrap();
                let fails = own == "Keynote" && failed.contains(id);
                brought += usize::from(is_on);
                if is_on != (is_target(&object["scope"], device) && !fails) {
                    wrong.push(format!("{name}: {own}"));
                }
            }
        }
    }
    assert!(brought > 500, "{brought}");
    assert!(wrong.is_empty(), "{} of {brought}: {wrong:#?}", wrong.len());
}

#[tokio::test]
async fn apps_of_the_store_are_on_the_macs_that_their_scopes_hold() {
    let told = told().await;
    let mut wrong = Vec::new();
    for mac in told.macs.iter().filter(|mac| !mac.at("/general/reportDate").is_null()) {
        for app in &told.classic["macapplications"] {
            let (id, bundle) = (&app["general"]["id"], &app["general"]["bundle_id"]);
            let reached = rows(&mac.management["mac_app_store_apps"]).iter().any(|row| row["id"] == *id);
            let managed = mac.at("/general/remoteManagement/managed") == true;
            let is_on = rows(mac.at("/applications")).iter().any(|row| row["bundleId"] == *bundle);
            if is_on != (reached && managed) {
                wrong.push(format!("{}: {bundle}", mac.text("/general/name")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}

#[tokio::test]
async fn licenses_are_counted_by_what_is_installed() {
    let (client, told) = (patient().await, told().await);
    let devices = client.get("/api/v2/mobile-devices/detail?page-size=2000&section=APPLICATIONS").await.json;
    let content = client.get("/api/v1/volume-purchasing-locations/1/content").await.json;
    let apps = told.classic["macapplications"].iter().chain(&told.classic["mobiledeviceapplications"]);
    let apps: Vec<&Value> = apps.collect();
    for row in rows(&content["results"]) {
        let is_mac = row["contentType"] == "MAC_APP";
        let of_kind = |app: &&&Value| {
            app["general"]["os_type"].is_null() == is_mac && app["general"]["name"] == row["name"]
        };
        let bundle = apps.iter().find(of_kind).map(|app| &app["general"]["bundle_id"]);
        let used = match is_mac {
            true => {
                let bundle = match row["name"].as_str().unwrap() {
                    "Numbers" => json!("com.apple.iWork.Numbers"),
                    "Pages" => json!("com.apple.iWork.Pages"),
                    _ => bundle.unwrap().clone(),
                };
                let has =
                    |mac: &&Mac| rows(mac.at("/applications")).iter().any(|row| row["bundleId"] == bundle);
                told.macs.iter().filter(has).count()
            }
            false => {
                let has = |device: &&Value| {
                    rows(&device["applications"]).iter().any(|own| own["identifier"] == *bundle.unwrap())
                };
                rows(&devices["results"]).iter().filter(has).count()
            }
        };
        assert_eq!(row["licenseCountInUse"], used, "{row}");
        assert!(used > 0 && row["licenseCountTotal"].as_u64().unwrap() as usize >= used, "{row}");
    }
}
