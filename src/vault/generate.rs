//! Secrets that a call needs and no caller gives: made here, fetched from the tenant, or typed by the person who approves.
//!
//! What is made is kept for the approver before it is sent: a lock whose PIN nobody has is a brick.

use std::collections::BTreeMap;

use jamf_pro_tools::{Action, Checked};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{SecretReader, text_in};
use crate::error::Error;
use crate::plan::{Plan, Target};
use crate::store::Store;

/// How a secret comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Six digits, for computers alone.
    Pin,
    /// A password that nobody has to remember.
    Password,
    /// The unlock token in the inventory of a mobile device.
    UnlockToken,
}

/// (tool, place, how, what it is called when it is shown)
const SOURCES: &[(&str, &str, Source, &str)] = &[
    ("device_lock", "body.pin", Source::Pin, "device lock PIN"),
    ("device_erase", "body.pin", Source::Pin, "PIN after the erase"),
    ("computer_erase", "body.pin", Source::Pin, "PIN after the erase"),
    ("recovery_lock_set", "body.newPassword", Source::Password, "recovery lock password"),
    ("auto_admin_password_set", "body.password", Source::Password, "administrator password"),
    (
        "local_admin_password_set",
        "body.lapsUserPasswordList.password",
        Source::Password,
        "local administrator password",
    ),
    ("passcode_clear", "body.unlockToken", Source::UnlockToken, ""),
];

/// Letters and digits that are not read for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// The secrets that a person can give with the approval: those that have a place in what is sent.
pub(crate) fn asked(action: &Action, arguments: &Map<String, Value>) -> Vec<String> {
    let made =
        |place: &str| SOURCES.iter().any(|(tool, known, _, _)| *tool == action.name && *known == place);
    let fits = |place: &&&str| match place.rsplit_once('.') {
        Some(("body", _)) | None => true,
        Some((parent, _)) => parent
            .split('.')
            .try_fold(arguments.get("body"), |at, name| match (at, name) {
                (_, "body") => Some(at),
                (Some(Value::Object(map)), name) => map.get(name).map(Some),
                (Some(Value::Array(items)), name) => items.first().and_then(|item| item.get(name)).map(Some),
                _ => None,
            })
            .is_some(),
    };
    // The payload of a profile is a file and nothing that a person types.
    let typed = |place: &&&str| !place.ends_with(".payloads");
    action
        .secret
        .iter()
        .filter(|place| !made(place))
        .filter(fits)
        .filter(typed)
        .map(|place| (*place).to_owned())
        .collect()
}

/// The arguments of one step with its secrets. Those that are made are kept first.
///
/// # Errors
/// When one cannot be made, fetched or kept; then nothing may be sent.
pub(crate) async fn fill(
    reader: &dyn SecretReader,
    store: &Store,
    plan: &Plan,
    typed: &BTreeMap<String, SecretString>,
    action: &'static Action,
    checked: Checked,
    target: Option<&Target>,
) -> Result<Checked, Error> {
    let mut filled = checked;
    for (place, secret) in typed {
        // A secret that is left out is not sent; Jamf Pro says whether it could do without.
        if action.secret.contains(&place.as_str()) && !secret.expose_secret().is_empty() {
            filled = filled.with_secret(place, &mut || json!(secret.expose_secret()));
        }
    }
    for (_, place, source, label) in SOURCES.iter().filter(|(tool, _, _, _)| *tool == action.name) {
        let mut made: Vec<SecretString> = Vec::new();
        let mut failed = None;
        match source {
            Source::Pin if target.is_some_and(|target| target.kind != "computer") => continue,
            Source::Pin | Source::Password => {
                filled = filled.with_secret(place, &mut || {
                    let secret =
                        if *source == Source::Pin { random(b"0123456789", 6) } else { random(LETTERS, 20) };
                    match secret {
                        Ok(secret) => {
                            made.push(SecretString::from(secret.clone()));
                            json!(secret)
                        }
                        Err(error) => {
                            failed = Some(error);
                            Value::Null
                        }
                    }
                });
            }
            Source::UnlockToken => {
                let token = unlock_token(reader, target).await?;
                filled = filled.with_secret(place, &mut || json!(token.expose_secret()));
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        for secret in made {
            let (tenant, plan, device) =
                (plan.tenant.clone(), plan.id.clone(), target.map(Target::describe).unwrap_or_default());
            store.run(move |store| store.keep_secret(&tenant, &plan, label, &device, &secret)).await?;
        }
    }
    Ok(filled)
}

/// Text of random letters of an alphabet whose size divides 256, or ten digits.
fn random(alphabet: &[u8], length: usize) -> Result<String, Error> {
    let mut text = String::new();
    while text.len() < length {
        let mut byte = [0_u8];
        getrandom::fill(&mut byte).map_err(|error| Error::Internal(format!("no random numbers: {error}")))?;
        let size = alphabet.len();
        let whole = 256 - 256 % size;
        // What is above the last whole multiple would favor the first letters.
        if usize::from(byte[0]) < whole
            && let Some(letter) = alphabet.get(usize::from(byte[0]) % size)
        {
            text.push(char::from(*letter));
        }
    }
    Ok(text)
}

async fn unlock_token(reader: &dyn SecretReader, target: Option<&Target>) -> Result<SecretString, Error> {
    let missing = || {
        Error::NotAllowed(
            "the tenant has no unlock token of this device, so its passcode cannot be cleared".to_owned(),
        )
    };
    let target = target.filter(|target| target.kind == "mobile_device").ok_or_else(missing)?;
    let record = reader.reveal("mobile_device_detail_get", json!({ "id": target.id })).await?;
    let token = ["unlockToken", "ios.unlockToken", "tvos.unlockToken", "watchOs.unlockToken"]
        .iter()
        .map(|place| text_in(&record, place))
        .find(|token| !token.is_empty());
    token.map(SecretString::from).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn every_source_is_a_secret_of_its_action_and_the_rest_is_asked() {
        for (tool, place, _, _) in SOURCES {
            let action = Catalogue::get().find(tool).unwrap();
            assert!(action.secret.contains(place), "{tool} {place}");
        }
        let asked = |tool: &str, arguments: Value| {
            asked(Catalogue::get().find(tool).unwrap(), arguments.as_object().unwrap())
        };
        assert!(asked("device_lock", json!({ "body": {} })).is_empty());
        assert_eq!(asked("account_create", json!({ "body": { "username": "x" } })), ["body.plainPassword"]);
        assert!(asked("policy_create", json!({ "body": { "general": {} } })).is_empty());
        let accounts = json!({ "body": { "account_maintenance": { "accounts": [{ "username": "x" }] } } });
        assert_eq!(asked("policy_create", accounts), ["body.account_maintenance.accounts.password"]);
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let pin = random(b"0123456789", 6).unwrap();
        assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(random(LETTERS, 20).unwrap(), random(LETTERS, 20).unwrap());
    }
}
