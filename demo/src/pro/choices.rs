//! Values that a search may ask for, and what somebody keeps of the columns that a list shows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Context;
use crate::{store::id_text, world};

/// Devices that are looked through for values.
const MOST: usize = 2_000;

/// The rows of a list of values, where the path is one.
pub(crate) fn rows(context: &Context<'_>, template: &str) -> Option<Vec<Value>> {
    if !template.ends_with("/advanced-mobile-device-searches/choices") {
        return None;
    }
    let criterion = context.call.parameter("criteria").unwrap_or_default().to_lowercase();
    let part = context.call.parameter("contains").unwrap_or_default().to_lowercase();
    let values = match criterion.as_str() {
        "building" => names(context, "buildings"),
        "department" => names(context, "departments"),
        "mobile device group" => names(context, "mobile_device_groups"),
        "site" => names(context, "sites"),
        "model" => values(context, "/hardware/model"),
        "model identifier" => values(context, "/hardware/modelIdentifier"),
        "os version" => values(context, "/general/osVersion"),
        "os build" => values(context, "/general/osBuild"),
        "display name" => values(context, "/general/displayName"),
        "username" => values(context, "/userAndLocation/username"),
        // What is counted or dated has no list of values.
        _ => BTreeSet::new(),
    };
    Some(values.into_iter().filter(|value| value.to_lowercase().contains(&part)).map(Value::from).collect())
}

/// What is kept for a key of a person, where the path is one.
pub(crate) fn single(context: &Context<'_>, template: &str, path: &str) -> Option<Value> {
    if !template.ends_with("/user/preferences/settings/{}") {
        return None;
    }
    let mut kept = world::object(&context.store.fleet, &world::key(template))?;
    crate::store::set(&mut kept, "key", json!(path.rsplit('/').next()));
    Some(kept)
}

fn names(context: &Context<'_>, family: &str) -> BTreeSet<String> {
    let objects = context.store.objects(family, context.sight).into_iter();
    objects.filter_map(|object| object.get("name").map(id_text)).collect()
}

fn values(context: &Context<'_>, pointer: &str) -> BTreeSet<String> {
    let fleet = &context.store.fleet;
    let records = (0..fleet.mobile_devices().min(MOST)).filter_map(|at| fleet.mobile_device(at));
    let values = records.filter_map(|record| record.pointer(pointer).map(id_text));
    values.filter(|value| !value.is_empty() && value != "null").collect()
}
