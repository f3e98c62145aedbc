//! Tables of devices and users.

use serde_json::{Map, Value as Json, json};

use super::{
    Kind, Table, boolean, combine, convert, date, each, id, id_at, integer, kind, moment, name_of, of,
    read_at, text,
};
use crate::sanitize::personal::Personal::{Hardware, Network, Person, Phone, Place};

/// Where extension attributes stand in a computer: each in the section that it is shown in.
const ATTRIBUTES: &str = "extensionAttributes|general.extensionAttributes|hardware.extensionAttributes|operatingSystem.extensionAttributes\
                          |purchasing.extensionAttributes|userAndLocation.extensionAttributes";

/// Where they stand in a mobile device.
const MOBILE_ATTRIBUTES: &str = "extensionAttributes|general.extensionAttributes|hardware.extensionAttributes|purchasing.extensionAttributes\
                                 |userAndLocation.extensionAttributes";

/// The tables.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "computers",
        about: "One row a computer.",
        fills: &[of("computers")],
        is_shared: false,
        columns: &[
            id("id"),
            text("udid", "udid"),
            text("management_id", "general.managementId"),
            text("serial_number", "hardware.serialNumber"),
            text("name", "general.name"),
            text("asset_tag", "general.assetTag"),
            text("model", "hardware.model"),
            text("model_identifier", "hardware.modelIdentifier"),
            boolean("apple_silicon", "hardware.appleSilicon"),
            text("processor_type", "hardware.processorType"),
            text("processor_architecture", "hardware.processorArchitecture"),
            integer("ram_mb", "hardware.totalRamMegabytes"),
            text("os_name", "operatingSystem.name"),
            text("os_version", "operatingSystem.version"),
            text("os_build", "operatingSystem.build"),
            text("os_rsr", "operatingSystem.rapidSecurityResponse"),
            boolean("managed", "general.remoteManagement.managed"),
            boolean("supervised", "general.supervised"),
            boolean("mdm_capable", "general.mdmCapable.capable"),
            boolean("user_approved_mdm", "general.userApprovedMdm"),
            boolean("enrolled_via_ade", "general.enrolledViaAutomatedDeviceEnrollment"),
            text("enrollment_method", "general.enrollmentMethod.objectType"),
            convert("prestage_name", Kind::Text, "general.enrollmentMethod", prestage_name),
            id_at("site_id", "general.site.id"),
            convert("site_name", Kind::Text, "general.site", site_name),
            moment("last_check_in", "general.lastCheckIn"),
            moment("last_contact", "general.lastContact"),
            moment("last_inventory", "general.reportDate"),
            moment("enrolled_at", "general.lastEnrolledDate"),
            date("first_seen", "general.initialEntryDate"),
            moment("mdm_profile_expires", "general.mdmProfileExpiration"),
            text("ip_address", "general.lastIpAddress").personal(Network),
            text("last_reported_ip", "general.lastReportedIpV4").personal(Network),
            text("jamf_version", "general.jamfBinaryVersion"),
            text("username", "userAndLocation.username").personal(Person),
            text("full_name", "userAndLocation.realname").personal(Person),
            text("email", "userAndLocation.email").personal(Person),
            text("position", "userAndLocation.position").personal(Place),
            text("phone", "userAndLocation.phone").personal(Phone),
            text("room", "userAndLocation.room").personal(Place),
            id_at("department_id", "userAndLocation.departmentId"),
            name_of("department", "department_list", "userAndLocation.departmentId"),
            id_at("building_id", "userAndLocation.buildingId"),
            name_of("building", "building_list", "userAndLocation.buildingId"),
            boolean("filevault", "diskEncryption.fileVault2Enabled"),
            text("filevault_status", "operatingSystem.fileVault2Status"),
            text("filevault_key_valid", "diskEncryption.individualRecoveryKeyValidityStatus"),
            text("disk_encryption_configuration", "diskEncryption.diskEncryptionConfigurationName"),
            boolean("institutional_key", "diskEncryption.institutionalRecoveryKeyPresent"),
            text("sip", "security.sipStatus"),
            text("gatekeeper", "security.gatekeeperStatus"),
            boolean("firewall", "security.firewallEnabled"),
            text("secure_boot", "security.secureBootLevel"),
            text("bootstrap_token_escrowed", "security.bootstrapTokenEscrowedStatus"),
            boolean("activation_lock", "security.activationLockEnabled"),
            boolean("recovery_lock", "security.recoveryLockEnabled"),
            integer("boot_free_mb", "storage.bootDriveAvailableSpaceMegabytes"),
            convert("boot_size_mb", Kind::Integer, "storage.disks", |disks| of_boot(disks, "sizeMegabytes")),
            convert("boot_used_percent", Kind::Integer, "storage.disks", |disks| {
                of_boot(disks, "percentUsed")
            }),
            integer("battery_percent", "hardware.batteryCapacityPercent"),
            text("battery_health", "hardware.batteryHealth"),
            date("warranty_date", "purchasing.warrantyDate"),
            text("po_number", "purchasing.poNumber"),
            text("purchase_price", "purchasing.purchasePrice"),
            text("vendor", "purchasing.vendor"),
            date("lease_date", "purchasing.leaseDate"),
            text("last_user", "general.lastLoggedInUsernameBinary").personal(Person),
            boolean("ddm", "general.declarativeDeviceManagementEnabled"),
            combine("extension_attributes", Kind::FreeText, ATTRIBUTES, attributes_by_name).personal(Person),
            read_at("as_of"),
        ],
    },
    Table {
        name: "computer_extension_attributes",
        about: "One row a computer and extension attribute.",
        fills: &[each("computers", ATTRIBUTES)],
        is_shared: false,
        columns: &[
            id("device_id"),
            id_at("attribute_id", "definitionId"),
            text("name", "name"),
            convert("value", Kind::RawText, "values", joined).personal(Person),
            convert("number", Kind::Real, "", |row| of_type(row, "INTEGER")),
            convert("date", Kind::Moment, "", |row| of_type(row, "DATE")),
            text("data_type", "dataType"),
            convert("values_count", Kind::Integer, "values", count),
        ],
    },
    Table {
        name: "computer_disks",
        about: "One row a partition of a computer's disks.",
        fills: &[each("computers", "storage.disks.partitions")],
        is_shared: false,
        columns: &[
            id("computer_id"),
            text("name", "name"),
            text("type", "partitionType"),
            integer("size_mb", "sizeMegabytes"),
            integer("free_mb", "availableMegabytes"),
            integer("used_percent", "percentUsed"),
            text("filevault_state", "fileVault2State"),
            integer("filevault_percent", "fileVault2ProgressPercent"),
        ],
    },
    Table {
        name: "computer_applications",
        about: "One row an application on a computer.",
        fills: &[each("computer applications", "applications")],
        is_shared: true,
        columns: &[
            id("computer_id"),
            text("name", "name").indexed(),
            text("version", "version").indexed(),
            text("bundle_id", "bundleId").indexed(),
            text("short_version", "cfBundleShortVersionString").indexed(),
            text("path", "path").personal(Person),
            boolean("mac_app_store", "macAppStore"),
            integer("size_mb", "sizeMegabytes"),
        ],
    },
    Table {
        name: "computer_local_users",
        about: "One row a local account of a computer.",
        fills: &[each("computer local users", "localUserAccounts")],
        is_shared: false,
        columns: &[
            id("computer_id"),
            text("username", "username").personal(Person),
            text("full_name", "fullName").personal(Person),
            text("uid", "uid"),
            boolean("admin", "admin"),
            boolean("filevault", "fileVault2Enabled"),
            integer("home_size_mb", "homeDirectorySizeMb"),
        ],
    },
    Table {
        name: "computer_certificates",
        about: "One row a certificate on a computer.",
        fills: &[each("computer certificates", "certificates")],
        is_shared: false,
        columns: &[
            id("computer_id"),
            text("common_name", "commonName").personal(Person),
            moment("expires", "expirationDate"),
            text("status", "certificateStatus"),
        ],
    },
    Table {
        name: "computer_profiles",
        about: "One row a configuration profile that is installed on a computer.",
        fills: &[each("computer profiles", "configurationProfiles")],
        is_shared: false,
        columns: &[
            id("computer_id"),
            id_at("profile_id", "id"),
            text("identifier", "profileIdentifier"),
            text("name", "displayName"),
            moment("installed_at", "lastInstalled"),
            boolean("removable", "removable"),
            text("username", "username").personal(Person),
        ],
    },
    Table {
        name: "computer_receipts",
        about: "One row a computer and package that Jamf Pro installed on it.",
        fills: &[each("computer receipts", "packageReceipts.installedByJamfPro")],
        is_shared: false,
        columns: &[id("computer_id"), text("name", "")],
    },
    Table {
        name: "group_members",
        about: "One row a device and group that it is in, by what Jamf says.",
        fills: &[
            each("computer groups of devices", "groupMemberships"),
            each("mobile device groups of devices", "groups"),
        ],
        is_shared: false,
        columns: &[
            id("device_id"),
            kind("kind"),
            id_at("group_id", "groupId"),
            convert("source", Kind::Text, "", |_| json!("jamf")),
        ],
    },
    Table {
        name: "mobile_devices",
        about: "One row a mobile device.",
        fills: &[of("mobile devices")],
        is_shared: false,
        columns: &[
            id("id"),
            text("udid", "general.udid"),
            text("management_id", "general.managementId"),
            text("name", "general.displayName"),
            text("asset_tag", "general.assetTag"),
            text("type", "deviceType"),
            text("serial_number", "hardware.serialNumber"),
            text("model", "hardware.model"),
            text("model_identifier", "hardware.modelIdentifier"),
            text("os_version", "general.osVersion"),
            text("os_build", "general.osBuild"),
            boolean("managed", "general.managed"),
            boolean("supervised", "general.supervised"),
            text("ownership", "general.deviceOwnershipType"),
            text("prestage_name", "general.enrollmentMethodPrestage.profileName"),
            id_at("site_id", "general.siteId"),
            name_of("site_name", "site_list", "general.siteId"),
            moment("last_inventory", "general.lastInventoryUpdateDate"),
            moment("last_contact", "general.lastContactDate"),
            moment("enrolled_at", "general.lastEnrolledDate"),
            moment("mdm_profile_expires", "general.mdmProfileExpirationDate"),
            boolean("lost_mode", "security.lostModeEnabled"),
            boolean("passcode_present", "security.passcodePresent"),
            boolean("passcode_compliant", "security.passcodeCompliant"),
            boolean("activation_lock", "security.activationLockEnabled"),
            boolean("jailbreak", "security.jailBreakDetected"),
            integer("capacity_mb", "hardware.capacityMb"),
            integer("free_mb", "hardware.availableSpaceMb"),
            integer("used_percent", "hardware.usedSpacePercentage"),
            integer("battery_percent", "hardware.batteryLevel"),
            text("ip_address", "general.ipAddress").personal(Network),
            text("wifi_mac_address", "hardware.wifiMacAddress").personal(Hardware),
            text("imei", "network.imei"),
            text("phone_number", "network.phoneNumber").personal(Phone),
            text("carrier", "network.currentCarrierNetwork|network.homeCarrierNetwork"),
            date("warranty_date", "purchasing.warrantyExpiresDate"),
            boolean("shared_ipad", "general.sharedIpad"),
            text("username", "userAndLocation.username").personal(Person),
            text("full_name", "userAndLocation.realName").personal(Person),
            text("email", "userAndLocation.emailAddress").personal(Person),
            id_at("department_id", "userAndLocation.departmentId"),
            name_of("department", "department_list", "userAndLocation.departmentId"),
            id_at("building_id", "userAndLocation.buildingId"),
            name_of("building", "building_list", "userAndLocation.buildingId"),
            boolean("ddm", "general.declarativeDeviceManagementEnabled"),
            combine("extension_attributes", Kind::FreeText, MOBILE_ATTRIBUTES, attributes_by_name)
                .personal(Person),
            read_at("as_of"),
        ],
    },
    Table {
        name: "mobile_device_extension_attributes",
        about: "One row a mobile device and extension attribute.",
        fills: &[each("mobile devices", MOBILE_ATTRIBUTES)],
        is_shared: false,
        columns: &[
            id("device_id"),
            id_at("attribute_id", "id"),
            text("name", "name"),
            convert("value", Kind::RawText, "value", joined).personal(Person),
            convert("number", Kind::Real, "", |row| of_type(row, "INTEGER")),
            convert("date", Kind::Moment, "", |row| of_type(row, "DATE")),
            text("data_type", "type"),
            convert("values_count", Kind::Integer, "value", count),
        ],
    },
    Table {
        name: "mobile_device_applications",
        about: "One row an app on a mobile device.",
        fills: &[each("mobile device contents", "applications")],
        is_shared: true,
        columns: &[
            id("device_id"),
            text("name", "name").indexed(),
            text("version", "version").indexed(),
            text("bundle_id", "identifier").indexed(),
            text("short_version", "shortVersion").indexed(),
            text("management_status", "managementStatus"),
        ],
    },
    Table {
        name: "mobile_device_profiles",
        about: "One row a configuration profile that is installed on a mobile device.",
        fills: &[each("mobile device contents", "profiles")],
        is_shared: false,
        columns: &[
            id("device_id"),
            text("identifier", "identifier"),
            text("name", "displayName"),
            moment("installed_at", "lastInstalled"),
            boolean("removable", "removable"),
        ],
    },
    Table {
        name: "mobile_device_certificates",
        about: "One row a certificate on a mobile device.",
        fills: &[each("mobile device contents", "certificates")],
        is_shared: false,
        columns: &[
            id("device_id"),
            text("common_name", "commonName").personal(Person),
            moment("expires", "expirationDate"),
        ],
    },
    Table {
        name: "users",
        about: "One row a user record of Jamf Pro.",
        fills: &[of("users")],
        is_shared: false,
        columns: &[
            id("id"),
            text("username", "username").personal(Person),
            text("full_name", "realname").personal(Person),
            text("email", "email").personal(Person),
            text("phone", "phone").personal(Phone),
            text("position", "position").personal(Place),
        ],
    },
];

