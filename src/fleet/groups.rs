//! Who is in a group of computers, mobile devices or users: criteria of smart groups are evaluated here over what the fleet knows. The
//! main type is [`Groups`]; it is made of the groups of a tenant and answers for one record at a time with in, out, or unknown for reasons.
//!
//! Criteria go in their order. Where Jamf's rule is not documented, the possible readings are judged, and what they do not agree on is
//! unknown: a mix of `and` and `or`, and whether criteria on the title and the version of an application mean one application.
//! [`calibration`] compares the result with the members that Jamf itself has.

pub mod calibration;
mod criteria;
mod facts;
mod moments;
mod names;
mod nested;
mod operators;
mod size;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;

pub use criteria::{Criterion, in_order};
pub use facts::{Fact, Facts, GroupKind, Record, Values};
pub use names::{facts as facts_of, group_criterion};
pub use operators::{OPERATORS, Operator};

use criteria::{Expression, Reading};
use operators::Test;

use super::known::{Known, Reasons};
use crate::sanitize::text;

/// A group as the tenant has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Whom it holds.
    pub kind: GroupKind,
    /// Its Jamf id.
    pub id: ObjectId,
    /// Its name, by which criteria of other groups name it.
    pub name: String,
    /// What decides who is in it.
    pub members: Members,
}

/// What decides who is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// The criteria of a smart group. None at all choose everybody.
    Criteria(Vec<Criterion>),
    /// The ids of the members: of a static group, or of a smart group whose members Jamf said.
    Listed(BTreeSet<ObjectId>),
    /// Nothing that could be read.
    Unknown(Reasons),
}

/// The facts that criteria of groups of a kind ask for, memberships aside.
pub fn facts_in(kind: GroupKind, criteria: &[Criterion]) -> BTreeSet<Fact> {
    let is_fact = |one: &&Criterion| !one.name.eq_ignore_ascii_case(group_criterion(kind));
    criteria.iter().filter(is_fact).map(|one| names::fact(kind, &one.name).0).collect()
}

/// The groups of a tenant, ready to be asked who is in them.
#[derive(Debug)]
pub struct Groups {
    groups: Vec<Ready>,
    by_id: HashMap<(GroupKind, ObjectId), usize>,
    /// Groups with one another in a circle are one set; each set comes after those that it asks for.
    components: Vec<Vec<usize>>,
    /// The place of the set of each group.
    component: Vec<usize>,
}

#[derive(Debug)]
struct Ready {
    group: Group,
    rule: Rule,
    /// The groups that its criteria ask for.
    uses: Vec<usize>,
}

#[derive(Debug)]
enum Rule {
    Listed,
    Unknown(Reasons),
    Criteria { expression: Expression, checks: Vec<Known<Check>> },
}

/// What one criterion asks.
#[derive(Debug)]
enum Check {
    Fact(Fact, Test),
    /// Membership of any of the groups that have a name, and whether it is asked that there is none.
    Group(Vec<usize>, bool),
}

/// Groups in a circle are judged again until nothing changes, at most so many times.
const ROUNDS: usize = 8;

impl Groups {
    /// Prepare groups. Of two with the same kind and id the last one counts.
    pub fn new(groups: impl IntoIterator<Item = Group>) -> Self {
        let groups: BTreeMap<(GroupKind, ObjectId), Group> =
            groups.into_iter().map(|group| ((group.kind, group.id.clone()), group)).collect();
        let mut by_name: HashMap<(GroupKind, String), Vec<usize>> = HashMap::new();
        let mut by_id = HashMap::new();
        for (at, (key, group)) in groups.iter().enumerate() {
            by_name.entry((group.kind, group.name.to_lowercase())).or_default().push(at);
            by_id.insert(key.clone(), at);
        }
        let named = |kind: GroupKind, name: &str| by_name.get(&(kind, name.to_lowercase())).cloned();
        let groups: Vec<Ready> = groups.into_values().map(|group| Ready::new(group, &named)).collect();
        let uses: Vec<Vec<usize>> = groups.iter().map(|ready| ready.uses.clone()).collect();
        let components = nested::components(&uses);
        let mut component = vec![0; groups.len()];
        for (place, set) in components.iter().enumerate() {
            for at in set {
                if let Some(own) = component.get_mut(*at) {
                    *own = place;
                }
            }
        }
        Self { groups, by_id, components, component }
    }

    /// A group by its id.
    pub fn get(&self, kind: GroupKind, id: &ObjectId) -> Option<&Group> {
        self.groups.get(*self.by_id.get(&(kind, id.clone()))?).map(|ready| &ready.group)
    }

