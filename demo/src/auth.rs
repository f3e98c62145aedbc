//! Tokens and what the API role may do. The token endpoint, and the check that every other path begins with.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use base64::Engine;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    exchange::{Answer, Call, form},
    privileges::ALL,
};

/// The only API client; its last digits spell what it is.
pub(crate) const CLIENT_ID: &str = "00000000-0000-4000-8000-0000000de100";
/// The secret of the only API client.
pub(crate) const CLIENT_SECRET: &str = "simulated-tenant-not-a-secret";
/// The only user that may sign in with a password, as scripts that are older than API clients do.
pub(crate) const USER: &str = "api-user";
/// The password of that user.
pub(crate) const PASSWORD: &str = "simulated-user-not-a-secret";
/// The cookie that pins a client to a node.
pub(crate) const NODE_COOKIE: &str = "jpro-ingress";
/// The node that all writes go to.
pub(crate) const NODE: &str = "demo-node-1";

/// The tokens that are good now, and the privileges behind all of them.
#[derive(Debug)]
pub(crate) struct Auth {
    lifetime: Mutex<Duration>,
    privileges: Option<Vec<String>>,
    tokens: Mutex<HashMap<String, Token>>,
}

/// A token that was given out.
#[derive(Debug, Clone, Copy)]
struct Token {
    until: Instant,
    lifetime: Duration,
    of: &'static str,
}

impl Auth {
    pub(crate) fn new(lifetime: Duration, privileges: Option<Vec<String>>) -> Self {
        Self { lifetime: Mutex::new(lifetime), privileges, tokens: Mutex::default() }
    }

