//! What each action does to the devices of the simulated tenant, beside the devices that the gate named before it was sent.
//!
//! The judge is the control of the tenant, which shares no code with the server: who is in the scope of what, and which commands were
//! sent. Every device for which an action changes one of them must have been named, or the plan says that nobody can tell. And what
//! differs of the objects of the tenant afterwards must have been in the view of the plan.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_mcp::plan::view::{Badge, StateLine, Tone};
use jamf_pro_tools::Action;
use serde_json::Value;

use super::World;
use super::every::{FreshWorlds, changing};
use super::sending::{self, request};
use super::straight::Straight;

/// A device as plans name it, such as `computer:12`.
type Device = String;

/// Whom a call affects, as the gate says.
enum Named {
    /// It affects these devices at most.
    Devices(BTreeSet<Device>),
    /// It may affect any device.
    Any,
    /// It was refused.
    Refused,
}

/// What a tenant does to its devices.
#[derive(Debug, PartialEq)]
struct Managed {
    /// All that there are.
    devices: BTreeSet<Device>,
    /// The devices in the scope of each object that is in force, by family and id.
    scopes: BTreeMap<(String, String), BTreeSet<Device>>,
    /// The commands that were sent, by their UUIDs: the Jamf id of the device, which may be of either kind.
    commands: BTreeMap<String, String>,
}

impl Managed {
    async fn of(world: &World, straight: &Straight) -> Self {
        let control = world.tenant.control_url();
        let read = async |what: &str| -> Value {
            let answer = straight.http.get(format!("{control}/{what}")).send().await.unwrap();
            serde_json::from_str(&answer.text().await.unwrap()).unwrap()
        };
        let (scopes, commands) = (read("scopes").await, read("commands").await);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let in_force = scopes["scopes"].as_array().unwrap().iter().filter(|scope| scope["enabled"] != false);
        let devices = |scope: &Value, list: &str, kind: &str| -> Vec<Device> {
            scope[list].as_array().unwrap().iter().map(|id| format!("{kind}:{}", text(id))).collect()
        };
        let scopes = in_force.map(|scope| {
            let computers = devices(scope, "computers", "computer");
            let mobile = devices(scope, "mobileDevices", "mobile_device");
            ((text(&scope["family"]), text(&scope["id"])), computers.into_iter().chain(mobile).collect())
        });
        let commands = commands["commands"].as_array().unwrap().iter();
        let commands = commands.map(|command| (text(&command["uuid"]), text(&command["deviceId"])));
        let mut all = BTreeSet::new();
        for (path, kind) in
            [("/api/v4/computers-inventory", "computer"), ("/api/v2/mobile-devices", "mobile_device")]
        {
            let rows = straight.read(&format!("{path}?page-size=1000")).await;
            let rows = rows["results"].as_array().unwrap();
            all.extend(rows.iter().map(|row| format!("{kind}:{}", text(&row["id"]))));
        }
        Self { devices: all, scopes: scopes.collect(), commands: commands.collect() }
    }

    /// What is another one afterwards, each device with what happened to it, but for those that were named.
    fn unnamed(&self, after: &Self, named: &BTreeSet<Device>) -> Vec<String> {
        let nobody = BTreeSet::new();
        let objects: BTreeSet<_> = self.scopes.keys().chain(after.scopes.keys()).collect();
        let mut found = Vec::new();
        for object in objects {
            let [before, after] = [self, after].map(|of| of.scopes.get(object).unwrap_or(&nobody));
            // The record of a device that is made is of none that is enrolled.
            let is_new = |device: &Device| !self.devices.contains(device) && after.contains(device);
            let changed = before.symmetric_difference(after).filter(|device| !named.contains(*device));
            let changed = changed.filter(|device| !is_new(device));
            found.extend(changed.map(|device| format!("{device} by {} {}", object.0, object.1)));
        }
        let is_named = |id: &String| named.iter().any(|device| device.split(':').nth(1) == Some(id));
        let sent =
            after.commands.iter().filter(|(uuid, id)| !self.commands.contains_key(*uuid) && !is_named(id));
        found.extend(sent.map(|(_, id)| format!("a command for {id}")));
        found
    }
}

