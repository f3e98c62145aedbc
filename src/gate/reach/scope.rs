//! Who is in a scope: targets less exclusions, over the inventory as it is.

use std::collections::BTreeSet;

use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use super::{Impact, configuration, or_unknown};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::{Deployment, EntryKind, Role, Scope, merged};
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::Work;
use crate::plan::Reference;
use crate::sanitize::text;

/// Who is in a scope.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Devices that are in it, at most.
    pub(super) devices: Vec<FleetDevice>,
    /// There may be more of them, for these reasons.
    pub(super) more: BTreeSet<String>,
}

impl Members {
    /// Who is in any of these scopes.
    pub(super) fn of<'a>(scopes: &[&Scope], fleet: impl IntoIterator<Item = &'a FleetDevice>) -> Self {
        let mut found = Self::default();
        for device in fleet {
            match device.ask(|device| Known::any(scopes.iter().map(|scope| scope.reach(device)))) {
                Known::Known(true) => found.devices.push(device.clone()),
                Known::Known(false) => {}
                Known::Unknown(reasons) => found.more.extend(reasons.iter().map(str::to_owned)),
            }
        }
        found
    }
}

/// Who is in any of these scopes, over all devices of a kind. Whether anything follows is for the caller to say.
pub(super) fn of_all(kind: &Kind, fleet: &[FleetDevice], scopes: &[&Scope]) -> Impact {
    let mut impact =
        Impact { plural: kind.plural, fleet: u64::try_from(fleet.len()).ok(), ..Impact::default() };
    let Members { devices, more } = Members::of(scopes, fleet);
    let fewer = scopes.iter().filter_map(|scope| scope.narrowings());
    let mut reasons: BTreeSet<String> =
        fewer.flat_map(|reasons| reasons.iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    impact.devices = more.is_empty().then_some(devices);
    reasons.extend(more);
    impact.not_checked.extend(reasons);
    impact
}

/// The scopes of those that are switched on.
pub(super) fn in_force(states: &[Deployment]) -> Vec<&Scope> {
    states.iter().filter(|state| state.is_enabled).map(|state| &state.scope).collect()
}

/// What something with a scope touches when it is created, changed or deleted.
pub(super) async fn impact_of_change(
    work: &Work<'_>,
    kind: &'static Kind,
    body: Option<&Value>,
    before: Option<&Value>,
    deleted: bool,
    switched: bool,
) -> Result<Impact, Error> {
    let fleet = fleet::all(work, kind).await?;
    let after = if deleted { None } else { Some(merged(before, body)) };
    let is = after.as_ref().map(Deployment::as_told);
    let was = before.map(Deployment::as_told);
    let states: Vec<Deployment> = was.iter().chain(&is).cloned().collect();
    let mut impact = of_all(kind, &fleet, &in_force(&states));
    let affected = Members::of(&in_force(was.as_slice()), &fleet).devices;
    impact.already = u64::try_from(affected.len()).unwrap_or(u64::MAX);
    // What has a switch affects nobody while it is off; a policy that is on and has no targets may have some that Jamf Pro does not tell.
    // What has no switch affects nobody while it has no targets. A deletion loses the scope too.
    let is_quiet = |state: &Deployment| match switched {
        true if deleted => !state.is_enabled && !has_targets(&state.scope),
        true => !state.is_enabled,
        false => !has_targets(&state.scope),
    };
    impact.is_harmless = states.iter().all(is_quiet);
    if is.as_ref().is_some_and(|is| is.is_enabled && is_for_all(&is.scope)) {
        impact.warnings.push(format!("its scope is ALL {}", kind.plural));
    }
    impact.begins = is.as_ref().is_some_and(|is| !is_quiet(is)) && was.as_ref().is_none_or(is_quiet);
    Ok(impact)
}

/// Whether anybody can be in it, however groups change.
fn has_targets(scope: &Scope) -> bool {
    scope.with_role(Role::Target).next().is_some()
}

/// Whether it is for all devices of a kind.
fn is_for_all(scope: &Scope) -> bool {
    scope.with_role(Role::Target).any(|entry| match entry.kind {
        EntryKind::All(kind) => kind != GroupKind::User,
        _ => false,
    })
}

/// A network segment or a beacon: what is limited to it, or kept from those who are there.
pub(super) async fn limits(
    work: &Work<'_>,
    part: &str,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let view = work.configuration().await?;
    let unread = configuration::unread(view);
    let mut all = Vec::new();
    for kind in [&COMPUTER, &MOBILE_DEVICE] {
        let fleet = fleet::all(work, kind).await?;
        let (mut references, mut limited) = (Vec::new(), Vec::new());
        for object in configuration::objects(view, kind) {
            // A new one takes addresses from those that are there.
            let found = configuration::references_by(std::iter::once(object), |entry| {
                entry.role != Role::Target
                    && entry.kind.list() == Some(part)
                    && (before.is_none() || entry.id.is_none() || entry.id == id)
            });
            if !found.is_empty() {
                references.extend(found);
                limited.push(object);
            }
        }
        let limited = configuration::states(limited.into_iter());
        let limited: Vec<&Scope> = limited.iter().map(|state| &state.scope).collect();
        let mut impact = of_all(kind, &fleet, &limited);
        impact.is_harmless = references.is_empty() && unread.is_empty();
        impact.references = references;
        impact.not_checked.extend(unread.iter().cloned());
        all.push(impact);
    }
    let mut impact = Impact::merge(all);
    let sets = |object: &&Value| SETS.iter().any(|field| object.get(*field).is_some_and(says_something));
    if before.iter().copied().chain(body).any(|object| sets(&object)) {
        impact.is_harmless = false;
        impact.devices = None;
        impact.not_checked.push(
            "which devices are in this network: it decides where they download from, or what building and department they are in"
                .to_owned(),
        );
    }
    Ok(impact)
}

/// What a network segment does to the devices in it.
const SETS: &[&str] = &[
    "distribution_server",
    "distribution_point",
    "url",
    "swu_server",
    "override_buildings",
    "override_departments",
];

fn says_something(value: &Value) -> bool {
    value.as_str().map_or(*value == true, |text| !["", "false"].contains(&text))
}

/// Whose policies run again when the log of one is flushed.
pub(super) async fn log(work: &Work<'_>, policy: Option<&Value>) -> Result<Impact, Error> {
    let Some(policy) = policy else { return Ok(Impact::unknown("which policy it is")) };
    let mut impact = impact_of_change(work, &COMPUTER, None, Some(policy), true, true).await?;
    let frequency = crate::jobs::text_at(policy, "general.frequency");
    impact.warnings.push(format!(
        "every computer in its scope may run it again (it runs `{}`), no matter whose log it was",
        text::clean(&frequency)
    ));
    impact.is_harmless = false;
    Ok(impact)
}

/// What runs again when logs of policies are forgotten.
#[derive(Debug, Default)]
pub(in crate::gate) struct Again {
    /// The policies that run once, with how often each does.
    pub(in crate::gate) policies: Vec<Reference>,
    /// The computers that are in their scopes, at most.
    pub(in crate::gate) devices: Vec<FleetDevice>,
    /// There are no others.
    pub(in crate::gate) is_certain: bool,
    pub(in crate::gate) not_checked: Vec<String>,
}

/// The policies that are on, run once, and have one of these computers in their scope.
///
/// # Errors
/// When the policies cannot be read.
pub(in crate::gate) async fn run_again(work: &Work<'_>, computers: &[FleetDevice]) -> Result<Again, Error> {
    let unknown = |why: &str| Again { not_checked: vec![why.to_owned()], ..Again::default() };
    or_unknown(work, policies_again(work, computers).await, unknown)
}

async fn policies_again(work: &Work<'_>, computers: &[FleetDevice]) -> Result<Again, Error> {
    let mut again = Again { is_certain: true, ..Again::default() };
    let (mut lists, mut more) = (Vec::new(), BTreeSet::new());
    let view = work.configuration().await?;
    if let Some(unread) = view.unread_objects_of(&["policy"]) {
        again.is_certain = false;
        more.extend(unread.iter().map(str::to_owned));
    }
    for policy in view.objects().filter(|object| object.kind == "policy") {
        let frequency = policy.frequency.as_deref().unwrap_or_default();
        if !policy.deployment.is_enabled || !frequency.starts_with("Once per") {
            continue;
        }
        let states = configuration::states(std::iter::once(policy));
        let members = Members::of(&in_force(&states), computers);
        again.is_certain &= members.more.is_empty();
        more.extend(members.more);
        if members.devices.is_empty() && again.is_certain {
            continue;
        }
        again.policies.push(configuration::reference(
            policy.kind,
            &policy.id,
            &policy.name,
            &text::clean(frequency),
        ));
        lists.push(members.devices);
    }
    again.devices = super::together(lists);
    again.not_checked.extend(more);
    Ok(again)
}
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Target;

    fn device(id: &str, group: &str, building: &str) -> FleetDevice {
        FleetDevice {
            target: Target {
                kind: "computer".to_owned(),
                id: id.to_owned(),
                management_id: String::new(),
                name: format!("Mac {id}"),
                serial: id.to_owned(),
                owner: if id == "1" { "anna".to_owned() } else { String::new() },
                model: String::new(),
                last_contact: String::new(),
                ..Target::default()
            },
            site: String::new(),
            groups: vec![(ObjectId::parse(group), format!("Group {group}"))],
            building: ObjectId::parse(building),
            department: None,
        }
    }

    fn fleet() -> Vec<FleetDevice> {
        vec![device("1", "10", "5"), device("2", "20", "5"), device("3", "10", "6")]
    }

    fn ids(scope: Value) -> Vec<String> {
        let scope = Scope::read(&json!({ "scope": scope }));
        Members::of(&[&scope], &fleet()).devices.into_iter().map(|device| device.target.id).collect()
    }

    #[test]
    fn targets_add_and_exclusions_take_away() {
        assert_eq!(ids(json!({ "all_computers": true })), ["1", "2", "3"]);
        assert_eq!(ids(json!({ "computer_groups": [{ "id": 10 }] })), ["1", "3"]);
        assert_eq!(
            ids(json!({ "computer_groups": [{ "name": "Group 20" }], "computers": [{ "id": "3" }] })),
            ["2", "3"]
        );
        assert_eq!(
            ids(json!({ "buildings": [{ "id": 5 }], "exclusions": { "computers": [{ "id": 2 }] } })),
            ["1"]
        );
        assert_eq!(ids(json!({})), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let scopes = [
            json!({ "jss_user_groups": [{ "id": 1 }], "limitations": { "user_groups": [{ "name": "x" }] } }),
            json!({ "computers": [{ "id": 2 }] }),
            json!({ "buildings": [{ "name": "HQ" }] }),
        ]
        .map(|scope| Scope::read(&json!({ "scope": scope })));
        let impact = |scopes: &[&Scope]| of_all(&COMPUTER, &fleet(), scopes);
        let [by_person, by_device, by_name] = &scopes;
        let unknown = impact(&[by_person, by_device]);
        assert!(unknown.devices.is_none() && unknown.not_checked.len() == 2, "{:?}", unknown.not_checked);
        // Without an owner no device is of a group of users.
        assert_eq!(
            of_all(&COMPUTER, &fleet()[1..], &[by_person]).devices.map(|devices| devices.len()),
            Some(0)
        );
        assert_eq!(impact(&[by_device, by_device]).devices.map(|devices| devices.len()), Some(1));
        assert!(impact(&[by_name]).devices.is_none());
    }
}
