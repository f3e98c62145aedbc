//! Devices as the Classic API names and shows them: looked up by what is known of them, and the records of mobile devices, which can
//! be created and deleted here only.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Context, Reply, body, dates, ids, objects, pages, references, render, subset, text, type_of, write_answer,
};
use crate::{
    classic::facts::{Operation, Type},
    exchange::Answer,
    inventory::{Inventory, Kind, MOBILE_SECTIONS},
    paging::PageQuery,
    rsql::Filter,
    store::{Attachment, id_text, merge, set},
};

/// The inventory of a kind of device.
pub(super) fn inventory<'s>(context: &'s Context<'_>, kind: Kind) -> &'s Inventory {
    match kind {
        Kind::Computers => &context.store.computers,
        Kind::MobileDevices => &context.store.mobile_devices,
    }
}

/// The row of the device that a key of a path names: id, name, serial number, UDID or MAC address.
pub(super) fn row_of(context: &Context<'_>, kind: Kind, key: &str, value: &str) -> Option<usize> {
    let inventory = inventory(context, kind);
    let fields: &[&str] = match (kind, key) {
        (_, "id") => return inventory.find(value, context.sight),
        (Kind::Computers, "name") => &["general.name"],
        (Kind::Computers, "serialnumber") => &["hardware.serialNumber"],
        (Kind::Computers, "macaddress") => &["hardware.macAddress", "hardware.altMacAddress"],
        (Kind::MobileDevices, "name") => &["displayName"],
        (Kind::MobileDevices, "serialnumber") => &["serialNumber"],
        (Kind::MobileDevices, "macaddress") => &["wifiMacAddress"],
        _ => &["udid"],
    };
    let value = if key == "macaddress" { value.replace(['.', '-'], ":") } else { value.to_owned() };
    fields.iter().find_map(|field| rows_where(context, kind, field, &value).first().copied())
}

fn rows_where(context: &Context<'_>, kind: Kind, field: &str, value: &str) -> Vec<usize> {
    let quoted = value.replace('\\', "\\\\").replace('"', "\\\"").replace('*', "\\*");
    let Ok(filter) = Filter::read(&format!("{field}==\"{quoted}\"")) else { return Vec::new() };
    let query = PageQuery { page: 0, size: usize::MAX, sort: Vec::new(), filter: Some(filter) };
    inventory(context, kind).page(&context.store.fleet, &query, context.sight).0
}

/// The row of the device that an element of a body refers to.
pub(super) fn find_match(context: &Context<'_>, kind: Kind, row: &Value) -> Option<usize> {
    let given =
        |name: &str| row.get(name).map(id_text).filter(|value| !["", "0", "null"].contains(&value.as_str()));
    [("id", "id"), ("serial_number", "serialnumber"), ("udid", "udid"), ("name", "name")]
        .iter()
        .find_map(|(element, key)| Some((key, given(element)?)))
        .and_then(|(key, value)| row_of(context, kind, key, &value))
}

/// A part of a device's record.
pub(super) fn part(context: &Context<'_>, kind: Kind, at: usize, name: &str) -> Value {
    inventory(context, kind).part(&context.store.fleet, at, name)
}

/// Whether a device is managed.
pub(super) fn is_managed(context: &Context<'_>, kind: Kind, at: usize) -> bool {
    let general = part(context, kind, at, "general");
    let managed = general.pointer("/remoteManagement/managed").or_else(|| general.get("managed"));
    managed.and_then(Value::as_bool).unwrap_or_default()
}

/// What names a device in every answer.
pub(super) struct Names {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) udid: String,
    pub(super) serial: String,
    pub(super) mac: String,
    pub(super) management_id: String,
}

pub(super) fn names(context: &Context<'_>, kind: Kind, at: usize) -> Names {
    let general = part(context, kind, at, "general");
    let hardware = part(context, kind, at, "hardware");
    let own = |value: &Value, name: &str| text(value, name).to_owned();
    let (name, mac, udid) = match kind {
        Kind::Computers => ("name", "macAddress", id_text(&part(context, kind, at, "udid"))),
        Kind::MobileDevices => ("displayName", "wifiMacAddress", own(&general, "udid")),
    };
    Names {
        id: inventory(context, kind).id(at).parse().unwrap_or(0),
        name: own(&general, name),
        udid,
        serial: own(&hardware, "serialNumber"),
        mac: own(&hardware, mac),
        management_id: own(&general, "managementId"),
    }
}

