//! How far a change of configuration reaches: which devices, through which policies, profiles and groups.
//!
//! What is counted is the most that it may be. Where something cannot be worked out the number is not known, which the gate takes
//! for everything, and the plan names what was not checked.

pub(super) mod apps;
mod criteria;
mod enrolment;
mod groups;
pub(super) mod objects;
mod people;
mod records;
mod runs;
mod scope;
mod scoped;

pub(super) use criteria::ordered as criteria_in_order;
pub(super) use groups::is_one as is_group;
pub(super) use records::moved;
pub(super) use scope::run_again;

use std::collections::BTreeMap;

use futures::StreamExt;
use jamf_pro_tools::{Action, Affects, DeviceKind};
use serde_json::{Map, Value, json};

use super::fleet::{self, COMPUTER, Kind, Seen};
use crate::error::Error;
use crate::jobs::{Found, Work, text_at};
use crate::plan::{Reach, Reference};

/// Requests at once while everything that may refer to an object is read.
const AT_ONCE: usize = 4;

/// What can refer to groups and is not read here; it puts nothing on devices.
const NOT_READ: &str = "webhooks and saved searches";

/// What a change touches.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The devices; `None` when they cannot be worked out.
    pub(super) devices: Option<Vec<Seen>>,
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
    pub(super) harmless: bool,
}

impl Touched {
    /// It touches no device, which is known of its kind.
    pub(super) fn none() -> Self {
        Self { devices: Some(Vec::new()), plural: "devices", ..Self::default() }
    }

