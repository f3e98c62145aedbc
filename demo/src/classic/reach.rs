//! What reaches a computer: its place in the groups, the directories and the networks of the tenant as they are now.

use std::collections::HashSet;

use serde_json::Value;

use super::{Context, devices, text};
use crate::{
    fleet::{scopes::DeviceFacts, short_name},
    inventory::Kind,
    store::{Sight, Store, id_text},
};

/// What a computer is, as far as scopes ask.
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
    /// Of the computer in a row.
    pub(super) fn of(context: &'s Context<'_>, at: usize) -> Self {
        let part = |name: &str| devices::part(context, Kind::Computers, at, name);
        let (user, general) = (part("userAndLocation"), part("general"));
        let own = |name: &str| user.get(name).map(id_text).unwrap_or_default();
        let id = devices::inventory(context, Kind::Computers).id(at).to_owned();
        let groups = context.store.groups_of_computer(&id, context.sight).into_iter();
        let groups: HashSet<String> = groups.filter_map(|group| group.get("id").map(id_text)).collect();
        Self {
            store: context.store,
            sight: context.sight,
            id,
            groups,
            building: own("buildingId"),
            department: own("departmentId"),
            user: short_name(text(&user, "username")),
            address: text(&general, "lastReportedIpV4").to_owned(),
        }
    }

    /// The id of the computer.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Whether the computer is in the group of an id.
    pub(super) fn in_group(&self, id: &str) -> bool {
        self.groups.contains(id)
    }

    /// Whether the scope of an object holds the computer.
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
