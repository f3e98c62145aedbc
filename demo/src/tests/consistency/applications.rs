//! Applications, where they come from, and packages.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Rule, Told, World, field, numbers, rows, world};
use crate::store::id_text;

fn version<'t>(computer: &'t Told, application: &str) -> Option<&'t str> {
    let found = computer.rows("/applications").iter().find(|row| row["name"] == application)?;
    found["version"].as_str()
}

/// Names of the packages that a policy installs, by the policy's id.
fn installed_by(world: &World) -> HashMap<String, Vec<String>> {
    let of = |policy: &Value| {
        let packages = policy.pointer("/package_configuration/packages").map(rows).unwrap_or_default();
        let named = packages.iter().map(|package| field(package, "name").to_owned());
        (id_text(&policy["general"]["id"]), named.collect())
    };
    world.list("policies").iter().map(of).collect()
}

/// Ids of the policies that completed on a computer.
fn completed(computer: &Told) -> HashSet<String> {
    let done = rows(&computer.past["policy_logs"]).iter().filter(|log| log["status"] == "Completed");
    done.map(|log| id_text(&log["policy_id"])).collect()
}

#[tokio::test]
async fn a_computer_has_150_to_250_applications_of_its_system() {
    let world = world().await;
    let mut rule = Rule::default();
    for computer in world.inventoried() {
        let all = computer.rows("/applications");
        rule.holds((150..=250).contains(&all.len()), || format!("{computer}: {} applications", all.len()));
        let paths: HashSet<&str> = all.iter().map(|row| field(row, "path")).collect();
        rule.holds(paths.len() == all.len(), || format!("{computer}: a path twice"));
        for row in all {
            let (name, path) = (field(row, "name"), field(row, "path"));
            let whole = ["version", "bundleId"].iter().all(|part| !field(row, part).is_empty());
            rule.holds(whole && path.ends_with(name), || format!("{computer}: {row}"));
            let of_apple = field(row, "bundleId").starts_with("com.apple.");
            let in_system = path.starts_with("/System/Applications/");
            rule.holds(of_apple || !in_system, || format!("{computer}: {path} is not of Apple"));
        }
        let managed = computer.at("/general/remoteManagement/managed") == true;
        let has = all.iter().any(|row| field(row, "bundleId").starts_with("com.jamfsoftware.selfservice"))
            || all.iter().any(|row| field(row, "bundleId").starts_with("com.jamf.selfservice"));
        rule.holds(has == managed, || format!("{computer}: Self Service {has}, managed {managed}"));
        // What Apple calls an application that came with macOS 26 has no place on an older system.
        let os = numbers(computer.text("/operatingSystem/version"));
        let has = |name: &str| version(computer, name).is_some();
        rule.holds(!has("Passwords.app") || os >= vec![15], || format!("{computer}: Passwords on {os:?}"));
        rule.holds(has("Launchpad.app") == (os < vec![26]), || format!("{computer}: Launchpad on {os:?}"));
    }
}

#[tokio::test]
async fn chrome_has_about_five_versions_and_none_is_newer_than_the_latest_known() {
    let world = world().await;
    let mut rule = Rule::default();
    for (application, definitions) in [
        ("Firefox.app", "definitions 1"),
        ("Google Chrome.app", "definitions 2"),
        ("zoom.us.app", "definitions 3"),
    ] {
        let known: Vec<&str> = world.list(definitions).iter().map(|row| field(row, "version")).collect();
        let latest = known.iter().map(|version| numbers(version)).max().unwrap_or_default();
        rule.holds(numbers(known[0]) == latest, || format!("{application}: {known:?}"));
        let mut count: HashMap<&str, usize> = HashMap::new();
        for computer in world.inventoried() {
            let Some(version) = version(computer, application) else { continue };
            *count.entry(version).or_default() += 1;
            rule.holds(numbers(version) <= latest, || format!("{computer}: {application} {version}"));
        }
        let usual = count.values().filter(|times| **times >= 20).count();
        let wanted = if application == "Google Chrome.app" { 5..=5 } else { 2..=6 };
        rule.holds(wanted.contains(&usual), || format!("{application}: {count:?}"));
    }
}

#[tokio::test]
async fn a_completed_install_of_chrome_left_chrome() {
    let world = world().await;
    let mut rule = Rule::default();
    let of_chrome = |policy: &&Value| {
        let packages = policy.pointer("/package_configuration/packages").map(rows).unwrap_or_default();
        let named = packages.iter().any(|package| field(package, "name").contains("Chrome"));
        named || policy["general"]["name"] == "Install Chrome"
    };
    let chrome: HashSet<String> = world
        .list("policies")
        .iter()
        .filter(of_chrome)
        .map(|policy| id_text(&policy["general"]["id"]))
        .collect();
    assert!(!chrome.is_empty());
    let mut installed = 0;
    for computer in &world.computers {
        let ran = completed(computer).iter().any(|policy| chrome.contains(policy));
        let has = version(computer, "Google Chrome.app").is_some();
        installed += usize::from(ran);
        rule.holds(has || !ran, || format!("{computer}: Chrome was installed and is not there"));
    }
    rule.holds(installed > 100, || format!("Chrome was installed on {installed}"));
}

#[tokio::test]
async fn receipts_are_of_packages_that_a_policy_installed_there() {
    let world = world().await;
    let mut rule = Rule::default();
    let known: HashSet<&str> = world.list("packages").iter().map(|p| field(p, "fileName")).collect();
    let installs = installed_by(world);
    let mut seen = 0;
    for computer in &world.computers {
        let done = completed(computer);
        let installed: HashSet<&str> = installs
            .iter()
            .filter(|(policy, _)| done.contains(*policy))
            .flat_map(|(_, packages)| packages.iter().map(String::as_str))
            .collect();
        let receipts = computer.rows("/packageReceipts/installedByJamfPro");
        seen += receipts.len();
        for receipt in receipts.iter().filter_map(Value::as_str) {
            rule.holds(known.contains(receipt), || format!("{computer}: {receipt} is no package"));
            rule.holds(installed.contains(receipt), || format!("{computer}: nothing installed {receipt}"));
        }
        let told: HashSet<&str> = receipts.iter().filter_map(Value::as_str).collect();
        for package in &installed {
            rule.holds(told.contains(package), || format!("{computer}: no receipt of {package}"));
        }
    }
    rule.holds(seen > 420, || format!("{seen} receipts"));
}
