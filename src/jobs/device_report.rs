//! Everything that matters of one device, with what is wrong with it first.

mod problems;

use futures::FutureExt;
use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use self::problems::problems;
use super::device_rows::{counted, with_columns};
use super::question::{Reading, text};
use super::{Conclusion, Job, Report, Work, devices, group_membership_check, text_at};
use crate::error::Error;
use crate::fleet::tables::{Kind, tables};
use crate::registry::{App, ToolDeclaration};

pub(super) static JOB: Job = Job::new(
    ToolDeclaration::new::<Arguments>("device_report", "devices")
        .title("Everything about one device")
        .about("Report on one Mac, iPhone or iPad: what is wrong with it, owner, OS, MDM, encryption, disk, clocks, groups, commands, failed policies and update plans.")
        .app(App::Device)
        .asked(&["all about one Mac or iPad", "health of a single device", "is this person's Mac encrypted and in contact", "everything about a MacBook", "what is wrong with this Mac", "check one iPad"])
        .core(),
    |work, arguments| run(work, arguments).map(|found| found.map(Conclusion::Report)).boxed(),
)
.reads(&["computers", "mobile_devices", "mdm_commands", "update_plans"])
.uses(&["computer_list", "mobile_device_list", "computer_history_get"]);

/// Arguments of `device_report`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Arguments {
    /// Serial number, name, user, e-mail, management id, asset tag, or `computer:7` or `mobile_device:7`.
    #[schemars(length(min = 2, max = 200))]
    device: String,
    #[schemars(flatten)]
    reading: Reading,
}

/// Names of groups that are shown.
const GROUPS: usize = 40;

/// What is known of the device, a table each.
struct Facts {
    is_computer: bool,
    record: Map<String, Value>,
    /// Commands of the last 30 days that failed or wait, the newest first.
    commands: Vec<Map<String, Value>>,
    plans: Vec<Map<String, Value>>,
    /// Policies whose latest run failed; `None` where there is no history, or it could not be read.
    policies: Option<Vec<Map<String, Value>>>,
    /// Other records with the same serial number.
    twins: u64,
}

async fn run(work: &Work<'_>, arguments: &Checked) -> Result<Report, Error> {
    let device = devices::only(work, arguments.text("device").unwrap_or_default()).await?;
    let (id, is_computer) = (device.fact("id"), device.kind == "computer");
    let table = table_of(is_computer);
    let Some(record) = work.ask(format!("SELECT * FROM {table} WHERE id = ?1"), vec![json!(id)]).await?.pop()
    else {
        return Err(Error::unreachable(format!(
            "{}:{id} is in Jamf, and not yet among what was read of the {}",
            device.kind,
            table.replace('_', " ")
        ))
        .hint("ask again with `refresh`"));
    };
    let mut gaps = Vec::new();
    let groups = group_membership_check::groups_of(work, &device).await;
    let groups = groups.map_err(|error| gaps.push(format!("groups of the device: {error}"))).ok();
    let policies = match is_computer {
        true => failed_policies(work, &id)
            .await
            .map_err(|error| gaps.push(format!("policy log of the computer: {error}")))
            .ok(),
        false => None,
    };
    let facts = Facts {
        is_computer,
        commands: commands(work, text(&record, "management_id")).await?,
        plans: plans(work, &id, is_computer).await?,
        twins: twins(work, table, &id, text(&record, "serial_number")).await?,
        record,
        policies,
    };
    let mut report = report(&facts, groups.as_deref());
    for gap in gaps {
        report = report.partial(gap);
    }
    Ok(report)
}

async fn commands(work: &Work<'_>, management_id: &str) -> Result<Vec<Map<String, Value>>, Error> {
    work.ask(
        "SELECT command, state, sent_at, coalesce(error_text, '') AS error FROM mdm_commands
         WHERE management_id = ?1 AND state <> 'ACKNOWLEDGED' ORDER BY sent_at DESC",
        vec![json!(management_id)],
    )
    .await
}

async fn plans(work: &Work<'_>, id: &str, is_computer: bool) -> Result<Vec<Map<String, Value>>, Error> {
    work.ask(
        "SELECT uuid, action, nullif(version, 'NO_SPECIFIC_VERSION') AS version, force_local AS deadline_device_time, state, errors
         FROM update_plans WHERE device_id = ?1 AND (kind = 'COMPUTER') = ?2 ORDER BY state = 'PlanCompleted', state = 'PlanFailed'",
        vec![json!(id), json!(is_computer)],
    )
    .await
}

async fn twins(work: &Work<'_>, table: &str, id: &str, serial: &str) -> Result<u64, Error> {
    let sql = format!("SELECT count(*) AS n FROM {table} WHERE serial_number = ?1 AND id <> ?2");
    let found = work.ask_one(sql, vec![json!(serial), json!(id)]).await?;
    Ok(super::question::count_of(&found, "n"))
}

