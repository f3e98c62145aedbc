//! How far a change of configuration reaches: which devices, through which policies, profiles and groups.
//!
//! What is counted is the most that it may be. Where something cannot be worked out the number is not known, which the gate takes
//! for everything, and the plan names what was not checked.

mod apps;
mod configuration;
mod criteria;
mod enrollment;
mod groups;
mod objects;
mod people;
mod records;
pub(super) mod runs;
mod scope;

pub(super) use configuration::criteria_in_order;
pub(super) use records::impact_of_record;
pub(super) use scope::run_again;

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, DeviceKind, Effect};
use serde_json::{Map, Value, json};

use super::fleet::{self, COMPUTER, FleetDevice, Kind};
use crate::error::Error;
use crate::jobs::{RowSet, Work, text_at};
use crate::plan::{Reach, Reference};

/// What can refer to groups and is not read here; it puts nothing on devices.
const NOT_READ: &str = "webhooks and saved searches";

/// What a change touches.
#[derive(Debug, Default)]
pub(super) struct Impact {
    /// The devices; `None` when they cannot be worked out.
    pub(super) devices: Option<Vec<FleetDevice>>,
    /// How many there are of the kinds that it may touch.
    pub(super) fleet: Option<u64>,
    /// For people: `computers`.
    pub(super) plural: &'static str,
    /// What refers to the object.
    pub(super) references: Vec<Reference>,
    /// What could not be checked.
    pub(super) not_checked: Vec<String>,
    /// Things to see first.
    pub(super) warnings: Vec<String>,
    /// The group that is changed or deleted, by its name.
    pub(super) group: Option<String>,
    /// It is certain that the least holds that the action can do: nothing on any device follows from it.
    pub(super) is_harmless: bool,
    /// How many devices the object affects as it is.
    pub(super) already: u64,
    /// The object had no effect before and has one now: all of it takes effect, and not only what changes.
    pub(super) begins: bool,
}

impl Impact {
    /// It touches no device, which is known of its kind.
    pub(super) fn none() -> Self {
        Self { devices: Some(Vec::new()), plural: "devices", ..Self::default() }
    }

    /// What several changes touch together: all of it, and with certainty only what is certain of each.
    fn merge(all: Vec<Self>) -> Self {
        let mut merged = Self { devices: Some(Vec::new()), is_harmless: true, ..Self::default() };
        let (mut lists, mut plurals, mut fleets) = (Vec::new(), Vec::new(), Vec::new());
        for one in all {
            plurals.push(one.plural);
            if !fleets.contains(&(one.plural, one.fleet)) {
                fleets.push((one.plural, one.fleet));
            }
            match one.devices {
                Some(devices) => lists.push(devices),
                None => merged.devices = None,
            }
            merged.references.extend(one.references);
            merged.not_checked.extend(one.not_checked);
            merged.warnings.extend(one.warnings);
            merged.is_harmless &= one.is_harmless;
            merged.begins |= one.begins;
            merged.already = merged.already.saturating_add(one.already);
        }
        plurals.sort_unstable();
        plurals.dedup();
        merged.plural = if let [plural] = plurals.as_slice() { plural } else { "devices" };
        merged.fleet = fleets.iter().map(|(_, fleet)| *fleet).sum();
        merged.devices = merged.devices.map(|_| together(lists));
        merged.references.sort();
        merged.references.dedup();
        for texts in [&mut merged.not_checked, &mut merged.warnings] {
            texts.sort();
            texts.dedup();
        }
        merged
    }

    /// It cannot be told.
    pub(super) fn unknown(why: &str) -> Self {
        Self { plural: "devices", not_checked: vec![why.to_owned()], ..Self::default() }
    }

    /// Say it first where something is kept from a group.
    fn warn_of_exclusion(&mut self) {
        if self.references.iter().any(|reference| reference.how == "exclusion") {
            self.warnings
                .push("exclusion group: devices that leave it will get what it kept them from".to_owned());
        }
    }

