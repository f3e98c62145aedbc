//! Computer groups, smart and static, and who is in them.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::answer_notes::AnswerNote;
use crate::args::{Arguments, ById, Create, Id, IdOrNone, List, Update, Whole};
use crate::effects::{Affects, DeviceKind, GroupKind, Members};
use crate::joins::{CRITERIA, GROUP, SITE, USED_BY, join};

/// All actions on computer groups.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("computer_group_list", "/api/v1/computer-groups")
        .about("List all computer groups, smart and static, with members, criteria and how many objects use each.")
        .asked(&["all computer groups", "smart and static groups together"])
        .needs(&["Read Smart Computer Groups", "Read Static Computer Groups"])
        .brief(&["id", "name", "smartGroup", "members", "criteria", "used_by"])
        .joins(&[join("computer groups", "id", GROUP), join("uses of computer groups", "id", USED_BY)]),
    get::<List>("smart_computer_group_list", "/api/v3/computer-groups/smart-groups")
        .about("List smart computer groups with the number of their members, their criteria and how many objects use each.")
        .asked(&["which smart groups of Macs exist"])
        .needs(&["Read Smart Computer Groups"])
        .brief(&["id", "name", "membershipCount", "criteria", "used_by"])
        .joins(&[SITE, join("computer groups", "id", CRITERIA), join("uses of computer groups", "id", USED_BY)])
        .filters(&["id", "name", "siteId"])
        .before(&[("11.28", "/api/v2/computer-groups/smart-groups")]),
    get::<ById>("smart_computer_group_get", "/api/v3/computer-groups/smart-groups/{id}")
        .about("Get the criteria of one smart computer group; its members come from smart_computer_group_members.")
        .answer_notes(&[AnswerNote::where_empty("criteria", "this group has no criteria, and a smart group without criteria has every computer in it")])
        .asked(&["criteria of a smart group", "rules of a smart group"])
        .needs(&["Read Smart Computer Groups"])
        .before(&[("11.28", "/api/v2/computer-groups/smart-groups/{id}")])
        .core(),
    get::<MembersOf>("smart_computer_group_members", "/api/v3/computer-groups/smart-group-membership/{id}")
        .title("List the members of a smart computer group")
        .about("List the ids of the computers in a smart group; computer_list with a filter on id names them.")
        .asked(&["who is in a smart group of Macs", "Macs in a smart group"])
        .needs(&["Read Smart Computer Groups"])
        .before(&[("11.28", "/api/v2/computer-groups/smart-group-membership/{id}")])
        .core(),
    post::<Create<SmartComputerGroup>>("smart_computer_group_create", "/api/v3/computer-groups/smart-groups")
        .about("Create a smart computer group from criteria.")
        .asked(&["build a smart group of old Macs", "dynamic group by OS version", "group of Macs by criteria"])
        .needs(&["Create Smart Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::Computer)))
        .before(&[("11.28", "/api/v2/computer-groups/smart-groups")]),
    put::<Update<SmartComputerGroup>>("smart_computer_group_update", "/api/v3/computer-groups/smart-groups/{id}")
        .about("Replace a smart computer group's criteria; its members change, and with them every scope and exclusion that uses it.")
        .asked(&["change the criteria of a smart group", "other criteria for a group of Macs"])
        .needs(&["Update Smart Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::Computer)))
        .before(&[("11.28", "/api/v2/computer-groups/smart-groups/{id}")]),
    delete::<ById>("smart_computer_group_delete", "/api/v3/computer-groups/smart-groups/{id}")
        .about("Delete a smart computer group; every scope and exclusion that uses it changes.")
        .asked(&["remove a smart group of Macs"])
        .needs(&["Delete Smart Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::Computer)))
        .before(&[("11.28", "/api/v2/computer-groups/smart-groups/{id}")]),
    post::<ById>("smart_computer_group_recalculate", "/api/v1/smart-computer-groups/{id}/recalculate")
        .title("Recalculate a smart computer group")
        .about("Work out the members of a smart computer group anew; policies and profiles in its scope follow.")
        .asked(&["smart group did not update", "smart group shows wrong members", "refresh a smart group"])
        .needs(&["Update Smart Computer Groups"])
        .affects(Affects::Group(GroupKind::Smart(DeviceKind::Computer))),
    get::<List>("static_computer_group_list", "/api/v3/computer-groups/static-groups")
        .about("List static computer groups with the number of their members.")
        .asked(&["static groups of Macs"])
        .needs(&["Read Static Computer Groups"])
        .brief(&["id", "name", "count", "used_by"])
        .joins(&[SITE, join("uses of computer groups", "id", USED_BY)])
        .filters(&["id", "name", "siteId"])
        .before(&[("11.28", "/api/v2/computer-groups/static-groups")]),
    get::<ById>("static_computer_group_get", "/api/v3/computer-groups/static-groups/{id}")
        .about("Get the name, description and site of one static computer group; Jamf does not tell its members here.")
        .needs(&["Read Static Computer Groups"])
        .before(&[("11.28", "/api/v2/computer-groups/static-groups/{id}")]),
    post::<Create<StaticComputerGroup>>("static_computer_group_create", "/api/v3/computer-groups/static-groups")
        .about("Create a static computer group from computer ids.")
        .asked(&["fixed list of Macs for a pilot", "fixed group of Macs"])
        .needs(&["Create Static Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::Computer)))
        .members(Members::all("assignments"))
        .before(&[("11.28", "/api/v2/computer-groups/static-groups")]),
    put::<Update<StaticComputerGroup>>("static_computer_group_update", "/api/v3/computer-groups/static-groups/{id}")
        .about("Replace a static computer group; `assignments` becomes the whole list of members, and scopes that use it follow.")
        .asked(&["replace the members of a static Mac group"])
        .needs(&["Update Static Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::Computer)))
        .members(Members::all("assignments"))
        .before(&[("11.28", "/api/v2/computer-groups/static-groups/{id}")]),
    delete::<ById>("static_computer_group_delete", "/api/v3/computer-groups/static-groups/{id}")
        .about("Delete a static computer group; every scope and exclusion that uses it changes.")
        .asked(&["remove a static group of Macs", "remove a fixed group of Macs"])
        .needs(&["Delete Static Computer Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Group(GroupKind::Static(DeviceKind::Computer)))
        .before(&[("11.28", "/api/v2/computer-groups/static-groups/{id}")]),
];

/// Which group's members.
#[derive(JsonSchema)]
pub struct MembersOf {
    /// Id of the group, digits only.
    pub id: Id,
}
impl Arguments for MembersOf {
    const ROWS: Rows = Rows::Whole;
}

/// A smart computer group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SmartComputerGroup {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The criteria, at least one: a group without any has every computer in it.
    #[schemars(length(min = 1, max = 200))]
    pub criteria: Vec<Criterion>,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
}

/// A static computer group and its members.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct StaticComputerGroup {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
    /// Ids of all of its members; computers that are not managed are refused.
    #[schemars(length(max = 5000), extend("x-unique" = true))]
    pub assignments: Vec<Id>,
}

/// One criterion of a smart group.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Criterion {
    /// What it looks at, in Jamf's exact words, such as `Operating System Version`.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Its place among the criteria, counted from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub priority: u32,
    /// How it joins the one before it.
    pub and_or: AndOr,
    /// How it compares, such as `is`, `is not`, `like`, `more than x days ago`.
    #[schemars(length(min = 1, max = 100))]
    pub search_type: String,
    /// What it compares with.
    pub value: String,
    /// A parenthesis opens before it.
    pub opening_paren: Option<bool>,
    /// A parenthesis closes after it.
    pub closing_paren: Option<bool>,
}

/// How a criterion joins the one before it.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum AndOr {
    And,
    Or,
}
