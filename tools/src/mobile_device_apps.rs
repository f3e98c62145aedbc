//! Apps for mobile devices, in the Classic API: App Store apps and in-house apps.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Partial, Update, Whole};
use crate::classic_scope::{DirectoryPeople, NotificationText, Places, Target, UserTargets};
use crate::classic_shapes::{AppLimitations, DeploymentType, Icon, Licenses};
use crate::effects::{Affects, MOBILE_DEVICES};
use crate::policies::IdOrName;

/// The managed configuration of an app may hold passwords and keys inside one long text.
const SECRETS: &[&str] = &["preferences"];

/// All actions on apps for mobile devices.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mobile_device_app_list", "/JSSResource/mobiledeviceapplications")
        .about("List the apps for mobile devices that Jamf Pro distributes, with their ids. Which device has which app is in its inventory.")
        .asked(&["apps we distribute to iPads", "apps that iPads get"])
        .probably_needs(&["Read Mobile Device Applications"])
        .brief(&["id", "name", "display_name", "bundle_id", "version", "internal_app"]),
    get::<MobileDeviceAppGet>("mobile_device_app_get", "/JSSResource/mobiledeviceapplications/id/{id}")
        .also(&[
            "/JSSResource/mobiledeviceapplications/name/{name}",
            "/JSSResource/mobiledeviceapplications/bundleid/{bundle_id}",
            "/JSSResource/mobiledeviceapplications/bundleid/{bundle_id}/version/{version}",
            "/JSSResource/mobiledeviceapplications/id/{id}/subset/{subset}",
        ])
        .about("Get one app for mobile devices: how it is deployed, its scope with exclusions, Self Service and licenses. Its managed configuration is left out: it may hold passwords.")
        .asked(&["scope and configuration of an iOS app"])
        .probably_needs(&["Read Mobile Device Applications"])
        .hides(SECRETS),
    post::<Create<MobileDeviceApp>>("mobile_device_app_create", "/JSSResource/mobiledeviceapplications/id/0")
        .about("Create an app for mobile devices. Devices in its scope install it, or are offered it, as its deployment type says. The file of an in-house app follows with file_upload.")
        .asked(&["give an iPad app to a group", "give iPads an App Store app"])
        .probably_needs(&["Create Mobile Device Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES))
        .xml("mobile_device_application"),
    put::<Update<Partial<MobileDeviceApp>>>("mobile_device_app_update", "/JSSResource/mobiledeviceapplications/id/{id}")
        .about("Change an app for mobile devices. Sections left out stay; a scope that is given replaces the whole scope, and devices that leave it may lose the app with its data.")
        .asked(&["change who gets an iOS app", "update the app configuration of an iOS app", "change who gets an iPad app"])
        .probably_needs(&["Update Mobile Device Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES))
        .xml("mobile_device_application"),
    delete::<ById>("mobile_device_app_delete", "/JSSResource/mobiledeviceapplications/id/{id}")
        .about("Delete an app for mobile devices; managed devices may lose the app with its data. Jamf may answer 400 although it is deleted: look again.")
        .asked(&["stop giving iPads an app"])
        .probably_needs(&["Delete Mobile Device Applications"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Scope(MOBILE_DEVICES)),
];

/// One app: by its id, its name or its bundle identifier, or a part of it by its id.
#[derive(JsonSchema)]
pub struct MobileDeviceAppGet {
    /// Id of the app, digits only.
    pub id: Option<Id>,
    /// A part of it, with `id`.
    pub subset: Option<MobileDeviceAppSubset>,
    /// Name of the app, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// Bundle identifier; where several apps have it, say the version too.
    pub bundle_id: Option<Name>,
    /// Version, with `bundle_id`.
    pub version: Option<Name>,
}
impl Arguments for MobileDeviceAppGet {}

/// A part of an app.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum MobileDeviceAppSubset {
    General,
    Scope,
    SelfService,
    #[schemars(rename = "VPPCodes")]
    VppCodes,
    #[schemars(rename = "VPP")]
    Vpp,
    AppConfiguration,
}

/// A new app.
#[derive(JsonSchema)]
pub struct MobileDeviceApp {
    /// Which app it is, and how it is deployed.
    pub general: MobileDeviceAppGeneral,
    /// The rest.
    #[schemars(flatten)]
    pub rest: MobileDeviceAppRest,
}

/// Which new app it is, and how it is deployed.
#[derive(JsonSchema)]
pub struct MobileDeviceAppGeneral {
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Name shown to users.
    pub display_name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Bundle identifier, such as com.apple.Keynote.
    pub bundle_id: String,
    /// Version.
    pub version: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: Deployment,
}

/// How an app for mobile devices is deployed.
#[derive(JsonSchema)]
pub struct Deployment {
    /// An in-house app, and not one of the App Store.
    pub internal_app: Option<bool>,
    /// Its category.
    pub category: Option<IdOrName>,
    /// Its icon.
    pub icon: Option<Icon>,
    /// Id of the provisioning profile of an in-house app.
    pub mobile_device_provisioning_profile: Option<u32>,
    /// Address in the App Store.
    pub itunes_store_url: Option<String>,
    /// Offer it in Self Service again after it is installed.
    pub make_available_after_install: Option<bool>,
    /// Country or region of the App Store, such as US.
    pub itunes_country_region: Option<String>,
    /// Second of the day at which it is compared with the App Store.
    #[schemars(range(min = 0, max = 86_400))]
    pub itunes_sync_time: Option<u32>,
    /// How it reaches its scope.
    pub deployment_type: Option<DeploymentType>,
    /// Install it without waiting for the user.
    pub deploy_automatically: Option<bool>,
    /// As a managed app, which MDM can configure and remove.
    pub deploy_as_managed_app: Option<bool>,
    /// It goes, with its data, when the MDM profile goes.
    pub remove_app_when_mdm_profile_is_removed: Option<bool>,
    /// Keep its data out of backups.
    pub prevent_backup_of_app_data: Option<bool>,
    /// Follow description and icon of the App Store.
    pub keep_description_and_icon_up_to_date: Option<bool>,
    /// It costs nothing.
    pub free: Option<bool>,
    /// Manage it where the user installed it.
    pub take_over_management: Option<bool>,
    /// Its file is on another web server.
    pub host_externally: Option<bool>,
    /// Address there.
    pub external_url: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
}

/// What an app has besides its general settings.
#[derive(JsonSchema)]
pub struct MobileDeviceAppRest {
    /// Which devices and users it is for, and which not.
    pub scope: Option<MobileDeviceAppScope>,
    /// How Self Service offers it.
    pub self_service: Option<MobileDeviceAppSelfService>,
    /// Which licenses it uses.
    pub vpp: Option<Licenses>,
    /// Its managed configuration.
    pub app_configuration: Option<AppConfiguration>,
}

/// Which devices and users an app is for. What is left out of a scope that is given becomes empty.
#[derive(JsonSchema)]
pub struct MobileDeviceAppScope {
    /// Every mobile device; then no groups.
    pub all_mobile_devices: Option<bool>,
    /// Every user that Jamf Pro knows; then no user groups.
    pub all_jss_users: Option<bool>,
    /// Mobile devices.
    #[schemars(extend("x-item" = "mobile_device"))]
    pub mobile_devices: Option<Vec<Target>>,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Mobile device groups.
    #[schemars(extend("x-item" = "mobile_device_group"))]
    pub mobile_device_groups: Option<Vec<Target>>,
    /// Users and user groups of Jamf Pro's own list, by their ids.
    #[schemars(flatten)]
    pub people: UserTargets,
    /// Only for these of them.
    pub limitations: Option<AppLimitations>,
    /// Whom it is kept from.
    pub exclusions: Option<MobileDeviceAppExclusions>,
}

/// Exceptions from the scope of an app.
#[derive(JsonSchema)]
pub struct MobileDeviceAppExclusions {
    /// Mobile devices.
    #[schemars(extend("x-item" = "mobile_device"))]
    pub mobile_devices: Option<Vec<Target>>,
    /// Buildings and departments, by their ids.
    #[schemars(flatten)]
    pub places: Places,
    /// Mobile device groups.
    #[schemars(extend("x-item" = "mobile_device_group"))]
    pub mobile_device_groups: Option<Vec<Target>>,
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

/// How Self Service offers an app for mobile devices.
#[derive(JsonSchema)]
pub struct MobileDeviceAppSelfService {
    /// Description.
    pub self_service_description: Option<String>,
    /// Its icon.
    pub self_service_icon: Option<Icon>,
    /// On the first page.
    pub feature_on_main_page: Option<bool>,
    /// Its categories.
    #[schemars(extend("x-item" = "category"))]
    pub self_service_categories: Option<Vec<AppCategory>>,
    /// Tell users of it.
    pub notification: Option<bool>,
    /// The message with which users are notified.
    #[schemars(flatten)]
    pub notification_text: NotificationText,
}

/// A category of Self Service on mobile devices.
#[derive(JsonSchema)]
pub struct AppCategory {
    /// Id.
    pub id: Option<u32>,
    /// Show it there; else Jamf drops it.
    pub display_in: Option<bool>,
}

/// The managed configuration of an app.
#[derive(JsonSchema)]
pub struct AppConfiguration {
    /// Property list whose outermost element is `dict`, as plain XML text; never put a password into it.
    pub preferences: Option<String>,
}
