//! A static group of the devices of a pasted list, and which of them were not found.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt;
use jamf_pro_tools::{Checked, Risk, rsql};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::devices::{self, Device, Meaning};
use super::{Conclusion, Job, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("static_group_from_list", "groups")
        .title("Create a static group from a list")
        .plan_title("Create a static group")
        .about("Create a static group of the devices of a pasted list of serial numbers or names; says which of them were not found, are ambiguous or not managed.")
        .asked(&["put these serial numbers into a new group", "make a static group out of this spreadsheet column", "make a group out of serial numbers", "group from a spreadsheet"])
        .risk(Risk::Destructive)
        .core(),
    |work, arguments| run(work, arguments).boxed(),
)
.uses(&["computer_list", "mobile_device_list", "group_list", "static_computer_group_create", "static_mobile_group_create"]);

/// Entries of a list, at most.
const MOST: usize = 500;

/// What parts the entries of a pasted list.
const BETWEEN: [char; 5] = ['\n', '\r', ',', ';', '\t'];

/// Arguments of `static_group_from_list`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Which kind of group.
    kind: devices::Kind,
    /// Name of the new group.
    #[schemars(length(min = 1, max = 255))]
    name: String,
    /// The list as it was pasted: serial numbers, names or management ids, one a line or with commas between them.
    #[schemars(length(min = 1, max = 50000))]
    devices: String,
}

/// What the report says of the list.
struct ReportFacts {
    name: String,
    members: Vec<Device>,
    left_out: LeftOut,
}

