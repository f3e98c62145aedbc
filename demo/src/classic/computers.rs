//! Computers as the Classic API shows them: deprecated, and still what most scripts read. The same records as in the Jamf Pro API, in
//! other words.

use serde_json::{Map, Value, json};

use super::{Context, Reply, dates, devices, pages, render, subset, text, type_of};
use crate::{classic::facts::Operation, inventory::Kind, store::set};

/// Answer a path of the computers.
pub(super) fn answer(context: &mut Context<'_>, operation: &'static Operation, parts: &[&str]) -> Reply {
    let of = type_of(operation)?;
    let rows = |context: &Context<'_>, made: &dyn Fn(&Context<'_>, usize) -> Value| -> Vec<Value> {
        let all = devices::inventory(context, Kind::Computers).rows(context.sight);
        all.into_iter().map(|at| made(context, at)).collect()
    };
    match parts {
        [_] => {
            let names = rows(context, &|context, at| {
                let names = devices::names(context, Kind::Computers, at);
                json!({"id": names.id, "name": names.name})
            });
            Ok(render(context.call, of, &json!(names)))
        }
        [_, "subset", "basic"] => {
            let basic = rows(context, &basic);
            Ok(render(context.call, of, &json!(basic)))
        }
        [_, "match", "name", wanted] => Ok(search(context, operation, wanted, &["name"])?),
        [_, "match", wanted] => Ok(search(context, operation, wanted, MATCHED)?),
        [_, key, value] => {
            let record = of.shape.fill_in(record(context, at(context, key, value)?));
            Ok(render(context.call, of, &record))
        }
        [_, key, value, "subset", names] => {
            let record = of.shape.fill_in(record(context, at(context, key, value)?));
            Ok(render(context.call, of, &subset(&record, names)))
        }
        _ => Err(pages::not_found()),
    }
}

/// What a search looks at.
const MATCHED: &[&str] = &[
    "name",
    "udid",
    "serial_number",
    "mac_address",
    "alt_mac_address",
    "asset_tag",
    "bar_code_1",
    "bar_code_2",
    "username",
    "realname",
    "email",
    "room",
    "position",
];

fn at(context: &Context<'_>, key: &str, value: &str) -> Result<usize, crate::exchange::Answer> {
    devices::row_of(context, Kind::Computers, key, value).ok_or_else(pages::not_found)
}

fn section(context: &Context<'_>, at: usize, name: &str) -> Value {
    devices::part(context, Kind::Computers, at, name)
}

/// The name of a building or department by its id.
fn name_of(context: &Context<'_>, family: &str, id: &str) -> String {
    let objects = context.store.objects(family, context.sight);
    let found = objects.iter().find(|object| text(object, "id") == id);
    found.map(|object| text(object, "name").to_owned()).unwrap_or_default()
}

/// One row of the list that scripts filter by themselves.
fn basic(context: &Context<'_>, at: usize) -> Value {
    let names = devices::names(context, Kind::Computers, at);
    let (general, place) = (section(context, at, "general"), section(context, at, "userAndLocation"));
    let hardware = section(context, at, "hardware");
    let reported = general.get("reportDate").and_then(dates::read);
    json!({
        "id": names.id, "name": names.name, "managed": devices::is_managed(context, Kind::Computers, at),
        "username": text(&place, "username"), "model": text(&hardware, "model"),
        "department": name_of(context, "departments", text(&place, "departmentId")),
        "building": name_of(context, "buildings", text(&place, "buildingId")),
        "mac_address": names.mac, "udid": names.udid, "serial_number": names.serial,
        "report_date_utc": reported.map(dates::utc).unwrap_or_default(),
        "report_date_epoch": reported.map_or(0, jiff::Timestamp::as_millisecond),
    })
}

fn search(
    context: &Context<'_>,
    operation: &'static Operation,
    wanted: &str,
    fields: &[&str],
) -> Result<crate::exchange::Answer, crate::exchange::Answer> {
    let of = type_of(operation)?;
    let wanted = wanted.to_lowercase();
    let row = |at: usize| {
        let names = devices::names(context, Kind::Computers, at);
        let (general, place) = (section(context, at, "general"), section(context, at, "userAndLocation"));
        let hardware = section(context, at, "hardware");
        json!({
            "id": names.id, "name": names.name, "udid": names.udid, "serial_number": names.serial,
            "mac_address": names.mac, "alt_mac_address": text(&hardware, "altMacAddress"),
            "asset_tag": text(&general, "assetTag"), "bar_code_1": text(&general, "barcode1"),
            "bar_code_2": text(&general, "barcode2"), "username": text(&place, "username"),
            "realname": text(&place, "realname"), "email": text(&place, "email"),
            "email_address": text(&place, "email"), "room": text(&place, "room"), "position": text(&place, "position"),
        })
    };
    let matches =
        |row: &Value| fields.iter().any(|field| devices::like(&text(row, field).to_lowercase(), &wanted));
    let all = devices::inventory(context, Kind::Computers).rows(context.sight);
    let rows: Vec<Value> = all.into_iter().map(row).filter(matches).collect();
    Ok(render(context.call, of, &json!(rows)))
}

