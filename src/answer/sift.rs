//! Conditions that are judged here, row by row, because Jamf does not filter on their fields or compares them as text.
//!
//! It says of a row what Jamf's filter would: text without regard to case, `*` for anything, moments as moments; and beyond
//! it, versions by their numbers and whether there is a value at all.

use std::cmp::Ordering;

use jamf_pro_tools::rsql::Expression;
use serde_json::Value;

use super::when;

/// Conditions on a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Sieve {
    /// All of them.
    All(Vec<Sieve>),
    /// Any of them.
    Any(Vec<Sieve>),
    /// One of them.
    Test(Test),
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    path: String,
    comparison: Comparison,
    values: Vec<Operand>,
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    OneOf,
    NoneOf,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Empty,
    NotEmpty,
}

/// A value of a condition; more than one part means anything between them.
#[derive(Debug, Clone, PartialEq)]
struct Operand {
    parts: Vec<String>,
}

impl Operand {
    fn literal(text: &str) -> Self {
        Self { parts: vec![text.to_lowercase()] }
    }

    fn around(before: bool, text: &str, after: bool) -> Self {
        let mut parts = vec![text.to_lowercase()];
        if before {
            parts.insert(0, String::new());
        }
        if after {
            parts.push(String::new());
        }
        Self { parts }
    }

    fn pattern(text: &str) -> Self {
        Self { parts: text.to_lowercase().split('*').map(str::to_owned).collect() }
    }

    fn only(&self) -> Option<&str> {
        self.parts.first().map(String::as_str).filter(|_| self.parts.len() == 1)
    }

    fn equals(&self, value: &Value) -> bool {
        if let Some(text) = self.only() {
            return compare(value, text, false) == Some(Ordering::Equal);
        }
        let text = plain(value).to_lowercase();
        let (Some(first), Some(last)) = (self.parts.first(), self.parts.last()) else { return false };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        let middle = self.parts.get(1..self.parts.len() - 1).unwrap_or_default();
        for part in middle {
            let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
            rest = after;
        }
        rest.ends_with(last.as_str())
    }
}

impl Sieve {
    /// What a filter in RSQL asks, its names being paths.
    pub fn of_filter(filter: &Expression) -> Self {
        match filter {
            Expression::And(parts) => Self::All(parts.iter().map(Self::of_filter).collect()),
            Expression::Or(parts) => Self::Any(parts.iter().map(Self::of_filter).collect()),
            Expression::Comparison { selector, operator, values, .. } => {
                let comparison = match operator.as_str() {
                    "!=" | "=out=" => Comparison::NoneOf,
                    "<" | "=lt=" => Comparison::Less,
                    "<=" | "=le=" => Comparison::LessOrEqual,
                    ">" | "=gt=" => Comparison::Greater,
                    ">=" | "=ge=" => Comparison::GreaterOrEqual,
                    _ => Comparison::OneOf,
                };
                let values = values.iter().map(|value| Operand::pattern(value)).collect();
                Self::Test(Test { path: selector.clone(), comparison, values })
            }
        }
    }

    /// What a condition of `where` asks of the field at a path.
    pub fn of_condition(path: &str, comparison: &str, values: &[&str]) -> Self {
        let operand = |text: &&str| match comparison {
            "contains" => Operand::around(true, text, true),
            "starts_with" => Operand::around(false, text, true),
            "ends_with" => Operand::around(true, text, false),
            _ => Operand::literal(text),
        };
        let kind = match comparison {
            "ne" | "not_in" => Comparison::NoneOf,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "is_empty" => Comparison::Empty,
            "not_empty" => Comparison::NotEmpty,
            _ => Comparison::OneOf,
        };
        let values = values.iter().map(operand).collect();
        Self::Test(Test { path: path.to_owned(), comparison: kind, values })
    }

    /// The paths that it looks at.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Test(test) => vec![&test.path],
        }
    }

    /// Whether a row is one of those that are asked for.
    pub fn takes(&self, row: &Value) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.takes(row)),
            Self::Any(parts) => parts.iter().any(|part| part.takes(row)),
            Self::Test(test) => test.holds(row),
        }
    }
}

impl Test {
    fn holds(&self, row: &Value) -> bool {
        let mut found = Vec::new();
        values_at(row, &self.path, &mut found);
        let any_equal = || found.iter().any(|value| self.values.iter().any(|operand| operand.equals(value)));
        match self.comparison {
            Comparison::OneOf => any_equal(),
            Comparison::NoneOf => !any_equal(),
            Comparison::Empty => found.iter().all(|value| is_empty(value)),
            Comparison::NotEmpty => found.iter().any(|value| !is_empty(value)),
            Comparison::Less => self.ordered(&found, Ordering::is_lt),
            Comparison::LessOrEqual => self.ordered(&found, Ordering::is_le),
            Comparison::Greater => self.ordered(&found, Ordering::is_gt),
            Comparison::GreaterOrEqual => self.ordered(&found, Ordering::is_ge),
        }
    }

    fn ordered(&self, found: &[&Value], wanted: impl Fn(Ordering) -> bool) -> bool {
        let by_number = is_version(&self.path);
        let Some(limit) = self.values.first().and_then(Operand::only) else { return false };
        found.iter().any(|value| compare(value, limit, by_number).is_some_and(&wanted))
    }
}

