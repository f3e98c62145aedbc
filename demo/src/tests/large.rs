//! A large fleet: who is in its groups is worked out when somebody first asks, and over all computers.

use std::time::Duration;

use serde_json::{Value, json};

use super::{classic::json_of, client::Client};
use crate::Options;

const COMPUTERS: usize = 2_100;

async fn client(state: Option<std::path::PathBuf>) -> Client {
    let lifetime = Duration::from_secs(3_600);
    Client::new(Options { computers: COMPUTERS, token_lifetime: lifetime, state, ..Options::default() }).await
}

fn members(groups: &Value, name: &str) -> Vec<String> {
    let all = groups["computers"].as_array().unwrap();
    let group = all.iter().find(|group| group["name"] == name).unwrap_or_else(|| panic!("{name}"));
    group["members"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn groups_and_searches_of_a_large_fleet_hold_every_computer_that_fits() {
    let client = client(None).await;
    let inventory = "/api/v4/computers-inventory";
    let count = async |filter: &str| {
        let got = client.list(inventory, &[("filter", filter), ("page-size", "1")]).await;
        got.json["totalCount"].as_u64().unwrap() as usize
    };
    let last = [("sort", "id:desc"), ("page-size", "1"), ("section", "GROUP_MEMBERSHIPS")];
    let last = client.list(inventory, &last).await.json["results"][0].clone();
    let groups = client.control("GET", "memberships", None).await.json;
    assert_eq!(members(&groups, "Leased Macs (returned)").len(), COMPUTERS);
    assert_eq!(members(&groups, "macOS 26").len(), count("operatingSystem.version==\"26.*\"").await);
    let off = members(&groups, "Firewall off").len();
    assert_eq!(off, count("security.firewallEnabled==false").await);
    assert!(members(&groups, "All Managed Clients").len() > 2_000);
    let searches = json_of(&client, "/JSSResource/advancedcomputersearches/name/Firewall%20off").await.json;
    assert_eq!(searches["advanced_computer_search"]["computers"].as_array().unwrap().len(), off);
    let id = last["id"].as_str().unwrap();
    let of_groups = groups["computers"].as_array().unwrap().iter();
    let of_groups = of_groups.filter(|group| group["members"].as_array().unwrap().contains(&json!(id)));
    let of_groups: Vec<&Value> = of_groups.map(|group| &group["name"]).collect();
    let own = last["groupMemberships"].as_array().unwrap().iter().map(|own| &own["groupName"]);
    assert_eq!(own.collect::<Vec<_>>(), of_groups, "{id}");
    assert!(of_groups.len() > 3, "{of_groups:?}");
}

#[tokio::test]
async fn a_group_of_a_large_fleet_is_kept_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    let first = client(Some(path.clone())).await;
    let group = "/api/v3/computer-groups/static-groups";
    let list = first.get(&format!("{group}?page-size=1")).await.json["results"][0].clone();
    let own = format!("{group}/{}", list["id"].as_str().unwrap());
    let body = json!({"name": list["name"], "assignments": ["1", "2"]});
    let got = first.write("PUT", &own, body).await;
    assert_eq!(got.status, 202, "{}", got.text);
    drop(first);
    let mut second = None;
    for _ in 0..200 {
        if let Ok(tenant) = crate::Tenant::start(Options {
            computers: COMPUTERS,
            state: Some(path.clone()),
            ..Options::default()
        })
        .await
        {
            second = Some(Client::of(tenant).await);
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let groups = second.unwrap().control("GET", "memberships", None).await.json;
    assert_eq!(members(&groups, list["name"].as_str().unwrap()), ["1", "2"]);
}

/// The most memory that this process had so far, in MiB; none where the system does not tell.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

/// Figures for docs/performance.md, in a process of their own; they belong to a machine, so nothing fails.
#[tokio::test]
#[ignore = "measures"]
async fn figures_of_twenty_thousand_computers() {
    let start = std::time::Instant::now();
    let lifetime = Duration::from_secs(3_600);
    let options = Options { computers: 20_000, token_lifetime: lifetime, ..Options::default() };
    let client = Client::new(options).await;
    println!("start to the first token: {:?}, {:?} MiB", start.elapsed(), most_memory());
    let timed = async |what: &str, path: &str| {
        let mut all = Vec::new();
        for _ in 0..9 {
            let start = std::time::Instant::now();
            let got = client.get(path).await;
            assert_eq!(got.status, 200, "{path}");
            all.push((start.elapsed(), got.text.len()));
        }
        let (first, bytes) = all[0];
        all.sort();
        println!("{what}: first {first:?}, median {:?}, {bytes} bytes, {:?} MiB", all[4].0, most_memory());
    };
    let list = "/api/v4/computers-inventory?section=GENERAL&page-size=100";
    timed("a page of 100 at the beginning", &format!("{list}&page=0")).await;
    timed("a page of 100 in the middle", &format!("{list}&page=100")).await;
    let mut walked = 0;
    let start = std::time::Instant::now();
    for page in 0..10 {
        let path = format!("/api/v4/computers-inventory?section=GENERAL&page-size=2000&page={page}");
        walked += client.get(&path).await.json["results"].as_array().unwrap().len();
    }
    println!("{walked} computers in ten pages: {:?}, {:?} MiB", start.elapsed(), most_memory());
    let start = std::time::Instant::now();
    let groups = client.get("/api/v1/computer-groups").await;
    println!("the first list of groups: {:?}, {:?} MiB, {}", start.elapsed(), most_memory(), groups.status);
    timed("a page of 100 with their groups", &format!("{list}&section=GROUP_MEMBERSHIPS&page=100")).await;
    timed("smart groups with their sizes", "/api/v3/computer-groups/smart-groups?page-size=100").await;
}
