//! Scopes: made from the names of what they refer to, so that a name is always the name of its object, and judged for one device.

use std::{collections::HashSet, net::Ipv4Addr};

use serde_json::{Map, Value, json};

use crate::store::{id_text, set};

/// The lists of a scope by the words of `demo/world/`.
const LISTS: [(&str, &str); 9] = [
    ("group", "computer_groups"),
    ("devices", "mobile_device_groups"),
    ("building", "buildings"),
    ("department", "departments"),
    ("segment", "network_segments"),
    ("directory", "user_groups"),
    ("person", "users"),
    ("user group", "jss_user_groups"),
    ("user", "jss_users"),
];

/// Something that no list of the tenant has any more.
const DELETED: u64 = 9_001;

/// A scope of computers, or of mobile devices. Each text is a kind and a name, such as `group:Pilot` or `directory:All staff`; `all` is
/// every device. `find` gives the id of what a list and a name stand for.
pub(crate) fn build(
    mobile: bool,
    [targets, limits, exclusions]: [&[String]; 3],
    find: &dyn Fn(&str, &str) -> Option<Value>,
) -> Value {
    let (devices, groups, all) = match mobile {
        true => ("mobile_devices", "mobile_device_groups", "all_mobile_devices"),
        false => ("computers", "computer_groups", "all_computers"),
    };
    let mut scope = empty(&[devices, groups, "buildings", "departments", "jss_users", "jss_user_groups"]);
    let mut limited = empty(&["users", "user_groups", "network_segments", "ibeacons"]);
    let lists =
        [devices, groups, "buildings", "departments", "users", "user_groups", "network_segments", "ibeacons"];
    let mut excluded = empty(&lists);
    set(&mut excluded, "jss_users", json!([]));
    set(&mut excluded, "jss_user_groups", json!([]));
    fill(&mut scope, targets, find);
    fill(&mut limited, limits, find);
    fill(&mut excluded, exclusions, find);
    set(&mut scope, all, json!(targets.iter().any(|target| target == "all")));
    set(&mut scope, "all_jss_users", json!(false));
    set(&mut scope, "limitations", limited);
    set(&mut scope, "exclusions", excluded);
    scope
}

fn empty(names: &[&str]) -> Value {
    Value::Object(names.iter().map(|name| ((*name).to_owned(), json!([]))).collect::<Map<String, Value>>())
}

fn fill(lists: &mut Value, texts: &[String], find: &dyn Fn(&str, &str) -> Option<Value>) {
    for (word, name) in texts.iter().filter_map(|text| text.split_once(':')) {
        let Some((_, list)) = LISTS.iter().find(|(own, _)| *own == word) else { continue };
        let entry = match *list {
            // People of a directory have no id in a scope.
            "users" => json!({"name": name}),
            _ => json!({"id": find(list, name).unwrap_or(json!(DELETED)), "name": name}),
        };
        if let Some(rows) = lists.get_mut(*list).and_then(Value::as_array_mut) {
            rows.push(entry);
        }
    }
}

/// What a device is, as far as scopes ask.
pub(crate) struct DeviceFacts<'a> {
    pub(crate) id: String,
    pub(crate) groups: HashSet<String>,
    pub(crate) building: String,
    pub(crate) department: String,
    /// The short name of its user; empty when it is nobody's.
    pub(crate) user: String,
    pub(crate) address: String,
    /// Whether its user is in a group of a directory.
    pub(crate) in_directory: &'a dyn Fn(&str) -> bool,
    /// Whether its user is in a user group of Jamf Pro.
    pub(crate) in_user_group: &'a dyn Fn(&str) -> bool,
    /// First and last address of a network segment.
    pub(crate) segment: &'a dyn Fn(&str) -> Option<(String, String)>,
}

impl DeviceFacts<'_> {
    /// Whether a scope holds the device: it is a target, no limitation keeps it out, and no exclusion does.
    pub(crate) fn is_in(&self, scope: &Value) -> bool {
        let is_set = |name: &str| scope.get(name).and_then(Value::as_bool).unwrap_or_default();
        let target = is_set("all_computers") || is_set("all_mobile_devices") || self.names_device(scope);
        let untold = scope.get("untold").is_some_and(|untold| self.names_device(untold));
        let excluded =
            scope.get("exclusions").is_some_and(|all| self.names_device(all) || self.person_or_place(all));
        (target || untold) && !excluded && scope.get("limitations").is_none_or(|all| self.within(all))
    }

    /// Whether a list of devices, groups and places names it.
    fn names_device(&self, lists: &Value) -> bool {
        let any = |name: &str, test: &dyn Fn(&Value, &str) -> bool| {
            rows(lists, name).any(|row| test(row, &id_of(row)))
        };
        any("computers", &|_, id| id == self.id)
            || any("mobile_devices", &|_, id| id == self.id)
            || any("computer_groups", &|_, id| self.groups.contains(id))
            || any("mobile_device_groups", &|_, id| self.groups.contains(id))
            || any("buildings", &|_, id| id == self.building)
            || any("departments", &|_, id| id == self.department)
            || any("jss_users", &|row, _| self.is_user(row))
            || any("jss_user_groups", &|row, _| (self.in_user_group)(name_of(row)))
    }

    fn is_user(&self, row: &Value) -> bool {
        let short = name_of(row).split('@').next().unwrap_or_default();
        !self.user.is_empty() && short.eq_ignore_ascii_case(&self.user)
    }

    fn in_segment(&self, row: &Value) -> bool {
        let Some((first, last)) = (self.segment)(name_of(row)) else { return false };
        let number = |text: &str| text.parse::<Ipv4Addr>().ok();
        match (number(&self.address), number(&first), number(&last)) {
            (Some(own), Some(first), Some(last)) => first <= own && own <= last,
            _ => false,
        }
    }

    fn is_person(&self, lists: &Value) -> bool {
        rows(lists, "users").any(|row| self.is_user(row))
            || rows(lists, "user_groups").any(|row| (self.in_directory)(name_of(row)))
    }

    fn person_or_place(&self, lists: &Value) -> bool {
        self.is_person(lists) || rows(lists, "network_segments").any(|row| self.in_segment(row))
    }

    /// Limitations to people and to networks each let through whom they name; none lets everybody through.
    fn within(&self, lists: &Value) -> bool {
        let none = |name: &str| rows(lists, name).next().is_none();
        let people = (none("users") && none("user_groups")) || self.is_person(lists);
        let places =
            none("network_segments") || rows(lists, "network_segments").any(|row| self.in_segment(row));
        people && places
    }
}

fn rows<'v>(lists: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    lists.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn id_of(row: &Value) -> String {
    row.get("id").map(id_text).unwrap_or_default()
}

fn name_of(row: &Value) -> &str {
    row.get("name").and_then(Value::as_str).unwrap_or_default()
}
