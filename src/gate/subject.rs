//! What a call is about: devices, a record, an object, a file, something new, or something that it only acts on.

use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, Catalogue, Effect, Method, Rows, Targets};
use serde_json::{Map, Value};

use super::fleet::{COMPUTER, Kind, MOBILE_DEVICE};
use super::{content, file};

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
    /// An object that this action reads, or that is a row of what this action lists.
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
    /// Something that it acts on without replacing it; this action reads what that is, where anything does.
    Act(Option<&'static Action>),
    /// The devices that its arguments name.
    Devices,
}

/// The action that reads what another one changes or deletes.
pub(crate) fn reader_of(action: &Action) -> Option<&'static Action> {
    Catalogue::get().read_before(action).filter(|get| get.path == action.path && !is_list(get))
}

/// Whether an action lists objects that nothing reads by themselves.
pub(super) fn is_list(get: &Action) -> bool {
    get.rows != Rows::None
}

/// The devices that the arguments of an action name, and nothing else.
fn devices(action: &Action) -> Subject {
    let is_argument = |path: &str| !path.contains(['.', '[']);
    match action.targets {
        _ if action.command.is_some() => Subject::Command,
        [Targets::Computers(name)] if is_argument(name) => Subject::Device(&COMPUTER, name),
        [Targets::MobileDevices(name)] if is_argument(name) => Subject::Device(&MOBILE_DEVICE, name),
        [Targets::ManagementIds(name)] if is_argument(name) => Subject::ManagementId(name),
        _ => Subject::Devices,
    }
}

pub(super) fn subject(action: &'static Action) -> Option<Subject> {
    let get = Catalogue::get().read_before(action);
    let path = action.path;
    if let Some(argument) = file::argument(action) {
        let base = path.rsplit_once('/').map(|(base, _)| base);
        return Some(Subject::Upload(argument, get.filter(|get| base == Some(get.path))));
    }
    match action.affects? {
        Affects::PendingCommands | Affects::PolicyLogs => return Some(Subject::Flush),
        Affects::PolicyLog => return get.map(Subject::Log),
        Affects::Record => {
            let is_computer = matches!(action.targets, [Targets::Computers(_)]);
            let kind = if is_computer { &COMPUTER } else { &MOBILE_DEVICE };
            return get.map(|get| Subject::Record(kind, get));
        }
        Affects::Targets => return Some(devices(action)),
        _ => {}
    }
    match (action.method, get) {
        (Method::Get, _) if action.answer != Holds::Json => None,
        (Method::Put | Method::Patch, Some(get)) if is_list(get) && path.contains('{') => {
            Some(Subject::Object(get))
        }
        (_, Some(get)) if get.path == path && !is_list(get) => Some(Subject::Object(get)),
        (_, Some(get)) if Catalogue::get().deletes_one(action).is_some_and(|one| one.path == get.path) => {
            Some(Subject::Several(get))
        }
        (Method::Post, None) if action.effect() == Effect::Create => Some(Subject::New),
        (_, get) => Some(Subject::Act(get)),
    }
}

/// The objects that a call is about, as open plans refer to them. Records of devices are none: devices change them by themselves, and a plan on
/// one compares the fields that it changes.
pub(super) fn objects(action: &'static Action, arguments: &Map<String, Value>) -> Vec<String> {
    let ids = arguments.get("body").and_then(|body| body.get("ids")).and_then(Value::as_array);
    let (reader, ids) = match subject(action) {
        Some(Subject::Several(get)) => (Some(get.name), ids),
        Some(
            Subject::Object(get)
            | Subject::Log(get)
            | Subject::Upload(_, Some(get))
            | Subject::Act(Some(get)),
        ) => (Some(get.name), None),
        Some(Subject::Upload(_, None)) => (reader_by_argument(action, arguments), None),
        _ => (None, None),
    };
    let Some(reader) = reader else { return Vec::new() };
    let one = || arguments.get("id").into_iter().collect();
    let given: Vec<&Value> = ids.map_or_else(one, |ids| ids.iter().collect());
    given.into_iter().filter_map(ObjectId::of).map(|id| content::key(reader, id)).collect()
}

