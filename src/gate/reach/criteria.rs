//! Who would be in a smart group by its criteria, over the inventory as the gate reads it. What it does not read is unknown, never false.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;

use super::configuration::NO_ID;
use crate::fleet::groups::{Criterion, Fact, Facts, Group, Groups, Members, Values, facts_of};
use crate::fleet::known::Known;
use crate::fleet::view::{GroupRow, View};
use crate::gate::fleet::{FleetDevice, Kind};
use crate::sanitize::text;

/// A group with these criteria, ready to be asked who would be in it.
pub(super) struct Evaluation {
    kind: &'static Kind,
    groups: Groups,
    now: Timestamp,
}

impl Evaluation {
    /// Groups that the criteria ask for have the members that the devices name.
    pub(super) fn new(
        kind: &'static Kind,
        criteria: Vec<Criterion>,
        view: &View,
        fleet: &[FleetDevice],
    ) -> Self {
        let mut members: BTreeMap<&ObjectId, BTreeSet<ObjectId>> = BTreeMap::new();
        for device in fleet {
            for group in device.groups.iter().filter_map(|(group, _)| group.as_ref()) {
                members.entry(group).or_default().extend(device.id());
            }
        }
        let group = |id: &ObjectId, name: &str, members: Members| Group {
            kind: kind.groups_of,
            id: id.clone(),
            name: name.to_owned(),
            members,
        };
        let listed = |row: &GroupRow| {
            group(&row.id, &row.name, Members::Listed(members.get(&row.id).cloned().unwrap_or_default()))
        };
        let asked_for = group(&NO_ID, "", Members::Criteria(criteria));
        let groups = Groups::new(view.groups(kind.groups_of).map(listed).chain([asked_for]));
        Self { kind, groups, now: Timestamp::now() }
    }

    /// Whether a device would be in the group.
    pub(super) fn holds(&self, device: &FleetDevice) -> Known<bool> {
        let record = Inventory { id: device.id().unwrap_or(NO_ID), kind: self.kind, device };
        self.groups.of(self.kind.groups_of, &record, self.now).is_in(&NO_ID)
    }
}

/// A device with what the gate reads of its inventory.
struct Inventory<'a> {
    id: ObjectId,
    kind: &'static Kind,
    device: &'a FleetDevice,
}

impl Facts for Inventory<'_> {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn values(&self, fact: &Fact) -> Known<Values<'_>> {
        let (name, target) = (name_of(self.kind, fact), &self.device.target);
        let value = match name {
            "Computer Name" | "Display Name" => &target.name,
            "Serial Number" => &target.serial,
            "Model" => &target.model,
            "Username" => &target.owner,
            other => {
                return Known::unknown(format!(
                    "the criterion `{}`, which only Jamf Pro evaluates",
                    text::clean(other).chars().take(60).collect::<String>()
                ));
            }
        };
        Known::Known(vec![Some(value.as_str()).filter(|value| !value.is_empty()).map(Cow::Borrowed)])
    }
}

/// What criteria call a fact.
fn name_of<'f>(kind: &Kind, fact: &'f Fact) -> &'f str {
    match fact {
        Fact::Attribute(name) => name,
        fact => facts_of(kind.groups_of).find(|(_, own)| own == fact).map_or("", |(name, _)| name),
    }
}
