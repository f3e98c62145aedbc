//! Who is in a scope: targets less exclusions, over the inventory as it is.

use std::collections::BTreeSet;

use jamf_pro_tools::effects::{COMPUTERS, MOBILE_DEVICES};
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, DeviceKind};
use serde_json::{Map, Value};

use super::{Impact, Sets, configuration, kinds, or_unknown};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::{Deployment, EntryKind, Role, Scope, merged};
use crate::gate::changes;
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};
use crate::plan::{DeviceEffect, Reference, diff};
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

impl Impact {
    /// Take what a change does to devices.
    pub(super) fn take_sets(&mut self, sets: Sets) {
        self.devices = sets.counted();
        self.not_checked.extend(sets.not_checked());
        self.sets = Some(sets);
    }

    /// Take who is in any of these scopes, where nobody knows what becomes of them.
    fn take_members(&mut self, scopes: &[&Scope], fleet: &[FleetDevice]) {
        let Members { devices, more } = Members::of(scopes, fleet);
        let fewer = scopes.iter().filter_map(|scope| scope.narrowings());
        let mut reasons: BTreeSet<String> =
            fewer.flat_map(|reasons| reasons.iter().map(str::to_owned).collect::<Vec<_>>()).collect();
        self.devices = more.is_empty().then_some(devices);
        reasons.extend(more);
        self.not_checked.extend(reasons);
    }
}

/// Who has what is in these states, which runs once more or gets other content.
pub(super) fn of_all(
    kinds: &'static [DeviceKind],
    fleet: &[FleetDevice],
    states: &[&Deployment],
    again: DeviceEffect,
) -> Impact {
    let mut impact = Impact::on(kinds);
    impact.take_sets(Sets::again(states, again, fleet));
    impact.already = affected(states.iter().copied(), fleet);
    impact
}

/// The devices that something in these states comes to.
fn affected<'a>(states: impl IntoIterator<Item = &'a Deployment>, fleet: &[FleetDevice]) -> Vec<FleetDevice> {
    let states = states.into_iter().filter(|state| state.is_enabled && !state.is_only_offered);
    let scopes: Vec<&Scope> = states.map(|state| &state.scope).collect();
    Members::of(&scopes, fleet).devices
}

/// The scopes of those that are switched on.
fn in_force<'a>(states: impl Iterator<Item = &'a Deployment>) -> Vec<&'a Scope> {
    states.filter(|state| state.is_enabled).map(|state| &state.scope).collect()
}

/// A change of something with a scope.
#[derive(Debug, Default)]
pub(super) struct ScopeChange<'a> {
    /// The object as it is; `None` where it is created.
    pub(super) before: Option<&'a Value>,
    /// The object as it will be; `None` where it is deleted.
    pub(super) after: Option<Value>,
    /// Devices that keep it run it, or get it, once more.
    pub(super) is_again: bool,
    /// It comes to devices without anybody choosing it there, whether it is in Self Service or not.
    pub(super) is_by_itself: bool,
    /// It can be switched off.
    pub(super) is_switched: bool,
    /// Path of the action, which says what kind of object it is.
    pub(super) path: &'static str,
}

/// Fields of something with a scope that no device notices. Whether it is switched on and whom it is for is looked at besides.
const UNNOTICED: &[&str] = &["scope", "general.enabled", "general.category", "general.site", "self_service"];

impl<'a> ScopeChange<'a> {
    /// What a call creates or changes.
    pub(super) fn by_call(
        action: &Action,
        arguments: &Map<String, Value>,
        before: Option<&'a Value>,
    ) -> Self {
        let body = arguments.get("body");
        let is_again = before.is_some_and(|before| has_other_content(action, arguments, before));
        Self { before, after: Some(merged(before, body)), is_again, ..Self::default() }
    }

    /// An object that stays as it is and gets other content by something that belongs to it.
    pub(super) fn of_content(object: &'a Value) -> Self {
        Self { before: Some(object), after: Some(object.clone()), is_again: true, ..Self::default() }
    }

