//! What a call is answered with: rows, objects, files and outcomes as text that fits.
//!
//! Every list says how many there are, how many are shown, how to go on, and what it cannot promise. What is too long is cut
//! by rows, never refused. Text of the tenant is made inert in one place, [`clean`].

use std::io::Write;
use std::path::Path;

use jamf_pro_tools::{Action, Api, Checked, Rows, rsql};
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::payloads;
use crate::readback;
use crate::tenant::{Listing, Reply, Tenant, Walk, Wanted};

pub mod clean;
mod csv;

/// Rows a page when the caller does not say.
const PAGE: u32 = 50;

/// Rows a page of the wire on a walk to the end.
const WALK_PAGE: u32 = 500;

/// Longest string in a row of a list, in characters.
const IN_A_ROW: usize = 500;

/// What is kept free of an answer for everything but its rows.
const FRAME: usize = 1_500;

/// How long answers may be, and whether they name their tenant.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    characters: usize,
    several_tenants: bool,
}

impl Limits {
    /// Answers of up to so many characters.
    pub fn new(characters: usize, several_tenants: bool) -> Self {
        Self { characters, several_tenants }
    }
}

/// The fields that an answer has: those asked for, or the default ones; none for all.
pub fn fields(action: &Action, checked: &Checked) -> Vec<String> {
    match checked.list("fields") {
        Some(fields) if fields.contains(&"*") => Vec::new(),
        Some(fields) if !fields.is_empty() => fields.into_iter().map(str::to_owned).collect(),
        _ => action.brief.iter().map(|field| (*field).to_owned()).collect(),
    }
}

/// Sections of a record come only when they are asked for, and a field of one that was not would be null without a word. So
/// the sections that the fields name are asked for, unless the caller chose sections itself.
pub fn ask_for_sections(action: &Action, arguments: &mut Map<String, Value>) {
    let schema = action.input_schema();
    let sections = schema.get("properties").and_then(|properties| properties.get("section"));
    let known = sections.and_then(|section| section.pointer("/items/enum")).and_then(Value::as_array);
    let (Some(known), false) = (known, arguments.contains_key("section")) else { return };
    let named: Vec<String> = match arguments.get("fields") {
        Some(Value::Array(fields)) => fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(fields)) => fields.split(',').map(|field| field.trim().to_owned()).collect(),
        _ => action.brief.iter().map(|field| (*field).to_owned()).collect(),
    };
    let mut wanted: Vec<Value> = Vec::new();
    for field in &named {
        let section = json!(screaming(field.split('.').next().unwrap_or_default()));
        if known.contains(&section) && !wanted.contains(&section) {
            wanted.push(section);
        }
    }
    if !wanted.is_empty() {
        arguments.insert("section".to_owned(), Value::Array(wanted));
    }
}

/// `userAndLocation` as `USER_AND_LOCATION`.
fn screaming(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            text.push('_');
        }
        text.extend(c.to_uppercase());
    }
    text
}

/// Which rows a call asks for.
pub fn walk(checked: &Checked, limits: &Limits) -> Walk {
    let all = checked.flag("all");
    let asked = checked.number("page_size");
    let size = asked.unwrap_or(PAGE);
    let offset = u64::from(checked.number("page").unwrap_or(0)) * u64::from(size);
    let page_size = if all && asked.is_none() { WALK_PAGE } else { size };
    let room = limits.characters.saturating_sub(FRAME);
    // Rows as CSV take a fraction of what they take as JSON; what is too much then is cut there.
    let budget = if checked.text("format") == Some("csv") { room * 6 } else { room };
    Walk { offset, page_size, all, budget }
}

