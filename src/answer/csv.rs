//! Lists as CSV (RFC 4180): smaller than JSON for many rows of few fields.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::sanitize::secrets;
use crate::tenant::Listing;

use super::clean;

/// Rows with a header, as many as there is room for.
pub(super) struct Table {
    body: String,
    /// Rows that it has.
    pub(super) shown: usize,
    /// Texts in it are cut.
    pub(super) cuts: bool,
}

impl Table {
    /// The rows in these columns, no cell longer than `most` characters; all top-level fields when none are named.
    pub(super) fn new(fields: &[String], listing: &Listing, most: usize, room: usize) -> Result<Self, Error> {
        let rows: Vec<Value> = listing
            .rows
            .iter()
            .map(|row| {
                serde_json::from_str(row)
                    .map_err(|error| Error::Internal(format!("a row is not JSON: {error}")))
            })
            .collect::<Result<_, _>>()?;
        let columns = if fields.is_empty() { top_level(&rows) } else { fields.to_vec() };
        let mut table = Self { body: line(columns.iter().map(String::as_str)), shown: 0, cuts: false };
        for row in &rows {
            let cells: Vec<(String, bool)> = columns.iter().map(|column| cell(row, column, most)).collect();
            let next = line(cells.iter().map(|(cell, _)| cell.as_str()));
            if table.body.len() + next.len() > room && table.shown > 0 {
                break;
            }
            table.body.push_str(&next);
            table.cuts |= cells.iter().any(|(_, cut)| *cut);
            table.shown += 1;
        }
        Ok(table)
    }

    /// The table alone.
    pub(super) fn body(self) -> String {
        self.body
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

fn top_level(rows: &[Value]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for key in rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys()) {
        if !columns.contains(key) {
            columns.push(key.clone());
        }
    }
    columns
}

/// A cell, and whether its text is cut.
fn cell(row: &Value, column: &str, most: usize) -> (String, bool) {
    let text = match at(row, column) {
        Value::Null => String::new(),
        Value::String(text) => text,
        // What is escaped in JSON text is still there.
        other => clean::json(&other.to_string(), usize::MAX).into_owned(),
    };
    let text = clean::text(&text);
    let text = secrets::left_out(&text);
    let (text, cut) = clean::part(&text, 0, most);
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

fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let quoted = |cell: &str| {
        // A line that begins with `#` is a note of ours.
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with('#') {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let mut text = cells.map(quoted).collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    text
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
    fn what_does_not_fit_is_cut() {
        let rows = (0..1000).map(|id| json!({ "id": id, "name": "x".repeat(50) }).to_string()).collect();
        let table = Table::new(&[], &Listing { rows, ..Listing::default() }, 500, 5_000).unwrap();
        assert!(table.body.len() <= 5_000 && (50..1000).contains(&table.shown), "{}", table.shown);
    }
}
