//! A place in a JSON text. What is wanted is taken as it was written; what is not is stepped over without a look inside.
//!
//! serde_json visits each field of what it ignores, which took two thirds of the time of a list.

use std::borrow::Cow;

use serde::de::{Error as _, IgnoredAny};
use serde_json::Error;

/// Deepest nesting that is followed; serde_json has a bound of its own at 128.
const DEPTH: u32 = 100;

const TOO_DEEP: &str = "nested too deeply";
const OPEN_STRING: &str = "a string has no end";

/// A place in a JSON text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    /// Objects and lists that were entered, a bit each: whether it is an object. The innermost comes last, before it a bit that is set.
    open: u128,
}

impl<'t> Cursor<'t> {
    /// At the start of a body.
    ///
    /// # Errors
    /// When it is not UTF-8, which is looked at once for the whole text.
    pub(super) fn of(body: &'t [u8]) -> Result<Self, Error> {
        Ok(Self::at_start(std::str::from_utf8(body).map_err(Error::custom)?))
    }

    /// At the start of a text.
    pub(super) fn at_start(text: &'t str) -> Self {
        Self { text, at: 0, open: 1 }
    }

    /// The sign that the next value begins with, or what stands in its place.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Where the next value begins.
    pub(super) fn mark(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// The text from a mark on.
    pub(super) fn since(&self, mark: usize) -> &'t str {
        self.text.get(mark..self.at).unwrap_or_default()
    }

    /// See that the text ends here.
    ///
    /// # Errors
    /// When more follows.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.peek().is_some() { Err(self.error("more follows the end")) } else { Ok(()) }
    }

    /// Step into the object or the list that begins here.
    ///
    /// # Errors
    /// When it is nested too deeply.
    pub(super) fn enter(&mut self) -> Result<(), Error> {
        if self.open >> DEPTH != 0 {
            return Err(self.error(TOO_DEEP));
        }
        self.open = self.open << 1 | u128::from(self.text.as_bytes().get(self.at) == Some(&b'{'));
        self.at += 1;
        Ok(())
    }

    /// The next key of the object that was entered; `None` at its end, which is stepped over.
    ///
    /// # Errors
    /// When neither stands here.
    pub(super) fn key(&mut self, is_first: bool) -> Result<Option<Cow<'t, str>>, Error> {
        if !self.step(is_first, b'}')? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key"));
        }
        let start = self.at;
        self.string()?;
        let raw = self.since(start);
        let key = if raw.contains('\\') {
            Cow::Owned(serde_json::from_str(raw)?)
        } else {
            Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default())
        };
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Step to the next element of the list that was entered; `false` at its end, which is stepped over.
    ///
    /// # Errors
    /// When neither stands here.
    pub(super) fn element(&mut self, is_first: bool) -> Result<bool, Error> {
        self.step(is_first, b']')
    }

    fn step(&mut self, is_first: bool, end: u8) -> Result<bool, Error> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.open >>= 1;
                return Ok(false);
            }
            Some(b',') if !is_first => self.at += 1,
            Some(_) if is_first => {}
            _ => return Err(self.error("expected `,` or an end")),
        }
        match self.peek() {
            Some(byte) if byte != end => Ok(true),
            _ => Err(self.error("expected a value")),
        }
    }

    /// Step over the scalar that stands here, and tell it as it was written.
    ///
    /// # Errors
    /// When it is none of JSON.
    pub(super) fn scalar(&mut self) -> Result<&'t str, Error> {
        let start = self.mark();
        self.skip()?;
        let raw = self.since(start);
        serde_json::from_str::<IgnoredAny>(raw)?;
        Ok(raw)
    }

    /// Step over the value that stands here. Only its end is looked for: that strings end, and that objects and lists are closed.
    ///
    /// # Errors
    /// When it has no end, or is nested too deeply.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => {
                let open = self.open;
                self.enter()?;
                self.leave(open)
            }
            Some(b',' | b':' | b']' | b'}') | None => Err(self.error("expected a value")),
            Some(_) => {
                let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
                Ok(())
            }
        }
    }

    /// Step over the rest of the object or the list that was entered.
    ///
    /// # Errors
    /// When it has no end, or what is in it is nested too deeply.
    pub(super) fn skip_rest(&mut self) -> Result<(), Error> {
        self.leave(self.open >> 1)
    }

    /// Step over everything until no more than these are open. Most of a page is stepped over here.
    fn leave(&mut self, until: u128) -> Result<(), Error> {
        let bytes = self.text.as_bytes();
        let (mut at, mut open) = (self.at, self.open);
        let left = loop {
            if open == until {
                break Ok(());
            }
            match bytes.get(at) {
                Some(b'"') => match end_of_string(bytes, at) {
                    Some(end) => {
                        at = end;
                        continue;
                    }
                    None => break Err(OPEN_STRING),
                },
                Some(b'{' | b'[') if open >> DEPTH != 0 => break Err(TOO_DEEP),
                Some(b'{') => open = open << 1 | 1,
                Some(b'[') => open <<= 1,
                Some(b'}') if open & 1 == 1 => open >>= 1,
                Some(b']') if open & 1 == 0 => open >>= 1,
                Some(b'}' | b']') => break Err("an object or a list has the wrong end"),
                Some(_) => {}
                None => break Err("an object or a list has no end"),
            }
            at += 1;
        };
        (self.at, self.open) = (at, open);
        left.map_err(|what| self.error(what))
    }

    /// Step over the string that begins here.
    fn string(&mut self) -> Result<(), Error> {
        self.at = end_of_string(self.text.as_bytes(), self.at).ok_or_else(|| self.error(OPEN_STRING))?;
        Ok(())
    }

    fn error(&self, what: &str) -> Error {
        Error::custom(format_args!("{what} at byte {}", self.at))
    }
}

/// The place behind the string that begins at a place; nothing where it has no end.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let signs = of_sign(word, b'"');
            if signs != 0 {
                at += (signs.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        if *bytes.get(at)? == b'"' {
            // After an odd number of backslashes it belongs to the string.
            let before = bytes.get(start + 1..at).unwrap_or_default();
            if before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0 {
                return Some(at + 1);
            }
        }
        at += 1;
    }
}

/// Where a sign stands in a word: the highest bit of its byte. Bits above the lowest one may be wrong.
fn of_sign(word: &[u8; 8], sign: u8) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let difference = u64::from_le_bytes(*word) ^ (ONES * u64::from(sign));
    difference.wrapping_sub(ONES) & !difference & (ONES << 7)
}
