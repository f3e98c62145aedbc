//! Views of rows that are not of one moment at the tenant, or not there.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::config::FleetStorage;
use crate::fleet::known::Known;
use crate::fleet::parts::{PARTS, Source};
use crate::fleet::store::{Page, Record, now};
use crate::fleet::tables::Names;

const HOUR: Duration = Duration::from_secs(3600);

fn store() -> Store {
    Store::open(Path::new("/nowhere"), "t at http://localhost", FleetStorage::Memory, 14).unwrap().unwrap()
}

/// Load a source from beginning to end.
fn load(store: &Store, source: &str, objects: Vec<(&str, Json)>) {
    let mut sources = PARTS.iter().flat_map(|part| part.sources);
    let source: &'static Source = sources.find(|own| own.name == source).unwrap();
    let lease = store.lease(source.name).unwrap().unwrap();
    let load = store.begin(source, HOUR).unwrap();
    let objects = objects.into_iter().map(|(id, mut json)| {
        source.lay_out(&mut json);
        Record { id: id.to_owned(), json, row_digest: None }
    });
    let objects: Vec<Record> = objects.collect();
    let (total, revision) = (objects.len() as u64, store.revision().unwrap());
    let objects = Box::new(objects.into_iter());
    let page = Page { objects, read_at: now(), revision, next_offset: total, total: Some(total) };
    assert!(store.keep(&lease, &load, page, &Names::default()).unwrap());
    assert!(store.finish(&lease, &load, None).unwrap());
}

fn id(number: u64) -> ObjectId {
    ObjectId::Number(number)
}

fn computer(name: &str) -> Json {
    json!({ "general": { "name": name } })
}

/// Computers 1 and 2, of which Jamf said the groups of 1 and 3, a group with 1 and 3, and a policy for the group.
fn skewed() -> Store {
    let store = store();
    load(&store, "computers", vec![("1", computer("one")), ("2", computer("two"))]);
    let in_group = json!({ "groupMemberships": [{ "groupId": "7" }] });
    load(&store, "computer groups of devices", vec![("1", in_group.clone()), ("3", in_group)]);
    let criterion =
        json!({ "name": "Computer Name", "searchType": "like", "value": "o", "andOr": "and", "priority": 0 });
    load(&store, "smart computer groups", vec![("7", json!({ "name": "O", "membershipCount": 2 }))]);
    load(&store, "static computer groups", vec![("8", json!({ "name": "Late", "count": 4 }))]);
    load(&store, "criteria of smart computer groups", vec![("7", json!({ "criteria": [criterion] }))]);
    let policy = json!({
        "general": { "name": "Install", "enabled": true }, "scope": { "computer_groups": [{ "id": "7", "name": "O" }] },
    });
    load(&store, "policies", vec![("5", policy)]);
    store
}

#[test]
fn a_device_that_one_part_has_and_another_has_not_is_unknown() {
    let store = skewed();
    let needs = Needs::default().criteria(GroupKind::Computer).scopes();
    let view = View::read(&store, &needs).unwrap();
    let Known::Known(reached) = view.devices_in_scope("policy", &id(5)) else { panic!() };
    let computer = |number| (GroupKind::Computer, id(number));
    assert_eq!(reached.devices.into_iter().collect::<Vec<_>>(), [computer(1)]);
    assert_eq!(reached.unknown.keys().collect::<Vec<_>>(), [&computer(2), &computer(3)]);
    let Known::Known(calibration) = view.calibration(GroupKind::Computer, &id(7)) else { panic!() };
    assert_eq!((calibration.agreed, calibration.unknown), (1, 2), "{calibration}");
    assert!(calibration.missing.is_empty() && calibration.extra.is_empty(), "{calibration}");
    let change = GroupChange::Criteria(Vec::new());
    let Known::Known(effects) = view.group_effect(GroupKind::Computer, &id(7), &change) else { panic!() };
    assert!(effects[0].change.unknown.contains_key(&id(2)), "{effects:?}");
}

#[test]
fn a_group_that_is_newer_than_the_devices_has_unknown_members() {
    let view = View::read(&skewed(), &Needs::default().devices(GroupKind::Computer)).unwrap();
    let why = view.members(GroupKind::Computer, &id(8)).reasons().map(ToString::to_string);
    assert!(why.as_deref().unwrap_or_default().contains("counts 4 members"), "{why:?}");
    assert_eq!(view.members(GroupKind::Computer, &id(7)).value().map(|members| members.len()), Some(2));
}

#[test]
fn a_deleted_group_leaves_those_who_asked_for_it_unknown_and_lets_in_whom_it_kept_out() {
    let store = skewed();
    load(&store, "computers", vec![("1", computer("one")), ("3", computer("three"))]);
    let policy = json!({
        "general": { "name": "Install", "enabled": true },
        "scope": { "all_computers": true, "exclusions": { "computer_groups": [{ "id": "7", "name": "O" }] } },
    });
    load(&store, "policies", vec![("5", policy)]);
    let view = View::read(&store, &Needs::default().devices(GroupKind::Computer).scopes()).unwrap();
    let Known::Known(effects) = view.group_effect(GroupKind::Computer, &id(7), &GroupChange::Deletion) else {
        panic!()
    };
    assert_eq!(effects[0].change.lost.len(), 2);
    let effects = view.effects_of_groups(&effects);
    let Known::Known(effect) = &effects[0].1 else { panic!() };
    assert_eq!((effect.gains.devices.len(), effect.loses.devices.len()), (2, 0));
}

