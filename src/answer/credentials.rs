//! Credentials in the text of a tenant: a password in a script, a private key in a note. They are left out of every answer.
//!
//! Fields that are secrets by their name never get this far (`.hides` of their action); here it is the value that looks like one. What
//! looks like none is shown: this is a second net, not the first.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use crate::error::Error;

/// What stands where one was. A write that has it in it is refused: it would put this in its place.
pub const MARK: &str = "[credential left out by jamf-pro-mcp]";

/// What credentials look like. What is named `kept` stays; the rest of a match is left out. JSON is read as it is written, so that a
/// quote may have a backslash before it.
static LOOKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let looks = [
        // Private keys, also those that are cut.
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:[A-Za-z0-9+/=\\\s:,-]*?-----END [A-Z0-9 ]*PRIVATE KEY-----|[A-Za-z0-9+/=\\\s]*)",
        // JSON web tokens.
        r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
        // Headers of HTTP.
        r"(?P<kept1>(?i:bearer) )[A-Za-z0-9+/._~-]{16,}=*",
        r"(?P<kept2>(?i:basic) )[A-Za-z0-9+/]{20,}={0,2}",
        // Keys of well-known services.
        r"AKIA[0-9A-Z]{16}",
        r"AIza[0-9A-Za-z_-]{35}",
        r"gh[pousr]_[A-Za-z0-9]{30,}",
        r"glpat-[A-Za-z0-9_-]{16,}",
        r"xox[abprs]-[A-Za-z0-9-]{10,}",
        r"(?P<kept3>hooks\.slack\.com/services/)[A-Za-z0-9/]{20,}",
        // A password in a URL.
        r#"(?P<kept4>://[^/\s:@"\\]{1,64}:)[^/\s@"\\$]{1,128}@"#,
        // What scripts assign and programs are called with; a variable is none.
        r#"(?P<kept5>(?i:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|token) ?= ?\\?["'])[^"'\\$`]{4,}"#,
        r#"(?P<kept6>(?i:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|token)=)[^\s"'\\$`=<>(){}\[\];,|&%]{6,}"#,
        r#"(?P<kept7>--?(?i:password|passwd|passphrase|secret|api-?key|token) \\?["'])[^"'\\$`]{4,}"#,
    ];
    Regex::new(&looks.join("|")).ok()
});

/// The same text without them. What has none is not copied.
pub fn left_out(text: &str) -> Cow<'_, str> {
    let Some(looks) = LOOKS.as_ref() else { return Cow::Owned(MARK.to_owned()) };
    looks.replace_all(text, |found: &Captures<'_>| {
        let kept = found.iter().skip(1).flatten().next().map_or("", |kept| kept.as_str());
        let end = if found.get(0).is_some_and(|whole| whole.as_str().ends_with('@')) { "@" } else { "" };
        format!("{kept}{MARK}{end}")
    })
}

/// Whether there is any.
pub fn any(text: &str) -> bool {
    LOOKS.as_ref().is_none_or(|looks| looks.is_match(text))
}

/// Refuse a write of what was read here with a credential left out.
///
/// # Errors
/// When the mark is anywhere in the arguments.
pub fn refuse_mark(arguments: &Map<String, Value>) -> Result<(), Error> {
    fn has(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains(MARK),
            Value::Array(items) => items.iter().any(has),
            Value::Object(map) => map.values().any(has),
            _ => false,
        }
    }
    if !arguments.values().any(has) {
        return Ok(());
    }
    Err(Error::Arguments(format!(
        "the arguments have `{MARK}` in them: a credential stood there and was never shown, so writing this back would destroy it. Nothing \
         was sent. Leave that field out, or let a person change it in Jamf Pro"
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_a_pattern() {
        assert!(LOOKS.is_some());
    }

    #[test]
    fn credentials_are_left_out_wherever_they_stand() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nCANARYAAA+/=\nCANARY==\n-----END RSA PRIVATE KEY-----";
        let token = format!("eyJ{0}.{0}.{0}", "CANARY_CANARY");
        for text in [
            format!("note {key} end"),
            format!("note {} …", key.split("-----END").next().unwrap()),
            format!("curl -H 'Authorization: Bearer {token}'"),
            token,
            "Authorization: Bearer CANARYCANARYCANARY".to_owned(),
            "Authorization: Basic CANARYCANARYCANARYCAN==".to_owned(),
            "key AKIACANARY0CANARY012 x".to_owned(),
            format!("ghp_{}", "CANARY".repeat(6)),
            "https://hooks.slack.com/services/TCANARY00/BCANARY00/CANARYCANARY".to_owned(),
            "smb://admin:CANARY@server/share".to_owned(),
            "adminPassword=\"CANARY with spaces\"".to_owned(),
            "api_key = 'CANARY'".to_owned(),
            "export TOKEN=CANARY1\nnext".to_owned(),
            "jamf bind -passphrase \"CANARY\"".to_owned(),
        ] {
            for shown in [
                left_out(&text).into_owned(),
                left_out(&json!({ "scriptContents": text }).to_string()).into_owned(),
            ] {
                assert!(!shown.contains("CANARY") && shown.contains(MARK), "{text}: {shown}");
            }
            let shown = left_out(&json!({ "a": text, "b": 7 }).to_string()).into_owned();
            let value: Value = serde_json::from_str(&shown).unwrap();
            assert_eq!(value["b"], 7, "{shown}");
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in [
            "jamf policy -password \"$4\"",
            "PASSWORD=$(security find-generic-password -w)",
            "password=\"${4}\"",
            "tokenExpirationDate: 2026-01-01",
            "https://server:8443/path@x",
            "Basic authentication",
            "{\"password\":null,\"token\":\"\",\"passwordPolicy\":\"strict\"}",
            "where: token==abcdefgh",
            "the bearer of this card",
            "SSH-2.0 -----BEGIN CERTIFICATE-----",
        ] {
            assert_eq!(left_out(text), text);
        }
    }

    #[test]
    fn what_was_left_out_is_not_written_back() {
        let given = |text: &str| {
            json!({ "id": "1", "body": { "list": [{ "scriptContents": text }] } })
                .as_object()
                .unwrap()
                .clone()
        };
        assert!(refuse_mark(&given(&format!("a{MARK}b"))).is_err());
        assert!(refuse_mark(&given("a")).is_ok());
    }
}
