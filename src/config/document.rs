//! The page of all settings: `docs/configuration.md`, made from the JSON Schema of [`Config`](super::Config).

use serde_json::{Map, Value};

use super::{Config, load};

/// What the page says before the tables.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The heading above the settings that lie in no other one.
const TOP: &str = "Settings that stand alone";

/// The settings as a page in Markdown: a table for the settings at the top, and one for each setting that is an object.
pub fn markdown() -> String {
    let schema = schemars::schema_for!(Config).to_value();
    let mut tables: Vec<Table> = Vec::new();
    collect(&schema, &schema, "", "", &mut tables);
    let mut page = INTRODUCTION.trim_end().to_owned();
    for table in tables {
        let heading = if table.place.is_empty() { TOP.to_owned() } else { format!("`{}`", table.place) };
        page.push_str(&format!("\n\n## {heading}"));
        if !table.about.is_empty() {
            page.push_str(&format!("\n\n{}", table.about));
        }
        page.push_str(
            "\n\n| setting | what it does | default | environment variable |\n| --- | --- | --- | --- |",
        );
        table.rows.iter().for_each(|row| page.push_str(&format!("\n{row}")));
    }
    page.push('\n');
    page
}

/// The settings of one object.
struct Table {
    place: String,
    about: String,
    rows: Vec<String>,
}

/// The table of an object, and those of the objects in it. A choice between sources of a secret is one row: the page explains it once.
fn collect(whole: &Value, schema: &Value, place: &str, about: &str, tables: &mut Vec<Table>) {
    let mut rows = Vec::new();
    let mut below = Vec::new();
    for (name, property) in properties(schema) {
        let setting = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
        let about = text(property, "description").to_owned();
        match object_of(whole, property) {
            Some((object, suffix)) => below.push((object, format!("{setting}{suffix}"), about)),
            None => {
                rows.push(row(&setting, name, property, &format!("{about}{}", words_of(whole, property))))
            }
        }
    }
    tables.push(Table { place: place.to_owned(), about: about.to_owned(), rows });
    for (object, place, about) in below {
        collect(whole, object, &place, &about, tables);
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

fn text<'a>(schema: &'a Value, name: &str) -> &'a str {
    schema.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The object that a setting is, that its list holds, or that its members with names of their own are, and how that is written.
fn object_of<'a>(whole: &'a Value, property: &'a Value) -> Option<(&'a Value, &'static str)> {
    let members = property.get("additionalProperties").filter(|members| members.is_object());
    let options = [(Some(property), ""), (property.get("items"), "[]"), (members, ".NAME")];
    options.into_iter().find_map(|(option, suffix)| {
        let option = option?;
        let target = text(option, "$ref").strip_prefix('#').and_then(|place| whole.pointer(place));
        let object = target.unwrap_or(option);
        object.get("properties").is_some().then_some((object, suffix))
    })
}

/// The words that a setting takes, where it takes no others.
fn words_of(whole: &Value, property: &Value) -> String {
    let alternatives = property.get("anyOf").and_then(Value::as_array);
    let options = [Some(property), property.get("items")].into_iter().flatten();
    let options = options.chain(alternatives.into_iter().flatten());
    let words = options.filter_map(|option| {
        let target = whole.pointer(text(option, "$ref").strip_prefix('#')?)?;
        let each = target.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let listed = target.get("enum").and_then(Value::as_array).into_iter().flatten();
        let words: Vec<String> = each
            .filter_map(|word| word.get("const"))
            .chain(listed)
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect();
        (!words.is_empty()).then(|| words.join(", "))
    });
    words.map(|words| format!(" One of {words}.")).collect()
}

fn row(setting: &str, name: &str, property: &Value, about: &str) -> String {
    let default = property.get("default").filter(|default| !default.is_null());
    let default = default.map(|default| format!("`{default}`")).unwrap_or_default();
    let range = |name| property.get(name).and_then(Value::as_u64);
    let range = match (range("minimum"), range("maximum")) {
        (Some(least), Some(most)) => format!(" From {least} to {most}."),
        _ => String::new(),
    };
    let variable = load::variable_of(setting).map(|variable| format!("`{variable}`")).unwrap_or_default();
    format!("| `{name}` | {}{range} | {default} | {variable} |", about.replace('|', "\\|").replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// `SETTINGS_UPDATE=1` writes it.
    #[test]
    fn the_document_of_the_settings_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        if std::env::var_os("SETTINGS_UPDATE").is_some() {
            std::fs::write(&path, markdown()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == markdown(),
            "write it by SETTINGS_UPDATE=1 cargo test --lib the_document_of_the_settings"
        );
    }

    #[test]
    fn every_setting_has_a_row_with_words_and_every_variable_stands_in_one() {
        let page = markdown();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        assert!(rows.len() > 60, "{}", rows.len());
        for row in &rows {
            assert!(row.split('|').nth(2).is_some_and(|about| about.trim().len() > 5), "{row}");
        }
        for variable in load::environment_names() {
            let setting = variable.trim_end_matches("_FILE");
            let is_shown = page.contains(&format!("`{variable}`")) || page.contains(&format!("`{setting}`"));
            assert!(is_shown, "{variable}");
        }
    }

    #[test]
    fn a_row_has_the_default_that_holds_and_the_words_that_are_taken() {
        let page = markdown();
        let row = page.lines().find(|line| line.starts_with("| `redaction` |")).unwrap();
        assert!(row.contains("One of `full`, `pseudonymous`, `aggregate`."), "{row}");
        for (setting, default) in [("plan_minutes", "60"), ("allow", r#"["read"]"#), ("storage", r#""disk""#)]
        {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{setting}` |"))).unwrap();
            assert!(row.contains(&format!("| `{default}` |")), "{row}");
        }
    }
}
