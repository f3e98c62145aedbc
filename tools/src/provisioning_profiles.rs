//! Provisioning profiles: what lets an in-house app run on mobile devices, in the Classic API.
//!
//! The body type is in the order in which Jamf writes it, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, Base64, ById, Create, Id, Name, Partial, Update, Whole};
use crate::effects::{Affects, MOBILE_DEVICES};

/// All actions on provisioning profiles.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("provisioning_profile_list", "/JSSResource/mobiledeviceprovisioningprofiles")
        .about("List the provisioning profiles of in-house apps with their ids; when they expire is not told.")
        .asked(&["in-house app provisioning profiles", "provisioning profiles of in-house apps"])
        .probably_needs(&["Read Provisioning Profiles"])
        .brief(&["id", "name", "display_name", "uuid"]),
    get::<ProvisioningProfileGet>("provisioning_profile_get", "/JSSResource/mobiledeviceprovisioningprofiles/id/{id}")
        .also(&[
            "/JSSResource/mobiledeviceprovisioningprofiles/name/{name}",
            "/JSSResource/mobiledeviceprovisioningprofiles/uuid/{uuid}",
            "/JSSResource/mobiledeviceprovisioningprofiles/id/{id}/subset/{subset}",
        ])
        .about("Get one provisioning profile of an in-house app, by id, name or UUID.")
        .probably_needs(&["Read Provisioning Profiles"]),
    post::<Create<ProvisioningProfile>>("provisioning_profile_create", "/JSSResource/mobiledeviceprovisioningprofiles/id/0")
        .about("Create a provisioning profile; devices get it with the first in-house app that names it.")
        .asked(&["renew the signing of an in-house app"])
        .probably_needs(&["Create Provisioning Profiles"])
        .affects(Affects::Nothing("nothing refers to a new object yet"))
        .xml("mobile_device_provisioning_profile"),
    put::<Update<Partial<ProvisioningProfile>>>("provisioning_profile_update", "/JSSResource/mobiledeviceprovisioningprofiles/id/{id}")
        .about("Change a provisioning profile. In-house apps that need it stop launching if the new one does not fit them.")
        .probably_needs(&["Update Provisioning Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(MOBILE_DEVICES))
        .xml("mobile_device_provisioning_profile"),
    delete::<ById>("provisioning_profile_delete", "/JSSResource/mobiledeviceprovisioningprofiles/id/{id}")
        .about("Delete a provisioning profile; in-house apps that need it stop launching on every device.")
        .probably_needs(&["Delete Provisioning Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Any(MOBILE_DEVICES)),
];

/// One provisioning profile: by its id, its name or its UUID, or a part of it by its id.
#[derive(JsonSchema)]
pub struct ProvisioningProfileGet {
    /// Id of the profile, digits only.
    pub id: Option<Id>,
    /// Name of the profile, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// UUID of the profile.
    pub uuid: Option<Name>,
    /// A part of it, with `id`; there is only one.
    pub subset: Option<ProvisioningProfileSubset>,
}
impl Arguments for ProvisioningProfileGet {}

/// A part of a provisioning profile.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ProvisioningProfileSubset {
    General,
}

/// A new provisioning profile.
#[derive(JsonSchema)]
pub struct ProvisioningProfile {
    /// Names and file.
    pub general: ProvisioningProfileGeneral,
}

/// Names and file of a provisioning profile.
#[derive(JsonSchema)]
pub struct ProvisioningProfileGeneral {
    /// Name.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: Option<String>,
    /// UUID that is written in the file.
    pub uuid: Option<String>,
    /// The file.
    pub profile: Option<ProvisioningFile>,
}

/// The file of a provisioning profile.
#[derive(JsonSchema)]
pub struct ProvisioningFile {
    /// Name of the file, ending in .mobileprovision.
    pub name: Option<String>,
    /// Content in Base64.
    pub data: Option<Base64>,
}
