//! Devices as the gate sees them: who they belong to, which site and groups they are in, what commands address them by.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use jamf_pro_tools::effects::{COMPUTERS, MOBILE_DEVICES};
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{DeviceKind, rsql};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::error::Error;
use crate::fleet::groups::GroupKind;
use crate::fleet::known::Known;
use crate::fleet::scope::{Device, Entry, EntryKind, Place};
use crate::jobs::{Work, devices, text_at};
use crate::plan::Target;
use crate::sanitize::text;

/// Devices that one filter names.
const AT_ONCE: usize = 100;

/// Longest name of a device that a plan shows.
const NAME: usize = 80;

/// A kind of device and where its facts are.
pub(super) struct Kind {
    /// `computer` or `mobile_device`.
    pub(super) name: &'static str,
    /// What groups of such devices hold.
    pub(super) groups_of: GroupKind,
    /// For people.
    pub(super) plural: &'static str,
    /// The list that has them.
    pub(super) list: &'static str,
    sections: &'static [&'static str],
    id: &'static str,
    management_id: (&'static str, &'static str),
    device_name: &'static str,
    owner: &'static str,
    last_contact: &'static str,
    is_managed: &'static str,
    /// What filters call whether it is managed, and its last contact.
    filters: (&'static str, &'static str),
    site: &'static str,
    site_id: &'static str,
    groups: &'static str,
}

impl Kind {
    /// The kind with no other one.
    pub(super) fn alone(&self) -> &'static [DeviceKind] {
        if self.name == COMPUTER.name { COMPUTERS } else { MOBILE_DEVICES }
    }

    /// What the inventory calls devices of this kind.
    pub(super) fn of(kind: DeviceKind) -> &'static Self {
        match kind {
            DeviceKind::Computer => &COMPUTER,
            DeviceKind::MobileDevice => &MOBILE_DEVICE,
        }
    }
}

/// Macs.
pub(super) static COMPUTER: Kind = Kind {
    name: "computer",
    groups_of: GroupKind::Computer,
    plural: "computers",
    list: "computer_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION", "GROUP_MEMBERSHIPS"],
    id: "id",
    management_id: ("general.managementId", "general.managementId"),
    device_name: "general.name",
    owner: "userAndLocation.username",
    last_contact: "general.lastCheckIn",
    is_managed: "general.remoteManagement.managed",
    filters: ("general.remoteManagement.managed", "general.lastCheckIn"),
    site: "general.site.name",
    site_id: "general.site.id",
    groups: "groupMemberships",
};

/// iPhones, iPads, Apple TVs and the like.
pub(super) static MOBILE_DEVICE: Kind = Kind {
    name: "mobile_device",
    groups_of: GroupKind::MobileDevice,
    plural: "mobile devices",
    list: "mobile_device_list",
    sections: &["GENERAL", "HARDWARE", "USER_AND_LOCATION", "GROUPS"],
    id: "mobileDeviceId",
    management_id: ("managementId", "general.managementId"),
    device_name: "general.displayName",
    owner: "userAndLocation.username",
    last_contact: "general.lastInventoryUpdateDate",
    is_managed: "general.managed",
    filters: ("managed", "lastInventoryUpdateDate"),
    site: "general.site.name",
    site_id: "general.siteId",
    groups: "groups",
};

/// A device of the inventory, with what decides whether a call may affect it.
#[derive(Debug, Clone)]
pub(super) struct FleetDevice {
    pub(super) target: Target,
    /// Nothing of what Jamf Pro does comes to one that is not.
    pub(super) is_managed: bool,
    /// Name of its site, or its id where the tenant tells no name.
    pub(super) site: String,
    /// Groups that it is in: (id, name).
    pub(super) groups: Vec<(Option<ObjectId>, String)>,
    /// Ids of its building and its department.
    pub(super) building: Option<ObjectId>,
    pub(super) department: Option<ObjectId>,
}

