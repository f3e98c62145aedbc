//! Mobile devices: iPads, iPhones and a few Apple TVs.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::chance::Chance;
use super::computers::{LEAVER, stamp};
use super::network;
use super::people::{self, PEOPLE, Person};

/// The iPad in Lost Mode.
pub(super) const LOST: usize = 44;
/// The iPad and the iPhone of somebody who has left.
const OF_LEAVER: [usize; 2] = [48, 53];
/// PreStage enrollments of mobile devices, in the order of their ids.
pub(super) const PRESTAGES: [&str; 3] = ["Shared iPads", "Staff iPhones", "Meeting rooms"];
/// The carts stand in this building, and belong to this department.
const SCHOOL: (usize, usize) = (4, 12);

/// A model: the platform, its name, its identifier, megabytes, and the newest version that it runs.
struct Model(&'static str, &'static str, &'static str, i64, u32);

#[rustfmt::skip]
const CARTS: [Model; 4] = [
    Model("iOS", "iPad (A16)", "iPad15,7", 128_000, 26), Model("iOS", "iPad (9th generation)", "iPad12,1", 64_000, 26),
    Model("iOS", "iPad (A16)", "iPad15,7", 128_000, 26), Model("iOS", "iPad (6th generation)", "iPad7,5", 32_000, 17),
];
#[rustfmt::skip]
const TABLETS: [Model; 2] = [
    Model("iOS", "iPad Air 11-inch (M2)", "iPad14,8", 128_000, 26), Model("iOS", "iPad (A16)", "iPad15,7", 128_000, 26),
];
#[rustfmt::skip]
const PHONES: [Model; 3] = [
    Model("iOS", "iPhone 16", "iPhone17,3", 128_000, 26), Model("iOS", "iPhone 15", "iPhone15,4", 128_000, 26),
    Model("iOS", "iPhone SE (3rd generation)", "iPhone14,6", 64_000, 26),
];
const TV: Model = Model("tvOS", "Apple TV 4K (3rd generation)", "AppleTV14,1", 128_000, 26);

/// Versions with their builds and the days since they came out, newest first.
#[rustfmt::skip]
const RELEASES: [(&str, &str, &str, i64); 8] = [
    ("iOS", "26.1", "23B85", 25), ("iOS", "26.0.1", "23A355", 61), ("iOS", "18.7.2", "22H124", 25), ("iOS", "18.7.1", "22H31", 61),
    ("iOS", "17.7.10", "21H450", 97), ("tvOS", "26.1", "23J579", 25), ("tvOS", "26.0.1", "23J362", 61), ("tvOS", "18.6", "22M84", 120),
];

pub(crate) fn id(index: usize) -> String {
    (index + 1 + index / 11).to_string()
}

fn is_tv(index: usize) -> bool {
    index % 20 == 19
}

/// The cart of a shared iPad.
pub(super) fn cart(index: usize) -> Option<usize> {
    (index % 20 < 8).then_some(index % 8 + 1)
}

/// Whether a passcode is set, or cannot be.
pub(super) fn has_passcode(index: usize) -> bool {
    is_tv(index) || index % 31 != 11
}

pub(super) fn supervised(index: usize) -> bool {
    index % 29 != 3
}

/// Whether it has not told its inventory for weeks.
pub(super) fn is_silent(index: usize) -> bool {
    index % 23 == 9 || OF_LEAVER.contains(&index)
}

fn model(index: usize) -> &'static Model {
    let one = |of: &'static [Model]| of.get(index / 20 % of.len()).unwrap_or(&TV);
    match index % 20 {
        0..=7 => one(&CARTS),
        8..=12 => one(&TABLETS),
        13..=18 => one(&PHONES),
        _ => &TV,
    }
}

/// The PreStage enrollment that it came by, by its place.
pub(super) fn prestage(index: usize) -> Option<usize> {
    let of = if cart(index).is_some() {
        0
    } else if is_tv(index) {
        2
    } else {
        1
    };
    supervised(index).then_some(of)
}

/// Days since its last inventory.
fn days_silent(index: usize) -> i64 {
    match index {
        LOST => 6,
        _ if OF_LEAVER.contains(&index) => 24,
        _ if is_silent(index) => 40,
        _ => i64::try_from(index % 4).unwrap_or_default(),
    }
}

/// The version and build that it had when it told its inventory.
fn release(index: usize) -> (&'static str, &'static str) {
    let Model(kind, .., newest) = model(index);
    let age = days_silent(index);
    let fits = |version: &str| {
        version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0) <= *newest
    };
    let all = RELEASES.iter().filter(|(of, version, _, days)| of == kind && *days >= age && fits(version));
    let all: Vec<_> = all.collect();
    let place = if is_tv(index) || *newest < 18 { 0 } else { index / 3 % 3 };
    all.get(place.min(all.len().saturating_sub(1)))
        .map_or(("26.1", "23B85"), |(_, version, build, _)| (version, build))
}

fn owner(chance: Chance, index: usize) -> Option<Person> {
    let of = if OF_LEAVER.contains(&index) { LEAVER } else { (index * 7 + 3) % PEOPLE };
    (cart(index).is_none() && !is_tv(index)).then(|| people::person(chance, of))
}

