//! The Classic API below `/JSSResource`: unpaged lists, objects in JSON or XML, writes in XML with all the silence
//! of the real one (unknown elements dropped, odd values defaulted, scopes replaced whole).
//!
//! What there is and what it looks like are facts (`facts.rs`); a handler here says only where the objects are: in the Classic
//! API alone (`objects.rs`), shared with the Jamf Pro API (`translated.rs`, `groups.rs`, `devices.rs`), or made on demand
//! (`computers.rs`, `history.rs`, `management.rs`).

mod commands;
mod computer_writes;
mod computers;
mod dates;
mod devices;
mod directory;
mod facts;
mod flush;
mod groups;
mod history;
mod management;
mod objects;
mod pages;
mod reach;
mod references;
mod settings;
mod software_titles;
mod translated;
mod xml;

use http::{Method, StatusCode};
use serde_json::Value;

use crate::{
    auth::Grant,
    exchange::{Answer, Call},
    pro::{self, newer},
    serve::Shared,
    store::{Sight, Store},
};
use facts::{Operation, Type};

pub(crate) use facts::{documented, privileges};
#[cfg(test)]
pub(crate) use facts::{full_body, misfits, needed, operations};
pub(crate) use flush::Flushed;
pub(crate) use management::scopes;

/// What a handler works with.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) call: &'a Call,
    /// Whose token the call carries.
    pub(crate) grant: &'a Grant,
    pub(crate) shared: &'a Shared,
    pub(crate) sight: Sight,
}

type Reply = Result<Answer, Answer>;

impl Context<'_> {
    /// The same tenant as the Jamf Pro API sees it; what the role may do was asked before.
    fn pro<'b>(&'b mut self, call: &'b Call) -> pro::Context<'b> {
        pro::Context {
            store: self.store,
            call,
            shared: self.shared,
            sight: self.sight,
            grant: Grant::of_tenant(),
            broken: false,
        }
    }
}

/// Criteria in the words of the Jamf Pro API.
pub(crate) fn criteria_of_pro(rows: &[Value]) -> Vec<Value> {
    let made = references::criteria(Some(&Value::Array(rows.to_vec())), true);
    made.as_array().cloned().unwrap_or_default()
}

/// Answer a call whose token is good.
pub(crate) fn answer(context: &mut Context<'_>) -> Answer {
    route(context).unwrap_or_else(|error| error)
}

fn route(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let method = call.method.as_str();
    let parts = call.parts();
    if let ("GET", ["lendinglockers", rest @ ..]) = (method, parts.as_slice()) {
        return newer::lockers(call, rest).ok_or_else(pages::not_found);
    }
    // An object may be changed and deleted by its name too, a computer by whatever names it.
    let known = facts::operation(method, &parts).or_else(|| match parts.as_slice() {
        [family, "name", name] | [family @ "computers", "serialnumber" | "udid" | "macaddress", name]
            if matches!(method, "PUT" | "DELETE") =>
        {
            facts::operation(method, &[family, "id", name])
        }
        _ => None,
    });
    let operation = known.ok_or_else(|| match facts::has_path(&parts) {
        true => pages::error(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed"),
        false => pages::not_found(),
    })?;
    let needed: Vec<&str> = operation.needs.iter().map(String::as_str).collect();
    if !context.grant.allows(&needed) {
        return Err(pages::not_allowed());
    }
    handle(context, operation, &parts)
}

fn handle(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let family = parts.first().copied().unwrap_or_default();
    match family {
        "commandflush" | "logflush" => flush::answer(context, parts),
        "computercommands" | "mobiledevicecommands" => commands::answer(context, operation, parts),
        "computerhistory" | "mobiledevicehistory" => history::answer(context, operation, parts),
        "computermanagement"
        | "computerapplications"
        | "computerapplicationusage"
        | "computerhardwaresoftwarereports"
        | "computerreports" => management::answer(context, operation, parts),
        "computergroups" | "mobiledevicegroups" => groups::answer(context, operation, parts),
        "mobiledevices" => devices::answer(context, operation, parts),
        "computers" if context.call.method != Method::GET => {
            computer_writes::answer(context, operation, parts)
        }
        "computers" => computers::answer(context, operation, parts),
        "fileuploads" => devices::upload(context, parts),
        "accounts" => directory::accounts(context, operation, parts),
        "ldapservers" if parts.len() > 3 => directory::search(context, operation, parts),
        "patches" | "patchreports" | "patchsoftwaretitles" => {
            software_titles::answer(context, operation, parts)
        }
        "savedsearches" => objects::saved_searches(context, operation, parts),
        "jssuser" => settings::own_rights(context, operation),
        "patchavailabletitles" => directory::patch_titles(context, operation, parts),
        "activationcode"
        | "computercheckin"
        | "computerinventorycollection"
        | "gsxconnection"
        | "smtpserver" => settings::answer(context, operation, family),
        _ if translated::has(family) => translated::answer(context, operation, parts),
        _ => objects::answer(context, operation, parts),
    }
}

/// The type that an operation answers or takes.
fn type_of(operation: &'static Operation) -> Result<&'static Type, Answer> {
    operation.of().ok_or_else(pages::not_found)
}

/// JSON where the client asks for it, XML otherwise.
fn render(call: &Call, of: &Type, value: &Value) -> Answer {
    if call.header("accept").contains("json") {
        let text = xml::write_json(&of.root, value, &of.shape);
        return Answer::of(StatusCode::OK, "application/json;charset=UTF-8", text);
    }
    Answer::of(StatusCode::OK, "application/xml;charset=UTF-8", xml::write(&of.root, value, &of.shape))
}

/// Only the sections that a path names, `A&B` or `A&amp;B`; names are uneven, and an unknown one is nothing.
fn subset(value: &Value, names: &str) -> Value {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let wanted: Vec<String> = names.split(['&', ',']).map(plain).collect();
    let sections = value.as_object().into_iter().flatten();
    sections
        .filter(|(name, _)| wanted.contains(&plain(name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What a write answers: XML with the id, whatever was asked for.
fn write_answer(root: &str, ids: &[String], status: StatusCode) -> Answer {
    Answer::of(status, "application/xml;charset=UTF-8", xml::outcome(root, ids))
}

/// The body as the type has it; unknown elements are gone, odd values are defaults.
fn body(call: &Call, of: &Type) -> Result<Value, Answer> {
    if !call.header("content-type").contains("xml") {
        return Err(pages::error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The request entity has an unsupported media type",
        ));
    }
    let text = String::from_utf8_lossy(&call.body);
    let mut given = xml::read(&text, &of.root, &of.shape).ok_or_else(pages::bad_request)?;
    dates::agree(&mut given, &of.shape);
    Ok(given)
}

/// A text of an object, empty when there is none.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The ids of a path: `1,2,3` is a list of them.
fn ids(text: &str) -> Vec<String> {
    text.split(',').map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()).collect()
}
