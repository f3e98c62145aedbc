//! The one place that decides whether a call may go out.
//!
//! Reads pass. Writes and harmless device commands pass where the configuration allows them. Everything graver becomes a plan
//! that a person approves outside the model, and passes once, as it was approved. A [`Permit`] can be made here alone, and nothing
//! that changes anything or reveals a secret is sent without one.

mod application;
mod call_devices;
mod calls;
mod changes;
mod content;
mod device_facts;
mod draft;
mod file;
mod fleet;
mod flush;
mod guard;
mod judgement;
mod likeness;
mod names;
mod object;
mod permit;
mod planning;
mod preview;
mod reach;
mod refuse;
mod status;
mod subject;
mod title;
pub mod window;

pub(crate) use application::arguments_of;
pub use application::{Application, ApprovedCall};
pub(crate) use calls::{Drift, of_call, stored_calls};
pub(crate) use object::is_as_it_was;
pub use permit::{Permit, Permits};
pub use planning::{Ask, JobWrite, New, Next, PermittedWrite};
pub(crate) use subject::reader_of;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use jamf_pro_client::Reader;
use jamf_pro_tools::{Checked, Risk};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::approvals::notices::Notices;
use crate::approvals::{Pages, Statement, quorum, records};
use crate::audit::Logs;
use crate::config::{ApprovalsConfig, Config, GateConfig};
use crate::context::CallContext;
use crate::error::Error;
use crate::jobs::Work;
use crate::plan::{Plan, Target};
use crate::registry::exposure::Surface;
use crate::registry::{Registry, Tool};
use crate::store::{Approval, Approver, PlanRecord, Store};
use crate::vault::{generate, keep};

use call_devices::CallDevices;

/// What the gate says to a call before it looks at what it would do.
#[derive(Debug)]
pub enum Verdict {
    /// It is a read, which takes no permit.
    Read,
    /// It may go.
    Permit(Permit),
    /// It takes a plan, unless what it would do turns out to be less than its tool can do.
    Plan,
}

/// The gate of one process, over all tenants. Cloning is free.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: RwLock<Arc<GateConfig>>,
    store: Store,
    permits: Permits,
    switch: PathBuf,
    pages: Pages,
    logs: Logs,
    page: ApprovalsConfig,
    notices: Option<Notices>,
}

impl Gate {
    /// The gate of a configuration, over the store in the state folder.
    ///
    /// # Errors
    /// When the store cannot be used, or the configuration names tools that are not critical ones.
    pub fn open(registry: &Registry, config: &Config, store: Store, permits: Permits) -> Result<Self, Error> {
        for name in &config.gate.critical {
            if registry.find(name).is_none_or(|tool| tool.risk() != Risk::Critical || tool.name() != name) {
                return Err(Error::operator(format!(
                    "`gate.critical` has `{name}`, which is no tool of the class `critical`; it takes exact names, no patterns"
                )));
            }
        }
        if let Some(pinned) =
            config.gate.pinned_tenant.as_ref().filter(|name| !config.tenants.contains_key(*name))
        {
            return Err(Error::operator(format!(
                "`gate.pinned_tenant` is `{pinned}`, which is no tenant here"
            )));
        }
        let state = store.state_folder().to_owned();
        store.forget_older_than(config.gate.keep_days)?;
        let oldest = Timestamp::now() - SignedDuration::from_hours(24 * i64::from(config.gate.keep_days));
        for (plan, count, since) in
            store.unconfirmed_secrets()?.into_iter().filter(|(_, _, since)| *since < oldest)
        {
            tracing::warn!(plan, count, %since, "nobody has confirmed to have the secrets of a plan; they are kept until somebody does");
        }
        let switch = config.gate.kill_switch.clone().unwrap_or_else(|| state.join("STOP"));
        Ok(Self(Arc::new(Inner {
            settings: RwLock::new(Arc::new(config.gate.clone())),
            store,
            permits,
            switch,
            pages: Pages::new(&config.approvals),
            logs: Logs::in_folder(&state),
            page: config.approvals.clone(),
            notices: Notices::new(config)?,
        })))
    }

