//! What a change of an object with a scope does: who gains it, who loses it, who runs it again, and who is offered it. The main types
//! are [`Deployment`], one state of the object, and [`Effect`].

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use super::{Device, Entry, EntryKind, Role, Scope};
use crate::fleet::groups::GroupKind;
use crate::fleet::known::{Known, Reasons};

/// An object with a scope in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Whether it is switched on. What has no switch is.
    pub is_enabled: bool,
    /// Whether it is in Self Service and comes to no device by itself.
    pub is_only_offered: bool,
    /// Whom it is for.
    pub scope: Scope,
}

/// A device by kind and id.
pub type DeviceKey = (GroupKind, ObjectId);

/// Devices that a change affects in one way, at most.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// Those that it affects.
    pub devices: BTreeSet<DeviceKey>,
    /// Those of which it is not known.
    pub unknown: BTreeMap<DeviceKey, Reasons>,
}

/// Whom a change affects, and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effect {
    /// Who gets it and did not have it.
    pub gains: Affected,
    /// Who had it and does not get it any more.
    pub loses: Affected,
    /// Who has it and gets it once more, because its content, trigger or frequency changes.
    pub runs_again: Affected,
    /// Who finds it in Self Service, new or changed.
    pub offered: Affected,
    /// Why there may be fewer of them.
    pub narrowings: Option<Reasons>,
}

impl Deployment {
    /// The state that an object of either API is in. `kind` is such as `policy` or `app_installer`; of some kinds the API hides targets.
    pub fn read(kind: &str, object: &Value) -> Self {
        let mut state = Self::as_told(object);
        if hides_users(kind) {
            state.scope = state.scope.hiding_users();
        }
        state
    }

    /// The state of an object with the targets that it tells, and no others.
    pub fn as_told(object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let is_on = |pointer: &str| {
            let value = object.pointer(pointer);
            value.is_some_and(|value| value == true || value.as_str() == Some("true"))
        };
        let is_off = ["/general/enabled", "/enabled"].iter().any(|pointer| {
            let value = object.pointer(pointer);
            value.is_some_and(|value| value == false || value.as_str() == Some("false"))
        });
        let ways = ["/general/distribution_method", "/general/deployment_type", "/deploymentType"];
        let triggers = object.pointer("/general").and_then(Value::as_object).into_iter().flatten();
        let mut triggers = triggers.filter(|(field, _)| field.starts_with("trigger_"));
        let runs_by_itself = triggers.any(|(_, value)| {
            *value == true
                || value.as_str().is_some_and(|text| !["", "false"].contains(&text.to_lowercase().as_str()))
        });
        let is_in_self_service = ways.iter().any(|pointer| is_self_service(text(pointer)));
        Self {
            is_enabled: !is_off,
            is_only_offered: is_in_self_service
                || (is_on("/self_service/use_for_self_service") && !runs_by_itself),
            scope: Scope::read(object),
        }
    }

    /// The state after a change of an object of the Classic API: `None` where neither is anything.
    pub fn changed(kind: &str, before: Option<&Value>, body: Option<&Value>) -> Option<Self> {
        (before.is_some() || body.is_some()).then(|| Self::read(kind, &merged(before, body)))
    }

    /// Whether a device can have it.
    pub fn reach(&self, device: &Device<'_>) -> Known<bool> {
        if self.is_enabled { self.scope.reach(device) } else { Known::Known(false) }
    }
}

/// An object of the Classic API as a change leaves it: sections that are given replace those that are there, and in `general` field by
/// field.
pub fn merged(before: Option<&Value>, body: Option<&Value>) -> Value {
    let mut after = before.and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, section) in body.and_then(Value::as_object).into_iter().flatten() {
        match (after.get_mut(name), section) {
            (Some(Value::Object(there)), Value::Object(given)) if name == "general" => {
                there.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            _ => drop(after.insert(name.clone(), section.clone())),
        }
    }
    Value::Object(after)
}

/// Kinds whose API does not say Jamf users and user groups among the targets.
const HIDES_USERS: [&str; 3] = ["policy", "patch_policy", "restricted_software"];

/// Whether the API of a kind does not say Jamf users and user groups among the targets.
pub(in crate::fleet) fn hides_users(kind: &str) -> bool {
    HIDES_USERS.contains(&kind)
}

fn is_self_service(way: &str) -> bool {
    let plain: String = way.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    ["selfservice", "makeavailableinselfservice"].contains(&plain.as_str())
}

impl Affected {
    /// The devices that any of several objects can reach, such as all that refer to one thing.
    pub fn by_any<'a>(
        deployments: &[&Deployment],
        devices: impl IntoIterator<Item = &'a Device<'a>>,
    ) -> Self {
        let mut found = Self::default();
        for device in devices {
            found.add(device, Known::any(deployments.iter().map(|deployment| deployment.reach(device))));
        }
        found
    }

    /// Add a device that is affected, not affected, or perhaps.
    fn add(&mut self, device: &Device<'_>, is_affected: Known<bool>) {
        let key = (device.kind, device.id.clone());
        match is_affected {
            Known::Known(true) => drop(self.devices.insert(key)),
            Known::Known(false) => {}
            Known::Unknown(reasons) => drop(self.unknown.insert(key, reasons)),
        }
    }
}

