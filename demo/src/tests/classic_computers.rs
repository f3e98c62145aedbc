//! Computers in the Classic API: the same facts as in the Jamf Pro API, found by everything that names one.

use serde_json::json;

use super::{
    classic::{json_of, send},
    client::Client,
};
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

#[tokio::test]
async fn a_computer_is_made_changed_and_deleted_as_scripts_still_do() {
    let client = Client::new(Options { computers: 5, ..Options::default() }).await;
    let inventory = client.get("/api/v4/computers-inventory-detail/1").await.json;
    let serial = inventory["hardware"]["serialNumber"].as_str().unwrap();
    let attribute = &client.get("/api/v1/computer-extension-attributes").await.json["results"][0].clone();
    let building = client.get("/api/v1/buildings").await.json["results"][0].clone();
    let xml = format!(
        "<computer><general><asset_tag>zz-9</asset_tag></general><location><room>12</room><building>{}</building></location>\
         <purchasing><po_number>PO 7</po_number></purchasing><extension_attributes><extension_attribute><name>{}</name>\
         <value>zz value</value></extension_attribute></extension_attributes></computer>",
        building["name"].as_str().unwrap(),
        attribute["name"].as_str().unwrap(),
    );
    for path in
        ["/JSSResource/computers/id/1".to_owned(), format!("/JSSResource/computers/serialnumber/{serial}")]
    {
        let got = send(&client, "PUT", &path, &xml).await;
        assert_eq!(
            (got.status, got.text.contains("<computer><id>1</id></computer>")),
            (201, true),
            "{}",
            got.text
        );
    }
    let now = client.get("/api/v4/computers-inventory-detail/1").await.json;
    assert_eq!(
        (&now["general"]["assetTag"], &now["general"]["name"]),
        (&json!("zz-9"), &inventory["general"]["name"])
    );
    assert_eq!(
        (&now["userAndLocation"]["room"], &now["userAndLocation"]["buildingId"]),
        (&json!("12"), &building["id"])
    );
    assert_eq!(now["purchasing"]["poNumber"], "PO 7");
    let rows = now["extensionAttributes"].as_array().unwrap();
    let row = rows.iter().find(|row| row["definitionId"] == attribute["id"]).unwrap();
    assert_eq!(row["values"], json!(["zz value"]));
    let nowhere = "<computer><location><building>Nowhere</building></location></computer>";
    assert_eq!(send(&client, "PUT", "/JSSResource/computers/id/1", nowhere).await.status, 409);
    let new = "<computer><general><name>zz Mac</name><serial_number>ZZ00000000</serial_number></general></computer>";
    let made = send(&client, "POST", "/JSSResource/computers/id/0", new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let read = json_of(&client, "/JSSResource/computers/serialnumber/ZZ00000000").await;
    assert_eq!(read.json["computer"]["general"]["name"], "zz Mac", "{}", read.text);
    let gone =
        client.delete(&format!("/JSSResource/computers/id/{}", read.json["computer"]["general"]["id"])).await;
    assert_eq!(gone.status, 200);
    assert_eq!(json_of(&client, "/JSSResource/computers/serialnumber/ZZ00000000").await.status, 404);
}

#[tokio::test]
async fn version_1_of_inventory_has_the_sections_that_are_gone_since() {
    let client = Client::new(Options { computers: 5, ..Options::default() }).await;
    let got = client.get("/api/v1/computers-inventory?section=PLUGINS&section=FONTS").await;
    assert_eq!(got.status, 200, "{}", got.text);
    let first = &got.json["results"][0];
    assert_eq!((&first["plugins"], &first["fonts"]), (&json!([]), &json!([])));
    let plain = client.get("/api/v1/computers-inventory").await.json;
    assert_eq!(plain["results"][0].get("plugins"), Some(&json!(null)));
    assert_eq!(client.get("/api/v3/computers-inventory?section=PLUGINS").await.status, 400);
    assert!(client.get("/api/v3/computers-inventory").await.json["results"][0].get("fonts").is_none());
}
