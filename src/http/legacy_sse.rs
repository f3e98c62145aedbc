//! The older HTTP+SSE transport (protocol revision 2024-11-05), for clients that know no other.
//!
//! `GET /sse` opens an event stream whose first event, `endpoint`, names the URL to POST to; each later event, `message`,
//! carries one JSON-RPC message. `POST /messages?sessionId=…` is answered 202, and what it asked for arrives on the stream.
//! rmcp no longer has this transport, but a sink and a stream are all that it needs for one.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use axum::routing::{get, post};
use futures::{Stream, StreamExt};
use rmcp::model::{JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, DropGuard, PollSender};
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::drain::Drain;
use super::messages;
use super::sessions::{Call, Place, Sessions as Registry, full};
use crate::call::Principal;
use crate::mcp::message;

const MESSAGES: &str = "/messages";

/// Messages that may wait in either direction.
const WAITING: usize = 64;

/// How long a client may take to send `initialize`.
const HANDSHAKE: Duration = Duration::from_secs(60);

const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Session {
    inbox: mpsc::Sender<RxJsonRpcMessage<RoleServer>>,
    /// Who opened the stream; nobody else may post to it.
    principal: Option<Principal>,
    place: Arc<Place>,
    waiting: Waiting,
}

/// Calls that are not answered yet; the end of the server waits for them.
type Waiting = Arc<Mutex<HashMap<RequestId, (TaskTrackerToken, Call)>>>;

type Sessions = Arc<Mutex<HashMap<String, Session>>>;

struct Endpoint<F> {
    make: F,
    sessions: Sessions,
    registry: Registry,
    max_body: usize,
    drain: Drain,
}

/// The two routes.
pub(super) fn router<S, F>(make: F, registry: Registry, max_body: usize, drain: Drain) -> Router
where
    S: ServerHandler,
    F: Fn() -> S + Send + Sync + 'static,
{
    let shared = Endpoint { make, sessions: Sessions::default(), registry, max_body, drain };
    Router::new()
        .route("/sse", get(open::<S, F>))
        .route(MESSAGES, post(message::<S, F>))
        .with_state(Arc::new(shared))
}

/// The response body: forgets the session when it is dropped, that is when the client goes away.
struct Body<St> {
    events: St,
    sessions: Sessions,
    id: String,
    _cancel: DropGuard,
}

impl<St> Drop for Body<St> {
    fn drop(&mut self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl<St: Stream + Unpin> Stream for Body<St> {
    type Item = St::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.events).poll_next(context)
    }
}

async fn open<S, F>(State(shared): State<Arc<Endpoint<F>>>, request: Request) -> Response
where
    S: ServerHandler,
    F: Fn() -> S + Send + Sync + 'static,
{
    if shared.drain.has_begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, "this server is ending; try again in a few seconds")
            .into_response();
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let (inbox, incoming) = mpsc::channel::<RxJsonRpcMessage<RoleServer>>(WAITING);
    let (outbox, outgoing) = mpsc::channel::<TxJsonRpcMessage<RoleServer>>(WAITING);
    let principal = request.extensions().get::<Principal>().cloned();
    let cancel = shared.drain.streams().child_token();
    let Ok(place) = shared.registry.place(&id, principal.as_ref(), cancel.clone()) else { return full() };
    let waiting = Waiting::default();
    shared
        .sessions
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(id.clone(), Session { inbox, principal, place: Arc::new(place), waiting: waiting.clone() });

    let transport = (PollSender::new(outbox), ReceiverStream::new(incoming));
    tokio::spawn(run_session((shared.make)(), transport, cancel.clone()));

    let endpoint = Event::default().event("endpoint").data(format!("{MESSAGES}?sessionId={id}"));
    let first = futures::stream::once(async move { Ok::<_, Infallible>(endpoint) });
    let rest = ReceiverStream::new(outgoing).filter_map(move |message| {
        if let Some(id) = answered_id(&message) {
            waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        }
        // JSON text holds no raw line break, so that one `data:` line carries it.
        let event = match serde_json::to_string(&message) {
            Ok(text) => Some(Ok(Event::default().event("message").data(text))),
            Err(error) => {
                tracing::error!(%error, "a message could not be written as JSON and was dropped");
                None
            }
        };
        std::future::ready(event)
    });
    let ended = cancel.clone();
    let events = Box::pin(first.chain(rest).take_until(async move { ended.cancelled().await }));
    let body = Body { events, sessions: shared.sessions.clone(), id, _cancel: cancel.drop_guard() };
    let mut response = Sse::new(body).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Without it nginx collects the stream instead of passing it on.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The id of the request that a message answers.
fn answered_id(message: &TxJsonRpcMessage<RoleServer>) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Response(response) => Some(&response.id),
        JsonRpcMessage::Error(error) => error.id.as_ref(),
        _ => None,
    }
}

type Channels = (PollSender<TxJsonRpcMessage<RoleServer>>, ReceiverStream<RxJsonRpcMessage<RoleServer>>);

/// Runs one session to its end; a client that never says `initialize` is let go, which ends its stream too.
async fn run_session<S: ServerHandler>(handler: S, transport: Channels, cancel: CancellationToken) {
    match tokio::time::timeout(HANDSHAKE, handler.serve_with_ct(transport, cancel.clone())).await {
        Ok(Ok(running)) => {
            if let Err(error) = running.waiting().await {
                tracing::warn!(%error, "a session of the older transport failed");
            }
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a client of the older transport left before its session began")
        }
        Err(_) => tracing::debug!("a client of the older transport never began its session"),
    }
    cancel.cancel();
}

#[derive(Deserialize)]
struct MessageQuery {
    #[serde(rename = "sessionId")]
    session_id: String,
}

async fn message<S, F>(
    State(shared): State<Arc<Endpoint<F>>>,
    Query(query): Query<MessageQuery>,
    request: Request,
) -> Response
where
    S: ServerHandler,
    F: Fn() -> S + Send + Sync + 'static,
{
    let (parts, body) = request.into_parts();
    if !messages::is_json(&parts.headers) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type must be application/json").into_response();
    }
    let session = {
        let sessions = shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .get(&query.session_id)
            .filter(|session| session.principal.as_ref() == parts.extensions.get::<Principal>())
            .map(|session| (session.inbox.clone(), session.place.clone(), session.waiting.clone()))
    };
    let Some((inbox, place, waiting)) = session else {
        return (StatusCode::NOT_FOUND, "unknown session; open a new one with GET /sse").into_response();
    };
    let Ok(bytes) = to_bytes(body, shared.max_body).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request body is too large").into_response();
    };
    let mut message = match message::parse(&bytes) {
        Ok(Some(message)) => message,
        Ok(None) => return (StatusCode::ACCEPTED, "Accepted").into_response(),
        Err(fault) => return messages::answer(StatusCode::BAD_REQUEST, &fault),
    };
    if let Some(refused) = messages::refusal(&message, bytes.len(), &shared.drain) {
        return refused;
    }
    place.touch();
    let calls = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = message::request_id(&message) {
        calls().insert(id.clone(), (shared.drain.call(), place.call()));
    }
    if let Some(id) = message::cancelled_id(&message) {
        calls().remove(id);
    }
    // Handlers see the HTTP request, principal included, exactly as with Streamable HTTP.
    message.insert_extension(parts);
    match inbox.send(message).await {
        Ok(()) => (StatusCode::ACCEPTED, "Accepted").into_response(),
        Err(_) => (StatusCode::GONE, "the session has ended").into_response(),
    }
}
