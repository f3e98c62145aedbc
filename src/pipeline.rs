//! One call, from a tool's name and arguments to an answer: the path that MCP and the command line share.
//!
//! Find the action, pick the tenant, check the arguments, ask the gate, lay the request out, write down what is about to
//! happen, send, write down what came of it, answer. What changes anything runs in a task of its own, so that its outcome is
//! recorded even when its caller has gone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use futures::future::join_all;
use indexmap::IndexMap;
use jamf_pro_client::outcome::{Outcome, Tracker};
use jamf_pro_client::{self as client, Call, Progress, Tenant};
use jamf_pro_tools::{Checked, Risk};
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::{Audit, Logs, Record};
use crate::builtin::{self, BuiltinAnswer, BuiltinCall, gateway};
use crate::call::Caller;
use crate::config::{Config, TenantConfig};
use crate::context::CallContext;
use crate::error::Error;
use crate::gate::{self, Gate, Pass, Through, Verdict};
use crate::jobs::{self, devices};
use crate::privacy::{Discretion, Redaction};
use crate::query::repair;
use crate::registry::exposure::Surface;
use crate::registry::{BuiltinDeclaration, Registry, Tool, wrong_arguments};
use crate::render::files::Link;
use crate::render::items::Names;
use crate::render::{self, Limits, place};
use crate::sanitize::personal::Privacy;
use crate::sanitize::secrets;
use crate::state_dir;
use crate::store::Filed;

mod apply;
mod copies;
mod decision;
mod follow;
mod panics;
mod ready;
mod repeat;
mod spoken;
mod steps;
mod window;

use panics::caught;
use ready::{Finished, Handed, Ready, laid_out};
use spoken::Spoken;

/// How long a caller waits, unless it asks to be told of progress.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// How long a caller waits that is told of progress.
pub const LONG_PATIENCE: Duration = Duration::from_secs(600);

/// Calls under way at once in one process; the tenant's own queue is behind it.
const AT_ONCE: usize = 512;

/// How long calls may take to end at the end of the process.
const DRAIN: Duration = Duration::from_secs(10);

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let jobs = jobs::JOBS.iter().map(|job| &job.declaration);
    Registry::new(jobs, builtin::BUILTINS.iter().map(|builtin| &builtin.declaration))
});

/// All tools of this program.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

/// What a call is answered with.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What the caller reads: JSON or CSV, or an error in words.
    pub text: String,
    /// The call failed; the text says what to do.
    pub is_error: bool,
    /// What failed, for whoever tells kinds of failures apart.
    pub error: Option<Error>,
    /// Files that it was saved into.
    pub links: Vec<Link>,
}

/// Files that a call saved, gathered on the way; a call that passes on another shares them.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Mutex<Vec<Link>>>);

impl Links {
    fn add(&self, link: Link) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(link);
    }

    fn all(&self) -> Vec<Link> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How a call is waited for.
#[derive(Clone, Default)]
pub struct Waiting {
    /// Fires when the caller gives up.
    pub cancelled: CancellationToken,
    /// Told of progress.
    pub progress: Option<Progress>,
    /// Set to the plan that the call waits for, so that whoever made the call can ask a person.
    pub plan: Arc<OnceLock<Filed>>,
    /// Where the files go that are saved.
    pub links: Links,
    /// Keeps personal data of what the call reads from its caller, where that is asked for.
    pub discretion: Option<Arc<Discretion>>,
}

/// Everything that is shared by all callers of one process. Cloning is free.
#[derive(Clone)]
pub struct Calls(Arc<Inner>);

struct Inner {
    tenants: IndexMap<String, (Tenant, Audit)>,
    logs: Logs,
    standing: RwLock<Standing>,
    gate: Gate,
    changed: watch::Sender<u64>,
    limits: Limits,
    files: Option<Arc<Path>>,
    state: PathBuf,
    writes: TaskTracker,
    places: Arc<Semaphore>,
    ending: CancellationToken,
}

