//! Conditions that are judged here, row by row, because Jamf does not filter on their fields or compares them otherwise.
//!
//! Conditions on one list inside a row hold for one element of it: an application with this name *and* this version. A
//! negative condition that stands alone on a list holds for all its elements: no application has this name. Rows without a
//! value, and values that cannot be compared, are counted in `Findings`, so that no row is left out without a word.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::compare::{self, Comparison, Kind, Operand, Outcome};

/// Alternatives of a filter, at most.
const MOST: usize = 500;

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) path: String,
    pub(super) kind: Kind,
    comparison: Comparison,
    operands: Vec<Operand>,
}

impl Test {
    /// A condition on the field at a path. An empty text asks for no value.
    pub(super) fn new(path: &str, kind: Kind, comparison: Comparison, operands: Vec<Operand>) -> Self {
        let nothing = !operands.is_empty() && operands.iter().all(Operand::is_nothing);
        let comparison = match comparison {
            Comparison::OneOf if nothing => Comparison::Empty,
            Comparison::NoneOf if nothing => Comparison::NotEmpty,
            other => other,
        };
        Self { path: path.to_owned(), kind, comparison, operands }
    }

    pub(super) fn is_negative(&self) -> bool {
        self.comparison.is_negative()
    }

    /// Whether it asks whether there is a value.
    fn asks_of_list(&self) -> bool {
        matches!(self.comparison, Comparison::Empty | Comparison::NotEmpty)
    }

    /// The only values that meet it; empty where others do.
    fn literals(&self) -> Vec<Value> {
        if self.comparison != Comparison::OneOf {
            return Vec::new();
        }
        self.operands
            .iter()
            .map(|operand| operand.literal_text().map(Value::from))
            .collect::<Option<_>>()
            .unwrap_or_default()
    }

    /// What it says of a value that there is, and the unit of the number in it where the condition names none.
    fn outcome(&self, value: &Value) -> (Outcome, Option<String>) {
        let equal = || self.operands.iter().any(|operand| operand.equals(value, &self.kind));
        match self.comparison {
            Comparison::OneOf => (equal().into(), None),
            Comparison::NoneOf => ((!equal()).into(), None),
            Comparison::Empty => (Outcome::Fails, None),
            Comparison::NotEmpty => (Outcome::Holds, None),
            _ => self.compare_by_order(value),
        }
    }

    fn compare_by_order(&self, value: &Value) -> (Outcome, Option<String>) {
        let Some(operand) = self.operands.first() else { return (Outcome::Fails, None) };
        let Some(found) = operand.order(value, &self.kind) else { return (Outcome::Incomparable, None) };
        let outcome = Outcome::from(match self.comparison {
            Comparison::Less => found.order.is_lt(),
            Comparison::LessOrEqual => found.order.is_le(),
            Comparison::Greater => found.order.is_gt(),
            _ => found.order.is_ge(),
        });
        (outcome, found.unit.filter(|_| operand.unit().is_empty()))
    }

    /// What it says where there is no value.
    fn without_value(&self, at: usize) -> Verdict {
        let asks_for_none =
            self.comparison == Comparison::OneOf && self.operands.iter().any(Operand::is_nothing);
        match self.comparison {
            Comparison::Empty => Verdict::of(at, true),
            Comparison::NotEmpty => Verdict::of(at, false),
            _ if asks_for_none => Verdict::of(at, true),
            Comparison::NoneOf if self.operands.iter().any(Operand::is_nothing) => Verdict::of(at, false),
            Comparison::NoneOf => Verdict { lacking: vec![at], ..Verdict::holding() },
            _ => Verdict { holds: false, lacking: vec![at], ..Verdict::holding() },
        }
    }
}

/// What conditions found of the rows that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// Rows without a value of a field, that otherwise meet the conditions.
    pub(crate) no_value: BTreeMap<String, u64>,
    /// Rows with a value of a field that cannot be compared, that otherwise meet the conditions.
    pub(crate) incomparable: BTreeMap<String, u64>,
    /// Fields that are objects, with the names in them.
    pub(crate) objects: BTreeMap<String, Vec<String>>,
    /// Units of numbers that were compared with a number without one.
    pub(crate) units: BTreeMap<String, BTreeSet<String>>,
}

