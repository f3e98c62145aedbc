//! How the HTTP server ends: nothing new begins, the calls under way are answered, then streams end. Main type: [`Drain`].

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The end of a server, and the calls that it waits for. Cloning is free; all clones are one.
#[derive(Debug, Clone, Default)]
pub struct Drain {
    begun: CancellationToken,
    streams: CancellationToken,
    calls: TaskTracker,
}

impl Drain {
    /// Let nothing new begin.
    pub fn begin(&self) {
        self.begun.cancel();
        self.calls.close();
    }

    /// Whether the server ends.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// A call is under way until this is dropped.
    pub(super) fn call(&self) -> TaskTrackerToken {
        self.calls.token()
    }

    /// Wait until no call is under way; whether that was so within `patience`.
    pub(super) async fn wait(&self, patience: Duration) -> bool {
        tokio::time::timeout(patience, self.calls.wait()).await.is_ok()
    }

    /// End all streams.
    pub fn end_streams(&self) {
        self.streams.cancel();
    }

    /// Cancelled when streams end.
    pub(super) fn streams(&self) -> &CancellationToken {
        &self.streams
    }
}
