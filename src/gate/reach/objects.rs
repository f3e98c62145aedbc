//! Scripts, packages, places, extension attributes: what uses them, and which devices that is.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Effect, Place};
use serde_json::{Value, json};

use super::{Impact, NOT_READ, Objects, computers, groups, policies, reference, scope, scoped, shown_id};
use crate::error::Error;
use crate::fleet::scope::{Deployment, EntryKind, Role};
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::Reference;

pub(super) fn size(fleet: &[FleetDevice]) -> Option<u64> {
    Some(u64::try_from(fleet.len()).unwrap_or(u64::MAX))
}

/// Something that policies refer to by its id: every policy that does, and who is in their scopes.
pub(super) async fn used_by_policies(
    work: &Work<'_>,
    part: &str,
    id: ObjectId,
    how: &str,
) -> Result<Impact, Error> {
    let fleet = computers(work).await?;
    let mut policies = policies(work).await?;
    policies.retain(|policy| uses(policy, part, &id));
    let states: Vec<Deployment> = policies.iter().map(Deployment::as_told).collect();
    let mut impact = scope::of_all(&COMPUTER, &fleet, &scope::in_force(&states));
    impact.references = policies.iter().map(|policy| reference("policy", policy, how)).collect();
    // A policy that is off can be switched on later, by a call that says so itself.
    impact.is_harmless = policies.is_empty();
    Ok(impact)
}

/// Whether a policy refers to an object by its id: in a list, or as the one of its section.
fn uses(policy: &Value, part: &str, id: &ObjectId) -> bool {
    match policy.pointer(&format!("/{part}")) {
        Some(Value::Array(items)) => items.iter().any(|item| id.is_at(item, "id")),
        Some(object @ Value::Object(_)) => id.is_at(object, "id"),
        Some(one) => ObjectId::of(one).as_ref() == Some(id),
        None => false,
    }
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
    let lists = [
        ("computer_prestage_list", "PreStage enrollment", "customPackageIds", "installs it at enrollment"),
        ("patch_title_list", "patch title", "packages", "is updated by it"),
    ];
    for (list, kind, field, how) in lists {
        let found = match work.rows(list, json!({}), &["id", "displayName", field]).await {
            Ok(found) => found,
            Err(error) if error.is_of_jamf() => {
                impact.not_checked.push(format!("what the tenant has of the kind `{kind}`: {error}"));
                impact.is_harmless = false;
                continue;
            }
            Err(error) => return Err(error),
        };
        super::whole(&found)?;
        for row in &found.rows {
            let mut items = row.get(field).and_then(Value::as_array).into_iter().flatten();
            if items.any(|item| ObjectId::of(item.get("packageId").unwrap_or(item)).as_ref() == Some(&id)) {
                impact.references.push(Reference {
                    kind: kind.to_owned(),
                    id: shown_id(row, "id"),
                    name: line(row, "displayName"),
                    how: how.to_owned(),
                });
                impact.is_harmless = false;
                // Who is updated by a title, or enrolls the next time, is in no scope that was read.
                impact.devices = None;
            }
        }
    }
    impact.references.sort();
    Ok(impact)
}

pub(super) fn line(row: &Value, field: &str) -> String {
    crate::sanitize::text::line(&text_at(row, field)).chars().take(80).collect()
}

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
    let mut impact = Impact { plural: "devices", ..Impact::default() };
    let (mut inside, mut all) = (Vec::new(), 0_u64);
    for kind in [&COMPUTER, &MOBILE_DEVICE] {
        let fleet = fleet::all(work, kind).await?;
        all = all.saturating_add(u64::try_from(fleet.len()).unwrap_or(u64::MAX));
        let of = |device: &FleetDevice| {
            let there = match place {
                Place::Building => &device.building,
                Place::Department => &device.department,
            };
            there.as_ref().is_some_and(|place| ids.contains(place))
        };
        inside.extend(fleet.into_iter().filter(of));
        let smart = groups::smart(work, kind).await?;
        let named = smart.iter().filter(|group| names.iter().any(|name| names_it(group, criterion, name)));
        impact.references.extend(named.map(|group| groups::reference(group, "criterion")));
        if renamed {
            // Scopes go by its id, which stays.
            continue;
        }
        let there = scoped::everything(work, kind).await?;
        impact.not_checked.extend(there.unread);
        for object in &there.objects {
            impact.references.extend(object.references_by(|entry| {
                entry.kind == part
                    && entry.role != Role::Limitation
                    && entry.id.as_ref().is_some_and(|id| ids.contains(id))
            }));
        }
    }
    impact.references.sort();
    impact.references.dedup();
    impact.fleet = Some(all);
    impact.is_harmless =
        impact.references.is_empty() && impact.not_checked.is_empty() && (renamed || inside.is_empty());
    impact.devices = Some(inside);
    impact.not_checked.push(NOT_READ.to_owned());
    Ok(impact)
}

/// Whether a smart group has a criterion with this name and value, or one that only Jamf Pro evaluates.
fn names_it(group: &Value, criterion: &str, value: &str) -> bool {
    let criteria = group.get("criteria").and_then(Value::as_array).into_iter().flatten();
    criteria.into_iter().any(|one| {
        let exact = ["is", "is not"].contains(&text_at(one, "searchType").as_str());
        text_at(one, "name").eq_ignore_ascii_case(criterion)
            && (!exact || text_at(one, "value").eq_ignore_ascii_case(value))
    })
}

/// Values that are kept for a serial number: they come over the record of the device with it.
pub(super) async fn preload(
    work: &Work<'_>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let serials: Vec<String> = [before, body]
        .into_iter()
        .flatten()
        .map(|object| text_at(object, "serialNumber"))
        .filter(|serial| !serial.is_empty())
        .collect();
    let mut impact = Impact { plural: "devices", ..Impact::default() };
    let mut found = fleet::by_serial(work, &COMPUTER, &serials).await?;
    found.extend(fleet::by_serial(work, &MOBILE_DEVICE, &serials).await?);
    impact.is_harmless = found.is_empty();
    if !impact.is_harmless {
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
    let mut impact = Impact { plural: kind.plural, fleet: work.count(kind.list).await?, ..Impact::default() };
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
        let smart = groups::smart(work, kind).await?;
        let uses = |group: &&Value| {
            let criteria = group.get("criteria").and_then(Value::as_array).into_iter().flatten();
            let mut looked_at = criteria.map(|criterion| text_at(criterion, "name"));
            looked_at.any(|looked_at| names.iter().any(|name| name.eq_ignore_ascii_case(&looked_at)))
        };
        impact
            .references
            .extend(smart.iter().filter(uses).map(|group| groups::reference(group, "criterion")));
    }
    if impact.references.is_empty() && !script {
        impact.devices = Some(Vec::new());
    }
    impact.not_checked.push("saved searches, and profiles that insert its value".to_owned());
    Ok(impact)
}