/// Conditions joined by *and* and *or*.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    One(Test),
}

impl Tree {
    /// As alternatives, each of conditions that must all hold; none where there are too many.
    fn alternatives(self) -> Option<Vec<Vec<Test>>> {
        match self {
            Self::One(test) => Some(vec![vec![test]]),
            Self::Any(parts) => {
                let all: Vec<Vec<Test>> =
                    parts.into_iter().map(Self::alternatives).collect::<Option<Vec<_>>>()?.concat();
                (all.len() <= MOST).then_some(all)
            }
            Self::All(parts) => parts.into_iter().try_fold(vec![Vec::new()], |sofar, part| {
                let part = part.alternatives()?;
                if sofar.len() * part.len() > MOST {
                    return None;
                }
                let joined = sofar.iter().flat_map(|one: &Vec<Test>| {
                    part.iter().map(move |other| [one.as_slice(), other.as_slice()].concat())
                });
                Some(joined.collect())
            }),
        }
    }
}

/// Conditions on a row, and what they found so far.
#[derive(Debug, Clone)]
pub struct RowFilter {
    alternatives: Arc<[Vec<Test>]>,
    findings: Arc<Mutex<Findings>>,
}

impl RowFilter {
    /// Conditions that must all hold; none where they have too many alternatives.
    pub(super) fn new(tree: Tree) -> Option<Self> {
        Some(Self { alternatives: tree.alternatives()?.into(), findings: Arc::default() })
    }

    /// The conditions on a field are all negative, so that rows without a value meet them.
    pub(crate) fn is_negative(&self, path: &str) -> bool {
        let mut tests = self.alternatives.iter().flatten().filter(|test| test.path == path).peekable();
        tests.peek().is_some() && tests.all(Test::is_negative)
    }

    /// What makes conditions on one list unclear: that all are negative but about different fields, or that one says nothing
    /// or the contrary of another when both are about one element.
    pub(super) fn unclear(&self, list_of: &dyn Fn(&str) -> Option<String>) -> Option<(String, String)> {
        self.alternatives.iter().find_map(|tests| {
            let mut lists: BTreeMap<String, Vec<&Test>> = BTreeMap::new();
            for test in tests {
                if let Some(list) =
                    list_of(&test.path).filter(|list| *list != test.path || !test.asks_of_list())
                {
                    lists.entry(list).or_default().push(test);
                }
            }
            lists.iter().find_map(|(list, tests)| unclear(list, tests))
        })
    }

    /// The paths that it looks at.
    pub fn paths(&self) -> Vec<&str> {
        let mut paths: Vec<&str> = Vec::new();
        for test in self.alternatives.iter().flatten() {
            if !paths.contains(&test.path.as_str()) {
                paths.push(&test.path);
            }
        }
        paths
    }

    /// Whether a row is one of those that are asked for.
    pub fn takes(&self, row: &Value) -> bool {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut lacking, mut incomparable) = (BTreeSet::new(), BTreeSet::new());
        let (mut takes, mut is_decided) = (false, false);
        for tests in self.alternatives.iter() {
            let pending: Vec<Pending<'_>> =
                tests.iter().enumerate().map(|(at, test)| Pending { at, rest: &test.path }).collect();
            let verdict = Judge { tests, findings: &mut findings }.judge(&pending, row);
            for (at, unit) in verdict.meant_units() {
                if let Some(test) = tests.get(*at) {
                    findings.units.entry(test.path.clone()).or_default().insert(unit.clone());
                }
            }
            takes |= verdict.holds;
            is_decided |= verdict.holds && verdict.lacking.is_empty();
            if !verdict.fails() {
                let path = |at: usize| tests.get(at).map(|test| test.path.clone());
                lacking.extend(verdict.lacking.into_iter().filter_map(path));
                incomparable.extend(verdict.incomparable.into_iter().filter_map(path));
            }
        }
        if !is_decided {
            lacking.into_iter().for_each(|path| *findings.no_value.entry(path).or_default() += 1);
            incomparable.into_iter().for_each(|path| *findings.incomparable.entry(path).or_default() += 1);
        }
        takes
    }

    /// What was found of the rows so far.
    pub(crate) fn findings(&self) -> Findings {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A condition on its way down a path.
#[derive(Debug, Clone, Copy)]
struct Pending<'a> {
    /// Its place among the conditions.
    at: usize,
    /// The path from here.
    rest: &'a str,
}

