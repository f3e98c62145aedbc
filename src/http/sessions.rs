//! Sessions of both transports in memory: bounded, each of one principal, and forgotten when nobody uses them.
//!
//! Main type: [`Sessions`], which is the SDK's session manager and its session store in one. Only what is in use is in memory.
//! A session that its client has used is in the store too, so that it is restored when its client comes back: after it was idle,
//! after a restart, at another process. Where memory is full, the idlest session of the principal with most goes; a session with a
//! call under way never does.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::WorkerTransport;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionHandle, LocalSessionWorker, SessionConfig, SessionError, create_local_session,
};
use rmcp::transport::streamable_http_server::session::{
    ServerSseMessage, SessionState, SessionStore, SessionStoreError,
};
use rmcp::transport::streamable_http_server::{RestoreOutcome, SessionId, SessionManager};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::call::Principal;
use crate::store::Store;

mod activity;

use activity::Activity;
pub(super) use activity::{Call, Events};

/// How long a session stays in memory whose client has said nothing after `initialize`.
const GREETING: Duration = Duration::from_secs(60);

/// How often the store is told that a session is in use.
const SEEN: Duration = Duration::from_secs(3600);

tokio::task_local! {
    /// Who makes the request that the SDK serves; it does not hand this to its session manager.
    static ASKER: Arc<Asker>;
}

/// Held by the one request that restores a session.
type Turn = tokio::sync::Mutex<()>;

type Turns = HashMap<(Arc<str>, String), Weak<Turn>>;

struct Asker {
    owner: Arc<str>,
    is_refused: AtomicBool,
    /// The turn at a session that is not ready, until it is.
    turn: Mutex<Option<OwnedMutexGuard<()>>>,
}

impl Asker {
    fn new(owner: Arc<str>) -> Arc<Self> {
        Arc::new(Self { owner, is_refused: AtomicBool::new(false), turn: Mutex::default() })
    }

    fn end_turn(&self) -> Option<OwnedMutexGuard<()>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The sessions of this process. Cloning is free.
#[derive(Clone)]
pub(super) struct Sessions(Arc<Inner>);

struct Inner {
    max: usize,
    idle: Duration,
    open: Mutex<HashMap<String, Open>>,
    /// Turns at sessions that requests restore right now, by owner and id.
    turns: Mutex<Turns>,
    store: Option<Store>,
}

/// A session in memory.
struct Open {
    owner: Arc<str>,
    activity: Arc<Activity>,
    /// Its client has said something after `initialize`.
    is_greeted: bool,
    /// It takes messages: one that is restored does not before the SDK has replayed its `initialize`.
    is_ready: bool,
    /// The parameters of its `initialize`, until they are in the store.
    parameters: Option<String>,
    /// When the store was last told that it is in use.
    seen: Option<Instant>,
    /// Ends it, and is cancelled when it has ended.
    end: CancellationToken,
    /// `None` for the older transport.
    handle: Option<LocalSessionHandle>,
}

impl Open {
    fn is_busy(&self) -> bool {
        self.activity.calls.load(Ordering::Acquire) > 0
    }

    fn has_stream(&self) -> bool {
        self.activity.streams.load(Ordering::Acquire) > 0
    }

    /// The greater, the sooner it goes: abandoned ones first, and ones that a client listens to last.
    fn order(&self) -> (bool, bool, Reverse<Instant>) {
        (!self.is_greeted && !self.has_stream(), !self.has_stream(), Reverse(self.activity.last_use()))
    }

    fn is_over(&self, idle: Duration) -> bool {
        let idle = if self.is_greeted { idle } else { idle.min(GREETING) };
        !self.is_busy() && !self.has_stream() && self.activity.last_use().elapsed() >= idle
    }
}

/// Memory is full of sessions with calls under way.
#[derive(Debug)]
pub(super) struct Full;

/// The place of a session of the older transport, which is free again when this is dropped.
pub(super) struct Place {
    sessions: Sessions,
    id: String,
    activity: Arc<Activity>,
}

impl Place {
    /// Its client has sent something.
    pub(super) fn touch(&self) {
        self.activity.touch();
    }

