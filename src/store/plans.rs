//! Plans: waiting, approved, being applied, over. Each goes through these once and never back.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::Value;

use super::steps::{self, Step, StepState};
use super::{Approval, Store, approvals, moment, ms};
use crate::error::Error;
use crate::plan::Plan;

/// Where a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for approvals.
    Waiting,
    /// It has them, and may wait for its delay.
    Approved,
    /// Somebody rejected it.
    Rejected,
    /// It is being applied.
    Applying,
    /// The process that applied it ended in between; its steps say how far it got.
    Interrupted,
    /// The same, and its time is over: nothing goes on any more.
    Abandoned,
    /// It was applied, and of some targets it is not known what came of it.
    Unknown,
    /// It was applied.
    Applied,
    /// It was applied in part.
    Partial,
    /// It was tried and nothing came of it.
    Failed,
    /// Nobody approved or applied it in time.
    Expired,
    /// What it was made for has changed, so it no longer holds.
    Outdated,
}

impl State {
    /// Its name, as tables and answers have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Applying => "applying",
            Self::Interrupted => "interrupted",
            Self::Abandoned => "broken_off",
            Self::Unknown => "unknown",
            Self::Applied => "applied",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Outdated => "outdated",
        }
    }

    /// Whether something can still come of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Approved | Self::Applying | Self::Interrupted)
    }

    fn of(name: &str) -> Self {
        [
            Self::Waiting,
            Self::Approved,
            Self::Rejected,
            Self::Applying,
            Self::Interrupted,
            Self::Unknown,
            Self::Applied,
            Self::Partial,
            Self::Failed,
            Self::Expired,
            Self::Outdated,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
        // What is not known is over.
        .unwrap_or(Self::Expired)
    }
}

/// A plan and everything that has become of it.
#[derive(Debug, Clone)]
pub struct PlanRecord {
    /// The plan.
    pub plan: Plan,
    /// The exact arguments that it stands for. Never shown; [`Plan::arguments`] is.
    pub exact: Value,
    /// Which calls it stands for: a hash over tool and exact arguments as the caller gave them.
    pub call_key: String,
    /// Where it is, as of now.
    pub state: State,
    /// When it can no longer be approved or applied: later than the plan says, where it had to wait for its delay.
    pub expires: Timestamp,
    /// When it may be applied, once it has its approvals and had to wait.
    pub ready: Option<Timestamp>,
    /// What people said, the earliest first.
    pub approvals: Vec<Approval>,
    /// How far it got, one row a target.
    pub steps: Vec<Step>,
    /// What came of it.
    pub outcome: Option<String>,
    /// Of a window: how much of it was used.
    pub used: u32,
    /// Everybody who approved it wants it to be carried out at once, by whichever process serves the tenant.
    pub runs: bool,
}

impl PlanRecord {
    /// Whether it was interrupted when nothing of it was left to send, and before that was noted as its end: after the last of its steps, or
    /// of several calls after one that was not done.
    pub fn has_nothing_to_send(&self) -> bool {
        let is_sent = |step: &Step| step.state != StepState::Waiting;
        let is_over = self.steps.iter().all(is_sent) || (!self.plan.calls.is_empty() && self.is_stopped());
        self.state == State::Interrupted && !self.steps.is_empty() && is_over
    }

    /// Whether one of its steps was not done, or it is not known whether it was: no further one of several calls is sent then.
    pub fn is_stopped(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step.state, StepState::Waiting | StepState::Done))
    }

    /// Whether the plan is the one that was filed: its hash is that of its content.
    pub fn is_whole(&self) -> bool {
        self.plan.digest(&self.exact) == self.plan.hash
    }

    /// The approvals that are for exactly this plan.
    pub fn approvals_that_hold(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.iter().filter(|approval| approval.approves() && approval.hash == self.plan.hash)
    }
}

/// A plan of which it is not known what came of some targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclear {
    /// When it ended, or was interrupted.
    pub at: Timestamp,
    /// Targets of which it is not known.
    pub sent: u32,
    /// All its targets.
    pub targets: u32,
}

/// Which plans are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this tenant alone.
    pub tenant: Option<String>,
    /// Asked for by this caller alone.
    pub who: Option<String>,
    /// Only those of which something can still come.
    pub open: bool,
    /// At most this many, the newest first; 0 for 100.
    pub most: u32,
}

const COLUMNS: &str = "plan, exact, state, ready, outcome, expires, life, call_key, runs";

