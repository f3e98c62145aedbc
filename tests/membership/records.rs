//! What the simulated tenant answers, as records, groups and members for the evaluation.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_mcp::fleet::groups::{Criterion, Fact, Group, GroupKind, Members, Record};
use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use crate::straight::Straight;

/// Column, and where an answer has its value.
type Column = (&'static str, &'static str);

const COMPUTERS: &[Column] = &[
    ("name", "/general/name"),
    ("asset_tag", "/general/assetTag"),
    ("last_check_in", "/general/lastCheckIn"),
    ("last_inventory", "/general/reportDate"),
    ("enrolled_at", "/general/lastEnrolledDate"),
    ("mdm_profile_expires", "/general/mdmProfileExpiration"),
    ("managed", "/general/remoteManagement/managed"),
    ("supervised", "/general/supervised"),
    ("user_approved_mdm", "/general/userApprovedMdm"),
    ("enrolled_via_ade", "/general/enrolledViaAutomatedDeviceEnrollment"),
    ("ip_address", "/general/lastIpAddress"),
    ("last_reported_ip", "/general/lastReportedIpV4"),
    ("serial_number", "/hardware/serialNumber"),
    ("model", "/hardware/model"),
    ("model_identifier", "/hardware/modelIdentifier"),
    ("processor_type", "/hardware/processorType"),
    ("apple_silicon", "/hardware/appleSilicon"),
    ("ram_mb", "/hardware/totalRamMegabytes"),
    ("os_name", "/operatingSystem/name"),
    ("os_version", "/operatingSystem/version"),
    ("os_build", "/operatingSystem/build"),
    ("filevault_status", "/operatingSystem/fileVault2Status"),
    ("filevault_key_valid", "/diskEncryption/individualRecoveryKeyValidityStatus"),
    ("firewall", "/security/firewallEnabled"),
    ("sip", "/security/sipStatus"),
    ("bootstrap_token_escrowed", "/security/bootstrapTokenEscrowedStatus"),
    ("boot_free_mb", "/storage/bootDriveAvailableSpaceMegabytes"),
    ("username", "/userAndLocation/username"),
    ("full_name", "/userAndLocation/realname"),
    ("email", "/userAndLocation/email"),
    ("position", "/userAndLocation/position"),
    ("room", "/userAndLocation/room"),
];

const MOBILE_DEVICES: &[Column] = &[
    ("name", "/general/displayName"),
    ("asset_tag", "/general/assetTag"),
    ("os_version", "/general/osVersion"),
    ("last_inventory", "/general/lastInventoryUpdateDate"),
    ("enrolled_at", "/general/lastEnrolledDate"),
    ("managed", "/general/managed"),
    ("supervised", "/general/supervised"),
    ("ownership", "/general/deviceOwnershipType"),
    ("serial_number", "/hardware/serialNumber"),
    ("model", "/hardware/model"),
    ("model_identifier", "/hardware/modelIdentifier"),
    ("lost_mode", "/security/lostModeEnabled"),
    ("passcode_present", "/security/passcodePresent"),
    ("passcode_compliant", "/security/passcodeCompliant"),
];

/// Table, column, and the list with the field of a row.
type Rows = (&'static str, &'static str, &'static str, &'static str);

const ROWS: &[Rows] = &[
    ("computer_applications", "name", "/applications", "name"),
    ("computer_applications", "version", "/applications", "version"),
    ("computer_profiles", "name", "/configurationProfiles", "displayName"),
    ("computer_certificates", "common_name", "/certificates", "commonName"),
];

/// Devices of one kind with their groups.
pub(crate) struct World {
    pub(crate) kind: GroupKind,
    pub(crate) records: Vec<(ObjectId, String, Record)>,
    /// What the records say, by the name of the column: to take values for criteria from.
    pub(crate) said: BTreeMap<&'static str, BTreeSet<String>>,
    pub(crate) groups: Vec<Group>,
    /// Members of each group as the tenant says them.
    pub(crate) members: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    }
}

/// Every row of a paged list.
pub(crate) async fn all(straight: &Straight, path: &str) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let page = straight.read(&format!("{path}{joint}page-size=2000")).await;
    let rows = page["results"].as_array().unwrap_or_else(|| panic!("{path} answers {page}")).clone();
    assert_eq!(page["totalCount"].as_u64().unwrap(), u64::try_from(rows.len()).unwrap(), "{path}");
    rows
}