/// Entries of the list that are no members, by the reason.
#[derive(Default)]
struct LeftOut {
    not_found: Vec<String>,
    ambiguous: Vec<Value>,
    other_kind: Vec<String>,
    not_managed: Vec<String>,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Conclusion, Error> {
    let kind = arguments.text("kind").unwrap_or_default();
    let name = arguments.text("name").unwrap_or_default();
    let words = entries(arguments.text("devices").unwrap_or_default())?;
    refuse_known_name(work, kind, name).await?;
    let (members, left_out) = sort_out(work, kind, &words).await?;
    if members.is_empty() {
        return Err(Error::caller(format!("no entry of the list is a managed {}", kind.replace('_', " ")))
            .hint(left_out.words()));
    }
    let ids = members.iter().map(|device| device.fact("id"));
    let (action, body) = match kind {
        "computer" => {
            ("static_computer_group_create", json!({ "name": name, "assignments": ids.collect::<Vec<_>>() }))
        }
        _ => {
            let one = |id| json!({ "mobileDeviceId": id, "selected": true });
            let assignments: Vec<Value> = ids.map(one).collect();
            (
                "static_mobile_group_create",
                json!({ "groupName": name, "siteId": "-1", "assignments": assignments }),
            )
        }
    };
    let known = ReportFacts { name: name.to_owned(), members, left_out };
    let write = work.write(action, json!({ "body": body }))?;
    Ok(write.report_with(known, |_, known, answer| report(known, answer).boxed()))
}

/// The entries of a pasted list, each once.
fn entries(pasted: &str) -> Result<Vec<String>, Error> {
    let mut known = BTreeSet::new();
    let words = pasted.split(BETWEEN).map(|entry| entry.trim().trim_matches(['"', '\'']).trim().to_owned());
    let words: Vec<String> =
        words.filter(|word| !word.is_empty() && known.insert(word.to_lowercase())).collect();
    match words.len() {
        0 => Err(Error::caller("the list has no entry")),
        count if count > MOST => Err(Error::caller(format!(
            "the list has {count} entries; {MOST} are the most"
        ))
        .hint("create the group with the first of them, and add the others with `group_members_change`")),
        _ => Ok(words),
    }
}

/// A group of this name has members that are not in a new list.
async fn refuse_known_name(work: &Work<'_>, kind: &str, name: &str) -> Result<(), Error> {
    let filter = rsql::equals("groupName", name)
        .map_err(|_| Error::caller("the name of the group cannot hold a `*`"))?;
    let found =
        work.rows("group_list", json!({ "filter": filter.to_string() }), &["groupName", "groupType"]).await?;
    let wanted = if kind == "computer" { "COMPUTER" } else { "MOBILE" };
    let is_taken = |group: &Value| {
        text_at(group, "groupType") == wanted && text_at(group, "groupName").eq_ignore_ascii_case(name)
    };
    if found.rows.iter().any(is_taken) {
        return Err(Error::caller(format!(
            "there is a group with the name {} already",
            text::quoted(name, 80)
        ))
        .hint("add devices to it with `group_members_change`, or choose another name"));
    }
    Ok(())
}

/// The members, and what is left out. Jamf refuses a whole group for one computer that is not managed.
async fn sort_out(work: &Work<'_>, kind: &str, words: &[String]) -> Result<(Vec<Device>, LeftOut), Error> {
    let mut members: Vec<Device> = Vec::new();
    let mut left_out = LeftOut::default();
    for (word, meaning) in words.iter().zip(devices::meanings(work, words).await?) {
        match meaning {
            Meaning::Nothing => left_out.not_found.push(word.clone()),
            Meaning::Several(candidates) => left_out.ambiguous.push(json!({
                "entry": word, "candidates": candidates.iter().map(Device::describe).collect::<Vec<_>>(),
            })),
            Meaning::One(device) if device.kind != kind => left_out.other_kind.push(word.clone()),
            Meaning::One(device) if members.iter().any(|member| member.is(&device)) => {}
            Meaning::One(device) => members.push(device),
        }
    }
    let managed = managed(work, kind, &members).await?;
    let (members, others): (Vec<Device>, Vec<Device>) =
        members.into_iter().partition(|device| managed.contains(&device.fact("id")));
    left_out.not_managed = others.iter().map(|device| device.fact("name")).collect();
    Ok((members, left_out))
}

/// The ids of those of the devices that are managed.
async fn managed(work: &Work<'_>, kind: &str, devices: &[Device]) -> Result<BTreeSet<String>, Error> {
    let (list, id, section, field) = match kind {
        "computer" => ("computer_list", "id", "GENERAL", "general.remoteManagement.managed"),
        _ => ("mobile_device_list", "mobileDeviceId", "GENERAL", "general.managed"),
    };
    let ids: Vec<String> = devices.iter().map(|device| device.fact("id")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let Some(filter) = rsql::condition(id, "in", &ids) else { return Ok(BTreeSet::new()) };
    let arguments = json!({ "filter": filter.to_string(), "section": [section] });
    let found = work.rows(list, arguments, &[id, field]).await?;
    if let Some(note) = found.notes.first() {
        return Err(Error::unreachable(format!("which devices are managed could not be read: {note}")));
    }
    let managed = found.rows.iter().filter(|row| text_at(row, field) == "true");
    Ok(managed.map(|row| text_at(row, id)).collect())
}

impl LeftOut {
    /// In words, for an error.
    fn words(&self) -> String {
        let part = |what: &str, entries: Vec<String>| {
            let shown: Vec<String> = entries.iter().take(20).map(|entry| text::quoted(entry, 60)).collect();
            (!shown.is_empty()).then(|| format!("{what}: {}", shown.join(", ")))
        };
        let ambiguous = self.ambiguous.iter().map(|entry| text_at(entry, "entry")).collect();
        let parts = [
            part("not found", self.not_found.clone()),
            part("several devices", ambiguous),
            part("another kind of device", self.other_kind.clone()),
            part("not managed", self.not_managed.clone()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

async fn report(known: Arc<ReportFacts>, answer: Value) -> Result<Value, Error> {
    let ReportFacts { name, members, left_out } = known.as_ref();
    let mut fields = json!({
        "result": "created", "group": { "id": answer.get("id"), "name": name }, "members": members.len(),
    });
    let Some(found) = fields.as_object_mut() else { return Ok(fields) };
    let lists = [
        ("not_found", json!(left_out.not_found)),
        ("ambiguous", json!(left_out.ambiguous)),
        ("other_kind", json!(left_out.other_kind)),
        ("not_managed", json!(left_out.not_managed)),
    ];
    found.extend(
        lists
            .into_iter()
            .filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()))
            .map(|(name, list)| (name.to_owned(), list)),
    );
    if let Some(read_back) = answer.get("read_back") {
        found.insert("read_back".to_owned(), read_back.clone());
    }
    Ok(fields)
}