/// A list.
///
/// # Errors
/// When a row is not JSON, which the tenant's client would have refused before.
pub fn listing(
    action: &Action,
    checked: &Checked,
    wanted: &Wanted,
    walk: &Walk,
    listing: &Listing,
    limits: &Limits,
    tenant: &Tenant,
) -> Result<String, Error> {
    if checked.text("format") == Some("csv") {
        let table = csv::Table::new(&wanted.fields, listing, limits.characters.saturating_sub(FRAME))?;
        let mut shown = listing.clone();
        if table.shown < listing.rows.len() {
            shown.rows.truncate(table.shown);
            shown.cut = true;
            shown.next_offset = Some(walk.offset + u64::try_from(table.shown).unwrap_or(u64::MAX));
        }
        let notes = notes(action, checked, walk, &shown);
        return Ok(table.text(listing.total, &notes, next(walk, &shown).as_ref()));
    }
    let notes = notes(action, checked, walk, listing);
    let next = next(walk, listing);
    let mut frame = Map::new();
    if limits.several_tenants {
        frame.insert("tenant".to_owned(), json!(named(tenant)));
    }
    frame.insert("total".to_owned(), json!(listing.total));
    frame.insert("shown".to_owned(), json!(listing.rows.len()));
    if let Some(next) = next {
        frame.insert("next".to_owned(), next);
    }
    frame.insert("as_of".to_owned(), json!(now()));
    if !notes.is_empty() {
        frame.insert("notes".to_owned(), json!(notes));
    }
    let mut text = Value::Object(frame).to_string();
    // The frame ends with its brace; rows come last, so that what is cut off by a host is rows and not the frame.
    text.pop();
    text.push_str(",\"rows\":[");
    for (at, row) in listing.rows.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&clean::json(row, IN_A_ROW));
    }
    text.push_str("]}");
    Ok(text)
}

fn named(tenant: &Tenant) -> String {
    match tenant.label() {
        Some(label) => format!("{} ({label})", tenant.name()),
        None => tenant.name().to_owned(),
    }
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The arguments that go on where this answer ends.
fn next(walk: &Walk, listing: &Listing) -> Option<Value> {
    let offset = listing.next_offset?;
    let size = u64::from(if walk.all { PAGE } else { walk.page_size });
    if offset.is_multiple_of(size) && !walk.all {
        return Some(json!({ "page": offset / size, "page_size": size }));
    }
    // Pages are numbered in their own size, so going on in the middle of one takes another size.
    let fitting =
        (1..=size).rev().find(|size| offset.is_multiple_of(*size)).filter(|fitting| fitting * 4 > size);
    Some(match fitting {
        Some(fitting) => json!({ "page": offset / fitting, "page_size": fitting }),
        None => json!({ "page": offset / size, "page_size": size, "first_rows_repeat": offset % size }),
    })
}

/// What a reader must know before drawing a conclusion, above all from an empty list.
fn notes(action: &Action, checked: &Checked, walk: &Walk, listing: &Listing) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    if let Some(error) = &listing.failed {
        notes.push(format!("INCOMPLETE: the walk broke off after {} rows: {error}", listing.read));
    }
    if listing.cut {
        notes.push(format!(
            "cut after {} rows to fit; ask for fewer `fields`, or go on with `next`",
            listing.rows.len()
        ));
    }
    notes.extend(listing.notes.iter().cloned());
    if !listing.null_sections.is_empty() {
        notes.push(format!(
            "{} is null in every row: not collected, or not part of these records",
            listing.null_sections.join(", ")
        ));
    }
    if !listing.absent.is_empty() {
        notes.push(format!("no row has the field {}: check its spelling, with `fields` of `*` and `page_size` 1 to see all fields", listing.absent.join(", ")));
    }
    if let Some(path) = listing.older_path {
        notes.push(format!("this tenant is older: answered by {path}"));
    }
    if let Some(filter) = checked.text("filter") {
        notes.extend(filter_note(action, filter));
    }
    if listing.rows.is_empty() && listing.failed.is_none() {
        notes.push(match (listing.total, checked.text("filter")) {
            (Some(total), _) if total > 0 => format!("there is nothing on this page: the list has {total} rows and begins at page 0, and this is from row {}", walk.offset),
            (_, Some(_)) => "nothing matches the filter; text is compared whole unless it has `*`".to_owned(),
            _ => "the list is empty".to_owned(),
        });
    }
    notes
}

/// A filter on a field that Jamf does not document as filterable may come back empty for that reason alone.
fn filter_note(action: &Action, filter: &str) -> Option<String> {
    let expression = rsql::parse(filter).ok().filter(|_| !action.filters.is_empty())?;
    let unknown: Vec<&str> =
        expression.selectors().into_iter().filter(|field| !action.filters.contains(field)).collect();
    (!unknown.is_empty()).then(|| {
        format!("the filter asks about {}, which Jamf does not document as filterable: an empty answer proves nothing", unknown.join(", "))
    })
}