/// A device in a scope.
pub(super) fn target(context: &Context<'_>, kind: Kind, at: usize) -> Value {
    let of = names(context, kind, at);
    json!({"id": of.id, "name": of.name, "udid": of.udid})
}

/// A device in a group.
pub(super) fn member(context: &Context<'_>, kind: Kind, at: usize) -> Value {
    let of = names(context, kind, at);
    if kind == Kind::MobileDevices {
        return json!({"id": of.id, "name": of.name, "mac_address": of.mac, "udid": of.udid,
            "wifi_mac_address": of.mac, "serial_number": of.serial});
    }
    let hardware = part(context, kind, at, "hardware");
    json!({"id": of.id, "name": of.name, "mac_address": of.mac, "alt_mac_address": text(&hardware, "altMacAddress"),
        "serial_number": of.serial})
}

/// The section that every answer about one device begins with.
pub(super) fn general(of: &Names) -> Value {
    json!({"id": of.id, "name": of.name, "udid": of.udid, "serial_number": of.serial, "mac_address": of.mac})
}

/// Answer a path of the mobile devices.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let kind = Kind::MobileDevices;
    let there = |context: &Context<'_>, key: &str, value: &str| {
        row_of(context, kind, key, value).ok_or_else(pages::not_found)
    };
    match (context.call.method.as_str(), parts) {
        ("GET", [_]) => Ok(list(context, of, |_| true)),
        ("GET", [_, "match", wanted]) => {
            let pattern = wanted.to_lowercase();
            Ok(list(context, of, |row| {
                let fields = ["name", "serial_number", "udid", "wifi_mac_address", "username"];
                fields.iter().any(|field| like(&text(row, field).to_lowercase(), &pattern))
            }))
        }
        ("GET", [_, key, value]) => {
            let at = there(context, key, value)?;
            let record = record(context, at);
            Ok(render(context.call, of, &of.shape.fill_in(record)))
        }
        ("GET", [_, key, value, "subset", names]) => {
            let at = there(context, key, value)?;
            let record = of.shape.fill_in(record(context, at));
            Ok(render(context.call, of, &subset(&record, names)))
        }
        ("POST", [_, _, _]) => create(context, of),
        ("PUT", [_, key, value]) => {
            let at = there(context, key, value)?;
            let mut given = body(context.call, of)?;
            references::settle(context, &mut given, &of.shape)?;
            let patch = patch(context, &given, at);
            context.store.mobile_devices.write(&context.store.fleet, at, &patch);
            let id = inventory(context, kind).id(at).to_owned();
            Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
        }
        ("DELETE", [_, key, value]) => {
            let values = if *key == "id" { ids(value) } else { vec![(*value).to_owned()] };
            let rows: Result<Vec<usize>, Answer> =
                values.iter().map(|value| there(context, key, value)).collect();
            let rows = rows?;
            let gone = rows.iter().map(|at| inventory(context, kind).id(*at).to_owned()).collect::<Vec<_>>();
            rows.into_iter().for_each(|at| context.store.mobile_devices.delete(at));
            Ok(write_answer(&of.root, &gone, StatusCode::OK))
        }
        _ => Err(pages::not_found()),
    }
}

/// `*` stands for anything.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    left.ends_with(last)
}

fn list(context: &Context<'_>, of: &Type, wanted: impl Fn(&Value) -> bool) -> Answer {
    let kind = Kind::MobileDevices;
    let all = inventory(context, kind).rows(context.sight).into_iter();
    let row = |at: usize| {
        let names = names(context, kind, at);
        let (general, hardware) = (part(context, kind, at, "general"), part(context, kind, at, "hardware"));
        let user = part(context, kind, at, "userAndLocation");
        let network = part(context, kind, at, "network");
        json!({
            "id": names.id, "name": names.name, "device_name": names.name, "udid": names.udid,
            "serial_number": names.serial, "phone_number": text(&network, "phoneNumber"), "wifi_mac_address": names.mac,
            "managed": general.get("managed"), "supervised": general.get("supervised"),
            "model": text(&hardware, "model"), "model_identifier": text(&hardware, "modelIdentifier"),
            "model_display": text(&hardware, "model"), "username": text(&user, "username"),
        })
    };
    render(context.call, of, &all.map(row).filter(wanted).map(|r| objects::row(&r, &of.shape)).collect())
}