    /// Groups that ask for one another in a circle, each circle by the names of its groups.
    pub fn circles(&self) -> Vec<Vec<&str>> {
        let is_circle = |set: &&Vec<usize>| self.is_circle(set);
        let circles = self.components.iter().filter(is_circle);
        let name = |at: &usize| self.groups.get(*at).map(|ready| ready.group.name.as_str());
        circles.map(|set| set.iter().filter_map(name).collect()).collect()
    }

    fn is_circle(&self, set: &[usize]) -> bool {
        let asks_for_itself = |at: &usize| self.groups.get(*at).is_some_and(|ready| ready.uses.contains(at));
        set.len() > 1 || set.iter().any(asks_for_itself)
    }

    /// Ask who is in the groups of a kind for one record, at a moment.
    pub fn of<'a>(&'a self, kind: GroupKind, facts: &'a dyn Facts, now: Timestamp) -> Membership<'a> {
        Membership { groups: self, kind, facts, now, judged: RefCell::default() }
    }
}

/// Whether a criterion is true of one value of what it asks for, whatever that is.
pub fn is_true_of(kind: GroupKind, criterion: &Criterion, value: &str, now: Timestamp) -> Known<bool> {
    let Some(operator) = Operator::parse(&criterion.operator) else {
        return Known::unknown(format!(
            "the operator {} is not known here",
            text::quoted(&criterion.operator, 40)
        ));
    };
    let value = Some(value).filter(|value| !value.is_empty()).map(Cow::Borrowed);
    let (_, value_kind) = names::fact(kind, &criterion.name);
    Test::new(value_kind, operator, &criterion.value).and_then(|test| test.judge(&vec![value], now))
}

impl Ready {
    fn new(group: Group, named: &dyn Fn(GroupKind, &str) -> Option<Vec<usize>>) -> Self {
        let rule = match &group.members {
            Members::Listed(_) => Rule::Listed,
            Members::Unknown(reasons) => Rule::Unknown(reasons.clone()),
            Members::Criteria(criteria) => Rule::new(group.kind, criteria, named),
        };
        let mut uses = Vec::new();
        if let Rule::Criteria { checks, .. } = &rule {
            for check in checks {
                if let Known::Known(Check::Group(groups, _)) = check {
                    uses.extend(groups);
                }
            }
        }
        Self { group, rule, uses }
    }
}

impl Rule {
    fn new(
        kind: GroupKind,
        criteria: &[Criterion],
        named: &dyn Fn(GroupKind, &str) -> Option<Vec<usize>>,
    ) -> Self {
        let criteria = match criteria::ordered(criteria) {
            Known::Known(criteria) => criteria,
            Known::Unknown(reasons) => return Self::Unknown(reasons),
        };
        match Expression::new(&criteria) {
            Known::Unknown(reasons) => Self::Unknown(reasons),
            Known::Known(expression) => {
                let checks = criteria.iter().map(|one| Check::new(kind, one, named)).collect();
                Self::Criteria { expression, checks }
            }
        }
    }
}

impl Check {
    fn new(
        kind: GroupKind,
        criterion: &Criterion,
        named: &dyn Fn(GroupKind, &str) -> Option<Vec<usize>>,
    ) -> Known<Self> {
        let name = || text::quoted(&criterion.name, 80);
        let Some(operator) = Operator::parse(&criterion.operator) else {
            let operator = text::quoted(&criterion.operator, 40);
            return Known::unknown(format!(
                "the criterion {} has the operator {operator}, which is not known here",
                name()
            ));
        };
        let is_membership = matches!(operator, Operator::MemberOf | Operator::NotMemberOf);
        if criterion.name.eq_ignore_ascii_case(group_criterion(kind)) {
            return match named(kind, &criterion.value) {
                _ if !is_membership => {
                    Known::unknown(format!("the criterion {} asks for no membership", name()))
                }
                None => Known::unknown(format!(
                    "a criterion asks for the group {}, and no group has that name",
                    text::quoted(&criterion.value, 80)
                )),
                Some(groups) => Known::Known(Self::Group(groups, operator == Operator::NotMemberOf)),
            };
        }
        if is_membership {
            return Known::unknown(format!("the criterion {} asks for a membership of another kind", name()));
        }
        let (fact, value_kind) = names::fact(kind, &criterion.name);
        Test::new(value_kind, operator, &criterion.value).map(|test| Self::Fact(fact, test))
    }
}

/// One criterion of a smart group, judged for one record.
#[derive(Debug, Clone)]
pub struct JudgedCriterion {
    /// The criterion.
    pub criterion: Criterion,
    /// Whether the record meets it.
    pub is_met: Known<bool>,
    /// What it asks for; none for a criterion that asks for a group.
    pub fact: Option<Fact>,
}

