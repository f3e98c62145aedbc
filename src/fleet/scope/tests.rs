//! Scopes of both APIs over a few devices.

use serde_json::{Value, json};

use super::*;

fn id(number: u64) -> ObjectId {
    ObjectId::Number(number)
}

/// Asks about a Mac in building 5 and department 6, in group 10 and not in 20, whose owner is `anna`.
fn with_mac<T>(then: impl Fn(&Device<'_>) -> T) -> T {
    with_device(GroupKind::Computer, 7, then)
}

fn with_device<T>(kind: GroupKind, number: u64, then: impl Fn(&Device<'_>) -> T) -> T {
    let is_in_group = |entry: &Entry| match &entry.id {
        Some(group) if *group == id(30) => Known::unknown("group 30 could not be judged"),
        group => Known::Known(*group == Some(id(10))),
    };
    then(&Device {
        kind,
        id: id(number),
        serial_number: "C02ABC",
        name: "Anna's Mac",
        building: Some(Place { id: Some(id(5)), name: Some("Berlin") }),
        department: Some(Place { id: Some(id(6)), name: None }),
        username: Some("anna"),
        is_in_group: &is_in_group,
    })
}

fn reach(scope: Value) -> Option<bool> {
    let scope = Scope::read(&json!({ "scope": scope }));
    with_mac(|mac| scope.reach(mac).value())
}

fn holds(scope: Value) -> Option<bool> {
    let scope = Scope::read(&json!({ "scope": scope }));
    with_mac(|mac| scope.holds(mac).value())
}

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);

#[test]
fn targets_add_and_exclusions_take_away() {
    for (scope, is) in [
        (json!({}), NO),
        (json!({ "all_computers": true }), YES),
        (json!({ "all_computers": "true" }), YES),
        (json!({ "all_mobile_devices": true }), NO),
        (json!({ "all_jss_users": true }), YES),
        (json!({ "computers": [{ "id": "007", "name": "x" }] }), YES),
        (json!({ "computers": [{ "id": 8, "name": "Anna's Mac" }] }), NO),
        (json!({ "computers": [{ "name": "anna's mac" }] }), YES),
        (json!({ "mobile_devices": [{ "id": 7 }] }), NO),
        (json!({ "computer_groups": [{ "id": 20 }, { "id": 10 }] }), YES),
        (json!({ "computer_groups": [{ "id": 20 }] }), NO),
        (json!({ "computer_groups": [{ "id": 30 }] }), None),
        (json!({ "computer_groups": [{ "id": 30 }], "buildings": [{ "id": "5" }] }), YES),
        (json!({ "mobile_device_groups": [{ "id": 10 }] }), NO),
        (json!({ "buildings": [{ "id": 6 }] }), NO),
        (json!({ "buildings": [{ "name": "berlin" }] }), YES),
        (json!({ "departments": [{ "id": 6 }] }), YES),
        (json!({ "departments": [{ "name": "Sales" }] }), None),
        (json!({ "jss_users": [{ "id": 3, "name": "Anna" }] }), YES),
        (json!({ "jss_users": [{ "id": 3, "name": "ben" }] }), NO),
        (json!({ "jss_users": [{ "id": 3, "name": "anna@example.com" }] }), None),
        (json!({ "jss_users": [{ "id": 3 }] }), None),
        (json!({ "jss_user_groups": [{ "id": 10 }] }), YES),
        (json!({ "classes": [{ "id": 1 }] }), None),
        (json!({ "user_groups": [{ "name": "Staff" }] }), None),
        (json!({ "all_computers": true, "exclusions": { "computer_groups": [{ "id": 10 }] } }), NO),
        (json!({ "all_computers": true, "exclusions": { "computer_groups": [{ "id": 20 }] } }), YES),
        (json!({ "all_computers": true, "exclusions": { "computer_groups": [{ "id": 30 }] } }), None),
        (
            json!({ "computer_groups": [{ "id": 20 }], "exclusions": { "computer_groups": [{ "id": 30 }] } }),
            NO,
        ),
        (json!({ "all_computers": true, "exclusions": { "jss_users": [{ "id": 3, "name": "anna" }] } }), NO),
    ] {
        assert_eq!(reach(scope.clone()), is, "{scope}");
        assert_eq!(holds(scope.clone()), is, "{scope}");
    }
}

#[test]
fn people_and_networks_only_narrow() {
    for (part, list) in [
        ("limitations", "users"),
        ("limitations", "user_groups"),
        ("limitations", "network_segments"),
        ("limitations", "ibeacons"),
        ("limit_to_users", "user_groups"),
        ("exclusions", "users"),
        ("exclusions", "user_groups"),
        ("exclusions", "network_segments"),
        ("exclusions", "ibeacons"),
    ] {
        let scope =
            |all: bool| json!({ "all_computers": all, part: { list: [{ "name": "anna", "id": 1 }] } });
        assert_eq!((reach(scope(true)), holds(scope(true))), (YES, None), "{part} {list}");
        assert_eq!((reach(scope(false)), holds(scope(false))), (NO, NO), "{part} {list}: no target");
        let read = Scope::read(&json!({ "scope": scope(true) }));
        assert!(read.narrowings().unwrap().to_string().contains("can only make it fewer"));
    }
    assert_eq!(Scope::read(&json!({ "scope": { "all_computers": true } })).narrowings(), None);
}

#[test]
fn a_policy_without_targets_may_have_users_that_are_not_said() {
    let scope = |scope: Value| Scope::read(&json!({ "scope": scope })).hiding_users();
    let none = scope(json!({ "all_computers": false, "exclusions": { "computers": [{ "id": 9 }] } }));
    assert_eq!(with_mac(|mac| none.reach(mac).value()), None);
    assert!(none.notes().is_empty());
    let some = scope(json!({ "computer_groups": [{ "id": 20 }] }));
    assert_eq!(with_mac(|mac| some.reach(mac).value()), NO);
    assert_eq!(some.notes().len(), 1);
}

#[test]
fn both_apis_and_all_forms_of_rows_are_one_shape() {
    let kinds = |object: Value| -> Vec<(Role, EntryKind, Option<ObjectId>, String)> {
        let entries = Scope::read(&object).entries.into_iter();
        entries.map(|entry| (entry.role, entry.kind, entry.id, entry.name)).collect()
    };
    let group = |number: u64, name: &str| {
        vec![(Role::Target, EntryKind::ComputerGroup, Some(id(number)), name.to_owned())]
    };
    assert_eq!(
        kinds(json!({ "scope": { "computer_groups": [{ "computer_group": { "id": 3, "name": "Lab" } }] } })),
        group(3, "Lab")
    );
    assert_eq!(kinds(json!({ "scope": { "computer_groups": [{ "id": "3" }] } })), group(3, ""));
    assert_eq!(kinds(json!({ "id": "1", "smartGroupId": "3" })), group(3, ""));
    assert_eq!(kinds(json!({ "id": "1", "smartGroup": { "id": "3", "name": "Lab" } })), group(3, "Lab"));
    assert_eq!(kinds(json!({ "id": "1", "smartGroupId": "-1" })), []);
    let serial = vec![(Role::Target, EntryKind::SerialNumber, None, "C02ABC".to_owned())];
    assert_eq!(kinds(json!({ "assignments": [{ "serialNumber": "C02ABC", "userAssigned": "x" }] })), serial);
    assert_eq!(kinds(json!({ "serialNumbers": ["C02ABC"] })), serial);
    assert_eq!(kinds(json!({ "assignments": [{ "deviceId": "4", "selected": true }] })), []);
    let network = json!({ "general": { "network_limitations": { "network_segments": [{ "id": 2, "name": "Berlin" }] } } });
    let segment = vec![(Role::Limitation, EntryKind::NetworkSegment, Some(id(2)), "Berlin".to_owned())];
    assert_eq!(kinds(network), segment);
    let twice = json!({ "scope": {
        "limitations": { "user_groups": [{ "id": "S-1", "name": "Staff" }] },
        "limit_to_users": { "user_groups": ["Staff", { "user_group": "Others" }] },
    } });
    let names: Vec<String> = kinds(twice).into_iter().map(|(.., name)| name).collect();
    assert_eq!(names, ["Others", "Staff"]);
    assert_eq!(kinds(json!({ "scope": { "computers": [{ "id": -1, "name": "" }] } })), []);
    let mac = Scope::read(&json!({ "serialNumbers": ["c02abc"] }));
    assert_eq!(with_mac(|device| mac.reach(device).value()), YES);
}

#[test]
fn targets_that_devices_enter_later_are_dynamic() {
    let scope = Scope::read(&json!({ "scope": {
        "computers": [{ "id": 1 }],
        "computer_groups": [{ "id": 10, "name": "Static" }, { "id": 20, "name": "Smart" }],
        "buildings": [{ "id": 5, "name": "Berlin" }],
        "exclusions": { "departments": [{ "id": 6, "name": "Sales" }] },
    } }));
    let dynamic = scope.dynamic_targets(&|entry| Known::Known(entry.name == "Smart"));
    assert_eq!(dynamic.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["Smart", "Berlin"]);
    assert_eq!(scope.dynamic_targets(&|_| Known::unknown("x")).len(), 3);
}

#[test]
fn entries_are_added_and_removed() {
    let before = Scope::read(&json!({ "scope": { "computer_groups": [{ "id": 10, "name": "Pilot" }] } }));
    let entry = |number: u64, role: Role| Entry {
        role,
        kind: EntryKind::ComputerGroup,
        id: Some(id(number)),
        name: String::new(),
    };
    let after = before.changed(&[entry(20, Role::Target)], &[entry(10, Role::Target)]);
    assert_eq!(after.entries, [entry(20, Role::Target)]);
    assert_eq!(before.changed(&[], &[entry(10, Role::Exclusion)]), before);
}

/// The kinds of effect that a change has on the Mac: gains, loses, runs again, offered; `?` where that is not known.
fn effect(before: Option<Value>, after: Option<Value>, runs_again: bool) -> [char; 4] {
    let read = |object: Option<Value>| object.map(|object| Deployment::read("policy", &object));
    let (before, after) = (read(before), read(after));
    with_mac(|mac| {
        let effect = Effect::new(before.as_ref(), after.as_ref(), runs_again, [mac]);
        [effect.gains, effect.loses, effect.runs_again, effect.offered].map(|affected| {
            match (affected.devices.len(), affected.unknown.len()) {
                (1, 0) => 'x',
                (0, 1) => '?',
                _ => '-',
            }
        })
    })
}

fn policy(group: u64) -> Value {
    json!({ "general": { "enabled": true, "trigger_checkin": true }, "scope": { "computer_groups": [{ "id": group }] } })
}

#[test]
fn a_change_gives_takes_away_and_runs_again() {
    let two = |one: u64, other: u64| {
        let mut object = policy(one);
        object["scope"]["computer_groups"] = json!([{ "id": one }, { "id": other }]);
        object
    };
    let off = |mut object: Value| {
        object["general"]["enabled"] = json!(false);
        object
    };
    for (before, after, runs_again, is, why) in [
        (None, Some(policy(10)), false, "x---", "created"),
        (None, Some(off(policy(10))), false, "----", "created switched off"),
        (None, Some(policy(30)), false, "?---", "nobody knows who is in the group"),
        (Some(policy(10)), None, false, "-x--", "deleted"),
        (Some(policy(20)), Some(policy(10)), false, "x---", "another scope"),
        (Some(policy(10)), Some(policy(20)), false, "-x--", "another scope"),
        (Some(policy(10)), Some(policy(10)), false, "----", "an untouched scope"),
        (Some(policy(30)), Some(policy(30)), false, "----", "an untouched scope of which nothing is known"),
        (Some(policy(30)), Some(policy(30)), true, "--?-", "other content, and it is not known who is there"),
        (Some(policy(30)), Some(policy(20)), false, "-?--", "another scope after one that is not known"),
        (Some(policy(30)), Some(two(30, 20)), false, "----", "a target that does not name it"),
        (Some(policy(10)), Some(policy(10)), true, "--x-", "other content"),
        (Some(policy(20)), Some(policy(20)), true, "----", "other content for others"),
        (Some(off(policy(10))), Some(policy(10)), true, "x---", "switched on"),
        (Some(policy(10)), Some(off(policy(10))), true, "-x--", "switched off"),
    ] {
        assert_eq!(effect(before, after, runs_again).iter().collect::<String>(), is, "{why}");
    }
}

#[test]
fn what_is_only_in_self_service_is_offered() {
    let service = || {
        json!({
            "general": { "enabled": true, "trigger_checkin": false, "trigger_other": "" },
            "self_service": { "use_for_self_service": true },
            "scope": { "computer_groups": [{ "id": 10 }] },
        })
    };
    let mut event = service();
    event["general"]["trigger_other"] = json!("install-chrome");
    assert_eq!(effect(None, Some(service()), false), ['-', '-', '-', 'x']);
    assert_eq!(effect(Some(service()), Some(service()), false), ['-'; 4]);
    assert_eq!(effect(Some(service()), Some(service()), true), ['-', '-', '-', 'x']);
    assert_eq!(effect(Some(service()), Some(policy(10)), false), ['x', '-', '-', '-'], "it runs from now on");
    assert_eq!(effect(None, Some(event), false), ['x', '-', '-', '-'], "a custom event runs it");
    for (object, is) in [
        (json!({ "general": { "distribution_method": "Make Available in Self Service" } }), true),
        (json!({ "general": { "distribution_method": "Install Automatically" } }), false),
        (json!({ "general": { "deployment_type": "Make Available in Self Service" } }), true),
        (json!({ "deploymentType": "SELF_SERVICE", "enabled": true }), true),
        (json!({ "deploymentType": "INSTALL_AUTOMATICALLY" }), false),
    ] {
        assert_eq!(Deployment::read("macos_profile", &object).is_only_offered, is, "{object}");
    }
}

#[test]
fn limitations_that_change_leave_it_open_who_moves() {
    let limited = |part: &str, list: &str, names: &[&str]| {
        let mut object = policy(10);
        let rows: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        object["scope"][part] = json!({ list: rows });
        Some(object)
    };
    let free = || Some(policy(10));
    let (limits, excludes) = ("limitations", "exclusions");
    for (before, after, is) in [
        (free(), limited(limits, "users", &["anna"]), "-?--"),
        (limited(limits, "users", &["anna"]), free(), "?---"),
        (limited(limits, "users", &["anna"]), limited(limits, "users", &["anna", "ben"]), "?---"),
        (limited(limits, "users", &["anna", "ben"]), limited(limits, "users", &["anna"]), "-?--"),
        (limited(limits, "users", &["anna"]), limited(limits, "users", &["ben"]), "??--"),
        (limited(limits, "users", &["anna"]), limited(limits, "users", &["anna"]), "----"),
        (limited(limits, "users", &["anna"]), limited(limits, "network_segments", &["Berlin"]), "??--"),
        (free(), limited(excludes, "network_segments", &["Berlin"]), "-?--"),
        (limited(excludes, "network_segments", &["Berlin"]), free(), "?---"),
    ] {
        let case = format!("{before:?} {after:?}");
        assert_eq!(effect(before, after, false).iter().collect::<String>(), is, "{case}");
    }
}

#[test]
fn devices_are_counted_once_and_the_unknown_ones_apart() {
    let (before, after) = (Deployment::read("policy", &policy(20)), Deployment::read("policy", &policy(10)));
    let unknown = Deployment::read("policy", &policy(30));
    let devices: Vec<u64> = vec![1, 2, 3];
    let counted = |before: Option<&Deployment>, after: Option<&Deployment>| {
        let of = |number: &u64| {
            with_device(GroupKind::Computer, *number, |device| {
                let effect = Effect::new(before, after, true, [device]);
                (effect.counted().len(), effect.unknown().is_some())
            })
        };
        devices.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(counted(Some(&before), Some(&after)), [(1, false); 3]);
    assert_eq!(counted(None, Some(&unknown)), [(0, true); 3]);
}

#[test]
fn one_of_several_objects_is_enough() {
    let all = [20, 30, 10].map(|group| Deployment::read("policy", &policy(group)));
    let found = |objects: &[&Deployment]| {
        with_mac(|mac| {
            let found = Affected::by_any(objects, [mac]);
            (found.devices.len(), found.unknown.len())
        })
    };
    let [outside, unknown, inside] = &all;
    assert_eq!(found(&[outside, unknown, inside]), (1, 0));
    assert_eq!(found(&[outside, unknown]), (0, 1));
    assert_eq!(found(&[outside]), (0, 0));
    assert_eq!(found(&[]), (0, 0));
    let off = Deployment { is_enabled: false, ..inside.clone() };
    assert_eq!(found(&[&off]), (0, 0));
}

#[test]
fn the_kind_decides_whether_targets_may_be_untold() {
    let object = json!({ "general": { "enabled": true }, "scope": { "all_computers": false } });
    let reach =
        |kind: &str, object: &Value| with_mac(|mac| Deployment::read(kind, object).reach(mac).value());
    assert_eq!(reach("policy", &object), None);
    assert_eq!(reach("macos_profile", &object), NO);
    let off = json!({ "general": { "enabled": "false" }, "scope": { "all_computers": false } });
    assert_eq!(reach("policy", &off), NO);
}

#[test]
fn a_change_replaces_sections_and_fields_of_general() {
    let before = policy(10);
    let read = |body: Option<Value>| Deployment::changed("policy", Some(&before), body.as_ref()).unwrap();
    assert_eq!(read(None), Deployment::read("policy", &before));
    let off = read(Some(json!({ "general": { "enabled": false } })));
    assert!(!off.is_enabled && off.scope == Deployment::read("policy", &before).scope);
    let other = read(Some(json!({ "scope": { "all_computers": true } })));
    assert_eq!(other.scope.entries.len(), 1, "the scope is replaced whole");
    assert!(other.is_enabled);
    assert_eq!(Deployment::changed("policy", None, None), None);
    let general = merged(Some(&before), Some(&json!({ "general": { "name": "x" } })));
    assert_eq!(general["general"], json!({ "enabled": true, "trigger_checkin": true, "name": "x" }));
}

#[test]
fn a_scope_that_names_people_depends_on_users() {
    let depends = |scope: Value| Scope::read(&json!({ "scope": scope })).depends_on_user(&["anna"]);
    assert!(depends(json!({ "exclusions": { "users": [{ "name": "Anna" }] } })));
    assert!(depends(json!({ "jss_users": [{ "id": 3, "name": "anna" }] })));
    assert!(!depends(json!({ "jss_users": [{ "id": 3, "name": "ben" }] })));
    assert!(depends(json!({ "limitations": { "user_groups": [{ "name": "Staff" }] } })));
    assert!(depends(json!({ "all_jss_users": true })));
    assert!(!depends(json!({ "all_computers": true, "computer_groups": [{ "id": 1 }] })));
}

#[test]
fn a_device_that_enters_a_group_gains_what_is_for_it() {
    let device = |is_in_group: &dyn Fn(&Entry) -> Known<bool>, then: &dyn Fn(&Device<'_>)| {
        with_mac(|mac| {
            then(&Device { id: mac.id.clone(), building: None, department: None, is_in_group, ..*mac });
        });
    };
    let object = Deployment::read("policy", &policy(10));
    let moved = |was: Known<bool>, is: Known<bool>| {
        let (was, is) = (|_: &Entry| was.clone(), |_: &Entry| is.clone());
        let found = std::cell::RefCell::new(Vec::new());
        device(&was, &|earlier| {
            device(&is, &|later| {
                let effect = Effect::of_devices(Some(&object), Some(&object), false, [(earlier, later)]);
                let all = [effect.gains, effect.loses, effect.runs_again];
                found.borrow_mut().extend(all.map(|one| (one.devices.len(), one.unknown.len())));
            });
        });
        found.into_inner()
    };
    assert_eq!(moved(Known::Known(false), Known::Known(true)), [(1, 0), (0, 0), (0, 0)]);
    assert_eq!(moved(Known::Known(true), Known::Known(false)), [(0, 0), (1, 0), (0, 0)]);
    assert_eq!(moved(Known::Known(true), Known::Known(true)), [(0, 0); 3]);
    assert_eq!(moved(Known::Known(true), Known::unknown("x")), [(0, 0), (0, 1), (0, 0)]);
}
