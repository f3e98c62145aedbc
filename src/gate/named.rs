//! The devices that a call names itself, however harmless it is: by a list, in its path, in its body.
//!
//! What it reaches besides is the business of `reach`.

use jamf_pro_tools::{Action, Checked};
use serde_json::{Value, json};

use super::fleet::{self, COMPUTER, Kind, MOBILE_DEVICE, Seen};
use super::reach::{plain, whole};
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::registry::Tool;

/// What devices are named by.
enum By {
    ManagementId,
    Id(&'static Kind),
    /// The id of a group that they are in.
    Group(&'static Kind),
    /// Ids of tasks of a deployment: the action that lists its tasks, and its id.
    Task(&'static str, String),
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
            Tool::Builtin(_) => Vec::new(),
        };
        Self(found.into_iter().filter(|(_, ids)| !ids.is_empty()).collect())
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|(_, ids)| ids.len()).sum()
    }

    /// Whether they are named by a group, which Jamf Pro resolves anew.
    pub(super) fn by_group(&self) -> bool {
        self.0.iter().any(|(by, _)| matches!(by, By::Group(_)))
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
                By::Group(kind) => {
                    let mut members = fleet::all(work, kind).await?;
                    members.retain(|seen| seen.groups.iter().any(|(group, _)| ids.contains(group)));
                    members
                }
                By::Task(list, deployment) => of_tasks(work, list, deployment, ids).await?,
                By::Udid => fleet::by_udid(work, ids).await?,
                // A serial number that is in no inventory is no device yet, and what is protected by it is found by itself.
                By::Serial => {
                    let mut found = fleet::by_serial(work, &COMPUTER, ids).await?;
                    found.extend(fleet::by_serial(work, &MOBILE_DEVICE, ids).await?);
                    found
                }
                By::Word => fleet::by_word(work, ids).await?,
                By::Code => {
                    return Err(Error::NotAllowed(
                        "which device it is cannot be told, and some are protected here. Do not try another way."
                            .to_owned(),
                    ));
                }
            });
        }
        Ok(all)
    }
}

/// The computers that tasks of a deployment are for.
async fn of_tasks(
    work: &Work<'_>,
    list: &str,
    deployment: &str,
    tasks: &[String],
) -> Result<Vec<Seen>, Error> {
    let found = work.rows(list, json!({ "id": deployment }), &["id", "computerId"]).await?;
    whole(&found)?;
    let mut computers = Vec::new();
    for task in tasks {
        let row = found.rows.iter().find(|row| text_at(row, "id") == *task);
        let row =
            row.ok_or_else(|| Error::Arguments(format!("`{task}` is none of the tasks of this deployment")))?;
        computers.push(text_at(row, "computerId"));
    }
    fleet::by_id(work, &COMPUTER, &once(computers)).await
}

/// The lists of the tasks that these actions repeat.
const TASKS: &[(&str, &str)] = &[
    ("jamf_connect_deployment_task_retry", "jamf_connect_deployment_task_list"),
    ("jamf_protect_deployment_task_retry", "jamf_protect_deployment_task_list"),
];

/// Devices and groups with the kind that each is of, as plans for software updates and sessions of TeamViewer name them.
fn with_kinds(body: Option<&Value>) -> Vec<(By, Vec<String>)> {
    let Some(body) = body else { return Vec::new() };
    let devices = body.get("devices").and_then(Value::as_array).into_iter().flatten();
    let (computers, others): (Vec<&Value>, Vec<&Value>) = devices
        .filter(|device| device.get("deviceId").is_some())
        .partition(|device| text_at(device, "objectType") == "COMPUTER");
    let device = text_at(body, "deviceId");
    let device_kind = if text_at(body, "deviceType") == "COMPUTER" { &COMPUTER } else { &MOBILE_DEVICE };
    let ids = |devices: Vec<&Value>| once(devices.iter().map(|device| text_at(device, "deviceId")).collect());
    let group = text_at(body, "group.groupId");
    let kind = if text_at(body, "group.objectType") == "COMPUTER_GROUP" { &COMPUTER } else { &MOBILE_DEVICE };
    vec![
        (By::Id(&COMPUTER), ids(computers)),
        (By::Id(&MOBILE_DEVICE), ids(others)),
        (By::Id(device_kind), Some(device).filter(|device| !device.is_empty()).into_iter().collect()),
        (By::Group(kind), Some(group).filter(|group| !group.is_empty()).into_iter().collect()),
    ]
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
    found.extend(with_kinds(body));
    if let Some(kind) = kind_in_path(action.path) {
        found.push((By::Id(kind), texts(arguments.get("id"))));
    }
    if let Some((_, list)) = TASKS.iter().find(|(name, _)| *name == action.name) {
        let deployment = arguments.get("id").map(plain).unwrap_or_default();
        found.push((By::Task(list, deployment), once(in_body("ids"))));
    }
    // The others that name computers by their Jamf ids.
    found.push((By::Id(&COMPUTER), once(in_body("deviceIds"))));
    found.push((By::Id(&COMPUTER), texts(arguments.get("computerId"))));
    if action.name == "package_deploy" {
        found.push((By::Id(&COMPUTER), once(in_body("devices"))));
        found.push((By::Group(&COMPUTER), in_body("groupId")));
    }
    found
}

/// The kind of device whose Jamf id is in a path.
fn kind_in_path(path: &str) -> Option<&'static Kind> {
    let (before, _) = path.split_once("/{id}")?;
    match before.strip_suffix("/id").unwrap_or(before).rsplit('/').next()? {
        "mobiledevices" => Some(&MOBILE_DEVICE),
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
        let three = json!(["C02A", "C02B", "C02C"]);
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
            ("mobile_device_delete", true),
            ("building_update", false),
            ("computer_prestage_update", false),
        ] {
            assert_eq!(kind_in_path(Catalogue::get().find(tool).unwrap().path).is_some(), named, "{tool}");
        }
    }
}
