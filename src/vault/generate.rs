//! Secrets that a call needs and no caller gives: made here, fetched from the tenant, or typed by the person who approves.
//!
//! What is made is kept for the approver before it is sent: a lock whose PIN nobody has is a brick.

use std::collections::BTreeMap;

use jamf_pro_tools::{Action, Checked, RecordSecret, Source};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::{SecretReader, in_record};
use crate::error::Error;
use crate::plan::{Plan, Target};
use crate::store::Store;

/// The digits of a PIN.
const DIGITS: &[u8] = b"0123456789";

/// Letters and digits that are not read for one another.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";

/// The secrets that a person can give with the approval: those that have a place in what is sent.
pub(crate) fn secrets_to_ask(action: &Action, arguments: &Map<String, Value>) -> Vec<String> {
    let fits = |place: &str| match place.rsplit_once('.') {
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
    let typed = action.secrets().filter(|(_, source)| *source == Source::Person);
    typed.map(|(place, _)| place).filter(|place| fits(place)).map(str::to_owned).collect()
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
        let is_of_person = action.source_of(place) == Some(Source::Person);
        if is_of_person && !secret.expose_secret().is_empty() {
            filled = filled.with_secret(place, &mut || json!(secret.expose_secret()));
        }
    }
    for (place, source) in action.secrets() {
        let (alphabet, length, label): (&[u8], usize, &'static str) = match source {
            Source::Person | Source::File => continue,
            Source::Pin(_) if target.is_some_and(|target| target.kind != "computer") => continue,
            Source::Pin(label) => (DIGITS, 6, label),
            Source::Password(label) => (LETTERS, 20, label),
            Source::Record(secret) => {
                let text = of_record(reader, action, secret, target).await?;
                filled = filled.with_secret(place, &mut || json!(text.expose_secret()));
                continue;
            }
        };
        let mut made: Vec<SecretString> = Vec::new();
        let mut failed = None;
        filled = filled.with_secret(place, &mut || match random(alphabet, length) {
            Ok(secret) => {
                made.push(SecretString::from(secret.clone()));
                json!(secret)
            }
            Err(error) => {
                failed = Some(error);
                Value::Null
            }
        });
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
        getrandom::fill(&mut byte).map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
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

/// A secret that the tenant has in the record of the device.
async fn of_record(
    reader: &dyn SecretReader,
    action: &Action,
    secret: RecordSecret,
    target: Option<&Target>,
) -> Result<SecretString, Error> {
    let text = match target {
        Some(target) => in_record(reader, secret, target).await?,
        None => String::new(),
    };
    if text.is_empty() {
        return Err(Error::not_allowed(format!(
            "the tenant has no {} of this device, and `{}` cannot be sent without it",
            secret.label, action.name
        )));
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn a_person_is_asked_for_what_is_not_made() {
        let ask = |tool: &str, arguments: Value| {
            secrets_to_ask(Catalogue::get().find(tool).unwrap(), arguments.as_object().unwrap())
        };
        assert!(ask("device_lock", json!({ "body": {} })).is_empty());
        assert_eq!(ask("account_create", json!({ "body": { "username": "x" } })), ["body.plainPassword"]);
        assert!(ask("policy_create", json!({ "body": { "general": {} } })).is_empty());
        let accounts = json!({ "body": { "account_maintenance": { "accounts": [{ "username": "x" }] } } });
        assert_eq!(ask("policy_create", accounts), ["body.account_maintenance.accounts.password"]);
    }

    #[test]
    fn secrets_are_long_and_never_the_same() {
        let pin = random(b"0123456789", 6).unwrap();
        assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(random(LETTERS, 20).unwrap(), random(LETTERS, 20).unwrap());
    }
}
