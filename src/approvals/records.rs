//! What the audit logs say about passkeys: a row in the store alone can be written by anyone who can write files, so an approver counts only
//! where a log has the enrollment.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::{Logs, Record};
use crate::error::Error;
use crate::store::{Approver, PlanRecord, Store};

/// The record of what a person does to a plan. `who` is the person, `what` is as the log has it: `approved`, `secrets shown`.
pub fn of_decision(plan_record: &PlanRecord, who: &str, what: &str, sentence: String) -> Record {
    let plan = &plan_record.plan;
    Record {
        who: who.to_owned(),
        call: uuid::Uuid::new_v4().to_string(),
        tenant: plan.tenant.clone(),
        address: plan.tenant_url.clone(),
        tool: plan.tool.clone(),
        risk: plan.risk.clone(),
        phase: what.to_owned(),
        result: Some(sentence),
        plan: Some(format!("{} {}", plan.id, plan.hash)),
        approvers: vec![who.to_owned()],
        ..Record::default()
    }
}

/// Check that a log has the enrollment of a passkey as it is now, and no removal.
///
/// # Errors
/// When it is not.
pub fn verify_enrollment(logs: &Logs, approver: &Approver) -> Result<(), Error> {
    let unread = |error| Error::operator(format!("the audit log cannot be read: {error}"));
    let (mut enrolled, mut removed) = (false, false);
    for audit in logs.all()? {
        for record in audit.signed_records(&approver.credential).map_err(unread)? {
            let of = |name: &str| record.arguments.get(name).and_then(serde_json::Value::as_str);
            if record.tool == "approvers" && of("passkey") == Some(&approver.credential) {
                enrolled |= record.phase == "enrolled" && of("fingerprint") == Some(&approver.fingerprint());
                removed |= record.phase == "removed";
            }
        }
    }
    if enrolled && !removed {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "the audit log has no enrollment of the passkey of {} as it is in the store; somebody may have written it there",
        approver.name
    )).hint("look at `jamf-pro-mcp approvals approvers`; anyone who has a passkey that counts can invite them anew"))
}

/// Whether any log has a passkey, no matter who wrote that: who takes the rows of passkeys out of the store does not bring the weaker
/// ways of approving back.
///
/// # Errors
/// When a log cannot be read.
pub fn has_enrollments(logs: &Logs) -> Result<bool, Error> {
    Ok(!enrollments(logs)?.is_empty())
}

/// Check that every passkey that the logs have as enrolled and not removed is in the store: a code from a terminal enrolls the first
/// passkey, and somebody may have made room for a first one.
///
/// # Errors
/// When one is gone, or a log cannot be read.
pub fn refuse_missing_approvers(logs: &Logs, store: &Store) -> Result<(), Error> {
    let there = store.all_approvers()?;
    let is_there = |credential: &String| there.iter().any(|approver| approver.credential == *credential);
    let gone: Vec<String> =
        enrollments(logs)?.into_iter().filter(|(key, _)| !is_there(key)).map(|(_, name)| name).collect();
    if gone.is_empty() {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "the audit log has passkeys that are not in the store any more (of {}): somebody may have taken them out, to enroll their own \
         as the first. Nothing was enrolled",
        gone.join(", ")
    ))
    .hint(format!(
        "look at `jamf-pro-mcp audit show enrolled`, and where the store was lost, move the folder `audit` out of {} first, and keep it",
        logs.state().display()
    )))
}

/// Passkeys that any log has as enrolled and not removed: the credential, whose it is.
fn enrollments(logs: &Logs) -> Result<BTreeMap<String, String>, Error> {
    let unread = |error| Error::operator(format!("the audit log cannot be read: {error}"));
    let (mut standing, mut removed) = (BTreeMap::new(), BTreeSet::new());
    for audit in logs.all()? {
        for record in audit.records_with("\"tool\":\"approvers\"").map_err(unread)? {
            let credential = record.arguments.get("passkey").and_then(serde_json::Value::as_str);
            let Some(credential) = credential.filter(|_| record.tool == "approvers") else { continue };
            match record.phase.as_str() {
                "enrolled" => {
                    standing.insert(credential.to_owned(), record.who);
                }
                "removed" => {
                    removed.insert(credential.to_owned());
                }
                _ => {}
            }
        }
    }
    standing.retain(|credential, _| !removed.contains(credential));
    Ok(standing)
}
