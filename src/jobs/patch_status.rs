//! How many devices have the latest version of the software titles that Jamf follows, and which are behind.

use futures::FutureExt;
use futures::future::join_all;
use jamf_pro_tools::Checked;
use jamf_pro_tools::check::nearest;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::counted;
use super::question::{Reading, count_of, percent, text};
use super::{Conclusion, Job, Report, Work, text_at};
use crate::canonical::canonical;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("patch_status", "patch")
        .title("State of patch titles")
        .about("Count, for each patch title, the Macs on the latest version and behind, all and those in contact within 30 days; with `title`, name the Macs behind.")
        .asked(&["patch compliance report", "computers behind on a patch title", "who lacks the newest patch", "patching progress of an app"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["patch_titles", "patch_policies", "patch_devices", "computers"])
.uses(&["patch_title_summary_get"]);

/// Arguments of `patch_status`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name of a title or a part of it: the Macs behind are named.
    #[schemars(length(min = 1, max = 200))]
    title: Option<String>,
    #[schemars(flatten)]
    reading: Reading,
}

/// Followed titles with their devices; `?1` has the latest version of each title by its id.
const DEVICES: &str = "
    SELECT t.id, t.name AS title, l.value AS latest, d.device_id, coalesce(c.name, d.device_name) AS name, c.serial_number, d.username,
        c.department, d.version, c.last_check_in, coalesce(c.managed = 1 AND days_since(c.last_check_in) <= 30, 0) AS is_active,
        CASE WHEN d.device_id IS NULL THEN NULL ELSE version_key(d.version) >= version_key(l.value) END AS is_latest
    FROM patch_titles t
    LEFT JOIN json_each(?1) l ON l.key = t.id
    LEFT JOIN patch_devices d ON d.patch_title_id = t.id
    LEFT JOIN computers c ON c.id = d.device_id";

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let titles = work.ask("SELECT id, name FROM patch_titles ORDER BY name", Vec::new()).await?;
    let wanted = match arguments.text("title") {
        None => titles.clone(),
        Some(title) => match named(title, &titles).as_slice() {
            [one] => vec![(*one).clone()],
            [] => return Err(unknown(title, &titles)),
            several => return Err(ambiguous(title, several)),
        },
    };
    let (latest, gaps) = latest_versions(work, &wanted).await;
    let mut report = match (arguments.text("title"), wanted.first()) {
        (Some(_), Some(title)) => of_title(work, title, &latest).await?,
        _ => of_all(work, &latest).await?,
    };
    for gap in gaps {
        report = report.partial(gap);
    }
    Ok(report)
}

/// The titles that have this name, else those that contain it.
fn named<'a>(title: &str, titles: &'a [Map<String, Value>]) -> Vec<&'a Map<String, Value>> {
    let wanted = canonical(title);
    let exact: Vec<_> = titles.iter().filter(|row| canonical(text(row, "name")) == wanted).collect();
    if exact.is_empty() {
        titles.iter().filter(|row| canonical(text(row, "name")).contains(&wanted)).collect()
    } else {
        exact
    }
}

fn unknown(title: &str, titles: &[Map<String, Value>]) -> Error {
    let near = nearest(title, titles.iter().map(|row| text(row, "name")));
    let names: Vec<&str> = titles.iter().map(|row| text(row, "name")).take(20).collect();
    let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
    Error::caller(format!("no patch title is called `{}`{near}", clean(title))).hint(format!(
        "Jamf follows: {}. `app_versions` counts applications that are no patch title",
        names.join(", ")
    ))
}

fn ambiguous(title: &str, several: &[&Map<String, Value>]) -> Error {
    let names: Vec<&str> = several.iter().map(|row| text(row, "name")).take(20).collect();
    Error::caller(format!("`{}` is in the names of {} patch titles", clean(title), several.len()))
        .hint(format!("ask which one is meant: {}", names.join(", ")))
}

/// The latest versions by the ids of their titles, and what could not be read.
async fn latest_versions(work: &Work<'_>, titles: &[Map<String, Value>]) -> (Value, Vec<String>) {
    let asked = titles.iter().map(|title| async move {
        let id = text(title, "id");
        let summary = work.send("patch_title_summary_get", json!({ "id": id }), &["latestVersion"]).await;
        (title, summary)
    });
    let answers = join_all(asked).await;
    let (mut latest, mut gaps) = (Map::new(), Vec::new());
    for (title, summary) in answers {
        match summary.map(|summary| text_at(&summary, "latestVersion")) {
            Ok(version) if !version.is_empty() => {
                latest.insert(text(title, "id").to_owned(), json!(version));
            }
            Ok(_) => {}
            Err(error) => gaps.push(format!("latest version of {}: {error}", text(title, "name"))),
        }
    }
    (json!(Value::Object(latest).to_string()), gaps)
}