/// The name of the PreStage enrollment that a computer came by.
fn prestage_name(method: &Json) -> Json {
    let kind = method.get("objectType").and_then(Json::as_str).unwrap_or_default();
    if kind.to_lowercase().contains("prestage") {
        method.get("objectName").cloned().unwrap_or_default()
    } else {
        Json::Null
    }
}

/// The name of a site. The site of what has none is called `None`.
fn site_name(site: &Json) -> Json {
    let is_none = site.get("id").is_none_or(|id| id == "-1" || id == -1);
    if is_none { Json::Null } else { site.get("name").cloned().unwrap_or_default() }
}

/// A field of the partition that a computer starts from.
fn of_boot(disks: &Json, field: &str) -> Json {
    let partitions = disks
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|disk| disk.get("partitions")?.as_array())
        .flatten();
    let mut boot =
        partitions.filter(|partition| partition.get("partitionType").is_some_and(|kind| kind == "BOOT"));
    boot.next().and_then(|partition| partition.get(field)).cloned().unwrap_or_default()
}

/// The values of an extension attribute, a line each. An attribute that has none has no value.
fn joined(values: &Json) -> Json {
    let texts: Vec<&str> = values.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    if texts.is_empty() { Json::Null } else { json!(texts.join("\n")) }
}

fn count(values: &Json) -> Json {
    json!(values.as_array().map_or(0, Vec::len))
}