#[test]
fn a_package_comes_to_devices_through_whatever_installs_it() {
    let store = store();
    for source in PARTS.iter().flat_map(|part| part.sources) {
        load(&store, source.name, Vec::new());
    }
    load(&store, "computers", vec![("1", computer("one")), ("2", computer("two")), ("3", computer("three"))]);
    let nothing = || json!({ "groupMemberships": [] });
    load(&store, "computer groups of devices", vec![("1", nothing()), ("2", nothing()), ("3", nothing())]);
    let to = |computer: &str| json!({ "computers": [{ "id": computer, "name": "" }] });
    let policy = json!({
        "general": { "name": "Install", "enabled": true }, "scope": to("1"),
        "package_configuration": { "packages": [{ "id": "4", "name": "Office" }] },
    });
    let title = json!({ "displayName": "Office", "packages": [{ "packageId": "4", "version": "16" }] });
    let patch = json!({
        "general": { "name": "Update", "enabled": true }, "scope": to("2"), "software_title_configuration_id": "6",
    });
    let other = json!({ "general": { "name": "Other", "enabled": true }, "scope": to("3") });
    load(&store, "policies", vec![("5", policy), ("7", other)]);
    load(&store, "patch titles", vec![("6", title)]);
    load(&store, "patch policies", vec![("8", patch)]);
    let needs =
        Needs::default().devices(GroupKind::Computer).devices(GroupKind::MobileDevice).scopes().references();
    let view = View::read(&store, &needs).unwrap();
    let Known::Known(reached) = view.devices_through("package", &id(4), "Office") else { panic!() };
    let ids: Vec<_> =
        reached.devices.iter().chain(reached.unknown.keys()).map(|(_, id)| id.clone()).collect();
    assert_eq!(ids, [id(1), id(2)]);
    let patches =
        PARTS.iter().flat_map(|part| part.sources).find(|source| source.name == "patch titles").unwrap();
    store.fail(patches, "the API role lacks a privilege", true).unwrap();
    let view = View::read(&store, &needs).unwrap();
    let why = view.devices_through("package", &id(4), "Office").reasons().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("patch titles: the API role lacks a privilege"));
}

#[test]
fn a_policy_is_in_force_in_its_time_alone() {
    let store = skewed();
    let policy = |first: &str, last: &str| {
        let time = json!({ "activation_date": first, "expiration_date": last });
        json!({
            "general": { "name": "Timed", "enabled": true, "date_time_limitations": time }, "scope": { "all_computers": true },
        })
    };
    let (early, late) = ("2020-01-01T08:00:00Z", "2099-01-01T08:00:00Z");
    load(
        &store,
        "policies",
        vec![("1", policy(early, late)), ("2", policy(late, "")), ("3", policy("", early))],
    );
    let view = View::read(&store, &Needs::default().devices(GroupKind::Computer).scopes()).unwrap();
    let device = view.device(GroupKind::Computer, &id(1)).unwrap();
    let state = |number| {
        let Known::Known(object) = view.object("policy", &id(number)) else { panic!() };
        (view.reach(object, device).is_true(), view.holds(object, device))
    };
    assert_eq!(state(1), (true, Known::Known(true)));
    assert_eq!(state(2), (true, Known::Known(false)));
    assert_eq!(state(3), (true, Known::Known(false)));
}

#[test]
fn a_view_says_by_which_values_a_device_is_in_a_group_and_which_entries_name_it() {
    let criterion = Criterion {
        name: "Computer Name".to_owned(),
        operator: "like".to_owned(),
        value: "o".to_owned(),
        ..Criterion::default()
    };
    let needs = Needs::default().facts(GroupKind::Computer, &[criterion]).scopes();
    let view = View::read(&skewed(), &needs).unwrap();
    let device = view.device(GroupKind::Computer, &id(1)).unwrap();
    let Known::Known((checks, is_in)) = view.explain_membership(device, &id(7)) else { panic!() };
    assert!(is_in.is_true() && view.membership(device, &id(7)).is_true());
    assert!(checks.len() == 1 && checks[0].is_met.is_true(), "{checks:?}");
    assert_eq!(checks[0].values, Known::Known(vec![Some("one".to_owned())]));
    let Known::Known(object) = view.object("policy", &id(5)) else { panic!() };
    let entries = view.entries_for(object, device);
    assert!(entries.len() == 1 && entries[0].1.is_true(), "{entries:?}");
    let newer = view.device(GroupKind::Computer, &id(2)).unwrap();
    assert!(view.entries_for(object, newer)[0].1.reasons().is_some());
}

#[test]
fn a_text_names_other_objects_and_never_its_own() {
    let store = store();
    let script = |name: &str, text: &str| json!({ "name": name, "scriptContents": text });
    let helper = script("helper-only.sh", "# helper-only.sh does nothing by itself");
    let caller = script("bootstrap.sh", "sh /usr/local/helper-only.sh");
    load(&store, "scripts", vec![("1", helper), ("2", caller)]);
    let view = View::read(&store, &Needs::default().references()).unwrap();
    let found =
        view.named_in_texts(&[("script", id(1), "helper-only.sh"), ("script", id(2), "bootstrap.sh")]);
    let names: Vec<Vec<&str>> =
        found.iter().map(|by| by.iter().map(|object| object.name.as_str()).collect()).collect();
    assert_eq!(names, [vec!["bootstrap.sh"], vec![]]);
}
