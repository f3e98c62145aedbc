//! How many sessions may be open at once, over both transports together. rmcp bounds neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

/// First protocol revision without sessions; revisions compare as the dates that they are.
const FIRST_WITHOUT_SESSIONS: &str = "2026-07-28";

/// Counts sessions of both transports against one limit. Cloning is free.
#[derive(Clone)]
pub(super) struct Capacity(Arc<Inner>);

struct Inner {
    max: usize,
    legacy: AtomicUsize,
    streamable: Arc<LocalSessionManager>,
}

/// One place in the capacity, given back on drop.
pub(super) struct Place(Arc<Inner>);

impl Capacity {
    pub(super) fn new(max: usize, streamable: Arc<LocalSessionManager>) -> Self {
        Self(Arc::new(Inner { max, legacy: AtomicUsize::new(0), streamable }))
    }

    async fn is_full(&self) -> bool {
        let streamable = self.0.streamable.sessions.read().await.len();
        streamable + self.0.legacy.load(Ordering::Acquire) >= self.0.max
    }

    /// A place for a session of the older transport, or `None` when all are taken.
    pub(super) async fn take(&self) -> Option<Place> {
        let streamable = self.0.streamable.sessions.read().await.len();
        let free = self.0.max.saturating_sub(streamable);
        self.0
            .legacy
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| (taken < free).then_some(taken + 1))
            .ok()
            .map(|_| Place(self.0.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.legacy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Refuse what would open one session too many; everything else passes.
pub(super) async fn refuse_when_full(
    State(capacity): State<Capacity>,
    request: Request,
    next: Next,
) -> Response {
    if opens_session(request.method(), request.headers()) && capacity.is_full().await {
        return full();
    }
    next.run(request).await
}

/// Only `initialize` comes by POST without a session id, and revisions without sessions name themselves in a header.
fn opens_session(method: &Method, headers: &HeaderMap) -> bool {
    let without_sessions = headers
        .get("mcp-protocol-version")
        .and_then(|version| version.to_str().ok())
        .is_some_and(|version| version >= FIRST_WITHOUT_SESSIONS);
    method == Method::POST && !headers.contains_key("mcp-session-id") && !without_sessions
}

/// The answer to one session too many.
pub(super) fn full() -> Response {
    let mut response =
        (StatusCode::SERVICE_UNAVAILABLE, "all sessions of this server are taken; try again later")
            .into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_an_initialize_opens_a_session() {
        assert!(opens_session(&Method::POST, &headers(&[])));
        assert!(opens_session(&Method::POST, &headers(&[("mcp-protocol-version", "2025-11-25")])));
        assert!(!opens_session(&Method::POST, &headers(&[("mcp-session-id", "x")])));
        assert!(!opens_session(&Method::POST, &headers(&[("mcp-protocol-version", "2026-07-28")])));
        assert!(!opens_session(&Method::GET, &headers(&[])));
    }

    #[tokio::test]
    async fn places_are_bounded_and_given_back() {
        let capacity = Capacity::new(2, Arc::new(LocalSessionManager::default()));
        let first = capacity.take().await;
        let second = capacity.take().await;
        assert!(first.is_some() && second.is_some());
        assert!(capacity.take().await.is_none());
        assert!(capacity.is_full().await);
        drop(first);
        assert!(capacity.take().await.is_some());
        drop(second);
        assert!(!capacity.is_full().await);
    }
}
