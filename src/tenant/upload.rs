//! Files to send: only from the configured folder, streamed from disk.

use std::path::{Component, Path, PathBuf};

use futures::StreamExt;
use reqwest::multipart::{Form, Part};
use tokio_util::io::ReaderStream;

use super::{Call, Progress, Step};
use crate::error::Error;

/// Bytes between two words about progress.
const STRIDE: u64 = 1024 * 1024;

/// A form with one file. Whatever the name says, the file lies in the folder.
pub(super) async fn form(field: &'static str, name: &str, call: &Call) -> Result<Form, Error> {
    let path = within(call.files.as_deref(), name)?;
    let (body, length) = open(&path, name, call.progress.clone()).await?;
    let shown =
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(|| "file".to_owned());
    Ok(Form::new().part(field, Part::stream_with_length(body, length).file_name(shown)))
}

/// The bytes of one file and their number. Whatever the name says, the file lies in the folder.
pub(super) async fn stream(name: &str, call: &Call) -> Result<(reqwest::Body, u64), Error> {
    let path = within(call.files.as_deref(), name)?;
    open(&path, name, call.progress.clone()).await
}

/// All bytes of one small file. Whatever the name says, the file lies in the folder.
pub(crate) async fn whole(name: &str, most: u64, call: &Call) -> Result<Vec<u8>, Error> {
    let path = within(call.files.as_deref(), name)?;
    let length = tokio::fs::metadata(&path).await.map_err(|error| unreadable(name, &error))?.len();
    if length > most {
        return Err(Error::Arguments(format!(
            "the file {name:?} has {length} bytes; at most {most} are taken"
        )));
    }
    tokio::fs::read(&path).await.map_err(|error| unreadable(name, &error))
}

/// A body that is read from disk while it is sent, and tells how far it is.
async fn open(path: &Path, name: &str, progress: Option<Progress>) -> Result<(reqwest::Body, u64), Error> {
    let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(name, &error))?;
    let length = file.metadata().await.map_err(|error| unreadable(name, &error))?.len();
    let (mut sent, mut told) = (0, 0);
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
    Ok((reqwest::Body::wrap_stream(chunks), length))
}

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::Arguments(format!("the file {name:?} cannot be read: {error}"))
}

fn within(folder: Option<&Path>, name: &str) -> Result<PathBuf, Error> {
    let folder = folder.ok_or_else(|| {
        Error::NotAllowed(
            "files can be uploaded only from the folder that `files` in the configuration names, and none is named. Ask the person \
             who runs this server"
                .to_owned(),
        )
    })?;
    resolve(folder, name)
}

/// The real path of a plain relative name below the folder; symbolic links that lead out of it are refused.
pub(crate) fn resolve(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let outside = || {
        Error::NotAllowed(format!("{name:?} is not inside the folder for files; give a name relative to it"))
    };
    let relative = Path::new(name);
    if name.is_empty() || relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let folder = folder.canonicalize().map_err(|error| {
        Error::Operator(format!("the folder for files, {}, cannot be used: {error}", folder.display()))
    })?;
    let path = folder.join(relative).canonicalize().map_err(|error| {
        Error::Arguments(format!("there is no file {name:?} in the folder for files: {error}"))
    })?;
    if !path.starts_with(&folder) {
        return Err(outside());
    }
    if !path.is_file() {
        return Err(Error::Arguments(format!("{name:?} in the folder for files is not a file")));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

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
