//! The fleet's rows, beside what the tenant itself says in raw answers: members of groups, scopes, and references.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::{FleetConfig, FleetStorage};
use jamf_pro_mcp::fleet::groups::{Criterion, Fact, GroupKind};
use jamf_pro_mcp::fleet::known::Known;
use jamf_pro_mcp::fleet::load::Watch;
use jamf_pro_mcp::fleet::parts::{PARTS, Part};
use jamf_pro_mcp::fleet::references::Use;
use jamf_pro_mcp::fleet::refresh::Fleet;
use jamf_pro_mcp::fleet::scope::{Affected, Effect};
use jamf_pro_mcp::fleet::view::{GroupChange, Needs, PlaceOf, View};
use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use crate::records::all;
use crate::references::{LISTS, objects, raw_ids};
use crate::scopes::{KINDS, only};
use crate::straight::Straight;
use crate::world::{World, world_of};

const DEVICES: [GroupKind; 3] = [GroupKind::Computer, GroupKind::MobileDevice, GroupKind::User];

/// A tenant, straight access to it, and its fleet, loaded whole.
async fn loaded() -> (World, Straight, Fleet) {
    let world = world_of(Options { computers: 60, ..Options::default() }, |_| {}).await;
    let config = FleetConfig { storage: FleetStorage::Memory, ..FleetConfig::default() };
    let reader = world.calls.tenants().next().unwrap();
    let fleet = Fleet::open(&config, world.state.path(), reader).unwrap().unwrap();
    for part in PARTS {
        let status = fleet.refresh(part, Duration::ZERO, &Watch::default()).await.unwrap();
        assert!(status.is_complete(), "{}: {:?}", part.name, status.missing());
    }
    let straight = Straight::to(&world.tenant).await;
    (world, straight, fleet)
}

fn everything() -> Needs {
    DEVICES.into_iter().fold(Needs::default().scopes().references(), Needs::criteria)
}

/// Groups of a kind as the Classic API says them: id, name, whether it is smart, and the ids of its members.
async fn raw_groups(
    straight: &Straight,
    kind: GroupKind,
) -> Vec<(ObjectId, String, bool, BTreeSet<ObjectId>)> {
    let (path, members) = match kind {
        GroupKind::Computer => ("computergroups", "computers"),
        GroupKind::MobileDevice => ("mobiledevicegroups", "mobile_devices"),
        GroupKind::User => ("usergroups", "users"),
    };
    let mut found = Vec::new();
    for row in only(&straight.read(&format!("/JSSResource/{path}")).await).as_array().unwrap() {
        let id = ObjectId::at(row, "id").unwrap();
        let group = only(&straight.read(&format!("/JSSResource/{path}/id/{id}")).await);
        let own = group[members].as_array().unwrap().iter();
        let own = own.filter_map(|member| ObjectId::at(member, "id")).collect();
        found.push((id, group["name"].as_str().unwrap().to_owned(), group["is_smart"] == true, own));
    }
    found
}

