//! Scripts, packages, places, extension attributes, PreStage scopes: what uses them, and which devices that is.

use serde_json::Value;

use super::{NOT_READ, Touched, computers, plain, policies, reference, scope, together};
use crate::error::Error;
use crate::gate::fleet::{self, COMPUTER, MOBILE_DEVICE};
use crate::gate::plan::Reference;
use crate::jobs::{Work, text_at};

/// A script or a package: every policy that uses it, and who is in their scopes.
pub(super) async fn used_by_policies(
    work: &Work<'_>,
    part: &str,
    id: &str,
    how: &str,
) -> Result<Touched, Error> {
    let fleet = computers(work).await?;
    let mut touched = Touched { plural: "computers", ..Touched::default() };
    let (mut lists, mut more) = (Vec::new(), Vec::new());
    let part = format!("/{part}");
    for policy in policies(work).await? {
        let uses = policy.pointer(&part).and_then(Value::as_array).into_iter().flatten();
        if !uses.into_iter().any(|item| item.get("id").map(plain).as_deref() == Some(id)) {
            continue;
        }
        touched.references.push(reference("policy", &policy, how));
        if scope::is_enabled(&policy) {
            let members = scope::members(policy.get("scope"), &fleet);
            lists.push(members.devices);
            more.extend(members.more);
            touched.not_checked.extend(members.fewer);
        }
    }
    touched.fleet = Some(u64::try_from(fleet.len()).unwrap_or(u64::MAX));
    touched.devices = more.is_empty().then(|| together(lists));
    touched.not_checked.extend(more);
    touched.not_checked.push(if how == "runs it" {
        "other scripts that call it by its name".to_owned()
    } else {
        format!("PreStage enrollments and {NOT_READ}")
    });
    touched.not_checked.sort();
    touched.not_checked.dedup();
    Ok(touched)
}

/// A building or a department: the devices in it, and the policies that are scoped to it.
pub(super) async fn place(
    work: &Work<'_>,
    tool: &str,
    id: &str,
    body: Option<&Value>,
) -> Result<Touched, Error> {
    let building = tool.starts_with("building_");
    let ids: Vec<String> = match body.and_then(|body| body.get("ids")).and_then(Value::as_array) {
        Some(ids) => ids.iter().map(plain).collect(),
        None => vec![id.to_owned()],
    };
    let of = |seen: &fleet::Seen| ids.contains(if building { &seen.building } else { &seen.department });
    let mut inside = computers(work).await?;
    let mobile = fleet::all(work, &MOBILE_DEVICE).await?;
    let fleet_size = inside.len() + mobile.len();
    inside.extend(mobile);
    inside.retain(of);
    let mut touched = Touched { plural: "devices", ..Touched::default() };
    let part = if building { "buildings" } else { "departments" };
    for policy in policies(work).await? {
        for (place, how) in [("/scope", "scope"), ("/scope/exclusions", "exclusion")] {
            let scope = policy.pointer(place).and_then(Value::as_object);
            if scope.is_some_and(|scope| {
                scope::items(scope, part).any(|item| scope::id(item).is_some_and(|id| ids.contains(&id)))
            }) {
                touched.references.push(reference("policy", &policy, how));
            }
        }
    }
    touched.fleet = Some(u64::try_from(fleet_size).unwrap_or(u64::MAX));
    touched.devices = Some(inside);
    touched
        .not_checked
        .push(format!("smart groups by name of the place, configuration profiles, {NOT_READ}"));
    Ok(touched)
}

/// An extension attribute: one that is a script runs on every computer; smart groups may be built on any.
pub(super) async fn attribute(
    work: &Work<'_>,
    tool: &str,
    before: Option<&Value>,
    body: Option<&Value>,
) -> Result<Touched, Error> {
    let kind = if tool.starts_with("mobile_device") { &MOBILE_DEVICE } else { &COMPUTER };
    let name = before.map(|before| text_at(before, "name")).unwrap_or_default();
    let mut touched =
        Touched { plural: kind.plural, fleet: work.count(kind.list).await?, ..Touched::default() };
    let script = |value: Option<&Value>| {
        value.is_some_and(|value| text_at(value, "inputType").eq_ignore_ascii_case("SCRIPT"))
    };
    if script(before) || script(body) {
        touched.warnings.push("its script runs on every computer that updates its inventory".to_owned());
    } else if before.is_none() {
        touched.devices = Some(Vec::new());
    }
    if before.is_some() {
        touched
            .not_checked
            .push(format!("which devices move between smart groups that have `{name}` as a criterion"));
        touched.references.extend(groups_with(work, kind, &name).await?);
        if touched.references.is_empty() && !script(before) && !script(body) {
            touched.devices = Some(Vec::new());
        }
    }
    touched.not_checked.push("saved searches, and profiles that insert its value".to_owned());
    Ok(touched)
}

/// Smart groups with a criterion of this name.
async fn groups_with(work: &Work<'_>, kind: &fleet::Kind, name: &str) -> Result<Vec<Reference>, Error> {
    let groups = super::groups::smart(work, kind).await?;
    let uses = |group: &&Value| {
        let criteria = group.get("criteria").and_then(Value::as_array).into_iter().flatten();
        criteria.into_iter().any(|criterion| text_at(criterion, "name") == name)
    };
    Ok(groups.iter().filter(uses).map(|group| super::groups::reference(group, "criterion")).collect())
}

/// Serial numbers that enter or leave a PreStage enrollment: they matter at their next enrollment.
pub(super) async fn prestage_scope(
    work: &Work<'_>,
    tool: &str,
    body: Option<&Value>,
) -> Result<Touched, Error> {
    let kind = if tool.starts_with("mobile_device") { &MOBILE_DEVICE } else { &COMPUTER };
    let serials = body.and_then(|body| body.get("serialNumbers")).and_then(Value::as_array);
    let serials: Vec<String> = serials.into_iter().flatten().map(plain).collect();
    let mut touched =
        Touched { plural: kind.plural, fleet: work.count(kind.list).await?, ..Touched::default() };
    if tool.ends_with("_update") {
        touched
            .not_checked
            .push("devices that are in the PreStage enrollment now and are not among those given".to_owned());
        return Ok(touched);
    }
    touched.devices = Some(fleet::by_serial(work, kind, &serials).await?);
    touched
        .warnings
        .push(format!("{} serial numbers; it matters when they enrol the next time", serials.len()));
    touched.not_checked.push("serial numbers that never enrolled are in no inventory".to_owned());
    Ok(touched)
}
