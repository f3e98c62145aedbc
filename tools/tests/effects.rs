//! Rules over what actions declare of their effects: whom they affect, where their arguments name devices, and what is read before.

#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

use jamf_pro_tools::action::placeholders;
use jamf_pro_tools::{Action, Affects, Catalogue, Method, Risk, Rows, Targets};
use serde_json::Value;

fn actions() -> impl Iterator<Item = &'static Action> {
    Catalogue::get().actions()
}

/// Every action that is not a read says whom it affects, and what it says is there.
#[test]
fn everything_but_a_read_declares_whom_it_affects() {
    for action in actions() {
        let name = action.name;
        assert_eq!(action.affects.is_some(), action.risk != Risk::Read, "{name} says whom it affects");
        let is_by_targets = matches!(action.affects, Some(Affects::Targets | Affects::Record));
        assert!(
            !is_by_targets || !action.targets.is_empty(),
            "{name} affects what it names, and names nothing"
        );
        if let Some(Affects::Nothing(reason)) = action.affects {
            assert!(reason.split(' ').count() > 3 && !reason.ends_with('.'), "{name}: {reason}");
        }
        if let Some(Affects::InPrestages(field)) = action.affects {
            let prestage = Catalogue::get().find("computer_prestage_create").unwrap().input_schema();
            let prestage = Value::Object(prestage);
            assert!(at(&prestage, &format!("body.{field}")).is_some(), "{name}: {field}");
        }
        if let Some(Affects::InPolicies(place, _)) = action.affects {
            let policy = Catalogue::get().find("policy_create").unwrap().input_schema();
            let place = place.replace('/', ".");
            let policy = Value::Object(policy);
            assert!(at(&policy, &format!("body.{place}")).is_some(), "{name}: {place}");
        }
        if let Some(Affects::Limitation(part)) = action.affects {
            let policy = Value::Object(Catalogue::get().find("policy_create").unwrap().input_schema());
            assert!(at(&policy, &format!("body.scope.limitations.{part}")).is_some(), "{name}: {part}");
        }
    }
}

/// The schema at a path such as `body.devices[].deviceId`.
fn at<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(schema, |schema, name| {
        let property = &schema["properties"][name.trim_end_matches("[]")];
        let found = if name.ends_with("[]") { &property["items"] } else { property };
        found.is_object().then_some(found)
    })
}

#[test]
fn declared_targets_are_arguments_and_all_that_name_devices_are_declared() {
    for action in actions().filter(|action| action.risk != Risk::Read) {
        let schema = Value::Object((*action.checked_schema()).clone());
        let declared: Vec<&str> = action.targets.iter().flat_map(|targets| targets.paths()).collect();
        for path in &declared {
            let there = at(&schema, path).unwrap_or_else(|| panic!("{}: {path} is no argument", action.name));
            assert!(
                ["string", "integer"].map(Value::from).contains(&there["type"]),
                "{}: {path}",
                action.name
            );
        }
        let mut named = Vec::new();
        devices_in(&schema, "", &mut named);
        for path in named {
            assert!(
                declared.contains(&path.as_str()),
                "{}: {path} names devices and is not declared",
                action.name
            );
        }
        for targets in action.targets {
            match *targets {
                Targets::IdsWithKind { ids, kinds } | Targets::GroupWithKind { id: ids, kind: kinds } => {
                    let parent = |path: &'static str| path.rsplit_once('.').unwrap().0;
                    assert_eq!(parent(ids), parent(kinds), "{}", action.name);
                }
                Targets::Tasks { listed_by, .. } => {
                    assert_ne!(Catalogue::get().find(listed_by).unwrap().rows, Rows::None, "{}", action.name);
                }
                _ => {}
            }
        }
    }
}

/// A body that can name devices of a group declares where, and the list is what it says.
#[test]
fn bodies_that_list_members_of_a_group_declare_them() {
    for action in actions() {
        let schema = Value::Object((*action.checked_schema()).clone());
        let lists = at(&schema, "body.assignments[]").is_some();
        let is_of_group = matches!(action.affects, Some(Affects::Group(_)));
        assert_eq!(action.members.is_some(), lists && is_of_group, "{}", action.name);
        let Some(members) = action.members else { continue };
        let item = if members.id.is_empty() { String::new() } else { format!(".{}", members.id) };
        assert!(at(&schema, &format!("body.{}[]{item}", members.list)).is_some(), "{}", action.name);
        let selected = format!("body.{}[].selected", members.list);
        assert_eq!(at(&schema, &selected).is_some(), !members.is_whole, "{}", action.name);
    }
}