/// A value under another name, empty where there is none.
fn value(of: &Value, name: &str) -> Value {
    of.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(json!(""))
}

/// All three forms of a date of another section.
fn put_date(into: &mut Map<String, Value>, name: &str, of: &Value, field: &str) {
    dates::set_at(into, name, of.get(field).and_then(dates::read));
}

/// The whole record of a computer.
fn record(context: &Context<'_>, at: usize) -> Value {
    json!({
        "general": general(context, at),
        "location": location(context, at),
        "purchasing": purchasing(&section(context, at, "purchasing")),
        "peripherals": [],
        "hardware": hardware(context, at),
        "certificates": certificates(&section(context, at, "certificates")),
        "security": security(&section(context, at, "security")),
        "software": software(context, at),
        "extension_attributes": attributes(&section(context, at, "extensionAttributes")),
        "groups_accounts": groups_and_accounts(context, at),
        "configuration_profiles": profiles(&section(context, at, "configurationProfiles")),
    })
}

fn general(context: &Context<'_>, at: usize) -> Value {
    let names = devices::names(context, Kind::Computers, at);
    let (general, hardware) = (section(context, at, "general"), section(context, at, "hardware"));
    let site = general.get("site").cloned().unwrap_or_default();
    let mut made = json!({
        "id": names.id, "name": names.name, "network_adapter_type": value(&hardware, "networkAdapterType"),
        "mac_address": names.mac, "alt_network_adapter_type": value(&hardware, "altNetworkAdapterType"),
        "alt_mac_address": value(&hardware, "altMacAddress"), "ip_address": value(&general, "lastIpAddress"),
        "last_reported_ip": value(&general, "lastReportedIpV4"), "last_reported_ip_v4": value(&general, "lastReportedIpV4"),
        "last_reported_ip_v6": value(&general, "lastReportedIpV6"), "serial_number": names.serial, "udid": names.udid,
        "jamf_version": value(&general, "jamfBinaryVersion"), "platform": "Mac",
        "barcode_1": value(&general, "barcode1"), "barcode_2": value(&general, "barcode2"),
        "asset_tag": value(&general, "assetTag"),
        "remote_management": {"managed": devices::is_managed(context, Kind::Computers, at),
            "management_username": general.pointer("/remoteManagement/managementUsername")},
        "supervised": general.get("supervised"),
        "mdm_capable": general.pointer("/mdmCapable/capable"),
        "mdm_capable_users": general.pointer("/mdmCapable/capableUsers").cloned().unwrap_or(json!([])),
        "management_status": {
            "enrolled_via_dep": general.get("enrolledViaAutomatedDeviceEnrollment"),
            "user_approved_enrollment": general.get("userApprovedMdm"), "user_approved_mdm": general.get("userApprovedMdm"),
        },
        "distribution_point": value(&general, "distributionPoint"),
        "site": {"id": text(&site, "id").parse::<i64>().unwrap_or(-1), "name": value(&site, "name")},
        "itunes_store_account_is_active": general.get("itunesStoreAccountActive"),
    });
    if let Value::Object(fields) = &mut made {
        for (name, field) in [
            ("report_date", "reportDate"),
            ("last_contact_time", "lastCheckIn"),
            ("initial_entry_date", "initialEntryDate"),
            ("last_cloud_backup_date", "lastCloudBackupDate"),
            ("last_enrolled_date", "lastEnrolledDate"),
            ("mdm_profile_expiration", "mdmProfileExpiration"),
        ] {
            put_date(fields, name, &general, field);
        }
    }
    made
}

fn location(context: &Context<'_>, at: usize) -> Value {
    let place = section(context, at, "userAndLocation");
    json!({
        "username": value(&place, "username"), "realname": value(&place, "realname"), "real_name": value(&place, "realname"),
        "email_address": value(&place, "email"), "position": value(&place, "position"), "phone": value(&place, "phone"),
        "phone_number": value(&place, "phone"), "department": name_of(context, "departments", text(&place, "departmentId")),
        "building": name_of(context, "buildings", text(&place, "buildingId")), "room": value(&place, "room"),
    })
}

