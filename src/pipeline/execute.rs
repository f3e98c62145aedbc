//! Fourth step of a call: a read, and what the gate permitted, is sent as it was laid out. A write is recorded before and after, the object
//! is kept as it was, and what was written is read back.

use std::sync::{Arc, Mutex, PoisonError};

use jamf_pro_client::outcome::{Outcome, Tracker};
use jamf_pro_client::{Call, FieldSelection, FileSeal, Reader, Reply, Walk};
use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::{Action, Checked, Method, Request, Rows};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::check::CheckedCall;
use super::records::{note_outcome, write_down};
use super::respond::{Links, Response};
use super::{Pipeline, catch_panic};
use crate::audit::{Audit, Record};
use crate::context::CallContext;
use crate::error::{Error, Kind};
use crate::fleet::changes::{self, Write};
use crate::gate::{JobWrite, Permit, PermittedWrite};
use crate::jobs::{self, Conclusion, Job, Report};
use crate::payloads;
use crate::query::question::Question;
use crate::readback;
use crate::registry::{Tool, wrong_arguments};
use crate::render::items::{Items, Names};
use crate::render::list::ListRequest;
use crate::render::{self, Limits};
use crate::vault::capture;

/// Secrets that the tenant handed out in its answer to a write, with what each is called: they go to a person and nowhere else.
#[derive(Debug, Clone, Default)]
pub(super) struct AnsweredSecrets(Arc<Mutex<Vec<(&'static str, SecretString)>>>);

impl AnsweredSecrets {
    fn add(&self, secrets: Vec<(&'static str, SecretString)>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets);
    }

    pub(super) fn take(&self) -> Vec<(&'static str, SecretString)> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The writes that a call sent, for what is kept of its tenant.
#[derive(Debug, Clone, Default)]
pub(super) struct SentWrites(Arc<Mutex<Vec<Write>>>);

impl SentWrites {
    /// A write that is about to be sent; a read is none.
    fn note(&self, action: &'static Action, arguments: &Map<String, Value>) {
        if action.method != Method::Get {
            let write = Write { action, arguments: arguments.clone(), answered_id: None };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(write);
        }
    }

    /// The tenant answered the last one.
    fn note_answer(&self, action: &'static Action, reply: &Reply) {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = writes.last_mut().filter(|last| last.action.name == action.name) {
            last.answered_id = changes::id_in(&reply.body);
        }
    }

    pub(super) fn take(&self) -> Vec<Write> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The end of a call: what became of it, and what its caller reads.
pub(super) struct Finished {
    pub(super) outcome: Outcome,
    pub(super) result: Result<Response, Error>,
}

impl Finished {
    /// A call that ended before anything was sent.
    pub(super) fn not_sent(error: Error) -> Self {
        Self { outcome: Outcome::NotSent, result: Err(error.with_outcome(Outcome::NotSent)) }
    }

    /// A call that changes something, whose writes the tracker followed: what fails after a success is a part of the answer.
    pub(super) fn of(result: Result<Response, Error>, tracker: &Tracker) -> Self {
        let result = match result {
            Err(error) if tracker.outcome().is_success() => {
                tracker.qualify(Outcome::Unconfirmed);
                Ok(Response::Fields(readback::unconfirmed_answer(&error)))
            }
            result => result,
        };
        let outcome = tracker.outcome();
        Self { outcome, result: result.map_err(|error| error.with_outcome(outcome)) }
    }
}

/// A call ready to be made: a read, or what the gate let through.
pub(super) struct PreparedCall {
    /// With which the gate let it through; a read takes none.
    pub(super) permit: Option<Permit>,
    pub(super) tool: Tool,
    pub(super) checked: Checked,
    /// The request of an action; a job makes its own.
    pub(super) request: Option<Request>,
    /// What an action that reads asks.
    pub(super) question: Question,
    /// The write that a job came to, where that was judged.
    pub(super) write: Option<jobs::Write>,
    pub(super) tenant: Reader,
    pub(super) audit: Audit,
    pub(super) limits: Limits,
    pub(super) call: CallContext,
    pub(super) links: Links,
    /// What the caller called the devices that the request names by their ids.
    pub(super) names: Arc<Names>,
    pub(super) secrets: AnsweredSecrets,
    pub(super) sent_writes: SentWrites,
}

impl PreparedCall {
    /// The action that writes, with its arguments; nothing for a job whose writes were not judged one by one.
    pub(super) fn writes(&self) -> Option<(&'static Action, &Map<String, Value>)> {
        match (&self.write, self.tool) {
            (Some(write), _) => Some((write.action, write.checked.arguments())),
            (None, Tool::Action(action)) => Some((action, self.checked.arguments())),
            (None, Tool::Job(_) | Tool::Builtin(_)) => None,
        }
    }

    /// Make the call. Its outcome is what the tenant answered to the write; what fails after that answer becomes a part of
    /// the answer to the caller, never a failure of the call.
    pub(super) async fn finish(self) -> Finished {
        let (tool, tracker) = (self.tool, self.call.client.tracker.clone());
        let result = catch_panic(self.run()).await;
        if let Tool::Action(action) = tool
            && action.method == Method::Get
        {
            let outcome = outcome_of_read(&result);
            return Finished { outcome, result: result.map_err(|error| error.with_outcome(outcome)) };
        }
        Finished::of(result, &tracker)
    }

    pub(super) async fn run(mut self) -> Result<Response, Error> {
        let permit = self.permit.take();
        match (self.tool, &self.request) {
            (Tool::Action(action), Some(request)) if action.rows != Rows::None => {
                let request = request.clone();
                match self.read_joins().await? {
                    Some(not_yet) => Ok(Response::of_value(not_yet)),
                    None => self.list(permit, action, &request).await.map(Response::Text),
                }
            }
            (Tool::Action(action), Some(request)) => self.send(permit, action, request).await,
            (Tool::Job(declaration), _) => self.run_job(permit, jobs::of(declaration)?).await,
            (Tool::Action(_) | Tool::Builtin(_), _) => {
                Err(Error::internal("a call without its request".to_owned()))
            }
        }
    }

    /// Run a job: what it reads, the one write that it comes to, and its report.
    async fn run_job(&self, permit: Option<Permit>, job: &Job) -> Result<Response, Error> {
        let write = match &self.write {
            Some(write) => write.clone(),
            None => match job.conclude(&self.tenant, &self.call, &self.checked).await? {
                Conclusion::Answer(found) => return Ok(Response::of_job(found, &self.limits)),
                Conclusion::Report(report) => return self.report(report).await,
                Conclusion::Write(write) => write,
            },
        };
        let permit = permit.ok_or_else(|| Error::internal("a write without its permit".to_owned()))?;
        let call = &self.call.client;
        let (arguments, sent) = (write.checked.arguments(), &self.sent_writes);
        let send = |action, request: Request| async move {
            sent.note(action, arguments);
            let reply = permit.send(action, &request, call).await;
            if let Ok(reply) = &reply {
                sent.note_answer(action, reply);
            }
            reply
        };
        let found = job.write(&self.tenant, &self.call, &write, send).await?;
        Ok(Response::of_job(found, &self.limits))
    }

    /// The report of a job, and the file that its rows are saved into where the caller asks for one.
    async fn report(&self, report: Report) -> Result<Response, Error> {
        if !self.checked.flag("save") {
            return Ok(Response::of_job(
                report.into_answer("`save` writes all of them into a file"),
                &self.limits,
            ));
        }
        let (limits, name) = (self.limits.clone(), self.tool.name());
        let rows = report.all_rows().to_vec();
        let saved = rows.len();
        let link =
            spawn_blocking(move || render::list::File::of_table(&limits, name).write_rows(rows)).await?;
        let mut answer = report.into_answer("in the file");
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("saved".to_owned(), json!(saved));
            fields.insert("file".to_owned(), json!(link.name));
            fields.insert("folder".to_owned(), json!(link.folder));
        }
        self.links.add(link);
        Ok(Response::of_job(answer, &self.limits))
    }

    async fn send(
        &self,
        permit: Option<Permit>,
        action: &'static Action,
        request: &Request,
    ) -> Result<Response, Error> {
        let (checked, limits, tenant) = (&self.checked, &self.limits, &self.tenant);
        render::files::admit(action, limits)?;
        let along = payloads::before(tenant, action, checked, &self.call.client).await?;
        let request_along = along.map(|checked| action.request(&checked)).transpose();
        let request_along = request_along.map_err(|problems| Error::internal(problems.to_string()))?;
        let request = request_along.as_ref().unwrap_or(request);
        let wanted = FieldSelection { fields: self.question.read.clone(), hidden: action.hides };
        let reply = match permit {
            Some(permit) => {
                self.sent_writes.note(action, checked.arguments());
                permit.send(action, request, &self.call.client).await
            }
            None => tenant.read(action, request, &self.call.client).await,
        };
        let reply = reply.map_err(|error| self.of_a_changed_file(error.into()))?;
        self.sent_writes.note_answer(action, &reply);
        self.secrets.add(capture::secrets_in(action, &reply.body));
        let items = self.items(action, checked.arguments(), &reply)?;
        let read_back = readback::after(tenant, action, checked, &reply, &self.call.client).await;
        match action.answer {
            Holds::Json if action.method == Method::Get => {
                render::object(action, checked, &wanted, &reply, limits).map(Response::Text)
            }
            Holds::Json => {
                if render::unread(action, &reply).is_some()
                    || read_back.as_ref().is_some_and(|read_back| !read_back.is_compared())
                {
                    self.call.client.tracker.qualify(Outcome::Unconfirmed);
                }
                let mut fields = render::outcome(action, &wanted, &reply, items.as_ref(), limits);
                if let Some(read_back) = &read_back {
                    read_back.mark(&mut fields);
                }
                let mut fields = Value::Object(fields);
                limits.redaction().apply(action.path, &mut fields);
                Ok(Response::of_value(fields))
            }
            Holds::Text => Ok(Response::Text(render::text(checked, &reply, limits))),
            Holds::File => {
                let (text, link) = render::files::download(action, &reply, limits)?;
                self.links.add(link);
                Ok(Response::Text(text))
            }
        }
    }

    /// The rows of a list as text, or of the file that they were saved into.
    async fn list(
        &self,
        permit: Option<Permit>,
        action: &'static Action,
        request: &Request,
    ) -> Result<String, Error> {
        let mut asked = ListRequest {
            action,
            checked: &self.checked,
            question: &self.question,
            limits: &self.limits,
            without_value: Vec::new(),
        };
        let (walk, wanted, through) = asked.walk()?;
        let (tenant, call) = (&self.tenant, &self.call.client);
        let mut listing = match permit {
            Some(permit) => permit.list_through(action, request, &wanted, &walk, &through, call).await?,
            None => tenant.list_through(action, request, &wanted, &walk, &through, call).await?,
        };
        asked.without_value = self.without_value(action).await;
        asked.refuse_incomparable()?;
        listing = asked.grouped(listing);
        let Some(file) = asked.file() else { return asked.answer(&walk, &listing) };
        let rows = std::mem::take(&mut listing.rows);
        let (link, rows) = spawn_blocking(move || Ok((file.write(&rows)?, rows))).await?;
        listing.rows = rows;
        let text = asked.file_answer(&walk, &listing, &link);
        self.links.add(link);
        Ok(text)
    }

    /// How many rows have no value of a field that Jamf filters on: they are in no answer of Jamf's, so it is asked for two
    /// totals. None where the tenant does not say. Who goes on at a later page was told already.
    async fn without_value(&self, action: &'static Action) -> Vec<(String, Option<u64>)> {
        if self.checked.number("page").is_some_and(|page| page > 0) {
            return Vec::new();
        }
        let counts = self.question.counts.iter().map(|count| async move {
            let totals = futures::future::join(
                self.total(action, count.others.clone()),
                self.total(action, Some(count.with_value.clone())),
            );
            let (others, with_value) = totals.await;
            let count_of =
                others.zip(with_value).map(|(others, with_value)| others.saturating_sub(with_value));
            (count_of.is_some() || !count.is_text).then(|| (count.field.clone(), count_of))
        });
        let counted = futures::future::join_all(counts).await.into_iter().flatten();
        counted.chain(self.question.uncounted.iter().map(|field| (field.clone(), None))).collect()
    }

    /// How many rows a filter finds.
    async fn total(&self, action: &'static Action, filter: Option<String>) -> Option<u64> {
        let checked = self
            .checked
            .clone()
            .with_argument("filter", filter.map(Value::String))
            .with_argument("section", None);
        let request = action.request(&checked).ok()?;
        let wanted = FieldSelection { fields: vec!["id".to_owned()], hidden: action.hides };
        let walk = Walk { offset: 0, page_size: 1, all: false, budget: usize::MAX };
        let call = Call { progress: None, ..self.call.client.clone() };
        self.tenant.list(action, &request, &wanted, &walk, &call).await.ok()?.total
    }

    /// What the answer to a write says of its items, where some failed; an error when nothing was done.
    fn items(
        &self,
        action: &Action,
        arguments: &Map<String, Value>,
        reply: &Reply,
    ) -> Result<Option<Items>, Error> {
        if action.method == Method::Get || action.answer != Holds::Json {
            return Ok(None);
        }
        let Some(items) = Items::read(action, arguments, &reply.body, &self.names) else { return Ok(None) };
        let outcome = items.outcome();
        self.call.client.tracker.qualify(outcome);
        if outcome == Outcome::Failed { Err(items.error(reply.status)) } else { Ok(Some(items)) }
    }

    /// An upload that was stopped because its file had changed stored nothing at the tenant.
    fn of_a_changed_file(&self, error: Error) -> Error {
        match self.call.client.seal.as_ref().filter(|sealed| sealed.has_changed()) {
            Some(sealed) => sealed.another().into(),
            None => error,
        }
    }
}

/// Write a file beside what else is under way.
async fn spawn_blocking<T: Send + 'static>(
    write: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let written = tokio::task::spawn_blocking(write).await;
    written.map_err(|error| Error::internal(format!("saving failed unexpectedly: {error}")))?
}

/// A read changes nothing, so it can be repeated in any case.
fn outcome_of_read(result: &Result<Response, Error>) -> Outcome {
    match result.as_ref().map_err(Error::kind) {
        Ok(_) => Outcome::Done,
        Err(Kind::Jamf(_) | Kind::Unreachable | Kind::Unknown) => Outcome::Failed,
        Err(_) => Outcome::NotSent,
    }
}

/// What is sent of a call that was judged with these arguments: where a job came to the write, the job with its own arguments, and the
/// write with those that were judged.
pub(super) fn call_to_send(
    tool: Tool,
    judged: Checked,
    job_write: Option<JobWrite>,
) -> (Tool, Checked, Option<jobs::Write>) {
    match job_write {
        Some(JobWrite { job, arguments, write }) => (job, arguments, Some(write.with_arguments(judged))),
        None => (tool, judged, None),
    }
}

impl Pipeline {
    /// Make a read.
    ///
    /// # Errors
    /// As the tenant answers.
    pub(super) async fn read(&self, call: &CheckedCall<'_>) -> Result<Response, Error> {
        let what = (call.resolved.tool, call.checked.clone(), None);
        self.prepare(call, None, what, None)?.run().await
    }

    /// What is sent for a call that the gate lets through without a plan: its request, laid out.
    pub(super) fn prepare_permitted(
        &self,
        write: PermittedWrite,
        call: &CheckedCall<'_>,
    ) -> Result<PreparedCall, Error> {
        let PermittedWrite { permit, checked, job_write, sealed, .. } = write;
        let what = call_to_send(permit.tool(), checked, job_write);
        self.prepare(call, Some(permit), what, sealed)
    }

    /// A call with its request laid out: its tool, its arguments, and the write that it comes to where it is a job.
    fn prepare(
        &self,
        call: &CheckedCall<'_>,
        permit: Option<Permit>,
        (tool, checked, write): (Tool, Checked, Option<jobs::Write>),
        sealed: Option<Arc<FileSeal>>,
    ) -> Result<PreparedCall, Error> {
        let version = call.resolved.tenant.known_version();
        let (checked, request, question) = lay_out(tool, checked, &self.0.limits, version.as_deref())?;
        Ok(PreparedCall {
            permit,
            tool,
            request,
            checked,
            question,
            write,
            tenant: call.resolved.tenant.clone(),
            audit: call.resolved.audit.clone(),
            limits: self.0.limits.clone(),
            call: call.resolved.context.clone().map(|call| Call {
                tracker: Tracker::default(),
                seal: sealed,
                ..call
            }),
            links: call.resolved.waiting.links.clone(),
            names: call.names.clone(),
            secrets: AnsweredSecrets::default(),
            sent_writes: SentWrites::default(),
        })
    }

    /// Write down the intent, make the call, write down the outcome.
    pub(super) async fn execute_recorded(
        &self,
        permitted: PreparedCall,
        record: Record,
        before: Option<Value>,
    ) -> Finished {
        let intent = Record { phase: "intent".to_owned(), ..record.clone() };
        if let Err(error) = write_down(&permitted.audit, intent).await {
            return Finished::not_sent(error);
        }
        let audit = permitted.audit.clone();
        let finished = self.execute(permitted, &record, before.as_ref()).await;
        note_outcome(&audit, record, &finished).await;
        finished
    }

    /// Make sure that the object is as it was judged, keep it, make the call, and note what became of the kept object.
    pub(super) async fn execute(
        &self,
        permitted: PreparedCall,
        record: &Record,
        before: Option<&Value>,
    ) -> Finished {
        let snapshots = match self.snapshots(&permitted, record, before).await {
            Ok(snapshots) => snapshots,
            Err(error) => return Finished::not_sent(error),
        };
        let (tenant, sent) = (permitted.tenant.clone(), permitted.sent_writes.clone());
        let finished = permitted.finish().await;
        self.note_snapshots(snapshots, finished.outcome).await;
        self.note_changes(tenant, sent.take(), finished.outcome).await;
        finished
    }
}

/// What goes out for an action: its arguments, its request, and what it asks. A job makes its own.
pub(super) fn lay_out(
    tool: Tool,
    checked: Checked,
    limits: &Limits,
    version: Option<&str>,
) -> Result<(Checked, Option<Request>, Question), Error> {
    let Tool::Action(action) = tool else { return Ok((checked, None, Question::default())) };
    let wrong = |problems| wrong_arguments(tool.name(), &problems);
    let question =
        Question::of(action, &checked, limits.redaction(), version, jiff::Timestamp::now()).map_err(wrong)?;
    let checked = question.arguments(action, checked);
    let request = action.request(&checked).map_err(wrong)?;
    Ok((checked, Some(request), question))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_ends_with_what_became_of_its_writes() {
        let panics = async |tracker: &Tracker| {
            let work = async { if true { panic!("broken") } else { Ok(Response::Text(String::new())) } };
            Finished::of(catch_panic(work).await, tracker)
        };
        let tracker = Tracker::default();
        assert_eq!(panics(&tracker).await.outcome, Outcome::NotSent);
        let pending = tracker.begin();
        let unknown = panics(&tracker).await;
        assert_eq!(unknown.outcome, Outcome::Unknown);
        assert!(unknown.result.is_err_and(|error| error.to_string().contains("may have been made")));
        pending.settle(Outcome::Done);
        let done = panics(&tracker).await;
        assert_eq!((done.outcome, done.result.is_ok()), (Outcome::Unconfirmed, true));
    }
}
