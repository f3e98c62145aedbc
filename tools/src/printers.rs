//! Printers: what policies install on Macs, in the Classic API.
//!
//! The body type is in the order in which Jamf writes it, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::Affects;

/// All actions on printers.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("printer_list", "/JSSResource/printers")
        .about("List the printers with their ids.")
        .asked(&["which printers are in Jamf", "printers for Macs"])
        .probably_needs(&["Read Printers"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("printer_get", "/JSSResource/printers/id/{id}")
        .also(&["/JSSResource/printers/name/{name}"])
        .about("Get one printer, by id or name: its address, model, place and driver. The text of its PPD can be long.")
        .probably_needs(&["Read Printers"]),
    post::<Create<NewNamed<Printer>>>("printer_create", "/JSSResource/printers/id/0")
        .about("Create a printer; no Mac has it until a policy installs it. A PPD file follows with file_upload.")
        .asked(&["add an office printer", "add a printer for Macs"])
        .probably_needs(&["Create Printers"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("printer"),
    put::<Update<Partial<NewNamed<Printer>>>>("printer_update", "/JSSResource/printers/id/{id}")
        .about("Change a printer. What is left out stays; policies that install it bring the changed one onto Macs when they next run.")
        .asked(&["change a printer"])
        .probably_needs(&["Update Printers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("printers", "installs it"))
        .xml("printer"),
    delete::<ById>("printer_delete", "/JSSResource/printers/id/{id}")
        .about("Delete a printer; policies that install or remove it do so no more. Macs that have it keep it.")
        .asked(&["remove a printer"])
        .probably_needs(&["Delete Printers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("printers", "installs it")),
];

/// What a printer has besides its name.
#[derive(JsonSchema)]
pub struct Printer {
    /// Name of its category.
    pub category: Option<String>,
    /// Address, such as lpd://10.1.20.204/.
    pub uri: Option<String>,
    /// Name of its queue on Macs, without spaces.
    #[schemars(rename = "CUPS_name")]
    pub cups_name: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// What users are shown.
    pub info: Option<String>,
    /// Notes for administrators.
    pub notes: Option<String>,
    /// Make it the default of the Mac.
    pub make_default: Option<bool>,
    /// Use the generic driver, and no PPD.
    pub use_generic: Option<bool>,
    /// Name of its PPD file.
    pub ppd: Option<String>,
    /// Where the PPD file is on Macs.
    pub ppd_path: Option<String>,
    /// Text of the PPD file.
    pub ppd_contents: Option<String>,
}
