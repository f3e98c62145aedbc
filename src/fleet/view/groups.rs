//! Groups of a view: their criteria, the members that Jamf has, and what a change of one does to it and to those that build on it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;

use super::coverage::{Coverage, objects};
use super::records::Place;
use super::{DeviceRow, Needs, View};
use crate::error::Error;
use crate::fleet::groups::calibration::{Calibration, Change};
use crate::fleet::groups::{
    Criterion, Facts, Group, GroupKind, Groups, Members, Operator, facts_in, group_criterion,
};
use crate::fleet::known::{Known, Reasons};
use crate::fleet::store::{Row, Snapshot};
use crate::sanitize::{secrets, text};

/// A group by kind and id.
pub type GroupKey = (GroupKind, ObjectId);

/// A group as the fleet has it.
#[derive(Debug, Clone)]
pub struct GroupRow {
    /// Whom it holds.
    pub kind: GroupKind,
    /// Its Jamf id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Whether it is a smart one.
    pub is_smart: bool,
    /// The criteria of a smart group; none of a static one.
    pub criteria: Known<Vec<Criterion>>,
    /// How many members Jamf counts, where it says so.
    pub counted: Option<i64>,
}

/// What becomes of a group.
#[derive(Debug, Clone)]
pub enum GroupChange {
    /// A smart group gets these criteria.
    Criteria(Vec<Criterion>),
    /// A static group gets these members.
    Members(BTreeSet<ObjectId>),
    /// It is deleted.
    Deletion,
    /// It gets another name: what asks for it by the old one finds it no more.
    Name(String),
}

/// What a change does to one group.
#[derive(Debug, Clone)]
pub struct GroupEffect {
    /// Whom it holds.
    pub kind: GroupKind,
    /// Its Jamf id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// How the present criteria, evaluated here, compare with the members that Jamf has; `None` where no criteria decide.
    pub calibration: Option<Calibration>,
    /// Who enters and who leaves.
    pub change: Change,
}

/// One criterion of a smart group, judged for one record.
#[derive(Debug, Clone)]
pub struct CriterionCheck {
    /// The criterion.
    pub criterion: Criterion,
    /// Whether the record meets it.
    pub is_met: Known<bool>,
    /// The values of the record for what it asks for, of which nothing reported is none; unknown for a criterion that asks for a group.
    pub values: Known<Vec<Option<String>>>,
}

/// The words for kinds in the tables.
const KINDS: [(&str, GroupKind); 3] =
    [("computer", GroupKind::Computer), ("mobile", GroupKind::MobileDevice), ("user", GroupKind::User)];

fn kind_of(word: &str) -> Option<GroupKind> {
    KINDS.iter().find(|(own, _)| *own == word).map(|(_, kind)| *kind)
}

/// Where memberships of a kind come from, and where groups with their criteria do.
const fn sources(kind: GroupKind) -> (&'static str, &'static [&'static str], &'static str) {
    match kind {
        GroupKind::Computer => (
            "computer groups of devices",
            &["smart computer groups", "static computer groups"],
            "criteria of smart computer groups",
        ),
        GroupKind::MobileDevice => (
            "mobile device groups of devices",
            &["smart mobile device groups", "static mobile device groups"],
            "criteria of smart mobile device groups",
        ),
        GroupKind::User => ("user groups", &["user groups"], "user groups"),
    }
}

/// The source of memberships of a kind.
pub(super) const fn memberships(kind: GroupKind) -> &'static str {
    sources(kind).0
}

/// Groups with their members.
#[derive(Debug, Default)]
pub(super) struct GroupTable {
    rows: BTreeMap<GroupKey, GroupRow>,
    /// The ids of the members of each group, by what Jamf says.
    members: BTreeMap<GroupKey, BTreeSet<ObjectId>>,
    /// The names of the members of user groups, in small letters.
    usernames: BTreeMap<ObjectId, BTreeSet<String>>,
    /// Devices whose records are newer than what was read of their groups.
    unread: BTreeSet<(GroupKind, ObjectId)>,
}

