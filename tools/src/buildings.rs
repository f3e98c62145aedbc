//! Buildings: places that computers, mobile devices and users belong to.

use schemars::JsonSchema;

use crate::action::{Action, delete, get, post, put};
use crate::args::{ById, Create, List, Update};

/// All actions on buildings.
pub static ACTIONS: &[Action] = &[
    get::<List>("building_list", "/api/v1/buildings")
        .about("List buildings, one page at a time.")
        .needs(&["Read Buildings"])
        .brief(&["id", "name", "city"])
        .filters(&[
            "name",
            "streetAddress1",
            "streetAddress2",
            "city",
            "stateProvince",
            "zipPostalCode",
            "country",
        ])
        .core(),
    get::<ById>("building_get", "/api/v1/buildings/{id}")
        .about("Get one building with its address.")
        .needs(&["Read Buildings"]),
    post::<Create<Building>>("building_create", "/api/v1/buildings")
        .about("Create a building.")
        .needs(&["Create Buildings"]),
    put::<Update<Building>>("building_update", "/api/v1/buildings/{id}")
        .about("Replace a building; fields left out are cleared.")
        .needs(&["Update Buildings"]),
    delete::<ById>("building_delete", "/api/v1/buildings/{id}")
        .about("Delete a building; devices in it keep no building.")
        .needs(&["Delete Buildings"]),
];

/// A building and its postal address.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Building {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Street address, first line.
    pub street_address1: Option<String>,
    /// Street address, second line.
    pub street_address2: Option<String>,
    /// Town or city.
    pub city: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// Postal code.
    pub zip_postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
}
