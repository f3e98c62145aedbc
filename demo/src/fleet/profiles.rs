//! Configuration profiles of `demo/world/profiles.json`, as the Classic API tells them, and which of them are on a computer.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Computer, Fleet, chance::Chance, policies::CATEGORIES, scopes};

/// A profile as the file describes it.
#[derive(Debug, Deserialize)]
struct Declaration {
    name: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    description: String,
    /// Installed by the user out of Self Service.
    #[serde(default)]
    self_service: bool,
    payloads: Vec<Value>,
    targets: Vec<String>,
    #[serde(default)]
    limits: Vec<String>,
    #[serde(default)]
    excludes: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct File {
    macos: Vec<Declaration>,
    mobile: Vec<Declaration>,
}

static FILE: LazyLock<File> = LazyLock::new(|| {
    // A test reads the file; a broken one leaves the tenant without profiles.
    serde_json::from_str(include_str!("../../world/profiles.json")).unwrap_or_default()
});

/// The profile that fails on Macs without the root certificate, the profile that brings it, and the one that waits for Macs that
/// are away.
pub(crate) const WIFI: usize = 1;
pub(crate) const ROOT: usize = 20;
pub(crate) const WAITING: usize = 4;

/// What the certificate is called.
pub(crate) const ROOT_NAME: &str = "Example Organization Root";

/// A profile on a computer.
pub(super) struct InstalledProfile {
    pub(super) id: usize,
    pub(super) name: String,
    pub(super) uuid: String,
}

impl Fleet {
    /// The profiles on a computer: those that it is in the scope of, but for what its commands say otherwise.
    pub(super) fn profiles_on(&self, index: usize) -> Vec<InstalledProfile> {
        let computer = self.computer(index);
        if !computer.managed() || computer.never_inventoried() {
            return Vec::new();
        }
        let scopes: Vec<&Value> = self.profiles.iter().filter_map(|profile| profile.get("scope")).collect();
        let mut all: Vec<InstalledProfile> = Vec::new();
        for (profile, is_in) in self.profiles.iter().zip(self.in_scope(index, &scopes)) {
            let text = |name: &str| profile.pointer(name).and_then(Value::as_str).unwrap_or_default();
            if !is_in || text("/general/distribution_method") != AUTOMATIC {
                continue;
            }
            let id = profile.pointer("/general/id").and_then(Value::as_u64).unwrap_or_default();
            let id = usize::try_from(id).unwrap_or_default();
            all.push(InstalledProfile {
                id,
                name: text("/general/name").to_owned(),
                uuid: text("/general/uuid").to_owned(),
            });
        }
        let trusted = all.iter().any(|profile| profile.id == ROOT);
        let away = is_away(&computer);
        all.retain(|profile| (profile.id != WIFI || trusted) && (profile.id != WAITING || !away));
        all
    }
}

/// Away so long that the newest version of a profile still waits for it.
pub(crate) fn is_away(computer: &Computer) -> bool {
    computer.days_silent() > 30
}

const AUTOMATIC: &str = "Install Automatically";

/// A property list as Jamf stores it.
fn payload(described: &Declaration, uuid: &str) -> String {
    let mut contents = String::new();
    for (at, payload) in described.payloads.iter().enumerate() {
        let own = format!("{uuid}-{at}");
        let mut payload = payload.clone();
        for (name, value) in [
            ("PayloadIdentifier", json!(own)),
            ("PayloadUUID", json!(own)),
            ("PayloadEnabled", json!(true)),
            ("PayloadVersion", json!(1)),
        ] {
            crate::store::set(&mut payload, name, value);
        }
        contents.push_str(&property(&payload));
    }
    let name = escaped(&described.name);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\"><plist version=\"1\"><dict><key>PayloadUUID</key><string>{uuid}</string>\
         <key>PayloadType</key><string>Configuration</string><key>PayloadOrganization</key><string>Example Organization</string>\
         <key>PayloadIdentifier</key><string>{uuid}</string><key>PayloadDisplayName</key><string>{name}</string>\
         <key>PayloadVersion</key><integer>1</integer><key>PayloadContent</key><array>{contents}</array></dict></plist>"
    )
}

