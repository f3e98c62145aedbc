//! Self Service: the app in which people install what their administrator offers: how it behaves and how it looks.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{ById, Change, Create, List, Note, Nothing, Sorted, Update};
use crate::effects::{A_NOTE, Affects, COMPUTERS, MOBILE_DEVICES};
use crate::enrollment_customizations::ImageFile;

/// All actions on Self Service.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("self_service_settings_get", "/api/v1/self-service/settings")
        .about("Get how Self Service for macOS is installed, whether people sign in to it, and what it opens with.")
        .asked(&["does every Mac get Self Service", "how is Self Service set up"])
        .needs(&["Read Self Service"]),
    put::<Change<SelfServiceSettings>>("self_service_settings_update", "/api/v1/self-service/settings")
        .about("Replace the settings of Self Service on all Macs: installing, signing in, notifications. Fields left out fall back to their defaults.")
        .asked(&["require a login in Self Service", "change how Self Service behaves"])
        .needs(&["Update Self Service"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    get::<List>("self_service_settings_history_list", "/api/v1/self-service/settings/history")
        .about("List who changed the settings of Self Service and when.")
        .needs(&["Read Self Service"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"])
        .since("11.23"),
    post::<Create<Note>>("self_service_settings_history_note", "/api/v1/self-service/settings/history")
        .about("Write a note into the history of the settings of Self Service; nothing else changes.")
        .needs(&["Update Self Service"])
        .affects(A_NOTE)
        .since("11.23"),
    get::<Nothing>("self_service_plus_settings_get", "/api/v1/self-service-plus/settings")
        .about("Get whether Macs get Self Service+, the successor of Self Service.")
        .asked(&["is Self Service+ on"])
        .needs(&["Read Self Service"])
        .since("11.23"),
    put::<Change<SelfServicePlusSettings>>("self_service_plus_settings_update", "/api/v1/self-service-plus/settings")
        .about("Replace whether Macs get Self Service+: all Macs install or lose the app as they check in.")
        .asked(&["switch Self Service+ on"])
        .needs(&["Update Self Service"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS))
        .since("11.23"),
    get::<Nothing>("self_service_plus_feature_get", "/api/v1/self-service-plus/feature-toggle/enabled")
        .about("Check whether the tenant offers Self Service+ at all: an empty answer is yes, not found is no. Whether it is on is in self_service_plus_settings_get.")
        .needs_none()
        .since("11.23"),
    get::<Sorted>("self_service_branding_macos_list", "/api/v1/self-service/branding/macos")
        .about("List the brandings of Self Service for macOS: its names and images.")
        .asked(&["how does Self Service look on Macs"])
        .needs(&["Read Self Service Branding Configuration", "Read Self Service"])
        .brief(&["id", "applicationName", "brandingName", "brandingNameSecondary", "iconId", "brandingHeaderImageId"]),
    get::<ById>("self_service_branding_macos_get", "/api/v1/self-service/branding/macos/{id}")
        .about("Get one branding of Self Service for macOS by its id.")
        .needs(&["Read Self Service Branding Configuration"]),
    post::<Create<MacBranding>>("self_service_branding_macos_create", "/api/v1/self-service/branding/macos")
        .about("Create a branding of Self Service for macOS; the app looks so on all Macs.")
        .needs(&["Create Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    put::<Update<MacBranding>>("self_service_branding_macos_update", "/api/v1/self-service/branding/macos/{id}")
        .about("Replace a branding of Self Service for macOS; fields left out are cleared. A new application name renames the app on all Macs.")
        .asked(&["change the Self Service banner", "name and colors of Self Service on Macs"])
        .needs(&["Update Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    delete::<ById>("self_service_branding_macos_delete", "/api/v1/self-service/branding/macos/{id}")
        .about("Delete a branding of Self Service for macOS; Macs go back to Jamf's own look.")
        .needs(&["Delete Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(COMPUTERS)),
    get::<Sorted>("self_service_branding_ios_list", "/api/v1/self-service/branding/ios")
        .about("List the brandings of Self Service for iOS and iPadOS: names, icons and colors.")
        .needs(&["Read Self Service Branding Configuration"])
        .brief(&["id", "brandingName", "iconId", "headerBackgroundColorCode"]),
    get::<ById>("self_service_branding_ios_get", "/api/v1/self-service/branding/ios/{id}")
        .about("Get one branding of Self Service for iOS and iPadOS by its id.")
        .needs(&["Read Self Service Branding Configuration"]),
    post::<Create<IosBranding>>("self_service_branding_ios_create", "/api/v1/self-service/branding/ios")
        .about("Create a branding of Self Service for iOS and iPadOS; the app looks so on all mobile devices.")
        .needs(&["Create Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(MOBILE_DEVICES)),
    put::<Update<IosBranding>>("self_service_branding_ios_update", "/api/v1/self-service/branding/ios/{id}")
        .about("Replace a branding of Self Service for iOS and iPadOS; an icon left out is cleared.")
        .asked(&["look of Self Service on iPads"])
        .needs(&["Update Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(MOBILE_DEVICES)),
    delete::<ById>("self_service_branding_ios_delete", "/api/v1/self-service/branding/ios/{id}")
        .about("Delete a branding of Self Service for iOS and iPadOS; devices go back to Jamf's own look.")
        .needs(&["Delete Self Service Branding Configuration"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(MOBILE_DEVICES)),
    post::<ImageFile>("self_service_branding_image_upload", "/api/self-service/branding/images")
        .about("Upload an image of the configured folder; the id at the end of the answer's address goes into a branding. Nothing shows it until then.")
        .asked(&["logo for Self Service"])
        .needs(&["Update Self Service Branding Configuration"])
        .affects(Affects::Nothing("nothing shows a new image until another object names it"))
        .upload("file", "file"),
    get::<ById>("self_service_branding_image_download", "/api/v1/branding-images/download/{id}")
        .about("Save an image of a Self Service branding into the configured folder, by the image's id.")
        .needs_none()
        .answers(Answer::File).impersonal(),
];

/// Whether Macs get Self Service+.
#[derive(JsonSchema)]
pub struct SelfServicePlusSettings {
    /// Macs get Self Service+.
    pub enabled: Option<bool>,
}

/// Names and images of Self Service for macOS.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MacBranding {
    /// Name of the app itself in Finder and Dock.
    pub application_name: Option<String>,
    /// Name of the organization, shown in the app.
    pub branding_name: Option<String>,
    /// Second line below that name.
    pub branding_name_secondary: Option<String>,
    /// Id of the image that is the app's icon, uploaded before.
    pub icon_id: Option<u32>,
    /// Id of the image across the top, uploaded before.
    pub branding_header_image_id: Option<u32>,
    /// Heading of the home page.
    pub home_heading: Option<String>,
    /// Line below that heading.
    pub home_subheading: Option<String>,
}

/// Names and colors of Self Service for iOS and iPadOS.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct IosBranding {
    /// Name shown at the top of the app.
    #[schemars(length(min = 1, max = 255))]
    pub branding_name: String,
    /// Id of the image that is the icon, uploaded before.
    pub icon_id: Option<u32>,
    /// Color behind the header: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub header_background_color_code: String,
    /// Color of the menu's icons: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub menu_icon_color_code: String,
    /// Color of the name: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub branding_name_color_code: String,
    /// Color of the texts in the status bar: `dark` or `light`.
    pub status_bar_text_color: String,
}

/// Settings of Self Service for macOS.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SelfServiceSettings {
    /// How it comes to Macs.
    pub install_settings: Option<SelfServiceInstalling>,
    /// Whether people sign in.
    pub login_settings: Option<SelfServiceLogin>,
    /// What people see.
    pub configuration_settings: Option<SelfServiceConfiguration>,
}

/// How Self Service comes to Macs.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SelfServiceInstalling {
    /// Install it on all managed Macs; false by default.
    pub install_automatically: Option<bool>,
    /// Folder on the Mac to install it in, such as `/Applications`.
    pub install_location: String,
}

/// Whether people sign in to Self Service.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SelfServiceLogin {
    /// No sign-in (`NotRequired`), offered to see more (`Anonymous`), or needed (`Required`).
    pub user_login_level: LoginLevel,
    /// Let people stay signed in; false by default.
    pub allow_remember_me: Option<bool>,
    /// Let people sign in by a FIDO2 key; false by default.
    pub use_fido2: Option<bool>,
    /// Sign in with a directory's name and password (`Basic`), or by single sign-on (`Saml`).
    pub auth_type: LoginKind,
}

/// Whether a sign-in is needed.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LoginLevel {
    NotRequired,
    Anonymous,
    Required,
}

/// How people sign in.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LoginKind {
    Basic,
    Saml,
}

/// What people see in Self Service.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SelfServiceConfiguration {
    /// Show notifications; false by default.
    pub notifications_enabled: Option<bool>,
    /// Remind people to approve the MDM profile, where that is open; true by default.
    pub alert_user_approved_mdm: Option<bool>,
    /// Page that it opens with; `HOME` by default.
    pub default_landing_page: Option<LandingPage>,
    /// Id of the category that the home page shows; below 0 one of Jamf's own, -1 by default.
    #[schemars(range(min = -4, max = 2_147_483_647))]
    pub default_home_category_id: Option<i32>,
    /// What bookmarks are called, such as `Bookmarks`.
    pub bookmarks_name: String,
}

/// Pages of Self Service.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LandingPage {
    Home,
    Browse,
    History,
    Notifications,
}
