//! What an object is turned into before its rows are made, where its rows do not stand in it as lists: entries of scopes, settings of
//! payloads, texts without credentials.

use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::fleet::references::{self, Names};
use crate::fleet::scope::{Deployment, EntryKind, switch};
use crate::payloads::Payload;
use crate::sanitize::secrets;

/// Add `references`: one object a reference, with `from_name`, `kind`, `id`, `name`, `role` and `strength`. What has a scope gets
/// `scope_entries`, `object_name` and `deployment` besides.
///
/// Texts are searched for calls of policies alone. Whether they have the name of another object depends on that object, which can get
/// another name at any time; that is looked for when it is asked.
pub(in crate::fleet) fn references(kind: &str, object: &mut Json) {
    let name = json!(references::name_of(object));
    let rows = references::of_object(kind, object, &Names::default()).into_iter().map(|one| {
        let id = one.id.map(|id| id.to_string());
        json!({
            "from_name": name, "kind": one.kind, "id": id, "name": one.name, "role": one.role.words(),
            "strength": one.strength.word(),
        })
    });
    let rows = Json::Array(rows.collect());
    if references::has_scope(kind) {
        scope(kind, object);
        set(object, "object_name", name);
    }
    set(object, "references", rows);
}

/// Add `scope_entries`: one object an entry, with `role`, `type`, `entry_id` and `name`; and `deployment` with how the object comes to
/// those who are in its scope.
fn scope(kind: &str, object: &mut Json) {
    let deployment = Deployment::read(kind, object);
    let entries = deployment.scope.entries.into_iter().map(|entry| {
        let id = entry.id.map(|id| id.to_string());
        let name = match entry.kind {
            EntryKind::All(of) => switch(of).to_owned(),
            _ => entry.name,
        };
        json!({ "role": entry.role.word(), "type": entry.kind.word(), "entry_id": id, "name": name })
    });
    let entries = Json::Array(entries.collect());
    let how = json!({ "is_enabled": deployment.is_enabled, "is_only_offered": deployment.is_only_offered });
    set(object, "scope_entries", entries);
    set(object, "deployment", how);
}

/// Add `payload_types` and `settings` in the place of the text of the payload.
pub(in crate::fleet) fn profile(object: &mut Json) {
    let text = object
        .get_mut("general")
        .and_then(Json::as_object_mut)
        .and_then(|general| general.remove("payloads"));
    let payload = text.as_ref().and_then(Json::as_str).and_then(|text| Payload::parse(text.as_bytes()).ok());
    let Some(shown) = payload.map(|payload| payload.view()) else { return };
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
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let looks = secrets::any(text);
    set(object, "digest", json!(digest));
    set(object, "looks_like_secret", json!(looks));
}

/// Add `device_key`, by which the name of the device of an update plan is found.
pub(in crate::fleet) fn update_plan(object: &mut Json) {
    let device = object.get("device");
    let of = |name: &str| device.and_then(|device| device.get(name)).cloned().unwrap_or_default();
    let id = of("deviceId");
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    let kind = if of("objectType") == "COMPUTER" { "computer" } else { "mobile" };
    set(object, "device_key", json!(format!("{kind} {id}")));
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
        scope("policy", &mut policy);
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
                "exclusion directory_user null anna",
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
