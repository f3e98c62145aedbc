//! The HTTP server: Streamable HTTP on `/mcp`, the older HTTP+SSE on `/sse` and `/messages`, and who may reach them.
//!
//! One assembly serves the product and the conformance fixture: it takes any [`ServerHandler`]. TLS is left to a reverse
//! proxy. Every route is behind the same guard; a route that is added later cannot slip past it, because the guard is a
//! layer around the finished router.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::routing::get;
use axum::serve::ListenerExt;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::calls::Calls;
use crate::config::HttpConfig;
use crate::error::Error;
use crate::server::Handler;

pub mod approvals;
mod guard;
mod legacy_sse;
mod sessions;

use approvals::Page;
pub use guard::Principal;
use guard::{Bearer, Names};
use sessions::Capacity;

/// How long streams and calls may take to end once a shutdown began.
const DRAIN: Duration = Duration::from_secs(10);

/// What the HTTP server needs to know, secrets resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    listen: SocketAddr,
    token: Option<SecretString>,
    allowed_hosts: Vec<String>,
    allowed_origins: Vec<String>,
    legacy_sse: bool,
    max_sessions: usize,
    max_body: usize,
    page: Option<Arc<Page>>,
}

impl Settings {
    /// Settings from the configuration.
    ///
    /// # Errors
    /// When the address is not loopback and there is no token, or when the token is too short to withstand guessing.
    pub fn new(config: &HttpConfig, listen: SocketAddr, token: Option<SecretString>) -> Result<Self, Error> {
        if token.is_none() && !listen.ip().is_loopback() {
            return Err(Error::Operator(format!(
                "{listen} can be reached from other machines: set `http.token` (or JAMF_PRO_MCP_HTTP_TOKEN_FILE) so \
                 that callers must show a bearer token, or listen on 127.0.0.1"
            )));
        }
        if token.as_ref().is_some_and(|token| !guard::is_strong(token)) {
            return Err(Error::Operator(
                "the bearer token is too short: use at least 32 random characters, such as the output of \
                 `openssl rand -hex 32`"
                    .to_owned(),
            ));
        }
        let mut allowed_hosts = config.allowed_hosts.clone();
        if !listen.ip().is_loopback() && !listen.ip().is_unspecified() {
            allowed_hosts.push(host_of(listen.ip()));
        }
        Ok(Self {
            listen,
            token,
            allowed_hosts,
            allowed_origins: config.allowed_origins.clone(),
            legacy_sse: config.legacy_sse,
            max_sessions: config.max_sessions,
            max_body: config.max_body,
            page: None,
        })
    }

    /// Serve the approvals page too, under its own name. It has its own sign-in, with passkeys: the bearer token is for clients.
    #[must_use]
    pub fn with_page(mut self, page: Arc<Page>) -> Self {
        let origin = page.origin().to_owned();
        self.allowed_hosts.extend(origin.strip_prefix("https://").map(str::to_owned));
        self.allowed_origins.push(origin);
        self.page = Some(page);
        self
    }
}

fn host_of(ip: IpAddr) -> String {
    ip.to_string()
}

/// Serve MCP over HTTP until `shutdown` fires, then end streams and calls and return.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(calls: Calls, settings: Settings, shutdown: CancellationToken) -> Result<(), Error> {
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        Error::Operator(format!(
            "cannot listen on {}: {error}; choose another address with --http",
            settings.listen
        ))
    })?;
    let address =
        listener.local_addr().map_err(|error| Error::Internal(format!("no local address: {error}")))?;
    tracing::info!(%address, legacy_sse = settings.legacy_sse, "listening on http://{address}/mcp");
    let over_http = Handler::new(calls.clone(), "http");
    let over_sse = Handler::new(calls, "sse");
    over_http.announce_changes();
    over_sse.announce_changes();
    let app = router(move || over_http.clone(), move || over_sse.clone(), &settings, &shutdown)?;
    run(listener, app, shutdown).await
}

/// Run a finished router on a listener until `shutdown` fires and what is open has ended, or for ten seconds more.
///
/// # Errors
/// When accepting connections fails for good.
pub async fn run(listener: TcpListener, app: Router, shutdown: CancellationToken) -> Result<(), Error> {
    // Answers are small: waiting to fill a segment would cost more than it saves.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    let graceful = shutdown.clone();
    let served = axum::serve(listener, app).with_graceful_shutdown(async move { graceful.cancelled().await });
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = served.into_future() => ended.map_err(|error| Error::Operator(format!("the HTTP server stopped: {error}"))),
        () = drained => {
            tracing::warn!("some connections did not end within {} s and were dropped", DRAIN.as_secs());
            Ok(())
        }
    }
}

/// Both transports behind one guard. `over_http` and `over_sse` are called for each session and each stateless request,
/// so they must be cheap.
///
/// # Errors
/// When an allowed host or origin is malformed.
pub fn router<S, H, L>(
    over_http: H,
    over_sse: L,
    settings: &Settings,
    shutdown: &CancellationToken,
) -> Result<Router, Error>
where
    S: ServerHandler,
    H: Fn() -> S + Send + Sync + 'static,
    L: Fn() -> S + Send + Sync + 'static,
{
    let names = Arc::new(Names::new(&settings.allowed_hosts, &settings.allowed_origins)?);
    let mut manager = LocalSessionManager::default();
    // Priming events break clients older than 2025-11-25, which try to parse their empty data.
    manager.session_config.sse_retry = None;
    let manager = Arc::new(manager);
    let capacity = Capacity::new(settings.max_sessions, manager.clone());
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(true)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_allowed_hosts(names.hosts())
        .with_allowed_origins(names.origins())
        .with_max_request_body_bytes(settings.max_body)
        .with_cancellation_token(shutdown.child_token());
    let mcp = StreamableHttpService::new(move || Ok(over_http()), manager, config);
    let mut router = Router::new()
        .nest_service("/mcp", mcp)
        .layer(middleware::from_fn_with_state(capacity.clone(), sessions::refuse_when_full));
    if settings.legacy_sse {
        router =
            router.merge(legacy_sse::router(over_sse, capacity, settings.max_body, shutdown.child_token()));
    }
    if let Some(token) = &settings.token {
        router = router.layer(middleware::from_fn_with_state(Bearer::new(token), guard::bearer));
    }
    let mut router = router.route("/healthz", get(|| async { "ok" })).layer(guard::cors(names.clone()));
    if let Some(page) = &settings.page {
        // Beside what browsers of other origins may read.
        router = router.merge(page.clone().router());
    }
    Ok(router.layer(middleware::from_fn_with_state(names, guard::only_known_names)))
}
