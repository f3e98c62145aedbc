//! Everything of a tenant that has a scope: what devices get because of who they are and which groups they are in.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use serde_json::Value;

use super::details;
use crate::error::Error;
use crate::fleet::scope::{Deployment, Entry, Role};
use crate::gate::fleet::{COMPUTER, Kind};
use crate::jobs::{Work, text_at};
use crate::plan::Reference;
use crate::sanitize::text;

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
    source("app installer deployment", "app_installer_deployment_list", "app_installer_deployment_get"),
];

/// What has a scope.
#[derive(Debug, Default)]
pub(super) struct Scoped {
    pub(super) objects: Vec<Object>,
    /// Kinds that could not be read, with why.
    pub(super) unread: Vec<String>,
}

/// An object with a scope.
#[derive(Debug)]
pub(super) struct Object {
    /// The kind, for people.
    noun: &'static str,
    id: String,
    name: String,
    pub(super) state: Deployment,
}

impl Object {
    /// An object of either API.
    pub(super) fn new(noun: &'static str, object: &Value) -> Self {
        let (id, name) =
            if object.get("general").is_some() { ("general.id", "general.name") } else { ("id", "name") };
        Self {
            noun,
            id: super::shown_id(object, id),
            name: text::clean(&text_at(object, name)).chars().take(80).collect(),
            state: Deployment::as_told(object),
        }
    }

    /// The references to what some entries of its scope name, one a role.
    pub(super) fn references_by(&self, is_named: impl Fn(&Entry) -> bool) -> Vec<Reference> {
        let entries = self.state.scope.entries.iter().filter(|entry| is_named(entry));
        let roles: BTreeSet<Role> = entries.map(|entry| entry.role).collect();
        roles.into_iter().map(|role| self.reference(word(role))).collect()
    }

    fn reference(&self, how: &str) -> Reference {
        Reference {
            kind: self.noun.to_owned(),
            id: self.id.clone(),
            name: self.name.clone(),
            how: how.to_owned(),
        }
    }
}

/// How plans call a role.
fn word(role: Role) -> &'static str {
    match role {
        Role::Target => "scope",
        Role::Limitation => "limitation",
        Role::Exclusion => "exclusion",
    }
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
                found.objects.extend(objects.iter().map(|object| Object::new(source.name, object)));
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
