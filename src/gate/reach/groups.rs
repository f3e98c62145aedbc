//! Groups: what is scoped to them, as a target or as an exclusion, which groups build on them, and whose membership changes.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Catalogue, Effect, GroupKind, Risk};
use serde_json::{Value, json};

use super::configuration::{self, NO_ID};
use super::criteria::Evaluation;
use super::{Impact, NOT_READ};
use crate::error::Error;
use crate::fleet::groups::Criterion;
use crate::fleet::known::Known;
use crate::fleet::references::Role;
use crate::fleet::scope::Role as ScopeRole;
use crate::fleet::view::{ScopedObject, View};
use crate::gate::content;
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
    let (fleet, view) = (fleet::all(work, group.kind).await?, work.configuration().await?);
    let mut impact = Impact { group: Some(group.name.clone()), ..Impact::on(group.kind.alone()) };
    impact.references = referring(view, group.kind, group.id.as_ref(), &group.name);
    impact.not_checked.extend(unread(view, group.kind));
    impact.not_checked.push(NOT_READ.to_owned());
    // What was not read can refer to it all the same, so anyone who moves is reached.
    impact.devices = changed_members(action, &group, body, view, &fleet, &mut impact);
    let is_in = |device: &FleetDevice| group.id.as_ref().is_some_and(|id| device.is_in_group(id));
    let moved = |from: bool| {
        impact.devices.as_ref().is_none_or(|moved| moved.iter().any(|device| is_in(device) == from))
    };
    take_effect(view, &group, (moved(false), moved(true)), &mut impact);
    impact.warn_of_exclusion();
    Ok(impact)
}

/// Objects that come into force on the devices that move and are read one by one.
const IN_FORCE: usize = 60;

/// Objects that are named in one sentence.
const NAMED: usize = 20;

/// What takes effect on devices that enter a group, because it is for the group, and on those that leave it, because it was kept from the
/// group. Through a group that builds on this one a device can move in either direction.
fn take_effect(view: &View, group: &Group, (enter, leave): (bool, bool), impact: &mut Impact) {
    let own = configuration::group_kind(group.kind.groups_of);
    let uses = view.referring_to(own, group.id.as_ref().unwrap_or(&NO_ID), &group.name).exact;
    let mut objects = BTreeMap::new();
    for one in uses {
        let is_through_others = one.through.is_some();
        let takes_effect = match one.reference.role {
            Role::InScope(ScopeRole::Target) => enter || (is_through_others && leave),
            Role::InScope(ScopeRole::Exclusion) => leave || (is_through_others && enter),
            _ => false,
        };
        if !takes_effect {
            continue;
        }
        let Known::Known(object) = view.object(one.by.kind, &one.by.id) else { continue };
        if object.deployment.is_enabled {
            objects.insert((object.kind, object.id.clone()), object);
        }
    }
    if objects.is_empty() {
        return;
    }
    let name = |object: &&ScopedObject| {
        format!("{} {}", configuration::noun(object.kind), text::quoted(&object.name, 80))
    };
    let mut names: Vec<String> = objects.values().take(NAMED).map(name).collect();
    let more = objects.len().saturating_sub(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    impact.warnings.push(format!("takes effect on devices that move: {}", names.join(", ")));
    let readable = objects.into_keys().filter_map(|(kind, id)| Some((reader_of(kind)?, id)));
    let mut readable: Vec<content::Key> = readable.collect();
    if readable.len() > IN_FORCE {
        impact.not_checked.push(format!(
            "what {} of the objects do that take effect on devices that move",
            readable.len() - IN_FORCE
        ));
        readable.truncate(IN_FORCE);
    }
    impact.in_force.extend(readable);
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
    let name =
        body.and_then(|body| body.get("name").or_else(|| body.get("groupName"))).and_then(Value::as_str);
    let renamed = name.is_some_and(|name| name != group.name);
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
        return Ok(row.map(|row| Group {
            kind: if text_at(row, "groupType").eq_ignore_ascii_case("COMPUTER") {
                &COMPUTER
            } else {
                &MOBILE_DEVICE
            },
            id: ObjectId::at(row, "groupJamfProId"),
            name: text_at(row, "groupName"),
            smart: row.get("smart") == Some(&Value::Bool(true)),
        }));
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
