//! Restricted software: processes that may not run on Macs, in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::classic_scope::{ComputerTargets, Named, Places};
use crate::effects::{Affects, COMPUTERS};
use crate::policies::IdOrName;

/// All actions on restricted software.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("restricted_software_list", "/JSSResource/restrictedsoftware")
        .about("List the restrictions of software on Macs, with their ids.")
        .asked(&["which apps are blocked", "apps that are blocked"])
        .probably_needs(&["Read Restricted Software"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("restricted_software_get", "/JSSResource/restrictedsoftware/id/{id}")
        .also(&["/JSSResource/restrictedsoftware/name/{name}"])
        .about("Get one restriction of software, by id or name: which process it watches for, what happens then, its scope with exclusions.")
        .asked(&["who is exempt from an app block"])
        .probably_needs(&["Read Restricted Software"]),
    post::<Create<RestrictedSoftware>>("restricted_software_create", "/JSSResource/restrictedsoftware/id/0")
        .about("Create a restriction of software. On Macs in its scope the process is ended, and the app deleted, if it says so; a short name matches much.")
        .asked(&["ban an app on Macs", "block a process", "block an app on Macs", "forbid a game"])
        .probably_needs(&["Create Restricted Software"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .xml("restricted_software"),
    put::<Update<Partial<RestrictedSoftware>>>("restricted_software_update", "/JSSResource/restrictedsoftware/id/{id}")
        .about("Change a restriction of software. Sections left out stay; a scope that is given replaces the whole scope, exclusions included.")
        .asked(&["change what is blocked", "change a blocked app"])
        .probably_needs(&["Update Restricted Software"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .xml("restricted_software"),
    delete::<ById>("restricted_software_delete", "/JSSResource/restrictedsoftware/id/{id}")
        .about("Delete a restriction of software; the process may then run on the Macs in its scope.")
        .asked(&["allow a blocked app again"])
        .probably_needs(&["Delete Restricted Software"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS)),
];

/// A new restriction.
#[derive(JsonSchema)]
pub struct RestrictedSoftware {
    /// Which process, and what happens.
    pub general: Restriction,
    /// Which Macs it is for, and which not.
    pub scope: Option<RestrictionScope>,
}

/// Which process is newly restricted, and what happens.
#[derive(JsonSchema)]
pub struct Restriction {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Process, such as `Install macOS Sequoia.app`; `*` stands for any text.
    #[schemars(length(min = 1, max = 255))]
    pub process_name: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: Consequences,
}

/// What happens when a restricted process runs.
#[derive(JsonSchema)]
pub struct Consequences {
    /// Only this exact name, with case; else any name that holds it.
    pub match_exact_process_name: Option<bool>,
    /// Mail the administrators.
    pub send_notification: Option<bool>,
    /// End the process.
    pub kill_process: Option<bool>,
    /// Delete the app; it cannot be put back from here.
    pub delete_executable: Option<bool>,
    /// What the user is told.
    pub display_message: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// Which Macs a restriction is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct RestrictionScope {
    /// Every computer; then no groups.
    pub all_computers: Option<bool>,
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Whom it is kept from.
    pub exclusions: Option<RestrictionExclusions>,
}

/// Exceptions from the scope of a restriction.
#[derive(JsonSchema)]
pub struct RestrictionExclusions {
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Directory users.
    #[schemars(extend("x-item" = "user"))]
    pub users: Option<Vec<Named>>,
}
