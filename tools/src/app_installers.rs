//! App Installers: apps of the Jamf App Catalog that Jamf Pro installs on Macs and keeps up to date, without packages.
//!
//! Tenants without the Cloud Services Connection answer 403 to all of these.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, post, put};
use crate::args::{
    Arguments, ById, Change, Create, History, Id, IdOrNone, List, Name, Note, NoteOn, Nothing, Update,
};
use crate::effects::{A_NOTE, Affects, COMPUTERS, Targets};

/// All actions on App Installers.
pub static ACTIONS: &[Action] = &[
    get::<List>("app_installer_title_list", "/api/v1/app-installers/titles")
        .about("List the apps of the Jamf App Catalog that App Installers can deploy, with the newest version of each.")
        .asked(&["is this app in the Jamf App Catalog", "search the app catalog for Slack", "apps in Jamf's catalog"])
        .needs(&["Read Mac Applications"])
        .filters(&["id", "titleName", "publisher", "version"])
        .brief(&["id", "titleName", "publisher", "version", "bundleId"]),
    get::<TitleGet>("app_installer_title_get", "/api/v1/app-installers/titles/{id}")
        .about("Get one app of the Jamf App Catalog: architecture, least macOS, size, source, and whether it warns users before updating.")
        .needs(&["Read Mac Applications"]),
    get::<TitleVersions>("app_installer_title_version_list", "/api/v1/app-installers/titles/{id}/versions")
        .title("List the versions of an App Installer title")
        .about("List the versions of one app in the Jamf App Catalog, in order.")
        .asked(&["versions of an app in the catalog"])
        .needs(&["Read Mac Applications"])
        .brief(&["version", "mediaSourceType"]),
    get::<DeploymentList>("app_installer_deployment_list", "/api/v1/app-installers/deployments")
        .about("List App Installer deployments, on or off, with their smart groups and how many computers installed or failed.")
        .asked(&["which App Installers do we run", "apps patched by Jamf automatically", "apps that Jamf installs and updates by itself"])
        .needs(&["Read App Installers"])
        .brief(&["id", "name", "enabled", "app.deployedVersion", "smartGroup.name", "computerStatuses.installed", "computerStatuses.failed"]),
    get::<ById>("app_installer_deployment_get", "/api/v1/app-installers/deployments/{id}")
        .about("Get one App Installer deployment: app, version, smart group, how it updates and what it tells users.")
        .asked(&["which group gets this App Installer"])
        .needs(&["Read App Installers"]),
    post::<Create<AppInstallerDeployment>>("app_installer_deployment_create", "/api/v1/app-installers/deployments")
        .about("Create a deployment of an app from the Jamf App Catalog. If enabled, the app goes to the whole smart group, now or in Self Service.")
        .asked(&["roll out Zoom with App Installers", "deploy an app from the Jamf catalog", "keep Chrome or Zoom up to date automatically"])
        .needs(&["Create App Installers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::AppInstaller)
        .runs(&[("body.appTitleId", "app_installer_title_get")]),
    put::<Update<AppInstallerDeployment>>("app_installer_deployment_update", "/api/v1/app-installers/deployments/{id}")
        .about("Replace an App Installer deployment; fields left out are cleared. If enabled, the smart group gets the app as it now says.")
        .asked(&["change the target group of an App Installer"])
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::AppInstaller)
        .runs(&[("body.appTitleId", "app_installer_title_get")]),
    delete::<ById>("app_installer_deployment_delete", "/api/v1/app-installers/deployments/{id}")
        .about("Delete an App Installer deployment with its installation status; Jamf Pro no longer installs or updates the app there.")
        .needs(&["Delete App Installers"])
        .risk(Risk::Destructive)
        .affects(Affects::AppInstaller),
    post::<ById>("app_installer_deployment_version_update", "/api/v1/app-installers/deployments/{id}/version-update")
        .title("Update an App Installer deployment to the newest version")
        .about("Update a deployment to the app's newest version; every computer in its smart group then gets it. For manual updates.")
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .affects(Affects::AppInstaller)
        .runs(&[("id", "app_installer_deployment_get")]),
    get::<ById>("app_installer_deployment_summary_get", "/api/v1/app-installers/deployments/{id}/installation-summary")
        .about("Get how many computers of a deployment installed the app, failed, are busy, or do not qualify.")
        .asked(&["how many Macs have the catalog app installed", "progress of an App Installer"])
        .needs(&["Read App Installers"]),
    get::<DeploymentComputers>("app_installer_deployment_computer_list", "/api/v1/app-installers/deployments/{id}/computers")
        .title("List the computers of an App Installer deployment")
        .about("List the computers of a deployment with status, error, and whether a failed installation can be tried again.")
        .asked(&["which Macs failed the App Installer", "install status of a catalog app per Mac", "Macs on which an App Installer failed"])
        .needs(&["Read App Installers"])
        .brief(&["id", "computerName", "status", "error", "retryable"]),
    post::<Nothing>("app_installer_retry_all", "/api/v1/app-installers/deployments/computers/installation-retry")
        .title("Retry all failed App Installers")
        .about("Retry every failed installation of every deployment; app_installer_deployment_retry does so for one deployment.")
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    post::<ById>("app_installer_deployment_retry", "/api/v1/app-installers/deployments/{id}/computers/installation-retry")
        .title("Retry the failed installations of one App Installer")
        .about("Retry all failed installations of one deployment; app_installer_deployment_computer_retry does so on one computer.")
        .asked(&["try a failed App Installer again"])
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .affects(Affects::AppInstaller)
        .runs(&[("id", "app_installer_deployment_get")]),
    post::<ComputerOfDeployment>("app_installer_deployment_computer_retry", "/api/v1/app-installers/deployments/{id}/computers/{computerId}/installation-retry")
        .title("Retry an App Installer on one computer")
        .about("Retry the failed installation of one deployment on one computer.")
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .targets(&[Targets::Computers("computerId")])
        .runs(&[("id", "app_installer_deployment_get")]),
    post::<Nothing>("app_installer_deployment_export", "/api/v1/app-installers/deployments/export")
        .about("Export all App Installer deployments as CSV.")
        .needs(&["Read App Installers"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<History>("app_installer_deployment_history_list", "/api/v1/app-installers/deployments/{id}/history")
        .about("List who changed an App Installer deployment and when.")
        .needs(&["Read App Installers"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<NoteOn>("app_installer_deployment_history_note", "/api/v1/app-installers/deployments/{id}/history")
        .about("Write a note into the history of an App Installer deployment; nothing else changes.")
        .needs(&["Update App Installers"])
        .affects(A_NOTE),
    get::<Nothing>("app_installer_settings_get", "/api/v1/app-installers/global-settings")
        .about("Get the settings of all App Installer deployments: batches, hours of the day, and what users are told.")
        .needs(&["Read App Installers"]),
    put::<Change<AppInstallerSettings>>("app_installer_settings_update", "/api/v1/app-installers/global-settings")
        .about("Replace the settings of all App Installer deployments, on every Mac; fields left out are cleared, so send both sections whole.")
        .needs(&["Update App Installers"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    get::<Nothing>("app_installer_settings_defaults_get", "/api/v1/app-installers/global-settings/defaults/deployment-controls")
        .about("Get the batches and hours that apply where the App Installer settings say none.")
        .needs(&["Read App Installers"]),
    get::<List>("app_installer_settings_history_list", "/api/v1/app-installers/global-settings/history")
        .about("List who changed the settings of all App Installer deployments and when.")
        .needs(&["Read App Installers"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<Create<Note>>("app_installer_settings_history_note", "/api/v1/app-installers/global-settings/history")
        .about("Write a note into the history of the App Installer settings; nothing else changes.")
        .needs(&["Update App Installers"])
        .affects(A_NOTE),
];

/// Arguments of `app_installer_title_get`.
#[derive(JsonSchema)]
pub struct TitleGet {
    /// Id of the app in the Jamf App Catalog, such as `0B3`.
    pub id: Name,
    /// Version to notify about; the newest when left out.
    pub version: Option<String>,
}
impl Arguments for TitleGet {}

/// Arguments of `app_installer_title_version_list`.
#[derive(JsonSchema)]
pub struct TitleVersions {
    /// Id of the app in the Jamf App Catalog, such as `0B3`.
    pub id: Name,
    /// Only versions newer than this one.
    #[schemars(rename = "start-version")]
    pub start_version: Option<String>,
}
impl Arguments for TitleVersions {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `app_installer_deployment_list`.
#[derive(JsonSchema)]
pub struct DeploymentList {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: Option<u32>,
}
impl Arguments for DeploymentList {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `app_installer_deployment_computer_list`.
#[derive(JsonSchema)]
pub struct DeploymentComputers {
    /// Id of the deployment, digits only.
    pub id: Id,
}
impl Arguments for DeploymentComputers {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `app_installer_deployment_computer_retry`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerOfDeployment {
    /// Id of the deployment, digits only.
    pub id: Id,
    /// Id of the computer, from app_installer_deployment_computer_list.
    pub computer_id: Id,
}
impl Arguments for ComputerOfDeployment {}

/// An app for a smart group of computers, and how it gets there.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppInstallerDeployment {
    /// Name shown in Jamf Pro and Self Service.
    pub name: String,
    /// The smart group gets the app; while false nothing is installed or updated.
    pub enabled: Option<bool>,
    /// Id of the app, from app_installer_title_list, such as `0B3`.
    pub app_title_id: String,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
    /// Id of its category; -1 for none.
    pub category_id: Option<IdOrNone>,
    /// Id of the smart computer group that gets it; 1 is usually All Managed Clients, the whole fleet.
    pub smart_group_id: Option<Id>,
    /// Whether computers install it by themselves or users choose it in Self Service.
    pub deployment_type: DeploymentType,
    /// Whether new versions go out by themselves or wait for app_installer_deployment_version_update.
    pub update_behavior: UpdateBehavior,
    /// What users see before and after an update.
    pub notification_settings: Option<AppUpdateNotices>,
    /// How it looks in Self Service.
    pub self_service_settings: Option<AppInSelfService>,
    /// Also install the configuration profiles that Jamf has ready for the app.
    pub install_predefined_config_profiles: Option<bool>,
    /// Tell administrators of events such as a new version.
    pub trigger_admin_notifications: Option<bool>,
}

/// How an app gets on computers.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DeploymentType {
    InstallAutomatically,
    SelfService,
}

/// How new versions of an app get on computers.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UpdateBehavior {
    Automatic,
    Manual,
}

/// What users see before and after an update, and how long they can put it off.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppUpdateNotices {
    /// Message that an update is waiting.
    pub notification_message: Option<String>,
    /// Hours between two such messages.
    #[schemars(range(min = 0))]
    pub notification_interval: Option<i64>,
    /// Message that the app is about to be quit.
    pub deadline_message: Option<String>,
    /// Hours that a user can put the update off; then the app is quit.
    #[schemars(range(min = 0))]
    pub deadline: Option<i64>,
    /// Minutes to save work once the deadline has passed.
    #[schemars(range(min = 0))]
    pub quit_delay: Option<i64>,
    /// Message that the update is done.
    pub complete_message: Option<String>,
    /// Open the app again after the update.
    pub relaunch: Option<bool>,
    /// Show no messages at all.
    pub suppress: Option<bool>,
}

/// How an app looks in Self Service.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppInSelfService {
    /// Show it among the featured items.
    pub include_in_featured_category: Option<bool>,
    /// Show it among the items for compliance.
    pub include_in_compliance_category: Option<bool>,
    /// Users must see the description before they can install it.
    pub force_view_description: Option<bool>,
    /// Text that users read.
    pub description: Option<String>,
    /// Categories that it is shown in.
    pub categories: Option<Vec<SelfServiceCategory>>,
}

/// A category of Self Service.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SelfServiceCategory {
    /// Id of the category, digits only.
    pub id: Option<Id>,
    /// Feature the app within the category.
    pub featured: Option<bool>,
}

/// Settings of all App Installer deployments.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AppInstallerSettings {
    /// What users see, where a deployment says nothing else.
    pub end_user_experience_settings: Option<AppUpdateNotices>,
    /// When and how fast installations go out.
    pub deployment_process_controls: Option<DeploymentControls>,
}

/// When and how fast installations go out.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeploymentControls {
    /// Install commands a batch.
    #[schemars(range(min = 1))]
    pub commands_batch_size: Option<i64>,
    /// Minutes between batches.
    #[schemars(range(min = 10, max = 1440))]
    pub batch_frequency_in_minutes: Option<i64>,
    /// Days on which batches go out; every day when left out.
    pub days_of_week: Option<Vec<Weekday>>,
    /// Time of day from which batches go out, in UTC, such as `08:00:00Z`.
    pub from_time_of_day: Option<String>,
    /// Time of day until which batches go out, in UTC, such as `18:00:00Z`.
    pub to_time_of_day: Option<String>,
}

/// A day of the week.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}
