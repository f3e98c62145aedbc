//! A MacBook was stolen: it checks in, from an address that no other device has and that is in no network of the buildings.

use std::collections::HashMap;

use super::{attribute, computers, days_since, groups_of, moment, only};
use crate::{
    Options,
    tests::{classic::json_of, client::Client},
};

#[tokio::test]
async fn a_stolen_mac_checks_in_from_an_odd_address() {
    let client = Client::new(Options::default()).await;
    let sections =
        ["GENERAL", "HARDWARE", "USER_AND_LOCATION", "DISK_ENCRYPTION", "SECURITY", "EXTENSION_ATTRIBUTES"];
    let all = computers(&client, "id>0", &sections).await;
    let stolen = |mac: &&serde_json::Value| attribute(mac, "Local Notes").contains("stolen");
    let mac = only(all.iter().filter(stolen).cloned().collect());
    let general = &mac["general"];

    // It is the only one at its address, and in its part of the Internet.
    let address =
        |mac: &serde_json::Value| mac["general"]["lastIpAddress"].as_str().unwrap_or_default().to_owned();
    let block = |address: &str| address.rsplit_once('.').map(|(block, _)| block.to_owned());
    let mut blocks: HashMap<Option<String>, usize> = HashMap::new();
    for other in &all {
        *blocks.entry(block(&address(other))).or_default() += 1;
    }
    assert_eq!(blocks[&block(&address(&mac))], 1, "{}", address(&mac));
    assert!(!address(&mac).starts_with("10."), "not in the buildings, and not by VPN");
    assert_ne!(general["lastIpAddress"], general["lastReportedIpV4"], "behind somebody's router");

    // It has just been there, and nobody of ours worked on it for days.
    assert_eq!(days_since(&general["lastCheckIn"]), 0);
    assert!(jiff::Timestamp::now().duration_since(moment(&general["lastCheckIn"])).as_mins() < 30);
    assert!(days_since(&general["lastLoggedInUsernameBinaryTimestamp"]) >= 5);
    assert!(days_since(&general["reportDate"]) <= 3, "what runs without a login goes on");

    // It can be locked: it is a managed laptop, its disk is encrypted, and anyone who wipes it meets its PreStage again.
    assert!(mac["hardware"]["model"].as_str().unwrap().starts_with("MacBook"));
    assert_eq!(
        (&general["remoteManagement"]["managed"], &general["supervised"]),
        (&true.into(), &true.into())
    );
    assert_eq!(mac["diskEncryption"]["individualRecoveryKeyValidityStatus"], "VALID");
    let scope = client.get("/api/v2/computer-prestages/scope").await.json;
    let serial = mac["hardware"]["serialNumber"].as_str().unwrap();
    assert_eq!(scope["serialsByPrestageId"][serial], general["enrollmentMethod"]["id"]);
    assert!(!mac["userAndLocation"]["email"].as_str().unwrap().is_empty(), "its owner can be asked");
    let groups = groups_of(&client, mac["id"].as_str().unwrap()).await;
    assert!(groups.iter().any(|group| group == "All Managed Clients"), "{groups:?}");
    assert!(!groups.iter().any(|group| group.starts_with("Executives")), "{groups:?}");

    // The policies that came with the check-ins are the only things that went on.
    let id = mac["id"].as_str().unwrap();
    let past =
        json_of(&client, &format!("/JSSResource/computerhistory/id/{id}")).await.json["computer_history"]
            .take();
    let newest = |log: &str| {
        let rows = past[log].as_array().unwrap().iter();
        rows.filter_map(|row| row["date_time_epoch"].as_i64()).max().unwrap()
    };
    let days = |at: i64| (jiff::Timestamp::now().as_millisecond() - at) / 86_400_000;
    assert!(days(newest("computer_usage_logs")) >= 5);
    assert!(days(newest("policy_logs")) <= 3);
}
