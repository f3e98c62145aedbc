//! Software update servers: servers in an organization's own network that Macs take Apple's updates from, in the Classic
//! API. Updates by MDM are managed software updates.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::effects::{Affects, COMPUTERS};

/// All actions on software update servers.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("software_update_server_list", "/JSSResource/softwareupdateservers")
        .about("List the organization's own software update servers with their ids.")
        .asked(&["internal update servers"])
        .probably_needs(&["Read Software Update Servers"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("software_update_server_get", "/JSSResource/softwareupdateservers/id/{id}")
        .also(&["/JSSResource/softwareupdateservers/name/{name}"])
        .about("Get one software update server, by id or name: its address and port.")
        .probably_needs(&["Read Software Update Servers"]),
    post::<Create<SoftwareUpdateServer>>("software_update_server_create", "/JSSResource/softwareupdateservers/id/0")
        .about("Create a software update server; no Mac uses it until a policy or network segment says so.")
        .probably_needs(&["Create Software Update Servers"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("software_update_server"),
    put::<Update<Partial<SoftwareUpdateServer>>>("software_update_server_update", "/JSSResource/softwareupdateservers/id/{id}")
        .about("Change a software update server. Macs that policies or network segments send there take their updates from the new address.")
        .probably_needs(&["Update Software Update Servers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(COMPUTERS))
        .xml("software_update_server"),
    delete::<ById>("software_update_server_delete", "/JSSResource/softwareupdateservers/id/{id}")
        .about("Delete a software update server; policies and network segments that use it send Macs there no more.")
        .probably_needs(&["Delete Software Update Servers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(COMPUTERS)),
];

/// A new software update server.
#[derive(JsonSchema)]
pub struct SoftwareUpdateServer {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Its IP address or host name.
    #[schemars(length(min = 1, max = 255))]
    pub ip_address: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: ServerRest,
}

/// Port and reach of a software update server.
#[derive(JsonSchema)]
pub struct ServerRest {
    /// Port, usually 8088.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u32>,
    /// For every user of a Mac.
    pub set_system_wide: Option<bool>,
}
