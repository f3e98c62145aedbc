//! Standard input and output as a transport: a line a message.
//!
//! The SDK's own transport is silent about a line that is no message, and ends at the end of the input whatever is under way.
//! This one answers such a line, and ends when the calls under way are answered. Main type: [`Lines`].

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex as Guarded, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, Notify};
use tokio_util::codec::{Decoder, FramedRead};
use tokio_util::sync::CancellationToken;

use super::message::{self, Fault};

/// Longest line that is read.
const LONGEST: usize = 16 * 1024 * 1024;

/// Memory that is kept for the next line that is written.
const KEPT: usize = 1024 * 1024;

/// How long calls may take to be answered once the client has closed its end, or the process is asked to end; then they are
/// answered that it ends.
const DRAIN: Duration = Duration::from_secs(18);

/// How long that answer may take.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A client at the other end of two pipes.
pub struct Lines<R, W> {
    lines: FramedRead<R, LineDecoder>,
    write: Arc<Mutex<Out<W>>>,
    waiting: Waiting,
    shutdown: CancellationToken,
    end_calls: Box<dyn Fn() + Send>,
    /// Nothing is read any more.
    is_over: bool,
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// Read from one pipe and write to the other, until the client closes its end or `shutdown` fires. `end_calls` answers calls
    /// that take too long then.
    pub fn new(
        (read, write): (R, W),
        shutdown: CancellationToken,
        end_calls: impl Fn() + Send + 'static,
    ) -> Self {
        Self {
            lines: FramedRead::new(read, LineDecoder::default()),
            write: Arc::new(Mutex::new(Out { pipe: write, line: Vec::new() })),
            waiting: Waiting::default(),
            shutdown,
            end_calls: Box::new(end_calls),
            is_over: false,
        }
    }

    /// The next message; what is none is answered here.
    async fn message(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            let line = match self.lines.next().await? {
                Ok(line) => line,
                Err(error) => {
                    tracing::error!(%error, "standard input cannot be read");
                    return None;
                }
            };
            let fault = match line {
                Line::Whole(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => continue,
                Line::Whole(bytes) => match message::parse(&bytes) {
                    Ok(Some(message)) => return Some(message),
                    Ok(None) => continue,
                    Err(fault) => fault,
                },
                Line::TooLong => {
                    Fault::new(-32600, format!("a message of more than {LONGEST} bytes is not read"), None)
                }
            };
            // In a task of its own: reading is given up whenever something else is to do.
            let (write, body) = (self.write.clone(), fault.body());
            tokio::spawn(async move {
                if let Err(error) = write_line(&write, &body).await {
                    tracing::debug!(%error, "a fault could not be answered");
                }
            });
        }
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (write, waiting) = (self.write.clone(), self.waiting.clone());
        async move {
            let written = write_line(&write, &item).await;
            let id = match &item {
                JsonRpcMessage::Response(response) => Some(&response.id),
                JsonRpcMessage::Error(error) => error.id.as_ref(),
                _ => None,
            };
            if let Some(id) = id {
                waiting.remove(id);
            }
            written
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        if !self.is_over {
            let shutdown = self.shutdown.clone();
            let message = tokio::select! {
                biased;
                () = shutdown.cancelled() => None,
                message = self.message() => message,
            };
            if let Some(message) = message {
                if let Some(id) = message::request_id(&message) {
                    self.waiting.add(id.clone());
                }
                if let Some(id) = message::cancelled_id(&message) {
                    self.waiting.remove(id);
                }
                return Some(message);
            }
            self.is_over = true;
            self.waiting.end();
            // The end of the input is the end of the process.
            self.shutdown.cancel();
        }
        if !self.waiting.are_answered(DRAIN).await {
            (self.end_calls)();
            self.waiting.are_answered(LAST_ANSWERS).await;
        }
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.write.lock().await.pipe.shutdown().await
    }
}

/// A pipe to write to, and the line that is being written.
struct Out<W> {
    pipe: W,
    line: Vec<u8>,
}

/// A message becomes a line when the pipe is free for it: many answers that wait for a slow reader would take many times their memory.
async fn write_line<W: AsyncWrite + Unpin>(
    out: &Mutex<Out<W>>,
    message: &impl serde::Serialize,
) -> io::Result<()> {
    let mut out = out.lock().await;
    let Out { pipe, line } = &mut *out;
    line.clear();
    serde_json::to_writer(&mut *line, message)?;
    line.push(b'\n');
    pipe.write_all(line).await?;
    line.shrink_to(KEPT);
    pipe.flush().await
}

/// Requests that are not answered yet. Cloning is free.
#[derive(Clone, Default)]
struct Waiting(Arc<Requests>);

#[derive(Default)]
struct Requests {
    ids: Guarded<HashSet<RequestId>>,
    /// When the transport began to end.
    ended: Guarded<Option<tokio::time::Instant>>,
    answered: Notify,
}

impl Waiting {
    fn add(&self, id: RequestId) {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }

