//! One call to the tenant: its place, its token, its attempts, its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
use futures::FutureExt;
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, DATE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use jamf_pro_tools::{Action, Api, Body, Method};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::address::Address;
use super::circuit::Circuit;
use super::queue::{Place, Queue};
use super::retry::{self, Failure, Quota};
use super::token::{Token, Tokens};
use super::{Call, Reply, reply, upload};
use crate::config::{SecretSource, TenantConfig};
use crate::error::Error;

const CONNECT: Duration = Duration::from_secs(5);
const TOKEN_PATIENCE: Duration = Duration::from_secs(20);
/// How long a file may take to leave.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(3600);
/// Largest answer that is taken, after decompression.
const LARGEST: usize = 32 * 1024 * 1024;
/// How long a caller's reads stay on the node that took its write; nodes agree after a minute.
const STICKY: Duration = Duration::from_secs(60);
/// Cookies that pin a node.
const NODE_COOKIES: [&str; 3] = ["jpro-ingress", "APBALANCEID", "JSESSIONID"];

const TOKEN_PATHS: [&str; 2] = ["/api/v1/oauth/token", "/api/oauth/token"];

/// How long answers are waited for, whatever time is left to the caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until the answer to a read begins, and between two pieces of any answer.
    pub(super) silence: Duration,
    /// Until the answer to a write is whole. A caller who gives up does not shorten it.
    pub(super) write: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        // Jamf Cloud's edge ends what takes 90 s: waiting longer for a write turns "unknown" into its own answer.
        Self { silence: Duration::from_secs(30), write: Duration::from_secs(120) }
    }
}

/// What all calls to one tenant share.
pub(super) struct Client {
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) address: Address,
    pub(super) tokens: Tokens,
    pub(super) version: tokio::sync::OnceCell<super::version::Version>,
    /// Actions that turned out to live at an older path: index among the older paths.
    pub(super) older: Mutex<HashMap<&'static str, usize>>,
    patience: Patience,
    http: reqwest::Client,
    queue: Queue,
    circuit: Circuit,
    quota: Quota,
    nodes: Mutex<HashMap<Arc<str>, (HeaderValue, Instant)>>,
}

impl Client {
    pub(super) fn new(name: &str, config: &TenantConfig, patience: Patience) -> Result<Arc<Self>, Error> {
        let address = Address::parse(&config.url)?;
        let http = http_client(&address, config)?;
        let queue = Queue::new();
        let tokens = token_source(&address, &http, &queue, config);
        Ok(Arc::new(Self {
            name: name.to_owned(),
            label: config.label.clone(),
            address,
            tokens,
            version: tokio::sync::OnceCell::new(),
            older: Mutex::default(),
            patience,
            http,
            queue,
            circuit: Circuit::new(),
            quota: Quota::new(),
            nodes: Mutex::default(),
        }))
    }
}

