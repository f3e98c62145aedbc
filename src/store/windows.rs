//! Windows that are open, and what was done under each.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use serde_json::Value;

use super::{PlanRecord, State, Store, moment, ms, plans};
use crate::error::Error;
use crate::plan::{Plan, Window};

impl Store {
    /// The windows of a caller at a tenant that are approved and whose time is not over, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open_windows(&self, tenant: &str, who: &str) -> Result<Vec<PlanRecord>, Error> {
        self.read(|connection| {
            let mut ids = connection.prepare(
                "SELECT id FROM plans WHERE tenant = ?1 AND who = ?2 AND state = 'approved' AND tool = ?3 AND expires > ?4 \
                 ORDER BY made, rowid",
            )?;
            let now = ms(Timestamp::now());
            let ids = ids.query_map(params![tenant, who, crate::plan::WINDOW_TOOL, now], |row| row.get(0))?;
            let ids: Vec<String> = ids.collect::<rusqlite::Result<_>>()?;
            let mut found = Vec::new();
            for id in ids {
                found.extend(self.plan_record(connection, &id)?.filter(|plan_record| plan_record.plan.window.is_some()));
            }
            Ok(found)
        })
    }

    /// File a plan that a window approves, and take its devices from what the window has left. Returns whether it had enough, so that of
    /// two processes at once none overdraws it.
    ///
    /// # Errors
    /// When it cannot be written; then there is no plan.
    pub fn file_in_window(
        &self,
        plan: &Plan,
        exact: &Value,
        call_key: &str,
        steps: &[String],
        window: (&str, &Window),
    ) -> Result<bool, Error> {
        let (id, window) = window;
        let text = serde_json::to_string(plan).map_err(|error| Error::internal(error.to_string()))?;
        let exact = exact.to_string();
        let devices: Vec<String> =
            plan.targets.iter().map(|target| format!("{}:{}", target.kind, target.id)).collect();
        let now = ms(Timestamp::now());
        self.write(|transaction| {
            let open: i64 = transaction.query_row(
                "SELECT count(*) FROM plans WHERE id = ?1 AND state = 'approved' AND expires > ?2",
                params![id, now],
                |row| row.get(0),
            )?;
            if open == 0 || !has_uses_left(transaction, id, window, &devices)? {
                return Ok(false);
            }
            let same = self.open_plan(transaction, &plan.tenant_key(), &plan.requester.who, call_key)?;
            if same.is_some_and(|plan_record| plan_record.state.is_open() && plan_record.state != State::Waiting) {
                // The same call at the same moment: one of them is sent.
                return Ok(false);
            }
            for device in &devices {
                transaction.execute(
                    "INSERT INTO uses (window, device, plan, at) VALUES (?1, ?2, ?3, ?4)",
                    params![id, device, plan.id, now],
                )?;
            }
            // What waited for a person is what the window lets through now.
            transaction.execute(
                "UPDATE plans SET state = 'outdated', outcome = 'not applied: a window let the call through', changed = ?4 \
                 WHERE tenant = ?1 AND who = ?2 AND call_key = ?3 AND state = 'waiting'",
                params![plan.tenant_key(), plan.requester.who, call_key, now],
            )?;
            plans::insert(transaction, plan, &text, &exact, call_key, steps, "approved")?;
            Ok(true)
        })
    }

    /// What was done under a window: the device, the plan, when; the earliest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn uses(&self, window: &str) -> Result<Vec<(String, String, Timestamp)>, Error> {
        self.read(|connection| {
            let mut uses = connection
                .prepare("SELECT device, plan, at FROM uses WHERE window = ?1 ORDER BY at, rowid")?;
            let uses = uses.query_map([window], |row| Ok((row.get(0)?, row.get(1)?, moment(row.get(2)?))))?;
            uses.collect()
        })
    }
}

fn has_uses_left(
    transaction: &Transaction<'_>,
    id: &str,
    window: &Window,
    devices: &[String],
) -> rusqlite::Result<bool> {
    let used: u32 =
        transaction.query_row("SELECT count(*) FROM uses WHERE window = ?1", [id], |row| row.get(0))?;
    if used.saturating_add(u32::try_from(devices.len()).unwrap_or(u32::MAX)) > window.at_most {
        return Ok(false);
    }
    if !window.once {
        return Ok(true);
    }
    for device in devices {
        let before: i64 = transaction.query_row(
            "SELECT count(*) FROM uses WHERE window = ?1 AND device = ?2",
            params![id, device],
            |row| row.get(0),
        )?;
        if before > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
