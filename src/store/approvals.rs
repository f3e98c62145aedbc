//! What people said to plans, and the secrets that they typed with it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{PlanRecord, Store, moment, ms};
use crate::error::Error;

/// How somebody approved or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// A question of the client (MCP elicitation).
    Elicitation,
    /// `jamf-pro-mcp approvals` in a terminal.
    Terminal,
    /// A passkey on the approvals page.
    Passkey,
}

impl Means {
    /// Its name, as tables and the audit log have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation",
            Self::Terminal => "terminal",
            Self::Passkey => "passkey",
        }
    }

    fn of(name: &str) -> Option<Self> {
        [Self::Elicitation, Self::Terminal, Self::Passkey].into_iter().find(|means| means.as_str() == name)
    }
}

/// What somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Go ahead.
    Approve,
    /// Do not.
    Reject,
}

impl Verdict {
    /// Its name, as tables and the audit log have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// What one person said to one plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// How.
    pub means: Means,
    /// Id of the passkey, or what stands for it: the user of the terminal, the client that asked.
    pub credential: String,
    /// The person, as the passkey was named, or the user of the system.
    pub approver: String,
    /// What they said.
    pub verdict: Verdict,
    /// Of an approval: whether the plan is to be carried out without waiting for its caller.
    pub runs: bool,
    /// In their words, where they gave a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What proves it, for anyone who checks it again before the plan is applied: the passkey's signed answer.
    #[serde(skip)]
    pub proof: Option<String>,
    /// Hash of the plan as it was shown to them.
    pub hash: String,
    /// When.
    pub at: Timestamp,
}

impl Approval {
    /// Whether it says yes.
    pub fn approves(&self) -> bool {
        self.verdict == Verdict::Approve
    }
}

/// What an approval did to its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ApprovalResult {
    /// It counts.
    Yes,
    /// The plan is not waiting any more, or is another one than was shown.
    Over,
    /// This credential has spoken already.
    Twice,
    /// The second approval of the same person counts from then on.
    TooSoon(Timestamp),
}

