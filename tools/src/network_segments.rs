//! Network segments: ranges of addresses that say where a device is, in the Classic API.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::effects::Affects;

/// All actions on network segments.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("network_segment_list", "/JSSResource/networksegments")
        .about("List network segments with their ranges of addresses.")
        .asked(&["which IP ranges belong to which office", "IP ranges of our offices"])
        .probably_needs(&["Read Network Segments"])
        .brief(&["id", "name", "starting_address", "ending_address"]),
    get::<ByIdOrName>("network_segment_get", "/JSSResource/networksegments/id/{id}")
        .also(&["/JSSResource/networksegments/name/{name}"])
        .about("Get one network segment by id or name: its range, its distribution point, and the building and department that devices in it get.")
        .probably_needs(&["Read Network Segments"]),
    post::<Create<NetworkSegment>>("network_segment_create", "/JSSResource/networksegments/id/0")
        .about("Create a network segment. Where it overlaps another, the smaller one counts, and with an override devices in it change building or department.")
        .asked(&["add a subnet for a building", "add an IP range"])
        .probably_needs(&["Create Network Segments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Limitation("network_segments"))
        .xml("network_segment"),
    put::<Update<Partial<NetworkSegment>>>("network_segment_update", "/JSSResource/networksegments/id/{id}")
        .about("Change a network segment; scopes limited to it reach other devices, and an override moves devices. Fields left out stay.")
        .asked(&["change the IP range of an office", "change an IP range"])
        .probably_needs(&["Update Network Segments"])
        .risk(Risk::Destructive)
        .affects(Affects::Limitation("network_segments"))
        .xml("network_segment"),
    delete::<ById>("network_segment_delete", "/JSSResource/networksegments/id/{id}")
        .about("Delete a network segment; scopes limited to it reach nobody, or everybody where it was excluded.")
        .asked(&["office closed, remove its IP range"])
        .probably_needs(&["Delete Network Segments"])
        .risk(Risk::Destructive)
        .affects(Affects::Limitation("network_segments")),
];

/// A new network segment, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct NetworkSegment {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// First address, such as `10.1.1.0`.
    #[schemars(length(min = 2, max = 45))]
    pub starting_address: String,
    /// Last address, such as `10.1.1.255`.
    #[schemars(length(min = 2, max = 45))]
    pub ending_address: String,
    /// Name of the server that packages come from.
    pub distribution_server: Option<String>,
    /// Name of the distribution point that packages come from.
    pub distribution_point: Option<String>,
    /// Address to download from instead of the distribution point's own.
    pub url: Option<String>,
    /// Name of the software update server.
    pub swu_server: Option<String>,
    /// Name of the building that it is in.
    pub building: Option<String>,
    /// Name of the department that it belongs to.
    pub department: Option<String>,
    /// Set the building of computers that check in from here.
    pub override_buildings: Option<bool>,
    /// Set the department of computers that check in from here.
    pub override_departments: Option<bool>,
}
