//! `approvals recover`: the operator on the host begins anew where too few people with passkeys are left. It is announced on the approvals
//! page and in every audit log, any approver can cancel it there, and it can be carried out a day later.

use jiff::Timestamp;
use serde_json::json;

use super::approvals::{Desk, ask, record, terminal};
use super::{enroll, say};
use crate::approvals::passkeys::{self, RECOVERY_LASTS};
use crate::audit::Record;
use crate::error::Error;
use crate::os_user;
use crate::store::Recovery;

/// What has to be typed.
const WORD: &str = "recover";

impl Desk<'_> {
    pub(super) fn recover(&self, account: &str) -> Result<(), Error> {
        terminal()?;
        let approvers = self.store.approvers()?;
        if approvers.is_empty() {
            return Err(Error::caller("nobody has a passkey, so there is nothing to recover")
                .hint("enroll the first with `jamf-pro-mcp approvals enroll`"));
        }
        let Some(recovery) = self.store.recovery(Timestamp::now() - RECOVERY_LASTS)? else {
            let names: Vec<_> = approvers.iter().map(|approver| approver.name.as_str()).collect();
            say(&format!(
                "These people have a passkey: {}.\nRecovery takes all passkeys away, and a code for a new first one is made. It is announced on the \
                 approvals page and in\nthe audit logs now, any of these people can cancel it on the page, and it can be carried out 24 hours \
                 from now.",
                names.join(", ")
            ));
            if !confirmed()? {
                return Ok(());
            }
            self.note_everywhere(
                "recovery announced",
                "in a terminal: all passkeys are taken away 24 hours later",
            )?;
            self.store.announce_recovery(os_user::principal())?;
            say("announced; run the same command again in 24 hours, and within a week from now");
            return Ok(());
        };
        let from = passkeys::recovery_begins(&recovery);
        if from > Timestamp::now() {
            return Err(Error::not_allowed(format!(
                "the recovery that {} announced at {} can be carried out from {from} on",
                recovery.who, recovery.announced
            ))
            .hint("run the same command then; anyone who has a passkey can cancel it on the approvals page, under People"));
        }
        self.carry_out(&recovery, account)
    }

    fn carry_out(&self, recovery: &Recovery, account: &str) -> Result<(), Error> {
        say(&format!(
            "The recovery was announced at {}, and nobody canceled it. All passkeys are taken away now.",
            recovery.announced
        ));
        if !confirmed()? {
            return Ok(());
        }
        for audit in self.logs.all()? {
            for approver in self.store.approvers()? {
                let how = format!("a passkey of {}, by a recovery in a terminal", approver.name);
                let removed = record(audit.tenant(), "approvers", "removed", &how);
                audit.record(&Record { arguments: json!({ "passkey": approver.credential }), ..removed })?;
            }
        }
        if !self.store.carry_out_recovery(recovery)? {
            return Err(Error::not_allowed(
                "the recovery was canceled in this moment; the passkeys are still in the store",
            ));
        }
        let code = self.store.new_enrollment_code(account)?;
        say(&enroll::instructions(self.config, &code)?);
        Ok(())
    }
}

fn confirmed() -> Result<bool, Error> {
    let is_confirmed = ask(&format!("Type `{WORD}` to go on (anything else leaves all as it is): "))? == WORD;
    if !is_confirmed {
        say("left as it is");
    }
    Ok(is_confirmed)
}
