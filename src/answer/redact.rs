//! Personal data, kept from callers as far as the configuration's `redaction` asks: by the names of fields, in one table.
//!
//! A pseudonym is a keyed hash of what it stands for, the same wherever and whenever that is answered, so that rows still
//! join. Free text is not understood: of it only e-mail addresses are replaced, and in the names of devices their owners.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::audit;
use crate::config::Redaction as Profile;
use crate::error::Error;

/// What is personal about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personal {
    /// Who somebody is: a name, a user name, an e-mail address.
    Person,
    /// A phone number.
    Phone,
    /// A network address.
    Address,
    /// Where somebody is or what they do; shown but in no `aggregate` answer.
    Place,
}

impl Personal {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Person | Self::Place => "person-",
            Self::Phone => "phone-",
            Self::Address => "ip-",
        }
    }
}

/// Personal fields by their names, of both APIs and of jobs, in lower case and without underscores.
const FIELDS: &[(&str, Personal)] = &[
    ("accountname", Personal::Person),
    ("adminusername", Personal::Person),
    ("approveremails", Personal::Person),
    ("assigneduser", Personal::Person),
    ("capableuser", Personal::Person),
    ("capableusers", Personal::Person),
    ("changedby", Personal::Person),
    ("createdby", Personal::Person),
    ("creatorname", Personal::Person),
    ("currentuser", Personal::Person),
    ("distinguishedname", Personal::Person),
    ("email", Personal::Person),
    ("emailaddress", Personal::Person),
    ("enabledusernames", Personal::Person),
    ("filevault2enabledusernames", Personal::Person),
    ("filevault2users", Personal::Person),
    ("fullname", Personal::Person),
    ("homedirectory", Personal::Person),
    ("lapsuser", Personal::Person),
    ("lastloggedinusernamebinary", Personal::Person),
    ("lastloggedinusernamemdm", Personal::Person),
    ("lastloggedinusernameselfservice", Personal::Person),
    ("managedappleid", Personal::Person),
    ("mdmcapableuser", Personal::Person),
    ("mdmcapableusers", Personal::Person),
    ("owner", Personal::Person),
    ("realname", Personal::Person),
    ("user", Personal::Person),
    ("username", Personal::Person),
    ("usershortname", Personal::Person),
    ("devicephonenumber", Personal::Phone),
    ("lostmodephonenumber", Personal::Phone),
    ("phone", Personal::Phone),
    ("phonenumber", Personal::Phone),
    ("userphonenumber", Personal::Phone),
    ("altipaddress", Personal::Address),
    ("ipaddress", Personal::Address),
    ("lastipaddress", Personal::Address),
    ("lastreportedip", Personal::Address),
    ("lastreportedipv4", Personal::Address),
    ("lastreportedipv6", Personal::Address),
    ("latitude", Personal::Place),
    ("longitude", Personal::Place),
    ("position", Personal::Place),
    ("room", Personal::Place),
];

