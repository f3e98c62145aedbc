//! MDM commands that failed or wait, by command and reason.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, counted};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("command_failures", "devices")
        .title("Failed and pending MDM commands")
        .about("Group failed and pending MDM commands of the last days by command and error in words, with counts, names of devices and what to do.")
        .asked(&["errors of MDM commands, grouped", "commands that are pending or failed", "why do pushes fail", "commands that failed and why", "rejected or stuck commands"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["mdm_commands", "computers", "mobile_devices"]);

/// Arguments of `command_failures`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Commands sent within so many days; 7 by default, 30 at most.
    #[schemars(range(min = 1, max = 30))]
    days: Option<u32>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Devices that are named of a group.
const NAMED: u32 = 5;

/// Commands that were not carried out, with what became of each: `failed`, `deferred` (the device said that it could not now) or `pending`.
const UNDONE: &str = "
    SELECT management_id, command, sent_at, coalesce(error_text, 'error ' || error_code, '') AS error,
        CASE WHEN state IN ('ERROR', 'FAILED', 'COMMAND_FORMAT_ERROR') THEN 'failed' WHEN state = 'NOT_NOW' THEN 'deferred' ELSE 'pending' END AS result
    FROM mdm_commands WHERE state <> 'ACKNOWLEDGED' AND days_since(sent_at) <= ?1";

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let days = arguments.number("days").unwrap_or(7);
    let groups = format!(
        "SELECT result, command, error, sum(times) AS commands, count(*) AS devices, max(latest) AS latest,
             group_concat(CASE WHEN place <= {NAMED} THEN name END, ', ') AS names, count(*) FILTER (WHERE is_silent) AS silent
         FROM (SELECT u.*, coalesce(d.name, '(deleted device)') AS name, coalesce(u.latest > d.last_contact, 0) AS is_silent,
                   row_number() OVER (PARTITION BY result, command, error ORDER BY u.latest DESC, d.name) AS place
               FROM (SELECT result, command, error, management_id, count(*) AS times, max(sent_at) AS latest
                     FROM ({UNDONE}) GROUP BY result, command, error, management_id) u
               LEFT JOIN ({DEVICES}) d ON d.management_id = u.management_id)
         GROUP BY result, command, error
         ORDER BY result <> 'failed', result <> 'pending', devices DESC, command"
    );
    let groups = work.ask(groups, vec![json!(days)]).await?;
    let counts = format!(
        "SELECT count(*) FILTER (WHERE result = 'failed') AS failed, count(*) FILTER (WHERE result = 'pending') AS pending,
             count(*) FILTER (WHERE result = 'deferred') AS deferred,
             count(DISTINCT CASE WHEN result = 'failed' THEN management_id END) AS devices_failed,
             (SELECT count(*) FROM mdm_commands WHERE days_since(sent_at) <= ?1) AS sent,
             (SELECT count(*) FROM mdm_commands WHERE state IN ('PENDING', 'NOT_NOW') AND days_since(sent_at) > ?1) AS older
         FROM ({UNDONE})"
    );
    let counts = work.ask_one(counts, vec![json!(days)]).await?;
    Ok(report(&counts, groups, days))
}

fn report(counts: &Map<String, Value>, groups: Vec<Map<String, Value>>, days: u32) -> Report {
    let count = |column: &str| count_of(counts, column);
    let first = groups.iter().find(|row| text(row, "result") == "failed").map(|row| {
        format!(
            " Most often: {}, {} on {}.",
            text(row, "command"),
            if text(row, "error").is_empty() { "without a reason" } else { text(row, "error") }
                .trim_end_matches('.'),
            counted(count_of(row, "devices"), "device")
        )
    });
    let answer = format!(
        "Of {} MDM commands sent in {days} days, {} failed on {}, {} wait and {} were deferred by their devices.{}",
        count("sent"),
        count("failed"),
        counted(count("devices_failed"), "device"),
        count("pending"),
        count("deferred"),
        first.unwrap_or_default()
    );
    let mut report = Report::new(answer)
        .number("failed", count("failed"))
        .number("pending", count("pending"))
        .number("deferred", count("deferred"))
        .number("waiting_since_before", count("older"))
        .rows(groups.into_iter().map(with_step));
    if count("older") > 0 {
        report = report.note(format!(
            "{} sent before these {days} days and within 30 still wait: ask with `days` 30",
            counted(count("older"), "command")
        ));
    }
    report.note("the tenant is asked for 30 days of commands; what has waited for longer is not here")
}

/// A group with its devices and what to do.
fn with_step(mut row: Map<String, Value>) -> Map<String, Value> {
    let (devices, silent) = (count_of(&row, "devices"), count_of(&row, "silent"));
    let step = match text(&row, "result") {
        "failed" => cure(text(&row, "command"), text(&row, "error")),
        "deferred" => "they are asked again by themselves: the devices slept or were busy",
        _ if silent == devices => "nothing before the devices are in contact again",
        _ => "blank_push_send to those in contact",
    };
    if text(&row, "error").is_empty() {
        row.shift_remove("error");
    }
    if devices > u64::from(NAMED)
        && let Some(Value::String(names)) = row.get_mut("names")
    {
        names.push_str(&format!(" and {} more", devices - u64::from(NAMED)));
    }
    let names = row.shift_remove("names").unwrap_or_default();
    row.shift_remove("silent");
    if count_of(&row, "commands") == devices {
        row.shift_remove("commands");
    }
    row.insert("device_names".to_owned(), names);
    row.insert("do".to_owned(), json!(step));
    row
}

/// What cures a failure, by what its error says.
fn cure(command: &str, error: &str) -> &'static str {
    let error = error.to_lowercase();
    match command {
        _ if error.contains("certificate") => {
            "scope the profile with that certificate to these devices first; then send it again"
        }
        _ if error.contains("license") => "license_report: buy licenses or take them back from other devices",
        _ if error.contains("current state") => {
            "the device was not in a state for it (locked, in Setup Assistant, not supervised): send it again"
        }
        _ if error.contains("supervised") => "only supervised devices take it: enroll by ADE",
        _ if error.contains("space") => "free space on the devices",
        "INSTALL_PROFILE" => "explain_profile with the profile and one of these devices",
        _ => "device_report of one of these devices",
    }
}
