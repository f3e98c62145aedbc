//! Fields of an answer: which are read, and which hold secrets.

use std::borrow::Cow;

use jamf_pro_tools::{Action, Checked, Risk};
use serde_json::{Value, json};

use crate::sanitize::secrets;

/// The fields that an answer has: those asked for, or the default ones; none for all.
pub fn fields(action: &Action, checked: &Checked) -> Vec<String> {
    match checked.list("fields") {
        Some(fields) if fields.contains(&"*") => Vec::new(),
        Some(fields) if !fields.is_empty() => fields.into_iter().map(str::to_owned).collect(),
        _ => action.brief.iter().map(|field| (*field).to_owned()).collect(),
    }
}

/// `userAndLocation` as `USER_AND_LOCATION`.
pub fn section_name(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            text.push('_');
        }
        text.extend(c.to_uppercase());
    }
    text
}

/// Sections of a record come only when they are asked for, and a field of one that was not would be null without a word. So
/// the sections that the fields to read are in are asked for, beside those that the caller chose.
pub(super) fn ask_for_sections(
    action: &Action,
    checked: Checked,
    read: &[String],
    everything: bool,
) -> Checked {
    let known = sections(action);
    if known.is_empty() {
        return checked;
    }
    let mut wanted: Vec<Value> =
        checked.arguments().get("section").and_then(Value::as_array).cloned().unwrap_or_default();
    let chosen = wanted.len();
    for field in read {
        let section = json!(section_name(field.split('.').next().unwrap_or_default()));
        if known.contains(&section) && !wanted.contains(&section) {
            wanted.push(section);
        }
    }
    // With every field asked for, the section that comes by itself still has to.
    let general = json!("GENERAL");
    if everything
        && chosen == 0
        && !wanted.is_empty()
        && known.contains(&general)
        && !wanted.contains(&general)
    {
        wanted.insert(0, general);
    }
    if wanted.is_empty() { checked } else { checked.with_argument("section", Some(Value::Array(wanted))) }
}

/// Names of the sections that an action can be asked for.
pub(super) fn sections(action: &Action) -> Vec<Value> {
    let schema = action.checked_schema();
    let section = schema.get("properties").and_then(|properties| properties.get("section"));
    section
        .and_then(|section| section.pointer("/items/enum"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default()
}

/// JSON text of an answer without what is called like a secret, unless the action is there to reveal it.
pub fn without_secrets(action: &Action, text: String) -> String {
    let labels = action.path.starts_with("/api/v3/enrollment/languages");
    if action.risk == Risk::Secret || labels {
        return text;
    }
    let text = match secrets::json_left_out(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(other) => other,
    };
    if !action.path.starts_with("/JSSResource/webhooks") {
        return text;
    }
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
    if let Some(Value::String(url)) = value.get_mut("url") {
        *url = secrets::address_left_out(url).into_owned();
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_written_in_capitals() {
        assert_eq!(section_name("userAndLocation"), "USER_AND_LOCATION");
        assert_eq!(section_name("ibeacons"), "IBEACONS");
    }
}
