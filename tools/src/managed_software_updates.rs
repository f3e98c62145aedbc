//! Managed software updates: plans that bring devices to a version of macOS, iOS or tvOS, and how far each device is.

use schemars::JsonSchema;

use crate::action::{Action, Risk, Rows, get, post, put};
use crate::args::{Arguments, Change, Create, Id, List, Nothing, PlatformId};
use crate::effects::{ALL_DEVICES, Affects, Targets};

/// What a plan for devices takes, as Jamf's document names it.
const CREATE: &[&str] = &[
    "Create Managed Software Updates",
    "Read Computers",
    "Read Mobile Devices",
    "Send Computer Remote Command to Download and Install OS X Update",
    "Send Mobile Device Remote Command to Download and Install iOS Update",
];
const TOGGLE: &[&str] =
    &["Read Managed Software Updates", "Create Managed Software Updates", "Update Managed Software Updates"];
const BRIEF: &[&str] = &[
    "planUuid",
    "device.deviceId",
    "device.objectType",
    "updateAction",
    "specificVersion",
    "status.state",
    "status.errorReasons",
];
const STATUS: &[&str] =
    &["device.deviceId", "device.objectType", "productKey", "status", "downloadPercentComplete", "updated"];

/// All actions on managed software updates.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("available_update_get", "/api/v1/managed-software-updates/available-updates")
        .about("Get the versions of macOS and iOS that Apple offers for update plans, the newest first.")
        .asked(&["newest macOS that Apple offers", "which iOS versions can we push", "newest macOS and iOS versions"])
        .needs_none(),
    get::<List>("managed_software_update_plan_list", "/api/v1/managed-software-updates/plans")
        .about("List update plans, one a device, with their state and why they failed. Answers 503 while update plans are turned off.")
        .asked(&["which OS updates are running", "failed update plans", "planned OS updates"])
        .needs(&["Read Managed Software Updates", "Read Computers", "Read Mobile Devices"])
        .filters(&[
            "planUuid",
            "device.deviceId",
            "device.objectType",
            "updateAction",
            "versionType",
            "specificVersion",
            "maxDeferrals",
            "recipeId",
            "forceInstallLocalDateTime",
            "state",
        ])
        .brief(BRIEF)
        .core(),
    get::<PlanOf>("managed_software_update_plan_get", "/api/v1/managed-software-updates/plans/{id}")
        .about("Get one update plan with its state and why it failed; managed_software_update_plan_events_get tells its steps.")
        .asked(&["state of one OS update plan", "one OS update plan"])
        .needs(&["Read Managed Software Updates", "Read Computers", "Read Mobile Devices"]),
    get::<PlansOfGroup>("managed_software_update_plan_list_of_group", "/api/v1/managed-software-updates/plans/group/{id}")
        .title("List the OS update plans of a group")
        .about("List the update plans of the devices of one group, with their state and why they failed.")
        .asked(&["update progress of a group"])
        .needs(&[
            "Read Managed Software Updates",
            "Read Computers",
            "Read Smart Computer Groups",
            "Read Static Computer Groups",
            "Read Mobile Devices",
            "Read Smart Mobile Device Groups",
            "Read Static Mobile Device Groups",
        ])
        .brief(BRIEF),
    get::<PlanOf>("managed_software_update_plan_events_get", "/api/v1/managed-software-updates/plans/{id}/events")
        .about("Get everything that happened to one update plan so far, as JSON text: commands sent, answers, errors.")
        .asked(&["why is this OS update stuck", "steps of one OS update"])
        .needs(&["Read Managed Software Updates", "Read Computers", "Read Mobile Devices"])
        .since("11.7"),
    get::<DeclarationsOf>("managed_software_update_plan_declaration_list", "/api/v1/managed-software-updates/plans/{id}/declarations")
        .about("List the declarations by which one update plan reaches its device, with their payloads as JSON text.")
        .needs(&["Read Managed Software Updates", "Read Computers", "Read Mobile Devices"])
        .brief(&["uuid", "type", "group", "payloadJson"])
        .since("11.7"),
    post::<Create<NewPlan>>("managed_software_update_plan_create", "/api/v1/managed-software-updates/plans")
        .title("Plan OS updates for devices")
        .about("Create update plans for the devices named: they download, install and perhaps restart. A plan cannot be called off singly. Answers the plan ids.")
        .asked(&["update this Mac to the latest macOS", "force an iOS update by a deadline", "upgrade devices to a version", "update a Mac to a newer macOS", "force an iOS update by a date"])
        .needs(CREATE)
        .risk(Risk::Destructive)
        .targets(&[Targets::IdsWithKind { ids: "body.devices[].deviceId", kinds: "body.devices[].objectType" }]),
    post::<Create<NewGroupPlan>>("managed_software_update_plan_create_for_group", "/api/v1/managed-software-updates/plans/group")
        .title("Plan OS updates for a group")
        .about("Create an update plan for every device that is in a group now: all of them download, install and perhaps restart. Look at the group's size first.")
        .asked(&["update a whole smart group to the newest macOS", "update all devices of a group"])
        .needs(&[
            "Create Managed Software Updates",
            "Read Computers",
            "Read Mobile Devices",
            "Read Smart Computer Groups",
            "Read Static Computer Groups",
            "Read Smart Mobile Device Groups",
            "Read Static Mobile Device Groups",
            "Send Computer Remote Command to Download and Install OS X Update",
            "Send Mobile Device Remote Command to Download and Install iOS Update",
        ])
        .risk(Risk::Destructive)
        .targets(&[Targets::GroupWithKind { id: "body.group.groupId", kind: "body.group.objectType" }]),
    get::<Nothing>("managed_software_update_toggle_get", "/api/v1/managed-software-updates/plans/feature-toggle")
        .title("Get whether managed software updates are on")
        .about("Get whether update plans are turned on in this tenant, and what they can do.")
        .asked(&["is managed software updates turned on", "are the new OS updates on"])
        .needs(&["Read Managed Software Updates"]),
    put::<Change<Toggle>>("managed_software_update_toggle_update", "/api/v1/managed-software-updates/plans/feature-toggle")
        .title("Switch managed software updates on or off")
        .about("Turn update plans on or off for the whole tenant; either way every plan that there is gets dropped. Goes on in the background.")
        .asked(&["turn the new OS updates on or off"])
        .needs(TOGGLE)
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Nothing>("managed_software_update_toggle_status_get", "/api/v1/managed-software-updates/plans/feature-toggle/status")
        .title("Get the progress of switching managed software updates")
        .about("Get how far turning update plans on or off is, and how it ended the last time.")
        .needs(&["Read Managed Software Updates"])
        .since("11.7"),
    post::<Nothing>("managed_software_update_toggle_abandon", "/api/v1/managed-software-updates/plans/feature-toggle/abandon")
        .title("Stop switching managed software updates")
        .about("Break off turning update plans on or off when it hangs for good; Jamf supports it for nothing else.")
        .reads_before("managed_software_update_toggle_get")
        .asked(&["stuck while switching the new OS updates"])
        .needs(TOGGLE)
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
        .since("11.7"),
    get::<Statuses>("os_update_status_list", "/api/v1/managed-software-updates/update-statuses")
        .title("List the OS update status of all devices")
        .about("List how far devices are with an OS update that was ordered: downloading, installing, put off, failed. Plans: managed_software_update_plan_list.")
        .asked(&["download progress of OS updates", "progress of OS downloads"])
        .needs(&["Read Computers", "Read Mobile Devices"])
        .filters(&[
            "osUpdatesStatusId",
            "device.deviceId",
            "device.objectType",
            "downloaded",
            "downloadPercentComplete",
            "productKey",
            "status",
            "deferralsRemaining",
            "maxDeferrals",
            "nextScheduledInstall",
            "created",
            "updated",
        ])
        .brief(STATUS),
    get::<StatusesOf>("os_update_status_list_of_computer", "/api/v1/managed-software-updates/update-statuses/computers/{id}")
        .title("List the OS update status of a computer")
        .about("List how far one computer is with OS updates that were ordered.")
        .needs(&["Read Computers"])
        .brief(STATUS),
    get::<StatusesOf>("os_update_status_list_of_computer_group", "/api/v1/managed-software-updates/update-statuses/computer-groups/{id}")
        .title("List the OS update status of a computer group")
        .about("List how far the computers of one group are with OS updates that were ordered.")
        .needs(&["Read Computers", "Read Smart Computer Groups", "Read Static Computer Groups"])
        .brief(STATUS),
    get::<StatusesOf>("os_update_status_list_of_mobile_device", "/api/v1/managed-software-updates/update-statuses/mobile-devices/{id}")
        .title("List the OS update status of a mobile device")
        .about("List how far one mobile device is with OS updates that were ordered.")
        .needs(&["Read Mobile Devices"])
        .brief(STATUS),
    get::<StatusesOf>("os_update_status_list_of_mobile_group", "/api/v1/managed-software-updates/update-statuses/mobile-device-groups/{id}")
        .title("List the OS update status of a mobile device group")
        .about("List how far the mobile devices of one group are with OS updates that were ordered.")
        .needs(&["Read Mobile Devices", "Read Smart Mobile Device Groups", "Read Static Mobile Device Groups"])
        .brief(STATUS),
];

