//! Patch titles and what the computers have of them, as the older families of the Classic API show it: deprecated, and still what scripts
//! read and bind packages with. The same titles as in the Jamf Pro API.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Context, Reply, body, devices, pages, references, render, text, translated, type_of, write_answer,
};
use crate::{
    classic::facts::{Operation, Type},
    exchange::Answer,
    inventory::Kind,
    pro::{others, patches},
    store::{id_text, set},
};

const API: &str = "/api/v2/patch-software-title-configurations";
const KEY: &str = "api/patch-software-title-configurations";

/// The source of every title: Jamf's own.
const SOURCE: u64 = 1;

/// Answer a path of `patches`, `patchreports` or `patchsoftwaretitles`.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    match (context.call.method.as_str(), parts) {
        ("GET", [_]) => {
            let rows: Value = titles(context).iter().map(row).collect();
            Ok(render(context.call, of, &rows))
        }
        ("GET", ["patchsoftwaretitles", "id", id]) => {
            let title = find(context, "id", id)?;
            let made = of.shape.fill_in(detail(context, &title));
            Ok(render(context.call, of, &made))
        }
        ("GET", ["patches", key, wanted, rest @ ..]) => {
            let title = find(context, key, wanted)?;
            let made = with_computers(context, &title, version(rest));
            Ok(render(context.call, of, &of.shape.fill_in(made)))
        }
        ("GET", ["patchreports", _, id, rest @ ..]) => {
            let title = find(context, "id", id)?;
            let made = report(context, &title, version(rest));
            Ok(render(context.call, of, &of.shape.fill_in(made)))
        }
        ("POST", ["patchsoftwaretitles", _, _]) => create(context, of),
        ("PUT", ["patchsoftwaretitles", _, id]) => change(context, of, id),
        ("DELETE", ["patchsoftwaretitles", _, id]) => {
            translated::ask(context, Method::DELETE, &format!("{API}/{id}"), &Value::Null)?;
            Ok(write_answer(&of.root, &[(*id).to_owned()], StatusCode::OK))
        }
        _ => Err(pages::not_found()),
    }
}

/// The version that the end of a path names.
fn version<'p>(rest: &[&'p str]) -> Option<&'p str> {
    match rest {
        ["version", version] => Some(version),
        _ => None,
    }
}

fn titles(context: &mut Context<'_>) -> Vec<Value> {
    let sight = context.sight;
    let call = context.call;
    others::collection(&mut context.pro(call), API, KEY).values(sight).into_iter().cloned().collect()
}

fn find(context: &mut Context<'_>, key: &str, wanted: &str) -> Result<Value, Answer> {
    let is_it = |title: &Value| match key {
        "name" => text(title, "displayName").eq_ignore_ascii_case(wanted),
        _ => title.get("id").map(id_text).as_deref() == Some(wanted),
    };
    titles(context).into_iter().find(is_it).ok_or_else(pages::not_found)
}

fn number(title: &Value) -> u64 {
    title.get("id").map(id_text).and_then(|id| id.parse().ok()).unwrap_or(0)
}

fn row(title: &Value) -> Value {
    json!({
        "id": number(title), "name": text(title, "displayName"), "name_id": text(title, "softwareTitleNameId"),
        "source_id": SOURCE,
    })
}

/// The package that is bound to a version of a title; none is an empty object.
fn package(title: &Value, version: &str) -> Value {
    let all = title.get("packages").and_then(Value::as_array).into_iter().flatten();
    let found = all.clone().find(|package| text(package, "version") == version);
    found.map_or_else(
        || json!({}),
        |package| {
            let id = package.get("packageId").map(id_text).and_then(|id| id.parse::<u64>().ok());
            json!({"id": id.unwrap_or(0), "name": text(package, "displayName")})
        },
    )
}

fn category(context: &mut Context<'_>, title: &Value) -> Value {
    let id = title.get("categoryId").map(id_text).unwrap_or_default();
    let name = references::place(context, "categories", &json!(id));
    match id.parse::<i64>().ok().filter(|_| !name.is_empty()) {
        Some(id) => json!({"id": id, "name": name}),
        None => json!({"id": -1, "name": "No category assigned"}),
    }
}

fn detail(context: &mut Context<'_>, title: &Value) -> Value {
    let mut made = row(title);
    let versions = patches::versions_of(&id_text(&json!(number(title)))).iter();
    let versions: Value = versions
        .map(|(version, _)| json!({"software_version": version, "package": package(title, version)}))
        .collect();
    set(&mut made, "versions", versions);
    let notifications = json!({
        "web_notification": title.get("uiNotifications"), "email_notification": title.get("emailNotifications"),
    });
    set(&mut made, "notifications", notifications);
    let category = category(context, title);
    set(&mut made, "categories", category);
    made
}

/// Each version with the computers that have it, and the number of all of them.
fn versions(
    context: &Context<'_>,
    title: &Value,
    wanted: Option<&str>,
) -> (Vec<(String, Vec<usize>)>, usize) {
    let id = number(title).to_string();
    let installed = patches::installed(&context.store.fleet, &id);
    let known = patches::versions_of(&id).iter().map(|(version, _)| *version);
    let shown = known.filter(|version| wanted.is_none_or(|wanted| wanted == *version));
    let is_there = |at: &usize| {
        let id = context.store.computers.id(*at);
        context.store.computers.find(id, context.sight).is_some()
    };
    let on = |version: &str| -> Vec<usize> {
        let having = installed.iter().filter(|(_, has)| *has == version).map(|(at, _)| *at);
        having.filter(is_there).collect()
    };
    let all: Vec<(String, Vec<usize>)> = shown.map(|version| (version.to_owned(), on(version))).collect();
    let total = all.iter().map(|(_, computers)| computers.len()).sum();
    (all, total)
}

