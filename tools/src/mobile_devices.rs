//! Mobile devices: iPhones, iPads, Apple TVs and the like.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch, post};
use crate::args::{Arguments, ById, Create, Id, IdOrNone, List, Sorted, Timestamp, Update};
use crate::effects::{Affects, Cap, Targets};
use crate::joins::{BUILDING, DEPARTMENT, SITE_OF_RECORD};
use crate::secrets::Source;

/// Fields of mobile devices that are secrets.
pub(crate) const SECRETS: &[&str] = &["unlockToken", "bootstrapToken", "airPlayPassword"];

/// What a list of mobile devices shows by default.
pub(crate) const BRIEF: &[&str] = &[
    "mobileDeviceId",
    "general.displayName",
    "hardware.serialNumber",
    "hardware.model",
    "general.osVersion",
    "userAndLocation.username",
    "general.lastInventoryUpdateDate",
];

/// Fields that Jamf filters mobile devices on, without the one that is a secret.
pub(crate) const FILTERS: &[&str] = &[
    "appAnalyticsEnabled",
    "assetTag",
    "availableSpaceMb",
    "batteryLevel",
    "bluetoothLowEnergyCapable",
    "bluetoothMacAddress",
    "capacityMb",
    "declarativeDeviceManagementEnabled",
    "deviceId",
    "deviceLocatorServiceEnabled",
    "devicePhoneNumber",
    "diagnosticAndUsageReportingEnabled",
    "displayName",
    "doNotDisturbEnabled",
    "exchangeDeviceId",
    "cloudBackupEnabled",
    "osBuild",
    "osSupplementalBuildVersion",
    "osVersion",
    "osRapidSecurityResponse",
    "ipAddress",
    "itunesStoreAccountActive",
    "mobileDeviceId",
    "managementId",
    "languages",
    "lastContactDate",
    "lastInventoryUpdateDate",
    "locales",
    "locationServicesForSelfServiceMobileEnabled",
    "lostModeEnabled",
    "managed",
    "model",
    "modelIdentifier",
    "modelNumber",
    "modemFirmwareVersion",
    "preferredVoiceNumber",
    "quotaSize",
    "residentUsers",
    "serialNumber",
    "sharedIpad",
    "supervised",
    "tethered",
    "timeZone",
    "udid",
    "usedSpacePercentage",
    "wifiMacAddress",
    "building",
    "department",
    "emailAddress",
    "fullName",
    "userPhoneNumber",
    "position",
    "room",
    "username",
    "appleCareId",
    "lifeExpectancyYears",
    "poNumber",
    "purchasePrice",
    "purchasedOrLeased",
    "purchasingAccount",
    "purchasingContact",
    "vendor",
    "activationLockEnabled",
    "blockEncryptionCapable",
    "dataProtection",
    "fileEncryptionCapable",
    "passcodeCompliant",
    "passcodeCompliantWithProfile",
    "passcodeLockGracePeriodEnforcedSeconds",
    "passcodePresent",
    "carrierSettingsVersion",
    "currentCarrierNetwork",
    "currentMobileCountryCode",
    "currentMobileNetworkCode",
    "dataRoamingEnabled",
    "eid",
    "network",
    "homeMobileCountryCode",
    "homeMobileNetworkCode",
    "iccid",
    "imei",
    "imei2",
    "meid",
    "personalHotspotEnabled",
    "roaming",
    "lastLoggedInUsernameSelfService",
    "lastLoggedInUsernameSelfServiceTimestamp",
    "lastLoggedInUsernameMdm",
    "lastLoggedInUsernameMdmTimestamp",
    "groupId",
    "groupName",
];

