//! Computer groups, mobile device groups, unified groups, and static user groups.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::needs;
use crate::answer;
use crate::rows;
use crate::server::{Ask, State};
use crate::store::id_of;

/// What tells the two kinds of device groups apart on the wire.
struct Kind {
    collection: &'static str,
    /// Base path, version included.
    base: &'static str,
    /// As in "Read Smart Computer Groups".
    noun: &'static str,
    mobile: bool,
}

const COMPUTERS: Kind = Kind {
    collection: "computer_groups",
    base: "/api/v3/computer-groups",
    noun: "Computer Groups",
    mobile: false,
};
const COMPUTERS_V2: Kind = Kind {
    collection: "computer_groups",
    base: "/api/v2/computer-groups",
    noun: "Computer Groups",
    mobile: false,
};
const MOBILE: Kind = Kind {
    collection: "mobile_device_groups",
    base: "/api/v2/mobile-device-groups",
    noun: "Mobile Device Groups",
    mobile: true,
};
const MOBILE_V1: Kind = Kind {
    collection: "mobile_device_groups",
    base: "/api/v1/mobile-device-groups",
    noun: "Mobile Device Groups",
    mobile: true,
};

pub(crate) fn answer(ask: &Ask<'_>) -> Option<Response> {
    for kind in [COMPUTERS, COMPUTERS_V2, MOBILE, MOBILE_V1] {
        if let Some(rest) = ask.path.strip_prefix(kind.base)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            if matches!(kind.base, "/api/v3/computer-groups" | "/api/v2/mobile-device-groups")
                && ask.state.is_before("11.28")
            {
                return Some(answer::error(
                    StatusCode::NOT_FOUND,
                    "NOT_FOUND",
                    None,
                    "The requested resource does not exist",
                ));
            }
            return Some(of_kind(ask, &kind, rest));
        }
    }
    let segments: Vec<&str> = ask.segments.iter().map(String::as_str).collect();
    let result = match (ask.method, segments.as_slice()) {
        ("GET", ["api", "v1", "computer-groups"]) => needs(ask, "Read Smart Computer Groups").map(|()| {
            let store = ask.state.store();
            let shown = |group: &Value| json!({ "id": group["id"], "name": group["name"], "description": group["description"], "smartGroup": group["isSmart"] });
            answer::ok(&store.rows("computer_groups").iter().map(shown).collect())
        }),
        ("GET", ["api", "v1", "devices", id, "groups"]) => needs(ask, "Read Computers").map(|()| groups_of(ask, id)),
        ("GET", ["api", "v2", "groups"]) => Ok(unified_list(ask)),
        (method, ["api", "v2", "groups", id]) => Ok(unified_one(ask, method, id)),
        ("GET", ["api", "v1", "static-user-groups"]) => needs(ask, "Read Static User Groups").map(|()| answer::ok(&json!(ask.state.store().rows("static_user_groups")))),
        ("GET", ["api", "v1", "static-user-groups", id]) => {
            needs(ask, "Read Static User Groups").map(|()| ask.state.store().find("static_user_groups", id).map_or_else(answer::not_found, answer::ok))
        }
        ("POST", ["api", "v1", "smart-computer-groups", id, "recalculate"]) => needs(ask, "Update Smart Computer Groups").map(|()| recalculated(ask, "computer_groups", id)),
        ("POST", ["api", "v1", "smart-mobile-device-groups", id, "recalculate"]) => needs(ask, "Update Smart Mobile Device Groups").map(|()| recalculated(ask, "mobile_device_groups", id)),
        ("POST", ["api", "v1", "computers" | "mobile-devices" | "users", _, "recalculate-smart-groups"]) => Ok(answer::ok(&json!({ "count": 1 }))),
        _ => return None,
    };
    Some(result.unwrap_or_else(|response| response))
}

fn recalculated(ask: &Ask<'_>, collection: &str, id: &str) -> Response {
    match ask.state.store().find(collection, id) {
        Some(group) if group["isSmart"] == true => answer::ok(&json!({ "count": 1 })),
        _ => answer::not_found(),
    }
}

