//! Personal data, kept from callers as far as the configuration's `redaction` asks. Which fields are personal stands in
//! [`personal`]; [`Redaction`] replaces their values or leaves the fields out.
//!
//! A pseudonym is a keyed hash of what it stands for, the same wherever and whenever that is answered, so that rows still
//! join. Free text is not understood: of it e-mail addresses, addresses of network adapters, the owners in names of devices and
//! the people whom the same answer names elsewhere are replaced.

pub mod people;

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use regex::{Captures, Regex};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::config::Redaction as Profile;
use crate::error::Error;
use crate::sanitize::personal::{self, Personal, Place, Privacy};
use crate::state_dir;
use people::People;

/// Addresses of network adapters in text.
static ADAPTERS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})\b").ok());

/// What is done about personal data. Cloning is free.
#[derive(Clone)]
pub struct Redaction {
    profile: Profile,
    key: Arc<[u8]>,
}

impl Redaction {
    /// As the configuration says; the key of pseudonyms is kept in the state folder, and made when it is not there.
    ///
    /// # Errors
    /// When the key cannot be made or read.
    pub fn open(profile: Profile, state: &Path) -> Result<Self, Error> {
        if profile != Profile::Pseudonymous {
            return Ok(Self { profile, key: Arc::from([]) });
        }
        let folder = state.join("pseudonyms");
        let key =
            state_dir::make_folder(&folder).and_then(|()| state_dir::key(&folder)).map_err(|error| {
                Error::operator(format!(
                    "the key of pseudonyms in {} cannot be used: {error}",
                    folder.display()
                ))
            })?;
        Ok(Self { profile, key: Arc::from(key.bytes().as_slice()) })
    }

    /// Everything is shown.
    pub fn is_off(&self) -> bool {
        self.profile == Profile::Full
    }

    /// Personal fields are left out.
    pub fn leaves_out(&self) -> bool {
        self.profile == Profile::Aggregate
    }

