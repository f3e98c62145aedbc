//! Scopes as the APIs have them, laid into one shape: lists of the Classic API below `scope`, the smart group of an App Installers
//! deployment, and the serial numbers of a PreStage enrollment.

use jamf_pro_tools::object_id::ObjectId;
use serde_json::Value;

use super::{Entry, EntryKind, Role, Scope};
use crate::fleet::groups::GroupKind;

/// Lists of a scope of the Classic API and what they name.
static LISTS: &[(&str, EntryKind)] = &[
    ("computers", EntryKind::Computer),
    ("computer_groups", EntryKind::ComputerGroup),
    ("mobile_devices", EntryKind::MobileDevice),
    ("mobile_device_groups", EntryKind::MobileDeviceGroup),
    ("buildings", EntryKind::Building),
    ("departments", EntryKind::Department),
    ("jss_users", EntryKind::User),
    ("jss_user_groups", EntryKind::UserGroup),
    ("users", EntryKind::DirectoryUser),
    ("user_groups", EntryKind::DirectoryGroup),
    ("network_segments", EntryKind::NetworkSegment),
    ("ibeacons", EntryKind::Ibeacon),
    ("classes", EntryKind::Class),
];

impl EntryKind {
    /// The list of a scope of the Classic API that names such things.
    pub fn list(self) -> Option<&'static str> {
        LISTS.iter().find(|(_, kind)| *kind == self).map(|(list, _)| *list)
    }
}

/// Switches of a scope of the Classic API.
static EVERYTHING: &[(&str, GroupKind)] = &[
    ("all_computers", GroupKind::Computer),
    ("all_mobile_devices", GroupKind::MobileDevice),
    ("all_jss_users", GroupKind::User),
];

/// Where an object of the Classic API has its lists. Jamf keeps directory groups of the limitations of a policy in two places, and
/// network segments that a policy is limited to in two as well.
static PARTS: &[(&str, Role)] = &[
    ("/scope", Role::Target),
    ("/scope/limitations", Role::Limitation),
    ("/scope/limit_to_users", Role::Limitation),
    ("/general/network_limitations", Role::Limitation),
    ("/scope/exclusions", Role::Exclusion),
];

impl Scope {
    /// The scope of an object of any kind, as either API answers it. An object without one is for no device.
    pub fn read(object: &Value) -> Self {
        let mut entries = Vec::new();
        for (pointer, role) in PARTS {
            let Some(part) = object.pointer(pointer) else { continue };
            for (list, kind) in LISTS {
                let rows = part.get(list).and_then(Value::as_array).into_iter().flatten();
                entries.extend(rows.filter_map(|row| entry(*role, *kind, row)));
            }
            let is_on = |name: &str| part.get(name).is_some_and(is_true);
            let all = EVERYTHING.iter().filter(|(name, _)| *role == Role::Target && is_on(name));
            entries.extend(all.map(|(_, kind)| Entry {
                role: Role::Target,
                kind: EntryKind::All(*kind),
                id: None,
                name: String::new(),
            }));
        }
        entries.extend(smart_group(object));
        entries.extend(serial_numbers(object));
        let mut scope = Self::new(entries);
        scope.drop_second_names();
        scope
    }

    /// The same of a kind of object whose API does not say Jamf users and user groups among the targets.
    #[must_use]
    pub fn hiding_users(mut self) -> Self {
        self.may_hide_users = true;
        self
    }

    /// An entry without an id is one with an id, where both have the same name.
    fn drop_second_names(&mut self) {
        let with_id: Vec<Entry> = self.entries.iter().filter(|entry| entry.id.is_some()).cloned().collect();
        self.entries.retain(|entry| {
            let is_same = |other: &Entry| {
                (other.role, other.kind) == (entry.role, entry.kind)
                    && other.name.eq_ignore_ascii_case(&entry.name)
            };
            entry.id.is_some() || !with_id.iter().any(is_same)
        });
    }
}

/// The switch of a scope of the Classic API that names everything of a kind.
pub(in crate::fleet) fn switch(kind: GroupKind) -> &'static str {
    EVERYTHING.iter().find(|(_, of)| *of == kind).map_or("", |(name, _)| name)
}

fn is_true(value: &Value) -> bool {
    *value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn text(row: &Value, name: &str) -> String {
    row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A row of a list: a name, an object, or an object in one field with its name (`{"computer": {"id": 7}}`).
fn entry(role: Role, kind: EntryKind, row: &Value) -> Option<Entry> {
    let only = row.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    let row = match only {
        Some((name, inner))
            if inner.is_object() || (inner.is_string() && !["id", "name"].contains(&name.as_str())) =>
        {
            inner
        }
        _ => row,
    };
    let name = row.as_str().map_or_else(|| text(row, "name"), str::to_owned);
    let id = ObjectId::at(row, "id");
    (id.is_some() || !name.is_empty()).then_some(Entry { role, kind, id, name })
}

fn smart_group(object: &Value) -> Option<Entry> {
    let id = ObjectId::at(object, "smartGroupId").or_else(|| ObjectId::at(object, "smartGroup.id"))?;
    let name = object.get("smartGroup").map(|group| text(group, "name")).unwrap_or_default();
    Some(Entry { role: Role::Target, kind: EntryKind::ComputerGroup, id: Some(id), name })
}

fn serial_numbers(object: &Value) -> impl Iterator<Item = Entry> + '_ {
    let list = |name: &str| object.get(name).and_then(Value::as_array).into_iter().flatten();
    let rows = list("assignments").chain(list("serialNumbers"));
    rows.filter_map(|row| {
        let name = row.as_str().map_or_else(|| text(row, "serialNumber"), str::to_owned);
        let entry = Entry { role: Role::Target, kind: EntryKind::SerialNumber, id: None, name };
        (!entry.name.is_empty()).then_some(entry)
    })
}
