//! Patch titles: software that Jamf Pro follows the versions of, which Macs are behind, and what it installs from.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, patch, post};
use crate::args::{Arguments, ById, Create, History, Id, IdOrNone, NoteOn, Update, Whole};
use crate::effects::{A_NOTE, Affects};

/// All actions on patch titles.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("patch_title_list", "/api/v3/patch-software-title-configurations")
        .about("List the software titles whose versions this tenant follows; patch_title_summary_get counts who is behind.")
        .asked(&["which software titles do we patch", "software that we patch"])
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["id", "displayName", "softwareTitleId", "softwareTitlePublisher", "packages"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations")]),
    get::<ById>("patch_title_get", "/api/v3/patch-software-title-configurations/{id}")
        .about("Get one patch title with the package of each version and its extension attributes.")
        .needs(&["Read Patch Management Software Titles"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}")]),
    post::<Create<NewPatchTitle>>("patch_title_create", "/api/v3/patch-software-title-configurations")
        .about("Create a patch title, so that versions of a software are followed. Accepting its extension attribute runs a script as root on all Macs.")
        .asked(&["start to track patches of an app", "start to patch an app"])
        .needs(&["Create Patch Management Software Titles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::PatchTitle)
        .before(&[("11.30", "/api/v2/patch-software-title-configurations")]),
    patch::<Update<PatchTitle>>("patch_title_update", "/api/v3/patch-software-title-configurations/{id}")
        .about("Change a patch title. Patch policies install the packages named here, and an extension attribute once accepted runs as root on all Macs.")
        .asked(&["notify when a new version of an app is out"])
        .needs(&["Update Patch Management Software Titles"])
        .merge_patch()
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::PatchTitle)
        .runs(&[("body.packages[].packageId", "package_get")])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}")]),
    delete::<ById>("patch_title_delete", "/api/v3/patch-software-title-configurations/{id}")
        .about("Delete a patch title with its patch policies and reports. See first what uses it: patch_title_dependency_list.")
        .asked(&["stop patching an app"])
        .needs(&["Delete Patch Management Software Titles"])
        .risk(Risk::Destructive)
        .affects(Affects::PatchTitle)
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}")]),
    get::<ById>("patch_title_summary_get", "/api/v3/patch-software-title-configurations/{id}/patch-summary")
        .about("Get how many Macs have the latest version of a patch title and how many an older one; Macs that are never seen count too.")
        .asked(&["how many Macs are up to date with an app"])
        .needs(&["Read Patch Management Software Titles"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/patch-summary")]),
    get::<OfTitle>("patch_title_version_count_list", "/api/v3/patch-software-title-configurations/{id}/patch-summary/versions")
        .title("Count computers by version of a patch title")
        .about("List how many Macs have each version of a patch title.")
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["absoluteOrderId", "version", "onVersion"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/patch-summary/versions")]),
    get::<History>("patch_title_report_list", "/api/v3/patch-software-title-configurations/{id}/patch-report")
        .about("List the Macs that have a patch title with the version on each. The filter takes `version==…` alone; leave it out for all versions.")
        .asked(&["which Macs run an outdated app version", "patch report", "which Macs have which version of a patched app"])
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["deviceId", "computerName", "username", "version", "operatingSystemVersion", "lastCheckIn"])
        .filters(&["version"])
        .sorts(&["computerName", "deviceId", "username", "operatingSystemVersion", "lastCheckIn", "buildingName", "departmentName", "siteName", "version"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/patch-report")]),
    get::<ReportExport>("patch_title_report_export", "/api/v3/patch-software-title-configurations/{id}/export-report")
        .about("Export the Macs that have a patch title, with the version on each, as CSV into a file.")
        .asked(&["patch report as a CSV"])
        .read_by("patch_title_report_list")
        .needs(&["Read Patch Management Software Titles"])
        .filters(&["version"])
        .answers(Answer::File)
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/export-report")]),
    get::<History>("patch_title_definition_list", "/api/v3/patch-software-title-configurations/{id}/definitions")
        .about("List the versions of a patch title that its source knows, with release date, least macOS and apps to quit.")
        .asked(&["versions known of a patch title", "versions that a patch title knows"])
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["version", "minimumOperatingSystem", "releaseDate", "rebootRequired", "standalone", "absoluteOrderId"])
        .filters(&["id", "version", "minimumOperatingSystem", "releaseDate", "reboot", "standalone", "absoluteOrderId"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/definitions")]),
    get::<OfTitle>("patch_title_dependency_list", "/api/v3/patch-software-title-configurations/{id}/dependencies")
        .about("List the smart groups whose criteria use a patch title; deleting the title breaks them.")
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["smartGroupId", "smartGroupName"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/dependencies")]),
    get::<OfTitle>("patch_title_extension_attribute_list", "/api/v3/patch-software-title-configurations/{id}/extension-attributes")
        .about("List the extension attributes of a patch title and whether each was accepted; scriptContents has the script in Base64.")
        .asked(&["script that a patch title needs accepted"])
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["eaId", "displayName", "accepted"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/extension-attributes")]),
    get::<ById>("patch_title_dashboard_get", "/api/v3/patch-software-title-configurations/{id}/dashboard")
        .title("Get whether a patch title is on the dashboard")
        .about("Get whether a patch title is shown on the dashboard of Jamf Pro.")
        .needs(&["Read Patch Management Software Titles"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/dashboard")]),
    post::<ById>("patch_title_dashboard_add", "/api/v3/patch-software-title-configurations/{id}/dashboard")
        .title("Add a patch title to the dashboard")
        .about("Show a patch title on the dashboard of Jamf Pro; nothing else changes.")
        .asked(&["show a patch title on the start page"])
        .needs(&["Read Patch Management Software Titles"])
        .affects(Affects::Nothing("it is shown on the dashboard of administrators, or no more"))
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/dashboard")]),
    delete::<ById>("patch_title_dashboard_remove", "/api/v3/patch-software-title-configurations/{id}/dashboard")
        .title("Remove a patch title from the dashboard")
        .about("Take a patch title off the dashboard of Jamf Pro; the title stays.")
        .needs(&["Read Patch Management Software Titles"])
        .affects(Affects::Nothing("it is shown on the dashboard of administrators, or no more"))
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/dashboard")]),
    get::<History>("patch_title_history_list", "/api/v3/patch-software-title-configurations/{id}/history")
        .about("List who changed a patch title and when.")
        .needs(&["Read Patch Management Software Titles"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"])
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/history")]),
    post::<NoteOn>("patch_title_history_note", "/api/v3/patch-software-title-configurations/{id}/history")
        .about("Write a note into the history of a patch title; nothing else changes.")
        .needs(&["Update Patch Management Software Titles"])
        .affects(A_NOTE)
        .before(&[("11.30", "/api/v2/patch-software-title-configurations/{id}/history")]),
];

/// A list about one patch title.
#[derive(JsonSchema)]
pub struct OfTitle {
    /// Id of the patch title, digits only.
    pub id: Id,
}
impl Arguments for OfTitle {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `patch_title_report_export`.
#[derive(JsonSchema)]
pub struct ReportExport {
    /// Id of the patch title, digits only.
    pub id: Id,
    /// Columns, in order.
    #[schemars(rename = "columns-to-export", length(min = 1, max = 9))]
    pub columns_to_export: Vec<ReportColumn>,
    /// RSQL on the version alone, such as `version=="128.0"`.
    #[schemars(length(max = 8000))]
    pub filter: Option<String>,
}
impl Arguments for ReportExport {}

/// A column of the report.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", inline)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ReportColumn {
    ComputerName,
    DeviceId,
    Username,
    OperatingSystemVersion,
    LastCheckIn,
    BuildingName,
    DepartmentName,
    SiteName,
    Version,
}

/// A new patch title.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct NewPatchTitle {
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// Id of the software in its patch source, such as that of Google Chrome.
    #[schemars(length(min = 1, max = 255))]
    pub software_title_id: String,
    /// Id of its category; -1 for none, as by default.
    pub category_id: Option<IdOrNone>,
    /// Id of its site; -1 for none, as by default.
    pub site_id: Option<IdOrNone>,
    /// Notify of new versions in Jamf Pro; false by default.
    pub ui_notifications: Option<bool>,
    /// Notify of new versions by mail; false by default.
    pub email_notifications: Option<bool>,
    /// Extension attributes that the title needs to know the version on a Mac.
    pub extension_attributes: Option<Vec<TitleAttribute>>,
}

/// Changes of a patch title; fields left out stay, a list replaces the one it has.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PatchTitle {
    /// Name shown in Jamf Pro.
    pub display_name: Option<String>,
    /// Id of its category; -1 for none.
    pub category_id: Option<IdOrNone>,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
    /// Notify of new versions in Jamf Pro.
    pub ui_notifications: Option<bool>,
    /// Notify of new versions by mail.
    pub email_notifications: Option<bool>,
    /// Id of the software in its patch source.
    pub software_title_id: Option<String>,
    /// The package that patch policies install for each version.
    pub packages: Option<Vec<TitlePackage>>,
    /// Extension attributes that the title needs to know the version on a Mac.
    pub extension_attributes: Option<Vec<TitleAttribute>>,
}

/// The package of one version.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TitlePackage {
    /// Id of the package, digits only.
    pub package_id: Option<Id>,
    /// Version that it installs, as patch_title_definition_list writes it.
    pub version: Option<String>,
}

/// An extension attribute of a patch title.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TitleAttribute {
    /// Run its script as root on all Macs; accepted once, it cannot be taken back.
    pub accepted: Option<bool>,
    /// Id of the attribute, as patch_title_extension_attribute_list names it.
    pub ea_id: Option<String>,
}
