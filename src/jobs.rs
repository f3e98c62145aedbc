//! Jobs: tools that make several calls and answer one question. One file a job.
//!
//! A job reads by actions like everybody: their arguments are checked, their requests laid out, their secrets stripped. It can call only the
//! actions that it names, and none that is graver than itself. A job that changes something never sends: it comes to one write, which the
//! gate judges in its place, and a function that reports on what became of it.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{self as client, FieldSelection, FileSeal, Reader, Reply, Walk};
use jamf_pro_tools::{Action, Catalogue, Checked, Method, Request, Risk};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use crate::context::CallContext;
use crate::error::Error;
use crate::fleet::access::FleetReader;
use crate::fleet::sql;
use crate::fleet::view::View;
use crate::readback;
use crate::registry::{JobDeclaration, ToolDeclaration};
use crate::render;
use crate::render::items::{Items, Names};
use crate::sanitize::personal::Privacy;

mod access_review;
mod app_versions;
mod classic_objects;
mod command_failures;
mod config_review;
mod configuration;
mod device_report;
mod device_rows;
pub mod devices;
mod effective_scope;
mod encryption_gaps;
mod enrollment_check;
mod expiring;
mod explain;
mod explain_membership;
mod explain_policy;
mod explain_profile;
mod extension_attribute_set;
mod fleet_overview;
pub(crate) mod group_members_change;
mod group_membership_check;
mod license_report;
mod mdm_health;
mod objects;
mod offboard_person;
mod os_versions;
mod patch_status;
mod person_report;
mod policies;
mod policy_results;
mod policy_triggers;
mod profiles;
mod question;
mod report;
mod scope_change;
mod script_parameters;
mod security_posture;
mod stale_devices;
mod static_group_from_list;
mod stolen_device;
mod unused_objects;
mod update_plan_status;
mod update_ring;
mod what_changed;
mod where_used;
mod write;

pub use report::Report;
pub use write::Write;

/// Largest list that a job takes in, in characters of its rows.
const ROOM: usize = 8_000_000;

/// All jobs.
pub static JOBS: &[&Job] = &[
    &devices::FIND,
    &group_membership_check::JOB,
    &device_report::JOB,
    &person_report::JOB,
    &encryption_gaps::JOB,
    &security_posture::JOB,
    &stale_devices::JOB,
    &os_versions::JOB,
    &where_used::JOB,
    &unused_objects::JOB,
    &explain_policy::JOB,
    &explain_profile::JOB,
    &explain_membership::JOB,
    &effective_scope::JOB,
    &config_review::JOB,
    &policy_triggers::JOB,
    &script_parameters::JOB,
    &policy_results::JOB,
    &access_review::JOB,
    &what_changed::JOB,
    &app_versions::JOB,
    &mdm_health::JOB,
    &command_failures::JOB,
    &update_plan_status::JOB,
    &patch_status::JOB,
    &expiring::JOB,
    &enrollment_check::JOB,
    &fleet_overview::JOB,
    &license_report::JOB,
    &update_ring::JOB,
    &group_members_change::JOB,
    &static_group_from_list::JOB,
    &stolen_device::JOB,
    &offboard_person::JOB,
    &extension_attribute_set::JOB,
    &scope_change::JOB,
    &policies::CLONE,
    &policies::ENABLE,
    &policies::DISABLE,
    &policies::RENAME,
    &profiles::PAYLOAD_GET,
    &profiles::CREATE,
    &profiles::REPLACE,
    &profiles::MACOS_CLONE,
    &profiles::MOBILE_CLONE,
    &profiles::MACOS_RENAME,
    &profiles::MOBILE_RENAME,
];

/// What a job does when it is called: it reads, and comes to a conclusion.
type Run = for<'a> fn(&'a Work<'a>, &'a Checked) -> BoxFuture<'a, Result<Conclusion, Error>>;

/// What a job comes to, once it has read what it needs. A job sends nothing that changes anything.
pub enum Conclusion {
    /// This answer; nothing is to be written.
    Answer(Value),
    /// This report; nothing is to be written.
    Report(Report),
    /// One write, and no other.
    Write(Write),
}

/// One job: its declaration, and how it finds its answer.
#[derive(Debug)]
pub struct Job {
    /// What is known of it without calling it.
    pub declaration: JobDeclaration,
    run: Run,
}

