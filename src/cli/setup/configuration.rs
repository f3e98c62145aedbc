//! The configuration file as `setup` writes it: settings are put into what is there, which otherwise stays as it is.

use std::path::{Path, PathBuf};

use jsonc_parser::cst::{CstInputValue, CstObject};
use serde_json::{Value, json};

use crate::cli::clients::{json as parse, once};
use crate::cli::recipes::Rights;
use crate::cli::say;
use crate::cli::settings_file::{Edited, change};
use crate::cli::terminal::Layout;
use crate::config::SecretSource;
use crate::error::Error;
use crate::plan::view::Tone;
use crate::state_dir;

/// What a configuration file has already.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    pub(super) url: Option<String>,
    pub(super) ca_file: Option<PathBuf>,
}

impl Configuration {
    /// Read a file; one that is not there has nothing.
    ///
    /// # Errors
    /// When it is no configuration, or has several tenants.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |why: String| Error::operator(format!("the configuration file {} {why}", path.display()));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        };
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            wrong(format!("is no JSON (line {}); set it right or move it away", error.line()))
        })?;
        if value.get("tenants").and_then(Value::as_object).is_some_and(|tenants| !tenants.is_empty()) {
            return Err(wrong("names its tenants under `tenants`, which setup does not change".to_owned())
                .hint("add the tenant there manually, or write another file with --config FILE"));
        }
        let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self { url: text("url"), ca_file: text("ca_file").map(PathBuf::from) })
    }
}

/// The settings of a tenant and a recipe; an empty list takes the place of one that is there and is not written otherwise.
pub(super) fn settings(
    url: &str,
    client_id: &str,
    source: &SecretSource,
    rights: &Rights,
    sandbox: Option<&str>,
) -> Vec<(&'static str, Value)> {
    let mut settings = vec![
        ("url", json!(url)),
        ("client_id", json!(client_id)),
        ("secret", json!(source)),
        ("allow", json!(rights.allow)),
        ("tools", json!(rights.tools)),
        ("exclude_tools", json!(rights.exclude_tools)),
    ];
    if let Some(group) = sandbox {
        settings.push(("gate", json!({ "sandbox": group })));
    }
    settings
}

/// Write settings into the file, or show what would be written.
///
/// # Errors
/// When the file cannot be changed.
pub(super) fn write(path: &Path, settings: &[(&str, Value)], is_dry: bool) -> Result<(), Error> {
    let wrong = |why: String| Error::operator(format!("the configuration file {} {why}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !is_dry && !folder.exists()) {
        state_dir::make_folder(folder).map_err(|error| wrong(format!("cannot be written: {error}")))?;
    }
    // The file holds no secret: it names where that is.
    let done = change(path, is_dry, &str::to_owned, &|text| with_settings(text, settings)).map_err(wrong)?;
    #[cfg(unix)]
    if !is_dry {
        use std::os::unix::fs::PermissionsExt;
        let closed = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600));
        closed.map_err(|error| wrong(format!("cannot be closed to others: {error}")))?;
    }
    let backup =
        done.backup.map(|backup| format!("; as it was before: {}", backup.display())).unwrap_or_default();
    let what = if is_dry { "would have the tenant" } else { "has the tenant" };
    let layout = Layout::stdout();
    say(&layout.wrap(
        &layout.paint(Tone::Good, "✓ "),
        &format!("The configuration file {} {what}{backup}.", path.display()),
    ));
    if let Some(shown) = done.shown {
        say(&shown);
    }
    Ok(())
}

fn with_settings(text: &str, settings: &[(&str, Value)]) -> Result<Edited, String> {
    let root = parse(text)?;
    let is_new = root.value().is_none();
    if is_new {
        root.set_value(CstInputValue::Object(Vec::new()));
    }
    let object = root.object_value().ok_or("has something else than an object in it")?;
    for (name, value) in settings {
        put(&object, name, value)?;
    }
    let mut after = root.to_string();
    if after == text {
        return Ok(Edited::Same);
    }
    if is_new && !after.ends_with('\n') {
        after.push('\n');
    }
    Ok(if is_new { Edited::Added(after) } else { Edited::Changed(after) })
}

/// Set a setting; of an object of settings only those that are named. `secret` is one value: it names one place.
fn put(object: &CstObject, name: &str, value: &Value) -> Result<(), String> {
    let there = once(object, name)?;
    match (there, value) {
        (Some(there), Value::Object(settings)) if name != "secret" => {
            let inner = there.object_value().ok_or_else(|| format!("has a `{name}` that is no object"))?;
            settings.iter().try_for_each(|(name, value)| put(&inner, name, value))
        }
        (Some(there), value) => {
            let now = there.value().map(|now| now.to_string()).unwrap_or_default();
            let is_same = serde_json::from_str::<Value>(&now).is_ok_and(|now| now == *value);
            if !is_same {
                there.set_value(input(value));
            }
            Ok(())
        }
        (None, Value::Array(items)) if items.is_empty() => Ok(()),
        (None, value) => {
            object.append(name, input(value));
            Ok(())
        }
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(is) => CstInputValue::Bool(*is),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(fields) => {
            CstInputValue::Object(fields.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_put_into_what_is_there() {
        let settings = [
            ("url", json!("https://b.example")),
            ("secret", json!({ "file": "/s" })),
            ("tools", json!([])),
            ("gate", json!({ "sandbox": "Trial" })),
        ];
        let text = "{\n    \"url\": \"https://a.example\",\n    \"label\": \"mine\",\n    \"secret\": { \"env\": \"A\" },\n    \"tools\": [\"x\"],\n    \"gate\": { \"plan_minutes\": 7 }\n}\n";
        let Ok(Edited::Changed(after)) = with_settings(text, &settings) else { panic!() };
        let value: Value = serde_json::from_str(&after).unwrap();
        let expected = json!({
            "url": "https://b.example", "label": "mine", "secret": { "file": "/s" }, "tools": [],
            "gate": { "plan_minutes": 7, "sandbox": "Trial" }
        });
        assert_eq!(value, expected);
        assert!(after.contains("    \"label\": \"mine\",\n"), "{after}");
        assert_eq!(with_settings(&after, &settings), Ok(Edited::Same));
        let Ok(Edited::Added(new)) = with_settings("", &settings) else { panic!() };
        assert!(new.ends_with("}\n") && !new.contains("tools"), "{new}");
    }

    #[test]
    fn a_file_with_several_tenants_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        assert!(Configuration::read(&path).unwrap().url.is_none());
        std::fs::write(&path, "{\"tenants\":{\"a\":{}}}").unwrap();
        assert!(Configuration::read(&path).unwrap_err().to_string().contains("--config"));
        std::fs::write(&path, "{\"secret\":\"hunter2").unwrap();
        assert!(!Configuration::read(&path).unwrap_err().to_string().contains("hunter2"));
    }
}