impl GroupTable {
    /// Read the groups of these kinds.
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        coverage: &mut Coverage,
        needs: &Needs,
    ) -> Result<Self, Error> {
        let mut table = Self::default();
        let kinds: BTreeSet<GroupKind> = needs.kinds();
        for kind in &kinds {
            let (memberships, lists, criteria) = sources(*kind);
            let memberships = needs.devices.contains(kind).then_some(&memberships);
            lists.iter().chain([&criteria]).chain(memberships).for_each(|source| coverage.rest_on(source));
        }
        let key = |row: &Row<'_>| {
            let kind = kind_of(&row.text(1)?).filter(|kind| kinds.contains(kind))?;
            Some((kind, ObjectId::parse(&row.text(0)?)?))
        };
        snapshot.each("SELECT id, kind, name, smart, members FROM groups", &[], |row| {
            let Some((kind, id)) = key(row) else { return };
            let group = GroupRow {
                kind,
                id: id.clone(),
                name: row.owned(2),
                is_smart: row.is(3).unwrap_or_default(),
                criteria: Known::Known(Vec::new()),
                counted: row.integer(4),
            };
            table.rows.insert((kind, id), group);
        })?;
        table.read_criteria(snapshot, coverage, &kinds)?;
        let sql = "SELECT group_id, kind, device_id FROM group_members";
        snapshot.each(sql, &[], |row| {
            let (Some(key), Some(member)) = (key(row), row.text(2).as_deref().and_then(ObjectId::parse))
            else {
                return;
            };
            if !needs.devices.contains(&key.0) {
                return;
            }
            table.members.entry(key).or_default().insert(member);
        })?;
        for kind in kinds.iter().filter(|kind| **kind != GroupKind::User) {
            let read = objects(snapshot, memberships(*kind))?;
            let all = objects(snapshot, super::records::home(*kind).0)?;
            table.unread.extend(all.difference(&read).map(|id| (*kind, id.clone())));
        }
        if kinds.contains(&GroupKind::User) {
            let sql = "SELECT group_id, user_id, username FROM user_group_members";
            snapshot.each(sql, &[], |row| {
                let Some(group) = row.text(0).as_deref().and_then(ObjectId::parse) else { return };
                if let Some(member) = row.text(1).as_deref().and_then(ObjectId::parse) {
                    table.members.entry((GroupKind::User, group.clone())).or_default().insert(member);
                }
                let name = row.text(2).map(|name| name.to_lowercase());
                table.usernames.entry(group).or_default().extend(name);
            })?;
        }
        Ok(table)
    }

    fn read_criteria(
        &mut self,
        snapshot: &Snapshot<'_>,
        coverage: &Coverage,
        kinds: &BTreeSet<GroupKind>,
    ) -> Result<(), Error> {
        for kind in kinds {
            let (_, _, source) = sources(*kind);
            let read = objects(snapshot, source)?;
            for ((_, id), group) in self.rows.iter_mut().filter(|((own, _), _)| own == kind) {
                if group.is_smart && !read.contains(id) {
                    let why = coverage.whole(source).reasons().cloned();
                    let why = why.unwrap_or_else(|| {
                        Reasons::one(format!(
                            "the criteria of the group {} were not read yet",
                            text::quoted(&group.name, 80)
                        ))
                    });
                    group.criteria = Known::Unknown(why);
                }
            }
        }
        let sql = "SELECT group_id, kind, name, operator, value, and_or, position, open_paren, close_paren
                   FROM group_criteria ORDER BY rowid";
        snapshot.each(sql, &[], |row| {
            let kind = row.text(1).as_deref().and_then(kind_of);
            let id = row.text(0).as_deref().and_then(ObjectId::parse);
            let Some(group) = kind.zip(id).and_then(|key| self.rows.get_mut(&key)) else { return };
            let criterion = criterion(row);
            if criterion.value.contains(secrets::MARK) {
                group.criteria = Known::unknown("a credential was left out of a criterion");
            } else if let Known::Known(criteria) = &mut group.criteria {
                criteria.push(criterion);
            }
        })
    }
}

