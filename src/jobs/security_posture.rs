//! How Macs are protected: the settings that they report, how many fail each of them, and which Macs these are.

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::device_rows::{IS_ENCRYPTED, counted, with_columns};
use super::question::{Reading, count_of};
use super::{Conclusion, Job, Report, Work};
use crate::error::Error;
use crate::registry::ToolDeclaration;

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("security_posture", "devices")
        .title("Security posture of Macs")
        .about("Count managed Macs by SIP, Gatekeeper, firewall, secure boot, FileVault, bootstrap token, Activation Lock and MDM approval, and name those that fail.")
        .asked(&["security report of all Macs", "firewall, SIP and Gatekeeper off", "compliance of computers with security settings", "Macs with the firewall or Gatekeeper off", "security overview"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers"]);

/// Arguments of `security_posture`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Name the Macs that fail this one check.
    check: Option<CheckName>,
    #[schemars(flatten)]
    reading: Reading,
}

/// One check.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
enum CheckName {
    Sip,
    Gatekeeper,
    Firewall,
    SecureBoot,
    Filevault,
    BootstrapToken,
    UserApprovedMdm,
    ActivationLock,
}

/// A check: its name, SQL that is 1 where a Mac passes, 0 where it fails and NULL where it did not report, and the words of a failure.
struct Check {
    name: &'static str,
    passes: &'static str,
    failure: &'static str,
    /// Its failure is one of the reasons why a Mac is named without the check being asked for.
    is_failure: bool,
}

const CHECKS: [Check; 8] = [
    Check {
        name: "sip",
        passes: "CASE sip WHEN 'ENABLED' THEN 1 WHEN 'DISABLED' THEN 0 END",
        failure: "SIP disabled",
        is_failure: true,
    },
    Check { name: "filevault", passes: IS_ENCRYPTED, failure: "FileVault off", is_failure: true },
    Check {
        name: "gatekeeper",
        passes: "CASE gatekeeper WHEN 'DISABLED' THEN 0 WHEN 'NOT_COLLECTED' THEN NULL ELSE gatekeeper IS NOT NULL OR NULL END",
        failure: "Gatekeeper disabled",
        is_failure: true,
    },
    Check { name: "firewall", passes: "firewall", failure: "firewall off", is_failure: true },
    Check {
        name: "user_approved_mdm",
        passes: "user_approved_mdm",
        failure: "MDM not user-approved",
        is_failure: true,
    },
    Check {
        name: "bootstrap_token",
        passes: "CASE bootstrap_token_escrowed WHEN 'ESCROWED' THEN 1 WHEN 'NOT_ESCROWED' THEN 0 END",
        failure: "bootstrap token not escrowed",
        is_failure: true,
    },
    Check {
        name: "secure_boot",
        passes: "CASE secure_boot WHEN 'FULL_SECURITY' THEN 1 WHEN 'MEDIUM_SECURITY' THEN 0 WHEN 'NO_SECURITY' THEN 0 END",
        failure: "secure boot below full",
        is_failure: false,
    },
    Check {
        name: "activation_lock",
        passes: "CASE activation_lock WHEN 0 THEN 1 WHEN 1 THEN 0 END",
        failure: "Activation Lock on",
        is_failure: false,
    },
];

/// Managed Macs, a column a check.
fn judged() -> String {
    let checks: Vec<String> =
        CHECKS.iter().map(|check| format!("({}) AS c_{}", check.passes, check.name)).collect();
    format!(
        "SELECT name, serial_number, username, department, last_check_in, secure_boot, {} FROM computers WHERE managed = 1",
        checks.join(", ")
    )
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let wanted = arguments.text("check");
    let judged = judged();
    let sums: Vec<String> = CHECKS
        .iter()
        .map(|Check { name, .. }| {
            format!(
                "count(*) FILTER (WHERE c_{name} = 1) AS pass_{name}, count(*) FILTER (WHERE c_{name} = 0) AS fail_{name},
                 count(*) FILTER (WHERE c_{name} IS NULL) AS unknown_{name}"
            )
        })
        .collect();
    let counts = format!(
        "SELECT count(*) AS macs, (SELECT count(*) FROM computers WHERE managed = 0) AS unmanaged,
             count(*) FILTER (WHERE secure_boot = 'NO_SECURITY') AS no_secure_boot, {} FROM ({judged})",
        sums.join(", ")
    );
    let counts = work.ask_one(counts, Vec::new()).await?;
    let is_named = |check: &&Check| wanted.map_or(check.is_failure, |wanted| wanted == check.name);
    let named: Vec<&Check> = CHECKS.iter().filter(is_named).collect();
    let condition: Vec<String> = named.iter().map(|check| format!("c_{} = 0", check.name)).collect();
    let order: Vec<String> =
        named.iter().map(|check| format!("coalesce(c_{} = 0, 0) DESC", check.name)).collect();
    let failing = format!(
        "SELECT * FROM ({judged}) WHERE {} ORDER BY {}, last_check_in DESC, name",
        condition.join(" OR "),
        order.join(", ")
    );
    let failing = work.ask(failing, Vec::new()).await?;
    Ok(report(&counts, &failing, wanted))
}

/// A Mac with its failures in words.
fn named_failures(row: &Map<String, Value>) -> Map<String, Value> {
    let fails = |check: &&Check| row.get(&format!("c_{}", check.name)).and_then(Value::as_i64) == Some(0);
    let failures: Vec<&str> = CHECKS.iter().filter(fails).map(|check| check.failure).collect();
    let mut shown = with_columns(row, &["name", "serial_number", "username", "department", "last_check_in"]);
    shown.insert("fails".to_owned(), failures.join(", ").into());
    shown
}

fn report(counts: &Map<String, Value>, failing: &[Map<String, Value>], wanted: Option<&str>) -> Report {
    let count = |prefix: &str, check: &Check| count_of(counts, &format!("{prefix}_{}", check.name));
    let macs = count_of(counts, "macs");
    let told: Vec<String> = CHECKS
        .iter()
        .filter(|check| wanted.map_or(count("fail", check) > 0, |wanted| wanted == check.name))
        .map(|check| format!("{} {}", check.failure, count("fail", check)))
        .collect();
    let answer = match (told.is_empty(), wanted) {
        (true, _) => format!("None of {} fails a check.", counted(macs, "managed Mac")),
        (false, Some(_)) => format!("Of {}: {}.", counted(macs, "managed Mac"), told.join("; ")),
        (false, None) => format!(
            "{} of {} fail at least one check. {}.",
            failing.len(),
            counted(macs, "managed Mac"),
            told.join("; ")
        ),
    };
    let checks: Map<String, Value> = CHECKS
        .iter()
        .map(|check| {
            let row = json!({ "pass": count("pass", check), "fail": count("fail", check), "unknown": count("unknown", check) });
            (check.name.to_owned(), row)
        })
        .collect();
    let report = Report::new(answer)
        .number("managed_macs", macs)
        .number("named", failing.len())
        .number("unmanaged_not_judged", count_of(counts, "unmanaged"))
        .section("checks", Value::Object(checks))
        .rows(failing.iter().map(named_failures));
    notes(report, counts, wanted)
}

fn notes(mut report: Report, counts: &Map<String, Value>, wanted: Option<&str>) -> Report {
    let unknown = CHECKS
        .iter()
        .map(|check| count_of(counts, &format!("unknown_{}", check.name)))
        .max()
        .unwrap_or_default();
    if unknown > 0 {
        report = report.note(
            "unknown: the Mac has not reported it (no inventory yet), or it does not apply (FileVault and bootstrap tokens of virtual \
             machines); it is counted neither as passed nor as failed",
        );
    }
    if wanted.is_none() {
        report = report.note(format!(
            "secure boot below full ({} without any) and Activation Lock are counted, but no Mac is named for them alone: ask with `check`",
            count_of(counts, "no_secure_boot")
        ));
    }
    report.next("`encryption_gaps` has recovery keys besides; `device_report` with a serial number has everything on one Mac")
}
