//! Who is in a scope: targets less exclusions, over the inventory as it is.

use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value};

use super::Impact;
use crate::error::Error;
use crate::gate::fleet::{self, COMPUTER, FleetDevice, Kind, MOBILE_DEVICE};
use crate::jobs::Work;
use crate::plan::Reference;

/// Who is in a scope.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Devices that are in it, at most.
    pub(super) devices: Vec<FleetDevice>,
    /// There may be more of them, for these reasons.
    pub(super) more: Vec<String>,
    /// There may be fewer of them, for these reasons.
    pub(super) fewer: Vec<String>,
}

/// Who is in the scope of any of these objects, over all devices of a kind. Whether anything follows is for the caller to say.
pub(super) fn of_all<'a>(
    kind: &Kind,
    fleet: &[FleetDevice],
    objects: impl Iterator<Item = &'a Value>,
) -> Impact {
    let mut impact =
        Impact { plural: kind.plural, fleet: u64::try_from(fleet.len()).ok(), ..Impact::default() };
    let (mut lists, mut more) = (Vec::new(), Vec::new());
    for object in objects {
        let members = members(object.get("scope"), fleet);
        lists.push(members.devices);
        more.extend(members.more);
        impact.not_checked.extend(members.fewer);
    }
    impact.devices = more.is_empty().then(|| super::together(lists));
    impact.not_checked.extend(more);
    impact.not_checked.sort();
    impact.not_checked.dedup();
    impact
}

/// What something with a scope touches when it is created, changed or deleted.
pub(super) async fn impact_of_change(
    work: &Work<'_>,
    kind: &'static Kind,
    body: Option<&Value>,
    before: Option<&Value>,
    deleted: bool,
    switched: bool,
) -> Result<Impact, Error> {
    let fleet = fleet::all(work, kind).await?;
    let after = if deleted { None } else { Some(merge(before, body)) };
    let active = |object: &&Value| is_enabled(object);
    let mut impact = of_all(kind, &fleet, [before, after.as_ref()].into_iter().flatten().filter(active));
    // A policy is quiet when it is off and has no scope; what has no switch, when it has no scope.
    let quiet = |object: &Value| is_unscoped(object.get("scope")) && (!switched || !is_enabled(object));
    impact.is_harmless = [before, after.as_ref()].into_iter().flatten().all(quiet);
    if let Some(after) = &after
        && is_enabled(after)
        && (is_on(after.pointer("/scope/all_computers")) || is_on(after.pointer("/scope/all_mobile_devices")))
    {
        impact.warnings.push(format!("its scope is ALL {}", kind.plural));
    }
    if let Some(after) = after.as_ref().filter(|after| switched && !quiet(after)) {
        impact.warnings.extend(super::runs::describe(after));
    }
    Ok(impact)
}

/// A network segment or a beacon: what is limited to it, or kept from those who are there.
pub(super) async fn limits(
    work: &Work<'_>,
    part: &str,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let mut all = Vec::new();
    for kind in [&COMPUTER, &MOBILE_DEVICE] {
        let fleet = fleet::all(work, kind).await?;
        let there = super::scoped::everything(work, kind).await?;
        let (mut references, mut limited) = (Vec::new(), Vec::new());
        for (word, object) in &there.objects {
            for (place, how) in [("/scope/limitations", "limitation"), ("/scope/exclusions", "exclusion")] {
                let scope = object.pointer(place).and_then(Value::as_object);
                // A new one takes addresses from those that are there.
                let named = scope.is_some_and(|scope| {
                    items(scope, part).any(|item| {
                        before.is_none() || self::id(item).is_none_or(|there| id.as_ref() == Some(&there))
                    })
                });
                if named {
                    references.push(super::reference(word, object, how));
                    limited.push(object);
                }
            }
        }
        let mut impact = of_all(kind, &fleet, limited.into_iter());
        impact.is_harmless = references.is_empty() && there.unread.is_empty();
        impact.references = references;
        impact.not_checked.extend(there.unread);
        all.push(impact);
    }
    let mut impact = Impact::merge(all);
    let sets = |object: &&Value| SETS.iter().any(|field| object.get(*field).is_some_and(says_something));
    if before.iter().copied().chain(body).any(|object| sets(&object)) {
        impact.is_harmless = false;
        impact.devices = None;
        impact.not_checked.push(
            "which devices are in this network: it decides where they download from, or what building and department they are in"
                .to_owned(),
        );
    }
    Ok(impact)
}