fn http_client(address: &Address, config: &TenantConfig) -> Result<reqwest::Client, Error> {
    // Fails when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jamf-pro-mcp/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(5)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    if address.as_str().starts_with("http://") {
        // Loopback: a proxy for the outside world has no business there.
        builder = builder.no_proxy();
    }
    if let Some(path) = &config.ca_file {
        let wrong = |why: String| Error::Operator(format!("ca_file {}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| wrong("is not a PEM file of certificates".to_owned()))?;
        if certificates.is_empty() {
            return Err(wrong("holds no certificate".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| Error::Operator(format!("the HTTP client cannot be set up: {error}")))
}

/// A call as it goes out: everything but the token.
pub(super) struct Outgoing<'a> {
    pub(super) action: &'static Action,
    pub(super) path: &'a str,
    pub(super) query: &'a [(String, String)],
    pub(super) body: &'a Body,
    /// The caller asks for less when the answer does not come in time, which helps more than asking for the same again.
    pub(super) shrinks: bool,
}

impl Outgoing<'_> {
    fn is_read(&self) -> bool {
        reply::is_read(self.action)
    }

    fn patience(&self, client: &Client) -> Duration {
        match self.body {
            _ if self.is_read() => client.patience.silence,
            Body::Upload { .. } | Body::File { .. } => client.patience.write.max(UPLOAD_PATIENCE),
            _ => client.patience.write,
        }
    }
}

/// How an attempt failed, the error for it, and when the server wants the next one.
pub(super) struct Missed {
    pub(super) failure: Failure,
    pub(super) error: Error,
    pub(super) hint: Option<Duration>,
}

impl From<Missed> for Error {
    fn from(missed: Missed) -> Self {
        missed.error
    }
}

impl Missed {
    fn not_sent(error: Error) -> Self {
        let hint = match &error {
            Error::Unreachable { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self { failure: Failure::NotSent, error, hint }
    }

    /// The answer did not come in time, by our clock or by that of a gateway.
    pub(super) fn is_slow(&self) -> bool {
        matches!(self.failure, Failure::Slow | Failure::Status(504))
    }
}

/// Send a call, again where that is safe, and take its whole answer.
pub(super) async fn send(client: &Arc<Client>, out: &Outgoing<'_>, call: &Call) -> Result<Reply, Missed> {
    let url = client.address.join(out.path, out.query).map_err(Missed::not_sent)?;
    let mut attempt = 0;
    let mut replayed = false;
    loop {
        attempt += 1;
        client.circuit.admit().map_err(|wait| Missed::not_sent(resting(wait)))?;
        let mut settle = Settle { circuit: &client.circuit, settled: false };
        let missed = match try_once(client, out, &url, call, &mut replayed).await {
            Ok(reply) => {
                settle.record(true);
                client.quota.give();
                return Ok(reply);
            }
            Err(missed) => missed,
        };
        match missed.failure {
            // Only an outage counts: neither our own waiting line, nor an answer that was too large to come in time.
            Failure::NotSent | Failure::Interrupted | Failure::Slow => drop(settle),
            Failure::Status(504) if out.shrinks => drop(settle),
            Failure::NoConnection | Failure::Status(503 | 504) => settle.record(false),
            Failure::Status(_) => settle.record(true),
        }
        let given_up = matches!(
            missed.error,
            Error::Cancelled | Error::Busy { .. } | Error::Operator(_) | Error::Arguments(_)
        );
        if given_up
            || (out.shrinks && missed.is_slow())
            || !retry::may_repeat(missed.failure, out.is_read(), attempt)
            || !client.quota.take(missed.failure)
        {
            return Err(with_hint(missed));
        }
        let pause = retry::delay(missed.failure, attempt, missed.hint);
        if missed.hint > Some(retry::LONGEST_HINT)
            || Instant::now() + pause + Duration::from_secs(1) > call.deadline
        {
            return Err(with_hint(missed));
        }
        tracing::debug!(action = out.action.name, attempt, ?pause, failure = ?missed.failure, "trying again");
        tokio::select! {
            biased;
            () = call.cancelled.cancelled() => return Err(Missed::not_sent(Error::Cancelled)),
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Tells the circuit how a call ended, or that nothing was learnt.
struct Settle<'a> {
    circuit: &'a Circuit,
    settled: bool,
}

impl Settle<'_> {
    fn record(&mut self, reached: bool) {
        self.settled = true;
        self.circuit.record(reached);
    }
}

impl Drop for Settle<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.circuit.forget();
        }
    }
}

fn resting(wait: Duration) -> Error {
    Error::Unreachable {
        message: format!(
            "the tenant has not answered several calls in a row, so nothing was sent; the next try is in {} s",
            wait.as_secs().max(1)
        ),
        retry_after: Some(wait),
    }
}

/// An answer that asked for a wait says so to whoever now has to wait.
fn with_hint(missed: Missed) -> Missed {
    let (Some(wait), Failure::Status(_)) = (missed.hint, missed.failure) else { return missed };
    let asks = format!("The tenant asks to wait {} s.", wait.as_secs());
    let error = match missed.error {
        Error::Unreachable { message, .. } => {
            Error::Unreachable { message: format!("{message}. {asks}"), retry_after: Some(wait) }
        }
        Error::Unknown { message } => Error::Unknown { message: format!("{message} {asks}") },
        Error::Jamf(mut error) => {
            error.message = format!("{} {asks}", error.message);
            Error::Jamf(error)
        }
        error => error,
    };
    Missed { error, ..missed }
}

/// A place at the tenant and a token that is still good when the place is had.
async fn place_and_token(client: &Client, call: &Call) -> Result<(Place, Arc<Token>), Error> {
    if Instant::now() >= call.deadline {
        return Err(out_of_time());
    }
    let both = async {
        loop {
            // The token comes first: whoever refreshes it needs a place too.
            client.tokens.get().await?;
            let place = client.queue.place(&call.caller).await.map_err(|_| busy())?;
            if let Some(token) = client.tokens.valid() {
                return Ok((place, token));
            }
        }
    };
    tokio::select! {
        biased;
        () = call.cancelled.cancelled() => Err(Error::Cancelled),
        result = timeout_at(call.deadline, both) => result.unwrap_or_else(|_| Err(out_of_time())),
    }
}

fn out_of_time() -> Error {
    Error::Busy {
        message: "no place at the tenant, or no token, was had in time; nothing was sent. Try again, or ask for less at once".to_owned(),
        retry_after: Duration::from_secs(5),
    }
}

fn busy() -> Error {
    Error::Busy {
        message:
            "too many calls are waiting for this tenant already; nothing was sent. Try again in a few seconds"
                .to_owned(),
        retry_after: Duration::from_secs(5),
    }
}

async fn try_once(
    client: &Client,
    out: &Outgoing<'_>,
    url: &Url,
    call: &Call,
    replayed: &mut bool,
) -> Result<Reply, Missed> {
    loop {
        let (place, token) = place_and_token(client, call).await.map_err(Missed::not_sent)?;
        let request = build(client, out, url, call, &token).await.map_err(Missed::not_sent)?;
        let exchange = exchange(client, out, request);
        let answered = if out.is_read() {
            tokio::select! {
                biased;
                () = call.cancelled.cancelled() => return Err(Missed::not_sent(Error::Cancelled)),
                result = timeout_at(call.deadline, exchange) => result.unwrap_or_else(|_| Err(late(out)))?,
            }
        } else {
            // It may have left: from here on its outcome matters more than its caller's patience.
            exchange.await?
        };
        drop(place);
        if answered.status == StatusCode::UNAUTHORIZED
            && !*replayed
            && (reply::says_invalid_token(&answered.body) || token.left().is_zero())
        {
            // Refused before it was looked at, so that even a write can be sent once more.
            *replayed = true;
            client.tokens.refused(&token);
            continue;
        }
        return read(client, out, call, answered);
    }
}

fn late(out: &Outgoing<'_>) -> Missed {
    let error = if out.is_read() {
        Error::Unreachable {
            message: "the tenant did not answer in time. Ask for less (a smaller page_size, fewer fields, a filter) or try again".to_owned(),
            retry_after: None,
        }
    } else {
        reply::unknown_outcome(out.action, "the tenant did not answer in time.")
    };
    Missed { failure: Failure::Interrupted, error, hint: None }
}

async fn build(
    client: &Client,
    out: &Outgoing<'_>,
    url: &Url,
    call: &Call,
    token: &Token,
) -> Result<reqwest::Request, Error> {
    let method = match out.action.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let accept = match (out.action.answer, out.action.api(), out.is_read()) {
        (jamf_pro_tools::action::Answer::Json, Api::Classic, false) => "application/xml",
        (jamf_pro_tools::action::Answer::Json, ..) => "application/json",
        _ => "*/*",
    };
    let mut request = client.http.request(method, url.clone()).header(ACCEPT, accept);
    if let Some(cookie) = node_cookie(client, call, out) {
        request = request.header(COOKIE, cookie);
    }
    request = match out.body {
        Body::Empty => request,
        Body::Json(value) => request.header(CONTENT_TYPE, "application/json").body(value.to_string()),
        Body::MergePatch(value) => {
            request.header(CONTENT_TYPE, "application/merge-patch+json").body(value.to_string())
        }
        Body::Xml(text) => request.header(CONTENT_TYPE, "application/xml").body(text.clone()),
        Body::Upload { field, path } => request.multipart(upload::form(field, path, call).await?),
        Body::File { media_type, path } => {
            let (body, length) = upload::stream(path, call).await?;
            request.header(CONTENT_TYPE, *media_type).header(CONTENT_LENGTH, length).body(body)
        }
    };
    let mut request = request
        .build()
        .map_err(|error| Error::Internal(format!("the request cannot be built: {}", error.without_url())))?;
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer(&token.secret)?);
    Ok(request)
}

fn bearer(secret: &SecretString) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.expose_secret()))
        .map_err(|_| Error::Operator("the tenant gave a token that no header can hold".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An answer as it came.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: BytesMut,
    /// Why the body is not whole, where its status is all that counts.
    incomplete: Option<String>,
}

/// Send and read the whole answer, up to the largest that is taken.
async fn exchange(
    client: &Client,
    out: &Outgoing<'_>,
    request: reqwest::Request,
) -> Result<Answered, Missed> {
    let until = Instant::now() + out.patience(client);
    let begun = timeout(out.patience(client), client.http.execute(request)).await;
    let mut response = begun.map_err(|_| silent(out))?.map_err(|error| broken(out, &error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = BytesMut::new();
    let mut incomplete = None;
    // The status has come: what a tenant answered to a write does not become unknown because the rest does not come.
    let is_settled = !out.is_read() && status.is_success();
    loop {
        let silence = Instant::now() + client.patience.silence;
        let until = if out.is_read() { silence } else { silence.min(until) };
        let (missed, why) = match timeout_at(until, response.chunk()).await {
            Err(_) => (silent(out), "the rest of the answer did not come in time".to_owned()),
            Ok(Err(error)) => (
                cut_off(out, &error),
                format!("the connection broke off within the answer ({})", root_cause(&error)),
            ),
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() > LARGEST => {
                (too_large(out), "the answer is larger than this server takes (32 MB)".to_owned())
            }
            Ok(Ok(Some(chunk))) => {
                body.extend_from_slice(&chunk);
                continue;
            }
        };
        if !is_settled {
            return Err(missed);
        }
        incomplete = Some(why);
        break;
    }
    Ok(Answered { status, headers, body, incomplete })
}

fn too_large(out: &Outgoing<'_>) -> Missed {
    let message = "the answer is larger than this server takes (32 MB). Ask for less: a smaller page_size, fewer sections";
    let error = if out.is_read() {
        Error::Unreachable { message: message.to_owned(), retry_after: None }
    } else {
        reply::unknown_outcome(out.action, message)
    };
    Missed { failure: Failure::Status(413), error, hint: None }
}

/// Nothing came for too long, while the caller still has time.
fn silent(out: &Outgoing<'_>) -> Missed {
    Missed { failure: Failure::Slow, ..late(out) }
}

/// No answer began. Only what certainly did not leave counts as not sent.
fn broken(out: &Outgoing<'_>, error: &reqwest::Error) -> Missed {
    let cause = root_cause(error);
    if error.is_connect() && cause.contains("certificate") {
        // It will be as wrong the next time.
        return Missed::not_sent(Error::Operator(format!(
            "the tenant's certificate is not trusted: {cause}. Nothing was sent. If a certificate authority of your own signs it, name its \
             PEM file in `ca_file`"
        )));
    }
    if error.is_connect() {
        let message = format!(
            "the tenant is not reachable: {cause}. Nothing was sent. Check the address and the network with `jamf-pro-mcp doctor`"
        );
        let error = Error::Unreachable { message, retry_after: None };
        return Missed { failure: Failure::NoConnection, error, hint: None };
    }
    cut_off_with(out, &cause)
}

fn cut_off(out: &Outgoing<'_>, error: &reqwest::Error) -> Missed {
    cut_off_with(out, &root_cause(error))
}

fn cut_off_with(out: &Outgoing<'_>, cause: &str) -> Missed {
    let error = if out.is_read() {
        Error::Unreachable {
            message: format!("the connection broke off before the answer was whole: {cause}. Try again"),
            retry_after: None,
        }
    } else {
        reply::unknown_outcome(
            out.action,
            &format!("the connection broke off before the answer came ({cause})."),
        )
    };
    Missed { failure: Failure::Interrupted, error, hint: None }
}

/// The innermost reason; the outer ones repeat the URL.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn read(client: &Client, out: &Outgoing<'_>, call: &Call, answered: Answered) -> Result<Reply, Missed> {
    let Answered { status, headers, body, incomplete } = answered;
    let code = status.as_u16();
    let media_type = media_type(&headers);
    if status.is_redirection() {
        return Err(Missed {
            failure: Failure::Status(code),
            error: Error::Operator(format!(
                "the tenant answered {code}, a redirect, which is not followed: the address is probably not the tenant's own, or a login stands in front of it"
            )),
            hint: None,
        });
    }
    if !status.is_success() {
        let error = reply::error(out.action, code, &media_type, &body);
        return Err(Missed { failure: Failure::Status(code), error, hint: retry::hint(&headers) });
    }
    let expects_page = matches!(out.action.answer, jamf_pro_tools::action::Answer::File);
    if !expects_page && reply::is_html(&media_type, &body) {
        let error = reply::page_instead_of_answer(code, &body, out.is_read());
        return Err(Missed { failure: Failure::Status(code), error, hint: None });
    }
    if !out.is_read() {
        remember_node(client, call, &headers);
    }
    let (media_type, body) = reply::in_one_shape(out.action, media_type, body.freeze());
    Ok(Reply { status: code, media_type, file_name: file_name(&headers), body, incomplete, older_path: None })
}

fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn file_name(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
    let name = text.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    Some(name.trim_matches('"').to_owned())
}

/// Reads that follow a caller's own write go to the node that took it; all others are left to the balancer.
fn node_cookie(client: &Client, call: &Call, out: &Outgoing<'_>) -> Option<HeaderValue> {
    let mut nodes = client.nodes.lock().unwrap_or_else(PoisonError::into_inner);
    nodes.retain(|_, (_, until)| *until > Instant::now());
    out.is_read().then(|| nodes.get(&call.caller).map(|(cookie, _)| cookie.clone())).flatten()
}

fn remember_node(client: &Client, call: &Call, headers: &HeaderMap) {
    let pairs: Vec<&str> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok()?.split(';').next())
        .filter(|pair| NODE_COOKIES.iter().any(|name| pair.trim().split('=').next() == Some(name)))
        .map(str::trim)
        .collect();
    if let Ok(mut cookie) = HeaderValue::from_str(&pairs.join("; "))
        && !pairs.is_empty()
    {
        cookie.set_sensitive(true);
        let mut nodes = client.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.insert(call.caller.clone(), (cookie, Instant::now() + STICKY));
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    expires_in: u64,
}

fn token_source(address: &Address, http: &reqwest::Client, queue: &Queue, config: &TenantConfig) -> Tokens {
    let source = Arc::new(TokenSource {
        address: address.clone(),
        http: http.clone(),
        queue: queue.clone(),
        client_id: config.client_id.clone(),
        secret: config.secret.clone(),
        path: std::sync::atomic::AtomicUsize::new(0),
    });
    Tokens::new(Arc::new(move || {
        let source = source.clone();
        async move { source.fetch().await }.boxed()
    }))
}

struct TokenSource {
    address: Address,
    http: reqwest::Client,
    queue: Queue,
    client_id: String,
    secret: SecretSource,
    /// Which of [`TOKEN_PATHS`] this tenant has.
    path: std::sync::atomic::AtomicUsize,
}

impl TokenSource {
    async fn fetch(&self) -> Result<Token, Error> {
        let secret = self.secret.read().await?;
        let _place = self.queue.next_place().await.map_err(|_| busy())?;
        let late = |_| {
            Err(Error::Unreachable {
                message: "the tenant did not give a token in time; nothing was sent. Try again".to_owned(),
                retry_after: None,
            })
        };
        // Waiting for the place is not the tenant's fault, so the clock starts after it.
        timeout(TOKEN_PATIENCE, self.ask_in_turn(&secret)).await.unwrap_or_else(late)
    }

    async fn ask_in_turn(&self, secret: &SecretString) -> Result<Token, Error> {
        use std::sync::atomic::Ordering;
        let first = self.path.load(Ordering::Relaxed);
        for (index, path) in TOKEN_PATHS.iter().enumerate().skip(first) {
            let (obtained, status, media_type, body) = self.ask(path, secret).await?;
            if status == StatusCode::NOT_FOUND && index + 1 < TOKEN_PATHS.len() {
                continue;
            }
            self.path.store(index, Ordering::Relaxed);
            return self.read(obtained, status, &media_type, &body);
        }
        Err(Error::Operator("the tenant has no token endpoint: it is older than Jamf Pro 10.49, or the address is not a tenant's".to_owned()))
    }

    async fn ask(
        &self,
        path: &str,
        secret: &SecretString,
    ) -> Result<(Instant, StatusCode, String, BytesMut), Error> {
        let form = {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("grant_type", "client_credentials");
            form.append_pair("client_id", &self.client_id);
            form.append_pair("client_secret", secret.expose_secret());
            form.finish()
        };
        let url = self.address.join(path, &[])?;
        // The lifetime counts from before the question, so that a slow answer never makes a token look younger than it is.
        let obtained = Instant::now();
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form);
        let unreachable = |error: &reqwest::Error| Error::Unreachable {
            message: format!(
                "no access token: the tenant is not reachable: {}. Check the address and the network with `jamf-pro-mcp doctor`",
                root_cause(error)
            ),
            retry_after: None,
        };
        let mut response = request.send().await.map_err(|error| unreachable(&error))?;
        let (status, media_type) = (response.status(), media_type(response.headers()));
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > 64 * 1024 {
                break;
            }
        }
        Ok((obtained, status, media_type, body))
    }

    fn read(
        &self,
        obtained: Instant,
        status: StatusCode,
        media_type: &str,
        body: &[u8],
    ) -> Result<Token, Error> {
        if status.is_success() {
            return match serde_json::from_slice::<TokenAnswer>(body) {
                Ok(answer) => Ok(Token { secret: answer.access_token, lifetime: Duration::from_secs(answer.expires_in.clamp(1, 86_400)), obtained }),
                Err(_) if reply::is_html(media_type, body) => Err(reply::page_instead_of_answer(status.as_u16(), body, true)),
                Err(_) => Err(Error::Operator("the token endpoint answered something that is no token: is the address a Jamf Pro tenant's?".to_owned())),
            };
        }
        match status.as_u16() {
            400 | 401 | 403 => Err(Error::Operator(format!(
                "the tenant refused the credentials ({status}) of API client {}: check client_id and secret, and in Jamf Pro that the \
                 API client is enabled. A changed role or secret needs a new secret here",
                self.client_id
            ))),
            300..=399 => Err(Error::Operator(format!(
                "the token endpoint answered {status}, a redirect: the address is probably not the tenant's own"
            ))),
            code => Err(Error::Unreachable {
                message: format!("no access token: the tenant answered {code}. Try again in a few minutes"),
                retry_after: None,
            }),
        }
    }
}

