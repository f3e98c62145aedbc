//! Where each setting comes from: the file, a variable of the environment, or the command line. A configuration holds no secret, only where
//! one is found, so that all of it can be shown; an address that a token may stand in is cut.

use serde_json::Value;

/// A setting that something sets; all others are as they are by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name, such as `http.listen`.
    pub name: String,
    /// Its value, as it can be shown.
    pub value: String,
    /// What sets it.
    pub from: String,
}

/// The settings in the order in which they were first set. The last one that sets a setting counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins(Vec<Setting>);

impl Origins {
    /// Everything that a file says.
    pub(super) fn add_file(&mut self, value: &Value, from: &str) {
        self.walk("", value, from);
    }

    /// One setting by its place, such as `/http/listen`. What is set to nothing is as by default.
    pub(super) fn add(&mut self, place: &str, value: &Value, from: &str) {
        let name = place.trim_start_matches('/').replace('/', ".");
        // What stood below it is gone.
        self.0.retain(|setting| setting.name != name && !setting.name.starts_with(&format!("{name}.")));
        self.walk(&name, value, from);
    }

    fn walk(&mut self, name: &str, value: &Value, from: &str) {
        match value {
            Value::Null => {}
            Value::Object(fields) if !is_source(value) => {
                for (key, value) in fields {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    self.walk(&name, value, from);
                }
            }
            value => {
                self.0.retain(|setting| setting.name != name);
                let value = display(name, value);
                self.0.push(Setting { name: name.to_owned(), value, from: from.to_owned() });
            }
        }
    }

    pub(super) fn into_settings(self) -> Vec<Setting> {
        self.0
    }
}

/// Whether a value says where a secret is found.
fn is_source(value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return false };
    fields.len() == 1 && ["env", "file", "keychain", "command"].iter().any(|kind| fields.contains_key(*kind))
}

fn display(name: &str, value: &Value) -> String {
    match value {
        // The path of a webhook is often its password.
        Value::String(address) if name == "audit.webhook" => url::Url::parse(address)
            .map_or_else(|_| "…".to_owned(), |url| format!("{}/…", url.origin().ascii_serialization())),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Object(source) if is_source(value) => match source.iter().next() {
            Some((kind, Value::String(place))) => format!("{kind} {place}"),
            // The arguments of a command may be worth hiding.
            Some((kind, Value::Array(argv))) => {
                format!("{kind} {}", argv.first().and_then(Value::as_str).unwrap_or_default())
            }
            _ => String::new(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_one_that_sets_a_setting_is_its_origin() {
        let mut origins = Origins::default();
        let file = json!({ "allow": ["read"], "http": { "listen": "127.0.0.1:1" }, "secret": { "file": "/x" },
            "audit": { "webhook": "https://hooks.example.com/services/canary" } });
        origins.add_file(&file, "the file");
        origins.add(
            "/http/listen",
            &json!("127.0.0.1:2"),
            "the environment variable JAMF_PRO_MCP_HTTP_LISTEN",
        );
        origins.add("/secret", &Value::Null, "the command line");
        origins.add("/audit/webhook_token", &json!({ "command": ["pass", "canary"] }), "the file");
        let settings = origins.into_settings();
        let of = |name: &str| settings.iter().find(|setting| setting.name == name);
        assert_eq!(of("allow").unwrap().value, "read");
        let listen = of("http.listen").unwrap();
        assert_eq!((listen.value.as_str(), listen.from.ends_with("HTTP_LISTEN")), ("127.0.0.1:2", true));
        assert!(of("secret").is_none());
        assert!(!format!("{settings:?}").contains("canary"), "{settings:?}");
    }
}
