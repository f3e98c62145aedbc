//! The names of objects that a call gives by their ids: a list of ids tells nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::jobs::{Work, text_at};

/// Fields that refer to objects by id, and the lists that have the names of these objects.
const LISTS: &[(&str, &[&str])] = &[
    ("computer_groups", &["smart_computer_group_list", "static_computer_group_list"]),
    ("mobile_device_groups", &["smart_mobile_group_list", "static_mobile_group_list"]),
    ("buildings", &["building_list"]),
    ("departments", &["department_list"]),
    ("network_segments", &["network_segment_list"]),
    ("computers", &["computer_list"]),
    ("mobile_devices", &["mobile_device_list"]),
    ("jss_users", &["user_list"]),
    ("users", &["user_list"]),
    ("jss_user_groups", &["user_group_list"]),
    ("scripts", &["script_list"]),
    ("packages", &["package_list"]),
    ("printers", &["printer_list"]),
    ("dock_items", &["dock_item_list"]),
    ("directory_bindings", &["directory_binding_list"]),
    ("ibeacons", &["ibeacon_list"]),
    ("self_service_categories", &["category_list"]),
    ("buildingId", &["building_list"]),
    ("departmentId", &["department_list"]),
    ("categoryId", &["category_list"]),
    ("category", &["category_list"]),
    ("siteId", &["site_list"]),
    ("site", &["site_list"]),
];

/// Places in which lists have the names of their rows.
const NAMES: &[&str] =
    &["name", "groupName", "general.name", "displayName", "general.displayName", "packageName", "username"];

/// Places in which lists have the ids of their rows.
const IDS: &[&str] = &["id", "groupId", "mobileDeviceId"];

/// The names of objects, by the field that refers to them and their id. What is not in `LISTS`, and what a role may not read, has none.
///
/// # Errors
/// When a list cannot be read for another reason than the tenant's refusal.
pub(super) async fn read(
    work: &Work<'_>,
    wanted: &BTreeSet<(String, ObjectId)>,
) -> Result<BTreeMap<(String, ObjectId), String>, Error> {
    let is_wanted = |(of, _): &&(&str, &[&str])| wanted.iter().any(|(field, _)| field == of);
    let fields = LISTS.iter().filter(is_wanted).map(|(field, lists)| of_field(work, field, lists, wanted));
    Ok(futures::future::try_join_all(fields).await?.into_iter().flatten().collect())
}

/// The names of the objects that one field refers to.
async fn of_field(
    work: &Work<'_>,
    field: &str,
    lists: &[&str],
    wanted: &BTreeSet<(String, ObjectId)>,
) -> Result<Vec<((String, ObjectId), String)>, Error> {
    let ids: BTreeSet<&ObjectId> = wanted.iter().filter(|(of, _)| of == field).map(|(_, id)| id).collect();
    let fields: Vec<&str> = IDS.iter().chain(NAMES).copied().collect();
    let lists = lists.iter().map(|list| work.rows(list, Value::Object(Map::new()), &fields));
    let mut names = Vec::new();
    for found in futures::future::join_all(lists).await {
        let found = match found {
            Ok(found) => found,
            Err(error) if error.is_of_jamf() => continue,
            Err(error) => return Err(error),
        };
        for row in &found.rows {
            let first =
                |paths: &[&str]| paths.iter().map(|path| text_at(row, path)).find(|text| !text.is_empty());
            if let Some(id) = first(IDS).and_then(|id| ObjectId::parse(&id)).filter(|id| ids.contains(id))
                && let Some(name) = first(NAMES)
            {
                names.push(((field.to_owned(), id), name));
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Catalogue;

    use super::*;

    #[test]
    fn names_are_in_lists_that_there_are() {
        for (field, lists) in LISTS {
            for list in *lists {
                assert!(Catalogue::get().find(list).is_some(), "{field}: {list}");
            }
        }
    }
}