/// What may change while the server runs, and what follows from it.
struct Standing {
    config: Config,
    /// What the API role may do, as last known.
    privileges: Option<BTreeSet<String>>,
    surface: Arc<Surface>,
}

impl Calls {
    /// Make ready for calls; nothing is sent yet and the tenant need not be up.
    ///
    /// # Errors
    /// When the configuration cannot work: an unknown tool or toolset, a URL that is none, a state folder that cannot be written.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let state = config.state_folder()?;
        let logs = Logs::start(config)?;
        let mut tenants = IndexMap::new();
        for (name, settings) in &config.tenants {
            let tenant = Tenant::new(&settings.client(name))?;
            let audit = logs.of(name)?.at(tenant.address());
            tenants.insert(name.clone(), (tenant, audit));
        }
        if tenants.is_empty() {
            return Err(Error::Operator(
                "no tenant is configured: set JAMF_PRO_URL, JAMF_PRO_CLIENT_ID and JAMF_PRO_CLIENT_SECRET, write a configuration file, \
                 or try the simulated tenant with --demo"
                    .to_owned(),
            ));
        }
        let gate = Gate::open(registry(), config, &state)?;
        let privileges = known_privileges(config, &state);
        let surface = Arc::new(Surface::new(registry(), config, privileges.as_ref())?);
        let files: Option<Arc<Path>> = config.files.as_deref().map(Arc::from);
        Ok(Self(Arc::new(Inner {
            limits: Limits::new(
                config.answer_characters,
                Redaction::open(config.redaction, &state)?,
                files.clone(),
            ),
            files,
            tenants,
            logs,
            standing: RwLock::new(Standing { config: config.clone(), privileges, surface }),
            gate,
            changed: watch::Sender::new(0),
            state,
            writes: TaskTracker::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            ending: CancellationToken::new(),
        })))
    }

    /// Let no caller wait any longer, because the process ends. Writes go on, as far as its time goes.
    pub fn end_waiting(&self) {
        self.0.ending.cancel();
    }

    /// Cancelled when no caller may wait any longer.
    pub fn ending(&self) -> &CancellationToken {
        &self.0.ending
    }

    /// What is listed and what is allowed, as of now.
    pub fn surface(&self) -> Arc<Surface> {
        self.0.standing.read().unwrap_or_else(PoisonError::into_inner).surface.clone()
    }

    /// Told each time that what is listed has changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// The gate, with what it remembers.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// The tenants, in the order of the configuration.
    pub fn tenants(&self) -> impl Iterator<Item = &Tenant> {
        self.0.tenants.values().map(|(tenant, _)| tenant)
    }

    /// The audit logs, those of the user's other processes too.
    pub fn logs(&self) -> &Logs {
        &self.0.logs
    }

    /// The audit log of each tenant, in the order of the configuration.
    pub fn audits(&self) -> impl Iterator<Item = (&str, &Audit)> {
        self.0.tenants.iter().map(|(name, (_, audit))| (name.as_str(), audit))
    }

    /// A call of our own, for asking a tenant about itself.
    pub fn own_call(&self) -> CallContext {
        let client = Call::new("jamf-pro-mcp", PATIENCE);
        CallContext { client, privacy: None }
    }

    /// A call of the tenant on behalf of a caller.
    pub fn call_of(&self, caller: &Caller, waiting: &Waiting) -> CallContext {
        let patience = if waiting.progress.is_some() { LONG_PATIENCE } else { PATIENCE };
        let client = Call {
            cancelled: waiting.cancelled.clone(),
            progress: waiting.progress.clone(),
            files: self.0.files.clone(),
            ..Call::new(&caller.turn(), patience)
        };
        let privacy = waiting.discretion.clone().map(|discretion| -> Arc<dyn Privacy> { discretion });
        CallContext { client, privacy }
    }

    /// A plan as its caller is told of it, without the personal data in it where that is asked for.
    pub fn plan_told(&self, filed: &Filed, waiting: &Waiting) -> Value {
        let mut told = self.0.gate.told(filed);
        if let Some(discretion) = &waiting.discretion {
            discretion.told(&mut told);
        }
        told
    }

    /// How long answers may be.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The folder for what the server remembers.
    pub fn state(&self) -> &Path {
        &self.0.state
    }

    /// Make one call. Failures are answers with `is_error`, worded for whoever can act.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Answer {
        let discretion = Discretion::of(self.0.limits.redaction());
        let waiting = &Waiting { discretion: discretion.clone(), ..waiting.clone() };
        // In a box, so that what surrounds a call is not as large as everything that a call can be.
        let result = Box::pin(self.run(tool, arguments, caller, waiting)).await;
        match result {
            Ok(text) => {
                let text = secrets::left_out(&text).into_owned();
                Answer { text, is_error: false, error: None, links: waiting.links.all() }
            }
            Err(error) => {
                let text = render::error(&error, &self.0.limits, discretion.as_deref());
                let text = secrets::left_out(&text).into_owned();
                match error.cause() {
                    // For the operator to mend: whoever called may never see them.
                    Error::Operator(_) | Error::Internal(_) => {
                        tracing::warn!(tool, error = text, "a call failed")
                    }
                    _ => tracing::debug!(tool, error = text, "a call failed"),
                }
                Answer { text, is_error: true, error: Some(error), links: Vec::new() }
            }
        }
    }

    async fn run(
        &self,
        tool: &str,
        mut arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let mut tool = registry().get(tool)?;
        let _place = self.0.places.clone().try_acquire_owned().map_err(|_| Error::Busy {
            message: "too many calls are under way in this server; try again in a few seconds".to_owned(),
            retry_after: Duration::from_secs(5),
        })?;
        let surface = self.surface();
        if let Tool::Builtin(declaration) = tool {
            gate::admits(tool, &surface)?;
            if declaration.passes_on.is_none() {
                return self.run_builtin(declaration, arguments, caller, waiting).await;
            }
            (tool, arguments) = gateway::meant(declaration, arguments, &surface)?;
        }
        let (tenant, audit) = self.tenant(&mut arguments)?;
        let result = caught(self.run_at(tenant, audit, tool, arguments, caller, waiting)).await;
        self.placed(result.map_err(|error| ended(tool, error)), tenant)
    }

    /// An answer that says which tenant it is of, where there is more than one.
    fn placed(&self, result: Result<String, Error>, tenant: &Tenant) -> Result<String, Error> {
        if self.0.tenants.len() < 2 {
            return result;
        }
        let place = place::name(tenant);
        match result {
            Ok(text) => Ok(place::marked(&text, &place).into_owned()),
            Err(error) => Err(error.at(&place)),
        }
    }

    /// A call of a tool of a tenant.
    async fn run_at(
        &self,
        tenant: &Tenant,
        audit: &Audit,
        tool: Tool,
        mut arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let surface = self.surface();
        let spoken = Spoken::taken(&mut arguments)?;
        let judged = self.0.gate.judge(tool, &surface).and_then(|verdict| {
            if tool.risk() > Risk::Read {
                self.0.gate.door(tenant.name(), spoken.ticket.as_deref())?;
            }
            Ok(verdict)
        });
        let verdict = self.noted(judged, audit, tool, &arguments, caller, &spoken).await?;
        render::refuse_pseudonyms(&arguments, &self.0.limits)?;
        if tool.risk() > Risk::Read {
            secrets::refuse_mark(&arguments).map_err(Error::Arguments)?;
        }
        let call = self.call_of(caller, waiting);
        let given = arguments.clone();
        let (key, checked) = checked(tool, arguments)?;
        let asked = Asking {
            tool,
            checked,
            key: key.clone(),
            tenant,
            audit,
            call,
            caller,
            waiting,
            spoken,
            names: Arc::default(),
        };
        match self.run_checked(verdict, asked, &given).await {
            Err(error) if tool.risk() > Risk::Read => self.or_repeated(error, tenant, caller, &key).await,
            result => result,
        }
    }

    /// A call whose arguments are right; `given` is how the caller gave them.
    async fn run_checked(
        &self,
        verdict: Verdict,
        mut asked: Asking<'_>,
        given: &Map<String, Value>,
    ) -> Result<String, Error> {
        let (tool, audit) = (asked.tool, asked.audit);
        (asked.checked, asked.names) = resolved(tool, asked.checked, asked.tenant, &asked.call).await?;
        let refused = self.0.gate.refuse(tool, &asked.checked);
        self.noted(refused, audit, tool, given, asked.caller, &asked.spoken).await?;
        if matches!(verdict, Verdict::Pass(_)) && tool.risk() > Risk::Read {
            let watched = self.0.gate.watch(tool, &asked.checked, asked.tenant, &asked.call).await;
            self.noted(watched, audit, tool, given, asked.caller, &asked.spoken).await?;
        }
        match verdict {
            Verdict::Pass(pass) if tool.risk() == Risk::Read => self.ready(pass, asked, None)?.run().await,
            Verdict::Pass(pass) => self.run_once(pass, asked, None, None).await,
            Verdict::Plan => self.run_planned(asked, None).await,
        }
    }

    /// A call that was let through, with its request laid out.
    fn ready(&self, pass: Pass, asking: Asking<'_>, through: Option<Through>) -> Result<Ready, Error> {
        let (pass, tool, checked) = match &through {
            Some(through) => (pass.through(through.job), through.job, through.arguments.clone()),
            None => (pass, asking.tool, asking.checked),
        };
        let version = asking.tenant.known_version();
        let (checked, request, question) = laid_out(tool, checked, &self.0.limits, version.as_deref())?;
        Ok(Ready {
            pass,
            request,
            checked,
            question,
            write: through.map(|through| through.write),
            tenant: asking.tenant.clone(),
            audit: asking.audit.clone(),
            limits: self.0.limits.clone(),
            call: asking.call.map(|call| Call { tracker: Tracker::default(), ..call }),
            links: asking.waiting.links.clone(),
            names: asking.names,
            handed: Handed::default(),
        })
    }

    /// What the gate said, written down where it is a refusal.
    async fn noted<T>(
        &self,
        said: Result<T, Error>,
        audit: &Audit,
        tool: Tool,
        arguments: &Map<String, Value>,
        caller: &Caller,
        spoken: &Spoken,
    ) -> Result<T, Error> {
        if let Err(error @ Error::NotAllowed(_)) = &said
            && tool.risk() > Risk::Read
        {
            let record = Record {
                phase: "refused".to_owned(),
                result: Some(error.to_string().chars().take(200).collect()),
                ..record_of(tool, tool.risk(), arguments, audit.tenant(), caller, spoken)
            };
            write_down(audit, record).await?;
        }
        said
    }

    /// A built-in. It is not recorded, for it changes nothing of Jamf Pro; what it asks to be carried out is.
    async fn run_builtin(
        &self,
        declaration: &'static BuiltinDeclaration,
        mut arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let tool = Tool::Builtin(declaration);
        let tenant = if declaration.of_tenant { Some(self.tenant(&mut arguments)?) } else { None };
        let arguments =
            tool.check(arguments).map_err(|problems| wrong_arguments(declaration.name, &problems))?;
        let answer = Box::pin(self.builtin_answer(declaration, &arguments, tenant, caller, waiting));
        let answer = caught(answer).await.map_err(|error| ended(tool, error));
        match tenant {
            Some((tenant, _)) => self.placed(answer, tenant),
            None => answer,
        }
    }

    async fn builtin_answer(
        &self,
        declaration: &'static BuiltinDeclaration,
        arguments: &Checked,
        tenant: Option<(&Tenant, &Audit)>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let surface = self.surface();
        let call = BuiltinCall {
            arguments,
            caller,
            tenant: tenant.map(|(tenant, _)| (tenant, self.call_of(caller, waiting))),
            surface: &surface,
            store: self.0.gate.store(),
            limits: &self.0.limits,
            state: &self.0.state,
            newest_version: self.newest_version(),
        };
        match builtin::of(declaration)?.run(&call).await? {
            BuiltinAnswer::Text(text) => Ok(text),
            BuiltinAnswer::TellPlans(id) => self.tell_plans(id.as_deref(), caller, waiting).await,
            BuiltinAnswer::ApplyPlan(id) => self.apply_plan(&id, caller, waiting).await,
            BuiltinAnswer::OpenWindow => {
                let (tenant, audit) = tenant.ok_or_else(|| Error::Internal("no tenant".to_owned()))?;
                self.plan_window(arguments, tenant, audit, caller, waiting).await
            }
            BuiltinAnswer::Undo { tool, arguments: call, copy } => {
                self.undo(tool, call, &copy, arguments.text("ticket"), caller, waiting).await
            }
        }
    }

    /// The newest version that any tenant has, when all are known: what came later is too new for every one.
    fn newest_version(&self) -> Option<String> {
        let versions: Option<Vec<String>> = self.tenants().map(Tenant::known_version).collect();
        versions?
            .into_iter()
            .reduce(|left, right| if client::is_before(&left, &right) { right } else { left })
    }

    /// Run something that goes on when nobody waits for its answer any more.
    async fn outliving(
        &self,
        work: impl Future<Output = Result<String, Error>> + Send + 'static,
        waiting: &Waiting,
    ) -> Result<String, Error> {
        let task = self.0.writes.spawn(work);
        tokio::select! {
            biased;
            () = waiting.cancelled.cancelled() => Err(Error::Cancelled),
            result = task => result.unwrap_or_else(|error| Err(Error::Internal(error.to_string()).ended(Outcome::Unknown))),
        }
    }

    /// The tenant that the call is for: the only one, or the one that it names.
    fn tenant(&self, arguments: &mut Map<String, Value>) -> Result<(&Tenant, &Audit), Error> {
        let tenants = &self.0.tenants;
        let names = || tenants.keys().cloned().collect::<Vec<_>>().join(", ");
        let pair = match (tenants.len(), arguments.remove("tenant")) {
            (1, None) => tenants.first().map(|(_, pair)| pair),
            (1, Some(_)) => {
                return Err(Error::Arguments("there is one tenant only; leave `tenant` out".to_owned()));
            }
            (_, Some(Value::String(name))) => match tenants.get(&name) {
                Some(pair) => Some(pair),
                None => return Err(Error::Arguments(format!("`tenant` must be one of {}", names()))),
            },
            _ => return Err(Error::Arguments(format!("`tenant` is required: one of {}", names()))),
        };
        pair.map(|(tenant, audit)| (tenant, audit)).ok_or_else(|| Error::Internal("no tenant".to_owned()))
    }

    /// Ask in the background what the API role of each tenant may do, keep it on disk for the next start, and take what
    /// follows from it. With several tenants a tool is offered when any of them may do it.
    pub async fn refresh_privileges(&self) {
        let asked = self.0.tenants.iter().map(|(name, (tenant, _))| self.privileges_of(name, tenant));
        let known: Option<Vec<BTreeSet<String>>> = join_all(asked).await.into_iter().collect();
        let Some(known) = known else { return };
        if let Err(error) =
            self.stand(|standing| standing.privileges = Some(known.into_iter().flatten().collect()))
        {
            tracing::error!(%error, "the tools could not be worked out anew");
        }
    }

    /// What the API role of a tenant may do, asked now and kept, or as it was kept before.
    async fn privileges_of(&self, name: &str, tenant: &Tenant) -> Option<BTreeSet<String>> {
        let call = self.own_call().client;
        // Remembered by the tenant, for telling what it is too old for.
        let _ = tenant.version(&call).await;
        let file = {
            let standing = self.0.standing.read().unwrap_or_else(PoisonError::into_inner);
            privileges_file(standing.config.tenants.get(name)?, &self.0.state)
        };
        let privileges = match tenant.privileges(&call).await.map_err(Error::from) {
            Ok(privileges) if !privileges.is_empty() => privileges,
            Ok(_) => return kept_privileges(&file),
            Err(error) => {
                tracing::info!(tenant = name, %error, "the privileges of the API role are not known yet");
                return kept_privileges(&file);
            }
        };
        if let Ok(text) = serde_json::to_string(&privileges)
            && let Err(error) = state_dir::write(&file, text.as_bytes())
        {
            tracing::warn!(path = %file.display(), %error, "the privileges of the API role could not be kept");
        }
        Some(privileges.into_iter().collect())
    }

    /// Take of a configuration that was read again what only narrows; see [`Config::narrowed`].
    ///
    /// # Errors
    /// When it names tools or toolsets that do not exist; then everything stays as it was.
    pub fn narrow(&self, newer: &Config) -> Result<(), Error> {
        self.stand(|standing| standing.config = standing.config.narrowed(newer))?;
        self.0.gate.narrow(&newer.gate);
        Ok(())
    }

    /// Change what the tools follow from, work them out anew, and tell of it. An error leaves everything as it was.
    fn stand<T>(&self, change: impl FnOnce(&mut Standing) -> T) -> Result<T, Error> {
        let mut standing = self.0.standing.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Standing {
            config: standing.config.clone(),
            privileges: standing.privileges.clone(),
            surface: standing.surface.clone(),
        };
        let changed = change(&mut next);
        next.surface = Arc::new(Surface::new(registry(), &next.config, next.privileges.as_ref())?);
        let names = |surface: &Surface| surface.listed().iter().map(|tool| tool.name()).collect::<Vec<_>>();
        let news = names(&standing.surface) != names(&next.surface);
        *standing = next;
        drop(standing);
        if news {
            self.0.changed.send_modify(|edition| *edition += 1);
        }
        Ok(changed)
    }

    /// Let what changes anything come to its end, up to a limit, and give tokens back.
    pub async fn close(&self) {
        self.0.writes.close();
        if tokio::time::timeout(DRAIN, self.0.writes.wait()).await.is_err() {
            tracing::warn!(
                "some calls had not ended after {} s; the audit log has their intent",
                DRAIN.as_secs()
            );
        }
        for (tenant, _) in self.0.tenants.values() {
            tenant.close().await;
        }
        self.0.logs.delivered().await;
    }
}