/// Members of a group, by id.
fn members(state: &State, kind_collection: &str, id: &str) -> Vec<String> {
    let store = state.store();
    if let Some(members) = store.members.get(&format!("{kind_collection}/{id}")) {
        return members.clone();
    }
    let group = store.find(kind_collection, id).cloned();
    drop(store);
    match group {
        Some(group) if group.get("members").is_some() => group["members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        // A smart group without criteria has everything in it, whoever made it.
        Some(group)
            if group["isSmart"] == true && group["criteria"].as_array().is_some_and(Vec::is_empty) =>
        {
            (0..state.fleet.computers())
                .filter_map(|index| Some(state.fleet.computer_ids(index)?.0))
                .collect()
        }
        Some(_) => state.fleet.computer_group_members(id),
        None => Vec::new(),
    }
}

fn of_kind(ask: &Ask<'_>, kind: &Kind, rest: &str) -> Response {
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let (smart, tail) = match parts.as_slice() {
        [] if ask.method == "GET" && kind.mobile => return all_mobile(ask, kind),
        ["smart-groups", tail @ ..] => (true, tail),
        ["static-groups", tail @ ..] => (false, tail),
        ["smart-group-membership", id] => return membership(ask, kind, true, id),
        ["static-group-membership", id] if kind.mobile => return membership(ask, kind, false, id),
        _ => return answer::not_found(),
    };
    let verb = match ask.method {
        "GET" => "Read",
        "POST" => "Create",
        "PUT" | "PATCH" => "Update",
        _ => "Delete",
    };
    let privilege = format!("{verb} {} {}", if smart { "Smart" } else { "Static" }, kind.noun);
    if let Err(response) = needs(ask, &privilege) {
        return response;
    }
    match (ask.method, tail) {
        ("GET", []) => {
            let of: Vec<Value> = ask
                .state
                .store()
                .rows(kind.collection)
                .iter()
                .filter(|group| group["isSmart"] == smart)
                .cloned()
                .collect();
            let rows = of.iter().map(|group| summary(ask.state, kind, group)).collect();
            let filters: &[&str] =
                if kind.mobile { &["groupId", "groupName", "siteId"] } else { &["id", "name", "siteId"] };
            rows::page(&ask.query, rows, filters, 2000)
        }
        ("POST", []) => create(ask, kind, smart),
        ("GET", [id]) => match group(ask, kind, id, smart) {
            Some(group) => answer::ok(&detail(ask.state, kind, &group)),
            None => answer::not_found(),
        },
        ("PUT" | "PATCH", [id]) => update(ask, kind, id, smart),
        ("DELETE", [id]) => {
            if group(ask, kind, id, smart).is_none() {
                return answer::not_found();
            }
            ask.state.store().remove(kind.collection, id);
            answer::empty(StatusCode::NO_CONTENT)
        }
        _ => answer::not_found(),
    }
}

fn group(ask: &Ask<'_>, kind: &Kind, id: &str, smart: bool) -> Option<Value> {
    ask.state.store().find(kind.collection, id).filter(|group| group["isSmart"] == smart).cloned()
}

fn summary(state: &State, kind: &Kind, group: &Value) -> Value {
    let id = id_of(group);
    let count = members(state, kind.collection, &id).len();
    match (kind.mobile, group["isSmart"] == true) {
        (true, _) => {
            json!({ "groupId": id, "groupName": group["name"], "groupDescription": group["description"], "siteId": group["siteId"], "count": count })
        }
        (false, true) => {
            json!({ "id": id, "siteId": group["siteId"], "name": group["name"], "description": group["description"], "membershipCount": count })
        }
        (false, false) => {
            json!({ "id": id, "siteId": group["siteId"], "name": group["name"], "description": group["description"], "count": count })
        }
    }
}

/// A static group's own page says nothing of its members.
fn detail(state: &State, kind: &Kind, group: &Value) -> Value {
    let mut detail = if kind.mobile {
        summary(state, kind, group)
    } else {
        json!({ "id": group["id"], "name": group["name"], "description": group["description"], "siteId": group["siteId"] })
    };
    if group["isSmart"] == true {
        detail["criteria"] = group["criteria"].clone();
        if !kind.mobile
            && let Some(map) = detail.as_object_mut()
        {
            map.shift_remove("id");
        }
    }
    detail
}

fn all_mobile(ask: &Ask<'_>, kind: &Kind) -> Response {
    match needs(ask, "Read Smart Mobile Device Groups") {
        Ok(()) => {
            let shown = |group: &Value| json!({ "id": id_of(group).parse::<u64>().unwrap_or_default(), "name": group["name"], "description": group["description"], "isSmartGroup": group["isSmart"] });
            answer::ok(&ask.state.store().rows(kind.collection).iter().map(shown).collect())
        }
        Err(response) => response,
    }
}

fn membership(ask: &Ask<'_>, kind: &Kind, smart: bool, id: &str) -> Response {
    let privilege = format!("Read {} {}", if smart { "Smart" } else { "Static" }, kind.noun);
    if let Err(response) = needs(ask, &privilege) {
        return response;
    }
    if group(ask, kind, id, smart).is_none() {
        return answer::not_found();
    }
    let members = members(ask.state, kind.collection, id);
    if !kind.mobile {
        let numbers: Vec<u64> = members.iter().filter_map(|member| member.parse().ok()).collect();
        return answer::ok(&json!({ "members": numbers }));
    }
    let rows: Vec<Value> = ask
        .state
        .store()
        .rows("mobile_devices")
        .iter()
        .filter(|row| members.contains(&id_of(row)))
        .cloned()
        .collect();
    super::mobile_devices::detail_page(ask, rows)
}

fn create(ask: &Ask<'_>, kind: &Kind, smart: bool) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    if kind.mobile && body.get("siteId").is_none() {
        // Misleading, and true.
        return answer::error(StatusCode::FORBIDDEN, "INVALID_PRIVILEGE", None, "Forbidden");
    }
    if !smart && body.get("assignments").is_none() {
        return answer::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "httpStatus": 500, "errors": [] }));
    }
    let name = body[if kind.mobile { "groupName" } else { "name" }].as_str().unwrap_or_default().to_owned();
    if name.is_empty() {
        return answer::bad_request("name", "must not be empty");
    }
    let mut store = ask.state.store();
    if store.rows(kind.collection).iter().any(|group| group["name"] == name.as_str()) {
        return answer::error(StatusCode::BAD_REQUEST, "DUPLICATE_FIELD", Some("name"), "duplicate name");
    }
    let id = store.new_id().to_string();
    let description = body[if kind.mobile { "groupDescription" } else { "description" }]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let criteria = body.get("criteria").cloned().unwrap_or_else(|| json!([]));
    let site = body["siteId"].as_str().unwrap_or("-1").to_owned();
    store.rows_mut(kind.collection).push(json!({ "id": id, "name": name, "description": description, "siteId": site, "isSmart": smart, "criteria": criteria }));
    if !smart {
        let assigned = assigned(&body, &[]);
        store.members.insert(format!("{}/{id}", kind.collection), assigned);
    }
    let base = format!("{}/{}-groups", kind.base, if smart { "smart" } else { "static" });
    answer::created(&base, &id)
}

