//! Smart groups follow what changes: new criteria choose among all devices, and a device that was written is judged again by every
//! smart group. It happens at once, or some time later as on a real server.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    criteria::{Subject, choose},
    inventory::{Inventory, Kind},
    store::{Sight, Store, id_text, set},
};

/// What has to be judged again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecalculationTarget {
    /// Every device, by the group of an id.
    Group(String),
    /// One device in a row, by every smart group.
    Device(usize),
}

/// Something that waits to be judged again.
#[derive(Debug, Clone)]
pub(crate) struct Waiting {
    due: Instant,
    kind: Kind,
    what: RecalculationTarget,
}

/// The same in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SavedRecalculation {
    of_computers: bool,
    /// The id of the group; none where a device waits.
    group: Option<String>,
    device: Option<String>,
    milliseconds_left: u64,
}

impl Waiting {
    /// What a file says of it.
    pub(crate) fn saved(&self, store: &Store) -> SavedRecalculation {
        let left = self.due.saturating_duration_since(Instant::now()).as_millis();
        let (group, device) = match &self.what {
            RecalculationTarget::Group(id) => (Some(id.clone()), None),
            RecalculationTarget::Device(at) => (None, Some(inventory(store, self.kind).id(*at).to_owned())),
        };
        SavedRecalculation {
            of_computers: self.kind == Kind::Computers,
            group,
            device,
            milliseconds_left: u64::try_from(left).unwrap_or(u64::MAX),
        }
    }
}

impl SavedRecalculation {
    /// Put it back; a device that is gone waits for nothing.
    pub(crate) fn restore(self, store: &mut Store) {
        let kind = if self.of_computers { Kind::Computers } else { Kind::MobileDevices };
        let row = |id: &String| inventory(store, kind).find(id, ALL).map(RecalculationTarget::Device);
        let what =
            self.group.clone().map(RecalculationTarget::Group).or_else(|| row(self.device.as_ref()?));
        if let Some(what) = what {
            later(store, kind, what, Duration::from_millis(self.milliseconds_left));
        }
    }
}

fn family(kind: Kind) -> &'static str {
    match kind {
        Kind::Computers => "computer_groups",
        Kind::MobileDevices => "mobile_device_groups",
    }
}

fn inventory(store: &Store, kind: Kind) -> &Inventory {
    match kind {
        Kind::Computers => &store.computers,
        Kind::MobileDevices => &store.mobile_devices,
    }
}

/// Put something off.
pub(crate) fn later(store: &mut Store, kind: Kind, what: RecalculationTarget, delay: Duration) {
    store.waiting.retain(|waiting| waiting.kind != kind || waiting.what != what);
    store.waiting.push(Waiting { due: Instant::now() + delay, kind, what });
}

/// Judge something again at once.
pub(crate) fn now(store: &mut Store, kind: Kind, what: RecalculationTarget) {
    match what {
        RecalculationTarget::Group(id) => of_group(store, kind, &id),
        RecalculationTarget::Device(at) => of_device(store, kind, at),
    }
}

/// Judge again whatever is due, after noticing which devices were written.
pub(crate) fn settle(store: &mut Store, delay: Duration) {
    for kind in [Kind::Computers, Kind::MobileDevices] {
        let changed = match kind {
            Kind::Computers => store.computers.take_changed(),
            Kind::MobileDevices => store.mobile_devices.take_changed(),
        };
        for at in changed {
            later(store, kind, RecalculationTarget::Device(at), delay);
        }
    }
    if store.waiting.is_empty() {
        return;
    }
    let moment = Instant::now();
    let (due, rest) =
        std::mem::take(&mut store.waiting).into_iter().partition(|waiting| waiting.due <= moment);
    store.waiting = rest;
    for waiting in due {
        now(store, waiting.kind, waiting.what);
    }
}

const ALL: Sight = Sight { lag: Duration::ZERO, pinned: true };

fn smart(group: &Value) -> bool {
    group.get("isSmart").and_then(Value::as_bool).unwrap_or_default()
}

