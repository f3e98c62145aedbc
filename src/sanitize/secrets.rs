//! Secrets: which fields hold one, by their names, and which texts look like one. One list of words and patterns for answers, records,
//! payloads of profiles and paths of the API.
//!
//! Fields that an action declares as secrets (`.hides`) never get this far. What is here is the second net, for fields that no
//! document knows and for passwords in free text. A field that only describes a secret (its length, its age, whether there is one) is none.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};
use serde_json::{Map, Value, json};

/// Parts of the names of fields that hold a secret, in lower case and without separators.
const PARTS: [&str; 25] = [
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "secret",
    "token",
    "credential",
    "recoverykey",
    "recoverycode",
    "escrowkey",
    "privatekey",
    "apikey",
    "accesskey",
    "sharedkey",
    "accountkey",
    "storagekey",
    "masterkey",
    "signingkey",
    "encryptionkey",
    "authkey",
    "keystore",
    "bypasscode",
    "unlockcode",
    "lockcode",
    "managementhint",
];

/// Whole words in such names, which are parts of many others.
const WORDS: [&str; 9] = ["pin", "pins", "psk", "p12", "pwd", "jwt", "otp", "hint", "hints"];

/// Last words of names that describe a secret without holding it: `passwordMinLength`, `tokenExpirationDate`, `recoveryLockPasswordType`.
const ABOUT: [&str; 60] = [
    "age",
    "allowed",
    "alphanumeric",
    "attempts",
    "change",
    "changed",
    "characters",
    "compliant",
    "configured",
    "count",
    "created",
    "date",
    "days",
    "depth",
    "disabled",
    "duration",
    "enabled",
    "enforced",
    "epoch",
    "escrowed",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "failed",
    "format",
    "history",
    "hours",
    "interval",
    "label",
    "length",
    "lifetime",
    "login",
    "max",
    "message",
    "method",
    "min",
    "minutes",
    "mode",
    "name",
    "period",
    "policy",
    "present",
    "profile",
    "required",
    "rotated",
    "rotation",
    "seconds",
    "set",
    "setup",
    "state",
    "status",
    "supported",
    "time",
    "timestamp",
    "title",
    "type",
    "utc",
    "valid",
    "validity",
];

/// Texts in a secret's place that say that there is none, in lower case.
const NOTHING: [&str; 9] = [
    "not present",
    "present",
    "none",
    "n/a",
    "not set",
    "not configured",
    "not available",
    "unknown",
    "not collected",
];

/// Names in an object that is itself called like a secret (`institutional_recovery_key`) under which the secret stands.
const CONTENTS: [&str; 11] =
    ["key", "value", "values", "data", "content", "contents", "current", "new", "hash", "sha256", "bytes"];

/// Parts of names that are secrets in the payload of a profile, besides those that are secrets anywhere.
const IN_PAYLOADS: [&str; 5] = ["wepkey", "challenge", "licensekey", "activationcode", "registrationkey"];

/// Whole names that are secrets in the payload of a profile.
const NAMES_IN_PAYLOADS: [&str; 3] = ["key", "license", "licence"];

/// Parts of words of paths that reveal a secret, besides [`PARTS`].
const IN_PATHS: [&str; 7] =
    ["filevault", "recovery", "local-admin", "laps", "unlock", "failover", "keystore"];

/// Whole words of such paths, besides [`WORDS`].
const WORDS_IN_PATHS: [&str; 3] = ["key", "keys", "private"];

/// What stands where one was. A write that has it in it is refused: it would put this in its place.
pub const MARK: &str = "[credential left out by jamf-pro-mcp]";

/// What credentials look like. What is named `kept` stays; the rest of a match is left out. JSON is read as it is written, so that a
/// quote may have a backslash before it. Over bytes, because credentials and what surrounds them are ASCII, and with all letters of
/// Unicode in each class it would be many times as large.
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
        // Addresses that let in anyone who knows them: webhooks, and signatures in a query.
        r"(?P<kept3>(?:hooks\.slack\.com/(?:services|workflows|triggers)|webhook\.office\.com/webhookb2|outlook\.office(?:365)?\.com/webhook|discord(?:app)?\.com/api/webhooks|hooks\.zapier\.com/hooks/catch|hooks\.[a-z0-9.-]+/hooks|events\.pagerduty\.com/integration)/)[A-Za-z0-9/_.@-]{8,}",
        r#"(?P<kept8>[?&](?i:sig|signature|key|code|auth|hmac|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^\s"'\\&#<>\[]{8,}"#,
        // A password in a URL; letters may be several bytes.
        r#"(?P<kept4>://[^/\s:@"\\]{1,256}:)[^/\s@"\\$]{1,512}@"#,
        // What scripts assign and programs are called with; a variable is none.
        r#"(?P<kept5>(?i:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|token) ?= ?\\?["'])[^"'\\$`\r\n]{4,}"#,
        r#"(?P<kept6>(?i:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|token)=)[^\s"'\\$`=<>(){}\[\];,|&%]{6,}"#,
        r#"(?P<kept7>--?(?i:password|passwd|passphrase|secret|api-?key|token) \\?["'])[^"'\\$`\r\n]{4,}"#,
    ];
    Regex::new(&format!("(?-u){}", looks.join("|"))).ok()
});

