//! Plans that people approved with *Approve and run* are carried out by a process that serves their tenant, without their caller. It takes the
//! way of `plan_apply`; the claim in the store lets one process do it, and another one go on where that one ended.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Pipeline, Waiting, registry};
use crate::call::Caller;
use crate::error::{Error, Kind};
use crate::plan::Plan;
use crate::store::PlanRecord;

/// How often the store is asked.
const LOOKS_AGAIN: Duration = Duration::from_millis(700);

/// The first and the longest time until a plan is tried again that could not be carried out.
const PAUSE: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// When a plan is tried again.
struct Attempt {
    next: Instant,
    pause: Duration,
}

/// What came of an attempt; nothing where it needs no further one.
type AttemptResult = (String, Option<Error>);

impl Pipeline {
    /// Carry out what people approved to be run, until `shutdown` fires. What was begun goes on.
    pub async fn run_approved(&self, shutdown: CancellationToken) {
        let tenants: Vec<String> = self.tenants().map(jamf_pro_client::Reader::key).collect();
        let served = tenants.clone();
        if let Err(error) = self.gate().store().run(move |store| store.serve_tenants(&served)).await {
            tracing::error!(%error, "it could not be noted which tenants this process serves");
        }
        let (mut running, mut attempts) =
            (JoinSet::<AttemptResult>::new(), HashMap::<String, Attempt>::new());
        let mut look = tokio::time::interval(LOOKS_AGAIN);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut at_work: Vec<String> = Vec::new();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(ended) = running.join_next(), if !running.is_empty() => {
                    let Ok((id, failure)) = ended else { at_work.clear(); continue };
                    at_work.retain(|one| *one != id);
                    match failure {
                        None => { attempts.remove(&id); }
                        Some(error) => self.note_failure(id, &error, &mut attempts).await,
                    }
                }
                _ = look.tick() => {
                    let is_due = |id: &String| attempts.get(id).is_none_or(|attempt| attempt.next <= Instant::now());
                    for plan_record in self.plans_to_run(&tenants).await {
                        let id = plan_record.plan.id.clone();
                        if !at_work.contains(&id) && is_due(&id) && self.could_run(&plan_record) {
                            at_work.push(id.clone());
                            let pipeline = self.clone();
                            running.spawn(async move { pipeline.run_one(plan_record).await });
                        }
                    }
                }
            }
        }
        // What has been begun goes on in tasks of its own; see `run_detached`.
        running.detach_all();
    }

    async fn plans_to_run(&self, tenants: &[String]) -> Vec<PlanRecord> {
        let mut found = Vec::new();
        for tenant in tenants {
            let tenant = tenant.clone();
            match self.gate().store().run(move |store| store.plans_to_run(&tenant)).await {
                Ok(plans) => found.extend(plans),
                Err(error) => tracing::debug!(%error, "what is to be carried out could not be read"),
            }
        }
        found
    }

    /// Whether this process may call the tool at all. Another one may, and nobody asked this one, so nothing is said of it.
    fn could_run(&self, plan_record: &PlanRecord) -> bool {
        let plan = &plan_record.plan;
        let calls = if plan.calls.is_empty() { std::slice::from_ref(plan) } else { plan.calls.as_slice() };
        let could_call = |call: &Plan| {
            let tool = registry().find(&call.tool);
            tool.is_some_and(|tool| self.gate().judge(tool, &self.surface(), &plan.tenant).is_ok())
        };
        calls.iter().all(could_call)
            && self.gate().check_writes_possible(&plan.tenant, plan.ticket.as_deref()).is_ok()
    }

    async fn run_one(&self, plan_record: PlanRecord) -> AttemptResult {
        let plan = &plan_record.plan;
        let id = plan.id.clone();
        let caller = Caller {
            who: plan.requester.who.as_str().into(),
            client: plan.requester.client.clone(),
            transport: "server",
            session: None,
        };
        let result = Box::pin(self.apply_plan(&id, &caller, &Waiting::default())).await;
        let failure = result.err();
        match &failure {
            Some(error) => tracing::info!(plan = id, %error, "an approved plan could not be carried out"),
            None => tracing::info!(plan = id, "an approved plan was carried out"),
        }
        (id, failure)
    }

    /// Note why a plan was not carried out, and when it is tried again. What is over by now is not.
    async fn note_failure(&self, id: String, error: &Error, attempts: &mut HashMap<String, Attempt>) {
        let attempt = attempts.entry(id.clone()).or_insert(Attempt { next: Instant::now(), pause: PAUSE });
        attempt.next = Instant::now() + attempt.pause;
        attempt.pause = (attempt.pause * 2).min(LONGEST_PAUSE);
        let hint = if error.kind() == Kind::NotAllowed { "" } else { " It is tried again" };
        let why = format!("it could not be carried out yet: {error}.{hint}");
        if let Err(error) = self.gate().store().run(move |store| store.note_attempt(&id, &why)).await {
            tracing::debug!(%error, "why a plan waits could not be noted");
        }
    }
}
