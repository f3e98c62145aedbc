//! Tokens and what the API role may do. The token endpoint, and the check that every other path begins with.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
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

/// The API client of the start; its last digits spell what it is.
pub(crate) const CLIENT_ID: &str = "00000000-0000-4000-8000-0000000de100";
/// The secret of the API client of the start.
pub(crate) const CLIENT_SECRET: &str = "simulated-tenant-not-a-secret";
/// The only user that may sign in with a password, as scripts that are older than API clients do.
pub(crate) const USER: &str = "api-user";
/// The password of that user.
pub(crate) const PASSWORD: &str = "simulated-user-not-a-secret";
/// The cookie that pins a client to a node.
pub(crate) const NODE_COOKIE: &str = "jpro-ingress";
/// The node that all writes go to.
pub(crate) const NODE: &str = "demo-node-1";

/// Who a token was given to, and what that one may do.
#[derive(Debug)]
pub(crate) struct Grant {
    /// The word for it on the control page.
    kind: String,
    name: String,
    authentication: &'static str,
    /// The names of the privileges; `None` is all of them.
    privileges: Option<Vec<String>>,
    /// `api-role:1 api-role:2`.
    scope: String,
}

impl Grant {
    /// An API client that somebody made, with the privileges of its roles.
    pub(crate) fn of_client(name: &str, privileges: Vec<String>, scope: String) -> Self {
        Self {
            kind: format!("API client {name}"),
            name: name.to_owned(),
            authentication: "CLIENT_CREDENTIALS",
            privileges: Some(privileges),
            scope,
        }
    }

    /// The tenant itself, whose roles nobody asks for.
    pub(crate) fn of_tenant() -> &'static Self {
        static TENANT: LazyLock<Grant> = LazyLock::new(|| Grant {
            kind: "tenant".to_owned(),
            name: "tenant".to_owned(),
            authentication: "SYSTEM_ACCOUNT",
            privileges: None,
            scope: String::new(),
        });
        &TENANT
    }

    /// Whether there is one of these privileges; an empty list asks for none.
    pub(crate) fn allows(&self, any_of: &[&str]) -> bool {
        let has = |name: &&str| self.privileges.as_ref().is_none_or(|p| p.iter().any(|own| own == name));
        any_of.is_empty() || any_of.iter().any(has)
    }

    /// The names of its privileges.
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
                "id": "1", "username": self.name, "realName": "", "email": "",
                "preferences": {"language": "en", "dateFormat": "yyyy/MM/dd", "region": "Europe", "timezone": "Etc/GMT"},
                "multiSiteAdmin": false, "accessLevel": "FullAccess", "privilegeSet": "CUSTOM",
                "privilegesBySite": {"-1": privileges}, "groupIds": [], "currentSiteId": "-1", "currentDivisionId": "-1"
            },
            "accountGroups": [],
            "sites": [],
            "authenticationType": self.authentication
        })
    }
}

/// What a request for a token names.
pub(crate) struct TokenRequest<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) secret: &'a str,
    /// The roles that are asked for, by their ids; none is all of the client's.
    pub(crate) roles: Vec<&'a str>,
}

/// What a client gets a token for, and for how long the token is good; `Err` is the code of the refusal.
pub(crate) type TokenGrant = Result<(Grant, Duration), &'static str>;

/// The tokens that are good now.
#[derive(Debug)]
pub(crate) struct Auth {
    lifetime: Mutex<Duration>,
    /// The privileges of the client and of the user of the start.
    privileges: Option<Vec<String>>,
    tokens: Mutex<HashMap<String, Token>>,
}

/// A token that was given out.
#[derive(Debug, Clone)]
struct Token {
    until: Instant,
    lifetime: Duration,
    grant: Arc<Grant>,
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

    /// `POST /api/v1/oauth/token`; `made` looks among the clients that somebody made.
    pub(crate) fn token(
        &self,
        call: &Call,
        wrong_secret: bool,
        made: impl FnOnce(&TokenRequest<'_>) -> TokenGrant,
    ) -> Answer {
        let fields = form(&String::from_utf8_lossy(&call.body));
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
        if field("grant_type") != "client_credentials" {
            return refusal("unsupported_grant_type");
        }
        let scopes = field("scope").split_whitespace();
        let roles: Option<Vec<&str>> = scopes.map(|scope| scope.strip_prefix("api-role:")).collect();
        let Some(roles) = roles else { return refusal("invalid_scope") };
        let asked = TokenRequest { client_id: field("client_id"), secret: field("client_secret"), roles };
        let granted = match asked.client_id {
            _ if wrong_secret => Err("invalid_client"),
            CLIENT_ID => self.first_client(&asked),
            _ => made(&asked),
        };
        let (grant, lifetime) = match granted {
            Ok(granted) => granted,
            Err(code) => return refusal(code),
        };
        let scope = grant.scope.clone();
        let token = self.new_token(grant, lifetime);
        let seconds = lifetime.as_secs().saturating_sub(1);
        let body =
            json!({"access_token": token, "scope": scope, "token_type": "Bearer", "expires_in": seconds});
        Answer::ok(&body).with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly"))
    }

    fn first_client(&self, asked: &TokenRequest<'_>) -> TokenGrant {
        if asked.secret != CLIENT_SECRET {
            return Err("invalid_client");
        }
        if asked.roles.iter().any(|role| *role != "1") {
            return Err("invalid_scope");
        }
        let grant = Grant {
            kind: "API client".to_owned(),
            name: "jamf-pro-mcp (simulated)".to_owned(),
            authentication: "CLIENT_CREDENTIALS",
            privileges: self.privileges.clone(),
            scope: "api-role:1".to_owned(),
        };
        Ok((grant, self.lifetime()))
    }

    fn lifetime(&self) -> Duration {
        *self.lifetime.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_token(&self, grant: Grant, lifetime: Duration) -> String {
        let token = opaque();
        let now = Instant::now();
        let mut tokens = self.lock();
        tokens.retain(|_, token| token.until > now);
        tokens.insert(token.clone(), Token { until: now + lifetime, lifetime, grant: Arc::new(grant) });
        token
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
        let lifetime = self.lifetime();
        let grant = Grant {
            kind: "user".to_owned(),
            name: USER.to_owned(),
            authentication: "JSS",
            privileges: self.privileges.clone(),
            scope: String::new(),
        };
        let token = self.new_token(grant, lifetime);
        let until = jiff::Timestamp::now()
            .checked_add(SignedDuration::try_from(lifetime).unwrap_or_default() + skew)
            .unwrap_or_default();
        let expires = until.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        Answer::ok(&json!({"token": token, "expires": expires}))
            .with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly"))
    }

    /// Whose token the call carries; none where it is not good.
    pub(crate) fn grant(&self, call: &Call) -> Option<Arc<Grant>> {
        let token = self.lock().get(bearer(call)?)?.clone();
        (token.until > Instant::now()).then_some(token.grant)
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
            self.lock().iter().map(|(text, token)| (text.clone(), token.clone())).collect();
        all.retain(|(_, token)| token.until > now);
        all.sort_by_key(|(_, token)| token.until);
        let shown = |(text, token): &(String, Token)| {
            let end = text.get(text.len().saturating_sub(6)..).unwrap_or_default();
            json!({
                "of": token.grant.kind, "endsIn": end, "secondsLeft": token.until.duration_since(now).as_secs(),
                "lifetimeSeconds": token.lifetime.as_secs(),
            })
        };
        all.iter().map(shown).collect()
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