fn purchasing(of: &Value) -> Value {
    let mut made = json!({
        "is_purchased": of.get("purchased"), "is_leased": of.get("leased"), "po_number": value(of, "poNumber"),
        "vendor": value(of, "vendor"), "applecare_id": value(of, "appleCareId"), "purchase_price": value(of, "purchasePrice"),
        "purchasing_account": value(of, "purchasingAccount"), "purchasing_contact": value(of, "purchasingContact"),
        "life_expectancy": of.get("lifeExpectancy"), "attachments": [],
    });
    if let Value::Object(fields) = &mut made {
        put_date(fields, "po_date", of, "poDate");
        put_date(fields, "warranty_expires", of, "warrantyDate");
        put_date(fields, "lease_expires", of, "leaseDate");
    }
    made
}

fn hardware(context: &Context<'_>, at: usize) -> Value {
    let (hardware, system) = (section(context, at, "hardware"), section(context, at, "operatingSystem"));
    let (security, encryption) = (section(context, at, "security"), section(context, at, "diskEncryption"));
    let storage = section(context, at, "storage");
    json!({
        "make": value(&hardware, "make"), "model": value(&hardware, "model"),
        "model_identifier": value(&hardware, "modelIdentifier"), "os_name": value(&system, "name"),
        "os_version": value(&system, "version"), "os_build": value(&system, "build"),
        "active_directory_status": value(&system, "activeDirectoryStatus"), "service_pack": "",
        "processor_type": value(&hardware, "processorType"), "processor_architechture": value(&hardware, "processorArchitecture"),
        "processor_speed": hardware.get("processorSpeedMhz"), "processor_speed_mhz": hardware.get("processorSpeedMhz"),
        "number_processors": hardware.get("processorCount"), "number_cores": hardware.get("coreCount"),
        "total_ram": hardware.get("totalRamMegabytes"), "total_ram_mb": hardware.get("totalRamMegabytes"),
        "boot_rom": value(&hardware, "bootRom"), "bus_speed": 0, "bus_speed_mhz": 0, "battery_capacity": hardware.get("batteryCapacityPercent").filter(|own| !own.is_null()).cloned().unwrap_or(json!(-1)),
        "cache_size": 0, "cache_size_kb": 0, "available_ram_slots": hardware.get("openRamSlots"),
        "optical_drive": value(&hardware, "opticalDrive"), "nic_speed": value(&hardware, "nicSpeed"),
        "smc_version": value(&hardware, "smcVersion"), "ble_capable": hardware.get("bleCapable"),
        "sip_status": spoken(text(&security, "sipStatus")), "gatekeeper_status": spoken(text(&security, "gatekeeperStatus")),
        "xprotect_version": value(&security, "xprotectVersion"),
        "institutional_recovery_key": if encryption.get("institutionalRecoveryKeyPresent") == Some(&json!(true)) { "Present" } else { "Not Present" },
        "disk_encryption_configuration": value(&encryption, "diskEncryptionConfigurationName"),
        "filevault2_users": encryption.get("fileVault2EnabledUserNames").cloned().unwrap_or(json!([])),
        "storage": disks(&storage), "mapped_printers": section(context, at, "printers"),
    })
}

/// `APP_STORE_AND_IDENTIFIED_DEVELOPERS` as `App Store and identified developers`.
fn spoken(word: &str) -> String {
    let lower = word.replace('_', " ").to_lowercase();
    let mut letters = lower.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    first + letters.as_str()
}

fn disks(storage: &Value) -> Value {
    let disks = storage.get("disks").and_then(Value::as_array).into_iter().flatten();
    let free = storage.get("bootDriveAvailableSpaceMegabytes");
    let disk = |disk: &Value| {
        let partitions = disk.get("partitions").and_then(Value::as_array).into_iter().flatten();
        let partition = |own: &Value| {
            let encrypted = text(own, "fileVault2State") == "ENCRYPTED";
            json!({
                "name": value(own, "name"), "size": own.get("sizeMegabytes"), "type": if text(own, "partitionType") == "BOOT" { "boot" } else { "other" },
                "partition_capacity_mb": own.get("sizeMegabytes"), "percentage_full": own.get("percentUsed"),
                "available_mb": own.get("availableMegabytes").or(free), "boot_drive_available_mb": free,
                "filevault_status": if encrypted { "Encrypted" } else { "Not Encrypted" }, "filevault_percent": own.get("fileVault2ProgressPercent"),
                "filevault2_status": if encrypted { "Encrypted" } else { "Not Encrypted" }, "filevault2_percent": own.get("fileVault2ProgressPercent"),
            })
        };
        json!({
            "disk": value(disk, "device"), "model": value(disk, "model"), "revision": value(disk, "revision"),
            "serial_number": value(disk, "serialNumber"), "size": disk.get("sizeMegabytes"), "drive_capacity_mb": disk.get("sizeMegabytes"),
            "connection_type": "NO", "smart_status": value(disk, "smartStatus"),
            "partitions": partitions.map(partition).collect::<Vec<_>>(),
        })
    };
    disks.map(disk).collect()
}

