//! Standing approvals: a window is approved once, and approves each call that fits it. This is the rule for what fits; the window itself is
//! a plan, approved by a quorum.

use jamf_pro_tools::Risk;
use jiff::Timestamp;
use serde_json::Value;

use crate::os_user;
use crate::plan::{Plan, Target};
use crate::store::{PlanRecord, State};

/// Whether a window lets a call through, going by what was approved alone: its tool, its arguments, its devices.
pub fn covers(window: &PlanRecord, tool: &str, risk: Risk, exact: &Value, targets: &[&Target]) -> bool {
    let Some(open) = &window.plan.window else { return false };
    let mut given = exact.as_object().cloned().unwrap_or_default();
    given.remove("devices");
    // What a secret is read by is another argument for each tool; the device decides.
    let arguments = risk == Risk::Secret || window.exact == Value::Object(given);
    window.state == State::Approved
        && open.until > Timestamp::now()
        && open.tools.iter().any(|known| known == tool)
        && window.plan.risk() == risk
        && arguments
        && !targets.is_empty()
        && targets.iter().all(|target| window.plan.targets.iter().any(|known| known.is_same_device(target)))
}

/// Whether a plan that a window approved is one that it lets through.
pub fn approves(window: &PlanRecord, plan: &Plan, exact: &Value) -> bool {
    let targets: Vec<&Target> = plan.targets.iter().collect();
    plan.tenant_key() == window.plan.tenant_key()
        && (plan.requester.who == window.plan.requester.who
            || os_user::has_name(&window.plan.requester.who, &plan.requester.who))
        && plan.window.is_none()
        && covers(window, &plan.tool, plan.risk(), exact, &targets)
}
