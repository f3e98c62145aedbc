//! Computer inventory.

use serde_json::json;

use super::client::{Client, column};
use crate::Options;

fn mac(name: &str, seen: &str) -> serde_json::Value {
    json!({
        "general": {"name": name, "lastCheckIn": seen, "lastContact": seen, "lastReportedIpV4": "192.0.2.7"},
        "hardware": {"serialNumber": format!("ZZ{name}")},
        "userAndLocation": {"username": "zz.user"}
    })
}

const LIST: &str = "/api/v4/computers-inventory";

#[tokio::test]
async fn sections_that_are_not_asked_for_are_null() {
    let client = Client::small().await;
    let id = client.create(LIST, mac("zz1", "2026-01-01T00:00:00Z")).await;
    let got = client.get(&format!("{LIST}/{id}")).await.json;
    assert_eq!((&got["general"]["name"], &got["hardware"]), (&json!("zz1"), &json!(null)));
    let got = client.get(&format!("{LIST}/{id}?section=HARDWARE&section=USER_AND_LOCATION")).await.json;
    assert_eq!((&got["general"], &got["hardware"]["serialNumber"]), (&json!(null), &json!("ZZzz1")));
    assert_eq!(got["userAndLocation"]["username"], "zz.user");
    assert_eq!(client.get(&format!("{LIST}?section=NONSENSE")).await.status, 400);
}

#[tokio::test]
async fn dates_compare_as_dates_and_writes_are_seen_by_filters() {
    let client = Client::small().await;
    let old = client.create(LIST, mac("zz old", "2001-01-01T00:00:00Z")).await;
    let new = client.create(LIST, mac("zz new", "2002-01-01T00:00:00.5Z")).await;
    let filter = "general.lastCheckIn<2002-01-01T00:00:00Z;general.name==\"zz *\"";
    assert_eq!(column(&client.list(LIST, &[("filter", filter)]).await, "/id"), [old.as_str()]);
    let detail = format!("/api/v4/computers-inventory-detail/{new}");
    let patch = json!({"general": {"name": "zz renamed", "managed": false}, "nonsense": 1});
    assert_eq!(client.write("PATCH", &detail, patch).await.status, 204);
    let seen = client.get(&detail).await.json;
    assert_eq!(
        (&seen["general"]["remoteManagement"]["managed"], &seen["nonsense"]),
        (&json!(false), &json!(null))
    );
    let got = client.list(LIST, &[("filter", "general.name==\"zz renamed\"")]).await;
    assert_eq!(column(&got, "/id"), [new.as_str()]);
    let sorted = client
        .list(LIST, &[("filter", "general.name==\"zz *\""), ("sort", "general.lastCheckIn:desc")])
        .await;
    assert_eq!(column(&sorted, "/id"), [new.as_str(), old.as_str()]);
    let refused = client.list(LIST, &[("filter", "security.sipStatus==ENABLED")]).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["code"]), (400, &json!("INVALID_FIELD")));
    assert_eq!(client.delete(&format!("{LIST}/{old}")).await.status, 204);
    assert_eq!(client.get(&detail.replace(&new, &old)).await.status, 404);
}

#[tokio::test]
async fn older_tenants_have_older_paths_and_names() {
    let client =
        Client::new(Options { computers: 1, version: "11.25.1".to_owned(), ..Options::default() }).await;
    assert_eq!(client.get(LIST).await.status, 404);
    assert_eq!(client.get("/api/v1/users").await.status, 404);
    let id = client.get("/api/v3/computers-inventory").await.json["totalCount"].as_u64().unwrap();
    assert!(id <= 1);
    for (version, status) in [("11.10.0", 404), ("11.25.0", 200)] {
        let client =
            Client::new(Options { computers: 1, version: version.to_owned(), ..Options::default() }).await;
        assert_eq!(client.get("/api/v3/computers-inventory").await.status, status);
        let sort =
            client.list("/api/v1/computers-inventory", &[("sort", "general.lastContactTime:asc")]).await;
        assert_eq!(sort.status, 200);
    }
    let ancient = Client::of(
        crate::Tenant::start(Options { version: "10.50.0".to_owned(), ..Options::default() }).await.unwrap(),
    );
    let mut ancient = ancient.await;
    assert!(ancient.token.is_empty());
    ancient.token = ancient.fresh_token("/api/oauth/token").await;
    assert_eq!(ancient.get("/api/v1/auth").await.status, 200);
}

