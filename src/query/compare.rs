//! One value of a row against the values of a condition, by the kind of the field.
//!
//! Text is compared in its canonical form, versions by their numbers, moments exactly, numbers with their unit. A value that
//! cannot be put in an order with the condition's is [`Outcome::Incomparable`], which the answer counts.

use std::cmp::Ordering;

use serde_json::Value;

use super::quantity::Quantity;
use super::shape::Content;
use super::when::{self, Period};
use crate::canonical::canonical;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text in the words of people or devices.
    Text,
    /// An identifier, compared as it is written.
    Identifier,
    /// A version such as `15.7.1`.
    Version,
    /// A moment.
    Moment,
    /// A day.
    Day,
    /// A number.
    Number,
    /// True or false.
    Flag,
    /// One of these values.
    Choice(Vec<String>),
    /// Jamf's document does not say; each value is compared as what it is.
    Unknown,
}

impl Kind {
    /// What a field holds, by the document and by its name.
    pub(super) fn of(path: &str, found: &Content) -> Self {
        let Content::Scalar(kind) = found else { return Self::Unknown };
        match kind.as_str() {
            "string" => Self::by_name(path).unwrap_or_else(|| {
                // Histories and some records call a moment a string.
                let is_moment = ["date", "timestamp"].iter().any(|end| path.to_lowercase().ends_with(end));
                if is_moment { Self::Moment } else { Self::Text }
            }),
            "uuid" => Self::Identifier,
            "integer" | "number" => Self::Number,
            "boolean" => Self::Flag,
            "date-time" => Self::Moment,
            "date" => Self::Day,
            choices => Self::Choice(choices.split('|').map(str::to_owned).collect()),
        }
    }

    /// Versions and identifiers are texts; only their names tell them.
    pub(super) fn by_name(path: &str) -> Option<Self> {
        let last = path.rsplit('.').next().unwrap_or_default();
        let lower = last.to_lowercase();
        if lower.ends_with("version") || lower == "minimumoperatingsystem" {
            return Some(Self::Version);
        }
        let is_identifier = matches!(lower.as_str(), "id" | "udid" | "uuid")
            || ["Id", "_id", "Uuid"].iter().any(|end| last.ends_with(end))
            || lower.ends_with("serialnumber")
            || lower.ends_with("macaddress");
        is_identifier.then_some(Self::Identifier)
    }
}

/// How a condition compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    OneOf,
    NoneOf,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Empty,
    NotEmpty,
}

impl Comparison {
    /// Whether it compares by order.
    pub(super) fn is_ordered(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }

    /// Whether it asks that something is not there. Of a list it then holds for all elements, any other for one of them.
    pub(super) fn is_negative(self) -> bool {
        matches!(self, Self::NoneOf | Self::Empty)
    }
}

/// What a condition says of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Holds,
    Fails,
    /// The value and the condition's cannot be compared.
    Incomparable,
}

impl From<bool> for Outcome {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

/// A value of a condition, in every reading that it has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operand {
    text: String,
    /// Parts of a pattern, with anything between them.
    parts: Option<Vec<String>>,
    period: Option<Period>,
    quantity: Option<Quantity>,
    version: Option<Version>,
}

impl Operand {
    /// A value that is meant as it is written.
    pub(super) fn literal(text: &str, kind: &Kind) -> Self {
        let period = match kind {
            Kind::Moment | Kind::Day | Kind::Number | Kind::Text | Kind::Unknown => when::period(text),
            _ => None,
        };
        let quantity = match kind {
            Kind::Version | Kind::Moment | Kind::Day | Kind::Flag | Kind::Choice(_) => None,
            _ => Quantity::parse(text),
        };
        Self { text: canonical(text), parts: None, period, quantity, version: Version::parse(text) }
    }

    /// A text with `*` for anything.
    pub(super) fn pattern(text: &str, kind: &Kind) -> Self {
        if !text.contains('*') {
            return Self::literal(text, kind);
        }
        Self::of_parts(text.split('*'), text)
    }

    /// A part of a text.
    pub(super) fn part(before: bool, text: &str, after: bool) -> Self {
        let before = before.then_some("");
        let after = after.then_some("");
        Self::of_parts(before.into_iter().chain([text]).chain(after), text)
    }

