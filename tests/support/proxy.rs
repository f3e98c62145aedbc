//! A proxy before the simulated tenant that a test programs: it sees each request, and can answer in the tenant's place,
//! before or after the tenant has carried the request out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio_util::sync::CancellationToken;

/// One request as the proxy saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) body: Bytes,
    /// The status that the caller got; 0 while there is none.
    pub(crate) status: u16,
    /// Since the script was set, a write was answered with a success before this request came. A token is no write.
    pub(crate) after_write: bool,
}

/// What the proxy does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Pass the request to the tenant and its answer back.
    Pass,
    /// Answer in the tenant's place; the tenant sees nothing.
    Instead(u16, &'static str, String),
    /// The same with further headers.
    With(u16, Vec<(&'static str, String)>, String),
    /// Let the tenant carry the request out, then answer this.
    Afterwards(u16, &'static str, String),
    /// Pass the request, and the tenant's answer back with another body.
    Changed(fn(&str) -> String),
    /// Let the tenant carry the request out, and break its answer off in the middle of the body.
    Broken,
    /// Close the connection without an answer; the tenant sees nothing.
    Reset,
    /// Let the tenant carry the request out, then close the connection without an answer.
    ResetAfterwards,
    /// Wait, then pass.
    Slow(Duration),
    /// Never answer.
    Hang,
}

type Script = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A running proxy. It stops when it is dropped.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

struct Shared {
    upstream: String,
    client: reqwest::Client,
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
    /// A write was answered with a success since the script was set.
    wrote: AtomicBool,
}

impl Proxy {
    /// A proxy before `upstream` that passes everything.
    pub(crate) async fn start(upstream: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let shared = Arc::new(Shared {
            upstream: upstream.trim_end_matches('/').to_owned(),
            client,
            script: Mutex::new(Arc::new(|_| Reply::Pass)),
            seen: Mutex::new(Vec::new()),
            wrote: AtomicBool::new(false),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = async { axum::serve(listener, app).await } => {}
                () = stopped.cancelled() => {}
            }
        });
        Self { url, shared, stop }
    }

    /// The same proxy as an application, for serving it another way.
    pub(crate) fn app(&self) -> Router {
        Router::new().fallback(answer).with_state(self.shared.clone())
    }

    /// What is done with each request from now on.
    pub(crate) fn script(&self, script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
        self.shared.wrote.store(false, Ordering::SeqCst);
    }

    /// Every request so far, in order.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests of a method came for paths that begin so.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.method == method && seen.path.starts_with(path)).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let after_write = shared.wrote.load(Ordering::SeqCst);
    let seen = Seen {
        method: parts.method.to_string(),
        path: path.clone(),
        body: body.clone(),
        status: 0,
        after_write,
    };
    let script = shared.script.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let reply = script(&seen);
    let place = {
        let mut all = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(seen);
        all.len() - 1
    };
    let forwarded = async {
        let mut forwarded = shared.client.request(parts.method.clone(), format!("{}{path}", shared.upstream));
        for (name, value) in &parts.headers {
            if !matches!(name.as_str(), "host" | "connection" | "content-length" | "transfer-encoding") {
                forwarded = forwarded.header(name, value);
            }
        }
        forwarded.body(body.clone()).send().await
    };
    let response = match reply {
        Reply::Hang => std::future::pending().await,
        Reply::Instead(status, kind, text) => made(status, kind, text),
        Reply::With(status, headers, text) => {
            let mut response = made(status, "text/plain", text);
            for (name, value) in headers {
                response.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
            }
            response
        }
        Reply::Afterwards(status, kind, text) => {
            let _ = forwarded.await;
            made(status, kind, text)
        }
        Reply::Pass => passed(forwarded.await).await,
        Reply::Changed(change) => {
            let (parts, body) = passed(forwarded.await).await.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let body = std::str::from_utf8(&body).map(|text| Body::from(change(text)));
            Response::from_parts(parts, body.unwrap_or_default())
        }
        Reply::Broken => broken(passed(forwarded.await).await),
        Reply::Reset => reset(),
        Reply::ResetAfterwards => {
            let _ = forwarded.await;
            reset()
        }
        Reply::Slow(wait) => {
            tokio::time::sleep(wait).await;
            passed(forwarded.await).await
        }
    };
    let status = response.status().as_u16();
    if parts.method != http::Method::GET && !is_of_token(&path) && response.status().is_success() {
        shared.wrote.store(true, Ordering::SeqCst);
    }
    let mut all = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(seen) = all.get_mut(place) {
        seen.status = status;
    }
    response
}

fn made(status: u16, kind: &str, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
    response
}

/// Ends the task of the connection, which closes it. Nothing is printed of such a panic.
fn reset() -> Response {
    std::panic::resume_unwind(Box::new(()))
}

/// Whether a path asks for a token or gives one back.
pub(crate) fn is_of_token(path: &str) -> bool {
    path.contains("/oauth/token") || path.contains("/auth/")
}

/// The same answer, whose body ends in the middle of what its length promises.
fn broken(mut response: Response) -> Response {
    let begun = futures::stream::once(async { Ok(Bytes::from_static(b"{")) });
    // What waits before its end makes the server send what it has.
    let end = futures::stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("interrupted"))
    });
    *response.body_mut() = Body::from_stream(futures::StreamExt::chain(begun, end));
    response.headers_mut().insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("1000"));
    response
}

async fn passed(answer: reqwest::Result<reqwest::Response>) -> Response {
    let Ok(answer) = answer else { return made(502, "text/plain", "the proxy reached nobody".to_owned()) };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    for (name, value) in answer.headers() {
        let name: &HeaderName = name;
        if !matches!(name.as_str(), "connection" | "transfer-encoding" | "content-length") {
            response.headers_mut().append(name, value.clone());
        }
    }
    let bytes = answer.bytes().await.unwrap_or_default();
    *response.body_mut() = Body::from(bytes);
    response
}
