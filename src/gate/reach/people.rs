//! Users, groups of users, and what is given to people: the devices are those that have them as their owners.

use std::collections::BTreeSet;

use jamf_pro_tools::Effect;
use jamf_pro_tools::effects::{ALL_DEVICES, MOBILE_DEVICES};
use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Value, json};

use super::configuration::{self, SMART_GROUP};
use super::{Impact, has_any, is_gone, plain};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::scope::{Entry, EntryKind, Role, Scope, merged};
use crate::gate::fleet::{self, COMPUTER, FleetDevice, MOBILE_DEVICE};
use crate::jobs::{Work, text_at};

/// Fields of a user and what criteria of devices call them.
const OF_USERS: &[(&str, &str)] = &[
    ("username", "Username"),
    ("realname", "Full Name"),
    ("email", "Email Address"),
    ("phone", "Phone Number"),
    ("position", "Position"),
    ("managedAppleId", "Managed Apple ID"),
];

/// A user whose fields change: the devices of that user, smart groups that look at such a field, and what is scoped to people.
pub(super) async fn user(
    work: &Work<'_>,
    effect: Effect,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let Some(before) = before else { return Ok(Impact::unknown("which user it is")) };
    let nothing = Value::Null;
    let after = match effect {
        // Who is deleted has no name afterwards, and who is replaced has none of the fields that were left out.
        Effect::Delete => &nothing,
        Effect::Change => body.unwrap_or(&nothing),
        Effect::Read | Effect::Create | Effect::Act => {
            return Ok(Impact::unknown("which groups of users it enters or leaves"));
        }
    };
    let given = after.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let fields = OF_USERS.iter().map(|(name, _)| *name).chain(given);
    let changed: BTreeSet<&str> =
        fields.filter(|name| text_at(before, name) != text_at(after, name)).collect();
    if changed.is_empty() {
        return Ok(Impact { is_harmless: true, ..Impact::none() });
    }
    let criterion =
        |field: &str| OF_USERS.iter().find(|(name, _)| *name == field).map(|(_, criterion)| *criterion);
    let criteria: Vec<&str> = changed.iter().filter_map(|field| criterion(field)).collect();
    let (owner, renamed) = (text_at(before, "username"), text_at(after, "username"));
    let people: Vec<&str> = if owner == renamed { Vec::new() } else { vec![&owner, &renamed] };
    let (mut impact, mut owned) = (Impact::default(), Vec::new());
    let (view, fleets) = futures::try_join!(work.configuration(), fleet::everything(work))?;
    for (kind, fleet) in [&COMPUTER, &MOBILE_DEVICE].into_iter().zip(fleets) {
        owned.extend(fleet.into_iter().filter(|device| device.target.owner.eq_ignore_ascii_case(&owner)));
        for group in configuration::smart_groups(view, kind.groups_of)
            .filter(|group| configuration::asks_for_any(group, &criteria))
        {
            let own = configuration::group_kind(group.kind);
            let found = configuration::referring(view, own, &group.id, &group.name);
            impact.references.extend(found.into_iter().filter(|found| found.kind != SMART_GROUP));
        }
        // Any field can move a user between smart user groups, which scopes name.
        let by_person = |entry: &Entry| entry.depends_on_user(&people);
        impact.references.extend(configuration::references_by(configuration::objects(view, kind), by_person));
        impact.not_checked.extend(configuration::texts(view.unread_groups(kind.groups_of).as_ref()));
    }
    impact.not_checked.extend(configuration::unread(view));
    impact.references.sort();
    impact.references.dedup();
    // Nobody gets anything by a user without a device.
    impact.is_harmless = owned.is_empty() || (impact.references.is_empty() && impact.not_checked.is_empty());
    impact.devices = Some(owned);
    Ok(impact)
}

/// All devices of both kinds.
async fn everybody(work: &Work<'_>) -> Result<Vec<FleetDevice>, Error> {
    Ok(fleet::everything(work).await?.into_iter().flatten().collect())
}

fn devices_of_owners(fleet: &[FleetDevice], names: &BTreeSet<String>) -> Vec<FleetDevice> {
    fleet.iter().filter(|device| names.contains(&device.target.owner.to_lowercase())).cloned().collect()
}