    /// The numbers, and the sentence with them.
    pub(super) fn reach(&self) -> Reach {
        let via = via(&self.references);
        let sentence = match (&self.devices, self.fleet) {
            (Some(devices), _) if devices.is_empty() => format!("no known device is affected{via}"),
            (Some(devices), Some(fleet)) if fleet > 0 => {
                let count = u64::try_from(devices.len()).unwrap_or(u64::MAX);
                format!(
                    "affects up to {count} of {fleet} {} ({}%){via}",
                    self.plural,
                    count.saturating_mul(100).div_ceil(fleet)
                )
            }
            (Some(devices), _) => format!("affects up to {} {}{via}", devices.len(), self.plural),
            (None, Some(fleet)) => format!("may affect any of {fleet} {}{via}", self.plural),
            (None, None) => format!("may affect any of the {}{via}", self.plural),
        };
        let devices = self.devices.as_ref().map(|devices| u64::try_from(devices.len()).unwrap_or(u64::MAX));
        Reach { devices, fleet: self.fleet, already: self.already, sentence }
    }
}

/// ", via 3 policies, 1 profile".
fn via(references: &[Reference]) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    references.iter().for_each(|reference| *kinds.entry(reference.kind.as_str()).or_default() += 1);
    if kinds.is_empty() {
        return String::new();
    }
    let parts = kinds.iter().map(|(kind, count)| match (*count, kind.strip_suffix('y')) {
        (1, _) => format!("1 {kind}"),
        (count, Some(stem)) => format!("{count} {stem}ies"),
        (count, None) => format!("{count} {kind}s"),
    });
    format!(", via {}", parts.collect::<Vec<_>>().join(" and "))
}

/// What a call is about, as it is now: one object, or several by their ids.
pub(super) struct Objects<'a>(Vec<&'a Value>);

impl<'a> Objects<'a> {
    fn of(action: &Action, before: Option<&'a Value>) -> Self {
        Self(match before.and_then(Value::as_object) {
            Some(objects) if action.deletes_several() => objects.values().collect(),
            _ => before.into_iter().collect(),
        })
    }
}

/// What a call touches, by the rule for its action. `before` is the object as it is, or what is acted on. In a box, because what is
/// worked out for each rule nests deeply: the stack of a thread holds one rule at a time and nothing of the others.
///
/// # Errors
/// When what it takes to know cannot be read.
pub(super) fn of<'a>(
    work: &'a Work<'a>,
    action: &'static Action,
    arguments: &'a Map<String, Value>,
    before: Option<&'a Value>,
) -> BoxFuture<'a, Result<Impact, Error>> {
    Box::pin(async move {
        or_unknown(work, by_declaration(work, action, arguments, before).await, Impact::unknown)
    })
}

/// What was judged; where the fleet is off, what stands for it, made with the reason.
fn or_unknown<T>(
    work: &Work<'_>,
    judged: Result<T, Error>,
    unknown: impl FnOnce(&str) -> T,
) -> Result<T, Error> {
    match judged {
        Err(_) if work.lacks_fleet() => Ok(unknown(
            "which devices follow from it, because the fleet is off (`fleet.storage` in the configuration of this server)",
        )),
        judged => judged,
    }
}

fn by_declaration<'a>(
    work: &'a Work<'a>,
    action: &'static Action,
    arguments: &'a Map<String, Value>,
    before: Option<&'a Value>,
) -> BoxFuture<'a, Result<Impact, Error>> {
    match action.affects {
        Some(Affects::ByArgument(argument, kinds)) => {
            let given = arguments.get(argument).map(plain).unwrap_or_default();
            let affects = kinds.iter().find(|(value, _)| *value == given).map(|(_, affects)| *affects);
            match affects {
                // The argument says that nothing follows.
                Some(Affects::Nothing(_)) => ready(Ok(Impact { is_harmless: true, ..Impact::none() })),
                affects => by(work, action, affects, arguments, before),
            }
        }
        affects => by(work, action, affects, arguments, before),
    }
}