/// What a network segment does to the devices in it.
const SETS: &[&str] = &[
    "distribution_server",
    "distribution_point",
    "url",
    "swu_server",
    "override_buildings",
    "override_departments",
];

fn says_something(value: &Value) -> bool {
    value.as_str().map_or_else(|| is_on(Some(value)), |text| !["", "false"].contains(&text))
}

/// Whose policies run again when the log of one is flushed.
pub(super) async fn log(work: &Work<'_>, policy: Option<&Value>) -> Result<Impact, Error> {
    let Some(policy) = policy else { return Ok(Impact::unknown("which policy it is")) };
    let mut impact = impact_of_change(work, &COMPUTER, None, Some(policy), true, true).await?;
    let frequency = crate::jobs::text_at(policy, "general.frequency");
    impact.warnings.push(format!(
        "every computer in its scope may run it again (it runs `{}`), no matter whose log it was",
        crate::sanitize::text::clean(&frequency)
    ));
    impact.is_harmless = false;
    Ok(impact)
}

/// What runs again when logs of policies are forgotten.
#[derive(Debug, Default)]
pub(in crate::gate) struct Again {
    /// The policies that run once, with how often each does.
    pub(in crate::gate) policies: Vec<Reference>,
    /// The computers that are in their scopes, at most.
    pub(in crate::gate) devices: Vec<FleetDevice>,
    /// There are no others.
    pub(in crate::gate) is_certain: bool,
    pub(in crate::gate) not_checked: Vec<String>,
}

/// The policies that are on, run once, and have one of these computers in their scope.
///
/// # Errors
/// When the policies cannot be read.
pub(in crate::gate) async fn run_again(work: &Work<'_>, computers: &[FleetDevice]) -> Result<Again, Error> {
    let mut again = Again { is_certain: true, ..Again::default() };
    let mut lists = Vec::new();
    for policy in super::policies(work).await? {
        let frequency = crate::jobs::text_at(&policy, "general.frequency");
        if !is_enabled(&policy) || !frequency.starts_with("Once per") {
            continue;
        }
        let members = members(policy.get("scope"), computers);
        again.is_certain &= members.more.is_empty();
        again.not_checked.extend(members.more);
        if members.devices.is_empty() && again.is_certain {
            continue;
        }
        again.policies.push(super::reference("policy", &policy, &frequency));
        lists.push(members.devices);
    }
    again.devices = super::together(lists);
    again.not_checked.sort();
    again.not_checked.dedup();
    Ok(again)
}

/// The object as it will be: sections that are given replace those that are there, and within `general` field by field.
pub(super) fn merge(before: Option<&Value>, body: Option<&Value>) -> Value {
    let mut after = before.and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, section) in body.and_then(Value::as_object).into_iter().flatten() {
        match (after.get_mut(name), section) {
            (Some(Value::Object(there)), Value::Object(given)) if name == "general" => {
                there.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            _ => {
                after.insert(name.clone(), section.clone());
            }
        }
    }
    Value::Object(after)
}

/// A policy runs unless it says that it does not.
pub(super) fn is_enabled(policy: &Value) -> bool {
    let enabled = policy.pointer("/general/enabled");
    enabled.is_none() || is_on(enabled)
}

fn is_on(value: Option<&Value>) -> bool {
    value.is_some_and(|value| {
        value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    })
}

/// Nobody is in it, however groups change.
fn is_unscoped(scope: Option<&Value>) -> bool {
    let Some(scope) = scope.and_then(Value::as_object) else { return true };
    let named = |name: &str| scope.get(name).is_some_and(has_any);
    !is_on(scope.get("all_computers"))
        && !is_on(scope.get("all_mobile_devices"))
        && !is_on(scope.get("all_jss_users"))
        && !TARGETS.iter().chain(USERS).any(|name| named(name))
}

