//! What only the Classic API has: apps, printers, restricted software, webhooks, network segments, directories, searches, and more.
//! Objects say what matters; the shapes of the API fill in the rest.

mod apps;
mod infrastructure;
mod people;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

pub(super) use infrastructure::segments;
pub(super) use people::user_groups;

/// Every family, by the last word of its path.
pub(super) fn collections(fleet: &super::Fleet) -> Vec<(&'static str, Vec<Value>)> {
    let now = fleet.options.now;
    let mut all = apps::collections(fleet);
    all.extend(infrastructure::collections(now));
    all.extend(people::collections(fleet));
    if !fleet.is_large() {
        all.push(("advancedcomputersearches", people::computer_searches(fleet)));
    }
    for (name, objects) in &mut all {
        number(name, objects);
    }
    all
}

/// The saved searches for computers.
pub(super) fn computer_searches(fleet: &super::Fleet) -> Vec<Value> {
    let mut searches = people::computer_searches(fleet);
    number("advancedcomputersearches", &mut searches);
    searches
}

/// Ids follow the order; they are at the top, or in the section that the name is in.
fn number(family: &str, objects: &mut [Value]) {
    for (object, id) in objects.iter_mut().zip(1_u64..) {
        let section = ["general", "connection"].into_iter().find(|section| object.get(*section).is_some());
        let id = if family == "sites" { json!(id.to_string()) } else { json!(id) };
        match section {
            Some(section) => crate::store::merge(object, &json!({section: {"id": id}})),
            None => crate::store::set(object, "id", id),
        }
    }
}

/// The three forms of a date some days ago, or ahead.
fn dated(name: &str, now: Timestamp, days_ago: i64) -> Value {
    let moment = now.checked_sub((days_ago * 24).hours()).unwrap_or(now);
    json!({
        name: moment.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        format!("{name}_epoch"): moment.as_millisecond(),
        format!("{name}_utc"): moment.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string(),
    })
}

/// An object with the fields of another put over it.
fn with(mut object: Value, more: &Value) -> Value {
    crate::store::merge(&mut object, more);
    object
}

fn entry(id: usize, name: &str) -> Value {
    json!({"id": id, "name": name})
}

fn none() -> Value {
    json!({"id": -1, "name": "None"})
}

/// Objects with nothing but a name and a few texts.
fn objects_with_names(rows: &[(&str, Value)]) -> Vec<Value> {
    rows.iter().map(|(name, more)| with(json!({"name": name}), more)).collect()
}
