//! Who is in a group follows from its criteria and the records, and every place tells the same members.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{Mac, patient, rows, told};
use crate::{
    Options,
    store::id_text,
    tests::{
        classic::{json_of, send},
        client::Client,
    },
};

fn members(group: &Value, list: &str) -> BTreeSet<String> {
    rows(&group[list]).iter().map(|member| id_text(&member["id"])).collect()
}

#[tokio::test]
async fn records_and_groups_tell_the_same_members() {
    let told = told().await;
    for group in &told.classic["computergroups"] {
        let own = id_text(&group["id"]);
        let of_records: BTreeSet<String> =
            told.macs.iter().filter(|mac| mac.groups().contains(&own)).map(|mac| mac.id.clone()).collect();
        assert_eq!(members(group, "computers"), of_records, "{}", group["name"]);
        let list = if group["is_smart"] == json!(true) { "smart_groups" } else { "static_groups" };
        for mac in &told.macs {
            let managed = rows(&mac.management[list]).iter().any(|row| id_text(&row["id"]) == own);
            assert_eq!(managed, of_records.contains(&mac.id), "{} {}", group["name"], mac.id);
        }
    }
    for group in &told.classic["mobiledevicegroups"] {
        let is_in = |device: &&Value| {
            rows(&device["groups"]).iter().any(|own| id_text(&own["groupId"]) == id_text(&group["id"]))
        };
        let devices = told.results("/api/v2/mobile-devices/detail").iter().filter(is_in);
        let of_records: BTreeSet<String> = devices.map(|device| id_text(&device["mobileDeviceId"])).collect();
        assert_eq!(members(group, "mobile_devices"), of_records, "{}", group["name"]);
    }
}

/// What a criterion of the fleet says, in the test's own words.
fn holds(criterion: &Value, mac: &Mac, groups: &HashSet<&str>) -> bool {
    let value = criterion["value"].as_str().unwrap();
    let days = |pointer: &str| {
        let at: jiff::Timestamp = mac.text(pointer).parse().ok()?;
        Some((jiff::Timestamp::now().as_second() - at.as_second()) / 86_400)
    };
    let attribute = |name: &str| {
        let all = rows(mac.at("/extensionAttributes"));
        let found = all.iter().find(|row| row["name"] == name);
        found.map(|row| row["values"].as_array().unwrap().iter().map(id_text).collect::<Vec<_>>().concat())
    };
    match criterion["name"].as_str().unwrap() {
        "Operating System" => !mac.text("/operatingSystem/name").contains(value),
        "Managed" => mac.at("/general/remoteManagement/managed") == &json!(true),
        "Last Check-in" => {
            days("/general/lastCheckIn").is_some_and(|days| days >= value.parse::<i64>().unwrap())
        }
        "FileVault 2 Status" => mac.text("/operatingSystem/fileVault2Status") == "NOT_ENCRYPTED",
        "FileVault 2 Individual Key Validation" => {
            mac.text("/diskEncryption/individualRecoveryKeyValidityStatus") == "INVALID"
        }
        "Firewall Enabled" => mac.at("/security/firewallEnabled") == &json!(false),
        "Browser Exception" => attribute("Browser Exception").is_some_and(|value| !value.is_empty()),
        "Update Ring" => attribute("Update Ring").as_deref() == Some(value),
        "Application Title" => rows(mac.at("/applications")).iter().all(|app| app["name"] != value),
        "Operating System Version" => mac.text("/operatingSystem/version").starts_with(value),
        "Department" => false,
        "Computer Name" => mac.text("/general/name").contains(value),
        "Computer Group" => groups.contains(value),
        other => panic!("the test does not know {other}"),
    }
}