pub(super) fn has_any(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => map.values().any(has_any),
        Value::Bool(on) => *on,
        _ => false,
    }
}

/// Parts of a scope that name devices.
const TARGETS: &[&str] =
    &["computers", "computer_groups", "mobile_devices", "mobile_device_groups", "buildings", "departments"];

/// Parts of a scope that name people, whose devices are not worked out here.
const USERS: &[&str] = &["users", "user_groups", "jss_users", "jss_user_groups", "limit_to_users"];

/// Who is in a scope. One that is not there has nobody in it.
pub(super) fn members(scope: Option<&Value>, fleet: &[FleetDevice]) -> Members {
    let Some(scope) = scope.and_then(Value::as_object) else { return Members::default() };
    let mut found = Members::default();
    let everybody = is_on(scope.get("all_computers")) || is_on(scope.get("all_mobile_devices"));
    let inside = |device: &FleetDevice| everybody || TARGETS.iter().any(|part| names(scope, part, device));
    let exclusions = scope.get("exclusions").and_then(Value::as_object);
    let outside = |device: &FleetDevice| {
        exclusions.is_some_and(|scope| TARGETS.iter().any(|part| names(scope, part, device)))
    };
    found.devices = fleet.iter().filter(|device| inside(device) && !outside(device)).cloned().collect();
    if !everybody
        && (USERS.iter().any(|part| scope.get(*part).is_some_and(has_any))
            || is_on(scope.get("all_jss_users")))
    {
        found.more.push("users and user groups among the targets of the scope".to_owned());
    }
    for part in ["buildings", "departments"] {
        if items(scope, part).any(|item| id(item).is_none()) {
            found.more.push(format!("{part} of the scope that are named without their id"));
        }
    }
    if scope.get("limitations").is_some_and(has_any) {
        found.fewer.push(
            "limitations of the scope (users, networks, beacons), which can only make it fewer".to_owned(),
        );
    }
    let by_others = |part: &&&str| !TARGETS.contains(*part);
    let others = ["users", "user_groups", "network_segments", "ibeacons", "jss_users", "jss_user_groups"];
    if exclusions.is_some_and(|scope| {
        others.iter().filter(by_others).any(|part| scope.get(*part).is_some_and(has_any))
    }) {
        found.fewer.push("exclusions by user, network or beacon, which can only make it fewer".to_owned());
    }
    found
}

/// Which of its places a part of a scope names for this device.
pub(super) fn by_place(scope: &Map<String, Value>, device: &FleetDevice) -> (bool, bool) {
    (names(scope, "buildings", device), names(scope, "departments", device))
}

/// Whether a part of a scope may take in other devices when a user changes: it names one of these, or groups of users, or all.
pub(super) fn by_person(scope: &Map<String, Value>, names: &[&str]) -> bool {
    let of_groups = scope.iter().any(|(part, there)| part.contains("user_group") && has_any(there));
    let below = scope.get("limit_to_users").is_some_and(has_any);
    let named = |item: &Value| {
        let name = crate::jobs::text_at(item, "name");
        names.iter().any(|known| known.eq_ignore_ascii_case(&name))
    };
    let of_people = ["users", "jss_users"].iter().any(|part| items(scope, part).any(named));
    of_groups || below || of_people || is_on(scope.get("all_jss_users"))
}

/// Whether one part of a scope names this device.
fn names(scope: &Map<String, Value>, part: &str, device: &FleetDevice) -> bool {
    items(scope, part).any(|item| {
        let name = item.get("name").and_then(Value::as_str);
        let given = id(item);
        let is = |there: Option<&ObjectId>, name_there: &str| match &given {
            Some(given) => there == Some(given),
            None => name.is_some_and(|name| name == name_there),
        };
        let is_device = || is(device.id().as_ref(), &device.target.name);
        let is_group = || device.groups.iter().any(|(id, name)| is(id.as_ref(), name));
        match part {
            "computers" => device.target.kind == "computer" && is_device(),
            "mobile_devices" => device.target.kind == "mobile_device" && is_device(),
            "computer_groups" => device.target.kind == "computer" && is_group(),
            "mobile_device_groups" => device.target.kind == "mobile_device" && is_group(),
            "buildings" => given.is_some() && given == device.building,
            _ => given.is_some() && given == device.department,
        }
    })
}

