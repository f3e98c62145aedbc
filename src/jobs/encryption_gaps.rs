//! Which Macs are not encrypted, and of which encrypted ones nobody could recover the disk.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::device_rows::{IS_ENCRYPTED, counted, with_columns};
use super::question::{Reading, count_of};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("encryption_gaps", "devices")
        .title("Gaps in disk encryption")
        .about("Name managed Macs without FileVault, with an invalid or missing recovery key, or without an escrowed bootstrap token; or count them by department or building.")
        .asked(&["disk encryption report", "recovery keys that are missing or invalid", "computers that are not encrypted", "missing or invalid recovery keys", "Macs that are not encrypted"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers"]);

/// Arguments of `encryption_gaps`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Count the gaps by this instead of naming the Macs.
    by: Option<Place>,
    #[schemars(flatten)]
    reading: Reading,
}

/// What gaps are counted by.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum Place {
    Department,
    Building,
}

/// Managed Macs with a flag a gap. A key of unknown validity is none that anybody could rely on.
fn gaps() -> String {
    format!(
        "SELECT name, serial_number, model, username, department, building, filevault_status, filevault_key_valid, last_check_in,
             last_inventory IS NULL AS not_reported,
             last_inventory IS NOT NULL AND filevault_status = 'NOT_APPLICABLE' AS not_applicable,
             coalesce(encrypted = 0, 0) AS not_encrypted,
             coalesce(encrypted = 1 AND filevault_key_valid = 'INVALID', 0) AS key_invalid,
             coalesce(encrypted = 1 AND coalesce(institutional_key, 0) = 0
                 AND coalesce(filevault_key_valid, 'UNKNOWN') NOT IN ('VALID', 'INVALID'), 0) AS no_valid_key_known,
             coalesce(encrypted = 1 AND institutional_key = 1 AND coalesce(filevault_key_valid, 'UNKNOWN') <> 'VALID', 0)
                 AS institutional_key_only,
             coalesce(bootstrap_token_escrowed = 'NOT_ESCROWED', 0) AS bootstrap_missing
         FROM (SELECT *, {IS_ENCRYPTED} AS encrypted FROM computers WHERE managed = 1)"
    )
}

/// The gaps, the gravest first: the column, and its words.
const GAPS: [(&str, &str); 5] = [
    ("not_encrypted", "FileVault off"),
    ("key_invalid", "recovery key invalid"),
    ("no_valid_key_known", "no valid recovery key known"),
    ("bootstrap_missing", "bootstrap token not escrowed"),
    ("institutional_key_only", "institutional key only"),
];

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let sums: Vec<String> =
        GAPS.iter().map(|(column, _)| format!("coalesce(sum({column}), 0) AS {column}")).collect();
    let (gaps, sums) = (gaps(), sums.join(", "));
    let counts = format!(
        "SELECT count(*) AS managed, {sums}, coalesce(sum(not_reported), 0) AS not_reported, coalesce(sum(not_applicable), 0) AS not_applicable,
             (SELECT count(*) FROM computers WHERE managed = 0) AS unmanaged FROM ({gaps})"
    );
    let counts = work.ask_one(counts, Vec::new()).await?;
    let any = GAPS.map(|(column, _)| column).join(" OR ");
    let rows = match arguments.text("by") {
        Some(place) => {
            let place = if place == "building" { "building" } else { "department" };
            let by = format!(
                "SELECT coalesce({place}, '(none)') AS {place}, count(*) AS macs, sum({any}) AS with_a_gap, {sums}
                 FROM ({gaps}) GROUP BY 1 HAVING sum({any}) > 0 ORDER BY with_a_gap DESC, 1"
            );
            work.ask(by, Vec::new()).await?
        }
        None => {
            let order = GAPS.map(|(column, _)| format!("{column} DESC")).join(", ");
            let named =
                format!("SELECT * FROM ({gaps}) WHERE {any} ORDER BY {order}, last_check_in DESC, name");
            work.ask(named, Vec::new()).await?.iter().map(named_gaps).collect()
        }
    };
    Ok(report(&counts, rows))
}

/// A Mac with its gaps in words.
fn named_gaps(row: &Map<String, Value>) -> Map<String, Value> {
    let gaps: Vec<&str> =
        GAPS.iter().filter(|(column, _)| count_of(row, column) > 0).map(|(_, words)| *words).collect();
    let mut shown =
        with_columns(row, &["name", "serial_number", "username", "department", "building", "last_check_in"]);
    shown.insert("gaps".to_owned(), gaps.join(", ").into());
    shown
}

fn report(counts: &Map<String, Value>, rows: Vec<Map<String, Value>>) -> Report {
    let count = |column: &str| count_of(counts, column);
    let judged = count("managed").saturating_sub(count("not_reported") + count("not_applicable"));
    let answer = format!(
        "Of {} that reported and have a disk to encrypt, {} not encrypted, {} an invalid recovery key, {} no valid key that Jamf knows of, \
         and {} no escrowed bootstrap token.",
        counted(judged, "managed Mac"),
        if count("not_encrypted") == 1 {
            "1 is".to_owned()
        } else {
            format!("{} are", count("not_encrypted"))
        },
        having(count("key_invalid")),
        having(count("no_valid_key_known")),
        having(count("bootstrap_missing")),
    );
    let mut report = Report::new(answer).number("judged", judged);
    for (column, _) in GAPS {
        report = report.number(column, count(column));
    }
    report = report
        .number("not_reported", count("not_reported"))
        .number("not_applicable", count("not_applicable"))
        .number("unmanaged_not_judged", count("unmanaged"))
        .rows(rows);
    if count("not_reported") > 0 {
        report = report.note(format!(
            "{} never sent an inventory: whether their disks are encrypted is not known, neither yes nor no",
            counted(count("not_reported"), "managed Mac")
        ));
    }
    if count("not_applicable") > 0 {
        report = report.note(format!(
            "FileVault does not apply to {} (virtual machines)",
            counted(count("not_applicable"), "Mac")
        ));
    }
    if count("no_valid_key_known") > 0 {
        report = report.note(
            "no valid recovery key known: the validity is UNKNOWN, so either no key is escrowed or Jamf has not verified it yet; \
             `computer_filevault_get` shows whether a key is there",
        );
    }
    match count("key_invalid") + count("no_valid_key_known") {
        0 => report,
        _ => report.next(
            "an invalid or missing key: scope a policy that issues a new individual recovery key to these Macs; a missing bootstrap token: \
             a secure token user signs in, or runs `profiles install -type bootstraptoken`",
        ),
    }
}

fn having(count: u64) -> String {
    if count == 1 { "1 has".to_owned() } else { format!("{count} have") }
}
