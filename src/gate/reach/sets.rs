//! What a change of something with a scope does to devices: who gets it, who loses it, who runs it again, and who is offered it in Self
//! Service. The main type is [`Sets`].

use std::collections::BTreeSet;

use super::{kinds_of, together};
use crate::fleet::known::Known;
use crate::fleet::scope::{Affected, Deployment, Effect};
use crate::gate::fleet::{Count, FleetDevice};
use crate::plan::{DeviceEffect, EffectDevices, EffectReach};

/// Devices by what a change does to them, at most.
#[derive(Debug, Default)]
pub(in crate::gate) struct Sets {
    gains: Vec<FleetDevice>,
    loses: Vec<FleetDevice>,
    runs_again: Vec<FleetDevice>,
    gets_again: Vec<FleetDevice>,
    offered: Vec<FleetDevice>,
    /// Why devices may be missing in them.
    unknown: BTreeSet<String>,
    /// Why there may be fewer devices in them.
    narrowings: BTreeSet<String>,
}

impl Sets {
    /// What a change from one state to another does to devices; `None` is an object that is not there. `again` says what happens to
    /// devices that keep it, where anything does.
    pub(super) fn of_change(
        was: Option<&Deployment>,
        is: Option<&Deployment>,
        again: Option<DeviceEffect>,
        fleet: &[FleetDevice],
    ) -> Self {
        let mut sets = Self::default();
        let states = [was, is].into_iter().flatten();
        for reasons in states.filter_map(|state| state.scope.narrowings()) {
            sets.narrowings.extend(reasons.iter().map(str::to_owned));
        }
        for device in fleet {
            let (effect, can_have_it) = device.ask(|device| {
                let reach = |state: Option<&Deployment>| {
                    state.map_or(Known::Known(false), |state| state.reach(device))
                };
                let can_have_it = reach(was).is_true() || reach(is).is_true();
                (Effect::new(was, is, again.is_some(), [device]), can_have_it)
            });
            sets.add(device, &effect, can_have_it, again);
        }
        sets
    }

    /// Devices of things in this state that run once more, or whose content changes.
    pub(super) fn again(states: &[&Deployment], again: DeviceEffect, fleet: &[FleetDevice]) -> Self {
        states.iter().fold(Self::default(), |sets, state| {
            sets.and(Self::of_change(Some(state), Some(state), Some(again), fleet))
        })
    }

    /// What becomes of something in one state on devices that move: each as it is and as it will be.
    pub(super) fn of_moves(state: &Deployment, moves: &[(FleetDevice, FleetDevice)]) -> Self {
        let mut sets = Self::default();
        if let Some(reasons) = state.scope.narrowings() {
            sets.narrowings.extend(reasons.iter().map(str::to_owned));
        }
        for (was, is) in moves {
            let (effect, can_have_it) = was.ask(|earlier| {
                is.ask(|later| {
                    let can_have_it = state.reach(earlier).is_true() || state.reach(later).is_true();
                    (Effect::of_devices(Some(state), Some(state), false, [(earlier, later)]), can_have_it)
                })
            });
            sets.add(was, &effect, can_have_it, None);
        }
        sets
    }

    /// Whether nothing is unknown of them.
    pub(super) fn is_certain(&self) -> bool {
        self.unknown.is_empty()
    }

    /// Whether nothing becomes of any device.
    pub(super) fn is_empty(&self) -> bool {
        self.each().next().is_none()
    }

    /// How many devices get it, or find it in Self Service.
    pub(super) fn count_of_new(&self) -> u64 {
        managed(&self.gains).saturating_add(managed(&self.offered))
    }

    /// How many devices lose it.
    pub(super) fn count_of_lost(&self) -> u64 {
        managed(&self.loses)
    }

    /// Add a device. What only people and networks of the moment decide makes the sets smaller at most: a device that can have the object is
    /// in them.
    fn add(&mut self, device: &FleetDevice, effect: &Effect, can_have_it: bool, again: Option<DeviceEffect>) {
        let again =
            if again == Some(DeviceEffect::RunsAgain) { &mut self.runs_again } else { &mut self.gets_again };
        for (affected, set) in [
            (&effect.gains, &mut self.gains),
            (&effect.loses, &mut self.loses),
            (&effect.runs_again, again),
            (&effect.offered, &mut self.offered),
        ] {
            let Affected { devices, unknown } = affected;
            if !devices.is_empty() {
                set.push(device.clone());
            }
            for reasons in unknown.values() {
                let reasons = reasons.iter().map(str::to_owned);
                if can_have_it {
                    self.narrowings.extend(reasons);
                    set.push(device.clone());
                } else {
                    self.unknown.extend(reasons);
                }
            }
        }
    }

