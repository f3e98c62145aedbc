//! Is this device in this group?

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::object_id::ObjectId;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Conclusion, Job, Work, devices, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("group_membership_check", "groups")
        .about("Check whether one computer or mobile device is in one group, smart or static; without a group, list the groups it is in.")
        .asked(&["is this device in a group"]),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Answer)).boxed(),
)
.uses(&["computer_list", "mobile_device_list", "computer_group_list", "mobile_device_group_list"]);

/// Arguments of `group_membership_check`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// The device: serial number, name, management id, or `computer:7` or `mobile_device:7` with its Jamf id.
    #[schemars(length(min = 2, max = 200))]
    device: String,
    /// The group, by its exact name or its id; every group that the device is in when left out.
    #[schemars(length(min = 1, max = 255))]
    group: Option<String>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Value, Error> {
    let device = devices::only(work, arguments.text("device").unwrap_or_default()).await?;
    let groups = groups_of(work, &device).await?;
    let Some(wanted) = arguments.text("group") else {
        return Ok(json!({ "device": device.describe(), "total": groups.len(), "groups": groups }));
    };
    let id = ObjectId::parse(wanted);
    let named = |group: &&Value| {
        text_at(group, "name") == wanted || id.as_ref().is_some_and(|id| id.is_at(group, "id"))
    };
    if let Some(group) = groups.iter().find(named) {
        return Ok(json!({ "member": true, "group": group, "device": device.describe() }));
    }
    // Not being in a group and there being no such group are two answers.
    let list = if device.kind == "computer" { "computer_group_list" } else { "mobile_device_group_list" };
    let all = work.rows(list, json!({}), &["id", "name"]).await?;
    match all.rows.iter().find(named) {
        Some(group) => Ok(json!({ "member": false, "group": group, "device": device.describe() })),
        None => Err(Error::caller(format!(
            "there is no {} group with the name or id `{}`; names must match exactly. `{list}` lists them",
            device.kind.replace('_', " "),
            crate::sanitize::text::clean(wanted)
        ))),
    }
}

pub(super) async fn groups_of(work: &Work<'_>, device: &devices::Device) -> Result<Vec<Value>, Error> {
    let (list, filter, section, field) = match device.kind {
        "computer" => ("computer_list", "id", "GROUP_MEMBERSHIPS", "groupMemberships"),
        _ => ("mobile_device_list", "mobileDeviceId", "GROUPS", "groups"),
    };
    let filter = jamf_pro_tools::rsql::compare(filter, "==", &device.fact("id")).to_string();
    let found = work.rows(list, json!({ "filter": filter, "section": [section] }), &[field]).await?;
    let groups = found.rows.first().and_then(|row| row.get(field)).and_then(Value::as_array);
    let groups = groups.ok_or_else(|| {
        Error::unreachable("the tenant did not tell the groups of this device").hint("try again")
    })?;
    let group = |group: &Value| {
        let smart = group.get("smartGroup").or_else(|| group.get("smart")).cloned().unwrap_or_default();
        json!({ "id": text_at(group, "groupId"), "name": text_at(group, "groupName"), "smart": smart })
    };
    Ok(groups.iter().map(group).collect())
}
