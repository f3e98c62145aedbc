//! A secret that a person types in a terminal. It is not shown: the terminal stops showing what is typed before the question stands there, and
//! is as it was afterwards, also where the person interrupts.

use secrecy::SecretString;

use crate::error::Error;

/// Ask for a secret.
///
/// # Errors
/// When there is no terminal, and when the person interrupts.
pub(super) fn ask_hidden(question: &str) -> Result<SecretString, Error> {
    let typed = read(question);
    match typed.map_err(|error| Error::operator(format!("the terminal cannot be read: {error}")))? {
        Some(secret) => Ok(secret),
        None => Err(Error::cancelled()),
    }
}

/// The line that is typed; `None` where the person interrupts.
#[cfg(unix)]
fn read(question: &str) -> std::io::Result<Option<SecretString>> {
    use std::io::{Read, Write};

    let tty = std::fs::File::options().read(true).write(true).open("/dev/tty")?;
    let hidden = Hidden::begin(&tty)?;
    (&tty).write_all(question.as_bytes())?;
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    while !matches!(line.last(), Some(&(b'\n' | INTERRUPT))) {
        match (&tty).read(&mut buffer)? {
            0 => break,
            count => line.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
    drop(hidden);
    (&tty).write_all(b"\n")?;
    if line.last() == Some(&INTERRUPT) {
        return Ok(None);
    }
    let mut line = String::from_utf8(line).map_err(std::io::Error::other)?;
    line.retain(|letter| !letter.is_control());
    Ok(Some(SecretString::from(line)))
}

/// Ctrl-C.
#[cfg(unix)]
const INTERRUPT: u8 = 3;

/// A terminal that does not show what is typed, until this is dropped. Ctrl-C ends the line instead of the process, which would leave the
/// terminal so.
#[cfg(unix)]
struct Hidden<'a> {
    tty: &'a std::fs::File,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl<'a> Hidden<'a> {
    fn begin(tty: &'a std::fs::File) -> std::io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

        let before = tcgetattr(tty)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG);
        hidden.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(tty, OptionalActions::Now, &hidden)?;
        Ok(Self { tty, before })
    }
}

#[cfg(unix)]
impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(self.tty, now, &self.before);
    }
}

/// The line that is typed; `None` where the person interrupts.
#[cfg(not(unix))]
fn read(question: &str) -> std::io::Result<Option<SecretString>> {
    match rpassword::prompt_password(question) {
        Ok(line) => Ok(Some(SecretString::from(line))),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(None),
        Err(error) => Err(error),
    }
}
