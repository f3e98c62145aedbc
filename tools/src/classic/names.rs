//! Which names are those of lists in the Classic API, and what their entries are called. A table, and what the body types say.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::catalogue::Catalogue;
use crate::xml;

/// Lists that can only be read, with the names of their entries; those that can be written are known from the body types.
/// A name that Jamf uses for something else too is recognized by its entries alone.
const READ_ONLY: &[(&str, &[&str], Sure)] = &[
    ("apple_tvs", &["apple_tv"], Sure::Yes),
    ("applications", &["application"], Sure::No),
    ("apps", &["app"], Sure::Yes),
    ("attachments", &["attachment"], Sure::Yes),
    ("audits", &["audit"], Sure::Yes),
    ("available_software_updates", &["name"], Sure::No),
    ("available_titles", &["available_title"], Sure::Yes),
    ("available_updates", &["update"], Sure::Yes),
    ("cached_by_casper", &["package"], Sure::Yes),
    ("casper_imaging_logs", &["casper_imaging_log"], Sure::Yes),
    ("casper_remote_logs", &["casper_remote_log"], Sure::Yes),
    ("certificates", &["certificate"], Sure::Yes),
    ("completed", &["command"], Sure::No),
    ("computer_group_memberships", &["group"], Sure::Yes),
    ("computer_usage_logs", &["usage_log"], Sure::Yes),
    ("computers", &["computer"], Sure::Yes),
    ("configuration_profiles", &["configuration_profile"], Sure::Yes),
    ("criteria", &["criterion"], Sure::Yes),
    ("display_fields", &["display_field"], Sure::Yes),
    ("ebooks", &["ebook"], Sure::No),
    ("extension_attributes", &["extension_attribute"], Sure::Yes),
    ("failed", &["command", "app"], Sure::No),
    ("filevault_2_users", &["user"], Sure::Yes),
    ("font_definitions", &["definition"], Sure::Yes),
    ("fonts", &["font"], Sure::Yes),
    ("groups", &["group"], Sure::No),
    ("installed", &["app"], Sure::No),
    ("installed_by_casper", &["package"], Sure::Yes),
    ("installed_by_installer_swu", &["package"], Sure::Yes),
    ("invitation_usage", &["usage"], Sure::Yes),
    ("licenses", &["license"], Sure::Yes),
    ("local_accounts", &["user"], Sure::Yes),
    ("mac_app_store_apps", &["mac_app_store_app"], Sure::Yes),
    ("mapped_printers", &["printer"], Sure::Yes),
    ("members", &["user"], Sure::Yes),
    ("mobile_device_groups", &["mobile_device_group", "group"], Sure::Yes),
    ("mobile_devices", &["mobile_device"], Sure::No),
    ("os_x_configuration_profiles", &["profile", "os_x_configuration_profile"], Sure::Yes),
    ("packages", &["package"], Sure::Yes),
    ("partition", &[], Sure::No),
    ("patch_policies", &["patch_policy"], Sure::Yes),
    ("patch_reporting_software_titles", &["title"], Sure::Yes),
    ("pending", &["command", "app"], Sure::No),
    ("peripherals", &["peripheral", "peripherals"], Sure::No),
    ("plugin_definitions", &["definition"], Sure::Yes),
    ("plugins", &["plugin"], Sure::Yes),
    ("policies", &["policy"], Sure::Yes),
    ("policy_logs", &["policy_log"], Sure::Yes),
    ("printers", &["printer"], Sure::Yes),
    ("privileges", &["privilege"], Sure::No),
    ("provisioning_profiles", &["mobile_device_provisioning_profile", "provisioning_profile"], Sure::Yes),
    ("restricted_software", &["restricted_software_title", "software"], Sure::No),
    ("rules", &["rule"], Sure::Yes),
    ("screen_sharing_logs", &["screen_sharing_log"], Sure::Yes),
    ("smart_groups", &["group"], Sure::Yes),
    ("software_definitions", &["definition"], Sure::Yes),
    ("static_groups", &["group"], Sure::Yes),
    ("storage", &["device"], Sure::Yes),
    ("student_group_ids", &["id"], Sure::Yes),
    ("students", &["student"], Sure::Yes),
    ("teacher_group_ids", &["id"], Sure::Yes),
    ("teacher_ids", &["id"], Sure::Yes),
    ("teachers", &["teacher"], Sure::Yes),
    ("user_groups", &["user_group"], Sure::Yes),
    ("user_location", &["location"], Sure::Yes),
    ("users", &["user"], Sure::No),
    ("versions", &["version"], Sure::No),
];

/// Whether a name is always that of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    Yes,
    No,
}

#[derive(Debug)]
pub(super) struct List {
    pub(super) entries: Vec<String>,
    pub(super) sure: bool,
}

/// What the names of elements say about them.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) lists: HashMap<String, List>,
    /// Fields of objects that would look like the entries of a list, and are not.
    pub(super) objects: HashMap<String, HashSet<String>>,
}

pub(super) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    for (name, entries, sure) in READ_ONLY {
        let entries = entries.iter().map(|entry| (*entry).to_owned()).collect();
        names.lists.insert((*name).to_owned(), List { entries, sure: *sure == Sure::Yes });
    }
    let bodies = Catalogue::get().actions().filter(|action| action.xml.is_some());
    let bodies: Vec<_> = bodies.map(|action| action.compiled_schema().internal).collect();
    for body in &bodies {
        collect_lists(body, &mut names.lists);
    }
    for body in &bodies {
        collect_others(body, &mut names);
    }
    names
});

/// Lists of a body type, and the elements that their entries become.
fn collect_lists(schema: &Map<String, Value>, lists: &mut HashMap<String, List>) {
    for (name, property) in properties(schema) {
        if let Some(item) = property.get(xml::ITEM).and_then(Value::as_str) {
            let list = lists.entry(name.clone()).or_insert_with(|| List { entries: Vec::new(), sure: true });
            if !list.entries.iter().any(|entry| entry == item) {
                list.entries.push(item.to_owned());
            }
        }
        collect_lists(property, lists);
    }
}

/// What is a list in one body and something else in another is not surely a list.
fn collect_others(schema: &Map<String, Value>, names: &mut Names) {
    for (name, property) in properties(schema) {
        if !property.contains_key(xml::ITEM) {
            if let Some(list) = names.lists.get_mut(name) {
                list.sure = false;
            }
            let fields =
                property.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
            names.objects.entry(name.clone()).or_default().extend(fields.cloned());
        }
        collect_others(property, names);
    }
}

fn properties(schema: &Map<String, Value>) -> impl Iterator<Item = (&String, &Map<String, Value>)> {
    let items = schema.get("items").and_then(Value::as_object);
    let of = |schema: &'_ Map<String, Value>| schema.get("properties").and_then(Value::as_object).is_some();
    let holder = if of(schema) { Some(schema) } else { items };
    let below = holder.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    below.into_iter().flatten().filter_map(|(name, property)| Some((name, property.as_object()?)))
}
