//! The running tenant: its socket, and the paths outside the APIs.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    answering,
    auth::{Auth, CLIENT_ID, CLIENT_SECRET, Grant, NODE, NODE_COOKIE, PASSWORD, USER},
    classic,
    control::{self, Control},
    effects,
    effects::Outcome,
    exchange::{Answer, Call},
    faults::{FaultKind, FaultSwitches},
    fleet::{Fleet, FleetOptions},
    log::RequestLog,
    options::{Options, Version},
    pro, recalculation,
    state_file::Keeper,
    store::{Sight, Store},
};

/// The largest body that is read: uploads are small here.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What people see first.
pub(crate) const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Jamf Pro Login</title></head><body><form method=\"post\"></form></body></html>";

/// A running simulated tenant on loopback. It stops when it is dropped.
#[derive(Debug)]
pub struct Tenant {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// What every request sees.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) url: String,
    pub(crate) version: Version,
    pub(crate) version_text: String,
    pub(crate) auth: Auth,
    node_lag: Duration,
    answers: Option<Duration>,
    recalculation: Duration,
    pub(crate) faults: FaultSwitches,
    pub(crate) log: RequestLog,
    store: Mutex<Store>,
    keeper: Option<Keeper>,
    pub(crate) control: Control,
    pub(crate) stop: CancellationToken,
}

impl Tenant {
    /// Make the fleet, put back what its file kept, bind the port and serve.
    ///
    /// # Errors
    /// The port cannot be bound, or the file is not the state of such a tenant.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let fleet = FleetOptions { computers: options.computers, seed: options.seed, now: Timestamp::now() };
        let made = tokio::task::spawn_blocking(move || Store::new(Fleet::generate(&fleet)));
        Self::start_with(options, made.await.map_err(std::io::Error::other)?).await
    }

    /// Serve a store that is already there.
    pub(crate) async fn start_with(options: Options, store: Store) -> std::io::Result<Self> {
        let port = options.port;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener =
            listener.map_err(|error| std::io::Error::new(error.kind(), format!("port {port}: {error}")))?;
        let (store, keeper) = match options.state {
            None => (store, None),
            Some(path) => tokio::task::spawn_blocking(move || {
                let mut store = store;
                Keeper::open(&path, &mut store).map(|keeper| (store, Some(keeper)))
            })
            .await
            .map_err(std::io::Error::other)?
            .map_err(std::io::Error::other)?,
        };
        let fleet = Arc::clone(&store.fleet);
        if fleet.is_large() {
            // By the time that somebody asks for a group it is likely to be there.
            std::thread::spawn(move || fleet.memberships().len());
        }
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            url: format!("http://{}", listener.local_addr()?),
            version: Version::read(&options.version),
            version_text: options.version,
            auth: Auth::new(options.token_lifetime, options.privileges),
            node_lag: options.node_lag,
            answers: options.answers,
            recalculation: options.recalculation,
            faults: FaultSwitches::new(options.faults),
            log: RequestLog::default(),
            store: Mutex::new(store),
            keeper,
            control: Control::default(),
            stop: stop.clone(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the simulated tenant stopped");
            }
        });
        Ok(Self { shared, stop })
    }

    /// Where it listens, such as `http://127.0.0.1:49152`.
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// The id of its only API client.
    pub fn client_id(&self) -> &str {
        CLIENT_ID
    }

    /// The secret of its only API client; it opens nothing else.
    pub fn client_secret(&self) -> &str {
        CLIENT_SECRET
    }

    /// The name of its only user, who may sign in with a password as older scripts do.
    pub fn user(&self) -> &str {
        USER
    }

    /// The password of its only user; it opens nothing else.
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// Switch faults while it runs.
    pub fn faults(&self) -> &FaultSwitches {
        &self.shared.faults
    }

    /// How long tokens that are given out from now on are good for.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        self.shared.auth.set_lifetime(lifetime);
    }

    /// What reached the tenant.
    pub fn log(&self) -> &RequestLog {
        &self.shared.log
    }

    /// Where people and tests control it: a page in a browser, and what the page is made of as JSON below it. Anyone who knows this
    /// address controls the tenant.
    pub fn control_url(&self) -> String {
        format!("{}{}", self.shared.url, self.shared.control.prefix())
    }

    /// Run until ctrl-c, or until the system ends it.
    pub async fn stopped(self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated() => {}
            () = self.stop.cancelled() => {}
        }
    }
}

#[cfg(unix)]
async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.stop.cancel();
        self.shared.keep(self.shared.store());
    }
}

impl Shared {
    /// The store, for anyone who has it now.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keep the state of the store where it has a file.
    pub(crate) fn keep(&self, store: MutexGuard<'_, Store>) {
        if let Some(keeper) = &self.keeper {
            keeper.keep(store);
        }
    }

    /// The file that keeps the state.
    pub(crate) fn state_file(&self) -> Option<String> {
        self.keeper.as_ref().map(|keeper| keeper.path().display().to_string())
    }

    /// How long a smart group takes to follow a change.
    pub(crate) fn recalculation(&self) -> Duration {
        let delay = self.faults.current().0.into_iter().find_map(|fault| match fault.kind {
            FaultKind::Recalculation(delay) => Some(delay),
            _ => None,
        });
        delay.unwrap_or(self.recalculation)
    }

