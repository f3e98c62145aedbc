//! Fields of an answer: which are read, and which hold secrets.

use std::borrow::Cow;

use jamf_pro_tools::{Action, Checked, Risk};
use serde_json::Value;

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
