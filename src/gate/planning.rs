//! From a call to a plan, and from an approved plan to the one time that it is applied.

use std::sync::Arc;

use futures::future::BoxFuture;
use jamf_pro_client::outcome::Outcome;
use jamf_pro_client::{FileSeal, Reader};
use jamf_pro_tools::{Checked, Risk};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::application::{Application, exact};
use super::draft::Draft;
use super::judgement::{Effect, JudgedWrite};
use super::likeness::{each_call, is_about_the_same, is_of_the_same_tool};
use super::subject::objects;
use super::{Gate, Permit, guard, status};
use crate::approvals::{passkeys, quorum};
use crate::call::Caller;
use crate::context::CallContext;
use crate::error::Error;
use crate::jobs::{Work, Write};
use crate::os_user;
use crate::plan::{Basis, Confirmation, Plan, Reach, Requester, Undo};
use crate::registry::{Tool, exposure::Surface};
use crate::render;
use crate::sanitize::text;
use crate::store::{Filter, Hold, Means, PlanRecord, State, random_id};

/// Plans of one caller that may wait for a person.
const OPEN_PLANS: u32 = 50;

/// How long nothing is planned for a target by a tool that a person rejected for it.
const COOL_DOWN: SignedDuration = SignedDuration::from_mins(10);

/// Devices that a plan names because of what is not known of an earlier one.
const SHOWN_UNCLEAR: usize = 10;

/// A call that takes a plan.
pub struct Ask<'a> {
    /// The tool.
    pub tool: Tool,
    /// Its arguments, devices by their management ids.
    pub checked: &'a Checked,
    /// Which call it is, by the arguments as they were given.
    pub key: &'a str,
    /// The tenant.
    pub tenant: &'a Reader,
    /// How reads for the plan are made.
    pub call: &'a CallContext,
    /// Who calls.
    pub caller: &'a Caller,
    /// Their reason.
    pub reason: Option<&'a str>,
    /// Number of the change ticket.
    pub ticket: Option<&'a str>,
    /// The plan that is to be applied, where the caller names one.
    pub plan: Option<PlanRecord>,
    /// What is allowed: a call that turns out to be graver is refused.
    pub surface: &'a Surface,
    /// The copy that it puts back: then it takes a plan, however harmless it is.
    pub undoes: Option<&'a str>,
}

/// What follows from a call that takes a plan.
pub enum Next {
    /// What it would do is less than its tool can do, and may go without a plan.
    Go(Box<PermittedWrite>),
    /// It waits for a person.
    Waits(Box<PlanRecord>, New),
    /// It was approved and is to be applied.
    Apply(Box<Application>),
    /// There is nothing to do, and this is why.
    Nothing(Value),
    /// It was carried out since the caller asked for it, and this is what came of it.
    Told(Box<PlanRecord>),
}

/// The write that was judged and may go without a plan: it and no other is sent.
pub struct PermittedWrite {
    pub(crate) permit: Permit,
    pub(crate) checked: Checked,
    /// The job that came to the write and reports on it.
    pub(crate) job_write: Option<JobWrite>,
    /// The object as it was when it was judged.
    pub(crate) before: Option<Value>,
    /// The file that was looked at.
    pub(crate) sealed: Option<Arc<FileSeal>>,
}

/// A job that came to the one write that is judged in its place.
#[derive(Debug, Clone)]
pub struct JobWrite {
    pub(crate) job: Tool,
    pub(crate) arguments: Checked,
    pub(crate) write: Write,
}

/// Whether a plan was made by this call, or was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    /// It was made now.
    Yes,
    /// It was there.
    No,
}

impl Gate {
    /// Make a plan for a call, or say how the plan for it stands, or let it be applied.
    ///
    /// # Errors
    /// Why it is refused; nothing was sent then.
    pub fn consider<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Next, Error>> {
        // In a box, because what is read for it nests deeply.
        Box::pin(self.find_next(ask, None))
    }

