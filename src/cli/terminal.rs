//! What people read: lines that wrap with a hanging indent at the width of the terminal, colors, tables, and answers of tools laid out.
//!
//! Into a pipe or a file nothing is wrapped and nothing is colored.

use std::io::{IsTerminal, Write};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::{Map, Value};

use crate::plan::view::Tone;

/// Nothing is wrapped narrower than this, in columns.
const NARROWEST: usize = 30;

/// A list of objects is a table up to so many columns; one with more is shown object by object.
const MOST_COLUMNS: usize = 10;

/// The space between two columns.
const GAP: usize = 2;

/// Words of tables that are longer are broken.
const LONGEST_WORD: usize = 36;

/// How text is laid out for one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    width: Option<usize>,
    is_colored: bool,
}

impl Layout {
    /// For standard output.
    pub(super) fn stdout() -> Self {
        let out = std::io::stdout();
        Self::of(out.is_terminal(), anstream::AutoStream::choice(&out), terminal_size::terminal_size_of(&out))
    }

    /// For standard error.
    pub(super) fn stderr() -> Self {
        let err = std::io::stderr();
        Self::of(err.is_terminal(), anstream::AutoStream::choice(&err), terminal_size::terminal_size_of(&err))
    }

    fn of(
        is_terminal: bool,
        choice: ColorChoice,
        size: Option<(terminal_size::Width, terminal_size::Height)>,
    ) -> Self {
        let columns = size.map(|(width, _)| usize::from(width.0));
        Self {
            width: columns.filter(|_| is_terminal).map(|columns| columns.max(NARROWEST)),
            is_colored: choice != ColorChoice::Never,
        }
    }

    /// Whether a person reads it, and no program.
    pub(super) fn is_for_person(self) -> bool {
        self.width.is_some()
    }

