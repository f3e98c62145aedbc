//! Mobile devices: the short list, the detailed list, one device in two shapes, and commands.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Context, Reply};
use crate::{
    exchange::Answer,
    inventory::{Kind, MOBILE_SECTIONS},
    paging::{CEILING, PageQuery},
};

/// Answer a path of mobile devices.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let ["v2", "mobile-devices", rest @ ..] = parts.as_slice() else { return Err(Answer::no_path()) };
    let privilege = match (call.method.as_str(), rest) {
        ("GET", _) => "Read Mobile Devices",
        ("PATCH", _) => "Update Mobile Devices",
        ("POST", [_, "erase"]) => "Send Mobile Device Remote Wipe Command",
        ("POST", [_, "unmanage"]) => "Unmanage Mobile Devices",
        _ => return Err(Answer::no_path()),
    };
    context.needs(&[privilege])?;
    match (call.method.as_str(), rest) {
        ("GET", []) => short_list(context),
        ("GET", ["detail"]) => detailed_list(context),
        ("GET", [id]) => record(context, id).map(|r| Answer::ok(&short(&r))),
        ("GET", [id, "detail"]) => record(context, id).map(|r| Answer::ok(&detail(&r))),
        ("GET", [id, "paired-devices"]) => {
            record(context, id)?;
            Ok(Answer::ok(&json!({"totalCount": 0, "results": []})))
        }
        ("PATCH", [id]) => update(context, id),
        ("POST", [id, "erase"]) => command(context, id, "ERASE_DEVICE"),
        ("POST", [id, "unmanage"]) => {
            let answer = command(context, id, "UNMANAGE_DEVICE")?;
            // Jamf Pro takes its hands off at once, whatever the device answers.
            let store = &mut *context.store;
            if let Some(at) = store.mobile_devices.find(id, context.sight) {
                store.mobile_devices.write(&store.fleet, at, &json!({"general": {"managed": false}}));
            }
            Ok(answer)
        }
        _ => Err(Answer::no_path()),
    }
}

fn every_section() -> Vec<&'static str> {
    MOBILE_SECTIONS.iter().map(|(_, property)| *property).collect()
}

fn record(context: &Context<'_>, id: &str) -> Result<Value, Answer> {
    let store = &*context.store;
    let at = store.mobile_devices.find(id, context.sight).ok_or_else(|| Answer::no_such(id))?;
    Ok(in_its_groups(context, store.mobile_devices.record(&store.fleet, at, &every_section())))
}

/// Members come and go; the record has the groups as they are now.
fn in_its_groups(context: &Context<'_>, mut record: Value) -> Value {
    let id = record.get("mobileDeviceId").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(own) = record.get_mut("groups").filter(|groups| groups.is_array()) {
        *own = super::groups::of_mobile_device(context, &id);
    }
    record
}

fn at<'v>(record: &'v Value, pointer: &str) -> &'v Value {
    record.pointer(pointer).unwrap_or(&Value::Null)
}

/// `ios`, `tvos`, ... as the short shapes write it.
fn kind(record: &Value) -> String {
    at(record, "/deviceType").as_str().unwrap_or("unknown").to_lowercase()
}

/// A row of the short list.
fn short(record: &Value) -> Value {
    json!({
        "id": at(record, "/mobileDeviceId"), "name": at(record, "/general/displayName"),
        "serialNumber": at(record, "/hardware/serialNumber"), "wifiMacAddress": at(record, "/hardware/wifiMacAddress"),
        "udid": at(record, "/general/udid"), "phoneNumber": at(record, "/network/phoneNumber"),
        "model": at(record, "/hardware/model"), "modelIdentifier": at(record, "/hardware/modelIdentifier"),
        "username": at(record, "/userAndLocation/username"), "type": kind(record),
        "managementId": at(record, "/general/managementId"),
        "softwareUpdateDeviceId": at(record, "/general/softwareUpdateDeviceId")
    })
}