fn report(context: &Context<'_>, title: &Value, wanted: Option<&str>) -> Value {
    let (versions, total) = versions(context, title, wanted);
    let computer = |at: &usize| {
        let names = devices::names(context, Kind::Computers, *at);
        json!({"id": names.id, "name": names.name})
    };
    let rows: Vec<Value> = versions
        .iter()
        .map(|(version, on)| {
            json!({"software_version": version, "computers": on.iter().map(computer).collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "name": text(title, "displayName"), "patch_software_title_id": number(title).to_string(),
        "total_computers": total, "total_versions": rows.len(), "versions": rows,
    })
}

fn with_computers(context: &mut Context<'_>, title: &Value, wanted: Option<&str>) -> Value {
    let category = category(context, title);
    let (versions, total) = versions(context, title, wanted);
    let computer = |at: &usize| {
        let names = devices::names(context, Kind::Computers, *at);
        let hardware = devices::part(context, Kind::Computers, *at, "hardware");
        json!({
            "id": names.id, "name": names.name, "mac_address": names.mac, "serial_number": names.serial,
            "alt_mac_address": text(&hardware, "altMacAddress"),
        })
    };
    let rows: Vec<Value> = versions
        .iter()
        .map(|(version, on)| {
            json!({
                "software_version": version, "size": on.len(), "package": package(title, version),
                "computers": on.iter().map(computer).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "id": number(title), "name": text(title, "displayName"), "category": category,
        "notifications": {"jss_notification": title.get("uiNotifications"), "email_notification": title.get("emailNotifications")},
        "total_computers": total, "total_versions": rows.len(), "versions": rows,
    })
}

/// What a body says of a title, in the words of the Jamf Pro API.
fn patch(context: &mut Context<'_>, given: &Value, before: &Value) -> Result<Value, Answer> {
    let mut patch = json!({});
    for (element, field) in
        [("web_notification", "uiNotifications"), ("email_notification", "emailNotifications")]
    {
        if let Some(flag) = given.pointer(&format!("/notifications/{element}")) {
            set(&mut patch, field, flag.clone());
        }
    }
    if let Some(name) = given.pointer("/categories/name").and_then(Value::as_str) {
        set(&mut patch, "categoryId", json!(references::place_id(context, "categories", name)));
    }
    let Some(versions) = given.get("versions").and_then(Value::as_array) else { return Ok(patch) };
    let mut packages = before.get("packages").and_then(Value::as_array).cloned().unwrap_or_default();
    for row in versions {
        let version = text(row, "software_version");
        packages.retain(|package| text(package, "version") != version);
        let wanted = row.get("package").filter(|package| !package.is_null());
        let (id, name) = (
            wanted.and_then(|package| package.get("id")).map(id_text).unwrap_or_default(),
            wanted.map(|package| text(package, "name").to_owned()).unwrap_or_default(),
        );
        if name.is_empty() && (id.is_empty() || id == "0") {
            continue;
        }
        let all = context.store.objects("packages", context.sight);
        let is_it = |package: &&&Value| {
            package.get("id").map(id_text).as_deref() == Some(&id)
                || [text(package, "packageName"), text(package, "fileName")].contains(&name.as_str())
        };
        let package = all.iter().find(is_it).ok_or_else(|| pages::unmatched("package"))?;
        packages.push(json!({
            "packageId": package.get("id").map(id_text), "version": version, "displayName": text(package, "fileName"),
        }));
    }
    set(&mut patch, "packages", json!(packages));
    Ok(patch)
}

fn create(context: &mut Context<'_>, of: &Type) -> Reply {
    let given = body(context.call, of)?;
    let name_id = text(&given, "name_id").to_owned();
    let offered = context.store.objects("patchavailabletitles", context.sight);
    let title = offered.iter().find(|title| text(title, "name_id") == name_id);
    let name =
        title.map(|title| text(title, "app_name").to_owned()).ok_or_else(|| pages::unmatched("name_id"))?;
    let made = json!({"displayName": name, "softwareTitleId": name_id});
    let made = translated::ask(context, Method::POST, API, &made)?;
    let id = made.get("id").map(id_text).unwrap_or_default();
    let known = json!({"softwareTitleName": name, "softwareTitleNameId": name_id});
    let patch = patch(context, &given, &Value::Null)?;
    keep(context, &id, &known)?;
    keep(context, &id, &patch)?;
    Ok(write_answer(&of.root, &[id], StatusCode::CREATED))
}

fn change(context: &mut Context<'_>, of: &Type, id: &str) -> Reply {
    let before = find(context, "id", id)?;
    let given = body(context.call, of)?;
    let patch = patch(context, &given, &before)?;
    keep(context, id, &patch)?;
    Ok(write_answer(&of.root, &[id.to_owned()], StatusCode::CREATED))
}

fn keep(context: &mut Context<'_>, id: &str, patch: &Value) -> Result<(), Answer> {
    let call = context.call;
    let mut pro = context.pro(call);
    let object = others::collection(&mut pro, API, KEY).object(id).ok_or_else(pages::not_found)?;
    for (name, value) in patch.as_object().into_iter().flatten() {
        set(&mut object.value, name, value.clone());
    }
    Ok(())
}
