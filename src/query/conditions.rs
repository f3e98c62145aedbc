//! Conditions of `where` and `filter`: checked against the kind of their field, and given to Jamf, to the rows that were read,
//! or to both.
//!
//! Jamf gets a condition only where its answer is certain: comparisons of ids, numbers, flags and moments, and text of one
//! form. Where Jamf may find too few rows (another form of an apostrophe, a part of a second), it is asked for more rows and
//! they are judged here. Negative conditions are judged here, because Jamf does not say whether they hold without a value.

use jamf_pro_tools::rsql::{self, Expression};
use jamf_pro_tools::schema::COMPARISONS;
use jamf_pro_tools::{Problem, check::nearest};

use super::compare::{Comparison, Kind, Operand, Version};
use super::problem::{Objection, problem, short};
use super::quantity::Quantity;
use super::question::{Field, Reader};
use super::row_filter::{Test, Tree};
use super::when::{self, Period};
use crate::canonical::with_wildcards;

mod values;

use values::{choice, flag, refuse_credentials, refuse_parts};

/// The way to ask for several values.
const SEVERAL: &str = "several values take `in` or `not_in`";

/// What a condition asks of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Compare(Comparison),
    Contains,
    StartsWith,
    EndsWith,
}

impl Op {
    fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "eq" | "in" => Self::Compare(Comparison::OneOf),
            "ne" | "not_in" => Self::Compare(Comparison::NoneOf),
            "lt" => Self::Compare(Comparison::Less),
            "le" => Self::Compare(Comparison::LessOrEqual),
            "gt" => Self::Compare(Comparison::Greater),
            "ge" => Self::Compare(Comparison::GreaterOrEqual),
            "is_empty" => Self::Compare(Comparison::Empty),
            "not_empty" => Self::Compare(Comparison::NotEmpty),
            "contains" => Self::Contains,
            "starts_with" => Self::StartsWith,
            "ends_with" => Self::EndsWith,
            _ => return None,
        })
    }

    fn of_rsql(operator: &str) -> Option<Self> {
        Some(Self::Compare(match operator {
            "==" | "=in=" => Comparison::OneOf,
            "!=" | "=out=" => Comparison::NoneOf,
            "<" | "=lt=" => Comparison::Less,
            "<=" | "=le=" => Comparison::LessOrEqual,
            ">" | "=gt=" => Comparison::Greater,
            ">=" | "=ge=" => Comparison::GreaterOrEqual,
            _ => return None,
        }))
    }

    fn is_ordered(self) -> bool {
        matches!(self, Self::Compare(comparison) if comparison.is_ordered())
    }

    fn is_part(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    /// A pattern in RSQL.
    fn pattern(self, value: &str) -> String {
        match self {
            Self::Contains => format!("*{value}*"),
            Self::StartsWith => format!("{value}*"),
            Self::EndsWith => format!("*{value}"),
            Self::Compare(_) => value.to_owned(),
        }
    }
}

/// One condition as it was given.
pub(super) struct Condition<'a> {
    /// The argument that it is in.
    pub(super) argument: &'a str,
    name: &'a str,
    op: Op,
    values: Vec<String>,
    /// A `*` in a value stands for anything.
    has_wildcards: bool,
}

/// Who answers a condition.
pub(super) struct ConditionPlan {
    /// What Jamf is asked, and whether its answer is exact or holds more rows than are meant.
    pub(super) sent: Option<(Expression, bool)>,
    /// What is judged here; none for a field that no row shows.
    pub(super) test: Option<Test>,
    /// The condition in words.
    pub(super) words: String,
    /// A filter that finds every row with a value, and the field.
    pub(super) with_value: Option<(String, Expression)>,
}

