//! Payloads of configuration profiles: the property list that Jamf keeps as one long text.
//!
//! It is shown as JSON without its secrets, and made of JSON or of a `.mobileconfig` file. What is not shown is kept: where
//! JSON says `{"$kept": …}` the present value goes back, so that a payload can be changed by somebody who never sees what is
//! secret in it. Jamf un-escapes a payload once too often each time it is saved, so text with `&` or `<` goes in sections that
//! have no entities, and goes along whenever anything else of the profile is saved.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jamf_pro_client::{Call, Reader};
use jamf_pro_tools::configuration_profiles::PAYLOAD;
use jamf_pro_tools::{Action, Catalogue, Checked, Method};
use plist::{Dictionary, Value as Plist};
use quick_xml::events::{BytesText, Event};
use serde_json::{Map, Value, json};

mod settings;

pub use settings::{Setting, Settings, lifelines};

use crate::error::Error;
use crate::sanitize::secrets;

/// Largest file that is taken, in bytes.
pub const LARGEST: u64 = 4 * 1024 * 1024;

/// Deepest nesting that is followed.
const DEPTH: usize = 48;

/// Longest text that is shown; a longer one is kept, because what is cut could not be sent back.
const LONGEST: usize = 400;

/// In JSON: the present value, whatever it is.
const KEPT: &str = "$kept";
/// In JSON: bytes in Base64.
const DATA: &str = "$data";
/// In JSON: a moment, ISO 8601 UTC.
const DATE: &str = "$date";

