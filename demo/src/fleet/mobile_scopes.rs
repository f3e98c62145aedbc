//! Profiles and apps of mobile devices: those that scopes bring, but for what commands say otherwise. And how many licenses that takes.

use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Fleet, scopes::DeviceFacts, short_name};
use crate::store::{id_text, set};

/// The apps that have licenses: of Macs by their names, of mobile devices by their identifiers.
static LICENSED: [(&str, &str); 11] = [
    ("device", "com.apple.Keynote"),
    ("device", "com.microsoft.skype.teams"),
    ("device", "us.zoom.videomeetings"),
    ("device", "seesaw.shadowpuppet.classroom"),
    ("mac", "Keynote.app"),
    ("mac", "Numbers.app"),
    ("mac", "Pages.app"),
    ("mac", "Xcode.app"),
    ("mac", "Microsoft Word.app"),
    ("mac", "Final Cut Pro.app"),
    ("mac", "Slack.app"),
];

/// The app that licenses are short of.
const SHORT: &str = "com.apple.Keynote";

fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

impl Fleet {
    /// Put onto every mobile device what is scoped to it and installs by itself.
    pub(super) fn bring_to_devices(&mut self) {
        let family = |name: &str| self.collections.get(name).cloned().unwrap_or_default();
        let (profiles, apps) =
            (family("mobile_device_configuration_profiles"), family("mobiledeviceapplications"));
        let short = self.without_license();
        let brought = |index: usize, record: &Value| {
            let holds = |scope: &Value| self.device_is_in(record, scope);
            let is_for = |object: &&Value| object.get("scope").is_some_and(holds);
            let profiles = profiles.iter().filter(is_for).map(|profile| profile_row(profile, record));
            let apps = apps
                .iter()
                .filter(is_for)
                .filter(|app| text(app, "/general/bundle_id") != SHORT || !short.contains(&index))
                .map(|app| app_row(app, index));
            (profiles.collect::<Vec<Value>>(), apps.collect::<Vec<Value>>())
        };
        let all: Vec<_> =
            self.mobile_devices.iter().enumerate().map(|(index, record)| brought(index, record)).collect();
        for (record, (profiles, apps)) in self.mobile_devices.iter_mut().zip(all) {
            set(record, "profiles", json!(profiles));
            set(record, "applications", json!(apps));
        }
    }

    /// Whether a scope holds a mobile device.
    fn device_is_in(&self, record: &Value, scope: &Value) -> bool {
        let user = short_name(text(record, "/userAndLocation/username"));
        let member = |group: &str| self.in_directory(group, &user);
        let in_user_group = |group: &str| group == "Contractors" && member(group);
        let segment = |name: &str| self.segment(name);
        let groups = record.get("groups").and_then(Value::as_array).into_iter().flatten();
        let device = DeviceFacts {
            id: record.get("mobileDeviceId").map(id_text).unwrap_or_default(),
            groups: groups.filter_map(|group| group.get("groupId").map(id_text)).collect(),
            building: text(record, "/userAndLocation/buildingId").to_owned(),
            department: text(record, "/userAndLocation/departmentId").to_owned(),
            address: text(record, "/general/ipAddress").to_owned(),
            in_directory: &member,
            in_user_group: &in_user_group,
            segment: &segment,
            user: user.clone(),
        };
        device.is_in(scope)
    }

    /// What the world's tables say of licenses: `mac:Keynote.app:used`, or `used` for the sum over all apps. The last word is `used`,
    /// `total` for those that were bought, or `reported` for those that were asked for.
    pub(crate) fn licenses(&self, reference: &str) -> Option<usize> {
        let of = |counts: [usize; 3], word: &str| match word {
            "used" => Some(counts[0]),
            "total" => Some(counts[1]),
            "reported" => Some(counts[2]),
            _ => None,
        };
        match reference.rsplit_once(':') {
            Some((app, word)) => {
                let (kind, app) = app.split_once(':')?;
                of(self.license_counts(kind, app), word)
            }
            None => LICENSED.iter().map(|(kind, app)| of(self.license_counts(kind, app), reference)).sum(),
        }
    }

    /// The licenses of an app, counted once.
    fn license_counts(&self, kind: &str, app: &str) -> [usize; 3] {
        let mut known = self.licenses.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(format!("{kind}:{app}")).or_insert_with(|| self.count(kind, app))
    }

    /// Licenses in use, bought, and asked for.
    fn count(&self, kind: &str, app: &str) -> [usize; 3] {
        if kind == "mac" {
            let has = |index: &usize| !self.application_versions(*index, |name| name == app).is_empty();
            let used = (0..self.computers()).filter(has).count();
            return [used, bought(used), used];
        }
        let has = |record: &&Value| {
            let apps = record.get("applications").and_then(Value::as_array);
            apps.into_iter().flatten().any(|own| text(own, "/identifier") == app)
        };
        let used = self.mobile_devices.iter().filter(has).count();
        match app {
            SHORT => [used, used, used + self.without_license().len()],
            _ => [used, bought(used), used],
        }
    }
}

/// Some are always to spare.
fn bought(used: usize) -> usize {
    (used + used / 5).div_ceil(10) * 10
}

fn profile_row(profile: &Value, record: &Value) -> Value {
    let uuid = text(profile, "/general/uuid");
    // Devices get them in the minutes after they were enrolled.
    let enrolled = text(record, "/general/lastEnrolledDate").parse::<Timestamp>().ok();
    let installed = enrolled.and_then(|at| at.checked_add(SignedDuration::from_mins(3)).ok());
    json!({
        "displayName": text(profile, "/general/name"), "version": "1", "uuid": uuid, "identifier": uuid, "removable": false,
        "lastInstalled": installed.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()),
    })
}

fn app_row(app: &Value, index: usize) -> Value {
    let (identifier, version) = (text(app, "/general/bundle_id"), text(app, "/general/version"));
    let megabytes = 14 + identifier.len() * 7;
    json!({
        "identifier": identifier, "name": text(app, "/general/name"), "version": version, "shortVersion": version,
        "managementStatus": "Managed", "validationStatus": true, "bundleSize": format!("{megabytes} MB"),
        "dynamicSize": format!("{} MB", 2 + index % 9), "appClip": false,
    })
}
