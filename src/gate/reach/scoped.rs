//! Everything of a tenant that has a scope: what devices get because of who they are and which groups they are in.

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::details;
use crate::error::Error;
use crate::gate::fleet::{COMPUTER, Kind};
use crate::jobs::{Work, text_at};

/// A kind of object with a scope.
struct Source {
    /// For people.
    name: &'static str,
    list: &'static str,
    get: &'static str,
    computers: bool,
    mobile_devices: bool,
    /// Nothing can be worked out without it.
    is_needed: bool,
}

const fn source(name: &'static str, list: &'static str, get: &'static str) -> Source {
    Source { name, list, get, computers: true, mobile_devices: false, is_needed: false }
}

const SOURCES: &[Source] = &[
    Source { is_needed: true, ..source("policy", "policy_list", "policy_get") },
    Source { is_needed: true, ..source("profile", "macos_profile_list", "macos_profile_get") },
    Source {
        is_needed: true,
        computers: false,
        mobile_devices: true,
        ..source("profile", "mobile_profile_list", "mobile_profile_get")
    },
    source("restricted software title", "restricted_software_list", "restricted_software_get"),
    source("app", "mac_app_list", "mac_app_get"),
    Source {
        computers: false,
        mobile_devices: true,
        ..source("app", "mobile_device_app_list", "mobile_device_app_get")
    },
    Source { mobile_devices: true, ..source("book", "ebook_list", "ebook_details_get") },
    source("patch policy", "patch_policy_list", "patch_policy_get"),
    source(INSTALLER, "app_installer_deployment_list", "app_installer_deployment_get"),
];

/// Deployments of app installers go by one smart group and have no scope of their own.
const INSTALLER: &str = "app installer deployment";

/// What has a scope.
#[derive(Debug, Default)]
pub(super) struct Scoped {
    /// Each with the word for its kind, with `general` and `scope` as the Classic API has them.
    pub(super) objects: Vec<(&'static str, Value)>,
    /// Kinds that could not be read, with why.
    pub(super) unread: Vec<String>,
}

/// All of it for devices of one kind.
///
/// # Errors
/// When policies or profiles cannot be read, or a list is not whole.
pub(super) fn everything<'a>(work: &'a Work<'a>, kind: &'a Kind) -> BoxFuture<'a, Result<Scoped, Error>> {
    Box::pin(read_everything(work, kind))
}

async fn read_everything(work: &Work<'_>, kind: &Kind) -> Result<Scoped, Error> {
    let computers = kind.name == COMPUTER.name;
    let mut found = Scoped::default();
    let of_kind = |source: &&Source| if computers { source.computers } else { source.mobile_devices };
    for source in SOURCES.iter().filter(of_kind) {
        match details(work, source.list, source.get).await {
            Ok(objects) => {
                let objects = objects.into_iter().map(|object| (source.name, uniform(source, object)));
                found.objects.extend(objects);
            }
            // A role that may not read them, or a tenant that has none.
            Err(error) if error.is_of_jamf() && !source.is_needed => {
                found.unread.push(format!("what the tenant has of the kind `{}`: {error}", source.name));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The object as the Classic API would have it.
fn uniform(source: &Source, object: Value) -> Value {
    if source.name != INSTALLER {
        return object;
    }
    let group = text_at(&object, "smartGroupId");
    json!({
        "general": { "id": text_at(&object, "id"), "name": text_at(&object, "name"), "enabled": object.get("enabled") },
        "scope": { "computer_groups": [{ "id": group, "name": text_at(&object, "smartGroup.name") }] },
    })
}
