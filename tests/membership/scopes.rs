//! Who is in the scope of what, beside what the tenant says that reaches each computer.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_demo::{Options, Tenant};
use jamf_pro_mcp::fleet::groups::GroupKind;
use jamf_pro_mcp::fleet::known::Known;
use jamf_pro_mcp::fleet::scope::{Deployment, Device, Entry, EntryKind, Place};
use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;
use serde_json::Value;

use crate::records::all;
use crate::straight::Straight;

/// Kinds with a scope, their paths, and what `computermanagement` calls them.
pub(crate) const KINDS: &[(&str, &str, &str)] = &[
    ("policy", "policies", "policies"),
    ("macos_profile", "osxconfigurationprofiles", "os_x_configuration_profiles"),
    ("mac_app", "macapplications", "mac_app_store_apps"),
    ("restricted_software", "restrictedsoftware", "restricted_software"),
    ("ebook", "ebooks", "ebooks"),
];

pub(crate) fn only(value: &Value) -> Value {
    value.as_object().and_then(|map| map.values().next().cloned()).unwrap_or_default()
}

/// Whether a policy has not begun or is over by its own dates, which is no matter of its scope.
fn is_out_of_time(object: &Value) -> bool {
    let moment = |name: &str| {
        let epoch = object.pointer(&format!("/general/date_time_limitations/{name}_date_epoch"))?.as_i64()?;
        Timestamp::from_millisecond(epoch).ok().filter(|_| epoch > 0)
    };
    let now = Timestamp::now();
    moment("activation").is_some_and(|first| now < first)
        || moment("expiration").is_some_and(|last| now > last)
}

#[tokio::test]
async fn what_is_known_of_scopes_is_what_reaches_each_computer() {
    let tenant = Tenant::start(Options { computers: 60, ..Options::default() }).await.unwrap();
    let straight = Straight::to(&tenant).await;
    let mut objects = Vec::new();
    for (kind, path, said) in KINDS {
        for row in only(&straight.read(&format!("/JSSResource/{path}")).await).as_array().unwrap() {
            let id = ObjectId::at(row, "id").unwrap();
            let object = only(&straight.read(&format!("/JSSResource/{path}/id/{id}")).await);
            if !is_out_of_time(&object) {
                objects.push((*said, id, Deployment::read(kind, &object)));
            }
        }
    }
    let mut user_groups: BTreeMap<ObjectId, BTreeSet<String>> = BTreeMap::new();
    for row in only(&straight.read("/JSSResource/usergroups").await).as_array().unwrap() {
        let id = ObjectId::at(row, "id").unwrap();
        let group = only(&straight.read(&format!("/JSSResource/usergroups/id/{id}")).await);
        let users = group["users"].as_array().into_iter().flatten();
        user_groups.insert(id, users.map(|user| user["username"].as_str().unwrap().to_owned()).collect());
    }
    let path = "/api/v4/computers-inventory?section=GENERAL&section=HARDWARE&section=USER_AND_LOCATION&section=GROUP_MEMBERSHIPS";
    let (mut decided, mut unknown, mut inside) = (0, 0, 0);
    for row in all(&straight, path).await {
        let id = ObjectId::at(&row, "id").unwrap();
        let groups: BTreeSet<ObjectId> = row["groupMemberships"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|group| ObjectId::at(group, "groupId"))
            .collect();
        let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let username = Some(text("/userAndLocation/username")).filter(|name| !name.is_empty());
        let is_in_group = |entry: &Entry| match (entry.kind, &entry.id) {
            (EntryKind::UserGroup, Some(id)) => {
                let short = |name: &str| name.split('@').next().unwrap_or_default().to_owned();
                let users = user_groups.get(id).into_iter().flatten();
                let own = username.map(short);
                Known::Known(users.into_iter().any(|user| own.as_ref() == Some(&short(user))))
            }
            (_, Some(id)) => Known::Known(groups.contains(id)),
            _ => Known::unknown("a group without an id"),
        };
        let place = |pointer: &str| {
            Some(Place { id: ObjectId::of(row.pointer(pointer)?), name: None })
                .filter(|place| place.id.is_some())
        };
        let device = Device {
            kind: GroupKind::Computer,
            id: id.clone(),
            serial_number: text("/hardware/serialNumber"),
            name: text("/general/name"),
            building: place("/userAndLocation/buildingId"),
            department: place("/userAndLocation/departmentId"),
            username,
            is_in_group: &is_in_group,
        };
        let said = only(&straight.read(&format!("/JSSResource/computermanagement/id/{id}")).await);
        for (list, object, deployment) in &objects {
            let is_said = said[list]
                .as_array()
                .unwrap()
                .iter()
                .any(|row| ObjectId::at(row, "id").as_ref() == Some(object));
            let reach = deployment.reach(&device);
            assert!(!(is_said && reach.is_false()), "{list} {object} reaches {id}: {deployment:?}");
            let holds =
                if deployment.is_enabled { deployment.scope.holds(&device) } else { Known::Known(false) };
            match holds {
                Known::Known(is_in) => {
                    assert_eq!(is_in, is_said, "{list} {object} and computer {id}: {deployment:?}");
                    decided += 1;
                    inside += usize::from(is_in);
                }
                Known::Unknown(reasons) => {
                    // Only these are a matter of the moment, or not said.
                    let reasons = reasons.to_string();
                    let is_right =
                        ["can only make it fewer", "Jamf may not say", "with or without its domain"]
                            .iter()
                            .any(|part| reasons.contains(part));
                    assert!(is_right, "{list} {object} and computer {id}: {reasons}");
                    unknown += 1;
                }
            }
        }
    }
    assert!(inside > 500 && decided > unknown * 5, "{inside} inside, {decided} decided, {unknown} unknown");
}
