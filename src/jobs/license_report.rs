//! Licenses of volume-purchased apps and books: bought, used, short.

use futures::FutureExt;
use futures::future::join_all;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::counted;
use super::question::{count_of, text};
use super::{Conclusion, Job, Report, Work, text_at};
use crate::canonical::canonical;
use crate::error::Error;
use crate::registry::ToolDeclaration;
use crate::sanitize::text::clean;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("license_report", "apps")
        .title("Licenses of volume-purchased apps")
        .about("Count licenses of volume-purchased apps and books, bought, used and free; those that run short come first.")
        .asked(&["volume purchase licenses left", "apps without enough licenses", "licenses used and left", "which apps have too few licenses"]),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.uses(&["volume_purchasing_location_list", "volume_purchasing_location_content_list"]);

/// Arguments of `license_report`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name of an app or a part of it; all when left out.
    #[schemars(length(min = 1, max = 200))]
    app: Option<String>,
    /// Save all rows into a CSV file.
    save: Option<bool>,
}

/// Share of licenses in use from which few are left, in percent.
const FEW_LEFT: u64 = 90;

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let locations =
        work.rows("volume_purchasing_location_list", json!({}), &["id", "name", "tokenExpiration"]).await?;
    let fields = ["name", "contentType", "licenseCountTotal", "licenseCountInUse", "licenseCountReported"];
    let asked = locations.rows.iter().map(|location| async move {
        let arguments = json!({ "id": text_at(location, "id") });
        (location, work.rows("volume_purchasing_location_content_list", arguments, &fields).await)
    });
    let (mut rows, mut gaps) = (Vec::new(), locations.notes.clone());
    for (location, content) in join_all(asked).await {
        let name = text_at(location, "name");
        match content {
            Ok(content) => {
                gaps.extend(content.notes);
                rows.extend(content.rows.iter().map(|app| row(app, &name)));
            }
            Err(error) => gaps.push(format!("apps of {name}: {error}")),
        }
    }
    let all = rows.len();
    if let Some(app) = arguments.text("app") {
        let wanted = canonical(app);
        rows.retain(|row| canonical(text(row, "app")).contains(&wanted));
        if rows.is_empty() {
            let answer = format!(
                "None of {} that were bought has `{}` in its name.",
                counted(all as u64, "app"),
                clean(app)
            );
            return Ok(gaps.into_iter().fold(Report::new(answer), Report::partial));
        }
    }
    rows.sort_by_key(|row| {
        (std::cmp::Reverse(count_of(row, "short")), free(row), text(row, "app").to_owned())
    });
    let mut report = report(rows);
    for location in &locations.rows {
        let ends = text_at(location, "tokenExpiration");
        if ends.parse::<jiff::Timestamp>().is_ok_and(|ends| ends < jiff::Timestamp::now()) {
            report = report.note(format!(
                "the service token of {} expired on {}: counts are as of its last sync, and no license is assigned until it is renewed",
                text_at(location, "name"),
                ends.get(..10).unwrap_or_default()
            ));
        }
    }
    Ok(gaps.into_iter().fold(report, Report::partial))
}

fn free(row: &Map<String, Value>) -> i64 {
    row.get("free").and_then(Value::as_i64).unwrap_or_default()
}

/// An app of a location. What devices report beyond what was bought is short.
fn row(app: &Value, location: &str) -> Map<String, Value> {
    let count = |field: &str| app.get(field).and_then(Value::as_i64).unwrap_or_default();
    let (bought, used) = (count("licenseCountTotal"), count("licenseCountInUse"));
    let needed = used.max(count("licenseCountReported"));
    let mut row = Map::new();
    for (name, value) in [
        ("app", json!(text_at(app, "name"))),
        ("kind", json!(text_at(app, "contentType"))),
        ("location", json!(location)),
        ("bought", json!(bought)),
        ("used", json!(used)),
        ("free", json!(bought - used)),
    ] {
        row.insert(name.to_owned(), value);
    }
    if needed > bought {
        row.insert("short".to_owned(), json!(needed - bought));
    }
    row
}

fn report(rows: Vec<Map<String, Value>>) -> Report {
    let short: Vec<&Map<String, Value>> = rows.iter().filter(|row| count_of(row, "short") > 0).collect();
    let is_tight = |row: &&Map<String, Value>| {
        count_of(row, "bought") > 0 && count_of(row, "used") * 100 >= count_of(row, "bought") * FEW_LEFT
    };
    let tight = rows.iter().filter(is_tight).count();
    let sum = |column: &str| rows.iter().map(|row| count_of(row, column)).sum::<u64>();
    let answer = match short.first() {
        None => format!("No app is short of licenses: {} of {} are used.", sum("used"), sum("bought")),
        Some(first) => format!(
            "{} short of licenses. Most: {} ({}), {} too few for {} bought.",
            if short.len() == 1 { "1 app is".to_owned() } else { format!("{} apps are", short.len()) },
            text(first, "app"),
            text(first, "kind"),
            count_of(first, "short"),
            count_of(first, "bought")
        ),
    };
    let missing = sum("short");
    Report::new(answer)
        .number("apps", rows.len())
        .number("short_apps", short.len())
        .number("licenses_short", missing)
        .number("apps_90_percent_used", tight)
        .rows(rows)
        .note("short: licenses that Jamf counts as needed beyond those bought, in use or reported by devices")
}
