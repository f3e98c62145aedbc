//! Mobile device groups, smart and static, and who is in them.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, patch, post, put};
use crate::answer_notes::AnswerNote;
use crate::args::{Arguments, ById, Create, Id, IdOrNone, List, Update, Whole};
use crate::computer_groups::Criterion;
use crate::effects::{Affects, DeviceKind, GroupKind, Members};
use crate::joins::{CRITERIA, GROUP, SITE, USED_BY, join};
use crate::mobile_devices::{FILTERS, SECRETS};

/// Fields of a member by default; unlike a device's own record, a member's is flat.
const MEMBER: &[&str] = &[
    "mobileDeviceId",
    "displayName",
    "serialNumber",
    "model",
    "osVersion",
    "username",
    "lastInventoryUpdateDate",
];

/// All actions on mobile device groups. Erasing every device of a group, which Jamf offers as one call, is left out.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mobile_device_group_list", "/api/v2/mobile-device-groups")
        .about("List all mobile device groups, smart and static, with members, criteria and how many objects use each.")
        .asked(&["groups of iPads"])
        .needs(&["Read Smart Mobile Device Groups", "Read Static Mobile Device Groups"])
        .brief(&["id", "name", "isSmartGroup", "members", "criteria", "used_by"])
        .joins(&[join("mobile device groups", "id", GROUP), join("uses of mobile device groups", "id", USED_BY)])
        .before(&[("11.28", "/api/v1/mobile-device-groups")]),
    get::<List>("smart_mobile_group_list", "/api/v2/mobile-device-groups/smart-groups")
        .about("List smart mobile device groups with the number of their members, their criteria and how many objects use each.")
        .asked(&["smart groups of iPads"])
        .needs(&["Read Smart Mobile Device Groups"])
        .brief(&["groupId", "groupName", "count", "criteria", "used_by"])
        .joins(&[SITE, join("mobile device groups", "groupId", CRITERIA), join("uses of mobile device groups", "groupId", USED_BY)])
        .filters(&["groupId", "groupName", "siteId"])
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-groups")]),
    get::<ById>("smart_mobile_group_get", "/api/v2/mobile-device-groups/smart-groups/{id}")
        .about("Get the criteria of one smart mobile device group; its members come from smart_mobile_group_members.")
        .answer_notes(&[AnswerNote::where_empty("criteria", "this group has no criteria, and a smart group without criteria has every mobile device in it")])
        .asked(&["criteria of an iPad smart group"])
        .needs(&["Read Smart Mobile Device Groups"])
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-groups/{id}")]),
    get::<GroupMembers>("smart_mobile_group_members", "/api/v2/mobile-device-groups/smart-group-membership/{id}")
        .title("List the members of a smart mobile device group")
        .about("List the mobile devices in a smart group.")
        .asked(&["which iPads are in a smart group"])
        .needs(&["Read Smart Mobile Device Groups", "Read Mobile Devices"])
        .brief(MEMBER)
        .filters(FILTERS)
        .hides(SECRETS)
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-group-membership/{id}")]),
    post::<Create<SmartMobileGroup>>("smart_mobile_group_create", "/api/v2/mobile-device-groups/smart-groups")
        .about("Create a smart mobile device group from criteria.")
        .asked(&["smart group of iPads", "group of iPads by criteria"])
        .needs(&["Create Smart Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::MobileDevice)))
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-groups")]),
    put::<Update<SmartMobileGroup>>("smart_mobile_group_update", "/api/v2/mobile-device-groups/smart-groups/{id}")
        .about("Replace a smart mobile device group's criteria; its members change, and every scope and exclusion that uses it.")
        .asked(&["change an iPad smart group"])
        .needs(&["Update Smart Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::MobileDevice)))
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-groups/{id}")]),
    delete::<ById>("smart_mobile_group_delete", "/api/v2/mobile-device-groups/smart-groups/{id}")
        .about("Delete a smart mobile device group; every scope and exclusion that uses it changes.")
        .needs(&["Delete Smart Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::MobileDevice)))
        .before(&[("11.28", "/api/v1/mobile-device-groups/smart-groups/{id}")]),
    post::<ById>("smart_mobile_group_recalculate", "/api/v1/smart-mobile-device-groups/{id}/recalculate")
        .title("Recalculate a smart mobile device group")
        .about("Work out the members of a smart mobile device group anew; what is scoped to it follows.")
        .asked(&["iPad group shows wrong members"])
        .needs(&["Update Smart Mobile Device Groups"])
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::MobileDevice))),
    get::<List>("static_mobile_group_list", "/api/v2/mobile-device-groups/static-groups")
        .about("List static mobile device groups with the number of their members.")
        .asked(&["static groups of iPads"])
        .needs(&["Read Static Mobile Device Groups"])
        .brief(&["groupId", "groupName", "count", "used_by"])
        .joins(&[SITE, join("uses of mobile device groups", "groupId", USED_BY)])
        .filters(&["groupId", "groupName", "siteId"])
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-groups")]),
    get::<ById>("static_mobile_group_get", "/api/v2/mobile-device-groups/static-groups/{id}")
        .about("Get one static mobile device group; its members come from static_mobile_group_members.")
        .needs(&["Read Static Mobile Device Groups"])
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-groups/{id}")]),
    get::<GroupMembers>("static_mobile_group_members", "/api/v2/mobile-device-groups/static-group-membership/{id}")
        .title("List the members of a static mobile device group")
        .about("List the mobile devices in a static group.")
        .asked(&["iPads in a static group"])
        .needs(&["Read Static Mobile Device Groups", "Read Mobile Devices"])
        .brief(MEMBER)
        .filters(FILTERS)
        .hides(SECRETS)
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-group-membership/{id}")]),
    post::<Create<StaticMobileGroup>>("static_mobile_group_create", "/api/v2/mobile-device-groups/static-groups")
        .about("Create a static mobile device group.")
        .asked(&["fixed list of iPads", "fixed group of iPads"])
        .needs(&["Create Static Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::MobileDevice)))
        .members(Members::moved("assignments", "mobileDeviceId"))
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-groups")]),
    patch::<Update<StaticMobileGroup>>("static_mobile_group_update", "/api/v2/mobile-device-groups/static-groups/{id}")
        .about("Change a static mobile device group; only the devices in `assignments` are added or taken out, the others stay.")
        .asked(&["add an iPad to a static group"])
        .needs(&["Update Static Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::MobileDevice)))
        .members(Members::moved("assignments", "mobileDeviceId"))
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-groups/{id}")]),
    delete::<ById>("static_mobile_group_delete", "/api/v2/mobile-device-groups/static-groups/{id}")
        .about("Delete a static mobile device group; every scope and exclusion that uses it changes.")
        .needs(&["Delete Static Mobile Device Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::MobileDevice)))
        .before(&[("11.28", "/api/v1/mobile-device-groups/static-groups/{id}")]),
];

/// One page of a group's members.
#[derive(JsonSchema)]
pub struct GroupMembers {
    /// Id of the group, digits only.
    pub id: Id,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for GroupMembers {
    const ROWS: Rows = Rows::Paged;
}

/// A smart mobile device group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmartMobileGroup {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub group_name: String,
    /// What it is for.
    pub group_description: Option<String>,
    /// Id of its site; -1 for none. Jamf refuses a group that does not say.
    pub site_id: IdOrNone,
    /// The criteria, at least one: a group without any has every device in it.
    #[schemars(length(min = 1, max = 200))]
    pub criteria: Vec<Criterion>,
}

/// A static mobile device group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct StaticMobileGroup {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub group_name: String,
    /// What it is for.
    pub group_description: Option<String>,
    /// Id of its site; -1 for none. Jamf refuses a group that does not say.
    pub site_id: IdOrNone,
    /// Devices to add or to take out.
    #[schemars(length(max = 5000))]
    pub assignments: Vec<Assignment>,
}

/// A device, in the group or not.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Assignment {
    /// Id of the mobile device, digits only.
    pub mobile_device_id: Id,
    /// True to add it, false to take it out.
    pub selected: bool,
}
