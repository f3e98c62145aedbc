//! A profile is on a Mac exactly if the Mac is managed and in its scope, unless a command tells why not.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{in_scope, rows, told};
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
