//! Which versions of an application devices have, and which devices are below a version.

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use jamf_pro_tools::Checked;
use jamf_pro_tools::check::nearest;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::counted;
use super::question::{Reading, count_of, percent, text};
use super::{Conclusion, Job, Report, Work};
use crate::canonical::canonical;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("app_versions", "devices")
        .title("Versions of an application")
        .about("Count managed Macs and mobile devices by version of an application, by its name or a part of it; with `older_than`, name the devices below a version.")
        .asked(&["how many Macs have an application, by version", "outdated version of a program", "who has an old browser", "how many versions of an app", "apps that are behind"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "applications", "computer_applications", "mobile_device_applications"]);

/// Arguments of `app_versions`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name of the application, a part of it, or its bundle id.
    #[schemars(length(min = 2, max = 200))]
    name: String,
    /// A version such as `140.0`: devices below it are named.
    #[schemars(length(min = 1, max = 40))]
    older_than: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Every application by name and bundle id, with the number of its installations.
const APPLICATIONS: &str = "
    SELECT name, bundle_id, 'computer' AS kind, sum(installations) AS installations FROM applications GROUP BY name, bundle_id
    UNION ALL
    SELECT name, bundle_id, 'mobile_device', count(*) FROM mobile_device_applications GROUP BY name, bundle_id";

/// Installations of the applications with names of the list `?1` on managed devices.
const INSTALLATIONS: &str = "
    SELECT 'computer' AS kind, c.id AS device, c.name, c.serial_number, c.username, c.department, coalesce(a.version, a.short_version) AS version,
        c.last_check_in AS last_seen
    FROM computer_applications a JOIN computers c ON c.id = a.computer_id
    WHERE c.managed = 1 AND a.name IN (SELECT value FROM json_each(?1))
    UNION ALL
    SELECT 'mobile_device', d.id, d.name, d.serial_number, d.username, d.department, coalesce(a.short_version, a.version), d.last_inventory
    FROM mobile_device_applications a JOIN mobile_devices d ON d.id = a.device_id
    WHERE d.managed = 1 AND a.name IN (SELECT value FROM json_each(?1))";

/// A name as applications are compared: macOS adds `.app`.
fn form(name: &str) -> String {
    let form = canonical(name);
    form.strip_suffix(".app").map(str::to_owned).unwrap_or(form)
}

/// The applications that a query means, by their form: those that have it as their name or bundle id, else those that contain it.
fn meant<'a>(query: &str, rows: &'a [Map<String, Value>]) -> BTreeMap<String, Vec<&'a Map<String, Value>>> {
    let wanted = form(query);
    let by = |is: &dyn Fn(&Map<String, Value>) -> bool| {
        let mut found: BTreeMap<String, Vec<&Map<String, Value>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| is(row)) {
            found.entry(form(text(row, "name"))).or_default().push(row);
        }
        found
    };
    let exact =
        by(&|row| form(text(row, "name")) == wanted || canonical(text(row, "bundle_id")) == canonical(query));
    if exact.is_empty() { by(&|row| form(text(row, "name")).contains(&wanted)) } else { exact }
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let query = arguments.text("name").unwrap_or_default().trim();
    let applications = work.ask(APPLICATIONS, Vec::new()).await?;
    let found = meant(query, &applications);
    let names: BTreeSet<&str> = found.values().flatten().map(|row| text(row, "name")).collect();
    match found.len() {
        0 => Ok(absent(query, &applications)),
        1 => {
            let named = names.iter().next().map(|name| name.trim_end_matches(".app")).unwrap_or_default();
            let listed = json!(json!(names).to_string());
            match arguments.text("older_than") {
                Some(limit) => below(work, named, &listed, limit).await,
                None => versions(work, named, &listed).await,
            }
        }
        _ => Ok(candidates(query, &found)),
    }
}

/// The answer where no device has it.
fn absent(query: &str, applications: &[Map<String, Value>]) -> Report {
    let query = clean(query);
    let report = Report::new(format!(
        "No device that reported its applications has one whose name contains `{query}`."
    ))
    .number("applications_searched", applications.len());
    match nearest(&query, applications.iter().map(|row| text(row, "name"))) {
        Some(near) => report.next(format!("the nearest name is `{near}`")),
        None => report,
    }
}

/// The answer where several applications contain the query: which ones, those that most devices have first.
fn candidates(query: &str, found: &BTreeMap<String, Vec<&Map<String, Value>>>) -> Report {
    let mut rows: Vec<(u64, Map<String, Value>)> = found
        .values()
        .map(|rows| {
            let installations = rows.iter().map(|row| count_of(row, "installations")).sum();
            let text_of = |column: &str| rows.first().map(|row| text(row, column)).unwrap_or_default();
            let row = json!({
                "application": text_of("name").trim_end_matches(".app"), "bundle_id": text_of("bundle_id"), "installations": installations,
            });
            (installations, row.as_object().cloned().unwrap_or_default())
        })
        .collect();
    rows.sort_by_key(|(installations, _)| std::cmp::Reverse(*installations));
    Report::new(format!(
        "`{}` is in the names of {} applications. Ask which one is meant.",
        clean(query),
        rows.len()
    ))
    .number("applications", rows.len())
    .rows(rows.into_iter().map(|(_, row)| row))
    .next("`app_versions` with the whole name or the bundle id of the right one")
}