    /// What several changes touch together: all of it, and with certainty only what is certain of each.
    fn merged(all: Vec<Self>) -> Self {
        let mut merged = Self { devices: Some(Vec::new()), harmless: true, ..Self::default() };
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
            merged.harmless &= one.harmless;
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
                .push("it is an exclusion: whoever leaves it GETS what they were kept from".to_owned());
        }
    }

    /// The numbers, and the sentence with them.
    pub(super) fn reach(&self) -> Reach {
        let via = via(&self.references);
        let sentence = match (&self.devices, self.fleet) {
            (Some(devices), _) if devices.is_empty() => format!("affects no device that is known of{via}"),
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
        Reach { devices, fleet: self.fleet, sentence }
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

/// What a call touches, by the rule for its action. `before` is the object as it is, or what is acted on.
///
/// # Errors
/// When what it takes to know cannot be read.
pub(super) async fn of(
    work: &Work<'_>,
    action: &'static Action,
    arguments: &Map<String, Value>,
    before: Option<&Value>,
) -> Result<Touched, Error> {
    let name = action.name;
    let id = arguments.get("id").map(plain).unwrap_or_default();
    let body = arguments.get("body");
    let unknown = || Ok(Touched::unknown("which devices follow from this kind of change"));
    let Some(affects) = action.affects else { return unknown() };
    match affects {
        Affects::Scope(kinds) => {
            // What runs again changes nothing of the scope, and what is deleted has none afterwards.
            let ends = name.ends_with("_delete") || name.ends_with("_retry_all");
            let mut all = Vec::new();
            for kind in kinds {
                all.push(
                    scope::changed(work, Kind::of(*kind), body, before, ends, name.contains("policy_"))
                        .await?,
                );
            }
            let mut touched = Touched::merged(all);
            touched.harmless &= !name.ends_with("_retry_all");
            Ok(touched)
        }
        Affects::PolicyLog => scope::log(work, before).await,
        Affects::Package => {
            let several = body.and_then(|body| body.get("ids")).and_then(Value::as_array);
            let ids = several.map_or_else(|| vec![id], |ids| ids.iter().map(plain).collect());
            let mut all = Vec::new();
            for id in ids {
                all.push(objects::package(work, &id).await?);
            }
            Ok(Touched::merged(all))
        }
        Affects::InPolicies(part, how) => objects::used_by_policies(work, part, &id, how).await,
        Affects::Group => groups::touched(work, action, &id, body, before).await,
        Affects::Place => objects::place(work, name, &id, body, before).await,
        Affects::User if name.ends_with("_delete") => {
            people::user(work, Some(&json!({ "name": "" })), before).await
        }
        Affects::User => people::user(work, body, before).await,
        Affects::UserGroup => people::group(work, &id, body, before).await,
        Affects::UserAttribute => people::attribute(work, body, before).await,
        Affects::Licenses => people::licences(work, body, before).await,
        Affects::Class => people::class(work, body, before).await,
        Affects::SerialNumber => objects::preload(work, body, before).await,
        Affects::ExtensionAttribute => objects::attribute(work, name, before, body).await,
        Affects::PrestageScope => enrolment::prestage_scope(work, name, &id, body).await,
        Affects::Prestage => enrolment::prestage(work, name, &id, body, before).await,
        Affects::InPrestages(field) => enrolment::used_by_prestages(work, field, &id).await,
        Affects::EnrollmentInstance => enrolment::assigned(work, &id).await,
        Affects::FutureEnrollments => Ok(Touched {
            warnings: vec!["it matters to devices that enrol, or are erased, from now on".to_owned()],
            ..Touched::none()
        }),
        Affects::AppInstaller => {
            let mut touched = apps::installer(work, body, before).await?;
            let acts = ["_retry", "_version_update"].iter().any(|end| name.ends_with(end));
            touched.harmless &= !acts;
            Ok(touched)
        }
        Affects::PatchTitle => apps::patch_title(work, &id, body, before).await,
        Affects::ConnectProfile => apps::connect_profile(work, &id, body).await,
        Affects::Limitation(part) => scope::limits(work, part, &id, body, before).await,
        Affects::Any(kinds) => any(work, kinds).await,
        Affects::Nothing(_) => Ok(Touched::none()),
        // These are judged by the devices, the commands or the file that the call names.
        Affects::Targets
        | Affects::Record
        | Affects::PolicyLogs
        | Affects::PendingCommands
        | Affects::UploadedFile => unknown(),
    }
}

/// A setting that may hold for every device of these kinds.
async fn any(work: &Work<'_>, kinds: &[DeviceKind]) -> Result<Touched, Error> {
    let all: Vec<_> = kinds.iter().map(|kind| Kind::of(*kind)).collect();
    Ok(Touched {
        fleet: fleet::count(work, &all).await?,
        plural: if let [kind] = kinds { Kind::of(*kind).plural } else { "devices" },
        warnings: vec!["this is a setting of the whole tenant".to_owned()],
        ..Touched::default()
    })
}

/// Text of an id, whether it came as text or as a number.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Every policy, whole.
async fn policies(work: &Work<'_>) -> Result<Vec<Value>, Error> {
    details(work, "policy_list", "policy_get").await
}

async fn details(work: &Work<'_>, list: &str, get: &str) -> Result<Vec<Value>, Error> {
    let found = work.rows(list, json!({}), &["id", "name"]).await?;
    whole(&found)?;
    let ids: Vec<String> = found.rows.iter().map(|row| text_at(row, "id")).collect();
    let all = futures::stream::iter(ids.into_iter().map(|id| work.send(get, json!({ "id": id }), &[])))
        .buffered(AT_ONCE);
    let all: Vec<Result<Value, Error>> = all.collect().await;
    // One that was deleted since it was listed is gone. Where nothing can be read at all, nothing is known.
    let any = all.iter().any(Result::is_ok);
    all.into_iter().filter(|one| !any || !one.as_ref().is_err_and(is_gone)).collect()
}

/// Whether there is no such object.
fn is_gone(error: &Error) -> bool {
    matches!(error, Error::Jamf(error) if error.status == 404)
}

/// What is worked out from a part of a list would be wrong.
pub(super) fn whole(found: &Found) -> Result<(), Error> {
    match found.notes.iter().find(|note| note.starts_with("INCOMPLETE")) {
        Some(note) => Err(Error::Unreachable {
            message: format!("what refers to it could not be read whole: {note}"),
            retry_after: None,
        }),
        None => Ok(()),
    }
}

/// A reference by an object of the Classic API.
fn reference(kind: &str, object: &Value, how: &str) -> Reference {
    let text = |path: &str| crate::sanitize::text::clean(&text_at(object, path)).chars().take(80).collect();
    Reference {
        kind: kind.to_owned(),
        id: text("general.id"),
        name: text("general.name"),
        how: how.to_owned(),
    }
}

/// All devices that are in any of these lists, each once.
fn together(lists: Vec<Vec<Seen>>) -> Vec<Seen> {
    let mut all: BTreeMap<(String, String), Seen> = BTreeMap::new();
    for seen in lists.into_iter().flatten() {
        all.entry((seen.target.kind.clone(), seen.target.id.clone())).or_insert(seen);
    }
    all.into_values().collect()
}

async fn computers(work: &Work<'_>) -> Result<Vec<Seen>, Error> {
    fleet::all(work, &COMPUTER).await
}
