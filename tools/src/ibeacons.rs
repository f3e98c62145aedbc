//! iBeacons: regions that tell where a device is, and that scopes are limited to, in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::effects::Affects;

/// All actions on iBeacons.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("ibeacon_list", "/JSSResource/ibeacons")
        .about("List the iBeacon regions with their ids.")
        .asked(&["beacons of our rooms"])
        .probably_needs(&["Read iBeacon"])
        .brief(&["id", "name", "uuid", "major", "minor"]),
    get::<ByIdOrName>("ibeacon_get", "/JSSResource/ibeacons/id/{id}")
        .also(&["/JSSResource/ibeacons/name/{name}"])
        .about("Get one iBeacon region, by id or name: its UUID, major and minor.")
        .probably_needs(&["Read iBeacon"]),
    post::<Create<Ibeacon>>("ibeacon_create", "/JSSResource/ibeacons/id/0")
        .about("Create an iBeacon region; nothing is limited to it yet.")
        .asked(&["add a Bluetooth region"])
        .probably_needs(&["Create iBeacon"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("ibeacon"),
    put::<Update<Partial<Ibeacon>>>("ibeacon_update", "/JSSResource/ibeacons/id/{id}")
        .about("Change an iBeacon region; scopes that are limited to it, or exclude it, follow.")
        .probably_needs(&["Update iBeacon"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Limitation("ibeacons"))
        .xml("ibeacon"),
    delete::<ById>("ibeacon_delete", "/JSSResource/ibeacons/id/{id}")
        .about("Delete an iBeacon region. Scopes lose it as a limitation or exclusion, so that policies may reach more Macs than before.")
        .probably_needs(&["Delete iBeacon"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Limitation("ibeacons")),
];

/// A new iBeacon region.
#[derive(JsonSchema)]
pub struct Ibeacon {
    /// Name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// UUID that the beacons send.
    #[schemars(regex(pattern = r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"))]
    pub uuid: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: Numbers,
}

/// Pattern of a beacon's number, which has 16 bits.
const BEACON_NUMBER: &str = "^(-1|[0-9]{1,5})$";

/// Numbers that beacons of one UUID are told apart by.
#[derive(JsonSchema)]
pub struct Numbers {
    /// Major number, 0 to 65535; -1 for any.
    #[schemars(regex(pattern = r"^(-1|0|[1-9][0-9]{0,18})$"), extend("x-form" = BEACON_NUMBER))]
    pub major: Option<String>,
    /// Minor number, 0 to 65535; -1 for any.
    #[schemars(regex(pattern = r"^(-1|0|[1-9][0-9]{0,18})$"), extend("x-form" = BEACON_NUMBER))]
    pub minor: Option<String>,
}
