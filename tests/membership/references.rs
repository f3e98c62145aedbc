//! References of every object of the tenant, beside every id that its raw answer has.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::fleet::references::{Named, Names, Reference, Role, of_object};
use jamf_pro_mcp::fleet::scope::Role as ScopeRole;
use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use crate::records::all;
use crate::straight::Straight;

/// Kinds of the Classic API and their paths.
const CLASSIC: &[(&str, &str)] = &[
    ("policy", "policies"),
    ("macos_profile", "osxconfigurationprofiles"),
    ("mobile_profile", "mobiledeviceconfigurationprofiles"),
    ("mac_app", "macapplications"),
    ("mobile_device_app", "mobiledeviceapplications"),
    ("ebook", "ebooks"),
    ("restricted_software", "restrictedsoftware"),
    ("computer_group", "computergroups"),
    ("mobile_device_group", "mobiledevicegroups"),
];

/// Lists in raw answers, and the kind that a row is of.
pub(crate) const LISTS: &[(&str, &str)] = &[
    ("computers", "computer"),
    ("computer_groups", "computer_group"),
    ("mobile_devices", "mobile_device"),
    ("mobile_device_groups", "mobile_device_group"),
    ("buildings", "building"),
    ("departments", "department"),
    ("jss_users", "user"),
    ("jss_user_groups", "user_group"),
    ("users", "directory_user"),
    ("user_groups", "directory_group"),
    ("network_segments", "network_segment"),
    ("ibeacons", "ibeacon"),
    ("packages", "package"),
    ("scripts", "script"),
    ("printers", "printer"),
    ("dock_items", "dock_item"),
    ("customPackageIds", "package"),
];

/// Every object of the tenant of the kinds above and of the Pro API, as it is answered.
pub(crate) async fn objects(straight: &Straight) -> Vec<(&'static str, Value)> {
    let only =
        |value: Value| value.as_object().and_then(|map| map.values().next().cloned()).unwrap_or_default();
    let mut found = Vec::new();
    for (kind, path) in CLASSIC {
        let rows = only(straight.read(&format!("/JSSResource/{path}")).await);
        for row in rows.as_array().unwrap() {
            let id = ObjectId::at(row, "id").unwrap();
            found.push((*kind, only(straight.read(&format!("/JSSResource/{path}/id/{id}")).await)));
        }
    }
    for (kind, path) in [
        ("computer_prestage", "/api/v3/computer-prestages"),
        ("mobile_device_prestage", "/api/v3/mobile-device-prestages"),
        ("app_installer", "/api/v1/app-installers/deployments"),
        ("script", "/api/v1/scripts"),
        ("package", "/api/v1/packages"),
        ("computer_extension_attribute", "/api/v1/computer-extension-attributes"),
    ] {
        found.extend(all(straight, path).await.into_iter().map(|object| (kind, object)));
    }
    for row in all(straight, "/api/v2/patch-policies").await {
        let id = ObjectId::at(&row, "id").unwrap();
        found.push((
            "patch_policy",
            only(straight.read(&format!("/JSSResource/patchpolicies/id/{id}")).await),
        ));
    }
    found
}

/// Ids in lists of a raw answer that name other objects: list, part of the scope, id.
pub(crate) fn raw_ids(value: &Value, part: &'static str, found: &mut BTreeSet<(String, &'static str, u64)>) {
    let Some(map) = value.as_object() else { return };
    for (name, inner) in map {
        let part = match name.as_str() {
            "scope" => "scope",
            "limitations" | "network_limitations" => "limitations",
            "exclusions" => "exclusions",
            _ => part,
        };
        for row in inner.as_array().into_iter().flatten() {
            let row = row
                .as_object()
                .filter(|map| map.len() == 1)
                .and_then(|map| map.values().next())
                .unwrap_or(row);
            let id = row.get("id").unwrap_or(row);
            let id = id.as_u64().or_else(|| id.as_str()?.parse().ok());
            if let Some(id) = id.filter(|id| *id > 0) {
                found.insert((name.clone(), part, id));
            }
            raw_ids(row, part, found);
        }
        raw_ids(inner, part, found);
    }
}