pub(super) fn items<'a>(scope: &'a Map<String, Value>, part: &str) -> impl Iterator<Item = &'a Value> {
    scope.get(part).and_then(Value::as_array).into_iter().flatten()
}

/// The id of an item; Jamf writes -1 and 0 for none.
pub(super) fn id(item: &Value) -> Option<ObjectId> {
    ObjectId::at(item, "id")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Target;

    fn device(id: &str, group: &str, building: &str) -> FleetDevice {
        FleetDevice {
            target: Target {
                kind: "computer".to_owned(),
                id: id.to_owned(),
                management_id: String::new(),
                name: format!("Mac {id}"),
                serial: id.to_owned(),
                owner: String::new(),
                model: String::new(),
                last_contact: String::new(),
            },
            site: String::new(),
            groups: vec![(ObjectId::parse(group), format!("Group {group}"))],
            building: ObjectId::parse(building),
            department: None,
        }
    }

    fn fleet() -> Vec<FleetDevice> {
        vec![device("1", "10", "5"), device("2", "20", "5"), device("3", "10", "6")]
    }

    fn ids(scope: Value) -> Vec<String> {
        members(Some(&scope), &fleet()).devices.into_iter().map(|device| device.target.id).collect()
    }

    #[test]
    fn targets_add_and_exclusions_take_away() {
        assert_eq!(ids(json!({ "all_computers": true })), ["1", "2", "3"]);
        assert_eq!(ids(json!({ "computer_groups": [{ "id": 10 }] })), ["1", "3"]);
        assert_eq!(
            ids(json!({ "computer_groups": [{ "name": "Group 20" }], "computers": [{ "id": "3" }] })),
            ["2", "3"]
        );
        assert_eq!(
            ids(json!({ "buildings": [{ "id": 5 }], "exclusions": { "computers": [{ "id": 2 }] } })),
            ["1"]
        );
        assert_eq!(ids(json!({})), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        let scope =
            json!({ "jss_users": [{ "id": 1 }], "limitations": { "user_groups": [{ "name": "x" }] } });
        let found = members(Some(&scope), &fleet());
        assert_eq!((found.more.len(), found.fewer.len()), (1, 1));
        assert_eq!(members(Some(&json!({ "buildings": [{ "name": "HQ" }] })), &fleet()).more.len(), 1);
    }

    #[test]
    fn people_among_the_targets_of_one_make_the_number_of_all_unknown() {
        let by_device = json!({ "scope": { "computers": [{ "id": 1 }] } });
        let by_person = json!({ "scope": { "jss_users": [{ "id": 1 }] } });
        let counted = of_all(&COMPUTER, &fleet(), [&by_device, &by_device].into_iter());
        assert_eq!(counted.devices.map(|devices| devices.len()), Some(1));
        let unknown = of_all(&COMPUTER, &fleet(), [&by_device, &by_person].into_iter());
        assert!(unknown.devices.is_none() && unknown.not_checked.len() == 1);
    }

    #[test]
    fn a_policy_runs_unless_it_says_not() {
        assert!(is_enabled(&json!({})) && is_enabled(&json!({ "general": { "enabled": true } })));
        assert!(!is_enabled(&json!({ "general": { "enabled": false } })));
        let after = merge(
            Some(&json!({ "general": { "enabled": false, "name": "x" }, "scope": { "computers": [] } })),
            Some(&json!({ "general": { "enabled": true } })),
        );
        assert!(is_enabled(&after) && after["general"]["name"] == "x" && after["scope"].is_object());
    }
}