async fn of_all(work: &Work<'_>, latest: &Value) -> Result<Report, Error> {
    let rows = work
        .ask(
            format!(
                "SELECT title, latest, count(device_id) AS macs, count(*) FILTER (WHERE is_latest = 1) AS on_latest,
                     count(*) FILTER (WHERE is_latest = 0) AS behind, count(*) FILTER (WHERE is_active AND device_id IS NOT NULL) AS active,
                     count(*) FILTER (WHERE is_active AND is_latest = 0) AS active_behind,
                     count(*) FILTER (WHERE device_id IS NOT NULL AND is_latest IS NULL) AS not_comparable,
                     (SELECT group_concat(p.name || ': ' || p.target_version, ', ') FROM patch_policies p
                      WHERE p.patch_title_id = x.id AND p.enabled = 1) AS patch_policies
                 FROM ({DEVICES}) x GROUP BY id ORDER BY active_behind DESC, title"
            ),
            vec![latest.clone()],
        )
        .await?;
    let sum = |column: &str| rows.iter().map(|row| count_of(row, column)).sum::<u64>();
    let worst = rows.first().map(|row| {
        format!(
            " Furthest behind: {}, {} of {} active Macs below {}.",
            text(row, "title"),
            count_of(row, "active_behind"),
            count_of(row, "active"),
            text(row, "latest")
        )
    });
    let answer = format!(
        "{} followed: {} of {} installations on Macs in contact within 30 days are behind the latest version ({}).{}",
        counted(rows.len() as u64, "patch title"),
        sum("active_behind"),
        sum("active"),
        percent(sum("active_behind"), sum("active")),
        worst.unwrap_or_default()
    );
    let report = Report::new(answer)
        .number("titles", rows.len())
        .number("active_behind", sum("active_behind"))
        .number("behind", sum("behind"))
        .number("not_comparable", sum("not_comparable"));
    let shown = rows.into_iter().map(|mut row| {
        if count_of(&row, "not_comparable") == 0 {
            row.shift_remove("not_comparable");
        }
        row
    });
    Ok(report
        .rows(shown)
        .note("active: managed Macs that checked in within 30 days; the other figures also count silent and unmanaged ones")
        .next("`patch_status` with `title` names the Macs behind"))
}

async fn of_title(work: &Work<'_>, title: &Map<String, Value>, latest: &Value) -> Result<Report, Error> {
    let id = json!(text(title, "id"));
    let rows = work
        .ask(
            format!(
                "SELECT name, serial_number, version, username, department, last_check_in, is_active FROM ({DEVICES})
                 WHERE id = ?2 AND is_latest = 0 ORDER BY is_active DESC, version_key(version), last_check_in DESC"
            ),
            vec![latest.clone(), id.clone()],
        )
        .await?;
    let counts = work
        .ask_one(
            format!(
                "SELECT max(latest) AS latest, count(device_id) AS macs, count(*) FILTER (WHERE is_latest = 1) AS on_latest,
                     count(*) FILTER (WHERE is_active AND is_latest = 0) AS active_behind,
                     count(*) FILTER (WHERE is_active AND device_id IS NOT NULL) AS active,
                     count(*) FILTER (WHERE device_id IS NOT NULL AND is_latest IS NULL) AS not_comparable
                 FROM ({DEVICES}) WHERE id = ?2"
            ),
            vec![latest.clone(), id],
        )
        .await?;
    let count = |column: &str| count_of(&counts, column);
    let answer = match text(&counts, "latest") {
        "" => format!(
            "The latest version of {} is not known, so it cannot be said which Macs are behind.",
            text(title, "name")
        ),
        latest => format!(
            "{} of {} with {} are behind {latest}; {} of these checked in within 30 days.",
            rows.len(),
            counted(count("macs"), "Mac"),
            text(title, "name"),
            count("active_behind")
        ),
    };
    let report = Report::new(answer)
        .number("macs", count("macs"))
        .number("on_latest", count("on_latest"))
        .number("behind", rows.len())
        .number("active", count("active"))
        .number("active_behind", count("active_behind"))
        .number("not_comparable", count("not_comparable"));
    let shown = rows.into_iter().map(|mut row| {
        row.shift_remove("is_active");
        row
    });
    Ok(report.rows(shown).note("Macs that checked in within 30 days come first"))
}
