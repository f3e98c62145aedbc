//! What an object is turned into before its rows are made, where its rows do not stand in it as lists: entries of scopes, settings of
//! payloads, texts without credentials.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::fleet::scope::{EntryKind, Scope, switch};
use crate::payloads::Payload;
use crate::sanitize::secrets;

/// Add `scope_entries`: one object an entry, with `role`, `type`, `entry_id` and `name`.
pub(in crate::fleet) fn scope(object: &mut Json) {
    let entries = Scope::read(object).entries.into_iter().map(|entry| {
        let (kind, name) = match entry.kind {
            EntryKind::All(of) => (entry.kind, switch(of).to_owned()),
            // One word for users of Jamf Pro and of the directory; those of the directory have no ids that could be used.
            EntryKind::DirectoryUser => (EntryKind::User, entry.name),
            kind => (kind, entry.name),
        };
        let id = entry.id.map(|id| id.to_string());
        json!({ "role": entry.role.word(), "type": kind.word(), "entry_id": id, "name": name })
    });
    let entries = Json::Array(entries.collect());
    set(object, "scope_entries", entries);
}

/// Add the scope's entries, and `payload_types` and `settings` in the place of the text of the payload.
pub(in crate::fleet) fn profile(object: &mut Json) {
    scope(object);
    let text = object
        .get_mut("general")
        .and_then(Json::as_object_mut)
        .and_then(|general| general.remove("payloads"));
    let payload = text.as_ref().and_then(Json::as_str).and_then(|text| Payload::parse(text.as_bytes()).ok());
    let Some(shown) = payload.map(|payload| payload.shown()) else { return };
    let (mut types, mut settings) = (Vec::new(), Vec::new());
    for payload in shown.get("PayloadContent").and_then(Json::as_array).into_iter().flatten() {
        let kind = payload.get("PayloadType").and_then(Json::as_str).unwrap_or_default();
        if !types.contains(&kind) {
            types.push(kind);
        }
        for (key, value) in payload.as_object().into_iter().flatten() {
            if matches!(key.as_str(), "PayloadType" | "PayloadUUID" | "PayloadIdentifier" | "PayloadVersion")
            {
                continue;
            }
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            settings.push(json!({ "payload_type": kind, "key": key, "value": value }));
        }
    }
    let (types, settings) = (json!(types.join(",")), Json::Array(settings));
    set(object, "payload_types", types);
    set(object, "settings", settings);
}

/// Add `digest` of the text as it stands and `looks_like_secret`. The credentials themselves are left out of every text that is kept.
pub(in crate::fleet) fn script(object: &mut Json) {
    let text = object.get("scriptContents").and_then(Json::as_str).unwrap_or_default();
    let digest: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let looks = secrets::any(text);
    set(object, "digest", json!(digest));
    set(object, "looks_like_secret", json!(looks));
}

/// Say that a group is smart.
pub(in crate::fleet) fn smart_group(object: &mut Json) {
    set(object, "is_smart", json!(true));
}

/// Say that a group is static.
pub(in crate::fleet) fn static_group(object: &mut Json) {
    set(object, "is_smart", json!(false));
}

fn set(object: &mut Json, name: &str, value: Json) {
    if let Json::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    } else {
        *object = Json::Object(Map::from_iter([(name.to_owned(), value)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_of_a_scope_is_a_row() {
        let mut policy = json!({ "scope": {
            "all_computers": false, "all_jss_users": true, "computer_groups": [{ "id": "4", "name": "Lab" }],
            "limit_to_users": { "user_groups": ["staff"] },
            "limitations": { "network_segments": [{ "id": "2", "name": "VPN" }] },
            "exclusions": { "computers": [{ "id": "9", "name": "kiosk" }], "users": [{ "name": "anna" }] },
        }});
        scope(&mut policy);
        let rows: Vec<String> = policy["scope_entries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                format!("{} {} {} {}", row["role"], row["type"], row["entry_id"], row["name"])
                    .replace('"', "")
            })
            .collect();
        assert_eq!(
            rows,
            [
                "target all null all_jss_users",
                "target computer_group 4 Lab",
                "limitation network_segment 2 VPN",
                "limitation directory_group null staff",
                "exclusion computer 9 kiosk",
                "exclusion user null anna",
            ]
        );
    }

    #[test]
    fn settings_of_a_payload_are_rows_without_its_secrets() {
        let text = "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict>\
            <key>PayloadType</key><string>com.apple.wifi.managed</string><key>SSID_STR</key><string>Corp</string>\
            <key>Password</key><string>hunter2</string></dict></array></dict></plist>";
        let mut profile_json = json!({ "general": { "payloads": text } });
        profile(&mut profile_json);
        assert_eq!(profile_json["payload_types"], "com.apple.wifi.managed");
        assert!(
            profile_json["settings"]
                .as_array()
                .unwrap()
                .iter()
                .any(|row| row["key"] == "SSID_STR" && row["value"] == "Corp")
        );
        assert!(!profile_json.to_string().contains("hunter2"), "{profile_json}");
    }
}