/// The devices that arguments name, by their Jamf ids and by their management ids.
pub(super) async fn named(action: &Action, given: &Value, straight: &Straight) -> BTreeSet<Device> {
    let mut found = BTreeSet::new();
    let checked = action.check(given.as_object().unwrap().clone()).unwrap();
    for device in jamf_pro_tools::devices::all(action, &checked) {
        let management_id = sending::management_id(straight, &device).await;
        found.insert(format!("management:{}", management_id.unwrap_or_else(|| device.clone())));
        found.insert(device);
    }
    // A record is changed by its id, and the Classic API names devices by theirs.
    for (kind, path, list) in [
        ("computer", "/api/v4/computers-inventory", "/body/computers"),
        ("mobile_device", "/api/v2/mobile-devices", "/body/mobile_devices"),
    ] {
        let listed = given.pointer(list).and_then(Value::as_array).into_iter().flatten();
        let own = given.get("id").filter(|_| action.path.starts_with(path));
        for id in listed.filter_map(|device| device.get("id")).chain(own) {
            let device = format!("{kind}:{}", id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            let management_id = sending::management_id(straight, &device).await;
            found.extend(management_id.map(|id| format!("management:{id}")));
            found.insert(device);
        }
    }
    found
}

/// What the tenant works out itself when an object is written: marks of objects, locks, facts of the people in a group, and other forms
/// of moments and secrets. Payloads are shown setting by setting.
fn is_computed(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "id",
        "udid",
        "uuid",
        "profileUuid",
        "scopeLock",
        "versionLock",
        "email_address",
        "phone_number",
        "payloads",
    ];
    NAMES.contains(&name) || ["_epoch", "_utc", "_sha256"].iter().any(|end| name.ends_with(end))
}

/// The name that a field has in arguments, where the tenant keeps it by another one.
fn argument(name: &str) -> &str {
    if name == "serials" { "serialNumbers" } else { name }
}

/// Whether nothing is said: the tenant has several forms of it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(is_nothing),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}

/// The fields that differ between two values, each with what it was and what it is.
fn leaves(path: &str, before: &Value, after: &Value, found: &mut Vec<(String, Value, Value)>) {
    let mark = |item: &Value| ["id", "name"].iter().find_map(|name| item.get(*name).map(Value::to_string));
    match (before, after) {
        (before, after) if before == after || (is_nothing(before) && is_nothing(after)) => {}
        (Value::Object(_) | Value::Null, Value::Object(_)) | (Value::Object(_), Value::Null) => {
            let names =
                [before, after].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
            for name in names.collect::<BTreeSet<_>>() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let [old, new] = [before, after].map(|of| of.get(name).unwrap_or(&Value::Null));
                leaves(&path, old, new, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if new.iter().chain(old).all(|item| mark(item).is_some()) => {
            let of = |items: &[Value]| -> BTreeMap<String, Value> {
                items.iter().map(|item| (mark(item).unwrap(), item.clone())).collect()
            };
            let (old, new) = (of(old), of(new));
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                match (old.get(key), new.get(key)) {
                    (Some(old), None) => {
                        found.push((path.trim_end_matches('s').to_owned(), old.clone(), Value::Null))
                    }
                    (old, new) => {
                        leaves(path, old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null), found)
                    }
                }
            }
        }
        _ => found.push((path.to_owned(), before.clone(), after.clone())),
    }
}

