//! History of devices: what ran, was commanded, was looked at and changed hands, and what is deployed to a computer, in the
//! Classic API.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, get};
use crate::answer_notes::AnswerNote;
use crate::args::{Arguments, Date, Id, Name};

/// All actions on the history of devices.
pub static ACTIONS: &[Action] = &[
    get::<ComputerHistory>("computer_history_get", "/JSSResource/computerhistory/id/{id}")
        .also(&[
            "/JSSResource/computerhistory/id/{id}/subset/{subset}",
            "/JSSResource/computerhistory/name/{name}",
            "/JSSResource/computerhistory/serialnumber/{serial_number}",
            "/JSSResource/computerhistory/udid/{udid}",
            "/JSSResource/computerhistory/macaddress/{mac_address}",
        ])
        .title("Get the history of a computer")
        .about("Get what happened on one computer: policy logs, MDM commands, log-ins, screen sharing, who saw its keys, its users, App Store apps. With id, subset picks a part.")
        .asked(&["what happened on this Mac", "which policies ran on a computer", "who used this Mac before", "what happened on a Mac", "policy logs and commands of one Mac"])
        .probably_needs(&["Read Computers"]),
    get::<MobileDeviceHistory>("mobile_device_history_get", "/JSSResource/mobiledevicehistory/id/{id}")
        .also(&[
            "/JSSResource/mobiledevicehistory/id/{id}/subset/{subset}",
            "/JSSResource/mobiledevicehistory/name/{name}",
            "/JSSResource/mobiledevicehistory/serialnumber/{serial_number}",
            "/JSSResource/mobiledevicehistory/udid/{udid}",
            "/JSSResource/mobiledevicehistory/macaddress/{mac_address}",
        ])
        .title("Get the history of a mobile device")
        .about("Get what happened on one mobile device: MDM commands, who saw its secrets, its users, apps and books. With id, subset picks a part.")
        .asked(&["commands sent to an iPad in the past", "apps history of an iPhone", "what happened on an iPad"])
        .probably_needs(&["Read Mobile Devices"]),
    get::<ComputerManagement>("computer_management_get", "/JSSResource/computermanagement/id/{id}")
        .also(&[
            "/JSSResource/computermanagement/id/{id}/subset/{subset}",
            "/JSSResource/computermanagement/id/{id}/username/{username}",
            "/JSSResource/computermanagement/id/{id}/username/{username}/subset/{subset}",
            "/JSSResource/computermanagement/id/{id}/patchfilter/{patch_title}",
            "/JSSResource/computermanagement/name/{name}",
            "/JSSResource/computermanagement/serialnumber/{serial_number}",
            "/JSSResource/computermanagement/udid/{udid}",
            "/JSSResource/computermanagement/macaddress/{mac_address}",
        ])
        .title("Get what is in scope for a computer")
        .about("Get what is in scope for one computer: policies, profiles, apps, books, restricted software, groups, patch titles; for one of its users too. What ran is in computer_history_get.")
        .answer_notes(&[AnswerNote::always("limitations are left out: what is limited to users or network segments is here for every computer among its targets; explain_policy and explain_profile look at them")])
        .asked(&["what is in scope for this Mac", "which profiles and policies should this Mac get", "everything scoped to one Mac"])
        .probably_needs(&["Read Computers"]),
    get::<ApplicationUsage>(
        "computer_application_usage_list",
        "/JSSResource/computerapplicationusage/id/{id}/{start_date}_{end_date}",
    )
    .also(&[
        "/JSSResource/computerapplicationusage/name/{name}/{start_date}_{end_date}",
        "/JSSResource/computerapplicationusage/serialnumber/{serial_number}/{start_date}_{end_date}",
        "/JSSResource/computerapplicationusage/udid/{udid}/{start_date}_{end_date}",
        "/JSSResource/computerapplicationusage/macaddress/{mac_address}/{start_date}_{end_date}",
    ])
    .title("List the application usage of a computer")
        .about("List which apps were open on one computer, and in front, for how many minutes on each day. Empty where application usage is not collected.")
        .asked(&["how long was an app in the foreground", "app usage minutes of one Mac", "how much an app is used"])
    .probably_needs(&["Read Computers"])
    .brief(&["date", "apps"]),
    get::<InventoryChanges>(
        "computer_inventory_changes_get",
        "/JSSResource/computerhardwaresoftwarereports/id/{id}/{start_date}_{end_date}",
    )
    .also(&[
        "/JSSResource/computerhardwaresoftwarereports/id/{id}/{start_date}_{end_date}/subset/{subset}",
        "/JSSResource/computerhardwaresoftwarereports/name/{name}/{start_date}_{end_date}",
        "/JSSResource/computerhardwaresoftwarereports/serialnumber/{serial_number}/{start_date}_{end_date}",
        "/JSSResource/computerhardwaresoftwarereports/udid/{udid}/{start_date}_{end_date}",
        "/JSSResource/computerhardwaresoftwarereports/macaddress/{mac_address}/{start_date}_{end_date}",
    ])
    .title("Get inventory changes of a computer")
        .about("Get how the hardware, applications, fonts and plug-ins of one computer changed between two days. As they are now is in computer_detail_get.")
        .asked(&["what changed in inventory since last report", "what changed in the inventory of a Mac"])
    .probably_needs(&["Read Computers"]),
    get::<Application>(
        "computer_application_get",
        "/JSSResource/computerapplications/application/{application}",
    )
    .also(&[
        "/JSSResource/computerapplications/application/{application}/version/{version}",
        "/JSSResource/computerapplications/application/{application}/inventory/{inventory}",
        "/JSSResource/computerapplications/application/{application}/version/{version}/inventory/{inventory}",
    ])
    .title("Find computers with an application")
        .about("Get which versions of an application are installed, and on which computers each is. In a large fleet give a version, or `fields` such as `versions.number`.")
        .answer_notes(&[
            AnswerNote::where_empty("versions", "no computer has an application of this name, which is compared whole, with its `.app`"),
            AnswerNote::where_filled("unique_computers", "`unique_computers` names the computers under `versions` once more: count one of the two"),
        ])
        .asked(&["which Macs have this app version installed", "find Macs with an old Chrome", "who has this app installed", "Macs with one version of an app"])
    .probably_needs(&["Read Computers"]),
];

