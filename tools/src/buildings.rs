//! Buildings: places that computers, mobile devices and users belong to.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{ById, Create, Export, History, HistoryExport, Ids, List, NoteOn, Update};
use crate::effects::{A_NOTE, Affects, Place};

/// All actions on buildings.
pub static ACTIONS: &[Action] = &[
    get::<List>("building_list", "/api/v1/buildings")
        .about("List buildings, one page at a time, with their ids.")
        .asked(&["which office locations are in Jamf", "all buildings with their addresses", "our offices"])
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
        ]),
    get::<ById>("building_get", "/api/v1/buildings/{id}")
        .about("Get one building by its id.")
        .needs(&["Read Buildings"]),
    post::<Create<Building>>("building_create", "/api/v1/buildings")
        .about("Create a building; its name must be new.")
        .asked(&["add a new site building", "set up the new office location", "new office"])
        .needs(&["Create Buildings"])
        .affects(Affects::Nothing("no device is in a new building yet")),
    put::<Update<Building>>("building_update", "/api/v1/buildings/{id}")
        .about("Replace a building; fields left out are cleared.")
        .asked(&["correct the address of an office", "rename an office"])
        .needs(&["Update Buildings"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Place(Place::Building)),
    delete::<ById>("building_delete", "/api/v1/buildings/{id}")
        .about(
            "Delete a building; devices and users in it keep no building, and scopes by it become smaller.",
        )
        .asked(&["remove an office building we closed", "close an office"])
        .needs(&["Delete Buildings"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Place(Place::Building)),
    post::<Ids>("building_delete_several", "/api/v1/buildings/delete-multiple")
        .about("Delete several buildings at once, by their ids. For one, use building_delete.")
        .needs(&["Delete Buildings"])
        .risk(Risk::Destructive)
        .affects(Affects::Place(Place::Building)),
    post::<Export>("building_export", "/api/v1/buildings/export")
        .about("Export buildings as CSV; changes nothing. To read a few, use building_list.")
        .asked(&["buildings as a CSV"])
        .needs(&["Read Buildings"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<History>("building_history_list", "/api/v1/buildings/{id}/history")
        .about("List who changed a building and when.")
        .needs(&["Read Buildings"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("building_history_note", "/api/v1/buildings/{id}/history")
        .about("Write a note into the history of a building; nothing else changes.")
        .needs(&["Update Buildings"])
        .affects(A_NOTE),
    post::<HistoryExport>("building_history_export", "/api/v1/buildings/{id}/history/export")
        .about("Export the history of one building as CSV; changes nothing.")
        .needs(&["Read Buildings"])
        .risk(Risk::Read)
        .answers(Answer::File),
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
