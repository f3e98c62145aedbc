//! Sign-in, lists, families of small objects.

use serde_json::json;

use super::client::{Client, column};
use crate::Options;

#[tokio::test]
async fn sign_in_gives_a_token_that_every_path_checks() {
    let client = Client::small().await;
    assert_eq!(client.get("/api/v1/jamf-pro-version").await.json["version"], "11.32.0");
    let auth = client.get("/api/v1/auth").await.json;
    let privileges = auth["account"]["privilegesBySite"]["-1"].as_array().unwrap();
    assert!(privileges.contains(&json!("Read Buildings")) && privileges.contains(&json!("Read Policies")));
    for path in ["/api/v1/buildings", "/JSSResource/policies", "/api/v9/nowhere"] {
        let got = client.send(client.http.get(format!("{}{path}", client.tenant.url()))).await;
        assert_eq!((got.status, &got.json["errors"][0]["code"]), (401, &json!("INVALID_TOKEN")), "{path}");
    }
    assert_eq!(client.get("/api/v9/nowhere").await.status, 404);
    assert_eq!(client.write("POST", "/api/v1/auth/invalidate-token", json!({})).await.status, 204);
    assert_eq!(client.get("/api/v1/jamf-pro-version").await.status, 401);
    assert!(!client.fresh_token("/api/oauth/token").await.is_empty());
}

#[tokio::test]
async fn tokens_expire() {
    let lifetime = std::time::Duration::from_millis(1);
    let client = Client::new(Options { computers: 1, token_lifetime: lifetime, ..Options::default() }).await;
    tokio::time::sleep(lifetime * 5).await;
    assert_eq!(client.get("/api/v1/auth").await.status, 401);
}

#[tokio::test]
async fn a_wrong_secret_is_an_oauth_error() {
    let client = Client::small().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "x"), ("client_secret", "y")];
    let url = format!("{}/api/v1/oauth/token", client.tenant.url());
    let got = client.send(client.http.post(url).form(&form)).await;
    assert_eq!((got.status, &got.json["error"]), (400, &json!("invalid_client")));
}

#[tokio::test]
async fn a_missing_privilege_is_said_in_the_shape_of_each_api() {
    let privileges = Some(vec!["Read Buildings".to_owned()]);
    let client = Client::new(Options { computers: 1, privileges, ..Options::default() }).await;
    assert_eq!(client.get("/api/v1/buildings").await.status, 200);
    let refused = client.write("POST", "/api/v1/buildings", json!({"name": "x"})).await;
    assert_eq!((refused.status, &refused.json["errors"][0]["code"]), (403, &json!("INVALID_PRIVILEGE")));
    let classic = client.get("/JSSResource/policies").await;
    assert_eq!(classic.status, 401);
    assert!(classic.kind.starts_with("text/html") && classic.text.contains("<p>"));
}

#[tokio::test]
async fn a_building_lives_and_dies() {
    let client = Client::small().await;
    let id =
        client.create("/api/v1/buildings", json!({"name": "Test Hall 77", "city": "Emerald Town"})).await;
    let path = format!("/api/v1/buildings/{id}");
    let read = client.get(&path).await.json;
    assert_eq!(
        (&read["name"], &read["city"], &read["country"]),
        (&json!("Test Hall 77"), &json!("Emerald Town"), &json!(""))
    );
    let again = client.write("POST", "/api/v1/buildings", json!({"name": "test hall 77"})).await;
    assert_eq!((again.status, &again.json["errors"][0]["code"]), (400, &json!("DUPLICATE_FIELD")));
    let nameless = client.write("POST", "/api/v1/buildings", json!({"city": "x"})).await;
    assert_eq!((nameless.status, &nameless.json["errors"][0]["field"]), (400, &json!("name")));
    let replaced = client.write("PUT", &path, json!({"name": "Test Hall 78"})).await;
    assert_eq!((replaced.status, &replaced.json["city"]), (200, &json!("")));
    assert_eq!(client.write("POST", &format!("{path}/history"), json!({"note": "moved"})).await.status, 201);
    let history = client.list(&format!("{path}/history"), &[("filter", "note==\"moved\"")]).await;
    assert_eq!(history.json["totalCount"], 1);
    let csv =
        client.write("POST", "/api/v1/buildings/export", json!({"fields": [{"fieldName": "name"}]})).await;
    assert_eq!(csv.kind, "text/csv");
    assert!(csv.text.starts_with("name\n") && csv.text.contains("\nTest Hall 78\n"), "{}", csv.text);
    assert_eq!(client.delete(&path).await.status, 204);
    let gone = client.get(&path).await;
    assert_eq!((gone.status, &gone.json["httpStatus"]), (404, &json!(404)));
}