/// The devices that have it, and those that have several versions of it.
async fn counts(work: &Work<'_>, names: &Value, limit: Option<&str>) -> Result<Map<String, Value>, Error> {
    work.ask_one(
        format!(
            "SELECT count(*) FILTER (WHERE kind = 'computer') AS computers, count(*) FILTER (WHERE kind = 'mobile_device') AS mobile_devices,
                 count(*) FILTER (WHERE versions > 1) AS several, count(*) FILTER (WHERE comparable = 0) AS unknown,
                 count(*) FILTER (WHERE oldest < version_key(?2)) AS older,
                 count(*) FILTER (WHERE oldest < version_key(?2) AND days_since(last_seen) <= 30) AS older_seen,
                 (SELECT count(*) FROM computers WHERE managed = 1 AND last_inventory IS NOT NULL) AS macs
             FROM (SELECT kind, device, max(last_seen) AS last_seen, count(DISTINCT version) AS versions, count(version_key(version)) AS comparable,
                       min(version_key(version)) AS oldest FROM ({INSTALLATIONS}) GROUP BY kind, device)"
        ),
        vec![names.clone(), json!(limit)],
    )
    .await
}

async fn versions(work: &Work<'_>, name: &str, names: &Value) -> Result<Report, Error> {
    let rows = work
        .ask(
            format!(
                "SELECT kind, max(version) AS version, count(DISTINCT device) AS devices,
                     count(DISTINCT CASE WHEN days_since(last_seen) <= 30 THEN device END) AS in_contact_30_days
                 FROM ({INSTALLATIONS}) GROUP BY kind, coalesce(version_key(version), version)
                 ORDER BY kind, version_key(version) DESC"
            ),
            vec![names.clone()],
        )
        .await?;
    let counts = counts(work, names, None).await?;
    let (computers, mobile_devices) = (count_of(&counts, "computers"), count_of(&counts, "mobile_devices"));
    let newest = |kind: &str| rows.iter().find(|row| text(row, "kind") == kind);
    let newest = ["computer", "mobile_device"].into_iter().filter_map(|kind| {
        let row = newest(kind)?;
        let noun = if kind == "computer" { "Mac" } else { "mobile device" };
        Some(format!(
            "the newest is {}, on {}",
            text(row, "version"),
            counted(count_of(row, "devices"), noun)
        ))
    });
    let newest: Vec<String> = newest.collect();
    let answer = format!(
        "{name} is on {} and {}, in {}; {}.",
        counted(computers, "managed Mac"),
        counted(mobile_devices, "managed mobile device"),
        counted(rows.len() as u64, "version"),
        newest.join("; ")
    );
    let report = with_counts(Report::new(answer), &counts).rows(rows);
    Ok(report.next("`app_versions` with `older_than` names the devices below a version"))
}

async fn below(work: &Work<'_>, name: &str, names: &Value, limit: &str) -> Result<Report, Error> {
    let rows = work
        .ask(
            format!(
                "SELECT name, serial_number, kind, version, username, department, last_seen FROM (
                     SELECT *, min(version_key(version)) AS oldest FROM ({INSTALLATIONS}) WHERE version_key(version) < version_key(?2)
                     GROUP BY kind, device)
                 ORDER BY oldest, last_seen DESC"
            ),
            vec![names.clone(), json!(limit)],
        )
        .await?;
    let counts = counts(work, names, Some(limit)).await?;
    let all = count_of(&counts, "computers") + count_of(&counts, "mobile_devices");
    let answer = format!(
        "{} of {all} managed devices with {name} have a version below {limit} ({}); {} of these were in contact within 30 days.",
        rows.len(),
        percent(rows.len() as u64, all),
        count_of(&counts, "older_seen"),
    );
    let report = Report::new(answer)
        .number("older", count_of(&counts, "older"))
        .number("older_in_contact_30_days", count_of(&counts, "older_seen"));
    Ok(with_counts(report, &counts).rows(rows))
}

/// A report with how many devices have the application, and what its figures leave open.
fn with_counts(report: Report, counts: &Map<String, Value>) -> Report {
    let count = |column: &str| count_of(counts, column);
    let mut report = report
        .number("computers", count("computers"))
        .number("mobile_devices", count("mobile_devices"))
        .number("managed_computers_without", count("macs").saturating_sub(count("computers")));
    if count("several") > 0 {
        report = report.note(format!(
            "{} several versions at the same time, for example an old copy in another folder, and are counted in each",
            have(count("several"))
        ));
    }
    if count("unknown") > 0 {
        report = report.note(format!(
            "{} a version that is no number, or none: it is compared with nothing",
            have(count("unknown"))
        ));
    }
    report
}

fn have(devices: u64) -> String {
    if devices == 1 { "1 device has".to_owned() } else { format!("{devices} devices have") }
}
