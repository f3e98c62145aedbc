//! Probes: whether the process is alive, and whether it takes work. They need no token and no known host name, for they come from
//! load balancers that name the address of the machine, and they say nothing but yes or no.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::drain::Drain;
use crate::store::Store;

/// How long one look at the store counts: anybody can ask.
const COUNTS: Duration = Duration::from_secs(2);

/// How long a look at the store may take.
const PATIENCE: Duration = Duration::from_secs(2);

struct Health {
    drain: Drain,
    store: Option<Store>,
    /// When the store was looked at, and whether it could be written.
    seen: Mutex<Option<(Instant, bool)>>,
}

/// `/livez` says that the process answers; `/readyz` and `/healthz` say that it takes work.
pub(super) fn router(drain: Drain, store: Option<Store>) -> Router {
    let health = Arc::new(Health { drain, store, seen: Mutex::new(None) });
    Router::new()
        .route("/livez", get(|| async { response(true) }))
        .route("/readyz", get(ready))
        .route("/healthz", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    response(!health.drain.has_begun() && health.can_write().await)
}

impl Health {
    /// What is not written down may not be done, so a server whose store cannot be written takes no work.
    async fn can_write(&self) -> bool {
        let Some(store) = &self.store else { return true };
        let mut seen = self.seen.lock().await;
        if let Some((at, fine)) = *seen
            && at.elapsed() < COUNTS
        {
            return fine;
        }
        let check = tokio::time::timeout(PATIENCE, store.run(Store::check_writable)).await;
        let fine = matches!(check, Ok(Ok(())));
        if !fine && seen.is_none_or(|(_, fine)| fine) {
            tracing::error!("not ready: the store cannot be written");
        }
        *seen = Some((Instant::now(), fine));
        fine
    }
}

fn response(fine: bool) -> Response {
    let (status, text) =
        if fine { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}
