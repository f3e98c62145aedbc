//! The client against a small tenant on loopback that answers whatever a test scripts.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request as Incoming, State};
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderMap;
use jamf_pro_tools::{Action, Catalogue, Request};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{ClientConfig, Credentials};
use crate::digest_key::DigestKey;
use crate::error::Error;
use crate::{Call, CallId, FieldSelection, Listing, Reader, Reply, Walk, Writer, send};

mod faults;
mod paging;
mod places;
mod routes;

/// One request as it arrived.
#[derive(Debug, Clone)]
struct ReceivedRequest {
    /// Method and path, such as `GET /api/v1/buildings`.
    line: String,
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: String,
    /// How many came to this method and path before it.
    before: usize,
}

impl ReceivedRequest {
    fn number(&self, name: &str) -> usize {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
    }

    fn token(&self) -> &str {
        self.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

type Script = Arc<dyn Fn(ReceivedRequest) -> BoxFuture<'static, Response> + Send + Sync>;

/// A tenant that gives tokens by itself and leaves the rest to a script.
struct Fake {
    url: String,
    shared: Arc<TenantState>,
    server: tokio::task::JoinHandle<()>,
}

struct TenantState {
    script: Script,
    seen: Mutex<Vec<ReceivedRequest>>,
    tokens: AtomicUsize,
    lifetime: AtomicUsize,
    /// Answered to requests for a token instead of one, while there are some left.
    token_faults: Mutex<Vec<Response>>,
    working: AtomicUsize,
    most: AtomicUsize,
    hung_up: AtomicUsize,
}

/// Counts a request that is at work, and one whose client went away.
struct Working(Arc<TenantState>, bool);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.working.fetch_sub(1, Ordering::SeqCst);
        if !self.1 {
            self.0.hung_up.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Fake {
    async fn start<F, R>(script: F) -> Self
    where
        F: Fn(ReceivedRequest) -> R + Send + Sync + 'static,
        R: Future<Output = Response> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(TenantState {
            script: Arc::new(move |seen| Box::pin(script(seen))),
            seen: Mutex::default(),
            tokens: AtomicUsize::new(0),
            lifetime: AtomicUsize::new(3600),
            token_faults: Mutex::default(),
            working: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            hung_up: AtomicUsize::new(0),
        });
        let router = axum::Router::new().fallback(answer).with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, server }
    }

    fn tenant(&self) -> Tenant {
        Tenant::new(&config(&self.url)).unwrap()
    }

    /// A client that waits only so long for reads to begin.
    fn tenant_with_silence(&self, silence: Duration) -> Tenant {
        self.tenant_with(send::Patience { silence, ..send::Patience::default() })
    }

    fn tenant_with(&self, patience: send::Patience) -> Tenant {
        Tenant(Reader(send::Client::new(&config(&self.url), patience).unwrap()))
    }

    /// How many requests came to this method and path.
    fn count(&self, line: &str) -> usize {
        self.requests().iter().filter(|seen| seen.line == line).count()
    }

    fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.seen.lock().unwrap().clone()
    }

    fn tokens(&self) -> usize {
        self.shared.tokens.load(Ordering::SeqCst)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(shared): State<Arc<TenantState>>, incoming: Incoming) -> Response {
    let (parts, body) = incoming.into_parts();
    let mut working = Working(shared.clone(), false);
    let now = shared.working.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most.fetch_max(now, Ordering::SeqCst);
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let path = parts.uri.path().to_owned();
    let line = format!("{} {path}", parts.method);
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let seen = {
        let mut all = shared.seen.lock().unwrap();
        let before = all.iter().filter(|seen| seen.line == line).count();
        let body = String::from_utf8_lossy(&body).into_owned();
        all.push(ReceivedRequest {
            line,
            path,
            query: query.into_owned().collect(),
            headers: parts.headers,
            body,
            before,
        });
        all.last().unwrap().clone()
    };
    let response = if seen.path == "/api/v1/oauth/token" {
        let number = shared.tokens.fetch_add(1, Ordering::SeqCst);
        let fault = shared.token_faults.lock().unwrap().pop();
        let expires_in = shared.lifetime.load(Ordering::SeqCst);
        fault.unwrap_or_else(|| {
            json_of(200, &json!({ "access_token": format!("t{number}"), "expires_in": expires_in }))
        })
    } else {
        (shared.script)(seen).await
    };
    working.1 = true;
    response
}

/// A keychain that waits for a person.
#[derive(Debug)]
struct LockedKeychain;

impl Credentials for LockedKeychain {
    fn secret(&self) -> BoxFuture<'static, Result<SecretString, Error>> {
        Box::pin(futures::future::pending())
    }

