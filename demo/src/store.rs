//! What has changed since the start: objects created, replaced and deleted, notes, commands.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::fleet::Fleet;
use crate::rows::at;

/// Objects by collection, and what was done to computers, which the fleet works out on demand.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) collections: IndexMap<&'static str, Vec<Value>>,
    next_id: usize,
    history: HashMap<(String, String), Vec<Value>>,
    /// MDM commands and other actions on devices: (device id, what).
    pub(crate) commands: Vec<(String, String)>,
    pub(crate) computers: Computers,
    /// Members of computer groups that were set by hand; all others are as the fleet says.
    pub(crate) members: HashMap<String, Vec<String>>,
    /// Attachments of computers: (computer id, attachment id, name, bytes).
    pub(crate) attachments: Vec<(String, String, String, Vec<u8>)>,
    pub(crate) settings: HashMap<&'static str, Value>,
}

/// Computers that are not as the fleet has them.
#[derive(Debug, Default)]
pub(crate) struct Computers {
    pub(crate) deleted: HashSet<usize>,
    /// Fields that were changed, by index.
    pub(crate) changed: HashMap<usize, Value>,
    /// Records that were created: (id, record).
    pub(crate) created: Vec<(String, Value)>,
    /// Goes up with each change, so that what is worked out from all computers is known to be old.
    pub(crate) edition: u64,
}

impl Store {
    pub(crate) fn new(fleet: &Fleet) -> Self {
        let mut collections = fleet.collections.clone();
        collections.insert("computer_groups", fleet.computer_groups());
        collections.insert(
            "static_user_groups",
            vec![
                json!({ "id": 1, "name": "Teachers", "description": "" }),
                json!({ "id": 2, "name": "Contractors", "description": "" }),
            ],
        );
        let settings = HashMap::from([(
            "policy-properties",
            json!({ "policiesRequireNetworkStateChange": false, "allowNetworkStateChangeTriggers": true }),
        )]);
        Self {
            collections,
            next_id: 5_000,
            history: HashMap::new(),
            commands: Vec::new(),
            computers: Computers::default(),
            members: HashMap::new(),
            attachments: Vec::new(),
            settings,
        }
    }

    pub(crate) fn rows(&self, collection: &str) -> &[Value] {
        self.collections.get(collection).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn rows_mut(&mut self, collection: &'static str) -> &mut Vec<Value> {
        self.collections.entry(collection).or_default()
    }

    pub(crate) fn new_id(&mut self) -> usize {
        self.next_id += 1;
        self.next_id
    }

    /// The object with an id, which stands at `id`, `general.id` or `mobileDeviceId`.
    pub(crate) fn find(&self, collection: &str, id: &str) -> Option<&Value> {
        self.rows(collection).iter().find(|row| id_of(row) == id)
    }

    pub(crate) fn find_mut(&mut self, collection: &str, id: &str) -> Option<&mut Value> {
        self.collections.get_mut(collection)?.iter_mut().find(|row| id_of(row) == id)
    }

    /// Takes an object away; `false` when there is none.
    pub(crate) fn remove(&mut self, collection: &str, id: &str) -> bool {
        let Some(rows) = self.collections.get_mut(collection) else { return false };
        let before = rows.len();
        rows.retain(|row| id_of(row) != id);
        rows.len() < before
    }

    pub(crate) fn note(&mut self, collection: &str, id: &str, note: &str) -> Value {
        let number = self.new_id();
        let entry = json!({ "id": number, "username": "demo", "date": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string(), "note": note, "details": "" });
        self.history.entry((collection.to_owned(), id.to_owned())).or_default().push(entry.clone());
        entry
    }

    pub(crate) fn history(&self, collection: &str, id: &str) -> Vec<Value> {
        self.history.get(&(collection.to_owned(), id.to_owned())).cloned().unwrap_or_default()
    }
}

/// An object's id as text.
pub(crate) fn id_of(row: &Value) -> String {
    for path in ["id", "general.id", "mobileDeviceId"] {
        match at(row, path) {
            Value::String(text) => return text,
            Value::Number(number) => return number.to_string(),
            _ => {}
        }
    }
    String::new()
}

/// Lays `change` over `base`: objects are merged, everything else is replaced, as a merge patch does.
pub(crate) fn merge(base: &mut Value, change: &Value) {
    match (base, change) {
        (Value::Object(base), Value::Object(change)) => {
            for (key, value) in change {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, change) => *base = change.clone(),
    }
}