/// One object.
///
/// # Errors
/// When the answer is not JSON.
pub fn object(
    action: &Action,
    wanted: &Wanted,
    reply: &Reply,
    limits: &Limits,
    tenant: &Tenant,
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
    let text = clean::json(&text, limits.characters / 2).into_owned();
    let absent = projection.absent(&tally);
    let mut frame = Map::new();
    if limits.several_tenants {
        frame.insert("tenant".to_owned(), json!(named(tenant)));
    }
    if !absent.is_empty() {
        frame.insert("notes".to_owned(), json!([format!("there is no field {}", absent.join(", "))]));
    }
    if text.chars().count() > limits.characters.saturating_sub(FRAME) {
        return Ok(too_long(&text, frame));
    }
    if frame.is_empty() {
        return Ok(text);
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
    frame.insert("notes".to_owned(), json!(["too long for one answer; these are its parts with their sizes in characters: ask for some with `fields`"]));
    frame.insert("parts".to_owned(), Value::Object(sizes));
    Value::Object(frame).to_string()
}

fn not_json() -> Error {
    Error::Unreachable {
        message: "the tenant's answer is not JSON that can be read; try again".to_owned(),
        retry_after: None,
    }
}

/// What came of a call that changes something.
///
/// # Errors
/// None: the call was a success, and what cannot be read of its answer is left out.
pub fn outcome(
    action: &Action,
    wanted: &Wanted,
    reply: &Reply,
    limits: &Limits,
    tenant: &Tenant,
) -> Result<String, Error> {
    let mut frame = Map::new();
    if limits.several_tenants {
        frame.insert("tenant".to_owned(), json!(named(tenant)));
    }
    let said = match (reply.status, action.method) {
        (201, _) => "created or accepted",
        (202, _) => "accepted; it takes effect in a while",
        _ => "done",
    };
    frame.insert("result".to_owned(), json!(said));
    if let (Api::Classic, Some(id)) = (action.api(), readback::id_in(&reply.body)) {
        // It answers little but the id, and that one is wanted where it is seen.
        frame.insert("id".to_owned(), json!(clean::text(&id)));
        return Ok(Value::Object(frame).to_string());
    }
    let projection = wanted.projection(action, reply.older_path.is_some());
    let body = projection.object(&reply.body, &mut projection.tally()).ok();
    let mut text = Value::Object(frame).to_string();
    if let Some(body) = body.filter(|body| body.chars().count() < limits.characters.saturating_sub(FRAME)) {
        text.pop();
        text.push_str(",\"answer\":");
        text.push_str(&clean::json(&body, limits.characters / 2));
        text.push('}');
    }
    Ok(text)
}

/// What a job found; its own notes are part of it.
pub fn job(value: Value, limits: &Limits, tenant: &Tenant) -> String {
    let mut frame = Map::new();
    if limits.several_tenants {
        frame.insert("tenant".to_owned(), json!(named(tenant)));
    }
    frame.insert("as_of".to_owned(), json!(now()));
    if let Value::Object(fields) = value {
        frame.extend(fields);
    }
    let text = Value::Object(frame.clone()).to_string();
    let text = clean::json(&text, IN_A_ROW).into_owned();
    if text.chars().count() > limits.characters.saturating_sub(FRAME) {
        return too_long(&text, Map::new());
    }
    text
}

/// Text of the tenant: a script, CSV.
///
/// # Errors
/// None.
pub fn text(reply: &Reply, limits: &Limits) -> Result<String, Error> {
    let whole = String::from_utf8_lossy(&reply.body);
    let whole = clean::text(&whole);
    let room = limits.characters.saturating_sub(FRAME);
    Ok(match whole.char_indices().nth(room) {
        Some((end, _)) => {
            let left = whole.chars().count() - room;
            format!("{}\n[cut: {left} more characters]", whole.get(..end).unwrap_or_default())
        }
        None => whole.into_owned(),
    })
}

/// A file, saved into the configured folder under a name that is nothing but a name.
///
/// # Errors
/// When no folder is configured, or it cannot be written.
pub fn file(action: &Action, reply: &Reply, folder: Option<&Path>) -> Result<String, Error> {
    let folder = folder.ok_or_else(|| {
        Error::NotAllowed(
            "the answer is a file, and files are saved only into the folder that `files` in the configuration names; none is named. Ask \
             the person who runs this server"
                .to_owned(),
        )
    })?;
    let suggested: String = reply
        .file_name
        .as_deref()
        .unwrap_or(action.name)
        .chars()
        .filter(|c| c.is_alphanumeric() || "._- ".contains(*c))
        .take(100)
        .collect();
    let suggested = suggested.trim_matches(['.', ' ']).to_owned();
    let suggested = if suggested.is_empty() { action.name.to_owned() } else { suggested };
    let name = format!("{}-{suggested}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3f"));
    let path = folder.join(&name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(&reply.body));
    written.map_err(|error| {
        Error::Operator(format!("the file could not be saved as {}: {error}", path.display()))
    })?;
    Ok(json!({ "result": "saved", "file": name, "folder": folder, "bytes": reply.body.len(), "media_type": reply.media_type }).to_string())
}

