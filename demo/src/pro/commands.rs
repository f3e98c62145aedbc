//! MDM commands: queued for devices by their management ids, and listed. Devices only answer them (see `answering`).

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply};
use crate::{
    exchange::Answer,
    inventory::{Inventory, Kind},
    paging::{CEILING, PageQuery},
    store::set,
};

/// The privilege that a command takes beside the one to see commands, for a computer and for a mobile device; none where it takes no
/// other, or is not for such a device. A command that is not here takes none.
static PRIVILEGES: &[(&str, Option<&str>, Option<&str>)] = &[
    ("APPLY_REDEMPTION_CODE", None, Some("Send Apply Redemption Code Command")),
    ("CLEAR_PASSCODE", None, Some("Send Mobile Device Remove Passcode Command")),
    ("CLEAR_RESTRICTIONS_PASSWORD", None, Some("Send Mobile Device Remove Restrictions Password Command")),
    (
        "DECLARATIVE_MANAGEMENT",
        Some("Send Declarative Management Command"),
        Some("Send Declarative Management Command"),
    ),
    (
        "DELETE_USER",
        Some("Send Computer Delete User Account Command"),
        Some("Send Mobile Device Shared iPad Commands"),
    ),
    ("DEVICE_INFORMATION", Some("Send Device Information Command"), Some("Send Device Information Command")),
    ("DEVICE_LOCATION", None, Some("Send Mobile Device Lost Mode Command")),
    (
        "DEVICE_LOCK",
        Some("Send Computer Remote Lock Command"),
        Some("Send Mobile Device Remote Lock Command"),
    ),
    ("DISABLE_LOST_MODE", None, Some("Send Mobile Device Lost Mode Command")),
    ("DISABLE_REMOTE_DESKTOP", Some("Send Computer Remote Desktop Command"), None),
    ("ENABLE_LOST_MODE", None, Some("Send Mobile Device Lost Mode Command")),
    ("ENABLE_REMOTE_DESKTOP", Some("Send Computer Remote Desktop Command"), None),
    (
        "ERASE_DEVICE",
        Some("Send Computer Remote Wipe Command"),
        Some("Send Mobile Device Remote Wipe Command"),
    ),
    ("LOG_OUT_USER", None, Some("Send Mobile Device Shared iPad Commands")),
    ("PLAY_LOST_MODE_SOUND", None, Some("Send Mobile Device Lost Mode Command")),
    ("REFRESH_CELLULAR_PLANS", None, Some("Send Mobile Device Refresh Cellular Plans Command")),
    ("REQUEST_MIRRORING", None, Some("Send Mobile Device Mirroring Command")),
    (
        "RESTART_DEVICE",
        Some("Send Computer Restart Command"),
        Some("Send Mobile Device Restart Device Command"),
    ),
    (
        "SET_AUTO_ADMIN_PASSWORD",
        Some("Send Local Admin Password Command"),
        Some("Send Local Admin Password Command"),
    ),
    ("SET_RECOVERY_LOCK", Some("Send Set Recovery Lock Command"), None),
    (
        "SHUT_DOWN_DEVICE",
        Some("Send Computer Shut Down Command"),
        Some("Send Mobile Device Shut Down Command"),
    ),
    ("STOP_MIRRORING", None, Some("Send Mobile Device Mirroring Command")),
    ("UNLOCK_USER_ACCOUNT", Some("Send Computer Unlock User Account Command"), None),
    ("VERIFY_RECOVERY_LOCK", Some("Send Verify Recovery Lock Command"), None),
];

/// Go on only if the role may send such a command to such a device.
fn may_send(context: &Context<'_>, command: &str, kind: Kind) -> Result<(), Answer> {
    let Some((_, computer, device)) = PRIVILEGES.iter().find(|(name, ..)| *name == command) else {
        return Ok(());
    };
    let privilege = if kind == Kind::Computers { computer } else { device };
    context.needs(privilege.as_slice())
}

