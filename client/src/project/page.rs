//! The rows of a page, wherever it has its list.

use serde_json::Error;

use super::cursor::Cursor;
use super::emit::Emit;
use super::{Projection, Tally};

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
pub fn page(body: &[u8], projection: &Projection, tally: &mut Tally, sink: Sink<'_>) -> Result<Page, Error> {
    let mut cursor = Cursor::of(body)?;
    let mut rows = Rows { projection, tally, sink, page: Page::default() };
    match cursor.peek() {
        Some(b'{') => rows.of_object(&mut cursor)?,
        Some(b'[') => rows.of_list(&mut cursor)?,
        _ => {
            cursor.scalar()?;
        }
    }
    cursor.end()?;
    Ok(rows.page)
}

struct Rows<'a, 'b> {
    projection: &'a Projection,
    tally: &'a mut Tally,
    sink: &'a mut (dyn FnMut(&str, Option<&str>) -> bool + 'b),
    page: Page,
}

impl Rows<'_, '_> {
    /// Take the rows of the list that an object has.
    fn of_object(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Error> {
        cursor.enter()?;
        let (mut is_first, mut lists, mut only) = (true, 0, "");
        while let Some(key) = cursor.key(is_first)? {
            is_first = false;
            match &*key {
                "totalCount" => self.page.total = cursor.scalar()?.parse().ok(),
                "results" if !self.page.has_rows && cursor.peek() == Some(b'[') => self.of_list(cursor)?,
                _ if self.page.has_rows || cursor.peek() != Some(b'[') => {
                    cursor.skip()?;
                }
                // Under another name it is the list only if there is no second one; a guess could pass for an empty answer.
                _ => {
                    let start = cursor.mark();
                    cursor.skip()?;
                    only = cursor.since(start);
                    lists += 1;
                }
            }
        }
        if self.page.has_rows || lists != 1 {
            return Ok(());
        }
        self.of_list(&mut Cursor::at_start(only))
    }

    /// Take the rows of the list that begins here.
    fn of_list(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Error> {
        self.page.has_rows = true;
        cursor.enter()?;
        let mut out = String::new();
        let (mut is_first, mut is_wanted) = (true, true);
        while cursor.element(is_first)? {
            is_first = false;
            self.page.rows += 1;
            if is_wanted {
                out.clear();
                let id = Emit::new(self.projection, &mut out, self.tally).row(cursor)?;
                is_wanted = (self.sink)(&out, id.as_deref());
            } else {
                cursor.skip()?;
            }
        }
        Ok(())
    }
}
