//! The control: what it tells, what it changes, and whom it refuses.

use std::time::Duration;

use serde_json::{Value, json};

use super::{classic::json_of, client::Client};
use crate::Options;

const PATH: &str = "/api/v1/buildings";

#[tokio::test]
async fn faults_are_switched_while_it_runs() {
    let client = Client::small().await;
    for method in ["PUT", "POST"] {
        let wanted = json!({"faults": ["429=2*1", "wrong-secret"]});
        let set = client.control(method, "faults", Some(wanted.clone())).await;
        assert_eq!((set.status, &set.json["faults"]), (200, &wanted["faults"]));
        assert_eq!(client.get(PATH).await.status, 429);
        assert!(client.fresh_token("/api/v1/oauth/token").await.is_empty());
        assert_eq!(client.control("GET", "faults", None).await.json["faults"], json!(["wrong-secret"]));
    }
    let known = client.control("GET", "faults", None).await.json["known"].clone();
    assert_eq!(known.as_array().unwrap().len(), crate::KNOWN.len());
    let wrong = client.control("POST", "faults", Some(json!({"faults": ["nonsense"]}))).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.json["error"].as_str().unwrap().contains("unknown fault `nonsense`"), "{}", wrong.text);
    assert_eq!(client.control("DELETE", "faults", None).await.status, 204);
    assert!(client.tenant.faults().current().0.is_empty());
}

#[tokio::test]
async fn requests_are_told_with_the_faults_that_hit_them() {
    let client = Client::small().await;
    client.tenant.faults().set("slow=1ms*1,write-500*1".parse().unwrap());
    client.get(PATH).await;
    client.write("POST", PATH, json!({"name": "zz"})).await;
    let log = client.control("GET", "requests", None).await.json;
    assert_eq!((&log["count"], &log["tokenRequests"]), (&json!(3), &json!(1)));
    let faults: Vec<&Value> =
        log["entries"].as_array().unwrap().iter().map(|entry| &entry["faults"]).collect();
    assert_eq!(faults, [&json!([]), &json!(["slow"]), &json!(["write-500"])]);
    let newer = client.control("GET", "requests?after=2", None).await.json;
    assert_eq!(newer["entries"].as_array().unwrap().len(), 1);
    assert_eq!((&newer["entries"][0]["number"], &newer["entries"][0]["method"]), (&json!(3), &json!("POST")));
    assert_eq!(client.control("DELETE", "requests", None).await.status, 204);
    assert_eq!(client.control("GET", "requests", None).await.json["count"], 0);
}

#[tokio::test]
async fn tokens_are_told_without_being_given_away_and_can_be_revoked() {
    let client = Client::small().await;
    let told = client.control("GET", "tokens", None).await;
    let token = &told.json["tokens"][0];
    assert_eq!((&token["of"], &token["lifetimeSeconds"]), (&json!("API client"), &json!(60)));
    assert!(client.token.ends_with(token["endsIn"].as_str().unwrap()) && !told.text.contains(&client.token));
    assert_eq!(client.control("DELETE", "tokens", None).await.status, 204);
    assert_eq!(client.get(PATH).await.status, 401);
    assert_eq!(client.control("GET", "tokens", None).await.json["tokens"], json!([]));
}