    /// Its client has made a call.
    pub(super) fn call(&self) -> Call {
        Call::new(self.activity.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sessions.open().remove(&self.id);
    }
}

impl Sessions {
    /// At most `max` sessions, each for as long as `idle` after its last call. Without a store none is restored.
    pub(super) fn new(max: usize, idle: Duration, store: Option<Store>) -> Self {
        let inner = Arc::new(Inner { max, idle, open: Mutex::default(), turns: Mutex::default(), store });
        tokio::spawn(forget_idle(Arc::downgrade(&inner)));
        Self(inner)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Take a session in, and let others go where it needs their place.
    fn admit(&self, id: &str, session: Open) -> Result<(), Full> {
        let mut open = self.open();
        // Nobody fills memory with sessions that no client uses any more.
        let share = (self.0.max / 4).max(1);
        let is_own = |candidate: &Open| candidate.owner == session.owner;
        let own = open.values().filter(|candidate| is_own(candidate)).count();
        let has_room =
            own >= share && end_idlest(&mut open, |candidate| is_own(candidate) && !candidate.has_stream());
        // A part stays free for others, however many calls one principal has under way.
        if own >= self.0.max - self.0.max / 4 && !has_room && !end_idlest(&mut open, is_own) {
            return Err(Full);
        }
        if open.len() >= self.0.max && !end_idlest(&mut open, |_| true) {
            return Err(Full);
        }
        open.insert(id.to_owned(), session);
        Ok(())
    }

    /// A place for a session of the older transport. `end` is cancelled when it has to go.
    pub(super) fn place(
        &self,
        id: &str,
        owner: Option<&Principal>,
        end: CancellationToken,
    ) -> Result<Place, Full> {
        let id = format!("sse {id}");
        let activity = Activity::new(1);
        let session = Open {
            owner: owner_of(owner),
            activity: activity.clone(),
            is_greeted: true,
            is_ready: true,
            parameters: None,
            seen: None,
            end,
            handle: None,
        };
        self.admit(&id, session)?;
        Ok(Place { sessions: self.clone(), id, activity })
    }

    /// A session of the SDK's transport, begun or restored.
    fn begin(
        &self,
        id: SessionId,
        is_greeted: bool,
    ) -> Result<WorkerTransport<LocalSessionWorker>, SessionError> {
        let asker = ASKER.try_with(Arc::clone).map_err(|_| SessionError::SessionServiceTerminated)?;
        let mut config = SessionConfig::default();
        // Idle ones are looked after here, because one that a client listens to is not idle.
        config.keep_alive = None;
        // Priming events break clients older than 2025-11-25, which try to parse their empty data.
        config.sse_retry = None;
        let (handle, worker) = create_local_session(id.clone(), config);
        let end = CancellationToken::new();
        let session = Open {
            owner: asker.owner.clone(),
            activity: Activity::new(0),
            is_greeted,
            // One that begins has no client yet that knows its id.
            is_ready: !is_greeted,
            parameters: None,
            seen: is_greeted.then(Instant::now),
            end: end.clone(),
            handle: Some(handle),
        };
        if self.admit(&id, session).is_err() {
            asker.is_refused.store(true, Ordering::Release);
            return Err(SessionError::SessionServiceTerminated);
        }
        Ok(WorkerTransport::spawn_with_ct(worker, end))
    }

    /// Whether a session is in memory and belongs to this owner.
    fn has(&self, id: &str, owner: &str) -> bool {
        self.open().get(id).is_some_and(|session| {
            session.handle.is_some() && *session.owner == *owner && !session.end.is_cancelled()
        })
    }

    /// Whether a session is in memory, belongs to this owner and takes messages.
    fn is_ready(&self, id: &str, owner: &str) -> bool {
        self.has(id, owner) && self.open().get(id).is_some_and(|session| session.is_ready)
    }

    /// Wait for the turn at a session that is not ready; nothing where it is ready by then. One request restores it, and those that come
    /// meanwhile find it restored: the SDK would send their messages before its `initialize`, or refuse to restore it twice.
    async fn turn(&self, id: &str, owner: &Arc<str>) -> Option<OwnedMutexGuard<()>> {
        if self.is_ready(id, owner) {
            return None;
        }
        let turn = {
            let mut turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| turn.strong_count() > 0);
            let turn = turns.entry((owner.clone(), id.to_owned())).or_default();
            turn.upgrade().unwrap_or_else(|| {
                let new = Arc::new(Turn::new(()));
                *turn = Arc::downgrade(&new);
                new
            })
        };
        let turn = turn.lock_owned().await;
        (!self.is_ready(id, owner)).then_some(turn)
    }

    /// End a session that was begun to be restored and did not become ready.
    fn end_unready(&self, id: &str, owner: &str) {
        let mut open = self.open();
        let is_unready = open.get(id).is_some_and(|session| *session.owner == *owner && !session.is_ready);
        if is_unready && let Some(session) = open.remove(id) {
            session.end.cancel();
        }
    }

