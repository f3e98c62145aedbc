//! Numbers and versions that criteria compare by size.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::names::ValueKind;
use crate::fleet::known::Known;

/// What a criterion compares by size with, read once: twenty thousand computers have millions of versions that are compared with it.
#[derive(Debug, Clone)]
pub(super) struct Size {
    number: Option<f64>,
    version: Option<Vec<u64>>,
}

impl Size {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim();
        let version = text.split('.').map(|part| part.parse().ok()).collect();
        Self { number: text.parse().ok(), version }
    }

    /// The order of a value and this number.
    fn number_order(&self, value: &str) -> Option<Ordering> {
        value.trim().parse::<f64>().ok()?.partial_cmp(&self.number?)
    }

    /// The order of a value and this version, where parts that one of them does not have are zero, and where they are less than zero.
    fn version_orders(&self, value: &str) -> Option<(Ordering, Ordering)> {
        let wanted = self.version.as_ref()?;
        let (mut common, mut padded, mut count) = (Ordering::Equal, Ordering::Equal, 0);
        for part in value.trim().split('.') {
            let own: u64 = part.parse().ok()?;
            let other = wanted.get(count);
            padded = padded.then(own.cmp(other.unwrap_or(&0)));
            common = if other.is_some() { padded } else { common };
            count += 1;
        }
        for other in wanted.iter().skip(count) {
            padded = padded.then(0.cmp(other));
        }
        Some((padded, common.then(count.cmp(&wanted.len()))))
    }
}

/// Whether the order of two values is one of these.
pub(super) fn ordered(kind: ValueKind, orders: &[Ordering], value: &str, wanted: &Size) -> Known<bool> {
    let told = |order: Ordering| Known::Known(orders.contains(&order));
    let numbers = || wanted.number_order(value).map(told);
    let versions = || {
        let why = || Cow::Borrowed("Jamf does not document whether 15.7 and 15.7.0 are one version");
        wanted.version_orders(value).map(|(padded, short)| told(padded).agree(told(short), why))
    };
    let found = match kind {
        ValueKind::Number => numbers(),
        ValueKind::Version => versions(),
        ValueKind::Moment | ValueKind::Words(_) => None,
        ValueKind::Text | ValueKind::Any => {
            let why = || Cow::Borrowed("a value is one thing as a number and another as a version");
            match (numbers(), versions()) {
                (Some(one), Some(other)) => Some(one.agree(other, why)),
                (one, other) => one.or(other),
            }
        }
    };
    found.unwrap_or_else(|| Known::unknown("a value that is no number and no version is compared by size"))
}
