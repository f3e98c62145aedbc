//! Sites: parts of a tenant that administrators are limited to, and what belongs to each.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, ByIdOrName, Create, Id, List, Update, Whole};
use crate::effects::{ALL_DEVICES, Affects, Protection};

/// All actions on sites.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("site_list", "/api/v1/sites")
        .about("List all sites with their ids.")
        .asked(&["which sites exist", "our sites"])
        .needs(&["Read Sites"])
        .brief(&["id", "name", "divisionId"]),
    get::<SiteObjects>("site_object_list", "/api/v1/sites/{id}/objects")
        .about("List the ids of what belongs to a site; the filter chooses the kind, such as `objectType==Computer` or `objectType==\"Mobile Device\"`.")
        .asked(&["what belongs to a site"])
        .needs(&["Read Sites"])
        .brief(&["objectType", "objectId", "siteId"])
        .filters(&["objectType", "objectId"])
        .sorts(&["objectType", "objectId"])
        .since("11.7"),
    get::<ByIdOrName>("site_get", "/JSSResource/sites/id/{id}")
        .also(&["/JSSResource/sites/name/{name}"])
        .about("Get one site by its id or name. What belongs to it is in site_object_list.")
        .probably_needs(&["Read Sites"]),
    post::<Create<Site>>("site_create", "/JSSResource/sites/id/0")
        .about("Create a site, empty at first.")
        .asked(&["add a site for a branch", "new site for a team"])
        .probably_needs(&["Create Sites"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("site"),
    put::<Update<Site>>("site_update", "/JSSResource/sites/id/{id}")
        .about("Rename a site; what belongs to it stays in it.")
        .protection(Protection::Site)
        .probably_needs(&["Update Sites"])
        .affects(Affects::Nothing("a site is known by its id, and nothing goes by its name"))
        .xml("site"),
    delete::<ById>("site_delete", "/JSSResource/sites/id/{id}")
        .about("Delete a site: devices, policies and profiles in it belong to none, and administrators limited to it lose their access. site_object_list says what is in it.")
        .asked(&["remove a site"])
        .protection(Protection::Site)
        .probably_needs(&["Delete Sites"])
        .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES)),
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

/// A site.
#[derive(JsonSchema)]
pub struct Site {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// The site that an object belongs to, as the Classic API takes it.
#[derive(JsonSchema)]
pub struct InSite {
    /// Id of the site; -1 for none.
    #[schemars(range(min = -1))]
    pub id: i64,
}
