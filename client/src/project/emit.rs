//! One value of an answer, written as far as it is wanted, while it is parsed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Node, Projection, Tally};

#[derive(Clone, Copy)]
enum Want<'a> {
    Every,
    Below(&'a Node),
}

/// Fields that tell rows apart, the first that a row has.
const IDS: [&str; 4] = ["id", "mobileDeviceId", "uuid", "udid"];

/// Writes one value, as far as it is wanted.
pub(super) struct Emit<'a> {
    want: Want<'a>,
    projection: &'a Projection,
    path: String,
    depth: usize,
    out: &'a mut String,
    tally: &'a mut Tally,
    /// At the level of a row: where its id goes.
    id: Option<&'a mut Option<String>>,
}

/// What a key leads to.
enum Step<'a> {
    Skip,
    Id,
    Whole(Option<&'a Node>, String),
    Into(&'a Node, String),
}

struct Key<'a, 'b> {
    want: Want<'a>,
    projection: &'a Projection,
    path: &'b str,
    /// At the level of a row whose id is not known yet.
    row: bool,
    first: bool,
    out: &'b mut String,
}

impl<'de, 'a> DeserializeSeed<'de> for Key<'a, '_> {
    type Value = Step<'a>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'_> for Key<'a, '_> {
    type Value = Step<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        let node = match self.want {
            Want::Every => None,
            Want::Below(node) => match node.child(key) {
                None if self.row && IDS.contains(&key) && !self.projection.hides(self.path, key) => {
                    return Ok(Step::Id);
                }
                // Most fields are not wanted, so that comes before everything that takes time.
                None => return Ok(Step::Skip),
                wanted => wanted,
            },
        };
        if self.projection.hides(self.path, key) {
            return Ok(Step::Skip);
        }
        if !self.first {
            self.out.push(',');
        }
        match node {
            Some(node) => self.out.push_str(&node.key),
            None => {
                let name = self.projection.name_of(self.path, key);
                self.out.push_str(&serde_json::to_string(name).map_err(E::custom)?);
                self.out.push(':');
            }
        }
        // Paths are kept only where they can matter.
        let is_plain = self.projection.hidden.is_empty() && self.projection.renamed.is_empty();
        let path = match (is_plain, self.path) {
            (true, _) => String::new(),
            (false, "") => key.to_owned(),
            (false, path) => format!("{path}.{key}"),
        };
        Ok(match node {
            Some(node) if node.leaf.is_none() => Step::Into(node, path),
            node => Step::Whole(node, path),
        })
    }
}

/// Deepest nesting that is followed; serde_json has a bound of its own at 128.
const DEPTH: usize = 100;

impl<'a> Emit<'a> {
    /// A row, or the only value; its id goes into `id`.
    pub(super) fn of(
        projection: &'a Projection,
        out: &'a mut String,
        tally: &'a mut Tally,
        id: &'a mut Option<String>,
    ) -> Self {
        let want = if projection.every { Want::Every } else { Want::Below(&projection.root) };
        Self { want, projection, path: String::new(), depth: 0, out, tally, id: Some(id) }
    }

    /// A value below this one.
    fn below<'b>(&'b mut self, want: Want<'b>, path: String) -> Emit<'b>
    where
        'a: 'b,
    {
        Emit {
            want,
            projection: self.projection,
            path,
            depth: self.depth + 1,
            out: self.out,
            tally: self.tally,
            id: None,
        }
    }

    /// Everything of a value that was skipped over already: scalars as they were written, containers walked.
    fn raw(&mut self, raw: &str, path: String) -> Result<(), serde_json::Error> {
        if raw.starts_with(['{', '[']) {
            if self.depth > DEPTH {
                return Err(serde_json::Error::custom("nested too deeply"));
            }
            let mut deserializer = serde_json::Deserializer::from_str(raw);
            return self.below(Want::Every, path).deserialize(&mut deserializer);
        }
        self.out.push_str(raw);
        Ok(())
    }

    fn scalar(self, text: &str) {
        self.out.push_str(text);
    }
}

impl<'de> DeserializeSeed<'de> for Emit<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Emit<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.out.push('{');
        let mut first = true;
        loop {
            let key = Key {
                want: self.want,
                projection: self.projection,
                path: &self.path,
                row: self.id.as_ref().is_some_and(|id| id.is_none()),
                first,
                out: self.out,
            };
            let Some(step) = map.next_key_seed(key)? else { break };
            match step {
                Step::Skip => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                Step::Id => {
                    let raw = map.next_value::<&RawValue>()?;
                    note_id(&mut self.id, raw);
                    continue;
                }
                Step::Whole(node, path) => {
                    let raw = map.next_value::<&RawValue>()?;
                    if let Some(node) = node {
                        node.note_presence(raw.get(), self.tally);
                        if self.id.is_some() && raw.get() != "null" {
                            self.tally.note_section(&node.shown);
                        }
                    }
                    if self.id.as_ref().is_some_and(|id| id.is_none()) && self.ends_with_id() {
                        note_id(&mut self.id, raw);
                    }
                    self.raw(raw.get(), path).map_err(A::Error::custom)?;
                }
                Step::Into(node, path) => {
                    let start = self.out.len();
                    map.next_value_seed(self.below(Want::Below(node), path))?;
                    let null = self.out.get(start..) == Some("null");
                    if self.id.is_some() && !null {
                        self.tally.note_section(&node.shown);
                    }
                }
            }
            first = false;
        }
        self.out.push('}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        self.out.push('[');
        let mut first = true;
        loop {
            let start = self.out.len();
            if !first {
                self.out.push(',');
            }
            let (want, path) = (self.want, self.path.clone());
            let element = match want {
                // Elements that are scalars are copied as written; a container is walked once more, which is cheap here.
                Want::Every => seq
                    .next_element::<&RawValue>()?
                    .map(|raw| self.raw(raw.get(), path))
                    .transpose()
                    .map_err(A::Error::custom)?,
                Want::Below(_) => seq.next_element_seed(self.below(want, path))?,
            };
            if element.is_none() {
                self.out.truncate(start);
                break;
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar("null");
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(&value.to_string());
        Ok(())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        let text = serde_json::to_string(&value).map_err(E::custom)?;
        self.scalar(&text);
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        let text = serde_json::to_string(value).map_err(E::custom)?;
        self.scalar(&text);
        Ok(())
    }
}

impl Emit<'_> {
    /// Whether the key just written is one that tells rows apart.
    fn ends_with_id(&self) -> bool {
        IDS.iter().any(|id| {
            self.out
                .strip_suffix("\":")
                .and_then(|out| out.strip_suffix(id))
                .is_some_and(|out| out.ends_with('"'))
        })
    }
}

/// Note the id of a row whose id is not known yet.
fn note_id(id: &mut Option<&mut Option<String>>, raw: &RawValue) {
    if let Some(id) = id
        && raw.get() != "null"
    {
        **id = Some(raw.get().to_owned());
    }
}