/// A criterion, from its name in column 2 on.
fn criterion(row: &Row<'_>) -> Criterion {
    Criterion {
        name: row.owned(2),
        operator: row.owned(3),
        value: row.owned(4),
        is_or: row.text(5).is_some_and(|word| word.eq_ignore_ascii_case("or")),
        priority: row.integer(6),
        opens: row.is(7).unwrap_or_default(),
        closes: row.is(8).unwrap_or_default(),
    }
}

impl View {
    /// The groups of a kind.
    pub fn groups(&self, kind: GroupKind) -> impl Iterator<Item = &GroupRow> {
        self.groups.rows.values().filter(move |group| group.kind == kind)
    }

    /// Why there may be groups of a kind, or criteria of them, that were not read.
    pub fn unread_groups(&self, kind: GroupKind) -> Option<Reasons> {
        let (_, lists, criteria) = sources(kind);
        let gaps = lists
            .iter()
            .chain([&criteria])
            .filter_map(|source| self.coverage.whole(source).reasons().cloned());
        gaps.reduce(Reasons::and)
    }

    /// A group by its id; unknown where it is not there, or not all groups were read.
    pub fn group(&self, kind: GroupKind, id: &ObjectId) -> Known<&GroupRow> {
        if let Some(group) = self.groups.rows.get(&(kind, id.clone())) {
            return Known::Known(group);
        }
        let (_, lists, _) = sources(kind);
        let gaps = lists.iter().filter_map(|source| self.coverage.whole(source).reasons().cloned());
        let none = || Reasons::one(format!("there is no group with the id {id} in what was read"));
        Known::Unknown(gaps.reduce(Reasons::and).unwrap_or_else(none))
    }

    /// The members of a group, by what Jamf says.
    pub fn members(&self, kind: GroupKind, id: &ObjectId) -> Known<BTreeSet<ObjectId>> {
        match (self.group(kind, id), self.coverage.whole(memberships(kind))) {
            (Known::Unknown(reasons), _) | (_, Known::Unknown(reasons)) => Known::Unknown(reasons),
            (Known::Known(group), Known::Known(())) => self.members_of(group).map(Clone::clone),
        }
    }

    fn members_of(&self, group: &GroupRow) -> Known<&BTreeSet<ObjectId>> {
        static NOBODY: BTreeSet<ObjectId> = BTreeSet::new();
        let members = self.groups.members.get(&(group.kind, group.id.clone()));
        match (members, group.counted) {
            (None, Some(count)) if count > 0 => Known::unknown(format!(
                "Jamf counts {count} members of the group {}, and none of them was read: the group is newer than the devices",
                text::quoted(&group.name, 80)
            )),
            (members, _) => Known::Known(members.unwrap_or(&NOBODY)),
        }
    }

    /// Whether a record is in a group, by what Jamf says.
    pub(super) fn is_member(&self, kind: GroupKind, group: &ObjectId, member: &ObjectId) -> Known<bool> {
        let key = (kind, group.clone());
        // What is there is there, though not everything was read.
        if self.groups.members.get(&key).is_some_and(|members| members.contains(member)) {
            return Known::Known(true);
        }
        let whole = self.coverage.whole(memberships(kind));
        match (whole, self.group(kind, group)) {
            (Known::Unknown(reasons), _) | (_, Known::Unknown(reasons)) => Known::Unknown(reasons),
            (Known::Known(()), Known::Known(_)) if self.is_newer_than_groups(kind, member) => newer(),
            (Known::Known(()), Known::Known(group)) => {
                self.members_of(group).map(|members| members.contains(member))
            }
        }
    }