fn list<'v>(group: &'v Value, name: &str) -> &'v [Value] {
    group.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn of_group(store: &mut Store, kind: Kind, id: &str) {
    let criteria = store.family(family(kind)).object(id).map(|group| list(&group.value, "criteria").to_vec());
    let Some(criteria) = criteria else { return };
    let members = chosen(store, ALL, kind, &criteria);
    if let Some(group) = store.family(family(kind)).object(id).filter(|group| smart(&group.value)) {
        set(&mut group.value, "members", json!(members));
    }
}

fn of_device(store: &mut Store, kind: Kind, at: usize) {
    let id = inventory(store, kind).id(at).to_owned();
    let verdicts = with_subject(store, kind, at, &|subject| verdicts(store, kind, &id, subject));
    for (group, is_in) in verdicts {
        let Some(group) = store.family(family(kind)).object(&group) else { continue };
        let is_own = |member: &Value| member.as_str() == Some(id.as_str());
        let there = list(&group.value, "members").iter().any(is_own);
        if there == is_in {
            continue;
        }
        let mut members: Vec<Value> = list(&group.value, "members").to_vec();
        if is_in {
            members.push(json!(id));
        } else {
            members.retain(|member| !is_own(member));
        }
        set(&mut group.value, "members", json!(members));
    }
}

/// The smart groups by their ids, and whether a device is in each; one may ask for one that was judged before it.
fn verdicts(store: &Store, kind: Kind, id: &str, subject: &Subject<'_>) -> Vec<(String, bool)> {
    let all = store.objects(family(kind), ALL);
    let mut verdicts: Vec<(String, bool)> = Vec::new();
    for group in all.iter().filter(|group| smart(group)) {
        let is_in = |name: &str| {
            let found = all.iter().find(|group| group.get("name").and_then(Value::as_str) == Some(name));
            found.is_some_and(|group| {
                let own = group.get("id").map(id_text).unwrap_or_default();
                let judged = verdicts.iter().find(|(id, _)| *id == own).map(|(_, is_in)| *is_in);
                judged.unwrap_or_else(|| {
                    list(group, "members").iter().any(|member| member.as_str() == Some(id))
                })
            })
        };
        let is_in = choose(list(group, "criteria"), subject, &is_in);
        verdicts.push((group.get("id").map(id_text).unwrap_or_default(), is_in));
    }
    verdicts
}

fn with_subject<T>(store: &Store, kind: Kind, at: usize, then: &dyn Fn(&Subject<'_>) -> T) -> T {
    let inventory = inventory(store, kind);
    let part = |name: &str| inventory.part(&store.fleet, at, name);
    let applications = || {
        if kind == Kind::Computers && inventory.is_rendered(at) {
            let all = store.fleet.application_versions(at, |_| true).into_iter();
            return all.map(|(name, version)| (name.to_owned(), version.to_owned())).collect();
        }
        let rows = part("applications");
        let text =
            |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        rows.as_array().into_iter().flatten().map(|row| (text(row, "name"), text(row, "version"))).collect()
    };
    let place = |family: &str, id: &str| {
        let all = store.objects(family, ALL).into_iter();
        let mut found = all.filter(|place| place.get("id").map(id_text).as_deref() == Some(id));
        found.next().and_then(|place| place.get("name")?.as_str()).unwrap_or_default().to_owned()
    };
    then(&Subject::new(kind, Timestamp::now(), &part, &applications, &place))
}

/// The ids of the devices that criteria choose now.
pub(crate) fn chosen(store: &Store, sight: Sight, kind: Kind, criteria: &[Value]) -> Vec<String> {
    let inventory = inventory(store, kind);
    let mut members: Vec<(String, HashSet<String>)> = Vec::new();
    for group in store.objects(family(kind), sight) {
        let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
        let asked = criteria.iter().any(|row| row.get("value").and_then(Value::as_str) == Some(name));
        if asked {
            members.push((name.to_owned(), list(group, "members").iter().map(id_text).collect()));
        }
    }
    let wanted = |at: &usize| {
        let id = inventory.id(*at);
        let in_group = |name: &str| members.iter().any(|(own, ids)| own == name && ids.contains(id));
        with_subject(store, kind, *at, &|subject| choose(criteria, subject, &in_group))
    };
    inventory.rows(sight).into_iter().filter(wanted).map(|at| inventory.id(at).to_owned()).collect()
}
