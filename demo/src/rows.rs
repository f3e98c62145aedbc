//! Lists: filter, order, pages with their silent clamp.

use std::cmp::Ordering;

use axum::response::Response;
use serde_json::{Value, json};

use crate::answer;
use crate::rsql::{Filter, compare};

/// A decoded query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        Self(pairs(text))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same without one of its names.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self
    }

    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        values.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty()).collect()
    }

    fn number(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.get(name)?.parse().ok())
    }

    pub(crate) fn page_size(&self) -> usize {
        self.number(&["page-size", "size", "pagesize"]).unwrap_or(100)
    }

    fn page(&self) -> usize {
        self.number(&["page"]).unwrap_or(0)
    }

    /// The filter, if there is one; malformed ones, and fields that cannot be filtered on, are answered 400.
    pub(crate) fn filter(&self, fields: &[&str]) -> Result<Option<Filter>, Response> {
        let Some(text) = self.get("filter").filter(|text| !text.is_empty()) else { return Ok(None) };
        let filter =
            Filter::parse(text).ok_or_else(|| answer::bad_request("filter", "Unable to parse RSQL"))?;
        if let Some(field) = filter.fields().into_iter().find(|field| !fields.contains(field)) {
            return Err(answer::bad_request("filter", &format!("Unknown field {field}")));
        }
        Ok(Some(filter))
    }

    /// Order: (field, descending).
    pub(crate) fn sort(&self) -> Vec<(String, bool)> {
        let part = |part: &str| match part.split_once(':') {
            Some((field, direction)) => (field.to_owned(), direction.eq_ignore_ascii_case("desc")),
            None => (part.to_owned(), false),
        };
        self.all("sort").into_iter().map(part).collect()
    }
}

pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// The value at a dotted path.
pub(crate) fn at(value: &Value, path: &str) -> Value {
    let mut value = value;
    for name in path.split('.') {
        match value.get(name) {
            Some(below) => value = below,
            None => return Value::Null,
        }
    }
    value.clone()
}

/// Orders two keys as Jamf does: numbers as numbers, text without regard to case, nothing first.
pub(crate) fn order(left: &Value, right: &Value) -> Ordering {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    compare(&text(left), &text(right))
}

/// One page of a list of whole objects.
pub(crate) fn page(query: &Query, rows: Vec<Value>, fields: &[&str], most: usize) -> Response {
    let filter = match query.filter(fields) {
        Ok(filter) => filter,
        Err(response) => return response,
    };
    let mut rows: Vec<Value> = match filter {
        Some(filter) => rows.into_iter().filter(|row| filter.matches(&|field| at(row, field))).collect(),
        None => rows,
    };
    let sort = query.sort();
    let sort = if sort.is_empty() { vec![("id".to_owned(), false)] } else { sort };
    for (field, descending) in sort.iter().rev() {
        rows.sort_by(|left, right| {
            let order = order(&at(left, field), &at(right, field));
            if *descending { order.reverse() } else { order }
        });
    }
    let total = rows.len();
    let range = range(query, most);
    let shown: Vec<Value> = rows.into_iter().skip(range.0).take(range.1).collect();
    answer::ok(&json!({ "totalCount": total, "results": shown }))
}

/// First row and number of rows; the size is clamped without a word.
pub(crate) fn range(query: &Query, most: usize) -> (usize, usize) {
    let size = query.page_size().clamp(1, most);
    (query.page().saturating_mul(size), size)
}
