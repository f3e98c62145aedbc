//! Groups: what is scoped to them, as a target or as an exclusion, which groups build on them, and whose membership changes.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Catalogue, Effect, GroupKind, Risk};
use serde_json::{Value, json};

use super::configuration::{self, NO_ID};
use super::criteria::Evaluation;
use super::{Impact, NOT_READ, Sets};
use crate::error::Error;
use crate::fleet::groups::Criterion;
use crate::fleet::known::Known;
use crate::fleet::references::Role;
use crate::fleet::scope::Role as ScopeRole;
use crate::fleet::view::{ScopedObject, View};
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::Reference;
use crate::sanitize::text;

/// Which group it is, in the terms of both APIs.
struct Group {
    kind: &'static Kind,
    id: Option<ObjectId>,
    name: String,
    smart: bool,
}

/// What follows when a group is changed or deleted.
pub(super) async fn impact(
    work: &Work<'_>,
    action: &Action,
    of: GroupKind,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    if let (Effect::Create, None, GroupKind::Smart(kind) | GroupKind::Static(kind)) =
        (action.effect(), before, of)
    {
        return impact_of_creation(work, Kind::of(kind), body).await;
    }
    let Some(group) = group(work, of, id, before).await? else {
        return Ok(Impact::unknown("which group it is"));
    };
    let (fleet, view) = futures::try_join!(fleet::all(work, group.kind), work.configuration())?;
    let mut impact = Impact { group: Some(group.name.clone()), ..Impact::on(group.kind.alone()) };
    impact.references = referring(view, group.kind, group.id.as_ref(), &group.name);
    impact.not_checked.extend(unread(view, group.kind));
    impact.not_checked.push(NOT_READ.to_owned());
    // What was not read can refer to it all the same, so anyone who moves is reached.
    impact.devices = changed_members(action, &group, body, view, &fleet, &mut impact);
    take_effect(view, &Moves::new(&group, body, impact.devices.as_deref()), &mut impact);
    impact.warn_of_exclusion();
    Ok(impact)
}

/// Objects that come into force on the devices that move and are read one by one.
const IN_FORCE: usize = 60;

/// Objects that are named in one sentence.
const NAMED: usize = 20;

/// Devices that enter or leave a group.
struct Moves<'a> {
    group: &'a Group,
    /// Each as it is and as it will be; `None` where nobody knows who moves, or whether they do.
    devices: Option<Vec<(FleetDevice, FleetDevice)>>,
    /// Whether any of them enters the group, and whether any leaves it, at most.
    directions: (bool, bool),
}

impl<'a> Moves<'a> {
    fn new(group: &'a Group, body: Option<&Value>, moved: Option<&[FleetDevice]>) -> Self {
        let is_in = |device: &FleetDevice| group.id.as_ref().is_some_and(|id| device.is_in_group(id));
        let goes = |from: bool| moved.is_none_or(|moved| moved.iter().any(|device| is_in(device) == from));
        let after = |device: &FleetDevice| {
            let mut after = device.clone();
            if is_in(device) {
                after.groups.retain(|(id, _)| *id != group.id);
            } else {
                after.groups.push((group.id.clone(), group.name.clone()));
            }
            (device.clone(), after)
        };
        // Those who are in a group that is renamed count as moved, because smart groups can lose it.
        let moved = moved.filter(|_| !is_renamed(group, body));
        Self {
            group,
            devices: moved.map(|moved| moved.iter().map(after).collect()),
            directions: (goes(false), goes(true)),
        }
    }

    /// What becomes of an object on them that is for the group, or kept from it; `None` where that is not known.
    fn sets(&self, object: &ScopedObject) -> Option<Sets> {
        self.devices.as_deref().map(|devices| Sets::of_moves(&object.deployment, devices))
    }
}

