//! Standard input and output as a transport: a line a message, with pages of the tool list as bytes that were made once.
//!
//! Serialising hundreds of schemas takes longer than everything else that listing them does, and every client that starts asks for all
//! of them. So a page travels through the SDK as a mark, and the bytes are put in its place here. Reading is left to the SDK.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex as Guarded, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use rmcp::RoleServer;
use rmcp::model::{JsonRpcMessage, ListToolsResult, MetaObject, ServerResult, Tool};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;

use crate::surface::Surface;

/// The member of `_meta` that stands for a page until it is written; no client ever sees it.
const MARK: &str = "page";

/// What a page looks like until then.
const EMPTY: &str = "\"tools\":[]";

/// Editions of the list that are kept: an answer may still be on its way when the list changes.
const EDITIONS: usize = 2;

/// Pages of the tool list as they are written. Cloning is free; all clones share them.
#[derive(Debug, Clone, Default)]
pub struct Pages(Arc<Guarded<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// Number of editions so far.
    made: u64,
    editions: Vec<Edition>,
}

#[derive(Debug)]
struct Edition {
    number: u64,
    surface: Arc<Surface>,
    /// By the place of their first tool.
    pages: Vec<(usize, Bytes)>,
}

impl Pages {
    /// An empty page that stands for the tools from `start` on; they are made when nobody asked for them before.
    ///
    /// # Errors
    /// When they cannot be serialised.
    pub fn marked(
        &self,
        surface: &Arc<Surface>,
        start: usize,
        tools: impl FnOnce() -> Vec<Tool>,
    ) -> Result<ListToolsResult, serde_json::Error> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !kept.editions.iter().any(|edition| Arc::ptr_eq(&edition.surface, surface)) {
            kept.made += 1;
            let edition = Edition { number: kept.made, surface: surface.clone(), pages: Vec::new() };
            kept.editions.insert(0, edition);
            kept.editions.truncate(EDITIONS);
        }
        let edition = kept.editions.iter_mut().find(|edition| Arc::ptr_eq(&edition.surface, surface));
        let mut result = ListToolsResult::with_all_items(Vec::new());
        if let Some(edition) = edition {
            if !edition.pages.iter().any(|(known, _)| *known == start) {
                edition.pages.push((start, serde_json::to_vec(&tools())?.into()));
            }
            let mut meta = MetaObject::default();
            meta.0.insert(MARK.to_owned(), serde_json::json!([edition.number, start]));
            result.meta = Some(meta);
        }
        Ok(result)
    }

    /// The bytes that a result stands for, and the mark taken out of it.
    fn taken(&self, result: &mut ListToolsResult) -> Option<Bytes> {
        let mark = result.meta.as_mut()?.0.shift_remove(MARK)?;
        if result.meta.as_ref().is_some_and(|meta| meta.0.is_empty()) {
            result.meta = None;
        }
        let number = mark.get(0)?.as_u64()?;
        let start = usize::try_from(mark.get(1)?.as_u64()?).ok()?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let edition = kept.editions.iter().find(|edition| edition.number == number)?;
        edition.pages.iter().find(|(known, _)| *known == start).map(|(_, bytes)| bytes.clone())
    }

    /// A message as it is written: one line, in pieces.
    fn written(&self, mut message: TxJsonRpcMessage<RoleServer>) -> io::Result<Vec<Bytes>> {
        let mut page = None;
        if let JsonRpcMessage::Response(response) = &mut message
            && let ServerResult::ListToolsResult(result) = &mut response.result
            && result.meta.as_ref().is_some_and(|meta| meta.0.contains_key(MARK))
        {
            let gone = || io::Error::other("the list changed twice while it was sent");
            page = Some(self.taken(result).ok_or_else(gone)?);
        }
        let mut line = serde_json::to_vec(&message)?;
        line.push(b'\n');
        let line = Bytes::from(line);
        let Some(page) = page else { return Ok(vec![line]) };
        // The tools are the last member of a result, and nothing behind them has this text in it.
        let at = line.windows(EMPTY.len()).rposition(|part| part == EMPTY.as_bytes());
        let at = at.ok_or_else(|| io::Error::other("a list of tools without its tools"))?;
        let cut = at + EMPTY.len();
        Ok(vec![line.slice(..cut - "[]".len()), page, line.slice(cut..)])
    }
}

