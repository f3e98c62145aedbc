//! Who may reach the server: known host names, known origins, and the bearer token.
//!
//! A loopback address is no boundary by itself: any page in a browser can send requests to it, by name (DNS rebinding) or
//! by address. So `Host` and `Origin` are checked on every route, with or without a token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::error::Error;

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Fewest characters of a bearer token.
const TOKEN_CHARACTERS: usize = 32;

/// Who showed the token: put into the request's extensions, where handlers find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal(pub String);

/// Host names and origins that requests may carry.
#[derive(Debug)]
pub(super) struct Names {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Names {
    /// Loopback and what the configuration adds.
    pub(super) fn new(hosts: &[String], origins: &[String]) -> Result<Self, Error> {
        let mut names = Self { hosts: LOOPBACK.map(str::to_owned).to_vec(), origins: Vec::new() };
        for host in hosts {
            names.hosts.push(host_name(host).ok_or_else(|| {
                Error::Operator(format!("`http.allowed_hosts` has `{host}`, which is no host name"))
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
                return Err(Error::Operator(format!(
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
        let loopback = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"].map(str::to_owned);
        loopback.into_iter().chain(self.origins.iter().cloned()).collect()
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
        let Ok(origin) = origin.to_str() else { return false };
        let origin = origin.to_ascii_lowercase();
        if self.origins.contains(&origin) {
            return true;
        }
        origin
            .strip_prefix("http://")
            .and_then(host_name)
            .is_some_and(|name| LOOPBACK.contains(&name.as_str()))
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

/// The one bearer token, kept as its hash.
#[derive(Clone)]
pub(super) struct Bearer([u8; 32]);

impl Bearer {
    pub(super) fn new(token: &SecretString) -> Self {
        Self(Sha256::digest(token.expose_secret().as_bytes()).into())
    }

    // Hashes have one length, so the comparison takes the same time whatever was given.
    fn is(&self, given: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(given.as_bytes()).into();
        self.0.ct_eq(&given).into()
    }
}

/// Whether a token is long enough to withstand guessing.
pub(super) fn is_strong(token: &SecretString) -> bool {
    token.expose_secret().chars().count() >= TOKEN_CHARACTERS
}

/// Refuses requests that do not show the token.
pub(super) async fn bearer(State(bearer): State<Bearer>, mut request: Request, next: Next) -> Response {
    let shown = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .is_some_and(|(_, token)| bearer.is(token.trim()));
    if !shown {
        let mut response = (StatusCode::UNAUTHORIZED, "a bearer token is required").into_response();
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"jamf-pro-mcp\""));
        return response;
    }
    request.extensions_mut().insert(Principal("bearer".to_owned()));
    next.run(request).await
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
    fn origins_are_loopback_or_configured() {
        let names = names();
        for known in [
            "http://localhost",
            "http://localhost:6274",
            "http://127.0.0.1:80",
            "http://[::1]:5",
            "https://app.example.com",
        ] {
            assert!(names.knows_origin(&HeaderValue::from_static(known)), "{known}");
        }
        for unknown in [
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
    fn tokens_are_compared_whole() {
        let bearer = Bearer::new(&SecretString::from("0123456789abcdef0123456789abcdef"));
        assert!(bearer.is("0123456789abcdef0123456789abcdef"));
        assert!(!bearer.is("0123456789abcdef0123456789abcdee"));
        assert!(!bearer.is("0123456789abcdef"));
        assert!(!bearer.is(""));
    }
}
