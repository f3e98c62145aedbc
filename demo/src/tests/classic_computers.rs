//! Computers in the Classic API: the same facts as in the Jamf Pro API, found by everything that names one.

use serde_json::json;

use super::{classic::json_of, client::Client};
use crate::Options;

#[tokio::test]
async fn a_computer_is_the_same_in_both_apis() {
    let client = Client::new(Options::default()).await;
    let all = json_of(&client, "/JSSResource/computers").await.json;
    let all = all["computers"].as_array().unwrap();
    assert_eq!(all.len(), 420);
    let id = all[3]["id"].as_u64().unwrap();
    let pro = client.get(&format!("/api/v4/computers-inventory-detail/{id}")).await.json;
    let record = json_of(&client, &format!("/JSSResource/computers/id/{id}")).await.json["computer"].clone();
    for (classic, own) in [
        ("/general/name", "/general/name"),
        ("/general/serial_number", "/hardware/serialNumber"),
        ("/general/udid", "/udid"),
        ("/general/remote_management/managed", "/general/remoteManagement/managed"),
        ("/location/username", "/userAndLocation/username"),
        ("/location/email_address", "/userAndLocation/email"),
        ("/hardware/model_identifier", "/hardware/modelIdentifier"),
        ("/hardware/os_version", "/operatingSystem/version"),
        ("/security/firewall_enabled", "/security/firewallEnabled"),
        ("/purchasing/po_number", "/purchasing/poNumber"),
    ] {
        assert_eq!(record.pointer(classic), pro.pointer(own), "{classic}");
    }
    let count = |value: &serde_json::Value| value.as_array().unwrap().len();
    assert_eq!(count(&record["software"]["applications"]), count(&pro["applications"]));
    assert_eq!(
        count(&record["groups_accounts"]["computer_group_memberships"]),
        count(&pro["groupMemberships"])
    );
    assert_eq!(count(&record["extension_attributes"]), count(&pro["extensionAttributes"]));
    assert_eq!(record["general"]["report_date_epoch"].as_i64().unwrap() % 1000, 0);
    let serial = record["general"]["serial_number"].as_str().unwrap();
    for path in [format!("serialnumber/{serial}"), format!("udid/{}", pro["udid"].as_str().unwrap())] {
        let found = json_of(&client, &format!("/JSSResource/computers/{path}")).await.json;
        assert_eq!(found["computer"]["general"]["id"], id, "{path}");
    }
    let part =
        json_of(&client, &format!("/JSSResource/computers/id/{id}/subset/General&Location")).await.json;
    let sections: Vec<&String> = part["computer"].as_object().unwrap().keys().collect();
    assert_eq!(sections, ["general", "location"]);
    let found = json_of(&client, &format!("/JSSResource/computers/match/{serial}")).await.json;
    assert_eq!(found["computers"], json!([found["computers"][0]]));
    assert_eq!(found["computers"][0]["id"], id);
    assert_eq!(json_of(&client, "/JSSResource/computers/id/999999").await.status, 404);
}

#[tokio::test]
async fn the_basic_list_has_what_scripts_filter_by() {
    let client = Client::new(Options { computers: 30, ..Options::default() }).await;
    let rows = json_of(&client, "/JSSResource/computers/subset/basic").await.json;
    let rows = rows["computers"].as_array().unwrap();
    assert_eq!(rows.len(), 30);
    assert!(
        rows.iter().all(|row| row["serial_number"].as_str().is_some_and(|serial| serial.starts_with("ZZ")))
    );
    assert!(rows.iter().any(|row| row["department"] != "") && rows.iter().any(|row| row["managed"] == true));
    let xml = client.get("/JSSResource/computers/subset/basic").await.text;
    assert_eq!(xml.matches("<computer>").count(), 30, "{}", &xml[..300]);
}