/// Paths of everything whose schema says that it names a device.
fn devices_in(schema: &Value, path: &str, found: &mut Vec<String>) {
    if schema.get("x-device").is_some() {
        found.push(path.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        devices_in(property, &below, found);
    }
    if schema.get("items").is_some() {
        devices_in(&schema["items"], &format!("{path}[]"), found);
    }
}

/// What is read before a call is a read of one object, by keys that the call has, or of a list that has the object as a row, where nothing
/// reads it by itself.
#[test]
fn an_object_is_read_before_it_is_changed() {
    let read =
        |name: &str| Catalogue::get().read_before(Catalogue::get().find(name).unwrap()).map(|read| read.name);
    assert_eq!(read("policy_update"), Some("policy_get"));
    assert_eq!(read("policy_log_flush"), Some("policy_get"));
    assert_eq!(read("computer_update"), Some("computer_detail_get"));
    assert_eq!(read("building_delete_several"), Some("building_get"));
    assert_eq!(read("app_installer_deployment_retry"), Some("app_installer_deployment_get"));
    // It acts on the settings as they are, so a plan for it is bound to them.
    assert_eq!(read("sso_disable"), Some("sso_settings_get"));
    assert_eq!(read("building_create"), None);
    for action in actions().filter(|action| action.risk != Risk::Read) {
        let Some(read) = Catalogue::get().read_before(action) else { continue };
        assert_eq!((read.method, read.risk), (Method::Get, Risk::Read), "{}", action.name);
        let reads_a_list = read.rows != Rows::None;
        assert!(
            !reads_a_list || placeholders(read.path).next().is_none(),
            "{}: a list of one tenant",
            action.name
        );
        let several = action.path.ends_with("/delete-multiple");
        let schema = Value::Object(action.input_schema());
        for key in placeholders(read.path) {
            assert!(several || at(&schema, key).is_some(), "{}: {} takes {key}", action.name, read.name);
        }
    }
}

/// Writes that a device follows, all the same, with the reason why a plan for each would tell nobody anything.
const WRITES: &[(&str, &str)] = &[
    ("computer_invitation_delete", "nobody enrolls by it any more, and who is enrolled stays"),
    ("computer_attachment_create", "the file stays in Jamf Pro"),
    ("computer_smart_groups_recalculate", "Jamf does the same with the next inventory"),
    ("mobile_device_invitation_delete", "nobody enrolls by it any more, and who is enrolled stays"),
    ("mobile_device_smart_groups_recalculate", "Jamf does the same with the next inventory"),
    ("smart_computer_group_recalculate", "Jamf does the same with each inventory"),
    ("smart_mobile_group_recalculate", "Jamf does the same with each inventory"),
    ("smart_user_group_recalculate", "Jamf does the same with each change of a user"),
    ("user_smart_groups_recalculate", "Jamf does the same with each change of the user"),
];

/// A write affects no device, and a harmless command affects the devices that it names.
#[test]
fn the_risk_fits_whom_an_action_affects() {
    for action in actions() {
        let affects_nothing = matches!(action.affects, Some(Affects::Nothing(_)));
        let is_listed = WRITES.iter().any(|(name, _)| *name == action.name);
        match action.risk {
            Risk::Write => assert_ne!(affects_nothing, is_listed, "{} is a write", action.name),
            Risk::Device => assert_eq!(action.affects, Some(Affects::Targets), "{}", action.name),
            _ => assert!(!is_listed, "{}", action.name),
        }
    }
}

/// What runs is read by an action that reads one object by its id, and what acts once is an argument.
#[test]
fn declared_content_can_be_read_and_declared_fields_are_arguments() {
    let mut with_content = 0;
    for action in actions() {
        let schema = Value::Object(action.input_schema());
        for (path, reader) in action.runs {
            assert!(at(&schema, path).is_some(), "{}: {path} is no argument", action.name);
            let read = Catalogue::get().find(reader).unwrap_or_else(|| panic!("{}: {reader}", action.name));
            assert_eq!((read.risk, read.rows), (Risk::Read, Rows::None), "{}: {reader}", action.name);
            assert!(placeholders(read.path).eq(["id"]), "{}: {reader} reads by more than an id", action.name);
            with_content += 1;
        }
        for path in action.acts_once {
            assert!(at(&schema, path).is_some(), "{}: {path} is no argument", action.name);
        }
    }
    assert!(with_content >= 25, "{with_content}");
}