fn role_of(part: &str, role: Role) -> bool {
    match part {
        "scope" => role == Role::InScope(ScopeRole::Target),
        "limitations" => role == Role::InScope(ScopeRole::Limitation),
        "exclusions" => role == Role::InScope(ScopeRole::Exclusion),
        _ => !matches!(role, Role::InScope(_)),
    }
}

#[tokio::test]
async fn every_id_in_a_raw_answer_is_a_reference() {
    let tenant = Tenant::start(Options { computers: 60, ..Options::default() }).await.unwrap();
    let straight = Straight::to(&tenant).await;
    let objects = objects(&straight).await;
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, object) in &objects {
        let references = of_object(kind, object, &Names::default());
        // The members of a group are not what the group refers to.
        let mut raw = BTreeSet::new();
        if !kind.ends_with("_group") {
            raw_ids(object, "", &mut raw);
        }
        for (list, part, id) in raw {
            let Some((list, to)) = LISTS.iter().find(|(own, _)| *own == list) else { continue };
            let is_it = |reference: &&Reference| {
                reference.kind == *to
                    && role_of(part, reference.role)
                    && reference.id == Some(ObjectId::Number(id))
            };
            assert!(
                references.iter().any(|reference| is_it(&reference)),
                "{kind}: {list} {id} ({part}) of {object}"
            );
            *compared.entry(list).or_default() += 1;
        }
        if let Some(group) = object.get("smartGroup") {
            let id = ObjectId::at(group, "id");
            assert!(
                id.is_some() && references.iter().any(|one| role_of("scope", one.role) && one.id == id),
                "{object}"
            );
            *compared.entry("smartGroup").or_default() += 1;
        }
        for criterion in object["criteria"].as_array().into_iter().flatten() {
            let name = criterion["name"].as_str().unwrap();
            if name.ends_with(" Group") {
                let value = criterion["value"].as_str().unwrap();
                let is_it =
                    |one: &Reference| one.role == Role::Criterion && one.kind == *kind && one.name == value;
                assert!(references.iter().any(is_it), "{kind}: {criterion}");
                *compared.entry("criteria").or_default() += 1;
            }
        }
    }
    for list in [
        "computers",
        "computer_groups",
        "mobile_device_groups",
        "buildings",
        "departments",
        "user_groups",
        "network_segments",
        "packages",
        "scripts",
        "customPackageIds",
        "criteria",
    ] {
        assert!(compared.contains_key(list), "no {list} were compared: {compared:?}");
    }
}

#[tokio::test]
async fn texts_lead_to_the_policies_that_they_call() {
    let tenant = Tenant::start(Options { computers: 60, ..Options::default() }).await.unwrap();
    let straight = Straight::to(&tenant).await;
    let objects = objects(&straight).await;
    let policies = objects.iter().filter(|(kind, _)| *kind == "policy").map(|(_, policy)| policy);
    let events: Vec<(String, Named)> = policies
        .filter_map(|policy| {
            let event = policy.pointer("/general/trigger_other")?.as_str()?.to_owned();
            let name = policy.pointer("/general/name")?.as_str()?.to_owned();
            let id = ObjectId::at(policy, "general.id")?;
            (!event.is_empty()).then(|| (event.clone(), Named { kind: "policy", id, name, text: event }))
        })
        .collect();
    assert!(events.len() > 2, "{events:?}");
    let names = Names::new(events.iter().map(|(_, named)| named.clone()));
    let (mut called, mut texts) = (BTreeSet::new(), String::new());
    for (kind, object) in &objects {
        let found = of_object(kind, object, &names);
        called.extend(found.into_iter().filter(|one| one.role == Role::NamedInText).filter_map(|one| one.id));
        if ["script", "macos_profile", "mobile_profile"].contains(kind) {
            texts.push_str(&object.to_string());
        }
    }
    for (event, named) in &events {
        // What the raw texts of the tenant have of an event, another policy may call.
        let is_called = texts.contains(&format!(">{event}<")) || texts.contains(&format!("-event {event}"));
        assert!(!is_called || called.contains(&named.id), "{event} is called and not found");
    }
    assert!(!called.is_empty());
}
