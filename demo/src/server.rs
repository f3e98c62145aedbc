//! From a request to an answer: log, faults, token, privilege, family.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::answer;
use crate::auth::{self, Tokens};
use crate::faults::{Fault, Faults, Switches};
use crate::fleet::{Fleet, FleetOptions};
use crate::log::{Open, RequestLog};
use crate::rows::Query;
use crate::store::Store;
use crate::{Options, classic, pro};

/// Largest request body; packages are not taken.
const LARGEST: usize = 8 * 1024 * 1024;

/// Everything that a running simulated tenant has.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) fleet: Fleet,
    pub(crate) faults: Switches,
    pub(crate) log: RequestLog,
    pub(crate) tokens: Tokens,
    pub(crate) orders: pro::Orders,
    store: Mutex<Store>,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        let fleet = Fleet::generate(&FleetOptions {
            computers: options.computers,
            seed: options.seed,
            now: jiff::Timestamp::now(),
        });
        Self {
            faults: Switches::new(options.faults.clone()),
            log: RequestLog::default(),
            tokens: Tokens::new(options.token_lifetime),
            orders: pro::Orders::default(),
            store: Mutex::new(Store::new(&fleet)),
            fleet,
            options,
        }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it plays a version older than this one.
    pub(crate) fn is_before(&self, version: &str) -> bool {
        let numbers =
            |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
        numbers(&self.options.version) < numbers(version)
    }
}

/// One call that passed the token check.
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a Arc<State>,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Decoded segments of the path.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl Ask<'_> {
    /// The body as JSON; anything else is answered 400.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Response> {
        serde_json::from_slice(self.body).map_err(|_| answer::bad_request("body", "Malformed JSON"))
    }
}

pub(crate) fn app(state: Arc<State>) -> Router {
    Router::new().fallback(take).with_state(state)
}

async fn take(Extract(state): Extract<Arc<State>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.as_str().to_owned(), parts.uri.path().to_owned());
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(body, LARGEST).await else { return answer::empty(StatusCode::PAYLOAD_TOO_LARGE) };
    if path.starts_with("/__demo/") {
        return control(&state, &method, &path, &body);
    }
    let mut open = Open::new(&state, &method, &path, &query);
    if method != "GET" && !path.ends_with("/oauth/token") {
        open.body(&body);
    }
    let response = match before(&state, &path, &query).await {
        Some(response) => response,
        None => {
            let response = route(&state, &method, &path, &query, &parts.headers, &body);
            after(&state, &method, &path, response).await
        }
    };
    open.answered(response.status().as_u16());
    response
}

/// Switches and the log for tests in other processes.
fn control(state: &State, method: &str, path: &str, body: &[u8]) -> Response {
    match (method, path) {
        ("PUT", "/__demo/faults") => match String::from_utf8_lossy(body).parse::<Faults>() {
            Ok(faults) => {
                state.faults.replace(faults);
                answer::empty(StatusCode::NO_CONTENT)
            }
            Err(error) => answer::bad_request("faults", &error.to_string()),
        },
        ("GET", "/__demo/log") => answer::ok(&json!({
            "tokenRequests": state.log.token_requests(), "mostAtOnce": state.log.most_at_once(), "open": state.log.open(),
            "entries": state.log.entries(),
        })),
        ("DELETE", "/__demo/log") => {
            state.log.clear();
            answer::empty(StatusCode::NO_CONTENT)
        }
        _ => answer::not_found(),
    }
}

/// Faults that strike before the tenant has looked at a request.
async fn before(state: &State, path: &str, query: &str) -> Option<Response> {
    if let Some(Fault::Slow(delay)) = state.faults.strike(path, |fault| matches!(fault, Fault::Slow(_))) {
        tokio::time::sleep(delay).await;
    }
    if path.ends_with("/oauth/token") || path.ends_with("/jamf-pro-version") {
        return None;
    }
    let size = u64::try_from(Query::parse(query).page_size()).unwrap_or(u64::MAX);
    let struck = state.faults.strike(path, |fault| match fault {
        Fault::EdgeTimeout(rows) => size > *rows,
        Fault::Slow(_)
        | Fault::WrongSecret
        | Fault::AppliedThenTimeout
        | Fault::CutOff
        | Fault::BrokenDevice => false,
        _ => true,
    })?;
    Some(match struck {
        Fault::InvalidToken => auth::invalid_token(),
        Fault::NotAllowedPage => {
            answer::classic_page(StatusCode::UNAUTHORIZED, "The request requires user authentication")
        }
        Fault::Forbidden => answer::error(StatusCode::FORBIDDEN, "INVALID_PRIVILEGE", None, "Forbidden"),
        Fault::TooMany(hint) => {
            let mut response =
                answer::json(StatusCode::TOO_MANY_REQUESTS, &json!({ "httpStatus": 429, "errors": [] }));
            if let Some(value) = hint.and_then(|hint| HeaderValue::from_str(&hint).ok()) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Fault::Failure => {
            answer::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "httpStatus": 500, "errors": [] }))
        }
        Fault::Maintenance => answer::html(
            StatusCode::SERVICE_UNAVAILABLE,
            "<!DOCTYPE html><html><head><title>Jamf Pro is being upgraded</title></head><body><h1>Maintenance</h1></body></html>",
        ),
        Fault::Hang => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            answer::empty(StatusCode::GATEWAY_TIMEOUT)
        }
        Fault::LoginPage => answer::html(
            StatusCode::OK,
            "<!DOCTYPE html><html><head><title>Sign in</title></head><body><form></form></body></html>",
        ),
        _ => edge_timeout(),
    })
}

fn edge_timeout() -> Response {
    answer::html(
        StatusCode::GATEWAY_TIMEOUT,
        "<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center></body></html>",
    )
}

/// Faults that strike once the tenant has done what was asked.
async fn after(state: &State, method: &str, path: &str, response: Response) -> Response {
    if method != "GET"
        && response.status().is_success()
        && state.faults.strike(path, |fault| matches!(fault, Fault::AppliedThenTimeout)).is_some()
    {
        return edge_timeout();
    }
    if path.ends_with("/oauth/token")
        || state.faults.strike(path, |fault| matches!(fault, Fault::CutOff)).is_none()
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let broken =
        futures::stream::iter([Ok::<Bytes, std::io::Error>(half), Err(std::io::Error::other("cut off"))]);
    Response::from_parts(parts, Body::from_stream(broken))
}

fn route(
    state: &Arc<State>,
    method: &str,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    match (method, path) {
        ("POST", "/api/v1/oauth/token" | "/api/oauth/token") => return auth::token(state, path, body),
        ("GET", "/api/v1/health-check") => return answer::empty(StatusCode::NO_CONTENT),
        ("GET", "/api/startup-status") => {
            return answer::ok(&json!({ "stepCode": "SERVER_INIT_COMPLETE", "step": "", "percentage": 100 }));
        }
        _ => {}
    }
    if !state.tokens.accepts(headers) {
        return auth::invalid_token();
    }
    if let Some(response) = auth::own(state, method, path, headers) {
        return response;
    }
    let decoded =
        |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments = path.split('/').skip(1).map(decoded).collect();
    let ask = Ask { state, method, path, segments, query: Query::parse(query), headers, body };
    let mut response =
        if path.starts_with("/JSSResource/") { classic::answer(&ask) } else { pro::answer(&ask) };
    if method != "GET" {
        response
            .headers_mut()
            .append(header::SET_COOKIE, HeaderValue::from_static("jpro-ingress=node1; Path=/; HttpOnly"));
    }
    response
}