/// The job of a declaration.
///
/// # Errors
/// When there is none, which is a mistake of this program.
pub fn of(declaration: &JobDeclaration) -> Result<&'static Job, Error> {
    let job = JOBS.iter().find(|job| job.declaration.tool.name == declaration.tool.name).copied();
    job.ok_or_else(|| Error::internal(format!("there is no job {}", declaration.tool.name)))
}

impl Job {
    /// A job that changes nothing yet and calls no action.
    const fn new(tool: ToolDeclaration, run: Run) -> Self {
        Self { declaration: JobDeclaration::new(tool), run }
    }

    const fn whole(mut self) -> Self {
        self.declaration.is_whole = true;
        self
    }

    /// The tables of the fleet that it reads, which are brought up to date before it runs.
    const fn reads(mut self, tables: &'static [&'static str]) -> Self {
        self.declaration.tables = tables;
        self.declaration.actions_of_table = sql::actions_of;
        self
    }

    const fn uses(mut self, actions: &'static [&'static str]) -> Self {
        self.declaration.uses = actions;
        self
    }

    /// Read what it needs, and say what it comes to. Nothing is written.
    ///
    /// # Errors
    /// Worded for the person who can act.
    pub async fn conclude(
        &self,
        tenant: &Reader,
        call: &CallContext,
        arguments: &Checked,
    ) -> Result<Conclusion, Error> {
        let work = self.work(tenant, call);
        let tables = self.declaration.tables;
        if !tables.is_empty()
            && let Some(not_yet) = work.prepare(tables, arguments).await?
        {
            return Ok(Conclusion::Answer(not_yet));
        }
        let conclusion = (self.run)(&work, arguments).await?;
        let rests_on = work.reader.get().map(FleetReader::statuses).unwrap_or_default();
        let read = work.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(match conclusion {
            Conclusion::Answer(answer) => Conclusion::Answer(with_coverage(answer, read)),
            Conclusion::Report(report) => Conclusion::Report(report.resting_on(&rests_on, &read)),
            Conclusion::Write(write) => Conclusion::Write(Write { read, ..write }),
        })
    }

    /// Have `send` make the write that it came to, and report on it.
    ///
    /// # Errors
    /// As the tenant answers to the write. What fails after that is a part of the report.
    pub async fn write<F>(
        &self,
        tenant: &Reader,
        call: &CallContext,
        write: &Write,
        send: impl FnOnce(&'static Action, Request) -> F,
    ) -> Result<Value, Error>
    where
        F: Future<Output = Result<Reply, client::Error>>,
    {
        let work = self.work(tenant, call);
        let answer = async {
            let checked = write.arguments_to_send(tenant, call).await?;
            let request = write.action.request(&checked).map_err(ours)?;
            let reply = send(write.action, request).await?;
            work.answer(write.action, &checked, reply, write.fields).await
        };
        let answer = answer.await.map_err(|error| match write.explain {
            Some(explain) => explain(error),
            None => error,
        })?;
        let mut report = (write.report)(&work, answer).await?;
        if let Some(fields) = report.as_object_mut() {
            work.qualify(fields);
        }
        let mut read = work.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (action, objects) in &write.read {
            *read.entry(action).or_default() += objects;
        }
        Ok(with_coverage(report, read))
    }

    fn work<'a>(&self, tenant: &'a Reader, call: &'a CallContext) -> Work<'a> {
        let declaration = &self.declaration;
        Work {
            uses: Some(declaration.uses),
            risk: declaration.tool.risk,
            ..Work::reading_anything(tenant, call)
        }
    }
}

/// An answer that says what was read for it, by the action that reads it.
fn with_coverage(mut answer: Value, read: BTreeMap<&'static str, u64>) -> Value {
    if let Some(fields) = answer.as_object_mut() {
        fields.entry("coverage").or_insert_with(|| json!({ "read": read }));
    }
    answer
}