/// One update plan.
#[derive(JsonSchema)]
pub struct PlanOf {
    /// UUID of the plan; managed_software_update_plan_list has it as planUuid.
    pub id: PlatformId,
}
impl Arguments for PlanOf {}

/// Arguments of `managed_software_update_plan_declaration_list`.
#[derive(JsonSchema)]
pub struct DeclarationsOf {
    /// UUID of the plan; managed_software_update_plan_list has it as planUuid.
    pub id: PlatformId,
}
impl Arguments for DeclarationsOf {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `managed_software_update_plan_list_of_group`.
#[derive(JsonSchema)]
pub struct PlansOfGroup {
    /// Id of the group, digits only.
    pub id: Id,
    /// Kind of group.
    #[schemars(rename = "group-type")]
    pub group_type: GroupKind,
}
impl Arguments for PlansOfGroup {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `os_update_status_list`.
#[derive(JsonSchema)]
pub struct Statuses {
    /// RSQL, such as `status==ERROR`.
    #[schemars(length(max = 8000))]
    pub filter: Option<String>,
}
impl Arguments for Statuses {
    const ROWS: Rows = Rows::Whole;
}

/// The update statuses of one device or group.
#[derive(JsonSchema)]
pub struct StatusesOf {
    /// Its id, digits only.
    pub id: Id,
}
impl Arguments for StatusesOf {
    const ROWS: Rows = Rows::Whole;
}

/// Update plans for devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewPlan {
    /// The devices; each gets a plan of its own.
    #[schemars(length(min = 1, max = 1000), extend("x-unique" = true))]
    pub devices: Vec<PlanDevice>,
    /// What the plans do.
    pub config: PlanSettings,
}

/// A device that gets a plan.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PlanDevice {
    /// Id of the computer or mobile device in Jamf Pro, digits only.
    pub device_id: Id,
    /// Kind of device.
    pub object_type: DeviceKind,
}

