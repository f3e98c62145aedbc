//! Answers of the Classic API, made to look like those of the Jamf Pro API. This is the one place that knows its oddities.
//!
//! The Classic API counts its lists in a `size`, wraps each entry in an object that names it, gives a list of one as an
//! object and an empty one as nothing, writes ids as numbers and each date three times. Here lists become arrays, ids
//! strings, and dates one field in ISO 8601 UTC. Text goes in and text comes out: members are looked at where they stand,
//! and no tree is built of a long list.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Error, Value};

use crate::action::{Action, Rows, get};
use crate::args::ById;
use crate::xml::{self, Element};

mod dates;
mod names;

use dates::{Date, Moment, date_of};
use names::NAMES;

/// Deepest nesting that is followed.
const DEPTH: usize = 64;

/// Longest whole number that is left a number; Jamf has invitations of 39 digits, which most readers would round.
const DIGITS: usize = 15;

/// Reads of objects that callers read in the Jamf Pro API, in its words; these read what was written in those of the Classic
/// API, to compare the two. They are no tools.
pub static READERS: &[Action] = &[
    get::<ById>("account_group_read_back", "/JSSResource/accounts/groupid/{id}")
        .about("Read a group of accounts back.")
        .probably_needs(&["Read Accounts"]),
    get::<ById>("mobile_device_read_back", "/JSSResource/mobiledevices/id/{id}")
        .about("Read a mobile device back.")
        .probably_needs(&["Read Mobile Devices"])
        .hides(&["airplay_password", "lost_mode_message", "unlock_token"]),
    get::<ById>("site_read_back", "/JSSResource/sites/id/{id}")
        .about("Read a site back.")
        .probably_needs(&["Read Sites"]),
];

/// An answer in the shape that answers of the Jamf Pro API have: of a list its rows, of an object the object itself.
///
/// # Errors
/// When it is neither JSON nor XML, or nested too deeply.
pub fn normalized(body: &[u8], rows: Rows) -> Result<String, Error> {
    let text = std::str::from_utf8(body).map_err(Error::custom)?;
    let json = match text.trim_start() {
        xml if xml.starts_with('<') => Cow::Owned(from_xml(xml)?),
        json => Cow::Borrowed(json),
    };
    let mut writer = Writer { out: String::with_capacity(json.len()) };
    let top: &RawValue = serde_json::from_str(&json)?;
    let top = top.get();
    match (only_member(top)?, rows) {
        (Some((name, raw)), Rows::None) if raw.starts_with(['{', '[']) => {
            // The name says what it is, and is no field.
            let name = if raw.starts_with('{') { Cow::Borrowed("") } else { name };
            writer.value(raw, &name, 1)?;
        }
        (Some((name, raw)), Rows::Whole | Rows::Paged) => writer.rows(raw, &name)?,
        (_, Rows::None) => writer.value(top, "", 0)?,
        (None, _) => writer.rows(top, "")?,
    }
    Ok(writer.out)
}

/// The only member of an object, beside a counter.
fn only_member(raw: &str) -> Result<Option<(Cow<'_, str>, &str)>, Error> {
    if !raw.starts_with('{') {
        return Ok(None);
    }
    let mut members = members(raw)?.into_iter().filter(|(name, _)| name != "size");
    Ok(match (members.next(), members.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    })
}

/// XML as JSON, without knowing any types: text is a string, and elements of one name are a list.
fn from_xml(text: &str) -> Result<String, Error> {
    let root = xml::parse(text).map_err(Error::custom)?;
    let mut out = String::new();
    out.push('{');
    push_string(&mut out, &root.name);
    out.push(':');
    push_element(&mut out, &root);
    out.push('}');
    Ok(out)
}

fn push_element(out: &mut String, element: &Element) {
    if element.children.is_empty() {
        push_string(out, &element.text);
        return;
    }
    out.push('{');
    let mut done: Vec<&str> = Vec::new();
    for child in &element.children {
        if done.contains(&child.name.as_str()) {
            continue;
        }
        if !done.is_empty() {
            out.push(',');
        }
        done.push(&child.name);
        push_string(out, &child.name);
        out.push(':');
        let mut alike = element.children.iter().filter(|other| other.name == child.name).peekable();
        let several = element.children.iter().filter(|other| other.name == child.name).count() > 1;
        if several {
            out.push('[');
        }
        while let Some(one) = alike.next() {
            push_element(out, one);
            if alike.peek().is_some() {
                out.push(',');
            }
        }
        if several {
            out.push(']');
        }
    }
    out.push('}');
}

