//! Families without a handler of their own.

use serde_json::{Value, json};

use super::client::Client;
use crate::{Options, store::id_text};

fn shapes() -> Value {
    serde_json::from_str(include_str!("../../../shapes/answers.json")).unwrap()
}

/// What a simulated tenant has no use for: signing in with a password, erasing a whole group, the first start of a server.
static LEFT_OUT: &[&str] =
    &["/api/auth", "/api/v1/auth", "/api/v1/oauth", "/api/v2/mobile-device-groups/{}/erase", "/system/init"];

#[tokio::test]
async fn every_current_operation_is_answered() {
    let client = Client::small().await;
    let shapes = shapes();
    let operations = shapes["operations"].as_object().unwrap();
    let newest = |key: &str| {
        let (method, path) = key.split_once(' ').unwrap();
        let Some((version, rest)) = path.trim_start_matches("/api/").split_once('/') else { return true };
        let number = version.strip_prefix('v').and_then(|number| number.parse::<u32>().ok());
        number.is_none_or(|number| {
            (number + 1..9).all(|newer| !operations.contains_key(&format!("{method} /api/v{newer}/{rest}")))
        })
    };
    let mut missing = Vec::new();
    let mut asked = 0;
    for key in operations.keys().filter(|key| newest(key)) {
        let (method, path) = key.split_once(' ').unwrap();
        if LEFT_OUT.iter().any(|left_out| path.contains(left_out)) {
            continue;
        }
        let got = client.send(client.request(method, &path.replace("{}", "999999")).body("{}")).await;
        asked += 1;
        // Jamf answers 500 for a command to a mobile device that is not there.
        let strange = got.status >= 500 && !path.starts_with("/api/v2/mobile-devices/");
        if got.json["errors"][0]["code"] == "NOT_FOUND" || strange {
            missing.push(format!("{key}: {} {}", got.status, got.text));
        }
    }
    assert!(missing.is_empty(), "{} of {asked}: {missing:#?}", missing.len());
}