/// Kind of device.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DeviceKind {
    Computer,
    MobileDevice,
    AppleTv,
}

/// Update plans for a group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewGroupPlan {
    /// The group; later members get no plan.
    pub group: PlanGroup,
    /// What the plans do.
    pub config: PlanSettings,
}

/// A group whose devices get plans.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PlanGroup {
    /// Id of the group, digits only.
    pub group_id: Id,
    /// Kind of group.
    pub object_type: GroupKind,
}

/// Kind of group.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum GroupKind {
    ComputerGroup,
    MobileDeviceGroup,
}

/// What an update plan does.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PlanSettings {
    /// How far it goes; RESTART takes open work, SCHEDULE needs forceInstallLocalDateTime.
    pub update_action: UpdateAction,
    /// Which version; SPECIFIC_VERSION and CUSTOM_VERSION need specificVersion.
    pub version_type: VersionType,
    /// The version, such as `15.5`.
    pub specific_version: Option<String>,
    /// Its build, such as `24F74`; with CUSTOM_VERSION only.
    pub build_version: Option<String>,
    /// How often a user may put it off; DOWNLOAD_INSTALL_ALLOW_DEFERRAL needs it.
    #[schemars(range(min = 0))]
    pub max_deferrals: Option<u32>,
    /// When it is forced, such as `2026-12-25T21:00:00`, by the clock of each device, without a zone.
    pub force_install_local_date_time: Option<String>,
}

/// How far an update plan goes.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum UpdateAction {
    DownloadOnly,
    DownloadInstall,
    DownloadInstallAllowDeferral,
    DownloadInstallRestart,
    DownloadInstallSchedule,
}

/// Which version an update plan brings.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum VersionType {
    LatestMajor,
    LatestMinor,
    LatestAny,
    SpecificVersion,
    CustomVersion,
}

/// Whether update plans are on.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Toggle {
    /// Update plans are on.
    pub toggle: bool,
}
