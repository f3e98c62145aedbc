//! Groups: what is scoped to them, as a target or as an exclusion, which groups build on them, and whose membership changes.

use std::collections::BTreeSet;

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Effect, GroupKind};
use serde_json::{Value, json};

use super::configuration::{self, NO_ID};
use super::criteria::Evaluation;
use super::{Impact, NOT_READ};
use crate::error::Error;
use crate::fleet::groups::Criterion;
use crate::fleet::known::Known;
use crate::fleet::view::View;
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::Reference;

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
    let mut impact =
        Impact { plural: group.kind.plural, group: Some(group.name.clone()), ..Impact::default() };
    impact.references = referring(view, group.kind, group.id.as_ref(), &group.name);
    impact.not_checked.extend(unread(view, group.kind));
    impact.fleet = Some(u64::try_from(fleet.len()).unwrap_or(u64::MAX));
    impact.not_checked.push(NOT_READ.to_owned());
    // What was not read can refer to it all the same, so anyone who moves is reached.
    impact.devices = changed_members(action, &group, body, view, &fleet, &mut impact);
    impact.warn_of_exclusion();
    Ok(impact)
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
    let mut impact = Impact { plural: kind.plural, ..Impact::default() };
    if view.unread_groups(kind.groups_of).is_none() && view.building_on(kind.groups_of, &name).is_empty() {
        impact.devices = Some(Vec::new());
        impact.is_harmless = true;
        return Ok(impact);
    }
    impact.fleet = work.count(kind.list).await?;
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
