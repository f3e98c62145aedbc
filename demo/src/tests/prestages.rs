//! PreStage enrollments and their locks.

use serde_json::json;

use super::client::Client;

#[tokio::test]
async fn a_stale_lock_at_any_level_is_refused() {
    let client = Client::small().await;
    let path = "/api/v3/computer-prestages/1";
    let mut prestage = client.get(path).await.json;
    prestage["displayName"] = json!("Renamed");
    let first = client.write("PUT", path, prestage.clone()).await;
    assert_eq!((first.status, &first.json["displayName"]), (200, &json!("Renamed")));
    let again = client.write("PUT", path, prestage.clone()).await;
    assert_eq!((again.status, &again.json["errors"][0]["code"]), (409, &json!("OPTIMISTIC_LOCK_FAILED")));
    for part in ["locationInformation", "purchasingInformation", "accountSettings"] {
        let mut nested = client.get(path).await.json;
        nested[part]["versionLock"] = json!(99);
        assert_eq!(client.write("PUT", path, nested).await.status, 409, "{part}");
    }
    assert_eq!(client.write("PUT", path, client.get(path).await.json).await.status, 200);
}

#[tokio::test]
async fn a_scope_has_a_lock_of_its_own() {
    let client = Client::small().await;
    let path = "/api/v2/computer-prestages/2/scope";
    let lock = client.get(path).await.json["versionLock"].clone();
    let added = client.write("POST", path, json!({"serialNumbers": ["ZZNEW1"], "versionLock": lock})).await;
    assert_eq!(added.status, 200, "{}", added.text);
    assert_eq!(
        client.write("POST", path, json!({"serialNumbers": ["ZZNEW2"], "versionLock": lock})).await.status,
        409
    );
    let lock = client.get(path).await.json["versionLock"].clone();
    let gone = client
        .write(
            "POST",
            &format!("{path}/delete-multiple"),
            json!({"serialNumbers": ["ZZNEW1"], "versionLock": lock}),
        )
        .await;
    assert!(gone.status == 200 && !gone.text.contains("ZZNEW1"), "{}", gone.text);
    let lock = gone.json["versionLock"].clone();
    let whole = client.write("PUT", path, json!({"serialNumbers": ["ZZONLY"], "versionLock": lock})).await;
    assert_eq!(whole.json["assignments"].as_array().unwrap().len(), 1);
    assert_eq!(
        client.get("/api/v2/computer-prestages/scope").await.json["serialsByPrestageId"]["ZZONLY"],
        "2"
    );
    assert_eq!(client.get("/api/v3/computer-prestages").await.json["totalCount"], 3);
}
