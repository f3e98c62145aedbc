//! Tokens and privileges.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::json;
use tokio::time::Instant;

use crate::answer;
use crate::server::State;
use crate::{CLIENT_ID, CLIENT_SECRET, Fault};

/// The tokens that are good.
#[derive(Debug)]
pub(crate) struct Tokens {
    lifetime: Duration,
    valid: Mutex<HashMap<String, Instant>>,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, valid: Mutex::default() }
    }

    fn valid(&self) -> std::sync::MutexGuard<'_, HashMap<String, Instant>> {
        self.valid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn forget(&self) {
        self.valid().clear();
    }

    fn issue(&self) -> String {
        let token = format!("demo.{:032x}.token", fastrand::u128(..));
        let mut valid = self.valid();
        valid.retain(|_, until| *until > Instant::now());
        valid.insert(token.clone(), Instant::now() + self.lifetime);
        token
    }

    pub(crate) fn accepts(&self, headers: &HeaderMap) -> bool {
        bearer(headers)
            .is_some_and(|token| self.valid().get(token).is_some_and(|until| *until > Instant::now()))
    }

    fn revoke(&self, headers: &HeaderMap) {
        if let Some(token) = bearer(headers) {
            self.valid().remove(token);
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

pub(crate) fn invalid_token() -> Response {
    let errors =
        json!([{ "code": "INVALID_TOKEN", "description": "Unauthorized", "id": "0", "field": null }]);
    answer::json(StatusCode::UNAUTHORIZED, &json!({ "httpStatus": 401, "errors": errors }))
}

/// The token endpoint.
pub(crate) fn token(state: &State, path: &str, body: &[u8]) -> Response {
    state.log.count_token();
    if path == "/api/v1/oauth/token" && state.is_before("11.0") {
        return answer::not_found();
    }
    let form: HashMap<String, String> = serde_urlencoded(body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let right = field("grant_type") == "client_credentials"
        && field("client_id") == CLIENT_ID
        && field("client_secret") == CLIENT_SECRET;
    if !right || state.faults.strike(path, |fault| matches!(fault, Fault::WrongSecret)).is_some() {
        let error = json!({ "error": "invalid_client", "error_description": "Client authentication failed", "error_uri": "https://example.org" });
        return answer::json(StatusCode::BAD_REQUEST, &error);
    }
    let left = state.tokens.lifetime.as_secs().saturating_sub(1);
    answer::ok(
        &json!({ "access_token": state.tokens.issue(), "scope": "api-role:1", "token_type": "Bearer", "expires_in": left }),
    )
}

fn serde_urlencoded(body: &[u8]) -> HashMap<String, String> {
    crate::rows::pairs(&String::from_utf8_lossy(body)).into_iter().collect()
}

/// What any token may ask, privileges or not.
pub(crate) fn own(state: &State, method: &str, path: &str, headers: &HeaderMap) -> Option<Response> {
    match (method, path) {
        ("POST", "/api/v1/auth/invalidate-token") => {
            state.tokens.revoke(headers);
            Some(answer::empty(StatusCode::NO_CONTENT))
        }
        ("GET", "/api/v1/auth") => {
            let privileges = state
                .options
                .privileges
                .clone()
                .unwrap_or_else(|| PRIVILEGES.iter().map(|name| (*name).to_owned()).collect());
            Some(answer::ok(&json!({
                "account": { "id": "1", "username": "demo", "realName": "", "email": "", "multiSiteAdmin": false, "accessLevel": "FullAccess", "privilegeSet": "CUSTOM",
                    "privilegesBySite": { "-1": privileges }, "groupIds": [], "currentSiteId": "-1" },
                "accountGroups": [], "sites": [], "authenticationType": "CLIENT_CREDENTIALS",
            })))
        }
        ("GET", "/api/v1/jamf-pro-version") => {
            Some(answer::ok(&json!({ "version": format!("{}-t1761150000000", state.options.version) })))
        }
        ("GET", "/api/v1/api-role-privileges") => Some(answer::ok(&json!({ "privileges": PRIVILEGES }))),
        _ => None,
    }
}

impl State {
    /// Whether the API role has a privilege; an empty name needs none.
    pub(crate) fn may(&self, privilege: &str) -> bool {
        privilege.is_empty()
            || self.options.privileges.as_ref().is_none_or(|all| all.iter().any(|name| name == privilege))
    }
}

/// The privileges that the simulated tenant knows.
pub(crate) const PRIVILEGES: &[&str] = &[
    "Create Buildings",
    "Create Categories",
    "Create Computers",
    "Create Departments",
    "Create Policies",
    "Create Scripts",
    "Create Smart Computer Groups",
    "Create Smart Mobile Device Groups",
    "Create Static Computer Groups",
    "Create Static Mobile Device Groups",
    "Create User",
    "Delete Buildings",
    "Delete Categories",
    "Delete Computers",
    "Delete Departments",
    "Delete Policies",
    "Delete Scripts",
    "Delete Smart Computer Groups",
    "Delete Smart Mobile Device Groups",
    "Delete Static Computer Groups",
    "Delete Static Mobile Device Groups",
    "Delete User",
    "Read Buildings",
    "Read Categories",
    "Read Computers",
    "Read Departments",
    "Read Mobile Devices",
    "Read Policies",
    "Read Scripts",
    "Read Self Service",
    "Read Smart Computer Groups",
    "Read Smart Mobile Device Groups",
    "Read Static Computer Groups",
    "Read Static Mobile Device Groups",
    "Read Static User Groups",
    "Read User",
    "Read iOS Configuration Profiles",
    "Read macOS Configuration Profiles",
    "Send Computer Remote Wipe Command",
    "Send Computer Unmanage Command",
    "Send Mobile Device Remote Wipe Command",
    "Unmanage Mobile Devices",
    "Update Buildings",
    "Update Categories",
    "Update Computers",
    "Update Departments",
    "Update Mobile Devices",
    "Update Policies",
    "Update Scripts",
    "Update Smart Computer Groups",
    "Update Smart Mobile Device Groups",
    "Update Smart User Groups",
    "Update Static Computer Groups",
    "Update Static Mobile Device Groups",
    "Update User",
    "View Computer Device Lock Pin",
    "View Disk Encryption Recovery Key",
    "View Recovery Lock",
];
