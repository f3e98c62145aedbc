//! Plans, for the caller that asked for them: how they stand, and applying one that a person approved.
//!
//! There is no tool that approves.

use schemars::JsonSchema;
use serde_json::json;

use super::{Asked, Own};
use crate::calls::Calls;
use crate::error::Error;
use crate::store::Filter;

/// Classes whose calls take plans.
const PLANNED: &[jamf_pro_tools::Risk] =
    &[jamf_pro_tools::Risk::Secret, jamf_pro_tools::Risk::Destructive, jamf_pro_tools::Risk::Critical];

/// Plans that are told of at once.
const MOST: u32 = 20;

pub(super) const PLAN_STATUS: Own =
    Own::new::<Which>("plan_status", |calls, asked| Box::pin(async move { status(calls, asked).await }))
        .about("Tell how a plan stands, or all plans that you asked for and that are open: whether a person approved it, and what was done to which device.")
        .of_classes(PLANNED)
        .core();

pub(super) const PLAN_APPLY: Own = Own::new::<One>("plan_apply", |calls, asked| {
    Box::pin(async move { calls.apply_plan(asked.arguments.text("plan").unwrap_or_default(), asked).await })
})
.about("Apply a plan that a person approved: once, to exactly what they saw. One that nobody approved yet is told of, and nothing is sent.")
.risk(jamf_pro_tools::Risk::Destructive)
.of_classes(PLANNED)
.core();

pub(super) const PLAN_WINDOW: Own = Own::new::<Several>(crate::plan::WINDOW_TOOL, |calls, asked| {
    Box::pin(async move { calls.plan_window(asked).await })
})
.about("Ask a person once for several calls: one command on some devices or a group, or reads of secrets of one device, until a time. Then call the tool itself.")
.risk(jamf_pro_tools::Risk::Destructive)
.of_classes(PLANNED)
.of_tenant()
.core();

/// What may be called several times.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Several {
    /// One command such as device_restart, or tools that reveal secrets such as computer_filevault_get.
    #[schemars(length(min = 1, max = 10))]
    tools: Vec<String>,
    /// Arguments of the command without its devices, as each call will have them.
    arguments: Option<super::gateway::Anything>,
    /// Devices by serial number, name or id; one for secrets.
    #[schemars(length(min = 1, max = 200))]
    devices: Option<Vec<String>>,
    /// Exact name or id of a group instead: its members as of now.
    #[schemars(length(min = 1, max = 255))]
    group: Option<String>,
    /// How long, in minutes.
    #[schemars(range(min = 1, max = 1440))]
    minutes: u32,
    /// How many devices in all, or reads of secrets; all devices, or 3 reads, by default.
    #[schemars(range(min = 1, max = 10000))]
    at_most: Option<u32>,
    /// Why, for the person who decides.
    #[schemars(length(min = 3, max = 500))]
    reason: String,
    /// Number of the change ticket, where one is asked for, as the person gave it.
    #[schemars(length(max = 64))]
    ticket: Option<String>,
}

/// Which plan.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Which {
    /// Id of the plan; all that are open by default.
    #[schemars(length(min = 1, max = 64))]
    plan: Option<String>,
}

/// One plan.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct One {
    /// Id of the plan, as the call that it is for answered.
    #[schemars(length(min = 1, max = 64))]
    plan: String,
}

async fn status(calls: &Calls, asked: &Asked<'_>) -> Result<String, Error> {
    if let Some(id) = asked.arguments.text("plan") {
        return Ok(calls.plan_told(&calls.plan(id, asked).await?, asked.waiting).to_string());
    }
    let filter =
        Filter { who: Some(asked.caller.who.to_string()), open: true, most: MOST, ..Filter::default() };
    let plans = calls.gate().store().run(move |store| store.plans(&filter)).await?;
    let told: Vec<_> = plans.iter().map(|filed| calls.plan_told(filed, asked.waiting)).collect();
    Ok(json!({ "open": told.len(), "plans": told }).to_string())
}
