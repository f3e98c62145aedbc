//! Checks on every text of the configuration before anything is made of it: marks that nobody expanded, empty texts, paths that are not
//! absolute, and secrets where a source of a secret belongs.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::text::{bare_variable, placeholder};
use crate::error::Error;

/// The settings that are paths, and below the ones that are objects: what the schema of the configuration says of them. A start would have
/// to make that whole schema to ask it; a test compares. Items of a list are `[]`, and names that people choose are `*`.
const PATHS: &[&str] = &[
    "approvals.notify.file",
    "audit.webhook_token.file",
    "ca_file",
    "files",
    "gate.kill_switch",
    "http.token.file",
    "http.tokens[].file",
    "log.file",
    "secret.file",
    "state",
    "tenants.*.ca_file",
    "tenants.*.secret.file",
];

const OBJECTS: &[&str] = &[
    "",
    "approvals",
    "approvals.notify",
    "audit",
    "audit.webhook_token",
    "fleet",
    "gate",
    "http",
    "http.token",
    "http.tokens[]",
    "log",
    "secret",
    "tenants.*",
    "tenants.*.secret",
];

/// The setting whose members people name.
const NAMED: &str = "tenants";

/// The schema of a setting that is a path.
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

/// Check every text in `value`, trim it, and write paths out.
///
/// # Errors
/// With the name of the setting and what is wrong there, without its value.
pub(super) fn check(value: &mut Value) -> Result<(), Error> {
    check_at(value, "", "")
}

/// The place is the name with `[]` and `*` for what differs from one configuration to the next.
fn check_at(value: &mut Value, place: &str, name: &str) -> Result<(), Error> {
    let below = |name: &str, member: &str| {
        if name.is_empty() { member.to_owned() } else { format!("{name}.{member}") }
    };
    match value {
        Value::String(text) => {
            *text = check_text(text, PATHS.contains(&place)).map_err(|why| wrong(name, &why))?;
            // What is written in the place of an object may be the secret itself, and nobody else is to print it.
            if OBJECTS.contains(&place) {
                return Err(wrong(
                    name,
                    "is a text; it must say where the value is found, such as { \"file\": \"/etc/jamf-pro-mcp/secret\" }",
                ));
            }
            Ok(())
        }
        Value::Array(items) => {
            let place = format!("{place}[]");
            let each = items.iter_mut().enumerate();
            each.into_iter().try_for_each(|(at, item)| check_at(item, &place, &format!("{name}[{at}]")))
        }
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                let name = below(name, key);
                if let Some(mark) = placeholder(key) {
                    return Err(wrong(&name, &unexpanded_problem(&mark)));
                }
                let place = below(place, if place == NAMED { "*" } else { key.as_str() });
                check_at(member, &place, &name)?;
            }
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
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
        check(&mut config).err().map(|error| error.to_string())
    }

    /// What the schema says of the settings, by their places.
    #[derive(Default)]
    struct Settings {
        /// The places of all texts, and whether each is a path.
        texts: Vec<(Vec<String>, bool)>,
        objects: Vec<String>,
        named: Vec<String>,
    }

    /// The schemas that a value may have, references and alternatives followed.
    fn options<'a>(whole: &'a Value, schema: &'a Value, found: &mut Vec<&'a Value>) {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'))
        {
            return options(whole, whole.pointer(path).unwrap(), found);
        }
        found.push(schema);
        for word in ["anyOf", "oneOf", "allOf"] {
            let alternatives = schema.get(word).and_then(Value::as_array).into_iter().flatten();
            alternatives.for_each(|alternative| options(whole, alternative, found));
        }
    }

    fn place(names: &[String]) -> String {
        names.join(".").replace(".[]", "[]")
    }

    impl Settings {
        fn of_schema() -> Self {
            let schema = schemars::schema_for!(Config).to_value();
            let mut found = Self::default();
            found.add(&schema, &schema, &[]);
            found.objects.sort();
            found
        }

        fn add(&mut self, whole: &Value, schema: &Value, names: &[String]) {
            let mut found = Vec::new();
            options(whole, schema, &mut found);
            let below = |name: &str| names.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
            let takes_text = |option: &Value| {
                let kind = option.get("type").cloned().unwrap_or_default();
                kind == "string"
                    || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("string")))
                    || option.get("const").is_some()
            };
            if found.iter().any(|option| option.get("properties").is_some())
                && !found.iter().any(|option| takes_text(option))
            {
                self.objects.push(place(names));
            }
            for option in found {
                if takes_text(option) && option.get("enum").is_none() && option.get("const").is_none() {
                    let is_path = option.get("format").is_some_and(|format| format == PATH);
                    self.texts.push((names.to_vec(), is_path));
                }
                if let Some(items) = option.get("items") {
                    self.add(whole, items, &below("[]"));
                }
                let properties = option.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    self.add(whole, property, &below(name));
                }
                if let Some(other) = option.get("additionalProperties").filter(|other| other.is_object()) {
                    self.named.push(place(names));
                    self.add(whole, other, &below("*"));
                }
            }
        }
    }

    #[test]
    fn what_is_known_of_settings_is_what_their_schema_says() {
        let settings = Settings::of_schema();
        let paths = settings.texts.iter().filter(|(_, is_path)| *is_path).map(|(names, _)| place(names));
        let mut paths: Vec<String> = paths.collect();
        paths.sort();
        assert_eq!(paths, PATHS);
        assert_eq!(settings.objects, OBJECTS);
        assert_eq!(settings.named, [NAMED]);
    }

    #[test]
    fn every_text_of_every_setting_is_checked() {
        let found = Settings::of_schema().texts;
        assert!(found.len() > 30, "{} texts: {found:?}", found.len());
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
        for place in [
            &["secret"][..],
            &["http", "token"],
            &["audit", "webhook_token"],
            &["approvals", "notify"],
            &["tenants", "a", "secret"],
        ] {
            let said = problem_of(place, &json!("hunter2")).unwrap();
            assert!(!said.contains("hunter2") && said.contains("where the value is found"), "{said}");
        }
    }
}
