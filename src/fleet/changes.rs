//! What a write of this server changes of what is kept. It follows from where the write goes, from what its action declares, and from its
//! answer: an object is read again where it can be named, and a whole source where it cannot.
//!
//! Rows of other objects that repeat something of it, such as its name, stay as old as they are.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, Catalogue, DeviceKind, Effect, GroupKind, Method};
use serde_json::{Map, Value};

use super::parts::{PARTS, Part, Source};
use super::store::{Changed, Store};
use super::tables::Value as Cell;
use crate::error::Error;

/// One write as it was sent.
#[derive(Debug, Clone)]
pub struct Write {
    /// The action.
    pub action: &'static Action,
    /// Its arguments.
    pub arguments: Map<String, Value>,
    /// The id in the tenant's answer.
    pub answered_id: Option<String>,
}

/// A group of devices as it is kept before a write changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGroup {
    /// The kind of its devices.
    pub kind: DeviceKind,
    /// Its id, which is not that of the platform.
    pub id: String,
    /// Its id on the platform, where it is known.
    pub platform_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its criteria say who is in it.
    pub is_smart: bool,
}

impl Write {
    /// The group of devices that it changes or deletes; `None` where it does so with none, or nothing is kept of the group. This waits
    /// for the disk: see [`Store::run`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn group(&self, store: &Store) -> Result<Option<KnownGroup>, Error> {
        let Some(Affects::Group(group)) = self.action.affects else { return Ok(None) };
        let Some(id) = self.arguments.get("id").and_then(plain) else { return Ok(None) };
        let (condition, key) = match group {
            GroupKind::Any => ("platform_groups.platform_id = ?1 COLLATE NOCASE", id),
            GroupKind::Smart(kind) | GroupKind::Static(kind) => {
                ("groups.kind || ' ' || groups.id = ?1", format!("{} {id}", word(kind)))
            }
        };
        let sql = format!(
            "SELECT groups.kind, groups.id, platform_groups.platform_id, groups.name, groups.smart FROM groups
             LEFT JOIN platform_groups ON platform_groups.kind = groups.kind AND platform_groups.group_id = groups.id WHERE {condition}"
        );
        let rows = store.select(&sql, &[Cell::Text(key)])?;
        let [row] = rows.as_slice() else { return Ok(None) };
        let text = |at: usize| match row.get(at) {
            Some(Cell::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let kinds = [DeviceKind::Computer, DeviceKind::MobileDevice];
        let kind = kinds.into_iter().find(|kind| text(0).is_some_and(|text| text == word(*kind)));
        let known = kind.zip(text(1)).map(|(kind, id)| KnownGroup {
            kind,
            id,
            platform_id: text(2),
            name: text(3).unwrap_or_default(),
            is_smart: row.get(4) == Some(&Cell::Integer(1)),
        });
        Ok(known)
    }

    /// What the write changed. `is_certain` says that it was carried out as a whole; otherwise what it deletes is read again instead.
    /// `group` is the group that it is about, as it was kept before.
    pub fn changes(&self, is_certain: bool, group: Option<&KnownGroup>) -> Vec<(&'static Source, Changed)> {
        let mut changes: Vec<(&'static Source, Changed)> = sources()
            .filter_map(|source| Some((source, self.at(source)?)))
            .filter(|(source, changed)| !source.is_reported || matches!(changed, Changed::Deleted(_)))
            .collect();
        for (source, along) in self.along(group) {
            match changes.iter_mut().find(|(known, _)| known.name == source.name) {
                Some((_, changed)) => *changed = Changed::Unknown,
                None => changes.push((source, along)),
            }
        }
        for (_, changed) in changes.iter_mut().filter(|_| !is_certain) {
            if let Changed::Deleted(ids) = changed {
                *changed = Changed::Objects(std::mem::take(ids));
            }
        }
        changes
    }

    /// What it changed of a source, by where it was sent.
    fn at(&self, source: &Source) -> Option<Changed> {
        let segments = segments(self.action.path);
        let place = place(self.action, source)?;
        let below = segments.get(place.len()..).unwrap_or_default();
        let below = below.strip_prefix(&["id"]).unwrap_or(below);
        let argument = below.first().and_then(|key| key.strip_prefix('{')?.strip_suffix('}'));
        Some(match argument {
            Some(name) => match self.arguments.get(name).and_then(plain) {
                Some(id) if below.len() == 1 && self.action.method == Method::Delete => {
                    Changed::Deleted(vec![id])
                }
                Some(id) => Changed::Objects(vec![id]),
                None => Changed::Unknown,
            },
            None if self.action.deletes_several() => {
                let ids =
                    self.arguments.get("body").and_then(|body| body.get("ids")).and_then(Value::as_array);
                ids.map_or(Changed::Unknown, |ids| Changed::Deleted(ids.iter().filter_map(plain).collect()))
            }
            None if self.action.effect() == Effect::Create => match &self.answered_id {
                Some(id) => Changed::Objects(vec![id.clone()]),
                None => Changed::Unknown,
            },
            None => Changed::Unknown,
        })
    }

    /// What changes along with its object: who is in groups, the same group by its other id, and the commands that devices get.
    fn along(&self, group: Option<&KnownGroup>) -> Vec<(&'static Source, Changed)> {
        let all = |name: &str, kind: Option<DeviceKind>| {
            let of_kind = move |source: &&Source| kind.is_none_or(|kind| source.kind == word(kind));
            let sources = Part::find(name).map_or(&[] as &[Source], |part| part.sources).iter();
            sources.filter(of_kind).map(|source| (source, Changed::Unknown)).collect::<Vec<_>>()
        };
        let members = |kind| {
            let changed = self.members(group);
            let sources = all("group_members", Some(kind)).into_iter();
            sources.filter_map(move |(source, _)| Some((source, changed.clone()?)))
        };
        match (self.action.affects, group) {
            (Some(Affects::Group(GroupKind::Smart(kind) | GroupKind::Static(kind))), group) => {
                let on_platform =
                    match (self.action.effect(), group.and_then(|group| group.platform_id.clone())) {
                        (Effect::Change | Effect::Act, _) => None,
                        (Effect::Delete, Some(id)) => Some(Changed::Deleted(vec![id])),
                        _ => Some(Changed::Unknown),
                    };
                let platform =
                    written_by(GroupKind::Any).filter_map(|source| Some((source, on_platform.clone()?)));
                members(kind).chain(platform).collect()
            }
            (Some(Affects::Group(GroupKind::Any)), Some(group)) => {
                let of_kind = if group.is_smart { GroupKind::Smart } else { GroupKind::Static };
                let ids = vec![group.id.clone()];
                let changed = match self.action.effect() {
                    Effect::Delete => Changed::Deleted(ids),
                    _ => Changed::Objects(ids),
                };
                let own = written_by(of_kind(group.kind)).map(|source| (source, changed.clone()));
                own.chain(members(group.kind)).collect()
            }
            (Some(Affects::Group(GroupKind::Any)), None) => {
                let mut sources = all("group_members", None);
                sources.extend(all("groups", None).into_iter().filter(|(source, _)| source.kind != "user"));
                sources
            }
            (Some(Affects::PendingCommands), _) => all("mdm_commands", None),
            (Some(Affects::Targets), _) if self.action.effect() == Effect::Act => all("mdm_commands", None),
            _ => Vec::new(),
        }
    }

    /// Whose groups changed with a group; `None` where nobody's did. A device that enters or leaves a group may enter or leave smart groups
    /// that build on it. Another name or other criteria can move devices that nobody named, and so does a list of all members: who is
    /// not in it leaves.
    fn members(&self, group: Option<&KnownGroup>) -> Option<Changed> {
        let body = self.arguments.get("body").filter(|_| self.action.effect() != Effect::Delete);
        let Some(body) = body else { return Some(Changed::Unknown) };
        let is_new = self.action.effect() == Effect::Create;
        let name = ["name", "groupName"].iter().find_map(|field| body.get(*field)?.as_str());
        let has_its_name = name.is_none_or(|name| is_new || group.is_some_and(|group| group.name == name));
        let Some(members) = self.action.members else { return Some(Changed::Unknown) };
        if !has_its_name || body.get("criteria").is_some() {
            return Some(Changed::Unknown);
        }
        let named = members.named(body)?;
        if members.is_whole && !is_new {
            return Some(Changed::Unknown);
        }
        let ids: Option<Vec<String>> = named.into_iter().map(|(id, _)| Some(id?.to_string())).collect();
        match ids {
            Some(ids) if ids.is_empty() => None,
            Some(ids) => Some(Changed::Objects(ids)),
            None => Some(Changed::Unknown),
        }
    }
}

fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().flat_map(|part| part.sources)
}

/// The sources whose objects are written by the actions on groups of a kind.
fn written_by(group: GroupKind) -> impl Iterator<Item = &'static Source> {
    let is_of_it = move |action: &&Action| action.affects == Some(Affects::Group(group));
    let actions = move || Catalogue::get().actions().filter(is_of_it);
    sources().filter(move |source| actions().any(|action| place(action, source).is_some()))
}