    /// What is done, for people; nothing when everything is shown.
    pub fn note(&self) -> Option<&'static str> {
        match self.profile {
            Profile::Full => None,
            Profile::Pseudonymous => Some("personal fields are pseudonyms"),
            Profile::Aggregate => Some("personal fields are left out"),
        }
    }

    /// What is personal about the field at a dotted path of an operation's answer, as this configuration sees it.
    pub fn personal(&self, operation: &str, path: &str) -> Option<Personal> {
        if self.is_off() { None } else { Place::of_operation(operation).at(path) }
    }

    /// Whether the value at a dotted path may hold the name of a person without being one: the name of a device.
    pub fn is_name_of_device(&self, operation: &str, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or_default();
        !self.is_off() && personal::lists_devices(operation) && personal::is_device_name(last)
    }

    /// The pseudonym of a value; a pseudonym stands for itself.
    pub fn pseudonym(&self, of: Personal, value: &str) -> String {
        if is_pseudonym(value) {
            return value.to_owned();
        }
        let mut name = of.prefix().to_owned();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return name };
        let mut plain = value.trim().to_lowercase();
        if of == Personal::Hardware {
            plain.retain(|c| c.is_ascii_hexdigit());
        }
        mac.update(plain.as_bytes());
        let hash = hex::encode(mac.finalize().into_bytes());
        name.extend(hash.chars().take(12));
        name
    }

    /// An answer, or a row of one, of the operation at a path.
    pub fn apply(&self, operation: &str, value: &mut Value) {
        if self.is_off() {
            return;
        }
        let place = Place::of_operation(operation);
        let mut people = People::default();
        people.add(place, value);
        self.walk(place, value, &people);
    }

    /// What answers say about plans and copies: facts with sentences that name people of the same facts.
    pub fn redact_facts(&self, mut value: Value) -> Value {
        self.apply("", &mut value);
        value
    }

    /// JSON text of an answer; what is no JSON is left without what a text is left without.
    pub fn json(&self, operation: &str, text: String) -> String {
        if self.is_off() {
            return text;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(mut value) => {
                self.apply(operation, &mut value);
                value.to_string()
            }
            Err(_) => self.text(&text).into_owned(),
        }
    }

    fn walk(&self, place: Place, value: &mut Value, people: &People) {
        match value {
            Value::Object(fields) => self.object(place, fields, people),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(place, item, people)),
            Value::String(text) => {
                if let Cow::Owned(other) = self.sentence(text, people) {
                    *text = other;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&self, place: Place, fields: &mut Map<String, Value>, people: &People) {
        // An extension attribute, a criterion of a group or a search: the name says what the value is.
        let named = fields.get("name").and_then(Value::as_str).map(str::to_owned);
        let of_value = named.as_deref().and_then(|name| Place::Plain.field(name).0);
        let of_device = named.as_deref().is_some_and(personal::is_device_name);
        // A change of a field, as plans tell it.
        let changed = fields.get("field").and_then(Value::as_str).and_then(|path| Place::Plain.at(path));
        let mut gone = Vec::new();
        for (name, field) in fields.iter_mut() {
            let is_value = matches!(personal::plain(name).as_str(), "value" | "values" | "valuelist");
            let (kind, below) = match place.field(name) {
                (None, below) if is_value => (of_value, below),
                (None, below) if matches!(name.as_str(), "before" | "after") => (changed, below),
                other => other,
            };
            if name == "differences" {
                differences(field);
            }
            match kind {
                Some(kind) => {
                    if !self.hide(kind, name, below, field, people) {
                        gone.push(name.clone());
                    }
                }
                None if below == Place::Labels => {}
                None if personal::is_device_name(name) || (is_value && of_device) => {
                    self.own(below, field, people)
                }
                None => self.walk(below, field, people),
            }
        }
        gone.iter().for_each(|name| drop(fields.shift_remove(name)));
    }

    /// Redact a personal field. False says that it is to be left out.
    fn hide(&self, kind: Personal, name: &str, below: Place, value: &mut Value, people: &People) -> bool {
        let plain = personal::plain(name);
        match value {
            Value::String(text) if text.trim().is_empty() => !self.leaves_out(),
            Value::String(_) if self.leaves_out() => false,
            // The id of a person in Jamf is no more than a pseudonym.
            Value::String(text) if is_id(&plain) && text.bytes().all(|byte| byte.is_ascii_digit()) => true,
            Value::String(text) => {
                *text = self.pseudonym(kind, text);
                true
            }
            Value::Number(_) if is_id(&plain) => !self.leaves_out(),
            Value::Number(number) => {
                let measured = kind == Personal::Phone
                    || (kind == Personal::Place && !matches!(plain.as_str(), "position" | "room"));
                if measured && !self.leaves_out() {
                    *value = Value::String(self.pseudonym(kind, &number.to_string()));
                }
                !(measured && self.leaves_out())
            }
            Value::Array(items) => {
                let had = !items.is_empty();
                items.retain_mut(|item| self.hide(kind, name, below, item, people));
                !(items.is_empty() && had && self.leaves_out())
            }
            Value::Object(fields) => {
                self.object(below, fields, people);
                true
            }
            Value::Null => !self.leaves_out(),
            Value::Bool(_) => true,
        }
    }

    /// `Anna Abel's MacBook` names its owner.
    fn own(&self, below: Place, value: &mut Value, people: &People) {
        match value {
            Value::String(text) => {
                let without = self.device(text, people);
                if without != *text {
                    *text = without;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.own(below, item, people)),
            _ => self.walk(below, value, people),
        }
    }

    /// The name of a device without its owner's.
    pub fn device(&self, name: &str, people: &People) -> String {
        if self.is_off() {
            return name.to_owned();
        }
        let name = match people::owner(name) {
            Some(owner) => {
                let (before, rest) = name.split_at(owner.start);
                let (owner, after) = rest.split_at(owner.len());
                format!("{before}{}{after}", self.person(owner))
            }
            None => name.to_owned(),
        };
        let name = people.replace_in_name(&name, |person| self.person(person)).into_owned();
        self.text(&name).into_owned()
    }

    /// What an object of the operation at a path is called, for a list of objects.
    pub fn label(&self, operation: &str, name: &str) -> String {
        match Place::of_operation(operation) {
            _ if self.is_off() || name.is_empty() => name.to_owned(),
            Place::People => self.person(name),
            _ => self.device(name, &People::default()),
        }
    }

    /// What a person typed who means a person or a device, for a model; nothing where no person may be named.
    pub fn typed_text(&self, text: &str, is_person: bool) -> Option<String> {
        match is_person {
            _ if self.is_off() => Some(text.to_owned()),
            true if self.leaves_out() => None,
            true => Some(self.person(text)),
            false => Some(self.device(text, &People::default())),
        }
    }

    fn person(&self, person: &str) -> String {
        if is_pseudonym(person) {
            return person.to_owned();
        }
        if self.leaves_out() { "(person)".to_owned() } else { self.pseudonym(Personal::Person, person) }
    }

    /// Text without its e-mail addresses and what else of people can be told in it; any other text is not copied.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.sentence(text, &People::default())
    }

    /// Text that may name these people.
    pub fn sentence<'a>(&self, text: &'a str, people: &People) -> Cow<'a, str> {
        if self.is_off() {
            return Cow::Borrowed(text);
        }
        let mut shown = Cow::Borrowed(text);
        if let Cow::Owned(other) = self.without_mails(&shown) {
            shown = Cow::Owned(other);
        }
        if let Some(adapters) = ADAPTERS.as_ref()
            && adapters.is_match(&shown)
        {
            let other = adapters.replace_all(&shown, |found: &Captures<'_>| {
                let address = found.get(0).map_or("", |found| found.as_str());
                if self.leaves_out() {
                    "(address)".to_owned()
                } else {
                    self.pseudonym(Personal::Hardware, address)
                }
            });
            shown = Cow::Owned(other.into_owned());
        }
        if let Cow::Owned(other) = people.replace_in(&shown, |person| self.person(person)) {
            shown = Cow::Owned(other);
        }
        if let Cow::Owned(other) = people::replace_owners(&shown, |person| self.person(person)) {
            shown = Cow::Owned(other);
        }
        shown
    }

    fn without_mails<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !text.contains('@') {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, end)) = address(rest) {
            let (before, from) = rest.split_at(start);
            let (mail, after) = from.split_at(end - start);
            out.push_str(before);
            out.push_str(&self.person(mail));
            rest = after;
        }
        if out.is_empty() && rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