/// All actions on mobile devices.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("mobile_device_summary_list", "/api/v2/mobile-devices")
        .title("List mobile devices in short")
        .about("List mobile devices with name, serial number and model; cannot filter. mobile_device_list filters and has every field.")
        .asked(&["basic list of iPads and iPhones", "quick list of iPads"])
        .needs(&["Read Mobile Devices"])
        .brief(&["id", "name", "serialNumber", "model", "username"]),
    get::<MobileDeviceList>("mobile_device_list", "/api/v2/mobile-devices/detail")
        .about("List mobile devices (iPhones, iPads, Apple TVs), filtered and sorted, with any fields of their inventory; `ea.NAME` is an extension attribute.")
        .asked(&["iPads with old iOS", "iPhones by user", "which iPads are supervised", "low battery iPads", "iPads and iPhones by model or owner", "battery and storage of iPads"])
        .needs(&["Read Mobile Devices"])
        .brief(BRIEF)
        .joins(&[DEPARTMENT, BUILDING, SITE_OF_RECORD])
        .filters(FILTERS)
        .hides(SECRETS)
        .core(),
    get::<ById>("mobile_device_get", "/api/v2/mobile-devices/{id}")
        .about("Get the main facts of one mobile device: name, serial number, model, user.")
        .asked(&["OS version of one iPad", "short record of an iPad"])
        .needs(&["Read Mobile Devices"])
        .core(),
    get::<ById>("mobile_device_detail_get", "/api/v2/mobile-devices/{id}/detail")
        .title("Get everything about a mobile device")
        .about("Get the whole inventory record of one mobile device; tokens and passwords in it are left out.")
        .asked(&["everything known of one iPad", "full record of an iPad"])
        .needs(&["Read Mobile Devices"])
        .hides(SECRETS),
    patch::<Update<MobileDeviceUpdate>>("mobile_device_update", "/api/v2/mobile-devices/{id}")
        .plan_title("Change the record of {devices}")
        .about("Change fields of a mobile device's record: name, asset tag, user and location, purchasing, extension attributes.")
        .asked(&["change the name or the owner of an iPad", "asset tag or owner of an iPad"])
        .needs(&["Update Mobile Devices"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::MobileDevices("id")])
        .affects(Affects::Record)
        .reads_before("mobile_device_detail_get")
        .secret(&[(&["body.tvos.airplayPassword"], Source::Person)])
        .hides(SECRETS),
    get::<PairedDevices>("mobile_device_paired_list", "/api/v2/mobile-devices/{id}/paired-devices")
        .title("List paired devices")
        .about("List the devices that are paired with a mobile device, such as a watch.")
        .asked(&["Apple Watches of an iPhone"])
        .needs(&["Read Mobile Devices"])
        .brief(BRIEF)
        .joins(&[DEPARTMENT, BUILDING, SITE_OF_RECORD])
        .filters(FILTERS)
        .hides(SECRETS)
        .since("11.7"),
    post::<Update<EraseMobileDevice>>("mobile_device_erase", "/api/v2/mobile-devices/{id}/erase")
        .title("Erase a mobile device")
        .about("Erase one mobile device: everything on it is lost and cannot be restored.")
        .asked(&["reset a school iPad", "wipe an iPhone with Return to Service", "wipe an iPhone", "reset a phone to factory settings"])
        .cap(Cap::Erase)
        .needs(&["Send Mobile Device Remote Wipe Command"])
        .risk(Risk::Destructive)
        .warns(&["everything on the device is lost, without warning to its user"])
        .targets(&[Targets::MobileDevices("id")])
        .since("11.23"),
    post::<ById>("mobile_device_unmanage", "/api/v2/mobile-devices/{id}/unmanage")
        .title("Stop managing a mobile device")
        .about("Remove management from one mobile device: its profiles and managed apps go, and it cannot be called back.")
        .asked(&["remove management from an iPhone", "stop managing an iPad"])
        .cap(Cap::Erase)
        .needs(&["Unmanage Mobile Devices"])
        .risk(Risk::Destructive)
        .targets(&[Targets::MobileDevices("id")])
        .since("11.23"),
    post::<ById>("mobile_device_smart_groups_recalculate", "/api/v1/mobile-devices/{id}/recalculate-smart-groups")
        .title("Recalculate the smart groups of a mobile device")
        .about("Work out anew which smart groups one mobile device is in; what is scoped to them follows.")
        .needs(&["Update Smart Mobile Device Groups"])
        .targets(&[Targets::MobileDevices("id")]),
    get::<ById>("mobile_device_record_get", "/JSSResource/mobiledevices/id/{id}")
        .title("Get the record of a mobile device")
        .about("Get the record of one mobile device as mobile_device_create makes it. For all that is known of a device, use mobile_device_detail_get.")
        .asked(&["classic record of an iPad"])
        .probably_needs(&["Read Mobile Devices"])
        .hides(&["activation_lock_bypass_code", "airplay_password", "unlock_token"]),
    post::<Create<MobileDevice>>("mobile_device_create", "/JSSResource/mobiledevices/id/0")
        .about("Create a record of a mobile device that is not enrolled, for the inventory alone; nothing is sent to a device.")
        .asked(&["create an iPad record manually"])
        .probably_needs(&["Create Mobile Devices"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .targets(&[Targets::SerialNumbers("body.general.serial_number")])
        .affects(Affects::SerialNumber)
        .xml("mobile_device"),
    delete::<ById>("mobile_device_delete", "/JSSResource/mobiledevices/id/{id}")
        .plan_title("Delete the record of {devices}")
        .about("Delete the record of a mobile device for good, with its history, activation lock bypass code and unlock token; a device that is managed is not freed by it.")
        .asked(&["remove a retired iPad record", "remove an iPad from Jamf"])
        .cap(Cap::Erase)
        .probably_needs(&["Delete Mobile Devices"])
        .risk(Risk::Destructive)
        .warns(&["its unlock token and history are lost with the record: a passcode that nobody knows cannot be cleared any more"])
        .targets(&[Targets::MobileDevices("id")]),
];

/// Arguments of `mobile_device_list`.
#[derive(JsonSchema)]
pub struct MobileDeviceList {
    /// Sections to read; those that `fields` names by default. A section that is not read is null.
    pub section: Option<Vec<MobileDeviceSection>>,
    /// LENIENT leaves broken sections of a record null; STRICT, Jamf's default, fails the whole page for one broken record.
    #[schemars(rename = "exception-handling")]
    pub exception_handling: Option<ExceptionHandling>,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for MobileDeviceList {
    const ROWS: Rows = Rows::Paged;
}

/// What a broken record does to its page.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ExceptionHandling {
    Strict,
    Lenient,
}

/// Arguments of `mobile_device_paired_list`.
#[derive(JsonSchema)]
pub struct PairedDevices {
    /// Id of the mobile device, digits only.
    pub id: Id,
    /// Sections to read; those that `fields` names by default. A section that is not read is null.
    pub section: Option<Vec<MobileDeviceSection>>,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for PairedDevices {
    const ROWS: Rows = Rows::Paged;
}

/// How a mobile device is erased.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EraseMobileDevice {
    /// Keep the data plan of an eSIM.
    pub preserve_data_plan: Option<bool>,
    /// No setup by holding another device near.
    pub disallow_proximity_setup: Option<bool>,
    /// Clear the activation lock.
    pub clear_activation_lock: Option<bool>,
    /// Put it back to work by itself afterwards.
    pub return_to_service: Option<bool>,
}

/// A section of a mobile device's record.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobileDeviceSection {
    General,
    Hardware,
    UserAndLocation,
    Purchasing,
    Security,
    Applications,
    Ebooks,
    Network,
    ServiceSubscriptions,
    Certificates,
    Profiles,
    UserProfiles,
    ProvisioningProfiles,
    SharedUsers,
    Groups,
    ExtensionAttributes,
}

