//! Patch sources: the servers that tell Jamf Pro of software and its versions, in the Classic API. What this tenant
//! follows of it are patch titles.

use schemars::JsonSchema;

use crate::action::{Action, Risk, Rows, get, post, put};
use crate::args::{Arguments, ByIdOrName, Create, Id, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::{Affects, COMPUTERS};

/// All actions on patch sources.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("patch_internal_source_list", "/JSSResource/patchinternalsources")
        .about("List the patch sources that Jamf runs itself, with their ids.")
        .probably_needs(&["Read Patch Internal Source"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("patch_internal_source_get", "/JSSResource/patchinternalsources/id/{id}")
        .also(&["/JSSResource/patchinternalsources/name/{name}"])
        .about("Get one patch source of Jamf, by id or name: its address and whether it is on.")
        .probably_needs(&["Read Patch Internal Source"]),
    get::<Whole>("patch_external_source_list", "/JSSResource/patchexternalsources")
        .about("List the patch sources that others than Jamf run, with their ids.")
        .asked(&["patch sources"])
        .probably_needs(&["Read Patch External Source"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("patch_external_source_get", "/JSSResource/patchexternalsources/id/{id}")
        .also(&["/JSSResource/patchexternalsources/name/{name}"])
        .about("Get one patch source that others than Jamf run, by id or name: its host and port.")
        .probably_needs(&["Read Patch External Source"]),
    post::<Create<NewNamed<ExternalSource>>>("patch_external_source_create", "/JSSResource/patchexternalsources/id/0")
        .about("Create a patch source. Its host then says what software there is, and its titles may bring scripts that run as root on Macs.")
        .asked(&["add a patch source of a third party"])
        .probably_needs(&["Create Patch External Source"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .xml("patch_external_source"),
    put::<Update<Partial<NewNamed<ExternalSource>>>>("patch_external_source_update", "/JSSResource/patchexternalsources/id/{id}")
        .about("Change a patch source. Titles that come from it follow the new host, and may bring scripts that run as root on Macs.")
        .probably_needs(&["Update Patch External Source"])
        .risk(Risk::Critical)
        .affects(Affects::Any(COMPUTERS))
        .xml("patch_external_source"),
    get::<TitlesOf>("patch_available_title_list", "/JSSResource/patchavailabletitles/sourceid/{source_id}")
        .about("List the software that a patch source knows, with current versions; patch_title_create takes name_id as softwareTitleId.")
        .asked(&["which titles can Jamf patch", "software that could be patched"])
        .probably_needs(&["Read Patch Management Software Titles"])
        .brief(&["name_id", "app_name", "publisher", "current_version", "last_modified"]),
];

/// Arguments of `patch_available_title_list`.
#[derive(JsonSchema)]
pub struct TitlesOf {
    /// Id of the patch source, internal or external, digits only; Jamf's own is 1.
    pub source_id: Id,
}
impl Arguments for TitlesOf {
    const ROWS: Rows = Rows::Whole;
}

/// What a patch source has besides its name.
#[derive(JsonSchema)]
pub struct ExternalSource {
    /// Host with its path, such as patch.example.com/v1, without https.
    #[schemars(length(min = 1, max = 255))]
    pub host_name: Option<String>,
    /// Ask over TLS; true by default.
    pub ssl_enabled: Option<bool>,
    /// Port.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u32>,
}