/// The single value of an extension attribute of a type.
fn of_type(row: &Json, kind: &str) -> Json {
    let field = |names: [&str; 2]| names.into_iter().find_map(|name| row.get(name));
    let is_of_type =
        field(["dataType", "type"]).and_then(Json::as_str).is_some_and(|found| found.starts_with(kind));
    let values =
        field(["values", "value"]).and_then(Json::as_array).filter(|values| is_of_type && values.len() == 1);
    let value = values.and_then(|values| values.first()).and_then(Json::as_str).unwrap_or_default().trim();
    // A date of an attribute has no zone and often no time of day.
    if kind == "DATE" {
        let value = value.replacen(' ', "T", 1);
        return match value.len() {
            10 => json!(format!("{value}T00:00:00Z")),
            19 => json!(format!("{value}Z")),
            _ => json!(value),
        };
    }
    json!(value)
}

/// The values of all extension attributes of a computer by their names, as JSON text.
fn attributes_by_name(lists: &[&Json]) -> Json {
    let mut by_name = Map::new();
    for attribute in lists.iter().filter_map(|list| list.as_array()).flatten() {
        let (Some(name), values) = (
            attribute.get("name").and_then(Json::as_str),
            attribute.get("values").or_else(|| attribute.get("value")),
        ) else {
            continue;
        };
        by_name.insert(name.to_owned(), values.map(joined).unwrap_or_default());
    }
    json!(Json::Object(by_name).to_string())
}
