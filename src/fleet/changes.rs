//! What a write of this server changes of what is kept. It follows from where the write goes, from what its action declares, and from its
//! answer: an object is read again where it can be named, and a whole source where it cannot.
//!
//! Rows of other objects that repeat something of it, such as its name, stay as old as they are.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Affects, Catalogue, DeviceKind, Effect, GroupKind, Method};
use serde_json::{Map, Value};

use super::parts::{PARTS, Part, Source};
use super::store::Changed;

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

impl Write {
    /// What the write changed. `is_certain` says that it was carried out as a whole; otherwise what it deletes is read again instead.
    pub fn changes(&self, is_certain: bool) -> Vec<(&'static Source, Changed)> {
        let sources = || PARTS.iter().flat_map(|part| part.sources);
        let mut changes: Vec<(&'static Source, Changed)> = sources()
            .filter_map(|source| Some((source, self.at(source)?)))
            .filter(|(source, changed)| !source.is_reported || matches!(changed, Changed::Deleted(_)))
            .map(|(source, changed)| match changed {
                Changed::Deleted(ids) if !is_certain => (source, Changed::Objects(ids)),
                changed => (source, changed),
            })
            .collect();
        for source in self.along() {
            match changes.iter_mut().find(|(known, _)| known.name == source.name) {
                Some((_, changed)) => *changed = Changed::Unknown,
                None => changes.push((source, Changed::Unknown)),
            }
        }
        changes
    }

    /// What it changed of a source, by where it was sent.
    fn at(&self, source: &Source) -> Option<Changed> {
        let segments = segments(self.action.path);
        let is_below = |place: &Vec<&str>| segments.starts_with(place);
        let place = places(source).filter(is_below).max_by_key(Vec::len)?;
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

    /// The sources that change along with its object: who is in groups, and the commands that devices get.
    fn along(&self) -> Vec<&'static Source> {
        let of_part = |name: &str| Part::find(name).map_or(&[] as &[Source], |part| part.sources);
        let of_kind = |name: &str, kind: Option<DeviceKind>| {
            let word = kind.map(|kind| match kind {
                DeviceKind::Computer => "computer",
                DeviceKind::MobileDevice => "mobile",
            });
            let sources = of_part(name).iter();
            sources.filter(|source| word.is_none_or(|word| source.kind == word)).collect::<Vec<_>>()
        };
        match self.action.affects {
            Some(Affects::Group(GroupKind::Smart(kind) | GroupKind::Static(kind))) => {
                of_kind("group_members", Some(kind))
            }
            Some(Affects::Group(GroupKind::Any)) => {
                let mut sources = of_kind("group_members", None);
                sources.extend(of_part("groups").iter().filter(|source| source.kind != "user"));
                sources
            }
            Some(Affects::PendingCommands) => of_kind("mdm_commands", None),
            Some(Affects::Targets) if self.action.effect() == Effect::Act => of_kind("mdm_commands", None),
            _ => Vec::new(),
        }
    }
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
        let line = |(source, changed): (&Source, Changed)| match changed {
            Changed::Objects(ids) => format!("{}: {}", source.name, ids.join(" ")),
            Changed::Deleted(ids) => format!("{}: without {}", source.name, ids.join(" ")),
            Changed::Unknown => format!("{}: all", source.name),
        };
        write.changes(is_certain).into_iter().map(line).collect()
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
        assert_eq!(of("device_lock", json!({ "devices": ["a"] })), ["MDM commands: all"]);
        assert_eq!(of("mdm_command_flush_computers", json!({})), ["MDM commands: all"]);
        assert_eq!(of("dock_item_update", json!({ "id": "4" })), Vec::<String>::new());
    }

    #[test]
    fn the_objects_of_each_source_are_known_by_what_writes_them() {
        let mut unknown: Vec<&str> = Vec::new();
        for source in PARTS.iter().flat_map(|part| part.sources) {
            let is_named = |action: &Action| {
                let write = write(action.name, json!({ "id": "7" }), Some("7"));
                let changed = write.changes(true);
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
            "groups are written by Jamf's ids, and the answer to a command names no id of the list"
        );
    }
}
