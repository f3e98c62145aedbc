//! Flushing: MDM commands that wait or failed, and logs of policies, are gone for good.

use std::collections::HashSet;

use http::StatusCode;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Context, Reply, body, devices, facts, ids, pages, text, write_answer};
use crate::{
    exchange::Answer,
    inventory::Kind,
    pro::groups as pro_groups,
    store::{client_of, id_text},
};

/// Policy logs that were flushed; the past that the fleet makes up is read through it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Flushed(Vec<Log>);

/// A flush of policy logs.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Log {
    /// One policy, or all.
    policy: Option<String>,
    /// Some computers, or all.
    computers: Option<HashSet<String>>,
    /// What is older than this is gone.
    before: Timestamp,
}

impl Flushed {
    /// Whether a log entry of a policy on a computer is gone.
    pub(super) fn log(&self, policy: &str, computer: &str, at: Timestamp) -> bool {
        self.0.iter().any(|log| {
            log.policy.as_ref().is_none_or(|own| own == policy)
                && log.computers.as_ref().is_none_or(|own| own.contains(computer))
                && at < log.before
        })
    }
}

/// Answer a path of either flush.
pub(super) fn answer(context: &mut Context<'_>, parts: &[&str]) -> Reply {
    match parts {
        ["commandflush"] => {
            let given = body_of(context, "commandflush")?;
            let status = text(&given, "status").to_owned();
            let mut flushed = Vec::new();
            for (element, kind) in [
                ("computers", "computers"),
                ("computer_groups", "computergroups"),
                ("mobile_devices", "mobiledevices"),
                ("mobile_device_groups", "mobiledevicegroups"),
            ] {
                let rows = given.get(element).and_then(Value::as_array).into_iter().flatten();
                let ids: Vec<String> = rows.filter_map(|row| row.get("id").map(id_text)).collect();
                if !ids.is_empty() {
                    flushed.extend(commands(context, kind, &ids, &status)?);
                }
            }
            Ok(write_answer("commandflush", &flushed, StatusCode::CREATED))
        }
        ["commandflush", kind, "id", id, "status", status] => {
            // A plus that is not encoded is a blank, and a blank is no status.
            let plain = context.call.path.contains('+');
            let status = if plain { status.replace('+', " ") } else { (*status).to_owned() };
            let flushed = commands(context, kind, &ids(id), &status)?;
            Ok(write_answer("commandflush", &flushed, StatusCode::CREATED))
        }
        ["logflush"] => {
            let given = body_of(context, "logflush")?;
            let rows = given.get("computers").and_then(Value::as_array).into_iter().flatten();
            let computers: HashSet<String> = rows.filter_map(|row| row.get("id").map(id_text)).collect();
            // With a list of computers the policy is not looked at.
            let id = given.get("log_id").map(id_text).filter(|id| id != "0" && computers.is_empty());
            let computers = (!computers.is_empty()).then_some(computers);
            log(context, text(&given, "log"), id, computers, text(&given, "interval"))
        }
        ["logflush", what, "id", id, "interval", interval] => {
            log(context, what, Some((*id).to_owned()), None, interval)
        }
        ["logflush", what, "interval", interval] => log(context, what, None, None, interval),
        _ => Err(pages::not_found()),
    }
}

fn body_of(context: &Context<'_>, name: &str) -> Result<Value, Answer> {
    body(context.call, facts::kind(name).ok_or_else(pages::not_found)?)
}

/// Flush the commands of devices and of the members of groups.
fn commands(
    context: &mut Context<'_>,
    kind: &str,
    ids: &[String],
    status: &str,
) -> Result<Vec<String>, Answer> {
    let (pending, failed) = match status {
        "Pending" => (true, false),
        "Failed" => (false, true),
        "Pending+Failed" => (true, true),
        _ => return Err(pages::bad_request()),
    };
    let (kind, groups) = match kind {
        "computers" => (Kind::Computers, None),
        "computergroups" => (Kind::Computers, Some("computer_groups")),
        "mobiledevices" => (Kind::MobileDevices, None),
        "mobiledevicegroups" => (Kind::MobileDevices, Some("mobile_device_groups")),
        _ => return Err(pages::bad_request()),
    };
    let mut of = Vec::new();
    for id in ids {
        match groups {
            None => of.push(id.clone()),
            Some(groups) => {
                let all = context.store.objects(groups, context.sight).into_iter();
                let mut all = all.filter(|group| group.get("id").map(id_text).as_ref() == Some(id));
                let group = all.next().cloned().ok_or_else(pages::not_found)?;
                let call = context.call;
                of.extend(pro_groups::members(&context.pro(call), kind, &group));
            }
        }
    }
    let rows: Option<Vec<usize>> = of.iter().map(|id| devices::row_of(context, kind, "id", id)).collect();
    let rows = rows.ok_or_else(pages::not_found)?;
    let managed: HashSet<String> =
        rows.iter().map(|at| devices::names(context, kind, *at).management_id.to_lowercase()).collect();
    context.store.queued.retain(|command| {
        let gone = match text(command, "commandState") {
            "PENDING" | "NOT_NOW" => pending,
            "ERROR" | "COMMAND_FORMAT_ERROR" => failed,
            _ => false,
        };
        !(gone && client_of(command).is_some_and(|id| managed.contains(&id)))
    });
    Ok(ids.to_vec())
}

fn log(
    context: &mut Context<'_>,
    what: &str,
    policy: Option<String>,
    computers: Option<HashSet<String>>,
    interval: &str,
) -> Reply {
    if !["policy", "policies"].contains(&what) {
        return Err(pages::bad_request());
    }
    let before = before(interval).ok_or_else(pages::bad_request)?;
    if let Some(id) = &policy {
        let there = context.store.objects("policies", context.sight).into_iter();
        let mut there = there.filter(|p| p.pointer("/general/id").map(id_text).as_ref() == Some(id));
        there.next().ok_or_else(pages::not_found)?;
    }
    let ids: Vec<String> = policy.iter().cloned().collect();
    context.store.flushed.0.push(Log { policy, computers, before });
    Ok(write_answer("logflush", &ids, StatusCode::CREATED))
}

/// The moment that an interval such as `Three Months` reaches back to.
fn before(interval: &str) -> Option<Timestamp> {
    let interval = interval.replace('+', " ").to_lowercase();
    let (number, unit) = interval.split_once(' ')?;
    let number = ["zero", "one", "two", "three", "four", "five", "six"].iter().position(|n| *n == number)?;
    let days = match unit.strip_suffix('s').unwrap_or(unit) {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "year" => 365,
        _ => return None,
    };
    let hours = i64::try_from(number).ok()? * days * 24;
    Timestamp::now().checked_sub(hours.hours()).ok()
}
