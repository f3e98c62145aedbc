//! VPP assignments: apps and books of volume purchasing that are given to users, in the Classic API. Licenses for
//! devices belong to the apps themselves.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, Create, Partial, Update, Whole};
use crate::classic_shapes::UserScope;
use crate::effects::Affects;

/// All actions on VPP assignments.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("vpp_assignment_list", "/JSSResource/vppassignments")
        .about("List the assignments of volume-purchased apps and books to users, with their ids.")
        .asked(&["apps assigned to users by VPP", "apps assigned to people"])
        .probably_needs(&["Read VPP Assignment"])
        .brief(&["id", "name", "vpp_admin_account_id"]),
    get::<ById>("vpp_assignment_get", "/JSSResource/vppassignments/id/{id}")
        .about("Get one assignment of volume-purchased apps and books to users: what it gives and to whom.")
        .probably_needs(&["Read VPP Assignment"]),
    post::<Create<VppAssignment>>("vpp_assignment_create", "/JSSResource/vppassignments/id/0")
        .about("Create an assignment of volume-purchased apps and books; users in its scope are given a license for each.")
        .asked(&["assign apps to people"])
        .probably_needs(&["Create VPP Assignment"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses)
        .xml("vpp_assignment"),
    put::<Update<Partial<VppAssignment>>>("vpp_assignment_update", "/JSSResource/vppassignments/id/{id}")
        .about("Change an assignment of apps and books. A list or scope that is given replaces the old one, and users who leave it lose their licenses.")
        .probably_needs(&["Update VPP Assignment"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses)
        .xml("vpp_assignment"),
    delete::<ById>("vpp_assignment_delete", "/JSSResource/vppassignments/id/{id}")
        .about("Delete an assignment of apps and books; the licenses of apps are taken back from its users, and books stay theirs.")
        .probably_needs(&["Delete VPP Assignment"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses),
];

/// A new assignment.
#[derive(JsonSchema)]
pub struct VppAssignment {
    /// Name and location.
    pub general: VppAssignmentGeneral,
    /// The rest.
    #[schemars(flatten)]
    pub rest: VppAssignmentRest,
}

/// Name and location of a new assignment.
#[derive(JsonSchema)]
pub struct VppAssignmentGeneral {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Id of the volume purchasing location whose licenses it gives.
    pub vpp_admin_account_id: u32,
}

/// What an assignment gives, and to whom.
#[derive(JsonSchema)]
pub struct VppAssignmentRest {
    /// Apps for iPhone and iPad.
    #[schemars(extend("x-item" = "ios_app"))]
    pub ios_apps: Option<Vec<StoreItem>>,
    /// Apps for Mac.
    #[schemars(extend("x-item" = "mac_app"))]
    pub mac_apps: Option<Vec<StoreItem>>,
    /// Books.
    #[schemars(extend("x-item" = "ebook"))]
    pub ebooks: Option<Vec<StoreItem>>,
    /// Which users it is for.
    pub scope: Option<UserScope>,
}

/// Something in Apple's store.
#[derive(JsonSchema)]
pub struct StoreItem {
    /// Apple's number of it, as in its address after `id`.
    pub adam_id: u64,
}