impl Store {
    /// File a plan, unless one is open for the same call of the same caller: answers the plan that stands, and whether it is the new one.
    /// One process files it, and every process of the user sees it.
    ///
    /// # Errors
    /// When it cannot be written; then there is no plan.
    pub fn file_plan(
        &self,
        plan: &Plan,
        exact: &Value,
        call_key: &str,
        steps: &[String],
    ) -> Result<(PlanRecord, bool), Error> {
        let text = serde_json::to_string(plan).map_err(|error| Error::internal(error.to_string()))?;
        let exact = exact.to_string();
        let plan_record = self.write(|transaction| {
            let open = self.open_plan(transaction, &plan.tenant_key(), &plan.requester.who, call_key)?;
            if let Some(open) = open.filter(|plan_record| plan_record.state.is_open()) {
                return Ok((Some(open), false));
            }
            insert(transaction, plan, &text, &exact, call_key, steps, "waiting")?;
            Ok((self.plan_record(transaction, &plan.id)?, true))
        })?;
        match plan_record {
            (Some(plan_record), is_new) => Ok((plan_record, is_new)),
            (None, _) => Err(Error::internal("the plan is gone")),
        }
    }

    /// A plan by its id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plan(&self, id: &str) -> Result<Option<PlanRecord>, Error> {
        self.read(|connection| self.plan_record(connection, id))
    }

    /// The plans that fit, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plans(&self, filter: &Filter) -> Result<Vec<PlanRecord>, Error> {
        let most = if filter.most == 0 { 100 } else { filter.most };
        let found = self.read(|connection| {
            let mut ids = connection.prepare(
                "SELECT id FROM plans WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR who = ?2) \
                 AND (?3 = 0 OR state IN ('waiting', 'approved', 'applying')) ORDER BY made DESC, rowid DESC LIMIT ?4",
            )?;
            let ids = ids.query_map(params![filter.tenant, filter.who, filter.open, most], |row| row.get(0))?;
            self.plan_records(connection, ids.collect::<rusqlite::Result<_>>()?)
        })?;
        Ok(found.into_iter().filter(|plan_record| !filter.open || plan_record.state.is_open()).collect())
    }

    /// The newest plan for the same call of the same caller at the same tenant that something can still come of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_plan_for(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
    ) -> Result<Option<PlanRecord>, Error> {
        let found = self.read(|connection| self.open_plan(connection, tenant, who, call_key))?;
        Ok(found.filter(|plan_record| plan_record.state.is_open()))
    }

    pub(super) fn open_plan(
        &self,
        connection: &Connection,
        tenant: &str,
        who: &str,
        call_key: &str,
    ) -> rusqlite::Result<Option<PlanRecord>> {
        let id: Option<String> = connection
            .query_row(
                "SELECT id FROM plans WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 \
                 AND state IN ('waiting', 'approved', 'applying') ORDER BY made DESC, rowid DESC LIMIT 1",
                params![tenant, who, call_key],
                |row| row.get(0),
            )
            .optional()?;
        id.map_or(Ok(None), |id| self.plan_record(connection, &id))
    }

    /// How many plans of a caller are open, and whether a person rejected this very call since then.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_and_rejected(
        &self,
        tenant: &str,
        who: &str,
        call_key: &str,
        since: Timestamp,
    ) -> Result<(u32, bool), Error> {
        self.read(|connection| {
            let open = connection.query_row(
                "SELECT count(*) FROM plans WHERE who = ?1 AND state IN ('waiting', 'approved') AND expires > ?2",
                params![who, ms(Timestamp::now())],
                |row| row.get(0),
            )?;
            let rejected: Option<i64> = connection
                .query_row(
                    "SELECT 1 FROM plans WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 AND state = 'rejected' AND changed > ?4",
                    params![tenant, who, call_key, ms(since)],
                    |row| row.get(0),
                )
                .optional()?;
            Ok((open, rejected.is_some()))
        })
    }

    /// The plans of a caller that a person rejected since then, the latest first, each with when that was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn rejections_since(
        &self,
        tenant: &str,
        who: &str,
        since: Timestamp,
    ) -> Result<Vec<(PlanRecord, Timestamp)>, Error> {
        self.read(|connection| {
            let mut rejected = connection.prepare(
                "SELECT id, changed FROM plans WHERE tenant = ?1 AND who = ?2 AND state = 'rejected' AND changed > ?3 \
                 ORDER BY changed DESC, rowid DESC",
            )?;
            let rejected = rejected.query_map(params![tenant, who, ms(since)], |row| {
                Ok((row.get::<_, String>(0)?, moment(row.get(1)?)))
            })?;
            let mut found = Vec::new();
            for row in rejected {
                let (id, at) = row?;
                found.extend(self.plan_record(connection, &id)?.map(|plan_record| (plan_record, at)));
            }
            Ok(found)
        })
    }

    /// Take an approved plan for applying it. Of all that try, over all processes, one gets it, once.
    ///
    /// A plan whose process ended in between can be taken again; what it has left waiting is all that is left to do.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn claim(&self, id: &str, hash: &str) -> Result<bool, Error> {
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            let found: Option<(String, Option<String>)> = transaction
                .query_row(
                    "SELECT state, life FROM plans WHERE id = ?1 AND hash = ?2 AND expires > ?3 AND (ready IS NULL OR ready <= ?3)",
                    params![id, hash, now],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let free = match found {
                Some((state, _)) if state == "approved" => true,
                Some((state, life)) if state == "applying" => !self.is_applied(id, life.as_deref()),
                _ => false,
            };
            if free {
                // Before anybody else gets the connection.
                self.running_work().plans.insert(id.to_owned());
                transaction.execute(
                    "UPDATE plans SET state = 'applying', life = ?2, changed = ?3 WHERE id = ?1",
                    params![id, self.0.life.name(), now],
                )?;
            }
            Ok(free)
        })
    }

    /// Whether a process applies the plan: of this one memory tells, of another one that it lives.
    fn is_applied(&self, id: &str, life: Option<&str>) -> bool {
        match life {
            Some(life) if life == self.0.life.name() => self.running_work().plans.contains(id),
            Some(life) => self.0.life.is_running(life),
            None => false,
        }
    }

    /// Note how far one target is.
    ///
    /// # Errors
    /// When it cannot be written; then what it was to record must not happen.
    pub fn note_step(
        &self,
        plan: &str,
        position: u32,
        state: StepState,
        detail: Option<&str>,
        upstream: Option<&str>,
    ) -> Result<(), Error> {
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            transaction.execute(
                "UPDATE steps SET state = ?3, detail = ?4, upstream = coalesce(?5, upstream), changed = ?6 \
                 WHERE plan = ?1 AND position = ?2",
                params![plan, position, state.as_str(), detail, upstream, now],
            )?;
            Ok(())
        })
    }

    /// A plan that this process applies is over. Returns whether it was this one's to end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish_plan(&self, id: &str, state: State, outcome: &str) -> Result<bool, Error> {
        self.end(id, state, outcome, "state = 'applying' AND life = ?5")
    }

    /// A plan that waited or was approved no longer holds. Returns false when it is being applied, or is over.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn outdate_plan(&self, id: &str, outcome: &str) -> Result<bool, Error> {
        self.end(id, State::Outdated, outcome, "state IN ('waiting', 'approved') AND ?5 <> ''")
    }

    /// End a plan in its state, where it still is as `only_if` says; `?5` is this process.
    fn end(&self, id: &str, state: State, outcome: &str, only_if: &str) -> Result<bool, Error> {
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            let ended = transaction.execute(
                &format!(
                    "UPDATE plans SET state = ?2, outcome = ?3, changed = ?4, is_untold = runs WHERE id = ?1 AND {only_if}"
                ),
                params![id, state.as_str(), outcome, now, self.0.life.name()],
            )?;
            if ended == 1 {
                transaction.execute("DELETE FROM answers WHERE plan = ?1", [id])?;
            }
            Ok(ended == 1)
        })
    }

    /// This process applies a plan no longer, without having ended it: approved again where nothing of it was begun, interrupted
    /// otherwise. Nothing happens to a plan that is over.
    ///
    /// # Errors
    /// When it cannot be written. It counts in this process all the same; [`Store::settle`] tries again.
    pub fn release_plan(&self, id: &str) -> Result<(), Error> {
        {
            let mut running_work = self.running_work();
            running_work.plans.remove(id);
            running_work.releases.insert(id.to_owned());
        }
        self.settle()
    }

    /// How the last plan for the same call ended, no matter who asked for it, where what came of some targets is not known.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_unclear_call(&self, tenant: &str, call_key: &str) -> Result<Option<Unclear>, Error> {
        let last = self.read(|connection| {
            let last = connection.query_row(
                "SELECT changed, (SELECT count(*) FROM steps WHERE plan = plans.id AND state = 'sent'), \
                 (SELECT count(*) FROM steps WHERE plan = plans.id) FROM plans WHERE tenant = ?1 AND call_key = ?2 \
                 AND state IN ('applying', 'unknown', 'applied', 'partial', 'failed') ORDER BY changed DESC, rowid DESC LIMIT 1",
                params![tenant, call_key],
                |row| Ok(Unclear { at: moment(row.get(0)?), sent: row.get(1)?, targets: row.get(2)? }),
            );
            last.optional()
        })?;
        Ok(last.filter(|last| last.sent > 0))
    }

    /// Which of these targets were sent something by the same tool whose outcome is not known, and nothing since: the latest first, each
    /// with when that was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find_unclear_targets(
        &self,
        tenant: &str,
        tool: &str,
        targets: &[String],
    ) -> Result<Vec<(String, Timestamp)>, Error> {
        self.read(|connection| {
            let mut last = connection.prepare(
                "SELECT steps.state, steps.changed FROM steps JOIN plans ON plans.id = steps.plan WHERE plans.tenant = ?1 \
                 AND plans.tool = ?2 AND steps.target = ?3 AND steps.state <> 'waiting' ORDER BY steps.changed DESC, steps.rowid DESC LIMIT 1",
            )?;
            let mut found = Vec::new();
            for target in targets {
                let row = last
                    .query_row(params![tenant, tool, target], |row| {
                        Ok((row.get::<_, String>(0)?, moment(row.get(1)?)))
                    })
                    .optional()?;
                found.extend(row.filter(|(state, _)| state == "sent").map(|(_, at)| (target.clone(), at)));
            }
            found.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
            Ok(found)
        })
    }

    /// The plans of these ids, in their order.
    pub(super) fn plan_records(
        &self,
        connection: &Connection,
        ids: Vec<String>,
    ) -> rusqlite::Result<Vec<PlanRecord>> {
        let found = ids.iter().filter_map(|id| self.plan_record(connection, id).transpose());
        found.collect()
    }

    pub(super) fn plan_record(
        &self,
        connection: &Connection,
        id: &str,
    ) -> rusqlite::Result<Option<PlanRecord>> {
        let sql = format!("SELECT {COLUMNS} FROM plans WHERE id = ?1");
        let found = connection.query_row(&sql, [id], |row| self.read_plan(row)).optional()?;
        let Some(Some(mut plan_record)) = found else { return Ok(None) };
        plan_record.approvals = approvals::of(connection, id)?;
        plan_record.steps = steps::read(connection, id)?;
        if plan_record.plan.window.is_some() {
            plan_record.used =
                connection
                    .query_row("SELECT count(*) FROM uses WHERE window = ?1", [id], |row| row.get(0))?;
        }
        Ok(Some(plan_record))
    }

    /// A row that cannot be understood is no plan.
    fn read_plan(&self, row: &Row<'_>) -> rusqlite::Result<Option<PlanRecord>> {
        let (text, exact): (String, String) = (row.get("plan")?, row.get("exact")?);
        let (Ok(plan), Ok(exact)) = (serde_json::from_str::<Plan>(&text), serde_json::from_str(&exact))
        else {
            return Ok(None);
        };
        let (stored, life): (String, Option<String>) = (row.get("state")?, row.get("life")?);
        let expires = moment(row.get("expires")?);
        let state =
            match State::of(&stored) {
                State::Applying if !self.is_applied(&plan.id, life.as_deref()) => {
                    if expires <= Timestamp::now() { State::Abandoned } else { State::Interrupted }
                }
                State::Waiting | State::Approved if expires <= Timestamp::now() => State::Expired,
                state => state,
            };
        Ok(Some(PlanRecord {
            plan,
            exact,
            call_key: row.get("call_key")?,
            state,
            expires,
            ready: row.get::<_, Option<i64>>("ready")?.map(moment),
            approvals: Vec::new(),
            steps: Vec::new(),
            outcome: row.get("outcome")?,
            used: 0,
            runs: row.get("runs")?,
        }))
    }
}

