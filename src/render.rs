//! What a call is answered with: rows, objects, files and outcomes as text that fits.
//!
//! Every list says how many there are, how many are shown, how to go on, and what it cannot promise. What is too long is cut
//! by rows, never refused. Text of the tenant is made inert in one place, [`crate::sanitize::text`].

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use items::Items;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{FieldSelection, Reply};
use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::{Action, Api, Checked};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::payloads;
use crate::privacy;
use crate::query::fields::without_secrets;
use crate::readback;
use crate::sanitize::secrets;
use crate::sanitize::text;

mod csv;
pub mod files;
pub mod items;
pub mod list;
pub mod place;

use crate::privacy::{Discretion, Redaction};

/// Longest string in a row of a list, in characters.
const IN_A_ROW: usize = 500;

/// What is kept free of an answer for everything but its rows.
const FRAME: usize = 1_500;

/// How long answers may be, what they may show, and where what is too long for them goes.
#[derive(Clone)]
pub struct Limits {
    characters: usize,
    redaction: Redaction,
    files: Option<Arc<Path>>,
}

impl Limits {
    /// Answers of up to so many characters.
    pub fn new(characters: usize, redaction: Redaction, files: Option<Arc<Path>>) -> Self {
        Self { characters, redaction, files }
    }

    /// What is done about personal data.
    pub fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Characters that the tenant's part of an answer may have.
    fn room(&self) -> usize {
        self.characters.saturating_sub(FRAME)
    }