impl World {
    pub(crate) async fn of_computers(straight: &Straight) -> Self {
        let sections = "GENERAL,HARDWARE,OPERATING_SYSTEM,DISK_ENCRYPTION,SECURITY,STORAGE,USER_AND_LOCATION,APPLICATIONS,CONFIGURATION_PROFILES,CERTIFICATES,EXTENSION_ATTRIBUTES";
        let sections: String = sections.split(',').map(|section| format!("section={section}&")).collect();
        let rows = all(straight, &format!("/api/v4/computers-inventory?{sections}sort=id:asc")).await;
        Self::new(straight, GroupKind::Computer, rows).await
    }

    pub(crate) async fn of_mobile_devices(straight: &Straight) -> Self {
        let sections: String =
            ["GENERAL", "HARDWARE", "SECURITY", "USER_AND_LOCATION", "EXTENSION_ATTRIBUTES"]
                .map(|section| format!("section={section}&"))
                .concat();
        let rows =
            all(straight, &format!("/api/v2/mobile-devices/detail?{sections}sort=mobileDeviceId:asc")).await;
        Self::new(straight, GroupKind::MobileDevice, rows).await
    }

    async fn new(straight: &Straight, kind: GroupKind, rows: Vec<Value>) -> Self {
        let mut said: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
        let mut places = BTreeMap::new();
        for family in ["buildings", "departments"] {
            for row in all(straight, &format!("/api/v1/{family}")).await {
                places.insert((family, text(row.get("id")).unwrap()), text(row.get("name")).unwrap());
            }
        }
        let (table, columns, id) = match kind {
            GroupKind::MobileDevice => ("mobile_devices", MOBILE_DEVICES, "mobileDeviceId"),
            _ => ("computers", COMPUTERS, "id"),
        };
        let mut records = Vec::new();
        for row in &rows {
            let id = ObjectId::at(row, id).unwrap();
            let mut record = Record::new(id.clone());
            let mut add = |record: Record, table, column, values: Vec<Option<String>>| {
                said.entry(column).or_default().extend(values.iter().flatten().cloned());
                record.with(Fact::Column { table, column }, values)
            };
            for (column, pointer) in columns {
                record = add(record, table, column, vec![text(row.pointer(pointer))]);
            }
            for (column, family, pointer) in [
                ("building", "buildings", "/userAndLocation/buildingId"),
                ("department", "departments", "/userAndLocation/departmentId"),
            ] {
                let place = text(row.pointer(pointer)).and_then(|id| places.get(&(family, id)).cloned());
                record = add(record, table, column, vec![place]);
            }
            for (table, column, list, field) in ROWS.iter().filter(|_| kind == GroupKind::Computer) {
                let rows = row.pointer(list).and_then(Value::as_array).into_iter().flatten();
                record = add(record, table, column, rows.map(|row| text(row.get(field))).collect());
            }
            for attribute in row["extensionAttributes"].as_array().into_iter().flatten() {
                let values = attribute.get("values").or_else(|| attribute.get("value"));
                let values = values.and_then(Value::as_array).into_iter().flatten();
                let name = text(attribute.get("name")).unwrap();
                record = record.with(Fact::Attribute(name), values.map(|value| text(Some(value))).collect());
            }
            records.push((id.clone(), text(row.pointer(columns[0].1)).unwrap_or_default(), record));
        }
        let (groups, members) = groups(straight, kind).await;
        Self { kind, records, said, groups, members }
    }
}

type ByGroup = BTreeMap<ObjectId, BTreeSet<ObjectId>>;

async fn groups(straight: &Straight, kind: GroupKind) -> (Vec<Group>, ByGroup) {
    let (path, list, one, devices) = match kind {
        GroupKind::MobileDevice => {
            ("mobiledevicegroups", "mobile_device_groups", "mobile_device_group", "mobile_devices")
        }
        _ => ("computergroups", "computer_groups", "computer_group", "computers"),
    };
    let listed = straight.read(&format!("/JSSResource/{path}")).await;
    let (mut groups, mut members) = (Vec::new(), ByGroup::new());
    for row in listed[list].as_array().unwrap() {
        let id = ObjectId::at(row, "id").unwrap();
        let group = straight.read(&format!("/JSSResource/{path}/id/{id}")).await[one].clone();
        let own: BTreeSet<ObjectId> = group[devices]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|device| ObjectId::at(device, "id"))
            .collect();
        members.insert(id.clone(), own.clone());
        groups.push(Group {
            kind,
            id,
            name: text(group.get("name")).unwrap(),
            members: if group["is_smart"] == true {
                Members::Criteria(Criterion::read_all(&group))
            } else {
                Members::Listed(own)
            },
        });
    }
    (groups, members)
}
