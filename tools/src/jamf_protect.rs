//! Jamf Protect: the link to it, its plans, and the installation of its agent on Macs.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, Change, Create, Id, List, Note, Nothing, Pages, PlatformId};
use crate::effects::{A_NOTE, Affects, COMPUTERS, Targets};
use crate::joins::SITE;
use crate::secrets::Source;

/// All actions on Jamf Protect.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("jamf_protect_settings_get", "/api/v1/jamf-protect")
        .about("Get the link to Jamf Protect: its address, when plans were last synced, and whether the agent is installed by itself.")
        .asked(&["is Jamf Protect connected", "is Jamf Protect linked"])
        .needs(&["Read Jamf Protect Settings", "Read Jamf Protect Deployments"]),
    put::<Change<JamfProtectSettings>>("jamf_protect_settings_update", "/api/v1/jamf-protect")
        .about("Turn the automatic installation of Jamf Protect on or off; on, every Mac in scope of a plan's profile gets the agent.")
        .needs(&["Update Jamf Protect Settings"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(COMPUTERS)),
    post::<Create<JamfProtectRegistration>>("jamf_protect_registration_create", "/api/v1/jamf-protect/register")
        .about("Register a Jamf Protect tenant with Jamf Pro, by an API client made in Jamf Protect; jamf_protect_plan_sync then imports its plans.")
        .creates()
        .needs(&["Update Jamf Protect Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .secret(&[(&["body.password"], Source::Person)]),
    delete::<Nothing>("jamf_protect_registration_delete", "/api/v1/jamf-protect")
        .about("Delete the link to Jamf Protect: plans are no longer synced nor agents installed. Linking again needs its client's password.")
        .needs(&["Update Jamf Protect Settings"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS)),
    get::<Pages>("jamf_protect_plan_list", "/api/v1/jamf-protect/plans")
        .about("List the plans last synced from Jamf Protect, each with its configuration profile and scope.")
        .asked(&["which Jamf Protect plans are synced"])
        .needs(&["Read Jamf Protect Deployments"])
        .brief(&["uuid", "id", "name", "profileId", "profileName", "profileVersion", "scopeDescription"])
        .joins(&[SITE]),
    post::<Nothing>("jamf_protect_plan_sync", "/api/v1/jamf-protect/plans/sync")
        .title("Synchronize Jamf Protect plans")
        .about("Sync the plans from Jamf Protect: profiles of new ones are imported, and what changed in a plan can reach the Macs in its scope.")
        .asked(&["fetch Jamf Protect plans again"])
        .needs(&["Read Jamf Protect Settings"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    get::<JamfProtectTasks>("jamf_protect_deployment_task_list", "/api/v1/jamf-protect/deployments/{id}/tasks")
        .about("List how far the installation of the Jamf Protect agent is on each Mac of one plan. The status may be half an hour old.")
        .asked(&["Macs where Jamf Protect failed"])
        .needs(&["Read Jamf Protect Deployments"])
        .brief(&["id", "computerId", "computerName", "version", "updated", "status"])
        .filters(&["status", "updated", "version"])
        .sorts(&["status", "updated"]),
    post::<JamfProtectTaskRetry>("jamf_protect_deployment_task_retry", "/api/v1/jamf-protect/deployments/{id}/tasks/retry")
        .title("Retry Jamf Protect deployments")
        .about("Retry installations of the Jamf Protect agent, by the ids of their tasks; it only queues the install commands.")
        .needs(&["Jamf Protect Deployment Retry"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Tasks { ids: "body.ids[]", listed_by: "jamf_protect_deployment_task_list" }]),
    get::<Pages>("jamf_protect_history_list", "/api/v1/jamf-protect/history")
        .about("List who changed the link to Jamf Protect and when.")
        .needs(&["Read Jamf Protect Settings"])
        .brief(&["date", "username", "note", "details"]),
    post::<Create<Note>>("jamf_protect_history_note", "/api/v1/jamf-protect/history")
        .about("Write a note into the history of the link to Jamf Protect; nothing else changes.")
        .needs(&["Update Jamf Protect Settings"])
        .affects(A_NOTE),
];

/// Arguments of `jamf_protect_deployment_task_list`.
#[derive(JsonSchema)]
pub struct JamfProtectTasks {
    /// UUID of the deployment: `uuid` in jamf_protect_plan_list, not `id`.
    pub id: PlatformId,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for JamfProtectTasks {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `jamf_protect_deployment_task_retry`.
#[derive(JsonSchema)]
pub struct JamfProtectTaskRetry {
    /// UUID of the deployment: `uuid` in jamf_protect_plan_list, not `id`.
    pub id: PlatformId,
    /// Which tasks.
    pub body: JamfProtectTaskIds,
}
impl Arguments for JamfProtectTaskRetry {}

/// Tasks of a deployment.
#[derive(JsonSchema)]
pub struct JamfProtectTaskIds {
    /// Ids of the tasks, as jamf_protect_deployment_task_list gives them; not of the computers.
    #[schemars(length(min = 1, max = 200))]
    pub ids: Vec<Id>,
}

/// Settings of the link to Jamf Protect.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct JamfProtectSettings {
    /// Install the agent by itself on every Mac that gets a plan's profile.
    pub auto_install: Option<bool>,
}

/// A Jamf Protect tenant, and the API client that Jamf Pro uses there.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct JamfProtectRegistration {
    /// Address of its GraphQL API, such as `https://example.protect.jamfcloud.com/graphql`.
    #[schemars(length(min = 1))]
    pub protect_url: String,
    /// Id of the API client, from Jamf Protect.
    #[schemars(length(min = 1))]
    pub client_id: String,
    /// Password of the API client.
    pub password: String,
}
