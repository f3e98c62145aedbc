//! Objects with a scope, and which devices are in them: as they are, after a change of theirs, and after a change of groups.

use std::collections::BTreeMap;

use jamf_pro_tools::object_id::ObjectId;
use jiff::Timestamp;

use super::coverage::Coverage;
use super::groups::GroupEffect;
use super::records::home;
use super::{DeviceRow, View};
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::{Known, Reasons};
use crate::fleet::parts::PARTS;
use crate::fleet::references::{has_scope, kind_of};
use crate::fleet::scope::{Affected, Deployment, Device, Effect, Entry, EntryKind, Role, Scope, hides_users};
use crate::fleet::store::Snapshot;
use crate::sanitize::text;

/// An object by kind, such as `policy`, and id.
pub type ObjectKey = (&'static str, ObjectId);

/// An object that has a scope.
#[derive(Debug, Clone)]
pub struct ScopedObject {
    /// Its kind, such as `macos_profile`.
    pub kind: &'static str,
    /// Its id.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// Whether it is switched on, how it comes to devices, and to which.
    pub deployment: Deployment,
    /// Before this moment it comes to no device.
    pub starts_at: Option<String>,
    /// From this moment on it comes to no device.
    pub expires_at: Option<String>,
    /// When it was read.
    pub read_at: String,
    /// How often a policy runs, in Jamf's words.
    pub frequency: Option<String>,
    /// It is the default PreStage enrollment of its kind of devices.
    pub is_default_prestage: bool,
    /// The types of the payloads of a profile, with commas between them.
    pub payload_types: Option<String>,
}

impl ScopedObject {
    /// Whether it comes to devices at a moment: it is switched on, and the moment is in its time.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        let moment = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
        self.deployment.is_enabled
            && moment(&self.starts_at).is_none_or(|first| now >= first)
            && moment(&self.expires_at).is_none_or(|last| now < last)
    }

    /// The kinds of devices that it can come to.
    pub fn devices(&self) -> &'static [GroupKind] {
        device_kinds(self.kind)
    }
}

/// The kinds of devices that objects of a kind can come to.
pub fn device_kinds(kind: &str) -> &'static [GroupKind] {
    match kind {
        "policy"
        | "macos_profile"
        | "mac_app"
        | "restricted_software"
        | "patch_policy"
        | "app_installer"
        | "computer_prestage" => &[GroupKind::Computer],
        "mobile_profile" | "mobile_device_app" | "mobile_device_prestage" => &[GroupKind::MobileDevice],
        _ => &[GroupKind::Computer, GroupKind::MobileDevice],
    }
}

/// All objects that have a scope.
#[derive(Debug, Default)]
pub(super) struct Scopes(BTreeMap<ObjectKey, ScopedObject>);

impl Scopes {
    pub(super) fn read(snapshot: &Snapshot<'_>, coverage: &mut Coverage) -> Result<Self, Error> {
        scoped_sources().for_each(|(source, _)| coverage.rest_on(source));
        let mut objects = BTreeMap::new();
        let sql = "SELECT object_id, object_kind, name, enabled, only_offered, starts_at, expires_at, read_at,
                (SELECT frequency FROM policies WHERE object_kind = 'policy' AND policies.id = object_id),
                (SELECT is_default FROM prestages WHERE prestages.id = object_id
                 AND object_kind = CASE kind WHEN 'computer' THEN 'computer_prestage' ELSE 'mobile_device_prestage' END),
                (SELECT payload_types FROM profiles WHERE profiles.kind = object_kind AND profiles.id = object_id)
                FROM scoped_objects";
        snapshot.each(sql, &[], |row| {
            let kind = row.text(1).as_deref().and_then(kind_of);
            let Some(key) = kind.zip(row.text(0).as_deref().and_then(ObjectId::parse)) else { return };
            let scope = Scope { may_hide_users: hides_users(key.0), ..Scope::default() };
            let text = |at: usize| row.text(at).map(std::borrow::Cow::into_owned);
            let object = ScopedObject {
                kind: key.0,
                id: key.1.clone(),
                name: row.owned(2),
                deployment: Deployment {
                    is_enabled: row.is(3).unwrap_or(true),
                    is_only_offered: row.is(4).unwrap_or_default(),
                    scope,
                },
                starts_at: text(5),
                expires_at: text(6),
                read_at: row.owned(7),
                frequency: text(8),
                is_default_prestage: row.is(9).unwrap_or_default(),
                payload_types: text(10),
            };
            objects.insert(key, object);
        })?;
        let sql =
            "SELECT object_id, object_kind, role, type, entry_id, name FROM scope_entries ORDER BY rowid";
        snapshot.each(sql, &[], |row| {
            let kind = row.text(1).as_deref().and_then(kind_of);
            let Some(key) = kind.zip(row.text(0).as_deref().and_then(ObjectId::parse)) else { return };
            let (role, name) = (row.text(2).as_deref().and_then(Role::of_word), row.owned(5));
            let entry_kind = row.text(3).as_deref().and_then(|word| EntryKind::of_word(word, &name));
            let (Some(object), Some(role), Some(kind)) = (objects.get_mut(&key), role, entry_kind) else {
                return;
            };
            let name = if matches!(kind, EntryKind::All(_)) { String::new() } else { name };
            let id = row.text(4).as_deref().and_then(ObjectId::parse);
            object.deployment.scope.entries.push(Entry { role, kind, id, name });
        })?;
        for object in objects.values_mut() {
            object.deployment.scope.entries.sort();
        }
        Ok(Self(objects))
    }
}

