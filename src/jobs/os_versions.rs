//! Which versions of the operating system devices run, and which devices are older than a version.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::DEVICES;
use super::question::{Fleet, Reading, count_of, percent, text};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("os_versions", "devices")
        .about("Count managed devices by version of macOS, iOS, iPadOS and tvOS; with `older_than`, name the devices that run an older version.")
        .asked(&["how many are on the newest macOS", "old iOS versions in the fleet"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices"]);

/// Arguments of `os_versions`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Computers or mobile devices; both when left out.
    kind: Option<Fleet>,
    /// A version such as `15.2`: devices below it are named.
    #[schemars(length(min = 1, max = 40))]
    older_than: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Managed devices, with the clock that their kind has always had: check-in, or inventory. Jamf writes the same version as `14.6` and as
/// `14.6.0`: the key of the version is the same.
fn managed() -> String {
    format!(
        "SELECT kind, os, os_version, name, serial_number, username, department, model,
             CASE kind WHEN 'computer' THEN last_check_in ELSE last_inventory END AS last_seen
         FROM ({DEVICES}) WHERE managed = 1"
    )
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let managed = managed();
    let kind = json!(arguments.text("kind"));
    let Some(limit) = arguments.text("older_than") else { return versions(work, kind).await };
    let behind = work.ask(
        format!(
            "SELECT name, serial_number, os, os_version, username, department, model, last_seen FROM ({managed})
             WHERE (?1 IS NULL OR kind = ?1) AND version_key(os_version) < version_key(?2)
             ORDER BY version_key(os_version), last_seen DESC"
        ),
        vec![kind.clone(), json!(limit)],
    );
    let counts = work.ask_one(
        format!(
            "SELECT count(*) AS devices, count(*) FILTER (WHERE os_version IS NULL) AS unknown,
                 count(*) FILTER (WHERE version_key(os_version) < version_key(?2) AND days_since(last_seen) <= 30) AS seen
             FROM ({managed}) WHERE ?1 IS NULL OR kind = ?1"
        ),
        vec![kind, json!(limit)],
    );
    let (behind, counts) = (behind.await?, counts.await?);
    let (devices, unknown) = (count_of(&counts, "devices"), count_of(&counts, "unknown"));
    let answer = format!(
        "{} of {devices} managed devices run a version below {limit} ({}); {} of these were in contact within 30 days.",
        behind.len(),
        percent(behind.len() as u64, devices),
        count_of(&counts, "seen"),
    );
    let report = Report::new(answer)
        .number("devices", devices)
        .number("older", behind.len())
        .number("older_in_contact_30_days", count_of(&counts, "seen"))
        .rows(behind);
    Ok(with_unknown(report, unknown))
}

/// Devices by version, the newest first.
async fn versions(work: &Work<'_>, kind: Value) -> Result<Report, Error> {
    let managed = managed();
    let rows = work
        .ask(
            format!(
                "SELECT os, max(os_version) AS version, count(*) AS devices,
                     count(*) FILTER (WHERE days_since(last_seen) <= 30) AS in_contact_30_days
                 FROM ({managed}) WHERE (?1 IS NULL OR kind = ?1) AND os_version IS NOT NULL
                 GROUP BY os, version_key(os_version) ORDER BY os = 'macOS' DESC, os, version_key(os_version) DESC"
            ),
            vec![kind.clone()],
        )
        .await?;
    let counts = work
        .ask_one(
            format!(
                "SELECT count(*) AS devices, count(*) FILTER (WHERE os_version IS NULL) AS unknown
                 FROM ({managed}) WHERE ?1 IS NULL OR kind = ?1"
            ),
            vec![kind],
        )
        .await?;
    let devices = count_of(&counts, "devices");
    let report =
        Report::new(answer(&rows, devices)).number("devices", devices).number("versions", rows.len());
    Ok(with_unknown(report.rows(rows), count_of(&counts, "unknown")).next(
        "`os_versions` with `older_than` names the devices below a version; `update_plan_status` says what holds updates up",
    ))
}

/// How many devices there are, and the most frequent version of each operating system.
fn answer(rows: &[Map<String, Value>], devices: u64) -> String {
    let mut systems: Vec<&str> = rows.iter().map(|row| text(row, "os")).collect();
    systems.dedup();
    let most = systems.iter().filter_map(|os| {
        let of_system = || rows.iter().filter(|row| text(row, "os") == *os);
        let all: u64 = of_system().map(|row| count_of(row, "devices")).sum();
        let first = of_system().max_by_key(|row| count_of(row, "devices"))?;
        let count = count_of(first, "devices");
        Some(format!("{os}: most run {} ({count} of {all})", text(first, "version")))
    });
    format!("{devices} managed devices. {}.", most.collect::<Vec<_>>().join("; "))
}

/// Devices without a version are in no row.
fn with_unknown(report: Report, unknown: u64) -> Report {
    match unknown {
        0 => report,
        _ => report.number("version_not_reported", unknown).note(format!(
            "{unknown} managed devices have reported no version and are in no row: they sent no inventory since their enrollment"
        )),
    }
}
