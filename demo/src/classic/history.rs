//! The past of one device: policy logs, commands, audits, locations. It follows from the fleet, the policies as they are now, and what
//! was sent and flushed since.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Context, Reply, dates, devices, pages, reach::Reach, references, render, subset, text, type_of};
use crate::{
    classic::facts::Operation,
    fleet::past::Event,
    inventory::Kind,
    store::{client_of, id_text},
};

/// Answer a path of either history.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let computers = parts.first() == Some(&"computerhistory");
    let kind = if computers { Kind::Computers } else { Kind::MobileDevices };
    let [_, key, value, rest @ ..] = parts else { return Err(pages::not_found()) };
    let at = devices::row_of(context, kind, key, value).ok_or_else(pages::not_found)?;
    let past = if computers { of_computer(context, at) } else { of_mobile_device(context, at) };
    let past = of.shape.fill_in(past);
    match rest {
        [_, names] => Ok(render(context.call, of, &subset(&past, names))),
        _ => Ok(render(context.call, of, &past)),
    }
}

/// An entry of a log: the date in its forms, then the rest.
fn entry(date: [(String, Value); 3], rest: Value) -> Value {
    let mut made: Map<String, Value> = date.into_iter().collect();
    if let Value::Object(rest) = rest {
        made.extend(rest);
    }
    Value::Object(made)
}

fn of_computer(context: &mut Context<'_>, at: usize) -> Value {
    let names = devices::names(context, Kind::Computers, at);
    let commands = commands(context, Kind::Computers, at, &names);
    let in_state = |state: State| commands.iter().filter(move |command| command.state == state);
    let completed = in_state(State::Completed).map(|command| {
        entry(
            dates::logged("completed", command.ended),
            json!({"name": command.name, "username": "jamf-pro-mcp (simulated)"}),
        )
    });
    let failed = in_state(State::Failed).map(|command| {
        let ended = entry(dates::logged("failed", command.ended), json!({"status": command.status}));
        entry(dates::logged("issued", command.issued), merge(json!({"name": command.name}), ended))
    });
    let pending = in_state(State::Pending).map(|command| {
        let push =
            entry(dates::logged("last_push", command.ended), json!({"status": "Pending", "username": ""}));
        entry(dates::logged("issued", command.issued), merge(json!({"name": command.name}), push))
    });
    let fleet = &context.store.fleet;
    let rendered = context.store.computers.is_rendered(at);
    let user = devices::part(context, Kind::Computers, at, "userAndLocation");
    let who = text(&user, "username").split('@').next().unwrap_or_default().to_owned();
    let (audits, usage) = match rendered {
        true => (fleet.audits_of_computer(at), fleet.usage(at, &who)),
        false => (Vec::new(), Vec::new()),
    };
    let logged = |event: &Event| {
        entry(dates::logged("date_time", event.at), json!({"username": event.who, "event": event.what}))
    };
    let mut made = json!({
        "general": devices::general(&names),
        "computer_usage_logs": usage.iter().map(logged).collect::<Vec<_>>(),
        "audits": audits.iter().map(logged).collect::<Vec<_>>(),
        "commands": {
            "completed": completed.collect::<Vec<_>>(),
            "pending": pending.collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
        },
    });
    let logs = policy_logs(context, at, &who);
    let location = location(context, Kind::Computers, at);
    let apps = mac_apps(context, at);
    if let Value::Object(fields) = &mut made {
        fields.insert("policy_logs".to_owned(), logs);
        fields.insert("user_location".to_owned(), location);
        fields.insert("mac_app_store_applications".to_owned(), apps);
    }
    made
}

fn merge(mut first: Value, second: Value) -> Value {
    crate::store::merge(&mut first, &second);
    first
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Pending,
    Failed,
    Completed,
}

/// A command in a history.
struct Command {
    name: String,
    state: State,
    issued: Timestamp,
    ended: Timestamp,
    status: String,
}

/// Commands of a device: those that it answered before anybody was looking, and those that are kept.
fn commands(context: &Context<'_>, kind: Kind, at: usize, names: &devices::Names) -> Vec<Command> {
    let rendered = devices::inventory(context, kind).is_rendered(at);
    let answered = match (kind, rendered) {
        (_, false) => Vec::new(),
        (Kind::Computers, _) => context.store.fleet.answered_by_computer(at),
        (Kind::MobileDevices, _) => context.store.fleet.answered_by_mobile(at),
    };
    let past = answered.into_iter().map(|command| Command {
        name: command.name.to_owned(),
        state: State::Completed,
        issued: command.at,
        ended: command.at,
        status: String::new(),
    });
    let own = Some(names.management_id.to_lowercase()).filter(|id| !id.is_empty());
    let own = context.store.queued.iter().filter(|command| own.is_some() && client_of(command) == own);
    let kept = own.filter_map(|command| command_of(context, kind, command));
    past.chain(kept).collect()
}

/// A command as the Jamf Pro API lists it, in a history.
fn command_of(context: &Context<'_>, kind: Kind, command: &Value) -> Option<Command> {
    let issued: Timestamp = text(command, "dateSent").parse().ok()?;
    let state = match text(command, "commandState") {
        "ERROR" | "COMMAND_FORMAT_ERROR" => State::Failed,
        "ACKNOWLEDGED" => State::Completed,
        _ => State::Pending,
    };
    let error = command.get("commandError");
    let status = error.map(|error| {
        let (domain, code) =
            (text(error, "errorDomain"), error.get("errorCode").cloned().unwrap_or_default());
        format!("{} <{domain}:{code}>", text(error, "errorEnglishDescription"))
    });
    let mut name = super::commands::spoken(text(command, "commandType"));
    if let Some(profile) = command.get("profileId").map(id_text) {
        let family = match kind {
            Kind::Computers => "osx_configuration_profiles",
            Kind::MobileDevices => "mobile_device_configuration_profiles",
        };
        let profiles = context.store.objects(family, context.sight);
        let of = profiles.iter().find(|p| p.pointer("/general/id").map(id_text).as_ref() == Some(&profile));
        let of = of.and_then(|p| p.pointer("/general/name")?.as_str()).unwrap_or_default();
        name = format!("Install Configuration Profile - {of}");
    }
    Some(Command {
        name,
        state,
        issued,
        ended: text(command, "dateCompleted").parse().unwrap_or(issued),
        status: status.unwrap_or_default(),
    })
}

