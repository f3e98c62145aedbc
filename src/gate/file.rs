//! The file that a call uploads: what a person is shown of it, and what it is bound by.
//!
//! It is read once for the plan and hashed, and hashed again while it is sent; the end of it goes out only when it is the same.

use jamf_pro_client::FileSeal;
use jamf_pro_tools::{Action, Affects};
use serde_json::{Map, Value, json};

use super::fleet::{self, Kind};
use super::reach::{self, Impact};
use crate::error::Error;
use crate::jobs::Work;
use crate::plan::{Change, diff};
use crate::sanitize::secrets;
use crate::sanitize::text;

/// Longest text file that is looked into.
pub(super) const LOOKED_INTO: usize = 2 * 1024 * 1024;

/// Columns of a table that a plan names.
const COLUMNS: usize = 40;

/// A file of the folder for files, read and hashed.
pub(super) struct LocalFile {
    pub(super) sealed: FileSeal,
    /// Its beginning, or all of it where it is short.
    head: Vec<u8>,
}

/// The argument of an action that names a file.
pub(super) fn argument(action: &Action) -> Option<&'static str> {
    action.upload.or(action.file_body).map(|(argument, _)| argument)
}

/// Read and hash the file that a call names.
///
/// # Errors
/// When it is not there, or outside the folder for files.
pub(super) async fn inspect(work: &Work<'_>, name: &str) -> Result<LocalFile, Error> {
    let (sealed, head) = work.file(name, LOOKED_INTO).await?;
    Ok(LocalFile { sealed, head })
}

impl LocalFile {
    /// For the person who decides.
    pub(super) fn changes(&self, name: &str) -> Vec<Change> {
        let line = |field: &str, after: String| Change::new(field, "", diff::one_line(&after));
        let mut changes = vec![
            line(
                "file",
                format!("{}: {} bytes, {}", text::quoted(name, 200), self.sealed.bytes, self.kind()),
            ),
            line("file SHA-256", self.sealed.sha256.clone()),
        ];
        if let Some(table) = self.table() {
            changes.push(line("rows", table.rows.to_string()));
            changes.push(line(
                "columns",
                table.columns.iter().take(COLUMNS).cloned().collect::<Vec<_>>().join(", "),
            ));
        } else if let Some(text) = self.text().filter(|text| text.contains('<') && !text.contains("<plist")) {
            // A definition: what is in it is what it does.
            changes.push(diff::change("content", None, Some(&json!(secrets::left_out(text)))));
        }
        changes
    }

    fn kind(&self) -> &'static str {
        match self.head.as_slice() {
            [b'x', b'a', b'r', b'!', ..] => "an installer package",
            [b'P', b'K', 3 | 5, 4 | 6, ..] => "a ZIP archive",
            [0x89, b'P', b'N', b'G', ..] => "a PNG image",
            [0xff, 0xd8, 0xff, ..] => "a JPEG image",
            [b'%', b'P', b'D', b'F', ..] => "a PDF document",
            [0x30, 0x82, ..] => "a DER file, such as a certificate or a key store",
            [b'b', b'p', b'l', b'i', b's', b't', ..] => "a binary property list",
            _ if self.head.starts_with(b"-----BEGIN ") => "a PEM file",
            _ if self.table().is_some() => "a table (CSV)",
            _ if self.text().is_some_and(|text| text.trim_start().starts_with('<')) => "XML",
            _ if self.text().is_some() => "text",
            _ => "of a kind that is not known here",
        }
    }

    fn text(&self) -> Option<&str> {
        let whole = u64::try_from(self.head.len()).is_ok_and(|length| length == self.sealed.bytes);
        std::str::from_utf8(&self.head).ok().filter(|text| whole && !text.contains('\0'))
    }

    /// The file as a table, where it is one.
    fn table(&self) -> Option<Table> {
        let text = self.text()?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let columns: Vec<String> = reader.headers().ok()?.iter().map(|name| name.trim().to_owned()).collect();
        if columns.len() < 2 || columns.iter().any(|name| name.contains(['<', '{'])) {
            return None;
        }
        let at = columns
            .iter()
            .position(|name| name.trim_start_matches('\u{feff}').eq_ignore_ascii_case("Serial Number"));
        let (mut rows, mut serials) = (0_u64, Vec::new());
        for record in reader.records() {
            let record = record.ok()?;
            rows += 1;
            serials.extend(at.and_then(|at| record.get(at)).map(|serial| serial.trim().to_owned()));
        }
        Some(Table { columns, rows, serials: at.map(|_| serials) })
    }
}

