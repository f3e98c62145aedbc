//! Advanced searches: saved searches of mobile devices, and of the apps and books that users have.
//!
//! A search is only kept here; Jamf Pro answers what it finds in its console. To find devices now, filter a list.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Ids, Update, Whole};
use crate::computer_groups::Criterion;

/// All actions on advanced searches.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mobile_device_search_list", "/api/v1/advanced-mobile-device-searches")
        .about("List saved searches of mobile devices with their criteria. What they find is not told; use mobile_device_list with a filter.")
        .needs(&["Read Advanced Mobile Device Searches"])
        .brief(&["id", "name", "criteria", "displayFields", "siteId"]),
    get::<ById>("mobile_device_search_get", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Get one saved search of mobile devices with its criteria and the columns that it shows.")
        .needs(&["Read Advanced Mobile Device Searches"]),
    post::<Create<Search>>("mobile_device_search_create", "/api/v1/advanced-mobile-device-searches")
        .about("Create a saved search of mobile devices; its name must be new. Nothing is scoped to a search.")
        .needs(&["Create Advanced Mobile Device Searches"]),
    put::<Update<Search>>("mobile_device_search_update", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Replace a saved search of mobile devices; fields left out are cleared, so read it first.")
        .needs(&["Update Advanced Mobile Device Searches"]),
    delete::<ById>("mobile_device_search_delete", "/api/v1/advanced-mobile-device-searches/{id}")
        .about("Delete a saved search of mobile devices; devices and groups stay as they are.")
        .needs(&["Delete Advanced Mobile Device Searches"]),
    post::<Ids>("mobile_device_search_delete_several", "/api/v1/advanced-mobile-device-searches/delete-multiple")
        .about("Delete several saved searches of mobile devices at once; devices and groups stay as they are.")
        .needs(&["Delete Advanced Mobile Device Searches"])
        .risk(Risk::Destructive),
    get::<Choices>("mobile_device_search_choices_get", "/api/v1/advanced-mobile-device-searches/choices")
        .about("Get the values that a criterion can be compared with, such as all models, before writing a search or smart group.")
        .needs(&["Read Advanced Mobile Device Searches"]),
    get::<Whole>("user_content_search_list", "/api/v1/advanced-user-content-searches")
        .about("List saved searches of the apps and books that users have, with their criteria.")
        .needs(&["Read Advanced User Content Searches"])
        .brief(&["id", "name", "criteria", "displayFields", "siteId"]),
    get::<ById>("user_content_search_get", "/api/v1/advanced-user-content-searches/{id}")
        .about("Get one saved search of the apps and books that users have.")
        .needs(&["Read Advanced User Content Searches"]),
    post::<Create<Search>>("user_content_search_create", "/api/v1/advanced-user-content-searches")
        .about("Create a saved search of the apps and books that users have; its name must be new.")
        .needs(&["Create Advanced User Content Searches"]),
    put::<Update<Search>>("user_content_search_update", "/api/v1/advanced-user-content-searches/{id}")
        .about("Replace a saved search of the apps and books that users have; fields left out are cleared.")
        .needs(&["Update Advanced User Content Searches"]),
    delete::<ById>("user_content_search_delete", "/api/v1/advanced-user-content-searches/{id}")
        .about("Delete a saved search of the apps and books that users have; users and licences stay as they are.")
        .needs(&["Delete Advanced User Content Searches"]),
];

/// Arguments of `mobile_device_search_choices_get`.
#[derive(JsonSchema)]
pub struct Choices {
    /// Name of the criterion, in Jamf's exact words, such as `Model`.
    #[schemars(length(min = 1, max = 255))]
    pub criteria: String,
    /// Id of a site whose values alone are wanted; -1, the default, for all.
    #[schemars(regex(pattern = r"^(-1|[0-9]{1,19})$"))]
    pub site: Option<String>,
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
    #[schemars(regex(pattern = r"^(-1|[0-9]{1,19})$"))]
    pub site_id: Option<String>,
}