/// What a job works with: one tenant, on behalf of one call.
pub struct Work<'a> {
    tenant: &'a Reader,
    call: &'a CallContext,
    /// The actions that it may call; `None` is every one that reads.
    uses: Option<&'static [&'static str]>,
    risk: Risk,
    /// What was read, by the action that reads it: rows of lists, and objects.
    read: Mutex<BTreeMap<&'static str, u64>>,
    /// Items of the write that failed, where its answer names some.
    items: Mutex<Option<Items>>,
    /// What the fleet knows of the configuration, once it was asked for.
    configuration: OnceCell<View>,
    /// How old the lists may be that it rests on.
    list_age: Duration,
    began: Timestamp,
    /// It was asked for, and the fleet is off.
    lacks_fleet: AtomicBool,
    /// Reads the tables of the fleet, once they are prepared.
    reader: OnceCell<FleetReader>,
    /// How many devices there are, of the kinds of which all were read: managed ones, and those of them that were in contact lately.
    device_counts: Mutex<BTreeMap<&'static str, (u64, u64)>>,
}

/// Rows that a job has read.
#[derive(Debug, Default)]
pub struct RowSet {
    /// The rows, with the fields that were asked for.
    pub rows: Vec<Value>,
    /// What must be said about them: not all of them were read, sections were null.
    pub notes: Vec<String>,
}