    /// How the plan for a call, or for several, stands; or what follows from what they would do now.
    pub(super) async fn find_next(&self, ask: Ask<'_>, calls: Option<&[Ask<'_>]>) -> Result<Next, Error> {
        let (tenant, who, key) = (ask.tenant.key(), ask.caller.who.to_string(), ask.key.to_owned());
        let existing = match &ask.plan {
            Some(plan) => Some(plan.clone()),
            None => self.0.store.run(move |store| store.open_plan_for(&tenant, &who, &key)).await?,
        };
        if let Some(plan_record) = &existing
            && plan_record.plan.tenant_key() != ask.tenant.key()
        {
            return Err(Error::not_allowed(format!(
                "plan {} was made for {}, and this server has {}",
                plan_record.plan.id,
                plan_record.plan.tenant_key(),
                ask.tenant.key()
            )));
        }
        if existing.is_none() {
            let (tenant, who, key) = (ask.tenant.key(), ask.caller.who.to_string(), ask.key.to_owned());
            let done = self.0.store.run(move |store| store.take_untold(&tenant, &who, &key)).await?;
            if let Some(plan_record) = done {
                return Ok(Next::Told(Box::new(plan_record)));
            }
        }
        match existing {
            // A window that was opened meanwhile may let it through.
            Some(plan_record)
                if plan_record.state == State::Waiting
                    && !self.may_be_covered(&ask, &plan_record).await? =>
            {
                return Ok(Next::Waits(Box::new(plan_record), New::No));
            }
            Some(plan_record) if plan_record.ready.is_some_and(|ready| ready > Timestamp::now()) => {
                return Ok(Next::Waits(Box::new(plan_record), New::No));
            }
            Some(plan_record) if plan_record.state == State::Applying => {
                return Err(Error::not_allowed(format!(
                    "plan {} is being applied right now",
                    plan_record.plan.id
                ))
                .hint("ask `plan_status`, and do not send it again"));
            }
            Some(plan_record) if plan_record.has_nothing_to_send() => {
                return Ok(Next::Apply(Box::new(self.end_of(ask.tool, plan_record.clone()))));
            }
            _ => {}
        }
        let begun = existing.clone().filter(|plan_record| plan_record.state == State::Interrupted);
        let next = match calls {
            Some(calls) => self.judge_calls(&ask, calls, existing).await,
            None => self.judge_now(ask, existing).await,
        };
        match begun {
            Some(plan_record) => next.map_err(|why| status::explain_interruption(&plan_record, why)),
            None => next,
        }
    }

    fn judge_now<'a>(
        &'a self,
        ask: Ask<'a>,
        existing: Option<PlanRecord>,
    ) -> BoxFuture<'a, Result<Next, Error>> {
        Box::pin(self.decide_next(ask, existing))
    }

    /// What follows from what the call would do now. `existing` is the plan that a person approved for it.
    async fn decide_next(&self, ask: Ask<'_>, existing: Option<PlanRecord>) -> Result<Next, Error> {
        let judged = match existing {
            Some(_) => self.judge_effect(&Work::reading_anything(ask.tenant, ask.call), &ask).await?,
            None => self.judge_new(&ask).await?,
        };
        let JudgedWrite { tool, mut draft, job_write } = match judged {
            Effect::Write(judged) => *judged,
            Effect::Nothing(value) => return Ok(Next::Nothing(value)),
        };
        // A plan that there is stays a plan, also where the call would be less by now: then it no longer holds.
        if draft.risk <= Risk::Write && existing.is_none() {
            let open = self.open_plans_on(ask.tenant, tool, &draft.exact).await?;
            if ask.undoes.is_none() && open.is_empty() {
                return Ok(Next::Go(Box::new(PermittedWrite {
                    permit: self.0.permits.issue(ask.tenant.name(), tool, draft.risk),
                    checked: draft.exact,
                    before: draft.before,
                    job_write,
                    sealed: draft.sealed,
                })));
            }
            draft.impact.warnings.extend(open.iter().map(|plan| {
                format!("plan {plan} waits for approval or was approved, and refers to what this changes")
            }));
        }
        self.check_limits(&draft, ask.tool)?;
        let existing = match existing {
            Some(plan_record)
                if plan_record.plan.by_window.is_some() && plan_record.state == State::Approved =>
            {
                self.check_window(plan_record).await?
            }
            existing => existing,
        };
        match existing {
            Some(plan_record) if plan_record.state == State::Waiting => {
                match self.find_window(&ask, tool, &draft).await? {
                    Some(window) => self.apply_in_window(&ask, tool, draft, window).await,
                    None => Ok(Next::Waits(Box::new(plan_record), New::No)),
                }
            }
            Some(plan_record) => {
                let ready = self.application(tool, plan_record, draft, job_write).await?;
                Ok(Next::Apply(Box::new(ready)))
            }
            None => {
                let window = match job_write {
                    None if ask.undoes.is_none() => self.find_window(&ask, tool, &draft).await?,
                    _ => None,
                };
                if let Some(window) = window {
                    return self.apply_in_window(&ask, tool, draft, window).await;
                }
                let (plan_record, new) = self.file_plan(&ask, tool, draft, job_write).await?;
                Ok(Next::Waits(Box::new(plan_record), new))
            }
        }
    }

    /// A call that a window lets through: a plan of its own, which nobody is asked about.
    async fn apply_in_window(
        &self,
        ask: &Ask<'_>,
        tool: Tool,
        mut draft: Draft,
        window: PlanRecord,
    ) -> Result<Next, Error> {
        let Some(open) = window.plan.window.clone() else {
            return Err(Error::internal("a window that opens nothing"));
        };
        let id = window.plan.id.clone();
        draft.by_window = Some(id.clone());
        let exact = exact(&draft, None);
        let plan = self.plan(ask, tool, &draft, None, &exact);
        let steps: Vec<String> = draft.steps(tool)?.into_iter().map(|(told, _, _)| told).collect();
        let (key, child) = (ask.key.to_owned(), plan.id.clone());
        let plan_record = self.0.store.run(move |store| {
            if !store.file_in_window(&plan, &exact, &key, &steps, (&id, &open))? {
                return Ok(None);
            }
            store.plan(&child)
        });
        match plan_record.await? {
            Some(plan_record) => self
                .application(tool, plan_record, draft, None)
                .await
                .map(|ready| Next::Apply(Box::new(ready))),
            // It has not enough left, or was used for this device: a person is asked.
            None => {
                draft.by_window = None;
                draft.impact.warnings.push(format!(
                    "the window {} does not let it through any more: its number is used up, or it was used for this device",
                    window.plan.id
                ));
                let (plan_record, new) = self.file_plan(ask, tool, draft, None).await?;
                Ok(Next::Waits(Box::new(plan_record), new))
            }
        }
    }

    /// A plan by its id, for its own caller: others are not told that there is one.
    ///
    /// # Errors
    /// When there is none for this caller.
    pub async fn plan_of(&self, id: &str, who: &str) -> Result<PlanRecord, Error> {
        let id = id.to_owned();
        let found = self.0.store.run(move |store| store.plan(&id)).await?;
        found
            .filter(|plan_record| {
                let by = &plan_record.plan.requester;
                let is_local = matches!(by.transport.as_str(), "stdio" | "cli");
                by.who == who || (is_local && os_user::has_name(&by.who, who))
            })
            .ok_or_else(|| Error::caller("there is no plan of this id that you asked for"))
    }

    /// The open plans of a tenant that refer to what a call changes: what a person looks at stays as it is until they have decided.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_plans_on(
        &self,
        tenant: &Reader,
        tool: Tool,
        checked: &Checked,
    ) -> Result<Vec<String>, Error> {
        let Tool::Action(action) = tool else { return Ok(Vec::new()) };
        let about = objects(action, checked.arguments());
        if about.is_empty() {
            return Ok(Vec::new());
        }
        let filter = Filter { tenant: Some(tenant.key()), open: true, most: u32::MAX, ..Filter::default() };
        let open = self.0.store.run(move |store| store.plans(&filter)).await?;
        let refers = |plan_record: &PlanRecord| {
            let of = &plan_record.plan.basis.refers_to;
            matches!(plan_record.state, State::Waiting | State::Approved)
                && about.iter().any(|one| of.binary_search(one).is_ok())
        };
        Ok(open.into_iter().filter(refers).map(|plan_record| plan_record.plan.id).collect())
    }

    pub(super) fn check_limits(&self, draft: &Draft, tool: Tool) -> Result<(), Error> {
        let settings = &self.settings();
        guard::check_devices(settings, draft.targets.iter())?;
        if draft.risk <= Risk::Write {
            // It takes a plan for another reason than what it does.
            return Ok(());
        }
        match &draft.impact.devices {
            Some(devices) => guard::check_devices(settings, devices.iter())?,
            None if draft.targets.is_empty() && guard::must_know(settings) => {
                return Err(Error::not_allowed(format!(
                    "`{}` is refused: which devices it reaches cannot be worked out ({}), and some are protected here",
                    tool.name(),
                    draft.impact.not_checked.join("; ")
                )));
            }
            None => {}
        }
        guard::check_cap(settings, tool, draft.targets.len())?;
        // What is critical affects everything by its nature: it is named in the configuration, and two people approve it.
        if draft.risk == Risk::Critical || !draft.targets.is_empty() {
            return Ok(());
        }
        guard::check_share(settings, tool, &draft.reach)
    }

    pub(super) async fn file_plan(
        &self,
        ask: &Ask<'_>,
        tool: Tool,
        mut draft: Draft,
        job_write: Option<JobWrite>,
    ) -> Result<(PlanRecord, New), Error> {
        if draft.risk == Risk::Secret && ask.reason.is_none_or(|reason| reason.trim().len() < 3) {
            return Err(Error::caller("a secret takes a `reason`: the person who is asked sees it")
                .hint("say why it is needed, in their words"));
        }
        self.not_too_often(ask).await?;
        draft.read_device_facts(&Work::reading_anything(ask.tenant, ask.call), tool).await?;
        let (tenant, key) = (ask.tenant.key(), ask.key.to_owned());
        if let Some(unclear) = self.0.store.run(move |store| store.find_unclear_call(&tenant, &key)).await? {
            draft.impact.warnings.push(Outcome::Unknown.close(&format!(
                "the same call was begun before, and what came of {} of its {} targets at {} is not known",
                unclear.sent, unclear.targets, unclear.at
            )));
        }
        let steps: Vec<String> = match draft.window {
            // A window is not sent.
            Some(_) => Vec::new(),
            None => draft.steps(tool)?.into_iter().map(|(told, _, _)| told).collect(),
        };
        if !draft.targets.is_empty() {
            // Other arguments make another call, and do the same to a device all the same.
            let (tenant, targets) = (ask.tenant.key(), steps.clone());
            let unclear = self
                .0
                .store
                .run(move |store| store.find_unclear_targets(&tenant, tool.name(), &targets))
                .await?;
            draft.impact.warnings.extend(unclear.into_iter().take(SHOWN_UNCLEAR).map(|(target, at)| {
                Outcome::Unknown
                    .close(&format!("what came of `{}` on {target} at {at} is not known", tool.name()))
            }));
        }
        let exact = exact(&draft, job_write.as_ref());
        let plan = self.plan(ask, tool, &draft, job_write.as_ref(), &exact);
        quorum::check_reachable(&self.0.store, &self.settings(), &plan)?;
        self.has_cooled_down(&plan, &exact).await?;
        let key = ask.key.to_owned();
        let plan_record = self.0.store.run(move |store| store.file_plan(&plan, &exact, &key, &steps));
        let (plan_record, is_new) = plan_record.await?;
        if is_new {
            self.notify(&plan_record.plan, tool);
        }
        Ok((plan_record, if is_new { New::Yes } else { New::No }))
    }

    /// After a rejection the same tool is not planned for the same target for a while, whatever else its arguments say: a person who
    /// says no would be asked until they say yes otherwise.
    pub(super) async fn has_cooled_down(&self, plan: &Plan, exact: &Value) -> Result<(), Error> {
        let (tenant, who) = (plan.tenant_key(), plan.requester.who.clone());
        let since = Timestamp::now() - COOL_DOWN;
        let rejected = self.0.store.run(move |store| store.rejections_since(&tenant, &who, since)).await?;
        let asked = each_call(plan, exact);
        let same = rejected.iter().find_map(|(plan_record, at)| {
            let rejected = each_call(&plan_record.plan, &plan_record.exact);
            let is_asked = |one: &(&Plan, Value)| {
                rejected.iter().any(|other| {
                    is_of_the_same_tool(other.0, one.0)
                        && is_about_the_same((other.0, &other.1), (one.0, &one.1))
                })
            };
            Some((asked.iter().find(|one| is_asked(one))?.0.tool.clone(), *at))
        });
        let Some((tool, at)) = same else { return Ok(()) };
        Err(Error::not_allowed(format!(
            "a person rejected `{tool}` for the same target at {at}, and it can be asked for again from {} on",
            at + COOL_DOWN
        ))
        .hint("ask the person what they want instead"))
    }

    /// A person who said no is not asked the same again and again, nor about hundreds of things.
    pub(super) async fn not_too_often(&self, ask: &Ask<'_>) -> Result<(), Error> {
        let minutes = i64::from(self.settings().plan_minutes);
        let since = Timestamp::now() - SignedDuration::from_mins(minutes);
        let (tenant, who, key) = (ask.tenant.key(), ask.caller.who.to_string(), ask.key.to_owned());
        let (open, rejected) =
            self.0.store.run(move |store| store.open_and_rejected(&tenant, &who, &key, since)).await?;
        if rejected {
            return Err(Error::not_allowed(format!(
                "a person rejected this very call within the last {minutes} minutes"
            ))
            .hint("ask them what they want instead"));
        }
        if open >= OPEN_PLANS {
            return Err(Error::not_allowed(format!(
                "{open} plans of yours wait for a person already, and no more are made"
            ))
            .hint("tell the person"));
        }
        Ok(())
    }

    pub(super) fn plan(
        &self,
        ask: &Ask<'_>,
        tool: Tool,
        draft: &Draft,
        job_write: Option<&JobWrite>,
        exact: &Value,
    ) -> Plan {
        let settings = &self.settings();
        // A person is told what was called, and what is sent for it.
        let called = job_write.map_or(tool, |job_write| job_write.job);
        let names = [tool.name(), called.name()];
        let required = quorum::requirement(draft.risk, &names, draft.reach.counted(), settings);
        Plan {
            title: draft.title(called),
            risk: draft.risk.as_str().to_owned(),
            targets: draft.targets.iter().map(|device| device.target.clone()).collect(),
            reach: draft.reach.clone(),
            basis: draft.basis.clone(),
            changes: draft.changes.clone(),
            references: draft.impact.references.clone(),
            not_checked: draft.impact.not_checked.clone(),
            warnings: draft.impact.warnings.clone(),
            undo: draft.undo.clone(),
            is_loss: draft.is_loss(tool),
            asks: draft.asks.clone(),
            confirmation: guard::confirmation(settings, draft),
            approvals_needed: required.people,
            second_minutes: required.second_minutes,
            takes_other_person: draft.takes_other_person(tool),
            delay_minutes: required.delay_minutes,
            window: draft.window.clone(),
            by_window: draft.by_window.clone(),
            ..self.blank_plan(ask, called, exact)
        }
        .sealed(exact)
    }

    /// A plan for a call of a tool with who asks for it, where and when, and nothing of what it does.
    pub(super) fn blank_plan(&self, ask: &Ask<'_>, called: Tool, exact: &Value) -> Plan {
        let now = Timestamp::now();
        let words =
            |text: Option<&str>| text.map(|text| text::quoted(text, 300).trim_matches('"').to_owned());
        Plan {
            id: random_id(),
            hash: String::new(),
            tenant: ask.tenant.name().to_owned(),
            tenant_url: ask.tenant.address().to_owned(),
            tenant_label: ask.tenant.label().map(str::to_owned),
            tool: called.name().to_owned(),
            title: String::new(),
            about: called.about().to_owned(),
            risk: called.risk().as_str().to_owned(),
            requester: Requester {
                who: ask.caller.who.to_string(),
                client: ask.caller.client.clone(),
                transport: ask.caller.transport.to_owned(),
            },
            reason: words(ask.reason),
            ticket: words(ask.ticket),
            arguments: render::redacted(exact),
            targets: Vec::new(),
            reach: Reach::default(),
            basis: Basis::default(),
            changes: Vec::new(),
            references: Vec::new(),
            not_checked: Vec::new(),
            warnings: Vec::new(),
            undo: Undo { possible: false, note: String::new() },
            is_loss: false,
            asks: Vec::new(),
            confirmation: Confirmation { what: String::new(), expected: String::new() },
            approvals_needed: 1,
            second_minutes: None,
            takes_other_person: false,
            delay_minutes: None,
            undoes: ask.undoes.map(str::to_owned),
            window: None,
            by_window: None,
            calls: Vec::new(),
            made: now,
            expires: now + SignedDuration::from_mins(i64::from(self.settings().plan_minutes)),
        }
    }

    /// A plan as its caller reads it: what it is, where it stands, and what is for a person to do.
    pub fn describe_plan(&self, plan_record: &PlanRecord) -> Value {
        status::describe(plan_record, &self.approval_ways(&plan_record.plan))
    }

    /// Where the person sees the secrets of a plan.
    pub fn secrets_place(&self, plan: &Plan) -> String {
        self.approval_ways(plan).see(plan)
    }

    /// The refusal of a call at a tenant that is on hold, with how a person releases it.
    pub fn refuse_on_hold(&self, hold: &Hold) -> Error {
        let page = self.0.page.address_now(self.0.store.state_folder());
        let terminal = passkeys::Passkeys::of(&self.0.store).is_ok_and(|known| !known.is_any());
        let ways = status::ApprovalWays { page, terminal, ..status::ApprovalWays::default() };
        Error::not_allowed(format!(
            "{} is on hold since {}: {}. Only reads are possible until a person releases it {}",
            hold.tenant,
            hold.since,
            hold.why,
            ways.release(hold.name())
        ))
    }

    /// Count a change without a plan.
    ///
    /// # Errors
    /// When the tenant is on hold, or is from now on.
    pub async fn admit_write(&self, tenant: &Reader, caller: &Caller) -> Result<(), Error> {
        let (tenant, who, settings) = (tenant.key(), caller.who.to_string(), self.settings());
        let held = self.0.store.run(move |store| store.admit_write(&tenant, &who, &settings)).await?;
        held.map_or(Ok(()), |hold| Err(self.refuse_on_hold(&hold)))
    }

    /// The ways of approving a plan that would be taken now.
    fn approval_ways(&self, plan: &Plan) -> status::ApprovalWays {
        let Ok(known) = passkeys::Passkeys::of(&self.0.store) else { return status::ApprovalWays::default() };
        status::ApprovalWays {
            page: self.0.page.address_now(self.0.store.state_folder()),
            takes_passkey: known.counting().next().is_some(),
            terminal: quorum::may(Means::Terminal, plan, &known, &self.settings()).is_ok(),
            elicitation: quorum::may(Means::Elicitation, plan, &known, &self.settings()).is_ok(),
        }
    }
}
