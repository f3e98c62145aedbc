//! The first question of a day: how many devices there are, how they do, and what needs a person now.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{DEVICES, IS_ENCRYPTED, counted};
use super::expiring::{ACTIONS, connections};
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::{App, ToolDeclaration};

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("fleet_overview", "devices")
        .title("How the fleet is doing")
        .about("Summarize the fleet: devices, silent and unencrypted ones, OS versions, failed commands and update plans, what expires, and what needs a person now.")
        .app(App::Fleet)
        .asked(&["overview of all devices", "daily report of the fleet", "what should I look at first", "what needs attention today", "summary of all devices", "state of the fleet at a glance"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "mdm_commands", "update_plans"])
.uses(ACTIONS);

/// Arguments of `fleet_overview`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    #[schemars(flatten)]
    reading: Reading,
}

/// Days within which an end of a connection needs a person.
const SOON: i64 = 30;

/// What devices can need a person for: the column, its words, the tool that names them.
const NEEDS: [(&str, &str, &str); 9] = [
    ("lost", "in Lost Mode", "device_report"),
    ("profile_expired", "with an expired MDM profile", "mdm_health"),
    ("unencrypted", "without FileVault", "encryption_gaps"),
    ("key_invalid", "with an invalid FileVault recovery key", "encryption_gaps"),
    ("no_sip", "with SIP disabled", "security_posture"),
    ("command_failed", "on which MDM commands failed in 7 days", "command_failures"),
    ("plan_failed", "with a failed update plan", "update_plan_status"),
    ("silent", "silent for more than 30 days", "stale_devices"),
    ("disk_full", "with a disk that is 95 % full or more", "fleet_query"),
];

async fn run(work: &Work<'_>, _arguments: &Checked) -> Result<Report, Error> {
    let counts = format!(
        "SELECT (SELECT count(*) FROM computers WHERE managed = 1) AS computers, (SELECT count(*) FROM mobile_devices WHERE managed = 1) AS mobile_devices,
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 0) AS unmanaged,
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 1 AND last_inventory IS NULL) AS never_inventoried,
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 1 AND ifnull(days_since(CASE kind WHEN 'computer' THEN last_check_in ELSE last_seen END) > 30, 1)) AS silent,
             (SELECT count(*) FROM ({DEVICES}) WHERE managed = 1 AND days_since(mdm_profile_expires) >= 0) AS profile_expired,
             (SELECT count(*) FROM mobile_devices WHERE lost_mode = 1) AS lost,
             (SELECT count(DISTINCT management_id) FROM mdm_commands WHERE state IN ('ERROR', 'FAILED') AND days_since(sent_at) <= 7) AS command_failed,
             (SELECT count(DISTINCT kind || device_id) FROM update_plans WHERE state IN ('PlanFailed', 'PlanException')) AS plan_failed,
             coalesce(sum(encrypted = 0), 0) AS unencrypted, coalesce(sum(encrypted = 1 AND filevault_key_valid = 'INVALID'), 0) AS key_invalid,
             coalesce(sum(sip = 'DISABLED'), 0) AS no_sip, coalesce(sum(boot_used_percent >= 95), 0) AS disk_full
         FROM (SELECT *, {IS_ENCRYPTED} AS encrypted FROM computers WHERE managed = 1)"
    );
    let counts = work.ask_one(counts, Vec::new()).await?;
    let systems = format!(
        "SELECT os, major, count(*) AS devices FROM (
             SELECT os, substr(os_version || '.', 1, instr(os_version || '.', '.') - 1) AS major FROM ({DEVICES})
             WHERE managed = 1 AND os_version IS NOT NULL)
         GROUP BY os, major ORDER BY os, version_key(major) DESC"
    );
    let systems = work.ask(systems, Vec::new()).await?;
    let (expiries, gaps) = connections(work).await;
    let mut rows: Vec<Map<String, Value>> = expiries
        .iter()
        .filter(|expiry| expiry.days_left() <= SOON)
        .map(|expiry| {
            let row = expiry.row();
            let words = format!("{} {}", expiry.what, text(&row, "state"));
            json!({ "needs_a_person": words, "tool": "expiring" }).as_object().cloned().unwrap_or_default()
        })
        .collect();
    rows.extend(NEEDS.iter().filter(|(column, _, _)| count_of(&counts, column) > 0).map(
        |(column, words, tool)| {
            let words = format!("{} {words}", counted(count_of(&counts, column), "device"));
            json!({ "needs_a_person": words, "tool": tool }).as_object().cloned().unwrap_or_default()
        },
    ));
    Ok(gaps.into_iter().fold(report(&counts, &systems, rows), Report::partial))
}

fn report(
    counts: &Map<String, Value>,
    systems: &[Map<String, Value>],
    rows: Vec<Map<String, Value>>,
) -> Report {
    let count = |column: &str| count_of(counts, column);
    let spread = |os: &str| {
        let of_os = systems.iter().filter(|row| text(row, "os") == os);
        let spread: Map<String, Value> = of_os
            .map(|row| (text(row, "major").to_owned(), row.get("devices").cloned().unwrap_or_default()))
            .collect();
        Value::Object(spread)
    };
    let mut names: Vec<&str> = systems.iter().map(|row| text(row, "os")).collect();
    names.dedup();
    let answer = format!(
        "{} and {} are managed. {} are silent for more than 30 days, {} of the Macs have no FileVault. {} need a person.",
        counted(count("computers"), "computer"),
        counted(count("mobile_devices"), "mobile device"),
        count("silent"),
        count("unencrypted"),
        counted(rows.len() as u64, "matter"),
    );
    let systems: Map<String, Value> = names.iter().map(|os| ((*os).to_owned(), spread(os))).collect();
    let mut report = Report::new(answer);
    for column in [
        "computers",
        "mobile_devices",
        "unmanaged",
        "never_inventoried",
        "silent",
        "unencrypted",
        "command_failed",
        "plan_failed",
    ] {
        report = report.number(column, count(column));
    }
    report
        .section("devices_by_major_version", Value::Object(systems))
        .rows(rows)
        .note("computers count as silent by their last check-in, mobile devices by the newer of inventory and contact, and those that never did are among them; a Mac that never reported counts neither as encrypted nor as not")
}