fn push_string(out: &mut String, text: &str) {
    out.push_str(&Value::from(text).to_string());
}

struct Writer {
    out: String,
}

impl Writer {
    /// The rows of a list that is the whole answer.
    fn rows(&mut self, raw: &str, name: &str) -> Result<(), Error> {
        match raw.as_bytes().first() {
            Some(b'[') => self.list(raw, name, 1),
            Some(b'{') => {
                let members = members(raw)?;
                match entries_of_list(name, &members) {
                    Some((entry, value)) => self.entries(value, name, entry, 1),
                    None if members.is_empty() => self.push("[]"),
                    None if members.iter().any(|(name, _)| name == "id") => {
                        self.push("[")?;
                        self.object(&members, 1)?;
                        self.push("]")
                    }
                    None => self.object(&members, 1),
                }
            }
            _ if is_nothing(raw) => self.push("[]"),
            _ => self.value(raw, name, 1),
        }
    }

    fn push(&mut self, text: &str) -> Result<(), Error> {
        self.out.push_str(text);
        Ok(())
    }

    fn value(&mut self, raw: &str, name: &str, depth: usize) -> Result<(), Error> {
        if depth > DEPTH {
            return Err(Error::custom("nested too deeply"));
        }
        let sure = NAMES.lists.get(name).is_some_and(|list| list.sure);
        match raw.as_bytes().first() {
            Some(b'{') => {
                let members = members(raw)?;
                match entries_of_list(name, &members) {
                    Some((entry, value)) => self.entries(value, name, entry, depth),
                    None if sure && members.is_empty() => self.push("[]"),
                    None if sure => {
                        self.push("[")?;
                        self.object(&members, depth)?;
                        self.push("]")
                    }
                    None => self.object(&members, depth),
                }
            }
            Some(b'[') => self.list(raw, name, depth),
            _ if sure && is_nothing(raw) => self.push("[]"),
            Some(b'"') if sure => {
                self.push("[")?;
                self.scalar(raw, "")?;
                self.push("]")
            }
            _ => self.scalar(raw, name),
        }
    }

    /// The value of a wrapper's only entry name: several entries, one, or none.
    fn entries(&mut self, raw: &str, name: &str, entry: &str, depth: usize) -> Result<(), Error> {
        if raw.starts_with('[') {
            return self.list(raw, name, depth + 1);
        }
        self.push("[")?;
        if !is_nothing(raw) {
            self.value(raw, entry, depth + 1)?;
        }
        self.push("]")
    }

    fn list(&mut self, raw: &str, name: &str, depth: usize) -> Result<(), Error> {
        self.push("[")?;
        let mut first = true;
        for element in elements(raw)? {
            if element == "\"\"" && NAMES.lists.contains_key(name) {
                continue;
            }
            self.element(element, name, depth, &mut first)?;
        }
        self.push("]")
    }

    /// One entry, out of the object that names it.
    fn element(&mut self, raw: &str, name: &str, depth: usize, first: &mut bool) -> Result<(), Error> {
        if raw.starts_with('{') {
            let members = members(raw)?;
            if is_counter(&members) {
                return Ok(());
            }
            if let Some((entry, value)) = entries_of_list(name, &members) {
                if value.starts_with('[') {
                    for inner in elements(value)? {
                        self.element(inner, name, depth + 1, first)?;
                    }
                    return Ok(());
                }
                self.comma(first)?;
                return self.value(value, entry, depth + 1);
            }
        }
        self.comma(first)?;
        self.value(raw, "", depth + 1)
    }

    fn comma(&mut self, first: &mut bool) -> Result<(), Error> {
        if !std::mem::take(first) {
            self.push(",")?;
        }
        Ok(())
    }

