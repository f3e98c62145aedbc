//! How far a change of configuration reaches: which devices, through which policies, profiles and groups.
//!
//! What is counted is the most that it may be. Where something cannot be worked out the number is not known, which the gate takes
//! for everything, and the plan names what was not checked.

mod apps;
mod configuration;
mod criteria;
mod enrollment;
mod groups;
mod kinds;
mod objects;
mod people;
mod records;
pub(super) mod runs;
mod scope;
mod sets;

pub(super) use configuration::criteria_in_order;
pub(super) use kinds::loss;
pub(super) use records::impact_of_record;
pub(super) use scope::run_again;
pub(super) use sets::Sets;

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use jamf_pro_tools::effects::{ALL_DEVICES, COMPUTERS, MOBILE_DEVICES};
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, DeviceKind, Effect};
use serde_json::{Map, Value, json};

use scope::ScopeChange;

use super::content;
use super::fleet::{self, COMPUTER, Count, FleetDevice, Kind, MOBILE_DEVICE};
use crate::error::Error;
use crate::jobs::{RowSet, Work, text_at};
use crate::plan::{KindReach, Reach, Reference};

/// What can refer to groups and is not read here; it puts nothing on devices.
const NOT_READ: &str = "webhooks and saved searches";

/// What a change touches.
#[derive(Debug, Default)]
pub(super) struct Impact {
    /// The devices; `None` when they cannot be worked out.
    pub(super) devices: Option<Vec<FleetDevice>>,
    /// What it does to which of them, where a scope says so. Who is only offered it is in no other list.
    pub(super) sets: Option<Sets>,
    /// The kinds of devices that it may touch; any where there is none.
    pub(super) kinds: &'static [DeviceKind],
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
    /// The devices that the object affects as it is.
    pub(super) already: Vec<FleetDevice>,
    /// What comes into force on devices without being named in the call, as the actions that read it and the ids.
    pub(super) in_force: Vec<content::Key>,
    /// The object had no effect before and has one now: all of it takes effect, and not only what changes.
    pub(super) begins: bool,
}

impl Impact {
    /// It touches no device, which is known of its kind.
    pub(super) fn none() -> Self {
        Self { devices: Some(Vec::new()), ..Self::default() }
    }

    /// It may touch devices of these kinds; which ones is not known yet.
    pub(super) fn on(kinds: &'static [DeviceKind]) -> Self {
        Self { kinds, ..Self::default() }
    }

    /// It touches these devices and no others.
    pub(super) fn of_devices(devices: Vec<FleetDevice>) -> Self {
        let has = |kind: &Kind| devices.iter().any(|device| device.target.kind == kind.name);
        let kinds = match (has(&COMPUTER), has(&MOBILE_DEVICE)) {
            (true, false) => COMPUTERS,
            (false, true) => MOBILE_DEVICES,
            _ => ALL_DEVICES,
        };
        Self { devices: Some(devices), ..Self::on(kinds) }
    }

    /// The same devices and references, for counting alone.
    pub(super) fn count_only(&self) -> Self {
        let kinds = if self.devices.is_none() && self.kinds.is_empty() { ALL_DEVICES } else { self.kinds };
        Self {
            devices: self.devices.clone(),
            already: self.already.clone(),
            references: self.references.clone(),
            ..Self::on(kinds)
        }
    }

    /// What several changes touch together: all of it, and with certainty only what is certain of each.
    pub(super) fn merge(all: Vec<Self>) -> Self {
        let mut merged = Self { devices: Some(Vec::new()), is_harmless: true, ..Self::default() };
        let (mut lists, mut already) = (Vec::new(), Vec::new());
        for one in all {
            merged.kinds = match (merged.kinds, one.kinds) {
                ([], kinds) | (kinds, []) => kinds,
                (known, kinds) if known == kinds => known,
                _ => ALL_DEVICES,
            };
            match one.devices {
                Some(devices) => lists.push(devices),
                None => merged.devices = None,
            }
            merged.sets = match (merged.sets, one.sets) {
                (Some(sets), Some(more)) => Some(sets.and(more)),
                (sets, more) => sets.or(more),
            };
            merged.references.extend(one.references);
            merged.not_checked.extend(one.not_checked);
            merged.warnings.extend(one.warnings);
            merged.is_harmless &= one.is_harmless;
            merged.begins |= one.begins;
            merged.in_force.extend(one.in_force);
            already.push(one.already);
        }
        merged.devices = merged.devices.map(|_| together(lists));
        merged.already = together(already);
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
        Self { not_checked: vec![why.to_owned()], ..Self::default() }
    }