impl FleetDevice {
    /// The device as plans are bound to it: `computer:12`.
    pub(super) fn key(&self) -> String {
        format!("{}:{}", self.target.kind, self.target.id)
    }

    /// Its Jamf id.
    pub(super) fn id(&self) -> Option<ObjectId> {
        ObjectId::parse(&self.target.id)
    }

    /// Whether it was in contact within the days after which a device no longer counts in a share of the fleet.
    fn is_recent(&self) -> bool {
        self.target.last_contact.parse::<Timestamp>().is_ok_and(|at| at >= recent_since())
    }

    pub(super) fn is_in_group(&self, id: &ObjectId) -> bool {
        self.groups.iter().any(|(group, _)| group.as_ref() == Some(id))
    }

    fn kind(&self) -> &'static Kind {
        if self.target.kind == COMPUTER.name { &COMPUTER } else { &MOBILE_DEVICE }
    }

    /// Ask something of the device as scopes know devices.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Device<'_>) -> T) -> T {
        let kind = self.kind().groups_of;
        let owner = Some(self.target.owner.as_str()).filter(|owner| !owner.is_empty());
        let place = |id: &Option<ObjectId>| id.clone().map(|id| Place { id: Some(id), name: None });
        let is_in_group = |entry: &Entry| match entry.kind {
            EntryKind::UserGroup => Known::unknown("who is in the user groups of the scope was not read"),
            _ => Known::Known(self.groups.iter().any(|(id, name)| entry.names(id.as_ref(), name))),
        };
        question(&Device {
            kind,
            id: self.id().unwrap_or(ObjectId::Number(0)),
            serial_number: &self.target.serial,
            name: &self.target.name,
            building: place(&self.building),
            department: place(&self.department),
            username: owner,
            is_in_group: &is_in_group,
        })
    }
}

/// All devices of a kind.
///
/// # Errors
/// When they cannot be read, or not all of them: what is worked out from a part would be wrong.
pub(super) async fn all(work: &Work<'_>, kind: &'static Kind) -> Result<Vec<FleetDevice>, Error> {
    let devices = list(work, kind, None).await?;
    let Count { managed, recent } = Count::of(kind, &devices);
    work.note_device_count(kind.name, managed, recent);
    Ok(devices)
}

/// All devices of both kinds, computers first.
///
/// # Errors
/// As those of [`all`].
pub(super) async fn everything(work: &Work<'_>) -> Result<[Vec<FleetDevice>; 2], Error> {
    let (computers, mobile_devices) = futures::try_join!(all(work, &COMPUTER), all(work, &MOBILE_DEVICE))?;
    Ok([computers, mobile_devices])
}

/// How many managed devices there are, and how many of them were seen lately.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    pub(super) managed: u64,
    pub(super) recent: u64,
}

impl Count {
    /// Those of a kind among these devices.
    pub(super) fn of<'a>(kind: &Kind, devices: impl IntoIterator<Item = &'a FleetDevice>) -> Self {
        let is_it = |device: &&FleetDevice| device.target.kind == kind.name && device.is_managed;
        devices.into_iter().filter(is_it).fold(Self::default(), |count, device| Self {
            managed: count.managed.saturating_add(1),
            recent: count.recent.saturating_add(u64::from(device.is_recent())),
        })
    }
}

/// Days without contact after which a device does not count in a share of the fleet: records of devices that are gone, and records that were
/// only written, would make every share smaller.
const RECENT_DAYS: i64 = 30;

fn recent_since() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * RECENT_DAYS)
}

/// How many managed devices of a kind there are, where the tenant tells.
///
/// # Errors
/// When it cannot be asked.
pub(super) async fn count(work: &Work<'_>, kind: &Kind) -> Result<Option<Count>, Error> {
    if let Some((managed, recent)) = work.device_count(kind.name) {
        return Ok(Some(Count { managed, recent }));
    }
    let (managed, contact) = kind.filters;
    let managed = rsql::compare(managed, "==", "true");
    let since = recent_since().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let recent = rsql::Expression::And(vec![managed.clone(), rsql::compare(contact, ">=", &since)]);
    let count = |filter: rsql::Expression| work.count(kind.list, json!({ "filter": filter.to_string() }));
    let (managed, recent) = futures::try_join!(count(managed), count(recent))?;
    Ok(managed.zip(recent).map(|(managed, recent)| Count { managed, recent }))
}

