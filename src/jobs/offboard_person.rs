//! What a person who leaves has, and what to do about it in which order.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, IS_ENCRYPTED, counted};
use super::explain::is;
use super::person_report::{self, Found, Person};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("offboard_person", "devices")
        .title("Prepare the departure of a person")
        .about("Prepare the departure of a person: every device with its recovery key and static groups, and the steps in order, each with its tool. Changes nothing.")
        .asked(&["somebody leaves the company: what now", "take back what a leaver has", "checklist for the last day of an employee", "someone leaves the company", "collect the devices of a leaver"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "users", "groups", "group_members"]);

/// Arguments of `offboard_person`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// User name, full name or e-mail, whole.
    #[schemars(length(min = 2, max = 200))]
    person: String,
    #[schemars(flatten)]
    reading: Reading,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let person = match person_report::find(work, arguments.text("person").unwrap_or_default()).await? {
        Found::One(person) => person,
        Found::Several(candidates) => {
            return Ok(
                candidates.next("`offboard_person` with the user name or e-mail address of the right one")
            );
        }
    };
    let sql = format!(
        "SELECT d.kind, d.id, d.name, d.serial_number, d.model, d.managed, d.username, d.email, d.last_seen, c.encrypted, c.filevault_key_valid,
             (SELECT group_concat(g.name, char(10)) FROM group_members m JOIN groups g ON g.id = m.group_id AND g.kind = m.kind
              WHERE g.smart = 0 AND m.device_id = d.id AND m.kind = CASE d.kind WHEN 'computer' THEN 'computer' ELSE 'mobile' END) AS static_groups
         FROM ({DEVICES}) d LEFT JOIN (SELECT id, filevault_key_valid, {IS_ENCRYPTED} AS encrypted FROM computers) c ON d.kind = 'computer' AND c.id = d.id
         WHERE d.username IS NOT NULL OR d.email IS NOT NULL ORDER BY d.kind, d.name"
    );
    let devices: Vec<Map<String, Value>> =
        work.ask(sql, Vec::new()).await?.into_iter().filter(|row| person.is_named_by(row)).collect();
    let records = work.ask("SELECT id, username, full_name, email FROM users", Vec::new()).await?;
    let record = records.into_iter().find(|row| person.is_named_by(row));
    Ok(report(&person, &devices, record.as_ref()))
}

/// Whether the disk is encrypted and Jamf Pro has no valid key to it.
fn is_without_key(device: &Map<String, Value>) -> bool {
    is(device, "encrypted") == Some(true) && text(device, "filevault_key_valid") != "VALID"
}

/// One step: what to do with which device, by which tool.
fn step(what: &str, device: Option<&Map<String, Value>>, call: Option<(&str, Value)>) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("step".to_owned(), json!(what));
    if let Some(device) = device {
        row.insert(
            "device".to_owned(),
            json!(format!("{} ({})", text(device, "name"), text(device, "serial_number"))),
        );
    }
    if let Some((tool, arguments)) = call {
        row.insert("tool".to_owned(), json!(tool));
        row.insert("arguments".to_owned(), arguments);
    }
    row
}

/// The steps, in their order over all devices: what is lost by a later one is saved by an earlier one.
fn steps(devices: &[Map<String, Value>], record: Option<&Map<String, Value>>) -> Vec<Map<String, Value>> {
    let is_managed = |device: &&Map<String, Value>| is(device, "managed") == Some(true);
    let mut steps = Vec::new();
    for device in devices.iter().filter(|device| is_without_key(device)) {
        steps.push(step(
            "Escrow a valid recovery key first: without one the disk cannot be opened after the departure",
            Some(device),
            None,
        ));
    }
    for device in devices.iter().filter(is_managed) {
        let reference = format!("{}:{}", text(device, "kind"), text(device, "id"));
        let what = "Lock it on the last day, if it is not handed in";
        steps.push(step(what, Some(device), Some(("device_lock", json!({ "devices": [reference] })))));
    }
    for device in devices.iter().filter(|device| !text(device, "static_groups").is_empty()) {
        let (kind, name) = (text(device, "kind"), text(device, "serial_number"));
        for group in text(device, "static_groups").lines() {
            let arguments = json!({ "kind": kind, "group": group, "remove": [name] });
            steps.push(step(
                "Take it out of a static group",
                Some(device),
                Some(("group_members_change", arguments)),
            ));
        }
    }
    for device in devices.iter().filter(is_managed) {
        let tool = if text(device, "kind") == "computer" { "computer_erase" } else { "mobile_device_erase" };
        let what = "Erase it once it is back and its data is kept: this cannot be undone";
        steps.push(step(what, Some(device), Some((tool, json!({ "id": text(device, "id") })))));
    }
    if let Some(record) = record {
        let what = "Delete the user record last: licenses that are assigned to it come back";
        steps.push(step(what, None, Some(("user_delete", json!({ "id": text(record, "id") })))));
    }
    steps
}

fn report(person: &Person, devices: &[Map<String, Value>], record: Option<&Map<String, Value>>) -> Report {
    let of_kind = |kind: &str| devices.iter().filter(|row| text(row, "kind") == kind).count() as u64;
    let without_key = devices.iter().filter(|device| is_without_key(device)).count();
    let name = if person.full_name.is_empty() { "This person" } else { &person.full_name };
    let answer = format!(
        "{name} has {} and {}. {} This changes nothing: each step takes its own approval.",
        counted(of_kind("computer"), "computer"),
        counted(of_kind("mobile_device"), "mobile device"),
        match without_key {
            0 => "No encrypted Mac is without a valid recovery key in Jamf Pro.".to_owned(),
            count =>
                format!("Encrypted Macs without a valid recovery key in Jamf Pro: {count}. Begin there."),
        },
    );
    let facts = devices.iter().map(|device| {
        super::device_rows::with_columns(
            device,
            &[
                "kind",
                "id",
                "name",
                "serial_number",
                "model",
                "managed",
                "last_seen",
                "filevault_key_valid",
                "static_groups",
            ],
        )
    });
    let facts: Vec<Map<String, Value>> = facts.collect();
    let mut report = Report::new(answer)
        .number("computers", of_kind("computer"))
        .number("mobile_devices", of_kind("mobile_device"))
        .number("macs_without_valid_key", without_key)
        .rows(steps(devices, record))
        .section("devices", json!(facts));
    if record.is_none() {
        report = report.note("there is no user record with this user name or e-mail address");
    }
    report.note("accounts, mail and sessions of the identity provider are not in Jamf Pro")
}