    fn of_parts<'a>(parts: impl Iterator<Item = &'a str>, text: &str) -> Self {
        let parts = Some(parts.map(canonical).collect());
        Self { text: canonical(text), parts, period: None, quantity: None, version: None }
    }

    /// Whether it asks for no value at all.
    pub(super) fn is_nothing(&self) -> bool {
        self.parts.is_none() && self.text.trim().is_empty()
    }

    /// The text, where it is no pattern.
    pub(super) fn literal_text(&self) -> Option<&str> {
        self.parts.is_none().then_some(self.text.as_str())
    }

    /// The unit that the value was given with; empty for none.
    pub(super) fn unit(&self) -> &str {
        self.quantity.as_ref().map_or("", |quantity| &quantity.unit)
    }

    /// Whether a value is this one.
    pub(super) fn equals(&self, value: &Value, kind: &Kind) -> bool {
        match (value, &self.parts) {
            (Value::Null | Value::Array(_) | Value::Object(_), _) => false,
            (value, Some(parts)) => fits(parts, &canonical(&plain(value))),
            (Value::Bool(flag), None) => self.text == flag.to_string(),
            (Value::Number(number), None) => {
                self.text == number.to_string() || self.order_of_number(value) == Some(Ordering::Equal)
            }
            (Value::String(text), None) => self.equals_text(text, kind),
        }
    }

    fn equals_text(&self, text: &str, kind: &Kind) -> bool {
        if canonical(text) == self.text {
            return true;
        }
        if let (Some(period), Some(moment)) = (&self.period, when::moment(text)) {
            return period.holds(moment);
        }
        match kind {
            Kind::Version => {
                let own = Version::parse(text);
                matches!((own, &self.version), (Some(own), Some(other)) if own.is_exact && other.is_exact && own.order(other).is_eq())
            }
            Kind::Text | Kind::Unknown | Kind::Number => {
                let (Some(own), Some(other)) = (Quantity::parse(text), &self.quantity) else { return false };
                // Digits alone are compared as they are written: asset tag 007 is not 7.
                let readable = own.is_decorated || other.is_decorated || *kind == Kind::Number;
                readable && same_unit(&own, other) && same_number(own.number, other.number)
            }
            _ => false,
        }
    }

    /// How a value stands to this one; none where they cannot be put in an order.
    pub(super) fn order(&self, value: &Value, kind: &Kind) -> Option<Order> {
        match value {
            Value::Number(_) => self.order_of_number(value).map(Order::of),
            Value::String(text) => self.order_of_text(text, kind),
            _ => None,
        }
    }

    fn order_of_number(&self, value: &Value) -> Option<Ordering> {
        if let (Some(own), Ok(other)) = (value.as_i64(), self.text.parse::<i64>()) {
            return Some(own.cmp(&other));
        }
        let number = value.as_f64()?;
        if let Some(period) = &self.period {
            return Some(period.order(when::epoch(number)?));
        }
        let quantity = self.quantity.as_ref().filter(|quantity| quantity.unit.is_empty())?;
        number.partial_cmp(&quantity.number)
    }

    fn order_of_text(&self, text: &str, kind: &Kind) -> Option<Order> {
        if *kind == Kind::Version || self.version.as_ref().is_some_and(|version| version.numbers.len() > 2) {
            return Some(Order::of(Version::parse(text)?.order(self.version.as_ref()?)));
        }
        if let Some(period) = &self.period {
            return Some(Order::of(period.order(when::moment(text)?)));
        }
        if let Some(other) = &self.quantity {
            let own = Quantity::parse(text)?;
            let order = same_unit(&own, other).then(|| own.number.partial_cmp(&other.number)).flatten();
            let unit = own.unit;
            return order.map(|order| Order { order, unit: Some(unit) });
        }
        Some(Order::of(canonical(text).cmp(&self.text)))
    }
}

/// How a value stands to another, and the unit of a number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) order: Ordering,
    pub(super) unit: Option<String>,
}

impl Order {
    fn of(order: Ordering) -> Self {
        Self { order, unit: None }
    }
}

/// A value without a unit is of the unit of the column; a column of several units is found at the end.
fn same_unit(own: &Quantity, other: &Quantity) -> bool {
    other.unit.is_empty() || own.unit == other.unit
}

