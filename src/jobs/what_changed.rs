//! What of the configuration was changed since a day, by the histories that Jamf keeps.

use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use jamf_pro_tools::Checked;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::objects::{self, Object};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work, text_at};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("what_changed", "configuration")
        .title("Find what was changed lately")
        .about("Find what of the configuration was changed in the last days, by whom: the histories that Jamf keeps of objects and settings. Says what has no history, such as policies and profiles.")
        .asked(&["what did people change in the last days", "who changed the configuration lately", "who changed something and when", "changes of the last days"]),
    |work, arguments| run(work, arguments).map(|report| report.map(Conclusion::Report)).boxed(),
)
.reads(&["scripts", "prestages", "extension_attributes", "apps", "patch_titles", "packages", "categories", "buildings", "departments"])
.uses(USES);

/// Arguments of `what_changed`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// How many days back; 7 by default.
    #[schemars(range(min = 1, max = 365))]
    days: Option<u32>,
    #[schemars(flatten)]
    reading: Reading,
}

/// The histories that are read.
const USES: &[&str] = &[
    "script_history_list",
    "mobile_device_prestage_history_list",
    "computer_extension_attribute_history_list",
    "mobile_device_extension_attribute_history_list",
    "app_installer_deployment_history_list",
    "patch_title_history_list",
    "package_history_list",
    "category_history_list",
    "building_history_list",
    "department_history_list",
    "check_in_history_list",
    "enrollment_settings_history_list",
    "reenrollment_settings_history_list",
    "self_service_settings_history_list",
    "sso_settings_history_list",
    "smtp_server_history_list",
    "device_communication_settings_history_list",
    "inventory_preload_history_list",
];

/// Kinds of objects with a history, and the action that lists it, in the order in which they are read.
const OBJECTS: &[(&str, &str)] = &[
    ("script", "script_history_list"),
    ("mobile_device_prestage", "mobile_device_prestage_history_list"),
    ("computer_extension_attribute", "computer_extension_attribute_history_list"),
    ("mobile_device_extension_attribute", "mobile_device_extension_attribute_history_list"),
    ("app_installer", "app_installer_deployment_history_list"),
    ("patch_title", "patch_title_history_list"),
    ("package", "package_history_list"),
    ("category", "category_history_list"),
    ("building", "building_history_list"),
    ("department", "department_history_list"),
];

/// Settings with a history, as people call them.
const SETTINGS: &[(&str, &str)] = &[
    ("check-in settings", "check_in_history_list"),
    ("enrollment settings", "enrollment_settings_history_list"),
    ("re-enrollment settings", "reenrollment_settings_history_list"),
    ("Self Service settings", "self_service_settings_history_list"),
    ("single sign-on settings", "sso_settings_history_list"),
    ("mail server settings", "smtp_server_history_list"),
    ("device communication settings", "device_communication_settings_history_list"),
    ("inventory preload", "inventory_preload_history_list"),
];

/// The tables of these kinds of objects.
const TABLES: &[&str] = &[
    "scripts",
    "prestages",
    "extension_attributes",
    "apps",
    "patch_titles",
    "packages",
    "categories",
    "buildings",
    "departments",
];

/// Histories that are read in one call, at most, and at once.
const MOST: usize = 400;
const AT_ONCE: usize = 4;

/// After this time no further history is asked for.
const TIME: Duration = Duration::from_secs(22);

/// Something that has a history.
struct Kept {
    kind: String,
    id: Option<String>,
    name: String,
    action: &'static str,
}

