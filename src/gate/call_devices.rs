//! The devices that a call names itself, however harmless it is: by a list, in its path, in its body.
//!
//! What it reaches besides is the business of `reach`.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Checked, Targets};
use serde_json::{Map, Value, json};

use super::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
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
pub(super) struct CallDevices(Vec<(By, Vec<String>)>);

impl CallDevices {
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
    pub(super) async fn read_all(&self, work: &Work<'_>) -> Result<Vec<FleetDevice>, Error> {
        let mut all = Vec::new();
        for (by, ids) in &self.0 {
            all.extend(match by {
                By::ManagementId => fleet::by_management_id(work, ids).await?,
                By::Id(kind) => fleet::by_id(work, kind, ids).await?,
                By::Group(kind) => {
                    let mut members = fleet::all(work, kind).await?;
                    let groups: Vec<ObjectId> = ids.iter().filter_map(|id| ObjectId::parse(id)).collect();
                    members.retain(|device| groups.iter().any(|group| device.is_in_group(group)));
                    members
                }
                By::Task(list, deployment) => of_tasks(work, list, deployment, ids).await?,
                By::Udid => fleet::by_udid(work, ids).await?,
                // A serial number that is in no inventory is no device yet, and what is protected by it is found by itself.
                By::Serial => fleet::with_serials(work, ids).await?,
                By::Word => fleet::by_word(work, ids).await?,
                By::Code => {
                    return Err(Error::not_allowed(
                        "which device it is cannot be told, and some are protected here",
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
) -> Result<Vec<FleetDevice>, Error> {
    let found = work.rows(list, json!({ "id": deployment }), &["id", "computerId"]).await?;
    whole(&found)?;
    let mut computers = Vec::new();
    for task in tasks {
        let id = ObjectId::parse(task);
        let row = found.rows.iter().find(|row| id.is_some() && ObjectId::at(row, "id") == id);
        let row =
            row.ok_or_else(|| Error::caller(format!("`{task}` is none of the tasks of this deployment")))?;
        computers.push(text_at(row, "computerId"));
    }
    fleet::by_id(work, &COMPUTER, &once(computers)).await
}

/// The values at a path that an action declares; `[]` behind a name stands for each item of a list.
pub(super) fn values_at<'a>(arguments: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    let mut values: Vec<&Value> = arguments.get(first.trim_end_matches("[]")).into_iter().collect();
    let items = |values: Vec<&'a Value>, name: &str| match name.ends_with("[]") {
        true => values.into_iter().filter_map(Value::as_array).flatten().collect(),
        false => values,
    };
    values = items(values, first);
    for name in names {
        values = values.into_iter().filter_map(|value| value.get(name.trim_end_matches("[]"))).collect();
        values = items(values, name);
    }
    values
}

/// The ids at a path, each with what stands beside it in the field of the other path.
fn with_kinds(arguments: &Map<String, Value>, ids: &str, kinds: &str) -> Vec<(String, String)> {
    let (Some((parent, id)), Some((_, kind))) = (ids.rsplit_once('.'), kinds.rsplit_once('.')) else {
        return Vec::new();
    };
    let named = values_at(arguments, parent).into_iter().map(|item| (text_at(item, id), text_at(item, kind)));
    named.filter(|(id, _)| !id.is_empty()).collect()
}

fn of_action(action: &Action, checked: &Checked) -> Vec<(By, Vec<String>)> {
    let arguments = checked.arguments();
    action.targets.iter().flat_map(|targets| by(*targets, arguments)).collect()
}

fn by(targets: Targets, arguments: &Map<String, Value>) -> Vec<(By, Vec<String>)> {
    let texts = |path: &str| {
        once(values_at(arguments, path).into_iter().flat_map(|value| texts(Some(value))).collect())
    };
    let of_kind = |pairs: &[(String, String)], is_computer: bool, computer: &str| {
        let ids = pairs.iter().filter(|(_, kind)| (kind == computer) == is_computer);
        once(ids.map(|(id, _)| id.clone()).collect())
    };
    match targets {
        Targets::ManagementIds(path) => vec![(By::ManagementId, texts(path))],
        Targets::Computers(path) => vec![(By::Id(&COMPUTER), texts(path))],
        Targets::MobileDevices(path) => vec![(By::Id(&MOBILE_DEVICE), texts(path))],
        Targets::ComputerGroup(path) => vec![(By::Group(&COMPUTER), texts(path))],
        Targets::Udids(path) => vec![(By::Udid, texts(path))],
        Targets::SerialNumbers(path) => vec![(By::Serial, texts(path))],
        Targets::Code(path) => vec![(By::Code, texts(path))],
        Targets::Tasks { ids, listed_by } => {
            let deployment = arguments.get("id").map(plain).unwrap_or_default();
            vec![(By::Task(listed_by, deployment), texts(ids))]
        }
        Targets::IdsWithKind { ids, kinds } => {
            let pairs = with_kinds(arguments, ids, kinds);
            vec![
                (By::Id(&COMPUTER), of_kind(&pairs, true, "COMPUTER")),
                (By::Id(&MOBILE_DEVICE), of_kind(&pairs, false, "COMPUTER")),
            ]
        }
        Targets::GroupWithKind { id, kind } => {
            let pairs = with_kinds(arguments, id, kind);
            vec![
                (By::Group(&COMPUTER), of_kind(&pairs, true, "COMPUTER_GROUP")),
                (By::Group(&MOBILE_DEVICE), of_kind(&pairs, false, "COMPUTER_GROUP")),
            ]
        }
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
        let is_same = |other: &String| {
            other.eq_ignore_ascii_case(&id)
                || (ObjectId::parse(other) == ObjectId::parse(&id) && !id.is_empty())
        };
        if !once.iter().any(is_same) {
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
            assert_eq!(CallDevices::of(tool, &checked).count(), if one { 1 } else { 3 }, "{}", action.name);
        }
    }

    #[test]
    fn ids_go_by_the_kind_that_stands_beside_each() {
        let body = json!({ "body": { "devices": [
            { "deviceId": "1", "objectType": "COMPUTER" },
            { "deviceId": "2", "objectType": "MOBILE_DEVICE" },
            { "deviceId": "1", "objectType": "MOBILE_DEVICE" },
        ] } });
        let targets =
            Targets::IdsWithKind { ids: "body.devices[].deviceId", kinds: "body.devices[].objectType" };
        let found = by(targets, body.as_object().unwrap());
        let named: Vec<(&str, &[String])> = found
            .iter()
            .map(|(by, ids)| match by {
                By::Id(kind) => (kind.name, ids.as_slice()),
                _ => panic!("by no id"),
            })
            .collect();
        assert_eq!(
            named,
            [("computer", ["1".to_owned()].as_slice()), ("mobile_device", &["2".to_owned(), "1".to_owned()])]
        );
    }
}
