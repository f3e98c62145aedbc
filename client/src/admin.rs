//! A person who administers a tenant signs in once, with a local account, to make an API role and an API client. The account is asked for the
//! token alone and kept nowhere; the token is given back at the end.

use std::time::Duration;

use bytes::BytesMut;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::address::Address;
use crate::config::ClientConfig;
use crate::connection::{self, Http, Route};
use crate::error::{Error, Message, quoted};
use crate::exchange::bearer;
use crate::transport;

const ROLES: &str = "/api/v1/api-roles";
const CLIENTS: &str = "/api/v1/api-integrations";

/// How long the tenant may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Largest answer that is read.
const LARGEST: usize = 4 * 1024 * 1024;

/// How long tokens of the new client are good for, in seconds.
const TOKEN_LIFETIME: u64 = 1800;

/// The session of an administrator. It makes a role, a client and the secret of that client, and nothing else.
pub struct AdminSession {
    address: Address,
    http: Http,
    route: Route,
    token: SecretString,
}

impl AdminSession {
    /// Sign in with the name and the password of a local account. Of the configuration only the address and the certificate authority are
    /// used.
    ///
    /// # Errors
    /// When the tenant is not reached or does not take the password; an account that signs in through SSO alone has none here.
    pub async fn sign_in(config: &ClientConfig, user: &str, password: &SecretString) -> Result<Self, Error> {
        use base64::Engine;
        let address = Address::parse(&config.url)?;
        let (http, route) = connection::connect(&address, config)?;
        let pair =
            base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        let mut basic = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|_| Error::operator("the user name or the password cannot be sent"))?;
        basic.set_sensitive(true);
        let mut session = Self { address, http, route, token: SecretString::from(String::new()) };
        let (status, answer) = session.exchange(Method::POST, "/api/v1/auth/token", None, basic).await?;
        if status == StatusCode::UNAUTHORIZED {
            return Err(Error::operator(format!("{} did not take this user name and password (401)", session.route.host))
                .hint("it takes a local account of Jamf Pro: an account that signs in through SSO alone has no password here"));
        }
        let answer = accepted(status, answer, "sign in")?;
        let token = text(&answer, "token").filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Error::operator("the tenant gave no token for this account"))?;
        session.token = SecretString::from(token);
        Ok(session)
    }

    /// The names of all privileges that this version of Jamf Pro knows.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub async fn privilege_names(&self) -> Result<Vec<String>, Error> {
        let answer =
            self.call(Method::GET, "/api/v1/api-role-privileges", None, "list the privileges").await?;
        let names = answer.get("privileges").and_then(Value::as_array);
        Ok(names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// A name that no API role and no API client has yet: this one, or this one with a number.
    ///
    /// # Errors
    /// When the tenant does not list them.
    pub async fn free_name(&self, name: &str) -> Result<String, Error> {
        let mut taken = Vec::new();
        for path in [ROLES, CLIENTS] {
            let answer = self
                .call(Method::GET, path, Some(("page-size", "2000")), "list API roles and clients")
                .await?;
            let results = answer.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
            taken.extend(results.iter().filter_map(|one| text(one, "displayName")));
        }
        let names = std::iter::once(name.to_owned()).chain((2..).map(|number| format!("{name} {number}")));
        names.take(1000).find(|name| !taken.contains(name)).ok_or_else(|| Error::operator("no name is free"))
    }

    /// Make an API role.
    ///
    /// # Errors
    /// When the tenant refuses it.
    pub async fn create_role(&self, name: &str, privileges: &[String]) -> Result<(), Error> {
        self.write(ROLES, &role_body(name, privileges), "make the API role").await.map(drop)
    }

    /// Make an API client with a role, and its secret; the client id and the secret.
    ///
    /// # Errors
    /// When the tenant refuses it.
    pub async fn create_client(&self, name: &str, role: &str) -> Result<(String, SecretString), Error> {
        let made = self.write(CLIENTS, &client_body(name, role), "make the API client").await?;
        let id = match made.get("id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => return Err(Error::operator("the tenant did not say the id of the new API client")),
        };
        if !id.chars().all(|digit| digit.is_ascii_alphanumeric() || digit == '-') {
            return Err(Error::operator("the tenant gave the new API client an id that is none"));
        }
        let path = format!("{CLIENTS}/{id}/client-credentials");
        let answer = self.write(&path, &Value::Null, "make the secret of the API client").await?;
        match (text(&answer, "clientId"), text(&answer, "clientSecret")) {
            (Some(client_id), Some(secret)) => Ok((client_id, SecretString::from(secret))),
            _ => Err(Error::operator("the tenant did not say the secret of the new API client")),
        }
    }

    /// End the session: the token is good no more. False where the tenant did not confirm it; then the token ends by itself.
    pub async fn close(self) -> bool {
        self.write("/api/v1/auth/invalidate-token", &Value::Null, "end the session").await.is_ok()
    }

    async fn write(&self, path: &str, body: &Value, what: &str) -> Result<Value, Error> {
        let (status, answer) = self.exchange(Method::POST, path, Some(body), bearer(&self.token)?).await?;
        accepted(status, answer, what)
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        query: Option<(&str, &str)>,
        what: &str,
    ) -> Result<Value, Error> {
        let path = match query {
            Some((name, value)) => format!("{path}?{name}={value}"),
            None => path.to_owned(),
        };
        let (status, answer) = self.exchange(method, &path, None, bearer(&self.token)?).await?;
        accepted(status, answer, what)
    }

    /// One request. Nothing is sent again: a role that was made twice would be two.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        authorization: HeaderValue,
    ) -> Result<(StatusCode, Vec<u8>), Error> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let query: Vec<(String, String)> = query
            .split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let url = self.address.join(path, &query)?;
        let mut request = self.http.get()?.request(method, url).header(ACCEPT, "application/json");
        request = request.header(AUTHORIZATION, authorization);
        if let Some(body) = body.filter(|body| !body.is_null()) {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let exchange = async {
            let mut response = request.send().await?;
            let status = response.status();
            let mut body = BytesMut::new();
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > LARGEST {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, body.to_vec()))
        };
        let late = |_| {
            Error::unreachable(format!("the tenant did not answer within {} s", PATIENCE.as_secs()))
                .hint("try again")
        };
        timeout(PATIENCE, exchange)
            .await
            .map_err(late)?
            .map_err(|error| transport::fault(&error, &self.route).error())
    }
}

/// The body of a new API role.
pub fn role_body(name: &str, privileges: &[String]) -> Value {
    json!({ "displayName": name, "privileges": privileges })
}

/// The body of a new API client with one role.
pub fn client_body(name: &str, role: &str) -> Value {
    json!({
        "displayName": name,
        "enabled": true,
        "authorizationScopes": [role],
        "accessTokenLifetimeSeconds": TOKEN_LIFETIME,
    })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

/// The answer as JSON, or what the tenant said against it. Its own words are about names and privileges; a secret is in no refusal.
fn accepted(status: StatusCode, body: Vec<u8>, what: &str) -> Result<Value, Error> {
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status.is_success() {
        return Ok(value);
    }
    let said = value.pointer("/errors/0/description").and_then(Value::as_str).filter(|said| !said.is_empty());
    let said = said.map(|said| format!(": {}", quoted(said, 200))).unwrap_or_default();
    let hint = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "the account needs the privileges to create API roles and API integrations"
        }
        _ => "the same can be done in the console: Settings, System, API roles and clients",
    };
    Err(Error::operator(Message {
        text: format!("the tenant did not {what} ({}){said}", status.as_u16()),
        hint: Some(hint.into()),
    }))
}