/// Mobile device update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MobileDeviceUpdate {
    /// Name.
    pub name: Option<String>,
    /// Enforce name.
    pub enforce_name: Option<bool>,
    /// Asset tag.
    pub asset_tag: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// Location.
    pub location: Option<Location>,
    /// Updated extension attributes.
    pub updated_extension_attributes: Option<Vec<MobileExtensionAttribute>>,
    /// IOS.
    pub ios: Option<IosUpdate>,
    /// Tvos.
    pub tvos: Option<TvOsUpdate>,
}

/// Tv OS update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TvOsUpdate {
    /// Airplay password.
    pub airplay_password: Option<String>,
    /// Purchasing.
    pub purchasing: Option<Purchasing>,
}

/// IOS update.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct IosUpdate {
    /// Purchasing.
    pub purchasing: Option<Purchasing>,
}

/// Purchasing.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Purchasing {
    /// Purchased.
    pub purchased: Option<bool>,
    /// Whether it is leased.
    pub leased: Option<bool>,
    /// Purchase order number.
    pub po_number: Option<String>,
    /// Vendor.
    pub vendor: Option<String>,
    /// Number of the AppleCare agreement.
    pub apple_care_id: Option<String>,
    /// Purchase price.
    pub purchase_price: Option<String>,
    /// Purchasing account.
    pub purchasing_account: Option<String>,
    /// Purchase order date, ISO 8601 UTC.
    pub po_date: Option<Timestamp>,
    /// Warranty expires date, ISO 8601 UTC.
    pub warranty_expires_date: Option<Timestamp>,
    /// Lease expires date, ISO 8601 UTC.
    pub lease_expires_date: Option<Timestamp>,
    /// Life expectancy.
    pub life_expectancy: Option<i64>,
    /// Purchasing contact.
    pub purchasing_contact: Option<String>,
}