/// What takes effect on devices that enter a group, because it is for the group, and on those that leave it, because it was kept from the
/// group; and what they lose in the same way. Through a group that builds on this one a device can move in either direction.
fn take_effect(view: &View, moves: &Moves<'_>, impact: &mut Impact) {
    let own = configuration::group_kind(moves.group.kind.groups_of);
    let uses = view.referring_to(own, moves.group.id.as_ref().unwrap_or(&NO_ID), &moves.group.name).exact;
    let (enter, leave) = moves.directions;
    // Whether each comes to devices, and whether it leaves them, at most.
    let mut objects: BTreeMap<(&str, &ObjectId), (&ScopedObject, bool, bool)> = BTreeMap::new();
    let (mut through, mut direct) = (BTreeSet::new(), BTreeSet::new());
    for one in uses {
        let is_through_others = one.through.is_some();
        let (comes, goes) = match one.reference.role {
            _ if is_through_others => (enter || leave, enter || leave),
            Role::InScope(ScopeRole::Target) => (enter, leave),
            Role::InScope(ScopeRole::Exclusion) => (leave, enter),
            _ => continue,
        };
        if !matches!(one.reference.role, Role::InScope(ScopeRole::Target | ScopeRole::Exclusion)) {
            continue;
        }
        let Known::Known(object) = view.object(one.by.kind, &one.by.id) else { continue };
        if !object.deployment.is_enabled {
            continue;
        }
        let key = (object.kind, &object.id);
        if is_through_others { &mut through } else { &mut direct }.insert(key);
        let found = objects.entry(key).or_insert((object, false, false));
        (found.1, found.2) = (found.1 || comes, found.2 || goes);
    }
    let (mut come, mut go, mut in_force, mut all) = (Vec::new(), Vec::new(), Vec::new(), Sets::default());
    for (key, (object, comes, goes)) in objects {
        let sets = moves.sets(object).filter(|_| direct.contains(&key));
        let name = format!("{} {}", configuration::noun(object.kind), text::quoted(&object.name, 80));
        let is_sure = sets.as_ref().is_some_and(Sets::is_certain) && !through.contains(&key);
        let count = |of: fn(&Sets) -> u64| sets.as_ref().filter(|_| is_sure).map(of);
        let told = |count: Option<u64>| match count {
            Some(count) => format!("{name} (on {count})"),
            None => name.clone(),
        };
        let (gained, lost) = (count(Sets::count_of_new), count(Sets::count_of_lost));
        if gained.map_or(comes, |gained| gained > 0) {
            come.push(told(gained));
            in_force.extend(reader_of(object.kind).map(|reader| (reader, object.id.clone())));
        }
        if lost.map_or(goes, |lost| lost > 0) {
            go.push(told(lost));
        }
        all = sets.into_iter().fold(all, Sets::and);
    }
    warn_of(impact, "takes effect on devices that move", come);
    warn_of(impact, "is lost by devices that move", go);
    if !all.is_empty() {
        impact.not_checked.extend(all.not_checked());
        impact.sets = Some(all);
    }
    if in_force.len() > IN_FORCE {
        impact.not_checked.push(format!(
            "what {} of the objects do that take effect on devices that move",
            in_force.len() - IN_FORCE
        ));
        in_force.truncate(IN_FORCE);
    }
    impact.in_force.extend(in_force);
}

/// Name the objects of which something is to be said, in one sentence.
fn warn_of(impact: &mut Impact, what: &str, mut names: Vec<String>) {
    if names.is_empty() {
        return;
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    impact.warnings.push(format!("{what}: {}", names.join(", ")));
}

/// Whether a call gives a group another name.
fn is_renamed(group: &Group, body: Option<&Value>) -> bool {
    let name = body.and_then(|body| body.get("name").or_else(|| body.get("groupName")));
    name.and_then(Value::as_str).is_some_and(|name| name != group.name)
}

/// The action that reads an object of a kind with a scope.
fn reader_of(kind: &str) -> Option<&'static str> {
    let names = [format!("{kind}_get"), format!("{kind}_deployment_get"), format!("{kind}_details_get")];
    let find = |name: &String| Catalogue::get().find(name).filter(|action| action.risk == Risk::Read);
    names.iter().find_map(find).map(|action| action.name)
}

/// What follows when a group is created: smart groups can name one that was not there.
async fn impact_of_creation(
    work: &Work<'_>,
    kind: &'static Kind,
    body: Option<&Value>,
) -> Result<Impact, Error> {
    let name = body.and_then(|body| body.get("name").or_else(|| body.get("groupName")));
    let name = name.and_then(Value::as_str).unwrap_or_default().to_owned();
    let view = work.configuration().await?;
    let mut impact = Impact::on(kind.alone());
    if view.unread_groups(kind.groups_of).is_none() && view.building_on(kind.groups_of, &name).is_empty() {
        impact.devices = Some(Vec::new());
        impact.is_harmless = true;
        return Ok(impact);
    }
    impact.references = referring(view, kind, None, &name);
    impact.not_checked.extend(unread(view, kind));
    impact
        .not_checked
        .push("which devices smart groups take in that have a group of this name as a criterion".to_owned());
    Ok(impact)
}

