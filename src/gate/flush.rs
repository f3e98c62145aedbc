//! Flushing: which commands that wait are lost, and which policies run again where their logs are forgotten.

use jamf_pro_tools::effects::COMPUTERS;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, rsql};
use serde_json::{Map, Value, json};

use super::changes::VALUE;
use super::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use super::reach::{self, Impact, plain};
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::plan::Change;
use crate::sanitize::text;

/// Devices that one filter names.
const AT_ONCE: usize = 40;

/// Commands whose loss a person must see first.
const WEIGHTY: &[&str] =
    &["ERASE_DEVICE", "DEVICE_LOCK", "ENABLE_LOST_MODE", "CLEAR_PASSCODE", "SET_RECOVERY_LOCK"];

/// What a flush comes to.
pub(super) struct FlushImpact {
    pub(super) targets: Vec<FleetDevice>,
    pub(super) impact: Impact,
    pub(super) changes: Vec<Change>,
    /// What is there to be lost.
    pub(super) basis: Value,
}

/// Work out what it would do.
///
/// # Errors
/// When it cannot be read, or names no devices.
pub(super) async fn of(
    work: &Work<'_>,
    action: &Action,
    arguments: &Map<String, Value>,
) -> Result<FlushImpact, Error> {
    if action.affects == Some(Affects::PolicyLogs) {
        return logs(work, arguments).await;
    }
    commands(work, arguments).await
}

/// The devices of a list in the body.
async fn devices_of_list(
    work: &Work<'_>,
    arguments: &Map<String, Value>,
    list: &str,
    kind: &'static Kind,
) -> Result<Vec<FleetDevice>, Error> {
    let items = arguments.get("body").and_then(|body| body.get(list)).and_then(Value::as_array);
    let mut ids: Vec<String> = items.into_iter().flatten().map(|item| text_at(item, "id")).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() { Ok(Vec::new()) } else { fleet::by_id(work, kind, &ids).await }
}

async fn commands(work: &Work<'_>, arguments: &Map<String, Value>) -> Result<FlushImpact, Error> {
    let text = |name: &str| arguments.get(name).map(plain).unwrap_or_default();
    let mut targets = devices_of_list(work, arguments, "computers", &COMPUTER).await?;
    targets.extend(devices_of_list(work, arguments, "mobile_devices", &MOBILE_DEVICE).await?);
    let group = text("group_kind");
    if !group.is_empty() {
        let kind = if group.starts_with("computer") { &COMPUTER } else { &MOBILE_DEVICE };
        let id = ObjectId::parse(&text("id"));
        targets = fleet::all(work, kind).await?;
        targets.retain(|device| id.as_ref().is_some_and(|id| device.is_in_group(id)));
    }
    let status =
        arguments.get("body").map(|body| text_at(body, "status")).filter(|status| !status.is_empty());
    let status = status.unwrap_or_else(|| text("status"));
    let mut states = Vec::new();
    if status.contains("Pending") {
        states.extend(["PENDING", "NOT_NOW"]);
    }
    if status.contains("Failed") {
        states.extend(["ERROR", "COMMAND_FORMAT_ERROR"]);
    }
    let mut lost = Vec::new();
    for some in targets.chunks(AT_ONCE) {
        let ids = some.iter().map(|device| device.target.management_id.as_str()).filter(|id| !id.is_empty());
        let any: Vec<_> = ids.map(|id| rsql::compare("clientManagementId", "==", id)).collect();
        if any.is_empty() {
            continue;
        }
        let filter = rsql::Expression::Or(any).to_string();
        let fields = ["uuid", "commandType", "commandState", "client.managementId", "dateSent"];
        let found = work.rows("mdm_command_list", json!({ "filter": filter }), &fields).await?;
        reach::whole(&found)?;
        lost.extend(
            found.rows.into_iter().filter(|row| states.contains(&text_at(row, "commandState").as_str())),
        );
    }
    lost.sort_by_key(|row| text_at(row, "uuid"));
    let mut impact = Impact::default();
    let whose = |row: &Value| {
        let id = text_at(row, "client.managementId");
        let device = targets.iter().find(|device| device.target.management_id.eq_ignore_ascii_case(&id));
        device.map_or(id, |device| device.target.describe())
    };
    let change = |row: &Value| {
        Change::new(
            format!("{} of {}", text_at(row, "commandType"), whose(row)),
            format!("{}, sent {}", text_at(row, "commandState"), text_at(row, "dateSent")),
            "dropped, never carried out",
        )
    };
    let changes: Vec<Change> = lost.iter().map(change).collect();
    impact.warnings.push(match lost.len() {
        0 => "no such command is known of now: it drops what is there when it is sent".to_owned(),
        1 => "1 command is lost".to_owned(),
        many => format!("{many} commands are lost"),
    });
    for row in lost.iter().filter(|row| WEIGHTY.contains(&text_at(row, "commandType").as_str())) {
        impact.warnings.push(format!(
            "a {} that waits for {} is LOST",
            text_at(row, "commandType"),
            whose(row)
        ));
    }
    impact
        .not_checked
        .push("installations of profiles and apps that wait are not in the list of commands".to_owned());
    let basis: Vec<String> = lost.iter().map(|row| text_at(row, "uuid")).collect();
    Ok(FlushImpact { targets, impact, changes, basis: json!(basis) })
}

async fn logs(work: &Work<'_>, arguments: &Map<String, Value>) -> Result<FlushImpact, Error> {
    let targets = devices_of_list(work, arguments, "computers", &COMPUTER).await?;
    let fleet = if targets.is_empty() { fleet::all(work, &COMPUTER).await? } else { targets.clone() };
    let again = reach::run_again(work, &fleet).await?;
    let mut impact = Impact::on(COMPUTERS);
    impact.warnings.push(format!(
        "{} policies that run once may run again on computers in their scopes, {}",
        again.policies.len(),
        if targets.is_empty() {
            "all over the fleet"
        } else {
            "whichever policy was named: Jamf is known to ignore it"
        }
    ));
    let changes = again.policies.iter().map(|policy| {
        let field = format!("policy {} {}", policy.id, text::quoted(&policy.name, VALUE));
        Change::new(field, &policy.how, "may run again")
    });
    let changes: Vec<Change> = changes.collect();
    impact.devices = again.is_certain.then(|| again.devices.clone());
    impact.not_checked.extend(again.not_checked);
    impact.not_checked.push("which logs there are: a policy without one runs in any case".to_owned());
    let basis: Vec<[&str; 2]> =
        again.policies.iter().map(|policy| [policy.id.as_str(), policy.how.as_str()]).collect();
    Ok(FlushImpact { targets, impact, changes, basis: json!(basis) })
}