fn same_number(own: f64, other: f64) -> bool {
    (own - other).abs() <= f64::EPSILON * own.abs().max(other.abs())
}

/// Whether a text is these parts with anything between them.
fn fits(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return parts.first().is_some_and(|only| only == text) };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    rest.ends_with(last.as_str())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a value is none: null, empty text, an empty list or object. Jamf writes all of them for the same.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The numbers that a version begins with: `26.1 (25B78)` is 26 and 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    numbers: Vec<u64>,
    /// There is nothing but numbers in it.
    is_exact: bool,
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut numbers = Vec::new();
        let mut is_exact = true;
        for part in text.split('.') {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            let Ok(number) = digits.parse() else {
                is_exact = false;
                break;
            };
            numbers.push(number);
            if digits.len() < part.len() {
                is_exact = false;
                break;
            }
        }
        (!numbers.is_empty()).then_some(Self { numbers, is_exact })
    }

    /// `15.7` is `15.7.0`.
    fn order(&self, other: &Self) -> Ordering {
        let at = |numbers: &[u64], place: usize| numbers.get(place).copied().unwrap_or_default();
        (0..self.numbers.len().max(other.numbers.len()))
            .map(|place| at(&self.numbers, place).cmp(&at(&other.numbers, place)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Ways to write it: `15.7` and `15.7.0`; none where it is more than numbers.
    pub(super) fn forms(text: &str) -> Vec<String> {
        let Some(version) = Self::parse(text).filter(|version| version.is_exact) else { return Vec::new() };
        let mut numbers = version.numbers;
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop();
        }
        let mut forms = Vec::new();
        loop {
            forms.push(numbers.iter().map(u64::to_string).collect::<Vec<_>>().join("."));
            if numbers.len() >= 3 {
                return forms;
            }
            numbers.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn equal(kind: &Kind, value: Value, operand: &str) -> bool {
        Operand::literal(operand, kind).equals(&value, kind)
    }

    fn order(kind: &Kind, value: Value, operand: &str) -> Option<Ordering> {
        Operand::literal(operand, kind).order(&value, kind).map(|order| order.order)
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        let kind = &Kind::Version;
        assert_eq!(order(kind, json!("15.10.1"), "15.9"), Some(Ordering::Greater));
        assert_eq!(order(kind, json!("15.7"), "15.7.0"), Some(Ordering::Equal));
        assert_eq!(order(kind, json!("26.1 (25B78)"), "26.2"), Some(Ordering::Less));
        assert_eq!(order(kind, json!("unknown"), "26.2"), None);
        assert!(equal(kind, json!("15.7"), "15.7.0") && !equal(kind, json!("15.7-beta1"), "15.7-beta2"));
        assert_eq!(Version::forms("15"), ["15", "15.0", "15.0.0"]);
        assert_eq!(Version::forms("15.7.0"), ["15.7", "15.7.0"]);
        assert_eq!(Version::forms("15.7.1"), ["15.7.1"]);
        assert!(Version::forms("15.7b").is_empty());
    }

    #[test]
    fn numbers_in_text_are_numbers() {
        let kind = &Kind::Text;
        assert_eq!(order(kind, json!("$3,999.00"), "1000"), Some(Ordering::Greater));
        assert_eq!(order(kind, json!("87 %"), "9"), Some(Ordering::Greater));
        assert_eq!(order(kind, json!("8 GB"), "512 MB"), Some(Ordering::Greater));
        assert_eq!(order(kind, json!("8 GB"), "5 %"), None, "other units");
        assert_eq!(order(kind, json!("none"), "5"), None);
        assert_eq!(
            order(kind, json!("Berlin"), "a"),
            Some(Ordering::Greater),
            "text is put in the order of text"
        );
        assert!(equal(kind, json!("$3,999.00"), "3999") && !equal(kind, json!("007"), "7"));
    }

    #[test]
    fn numbers_keep_every_digit() {
        assert!(!equal(&Kind::Number, json!(9_007_199_254_740_993_i64), "9007199254740992"));
        assert_eq!(
            order(&Kind::Number, json!(9_007_199_254_740_993_i64), "9007199254740992"),
            Some(Ordering::Greater)
        );
        assert!(equal(&Kind::Number, json!(7), "7.0") && equal(&Kind::Number, json!(1.5), "1.50"));
    }
}
