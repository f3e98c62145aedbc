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
