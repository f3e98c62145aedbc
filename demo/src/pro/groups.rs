//! Groups of computers, mobile devices and users: smart, static, their members, and the view over both kinds.

mod membership;

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, mobile_devices};
use crate::{
    exchange::Answer,
    inventory::{Inventory, Kind},
    paging::{CEILING, PageQuery},
    recalculation::{self, RecalculationTarget},
    store::{Sight, id_text, set},
};
pub(crate) use membership::{follow, following, members, members_by_criteria};

/// Which devices a family of groups holds.
#[derive(Clone, Copy, PartialEq)]
struct Groups {
    kind: Kind,
    /// Its name in the store.
    name: &'static str,
    noun: &'static str,
}

const COMPUTER: Groups = Groups { kind: Kind::Computers, name: "computer_groups", noun: "Computer Groups" };
const MOBILE: Groups =
    Groups { kind: Kind::MobileDevices, name: "mobile_device_groups", noun: "Mobile Device Groups" };

/// Answer a path of any kind of group.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let method = call.method.as_str();
    match (method, parts.as_slice()) {
        ("POST", ["v1", what, id, "recalculate" | "recalculate-smart-groups"]) => {
            recalculate(context, what, id)
        }
        ("GET", ["v1", "computer-groups"]) => bare(context, COMPUTER),
        ("GET", ["v1" | "v2", "mobile-device-groups"]) => bare(context, MOBILE),
        (_, [version @ ("v2" | "v3"), "computer-groups", rest @ ..]) => {
            context.since(11, if *version == "v3" { 28 } else { 15 })?;
            family(context, COMPUTER, rest)
        }
        (_, [version @ ("v1" | "v2"), "mobile-device-groups", rest @ ..]) => {
            context.since(11, if *version == "v2" { 28 } else { 0 })?;
            family(context, MOBILE, rest)
        }
        (_, [version @ ("v1" | "v2"), "groups", rest @ ..]) => {
            context.since(11, if *version == "v2" { 28 } else { 20 })?;
            over_both(context, rest)
        }
        ("GET", ["v1", "devices", id, "groups"]) => of_device(context, id),
        ("GET", ["v1", "static-user-groups", rest @ ..]) => user_groups(context, rest),
        _ => Err(Answer::no_path()),
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn id_of(group: &Value) -> String {
    group.get("id").map(id_text).unwrap_or_default()
}

fn smart(group: &Value) -> bool {
    group.get("isSmart").and_then(Value::as_bool).unwrap_or_default()
}

fn inventory<'s>(context: &'s Context<'_>, kind: Kind) -> &'s Inventory {
    match kind {
        Kind::Computers => &context.store.computers,
        Kind::MobileDevices => &context.store.mobile_devices,
    }
}

fn all<'s>(context: &'s Context<'_>, groups: Groups) -> Vec<&'s Value> {
    context.store.objects(groups.name, context.sight)
}

fn find<'s>(context: &'s Context<'_>, groups: Groups, id: &str) -> Result<&'s Value, Answer> {
    all(context, groups).into_iter().find(|g| id_of(g) == id).ok_or_else(|| Answer::no_such(id))
}

fn count(context: &Context<'_>, groups: Groups, group: &Value) -> usize {
    members(context, groups.kind, group).len()
}

/// Every group of a kind in a bare array.
fn bare(context: &Context<'_>, groups: Groups) -> Reply {
    context.needs(&[&format!("Read Smart {}", groups.noun), &format!("Read Static {}", groups.noun)])?;
    let row = |group: &Value| match groups.kind {
        Kind::Computers => json!({"id": id_of(group), "name": text(group, "name"),
            "description": text(group, "description"), "smartGroup": smart(group)}),
        Kind::MobileDevices => {
            json!({"id": id_of(group).parse::<u64>().unwrap_or(0), "name": text(group, "name"),
            "description": text(group, "description"), "isSmartGroup": smart(group)})
        }
    };
    Ok(Answer::ok(&json!(all(context, groups).into_iter().map(row).collect::<Vec<_>>())))
}

/// A group as the lists show it; names differ between the kinds.
fn row(context: &Context<'_>, groups: Groups, group: &Value) -> Value {
    let (name, description) = (text(group, "name"), text(group, "description"));
    let site = group.get("siteId").map_or_else(|| "-1".to_owned(), id_text);
    let count = count(context, groups, group);
    match (groups.kind, smart(group)) {
        (Kind::MobileDevices, _) => json!({"groupId": id_of(group), "groupName": name,
            "groupDescription": description, "siteId": site, "count": count}),
        (_, true) => json!({"id": id_of(group), "siteId": site, "name": name, "description": description,
            "membershipCount": count}),
        (_, false) => json!({"id": id_of(group), "name": name, "description": description, "siteId": site,
            "count": count}),
    }
}

/// A group as its own path shows it; static groups never show their members.
fn detail(context: &Context<'_>, groups: Groups, group: &Value) -> Value {
    let mut shown = row(context, groups, group);
    if let Some(fields) = shown.as_object_mut() {
        if smart(group) {
            fields.insert("criteria".to_owned(), group.get("criteria").cloned().unwrap_or_else(|| json!([])));
        }
        if groups.kind == Kind::Computers {
            let hidden: &[&str] = if smart(group) { &["id", "membershipCount"] } else { &["count"] };
            fields.retain(|name, _| !hidden.contains(&name.as_str()));
        }
    }
    shown
}

fn family(context: &mut Context<'_>, groups: Groups, rest: &[&str]) -> Reply {
    let method = context.call.method.as_str();
    let [what, rest @ ..] = rest else { return Err(Answer::no_path()) };
    let (kind, is_smart) = match *what {
        "smart-groups" | "smart-group-membership" => ("Smart", true),
        "static-groups" | "static-group-membership" => ("Static", false),
        _ => return Err(Answer::no_path()),
    };
    let verb = match method {
        "GET" => "Read",
        "POST" => "Create",
        "DELETE" => "Delete",
        _ => "Update",
    };
    context.needs(&[&format!("{verb} {kind} {}", groups.noun)])?;
    match (method, *what, rest) {
        ("GET", "smart-group-membership" | "static-group-membership", [id]) => {
            membership_of(context, groups, id, is_smart)
        }
        ("GET", "smart-groups" | "static-groups", []) => {
            let query = PageQuery::read(context.call, CEILING)?;
            let chosen = all(context, groups).into_iter().filter(|g| smart(g) == is_smart);
            let rows: Vec<Value> = chosen.map(|g| row(context, groups, g)).collect();
            Ok(query.answer(rows.iter().collect()))
        }
        ("POST", "smart-groups" | "static-groups", []) => create(context, groups, is_smart),
        (_, "smart-groups" | "static-groups", [id]) => {
            let group = find(context, groups, id)?;
            if smart(group) != is_smart {
                return Err(Answer::no_such(id));
            }
            match method {
                "GET" => Ok(Answer::ok(&detail(context, groups, group))),
                "DELETE" => {
                    context.store.family(groups.name).remove(id);
                    Ok(Answer::no_content())
                }
                "PUT" if is_smart || groups == COMPUTER => replace(context, groups, id, is_smart),
                "PATCH" if !is_smart && groups == MOBILE => replace(context, groups, id, is_smart),
                _ => Err(Answer::no_path()),
            }
        }
        _ => Err(Answer::no_path()),
    }
}

fn membership_of(context: &Context<'_>, groups: Groups, id: &str, is_smart: bool) -> Reply {
    let group = find(context, groups, id)?;
    if smart(group) != is_smart || (groups == COMPUTER && !is_smart) {
        return Err(Answer::no_such(id));
    }
    let members = members(context, groups.kind, group);
    if groups == MOBILE {
        context.needs(&["Read Mobile Devices"])?;
        return mobile_devices::flat_list(context, &members);
    }
    let numbers: Vec<u64> = members.iter().filter_map(|id| id.parse().ok()).collect();
    Ok(Answer::ok(&json!({"members": numbers})))
}

/// The group that a body makes, over the one that was there.
fn group_of_body(
    context: &Context<'_>,
    groups: Groups,
    is_smart: bool,
    before: Option<&Value>,
) -> Result<Value, Answer> {
    let body = context.call.object()?;
    let (name_field, description_field) =
        if groups == COMPUTER { ("name", "description") } else { ("groupName", "groupDescription") };
    let name = text(&body, name_field);
    if name.is_empty() {
        return Err(Answer::error(
            StatusCode::BAD_REQUEST,
            "REQUIRED",
            "The field is required",
            Some(name_field),
        ));
    }
    let own = before.map(id_of);
    let all = context.store.objects(groups.name, Sight { pinned: true, ..context.sight });
    if all.iter().any(|g| text(g, "name").eq_ignore_ascii_case(name) && Some(id_of(g)) != own) {
        let words = "The field must be unique";
        return Err(Answer::error(StatusCode::BAD_REQUEST, "DUPLICATE_FIELD", words, Some(name_field)));
    }
    let site = body.get("siteId").filter(|s| !s.is_null()).map_or_else(|| "-1".to_owned(), id_text);
    let mut group = json!({"name": name, "description": text(&body, description_field), "siteId": site,
        "isSmart": is_smart, "criteria": [], "members": []});
    let (field, value) = if is_smart {
        let criteria = body.get("criteria").filter(|c| c.is_array()).cloned().unwrap_or_else(|| json!([]));
        set(&mut group, "criteria", criteria.clone());
        ("members", json!(following(context, groups.kind, &criteria, before)))
    } else {
        ("members", json!(members_after(context, groups, &body, before)?))
    };
    set(&mut group, field, value);
    Ok(group)
}

/// The members that `assignments` make; a mobile device group takes additions and removals, the other the whole list.
fn members_after(
    context: &Context<'_>,
    groups: Groups,
    body: &Value,
    before: Option<&Value>,
) -> Result<Vec<String>, Answer> {
    let Some(rows) = body.get("assignments").and_then(Value::as_array) else {
        return Err(Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR));
    };
    if groups == MOBILE && body.get("siteId").is_none() {
        return Err(crate::auth::forbidden(false));
    }
    let mut chosen = match (groups.kind, before) {
        (Kind::MobileDevices, Some(group)) => members(context, groups.kind, group),
        _ => Vec::new(),
    };
    for row in rows {
        let id = row.get("mobileDeviceId").or_else(|| row.get("deviceId")).unwrap_or(row);
        let id = id_text(id);
        inventory(context, groups.kind).find(&id, context.sight).ok_or_else(|| {
            Answer::error(
                StatusCode::BAD_REQUEST,
                "INVALID_ID",
                "A device of the list does not exist",
                Some("assignments"),
            )
        })?;
        chosen.retain(|other| *other != id);
        if row.get("selected").and_then(Value::as_bool).unwrap_or(true) {
            chosen.push(id);
        }
    }
    Ok(chosen)
}

