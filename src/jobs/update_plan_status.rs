//! Update plans by state and reason of failure, each reason with its cure.

mod reasons;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::counted;
use super::question::{Reading, count_of, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) use reasons::cure;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("update_plan_status", "patch")
        .title("State of update plans")
        .about("Group update plans of macOS, iOS and iPadOS by state and reason of failure, with the devices and the cure of each reason.")
        .asked(&["OS updates that failed, with their reasons", "progress of software updates", "why did OS updates fail", "progress of the macOS rollout"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["update_plans", "computers", "mobile_devices"])
.uses(&["managed_software_update_toggle_get"]);

/// Arguments of `update_plan_status`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Only plans that failed.
    failed: Option<bool>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Devices that are named of a group.
const NAMED: u32 = 5;

/// Plans with their devices, and how each stands: `failed`, `in_progress`, `completed` or `canceled`.
const PLANS: &str = "
    SELECT p.uuid, p.state, coalesce(p.errors, '') AS errors, p.device_id, p.kind,
        CASE p.state WHEN 'PlanFailed' THEN 'failed' WHEN 'PlanException' THEN 'failed' WHEN 'PlanCompleted' THEN 'completed'
            WHEN 'PlanCanceled' THEN 'canceled' ELSE 'in_progress' END AS stands,
        coalesce(c.name, m.name, p.device_name, p.kind || ' ' || p.device_id) AS name, coalesce(c.os_version, m.os_version) AS os_version,
        coalesce(nullif(p.version, 'NO_SPECIFIC_VERSION'), p.version_type) AS target, p.force_local AS deadline
    FROM update_plans p
    LEFT JOIN computers c ON p.kind = 'COMPUTER' AND c.id = p.device_id
    LEFT JOIN mobile_devices m ON p.kind <> 'COMPUTER' AND m.id = p.device_id";

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let groups = format!(
        "SELECT stands, state, errors, count(*) AS plans, max(deadline) AS latest_deadline_device_time,
             group_concat(CASE WHEN place <= {NAMED} THEN name || ' (' || coalesce(os_version, '?') || ' → ' || coalesce(target, '?') || ')' END, ', ') AS devices
         FROM (SELECT *, row_number() OVER (PARTITION BY state, errors ORDER BY name) AS place FROM ({PLANS}))
         WHERE ?1 = 0 OR stands = 'failed'
         GROUP BY stands, state, errors ORDER BY stands <> 'failed', stands <> 'in_progress', plans DESC"
    );
    let groups = work.ask(groups, vec![json!(arguments.flag("failed"))]).await?;
    let counts = format!(
        "SELECT count(*) AS plans, count(*) FILTER (WHERE stands = 'failed') AS failed, count(*) FILTER (WHERE stands = 'in_progress') AS in_progress,
             count(*) FILTER (WHERE stands = 'completed') AS completed, count(*) FILTER (WHERE stands = 'canceled') AS canceled,
             count(DISTINCT CASE WHEN stands = 'failed' THEN kind || device_id END) AS devices_failed,
             (SELECT count(DISTINCT f.kind || f.device_id) FROM ({PLANS}) f JOIN ({PLANS}) o
                 ON o.kind = f.kind AND o.device_id = f.device_id AND o.stands IN ('in_progress', 'completed')
              WHERE f.stands = 'failed') AS failed_with_another_plan
         FROM ({PLANS})"
    );
    let counts = work.ask_one(counts, Vec::new()).await?;
    let toggle = work.send("managed_software_update_toggle_get", json!({}), &["toggle"]).await;
    let report = report(&counts, groups);
    Ok(match toggle {
        Ok(toggle) if toggle.get("toggle") == Some(&json!(false)) => report.note(
            "managed software updates are switched off (their feature toggle): Jamf makes and carries out no plan until they are on",
        ),
        Ok(_) => report,
        Err(error) => report.partial(format!("feature toggle of managed software updates: {error}")),
    })
}

fn report(counts: &Map<String, Value>, groups: Vec<Map<String, Value>>) -> Report {
    let count = |column: &str| count_of(counts, column);
    let answer = match count("plans") {
        0 => "There are no update plans.".to_owned(),
        plans => format!(
            "Of {}, {} failed (on {}), {} in progress, {} completed.",
            counted(plans, "update plan"),
            count("failed"),
            counted(count("devices_failed"), "device"),
            count("in_progress"),
            count("completed"),
        ),
    };
    let mut report = Report::new(answer)
        .number("plans", count("plans"))
        .number("failed", count("failed"))
        .number("in_progress", count("in_progress"))
        .number("completed", count("completed"))
        .number("canceled", count("canceled"))
        .rows(groups.into_iter().map(with_cure));
    if count("failed_with_another_plan") > 0 {
        report = report.note(format!(
            "{} with a failed plan also has another plan that is in progress or completed: the failed one may not matter",
            counted(count("failed_with_another_plan"), "device")
        ));
    }
    report.note("deadlines are in the local time of each device").next(
        "`managed_software_update_plan_events_get` with a plan's UUID has its steps; `update_ring` shows who is ready for a version",
    )
}

/// A group with what its errors mean and what cures them.
fn with_cure(mut row: Map<String, Value>) -> Map<String, Value> {
    let cures: Vec<&str> =
        text(&row, "errors").split(", ").filter(|reason| !reason.is_empty()).map(cure).collect();
    if cures.is_empty() {
        row.shift_remove("errors");
        row.shift_remove("stands");
    } else {
        row.insert("cure".to_owned(), json!(cures.join("; ")));
        row.shift_remove("stands");
    }
    let (plans, named) = (count_of(&row, "plans"), u64::from(NAMED));
    if plans > named
        && let Some(Value::String(devices)) = row.get_mut("devices")
    {
        devices.push_str(&format!(" and {} more", plans - named));
    }
    row
}