#[tokio::test]
async fn members_of_smart_groups_follow_from_their_criteria() {
    let told = told().await;
    let departments = told.results("/api/v1/departments");
    let mut looked = 0;
    for group in told.classic["computergroups"].iter().filter(|group| group["is_smart"] == json!(true)) {
        let criteria = rows(&group["criteria"]);
        let own = members(group, "computers");
        for mac in &told.macs {
            let groups: HashSet<&str> = rows(mac.at("/groupMemberships"))
                .iter()
                .filter_map(|row| row["groupName"].as_str())
                .collect();
            let one = |criterion: &Value| match criterion["name"] == "Department" {
                true => {
                    let id = mac.text("/userAndLocation/departmentId");
                    departments.iter().any(|of| id_text(&of["id"]) == id && of["name"] == criterion["value"])
                }
                false => holds(criterion, mac, &groups),
            };
            let is_or = criteria.get(1).is_some_and(|row| row["and_or"] == "or");
            let wanted = if is_or { criteria.iter().any(one) } else { criteria.iter().all(one) };
            assert_eq!(own.contains(&mac.id), wanted, "{} {}", group["name"], mac.id);
            looked += usize::from(wanted);
        }
    }
    assert!(looked > 1_000, "{looked}");
}

#[tokio::test]
async fn new_criteria_choose_by_the_same_rules_in_both_apis() {
    let (client, told) = (patient().await, told().await);
    let older: BTreeSet<String> = told
        .macs
        .iter()
        .filter(|mac| {
            let version: Vec<u32> =
                mac.text("/operatingSystem/version").split('.').filter_map(|n| n.parse().ok()).collect();
            !version.is_empty() && version < vec![15, 7]
        })
        .map(|mac| mac.id.clone())
        .collect();
    assert!(older.len() > 100 && older.len() < 400, "{}", older.len());
    let criterion = json!({"name": "Operating System Version", "priority": 0, "andOr": "and", "searchType": "less than", "value": "15.7",
        "openingParen": false, "closingParen": false});
    let id = client
        .create(
            "/api/v2/computer-groups/smart-groups",
            json!({"name": "zz Old systems", "criteria": [criterion]}),
        )
        .await;
    let group =
        json_of(&client, &format!("/JSSResource/computergroups/id/{id}")).await.json["computer_group"]
            .clone();
    assert_eq!(members(&group, "computers"), older);
    let xml = "<computer_group><name>zz Old too</name><is_smart>true</is_smart><criteria><criterion><name>Operating System Version</name>\
               <priority>0</priority><and_or>and</and_or><search_type>less than</search_type><value>15.7</value></criterion></criteria></computer_group>";
    assert_eq!(send(&client, "POST", "/JSSResource/computergroups/id/0", xml).await.status, 201);
    let group =
        json_of(&client, "/JSSResource/computergroups/name/zz%20Old%20too").await.json["computer_group"]
            .clone();
    assert_eq!(members(&group, "computers"), older);
}

/// The cause of the first Mac without Chrome goes away with the value of the attribute.
#[tokio::test]
async fn a_device_that_was_written_is_judged_again() {
    let client = patient().await;
    let group = async || {
        json_of(&client, "/JSSResource/computergroups/name/Browser%20exceptions").await.json["computer_group"]
            .clone()
    };
    let before = group().await;
    let [only] = rows(&before["computers"]) else { panic!("{before}") };
    let body = json!({"extensionAttributes": [{"definitionId": "3", "values": [""]}]});
    let path = format!("/api/v3/computers-inventory-detail/{}", id_text(&only["id"]));
    let got = client.write("PATCH", &path, body).await;
    assert_eq!(got.status, 204, "{}", got.text);
    assert!(rows(&group().await["computers"]).is_empty(), "{}", group().await);
}

#[tokio::test]
async fn groups_follow_later_where_that_is_switched_on() {
    let options = Options { computers: 30, recalculation: Duration::from_millis(400), ..Options::default() };
    let client = Client::new(options).await;
    let criterion =
        json!({"name": "Managed", "priority": 0, "andOr": "and", "searchType": "is", "value": "Managed"});
    let id = client
        .create("/api/v2/computer-groups/smart-groups", json!({"name": "zz Later", "criteria": [criterion]}))
        .await;
    let path = format!("/api/v2/computer-groups/smart-group-membership/{id}");
    assert_eq!(client.get(&path).await.json["members"], json!([]));
    let mut waited = 0;
    while rows(&client.get(&path).await.json["members"]).is_empty() {
        waited += 1;
        assert!(waited < 100, "it never followed");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(rows(&client.get(&path).await.json["members"]).len(), 30);
}