    /// Longest answer.
    pub fn characters(&self) -> usize {
        self.characters
    }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// One object.
///
/// # Errors
/// When the answer is not JSON.
pub fn object(
    action: &Action,
    checked: &Checked,
    wanted: &FieldSelection,
    reply: &Reply,
    limits: &Limits,
) -> Result<String, Error> {
    if reply.body.is_empty() {
        // Some answer yes by nothing but their status.
        return Ok(
            json!({ "status": reply.status, "notes": ["the tenant answered yes, without anything further"] })
                .to_string(),
        );
    }
    let projection = wanted.projection(action, reply.older_path.is_some());
    let mut tally = projection.tally();
    let text = projection.object(&reply.body, &mut tally).map_err(|_| not_json())?;
    let text = without_secrets(action, text);
    let text = limits.redaction.json(action.path, text);
    let from = checked.number("text_from").map_or(0, |from| usize::try_from(from).unwrap_or(usize::MAX));
    let (text, cut) = text::json_from(&text, from, limits.characters / 2);
    let mut notes = Vec::new();
    let absent = projection.absent(&tally);
    let is_named = checked.arguments().contains_key("fields");
    if !absent.is_empty() && is_named {
        notes.push(format!("there is no field {}", absent.join(", ")));
    }
    let mut null = projection.null_sections(&tally);
    null.extend(list::null_sections(action, checked, [text.as_ref()]));
    let mut named = HashSet::new();
    null.retain(|section| named.insert(section.clone()));
    if !null.is_empty() {
        notes.push(format!("{} is null: not collected, or not part of this record", null.join(", ")));
    }
    if cut {
        notes.push(format!(
            "a text is cut; `text_from` of {} goes on",
            from.saturating_add(limits.characters / 2)
        ));
    }
    if !action.answer_notes.is_empty() {
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        notes.extend(action.notes_on(&answer).map(str::to_owned));
    }
    notes.extend(limits.redaction.note().map(str::to_owned));
    let mut frame = Map::new();
    if !notes.is_empty() {
        frame.insert("notes".to_owned(), json!(notes));
    }
    if text.chars().count() > limits.room() {
        return Ok(too_long(&text, frame));
    }
    if frame.is_empty() {
        return Ok(text.into_owned());
    }
    let mut framed = Value::Object(frame).to_string();
    framed.pop();
    framed.push_str(",\"object\":");
    framed.push_str(&text);
    framed.push('}');
    Ok(framed)
}

/// An object that does not fit is answered by its parts and their sizes, so that the reader can ask for the ones it needs.
fn too_long(text: &str, mut frame: Map<String, Value>) -> String {
    let parts = serde_json::from_str::<indexmap::IndexMap<String, &serde_json::value::RawValue>>(text)
        .unwrap_or_default();
    let sizes: Map<String, Value> =
        parts.iter().map(|(name, value)| (name.clone(), json!(value.get().len()))).collect();
    let mut notes = vec![json!(
        "too long for one answer; these are its parts with their sizes in characters: ask for some with `fields`"
    )];
    notes.extend(frame.get("notes").and_then(Value::as_array).into_iter().flatten().cloned());
    frame.insert("notes".to_owned(), Value::Array(notes));
    frame.insert("parts".to_owned(), Value::Object(sizes));
    Value::Object(frame).to_string()
}

fn not_json() -> Error {
    Error::unreachable("the tenant's answer is not JSON that can be read").hint("try again")
}

/// Why the answer to a write cannot be read, though its status is a success.
pub fn unread(action: &Action, reply: &Reply) -> Option<String> {
    if let Some(why) = &reply.incomplete {
        return Some(why.clone());
    }
    let is_json = action.answer == Holds::Json;
    let is_empty = reply.body.iter().all(u8::is_ascii_whitespace);
    let is_readable = || serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_ok();
    (is_json && !is_empty && !is_readable())
        .then(|| "the answer is not JSON or XML that can be read".to_owned())
}

/// What came of a call that changes something. What cannot be read of its answer is left out, and said.
pub fn outcome(
    action: &Action,
    wanted: &FieldSelection,
    reply: &Reply,
    items: Option<&Items>,
    limits: &Limits,
) -> Map<String, Value> {
    let mut frame = Map::new();
    let result = match (reply.status, action.method) {
        (201, _) => "created or accepted",
        (202, _) => "accepted; it takes effect in a while",
        _ => "done",
    };
    frame.insert("result".to_owned(), json!(result));
    if let Some(why) = unread(action, reply) {
        frame.insert("result".to_owned(), json!(Outcome::Unconfirmed.to_string()));
        frame.insert("answer_not_read".to_owned(), json!(why));
        return frame;
    }
    if let Some(items) = items {
        items.mark(&mut frame);
    }
    if let (Api::Classic, Some(id)) = (action.api(), readback::id_in(&reply.body)) {
        // It answers little but the id, and that one is wanted where it is seen.
        frame.insert("id".to_owned(), json!(text::clean(&id)));
        return frame;
    }
    let projection = wanted.projection(action, reply.older_path.is_some());
    let body = projection.object(&reply.body, &mut projection.tally()).ok();
    let body = body.map(|body| limits.redaction.json(action.path, without_secrets(action, body)));
    let body = body.filter(|body| body.chars().count() < limits.room());
    let answer = body.and_then(|body| serde_json::from_str(&text::json(&body, limits.characters / 2)).ok());
    frame.extend(answer.map(|answer: Value| ("answer".to_owned(), answer)));
    frame
}

/// What a job found; its own notes are part of it.
pub fn job(mut value: Value, limits: &Limits) -> Map<String, Value> {
    clean(&mut value, limits);
    let mut frame = Map::new();
    frame.insert("as_of".to_owned(), json!(now()));
    if let Some(note) = limits.redaction.note() {
        frame.insert("redaction".to_owned(), json!(note));
    }
    if let Value::Object(fields) = value {
        frame.extend(fields);
    }
    let text = Value::Object(frame).to_string();
    let (text, cut) = text::json_from(&text, 0, IN_A_ROW);
    let found = serde_json::from_str(&text).unwrap_or_default();
    if !cut && text.chars().count() <= limits.room() { found } else { fit(found, cut, limits.room()) }
}

/// Take the secrets and, as far as the configuration asks, the personal data out of what a job found.
fn clean(value: &mut Value, limits: &Limits) {
    secrets::hide(value, secrets::MARK);
    limits.redaction.apply("", value);
}

/// What a job found, with its longest parts cut or left out until it fits, which it says.
fn fit(mut found: Map<String, Value>, cut: bool, room: usize) -> Map<String, Value> {
    let mut notes = Vec::new();
    if cut {
        notes.push(format!("texts of over {IN_A_ROW} characters are cut"));
    }
    let length = |value: &Value| value.to_string().chars().count();
    // Each turn makes the longest part small, so there are no more turns than parts.
    for _ in 0..found.len() {
        let over = length(&json!(found)).saturating_sub(room);
        let longest = found.iter_mut().max_by_key(|(_, value)| length(value));
        let Some((name, part)) = longest.filter(|_| over > 0) else { break };
        let most = length(part).saturating_sub(over);
        notes.push(shorten(name, part, most));
    }
    if let Value::Array(all) = found.entry("notes").or_insert_with(|| json!([])) {
        all.extend(notes.into_iter().map(Value::String));
    }
    found
}

/// Make a part no longer than `most`: a list loses its last rows, anything else is left out. Answers what is to be said of it.
fn shorten(name: &str, part: &mut Value, most: usize) -> String {
    if let Value::Array(rows) = part {
        let (all, mut length) = (rows.len(), 2);
        let fits = rows.iter().take_while(|row| {
            length += row.to_string().chars().count() + 1;
            length <= most
        });
        let kept = fits.count();
        rows.truncate(kept);
        return format!("too long for one answer: `{name}` is cut after {kept} of {all}");
    }
    let length = part.to_string().chars().count();
    *part = json!(format!("(left out: {length} characters)"));
    format!("too long for one answer: `{name}` is left out")
}

/// Text of the tenant: a script, a certificate. Whether it may be shown was asked before it was read, by [`files::admit`].
pub fn text(checked: &Checked, reply: &Reply, limits: &Limits) -> String {
    let whole = String::from_utf8_lossy(&reply.body);
    let whole = text::clean(&whole);
    let whole = secrets::left_out(&whole);
    let whole = limits.redaction.text(&whole);
    let from = checked.number("text_from").map_or(0, |from| usize::try_from(from).unwrap_or(usize::MAX));
    let begin = whole.char_indices().nth(from).map_or(whole.len(), |(at, _)| at);
    let part = whole.get(begin..).unwrap_or_default();
    let (length, room) = (whole.chars().count(), limits.room());
    let end = part.char_indices().nth(room).map_or(part.len(), |(end, _)| end);
    let part = part.get(..end).unwrap_or_default();
    let last = from.min(length) + part.chars().count();
    let going_on = if last < length { format!("; go on with `text_from` of {last}") } else { String::new() };
    let title = format!("characters {} to {last} of {length}{going_on}", from.min(length));
    text::fenced(part, &title)
}

/// An error's words, with what they quote of the tenant as the configuration has it. `met` are the people of what the call read.
pub fn error(error: &Error, limits: &Limits, met: Option<&Discretion>) -> String {
    let text = error.to_string();
    match met {
        Some(met) => met.sentence(&text),
        None => limits.redaction.text(&text).into_owned(),
    }
}

/// Pseudonyms are known to lists alone: Jamf would find nothing by one.
///
/// # Errors
/// When an argument other than a condition on a list holds one.
pub fn refuse_pseudonyms(arguments: &Map<String, Value>, limits: &Limits) -> Result<(), Error> {
    let others = arguments.iter().filter(|(name, _)| !matches!(name.as_str(), "where" | "filter"));
    if limits.redaction.is_off() {
        return Ok(());
    }
    for (name, value) in others {
        if let Some(found) = privacy::pseudonym_in(value) {
            return Err(Error::caller(format!(
                "`{name}`: `{}` is a pseudonym that this server made; the tenant does not know it",
                found.trim_matches('*')
            ))
            .hint("find its rows with a list and `where`, and go on with their ids"));
        }
    }
    Ok(())
}

/// The same without whatever is called like a secret, for the audit log and for answers of a shape that nobody knows.
pub fn redacted(value: &Value) -> Value {
    let mut value = value.clone();
    secrets::hide(&mut value, "(left out)");
    for_record(&value)
}

/// The same with texts as records have them.
fn for_record(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), for_record(value))).collect(),
        Value::Array(items) => items.iter().map(for_record).collect(),
        // Nor can it be told which settings of a property list are secrets.
        Value::String(text) if text.contains("<plist") => {
            json!(format!("(left out: a property list of {} characters)", text.chars().count()))
        }
        // A payload travels as JSON text, and a secret in it is refused only when it is looked at.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            match serde_json::from_str(text) {
                Ok(inside) => json!(shorten_text(&redacted(&payloads::without_secrets(&inside)).to_string())),
                // What was meant as JSON and is none may hold the same.
                Err(_) if text.contains("\":") || text.contains("\" :") => {
                    json!(format!("(left out: {} characters that are no JSON)", text.chars().count()))
                }
                Err(_) => json!(shorten_text(text)),
            }
        }
        Value::String(text) => json!(shorten_text(&secrets::left_out(text))),
        other => other.clone(),
    }
}