/// Members after assignments: a list of ids replaces, a list of choices changes.
fn assigned(body: &Value, before: &[String]) -> Vec<String> {
    let mut members = before.to_vec();
    for assignment in body["assignments"].as_array().into_iter().flatten() {
        let id = assignment
            .as_str()
            .or_else(|| assignment["mobileDeviceId"].as_str())
            .or_else(|| assignment["deviceId"].as_str())
            .unwrap_or_default()
            .to_owned();
        members.retain(|member| *member != id);
        if assignment.is_string() || assignment["selected"] == true {
            members.push(id);
        }
    }
    members
}

fn update(ask: &Ask<'_>, kind: &Kind, id: &str, smart: bool) -> Response {
    let body = match ask.json() {
        Ok(body) => body,
        Err(response) => return response,
    };
    if group(ask, kind, id, smart).is_none() {
        return answer::not_found();
    }
    if !smart && body.get("assignments").is_none() {
        return answer::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "httpStatus": 500, "errors": [] }));
    }
    let before = if kind.mobile { members(ask.state, kind.collection, id) } else { Vec::new() };
    let mut store = ask.state.store();
    if !smart {
        store.members.insert(format!("{}/{id}", kind.collection), assigned(&body, &before));
    }
    if let Some(group) = store.find_mut(kind.collection, id) {
        for (own, wire) in [
            ("name", "groupName"),
            ("description", "groupDescription"),
            ("siteId", "siteId"),
            ("criteria", "criteria"),
        ] {
            if let Some(value) = body.get(if kind.mobile { wire } else { own }) {
                group[own] = value.clone();
            }
        }
    }
    drop(store);
    let shown = group(ask, kind, id, smart).map(|group| detail(ask.state, kind, &group)).unwrap_or_default();
    answer::json(if kind.mobile { StatusCode::OK } else { StatusCode::ACCEPTED }, &shown)
}

