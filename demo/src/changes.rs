//! What differs between two states of the tenant, object by object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    inventory::Inventory,
    store::{Sight, Store, id_text},
};

/// Every object that is another one, with its family, its id, and what it was and is. What was never written by anybody has nothing
/// before: a setting that everybody has, and the parts of a device's record.
pub(crate) fn between(before: &Store, after: &Store) -> Vec<Value> {
    let mut found = Vec::new();
    let families: BTreeSet<&String> = before.families.keys().chain(after.families.keys()).collect();
    for family in families {
        let [old, new] = [before, after].map(|store| objects(store, family));
        differences(family, &old, &new, &mut found);
    }
    let settings = |store: &Store| -> BTreeMap<String, Value> {
        let own = store.settings.iter().map(|(path, fields)| ((*path).to_owned(), json!(fields)));
        own.chain(store.singles.iter().map(|(path, value)| (path.clone(), value.clone()))).collect()
    };
    differences("settings", &settings(before), &settings(after), &mut found);
    for (name, of) in
        [("computers", computers as fn(&Store) -> &Inventory), ("mobile_devices", mobile_devices)]
    {
        let [old, new] = [before, after].map(|store| records(of(store)));
        differences(name, &old, &new, &mut found);
    }
    found
}

fn computers(store: &Store) -> &Inventory {
    &store.computers
}

fn mobile_devices(store: &Store) -> &Inventory {
    &store.mobile_devices
}

fn objects(store: &Store, family: &str) -> BTreeMap<String, Value> {
    let everything = Sight { lag: std::time::Duration::ZERO, pinned: true };
    let objects = store.objects(family, everything).into_iter().enumerate();
    let id = |at: usize, value: &Value| {
        let own = ["/id", "/general/id", "/connection/id"].iter().find_map(|at| value.pointer(at));
        own.map_or_else(|| format!("number {at}"), id_text)
    };
    objects.map(|(at, value)| (id(at, value), value.clone())).collect()
}

/// What was written of the records of devices, and which are gone.
fn records(inventory: &Inventory) -> BTreeMap<String, Value> {
    let saved = inventory.saved();
    let gone = saved.deleted.into_iter().map(|id| (id, json!({ "is_deleted": true })));
    saved.written.into_iter().chain(gone).collect()
}

fn differences(
    family: &str,
    before: &BTreeMap<String, Value>,
    after: &BTreeMap<String, Value>,
    found: &mut Vec<Value>,
) {
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = ids.into_iter().filter(|id| before.get(*id) != after.get(*id));
    found.extend(
        changed.map(
            |id| json!({ "family": family, "id": id, "before": before.get(id), "after": after.get(id) }),
        ),
    );
}