#[tokio::test]
async fn lists_are_paged_sorted_and_filtered() {
    let client = Client::small().await;
    for (name, city) in [("zz Paging A", "Oz"), ("zz Paging B", "Oz"), ("zz Paging C, \"D\"", "Ix")] {
        client.create("/api/v1/buildings", json!({"name": name, "city": city})).await;
    }
    let all = "name==\"zz Paging*\"";
    let page = client
        .list("/api/v1/buildings", &[("filter", all), ("sort", "city:desc,name:desc"), ("page-size", "2")])
        .await;
    assert_eq!(page.json["totalCount"], 3);
    assert_eq!(column(&page, "/name"), ["zz Paging B", "zz Paging A"]);
    let second =
        [("filter", all), ("sort", "city:desc"), ("sort", "name:desc"), ("page-size", "2"), ("page", "1")];
    assert_eq!(column(&client.list("/api/v1/buildings", &second).await, "/name"), ["zz Paging C, \"D\""]);
    let quoted =
        client.list("/api/v1/buildings", &[("filter", r#"name=="zz Paging C, \"D\"";city==Ix"#)]).await;
    assert_eq!(quoted.json["totalCount"], 1);
    let unknown = client.list("/api/v1/buildings", &[("filter", "shade==red")]).await;
    assert_eq!((unknown.status, &unknown.json["errors"][0]["code"]), (400, &json!("INVALID_FIELD")));
    for query in [("filter", "name=="), ("page", "-1"), ("page-size", "0")] {
        assert_eq!(client.list("/api/v1/buildings", &[query]).await.status, 400, "{query:?}");
    }
}

#[tokio::test]
async fn page_size_is_clamped_without_a_word() {
    let client = Client::small().await;
    let before = client.get("/api/v1/departments").await.json["totalCount"].as_u64().unwrap();
    for n in 0..2001 {
        client.create("/api/v1/departments", json!({"name": format!("Bulk {n}")})).await;
    }
    let got = client.get("/api/v1/departments?page-size=5000").await;
    assert_eq!(got.json["results"].as_array().unwrap().len(), 2000);
    assert_eq!(got.json["totalCount"], before + 2001);
    let ids: Vec<String> = column(&got, "/id").into_iter().rev().take(2).collect();
    let refused = json!({"ids": [ids[0], "999999"]});
    assert_eq!(client.write("POST", "/api/v1/departments/delete-multiple", refused).await.status, 404);
    assert_eq!(
        client.write("POST", "/api/v1/departments/delete-multiple", json!({"ids": ids})).await.status,
        204
    );
    assert_eq!(client.get("/api/v1/departments").await.json["totalCount"], before + 1999);
}

#[tokio::test]
async fn scripts_download_and_users_have_their_own_envelope() {
    let client = Client::small().await;
    let body = json!({"name": "zz say", "scriptContents": "#!/bin/sh\necho 1\n", "priority": "BEFORE"});
    let id = client.create("/api/v1/scripts", body).await;
    assert_eq!(client.get(&format!("/api/v1/scripts/{id}/download")).await.text, "#!/bin/sh\necho 1\n");
    assert_eq!(client.get(&format!("/api/v1/scripts/{id}")).await.json["priority"], "BEFORE");
    let user = client.create("/api/v1/users", json!({"username": "zz.nobody"})).await;
    let got = client.list("/api/v1/users", &[("filter", "username==zz.nobody"), ("page-size", "3000")]).await;
    assert_eq!((&got.json["pageSize"], &got.json["hasNext"]), (&json!(1000), &json!(false)));
    assert_eq!(column(&got, "/id"), [user.as_str()]);
    assert_eq!(
        client.write("PUT", &format!("/api/v1/users/{user}"), json!({"username": "zz.n"})).await.status,
        204
    );
}

#[tokio::test]
async fn a_setting_is_read_and_replaced() {
    let client = Client::small().await;
    let path = "/api/v1/policy-properties";
    assert_eq!(client.get(path).await.json["allowNetworkStateChangeTriggers"], true);
    let body = json!({"allowNetworkStateChangeTriggers": false, "policiesRequireNetworkStateChange": true});
    assert_eq!(client.write("PUT", path, body).await.status, 200);
    let kept = json!({"policiesRequireNetworkStateChange": false, "allowNetworkStateChangeTriggers": false});
    assert_eq!(client.get(path).await.json, kept);
}
