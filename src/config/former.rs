//! Settings of earlier versions: they are read under their old names, with a warning that says today's.

use serde_json::{Value, json};

use super::load::put;
use crate::error::Error;

/// A setting that has another name now: its old place, and the settings that have its value today.
struct Renamed {
    place: &'static str,
    now: &'static [&'static str],
    /// The largest number that today's settings take.
    most: u64,
}

const RENAMED: &[Renamed] = &[
    Renamed { place: "/gate/grave_devices", now: &["/gate/erase_devices", "/gate/lock_devices"], most: 20 },
    Renamed {
        place: "/gate/devices",
        now: &["/gate/restart_devices", "/gate/harmless_devices"],
        most: u64::MAX,
    },
    Renamed { place: "/gate/share_percent", now: &["/gate/hard_percent"], most: 100 },
];

/// A setting that is gone: secrets go to a person in any case.
const SECRETS_TO_MODEL: &str = "/gate/secrets_to_model";

/// The variables of the environment that set these: (variable, place, whether it is a number).
pub(super) const VARIABLES: &[(&str, &str, bool)] = &[
    ("JAMF_PRO_MCP_GATE_GRAVE_DEVICES", "/gate/grave_devices", true),
    ("JAMF_PRO_MCP_GATE_DEVICES", "/gate/devices", true),
    ("JAMF_PRO_MCP_GATE_SHARE_PERCENT", "/gate/share_percent", true),
    ("JAMF_PRO_MCP_GATE_SECRETS_TO_MODEL", SECRETS_TO_MODEL, false),
];

/// Give old settings the names of today, where today's are not there too. `warnings` gets a line for each.
///
/// # Errors
/// When one asks for what is not possible any more.
pub(super) fn rename(value: &mut Value, warnings: &mut Vec<String>) -> Result<(), Error> {
    for renamed in RENAMED {
        let Some(given) = take(value, renamed.place) else { continue };
        let given = given.as_u64().map_or(given, |number| json!(number.min(renamed.most)));
        let names: Vec<String> = renamed.now.iter().map(|place| name(place)).collect();
        warnings.push(format!(
            "`{}` is the older setting: use {}; it is {given} for now",
            name(renamed.place),
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
        ));
        for place in renamed.now {
            if value.pointer(place).is_none() {
                put(value, place, given.clone());
            }
        }
    }
    match take(value, SECRETS_TO_MODEL) {
        None => Ok(()),
        Some(Value::Bool(false) | Value::Null) => {
            warnings.push(format!(
                "`{}` is gone: secrets always go to a person; take it out",
                name(SECRETS_TO_MODEL)
            ));
            Ok(())
        }
        Some(_) => Err(Error::operator(format!(
            "`{}` is gone: secrets go to a person and never to the model",
            name(SECRETS_TO_MODEL)
        ))
        .hint("take the setting out of the configuration")),
    }
}

/// The name of a setting, as people write it.
fn name(place: &str) -> String {
    place.trim_start_matches('/').replace('/', ".")
}

fn take(value: &mut Value, place: &str) -> Option<Value> {
    let (parent, member) = place.rsplit_once('/')?;
    value.pointer_mut(parent)?.as_object_mut()?.remove(member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_settings_have_the_names_of_today_and_todays_win() {
        let mut value = json!({ "gate": { "grave_devices": 100, "share_percent": 10, "devices": 25, "lock_devices": 3 } });
        let mut warnings = Vec::new();
        rename(&mut value, &mut warnings).unwrap();
        assert_eq!(warnings.len(), 3, "{warnings:?}");
        assert_eq!(
            value,
            json!({ "gate": { "erase_devices": 20, "lock_devices": 3, "hard_percent": 10, "restart_devices": 25, "harmless_devices": 25 } })
        );
        rename(&mut value, &mut warnings).unwrap();
        assert_eq!(warnings.len(), 3);
    }

    #[test]
    fn secrets_never_go_to_the_model() {
        let mut value = json!({ "gate": { "secrets_to_model": false } });
        let mut warnings = Vec::new();
        rename(&mut value, &mut warnings).unwrap();
        assert!(value == json!({ "gate": {} }) && warnings.len() == 1);
        let refused =
            rename(&mut json!({ "gate": { "secrets_to_model": true } }), &mut warnings).unwrap_err();
        assert!(refused.to_string().contains("never to the model"), "{refused}");
    }
}
