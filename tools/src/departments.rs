//! Departments: the units that computers, mobile devices and users belong to.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, History, Ids, List, NoteOn, Update};
use crate::effects::{A_NOTE, Affects, Place};

/// All actions on departments.
pub static ACTIONS: &[Action] = &[
    get::<List>("department_list", "/api/v1/departments")
        .about("List departments, one page at a time, with their ids.")
        .asked(&["list of teams and departments", "our teams and departments"])
        .needs(&["Read Departments"])
        .brief(&["id", "name"])
        .filters(&["id", "name"]),
    get::<ById>("department_get", "/api/v1/departments/{id}")
        .about("Get one department by its id.")
        .needs(&["Read Departments"]),
    post::<Create<Department>>("department_create", "/api/v1/departments")
        .about("Create a department; its name must be new.")
        .asked(&["add a team as department", "new department"])
        .needs(&["Create Departments"])
        .affects(Affects::Nothing("no device is in a new department yet")),
    put::<Update<Department>>("department_update", "/api/v1/departments/{id}")
        .about("Rename a department; scopes and groups by its name follow or break.")
        .asked(&["correct the name of a team"])
        .needs(&["Update Departments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Place(Place::Department)),
    delete::<ById>("department_delete", "/api/v1/departments/{id}")
        .about("Delete a department; devices and users in it keep no department, and scopes by it become smaller.")
        .asked(&["remove a department"])
        .needs(&["Delete Departments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Place(Place::Department)),
    post::<Ids>("department_delete_several", "/api/v1/departments/delete-multiple")
        .about("Delete several departments at once, by their ids. For one, use department_delete.")
        .needs(&["Delete Departments"])
        .risk(Risk::Destructive)
        .affects(Affects::Place(Place::Department)),
    get::<History>("department_history_list", "/api/v1/departments/{id}/history")
        .about("List who changed a department and when.")
        .needs(&["Read Departments"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("department_history_note", "/api/v1/departments/{id}/history")
        .about("Write a note into the history of a department; nothing else changes.")
        .needs(&["Update Departments"])
        .affects(A_NOTE),
];

/// A department.
#[derive(JsonSchema)]
pub struct Department {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 225))]
    pub name: String,
}