/// The payload of one profile: a dictionary with `PayloadContent`.
#[derive(Debug, Clone)]
pub struct Payload(
    Dictionary,
    /// Identifiers that were made here.
    Vec<String>,
);

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Payload {
    /// Read the text that Jamf keeps, or a file.
    ///
    /// # Errors
    /// When it is signed, binary, no property list, or nested too deeply.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let no = |why: &str| Error::caller(format!("this is not a payload that can be taken: {why}"));
        if bytes.first() == Some(&0x30) {
            return Err(no("it is signed, and Jamf signs profiles itself; export it without a signature"));
        }
        if bytes.starts_with(b"bplist") {
            return Err(no("it is a binary property list; turn it into XML with `plutil -convert xml1`"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| no("it is not UTF-8"))?;
        harmless(text).map_err(|why| no(&why))?;
        let text = without_sections(text).map_err(|why| no(&why))?;
        match Plist::from_reader_xml(text.as_bytes()) {
            Ok(Plist::Dictionary(profile)) => Ok(Self(profile, Vec::new())),
            Ok(_) => Err(no("it is no dictionary")),
            Err(error) => Err(no(&format!("it is no property list: {error}"))),
        }
    }

    /// Read JSON: a whole profile, a list of payloads, or one payload. `{"$kept": …}` stands for what `current` has in the
    /// same place.
    ///
    /// # Errors
    /// When it is not JSON, holds what a property list cannot, holds a secret, or keeps what is not there.
    pub fn from_json(text: &str, current: Option<&Self>) -> Result<Self, Error> {
        let given: Value = serde_json::from_str(text)
            .map_err(|error| Error::caller(format!("`payload` is not JSON: {error}")))?;
        let whole = match given {
            Value::Object(fields) if fields.contains_key("PayloadContent") && !is_certificate(&fields) => {
                fields
            }
            Value::Object(fields) => Map::from_iter([("PayloadContent".to_owned(), json!([fields]))]),
            Value::Array(payloads) => Map::from_iter([("PayloadContent".to_owned(), Value::Array(payloads))]),
            _ => {
                return Err(
                    Error::caller("`payload` is no payload").hint("give an object, or a list of them")
                );
            }
        };
        let now = current.map(|current| Plist::Dictionary(current.0.clone()));
        match plist_of(&Value::Object(whole), now.as_ref(), "payload", "")? {
            Plist::Dictionary(profile) => Ok(Self(profile, Vec::new())),
            _ => Err(Error::internal("an object became no dictionary")),
        }
    }

    /// The same payload as that of a profile of this name: what Jamf and devices tell profiles apart by is that of
    /// `current`, or new; what every payload must say is said.
    ///
    /// # Errors
    /// When a payload does not say its type.
    pub fn of_profile(
        mut self,
        name: &str,
        scope: Option<&str>,
        current: Option<&Self>,
    ) -> Result<Self, Error> {
        let kept = |key: &str| current.and_then(|current| current.0.get(key)).cloned();
        let mut made = Vec::new();
        let uuid = kept("PayloadUUID").unwrap_or_else(|| Plist::String(new_uuid(&mut made)));
        let identifier = kept("PayloadIdentifier").unwrap_or_else(|| uuid.clone());
        let profile = &mut self.0;
        profile.insert("PayloadUUID".to_owned(), uuid);
        profile.insert("PayloadIdentifier".to_owned(), identifier);
        profile.insert("PayloadType".to_owned(), Plist::String("Configuration".to_owned()));
        profile.insert("PayloadDisplayName".to_owned(), Plist::String(name.to_owned()));
        for (key, value) in
            [("PayloadVersion", Plist::Integer(1.into())), ("PayloadEnabled", Plist::Boolean(true))]
        {
            if !profile.contains_key(key) {
                profile.insert(key.to_owned(), value);
            }
        }
        if let Some(scope) = scope {
            profile.insert("PayloadScope".to_owned(), Plist::String(scope.to_owned()));
        }
        let Some(Plist::Array(payloads)) = profile.get_mut("PayloadContent") else {
            return Err(Error::caller("the profile has no list `PayloadContent`"));
        };
        let mut known: Vec<Dictionary> = current.map(Self::inner).unwrap_or_default();
        for (at, payload) in payloads.iter_mut().enumerate() {
            let Plist::Dictionary(payload) = payload else {
                return Err(Error::caller(format!("`PayloadContent[{at}]` is no dictionary")));
            };
            identify(payload, at, &mut known, &mut made)?;
        }
        self.1.extend(made);
        Ok(self)
    }

    /// The same payload as another profile's: new in everything that devices tell payloads apart by.
    pub fn as_copy(mut self) -> Self {
        for key in ["PayloadUUID", "PayloadIdentifier"] {
            self.0.remove(key);
        }
        if let Some(Plist::Array(payloads)) = self.0.get_mut("PayloadContent") {
            for payload in payloads.iter_mut().filter_map(Plist::as_dictionary_mut) {
                payload.remove("PayloadUUID");
                payload.remove("PayloadIdentifier");
            }
        }
        self
    }

    fn inner(&self) -> Vec<Dictionary> {
        let payloads = self.0.get("PayloadContent").and_then(Plist::as_array).into_iter().flatten();
        payloads.filter_map(Plist::as_dictionary).cloned().collect()
    }

    /// As it is shown: without secrets, bytes and long texts.
    pub fn view(&self) -> Value {
        let fields = self.0.iter().map(|(key, value)| (key.clone(), json_of(key, value)));
        Value::Object(fields.collect())
    }

    /// As Jamf takes it: XML without a single entity, because Jamf un-escapes it once too often.
    ///
    /// # Errors
    /// When there is text in it that XML cannot hold.
    pub fn text(&self) -> Result<String, Error> {
        let odd = self.unwritable();
        if !odd.is_empty() {
            return Err(Error::caller(format!(
                "this payload has control characters, which no property list can hold, in: {}",
                odd.join(", ")
            ))
            .hint("remove these characters"));
        }
        let mut bytes = Vec::new();
        Plist::Dictionary(self.0.clone())
            .to_writer_xml(&mut bytes)
            .map_err(|error| Error::internal(format!("the payload cannot be written: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| Error::internal(error.to_string()))?;
        without_entities(&text)
    }

    /// Where it has text that XML cannot hold.
    pub fn unwritable(&self) -> Vec<String> {
        self.places(|c| c.is_control() && !"\t\n\r".contains(c))
    }

    /// Whether XML writes some of its text with an entity, which Jamf breaks when it saves the profile without the payload.
    pub fn has_entities(&self) -> bool {
        !self.places(|c| matches!(c, '&' | '<')).is_empty()
    }

    /// Where a name or a text has a character of a kind.
    fn places(&self, is_odd: fn(char) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        for (key, value) in &self.0 {
            collect_places(key, value, key, is_odd, &mut found);
        }
        found
    }

    /// What differs from another payload: fields that are shown with both sides, secrets by their places alone. What Jamf
    /// sets itself is no difference.
    pub fn differences(&self, kept: &Self) -> Vec<String> {
        const OF_JAMF: &[&str] = &[
            "PayloadUUID",
            "PayloadIdentifier",
            "PayloadOrganization",
            "PayloadDescription",
            "PayloadRemovalDisallowed",
        ];
        let comparison = jamf_pro_tools::difference::compare(&self.view(), &kept.view(), OF_JAMF);
        let mut found: Vec<String> = comparison.differences.iter().map(ToString::to_string).collect();
        let (mut sent, mut now) = (Vec::new(), Vec::new());
        collect_hidden("", &Plist::Dictionary(self.0.clone()), "", &mut sent);
        collect_hidden("", &Plist::Dictionary(kept.0.clone()), "", &mut now);
        for (path, value) in &sent {
            if !now.iter().any(|(_, other)| other == value) {
                found.push(format!("`{path}`, which is not shown, is not what was sent"));
            }
        }
        found
    }
}

/// Refuse a document that could do more than be read.
fn harmless(text: &str) -> Result<(), String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth: usize = 0;
    loop {
        match reader.read_event().map_err(|error| format!("it is no XML: {error}"))? {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::DocType(kind) if kind.contains('[') => {
                return Err("it declares entities of its own".to_owned());
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
        if depth > DEPTH {
            return Err("it is nested too deeply".to_owned());
        }
    }
}

/// The same document with its character data sections as plain text, which the reader of property lists would leave out.
fn without_sections(text: &str) -> Result<Cow<'_, str>, String> {
    if !text.contains("<![CDATA[") {
        return Ok(Cow::Borrowed(text));
    }
    let (mut reader, mut writer) = (quick_xml::Reader::from_str(text), quick_xml::Writer::new(Vec::new()));
    loop {
        let event = match reader.read_event().map_err(|error| format!("it is no XML: {error}"))? {
            Event::Eof => break,
            Event::CData(section) => Event::Text(BytesText::new(&section.xml10_content()).into_owned()),
            event => event,
        };
        writer.write_event(event).map_err(|error| format!("it cannot be read: {error}"))?;
    }
    String::from_utf8(writer.into_inner()).map(Cow::Owned).map_err(|error| error.to_string())
}

/// The same document without entities: text that needs them stands in sections of character data. An ampersand ends its
/// section, so that nothing in it looks like an entity.
fn without_entities(xml: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(xml.len());
    for (at, part) in xml.split('<').enumerate() {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        if at > 0 {
            out.extend(["<", tag, ">"]);
        }
        let plain = quick_xml::escape::unescape(text).map_err(|error| {
            Error::internal(format!("the payload was written with an unknown entity: {error}"))
        })?;
        if plain.contains(['&', '<']) {
            let section = plain.replace("]]>", "]]]]><![CDATA[>").replace('&', "&]]><![CDATA[");
            out.extend(["<![CDATA[", &section, "]]>"]);
        } else {
            out.push_str(&plain);
        }
    }
    Ok(out)
}

fn new_uuid(made: &mut Vec<String>) -> String {
    let uuid = uuid::Uuid::new_v4().to_string().to_uppercase();
    made.push(uuid.clone());
    uuid
}

/// What a payload must say, taken from the one that it replaces where it does not say it itself.
fn identify(
    payload: &mut Dictionary,
    at: usize,
    known: &mut Vec<Dictionary>,
    made: &mut Vec<String>,
) -> Result<(), Error> {
    let text =
        |payload: &Dictionary, key: &str| payload.get(key).and_then(Plist::as_string).map(str::to_owned);
    let kind = text(payload, "PayloadType").filter(|kind| !kind.is_empty()).ok_or_else(|| {
        Error::caller(format!(
            "`PayloadContent[{at}]` does not say its `PayloadType`, such as `com.apple.wifi.managed`"
        ))
    })?;
    let own = text(payload, "PayloadUUID");
    let same = |other: &Dictionary| match &own {
        Some(own) => text(other, "PayloadUUID").as_ref() == Some(own),
        None => text(other, "PayloadType").as_ref() == Some(&kind),
    };
    let before = known.iter().position(same).map(|at| known.remove(at));
    let of_before = |key: &str| before.as_ref().and_then(|before| text(before, key));
    let uuid = own.or_else(|| of_before("PayloadUUID")).unwrap_or_else(|| new_uuid(made));
    let identifier = text(payload, "PayloadIdentifier").or_else(|| of_before("PayloadIdentifier"));
    payload.insert("PayloadIdentifier".to_owned(), Plist::String(identifier.unwrap_or_else(|| uuid.clone())));
    payload.insert("PayloadUUID".to_owned(), Plist::String(uuid));
    if !payload.contains_key("PayloadVersion") {
        payload.insert("PayloadVersion".to_owned(), Plist::Integer(1.into()));
    }
    Ok(())
}

/// A payload that is a certificate has its bytes where a profile has its payloads.
fn is_certificate(fields: &Map<String, Value>) -> bool {
    fields.get("PayloadContent").is_some_and(|content| !content.is_array())
        && fields.get("PayloadType").is_some_and(|kind| kind != "Configuration")
}

/// Whether what stands under a name is never shown.
fn is_secret(name: &str, value: &Plist) -> bool {
    let Plist::String(text) = value else { return false };
    !text.is_empty() && (secrets::names_a_secret_of_payloads(name) || text.contains("PRIVATE KEY-----"))
}

/// JSON that a caller gave, for a record of it: without what may be a secret, which is refused but was given all the same.
pub fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                let secret =
                    value.as_str().is_some_and(|text| is_secret(name, &Plist::String(text.to_owned())));
                (name.clone(), if secret { json!("(left out)") } else { without_secrets(value) })
            };
            Value::Object(fields.iter().map(field).collect())
        }
        Value::Array(entries) => entries.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}

fn json_of(name: &str, value: &Plist) -> Value {
    if is_secret(name, value) {
        return json!({ KEPT: "a secret" });
    }
    match value {
        Plist::Dictionary(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), json_of(key, value))).collect())
        }
        Plist::Array(entries) => entries.iter().map(|entry| json_of(name, entry)).collect(),
        Plist::Boolean(flag) => json!(flag),
        Plist::Integer(number) => match (number.as_signed(), number.as_unsigned()) {
            (Some(number), _) => json!(number),
            (None, number) => json!(number),
        },
        Plist::Real(number) => json!(number),
        Plist::Date(date) => json!({ DATE: date.to_xml_format() }),
        Plist::Data(bytes) => json!({ KEPT: format!("{} bytes", bytes.len()) }),
        Plist::String(text) if text.chars().count() > LONGEST => {
            json!({ KEPT: format!("a text of {} characters", text.chars().count()) })
        }
        Plist::String(text) => json!(text),
        _ => json!({ KEPT: "a value of another kind" }),
    }
}

