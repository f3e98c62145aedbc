//! A policy does what its name says, and ran where, when and as often as it says.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, civil::Time, tz::TimeZone};
use serde_json::{Value, json};

use super::{Mac, in_scope, names, rows, told};
use crate::store::id_text;

/// Letters and digits alone, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[tokio::test]
async fn a_policy_installs_and_runs_what_its_name_says() {
    let told = told().await;
    const VERBS: [&str; 14] = [
        "install", "update", "setup", "remove", "copy", "test", "old", "ring", "for", "self", "service",
        "deploy", "check", "and",
    ];
    let (mut packages, mut scripts) = (HashSet::new(), HashSet::new());
    for policy in &told.classic["policies"] {
        let name = policy["general"]["name"].as_str().unwrap();
        let mut parts = Vec::new();
        for package in rows(&policy["package_configuration"]["packages"]) {
            let own = told.named("/api/v1/packages", "packageName", &package["id"]);
            assert_eq!(own, package["name"].as_str(), "{name}");
            packages.insert(id_text(&package["id"]));
            parts.push(plain(own.unwrap()));
        }
        for script in rows(&policy["scripts"]) {
            let own = told.named("/api/v1/scripts", "name", &script["id"]);
            assert_eq!(own, script["name"].as_str(), "{name}");
            scripts.insert(id_text(&script["id"]));
            parts.push(plain(own.unwrap()) + &plain(script["parameter4"].as_str().unwrap()));
        }
        assert!(!parts.is_empty(), "{name} does nothing");
        let words = name.replace("Wi-Fi", "wifi");
        let words = words.split(|letter: char| !letter.is_alphanumeric()).map(plain);
        let mut words = words.filter(|word| word.len() > 2 && !VERBS.contains(&word.as_str()));
        let said = words.any(|word| parts.iter().any(|part| part.contains(word.trim_end_matches('s'))));
        assert!(said, "{name}: {parts:?}");
        let general = &policy["general"];
        let events = [
            "trigger_startup",
            "trigger_login",
            "trigger_enrollment_complete",
            "trigger_network_state_changed",
        ];
        let trigger = if general["trigger_checkin"] == json!(true) {
            "CHECKIN"
        } else if general["trigger_other"] != json!("")
            || events.iter().any(|event| general[*event] == json!(true))
        {
            "EVENT"
        } else {
            "USER_INITIATED"
        };
        assert_eq!(general["trigger"], trigger, "{name}");
    }
    let unused = told.results("/api/v1/packages").len() - packages.len();
    assert!((20..35).contains(&unused), "{unused} packages in no policy");
    let unused = told.results("/api/v1/scripts").len() - scripts.len();
    assert!((8..14).contains(&unused), "{unused} scripts in no policy");
}

#[tokio::test]
async fn packages_have_files_and_sizes_and_scripts_have_bodies() {
    let told = told().await;
    let packages = told.results("/api/v1/packages");
    let mut titles: HashMap<&str, usize> = HashMap::new();
    for package in packages {
        let name = package["fileName"].as_str().unwrap();
        let size: u64 = package["size"].as_str().unwrap().parse().unwrap();
        assert!(size > 50_000, "{name}: {size}");
        *titles.entry(name.split('-').next().unwrap()).or_default() += 1;
        let stored = told.results("/api/v1/jcds/files").iter().find(|file| file["fileName"] == name);
        assert_eq!(stored.unwrap_or_else(|| panic!("{name} is not stored"))["length"], size, "{name}");
    }
    assert!(
        titles["GoogleChrome"] >= 4 && titles.values().filter(|many| **many > 1).count() > 8,
        "{titles:?}"
    );
    assert_eq!(told.results("/api/v1/jcds/files").len(), packages.len());
    let listed = told.results("/api/v1/cloud-distribution-point/files");
    assert!(listed.iter().all(|file| packages.iter().any(|package| package["fileName"] == file["fileName"])));
    for script in told.results("/api/v1/scripts") {
        let body = script["scriptContents"].as_str().unwrap();
        assert!(body.starts_with("#!/bin/zsh") && body.lines().count() >= 2, "{}", script["name"]);
    }
}

fn millisecond(value: &Value) -> i64 {
    id_text(value).parse().unwrap_or_default()
}

/// Whether a policy must not run then.
fn is_barred(limits: &Value, at: Timestamp) -> bool {
    let time = |name: &str| Time::strptime("%I:%M %p", limits[name].as_str().unwrap_or_default()).ok();
    let (Some(start), Some(end)) = (time("no_execute_start"), time("no_execute_end")) else { return false };
    let at = TimeZone::UTC.to_datetime(at);
    let days = match &limits["no_execute_on"]["day"] {
        Value::Array(days) => days.iter().map(id_text).collect(),
        Value::String(day) => vec![day.clone()],
        _ => Vec::new(),
    };
    let day = at.strftime("%a").to_string();
    (days.is_empty() || days.contains(&day)) && start <= at.time() && at.time() < end
}

