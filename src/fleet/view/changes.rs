//! What a write to the record of one device or user does: which smart groups it enters and leaves, and what comes to it by that.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;

use super::groups::{GroupEffect, GroupRow, unchanged};
use super::{DeviceRow, ScopedObject, View};
use crate::fleet::groups::calibration::{Calibration, Change};
use crate::fleet::groups::{Fact, Facts, GroupKind, Members, Values, facts_in};
use crate::fleet::known::Known;
use crate::fleet::scope::Effect;

/// Facts of a record with the values that they get.
pub type FactChanges = BTreeMap<Fact, Vec<Option<String>>>;

/// A record after a write.
struct Changed<'a> {
    before: &'a dyn Facts,
    changes: &'a FactChanges,
}

impl Facts for Changed<'_> {
    fn id(&self) -> &ObjectId {
        self.before.id()
    }

    fn values(&self, fact: &Fact) -> Known<Values<'_>> {
        let changed = self.changes.iter().find(|(own, _)| is_same(own, fact));
        match changed {
            Some((_, values)) => {
                Known::Known(values.iter().map(|value| value.as_deref().map(Cow::Borrowed)).collect())
            }
            None => self.before.values(fact),
        }
    }
}

fn is_same(one: &Fact, other: &Fact) -> bool {
    match (one, other) {
        (Fact::Attribute(one), Fact::Attribute(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

impl View {
    /// The smart groups whose criteria ask for one of these facts, and those that build on them. A group whose criteria are not known
    /// is one of them.
    pub fn groups_asking_for<'a>(
        &'a self,
        kind: GroupKind,
        facts: impl Iterator<Item = &'a Fact> + Clone,
    ) -> Vec<&'a GroupRow> {
        let asks = |group: &&GroupRow| match &group.criteria {
            Known::Known(criteria) => {
                let own = facts_in(kind, criteria);
                facts.clone().any(|fact| own.iter().any(|own| is_same(own, fact)))
            }
            Known::Unknown(_) => true,
        };
        let direct: Vec<&GroupRow> = self.groups(kind).filter(asks).collect();
        let building = direct.iter().flat_map(|group| self.building_on(kind, &group.name));
        let mut ids = BTreeSet::new();
        let all = direct.iter().copied().chain(building);
        all.filter(|group| ids.insert(&group.id)).collect()
    }

    /// What new values of facts of one record do to the groups that may ask for them: each with the record gained, lost, unknown, or
    /// neither. A group that the record is in, or not, for another reason than its criteria as they are evaluated here is unknown.
    pub fn record_effect(
        &self,
        kind: GroupKind,
        id: &ObjectId,
        changes: &FactChanges,
    ) -> Known<Vec<GroupEffect>> {
        let records = self.records.get(&kind);
        let Some(before) = records.and_then(|records| records.facts(records.place(id)?)) else {
            return Known::unknown(format!("the record with the id {id} was not read"));
        };
        let groups = self.groups_asking_for(kind, changes.keys());
        let rule = |group: &GroupRow| match &group.criteria {
            Known::Known(criteria) => Members::Criteria(criteria.clone()),
            Known::Unknown(reasons) => Members::Unknown(reasons.clone()),
        };
        let all = groups.iter().map(|group| (group.id.clone(), rule(group))).collect();
        let after = self.prepared(kind, &all, None);
        let changed = Changed { before: &before, changes };
        let effect = |group: &&GroupRow| {
            let own = BTreeMap::from([(group.id.clone(), rule(group))]);
            let (now, later) = (
                self.prepared(kind, &own, None).of(kind, &before, self.now).is_in(&group.id),
                after.of(kind, &changed, self.now).is_in(&group.id),
            );
            let member = self.is_member(kind, &group.id, id);
            let change = match member {
                Known::Known(is_member) => {
                    let members: BTreeSet<ObjectId> = is_member.then(|| id.clone()).into_iter().collect();
                    let calibration = Calibration::new([(id, now)], |id| self.name_of(kind, id), &members);
                    Change::new(&calibration, &members, [(id.clone(), later)])
                }
                Known::Unknown(reasons) => {
                    Change { unknown: BTreeMap::from([(id.clone(), reasons)]), ..Change::default() }
                }
            };
            GroupEffect { change, ..unchanged(group) }
        };
        Known::Known(groups.iter().map(effect).collect())
    }

    /// What a write to the record of a device brings to it and takes from it: the device as it will be, and the groups that it enters
    /// and leaves. Objects that it changes nothing of are left out.
    pub fn effects_of_record(
        &self,
        after: &DeviceRow,
        groups: &[GroupEffect],
    ) -> Known<Vec<(&ScopedObject, Effect)>> {
        let Some(before) = self.device(after.kind, &after.id) else {
            return Known::unknown(format!("the record with the id {} was not read", after.id));
        };
        let moves = groups.iter().map(|change| ((change.kind, &change.id), change)).collect();
        let effects = self.objects().filter(|object| object.devices().contains(&after.kind)).map(|object| {
            let state = Some(&object.deployment);
            let effect = self.with_devices(&[before], None, |before| {
                self.with_devices(&[after], Some(&moves), |after| {
                    Effect::of_devices(state, state, false, before.iter().zip(after))
                })
            });
            (object, effect)
        });
        Known::Known(effects.filter(|(_, effect)| changes_something(effect)).collect())
    }
}

fn changes_something(effect: &Effect) -> bool {
    let all = [&effect.gains, &effect.loses, &effect.runs_again, &effect.offered];
    all.iter().any(|affected| !affected.devices.is_empty() || !affected.unknown.is_empty())
}