/// Answer a path of the commands.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    match (call.method.as_str(), call.parts().as_slice()) {
        ("GET", ["v1", _, "commands"]) => list_of(context),
        ("GET", [_, _, "commands"]) => list(context),
        ("POST", [_, _, "commands"]) => send(context),
        ("POST", [_, _, "blank-push"]) => {
            let body = call.object()?;
            let unknown: Vec<&str> =
                ids(&body, "/clientManagementIds").filter(|id| kind(context, id).is_none()).collect();
            Ok(Answer::ok(&json!({"errorUuids": unknown})))
        }
        _ => super::others::answer(context),
    }
}

fn ids<'a>(body: &'a Value, at: &str) -> impl Iterator<Item = &'a str> {
    body.pointer(at).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// What kind of device has this management id.
fn kind(context: &Context<'_>, management_id: &str) -> Option<Kind> {
    let (store, sight) = (&context.store, context.sight);
    let is_of =
        |inventory: &Inventory| inventory.by_management_id(&store.fleet, management_id, sight).is_some();
    if is_of(&store.computers) {
        return Some(Kind::Computers);
    }
    is_of(&store.mobile_devices).then_some(Kind::MobileDevices)
}

fn send(context: &mut Context<'_>) -> Reply {
    let body = context.call.object()?;
    let kind_of_command = body.pointer("/commandData/commandType").and_then(Value::as_str);
    let command = kind_of_command
        .ok_or_else(|| Answer::bad_field("commandData.commandType", "The field is required"))?;
    let targets = body.get("clientData").and_then(Value::as_array).into_iter().flatten();
    let targets: Vec<&str> = targets.filter_map(|client| client.get("managementId")?.as_str()).collect();
    if targets.is_empty() {
        return Err(Answer::bad_field("clientData", "At least one client is required"));
    }
    let known: Option<Vec<_>> = targets.iter().map(|id| kind(context, id).map(|kind| (*id, kind))).collect();
    let known = known
        .ok_or_else(|| Answer::bad_field("clientData.managementId", "No device has this management id"))?;
    for (_, kind) in &known {
        may_send(context, command, *kind)?;
    }
    let mut queued = Vec::new();
    for (id, kind) in known {
        let uuid = context.store.send([command, command], id, id, kind);
        let href = format!("{}/api/v2/mdm/commands?filter=uuid=={uuid}", context.shared.url);
        queued.push(json!({"id": uuid, "href": href}));
    }
    Ok(Answer::json(StatusCode::CREATED, &json!(queued)))
}

/// The older list: the commands of one device, or those with some UUIDs, without a page.
fn list_of(context: &mut Context<'_>) -> Reply {
    let (uuids, client) = (context.call.parameters("uuids"), context.call.parameter("client-management-id"));
    if uuids.is_empty() && client.is_none() {
        return Err(Answer::bad_field("uuids", "Either uuids or client-management-id is required"));
    }
    let wanted = |command: &&Value| {
        let is_one = |at: &str, of: &str| {
            command.pointer(at).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(of))
        };
        uuids.iter().any(|uuid| is_one("/uuid", uuid))
            || client.is_some_and(|id| is_one("/client/managementId", id))
    };
    let found: Vec<&Value> = context.store.queued.iter().filter(wanted).collect();
    Ok(Answer::ok(&json!(found)))
}

fn list(context: &mut Context<'_>) -> Reply {
    let query = PageQuery::read(context.call, CEILING)?;
    if query.filter.is_none() {
        return Err(Answer::bad_field("filter", "At least one field to filter on is required"));
    }
    let with_activity = |row: &Value| {
        let mut row = row.clone();
        let state = row.get("commandState").and_then(Value::as_str).unwrap_or_default();
        let is_active = ["PENDING", "NOT_NOW"].contains(&state);
        set(&mut row, "active", json!(is_active));
        row
    };
    let rows: Vec<Value> = context.store.queued.iter().map(with_activity).collect();
    let (page, total) = query.apply(rows.iter().collect());
    let shown = |row: &Value| {
        let mut row = row.clone();
        row.as_object_mut().into_iter().for_each(|fields| {
            fields.shift_remove("active");
        });
        row
    };
    let page: Vec<Value> = page.into_iter().map(shown).collect();
    Ok(Answer::ok(&json!({"totalCount": total, "results": page})))
}