    fn remove(&self, id: &RequestId) {
        self.0.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.0.answered.notify_waiters();
    }

    fn end(&self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokio::time::Instant::now());
    }

    /// Wait until all are answered, for `patience` after the end began; whether they are. Giving this up and asking again is the same.
    async fn are_answered(&self, patience: Duration) -> bool {
        let began = self
            .0
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unwrap_or_else(tokio::time::Instant::now);
        let all = async {
            loop {
                let more = self.0.answered.notified();
                if self.0.ids.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                    return;
                }
                more.await;
            }
        };
        tokio::time::timeout_at(began + patience, all).await.is_ok()
    }
}

/// A line, without its end.
#[derive(Debug, PartialEq)]
enum Line {
    Whole(Bytes),
    TooLong,
}

/// Cuts what is read into lines, and leaves out lines that are too long.
#[derive(Default)]
struct LineDecoder {
    /// How far the line was searched for its end.
    searched: usize,
    is_skipping: bool,
}

impl Decoder for LineDecoder {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<Line>> {
        loop {
            let rest = read.get(self.searched..).unwrap_or_default();
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                if self.is_skipping {
                    read.clear();
                }
                self.searched = read.len();
                if read.len() > LONGEST {
                    (self.searched, self.is_skipping) = (0, true);
                    read.clear();
                    return Ok(Some(Line::TooLong));
                }
                return Ok(None);
            };
            let line = read.split_to(self.searched + end + 1).freeze();
            self.searched = 0;
            if std::mem::take(&mut self.is_skipping) {
                continue;
            }
            let line = line.slice(..line.len().saturating_sub(1));
            return Ok(Some(if line.len() > LONGEST { Line::TooLong } else { Line::Whole(line) }));
        }
    }

    /// A last line without an end is no message.
    fn decode_eof(&mut self, read: &mut BytesMut) -> io::Result<Option<Line>> {
        let line = self.decode(read)?;
        if line.is_none() {
            read.clear();
        }
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_in_whatever_pieces_they_arrive_and_too_long_ones_are_left_out() {
        let mut decoder = LineDecoder::default();
        let mut read = BytesMut::from(&b"one\nt"[..]);
        assert_eq!(decoder.decode(&mut read).unwrap(), Some(Line::Whole(Bytes::from_static(b"one"))));
        assert_eq!(decoder.decode(&mut read).unwrap(), None);
        read.extend_from_slice(b"wo\n");
        assert_eq!(decoder.decode(&mut read).unwrap(), Some(Line::Whole(Bytes::from_static(b"two"))));
        read.extend_from_slice(&vec![b'x'; LONGEST + 1]);
        assert_eq!(decoder.decode(&mut read).unwrap(), Some(Line::TooLong));
        read.extend_from_slice(b"xxx");
        assert_eq!(decoder.decode(&mut read).unwrap(), None);
        assert!(read.is_empty(), "what is left out takes no memory");
        read.extend_from_slice(b"x\nthree\nfour");
        assert_eq!(decoder.decode(&mut read).unwrap(), Some(Line::Whole(Bytes::from_static(b"three"))));
        assert_eq!(decoder.decode_eof(&mut read).unwrap(), None);
    }
}
