//! Computer groups and mobile device groups, the same ones that the Jamf Pro API has. Members of a static group change all at once
//! or not at all, and nobody is told which device was the wrong one.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, body, devices, ids, pages, references, render, text, type_of, write_answer};
use crate::{
    classic::facts::{Operation, Type},
    exchange::Answer,
    inventory::Kind,
    pro::groups as pro_groups,
    store::{id_text, set},
};

/// One kind of group.
#[derive(Clone, Copy)]
struct Groups {
    kind: Kind,
    /// Its name in the store.
    name: &'static str,
    /// The element of its members, and of one.
    members: &'static str,
    member: &'static str,
}

const COMPUTER: Groups =
    Groups { kind: Kind::Computers, name: "computer_groups", members: "computers", member: "computer" };
const MOBILE: Groups = Groups {
    kind: Kind::MobileDevices,
    name: "mobile_device_groups",
    members: "mobile_devices",
    member: "mobile_device",
};

/// Answer a path of the groups.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let groups = if parts.first() == Some(&"computergroups") { COMPUTER } else { MOBILE };
    let of = type_of(operation)?;
    match (context.call.method.as_str(), parts) {
        ("GET", [_]) => {
            let row = |group: &&Value| json!({"id": number(group), "name": text(group, "name"), "is_smart": smart(group)});
            let rows = context.store.objects(groups.name, context.sight).iter().map(row).collect();
            Ok(render(context.call, of, &rows))
        }
        ("GET", [_, key, value]) => {
            let group = find(context, groups, key, value)?;
            let group = classic(context, groups, &group);
            Ok(render(context.call, of, &group))
        }
        ("POST", [_, _, _]) => create(context, groups, of),
        ("PUT", [_, key, value]) => {
            let group = find(context, groups, key, value)?;
            change(context, groups, of, group)
        }
        ("DELETE", [_, key, value]) => {
            let values = if *key == "id" { ids(value) } else { vec![(*value).to_owned()] };
            let found: Result<Vec<Value>, Answer> =
                values.iter().map(|value| find(context, groups, key, value)).collect();
            let found: Vec<String> = found?.iter().map(|group| number(group).to_string()).collect();
            for id in &found {
                context.store.family(groups.name).remove(id);
            }
            Ok(write_answer(&of.root, &found, StatusCode::OK))
        }
        _ => Err(pages::not_found()),
    }
}