/// The only member of an object that says a value which JSON has no word for.
fn marker(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut members = fields.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) if name.starts_with('$') => Some((name.as_str(), value)),
        _ => None,
    }
}

fn plist_of(value: &Value, now: Option<&Plist>, path: &str, name: &str) -> Result<Plist, Error> {
    let wrong = |why: &str| Error::caller(format!("`{path}` {why}"));
    let made = match value {
        Value::Null => return Err(wrong("is null, which a property list cannot hold")),
        Value::Bool(flag) => Plist::Boolean(*flag),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Plist::Integer(number.into()),
            (None, Some(number), _) => Plist::Integer(number.into()),
            (None, None, Some(number)) => Plist::Real(number),
            _ => return Err(wrong("is a number that a property list cannot hold")),
        },
        Value::String(text) => Plist::String(text.clone()),
        Value::Array(entries) => {
            let entry = |(at, entry): (usize, &Value)| {
                plist_of(entry, counterpart(entry, at, now), &format!("{path}[{at}]"), name)
            };
            Plist::Array(entries.iter().enumerate().map(entry).collect::<Result<_, _>>()?)
        }
        Value::Object(fields) => match marker(fields) {
            Some((KEPT, _)) => {
                return now
                    .cloned()
                    .ok_or_else(|| wrong("is to be kept, and the profile has nothing in that place"));
            }
            Some((DATA, Value::String(text))) => {
                let bytes = BASE64.decode(text.trim()).map_err(|_| wrong("is not Base64"))?;
                Plist::Data(bytes)
            }
            Some((DATE, Value::String(text))) => {
                let date = plist::Date::from_xml_format(text);
                Plist::Date(date.map_err(|_| wrong("is no moment such as 2026-01-31T10:20:30Z"))?)
            }
            Some(_) => return Err(wrong("begins with `$` and is none of `$kept`, `$data` and `$date`")),
            None => {
                let now = now.and_then(Plist::as_dictionary);
                let field = |(key, value): (&String, &Value)| {
                    let now = now.and_then(|now| now.get(key));
                    Ok((key.clone(), plist_of(value, now, &format!("{path}.{key}"), key)?))
                };
                Plist::Dictionary(fields.iter().map(field).collect::<Result<_, Error>>()?)
            }
        },
    };
    if is_secret(name, &made) {
        return Err(wrong(
            "is a secret, and secrets do not pass through a model: put the profile into a `.mobileconfig` file and name it in `file`, or \
             keep the present one with {\"$kept\": true}",
        ));
    }
    Ok(made)
}

