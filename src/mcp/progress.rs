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
enum Message {
    /// The call is so far.
    Step(Step),
    /// Nothing comes after this; say when everything before it has been told.
    End(oneshot::Sender<()>),
}

/// Reports the progress of one call to its client, if the client asked for it. Nothing is reported once it is dropped: a write may go on
/// after its call was cancelled or ran out of time, and its progress is nobody's any more.
pub(super) struct ProgressReporter(Option<(UnboundedSender<Message>, AbortOnDropHandle<()>)>);

impl ProgressReporter {
    /// For the call of this request.
    pub(super) fn new(context: &RequestContext<RoleServer>) -> Self {
        let Some(token) = context.meta.get_progress_token() else { return Self(None) };
        let (sender, messages) = unbounded_channel();
        let task = tokio::spawn(report(token, context.peer.clone(), messages));
        Self(Some((sender, AbortOnDropHandle::new(task))))
    }

    /// For the person who does the work.
    pub(super) fn progress(&self) -> Option<Progress> {
        let sender = self.0.as_ref()?.0.clone();
        Some(Arc::new(move |step| {
            // The receiver ends when the client has gone.
            let _ = sender.send(Message::Step(step));
        }))
    }

    /// Wait until the client has all progress so far, and send none after it: what is on its way beside the answer could
    /// come later than the answer.
    pub(super) async fn end(self) {
        let Some((sender, _task)) = &self.0 else { return };
        let (done, ended) = oneshot::channel();
        if sender.send(Message::End(done)).is_ok() {
            // A client that does not listen gets its answer all the same.
            let _ = tokio::time::timeout(PATIENCE, ended).await;
        }
    }
}

async fn report(token: ProgressToken, peer: Peer<RoleServer>, mut messages: UnboundedReceiver<Message>) {
    let mut last: Option<Step> = None;
    let mut beats = 0_u32;
    loop {
        let notification = match tokio::time::timeout(HEARTBEAT, messages.recv()).await {
            Ok(None) => break,
            Ok(Some(Message::End(done))) => {
                let _ = done.send(());
                break;
            }
            Ok(Some(Message::Step(step))) if last.is_some_and(|last| step.done <= last.done) => continue,
            Ok(Some(Message::Step(step))) => {
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
        let notification = match last.and_then(|last| last.total) {
            Some(total) => notification.with_total(double(total)),
            None => notification,
        };
        if peer.notify_progress(notification).await.is_err() {
            break;
        }
    }
}

#[expect(clippy::as_conversions, reason = "rows and bytes are far below what a double says exactly")]
fn double(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult};
    use rmcp::{ErrorData, ServerHandler, ServiceExt};
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::mcp::stdio::StdioTransport;

    /// Answers a call at once, as when its time is over, while its work goes on and reports.
    struct Late;

    impl ServerHandler for Late {
        async fn call_tool(
            &self,
            _: CallToolRequestParams,
            context: RequestContext<RoleServer>,
        ) -> Result<CallToolResponse, ErrorData> {
            let reporter = ProgressReporter::new(&context);
            let progress = reporter.progress().unwrap();
            let (first, later) = (progress.clone(), progress);
            first(Step { done: 1, total: None, what: "rows" });
            tokio::spawn(async move {
                for done in 2.. {
                    later(Step { done, total: None, what: "rows" });
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            });
            reporter.end().await;
            Ok(CallToolResult::success(Vec::new()).into())
        }
    }

    #[tokio::test]
    async fn nothing_is_reported_after_the_answer_whatever_goes_on() {
        let (client, server) = tokio::io::duplex(1 << 16);
        let (client_read, mut client_write) = tokio::io::split(client);
        let transport = StdioTransport::new(tokio::io::split(server), CancellationToken::new(), || {});
        tokio::spawn(async move { Late.serve(transport).await.unwrap().waiting().await });
        let mut read = BufReader::new(client_read).lines();
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let call = json!({ "name": "x", "arguments": {}, "_meta": { "progressToken": "p" } });
        for message in [
            json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello }),
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
            json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call }),
        ] {
            client_write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
        }
        let mut next =
            async || -> Value { serde_json::from_str(&read.next_line().await.unwrap().unwrap()).unwrap() };
        let mut before = 0;
        loop {
            let message = next().await;
            before += usize::from(message["method"] == "notifications/progress");
            if message["id"] == 2 {
                break;
            }
        }
        assert!(before > 0);
        // The work reports some hundred times meanwhile.
        let begun = Instant::now();
        for id in 3.. {
            let ping = json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
            client_write.write_all(format!("{ping}\n").as_bytes()).await.unwrap();
            let message = next().await;
            assert_eq!(message["id"], id, "{message}");
            if begun.elapsed() > Duration::from_millis(500) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
