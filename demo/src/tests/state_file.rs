//! A state that outlives its tenant, in a file that is whole or is left alone.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::client::Client;
use crate::{Options, Tenant, saved_fleet};

const PATH: &str = "/api/v1/buildings";

fn options(path: &Path) -> Options {
    Options { computers: 30, seed: 7, state: Some(path.to_owned()), ..Options::default() }
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenant.json");
    (folder, path)
}

#[tokio::test]
async fn what_was_changed_is_there_at_the_next_start() {
    let (_folder, path) = place();
    let client = Client::new(options(&path)).await;
    let building = client.create(PATH, json!({"name": "zz Annex"})).await;
    assert_eq!(client.delete(&format!("{PATH}/1")).await.status, 204);
    let renamed = client.write("PUT", &format!("{PATH}/2"), json!({"name": "zz Tower"})).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    let computers =
        client.get("/api/v4/computers-inventory?section=GENERAL&page-size=30").await.json["results"].clone();
    let (first, second) = (computers[0]["id"].as_str().unwrap(), computers[1]["id"].as_str().unwrap());
    let detail = |id: &str| format!("/api/v4/computers-inventory-detail/{id}");
    let tagged = client.write("PATCH", &detail(first), json!({"general": {"assetTag": "zz-1"}})).await;
    assert!(tagged.status < 300, "{}", tagged.text);
    assert_eq!(client.delete(&format!("/api/v4/computers-inventory/{second}")).await.status, 204);
    let toggle = "/api/v1/managed-software-updates/plans/feature-toggle";
    assert_eq!(client.write("PUT", toggle, json!({"toggle": false})).await.status, 200);
    // A family that is made when somebody first asks for it.
    let item =
        client.create("/api/v1/dock-items", json!({"name": "zz", "type": "APP", "path": "/A.app"})).await;
    let of = json!({"clientData": [{"managementId": computers[2]["general"]["managementId"]}], "commandData": {"commandType": "RESTART_DEVICE"}});
    assert_eq!(client.write("POST", "/api/v2/mdm/commands", of).await.status, 201);
    let commands = client.control("GET", "commands", None).await.json;
    drop(client);
    assert_eq!(saved_fleet(&path).unwrap(), Some((7, 30)));

    // Once more, to see that what was restored is kept again.
    for _ in 0..2 {
        let client = restarted(&path).await;
        assert_eq!(client.get(&format!("{PATH}/{building}")).await.json["name"], "zz Annex");
        assert_eq!(client.get(&format!("{PATH}/1")).await.status, 404);
        assert_eq!(client.get(&format!("{PATH}/2")).await.json["name"], "zz Tower");
        assert_eq!(client.get(&detail(first)).await.json["general"]["assetTag"], "zz-1");
        assert_eq!(client.get(&detail(second)).await.status, 404);
        assert_eq!(client.get("/api/v1/managed-software-updates/plans").await.status, 503);
        assert_eq!(client.control("GET", "commands", None).await.json, commands);
    }
    let client = restarted(&path).await;
    assert_eq!(client.get(&format!("/api/v1/dock-items/{item}")).await.json["name"], "zz");
    let next = client.create(PATH, json!({"name": "zz Next"})).await;
    assert_eq!(next.parse::<u64>().unwrap(), building.parse::<u64>().unwrap() + 1, "an id is used once");
}

/// The process before may take a moment to release the file.
async fn restarted(path: &Path) -> Client {
    for _ in 0..100 {
        match Tenant::start(options(path)).await {
            Ok(tenant) => return Client::of(tenant).await,
            Err(error) => assert!(error.to_string().contains("another simulated tenant"), "{error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the file is never let go");
}

#[tokio::test]
async fn what_waits_for_its_time_still_waits_at_the_next_start() {
    let (_folder, path) = place();
    let client = Client::new(options(&path)).await;
    client.tenant.faults().set("recalculation=3s".parse().unwrap());
    let criteria =
        json!([{"name": "Asset Tag", "priority": 0, "andOr": "and", "searchType": "is", "value": "zz-9"}]);
    let groups = "/api/v3/computer-groups";
    let body = json!({"name": "zz tagged", "criteria": criteria});
    let group = client.create(&format!("{groups}/smart-groups"), body).await;
    tokio::time::sleep(std::time::Duration::from_millis(3_200)).await;
    let detail = "/api/v4/computers-inventory-detail/1";
    let tagged = client.write("PATCH", detail, json!({"general": {"assetTag": "zz-9"}})).await;
    assert!(tagged.status < 300, "{}", tagged.text);
    let members = format!("{groups}/smart-group-membership/{group}");
    assert_eq!(client.get(&members).await.json["members"], json!([]));
    // A write that is kept says what waits.
    client.create(PATH, json!({"name": "zz after"})).await;
    drop(client);
    let client = restarted(&path).await;
    assert_eq!(client.get(&members).await.json["members"], json!([]));
    tokio::time::sleep(std::time::Duration::from_millis(3_200)).await;
    assert_eq!(client.get(&members).await.json["members"], json!([1]));
}

#[tokio::test]
async fn a_write_is_kept_before_it_is_answered() {
    let (_folder, path) = place();
    let client = Client::new(options(&path)).await;
    client.create(PATH, json!({"name": "zz at once"})).await;
    assert!(std::fs::read_to_string(&path).unwrap().contains("zz at once"));
    client.control("POST", "reset", None).await;
    assert!(!std::fs::read_to_string(&path).unwrap().contains("zz at once"));
}

#[tokio::test]
async fn a_file_that_is_no_state_is_left_as_it_is() {
    let (folder, path) = place();
    let whole = {
        let client = Client::new(options(&path)).await;
        client.create(PATH, json!({"name": "zz"})).await;
        std::fs::read_to_string(&path).unwrap()
    };
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    let other = whole.replacen("\"seed\":7", "\"seed\":8", 1);
    let strange = whole.replacen("\"singles\"", "\"doubles\"", 1);
    for (text, why) in [
        ("", "is damaged, or no state"),
        ("{\"allow\": [\"read\"]}", "its `format` is not"),
        (&whole[..whole.len() / 2], "is damaged, or no state"),
        (strange.as_str(), "unknown field `doubles`"),
        (newer.as_str(), "newer version"),
        (other.as_str(), "is of seed 8 and 30 computers"),
    ] {
        let path = folder.path().join("other.json");
        std::fs::write(&path, text).unwrap();
        let error = Tenant::start(options(&path)).await.unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("other.json"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    let error = Tenant::start(options(folder.path())).await.unwrap_err().to_string();
    assert!(error.contains("cannot be kept in"), "{error}");
    let error =
        Tenant::start(options(&folder.path().join("nowhere/tenant.json"))).await.unwrap_err().to_string();
    assert!(error.contains("cannot be kept in"), "{error}");
}

#[tokio::test]
async fn two_tenants_do_not_share_a_file() {
    let (_folder, path) = place();
    let _first = Client::new(options(&path)).await;
    let error = Tenant::start(options(&path)).await.unwrap_err().to_string();
    assert!(error.contains("another simulated tenant keeps its state in"), "{error}");
}
