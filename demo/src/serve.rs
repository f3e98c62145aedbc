//! The running tenant: its socket, and the paths outside the APIs.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::Response,
};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    answering,
    auth::{Auth, CLIENT_ID, CLIENT_SECRET, NODE, NODE_COOKIE, PASSWORD, USER},
    classic, effects,
    effects::Outcome,
    exchange::{Answer, Call},
    faults::{FaultKind, FaultSwitches, Faults},
    fleet::{Fleet, FleetOptions},
    log::RequestLog,
    options::{Options, Version},
    pro,
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
    pub(crate) faults: FaultSwitches,
    log: RequestLog,
    store: Mutex<Store>,
    pub(crate) stop: CancellationToken,
}

impl Tenant {
    /// Make the fleet, bind the port and serve.
    ///
    /// # Errors
    /// The port cannot be bound.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let fleet = FleetOptions { computers: options.computers, seed: options.seed, now: Timestamp::now() };
        let made = tokio::task::spawn_blocking(move || Store::new(Fleet::generate(&fleet)));
        Self::start_with(options, made.await.map_err(std::io::Error::other)?).await
    }

    /// Serve a store that is already there.
    pub(crate) async fn start_with(options: Options, store: Store) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            url: format!("http://{}", listener.local_addr()?),
            version: Version::read(&options.version),
            version_text: options.version,
            auth: Auth::new(options.token_lifetime, options.privileges),
            node_lag: options.node_lag,
            answers: options.answers,
            faults: FaultSwitches::new(options.faults),
            log: RequestLog::default(),
            store: Mutex::new(store),
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

    /// Run until ctrl-c.
    pub async fn stopped(self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = self.stop.cancelled() => {}
        }
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (path, query) = (parts.uri.path().to_owned(), parts.uri.query().unwrap_or_default().to_owned());
    let log = Arc::clone(&shared);
    let own = path.starts_with("/__demo/");
    // Held over the awaits: dropped by a client that goes away, it says so.
    let arrival = (!own).then(|| log.log.arrival(parts.method.as_str(), &path, &query));
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Outcome::from(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE)).response();
    };
    if let Some(arrival) = &arrival {
        arrival.read(body.len());
    }
    let call = Call::new(parts.method, &path, &query, parts.headers, body);
    let outcome = if own { control(&shared, &call).into() } else { effects::answer(shared, call).await };
    if let Some(arrival) = arrival {
        arrival.answered(outcome.answer.status.as_u16());
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
        _ if !shared.auth.knows(call) => Answer::invalid_token(),
        ("POST", ["v1", "auth", "keep-alive"]) if !classic => shared.auth.keep_alive(call, skew),
        ("POST", ["v1", "auth", "invalidate-token"]) if !classic => {
            shared.auth.forget(call);
            Answer::no_content()
        }
        _ => api(shared, call, classic),
    }
}

fn token(shared: &Shared, call: &Call) -> Answer {
    let wrong = effects::taken(shared, call, |kind| *kind == FaultKind::WrongSecret);
    shared.auth.token(call, wrong)
}

fn api(shared: &Shared, call: &Call, classic: bool) -> Answer {
    let lag = shared.faults.current().0.into_iter().find_map(|fault| match fault.kind {
        FaultKind::NodeLag(lag) => Some(lag),
        _ => None,
    });
    let pinned = call.header("cookie").split(';').any(|c| c.trim() == format!("{NODE_COOKIE}={NODE}"));
    let sight = Sight { lag: lag.unwrap_or(shared.node_lag), pinned };
    let broken = call.path.ends_with("/v2/mobile-devices/detail")
        && effects::taken(shared, call, |kind| *kind == FaultKind::BrokenDevice);
    let mut store = shared.store.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(after) = shared.answers {
        answering::settle(&mut store, after);
    }
    let toggle = store.singles.get("api/managed-software-updates/plans/feature-toggle");
    let updates_off = toggle.and_then(|toggle| toggle.get("toggle")) == Some(&json!(false));
    let answer = if updates_off && effects::needs_updates(call) {
        effects::updates_off()
    } else if classic {
        classic::answer(&mut classic::Context { store: &mut store, call, auth: &shared.auth, shared, sight })
    } else {
        pro::answer(&mut pro::Context { store: &mut store, call, shared, sight, broken })
    };
    match call.method {
        Method::GET => answer,
        _ => answer.with("set-cookie", format!("{NODE_COOKIE}={NODE}; Path=/; HttpOnly")),
    }
}

/// The switches, the log and the commands that devices were sent over HTTP, for tests in other processes.
fn control(shared: &Shared, call: &Call) -> Answer {
    match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/__demo/faults") => faults(shared),
        ("PUT", "/__demo/faults") => match wanted_faults(&call.body) {
            Ok(wanted) => {
                shared.faults.set(wanted);
                faults(shared)
            }
            Err(reason) => Answer::json(StatusCode::BAD_REQUEST, &json!({"error": reason})),
        },
        ("GET", "/__demo/log") => Answer::ok(&json!({
            "entries": shared.log.entries(),
            "count": shared.log.count(),
            "tokenRequests": shared.log.token_requests(),
            "mostAtOnce": shared.log.most_at_once(),
        })),
        ("GET", "/__demo/commands") => {
            let store = shared.store.lock().unwrap_or_else(PoisonError::into_inner);
            Answer::ok(&json!({"commands": store.commands}))
        }
        ("DELETE", "/__demo/log") => {
            shared.log.clear();
            Answer::no_content()
        }
        _ => Answer::empty(StatusCode::NOT_FOUND),
    }
}

fn faults(shared: &Shared) -> Answer {
    let names: Vec<String> = shared.faults.current().0.iter().map(ToString::to_string).collect();
    Answer::ok(&json!({"faults": names}))
}

/// The body of `PUT /__demo/faults`: `{"faults": ["429*2", …]}`, or the text that `--faults` takes.
fn wanted_faults(body: &Bytes) -> Result<Faults, String> {
    let text = String::from_utf8_lossy(body);
    let Ok(json) = serde_json::from_str::<Value>(&text) else {
        return text.parse().map_err(|e: crate::UnknownFault| e.to_string());
    };
    let names = json.get("faults").and_then(Value::as_array).ok_or("`faults` is not a list")?;
    let parsed = names.iter().map(|n| n.as_str().unwrap_or_default().parse());
    parsed.collect::<Result<_, crate::UnknownFault>>().map(Faults).map_err(|e| e.to_string())
}