/// A user as something names one: by an id, by a name, or by both.
type UserKey = (Option<ObjectId>, String);

fn user_key(item: &Value) -> UserKey {
    (ObjectId::at(item, "id"), text_at(item, "name"))
}

/// The names of users, in small letters.
async fn names_of(work: &Work<'_>, users: impl Iterator<Item = UserKey>) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for (id, name) in users {
        let name = match id {
            _ if !name.is_empty() => name,
            None => continue,
            Some(id) => {
                match work.send("user_get", json!({ "id": id.to_string() }), &[]).await {
                    Ok(user) => text_at(&user, "username"),
                    // Nobody is behind it any more.
                    Err(error) if is_gone(&error) => continue,
                    Err(error) => return Err(error),
                }
            }
        };
        names.insert(name.to_lowercase());
    }
    names.remove("");
    Ok(names)
}

/// The names of the members of these groups of users.
async fn members_of(
    work: &Work<'_>,
    groups: impl Iterator<Item = ObjectId>,
) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for id in groups {
        let group = match work.send("user_group_get", json!({ "id": id.to_string() }), &[]).await {
            Ok(group) => group,
            Err(error) if is_gone(&error) => continue,
            Err(error) => return Err(error),
        };
        names.extend(names_of(work, members(&group).map(user_key)).await?);
    }
    Ok(names)
}

fn members(group: &Value) -> impl Iterator<Item = &Value> {
    group.get("users").and_then(Value::as_array).into_iter().flatten()
}

/// A group of users that is changed or deleted: what is scoped to it, and the devices of those who enter or leave.
pub(super) async fn group(
    work: &Work<'_>,
    id: ObjectId,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let Some(before) = before else { return Ok(Impact::unknown("which group of users it is")) };
    let name = text_at(before, "name");
    let (fleet, view) = futures::try_join!(everybody(work), work.configuration())?;
    let references = configuration::referring(view, "user_group", &id, &name);
    let mut impact = Impact { references, ..Impact::default() };
    impact.not_checked.extend(configuration::unread(view));
    let others = [view.unread_groups(GroupKind::User), view.unread_references_of(&["class"])];
    impact.not_checked.extend(others.iter().flat_map(|reasons| configuration::texts(reasons.as_ref())));
    impact.references.sort();
    impact.references.dedup();
    impact.warn_of_exclusion();
    let given = body.and_then(|body| body.get("users")).and_then(Value::as_array);
    let (old, new) = match given {
        Some(given) => (
            names_of(work, members(before).map(user_key)).await?,
            names_of(work, given.iter().map(user_key)).await?,
        ),
        // A rename or a delete moves all of them.
        None => (names_of(work, members(before).map(user_key)).await?, BTreeSet::new()),
    };
    let moved: BTreeSet<String> = old.symmetric_difference(&new).cloned().collect();
    let renamed = body.map(|body| text_at(body, "name")).is_none_or(|new| !new.is_empty() && new != name);
    let criteria = body.is_some_and(|body| body.get("criteria").is_some());
    impact.is_harmless = impact.references.is_empty() && impact.not_checked.is_empty();
    impact.devices = match () {
        () if criteria && !impact.is_harmless => {
            impact.not_checked.push("whom its criteria take in, which only Jamf Pro evaluates".to_owned());
            None
        }
        () if impact.is_harmless || (given.is_none() && !renamed) => Some(Vec::new()),
        () => Some(devices_of_owners(&fleet, &moved)),
    };
    Ok(impact)
}

/// An extension attribute of users: smart groups of users may look at it.
pub(super) async fn attribute(
    work: &Work<'_>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let names: Vec<String> = before.into_iter().chain(body).map(|object| text_at(object, "name")).collect();
    let mut impact = super::any(ALL_DEVICES);
    impact.warnings.clear();
    let view = work.configuration().await?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let groups = configuration::smart_groups(view, GroupKind::User)
        .filter(|group| configuration::asks_for_any(group, &names));
    impact.references.extend(groups.map(|group| configuration::reference_by_group(group, "criterion")));
    impact.not_checked.extend(configuration::texts(view.unread_groups(GroupKind::User).as_ref()));
    if impact.references.is_empty() {
        impact.devices = Some(Vec::new());
    } else {
        impact.not_checked.push("whom these groups of users take in, and what is scoped to them".to_owned());
    }
    impact.not_checked.push("saved searches, and profiles that insert its value".to_owned());
    Ok(impact)
}