/// The devices with these Jamf ids, in their order.
///
/// # Errors
/// When one of them is not there.
pub(super) async fn by_id(
    work: &Work<'_>,
    kind: &'static Kind,
    ids: &[String],
) -> Result<Vec<FleetDevice>, Error> {
    let ids = canonical(ids);
    let found = by_field(work, kind, kind.id, &ids).await?;
    in_order(&ids, found, |device| device.target.id.as_str(), kind.plural)
}

/// Ids in the one spelling in which they are sent.
fn canonical(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| ObjectId::parse(id).map_or_else(|| id.clone(), |id| id.to_string())).collect()
}

/// The devices that words mean, one each: serial numbers, names, `computer:7` and the like.
///
/// # Errors
/// When a word means no device, or several.
pub(super) async fn by_word(work: &Work<'_>, words: &[String]) -> Result<Vec<FleetDevice>, Error> {
    let devices = devices::each(work, words).await?;
    let devices = &devices;
    of_both(|kind| async move {
        let mut ids: Vec<String> = Vec::new();
        for device in devices.iter().filter(|device| device.kind == kind.name) {
            let id = device.fact("id");
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        if ids.is_empty() { Ok(Vec::new()) } else { by_id(work, kind, &ids).await }
    })
    .await
}

/// The devices with these management ids, of both kinds, in their order.
///
/// # Errors
/// When one of them is not there.
pub(super) async fn by_management_id(work: &Work<'_>, ids: &[String]) -> Result<Vec<FleetDevice>, Error> {
    let found = of_both(|kind| by_field(work, kind, kind.management_id.0, ids)).await?;
    in_order(ids, found, |device| device.target.management_id.as_str(), "devices")
}

/// What is asked for of both kinds, at the same time: computers first.
async fn of_both<F>(ask: impl Fn(&'static Kind) -> F) -> Result<Vec<FleetDevice>, Error>
where
    F: Future<Output = Result<Vec<FleetDevice>, Error>>,
{
    let (mut found, mobile_devices) = futures::try_join!(ask(&COMPUTER), ask(&MOBILE_DEVICE))?;
    found.extend(mobile_devices);
    Ok(found)
}

/// The devices with these serial numbers, of both kinds, as far as there are any.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn with_serials(work: &Work<'_>, serials: &[String]) -> Result<Vec<FleetDevice>, Error> {
    of_both(|kind| by_serial(work, kind, serials)).await
}

/// The devices with these serial numbers, of one kind, as far as there are any.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn by_serial(
    work: &Work<'_>,
    kind: &'static Kind,
    serials: &[String],
) -> Result<Vec<FleetDevice>, Error> {
    let field = if kind.name == COMPUTER.name { "hardware.serialNumber" } else { "serialNumber" };
    by_field(work, kind, field, serials).await
}

/// The devices with these UDIDs, of both kinds.
///
/// # Errors
/// When one of them is not there.
pub(super) async fn by_udid(work: &Work<'_>, udids: &[String]) -> Result<Vec<FleetDevice>, Error> {
    let found = of_both(|kind| by_field(work, kind, "udid", udids)).await?;
    if found.len() == udids.len() {
        return Ok(found);
    }
    Err(Error::caller("not every UDID is that of one device of this tenant"))
}

fn in_order(
    ids: &[String],
    found: Vec<FleetDevice>,
    key: impl Fn(&FleetDevice) -> &str,
    what: &str,
) -> Result<Vec<FleetDevice>, Error> {
    let mut ordered = Vec::new();
    for id in ids {
        let same: Vec<&FleetDevice> =
            found.iter().filter(|device| key(device).eq_ignore_ascii_case(id)).collect();
        match same.as_slice() {
            [device] => ordered.push((*device).clone()),
            [] => {
                return Err(Error::caller(format!(
                    "`{}` is none of the {what} of this tenant",
                    text::clean(id).chars().take(60).collect::<String>()
                )));
            }
            _ => {
                return Err(Error::not_allowed(format!(
                    "`{}` is several {what}. A person must look into that",
                    text::clean(id).chars().take(60).collect::<String>()
                )));
            }
        }
    }
    Ok(ordered)
}

async fn by_field(
    work: &Work<'_>,
    kind: &'static Kind,
    field: &str,
    values: &[String],
) -> Result<Vec<FleetDevice>, Error> {
    let mut found = Vec::new();
    for some in values.chunks(AT_ONCE) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        let any = rsql::condition(field, "in", &some)
            .ok_or_else(|| Error::caller("a device cannot be named by a text with a `*` here"))?;
        found.extend(list(work, kind, Some(any.to_string())).await?);
    }
    Ok(found)
}

