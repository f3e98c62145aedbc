//! Secrets that are deleted with the record of a computer are kept for the person first: a Mac whose FileVault key nobody has is a Mac
//! that nobody opens.

use secrecy::SecretString;
use serde_json::json;

use super::{SecretReader, text_in};
use crate::error::Error;
use crate::plan::{Plan, Target};
use crate::store::Store;

/// The tool that deletes what these are part of.
const DELETES: &str = "computer_delete";

/// A secret that is part of a record.
struct Part {
    /// The action that reveals it.
    get: &'static str,
    /// Where it is in the answer.
    place: &'static str,
    /// The privilege that it takes.
    privilege: &'static str,
    /// What it is called.
    label: &'static str,
}

const PARTS: &[Part] = &[
    Part {
        get: "computer_filevault_get",
        place: "personalRecoveryKey",
        privilege: "View Disk Encryption Recovery Key",
        label: "FileVault recovery key",
    },
    Part {
        get: "computer_recovery_lock_get",
        place: "recoveryLockPassword",
        privilege: "View Recovery Lock",
        label: "recovery lock password",
    },
    Part {
        get: "computer_lock_pin_get",
        place: "pin",
        privilege: "View Computer Device Lock Pin",
        label: "device lock PIN",
    },
];

impl Part {
    /// What the person is warned of where the role may not read it.
    fn gone(&self) -> String {
        format!(
            "the API role may not read the {} (it takes `{}`): if there is one, it is LOST with the record",
            self.label, self.privilege
        )
    }
}

/// What a person is to know of it before they approve.
///
/// # Errors
/// When the tenant does not say what the role may do.
pub(crate) async fn warnings(reader: &dyn SecretReader, tool: &str) -> Result<Vec<String>, Error> {
    if tool == "mobile_device_delete" {
        return Ok(vec![
            "its unlock token and history are lost with the record: a passcode that nobody knows cannot be cleared any more"
                .to_owned(),
        ]);
    }
    if tool != DELETES {
        return Ok(Vec::new());
    }
    let privileges = reader.privileges().await?;
    let (kept, gone): (Vec<&Part>, Vec<&Part>) =
        PARTS.iter().partition(|part| privileges.iter().any(|privilege| privilege == part.privilege));
    let mut warnings: Vec<String> = gone.into_iter().map(Part::gone).collect();
    if !kept.is_empty() {
        let labels: Vec<&str> = kept.iter().map(|part| part.label).collect();
        warnings.push(format!(
            "what the record has of these is shown to you once after the approval, and is read before it is deleted: {}",
            labels.join(", ")
        ));
    }
    warnings.push("local administrator passwords and the history of the record are lost with it".to_owned());
    Ok(warnings)
}

/// Keep for the person the secrets of the record that is about to be deleted.
///
/// # Errors
/// When something cannot be read or kept and nobody was told so; then nothing may be deleted.
pub(crate) async fn keep_before(
    reader: &dyn SecretReader,
    store: &Store,
    plan: &Plan,
    tool: &str,
    target: Option<&Target>,
) -> Result<(), Error> {
    if tool != DELETES {
        return Ok(());
    }
    let target = target.ok_or_else(|| Error::Internal("a record is deleted that is not known".to_owned()))?;
    for part in PARTS.iter().filter(|part| !plan.warnings.contains(&part.gone())) {
        let secret = match reader.reveal(part.get, json!({ "id": target.id })).await {
            Ok(found) => text_in(&found, part.place),
            // It has none.
            Err(Error::Jamf(error)) if error.status == 404 => continue,
            Err(error) => {
                return Err(Error::NotAllowed(format!(
                    "the {} could not be read, and would be lost with the record: {error}",
                    part.label
                )));
            }
        };
        if secret.is_empty() {
            continue;
        }
        let (tenant, plan, device, label) =
            (plan.tenant.clone(), plan.id.clone(), target.describe(), part.label);
        let secret = SecretString::from(secret);
        store.run(move |store| store.keep_secret(&tenant, &plan, label, &device, &secret)).await?;
    }
    Ok(())
}