/// How far the tenant's clock is from ours, in seconds; positive when it is ahead.
pub(super) async fn clock_skew(client: &Client, call: &Call) -> Result<i64, Error> {
    let url = client.address.join("/api/v1/health-check", &[])?;
    let asked = timeout_at(call.deadline, client.http.get(url).send()).await;
    let unreachable = |why: String| Error::Unreachable {
        message: format!("the tenant is not reachable: {why}"),
        retry_after: None,
    };
    let response = asked
        .map_err(|_| unreachable("no answer in time".to_owned()))?
        .map_err(|error| unreachable(root_cause(&error)))?;
    let date = response
        .headers()
        .get(DATE)
        .and_then(|date| date.to_str().ok())
        .and_then(|date| httpdate::parse_http_date(date).ok());
    let now = std::time::SystemTime::now();
    Ok(date.map_or(0, |date| match date.duration_since(now) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).unwrap_or(i64::MAX),
        Err(behind) => -i64::try_from(behind.duration().as_secs()).unwrap_or(i64::MAX),
    }))
}

/// A token that nobody needs any more is a risk until it ends by itself.
pub(super) async fn give_token_back(client: &Client) {
    let Some(token) = client.tokens.take() else { return };
    let (Ok(url), Ok(bearer)) =
        (client.address.join("/api/v1/auth/invalidate-token", &[]), bearer(&token.secret))
    else {
        return;
    };
    let asked = client.http.post(url).header(http::header::AUTHORIZATION, bearer).send();
    match timeout(Duration::from_secs(2), asked).await {
        Ok(Ok(response)) => tracing::debug!(status = response.status().as_u16(), "gave the token back"),
        _ => tracing::debug!("the token could not be given back; it ends by itself"),
    }
}
