//! Sites: parts of a tenant that administrators are limited to, and what belongs to each.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, get};
use crate::args::{Arguments, Id, List, Whole};

/// All actions on sites.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("site_list", "/api/v1/sites")
        .about("List all sites with their ids.")
        .needs(&["Read Sites"])
        .brief(&["id", "name", "divisionId"])
        .core(),
    get::<SiteObjects>("site_object_list", "/api/v1/sites/{id}/objects")
        .about("List the ids of what belongs to a site; the filter chooses the kind, such as `objectType==Computer` or `objectType==\"Mobile Device\"`.")
        .needs(&["Read Sites"])
        .brief(&["objectType", "objectId", "siteId"])
        .filters(&["objectType", "objectId"])
        .sorts(&["objectType", "objectId"])
        .since("11.7"),
];

/// Arguments of `site_object_list`.
#[derive(JsonSchema)]
pub struct SiteObjects {
    /// Id of the site, digits only.
    pub id: Id,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for SiteObjects {
    const ROWS: Rows = Rows::Paged;
}