#[tokio::test]
async fn groups_have_the_members_that_the_tenant_says_and_criteria_choose_them() {
    let (_world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    let (mut smart, mut unknown) = (BTreeMap::new(), BTreeMap::new());
    for kind in DEVICES {
        for (id, name, is_smart, members) in raw_groups(&straight, kind).await {
            assert_eq!(view.members(kind, &id), Known::Known(members), "{kind:?} {name}");
            if !is_smart {
                continue;
            }
            *smart.entry(kind).or_insert(0) += 1;
            let Known::Known(calibration) = view.calibration(kind, &id) else { panic!("{name}") };
            assert!(calibration.missing.is_empty() && calibration.extra.is_empty(), "{name}: {calibration}");
            assert!(calibration.agreed > 0 || calibration.reasons.is_some(), "{name}: {calibration}");
            if let Some(reasons) = calibration.reasons {
                unknown.insert(name, reasons.to_string());
            }
        }
    }
    assert!(smart[&GroupKind::Computer] > 10 && smart[&GroupKind::MobileDevice] > 3, "{smart:?}");
    // What Jamf leaves open, and a group that is gone. Everything else is decided.
    let reasons = ["no group has that name", "nothing is reported"];
    for (group, own) in &unknown {
        let is_listed = |own: &str| reasons.iter().any(|reason| own.contains(reason));
        assert!(own.split("; ").all(is_listed), "{group}: {own}");
    }
    assert!(unknown.contains_key("Legacy kiosks") && unknown.len() < 8, "{unknown:?}");
}

#[tokio::test]
async fn a_group_that_is_changed_moves_those_whom_the_tenant_moves() {
    let (_world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    let kind = GroupKind::Computer;
    let (mut compared, mut moved) = (0, 0);
    let groups = raw_groups(&straight, kind).await;
    for (id, name, is_smart, _) in &groups {
        let Known::Known(row) = view.group(kind, id) else { panic!("{name}") };
        let Known::Known(criteria) = &row.criteria else { panic!("{name}") };
        if !is_smart || compared == 12 {
            continue;
        }
        // The same group, narrowed by a criterion more.
        let name_has_an_a = Criterion {
            name: "Computer Name".to_owned(),
            operator: "like".to_owned(),
            value: "a".to_owned(),
            priority: Some(criteria.len() as i64),
            ..Criterion::default()
        };
        let narrower: Vec<Criterion> = criteria.iter().cloned().chain([name_has_an_a]).collect();
        let body = with_criteria(&straight, id, raw_criteria(&narrower)).await;
        let change = GroupChange::Criteria(narrower);
        let Known::Known(effects) = view.group_effect(kind, id, &change) else { panic!("{name}") };
        let before: BTreeMap<_, _> =
            raw_groups(&straight, kind).await.into_iter().map(|group| (group.0, group.3)).collect();
        save(&straight, id, &body).await;
        // Those that build on it follow when their devices report, or when they are saved.
        for other in effects.iter().skip(1).chain(effects.iter().skip(1)) {
            let body = straight.read(&format!("{SMART}/{}", other.id)).await;
            save(&straight, &other.id, &body).await;
        }
        let after: BTreeMap<_, _> =
            raw_groups(&straight, kind).await.into_iter().map(|group| (group.0, group.3)).collect();
        for effect in &effects {
            let (was, is) = (&before[&effect.id], &after[&effect.id]);
            let unknown: BTreeSet<_> = effect.change.unknown.keys().cloned().collect();
            let known = |ids: BTreeSet<ObjectId>| ids.difference(&unknown).cloned().collect::<BTreeSet<_>>();
            assert_eq!(effect.change.gained, known(is - was), "{name} and {}", effect.name);
            assert_eq!(effect.change.lost, known(was - is), "{name} and {}", effect.name);
            moved += effect.change.gained.len() + effect.change.lost.len();
        }
        // A group that moves is the changed one, or builds on it.
        for (other, is) in &after {
            assert!(
                *is == before[other] || effects.iter().any(|effect| effect.id == *other),
                "{name}: {other}"
            );
        }
        compared += 1;
        // As it was.
        let body = with_criteria(&straight, id, raw_criteria(criteria)).await;
        save(&straight, id, &body).await;
        for other in effects.iter().skip(1).chain(effects.iter().skip(1)) {
            let body = straight.read(&format!("{SMART}/{}", other.id)).await;
            save(&straight, &other.id, &body).await;
        }
    }
    assert!(compared == 12 && moved > 50, "{compared} compared, {moved} moved");
}

const SMART: &str = "/api/v3/computer-groups/smart-groups";

/// A smart group as the tenant has it, with other criteria.
async fn with_criteria(straight: &Straight, id: &ObjectId, criteria: Value) -> Value {
    let mut body = straight.read(&format!("{SMART}/{id}")).await;
    body["criteria"] = criteria;
    body
}

async fn save(straight: &Straight, id: &ObjectId, body: &Value) {
    let put = straight.http.put(format!("{}{SMART}/{id}", straight.base));
    let (status, text) =
        straight.sent(put.header("content-type", "application/json").body(body.to_string())).await;
    assert!((200..300).contains(&status), "{id}: {status} {text}");
}

fn raw_criteria(criteria: &[Criterion]) -> Value {
    let rows = criteria.iter().enumerate().map(|(at, one)| {
        serde_json::json!({
            "name": one.name, "priority": at, "andOr": if one.is_or { "or" } else { "and" }, "searchType": one.operator,
            "value": one.value, "openingParen": one.opens, "closingParen": one.closes,
        })
    });
    Value::Array(rows.collect())
}

#[tokio::test]
async fn scopes_hold_the_devices_that_the_tenant_says() {
    let (_world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    let Known::Known(computers) = view.devices(GroupKind::Computer) else { panic!() };
    let (mut decided, mut unknown, mut inside) = (0, 0, 0);
    // Only these are a matter of the moment, or are not said.
    let reasons = ["can only make it fewer", "Jamf may not say", "with or without its domain"];
    for computer in &computers {
        let said = only(&straight.read(&format!("/JSSResource/computermanagement/id/{}", computer.id)).await);
        for object in view.objects() {
            let Some((_, _, list)) = KINDS.iter().find(|(kind, ..)| *kind == object.kind) else { continue };
            let mut rows = said[list].as_array().unwrap().iter();
            let is_said = rows.any(|row| ObjectId::at(row, "id").as_ref() == Some(&object.id));
            let holds = view.holds(object, computer);
            assert!(
                !(is_said && view.reach(object, computer).is_false()),
                "{} {} and {}",
                object.kind,
                object.id,
                computer.id
            );
            match holds {
                Known::Known(is_in) => {
                    assert_eq!(
                        is_in, is_said,
                        "{} {} and {}: {object:?}",
                        object.kind, object.id, computer.id
                    );
                    decided += 1;
                    inside += usize::from(is_in);
                }
                Known::Unknown(own) => {
                    let own = own.to_string();
                    assert!(
                        reasons.iter().any(|reason| own.contains(reason)),
                        "{} {}: {own}",
                        object.kind,
                        object.id
                    );
                    unknown += 1;
                }
            }
        }
    }
    assert!(inside > 500 && decided > unknown * 5, "{inside} inside, {decided} decided, {unknown} unknown");
}

#[tokio::test]
async fn scopes_hold_the_mobile_devices_that_have_the_profiles_and_the_apps() {
    let (_world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    let mut inside: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown = 0;
    let path = "/api/v2/mobile-devices/detail?section=GENERAL&section=PROFILES&section=APPLICATIONS";
    for row in all(&straight, path).await {
        let id = ObjectId::at(&row, "mobileDeviceId").unwrap();
        let device = view.device(GroupKind::MobileDevice, &id).unwrap();
        for (kind, section, field) in
            [("mobile_profile", "profiles", "displayName"), ("mobile_device_app", "applications", "name")]
        {
            let rows = row[section].as_array().unwrap().iter();
            let there: BTreeSet<&str> = rows.map(|one| one[field].as_str().unwrap()).collect();
            // The licenses of one app are too few, so that it is not on every device of its scope.
            for object in view.objects().filter(|object| object.kind == kind && object.name != "Keynote") {
                match view.holds(object, device) {
                    Known::Known(is_in) => {
                        assert_eq!(is_in, there.contains(object.name.as_str()), "{} and {id}", object.name);
                        *inside.entry(kind).or_default() += usize::from(is_in);
                    }
                    Known::Unknown(_) => unknown += 1,
                }
            }
        }
    }
    assert!(inside["mobile_profile"] > 100 && inside["mobile_device_app"] > 20, "{inside:?}");
    assert!(unknown * 10 < inside.values().sum::<usize>(), "{inside:?} inside, {unknown} unknown");
}

#[tokio::test]
async fn scopes_take_single_mobile_devices_and_groups_and_keep_others_out() {
    let (_world, straight, fleet) = loaded().await;
    let groups = raw_groups(&straight, GroupKind::MobileDevice).await;
    let carts = groups
        .iter()
        .filter(|(_, name, is_smart, own)| name.starts_with("Cart ") && !is_smart && own.len() > 1);
    let [first, second, third] = carts.take(3).collect::<Vec<_>>().try_into().unwrap();
    let device = |cart: &(ObjectId, String, bool, BTreeSet<ObjectId>), at: usize| {
        cart.3.iter().nth(at).unwrap().clone()
    };
    let list = |of: &str, ids: &[&ObjectId]| {
        let one = |id: &&ObjectId| format!("<{of}><id>{id}</id></{of}>");
        format!("<{of}s>{}</{of}s>", ids.iter().map(one).collect::<String>())
    };
    let scope = format!(
        "<scope>{}{}<exclusions>{}{}</exclusions></scope>",
        list("mobile_device", &[&device(second, 0), &device(third, 0), &device(third, 1)]),
        list("mobile_device_group", &[&first.0]),
        list("mobile_device", &[&device(first, 0), &device(third, 1)]),
        list("mobile_device_group", &[&second.0]),
    );
    let profile = format!(
        "<configuration_profile><general><name>Planted</name></general>{scope}</configuration_profile>"
    );
    let create =
        straight.http.post(format!("{}/JSSResource/mobiledeviceconfigurationprofiles/id/0", straight.base));
    let (status, text) = straight.sent(create.header("content-type", "application/xml").body(profile)).await;
    assert_eq!(status, 201, "{text}");
    fleet.refresh(Part::find("profiles").unwrap(), Duration::ZERO, &Watch::default()).await.unwrap();
    let view = View::read(fleet.store(), &everything()).unwrap();
    let planted =
        view.objects().find(|object| object.kind == "mobile_profile" && object.name == "Planted").unwrap();
    let Known::Known(reached) = view.devices_in_scope("mobile_profile", &planted.id) else {
        panic!("{planted:?}")
    };
    let mut expected: BTreeSet<ObjectId> = first.3.iter().cloned().chain([device(third, 0)]).collect();
    expected.remove(&device(first, 0));
    let reached: BTreeSet<ObjectId> = reached.devices.into_iter().map(|(_, id)| id).collect();
    assert_eq!(reached, expected);
    for row in view.devices(GroupKind::MobileDevice).value().unwrap() {
        assert_eq!(view.holds(planted, row), Known::Known(expected.contains(&row.id)), "{}", row.id);
    }
}

#[tokio::test]
async fn what_refers_to_an_object_is_what_raw_answers_name_it_in() {
    let (_world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    // Who names whom, by raw answers: what is named, and by what.
    let mut raw: BTreeMap<(&str, u64), BTreeSet<(&str, ObjectId)>> = BTreeMap::new();
    for (kind, object) in objects(&straight).await {
        let id = ["id", "general.id"].iter().find_map(|path| ObjectId::at(&object, path)).unwrap();
        let mut ids = BTreeSet::new();
        if !kind.ends_with("_group") {
            raw_ids(&object, "", &mut ids);
        }
        for (list, _, named) in ids {
            if let Some((_, to)) = LISTS.iter().find(|(own, _)| *own == list) {
                raw.entry((to, named)).or_default().insert((kind, id.clone()));
            }
        }
    }
    let mut compared = 0;
    let lists: BTreeSet<&str> = LISTS.iter().map(|(_, kind)| *kind).collect();
    for ((to, named), by) in &raw {
        let id = ObjectId::Number(*named);
        let found = view.referring_to(to, &id, "");
        assert_eq!(found.unread, None);
        let direct = found.exact.iter().filter(|one| one.through.is_none() && one.reference.id.is_some());
        let kinds: BTreeSet<&str> = by.iter().map(|(kind, _)| *kind).collect();
        let direct: BTreeSet<(&str, ObjectId)> = direct
            .map(|one| (one.by.kind, one.by.id.clone()))
            .filter(|(kind, _)| kinds.contains(kind))
            .collect();
        assert_eq!(direct, *by, "{to} {named}");
        compared += by.len();
    }
    assert!(compared > 200 && lists.len() > 10, "{compared}");
    // Criteria name groups and say no id.
    let groups = raw_groups(&straight, GroupKind::Computer).await;
    let mut asked: Vec<(ObjectId, Value)> = Vec::new();
    for (other, ..) in &groups {
        let group = only(&straight.read(&format!("/JSSResource/computergroups/id/{other}")).await);
        asked.push((other.clone(), group["criteria"].clone()));
    }
    let mut criteria = 0;
    for (id, name, ..) in &groups {
        let found = view.referring_to("computer_group", id, name);
        let builds = |one: &&Use<'_>| one.through.is_none() && one.by.kind == "computer_group";
        let by: BTreeSet<ObjectId> = found.exact.iter().filter(builds).map(|one| one.by.id.clone()).collect();
        let names = |one: &Value| one["name"] == "Computer Group" && one["value"] == name.as_str();
        let asks = |own: &Value| own.as_array().into_iter().flatten().any(names);
        let raw = asked.iter().filter(|(_, own)| asks(own)).map(|(other, _)| other.clone()).collect();
        assert_eq!(by, raw, "{name}");
        criteria += by.len();
    }
    assert!(criteria > 3, "{criteria}");
    // What runs a script by its custom event is found by the text.
    let called = view.objects().filter(|object| object.kind == "policy");
    let texts: usize =
        called.map(|policy| view.referring_to("policy", &policy.id, &policy.name).texts.len()).sum();
    assert!(texts > 0);
}

#[tokio::test]
async fn what_could_not_be_read_makes_answers_unknown_and_never_smaller() {
    let world = world_of(Options { computers: 30, ..Options::default() }, |_| {}).await;
    world.faults("403@/JSSResource/osxconfigurationprofiles,403@/api/v3/computer-groups/smart-groups");
    let config = FleetConfig { storage: FleetStorage::Memory, ..FleetConfig::default() };
    let reader = world.calls.tenants().next().unwrap();
    let fleet = Fleet::open(&config, world.state.path(), reader).unwrap().unwrap();
    let empty = View::read(fleet.store(), &everything()).unwrap();
    assert!(
        empty
            .devices(GroupKind::Computer)
            .reasons()
            .unwrap()
            .to_string()
            .contains("computers: not loaded yet")
    );
    for part in PARTS {
        fleet.refresh(part, Duration::ZERO, &Watch::default()).await.unwrap();
    }
    let view = View::read(fleet.store(), &everything()).unwrap();
    let one = ObjectId::Number(1);
    let lacks =
        |reasons: Option<String>| assert!(reasons.clone().unwrap_or_default().contains("403"), "{reasons:?}");
    lacks(view.object("macos_profile", &one).reasons().map(ToString::to_string));
    lacks(view.devices_in_scope("macos_profile", &one).reasons().map(ToString::to_string));
    lacks(view.members(GroupKind::Computer, &one).reasons().map(ToString::to_string));
    lacks(view.unread_objects().map(|reasons| reasons.to_string()));
    lacks(view.referring_to("script", &one, "").unread.map(|reasons| reasons.to_string()));
    assert!(view.rests_on().any(|status| status.part.name == "profiles" && !status.is_complete()));
    assert!(view.object("policy", &one).reasons().is_none());
}

/// What a computer gets, by what the tenant says: kind and id.
async fn raw_objects(straight: &Straight, id: &ObjectId) -> BTreeSet<(&'static str, ObjectId)> {
    let said = only(&straight.read(&format!("/JSSResource/computermanagement/id/{id}")).await);
    let mut found = BTreeSet::new();
    for (kind, _, list) in KINDS {
        let rows = said[*list].as_array().unwrap().iter();
        found.extend(rows.map(|row| (*kind, ObjectId::at(row, "id").unwrap())));
    }
    found
}

#[tokio::test]
async fn a_write_to_a_record_moves_it_as_the_tenant_does() {
    let (world, straight, fleet) = loaded().await;
    let view = View::read(fleet.store(), &everything()).unwrap();
    let kind = GroupKind::Computer;
    let departments = all(&straight, "/api/v1/departments").await;
    let column = |column| Fact::Column { table: "computers", column };
    let (mut moved, mut came) = (0, 0);
    let Known::Known(computers) = view.devices(kind) else { panic!() };
    for (computer, department) in computers.iter().take(12).zip(departments.iter().cycle()) {
        let (id, number) = (computer.id.clone(), &computer.id);
        let (name, new) = (department["name"].as_str().unwrap(), ObjectId::at(department, "id").unwrap());
        let facts = BTreeMap::from([
            (column("department"), vec![Some(name.to_owned())]),
            (column("name"), vec![Some("lab-1".to_owned())]),
        ]);
        let Known::Known(groups) = view.record_effect(kind, &id, &facts) else { panic!("{number}") };
        let mut after = (*computer).clone();
        after.name = "lab-1".to_owned();
        after.department = Some(PlaceOf { id: Some(new.clone()), name: Some(name.to_owned()) });
        let Known::Known(effects) = view.effects_of_record(&after, &groups) else { panic!("{number}") };

        let (groups_before, before) = (raw_groups(&straight, kind).await, raw_objects(&straight, &id).await);
        let body = serde_json::json!({
            "general": { "name": "lab-1" }, "userAndLocation": { "departmentId": new.to_string() },
        });
        let path = format!("{}/api/v3/computers-inventory-detail/{id}", world.tenant.url());
        let patch =
            straight.http.patch(path).header("content-type", "application/json").body(body.to_string());
        let (status, text) = straight.sent(patch).await;
        assert!((200..300).contains(&status), "{status} {text}");
        let (groups_after, now) = (raw_groups(&straight, kind).await, raw_objects(&straight, &id).await);
        for ((group, name, _, was), (_, _, _, is)) in groups_before.iter().zip(&groups_after) {
            let own = groups.iter().find(|effect| effect.id == *group).map(|effect| &effect.change);
            let (was, is) = (was.contains(&id), is.contains(&id));
            match own {
                Some(change) if change.unknown.contains_key(&id) => {}
                Some(change) => {
                    assert_eq!(change.gained.contains(&id), is && !was, "{number} {name}");
                    assert_eq!(change.lost.contains(&id), was && !is, "{number} {name}");
                    moved += usize::from(is != was);
                }
                None => assert_eq!(was, is, "{number} {name}"),
            }
        }
        let key = (kind, id.clone());
        for object in view.objects().filter(|object| KINDS.iter().any(|(kind, ..)| *kind == object.kind)) {
            let of = (object.kind, object.id.clone());
            let effect = effects.iter().find(|(own, _)| own.id == object.id && own.kind == object.kind);
            let (was, is) = (before.contains(&of), now.contains(&of));
            let may = |list: fn(&Effect) -> [&Affected; 2]| {
                effect.is_some_and(|(_, effect)| {
                    list(effect)
                        .iter()
                        .any(|own| own.devices.contains(&key) || own.unknown.contains_key(&key))
                })
            };
            assert!(was || !is || may(|effect| [&effect.gains, &effect.offered]), "{number} gets {of:?}");
            assert!(is || !was || may(|effect| [&effect.loses, &effect.loses]), "{number} loses {of:?}");
            came += usize::from(was != is);
        }
    }
    assert!(moved > 0 && came > 0, "{moved} moved, {came} came or went");
}