/// One computer: by its id, or by one other key. A part of its history takes the id.
#[derive(JsonSchema)]
pub struct ComputerHistory {
    /// Id of the computer, digits only.
    pub id: Option<Id>,
    /// A part of the history, with `id`.
    pub subset: Option<ComputerHistorySubset>,
    /// Name of the computer, exactly; where several have it, use another key.
    pub name: Option<Name>,
    /// Serial number.
    pub serial_number: Option<Name>,
    /// UDID.
    pub udid: Option<Name>,
    /// MAC address, such as `E0:AC:CB:97:36:A4`.
    pub mac_address: Option<Name>,
}
impl Arguments for ComputerHistory {}

/// A part of a computer's history.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ComputerHistorySubset {
    General,
    ComputerUsageLogs,
    Audits,
    PolicyLogs,
    CasperRemoteLogs,
    ScreenSharingLogs,
    CasperImagingLogs,
    Commands,
    UserLocation,
    MacAppStoreApplications,
}

/// One mobile device: by its id, or by one other key. A part of its history takes the id.
#[derive(JsonSchema)]
pub struct MobileDeviceHistory {
    /// Id of the mobile device, digits only.
    pub id: Option<Id>,
    /// A part of the history, with `id`.
    pub subset: Option<MobileDeviceHistorySubset>,
    /// Name of the device, exactly; where several have it, use another key.
    pub name: Option<Name>,
    /// Serial number.
    pub serial_number: Option<Name>,
    /// UDID.
    pub udid: Option<Name>,
    /// MAC address of its Wi-Fi, such as `E0:AC:CB:97:36:A4`.
    pub mac_address: Option<Name>,
}
impl Arguments for MobileDeviceHistory {}

