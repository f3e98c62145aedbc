//! What a person should know of a device before it is erased, locked or deleted: whose it is by full name and department, whether its disk can
//! be opened afterwards, Activation Lock, and commands that wait for it. The main function is [`read`].

use std::collections::BTreeSet;

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::rsql;
use serde_json::{Value, json};

use super::fleet::{COMPUTER, FleetDevice, MOBILE_DEVICE};
use super::names;
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::sanitize::text;

/// Devices that are looked at so closely; a plan for more of them shows their names.
const MOST: usize = 20;

/// Longest name that is shown.
const NAME: usize = 80;

const OF_COMPUTERS: &[&str] = &[
    "id",
    "userAndLocation.realname",
    "diskEncryption.individualRecoveryKeyValidityStatus",
    "security.activationLockEnabled",
];

const OF_MOBILE_DEVICES: &[&str] =
    &["mobileDeviceId", "userAndLocation.realName", "security.activationLockEnabled"];

/// Add what is known to the devices of a plan. Answers what could not be read: the plan says it.
///
/// # Errors
/// When the tenant cannot be reached.
pub(super) async fn read(work: &Work<'_>, devices: &mut [FleetDevice]) -> Result<Vec<String>, Error> {
    if devices.len() > MOST {
        return Ok(Vec::new());
    }
    let mut unread = Vec::new();
    let mut note = |what: &str, done: Result<(), Error>| match done {
        Ok(()) => Ok(()),
        Err(error) if error.is_of_jamf() => {
            unread.push(format!("{what}, which could not be read"));
            Ok(())
        }
        Err(error) => Err(error),
    };
    note("FileVault and Activation Lock of the devices", of_inventory(work, devices).await)?;
    note("the departments of the users", departments(work, devices).await)?;
    note("commands that wait for the devices", pending_commands(work, devices).await)?;
    Ok(unread)
}

async fn of_inventory(work: &Work<'_>, devices: &mut [FleetDevice]) -> Result<(), Error> {
    for (kind, sections, fields) in [
        (&COMPUTER, &["USER_AND_LOCATION", "DISK_ENCRYPTION", "SECURITY"][..], OF_COMPUTERS),
        (&MOBILE_DEVICE, &["USER_AND_LOCATION", "SECURITY"], OF_MOBILE_DEVICES),
    ] {
        let ids: Vec<String> = devices
            .iter()
            .filter(|device| device.target.kind == kind.name)
            .map(|device| device.target.id.clone())
            .collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let [id, name, ..] = fields else { continue };
        let Some(filter) = rsql::condition(id, "in", &ids).filter(|_| !ids.is_empty()) else { continue };
        let found = work
            .rows(kind.list, json!({ "section": sections, "filter": filter.to_string() }), fields)
            .await?;
        for row in &found.rows {
            let key = ObjectId::at(row, id);
            let same = |device: &&mut FleetDevice| device.target.kind == kind.name && device.id() == key;
            let Some(device) = devices.iter_mut().find(same) else { continue };
            device.target.full_name = text::line(&text_at(row, name)).chars().take(NAME).collect();
            device.target.facts.extend(file_vault(row).filter(|_| kind.name == COMPUTER.name));
            if text_at(row, "security.activationLockEnabled") == "true" {
                device.target.facts.push("Activation Lock is on".to_owned());
            }
        }
    }
    Ok(())
}

/// Whether the disk can be opened by the key that Jamf Pro has.
fn file_vault(row: &Value) -> Option<String> {
    let fact = match text_at(row, "diskEncryption.individualRecoveryKeyValidityStatus").as_str() {
        "VALID" => "Jamf Pro has a valid FileVault recovery key",
        "INVALID" => "The FileVault recovery key in Jamf Pro is NOT valid",
        "UNKNOWN" => "Whether the FileVault recovery key in Jamf Pro is valid is not known",
        "NOT_APPLICABLE" => "Jamf Pro has no FileVault recovery key",
        _ => return None,
    };
    Some(fact.to_owned())
}

async fn departments(work: &Work<'_>, devices: &mut [FleetDevice]) -> Result<(), Error> {
    let key = |id: &ObjectId| ("departmentId".to_owned(), id.clone());
    let wanted: BTreeSet<_> =
        devices.iter().filter_map(|device| device.department.as_ref().map(key)).collect();
    let known = names::read(work, &wanted).await?;
    for device in devices {
        let name = device.department.as_ref().and_then(|id| known.get(&key(id)));
        device.target.department = name.map(|name| text::line(name)).unwrap_or_default();
    }
    Ok(())
}

async fn pending_commands(work: &Work<'_>, devices: &mut [FleetDevice]) -> Result<(), Error> {
    for device in devices.iter_mut().filter(|device| !device.target.management_id.is_empty()) {
        let of_device = rsql::compare("clientManagementId", "==", &device.target.management_id);
        let pending = rsql::compare("status", "==", "Pending");
        let filter = rsql::Expression::And(vec![of_device, pending]).to_string();
        let found = work.rows("mdm_command_list", json!({ "filter": filter }), &["commandType"]).await?;
        let mut kinds: Vec<String> =
            found.rows.iter().map(|row| text::line(&text_at(row, "commandType"))).collect();
        kinds.sort();
        kinds.dedup();
        match found.rows.len() {
            0 => {}
            1 => device.target.facts.push(format!("1 command waits for it: {}", kinds.join(", "))),
            many => device.target.facts.push(format!("{many} commands wait for it: {}", kinds.join(", "))),
        }
    }
    Ok(())
}