    /// The arguments of one step of a plan, with the secrets that no caller gives. What is lost by it is kept for the approver.
    ///
    /// # Errors
    /// When one cannot be made, fetched or kept; then nothing may be sent.
    pub async fn fill_in(
        &self,
        permit: &Permit,
        call: &CallContext,
        plan: &Plan,
        checked: Checked,
        target: Option<&Target>,
    ) -> Result<Checked, Error> {
        let Tool::Action(action) = permit.tool() else { return Ok(checked) };
        let (gate, id) = (self.clone(), plan.id.clone());
        let typed = self.0.store.run(move |store| {
            let plan_record = store.plan(&id)?.ok_or_else(|| Error::internal("the plan is gone"))?;
            quorum::answers(store, &gate.settings(), &plan_record, &|approver, approval, plan| {
                gate.prove(approver, approval, plan)
            })
        });
        let secrets = permit.secrets(call);
        let filled =
            generate::fill(&secrets, &self.0.store, plan, &typed.await?, action, checked, target).await?;
        keep::keep_before(&secrets, &self.0.store, plan, action, target).await?;
        Ok(filled)
    }

    /// Whether a plan has the approvals that it takes, its own or those of its window.
    fn verify_quorum(&self, store: &Store, plan_record: &PlanRecord) -> Result<(), Error> {
        quorum::verify(store, &self.settings(), plan_record, &|approver, approval, plan| {
            self.prove(approver, approval, plan)
        })
    }

    /// The proof of one approval by passkey; what was signed. The audit log must have the enrollment of the passkey.
    fn prove(&self, approver: &Approver, approval: &Approval, plan: &Plan) -> Result<Statement, Error> {
        records::verify_enrollment(&self.0.logs, approver)?;
        self.0.pages.prove(approver, approval, plan)
    }

    /// Tell people that a plan waits, where the configuration says so.
    fn notify(&self, plan: &Plan, tool: Tool) {
        if let Some(notices) = &self.0.notices {
            notices.tell(plan, &tool.title());
        }
    }

    /// Wait for notices that are on their way, for a short time.
    pub async fn wait_for_notices(&self) {
        if let Some(notices) = &self.0.notices {
            notices.wait_for_delivery().await;
        }
    }

    /// What it remembers.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Its settings.
    pub fn settings(&self) -> Arc<GateConfig> {
        self.0.settings.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hold to settings that were read again, as far as they are narrower; see [`GateConfig::narrowed`].
    pub fn narrow(&self, newer: &GateConfig) {
        let mut settings = self.0.settings.write().unwrap_or_else(PoisonError::into_inner);
        *settings = Arc::new(settings.narrowed(newer));
    }

    /// Judge a call of a tool at a tenant by the tool.
    ///
    /// # Errors
    /// [`Error::not_allowed`], worded as a refusal: it names the setting and who can change it, and asks for no other way.
    pub fn judge(&self, tool: Tool, surface: &Surface, tenant: &str) -> Result<Verdict, Error> {
        surface.admit(tool)?;
        match tool.risk() {
            Risk::Read => Ok(Verdict::Read),
            risk @ (Risk::Device | Risk::Write) => {
                Ok(Verdict::Permit(self.0.permits.issue(tenant, tool, risk)))
            }
            Risk::Critical if !self.settings().critical.iter().any(|name| name == tool.name()) => {
                Err(Error::not_allowed(format!(
                    "`{}` is refused: it is critical, and `gate.critical` in the configuration of this server does not name it. Only the \
                     person who runs the server can change that",
                    tool.name()
                )))
            }
            Risk::Secret | Risk::Destructive | Risk::Critical if draft::can_be_described(tool) => {
                Ok(Verdict::Plan)
            }
            Risk::Secret | Risk::Destructive | Risk::Critical => Err(draft::refuse_undescribed(tool)),
        }
    }

    /// Whether anything but a read may go to this tenant now: kill switch, pinned tenant, ticket.
    ///
    /// # Errors
    /// Why not.
    pub fn check_writes_possible(&self, tenant: &str, ticket: Option<&str>) -> Result<(), Error> {
        guard::check_writes_possible(&self.settings(), &self.0.switch, tenant, ticket)
    }

    /// Whether the devices that a call names itself may be touched, and so many of them: of every call but a read.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_devices(
        &self,
        tool: Tool,
        checked: &Checked,
        tenant: &Reader,
        call: &CallContext,
    ) -> Result<(), Error> {
        let settings = self.settings();
        if let Tool::Action(action) = tool {
            guard::check_protection(&settings, action, checked.arguments())?;
        }
        let named_devices = CallDevices::of(tool, checked);
        if named_devices.count() == 0 {
            return Ok(());
        }
        guard::check_cap(&settings, tool, named_devices.count())?;
        if !guard::must_know(&settings) {
            return Ok(());
        }
        let devices = named_devices.read_all(&Work::reading_anything(tenant, call)).await?;
        guard::check_devices(&settings, devices.iter())
    }

