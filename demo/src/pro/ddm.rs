//! Declarative management: what a device last reported, item by item.

use serde_json::{Value, json};

use super::{Context, Reply};
use crate::{exchange::Answer, store::id_text};

/// The status items of a device by its management id; those that its system does not tell are left out.
pub(crate) fn answer(context: &Context<'_>, rest: &[&str]) -> Reply {
    context.needs(&["Read Mobile Devices", "Read Computers"])?;
    let [management_id, "status-items", key @ ..] = rest else { return Err(Answer::no_path()) };
    let items = items(context, management_id).ok_or_else(|| Answer::no_such(management_id))?;
    match key {
        [] => Ok(Answer::ok(&json!({ "statusItems": items }))),
        [key] => {
            let found = items.iter().find(|item| item.get("key") == Some(&json!(key)));
            found.map(Answer::ok).ok_or_else(|| Answer::no_such(key))
        }
        _ => Err(Answer::no_path()),
    }
}

fn items(context: &Context<'_>, management_id: &str) -> Option<Vec<Value>> {
    let (store, fleet) = (&context.store, &context.store.fleet);
    let (told, at) = if let Some(at) = store.computers.by_management_id(fleet, management_id, context.sight) {
        let part = |name| store.computers.part(fleet, at, name);
        let general = part("general");
        if general.get("declarativeDeviceManagementEnabled") != Some(&json!(true)) {
            return Some(Vec::new());
        }
        (of_computer(&part("hardware"), &part("operatingSystem")), general.get("reportDate").cloned())
    } else {
        let at = store.mobile_devices.by_management_id(fleet, management_id, context.sight)?;
        let part = |name| store.mobile_devices.part(fleet, at, name);
        let general = part("general");
        (
            of_mobile_device(&general, &part("hardware"), &part("security")),
            general.get("lastInventoryUpdateDate").cloned(),
        )
    };
    // The local time of the server, which has no zone.
    let at = at.and_then(|at| Some(at.as_str()?.get(..19)?.to_owned())).unwrap_or_default();
    let item = |(key, value): (&str, String)| json!({ "key": key, "value": value, "lastUpdateTime": at });
    Some(told.into_iter().filter(|(_, value)| !value.is_empty()).map(item).collect())
}

fn text(of: &Value, name: &str) -> String {
    of.get(name).filter(|value| !value.is_null()).map(id_text).unwrap_or_default()
}

fn of_computer(hardware: &Value, system: &Value) -> Vec<(&'static str, String)> {
    let encrypted = matches!(text(system, "fileVault2Status").as_str(), "ALL_ENCRYPTED" | "BOOT_ENCRYPTED");
    vec![
        ("device.identifier.serial-number", text(hardware, "serialNumber")),
        ("device.model.family", "Mac".to_owned()),
        ("device.model.identifier", text(hardware, "modelIdentifier")),
        ("device.model.marketing-name", text(hardware, "model")),
        ("device.operating-system.family", "macOS".to_owned()),
        ("device.operating-system.version", text(system, "version")),
        ("device.operating-system.build-version", text(system, "build")),
        ("diskmanagement.filevault.enabled", encrypted.to_string()),
        ("softwareupdate.install-state", "none".to_owned()),
    ]
}

fn of_mobile_device(general: &Value, hardware: &Value, security: &Value) -> Vec<(&'static str, String)> {
    let model = text(hardware, "model");
    vec![
        ("device.identifier.serial-number", text(hardware, "serialNumber")),
        ("device.identifier.udid", text(general, "udid")),
        ("device.model.family", model.split(' ').next().unwrap_or_default().to_owned()),
        ("device.model.identifier", text(hardware, "modelIdentifier")),
        ("device.model.marketing-name", model),
        ("device.operating-system.version", text(general, "osVersion")),
        ("device.operating-system.build-version", text(general, "osBuild")),
        ("passcode.is-present", text(security, "passcodePresent")),
        ("passcode.is-compliant", text(security, "passcodeCompliant")),
        ("softwareupdate.install-state", "none".to_owned()),
    ]
}
