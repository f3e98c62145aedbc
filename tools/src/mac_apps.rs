//! Mac apps of the App Store, in the Classic API: what Macs and their users get by volume purchasing. Apps that Jamf
//! packages itself are app installers.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Partial, Update, Whole};
use crate::classic_scope::{
    ComputerTargets, DirectoryPeople, NotificationText, Offer, Places, Target, UserTargets,
};
use crate::classic_shapes::{AppLimitations, DeploymentType, Licenses, Notification};
use crate::effects::{Affects, COMPUTERS};
use crate::policies::IdOrName;

/// All actions on Mac apps of the App Store.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mac_app_list", "/JSSResource/macapplications")
        .about("List the Mac apps of the App Store with their ids. Apps that Jamf packages are in app_installer_deployment_list.")
        .asked(&["VPP apps on our Macs", "App Store apps for Macs"])
        .probably_needs(&["Read Mac Applications"])
        .brief(&["id", "name"]),
    get::<MacAppGet>("mac_app_get", "/JSSResource/macapplications/id/{id}")
        .also(&["/JSSResource/macapplications/name/{name}", "/JSSResource/macapplications/id/{id}/subset/{subset}"])
        .about("Get one Mac app of the App Store, by id or name: how it is deployed, its scope with exclusions, Self Service and licenses.")
        .asked(&["scope of a Mac App Store app"])
        .probably_needs(&["Read Mac Applications"]),
    post::<Create<MacApp>>("mac_app_create", "/JSSResource/macapplications/id/0")
        .about("Create a Mac app of the App Store. Macs in its scope install it, or are offered it, as its deployment type says.")
        .asked(&["assign a Mac App Store app", "give Macs an App Store app"])
        .probably_needs(&["Create Mac Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .xml("mac_application"),
    put::<Update<Partial<MacApp>>>("mac_app_update", "/JSSResource/macapplications/id/{id}")
        .about("Change a Mac app of the App Store. Sections left out stay; a scope that is given replaces the whole scope, exclusions included.")
        .asked(&["change who gets an App Store app on Macs"])
        .probably_needs(&["Update Mac Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS))
        .xml("mac_application"),
    delete::<ById>("mac_app_delete", "/JSSResource/macapplications/id/{id}")
        .about("Delete a Mac app of the App Store. Licenses assigned to Macs in its scope are taken back, and the app may stop there.")
        .asked(&["stop giving Macs an app"])
        .probably_needs(&["Delete Mac Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(COMPUTERS)),
];

/// One app: by its id, by its name, or a part of it by its id.
#[derive(JsonSchema)]
pub struct MacAppGet {
    /// Id of the app, digits only.
    pub id: Option<Id>,
    /// Name of the app, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// A part of it, with `id`.
    pub subset: Option<MacAppSubset>,
}
impl Arguments for MacAppGet {}

/// A part of an app.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MacAppSubset {
    General,
    Scope,
    SelfService,
    #[schemars(rename = "VPPCodes")]
    VppCodes,
    #[schemars(rename = "VPP")]
    Vpp,
}

/// A new app.
#[derive(JsonSchema)]
pub struct MacApp {
    /// Which app it is, and how it is deployed.
    pub general: MacAppGeneral,
    /// The rest.
    #[schemars(flatten)]
    pub rest: MacAppRest,
}

/// Which new app it is, and how it is deployed.
#[derive(JsonSchema)]
pub struct MacAppGeneral {
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Version.
    pub version: String,
    /// It costs nothing.
    pub is_free: Option<bool>,
    /// Bundle identifier, such as com.apple.Keynote.
    pub bundle_id: String,
    /// Address in the App Store.
    pub url: String,
    /// How it reaches its scope.
    pub deployment_type: Option<DeploymentType>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// What an app has besides its general settings.
#[derive(JsonSchema)]
pub struct MacAppRest {
    /// Which Macs and users it is for, and which not.
    pub scope: Option<MacAppScope>,
    /// How Self Service offers it.
    pub self_service: Option<MacAppSelfService>,
    /// Which licenses it uses.
    pub vpp: Option<Licenses>,
}

/// Which Macs and users an app is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct MacAppScope {
    /// Every computer; then no groups.
    pub all_computers: Option<bool>,
    /// Every user that Jamf Pro knows; then no user groups.
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
    pub limitations: Option<AppLimitations>,
    /// Whom it is kept from.
    pub exclusions: Option<MacAppExclusions>,
}

/// Exceptions from the scope of an app.
#[derive(JsonSchema)]
pub struct MacAppExclusions {
    /// Computers, by their ids or by their groups.
    #[schemars(flatten)]
    pub devices: ComputerTargets,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Users and groups of the directory, by their names.
    #[schemars(flatten)]
    pub directory: DirectoryPeople,
    /// Network segments.
    #[schemars(extend("x-item" = "network_segment"))]
    pub network_segments: Option<Vec<Target>>,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
}

/// How Self Service offers a Mac app.
#[derive(JsonSchema)]
pub struct MacAppSelfService {
    /// What Self Service shows of an object, and where.
    #[schemars(flatten)]
    pub offer: Offer,
    /// Where users are notified.
    pub notification: Option<Notification>,
    /// The message with which users are notified.
    #[schemars(flatten)]
    pub notification_text: NotificationText,
}
