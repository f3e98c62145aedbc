//! How far a change of configuration reaches: which devices, through which policies, profiles and groups.
//!
//! What is counted is the most that it may be. Where something cannot be worked out the number is not known, which the gate takes
//! for everything, and the plan names what was not checked.

mod criteria;
mod groups;
pub(super) mod objects;
mod records;
mod runs;
mod scope;
mod scoped;

pub(super) use criteria::ordered as criteria_in_order;
pub(super) use groups::is_one as is_group;
pub(super) use records::moved;
pub(super) use scope::run_again;

use std::collections::BTreeMap;

use futures::StreamExt;
use jamf_pro_tools::Action;
use serde_json::{Map, Value, json};

use super::fleet::{self, COMPUTER, MOBILE_DEVICE, Seen};
use super::plan::{Reach, Reference};
use crate::error::Error;
use crate::jobs::{Found, Work, text_at};

/// Requests at once while everything that may refer to an object is read.
const AT_ONCE: usize = 4;

/// What can refer to groups and is not read here; it puts nothing on devices.
const NOT_READ: &str = "webhooks and saved searches";

/// What a change touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The devices; `None` when they cannot be worked out.
    pub(super) devices: Option<Vec<Seen>>,
    /// How many there are of the kinds that it may touch.
    pub(super) fleet: Option<u64>,
    /// For people: `computers`.
    pub(super) plural: &'static str,
    /// What refers to the object.
    pub(super) references: Vec<Reference>,
    /// What could not be checked.
    pub(super) not_checked: Vec<String>,
    /// Things to see first.
    pub(super) warnings: Vec<String>,
    /// The group that is changed or deleted, by its name.
    pub(super) group: Option<String>,
    /// It is certain that the least holds that the action can do: nothing on any device follows from it.
    pub(super) harmless: bool,
}

impl Touched {
    /// It touches no device, which is known of its kind.
    pub(super) fn none() -> Self {
        Self { devices: Some(Vec::new()), plural: "devices", ..Self::default() }
    }

    /// It cannot be told.
    pub(super) fn unknown(why: &str) -> Self {
        Self { plural: "devices", not_checked: vec![why.to_owned()], ..Self::default() }
    }

    /// The numbers, and the sentence with them.
    pub(super) fn reach(&self) -> Reach {
        let via = via(&self.references);
        let sentence = match (&self.devices, self.fleet) {
            (Some(devices), _) if devices.is_empty() => format!("affects no device that is known of{via}"),
            (Some(devices), Some(fleet)) if fleet > 0 => {
                let count = u64::try_from(devices.len()).unwrap_or(u64::MAX);
                format!(
                    "affects up to {count} of {fleet} {} ({}%){via}",
                    self.plural,
                    count.saturating_mul(100).div_ceil(fleet)
                )
            }
            (Some(devices), _) => format!("affects up to {} {}{via}", devices.len(), self.plural),
            (None, Some(fleet)) => format!("may affect any of {fleet} {}{via}", self.plural),
            (None, None) => format!("may affect any of the {}{via}", self.plural),
        };
        let devices = self.devices.as_ref().map(|devices| u64::try_from(devices.len()).unwrap_or(u64::MAX));
        Reach { devices, fleet: self.fleet, sentence }
    }
}

/// ", via 3 policies, 1 profile".
fn via(references: &[Reference]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    references.iter().for_each(|reference| *kinds.entry(reference.kind.as_str()).or_default() += 1);
    if kinds.is_empty() {
        return String::new();
    }
    let parts = kinds.iter().map(|(kind, count)| match (*count, kind.strip_suffix('y')) {
        (1, _) => format!("1 {kind}"),
        (count, Some(stem)) => format!("{count} {stem}ies"),
        (count, None) => format!("{count} {kind}s"),
    });
    format!(", via {}", parts.collect::<Vec<_>>().join(" and "))
}

/// What a call touches, by the resource that its action belongs to. `before` is the object as it is.
///
/// # Errors
/// When what it takes to know cannot be read.
pub(super) async fn of(
    work: &Work<'_>,
    action: &'static Action,
    arguments: &Map<String, Value>,
    before: Option<&Value>,
) -> Result<Touched, Error> {
    let name = action.name;
    let id = arguments.get("id").map(plain).unwrap_or_default();
    let body = arguments.get("body");
    if name == "policy_log_flush" {
        return scope::log(work, before).await;
    }
    if let Some(kind) = scope::kind(name) {
        return scope::changed(work, kind, body, before, name.ends_with("_delete"), name.contains("policy_"))
            .await;
    }
    if name.starts_with("package_") && action.risk != jamf_pro_tools::Risk::Critical {
        return objects::package(work, &id).await;
    }
    if let Some((_, part, how)) = IN_POLICIES.iter().find(|(prefix, _, _)| name.starts_with(prefix)) {
        return objects::used_by_policies(work, part, &id, how).await;
    }
    if groups::is_one(name) {
        return groups::touched(work, action, &id, body, before).await;
    }
    if name.starts_with("building_") || name.starts_with("department_") {
        return objects::place(work, name, &id, body, before).await;
    }
    if name == "user_delete" {
        return objects::user(work, Some(&json!({ "name": "" })), before).await;
    }
    if name == "user_update" {
        return objects::user(work, body, before).await;
    }
    if name.starts_with("inventory_preload_record_") && !name.ends_with("_all") {
        return objects::preload(work, body, before).await;
    }
    if name.contains("extension_attribute") {
        return objects::attribute(work, name, before, body).await;
    }
    if name.contains("prestage_scope") {
        return objects::prestage_scope(work, name, &id, body).await;
    }
    if name.starts_with("computer_prestage_") || name.starts_with("mobile_device_prestage_") {
        return objects::prestage(work, name, &id, body, before).await;
    }
    if name.starts_with("enrollment_customization_") {
        return objects::used_by_prestages(work, "enrollmentCustomizationId", &id).await;
    }
    if name.starts_with("app_installer_deployment_") {
        return objects::installer(work, body, before).await;
    }
    if FLEET_WIDE.iter().any(|prefix| name.starts_with(prefix)) {
        return everything(work).await;
    }
    if NO_DEVICE.iter().any(|prefix| name.starts_with(prefix)) {
        return Ok(Touched::none());
    }
    Ok(Touched::unknown("which devices follow from this kind of change"))
}

