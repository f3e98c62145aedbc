//! Configuration profiles for computers and for mobile devices, in the Classic API: what surrounds a payload.
//!
//! The payload itself passes through no caller's hands, in neither direction: it may hold the passwords and keys of networks.
//! The server puts it in from a file or from checked settings, and shows it without its secrets. The body types are in the
//! order of Jamf's schema, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Update, Whole};
use crate::classic_scope::{
    ComputerTargets, Exclusions, Limitations, MobileDeviceTargets, NotificationText, Offer, Places,
    UserTargets,
};
use crate::effects::{Affects, COMPUTERS, MOBILE_DEVICES};
use crate::joins::{FAILED, PROFILE, join};
use crate::policies::IdOrName;
use crate::secrets::Source;

/// What is installed may hold passwords and keys, of Wi-Fi networks for example, inside one long text; and a profile may
/// have a password for its removal.
const SECRETS: &[&str] = &["payloads", "password"];

/// The argument that holds the whole payload as text; the server alone fills it.
pub const PAYLOAD: &str = "body.general.payloads";

/// All actions on configuration profiles.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("macos_profile_list", "/JSSResource/osxconfigurationprofiles")
        .about("List the configuration profiles for computers with payload types, level, distribution, scope, and on how many the last command failed.")
        .asked(&["configuration profiles for Macs", "find our PPPC profiles", "profiles for Macs with payloads and scope"])
        .probably_needs(&["Read macOS Configuration Profiles"])
        .brief(&["id", "name", "payload_types", "level", "distribution", "scope", "failed"])
        .joins(&[join("macOS profiles", "id", PROFILE), join("failures of macOS profiles", "id", FAILED)])
        .core(),
    get::<Profile>("macos_profile_get", "/JSSResource/osxconfigurationprofiles/id/{id}")
        .also(&["/JSSResource/osxconfigurationprofiles/name/{name}", "/JSSResource/osxconfigurationprofiles/id/{id}/subset/{subset}"])
        .about("Get one configuration profile for computers by id or name: settings, scope, Self Service. Its payload comes from profile_payload_get.")
        .asked(&["payloads of a Mac configuration profile", "who gets this Mac profile", "scope and settings of a Mac profile"])
        .probably_needs(&["Read macOS Configuration Profiles"])
        .hides(SECRETS)
        .core(),
    post::<Create<MacProfile>>("macos_profile_create", "/JSSResource/osxconfigurationprofiles/id/0")
        .about("Create a configuration profile for computers that has no payload yet; every computer in its scope gets it. With a payload: profile_create.")
        .asked(&["upload a mobileconfig for Macs", "push Wi-Fi settings to Macs"])
        .probably_needs(&["Create macOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .secret(&[(&[PAYLOAD], Source::File)])
        .xml("os_x_configuration_profile"),
    put::<Update<MacProfileChange>>("macos_profile_update", "/JSSResource/osxconfigurationprofiles/id/{id}")
        .about("Change what surrounds the payload of a configuration profile for computers. A scope that is given replaces the whole scope. Payload: profile_replace.")
        .asked(&["change the scope of a Mac profile", "redistribute a profile", "change who gets a Mac profile"])
        .probably_needs(&["Update macOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .acts_once(&["body.general.redeploy_on_update"])
        .secret(&[(&[PAYLOAD], Source::File)])
        .xml("os_x_configuration_profile"),
    delete::<ById>("macos_profile_delete", "/JSSResource/osxconfigurationprofiles/id/{id}")
        .about("Delete a configuration profile; every computer that has it loses its settings, Wi-Fi and certificates included.")
        .asked(&["remove a profile from all Macs", "remove a Mac profile for good"])
        .probably_needs(&["Delete macOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS)),
    get::<Whole>("mobile_profile_list", "/JSSResource/mobiledeviceconfigurationprofiles")
        .about("List the configuration profiles for mobile devices with payload types, level, distribution, scope, and on how many the last command failed.")
        .asked(&["configuration profiles for iPads", "profiles for iPads with payloads and scope"])
        .probably_needs(&["Read iOS Configuration Profiles"])
        .brief(&["id", "name", "payload_types", "level", "distribution", "scope", "failed"])
        .joins(&[join("mobile device profiles", "id", PROFILE), join("failures of mobile device profiles", "id", FAILED)])
        .core(),
    get::<Profile>("mobile_profile_get", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}")
        .also(&["/JSSResource/mobiledeviceconfigurationprofiles/name/{name}", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}/subset/{subset}"])
        .about("Get one configuration profile for mobile devices by id or name: settings, scope, Self Service. Its payload comes from profile_payload_get.")
        .asked(&["what does this iOS profile do", "scope and settings of an iPad profile"])
        .probably_needs(&["Read iOS Configuration Profiles"])
        .hides(SECRETS),
    post::<Create<MobileProfile>>("mobile_profile_create", "/JSSResource/mobiledeviceconfigurationprofiles/id/0")
        .about("Create a configuration profile for mobile devices that has no payload yet; every device in its scope gets it. With a payload: profile_create.")
        .asked(&["upload a profile for iPads"])
        .probably_needs(&["Create iOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES))
        .secret(&[(&[PAYLOAD], Source::File)])
        .xml("configuration_profile"),
    put::<Update<MobileProfileChange>>("mobile_profile_update", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}")
        .about("Change what surrounds the payload of a configuration profile for mobile devices. A scope that is given replaces the whole scope. Payload: profile_replace.")
        .asked(&["scope an iOS profile to a group", "change who gets an iPad profile"])
        .probably_needs(&["Update iOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES))
        .acts_once(&["body.general.redeploy_on_update"])
        .secret(&[(&[PAYLOAD], Source::File)])
        .xml("configuration_profile"),
    delete::<ById>("mobile_profile_delete", "/JSSResource/mobiledeviceconfigurationprofiles/id/{id}")
        .about("Delete a configuration profile; every mobile device that has it loses its settings, Wi-Fi and certificates included.")
        .asked(&["take a profile off iPads", "remove an iPad profile for good"])
        .probably_needs(&["Delete iOS Configuration Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES)),
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

/// A new profile for computers, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct MacProfile {
    /// Name and how it is distributed.
    pub general: MacGeneral,
    /// Which computers and users it is for, and which not.
    pub scope: Option<MacScope>,
    /// How Self Service offers it.
    pub self_service: Option<MacSelfService>,
}

/// What a profile for computers becomes; sections left out stay as they are.
#[derive(JsonSchema)]
pub struct MacProfileChange {
    /// Name and how it is distributed.
    pub general: Option<MacGeneralChange>,
    /// Which computers and users it is for, and which not.
    pub scope: Option<MacScope>,
    /// How Self Service offers it.
    pub self_service: Option<MacSelfService>,
}

/// Name of a new profile for computers, and how it is distributed.
#[derive(JsonSchema)]
pub struct MacGeneral {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// How it reaches computers.
    pub distribution_method: Option<Distribution>,
    /// Users may remove it.
    pub user_removable: Option<bool>,
    /// Whom it applies to; set once.
    pub level: Option<MacLevel>,
    /// Who gets a change of it.
    pub redeploy_on_update: Option<Redeploy>,
    /// The payload as text; never given by a caller.
    pub payloads: Option<String>,
}

/// Name of a profile for computers, and how it is distributed.
#[derive(JsonSchema)]
pub struct MacGeneralChange {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// How it reaches computers.
    pub distribution_method: Option<Distribution>,
    /// Users may remove it.
    pub user_removable: Option<bool>,
    /// Who gets a change of it.
    pub redeploy_on_update: Option<Redeploy>,
    /// The payload as text; never given by a caller.
    pub payloads: Option<String>,
}

/// How a profile reaches devices.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Distribution {
    #[schemars(rename = "Install Automatically")]
    InstallAutomatically,
    #[schemars(rename = "Make Available in Self Service")]
    SelfService,
}

/// Whom a profile for computers applies to.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MacLevel {
    Computer,
    User,
}

/// Whom a profile for mobile devices applies to.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobileLevel {
    System,
    User,
}

/// Who gets a profile again when it changes.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Redeploy {
    #[schemars(rename = "Newly Assigned")]
    NewlyAssigned,
    All,
}

/// Which computers and users a profile is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct MacScope {
    /// Every computer; then no computers, groups, buildings or departments.
    pub all_computers: Option<bool>,
    /// Every user; then no users or user groups.
    pub all_jss_users: Option<bool>,
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Only for these of them.
    pub limitations: Option<Limitations>,
    /// Whom it is kept from.
    pub exclusions: Option<Exclusions>,
}

/// How Self Service offers a profile to users of computers.
#[derive(JsonSchema)]
pub struct MacSelfService {
    /// What Self Service shows of an object, and where.
    #[schemars(flatten)]
    pub offer: Offer,
    /// Where users are notified, such as `Self Service`.
    pub notification: Option<String>,
    /// The message with which users are notified.
    #[schemars(flatten)]
    pub notification_text: NotificationText,
}

/// A new profile for mobile devices, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct MobileProfile {
    /// Name and how it is deployed.
    pub general: MobileGeneral,
    /// Which devices and users it is for, and which not.
    pub scope: Option<MobileScope>,
    /// How Self Service offers it.
    pub self_service: Option<MobileSelfService>,
}

/// What a profile for mobile devices becomes; sections left out stay as they are.
#[derive(JsonSchema)]
pub struct MobileProfileChange {
    /// Name and how it is deployed.
    pub general: Option<MobileGeneralChange>,
    /// Which devices and users it is for, and which not.
    pub scope: Option<MobileScope>,
    /// How Self Service offers it.
    pub self_service: Option<MobileSelfService>,
}

/// Name of a new profile for mobile devices, and how it is deployed.
#[derive(JsonSchema)]
pub struct MobileGeneral {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Whom it applies to; set once.
    pub level: Option<MobileLevel>,
    /// Its site.
    pub site: Option<IdOrName>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// How it reaches devices.
    pub deployment_method: Option<Distribution>,
    /// Who gets a change of it.
    pub redeploy_on_update: Option<Redeploy>,
    /// The payload as text; never given by a caller.
    pub payloads: Option<String>,
}

/// Name of a profile for mobile devices, and how it is deployed.
#[derive(JsonSchema)]
pub struct MobileGeneralChange {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// How it reaches devices.
    pub deployment_method: Option<Distribution>,
    /// Who gets a change of it.
    pub redeploy_on_update: Option<Redeploy>,
    /// The payload as text; never given by a caller.
    pub payloads: Option<String>,
}

/// Which mobile devices and users a profile is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct MobileScope {
    /// Every mobile device; then no devices, groups, buildings or departments.
    pub all_mobile_devices: Option<bool>,
    /// Every user; then no users or user groups.
    pub all_jss_users: Option<bool>,
    /// Mobile devices, by their ids or by their groups.
    #[schemars(flatten)]
    pub mobile: MobileDeviceTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Only for these of them.
    pub limitations: Option<Limitations>,
    /// Whom it is kept from.
    pub exclusions: Option<MobileExclusions>,
}

/// Exceptions from the scope of a profile for mobile devices.
#[derive(JsonSchema)]
pub struct MobileExclusions {
    /// Mobile devices, by their ids or by their groups.
    #[schemars(flatten)]
    pub mobile: MobileDeviceTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// People of the directory, network segments and iBeacons, as a limit has them.
    #[schemars(flatten)]
    pub limits: Limitations,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
}

/// How Self Service offers a profile to users of mobile devices.
#[derive(JsonSchema)]
pub struct MobileSelfService {
    /// Description.
    pub self_service_description: Option<String>,
    /// On the first page.
    pub feature_on_main_page: Option<bool>,
    /// Its categories.
    #[schemars(extend("x-item" = "category"))]
    pub self_service_categories: Option<Vec<MobileSelfServiceCategory>>,
}

/// A category of Self Service on mobile devices.
#[derive(JsonSchema)]
pub struct MobileSelfServiceCategory {
    /// Id.
    pub id: u32,
}
