//! Members in and out of a static group, without touching the others.

use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_tools::{Checked, Risk, rsql};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::classic_objects::not_read_back;
use super::devices::{self, Device};
use super::{Conclusion, Job, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("group_members_change", "groups")
        .title("Change the members of a static group")
        .about("Add devices to a static group, or take them out, without touching its other members; what is scoped to it follows.")
        .asked(&["put Macs into a static group", "take devices out of a group"])
        .risk(Risk::Destructive),
    |work, arguments| run(work, arguments).boxed(),
)
.whole()
.uses(&["computer_list", "mobile_device_list", "group_list", "group_update"]);

/// Arguments of `group_members_change`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Which kind of group.
    kind: devices::Kind,
    /// The static group, by its exact name.
    #[schemars(length(min = 1, max = 255))]
    group: String,
    /// Devices to add: serial numbers, names, management ids, or `computer:7` or `mobile_device:7`.
    #[schemars(length(max = 200))]
    add: Option<Vec<String>>,
    /// Devices to take out, named in the same way.
    #[schemars(length(max = 200))]
    remove: Option<Vec<String>>,
}

/// What the report on a change of members says beside the group as it is then.
struct ReportFacts {
    kind: String,
    name: String,
    group: Value,
    add: Vec<Device>,
    remove: Vec<Device>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let kind = arguments.text("kind").unwrap_or_default();
    let add = members(work, kind, &arguments.texts("add")).await?;
    let remove = members(work, kind, &arguments.texts("remove")).await?;
    if add.is_empty() && remove.is_empty() {
        return Err(Error::caller("give devices to `add` or to `remove`"));
    }
    let id = |device: &Device| device.fact("id");
    if let Some(both) = add.iter().find(|device| remove.iter().any(|other| other.is(device))) {
        return Err(Error::caller(format!("`{}` is in `add` and in `remove`", both.fact("name"))));
    }
    let group = group(work, kind, arguments.text("group").unwrap_or_default()).await?;
    let one = |device: &Device, selected: bool| json!({ "deviceId": id(device), "selected": selected });
    let assignments: Vec<Value> = add
        .iter()
        .map(|device| one(device, true))
        .chain(remove.iter().map(|device| one(device, false)))
        .collect();
    let platform_id = text_at(&group, "groupPlatformId");
    let body = json!({ "assignments": assignments });
    let known = ReportFacts {
        kind: kind.to_owned(),
        name: arguments.text("group").unwrap_or_default().to_owned(),
        group,
        add,
        remove,
    };
    let write = work.write("group_update", json!({ "id": platform_id, "body": body }))?;
    Ok(write.report_with(known, |work, known, _| report(work, known).boxed()))
}

async fn report(work: &Work<'_>, known: Arc<ReportFacts>) -> Result<Value, Error> {
    let ReportFacts { kind, name, group, add, remove } = known.as_ref();
    let later = work.later();
    let after = self::group(&work.reading_back(&later), kind, name).await;
    let describe = |devices: &[Device]| devices.iter().map(Device::describe).collect::<Vec<_>>();
    let after = match work.read_back(after) {
        Ok(after) => after,
        Err(why) => {
            return Ok(json!({
                "result": "done", "group": { "groupName": group.get("groupName"), "groupPlatformId": group.get("groupPlatformId") },
                "members_before": group.get("membershipCount"), "added": describe(add), "removed": describe(remove),
                "read_back": not_read_back(&why),
            }));
        }
    };
    Ok(json!({
        "result": "done", "group": after, "members_before": group.get("membershipCount"), "members_after": after.get("membershipCount"),
        "added": describe(add), "removed": describe(remove),
        "notes": ["devices that were already in, or already out, change nothing; the number of members may take a minute to follow"],
    }))
}

pub(crate) async fn members(work: &Work<'_>, kind: &str, words: &[String]) -> Result<Vec<Device>, Error> {
    let mut found: Vec<Device> = Vec::new();
    for (word, device) in words.iter().zip(devices::each(work, words).await?) {
        if device.kind != kind {
            return Err(Error::caller(format!(
                "`{word}` is a {}, and the group is of {}s",
                device.kind.replace('_', " "),
                kind.replace('_', " ")
            )));
        }
        if !found.iter().any(|other| other.is(&device)) {
            found.push(device);
        }
    }
    Ok(found)
}

/// The one static group of this name.
pub(crate) async fn group(work: &Work<'_>, kind: &str, name: &str) -> Result<Value, Error> {
    let filter = rsql::equals("groupName", name)
        .map_err(|_| Error::caller("the name of the group cannot hold a `*`"))?;
    let fields = ["groupPlatformId", "groupJamfProId", "groupName", "groupType", "smart", "membershipCount"];
    let found = work.rows("group_list", json!({ "filter": filter.to_string() }), &fields).await?;
    let wanted = if kind == "computer" { "COMPUTER" } else { "MOBILE" };
    let of_kind =
        |group: &&Value| text_at(group, "groupType") == wanted && text_at(group, "groupName") == name;
    let mut groups = found.rows.iter().filter(of_kind);
    let shown = crate::sanitize::text::clean(name);
    let group = groups.next().ok_or_else(|| {
        Error::caller(format!("there is no {} group with the name `{shown}`", kind.replace('_', " ")))
    })?;
    if group.get("smart") == Some(&Value::Bool(true)) {
        return Err(Error::caller(format!(
            "`{shown}` is a smart group: its criteria decide who is in it, not a list"
        )));
    }
    Ok(group.clone())
}