    /// Whether the groups of a device were read before the device was there.
    fn is_newer_than_groups(&self, kind: GroupKind, id: &ObjectId) -> bool {
        self.groups.unread.contains(&(kind, id.clone()))
    }

    /// Whether the owner of a device, by a user name, is in a group of users.
    pub(super) fn is_owner_in(&self, group: &ObjectId, username: &str) -> Known<bool> {
        let short = |name: &str| name.split('@').next().unwrap_or_default().to_lowercase();
        let (name, own) = (username.to_lowercase(), short(username));
        let names = self.groups.usernames.get(group);
        if names.is_some_and(|names| names.contains(&name)) {
            return Known::Known(true);
        }
        match (self.coverage.whole(memberships(GroupKind::User)), self.group(GroupKind::User, group)) {
            (Known::Unknown(reasons), _) | (_, Known::Unknown(reasons)) => Known::Unknown(reasons),
            (Known::Known(()), Known::Known(group)) => {
                if names.is_some_and(|names| names.iter().any(|name| short(name) == own)) {
                    return Known::unknown(format!(
                        "the owner of the device has nearly the name of a member of the group {}, with or without its domain",
                        text::quoted(&group.name, 80)
                    ));
                }
                Known::Known(false)
            }
        }
    }

    /// Who would be in a smart group by its criteria, evaluated here, beside the members that Jamf has. Groups that it asks for have
    /// the members that Jamf has for them.
    pub fn calibration(&self, kind: GroupKind, id: &ObjectId) -> Known<Calibration> {
        self.group(kind, id).and_then(|group| group.criteria.clone()).and_then(|criteria| {
            let changed = BTreeMap::from([(id.clone(), Members::Criteria(criteria))]);
            let groups = self.prepared(kind, &changed, None);
            self.members(kind, id).and_then(|members| {
                self.evaluate(kind, id, &groups).map(|judged| {
                    let judged = judged.iter().map(|(id, is_in)| (id, is_in.clone()));
                    Calibration::new(judged, |id| self.name_of(kind, id), &members)
                })
            })
        })
    }

    /// Whether a device is in a group, by what Jamf says.
    pub fn membership(&self, device: &DeviceRow, group: &ObjectId) -> Known<bool> {
        self.is_member(device.kind, group, &device.id)
    }

    /// The criteria of a smart group in their order, each judged for one device, and whether the device is in the group by all of them. Groups
    /// that a criterion asks for have the members that Jamf has. The view needs [`Needs::facts`] of these criteria.
    pub fn explain_membership(
        &self,
        device: &DeviceRow,
        id: &ObjectId,
    ) -> Known<(Vec<CriterionCheck>, Known<bool>)> {
        let kind = device.kind;
        self.group(kind, id).and_then(|group| group.criteria.clone()).and_then(|criteria| {
            let changed = BTreeMap::from([(id.clone(), Members::Criteria(criteria))]);
            let groups = self.prepared(kind, &changed, None);
            let records = self.records.get(&kind);
            let facts = records.and_then(|records| records.facts(records.place(&device.id)?));
            let Some(facts) = facts else {
                return Known::unknown("the record of the device was not read");
            };
            let membership = groups.of(kind, &facts, self.now);
            let is_in = membership.is_in(id);
            membership.criteria(id).map(|judged| {
                let checks = judged.into_iter().map(|one| CriterionCheck {
                    values: match one.fact.map(|fact| facts.values(&fact)) {
                        Some(Known::Known(values)) => {
                            Known::Known(values.into_iter().map(|value| value.map(Cow::into_owned)).collect())
                        }
                        Some(Known::Unknown(reasons)) => Known::Unknown(reasons),
                        None => Known::unknown("it asks for a group"),
                    },
                    criterion: one.criterion,
                    is_met: one.is_met,
                });
                (checks.collect(), is_in)
            })
        })
    }