impl<'a> Work<'a> {
    /// Work that reads with these actions alone.
    pub fn reading(tenant: &'a Reader, call: &'a CallContext, uses: &'static [&'static str]) -> Self {
        Self { uses: Some(uses), ..Self::reading_anything(tenant, call) }
    }

    /// Work that reads with whatever action reads.
    pub fn reading_anything(tenant: &'a Reader, call: &'a CallContext) -> Self {
        Self {
            tenant,
            call,
            uses: None,
            risk: Risk::Read,
            read: Mutex::default(),
            items: Mutex::default(),
            configuration: OnceCell::new(),
            list_age: Duration::ZERO,
            began: Timestamp::now(),
            lacks_fleet: AtomicBool::new(false),
            reader: OnceCell::new(),
            device_counts: Mutex::default(),
        }
    }

    /// The same, where lists of what is configured may be of this age. They are read anew otherwise.
    #[must_use]
    pub(crate) fn with_lists_of(self, list_age: Duration) -> Self {
        Self { list_age, ..self }
    }

    /// Note how many devices of a kind there are, because all of them were read: managed ones, and those of them that were in contact lately.
    pub(crate) fn note_device_count(&self, kind: &'static str, managed: u64, recent: u64) {
        let mut counts = self.device_counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(kind, (managed, recent));
    }

    /// How many devices of a kind there are, where all of them were read for this work.
    pub(crate) fn device_count(&self, kind: &str) -> Option<(u64, u64)> {
        self.device_counts.lock().unwrap_or_else(PoisonError::into_inner).get(kind).copied()
    }

    /// What keeps personal data from the caller, where that is asked for.
    pub(crate) fn privacy(&self) -> Option<&dyn Privacy> {
        self.call.privacy.as_deref()
    }

    /// A file of the folder for files, hashed, with the beginning of it.
    ///
    /// # Errors
    /// When it is not there, or outside the folder.
    pub(crate) async fn file(&self, name: &str, head: usize) -> Result<(FileSeal, Vec<u8>), Error> {
        Ok(client::seal_file(name, head, &self.call.client).await?)
    }

    /// What the API role may do.
    ///
    /// # Errors
    /// When the tenant does not say.
    pub(crate) async fn privileges(&self) -> Result<Vec<String>, Error> {
        Ok(self.tenant.privileges(&self.call.client).await?)
    }

    /// All rows of a list.
    ///
    /// # Errors
    /// When not one page of it came.
    pub async fn rows(&self, action: &str, arguments: Value, fields: &[&str]) -> Result<RowSet, Error> {
        let (action, checked) = self.checked(action, arguments)?;
        let request = action.request(&checked).map_err(ours)?;
        let wanted = FieldSelection {
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            hidden: action.hides,
        };
        let walk = Walk { offset: 0, page_size: 500, all: true, budget: ROOM };
        let listing = self.tenant.list(action, &request, &wanted, &walk, &self.call.client).await?;
        self.note_read(action, listing.read);
        let mut notes = listing.notes;
        if let Some(error) = listing.failed.map(Error::from) {
            notes.push(format!("INCOMPLETE: {} was read in part: {error}", action.name));
        }
        if listing.is_cut {
            notes.push(format!("INCOMPLETE: {} has more rows than are looked at here", action.name));
        }
        let rows: Result<Vec<Value>, _> = listing.rows.iter().map(|row| serde_json::from_str(row)).collect();
        let rows = rows.map_err(|error| Error::internal(error.to_string()))?;
        if let Some(privacy) = &self.call.privacy {
            rows.iter().for_each(|row| privacy.meet(action.path, row));
        }
        Ok(RowSet { rows, notes })
    }

    /// One object.
    ///
    /// # Errors
    /// As the tenant answers.
    pub async fn send(&self, action: &str, arguments: Value, fields: &[&str]) -> Result<Value, Error> {
        let (action, checked) = self.checked(action, arguments)?;
        let request = action.request(&checked).map_err(ours)?;
        let reply = self.tenant.read(action, &request, &self.call.client).await?;
        self.note_read(action, 1);
        self.answer(action, &checked, reply, fields).await
    }

    /// Say in the answer of a job what its result leaves out: items that failed, and what could not be confirmed.
    fn qualify(&self, answer: &mut Map<String, Value>) {
        let outcome = self.call.client.tracker.outcome();
        if let Some(items) = self.items.lock().unwrap_or_else(PoisonError::into_inner).take() {
            items.mark(answer);
        } else if outcome == Outcome::Unconfirmed
            && let Some(Value::String(result)) = answer.get_mut("result")
            && matches!(result.as_str(), "done" | "created")
        {
            result.push_str(", but not confirmed");
        }
    }

    /// The call for reads after a write: it has time of its own, and goes on when its caller has gone.
    fn later(&self) -> CallContext {
        self.call.clone().map(|call| readback::later(&call))
    }

    /// The same work with another call, for reading what a write left behind. What fails there is no failure of the write.
    fn reading_back<'b>(&'b self, call: &'b CallContext) -> Work<'b> {
        Work { uses: self.uses, ..Work::reading_anything(self.tenant, call) }
    }

    /// Take what was read back, or note that the write is not confirmed and answer why.
    fn read_back<T>(&self, result: Result<T, Error>) -> Result<T, String> {
        result.map_err(|error| {
            self.call.client.tracker.qualify(Outcome::Unconfirmed);
            error.to_string()
        })
    }

    /// The fields of what the tenant answered to a call that was sent with these arguments; what was written is read back.
    async fn answer(
        &self,
        action: &'static Action,
        checked: &Checked,
        reply: Reply,
        fields: &[&str],
    ) -> Result<Value, Error> {
        let is_write = action.method != Method::Get && action.risk > Risk::Read;
        if is_write {
            self.note_items(action, checked, &reply)?;
        }
        let read_back = readback::after(self.tenant, action, checked, &reply, &self.call.client).await;
        if read_back.as_ref().is_some_and(|read_back| !read_back.is_compared()) {
            self.call.client.tracker.qualify(Outcome::Unconfirmed);
        }
        let mut answer = if reply.body.is_empty() {
            Value::Null
        } else if is_write && render::unread(action, &reply).is_some() {
            self.call.client.tracker.qualify(Outcome::Unconfirmed);
            Value::Null
        } else {
            let wanted = FieldSelection {
                fields: fields.iter().map(|field| (*field).to_owned()).collect(),
                hidden: action.hides,
            };
            let projection = wanted.projection(action, reply.older_path.is_some());
            let text = projection.object(&reply.body, &mut projection.tally());
            text.and_then(|text| serde_json::from_str(&text)).map_err(|error| {
                let message = format!("the answer of {} cannot be read: {error}", action.name);
                Error::unreachable(message)
            })?
        };
        if let Some(privacy) = &self.call.privacy {
            privacy.meet(action.path, &answer);
        }
        if let Some(read_back) = read_back {
            let mut fields = answer.as_object().cloned().unwrap_or_default();
            fields.insert("read_back".to_owned(), read_back.to_json());
            answer = Value::Object(fields);
        }
        Ok(answer)
    }

    /// Keep what the answer to a write says of its items, where some failed; an error when nothing was done.
    fn note_items(&self, action: &Action, checked: &Checked, reply: &Reply) -> Result<(), Error> {
        let items = Items::read(action, checked.arguments(), &reply.body, &Names::new());
        let Some(items) = items else { return Ok(()) };
        self.call.client.tracker.qualify(items.outcome());
        if items.outcome() == Outcome::Failed {
            return Err(items.error(reply.status));
        }
        *self.items.lock().unwrap_or_else(PoisonError::into_inner) = Some(items);
        Ok(())
    }

    /// One object twice: as it may be shown, and with digests in the place of its secrets, for comparing it with the object as it will be.
    ///
    /// # Errors
    /// As the tenant answers.
    pub(crate) async fn send_and_digest(
        &self,
        action: &str,
        arguments: Value,
    ) -> Result<(Value, Value), Error> {
        let (action, checked) = self.checked(action, arguments)?;
        let request = action.request(&checked).map_err(ours)?;
        let reply = self.tenant.read(action, &request, &self.call.client).await?;
        self.note_read(action, 1);
        let digested = parsed(action, &reply)?;
        Ok((self.answer(action, &checked, reply, &[]).await?, digested))
    }

    /// One object with its secrets in it: for what the server itself sends back to the tenant, never for an answer.
    ///
    /// # Errors
    /// As the tenant answers.
    pub(crate) async fn reveal(&self, action: &str, arguments: Value) -> Result<Value, Error> {
        let (action, checked) = self.checked(action, arguments)?;
        let request = action.request(&checked).map_err(ours)?;
        let reply = self.tenant.read_with_secrets(action, &request, &self.call.client).await?;
        self.note_read(action, 1);
        parsed(action, &reply)
    }

    /// How many rows a list has, asked with these arguments.
    ///
    /// # Errors
    /// When its first page did not come.
    pub async fn count(&self, action: &str, arguments: Value) -> Result<Option<u64>, Error> {
        let (action, checked) = self.checked(action, arguments)?;
        let request = action.request(&checked).map_err(ours)?;
        let wanted = FieldSelection { fields: vec!["id".to_owned()], hidden: action.hides };
        let walk = Walk { offset: 0, page_size: 1, all: false, budget: ROOM };
        Ok(self.tenant.list(action, &request, &wanted, &walk, &self.call.client).await?.total)
    }

    fn note_read(&self, action: &Action, objects: u64) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        *read.entry(action.name).or_default() += objects;
    }

    fn checked(&self, name: &str, arguments: Value) -> Result<(&'static Action, Checked), Error> {
        let action = Catalogue::get()
            .find(name)
            .filter(|action| self.uses.is_none_or(|uses| uses.contains(&action.name)));
        // A read is below every job; what is graver must be what the job itself was judged by.
        let action = action.filter(|action| action.risk <= self.risk);
        let action = action.ok_or_else(|| Error::internal(format!("this job may not call {name}")))?;
        let Value::Object(arguments) = arguments else {
            return Err(Error::internal(format!("the arguments of {name} are no object")));
        };
        Ok((action, action.check(arguments).map_err(ours)?))
    }
}