fn list<'a>(
    work: &'a Work<'a>,
    kind: &'static Kind,
    filter: Option<String>,
) -> BoxFuture<'a, Result<Vec<FleetDevice>, Error>> {
    Box::pin(read_list(work, kind, filter))
}

async fn read_list(
    work: &Work<'_>,
    kind: &'static Kind,
    filter: Option<String>,
) -> Result<Vec<FleetDevice>, Error> {
    let fields = [
        kind.id,
        kind.management_id.1,
        kind.device_name,
        "hardware.serialNumber",
        "hardware.model",
        kind.owner,
        kind.last_contact,
        kind.is_managed,
        kind.site,
        kind.site_id,
        kind.groups,
        "userAndLocation.buildingId",
        "userAndLocation.departmentId",
    ];
    let mut arguments = json!({ "section": kind.sections });
    if let (Some(filter), Some(arguments)) = (filter, arguments.as_object_mut()) {
        arguments.insert("filter".to_owned(), json!(filter));
    }
    let found = work.rows(kind.list, arguments, &fields).await?;
    if let Some(note) = found.notes.iter().find(|note| note.starts_with("INCOMPLETE")) {
        return Err(Error::unreachable(format!(
            "the {} could not all be read, so nothing can be worked out for certain: {note}",
            kind.plural
        )));
    }
    let mut ids = BTreeSet::new();
    let devices = found
        .rows
        .iter()
        .map(|row| device_of(row, kind))
        .filter(|device| ids.insert(device.target.id.clone()));
    Ok(devices.collect())
}

/// The device of a row of an inventory.
fn device_of(row: &Value, kind: &Kind) -> FleetDevice {
    let text = |path: &str| text::line(&text_at(row, path)).chars().take(NAME).collect::<String>();
    let groups = row.get(kind.groups).and_then(Value::as_array).into_iter().flatten();
    let site = Some(text(kind.site)).filter(|site| !site.is_empty()).unwrap_or_else(|| text(kind.site_id));
    FleetDevice {
        target: Target {
            kind: kind.name.to_owned(),
            id: ObjectId::at(row, kind.id).map(|id| id.to_string()).unwrap_or_default(),
            management_id: text(kind.management_id.1),
            name: text(kind.device_name),
            serial: text("hardware.serialNumber"),
            owner: text(kind.owner),
            model: text("hardware.model"),
            last_contact: text(kind.last_contact),
            ..Target::default()
        },
        is_managed: text_at(row, kind.is_managed) == "true",
        site,
        groups: groups.map(|group| (ObjectId::at(group, "groupId"), text_at(group, "groupName"))).collect(),
        building: ObjectId::at(row, "userAndLocation.buildingId"),
        department: ObjectId::at(row, "userAndLocation.departmentId"),
    }
}