/// The sources of objects with a scope, each with the kind of its objects.
fn scoped_sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    let sources = PARTS.iter().flat_map(|part| part.sources);
    sources.filter_map(|source| Some((source.name, source.referrer.filter(|kind| has_scope(kind))?)))
}

/// Which groups a device is in after some of them changed.
pub(super) type After<'a> = BTreeMap<(GroupKind, &'a ObjectId), &'a GroupEffect>;

impl View {
    /// All objects that have a scope, as far as they were read.
    pub fn objects(&self) -> impl Iterator<Item = &ScopedObject> {
        self.scopes.0.values()
    }

    /// Why there may be objects with a scope that are not in [`View::objects`].
    pub fn unread_objects(&self) -> Option<Reasons> {
        self.unread_where(&|_| true)
    }

    /// Why there may be objects of these kinds that have a scope and are not in [`View::objects`].
    pub fn unread_objects_of(&self, kinds: &[&str]) -> Option<Reasons> {
        self.unread_where(&|kind| kinds.contains(&kind))
    }

    fn unread_where(&self, is_wanted: &dyn Fn(&str) -> bool) -> Option<Reasons> {
        let sources = scoped_sources().filter(|(_, kind)| is_wanted(kind));
        let gaps = sources.filter_map(|(source, _)| self.coverage.whole(source).reasons().cloned());
        gaps.reduce(Reasons::and)
    }

    /// An object with a scope; unknown where it is not there, or not all of its kind were read.
    pub fn object(&self, kind: &str, id: &ObjectId) -> Known<&ScopedObject> {
        let key = kind_of(kind).map(|kind| (kind, id.clone()));
        if let Some(object) = key.and_then(|key| self.scopes.0.get(&key)) {
            return Known::Known(object);
        }
        let of_kind = scoped_sources().filter(|(_, own)| *own == kind);
        let gaps = of_kind.filter_map(|(source, _)| self.coverage.whole(source).reasons().cloned());
        let none = || {
            let kind = kind.replace('_', " ");
            Reasons::one(format!("there is no {kind} with the id {id} in what was read"))
        };
        Known::Unknown(gaps.reduce(Reasons::and).unwrap_or_else(none))
    }

    /// Whether a device can be in the scope of an object that is switched on: its targets less its exclusions.
    pub fn reach(&self, object: &ScopedObject, device: &DeviceRow) -> Known<bool> {
        if !object.devices().contains(&device.kind) {
            return Known::Known(false);
        }
        self.with_device(device, |own| object.deployment.reach(own))
    }

    /// Whether an object comes to a device now.
    pub fn holds(&self, object: &ScopedObject, device: &DeviceRow) -> Known<bool> {
        if !object.devices().contains(&device.kind) || !object.is_in_force(self.now) {
            return Known::Known(false);
        }
        self.with_device(device, |own| object.deployment.scope.holds(own))
    }

