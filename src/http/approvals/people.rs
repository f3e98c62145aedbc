//! Who can approve, on the page: enrolling a passkey, inviting a person, taking a passkey away.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::announce::Deed;
use super::api::{Answer, JsonBody, PasskeyAnswer, keys, owner, too_late};
use super::invitations::Invitation;
use super::{OpenEnrollment, Page};
use crate::approvals::records;
use crate::error::Error;
use crate::sanitize::text;
use crate::store::{Store, Voucher, fingerprint};

/// Longest name of a person.
pub(super) const MOST_NAME: usize = 64;

/// Longest name of an account.
pub(super) const MOST_ACCOUNT: usize = 128;

/// A request to enroll a passkey.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EnrollmentRequest {
    code: String,
    #[serde(default)]
    name: String,
}

/// Ask for a passkey to be made, for who has a code.
pub(super) async fn enroll(State(page): State<Arc<Page>>, request: JsonBody<EnrollmentRequest>) -> Answer {
    let Json(request) = request?;
    let approvers = page.store.run(Store::approvers).await?;
    let Invitation { name, principal, voucher } = match page.invitations.accept(&request.code) {
        Some(invitation) => invitation,
        None => {
            // The name first: a code is not used up by a slip.
            let name = checked_name(&request.name)?;
            // A code from the terminal opens an empty house only.
            let logs = page.logs.clone();
            page.store.run(move |store| records::refuse_missing_approvers(&logs, store)).await?;
            let code = request.code.clone();
            let principal = match approvers.is_empty() {
                true => page.store.run(move |store| store.use_enrollment_code(&code)).await?,
                false => None,
            };
            let Some(principal) = principal else {
                return Err(Error::not_allowed(if approvers.is_empty() {
                    "this code is wrong, used or too old; `jamf-pro-mcp approvals enroll` in a terminal gives a new one"
                } else {
                    "this code is wrong, used or too old; ask who has a passkey to invite you again"
                })
                .into());
            };
            Invitation { name, principal, voucher: Voucher::Code }
        }
    };
    let (options, enrollment) = page.site.enroll(&name, &keys(&approvers))?;
    let question = page.enrollments.put(OpenEnrollment {
        enrollment,
        invitation: Invitation { name: name.clone(), principal, voucher },
    });
    Ok(Json(json!({ "question": question, "options": options, "name": name })))
}

/// Take the passkey that was made. Who made it has signed in.
pub(super) async fn finish_enrollment(
    State(page): State<Arc<Page>>,
    answer: JsonBody<PasskeyAnswer>,
) -> Answer {
    let Json(answer) = answer?;
    let OpenEnrollment { enrollment, invitation: Invitation { name, principal, voucher } } =
        page.enrollments.take(&answer.question).ok_or_else(too_late)?;
    let key = page.site.key_of(&enrollment, answer.credential)?;
    let by = match &voucher {
        Voucher::Code => "with a code from the terminal".to_owned(),
        Voucher::Passkey { credential, .. } => {
            let approvers = page.store.run(Store::approvers).await?;
            format!("invited by {}", owner(&approvers, credential)?.name)
        }
    };
    let account = match principal.as_str() {
        "" => "a person who makes no calls".to_owned(),
        account => format!("the account {}", text::quoted(account, MOST_ACCOUNT)),
    };
    let sentence =
        format!("a passkey of {} is enrolled, {by}, for {account}", text::quoted(&name, MOST_NAME));
    let fingerprint = Some(fingerprint(&key.credential, &name, &key.public, Some(&principal)));
    let deed = Deed { who: &name, credential: &key.credential, what: "enrolled", fingerprint, sentence };
    page.announce(&deed)?;
    let (person, credential) = (name.clone(), key.credential.clone());
    let put = page
        .store
        .run(move |store| {
            store.enroll(&key.credential, &person, &key.public, key.counter, &voucher, Some(&principal))
        })
        .await?;
    if !put {
        return Err(Error::not_allowed(
            "it was not enrolled: somebody was faster, or who invited you has no passkey any more",
        )
        .into());
    }
    let session = page.sessions.put(credential);
    Ok(Json(json!({ "session": session, "name": name })))
}

/// A person's name as it is kept: one line without anything hidden in it.
pub(super) fn checked_name(name: &str) -> Result<String, Error> {
    let name = text::line(name);
    if name.is_empty() || name.chars().count() > MOST_NAME {
        return Err(Error::caller(format!("a name has 1 to {MOST_NAME} characters")));
    }
    Ok(name)
}

/// The account that calls of a person come from, as it is kept; empty for a person who makes none.
pub(super) fn checked_account(account: &str) -> Result<String, Error> {
    let account = text::line(account);
    if account.chars().count() > MOST_ACCOUNT {
        return Err(Error::caller(format!("an account has at most {MOST_ACCOUNT} characters")));
    }
    Ok(account)
}
