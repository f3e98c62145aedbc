//! How busy a session is: calls under way, streams that its client reads, and when it was last used. Main type: [`Activity`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::Stream;
use rmcp::transport::streamable_http_server::session::ServerSseMessage;
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

/// What goes on in a session.
pub(super) struct Activity {
    pub(super) calls: AtomicUsize,
    pub(super) streams: AtomicUsize,
    last_use: Mutex<Instant>,
}

impl Activity {
    pub(super) fn new(streams: usize) -> Arc<Self> {
        Arc::new(Self {
            calls: AtomicUsize::new(0),
            streams: AtomicUsize::new(streams),
            last_use: Mutex::new(Instant::now()),
        })
    }

    pub(super) fn touch(&self) {
        *self.last_use.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(super) fn last_use(&self) -> Instant {
        *self.last_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way, until this is dropped.
pub(in crate::http) struct Call(Arc<Activity>);

impl Call {
    pub(super) fn new(activity: Arc<Activity>) -> Self {
        activity.calls.fetch_add(1, Ordering::AcqRel);
        Self(activity)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::AcqRel);
        self.0.touch();
    }
}

/// Events of a session; while they are read, a call is under way there, or its client listens.
pub(in crate::http) struct Events {
    events: Receiver<ServerSseMessage>,
    _reader: Reader,
}

enum Reader {
    Call { _call: Call },
    Listener(Arc<Activity>),
}

impl Events {
    pub(super) fn of_call(events: Receiver<ServerSseMessage>, activity: Arc<Activity>) -> Self {
        Self { events, _reader: Reader::Call { _call: Call::new(activity) } }
    }

    pub(super) fn standing(events: Receiver<ServerSseMessage>, activity: Arc<Activity>) -> Self {
        activity.streams.fetch_add(1, Ordering::AcqRel);
        Self { events, _reader: Reader::Listener(activity) }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Self::Listener(activity) = self {
            activity.streams.fetch_sub(1, Ordering::AcqRel);
            activity.touch();
        }
    }
}

impl Stream for Events {
    type Item = ServerSseMessage;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.events.poll_recv(context)
    }
}
