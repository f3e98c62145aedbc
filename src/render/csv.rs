//! Lists as CSV (RFC 4180): smaller than JSON for many rows of few fields.

use std::io::{self, Write};

use indexmap::{IndexMap, IndexSet};
use jamf_pro_client::Listing;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::sanitize::secrets;

use crate::sanitize::text;

/// Rows with a header, as many as there is room for.
pub(super) struct Table {
    body: String,
    /// Rows that it has.
    pub(super) shown: usize,
    /// Texts in it are cut.
    pub(super) has_cuts: bool,
}

impl Table {
    /// The rows in these columns, no cell longer than `most` characters; all top-level fields when none are named.
    pub(super) fn new(fields: &[String], listing: &Listing, most: usize, room: usize) -> Result<Self, Error> {
        let columns = columns(fields, &listing.rows)?;
        let mut table = Self { body: line(&columns)?, shown: 0, has_cuts: false };
        for row in &listing.rows {
            let cells = cells(row, &columns, most)?;
            let next = line(cells.iter().map(|(cell, _)| cell))?;
            if table.body.len() + next.len() > room && table.shown > 0 {
                break;
            }
            table.body.push_str(&next);
            table.has_cuts |= cells.iter().any(|(_, cut)| *cut);
            table.shown += 1;
        }
        Ok(table)
    }

    /// The table after lines that begin with `#` and say what a reader must know.
    pub(super) fn text(&self, frame: &Map<String, Value>) -> String {
        let mut head = String::new();
        for (name, value) in frame.iter().filter(|(name, value)| *name != "notes" && !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let between = if head.is_empty() { "# " } else { ", " };
            head.push_str(&format!("{between}{name} {}", value.replace('\n', " ")));
        }
        for note in frame.get("notes").and_then(Value::as_array).into_iter().flatten() {
            head.push_str(&format!("\n# {}", note.as_str().unwrap_or_default().replace('\n', " ")));
        }
        format!("{head}\n{}", self.body)
    }
}

/// Write rows with a header, one at a time.
///
/// # Errors
/// When a row is not JSON, or it cannot be written.
pub(super) fn write(out: &mut dyn Write, fields: &[String], rows: &[String]) -> io::Result<()> {
    let columns = columns(fields, rows).map_err(io::Error::other)?;
    let mut writer = writer(out);
    writer.write_record(&columns)?;
    for row in rows {
        let cells = cells(row, &columns, usize::MAX).map_err(io::Error::other)?;
        writer.write_record(cells.iter().map(|(cell, _)| cell))?;
    }
    writer.flush()
}

/// The columns that are named, or all top-level fields of the rows.
fn columns(fields: &[String], rows: &[String]) -> Result<Vec<String>, Error> {
    if !fields.is_empty() {
        return Ok(fields.to_vec());
    }
    let mut columns = IndexSet::new();
    for row in rows {
        let names: IndexMap<String, &RawValue> =
            serde_json::from_str(row).map_err(|error| not_json(&error))?;
        columns.extend(names.into_keys());
    }
    Ok(columns.into_iter().collect())
}

fn cells(row: &str, columns: &[String], most: usize) -> Result<Vec<(String, bool)>, Error> {
    let row: Value = serde_json::from_str(row).map_err(|error| not_json(&error))?;
    Ok(columns.iter().map(|column| cell(&row, column, most)).collect())
}

fn not_json(error: &serde_json::Error) -> Error {
    Error::internal(format!("a row is not JSON: {error}"))
}

/// A cell, and whether its text is cut.
fn cell(row: &Value, column: &str, most: usize) -> (String, bool) {
    let text = match at(row, column) {
        Value::Null => String::new(),
        Value::String(text) => text,
        // What is escaped in JSON text is still there.
        other => text::json(&other.to_string(), usize::MAX).into_owned(),
    };
    let text = text::clean(&text);
    let text = secrets::left_out(&text);
    let (text, cut) = text::part(&text, 0, most);
    (text.into_owned(), cut)
}

/// The value at a dotted path; where the path leads through a list, the values of all its elements.
fn at(value: &Value, path: &str) -> Value {
    if let Value::Array(items) = value {
        return items.iter().map(|item| at(item, path)).filter(|value| !value.is_null()).collect();
    }
    let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
    match (value.get(name), below) {
        (Some(value), Some(below)) => at(value, below),
        (Some(value), None) => value.clone(),
        (None, _) => Value::Null,
    }
}

fn writer<W: Write>(out: W) -> csv::Writer<W> {
    // A line that begins with `#` is a note of ours.
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).comment(Some(b'#')).from_writer(out)
}

fn line<T: AsRef<[u8]>>(cells: impl IntoIterator<Item = T>) -> Result<String, Error> {
    let mut writer = writer(Vec::new());
    let failed = |error: String| Error::internal(format!("a line of CSV could not be made: {error}"));
    writer.write_record(cells).map_err(|error| failed(error.to_string()))?;
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let rows = vec![
            json!({ "id": "1", "general": { "name": "a,\"b\"\nc" }, "list": [1, 2], "apps": [{ "name": "x" }, { "name": "yy" }] }).to_string(),
            json!({ "id": "# total 0" }).to_string(),
        ];
        let listing = Listing { rows, ..Listing::default() };
        let fields = ["id", "general.name", "list", "apps.name"].map(str::to_owned);
        let frame = json!({ "total": 9, "shown": 2, "next": null, "coverage": { "rows_read": 2 }, "notes": ["mind\nthis"] });
        let text = Table::new(&fields, &listing, 8, 5_000).unwrap().text(frame.as_object().unwrap());
        assert_eq!(
            text,
            "# total 9, shown 2, coverage {\"rows_read\":2}\n# mind this\nid,general.name,list,apps.name\r\n1,\"a,\"\"b\"\"\nc\",\"[1,2]\",\"[\"\"x\"\",\"\"yy…(+2 characters)\"\r\n\"# total …(+1 characters)\",,,\r\n"
        );
    }

    #[test]
    fn a_file_has_every_field_of_every_row() {
        let rows =
            [json!({ "id": 1, "name": "é" }).to_string(), json!({ "id": 2, "late": [1, null] }).to_string()];
        let mut out = Vec::new();
        write(&mut out, &[], &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "id,name,late\r\n1,é,\r\n2,,\"[1,null]\"\r\n");
        assert!(write(&mut Vec::new(), &["id".to_owned()], &["{".to_owned()]).is_err());
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let rows = (0..1000).map(|id| json!({ "id": id, "name": "x".repeat(50) }).to_string()).collect();
        let table = Table::new(&[], &Listing { rows, ..Listing::default() }, 500, 5_000).unwrap();
        assert!(table.body.len() <= 5_000 && (50..1000).contains(&table.shown), "{}", table.shown);
    }
}
