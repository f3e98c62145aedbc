//! The whole configuration of the tenant, read through both APIs, contradicts neither itself nor the devices that it is for. The rules
//! hold for every object; those that are planted to break one are counted.

mod directories;
mod groups;
mod others;
mod policies;
mod profiles;
mod scopes;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{classic::json_of, client::Client};
use crate::{Options, store::id_text};

/// A computer with what reaches it and what happened to it.
pub(super) struct Mac {
    pub(super) id: String,
    /// Its record in the Jamf Pro API.
    pub(super) record: Value,
    pub(super) management: Value,
    pub(super) history: Value,
}

impl Mac {
    pub(super) fn at(&self, pointer: &str) -> &Value {
        self.record.pointer(pointer).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, pointer: &str) -> &str {
        self.at(pointer).as_str().unwrap_or_default()
    }

    pub(super) fn groups(&self) -> HashSet<String> {
        rows(self.at("/groupMemberships")).iter().map(|group| id_text(&group["groupId"])).collect()
    }

    pub(super) fn profiles(&self) -> HashSet<u64> {
        let ids = rows(self.at("/configurationProfiles")).iter();
        ids.map(|profile| profile["id"].as_str().unwrap().parse().unwrap()).collect()
    }
}

/// Everything that the rules are about.
pub(super) struct Told {
    pub(super) macs: Vec<Mac>,
    /// The objects of the Classic API by the path of their family.
    pub(super) classic: HashMap<&'static str, Vec<Value>>,
    /// The answers of the Jamf Pro API by their paths.
    pub(super) pro: HashMap<&'static str, Value>,
}

/// Families of the Classic API, the element of their lists, and the element of one.
const CLASSIC: [(&str, &str, &str); 11] = [
    ("policies", "policies", "policy"),
    ("osxconfigurationprofiles", "os_x_configuration_profiles", "os_x_configuration_profile"),
    ("mobiledeviceconfigurationprofiles", "configuration_profiles", "configuration_profile"),
    ("macapplications", "mac_applications", "mac_application"),
    ("mobiledeviceapplications", "mobile_device_applications", "mobile_device_application"),
    ("restrictedsoftware", "restricted_software", "restricted_software"),
    ("patchpolicies", "patch_policies", "patch_policy"),
    ("computergroups", "computer_groups", "computer_group"),
    ("mobiledevicegroups", "mobile_device_groups", "mobile_device_group"),
    ("advancedcomputersearches", "advanced_computer_searches", "advanced_computer_search"),
    ("usergroups", "user_groups", "user_group"),
];

const PRO: [&str; 21] = [
    "/api/v1/packages?page-size=2000",
    "/api/v1/scripts?page-size=2000",
    "/api/v1/buildings?page-size=2000",
    "/api/v1/departments?page-size=2000",
    "/api/v1/users?page-size=1000",
    "/api/v1/ldap/groups?q=",
    "/api/v1/api-roles?page-size=2000",
    "/api/v1/api-integrations?page-size=2000",
    "/api/v1/api-role-privileges",
    "/api/v1/managed-software-updates/plans?page-size=2000",
    "/api/v2/mdm/commands?page-size=2000&filter=status=in=(PENDING,ERROR,NOT_NOW)",
    "/api/v1/jcds/files",
    "/api/v1/cloud-distribution-point/files?page-size=2000",
    "/api/v3/computer-prestages?page-size=2000",
    "/api/v2/patch-software-title-configurations",
    "/api/v1/onboarding",
    "/api/v1/computer-extension-attributes?page-size=2000",
    "/api/v1/volume-purchasing-locations?page-size=2000",
    "/api/v1/device-enrollments?page-size=2000",
    "/api/v2/mobile-devices/detail?page-size=2000&section=GENERAL&section=HARDWARE&section=GROUPS",
    "/api/v1/ldap/servers",
];

pub(super) async fn patient() -> Client {
    Client::new(Options { token_lifetime: Duration::from_secs(600), ..Options::default() }).await
}

static TOLD: OnceCell<Told> = OnceCell::const_new();

