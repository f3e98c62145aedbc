//! What the tenant holds: families of small objects, and the two inventories. No HTTP.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    classic::Flushed,
    fleet::{Fleet, WITH_ATTACHMENT},
    inventory::{Inventory, Kind},
    recalculation::Waiting,
    state_file,
};

/// Which created objects a client sees: all of them, or only those that every node has heard of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) lag: Duration,
    pub(crate) pinned: bool,
}

impl Sight {
    pub(crate) fn sees(&self, born: Option<Instant>) -> bool {
        self.pinned || born.is_none_or(|born| born.elapsed() >= self.lag)
    }
}

/// One object and its past.
#[derive(Debug, Clone, Default)]
pub(crate) struct Object {
    pub(crate) value: Value,
    /// When it was created; `None`: it was there from the start.
    pub(crate) born: Option<Instant>,
    pub(crate) history: Vec<Value>,
    /// A digest of its value at the start, taken when somebody could first have changed it.
    at_first: Option<u64>,
}

impl Object {
    /// One that was created.
    pub(crate) fn born(value: Value, at: Instant, history: Vec<Value>) -> Self {
        Self { value, born: Some(at), history, at_first: None }
    }

    /// Whether it is another than at the start.
    pub(crate) fn is_changed(&self) -> bool {
        self.born.is_some()
            || self.at_first.is_some_and(|at_first| at_first != digest(&self.value, &self.history))
    }

    fn hand_out(&mut self) -> &mut Self {
        if self.at_first.is_none() {
            self.at_first = Some(digest(&self.value, &self.history));
        }
        self
    }
}

fn digest(value: &Value, history: &[Value]) -> u64 {
    let mut digest = DefaultHasher::new();
    (value, history).hash(&mut digest);
    digest.finish()
}

/// Objects of one family by id, in the order of their creation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collection {
    pub(crate) objects: IndexMap<String, Object>,
    pub(crate) last: u64,
    /// Ids of objects that were there from the start.
    pub(crate) removed: Vec<String>,
}

impl Collection {
    /// Take objects over; ids are at `id`, or at `general.id` as the Classic API has them.
    pub(crate) fn new(values: Vec<Value>) -> Self {
        let mut all = Self::default();
        for value in values {
            let id = value.get("id").or_else(|| value.pointer("/general/id")).map(id_text);
            let id = id.unwrap_or_else(|| (all.last + 1).to_string());
            all.last = all.last.max(id.parse().unwrap_or(0));
            all.objects.insert(id, Object { value, ..Object::default() });
        }
        all
    }

    /// Every object that `sight` sees.
    pub(crate) fn values(&self, sight: Sight) -> Vec<&Value> {
        self.objects.values().filter(|o| sight.sees(o.born)).map(|o| &o.value).collect()
    }

    /// The object of an id, or of what it is called by in the place of one.
    pub(crate) fn object(&mut self, id: &str) -> Option<&mut Object> {
        if self.objects.contains_key(id) {
            return self.objects.get_mut(id).map(Object::hand_out);
        }
        let is_it = |object: &&mut Object| {
            let mut names = ["uuid", "planUuid", "languageCode", "sessionId", "fileName"]
                .iter()
                .filter_map(|name| object.value.get(*name)?.as_str());
            names.any(|name| name.eq_ignore_ascii_case(id))
        };
        self.objects.values_mut().find(is_it).map(Object::hand_out)
    }

    /// The id that the next object will have.
    pub(crate) fn next_id(&self) -> u64 {
        self.last + 1
    }

    /// Put a new object in; its id is `next_id`.
    pub(crate) fn insert(&mut self, value: Value) -> String {
        self.last += 1;
        let id = self.last.to_string();
        let object = Object::born(value, Instant::now(), vec![note("Created", "")]);
        self.objects.insert(id.clone(), object);
        id
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(object) = self.objects.shift_remove(id) else { return false };
        if object.born.is_none() {
            self.removed.push(id.to_owned());
        }
        true
    }
}

/// The places of the groups that list each computer.
fn groups_by_computer(family: &Collection) -> HashMap<String, Vec<usize>> {
    let mut listed: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, object) in family.objects.values().enumerate() {
        let members = object.value.get("members").and_then(Value::as_array);
        for member in members.into_iter().flatten() {
            match member.as_str().and_then(|id| listed.get_mut(id)) {
                Some(own) => own.push(at),
                None => {
                    listed.insert(id_text(member), vec![at]);
                }
            }
        }
    }
    listed
}

