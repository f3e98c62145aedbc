//! Lists: which rows are walked, how they are written, and what is said of them, so that nobody takes a part for the whole
//! or silence for an answer.

mod groups;

use std::collections::{BTreeMap, HashMap, HashSet};

use jamf_pro_client::{FieldSelection, Listing, Through, Walk, Window};
use jamf_pro_tools::{Action, Checked, Rows};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::files::{self, Link};
use super::{IN_A_ROW, Limits, csv, now};
use crate::error::Error;
use crate::query::fields::{self, section_name};
use crate::query::guard::Guard;
use crate::query::question::Question;
use crate::query::row_filter::RowFilter;
use crate::sanitize::text;

/// Rows a page when the caller does not say.
const PAGE: u32 = 50;

/// Rows a page of the wire on a walk to the end.
const WALK_PAGE: u32 = 500;

/// Rows that are saved into a file, at most, in characters.
const SAVED: usize = 64 * 1024 * 1024;

/// A list that is asked for: by which arguments, and what they ask.
pub struct ListRequest<'a> {
    /// The action.
    pub action: &'static Action,
    /// Its arguments.
    pub checked: &'a Checked,
    /// What they ask.
    pub question: &'a Question,
    /// What answers may be.
    pub limits: &'a Limits,
    /// Rows without a value of a field that Jamf filters on; none where the tenant did not say.
    pub without_value: Vec<(String, Option<u64>)>,
}

/// A file for the rows of a list.
pub struct File {
    limits: Limits,
    name: &'static str,
    /// The columns of CSV, none for every field; JSON lines without them.
    columns: Option<Vec<String>>,
}

impl File {
    /// A CSV file of all top-level fields.
    pub fn of_table(limits: &Limits, name: &'static str) -> Self {
        Self { limits: limits.clone(), name, columns: Some(Vec::new()) }
    }

    /// Write what a job found, without the personal data and secrets that its answer has not.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_rows(&self, rows: Vec<Map<String, Value>>) -> Result<Link, Error> {
        let rows = rows.into_iter().map(|row| {
            let mut row = Value::Object(row);
            super::clean(&mut row, &self.limits);
            row.to_string()
        });
        self.write(&rows.collect::<Vec<_>>())
    }

    /// Write the rows, one at a time.
    ///
    /// # Errors
    /// When a row is not JSON, or the file cannot be written.
    pub fn write(&self, rows: &[String]) -> Result<Link, Error> {
        let Some(columns) = &self.columns else {
            return files::create(
                &self.limits,
                &format!("{}.jsonl", self.name),
                "application/jsonl",
                |out| rows.iter().try_for_each(|row| writeln!(out, "{}", text::json(row, usize::MAX))),
            );
        };
        files::create(&self.limits, &format!("{}.csv", self.name), "text/csv", |out| {
            csv::write(out, columns, rows)
        })
    }
}