    /// Say it first where something is kept from a group.
    fn warn_of_exclusion(&mut self) {
        if self.references.iter().any(|reference| reference.how == "exclusion") {
            self.warnings
                .push("exclusion group: devices that leave it will get what it kept them from".to_owned());
        }
    }

    /// The numbers, and the sentence with them.
    ///
    /// # Errors
    /// When nobody says how many devices there are.
    pub(super) async fn reach(&self, work: &Work<'_>) -> Result<Reach, Error> {
        let mut reach = Reach {
            already: kinds_of(self.kinds).map(|kind| Count::of(kind, &self.already).managed).sum(),
            effects: self.sets.as_ref().map(Sets::counts).unwrap_or_default(),
            ..Reach::default()
        };
        let counts = |kind| self.devices.as_ref().map(|devices| Count::of(kind, devices));
        // Who affects no device is in no share of them.
        let is_affected = |kind| counts(kind).is_none_or(|count| count.managed > 0);
        for kind in kinds_of(self.kinds).filter(|kind| is_affected(*kind)) {
            let Some(all) = fleet::count(work, kind).await? else { continue };
            reach.kinds.push(KindReach {
                kind: kind.name.to_owned(),
                devices: counts(kind).map(|count| count.managed),
                fleet: all.managed,
                recent: counts(kind).map_or(0, |count| count.recent),
                recent_already: Count::of(kind, &self.already).recent,
                recent_fleet: all.recent,
            });
        }
        reach.devices = self
            .devices
            .as_ref()
            .map(|devices| kinds_of(self.kinds).map(|kind| Count::of(kind, devices).managed).sum());
        reach.fleet = reach.kinds.iter().map(|kind| kind.fleet).reduce(u64::saturating_add);
        reach.sentence = sentence(&reach, &via(&self.references));
        Ok(reach)
    }
}

/// How far a call reaches that names its devices.
pub(super) async fn of_targets(work: &Work<'_>, targets: &[FleetDevice]) -> Result<Reach, Error> {
    let (mut kinds, mut all) = (Vec::new(), Vec::new());
    for kind in [&COMPUTER, &MOBILE_DEVICE] {
        let named = targets.iter().filter(|device| device.target.kind == kind.name).count();
        if named == 0 {
            continue;
        }
        let count = fleet::count(work, kind).await?;
        let devices = u64::try_from(named).unwrap_or(u64::MAX);
        let of = count.map(|count| format!(" of {}", count.managed)).unwrap_or_default();
        all.push(format!("{devices}{of} {}", kind.plural));
        let Some(count) = count else { continue };
        kinds.push(KindReach {
            kind: kind.name.to_owned(),
            devices: Some(devices),
            fleet: count.managed,
            recent_fleet: count.recent,
            ..KindReach::default()
        });
    }
    Ok(Reach {
        devices: Some(u64::try_from(targets.len()).unwrap_or(u64::MAX)),
        fleet: kinds.iter().map(|kind: &KindReach| kind.fleet).reduce(u64::saturating_add),
        sentence: format!("affects {}", all.join(" and ")),
        kinds,
        ..Reach::default()
    })
}

/// The kinds of devices; any where none is said.
fn kinds_of(kinds: &[DeviceKind]) -> impl Iterator<Item = &'static Kind> {
    let kinds = if kinds.is_empty() { ALL_DEVICES } else { kinds };
    kinds.iter().map(|kind| Kind::of(*kind))
}

