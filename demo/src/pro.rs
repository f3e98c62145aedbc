//! The Jamf Pro API below `/api`: which handler answers which path, and what the version of the tenant hides.

mod choices;
pub(crate) mod clients;
pub(crate) mod commands;
pub(crate) mod computers;
mod ddm;
pub(crate) mod dependencies;
pub(crate) mod directory;
pub(crate) mod families;
mod files;
pub(crate) mod groups;
mod laps;
pub(crate) mod mobile_devices;
pub(crate) mod newer;
pub(crate) mod others;
pub(crate) mod patches;
pub(crate) mod prestages;
pub(crate) mod settings;
pub(crate) mod updates;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    auth::{Grant, forbidden},
    bodies,
    exchange::{Answer, Call},
    options::Version,
    serve::Shared,
    shapes,
    store::{Sight, Store},
};

/// An answer, or the error that ended the work early.
pub(crate) type Reply = Result<Answer, Answer>;

/// What a handler works with.
pub(crate) struct Context<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) call: &'a Call,
    pub(crate) shared: &'a Shared,
    pub(crate) sight: Sight,
    /// Whose token the call carries.
    pub(crate) grant: &'a Grant,
    /// One mobile device is broken.
    pub(crate) broken: bool,
}

impl Context<'_> {
    /// Go on only if the role has one of these privileges.
    pub(crate) fn needs(&self, any_of: &[&str]) -> Result<(), Answer> {
        if self.grant.allows(any_of) { Ok(()) } else { Err(forbidden(false)) }
    }

    /// Go on only if the tenant is at least of this version.
    pub(crate) fn since(&self, major: u32, minor: u32) -> Result<(), Answer> {
        if self.shared.version >= Version(major, minor) { Ok(()) } else { Err(Answer::no_path()) }
    }

    /// 201 with the address of a new object.
    pub(crate) fn created(&self, id: &str) -> Answer {
        Answer::created(id, &format!("{}{}/{id}", self.shared.url, self.call.path.trim_end_matches('/')))
    }
}

/// Answer a call whose token is good.
pub(crate) fn answer(context: &mut Context<'_>) -> Answer {
    match body(context) {
        Err(wrong) => wrong,
        Ok(None) => allowed(context),
        Ok(Some(known)) => {
            let call = Call { body: known.to_string().into(), ..context.call.clone() };
            allowed(&mut Context { store: context.store, call: &call, ..*context })
        }
    }
}

/// Answer a call whose body is as Jamf's document has it, or is of the tenant's own making.
pub(crate) fn allowed(context: &mut Context<'_>) -> Answer {
    let call = context.call;
    let parts = call.parts();
    let needed = shapes::operation(call.method.as_str(), &parts).map(|(_, operation)| operation.2.as_slice());
    let needed: Vec<&str> = needed.unwrap_or_default().iter().map(String::as_str).collect();
    if let Err(forbidden) = context.needs(&needed) {
        return forbidden;
    }
    let reply = match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["v1", "auth"]) => Ok(Answer::ok(&context.grant.whoami())),
        ("GET", ["v1", "jamf-pro-version"]) => {
            Ok(Answer::ok(&json!({"version": context.shared.version_text})))
        }
        ("GET", ["v2", "jamf-pro-information"]) => Ok(Answer::ok(&json!({
            "vppTokenEnabled": true, "depAccountEnabled": true, "byodEnabled": false, "userMigrationEnabled": false,
            "cloudDeploymentsEnabled": true, "patchEnabled": true, "ssoSamlEnabled": false, "smtpEnabled": true
        }))),
        ("GET", ["v1", "ldap", "groups"] | ["ldap", "groups"]) => directory::groups(context),
        ("GET", ["v1", "ddm", rest @ ..]) => ddm::answer(context, rest),
        ("GET", ["v1", "lending-desks", ..]) => newer::desks(call),
        ("GET", ["v1", "api-role-privileges", rest @ ..]) => privileges(context, rest),
        (_, [_, "computers-inventory" | "computers-inventory-detail" | "computer-inventory", ..]) => {
            computers::answer(context)
        }
        (
            _,
            [_, "computer-groups" | "mobile-device-groups" | "groups" | "static-user-groups" | "devices", ..],
        )
        | ("POST", [.., "recalculate" | "recalculate-smart-groups"]) => groups::answer(context),
        (_, [_, "mobile-devices", ..]) => mobile_devices::answer(context),
        (_, [_, "computer-prestages" | "mobile-device-prestages", ..]) => prestages::answer(context),
        (_, [_, "policy-properties"]) => settings::answer(context),
        (_, [_, "mdm", ..]) => commands::answer(context),
        (_, [_, "api-roles" | "api-integrations", ..]) => clients::answer(context),
        (_, [_, "local-admin-password", rest @ ..]) => laps::answer(context, rest),
        (_, [version, path, ..]) if families::has(version, path) => families::answer(context),
        _ => others::answer(context),
    };
    reply.unwrap_or_else(|error| error)
}

/// The body without the fields that the operation does not know, or the refusal of one that Jamf's document does not allow; none where
/// there is nothing to check. That the role may not write is for the handler to tell.
fn body(context: &Context<'_>) -> Result<Option<Value>, Answer> {
    let call = context.call;
    let method = call.method.as_str();
    let Some((template, operation)) = shapes::operation(method, &call.parts()) else { return Ok(None) };
    let Some(shape) = bodies::shape(method, template) else { return Ok(None) };
    let needed: Vec<&str> = operation.2.iter().map(String::as_str).collect();
    if !context.grant.allows(&needed) {
        return Ok(None);
    }
    let body = match call.body.trim_ascii() {
        [] => json!({}),
        bytes => serde_json::from_slice(bytes).map_err(|_| {
            Answer::error(StatusCode::BAD_REQUEST, "INVALID_JSON", "The body is not JSON", None)
        })?,
    };
    let faults = bodies::faults(shape, &body, call.method == Method::PATCH);
    if faults.is_empty() {
        Ok(Some(bodies::known_fields(shape, &body)))
    } else {
        Err(Answer::faulty(&faults))
    }
}

fn privileges(context: &Context<'_>, rest: &[&str]) -> Reply {
    context.needs(&["Read API Roles"])?;
    let all = &*crate::privileges::ALL;
    match rest {
        [] => Ok(Answer::ok(&json!({"privileges": all}))),
        ["search"] => {
            let name = context.call.parameter("name").unwrap_or_default().to_lowercase();
            let limit = context.call.parameter("limit").and_then(|l| l.parse().ok()).unwrap_or(15);
            let found = all.iter().filter(|p| p.to_lowercase().contains(&name)).take(limit);
            Ok(Answer::ok(&json!({"privileges": found.collect::<Vec<_>>()})))
        }
        _ => Err(Answer::no_path()),
    }
}
