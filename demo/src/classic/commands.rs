//! MDM commands of the Classic API: accepted, and recorded where the Jamf Pro API lists its own. Nothing is ever carried out.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, body, dates, devices, facts, ids, objects, pages, render, text, type_of};
use crate::{
    classic::facts::{Operation, Type},
    exchange::{Answer, escape},
    inventory::Kind,
    store::{client_of, id_text},
};

/// Commands that were removed from the Classic API.
const REMOVED: &[&str] = &[
    "BlankPush",
    "ClearPasscode",
    "DeleteUser",
    "DeviceLock",
    "DisableLostMode",
    "EraseDevice",
    "RestartDevice",
    "ShutDownDevice",
    "UnmanageDevice",
];

/// Names that are not the same words in both APIs.
const NAMES: &[(&str, &str)] = &[
    ("ScheduleOSUpdate", "SCHEDULE_OS_UPDATE"),
    ("UpdateInventory", "DEVICE_INFORMATION"),
    ("DeviceName", "SETTINGS"),
    ("Wallpaper", "SETTINGS"),
    ("PasscodeLockGracePeriod", "SETTINGS"),
];

/// A command as the Jamf Pro API calls it.
fn type_name(command: &str) -> String {
    if let Some((_, name)) = NAMES.iter().find(|(classic, _)| *classic == command) {
        return (*name).to_owned();
    }
    let mut made = String::new();
    for letter in command.chars() {
        if letter.is_uppercase() && !made.is_empty() {
            made.push('_');
        }
        made.extend(letter.to_uppercase());
    }
    made
}

/// `DEVICE_LOCK` as a log shows it.
pub(super) fn spoken(command_type: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| format!("{first}{}", letters.as_str().to_lowercase())).unwrap_or_default()
    };
    command_type.split('_').map(word).collect::<Vec<_>>().join(" ")
}

/// Answer a path of either kind of device.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let kind = if parts.first() == Some(&"computercommands") { Kind::Computers } else { Kind::MobileDevices };
    match (context.call.method.as_str(), parts) {
        ("GET", [_]) => Ok(list(context, kind, of)),
        ("GET", [_, "uuid" | "status", uuid]) => {
            one(context, kind, of, |command| text(command, "uuid").eq_ignore_ascii_case(uuid))
        }
        ("GET", [_, "name" | "command", name]) => {
            one(context, kind, of, |command| text(command, "commandType") == type_name(name))
        }
        ("POST", [_, "command", "DeviceName", _, "id", list]) => send(context, kind, "DeviceName", ids(list)),
        ("POST", [_, "command", "ScheduleOSUpdate", action, rest @ .., "id", list]) => {
            let version = rest.first().is_none_or(|version| version.split('.').count() <= 4);
            if !["1", "2"].contains(action) || !version {
                return Err(pages::bad_request());
            }
            send(context, kind, "ScheduleOSUpdate", ids(list))
        }
        ("POST", [_, "command", command, "id", list]) => send(context, kind, command, ids(list)),
        ("POST", [_, "command", rest @ ..]) => from_body(context, kind, rest.first().copied()),
        _ => Err(pages::not_found()),
    }
}

/// Send what the body says; the path may name the command too, and then it wins.
fn from_body(context: &mut Context<'_>, kind: Kind, command: Option<&str>) -> Reply {
    let (name, list) = match kind {
        Kind::Computers => ("computer_command", "computers"),
        Kind::MobileDevices => ("mobile_device_command", "mobile_devices"),
    };
    let of = facts::kind(name).ok_or_else(pages::not_found)?;
    let given = body(context.call, of)?;
    let named = given.pointer("/general/command").and_then(Value::as_str).unwrap_or_default().to_owned();
    let command = command.map_or(named, str::to_owned);
    let rows = given.get(list).and_then(Value::as_array).into_iter().flatten();
    let ids = rows.filter_map(|row| row.get("id").map(id_text)).collect();
    if command == "UnlockUserAccount"
        && text(given.get("general").unwrap_or(&Value::Null), "user_name").is_empty()
    {
        return Err(pages::conflict("User name is required"));
    }
    send(context, kind, &command, ids)
}

