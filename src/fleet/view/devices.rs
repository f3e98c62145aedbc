//! Devices and users of a view, as far as scopes and plans ask for them.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;

use super::View;
use super::coverage::{Coverage, objects};
use super::groups::memberships;
use super::records::home;
use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::{Device, Entry, EntryKind, Place};
use crate::fleet::store::{Row, Snapshot};

/// A building or a department.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOf {
    /// Its id.
    pub id: Option<ObjectId>,
    /// Its name, where it is known.
    pub name: Option<String>,
}

/// A computer, a mobile device or a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// What it is.
    pub kind: GroupKind,
    /// Its Jamf id.
    pub id: ObjectId,
    /// Its management id.
    pub management_id: String,
    /// Its serial number.
    pub serial_number: String,
    /// Its name; the user name of a user.
    pub name: String,
    /// Its model.
    pub model: String,
    /// The user name of its owner.
    pub username: Option<String>,
    /// The id of its site, where it has one.
    pub site_id: Option<String>,
    /// When it last reported, as Jamf says.
    pub last_contact: Option<String>,
    /// Its building.
    pub building: Option<PlaceOf>,
    /// Its department.
    pub department: Option<PlaceOf>,
    /// Whether its record was read. One that is only in groups is newer than the records.
    pub is_read: bool,
}

/// The devices of one kind.
#[derive(Debug, Default)]
pub(super) struct Devices(BTreeMap<ObjectId, DeviceRow>);

/// The ids of all devices of a kind that any source has.
pub(super) fn ids(snapshot: &Snapshot<'_>, kind: GroupKind) -> Result<BTreeSet<ObjectId>, Error> {
    let mut ids = objects(snapshot, home(kind).0)?;
    if kind != GroupKind::User {
        ids.extend(objects(snapshot, memberships(kind))?);
    }
    Ok(ids)
}

/// The columns of devices of a kind, in the order of [`DeviceRow`].
const fn columns(kind: GroupKind) -> &'static str {
    match kind {
        GroupKind::Computer => {
            "id, management_id, serial_number, name, model, username, site_id, ifnull(last_contact, last_check_in),
             building_id, building, department_id, department"
        }
        GroupKind::MobileDevice => {
            "id, management_id, serial_number, name, model, username, site_id, ifnull(last_contact, last_inventory),
             building_id, building, department_id, department"
        }
        GroupKind::User => "id, NULL, NULL, username, NULL, username, NULL, NULL, NULL, NULL, NULL, NULL",
    }
}

impl Devices {
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        coverage: &mut Coverage,
        kind: GroupKind,
        ids: BTreeSet<ObjectId>,
    ) -> Result<Self, Error> {
        let (source, table) = home(kind);
        coverage.rest_on(source);
        let mut devices: BTreeMap<ObjectId, DeviceRow> =
            ids.into_iter().map(|id| (id.clone(), unread(kind, id))).collect();
        snapshot.each(&format!("SELECT {} FROM {table}", columns(kind)), &[], |row| {
            let Some(id) = row.text(0).as_deref().and_then(ObjectId::parse) else { return };
            devices.insert(id.clone(), device(kind, id, row));
        })?;
        Ok(Self(devices))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &DeviceRow> {
        self.0.values()
    }

    pub(super) fn get(&self, id: &ObjectId) -> Option<&DeviceRow> {
        self.0.get(id)
    }
}

fn unread(kind: GroupKind, id: ObjectId) -> DeviceRow {
    DeviceRow {
        kind,
        id,
        management_id: String::new(),
        serial_number: String::new(),
        name: String::new(),
        model: String::new(),
        username: None,
        site_id: None,
        last_contact: None,
        building: None,
        department: None,
        is_read: false,
    }
}

fn device(kind: GroupKind, id: ObjectId, row: &Row<'_>) -> DeviceRow {
    let text = |at: usize| row.text(at).map(std::borrow::Cow::into_owned);
    let place = |at: usize| {
        let place = PlaceOf { id: row.text(at).as_deref().and_then(ObjectId::parse), name: text(at + 1) };
        (place.id.is_some() || place.name.is_some()).then_some(place)
    };
    DeviceRow {
        kind,
        id,
        management_id: row.owned(1),
        serial_number: row.owned(2),
        name: row.owned(3),
        model: row.owned(4),
        username: text(5),
        site_id: text(6),
        last_contact: text(7),
        building: place(8),
        department: place(10),
        is_read: true,
    }
}

impl View {
    /// All devices or users of a kind. Unknown where not all of them were read.
    pub fn devices(&self, kind: GroupKind) -> Known<Vec<&DeviceRow>> {
        let all = self.devices.get(&kind).map(|devices| devices.0.values().collect());
        match (all, self.coverage.whole(home(kind).0)) {
            (None, _) => Known::unknown("the question did not ask for devices of this kind"),
            (_, Known::Unknown(reasons)) => Known::Unknown(reasons),
            (Some(all), Known::Known(())) => Known::Known(all),
        }
    }

    /// A device or user by its id.
    pub fn device(&self, kind: GroupKind, id: &ObjectId) -> Option<&DeviceRow> {
        self.devices.get(&kind)?.get(id)
    }

    /// Whether a device, or its owner, is in the group that an entry of a scope names.
    pub(super) fn is_in_group(&self, device: &DeviceRow, entry: &Entry) -> Known<bool> {
        let kind = match entry.kind {
            EntryKind::ComputerGroup => GroupKind::Computer,
            EntryKind::MobileDeviceGroup => GroupKind::MobileDevice,
            EntryKind::UserGroup => GroupKind::User,
            _ => return Known::Known(false),
        };
        let is_in = |group: &ObjectId| match (kind, &device.username) {
            (GroupKind::User, Some(username)) => self.is_owner_in(group, username),
            (GroupKind::User, None) => Known::Known(false),
            _ => self.is_member(kind, group, &device.id),
        };
        if let Some(id) = &entry.id {
            return is_in(id);
        }
        let named: Vec<&ObjectId> = self
            .groups(kind)
            .filter(|group| group.name.eq_ignore_ascii_case(&entry.name))
            .map(|group| &group.id)
            .collect();
        match named.as_slice() {
            [] => {
                Known::unknown(format!("no group was read that has the name of the entry {:?}", entry.name))
            }
            groups => {
                let why = || std::borrow::Cow::Borrowed("several groups have the name of an entry");
                let all = groups.iter().map(|id| is_in(id));
                all.reduce(|one, other| one.agree(other, why)).unwrap_or(Known::Known(false))
            }
        }
    }
}

impl DeviceRow {
    /// The device as scopes ask for it.
    pub(super) fn for_scopes<'a>(&'a self, is_in_group: &'a dyn Fn(&Entry) -> Known<bool>) -> Device<'a> {
        let place = |place: &'a Option<PlaceOf>| {
            place.as_ref().map(|place| Place { id: place.id.clone(), name: place.name.as_deref() })
        };
        Device {
            kind: self.kind,
            id: self.id.clone(),
            serial_number: &self.serial_number,
            name: &self.name,
            building: place(&self.building),
            department: place(&self.department),
            username: self.username.as_deref(),
            is_in_group,
        }
    }
}