/// The error that ends a call. One that has sent something says what became of it already; any other has sent nothing.
fn ended(tool: Tool, error: Error) -> Error {
    match error {
        // The call goes on without its caller.
        Error::Cancelled => error,
        error if tool.risk() == Risk::Read => error,
        error => error.ended(Outcome::NotSent),
    }
}

/// Arguments that are right, and which call they make.
fn checked(tool: Tool, mut arguments: Map<String, Value>) -> Result<(String, Checked), Error> {
    if matches!(tool, Tool::Action(_)) {
        repair::repaired(&mut arguments);
    }
    let checked = tool.check(arguments).map_err(|problems| wrong_arguments(tool.name(), &problems))?;
    Ok((gate::call_key(tool, &checked), checked))
}

/// The same with devices by their management ids, and the words for these ids that the caller used.
async fn resolved(
    tool: Tool,
    checked: Checked,
    tenant: &Tenant,
    call: &CallContext,
) -> Result<(Checked, Arc<Names>), Error> {
    let Tool::Action(action) = tool else { return Ok((checked, Arc::default())) };
    let conditions = ["filter", "where"].map(|name| checked.arguments().get(name).map(Value::to_string));
    let conditions = conditions.into_iter().flatten().collect::<String>().to_lowercase();
    let depends = action.filtered_since.iter().any(|(field, _)| {
        field.rsplit('.').next().is_some_and(|last| conditions.contains(&last.to_lowercase()))
    });
    if depends {
        // Without the version such a filter counts as unknown to the tenant.
        let _ = tenant.version(&call.client).await;
    }
    let words = jamf_pro_tools::devices::all(action, &checked);
    let checked = devices::looked_up(action, checked, tenant, call).await?;
    let ids = jamf_pro_tools::devices::all(action, &checked);
    // Two words for one device make the lists differ; then the ids stand for themselves.
    let names = if ids.len() == words.len() { ids.into_iter().zip(words).collect() } else { Names::new() };
    Ok((checked, Arc::new(names)))
}