fn create(context: &mut Context<'_>, groups: Groups, is_smart: bool) -> Reply {
    let mut group = group_of_body(context, groups, is_smart, None)?;
    let family = context.store.family(groups.name);
    set(&mut group, "id", json!(family.next_id().to_string()));
    let id = family.insert(group);
    if is_smart {
        follow(context, groups.kind, &id);
    }
    Ok(context.created(&id))
}

fn replace(context: &mut Context<'_>, groups: Groups, id: &str, is_smart: bool) -> Reply {
    let before = find(context, groups, id)?.clone();
    let mut group = group_of_body(context, groups, is_smart, Some(&before))?;
    set(&mut group, "id", json!(id));
    let shown = detail(context, groups, &group);
    if let Some(object) = context.store.family(groups.name).object(id) {
        object.value = group;
    }
    if is_smart {
        follow(context, groups.kind, id);
    }
    let status =
        if context.call.method == http::Method::PATCH { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok(Answer::json(status, &shown))
}

/// The id of a group on Jamf's platform, made of its id here.
fn platform_id(groups: Groups, group: &Value) -> String {
    let kind = if groups == COMPUTER { "8001" } else { "8002" };
    format!("00000000-0000-4000-{kind}-{:012}", id_of(group).parse::<u64>().unwrap_or(0))
}

fn on_platform(context: &Context<'_>, groups: Groups, group: &Value) -> Value {
    let kind = if groups == COMPUTER { "COMPUTER" } else { "MOBILE" };
    json!({"groupPlatformId": platform_id(groups, group), "groupJamfProId": id_of(group),
        "groupName": text(group, "name"), "groupDescription": text(group, "description"), "groupType": kind,
        "smart": smart(group), "membershipCount": count(context, groups, group)})
}

fn over_both(context: &mut Context<'_>, rest: &[&str]) -> Reply {
    let method = context.call.method.as_str();
    if let ("GET", []) = (method, rest) {
        let query = PageQuery::read(context.call, CEILING)?;
        let both = [COMPUTER, MOBILE]
            .into_iter()
            .flat_map(|groups| all(context, groups).into_iter().map(move |g| (groups, g)));
        let rows: Vec<Value> = both.map(|(groups, g)| on_platform(context, groups, g)).collect();
        return Ok(query.answer(rows.iter().collect()));
    }
    let [id] = rest else { return Err(Answer::no_path()) };
    let both = [COMPUTER, MOBILE]
        .into_iter()
        .flat_map(|groups| all(context, groups).into_iter().map(move |g| (groups, g)));
    let found = both.into_iter().find(|(groups, g)| platform_id(*groups, g) == **id);
    let (groups, group) = found.map(|(groups, g)| (groups, g.clone())).ok_or_else(|| Answer::no_such(id))?;
    match method {
        "GET" => {
            let mut shown = on_platform(context, groups, &group);
            set(&mut shown, "criteria", group.get("criteria").cloned().unwrap_or_else(|| json!([])));
            Ok(Answer::ok(&shown))
        }
        "PATCH" => patch(context, groups, group),
        "DELETE" => {
            context.store.family(groups.name).remove(&id_of(&group));
            Ok(Answer::no_content())
        }
        _ => Err(Answer::no_path()),
    }
}

fn patch(context: &mut Context<'_>, groups: Groups, mut group: Value) -> Reply {
    let body = context.call.object()?;
    for (theirs, ours) in [("groupName", "name"), ("groupDescription", "description")] {
        if let Some(value) = body.get(theirs).filter(|v| v.is_string()) {
            set(&mut group, ours, value.clone());
        }
    }
    if let Some(criteria) = body.get("criteria").filter(|c| c.is_array() && smart(&group)) {
        let members = following(context, groups.kind, criteria, Some(&group));
        set(&mut group, "members", json!(members));
        set(&mut group, "criteria", criteria.clone());
        follow(context, groups.kind, &id_of(&group));
    }
    if let Some(rows) = body.get("assignments").and_then(Value::as_array).filter(|_| !smart(&group)) {
        let mut chosen = members(context, groups.kind, &group);
        for row in rows {
            let id = row.get("deviceId").map(id_text).unwrap_or_default();
            chosen.retain(|other| *other != id);
            if row.get("selected").and_then(Value::as_bool).unwrap_or_default() {
                chosen.push(id);
            }
        }
        set(&mut group, "members", json!(chosen));
    }
    if let Some(object) = context.store.family(groups.name).object(&id_of(&group)) {
        object.value = group;
    }
    Ok(Answer::no_content())
}

/// The groups of a device, by its id or by its management id.
/// The groups of a computer as its inventory record shows them.
pub(super) fn of_computer(context: &Context<'_>, id: &str) -> Value {
    let mine = context.store.groups_of_computer(id, context.sight).into_iter();
    let shown = |group: &Value| {
        json!({
            "groupId": id_of(group), "groupName": text(group, "name"), "groupDescription": text(group, "description"),
            "smartGroup": smart(group),
        })
    };
    mine.map(shown).collect()
}

/// The groups of a mobile device as its inventory record shows them.
pub(super) fn of_mobile_device(context: &Context<'_>, id: &str) -> Value {
    let is_in = |group: &&Value| members(context, MOBILE.kind, group).iter().any(|member| member == id);
    let shown = |group: &Value| {
        json!({
            "groupId": id_of(group), "groupName": text(group, "name"), "groupDescription": text(group, "description"),
            "smart": smart(group),
        })
    };
    all(context, MOBILE).into_iter().filter(is_in).map(shown).collect()
}

fn of_device(context: &Context<'_>, id: &str) -> Reply {
    context.needs(&["Read Computers", "Read Mobile Devices"])?;
    for groups in [COMPUTER, MOBILE] {
        let Some(at) = device(context, groups.kind, id) else { continue };
        let own = inventory(context, groups.kind).id(at).to_owned();
        let mine =
            all(context, groups).into_iter().filter(|g| members(context, groups.kind, g).contains(&own));
        let rows: Vec<Value> =
            mine.map(|g| json!({"id": platform_id(groups, g), "name": text(g, "name")})).collect();
        return Ok(Answer::ok(&json!(rows)));
    }
    Err(Answer::no_such(id))
}

fn device(context: &Context<'_>, kind: Kind, id: &str) -> Option<usize> {
    let inventory = inventory(context, kind);
    if let Some(at) = inventory.find(id, context.sight) {
        return Some(at);
    }
    inventory.by_management_id(&context.store.fleet, id, context.sight)
}

fn user_groups(context: &Context<'_>, rest: &[&str]) -> Reply {
    context.needs(&["Read Static User Groups"])?;
    let fixed = |g: &&Value| !g.get("is_smart").and_then(Value::as_bool).unwrap_or_default();
    let row = |g: &Value| json!({"id": g.get("id"), "name": g.get("name"), "description": ""});
    let rows = context.store.objects("usergroups", context.sight).into_iter().filter(fixed).map(row);
    let rows: Vec<Value> = rows.collect();
    match rest {
        [] => Ok(Answer::ok(&json!(rows))),
        [id] => {
            let found = rows.iter().find(|g| id_of(g) == **id);
            found.map(Answer::ok).ok_or_else(|| Answer::no_such(id))
        }
        _ => Err(Answer::no_path()),
    }
}

fn recalculate(context: &mut Context<'_>, what: &str, id: &str) -> Reply {
    let (groups, noun) = match what {
        "computers" | "smart-computer-groups" => (Some(COMPUTER), "Update Smart Computer Groups"),
        "mobile-devices" | "smart-mobile-device-groups" => {
            (Some(MOBILE), "Update Smart Mobile Device Groups")
        }
        "users" | "smart-user-groups" => (None, "Update Smart User Groups"),
        _ => return Err(Answer::no_path()),
    };
    context.needs(&[noun])?;
    let Some(groups) = groups else { return Ok(Answer::ok(&json!({"count": 0}))) };
    let count = if what.starts_with("smart-") {
        find(context, groups, id)?;
        recalculation::now(context.store, groups.kind, RecalculationTarget::Group(id.to_owned()));
        count(context, groups, find(context, groups, id)?)
    } else {
        let at =
            inventory(context, groups.kind).find(id, context.sight).ok_or_else(|| Answer::no_such(id))?;
        recalculation::now(context.store, groups.kind, RecalculationTarget::Device(at));
        let mine = all(context, groups).into_iter().filter(|g| smart(g));
        mine.filter(|g| members(context, groups.kind, g).iter().any(|m| m == id)).count()
    };
    Ok(Answer::ok(&json!({"count": count})))
}
