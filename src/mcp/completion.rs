//! Completion of what a person types into prompts and resource templates: names and ids that the tenant has.
//!
//! Values come through the same calls as everything, so that nothing is offered that could not be read. No answer in time is
//! no suggestion, never an error.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;
use jamf_pro_tools::rsql;
use rmcp::model::CompletionInfo;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::call::Caller;
use crate::jobs::text_at;
use crate::pipeline::{Pipeline, Waiting};

/// How long a person who is typing waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many are completed at once: who types sends a question for each letter, and each reads up to four lists.
static AT_WORK: Semaphore = Semaphore::const_new(2);

/// How many may wait for their turn or be at work; one more gets no suggestion at once, so that a client that asks faster than the
/// tenant answers does not fill the memory.
static PLACES: Semaphore = Semaphore::const_new(64);

/// Rows that are looked at.
const ROWS: u32 = 200;

/// Where values come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// These words.
    Words(&'static [&'static str]),
    /// Rows of lists.
    Lists(&'static [List]),
}

/// A list whose rows are offered.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    /// The tool that lists.
    pub(super) tool: &'static str,
    /// The field that is offered.
    pub(super) value: &'static str,
    /// The field that is compared with what was typed.
    pub(super) name: &'static str,
    /// What Jamf calls that field in filters; the whole list is read where it filters on none.
    pub(super) filter: Option<&'static str>,
}

const COMPUTER: List =
    List { tool: "computer_list", value: "general.name", name: "general.name", filter: Some("general.name") };
const MOBILE: List = List {
    tool: "mobile_device_list",
    value: "general.displayName",
    name: "general.displayName",
    filter: Some("displayName"),
};

const COMPUTER_SERIAL: List = List {
    tool: "computer_list",
    value: "hardware.serialNumber",
    name: "hardware.serialNumber",
    filter: Some("hardware.serialNumber"),
};
const MOBILE_SERIAL: List = List {
    tool: "mobile_device_list",
    value: "hardware.serialNumber",
    name: "hardware.serialNumber",
    filter: Some("serialNumber"),
};

impl Source {
    /// Names of computers and mobile devices, and serial numbers.
    pub(super) const DEVICE: Self = Self::Lists(&[COMPUTER, MOBILE, COMPUTER_SERIAL, MOBILE_SERIAL]);
    /// Whether it offers people.
    pub(super) fn is_of_people(self) -> bool {
        matches!(self, Self::Lists([List { tool: "user_list", .. }]))
    }

    /// User names.
    pub(super) const PERSON: Self = Self::Lists(&[List {
        tool: "user_list",
        value: "username",
        name: "username",
        filter: Some("username"),
    }]);
    /// Names of groups.
    pub(super) const GROUP: Self = Self::Lists(&[List {
        tool: "group_list",
        value: "groupName",
        name: "groupName",
        filter: Some("groupName"),
    }]);
    /// Names of policies.
    pub(super) const POLICY: Self =
        Self::Lists(&[List { tool: "policy_list", value: "name", name: "name", filter: None }]);
}

/// What begins with, or holds, what was typed.
pub(super) async fn values(
    source: Source,
    typed: &str,
    tenant: Option<&str>,
    calls: &Pipeline,
    caller: &Caller,
    waiting: &Waiting,
) -> CompletionInfo {
    let mut found: Vec<String> = match source {
        Source::Words(words) => {
            words.iter().map(|word| (*word).to_owned()).filter(|word| word.starts_with(typed)).collect()
        }
        Source::Lists(lists) => {
            let Ok(_place) = PLACES.try_acquire() else {
                return CompletionInfo::default();
            };
            let until = Instant::now() + PATIENCE;
            let Ok(Ok(_turn)) = timeout_at(until, AT_WORK.acquire()).await else {
                return CompletionInfo::default();
            };
            let rows = lists
                .iter()
                .map(|list| timeout_at(until, values_of_list(list, typed, tenant, calls, caller, waiting)));
            join_all(rows).await.into_iter().filter_map(Result::ok).flatten().collect()
        }
    };
    let mut seen = HashSet::new();
    found.retain(|value| seen.insert(value.clone()));
    let total = found.len();
    found.truncate(CompletionInfo::MAX_VALUES);
    let more = total > found.len();
    CompletionInfo::with_pagination(found, None, more).unwrap_or_default()
}

async fn values_of_list(
    list: &List,
    typed: &str,
    tenant: Option<&str>,
    calls: &Pipeline,
    caller: &Caller,
    waiting: &Waiting,
) -> Vec<String> {
    // An id is offered to who types a name, and to who types an id.
    let digits = list.value != list.name && typed.bytes().all(|byte| byte.is_ascii_digit());
    let mut arguments = Map::from_iter([
        ("fields".to_owned(), json!([list.value, list.name])),
        ("page_size".to_owned(), json!(ROWS)),
    ]);
    match list.filter {
        Some(field) if !digits && !typed.is_empty() => {
            // A wildcard that a person types is no more than what follows anyway.
            let pattern = format!("{}*", typed.replace('*', ""));
            arguments.insert("filter".to_owned(), json!(rsql::compare(field, "==", &pattern).to_string()));
        }
        Some(_) => {}
        None => {
            arguments.insert("page_size".to_owned(), json!(2000));
        }
    }
    if let Some(tenant) = tenant {
        arguments.insert("tenant".to_owned(), json!(tenant));
    }
    let answer = calls.call(list.tool, arguments, caller, waiting).await;
    let answered: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let rows = answered.get("rows").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let wanted = typed.to_lowercase();
    let mut chosen = Vec::new();
    for row in rows {
        let (value, name) = (text_at(row, list.value), text_at(row, list.name).to_lowercase());
        let fits =
            if digits { value.starts_with(typed) } else { list.filter.is_some() || name.contains(&wanted) };
        if fits && !value.is_empty() {
            chosen.push((!name.starts_with(&wanted), value));
        }
    }
    // What begins with it comes before what holds it.
    chosen.sort_by_key(|(holds, _)| *holds);
    chosen.into_iter().map(|(_, value)| value).collect()
}