/// What conditions say of a value.
#[derive(Debug, Clone, Default)]
struct Verdict {
    /// All hold.
    holds: bool,
    /// Conditions that do not hold, of a value that there is.
    failing: Vec<usize>,
    /// Conditions without a value to judge.
    lacking: Vec<usize>,
    /// Conditions with a value that cannot be compared.
    incomparable: Vec<usize>,
    /// Units of numbers that conditions without a unit were compared with.
    units: Vec<(usize, String)>,
}

impl Verdict {
    fn holding() -> Self {
        Self { holds: true, ..Self::default() }
    }

    fn of(at: usize, holds: bool) -> Self {
        Self { holds, failing: if holds { Vec::new() } else { vec![at] }, ..Self::default() }
    }

    fn and(&mut self, other: Self) {
        self.holds &= other.holds;
        self.failing.extend(other.failing);
        self.lacking.extend(other.lacking);
        self.incomparable.extend(other.incomparable);
        self.units.extend(other.units);
    }

    fn fails(&self) -> bool {
        !self.failing.is_empty()
    }

    /// Units of values that meet all other conditions: of the column that is meant.
    fn meant_units(&self) -> impl Iterator<Item = &(usize, String)> {
        self.units.iter().filter(|(at, _)| self.failing.iter().all(|failing| failing == at))
    }

    /// How much it says for its value: a value that meets the conditions, one that may, one that does not.
    fn rank(&self) -> (u8, bool) {
        let rank = match (self.holds, self.fails(), self.lacking.is_empty()) {
            (true, _, true) => 3,
            (true, _, false) => 2,
            (false, false, _) => 1,
            (false, true, _) => 0,
        };
        (rank, self.meant_units().next().is_some())
    }
}

struct Judge<'a> {
    tests: &'a [Test],
    findings: &'a mut Findings,
}

impl Judge<'_> {
    fn judge(&mut self, pending: &[Pending<'_>], value: &Value) -> Verdict {
        match value {
            Value::Array(items) => self.list(pending, items),
            Value::Object(fields) if !fields.is_empty() => {
                let mut verdict = Verdict::holding();
                let mut below: Vec<(&str, Vec<Pending<'_>>)> = Vec::new();
                for one in pending {
                    if one.rest.is_empty() {
                        verdict.and(self.object(*one, fields));
                        continue;
                    }
                    let (name, rest) = one.rest.split_once('.').unwrap_or((one.rest, ""));
                    let one = Pending { rest, ..*one };
                    match below.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, group)) => group.push(one),
                        None => below.push((name, vec![one])),
                    }
                }
                for (name, group) in below {
                    verdict.and(self.judge(&group, fields.get(name).unwrap_or(&Value::Null)));
                }
                verdict
            }
            scalar => {
                let mut verdict = Verdict::holding();
                for one in pending {
                    verdict.and(self.scalar(*one, scalar));
                }
                verdict
            }
        }
    }

    /// A condition that ends at an object can ask only whether there is anything.
    fn object(&mut self, one: Pending<'_>, fields: &serde_json::Map<String, Value>) -> Verdict {
        let Some(test) = self.tests.get(one.at) else { return Verdict::of(one.at, false) };
        match test.comparison {
            Comparison::Empty => Verdict::of(one.at, false),
            Comparison::NotEmpty => Verdict::of(one.at, true),
            _ => {
                let names = fields.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
                let names = names.map(|(name, _)| format!("{}.{name}", test.path)).collect();
                self.findings.objects.entry(test.path.clone()).or_insert(names);
                Verdict::of(one.at, false)
            }
        }
    }

    fn scalar(&mut self, one: Pending<'_>, value: &Value) -> Verdict {
        let Some(test) = self.tests.get(one.at) else { return Verdict::of(one.at, false) };
        if !one.rest.is_empty() || compare::is_empty(value) {
            return test.without_value(one.at);
        }
        let (outcome, unit) = test.outcome(value);
        let units = unit.map(|unit| (one.at, unit)).into_iter().collect();
        match outcome {
            Outcome::Holds => Verdict { units, ..Verdict::of(one.at, true) },
            Outcome::Fails => Verdict { units, ..Verdict::of(one.at, false) },
            Outcome::Incomparable => Verdict { incomparable: vec![one.at], ..Verdict::default() },
        }
    }

    fn list(&mut self, pending: &[Pending<'_>], items: &[Value]) -> Verdict {
        let asks_of_list = |one: &Pending<'_>| {
            let comparison = self.tests.get(one.at).map(|test| test.comparison);
            one.rest.is_empty() && matches!(comparison, Some(Comparison::Empty | Comparison::NotEmpty))
        };
        let (of_list, of_elements): (Vec<Pending<'_>>, Vec<Pending<'_>>) =
            pending.iter().copied().partition(asks_of_list);
        let is_empty = items.iter().all(compare::is_empty);
        let mut verdict = Verdict::holding();
        for one in of_list {
            let wants_empty = self.tests.get(one.at).is_some_and(Test::is_negative);
            verdict.and(Verdict::of(one.at, wants_empty == is_empty));
        }
        if of_elements.is_empty() {
            return verdict;
        }
        if is_empty {
            for one in of_elements {
                verdict.and(
                    self.tests.get(one.at).map_or_else(Verdict::default, |test| test.without_value(one.at)),
                );
            }
            return verdict;
        }
        let verdicts: Vec<Verdict> = items.iter().map(|item| self.judge(&of_elements, item)).collect();
        let negative = of_elements.iter().all(|one| self.tests.get(one.at).is_some_and(Test::is_negative));
        verdict.and(if negative { of_all(verdicts) } else { of_any(verdicts) });
        verdict
    }
}

