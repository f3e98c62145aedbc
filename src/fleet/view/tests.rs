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