    /// Whether each record is in a group, with the groups as they are handed in.
    fn evaluate(
        &self,
        kind: GroupKind,
        id: &ObjectId,
        groups: &Groups,
    ) -> Known<Vec<(ObjectId, Known<bool>)>> {
        let Some(records) = self.records.get(&kind) else {
            return Known::unknown("the records that the criteria choose from were not read");
        };
        let (source, _) = super::records::home(kind);
        self.coverage.whole(source).map(|()| {
            let judge = |place: Place| {
                let facts = records.facts(place)?;
                let is_in = if self.is_newer_than_groups(kind, facts.id()) {
                    newer()
                } else {
                    groups.of(kind, &facts, self.now).is_in(id)
                };
                Some((facts.id().clone(), is_in))
            };
            records.places().filter_map(judge).collect()
        })
    }

    /// The groups that are changed, with what decides their members now, and those that they ask for, with the members that Jamf has. A
    /// group that is deleted is none of them; one that gets another name has it.
    pub(super) fn prepared(
        &self,
        kind: GroupKind,
        changed: &BTreeMap<ObjectId, Members>,
        which: Option<(&ObjectId, &GroupChange)>,
    ) -> Groups {
        let asked: BTreeSet<String> = changed
            .values()
            .filter_map(
                |members| if let Members::Criteria(criteria) = members { Some(criteria) } else { None },
            )
            .flatten()
            .filter(|one| one.name.eq_ignore_ascii_case(group_criterion(kind)))
            .map(|one| one.value.to_lowercase())
            .collect();
        let groups = self.groups(kind).filter_map(|group| {
            let name = match which.filter(|(id, _)| **id == group.id) {
                Some((_, GroupChange::Deletion)) => return None,
                Some((_, GroupChange::Name(name))) => name.clone(),
                _ => group.name.clone(),
            };
            let members = match changed.get(&group.id) {
                Some(members) => members.clone(),
                None if !asked.contains(&name.to_lowercase()) => return None,
                None => match self.members(kind, &group.id) {
                    Known::Known(members) => Members::Listed(members),
                    Known::Unknown(reasons) => Members::Unknown(reasons),
                },
            };
            Some(Group { kind, id: group.id.clone(), name, members })
        });
        Groups::new(groups)
    }

