//! Changes of who may approve: inviting a person, taking a passkey away. Where two people have passkeys that count, one signs the change, and
//! it waits until another signs it too. What was signed first is proven again then, because others can write into the store.

use axum::Json;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Page;
use super::announce::Deed;
use super::api::{Answer, owner};
use super::invitations::Invitation;
use super::people::{MOST_ACCOUNT, MOST_NAME};
use crate::approvals::passkeys::{CHANGE_LASTS, Passkeys, RECOVERY_LASTS, counts_from, recovery_begins};
use crate::approvals::{SignedStatement, Statement, Word, records};
use crate::error::Error;
use crate::plan::digest;
use crate::sanitize::text;
use crate::store::{Approver, ApproverChange, Store, Voucher};

/// What a statement is about that cancels a recovery.
pub(super) const RECOVERY: &str = "recovery";

/// A change that waits, with what was signed first.
pub(super) struct SignedChange {
    id: String,
    by: Approver,
    statement: Statement,
    hash: String,
}

impl Page {
    /// The changes that wait and are proven, and the recovery that was announced.
    pub(super) async fn changes(
        &self,
        session: &str,
        approvers: &[Approver],
    ) -> Result<(Vec<Value>, Option<Value>), Error> {
        let since = Timestamp::now() - CHANGE_LASTS;
        let rows = self.store.run(move |store| store.approver_changes(since)).await?;
        let changes = rows.iter().filter_map(|row| self.signed_change(row, approvers).ok()).map(|change| {
            json!({
                "id": change.id, "hash": change.hash, "by": change.by.name, "made": change.statement.at,
                "sentence": describe(&change.statement, approvers), "is_yours": change.by.credential == session,
            })
        });
        let changes: Vec<Value> = changes.collect();
        let since = Timestamp::now() - RECOVERY_LASTS;
        let recovery = self.store.run(move |store| store.recovery(since)).await?;
        let recovery = recovery.map(
            |recovery| json!({ "who": recovery.who, "announced": recovery.announced, "from": recovery_begins(&recovery) }),
        );
        Ok((changes, recovery))
    }

    /// A change as it was signed first.
    fn signed_change(&self, row: &ApproverChange, approvers: &[Approver]) -> Result<SignedChange, Error> {
        let by = owner(approvers, &row.credential)?.clone();
        records::verify_enrollment(&self.logs, &by)?;
        let statement = self.pages.statement(&by, &row.proof).filter(|statement| {
            matches!(statement.word, Word::Invite | Word::Remove)
                && statement.at >= Timestamp::now() - CHANGE_LASTS
                && counts_from(&by) <= Timestamp::now()
        });
        let statement = statement.ok_or_else(|| {
            Error::not_allowed("this change was not signed by the person whose name it has")
        })?;
        Ok(SignedChange { id: row.id.clone(), by, statement, hash: digest(&["approver change", &row.proof]) })
    }

    /// The change of this id, for another person than asked for it.
    ///
    /// # Errors
    /// When it is gone, or the same person signs twice.
    pub(super) async fn change_for(
        &self,
        person: &Approver,
        approvers: &[Approver],
        said: &Statement,
    ) -> Result<SignedChange, Error> {
        let gone = || Error::caller("this change does not wait any more").hint("ask for it again");
        let since = Timestamp::now() - CHANGE_LASTS;
        let rows = self.store.run(move |store| store.approver_changes(since)).await?;
        let change =
            self.signed_change(rows.iter().find(|row| row.id == said.of).ok_or_else(gone)?, approvers)?;
        if change.hash != said.hash {
            return Err(gone());
        }
        let known = self.store.run(Passkeys::of).await?;
        if known.people([person.name.as_str(), change.by.name.as_str()].into_iter()) < 2 {
            return Err(Error::not_allowed(
                "you asked for this change; another person with a passkey signs it too",
            ));
        }
        if change.statement.word == Word::Remove {
            self.can_be_removed(&known, &change.statement.of)?;
        }
        Ok(change)
    }

