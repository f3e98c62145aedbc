//! Asking a tenant for a token, and what its answer means: what lasts until somebody acts is told apart from what passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use url::Url;

use crate::address::Address;
use crate::config::{ClientConfig, Credentials};
use crate::connection::{Http, Route};
use crate::error::{Error, Message, quoted};
use crate::exchange::media_type;
use crate::page::{Origin, Page};
use crate::queue::Queue;
use crate::token::{Token, Tokens};
use crate::{charset, retry, transport};

/// How long the tenant may take to answer the request for a token.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long the secret may take to be read: a keychain may ask a person first.
const SECRET_PATIENCE: Duration = Duration::from_secs(60);

/// Paths of the token endpoint, the newer first.
const PATHS: [&str; 2] = ["/api/v1/oauth/token", "/api/oauth/token"];

/// Largest answer that is looked at.
const LARGEST: usize = 64 * 1024;

/// The lifetime that is assumed when an answer does not say one that makes sense: the shortest that Jamf Pro gives.
const USUAL_LIFETIME: u64 = 60;

/// Longest lifetime that is believed.
const A_DAY: u64 = 86_400;

/// The tokens of a tenant, asked for with the credentials of its configuration.
///
/// # Errors
/// When the configuration has no client id.
pub(crate) fn tokens(
    address: &Address,
    http: &Http,
    route: &Route,
    queue: &Queue,
    config: &ClientConfig,
) -> Result<Tokens, Error> {
    let client_id = config.client_id.trim().to_owned();
    if client_id.is_empty() {
        return Err(
            Error::operator("the client id is empty").hint("set the client id of an API client in Jamf Pro")
        );
    }
    let source = Arc::new(Source {
        address: address.clone(),
        http: http.clone(),
        route: route.clone(),
        queue: queue.clone(),
        client_id,
        credentials: config.credentials.clone(),
        path: AtomicUsize::new(0),
    });
    Ok(Tokens::new(Arc::new(move || {
        let source = source.clone();
        async move { source.fetch().await }.boxed()
    })))
}

struct Source {
    address: Address,
    http: Http,
    route: Route,
    queue: Queue,
    client_id: String,
    credentials: Arc<dyn Credentials>,
    /// Which of [`PATHS`] gave the last token.
    path: AtomicUsize,
}

/// What the token endpoint answered.
struct TokenAnswer {
    /// When it was asked: the lifetime counts from before the question, so that a slow answer never makes a token look younger.
    sent_at: Instant,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Source {
    async fn fetch(&self) -> Result<Token, Error> {
        let secret = read_secret(self.credentials.as_ref()).await?;
        let _place = self.queue.next_place().await.map_err(|_| {
            Error::Internal("the queue of the tenant ended while a token was waited for".to_owned())
        })?;
        // Waiting for the place is not the tenant's fault, so the clock starts after it.
        let late = |_| {
            Err(Error::unreachable(format!(
                "no access token: the tenant did not answer the request for one within {} s",
                PATIENCE.as_secs()
            ))
            .hint("try again"))
        };
        timeout(PATIENCE, self.ask_in_turn(&secret)).await.unwrap_or_else(late)
    }

    /// Ask at the path that gave the last token, and at the other one where the tenant does not have it.
    async fn ask_in_turn(&self, secret: &SecretString) -> Result<Token, Error> {
        let first = self.path.load(Ordering::Relaxed) % PATHS.len();
        for index in [first, PATHS.len() - 1 - first] {
            let Some(path) = PATHS.get(index) else { continue };
            let answer = self.ask(path, secret).await?;
            if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED) {
                continue;
            }
            let token = self.read(&answer)?;
            self.path.store(index, Ordering::Relaxed);
            return Ok(token);
        }
        Err(Error::operator(format!(
            "no access token: {} has no token endpoint (404). The tenant's url is probably not that of a Jamf Pro tenant, or the tenant is older \
             than Jamf Pro 10.49",
            self.route.host
        ))
        .hint("check the url"))
    }