/// One device in the older detailed shape: common fields, and an object named after the platform.
fn detail(record: &Value) -> Value {
    let general = |name: &str| at(record, "/general").get(name).cloned().unwrap_or_default();
    let hardware = |name: &str| at(record, "/hardware").get(name).cloned().unwrap_or_default();
    let platform = json!({
        "model": hardware("model"), "modelIdentifier": hardware("modelIdentifier"),
        "modelNumber": hardware("modelNumber"), "supervised": general("supervised"),
        "batteryLevel": hardware("batteryLevel"), "capacityMb": hardware("capacityMb"),
        "availableMb": hardware("availableSpaceMb"), "percentageUsed": hardware("usedSpacePercentage"),
        "shared": general("sharedIpad"), "unlockToken": record.get("unlockToken").cloned().unwrap_or_else(|| general("unlockToken")),
        "airplayPassword": general("airPlayPassword"), "purchasing": at(record, "/purchasing"),
        "security": at(record, "/security"), "network": at(record, "/network"),
        "applications": at(record, "/applications"), "certificates": at(record, "/certificates"),
        "configurationProfiles": at(record, "/profiles")
    });
    let mut shown = json!({
        "id": at(record, "/mobileDeviceId"), "name": general("displayName"), "enforceName": false,
        "assetTag": general("assetTag"), "lastInventoryUpdateTimestamp": general("lastInventoryUpdateDate"),
        "lastContactTimestamp": general("lastContactDate"), "osVersion": general("osVersion"),
        "osBuild": general("osBuild"), "osSupplementalBuildVersion": general("osSupplementalBuildVersion"),
        "osRapidSecurityResponse": general("osRapidSecurityResponse"),
        "softwareUpdateDeviceId": general("softwareUpdateDeviceId"), "serialNumber": hardware("serialNumber"),
        "udid": general("udid"), "ipAddress": general("ipAddress"), "wifiMacAddress": hardware("wifiMacAddress"),
        "bluetoothMacAddress": hardware("bluetoothMacAddress"), "managed": general("managed"),
        "timeZone": general("timeZone"), "lastEnrollmentTimestamp": general("lastEnrolledDate"),
        "mdmProfileExpirationTimestamp": general("mdmProfileExpirationDate"),
        "deviceOwnershipLevel": general("deviceOwnershipType"),
        "declarativeDeviceManagementEnabled": general("declarativeDeviceManagementEnabled"),
        "extensionAttributes": at(record, "/extensionAttributes"), "location": at(record, "/userAndLocation"),
        "type": kind(record), "managementId": general("managementId"), "groups": at(record, "/groups")
    });
    if let Some(fields) = shown.as_object_mut() {
        fields.insert(kind(record), platform);
    }
    shown
}

/// The short list: a filter is ignored without a word.
fn short_list(context: &Context<'_>) -> Reply {
    let mut query = PageQuery { filter: None, ..PageQuery::read(context.call, CEILING)? };
    for (field, _) in &mut query.sort {
        let own = match field.as_str() {
            "id" => "mobileDeviceId",
            "name" => "displayName",
            _ => continue,
        };
        own.clone_into(field);
    }
    let store = &*context.store;
    let (rows, total) = store.mobile_devices.page(&store.fleet, &query, context.sight);
    let row = |at: usize| short(&store.mobile_devices.record(&store.fleet, at, &every_section()));
    Ok(Answer::ok(&json!({"totalCount": total, "results": rows.into_iter().map(row).collect::<Vec<_>>()})))
}