/// The numbers in words: "affects up to 214 of 420 computers (51%): 200 Macs get it, 14 run it again, via 3 policies".
fn sentence(reach: &Reach, via: &str) -> String {
    let effects = reach.effects_in_words();
    let all = |kind: &KindReach| match kind.devices {
        Some(devices) => {
            let of = if kind.recent_fleet == kind.fleet { "" } else { " of those seen within 30 days" };
            let percent = kind.percent().map(|percent| format!(" ({percent}%{of})")).unwrap_or_default();
            format!("{devices} of {} {}{percent}", kind.fleet, kind.plural())
        }
        None => format!("{} {}", kind.fleet, kind.plural()),
    };
    let all = reach.kinds.iter().map(all).collect::<Vec<_>>().join(" and ");
    let known = match reach.devices {
        Some(0) => "no known device is affected".to_owned(),
        Some(devices) if all.is_empty() => format!("affects up to {devices} devices"),
        Some(_) => format!("affects up to {all}"),
        None if all.is_empty() => "may affect any of the devices".to_owned(),
        None => format!("may affect any of {all}"),
    };
    let effects = effects.map(|effects| format!(": {effects}")).unwrap_or_default();
    format!("{known}{via}{effects}")
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
        Affects::Scope(kinds) => Box::pin(in_scopes(work, action, kinds, false, arguments, before)),
        Affects::SwitchedScope(kinds) => Box::pin(in_scopes(work, action, kinds, true, arguments, before)),
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
        Affects::AppInstaller => Box::pin(in_scopes(work, action, COMPUTERS, false, arguments, before)),
        Affects::PatchTitle => Box::pin(apps::patch_title(work, id, body, before)),
        Affects::Limitation(part) => Box::pin(scope::limits(work, part, id, body, before)),
        Affects::Any(kinds) => ready(Ok(any(kinds))),
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
    let (kinds, is_switched) = match affects {
        Affects::Scope(kinds) => (kinds, false),
        Affects::SwitchedScope(kinds) => (kinds, true),
        _ => return Ok(Impact::unknown("which devices follow from this kind of change")),
    };
    let change = ScopeChange { is_switched, ..ScopeChange::of_content(&object) };
    scope::impact_on(work, kinds, &change).await
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

/// What has a scope, over devices of these kinds. What is switched is quiet only when it is off.
async fn in_scopes(
    work: &Work<'_>,
    action: &'static Action,
    kinds: &'static [DeviceKind],
    is_switched: bool,
    arguments: &Map<String, Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let change = match (action.effect(), before) {
        // Who installed it by themselves once is tried again too.
        (Effect::Act, Some(before)) => ScopeChange { is_by_itself: true, ..ScopeChange::again(before) },
        (Effect::Delete, before) => ScopeChange { before, ..ScopeChange::default() },
        _ => ScopeChange::by_call(action, arguments, before),
    };
    let change = ScopeChange { is_switched, path: action.path, ..change };
    let mut impact = scope::impact_on(work, kinds, &change).await?;
    impact.is_harmless &= action.effect() != Effect::Act;
    Ok(impact)
}

/// One package, or the several that are in the body. A file that is uploaded or named is also that of every other package with its name.
async fn packages(
    work: &Work<'_>,
    action: &Action,
    arguments: &Map<String, Value>,
    id: Option<ObjectId>,
) -> Result<Impact, Error> {
    let several = arguments.get("body").and_then(|body| body.get("ids")).and_then(Value::as_array);
    let ids: Option<Vec<ObjectId>> = match several {
        Some(ids) => ids.iter().map(ObjectId::of).collect(),
        None if action.effect() == Effect::Create => Some(Vec::new()),
        None => id.map(|id| vec![id]),
    };
    let mut ids = ids.ok_or_else(|| Error::caller("`id` names no object"))?;
    let uploaded = action.file_argument().and_then(|argument| arguments.get(argument));
    let named = arguments.get("body").and_then(|body| body.get("fileName"));
    if let Some(file) = uploaded.or(named).map(plain) {
        let name = file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        ids = objects::packages_of_file(work, &ids, name).await?;
    }
    let mut all = Vec::new();
    for id in ids {
        all.push(objects::package(work, id).await?);
    }
    Ok(Impact::merge(all))
}

/// A setting that may hold for every device of these kinds.
fn any(kinds: &'static [DeviceKind]) -> Impact {
    Impact { warnings: vec!["this is a setting of the whole tenant".to_owned()], ..Impact::on(kinds) }
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
