//! The rows of a page, wherever it has its list.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::emit::Emit;
use super::{Projection, Tally, text_of};

/// What one page held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// `totalCount`, when the page says it.
    pub total: Option<u64>,
    /// Rows on the page, taken or not.
    pub rows: u64,
    /// There was a list to take rows from.
    pub has_rows: bool,
}

/// Where rows go: (JSON text, id as written). `false` means that no more are wanted; the rest is only counted.
pub type Sink<'a> = &'a mut dyn FnMut(&str, Option<&str>) -> bool;

/// Project the rows of a page: of `results`, of the only list in an object, or of a bare array.
///
/// # Errors
/// When the body is not JSON, or was cut off.
pub fn page(
    body: &[u8],
    projection: &Projection,
    tally: &mut Tally,
    sink: Sink<'_>,
) -> Result<Page, serde_json::Error> {
    let mut page = Page::default();
    let mut deserializer = serde_json::Deserializer::from_str(text_of(body)?);
    Envelope { rows: RowsSeed { projection, tally, sink, page: &mut page }, top: true }
        .deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(page)
}

struct RowsSeed<'a, 'b> {
    projection: &'a Projection,
    tally: &'a mut Tally,
    sink: &'a mut (dyn FnMut(&str, Option<&str>) -> bool + 'b),
    page: &'a mut Page,
}

struct Envelope<'a, 'b> {
    rows: RowsSeed<'a, 'b>,
    top: bool,
}

impl<'de> DeserializeSeed<'de> for Envelope<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Envelope<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an object with one")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let RowsSeed { projection, tally, sink, page } = self.rows;
        let (mut lists, mut only) = (0, "");
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if !self.top || page.has_rows && key != "totalCount" {
                map.next_value::<IgnoredAny>()?;
            } else if key == "totalCount" {
                page.total = map.next_value::<&RawValue>()?.get().parse().ok();
            } else if key == "results" {
                let rows = RowsSeed { projection, tally, sink: &mut *sink, page };
                map.next_value_seed(Envelope { rows, top: false })?;
            } else {
                // Under another name it is the list only if there is no second one; a guess could pass for an empty answer.
                let raw = map.next_value::<&RawValue>()?;
                if raw.get().starts_with('[') {
                    lists += 1;
                    only = raw.get();
                }
            }
        }
        if page.has_rows || lists != 1 {
            return Ok(());
        }
        let rows = RowsSeed { projection, tally, sink, page };
        let mut list = serde_json::Deserializer::from_str(only);
        Envelope { rows, top: false }.deserialize(&mut list).map_err(A::Error::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let RowsSeed { projection, tally, sink, page } = self.rows;
        page.has_rows = true;
        let mut out = String::new();
        let mut wanted = true;
        while wanted {
            out.clear();
            let mut id = None;
            if seq.next_element_seed(Emit::of(projection, &mut out, tally, &mut id))?.is_none() {
                return Ok(());
            }
            page.rows += 1;
            wanted = sink(&out, id.as_deref());
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            page.rows += 1;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}