/// A name of a field that may hold a secret, in JSON text: what has none is not parsed.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let parts: Vec<String> =
        PARTS.iter().map(|part| part.split("").collect::<Vec<_>>().join("[ _.-]?")).collect();
    Regex::new(&format!(r#"(?i-u)"[^"\\]*(?:{}|{})[^"\\]*"\s*:"#, parts.join("|"), WORDS.join("|"))).ok()
});

/// A name without separators, and its words: `lock_pin` and `lockPin` are `lockpin` of `lock` and `pin`.
fn words_of(name: &str) -> (String, Vec<String>) {
    let mut plain = String::with_capacity(name.len());
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = !c.is_ascii_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
        if begins {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric() {
            let c = c.to_ascii_lowercase();
            plain.push(c);
            if let Some(word) = words.last_mut() {
                word.push(c);
            }
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    (plain, words)
}

/// Whether a field is called like a secret: `clientSecret`, `lock_pin`, `recoveryKey`, and not `spinning`.
pub fn names_a_secret(field: &str) -> bool {
    let (plain, words) = words_of(field);
    PARTS.iter().any(|part| plain.contains(part)) || words.iter().any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a field holds a secret: it is called like one, its name does not end in a word that only describes one, and its value is
/// not one that says that there is none.
pub fn is_secret(field: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => !says_nothing(text) && holds_a_secret(field),
        Value::Number(_) => holds_a_secret(field) && words_of(field).1.last().is_none_or(|word| word != "id"),
        Value::Array(items) => {
            !items.is_empty() && holds_a_secret(field) && !items.iter().any(Value::is_object)
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => false,
    }
}

/// Whether a field is called like a secret and does not only describes one.
pub fn holds_a_secret(field: &str) -> bool {
    let about = |words: &[String]| words.last().is_some_and(|word| ABOUT.contains(&word.as_str()));
    names_a_secret(field) && !about(&words_of(field).1)
}

fn says_nothing(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    text.chars().all(|c| matches!(c, '*' | '\u{2022}')) || NOTHING.contains(&text.as_str()) || text == MARK
}

/// Whether a field holds text that people write at length, in which a credential may stand: a script, a note, the value of an
/// extension attribute. Answers leave credentials out of it, so that Jamf, which has them, must not be asked what is in it.
pub fn is_free_text(field: &str) -> bool {
    const PARTS: [&str; 12] = [
        "content",
        "note",
        "description",
        "detail",
        "message",
        "comment",
        "parameter",
        "payload",
        "script",
        "remark",
        "custom",
        "argument",
    ];
    const WORDS: [&str; 9] = ["info", "value", "values", "text", "body", "other", "header", "url", "uri"];
    let (plain, words) = words_of(field);
    let last = words.last().map_or("", String::as_str);
    // A type, an id or a date of such a text is none.
    let about = ABOUT.contains(&last) || matches!(last, "id" | "ids" | "uuid");
    !about && (PARTS.iter().any(|part| plain.contains(part)) || WORDS.contains(&last))
}

/// Put `mark` in the place of every secret in a value. Says whether there was any.
pub fn hide(value: &mut Value, mark: &str) -> bool {
    hide_inside(value, mark, false)
}

/// `inside` an object that is itself called like a secret.
fn hide_inside(value: &mut Value, mark: &str, inside: bool) -> bool {
    match value {
        Value::Object(fields) => {
            let mut found = false;
            for (name, field) in fields.iter_mut() {
                let content = inside && CONTENTS.contains(&words_of(name).0.as_str());
                let secret = is_secret(name, field)
                    || (content && field.as_str().is_some_and(|text| !says_nothing(text)));
                if secret {
                    *field = json!(mark);
                    found = true;
                } else {
                    found |= hide_inside(field, mark, names_a_secret(name));
                }
            }
            found
        }
        Value::Array(items) => {
            let mut found = false;
            for item in items {
                found |= hide_inside(item, mark, inside);
            }
            found
        }
        _ => false,
    }
}

/// JSON text with [`MARK`] in the place of every secret; text without one, and what is no JSON, is not copied.
pub fn json_left_out(text: &str) -> Cow<'_, str> {
    if NAMED.as_ref().is_some_and(|named| !named.is_match(text.as_bytes())) {
        return Cow::Borrowed(text);
    }
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return Cow::Borrowed(text) };
    if hide(&mut value, MARK) { Cow::Owned(value.to_string()) } else { Cow::Borrowed(text) }
}

/// Whether a setting in the payload of a profile is called like a secret.
pub fn names_a_secret_of_payloads(name: &str) -> bool {
    let plain = words_of(name).0;
    names_a_secret(name)
        || IN_PAYLOADS.iter().any(|part| plain.contains(part))
        || NAMES_IN_PAYLOADS.contains(&plain.as_str())
}

/// Whether a path of the API looks as if it revealed a secret.
pub fn is_secret_path(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let plain: String = path.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    let mut words = path.split(['/', '-', '_', '{', '}']);
    IN_PATHS.iter().any(|part| path.contains(part))
        || PARTS.iter().any(|part| plain.contains(part))
        || words.any(|word| WORDS.contains(&word) || WORDS_IN_PATHS.contains(&word))
}

/// The address of a webhook without the parts of its path and query that let in anyone who knows them.
pub fn address_left_out(url: &str) -> Cow<'_, str> {
    let begin = url.find("://").map_or(0, |at| at + 3);
    let Some(path) = url.get(begin..).and_then(|rest| rest.find(['/', '?'])).map(|at| at + begin) else {
        return left_out(url);
    };
    let (server, path) = url.split_at(path);
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let secret = |part: &str| {
        let (letter, digit) = (|c: char| c.is_ascii_alphabetic(), |c: char| c.is_ascii_digit());
        part.len() >= 8 && part.chars().any(letter) && part.chars().any(digit) || part.len() >= 24
    };
    let shown: Vec<&str> = path.split('/').map(|part| if secret(part) { MARK } else { part }).collect();
    let mut shown = format!("{server}{}", shown.join("/"));
    for (at, part) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if at == 0 { '?' } else { '&' });
        shown.push_str(part.split_once('=').map_or(MARK, |(name, _)| name));
        if part.contains('=') {
            shown.push('=');
            shown.push_str(MARK);
        }
    }
    if shown == url { left_out(url) } else { Cow::Owned(left_out(&shown).into_owned()) }
}

