//! Secrets that are deleted with an object are kept for the person first: a Mac whose FileVault key nobody has is a Mac that nobody
//! opens. Actions declare them with `.deletes_secrets(…)`.

use jamf_pro_tools::{Action, Catalogue, RecordSecret};
use secrecy::SecretString;

use super::{SecretReader, in_record};
use crate::error::Error;
use crate::plan::{Plan, Target};
use crate::store::Store;

/// The privileges that it takes to read a secret.
fn privileges(secret: RecordSecret) -> Vec<&'static str> {
    Catalogue::get().find(secret.read_by).into_iter().flat_map(Action::all_privileges).collect()
}

/// The warning that a person is given where the role may not read a secret.
fn warning_of_loss(secret: RecordSecret) -> String {
    format!(
        "the API role may not read the {} (it takes `{}`): if there is one, it is LOST with the record",
        secret.label,
        privileges(secret).join("`, `")
    )
}

/// The warnings of an action, with those about secrets that are deleted with the object first.
///
/// # Errors
/// When the tenant does not say what the role may do.
pub(crate) async fn warnings<F>(
    action: &Action,
    privileges_of_role: impl FnOnce() -> F,
) -> Result<Vec<String>, Error>
where
    F: Future<Output = Result<Vec<String>, Error>>,
{
    let mut warnings = Vec::new();
    if !action.deletes_secrets.is_empty() {
        let of_role = privileges_of_role().await?;
        let is_readable = |secret: &&RecordSecret| {
            privileges(**secret).iter().all(|needed| of_role.iter().any(|privilege| privilege == needed))
        };
        let (kept, lost): (Vec<&RecordSecret>, Vec<&RecordSecret>) =
            action.deletes_secrets.iter().partition(is_readable);
        warnings.extend(lost.into_iter().map(|secret| warning_of_loss(*secret)));
        if !kept.is_empty() {
            let labels: Vec<&str> = kept.iter().map(|secret| secret.label).collect();
            warnings.push(format!(
                "what the record has of these is shown to you once after the approval, and is read before it is deleted: {}",
                labels.join(", ")
            ));
        }
    }
    warnings.extend(action.warnings.iter().map(|warning| (*warning).to_owned()));
    Ok(warnings)
}

/// Keep for the person the secrets of the object that is about to be deleted.
///
/// # Errors
/// When something cannot be read or kept and nobody was told so; then nothing may be deleted.
pub(crate) async fn keep_before(
    reader: &dyn SecretReader,
    store: &Store,
    plan: &Plan,
    action: &Action,
    target: Option<&Target>,
) -> Result<(), Error> {
    if action.deletes_secrets.is_empty() {
        return Ok(());
    }
    let target = target.ok_or_else(|| Error::internal("a record is deleted that is not known".to_owned()))?;
    for secret in action.deletes_secrets {
        if plan.warnings.contains(&warning_of_loss(*secret)) {
            continue;
        }
        let label = secret.label;
        let text = match in_record(reader, *secret, target).await {
            Ok(text) => text,
            // The record has none.
            Err(error) if error.is_status(404) => continue,
            Err(error) => {
                return Err(Error::not_allowed(format!(
                    "the {label} could not be read, and would be lost with the record: {error}"
                )));
            }
        };
        if text.is_empty() {
            continue;
        }
        let (tenant, plan, device) = (plan.tenant.clone(), plan.id.clone(), target.describe());
        let secret = SecretString::from(text);
        store.run(move |store| store.keep_secret(&tenant, &plan, label, &device, &secret)).await?;
    }
    Ok(())
}
