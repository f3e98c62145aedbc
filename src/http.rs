//! The HTTP server: Streamable HTTP on `/mcp`, the older HTTP+SSE on `/sse` and `/messages`, and who may reach them.
//!
//! One assembly serves the product and the conformance fixture: it takes any [`ServerHandler`]. TLS is left to a reverse
//! proxy. Every route but the probes is behind the same guard; a route that is added later cannot slip past it, because the guard is
//! a layer around the finished router.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware;
use rmcp::ServerHandler;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::HttpConfig;
use crate::error::Error;
use crate::mcp::Handler;
use crate::pipeline::Pipeline;

pub mod approvals;
mod connections;
mod drain;
mod guard;
mod health;
mod legacy_sse;
mod messages;
mod sessions;
mod tokens;

use crate::store::Store;
use approvals::Page;
pub use drain::Drain;
pub use guard::Access;
use guard::{Credentials, Names};
use messages::Checks;
use sessions::Sessions;
pub use tokens::Tokens;

/// How long calls may take to be answered once the server ends; then they are answered that it ends.
const DRAIN: Duration = Duration::from_secs(18);

/// How long that answer may take.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// What the HTTP server needs to know, secrets resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    listen: SocketAddr,
    access: Access,
    allowed_hosts: Vec<String>,
    allowed_origins: Vec<String>,
    legacy_sse: bool,
    max_sessions: usize,
    session_idle: Duration,
    max_connections: usize,
    max_body: usize,
    store: Option<Store>,
    page: Option<Arc<Page>>,
}

impl Settings {
    /// Settings from the configuration.
    ///
    /// # Errors
    /// When callers show no token and the address is not loopback.
    pub fn new(config: &HttpConfig, listen: SocketAddr, access: Access) -> Result<Self, Error> {
        if matches!(access, Access::Open) && !listen.ip().is_loopback() {
            return Err(Error::operator(format!(
                "{listen} can be reached from other machines, and `http.open` asks callers for no token"
            ))
            .hint("leave `http.open` out, or listen on 127.0.0.1"));
        }
        let mut allowed_hosts = config.allowed_hosts.clone();
        if !listen.ip().is_loopback() && !listen.ip().is_unspecified() {
            allowed_hosts.push(host_of(listen.ip()));
        }
        Ok(Self {
            listen,
            access,
            allowed_hosts,
            allowed_origins: config.allowed_origins.clone(),
            legacy_sse: config.legacy_sse,
            max_sessions: config.max_sessions,
            session_idle: Duration::from_secs(config.session_idle_seconds),
            max_connections: config.max_connections,
            max_body: config.max_body,
            store: None,
            page: None,
        })
    }

    /// Keep sessions in this store, so that they outlive the process.
    #[must_use]
    pub fn with_store(mut self, store: Store) -> Self {
        self.store = Some(store);
        self
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

/// Serve MCP over HTTP until `shutdown` fires. Then nothing new begins, the calls under way are answered, streams end, and this
/// returns: after 22 s at the latest.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(calls: Pipeline, settings: Settings, shutdown: CancellationToken) -> Result<(), Error> {
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        Error::operator(format!("cannot listen on {}: {error}", settings.listen))
            .hint("choose another address with --http")
    })?;
    let address =
        listener.local_addr().map_err(|error| Error::internal(format!("no local address: {error}")))?;
    tracing::info!(%address, legacy_sse = settings.legacy_sse, "listening on http://{address}/mcp");
    let over_http = Handler::new(calls.clone(), "http");
    let over_sse = Handler::new(calls.clone(), "sse");
    over_http.announce_changes();
    over_sse.announce_changes();
    let drain = Drain::default();
    let app = router(move || over_http.clone(), move || over_sse.clone(), &settings, &drain)?;
    let ended = CancellationToken::new();
    let ends = async {
        shutdown.cancelled().await;
        drain.begin();
        if !drain.wait(DRAIN).await {
            calls.end_waiting();
            drain.wait(LAST_ANSWERS).await;
        }
        drain.end_streams();
        ended.cancel();
    };
    tokio::join!(connections::serve(listener, app, settings.max_connections, ended.clone()), ends);
    Ok(())
}

/// Connections that a router takes which is not the server's own.
const CONNECTIONS: usize = 256;

/// Run a finished router on a listener until `shutdown` fires and its requests are answered, or for two seconds more.
pub async fn run(listener: TcpListener, app: Router, shutdown: CancellationToken) {
    connections::serve(listener, app, CONNECTIONS, shutdown).await;
}

/// Both transports behind one guard. `over_http` and `over_sse` are called for each session and each stateless request,
/// so they must be cheap.
///
/// # Errors
/// When an allowed host or origin is malformed.
pub fn router<S, H, L>(over_http: H, over_sse: L, settings: &Settings, drain: &Drain) -> Result<Router, Error>
where
    S: ServerHandler,
    H: Fn() -> S + Send + Sync + 'static,
    L: Fn() -> S + Send + Sync + 'static,
{
    let names = Arc::new(Names::new(&settings.allowed_hosts, &settings.allowed_origins)?);
    let sessions = Sessions::new(settings.max_sessions, settings.session_idle, settings.store.clone());
    let checks = Checks { drain: drain.clone(), largest: settings.max_body };
    let mut config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(true)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_allowed_hosts(names.hosts())
        .with_allowed_origins(names.origins())
        .with_max_request_body_bytes(settings.max_body)
        .with_cancellation_token(drain.streams().child_token());
    config.session_store = Some(Arc::new(sessions.clone()));
    let mcp = StreamableHttpService::new(move || Ok(over_http()), Arc::new(sessions.clone()), config);
    // Exactly these paths, and layers around these alone: what clients look for besides (`/.well-known/…`) is not there, and says so.
    let mut router = Router::new()
        .route_service("/mcp", mcp.clone())
        .route_service("/mcp/", mcp)
        .route_layer(middleware::from_fn_with_state(sessions.clone(), sessions::serve_as_asker))
        .route_layer(middleware::from_fn_with_state(checks, messages::check));
    if settings.legacy_sse {
        router = router.merge(legacy_sse::router(over_sse, sessions, settings.max_body, drain.clone()));
    }
    let credentials = Credentials::new(settings.access.clone());
    let mut router = router
        .route_layer(middleware::from_fn_with_state(credentials, guard::credential))
        .layer(guard::cors(names.clone()));
    if let Some(page) = &settings.page {
        // Beside what browsers of other origins may read.
        router = router.merge(page.clone().router());
    }
    let router = router.layer(middleware::from_fn_with_state(names, guard::only_known_names));
    // In this order: of two routers the second one keeps its answer to unknown paths, and that is behind the guard.
    Ok(health::router(drain.clone(), settings.store.clone()).merge(router))
}