/// The same by a rule that was chosen.
fn by<'a>(
    work: &'a Work<'a>,
    action: &'static Action,
    affects: Option<Affects>,
    arguments: &'a Map<String, Value>,
    before: Option<&'a Value>,
) -> BoxFuture<'a, Result<Impact, Error>> {
    let body = arguments.get("body");
    let effect = action.effect();
    let id = arguments.get("id").and_then(ObjectId::of);
    let unknown = || ready(Ok(Impact::unknown("which devices follow from this kind of change")));
    let Some(affects) = affects else { return unknown() };
    match affects {
        Affects::OfObject(reader, affects) => Box::pin(of_another(work, reader, *affects, id)),
        Affects::Scope(kinds) => Box::pin(in_scopes(work, effect, kinds, false, body, before)),
        Affects::SwitchedScope(kinds) => Box::pin(in_scopes(work, effect, kinds, true, body, before)),
        Affects::PolicyLog => Box::pin(scope::log(work, before)),
        Affects::Package => Box::pin(packages(work, action, arguments, id)),
        Affects::Group(kind) => Box::pin(groups::impact(work, action, kind, id, body, before)),
        Affects::Place(place) => Box::pin(objects::place(work, place, effect, id, body, before)),
        Affects::User => Box::pin(people::user(work, effect, body, before)),
        Affects::UserAttribute => Box::pin(people::attribute(work, body, before)),
        Affects::Licenses => Box::pin(people::licenses(work, body, before)),
        Affects::Class => Box::pin(people::class(work, body, before)),
        Affects::SerialNumber => Box::pin(objects::preload(work, body, before)),
        Affects::ExtensionAttribute(kind) => {
            let there = Objects::of(action, before);
            Box::pin(objects::attribute(work, Kind::of(kind), there, body))
        }
        Affects::Prestage(kind) => Box::pin(enrollment::prestage(work, kind, id, body, before)),
        Affects::AppInstaller => Box::pin(apps::installer(work, effect, body, before)),
        Affects::PatchTitle => Box::pin(apps::patch_title(work, id, body, before)),
        Affects::Limitation(part) => Box::pin(scope::limits(work, part, id, body, before)),
        Affects::Any(kinds) => Box::pin(any(work, kinds)),
        Affects::FutureEnrollments => ready(Ok(Impact {
            warnings: vec!["it matters to devices that enroll, or are erased, from now on".to_owned()],
            ..Impact::none()
        })),
        Affects::Nothing(_) => ready(Ok(Impact::none())),
        // These are judged by the devices or the commands that the call names.
        Affects::Targets
        | Affects::Record
        | Affects::PolicyLogs
        | Affects::PendingCommands
        | Affects::ByArgument(..) => unknown(),
        Affects::InPolicies(..)
        | Affects::UserGroup
        | Affects::PrestageScope(_)
        | Affects::InPrestages(_)
        | Affects::EnrollmentInstance
        | Affects::ConnectProfile => match id {
            Some(id) => of_object(work, effect, affects, id, body, before),
            None => ready(Err(Error::caller("`id` names no object"))),
        },
    }
}

/// An object that the call does not send, and whose scope it affects all the same.
async fn of_another(
    work: &Work<'_>,
    reader: &str,
    affects: Affects,
    id: Option<ObjectId>,
) -> Result<Impact, Error> {
    let id = id.ok_or_else(|| Error::caller("`id` names no object"))?;
    let object = work.send(reader, json!({ "id": id.to_string() }), &[]).await?;
    match affects {
        Affects::Scope(kinds) => in_scopes(work, Effect::Change, kinds, false, None, Some(&object)).await,
        Affects::SwitchedScope(kinds) => {
            in_scopes(work, Effect::Change, kinds, true, None, Some(&object)).await
        }
        _ => Ok(Impact::unknown("which devices follow from this kind of change")),
    }
}

/// The same for a rule that takes the id of an object.
fn of_object<'a>(
    work: &'a Work<'a>,
    effect: Effect,
    affects: Affects,
    id: ObjectId,
    body: Option<&'a Value>,
    before: Option<&'a Value>,
) -> BoxFuture<'a, Result<Impact, Error>> {
    match affects {
        Affects::InPolicies(part, how) => Box::pin(objects::used_by_policies(work, part, id, how)),
        Affects::UserGroup => Box::pin(people::group(work, id, body, before)),
        Affects::PrestageScope(kind) => Box::pin(enrollment::prestage_scope(work, kind, effect, id, body)),
        Affects::InPrestages(field) => Box::pin(enrollment::used_by_prestages(work, field, id)),
        Affects::EnrollmentInstance => Box::pin(enrollment::impact_of_instance(work, id)),
        Affects::ConnectProfile => Box::pin(apps::connect_profile(work, id, body)),
        _ => ready(Ok(Impact::unknown("which devices follow from this kind of change"))),
    }
}

fn ready<'a>(impact: Result<Impact, Error>) -> BoxFuture<'a, Result<Impact, Error>> {
    Box::pin(futures::future::ready(impact))
}

/// What has a scope, over devices of these kinds. What is `switched` is quiet only when it is off.
async fn in_scopes(
    work: &Work<'_>,
    effect: Effect,
    kinds: &[DeviceKind],
    switched: bool,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    // What runs again changes nothing of the scope, and what is deleted has none afterwards.
    let again = effect == Effect::Act;
    let ends = again || effect == Effect::Delete;
    let mut all = Vec::new();
    for kind in kinds {
        all.push(scope::impact_of_change(work, Kind::of(*kind), body, before, ends, switched).await?);
    }
    let mut impact = Impact::merge(all);
    impact.is_harmless &= !again;
    Ok(impact)
}