    fn object(&mut self, members: &[(Cow<'_, str>, &str)], depth: usize) -> Result<(), Error> {
        self.push("{")?;
        let mut first = true;
        let are_lists = are_lists(members);
        for (at, (name, raw)) in members.iter().enumerate() {
            match date_of(name, at, members) {
                Date::None if are_lists && is_state(name) && is_nothing(raw) => {
                    self.key(name, &mut first)?;
                    self.push("[]")?;
                }
                Date::None => {
                    self.key(name, &mut first)?;
                    self.value(raw, name, depth + 1)?;
                }
                Date::Elsewhere => {}
                Date::Now(name, moment) => {
                    self.key(name, &mut first)?;
                    match moment {
                        Moment::At(moment) => push_string(&mut self.out, &moment.to_string()),
                        Moment::Never => self.push("null")?,
                        Moment::AsWritten(raw) => self.push(raw)?,
                    }
                }
            }
        }
        self.push("}")
    }

    fn key(&mut self, name: &str, first: &mut bool) -> Result<(), Error> {
        self.comma(first)?;
        push_string(&mut self.out, name);
        self.push(":")
    }

    fn scalar(&mut self, raw: &str, name: &str) -> Result<(), Error> {
        let digits = raw.strip_prefix('-').unwrap_or(raw);
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole && (is_id(name) || digits.len() > DIGITS) {
            self.push("\"")?;
            self.push(raw)?;
            return self.push("\"");
        }
        self.push(raw)
    }
}

/// States of commands and apps, under which they are listed; elsewhere the same names hold texts.
fn is_state(name: &str) -> bool {
    matches!(name, "completed" | "pending" | "failed")
}

/// Whether the states of an object are lists: several, and none of them is a text.
fn are_lists(members: &[(Cow<'_, str>, &str)]) -> bool {
    let states: Vec<&str> = members.iter().filter(|(name, _)| is_state(name)).map(|(_, raw)| *raw).collect();
    states.len() > 1 && states.iter().all(|raw| raw.starts_with(['{', '[']) || is_nothing(raw))
}

/// Names of numbers that tell things apart, and are not counted or measured with.
fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

/// An empty text, object or list, or null.
fn is_nothing(raw: &str) -> bool {
    let inner = |open: char, close: char| {
        raw.strip_prefix(open)
            .and_then(|raw| raw.strip_suffix(close))
            .is_some_and(|raw| raw.trim().is_empty())
    };
    matches!(raw, "\"\"" | "null") || inner('{', '}') || inner('[', ']')
}

/// An object that only says how many there are.
fn is_counter(members: &[(Cow<'_, str>, &str)]) -> bool {
    matches!(members, [(name, raw)] if name == "size" && count(raw).is_some())
        // A setting of the list and not an entry of it.
        || matches!(members, [(name, _)] if name == "leave_existing_default")
}

fn count(raw: &str) -> Option<u64> {
    raw.trim_matches('"').parse().ok()
}

/// The entries of a list that is written as an object, and the name of an entry.
fn entries_of_list<'a>(list: &str, members: &'a [(Cow<'a, str>, &'a str)]) -> Option<(&'a str, &'a str)> {
    let size = members.iter().find(|(name, _)| name == "size").and_then(|(_, raw)| count(raw));
    let mut others = members.iter().filter(|(name, _)| name != "size");
    let known =
        |name: &str| NAMES.lists.get(list).is_some_and(|list| list.entries.iter().any(|entry| entry == name));
    let is_field = |name: &str| NAMES.objects.get(list).is_some_and(|fields| fields.contains(name));
    match (others.next(), others.next(), size) {
        (None, _, Some(0)) => Some(("", "[]")),
        (Some((name, raw)), None, _) if known(name) || (is_one_of(name, list) && !is_field(name)) => {
            Some((name, raw))
        }
        (Some((name, raw)), None, Some(size)) => {
            let counted = match raw.as_bytes().first() {
                Some(b'[') => elements(raw).is_ok_and(|elements| elements.len() as u64 == size),
                Some(b'{') => size == 1,
                _ => size == 0 && is_nothing(raw),
            };
            counted.then_some((name, *raw))
        }
        (Some(_), Some(_), size) => {
            // Settings of the list may stand beside its entries.
            let settings = |name: &str| name == "size" || name == "leave_existing_default";
            let entry = members.iter().find(|(name, _)| known(name))?;
            let rest = members.iter().filter(|(name, _)| *name != entry.0).all(|(name, _)| settings(name));
            (rest || size.is_some()).then_some((&*entry.0, entry.1))
        }
        _ => None,
    }
}

/// Whether `one` names an entry of `list`: `category` of `self_service_categories`.
fn is_one_of(one: &str, list: &str) -> bool {
    let ends = |plural: &str| {
        list.strip_suffix(plural).is_some_and(|before| before.is_empty() || before.ends_with('_'))
    };
    let ies = one.strip_suffix('y').map(|stem| format!("{stem}ies"));
    !one.is_empty()
        && (ends(&format!("{one}s")) || ends(&format!("{one}es")) || ies.is_some_and(|ies| ends(&ies)))
}

/// The members of an object, each value as it was written.
fn members(raw: &str) -> Result<Vec<(Cow<'_, str>, &str)>, Error> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(Cow<'de, str>, &'de str)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                members.push((key, map.next_value::<&'de RawValue>()?.get()));
            }
            Ok(members)
        }
    }
    serde_json::Deserializer::from_str(raw).deserialize_map(Members)
}

