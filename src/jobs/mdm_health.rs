//! Whether devices can be managed: their MDM profiles, approvals and commands, and the connection to Apple.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, counted, with_columns};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("mdm_health", "devices")
        .title("Health of MDM")
        .about("Name devices that MDM cannot manage well: profile expired or expiring, not user-approved, not MDM capable, commands stuck, no inventory; says whether push works.")
        .asked(&["devices that MDM does not reach", "MDM profile expired or not approved", "is push broken", "broken MDM profiles", "devices that cannot be reached by push"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "mdm_commands"])
.uses(&["notification_list"]);

/// Arguments of `mdm_health`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// MDM profiles that expire within so many days count too; 30 by default.
    #[schemars(range(min = 1, max = 730))]
    days: Option<u32>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Managed devices with a flag a problem. A command counts as stuck that waits for more than a week though its device answered MDM since.
fn health() -> String {
    format!(
        "SELECT d.kind, d.name, d.serial_number, d.username, d.department, date(d.last_seen) AS last_seen, date(d.mdm_profile_expires) AS expires,
             coalesce(days_since(d.mdm_profile_expires) >= 0, 0) AS profile_expired,
             coalesce(days_since(d.mdm_profile_expires) < 0 AND days_since(d.mdm_profile_expires) >= -?1, 0) AS profile_expires_soon,
             coalesce(d.user_approved_mdm = 0, 0) AS not_user_approved, coalesce(d.mdm_capable = 0, 0) AS not_mdm_capable,
             d.last_inventory IS NULL AS never_inventoried, coalesce(d.ddm = 0, 0) AS no_declarative_management,
             coalesce(w.oldest < d.last_contact, 0) AS commands_stuck, coalesce(w.oldest >= d.last_contact, 0) AS commands_wait_for_silent_device
         FROM ({DEVICES}) d LEFT JOIN (
             SELECT management_id, min(sent_at) AS oldest FROM mdm_commands
             WHERE state IN ('PENDING', 'NOT_NOW') AND days_since(sent_at) > 7 GROUP BY management_id) w ON w.management_id = d.management_id
         WHERE d.managed = 1"
    )
}

/// The problems for which a device is named, the gravest first: column, words, what to do.
const PROBLEMS: [(&str, &str, &str); 6] = [
    ("profile_expired", "MDM profile expired", "enroll again: no command reaches it"),
    ("profile_expires_soon", "MDM profile expires", "mdm_profile_renew while it is in contact"),
    ("not_user_approved", "MDM not user-approved", "the user approves it, or enroll by ADE"),
    ("not_mdm_capable", "not MDM capable", "enroll again"),
    ("commands_stuck", "commands wait though it is in contact", "blank_push_send"),
    ("never_inventoried", "never sent an inventory", "enroll again, or delete the record"),
];

/// Counted only.
const COUNTED: [&str; 2] = ["commands_wait_for_silent_device", "no_declarative_management"];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let days = arguments.number("days").unwrap_or(30);
    let health = health();
    let sums: Vec<String> = PROBLEMS
        .iter()
        .map(|(column, _, _)| *column)
        .chain(COUNTED)
        .map(|column| format!("coalesce(sum({column}), 0) AS {column}"))
        .collect();
    let any = PROBLEMS.map(|(column, _, _)| column).join(" OR ");
    let counts = format!(
        "SELECT count(*) AS devices, coalesce(sum({any}), 0) AS named, {},
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 0) AS unmanaged FROM ({health})",
        sums.join(", ")
    );
    let counts = work.ask_one(counts, vec![json!(days)]).await?;
    let order = PROBLEMS.map(|(column, _, _)| format!("{column} DESC")).join(", ");
    let rows = work
        .ask(
            format!("SELECT * FROM ({health}) WHERE {any} ORDER BY {order}, expires, name"),
            vec![json!(days)],
        )
        .await?;
    let alerts = work.rows("notification_list", json!({}), &["type"]).await;
    Ok(with_push(report(&counts, &rows, days), alerts))
}

fn named(row: &Map<String, Value>) -> Map<String, Value> {
    let of_row: Vec<&(&str, &str, &str)> =
        PROBLEMS.iter().filter(|(column, _, _)| count_of(row, column) > 0).collect();
    let words: Vec<String> = of_row
        .iter()
        .map(|(column, words, _)| match *column {
            "profile_expired" | "profile_expires_soon" => format!("{words} on {}", text(row, "expires")),
            _ => (*words).to_owned(),
        })
        .collect();
    let mut shown = with_columns(row, &["name", "serial_number", "kind", "username", "last_seen"]);
    shown.insert("problem".to_owned(), json!(words.join("; ")));
    shown.insert("do".to_owned(), json!(of_row.first().map(|(_, _, cure)| *cure)));
    shown
}

fn report(counts: &Map<String, Value>, rows: &[Map<String, Value>], days: u32) -> Report {
    let count = |column: &str| count_of(counts, column);
    let answer = format!(
        "{} of {} have a problem with MDM: {} an expired MDM profile, {} one that expires within {days} days, {} without user approval, \
         {} with commands stuck, {} without any inventory.",
        count("named"),
        counted(count("devices"), "managed device"),
        count("profile_expired"),
        count("profile_expires_soon"),
        count("not_user_approved"),
        count("commands_stuck"),
        count("never_inventoried"),
    );
    let mut report = Report::new(answer).number("managed_devices", count("devices"));
    for column in PROBLEMS.iter().map(|(column, _, _)| *column).chain(COUNTED) {
        report = report.number(column, count(column));
    }
    report = report.number("unmanaged_records", count("unmanaged")).rows(rows.iter().map(named));
    if count("commands_wait_for_silent_device") > 0 {
        report = report.note(format!(
            "commands wait for {} only because they have been silent since: they are not named here, `stale_devices` has them",
            counted(count("commands_wait_for_silent_device"), "device")
        ));
    }
    report.note("commands are looked at for 30 days; what was sent before is not")
}

/// A report with what the alerts of Jamf say of the connection to Apple's push service.
fn with_push(report: Report, alerts: Result<super::RowSet, Error>) -> Report {
    let alerts = match alerts {
        Ok(alerts) => alerts,
        Err(error) => {
            return report.partial(format!("alerts of Jamf Pro, which say whether push works: {error}"));
        }
    };
    let kinds: Vec<String> = alerts.rows.iter().map(|row| text_at(row, "type")).collect();
    let broken: Vec<&str> = kinds
        .iter()
        .map(String::as_str)
        .filter(|kind| kind.starts_with("APNS_") || kind.starts_with("PUSH_"))
        .collect();
    let report = alerts.notes.into_iter().fold(report, Report::partial);
    match broken.is_empty() {
        true => report.section("push_alerts", json!("none")),
        false => report
            .section("push_alerts", json!(broken))
            .note("Jamf alerts that push does not work as it should: while that lasts, no MDM command is certain to reach any device")
            .next("look at the push certificate and the connection to Apple (`notification_list`) before single devices"),
    }
}