/// A text as fields and values are compared: in small letters, and nothing but letters and digits.
fn bare(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The names of all fields of a value.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(bare(name));
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// What differs of the tenant since its checkpoint and is in no text that the person saw: by its value, or by the name of its field.
/// Where the tenant does not tell how an object was, only what the call sends is compared.
async fn unseen(control: &str, straight: &Straight, sent: &Value, shown: &str) -> Vec<String> {
    let answer = straight.http.get(format!("{control}/checkpoints/before/changes")).send().await.unwrap();
    let changes: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let shown = bare(shown);
    let mut sent_names = BTreeSet::new();
    names(sent, &mut sent_names);
    let mut found = Vec::new();
    for change in changes["changes"].as_array().unwrap() {
        let (before, after) = (&change["before"], &change["after"]);
        // What is deleted is said by the title.
        if after.is_null() {
            continue;
        }
        let mut differing = Vec::new();
        leaves("", before, after, &mut differing);
        for (path, old, new) in differing {
            let name = argument(path.rsplit('.').next().unwrap());
            if is_computed(name) || (before.is_null() && !sent_names.contains(&bare(name))) {
                continue;
            }
            let is_shown = |value: &Value| {
                let text = bare(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                text.len() > 2 && shown.contains(&text)
            };
            let is_in_view =
                shown.contains(&bare(name)) || is_shown(&new) || (new.is_null() && is_shown(&old));
            if !is_in_view {
                let short = |value: &Value| value.to_string().chars().take(60).collect::<String>();
                let [of, id] = ["family", "id"].map(|name| change[name].as_str().unwrap());
                found.push(format!("{of} {id} {path}: {} -> {}", short(&old), short(&new)));
            }
        }
    }
    found
}

/// What happened when an action was judged and then sent.
struct Tried {
    /// What it did to devices that were not named.
    unnamed: Vec<String>,
    /// It changed what the tenant does to a device.
    is_effective: bool,
    /// What the tenant answered, where it was sent.
    status: Option<u16>,
    /// What differs at the tenant and was not in the view of the plan.
    unseen: Vec<String>,
}

async fn tried(world: &World, action: &'static Action) -> Tried {
    let straight = Straight::to(&world.tenant).await;
    let given = world.fitting(action).await;
    let before = Managed::of(world, &straight).await;
    let answer = world.call_as(action.name, action.name, given.clone()).await;
    let told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let waits = told["result"].as_str().is_some_and(|result| result.contains("waiting for a person"));
    let mut plain = given;
    plain.as_object_mut().unwrap().remove("reason");
    let mut unseen_of_plan = Vec::new();
    let (affected, status) = if waits {
        let plan = world.plan(&told).plan;
        let control = world.tenant.control_url();
        straight.http.post(format!("{control}/checkpoints/before")).send().await.unwrap();
        world.store().outdate_plan(&plan.id, "what it does is known").unwrap();
        let (status, _) = straight.send(&request(action, &plain, &straight).await.unwrap()).await;
        let state =
            StateLine { badge: Badge::new("waits", Tone::Plain), sentence: String::new(), until: None };
        let shown = serde_json::to_string(&plan.view(state)).unwrap();
        unseen_of_plan = unseen(&control, &straight, &plain, &shown).await;
        let targets = plan.targets.iter().flat_map(|target| {
            [format!("{}:{}", target.kind, target.id), format!("management:{}", target.management_id)]
        });
        // Whom it is only offered to is named too, and counts against no limit.
        let by_effect = plan.basis.effects.iter().flat_map(|effect| effect.devices.clone());
        let affected = match (plan.reach.devices, plan.basis.devices.clone()) {
            (None, _) => Named::Any,
            (Some(_), devices) => {
                Named::Devices(targets.chain(devices.unwrap_or_default()).chain(by_effect).collect())
            }
        };
        (affected, Some(status))
    } else if answer.is_error {
        (Named::Refused, None)
    } else {
        // What is sent at once affects the devices that it names and no others.
        (Named::Devices(named(action, &plain, &straight).await), Some(200))
    };
    let after = Managed::of(world, &straight).await;
    let unnamed = match &affected {
        Named::Devices(devices) => before.unnamed(&after, devices),
        Named::Any => Vec::new(),
        Named::Refused => before.unnamed(&after, &BTreeSet::new()),
    };
    Tried { unnamed, is_effective: before != after, status, unseen: unseen_of_plan }
}

/// Each of these actions on the tenant as it is at its start.
async fn all_tried(of: Vec<&'static Action>) -> Vec<(&'static str, Tried)> {
    let mut found = Vec::new();
    let mut worlds = FreshWorlds::default();
    for action in of {
        let world = worlds.take().await;
        found.push((action.name, tried(&world, action).await));
        worlds.give_back(world);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_an_action_affects_was_named_before_and_what_differs_afterwards_was_in_the_view() {
    let all = changing();
    let mut workers = tokio::task::JoinSet::new();
    for part in all.chunks(all.len().div_ceil(4)).map(<[_]>::to_vec) {
        workers.spawn(all_tried(part));
    }
    let tried: Vec<(&str, Tried)> = workers.join_all().await.into_iter().flatten().collect();
    let mut wrong = Vec::new();
    let (mut effective, mut planned) = (0, 0);
    for (tool, tried) in &tried {
        effective += usize::from(tried.is_effective);
        planned += usize::from(tried.status.is_some_and(|status| status < 300));
        if !tried.unnamed.is_empty() {
            let some: Vec<&String> = tried.unnamed.iter().take(3).collect();
            wrong.push(format!("{tool}: {} were not named, such as {some:?}", tried.unnamed.len()));
        }
        if !tried.unseen.is_empty() {
            let some: Vec<&String> = tried.unseen.iter().take(6).collect();
            wrong.push(format!(
                "{tool}: {} fields differ that the view does not show: {some:?}",
                tried.unseen.len()
            ));
        }
        if let Some(status) = tried.status.filter(|status| *status >= 300) {
            wrong.push(format!("{tool}: answered with {status}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(
        effective > 60 && planned > 200,
        "{effective} changed anything for a device, {planned} were sent"
    );
}