/// An id, a string or a number, as text.
pub(crate) fn id_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A row of an object's history; ids are filled in when it is read.
pub(crate) fn note(note: &str, details: &str) -> Value {
    let date = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    json!({"id": 0, "username": "jamf-pro-mcp (simulated)", "date": date, "note": note, "details": details})
}

/// A file that hangs on a computer.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

const COMPUTER_GROUPS: &str = "computer_groups";

/// Families that look at every computer.
const LATE: [&str; 2] = [COMPUTER_GROUPS, "advancedcomputersearches"];

/// Everything the tenant knows.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) computers: Inventory,
    pub(crate) mobile_devices: Inventory,
    pub(crate) families: HashMap<String, Collection>,
    /// Families that are made when somebody first asks for them, since they look at every computer.
    pub(crate) late: HashMap<&'static str, OnceLock<Collection>>,
    /// The places of the groups that list a computer, by its id.
    pub(crate) listed: OnceLock<HashMap<String, Vec<usize>>>,
    /// What a file said of families that are not made before somebody asks for them.
    pub(crate) awaited: HashMap<String, state_file::Family>,
    /// Objects that exist once, by the name of their path.
    pub(crate) settings: HashMap<&'static str, Map<String, Value>>,
    /// What families without a handler of their own keep: things that exist once, by path.
    pub(crate) singles: HashMap<String, Value>,
    /// The notes of their histories, by path.
    pub(crate) histories: HashMap<String, Vec<Value>>,
    /// By computer id and attachment id.
    pub(crate) attachments: HashMap<(String, String), Attachment>,
    pub(crate) last_attachment: u64,
    /// MDM commands by management id, as they are listed.
    pub(crate) queued: Vec<Value>,
    /// The number of commands that the fleet began with.
    pub(crate) queued_at_first: usize,
    /// When a command was sent, by its UUID; those that the fleet began with are not here.
    pub(crate) sent: HashMap<String, Timestamp>,
    /// Commands that were sent to devices: `{"uuid", "command", "deviceId", "dateSent"}`.
    pub(crate) commands: Vec<Value>,
    /// Smart groups and devices that wait to be judged again.
    pub(crate) waiting: Vec<Waiting>,
    /// What was flushed of the past that the fleet makes up.
    pub(crate) flushed: Flushed,
}

impl Store {
    pub(crate) fn new(mut fleet: Fleet) -> Self {
        let queued = fleet.queue();
        let families = std::mem::take(&mut fleet.collections);
        let families: HashMap<String, Collection> =
            families.into_iter().map(|(name, all)| (name.to_owned(), Collection::new(all))).collect();
        let late = LATE.into_iter().filter(|name| !families.contains_key(*name));
        let late = late.map(|name| (name, OnceLock::new())).collect();
        Self {
            last_attachment: fleet.computers().div_ceil(WITH_ATTACHMENT) as u64,
            computers: Inventory::new(Kind::Computers, &fleet),
            mobile_devices: Inventory::new(Kind::MobileDevices, &fleet),
            queued_at_first: queued.len(),
            queued,
            fleet: Arc::new(fleet),
            families,
            late,
            listed: OnceLock::new(),
            awaited: HashMap::new(),
            settings: HashMap::new(),
            singles: HashMap::new(),
            histories: HashMap::new(),
            attachments: HashMap::new(),
            sent: HashMap::new(),
            commands: Vec::new(),
            waiting: Vec::new(),
            flushed: Flushed::default(),
        }
    }

    /// A family that is made when somebody first asks for it.
    fn late(&self, name: &str) -> Option<&Collection> {
        let make = || {
            let mut family = Collection::new(self.fleet.late(name).unwrap_or_default());
            if let Some(kept) = self.awaited.get(name) {
                kept.clone().restore(&mut family);
            }
            family
        };
        self.late.get(name).map(|family| family.get_or_init(make))
    }

