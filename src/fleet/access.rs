//! Reads of the fleet for one call: what its statements read is brought up to date once, and the call learns how old and how whole it is.
//! The main type is [`FleetReader`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jamf_pro_tools::Checked;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::load::Watch;
use super::parts::{Part, Source};
use super::readiness::{NotYet, Readiness};
use super::refresh::Fleet;
use super::sql::{Answer, Bounds, Question, SqlTable};
use super::store::PartStatus;
use crate::error::Error;
use crate::privacy::Redaction;

/// Statements that run at once in this process.
static PLACES: Semaphore = Semaphore::const_new(2);

/// What a caller may see of the fleet. Cloning is free.
#[derive(Clone)]
pub struct FleetAccess {
    /// How personal columns read.
    pub redaction: Redaction,
    /// Actions that the configuration excludes: what they read is not read from the fleet either.
    pub excluded: Arc<BTreeSet<&'static str>>,
}

/// How old what a call reads may be, and how long the call waits for it.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The oldest; as each part allows where it is `None`.
    pub max_age: Option<Duration>,
    /// How long the call waits in all.
    pub wait: Duration,
}

impl Patience {
    /// As the arguments `max_age` (in minutes) and `refresh` of a call ask.
    pub fn of(arguments: &Checked, wait: Duration) -> Self {
        let minutes = arguments.number("max_age").map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
        Self { max_age: if arguments.flag("refresh") { Some(Duration::ZERO) } else { minutes }, wait }
    }

    /// The answer to a call that has waited long enough for what is still loaded.
    pub fn not_yet(self, progress: &NotYet) -> Value {
        let without = if self.max_age.is_some_and(|age| age.is_zero()) { " without `refresh`" } else { "" };
        json!({ "not_yet": format!("{progress}{without}") })
    }
}

/// What a statement comes to.
#[derive(Debug)]
pub enum Found {
    /// Its answer.
    Answer(Answer),
    /// What it reads is still loaded.
    NotYet(NotYet),
}

/// Reads the fleet for one call.
pub struct FleetReader {
    fleet: Fleet,
    access: FleetAccess,
    patience: Patience,
    began: Instant,
    watch: Watch,
    /// What was read for this call, by the name of the part.
    read: Mutex<BTreeMap<&'static str, PartStatus>>,
}

impl FleetReader {
    /// A reader for a call that begins now.
    pub fn new(fleet: Fleet, access: FleetAccess, patience: Patience, watch: Watch) -> Self {
        Self { fleet, access, patience, began: Instant::now(), watch, read: Mutex::default() }
    }

    /// Bring what these tables are filled from up to date, all at the same time and once for the call; what is still loaded when the
    /// call has waited long enough goes on loading.
    ///
    /// # Errors
    /// When the configuration excludes a table, the store fails, or nobody waits any more.
    pub async fn prepare(&self, tables: &[&'static SqlTable]) -> Result<Option<NotYet>, Error> {
        for table in tables {
            self.permit(&table.actions, &format!("the table {} is", table.name))?;
        }
        let parts: BTreeMap<&str, &'static Part> =
            tables.iter().flat_map(|table| &table.parts).map(|part| (part.name, *part)).collect();
        self.prepare_parts(parts.into_values().collect(), self.patience.max_age).await
    }

    /// The same for columns that lists have from these parts, none of them older than `max_age`.
    ///
    /// # Errors
    /// When the configuration excludes an action by which a part is read, the store fails, or nobody waits any more.
    pub async fn prepare_columns(
        &self,
        columns: &str,
        parts: Vec<&'static Part>,
        max_age: Option<Duration>,
    ) -> Result<Option<NotYet>, Error> {
        let sources = parts.iter().flat_map(|part| part.sources);
        let actions: Vec<&str> = sources.flat_map(Source::actions).collect();
        self.permit(&actions, &format!("the columns {columns} are"))?;
        self.prepare_parts(parts, max_age).await
    }

    async fn prepare_parts(
        &self,
        mut parts: Vec<&'static Part>,
        max_age: Option<Duration>,
    ) -> Result<Option<NotYet>, Error> {
        {
            let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            parts.retain(|part| !read.contains_key(part.name));
        }
        let wait = self.patience.wait.saturating_sub(self.began.elapsed());
        match self.fleet.ready(&parts, max_age, wait, &self.watch).await? {
            Readiness::Ready(statuses) => {
                let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
                read.extend(statuses.into_iter().map(|status| (status.part.name, status)));
                Ok(None)
            }
            Readiness::NotYet(progress) => Ok(Some(progress)),
        }
    }

    /// Answer a statement with its parameters, `?1` and so on.
    ///
    /// # Errors
    /// When the statement is not right, may not read what it names, or takes more than its bounds.
    pub async fn answer(&self, sql: &str, parameters: Vec<Value>, bounds: Bounds) -> Result<Found, Error> {
        let question = self.question(sql, parameters, bounds);
        let asked = question.clone();
        let tables = self.fleet.store().run(move |store| asked.tables(store)).await?;
        if let Some(progress) = self.prepare(&tables).await? {
            return Ok(Found::NotYet(progress));
        }
        self.run(question).await.map(Found::Answer)
    }

    /// Answer a statement of this program from what the store has. What it needs was prepared before.
    ///
    /// # Errors
    /// When the store fails, or the statement takes more than its bounds.
    pub async fn answer_prepared(
        &self,
        sql: &str,
        parameters: Vec<Value>,
        bounds: Bounds,
    ) -> Result<Answer, Error> {
        self.run(self.question(sql, parameters, bounds)).await
    }

    /// Whether personal columns read as pseudonyms, or as nothing.
    pub fn is_redacted(&self) -> bool {
        !self.access.redaction.is_off()
    }

    fn question(&self, sql: &str, parameters: Vec<Value>, bounds: Bounds) -> Question {
        Question {
            sql: sql.to_owned(),
            parameters,
            redaction: self.access.redaction.clone(),
            bounds,
            cancelled: self.watch.cancelled.clone(),
        }
    }

    async fn run(&self, question: Question) -> Result<Answer, Error> {
        let _place = PLACES.acquire().await.map_err(Error::internal)?;
        self.fleet.store().run(move |store| question.answer(store)).await
    }

    /// How old and how whole what was read is, a part each, sorted by their names.
    pub fn statuses(&self) -> Vec<PartStatus> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// What is read by an excluded action is not read here either.
    fn permit(&self, actions: &[&'static str], what: &str) -> Result<(), Error> {
        match actions.iter().find(|action| self.access.excluded.contains(**action)) {
            None => Ok(()),
            Some(action) => Err(Error::not_allowed(format!(
                "{what} not allowed here: `exclude_tools` in the configuration of this server names `{action}`. Only the person who runs \
                 the server can change that."
            ))),
        }
    }
}