    /// The handle of a session that is used now; the store learns of it the first time, and now and then.
    async fn use_session(&self, id: &str) -> Result<(LocalSessionHandle, Arc<Activity>), SessionError> {
        let (handle, keep) = {
            let mut open = self.open();
            let session = open.get_mut(id).ok_or(SessionError::SessionServiceTerminated)?;
            let handle = session.handle.clone().ok_or(SessionError::SessionServiceTerminated)?;
            session.is_greeted = true;
            session.is_ready = true;
            session.activity.touch();
            let is_due = session.seen.is_none_or(|seen| seen.elapsed() >= SEEN);
            if is_due {
                session.seen = Some(Instant::now());
            }
            let keep = is_due.then(|| (session.owner.clone(), session.parameters.clone()));
            ((handle, session.activity.clone()), keep)
        };
        // The person who waited for it to be ready goes on.
        drop(ASKER.try_with(|asker| asker.end_turn()));
        if let (Some((owner, parameters)), Some(store)) = (keep, &self.0.store) {
            let key = id.to_owned();
            let kept = store
                .run(move |store| match parameters {
                    Some(parameters) => store.keep_session(&key, &owner, &parameters),
                    None => store.session(&key, &owner).map(|_| ()),
                })
                .await;
            match (kept, self.open().get_mut(id)) {
                (Ok(()), Some(session)) => session.parameters = None,
                (Ok(()), None) => {}
                (Err(error), session) => {
                    tracing::warn!(%error, "a session could not be kept; it ends with this process");
                    if let Some(session) = session {
                        session.seen = None;
                    }
                }
            }
        }
        Ok(handle)
    }
}

/// End the session that goes first among those that may; whether there was one.
fn end_idlest(open: &mut HashMap<String, Open>, may: impl Fn(&Open) -> bool) -> bool {
    let mut counts: HashMap<Arc<str>, usize> = HashMap::new();
    for session in open.values() {
        *counts.entry(session.owner.clone()).or_default() += 1;
    }
    let candidates = open.iter().filter(|(_, session)| !session.is_busy() && may(session));
    let first = candidates
        .max_by_key(|(_, session)| (counts.get(&session.owner).copied(), session.order()))
        .map(|(id, _)| id.clone());
    let Some(session) = first.and_then(|id| open.remove(&id)) else { return false };
    session.end.cancel();
    true
}

/// Lets sessions go from memory that nobody uses, for as long as there is a server.
async fn forget_idle(sessions: Weak<Inner>) {
    loop {
        let Some(inner) = sessions.upgrade() else { return };
        let wait = (inner.idle / 4).clamp(Duration::from_millis(20), Duration::from_secs(15));
        inner.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, session| {
            let stays = !session.is_over(inner.idle);
            if !stays {
                session.end.cancel();
            }
            stays
        });
        drop(inner);
        tokio::time::sleep(wait).await;
    }
}

impl SessionManager for Sessions {
    type Error = SessionError;
    type Transport = WorkerTransport<LocalSessionWorker>;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        let id: SessionId = uuid::Uuid::new_v4().to_string().into();
        let transport = self.begin(id.clone(), false)?;
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        let handle = self.open().get(&**id).and_then(|session| session.handle.clone());
        handle.ok_or(SessionError::SessionServiceTerminated)?.initialize(message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        let has = ASKER.try_with(|asker| self.has(id, &asker.owner)).unwrap_or(false);
        if has && let Some(session) = self.open().get(&**id) {
            // So that it does not go as idle before its message comes.
            session.activity.touch();
        }
        Ok(has)
    }

    /// Called for a DELETE, and by the SDK when the worker of a session has ended: by then another one may have its id.
    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        let owner = ASKER.try_with(|asker| asker.owner.clone()).ok();
        let mut open = self.open();
        let goes = open.get(&**id).is_some_and(|session| match &owner {
            Some(owner) => session.owner == *owner,
            None => session.end.is_cancelled(),
        });
        if goes && let Some(session) = open.remove(&**id) {
            session.end.cancel();
        }
        Ok(())
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let (handle, activity) = self.use_session(id).await?;
        let receiver = handle.establish_request_wise_channel().await?;
        let events = Events::of_call(receiver.inner, activity);
        handle.push_message(message, receiver.http_request_id).await?;
        Ok(events)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        self.use_session(id).await?.0.push_message(message, None).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let (handle, activity) = self.use_session(id).await?;
        let receiver = handle.establish_common_channel().await?;
        Ok(Events::standing(receiver.inner, activity))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        let (handle, activity) = self.use_session(id).await?;
        let is_call = last_event_id.contains('/');
        match handle.resume(last_event_id.parse()?).await {
            Ok(receiver) if is_call => Ok(Events::of_call(receiver.inner, activity)),
            Ok(receiver) => Ok(Events::standing(receiver.inner, activity)),
            // The events of a session that was restored begin anew, and its client goes on listening to it.
            Err(SessionError::InvalidEventId) if !is_call => {
                let receiver = handle.establish_common_channel().await?;
                Ok(Events::standing(receiver.inner, activity))
            }
            Err(error) => Err(error),
        }
    }