fn property(value: &Value) -> String {
    match value {
        Value::Bool(true) => "<true/>".to_owned(),
        Value::Bool(false) => "<false/>".to_owned(),
        Value::Number(number) => format!("<integer>{number}</integer>"),
        Value::Array(items) => format!("<array>{}</array>", items.iter().map(property).collect::<String>()),
        Value::Object(fields) => {
            let field =
                |(name, value): (&String, &Value)| format!("<key>{}</key>{}", escaped(name), property(value));
            format!("<dict>{}</dict>", fields.iter().map(field).collect::<String>())
        }
        _ => format!("<string>{}</string>", escaped(value.as_str().unwrap_or_default())),
    }
}

/// Escaped in the property list, as Jamf stores it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn category(name: &str) -> Value {
    match CATEGORIES.iter().position(|own| *own == name) {
        Some(at) => json!({ "id": at + 1, "name": name }),
        None => json!({ "id": -1, "name": "No category assigned" }),
    }
}

fn scope(described: &Declaration, mobile: bool, fleet: &Fleet) -> Value {
    let excludes: Vec<String> = described.excludes.iter().map(|text| fleet.expand_person(text)).collect();
    let parts = [&*described.targets, &*described.limits, &*excludes];
    scopes::build(mobile, parts, &|list, name| fleet.named(list, name))
}

/// 48 macOS profiles; the last ones are copies and trials, as everywhere.
pub(crate) fn macos(chance: Chance, fleet: &Fleet) -> Vec<Value> {
    let made = |(at, of): (usize, &Declaration)| {
        let uuid = chance.uuid(at + 1, "profile");
        let method = if of.self_service { "Make Available in Self Service" } else { AUTOMATIC };
        json!({
            "general": {
                "id": at + 1, "name": of.name, "description": of.description, "site": { "id": -1, "name": "None" }, "category": category(&of.category),
                "distribution_method": method, "user_removable": false, "level": "computer", "redeploy_on_update": "Newly Assigned",
                "uuid": uuid, "payloads": payload(of, &uuid),
            },
            "scope": scope(of, false, fleet),
            "self_service": { "install_button_text": "Install", "self_service_description": "", "force_users_to_view_description": false, "security": { "removal_disallowed": "Never" }, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [], "notification": "Self Service", "notification_subject": "", "notification_message": "" },
        })
    };
    FILE.macos.iter().enumerate().map(made).collect()
}

/// 17 profiles for mobile devices.
pub(crate) fn mobile(chance: Chance, fleet: &Fleet) -> Vec<Value> {
    let made = |(at, of): (usize, &Declaration)| {
        let uuid = chance.uuid(at + 1000, "profile");
        json!({
            "general": {
                "id": at + 1, "name": of.name, "description": of.description, "level": "Device Level", "site": { "id": -1, "name": "None" },
                "category": category(&of.category), "uuid": uuid, "deployment_method": AUTOMATIC,
                "redeploy_on_update": "Newly Assigned", "payloads": payload(of, &uuid),
            },
            "scope": scope(of, true, fleet),
            "self_service": { "self_service_description": "", "security": { "removal_disallowed": "Never" }, "self_service_icon": {}, "feature_on_main_page": false, "self_service_categories": [] },
        })
    };
    FILE.mobile.iter().enumerate().map(made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_the_named_profiles_are_what_they_are_named_for() {
        assert_eq!((FILE.macos.len(), FILE.mobile.len()), (48, 17));
        let name = |id: usize| FILE.macos[id - 1].name.as_str();
        assert_eq!(
            (name(WIFI), name(ROOT), name(WAITING)),
            ("Wi-Fi: Corporate", "Certificate: Root", "Firewall")
        );
        for described in &FILE.macos {
            assert!(CATEGORIES.contains(&described.category.as_str()), "{}", described.name);
        }
    }
}