    /// The objects of a family, to write; an unknown name is an empty family from then on.
    pub(crate) fn family(&mut self, name: &str) -> &mut Collection {
        if name == COMPUTER_GROUPS {
            self.listed = OnceLock::new();
        }
        if self.late(name).is_some() {
            let family = self.late.remove(name).and_then(OnceLock::into_inner);
            self.awaited.remove(name);
            self.families.insert(name.to_owned(), family.unwrap_or_default());
        }
        self.families.entry(name.to_owned()).or_default()
    }

    pub(crate) fn has_family(&self, name: &str) -> bool {
        self.families.contains_key(name) || self.late.contains_key(name)
    }

    pub(crate) fn put_family(&mut self, name: &str, values: Vec<Value>) {
        let mut family = Collection::new(values);
        if let Some(kept) = self.awaited.remove(name) {
            kept.restore(&mut family);
        }
        self.families.insert(name.to_owned(), family);
    }

    /// The rows of a list that was written as a whole, as it was left.
    pub(crate) fn kept_rows(&self, path: &str) -> Option<Vec<Value>> {
        let kept = self.singles.get(path)?;
        let rows = kept.as_array().or_else(|| kept.as_object()?.values().find_map(Value::as_array))?;
        Some(rows.clone())
    }

    /// The objects of a family, to read.
    pub(crate) fn objects(&self, name: &str, sight: Sight) -> Vec<&Value> {
        let family = self.families.get(name).or_else(|| self.late(name));
        family.map(|family| family.values(sight)).unwrap_or_default()
    }

    /// The groups that a computer is in, in their order; a smart group without criteria holds every computer.
    pub(crate) fn groups_of_computer(&self, id: &str, sight: Sight) -> Vec<&Value> {
        let family = self.families.get(COMPUTER_GROUPS).or_else(|| self.late(COMPUTER_GROUPS));
        let listed = self.listed.get_or_init(|| family.map(groups_by_computer).unwrap_or_default());
        let own = listed.get(id).map(Vec::as_slice).unwrap_or_default();
        let objects = family.into_iter().flat_map(|family| family.objects.values().enumerate());
        let of_all = |group: &Value| {
            let criteria = group.get("criteria").and_then(Value::as_array);
            group.get("isSmart") == Some(&json!(true)) && criteria.is_none_or(Vec::is_empty)
        };
        let is_in = |at: usize, object: &Object| own.binary_search(&at).is_ok() || of_all(&object.value);
        objects
            .filter(|(at, object)| sight.sees(object.born) && is_in(*at, object))
            .map(|(_, object)| &object.value)
            .collect()
    }

    /// Queue a command for a device, by the names that the log and the list have for the command; the answer is its UUID. A record
    /// without a management id is of no device that could carry it out.
    pub(crate) fn send(
        &mut self,
        [name, kind]: [&str; 2],
        device: &str,
        management_id: &str,
        client: Kind,
    ) -> String {
        let uuid = self.command(name, device);
        if !management_id.is_empty() {
            let sent = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
            let client = if client == Kind::Computers { "COMPUTER" } else { "MOBILE_DEVICE" };
            self.queued.push(json!({
                "uuid": uuid, "dateSent": sent, "client": {"managementId": management_id, "clientType": client},
                "commandState": "PENDING", "commandType": kind,
            }));
        }
        uuid
    }

    /// Record a command for a device; the answer is its UUID.
    fn command(&mut self, command: &str, device: &str) -> String {
        let hex = |length: usize| -> String { (0..length).map(|_| fastrand::digit(16)).collect() };
        let uuid = format!("{}-{}-4{}-8{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12));
        let sent = Timestamp::now();
        self.sent.insert(uuid.clone(), sent);
        let sent = sent.to_string();
        self.commands.push(json!({"uuid": uuid, "command": command, "deviceId": device, "dateSent": sent}));
        uuid
    }
}

/// The management id of the device that a queued command is for.
pub(crate) fn client_of(command: &Value) -> Option<String> {
    Some(command.pointer("/client/managementId")?.as_str()?.to_lowercase())
}

/// Put `patch` over `target`: objects merge, everything else is replaced.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target @ Value::Null, Value::Object(patch)) => *target = Value::Object(Map::clone(patch)),
        (target, patch) => *target = patch.clone(),
    }
}

/// Put one field of an object; anything else than an object stays as it is.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}
