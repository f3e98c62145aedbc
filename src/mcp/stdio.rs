//! Standard input and output: the SDK's transport, and around it what clients need that it does not do.
//!
//! The SDK writes the messages. It is silent about a line that is no JSON or is too long, and gives calls under way five seconds
//! when the input ends; [`StdioTransport`] answers such a line, and ends when the calls under way are answered.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite, Empty, empty};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::codec::{AnyDelimiterCodec, AnyDelimiterCodecError, Decoder, FramedRead};
use tokio_util::sync::CancellationToken;

use super::message::{self, Fault};

/// Longest line that is read.
const LONGEST: usize = 16 * 1024 * 1024;

/// How long calls may take to be answered once the client has closed its end, or the process is asked to end; then they are
/// answered that it ends.
const DRAIN: Duration = Duration::from_secs(18);

/// How long that answer may take.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// A client at the other end of two pipes.
pub struct StdioTransport<R, W: AsyncWrite> {
    lines: FramedRead<R, LineDecoder>,
    output: AsyncRwTransport<RoleServer, Empty, W>,
    /// The answer to a line that was no message, until it is written; nothing is read meanwhile.
    fault: Option<BoxFuture<'static, io::Result<()>>>,
    /// Requests that are not answered yet.
    waiting: watch::Sender<HashSet<RequestId>>,
    shutdown: CancellationToken,
    end_calls: Box<dyn Fn() + Send>,
    /// Since when nothing is read any more.
    ended: Option<Instant>,
}

impl<R, W> StdioTransport<R, W>
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
            output: AsyncRwTransport::new_server(empty(), write),
            fault: None,
            waiting: watch::Sender::default(),
            shutdown,
            end_calls: Box::new(end_calls),
            ended: None,
        }
    }

    /// The next message; what is none is answered here. Giving this up and asking again is the same.
    async fn message(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        loop {
            if let Some(fault) = &mut self.fault {
                if let Err(error) = fault.await {
                    tracing::debug!(%error, "a fault could not be answered");
                }
                self.fault = None;
            }
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
            self.fault = Some(Box::pin(self.output.send(fault.into())));
        }
    }
}

/// Whether all requests are answered by then.
async fn are_answered(waiting: &watch::Sender<HashSet<RequestId>>, deadline: Instant) -> bool {
    let mut waiting = waiting.subscribe();
    let answered = async { waiting.wait_for(HashSet::is_empty).await.is_ok() };
    timeout_at(deadline, answered).await.is_ok()
}

impl<R, W> Transport<RoleServer> for StdioTransport<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let id = match &item {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let (written, waiting) = (self.output.send(item), self.waiting.clone());
        async move {
            let written = written.await;
            if let Some(id) = id {
                waiting.send_if_modified(|ids| ids.remove(&id));
            }
            written
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let ended = match self.ended {
            Some(ended) => ended,
            None => {
                let shutdown = self.shutdown.clone();
                let message = tokio::select! {
                    biased;
                    () = shutdown.cancelled() => None,
                    message = self.message() => message,
                };
                if let Some(message) = message {
                    if let Some(id) = message::request_id(&message) {
                        self.waiting.send_if_modified(|ids| ids.insert(id.clone()));
                    }
                    if let Some(id) = message::cancelled_id(&message) {
                        self.waiting.send_if_modified(|ids| ids.remove(id));
                    }
                    return Some(message);
                }
                // The end of the input is the end of the process.
                self.shutdown.cancel();
                *self.ended.insert(Instant::now())
            }
        };
        if !are_answered(&self.waiting, ended + DRAIN).await {
            (self.end_calls)();
            are_answered(&self.waiting, ended + DRAIN + LAST_ANSWERS).await;
        }
        None
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.output.close()
    }
}

/// A line, without its end.
#[derive(Debug, PartialEq)]
enum Line {
    Whole(Bytes),
    TooLong,
}

/// Cuts what is read into lines. A line that is too long is an item and not an error, after which a stream would end.
struct LineDecoder(AnyDelimiterCodec);

impl Default for LineDecoder {
    fn default() -> Self {
        Self(AnyDelimiterCodec::new_with_max_length(vec![b'\n'], Vec::new(), LONGEST))
    }
}

impl Decoder for LineDecoder {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, read: &mut BytesMut) -> io::Result<Option<Line>> {
        match self.0.decode(read) {
            Ok(line) => Ok(line.map(Line::Whole)),
            Err(AnyDelimiterCodecError::MaxChunkLengthExceeded) => Ok(Some(Line::TooLong)),
            Err(AnyDelimiterCodecError::Io(error)) => Err(error),
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