/// Policies whose latest run on the computer did not complete, the newest first.
async fn failed_policies(work: &Work<'_>, id: &str) -> Result<Vec<Map<String, Value>>, Error> {
    let arguments = json!({ "id": id, "subset": "PolicyLogs" });
    let history = work.send("computer_history_get", arguments, &["policy_logs"]).await?;
    let mut logs: Vec<&Value> =
        history.get("policy_logs").and_then(Value::as_array).into_iter().flatten().collect();
    logs.sort_by_key(|log| std::cmp::Reverse(text_at(log, "date_time")));
    let mut seen = std::collections::BTreeSet::new();
    let latest = logs.into_iter().filter(|log| seen.insert(text_at(log, "policy_id")));
    let failed = latest.filter(|log| !text_at(log, "status").eq_ignore_ascii_case("completed"));
    let row = |log: &Value| {
        let row = json!({
            "policy_id": text_at(log, "policy_id"), "policy": text_at(log, "policy_name"), "status": text_at(log, "status"),
            "at": text_at(log, "date_time"),
        });
        row.as_object().cloned().unwrap_or_default()
    };
    Ok(failed.map(row).collect())
}

fn report(facts: &Facts, groups: Option<&[Value]>) -> Report {
    let (record, problems) = (&facts.record, problems(facts));
    let answer = format!(
        "{} ({}, {}{}): {}.",
        text(record, "name"),
        text(record, "model"),
        if facts.is_computer { "macOS " } else { "OS " },
        record.get("os_version").and_then(Value::as_str).unwrap_or("not reported"),
        match problems.len() {
            0 => "nothing is known to be wrong with it".to_owned(),
            count => format!("{}, the gravest first", counted(count as u64, "problem")),
        }
    );
    let mut report = Report::new(answer).rows(problems);
    for (name, columns) in sections(facts.is_computer) {
        let mut section = with_columns(record, columns);
        section.iter_mut().for_each(|(column, value)| say_flag(facts.is_computer, column, value));
        report = report.section(name, Value::Object(section));
    }
    report = report
        .section("commands_failed_or_waiting", json!(facts.commands.iter().take(8).collect::<Vec<_>>()));
    if let Some(policies) = &facts.policies {
        report =
            report.section("policies_failed_at_last_run", json!(policies.iter().take(8).collect::<Vec<_>>()));
    }
    report = report.section("update_plans", json!(facts.plans));
    if let Some(groups) = groups {
        let names: Vec<String> = groups.iter().take(GROUPS).map(|group| text_at(group, "name")).collect();
        report = report.number("groups", groups.len()).section("groups", json!(names));
    }
    match facts.is_computer {
        true => report,
        false => report.note(
            "mobile devices have no check-in and no policy log; `last_contact` is the last answer to MDM",
        ),
    }
}

/// SQL has 1 and 0 for what is true or false.
fn say_flag(is_computer: bool, column: &str, value: &mut Value) {
    let name = table_of(is_computer);
    let mut columns = tables().filter(|table| table.name == name).flat_map(|table| table.columns);
    if columns.any(|own| own.name == column && own.kind == Kind::Boolean)
        && let Some(flag) = value.as_i64()
    {
        *value = Value::Bool(flag != 0);
    }
}

const fn table_of(is_computer: bool) -> &'static str {
    if is_computer { "computers" } else { "mobile_devices" }
}

/// The facts that are shown, a name each with its columns.
fn sections(is_computer: bool) -> [(&'static str, &'static [&'static str]); 4] {
    if is_computer {
        [
            (
                "device",
                &[
                    "id",
                    "name",
                    "serial_number",
                    "management_id",
                    "asset_tag",
                    "model",
                    "os_version",
                    "os_build",
                    "department",
                    "building",
                    "site_name",
                    "warranty_date",
                ],
            ),
            ("owner", &["username", "full_name", "email", "phone", "room", "last_user"]),
            (
                "management",
                &[
                    "managed",
                    "supervised",
                    "user_approved_mdm",
                    "ddm",
                    "enrolled_via_ade",
                    "prestage_name",
                    "enrolled_at",
                    "mdm_profile_expires",
                    "last_check_in",
                    "last_contact",
                    "last_inventory",
                    "last_reported_ip",
                ],
            ),
            (
                "security",
                &[
                    "filevault_status",
                    "filevault_key_valid",
                    "bootstrap_token_escrowed",
                    "sip",
                    "gatekeeper",
                    "firewall",
                    "secure_boot",
                    "activation_lock",
                    "recovery_lock",
                    "boot_free_mb",
                    "boot_used_percent",
                    "battery_health",
                ],
            ),
        ]
    } else {
        [
            (
                "device",
                &[
                    "id",
                    "name",
                    "type",
                    "serial_number",
                    "management_id",
                    "asset_tag",
                    "model",
                    "os_version",
                    "os_build",
                    "department",
                    "building",
                    "site_name",
                    "warranty_date",
                ],
            ),
            ("owner", &["username", "full_name", "email", "phone_number", "ownership", "shared_ipad"]),
            (
                "management",
                &[
                    "managed",
                    "supervised",
                    "ddm",
                    "prestage_name",
                    "enrolled_at",
                    "mdm_profile_expires",
                    "last_contact",
                    "last_inventory",
                    "ip_address",
                ],
            ),
            (
                "security",
                &[
                    "passcode_present",
                    "passcode_compliant",
                    "activation_lock",
                    "lost_mode",
                    "jailbreak",
                    "free_mb",
                    "used_percent",
                    "battery_percent",
                ],
            ),
        ]
    }
}