struct Table {
    columns: Vec<String>,
    rows: u64,
    /// What is in the column of serial numbers, where there is one.
    serials: Option<Vec<String>>,
}

/// What follows from a file that is uploaded.
///
/// # Errors
/// When what it takes to know cannot be read.
pub(super) async fn impact_of(
    work: &Work<'_>,
    action: &'static Action,
    arguments: &Map<String, Value>,
    file: &LocalFile,
) -> Result<Impact, Error> {
    match action.affects {
        Some(Affects::SerialNumber) => impact_of_preload(work, file).await,
        Some(Affects::ExtensionAttribute(kind)) => {
            let mut impact = Impact::on(Kind::of(kind).alone());
            impact
                .warnings
                .push("a script in it runs as root on every computer that updates its inventory".to_owned());
            Ok(impact)
        }
        Some(Affects::Package | Affects::ByArgument(..)) => reach::of(work, action, arguments, None).await,
        _ => Ok(Impact::unknown("which devices follow from this file")),
    }
}

async fn impact_of_preload(work: &Work<'_>, file: &LocalFile) -> Result<Impact, Error> {
    let Some(serials) = file.table().and_then(|table| table.serials) else {
        return Ok(Impact::unknown(
            "whose serial numbers are in the file: it is no table with a column `Serial Number`",
        ));
    };
    let mut impact = Impact::default();
    let devices = fleet::with_serials(work, &serials).await?;
    impact.devices = Some(devices);
    impact.warnings.push(
        "the values come over the records of the devices, and smart groups that look at them follow"
            .to_owned(),
    );
    Ok(impact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> LocalFile {
        let sealed = FileSeal::new("ab".to_owned(), u64::try_from(content.len()).unwrap());
        LocalFile { sealed, head: content.to_vec() }
    }

    #[test]
    fn a_table_is_told_by_its_columns_and_rows_and_not_by_its_values() {
        let table = file(b"Serial Number,Username,\"Asset, tag\"\nC02A,anna,\"1,2\"\nC02B,ben,3\n");
        let told: Vec<String> =
            table.changes("people.csv").iter().map(|change| change.after.clone()).collect();
        assert!(told[0].contains("a table (CSV)"), "{told:?}");
        assert_eq!((told[2].as_str(), told[3].as_str()), ("2", "Serial Number, Username, Asset, tag"));
        assert!(!told.join(" ").contains("anna"));
        assert_eq!(table.table().unwrap().serials.unwrap(), ["C02A", "C02B"]);
    }

    #[test]
    fn what_it_is_is_told_by_its_first_bytes() {
        assert_eq!(file(b"xar!\0\x1c").kind(), "an installer package");
        assert_eq!(file(b"-----BEGIN CERTIFICATE-----\n").kind(), "a PEM file");
        assert_eq!(file(b"<plist/>").kind(), "XML");
        assert_eq!(file(b"\0\0").kind(), "of a kind that is not known here");
    }

    #[test]
    fn a_definition_is_shown() {
        let told =
            file(b"<extensionAttribute><scriptContentsMac>rm -rf /</scriptContentsMac></extensionAttribute>");
        assert!(told.changes("ea.xml").iter().any(|change| change.after.contains("rm -rf /")));
    }
}