/// Fields of the same value: the section and element here, the section and field of the Jamf Pro API.
static FIELDS: &[(&str, &str, &str, &str)] = &[
    ("general", "asset_tag", "general", "assetTag"),
    ("general", "managed", "general", "managed"),
    ("general", "supervised", "general", "supervised"),
    ("general", "ip_address", "general", "ipAddress"),
    ("general", "os_version", "general", "osVersion"),
    ("general", "os_build", "general", "osBuild"),
    ("general", "device_ownership_level", "general", "deviceOwnershipType"),
    ("general", "cloud_backup_enabled", "general", "cloudBackupEnabled"),
    ("general", "device_locator_service_enabled", "general", "deviceLocatorServiceEnabled"),
    ("general", "udid", "general", "udid"),
    ("general", "name", "general", "displayName"),
    ("general", "device_name", "general", "displayName"),
    ("general", "display_name", "general", "displayName"),
    ("general", "serial_number", "hardware", "serialNumber"),
    ("general", "wifi_mac_address", "hardware", "wifiMacAddress"),
    ("general", "bluetooth_mac_address", "hardware", "bluetoothMacAddress"),
    ("general", "capacity", "hardware", "capacityMb"),
    ("general", "capacity_mb", "hardware", "capacityMb"),
    ("general", "available", "hardware", "availableSpaceMb"),
    ("general", "available_mb", "hardware", "availableSpaceMb"),
    ("general", "percentage_used", "hardware", "usedSpacePercentage"),
    ("general", "battery_level", "hardware", "batteryLevel"),
    ("general", "model", "hardware", "model"),
    ("general", "model_display", "hardware", "model"),
    ("general", "model_identifier", "hardware", "modelIdentifier"),
    ("general", "model_number", "hardware", "modelNumber"),
    ("general", "modem_firmware", "hardware", "modemFirmwareVersion"),
    ("general", "ble_capable", "hardware", "bluetoothLowEnergyCapable"),
    ("general", "phone_number", "network", "phoneNumber"),
    ("location", "username", "userAndLocation", "username"),
    ("location", "realname", "userAndLocation", "realName"),
    ("location", "real_name", "userAndLocation", "realName"),
    ("location", "email_address", "userAndLocation", "emailAddress"),
    ("location", "phone", "userAndLocation", "phoneNumber"),
    ("location", "phone_number", "userAndLocation", "phoneNumber"),
    ("location", "position", "userAndLocation", "position"),
    ("location", "room", "userAndLocation", "room"),
    ("location", "building", "userAndLocation", "building"),
    ("location", "department", "userAndLocation", "department"),
    ("purchasing", "is_purchased", "purchasing", "purchased"),
    ("purchasing", "is_leased", "purchasing", "leased"),
    ("purchasing", "po_number", "purchasing", "poNumber"),
    ("purchasing", "vendor", "purchasing", "vendor"),
    ("purchasing", "applecare_id", "purchasing", "appleCareId"),
    ("purchasing", "purchase_price", "purchasing", "purchasePrice"),
    ("purchasing", "purchasing_account", "purchasing", "purchasingAccount"),
    ("purchasing", "purchasing_contact", "purchasing", "purchasingContact"),
    ("purchasing", "life_expectancy", "purchasing", "lifeExpectancy"),
    ("network", "cellular_technology", "network", "cellularTechnology"),
    ("network", "imei", "network", "imei"),
    ("network", "iccid", "network", "iccid"),
    ("network", "phone_number", "network", "phoneNumber"),
    ("security_object", "data_protection", "security", "dataProtected"),
    ("security_object", "block_level_encryption_capable", "security", "blockLevelEncryptionCapable"),
    ("security_object", "file_level_encryption_capable", "security", "fileLevelEncryptionCapable"),
    ("security_object", "passcode_present", "security", "passcodePresent"),
    ("security_object", "passcode_compliant", "security", "passcodeCompliant"),
    ("security_object", "passcode_compliant_with_profile", "security", "passcodeCompliantWithProfile"),
    ("security_object", "activation_lock_enabled", "security", "activationLockEnabled"),
    ("security_object", "lost_mode_message", "security", "lostModeMessage"),
    ("security_object", "lost_mode_phone", "security", "lostModePhoneNumber"),
];

/// Dates: the section and element here, the section and field there.
static DATES: &[(&str, &str, &str, &str)] = &[
    ("general", "last_inventory_update", "general", "lastInventoryUpdateDate"),
    ("general", "last_enrollment", "general", "lastEnrolledDate"),
    ("purchasing", "po_date", "purchasing", "poDate"),
    ("purchasing", "warranty_expires", "purchasing", "warrantyExpiresDate"),
    ("purchasing", "lease_expires", "purchasing", "leaseExpiresDate"),
];