    /// Which created objects a call sees.
    pub(crate) fn sight(&self, call: &Call) -> Sight {
        let lag = self.faults.current().0.into_iter().find_map(|fault| match fault.kind {
            FaultKind::NodeLag(lag) => Some(lag),
            _ => None,
        });
        let pinned = call.header("cookie").split(';').any(|c| c.trim() == format!("{NODE_COOKIE}={NODE}"));
        Sight { lag: lag.unwrap_or(self.node_lag), pinned }
    }

    /// Let devices answer what they were sent, if they do, and smart groups follow what changed.
    pub(crate) fn settle(&self, store: &mut Store) {
        if let Some(after) = self.answers {
            answering::settle(store, after);
        }
        recalculation::settle(store, self.recalculation());
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
    let log = Arc::clone(&shared);
    let own = path == control::ROOT || path.starts_with(&format!("{}/", control::ROOT));
    // Held over the awaits: dropped by a client that goes away, it says so.
    let arrival = (!own).then(|| log.log.arrival(parts.method.as_str(), &path, &query));
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Outcome::from(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE)).response();
    };
    if let Some(arrival) = &arrival {
        arrival.read(body.len());
    }
    let call = Call::new(parts.method, &path, &query, parts.headers, body);
    let outcome = if own {
        let worker = Arc::clone(&shared);
        let answer = tokio::task::spawn_blocking(move || control::answer(&worker, &call)).await;
        answer.unwrap_or_else(|_| Answer::empty(StatusCode::INTERNAL_SERVER_ERROR)).into()
    } else {
        effects::answer(shared, call).await
    };
    if let Some(arrival) = arrival {
        arrival.answered(outcome.answer.status.as_u16(), &outcome.struck);
    }
    outcome.response()
}

/// Answer as the tenant would without faults.
pub(crate) fn route(shared: &Shared, call: &Call, skew: SignedDuration) -> Answer {
    let classic = call.path.starts_with("/JSSResource/");
    let parts = call.parts();
    if call.method == Method::GET && call.path == "/classicapi/doc/swagger.yaml" {
        return pro::newer::classic_document(&shared.version_text);
    }
    if call.method == Method::GET && call.path == "/" {
        return Answer::of(StatusCode::OK, "text/html;charset=UTF-8", LOGIN_PAGE);
    }
    if call.method == Method::GET && call.path == "/healthCheck.html" {
        return Answer::ok(&json!([]));
    }
    if !classic && !call.path.starts_with("/api/") {
        return effects::edge(StatusCode::NOT_FOUND, "404 Not Found");
    }
    match (call.method.as_str(), parts.as_slice()) {
        ("POST", ["v1", "oauth", "token"]) if !classic && shared.version >= Version(11, 0) => {
            token(shared, call)
        }
        ("POST", ["oauth", "token"]) if !classic => token(shared, call),
        ("GET", ["v1", "health-check"]) if !classic => Answer::no_content(),
        ("GET", ["startup-status"]) if !classic => {
            Answer::ok(&json!({"step": "", "stepCode": "SERVER_INIT_COMPLETE", "percentage": 100,
                "setupAssistantNecessary": false}))
        }
        (_, ["v1", "oauth", "token"]) if !classic => Answer::no_path(),
        ("POST", ["v1", "auth", "token"]) if !classic => shared.auth.sign_in(call, skew),
        ("GET", ["schema"]) if !classic => pro::newer::document(&shared.version_text),
        (method, path) => {
            let Some(grant) = shared.auth.grant(call) else { return Answer::invalid_token() };
            match (method, path) {
                ("POST", ["v1", "auth", "keep-alive"]) if !classic => shared.auth.keep_alive(call, skew),
                ("POST", ["v1", "auth", "invalidate-token"]) if !classic => {
                    shared.auth.forget(call);
                    Answer::no_content()
                }
                _ => api(shared, call, &grant, classic),
            }
        }
    }
}

fn token(shared: &Shared, call: &Call) -> Answer {
    let wrong = effects::has_fault(shared, call, |kind| *kind == FaultKind::WrongSecret);
    shared.auth.token(call, wrong, |asked| {
        let mut store = shared.store();
        let sight = Sight { lag: Duration::ZERO, pinned: true };
        let mut context =
            pro::Context { store: &mut store, call, shared, sight, grant: Grant::of_tenant(), broken: false };
        pro::clients::grant_token(&mut context, asked)
    })
}

fn api(shared: &Shared, call: &Call, grant: &Grant, classic: bool) -> Answer {
    let sight = shared.sight(call);
    let broken = call.path.ends_with("/v2/mobile-devices/detail")
        && effects::has_fault(shared, call, |kind| *kind == FaultKind::BrokenDevice);
    let mut store = shared.store();
    shared.settle(&mut store);
    let toggle = store.singles.get("api/managed-software-updates/plans/feature-toggle");
    let updates_off = toggle.and_then(|toggle| toggle.get("toggle")) == Some(&json!(false));
    let answer = if updates_off && effects::needs_updates(call) {
        effects::updates_off()
    } else if classic {
        classic::answer(&mut classic::Context { store: &mut store, call, grant, shared, sight })
    } else {
        pro::answer(&mut pro::Context { store: &mut store, call, shared, sight, grant, broken })
    };
    if call.method != Method::GET {
        shared.keep(store);
    }
    match call.method {
        Method::GET => answer,
        _ => answer.with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly")),
    }
}
