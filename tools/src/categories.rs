//! Categories: what policies, profiles, scripts and packages are filed under.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, History, Ids, List, NoteOn, Update};
use crate::effects::{A_NOTE, Affects};

/// All actions on categories.
pub static ACTIONS: &[Action] = &[
    get::<List>("category_list", "/api/v1/categories")
        .about("List categories, one page at a time, with their ids.")
        .asked(&["which categories exist", "categories of policies and apps"])
        .needs(&["Read Categories", "Read Self Service"])
        .brief(&["id", "name", "priority"])
        .filters(&["name", "priority"]),
    get::<ById>("category_get", "/api/v1/categories/{id}")
        .about("Get one category by its id.")
        .needs(&["Read Categories"]),
    post::<Create<Category>>("category_create", "/api/v1/categories")
        .about("Create a category; its name must be new.")
        .asked(&["new category for Self Service", "new category"])
        .needs(&["Create Categories"])
        .affects(Affects::Nothing("nothing is in a new category yet")),
    put::<Update<Category>>("category_update", "/api/v1/categories/{id}")
        .about("Replace a category: its name and its place.")
        .asked(&["rename a category"])
        .needs(&["Update Categories"])
        .affects(Affects::Nothing("a category only sorts objects")),
    delete::<ById>("category_delete", "/api/v1/categories/{id}")
        .about("Delete a category; what is filed under it keeps no category.")
        .asked(&["remove a category"])
        .needs(&["Delete Categories"])
        .affects(Affects::Nothing("a category only sorts objects")),
    post::<Ids>("category_delete_several", "/api/v1/categories/delete-multiple")
        .about("Delete several categories at once, by their ids. For one, use category_delete.")
        .needs(&["Delete Categories"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("a category only sorts objects")),
    get::<History>("category_history_list", "/api/v1/categories/{id}/history")
        .about("List who changed a category and when.")
        .needs(&["Read Categories"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("category_history_note", "/api/v1/categories/{id}/history")
        .about("Write a note into the history of a category; nothing else changes.")
        .needs(&["Update Categories"])
        .affects(A_NOTE),
];

/// A category.
#[derive(JsonSchema)]
pub struct Category {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Place among the categories in Self Service; the lowest comes first.
    #[schemars(range(min = 1, max = 20))]
    pub priority: u32,
}
