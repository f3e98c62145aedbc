//! Which version a tenant has, and which of an action's paths it therefore takes.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, PoisonError};

use jamf_pro_tools::action::get;
use jamf_pro_tools::args::Nothing;
use jamf_pro_tools::request::OlderRequest;
use jamf_pro_tools::{Action, Body, Method, Request, Rows};
use serde::Deserialize;
use serde_json::Value;

use super::send::{Client, Missed, Outgoing, send as send_to};
use super::{Call, Reply};
use crate::error::Error;

static VERSION: Action =
    get::<Nothing>("jamf_pro_version_get", "/api/v1/jamf-pro-version").about("Get the version of Jamf Pro.");
static AUTHORIZATION: Action =
    get::<Nothing>("authorization_get", "/api/v1/auth").about("Get what the caller may do.");
static PRIVILEGE_NAMES: Action = get::<Nothing>("privilege_names_get", "/api/v1/api-role-privileges")
    .about("Get the names of all privileges that there are.")
    .needs(&["Read API Roles"]);

/// A version of Jamf Pro; compared by its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version(Vec<u64>);

impl Version {
    /// The numbers that a version begins with: `11.30.2-t175` is 11.30.2.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Option<Vec<u64>> = numbers.split('.').map(|number| number.parse().ok()).collect();
        numbers.filter(|numbers| !numbers.is_empty()).map(Self)
    }

    pub(super) fn is_before(&self, other: &str) -> bool {
        let Some(other) = Self::parse(other) else { return false };
        let length = self.0.len().max(other.0.len());
        let padded = |version: &Self| {
            (0..length).map(|at| version.0.get(at).copied().unwrap_or(0)).collect::<Vec<_>>()
        };
        padded(self).cmp(&padded(&other)) == Ordering::Less
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[derive(Deserialize)]
struct VersionAnswer {
    version: String,
}

/// The tenant's version, asked once. Callers who need it at the same time wait for one answer.
pub(super) async fn of(client: &Arc<Client>, call: &Call) -> Result<Version, Error> {
    let ask = || async {
        let reply = get_own(client, &VERSION, call).await?;
        let answer: VersionAnswer = serde_json::from_slice(&reply.body).map_err(|_| unreadable("version"))?;
        Version::parse(&answer.version).ok_or_else(|| unreadable("version"))
    };
    client.version.get_or_try_init(ask).await.cloned()
}

fn unreadable(what: &str) -> Error {
    Error::Unreachable {
        message: format!("the tenant's answer about its {what} could not be read"),
        retry_after: None,
    }
}

async fn get_own(client: &Arc<Client>, action: &'static Action, call: &Call) -> Result<Reply, Error> {
    let out = Outgoing { action, path: action.path, query: &[], body: &Body::Empty, shrinks: false };
    send_to(client, &out, call).await.map_err(Error::from)
}

/// What the API role may do: its privileges with no site, or with all sites together.
pub(super) async fn privileges(client: &Arc<Client>, call: &Call) -> Result<Vec<String>, Error> {
    let reply = get_own(client, &AUTHORIZATION, call).await?;
    let answer: Value = serde_json::from_slice(&reply.body).map_err(|_| unreadable("privileges"))?;
    let by_site = answer.pointer("/account/privilegesBySite").and_then(Value::as_object);
    let lists = by_site.into_iter().flat_map(|sites| sites.values()).filter_map(Value::as_array).flatten();
    let mut privileges: Vec<String> = lists.filter_map(Value::as_str).map(str::to_owned).collect();
    privileges.sort_unstable();
    privileges.dedup();
    Ok(privileges)
}

/// The names of all privileges that this version of Jamf Pro knows.
pub(super) async fn privilege_names(client: &Arc<Client>, call: &Call) -> Result<Vec<String>, Error> {
    #[derive(serde::Deserialize)]
    struct Names {
        privileges: Vec<String>,
    }
    let reply = get_own(client, &PRIVILEGE_NAMES, call).await?;
    let names: Names = serde_json::from_slice(&reply.body).map_err(|_| unreadable("list of privileges"))?;
    Ok(names.privileges)
}

/// Send at the path that this tenant has.
///
/// Where the version tells, it decides. A list that is not found is looked for at its older paths, because the versions in
/// our declarations are hints; anything else is never probed with.
pub(super) async fn send(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    call: &Call,
    shrinks: bool,
) -> Result<Reply, Missed> {
    let mut index = first_path(client, action, request, call).await;
    loop {
        let older = index.and_then(|index| request.older.get(index));
        let out = Outgoing { shrinks, ..outgoing(action, request, older) };
        match send_to(client, &out, call).await {
            Ok(mut reply) => {
                if let Some(index) = index {
                    remember(client, action, index);
                }
                reply.older_path = older.map(|older| older.template);
                return Ok(reply);
            }
            Err(missed) if matches!(&missed.error, Error::Jamf(error) if error.status == 404) => {
                let next = index.map_or(0, |index| index + 1);
                if !may_probe(action) || next >= request.older.len() {
                    let error = too_old(client, action, missed.error, call).await;
                    return Err(Missed { error, ..missed });
                }
                index = Some(next);
            }
            Err(missed) => return Err(missed),
        }
    }
}

fn may_probe(action: &Action) -> bool {
    action.method == Method::Get && action.rows != Rows::None
}

fn outgoing<'a>(
    action: &'static Action,
    request: &'a Request,
    older: Option<&'a OlderRequest>,
) -> Outgoing<'a> {
    Outgoing {
        action,
        path: older.map_or(&request.path, |older| &older.path),
        query: older.map_or(&request.query, |older| &older.query),
        body: &request.body,
        shrinks: false,
    }
}

/// Index of the older path to begin with; `None` for the action's own.
async fn first_path(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    call: &Call,
) -> Option<usize> {
    if request.older.is_empty() {
        return None;
    }
    if let Some(index) = client.older.lock().unwrap_or_else(PoisonError::into_inner).get(action.name) {
        return Some(*index);
    }
    let version = of(client, call).await.ok()?;
    request.older.iter().rposition(|older| version.is_before(older.before))
}

fn remember(client: &Client, action: &'static Action, index: usize) {
    client.older.lock().unwrap_or_else(PoisonError::into_inner).insert(action.name, index);
}

/// A 404 of a tenant that is older than the action says so.
async fn too_old(client: &Arc<Client>, action: &Action, error: Error, call: &Call) -> Error {
    let Some(since) = action.since else { return error };
    match (of(client, call).await, error) {
        (Ok(version), Error::Jamf(mut error)) if version.is_before(since) => {
            error.message = format!(
                "this tenant has Jamf Pro {version}, and `{}` came with about {since}: the tenant is probably too old for it (404). \
                 Nothing was changed.",
                action.name
            );
            Error::Jamf(error)
        }
        (_, error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_numbers() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("11.9.2").is_before("11.30"));
        assert!(version("11.29.1-t1700000").is_before("11.30"));
        assert!(!version("11.30.0").is_before("11.30"));
        assert!(!version("11.30").is_before("11.30.0"));
        assert!(version("10.49.0").is_before("11"));
        assert!(Version::parse("unknown").is_none() && Version::parse("").is_none());
        assert_eq!(version("11.30.2-t5").to_string(), "11.30.2");
    }
}
