//! Patch policies: what brings a version of a patch title onto Macs, and how that went on each.

use schemars::JsonSchema;

use crate::action::{Action, Risk, Rows, delete, get, post};
use crate::args::{Arguments, ById, History, Id, List, Update};

/// All actions on patch policies.
pub static ACTIONS: &[Action] = &[
    get::<List>("patch_policy_list", "/api/v2/patch-policies")
        .about("List patch policies with their version and how many Macs have it, wait for it, put it off or failed.")
        .needs(&["Read Patch Policies"])
        .brief(&["id", "policyName", "policyEnabled", "softwareTitle", "policyTargetVersion", "pending", "failed"])
        .filters(&[
            "id",
            "policyName",
            "policyEnabled",
            "policyTargetVersion",
            "policyDeploymentMethod",
            "softwareTitle",
            "softwareTitleConfigurationId",
            "pending",
            "completed",
            "deferred",
            "failed",
        ])
        .core(),
    get::<List>("patch_policy_detail_list", "/api/v2/patch-policies/policy-details")
        .about("List patch policies with how they install: deadline, reminders, apps they quit, downgrades. Counts of Macs are in patch_policy_list.")
        .needs(&["Read Patch Policies"])
        .brief(&["id", "name", "enabled", "softwareTitleConfigurationId", "targetPatchVersion", "deploymentMethod"])
        .filters(&[
            "id",
            "name",
            "enabled",
            "targetPatchVersion",
            "deploymentMethod",
            "softwareTitleId",
            "softwareTitleConfigurationId",
            "killAppsDelayMinutes",
            "killAppsMessage",
            "isDowngrade",
            "isPatchUnknownVersion",
            "notificationHeader",
            "selfServiceEnforceDeadline",
            "selfServiceDeadline",
            "installButtonText",
            "selfServiceDescription",
            "iconId",
            "reminderFrequency",
            "reminderEnabled",
        ]),
    get::<ById>("patch_policy_dashboard_get", "/api/v2/patch-policies/{id}/dashboard")
        .about("Get whether a patch policy is shown on the dashboard of Jamf Pro.")
        .needs(&["Read Patch Policies"]),
    post::<ById>("patch_policy_dashboard_add", "/api/v2/patch-policies/{id}/dashboard")
        .about("Show a patch policy on the dashboard of Jamf Pro; nothing else changes.")
        .needs(&["Read Patch Policies"]),
    delete::<ById>("patch_policy_dashboard_remove", "/api/v2/patch-policies/{id}/dashboard")
        .about("Take a patch policy off the dashboard of Jamf Pro; the policy stays.")
        .needs(&["Read Patch Policies"]),
    get::<History>("patch_policy_log_list", "/api/v2/patch-policies/{id}/logs")
        .about("List how a patch policy went on each Mac: pending, completed or failed, when, and at which attempt.")
        .needs(&["Read Patch Policies"])
        .brief(&["deviceId", "deviceName", "statusEnum", "statusDate", "attemptNumber"])
        .filters(&["deviceId", "deviceName", "statusCode", "statusDate", "attemptNumber", "ignoredForPatchPolicyId"]),
    get::<LogOf>("patch_policy_log_get", "/api/v2/patch-policies/{id}/logs/{deviceId}")
        .about("Get how a patch policy went on one Mac; patch_policy_log_detail_list says what each attempt did.")
        .needs(&["Read Patch Policies"]),
    get::<LogDetailsOf>("patch_policy_log_detail_list", "/api/v2/patch-policies/{id}/logs/{deviceId}/details")
        .about("List what each attempt of a patch policy did on one Mac, step by step.")
        .needs(&["Read Patch Policies"])
        .brief(&["id", "attemptNumber", "deviceId", "actions"]),
    get::<ById>("patch_policy_retry_count_get", "/api/v2/patch-policies/{id}/logs/eligible-retry-count")
        .about("Get on how many Macs patch_policy_log_retry_all would try a patch policy again.")
        .needs(&["Read Patch Policies"]),
    post::<Update<Retry>>("patch_policy_log_retry", "/api/v2/patch-policies/{id}/logs/retry")
        .about("Let a patch policy that failed on some Macs try again there: they install the patch, and apps may be quit.")
        .needs(&["Update Patch Policies"])
        .risk(Risk::Destructive),
    post::<ById>("patch_policy_log_retry_all", "/api/v2/patch-policies/{id}/logs/retry-all")
        .about("Let a patch policy try again on all Macs where it failed; patch_policy_retry_count_get says on how many.")
        .needs(&["Update Patch Policies"])
        .risk(Risk::Destructive),
];

/// Arguments of `patch_policy_log_get`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LogOf {
    /// Id of the patch policy, digits only.
    pub id: Id,
    /// Id of the computer, digits only.
    pub device_id: Id,
}
impl Arguments for LogOf {}

/// Arguments of `patch_policy_log_detail_list`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LogDetailsOf {
    /// Id of the patch policy, digits only.
    pub id: Id,
    /// Id of the computer, digits only.
    pub device_id: Id,
}
impl Arguments for LogDetailsOf {
    const ROWS: Rows = Rows::Whole;
}

/// Where a patch policy tries again.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Retry {
    /// Ids of the computers, digits only; one that is not known makes Jamf answer 500.
    #[schemars(length(min = 1, max = 1000))]
    pub device_ids: Vec<Id>,
}