    /// Make a change, or keep it for the second person.
    pub(super) async fn change(
        &self,
        person: &Approver,
        approvers: &[Approver],
        signed: &SignedStatement,
    ) -> Answer {
        let known = self.store.run(Passkeys::of).await?;
        let proof =
            serde_json::to_string(&signed.proof).map_err(|error| Error::internal(error.to_string()))?;
        let statement = &signed.proof.statement;
        if known.owners().len() < 2 {
            return self.make(person, approvers, statement, proof).await;
        }
        let sentence = format!("{}; another person has to sign it too", describe(statement, approvers));
        self.announce(&Deed {
            who: &person.name,
            credential: &signed.credential,
            what: "change asked for",
            fingerprint: None,
            sentence,
        })?;
        let credential = signed.credential.clone();
        self.store.run(move |store| store.keep_approver_change(&credential, &proof)).await?;
        Ok(Json(json!({ "waits": true })))
    }

    /// Make a change that another person asked for.
    pub(super) async fn confirm(
        &self,
        person: &Approver,
        approvers: &[Approver],
        signed: &SignedStatement,
    ) -> Answer {
        let change = self.change_for(person, approvers, &signed.proof.statement).await?;
        let proof =
            serde_json::to_string(&signed.proof).map_err(|error| Error::internal(error.to_string()))?;
        let id = change.id.clone();
        if !self.store.run(move |store| store.take_approver_change(&id)).await? {
            return Err(Error::caller("this change was made or dropped in this moment").into());
        }
        self.make(person, approvers, &change.statement, proof).await
    }

    /// Drop a change, or cancel the recovery.
    pub(super) async fn cancel(&self, person: &Approver, signed: &SignedStatement) -> Answer {
        let id = signed.proof.statement.of.clone();
        let is_recovery = id == RECOVERY;
        self.announce(&Deed {
            who: &person.name,
            credential: &signed.credential,
            what: if is_recovery { "recovery canceled" } else { "change dropped" },
            fingerprint: None,
            sentence: "with a passkey on the approvals page".to_owned(),
        })?;
        let canceled = self
            .store
            .run(
                move |store| {
                    if is_recovery { store.cancel_recovery() } else { store.take_approver_change(&id) }
                },
            )
            .await?;
        Ok(Json(json!({ "canceled": canceled })))
    }

    async fn make(
        &self,
        person: &Approver,
        approvers: &[Approver],
        statement: &Statement,
        proof: String,
    ) -> Answer {
        let invites = statement.word == Word::Invite;
        let (what, credential) =
            if invites { ("invited", &person.credential) } else { ("removed", &statement.of) };
        // The removed passkey is told from the log, by its id.
        self.announce(&Deed {
            who: &person.name,
            credential,
            what,
            fingerprint: None,
            sentence: describe(statement, approvers),
        })?;
        if invites {
            let (name, principal) = (statement.of.clone(), statement.typed.clone());
            let voucher = Voucher::Passkey { credential: person.credential.clone(), proof };
            let code = self.invitations.invite(Invitation { name: name.clone(), principal, voucher })?;
            return Ok(Json(json!({ "code": code, "name": name })));
        }
        let credential = statement.of.clone();
        self.invitations.end_those_of(&credential);
        self.sessions.drop_if(|session| *session == credential);
        let removed = self.store.run(move |store: &Store| store.remove_approver(&credential)).await?;
        Ok(Json(json!({ "removed": removed })))
    }

    /// Whether a passkey can be taken away: one that counts must be left.
    ///
    /// # Errors
    /// When it is the last one, or is none.
    pub(super) fn can_be_removed(&self, known: &Passkeys, credential: &str) -> Result<(), Error> {
        if !known.enrolled().any(|approver| approver.credential == credential) {
            return Err(Error::not_allowed("this passkey is not enrolled here any more"));
        }
        if known.counting().any(|approver| approver.credential != credential) {
            return Ok(());
        }
        Err(Error::not_allowed(
            "the last passkey that counts cannot be removed: nobody could approve anything any more",
        ))
    }
}

/// A change in words that follow on a name.
fn describe(statement: &Statement, approvers: &[Approver]) -> String {
    if statement.word == Word::Invite {
        let account = match statement.typed.as_str() {
            "" => "who makes no calls".to_owned(),
            account => format!("whose account is {}", text::quoted(account, MOST_ACCOUNT)),
        };
        return format!("invites {}, {account}, to enroll a passkey", text::quoted(&statement.of, MOST_NAME));
    }
    let name = owner(approvers, &statement.of).map_or("nobody", |approver| approver.name.as_str());
    format!("removes a passkey of {}", text::quoted(name, MOST_NAME))
}
