//! Jamf Connect: the profiles that configure it, and the installation and updates of the app on Macs.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, get, post, put};
use crate::args::{Arguments, Create, Id, List, Note, Nothing, Pages, PlatformId};
use crate::effects::{A_NOTE, Affects, Targets};

/// All actions on Jamf Connect.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("jamf_connect_settings_get", "/api/v1/jamf-connect")
        .about("Get the settings of Jamf Connect that the API role may see; its profiles come from jamf_connect_profile_list.")
        .needs(&["Read Jamf Connect Settings", "Read Jamf Connect Deployments"]),
    get::<Pages>("jamf_connect_profile_list", "/api/v1/jamf-connect/config-profiles")
        .about("List the configuration profiles of Jamf Connect, each with the version of the app and how it is installed and updated.")
        .asked(&["which Jamf Connect versions go to Macs", "Jamf Connect versions on Macs"])
        .needs(&["Read Jamf Connect Deployments"])
        .brief(&["uuid", "profileId", "profileName", "profileScopeDescription", "version", "autoDeploymentType"]),
    put::<JamfConnectProfileUpdate>("jamf_connect_profile_update", "/api/v1/jamf-connect/config-profiles/{id}")
        .about("Replace which version of Jamf Connect the Macs in scope of a profile get and how it is updated; all but NONE installs it.")
        .reads_before("jamf_connect_profile_list")
        .asked(&["update Jamf Connect automatically", "update Jamf Connect on Macs"])
        .needs(&["Update Jamf Connect Deployments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::ConnectProfile),
    get::<JamfConnectTasks>("jamf_connect_deployment_task_list", "/api/v1/jamf-connect/deployments/{id}/tasks")
        .about("List how far the installation of Jamf Connect is on each Mac of one profile. The status may be half an hour old.")
        .asked(&["Macs where Jamf Connect failed"])
        .needs(&["Read Jamf Connect Deployments"])
        .brief(&["id", "computerId", "computerName", "version", "updated", "status"])
        .filters(&["status", "updated", "version"])
        .sorts(&["status", "updated"]),
    post::<JamfConnectTaskRetry>("jamf_connect_deployment_task_retry", "/api/v1/jamf-connect/deployments/{id}/tasks/retry")
        .title("Retry Jamf Connect deployments")
        .about("Retry installations of Jamf Connect, by the ids of their tasks; it only queues the install commands.")
        .needs(&["Jamf Connect Deployment Retry"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Tasks { ids: "body.ids[]", listed_by: "jamf_connect_deployment_task_list" }]),
    get::<Pages>("jamf_connect_history_list", "/api/v1/jamf-connect/history")
        .about("List who changed the settings of Jamf Connect and when.")
        .needs(&["Read Jamf Connect Settings"])
        .brief(&["date", "username", "note", "details"]),
    post::<Create<Note>>("jamf_connect_history_note", "/api/v1/jamf-connect/history")
        .about("Write a note into the history of Jamf Connect's settings; nothing else changes.")
        .needs(&["Update Jamf Connect Settings"])
        .affects(A_NOTE),
];

/// Arguments of `jamf_connect_profile_update`.
#[derive(JsonSchema)]
pub struct JamfConnectProfileUpdate {
    /// UUID of the profile: `uuid` in jamf_connect_profile_list.
    pub id: PlatformId,
    /// What to change it to.
    pub body: JamfConnectProfile,
}
impl Arguments for JamfConnectProfileUpdate {}

/// Arguments of `jamf_connect_deployment_task_list`.
#[derive(JsonSchema)]
pub struct JamfConnectTasks {
    /// UUID of the deployment: `uuid` in jamf_connect_profile_list.
    pub id: PlatformId,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for JamfConnectTasks {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `jamf_connect_deployment_task_retry`.
#[derive(JsonSchema)]
pub struct JamfConnectTaskRetry {
    /// UUID of the deployment: `uuid` in jamf_connect_profile_list.
    pub id: PlatformId,
    /// Which tasks.
    pub body: JamfConnectTaskIds,
}
impl Arguments for JamfConnectTaskRetry {}

/// Tasks of a deployment.
#[derive(JsonSchema)]
pub struct JamfConnectTaskIds {
    /// Ids of the tasks, as jamf_connect_deployment_task_list gives them; not of the computers.
    #[schemars(length(min = 1, max = 200))]
    pub ids: Vec<Id>,
}

/// Which version of Jamf Connect goes with a profile, and how it gets onto Macs.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct JamfConnectProfile {
    /// Version of the app to install, such as `2.45.1`, at least 2.3.0; ignored with NONE.
    pub version: Option<String>,
    /// What Jamf Pro installs: first installation alone, with patch or also minor updates, or nothing; NONE by default.
    pub auto_deployment_type: Option<JamfConnectDeployment>,
}

/// What Jamf Pro installs by itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum JamfConnectDeployment {
    PatchUpdates,
    MinorAndPatchUpdates,
    InitialInstallationOnly,
    None,
}