/// A client at the other end of two pipes.
pub struct Lines<R: AsyncRead, W: AsyncWrite + Send + Unpin + 'static> {
    read: AsyncRwTransport<RoleServer, R, Aside<W>>,
    write: Arc<Mutex<W>>,
    pages: Pages,
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    /// Read from one pipe and write to the other.
    pub fn new((read, write): (R, W), pages: Pages) -> Self {
        let write = Arc::new(Mutex::new(write));
        let aside = Aside { write: write.clone(), waits: Vec::new(), writing: None };
        Self { read: AsyncRwTransport::new_server(read, aside), write, pages }
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let (write, line) = (self.write.clone(), self.pages.written(item));
        async move {
            let line = line?;
            let mut write = write.lock().await;
            for piece in line {
                write.write_all(&piece).await?;
            }
            write.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        self.read.receive().await
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.write.lock().await.shutdown().await
    }
}

type Writing = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// Where the SDK writes what it says by itself to what is no message: whole, and never into the middle of another line.
struct Aside<W> {
    write: Arc<Mutex<W>>,
    waits: Vec<u8>,
    writing: Option<Writing>,
}

impl<W: AsyncWrite + Send + Unpin + 'static> AsyncWrite for Aside<W> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.waits.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(writing) = self.writing.as_mut() {
                let done = std::task::ready!(writing.as_mut().poll(context));
                self.writing = None;
                if done.is_err() || self.waits.is_empty() {
                    return Poll::Ready(done);
                }
            }
            if self.waits.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let (write, bytes) = (self.write.clone(), std::mem::take(&mut self.waits));
            self.writing = Some(Box::pin(async move {
                let mut write = write.lock().await;
                write.write_all(&bytes).await?;
                write.flush().await
            }));
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::RequestId;
    use serde_json::Value;

    use super::*;
    use crate::config::Config;
    use crate::server::described;

    fn text(pieces: Vec<Bytes>) -> String {
        String::from_utf8(pieces.concat()).unwrap()
    }

    #[test]
    fn a_page_is_written_as_if_it_had_been_serialised_with_its_message() {
        let surface = Arc::new(Surface::new(&Config::default(), None).unwrap());
        let tools = || surface.listed().iter().map(|tool| described(*tool, &surface)).collect::<Vec<_>>();
        let pages = Pages::default();
        let answer = |result: ListToolsResult| {
            let mut result = result.with_ttl_ms(7);
            result.next_cursor = Some("250".to_owned());
            TxJsonRpcMessage::<RoleServer>::response(result.into(), RequestId::Number(3))
        };
        let plain = text(pages.written(answer(ListToolsResult::with_all_items(tools()))).unwrap());
        for _ in 0..2 {
            let marked = pages.marked(&surface, 0, tools).unwrap();
            assert!(marked.tools.is_empty());
            assert_eq!(text(pages.written(answer(marked)).unwrap()), plain);
        }
        assert!(plain.ends_with('\n') && serde_json::from_str::<Value>(&plain).is_ok());
    }

    #[test]
    fn an_older_list_that_is_on_its_way_is_still_there_and_one_that_is_gone_is_no_empty_one() {
        let surface = || Arc::new(Surface::new(&Config::default(), None).unwrap());
        let pages = Pages::default();
        let first = surface();
        let tools = |surface: &Arc<Surface>| {
            surface.listed().iter().map(|tool| described(*tool, surface)).collect::<Vec<_>>()
        };
        let marked = |surface: &Arc<Surface>| pages.marked(surface, 0, || tools(surface)).unwrap();
        let old = marked(&first);
        let message = |result: ListToolsResult| {
            TxJsonRpcMessage::<RoleServer>::response(result.into(), RequestId::Number(1))
        };
        marked(&surface());
        assert!(text(pages.written(message(old.clone())).unwrap()).contains("computer_list"));
        marked(&surface());
        assert!(pages.written(message(old)).is_err());
    }
}
