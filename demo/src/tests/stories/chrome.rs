//! Four Macs have no Chrome though a policy installs it, each for another reason.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    store::id_text,
    tests::{
        classic::json_of,
        client::Client,
        configuration::{Mac, names, patient, rows, told},
    },
};

fn missing() -> impl Fn(&&Mac) -> bool {
    |mac| {
        mac.at("/general/remoteManagement/managed") == &json!(true)
            && !rows(mac.at("/applications")).is_empty()
            && rows(mac.at("/applications")).iter().all(|app| app["name"] != "Google Chrome.app")
    }
}

fn runs<'m>(mac: &'m Mac, policy: &Value) -> Vec<&'m Value> {
    rows(&mac.history["policy_logs"])
        .iter()
        .filter(|log| log["policy_id"] == policy["general"]["id"])
        .collect()
}

async fn is_staff(client: &Client, mac: &Mac) -> bool {
    let user = mac.text("/userAndLocation/username").replace('@', "%40");
    let path = format!("/JSSResource/ldapservers/id/1/group/All%20staff/user/{user}");
    let found = json_of(client, &path).await.json;
    let answer = rows(&found["ldap_users"]).first().map(|row| row["is_member"].clone());
    answer == Some(json!("Yes"))
}

#[tokio::test]
async fn four_macs_without_chrome_have_four_reasons() {
    let (client, told) = (patient().await, told().await);
    let policy = told.policy("Install Chrome");
    let limitation = &policy["scope"]["limitations"]["user_groups"];
    assert_eq!(rows(limitation)[0]["name"], "All staff");
    let without: Vec<&Mac> = told.macs.iter().filter(missing()).collect();
    assert_eq!(without.len(), 4);
    let mut reasons = Vec::new();
    for mac in without {
        assert!(names(&policy["scope"], mac), "{} is a target", mac.id);
        let logs = runs(mac, policy);
        let last: Timestamp = mac.text("/general/lastCheckIn").parse().unwrap();
        let begins: i64 =
            id_text(&policy["general"]["date_time_limitations"]["activation_date_epoch"]).parse().unwrap();
        let reason = if names(&policy["scope"]["exclusions"], mac) {
            let value =
                rows(mac.at("/extensionAttributes")).iter().find(|row| row["name"] == "Browser Exception");
            assert!(value.unwrap()["values"][0].as_str().unwrap().contains("2024"), "the value is old");
            assert!(logs.is_empty());
            "excluded"
        } else if let [log] = logs.as_slice() {
            assert_eq!(log["status"], "Failed");
            assert_eq!(policy["general"]["frequency"], "Once per computer");
            assert_eq!(policy["general"]["retry_event"], "none");
            "failed once"
        } else if !is_staff(&client, mac).await {
            assert!(logs.is_empty());
            "not staff"
        } else {
            assert!(logs.is_empty() && last.as_millisecond() < begins, "it never had the chance");
            assert!(!rows(&mac.history["policy_logs"]).is_empty(), "it ran others before");
            "away"
        };
        reasons.push(reason);
    }
    reasons.sort_unstable();
    assert_eq!(reasons, ["away", "excluded", "failed once", "not staff"]);
}

/// Nothing of the four reasons is true of the Macs that have it by the policy.
#[tokio::test]
async fn macs_with_a_run_of_the_policy_have_chrome() {
    let (client, told) = (patient().await, told().await);
    let policy = told.policy("Install Chrome");
    let mut looked = 0;
    for mac in &told.macs {
        let logs = runs(mac, policy);
        if !logs.iter().any(|log| log["status"] == "Completed") {
            continue;
        }
        assert!(
            rows(mac.at("/applications")).iter().any(|app| app["name"] == "Google Chrome.app"),
            "{}",
            mac.id
        );
        if looked < 20 {
            assert!(is_staff(&client, mac).await, "{}", mac.id);
        }
        looked += 1;
    }
    assert!(looked > 200, "{looked}");
}