/// The devices that enter or leave; `None` when that cannot be told.
fn changed_members(
    action: &Action,
    group: &Group,
    body: Option<&Value>,
    view: &View,
    fleet: &[FleetDevice],
    impact: &mut Impact,
) -> Option<Vec<FleetDevice>> {
    let is_in = |device: &FleetDevice| group.id.as_ref().is_some_and(|id| device.is_in_group(id));
    let members = || fleet.iter().filter(|device| is_in(device)).cloned().collect::<Vec<_>>();
    if action.effect() == Effect::Delete {
        return Some(members());
    }
    let renamed = is_renamed(group, body);
    if renamed {
        impact.warnings.push("it is renamed: smart groups that name it in a criterion lose it".to_owned());
    }
    if group.smart {
        let Some(given) = body.filter(|body| body.get("criteria").is_some_and(Value::is_array)) else {
            return Some(if renamed { members() } else { Vec::new() });
        };
        let evaluation = Evaluation::new(group.kind, Criterion::read_all(given), view, fleet);
        let (mut moved, mut unsure) = (Vec::new(), BTreeSet::new());
        for device in fleet {
            match evaluation.holds(device) {
                Known::Known(after) if after == is_in(device) => {}
                Known::Known(_) => moved.push(device.clone()),
                Known::Unknown(reasons) => unsure.extend(reasons.iter().map(str::to_owned)),
            }
        }
        let is_sure = unsure.is_empty();
        impact.not_checked.extend(unsure);
        return is_sure.then_some(moved);
    }
    let named = action.members.zip(body).and_then(|(members, body)| Some((members, members.named(body)?)));
    let Some((members_of, named)) = named else { return Some(if renamed { members() } else { Vec::new() }) };
    let after = |device: &FleetDevice| {
        let said = named.iter().find(|(id, _)| id.is_some() && *id == device.id());
        said.map_or(!members_of.is_whole && is_in(device), |(_, is_in)| *is_in)
    };
    Some(fleet.iter().filter(|device| renamed || after(device) != is_in(device)).cloned().collect())
}

async fn group(
    work: &Work<'_>,
    of: GroupKind,
    id: Option<ObjectId>,
    before: Option<&Value>,
) -> Result<Option<Group>, Error> {
    let (GroupKind::Smart(kind) | GroupKind::Static(kind)) = of else {
        // Its platform id says nothing of the ids that scopes use.
        if let Some(row) = before.filter(|row| ObjectId::at(row, "groupJamfProId").is_some()) {
            return Ok(Some(group_of(row)));
        }
        let found = work
            .rows(
                "group_list",
                json!({}),
                &["groupPlatformId", "groupJamfProId", "groupName", "groupType", "smart"],
            )
            .await?;
        let row = found.rows.iter().find(|row| {
            id.as_ref()
                .is_some_and(|id| text_at(row, "groupPlatformId").eq_ignore_ascii_case(&id.to_string()))
        });
        return Ok(row.map(group_of));
    };
    let Some(before) = before else { return Ok(None) };
    let name = text_at(before, "name");
    Ok(Some(Group {
        kind: Kind::of(kind),
        id,
        name: if name.is_empty() { text_at(before, "groupName") } else { name },
        smart: matches!(of, GroupKind::Smart(_)),
    }))
}

/// The group of a row of `group_list`.
fn group_of(row: &Value) -> Group {
    let is_of_computers = text_at(row, "groupType").eq_ignore_ascii_case("COMPUTER");
    Group {
        kind: if is_of_computers { &COMPUTER } else { &MOBILE_DEVICE },
        id: ObjectId::at(row, "groupJamfProId"),
        name: text_at(row, "groupName"),
        smart: row.get("smart") == Some(&Value::Bool(true)),
    }
}

/// What refers to a group, or to smart groups that build on it, and can come to devices.
fn referring(view: &View, kind: &Kind, id: Option<&ObjectId>, name: &str) -> Vec<Reference> {
    let own = configuration::group_kind(kind.groups_of);
    let mut found = configuration::referring(view, own, id.unwrap_or(&NO_ID), name);
    found.sort();
    found.dedup();
    found
}

/// What could refer to a group and was not read.
fn unread(view: &View, kind: &Kind) -> Vec<String> {
    let groups = view.unread_groups(kind.groups_of);
    let mut all = configuration::unread(view);
    all.extend(configuration::texts(groups.as_ref()));
    all
}