#[tokio::test]
async fn objects_are_made_changed_and_deleted() {
    let client = Client::small().await;
    let path = "/api/v1/distribution-points";
    let before = client.get(path).await.json["totalCount"].as_u64().unwrap();
    let mut point = json!({"name": "Branch office", "serverName": "files.example.com"});
    let refused = client.write("POST", path, point.clone()).await;
    let told = (refused.status, &refused.json["errors"][0]["code"], &refused.json["errors"][0]["field"]);
    assert_eq!(told, (400, &json!("REQUIRED"), &json!("fileSharingConnectionType")));
    point["fileSharingConnectionType"] = json!("SMB");
    point["color"] = json!("green");
    let made = client.write("POST", path, point.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let again = client.write("POST", path, point).await;
    assert_eq!((again.status, &again.json["errors"][0]["code"]), (400, &json!("DUPLICATE_FIELD")));
    let one = format!("{path}/{}", made.json["id"].as_str().unwrap());
    assert!(made.json["href"].as_str().unwrap().ends_with(&one));
    let read = client.get(&one).await.json;
    assert_eq!(read["name"], "Branch office");
    assert!(read.get("color").is_none(), "what the operation does not know is left out: {read}");
    let filtered = client.get(&format!("{path}?filter=name==%22Branch*%22")).await;
    assert_eq!(filtered.json["totalCount"], 1);
    assert_eq!(
        client.write("PATCH", &one, json!({"name": "Closed"})).await.json["serverName"],
        "files.example.com"
    );
    assert_eq!(client.get(path).await.json["totalCount"], before + 1);
    let gone = client
        .write("POST", &format!("{path}/delete-multiple"), json!({"ids": ["999", made.json["id"]]}))
        .await;
    assert_eq!(gone.status, 404, "all or nothing");
    assert_eq!(client.write("DELETE", &one, Value::Null).await.status, 204);
    assert_eq!(client.get(&one).await.status, 404);
    assert_eq!(client.get(&format!("{one}/history")).await.status, 404, "nothing is below what is gone");
}

#[tokio::test]
async fn settings_last_and_histories_grow() {
    let client = Client::small().await;
    let settings = client.get("/api/v3/check-in").await.json;
    let frequency = settings["checkInFrequency"].as_i64().unwrap();
    let changed = client.write("PUT", "/api/v3/check-in", json!({"checkInFrequency": frequency + 15})).await;
    assert_eq!(changed.status, 200);
    assert_eq!(client.get("/api/v3/check-in").await.json["checkInFrequency"], frequency + 15);
    assert_eq!(client.write("POST", "/api/v3/check-in/history", json!({"note": "Slower"})).await.status, 201);
    assert_eq!(client.get("/api/v3/check-in/history").await.json["results"][0]["note"], "Slower");
}

#[tokio::test]
async fn locks_files_and_privileges_hold_here_too() {
    let client = Client::small().await;
    let path = "/api/v3/mobile-device-prestages/1";
    let prestage = client.get(path).await.json;
    assert_eq!(client.write("PUT", path, prestage.clone()).await.status, 200);
    assert_eq!(client.write("PUT", path, prestage).await.status, 409);
    let export = client.write("POST", "/api/v1/packages/export", json!({})).await;
    assert!(export.kind.starts_with("text/csv") && export.text.lines().count() > 3, "{}", export.text);
    let narrow =
        Options { computers: 5, privileges: Some(vec!["Read Packages".to_owned()]), ..Options::default() };
    let narrow = Client::new(narrow).await;
    assert_eq!(narrow.get("/api/v1/packages").await.status, 200);
    assert_eq!(narrow.get("/api/v1/distribution-points").await.status, 403);
}

#[tokio::test]
async fn commands_are_queued_for_devices_that_exist() {
    let client = Client::small().await;
    let computers = client.get("/api/v4/computers-inventory?section=GENERAL").await.json;
    let id = &computers["results"][0]["general"]["managementId"];
    let command =
        json!({"clientData": [{"managementId": id}], "commandData": {"commandType": "DEVICE_LOCK"}});
    let sent = client.write("POST", "/api/v2/mdm/commands", command).await;
    assert_eq!(sent.status, 201);
    let uuid = sent.json[0]["id"].as_str().unwrap();
    let found = client.get(&format!("/api/v2/mdm/commands?filter=uuid=={uuid};status==Pending")).await;
    assert_eq!(found.json["results"][0]["commandType"], "DEVICE_LOCK", "{}", found.text);
    assert_eq!(client.get("/api/v2/mdm/commands").await.status, 400, "it wants a filter");
    let nobody =
        json!({"clientData": [{"managementId": "x"}], "commandData": {"commandType": "DEVICE_LOCK"}});
    assert_eq!(client.write("POST", "/api/v2/mdm/commands", nobody).await.status, 400);
    let path = format!("/api/v3/computers-inventory/{}", computers["results"][0]["id"].as_str().unwrap());
    assert_eq!(client.write("DELETE", &path, json!({})).await.status, 204);
    let gone = json!({"clientData": [{"managementId": id}], "commandData": {"commandType": "DEVICE_LOCK"}});
    assert_eq!(client.write("POST", "/api/v2/mdm/commands", gone).await.status, 400, "its record is deleted");
}

#[tokio::test]
async fn a_password_that_was_looked_at_is_another_one_later() {
    let client = Client::small().await;
    let first = client.get("/api/v4/computers-inventory?section=GENERAL&page-size=1").await.json;
    let id = first["results"][0]["general"]["managementId"].as_str().unwrap().to_owned();
    let laps = "/api/v2/local-admin-password";
    let settings = client.get(&format!("{laps}/settings")).await.json;
    assert_eq!(settings["passwordRotationTime"], 3600);
    let password = async |account: &str| {
        client.get(&format!("{laps}/{id}/account/{account}/password")).await.json["password"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let audit = async || client.get(&format!("{laps}/{id}/account/ladmin/audit")).await.json;
    let pending = async || client.get(&format!("{laps}/pending-rotations")).await.json["totalCount"].clone();
    assert_eq!((&audit().await["totalCount"], pending().await), (&json!(0), json!(0)));
    let seen = password("ladmin").await;
    assert!(seen.starts_with("CANARY"), "{seen}");
    assert_eq!(password("ladmin").await, seen);
    assert_ne!(password("jamfadmin").await, seen);
    assert_eq!(pending().await, 2);
    let told = audit().await;
    assert_eq!(told["results"][0]["password"], seen);
    assert_eq!(told["results"][0]["audits"].as_array().unwrap().len(), 2);

    let soon = json!({"autoDeployEnabled": true, "passwordRotationTime": 1, "autoRotateEnabled": true, "autoRotateExpirationTime": 7776000});
    assert_eq!(client.write("PUT", &format!("{laps}/settings"), soon).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(pending().await, 0);
    assert_ne!(password("ladmin").await, seen);
    let told = audit().await;
    assert_eq!((&told["totalCount"], &told["results"][1]["password"]), (&json!(2), &json!(seen)));
    let unknown =
        client.get(&format!("{laps}/00000000-0000-4000-8000-000000000000/account/ladmin/password")).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn the_passwords_of_a_computer_have_a_history_of_their_own() {
    let client = Client::new(Options { computers: 12, ..Options::default() }).await;
    let device = id_text(
        &client.get("/api/v4/computers-inventory?page-size=1").await.json["results"][0]["general"]["managementId"],
    );
    let at = |rest: &str| format!("/api/v2/local-admin-password/{device}/{rest}");
    let accounts = client.get(&at("accounts")).await.json;
    let owners =
        accounts["results"].as_array().unwrap().iter().map(|row| id_text(&row["clientManagementId"]));
    assert_eq!(owners.collect::<Vec<_>>(), [device.clone(), device.clone()]);
    let before = client.get(&at("history")).await.json;
    assert!(
        before["results"].as_array().unwrap().iter().all(|row| row["eventType"] == "COMPLETED"),
        "{before}"
    );
    assert_eq!(client.get(&at("account/ladmin/password")).await.status, 200);
    let after = client.get(&at("history")).await.json;
    assert_eq!(
        (&after["results"][0]["eventType"], &after["totalCount"]),
        (&json!("VIEWED"), &json!(3)),
        "{after}"
    );
    let own = client.get(&at("account/ladmin/history")).await.json;
    assert_eq!(own["results"][0]["rotationStatus"], "VIEWED", "{own}");
}

#[tokio::test]
async fn files_are_what_they_say() {
    let client = Client::small().await;
    let certificate = client.get("/api/v1/pki/certificate-authority/active/pem").await;
    assert!(certificate.text.starts_with("-----BEGIN CERTIFICATE-----\nMII"), "{}", certificate.text);
    for path in [
        "/api/v1/mobile-device-enrollment-profile/1/download-profile",
        "/api/v3/sso/metadata/download",
        "/api/v1/computer-extension-attributes/1/download",
    ] {
        let got = client.get(path).await;
        assert!(
            roxmltree::Document::parse_with_options(
                &got.text,
                roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() }
            )
            .is_ok(),
            "{path}: {}",
            got.text
        );
    }
    let report = client.get("/api/v3/patch-software-title-configurations/2/export-report?columns-to-export=computerName,version").await;
    assert!(report.text.starts_with("computerName,version\n"), "{}", report.text);
    let template = client.get("/api/v2/inventory-preload/csv-template").await;
    assert!(
        template.text.starts_with("Serial Number,Device Type,") && template.text.lines().count() == 1,
        "{}",
        template.text
    );
    assert_eq!(client.get("/api/v2/inventory-preload/csv").await.text.lines().count(), 4);
}

#[tokio::test]
async fn an_app_installer_counts_the_computers_of_its_group() {
    let client = Client::new(Options { computers: 120, ..Options::default() }).await;
    let deployments = client.get("/api/v1/app-installers/deployments").await.json;
    for deployment in deployments["results"].as_array().unwrap() {
        let of =
            |rest: &str| format!("/api/v1/app-installers/deployments/{}/{rest}", id_text(&deployment["id"]));
        let computers = client.get(&of("computers?page-size=2000")).await.json;
        let group = id_text(&deployment["smartGroup"]["id"]);
        let members =
            client.get(&format!("/api/v2/computer-groups/smart-group-membership/{group}")).await.json;
        assert_eq!(
            computers["totalCount"],
            json!(members["members"].as_array().unwrap().len()),
            "{deployment}"
        );
        let summary = client.get(&of("installation-summary")).await.json;
        assert_eq!(summary, deployment["computerStatuses"], "{deployment}");
        let all: u64 = summary.as_object().unwrap().values().filter_map(Value::as_u64).sum();
        assert_eq!(json!(all), computers["totalCount"], "{summary}");
        let title = client
            .get(&format!("/api/v1/app-installers/titles/{}", id_text(&deployment["app"]["id"])))
            .await
            .json;
        assert_eq!(title["version"], deployment["app"]["latestVersion"], "{title}");
    }
}
