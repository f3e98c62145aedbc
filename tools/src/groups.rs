//! Groups of both kinds of devices in one list, and the groups that one computer is in.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch};
use crate::args::{Arguments, Id, List, PlatformId};
use crate::computer_groups::Criterion;
use crate::effects::{Affects, GroupKind, Members};
use crate::joins::{CRITERIA, USED_BY, join};

/// All actions on groups of any kind.
pub static ACTIONS: &[Action] = &[
    get::<List>("group_list", "/api/v2/groups")
        .about("List computer and mobile device groups together, with the ids of both kinds, members, criteria and how many objects use each.")
        .asked(&["groups of Macs and iPads in one list", "search any group by name", "all groups with members and criteria"])
        .probably_needs(&["Read Smart Computer Groups", "Read Static Computer Groups", "Read Smart Mobile Device Groups", "Read Static Mobile Device Groups"])
        .brief(&["groupJamfProId", "groupName", "groupType", "smart", "membershipCount", "criteria", "used_by"])
        .joins(&[join("groups on the platform", "groupPlatformId", CRITERIA), join("uses of groups on the platform", "groupPlatformId", USED_BY)])
        .filters(&["groupName", "groupDescription", "groupType", "isSmart"])
        .before(&[("11.28", "/api/v1/groups")])
        .core(),
    get::<ByPlatformId>("group_get", "/api/v2/groups/{id}")
        .about("Get one group by its platform id, with its criteria.")
        .asked(&["one group by platform id", "one group with its criteria"])
        .probably_needs(&["Read Smart Computer Groups", "Read Static Computer Groups", "Read Smart Mobile Device Groups", "Read Static Mobile Device Groups"])
        .before(&[("11.28", "/api/v1/groups/{id}")]),
    patch::<GroupUpdate>("group_update", "/api/v2/groups/{id}")
        .about("Change a group of any kind by its platform id: name, criteria, or members; every scope and exclusion that uses it follows.")
        .asked(&["add a device to a static group", "rename a group", "rename or change any group"])
        .probably_needs(&["Update Smart Computer Groups", "Update Static Computer Groups", "Update Smart Mobile Device Groups", "Update Static Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Any))
        .members(Members::moved("assignments", "deviceId"))
        .before(&[("11.28", "/api/v1/groups/{id}")]),
    delete::<ByPlatformId>("group_delete", "/api/v2/groups/{id}")
        .about("Delete a group of any kind by its platform id; every scope and exclusion that uses it changes.")
        .asked(&["remove any group"])
        .probably_needs(&["Delete Smart Computer Groups", "Delete Static Computer Groups", "Delete Smart Mobile Device Groups", "Delete Static Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Any))
        .before(&[("11.28", "/api/v1/groups/{id}")]),
    get::<GroupsOf>("computer_groups_of", "/api/v1/devices/{id}/groups")
        .title("List the groups of a device")
        .about("List the groups that one computer or mobile device is in, by the device's management id.")
        .asked(&["group memberships of one Mac", "which groups is a device in"])
        .needs(&["Read Computers", "Read Mobile Devices"])
        .since("11.23"),
];

/// One group by its platform id.
#[derive(JsonSchema)]
pub struct ByPlatformId {
    /// Platform id of the group, a UUID; `groupPlatformId` in group_list.
    pub id: PlatformId,
}
impl Arguments for ByPlatformId {}

/// Whose groups.
#[derive(JsonSchema)]
pub struct GroupsOf {
    /// Id of the device as Jamf's platform has it: the management id, a UUID, or digits.
    #[schemars(regex(
        pattern = r"^([0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|0|[1-9][0-9]{0,18})$"
    ))]
    pub id: String,
}
impl Arguments for GroupsOf {
    const ROWS: Rows = Rows::Whole;
}

/// A group and what it becomes.
#[derive(JsonSchema)]
pub struct GroupUpdate {
    /// Platform id of the group, a UUID; `groupPlatformId` in group_list.
    pub id: PlatformId,
    /// What to change.
    pub body: GroupChange,
}
impl Arguments for GroupUpdate {}

/// What a group becomes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct GroupChange {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub group_name: Option<String>,
    /// What it is for.
    pub group_description: Option<String>,
    /// New criteria of a smart group, at least one.
    #[schemars(length(min = 1, max = 200))]
    pub criteria: Option<Vec<Criterion>>,
    /// Devices to add to a static group, or to remove from it.
    #[schemars(length(max = 5000))]
    pub assignments: Option<Vec<DeviceAssignment>>,
}

/// A device, in the group or not.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceAssignment {
    /// Id of the device, digits only.
    pub device_id: Id,
    /// True to add it, false to take it out.
    pub selected: bool,
}