fn name(index: usize, owner: Option<&Person>) -> String {
    let word = model(index).1.split(' ').next().unwrap_or("iPad");
    match owner {
        _ if index == LOST => format!("Cart iPad {index} (lost)"),
        _ if is_tv(index) => format!("Meeting Room {}", index / 20 + 1),
        // Some write the apostrophe that iOS writes, and some the one of their keyboard.
        Some(owner) if index.is_multiple_of(3) => format!("{}'s {word}", owner.realname),
        Some(owner) => format!("{}\u{2019}s {word}", owner.realname),
        None => format!("Cart iPad {index}"),
    }
}

/// One row of `/api/v2/mobile-devices/detail` with every section.
pub(crate) fn record(chance: Chance, now: Timestamp, index: usize, groups: Vec<Value>) -> Value {
    let Model(kind, model, identifier, capacity, _) = *model(index);
    let (tv, owner) = (is_tv(index), owner(chance, index));
    let at = |days: i64, word: &str| {
        stamp(now, days, i64::try_from(chance.below(index, word, 1000)).unwrap_or_default())
    };
    let free =
        capacity / 100 * (5 + i64::try_from(chance.below(index, "mobile free", 80)).unwrap_or_default());
    let mut record = json!({
        "mobileDeviceId": id(index),
        "deviceType": kind,
        "hardware": {
            "capacityMb": capacity, "availableSpaceMb": free, "usedSpacePercentage": 100 - free * 100 / capacity,
            "batteryLevel": if tv { Value::Null } else { json!(20 + index % 80) },
            "batteryHealth": if tv { "UNSUPPORTED" } else { "NORMAL" }, "serialNumber": format!("ZY{}", chance.hex(index, "mobile serial", 8)),
            "wifiMacAddress": chance.mac(index, "mobile wifi"), "bluetoothMacAddress": chance.mac(index, "mobile bt"),
            "modemFirmwareVersion": if model.starts_with("iPhone") { "2.12.01" } else { "" }, "model": model, "modelIdentifier": identifier, "modelNumber": "MD",
            "bluetoothLowEnergyCapable": true, "deviceId": chance.hex(index, "device", 17), "extensionAttributes": [],
        },
        "userAndLocation": place(index, owner.as_ref()),
        "applications": [],
        "certificates": [{ "commonName": chance.uuid(index, "mobile udid"), "identity": true, "expirationDate": at(-500, "certificate") }],
        "profiles": [],
        "groups": groups,
        "extensionAttributes": [{ "id": "1", "name": "Cart", "type": "STRING", "value": [cart(index).map(|number| format!("Cart {number}")).unwrap_or_default()], "extensionAttributeCollectionAllowed": false, "inventoryDisplay": "General" }],
        "general": general(chance, now, index, owner.as_ref()),
        "purchasing": { "purchased": true, "leased": false, "poNumber": "", "vendor": "Example Reseller", "appleCareId": "", "purchasePrice": "", "purchasingAccount": "", "poDate": null, "warrantyExpiresDate": null, "leaseExpiresDate": null, "lifeExpectancy": 4, "purchasingContact": "", "extensionAttributes": [] },
    });
    let Some(map) = record.as_object_mut() else { return record };
    if !tv {
        map.insert("security".to_owned(), security(index));
        map.insert("network".to_owned(), cellular(chance, index, model));
        map.insert("unlockToken".to_owned(), json!("CANARY-UNLOCK-token"));
        for list in ["ebooks", "provisioningProfiles", "sharedUsers", "serviceSubscriptions"] {
            map.insert(list.to_owned(), json!([]));
        }
    }
    map.insert("userProfiles".to_owned(), json!([]));
    record
}

/// Whose it is, and where it is kept.
fn building_and_department(index: usize, owner: Option<&Person>) -> (usize, Option<usize>) {
    match owner {
        Some(owner) => (owner.building, owner.department),
        None if is_tv(index) => (index / 20 % people::BUILDINGS.len(), None),
        None => (SCHOOL.0, Some(SCHOOL.1)),
    }
}

fn place(index: usize, owner: Option<&Person>) -> Value {
    let (building, department) = building_and_department(index, owner);
    let text = |of: fn(&Person) -> &str| owner.map(of).unwrap_or_default();
    let id = |place: Option<usize>| place.map_or_else(|| "-1".to_owned(), |at| (at + 1).to_string());
    json!({
        "username": text(|owner| &owner.username), "realName": text(|owner| &owner.realname), "emailAddress": text(|owner| &owner.email),
        "position": text(|owner| owner.position), "phoneNumber": text(|owner| &owner.phone),
        "departmentId": id(department), "buildingId": id(Some(building)), "room": if is_tv(index) { format!("{}.{:02}", index % 3, index % 30) } else { String::new() },
        "building": people::BUILDINGS.get(building).map(|(name, ..)| name),
        "department": department.and_then(|at| people::DEPARTMENTS.get(at)).copied().unwrap_or_default(), "extensionAttributes": [],
    })
}