/// The action that reads the object of a call whose kind an argument says.
fn reader_by_argument(action: &Action, arguments: &Map<String, Value>) -> Option<&'static str> {
    let Some(Affects::ByArgument(argument, kinds)) = action.affects else { return None };
    let given = arguments.get(argument).and_then(Value::as_str)?;
    match kinds.iter().find(|(value, _)| *value == given)?.1 {
        Affects::OfObject(reader, _) => Some(reader),
        // Policies have it in this part, and their declaration says what reads it.
        Affects::InPolicies(part, _) => {
            let runs = Catalogue::get().actions().flat_map(|action| action.runs);
            let is_part = |path: &str| {
                let path = path.trim_start_matches("body.").trim_end_matches(".id");
                path.replace("[]", "").replace('.', "/") == part
            };
            runs.into_iter().find(|(path, _)| is_part(path)).map(|(_, reader)| *reader)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Risk;
    use serde_json::json;

    use super::*;

    /// What no person is asked about, and why.
    const NOT_DESCRIBED: &[(&str, &str)] = &[
        ("supervision_identity_download", "a file with a private key, which nobody can be shown once"),
        ("mobile_device_enrollment_profile_download", "a file that enrolls anyone who has it"),
    ];

    fn grave() -> impl Iterator<Item = &'static Action> {
        Catalogue::get().actions().filter(|action| action.risk >= Risk::Secret)
    }

    #[test]
    fn everything_grave_is_about_something_or_stands_in_a_list_with_the_reason() {
        for action in grave() {
            let listed = NOT_DESCRIBED.iter().any(|(name, _)| *name == action.name);
            assert_eq!(subject(action).is_none(), listed, "{}", action.name);
        }
        for (name, _) in NOT_DESCRIBED {
            assert!(grave().any(|action| action.name == *name), "{name}");
        }
    }

    #[test]
    fn what_a_call_changes_is_named_as_plans_name_what_they_run() {
        let of = |action: &str, arguments: Value| {
            objects(Catalogue::get().find(action).unwrap(), arguments.as_object().unwrap())
        };
        assert_eq!(of("script_update", json!({ "id": "61" })), ["script_get 61"]);
        assert_eq!(of("package_upload", json!({ "id": "3", "file": "x" })), ["package_get 3"]);
        assert_eq!(
            of("package_delete_several", json!({ "body": { "ids": ["3", 4] } })),
            ["package_get 3", "package_get 4"]
        );
        let upload =
            |resource: &str| of("file_upload", json!({ "resource": resource, "idType": "id", "id": "1" }));
        assert_eq!(upload("printers"), ["printer_get 1"]);
        assert_eq!(upload("diskencryptionconfigurations"), ["disk_encryption_configuration_get 1"]);
        assert_eq!(upload("policies"), ["policy_get 1"]);
        // Whatever runs has an action here that changes it, or none changes it.
        for (_, reader) in Catalogue::get().actions().flat_map(|action| action.runs) {
            let get = Catalogue::get().find(reader).unwrap();
            let writers = Catalogue::get().actions().filter(|action| {
                matches!(action.method, Method::Put | Method::Patch) && action.path == get.path
            });
            for writer in writers {
                assert_eq!(
                    objects(writer, json!({ "id": "7" }).as_object().unwrap()),
                    [format!("{reader} 7")],
                    "{}",
                    writer.name
                );
            }
        }
    }

    #[test]
    fn what_is_acted_on_is_read_by_its_path() {
        let on = |name: &str| match subject(Catalogue::get().find(name).unwrap()) {
            Some(Subject::Act(get)) => get.map(|get| get.name),
            _ => panic!("{name}"),
        };
        assert_eq!(on("app_installer_deployment_retry"), Some("app_installer_deployment_get"));
        assert_eq!(on("api_integration_credentials_create"), Some("api_integration_get"));
        assert_eq!(on("computer_prestage_scope_remove"), Some("computer_prestage_scope_get"));
        assert_eq!(on("package_manifest_delete"), Some("package_get"));
        assert_eq!(on("sso_disable"), Some("sso_settings_get"));
        assert_eq!(on("enrollment_service_discovery_update"), Some("enrollment_service_discovery_list"));
        assert_eq!(on("jamf_protect_plan_sync"), None);
    }
}
