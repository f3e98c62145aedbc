//! The way of a call, from a tool's name and arguments to an answer. MCP and the command line share it.
//!
//! One call is one walk down: `resolve` finds the tool and the tenant, `check` compares the arguments with the schema, `authorize` asks
//! the gate about everything that is not a read, `execute` sends and records, `respond` makes text. `run_plan` carries out an approved
//! plan, `builtins` what the server's own tools want done. What changes anything runs in a task of its own, so that its outcome is
//! recorded even when its caller has gone.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use futures::FutureExt;
use indexmap::IndexMap;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{Call, Progress, Reader};
use jamf_pro_tools::Risk;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::{Audit, Logs};
use crate::builtin;
use crate::call::Caller;
use crate::config::Config;
use crate::context::CallContext;
use crate::error::{Error, Kind};
use crate::fleet::access::FleetAccess;
use crate::fleet::tenants::Fleets;
use crate::gate::{Gate, New, Next, Permits};
use crate::jobs;
use crate::privacy::{Discretion, Redaction};
use crate::registry::exposure::Surface;
use crate::registry::{Registry, Tool};
use crate::render::Limits;
use crate::sanitize::personal::Privacy;
use crate::store::{PlanRecord, State, Store};

mod authorize;
mod builtins;
mod check;
mod decision;
mod execute;
mod follow_up;
mod idempotency;
mod joins;
mod keep_fleet;
mod offer;
mod plan_calls;
mod plan_steps;
mod preview;
mod records;
mod resolve;
mod respond;
mod run_approved;
mod run_plan;
mod snapshot;

pub use respond::{Links, ToolResult};

use check::CheckedCall;
use offer::{Offer, load_privileges};
use records::{of_plan, write_down};
use resolve::{Resolved, ResolvedCall};
use respond::{Answer, Response};

/// How long a caller waits, unless it asks for progress.
pub const PATIENCE: Duration = Duration::from_secs(45);

/// How long a caller waits that asked for progress.
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

/// How a call is waited for.
#[derive(Clone, Default)]
pub struct Waiting {
    /// Fires when the caller gives up.
    pub cancelled: CancellationToken,
    /// Gets the progress.
    pub progress: Option<Progress>,
    /// Set to the plan that the call waits for, so that the client can ask a person, or to one that a person rejected.
    pub plan_record: Arc<OnceLock<PlanRecord>>,
    /// Where the files go that are saved.
    pub links: Links,
    /// Keeps personal data of what the call reads from its caller, where that is asked for.
    pub discretion: Option<Arc<Discretion>>,
}

/// The way of every call of one process, with what the calls share: tenants, gate, audit logs. Cloning is free.
#[derive(Clone)]
pub struct Pipeline(Arc<Inner>);

struct Inner {
    tenants: IndexMap<String, (Reader, Audit)>,
    fleets: Fleets,
    logs: Logs,
    offer: RwLock<Offer>,
    gate: Gate,
    changed: watch::Sender<u64>,
    limits: Limits,
    files: Option<Arc<Path>>,
    state: PathBuf,
    writes: TaskTracker,
    places: Arc<Semaphore>,
    ending: CancellationToken,
}