/// Write down that a process applies a plan no longer.
pub(super) fn note_release(transaction: &Transaction<'_>, id: &str, life: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE OR IGNORE plans SET life = NULL, changed = ?2, state = CASE WHEN EXISTS \
         (SELECT 1 FROM steps WHERE plan = ?1 AND state <> 'waiting') THEN 'applying' \
         WHEN expires <= ?2 THEN 'expired' ELSE 'approved' END \
         WHERE id = ?1 AND state = 'applying' AND life = ?3",
        params![id, ms(Timestamp::now()), life],
    )?;
    Ok(())
}

/// Write a plan with its steps in a state. What waited for the same call and is over makes room for it.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    plan: &Plan,
    text: &str,
    exact: &str,
    call_key: &str,
    steps: &[String],
    state: &str,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE plans SET state = 'expired' WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 \
         AND state IN ('waiting', 'approved') AND expires <= ?4",
        params![plan.tenant_key(), plan.requester.who, call_key, ms(Timestamp::now())],
    )?;
    transaction.execute(
        "INSERT INTO plans (id, tenant, who, tool, call_key, hash, plan, exact, state, made, expires, changed) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?11, ?9, ?10, ?9)",
        params![
            plan.id,
            plan.tenant_key(),
            plan.requester.who,
            plan.tool,
            call_key,
            plan.hash,
            text,
            exact,
            ms(plan.made),
            ms(plan.expires),
            state
        ],
    )?;
    let mut insert = transaction.prepare(
        "INSERT INTO steps (plan, position, target, state, changed) VALUES (?1, ?2, ?3, 'waiting', ?4)",
    )?;
    for (position, target) in (0_u32..).zip(steps) {
        insert.execute(params![plan.id, position, target, ms(plan.made)])?;
    }
    Ok(())
}
