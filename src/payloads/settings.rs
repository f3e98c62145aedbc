//! The settings of a payload, one by one, for a person who is to approve them: what there is, what it was, and nothing that is secret.

use std::collections::BTreeMap;

use plist::Value as Plist;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{KEPT, Payload, json_of};

/// What devices and Jamf tell payloads apart by. Those that are made here are made anew each time, and are no setting.
const IDENTITY: &[&str] = &["PayloadUUID", "PayloadIdentifier"];

/// Types of payloads that a person should see first, with what they do.
const WEIGHTY: &[(&str, &str)] = &[
    ("com.apple.security.root", "it makes devices trust a root certificate"),
    ("com.apple.TCC.configuration-profile-policy", "it gives programs access to private data"),
    ("com.apple.system-extension-policy", "it lets system extensions load"),
    ("com.apple.syspolicy.kernel-extension-policy", "it lets kernel extensions load"),
    ("com.apple.mdm", "it changes who manages the device"),
    ("com.apple.security.pkcs1", "it installs a certificate"),
    ("com.apple.security.pem", "it installs a certificate"),
    ("com.apple.vpn.managed", "it leads traffic through a VPN"),
    ("com.apple.vpn.managed.applayer", "it leads traffic through a VPN"),
    ("com.apple.relay.managed", "it leads traffic through a relay"),
    ("com.apple.proxy.http.global", "it leads traffic through a proxy"),
    ("com.apple.webcontent-filter", "it filters traffic"),
    ("com.apple.dnsSettings.managed", "it changes who resolves names"),
    ("com.apple.loginwindow", "it changes how people sign in"),
    ("com.apple.servicemanagement", "it lets background programs run"),
];

/// Types of payloads without which a device may no longer reach the network or a service, with their words.
const LIFELINES: &[(&str, &str)] = &[
    ("com.apple.wifi.managed", "Wi-Fi"),
    ("com.apple.vpn.managed", "VPN"),
    ("com.apple.vpn.managed.applayer", "VPN"),
    ("com.apple.security.root", "certificates"),
    ("com.apple.security.pem", "certificates"),
    ("com.apple.security.pkcs1", "certificates"),
    ("com.apple.security.pkcs12", "certificates"),
    ("com.apple.security.scep", "certificates"),
    ("com.apple.security.acme", "certificates"),
    ("com.apple.ADCertificate.managed", "certificates"),
];

/// What devices reach the network or services by, of payloads of these types: `Wi-Fi`, `VPN`, `certificates`, each once.
pub fn lifelines<'a>(types: impl IntoIterator<Item = &'a str>) -> Vec<&'static str> {
    let types: Vec<&str> = types.into_iter().collect();
    let is_there = |(kind, _): &&(&str, &str)| types.iter().any(|one| one.eq_ignore_ascii_case(kind));
    let mut words: Vec<&str> = LIFELINES.iter().filter(is_there).map(|(_, words)| *words).collect();
    words.dedup();
    words
}

/// One setting that is another one afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Where it is: `com.apple.wifi.managed[0].SSID_STR`.
    pub path: String,
    /// As it is, or empty where there is none.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// What a payload changes.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The settings that differ, by their places.
    pub changed: Vec<Setting>,
    /// What a person should see first.
    pub warnings: Vec<String>,
    /// What devices lose by it: of Wi-Fi, VPN and certificates those of which it has fewer payloads than before.
    pub lost: Vec<&'static str>,
    /// All settings as they will be, secrets too: for telling whether it is the same payload again.
    whole: SecretString,
}

impl Settings {
    /// What `payload` changes of `current`.
    pub fn of(payload: &Payload, current: Option<&Payload>) -> Self {
        let after = flat(payload);
        let before = current.map(flat).unwrap_or_default();
        let mut changed = Vec::new();
        let paths: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for path in paths {
            let (was, is) = (before.get(path), after.get(path));
            if was.map(|was| &was.raw) == is.map(|is| &is.raw) {
                continue;
            }
            let shown =
                |setting: Option<&Flat>| setting.map(|setting| setting.shown.clone()).unwrap_or_default();
            let mut setting = Setting { path: path.clone(), before: shown(was), after: shown(is) };
            if is.is_none() {
                "(taken out)".clone_into(&mut setting.after);
            } else if setting.before == setting.after {
                setting.after.push_str(" (another one)");
            }
            changed.push(setting);
        }
        let types = |payload: &Payload| -> Vec<String> {
            let of = |inner: &plist::Dictionary| {
                inner.get("PayloadType").and_then(Plist::as_string).map(str::to_owned)
            };
            payload.inner().iter().filter_map(of).collect()
        };
        let (now, then) = (current.map(types).unwrap_or_default(), types(payload));
        let known = |kind: &String| {
            let known = WEIGHTY.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind));
            known.map(|(kind, what)| format!("{what} ({kind})"))
        };
        let mut warnings: Vec<String> = then.iter().filter_map(known).collect();
        // What is taken out can matter as much: a restriction, a filter.
        let gone = now.iter().filter(|kind| !then.contains(kind));
        warnings.extend(gone.map(|kind| format!("it takes the payload {kind} off the devices")));
        warnings.sort();
        warnings.dedup();
        let count = |types: &[String], kind: &str| types.iter().filter(|one| *one == kind).count();
        let fewer = now.iter().filter(|kind| count(&then, kind) < count(&now, kind)).map(String::as_str);
        let lost = lifelines(fewer);
        let whole: Vec<[&str; 2]> =
            after.iter().map(|(path, flat)| [path.as_str(), flat.raw.as_str()]).collect();
        Self { changed, warnings, lost, whole: SecretString::from(json!(whole).to_string()) }
    }

    /// All settings as they will be. Never shown, never kept in clear.
    pub fn whole(&self) -> &SecretString {
        &self.whole
    }

    /// Whether it is the same payload, secrets included.
    pub fn is_same(&self, other: &Self) -> bool {
        self.whole.expose_secret() == other.whole.expose_secret()
    }
}