impl Pipeline {
    /// Make ready for calls; nothing is sent yet and the tenant need not be up.
    ///
    /// # Errors
    /// When the configuration cannot work: an unknown tool or toolset, a URL that is none, a state folder that cannot be written.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let state = config.state_folder()?;
        let logs = Logs::start(config)?;
        let store = Store::open(&state)?;
        let (readers, permits) = Permits::connect(config, &store.digest_key()?)?;
        let mut tenants = IndexMap::new();
        for (name, reader) in readers {
            let audit = logs.of(&name)?.at(reader.address());
            tenants.insert(name, (reader, audit));
        }
        if tenants.is_empty() {
            return Err(Error::operator("no tenant is configured").hint(
                "set JAMF_PRO_URL, JAMF_PRO_CLIENT_ID and JAMF_PRO_CLIENT_SECRET, write a configuration file, or try the simulated tenant \
                 with --demo",
            ));
        }
        let gate = Gate::open(registry(), config, store, permits)?;
        let privileges = load_privileges(config, &state);
        let surface = Arc::new(Surface::new(registry(), config, privileges.as_ref())?);
        let files: Option<Arc<Path>> = config.files.as_deref().map(Arc::from);
        Ok(Self(Arc::new(Inner {
            limits: Limits::new(
                config.answer_characters,
                Redaction::open(config.redaction, &state)?,
                files.clone(),
            ),
            files,
            fleets: Fleets::new(config, &state, tenants.values().map(|(tenant, _)| tenant))?,
            tenants,
            logs,
            offer: RwLock::new(Offer { config: config.clone(), privileges, surface }),
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

    /// The gate, with what it remembers.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// The tenants, in the order of the configuration.
    pub fn tenants(&self) -> impl Iterator<Item = &Reader> {
        self.0.tenants.values().map(|(tenant, _)| tenant)
    }

    /// What is known of the devices and the configuration of each tenant.
    pub fn fleets(&self) -> &Fleets {
        &self.0.fleets
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
        CallContext { client, privacy: None, fleets: self.fleets().clone(), access: self.access() }
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
        CallContext { client, privacy, fleets: self.fleets().clone(), access: self.access() }
    }

    /// What callers may see of the fleet.
    pub fn access(&self) -> FleetAccess {
        FleetAccess {
            redaction: self.0.limits.redaction().clone(),
            excluded: self.surface().excluded().clone(),
        }
    }

    /// A plan as its caller reads it, without the personal data in it where that is asked for.
    pub fn describe_plan(&self, plan_record: &PlanRecord, waiting: &Waiting) -> Value {
        let mut told = self.0.gate.describe_plan(plan_record);
        if let Some(discretion) = &waiting.discretion {
            discretion.redact_facts(&mut told);
        }
        if plan_record.state == State::Rejected {
            let _ = waiting.plan_record.set(plan_record.clone());
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

    /// What is listed and what is allowed, as of now.
    pub fn surface(&self) -> Arc<Surface> {
        self.0.offer.read().unwrap_or_else(PoisonError::into_inner).surface.clone()
    }

    /// Make one call of the tool of a name. A name that no tool has is an answer with `is_error`, as every failure is.
    pub async fn call(
        &self,
        name: &str,
        arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> ToolResult {
        match registry().get(name) {
            Ok(tool) => self.call_tool(tool, arguments, caller, waiting).await,
            Err(error) => respond::tool_result(name, Err(error), &self.0.limits, waiting),
        }
    }

    /// Make one call. A failure is an answer with `is_error`, worded for the person who can act.
    pub async fn call_tool(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> ToolResult {
        let discretion = Discretion::of(self.0.limits.redaction());
        let waiting = &Waiting { discretion, ..waiting.clone() };
        // In a box, so that what surrounds a call is not as large as everything that a call can be.
        let result = Box::pin(self.run(tool, arguments, caller, waiting)).await;
        respond::tool_result(tool.name(), result, &self.0.limits, waiting)
    }

    async fn run(
        &self,
        tool: Tool,
        arguments: Map<String, Value>,
        caller: &Caller,
        waiting: &Waiting,
    ) -> Result<Answer, Error> {
        let _place = self.0.places.clone().try_acquire_owned().map_err(|_| {
            Error::busy("too many calls are under way in this server", Duration::from_secs(5))
                .hint("try again in a few seconds")
        })?;
        match self.resolve(tool, arguments, caller, waiting)? {
            Resolved::Builtin(call) => self.run_builtin(call).await,
            Resolved::Call(call) => {
                let (tool, tenant) = (call.tool, call.tenant);
                let result = catch_panic(self.carry_out(*call)).await;
                self.of_tenant(result.map_err(|error| with_outcome(tool, error)), tenant)
            }
        }
    }

    /// A call of a tool of a tenant, from its arguments to what is answered.
    async fn carry_out(&self, call: ResolvedCall<'_>) -> Result<Response, Error> {
        if call.tool.risk() == Risk::Read {
            let mut call = CheckedCall::new(call, &self.0.limits)?;
            call.look_up_names().await?;
            return Box::pin(self.read(&call)).await;
        }
        // In a box, so that a read does not carry the room that everything else takes.
        Box::pin(self.judge(call)).await
    }

    /// A call that is no read: what the gate decides on it, and the doing of it.
    async fn judge(&self, call: ResolvedCall<'_>) -> Result<Response, Error> {
        let verdict = self.admit(&call).await?;
        let mut call = CheckedCall::new(call, &self.0.limits)?;
        let (tenant, caller, key) = (call.resolved.tenant, call.resolved.caller, call.key.clone());
        let is_repeatable = call.resolved.origin.is_caller();
        let result = async {
            call.look_up_names().await?;
            let next = self.authorize(verdict, &call).await?;
            self.follow(next, call).await
        };
        match result.await {
            Err(error) if is_repeatable => self.or_repeated(error, tenant, caller, &key).await,
            result => result,
        }
    }

    /// Do what the gate decided on a call.
    async fn follow(&self, next: Next, call: CheckedCall<'_>) -> Result<Response, Error> {
        match next {
            Next::Go(mut write) => {
                let before = write.before.take();
                let risk = write.permit.risk();
                let permitted = self.prepare_permitted(*write, &call)?;
                self.run_once(permitted, risk, &call, before).await
            }
            Next::Nothing(value) => Ok(Response::of_job(value, &self.0.limits)),
            Next::Told(plan_record) => {
                Ok(Response::of_value(self.describe_plan(&plan_record, call.resolved.waiting)))
            }
            Next::Waits(plan_record, new) => {
                if new == New::Yes {
                    let record = call.record(plan_record.plan.risk());
                    write_down(call.resolved.audit, of_plan(record, &plan_record, "planned")).await?;
                }
                Ok(self.waiting_plan(*plan_record, call.resolved.waiting))
            }
            Next::Apply(application) => self.run_plan(*application, call).await,
        }
    }

    /// The answer to a call that waits for a person, who is at hand for the person who made the call, perhaps.
    fn waiting_plan(&self, plan_record: PlanRecord, waiting: &Waiting) -> Response {
        let told = self.describe_plan(&plan_record, waiting);
        let _ = waiting.plan_record.set(plan_record);
        Response::of_value(told)
    }

    /// What a call came to, with the tenant that it is of, where there is more than one.
    fn of_tenant(&self, result: Result<Response, Error>, tenant: &Reader) -> Result<Answer, Error> {
        if self.0.tenants.len() < 2 {
            return result.map(Answer::from);
        }
        let place = crate::render::place::name(tenant);
        match result {
            Ok(response) => Ok(Answer { response, place: Some(place) }),
            Err(error) => Err(error.at(&place)),
        }
    }

    /// Run something that goes on when nobody waits for its answer any more.
    async fn run_detached(
        &self,
        work: impl Future<Output = Result<Response, Error>> + Send + 'static,
        waiting: &Waiting,
    ) -> Result<Response, Error> {
        let task = self.0.writes.spawn(work);
        tokio::select! {
            biased;
            () = waiting.cancelled.cancelled() => Err(Error::cancelled()),
            result = task => result.unwrap_or_else(|error| Err(Error::internal(error.to_string()).with_outcome(Outcome::Unknown))),
        }
    }

    /// Wait for the writes that are under way, so that their outcomes are on record; for somebody who waits for nothing else.
    pub async fn end_writes(&self) {
        self.0.writes.close();
        if tokio::time::timeout(DRAIN, self.0.writes.wait()).await.is_err() {
            tracing::warn!(
                "some calls had not ended after {} s; the audit log has their intent",
                DRAIN.as_secs()
            );
        }
    }

    /// Let what changes anything come to its end, up to a limit, end the loads of fleets, and give tokens back.
    pub async fn close(&self) {
        self.end_writes().await;
        self.0.fleets.close().await;
        for (tenant, _) in self.0.tenants.values() {
            tenant.close().await;
        }
        self.0.gate.wait_for_notices().await;
        self.0.logs.wait_for_delivery().await;
    }
}

/// The result of the work of one call. A panic in it is [`Error::internal`], without an outcome, so that it is recorded and answered like
/// any other failure: the step that knows what was sent adds the outcome.
async fn catch_panic<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // What the work shares with others is behind locks that are read whether they are poisoned or not.
    let result = AssertUnwindSafe(work).catch_unwind().await;
    result.unwrap_or_else(|_| Err(Error::internal("the call failed unexpectedly".to_owned())))
}

/// The error that ends a call. One that has sent something says what became of it already; any other has sent nothing.
fn with_outcome(tool: Tool, error: Error) -> Error {
    match error {
        // The call goes on without its caller.
        error if error.kind() == Kind::Cancelled => error,
        error if tool.risk() == Risk::Read => error,
        error => error.with_outcome(Outcome::NotSent),
    }
}
