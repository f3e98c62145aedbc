//! Which version a tenant has, and which of an action's paths it therefore takes.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jamf_pro_tools::action::get;
use jamf_pro_tools::args::Nothing;
use jamf_pro_tools::request::OlderRequest;
use jamf_pro_tools::{Action, Body, Method, Request, Rows};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::retry::Failure;
use crate::send::{Client, FailedAttempt, Manner, Outgoing, send as send_to};
use crate::{Call, Reply, reply};

static VERSION: Action =
    get::<Nothing>("jamf_pro_version_get", "/api/v1/jamf-pro-version").about("Get the version of Jamf Pro.");
static AUTHORIZATION: Action =
    get::<Nothing>("authorization_get", "/api/v1/auth").about("Get what the caller may do.");
static PRIVILEGE_NAMES: Action = get::<Nothing>("privilege_names_get", "/api/v1/api-role-privileges")
    .about("Get the names of all privileges that there are.")
    .needs(&["Read API Roles"]);

/// When a tenant that did not say its version is asked again, if an older one is known.
const ASKED_AGAIN: Duration = Duration::from_secs(60);

/// A version of Jamf Pro; compared by its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version(Vec<u64>);

impl Version {
    /// The numbers that a version begins with: `11.30.2-t175` is 11.30.2.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let numbers = text.split(['-', '+']).next().unwrap_or_default();
        let numbers: Option<Vec<u64>> = numbers.split('.').map(|number| number.parse().ok()).collect();
        numbers.filter(|numbers| !numbers.is_empty()).map(Self)
    }

    pub(crate) fn is_before(&self, other: &str) -> bool {
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

/// What is known of a tenant's version, and which older paths follow from it.
#[derive(Default)]
pub(crate) struct Versions {
    known: Mutex<Option<(Version, Instant)>>,
    /// Actions that turned out to live at an older path: index among the older paths, and when it was found.
    older: Mutex<HashMap<&'static str, (usize, Instant)>>,
    /// Held by the one who asks.
    asking: tokio::sync::Mutex<()>,
}

impl Versions {
    /// The version as it was last told, however long ago.
    pub(crate) fn last_known(&self) -> Option<Version> {
        lock(&self.known).as_ref().map(|(version, _)| version.clone())
    }

    /// The same, unless it is older than this.
    fn fresh(&self, lifetime: Duration) -> Option<Version> {
        let known = lock(&self.known);
        known.as_ref().filter(|(_, at)| at.elapsed() < lifetime).map(|(version, _)| version.clone())
    }

    /// Take note of what the tenant said. With another version, its paths are others too.
    fn learn(&self, version: &Version) {
        let before = lock(&self.known).replace((version.clone(), Instant::now()));
        if before.is_some_and(|(before, _)| before != *version) {
            lock(&self.older).clear();
        }
    }

    /// An older version is taken to hold for a while more, so that not every call asks a tenant that does not say.
    fn postpone(&self, lifetime: Duration) {
        if let Some((_, at)) = lock(&self.known).as_mut() {
            *at = Instant::now().checked_sub(lifetime.saturating_sub(ASKED_AGAIN)).unwrap_or(*at);
        }
    }

    fn older_path(&self, action: &Action, lifetime: Duration) -> Option<usize> {
        let older = lock(&self.older);
        older.get(action.name).filter(|(_, at)| at.elapsed() < lifetime).map(|(index, _)| *index)
    }

    fn remember_path(&self, action: &'static Action, index: usize) {
        // The time of the first finding stays, so that the action's own path is tried again in the end.
        let mut older = lock(&self.older);
        let found = older.entry(action.name).or_insert((index, Instant::now()));
        if found.0 != index {
            *found = (index, Instant::now());
        }
    }

    fn forget_path(&self, action: &Action) {
        lock(&self.older).remove(action.name);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tenant's version: as it was told within the last hour, or asked now. Callers who need it at the same time wait for one
/// answer, each until its own deadline.
pub(crate) async fn of(client: &Arc<Client>, call: &Call) -> Result<Version, FailedAttempt> {
    let (versions, lifetime) = (&client.versions, client.patience.version);
    if let Some(version) = versions.fresh(lifetime) {
        return Ok(version);
    }
    let known = versions.last_known();
    let asking = match (versions.asking.try_lock(), &known) {
        (Ok(asking), _) => asking,
        // Somebody asks already, and the version of an hour ago is most likely right.
        (Err(_), Some(known)) => return Ok(known.clone()),
        (Err(_), None) => tokio::select! {
            biased;
            () = call.cancelled.cancelled() => return Err(FailedAttempt::not_sent(Error::Cancelled)),
            asking = timeout_at(call.deadline, versions.asking.lock()) => asking.map_err(|_| FailedAttempt::not_sent(version_timeout()))?,
        },
    };
    if let Some(version) = versions.fresh(lifetime) {
        return Ok(version);
    }
    let result = ask(client, call).await;
    drop(asking);
    match (result, known) {
        (Ok(version), _) => {
            versions.learn(&version);
            Ok(version)
        }
        (Err(failed_attempt), Some(known)) => {
            tracing::debug!(error = %failed_attempt.error, "the tenant's version could not be asked anew");
            versions.postpone(lifetime);
            Ok(known)
        }
        (Err(failed_attempt), None) => Err(failed_attempt),
    }
}

async fn ask(client: &Arc<Client>, call: &Call) -> Result<Version, FailedAttempt> {
    let out = own(&VERSION);
    let reply = send_to(client, &out, call).await?;
    let answer = serde_json::from_slice::<VersionAnswer>(&reply.body).ok();
    // An answer that cannot be read says nothing against the tenant.
    let unreadable =
        || FailedAttempt { failure: Failure::Status(200), error: unreadable("version"), hint: None };
    answer.and_then(|answer| Version::parse(&answer.version)).ok_or_else(unreadable)
}

fn version_timeout() -> Error {
    Error::unreachable("the time for this call was over while the tenant was asked for its version")
        .hint("try again")
}

fn unreadable(what: &str) -> Error {
    Error::unreachable(format!("the tenant's answer about its {what} could not be read"))
}

fn own(action: &'static Action) -> Outgoing<'static> {
    Outgoing { action, path: action.path, query: &[], body: &Body::Empty, manner: Manner::default() }
}

async fn get_own(client: &Arc<Client>, action: &'static Action, call: &Call) -> Result<Reply, Error> {
    send_to(client, &own(action), call).await.map_err(Error::from)
}

/// What the API role may do: its privileges with no site, or with all sites together.
pub(crate) async fn privileges(client: &Arc<Client>, call: &Call) -> Result<Vec<String>, Error> {
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
pub(crate) async fn privilege_names(client: &Arc<Client>, call: &Call) -> Result<Vec<String>, Error> {
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
pub(crate) async fn send(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    call: &Call,
    manner: Manner,
) -> Result<Reply, FailedAttempt> {
    let mut index = first_path(client, action, request, call).await?;
    loop {
        let older = index.and_then(|index| request.older.get(index));
        let out = outgoing(action, request, older, manner);
        match send_to(client, &out, call).await {
            Ok(mut reply) => {
                if out.is_read() {
                    call.has_answer.note();
                }
                if let Some(index) = index {
                    client.versions.remember_path(action, index);
                }
                reply.older_path = older.map(|older| older.template);
                return Ok(reply);
            }
            Err(failed_attempt) if matches!(&failed_attempt.error, Error::Jamf(error) if error.status == 404) =>
            {
                let next = index.map_or(0, |index| index + 1);
                if !may_probe(action) || next >= request.older.len() {
                    client.versions.forget_path(action);
                    let error = too_old(client, action, failed_attempt.error, call).await;
                    return Err(FailedAttempt { error, ..failed_attempt });
                }
                index = Some(next);
            }
            Err(failed_attempt) => return Err(failed_attempt),
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
    manner: Manner,
) -> Outgoing<'a> {
    Outgoing {
        action,
        path: older.map_or(&request.path, |older| &older.path),
        query: older.map_or(&request.query, |older| &older.query),
        body: &request.body,
        manner,
    }
}

/// Index of the older path to begin with; `None` for the action's own.
///
/// A tenant that does not say its version is asked at the action's own path. One that is not there is not asked again.
async fn first_path(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    call: &Call,
) -> Result<Option<usize>, FailedAttempt> {
    if request.older.is_empty() {
        return Ok(None);
    }
    if let Some(index) = client.versions.older_path(action, client.patience.version) {
        return Ok(Some(index));
    }
    match of(client, call).await {
        Ok(version) => Ok(request.older.iter().rposition(|older| version.is_before(older.before))),
        Err(failed_attempt) if is_absent(&failed_attempt) && reply::is_read(action) => Err(failed_attempt),
        // What was asked is a read; the change itself was not sent.
        Err(failed_attempt) if is_absent(&failed_attempt) => {
            Err(FailedAttempt { failure: Failure::NotSent, ..failed_attempt })
        }
        Err(_) => Ok(None),
    }
}

/// Whether a failure is of the tenant as a whole, so that another request would meet it too.
fn is_absent(failed_attempt: &FailedAttempt) -> bool {
    match failed_attempt.failure {
        Failure::NotSent | Failure::NoConnection | Failure::Resting => true,
        Failure::Interrupted | Failure::Slow => true,
        Failure::Status(status) => matches!(status, 502..=504 | 520..=524),
    }
}

/// A 404 of a tenant that is older than the action says so.
async fn too_old(client: &Arc<Client>, action: &Action, error: Error, call: &Call) -> Error {
    let Some(since) = action.since else { return error };
    match (of(client, call).await, error) {
        (Ok(version), Error::Jamf(mut error)) if version.is_before(since) => {
            error.message = format!(
                "this tenant has Jamf Pro {version}, and `{}` came with about {since}: the tenant is probably too old for it (404)",
                action.name
            ).into();
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
