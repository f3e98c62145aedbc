//! `page`, `page-size`, `sort` and `filter` as the Jamf Pro API reads them, over any kind of rows.

use std::borrow::Cow;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    exchange::{Answer, Call},
    filters::{self, Filters},
    rsql::{Filter, Key},
};

/// The page size that Jamf silently falls back to.
pub(crate) const CEILING: usize = 2000;

/// What a list request asks for.
#[derive(Debug)]
pub(crate) struct PageQuery {
    pub(crate) page: usize,
    pub(crate) size: usize,
    /// Field, and whether it goes down.
    pub(crate) sort: Vec<(String, bool)>,
    pub(crate) filter: Option<Filter>,
}

impl PageQuery {
    /// Read it from the query, and from the body of an export, which wins; `ceiling` is the silent limit of `page-size`.
    pub(crate) fn read(call: &Call, ceiling: usize) -> Result<Self, Answer> {
        let body: Value = match call.method {
            Method::POST => serde_json::from_slice(&call.body).unwrap_or_default(),
            _ => Value::Null,
        };
        let given = |name: &str| body.get(name).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let page = given("page").map_or_else(|| number(call, "page", 0), Ok)?;
        let most = if call.path.ends_with("/export") { usize::MAX } else { 100 };
        let size = given("pageSize").map_or_else(|| number(call, "page-size", most), Ok)?;
        if size == 0 {
            return Err(Answer::bad_field("page-size", "page-size must be greater than 0"));
        }
        let filters = filters::of(call);
        let filter = body.get("filter").and_then(Value::as_str).or_else(|| call.parameter("filter"));
        let filter = filter.filter(|text| !text.trim().is_empty()).zip(filters);
        let filter = filter.map(|(text, filters)| read_filter(text, filters)).transpose()?;
        let sort: Vec<&str> = match body.get("sort").and_then(Value::as_array) {
            Some(words) => words.iter().filter_map(Value::as_str).collect(),
            None => call.parameters("sort"),
        };
        let sort = sort.into_iter().map(|word| {
            let (field, down) = match word.rsplit_once(':') {
                Some((field, direction)) => (field, direction.eq_ignore_ascii_case("desc")),
                None => (word, false),
            };
            (filters.and_then(|filters| filters.path(field)).unwrap_or(field).to_owned(), down)
        });
        Ok(Self { page, size: size.min(ceiling), sort: sort.collect(), filter })
    }

    /// Filter, sort and cut rows that are JSON objects; answers the rows of the page and the total.
    pub(crate) fn apply<'v>(&self, mut rows: Vec<&'v Value>) -> (Vec<&'v Value>, usize) {
        if let Some(filter) = &self.filter {
            rows.retain(|row| filter.matches(&|field: &str| Cow::Owned(key(row, field))));
        }
        for (field, down) in self.sort.iter().rev() {
            rows.sort_by_cached_key(|row| SortKey(key(row, field)));
            if *down {
                reverse_stable(&mut rows, |row| key(row, field));
            }
        }
        let total = rows.len();
        (rows.into_iter().skip(self.page.saturating_mul(self.size)).take(self.size).collect(), total)
    }

    /// The usual envelope over rows that are JSON objects.
    pub(crate) fn answer(&self, rows: Vec<&Value>) -> Answer {
        let (rows, total) = self.apply(rows);
        Answer::ok(&json!({"totalCount": total, "results": rows}))
    }
}

fn read_filter(text: &str, filters: &Filters) -> Result<Filter, Answer> {
    let filter = Filter::read(text).map_err(|reason| {
        let text = format!("Could not parse the filter: {reason}");
        Answer::error(StatusCode::BAD_REQUEST, "INVALID_FILTER", &text, Some("filter"))
    })?;
    filters.settle(filter)
}

fn number(call: &Call, name: &str, default: usize) -> Result<usize, Answer> {
    let Some(text) = call.parameter(name) else { return Ok(default) };
    text.parse().map_err(|_| Answer::bad_field(name, "The value is not a number that is 0 or greater"))
}

/// The key of a field of a row, dots going down.
fn key(row: &Value, field: &str) -> Key {
    let value = field.split('.').try_fold(row, |value, name| value.get(name));
    Key::of(field, value.unwrap_or(&Value::Null))
}

#[derive(PartialEq)]
struct SortKey(Key);

impl Eq for SortKey {}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.order(&other.0)
    }
}

/// Turn an ascending order round and keep equal rows in their order.
fn reverse_stable<T>(rows: &mut [T], key: impl Fn(&T) -> Key) {
    rows.reverse();
    for equal in rows.chunk_by_mut(|a, b| key(a).order(&key(b)).is_eq()) {
        equal.reverse();
    }
}
