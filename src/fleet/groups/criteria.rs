//! Criteria of a smart group: read from the answers of either API, put in their order, and joined by `and`, `or` and one level of
//! parentheses. The main types are [`Criterion`] and `Expression`, which keeps places of criteria and no criteria.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::fleet::known::Known;

/// One criterion as the tenant has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Criterion {
    /// Such as `Operating System Version`, or the name of an extension attribute.
    pub name: String,
    /// Such as `is not`.
    pub operator: String,
    /// What the value is compared with.
    pub value: String,
    /// Whether it is joined to the criterion before it by `or` and not by `and`.
    pub is_or: bool,
    /// Its place, counted from 0, where the tenant says it.
    pub priority: Option<i64>,
    /// A parenthesis opens before it.
    pub opens: bool,
    /// A parenthesis closes after it.
    pub closes: bool,
}

impl Criterion {
    /// Read a criterion of the Jamf Pro API (`andOr`, `searchType`, `openingParen`) or the Classic API (`and_or`, `search_type`,
    /// `opening_paren`).
    pub fn read(row: &Value) -> Self {
        let field = |names: [&str; 2]| names.into_iter().find_map(|name| row.get(name));
        let text = |names| match field(names) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(is)) => is.to_string(),
            _ => String::new(),
        };
        let is_on = |names| match field(names) {
            Some(Value::Bool(is)) => *is,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        };
        Self {
            name: text(["name", "name"]),
            operator: text(["searchType", "search_type"]),
            value: text(["value", "value"]),
            is_or: text(["andOr", "and_or"]).trim().eq_ignore_ascii_case("or"),
            priority: text(["priority", "priority"]).trim().parse().ok(),
            opens: is_on(["openingParen", "opening_paren"]),
            closes: is_on(["closingParen", "closing_paren"]),
        }
    }

    /// All criteria of a group or a saved search of either API.
    pub fn read_all(object: &Value) -> Vec<Self> {
        let rows = object.get("criteria").and_then(Value::as_array);
        rows.into_iter().flatten().map(Self::read).collect()
    }
}

/// Criteria in the order in which Jamf Pro takes them: that of their priorities, or of the list where none has one. `None` where two have
/// the same place or only some have one.
pub fn in_order(criteria: &[Criterion]) -> Option<Vec<&Criterion>> {
    if criteria.iter().all(|one| one.priority.is_none()) {
        return Some(criteria.iter().collect());
    }
    let mut places = BTreeMap::new();
    for one in criteria {
        places.entry(one.priority).or_insert_with(Vec::new).push(one);
    }
    let is_clear =
        places.values().all(|same| same.len() == 1) && (!places.contains_key(&None) || criteria.len() == 1);
    is_clear.then(|| places.into_values().flatten().collect())
}

/// The same, where the order makes no difference too.
pub(super) fn ordered(criteria: &[Criterion]) -> Known<Vec<&Criterion>> {
    if let Some(criteria) = in_order(criteria) {
        return Known::Known(criteria);
    }
    let first = criteria.first().is_some_and(|one| one.is_or);
    if criteria.iter().all(|one| one.is_or == first && !one.opens && !one.closes) {
        return Known::Known(criteria.iter().collect());
    }
    Known::unknown("criteria have no priority, or two have the same, so that their order is not known")
}

/// A criterion by its place, or what stands in parentheses, and whether `or` joins it to what is before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) is_or: bool,
    pub(super) what: What,
}

/// What a term is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    One(usize),
    Parentheses(Vec<Term>),
}

/// The criteria of a group, joined. No terms at all choose everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expression(Vec<Term>);

/// How a mix of `and` and `or` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    LeftToRight,
    AndFirst,
}