    /// A text in a color, where colors are shown. What is grave must be told by its words as well.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Soft => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warning => AnsiColor::Yellow.on_default(),
            Tone::Danger => AnsiColor::Red.on_default().bold(),
        };
        self.styled(style, text)
    }

    /// A heading or a verdict.
    pub(super) fn strong(self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if !self.is_colored {
            return text.to_owned();
        }
        // Each line by itself, so that a pager that cuts lines loses no color.
        let lines = text.split('\n').map(|line| format!("{style}{line}{style:#}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// A text behind a lead such as `- `: its lines wrap at the width, and those after the first stand below the text. Words are never
    /// broken, so that paths and commands can be copied.
    pub(super) fn wrap(self, lead: &str, text: &str) -> String {
        let indent = " ".repeat(textwrap::core::display_width(lead));
        let Some(width) = self.width else {
            return format!("{lead}{}", text.replace('\n', &format!("\n{indent}")));
        };
        let options = textwrap::Options::new(width)
            .initial_indent(lead)
            .subsequent_indent(&indent)
            .break_words(false)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let mut lines = text.split('\n');
        let mut out = textwrap::fill(lines.next().unwrap_or_default(), &options);
        for line in lines {
            out.push('\n');
            out.push_str(&textwrap::fill(line, options.clone().initial_indent(&indent)));
        }
        out
    }

    /// A table. Cells wrap between words at the width; columns for which there is no room are left out from the right, and named below it.
    pub(super) fn table(self, header: &[String], rows: &[Vec<String>]) -> String {
        let least: Vec<usize> = (0..header.len()).map(|at| longest_word(header, rows, at)).collect();
        let mut fitting = header.len();
        if let Some(width) = self.width {
            let needed = |count: usize| least.iter().take(count).map(|own| own + GAP).sum::<usize>();
            while fitting > 1 && needed(fitting) > width {
                fitting -= 1;
            }
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = self.width.and_then(|width| u16::try_from(width).ok()) {
            table.set_width(width);
        }
        table.set_header(header.iter().take(fitting).map(|name| name.to_uppercase()));
        for row in rows {
            table.add_row(row.iter().take(fitting));
        }
        for (column, least) in table.column_iter_mut().zip(&least) {
            column.set_padding((0, 2));
            if let Ok(least) = u16::try_from(least + GAP) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
            }
        }
        let text = table.trim_fmt();
        match header.get(fitting..).filter(|left_out| !left_out.is_empty()) {
            Some(left_out) => {
                let note =
                    format!("No room for {}; a wider terminal or --json has them.", left_out.join(", "));
                format!("{text}\n\n{}", self.paint(Tone::Soft, &self.wrap("", &note)))
            }
            None => text,
        }
    }

    /// Rows of named values as a table. A column stands behind the one that it follows in the row that has it first.
    pub(super) fn rows(self, rows: &[Map<String, Value>]) -> String {
        let rows: Vec<Map<String, Value>> = rows.iter().map(flat).collect();
        let mut columns: Vec<&String> = Vec::new();
        for row in &rows {
            let mut before = 0;
            for key in row.keys() {
                before = match columns.iter().position(|column| *column == key) {
                    Some(at) => at + 1,
                    None => {
                        columns.insert(before, key);
                        before + 1
                    }
                };
            }
        }
        let header: Vec<String> = columns.iter().map(|column| words(heading(column, &columns))).collect();
        let cells = rows
            .iter()
            .map(|row| columns.iter().map(|column| row.get(*column).map(cell).unwrap_or_default()).collect());
        self.table(&header, &cells.collect::<Vec<_>>())
    }

    /// Rows as an answer has them: objects, or arrays beside the names of their columns.
    fn any_rows(self, rows: &Value, columns: Option<Value>) -> String {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let objects: Vec<Map<String, Value>> = rows.iter().filter_map(Value::as_object).cloned().collect();
        if rows.is_empty() {
            return "nothing".to_owned();
        }
        match columns {
            Some(columns) => {
                let rows = rows.iter().filter_map(Value::as_array);
                let cells: Vec<Vec<String>> = rows.map(|row| row.iter().map(cell).collect()).collect();
                self.table(&texts(Some(columns)), &cells)
            }
            None if objects.len() == rows.len() => self.rows(&objects),
            None => texts(Some(Value::from(rows.to_vec()))).join("\n"),
        }
    }

    /// Names and values below each other, nested ones indented.
    pub(super) fn facts(self, facts: &Map<String, Value>, indent: usize) -> String {
        let lead = " ".repeat(indent);
        let is_short = |value: &Value| match value {
            Value::Object(_) => false,
            Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()),
            _ => true,
        };
        let short = facts.iter().filter(|(_, value)| is_short(value));
        let widest = short.map(|(name, _)| words(name).chars().count()).max().unwrap_or_default();
        let mut lines = Vec::new();
        for (name, value) in facts {
            let name = words(name);
            match value {
                Value::Object(nested) if !nested.is_empty() => {
                    lines.push(format!("{lead}{name}"));
                    lines.push(self.facts(nested, indent + 2));
                }
                Value::Array(items) if !is_short(value) => {
                    lines.push(format!("{lead}{name}"));
                    lines.push(self.items(items, indent + 2));
                }
                value => {
                    let gap = " ".repeat(widest.saturating_sub(name.chars().count()));
                    lines.push(self.wrap(&format!("{lead}{name}{gap}  "), &cell(value)));
                }
            }
        }
        lines.join("\n")
    }

    /// The objects of a list: a table where they are alike and small, otherwise one below the other.
    fn items(self, items: &[Value], indent: usize) -> String {
        let lead = " ".repeat(indent);
        let rows: Vec<Map<String, Value>> = items.iter().filter_map(Value::as_object).map(flat).collect();
        let mut columns: Vec<&String> = rows.iter().flat_map(Map::keys).collect();
        columns.sort_unstable();
        columns.dedup();
        if rows.len() == items.len() && columns.len() <= MOST_COLUMNS {
            let narrower = Self { width: self.width.map(|width| width.saturating_sub(indent)), ..self };
            let table = narrower.rows(&rows);
            return table.lines().map(|line| format!("{lead}{line}")).collect::<Vec<_>>().join("\n");
        }
        let each = items.iter().map(|item| match item {
            Value::Object(map) => self.facts(map, indent),
            other => self.wrap(&format!("{lead}- "), &cell(other)),
        });
        each.collect::<Vec<_>>().join("\n\n")
    }

    /// An answer of a tool: the verdict of a report, its numbers, rows and notes; a list as a table; anything else as names and values.
    /// `None` for what is no JSON object. `again` is the command that was called, without its arguments; `arguments` are these.
    pub(super) fn answer(self, text: &str, again: &str, arguments: &Map<String, Value>) -> Option<String> {
        let Value::Object(mut answer) = serde_json::from_str(text).ok()? else { return None };
        let mut parts: Vec<String> = Vec::new();
        if let Some(Value::String(verdict)) = answer.remove("answer") {
            parts.push(self.strong(&self.wrap("", &verdict)));
        }
        if let Some(Value::Object(numbers)) = answer.remove("numbers") {
            parts.push(self.facts(&numbers, 0));
        }
        let rows = answer.remove("rows").map(|rows| self.any_rows(&rows, answer.remove("columns")));
        let (shown, total) = (answer.remove("shown"), answer.remove("total"));
        let more = answer.remove("more_rows").map(|more| cell(&more));
        let (as_of, next) = (answer.remove("as_of"), answer.remove("next"));
        let (notes, missing) = (texts(answer.remove("notes")), texts(answer.remove("partial")));
        answer.remove("coverage");
        if !answer.is_empty() {
            parts.push(self.facts(&answer, 0));
        }
        parts.extend(rows);
        let mut below: Vec<String> = Vec::new();
        if let (Some(shown), Some(total)) = (&shown, &total) {
            below.push(self.paint(Tone::Soft, &format!("{} of {} shown", cell(shown), cell(total))));
        }
        below.extend(more.map(|more| self.paint(Tone::Soft, &self.wrap("", &more))));
        below.extend(missing.iter().map(|gap| self.paint(Tone::Warning, &self.wrap("! not read: ", gap))));
        below.extend(notes.iter().map(|note| self.wrap("- ", note)));
        match next {
            // The next page of a list.
            Some(Value::Object(page)) => {
                let mut arguments = arguments.clone();
                arguments.extend(page);
                let command = format!("{again} {}", for_shell(&Value::Object(arguments)));
                below.push(self.wrap("More: ", &command));
            }
            Some(steps) => {
                below.extend(texts(Some(steps)).iter().map(|step| self.wrap("Next: ", step)));
            }
            None => {}
        }
        if let Some(Value::Object(ages)) = as_of {
            let each = ages.iter().map(|(part, at)| format!("{} {}", words(part), cell(at)));
            let line = format!("As of: {}", each.collect::<Vec<_>>().join(", "));
            below.push(self.paint(Tone::Soft, &self.wrap("", &line)));
        }
        if !below.is_empty() {
            parts.push(below.join("\n"));
        }
        Some(parts.join("\n\n"))
    }
}

/// Arguments as they are typed in a shell.
pub(super) fn for_shell(arguments: &Value) -> String {
    format!("'{}'", arguments.to_string().replace('\'', "'\\''"))
}

/// Show how far something is, in the line that showed it before.
pub(super) fn show_progress(line: &str) {
    let _ = write!(std::io::stderr(), "\r\u{1b}[K{line}");
}

/// Take the line of the progress away before something else is written, where there can be one.
pub(super) fn wipe_progress() {
    if std::io::stderr().is_terminal() {
        show_progress("");
    }
}

/// The length of the longest word of a column, or of its heading: it is not made narrower, but for texts of one long word.
fn longest_word(header: &[String], rows: &[Vec<String>], at: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(at)).chain(header.get(at));
    let words = cells.flat_map(|text| text.split_whitespace());
    words.map(textwrap::core::display_width).max().unwrap_or_default().min(LONGEST_WORD)
}

