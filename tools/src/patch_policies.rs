//! Patch policies: what brings a version of a patch title onto Macs, and how that went on each. The Jamf Pro API lists
//! them; one whole is read and changed in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, Rows, delete, get, post, put};
use crate::args::{Arguments, ById, History, Id, List, Partial, Update};
use crate::classic_scope::{ComputerTargets, Places, Target};
use crate::classic_shapes::{Icon, Notification};
use crate::effects::{Affects, COMPUTERS, Targets};

/// All actions on patch policies.
pub static ACTIONS: &[Action] = &[
    get::<List>("patch_policy_list", "/api/v2/patch-policies")
        .about("List patch policies with their version and how many Macs have it, wait for it, put it off or failed.")
        .asked(&["all patch policies", "patch policies and their versions"])
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
        ]),
    get::<List>("patch_policy_detail_list", "/api/v2/patch-policies/policy-details")
        .about("List patch policies with how they install: deadline, reminders, apps they quit, downgrades. Counts of Macs are in patch_policy_list.")
        .asked(&["which patch policies are on"])
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
        .title("Get whether a patch policy is on the dashboard")
        .about("Get whether a patch policy is shown on the dashboard of Jamf Pro.")
        .needs(&["Read Patch Policies"]),
    post::<ById>("patch_policy_dashboard_add", "/api/v2/patch-policies/{id}/dashboard")
        .title("Add a patch policy to the dashboard")
        .about("Show a patch policy on the dashboard of Jamf Pro; nothing else changes.")
        .needs(&["Read Patch Policies"])
        .affects(Affects::Nothing("it is shown on the dashboard of administrators, or no more")),
    delete::<ById>("patch_policy_dashboard_remove", "/api/v2/patch-policies/{id}/dashboard")
        .title("Remove a patch policy from the dashboard")
        .about("Take a patch policy off the dashboard of Jamf Pro; the policy stays.")
        .needs(&["Read Patch Policies"])
        .affects(Affects::Nothing("it is shown on the dashboard of administrators, or no more")),
    get::<History>("patch_policy_log_list", "/api/v2/patch-policies/{id}/logs")
        .about("List how a patch policy went on each Mac: pending, completed or failed, when, and at which attempt.")
        .asked(&["failed patches", "results of a patch policy"])
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
        .title("Get how many computers retry a patch policy")
        .about("Get on how many Macs patch_policy_log_retry_all would try a patch policy again.")
        .needs(&["Read Patch Policies"]),
    post::<Update<Retry>>("patch_policy_log_retry", "/api/v2/patch-policies/{id}/logs/retry")
        .title("Retry a patch policy on computers")
        .about("Let a patch policy that failed on some Macs try again there: they install the patch, and apps may be quit.")
        .asked(&["retry a failed patch", "try a failed patch again"])
        .needs(&["Update Patch Policies"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("body.deviceIds[]")])
        .runs(&[("id", "patch_policy_get")]),
    post::<ById>("patch_policy_log_retry_all", "/api/v2/patch-policies/{id}/logs/retry-all")
        .title("Retry a patch policy on all computers")
        .about("Let a patch policy try again on all Macs where it failed; patch_policy_retry_count_get says on how many.")
        .needs(&["Update Patch Policies"])
        .risk(Risk::Destructive)
        .affects(Affects::SwitchedScope(COMPUTERS))
        .runs(&[("id", "patch_policy_get")])
        .reads_before("patch_policy_get"),
    get::<PatchPolicyGet>("patch_policy_get", "/JSSResource/patchpolicies/id/{id}")
        .also(&["/JSSResource/patchpolicies/id/{id}/subset/{subset}"])
        .about("Get one patch policy: version, scope with exclusions, deadline, what users are told. How it went on each Mac is in patch_policy_log_list.")
        .asked(&["scope of a patch policy"])
        .probably_needs(&["Read Patch Policies"]),
    post::<PatchPolicyCreate>("patch_policy_create", "/JSSResource/patchpolicies/softwaretitleconfig/id/{title_id}")
        .about("Create a patch policy of a patch title; once enabled, Macs in its scope install that version, and apps may be quit. The version needs a package in the title.")
        .asked(&["patch Chrome automatically", "roll out a patch"])
        .creates()
        .probably_needs(&["Create Patch Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS))
        .xml("patch_policy"),
    put::<Update<Partial<PatchPolicy>>>("patch_policy_update", "/JSSResource/patchpolicies/id/{id}")
        .about("Change a patch policy. Sections left out stay; a scope that is given replaces the whole scope, exclusions included.")
        .asked(&["patch to the newest version of an app", "change the deadline of a patch policy", "widen a patch to more Macs", "new target version of a patch"])
        .probably_needs(&["Update Patch Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS))
        .xml("patch_policy"),
    delete::<ById>("patch_policy_delete", "/JSSResource/patchpolicies/id/{id}")
        .about("Delete a patch policy with its logs; Macs that have not installed the version yet do not get it by this policy.")
        .asked(&["remove a patch policy"])
        .created_by("patch_policy_create")
        .probably_needs(&["Delete Patch Policies"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::SwitchedScope(COMPUTERS)),
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

/// One patch policy, or a part of it.
#[derive(JsonSchema)]
pub struct PatchPolicyGet {
    /// Id of the patch policy, digits only.
    pub id: Id,
    /// A part of it.
    pub subset: Option<PatchPolicySubset>,
}
impl Arguments for PatchPolicyGet {}

/// A part of a patch policy.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PatchPolicySubset {
    General,
    Scope,
    UserInteraction,
}

/// Arguments of `patch_policy_create`.
#[derive(JsonSchema)]
pub struct PatchPolicyCreate {
    /// Id of the patch title that it belongs to, digits only.
    pub title_id: Id,
    /// The new patch policy.
    pub body: PatchPolicy,
}
impl Arguments for PatchPolicyCreate {}

/// A new patch policy. Apps to quit, restart and least macOS come with the version and cannot be set.
#[derive(JsonSchema)]
pub struct PatchPolicy {
    /// Which version, and how it is installed.
    pub general: PatchPolicyGeneral,
    /// The rest.
    #[schemars(flatten)]
    pub rest: PatchPolicyRest,
}

/// Which version a new patch policy installs, and how.
#[derive(JsonSchema)]
pub struct PatchPolicyGeneral {
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Whether Macs install it.
    pub enabled: Option<bool>,
    /// Version, as patch_title_definition_list writes it.
    #[schemars(length(min = 1))]
    pub target_version: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: Installation,
}

/// How a patch policy installs.
#[derive(JsonSchema)]
pub struct Installation {
    /// By itself, or by the user in Self Service.
    pub distribution_method: Option<PatchDistribution>,
    /// Also where a newer version is installed.
    pub allow_downgrade: Option<bool>,
    /// Also where the installed version is not known.
    pub patch_unknown: Option<bool>,
}

/// How a patch reaches Macs.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PatchDistribution {
    SelfService,
    Prompt,
}

/// What a patch policy has besides its general settings.
#[derive(JsonSchema)]
pub struct PatchPolicyRest {
    /// Which Macs it is for, and which not.
    pub scope: Option<PatchScope>,
    /// What users are told, and when it is enforced.
    pub user_interaction: Option<PatchInteraction>,
}

/// Which Macs a patch policy is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct PatchScope {
    /// Every computer; then no groups.
    pub all_computers: Option<bool>,
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Only for these of them.
    pub limitations: Option<PatchLimitations>,
    /// Whom it is kept from.
    pub exclusions: Option<PatchExclusions>,
}

/// Limits of the scope of a patch policy.
#[derive(JsonSchema)]
pub struct PatchLimitations {
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
    /// iBeacons.
    #[schemars(extend("x-item" = "ibeacon"))]
    pub ibeacons: Option<Vec<Target>>,
}

/// Exceptions from the scope of a patch policy.
#[derive(JsonSchema)]
pub struct PatchExclusions {
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
    /// iBeacons.
    #[schemars(extend("x-item" = "ibeacon"))]
    pub ibeacons: Option<Vec<Target>>,
}

/// What users read about a patch, and when it is enforced.
#[derive(JsonSchema)]
pub struct PatchInteraction {
    /// Words on the button.
    pub install_button_text: Option<String>,
    /// Description.
    pub self_service_description: Option<String>,
    /// Its icon.
    pub self_service_icon: Option<Icon>,
    /// What users are told.
    pub notifications: Option<PatchNotifications>,
    /// When it is enforced.
    pub deadlines: Option<PatchDeadline>,
    /// How long users have to quit apps.
    pub grace_period: Option<GracePeriod>,
}

/// What users read about a patch.
#[derive(JsonSchema)]
pub struct PatchNotifications {
    /// Tell them.
    pub notification_enabled: Option<bool>,
    /// Where.
    pub notification_type: Option<Notification>,
    /// Heading.
    pub notification_subject: Option<String>,
    /// Text.
    pub notification_message: Option<String>,
    /// How often again.
    pub reminders: Option<PatchReminders>,
}

/// How often users are told again.
#[derive(JsonSchema)]
pub struct PatchReminders {
    /// Tell them again.
    pub notification_reminders_enabled: Option<bool>,
    /// Every so many days.
    #[schemars(range(min = 1, max = 365))]
    pub notification_reminder_frequency: Option<u32>,
}

/// When a patch is enforced.
#[derive(JsonSchema)]
pub struct PatchDeadline {
    /// Enforce it.
    pub deadline_enabled: Option<bool>,
    /// Days after it is offered.
    #[schemars(range(min = 0, max = 365))]
    pub deadline_period: Option<u32>,
}

/// How long users have to quit apps.
#[derive(JsonSchema)]
pub struct GracePeriod {
    /// Minutes until apps are quit.
    #[schemars(range(min = 0))]
    pub grace_period_duration: Option<u32>,
    /// Heading of what users are told.
    pub notification_center_subject: Option<String>,
    /// What users are told; $APP_NAMES, $DELAY_MINUTES and $SOFTWARE_TITLE are filled in.
    pub message: Option<String>,
}