    /// What kind of object it is, by the path of the action; empty for a kind of which nothing is said.
    pub(super) fn kind(&self) -> &'static str {
        // `/JSSResource/policies/id/{id}`, `/api/v2/patch-policies/{id}/logs/retry-all`
        let kind_of = |part| match part {
            "policies" => Some("policy"),
            "patchpolicies" | "patch-policies" => Some("patch_policy"),
            "restrictedsoftware" => Some("restricted_software"),
            "mobiledeviceapplications" => Some("mobile_device_app"),
            "macapplications" => Some("mac_app"),
            "osxconfigurationprofiles" => Some("macos_profile"),
            "mobiledeviceconfigurationprofiles" => Some("mobile_profile"),
            _ => None,
        };
        self.path.split('/').find_map(kind_of).unwrap_or_default()
    }

    /// An object that is run, or sent, once more.
    pub(super) fn again(object: &'a Value) -> Self {
        Self::of_content(object)
    }
}

/// Whether a change makes devices that stay in the scope run it or get it again. A name is a part of a profile or an app, and of a policy it is not.
fn has_other_content(action: &Action, arguments: &Map<String, Value>, before: &Value) -> bool {
    let Some(after) = changes::result(action, arguments, Some(before)) else { return true };
    let is_switched = matches!(action.affects, Some(Affects::SwitchedScope(_)));
    let redistributed = arguments
        .get("body")
        .map(|body| text_at(body, "general.redeploy_on_update"))
        .is_some_and(|how| how.eq_ignore_ascii_case("all"));
    let is_below = |field: &str, part: &str| {
        field.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let is_unnoticed = |field: &str| {
        (is_switched && field == "general.name") || UNNOTICED.iter().any(|part| is_below(field, part))
    };
    let changes = diff::changes(Some(before), Some(&after), &|_, _| None);
    // A payload goes with a change that says nothing of it.
    let is_sent_along = !is_switched && changes.is_empty();
    redistributed || is_sent_along || changes.iter().any(|change| !is_unnoticed(&change.field))
}

/// What something with a scope touches over devices of these kinds.
pub(super) async fn impact_on(
    work: &Work<'_>,
    kinds: &'static [DeviceKind],
    change: &ScopeChange<'_>,
) -> Result<Impact, Error> {
    let fleets = kinds.iter().map(|kind| fleet::all(work, Kind::of(*kind)));
    let fleet = futures::future::try_join_all(fleets).await?.concat();
    // What is created has the targets that the call names; what is there may have some that Jamf Pro does not tell.
    let kind = if change.before.is_some() { change.kind() } else { "" };
    let state = |object: &Value| {
        let state = Deployment::read(kind, object);
        Deployment { is_only_offered: state.is_only_offered && !change.is_by_itself, ..state }
    };
    let (is, was) = (change.after.as_ref().map(state), change.before.map(state));
    let again = if change.is_switched { DeviceEffect::RunsAgain } else { DeviceEffect::GetsAgain };
    let mut impact = Impact::on(kinds);
    let sets = Sets::of_change(was.as_ref(), is.as_ref(), Some(again).filter(|_| change.is_again), &fleet);
    let members = affected(&is, &fleet);
    let known = kinds::Known { change, is: is.as_ref(), sets: &sets, members: &members };
    kinds::describe(work, &known, &mut impact).await?;
    impact.take_sets(sets);
    impact.already = affected(&was, &fleet);
    let enabled = is.iter().chain(&was).filter(|state| state.is_enabled);
    let notes: BTreeSet<&str> = enabled.flat_map(|state| state.scope.notes()).collect();
    impact.not_checked.extend(notes.into_iter().map(str::to_owned));
    // What has a switch affects nobody while it is off; a policy that is on and has no targets may have some that Jamf Pro does not tell.
    // What has no switch affects nobody while it has no targets. A deletion loses the scope too.
    let is_deleted = is.is_none();
    let is_quiet = |state: &Deployment| match change.is_switched {
        true if is_deleted => !state.is_enabled && !has_targets(&state.scope),
        true => !state.is_enabled,
        false => !has_targets(&state.scope),
    };
    impact.is_harmless = was.iter().chain(&is).all(is_quiet);
    if let Some(is) = is.as_ref().filter(|is| is.is_enabled) {
        let names = all_of(&is.scope).map(|all| format!("its scope is ALL {all}"));
        impact.warnings.extend(names);
    }
    impact.begins = is.as_ref().is_some_and(|is| !is_quiet(is)) && was.as_ref().is_none_or(is_quiet);
    Ok(impact)
}

/// Whether anybody can be in it, however groups change.
fn has_targets(scope: &Scope) -> bool {
    scope.with_role(Role::Target).next().is_some()
}

/// The kinds of devices that it is for all of.
fn all_of(scope: &Scope) -> impl Iterator<Item = &'static str> {
    scope.with_role(Role::Target).filter_map(|entry| match entry.kind {
        EntryKind::All(GroupKind::Computer) => Some(COMPUTER.plural),
        EntryKind::All(GroupKind::MobileDevice) => Some(MOBILE_DEVICE.plural),
        _ => None,
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
    let (view, fleets) = futures::try_join!(work.configuration(), fleet::everything(work))?;
    let unread = configuration::unread(view);
    let mut all = Vec::new();
    for (kinds, fleet) in [COMPUTERS, MOBILE_DEVICES].into_iter().zip(fleets) {
        let kind = if kinds == COMPUTERS { &COMPUTER } else { &MOBILE_DEVICE };
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
        let limited = in_force(limited.into_iter().map(|object| &object.deployment));
        let mut impact = Impact::on(kinds);
        // Who enters the network gets what is limited to it, and who leaves it loses that.
        impact.take_members(&limited, &fleet);
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
    let path = "/JSSResource/policies";
    let change = ScopeChange { is_switched: true, path, ..ScopeChange::again(policy) };
    let mut impact = impact_on(work, COMPUTERS, &change).await?;
    let frequency = text_at(policy, "general.frequency");
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
        let members = Members::of(&[&policy.deployment.scope], computers);
        let is_certain = members.more.is_empty();
        again.is_certain &= is_certain;
        more.extend(members.more);
        if members.devices.is_empty() && is_certain {
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
            is_managed: true,
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
        let states = [
            json!({ "jss_user_groups": [{ "id": 1 }], "limitations": { "user_groups": [{ "name": "x" }] } }),
            json!({ "computers": [{ "id": 2 }] }),
            json!({ "buildings": [{ "name": "HQ" }] }),
        ]
        .map(|scope| Deployment::as_told(&json!({ "scope": scope })));
        let impact = |fleet: &[FleetDevice], states: &[&Deployment]| {
            of_all(COMPUTERS, fleet, states, DeviceEffect::RunsAgain)
        };
        let count = |impact: Impact| impact.devices.map(|devices| devices.len());
        let [by_person, by_device, by_name] = &states;
        let unknown = impact(&fleet(), &[by_person, by_device]);
        assert!(unknown.devices.is_none() && unknown.not_checked.len() == 2, "{:?}", unknown.not_checked);
        // Without an owner no device is of a group of users.
        assert_eq!(count(impact(&fleet()[1..], &[by_person])), Some(0));
        assert_eq!(count(impact(&fleet(), &[by_device, by_device])), Some(1));
        assert!(impact(&fleet(), &[by_name]).devices.is_none());
    }

    #[test]
    fn a_change_is_told_by_what_it_does_to_each_device() {
        let at = |scope: Value, general: Value| {
            Deployment::as_told(&json!({ "general": general, "scope": scope }))
        };
        let on = json!({ "enabled": true, "trigger_checkin": true });
        let of_group = |group: u32| at(json!({ "computer_groups": [{ "id": group }] }), on.clone());
        let effects = |was: Option<&Deployment>, is: Option<&Deployment>, is_again: bool| {
            let again = Some(DeviceEffect::RunsAgain).filter(|_| is_again);
            let ids = Sets::of_change(was, is, again, &fleet()).ids();
            ids.into_iter().map(|one| (one.effect, one.devices.len())).collect::<Vec<_>>()
        };
        let (ten, twenty) = (of_group(10), of_group(20));
        assert_eq!(effects(None, Some(&ten), false), [(DeviceEffect::Gains, 2)]);
        assert_eq!(effects(Some(&ten), None, false), [(DeviceEffect::Loses, 2)]);
        assert_eq!(
            effects(Some(&ten), Some(&twenty), true),
            [(DeviceEffect::Gains, 1), (DeviceEffect::Loses, 2)]
        );
        assert_eq!(effects(Some(&ten), Some(&ten), false), []);
        assert_eq!(effects(Some(&ten), Some(&ten), true), [(DeviceEffect::RunsAgain, 2)]);
        let offered = Deployment { is_only_offered: true, ..ten.clone() };
        assert_eq!(effects(None, Some(&offered), false), [(DeviceEffect::Offered, 2)]);
        assert_eq!(effects(Some(&offered), Some(&ten), false), [(DeviceEffect::Gains, 2)]);
    }
}