#[tokio::test]
async fn commands_memberships_and_scopes_are_as_the_tenant_has_them() {
    let options = Options { computers: 40, answers: Some(Duration::ZERO), ..Options::default() };
    let client = Client::new(options).await;
    let general = "/api/v4/computers-inventory?section=GENERAL&page-size=40";
    let computers = client.get(general).await.json["results"].clone();
    let ids: Vec<&Value> =
        computers.as_array().unwrap().iter().map(|computer| &computer["general"]["managementId"]).collect();
    let clients: Vec<Value> = ids.iter().map(|id| json!({"managementId": id})).collect();
    let body = json!({"clientData": clients, "commandData": {"commandType": "RESTART_DEVICE"}});
    assert_eq!(client.write("POST", "/api/v2/mdm/commands", body).await.status, 201);
    let commands = client.control("GET", "commands", None).await.json["commands"].clone();
    let states: std::collections::HashSet<&str> =
        commands.as_array().unwrap().iter().map(|command| command["state"].as_str().unwrap()).collect();
    assert_eq!(commands.as_array().unwrap().len(), 40);
    assert!(states.contains("ACKNOWLEDGED") && states.contains("ERROR"), "{states:?}");

    let groups = client.control("GET", "memberships", None).await.json;
    let group = groups["computers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|group| group["name"] == "Leased Macs (returned)")
        .unwrap();
    assert_eq!(group["members"].as_array().unwrap().len(), 40, "a group without criteria has everything");

    let scopes = client.control("GET", "scopes?family=policies", None).await.json["scopes"].clone();
    let scopes = scopes.as_array().unwrap();
    assert_eq!(scopes.len(), 95);
    assert!(scopes.iter().any(|scope| scope["computers"].as_array().unwrap().len() == 40));
    let one = client.control("GET", "scopes?family=policies&id=3", None).await.json["scopes"].clone();
    assert_eq!((one.as_array().unwrap().len(), &one[0]), (1, &scopes[2]));
    let id = one[0]["computers"][0].as_str().unwrap();
    let managed = client.get(&format!("/JSSResource/computermanagement/id/{id}")).await.text;
    assert_eq!(managed.contains(one[0]["name"].as_str().unwrap()), one[0]["enabled"] == true, "{managed}");

    // A profile for a group of mobile devices is for its members, and for no computer.
    let profiles = client.control("GET", "scopes?family=mobile_device_configuration_profiles", None).await;
    let profiles = profiles.json["scopes"].clone();
    let of_group = "/JSSResource/mobiledeviceconfigurationprofiles/id/";
    let mut compared = 0;
    for profile in profiles.as_array().unwrap() {
        assert_eq!(profile["computers"], json!([]), "{profile}");
        let own = json_of(&client, &format!("{of_group}{}", profile["id"].as_str().unwrap())).await.json;
        let scope = &own["configuration_profile"]["scope"];
        let [group] = scope["mobile_device_groups"].as_array().unwrap().as_slice() else { continue };
        let is_empty = |part: &str, list: &str| scope[part][list].as_array().unwrap().is_empty();
        if !["users", "user_groups", "network_segments"].iter().all(|list| is_empty("limitations", list))
            || !["mobile_devices", "mobile_device_groups", "users", "user_groups", "buildings", "departments"]
                .iter()
                .all(|list| is_empty("exclusions", list))
        {
            continue;
        }
        let groups = groups["mobileDevices"].as_array().unwrap();
        let group = groups
            .iter()
            .find(|own| own["id"].as_str() == group["id"].as_u64().map(|id| id.to_string()).as_deref())
            .unwrap();
        assert_eq!(profile["mobileDevices"], group["members"], "{profile}");
        compared += 1;
    }
    assert!(compared > 0);
}

#[tokio::test]
async fn a_state_is_put_aside_and_back() {
    let client = Client::small().await;
    let count = async || client.get(PATH).await.json["totalCount"].as_u64().unwrap();
    let at_first = count().await;
    assert_eq!(client.control("POST", "checkpoints/before", None).await.status, 201);
    let id = client.create(PATH, json!({"name": "zz one"})).await;
    assert_eq!(client.delete("/api/v1/buildings/1").await.status, 204);
    assert_eq!(client.control("POST", "checkpoints/after%20it", None).await.status, 201);
    let names = client.control("GET", "checkpoints", None).await.json["checkpoints"].clone();
    assert_eq!(names, json!(["after it", "before"]));
    let changes = client.control("GET", "checkpoints/before/changes", None).await.json["changes"].clone();
    let changes: Vec<(&Value, &Value, &Value)> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (&change["family"], &change["before"]["name"], &change["after"]["name"]))
        .collect();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.contains(&(&json!("buildings"), &Value::Null, &json!("zz one"))), "{changes:?}");
    assert!(changes.iter().any(|(_, before, after)| before.is_string() && after.is_null()), "{changes:?}");
    let none = client.control("GET", "checkpoints/after%20it/changes", None).await.json["changes"].clone();
    assert_eq!(none, json!([]));
    assert_eq!(client.control("POST", "checkpoints/before/restore", None).await.status, 204);
    assert_eq!(count().await, at_first);
    assert_eq!(client.get("/api/v1/buildings/1").await.status, 200);
    assert_eq!(client.control("POST", "checkpoints/after%20it/restore", None).await.status, 204);
    assert_eq!(client.get(&format!("{PATH}/{id}")).await.json["name"], "zz one");
    assert_eq!(client.control("POST", "reset", None).await.status, 204);
    assert_eq!((count().await, client.get(&format!("{PATH}/{id}")).await.status), (at_first, 404));
    assert_eq!(client.control("DELETE", "checkpoints/before", None).await.status, 204);
    assert_eq!(client.control("POST", "checkpoints/before/restore", None).await.status, 404);
    assert_eq!(client.control("POST", "checkpoints/%3Cb%3E", None).await.status, 400);
}

#[tokio::test]
async fn nobody_gets_to_the_control_who_does_not_know_its_address() {
    let client = Client::small().await;
    let (url, control) = (client.tenant.url(), client.tenant.control_url());
    for path in ["/__demo", "/__demo/", "/__demo/faults", "/__demo/00000000000000000000000000000000/faults"] {
        let got = client.send(client.http.get(format!("{url}{path}"))).await;
        assert_eq!(got.status, 404, "{path}");
    }
    let port = url.rsplit(':').next().unwrap();
    let with = |name: &str, value: String| {
        client.http.get(format!("{control}/state")).header(name.to_owned(), value)
    };
    for (name, value, status) in [
        ("host", format!("127.0.0.1:{port}"), 200),
        ("host", format!("localhost:{port}"), 200),
        ("host", format!("evil.example:{port}"), 403),
        ("host", "127.0.0.1".to_owned(), 403),
        ("origin", url.clone(), 200),
        ("origin", "https://evil.example".to_owned(), 403),
        ("origin", "null".to_owned(), 403),
        ("sec-fetch-site", "same-origin".to_owned(), 200),
        ("sec-fetch-site", "cross-site".to_owned(), 403),
        ("sec-fetch-site", "same-site".to_owned(), 403),
    ] {
        let got = client.send(with(name, value.clone())).await;
        assert_eq!(got.status, status, "{name}: {value}");
    }
    let page = client.http.get(&control).send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.url().path().ends_with('/')), (200, true));
    let headers = page.headers().clone();
    assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(
        (headers["cache-control"].as_bytes(), headers["x-frame-options"].as_bytes()),
        (&b"no-store"[..], &b"DENY"[..])
    );
    assert!(client.tenant.log().entries().iter().all(|entry| !entry.path.starts_with("/__demo")));
}
