//! What a question needs of the fleet, read from the store at one moment: the devices of a kind, groups with criteria and members, every
//! object with a scope, and who refers to whom. The main type is [`View`].
//!
//! Each answer is [known or unknown](super::known::Known). A part that could not be read, or not to its end, makes the answers that rest
//! on it unknown, with that reason; it never makes them smaller. [`View::rests_on`] says how old everything is.
//!
//! A view is read whole, so that nothing in it is newer than the rest, and only what [`Needs`] names is read.

mod changes;
mod coverage;
mod devices;
mod groups;
mod records;
mod referrers;
mod scopes;

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;

pub use changes::FactChanges;
pub use devices::{DeviceRow, PlaceOf};
pub use groups::{CriterionCheck, GroupChange, GroupEffect, GroupKey, GroupRow};
pub use referrers::Referrers;
pub use scopes::{ObjectKey, ScopedObject, device_kinds};

use super::groups::{Criterion, Fact, GroupKind, facts_in};
use super::parts::Part;
use super::store::{PartStatus, Store};
use crate::error::Error;

use coverage::Coverage;
use devices::Devices;
use groups::GroupTable;
use records::Records;
use referrers::References;
use scopes::Scopes;

/// What a question needs.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    devices: BTreeSet<GroupKind>,
    groups: BTreeSet<GroupKind>,
    evaluated: BTreeSet<GroupKind>,
    facts: BTreeMap<GroupKind, BTreeSet<Fact>>,
    has_scopes: bool,
    referrers: Option<Referring>,
}

/// Of which kinds references are read.
#[derive(Debug, Clone, Copy)]
enum Referring {
    All,
    Only(&'static [&'static str]),
}

impl Referring {
    fn has(self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(kinds) => kinds.contains(&kind),
        }
    }
}

impl Needs {
    /// The groups of a kind with their criteria, and not who is in them.
    #[must_use]
    pub fn groups(mut self, kind: GroupKind) -> Self {
        self.groups.insert(kind);
        self
    }

    /// Computers, mobile devices or users, with their places and owners, and the groups of their kind with the members that Jamf has.
    #[must_use]
    pub fn devices(mut self, kind: GroupKind) -> Self {
        self.devices.insert(kind);
        self
    }

    /// The same, and everything that the criteria of the groups of the kind ask for, so that they can be evaluated.
    #[must_use]
    pub fn criteria(mut self, kind: GroupKind) -> Self {
        self.evaluated.insert(kind);
        self.devices(kind)
    }

    /// The devices of a kind, and what these criteria ask for, without what those of other groups ask for: to explain one group.
    #[must_use]
    pub fn facts(mut self, kind: GroupKind, criteria: &[Criterion]) -> Self {
        self.facts.entry(kind).or_default().extend(facts_in(kind, criteria));
        self.devices(kind)
    }

    /// The same, and what these criteria ask for besides: those that a group is to get.
    #[must_use]
    pub fn and_criteria(mut self, kind: GroupKind, criteria: &[Criterion]) -> Self {
        self.facts.entry(kind).or_default().extend(facts_in(kind, criteria));
        self.criteria(kind)
    }

    /// All objects that have a scope. User groups come with them, because scopes name them.
    #[must_use]
    pub fn scopes(mut self) -> Self {
        self.has_scopes = true;
        self.devices(GroupKind::User)
    }

    /// Who refers to whom, and the texts that can name objects.
    #[must_use]
    pub fn references(mut self) -> Self {
        self.referrers = Some(Referring::All);
        self
    }

    /// Who refers to whom among objects of these kinds, such as `policy`.
    #[must_use]
    pub fn references_of(mut self, kinds: &'static [&'static str]) -> Self {
        self.referrers = Some(Referring::Only(kinds));
        self
    }

    /// The kinds of groups that are read.
    fn kinds(&self) -> BTreeSet<GroupKind> {
        self.devices.union(&self.groups).copied().collect()
    }
}

/// What the fleet knows at one moment.
#[derive(Debug)]
pub struct View {
    coverage: Coverage,
    groups: GroupTable,
    devices: BTreeMap<GroupKind, Devices>,
    records: BTreeMap<GroupKind, Records>,
    scopes: Scopes,
    references: References,
    now: Timestamp,
}

impl View {
    /// Read what a question needs. This waits for the disk: see [`Store::run`].
    ///
    /// # Errors
    /// When the store cannot be read. What was not loaded is no error; it is unknown.
    pub fn read(store: &Store, needs: &Needs) -> Result<Self, Error> {
        store.snapshot(|snapshot| {
            let mut coverage = Coverage::read(snapshot)?;
            let groups = GroupTable::read(snapshot, &mut coverage, needs)?;
            let (mut devices, mut records) = (BTreeMap::new(), BTreeMap::new());
            for kind in &needs.devices {
                let ids = devices::ids(snapshot, *kind)?;
                let mut facts = needs.facts.get(kind).cloned().unwrap_or_default();
                let is_evaluated = needs.evaluated.contains(kind);
                if is_evaluated {
                    facts.extend(groups::facts(&groups, *kind));
                }
                if is_evaluated || needs.facts.contains_key(kind) {
                    records
                        .insert(*kind, Records::read(snapshot, &mut coverage, *kind, ids.clone(), &facts)?);
                }
                devices.insert(*kind, Devices::read(snapshot, &mut coverage, *kind, ids)?);
            }
            let scopes =
                if needs.has_scopes { Scopes::read(snapshot, &mut coverage)? } else { Scopes::default() };
            let references = match needs.referrers {
                Some(referring) => References::read(snapshot, &mut coverage, referring)?,
                None => References::default(),
            };
            Ok(Self { coverage, groups, devices, records, scopes, references, now: Timestamp::now() })
        })
    }

    /// The parts that it rests on, with their ages and what is missing of them. A criterion can ask for a part that nothing else needs,
    /// such as that of applications.
    pub fn rests_on(&self) -> impl Iterator<Item = &PartStatus> {
        self.coverage.used()
    }

    /// The parts that it rests on.
    pub fn parts(&self) -> Vec<&'static Part> {
        self.rests_on().map(|status| status.part).collect()
    }

    /// The name of a device or a user, or its id where it has no name.
    fn name_of(&self, kind: GroupKind, id: &ObjectId) -> String {
        let device = self.devices.get(&kind).and_then(|devices| devices.get(id));
        let name = device.map(|device| device.name.clone()).filter(|name| !name.is_empty());
        name.unwrap_or_else(|| format!("id {id}"))
    }
}

#[cfg(test)]
mod tests;