impl ListRequest<'_> {
    fn flag(&self, name: &str) -> bool {
        self.checked.flag(name)
    }

    fn is_csv(&self) -> bool {
        self.checked.text("format") == Some("csv")
    }

    /// Which rows are walked, which of their fields are read, and what each row goes through.
    ///
    /// # Errors
    /// When they are to be saved, and there is no folder for files.
    pub fn walk(&self) -> Result<(Walk, FieldSelection, Through), Error> {
        let save = self.flag("save");
        if save {
            files::folder(self.limits)?;
        }
        let is_grouped = self.question.groups.is_some();
        let everything = self.flag("all") || save || is_grouped;
        let judged = self.is_walked_to_the_end() || is_grouped;
        let offset = if judged { 0 } else { self.first() };
        let page_size = match self.checked.number("page_size") {
            size if !judged && !everything => size.unwrap_or(PAGE),
            Some(size) if !judged && offset == 0 => size,
            // What says where a walk goes on says nothing of the size of its pages.
            _ => walk_page(offset),
        };
        let room = self.limits.room();
        // Rows as CSV take a fraction of what they take as JSON; what is too much then is cut there.
        let budget = match (save, self.is_csv()) {
            (true, _) => SAVED,
            (false, true) => room * 6,
            (false, false) => room,
        };
        let walk = Walk { offset, page_size, all: everything || judged, budget };
        let wanted = FieldSelection { fields: self.question.read.clone(), hidden: self.action.hides };
        let most = if everything { u64::MAX } else { self.page().1 };
        let is_judged = self.question.row_filter.is_some() || is_grouped;
        let window = is_judged.then(|| Window { first: self.first(), most });
        let each = self.question.each(self.action, self.limits.redaction());
        Ok((walk, wanted, Through { each, window }))
    }

    /// Rows that are judged here are found only by reading all pages.
    fn is_walked_to_the_end(&self) -> bool {
        self.question.row_filter.is_some() && self.action.rows == Rows::Paged
    }

    /// The page and its size as the caller counts them.
    fn page(&self) -> (u64, u64) {
        let size = self.checked.number("page_size").unwrap_or(PAGE).max(1);
        (u64::from(self.checked.number("page").unwrap_or_default()), u64::from(size))
    }

    /// Position of the first row that is shown, of those that are asked for.
    fn first(&self) -> u64 {
        let (page, size) = self.page();
        page * size
    }

    /// The answer with its rows.
    ///
    /// # Errors
    /// When a row is not JSON.
    pub fn answer(&self, walk: &Walk, listing: &Listing) -> Result<String, Error> {
        let evened = (listing.is_cut && !self.is_csv()).then(|| self.cut_to(listing, listing.rows.len()));
        let listing = evened.as_ref().unwrap_or(listing);
        if self.is_csv() {
            return self.table(walk, listing);
        }
        let mut cuts = false;
        let row = |row: &String| {
            let (text, cut) = text::json_from(row, 0, IN_A_ROW);
            cuts |= cut;
            text.into_owned()
        };
        let rows: Vec<String> = listing.rows.iter().map(row).collect();
        let frame = self.frame(walk, listing, cuts);
        let mut text = Value::Object(frame).to_string();
        // The frame ends with its brace; rows come last, so that what is cut off by a host is rows and not the frame.
        text.pop();
        text.push_str(",\"rows\":[");
        text.push_str(&rows.join(","));
        text.push_str("]}");
        Ok(text)
    }

    fn table(&self, walk: &Walk, listing: &Listing) -> Result<String, Error> {
        let table = csv::Table::new(&self.question.fields, listing, IN_A_ROW, self.limits.room())?;
        if table.shown == listing.rows.len() {
            return Ok(table.text(&self.frame(walk, listing, table.has_cuts)));
        }
        let shown = self.cut_to(listing, table.shown);
        let table = csv::Table::new(&self.question.fields, &shown, IN_A_ROW, self.limits.room())?;
        Ok(table.text(&self.frame(walk, &shown, table.has_cuts)))
    }

    /// The same with so many rows at most, and where there are more than a page of them to the end of a page, so that the
    /// caller goes on at the next one.
    fn cut_to(&self, listing: &Listing, most: usize) -> Listing {
        let end = self.first() + u64::try_from(most).unwrap_or(u64::MAX);
        let even = (end - end % u64::from(PAGE)).saturating_sub(self.first());
        let most = usize::try_from(even).ok().filter(|even| *even > 0).unwrap_or(most);
        let mut shown = listing.clone();
        shown.rows.truncate(most);
        shown.is_cut = true;
        shown.next_offset = Some(self.first() + u64::try_from(shown.rows.len()).unwrap_or(u64::MAX));
        shown
    }

    /// The file that the rows are to be saved into, and what writes them; none when they are answered.
    pub fn file(&self) -> Option<File> {
        self.flag("save").then(|| File {
            limits: self.limits.clone(),
            name: self.action.name,
            columns: self.is_csv().then(|| self.question.fields.clone()),
        })
    }

    /// What is said of rows that were saved into a file.
    pub fn file_answer(&self, walk: &Walk, listing: &Listing, link: &Link) -> String {
        let mut frame = self.frame(walk, listing, false);
        frame.insert("shown".to_owned(), json!(0));
        frame.insert("saved".to_owned(), json!(listing.rows.len()));
        frame.insert("file".to_owned(), json!(link.name));
        frame.insert("folder".to_owned(), json!(link.folder));
        Value::Object(frame).to_string()
    }

    /// Everything but the rows, in which texts may be cut.
    fn frame(&self, walk: &Walk, listing: &Listing, cuts: bool) -> Map<String, Value> {
        let mut frame = Map::new();
        frame.insert("total".to_owned(), json!(self.total(listing)));
        frame.insert("shown".to_owned(), json!(listing.rows.len()));
        if let Some(groups) = &self.question.groups {
            frame.insert("rows_counted".to_owned(), json!(groups.rows()));
        }
        frame.insert("next".to_owned(), json!(self.next(listing)));
        frame.insert("as_of".to_owned(), json!(now()));
        if !self.question.joins.as_of.is_empty() {
            frame.insert("fleet_as_of".to_owned(), json!(self.question.joins.as_of));
        }
        frame.insert("coverage".to_owned(), self.coverage(walk, listing));
        let mut notes = self.notes(walk, listing);
        self.add_comparison_notes(&mut frame, &mut notes);
        if cuts {
            notes.push(format!(
                "texts of over {IN_A_ROW} characters are cut; the object itself has them whole"
            ));
        }
        if !notes.is_empty() {
            frame.insert("notes".to_owned(), json!(notes));
        }
        frame
    }

    /// Conditions that turned out to be about something that cannot be compared as they compare it.
    ///
    /// # Errors
    /// With the way to ask.
    pub fn refuse_incomparable(&self) -> Result<(), Error> {
        let Some(findings) = self.question.row_filter.as_ref().map(RowFilter::findings) else {
            return Ok(());
        };
        if let Some((path, names)) = findings.objects.first_key_value() {
            return Err(Error::caller(format!(
                "`{path}` is an object in these rows, which no condition can compare"
            ))
            .hint(format!("ask about one of its fields: {}", names.join(", "))));
        }
        let units = findings.units.iter().find(|(_, units)| units.len() > 1);
        let Some((path, units)) = units else { return Ok(()) };
        let unit = |unit: &String| match unit.as_str() {
            "" => "no unit".to_owned(),
            "b" => "bytes (KB, MB, GB)".to_owned(),
            unit => text::clean(unit).into_owned(),
        };
        Err(Error::caller(format!(
            "the values of `{path}` have several units ({})",
            units.iter().map(unit).collect::<Vec<_>>().join(", ")
        ))
        .hint("compare them with a value that names its unit"))
    }

    /// Rows without a value, and with one that cannot be compared, which are otherwise asked for: by field.
    fn rows_without_comparison(&self) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
        let findings = self.question.row_filter.as_ref().map(RowFilter::findings).unwrap_or_default();
        let mut no_value = findings.no_value;
        for (field, count) in &self.without_value {
            if let Some(count) = count.filter(|count| *count > 0) {
                *no_value.entry(field.clone()).or_default() += count;
            }
        }
        (no_value, findings.incomparable)
    }

    /// What is to be said of rows whose values were not compared.
    fn add_comparison_notes(&self, frame: &mut Map<String, Value>, notes: &mut Vec<String>) {
        let (no_value, incomparable) = self.rows_without_comparison();
        let is_negative = |field: &str| {
            self.question.row_filter.as_ref().is_some_and(|row_filter| row_filter.is_negative(field))
        };
        for (field, count) in &no_value {
            let place = if is_negative(field) { "are among these" } else { "are not among these" };
            notes.push(format!(
                "{count} rows that may be meant have no value for {field} and {place}; is_empty finds them"
            ));
        }
        for (field, count) in &incomparable {
            notes.push(format!(
                "{count} rows have a value for {field} that cannot be compared with the condition's (no number, no moment, or another unit) and are not among these"
            ));
        }
        let unknown: Vec<&str> = self
            .without_value
            .iter()
            .filter(|(_, count)| count.is_none())
            .map(|(field, _)| field.as_str())
            .collect();
        if !unknown.is_empty() {
            notes.push(format!(
                "rows without a value for {} are not among these, and the tenant did not count them",
                unknown.join(", ")
            ));
        }
        for (name, counts) in [("no_value", no_value), ("not_comparable", incomparable)] {
            if !counts.is_empty() {
                frame.insert(name.to_owned(), json!(counts));
            }
        }
    }

    /// How many rows there are of those that are asked for; unknown when not all that could be were judged.
    fn total(&self, listing: &Listing) -> Option<u64> {
        match listing.passed {
            Some(passed) => Some(passed).filter(|_| listing.failed.is_none()),
            None => listing.total,
        }
    }

    /// Rows and pages that were read, without those that Jamf found by what no row shows.
    fn read(&self, walk: &Walk, listing: &Listing) -> (u64, u32) {
        let beside = self.question.guard.as_ref().map_or(0, Guard::beside);
        let rows = listing.read.saturating_sub(beside);
        let pages = |rows: u64| rows.div_ceil(u64::from(walk.page_size.max(1))).max(1);
        let more = u32::try_from(pages(listing.read) - pages(rows)).unwrap_or_default();
        (rows, listing.pages.saturating_sub(more))
    }

    /// What the answer rests on.
    fn coverage(&self, walk: &Walk, listing: &Listing) -> Value {
        let path = listing.older_path.unwrap_or(self.action.path);
        let mut coverage = Map::new();
        coverage.insert("source".to_owned(), json!(format!("{} {path}", self.action.method.as_str())));
        if let Some(filter) = &self.question.filter {
            coverage.insert("filter".to_owned(), json!(filter));
        }
        if !self.question.here.is_empty() {
            coverage.insert("judged_here".to_owned(), json!(self.question.here));
        }
        if let Some(sections) = self.checked.arguments().get("section") {
            coverage.insert("sections".to_owned(), sections.clone());
        }
        let (rows, pages) = self.read(walk, listing);
        coverage.insert("rows_read".to_owned(), json!(rows));
        coverage.insert("pages_read".to_owned(), json!(pages));
        if let Some(left) =
            listing.total.filter(|_| listing.passed.is_none()).map(|total| total.saturating_sub(listing.read))
            && left > 0
        {
            coverage.insert("rows_not_read".to_owned(), json!(left));
        }
        if let Some(said) = self.limits.redaction().note() {
            coverage.insert("redaction".to_owned(), json!(said));
        }
        Value::Object(coverage)
    }

    /// The arguments that go on where this answer ends.
    fn next(&self, listing: &Listing) -> Option<Value> {
        let all = self.flag("all");
        let size = if all { u64::from(PAGE) } else { self.page().1 };
        next(listing.next_offset?, size, all)
    }

    /// What a reader must know before drawing a conclusion, above all from an empty list.
    fn notes(&self, walk: &Walk, listing: &Listing) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        let (read, _) = self.read(walk, listing);
        if let Some(error) = listing.failed.clone().map(Error::from) {
            notes.push(format!("INCOMPLETE: the walk was interrupted after {read} rows: {error}"));
        }
        if self.flag("save") && self.first() > 0 {
            notes.push(format!("the file begins after the first {} rows, as `page` asks", self.first()));
        }
        if listing.is_cut {
            notes.push(self.note_of_cut(listing));
        }
        notes.extend(listing.notes.iter().cloned());
        notes.extend(self.question.joins.notes.iter().cloned());
        let mut null = listing.null_sections.clone();
        null.extend(null_sections(self.action, self.checked, listing.rows.iter().map(String::as_str)));
        let mut named = HashSet::new();
        null.retain(|section| named.insert(section.clone()));
        if !null.is_empty() {
            notes.push(format!(
                "{} is null in every row: not collected, or not part of these records",
                null.join(", ")
            ));
        }
        self.absent(listing, read, &mut notes);
        let lists = self.question.whole_lists.iter().filter(|_| !listing.rows.is_empty());
        notes.extend(lists.map(|list| {
            format!("`{list}` has all its elements in these rows, not only those that meet the conditions")
        }));
        if let Some(attributes) = self.question.attributes.as_ref().filter(|_| read > 0) {
            notes.extend(attributes.missing());
        }
        if let Some(path) = listing.older_path {
            notes.push(format!("this tenant is older: answered by {path}"));
        }
        if listing.rows.is_empty() && listing.failed.is_none() {
            notes.push(self.nothing(walk, listing));
        }
        notes
    }

    fn note_of_cut(&self, listing: &Listing) -> String {
        let mut note = format!(
            "cut after {} rows to fit; ask for fewer `fields`, go on with `next`",
            listing.rows.len()
        );
        if self.flag("save") {
            return format!("cut after {} rows, which is as large as a file gets", listing.rows.len());
        }
        if !self.is_csv() {
            note.push_str(", use `format` csv");
        }
        if files::folder(self.limits).is_ok() {
            note.push_str(", or `save` the whole list into a file");
        }
        note
    }

    /// A field that no row has is a slip, and a condition on one says nothing.
    fn absent(&self, listing: &Listing, read: u64, notes: &mut Vec<String>) {
        let judged = self.question.row_filter.as_ref().map(RowFilter::paths).unwrap_or_default();
        let (blind, slips): (Vec<&String>, Vec<&String>) =
            listing.absent.iter().partition(|field| judged.contains(&field.as_str()));
        // A default field that no row has is no slip of the caller's.
        if !slips.is_empty() && self.question.is_named {
            let slips: Vec<&str> = slips.into_iter().map(String::as_str).collect();
            notes.push(format!(
                "no row has the field {}: check its spelling, with `fields` of `*` and `page_size` 1 to see all fields",
                slips.join(", ")
            ));
        }
        if !blind.is_empty() {
            let blind: Vec<&str> = blind.into_iter().map(String::as_str).collect();
            notes.push(format!(
                "none of the {read} rows read has the field {}, which a condition asks about: this answer proves nothing about it",
                blind.join(", ")
            ));
        }
    }

    /// Why there is nothing.
    fn nothing(&self, walk: &Walk, listing: &Listing) -> String {
        if let Some(none) = self.no_group(listing) {
            return none;
        }
        if let Some(passed) = listing.passed {
            return match (passed, self.read(walk, listing).0) {
                (0, 0) if self.question.filter.is_some() => "nothing matches the filter".to_owned(),
                (0, 0) => "the list is empty".to_owned(),
                (0, read) => format!("none of the {read} rows read meets the conditions"),
                (passed, _) => {
                    format!("there is nothing on this page: {passed} rows meet the conditions, from page 0")
                }
            };
        }
        match (listing.total, &self.question.filter) {
            (Some(total), _) if total > 0 => format!(
                "there is nothing on this page: the list has {total} rows and begins at page 0, and this is from row {}",
                walk.offset
            ),
            (_, Some(_)) => "nothing matches the filter; text is compared whole unless it has `*`".to_owned(),
            _ => "the list is empty".to_owned(),
        }
    }
}

