//! API clients that are made here: a token has exactly the privileges of its roles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::client::{Client, Got};
use crate::{classic, privileges, shapes};

const ROLES: &str = "/api/v1/api-roles";
const CLIENTS: &str = "/api/v1/api-integrations";

/// Make a role; the answer is its id.
async fn role(client: &Client, name: &str, privileges: &[&str]) -> String {
    let made = client.write("POST", ROLES, json!({"displayName": name, "privileges": privileges})).await;
    assert_eq!(made.status, 200, "{}", made.text);
    made.json["id"].as_str().unwrap().to_owned()
}

/// Make a client of roles; the answer is the path of it.
async fn integration(client: &Client, name: &str, roles: &[&str], lifetime: u64) -> String {
    let body =
        json!({"displayName": name, "authorizationScopes": roles, "accessTokenLifetimeSeconds": lifetime});
    let made = client.write("POST", CLIENTS, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.json["appType"], &made.json["enabled"]), (&json!("NONE"), &json!(true)));
    format!("{CLIENTS}/{}", made.json["id"])
}

/// Id and secret.
async fn credentials(client: &Client, path: &str) -> (String, String) {
    let got = client.write("POST", &format!("{path}/client-credentials"), json!({})).await;
    assert_eq!(got.status, 200, "{}", got.text);
    let text = |name: &str| got.json[name].as_str().unwrap().to_owned();
    (text("clientId"), text("clientSecret"))
}

async fn token(client: &Client, (id, secret): &(String, String), scope: &str) -> Got {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", scope),
    ];
    client.send(client.http.post(format!("{}/api/v1/oauth/token", client.tenant.url())).form(&form)).await
}

async fn ask(client: &Client, token: &str, method: &str, path: &str, body: Value) -> Got {
    let url = format!("{}{path}", client.tenant.url());
    let request = client.http.request(method.parse().unwrap(), url).bearer_auth(token);
    client.send(if body.is_null() { request } else { request.json(&body) }).await
}