    async fn ask(&self, path: &str, secret: &SecretString) -> Result<TokenAnswer, Error> {
        let form = {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "client_credentials");
            form.append_pair("client_id", &self.client_id);
            form.append_pair("client_secret", secret.expose_secret());
            form.finish()
        };
        let url = self.address.join(path, &[])?;
        let sent_at = Instant::now();
        let request = self
            .http
            .get()?
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form);
        let failed = |error: reqwest::Error| {
            let mut fault = transport::fault(&error, &self.route);
            fault.cause.insert_str(0, "no access token: ");
            fault.error()
        };
        let mut response = request.send().await.map_err(failed)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                break;
            }
        }
        let body = charset::utf8(headers.get(CONTENT_TYPE), body.freeze());
        Ok(TokenAnswer { sent_at, status, headers, body })
    }

    fn read(&self, answer: &TokenAnswer) -> Result<Token, Error> {
        let page = Page::of(&media_type(&answer.headers), &answer.body);
        match (answer.status.as_u16(), page) {
            (200..=299, Some(page)) => Err(page_instead_of_token(&page)),
            (200..=299, None) => token(answer),
            (300..=399, _) => Err(redirect_error(answer)),
            (407, _) => Err(Error::operator("no access token: a proxy asks for credentials (407)")
                .hint("put them into HTTPS_PROXY, as http://user:password@host:port")),
            (400, _) if speaks_of_tls(&answer.body) => Err(Error::operator(format!(
                "no access token: {} speaks TLS, and the tenant's url begins with http://",
                self.route.host
            ))
            .hint("begin the url with https://")),
            (400..=403, None) => Err(self.credentials_refusal(answer)),
            (408 | 425 | 429 | 500.., page) => Err(unavailable(answer, page.as_ref())),
            (code, page) => Err(self.not_a_tenant(code, page.as_ref())),
        }
    }

    /// An answer that no token endpoint gives.
    fn not_a_tenant(&self, code: u16, page: Option<&Page>) -> Error {
        let explained = page.map(Page::explain).unwrap_or_default();
        let (cause, hint) = match page.map(|page| page.origin) {
            Some(Origin::Firewall) => ("", "tell the person who runs the network or Jamf Pro"),
            _ => (" The tenant's url is probably not that of a Jamf Pro tenant", "check the url"),
        };
        Error::operator(format!(
            "no access token: {} answered {code} to the request for one.{explained}{cause}",
            self.route.host
        ))
        .hint(hint)
    }

    fn credentials_refusal(&self, answer: &TokenAnswer) -> Error {
        // The code alone: descriptions may repeat what was sent.
        let code = serde_json::from_slice::<Value>(&answer.body).ok();
        let code = code.as_ref().and_then(|body| body.get("error")).and_then(Value::as_str);
        let code = code.map(|code| format!(", {}", quoted(code, 40))).unwrap_or_default();
        Error::operator(format!(
            "the tenant refused the credentials ({}{code}) of API client {}",
            answer.status.as_u16(),
            quoted(&self.client_id, 80)
        ))
        .hint(
            "check client_id and secret, and in Jamf Pro that the API client is enabled. A new secret of the API client must be given to \
             this server too",
        )
    }
}

/// The client secret, within a time: a keychain may keep it waiting.
async fn read_secret(credentials: &dyn Credentials) -> Result<SecretString, Error> {
    timeout(SECRET_PATIENCE, credentials.secret()).await.unwrap_or_else(|_| {
        Err(Error::operator(format!(
            "the client secret could not be read: {} gave nothing within {} s. It may wait for a person to unlock it",
            credentials.source(),
            SECRET_PATIENCE.as_secs()
        )))
    })
}

fn token(answer: &TokenAnswer) -> Result<Token, Error> {
    let no_token = |why: &str| {
        Error::operator(format!(
            "no access token: the token endpoint answered {}, and {why}",
            answer.status.as_u16()
        ))
        .hint("check that the tenant's url is that of a Jamf Pro tenant")
    };
    let body: Value = serde_json::from_slice(&answer.body).map_err(|_| no_token("its answer is not JSON"))?;
    let secret = body.get("access_token").and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if secret.is_empty() {
        return Err(no_token("its answer holds no access_token"));
    }
    if http::HeaderValue::from_str(secret).is_err() {
        return Err(no_token("its access_token is not one that a request can carry"));
    }
    Ok(Token { secret: secret.into(), lifetime: lifetime(body.get("expires_in")), obtained: answer.sent_at })
}

