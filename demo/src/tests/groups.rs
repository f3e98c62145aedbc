//! Groups.

use serde_json::json;

use super::client::{Client, column};
use crate::Options;

const SMART: &str = "/api/v3/computer-groups/smart-groups";
const STATIC: &str = "/api/v3/computer-groups/static-groups";

async fn mac(client: &Client, name: &str) -> String {
    client.create("/api/v4/computers-inventory", json!({"general": {"name": name}})).await
}

#[tokio::test]
async fn a_smart_group_without_criteria_is_everybody() {
    let client = Client::small().await;
    let (one, _) = (mac(&client, "zz Smart 1").await, mac(&client, "zz Other").await);
    let all = client.get("/api/v4/computers-inventory?page-size=1").await.json["totalCount"].clone();
    let everybody = client.create(SMART, json!({"name": "zz all", "criteria": []})).await;
    let members = format!("/api/v3/computer-groups/smart-group-membership/{everybody}");
    assert_eq!(
        client.get(&members).await.json["members"].as_array().unwrap().len(),
        usize::try_from(all.as_u64().unwrap()).unwrap()
    );
    let criterion = json!([{"name": "Computer Name", "priority": 0, "andOr": "and", "searchType": "like", "value": "zz Smart"}]);
    let changed = client
        .write("PUT", &format!("{SMART}/{everybody}"), json!({"name": "zz some", "criteria": criterion}))
        .await;
    assert_eq!(changed.status, 202);
    assert_eq!(client.get(&members).await.json["members"], json!([one.parse::<u64>().unwrap()]));
    let listed = client.list(SMART, &[("filter", "name==\"zz some\"")]).await;
    assert_eq!(
        (column(&listed, "/membershipCount"), &listed.json["totalCount"]),
        (vec!["1".to_owned()], &json!(1))
    );
    let bare = client.get("/api/v1/computer-groups").await.json;
    assert!(bare.as_array().unwrap().iter().any(|g| g["name"] == "zz some" && g["smartGroup"] == true));
    let recalculated = client
        .write("POST", &format!("/api/v1/smart-computer-groups/{everybody}/recalculate"), json!({}))
        .await;
    assert_eq!(recalculated.json["count"], 1);
    assert_eq!(client.delete(&format!("{SMART}/{everybody}")).await.status, 204);
    assert_eq!(client.get(&members).await.status, 404);
}

#[tokio::test]
async fn static_groups_need_assignments_and_never_show_members() {
    let client = Client::small().await;
    let id = mac(&client, "zz Static").await;
    let silent = client.write("POST", STATIC, json!({"name": "zz s"})).await;
    assert_eq!((silent.status, &silent.json["errors"]), (500, &json!([])));
    assert_eq!(client.write("POST", STATIC, json!({"name": "zz s", "assignments": ["0"]})).await.status, 400);
    let group = client.create(STATIC, json!({"name": "zz s", "assignments": [id]})).await;
    let shown = client.get(&format!("{STATIC}/{group}")).await.json;
    assert_eq!(
        (&shown["id"], &shown["assignments"], &shown["siteId"]),
        (&json!(group), &json!(null), &json!("-1"))
    );
    let platform = client.list("/api/v2/groups", &[("filter", "groupName==\"zz s\";isSmart==false")]).await;
    assert_eq!(column(&platform, "/membershipCount"), ["1"]);
    let path = format!("/api/v2/groups/{}", column(&platform, "/groupPlatformId")[0]);
    let mine = client.get(&format!("/api/v1/devices/{id}/groups")).await.json;
    assert_eq!(mine.as_array().unwrap().iter().filter(|g| g["name"] == "zz s").count(), 1);
    let emptied = json!({"assignments": [{"deviceId": id, "selected": false}]});
    assert_eq!(client.write("PATCH", &path, emptied).await.status, 204);
    assert_eq!(client.get(&path).await.json["membershipCount"], 0);
}

#[tokio::test]
async fn older_tenants_have_version_2_of_groups() {
    let client =
        Client::new(Options { computers: 1, version: "11.26.0".to_owned(), ..Options::default() }).await;
    assert_eq!(client.get(SMART).await.status, 404);
    assert_eq!(client.get("/api/v2/groups").await.status, 404);
    assert_eq!(client.get("/api/v2/computer-groups/smart-groups").await.status, 200);
}
