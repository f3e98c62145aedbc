//! The running tenant: its socket, the faults that come before and after an answer, and the paths outside the APIs.

use std::{
    future::pending,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use futures::StreamExt;
use http::{Method, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    answering,
    auth::{Auth, CLIENT_ID, CLIENT_SECRET, NODE, NODE_COOKIE, PASSWORD, USER, forbidden},
    classic,
    exchange::{Answer, Call},
    faults::{FaultKind, FaultSwitches, Faults, RetryAfter},
    fleet::{Fleet, FleetOptions},
    log::RequestLog,
    options::{Options, Version},
    pro,
    store::{Sight, Store},
};

/// The largest body that is read: uploads are small here.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What people see first.
const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Jamf Pro Login</title></head><body><form method=\"post\"></form></body></html>";

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
    faults: FaultSwitches,
    log: RequestLog,
    store: Mutex<Store>,
    stop: CancellationToken,
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
        return finish(Answer::empty(StatusCode::PAYLOAD_TOO_LARGE), false);
    };
    if let Some(arrival) = &arrival {
        arrival.read(body.len());
    }
    let call = Call::new(parts.method, &path, &query, parts.headers, body);
    let (answer, cut) = if own { (control(&shared, &call), false) } else { with_faults(shared, call).await };
    if let Some(arrival) = arrival {
        arrival.answered(answer.status.as_u16());
    }
    finish(answer, cut)
}

/// Answer through the faults that are on; the second value is whether the connection breaks in the body.
async fn with_faults(shared: Arc<Shared>, call: Call) -> (Answer, bool) {
    for fault in shared.faults.take(&call.path, |kind| matches!(kind, FaultKind::Slow(_) | FaultKind::Hang)) {
        let wait = async {
            match fault {
                FaultKind::Slow(time) => tokio::time::sleep(time).await,
                _ => pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = shared.stop.cancelled() => return (Answer::empty(StatusCode::SERVICE_UNAVAILABLE), false),
        }
    }
    if let Some(answer) = instead(&shared, &call) {
        return (answer, false);
    }
    let write = !matches!(call.method, Method::GET | Method::HEAD) && !call.path.contains("/oauth/token");
    let lost = write && taken(&shared, &call, |kind| *kind == FaultKind::WriteThenTimeout);
    let classic_delete = call.method == Method::DELETE && call.path.starts_with("/JSSResource/");
    let denied = classic_delete && taken(&shared, &call, |kind| *kind == FaultKind::DeleteThenBadRequest);
    let cut = taken(&shared, &call, |kind| *kind == FaultKind::Cut);
    let worker = Arc::clone(&shared);
    let answer = tokio::task::spawn_blocking(move || route(&worker, &call)).await;
    let answer = answer.unwrap_or_else(|_| Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR));
    if denied && answer.status.is_success() {
        return (Answer::page(StatusCode::BAD_REQUEST, "The request could not be understood"), cut);
    }
    match lost && answer.status.is_success() {
        true => (edge(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out"), cut),
        false => (answer, cut),
    }
}

fn taken(shared: &Shared, call: &Call, wants: impl Fn(&FaultKind) -> bool) -> bool {
    !shared.faults.take(&call.path, wants).is_empty()
}

/// The answer of a fault that comes before anything is done.
fn instead(shared: &Shared, call: &Call) -> Option<Answer> {
    let size = call.parameter("page-size").and_then(|s| s.parse().ok()).unwrap_or(100_usize);
    let classic = call.path.starts_with("/JSSResource");
    let fault = shared.faults.take_first(&call.path, |kind| match kind {
        FaultKind::LargePage(above) => size > *above,
        FaultKind::ClassicNotAllowed => classic,
        FaultKind::TokenExpired
        | FaultKind::Unauthorized
        | FaultKind::Forbidden
        | FaultKind::TooManyRequests(_)
        | FaultKind::EmptyError
        | FaultKind::Maintenance
        | FaultKind::LoginPage => true,
        _ => false,
    })?;
    Some(match fault {
        FaultKind::TokenExpired => {
            shared.auth.forget(call);
            Answer::invalid_token()
        }
        FaultKind::Unauthorized => Answer::invalid_token(),
        FaultKind::ClassicNotAllowed => {
            Answer::page(StatusCode::UNAUTHORIZED, "The request requires user authentication")
        }
        FaultKind::Forbidden => forbidden(classic),
        FaultKind::TooManyRequests(after) => too_many(after),
        FaultKind::Maintenance => edge(StatusCode::SERVICE_UNAVAILABLE, "Jamf Pro is down for maintenance"),
        FaultKind::LargePage(_) => edge(StatusCode::GATEWAY_TIMEOUT, "504 Gateway Time-out"),
        FaultKind::LoginPage => Answer::of(StatusCode::OK, "text/html;charset=UTF-8", LOGIN_PAGE),
        _ => Answer::silent_error(StatusCode::INTERNAL_SERVER_ERROR),
    })
}

fn too_many(after: RetryAfter) -> Answer {
    let answer = Answer::error(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", "Too many requests", None);
    match after {
        RetryAfter::None => answer,
        RetryAfter::Seconds(seconds) => answer.with("retry-after", seconds.to_string()),
        RetryAfter::Date => {
            let soon = Timestamp::from_second(Timestamp::now().as_second() + 1).unwrap_or_default();
            answer.with("retry-after", soon.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        }
    }
}

/// A page of what stands in front of the server.
fn edge(status: StatusCode, title: &str) -> Answer {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::of(status, "text/html", body)
}

/// Answer as the tenant would without faults.
fn route(shared: &Shared, call: &Call) -> Answer {
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
        return edge(StatusCode::NOT_FOUND, "404 Not Found");
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
        ("POST", ["v1", "auth", "token"]) if !classic => shared.auth.sign_in(call),
        ("GET", ["schema"]) if !classic => pro::newer::document(&shared.version_text),
        _ if !shared.auth.knows(call) => Answer::invalid_token(),
        ("POST", ["v1", "auth", "keep-alive"]) if !classic => shared.auth.keep_alive(call),
        ("POST", ["v1", "auth", "invalidate-token"]) if !classic => {
            shared.auth.forget(call);
            Answer::no_content()
        }
        _ => api(shared, call, classic),
    }
}

fn token(shared: &Shared, call: &Call) -> Answer {
    let wrong = taken(shared, call, |kind| *kind == FaultKind::WrongSecret);
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
        && taken(shared, call, |kind| *kind == FaultKind::BrokenDevice);
    let mut store = shared.store.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(after) = shared.answers {
        answering::settle(&mut store, after);
    }
    let answer = if classic {
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

fn finish(answer: Answer, cut: bool) -> Response {
    let mut response = Response::builder().status(answer.status);
    if let Some(kind) = &answer.content_type {
        response = response.header(header::CONTENT_TYPE, kind);
    }
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    let body = if cut {
        response = response.header(header::CONTENT_LENGTH, answer.body.len().max(2));
        let half = answer.body.get(..answer.body.len() / 2).unwrap_or_default().to_vec();
        let broken = futures::stream::once(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        });
        Body::from_stream(futures::stream::iter([Ok(Bytes::from(half))]).chain(broken))
    } else {
        Body::from(answer.body)
    };
    response.body(body).unwrap_or_default()
}