/// The last part of a dotted path, where no other column ends with it.
fn heading<'a>(column: &'a str, all: &[&String]) -> &'a str {
    let last = |path: &'a str| path.rsplit('.').next().unwrap_or(path);
    let own = last(column);
    let is_alone = all.iter().filter(|other| other.rsplit('.').next() == Some(own)).count() == 1;
    if is_alone { own } else { column }
}

/// The name of a field as words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A value in one cell or line. Whole days and minutes are read, fractions of a second and the `T` are not.
pub(super) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.parse().map_or_else(|_| text.clone(), moment),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A moment as people write it, in UTC as all of this server's answers.
fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Texts of a list, or one alone.
fn texts(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().map(cell).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![cell(&other)],
    }
}

/// Nested fields by their dotted paths.
fn flat(row: &Map<String, Value>) -> Map<String, Value> {
    fn add(into: &mut Map<String, Value>, path: &str, value: &Value) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                add(into, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value)
            }),
            other => {
                into.insert(path.to_owned(), other.clone());
            }
        }
    }
    let mut flat = Map::new();
    row.iter().for_each(|(key, value)| add(&mut flat, key, value));
    flat
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PLAIN: Layout = Layout { width: None, is_colored: false };

    fn at(width: usize) -> Layout {
        Layout { width: Some(width), is_colored: false }
    }

    #[test]
    fn lines_wrap_below_their_text_and_words_are_whole() {
        let text = "the tenant said https://example.jamfcloud.com/api/v1/buildings?page=0 is gone";
        let wrapped = at(30).wrap("- ", text);
        assert_eq!(
            wrapped,
            "- the tenant said\n  https://example.jamfcloud.com/api/v1/buildings?page=0\n  is gone"
        );
        assert_eq!(at(40).wrap("! ", "one\ntwo"), "! one\n  two");
        assert_eq!(PLAIN.wrap("- ", text), format!("- {text}"));
    }

    #[test]
    fn colors_are_left_out_where_nobody_sees_them() {
        assert_eq!(PLAIN.paint(Tone::Danger, "gone"), "gone");
        let colored = Layout { is_colored: true, ..PLAIN };
        let painted = colored.paint(Tone::Danger, "one\ntwo");
        assert!(
            painted.lines().all(|line| line.starts_with('\u{1b}') && line.ends_with("\u{1b}[0m")),
            "{painted:?}"
        );
    }

    #[test]
    fn a_list_is_a_table_with_the_command_for_the_next_page() {
        let text = r#"{"total":2,"shown":1,"next":{"page":1},"notes":["mind"],"rows":[{"id":"1","general":{"name":"a"}}]}"#;
        let arguments = json!({ "page_size": 1 }).as_object().unwrap().clone();
        let shown = PLAIN.answer(text, "jamf-pro-mcp call site_list", &arguments).unwrap();
        assert_eq!(
            shown,
            "ID  NAME\n1   a\n\n1 of 2 shown\n- mind\nMore: jamf-pro-mcp call site_list '{\"page_size\":1,\"page\":1}'"
        );
        assert!(PLAIN.answer("#csv", "", &Map::new()).is_none());
    }

    #[test]
    fn a_report_begins_with_its_verdict_and_ends_with_its_age() {
        let text = json!({
            "as_of": { "computers": "2026-11-30T15:40:50.123Z" },
            "answer": "9 are not encrypted.",
            "numbers": { "not_encrypted": 9, "judged": 406 },
            "rows": [{ "name": "A", "gaps": ["FileVault off"] }],
            "more_rows": "3 more: use `save`",
            "partial": ["403 for accounts"],
            "next": ["ask for `device_report`"],
            "coverage": { "read": { "account_list": 1 } }
        });
        let shown = PLAIN.answer(&text.to_string(), "", &Map::new()).unwrap();
        assert_eq!(
            shown,
            "9 are not encrypted.\n\nnot encrypted  9\njudged         406\n\nNAME  GAPS\nA     FileVault off\n\n3 more: use `save`\n\
             ! not read: 403 for accounts\nNext: ask for `device_report`\nAs of: computers 2026-11-30 15:40 UTC"
        );
    }

    #[test]
    fn rows_of_a_statement_are_a_table_under_their_columns() {
        let text = r#"{"columns":["id","name"],"rows":[["12","Install Chrome"]],"shown":1}"#;
        let shown = PLAIN.answer(text, "", &Map::new()).unwrap();
        assert_eq!(shown, "ID  NAME\n12  Install Chrome");
        let none = PLAIN.answer(r#"{"columns":["id"],"rows":[],"shown":0}"#, "", &Map::new()).unwrap();
        assert_eq!(none, "nothing");
    }

    #[test]
    fn columns_without_room_are_named_and_words_of_cells_are_whole() {
        let header = ["name", "serial", "department"].map(str::to_owned);
        let rows = [vec!["Anna's MacBook Pro".to_owned(), "ZZ33A9B088".to_owned(), "Engineering".to_owned()]];
        let shown = at(30).table(&header, &rows);
        assert!(shown.contains("ZZ33A9B088") && shown.contains("MacBook"), "{shown}");
        assert!(shown.contains("No room for department"), "{shown}");
        assert!(at(80).table(&header, &rows).contains("Engineering"));
        let first = json!({ "name": "A", "do": "look" }).as_object().unwrap().clone();
        let second = json!({ "name": "B", "department": "IT", "do": "ask" }).as_object().unwrap().clone();
        assert!(PLAIN.rows(&[first, second]).starts_with("NAME  DEPARTMENT  DO"));
    }

    #[test]
    fn an_apostrophe_in_arguments_is_typed_so_that_the_shell_keeps_it() {
        assert_eq!(for_shell(&json!({ "name": "Anna's" })), r#"'{"name":"Anna'\''s"}'"#);
    }

    #[test]
    fn an_object_is_names_and_values_with_nested_ones_below() {
        let text = json!({ "id": "1", "general": { "name": "a", "managed": true, "groups": [{ "id": 1, "name": "g" }] }, "tags": ["x", "y"] });
        let shown = PLAIN.answer(&text.to_string(), "", &Map::new()).unwrap();
        assert_eq!(
            shown,
            "id    1\ngeneral\n  name     a\n  managed  yes\n  groups\n    ID  NAME\n    1   g\ntags  x, y"
        );
    }
}