/// The paths of the values of a list of extension attributes; none for another list.
fn attribute_values(list: &str) -> Vec<String> {
    let is_of_attributes = list.rsplit('.').next() == Some("extensionAttributes");
    let names = ["values", "value"].into_iter().filter(|_| is_of_attributes);
    names.map(|name| format!("{list}.{name}")).collect()
}

/// Why conditions on one list are unclear, and how to ask.
fn unclear(list: &str, tests: &[&Test]) -> Option<(String, String)> {
    let fields: BTreeSet<&str> = tests.iter().map(|test| test.path.as_str()).collect();
    let way = "ask each in a call of its own, and compare the ids of the answers";
    if let Some(value) = attribute_values(list).into_iter().find(|value| fields.contains(value.as_str()))
        && !fields.contains(format!("{list}.name").as_str())
    {
        let why = format!("`{value}` is the value of any extension attribute, whatever it is called");
        return Some((why, "ask about one attribute by its name: `ea.NAME`".to_owned()));
    }
    if fields.len() > 1 && tests.iter().all(|test| test.is_negative()) {
        let fields = fields.into_iter().collect::<Vec<_>>().join(" and ");
        let why = format!(
            "all conditions on `{list}` say what is not there ({fields}), and it is unclear of which elements"
        );
        let hint =
            format!("say with eq, contains or another positive condition which element is meant, or {way}");
        return Some((why, hint));
    }
    tests.iter().enumerate().find_map(|(at, one)| {
        let values = one.literals();
        let others = tests.iter().enumerate().filter(|(other, test)| *other != at && test.path == one.path);
        others.map(|(_, other)| other).find_map(|other| {
            let meets = |value: &Value| other.outcome(value).0 == Outcome::Holds;
            if values.is_empty() {
                return None;
            }
            if !values.iter().any(meets) {
                let why = format!(
                    "conditions on `{list}` hold for one element of it, and no element has a `{}` that meets both",
                    one.path
                );
                return Some((why, way.to_owned()));
            }
            (other.is_negative() && values.iter().all(meets)).then(|| {
                let why = format!(
                    "conditions on `{list}` hold for one element of it, so that the negative condition on `{}` says nothing beside the \
                     other",
                    one.path
                );
                (why, way.to_owned())
            })
        })
    })
}

/// Conditions that must hold for one element: the element that meets them best.
fn of_any(verdicts: Vec<Verdict>) -> Verdict {
    let units = verdicts.iter().flat_map(Verdict::meant_units).cloned().collect();
    let best = verdicts.into_iter().max_by_key(Verdict::rank).unwrap_or_default();
    Verdict { units, ..best }
}

