//! Questions of a job to the tables of the fleet.

use std::time::Duration;

use jamf_pro_tools::Checked;
use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::{ROOM, Work};
use crate::error::Error;
use crate::fleet::access::{FleetReader, Found, Patience};
use crate::fleet::sql::{self, Bounds, SqlTable};

/// How long a job waits for what it reads. With the time of its statements it is what clients wait.
pub(super) const WAIT: Duration = Duration::from_secs(30);

/// Rows of one statement, and its time.
const BOUNDS: Bounds = Bounds { rows: 100_000, characters: ROOM, time: Duration::from_secs(10) };

/// Arguments of every job that reports on the fleet.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
pub(super) struct Reading {
    /// Oldest that the data may be, in minutes.
    #[schemars(range(min = 0, max = 20160))]
    max_age: Option<u32>,
    /// Read the data anew from Jamf.
    refresh: Option<bool>,
    /// Save all rows into a CSV file.
    save: Option<bool>,
}

/// A kind of devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "read by its schema alone")]
pub(super) enum Fleet {
    /// Macs.
    Computer,
    /// iPhones, iPads, Apple TVs and the like.
    MobileDevice,
}

/// A count of a row; 0 where there is none.
pub(super) fn count_of(row: &Map<String, Value>, column: &str) -> u64 {
    row.get(column).and_then(Value::as_u64).unwrap_or_default()
}

/// A text of a row, empty where there is none.
pub(super) fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A part of a whole, as people read it: `12 %`, `less than 1 %`.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) | (0, _) => "0 %".to_owned(),
        _ if part * 100 < whole => "less than 1 %".to_owned(),
        _ => format!("{} %", part * 100 / whole),
    }
}

/// The error of a question to a fleet that is off.
pub(super) fn is_off() -> Error {
    Error::operator("this question cannot be answered: the fleet is off (`fleet.storage` is `off`)")
        .hint("set `fleet.storage` to `memory` or `disk`")
}

impl Work<'_> {
    /// Bring the tables of the job up to date. The answer of the call where they are still loaded when it has waited long enough.
    ///
    /// # Errors
    /// When the fleet is off or fails, or the configuration excludes a table.
    pub(super) async fn prepare(&self, tables: &[&str], arguments: &Checked) -> Result<Option<Value>, Error> {
        let fleet = self.call.fleets.of(self.tenant).await?.ok_or_else(is_off)?;
        let patience = Patience::of(arguments, WAIT);
        let reader = FleetReader::new(fleet, self.call.access.clone(), patience, self.call.watch());
        let tables: Vec<&'static SqlTable> =
            tables.iter().filter_map(|table| sql::sql_table(table)).collect();
        let reader = self.reader.get_or_init(|| std::future::ready(reader)).await;
        Ok(reader.prepare(&tables).await?.map(|progress| patience.not_yet(&progress)))
    }

    /// The rows of a SELECT, an object each. `?1` and so on stand for the parameters.
    ///
    /// # Errors
    /// When the statement takes more than its bounds.
    pub(super) async fn ask(
        &self,
        sql: impl AsRef<str>,
        parameters: Vec<Value>,
    ) -> Result<Vec<Map<String, Value>>, Error> {
        let sql = sql.as_ref();
        let reader = self.reader.get().ok_or_else(|| Error::internal("a job that declares no tables"))?;
        let prepared = reader.statuses().len();
        let found = reader.answer(sql, parameters, BOUNDS).await?;
        let (Found::Answer(answer), true) = (found, reader.statuses().len() == prepared) else {
            return Err(Error::internal(format!("a job reads a table that it does not declare: {sql}")));
        };
        if answer.has_more {
            return Err(Error::caller("there is more of this than fits into a report")
                .hint("ask a narrower question, or use `fleet_query`"));
        }
        let object = |row: Vec<Value>| answer.columns.iter().cloned().zip(row).collect();
        Ok(answer.rows.into_iter().map(object).collect())
    }

    /// The only row of a SELECT that counts.
    ///
    /// # Errors
    /// As [`Work::ask`].
    pub(super) async fn ask_one(
        &self,
        sql: impl AsRef<str>,
        parameters: Vec<Value>,
    ) -> Result<Map<String, Value>, Error> {
        Ok(self.ask(sql, parameters).await?.into_iter().next().unwrap_or_default())
    }
}