/// The entry of the present list that an entry stands for: of the same UUID, identifier or type, or in the same place.
fn counterpart<'a>(entry: &Value, at: usize, now: Option<&'a Plist>) -> Option<&'a Plist> {
    let now = now?.as_array()?;
    let of = |key: &str| {
        let wanted = entry.get(key)?.as_str()?;
        let mut alike = now.iter().filter(|other| {
            other.as_dictionary().and_then(|other| other.get(key)).and_then(Plist::as_string) == Some(wanted)
        });
        match (alike.next(), alike.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    };
    let named = of("PayloadUUID").or_else(|| of("PayloadIdentifier")).or_else(|| of("PayloadType"));
    // An entry that says what it is stands for no other.
    let says =
        ["PayloadUUID", "PayloadIdentifier", "PayloadType"].iter().any(|key| entry.get(*key).is_some());
    if says { named } else { now.get(at) }
}

fn collect_places(name: &str, value: &Plist, path: &str, is_odd: fn(char) -> bool, found: &mut Vec<String>) {
    let text_is_odd = value.as_string().is_some_and(|text| text.contains(is_odd));
    if name.contains(is_odd) || text_is_odd {
        found.push(format!("`{}`", crate::sanitize::text::clean(path)));
    }
    match value {
        Plist::Dictionary(fields) => {
            for (key, value) in fields {
                collect_places(key, value, &format!("{path}.{key}"), is_odd, found);
            }
        }
        Plist::Array(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                collect_places("", entry, &format!("{path}[{at}]"), is_odd, found);
            }
        }
        _ => {}
    }
}

