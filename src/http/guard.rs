//! Who may reach the server: known host names, known origins, and bearer tokens.
//!
//! A loopback address is no boundary by itself: every user of the machine can send requests to it, and so can any page in a
//! browser, by name (DNS rebinding) or by address. So `Host` and `Origin` are checked on every route, and every MCP request
//! shows a token.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::tokens::Tokens;
use crate::call::Principal;
use crate::error::Error;

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Principal of everybody, where callers show no token.
const OPEN_PRINCIPAL: &str = "anybody (http.open)";

/// How long an answer to a wrong token is held back.
const WRONG_TOKEN_DELAY: Duration = Duration::from_millis(200);

/// Wrong tokens are logged at most this often.
const WRONG_TOKEN_LOGGED: Duration = Duration::from_secs(10);

/// Host names and origins that requests may carry.
#[derive(Debug)]
pub(super) struct Names {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Names {
    /// Loopback among the host names, and what the configuration adds.
    pub(super) fn new(hosts: &[String], origins: &[String]) -> Result<Self, Error> {
        let mut names = Self { hosts: LOOPBACK.map(str::to_owned).to_vec(), origins: Vec::new() };
        for host in hosts {
            names.hosts.push(host_name(host).ok_or_else(|| {
                Error::operator(format!("`http.allowed_hosts` has `{host}`, which is no host name"))
            })?);
        }
        for origin in origins {
            let parsed: Option<Uri> = origin.parse().ok();
            let whole = parsed.is_some_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https"))
                    && uri.authority().is_some()
                    && matches!(uri.path(), "" | "/")
                    && uri.query().is_none()
            });
            if !whole {
                return Err(Error::operator(format!(
                    "`http.allowed_origins` has `{origin}`: an origin is a scheme and a host, such as https://example.com"
                )));
            }
            names.origins.push(origin.trim_end_matches('/').to_ascii_lowercase());
        }
        Ok(names)
    }

    /// For rmcp, which checks its own endpoint once more.
    pub(super) fn hosts(&self) -> Vec<String> {
        self.hosts.clone()
    }

    /// For rmcp, which checks its own endpoint once more.
    pub(super) fn origins(&self) -> Vec<String> {
        self.origins.clone()
    }

    fn knows_host(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        // HTTP/2 carries the name in the URI; HTTP/1 in one `Host` header.
        let mut hosts = headers.get_all(header::HOST).iter();
        let name = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().ok().and_then(host_name),
            (None, None) => uri.authority().and_then(|authority| host_name(authority.as_str())),
            _ => None,
        };
        name.is_some_and(|name| self.hosts.contains(&name))
    }

    fn knows_origin(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.origins.contains(&origin.to_ascii_lowercase()))
    }
}

/// The host of `host[:port]` in lower case, without brackets or a trailing dot; `None` when it is anything else.
fn host_name(text: &str) -> Option<String> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?)
        }
        // An IPv6 address without brackets has more than one colon and no port.
        None if text.matches(':').count() > 1 => (text, ""),
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let valid = !host.is_empty()
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':'))
        && port.chars().all(|c| c.is_ascii_digit());
    valid.then(|| host.to_ascii_lowercase())
}

/// Refuses names that are not known, before anything else looks at the request.
pub(super) async fn only_known_names(
    State(names): State<Arc<Names>>,
    request: Request,
    next: Next,
) -> Response {
    if !names.knows_host(request.headers(), request.uri()) {
        return (StatusCode::FORBIDDEN, "unknown host name; add it to http.allowed_hosts").into_response();
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    if !origins.all(|origin| names.knows_origin(origin)) {
        return (StatusCode::FORBIDDEN, "unknown origin; add it to http.allowed_origins").into_response();
    }
    next.run(request).await
}

/// Lets browsers of known origins read the answers.
pub(super) fn cors(names: Arc<Names>) -> CorsLayer {
    let ours = ["mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "last-event-id"];
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| names.knows_origin(origin)))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(
            ours.map(HeaderName::from_static)
                .into_iter()
                .chain([header::AUTHORIZATION, header::CONTENT_TYPE])
                .collect::<Vec<_>>(),
        )
        .expose_headers([HeaderName::from_static("mcp-session-id")])
}

/// What a caller must show.
#[derive(Debug, Clone)]
pub enum Access {
    /// One of these tokens.
    Tokens(Tokens),
    /// Nothing. Only what reads may be behind it.
    Open,
}

/// Checks what callers show, and counts wrong tokens for the log.
#[derive(Clone)]
pub(super) struct Credentials {
    access: Access,
    wrong: Arc<Mutex<WrongTokens>>,
}

#[derive(Default)]
struct WrongTokens {
    logged: Option<Instant>,
    since: u32,
}

impl Credentials {
    pub(super) fn new(access: Access) -> Self {
        Self { access, wrong: Arc::default() }
    }

