//! Mobile device extension attributes: inventory that Jamf Pro does not know by itself, entered manually or taken from a directory.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, History, List, NoteOn, Update};
use crate::computer_extension_attributes::{DataType, UsesOf};
use crate::effects::{A_NOTE, Affects, DeviceKind};

/// All actions on mobile device extension attributes.
pub static ACTIONS: &[Action] = &[
    get::<List>("mobile_device_extension_attribute_list", "/api/v1/mobile-device-extension-attributes")
        .about("List the extension attributes of mobile devices with their type. To set one on a device use extension_attribute_set.")
        .asked(&["custom fields of mobile devices", "custom fields of iPads"])
        .needs(&["Read Mobile Device Extension Attributes"])
        .brief(&["id", "name", "dataType", "inputType", "popupMenuChoices"])
        .filters(&["id", "name"])
        .since("11.23"),
    get::<ById>("mobile_device_extension_attribute_get", "/api/v1/mobile-device-extension-attributes/{id}")
        .about("Get one extension attribute of mobile devices with the values it can have.")
        .needs(&["Read Mobile Device Extension Attributes"])
        .since("11.23"),
    post::<Create<MobileAttribute>>("mobile_device_extension_attribute_create", "/api/v1/mobile-device-extension-attributes")
        .about("Create an extension attribute of mobile devices; its name must be new. No device has a value of it at first.")
        .asked(&["add a custom field to iPads", "new custom field for iPads"])
        .needs(&["Create Mobile Device Extension Attributes"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .since("11.23"),
    put::<Update<MobileAttribute>>("mobile_device_extension_attribute_update", "/api/v1/mobile-device-extension-attributes/{id}")
        .about("Replace an extension attribute of mobile devices; fields left out are cleared. Another type or choice can drop values, and smart groups follow.")
        .needs(&["Update Mobile Device Extension Attributes"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::ExtensionAttribute(DeviceKind::MobileDevice))
        .since("11.23"),
    delete::<ById>("mobile_device_extension_attribute_delete", "/api/v1/mobile-device-extension-attributes/{id}")
        .about("Delete an extension attribute with all values of all mobile devices; smart groups change. See mobile_device_extension_attribute_use_list.")
        .needs(&["Delete Mobile Device Extension Attributes"])
        .risk(Risk::Destructive)
        .affects(Affects::ExtensionAttribute(DeviceKind::MobileDevice))
        .since("11.23"),
    get::<UsesOf>("mobile_device_extension_attribute_use_list", "/api/v1/mobile-device-extension-attributes/{id}/data-dependency")
        .title("List where a mobile device extension attribute is used")
        .about("List the smart groups that use an extension attribute of mobile devices.")
        .needs(&["Read Mobile Device Extension Attributes"])
        .brief(&["id", "objectId", "nameLocalization", "identifiableName"])
        .since("11.23"),
    get::<History>("mobile_device_extension_attribute_history_list", "/api/v1/mobile-device-extension-attributes/{id}/history")
        .about("List who changed an extension attribute of mobile devices and when.")
        .needs(&["Read Mobile Device Extension Attributes"])
        .brief(&["id", "date", "username", "note", "details"])
        .since("11.23"),
    post::<NoteOn>("mobile_device_extension_attribute_history_note", "/api/v1/mobile-device-extension-attributes/{id}/history")
        .about("Write a note into the history of an extension attribute of mobile devices; nothing else changes.")
        .needs(&["Update Mobile Device Extension Attributes"])
        .affects(A_NOTE)
        .since("11.23"),
];

/// An extension attribute of mobile devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MobileAttribute {
    /// Name shown in inventory and in criteria; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for, shown with it.
    pub description: Option<String>,
    /// Type of its values; dates are written `YYYY-MM-DD hh:mm:ss`.
    pub data_type: DataType,
    /// Part of a device's record that shows it.
    pub inventory_display_type: MobilePart,
    /// Where values come from.
    pub input_type: MobileInput,
    /// Values to choose from, with POPUP.
    pub popup_menu_choices: Option<Vec<String>>,
    /// Attribute of the directory, with DIRECTORY_SERVICE_ATTRIBUTE_MAPPING.
    pub ldap_attribute_mapping: Option<String>,
    /// Collect several values from the directory; false by default, and fixed once it is created.
    pub ldap_extension_attribute_allowed: Option<bool>,
}

/// Where the values of an extension attribute of mobile devices come from.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobileInput {
    Text,
    Popup,
    DirectoryServiceAttributeMapping,
}

/// Part of a mobile device's record.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobilePart {
    General,
    Hardware,
    UserAndLocation,
    Purchasing,
    ExtensionAttributes,
}
