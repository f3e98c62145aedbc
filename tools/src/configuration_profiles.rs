//! Configuration profiles for computers and for mobile devices, in the Classic API.

use schemars::JsonSchema;

use crate::action::{Action, get};
use crate::args::{Arguments, Id, Name, Whole};

/// What is installed may hold passwords and keys, of Wi-Fi networks for example, inside one long text.
const SECRETS: &[&str] = &["payloads"];

/// All actions on configuration profiles.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("macos_profile_list", "/JSSResource/osxconfigurationprofiles")
        .about("List the configuration profiles for computers, with their ids.")
        .probably_needs(&["Read macOS Configuration Profiles"])
        .brief(&["id", "name"])
        .core(),
    get::<Profile>("macos_profile_get", "/JSSResource/osxconfigurationprofiles/id/{id}")
        .also(&["/JSSResource/osxconfigurationprofiles/name/{name}", "/JSSResource/osxconfigurationprofiles/id/{id}/subset/{subset}"])
        .about("Get one configuration profile for computers, by id or name: its settings, scope and Self Service. Its payload is left out: it may hold passwords.")
        .probably_needs(&["Read macOS Configuration Profiles"])
        .hides(SECRETS)
        .core(),
    get::<Whole>("mobile_profile_list", "/JSSResource/mobiledeviceconfigurationprofiles")
        .about("List the configuration profiles for mobile devices, with their ids.")
        .probably_needs(&["Read iOS Configuration Profiles"])
        .brief(&["id", "name"])
        .core(),
    get::<Profile>("mobile_profile_get", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}")
        .also(&["/JSSResource/mobiledeviceconfigurationprofiles/name/{name}", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}/subset/{subset}"])
        .about("Get one configuration profile for mobile devices, by id or name: its settings, scope and Self Service. Its payload is left out: it may hold passwords.")
        .probably_needs(&["Read iOS Configuration Profiles"])
        .hides(SECRETS)
        .core(),
];

/// One profile: by its id, by its name, or a part of it by its id.
#[derive(JsonSchema)]
pub struct Profile {
    /// Id of the profile, digits only.
    pub id: Option<Id>,
    /// Name of the profile, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// A part of it, with `id`.
    pub subset: Option<ProfileSubset>,
}
impl Arguments for Profile {}

/// A part of a profile.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ProfileSubset {
    General,
    Scope,
    SelfService,
}
