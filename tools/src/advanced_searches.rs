//! Advanced searches: saved searches of computers, mobile devices, users, and of the apps and books that users have.
//!
//! What a search of computers or users finds comes with the search. The others are only kept here; Jamf Pro answers what
//! they find in its console. To find devices now, filter a list.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, ByIdOrName, Create, Id, IdOrNone, Ids, Name, Partial, Update, Whole};
use crate::computer_groups::{AndOr, Criterion};
use crate::effects::Affects;
use crate::joins::SITE;
use crate::sites::InSite;

/// All actions on advanced searches.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mobile_device_search_list", "/api/v1/advanced-mobile-device-searches")
        .about("List saved searches of mobile devices with their criteria. What they find is not told; use mobile_device_list with a filter.")
        .asked(&["saved searches for iPads"])
        .needs(&["Read Advanced Mobile Device Searches"])
        .brief(&["id", "name", "criteria", "displayFields", "siteId"])
        .joins(&[SITE]),
    get::<ById>("mobile_device_search_get", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Get one saved search of mobile devices with its criteria and the columns that it shows.")
        .needs(&["Read Advanced Mobile Device Searches"]),
    post::<Create<Search>>("mobile_device_search_create", "/api/v1/advanced-mobile-device-searches")
        .about("Create a saved search of mobile devices; its name must be new. Nothing is scoped to a search.")
        .asked(&["saved search for iPads"])
        .needs(&["Create Advanced Mobile Device Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    put::<Update<Search>>("mobile_device_search_update", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Replace a saved search of mobile devices; fields left out are cleared, so read it first.")
        .needs(&["Update Advanced Mobile Device Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    delete::<ById>("mobile_device_search_delete", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Delete a saved search of mobile devices; devices and groups stay as they are.")
        .needs(&["Delete Advanced Mobile Device Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    post::<Ids>("mobile_device_search_delete_several", "/api/v1/advanced-mobile-device-searches/delete-multiple")
        .about("Delete several saved searches of mobile devices at once; devices and groups stay as they are.")
        .needs(&["Delete Advanced Mobile Device Searches"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    get::<Choices>("mobile_device_search_choices_get", "/api/v1/advanced-mobile-device-searches/choices")
        .about("Get the values that a criterion can be compared with, such as all models, before writing a search or smart group.")
        .needs(&["Read Advanced Mobile Device Searches"]),
    get::<Whole>("user_content_search_list", "/api/v1/advanced-user-content-searches")
        .about("List saved searches of the apps and books that users have, with their criteria.")
        .needs(&["Read Advanced User Content Searches"])
        .brief(&["id", "name", "criteria", "displayFields", "siteId"])
        .joins(&[SITE]),
    get::<ById>("user_content_search_get", "/api/v1/advanced-user-content-searches/{id}")
        .about("Get one saved search of the apps and books that users have.")
        .needs(&["Read Advanced User Content Searches"]),
    post::<Create<Search>>("user_content_search_create", "/api/v1/advanced-user-content-searches")
        .about("Create a saved search of the apps and books that users have; its name must be new.")
        .needs(&["Create Advanced User Content Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    put::<Update<Search>>("user_content_search_update", "/api/v1/advanced-user-content-searches/{id}")
        .about("Replace a saved search of the apps and books that users have; fields left out are cleared.")
        .needs(&["Update Advanced User Content Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    delete::<ById>("user_content_search_delete", "/api/v1/advanced-user-content-searches/{id}")
        .about("Delete a saved search of the apps and books that users have; users and licenses stay as they are.")
        .needs(&["Delete Advanced User Content Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    get::<Whole>("computer_search_list", "/JSSResource/advancedcomputersearches")
        .about("List saved searches of computers with their ids. To find computers without one, filter computer_list.")
        .asked(&["which saved computer searches exist", "saved searches"])
        .probably_needs(&["Read Advanced Computer Searches"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("computer_search_get", "/JSSResource/advancedcomputersearches/id/{id}")
        .also(&["/JSSResource/advancedcomputersearches/name/{name}"])
        .about("Get one saved search of computers by id or name: its criteria, its columns, and the computers that it finds now.")
        .probably_needs(&["Read Advanced Computer Searches"]),
    post::<Create<ComputerSearch>>("computer_search_create", "/JSSResource/advancedcomputersearches/id/0")
        .about("Create a saved search of computers; its name must be new. Nothing is scoped to a search.")
        .asked(&["save an advanced computer search", "saved search for Macs"])
        .probably_needs(&["Create Advanced Computer Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users"))
        .xml("advanced_computer_search"),
    put::<Update<Partial<ComputerSearch>>>(
        "computer_search_update",
        "/JSSResource/advancedcomputersearches/id/{id}",
    )
    .about("Change a saved search of computers. Fields left out stay; criteria or columns that are given replace all of them.")
    .probably_needs(&["Update Advanced Computer Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users"))
    .xml("advanced_computer_search"),
    delete::<ById>("computer_search_delete", "/JSSResource/advancedcomputersearches/id/{id}")
        .about("Delete a saved search of computers; computers and groups stay as they are.")
        .asked(&["remove a saved search"])
        .probably_needs(&["Delete Advanced Computer Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
    get::<Whole>("computer_search_report_list", "/JSSResource/computerreports")
        .about("List the saved searches of computers that computer_search_report_get makes a table of.")
        .probably_needs(&["Read Computers"])
        .brief(&["id", "name"]),
    get::<SearchReport>("computer_search_report_get", "/JSSResource/computerreports/id/{id}")
        .also(&["/JSSResource/computerreports/name/{name}"])
        .about("Get what a saved search of computers finds now, one row a computer with the columns that the search shows. computer_search_get has its criteria too.")
        .asked(&["results of a saved computer search", "run a saved search and show its results"])
        .probably_needs(&["Read Computers"])
        .brief(&["*"]),
    get::<Whole>("user_search_list", "/JSSResource/advancedusersearches")
        .about("List saved searches of users with their ids. To find users without one, filter user_list.")
        .asked(&["saved searches of people"])
        .probably_needs(&["Read Advanced User Searches"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("user_search_get", "/JSSResource/advancedusersearches/id/{id}")
        .also(&["/JSSResource/advancedusersearches/name/{name}"])
        .about("Get one saved search of users by id or name: its criteria, its columns, and the users that it finds now.")
        .probably_needs(&["Read Advanced User Searches"]),
    post::<Create<UserSearch>>("user_search_create", "/JSSResource/advancedusersearches/id/0")
        .about("Create a saved search of users; its name must be new. Nothing is scoped to a search.")
        .probably_needs(&["Create Advanced User Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users"))
        .xml("advanced_user_search"),
    put::<Update<Partial<UserSearch>>>("user_search_update", "/JSSResource/advancedusersearches/id/{id}")
        .about("Change a saved search of users. Fields left out stay; criteria or columns that are given replace all of them.")
        .probably_needs(&["Update Advanced User Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users"))
        .xml("advanced_user_search"),
    delete::<ById>("user_search_delete", "/JSSResource/advancedusersearches/id/{id}")
        .about("Delete a saved search of users; users and groups stay as they are.")
        .probably_needs(&["Delete Advanced User Searches"])
        .affects(Affects::Nothing("a saved search only finds devices and users")),
];

/// Arguments of `mobile_device_search_choices_get`.
#[derive(JsonSchema)]
pub struct Choices {
    /// Name of the criterion, in Jamf's exact words, such as `Model`.
    #[schemars(length(min = 1, max = 255))]
    pub criteria: String,
    /// Id of a site whose values alone are wanted; -1, the default, for all.
    pub site: Option<IdOrNone>,
    /// Part of the values wanted.
    #[schemars(length(max = 255))]
    pub contains: Option<String>,
}
impl Arguments for Choices {}

/// A saved search.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Search {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What is searched for; left out, everything is found.
    pub criteria: Option<Vec<Criterion>>,
    /// Columns that the console shows, in Jamf's exact words, such as `Serial Number`.
    pub display_fields: Option<Vec<String>>,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
}

/// A saved search of computers whose table is wanted.
#[derive(JsonSchema)]
pub struct SearchReport {
    /// Id of the search, digits only.
    pub id: Option<Id>,
    /// Its name, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
}
impl Arguments for SearchReport {
    const ROWS: Rows = Rows::Whole;
}

/// A new saved search of computers, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct ComputerSearch {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// How the console shows it, such as `Standard Web Page`.
    pub view_as: Option<String>,
    /// Column to sort by first.
    pub sort_1: Option<String>,
    /// Column to sort by next.
    pub sort_2: Option<String>,
    /// Column to sort by last.
    pub sort_3: Option<String>,
    /// What is searched for; left out, everything is found.
    #[schemars(length(max = 200), extend("x-item" = "criterion"))]
    pub criteria: Option<Vec<SearchCriterion>>,
    /// Columns that the result has.
    #[schemars(length(max = 500), extend("x-item" = "display_field"))]
    pub display_fields: Option<Vec<SearchColumn>>,
    /// Its site.
    pub site: Option<InSite>,
}

/// A new saved search of users, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct UserSearch {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What is searched for; left out, everything is found.
    #[schemars(length(max = 200), extend("x-item" = "criterion"))]
    pub criteria: Option<Vec<SearchCriterion>>,
    /// Columns that the result has.
    #[schemars(length(max = 500), extend("x-item" = "display_field"))]
    pub display_fields: Option<Vec<SearchColumn>>,
    /// Its site.
    pub site: Option<InSite>,
}

/// One criterion of a search or group of the Classic API.
#[derive(JsonSchema)]
pub struct SearchCriterion {
    /// What it looks at, in Jamf's exact words, such as `Last Inventory Update`.
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

/// A column of a search's result.
#[derive(JsonSchema)]
pub struct SearchColumn {
    /// In Jamf's exact words, such as `Serial Number`.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}