#[tokio::test]
async fn attachments_come_back_byte_for_byte() {
    let client = Client::small().await;
    let id = client.create(LIST, mac("zz file", "2026-01-01T00:00:00Z")).await;
    let path = format!("{LIST}/{id}/attachments");
    let body = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\
                one\r\ntwo\r\n--XX--\r\n";
    let kind = "multipart/form-data; boundary=XX";
    let made = client.send(client.request("POST", &path).header("content-type", kind).body(body)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let file = format!("{path}/{}", made.json["id"].as_str().unwrap());
    assert_eq!(client.get(&file).await.text, "one\r\ntwo");
    let listed = client.get(&format!("{LIST}/{id}?section=ATTACHMENTS")).await.json;
    assert_eq!(
        (&listed["attachments"][0]["name"], &listed["attachments"][0]["sizeBytes"]),
        (&json!("a.txt"), &json!(8))
    );
    assert_eq!(client.delete(&file).await.status, 204);
    assert_eq!(client.get(&file).await.status, 404);
}

#[tokio::test]
async fn commands_answer_with_their_uuid() {
    let client = Client::small().await;
    let id = client.create(LIST, mac("zz gone", "2026-01-01T00:00:00Z")).await;
    let erased = client.write("POST", &format!("{LIST}/{id}/erase"), json!({"pin": "123456"})).await;
    assert_eq!((erased.status, &erased.json["deviceId"]), (200, &json!(id)));
    assert_eq!(erased.json["commandUuid"].as_str().unwrap().len(), 36);
    assert_eq!(client.write("POST", &format!("{LIST}/{id}/erase"), json!({"pin": "1"})).await.status, 400);
    let sent = client.control("GET", "commands", None).await.json["commands"].clone();
    assert_eq!(sent.as_array().unwrap().len(), 1);
    assert_eq!(
        (&sent[0]["command"], &sent[0]["uuid"]),
        (&json!("ERASE_DEVICE"), &erased.json["commandUuid"])
    );
    assert_eq!(client.write("POST", &format!("{LIST}/0/remove-mdm-profile"), json!({})).await.status, 404);
}

#[tokio::test]
async fn a_created_computer_is_seen_at_once_only_by_who_sends_the_cookie() {
    let lag = std::time::Duration::from_secs(600);
    let client = Client::new(Options { computers: 1, node_lag: lag, ..Options::default() }).await;
    let made =
        client.request("POST", LIST).json(&mac("zz lag", "2026-01-01T00:00:00Z")).send().await.unwrap();
    let cookie = made.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let id = made.json::<serde_json::Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("{LIST}/{id}");
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(client.send(client.request("GET", &path).header("cookie", cookie)).await.status, 200);
}

#[tokio::test]
async fn a_change_of_one_extension_attribute_leaves_the_others() {
    let client = Client::small().await;
    let id = client.create(LIST, json!({"general": {"name": "zz ea"}})).await;
    let detail = format!("/api/v4/computers-inventory-detail/{id}");
    let attributes =
        json!([{"definitionId": "1", "values": ["pilot"]}, {"definitionId": "2", "values": ["zz"]}]);
    let first = json!({"general": {"extensionAttributes": attributes}});
    assert_eq!(client.write("PATCH", &detail, first).await.status, 204);
    let patch = json!({"general": {"siteId": "-1", "extensionAttributes": [{"definitionId": "2", "values": ["new"]}]}});
    assert_eq!(client.write("PATCH", &detail, patch).await.status, 204);
    let general = client.get(&detail).await.json["general"].clone();
    assert_eq!(general["extensionAttributes"][0]["values"], json!(["pilot"]));
    assert_eq!(general["extensionAttributes"][1], json!({"definitionId": "2", "values": ["new"]}));
    assert_eq!(general["site"], json!({"id": "-1", "name": "None"}));
}