impl<'a> Condition<'a> {
    /// A condition of `where`: field, comparison and values.
    pub(super) fn of_where(words: &[&'a str]) -> Result<Self, Problem> {
        let [name, given, values @ ..] = words else {
            let form = "a condition is [field, op, value], such as [\"name\", \"contains\", \"lab\"]";
            return Err(problem("where", form));
        };
        let given = given.trim().to_lowercase();
        let Some(op) = Op::by_name(&given) else {
            let known = COMPARISONS.join(", ");
            let mut wrong =
                problem("where", format!("`{}` is no comparison; they are {known}", short(&given)));
            wrong.nearest = nearest(&given, COMPARISONS.into_iter()).map(str::to_owned);
            return Err(wrong);
        };
        let is_list = matches!(given.as_str(), "in" | "not_in");
        let listed =
            values.iter().flat_map(|value| match serde_json::from_str::<Vec<serde_json::Value>>(value) {
                Ok(items) if is_list => items.iter().map(plain).collect(),
                _ => vec![(*value).to_owned()],
            });
        let values: Vec<String> = listed.collect();
        let (fits, wanted) = match op {
            Op::Compare(Comparison::Empty | Comparison::NotEmpty) => (values.is_empty(), "no value"),
            _ if is_list => (!values.is_empty(), "one value or more"),
            _ => (values.len() == 1, "one value"),
        };
        if !fits {
            let wrong = problem("where", format!("`{given}` takes {wanted}, has {}", values.len()));
            let has_several = values.len() > 1 && wanted == "one value";
            return Err(if has_several { wrong.hint(SEVERAL) } else { wrong });
        }
        if is_list && is_joined(&values) {
            let way = format!("such as [\"{}\", \"{given}\", \"a\", \"b\"]", short(name));
            return Err(joined_values("where", &given, &way, "`eq` or `ne`"));
        }
        if !is_list && values.iter().any(|value| is_json_list(value)) {
            return Err(problem("where", format!("`{given}` takes one value and not a list")).hint(SEVERAL));
        }
        Ok(Self { argument: "where", name: *name, op, values, has_wildcards: false })
    }

    /// A comparison of `filter`.
    pub(super) fn of_filter(comparison: &'a Expression) -> Result<Self, Problem> {
        let Expression::Comparison { selector, operator, values, is_list: listed } = comparison else {
            return Err(problem("filter", "is no comparison"));
        };
        let Some(op) = Op::of_rsql(operator) else {
            let known = "==, !=, <, <=, >, >=, =in=, =out=; a part of a text is == with `*`";
            return Err(problem(
                "filter",
                format!("`{}` is no operator of Jamf's; they are {known}", short(operator)),
            ));
        };
        let is_list = matches!(operator.as_str(), "=in=" | "=out=");
        if *listed && !is_list {
            let wrong = problem("filter", format!("`{operator}` takes one value"));
            return Err(wrong.hint("several values take =in= or =out="));
        }
        if is_list && is_joined(values) {
            let way = format!("such as {}{operator}(a,b)", short(selector));
            return Err(joined_values("filter", operator, &way, "== or !="));
        }
        Ok(Self { argument: "filter", name: selector, op, values: values.clone(), has_wildcards: true })
    }
}

/// Whether a single value seems to be several.
fn is_joined(values: &[String]) -> bool {
    matches!(values, [only] if only.contains(','))
}

fn joined_values(argument: &str, operator: &str, way: &str, single: &str) -> Problem {
    problem(argument, format!("`{operator}` has one value with commas in it"))
        .hint(format!("give each value by itself, {way}; one value with a comma takes {single}"))
}

fn is_json_list(value: &str) -> bool {
    value.starts_with('[') && serde_json::from_str::<Vec<serde_json::Value>>(value).is_ok()
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Reader<'_> {
    /// Who answers a condition.
    ///
    /// # Errors
    /// When the field cannot be compared so, with the way to ask.
    pub(super) fn plan_condition(&self, condition: &Condition<'_>) -> Result<ConditionPlan, Problem> {
        let Condition { argument, name, op, .. } = condition;
        let field = self.field(argument, name)?;
        self.refuse_real_names(condition, &field)?;
        let wrong = |objection: Objection| objection.into_problem(argument, name);
        refuse_credentials(&condition.values).map_err(wrong)?;
        self.refuse_objects(&field, *op).map_err(wrong)?;
        refuse_parts(&field.kind, *op).map_err(wrong)?;
        let values: Vec<String> = condition
            .values
            .iter()
            .map(|value| self.value(condition, &field, value))
            .collect::<Result<_, _>>()
            .map_err(wrong)?;
        let is_whole =
            |value: &str| matches!(op, Op::Compare(_)) && !(condition.has_wildcards && value.contains('*'));
        let test = field.path.as_ref().map(|path| {
            let operands = values
                .iter()
                .map(|value| operand(condition, &field, &self.as_in_rows(&field, value, is_whole(value))));
            let comparison = if let Op::Compare(comparison) = op { *comparison } else { Comparison::OneOf };
            Test::new(path, field.kind.clone(), comparison, operands.collect())
        });
        // How Jamf compares a field that stands in a list, and whether it does, no document says: an answer of nothing would prove nothing.
        let is_judged_here = field.list.is_some() && test.is_some();
        let sent = self.filter_for_jamf(condition, &field, &values).filter(|_| !is_judged_here);
        if sent.is_none() && test.is_none() {
            let objection = Objection::new("is a field that Jamf filters on and that its rows do not show");
            return Err(wrong(objection.hint("ask with eq or in")));
        }
        let with_value = sent.as_ref().and_then(|_| has_value(&field));
        let shown = field.path.as_deref().unwrap_or(name);
        let operator = match op {
            Op::Compare(comparison) => words(*comparison, values.len()),
            Op::Contains => "contains",
            Op::StartsWith => "starts_with",
            Op::EndsWith => "ends_with",
        };
        let words =
            [shown, operator].into_iter().chain(values.iter().map(String::as_str)).collect::<Vec<_>>();
        Ok(ConditionPlan { sent, test, words: words.join(" "), with_value })
    }

    /// Anyone who could try out a name that is not shown would learn it, and a part of it would tell it character by character.
    fn refuse_real_names(&self, condition: &Condition<'_>, field: &Field) -> Result<(), Problem> {
        if field.personal.is_none() {
            return Ok(());
        }
        let is_part = condition.op.is_part()
            || condition.has_wildcards && condition.values.iter().any(|value| value.contains('*'));
        let is_real = |value: &String| !value.trim().is_empty() && !self.is_pseudonym(value);
        let why = if is_part || condition.op.is_ordered() {
            "only eq, ne, in and not_in say anything of it"
        } else if condition.values.iter().any(is_real) {
            "it is compared with pseudonyms as answers show them, and with no real value; find the row by something else, such as a serial \
             number, and take the pseudonym from it"
        } else {
            return Ok(());
        };
        let message = format!(
            "`{}` is a pseudonym in the answers of this server (`redaction`): {why}",
            short(condition.name)
        );
        Err(problem(condition.argument, message))
    }

    /// An object has no order and no text of its own.
    fn refuse_objects(&self, field: &Field, op: Op) -> Result<(), Objection> {
        let Some(object) = &field.object else { return Ok(()) };
        let is_of_list = field.list.is_some() && field.list == field.path;
        if is_of_list && matches!(op, Op::Compare(Comparison::Empty | Comparison::NotEmpty)) {
            return Ok(());
        }
        let what = if is_of_list {
            "is a list of objects, of which only is_empty and not_empty can be asked"
        } else {
            "is an object"
        };
        Err(Objection::new(what).hint(format!("ask about one of its fields: {}", object.join(", "))))
    }

    /// A value of a condition as the field has it.
    fn value(&self, condition: &Condition<'_>, field: &Field, value: &str) -> Result<String, Objection> {
        let op = condition.op;
        if value.trim().is_empty() {
            let is_asked = matches!(op, Op::Compare(comparison) if !comparison.is_ordered());
            return if is_asked {
                Ok(String::new())
            } else {
                Err(Objection::new("is compared with an empty text")
                    .hint("ask for rows without a value with is_empty"))
            };
        }
        if op.is_part() || condition.has_wildcards && value.contains('*') && !op.is_ordered() {
            refuse_parts(&field.kind, Op::Contains)?;
            return Ok(value.to_owned());
        }
        let in_words = || when::period_in_words(value, self.now);
        match &field.kind {
            Kind::Flag => flag(value),
            Kind::Choice(known) => choice(known, value),
            Kind::Number => self.number(field, value),
            Kind::Moment => {
                let moment = in_words().or_else(|| when::period(value)).map(|period| period.to_string());
                moment.ok_or_else(|| {
                    Objection::new("is a moment").hint(
                        "give one such as 2026-01-31T10:20:30Z, a day such as 2026-01-31, or words such as `30 days ago`",
                    )
                })
            }
            Kind::Day => {
                let day = in_words().or_else(|| when::period(value).filter(Period::is_day));
                day.map(|period| when::written_day(period.from)).ok_or_else(|| {
                    Objection::new("is a day")
                        .hint("give one such as 2026-01-31, or words such as `30 days ago`")
                })
            }
            Kind::Version if op.is_ordered() && Version::parse(value).is_none() => {
                Err(Objection::new("is a version").hint("compare it with one such as 15.7.1"))
            }
            Kind::Text | Kind::Unknown if op.is_ordered() => {
                Ok(in_words().map_or_else(|| value.to_owned(), |period| period.to_string()))
            }
            _ => Ok(value.to_owned()),
        }
    }

    /// A number, or a moment where the field counts time.
    fn number(&self, field: &Field, value: &str) -> Result<String, Objection> {
        let name = field.path.as_deref().or(field.filter.as_deref()).unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let counts_time = ["epoch", "date", "timestamp", "utc"].iter().any(|part| last.contains(part));
        if counts_time
            && let Some(period) = when::period_in_words(value, self.now).or_else(|| when::period(value))
        {
            return Ok(period.to_string());
        }
        match Quantity::parse(value) {
            Some(quantity) if !quantity.is_decorated => Ok(value.trim().to_owned()),
            _ => Err(Objection::new("holds numbers without a unit").hint("compare it with one such as 8192")),
        }
    }

    /// What Jamf is asked, and whether its answer is exact; none where only the rows can tell.
    fn filter_for_jamf(
        &self,
        condition: &Condition<'_>,
        field: &Field,
        values: &[String],
    ) -> Option<(Expression, bool)> {
        let filter = field.filter.as_deref().filter(|_| self.takes_filters())?;
        if values.is_empty() || values.iter().any(|value| value.is_empty() || self.is_pseudonym(value)) {
            return None;
        }
        let op = condition.op;
        let is_always_there = matches!(field.path.as_deref(), None | Some("id" | "mobileDeviceId" | "uuid"));
        if matches!(op, Op::Compare(Comparison::NoneOf)) && !is_always_there {
            return None;
        }
        if !condition.has_wildcards && values.iter().any(|value| value.contains('*')) {
            return None;
        }
        let has_pattern = op.is_part() || values.iter().any(|value| value.contains('*'));
        let exactly = || Some((rsql_comparison(filter, op, values)?, true));
        match &field.kind {
            _ if field.path.is_none() => exactly(),
            Kind::Moment | Kind::Day | Kind::Number | Kind::Flag | Kind::Choice(_) if has_pattern => None,
            Kind::Moment => moments(filter, op, values),
            Kind::Number if values.iter().any(|value| Quantity::parse(value).is_none()) => None,
            Kind::Day | Kind::Number | Kind::Flag | Kind::Choice(_) => exactly(),
            Kind::Version | Kind::Text | Kind::Unknown if op.is_ordered() => None,
            Kind::Version if has_pattern => exactly(),
            Kind::Version => {
                let forms = values.iter().flat_map(|value| match Version::forms(value) {
                    forms if forms.is_empty() => vec![value.clone()],
                    forms => forms,
                });
                Some((rsql_comparison(filter, op, &forms.collect::<Vec<_>>())?, true))
            }
            Kind::Identifier
                if op.is_ordered()
                    && !values.iter().all(|value| value.bytes().all(|byte| byte.is_ascii_digit())) =>
            {
                None
            }
            Kind::Identifier => exactly(),
            Kind::Text | Kind::Unknown => texts(filter, op, values),
        }
    }
}

fn words(comparison: Comparison, values: usize) -> &'static str {
    match comparison {
        Comparison::OneOf if values == 1 => "eq",
        Comparison::OneOf => "in",
        Comparison::NoneOf if values == 1 => "ne",
        Comparison::NoneOf => "not_in",
        Comparison::Less => "lt",
        Comparison::LessOrEqual => "le",
        Comparison::Greater => "gt",
        Comparison::GreaterOrEqual => "ge",
        Comparison::Empty => "is_empty",
        Comparison::NotEmpty => "not_empty",
    }
}