/// Whether a field holds versions, by its name.
pub fn is_version(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|name| name.to_ascii_lowercase().ends_with("version"))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every value at a dotted path; a list stands for each of its elements.
fn values_at<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        items.iter().for_each(|item| values_at(item, path, found));
        return;
    }
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    match (value.get(name), below) {
        (Some(value), Some(below)) => values_at(value, below, found),
        (Some(Value::Array(items)), None) => found.extend(items),
        (Some(value), None) => found.push(value),
        (None, _) => {}
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// How a value of a row stands to a text in lower case; none where the two cannot be put in an order.
fn compare(value: &Value, text: &str, by_number: bool) -> Option<Ordering> {
    let own = match value {
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
        Value::Number(number) => return compare_number(number.as_f64()?, text),
        other => plain(other).to_lowercase(),
    };
    if by_number {
        return Some(compare_versions(&version(&own)?, &version(text)?));
    }
    if let (Ok(own), Ok(other)) = (own.parse::<i128>(), text.parse::<i128>()) {
        return Some(own.cmp(&other));
    }
    if let (Some(own), Some(other)) = (when::moment(&own.to_uppercase()), when::moment(&text.to_uppercase()))
    {
        return Some(own.cmp(&other));
    }
    Some(own.as_str().cmp(text))
}

/// The Classic API writes some moments as milliseconds since 1970.
fn compare_number(number: f64, text: &str) -> Option<Ordering> {
    if let Some(moment) = when::moment(&text.to_uppercase()) {
        #[expect(
            clippy::as_conversions,
            reason = "milliseconds of this age are far below what a double says exactly"
        )]
        let limit = moment.as_millisecond() as f64;
        return number.partial_cmp(&limit);
    }
    number.partial_cmp(&text.parse::<f64>().ok()?)
}

/// The numbers that a version begins with: `26.1 (25B78)` is 26 and 1.
fn version(text: &str) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    for part in text.trim().split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse() {
            Ok(number) => numbers.push(number),
            Err(_) => break,
        }
        if digits.len() < part.len() {
            break;
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// `15.7` is `15.7.0`.
fn compare_versions(one: &[u64], other: &[u64]) -> Ordering {
    let at = |numbers: &[u64], place: usize| numbers.get(place).copied().unwrap_or_default();
    let places = one.len().max(other.len());
    (0..places)
        .map(|place| at(one, place).cmp(&at(other, place)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::rsql;
    use serde_json::json;

    use super::*;

    fn takes(field: &str, comparison: &str, values: &[&str]) -> bool {
        let row = json!({
            "id": "12", "name": "Lab Mac *5*", "osVersion": "15.10.1", "build": "26.1 (25B78)", "note": null, "empty": "",
            "seen": "2026-01-31T10:00:00.000Z", "epoch": 1_769_853_600_000_i64, "managed": true, "count": 7,
            "apps": [{ "name": "Safari", "version": "9.1" }, { "name": "Chrome", "version": "131.0.6778.86" }], "tags": [],
        });
        Sieve::of_condition(field, comparison, values).takes(&row)
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(takes("osVersion", "ge", &["15.9"]) && !takes("osVersion", "lt", &["15.9"]));
        assert!(takes("osVersion", "lt", &["26"]) && takes("osVersion", "gt", &["15.10.0.9"]));
        assert!(takes("osVersion", "le", &["15.10.1"]) && !takes("osVersion", "lt", &["15.10.1"]));
        assert!(takes("apps.version", "gt", &["100"]), "any of them");
        assert_eq!(version("26.1 (25B78)"), Some(vec![26, 1]));
        assert_eq!(version("unknown"), None);
    }

    #[test]
    fn text_moments_numbers_and_emptiness() {
        assert!(takes("name", "contains", &["MAC"]) && takes("name", "starts_with", &["lab"]));
        assert!(takes("name", "ends_with", &["*5*"]) && takes("name", "eq", &["lab mac *5*"]));
        assert!(!takes("name", "eq", &["lab*"]), "a star is a star");
        assert!(
            takes("id", "gt", &["9"]) && takes("count", "lt", &["10"]) && takes("managed", "eq", &["true"])
        );
        assert!(takes("seen", "lt", &["2026-02-01T00:00:00Z"]) && !takes("seen", "gt", &["2026-02-01"]));
        assert!(takes("epoch", "lt", &["2026-02-01T00:00:00Z"]) && takes("epoch", "gt", &["2026-01-31"]));
        assert!(
            takes("note", "is_empty", &[])
                && takes("empty", "is_empty", &[])
                && takes("tags", "is_empty", &[])
        );
        assert!(takes("absent", "is_empty", &[]) && !takes("name", "is_empty", &[]));
        assert!(takes("apps.name", "in", &["chrome", "opera"]) && !takes("apps.name", "not_in", &["chrome"]));
        assert!(!takes("note", "lt", &["5"]), "nothing is neither less nor more");
    }

    #[test]
    fn a_filter_means_here_what_it_means_to_jamf() {
        let row = json!({ "name": "Lab Mac", "general": { "site": "x" }, "id": 5 });
        let takes = |text: &str| Sieve::of_filter(&rsql::parse(text).unwrap()).takes(&row);
        assert!(takes("name==\"lab*\";id>4") && takes("name==*mac") && takes("general.site==X,id==9"));
        assert!(
            !takes("name!=\"Lab Mac\"")
                && takes("id=in=(4,5)")
                && !takes("id=out=(4,5)")
                && takes("name==*b*c")
        );
    }
}