#[tokio::test]
async fn policies_ran_where_when_and_as_often_as_they_say() {
    let told = told().await;
    let policies: HashMap<String, &Value> =
        told.classic["policies"].iter().map(|policy| (id_text(&policy["general"]["id"]), policy)).collect();
    let (mut ran, mut untold, mut failed, mut ongoing) = (0, HashSet::new(), 0, 0);
    for mac in &told.macs {
        let moment =
            |pointer: &str| mac.text(pointer).parse::<Timestamp>().map_or(0, Timestamp::as_millisecond);
        let (enrolled, last) = (moment("/general/lastEnrolledDate"), moment("/general/lastCheckIn"));
        let mut by_policy: HashMap<String, Vec<&Value>> = HashMap::new();
        for log in rows(&mac.history["policy_logs"]) {
            by_policy.entry(id_text(&log["policy_id"])).or_default().push(log);
        }
        for (id, logs) in by_policy {
            let policy = policies[&id];
            let (general, name) = (&policy["general"], &policy["general"]["name"]);
            let limits = &general["date_time_limitations"];
            let place = format!("{name} on {}", mac.id);
            assert_eq!(general["enabled"], json!(true), "{place}");
            if !in_scope(&policy["scope"], mac) {
                assert!(!names(&policy["scope"]["exclusions"], mac), "{place} is excluded");
                untold.insert(name.as_str().unwrap());
            }
            for log in &logs {
                let at = millisecond(&log["date_time_epoch"]);
                assert!(enrolled <= at && at <= last, "{place}: {log}");
                let begins = millisecond(&limits["activation_date_epoch"]);
                let ends = millisecond(&limits["expiration_date_epoch"]);
                assert!(begins <= at && (ends == 0 || at <= ends), "{place}: {log}");
                assert!(!is_barred(limits, Timestamp::from_millisecond(at).unwrap()), "{place}: {log}");
                ran += 1;
                failed += usize::from(log["status"] == "Failed");
            }
            let completed = logs.iter().filter(|log| log["status"] == "Completed").count();
            if general["frequency"].as_str().unwrap().starts_with("Once per") {
                assert!(completed <= 1, "{place}");
                let retries = general["retry_attempts"].as_i64().unwrap().max(0);
                assert!(logs.len() as i64 <= 1 + retries, "{place}");
                let newest = logs.iter().max_by_key(|log| millisecond(&log["date_time_epoch"])).unwrap();
                assert!(completed == 0 || newest["status"] == "Completed", "{place}: it ran again");
            } else if general["frequency"] == "Ongoing" && general["trigger_checkin"] == json!(true) {
                ongoing = ongoing.max(logs.len());
            }
        }
    }
    assert!(ran > 10_000 && failed > 100 && ongoing > 15, "{ran} {failed} {ongoing}");
    // One policy is for a group of users, which no API tells.
    assert_eq!(untold, HashSet::from(["Remove Munki Leftovers"]));
    let hidden = &told.policy("Remove Munki Leftovers")["scope"];
    assert!(hidden.get("untold").is_none(), "{hidden}");
}

#[tokio::test]
async fn what_is_over_or_disabled_does_not_reach_a_mac() {
    let told = told().await;
    let now = Timestamp::now().as_millisecond();
    let mut over = 0;
    for policy in &told.classic["policies"] {
        let general = &policy["general"];
        let ends = millisecond(&general["date_time_limitations"]["expiration_date_epoch"]);
        let is_over = ends > 0 && ends < now;
        over += usize::from(is_over);
        if is_over || general["enabled"] == json!(false) {
            let reaches =
                |mac: &&Mac| rows(&mac.management["policies"]).iter().any(|row| row["id"] == general["id"]);
            assert!(told.macs.iter().find(reaches).is_none(), "{}", general["name"]);
        }
    }
    assert_eq!(over, 2);
}

#[tokio::test]
async fn the_set_up_of_a_new_mac_calls_policies_by_their_events() {
    let told = told().await;
    let profile =
        told.classic["osxconfigurationprofiles"].iter().find(|p| p["general"]["name"] == "Setup Manager");
    let payload = profile.unwrap()["general"]["payloads"].as_str().unwrap();
    let called: Vec<&str> = payload
        .split("<key>policy</key><string>")
        .skip(1)
        .filter_map(|rest| rest.split('<').next())
        .collect();
    assert!(called.len() > 3, "{payload}");
    for event in called.iter().filter(|event| **event != "recon") {
        let by = told.classic["policies"].iter().filter(|p| p["general"]["trigger_other"] == *event).count();
        assert_eq!(by, 1, "{event}");
    }
}
