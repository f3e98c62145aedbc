//! What a call is about: devices, a record, an object, a file, something new. What is about none of these is not planned.

use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::{Action, Catalogue, Method, Risk};

use super::fleet::{COMPUTER, Kind, MOBILE_DEVICE};
use super::{file, flush};

/// What kind of thing a call is about.
pub(super) enum Subject {
    /// Devices that an MDM command is sent to.
    Command,
    /// The record of one device, which this action reads.
    Record(&'static Kind, &'static Action),
    /// One device, by the argument of this name.
    Device(&'static Kind, &'static str),
    /// One device of either kind, by its management id in the argument of this name.
    ManagementId(&'static str),
    /// An object that this action reads.
    Object(&'static Action),
    /// Several objects that this action reads one by one.
    Several(&'static Action),
    /// The file that the argument of this name names; it may belong to an object that this action reads.
    Upload(&'static str, Option<&'static Action>),
    /// Commands that wait, or logs of several policies.
    Flush,
    /// The log of a policy.
    Log(&'static Action),
    /// Something new.
    New,
}

/// The action that reads what is at a path.
fn reads(path: &str) -> Option<&'static Action> {
    let fits =
        |other: &&Action| other.method == Method::Get && other.path == path && other.risk <= Risk::Read;
    Catalogue::get().actions().find(fits).filter(|other| other.answer == Holds::Json)
}

/// The action that reads what another one changes or deletes.
pub(crate) fn reader_of(action: &Action) -> Option<&'static Action> {
    reads(action.path)
}

/// For an action that deletes several objects by their ids, the one that deletes one of them.
pub(crate) fn deletes_one(action: &Action) -> Option<&'static Action> {
    let base = action.path.strip_suffix("/delete-multiple")?;
    let one = Catalogue::get().find(action.name.strip_suffix("_several")?)?;
    (one.method == Method::Delete && one.path.strip_suffix("/{id}") == Some(base)).then_some(one)
}

/// The actions that change the record of one device, and what reads it.
const RECORDS: &[(&str, &Kind, &str)] = &[
    ("computer_update", &COMPUTER, "computer_detail_get"),
    ("mobile_device_update", &MOBILE_DEVICE, "mobile_device_detail_get"),
];

pub(super) fn subject(action: &'static Action) -> Option<Subject> {
    if let Some(argument) = file::argument(action) {
        let base = action.path.rsplit_once('/').map(|(base, _)| base).unwrap_or_default();
        return Some(Subject::Upload(argument, reads(base).filter(|get| get.path.contains("{id}"))));
    }
    if action.command.is_some() {
        return Some(Subject::Command);
    }
    if flush::is_one(action) {
        return Some(Subject::Flush);
    }
    let path = action.path;
    let parts = path.matches('{').count();
    if let Some((_, kind, reader)) = RECORDS.iter().find(|(name, _, _)| *name == action.name) {
        return Catalogue::get().find(reader).map(|get| Subject::Record(kind, get));
    }
    if action.name == "policy_log_flush" {
        return Catalogue::get().find("policy_get").map(Subject::Log);
    }
    if path.contains("/computers-inventory/{id}") || path.contains("/jamf-management-framework/redeploy/{id}")
    {
        return Some(Subject::Device(&COMPUTER, "id"));
    }
    if path.contains("/mobile-devices/{id}") {
        return Some(Subject::Device(&MOBILE_DEVICE, "id"));
    }
    if path.contains("{clientManagementId}") {
        return Some(Subject::ManagementId("clientManagementId"));
    }
    if let Some(base) = path.strip_suffix("/delete-multiple") {
        return reads(&format!("{base}/{{id}}")).map(Subject::Several);
    }
    match action.method {
        Method::Put | Method::Patch | Method::Delete => reads(path).map(Subject::Object),
        Method::Post if parts > 0 => reads(path).map(Subject::Object),
        Method::Post => {
            let base = path.strip_suffix("/id/0").unwrap_or(path);
            reads(base).filter(|_| action.name.ends_with("_create")).map(|_| Subject::New)
        }
        Method::Get => None,
    }
}