/// Objects that policies use, where a policy has them, and what it does with them.
const IN_POLICIES: &[(&str, &str, &str)] = &[
    ("script_", "scripts", "runs it"),
    ("printer_", "printers", "installs it"),
    ("dock_item_", "dock_items", "puts it into the Dock"),
    ("directory_binding_", "account_maintenance/directory_bindings", "binds by it"),
    ("disk_encryption_configuration_", "disk_encryption/disk_encryption_configuration_id", "encrypts by it"),
];

/// Settings that hold for every device there is.
const FLEET_WIDE: &[&str] = &[
    "account_driven_enrollment_",
    "inventory_preload_record_delete_all",
    "policy_properties_",
    "inventory_collection_",
    "inventory_custom_path_",
    "self_service_",
    "app_installer_settings_",
    "app_installer_retry_all",
    "push_enable_all",
    "jamf_protect_",
    "check_in_settings_",
    "device_communication_settings_",
    "local_admin_password_settings_",
    "managed_software_update_toggle_",
    "reenrollment_settings_",
];

/// Resources that no device is told of.
const NO_DEVICE: &[&str] = &[
    "account_",
    "api_",
    "category_",
    "gsx_connection_",
    "impact_alert_",
    "inventory_preload_",
    "log_flushing_task_",
    "mobile_device_search_",
    "notification_",
    "smtp_server_",
    "team_viewer_connection_",
    "computer_attachment_",
];

async fn everything(work: &Work<'_>) -> Result<Touched, Error> {
    let (computers, devices) = (work.count(COMPUTER.list).await?, work.count(MOBILE_DEVICE.list).await?);
    let fleet = computers.zip(devices).map(|(computers, devices)| computers.saturating_add(devices));
    Ok(Touched {
        fleet,
        plural: "devices",
        warnings: vec!["this is a setting of the whole tenant".to_owned()],
        ..Touched::default()
    })
}

/// Text of an id, whether it came as text or as a number.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every policy, whole.
async fn policies(work: &Work<'_>) -> Result<Vec<Value>, Error> {
    details(work, "policy_list", "policy_get").await
}

async fn details(work: &Work<'_>, list: &str, get: &str) -> Result<Vec<Value>, Error> {
    let found = work.rows(list, json!({}), &["id", "name"]).await?;
    whole(&found)?;
    let ids: Vec<String> = found.rows.iter().map(|row| text_at(row, "id")).collect();
    let all = futures::stream::iter(ids.into_iter().map(|id| work.send(get, json!({ "id": id }), &[])))
        .buffered(AT_ONCE);
    all.collect::<Vec<_>>().await.into_iter().collect()
}

/// What is worked out from a part of a list would be wrong.
pub(super) fn whole(found: &Found) -> Result<(), Error> {
    match found.notes.iter().find(|note| note.starts_with("INCOMPLETE")) {
        Some(note) => Err(Error::Unreachable {
            message: format!("what refers to it could not be read whole: {note}"),
            retry_after: None,
        }),
        None => Ok(()),
    }
}

/// A reference by an object of the Classic API.
fn reference(kind: &str, object: &Value, how: &str) -> Reference {
    let text = |path: &str| crate::answer::clean::text(&text_at(object, path)).chars().take(80).collect();
    Reference {
        kind: kind.to_owned(),
        id: text("general.id"),
        name: text("general.name"),
        how: how.to_owned(),
    }
}

/// All devices that are in any of these lists, each once.
fn together(lists: Vec<Vec<Seen>>) -> Vec<Seen> {
    let mut all: BTreeMap<(String, String), Seen> = BTreeMap::new();
    for seen in lists.into_iter().flatten() {
        all.entry((seen.target.kind.clone(), seen.target.id.clone())).or_insert(seen);
    }
    all.into_values().collect()
}

async fn computers(work: &Work<'_>) -> Result<Vec<Seen>, Error> {
    fleet::all(work, &COMPUTER).await
}