/// A call on its way through the gate.
struct Asking<'a> {
    tool: Tool,
    checked: Checked,
    key: String,
    tenant: &'a Tenant,
    audit: &'a Audit,
    call: CallContext,
    caller: &'a Caller,
    waiting: &'a Waiting,
    spoken: Spoken,
    names: Arc<Names>,
}

impl Asking<'_> {
    fn record(&self, risk: Risk) -> Record {
        let arguments = self.checked.arguments();
        record_of(self.tool, risk, arguments, self.tenant.name(), self.caller, &self.spoken)
    }
}

fn record_of(
    tool: Tool,
    risk: Risk,
    arguments: &Map<String, Value>,
    tenant: &str,
    caller: &Caller,
    spoken: &Spoken,
) -> Record {
    Record {
        who: caller.who.to_string(),
        client: caller.client.clone(),
        transport: caller.transport.to_owned(),
        session: caller.session.as_deref().map(str::to_owned),
        call: uuid::Uuid::new_v4().to_string(),
        tenant: tenant.to_owned(),
        tool: tool.name().to_owned(),
        risk: risk.as_str().to_owned(),
        arguments: render::redacted(&Value::Object(arguments.clone())),
        ticket: spoken.ticket.clone(),
        reason: spoken.reason.clone(),
        ..Record::default()
    }
}