impl Expression {
    /// Join criteria that are in their order. Unknown where parentheses do not match or stand in one another.
    pub(super) fn new(criteria: &[&Criterion]) -> Known<Self> {
        let wrong =
            || Known::unknown("the parentheses of the criteria do not match, or stand in one another");
        let mut terms = Vec::new();
        let mut open: Option<(bool, Vec<Term>)> = None;
        for (at, one) in criteria.iter().enumerate() {
            let term = |is_or| Term { is_or, what: What::One(at) };
            match (&mut open, one.opens) {
                (Some(_), true) => return wrong(),
                (Some((_, inner)), false) => inner.push(term(one.is_or)),
                (None, true) => open = Some((one.is_or, vec![term(false)])),
                (None, false) => terms.push(term(one.is_or)),
            }
            if one.closes {
                let Some((is_or, inner)) = open.take() else { return wrong() };
                terms.push(Term { is_or, what: What::Parentheses(inner) });
            }
        }
        if open.is_some() { wrong() } else { Known::Known(Self(terms)) }
    }

    /// Whether `and` and `or` stand beside each other anywhere.
    pub(super) fn is_mixed(&self) -> bool {
        fn mixed(terms: &[Term]) -> bool {
            let mut joins = terms.iter().skip(1).map(|term| term.is_or);
            let first = joins.next();
            let inner = |term: &Term| matches!(&term.what, What::Parentheses(inner) if mixed(inner));
            joins.any(|is_or| Some(is_or) != first) || terms.iter().any(inner)
        }
        mixed(&self.0)
    }

    /// The truth of the whole by a reading. `all` is the truth of criteria, by their places, that are joined by `and`.
    pub(super) fn truth(&self, reading: Reading, all: &dyn Fn(&[usize]) -> Known<bool>) -> Known<bool> {
        if self.0.is_empty() { Known::Known(true) } else { truth(&self.0, reading, all) }
    }

    /// The truth by both readings, where they agree.
    pub(super) fn judge(&self, all: &dyn Fn(&[usize]) -> Known<bool>) -> Known<bool> {
        let and_first = self.truth(Reading::AndFirst, all);
        if !self.is_mixed() {
            return and_first;
        }
        let why = || {
            Cow::Borrowed(
                "`and` and `or` are mixed without parentheses, and it depends on which of them Jamf Pro takes first",
            )
        };
        and_first.agree(self.truth(Reading::LeftToRight, all), why)
    }
}

fn truth(terms: &[Term], reading: Reading, all: &dyn Fn(&[usize]) -> Known<bool>) -> Known<bool> {
    match reading {
        Reading::AndFirst => {
            let mut chains: Vec<&[Term]> = Vec::new();
            let mut rest = terms;
            while !rest.is_empty() {
                let next = rest.iter().skip(1).position(|term| term.is_or).map_or(rest.len(), |at| at + 1);
                let (chain, after) = rest.split_at(next);
                chains.push(chain);
                rest = after;
            }
            Known::any(chains.into_iter().map(|chain| chained(chain, reading, all)))
        }
        Reading::LeftToRight => {
            let mut so_far: Option<Known<bool>> = None;
            for term in terms {
                let own = chained(std::slice::from_ref(term), reading, all);
                so_far = Some(match so_far {
                    None => own,
                    Some(before) if term.is_or => before.or(own),
                    Some(before) => before.and(own),
                });
            }
            so_far.unwrap_or(Known::Known(true))
        }
    }
}

