//! The devices that a call names itself, however harmless it is: by a list, in its path, in its body.
//!
//! What it reaches besides is the business of `reach`.

use jamf_pro_tools::{Action, Checked};
use serde_json::Value;

use super::fleet::{self, COMPUTER, Kind, MOBILE_DEVICE, Seen};
use super::reach::plain;
use crate::error::Error;
use crate::jobs::{Work, devices, text_at};
use crate::tools::Tool;

/// What devices are named by.
#[derive(Clone, Copy)]
enum By {
    ManagementId,
    Id(&'static Kind),
    Udid,
    Serial,
    /// Whatever is known of it; one device.
    Word,
    /// Something that only the tenant understands.
    Code,
}

/// The devices that one call names.
pub(super) struct Named(Vec<(By, Vec<String>)>);

impl Named {
    /// Those of a call; its devices are named by their management ids already where that is possible.
    pub(super) fn of(tool: Tool, checked: &Checked) -> Self {
        let arguments = checked.arguments();
        let found = match tool {
            Tool::Action(action) => of_action(action, checked),
            Tool::Job(_) => vec![(By::Word, texts(arguments.get("device")))],
            Tool::Own(_) => Vec::new(),
        };
        Self(found.into_iter().filter(|(_, ids)| !ids.is_empty()).collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|(_, ids)| ids.len()).sum()
    }

    /// The devices as the inventory has them.
    ///
    /// # Errors
    /// When one of them is not there, or cannot be told.
    pub(super) async fn seen(&self, work: &Work<'_>) -> Result<Vec<Seen>, Error> {
        let mut all = Vec::new();
        for (by, ids) in &self.0 {
            all.extend(match by {
                By::ManagementId => fleet::by_management_id(work, ids).await?,
                By::Id(kind) => fleet::by_id(work, kind, ids).await?,
                By::Udid => fleet::by_udid(work, ids).await?,
                // A serial number that is in no inventory is no device yet, and what is protected by it is found by itself.
                By::Serial => {
                    let mut found = fleet::by_serial(work, &COMPUTER, ids).await?;
                    found.extend(fleet::by_serial(work, &MOBILE_DEVICE, ids).await?);
                    found
                }
                By::Word => {
                    let mut found = Vec::new();
                    for word in ids {
                        let device = devices::only(work, word).await?;
                        let kind = if device.kind == COMPUTER.name { &COMPUTER } else { &MOBILE_DEVICE };
                        found.extend(fleet::by_id(work, kind, &[device.fact("id")]).await?);
                    }
                    found
                }
                By::Code => {
                    return Err(Error::NotAllowed(
                        "which device it is cannot be told, and some are protected here. Nothing was sent; do not try another way."
                            .to_owned(),
                    ));
                }
            });
        }
        Ok(all)
    }
}

fn of_action(action: &Action, checked: &Checked) -> Vec<(By, Vec<String>)> {
    let arguments = checked.arguments();
    let body = arguments.get("body");
    let in_body = |name: &str| texts(body.and_then(|body| body.get(name)));
    let items =
        body.and_then(|body| body.get("mobile_devices")).and_then(Value::as_array).into_iter().flatten();
    let items = items.map(|item| text_at(item, "id")).filter(|id| !id.is_empty()).collect();
    let mut found = vec![
        (By::ManagementId, once(jamf_pro_tools::devices::all(action, checked))),
        (By::Udid, once(in_body("udids"))),
        (By::Serial, once(in_body("serialNumber"))),
        (By::Code, in_body("reinstallCode")),
        (By::Id(&MOBILE_DEVICE), once(items)),
    ];
    if let Some(kind) = kind_in_path(action.path) {
        found.push((By::Id(kind), texts(arguments.get("id"))));
    }
    found
}

/// The kind of device whose Jamf id is in a path.
fn kind_in_path(path: &str) -> Option<&'static Kind> {
    let (before, _) = path.split_once("/{id}")?;
    match before.rsplit('/').next()? {
        "computers" | "computers-inventory" | "computers-inventory-detail" => Some(&COMPUTER),
        "mobile-devices" => Some(&MOBILE_DEVICE),
        _ => None,
    }
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().map(plain).collect(),
        Some(one) => vec![plain(one)],
    }
}

/// Each one once, however its letters are written.
fn once(ids: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for id in ids {
        if !once.iter().any(|other| other.eq_ignore_ascii_case(&id)) {
            once.push(id);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::{Catalogue, Risk};

    use super::*;

    /// What a harmless command to devices takes, with three devices where it takes several.
    fn given(tool: &str) -> Value {
        use serde_json::json;
        let three = json!(["C02A", "C02B", "C02B", "C02C"]);
        match tool {
            "blank_push_send" => json!({ "body": { "clientManagementIds": three } }),
            "mdm_profile_renew" => json!({ "body": { "udids": three } }),
            "ddm_sync" => json!({ "clientManagementId": "C02A" }),
            "app_config_reinstall" => json!({ "body": { "reinstallCode": "x" } }),
            "mobile_device_inventory_update" => json!({
                "body": { "general": { "command": "UpdateInventory" }, "mobile_devices": [{ "id": 1 }, { "id": 2 }, { "id": 3 }] },
            }),
            _ => json!({ "devices": three }),
        }
    }

    #[test]
    fn every_harmless_command_to_devices_names_them() {
        for action in Catalogue::get().actions().filter(|action| action.risk == Risk::Device) {
            let tool = Tool::Action(action);
            let given = given(action.name);
            let with_body = |mut given: Value| {
                given["body"] = serde_json::json!({});
                given
            };
            let check = |given: &Value| tool.check(given.as_object().unwrap().clone());
            let checked = check(&given).or_else(|_| check(&with_body(given.clone())));
            let checked = checked.unwrap_or_else(|problems| panic!("{}: {problems}", action.name));
            let one = ["ddm_sync", "app_config_reinstall"].contains(&action.name);
            assert_eq!(Named::of(tool, &checked).count(), if one { 1 } else { 3 }, "{}", action.name);
        }
    }

    #[test]
    fn a_record_is_named_by_its_path() {
        for (tool, named) in [
            ("computer_update", true),
            ("mobile_device_update", true),
            ("computer_smart_groups_recalculate", true),
            ("computer_attachment_create", true),
            ("building_update", false),
            ("computer_prestage_update", false),
        ] {
            assert_eq!(kind_in_path(Catalogue::get().find(tool).unwrap().path).is_some(), named, "{tool}");
        }
    }
}
