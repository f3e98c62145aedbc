//! Devices that nobody has heard of for some time, by each of their clocks.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, counted};
use super::question::{Fleet, Reading, count_of, percent, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("stale_devices", "devices")
        .title("Devices that went silent")
        .about("Name managed devices that have not checked in for some days, with owner, department, their three clocks and what to do; Macs without new inventory too.")
        .asked(&["devices that have not checked in", "inactive or silent computers and their owners", "machines nobody has seen for months", "devices that vanished", "Macs not in contact for a long time"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices"]);

/// Arguments of `stale_devices`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Silent for more than so many days; 30 by default.
    #[schemars(range(min = 1, max = 3650))]
    days: Option<u32>,
    /// Computers or mobile devices; both when left out.
    kind: Option<Fleet>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Managed devices with the clock that counts: check-in for computers; for mobile devices, which have none, the newer of inventory and contact.
fn clocks() -> String {
    format!(
        "SELECT *, CASE kind WHEN 'computer' THEN last_check_in ELSE last_seen END AS clock
         FROM ({DEVICES}) WHERE managed = 1 AND (?1 IS NULL OR kind = ?1)"
    )
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let days = arguments.number("days").unwrap_or(30);
    let parameters = || vec![json!(arguments.text("kind")), json!(days)];
    let clocks = clocks();
    let stale = "(clock IS NULL OR days_since(clock) > ?2)";
    let lags = "(kind = 'computer' AND days_since(clock) <= ?2 AND (last_inventory IS NULL OR days_since(last_inventory) > ?2))";
    let counts = format!(
        "SELECT count(*) AS devices, count(*) FILTER (WHERE {stale}) AS stale,
             count(*) FILTER (WHERE {stale} AND kind = 'computer') AS computers,
             count(*) FILTER (WHERE {stale} AND kind = 'mobile_device') AS mobile_devices,
             count(*) FILTER (WHERE days_since(clock) > 180) AS over_180, count(*) FILTER (WHERE last_seen IS NULL) AS never,
             count(*) FILTER (WHERE {stale} AND kind = 'computer' AND days_since(last_contact) <= ?2) AS answer_mdm,
             count(*) FILTER (WHERE {stale} AND username IS NULL) AS without_user, count(*) FILTER (WHERE {lags}) AS lagging,
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 0 AND (?1 IS NULL OR kind = ?1)) AS unmanaged
         FROM ({clocks})"
    );
    let counts = work.ask_one(counts, parameters()).await?;
    let rows = format!(
        "SELECT name, serial_number, kind, username, department, date(last_check_in) AS checked_in, date(last_contact) AS contact,
             date(last_inventory) AS inventory,
             CAST(days_since(clock) AS INTEGER) AS silent_days,
             CASE WHEN {stale} AND kind = 'computer' AND days_since(last_contact) <= ?2 THEN 'contact'
                  WHEN clock IS NULL THEN 'never' WHEN {stale} THEN 'silent' ELSE 'lags' END AS state
         FROM ({clocks}) WHERE {stale} OR {lags}
         ORDER BY state = 'lags', state = 'never', clock, name"
    );
    let rows = work.ask(rows, parameters()).await?;
    Ok(report(&counts, rows, days))
}

/// A device with what to do about it, which its state decides.
fn with_step(mut row: Map<String, Value>) -> Map<String, Value> {
    let has_user = !text(&row, "username").is_empty();
    let days = count_of(&row, "silent_days");
    let step = match text(&row, "state") {
        "contact" => "computer_framework_redeploy: it answers MDM, and its Jamf framework is silent",
        "never" => "enroll again, or delete the record",
        "lags" => "checks in without inventory: look at its inventory policy",
        _ if days > 180 && has_user => "ask the user whether it still exists, then retire it",
        _ if days > 180 => "look for it, then retire it: nobody is its user",
        _ if has_user => "ask the user to connect it",
        _ => "find who has it: nobody is its user",
    };
    row.shift_remove("state");
    row.insert("do".to_owned(), json!(step));
    row
}

fn report(counts: &Map<String, Value>, rows: Vec<Map<String, Value>>, days: u32) -> Report {
    let count = |column: &str| count_of(counts, column);
    let stale = count("stale");
    let answer = format!(
        "{stale} of {} ({}) have been silent for more than {days} days: {} and {}. {} never sent an inventory.",
        counted(count("devices"), "managed device"),
        percent(stale, count("devices")),
        counted(count("computers"), "computer"),
        counted(count("mobile_devices"), "mobile device"),
        count("never"),
    );
    let report = Report::new(answer)
        .number("stale", stale)
        .number("silent_over_180_days", count("over_180"))
        .number("never_inventoried", count("never"))
        .number("silent_but_answers_mdm", count("answer_mdm"))
        .number("stale_without_user", count("without_user"))
        .number("checks_in_without_inventory", count("lagging"))
        .number("unmanaged_not_counted", count("unmanaged"))
        .rows(rows.into_iter().map(with_step))
        .note(
            "computers are judged by their last check-in; mobile devices, which have none, by the newer of last inventory and last contact",
        );
    match count("lagging") {
        0 => report,
        lagging => report.note(format!(
            "{} checked in within {days} days but sent no inventory: they come last in the rows and are not counted as stale",
            counted(lagging, "Mac")
        )),
    }
}