fn certificates(of: &Value) -> Value {
    let row = |own: &Value| {
        let expires = own.get("expirationDate").and_then(dates::read);
        json!({
            "common_name": value(own, "commonName"), "identity": own.get("identity"), "name": value(own, "username"),
            "expires_utc": expires.map(dates::utc).unwrap_or_default(),
            "expires_epoch": expires.map_or(0, jiff::Timestamp::as_millisecond),
        })
    };
    of.as_array().into_iter().flatten().map(row).collect()
}

fn security(of: &Value) -> Value {
    json!({
        "activation_lock": of.get("activationLockEnabled"), "recovery_lock_enabled": of.get("recoveryLockEnabled"),
        "secure_boot_level": spoken(text(of, "secureBootLevel")), "external_boot_level": spoken(text(of, "externalBootLevel")),
        "firewall_enabled": of.get("firewallEnabled"),
    })
}

fn software(context: &Context<'_>, at: usize) -> Value {
    let receipts = section(context, at, "packageReceipts");
    let list = |name: &str| receipts.get(name).cloned().unwrap_or(json!([]));
    let rows = |part: &str, row: &dyn Fn(&Value) -> Value| -> Value {
        section(context, at, part).as_array().into_iter().flatten().map(row).collect()
    };
    let app = |app: &Value| json!({"name": value(app, "name"), "path": value(app, "path"), "version": value(app, "version"), "bundle_id": value(app, "bundleId")});
    let update = |own: &Value| json!({"name": value(own, "name"), "package_name": value(own, "packageName"), "version": value(own, "version")});
    json!({
        "unix_executables": [], "licensed_software": [], "installed_by_casper": list("installedByJamfPro"),
        "installed_by_installer_swu": list("installedByInstallerSwu"), "cached_by_casper": list("cached"),
        "available_software_updates": rows("softwareUpdates", &|own| value(own, "name")),
        "available_updates": rows("softwareUpdates", &update),
        "running_services": rows("services", &|own| value(own, "name")),
        "applications": rows("applications", &app), "fonts": [], "plugins": [],
    })
}

fn attributes(of: &Value) -> Value {
    let row = |own: &Value| {
        let values = own.get("values").and_then(Value::as_array);
        let all: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
        let kind = match text(own, "dataType") {
            "INTEGER" => "Number",
            "DATE_TIME" => "Date",
            _ => "String",
        };
        json!({
            "id": text(own, "definitionId").parse::<u64>().unwrap_or(0), "name": value(own, "name"), "type": kind,
            "multi_value": own.get("multiValue"), "value": all.join(", "),
        })
    };
    of.as_array().into_iter().flatten().map(row).collect()
}

fn groups_and_accounts(context: &Context<'_>, at: usize) -> Value {
    let groups = section(context, at, "groupMemberships");
    let groups: Vec<Value> =
        groups.as_array().into_iter().flatten().map(|group| value(group, "groupName")).collect();
    let accounts = section(context, at, "localUserAccounts");
    let account = |own: &Value| {
        let size = own.get("homeDirectorySizeMb").and_then(Value::as_i64).unwrap_or(-1);
        json!({
            "name": value(own, "username"), "realname": value(own, "fullName"), "uid": value(own, "uid"),
            "home": value(own, "homeDirectory"), "home_size": format!("{size}MB"), "home_size_mb": size,
            "administrator": own.get("admin"), "filevault_enabled": own.get("fileVault2Enabled"),
        })
    };
    json!({
        "computer_group_memberships": groups,
        "local_accounts": accounts.as_array().into_iter().flatten().map(account).collect::<Vec<_>>(),
    })
}

fn profiles(of: &Value) -> Value {
    let row = |own: &Value| {
        let mut made = json!({
            "name": value(own, "displayName"), "uuid": value(own, "profileIdentifier"), "is_removable": own.get("removable"),
        });
        set(&mut made, "id", json!(text(own, "id").parse::<i64>().unwrap_or(-1)));
        made
    };
    of.as_array().into_iter().flatten().map(row).collect()
}