/// Mobile extension attribute.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MobileExtensionAttribute {
    /// Name.
    pub name: Option<String>,
    /// Type.
    pub r#type: Option<AttributeType>,
    /// Value.
    pub value: Option<Vec<String>>,
    /// Extension attribute collection allowed.
    pub extension_attribute_collection_allowed: Option<bool>,
}

/// Type.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AttributeType {
    String,
    Integer,
    Date,
}

/// Location.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Location {
    /// Username.
    pub username: Option<String>,
    /// Real name.
    pub real_name: Option<String>,
    /// Email address.
    pub email_address: Option<String>,
    /// Position.
    pub position: Option<String>,
    /// Phone number.
    pub phone_number: Option<String>,
    /// Department Id.
    pub department_id: Option<IdOrNone>,
    /// Building Id.
    pub building_id: Option<IdOrNone>,
    /// Room.
    pub room: Option<String>,
}

/// A record of a mobile device, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct MobileDevice {
    /// What it is.
    pub general: MobileDeviceGeneral,
}

/// What a mobile device is.
#[derive(JsonSchema)]
pub struct MobileDeviceGeneral {
    /// Name of the device.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Asset tag.
    pub asset_tag: Option<String>,
    /// Serial number.
    #[schemars(length(min = 1, max = 255))]
    pub serial_number: String,
    /// UDID.
    #[schemars(length(min = 1, max = 255))]
    pub udid: String,
    /// MAC address of its Wi-Fi.
    pub wifi_mac_address: Option<String>,
    /// MAC address of its Bluetooth.
    pub bluetooth_mac_address: Option<String>,
    /// Phone number.
    pub phone_number: Option<String>,
    /// Identifier of its model, such as `iPhone8,1`; it tells an iPad from an iPhone or Apple TV.
    pub model_identifier: Option<String>,
    /// Its model, such as `iPhone 6S`.
    pub model: Option<String>,
    /// Number of its model.
    pub model_number: Option<String>,
    /// Its system, such as `iOS`.
    pub os_type: Option<String>,
    /// Version of its system.
    pub os_version: Option<String>,
    /// Build of its system.
    pub os_build: Option<String>,
    /// Whom it belongs to, such as `Institutional`.
    pub device_ownership_level: Option<String>,
}
