//! Files to send: only from the configured folder, streamed from disk.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use reqwest::multipart::{Form, Part};
use same_file::Handle;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

use crate::error::Error;
use crate::{Call, Step};

/// Bytes between two words about progress.
const STRIDE: u64 = 1024 * 1024;

/// A form with one file. Whatever the name says, the file lies in the folder.
pub(crate) async fn form(field: &'static str, name: &str, call: &Call) -> Result<Form, Error> {
    let (body, length) = stream(name, call).await?;
    Ok(Form::new().part(field, Part::stream_with_length(body, length).file_name(shown_name(name))))
}

/// The name of a file as the head of its part has it: a line break in it would begin another line of the head.
fn shown_name(name: &str) -> String {
    let last = Path::new(name).file_name().map(|name| name.to_string_lossy());
    last.as_deref().unwrap_or("file").chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

/// The bytes of one file and their number. Whatever the name says, the file lies in the folder.
pub(crate) async fn stream(name: &str, call: &Call) -> Result<(reqwest::Body, u64), Error> {
    let file = tokio::fs::File::from_std(open_file(call.files.as_deref(), name)?);
    body(file, name, call).await
}

/// All bytes of one small file. Whatever the name says, the file lies in the folder.
pub async fn whole(name: &str, most: u64, call: &Call) -> Result<Vec<u8>, Error> {
    let mut file = tokio::fs::File::from_std(open_file(call.files.as_deref(), name)?);
    let length = file.metadata().await.map_err(|error| unreadable(name, &error))?.len();
    if length > most {
        return Err(Error::arguments(format!(
            "the file {name:?} has {length} bytes; at most {most} are taken"
        )));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).await.map_err(|error| unreadable(name, &error))?;
    Ok(bytes)
}

/// A body that is read from disk while it is sent, and tells how far it is. Where the file was looked at before, its end is held back
/// until all of it was hashed, and does not go out when it is another file.
async fn body(file: tokio::fs::File, name: &str, call: &Call) -> Result<(reqwest::Body, u64), Error> {
    let length = file.metadata().await.map_err(|error| unreadable(name, &error))?.len();
    if let Some(sealed) = call.seal.as_ref().filter(|sealed| sealed.bytes != length) {
        return Err(sealed.another());
    }
    let (mut sent, mut told, progress) = (0, 0, call.progress.clone());
    let chunks = ReaderStream::with_capacity(file, 64 * 1024).inspect(move |chunk| {
        let Ok(chunk) = chunk else { return };
        sent += u64::try_from(chunk.len()).unwrap_or_default();
        if let Some(progress) = &progress
            && (sent - told >= STRIDE || sent == length)
        {
            told = sent;
            progress(Step { done: sent, total: Some(length), what: "bytes sent" });
        }
    });
    let body = match call.seal.clone() {
        Some(sealed) => reqwest::Body::wrap_stream(verified_chunks(chunks, sealed)),
        None => reqwest::Body::wrap_stream(chunks),
    };
    Ok((body, length))
}

/// The same chunks, the last of them only when all of them are those of the sealed file. What is longer than that file is stopped
/// at once: a request ends by its `Content-Length`, and the held chunk would be one beyond it.
fn verified_chunks<S>(chunks: S, sealed: Arc<FileSeal>) -> impl Stream<Item = io::Result<Bytes>>
where
    S: Stream<Item = io::Result<Bytes>> + Unpin,
{
    let state = (chunks, Some(Sha256::new()), None::<Bytes>, sealed.bytes);
    stream::unfold(state, move |(mut chunks, mut hash, mut last, mut owed)| {
        let sealed = sealed.clone();
        async move {
            loop {
                let next = chunks.next().await;
                let hashing = hash.as_mut()?;
                match next {
                    Some(Ok(chunk)) => {
                        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                        let Some(left) = owed.checked_sub(length) else {
                            return Some((Err(sealed.note_change()), (chunks, None, None, 0)));
                        };
                        owed = left;
                        hashing.update(&chunk);
                        if let Some(before) = last.replace(chunk) {
                            return Some((Ok(before), (chunks, hash, last, owed)));
                        }
                    }
                    Some(Err(error)) => return Some((Err(error), (chunks, None, None, 0))),
                    None => {
                        let is = hex::encode(hash.take()?.finalize());
                        if is == sealed.sha256 {
                            return last.map(|last| (Ok(last), (chunks, None, None, 0)));
                        }
                        return Some((Err(sealed.note_change()), (chunks, None, None, 0)));
                    }
                }
            }
        }
    })
}

/// A file as it was when somebody looked at it.
#[derive(Debug)]
pub struct FileSeal {
    /// SHA-256 of all of it, lower-case hex.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    changed: AtomicBool,
}

impl FileSeal {
    /// Of a file with this hash and length.
    pub fn new(sha256: String, bytes: u64) -> Self {
        Self { sha256, bytes, changed: AtomicBool::new(false) }
    }

    /// Whether it turned out to be another file while it was sent.
    pub fn has_changed(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// Note that it is another file, and end the body with an error.
    fn note_change(&self) -> io::Error {
        self.changed.store(true, Ordering::Release);
        io::Error::other("the file changed")
    }

    /// What is said then.
    pub fn another(&self) -> Error {
        Error::not_allowed(
            "the file is another one than when it was looked at. Sending it was stopped before its end, so that the tenant has nothing of \
             it",
        )
        .hint("find out who changes it before you call this again")
    }
}

/// Hash a file, and read the beginning of it. Whatever the name says, the file lies in the folder.
pub async fn seal_file(name: &str, head: usize, call: &Call) -> Result<(FileSeal, Vec<u8>), Error> {
    let mut file = open_file(call.files.as_deref(), name)?;
    let shown = name.to_owned();
    let (cancelled, progress) = (call.cancelled.clone(), call.progress.clone());
    // Packages have gigabytes; reading them is no work for the runtime.
    let read = tokio::task::spawn_blocking(move || {
        let length = file.metadata()?.len();
        let (mut hash, mut bytes, mut told, mut beginning) = (Sha256::new(), 0_u64, 0, Vec::new());
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let count = file.read(&mut buffer)?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { break };
            if cancelled.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            hash.update(part);
            bytes += u64::try_from(count).unwrap_or_default();
            let room = head.saturating_sub(beginning.len()).min(count);
            beginning.extend_from_slice(part.get(..room).unwrap_or_default());
            if let Some(progress) = progress.as_ref().filter(|_| bytes - told >= 64 * STRIDE) {
                told = bytes;
                progress(Step { done: bytes, total: Some(length), what: "bytes hashed" });
            }
        }
        Ok((FileSeal::new(hex::encode(hash.finalize()), bytes), beginning))
    });
    let read = read
        .await
        .map_err(|error| Error::Internal(format!("reading the file failed unexpectedly: {error}")))?;
    read.map_err(|error| unreadable(&shown, &error))
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::arguments(format!("the file {name:?} cannot be read: {error}"))
}

/// The file of this name, open. What is found at the name after it was opened is what was opened: a link that was put there in between
/// leads nowhere.
fn open_file(folder: Option<&Path>, name: &str) -> Result<std::fs::File, Error> {
    let file = std::fs::File::open(within(folder, name)?).map_err(|error| unreadable(name, &error))?;
    let is = Handle::from_file(file).map_err(|error| unreadable(name, &error))?;
    let there = Handle::from_path(within(folder, name)?).map_err(|error| unreadable(name, &error))?;
    if is != there {
        return Err(Error::not_allowed(format!(
            "{name:?} in the folder for files is not what it was a moment ago"
        ))
        .hint("find out who changes it"));
    }
    is.as_file().try_clone().map_err(|error| unreadable(name, &error))
}

fn within(folder: Option<&Path>, name: &str) -> Result<PathBuf, Error> {
    let folder = folder.ok_or_else(|| {
        Error::not_allowed(
            "files can be uploaded only from the folder that `files` in the configuration names, and none is named",
        )
        .hint("ask the person who runs this server")
    })?;
    resolve(folder, name)
}

/// The real path of a plain relative name below the folder; symbolic links that lead out of it are refused.
pub(crate) fn resolve(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let outside = || {
        Error::not_allowed(format!("{name:?} is not inside the folder for files"))
            .hint("give a name relative to it")
    };
    let relative = Path::new(name);
    if name.is_empty() || relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let folder = folder.canonicalize().map_err(|error| {
        Error::operator(format!("the folder for files, {}, cannot be used: {error}", folder.display()))
    })?;
    let path = folder.join(relative).canonicalize().map_err(|error| {
        Error::arguments(format!("there is no file {name:?} in the folder for files: {error}"))
    })?;
    if !path.starts_with(&folder) {
        return Err(outside());
    }
    if !path.is_file() {
        return Err(Error::arguments(format!("{name:?} in the folder for files is not a file")));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &[u8]) -> Arc<FileSeal> {
        Arc::new(FileSeal::new(hex::encode(Sha256::digest(content)), u64::try_from(content.len()).unwrap()))
    }

    #[tokio::test]
    async fn the_end_of_another_file_does_not_go_out() {
        let parts = |text: &'static str| {
            let parts: Vec<io::Result<Bytes>> =
                text.as_bytes().chunks(3).map(|part| Ok(Bytes::from_static(part))).collect();
            stream::iter(parts)
        };
        let same = of(b"0123456789");
        let sent: Vec<_> = verified_chunks(parts("0123456789"), same.clone()).collect().await;
        let whole: Vec<u8> = sent.into_iter().flat_map(|part| part.unwrap().to_vec()).collect();
        assert_eq!(whole, b"0123456789");
        assert!(!same.has_changed());
        // As long, and another one in its first bytes.
        let sent: Vec<_> = verified_chunks(parts("X123456789"), same.clone()).collect().await;
        let length: usize = sent.iter().flatten().map(Bytes::len).sum();
        assert!(sent.last().unwrap().is_err() && length < 10, "{length} of 10 bytes went out");
        assert!(same.has_changed());
        // Grown since its length was looked at: the request would end before the held chunk.
        let grown = of(b"0123456789");
        let sent: Vec<_> = verified_chunks(parts("X123456789 and more"), grown.clone()).collect().await;
        let length: usize = sent.iter().flatten().map(Bytes::len).sum();
        assert!(sent.last().unwrap().is_err() && length < 10, "{length} of 10 bytes went out");
        assert!(grown.has_changed());
        let nothing: Vec<_> = verified_chunks(parts(""), of(b"")).collect().await;
        assert!(nothing.is_empty());
    }

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(shown_name("below/B\u{fc}ro.pkg"), "B\u{fc}ro.pkg");
        assert_eq!(shown_name("we\"ird\r\nX-Head: 1\u{7f}.txt"), "we\"ird__X-Head: 1_.txt");
    }

    #[test]
    fn only_files_inside_the_folder_are_found() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("files");
        std::fs::create_dir_all(folder.join("below")).unwrap();
        std::fs::write(folder.join("below/a.pdf"), "x").unwrap();
        std::fs::write(outer.path().join("secret"), "x").unwrap();
        assert!(resolve(&folder, "below/a.pdf").unwrap().ends_with("files/below/a.pdf"));
        for bad in ["../secret", "/etc/passwd", "", ".", "below/../../secret", "below", "none.pdf"] {
            assert!(resolve(&folder, bad).is_err(), "{bad}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path().join("secret"), folder.join("link")).unwrap();
            assert!(resolve(&folder, "link").is_err());
        }
    }
}