impl Store {
    /// Write down one approval or rejection, and the secrets that were typed with it; those of the first person who typed any are kept.
    /// `second_after` are the minutes after which a second approval by the same credential is taken, where one is taken at all. `is_quorum`
    /// says whether the approvals that the plan then has are enough. Whether the person may approve it was judged by
    /// `approvals::quorum`, which is the one that calls this.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) fn write_approval(
        &self,
        plan_record: &PlanRecord,
        approval: &Approval,
        answers: &BTreeMap<String, SecretString>,
        second_after: Option<u32>,
        is_quorum: impl Fn(&[Approval]) -> bool,
    ) -> Result<ApprovalResult, Error> {
        let (plan, now) = (&plan_record.plan, ms(Timestamp::now()));
        let mut sealed = Vec::new();
        for (place, value) in answers {
            sealed
                .push((place, self.0.seal.seal(&about(&plan.id, place), value.expose_secret().as_bytes())?));
        }
        self.write(|transaction| {
            let waiting: Option<i64> = transaction
                .query_row(
                    "SELECT expires FROM plans WHERE id = ?1 AND hash = ?2 AND expires > ?3 AND state IN ('waiting', 'approved')",
                    params![plan.id, approval.hash, now],
                    |row| row.get(0),
                )
                .optional()?;
            if waiting.is_none() {
                return Ok(ApprovalResult::Over);
            }
            let mut round = 0;
            if let Some(minutes) = second_after.filter(|_| approval.approves()) {
                let by_same = |one: &&Approval| one.approves() && one.means == approval.means && one.credential == approval.credential;
                let earlier: Vec<Approval> = of(transaction, &plan.id)?.iter().filter(by_same).cloned().collect();
                if let Some(last) = earlier.iter().map(|one| one.at).max() {
                    let from = last.saturating_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX);
                    if from > approval.at {
                        return Ok(ApprovalResult::TooSoon(from));
                    }
                    round = i64::try_from(earlier.len()).unwrap_or(i64::MAX);
                }
            }
            let verdict = approval.verdict.as_str();
            let put = transaction.execute(
                // A rejection may follow an approval of the same person; nothing may follow a rejection.
                "INSERT INTO approvals (plan, means, credential, approver, verdict, note, proof, hash, at, round, runs) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
                 ON CONFLICT DO UPDATE SET verdict = excluded.verdict, note = excluded.note, proof = excluded.proof, hash = excluded.hash, at = excluded.at \
                 WHERE excluded.verdict = 'reject'",
                params![
                    plan.id,
                    approval.means.as_str(),
                    approval.credential,
                    approval.approver,
                    verdict,
                    approval.note,
                    approval.proof,
                    approval.hash,
                    ms(approval.at),
                    round,
                    approval.runs
                ],
            )?;
            if put == 0 {
                return Ok(ApprovalResult::Twice);
            }
            if approval.approves() {
                write_answers(transaction, &plan.id, &sealed)?;
            }
            let approvals: Vec<Approval> = of(transaction, &plan.id)?
                .into_iter()
                .filter(|one| one.approves() && one.hash == plan.hash)
                .collect();
            if !approval.approves() {
                transaction.execute(
                    "UPDATE plans SET state = 'rejected', changed = ?2 WHERE id = ?1",
                    params![plan.id, now],
                )?;
            } else if is_quorum(&approvals) {
                let delay = plan.delay_minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
                let ready = delay.map(|delay| ms(approval.at) + i64::try_from(delay.as_millis()).unwrap_or(i64::MAX / 4));
                let lasts = ms(plan.expires) - ms(plan.made);
                let open = plan.window.as_ref().map(|window| ms(window.ends(approval.at)));
                transaction.execute(
                    // After a delay there is as much time to apply it as there was to approve it; a window is open for its own time.
                    "UPDATE plans SET state = 'approved', ready = ?2, expires = coalesce(?5, max(expires, coalesce(?2 + ?3, expires))), \
                     changed = ?4, runs = ?6 WHERE id = ?1 AND state = 'waiting'",
                    params![plan.id, ready, lasts, now, open, approvals.iter().all(|approval| approval.runs)],
                )?;
            } else if let Some(minutes) = second_after {
                // There is as much time for the second approval as there was for the first.
                let from = ms(approval.at) + i64::from(minutes) * 60_000;
                transaction.execute(
                    "UPDATE plans SET expires = max(expires, ?2), changed = ?3 WHERE id = ?1 AND state = 'waiting'",
                    params![plan.id, from + ms(plan.expires) - ms(plan.made), now],
                )?;
            }
            Ok(ApprovalResult::Yes)
        })
    }

    /// The secrets that were typed with the approvals of a plan, by their place in the arguments.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn answers(&self, plan: &str) -> Result<BTreeMap<String, SecretString>, Error> {
        let found: Vec<(String, Vec<u8>)> = self.read(|connection| {
            let mut answers = connection.prepare("SELECT place, sealed FROM answers WHERE plan = ?1")?;
            let answers = answers.query_map([plan], |row| Ok((row.get(0)?, row.get(1)?)))?;
            answers.collect()
        })?;
        let mut answers = BTreeMap::new();
        for (place, sealed) in found {
            let plain = self.0.seal.unseal(&about(plan, &place), &sealed)?;
            answers.insert(place, SecretString::from(String::from_utf8_lossy(&plain).into_owned()));
        }
        Ok(answers)
    }
}

/// Keep secrets that were typed with an approval, until the plan is over. All of them are one person's: what is sent is what somebody
/// signed for, and no mixture.
fn write_answers(connection: &Connection, plan: &str, sealed: &[(&String, Vec<u8>)]) -> rusqlite::Result<()> {
    let kept: i64 =
        connection.query_row("SELECT count(*) FROM answers WHERE plan = ?1", [plan], |row| row.get(0))?;
    for (place, sealed) in sealed.iter().filter(|_| kept == 0) {
        connection.execute(
            "INSERT INTO answers (plan, place, sealed) VALUES (?1, ?2, ?3)",
            params![plan, place, sealed],
        )?;
    }
    Ok(())
}

fn about(plan: &str, place: &str) -> String {
    format!("answer {plan} {place}")
}

/// What was said to a plan. A row that cannot be understood says nothing.
pub(super) fn of(connection: &Connection, plan: &str) -> rusqlite::Result<Vec<Approval>> {
    let mut said = connection.prepare(
        "SELECT means, credential, approver, verdict, note, proof, hash, at, runs FROM approvals WHERE plan = ?1 ORDER BY at",
    )?;
    let said = said.query_map([plan], |row| {
        let (means, verdict): (String, String) = (row.get(0)?, row.get(3)?);
        let Some(means) = Means::of(&means) else { return Ok(None) };
        let verdict = if verdict == Verdict::Approve.as_str() { Verdict::Approve } else { Verdict::Reject };
        Ok(Some(Approval {
            means,
            credential: row.get(1)?,
            approver: row.get(2)?,
            verdict,
            note: row.get(4)?,
            proof: row.get(5)?,
            hash: row.get(6)?,
            at: moment(row.get(7)?),
            runs: row.get(8)?,
        }))
    })?;
    said.filter_map(Result::transpose).collect()
}
