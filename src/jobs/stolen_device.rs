//! A lost or stolen device: what is known of it, and what to do in which order.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::explain::is;
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work, devices};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("stolen_device", "devices")
        .title("Handle a lost or stolen device")
        .about("Prepare what to do about a lost or stolen device: owner, last contact and address, encryption, commands under way, and the steps in order, each with its tool. Changes nothing.")
        .asked(&["a Mac was stolen: what now", "somebody lost an iPad", "the laptop was left on a train", "somebody took a laptop", "lock and locate a thief's Mac", "lost or stolen: what to do first"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "mdm_commands"])
.uses(&["computer_list", "mobile_device_list"]);

/// Arguments of `stolen_device`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Serial number, name, user, management id, or `computer:7` or `mobile_device:7`.
    #[schemars(length(min = 2, max = 200))]
    device: String,
    #[schemars(flatten)]
    reading: Reading,
}

/// Columns that say where a computer is and what a thief can read.
const OF_COMPUTER: &str = "SELECT name, serial_number, management_id, username, full_name, managed, supervised, last_check_in AS last_seen,
    last_contact, last_reported_ip AS address, filevault_status, filevault_key_valid, activation_lock, recovery_lock, days_since(last_contact) AS days
    FROM computers WHERE id = ?1";

const OF_MOBILE_DEVICE: &str = "SELECT name, serial_number, management_id, username, full_name, managed, supervised, last_inventory AS last_seen,
    last_contact, ip_address AS address, passcode_present, activation_lock, lost_mode, shared_ipad, days_since(coalesce(last_contact, last_inventory)) AS days
    FROM mobile_devices WHERE id = ?1";

/// Commands that secure a device or end its management.
const GRAVE: &str = "SELECT command, state, sent_at, completed_at, error_text FROM mdm_commands
    WHERE management_id = ?1 AND command IN ('DEVICE_LOCK', 'ENABLE_LOST_MODE', 'DISABLE_LOST_MODE', 'ERASE_DEVICE', 'DEVICE_LOCATION', 'REMOVE_PROFILE')
    ORDER BY sent_at DESC LIMIT 10";

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let device = devices::only(work, arguments.text("device").unwrap_or_default()).await?;
    let (id, is_computer) = (device.fact("id"), device.kind == "computer");
    let record =
        work.ask(if is_computer { OF_COMPUTER } else { OF_MOBILE_DEVICE }, vec![json!(id)]).await?.pop();
    let Some(record) = record else {
        return Err(Error::unreachable(format!(
            "{}:{id} is in Jamf, and not yet among what was read",
            device.kind
        ))
        .hint("ask again with `refresh`"));
    };
    let commands = work.ask(GRAVE, vec![record.get("management_id").cloned().unwrap_or_default()]).await?;
    let reference = format!("{}:{id}", device.kind);
    let steps = if is_computer {
        steps_of_computer(&record, &reference, &id)
    } else {
        steps_of_mobile(&record, &reference, &id)
    };
    Ok(report(record, commands, steps, is_computer))
}

/// A step: what to do, with which call, and why now.
fn step(what: &str, call: Option<(&str, Value)>, why: &str) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("step".to_owned(), json!(what));
    if let Some((tool, arguments)) = call {
        row.insert("tool".to_owned(), json!(tool));
        row.insert("arguments".to_owned(), arguments);
    }
    row.insert("why".to_owned(), json!(why));
    row
}

