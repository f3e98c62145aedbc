//! User groups: smart and static groups of users, in the Classic API. Groups of devices are in `computer_groups` and
//! `mobile_device_groups`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::advanced_searches::SearchCriterion;
use crate::args::{ById, ByIdOrName, Create, Update, Whole};
use crate::classic_scope::Target;
use crate::effects::Affects;
use crate::joins::{GROUP, USED_BY, join};
use crate::sites::InSite;

/// Reading groups of either kind.
const READ: &[&str] = &["Read Smart User Groups", "Read Static User Groups"];

/// All actions on user groups.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("user_group_list", "/JSSResource/usergroups")
        .about("List user groups, smart and static, with their ids; static_user_group_list has the static ones alone.")
        .asked(&["groups of people"])
        .probably_needs(READ)
        .brief(&["id", "name", "is_smart", "members", "criteria", "used_by"])
        .joins(&[join("user groups", "id", GROUP), join("uses of user groups", "id", USED_BY)]),
    get::<ByIdOrName>("user_group_get", "/JSSResource/usergroups/id/{id}")
        .also(&["/JSSResource/usergroups/name/{name}"])
        .about("Get one user group, smart or static, by id or name, with its criteria and all its members.")
        .probably_needs(READ),
    post::<Create<SmartUserGroup>>("smart_user_group_create", "/JSSResource/usergroups/id/0")
        .about("Create a smart user group; who is in it follows from its criteria. Nothing is scoped to it yet.")
        .asked(&["smart group of users", "group of people by criteria"])
        .probably_needs(&["Create Smart User Groups"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("user_group"),
    put::<Update<SmartUserGroupChange>>("smart_user_group_update", "/JSSResource/usergroups/id/{id}")
        .about("Change a smart user group; whatever is scoped to it reaches other people. Its criteria replace all that it has, so read it first.")
        .probably_needs(&["Update Smart User Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::UserGroup)
        .xml("user_group"),
    post::<Create<StaticUserGroup>>("static_user_group_create", "/JSSResource/usergroups/id/0")
        .about("Create a static user group with the users that are named. Nothing is scoped to it yet.")
        .asked(&["fixed group of people"])
        .probably_needs(&["Create Static User Groups"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("user_group"),
    put::<Update<StaticUserGroupChange>>("static_user_group_update", "/JSSResource/usergroups/id/{id}")
        .about("Change a static user group; whatever is scoped to it reaches other people. Users that are given replace all its members, so read it first.")
        .probably_needs(&["Update Static User Groups"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::UserGroup)
        .xml("user_group"),
    delete::<ById>("user_group_delete", "/JSSResource/usergroups/id/{id}")
        .about("Delete a user group, smart or static; its users stay, scopes lose it, and what excluded it reaches them.")
        .probably_needs(&["Delete Smart User Groups", "Delete Static User Groups"])
        .risk(Risk::Destructive)
        .affects(Affects::UserGroup),
];

/// A new smart user group, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct SmartUserGroup {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// That it is smart.
    pub is_smart: Smart,
    /// Mail administrators when its members change.
    pub is_notify_on_change: Option<bool>,
    /// Its site.
    pub site: Option<InSite>,
    /// The criteria, at least one: a group without any has every user in it.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "criterion"))]
    pub criteria: Vec<SearchCriterion>,
}

/// What a smart user group becomes; fields left out stay.
#[derive(JsonSchema)]
pub struct SmartUserGroupChange {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// That it is smart.
    pub is_smart: Smart,
    /// Mail administrators when its members change.
    pub is_notify_on_change: Option<bool>,
    /// Its site.
    pub site: Option<InSite>,
    /// New criteria, at least one; they replace all of them.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "criterion"))]
    pub criteria: Option<Vec<SearchCriterion>>,
}

/// A new static user group, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct StaticUserGroup {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// That it is static.
    pub is_smart: Static,
    /// Mail administrators when its members change.
    pub is_notify_on_change: Option<bool>,
    /// Its site.
    pub site: Option<InSite>,
    /// All of its members, by their ids.
    #[schemars(length(max = 5000), extend("x-item" = "user"))]
    pub users: Vec<Target>,
}

/// What a static user group becomes; fields left out stay.
#[derive(JsonSchema)]
pub struct StaticUserGroupChange {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// That it is static.
    pub is_smart: Static,
    /// Mail administrators when its members change.
    pub is_notify_on_change: Option<bool>,
    /// Its site.
    pub site: Option<InSite>,
    /// All of its members, by their ids.
    #[schemars(length(max = 5000), extend("x-item" = "user"))]
    pub users: Option<Vec<Target>>,
}

/// That a group is smart; Jamf wants to be told, and a group cannot become the other kind.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Smart {
    True,
}

/// That a group is static; Jamf wants to be told, and a group cannot become the other kind.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Static {
    False,
}
