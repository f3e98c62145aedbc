//! Inventory preload: facts about devices by serial number, such as user, building and purchasing, that wait in Jamf Pro
//! until the device enrolls or sends inventory.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Date, Export, List, Note, Nothing, Update, Whole};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects, Targets};

/// Fields of a record that Jamf filters and sorts on; extension attributes are not among them.
const FIELDS: &[&str] = &[
    "id",
    "serialNumber",
    "deviceType",
    "username",
    "fullName",
    "emailAddress",
    "phoneNumber",
    "position",
    "department",
    "building",
    "room",
    "poNumber",
    "poDate",
    "warrantyExpiration",
    "appleCareId",
    "lifeExpectancy",
    "purchasePrice",
    "purchasingContact",
    "purchasingAccount",
    "leaseExpiration",
    "barCode1",
    "barCode2",
    "assetTag",
    "vendor",
];

/// All actions on inventory preload.
pub static ACTIONS: &[Action] = &[
    get::<List>("inventory_preload_record_list", "/api/v2/inventory-preload/records")
        .about("List inventory preload records, the facts that wait for a serial number. A filter on deviceType takes 0 (computer) or 1 (mobile device).")
        .asked(&["what is preloaded for a serial number", "data that waits for devices to enroll"])
        .needs(&["Read Inventory Preload Records"])
        .brief(&["id", "serialNumber", "deviceType", "username", "building", "department", "assetTag"])
        .filters(FIELDS)
        .sorts(FIELDS),
    get::<ById>("inventory_preload_record_get", "/api/v2/inventory-preload/records/{id}")
        .about("Get one inventory preload record with all its fields.")
        .needs(&["Read Inventory Preload Records"]),
    post::<Create<PreloadRecord>>("inventory_preload_record_create", "/api/v2/inventory-preload/records")
        .about("Create a preload record; its facts overwrite those of the device with that serial number when it enrolls or sends inventory.")
        .asked(&["preset the owner of a new serial number", "set the owner before a Mac enrolls"])
        .needs(&["Create Inventory Preload Records"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::SerialNumbers("body.serialNumber")])
        .affects(Affects::SerialNumber),
    put::<Update<PreloadRecord>>("inventory_preload_record_update", "/api/v2/inventory-preload/records/{id}")
        .about("Replace a preload record; fields left out are cleared. The device with that serial number follows when it next sends inventory.")
        .needs(&["Update Inventory Preload Records"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::SerialNumbers("body.serialNumber")])
        .affects(Affects::SerialNumber),
    delete::<ById>("inventory_preload_record_delete", "/api/v2/inventory-preload/records/{id}")
        .about("Delete a preload record, which cannot be restored; what a device has already taken from it stays with the device.")
        .needs(&["Delete Inventory Preload Records"])
        .risk(Risk::Destructive)
        .affects(Affects::SerialNumber),
    post::<Nothing>("inventory_preload_record_delete_all", "/api/v2/inventory-preload/records/delete-all")
        .about("Delete every preload record at once, without undo. Save them by inventory_preload_csv_download first; for one use inventory_preload_record_delete.")
        .asked(&["empty the preload table"])
        .needs(&["Delete Inventory Preload Records"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<Nothing>("inventory_preload_csv_download", "/api/v2/inventory-preload/csv")
        .about("Get all preload records as one CSV; inventory_preload_export takes a filter and chosen columns.")
        .needs(&["Read Inventory Preload Records"])
        .answers(Answer::File),
    get::<Nothing>("inventory_preload_csv_template_download", "/api/v2/inventory-preload/csv-template")
        .about("Get the CSV template whose header inventory_preload_csv_upload expects.")
        .asked(&["example CSV for preloading"])
        .needs(&["Read Inventory Preload Records"])
        .answers(Answer::File).impersonal(),
    post::<PreloadCsv>("inventory_preload_csv_validate", "/api/v2/inventory-preload/csv-validate")
        .about("Test a CSV of preload records row by row and count them; nothing is saved. Run it before inventory_preload_csv_upload.")
        .asked(&["check a CSV before importing it"])
        .needs(&["Create Inventory Preload Records"])
        .risk(Risk::Read)
        .upload("file", "file"),
    post::<PreloadCsv>("inventory_preload_csv_upload", "/api/v2/inventory-preload/csv")
        .about("Create preload records from a CSV, barely checked: serial numbers already there are overwritten, users are created or changed. Validate first.")
        .asked(&["import asset data from a spreadsheet", "preload owners before enrollment", "import a CSV of owners and serial numbers"])
        .needs(&["Create Inventory Preload Records", "Update Inventory Preload Records", "Create User", "Update User"])
        .risk(Risk::Destructive)
        .affects(Affects::SerialNumber)
        .upload("file", "file"),
    post::<Export>("inventory_preload_export", "/api/v2/inventory-preload/export")
        .title("Export inventory preload records")
        .about("Export preload records as CSV, filtered and with chosen columns; nothing changes.")
        .needs(&["Read Inventory Preload Records"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<Whole>("inventory_preload_extension_attribute_list", "/api/v2/inventory-preload/ea-columns")
        .about("List the extension attributes that preload records have values for, by the names that the CSV uses as columns.")
        .needs(&["Read Inventory Preload Records"])
        .brief(&["name", "fullName"]),
    get::<List>("inventory_preload_history_list", "/api/v2/inventory-preload/history")
        .about("List who changed the preload records and when.")
        .needs(&["Read Inventory Preload Records"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["id", "username", "date", "note", "details"]),
    post::<Create<Note>>("inventory_preload_history_note", "/api/v2/inventory-preload/history")
        .about("Write a note into the history of inventory preload; nothing else changes.")
        .needs(&["Update Inventory Preload Records"])
        .affects(A_NOTE),
];

/// A CSV of preload records.
#[derive(JsonSchema)]
pub struct PreloadCsv {
    /// Name of the CSV file in the configured folder; serial number and device type are required columns.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for PreloadCsv {}

/// Facts that wait for a device.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PreloadRecord {
    /// Serial number of the device that the facts are for; one record each.
    pub serial_number: String,
    /// What the device is.
    pub device_type: PreloadDeviceType,
    /// User name that the device belongs to.
    pub username: Option<String>,
    /// Full name of that user.
    pub full_name: Option<String>,
    /// E-mail address of that user.
    pub email_address: Option<String>,
    /// Phone number of that user.
    pub phone_number: Option<String>,
    /// Position of that user.
    pub position: Option<String>,
    /// Name of a department that Jamf Pro has.
    pub department: Option<String>,
    /// Name of a building that Jamf Pro has.
    pub building: Option<String>,
    /// Room the device stands in.
    pub room: Option<String>,
    /// Number of the purchase order.
    pub po_number: Option<String>,
    /// Date of the purchase order, such as 2026-02-04.
    pub po_date: Option<Date>,
    /// End of the warranty, such as 2026-01-31.
    pub warranty_expiration: Option<Date>,
    /// AppleCare agreement number.
    pub apple_care_id: Option<String>,
    /// How long it is to last, as text such as `5 years`.
    pub life_expectancy: Option<String>,
    /// Price, as text such as `$399`.
    pub purchase_price: Option<String>,
    /// Whom to ask about the purchase.
    pub purchasing_contact: Option<String>,
    /// Account the purchase was made on.
    pub purchasing_account: Option<String>,
    /// End of the lease, such as 2026-01-31.
    pub lease_expiration: Option<Date>,
    /// First bar code; computers only.
    pub bar_code1: Option<String>,
    /// Second bar code; computers only.
    pub bar_code2: Option<String>,
    /// Asset tag on the device.
    pub asset_tag: Option<String>,
    /// Who sold the device.
    pub vendor: Option<String>,
    /// Values of extension attributes.
    pub extension_attributes: Option<Vec<PreloadExtensionAttribute>>,
}

/// Value of an extension attribute that waits for a device.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct PreloadExtensionAttribute {
    /// Name of the extension attribute.
    pub name: String,
    /// Its value, as text.
    pub value: Option<String>,
}

/// What a preloaded device is.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PreloadDeviceType {
    Computer,
    #[schemars(rename = "Mobile Device")]
    MobileDevice,
    Unknown,
}