/// What is not shown, by its place.
fn collect_hidden(name: &str, value: &Plist, path: &str, found: &mut Vec<(String, Plist)>) {
    match value {
        Plist::Dictionary(fields) => {
            for (key, value) in fields {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect_hidden(key, value, &below, found);
            }
        }
        Plist::Array(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                collect_hidden(name, entry, &format!("{path}[{at}]"), found);
            }
        }
        value if json_of(name, value).get(KEPT).is_some() => found.push((path.to_owned(), value.clone())),
        _ => {}
    }
}

/// The arguments with the present payload of a profile, where the call does not touch it and Jamf would break it: Jamf saves a
/// profile whole, and un-escapes the payload that it has once more. None where the call can go as it is.
///
/// # Errors
/// When the payload cannot be read; nothing has been sent.
pub async fn before(
    tenant: &Reader,
    action: &'static Action,
    checked: &Checked,
    call: &Call,
) -> Result<Option<Checked>, Error> {
    let given = checked.arguments().get("body").and_then(|body| body.pointer("/general/payloads"));
    let (Method::Put, true, None) = (action.method, action.source_of(PAYLOAD).is_some(), given) else {
        return Ok(None);
    };
    let (Some((reader, _)), Some(id)) = (Catalogue::get().read_after(action), checked.text("id")) else {
        return Ok(None);
    };
    let keys = Map::from_iter([("id".to_owned(), json!(id))]);
    let internal = |problems: jamf_pro_tools::Problems| Error::internal(problems.to_string());
    let request = reader.request(&reader.check(keys).map_err(internal)?).map_err(internal)?;
    let reply = tenant.read_with_secrets(reader, &request, call).await?;
    let profile: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let Some(text) =
        profile.pointer("/general/payloads").and_then(Value::as_str).filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let payload = Payload::parse(text.as_bytes()).map_err(|error| {
        Error::caller(format!(
            "this profile cannot be changed safely: Jamf saves its payload along with anything else, and the payload cannot be read \
             ({error}). profile_replace can give it another payload"
        ))
    })?;
    if !payload.has_entities() {
        return Ok(None);
    }
    let mut body = checked.arguments().get("body").cloned().unwrap_or_else(|| json!({}));
    let general = body.as_object_mut().map(|body| body.entry("general").or_insert_with(|| json!({})));
    if let Some(general) = general.and_then(Value::as_object_mut) {
        general.insert("payloads".to_owned(), json!(payload.text()?));
    }
    Ok(Some(checked.clone().with_argument("body", Some(body))))
}

#[cfg(test)]
mod tests;