impl Effect {
    /// What a change from one state to another does. `None` is an object that is not there. `runs_again` says whether devices that
    /// keep it run or install it once more.
    pub fn new<'a>(
        before: Option<&Deployment>,
        after: Option<&Deployment>,
        runs_again: bool,
        devices: impl IntoIterator<Item = &'a Device<'a>>,
    ) -> Self {
        Self::of_devices(before, after, runs_again, devices.into_iter().map(|device| (device, device)))
    }

    /// The same where devices change too, or the groups that they are in: each as it was and as it will be.
    pub fn of_devices<'a>(
        before: Option<&Deployment>,
        after: Option<&Deployment>,
        runs_again: bool,
        devices: impl IntoIterator<Item = (&'a Device<'a>, &'a Device<'a>)>,
    ) -> Self {
        let mut effect = Self {
            narrowings: [before, after]
                .into_iter()
                .flatten()
                .filter_map(|state| state.scope.narrowings())
                .reduce(Reasons::and),
            ..Self::default()
        };
        let shift = match (before, after) {
            (Some(before), Some(after)) => Shift::new(&before.scope, &after.scope),
            _ => Shift::default(),
        };
        // To be offered is not to have: what leaves Self Service and is installed from now on is gained.
        let is_only_offered = |state: Option<&Deployment>| state.is_some_and(|state| state.is_only_offered);
        let (was_offered, is_offered) = (is_only_offered(before), is_only_offered(after));
        for (earlier, device) in devices {
            let reach = |state: Option<&Deployment>, device: &Device<'_>| {
                state.map_or(Known::Known(false), |state| state.reach(device))
            };
            let (was, is) = (reach(before, earlier), reach(after, device));
            let stays = was.clone().and(is.clone());
            let (may_enter, may_leave) = match (before, after) {
                // What stays the same moves nobody, though it is not known who is there.
                (Some(before), Some(after))
                    if before.is_enabled == after.is_enabled && std::ptr::eq(earlier, device) =>
                {
                    (
                        newly_named(&before.scope, &after.scope, device),
                        newly_named(&after.scope, &before.scope, device),
                    )
                }
                _ => (Known::Known(true), Known::Known(true)),
            };
            let enters = may_enter.and(is.clone()).and(!was.clone()).or(stays.clone().and(shift.widens()));
            let leaves = may_leave.and(was.clone()).and(!is).or(stays.clone().and(shift.narrows()));
            effect.loses.add(device, leaves);
            if is_offered {
                effect.offered.add(device, enters.or(stays.and(Known::Known(runs_again || !was_offered))));
            } else if was_offered {
                effect.gains.add(device, enters.or(stays));
            } else {
                effect.gains.add(device, enters);
                effect.runs_again.add(device, stays.and(Known::Known(runs_again)));
            }
        }
        effect
    }

    /// The devices that count against a cap: those that gain it, lose it or run it again, of whom it is known.
    pub fn counted(&self) -> BTreeSet<&DeviceKey> {
        [&self.gains, &self.loses, &self.runs_again]
            .into_iter()
            .flat_map(|affected| &affected.devices)
            .collect()
    }

    /// Why it is not known of some devices whether they gain it, lose it or run it again.
    pub fn unknown(&self) -> Option<Reasons> {
        let all = [&self.gains, &self.loses, &self.runs_again];
        all.into_iter().flat_map(|affected| affected.unknown.values().cloned()).reduce(Reasons::and)
    }
}

/// Whether a target that is added, or an exclusion that is removed, names a device.
fn newly_named(before: &Scope, after: &Scope, device: &Device<'_>) -> Known<bool> {
    let only_in = |one: &Scope, other: &Scope, role: Role| {
        let entries = one.with_role(role).filter(|entry| !other.entries.contains(entry));
        Known::any(entries.map(|entry| device.is_named_by(entry)))
    };
    only_in(after, before, Role::Target).or(only_in(before, after, Role::Exclusion))
}

/// How limitations, and exclusions that go by the moment, change.
#[derive(Debug, Default)]
struct Shift {
    lets_in: bool,
    keeps_out: bool,
}

/// Limitations to people and limitations to networks each let through whom they name; a kind that has none lets everybody through.
const LIMITATIONS: [&[EntryKind]; 3] = [
    &[EntryKind::User, EntryKind::UserGroup, EntryKind::DirectoryUser, EntryKind::DirectoryGroup],
    &[EntryKind::NetworkSegment],
    &[EntryKind::Ibeacon],
];

impl Shift {
    fn new(before: &Scope, after: &Scope) -> Self {
        let mut shift = Self::default();
        let of = |scope: &Scope, role: Role, wanted: &dyn Fn(EntryKind) -> bool| -> BTreeSet<Entry> {
            scope.with_role(role).filter(|entry| wanted(entry.kind)).cloned().collect()
        };
        for kinds in LIMITATIONS {
            let wanted = |kind: EntryKind| kinds.contains(&kind);
            let (was, is) = (of(before, Role::Limitation, &wanted), of(after, Role::Limitation, &wanted));
            match (was.is_empty(), is.is_empty()) {
                (true, true) => {}
                (true, false) => shift.keeps_out = true,
                (false, true) => shift.lets_in = true,
                (false, false) => {
                    shift.lets_in |= !is.is_subset(&was);
                    shift.keeps_out |= !was.is_subset(&is);
                }
            }
        }
        let moment = EntryKind::is_of_the_moment;
        let (was, is) = (of(before, Role::Exclusion, &moment), of(after, Role::Exclusion, &moment));
        shift.keeps_out |= !is.is_subset(&was);
        shift.lets_in |= !was.is_subset(&is);
        shift
    }

    fn widens(&self) -> Known<bool> {
        if self.lets_in {
            return Known::unknown(
                "limitations or exclusions by person or network are removed, and nobody knows here whom they kept out",
            );
        }
        Known::Known(false)
    }

    fn narrows(&self) -> Known<bool> {
        if self.keeps_out {
            return Known::unknown(
                "limitations or exclusions by person or network are added, and nobody knows here whom they keep out",
            );
        }
        Known::Known(false)
    }
}