/// A setting as it is shown, and as it is.
struct Flat {
    shown: String,
    raw: String,
}

fn flat(payload: &Payload) -> BTreeMap<String, Flat> {
    let mut found = BTreeMap::new();
    for (name, value) in &payload.0 {
        if name != "PayloadContent" {
            leaves(name, value, name, &payload.1, &mut found);
        }
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for inner in payload.inner() {
        let kind = inner.get("PayloadType").and_then(Plist::as_string).unwrap_or("payload").to_owned();
        let at = seen.entry(kind.clone()).or_default();
        let place = format!("{kind}[{at}]");
        *at += 1;
        for (name, value) in &inner {
            leaves(name, value, &format!("{place}.{name}"), &payload.1, &mut found);
        }
    }
    found
}

fn leaves(name: &str, value: &Plist, path: &str, made: &[String], found: &mut BTreeMap<String, Flat>) {
    if IDENTITY.contains(&name)
        && value.as_string().is_some_and(|value| made.iter().any(|made| made == value))
    {
        return;
    }
    match value {
        Plist::Dictionary(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                leaves(name, value, &format!("{path}.{name}"), made, found);
            }
        }
        Plist::Array(entries) if !entries.is_empty() => {
            for (at, entry) in entries.iter().enumerate() {
                leaves(name, entry, &format!("{path}[{at}]"), made, found);
            }
        }
        leaf => {
            let shown = json_of(name, leaf);
            let shown = match (shown.get(KEPT).and_then(serde_json::Value::as_str), leaf) {
                // A long text is no secret: what does not fit is cut where it is shown.
                (Some(_), Plist::String(text)) if !super::is_secret(name, leaf) => text.clone(),
                (Some(what), _) => format!("(hidden: {what})"),
                (None, _) => shown.as_str().map_or_else(|| shown.to_string(), str::to_owned),
            };
            found.insert(path.to_owned(), Flat { shown, raw: format!("{leaf:?}") });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wifi(ssid: &str, password: &str) -> Payload {
        let text = format!(
            "<plist version=\"1.0\"><dict><key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.wifi.managed</string>\
             <key>SSID_STR</key><string>{ssid}</string><key>Password</key><string>{password}</string></dict></array></dict></plist>"
        );
        Payload::parse(text.as_bytes()).unwrap().of_profile("Wi-Fi", None, None).unwrap()
    }

    #[test]
    fn what_changes_is_told_and_what_is_secret_is_not() {
        let settings = Settings::of(&wifi("Office", "new CANARY"), Some(&wifi("Lab", "old CANARY")));
        let changes: Vec<(&str, &str, &str)> = settings
            .changed
            .iter()
            .map(|one| (one.path.as_str(), one.before.as_str(), one.after.as_str()))
            .collect();
        assert_eq!(
            changes,
            [
                (
                    "com.apple.wifi.managed[0].Password",
                    "(hidden: a secret)",
                    "(hidden: a secret) (another one)"
                ),
                ("com.apple.wifi.managed[0].SSID_STR", "Lab", "Office"),
            ]
        );
        assert!(!format!("{settings:?}").contains("CANARY"));
    }

    #[test]
    fn the_same_settings_are_the_same_whatever_identifiers_are_made_for_them() {
        let of = |ssid, password| Settings::of(&wifi(ssid, password), None);
        let mut named = wifi("a", "b");
        named.0.insert("PayloadIdentifier".to_owned(), Plist::String("org.example.other".to_owned()));
        assert!(!of("a", "b").is_same(&Settings::of(&named, None)), "one that was given is a setting");
        assert!(of("a", "b").is_same(&of("a", "b")));
        assert!(!of("a", "b").is_same(&of("a", "c")), "a secret that is another one is another payload");
    }

    #[test]
    fn what_is_taken_out_is_told() {
        let (full, mut less) = (wifi("a", "b"), wifi("a", "b"));
        if let Some(Plist::Array(payloads)) = less.0.get_mut("PayloadContent") {
            payloads.clear();
        }
        let settings = Settings::of(&less, Some(&full));
        assert!(settings.changed.iter().all(|one| one.after == "(taken out)"));
        assert!(settings.changed.len() >= 3);
    }
}