/// Queue a command for devices: for all of them, or for none.
fn send(context: &mut Context<'_>, kind: Kind, command: &str, ids: Vec<String>) -> Reply {
    let word = !command.is_empty() && command.chars().all(|c| c.is_ascii_alphanumeric());
    if !word || REMOVED.contains(&command) || ids.is_empty() {
        return Err(pages::bad_request());
    }
    let rows: Option<Vec<usize>> = ids.iter().map(|id| devices::row_of(context, kind, "id", id)).collect();
    let rows = rows.ok_or_else(pages::not_found)?;
    let mut told = String::new();
    for at in rows {
        let names = devices::names(context, kind, at);
        let (of, id) = ([command, &type_name(command)], &names.management_id);
        let uuid = context.store.send(of, id, id, kind);
        told += &match kind {
            Kind::Computers => format!(
                "<command><name>{}</name><command_uuid>{uuid}</command_uuid><computer_id>{}</computer_id></command>",
                escape(command),
                names.id
            ),
            Kind::MobileDevices => format!(
                "<mobile_device><id>{}</id><management_id>{uuid}</management_id><status>Command sent</status></mobile_device>",
                names.id
            ),
        };
    }
    let text = match kind {
        Kind::Computers => format!("<computer_command>{told}</computer_command>"),
        Kind::MobileDevices => format!(
            "<mobile_device_command><command>{}</command><mobile_devices>{told}</mobile_devices></mobile_device_command>",
            escape(command)
        ),
    };
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}");
    Ok(Answer::of(StatusCode::CREATED, "application/xml;charset=UTF-8", text))
}

/// What was sent to a kind of device, with the place in the record.
fn commands_of<'s>(context: &'s Context<'_>, kind: Kind) -> impl Iterator<Item = (usize, &'s Value)> {
    let client = if kind == Kind::Computers { "COMPUTER" } else { "MOBILE_DEVICE" };
    let of =
        move |command: &Value| command.pointer("/client/clientType").and_then(Value::as_str) == Some(client);
    context.store.queued.iter().enumerate().filter(move |(_, command)| of(command))
}

/// The device that a command went to.
fn target(context: &Context<'_>, kind: Kind, command: &Value) -> Option<Value> {
    let at = devices::by_management_id(context, kind, &client_of(command)?)?;
    let names = devices::names(context, kind, at);
    Some(json!({"id": names.id, "udid": names.udid, "serial_number": names.serial,
        "wifi_mac_address": names.mac, "phone_number": "", "users": "", "ip_address": ""}))
}

fn list(context: &Context<'_>, kind: Kind, of: &Type) -> Answer {
    let rows = commands_of(context, kind).map(|(at, command)| {
        let target = target(context, kind, command);
        let udid = target.as_ref().and_then(|t| t.get("udid").cloned()).unwrap_or_else(|| json!(""));
        let row = json!({
            "id": at + 1, "uuid": text(command, "uuid"), "command": text(command, "commandType"), "profile_id": -1,
            "udid": udid, "computers": target.iter().collect::<Vec<_>>(), "mobile_devices": target.iter().collect::<Vec<_>>(),
        });
        objects::row(&row, &of.shape)
    });
    render(context.call, of, &rows.collect())
}

/// The newest command that is wanted.
fn one(context: &Context<'_>, kind: Kind, of: &Type, wanted: impl Fn(&Value) -> bool) -> Reply {
    let found = commands_of(context, kind).filter(|(_, command)| wanted(command)).last();
    let (at, command) = found.ok_or_else(pages::not_found)?;
    let target = target(context, kind, command);
    let udid = target.as_ref().and_then(|t| t.get("udid").cloned()).unwrap_or_else(|| json!(""));
    let mut general = json!({
        "id": at + 1, "command": text(command, "commandType"), "uuid": text(command, "uuid"), "udid": udid,
        "profile_id": -1, "profile_udid": "", "apns_result_status": "Acknowledged", "status": text(command, "commandState"),
    });
    if let (Some(fields), Ok(moment)) = (general.as_object_mut(), text(command, "dateSent").parse()) {
        dates::set_at(fields, "date_sent", Some(moment));
    }
    let list = if kind == Kind::Computers { "computers" } else { "mobile_devices" };
    Ok(render(context.call, of, &json!({"general": general, list: target.iter().collect::<Vec<_>>()})))
}
