//! Every current operation of the served families has an answer, by Jamf's own document where there is one.

use serde_json::Value;

use super::client::Client;

/// The families that are served whole.
static FAMILIES: &[&str] = &[
    "api-role-privileges",
    "auth",
    "buildings",
    "categories",
    "computer-groups",
    "computers",
    "computers-inventory",
    "computers-inventory-detail",
    "departments",
    "devices",
    "groups",
    "jamf-pro-information",
    "jamf-pro-version",
    "mobile-device-groups",
    "mobile-devices",
    "policy-properties",
    "scripts",
    "smart-computer-groups",
    "smart-mobile-device-groups",
    "smart-user-groups",
    "static-user-groups",
    "users",
];

/// Signs in with a user's password, and erases a whole group: neither is what a simulated tenant is for.
static LEFT_OUT: &[&str] = &["/v1/auth/token", "/v1/auth/keep-alive", "/v2/mobile-device-groups/{id}/erase"];

#[tokio::test]
async fn every_current_operation_is_answered() {
    let Some(path) = std::env::var_os("JAMF_OPENAPI") else {
        println!("skipped: JAMF_OPENAPI names no document");
        return;
    };
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let client = Client::small().await;
    let mut asked = 0;
    let mut missing = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let family = path.split('/').nth(2).unwrap_or_default();
        if !path.starts_with("/v") || !FAMILIES.contains(&family) || LEFT_OUT.contains(&path.as_str()) {
            continue;
        }
        for (method, operation) in operations.as_object().unwrap() {
            let known = ["get", "post", "put", "patch", "delete"].contains(&method.as_str());
            if !known || operation["deprecated"] == true || path.ends_with("invalidate-token") {
                continue;
            }
            let real = path
                .split('/')
                .map(|s| if s.starts_with('{') { "999999" } else { s })
                .collect::<Vec<_>>()
                .join("/");
            let got =
                client.send(client.request(&method.to_uppercase(), &format!("/api{real}")).body("{}")).await;
            if got.json["errors"][0]["code"] == "NOT_FOUND" {
                missing.push(format!("{method} {path}"));
            }
            asked += 1;
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(asked > 80, "only {asked} operations of the document belong to the families");
}
