//! Declarative device management: what devices report of themselves, and the declarations that they are given.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, get, post};
use crate::args::{Arguments, Device, Name};
use crate::effects::Targets;

/// All actions on declarative device management.
pub static ACTIONS: &[Action] = &[
    get::<StatusItems>("ddm_status_item_list", "/api/v1/ddm/{clientManagementId}/status-items")
        .about("List what one device last reported of itself: versions, updates that wait or failed, declarations and whether they are valid.")
        .asked(&["declarative status of a device", "DDM software update status", "what a device reports by declarative management"])
        .needs(&["Read Mobile Devices", "Read Computers"])
        .brief(&["key", "value", "lastUpdateTime"])
        .since("11.23"),
    get::<StatusItem>("ddm_status_item_get", "/api/v1/ddm/{clientManagementId}/status-items/{key}")
        .about("Get one fact that a device last reported of itself; ddm_status_item_list has the keys.")
        .needs(&["Read Mobile Devices", "Read Computers"])
        .since("11.23"),
    post::<DeclarativeDevice>("ddm_sync", "/api/v1/ddm/{clientManagementId}/sync")
        .title("Synchronize declarative management of a device")
        .about("Queue a command that has one device compare its declarations with Jamf Pro's and report; nothing else changes.")
        .asked(&["force declarative management sync", "declarations do not arrive, sync them"])
        .needs(&["Send Declarative Management Command"])
        .risk(Risk::Device)
        .targets(&[Targets::ManagementIds("clientManagementId")])
        .since("11.23"),
    get::<DeclarationOf>("ddm_declaration_get", "/api/v1/dss-declarations/{declarationId}")
        .about("Get one declaration as devices receive it: its type, its group and its payload as JSON text.")
        .asked(&["one declaration in full"])
        .needs(&["Read Mobile Devices", "Read Computers"])
        .since("11.7"),
];

/// Arguments of `ddm_status_item_list`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct StatusItems {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
}
impl Arguments for StatusItems {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `ddm_status_item_get`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct StatusItem {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
    /// Key of the fact, such as `device.operating-system.version`.
    pub key: Name,
}
impl Arguments for StatusItem {}

/// Arguments of `ddm_sync`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeclarativeDevice {
    /// Device: its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    pub client_management_id: Device,
}
impl Arguments for DeclarativeDevice {}

/// Arguments of `ddm_declaration_get`.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeclarationOf {
    /// UUID of the declaration, as the device's status items name it.
    pub declaration_id: Name,
}
impl Arguments for DeclarationOf {}
