//! Files that answers are saved into: in the one folder that the configuration names, under a name that is nothing but a name.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use jamf_pro_client::Reply;
use jamf_pro_tools::action::Answer;
use jamf_pro_tools::{Action, Catalogue};
use serde_json::json;
use url::Url;

use super::Limits;
use crate::error::Error;
use crate::state_dir;

/// A file that an answer was saved into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `file:` URI.
    pub uri: String,
    /// Name of the file.
    pub name: String,
    /// Folder that it is in.
    pub folder: String,
    /// What it holds.
    pub media_type: String,
    /// Bytes that it has.
    pub bytes: u64,
}

/// The folder that the configuration names.
///
/// # Errors
/// When it names none.
pub fn folder(limits: &Limits) -> Result<&Path, Error> {
    limits.files.as_deref().ok_or_else(|| {
        Error::not_allowed(
            "this is saved as a file, and files are saved only into the folder that `files` in the configuration names; none is named"
                .to_owned(),
        ).hint("ask the person who runs this server")
    })
}

/// The refusal of a file or text that may hold personal data which cannot be redacted in it.
fn not_under_redaction(action: &Action) -> Error {
    let instead = Catalogue::get().list_of(action).map_or_else(
        || "Ask the person who runs this server".to_owned(),
        |list| format!("Use `{}` with `format` csv or `save`", list.name),
    );
    Error::not_allowed(format!(
        "`{}` answers with a file that Jamf writes, and this server is configured to redact personal data (`redaction`), which it cannot \
         do inside of one. {instead}",
        action.name
    ))
}

/// Whether an answer that is a file or a text can be taken at all, asked before the call is sent.
///
/// # Errors
/// When no folder is configured for a file, or the content may be personal and is to be redacted.
pub fn admit(action: &Action, limits: &Limits) -> Result<(), Error> {
    if action.answer == Answer::Json {
        return Ok(());
    }
    if !limits.redaction.is_off() && !action.impersonal {
        return Err(not_under_redaction(action));
    }
    if action.answer == Answer::File { folder(limits).map(|_| ()) } else { Ok(()) }
}

/// A file that the tenant answered with.
///
/// # Errors
/// When no folder is configured, it cannot be written, or its content cannot be redacted.
pub fn download(action: &Action, reply: &Reply, limits: &Limits) -> Result<(String, Link), Error> {
    admit(action, limits)?;
    let suggested = reply.file_name.as_deref().unwrap_or(action.name);
    let link = write(limits, suggested, &reply.media_type, &reply.body)?;
    let text = json!({
        "result": "saved", "file": link.name, "folder": link.folder, "bytes": link.bytes, "media_type": link.media_type,
    });
    Ok((text.to_string(), link))
}

/// Write a new file.
///
/// # Errors
/// When no folder is configured, or it cannot be written.
pub fn write(limits: &Limits, suggested: &str, media_type: &str, body: &[u8]) -> Result<Link, Error> {
    create(limits, suggested, media_type, |out| out.write_all(body))
}

/// Write a new file in parts; what is written of it before an error is deleted.
///
/// # Errors
/// When no folder is configured, or it cannot be written.
pub fn create(
    limits: &Limits,
    suggested: &str,
    media_type: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Link, Error> {
    let folder = folder(limits)?;
    let plain: String =
        suggested.chars().filter(|c| c.is_alphanumeric() || "._- ".contains(*c)).take(100).collect();
    let plain = plain.trim_matches(['.', ' ']);
    let plain = if plain.is_empty() { "answer" } else { plain };
    let name = format!("{}-{plain}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.6f"));
    let path = folder.join(&name);
    let failed = |error: io::Error| {
        Error::operator(format!("the file could not be saved as {}: {error}", path.display()))
    };
    // A part of a list would be taken for the whole, so that the name is given to the whole alone.
    let mut out = BufWriter::new(state_dir::beside(&path).map_err(failed)?);
    fill(&mut out).and_then(|()| out.flush()).map_err(failed)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    let file = file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
    let bytes = file.metadata().map_err(failed)?.len();
    let whole = std::path::absolute(&path).unwrap_or(path);
    let uri = Url::from_file_path(&whole).map(String::from).unwrap_or_default();
    let folder = folder.display().to_string();
    Ok(Link { uri, name, folder, media_type: media_type.to_owned(), bytes })
}
