//! `secret`: puts a secret where the configuration finds it, and takes it out. It is typed without being shown, or read from standard input;
//! it is never an argument, which other users of the machine would see.

use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};

use super::terminal::Layout;
use super::{say, typed};
use crate::config::{SecretSource, clear_keychain, refuse_mark, write_keychain};
use crate::error::Error;
use crate::state_dir;

/// Longest secret that is read, in bytes.
const LONGEST: u64 = 16 * 1024;

/// Options of `secret`.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Keep a secret: in the keychain, or in a file that only you can read.
    #[command(
        after_help = "Examples:\n  jamf-pro-mcp secret set production\n  pbpaste | jamf-pro-mcp secret set production\n  jamf-pro-mcp secret set production --file ~/.config/jamf-pro-mcp/secret"
    )]
    Set(Place),
    /// Remove a secret.
    Clear(Place),
}

#[derive(Debug, Args)]
struct Place {
    /// The name of the entry, as `secret.keychain` of the configuration has it.
    name: String,
    /// A file instead of the keychain, as `secret.file` of the configuration has it.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
}

/// Do it.
pub(super) fn run(options: &Options) -> Result<ExitCode, Error> {
    match &options.what {
        What::Set(place) => {
            let source = place.source()?;
            let secret = read(&format!("Secret for {source} (it is not shown): "))?;
            keep(&source, &secret)?;
            let layout = Layout::stdout();
            say(&layout.wrap(
                "",
                &format!(
                    "The secret is in {source}. The configuration names it by `\"secret\": {}`.",
                    setting(&source)
                ),
            ));
            if matches!(source, SecretSource::Keychain(_)) && cfg!(target_os = "linux") {
                say(&layout.wrap(
                    "",
                    "The keyring of the Linux kernel forgets it at a restart; `--file PATH` keeps it.",
                ));
            }
        }
        What::Clear(place) => {
            let source = place.source()?;
            let was_there = match &source {
                SecretSource::File(path) => remove(path)?,
                _ => clear_keychain(&place.name)?,
            };
            say(&if was_there {
                format!("The secret is no longer in {source}.")
            } else {
                format!("There is no secret in {source}.")
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Place {
    fn source(&self) -> Result<SecretSource, Error> {
        if self.name.trim().is_empty() {
            return Err(Error::operator("the name of a secret is not empty"));
        }
        Ok(match &self.file {
            Some(path) => {
                SecretSource::File(std::path::absolute(path).map_err(|error| {
                    Error::operator(format!("{} cannot be used: {error}", path.display()))
                })?)
            }
            None => SecretSource::Keychain(self.name.clone()),
        })
    }
}

/// How the configuration names a source.
pub(super) fn setting(source: &SecretSource) -> String {
    serde_json::to_string(source).unwrap_or_default()
}

/// A secret that a person types, or the first line of standard input.
///
/// # Errors
/// When there is none, or only the name of the place where it should have come from.
pub(super) fn read(question: &str) -> Result<SecretString, Error> {
    let typed = if std::io::stdin().is_terminal() {
        typed::ask_hidden(question)?
    } else {
        let mut line = String::new();
        let read = std::io::Read::take(std::io::stdin().lock(), LONGEST).read_line(&mut line);
        read.map_err(|error| Error::operator(format!("the secret cannot be read: {error}")))?;
        SecretString::from(line)
    };
    // What is copied has white space around it.
    let secret = typed.expose_secret().trim_start_matches('\u{feff}').trim();
    if secret.is_empty() {
        return Err(Error::operator("no secret was given"));
    }
    refuse_mark(secret).map_err(|why| Error::operator(format!("what was given {why}")))?;
    Ok(SecretString::from(secret))
}

/// Put a secret in its place.
///
/// # Errors
/// When it cannot be kept there.
pub(super) fn keep(source: &SecretSource, secret: &SecretString) -> Result<(), Error> {
    match source {
        SecretSource::File(path) => {
            let written = path.parent().map_or(Ok(()), |folder| {
                if folder.exists() { Ok(()) } else { state_dir::make_folder(folder) }
            });
            let line = SecretString::from(format!("{}\n", secret.expose_secret()));
            let written = written.and_then(|()| state_dir::write(path, line.expose_secret().as_bytes()));
            written.map_err(|error| {
                Error::operator(format!("the secret cannot be written into {}: {error}", path.display()))
            })
        }
        SecretSource::Keychain(account) => write_keychain(account, secret),
        other => Err(Error::operator(format!("a secret cannot be put into {other}"))),
    }
}

fn remove(path: &Path) -> Result<bool, Error> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::operator(format!("{} cannot be removed: {error}", path.display()))),
    }
}