/// What one call has read, and of whom: errors, sentences and jobs are redacted by it.
pub struct Discretion {
    redaction: Redaction,
    met: Mutex<People>,
}

impl Discretion {
    /// For one call; none where everything is shown.
    pub fn of(redaction: &Redaction) -> Option<Arc<Self>> {
        (!redaction.is_off()).then(|| Arc::new(Self { redaction: redaction.clone(), met: Mutex::default() }))
    }

    /// A sentence that may name anyone who was met.
    pub fn sentence(&self, text: &str) -> String {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        self.redaction.sentence(text, &met).into_owned()
    }

    /// Facts about a call with sentences in them, as its caller is told them.
    pub fn redact_facts(&self, value: &mut Value) {
        let mut people = self.met.lock().unwrap_or_else(PoisonError::into_inner).clone();
        people.add(Place::Plain, value);
        self.redaction.walk(Place::Plain, value, &people);
    }
}

impl Privacy for Discretion {
    fn leaves_out(&self) -> bool {
        self.redaction.leaves_out()
    }

    fn meet(&self, operation: &str, read: &Value) {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).add_answer(operation, read);
    }

    fn redacted(&self, operation: &str, read: &Value) -> Value {
        let mut shown = read.clone();
        self.redaction.apply(operation, &mut shown);
        shown
    }

    fn name_of_device(&self, name: &str) -> String {
        self.redaction.device(name, &People::default())
    }
}

/// Whether a field of this name, as [`personal::plain`] has it, holds ids.
fn is_id(plain: &str) -> bool {
    plain.ends_with("id") || plain.ends_with("ids")
}

/// What a read-back says of personal fields, which quotes what the tenant has.
fn differences(value: &mut Value) {
    for line in value.as_array_mut().into_iter().flatten() {
        let path =
            line.as_str().and_then(|line| line.split([':', ' ']).next()).unwrap_or_default().to_owned();
        let inside =
            path.split('.').any(|name| Place::Plain.at(name.split('[').next().unwrap_or(name)).is_some());
        if inside {
            *line = Value::String(format!(
                "{path}: not as it was sent; it is personal, so its values are not shown"
            ));
        }
    }
}

