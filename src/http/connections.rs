//! Connections with time limits and a bound, so that half a request holds nothing for ever.
//!
//! A connection that has not sent the whole head of a request in time is closed, as is one that idles between two; a body that
//! does not come in time ends its request. Where there are too many connections, the oldest one that never asked for
//! anything goes, or the oldest one without a request. Main function: [`serve`].

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use futures::StreamExt;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

/// How long the head of a request may take, and a connection may idle before it.
const HEAD: Duration = Duration::from_secs(30);

/// How long the body of a request may take.
const BODY: Duration = Duration::from_secs(30);

/// How often a client of HTTP/2 is asked whether it is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(30);

/// How long answers may take to reach their clients when the server ends.
const LAST: Duration = Duration::from_secs(2);

/// How long nothing is accepted after accepting has failed, as it does when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// All open connections.
#[derive(Clone, Default)]
struct Connections(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    next: u64,
    by_age: BTreeMap<u64, Arc<Connection>>,
}

#[derive(Default)]
struct Connection {
    /// Requests whose answer is not whole yet.
    requests: AtomicUsize,
    has_begun: AtomicBool,
    end: CancellationToken,
}

impl Connections {
    /// A place for one more, if need be that of the oldest one that never had a request, or of the oldest one without a request; `None`
    /// when all have one.
    fn admit(&self, most: usize) -> Option<(u64, Arc<Connection>)> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.by_age.len() >= most {
            let waits = |connection: &Connection| connection.requests.load(Ordering::Acquire) == 0;
            let is_silent = |connection: &Connection| !connection.has_begun.load(Ordering::Acquire);
            // A client that has asked before would be sending into the end of its connection.
            let silent =
                open.by_age.iter().find(|(_, connection)| waits(connection) && is_silent(connection));
            let oldest = silent.or_else(|| open.by_age.iter().find(|(_, connection)| waits(connection)));
            let oldest = oldest.map(|(key, _)| *key)?;
            if let Some(connection) = open.by_age.remove(&oldest) {
                connection.end.cancel();
            }
        }
        open.next += 1;
        let (key, connection) = (open.next, Arc::new(Connection::default()));
        open.by_age.insert(key, connection.clone());
        Some((key, connection))
    }

    fn remove(&self, key: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_age.remove(&key);
    }
}

/// Serve a router until `shutdown` fires and the requests under way are answered, or their time is over.
pub(super) async fn serve(listener: TcpListener, app: Router, most: usize, shutdown: CancellationToken) {
    let (connections, tasks) = (Connections::default(), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                if !is_of_one_connection(&error) {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
        };
        let Some((key, connection)) = connections.admit(most) else {
            tracing::warn!("all {most} connections have requests under way; one more was refused");
            continue;
        };
        let (app, shutdown, connections) = (app.clone(), shutdown.clone(), connections.clone());
        tasks.spawn(async move {
            serve_one(stream, app, connection, shutdown).await;
            connections.remove(key);
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(LAST, tasks.wait()).await.is_err() {
        tracing::warn!("some connections did not end within {} s and were dropped", LAST.as_secs());
    }
}

/// What ends one connection before it was accepted is no fault of the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

async fn serve_one(stream: TcpStream, app: Router, connection: Arc<Connection>, shutdown: CancellationToken) {
    // Answers are small: waiting to fill a segment would cost more than it saves.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(128);
    let service = TowerToHyperService::new(ConnectionService { app, connection: connection.clone() });
    let served = builder.serve_connection(TokioIo::new(stream), service);
    let mut served = std::pin::pin!(served);
    // The head timeout does not cover a connection that has not shown its version of HTTP yet.
    let silent = async {
        tokio::time::sleep(HEAD).await;
        if connection.has_begun.load(Ordering::Acquire) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = served.as_mut() => return log(ended),
        () = silent => return,
        () = connection.end.cancelled() => return,
        () = shutdown.cancelled() => {}
    }
    served.as_mut().graceful_shutdown();
    log(served.await);
}

fn log(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection failed");
    }
}

/// The router as one connection sees it.
#[derive(Clone)]
struct ConnectionService {
    app: Router,
    connection: Arc<Connection>,
}

/// A request that is not answered whole yet.
struct RunningWork(Arc<Connection>);

impl RunningWork {
    fn new(connection: &Arc<Connection>) -> Self {
        connection.has_begun.store(true, Ordering::Release);
        connection.requests.fetch_add(1, Ordering::AcqRel);
        Self(connection.clone())
    }
}

impl Drop for RunningWork {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

impl<B> Service<http::Request<B>> for ConnectionService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.app, context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let running_work = RunningWork::new(&self.connection);
        let answered = self.app.call(request.map(|body| in_time(Body::new(body))));
        Box::pin(async move {
            let response = answered.await?;
            Ok(response.map(|body| {
                // What has a length is whole, and takes no time that could be waited for.
                if body.size_hint().exact().is_some() {
                    return body;
                }
                Body::from_stream(body.into_data_stream().inspect(move |_| {
                    let _under_way = &running_work;
                }))
            }))
        })
    }
}

/// A body that fails when it does not come in time.
fn in_time(body: Body) -> Body {
    if body.is_end_stream() {
        return body;
    }
    let mut late = Box::pin(tokio::time::sleep(BODY));
    let mut parts = body.into_data_stream();
    Body::from_stream(futures::stream::poll_fn(move |context| match parts.poll_next_unpin(context) {
        Poll::Pending => late.as_mut().poll(context).map(|()| {
            Some(Err(axum::Error::new(io::Error::new(
                io::ErrorKind::TimedOut,
                "the body did not come in time",
            ))))
        }),
        ready => ready,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_connection_without_a_request_makes_room_and_one_with_a_request_never() {
        let connections = Connections::default();
        let (_, busy) = connections.admit(2).unwrap();
        let running_work = RunningWork::new(&busy);
        let (_, idle) = connections.admit(2).unwrap();
        let (_, newest) = connections.admit(2).unwrap();
        assert!(idle.end.is_cancelled() && !busy.end.is_cancelled());
        let _second = RunningWork::new(&newest);
        assert!(connections.admit(2).is_none());
        drop(running_work);
        assert!(connections.admit(2).is_some() && busy.end.is_cancelled());
    }
}