/// An assignment of licenses: the devices of those who get them, as it is and as it will be.
pub(super) async fn licenses(
    work: &Work<'_>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let fleet = everybody(work).await?;
    let mut impact = Impact::default();
    let (mut names, mut all, mut nobody) = (BTreeSet::new(), false, true);
    let after = body.map(|body| merged(before, Some(body)));
    for object in before.into_iter().chain(after.as_ref()) {
        let scope = Scope::read(object);
        let of = |kind: EntryKind| scope.with_role(Role::Target).filter(move |entry| entry.kind == kind);
        all |= of(EntryKind::All(GroupKind::User)).next().is_some();
        nobody &= of(EntryKind::User).chain(of(EntryKind::UserGroup)).next().is_none();
        let users = of(EntryKind::User).map(|entry| (entry.id.clone(), entry.name.clone()));
        names.extend(names_of(work, users).await?);
        names.extend(members_of(work, of(EntryKind::UserGroup).filter_map(|entry| entry.id.clone())).await?);
    }
    impact.is_harmless = nobody && !all;
    if all {
        impact.warnings.push("it is for EVERY user".to_owned());
        impact.devices = Some(fleet);
    } else {
        impact.devices = Some(devices_of_owners(&fleet, &names));
    }
    impact.not_checked.push("exclusions and limitations, which can only make it fewer".to_owned());
    Ok(impact)
}

/// Fields of a class that decide which devices it has.
const OF_CLASS: &[&str] = &[
    "mobile_devices",
    "mobile_device_group",
    "mobile_device_group_id",
    "mobile_device_group_ids",
    "students",
    "student_ids",
    "student_group_ids",
    "apple_tvs",
];

fn ids_in(object: &Value, list: &str) -> Vec<ObjectId> {
    object.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(ObjectId::of).collect()
}

fn names_in(object: &Value, list: &str) -> Vec<String> {
    object.get(list).and_then(Value::as_array).into_iter().flatten().map(plain).collect()
}

/// A class: its devices and those of its students, as it is and as it will be.
pub(super) async fn class(
    work: &Work<'_>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let fleet = fleet::all(work, &MOBILE_DEVICE).await?;
    let mut impact = Impact::on(MOBILE_DEVICES);
    let (mut lists, mut students, mut quiet) = (Vec::new(), BTreeSet::new(), true);
    for class in before.into_iter().chain(body) {
        quiet &= !OF_CLASS.iter().any(|field| class.get(*field).is_some_and(names_any));
        let mut groups = ids_in(class, "mobile_device_group_id");
        groups.extend(ids_in(class, "mobile_device_group_ids"));
        groups.extend(ObjectId::at(class, "mobile_device_group.id"));
        lists.push(
            fleet.iter().filter(|device| groups.iter().any(|id| device.is_in_group(id))).cloned().collect(),
        );
        let udids: Vec<String> = ["mobile_devices", "apple_tvs"]
            .iter()
            .flat_map(|part| class.get(*part).and_then(Value::as_array).into_iter().flatten())
            .map(|device| text_at(device, "udid"))
            .filter(|udid| !udid.is_empty())
            .collect();
        lists.push(fleet::by_udid(work, &udids).await?);
        students.extend(names_in(class, "students").iter().map(|name| name.to_lowercase()));
        let by_id = ids_in(class, "student_ids").into_iter().map(|id| (Some(id), String::new()));
        students.extend(names_of(work, by_id).await?);
        students.extend(members_of(work, ids_in(class, "student_group_ids").into_iter()).await?);
    }
    lists.push(devices_of_owners(&fleet, &students));
    impact.is_harmless = quiet;
    impact.devices = Some(super::together(lists));
    Ok(impact)
}

/// Whether a field of a class names anything; Jamf writes 0 and -1 for none.
fn names_any(value: &Value) -> bool {
    match value {
        Value::Object(map) if map.contains_key("id") => ObjectId::at(value, "id").is_some(),
        other => has_any(other),
    }
}
