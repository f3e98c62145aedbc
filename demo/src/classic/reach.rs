//! What reaches a device: its place in the groups, the directories and the networks of the tenant as they are now.

use std::collections::HashSet;

use serde_json::Value;

use super::{Context, devices, text};
use crate::{
    fleet::{scopes::DeviceFacts, short_name},
    inventory::Kind,
    store::{Sight, Store, id_text},
};

/// What a device is, as far as scopes ask.
pub(super) struct Reach<'s> {
    store: &'s Store,
    sight: Sight,
    id: String,
    groups: HashSet<String>,
    building: String,
    department: String,
    user: String,
    address: String,
}

impl<'s> Reach<'s> {
    /// Of the device of a kind in a row.
    pub(super) fn of(context: &'s Context<'_>, kind: Kind, at: usize) -> Self {
        let part = |name: &str| devices::part(context, kind, at, name);
        let (user, general) = (part("userAndLocation"), part("general"));
        let address = match kind {
            Kind::Computers => "lastReportedIpV4",
            Kind::MobileDevices => "ipAddress",
        };
        let own = |name: &str| user.get(name).map(id_text).unwrap_or_default();
        let id = devices::inventory(context, kind).id(at).to_owned();
        let groups = match kind {
            Kind::Computers => context.store.groups_of_computer(&id, context.sight),
            Kind::MobileDevices => groups_of_mobile_device(context, &id),
        }
        .into_iter();
        let groups: HashSet<String> = groups.filter_map(|group| group.get("id").map(id_text)).collect();
        Self {
            store: context.store,
            sight: context.sight,
            id,
            groups,
            building: own("buildingId"),
            department: own("departmentId"),
            user: short_name(text(&user, "username")),
            address: text(&general, address).to_owned(),
        }
    }

    /// The id of the device.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the device is in the group of an id.
    pub(super) fn in_group(&self, id: &str) -> bool {
        self.groups.contains(id)
    }

    /// Whether the scope of an object holds the device.
    pub(super) fn holds(&self, object: &Value) -> bool {
        let in_directory = |group: &str| self.store.fleet.in_directory(group, &self.user);
        let in_user_group = |name: &str| {
            let groups = self.store.objects("usergroups", self.sight).into_iter();
            let mut users = groups
                .filter(|group| text(group, "name") == name)
                .flat_map(|group| group.get("users").and_then(Value::as_array).into_iter().flatten());
            users.any(|user| short_name(text(user, "username")) == self.user)
        };
        let segment = |name: &str| {
            let all = self.store.objects("networksegments", self.sight);
            let found = all.into_iter().find(|segment| text(segment, "name") == name)?;
            Some((text(found, "starting_address").to_owned(), text(found, "ending_address").to_owned()))
        };
        let device = DeviceFacts {
            id: self.id.clone(),
            groups: self.groups.clone(),
            building: self.building.clone(),
            department: self.department.clone(),
            user: self.user.clone(),
            address: self.address.clone(),
            in_directory: &in_directory,
            in_user_group: &in_user_group,
            segment: &segment,
        };
        object.get("scope").is_some_and(|scope| device.is_in(scope))
    }
}

/// The groups that a mobile device is in; a smart group without criteria holds every one.
fn groups_of_mobile_device<'s>(context: &'s Context<'_>, id: &str) -> Vec<&'s Value> {
    let is_in = |group: &&Value| {
        let list =
            |name: &str| group.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_smart = group.get("isSmart").and_then(Value::as_bool).unwrap_or_default();
        (is_smart && list("criteria").is_empty())
            || list("members").iter().any(|member| id_text(member) == id)
    };
    context.store.objects("mobile_device_groups", context.sight).into_iter().filter(is_in).collect()
}