/// Terms that are joined by `and`.
fn chained(terms: &[Term], reading: Reading, all: &dyn Fn(&[usize]) -> Known<bool>) -> Known<bool> {
    let mut places = Vec::new();
    let mut inner = Known::Known(true);
    for term in terms {
        match &term.what {
            What::One(at) => places.push(*at),
            What::Parentheses(terms) => inner = inner.and(truth(terms, reading, all)),
        }
    }
    inner.and(all(&places))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Criteria from a text such as `T or (F and T)`: what each is stands in its value.
    fn criteria(text: &str) -> Vec<Criterion> {
        let mut found = Vec::new();
        let mut is_or = false;
        for word in text.split(' ') {
            match word {
                "and" | "or" => is_or = word == "or",
                word => found.push(Criterion {
                    value: word.trim_matches(['(', ')']).to_owned(),
                    is_or,
                    opens: word.starts_with('('),
                    closes: word.ends_with(')'),
                    ..Criterion::default()
                }),
            }
        }
        found
    }

    fn judged(text: &str) -> Option<bool> {
        let criteria = criteria(text);
        let criteria: Vec<&Criterion> = criteria.iter().collect();
        let Known::Known(expression) = Expression::new(&criteria) else { return None };
        let of = |at: &usize| match criteria[*at].value.as_str() {
            "?" => Known::unknown("?"),
            word => Known::Known(word == "T"),
        };
        expression.judge(&|places| Known::all(places.iter().map(of))).value()
    }

    #[test]
    fn criteria_are_joined_as_they_are_written() {
        for (text, is) in [
            ("T", Some(true)),
            ("T and F", Some(false)),
            ("F or T", Some(true)),
            ("T and T and T", Some(true)),
            ("F or F or F", Some(false)),
            ("F and (T or T)", Some(false)),
            ("T and (F or T)", Some(true)),
            ("(T or T) and F", Some(false)),
            ("(F and T) or (T and T)", Some(true)),
            ("? and F", Some(false)),
            ("? or T", Some(true)),
            ("? and T", None),
        ] {
            assert_eq!(judged(text), is, "{text}");
        }
    }

    #[test]
    fn a_mix_is_known_where_both_readings_agree() {
        for (text, is) in [
            ("T or T and T", Some(true)),
            ("F and T or T", Some(true)),
            ("F or F and T", Some(false)),
            // and first: T; from left to right: F
            ("T or T and F", None),
            ("T or F and F", None),
            ("F and (T or T and F)", Some(false)),
            ("T and (T or T and F)", None),
        ] {
            assert_eq!(judged(text), is, "{text}");
        }
    }

    #[test]
    fn parentheses_that_do_not_match_are_unknown() {
        for text in ["(T and F", "T) and F", "(T and (F or T))", "(T) or T) and F"] {
            assert_eq!(judged(text), None, "{text}");
        }
        assert_eq!(judged("(T) and T"), Some(true));
    }

    fn at(priorities: &[Option<i64>], joins: &str) -> Known<Vec<Option<i64>>> {
        let mut criteria = criteria(joins);
        for (one, priority) in criteria.iter_mut().zip(priorities) {
            one.priority = *priority;
        }
        ordered(&criteria).map(|ordered| ordered.iter().map(|one| one.priority).collect())
    }

    #[test]
    fn criteria_go_by_their_priority() {
        let known = |places: &[i64]| Known::Known(places.iter().map(|place| Some(*place)).collect());
        assert_eq!(at(&[Some(1), Some(0), Some(2)], "T and T or T"), known(&[0, 1, 2]));
        assert_eq!(at(&[Some(10), Some(9)], "T or T"), known(&[9, 10]));
        assert_eq!(at(&[None, None], "T or T"), Known::Known(vec![None, None]));
        assert!(at(&[Some(0), Some(0), Some(1)], "T and T or T").reasons().is_some());
        assert!(at(&[Some(0), None, Some(1)], "T and T or T").reasons().is_some());
        assert_eq!(at(&[Some(0), Some(0)], "T and T"), known(&[0, 0]), "the order makes no difference");
        assert!(at(&[Some(0), Some(0)], "T or T").reasons().is_some(), "which comes first is not known");
    }

    #[test]
    fn both_apis_are_read() {
        let pro = json!({ "criteria": [
            { "name": "Model", "priority": 0, "andOr": "and", "searchType": "is", "value": "iMac", "openingParen": true, "closingParen": false },
        ] });
        let classic = json!({ "criteria": [
            { "name": "Model", "priority": "0", "and_or": "and", "search_type": "is", "value": "iMac", "opening_paren": "true", "closing_paren": false },
        ] });
        assert_eq!(Criterion::read_all(&pro), Criterion::read_all(&classic));
        let one = &Criterion::read_all(&pro)[0];
        assert_eq!(
            (one.operator.as_str(), one.priority, one.opens, one.closes),
            ("is", Some(0), true, false)
        );
        assert!(Criterion::read(&json!({ "name": "Model", "and_or": "OR" })).is_or);
    }
}
