//! Progress: tells a client that asked for it how far its call is. Values rise; nothing is said for longer than a heartbeat while the
//! call goes on; what was told is told before the answer.

use std::sync::Arc;
use std::time::Duration;

use jamf_pro_client::{Progress, Step};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

/// How long a client that asked for progress hears nothing, at most.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How long an answer waits for the words before it.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the task that tells is given.
enum Said {
    /// The call is so far.
    Step(Step),
    /// Say when everything before this has been told.
    Told(oneshot::Sender<()>),
}

/// Reports the progress of one call to its client, if the client asked for it. Nothing is reported once it is dropped: a write may go on
/// after its call was cancelled or ran out of time, and its progress is nobody's any more.
pub(super) struct Teller(Option<(UnboundedSender<Said>, AbortOnDropHandle<()>)>);

impl Teller {
    /// For the call of this request.
    pub(super) fn new(context: &RequestContext<RoleServer>) -> Self {
        let Some(token) = context.meta.get_progress_token() else { return Self(None) };
        let (sender, said) = unbounded_channel();
        let task = tokio::spawn(tell(token, context.peer.clone(), said));
        Self(Some((sender, AbortOnDropHandle::new(task))))
    }

    /// For whoever does the work.
    pub(super) fn progress(&self) -> Option<Progress> {
        let sender = self.0.as_ref()?.0.clone();
        Some(Arc::new(move |step| {
            // The receiver ends when the client has gone.
            let _ = sender.send(Said::Step(step));
        }))
    }

    /// Wait until the client has been told of everything so far.
    pub(super) async fn told(&self) {
        let Some((sender, _)) = &self.0 else { return };
        let (done, told) = oneshot::channel();
        if sender.send(Said::Told(done)).is_ok() {
            // A client that does not listen gets its answer all the same.
            let _ = tokio::time::timeout(PATIENCE, told).await;
        }
    }
}

async fn tell(token: ProgressToken, peer: Peer<RoleServer>, mut said: UnboundedReceiver<Said>) {
    let mut last: Option<Step> = None;
    let mut beats = 0_u32;
    loop {
        let told = match tokio::time::timeout(HEARTBEAT, said.recv()).await {
            Ok(None) => break,
            Ok(Some(Said::Told(done))) => {
                let _ = done.send(());
                continue;
            }
            Ok(Some(Said::Step(step))) if last.is_some_and(|last| step.done <= last.done) => continue,
            Ok(Some(Said::Step(step))) => {
                (last, beats) = (Some(step), 0);
                ProgressNotificationParam::new(token.clone(), double(step.done))
                    .with_message(format!("{} {}", step.done, step.what))
            }
            Err(_) => {
                beats += 1;
                // Values must rise; nothing is done that could be counted.
                let done = double(last.map_or(0, |last| last.done)) + 1.0 - 1.0 / (1.0 + f64::from(beats));
                ProgressNotificationParam::new(token.clone(), done)
                    .with_message("waiting for the tenant".to_owned())
            }
        };
        let told = match last.and_then(|last| last.total) {
            Some(total) => told.with_total(double(total)),
            None => told,
        };
        if peer.notify_progress(told).await.is_err() {
            break;
        }
    }
}

#[expect(clippy::as_conversions, reason = "rows and bytes are far below what a double says exactly")]
fn double(number: u64) -> f64 {
    number as f64
}