fn text(got: &Got, name: &str) -> String {
    got.json[name].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_client_that_is_made_here_gets_a_token_with_exactly_its_roles() {
    let client = Client::small().await;
    let reader = role(&client, "zz reader", &["Read Buildings", "Read Policies"]).await;
    role(&client, "zz writer", &["Create Buildings"]).await;
    let path = integration(&client, "zz client", &["zz reader", "zz writer"], 90).await;
    let own = credentials(&client, &path).await;
    let read = client.get(&path).await.json;
    assert_eq!((&read["appType"], &read["clientId"]), (&json!("CLIENT_CREDENTIALS"), &json!(own.0)));
    let got = token(&client, &own, "").await;
    assert_eq!(got.json["expires_in"], 89, "{}", got.text);
    assert_eq!(text(&got, "scope").split(' ').count(), 2, "{}", got.text);
    let whole = text(&got, "access_token");
    let who = ask(&client, &whole, "GET", "/api/v1/auth", Value::Null).await.json;
    assert_eq!(who["account"]["username"], "zz client");
    let privileges = json!(["Create Buildings", "Read Buildings", "Read Policies"]);
    assert_eq!(who["account"]["privilegesBySite"]["-1"], privileges);
    let building = "/api/v1/buildings";
    for (method, path, body, status) in [
        ("GET", building, Value::Null, 200),
        ("POST", building, json!({"name": "zz"}), 201),
        ("DELETE", "/api/v1/buildings/1", Value::Null, 403),
        ("GET", "/api/v4/computers-inventory", Value::Null, 403),
        ("GET", "/JSSResource/policies", Value::Null, 200),
        ("DELETE", "/JSSResource/policies/id/1", Value::Null, 401),
        ("GET", "/JSSResource/categories", Value::Null, 401),
    ] {
        let got = ask(&client, &whole, method, path, body).await;
        assert_eq!(got.status, status, "{method} {path}: {}", got.text);
        if status == 403 {
            assert_eq!(got.json["errors"][0]["code"], "INVALID_PRIVILEGE");
        }
    }
    // One of its roles only, and one that it does not have.
    let one = token(&client, &own, &format!("api-role:{reader}")).await;
    assert_eq!(text(&one, "scope"), format!("api-role:{reader}"));
    let one = text(&one, "access_token");
    assert_eq!(ask(&client, &one, "POST", building, json!({"name": "zz 2"})).await.status, 403);
    let other = token(&client, &own, "api-role:1").await;
    assert_eq!((other.status, &other.json["error"]), (400, &json!("invalid_scope")));
    let wrong = token(&client, &(own.0.clone(), "wrong".to_owned()), "").await;
    assert_eq!((wrong.status, &wrong.json["error"]), (400, &json!("invalid_client")));
    let tokens = client.control("GET", "tokens", None).await;
    assert!(tokens.text.contains("API client zz client"), "{}", tokens.text);
}

#[tokio::test]
async fn what_is_changed_of_a_client_shows_when_jamf_shows_it() {
    let client = Client::small().await;
    let id = role(&client, "zz role", &["Read Buildings"]).await;
    role(&client, "zz other", &["Read Departments"]).await;
    let path = integration(&client, "zz client", &["zz role"], 300).await;
    let own = credentials(&client, &path).await;
    let first = text(&token(&client, &own, "").await, "access_token");
    let may =
        async |token: &str, path: &str| ask(&client, token, "GET", path, Value::Null).await.status == 200;
    assert!(may(&first, "/api/v1/buildings").await && !may(&first, "/api/v1/sites").await);
    // What a role may do shows in the next token, and its name is only a name.
    let changed = json!({"displayName": "zz renamed", "privileges": ["Read Sites"]});
    assert_eq!(client.write("PUT", &format!("{ROLES}/{id}"), changed).await.status, 200);
    assert_eq!(client.get(&path).await.json["authorizationScopes"], json!(["zz renamed"]));
    assert!(may(&first, "/api/v1/buildings").await);
    let second = text(&token(&client, &own, "").await, "access_token");
    assert!(!may(&second, "/api/v1/buildings").await && may(&second, "/api/v1/sites").await);
    // Other roles show with a new secret, which ends the one before.
    let other = json!({"displayName": "zz client", "authorizationScopes": ["zz other"]});
    assert_eq!(client.write("PUT", &path, other).await.status, 200);
    let third = text(&token(&client, &own, "").await, "access_token");
    assert!(may(&third, "/api/v1/sites").await && !may(&third, "/api/v1/departments").await);
    let renewed = credentials(&client, &path).await;
    assert_eq!(renewed.0, own.0);
    assert_eq!(token(&client, &own, "").await.json["error"], "invalid_client");
    let fourth = text(&token(&client, &renewed, "").await, "access_token");
    assert!(!may(&fourth, "/api/v1/sites").await && may(&fourth, "/api/v1/departments").await);
    // A role that is used stays; a client that is disabled or deleted gets no token, and keeps those that it has.
    let used = client.delete(&format!("{ROLES}/{id}")).await;
    assert_eq!(used.status, 204, "its client has another role");
    let off = json!({"displayName": "zz client", "authorizationScopes": ["zz other"], "enabled": false});
    assert_eq!(client.write("PUT", &path, off).await.status, 200);
    let refused = token(&client, &renewed, "").await;
    assert_eq!((refused.status, &refused.json["error"]), (400, &json!("invalid_client")));
    assert!(may(&fourth, "/api/v1/departments").await);
    assert_eq!(client.delete(&path).await.status, 204);
    assert_eq!(token(&client, &renewed, "").await.status, 400);
    let roles = client.list(ROLES, &[("filter", "displayName==\"Inventory read only\"")]).await.json;
    let in_use = client.delete(&format!("{ROLES}/{}", roles["results"][0]["id"].as_str().unwrap())).await;
    assert_eq!(in_use.status, 409, "{}", in_use.text);
    for (path, body) in [
        (ROLES, json!({"displayName": "zz", "privileges": ["Read Minds"]})),
        (CLIENTS, json!({"displayName": "zz", "authorizationScopes": ["No such role"]})),
    ] {
        assert_eq!(client.write("POST", path, body).await.status, 400, "{path}");
    }
}

/// Operations whose path is no family of the tenant's, or that do not look at the role.
static OTHERS: [&str; 3] = ["/api/v1/oauth/token", "/api/v1/auth/", "/api/v1/auth"];

#[tokio::test]
async fn every_operation_wants_its_privilege_and_no_other() {
    let client = Client::small().await;
    let path = integration(&client, "zz client", &["Inventory read only"], 3_600).await;
    role(&client, "zz role", &[]).await;
    let with = json!({"displayName": "zz client", "authorizationScopes": ["zz role"]});
    assert_eq!(client.write("PUT", &path, with).await.status, 200);
    let own = credentials(&client, &path).await;
    let nothing = text(&token(&client, &own, "").await, "access_token");
    let roles = client.list(ROLES, &[("filter", "displayName==\"zz role\"")]).await.json;
    let id = format!("{ROLES}/{}", roles["results"][0]["id"].as_str().unwrap());

    let mut by_privileges: BTreeMap<BTreeSet<&str>, Vec<(&str, String)>> = BTreeMap::new();
    let pro = shapes::documented().map(|(method, path, needs)| (method, path.to_owned(), needs));
    let classic =
        classic::needed().map(|(method, path, needs)| (method, format!("/JSSResource{path}"), needs));
    for (method, path, needs) in pro.chain(classic) {
        if needs.is_empty() || OTHERS.iter().any(|other| path.starts_with(other)) {
            continue;
        }
        let needs = needs.iter().map(String::as_str).collect();
        by_privileges.entry(needs).or_default().push((method, path));
    }
    let (mut asked, mut wrong) = (0, Vec::new());
    for (needs, operations) in by_privileges {
        let unknown = needs.iter().find(|name| !privileges::ALL.contains(name));
        assert!(unknown.is_none(), "there is no {unknown:?}");
        let role = json!({"displayName": "zz role", "privileges": needs});
        assert_eq!(client.write("PUT", &id, role).await.status, 200);
        let exactly = text(&token(&client, &own, "").await, "access_token");
        for (method, path) in operations {
            let path = path.replace("{}", "999999");
            let is_refused = |got: &Got| match path.starts_with("/api/") {
                true => got.json["errors"][0]["code"] == "INVALID_PRIVILEGE",
                false => got.status == 401 || got.status == 403,
            };
            let none = ask(&client, &nothing, method, &path, json!({})).await;
            let all = ask(&client, &exactly, method, &path, json!({})).await;
            asked += 1;
            if !is_refused(&none) {
                wrong.push(format!("{method} {path} is not refused: {} {}", none.status, none.text));
            }
            if is_refused(&all) {
                wrong.push(format!("{method} {path} wants more than {needs:?}"));
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}: {wrong:#?}", wrong.len());
}

#[tokio::test]
async fn a_command_wants_the_privilege_of_its_kind_too() {
    let client = Client::small().await;
    let path = integration(&client, "zz client", &["Inventory read only"], 300).await;
    role(
        &client,
        "zz lock",
        &["View MDM command information in Jamf Pro API", "Send Computer Remote Lock Command"],
    )
    .await;
    let with = json!({"displayName": "zz client", "authorizationScopes": ["zz lock"]});
    assert_eq!(client.write("PUT", &path, with).await.status, 200);
    let own = credentials(&client, &path).await;
    let token = text(&token(&client, &own, "").await, "access_token");
    let computers = client.get("/api/v4/computers-inventory?section=GENERAL").await.json;
    let devices = client.get("/api/v2/mobile-devices/detail?section=GENERAL").await.json;
    let mac = &computers["results"][0]["general"]["managementId"];
    let device = &devices["results"][0]["general"]["managementId"];
    for (id, command, status) in
        [(mac, "DEVICE_LOCK", 201), (mac, "RESTART_DEVICE", 403), (device, "DEVICE_LOCK", 403)]
    {
        let body = json!({"clientData": [{"managementId": id}], "commandData": {"commandType": command}});
        let got = ask(&client, &token, "POST", "/api/v2/mdm/commands", body).await;
        assert_eq!(got.status, status, "{command}: {}", got.text);
    }
}