/// Who one record is among the groups of a kind. What was judged once is kept.
pub struct Membership<'a> {
    groups: &'a Groups,
    kind: GroupKind,
    facts: &'a dyn Facts,
    now: Timestamp,
    judged: RefCell<HashMap<usize, Known<bool>>>,
}

impl Membership<'_> {
    /// Whether the record is in the group of an id.
    pub fn is_in(&self, id: &ObjectId) -> Known<bool> {
        let Some(at) = self.groups.by_id.get(&(self.kind, id.clone())) else {
            return Known::unknown(format!("there is no group with the id {id}, or it could not be read"));
        };
        if let Some(judged) = self.kept(*at) {
            return judged;
        }
        if self.groups.groups.get(*at).is_some_and(|ready| ready.uses.is_empty()) {
            return self.judge(*at);
        }
        // What it asks for, directly or through others, in the order in which nothing is asked for before it is judged.
        let mut wanted = BTreeSet::new();
        let mut waiting = vec![*at];
        while let Some(at) = waiting.pop() {
            let place = self.groups.component.get(at).copied().unwrap_or_default();
            if !wanted.insert(place) {
                continue;
            }
            let set = self.groups.components.get(place).into_iter().flatten();
            waiting.extend(set.filter_map(|at| self.groups.groups.get(*at)).flat_map(|ready| &ready.uses));
        }
        for place in wanted {
            if let Some(set) = self.groups.components.get(place) {
                self.judge_set(set);
            }
        }
        self.kept(*at).unwrap_or_else(|| Known::unknown("the group could not be judged"))
    }

    /// The criteria of a smart group in their order, each judged for the record. The whole is judged first, because that judges the groups
    /// that they ask for.
    pub fn criteria(&self, id: &ObjectId) -> Known<Vec<JudgedCriterion>> {
        drop(self.is_in(id));
        let at = self.groups.by_id.get(&(self.kind, id.clone()));
        let Some(ready) = at.and_then(|at| self.groups.groups.get(*at)) else {
            return Known::unknown(format!("there is no group with the id {id}, or it could not be read"));
        };
        match (&ready.rule, &ready.group.members) {
            (Rule::Criteria { checks, .. }, Members::Criteria(criteria)) => {
                criteria::ordered(criteria).map(|criteria| {
                    let judged = criteria.into_iter().zip(checks).map(|(criterion, check)| {
                        let fact = match check {
                            Known::Known(Check::Fact(fact, _)) => Some(fact.clone()),
                            _ => None,
                        };
                        JudgedCriterion { criterion: criterion.clone(), is_met: self.truth(check), fact }
                    });
                    judged.collect()
                })
            }
            (Rule::Unknown(reasons), _) => Known::Unknown(reasons.clone()),
            _ => Known::unknown("no criteria decide who is in the group"),
        }
    }

    fn kept(&self, at: usize) -> Option<Known<bool>> {
        self.judged.borrow().get(&at).cloned()
    }

    fn keep(&self, at: usize, judged: Known<bool>) -> bool {
        self.judged.borrow_mut().insert(at, judged.clone()) != Some(judged)
    }

    fn judge_set(&self, set: &[usize]) {
        if let [one] = set
            && !self.groups.is_circle(set)
        {
            if self.kept(*one).is_none() {
                self.keep(*one, self.judge(*one));
            }
            return;
        }
        if set.first().is_some_and(|at| self.kept(*at).is_some()) {
            return;
        }
        let name = |at: &usize| self.groups.groups.get(*at).map(|ready| text::quoted(&ready.group.name, 80));
        let names: Vec<String> = set.iter().filter_map(name).take(20).collect();
        let circle =
            Reasons::one(format!("these groups ask for one another in a circle: {}", names.join(", ")));
        for at in set {
            self.keep(*at, Known::Unknown(circle.clone()));
        }
        // What the other criteria decide is decided all the same.
        for _ in 0..ROUNDS {
            let is_changed = |at: &usize| self.keep(*at, self.judge(*at));
            if !set.iter().map(is_changed).fold(false, |any, is| any | is) {
                break;
            }
        }
    }

    /// Judge one group; those that it asks for are kept.
    fn judge(&self, at: usize) -> Known<bool> {
        let Some(ready) = self.groups.groups.get(at) else { return Known::Known(false) };
        match (&ready.rule, &ready.group.members) {
            (Rule::Listed, Members::Listed(ids)) => Known::Known(ids.contains(self.facts.id())),
            (Rule::Unknown(reasons), _) => Known::Unknown(reasons.clone()),
            (Rule::Criteria { expression, checks }, _) => self.judge_criteria(expression, checks),
            (Rule::Listed, _) => Known::unknown("the members of the group were not read"),
        }
    }

    fn judge_criteria(&self, expression: &Expression, checks: &[Known<Check>]) -> Known<bool> {
        let truths: Vec<Known<bool>> = checks.iter().map(|check| self.truth(check)).collect();
        let truth = |at: &usize| truths.get(*at).cloned().unwrap_or(Known::Known(false));
        let apart = expression.judge(&|places| Known::all(places.iter().map(truth)));
        if !shares_rows(checks) {
            return apart;
        }
        let together = expression.truth(Reading::AndFirst, &|places| self.same_row(checks, places, &truth));
        let why = || {
            Cow::Borrowed(
                "Jamf does not document whether criteria on an application and its version mean one and the same application",
            )
        };
        apart.agree(together, why)
    }

    fn truth(&self, check: &Known<Check>) -> Known<bool> {
        match check {
            Known::Unknown(reasons) => Known::Unknown(reasons.clone()),
            Known::Known(Check::Fact(fact, test)) => match self.facts.values(fact) {
                Known::Known(values) => test.judge(&values, self.now),
                Known::Unknown(reasons) => Known::Unknown(reasons),
            },
            Known::Known(Check::Group(groups, is_negated)) => {
                // Several groups have the name: it is known where they agree.
                let why = || Cow::Borrowed("several groups have the name that a criterion asks for");
                let judged = groups.iter().map(|at| self.kept(*at).unwrap_or(Known::Known(false)));
                let is_in = judged.reduce(|one, other| one.agree(other, why)).unwrap_or(Known::Known(false));
                if *is_negated { !is_in } else { is_in }
            }
        }
    }

    /// Criteria that are joined by `and`, where those on columns of one table are true of one of its rows together.
    fn same_row(
        &self,
        checks: &[Known<Check>],
        places: &[usize],
        truth: &dyn Fn(&usize) -> Known<bool>,
    ) -> Known<bool> {
        let mut by_table: BTreeMap<&str, Vec<(&usize, bool, &Fact, &Test)>> = BTreeMap::new();
        let mut rest = Vec::new();
        for at in places {
            match row_check(checks.get(*at)) {
                Some((table, is_anchor, fact, test)) => {
                    by_table.entry(table).or_default().push((at, is_anchor, fact, test));
                }
                None => rest.push(truth(at)),
            }
        }
        for tests in by_table.values() {
            let facts: BTreeSet<&Fact> = tests.iter().map(|(_, _, fact, _)| *fact).collect();
            if facts.len() < 2 || !tests.iter().any(|(_, is_anchor, ..)| *is_anchor) {
                rest.extend(tests.iter().map(|(at, ..)| truth(at)));
                continue;
            }
            let columns: Vec<(&Test, Known<Values<'_>>)> =
                tests.iter().map(|(_, _, fact, test)| (*test, self.facts.values(fact))).collect();
            rest.push(self.any_row(&columns));
        }
        Known::all(rest)
    }

    /// Whether the tests are true of one row together, each of its column.
    fn any_row(&self, columns: &[(&Test, Known<Values<'_>>)]) -> Known<bool> {
        let mut known = Vec::new();
        for (test, values) in columns {
            match values {
                Known::Known(values) => known.push((test, values)),
                Known::Unknown(reasons) => return Known::Unknown(reasons.clone()),
            }
        }
        let rows = known.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        let of_row =
            |row: usize| {
                Known::all(known.iter().map(|(test, values)| {
                    test.judge_row(values.get(row).and_then(Option::as_deref), self.now)
                }))
            };
        Known::any((0..rows).map(of_row))
    }
}

/// A criterion that can mean the same row as others: its table, and whether it names what the row is. That something is not there is
/// asked of all rows.
fn row_check(check: Option<&Known<Check>>) -> Option<(&'static str, bool, &Fact, &Test)> {
    let Some(Known::Known(Check::Fact(fact, test))) = check else { return None };
    let (table, is_anchor) = names::anchor(fact)?;
    (!is_anchor || !test.is_negative()).then_some((table, is_anchor, fact, test))
}

/// Whether criteria on several columns of one table could mean one row.
fn shares_rows(checks: &[Known<Check>]) -> bool {
    let rows: Vec<_> = checks.iter().filter_map(|check| row_check(Some(check))).collect();
    rows.iter().any(|(table, is_anchor, fact, _)| {
        *is_anchor && rows.iter().any(|(other, _, other_fact, _)| other == table && other_fact != fact)
    })
}

#[cfg(test)]
mod tests;