    /// What two changes do together.
    pub(super) fn and(self, other: Self) -> Self {
        let union = |one: Vec<FleetDevice>, other: Vec<FleetDevice>| together(vec![one, other]);
        Self {
            gains: union(self.gains, other.gains),
            loses: union(self.loses, other.loses),
            runs_again: union(self.runs_again, other.runs_again),
            gets_again: union(self.gets_again, other.gets_again),
            offered: union(self.offered, other.offered),
            unknown: self.unknown.into_iter().chain(other.unknown).collect(),
            narrowings: self.narrowings.into_iter().chain(other.narrowings).collect(),
        }
    }

    /// The devices that count in limits: all but those that are only offered it. `None` where they cannot be worked out.
    pub(super) fn counted(&self) -> Option<Vec<FleetDevice>> {
        let counted = [&self.gains, &self.loses, &self.runs_again, &self.gets_again];
        self.unknown.is_empty().then(|| together(counted.map(Clone::clone).to_vec()))
    }

    /// What is not known of them.
    pub(super) fn not_checked(&self) -> impl Iterator<Item = String> {
        self.narrowings.iter().chain(&self.unknown).cloned()
    }

    /// Whether any device runs it or is offered it from now on.
    pub(super) fn has_any_to_run(&self) -> bool {
        [&self.gains, &self.runs_again, &self.gets_again, &self.offered].iter().any(|set| !set.is_empty())
    }

    /// The devices that get it.
    pub(super) fn gains(&self) -> &[FleetDevice] {
        &self.gains
    }

    /// The devices that lose it.
    pub(super) fn loses(&self) -> &[FleetDevice] {
        &self.loses
    }

    fn each(&self) -> impl Iterator<Item = (DeviceEffect, &[FleetDevice])> {
        let all = [
            (DeviceEffect::Gains, &self.gains),
            (DeviceEffect::Loses, &self.loses),
            (DeviceEffect::RunsAgain, &self.runs_again),
            (DeviceEffect::GetsAgain, &self.gets_again),
            (DeviceEffect::Offered, &self.offered),
        ];
        all.into_iter()
            .filter(|(_, devices)| !devices.is_empty())
            .map(|(effect, devices)| (effect, devices.as_slice()))
    }

    /// How many managed devices are in each set that has any.
    pub(super) fn counts(&self) -> Vec<EffectReach> {
        let count = |(effect, devices): (DeviceEffect, &[FleetDevice])| {
            let mut of = kinds_of(&[]).map(|kind| Count::of(kind, devices).managed);
            let (computers, mobile_devices) = (of.next().unwrap_or_default(), of.next().unwrap_or_default());
            EffectReach { effect, computers, mobile_devices }
        };
        self.each().map(count).filter(|one| one.computers > 0 || one.mobile_devices > 0).collect()
    }

    /// The devices of each set, as plans are bound to them.
    pub(in crate::gate) fn ids(&self) -> Vec<EffectDevices> {
        let ids = |(effect, devices): (DeviceEffect, &[FleetDevice])| {
            let mut devices: Vec<String> = devices.iter().map(FleetDevice::key).collect();
            devices.sort();
            EffectDevices { effect, devices }
        };
        self.each().map(ids).collect()
    }

    /// Some of the devices for people, each with what becomes of it.
    pub(in crate::gate) fn sample(&self, most: usize) -> Vec<String> {
        // Some of each set, so that a large one does not hide a small one.
        let share = most.checked_div(self.each().count()).unwrap_or_default().max(1);
        let of_each = self.each().flat_map(|(effect, devices)| {
            devices
                .iter()
                .take(share)
                .map(move |device| format!("{} {}", device.target.describe(), effect.verb(true)))
        });
        of_each.take(most).collect()
    }
}

/// How many of these devices are managed.
fn managed(devices: &[FleetDevice]) -> u64 {
    kinds_of(&[]).map(|kind| Count::of(kind, devices).managed).sum()
}
