//! What a call is about: devices, a record, an object, a file, something new, or something that it only acts on.

use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::{Action, Catalogue, Method, Risk, Rows};

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
    /// Something that it acts on without replacing it; this action reads what that is, where anything does.
    Act(Option<&'static Action>),
    /// The devices that its arguments name.
    Devices,
}

/// The action that reads the one object at a path.
fn reads(path: &str) -> Option<&'static Action> {
    let fits =
        |other: &&Action| other.method == Method::Get && other.path == path && other.risk <= Risk::Read;
    let found = Catalogue::get().actions().find(fits);
    found.filter(|other| other.answer == Holds::Json && other.rows == Rows::None)
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

/// Actions that are done to the devices that their arguments name: see `named`.
const OF_DEVICES: &[&str] = &[
    "app_installer_deployment_computer_retry",
    "jamf_connect_deployment_task_retry",
    "jamf_protect_deployment_task_retry",
    "managed_software_update_plan_create",
    "managed_software_update_plan_create_for_group",
    "mdm_renewal_details_update",
    "mobile_device_wallpaper_set",
    "package_deploy",
    "patch_policy_log_retry",
    "team_viewer_session_create",
];

/// What actions act on where their paths do not say it.
const ACT_ON: &[(&str, &str)] = &[
    ("enrollment_customization_ldap_panel_create", "enrollment_customization_get"),
    ("enrollment_customization_sso_panel_create", "enrollment_customization_get"),
    ("patch_policy_log_retry_all", "patch_policy_get"),
];

/// The action that reads what is acted on: what the longest part of the path is that anything reads.
fn acted_on(action: &Action) -> Option<&'static Action> {
    if let Some((_, reader)) = ACT_ON.iter().find(|(name, _)| *name == action.name) {
        return Catalogue::get().find(reader);
    }
    let ends = action.path.rmatch_indices('/').map(|(at, _)| at);
    ends.filter_map(|at| action.path.get(..at)).filter(|part| part.contains('{')).find_map(reads)
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
    if path.contains("/mobile-devices/{id}") || path == "/JSSResource/mobiledevices/id/{id}" {
        return Some(Subject::Device(&MOBILE_DEVICE, "id"));
    }
    if path.contains("{clientManagementId}") {
        return Some(Subject::ManagementId("clientManagementId"));
    }
    if OF_DEVICES.contains(&action.name) {
        return Some(Subject::Devices);
    }
    let objects = path.strip_suffix("/delete-multiple").and_then(|base| reads(&format!("{base}/{{id}}")));
    if let Some(get) = objects {
        return Some(Subject::Several(get));
    }
    match action.method {
        Method::Post if action.name.ends_with("_create") && acted_on(action).is_none() => Some(Subject::New),
        Method::Put | Method::Patch | Method::Delete | Method::Post => {
            Some(reads(path).map_or_else(|| Subject::Act(acted_on(action)), Subject::Object))
        }
        // A secret of the tenant itself.
        Method::Get if action.risk == Risk::Secret && action.answer == Holds::Json => {
            Some(Subject::Act(None))
        }
        Method::Get => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no person is asked about, and why.
    const NOT_DESCRIBED: &[(&str, &str)] = &[
        ("supervision_identity_download", "a file with a private key, which nobody can be shown once"),
        ("mobile_device_enrollment_profile_download", "a file that enrols whoever has it"),
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
    fn tables_name_actions_that_there_are() {
        let find = |name: &str| Catalogue::get().find(name).unwrap_or_else(|| panic!("{name}"));
        for name in OF_DEVICES {
            assert!(matches!(subject(find(name)), Some(Subject::Devices)), "{name}");
        }
        for (name, reader) in ACT_ON {
            let Some(Subject::Act(Some(get))) = subject(find(name)) else { panic!("{name}") };
            assert_eq!(get.name, *reader);
        }
        for (name, _, reader) in RECORDS {
            assert!(
                matches!(subject(find(name)), Some(Subject::Record(_, get)) if get.name == *reader),
                "{name}"
            );
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
        assert_eq!(on("sso_disable"), None);
    }
}
