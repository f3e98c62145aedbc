//! What an object is turned into before its rows are made, where its rows do not stand in it as lists: entries of scopes, settings of
//! payloads, texts without credentials.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::payloads::Payload;
use crate::sanitize::secrets;

/// Lists in the targets or exclusions of a scope, with the type of their entries.
const LISTS: &[(&str, &str)] = &[
    ("computers", "computer"),
    ("computer_groups", "computer_group"),
    ("mobile_devices", "mobile_device"),
    ("mobile_device_groups", "mobile_device_group"),
    ("buildings", "building"),
    ("departments", "department"),
    ("jss_users", "user"),
    ("jss_user_groups", "user_group"),
    ("network_segments", "network_segment"),
    ("ibeacons", "ibeacon"),
    // Users and groups of the directory; Jamf gives no ids that could be used.
    ("users", "user"),
    ("user_groups", "directory_group"),
];

/// Fields of a scope that name everything of a kind.
const ALL: [&str; 3] = ["all_computers", "all_mobile_devices", "all_jss_users"];

/// Add `scope_entries`: one object an entry, with `role`, `type`, `entry_id` and `name`.
pub(in crate::fleet) fn scope(object: &mut Json) {
    let mut entries = Vec::new();
    if let Some(scope) = object.get("scope") {
        for name in ALL.into_iter().filter(|name| scope.get(name) == Some(&json!(true))) {
            entries.push(json!({ "role": "target", "type": "all", "name": name }));
        }
        add(&mut entries, "target", scope);
        for (role, name) in
            [("limitation", "limitations"), ("limitation", "limit_to_users"), ("exclusion", "exclusions")]
        {
            if let Some(part) = scope.get(name) {
                add(&mut entries, role, part);
            }
        }
    }
    set(object, "scope_entries", Json::Array(entries));
}

fn add(entries: &mut Vec<Json>, role: &str, part: &Json) {
    for (list, kind) in LISTS {
        for entry in part.get(list).and_then(Json::as_array).into_iter().flatten() {
            let name = entry.as_str().map(|name| json!(name)).or_else(|| entry.get("name").cloned());
            entries.push(json!({ "role": role, "type": kind, "entry_id": entry.get("id"), "name": name }));
        }
    }
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