    /// The groups whose criteria ask for a group by its name, and those that ask for them, each once and without itself.
    pub fn building_on(&self, kind: GroupKind, name: &str) -> Vec<&GroupRow> {
        let mut found: Vec<&GroupRow> = Vec::new();
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            for group in self.groups(kind) {
                if asks_for(group, name) && !found.iter().any(|own| own.id == group.id) {
                    found.push(group);
                    names.push(&group.name);
                }
            }
        }
        found
    }

    /// What a change of a group does to it and to the groups that build on it, the group itself first. Where the present criteria,
    /// evaluated here, do not choose the members that Jamf has, everybody is unknown.
    pub fn group_effect(
        &self,
        kind: GroupKind,
        id: &ObjectId,
        change: &GroupChange,
    ) -> Known<Vec<GroupEffect>> {
        self.group(kind, id).and_then(|group| {
            self.members(kind, id).map(|members| self.effects_of_change(group, &members, change))
        })
    }

    fn effects_of_change(
        &self,
        group: &GroupRow,
        members: &BTreeSet<ObjectId>,
        change: &GroupChange,
    ) -> Vec<GroupEffect> {
        let (kind, id) = (group.kind, &group.id);
        let own = match change {
            GroupChange::Criteria(criteria) => Some(Members::Criteria(criteria.clone())),
            GroupChange::Members(after) => Some(Members::Listed(after.clone())),
            GroupChange::Deletion | GroupChange::Name(_) => None,
        };
        let mut changed: BTreeMap<ObjectId, Members> =
            own.into_iter().map(|members| (id.clone(), members)).collect();
        let mut building = self.building_on(kind, &group.name);
        if let GroupChange::Name(name) = change {
            let others = self.building_on(kind, name);
            building.extend(others);
        }
        building.retain(|other| other.id != *id);
        building.sort_by(|one, other| one.id.cmp(&other.id));
        building.dedup_by(|one, other| one.id == other.id);
        for other in &building {
            let members = match &other.criteria {
                Known::Known(criteria) => Members::Criteria(criteria.clone()),
                Known::Unknown(reasons) => Members::Unknown(reasons.clone()),
            };
            changed.insert(other.id.clone(), members);
        }
        let after = self.prepared(kind, &changed, Some((id, change)));
        let mut effects = vec![self.own_effect(group, members, change, &after)];
        effects.extend(building.into_iter().map(|other| self.effect_on(other, &after)));
        effects
    }

    fn own_effect(
        &self,
        group: &GroupRow,
        members: &BTreeSet<ObjectId>,
        change: &GroupChange,
        after: &Groups,
    ) -> GroupEffect {
        match change {
            GroupChange::Criteria(_) => self.effect_on(group, after),
            GroupChange::Members(after) => GroupEffect {
                change: Change {
                    gained: after.difference(members).cloned().collect(),
                    lost: members.difference(after).cloned().collect(),
                    unknown: BTreeMap::new(),
                },
                ..unchanged(group)
            },
            GroupChange::Deletion => GroupEffect {
                change: Change { lost: members.clone(), ..Change::default() },
                ..unchanged(group)
            },
            GroupChange::Name(_) => unchanged(group),
        }
    }

    /// The change of a group whose members criteria decide.
    fn effect_on(&self, group: &GroupRow, after: &Groups) -> GroupEffect {
        let (kind, id) = (group.kind, &group.id);
        let judged = self.calibration(kind, id).and_then(|calibration| {
            self.members(kind, id).and_then(|members| {
                self.evaluate(kind, id, after)
                    .map(|judged| (Change::new(&calibration, &members, judged), calibration))
            })
        });
        match judged {
            Known::Known((change, calibration)) => {
                GroupEffect { change, calibration: Some(calibration), ..unchanged(group) }
            }
            Known::Unknown(reasons) => {
                let ids = self.devices.get(&kind).into_iter().flat_map(super::devices::Devices::all);
                let unknown = ids.map(|device| (device.id.clone(), reasons.clone())).collect();
                GroupEffect { change: Change { unknown, ..Change::default() }, ..unchanged(group) }
            }
        }
    }
}

fn newer() -> Known<bool> {
    Known::unknown("the device is newer than what was read of its groups")
}

/// A group that nobody enters or leaves.
pub(super) fn unchanged(group: &GroupRow) -> GroupEffect {
    GroupEffect {
        kind: group.kind,
        id: group.id.clone(),
        name: group.name.clone(),
        calibration: None,
        change: Change::default(),
    }
}

/// Whether a group asks for the membership of another one; one whose criteria are not known may.
fn asks_for(group: &GroupRow, name: &str) -> bool {
    let criteria = match &group.criteria {
        Known::Known(criteria) => criteria,
        Known::Unknown(_) => return true,
    };
    criteria.iter().any(|one| {
        one.name.eq_ignore_ascii_case(group_criterion(group.kind))
            && one.value.eq_ignore_ascii_case(name)
            && matches!(Operator::parse(&one.operator), Some(Operator::MemberOf | Operator::NotMemberOf))
    })
}

/// The facts that criteria of the groups of a kind ask for.
pub(super) fn facts(table: &GroupTable, kind: GroupKind) -> BTreeSet<crate::fleet::groups::Fact> {
    let groups = table.rows.values().filter(|group| group.kind == kind);
    let criteria = groups.filter_map(|group| match &group.criteria {
        Known::Known(criteria) => Some(criteria),
        Known::Unknown(_) => None,
    });
    criteria.flat_map(|criteria| facts_in(kind, criteria)).collect()
}