/// Read once for all tests.
pub(super) async fn told() -> &'static Told {
    TOLD.get_or_init(async || read(&patient().await).await).await
}

async fn read(client: &Client) -> Told {
    let path = "/api/v4/computers-inventory?section=GENERAL&section=GROUP_MEMBERSHIPS&section=CONFIGURATION_PROFILES&section=CERTIFICATES\
                &section=APPLICATIONS&section=OPERATING_SYSTEM&section=USER_AND_LOCATION&section=HARDWARE&section=SECURITY&section=STORAGE\
                &section=DISK_ENCRYPTION&section=EXTENSION_ATTRIBUTES&section=PACKAGE_RECEIPTS&page-size=2000";
    let records = client.get(path).await.json["results"].as_array().unwrap().clone();
    let mut macs = Vec::new();
    for record in records {
        let id = id_text(&record["id"]);
        let management = json_of(client, &format!("/JSSResource/computermanagement/id/{id}")).await.json;
        let history = json_of(client, &format!("/JSSResource/computerhistory/id/{id}")).await.json;
        macs.push(Mac {
            id,
            record,
            management: management["computer_management"].clone(),
            history: history["computer_history"].clone(),
        });
    }
    let mut classic = HashMap::new();
    for (family, list, one) in CLASSIC {
        // The list of patch policies is in the other API alone.
        let listed = match family {
            "patchpolicies" => client.get("/api/v2/patch-policies").await.json["results"].clone(),
            _ => json_of(client, &format!("/JSSResource/{family}")).await.json[list].clone(),
        };
        let mut objects = Vec::new();
        for row in listed.as_array().unwrap_or_else(|| panic!("{family}: {listed}")) {
            let got = json_of(client, &format!("/JSSResource/{family}/id/{}", id_text(&row["id"]))).await;
            assert!(got.json[one].is_object(), "{family}: {}", got.text);
            objects.push(got.json[one].clone());
        }
        classic.insert(family, objects);
    }
    let mut pro = HashMap::new();
    for path in PRO {
        let got = client.get(path).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text);
        pro.insert(path.split('?').next().unwrap(), got.json);
    }
    Told { macs, classic, pro }
}

impl Told {
    pub(super) fn results(&self, path: &str) -> &[Value] {
        let of = self.pro.get(path).unwrap_or_else(|| panic!("{path} is not read"));
        of.as_array().or_else(|| of["results"].as_array()).unwrap_or_else(|| panic!("{path}: {of}"))
    }

    /// The name of an object of the Jamf Pro API by its id.
    fn named(&self, path: &str, field: &str, id: &Value) -> Option<&str> {
        let found = self.results(path).iter().find(|object| id_text(&object["id"]) == id_text(id))?;
        found[field].as_str()
    }

    pub(super) fn policy(&self, name: &str) -> &Value {
        let found = self.classic["policies"].iter().find(|policy| policy["general"]["name"] == name);
        found.unwrap_or_else(|| panic!("no policy {name}"))
    }

    pub(super) fn by_management_id(&self, id: &str) -> Option<&Mac> {
        self.macs.iter().find(|mac| mac.text("/general/managementId").eq_ignore_ascii_case(id))
    }
}

pub(super) fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Lists of a scope that stand for devices.
const TARGETS: [&str; 4] = ["computers", "computer_groups", "buildings", "departments"];

/// Whether lists of a scope name a Mac by itself, its groups or its place.
pub(super) fn names(lists: &Value, mac: &Mac) -> bool {
    let groups = mac.groups();
    TARGETS.iter().any(|list| {
        rows(&lists[*list]).iter().any(|row| {
            let id = id_text(&row["id"]);
            match *list {
                "computers" => id == mac.id,
                "computer_groups" => groups.contains(&id),
                "buildings" => id == mac.text("/userAndLocation/buildingId"),
                _ => id == mac.text("/userAndLocation/departmentId"),
            }
        })
    })
}

/// Whether a scope without limitations to people and networks holds a Mac.
pub(super) fn in_scope(scope: &Value, mac: &Mac) -> bool {
    (scope["all_computers"] == json!(true) || names(scope, mac)) && !names(&scope["exclusions"], mac)
}
