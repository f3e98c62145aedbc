//! Scripts, packages, places, extension attributes: what uses them, and which devices that is.

use jamf_pro_tools::effects::COMPUTERS;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Effect, Place};
use serde_json::{Value, json};

use super::{Impact, NOT_READ, Objects, computers, configuration, scope};
use crate::error::Error;
use crate::fleet::groups::Operator;
use crate::fleet::known::Known;
use crate::fleet::references;
use crate::fleet::scope::{Deployment, EntryKind, Role};
use crate::fleet::view::GroupRow;
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::DeviceEffect;

/// Something that policies refer to at a place of theirs: every policy that does, and who is in their scopes.
pub(super) async fn used_by_policies(
    work: &Work<'_>,
    place: &str,
    id: ObjectId,
    how: &str,
) -> Result<Impact, Error> {
    let kind = references::kind_at("policy", &place.replace('/', "."))
        .ok_or_else(|| Error::internal(format!("policies refer to nothing at `{place}`")))?;
    let (fleet, view) = futures::try_join!(computers(work), work.configuration())?;
    let policies = configuration::scoped_users(view, "policy", kind, &id);
    let states: Vec<&Deployment> = policies.iter().map(|policy| &policy.deployment).collect();
    let mut impact = scope::of_all(COMPUTERS, &fleet, &states, DeviceEffect::RunsAgain);
    impact.references = policies
        .iter()
        .map(|policy| configuration::reference(policy.kind, &policy.id, &policy.name, how))
        .collect();
    // A policy that is off can be switched on later, by a call that says so itself.
    impact.is_harmless = impact.references.is_empty();
    if let Some(unread) = view.unread_objects_of(&["policy"]) {
        impact.is_harmless = false;
        impact.devices = None;
        impact.not_checked.extend(configuration::texts(Some(&unread)));
    }
    Ok(impact)
}

/// These packages, with those that have a file of the same name, or of this one.
pub(super) async fn packages_of_file(
    work: &Work<'_>,
    ids: &[ObjectId],
    file: String,
) -> Result<Vec<ObjectId>, Error> {
    let found = work.rows("package_list", json!({}), &["id", "fileName"]).await?;
    super::whole(&found)?;
    let known: Vec<(ObjectId, String)> = super::ids_of("package_list", &found.rows, "id")?
        .into_iter()
        .zip(found.rows.iter().map(|row| text_at(row, "fileName")))
        .collect();
    let own = known.iter().filter(|(id, _)| ids.contains(id)).map(|(_, name)| name);
    let names: Vec<&String> = own.chain([&file]).filter(|name| !name.is_empty()).collect();
    let has_one = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let others = known.iter().filter(|(id, name)| !ids.contains(id) && has_one(name)).map(|(id, _)| id);
    Ok(ids.iter().chain(others).cloned().collect())
}

/// A package: policies, PreStage enrollments and patch titles use it.
pub(super) async fn package(work: &Work<'_>, id: ObjectId) -> Result<Impact, Error> {
    let mut impact =
        used_by_policies(work, "package_configuration/packages", id.clone(), "deals with it").await?;
    let view = work.configuration().await?;
    let uses = view.referring_to("package", &id, "").exact;
    for (kind, how) in PACKAGE_USES {
        for by in uses.iter().map(|one| one.by).filter(|by| by.kind == kind) {
            impact.references.push(configuration::reference(by.kind, &by.id, &by.name, how));
            impact.is_harmless = false;
            // Who is updated by a title, or enrolls the next time, is in no scope that was read.
            impact.devices = None;
        }
    }
    if let Some(unread) = view.unread_references_of(&PACKAGE_USES.map(|(kind, _)| kind)) {
        impact.not_checked.extend(configuration::texts(Some(&unread)));
        impact.is_harmless = false;
    }
    impact.references.sort();
    Ok(impact)
}

/// What uses packages besides policies, and how.
const PACKAGE_USES: [(&str, &str); 2] =
    [("computer_prestage", "installs it at enrollment"), ("patch_title", "is updated by it")];

