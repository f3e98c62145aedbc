//! PreStage enrollments and what belongs to them: it matters to devices when they enroll the next time.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{DeviceKind, Effect};
use serde_json::{Value, json};

use super::{Impact, configuration, plain};
use crate::error::Error;
use crate::fleet::references;
use crate::fleet::scope::EntryKind;
use crate::gate::fleet::{self, Kind};
use crate::jobs::{Work, text_at};
use crate::sanitize::text;

/// A PreStage enrollment: the devices whose serial numbers are in its scope, and where it is the default, all that come.
pub(super) async fn prestage(
    work: &Work<'_>,
    kind: DeviceKind,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let (kind, scope) = (Kind::of(kind), reader_of_scopes(kind));
    let default =
        [before, body].into_iter().flatten().any(|object| text_at(object, "defaultPrestage") == "true");
    let serials = match id.filter(|_| before.is_some()) {
        Some(id) => in_prestage(work, scope, &id).await?,
        None => Vec::new(),
    };
    let mut impact = Impact::on(kind.alone());
    impact.devices = Some(fleet::by_serial(work, kind, &serials).await?);
    impact.is_harmless = serials.is_empty() && !default;
    if !impact.is_harmless {
        impact.warnings.push(format!(
            "{} serial numbers are in its scope; what is set here holds when they enroll the next time",
            serials.len()
        ));
        impact.not_checked.push("serial numbers that never enrolled are in no inventory".to_owned());
    }
    if default {
        impact
            .warnings
            .push("it is the DEFAULT: every device that Apple assigns from now on gets it".to_owned());
    }
    Ok(impact)
}

/// The action that reads which serial numbers are in a PreStage enrollment.
fn reader_of_scopes(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Computer => "computer_prestage_scope_get",
        DeviceKind::MobileDevice => "mobile_device_prestage_scope_get",
    }
}

async fn in_prestage(work: &Work<'_>, scope: &str, id: &ObjectId) -> Result<Vec<String>, Error> {
    let scope = work.send(scope, json!({ "id": id.to_string() }), &[]).await?;
    let assignments = scope.get("assignments").and_then(Value::as_array).into_iter().flatten();
    Ok(assignments.map(|one| text_at(one, "serialNumber")).filter(|serial| !serial.is_empty()).collect())
}

/// Serial numbers that enter or leave a PreStage enrollment: they matter at their next enrollment.
pub(super) async fn prestage_scope(
    work: &Work<'_>,
    kind: DeviceKind,
    effect: Effect,
    id: ObjectId,
    body: Option<&Value>,
) -> Result<Impact, Error> {
    let (kind, scope) = (Kind::of(kind), reader_of_scopes(kind));
    let serials = body.and_then(|body| body.get("serialNumbers")).and_then(Value::as_array);
    let mut serials: Vec<String> = serials.into_iter().flatten().map(plain).collect();
    let mut impact = Impact::on(kind.alone());
    let given = serials.len();
    if effect == Effect::Change {
        // It replaces the list: who is in it and not given leaves.
        let there = in_prestage(work, scope, &id).await?;
        let (leave, enter) = (
            there.iter().filter(|serial| !serials.contains(serial)).count(),
            serials.iter().filter(|serial| !there.contains(serial)).count(),
        );
        impact
            .warnings
            .push(format!("{enter} serial numbers enter and {leave} LEAVE: it replaces the whole list"));
        let moved: Vec<String> = there
            .iter()
            .filter(|serial| !serials.contains(serial))
            .chain(serials.iter().filter(|serial| !there.contains(serial)))
            .cloned()
            .collect();
        serials = moved;
    }
    impact.devices = Some(fleet::by_serial(work, kind, &serials).await?);
    impact.warnings.push(format!(
        "{given} {}; {} effect at the next enrollment",
        if given == 1 { kind.plural.trim_end_matches('s') } else { kind.plural },
        if given == 1 { "takes" } else { "take" },
    ));
    impact.not_checked.push("serial numbers that never enrolled are in no inventory".to_owned());
    Ok(impact)
}

/// A configuration that some PreStage enrollments refer to by this field.
pub(super) async fn used_by_prestages(work: &Work<'_>, field: &str, id: ObjectId) -> Result<Impact, Error> {
    let view = work.configuration().await?;
    let mut impact = Impact::default();
    let mut devices = Vec::new();
    for (kind, prestages) in
        [(DeviceKind::Computer, "computer_prestage"), (DeviceKind::MobileDevice, "mobile_device_prestage")]
    {
        let refers_to = references::kind_at(prestages, field)
            .ok_or_else(|| Error::internal(format!("PreStage enrollments refer to nothing at `{field}`")))?;
        let mut serials = Vec::new();
        for prestage in configuration::scoped_users(view, prestages, refers_to, &id) {
            let entries = prestage.deployment.scope.entries.iter();
            let of_serials = entries.filter(|entry| entry.kind == EntryKind::SerialNumber);
            serials.extend(of_serials.map(|entry| entry.name.clone()));
            impact.references.push(configuration::reference(
                prestage.kind,
                &prestage.id,
                &prestage.name,
                "names it",
            ));
            if prestage.is_default_prestage {
                impact.warnings.push(format!(
                    "{} is the DEFAULT PreStage enrollment: every device that Apple assigns from now on gets it",
                    text::quoted(&prestage.name, 80)
                ));
            }
        }
        devices.extend(fleet::by_serial(work, Kind::of(kind), &serials).await?);
    }
    impact.is_harmless = impact.references.is_empty();
    impact.devices = Some(devices);
    if let Some(unread) = view.unread_objects_of(&["computer_prestage", "mobile_device_prestage"]) {
        impact.is_harmless = false;
        impact.devices = None;
        impact.not_checked.extend(configuration::texts(Some(&unread)));
    }
    impact.not_checked.push("serial numbers that never enrolled are in no inventory".to_owned());
    Ok(impact)
}

/// An instance of Automated Device Enrollment: the devices that Apple has assigned to it.
pub(super) async fn impact_of_instance(work: &Work<'_>, id: ObjectId) -> Result<Impact, Error> {
    let found = work
        .rows("device_enrollment_device_list", json!({ "id": id.to_string() }), &["serialNumber"])
        .await?;
    super::whole(&found)?;
    let serials: Vec<String> = found.rows.iter().map(|row| text_at(row, "serialNumber")).collect();
    let mut impact = Impact::default();
    let devices = fleet::with_serials(work, &serials).await?;
    impact.devices = Some(devices);
    impact.warnings.push(format!(
        "Apple has assigned {} serial numbers to it; what is set here holds when they enroll the next time",
        serials.len()
    ));
    Ok(impact)
}