/// A part of a mobile device's history.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobileDeviceHistorySubset {
    General,
    ManagementCommands,
    UserLocation,
    Audits,
    Applications,
    Ebooks,
}

/// One computer: by its id, or by one other key. A part, a user and a patch title take the id.
#[derive(JsonSchema)]
pub struct ComputerManagement {
    /// Id of the computer, digits only.
    pub id: Option<Id>,
    /// A part of it, with `id`.
    pub subset: Option<ManagementSubset>,
    /// What is in scope when this user is logged in, with `id`.
    pub username: Option<Name>,
    /// Only patch titles with this in their names, with `id` and nothing else.
    pub patch_title: Option<Name>,
    /// Name of the computer, exactly; where several have it, use another key.
    pub name: Option<Name>,
    /// Serial number.
    pub serial_number: Option<Name>,
    /// UDID.
    pub udid: Option<Name>,
    /// MAC address, such as `E0:AC:CB:97:36:A4`.
    pub mac_address: Option<Name>,
}
impl Arguments for ComputerManagement {}

/// A part of what is in scope for a computer.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ManagementSubset {
    General,
    Policies,
    Ebooks,
    MacAppStoreApps,
    OSXConfigurationProfiles,
    RestrictedSoftware,
    SmartGroups,
    StaticGroups,
    PatchReportingSoftwareTitles,
}

/// Two days, and one computer by its id or one other key.
#[derive(JsonSchema)]
pub struct ApplicationUsage {
    /// First day, such as `2026-01-01`.
    pub start_date: Date,
    /// Last day, such as `2026-01-31`.
    pub end_date: Date,
    /// Id of the computer, digits only.
    pub id: Option<Id>,
    /// Name of the computer, exactly; where several have it, use another key.
    pub name: Option<Name>,
    /// Serial number.
    pub serial_number: Option<Name>,
    /// UDID.
    pub udid: Option<Name>,
    /// MAC address, such as `E0:AC:CB:97:36:A4`.
    pub mac_address: Option<Name>,
}
impl Arguments for ApplicationUsage {
    const ROWS: Rows = Rows::Whole;
}

/// Two days, and one computer by its id or one other key. A part takes the id.
#[derive(JsonSchema)]
pub struct InventoryChanges {
    /// First day, such as `2026-01-01`.
    pub start_date: Date,
    /// Last day, such as `2026-01-31`.
    pub end_date: Date,
    /// Id of the computer, digits only.
    pub id: Option<Id>,
    /// Which kind of change, with `id`.
    pub subset: Option<ChangeSubset>,
    /// Name of the computer, exactly; where several have it, use another key.
    pub name: Option<Name>,
    /// Serial number.
    pub serial_number: Option<Name>,
    /// UDID.
    pub udid: Option<Name>,
    /// MAC address, such as `E0:AC:CB:97:36:A4`.
    pub mac_address: Option<Name>,
}
impl Arguments for InventoryChanges {}

/// A kind of change of the inventory.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ChangeSubset {
    Software,
    Hardware,
    Fonts,
    Plugins,
}

/// An application, and which facts to show.
#[derive(JsonSchema)]
pub struct Application {
    /// Name of its bundle, such as `Safari.app`.
    pub application: Name,
    /// Only this version; `9*` for all that begin with 9.
    pub version: Option<Name>,
    /// Further fields of the computers, in the console's words, such as `Asset Tag`; `Default` for those of its inventory display.
    #[schemars(length(min = 1, max = 50))]
    pub inventory: Option<Vec<DisplayField>>,
}
impl Arguments for Application {}

/// A field of the inventory, as the console calls it.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct DisplayField(#[schemars(length(min = 1, max = 100))] pub String);