/// Log entries of every policy that the computer is in the scope of, newest first.
fn policy_logs(context: &mut Context<'_>, at: usize, who: &str) -> Value {
    if !context.store.computers.is_rendered(at) {
        return json!([]);
    }
    let id = devices::inventory(context, Kind::Computers).id(at).to_owned();
    let reach = Reach::of(context, Kind::Computers, at);
    let mut logs = Vec::new();
    for policy in context.store.objects("policies", context.sight) {
        if !reach.holds(policy) {
            continue;
        }
        let general = policy.get("general").unwrap_or(&Value::Null);
        let number = general.get("id").map(id_text).unwrap_or_default();
        let runs = context.store.fleet.policy_runs(at, policy);
        for run in runs.into_iter().filter(|run| !context.store.flushed.log(&number, &id, run.at)) {
            let rest = json!({
                "policy_id": number.parse::<u64>().unwrap_or(0), "policy_name": text(general, "name"), "username": who,
                "status": if run.failed { "Failed" } else { "Completed" },
            });
            logs.push((run.at, entry(dates::logged("date_time", run.at), rest)));
        }
    }
    logs.sort_by_key(|log| std::cmp::Reverse(log.0));
    logs.into_iter().map(|(_, log)| log).collect()
}

fn location(context: &mut Context<'_>, kind: Kind, at: usize) -> Value {
    let user = devices::part(context, kind, at, "userAndLocation");
    if text(&user, "username").is_empty() || !devices::inventory(context, kind).is_rendered(at) {
        return json!([]);
    }
    let building = references::place(context, "buildings", user.get("buildingId").unwrap_or(&Value::Null));
    let department =
        references::place(context, "departments", user.get("departmentId").unwrap_or(&Value::Null));
    let fleet = &context.store.fleet;
    let last = if kind == Kind::Computers { fleet.last_seen(at) } else { fleet.last_heard(at) };
    let name = |one: &str, other: &str| user.get(one).or_else(|| user.get(other)).cloned();
    json!([entry(
        dates::logged("date_time", last),
        json!({
            "username": text(&user, "username"), "full_name": name("realname", "realName"),
            "email_address": name("email", "emailAddress"), "phone_number": name("phone", "phoneNumber"),
            "department": department, "building": building, "room": text(&user, "room"), "position": text(&user, "position"),
        }),
    )])
}

fn mac_apps(context: &Context<'_>, at: usize) -> Value {
    let apps = devices::part(context, Kind::Computers, at, "applications");
    let from_store = |app: &&Value| app.get("macAppStore").and_then(Value::as_bool).unwrap_or_default();
    let row = |app: &Value| {
        json!({"name": text(app, "name"), "version": text(app, "version"),
            "size_mb": app.get("sizeMegabytes").map(id_text).unwrap_or_default()})
    };
    let installed: Vec<Value> = apps.as_array().into_iter().flatten().filter(from_store).map(row).collect();
    json!({"installed": installed, "pending": [], "failed": []})
}

fn of_mobile_device(context: &mut Context<'_>, at: usize) -> Value {
    let kind = Kind::MobileDevices;
    let names = devices::names(context, kind, at);
    let commands = commands(context, kind, at, &names);
    let in_state = |state: State| commands.iter().filter(move |command| command.state == state);
    let completed: Vec<Value> = in_state(State::Completed)
        .map(|c| entry(dates::logged("date_time_completed", c.ended), json!({"name": c.name})))
        .collect();
    let pending: Vec<Value> = in_state(State::Pending)
        .map(|c| entry(dates::logged("date_time_issued", c.issued), json!({"name": c.name})))
        .collect();
    let failed: Vec<Value> = in_state(State::Failed)
        .map(|c| {
            let ended = entry(dates::logged("date_time_failed", c.ended), json!({"error": c.status}));
            entry(dates::logged("date_time_issued", c.issued), merge(json!({"name": c.name}), ended))
        })
        .collect();
    let fleet = &context.store.fleet;
    let rendered = context.store.mobile_devices.is_rendered(at);
    let audits = if rendered { fleet.audits(at, fleet.last_heard(at)) } else { Vec::new() };
    let audits: Vec<Value> = audits
        .iter()
        .map(|e| entry(dates::logged("date_time", e.at), json!({"username": e.who, "event": e.what})))
        .collect();
    let apps = devices::part(context, kind, at, "applications");
    let app = |app: &Value| {
        json!({"name": text(app, "name"), "version": text(app, "version"), "bundle_size": text(app, "bundleSize"),
            "dynamic_size": text(app, "dynamicSize"), "management_status": text(app, "managementStatus")})
    };
    let installed: Vec<Value> = apps.as_array().into_iter().flatten().map(app).collect();
    json!({
        "general": devices::general(&names),
        "management_commands": {"completed": completed, "pending": pending, "failed": failed},
        "user_location": location(context, kind, at),
        "audits": audits,
        "applications": {"installed": {"in_house_from_mobile_device_app_catalog": [],
            "app_store_from_mobile_device_app_catalog": installed, "other": []}, "pending": [], "failed": []},
    })
}