/// What tables call a kind of device.
fn word(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Computer => "computer",
        DeviceKind::MobileDevice => "mobile",
    }
}

/// The place of the objects of a source that an action is sent to.
fn place(action: &Action, source: &Source) -> Option<Vec<&'static str>> {
    let segments = segments(action.path);
    places(source).filter(|place| segments.starts_with(place)).max_by_key(Vec::len)
}

/// The places at which the objects of a source are written.
fn places(source: &Source) -> impl Iterator<Item = Vec<&'static str>> {
    let actions = [Some(source.list), source.read.as_ref().map(|read| read.action)];
    let paths = actions.into_iter().flatten().filter_map(|name| Some(Catalogue::get().find(name)?.path));
    paths.chain(source.also_at.iter().copied()).map(|path| {
        let is_key = |segment: &&&str| **segment == "id" || segment.starts_with('{');
        let segments = segments(path);
        segments.iter().take_while(|segment| !is_key(segment)).copied().collect()
    })
}

/// The names and keys of a path behind its API and the version of it.
fn segments(path: &'static str) -> Vec<&'static str> {
    let is_version = |segment: &&str| {
        let digits = segment.strip_prefix('v');
        digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let segments = path.split('/').filter(|segment| !segment.is_empty()).skip(1);
    segments.skip_while(is_version).collect()
}

/// An id in the one spelling in which ids are sent.
fn plain(value: &Value) -> Option<String> {
    ObjectId::of(value).map(|id| id.to_string())
}

/// The id of the object that the answer to a write names.
pub fn id_in(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.get("id").and_then(plain)
}

#[cfg(test)]
mod tests {
    use jamf_pro_tools::Risk;
    use serde_json::json;

    use super::*;

    fn write(action: &str, arguments: Value, answered_id: Option<&str>) -> Write {
        let action = Catalogue::get().find(action).unwrap();
        let arguments = arguments.as_object().unwrap().clone();
        Write { action, arguments, answered_id: answered_id.map(str::to_owned) }
    }

    /// What a write changes, as text.
    fn changes(write: &Write, is_certain: bool) -> Vec<String> {
        changes_of(write, is_certain, None)
    }

    fn changes_of(write: &Write, is_certain: bool, group: Option<&KnownGroup>) -> Vec<String> {
        let line = |(source, changed): (&Source, Changed)| match changed {
            Changed::Objects(ids) => format!("{}: {}", source.name, ids.join(" ")),
            Changed::Deleted(ids) => format!("{}: without {}", source.name, ids.join(" ")),
            Changed::Unknown => format!("{}: all", source.name),
        };
        write.changes(is_certain, group).into_iter().map(line).collect()
    }

    #[test]
    fn an_object_is_named_by_where_it_is_written_or_by_the_answer() {
        let of = |action, arguments, id| changes(&write(action, arguments, id), true);
        assert_eq!(of("policy_update", json!({ "id": "7" }), None), ["policies: 7"]);
        assert_eq!(of("policy_create", json!({}), Some("41")), ["policies: 41"]);
        assert_eq!(of("policy_create", json!({}), None), ["policies: all"]);
        assert_eq!(id_in(br#"{"id":"041"}"#).as_deref(), Some("41"));
        assert_eq!(of("policy_delete", json!({ "id": 7 }), None), ["policies: without 7"]);
        assert_eq!(
            changes(&write("policy_delete", json!({ "id": "7" }), None), false),
            ["policies: 7"],
            "what may not be deleted is read again"
        );
        let several = json!({ "body": { "ids": ["1", "2"] } });
        assert_eq!(of("building_delete_several", several, None), ["buildings: without 1 2"]);
        assert_eq!(of("patch_policy_create", json!({ "title_id": "3" }), Some("9")), ["patch policies: 9"]);
        assert_eq!(of("patch_policy_update", json!({ "id": "9" }), None), ["patch policies: 9"]);
        assert_eq!(
            of("computer_update", json!({ "id": "5" }), None),
            ["computers: 5", "computer groups of devices: 5"],
            "what devices report is not written"
        );
        assert_eq!(of("computer_delete", json!({ "id": "5" }), None).len(), 7);
        assert_eq!(
            of("mobile_device_update", json!({ "id": "5" }), None),
            ["mobile device groups of devices: 5", "mobile devices: 5"]
        );
    }

    #[test]
    fn what_changes_along_with_an_object_is_read_again() {
        let of = |action, arguments| changes(&write(action, arguments, None), true);
        assert_eq!(
            of("smart_computer_group_update", json!({ "id": "4" })),
            [
                "smart computer groups: 4",
                "criteria of smart computer groups: 4",
                "computer groups of devices: all"
            ]
        );
        let any = of("group_update", json!({ "id": "a-b" }));
        assert_eq!(any.len(), 9, "{any:?}");
        assert!(any.iter().all(|line| line.ends_with(": all") && !line.starts_with("user")), "{any:?}");
        assert_eq!(
            of("static_computer_group_create", json!({ "body": { "name": "New", "assignments": ["7", 8] } })),
            ["static computer groups: all", "computer groups of devices: 7 8", "groups on the platform: all"]
        );
        assert_eq!(of("device_lock", json!({ "devices": ["a"] })), ["MDM commands: all"]);
        assert_eq!(of("mdm_command_flush_computers", json!({})), ["MDM commands: all"]);
        assert_eq!(of("dock_item_update", json!({ "id": "4" })), Vec::<String>::new());
    }

    #[test]
    fn a_change_of_a_group_that_names_devices_changes_their_groups_alone() {
        let known = |kind, is_smart| KnownGroup {
            kind,
            id: "4".to_owned(),
            platform_id: Some("a-b".to_owned()),
            name: "Pilot".to_owned(),
            is_smart,
        };
        let (macs, tablets) = (known(DeviceKind::Computer, false), known(DeviceKind::MobileDevice, false));
        let of = |action, body: Value, group: &KnownGroup| {
            changes_of(&write(action, json!({ "id": "a-b", "body": body }), None), true, Some(group))
        };
        let moved = json!([{ "deviceId": "7", "selected": true }, { "deviceId": "8", "selected": false }]);
        let own = ["groups on the platform: a-b", "static computer groups: 4"];
        let of_devices = "computer groups of devices: 7 8";
        let plain = json!({ "assignments": moved });
        assert_eq!(of("group_update", plain.clone(), &macs), [own[0], own[1], of_devices]);
        let its_name = json!({ "groupName": "Pilot", "assignments": moved });
        assert_eq!(of("group_update", its_name, &macs), [own[0], own[1], of_devices]);
        assert_eq!(of("group_update", json!({ "groupDescription": "x" }), &macs), own);
        // Smart groups build on a name, and nobody knows who is in them then.
        let renamed = json!({ "groupName": "Other", "assignments": moved });
        assert_eq!(of("group_update", renamed, &macs), [own[0], own[1], "computer groups of devices: all"]);
        assert_eq!(
            of("group_update", json!({ "criteria": [] }), &known(DeviceKind::Computer, true)),
            [
                "groups on the platform: a-b",
                "smart computer groups: 4",
                "criteria of smart computer groups: 4",
                "computer groups of devices: all"
            ]
        );
        assert_eq!(
            of("group_update", plain, &tablets),
            [
                "groups on the platform: a-b",
                "static mobile device groups: 4",
                "mobile device groups of devices: 7 8"
            ]
        );
        assert_eq!(
            of("group_delete", Value::Null, &macs),
            [
                "groups on the platform: without a-b",
                "static computer groups: without 4",
                "computer groups of devices: all"
            ]
        );
        let delete = write("static_computer_group_delete", json!({ "id": "4" }), None);
        assert_eq!(
            changes_of(&delete, false, Some(&macs)),
            ["static computer groups: 4", "computer groups of devices: all", "groups on the platform: a-b"],
            "what may not be deleted is read again"
        );
        let of_id = |action, body: Value, group: &KnownGroup| {
            changes_of(&write(action, json!({ "id": "4", "body": body }), None), true, Some(group))
        };
        let ipads =
            json!({ "groupName": "Pilot", "assignments": [{ "mobileDeviceId": "7", "selected": true }] });
        assert_eq!(
            of_id("static_mobile_group_update", ipads, &tablets),
            ["static mobile device groups: 4", "mobile device groups of devices: 7"]
        );
        // It is the whole list: who is not in it leaves.
        let whole = json!({ "name": "Pilot", "assignments": ["7"] });
        assert_eq!(
            of_id("static_computer_group_update", whole, &macs),
            ["static computer groups: 4", "computer groups of devices: all"]
        );
    }

    #[test]
    fn the_objects_of_each_source_are_known_by_what_writes_them() {
        let mut unknown: Vec<&str> = Vec::new();
        for source in PARTS.iter().flat_map(|part| part.sources) {
            let is_named = |action: &Action| {
                let write = write(action.name, json!({ "id": "7" }), Some("7"));
                let changed = write.changes(true, None);
                changed.iter().any(|(of, changed)| of.name == source.name && *changed != Changed::Unknown)
            };
            let mut writes = Catalogue::get()
                .actions()
                .filter(|action| action.risk > Risk::Read && action.method != Method::Get);
            if !writes.any(is_named) {
                unknown.push(source.name);
            }
        }
        assert_eq!(
            unknown,
            ["groups on the platform", "MDM commands"],
            "a group that is not kept is not known by its id on the platform, and the answer to a command names no id of the list"
        );
    }
}