    fn source(&self) -> String {
        "the keychain".to_owned()
    }
}

fn config(url: &str) -> ClientConfig {
    ClientConfig {
        url: url.to_owned(),
        client_id: "client".to_owned(),
        name: "test".to_owned(),
        credentials: Arc::new(SecretString::from("secret")),
        label: None,
        ca_file: None,
        digest_key: DigestKey::new([7; 32]),
    }
}

fn with_type(status: u16, media_type: &str, text: impl Into<String>) -> Response {
    let body = Body::from(text.into());
    Response::builder().status(status).header("content-type", media_type).body(body).unwrap()
}

fn json_of(status: u16, value: &Value) -> Response {
    with_type(status, "application/json", value.to_string())
}

fn page(status: u16, html: &str) -> Response {
    with_type(status, "text/html", html)
}

fn empty_list() -> Response {
    json_of(200, &json!({ "totalCount": 0, "results": [] }))
}

/// The head and the beginning of an answer, then the connection breaks.
fn cut_off() -> Response {
    let pieces = [Ok("{\"totalCount\": 5, "), Err(std::io::Error::other("gone"))];
    let body = Body::from_stream(futures::stream::iter(pieces));
    Response::builder().status(200).header("content-type", "application/json").body(body).unwrap()
}

fn action(tool: &str) -> &'static Action {
    Catalogue::get().find(tool).unwrap()
}

fn request(tool: &str, arguments: Value) -> Request {
    let action = action(tool);
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    action.request(&action.check(arguments).unwrap()).unwrap()
}

fn call() -> Call {
    Call {
        id: CallId::new(),
        caller: "somebody".into(),
        deadline: Instant::now() + Duration::from_secs(20),
        cancelled: CancellationToken::new(),
        progress: None,
        files: None,
        seal: None,
        tracker: crate::outcome::Tracker::default(),
        has_answer: crate::AnswerFlag::default(),
    }
}

/// Both handles of one tenant: it reads as its reader does, and sends as its writer does.
#[derive(Clone)]
struct Tenant(Reader);

impl Tenant {
    fn new(config: &ClientConfig) -> Result<Self, Error> {
        Ok(Self(Writer::new(config)?.reader()))
    }

    async fn send(&self, action: &'static Action, request: &Request, call: &Call) -> Result<Reply, Error> {
        Writer(self.0.0.clone()).send(action, request, call).await
    }
}

impl std::ops::Deref for Tenant {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.0
    }
}

#[tokio::test]
async fn a_reader_sends_nothing_but_reads() {
    let fake = Fake::start(|_| async { json_of(200, &json!([])) }).await;
    let reader = fake.tenant().0;
    for action in Catalogue::get().actions().filter(|action| action.risk > jamf_pro_tools::Risk::Read) {
        let request = Request {
            action: action.name,
            method: action.method,
            path: "/api/v1/buildings".to_owned(),
            older: Vec::new(),
            query: Vec::new(),
            body: jamf_pro_tools::Body::Empty,
        };
        let walk = Walk { offset: 0, page_size: 1, all: false, budget: 1_000 };
        let wanted = FieldSelection { fields: Vec::new(), hidden: &[] };
        let read = reader.read(action, &request, &call()).await.unwrap_err();
        let listed = reader.list(action, &request, &wanted, &walk, &call()).await.unwrap_err();
        for error in [read, listed] {
            assert!(error.to_string().contains("is no read"), "{}: {error}", action.name);
        }
    }
    assert_eq!((fake.requests().len(), fake.tokens()), (0, 0), "a refused call asks for no token either");
}

async fn send_to(tenant: &Tenant, tool: &str, arguments: Value) -> Result<Reply, Error> {
    tenant.send(action(tool), &request(tool, arguments), &call()).await
}

async fn list(tenant: &Tenant, tool: &str, arguments: Value, walk: &Walk) -> Result<Listing, Error> {
    let wanted = FieldSelection { fields: Vec::new(), hidden: &[] };
    tenant.list(action(tool), &request(tool, arguments), &wanted, walk, &call()).await
}

/// Wait until something holds that must come to hold; the test's own end is the limit.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
