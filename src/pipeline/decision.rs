//! Decisions on plans that the client asks its person for.

use std::time::Duration;

use super::{Pipeline, write_down};
use crate::approvals::quorum::{self, Decision};
use crate::approvals::records;
use crate::audit::Record;
use crate::call::Caller;
use crate::error::Error;
use crate::store::{Means, PlanRecord, Verdict};

impl Pipeline {
    /// Store the decision of the person at the client on a plan. It is recorded first; a decision that is not recorded is void.
    ///
    /// # Errors
    /// Why the decision does not count.
    pub async fn decide_at_client(
        &self,
        plan_record: &PlanRecord,
        verdict: Verdict,
        typed: &str,
        caller: &Caller,
        took: Duration,
    ) -> Result<(), Error> {
        let plan = &plan_record.plan;
        let (_, audit) = self
            .0
            .tenants
            .get(&plan.tenant)
            .ok_or_else(|| Error::internal("the tenant of the plan is gone"))?;
        // Nobody reads and types within a second; a client that answers by itself does.
        let quick = if took < Duration::from_secs(1) { ", SUSPICIOUSLY QUICKLY" } else { "" };
        let phase = if verdict == Verdict::Approve { "approved" } else { "rejected" };
        let how = format!("by a question of the client, after {} ms{quick}", took.as_millis());
        let record = Record {
            client: caller.client.clone(),
            transport: caller.transport.to_owned(),
            session: caller.session.as_deref().map(str::to_owned),
            approvers: vec![format!("{} by elicitation", caller.who)],
            ..records::of_decision(plan_record, &caller.who, phase, how)
        };
        write_down(audit, record).await?;
        let decision = Decision {
            means: Means::Elicitation,
            credential: format!(
                "elicitation:{}:{}",
                caller.who,
                caller.client.as_deref().unwrap_or_default()
            ),
            approver: caller.who.to_string(),
            verdict,
            // The call that asked is made again at once.
            runs: false,
            typed: typed.to_owned(),
            note: None,
            proof: None,
            hash: plan.hash.clone(),
            answers: std::collections::BTreeMap::new(),
        };
        let (settings, id) = (self.0.gate.settings(), plan.id.clone());
        self.0
            .gate
            .store()
            .run(move |store| quorum::decide(store, &settings, &id, decision))
            .await
            .map(|_| ())
    }
}
