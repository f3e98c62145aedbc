//! Rows counted in groups: by up to three fields, or by a part of them such as the month of a moment. The main type is [`Groups`].
//!
//! A row is counted once in each group that it is in: where a field stands in a list, in one for each different element. Rows without a
//! value are a group of their own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use jamf_pro_tools::{Problem, Rows};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::attributes;
use super::compare;
use super::problem::{problem, short, unknown, withheld};
use super::question::{Question, Reader};
use super::shape::Content;
use super::when;

/// Fields that rows are grouped by, at most.
const MOST_FIELDS: usize = 3;

/// Groups that are kept, at most.
const MOST: usize = 200_000;

/// Groups of one row, at most.
const MOST_OF_ROW: usize = 10_000;

/// The name of the count in a group.
pub(crate) const COUNT: &str = "count";

/// What a group has of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Major,
    Minor,
    Day,
    Week,
    Month,
}

impl Part {
    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "major" => Self::Major,
            "minor" => Self::Minor,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            _ => return None,
        })
    }

    /// The part of a value; the value itself where it has no such part.
    fn of(self, value: &Value) -> Value {
        let Some(text) = value.as_str() else { return value.clone() };
        let part = match self {
            Self::Whole => None,
            Self::Major => numbers(text, 1),
            Self::Minor => numbers(text, 2),
            Self::Day | Self::Week | Self::Month => self.of_moment(text),
        };
        part.map_or_else(|| value.clone(), Value::String)
    }

    fn of_moment(self, text: &str) -> Option<String> {
        let date = TimeZone::UTC.to_datetime(when::period(text)?.from).date();
        Some(match self {
            Self::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Self::Week => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            _ => date.to_string(),
        })
    }
}

/// The first numbers of a version.
fn numbers(text: &str, count: usize) -> Option<String> {
    let mut found = Vec::new();
    for part in text.trim().split('.').take(count) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        if digits.is_empty() {
            break;
        }
        let is_whole = digits.len() == part.len();
        found.push(digits);
        if !is_whole {
            break;
        }
    }
    (!found.is_empty()).then(|| found.join("."))
}

/// One field that rows are grouped by.
#[derive(Debug, Clone)]
struct Field {
    /// As it was asked for.
    name: String,
    path: String,
    part: Part,
}

/// The fields that rows are grouped by, and what was counted so far.
#[derive(Debug, Clone)]
pub struct Groups {
    fields: Arc<[Field]>,
    /// Groups with fewer rows are left out.
    at_least: u64,
    counted: Arc<Mutex<Counted>>,
}

#[derive(Debug, Default)]
struct Counted {
    /// By the values of the fields, as JSON.
    groups: HashMap<String, u64>,
    rows: u64,
    /// Rows of groups that were too many to keep.
    beyond: u64,
}

/// What was counted.
#[derive(Debug)]
pub(crate) struct Counts {
    /// The groups as rows, the largest first.
    pub(crate) groups: Vec<String>,
    /// Groups that are left out because they have too few rows.
    pub(crate) smaller: usize,
    /// Rows of groups that were too many to keep.
    pub(crate) beyond: u64,
}