/// Negative conditions, which must hold for all elements; a value is missing where no element has one.
fn of_all(verdicts: Vec<Verdict>) -> Verdict {
    let lacking = verdicts.first().map(|first| first.lacking.clone()).unwrap_or_default();
    let lacking =
        lacking.into_iter().filter(|at| verdicts.iter().all(|one| one.lacking.contains(at))).collect();
    Verdict {
        holds: verdicts.iter().all(|one| one.holds),
        failing: verdicts.iter().flat_map(|one| one.failing.iter().copied()).collect(),
        lacking,
        incomparable: Vec::new(),
        units: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::rsql;
    use serde_json::json;

    use super::super::conditions::tree;
    use super::*;

    fn test(path: &str, comparison: Comparison, values: &[&str]) -> Test {
        let kind = Kind::by_name(path).unwrap_or(Kind::Unknown);
        let operands = values.iter().map(|value| Operand::literal(value, &kind)).collect();
        Test::new(path, kind, comparison, operands)
    }

    fn all(tests: &[Test]) -> RowFilter {
        RowFilter::new(Tree::All(tests.iter().cloned().map(Tree::One).collect())).unwrap()
    }

    fn row() -> Value {
        json!({
            "id": "12", "name": "Lab Mac", "note": null, "empty": "", "count": 7, "tags": [], "colors": ["red", "blue"],
            "apps": [
                { "name": "Safari", "version": "9.1" }, { "name": "Chrome", "version": "131.0" }, { "name": "Old", "version": null }
            ],
            "disks": [
                { "model": "A", "parts": [{ "name": "x", "size": 10 }, { "name": "y", "size": 90 }] },
                { "model": "B", "parts": [{ "name": "y", "size": 10 }] }
            ]
        })
    }

    #[test]
    fn conditions_on_one_list_hold_for_one_element() {
        use Comparison::{Empty, Greater, Less, NoneOf, NotEmpty, OneOf};
        let row = row();
        let takes = |tests: &[Test]| all(tests).takes(&row);
        let chrome = test("apps.name", OneOf, &["chrome"]);
        assert!(takes(&[chrome.clone(), test("apps.version", Greater, &["100"])]));
        assert!(!takes(&[chrome.clone(), test("apps.version", Less, &["100"])]), "another one is older");
        assert!(takes(&[chrome.clone(), test("apps.version", NoneOf, &["9.1"])]));
        assert!(!takes(&[chrome.clone(), test("apps.version", Empty, &[])]));
        assert!(takes(&[test("apps.name", OneOf, &["old"]), test("apps.version", Empty, &[])]));
        assert!(!takes(&[test("apps.name", OneOf, &["old"]), test("apps.version", NotEmpty, &[])]));
        assert!(takes(&[test("disks.model", OneOf, &["A"]), test("disks.parts.size", Greater, &["50"])]));
        assert!(!takes(&[test("disks.model", OneOf, &["B"]), test("disks.parts.size", Greater, &["50"])]));
        assert!(!takes(&[
            test("disks.model", OneOf, &["A"]),
            test("disks.parts.name", OneOf, &["x"]),
            test("disks.parts.size", Greater, &["50"])
        ]));
    }

    #[test]
    fn a_negative_condition_alone_holds_for_all_elements() {
        use Comparison::{Empty, NoneOf, NotEmpty, OneOf};
        let row = row();
        let takes = |path, comparison, values: &[&str]| all(&[test(path, comparison, values)]).takes(&row);
        assert!(!takes("apps.name", NoneOf, &["chrome"]) && takes("apps.name", NoneOf, &["opera"]));
        assert!(!takes("colors", NoneOf, &["red"]) && takes("colors", OneOf, &["blue"]));
        assert!(takes("tags", Empty, &[]) && takes("tags", NoneOf, &["x"]) && !takes("tags", OneOf, &["x"]));
        assert!(takes("apps", NotEmpty, &[]) && !takes("apps", Empty, &[]));
        assert!(takes("note", Empty, &[]) && takes("empty", Empty, &[]) && takes("absent.deep", Empty, &[]));
        assert!(takes("note", OneOf, &[""]) && takes("name", NoneOf, &[""]), "an empty text is no value");
    }

    #[test]
    fn alternatives_hold_for_one_element_too() {
        let filter = rsql::parse("(apps.name==Safari,apps.name==Chrome);apps.version>100").unwrap();
        let row_filter = |wanted: &[&str]| {
            let tests = vec![
                test("apps.name", Comparison::OneOf, &["Safari"]),
                test("apps.name", Comparison::OneOf, &["Chrome"]),
                test("apps.version", Comparison::Greater, wanted),
            ];
            RowFilter::new(tree(&filter, &mut tests.into_iter())).unwrap()
        };
        assert!(row_filter(&["100"]).takes(&row()) && !row_filter(&["132"]).takes(&row()));
    }

    #[test]
    fn rows_without_a_value_are_counted() {
        use Comparison::{Greater, NoneOf, OneOf};
        let row_filter = all(&[test("name", OneOf, &["lab mac"]), test("price", Greater, &["5"])]);
        assert!(!row_filter.takes(&json!({ "name": "Lab Mac", "price": null })));
        assert!(!row_filter.takes(&json!({ "name": "Lab Mac", "price": "cheap" })));
        assert!(!row_filter.takes(&json!({ "name": "Other", "price": null })), "not asked for in any case");
        assert!(row_filter.takes(&json!({ "name": "Lab Mac", "price": "$6" })));
        let found = row_filter.findings();
        assert_eq!(found.no_value, [("price".to_owned(), 1)].into());
        assert_eq!(found.incomparable, [("price".to_owned(), 1)].into());
        let none = all(&[test("note", NoneOf, &["x"])]);
        assert!(none.takes(&row()) && none.is_negative("note") && !none.is_negative("name"));
        assert_eq!(none.findings().no_value, [("note".to_owned(), 1)].into());
        let attribute = all(&[test("apps.name", OneOf, &["old"]), test("apps.version", Greater, &["1"])]);
        assert!(!attribute.takes(&row()));
        assert_eq!(
            attribute.findings().no_value,
            [("apps.version".to_owned(), 1)].into(),
            "of the element that is meant"
        );
    }

    #[test]
    fn objects_and_mixed_units_are_found() {
        let row_filter = all(&[test("disks", Comparison::OneOf, &["x"])]);
        assert!(!row_filter.takes(&row()));
        assert_eq!(
            row_filter.findings().objects,
            [("disks".to_owned(), vec!["disks.model".to_owned()])].into()
        );
        let row_filter = all(&[test("ram", Comparison::Greater, &["4"])]);
        let _ = [row_filter.takes(&json!({ "ram": "8 GB" })), row_filter.takes(&json!({ "ram": "8 %" }))];
        assert_eq!(row_filter.findings().units["ram"].len(), 2);
    }

    #[test]
    fn unclear_conditions_are_refused() {
        use Comparison::{Greater, Less, NoneOf, OneOf};
        let list = |path: &str| path.starts_with("apps").then(|| "apps".to_owned());
        let unclear = |tests: &[Test]| all(tests).unclear(&list).is_some();
        let chrome = test("apps.name", OneOf, &["chrome"]);
        assert!(unclear(&[test("apps.name", NoneOf, &["a"]), test("apps.version", NoneOf, &["1"])]));
        assert!(unclear(&[chrome.clone(), test("apps.name", NoneOf, &["opera"])]), "it says nothing");
        assert!(unclear(&[chrome.clone(), test("apps.name", OneOf, &["opera"])]), "no name is both");
        assert!(!unclear(&[chrome.clone(), test("apps.version", NoneOf, &["1"])]));
        assert!(!unclear(&[test("apps.name", NoneOf, &["a"]), test("apps.name", NoneOf, &["b"])]));
        assert!(!unclear(&[test("apps.version", Greater, &["1"]), test("apps.version", Less, &["2"])]));
        assert!(!unclear(&[test("name", OneOf, &["a"]), test("name", OneOf, &["b"])]), "no list");
    }

    #[test]
    fn too_many_alternatives_are_refused() {
        let or = || Tree::Any(vec![Tree::One(test("a", Comparison::OneOf, &["1"])); 30]);
        assert!(RowFilter::new(Tree::All(vec![or(), or()])).is_none() && RowFilter::new(or()).is_some());
    }
}
