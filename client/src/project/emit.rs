//! One value of an answer, written as far as it is wanted, while it is read.

use serde_json::Error;

use super::cursor::Cursor;
use super::{Node, Projection, Tally};
use crate::digest_key::DigestKey;

#[derive(Clone, Copy)]
enum Want<'a> {
    Every,
    Below(&'a Node),
}

/// Fields that tell rows apart, the first that a row has.
const IDS: [&str; 4] = ["id", "mobileDeviceId", "uuid", "udid"];

/// Writes values, as far as they are wanted.
pub(super) struct Emit<'a> {
    projection: &'a Projection,
    out: &'a mut String,
    tally: &'a mut Tally,
    /// What was read as the id of the row.
    id: Option<String>,
}

/// What a key leads to.
enum Step<'a> {
    /// It is not wanted.
    Skip,
    /// It is not wanted, but tells rows apart.
    Id,
    /// It is hidden, and a digest stands in its place.
    Digest(&'a DigestKey),
    /// All of it is wanted.
    Whole { node: Option<&'a Node>, path: String, is_id: bool },
    /// Some of what is in it is wanted.
    Into { node: &'a Node, path: String },
}

impl<'a> Emit<'a> {
    /// Writes to `out`.
    pub(super) fn new(projection: &'a Projection, out: &'a mut String, tally: &'a mut Tally) -> Self {
        Self { projection, out, tally, id: None }
    }

    /// Write a row, or the only value. Gives the id of the row as it was written.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(super) fn row(mut self, cursor: &mut Cursor<'_>) -> Result<Option<String>, Error> {
        let want = if self.projection.every { Want::Every } else { Want::Below(&self.projection.root) };
        self.value(cursor, want, "", true)?;
        Ok(self.id)
    }

    fn value(
        &mut self,
        cursor: &mut Cursor<'_>,
        want: Want<'a>,
        path: &str,
        is_row: bool,
    ) -> Result<(), Error> {
        match cursor.peek() {
            Some(b'{') => self.object(cursor, want, path, is_row),
            Some(b'[') => self.list(cursor, want, path),
            _ => {
                self.out.push_str(cursor.scalar()?);
                Ok(())
            }
        }
    }

    fn object(
        &mut self,
        cursor: &mut Cursor<'_>,
        want: Want<'a>,
        path: &str,
        is_row: bool,
    ) -> Result<(), Error> {
        cursor.enter()?;
        self.out.push('{');
        let (mut is_first, mut is_empty) = (true, true);
        // How many of the wanted fields were not met yet: when all were, the rest of the object is of no use.
        let mut left = if let Want::Below(node) = want { node.children.len() } else { usize::MAX };
        loop {
            if left == 0 && (!is_row || self.id.is_some()) {
                cursor.skip_rest()?;
                break;
            }
            let Some(key) = cursor.key(is_first)? else { break };
            is_first = false;
            match self.step(want, path, &key, is_row && self.id.is_none(), is_empty)? {
                Step::Skip => {
                    cursor.skip()?;
                    continue;
                }
                Step::Id => {
                    let start = cursor.mark();
                    cursor.skip()?;
                    self.note_id(cursor.since(start));
                    continue;
                }
                Step::Digest(digests) => {
                    let start = cursor.mark();
                    cursor.skip()?;
                    self.out.push_str(&digests.replacement(cursor.since(start))?);
                }
                Step::Whole { node, path, is_id } => {
                    let raw = self.whole(cursor, &path)?;
                    if is_id {
                        self.note_id(raw);
                    }
                    if let Some(node) = node {
                        node.note_presence(raw, self.tally);
                        self.note_section(is_row && raw != "null", node);
                    }
                }
                Step::Into { node, path } => {
                    let start = self.out.len();
                    self.value(cursor, Want::Below(node), &path, false)?;
                    let is_null = self.out.get(start..) == Some("null");
                    self.note_section(is_row && !is_null, node);
                }
            }
            left = left.saturating_sub(1);
            is_empty = false;
        }
        self.out.push('}');
        Ok(())
    }

    /// Write all of a value but what is hidden, and tell it as it stands.
    fn whole<'t>(&mut self, cursor: &mut Cursor<'t>, path: &str) -> Result<&'t str, Error> {
        let start = cursor.mark();
        self.value(cursor, Want::Every, path, false)?;
        Ok(cursor.since(start))
    }

    fn list(&mut self, cursor: &mut Cursor<'_>, want: Want<'a>, path: &str) -> Result<(), Error> {
        cursor.enter()?;
        self.out.push('[');
        let mut is_first = true;
        while cursor.element(is_first)? {
            if !is_first {
                self.out.push(',');
            }
            is_first = false;
            self.value(cursor, want, path, false)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// What a key leads to. The key of what is to be written is written already.
    fn step(
        &mut self,
        want: Want<'a>,
        path: &str,
        key: &str,
        needs_id: bool,
        is_empty: bool,
    ) -> Result<Step<'a>, Error> {
        let projection = self.projection;
        let node = match want {
            Want::Every => None,
            Want::Below(node) => match node.child(key) {
                None if needs_id && IDS.contains(&key) && !projection.hides(path, key) => {
                    return Ok(Step::Id);
                }
                // Most fields are not wanted, so that comes before everything that takes time.
                None => return Ok(Step::Skip),
                wanted => wanted,
            },
        };
        let is_hidden = projection.hides(path, key);
        if is_hidden && projection.digests.is_none() {
            return Ok(Step::Skip);
        }
        if !is_empty {
            self.out.push(',');
        }
        let name = node.map_or_else(|| projection.name_of(path, key), |node| &node.shown);
        let is_id = needs_id && IDS.contains(&name);
        match node {
            Some(node) => self.out.push_str(&node.key),
            None => {
                self.out.push_str(&serde_json::to_string(name)?);
                self.out.push(':');
            }
        }
        if let (true, Some(digests)) = (is_hidden, &projection.digests) {
            return Ok(Step::Digest(digests));
        }
        // Paths are kept only where they can matter.
        let is_plain = projection.hidden.is_empty() && projection.renamed.is_empty();
        let path = match (is_plain, path) {
            (true, _) => String::new(),
            (false, "") => key.to_owned(),
            (false, path) => format!("{path}.{key}"),
        };
        Ok(match node {
            Some(node) if node.leaf.is_none() => Step::Into { node, path },
            node => Step::Whole { node, path, is_id },
        })
    }

    fn note_section(&mut self, is_there: bool, node: &Node) {
        if is_there {
            self.tally.note_section(&node.shown);
        }
    }

    fn note_id(&mut self, raw: &str) {
        if raw != "null" {
            self.id = Some(raw.to_owned());
        }
    }
}