    /// Refuse what is refused whatever is allowed.
    ///
    /// # Errors
    /// Why, worded as a refusal.
    pub fn refuse(&self, tool: Tool, checked: &Checked) -> Result<(), Error> {
        match tool {
            Tool::Action(action) if tool.risk() > Risk::Read => {
                refuse::refuse_always(action, checked.arguments())
            }
            _ => Ok(()),
        }
    }
}

/// Which call this is, no matter who makes it: the resource, and a hash of the tool and its exact arguments.
pub fn call_key(tool: Tool, checked: &Checked) -> String {
    let hash = crate::plan::digest(&[
        tool.name(),
        &crate::plan::canonical(&Value::Object(checked.arguments().clone())),
    ]);
    format!("{}:{hash}", tool.family().1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::RiskClass;
    use crate::error::Kind;
    use crate::pipeline::registry;

    fn everything() -> Config {
        Config {
            allow: vec![
                RiskClass::Read,
                RiskClass::Device,
                RiskClass::Write,
                RiskClass::Secret,
                RiskClass::Destructive,
                RiskClass::Critical,
            ],
            toolsets: vec!["all".to_owned()],
            ..Config::default()
        }
    }

    fn gate(config: &Config) -> (tempfile::TempDir, Gate) {
        let folder = tempfile::tempdir().unwrap();
        let gate = open(config, folder.path()).unwrap();
        (folder, gate)
    }

    fn open(config: &Config, state: &Path) -> Result<Gate, Error> {
        let store = Store::open(state).unwrap();
        let (_, permits) = Permits::connect(config, &store.digest_key().unwrap()).unwrap();
        Gate::open(registry(), config, store, permits)
    }

    #[test]
    fn nothing_grave_passes_without_a_plan_whatever_is_allowed() {
        let surface = Surface::new(registry(), &everything(), None).unwrap();
        let (_folder, gate) = gate(&everything());
        for tool in registry().all() {
            let verdict = gate.judge(tool, &surface, "demo");
            match tool.risk() {
                Risk::Read => assert!(matches!(verdict, Ok(Verdict::Read)), "{}", tool.name()),
                Risk::Device | Risk::Write => {
                    assert!(matches!(verdict, Ok(Verdict::Permit(_))), "{}", tool.name())
                }
                Risk::Critical => {
                    assert!(verdict.unwrap_err().to_string().contains("gate.critical"), "{}", tool.name())
                }
                _ => match verdict {
                    Ok(verdict) => assert!(matches!(verdict, Verdict::Plan), "{}", tool.name()),
                    Err(error) => {
                        assert_eq!(error.kind(), Kind::NotAllowed, "{}", tool.name())
                    }
                },
            }
        }
    }

    #[test]
    fn by_default_only_reads_pass() {
        let surface = Surface::new(registry(), &Config::default(), None).unwrap();
        let (_folder, gate) = gate(&Config::default());
        for tool in registry().all() {
            match gate.judge(tool, &surface, "demo") {
                Ok(_) => assert_eq!(tool.risk(), Risk::Read, "{}", tool.name()),
                Err(_) => assert!(tool.risks().iter().all(|risk| *risk > Risk::Read), "{}", tool.name()),
            }
        }
    }

    #[test]
    fn critical_tools_are_named_one_by_one() {
        let named = |name: &str| {
            let mut config = everything();
            config.gate.critical = vec![name.to_owned()];
            open(&config, tempfile::tempdir().unwrap().path()).is_ok()
        };
        assert!(named("account_delete"));
        for wrong in ["account_*", "accounts", "building_delete", ""] {
            assert!(!named(wrong), "{wrong}");
        }
        let mut config = everything();
        config.gate.critical = vec!["account_delete".to_owned()];
        let (_folder, gate) = gate(&config);
        let surface = Surface::new(registry(), &config, None).unwrap();
        let judge = |name: &str| gate.judge(registry().find(name).unwrap(), &surface, "demo");
        assert!(matches!(judge("account_delete"), Ok(Verdict::Plan)));
        assert!(judge("account_create").is_err());
    }

    #[test]
    fn the_same_call_has_the_same_key_and_another_has_another() {
        let tool = registry().find("building_create").unwrap();
        let key =
            |arguments: Value| call_key(tool, &tool.check(arguments.as_object().unwrap().clone()).unwrap());
        let a = key(serde_json::json!({ "body": { "name": "x", "city": "y" } }));
        assert_eq!(a, key(serde_json::json!({ "body": { "city": "y", "name": "x" } })));
        assert_ne!(a, key(serde_json::json!({ "body": { "name": "x" } })));
    }
}
