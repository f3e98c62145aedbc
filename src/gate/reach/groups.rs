//! Groups: what is scoped to them, as a target or as an exclusion, which groups build on them, and whose membership changes.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::future::BoxFuture;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Effect, GroupKind, Method};
use serde_json::{Value, json};

use super::scoped::{self, Scoped};
use super::{AT_ONCE, Impact, NOT_READ, criteria};
use crate::error::Error;
use crate::fleet::scope::{Entry, EntryKind, Role};
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::Reference;
use crate::sanitize::text;

/// What a smart group is called where it refers to another.
pub(super) const KIND: &str = "smart group";

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
    let fleet = fleet::all(work, group.kind).await?;
    let mut impact =
        Impact { plural: group.kind.plural, group: Some(group.name.clone()), ..Impact::default() };
    let smart = smart(work, group.kind).await?;
    let names = vec![(group.id.clone(), group.name.clone())];
    let there = scoped::everything(work, group.kind).await?;
    impact.references = referring(group.kind, names, &smart, &there);
    impact.not_checked.extend(there.unread);
    impact.fleet = Some(u64::try_from(fleet.len()).unwrap_or(u64::MAX));
    impact.not_checked.push(NOT_READ.to_owned());
    // What was not read can refer to it all the same, so anyone who moves is reached.
    impact.devices = changed_members(action, &group, body, &fleet, &mut impact);
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
    let smart = smart(work, kind).await?;
    let mut impact = Impact { plural: kind.plural, ..Impact::default() };
    if !smart.iter().any(|group| builds_on(group, &name)) {
        impact.devices = Some(Vec::new());
        impact.is_harmless = true;
        return Ok(impact);
    }
    let there = scoped::everything(work, kind).await?;
    impact.fleet = work.count(kind.list).await?;
    impact.references = referring(kind, vec![(None, name)], &smart, &there);
    impact.not_checked.extend(there.unread);
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
        return match body.and_then(|body| body.get("criteria")).and_then(Value::as_array) {
            Some(given) => {
                let (mut moved, mut unsure) = (Vec::new(), BTreeSet::new());
                for device in fleet {
                    match criteria::holds(given, device, &mut unsure) {
                        Some(after) if after == is_in(device) => {}
                        Some(_) => moved.push(device.clone()),
                        None => {}
                    }
                }
                impact.not_checked.extend(
                    unsure
                        .iter()
                        .map(|name| format!("the criterion `{name}`, which only Jamf Pro evaluates")),
                );
                unsure.is_empty().then_some(moved)
            }
            None => Some(if renamed { members() } else { Vec::new() }),
        };
    }
    let assignments = body.and_then(|body| body.get("assignments")).and_then(Value::as_array);
    let Some(assignments) = assignments else { return Some(if renamed { members() } else { Vec::new() }) };
    let of = |item: &Value| {
        ObjectId::of(item.get("deviceId").or_else(|| item.get("mobileDeviceId")).unwrap_or(item))
    };
    let is_replaced = action.method == Method::Put;
    let after = |device: &FleetDevice| {
        let said = assignments.iter().find(|item| device.id().is_some_and(|id| of(item) == Some(id)));
        match said {
            Some(item) => item.get("selected").and_then(Value::as_bool).unwrap_or(true),
            // A replacement has the whole list, a change those that it names.
            None => !is_replaced && is_in(device),
        }
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

/// What of everything that has a scope refers to groups, or to smart groups that build on them.
pub(super) fn referring(
    kind: &Kind,
    mut names: Vec<(Option<ObjectId>, String)>,
    smart: &[Value],
    scoped: &Scoped,
) -> Vec<Reference> {
    let mut found = Vec::new();
    // Groups that build on it, and on those, by their names.
    let mut at = 0;
    while let Some((_, name)) = names.get(at).cloned() {
        for other in smart {
            let (id, other_name) = (ObjectId::at(other, "id"), text_at(other, "name"));
            if !names.iter().any(|(known, _)| *known == id) && builds_on(other, &name) {
                found.push(reference(other, "criterion"));
                names.push((id, other_name));
            }
        }
        at += 1;
    }
    let own =
        if kind.name == COMPUTER.name { EntryKind::ComputerGroup } else { EntryKind::MobileDeviceGroup };
    let is_named = |entry: &Entry| {
        let is_it = |(id, name): &(Option<ObjectId>, String)| entry.names(id.as_ref(), name);
        entry.kind == own && entry.role != Role::Limitation && names.iter().any(is_it)
    };
    found.extend(scoped.objects.iter().flat_map(|object| object.references_by(is_named)));
    found.sort();
    found
}

pub(super) fn builds_on(group: &Value, name: &str) -> bool {
    let criteria = group.get("criteria").and_then(Value::as_array).into_iter().flatten();
    criteria.into_iter().any(|criterion| {
        matches!(text_at(criterion, "name").as_str(), "Computer Group" | "Mobile Device Group")
            && text_at(criterion, "value") == name
    })
}

/// All smart groups of a kind, with their criteria.
///
/// # Errors
/// When they cannot all be read.
pub(super) fn smart<'a>(work: &'a Work<'a>, kind: &'a Kind) -> BoxFuture<'a, Result<Vec<Value>, Error>> {
    Box::pin(read_smart(work, kind))
}

async fn read_smart(work: &Work<'_>, kind: &Kind) -> Result<Vec<Value>, Error> {
    let (list, get, id) = if kind.name == COMPUTER.name {
        ("smart_computer_group_list", "smart_computer_group_get", "id")
    } else {
        ("smart_mobile_group_list", "smart_mobile_group_get", "groupId")
    };
    let found = work.rows(list, json!({}), &[id]).await?;
    super::whole(&found)?;
    let one = |id: ObjectId| async move {
        let id = id.to_string();
        let mut group = work.send(get, json!({ "id": id }), &[]).await?;
        if let Some(group) = group.as_object_mut() {
            group.insert("id".to_owned(), json!(id));
            if let Some(name) = group.get("groupName").cloned() {
                group.insert("name".to_owned(), name);
            }
        }
        Ok(group)
    };
    let ids = super::ids_of(list, &found.rows, id)?;
    let all = futures::stream::iter(ids.into_iter().map(one)).buffered(AT_ONCE);
    all.collect::<Vec<_>>().await.into_iter().collect()
}

/// A reference by a smart group.
pub(super) fn reference(group: &Value, how: &str) -> Reference {
    let text = |name: &str| text::clean(&text_at(group, name)).chars().take(80).collect();
    Reference {
        kind: KIND.to_owned(),
        id: super::shown_id(group, "id"),
        name: text("name"),
        how: how.to_owned(),
    }
}