/// Write down what came of a call. That it cannot be written changes nothing any more, so it is told to the operator alone.
async fn note_outcome(audit: &Audit, record: Record, finished: &Finished) {
    let said = match &finished.result {
        Ok(text) => secrets::left_out(text).chars().take(200).collect(),
        Err(error) => secrets::left_out(&error.to_string()).into_owned(),
    };
    let outcome = Some(finished.outcome.to_string());
    let record = Record { phase: "outcome".to_owned(), outcome, result: Some(said), ..record };
    if let Err(error) = write_down(audit, record).await {
        tracing::error!(%error, "the outcome of a call could not be recorded");
    }
}

/// The log waits for the disk, which a thread of the runtime should not.
async fn write_down(audit: &Audit, record: Record) -> Result<(), Error> {
    let audit = audit.clone();
    let written = tokio::task::spawn_blocking(move || audit.record(&record)).await;
    written.unwrap_or_else(|error| Err(Error::Internal(format!("the audit log broke off: {error}"))))
}

/// Where the privileges of an API role are kept, by the client that they belong to.
fn privileges_file(tenant: &TenantConfig, state: &Path) -> PathBuf {
    state_dir::remembered(state, "privileges", &[&tenant.url, &tenant.client_id])
}

fn kept_privileges(file: &Path) -> Option<BTreeSet<String>> {
    serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()
}

/// What the API roles may do together, as last known of all of them.
fn known_privileges(config: &Config, state: &Path) -> Option<BTreeSet<String>> {
    let each = config.tenants.values().map(|tenant| kept_privileges(&privileges_file(tenant, state)));
    each.collect::<Option<Vec<_>>>().map(|known| known.into_iter().flatten().collect())
}