/// The record of a mobile device.
fn record(context: &mut Context<'_>, at: usize) -> Value {
    let every: Vec<&str> = MOBILE_SECTIONS.iter().map(|(_, property)| *property).collect();
    let pro = context.store.mobile_devices.record(&context.store.fleet, at, &every);
    let mut made = json!({"general": {"id": inventory(context, Kind::MobileDevices).id(at).parse::<u64>().unwrap_or(0),
        "os_type": text(&pro, "deviceType")}});
    let from = |section: &str, field: &str| pro.get(section)?.get(field).filter(|v| !v.is_null()).cloned();
    for (section, element, pro_section, field) in FIELDS {
        if let Some(value) = from(pro_section, field) {
            merge(&mut made, &json!({*section: {*element: value}}));
        }
    }
    for (section, element, pro_section, field) in DATES {
        let mut forms = Map::new();
        dates::set_at(&mut forms, element, from(pro_section, field).and_then(|date| dates::read(&date)));
        merge(&mut made, &json!({*section: forms}));
    }
    let lost = pro.pointer("/security/lostModeEnabled").and_then(Value::as_bool).unwrap_or_default();
    merge(
        &mut made,
        &json!({"security_object": {"lost_mode_enabled": if lost { "Enabled" } else { "Disabled" },
        "lost_mode_enforced": lost, "hardware_encryption": "Block and file levels"}}),
    );
    let rows = |name: &str, row: &dyn Fn(&Value) -> Value| -> Value {
        pro.get(name).and_then(Value::as_array).into_iter().flatten().map(row).collect()
    };
    set(
        &mut made,
        "applications",
        rows(
            "applications",
            &|app| json!({"application_name": text(app, "name"), "application_version": text(app, "version"), "identifier": text(app, "identifier")}),
        ),
    );
    set(
        &mut made,
        "certificates",
        rows(
            "certificates",
            &|own| json!({"common_name": text(own, "commonName"), "identity": own.get("identity")}),
        ),
    );
    set(
        &mut made,
        "configuration_profiles",
        rows(
            "profiles",
            &|own| json!({"display_name": text(own, "displayName"), "version": 1, "identifier": text(own, "identifier"), "uuid": text(own, "uuid")}),
        ),
    );
    set(
        &mut made,
        "mobile_device_groups",
        rows("groups", &|own| {
            let id: u64 = own.get("groupId").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
            json!({"id": id, "name": text(own, "groupName")})
        }),
    );
    set(
        &mut made,
        "extension_attributes",
        rows("extensionAttributes", &|own| {
            let id: u64 = own.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0);
            let value = own.pointer("/value/0").cloned().unwrap_or_else(|| json!(""));
            json!({"id": id, "name": text(own, "name"), "type": "String", "multi_value": false, "value": value})
        }),
    );
    made
}

/// What a body changes in a record of the Jamf Pro API.
fn patch(context: &mut Context<'_>, given: &Value, at: usize) -> Value {
    let mut made = json!({});
    for (section, element, pro_section, field) in FIELDS {
        if let Some(value) = given.get(section).and_then(|section| section.get(*element)) {
            merge(&mut made, &json!({*pro_section: {*field: value}}));
        }
    }
    for (section, element, pro_section, field) in DATES {
        let section = given.get(section);
        let forms = [(*element).to_owned(), format!("{element}_epoch"), format!("{element}_utc")];
        let written: Vec<&Value> = forms.iter().filter_map(|form| section?.get(form)).collect();
        if !written.is_empty() {
            let moment = written.iter().find_map(|form| dates::read(form));
            let date = moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
            merge(&mut made, &json!({*pro_section: {*field: date}}));
        }
    }
    for (element, field, family) in
        [("building", "buildingId", "buildings"), ("department", "departmentId", "departments")]
    {
        let name = given.get("location").and_then(|location| location.get(element)).and_then(Value::as_str);
        if let Some(name) = name {
            let id = references::place_id(context, family, name);
            merge(&mut made, &json!({"userAndLocation": {field: id}}));
        }
    }
    let attributes = given.get("extension_attributes").and_then(Value::as_array);
    if let Some(attributes) = attributes {
        let mut own = part(context, Kind::MobileDevices, at, "extensionAttributes");
        for row in own.as_array_mut().into_iter().flatten() {
            let same = |new: &&Value| {
                new.get("id").map(id_text) == row.get("id").map(id_text)
                    || text(new, "name") == text(row, "name")
            };
            if let Some(value) = attributes.iter().find(same).and_then(|new| new.get("value")) {
                set(row, "value", json!([value]));
            }
        }
        set(&mut made, "extensionAttributes", own);
    }
    made
}