/// A whole answer as a value. What was wrong with it is not said: it may have secrets in it.
fn parsed(action: &Action, reply: &Reply) -> Result<Value, Error> {
    serde_json::from_slice(&reply.body)
        .map_err(|_| Error::unreachable(format!("the answer of {} cannot be read", action.name)))
}

/// Arguments that a job made itself and that turn out wrong.
fn ours(problems: jamf_pro_tools::Problems) -> Error {
    Error::caller(format!("this cannot be asked of the tenant:\n{problems}"))
}

/// The text at a dotted path, empty where there is none.
pub(crate) fn text_at(value: &Value, path: &str) -> String {
    match path.split('.').try_fold(value, |value, name| value.get(name)) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_name_what_they_call_and_are_as_grave_as_it() {
        for job in JOBS.iter().map(|job| &job.declaration) {
            let is_action = |name: &&&str| Catalogue::get().find(name).is_some();
            assert_eq!(job.uses.iter().find(|name| !is_action(name)), None, "{}", job.tool.name);
            let is_table = |name: &&&str| sql::sql_table(name).is_some();
            assert_eq!(job.tables.iter().find(|name| !is_table(name)), None, "{}", job.tool.name);
            let gravest = job.actions().map(|action| action.risk).max();
            assert_eq!(gravest, Some(job.tool.risk), "{}", job.tool.name);
            let (first, about) = (job.tool.about.chars().next(), job.tool.about);
            assert!(
                first.is_some_and(char::is_uppercase) && about.ends_with('.') && about.len() <= 200,
                "{}: {about}",
                job.tool.name
            );
            let schema = job.tool.input_schema();
            assert!(schema.get("properties").is_some_and(|p| p.as_object().is_some_and(|p| !p.is_empty())));
        }
    }
}