fn shorten_text(text: &str) -> String {
    match text.char_indices().nth(2_000) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_found_fits_and_says_what_it_lost() {
        let rows: Vec<Value> = (0..100).map(|at| json!({ "id": at, "text": "é".repeat(40) })).collect();
        let found = json!({ "verdict": "no", "candidates": rows, "payload": { "a": "x".repeat(450) }, "long": "y".repeat(600), "notes": ["mind"] });
        let limits = Limits::new(
            FRAME + 2_500,
            Redaction::open(crate::config::Redaction::Full, Path::new("")).unwrap(),
            None,
        );
        let text = Value::Object(job(found, &limits)).to_string();
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert!(text.chars().count() < limits.characters(), "{}", text.chars().count());
        assert_eq!((&answer["verdict"], &answer["payload"]["a"]), (&json!("no"), &json!("x".repeat(450))));
        let shown = answer["candidates"].as_array().unwrap().len();
        let notes = answer["notes"].to_string();
        assert!(
            shown > 5 && notes.contains("mind") && notes.contains(&format!("cut after {shown} of 100")),
            "{notes}"
        );
        assert!(
            notes.contains("over 500 characters")
                && answer["long"].as_str().unwrap().contains("(+100 characters)"),
            "{notes}"
        );
        let wide = Value::Object(job(
            json!({ "verdict": "no", "payload": vec![("k", "v".repeat(400)); 20].into_iter().enumerate().map(|(at, (k, v))| (format!("{k}{at}"), json!(v))).collect::<Map<_, _>>() }),
            &limits,
        ))
        .to_string();
        assert!(
            wide.contains("left out: ")
                && wide.contains("`payload` is left out")
                && wide.contains("\"verdict\":\"no\""),
            "{wide}"
        );
    }

    #[test]
    fn credentials_are_left_out_of_records() {
        let given = json!({ "id": "7", "body": { "Password": "x", "lock_pin": "1", "unlockPin": 7, "pin": "2", "spinning": "kept", "list": [{ "clientSecret": "y" }] } });
        let kept = json!({ "id": "7", "body": { "Password": "(left out)", "lock_pin": "(left out)", "unlockPin": "(left out)", "pin": "(left out)", "spinning": "kept", "list": [{ "clientSecret": "(left out)" }] } });
        assert_eq!(redacted(&given), kept);
        let list = redacted(
            &json!({ "payloads": "<?xml version=\"1.0\"?><plist><dict><key>Password</key><string>CANARY</string></dict></plist>" }),
        );
        assert!(list["payloads"].as_str().unwrap().starts_with("(left out: a property list of"), "{list}");
        let payload = json!([{ "PayloadType": "com.apple.wifi.managed", "SSID_STR": "x", "Password": "CANARY", "PSK": "CANARY" }]);
        let kept = redacted(&json!({ "payload": payload.to_string(), "broken": "{\"Password\": \"CANARY", "name": "[Test] Macs" }))
            .to_string();
        assert!(
            kept.contains("SSID_STR") && kept.contains("[Test] Macs") && !kept.contains("CANARY"),
            "{kept}"
        );
    }
}