impl Groups {
    /// The paths that are read.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.path.as_str())
    }

    /// The columns of a group.
    fn columns(&self) -> Vec<String> {
        self.fields.iter().map(|field| field.name.clone()).chain([COUNT.to_owned()]).collect()
    }

    /// Groups with fewer rows are left out.
    pub(crate) fn at_least(&self) -> u64 {
        self.at_least
    }

    /// Rows that were counted so far.
    pub(crate) fn rows(&self) -> u64 {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).rows
    }

    /// Count a row.
    pub(super) fn count(&self, row: &Value) {
        let pending: Vec<(usize, &str)> = self.paths().enumerate().collect();
        let keys: BTreeSet<String> = tuples(&pending, row)
            .into_iter()
            .map(|tuple| {
                let of = |at: usize| tuple.iter().find(|(own, _)| *own == at).map(|(_, value)| *value);
                let values = self.fields.iter().enumerate().map(|(at, field)| match of(at) {
                    Some(value) if !compare::is_empty(value) => field.part.of(value),
                    _ => Value::Null,
                });
                Value::Array(values.collect()).to_string()
            })
            .collect();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.rows += 1;
        for key in keys {
            if counted.groups.len() >= MOST && !counted.groups.contains_key(&key) {
                counted.beyond += 1;
            } else {
                *counted.groups.entry(key).or_default() += 1;
            }
        }
    }

    /// The groups, the largest first.
    pub(crate) fn counts(&self) -> Counts {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut groups: Vec<(&String, u64)> = counted
            .groups
            .iter()
            .map(|(key, count)| (key, *count))
            .filter(|(_, count)| *count >= self.at_least)
            .collect();
        groups.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
        Counts {
            smaller: counted.groups.len() - groups.len(),
            beyond: counted.beyond,
            groups: groups.into_iter().map(|(key, count)| self.row(key, count)).collect(),
        }
    }

    fn row(&self, key: &str, count: u64) -> String {
        let values: Vec<Value> = serde_json::from_str(key).unwrap_or_default();
        let mut row: Map<String, Value> =
            self.fields.iter().zip(values).map(|(field, value)| (field.name.clone(), value)).collect();
        row.insert(COUNT.to_owned(), json!(count));
        Value::Object(row).to_string()
    }
}

/// A value of each field, by its place among them.
type Tuple<'v> = Vec<(usize, &'v Value)>;

/// The values of fields in a row. Fields of one list are taken from one element of it.
fn tuples<'v>(pending: &[(usize, &str)], value: &'v Value) -> Vec<Tuple<'v>> {
    match value {
        Value::Array(items) => {
            let mut all: Vec<Tuple<'v>> = items.iter().flat_map(|item| tuples(pending, item)).collect();
            all.truncate(MOST_OF_ROW);
            if all.is_empty() { vec![Vec::new()] } else { all }
        }
        Value::Object(fields) => {
            let mut below: Vec<(&str, Vec<(usize, &str)>)> = Vec::new();
            for (at, path) in pending.iter().filter(|(_, path)| !path.is_empty()) {
                let (name, rest) = path.split_once('.').unwrap_or((path, ""));
                match below.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, group)) => group.push((*at, rest)),
                    None => below.push((name, vec![(*at, rest)])),
                }
            }
            let mut all: Vec<Tuple<'v>> = vec![Vec::new()];
            for (name, group) in below {
                let Some(field) = fields.get(name) else { continue };
                let found = tuples(&group, field);
                all = all
                    .iter()
                    .flat_map(|one| found.iter().map(|other| [one.as_slice(), other.as_slice()].concat()))
                    .take(MOST_OF_ROW)
                    .collect();
            }
            all
        }
        scalar => {
            vec![pending.iter().filter(|(_, path)| path.is_empty()).map(|(at, _)| (*at, scalar)).collect()]
        }
    }
}