/// Rows a page of the wire on a walk to the end that begins at a row: as many as go, where that row is the first of a page.
fn walk_page(offset: u64) -> u32 {
    (PAGE..=WALK_PAGE).rev().find(|size| offset.is_multiple_of(u64::from(*size))).unwrap_or(WALK_PAGE)
}

fn next(offset: u64, size: u64, all: bool) -> Option<Value> {
    if offset.is_multiple_of(size) && !all {
        return Some(json!({ "page": offset / size, "page_size": size }));
    }
    // Pages are numbered in their own size, so going on in the middle of one takes another size.
    let fitting =
        (1..=size).rev().find(|size| offset.is_multiple_of(*size)).filter(|fitting| fitting * 4 > size);
    Some(match fitting {
        Some(fitting) => json!({ "page": offset / fitting, "page_size": fitting }),
        None => json!({ "page": offset / size, "page_size": size, "first_rows_repeat": offset % size }),
    })
}

/// The sections that the caller chose and that are null, or missing, in every one of these objects.
pub(super) fn null_sections<'a>(
    action: &Action,
    checked: &Checked,
    objects: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let whole = fields::fields(action, checked).is_empty();
    // Fields that the caller named.
    let named = !whole && checked.list("fields").is_some_and(|fields| !fields.is_empty());
    let Some(chosen) = checked.arguments().get("section").and_then(Value::as_array).filter(|_| !named) else {
        return Vec::new();
    };
    let mut null: Vec<&str> = chosen.iter().filter_map(Value::as_str).collect();
    let mut none = true;
    let mut names: HashMap<&str, String> = HashMap::new();
    for object in objects {
        none = false;
        let Ok(fields) = serde_json::from_str::<HashMap<&str, &RawValue>>(object) else { return Vec::new() };
        null.retain(|section| {
            let found = fields.iter().find(|(name, _)| section_name(name) == *section);
            if let Some((name, _)) = found {
                names.insert(section, (*name).to_owned());
            }
            // Brief rows leave out the sections that only a condition looks at.
            found.map_or(whole, |(_, value)| value.get() == "null")
        });
        if null.is_empty() {
            break;
        }
    }
    if none {
        Vec::new()
    } else {
        null.iter()
            .map(|section| names.get(section).cloned().unwrap_or_else(|| section.to_lowercase()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn going_on_is_said_in_arguments() {
        assert_eq!(next(50, 50, false), Some(json!({ "page": 1, "page_size": 50 })));
        assert_eq!(next(60, 100, false), Some(json!({ "page": 1, "page_size": 60 })));
        assert_eq!(next(97, 100, false), Some(json!({ "page": 1, "page_size": 97 })));
        assert_eq!(next(331, 50, true), Some(json!({ "page": 6, "page_size": 50, "first_rows_repeat": 31 })));
    }

    #[test]
    fn a_section_that_was_asked_for_and_is_null_is_told() {
        let action = Catalogue::get().find("computer_list").unwrap();
        let arguments = json!({ "fields": ["*"], "section": ["GENERAL", "USER_AND_LOCATION", "STORAGE"] });
        let checked = action.check(arguments.as_object().unwrap().clone()).unwrap();
        let rows = [
            r#"{"general":{},"userAndLocation":null,"storage":null}"#,
            r#"{"general":null,"userAndLocation":null,"storage":{}}"#,
        ];
        assert_eq!(null_sections(action, &checked, rows), ["userAndLocation"]);
        assert!(null_sections(action, &checked, []).is_empty());
    }
}