    async fn restore_session(&self, id: SessionId) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        if self.open().get(&*id).is_some_and(|session| !session.end.is_cancelled()) {
            return Ok(RestoreOutcome::AlreadyPresent);
        }
        Ok(RestoreOutcome::Restored(self.begin(id, true)?))
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn load(&self, id: &str) -> Result<Option<SessionState>, SessionStoreError> {
        let (Some(store), Ok(owner)) = (&self.0.store, ASKER.try_with(|asker| asker.owner.clone())) else {
            return Ok(None);
        };
        let id = id.to_owned();
        let Some(parameters) = store.run(move |store| store.session(&id, &owner)).await? else {
            return Ok(None);
        };
        Ok(Some(SessionState::new(serde_json::from_str(&parameters)?)))
    }

    /// A session is in the store when its client has used it: what is begun and abandoned costs nothing there.
    async fn store(&self, id: &str, state: &SessionState) -> Result<(), SessionStoreError> {
        let parameters = serde_json::to_string(&state.initialize_params)?;
        if let Some(session) = self.open().get_mut(id) {
            session.parameters = Some(parameters);
        }
        Ok(())
    }

    /// Done before the SDK asks for it, in [`serve_as_asker`], which has to know whether there was one.
    async fn delete(&self, _: &str) -> Result<(), SessionStoreError> {
        Ok(())
    }
}

fn owner_of(principal: Option<&Principal>) -> Arc<str> {
    principal.map_or("", |principal| principal.0.as_str()).into()
}

fn session_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("mcp-session-id").and_then(|id| id.to_str().ok())
}

/// Serves a request as the principal that makes it, and says what the SDK does not: that memory is full, that a session is gone.
pub(super) async fn serve_as_asker(
    State(sessions): State<Sessions>,
    request: Request,
    next: Next,
) -> Response {
    let owner = owner_of(request.extensions().get::<Principal>());
    let id = session_id(request.headers()).map(str::to_owned);
    if request.method() == Method::DELETE
        && let Some(id) = &id
    {
        let in_memory = sessions.has(id, &owner);
        let (key, name) = (id.clone(), owner.clone());
        let kept = match &sessions.0.store {
            Some(store) => store.run(move |store| store.forget_session(&key, &name)).await,
            None => Ok(false),
        };
        match kept {
            Ok(kept) if !kept && !in_memory => return unknown_session(),
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "a session that its client ended could not be forgotten");
                return (StatusCode::SERVICE_UNAVAILABLE, "the session could not be ended; try again")
                    .into_response();
            }
        }
    }
    let turn = match &id {
        Some(id) => sessions.turn(id, &owner).await,
        None => None,
    };
    let asker = Asker::new(owner);
    *asker.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
    let response = ASKER.scope(asker.clone(), next.run(request)).await;
    if let (Some(turn), Some(id)) = (asker.end_turn(), &id) {
        sessions.end_unready(id, &asker.owner);
        drop(turn);
    }
    if asker.is_refused.load(Ordering::Acquire) {
        return full();
    }
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        if let Some(id) = id.filter(|id| !sessions.has(id, &asker.owner)) {
            // It went while the request was on its way, or it could not be restored: only one that the store does not have is gone.
            let owner = asker.owner.clone();
            let kept = match &sessions.0.store {
                Some(store) => store.run(move |store| store.session(&id, &owner)).await,
                None => Ok(None),
            };
            return if matches!(kept, Ok(None)) { unknown_session() } else { restore_failure() };
        }
        tracing::warn!("a request over HTTP could not be served");
    }
    response
}

fn unknown_session() -> Response {
    (StatusCode::NOT_FOUND, "there is no such session; begin a new one with initialize").into_response()
}

/// The answer where a session is kept and could not be taken up now: its client keeps it and asks again.
fn restore_failure() -> Response {
    tracing::warn!("a session could not be restored; its client is asked to try again");
    let mut response =
        (StatusCode::SERVICE_UNAVAILABLE, "the session could not be restored now; try again").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer to one session too many.
pub(super) fn full() -> Response {
    let mut response = (
        StatusCode::SERVICE_UNAVAILABLE,
        "all sessions of this server have calls under way; try again in a moment",
    )
        .into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

#[cfg(test)]
mod tests;
