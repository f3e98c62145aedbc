//! Computer extension attributes: inventory that Jamf Pro does not know by itself, entered manually or told by a script on each Mac.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, post, put};
use crate::args::{Arguments, ById, Create, History, Id, Ids, List, NoteOn, Update};
use crate::effects::{A_NOTE, Affects, DeviceKind};

/// All actions on computer extension attributes.
pub static ACTIONS: &[Action] = &[
    get::<List>("computer_extension_attribute_list", "/api/v1/computer-extension-attributes")
        .about("List the extension attributes of computers with their type. To set one on a device use extension_attribute_set.")
        .asked(&["custom fields of computers", "which EAs do we have", "custom fields of Macs"])
        .needs(&["Read Computer Extension Attributes"])
        .brief(&["id", "name", "dataType", "inputType", "enabled", "popupMenuChoices"])
        .filters(&["id", "name"])
        .since("11.23")
        .core(),
    get::<ById>("computer_extension_attribute_get", "/api/v1/computer-extension-attributes/{id}")
        .about("Get one extension attribute of computers with its script, or the values it can have.")
        .asked(&["show the script of an extension attribute"])
        .needs(&["Read Computer Extension Attributes"])
        .since("11.23"),
    post::<Create<ComputerAttribute>>("computer_extension_attribute_create", "/api/v1/computer-extension-attributes")
        .about("Create an extension attribute of computers. A script runs as root on every Mac at its next inventory update, without a scope.")
        .asked(&["add a custom inventory field to Macs", "collect battery cycles by script", "new custom field filled by a script"])
        .needs(&["Create Computer Extension Attributes"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::ExtensionAttribute(DeviceKind::Computer))
        .since("11.23"),
    put::<Update<ComputerAttribute>>("computer_extension_attribute_update", "/api/v1/computer-extension-attributes/{id}")
        .about("Replace an extension attribute of computers; fields left out are cleared. A script runs as root on every Mac; another type drops the values.")
        .asked(&["change an EA script", "turn off an extension attribute", "change the script of a custom field"])
        .needs(&["Update Computer Extension Attributes"])
        .risk(Risk::Destructive)
        .affects(Affects::ExtensionAttribute(DeviceKind::Computer))
        .since("11.23"),
    delete::<ById>("computer_extension_attribute_delete", "/api/v1/computer-extension-attributes/{id}")
        .about("Delete an extension attribute with all values of all computers; smart groups that use it change. See computer_extension_attribute_use_list.")
        .asked(&["remove a custom field"])
        .needs(&["Delete Computer Extension Attributes"])
        .risk(Risk::Destructive)
        .affects(Affects::ExtensionAttribute(DeviceKind::Computer))
        .since("11.23"),
    post::<Ids>("computer_extension_attribute_delete_several", "/api/v1/computer-extension-attributes/delete-multiple")
        .about("Delete several extension attributes with all their values at once; smart groups that use them change.")
        .needs(&["Delete Computer Extension Attributes"])
        .risk(Risk::Critical)
        .affects(Affects::ExtensionAttribute(DeviceKind::Computer))
        .since("11.23"),
    get::<UsesOf>("computer_extension_attribute_use_list", "/api/v1/computer-extension-attributes/{id}/data-dependency")
        .title("List where a computer extension attribute is used")
        .about("List the smart groups and advanced searches that use an extension attribute of computers.")
        .asked(&["what depends on this EA", "where is a custom field used"])
        .needs(&["Read Computer Extension Attributes"])
        .brief(&["id", "objectId", "nameLocalization", "identifiableName"])
        .since("11.23"),
    get::<ById>("computer_extension_attribute_download", "/api/v1/computer-extension-attributes/{id}/download")
        .about("Save an extension attribute of computers as XML into a file, as computer_extension_attribute_upload takes it.")
        .needs(&["Read Computer Extension Attributes"])
        .answers(Answer::File).impersonal()
        .since("11.23"),
    post::<Upload>("computer_extension_attribute_upload", "/api/v1/computer-extension-attributes/upload")
        .about("Upload an extension attribute of computers as XML. A script in it runs as root on every Mac at its next inventory update.")
        .needs(&["Create Computer Extension Attributes", "Read Computer Extension Attributes"])
        .upload("file", "file")
        .risk(Risk::Destructive)
        .affects(Affects::ExtensionAttribute(DeviceKind::Computer))
        .since("11.23"),
    get::<List>("computer_extension_attribute_template_list", "/api/v1/computer-extension-attributes/templates")
        .about("List the ready-made extension attributes that Jamf ships, by category, to create one from.")
        .asked(&["ready-made custom fields"])
        .needs(&["Read Computer Extension Attributes"])
        .brief(&["templateId", "templateName", "templateCategoryName"])
        .filters(&["templateName", "templateCategoryName"])
        .since("11.23"),
    get::<ById>("computer_extension_attribute_template_get", "/api/v1/computer-extension-attributes/templates/{id}")
        .about("Get one ready-made extension attribute with its script; give it to computer_extension_attribute_create to have it.")
        .needs(&["Read Computer Extension Attributes"])
        .since("11.23"),
    get::<History>("computer_extension_attribute_history_list", "/api/v1/computer-extension-attributes/{id}/history")
        .about("List who changed an extension attribute of computers and when.")
        .needs(&["Read Computer Extension Attributes"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.23"),
    post::<NoteOn>("computer_extension_attribute_history_note", "/api/v1/computer-extension-attributes/{id}/history")
        .about("Write a note into the history of an extension attribute of computers; nothing else changes.")
        .needs(&["Update Computer Extension Attributes"])
        .affects(A_NOTE)
        .since("11.23"),
];

/// What uses one extension attribute.
#[derive(JsonSchema)]
pub struct UsesOf {
    /// Id of the extension attribute, digits only.
    pub id: Id,
}
impl Arguments for UsesOf {
    const ROWS: Rows = Rows::Whole;
}

/// Arguments of `computer_extension_attribute_upload`.
#[derive(JsonSchema)]
pub struct Upload {
    /// Name of the XML file in the configured folder.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for Upload {}

/// An extension attribute of computers.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ComputerAttribute {
    /// Name shown in inventory and in criteria; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for, shown with it.
    pub description: Option<String>,
    /// Type of its values; dates are written `YYYY-MM-DD hh:mm:ss`.
    pub data_type: DataType,
    /// Collected; true by default. Only one with a script can be off.
    pub enabled: Option<bool>,
    /// Part of a computer's record that shows it.
    pub inventory_display_type: ComputerPart,
    /// Where values come from.
    pub input_type: ComputerInput,
    /// The script, with SCRIPT; prints the value between `<result>` and `</result>`.
    pub script_contents: Option<String>,
    /// Values to choose from, with POPUP.
    pub popup_menu_choices: Option<Vec<String>>,
    /// Attribute of the directory, with DIRECTORY_SERVICE_ATTRIBUTE_MAPPING.
    pub ldap_attribute_mapping: Option<String>,
    /// Collect several values from the directory; false by default, and fixed once it is created.
    pub ldap_extension_attribute_allowed: Option<bool>,
    /// What becomes of values that were collected when a script is turned off.
    pub manage_existing_data: Option<ExistingData>,
}

/// Type of the values of an extension attribute.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DataType {
    Integer,
    String,
    Date,
}

/// Where the values of an extension attribute of computers come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ComputerInput {
    Script,
    Text,
    Popup,
    DirectoryServiceAttributeMapping,
}

/// Part of a computer's record.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ComputerPart {
    General,
    Hardware,
    OperatingSystem,
    UserAndLocation,
    Purchasing,
    ExtensionAttributes,
}

/// What becomes of values that were collected.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ExistingData {
    Retain,
    Delete,
}
