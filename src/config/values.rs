//! Checks on every text of the configuration, by its schema, before anything is made of it: marks that nobody expanded, empty
//! texts, paths that are not absolute, and secrets where a source of a secret belongs.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::text::{bare_variable, placeholder};
use crate::error::Error;

/// The schema of a setting that is a path. It is what [`check`] knows paths by.
pub(super) struct PathText;

/// The format of a path in the schema.
const PATH: &str = "path";

impl JsonSchema for PathText {
    fn schema_name() -> Cow<'static, str> {
        "Path".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": PATH })
    }
}

/// Check every text in `value` against `schema`, trim it, and write paths out.
///
/// # Errors
/// With the name of the setting and what is wrong there, without its value.
pub(super) fn check(value: &mut Value, schema: &Value) -> Result<(), Error> {
    Checks { schema }.at(value, &[schema], "")
}

struct Checks<'a> {
    schema: &'a Value,
}

impl<'a> Checks<'a> {
    fn at(&self, value: &mut Value, schemas: &[&'a Value], name: &str) -> Result<(), Error> {
        let mut options = Vec::new();
        schemas.iter().for_each(|schema| self.options(schema, &mut options));
        match value {
            Value::String(text) => {
                let is_path =
                    options.iter().any(|option| option.get("format").is_some_and(|format| format == PATH));
                *text = check_text(text, is_path).map_err(|why| wrong(name, &why))?;
                let takes_text = options.iter().any(|option| {
                    let kind = option.get("type");
                    let text = |kind: &Value| kind == "string";
                    kind.is_some_and(|kind| {
                        text(kind) || kind.as_array().is_some_and(|kinds| kinds.iter().any(text))
                    }) || option.get("const").is_some()
                });
                // What is written in the place of an object may be the secret itself, and nobody else is to print it.
                if !takes_text && options.iter().any(|option| option.get("properties").is_some()) {
                    return Err(wrong(
                        name,
                        "is a text; it must say where the value is found, such as { \"file\": \"/etc/jamf-pro-mcp/secret\" }",
                    ));
                }
                Ok(())
            }
            Value::Array(items) => {
                let below: Vec<&Value> = options.iter().filter_map(|option| option.get("items")).collect();
                let each = items.iter_mut().enumerate();
                each.into_iter().try_for_each(|(at, item)| self.at(item, &below, &format!("{name}[{at}]")))
            }
            Value::Object(members) => {
                for (key, member) in members.iter_mut() {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    if let Some(mark) = placeholder(key) {
                        return Err(wrong(&name, &unexpanded_problem(&mark)));
                    }
                    let below: Vec<&Value> = options
                        .iter()
                        .filter_map(|option| {
                            let known = option.get("properties").and_then(|properties| properties.get(key));
                            known.or_else(|| {
                                option.get("additionalProperties").filter(|other| other.is_object())
                            })
                        })
                        .collect();
                    self.at(member, &below, &name)?;
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    /// The schemas that a value may have, references and alternatives followed.
    fn options(&self, schema: &'a Value, options: &mut Vec<&'a Value>) {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'))
        {
            if let Some(target) = self.schema.pointer(path) {
                self.options(target, options);
            }
            return;
        }
        options.push(schema);
        for word in ["anyOf", "oneOf", "allOf"] {
            let alternatives = schema.get(word).and_then(Value::as_array).into_iter().flatten();
            alternatives.for_each(|alternative| self.options(alternative, options));
        }
    }
}

fn wrong(name: &str, why: &str) -> Error {
    let variable =
        super::load::variable_of(name).map(|variable| format!(" ({variable})")).unwrap_or_default();
    Error::operator(format!("the setting `{name}`{variable} {why}"))
}

fn unexpanded_problem(mark: &str) -> String {
    format!(
        "holds `{mark}`, which the program that starts this server should have replaced; write the value itself"
    )
}

/// A text without what surrounds it, and a path written out.
fn check_text(text: &str, is_path: bool) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("is empty; leave it out, or give it a value".to_owned());
    }
    if let Some(mark) = placeholder(text) {
        return Err(unexpanded_problem(&mark));
    }
    if let Some(variable) = bare_variable(text) {
        return Err(unexpanded_problem(variable));
    }
    if !is_path {
        return Ok(text.to_owned());
    }
    let path = absolute(text)?;
    path.into_os_string().into_string().map_err(|_| "is a path that is not text".to_owned())
}

/// A path that means the same wherever the server is started.
///
/// # Errors
/// Why it does not.
pub(super) fn absolute(text: &str) -> Result<PathBuf, String> {
    if text.starts_with('$') {
        return Err("begins with `$`, and variables are not expanded; write the path itself".to_owned());
    }
    let path = match text.strip_prefix('~') {
        None => PathBuf::from(text),
        Some(rest)
            if rest.is_empty() || rest.starts_with('/') || (cfg!(windows) && rest.starts_with('\\')) =>
        {
            let home = etcetera::home_dir().map_err(|_| {
                "begins with `~`, and this user has no home folder; write the path itself".to_owned()
            })?;
            home.join(rest.trim_start_matches(['/', '\\']))
        }
        Some(_) => {
            return Err(
                "begins with the home folder of another user (`~name`); write the path itself".to_owned()
            );
        }
    };
    if !path.is_absolute() {
        return Err("is not an absolute path, and the folder that this server is started in is not known; begin it with / or ~/".to_owned());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Config;

    fn problem_of(place: &[&str], value: &Value) -> Option<String> {
        let mut config = value.clone();
        for name in place.iter().rev() {
            config = match *name {
                "[]" => json!([config]),
                name => json!({ name: config }),
            };
        }
        let schema = schemars::schema_for!(Config).to_value();
        check(&mut config, &schema).err().map(|error| error.to_string())
    }

    /// The places of all texts of a schema, and whether each is a path.
    fn texts<'a>(
        checks: &Checks<'a>,
        schema: &'a Value,
        place: &[String],
        found: &mut Vec<(Vec<String>, bool)>,
    ) {
        let mut options = Vec::new();
        checks.options(schema, &mut options);
        let below = |name: &str| place.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
        for option in options {
            let kind = option.get("type").cloned().unwrap_or_default();
            let is_text =
                kind == "string" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("string")));
            if is_text && option.get("enum").is_none() && option.get("const").is_none() {
                found.push((place.to_vec(), option.get("format").is_some_and(|format| format == PATH)));
            }
            if let Some(items) = option.get("items") {
                texts(checks, items, &below("[]"), found);
            }
            for (name, property) in option.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                texts(checks, property, &below(name), found);
            }
            if let Some(other) = option.get("additionalProperties").filter(|other| other.is_object()) {
                texts(checks, other, &below("some"), found);
            }
        }
    }