    /// The entries of the scope of an object, each with whether it names a device, its place, its owner or a group of theirs.
    pub fn entries_for<'a>(
        &self,
        object: &'a ScopedObject,
        device: &DeviceRow,
    ) -> Vec<(&'a Entry, Known<bool>)> {
        let is_in_group = |entry: &Entry| self.is_in_group(device, entry);
        let own = device.for_scopes(&is_in_group);
        let entries = object.deployment.scope.entries.iter();
        entries.map(|entry| (entry, own.is_named_by(entry))).collect()
    }

    fn with_device(&self, device: &DeviceRow, judge: impl FnOnce(&Device<'_>) -> Known<bool>) -> Known<bool> {
        let is_in_group = |entry: &Entry| self.is_in_group(device, entry);
        let judged = judge(&device.for_scopes(&is_in_group));
        if device.is_read { judged } else { unread(device) }
    }

    /// The devices that any of these objects can come to, such as all that install one package: at most these, and those of which it
    /// is not known.
    pub fn devices_in_scopes(&self, objects: &[&ScopedObject]) -> Known<Affected> {
        let mut found = Affected::default();
        for kind in [GroupKind::Computer, GroupKind::MobileDevice] {
            let of_kind: Vec<&Deployment> = objects
                .iter()
                .filter(|object| object.devices().contains(&kind))
                .map(|object| &object.deployment)
                .filter(|deployment| deployment.is_enabled && has_targets(deployment))
                .collect();
            if of_kind.is_empty() {
                continue;
            }
            let devices = match self.devices(kind) {
                Known::Known(devices) => devices,
                Known::Unknown(reasons) => return Known::Unknown(reasons),
            };
            let affected = self.with_devices(&devices, None, |devices| Affected::by_any(&of_kind, devices));
            found.devices.extend(affected.devices);
            found.unknown.extend(affected.unknown);
            note_unread(&devices, &mut [&mut found]);
        }
        Known::Known(found)
    }

    /// The same of one object.
    pub fn devices_in_scope(&self, kind: &str, id: &ObjectId) -> Known<Affected> {
        self.object(kind, id).and_then(|object| self.devices_in_scopes(&[object]))
    }

    /// What a change of an object of a kind does: from one state to another, of which `None` is an object that is not there.
    /// `runs_again` says whether devices that keep it run or install it once more.
    pub fn scope_effect(
        &self,
        kind: &str,
        before: Option<&Deployment>,
        after: Option<&Deployment>,
        runs_again: bool,
    ) -> Known<Effect> {
        let mut all = Vec::new();
        for kind in device_kinds(kind) {
            match self.devices(*kind) {
                Known::Known(devices) => all.extend(devices),
                Known::Unknown(reasons) => return Known::Unknown(reasons),
            }
        }
        let mut effect =
            self.with_devices(&all, None, |devices| Effect::new(before, after, runs_again, devices));
        let states = [before, after].into_iter().flatten();
        if states.into_iter().any(|state| state.is_enabled && has_targets(state)) {
            note_unread(&all, &mut [&mut effect.gains, &mut effect.loses]);
        }
        Known::Known(effect)
    }

    /// What changes of groups do to the objects whose scopes name them: each object with its effect. Devices that stay in their groups
    /// are left out.
    pub fn effects_of_groups(&self, changes: &[GroupEffect]) -> Vec<(&ScopedObject, Known<Effect>)> {
        let after: After<'_> = changes.iter().map(|change| ((change.kind, &change.id), change)).collect();
        let names = |entry: &Entry| changes.iter().any(|change| names_group(entry, change));
        let named = self.objects().filter(|object| object.deployment.scope.entries.iter().any(names));
        named.map(|object| (object, self.effect_of_groups(object, &after))).collect()
    }

    fn effect_of_groups(&self, object: &ScopedObject, after: &After<'_>) -> Known<Effect> {
        let mut moved = Vec::new();
        for kind in object.devices() {
            let devices = match self.devices(*kind) {
                Known::Known(devices) => devices,
                Known::Unknown(reasons) => return Known::Unknown(reasons),
            };
            let moves = |device: &&&DeviceRow| after.values().any(|change| self.moves(device, change));
            moved.extend(devices.iter().filter(moves).copied());
        }
        let state = Some(&object.deployment);
        Known::Known(self.with_devices(&moved, None, |before| {
            self.with_devices(&moved, Some(after), |after| {
                Effect::of_devices(state, state, false, before.iter().zip(after))
            })
        }))
    }

    /// Whether a change of a group may move a device: the device itself, or its owner.
    fn moves(&self, device: &DeviceRow, change: &GroupEffect) -> bool {
        let is_moved = |id: &ObjectId| {
            let own = &change.change;
            own.gained.contains(id) || own.lost.contains(id) || own.unknown.contains_key(id)
        };
        if change.kind == GroupKind::User {
            return self.owners(device).any(|owner| is_moved(&owner.id));
        }
        change.kind == device.kind && is_moved(&device.id)
    }

    /// The user records that the owner of a device can be.
    pub fn owners<'a>(&'a self, device: &'a DeviceRow) -> impl Iterator<Item = &'a DeviceRow> {
        let name = device.username.as_deref();
        let users = self.devices.get(&GroupKind::User).into_iter().flat_map(super::devices::Devices::all);
        users.filter(move |user| name.is_some_and(|name| user.name.eq_ignore_ascii_case(name)))
    }

    /// Do something with devices as scopes ask for them, in their groups as they are or as they will be.
    pub(super) fn with_devices<T>(
        &self,
        rows: &[&DeviceRow],
        after: Option<&After<'_>>,
        work: impl FnOnce(&[Device<'_>]) -> T,
    ) -> T {
        let memberships: Vec<_> = rows
            .iter()
            .map(|row| {
                move |entry: &Entry| {
                    let changed = after.and_then(|after| self.membership_after(row, entry, after));
                    changed.unwrap_or_else(|| self.is_in_group(row, entry))
                }
            })
            .collect();
        let devices: Vec<Device<'_>> =
            rows.iter().zip(&memberships).map(|(row, is_in)| row.for_scopes(is_in)).collect();
        work(&devices)
    }

    /// Whether a device is in the group of an entry after a change; `None` where the change says nothing of it.
    fn membership_after(&self, row: &DeviceRow, entry: &Entry, after: &After<'_>) -> Option<Known<bool>> {
        let change = after.values().find(|change| names_group(entry, change))?;
        let of = |id: &ObjectId| {
            let own = &change.change;
            match own.unknown.get(id) {
                Some(reasons) => Some(Known::Unknown(reasons.clone())),
                None if own.gained.contains(id) => Some(Known::Known(true)),
                None if own.lost.contains(id) => Some(Known::Known(false)),
                None => None,
            }
        };
        if change.kind == GroupKind::User {
            return self.owners(row).find_map(|owner| of(&owner.id));
        }
        of(&row.id)
    }
}

/// Whether an entry of a scope names a group that changes.
fn names_group(entry: &Entry, change: &GroupEffect) -> bool {
    let kind = match entry.kind {
        EntryKind::ComputerGroup => GroupKind::Computer,
        EntryKind::MobileDeviceGroup => GroupKind::MobileDevice,
        EntryKind::UserGroup => GroupKind::User,
        _ => return false,
    };
    kind == change.kind && entry.names(Some(&change.id), &change.name)
}

fn has_targets(deployment: &Deployment) -> bool {
    deployment.scope.may_hide_users || deployment.scope.with_role(Role::Target).next().is_some()
}

fn unread(device: &DeviceRow) -> Known<bool> {
    let (source, _) = home(device.kind);
    Known::unknown(format!(
        "the {} with the id {} is newer than what was read ({source})",
        text::clean(if device.kind == GroupKind::Computer { "computer" } else { "mobile device" }),
        device.id
    ))
}

/// Devices whose records were not read are unknown, whatever else is known of them.
fn note_unread(devices: &[&DeviceRow], affected: &mut [&mut Affected]) {
    for device in devices.iter().filter(|device| !device.is_read) {
        let Known::Unknown(reasons) = unread(device) else { continue };
        let key = (device.kind, device.id.clone());
        for own in affected.iter_mut() {
            own.devices.remove(&key);
            own.unknown.insert(key.clone(), reasons.clone());
        }
    }
}