/// Arguments as the audit log keeps them: what may be a credential is left out.
pub fn redacted(value: &Value) -> Value {
    const WORDS: [&str; 9] = [
        "password",
        "passcode",
        "secret",
        "token",
        "pin",
        "recoverykey",
        "privatekey",
        "credential",
        "passphrase",
    ];
    match value {
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let plain: String = key.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
                let secret = WORDS
                    .iter()
                    .any(|word| if *word == "pin" { plain == *word } else { plain.contains(word) });
                (key.clone(), if secret && !value.is_null() { json!("(left out)") } else { redacted(value) })
            };
            Value::Object(map.iter().map(entry).collect())
        }
        Value::Array(items) => items.iter().map(redacted).collect(),
        // A payload travels as JSON text, and a secret in it is refused only when it is looked at.
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            match serde_json::from_str(text) {
                Ok(inside) => json!(shortened(&redacted(&payloads::recorded(&inside)).to_string())),
                // What was meant as JSON and is none may hold the same.
                Err(_) if text.contains("\":") || text.contains("\" :") => {
                    json!(format!("(left out: {} characters that are no JSON)", text.chars().count()))
                }
                Err(_) => json!(shortened(text)),
            }
        }
        Value::String(text) => json!(shortened(text)),
        other => other.clone(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(2_000) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Whether a list answers by default with fields of its own choice.
pub fn is_list(action: &Action) -> bool {
    action.rows != Rows::None
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn sections_follow_from_fields() {
        let action = Catalogue::get().find("computer_list").unwrap();
        let sections = |arguments: Value| {
            let mut arguments = arguments.as_object().unwrap().clone();
            ask_for_sections(action, &mut arguments);
            arguments.get("section").cloned()
        };
        assert_eq!(
            sections(json!({ "fields": ["id", "userAndLocation.email", "hardware.model"] })),
            Some(json!(["USER_AND_LOCATION", "HARDWARE"]))
        );
        assert_eq!(
            sections(json!({ "section": ["STORAGE"], "fields": ["hardware.model"] })),
            Some(json!(["STORAGE"]))
        );
        assert_eq!(sections(json!({ "fields": ["id"] })), None);
        assert!(sections(json!({})).is_some(), "the default fields name sections too");
        assert_eq!(screaming("ibeacons"), "IBEACONS");
    }

    #[test]
    fn going_on_is_said_in_arguments() {
        let walk = |all, page_size, offset| Walk { offset, page_size, all, budget: 0 };
        let at = |offset| Listing { next_offset: Some(offset), ..Listing::default() };
        assert_eq!(next(&walk(false, 50, 0), &at(50)), Some(json!({ "page": 1, "page_size": 50 })));
        assert_eq!(next(&walk(false, 100, 0), &at(60)), Some(json!({ "page": 1, "page_size": 60 })));
        assert_eq!(next(&walk(false, 100, 0), &at(97)), Some(json!({ "page": 1, "page_size": 97 })));
        assert_eq!(
            next(&walk(true, 500, 0), &at(331)),
            Some(json!({ "page": 6, "page_size": 50, "first_rows_repeat": 31 }))
        );
        assert_eq!(next(&walk(false, 50, 0), &Listing::default()), None);
    }

    #[test]
    fn credentials_are_left_out_of_records() {
        let given = json!({ "id": "7", "body": { "Password": "x", "lock_pin": "1", "pin": "2", "spinning": "kept", "list": [{ "clientSecret": "y" }] } });
        let kept = json!({ "id": "7", "body": { "Password": "(left out)", "lock_pin": "1", "pin": "(left out)", "spinning": "kept", "list": [{ "clientSecret": "(left out)" }] } });
        assert_eq!(redacted(&given), kept);
        let payload = json!([{ "PayloadType": "com.apple.wifi.managed", "SSID_STR": "x", "Password": "CANARY", "PSK": "CANARY" }]);
        let kept = redacted(&json!({ "payload": payload.to_string(), "broken": "{\"Password\": \"CANARY" }))
            .to_string();
        assert!(kept.contains("SSID_STR") && !kept.contains("CANARY"), "{kept}");
    }
}