/// What reading a history came to: entries, an error, or nothing because the time was over.
type Read = Option<Result<Vec<Map<String, Value>>, Error>>;

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let days = arguments.number("days").unwrap_or(7);
    let since = Timestamp::now()
        .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
        .map_err(|error| Error::caller(error.to_string()))?;
    let kept = kept(&work.objects(TABLES).await?);
    let (all, until) = (kept.len(), Instant::now() + TIME);
    let read: Vec<(Kept, Read)> = futures::stream::iter(kept.into_iter().take(MOST))
        .map(|one| async move {
            let read = history(work, &one, since, until).await;
            (one, read)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut rows = Vec::new();
    let (mut looked, mut late) = (0, all.saturating_sub(MOST));
    let mut errors: Vec<String> = Vec::new();
    for (one, found) in read {
        match found {
            Some(Ok(entries)) => {
                looked += 1;
                rows.extend(entries.into_iter().map(|entry| row(&one, entry)));
            }
            Some(Err(error)) => errors.push(format!("{}: {error}", one.action)),
            None => late += 1,
        }
    }
    rows.sort_by(|one, other| text(other, "at").cmp(text(one, "at")));
    Ok(report(rows, looked, late, errors, days))
}

/// Everything that has a history: settings first, because they are few.
fn kept(all: &[Object]) -> Vec<Kept> {
    let settings = SETTINGS.iter().map(|(name, action)| Kept {
        kind: "settings".to_owned(),
        id: None,
        name: (*name).to_owned(),
        action,
    });
    let objects = OBJECTS.iter().flat_map(|(kind, action)| {
        all.iter().filter(move |object| object.kind == *kind).map(|object| Kept {
            kind: object.kind.clone(),
            id: Some(object.id.to_string()),
            name: object.name.clone(),
            action,
        })
    });
    settings.chain(objects).collect()
}

/// The entries of a history since a moment.
async fn history(work: &Work<'_>, one: &Kept, since: Timestamp, until: Instant) -> Read {
    if Instant::now() >= until {
        return None;
    }
    let arguments = match &one.id {
        Some(id) => json!({ "id": id }),
        None => json!({}),
    };
    let found = match work.rows(one.action, arguments, &[]).await {
        Ok(found) => found,
        Err(error) => return Some(Err(error)),
    };
    let is_new = |row: &&Value| text_at(row, "date").parse::<Timestamp>().is_ok_and(|at| at >= since);
    let entry = |row: &Value| {
        Map::from_iter([
            ("at".to_owned(), json!(text_at(row, "date"))),
            ("username".to_owned(), json!(text_at(row, "username"))),
            ("note".to_owned(), json!(text_at(row, "note"))),
            (
                "details".to_owned(),
                json!(Some(text_at(row, "details")).filter(|details| !details.is_empty())),
            ),
        ])
    };
    Some(Ok(found.rows.iter().filter(is_new).map(entry).collect()))
}

fn row(one: &Kept, entry: Map<String, Value>) -> Map<String, Value> {
    let mut row = Map::from_iter([
        ("kind".to_owned(), json!(one.kind)),
        ("id".to_owned(), json!(one.id)),
        ("name".to_owned(), json!(one.name)),
    ]);
    row.extend(entry);
    row
}

/// Kinds of objects without a history in the API.
const WITHOUT: &str = "policies, configuration profiles, groups, apps of the App Store, restricted software, computer PreStages, searches, accounts and API clients";

fn report(
    rows: Vec<Map<String, Value>>,
    looked: usize,
    late: usize,
    mut errors: Vec<String>,
    days: u32,
) -> Report {
    let within = if days == 1 { "the last day".to_owned() } else { format!("the last {days} days") };
    let kinds: Vec<String> = {
        let mut kinds: Vec<&str> = rows.iter().map(|row| text(row, "kind")).collect();
        kinds.sort_unstable();
        let count = |kind: &str| kinds.iter().filter(|own| **own == kind).count();
        let mut distinct = kinds.clone();
        distinct.dedup();
        distinct
            .iter()
            .map(|kind| {
                if *kind == "settings" {
                    format!("{} settings", count(kind))
                } else {
                    objects::counted(count(kind), kind)
                }
            })
            .collect()
    };
    let answer = match rows.len() {
        0 => format!(
            "No history that was read has an entry of {within}. Policies, profiles and groups have no history in the API."
        ),
        some => format!(
            "{some} changes in {within} in the histories that Jamf keeps: {}. Policies, profiles and groups have none in the API, so changes of those are not among them.",
            kinds.join(", ")
        ),
    };
    let mut report = Report::new(answer)
        .number("changes", rows.len())
        .number("histories_read", looked)
        .rows(rows)
        .note(format!("no history in the API, so what was changed of them cannot be known: {WITHOUT}"));
    errors.sort();
    errors.dedup();
    for error in errors {
        report = report.partial(error);
    }
    if late > 0 {
        report = report.partial(format!(
            "there was no time for {late} more histories; those of settings and scripts come first"
        ));
    }
    report.next("what this server itself changed is in its audit log: `jamf-pro-mcp audit` shows it to the person who runs the server; `undo_list` has what can be taken back")
}