fn general(chance: Chance, now: Timestamp, index: usize, owner: Option<&Person>) -> Value {
    let at = |days: i64, word: &str| {
        stamp(now, days, i64::try_from(chance.below(index, word, 1000)).unwrap_or_default())
    };
    let told = at(days_silent(index), "inventory");
    let fraction = if index % 3 == 1 { chance.below(index, "mobile fraction", 999) + 1 } else { 0 };
    let told = told.replace(".000Z", &format!(".{fraction:03}Z"));
    let heard =
        told.parse::<Timestamp>().ok().and_then(|at| at.checked_add(SignedDuration::from_secs(40)).ok());
    let heard = heard.map(|at| at.min(now).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
    let (version, build) = release(index);
    let net = match building_and_department(index, owner).0 {
        _ if cart(index).is_some() => network::SCHOOLS,
        _ if owner.is_some() && index.is_multiple_of(3) => network::VPN,
        building => network::of_building(building),
    };
    let prestage = prestage(index).map(
        |at| json!({ "mobileDevicePrestageId": (at + 1).to_string(), "profileName": PRESTAGES.get(at) }),
    );
    let mut general = json!({
        "udid": chance.uuid(index, "mobile udid"), "displayName": name(index, owner), "assetTag": format!("M{:04}", 2000 + index), "siteId": "-1",
        "lastInventoryUpdateDate": told, "lastContactDate": heard, "osVersion": version,
        "osRapidSecurityResponse": "", "osBuild": build, "osSupplementalBuildVersion": "", "softwareUpdateDeviceId": "",
        "ipAddress": network::address(net, 32_000 + index),
        "managed": true, "supervised": supervised(index), "deviceOwnershipType": "Institutional", "enrollmentMethodPrestage": prestage,
        "enrollmentSessionTokenValid": true, "lastEnrolledDate": at(300, "enrolled"), "mdmProfileExpirationDate": at(-500, "mdm"), "timeZone": "Europe/Lisbon",
        "declarativeDeviceManagementEnabled": true, "managementId": chance.uuid(index, "mobile management").to_lowercase(), "lastLoggedInUsernameSelfService": null,
        "lastLoggedInUsernameSelfServiceTimestamp": null, "extensionAttributes": [],
    });
    if let Value::Object(fields) = &mut general {
        if is_tv(index) {
            fields.insert("airPlayPassword".to_owned(), json!("CANARY-AIRPLAY-1234"));
            fields.insert("locales".to_owned(), json!("en_GB"));
            fields.insert("languages".to_owned(), json!("en"));
        } else {
            fields.insert("deviceLocatorServiceEnabled".to_owned(), json!(index.is_multiple_of(2)));
            fields.insert("cloudBackupEnabled".to_owned(), json!(false));
            fields.insert("sharedIpad".to_owned(), json!(cart(index).is_some()));
            fields.insert("lastCloudBackupDate".to_owned(), Value::Null);
        }
    }
    general
}

fn security(index: usize) -> Value {
    let lost = index == LOST;
    json!({
        "dataProtected": has_passcode(index), "blockLevelEncryptionCapable": true, "fileLevelEncryptionCapable": true,
        "passcodePresent": has_passcode(index), "passcodeCompliant": has_passcode(index),
        "passcodeCompliantWithProfile": true, "hardwareEncryption": 3, "activationLockEnabled": index.is_multiple_of(5), "jailBreakDetected": false,
        "lostModeEnabled": lost, "lostModePersistent": false,
        "lostModeMessage": if lost { "Please call the school office." } else { "" }, "lostModePhoneNumber": if lost { "+1 555 0199" } else { "" },
        "lostModeFootnote": if lost { "Property of Example Schools" } else { "" },
        "bootstrapTokenEscrowed": "ESCROWED", "bootstrapToken": "CANARY-BOOTSTRAP-token", "attestationStatus": "SUCCESS",
    })
}

fn cellular(chance: Chance, index: usize, model: &str) -> Value {
    let phone = model.starts_with("iPhone");
    let digits = |word: &str, count: u32| {
        format!("{:0width$}", chance.below(index, word, 10_u64.pow(count)), width = count as usize)
    };
    json!({
        "cellularTechnology": if phone { "GSM" } else { "None" },
        "imei": if phone { format!("35{}", digits("imei", 13)) } else { String::new() },
        "iccid": if phone { format!("8901{}", digits("iccid", 16)) } else { String::new() },
        "phoneNumber": if phone { format!("+1 555 02{:02} {}", index % 100, digits("mobile number", 3)) } else { String::new() },
        "currentCarrierNetwork": if phone { "Example Mobile" } else { "" }, "roaming": false,
    })
}

/// The definition of the extension attribute of mobile devices.
pub(super) fn attribute() -> Value {
    json!({
        "id": "1", "name": "Cart", "description": "", "dataType": "STRING", "inputType": "TEXT",
        "inventoryDisplayType": "EXTENSION_ATTRIBUTES", "popupMenuChoices": [], "ldapAttributeMapping": null,
        "ldapExtensionAttributeAllowed": false,
    })
}
