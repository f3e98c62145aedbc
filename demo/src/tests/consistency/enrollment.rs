//! How a device came to be managed is told the same by its record, by the PreStages and by what follows from it.

use std::collections::HashMap;

use serde_json::Value;

use super::{Rule, Told, World, field, rows, world};
use crate::store::id_text;

/// The serial numbers in the scope of every PreStage.
async fn assigned(family: &str) -> HashMap<String, String> {
    let options = crate::Options::default();
    let client = super::Client::new(options).await;
    let all = client.get(&format!("/api/v2/{family}/scope")).await.json;
    let by_serial = all["serialsByPrestageId"].as_object().unwrap();
    by_serial.iter().map(|(serial, id)| (serial.clone(), id_text(id))).collect()
}

fn named<'w>(world: &'w World, family: &str, id: &str) -> Option<&'w str> {
    world.list(family).iter().find(|row| field(row, "id") == id).map(|row| field(row, "displayName"))
}

fn model_of_lab(computer: &Told) -> bool {
    computer.text("/general/name").starts_with("LAB-")
}

#[tokio::test]
async fn a_computer_names_the_prestage_that_its_serial_number_is_in() {
    let world = world().await;
    let mut rule = Rule::default();
    let assigned = assigned("computer-prestages").await;
    assert!(assigned.len() > 300);
    for computer in &world.computers {
        let method = computer.at("/general/enrollmentMethod");
        let automated = computer.at("/general/enrolledViaAutomatedDeviceEnrollment") == true;
        let of_prestage = field(method, "objectType") == "PreStage enrollment";
        rule.holds(automated == of_prestage, || format!("{computer}: automated {automated}, {method}"));
        let serial = computer.text("/hardware/serialNumber");
        if of_prestage {
            let id = field(method, "id");
            rule.holds(named(world, "computer-prestages", id) == Some(field(method, "objectName")), || {
                format!("{computer}: there is no such PreStage: {method}")
            });
            rule.holds(assigned.get(serial).map(String::as_str) == Some(id), || {
                format!("{computer}: {serial} is assigned to {:?}, not to {id}", assigned.get(serial))
            });
        }
        rule.holds(!model_of_lab(computer) || field(method, "objectName").contains("Lab"), || {
            format!("{computer}: a Mac of the lab came by {method}")
        });
        let approved = computer.at("/general/userApprovedMdm") == true;
        rule.holds(approved || !automated, || format!("{computer}: automated, and not approved"));
        let managed = computer.at("/general/remoteManagement/managed") == true;
        for (name, told) in [
            ("MDM-capable", computer.at("/general/mdmCapable/capable") == true),
            ("profiles", !computer.rows("/configurationProfiles").is_empty()),
            ("declarative management", computer.at("/general/declarativeDeviceManagementEnabled") == true),
            ("an MDM profile", !computer.at("/general/mdmProfileExpiration").is_null()),
            ("policy logs", !rows(&computer.past["policy_logs"]).is_empty()),
        ] {
            rule.holds(managed || !told, || format!("{computer}: not managed, and {name}"));
        }
    }
}

#[tokio::test]
async fn a_mobile_device_names_the_prestage_that_its_serial_number_is_in() {
    let world = world().await;
    let mut rule = Rule::default();
    let assigned = assigned("mobile-device-prestages").await;
    for device in &world.devices {
        let method = device.at("/general/enrollmentMethodPrestage");
        let serial = device.text("/hardware/serialNumber");
        let supervised = device.at("/general/supervised") == true;
        rule.holds(supervised != method.is_null(), || format!("{device}: supervised {supervised}, {method}"));
        let id = field(method, "mobileDevicePrestageId");
        if !method.is_null() {
            let name = named(world, "mobile-device-prestages", id);
            rule.holds(name == Some(field(method, "profileName")), || {
                format!("{device}: {method}, {name:?}")
            });
            rule.holds(assigned.get(serial).map(String::as_str) == Some(id), || {
                format!("{device}: {serial} is assigned to {:?}, not to {id}", assigned.get(serial))
            });
        }
        let shared = device.at("/general/sharedIpad") == true;
        let wanted = if shared { "iPad" } else { "" };
        rule.holds(method.is_null() || field(method, "profileName").contains(wanted), || {
            format!("{device}: {method}")
        });
    }
}

#[tokio::test]
async fn secrets_are_where_the_record_says_that_they_are() {
    let world = world().await;
    let mut rule = Rule::default();
    let client = super::Client::new(crate::Options::default()).await;
    let keys = client.get("/api/v4/computers-inventory/filevault?page-size=2000").await.json;
    let keys: HashMap<String, &Value> =
        rows(&keys["results"]).iter().map(|row| (id_text(&row["computerId"]), row)).collect();
    for computer in &world.computers {
        let status = computer.text("/diskEncryption/individualRecoveryKeyValidityStatus");
        let escrowed = keys.get(&computer.id).is_some_and(|row| row["personalRecoveryKey"].is_string());
        rule.holds(escrowed == ["VALID", "INVALID"].contains(&status), || {
            format!("{computer}: the key is {status}, and escrowed {escrowed}")
        });
    }
}
