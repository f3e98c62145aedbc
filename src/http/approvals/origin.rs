//! Who gets to the approvals page: requests that its own page made, under its own name, and nobody else's.
//!
//! Loopback is no boundary: any page in a browser can send requests to it. So the name must be the page's own, which defeats DNS
//! rebinding; what the page's script sends carries a header that another site cannot set without being asked first, and what
//! changes anything names the page as its origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Page;

/// Sent by the page's script with every request.
pub(super) const OURS: &str = "x-approvals-page";

/// Nothing but the page's own script and style; no frame around it, no form that is sent anywhere, no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), microphone=(), geolocation=()",
    ),
];

/// Refuses what the page itself did not send, and gives every answer the headers that keep it to itself.
pub(super) async fn guard(State(page): State<Arc<Page>>, request: Request, next: Next) -> Response {
    let mut response = match refusal(page.site.origin(), &request) {
        Some(refusal) => refusal,
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(origin: &str, request: &Request) -> Option<Response> {
    let forbidden = |why: String| Some((StatusCode::FORBIDDEN, why).into_response());
    if !names(request.headers(), request.uri(), origin) {
        return forbidden(format!("this page is at {origin}/approvals and under no other name"));
    }
    if !request.uri().path().contains("/api/") {
        return None;
    }
    let headers = request.headers();
    let is =
        |name: &str, right: &str| headers.get(name).is_some_and(|value| value.as_bytes() == right.as_bytes());
    let foreign = headers.contains_key("sec-fetch-site") && !is("sec-fetch-site", "same-origin")
        || headers.contains_key(header::ORIGIN) && !is("origin", origin)
        || request.method() != Method::GET && !is("origin", origin)
        || !is(OURS, "1");
    if foreign { forbidden("only the approvals page itself can ask for this".to_owned()) } else { None }
}

/// Whether the request is for the page's own name, port included where the address has one.
fn names(headers: &HeaderMap, uri: &Uri, origin: &str) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        // HTTP/2 carries the name in the URI.
        (None, None) => uri.authority().map(|authority| authority.as_str()),
        _ => None,
    };
    let own = origin.split_once("://").map_or("", |(_, own)| own);
    let Some(host) = host else { return false };
    // A proxy in front may or may not say the usual port.
    let host = if origin.starts_with("https:") { host.strip_suffix(":443").unwrap_or(host) } else { host };
    host.eq_ignore_ascii_case(own)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const HERE: &str = "http://localhost:8724";

    fn is_admitted(method: &str, path: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        refusal(HERE, &request.body(Body::empty()).unwrap()).is_none()
    }

    #[test]
    fn the_page_is_under_its_own_name_alone() {
        assert!(is_admitted("GET", "/approvals", &[("host", "localhost:8724")]));
        assert!(is_admitted("GET", "/approvals", &[("host", "LocalHost:8724")]));
        for host in [
            "127.0.0.1:8724",
            "[::1]:8724",
            "localhost",
            "localhost:80",
            "evil.example:8724",
            "localhost:8724.evil.example",
            "",
        ] {
            assert!(!is_admitted("GET", "/approvals", &[("host", host)]), "{host}");
        }
        assert!(!is_admitted("GET", "/approvals", &[]));
        assert!(!is_admitted("GET", "/approvals", &[("host", "localhost:8724"), ("host", "localhost:8724")]));
    }

    #[test]
    fn only_the_page_itself_asks() {
        let host = ("host", "localhost:8724");
        let (ours, origin) = ((OURS, "1"), ("origin", HERE));
        assert!(is_admitted("GET", "/approvals/api/plans", &[host, ours]));
        assert!(is_admitted("POST", "/approvals/api/say", &[host, ours, origin]));
        assert!(is_admitted(
            "POST",
            "/approvals/api/say",
            &[host, ours, origin, ("sec-fetch-site", "same-origin")]
        ));
        let refused: [(&str, &[(&str, &str)]); 8] = [
            ("GET", &[host]),
            ("POST", &[host, ours]),
            ("POST", &[host, origin]),
            ("POST", &[host, ours, ("origin", "null")]),
            ("POST", &[host, ours, ("origin", "http://localhost:8725")]),
            ("POST", &[host, ours, ("origin", "https://evil.example")]),
            ("POST", &[host, ours, origin, ("sec-fetch-site", "same-site")]),
            ("GET", &[host, ours, ("sec-fetch-site", "cross-site")]),
        ];
        for (method, headers) in refused {
            assert!(!is_admitted(method, "/approvals/api/plans", headers), "{method} {headers:?}");
        }
    }

    #[test]
    fn a_proxy_may_say_the_usual_port() {
        let host =
            |host: &'static str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        let uri = Uri::from_static("/approvals");
        for known in ["mcp.example.com", "mcp.example.com:443", "MCP.example.com"] {
            assert!(names(&host(known), &uri, "https://mcp.example.com"), "{known}");
        }
        assert!(!names(&host("mcp.example.com:8443"), &uri, "https://mcp.example.com"));
        assert!(names(
            &HeaderMap::new(),
            &Uri::from_static("https://mcp.example.com/approvals"),
            "https://mcp.example.com"
        ));
    }
}
