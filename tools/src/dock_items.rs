//! Dock items: apps, files and folders that policies put into the Dock of a Mac, or remove from it. The Jamf Pro API
//! has no list of them and finds none by name; the Classic API does.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Update, Whole};
use crate::effects::Affects;

/// All actions on Dock items.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("dock_item_list", "/JSSResource/dockitems")
        .about("List the Dock items with their ids.")
        .asked(&["which Dock items exist", "icons in the Dock"])
        .probably_needs(&["Read Dock Items"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("dock_item_details_get", "/JSSResource/dockitems/id/{id}")
        .also(&["/JSSResource/dockitems/name/{name}"])
        .about("Get one Dock item whole, by id or name: with its contents, which dock_item_get lacks.")
        .probably_needs(&["Read Dock Items"]),
    get::<ById>("dock_item_get", "/api/v1/dock-items/{id}")
        .about("Get one Dock item by its id: its name, kind and path.")
        .needs(&["Read Dock Items"])
        .since("11.7"),
    post::<Create<DockItem>>("dock_item_create", "/api/v1/dock-items")
        .about("Create a Dock item; no Dock changes until a policy uses it.")
        .asked(&["add an app icon for Docks", "put an icon into the Dock"])
        .needs(&["Create Dock Items"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .since("11.7"),
    put::<Update<DockItem>>("dock_item_update", "/api/v1/dock-items/{id}")
        .about("Replace a Dock item; policies that use it put the new one into the Dock when they next run.")
        .needs(&["Update Dock Items"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("dock_items", "puts it into the Dock"))
        .answers(Answer::Text)
        .impersonal()
        .since("11.7"),
    delete::<ById>("dock_item_delete", "/api/v1/dock-items/{id}")
        .about("Delete a Dock item; policies that use it lose it, Docks that have it keep it.")
        .asked(&["remove an icon from the Dock"])
        .needs(&["Delete Dock Items"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("dock_items", "puts it into the Dock"))
        .since("11.7"),
];

/// Something that a Dock can hold.
#[derive(JsonSchema)]
pub struct DockItem {
    /// Name shown in Jamf Pro and in the Dock; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What the path leads to.
    pub r#type: DockItemKind,
    /// Where it is on the Mac, as a URL such as `file://localhost/Applications/Safari.app`.
    #[schemars(length(min = 1))]
    pub path: String,
}

/// What a Dock item is.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DockItemKind {
    App,
    File,
    Folder,
}
