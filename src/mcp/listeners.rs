//! Clients that want to know when the list of tools changes, of both lifecycles.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::service::{Peer, SubscriptionSink};

/// How long a client may take to be told.
const PATIENCE: Duration = Duration::from_secs(5);

/// Those that are to be told. Cloning is free.
#[derive(Clone, Default)]
pub struct Listeners(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Clients of revisions before 2026-07-28, by their sessions.
    peers: Mutex<HashMap<Arc<str>, Peer<RoleServer>>>,
    /// Subscriptions of 2026-07-28, by a number of ours: clients choose their ids, and choose the same ones.
    sinks: Mutex<HashMap<u64, SubscriptionSink>>,
    next: AtomicU64,
}

/// Forgets a subscription when it is dropped.
pub struct Listening {
    inner: Arc<Inner>,
    key: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.inner.sinks.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Listeners {
    /// Remember a client of a revision before 2026-07-28. However often it says that its session has begun, it is one client.
    pub fn add_peer(&self, session: Arc<str>, peer: Peer<RoleServer>) {
        let mut peers = self.0.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, peer| !peer.is_transport_closed());
        peers.insert(session, peer);
    }

    /// Remember a subscription of 2026-07-28 for as long as what this answers is held.
    pub fn add_sink(&self, sink: SubscriptionSink) -> Listening {
        let key = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.sinks.lock().unwrap_or_else(PoisonError::into_inner).insert(key, sink);
        Listening { inner: self.0.clone(), key }
    }

    /// Tell all of them, each in a task of its own with a deadline, so that a slow one holds up nobody.
    pub fn announce_change_of_tools(&self) {
        let sinks: Vec<_> =
            self.0.sinks.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for sink in sinks.into_iter().filter(|sink| sink.accepted().tools_list_changed == Some(true)) {
            tokio::spawn(async move {
                if !matches!(
                    tokio::time::timeout(PATIENCE, sink.notify_tool_list_changed()).await,
                    Ok(Ok(()))
                ) {
                    tracing::debug!("a client could not be notified of changed tools");
                }
            });
        }
        let mut peers = self.0.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, peer| !peer.is_transport_closed());
        for peer in peers.values() {
            let peer = peer.clone();
            tokio::spawn(async move {
                if !matches!(
                    tokio::time::timeout(PATIENCE, peer.notify_tool_list_changed()).await,
                    Ok(Ok(()))
                ) {
                    tracing::debug!("a client could not be notified of changed tools");
                }
            });
        }
    }
}
