//! How far a call reaches, in numbers: how many devices of each kind it affects, and what it does to them. The main type is [`Reach`].

use serde::{Deserialize, Serialize};

/// Name of the kind of computers in plans.
const COMPUTER: &str = "computer";

/// How far a call reaches. Computers and mobile devices that nobody manages are in no number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reach {
    /// Devices that it may affect; `None` when that cannot be worked out.
    pub devices: Option<u64>,
    /// Devices that the tenant has, of the kinds that it may affect.
    pub fleet: Option<u64>,
    /// Devices that the object affects as it is, before the call.
    #[serde(default)]
    pub already: u64,
    /// The numbers as a sentence: "affects up to 214 of 420 computers (51%), via 3 policies".
    pub sentence: String,
    /// Computers and mobile devices apart. Nothing in plans of older versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindReach>,
    /// What it does to how many devices, where a scope says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<EffectReach>,
}

/// How far a call reaches among the devices of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KindReach {
    /// `computer` or `mobile_device`.
    pub kind: String,
    /// Devices that it may affect; `None` when that cannot be worked out.
    pub devices: Option<u64>,
    /// Devices that the tenant has.
    pub fleet: u64,
    /// Of the devices that it may affect, those that were in contact within 30 days.
    pub recent: u64,
    /// The same of the devices that the object affects as it is.
    pub recent_already: u64,
    /// The same of all devices.
    pub recent_fleet: u64,
}

/// What a change does to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceEffect {
    /// The device gets it.
    Gains,
    /// The device loses it.
    Loses,
    /// The device has it and runs it again.
    RunsAgain,
    /// The device has it and gets it again.
    GetsAgain,
    /// The device is offered it in Self Service.
    Offered,
}

/// How many devices a change has an effect on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectReach {
    /// The effect.
    pub effect: DeviceEffect,
    /// Computers.
    pub computers: u64,
    /// Mobile devices.
    pub mobile_devices: u64,
}

/// The devices that a change has an effect on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectDevices {
    /// The effect.
    pub effect: DeviceEffect,
    /// The devices as `computer:12`, sorted.
    pub devices: Vec<String>,
}

impl Reach {
    /// The number that limits are compared with: the larger one of computers and mobile devices, which are counted apart.
    pub fn counted(&self) -> Option<u64> {
        let devices = self.devices?;
        Some(self.kinds.iter().filter_map(|kind| kind.devices).max().unwrap_or(devices))
    }

    /// The parts of the fleet that it affects, computers and mobile devices apart: devices of all devices.
    pub(crate) fn shares(&self) -> Vec<(u64, u64)> {
        let all = self.devices.zip(self.fleet).filter(|_| self.kinds.is_empty());
        let of_kinds = self.kinds.iter().filter_map(|kind| Some((kind.devices?, kind.fleet)));
        all.into_iter().chain(of_kinds).filter(|(_, fleet)| *fleet > 0).collect()
    }

    /// What it does to how many devices in words: "12 Macs get it, 3 lose it".
    pub(crate) fn effects_in_words(&self) -> Option<String> {
        let has_both = self.effects.iter().any(|one| one.computers > 0)
            && self.effects.iter().any(|one| one.mobile_devices > 0);
        let mut words = String::new();
        for one in &self.effects {
            // Who is offered it decides for themselves, and counts in no limit.
            let separator = if one.effect == DeviceEffect::Offered { "; " } else { ", " };
            let devices = if has_both || words.is_empty() {
                one.devices()
            } else {
                one.computers.max(one.mobile_devices).to_string()
            };
            if !words.is_empty() {
                words.push_str(separator);
            }
            words.push_str(&format!("{devices} {}", one.verb()));
        }
        Some(words).filter(|words| !words.is_empty())
    }
}

impl KindReach {
    /// What people call the devices.
    pub(crate) fn plural(&self) -> &'static str {
        if self.kind == COMPUTER { "computers" } else { "mobile devices" }
    }

    /// The share of the devices that were in contact lately, in percent, rounded up.
    pub(crate) fn percent(&self) -> Option<u64> {
        (self.recent_fleet > 0).then(|| self.recent.saturating_mul(100).div_ceil(self.recent_fleet))
    }
}

impl EffectReach {
    /// What they do, or have done to them.
    pub(crate) fn verb(&self) -> &'static str {
        self.effect.verb(self.computers.saturating_add(self.mobile_devices) == 1)
    }

    /// The devices in words: "12 Macs and 3 mobile devices".
    pub(crate) fn devices(&self) -> String {
        let count = |number: u64, one: &str, many: &str| {
            (number > 0).then(|| format!("{number} {}", if number == 1 { one } else { many }))
        };
        let computers = count(self.computers, "Mac", "Macs");
        let mobile_devices = count(self.mobile_devices, "mobile device", "mobile devices");
        [computers, mobile_devices].into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }
}

impl DeviceEffect {
    /// What one device, or several, do or have done to them.
    pub(crate) fn verb(self, is_one: bool) -> &'static str {
        match (self, is_one) {
            (Self::Gains, true) => "gets it",
            (Self::Gains, false) => "get it",
            (Self::Loses, true) => "loses it",
            (Self::Loses, false) => "lose it",
            (Self::RunsAgain, true) => "runs it again",
            (Self::RunsAgain, false) => "run it again",
            (Self::GetsAgain, true) => "gets it again",
            (Self::GetsAgain, false) => "get it again",
            (Self::Offered, true) => "is offered it in Self Service",
            (Self::Offered, false) => "are offered it in Self Service",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(effect: DeviceEffect, computers: u64, mobile_devices: u64) -> EffectReach {
        EffectReach { effect, computers, mobile_devices }
    }

    #[test]
    fn effects_are_told_in_words_with_their_numbers() {
        let words = |effects: Vec<EffectReach>| Reach { effects, ..Reach::default() }.effects_in_words();
        assert_eq!(
            words(vec![
                effect(DeviceEffect::Gains, 12, 0),
                effect(DeviceEffect::Loses, 1, 0),
                effect(DeviceEffect::RunsAgain, 40, 0),
                effect(DeviceEffect::Offered, 200, 0),
            ])
            .unwrap(),
            "12 Macs get it, 1 loses it, 40 run it again; 200 are offered it in Self Service"
        );
        assert_eq!(
            words(vec![effect(DeviceEffect::Gains, 2, 1), effect(DeviceEffect::GetsAgain, 0, 1)]).unwrap(),
            "2 Macs and 1 mobile device get it, 1 mobile device gets it again"
        );
        assert_eq!(words(Vec::new()), None);
    }

    #[test]
    fn the_larger_kind_counts_and_plans_of_older_versions_have_one_number() {
        let kind = |devices| KindReach { devices: Some(devices), ..KindReach::default() };
        let reach = Reach { devices: Some(70), kinds: vec![kind(40), kind(30)], ..Reach::default() };
        assert_eq!(reach.counted(), Some(40));
        assert_eq!(Reach { kinds: Vec::new(), ..reach.clone() }.counted(), Some(70));
        assert_eq!(Reach { devices: None, ..reach }.counted(), None);
    }
}