/// The lifetime that an answer says, as a number or as text. One that makes no sense is taken for the shortest that is usual: a
/// token that ends earlier is refused and replaced.
fn lifetime(answer: Option<&Value>) -> Duration {
    let seconds = match answer {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    match seconds {
        // At least one second, so that it is not cut to none.
        Some(seconds) if seconds >= 1.0 => Duration::from_secs_f64(seconds.min(A_DAY as f64).floor()),
        _ => Duration::from_secs(USUAL_LIFETIME),
    }
}

fn page_instead_of_token(page: &Page) -> Error {
    let name = page.name();
    let cause = match page.origin {
        Origin::Firewall => "a firewall or filter in front of the tenant refused the request",
        Origin::SignIn => {
            "the tenant's url is not that of its API, or a sign-in stands in front of it (single sign-on, a portal of this network)"
        }
        Origin::ClassicApi | Origin::Other => {
            "the tenant's url is not that of a Jamf Pro tenant, something in front of it answered, or Jamf Pro is starting"
        }
    };
    Error::operator(format!("no access token: {name} came in its place; {cause}"))
        .hint("open the tenant's url in a browser to see which")
}

fn redirect_error(answer: &TokenAnswer) -> Error {
    let target = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let host =
        target.and_then(|target| Url::parse(target).ok()).and_then(|url| url.host_str().map(str::to_owned));
    let host = host.map(|host| format!(" to {}", quoted(&host, 80))).unwrap_or_default();
    Error::operator(format!(
        "no access token: the token endpoint answered {}, a redirect{host}, which is not followed. The tenant's url is probably not its own, or a \
         sign-in stands in front of it",
        answer.status.as_u16()
    ))
    .hint("check the url")
}

fn unavailable(answer: &TokenAnswer, page: Option<&Page>) -> Error {
    let wait = retry::hint(&answer.headers);
    let page = page.map(Page::explain).unwrap_or_default();
    let message = Message {
        text: format!(
            "no access token: the tenant is not available right now ({}).{page}",
            answer.status.as_u16()
        ),
        hint: Some("try again in a few minutes".into()),
    };
    Error::Unreachable { message, retry_after: wait }
}

/// What web servers answer to plain HTTP on a port that speaks TLS.
fn speaks_of_tls(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("https server") || text.contains("https port") || text.contains("requires tls")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token_answer(status: u16, body: impl Into<String>) -> TokenAnswer {
        TokenAnswer {
            sent_at: Instant::now(),
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.into()),
        }
    }

    #[test]
    fn odd_lifetimes_become_usable_ones() {
        for (said, expected) in [
            (json!(1799), 1799),
            (json!("1799"), 1799),
            (json!(59.9), 59),
            (json!(0), 60),
            (json!(-5), 60),
            (json!("soon"), 60),
            (json!(null), 60),
            (json!(1e300), A_DAY),
            (json!(u64::MAX), A_DAY),
        ] {
            assert_eq!(lifetime(Some(&said)), Duration::from_secs(expected), "{said}");
        }
        assert_eq!(lifetime(None), Duration::from_secs(60));
    }

    #[test]
    fn answers_without_a_token_are_the_operators() {
        for body in [
            "",
            "[",
            "null",
            "[]",
            "\"x\"",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a\nb"}"#,
        ] {
            let result = token(&token_answer(200, body));
            assert!(matches!(result, Err(Error::Operator(_))), "{body}");
        }
        let good = token(&token_answer(200, r#"{"access_token":" t ","expires_in":"90"}"#)).ok().unwrap();
        assert_eq!((good.secret.expose_secret(), good.lifetime), ("t", Duration::from_secs(90)));
    }
}