/// The same text without them. What has none is not copied.
pub fn left_out(text: &str) -> Cow<'_, str> {
    let Some(looks) = LOOKS.as_ref() else { return Cow::Owned(MARK.to_owned()) };
    let without = looks.replace_all(text.as_bytes(), |found: &Captures<'_>| {
        let kept = found.iter().skip(1).flatten().next().map_or(&b""[..], |kept| kept.as_bytes());
        let is_address = found.get(0).is_some_and(|whole| whole.as_bytes().ends_with(b"@"));
        let end = if is_address { &b"@"[..] } else { b"" };
        [kept, MARK.as_bytes(), end].concat()
    });
    match without {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Put [`MARK`] in the place of every credential in the texts of a value.
pub fn leave_out(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(other) = left_out(text) {
                *text = other;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Object(fields) => fields.values_mut().for_each(leave_out),
        _ => {}
    }
}

/// Whether there is any.
pub fn any(text: &str) -> bool {
    LOOKS.as_ref().is_none_or(|looks| looks.is_match(text.as_bytes()))
}

/// Refuse a write of what was read here with a credential left out.
///
/// # Errors
/// When the mark is anywhere in the arguments.
pub fn refuse_mark(arguments: &Map<String, Value>) -> Result<(), String> {
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
    Err(format!(
        "the arguments have `{MARK}` in them: a credential stood there and was never shown, so writing this back would destroy it. Leave that field out, or let a person change it in Jamf Pro"
    ))
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
            "https://bucket.s3.amazonaws.com/a.pkg?X-Amz-Credential=CANARYCANARY&X-Amz-Signature=CANARYCANARY".to_owned(),
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
    fn credentials_in_other_letters_are_left_out_whole() {
        let name = "и".repeat(64);
        for (text, rest) in [
            ("export PASSWORD=пароль\u{0441}екрет дальше".to_owned(), "дальше"),
            (format!("smb://{name}:пароль@сервер/папка"), "@сервер/папка"),
            ("ключ: secret = \"пароль и ещё\"; größe".to_owned(), "\"; größe"),
        ] {
            let shown = left_out(&text);
            assert!(
                shown.ends_with(&format!("{MARK}{}{rest}", if rest == "дальше" { " " } else { "" })),
                "{shown}"
            );
            assert!(!shown.contains("пароль"), "{shown}");
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