fn operand(condition: &Condition<'_>, field: &Field, value: &str) -> Operand {
    match condition.op {
        Op::Contains => Operand::part(true, value, true),
        Op::StartsWith => Operand::part(false, value, true),
        Op::EndsWith => Operand::part(true, value, false),
        Op::Compare(comparison) if condition.has_wildcards && !comparison.is_ordered() => {
            Operand::pattern(value, &field.kind)
        }
        Op::Compare(_) => Operand::literal(value, &field.kind),
    }
}

/// The comparison in RSQL.
fn rsql_comparison(filter: &str, op: Op, values: &[String]) -> Option<Expression> {
    let operator = match op {
        Op::Compare(Comparison::OneOf) | Op::Contains | Op::StartsWith | Op::EndsWith => "==",
        Op::Compare(Comparison::NoneOf) => "!=",
        Op::Compare(Comparison::Less) => "<",
        Op::Compare(Comparison::LessOrEqual) => "<=",
        Op::Compare(Comparison::Greater) => ">",
        Op::Compare(Comparison::GreaterOrEqual) => ">=",
        Op::Compare(Comparison::Empty | Comparison::NotEmpty) => return None,
    };
    match values {
        [only] => Some(rsql::compare(filter, operator, &op.pattern(only))),
        several if several.iter().any(|value| value.contains('*')) => {
            let each = several.iter().map(|value| rsql::compare(filter, operator, value)).collect();
            Some(if operator == "==" { Expression::Or(each) } else { Expression::And(each) })
        }
        several => Some(Expression::Comparison {
            selector: filter.to_owned(),
            operator: if operator == "==" { "=in=" } else { "=out=" }.to_owned(),
            values: several.to_vec(),
            is_list: true,
        }),
    }
}

