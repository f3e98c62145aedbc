//! Plans, for the caller that asked for them: how they stand, and applying one that a person approved.
//!
//! There is no tool that approves.

use super::{Builtin, BuiltinAnswer};
use crate::plan::WINDOW_TOOL;
use crate::registry::{SERVER, ToolDeclaration};
use schemars::JsonSchema;

/// Classes whose calls take plans.
const PLANNED: &[jamf_pro_tools::Risk] =
    &[jamf_pro_tools::Risk::Secret, jamf_pro_tools::Risk::Destructive, jamf_pro_tools::Risk::Critical];

pub(super) static PLAN_STATUS: Builtin = Builtin::new(
    ToolDeclaration::new::<Which>("plan_status", SERVER)
        .about("Tell how a plan stands, or all plans that you asked for and that are open: whether a person approved it, and what was done to which device.")
        .core(),
    |call| Box::pin(async move { Ok(BuiltinAnswer::TellPlans(call.arguments.text("plan").map(str::to_owned))) }),
)
.of_classes(PLANNED);

pub(super) static PLAN_APPLY: Builtin = Builtin::new(
    ToolDeclaration::new::<One>("plan_apply", SERVER)
        .title("Apply a plan")
        .about("Apply a plan that a person approved: once, to exactly what they saw. For one that nobody approved yet it answers the state, and nothing is sent.")
        .risk(jamf_pro_tools::Risk::Destructive)
        .core(),
    |call| {
    Box::pin(async move {
        Ok(BuiltinAnswer::ApplyPlan(call.arguments.text("plan").unwrap_or_default().to_owned()))
    })
},
)
.of_classes(PLANNED);

pub(super) static PLAN_WINDOW: Builtin = Builtin::new(
    ToolDeclaration::new::<Several>(WINDOW_TOOL, SERVER)
        .about("Ask a person once for several calls: one command on some devices or a group, or reads of secrets of one device, until a time. Then call the tool itself.")
        .risk(jamf_pro_tools::Risk::Destructive)
        .core(),
    |_| Box::pin(async move { Ok(BuiltinAnswer::OpenWindow) }),
)
.of_classes(PLANNED)
.of_tenant();

pub(super) static PLAN_CALLS: Builtin = Builtin::new(
    ToolDeclaration::new::<Calls>("plan_calls", SERVER)
        .title("Propose several calls as one plan")
        .about("Propose several calls as one plan, which a person approves as a whole: they are sent in order, and the first that fails ends it. No call uses what another creates.")
        .risk(jamf_pro_tools::Risk::Destructive)
        .core(),
    |_| Box::pin(async move { Ok(BuiltinAnswer::PlanCalls) }),
)
.of_classes(PLANNED)
.of_tenant();

/// Several calls.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct Calls {
    /// The calls in the order in which they are sent.
    #[schemars(length(min = 2, max = 10))]
    calls: Vec<OneCall>,
    /// Why, for the person who decides.
    #[schemars(length(min = 3, max = 500))]
    reason: String,
    /// Number of the change ticket, where one is asked for, as the person gave it.
    #[schemars(length(max = 64))]
    ticket: Option<String>,
}

/// One of several calls.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by its schema alone")]
struct OneCall {
    /// Name of the tool.
    #[schemars(length(min = 1, max = 64))]
    tool: String,
    /// Its arguments, as its own schema has them.
    arguments: super::gateway::Anything,
}

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