    /// How long tokens that are given out from now on are good for.
    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner) = lifetime;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `POST /api/v1/oauth/token`.
    pub(crate) fn token(&self, call: &Call, wrong_secret: bool) -> Answer {
        let fields = form(&String::from_utf8_lossy(&call.body));
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
        if field("grant_type") != "client_credentials" {
            return refusal("unsupported_grant_type");
        }
        if wrong_secret || field("client_id") != CLIENT_ID || field("client_secret") != CLIENT_SECRET {
            return refusal("invalid_client");
        }
        let (token, lifetime) = self.new_token("API client");
        let seconds = lifetime.as_secs().saturating_sub(1);
        let body = json!({"access_token": token, "scope": "api-role:1", "token_type": "Bearer", "expires_in": seconds});
        Answer::ok(&body).with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly"))
    }

    fn new_token(&self, of: &'static str) -> (String, Duration) {
        let token = opaque();
        let now = Instant::now();
        let mut tokens = self.lock();
        tokens.retain(|_, token| token.until > now);
        let lifetime = *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(token.clone(), Token { until: now + lifetime, lifetime, of });
        (token, lifetime)
    }

    /// `POST /api/v1/auth/token`: a user signs in with a name and a password; `skew` is how far the tenant's clock is ahead.
    pub(crate) fn sign_in(&self, call: &Call, skew: SignedDuration) -> Answer {
        let given = call.header("authorization").split_once(' ');
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let pair =
            given.and_then(|(_, pair)| base64::engine::general_purpose::STANDARD.decode(pair.trim()).ok());
        if pair.as_deref() != Some(format!("{USER}:{PASSWORD}").as_bytes()) {
            return Answer::json(StatusCode::UNAUTHORIZED, &json!({"httpStatus": 401, "errors": []}));
        }
        self.session(skew)
    }

    /// `POST /api/v1/auth/keep-alive`: a new token in the place of the one that the call carries.
    pub(crate) fn keep_alive(&self, call: &Call, skew: SignedDuration) -> Answer {
        self.forget(call);
        self.session(skew)
    }

    fn session(&self, skew: SignedDuration) -> Answer {
        let (token, lifetime) = self.new_token("user");
        let until = jiff::Timestamp::now()
            .checked_add(SignedDuration::try_from(lifetime).unwrap_or_default() + skew)
            .unwrap_or_default();
        let expires = until.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        Answer::ok(&json!({"token": token, "expires": expires}))
            .with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly"))
    }

    /// Whether the call carries a token that is good.
    pub(crate) fn knows(&self, call: &Call) -> bool {
        bearer(call)
            .and_then(|token| self.lock().get(token).copied())
            .is_some_and(|token| token.until > Instant::now())
    }

    /// The token of this call is not good any more.
    pub(crate) fn forget(&self, call: &Call) -> bool {
        bearer(call).is_some_and(|token| self.lock().remove(token).is_some())
    }

    /// No token that was given out is good any more.
    pub(crate) fn forget_all(&self) {
        self.lock().clear();
    }

    /// The tokens that are good now: whose they are, their last letters, and for how long.
    pub(crate) fn tokens(&self) -> Vec<Value> {
        let now = Instant::now();
        let mut all: Vec<(String, Token)> =
            self.lock().iter().map(|(text, token)| (text.clone(), *token)).collect();
        all.retain(|(_, token)| token.until > now);
        all.sort_by_key(|(_, token)| token.until);
        let shown = |(text, token): &(String, Token)| {
            let end = text.get(text.len().saturating_sub(6)..).unwrap_or_default();
            json!({
                "of": token.of, "endsIn": end, "secondsLeft": token.until.duration_since(now).as_secs(),
                "lifetimeSeconds": token.lifetime.as_secs(),
            })
        };
        all.iter().map(shown).collect()
    }

    /// Whether the role has one of these privileges; an empty list asks for none.
    pub(crate) fn allows(&self, any_of: &[&str]) -> bool {
        let has = |name: &&str| self.privileges.as_ref().is_none_or(|p| p.iter().any(|own| own == name));
        any_of.is_empty() || any_of.iter().any(has)
    }

    /// The names of the role's privileges.
    pub(crate) fn privileges(&self) -> Vec<&str> {
        match &self.privileges {
            Some(own) => own.iter().map(String::as_str).collect(),
            None => ALL.clone(),
        }
    }

    /// `GET /api/v1/auth`.
    pub(crate) fn whoami(&self) -> Value {
        let privileges = self.privileges();
        json!({
            "account": {
                "id": "1", "username": "jamf-pro-mcp (simulated)", "realName": "", "email": "",
                "preferences": {"language": "en", "dateFormat": "yyyy/MM/dd", "region": "Europe", "timezone": "Etc/GMT"},
                "multiSiteAdmin": false, "accessLevel": "FullAccess", "privilegeSet": "CUSTOM",
                "privilegesBySite": {"-1": privileges}, "groupIds": [], "currentSiteId": "-1", "currentDivisionId": "-1"
            },
            "accountGroups": [],
            "sites": [],
            "authenticationType": "CLIENT_CREDENTIALS"
        })
    }
}

fn refusal(code: &str) -> Answer {
    let body = json!({"error": code, "error_description": "Client authentication failed", "error_uri": ""});
    Answer::json(StatusCode::BAD_REQUEST, &body)
}

fn bearer(call: &Call) -> Option<&str> {
    let (scheme, token) = call.header("authorization").split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Three dotted parts, as a JWT has; nothing can be read out of them.
fn opaque() -> String {
    let part = |length: usize| -> String { (0..length).map(|_| fastrand::alphanumeric()).collect() };
    format!("eyJ{}.eyJ{}.{}", part(33), part(180), part(86))
}

/// What a Jamf Pro server answers when the role lacks a privilege, by API.
pub(crate) fn forbidden(classic: bool) -> Answer {
    if classic {
        return Answer::page(
            StatusCode::FORBIDDEN,
            "The server understood the request but refuses to authorize it.",
        );
    }
    Answer::error(StatusCode::FORBIDDEN, "INVALID_PRIVILEGE", "Forbidden", None)
}