impl Reader<'_> {
    /// What rows are grouped by, where that is asked.
    pub(super) fn groups(&self, question: &mut Question, problems: &mut Vec<Problem>) {
        let arguments = self.checked.arguments();
        let Some(names) = self.checked.list("group_by").filter(|names| !names.is_empty()) else {
            if arguments.contains_key("at_least") {
                let wrong = problem("at_least", "is the least number of rows of a group");
                problems.push(wrong.hint("name the fields of the groups in `group_by`"));
            }
            return;
        };
        if self.action.rows == Rows::None || names.len() > MOST_FIELDS {
            problems.push(problem("group_by", format!("takes at most {MOST_FIELDS} fields")));
            return;
        }
        if arguments.contains_key("fields") {
            let wrong = problem("fields", "is about rows, and `group_by` answers groups");
            problems.push(wrong.hint("leave `fields` out"));
        }
        let before = problems.len();
        let fields: Vec<Field> = names
            .into_iter()
            .filter_map(|name| self.group_field(name).map_err(|wrong| problems.push(wrong)).ok())
            .collect();
        if problems.len() > before {
            return;
        }
        let groups = Groups {
            fields: fields.into(),
            at_least: u64::from(self.checked.number("at_least").unwrap_or(1)),
            counted: Arc::default(),
        };
        question.read = groups.paths().map(str::to_owned).collect();
        question.fields = groups.columns();
        question.is_named = true;
        question.groups = Some(groups);
    }

    fn group_field(&self, name: &str) -> Result<Field, Problem> {
        let (base, part) = match name.rsplit_once(':') {
            Some((base, part)) => match Part::by_name(part) {
                Some(part) => (base, part),
                None if attributes::path_of(name).is_some() => (name, Part::Whole),
                None => {
                    let wrong = problem("group_by", format!("`{}` is no part of a field", short(part)));
                    return Err(wrong.hint("parts are major, minor, day, week, month"));
                }
            },
            None => (name, Part::Whole),
        };
        let path = match self.shape().map(|shape| self.locate(shape, base)) {
            Some(Err(near)) => return Err(unknown("group_by", "these rows", base, &near)),
            Some(Ok(path)) => path,
            None => base.to_owned(),
        };
        let is_hidden = self.action.hidden_field(&path).is_some() || self.is_secret(&path);
        if is_hidden {
            return Err(problem("group_by", format!("`{}` is a secret", short(base))));
        }
        if self.redaction.leaves_out() && self.redaction.personal(self.action.path, &path).is_some() {
            return Err(withheld("group_by", base));
        }
        let shape = self.shape().filter(|shape| shape.at(&path) == Content::Object);
        if let Some(fields) = shape.map(|shape| shape.scalars_of(&path)) {
            let wrong = problem("group_by", format!("`{}` is an object", short(base)));
            return Err(wrong.hint(format!("group by one of its fields: {}", fields.join(", "))));
        }
        Ok(Field { name: name.to_owned(), path, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(fields: &[&str], at_least: u64, rows: &[Value]) -> Vec<Value> {
        let fields = fields.iter().map(|name| {
            let (path, part) = name.split_once(':').unwrap_or((name, ""));
            Field {
                name: (*name).to_owned(),
                path: path.to_owned(),
                part: Part::by_name(part).unwrap_or(Part::Whole),
            }
        });
        let groups = Groups { fields: fields.collect(), at_least, counted: Arc::default() };
        rows.iter().for_each(|row| groups.count(row));
        groups.counts().groups.iter().map(|row| serde_json::from_str(row).unwrap()).collect()
    }

    #[test]
    fn rows_are_counted_the_largest_group_first_and_no_value_is_a_group() {
        let rows = ["15.1", "15.2", "14.7.1", "", "26.0 (25A)"].map(|os| json!({ "os": { "version": os } }));
        assert_eq!(
            counts(&["os.version:major"], 1, &rows),
            [
                json!({ "os.version:major": "15", "count": 2 }),
                json!({ "os.version:major": "14", "count": 1 }),
                json!({ "os.version:major": "26", "count": 1 }),
                json!({ "os.version:major": null, "count": 1 }),
            ]
        );
        assert_eq!(counts(&["os.version:major"], 2, &rows).len(), 1);
        assert_eq!(counts(&["os.version:minor"], 1, &rows)[1]["os.version:minor"], "15.1");
    }

    #[test]
    fn fields_of_one_list_are_of_one_element_and_a_row_counts_once() {
        let row =
            json!({ "id": 1, "apps": [{ "n": "a", "v": 1 }, { "n": "b", "v": 2 }, { "n": "a", "v": 1 }] });
        assert_eq!(
            counts(&["apps.n", "apps.v"], 1, &[row.clone(), row]),
            [
                json!({ "apps.n": "a", "apps.v": 1, "count": 2 }),
                json!({ "apps.n": "b", "apps.v": 2, "count": 2 })
            ]
        );
        assert_eq!(counts(&["apps.n"], 1, &[json!({ "apps": [] })]), [json!({ "apps.n": null, "count": 1 })]);
    }

    #[test]
    fn moments_are_grouped_by_their_day_week_and_month() {
        let rows = [
            json!({ "at": "2026-11-29T23:30:00Z" }),
            json!({ "at": "2026-11-30T01:00:00.5+02:00" }),
            json!({ "at": "never" }),
        ];
        assert_eq!(counts(&["at:day"], 2, &rows), [json!({ "at:day": "2026-11-29", "count": 2 })]);
        assert_eq!(counts(&["at:week"], 2, &rows), [json!({ "at:week": "2026-W48", "count": 2 })]);
        assert_eq!(counts(&["at:month"], 1, &rows)[1], json!({ "at:month": "never", "count": 1 }));
    }
}