/// Jamf finds text in one form; where there are others it is asked with wildcards, and the rows are judged.
fn texts(filter: &str, op: Op, values: &[String]) -> Option<(Expression, bool)> {
    let patterns: Vec<String> = values.iter().map(|value| op.pattern(value)).collect();
    let wide: Vec<Option<String>> = patterns.iter().map(|pattern| with_wildcards(pattern)).collect();
    let has_parts = patterns.iter().any(|pattern| pattern.contains('*'));
    if wide.iter().all(Option::is_none) {
        // Jamf looks for parts in credentials too, which no row shows.
        return Some((rsql_comparison(filter, op, values)?, !has_parts));
    }
    let each: Vec<String> =
        wide.into_iter().zip(patterns).map(|(wide, pattern)| wide.unwrap_or(pattern)).collect();
    if each.iter().any(|pattern| pattern == "*") {
        return None;
    }
    let each = each.iter().map(|pattern| rsql::compare(filter, "==", pattern));
    Some((any(each.collect())?, false))
}

/// Jamf compares moments to the second; a bound within one is asked wider, and the rows are judged.
fn moments(filter: &str, op: Op, values: &[String]) -> Option<(Expression, bool)> {
    let Op::Compare(comparison) = op else { return None };
    let periods: Vec<Period> = values.iter().map(|value| when::period(value)).collect::<Option<_>>()?;
    let is_exact = periods.iter().all(Period::is_in_seconds);
    let bound =
        |operator: &str, moment: jiff::Timestamp| rsql::compare(filter, operator, &when::jamf_moment(moment));
    let each = periods.into_iter().map(|period| {
        let (floor, end) = (when::second_of(period.from), period.end_in_seconds());
        let exact = period.is_in_seconds();
        match comparison {
            Comparison::Less if exact => bound("<", period.from),
            Comparison::LessOrEqual if exact && !period.is_day() => bound("<=", period.from),
            Comparison::Less | Comparison::LessOrEqual => bound("<", end),
            Comparison::Greater if exact && !period.is_day() => bound(">", period.from),
            Comparison::Greater if exact => bound(">=", end),
            Comparison::Greater | Comparison::GreaterOrEqual => bound(">=", floor),
            _ if exact && !period.is_day() => {
                Expression::And(vec![bound(">=", period.from), bound("<=", period.from)])
            }
            _ => Expression::And(vec![bound(">=", floor), bound("<", end)]),
        }
    });
    Some((any(each.collect())?, is_exact))
}

