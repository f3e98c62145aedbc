//! Mobile devices.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::needs;
use crate::answer;
use crate::faults::Fault;
use crate::fleet::Fleet;
use crate::rows::{self, at};
use crate::server::Ask;

/// (name in a query, key in a row).
const SECTIONS: [(&str, &str); 17] = [
    ("GENERAL", "general"),
    ("HARDWARE", "hardware"),
    ("USER_AND_LOCATION", "userAndLocation"),
    ("PURCHASING", "purchasing"),
    ("SECURITY", "security"),
    ("APPLICATIONS", "applications"),
    ("EBOOKS", "ebooks"),
    ("NETWORK", "network"),
    ("SERVICE_SUBSCRIPTIONS", "serviceSubscriptions"),
    ("CERTIFICATES", "certificates"),
    ("PROFILES", "profiles"),
    ("USER_PROFILES", "userProfiles"),
    ("PROVISIONING_PROFILES", "provisioningProfiles"),
    ("SHARED_USERS", "sharedUsers"),
    ("GROUPS", "groups"),
    ("EXTENSION_ATTRIBUTES", "extensionAttributes"),
    ("COMPUTER", "computer"),
];

/// Filter fields and where they stand in a row.
const FIELDS: [(&str, &str); 24] = [
    ("mobileDeviceId", "mobileDeviceId"),
    ("airPlayPassword", "general.airPlayPassword"),
    ("assetTag", "general.assetTag"),
    ("displayName", "general.displayName"),
    ("osVersion", "general.osVersion"),
    ("osBuild", "general.osBuild"),
    ("ipAddress", "general.ipAddress"),
    ("managementId", "general.managementId"),
    ("lastInventoryUpdateDate", "general.lastInventoryUpdateDate"),
    ("managed", "general.managed"),
    ("supervised", "general.supervised"),
    ("sharedIpad", "general.sharedIpad"),
    ("udid", "general.udid"),
    ("timeZone", "general.timeZone"),
    ("serialNumber", "hardware.serialNumber"),
    ("model", "hardware.model"),
    ("modelIdentifier", "hardware.modelIdentifier"),
    ("batteryLevel", "hardware.batteryLevel"),
    ("capacityMb", "hardware.capacityMb"),
    ("username", "userAndLocation.username"),
    ("emailAddress", "userAndLocation.emailAddress"),
    ("fullName", "userAndLocation.realName"),
    ("lostModeEnabled", "security.lostModeEnabled"),
    ("passcodePresent", "security.passcodePresent"),
];

pub(crate) fn answer(ask: &Ask<'_>) -> Option<Response> {
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let ["api", "v2", "mobile-devices", rest @ ..] = segments.as_slice() else { return None };
    let read = || needs(ask, "Read Mobile Devices");
    let result = match (ask.method, rest) {
        // It takes no filter and says nothing when it is given one.
        ("GET", []) => read().map(|()| {
            let rows =
                ask.state.store().rows("mobile_devices").iter().map(Fleet::mobile_device_summary).collect();
            let query = ask.query.clone();
            rows::page(&query.without("filter"), rows, &[], 2000)
        }),
        ("GET", ["detail"]) => {
            read().map(|()| detail_page(ask, ask.state.store().rows("mobile_devices").to_vec()))
        }
        ("GET", [id]) => read().map(|()| {
            ask.state
                .store()
                .find("mobile_devices", id)
                .map_or_else(answer::not_found, |row| answer::ok(&Fleet::mobile_device_summary(row)))
        }),
        ("GET", [id, "detail"]) => read().map(|()| {
            ask.state
                .store()
                .find("mobile_devices", id)
                .map_or_else(answer::not_found, |row| answer::ok(&Fleet::mobile_device_details(row)))
        }),
        ("GET", [_, "paired-devices"]) => read().map(|()| detail_page(ask, Vec::new())),
        ("PATCH", [id]) => needs(ask, "Update Mobile Devices").map(|()| change(ask, id)),
        ("POST", [id, "erase"]) => {
            needs(ask, "Send Mobile Device Remote Wipe Command").map(|()| command(ask, id, "ERASE_DEVICE"))
        }
        ("POST", [id, "unmanage"]) => {
            needs(ask, "Unmanage Mobile Devices").map(|()| command(ask, id, "REMOVE_PROFILE"))
        }
        _ => return Some(answer::not_found()),
    };
    Some(result.unwrap_or_else(|response| response))
}

/// A page of detail rows; sections that were not asked for are null.
pub(crate) fn detail_page(ask: &Ask<'_>, rows: Vec<Value>) -> Response {
    let broken = ask.query.get("exception-handling") != Some("LENIENT");
    if broken && ask.state.faults.strike(ask.path, |fault| matches!(fault, Fault::BrokenDevice)).is_some() {
        return answer::error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            Some("mobileDeviceId"),
            "Device 12 could not be read",
        );
    }
    let wanted = ask.query.all("section");
    let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    let filter = match ask.query.filter(&names) {
        Ok(filter) => filter,
        Err(response) => return response,
    };
    let look_up = |row: &Value, field: &str| {
        FIELDS.iter().find(|(name, _)| *name == field).map_or(Value::Null, |(_, path)| at(row, path))
    };
    let mut kept: Vec<Value> = rows
        .into_iter()
        .filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(&|field| look_up(row, field))))
        .collect();
    for (field, descending) in ask.query.sort().iter().rev() {
        kept.sort_by(|left, right| {
            let order = rows::order(&look_up(left, field), &look_up(right, field));
            if *descending { order.reverse() } else { order }
        });
    }
    let total = kept.len();
    let (first, size) = rows::range(&ask.query, 2000);
    let shown: Vec<Value> = kept
        .into_iter()
        .skip(first)
        .take(size)
        .map(|mut row| {
            for (name, key) in SECTIONS {
                let asked = if wanted.is_empty() { name == "GENERAL" } else { wanted.contains(&name) };
                if !asked && let Some(map) = row.as_object_mut() {
                    map.insert(key.to_owned(), Value::Null);
                }
            }
            row
        })
        .collect();
    answer::ok(&json!({ "totalCount": total, "results": shown }))
}

fn change(ask: &Ask<'_>, id: &str) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    let mut store = ask.state.store();
    let Some(row) = store.find_mut("mobile_devices", id) else { return answer::not_found() };
    for (wire, path) in [
        ("name", ["general", "displayName"]),
        ("assetTag", ["general", "assetTag"]),
        ("timeZone", ["general", "timeZone"]),
        ("siteId", ["general", "siteId"]),
    ] {
        if let Some(value) = body.get(wire) {
            row[path[0]][path[1]] = value.clone();
        }
    }
    if let Some(location) = body.get("location") {
        crate::store::merge(&mut row["userAndLocation"], location);
    }
    answer::ok(&Fleet::mobile_device_details(row))
}

fn command(ask: &Ask<'_>, id: &str, what: &str) -> Response {
    let mut store = ask.state.store();
    if store.find("mobile_devices", id).is_none() {
        return answer::not_found();
    }
    store.commands.push((id.to_owned(), what.to_owned()));
    answer::ok(&json!({ "deviceId": id, "commandUuid": format!("00000000-0000-4000-b000-{id:0>12}") }))
}