    /// Note a wrong token; answers how many there were since the last line in the log, when it is time for another line.
    fn wrong_tokens(&self) -> Option<u32> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.since = wrong.since.saturating_add(1);
        if wrong.logged.is_some_and(|logged| logged.elapsed() < WRONG_TOKEN_LOGGED) {
            return None;
        }
        wrong.logged = Some(Instant::now());
        Some(std::mem::take(&mut wrong.since))
    }
}

/// Refuses requests that do not show a token, and says to handlers whose it is.
pub(super) async fn credential(
    State(credentials): State<Credentials>,
    mut request: Request,
    next: Next,
) -> Response {
    let (principal, lease) = match &credentials.access {
        Access::Open => (Principal(OPEN_PRINCIPAL.to_owned()), None),
        Access::Tokens(tokens) => {
            let shown = shown_token(request.headers());
            let known = shown.and_then(|token| Some((token, tokens.principal_of(token)?)));
            match known {
                Some((token, principal)) => (principal.clone(), Some(tokens.lease(token, principal))),
                None if shown.is_none() => return unauthorized_response("a bearer token is required"),
                None => {
                    if let Some(count) = credentials.wrong_tokens() {
                        tracing::warn!(
                            count,
                            path = request.uri().path(),
                            "a request over HTTP with a wrong bearer token was refused"
                        );
                    }
                    tokio::time::sleep(WRONG_TOKEN_DELAY).await;
                    return unauthorized_response("the bearer token is not one of this server");
                }
            }
        }
    };
    request.extensions_mut().insert(principal);
    let response = next.run(request).await;
    match lease {
        Some(lease) if is_stream(&response) => response.map(|body| {
            // Not with an error: what was sent of the stream is whole.
            Body::from_stream(body.into_data_stream().take_until(Box::pin(lease.wait_for_end())))
        }),
        _ => response,
    }
}

/// Whether an answer goes on for as long as its client listens.
fn is_stream(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

/// The token of the one `Authorization` header.
fn shown_token(headers: &HeaderMap) -> Option<&str> {
    let mut shown = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (shown.next(), shown.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized_response(why: &'static str) -> Response {
    let mut response = (StatusCode::UNAUTHORIZED, why).into_response();
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"jamf-pro-mcp\""));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        Names::new(&["Mcp.Example.com".to_owned()], &["https://App.example.com/".to_owned()]).unwrap()
    }

    fn host(value: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(value))]);
        names().knows_host(&headers, &Uri::from_static("/mcp"))
    }

    #[test]
    fn hosts_are_compared_without_port_case_and_trailing_dot() {
        for known in [
            "localhost",
            "LOCALHOST:8723",
            "127.0.0.1:1",
            "[::1]:8723",
            "[::1]",
            "mcp.example.com.",
            "mcp.example.com:443",
        ] {
            assert!(host(known), "{known}");
        }
        for unknown in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "localhost@evil.example",
            "",
            ":80",
            "[::1",
            "localhost:80:80",
        ] {
            assert!(!host(unknown), "{unknown}");
        }
    }

    #[test]
    fn two_hosts_or_none_are_refused() {
        let mut headers = HeaderMap::new();
        assert!(!names().knows_host(&headers, &Uri::from_static("/mcp")));
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        headers.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!names().knows_host(&headers, &Uri::from_static("/mcp")));
    }

    #[test]
    fn origins_are_configured() {
        let names = names();
        for known in ["https://app.example.com", "https://APP.example.com"] {
            assert!(names.knows_origin(&HeaderValue::from_static(known)), "{known}");
        }
        for unknown in [
            "http://localhost",
            "http://localhost:6274",
            "http://127.0.0.1:80",
            "http://[::1]:5",
            "null",
            "https://evil.example",
            "http://localhost.evil.example",
            "https://app.example.com:8443",
            "file://",
            "http://",
        ] {
            assert!(!names.knows_origin(&HeaderValue::from_static(unknown)), "{unknown}");
        }
    }

    #[test]
    fn malformed_configuration_is_refused() {
        assert!(Names::new(&["http://x".to_owned()], &[]).is_err());
        assert!(Names::new(&[], &["example.com".to_owned()]).is_err());
        assert!(Names::new(&[], &["https://example.com/path".to_owned()]).is_err());
    }

    #[test]
    fn wrong_tokens_are_counted_and_logged_now_and_then() {
        let credentials = Credentials::new(Access::Open);
        assert_eq!(credentials.wrong_tokens(), Some(1));
        assert_eq!(credentials.wrong_tokens(), None);
    }

    #[test]
    fn one_authorization_header_shows_a_token() {
        let mut headers = HeaderMap::new();
        assert_eq!(shown_token(&headers), None);
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("bEARER  abc "));
        assert_eq!(shown_token(&headers), Some("abc"));
        headers.append(header::AUTHORIZATION, HeaderValue::from_static("Bearer abc"));
        assert_eq!(shown_token(&headers), None);
    }
}