/// Whether a text is a pseudonym of ours.
pub fn is_pseudonym(text: &str) -> bool {
    Personal::ALL.iter().any(|kind| {
        text.strip_prefix(kind.prefix()).is_some_and(|hash| {
            hash.len() == 12 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    })
}

/// The first pseudonym among the strings of a value.
pub fn pseudonym_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| is_pseudonym(text.trim_matches('*'))),
        Value::Array(items) => items.iter().find_map(pseudonym_in),
        Value::Object(fields) => fields.values().find_map(pseudonym_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Where the first e-mail address of a text begins and ends.
fn address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find('@')).map(|at| at + from) {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let local = before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || "._%+-".contains(*c))
            .map(char::len_utf8);
        let start = at - local.sum::<usize>();
        let domain: &str = after.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-')).next()?;
        let domain = domain.trim_end_matches(['.', '-']);
        if start < at && domain.contains('.') && !domain.starts_with('.') {
            return Some((start, at + 1 + domain.len()));
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod fields;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    pub(super) fn of(profile: Profile) -> Redaction {
        Redaction { profile, key: Arc::from([7_u8; 32]) }
    }

    #[test]
    fn one_person_has_one_pseudonym_wherever_they_are() {
        let redaction = of(Profile::Pseudonymous);
        let mut computer = json!({
            "id": "7", "general": { "name": "Anna Abel's MacBook", "lastIpAddress": "10.0.0.7" }, "diskEncryption": { "fileVault2EnabledUserNames": ["aabel"] },
            "userAndLocation": { "username": "AAbel", "realname": "Anna Abel", "email": "anna@example.org", "phone": "", "room": "5" },
            "extensionAttributes": [{ "name": "Remark", "values": ["ask anna@example.org."] }, { "name": "Primary User", "values": ["aabel"] }],
        });
        redaction.apply("/api/v4/computers-inventory", &mut computer);
        let name = computer["userAndLocation"]["username"].as_str().unwrap();
        assert!(is_pseudonym(name), "{name}");
        assert_eq!(computer["diskEncryption"]["fileVault2EnabledUserNames"][0], name);
        let real = computer["userAndLocation"]["realname"].as_str().unwrap();
        assert_eq!(computer["general"]["name"], format!("{real}'s MacBook"));
        let mail = computer["userAndLocation"]["email"].as_str().unwrap();
        assert_eq!(computer["extensionAttributes"][0]["values"][0], format!("ask {mail}."));
        assert!(computer["general"]["lastIpAddress"].as_str().unwrap().starts_with("ip-"));
        assert_eq!(computer["userAndLocation"]["phone"], "", "nothing stands for nothing");
        assert_eq!(computer["extensionAttributes"][1]["values"][0], name, "its name says what it holds");
        assert!(computer["userAndLocation"]["room"].as_str().unwrap().starts_with("place-"));
        let mut user = json!({ "id": 1, "name": "aabel" });
        redaction.apply("/JSSResource/users", &mut user);
        assert_eq!(user["name"], name, "so that rows join");
        let other = Redaction { profile: Profile::Pseudonymous, key: Arc::from([8_u8; 32]) };
        assert_ne!(other.pseudonym(Personal::Person, "aabel"), name, "nobody without the key can tell");
    }

    #[test]
    fn an_aggregate_has_nothing_personal() {
        let mut row = json!({ "id": "7", "userAndLocation": { "username": "a", "room": "5", "departmentId": "1" }, "note": "a@b.org wrote" });
        of(Profile::Aggregate).apply("/api/v4/computers-inventory", &mut row);
        assert_eq!(
            row,
            json!({ "id": "7", "userAndLocation": { "departmentId": "1" }, "note": "(person) wrote" })
        );
    }

    #[test]
    fn everything_is_shown_unless_asked_otherwise() {
        let row = json!({ "username": "a", "note": "a@b.org" });
        let mut same = row.clone();
        of(Profile::Full).apply("/api/v1/users", &mut same);
        assert_eq!(same, row);
    }

    #[test]
    fn addresses_are_found_in_text() {
        for (text, expected) in [
            ("x", None),
            ("a@b", None),
            ("@b.org a@b.org", Some("a@b.org")),
            ("<mailto:a.b+c@d-e.example.org>.", Some("a.b+c@d-e.example.org")),
            ("jürgen@müller.example", Some("jürgen@müller.example")),
        ] {
            assert_eq!(address(text).and_then(|(start, end)| text.get(start..end)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in any::<String>()) {
            let _ = of(Profile::Pseudonymous).text(&text);
            let once = of(Profile::Aggregate).text(&text).into_owned();
            prop_assert!(address(&once).is_none() || address(&text).is_some());
        }
    }
}