fn steps_of_computer(record: &Map<String, Value>, reference: &str, id: &str) -> Vec<Map<String, Value>> {
    let mut steps = Vec::new();
    if is(record, "managed") != Some(true) {
        steps.push(step(
            "Nothing can be sent: the Mac is not managed",
            None,
            "no command reaches it; block its network access and accounts",
        ));
    } else {
        steps.push(step(
            "Lock it",
            Some(("device_lock", json!({ "devices": [reference] }))),
            "takes a person's approval; the PIN is shown to that person alone. It acts when the Mac is next online: queued is not locked",
        ));
    }
    steps.push(accounts());
    if is(record, "managed") == Some(true) {
        let why = match text(record, "filevault_key_valid") {
            "VALID" => {
                "last resort, when the person has given the Mac up: it cannot be found any more afterwards. A valid recovery key is escrowed"
            }
            _ => {
                "last resort, when the person has given the Mac up. No valid recovery key is escrowed: what is on the disk is lost for good"
            }
        };
        steps.push(step(
            "Erase it, only when a person decides so",
            Some(("computer_erase", json!({ "id": id }))),
            why,
        ));
    }
    steps
}

fn steps_of_mobile(record: &Map<String, Value>, reference: &str, id: &str) -> Vec<Map<String, Value>> {
    let mut steps = Vec::new();
    match (is(record, "managed") == Some(true), is(record, "supervised") == Some(true)) {
        (false, _) => steps.push(step("Nothing can be sent: the device is not managed", None, "no command reaches it; block its accounts")),
        (true, true) if is(record, "lost_mode") == Some(true) => steps.push(step(
            "Ask where it is: Lost Mode is on already",
            Some(("device_location_request", json!({ "devices": [reference] }))),
            "the place of a person: allowed and logged as a secret",
        )),
        (true, true) => steps.push(step(
            "Turn Lost Mode on",
            Some(("lost_mode_enable", json!({ "devices": [reference], "body": { "lostModeMessage": "This device is lost. Please call us." } }))),
            "it shows a message and can be located; takes a person's approval, and acts when the device is next online",
        )),
        (true, false) => steps.push(step(
            "Lock its screen",
            Some(("device_lock", json!({ "devices": [reference] }))),
            "it is not supervised, so Lost Mode is not possible; its passcode opens it again",
        )),
    }
    steps.push(accounts());
    if is(record, "managed") == Some(true) {
        steps.push(step(
            "Erase it, only when a person decides so",
            Some(("mobile_device_erase", json!({ "id": id }))),
            "last resort: it cannot be located any more afterwards",
        ));
    }
    steps
}

/// What Jamf cannot do.
fn accounts() -> Map<String, Value> {
    step(
        "Block the accounts of its user",
        None,
        "outside Jamf: change the password, end the sessions of the identity provider, and report the theft with the serial number",
    )
}

fn report(
    record: Map<String, Value>,
    commands: Vec<Map<String, Value>>,
    steps: Vec<Map<String, Value>>,
    is_computer: bool,
) -> Report {
    let owner =
        [text(&record, "full_name"), text(&record, "username")].into_iter().find(|name| !name.is_empty());
    let seen = match record.get("days").and_then(Value::as_f64) {
        Some(days) if days < 1.0 => format!("last in contact {} hours ago", (days * 24.0).ceil()),
        Some(days) => format!("last in contact {} days ago", days.floor()),
        None => "never in contact".to_owned(),
    };
    let first = steps.first().map(|step| text(step, "step").to_owned()).unwrap_or_default();
    let answer = format!(
        "{} ({}) of {}: {seen}{}. This changes nothing. First step: {first}.",
        text(&record, "name"),
        text(&record, "serial_number"),
        owner.unwrap_or("nobody that Jamf knows"),
        match text(&record, "address") {
            "" => String::new(),
            address => format!(", from {address}"),
        },
    );
    let waits = commands.iter().any(|command| matches!(text(command, "state"), "PENDING" | "NOT_NOW"));
    let mut report = Report::new(answer).rows(steps);
    let mut shown = record;
    shown.remove("days");
    report = report.section("device", Value::Object(shown)).section("commands_of_30_days", json!(commands));
    if waits {
        report = report.note(
            "a command of these is under way already: see commands_of_30_days before another one is sent",
        );
    }
    if !is_computer {
        report = report.note("mobile devices have no check-in: the contact is the last answer to MDM");
    }
    report.next("`mdm_command_list` with its management id says what became of a command")
}