/// A building or a department that is deleted or renamed: the devices in it, what is scoped to it, and smart groups that name it.
pub(super) async fn place(
    work: &Work<'_>,
    place: Place,
    effect: Effect,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let renamed = effect == Effect::Change;
    let name = |value: Option<&Value>| value.map(|value| text_at(value, "name")).unwrap_or_default();
    let mut names = vec![name(before)];
    if renamed {
        names.push(name(body));
        if names.first() == names.last() {
            return Ok(Impact { is_harmless: true, ..Impact::none() });
        }
    }
    let ids: Vec<ObjectId> = match body.and_then(|body| body.get("ids")).and_then(Value::as_array) {
        Some(ids) => {
            let objects = before.and_then(Value::as_object).into_iter().flat_map(|objects| objects.values());
            names = objects.map(|object| name(Some(object))).collect();
            ids.iter().filter_map(ObjectId::of).collect()
        }
        None => id.into_iter().collect(),
    };
    let (criterion, part) = match place {
        Place::Building => ("Building", EntryKind::Building),
        Place::Department => ("Department", EntryKind::Department),
    };
    let (view, fleets) = futures::try_join!(work.configuration(), fleet::everything(work))?;
    let (mut impact, mut inside) = (Impact::default(), Vec::new());
    for (kind, fleet) in [&COMPUTER, &MOBILE_DEVICE].into_iter().zip(fleets) {
        let of = |device: &FleetDevice| {
            let there = match place {
                Place::Building => &device.building,
                Place::Department => &device.department,
            };
            there.as_ref().is_some_and(|place| ids.contains(place))
        };
        inside.extend(fleet.into_iter().filter(of));
        let smart = configuration::smart_groups(view, kind.groups_of);
        let named = smart.filter(|group| names.iter().any(|name| names_it(group, criterion, name)));
        impact.references.extend(named.map(|group| configuration::reference_by_group(group, "criterion")));
        if renamed {
            // Scopes go by its id, which stays.
            continue;
        }
        impact.references.extend(configuration::references_by(configuration::objects(view, kind), |entry| {
            entry.kind == part
                && entry.role != Role::Limitation
                && entry.id.as_ref().is_some_and(|id| ids.contains(id))
        }));
    }
    if !renamed {
        impact.not_checked.extend(configuration::unread(view));
    }
    impact.references.sort();
    impact.references.dedup();
    impact.is_harmless =
        impact.references.is_empty() && impact.not_checked.is_empty() && (renamed || inside.is_empty());
    impact.devices = Some(inside);
    impact.not_checked.push(NOT_READ.to_owned());
    Ok(impact)
}

/// Whether a smart group has a criterion with this name and value, or one whose value is not compared here.
fn names_it(group: &GroupRow, criterion: &str, value: &str) -> bool {
    let Known::Known(criteria) = &group.criteria else { return true };
    criteria.iter().any(|one| {
        let is_exact = matches!(Operator::parse(&one.operator), Some(Operator::Is | Operator::IsNot));
        one.name.eq_ignore_ascii_case(criterion) && (!is_exact || one.value.eq_ignore_ascii_case(value))
    })
}

/// Where a preloaded or a new record has its serial number.
const SERIAL_NUMBERS: &[&str] = &["serialNumber", "hardware.serialNumber", "general.serial_number"];

/// Values that are kept for a serial number, or a new record with one: they come over the record of the device that has it, or stand beside it.
pub(super) async fn preload(
    work: &Work<'_>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let there = || [before, body].into_iter().flatten();
    let serials: Vec<String> = there()
        .flat_map(|object| SERIAL_NUMBERS.iter().map(|field| text_at(object, field)))
        .filter(|serial| !serial.is_empty())
        .collect();
    let mut impact = Impact::default();
    let found = fleet::with_serials(work, &serials).await?;
    // Who is not managed counts in no share of the fleet; a record that says of itself that it is managed would count.
    let is_managed = there().any(|object| text_at(object, "general.remoteManagement.managed") == "true");
    if is_managed {
        impact
            .warnings
            .push("it says that the device is managed, which only an enrollment makes true".to_owned());
    }
    impact.is_harmless = found.is_empty() && !is_managed;
    if !found.is_empty() {
        impact.warnings.push(
            "the values come over the record of the device, and smart groups that look at them follow"
                .to_owned(),
        );
    }
    impact.devices = Some(found);
    Ok(impact)
}

/// Extension attributes: one that is a script runs on every computer; smart groups may be built on any.
pub(super) async fn attribute(
    work: &Work<'_>,
    kind: &'static Kind,
    Objects(there): Objects<'_>,
    body: Option<&Value>,
) -> Result<Impact, Error> {
    let mut impact = Impact::on(kind.alone());
    let is_script = |value: &&Value| text_at(value, "inputType").eq_ignore_ascii_case("SCRIPT");
    let script = there.iter().any(is_script) || body.is_some_and(|body| is_script(&body));
    if script {
        impact.warnings.push("its script runs on every computer that updates its inventory".to_owned());
    }
    if !there.is_empty() {
        let names: Vec<String> =
            there.iter().copied().chain(body).map(|value| text_at(value, "name")).collect();
        impact.not_checked.push(format!(
            "which devices move between smart groups that have {} as a criterion",
            names.join(", ")
        ));
        let view = work.configuration().await?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let asks = |group: &&GroupRow| configuration::asks_for_any(group, &names);
        let groups = configuration::smart_groups(view, kind.groups_of).filter(asks);
        impact.references.extend(groups.map(|group| configuration::reference_by_group(group, "criterion")));
    }
    if impact.references.is_empty() && !script {
        impact.devices = Some(Vec::new());
    }
    impact.not_checked.push("saved searches, and profiles that insert its value".to_owned());
    Ok(impact)
}
