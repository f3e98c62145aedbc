//! A device that carries out that it is erased or unmanaged has no enrollment any more.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Client;
use crate::{
    Options,
    answering::{Manner, manner},
};

/// A device that carries commands out at once: its id and its management id.
fn prompt(devices: &Value, id: &str) -> (String, String) {
    let all = devices["results"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |device: &Value| (text(&device[id]), text(&device["general"]["managementId"]));
    all.map(of).find(|(_, management)| manner(management) == Manner::Prompt).unwrap()
}

async fn commands_of(client: &Client, management_id: &str) -> Vec<Value> {
    let filter = format!("clientManagementId=={management_id}");
    let query = [("filter", filter.as_str()), ("page-size", "100")];
    let got = client.list("/api/v2/mdm/commands", &query).await;
    got.json["results"].as_array().unwrap().clone()
}

#[tokio::test]
async fn an_erased_computer_is_nobodys_any_more() {
    let after = Duration::from_millis(300);
    let client = Client::new(Options { computers: 60, answers: Some(after), ..Options::default() }).await;
    let list = "/api/v4/computers-inventory?section=GENERAL&page-size=100";
    let (id, management_id) = prompt(&client.get(list).await.json, "id");
    let path = format!("/api/v4/computers-inventory-detail/{id}");
    let before = client.get(&path).await.json;
    assert_eq!(before["general"]["remoteManagement"]["managed"], true);
    assert!(!before["configurationProfiles"].as_array().unwrap().is_empty());
    let got = client.write("POST", &format!("/api/v4/computers-inventory/{id}/erase"), json!({})).await;
    let uuid = got.json["commandUuid"].clone();
    let queued = commands_of(&client, &management_id).await;
    let own = queued.iter().find(|command| command["uuid"] == uuid).unwrap();
    assert_eq!((&own["commandType"], &own["commandState"]), (&json!("ERASE_DEVICE"), &json!("PENDING")));
    assert_eq!(client.get(&path).await.json["general"]["remoteManagement"]["managed"], true);
    tokio::time::sleep(after * 2).await;
    let now = client.get(&path).await.json;
    let general = &now["general"];
    assert_eq!(
        (&general["remoteManagement"]["managed"], &general["mdmCapable"]["capable"]),
        (&json!(false), &json!(false))
    );
    assert_eq!((&now["configurationProfiles"], &general["mdmProfileExpiration"]), (&json!([]), &json!(null)));
    assert!(general["lastContact"].as_str().unwrap() > before["general"]["lastContact"].as_str().unwrap());
    assert_eq!(general["name"], before["general"]["name"], "its record stays");
    let left = commands_of(&client, &management_id).await;
    let own = left.iter().find(|command| command["uuid"] == uuid).unwrap();
    assert_eq!(own["commandState"], "ACKNOWLEDGED");
    assert!(own["dateCompleted"].is_string(), "{own}");
    assert!(
        left.iter()
            .all(|command| !["PENDING", "NOT_NOW"].contains(&command["commandState"].as_str().unwrap()))
    );
}

#[tokio::test]
async fn an_erased_mobile_device_has_nothing_on_it() {
    let after = Duration::from_millis(300);
    let client = Client::new(Options { computers: 60, answers: Some(after), ..Options::default() }).await;
    let sections = "section=GENERAL&section=PROFILES&section=APPLICATIONS&page-size=100";
    let list = format!("/api/v2/mobile-devices/detail?{sections}");
    let (id, _) = prompt(&client.get(&list).await.json, "mobileDeviceId");
    let record = async || {
        let all = client.get(&list).await.json["results"].clone();
        all.as_array().unwrap().iter().find(|device| device["mobileDeviceId"] == id).unwrap().clone()
    };
    assert!(!record().await["profiles"].as_array().unwrap().is_empty());
    let got = client.write("POST", &format!("/api/v2/mobile-devices/{id}/erase"), json!({})).await;
    assert_eq!(got.status, 200, "{}", got.text);
    tokio::time::sleep(after * 2).await;
    let now = record().await;
    assert_eq!((&now["profiles"], &now["applications"]), (&json!([]), &json!([])));
    assert_eq!(now["general"]["managed"], false);
}

#[tokio::test]
async fn a_device_that_answers_nothing_stays_enrolled() {
    let client = Client::new(Options { computers: 20, ..Options::default() }).await;
    let path = "/api/v4/computers-inventory-detail/1";
    client.write("POST", "/api/v4/computers-inventory/1/erase", json!({})).await;
    assert_eq!(client.get(path).await.json["general"]["remoteManagement"]["managed"], true);
}