fn groups_of(ask: &Ask<'_>, device: &str) -> Response {
    let groups = ask.state.store().rows("computer_groups").to_vec();
    let of = groups.iter().filter(|group| {
        members(ask.state, "computer_groups", &id_of(group)).iter().any(|member| member == device)
    });
    let shown = of.map(|group| json!({ "groupId": group["id"], "groupName": group["name"], "groupDescription": group["description"], "groupType": "COMPUTER", "smart": group["isSmart"] }));
    answer::ok(&shown.collect())
}

fn platform_id(mobile: bool, id: &str) -> String {
    format!("{}-0000-4000-a000-{id:0>12}", if mobile { "00000002" } else { "00000001" })
}

fn unified(ask: &Ask<'_>) -> Vec<(bool, Value, Value)> {
    let mut all = Vec::new();
    for kind in [COMPUTERS, MOBILE] {
        let groups = ask.state.store().rows(kind.collection).to_vec();
        for group in groups {
            let id = id_of(&group);
            let shown = json!({
                "groupPlatformId": platform_id(kind.mobile, &id), "groupJamfProId": id, "groupName": group["name"], "groupDescription": group["description"],
                "groupType": if kind.mobile { "MOBILE" } else { "COMPUTER" }, "smart": group["isSmart"], "membershipCount": members(ask.state, kind.collection, &id).len(),
            });
            all.push((kind.mobile, group, shown));
        }
    }
    all
}

fn unified_list(ask: &Ask<'_>) -> Response {
    let rows = unified(ask).into_iter().map(|(.., shown)| shown).collect();
    rows::page(&ask.query, rows, &["groupName", "groupDescription", "groupType", "isSmart"], 2000)
}

fn unified_one(ask: &Ask<'_>, method: &str, id: &str) -> Response {
    let Some((mobile, group, mut shown)) =
        unified(ask).into_iter().find(|(.., shown)| shown["groupPlatformId"] == id)
    else {
        return answer::not_found();
    };
    let kind = if mobile { MOBILE } else { COMPUTERS };
    let own = id_of(&group);
    match method {
        "GET" => {
            shown["criteria"] = group["criteria"].clone();
            answer::ok(&shown)
        }
        "DELETE" => {
            ask.state.store().remove(kind.collection, &own);
            answer::empty(StatusCode::NO_CONTENT)
        }
        "PATCH" => match ask.json() {
            Ok(body) => {
                let before = members(ask.state, kind.collection, &own);
                let mut store = ask.state.store();
                if body.get("assignments").is_some() {
                    store.members.insert(format!("{}/{own}", kind.collection), assigned(&body, &before));
                }
                if let Some(group) = store.find_mut(kind.collection, &own) {
                    for (field, wire) in
                        [("name", "groupName"), ("description", "groupDescription"), ("criteria", "criteria")]
                    {
                        if let Some(value) = body.get(wire) {
                            group[field] = value.clone();
                        }
                    }
                }
                answer::empty(StatusCode::NO_CONTENT)
            }
            Err(response) => response,
        },
        _ => answer::empty(StatusCode::METHOD_NOT_ALLOWED),
    }
}
