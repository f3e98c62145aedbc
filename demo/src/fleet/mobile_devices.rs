//! Mobile devices: iPads, iPhones and a few Apple TVs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::stamp;
use super::people::{self, PEOPLE};

/// The iPad in Lost Mode.
const LOST: usize = 33;

pub(crate) fn id(index: usize) -> String {
    (index + 1 + index / 11).to_string()
}

fn model(index: usize) -> (&'static str, &'static str, &'static str) {
    match index % 20 {
        0..=12 => ("iOS", "iPad (A16)", "iPad15,7"),
        13..=18 => ("iOS", "iPhone 16", "iPhone17,3"),
        _ => ("tvOS", "Apple TV 4K (3rd generation)", "AppleTV14,1"),
    }
}

/// One row of `/api/v2/mobile-devices/detail` with every section.
pub(crate) fn record(chance: Chance, now: Timestamp, index: usize, groups: Vec<Value>) -> Value {
    let (kind, model, identifier) = model(index);
    let tv = kind == "tvOS";
    let person = people::person(chance, (index * 7 + 3) % PEOPLE);
    let shared = index % 20 < 8 || tv;
    let silent = if index % 23 == 9 { 40 } else { i64::try_from(index % 4).unwrap_or_default() };
    let at = |days: i64, word: &str| {
        stamp(now, days, i64::try_from(chance.below(index, word, 1000)).unwrap_or_default())
    };
    let name = match index {
        LOST => "Cart iPad 33 (lost)".to_owned(),
        _ if tv => format!("Meeting Room {}", index / 20 + 1),
        _ if shared => format!("Cart iPad {index}"),
        _ => format!("{}'s {}", person.realname, model.split(' ').next().unwrap_or("iPad")),
    };
    let serial = format!("ZY{}", chance.hex(index, "mobile serial", 8));
    let mut record = json!({
        "mobileDeviceId": id(index),
        "deviceType": kind,
        "hardware": {
            "capacityMb": 128_000, "availableSpaceMb": 20_000 + index * 100, "usedSpacePercentage": 40 + index % 50, "batteryLevel": 20 + index % 80,
            "batteryHealth": "NORMAL", "serialNumber": serial, "wifiMacAddress": chance.mac(index, "mobile wifi"), "bluetoothMacAddress": chance.mac(index, "mobile bt"),
            "modemFirmwareVersion": "", "model": model, "modelIdentifier": identifier, "modelNumber": "MD", "bluetoothLowEnergyCapable": true,
            "deviceId": chance.hex(index, "device", 17), "extensionAttributes": [],
        },
        "userAndLocation": {
            "username": if shared { "" } else { &person.username }, "realName": if shared { "" } else { &person.realname }, "emailAddress": if shared { "" } else { &person.email },
            "position": "", "phoneNumber": "", "departmentId": (person.department + 1).to_string(), "buildingId": (person.building + 1).to_string(), "room": "",
            "building": people::BUILDINGS.get(person.building).map(|(name, ..)| name), "department": people::DEPARTMENTS.get(person.department), "extensionAttributes": [],
        },
        "applications": [{ "identifier": "com.jamfsoftware.selfservice", "name": "Self Service", "version": "11.5.0", "shortVersion": "11.5.0", "managementStatus": "Managed", "validationStatus": true, "bundleSize": "14 MB", "dynamicSize": "2 MB", "appClip": false }],
        "certificates": [{ "commonName": chance.uuid(index, "mobile udid"), "identity": true, "expirationDate": at(-500, "certificate") }],
        "profiles": [{ "displayName": "Wi-Fi: Corporate", "version": "1", "uuid": chance.uuid(1000, "profile"), "identifier": chance.uuid(1000, "profile"), "removable": false, "lastInstalled": at(60, "profile") }],
        "groups": groups,
        "extensionAttributes": [{ "id": "1", "name": "Cart", "type": "STRING", "value": [if shared { format!("Cart {}", index % 8 + 1) } else { String::new() }], "extensionAttributeCollectionAllowed": false, "inventoryDisplay": "General" }],
        "general": {
            "udid": chance.uuid(index, "mobile udid"), "displayName": name, "assetTag": format!("M{:04}", 2000 + index), "siteId": "-1",
            "lastInventoryUpdateDate": at(silent, "inventory"), "osVersion": if tv { "26.1" } else { ["26.1", "26.0.1", "18.7.2", "17.7.10"].get(index % 4).copied().unwrap_or("26.1") },
            "osRapidSecurityResponse": "", "osBuild": "23B85", "osSupplementalBuildVersion": "", "softwareUpdateDeviceId": "", "ipAddress": format!("10.9.{}.{}", index / 250, index % 250 + 2),
            "managed": true, "supervised": index % 29 != 3, "deviceOwnershipType": "Institutional", "enrollmentMethodPrestage": { "mobileDevicePrestageId": "1", "profileName": "iPads" },
            "enrollmentSessionTokenValid": true, "lastEnrolledDate": at(300, "enrolled"), "mdmProfileExpirationDate": at(-500, "mdm"), "timeZone": "Europe/Lisbon",
            "declarativeDeviceManagementEnabled": true, "managementId": chance.uuid(index, "mobile management").to_lowercase(), "lastLoggedInUsernameSelfService": null,
            "lastLoggedInUsernameSelfServiceTimestamp": null, "extensionAttributes": [],
        },
        "purchasing": { "purchased": true, "leased": false, "poNumber": "", "vendor": "Example Reseller", "appleCareId": "", "purchasePrice": "", "purchasingAccount": "", "poDate": null, "warrantyExpiresDate": null, "leaseExpiresDate": null, "lifeExpectancy": 4, "purchasingContact": "", "extensionAttributes": [] },
    });
    let Some(map) = record.as_object_mut() else { return record };
    if let Some(general) = map.get_mut("general").and_then(Value::as_object_mut) {
        if tv {
            general.insert("airPlayPassword".to_owned(), json!("CANARY-AIRPLAY-1234"));
            general.insert("locales".to_owned(), json!("en_GB"));
            general.insert("languages".to_owned(), json!("en"));
        } else {
            general.insert("deviceLocatorServiceEnabled".to_owned(), json!(index.is_multiple_of(2)));
            general.insert("cloudBackupEnabled".to_owned(), json!(false));
            general.insert("sharedIpad".to_owned(), json!(shared));
            general.insert("lastCloudBackupDate".to_owned(), Value::Null);
        }
    }
    if !tv {
        map.insert(
            "security".to_owned(),
            json!({
                "dataProtected": true, "blockLevelEncryptionCapable": true, "fileLevelEncryptionCapable": true, "passcodePresent": index % 31 != 11, "passcodeCompliant": index % 31 != 11,
                "passcodeCompliantWithProfile": true, "hardwareEncryption": 3, "activationLockEnabled": index.is_multiple_of(5), "jailBreakDetected": false, "lostModeEnabled": index == LOST,
                "lostModeMessage": if index == LOST { "Please call the school office." } else { "" }, "lostModePhoneNumber": if index == LOST { "+1 555 0199" } else { "" },
                "bootstrapTokenEscrowed": "ESCROWED", "bootstrapToken": "CANARY-BOOTSTRAP-token", "attestationStatus": "SUCCESS",
            }),
        );
        map.insert("network".to_owned(), json!({ "cellularTechnology": if model.starts_with("iPhone") { "GSM" } else { "None" }, "imei": "", "iccid": "", "phoneNumber": "", "roaming": false }));
        map.insert("unlockToken".to_owned(), json!("CANARY-UNLOCK-token"));
        map.insert("ebooks".to_owned(), json!([]));
        map.insert("provisioningProfiles".to_owned(), json!([]));
        map.insert("sharedUsers".to_owned(), json!([]));
        map.insert("serviceSubscriptions".to_owned(), json!([]));
    }
    map.insert("userProfiles".to_owned(), json!([]));
    record
}

/// The definition of the extension attribute of mobile devices.
pub(super) fn attribute() -> Value {
    json!({
        "id": "1", "name": "Cart", "description": "", "dataType": "STRING", "inputType": "TEXT",
        "inventoryDisplayType": "EXTENSION_ATTRIBUTES", "popupMenuChoices": [], "ldapAttributeMapping": null,
        "ldapExtensionAttributeAllowed": false,
    })
}