/// The elements of an array, each as it was written.
fn elements(raw: &str) -> Result<Vec<&str>, Error> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de str>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while let Some(element) = seq.next_element::<&'de RawValue>()? {
                elements.push(element.get());
            }
            Ok(elements)
        }
    }
    serde_json::Deserializer::from_str(raw).deserialize_seq(Elements)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(body: Value) -> Value {
        serde_json::from_str(&normalized(body.to_string().as_bytes(), Rows::None).unwrap()).unwrap()
    }

    fn rows(body: &str) -> Value {
        serde_json::from_str(&normalized(body.as_bytes(), Rows::Whole).unwrap()).unwrap()
    }

    #[test]
    fn however_a_list_is_written_it_is_an_array() {
        let two = json!([{ "id": "1", "name": "a" }, { "id": "2", "name": "b" }]);
        for written in [
            json!([{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }]),
            json!([{ "size": 2 }, { "computer": { "id": 1, "name": "a" } }, { "computer": { "id": 2, "name": "b" } }]),
            json!({ "size": 2, "computer": [{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }] }),
            json!({ "computer": [{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }] }),
            json!([{ "computer": [{ "id": 1, "name": "a" }, { "id": 2, "name": "b" }], "size": 2 }]),
        ] {
            assert_eq!(object(json!({ "policy": { "computers": written } })), json!({ "computers": two }));
            assert_eq!(rows(&json!({ "computers": written }).to_string()), two, "{written}");
        }
        let one = json!([{ "id": "1", "name": "a" }]);
        for written in [
            json!({ "id": 1, "name": "a" }),
            json!({ "computer": { "id": 1, "name": "a" } }),
            json!({ "size": 1, "computer": { "id": 1, "name": "a" } }),
        ] {
            assert_eq!(object(json!({ "x": { "computers": written } })), json!({ "computers": one }));
            assert_eq!(rows(&json!({ "computers": written }).to_string()), one, "{written}");
        }
        for written in [
            json!([]),
            json!(""),
            json!({}),
            json!(null),
            json!({ "size": 0 }),
            json!([{ "size": 0 }]),
            json!([""]),
        ] {
            assert_eq!(
                object(json!({ "x": { "computers": written } })),
                json!({ "computers": [] }),
                "{written}"
            );
            assert_eq!(rows(&json!({ "computers": written }).to_string()), json!([]), "{written}");
        }
    }

    #[test]
    fn what_only_looks_like_a_list_is_left_alone() {
        let drive =
            json!({ "name": "Macintosh HD", "size": 494384, "partition": { "name": "x", "size": 4 } });
        assert_eq!(object(json!({ "device": drive })), drive);
        let reference = json!({ "site": { "id": "-1", "name": "None" }, "category": { "name": "x" } });
        assert_eq!(object(json!({ "general": reference.clone() })), reference);
        assert_eq!(
            object(json!({ "user": { "completed": "", "failed": "2 days ago", "users": "3" } })),
            json!({ "completed": "", "failed": "2 days ago", "users": "3" })
        );
    }

    #[test]
    fn states_without_commands_are_empty_lists() {
        let none = json!({ "completed": [], "pending": [], "failed": [] });
        for (completed, pending, failed) in [
            (json!(""), json!(""), json!("")),
            (json!({}), json!([]), json!("")),
            (json!({ "size": 0 }), json!(""), json!(null)),
        ] {
            let commands = json!({ "completed": completed, "pending": pending, "failed": failed });
            assert_eq!(
                object(json!({ "computer_history": { "commands": commands } })),
                json!({ "commands": none })
            );
        }
        let one = json!({ "completed": { "command": { "name": "x" } }, "pending": "", "failed": "" });
        let expected = json!({ "completed": [{ "name": "x" }], "pending": [], "failed": [] });
        assert_eq!(
            object(json!({ "computer_history": { "commands": one } })),
            json!({ "commands": expected })
        );
    }

    #[test]
    fn entries_by_other_names_are_entries() {
        let given = json!({ "policy": {
            "self_service_categories": { "category": { "id": 3, "display_in": true } },
            "limit_to_users": { "user_groups": { "user_group": "Teachers" } },
            "criteria": { "size": 1, "criterion": { "priority": 0 } },
            "teacher_ids": [{ "id": 4 }, { "id": 5 }],
            "printers": [{ "size": 1 }, { "leave_existing_default": false }, { "printer": { "id": 2 } }]
        } });
        let expected = json!({
            "self_service_categories": [{ "id": "3", "display_in": true }],
            "limit_to_users": { "user_groups": ["Teachers"] },
            "criteria": [{ "priority": 0 }],
            "teacher_ids": ["4", "5"],
            "printers": [{ "id": "2" }]
        });
        assert_eq!(object(given), expected);
    }

    #[test]
    fn three_forms_of_a_date_are_one_field() {
        let given = json!({ "general": {
            "report_date": "2026-07-07 18:37:04", "report_date_epoch": 1_783_449_424_555_i64, "report_date_utc": "2026-07-07T18:37:04.555+0000",
            "last_enrolled_date_epoch": 1_783_449_424_000_i64, "last_enrolled_date_utc": "x",
            "expires": "", "expires_epoch": 0, "expires_utc": "",
            "issued": "2026-07-07 18:37:04", "issued_utc": "2026-07-07T18:37:04.000+0200",
            "activation_date": "2026-01-01 08:00:00", "activation_date_epoch": 0, "activation_date_utc": "",
            "po_date": "2026-07-07", "po_date_epoch": 1_783_382_400_000_i64, "po_date_utc": "2026-07-07T00:00:00.000+0000",
            "allow_deferral_until_utc": "2026-07-07T18:37:04.000+0000", "note_utc": "soon"
        } });
        let expected = json!({
            "report_date": "2026-07-07T18:37:04.555Z", "last_enrolled_date": "2026-07-07T18:37:04Z", "expires": null,
            "issued": "2026-07-07T16:37:04Z", "activation_date": "2026-01-01 08:00:00", "po_date": "2026-07-07",
            "allow_deferral_until_utc": "2026-07-07T18:37:04Z", "note_utc": "soon"
        });
        assert_eq!(object(given), expected);
    }

    #[test]
    fn ids_are_strings_and_long_numbers_keep_their_digits() {
        let given = r#"{"x":{"id":7,"site_id":-1,"count":3,"ratio":1.50,"invitation":123456789012345678901234567890123456789}}"#;
        let normal = normalized(given.as_bytes(), Rows::None).unwrap();
        let expected = r#"{"id":"7","site_id":"-1","count":3,"ratio":1.50,"invitation":"123456789012345678901234567890123456789"}"#;
        assert_eq!(normal, expected);
    }

    #[test]
    fn xml_is_read_as_well() {
        let list = "<?xml version=\"1.0\"?><policies><size>2</size><policy><id>1</id><name>a &amp; b</name></policy>\
                    <policy><id>2</id><name/></policy></policies>";
        assert_eq!(rows(list), json!([{ "id": "1", "name": "a & b" }, { "id": "2", "name": "" }]));
        assert_eq!(rows("<policies><size>0</size></policies>"), json!([]));
        let written = normalized(b"<policy><id>42</id></policy>", Rows::None).unwrap();
        assert_eq!(written, r#"{"id":"42"}"#);
        assert!(normalized(b"<!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>", Rows::None).is_err());
    }

    #[test]
    fn what_is_normal_stays_as_it_is() {
        let normal = json!({ "computers": [{ "id": "1", "name": "a" }], "report_date": "2026-07-07T18:37:04Z", "n": 1.5 });
        assert_eq!(object(normal.clone()), normal);
        assert!(normalized(b"{", Rows::None).is_err() && normalized(b"", Rows::None).is_err());
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(normalized(deep.as_bytes(), Rows::None).is_err());
    }
}