fn detailed_list(context: &Context<'_>) -> Reply {
    let asked = context.call.parameters("section");
    let property = |name: &str| MOBILE_SECTIONS.iter().find(|(n, _)| *n == name).map(|(_, p)| *p);
    let wanted =
        asked.iter().map(|n| property(n).ok_or_else(|| Answer::bad_field("section", "Unknown section")));
    let mut wanted: Vec<&str> = wanted.collect::<Result<_, _>>()?;
    if wanted.is_empty() {
        wanted.push("general");
    }
    let query = PageQuery::read(context.call, CEILING)?;
    let store = &*context.store;
    let (rows, total) = store.mobile_devices.page(&store.fleet, &query, context.sight);
    let lenient = context.call.parameter("exception-handling") == Some("LENIENT");
    let record = |at: usize| in_its_groups(context, store.mobile_devices.record(&store.fleet, at, &wanted));
    let mut results: Vec<Value> = rows.into_iter().map(record).collect();
    if context.broken
        && let Some(first) = results.first_mut()
    {
        let id = at(first, "/mobileDeviceId").as_str().unwrap_or_default().to_owned();
        if !lenient {
            let text = format!("Failed to read the inventory of mobile device {id}");
            return Err(Answer::error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", &text, None));
        }
        if let Some(fields) = first.as_object_mut() {
            fields.iter_mut().filter(|(_, v)| !v.is_string()).for_each(|(_, v)| *v = Value::Null);
        }
    }
    Ok(Answer::ok(&json!({"totalCount": total, "results": results})))
}

/// A page of some devices, every field at the top level, as group memberships show them.
pub(crate) fn flat_list(context: &Context<'_>, ids: &[String]) -> Reply {
    let query = PageQuery::read(context.call, CEILING)?;
    let store = &*context.store;
    let rows = ids.iter().filter_map(|id| store.mobile_devices.find(id, context.sight)).collect();
    let (rows, total) = store.mobile_devices.page_of(&store.fleet, &query, rows);
    let flat = |at: usize| {
        let record = store.mobile_devices.record(&store.fleet, at, &every_section());
        let mut fields = Map::new();
        fields.insert("mobileDeviceId".to_owned(), json!(store.mobile_devices.id(at)));
        for name in ["general", "hardware", "userAndLocation", "security"] {
            let section = record.get(name).and_then(Value::as_object);
            let plain = section.into_iter().flatten().filter(|(_, v)| !v.is_object() && !v.is_array());
            fields.extend(plain.map(|(k, v)| (k.clone(), v.clone())));
        }
        Value::Object(fields)
    };
    Ok(Answer::ok(&json!({"totalCount": total, "results": rows.into_iter().map(flat).collect::<Vec<_>>()})))
}

fn update(context: &mut Context<'_>, id: &str) -> Reply {
    let body = context.call.object()?;
    let before = record(context, id)?;
    let mut patch = json!({});
    if let Some(changed) = body.get("updatedExtensionAttributes").and_then(Value::as_array) {
        patch = json!({ "extensionAttributes": with_attributes(&before, changed) });
    }
    for (theirs, section, ours) in [
        ("/name", "general", "displayName"),
        ("/assetTag", "general", "assetTag"),
        ("/siteId", "general", "siteId"),
        ("/timeZone", "general", "timeZone"),
        ("/ios/purchasing", "purchasing", ""),
        ("/tvos/purchasing", "purchasing", ""),
        ("/tvos/airplayPassword", "general", "airPlayPassword"),
        ("/location", "userAndLocation", ""),
    ] {
        let Some(value) = body.pointer(theirs).filter(|v| !v.is_null()) else { continue };
        let value = if ours.is_empty() { value.clone() } else { json!({ours: value}) };
        crate::store::merge(&mut patch, &json!({section: value}));
    }
    let store = &mut *context.store;
    if let Some(at) = store.mobile_devices.find(id, context.sight) {
        store.mobile_devices.write(&store.fleet, at, &patch);
    }
    record(context, id).map(|r| Answer::ok(&detail(&r)))
}

/// The extension attributes of a device with the values of those that are named; a name that the device does not have is
/// ignored without a word.
fn with_attributes(record: &Value, changed: &[Value]) -> Vec<Value> {
    let mut attributes = at(record, "/extensionAttributes").as_array().cloned().unwrap_or_default();
    for attribute in &mut attributes {
        let value = changed
            .iter()
            .find(|change| change.get("name") == attribute.get("name"))
            .and_then(|change| change.get("value"));
        if let (Some(value), Some(fields)) = (value, attribute.as_object_mut()) {
            fields.insert("value".to_owned(), value.clone());
        }
    }
    attributes
}

fn command(context: &mut Context<'_>, id: &str, name: &str) -> Reply {
    // Jamf has nothing to say about an unknown id here.
    let of = record(context, id).map_err(|_| Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR))?;
    let of = at(&of, "/general/managementId").as_str().unwrap_or_default();
    let uuid = context.store.send([name, name], id, of, Kind::MobileDevices);
    Ok(Answer::ok(&json!({"deviceId": id, "commandUuid": uuid})))
}
