//! Removable MAC addresses: those of adapters that go from Mac to Mac, which Jamf Pro must not tell computers by, in the
//! Classic API.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Update, Whole};
use crate::effects::{Affects, COMPUTERS};

/// All actions on removable MAC addresses.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("removable_mac_address_list", "/JSSResource/removablemacaddresses")
        .about("List the MAC addresses of adapters that Jamf Pro tells no computers by, with their ids.")
        .asked(&["shared USB network adapters"])
        .probably_needs(&["Read Removable MAC Address"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("removable_mac_address_get", "/JSSResource/removablemacaddresses/id/{id}")
        .also(&["/JSSResource/removablemacaddresses/name/{name}"])
        .about("Get one removable MAC address, by id or by the address itself as `name`.")
        .probably_needs(&["Read Removable MAC Address"]),
    post::<Create<RemovableMacAddress>>(
        "removable_mac_address_create",
        "/JSSResource/removablemacaddresses/id/0",
    )
    .about("Create a removable MAC address: an adapter that Jamf Pro tells no computers by any more.")
    .asked(&["ignore a USB network adapter"])
    .probably_needs(&["Create Removable MAC Address"])
    .risk(Risk::Destructive)
    .affects(Affects::Any(COMPUTERS))
    .xml("removable_mac_address"),
    put::<Update<RemovableMacAddress>>(
        "removable_mac_address_update",
        "/JSSResource/removablemacaddresses/id/{id}",
    )
    .about("Change a removable MAC address into another one.")
    .probably_needs(&["Update Removable MAC Address"])
    .risk(Risk::Destructive)
    .affects(Affects::Any(COMPUTERS))
    .xml("removable_mac_address"),
    delete::<ById>("removable_mac_address_delete", "/JSSResource/removablemacaddresses/id/{id}")
        .about(
            "Delete a removable MAC address; Macs that share the adapter may then be taken for one another.",
        )
        .probably_needs(&["Delete Removable MAC Address"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
];

/// A removable MAC address.
#[derive(JsonSchema)]
pub struct RemovableMacAddress {
    /// The address, such as E0:AC:CB:97:36:A4.
    #[schemars(length(min = 17, max = 17))]
    pub name: String,
}