    #[test]
    fn every_text_of_every_setting_is_checked() {
        let schema = schemars::schema_for!(Config).to_value();
        let mut found = Vec::new();
        texts(&Checks { schema: &schema }, &schema, &[], &mut found);
        let paths = found.iter().filter(|(_, is_path)| *is_path).count();
        assert!(found.len() > 30 && paths >= 9, "{} texts, {paths} paths: {found:?}", found.len());
        for (place, is_path) in found {
            let names: Vec<&str> = place.iter().map(String::as_str).collect();
            let last = names.iter().rev().find(|name| **name != "[]").unwrap();
            for text in ["${HOME}/x", "%APPDATA%\\x", "$HOME", "", "  "] {
                let said =
                    problem_of(&names, &json!(text)).unwrap_or_else(|| panic!("{place:?} takes {text:?}"));
                assert!(said.contains(last), "{place:?}: {said}");
            }
            for text in ["x/y", "./x", "$HOME/x", "~anna/x", "x"] {
                assert_eq!(problem_of(&names, &json!(text)).is_some(), is_path, "{place:?} {text:?}");
            }
            assert_eq!(problem_of(&names, &json!("~/x")), None, "{place:?}");
        }
        assert!(problem_of(&["tenants", "${TENANT}", "label"], &json!("x")).unwrap().contains("${TENANT}"));
    }

    /// A field of this type that the schema does not know as a path would be missed by the checks.
    #[test]
    fn every_path_is_known_as_one() {
        for source in [
            include_str!("../config.rs"),
            include_str!("gate.rs"),
            include_str!("approvals.rs"),
            include_str!("audit.rs"),
        ] {
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            for pair in lines.windows(2) {
                let field = pair[1];
                if field.contains("PathBuf")
                    && (field.starts_with("pub ") || field.starts_with("File("))
                    && !field.contains("fn ")
                    && !field.contains("use ")
                {
                    assert!(
                        ["PathText", "schemars(skip)"]
                            .iter()
                            .any(|known| field.contains(known) || pair[0].contains(known)),
                        "{field}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_secret_in_the_place_of_its_source_is_not_printed() {
        for place in
            [&["secret"][..], &["http", "token"], &["audit", "webhook_token"], &["tenants", "a", "secret"]]
        {
            let said = problem_of(place, &json!("hunter2")).unwrap();
            assert!(!said.contains("hunter2") && said.contains("where the value is found"), "{said}");
        }
    }
}
