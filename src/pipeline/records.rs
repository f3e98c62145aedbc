//! Records of calls for the audit log: what is written down before a call that is not a read, and after it.

use jamf_pro_client::outcome::Outcome;
use jamf_pro_tools::Risk;
use serde_json::{Map, Value, json};

use super::execute::Finished;
use super::resolve::Purpose;
use crate::audit::{Audit, Record};
use crate::call::Caller;
use crate::error::Error;
use crate::registry::Tool;
use crate::render;
use crate::sanitize::secrets;
use crate::store::PlanRecord;

/// The record of a call, without its phase. Secrets are left out of its arguments.
pub(super) fn record_of(
    tool: Tool,
    risk: Risk,
    arguments: &Map<String, Value>,
    tenant: &str,
    caller: &Caller,
    purpose: &Purpose,
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
        ticket: purpose.ticket.clone(),
        reason: purpose.reason.clone(),
        ..Record::default()
    }
}

/// Write down what came of a call. That it cannot be written changes nothing any more, so it is told to the operator alone.
pub(super) async fn note_outcome(audit: &Audit, record: Record, finished: &Finished) {
    let said = match &finished.result {
        Ok(response) => secrets::left_out(&response.clone().into_text()).chars().take(200).collect(),
        Err(error) => secrets::left_out(&error.to_string()).into_owned(),
    };
    note_outcome_in_words(audit, record, finished.outcome, said).await;
}

/// The same in words that hold no secret.
pub(super) async fn note_outcome_in_words(audit: &Audit, record: Record, outcome: Outcome, said: String) {
    let outcome = Some(outcome.to_string());
    let record = Record { phase: "outcome".to_owned(), outcome, result: Some(said), ..record };
    if let Err(error) = write_down(audit, record).await {
        tracing::error!(%error, "the outcome of a call could not be recorded");
    }
}

/// The log waits for the disk, which a thread of the runtime should not.
pub(super) async fn write_down(audit: &Audit, record: Record) -> Result<(), Error> {
    let audit = audit.clone();
    let written = tokio::task::spawn_blocking(move || audit.record(&record)).await;
    written
        .unwrap_or_else(|error| Err(Error::internal(format!("the audit log failed unexpectedly: {error}"))))
}

/// The record of a step of a plan.
pub(super) fn of_plan(record: Record, plan_record: &PlanRecord, phase: &str) -> Record {
    let approvers = plan_record.approvals.iter().map(|approval| {
        format!("{} {} by {}", approval.approver, approval.verdict.as_str(), approval.means.as_str())
    });
    let mut arguments = record.arguments;
    if let (Some(map), Some(mark)) = (arguments.as_object_mut(), &plan_record.plan.basis.payload) {
        // What goes along is no argument: a digest of the file, or a mark of the payload.
        map.insert("content".to_owned(), json!(mark));
    }
    let by_window = plan_record.plan.by_window.iter().map(|id| format!("window {id}"));
    Record {
        phase: phase.to_owned(),
        plan: Some(format!("{} {}", plan_record.plan.id, plan_record.plan.hash)),
        approvers: approvers.chain(by_window).collect(),
        targets: plan_record
            .plan
            .targets
            .iter()
            .map(|target| format!("{}:{} {}", target.kind, target.id, target.serial))
            .collect(),
        arguments,
        ..record
    }
}