/// Fields with the name of a device, which is often that of its owner and the kind of device.
const DEVICE_NAMES: [&str; 5] = ["name", "displayname", "devicename", "computername", "device"];

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
            audit::make_private_folder(&folder).and_then(|()| audit::key(&folder)).map_err(|error| {
                Error::Operator(format!(
                    "the key of pseudonyms in {} cannot be used: {error}",
                    folder.display()
                ))
            })?;
        Ok(Self { profile, key: Arc::from(key) })
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
    pub fn said(&self) -> Option<&'static str> {
        match self.profile {
            Profile::Full => None,
            Profile::Pseudonymous => Some("personal fields are pseudonyms"),
            Profile::Aggregate => Some("personal fields are left out"),
        }
    }

    /// What is personal about the field at a dotted path, as this configuration sees it.
    pub fn personal(&self, path: &str) -> Option<Personal> {
        let found = path.split('.').rev().find_map(personal)?;
        match self.profile {
            Profile::Full => None,
            Profile::Pseudonymous => Some(found).filter(|found| *found != Personal::Place),
            Profile::Aggregate => Some(found),
        }
    }

    /// The pseudonym of a value; a pseudonym stands for itself.
    pub fn pseudonym(&self, of: Personal, value: &str) -> String {
        if is_pseudonym(value) {
            return value.to_owned();
        }
        let mut name = of.prefix().to_owned();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return name };
        mac.update(value.trim().to_lowercase().as_bytes());
        for byte in mac.finalize().into_bytes().iter().take(6) {
            // Infallible for a String.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// An answer, or a row of one, of the operation at a path.
    pub fn apply(&self, operation: &str, value: &mut Value) {
        if !self.is_off() {
            self.walk(is_of_people(operation), value);
        }
    }

    /// JSON text of an answer; what is no JSON is left without its e-mail addresses.
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

    fn walk(&self, people: bool, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                if self.leaves_out() {
                    fields.retain(|name, _| self.field(people, name).is_none());
                }
                for (name, field) in fields.iter_mut() {
                    match self.field(people, name) {
                        Some(kind) => self.hide(kind, field),
                        None if is_device_name(name) => self.own(field),
                        // What lies in a person, such as a site, is none.
                        None => self.walk(false, field),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(people, item)),
            Value::String(text) => {
                if let Cow::Owned(other) = self.text(text) {
                    *text = other;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn field(&self, people: bool, name: &str) -> Option<Personal> {
        if people && matches!(name, "name" | "displayName" | "display_name") {
            return Some(Personal::Person);
        }
        self.personal(name)
    }

    fn hide(&self, kind: Personal, value: &mut Value) {
        match value {
            Value::String(text) if !text.trim().is_empty() => *text = self.pseudonym(kind, text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide(kind, item)),
            Value::Object(_) => self.walk(true, value),
            _ => {}
        }
    }

    /// `Anna Abel's MacBook` names its owner.
    fn own(&self, value: &mut Value) {
        let Value::String(text) = value else { return self.walk(false, value) };
        let owner =
            ["'s ", "\u{2019}s "].iter().find_map(|mark| text.split_once(mark).map(|parts| (parts, mark)));
        match owner.filter(|((owner, _), _)| !owner.is_empty()) {
            Some(((owner, device), mark)) => *text = format!("{}{mark}{device}", self.shown(owner)),
            None => self.walk(false, value),
        }
    }

    fn shown(&self, person: &str) -> String {
        if self.leaves_out() { "(person)".to_owned() } else { self.pseudonym(Personal::Person, person) }
    }

    /// Text with its e-mail addresses replaced; any other text is not copied.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_off() || !text.contains('@') {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((start, end)) = address(rest) {
            let (before, from) = rest.split_at(start);
            let (mail, after) = from.split_at(end - start);
            out.push_str(before);
            out.push_str(&self.shown(mail));
            rest = after;
        }
        if out.is_empty() && rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

fn personal(name: &str) -> Option<Personal> {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    FIELDS.iter().find(|(field, _)| *field == plain).map(|(_, kind)| *kind)
}

fn is_device_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    DEVICE_NAMES.contains(&plain.as_str())
}

/// Operations whose objects are people, so that their names are; whatever version of them a tenant has.
fn is_of_people(operation: &str) -> bool {
    let mut words = operation.trim_start_matches('/').split('/');
    let family = match words.next() {
        Some("JSSResource") => words.next(),
        Some("api") => words.nth(1),
        _ => None,
    };
    matches!(family, Some("users" | "accounts"))
}

/// Whether a text is a pseudonym of ours.
pub fn is_pseudonym(text: &str) -> bool {
    [Personal::Person, Personal::Phone, Personal::Address].iter().any(|kind| {
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
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(profile: Profile) -> Redaction {
        Redaction { profile, key: Arc::from([7_u8; 32]) }
    }

    #[test]
    fn one_person_has_one_pseudonym_wherever_they_are() {
        let redaction = of(Profile::Pseudonymous);
        let mut computer = json!({
            "id": "7", "general": { "name": "Anna Abel's MacBook", "lastIpAddress": "10.0.0.7" }, "diskEncryption": { "fileVault2EnabledUserNames": ["aabel"] },
            "userAndLocation": { "username": "AAbel", "realname": "Anna Abel", "email": "anna@example.org", "phone": "", "room": "5" },
            "extensionAttributes": [{ "name": "Contact", "values": ["ask anna@example.org."] }],
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
        assert_eq!(computer["userAndLocation"]["room"], "5");
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