fn create(context: &mut Context<'_>, of: &Type) -> Reply {
    let mut given = body(context.call, of)?;
    references::settle(context, &mut given, &of.shape)?;
    let mut record = json!({
        "deviceType": "iOS",
        "general": {"udid": "", "displayName": "", "assetTag": "", "siteId": "-1", "managed": false, "supervised": false,
            "osVersion": "", "osBuild": "", "ipAddress": "", "extensionAttributes": [], "managementId": ""},
        "hardware": {"serialNumber": "", "wifiMacAddress": "", "bluetoothMacAddress": "", "model": "", "modelIdentifier": "",
            "modelNumber": "", "capacityMb": 0, "availableSpaceMb": 0, "usedSpacePercentage": 0, "batteryLevel": 0,
            "extensionAttributes": []},
        "userAndLocation": {"username": "", "realName": "", "emailAddress": "", "position": "", "phoneNumber": "",
            "departmentId": "-1", "buildingId": "-1", "room": "", "extensionAttributes": []},
        "purchasing": {"purchased": true, "leased": false, "poNumber": "", "vendor": "", "extensionAttributes": []},
        "security": {"lostModeEnabled": false}, "network": {}, "applications": [], "certificates": [], "profiles": [],
        "groups": [], "extensionAttributes": [], "ebooks": [], "provisioningProfiles": [], "sharedUsers": [],
        "serviceSubscriptions": [], "userProfiles": [],
    });
    let patch = patch(context, &given, usize::MAX);
    merge(&mut record, &patch);
    let serial = text(record.get("hardware").unwrap_or(&Value::Null), "serialNumber").to_owned();
    if !serial.is_empty() && row_of(context, Kind::MobileDevices, "serialnumber", &serial).is_some() {
        return Err(pages::conflict("Duplicate serial number"));
    }
    let id = context.store.mobile_devices.create(&context.store.fleet, &record);
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

/// What files can be attached to, and the path of the objects.
static UPLOADS: &[(&str, &str)] = &[
    ("computers", "computers"),
    ("mobiledevices", "mobiledevices"),
    ("enrollmentprofiles", "mobiledeviceenrollmentprofiles"),
    ("mobiledeviceenrollmentprofiles", "mobiledeviceenrollmentprofiles"),
    ("printers", "printers"),
    ("peripherals", "peripherals"),
    ("policies", "policies"),
    ("ebooks", "ebooks"),
    ("mobiledeviceapplicationsicon", "mobiledeviceapplications"),
    ("mobiledeviceapplicationsipa", "mobiledeviceapplications"),
    ("diskencryptionconfigurations", "diskencryptionconfigurations"),
];

/// Attach a file to an object that is there.
pub(super) fn upload(context: &mut Context<'_>, parts: &[&str]) -> Reply {
    let [_, resource, key @ ("id" | "name"), value] = parts else { return Err(pages::not_found()) };
    let of = UPLOADS.iter().find(|(name, _)| name == resource).ok_or_else(pages::bad_request)?;
    if !context.call.header("content-type").starts_with("multipart/form-data") {
        return Err(pages::error(StatusCode::CONFLICT, "Unable to complete file upload. No file was found."));
    }
    let there = match of.1 {
        "computers" => row_of(context, Kind::Computers, key, value).is_some(),
        "mobiledevices" => row_of(context, Kind::MobileDevices, key, value).is_some(),
        family => context.store.objects(objects::store_name(family), context.sight).iter().any(|object| {
            let head = object.get("general").unwrap_or(object);
            head.get(*key).map(id_text).is_some_and(|own| own.eq_ignore_ascii_case(value))
        }),
    };
    if !there {
        return Err(pages::not_found());
    }
    context.store.last_attachment += 1;
    let id = context.store.last_attachment.to_string();
    let file = Attachment {
        name: format!("{resource}-{value}"),
        content_type: "application/octet-stream".to_owned(),
        bytes: context.call.body.to_vec(),
    };
    context.store.attachments.insert((format!("classic/{resource}/{value}"), id.clone()), file);
    Ok(Answer::of(
        StatusCode::CREATED,
        "application/xml;charset=UTF-8",
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><{resource}><id>{id}</id></{resource}>"),
    ))
}

/// The row of the device with a management id.
pub(super) fn by_management_id(context: &Context<'_>, kind: Kind, id: &str) -> Option<usize> {
    inventory(context, kind).by_management_id(&context.store.fleet, id, context.sight)
}