/// One package, or the several that are in the body. A file that is uploaded is also that of every other package with its name.
async fn packages(
    work: &Work<'_>,
    action: &Action,
    arguments: &Map<String, Value>,
    id: Option<ObjectId>,
) -> Result<Impact, Error> {
    let several = arguments.get("body").and_then(|body| body.get("ids")).and_then(Value::as_array);
    let ids: Option<Vec<ObjectId>> = match several {
        Some(ids) => ids.iter().map(ObjectId::of).collect(),
        None => id.map(|id| vec![id]),
    };
    let mut ids = ids.ok_or_else(|| Error::caller("`id` names no object"))?;
    let uploaded = action.file_argument().and_then(|argument| arguments.get(argument));
    if let Some(uploaded) = uploaded.map(plain) {
        let name = uploaded.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        ids = objects::packages_of_file(work, &ids, name).await?;
    }
    let mut all = Vec::new();
    for id in ids {
        all.push(objects::package(work, id).await?);
    }
    Ok(Impact::merge(all))
}

/// A setting that may hold for every device of these kinds.
async fn any(work: &Work<'_>, kinds: &[DeviceKind]) -> Result<Impact, Error> {
    let all: Vec<_> = kinds.iter().map(|kind| Kind::of(*kind)).collect();
    Ok(Impact {
        fleet: fleet::count(work, &all).await?,
        plural: if let [kind] = kinds { Kind::of(*kind).plural } else { "devices" },
        warnings: vec!["this is a setting of the whole tenant".to_owned()],
        ..Impact::default()
    })
}

/// A value as text, whether it came as text or as a number. Ids are compared as [`ObjectId`].
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The ids of the rows of a list.
///
/// # Errors
/// When a row has none: what is worked out without it would be wrong.
fn ids_of(list: &str, rows: &[Value], field: &str) -> Result<Vec<ObjectId>, Error> {
    let ids: Option<Vec<ObjectId>> = rows.iter().map(|row| ObjectId::at(row, field)).collect();
    ids.ok_or_else(|| {
        Error::unreachable(format!(
            "`{list}` has an object without an id, so what refers to it could not be read whole"
        ))
    })
}

/// Whether there is no such object.
fn is_gone(error: &Error) -> bool {
    error.is_status(404)
}

/// What is worked out from a part of a list would be wrong.
pub(super) fn whole(found: &RowSet) -> Result<(), Error> {
    match found.notes.iter().find(|note| note.starts_with("INCOMPLETE")) {
        Some(note) => Err(Error::unreachable(format!("what refers to it could not be read whole: {note}"))),
        None => Ok(()),
    }
}

/// A reference by an object of the Classic API.
fn reference(kind: &str, object: &Value, how: &str) -> Reference {
    let text = |path: &str| crate::sanitize::text::clean(&text_at(object, path)).chars().take(80).collect();
    Reference {
        kind: kind.to_owned(),
        id: shown_id(object, "general.id"),
        name: text("general.name"),
        how: how.to_owned(),
    }
}

/// The items of a list.
fn items<'a>(object: &'a Map<String, Value>, list: &str) -> impl Iterator<Item = &'a Value> {
    object.get(list).and_then(Value::as_array).into_iter().flatten()
}

/// Whether a value says anything: an item, a switch that is on.
fn has_any(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => map.values().any(has_any),
        Value::Bool(on) => *on,
        _ => false,
    }
}

/// The id of an object for people, in the spelling in which ids are sent.
fn shown_id(object: &Value, path: &str) -> String {
    let id = ObjectId::at(object, path).map(|id| id.to_string());
    crate::sanitize::text::line(&id.unwrap_or_else(|| text_at(object, path))).chars().take(80).collect()
}

/// All devices that are in any of these lists, each once.
fn together(lists: Vec<Vec<FleetDevice>>) -> Vec<FleetDevice> {
    let mut all: BTreeMap<(String, String), FleetDevice> = BTreeMap::new();
    for device in lists.into_iter().flatten() {
        all.entry((device.target.kind.clone(), device.target.id.clone())).or_insert(device);
    }
    all.into_values().collect()
}

async fn computers(work: &Work<'_>) -> Result<Vec<FleetDevice>, Error> {
    fleet::all(work, &COMPUTER).await
}