fn any(mut each: Vec<Expression>) -> Option<Expression> {
    if each.len() < 2 { each.pop() } else { Some(Expression::Or(each)) }
}

/// A filter that finds every row with a value, where rows can lack one.
fn has_value(field: &Field) -> Option<(String, Expression)> {
    let filter = field.filter.as_deref()?;
    let last = field.path.as_deref().unwrap_or(filter).rsplit('.').next().unwrap_or_default();
    if matches!(
        last,
        "id" | "mobileDeviceId"
            | "deviceId"
            | "uuid"
            | "udid"
            | "serialNumber"
            | "managementId"
            | "name"
            | "displayName"
    ) {
        return None;
    }
    let least = |value: &str| rsql::compare(filter, ">=", value);
    let one_of = |values: Vec<String>| Expression::Comparison {
        selector: filter.to_owned(),
        operator: "=in=".to_owned(),
        values,
        is_list: true,
    };
    let expression = match &field.kind {
        Kind::Moment => least("1970-01-01T00:00:00Z"),
        Kind::Day => least("1900-01-01"),
        Kind::Number => least("-2147483648"),
        Kind::Flag => one_of(vec!["true".to_owned(), "false".to_owned()]),
        Kind::Choice(known) => one_of(known.clone()),
        Kind::Text | Kind::Version | Kind::Identifier => {
            Expression::And(vec![rsql::compare(filter, "==", "*"), rsql::compare(filter, "!=", "")])
        }
        Kind::Unknown => return None,
    };
    Some((field.path.clone().unwrap_or_else(|| filter.to_owned()), expression))
}

/// The conditions of an expression, judged here.
pub(super) fn tree(expression: &Expression, tests: &mut impl Iterator<Item = Test>) -> Tree {
    match expression {
        Expression::And(parts) => Tree::All(parts.iter().map(|part| tree(part, tests)).collect()),
        Expression::Or(parts) => Tree::Any(parts.iter().map(|part| tree(part, tests)).collect()),
        Expression::Comparison { .. } => tests.next().map_or_else(|| Tree::All(Vec::new()), Tree::One),
    }
}

#[cfg(test)]
mod tests;