fn number(group: &Value) -> u64 {
    group.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn smart(group: &Value) -> bool {
    group.get("isSmart").and_then(Value::as_bool).unwrap_or_default()
}

fn find(context: &Context<'_>, groups: Groups, key: &str, value: &str) -> Result<Value, Answer> {
    let same = |group: &&Value| match key {
        "id" => number(group).to_string() == value,
        _ => text(group, "name").eq_ignore_ascii_case(value),
    };
    let all = context.store.objects(groups.name, context.sight);
    all.into_iter().find(same).cloned().ok_or_else(pages::not_found)
}

fn members(context: &mut Context<'_>, groups: Groups, group: &Value) -> Vec<String> {
    let call = context.call;
    pro_groups::members(&context.pro(call), groups.kind, group)
}

fn classic(context: &mut Context<'_>, groups: Groups, group: &Value) -> Value {
    let site = references::site(context, group.get("siteId").unwrap_or(&Value::Null));
    let member_ids = members(context, groups, group);
    let rows = member_ids.iter().filter_map(|id| devices::row_of(context, groups.kind, "id", id));
    let rows: Vec<usize> = rows.collect();
    let rows: Value = rows.into_iter().map(|at| devices::member(context, groups.kind, at)).collect();
    let mut shown = json!({
        "id": number(group), "name": text(group, "name"), "is_smart": smart(group), "site": site,
        "criteria": references::criteria(group.get("criteria"), false),
    });
    set(&mut shown, groups.members, rows);
    shown
}

/// Devices of a list by their ids, serial numbers or names: all of them, or nothing. Only managed ones can be members.
fn listed(context: &mut Context<'_>, groups: Groups, rows: Option<&Value>) -> Result<Vec<String>, Answer> {
    let rows = rows.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for row in &rows {
        let at = devices::find_match(context, groups.kind, row);
        let at = at.filter(|at| devices::is_managed(context, groups.kind, *at));
        let at = at.ok_or_else(|| pages::unmatched(&groups.member.replace('_', " ")))?;
        found.push(devices::inventory(context, groups.kind).id(at).to_owned());
    }
    Ok(found)
}

/// Put what a body says over a group.
fn over(context: &mut Context<'_>, groups: Groups, given: &Value, group: &mut Value) -> Result<(), Answer> {
    for (element, field) in [("name", "name"), ("is_smart", "isSmart")] {
        if let Some(value) = given.get(element) {
            set(group, field, value.clone());
        }
    }
    if let Some(site) = given.get("site") {
        set(group, "siteId", json!(site.get("id").map_or_else(|| "-1".to_owned(), id_text)));
    }
    if smart(group) {
        if given.get("criteria").is_some() {
            set(group, "criteria", references::criteria(given.get("criteria"), true));
        }
        let call = context.call;
        let rows = group.get("criteria").cloned().unwrap_or_default();
        let found = pro_groups::following(&context.pro(call), groups.kind, &rows, Some(&*group));
        set(group, "members", json!(found));
        return Ok(());
    }
    let mut own = members(context, groups, group);
    if given.get(groups.members).is_some() {
        own = listed(context, groups, given.get(groups.members))?;
    }
    let additions = listed(context, groups, given.get(format!("{}_additions", groups.member)))?;
    let deletions = listed(context, groups, given.get(format!("{}_deletions", groups.member)))?;
    if deletions.iter().any(|id| !own.contains(id)) {
        return Err(pages::unmatched(&groups.member.replace('_', " ")));
    }
    own.retain(|id| !deletions.contains(id));
    let fresh: Vec<String> = additions.into_iter().filter(|id| !own.contains(id)).collect();
    own.extend(fresh);
    set(group, "members", json!(own));
    Ok(())
}

fn settle(context: &mut Context<'_>, groups: Groups, of: &Type, own: Option<u64>) -> Result<Value, Answer> {
    let mut given = body(context.call, of)?;
    references::settle(context, &mut given, &of.shape)?;
    let name = text(&given, "name");
    let all = context.store.objects(groups.name, crate::store::Sight { pinned: true, ..context.sight });
    let same = |group: &&Value| {
        !name.is_empty() && text(group, "name").eq_ignore_ascii_case(name) && own != Some(number(group))
    };
    match all.iter().any(same) {
        true => Err(pages::conflict("Duplicate name")),
        false => Ok(given),
    }
}

fn follow(context: &mut Context<'_>, groups: Groups, id: &str, is_smart: bool) {
    if is_smart {
        let call = context.call;
        pro_groups::follow(&mut context.pro(call), groups.kind, id);
    }
}

fn create(context: &mut Context<'_>, groups: Groups, of: &Type) -> Reply {
    let given = settle(context, groups, of, None)?;
    if text(&given, "name").trim().is_empty() {
        return Err(pages::conflict("Name is required"));
    }
    let mut group = json!({"name": "", "description": "", "siteId": "-1", "isSmart": false, "criteria": [], "members": []});
    over(context, groups, &given, &mut group)?;
    let family = context.store.family(groups.name);
    set(&mut group, "id", json!(family.next_id().to_string()));
    let is_smart = smart(&group);
    let id = family.insert(group);
    follow(context, groups, &id, is_smart);
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

fn change(context: &mut Context<'_>, groups: Groups, of: &Type, mut group: Value) -> Reply {
    let given = settle(context, groups, of, Some(number(&group)))?;
    over(context, groups, &given, &mut group)?;
    let id = number(&group).to_string();
    let is_smart = smart(&group);
    if let Some(place) = context.store.family(groups.name).object(&id) {
        place.value = group;
    }
    follow(context, groups, &id, is_smart);
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}
