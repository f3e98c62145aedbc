//! Enrollment customizations: the panels that Setup Assistant shows while a device enrolls by a PreStage: texts, and
//! sign-in by directory or single sign-on.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, IdOrNone, NoteOn, Sorted, SortedHistory, Update};
use crate::effects::{A_NOTE, Affects};
use crate::joins::SITE;

/// All actions on enrollment customizations.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("enrollment_customization_list", "/api/v2/enrollment-customizations")
        .about("List enrollment customizations: what Setup Assistant shows while devices enroll.")
        .asked(&["login pages shown at enrollment", "enrollment screens"])
        .needs(&["Read Enrollment Customizations"])
        .brief(&["id", "displayName", "description", "siteId"])
        .joins(&[SITE]),
    get::<ById>("enrollment_customization_get", "/api/v2/enrollment-customizations/{id}")
        .about("Get the name and colors of one enrollment customization; its panels come from enrollment_customization_panel_list.")
        .needs(&["Read Enrollment Customizations"]),
    post::<Create<EnrollmentCustomization>>("enrollment_customization_create", "/api/v2/enrollment-customizations")
        .about("Create an enrollment customization. It has no panels yet, and does nothing until a PreStage uses it.")
        .asked(&["own welcome screen at enrollment"])
        .needs(&["Create Enrollment Customizations"])
        .affects(Affects::Nothing("nothing refers to a new object yet")),
    put::<Update<EnrollmentCustomization>>("enrollment_customization_update", "/api/v2/enrollment-customizations/{id}")
        .about("Replace the name, site and colors of an enrollment customization for every PreStage that uses it. Its panels stay.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    delete::<ById>("enrollment_customization_delete", "/api/v2/enrollment-customizations/{id}")
        .about("Delete an enrollment customization with its panels; look at enrollment_customization_prestage_list first, as those PreStages lose its sign-in.")
        .needs(&["Delete Enrollment Customizations", "Read Enrollment Customizations"])
        .risk(Risk::Destructive)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    get::<UsersOf>("enrollment_customization_prestage_list", "/api/v2/enrollment-customizations/{id}/prestages")
        .title("List the PreStages of an enrollment customization")
        .about("List the PreStages that use an enrollment customization, and so what a change of it touches.")
        .needs(&["Read Enrollment Customizations"])
        .brief(&["name", "humanReadableName", "hyperlink"]),
    get::<SortedHistory>("enrollment_customization_history_list", "/api/v2/enrollment-customizations/{id}/history")
        .about("List who changed an enrollment customization and when.")
        .needs(&["Read Enrollment Customizations"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<NoteOn>("enrollment_customization_history_note", "/api/v2/enrollment-customizations/{id}/history")
        .about("Write a note into the history of an enrollment customization; nothing else changes.")
        .needs(&["Update Enrollment Customizations"])
        .affects(A_NOTE),
    post::<ImageFile>("enrollment_customization_image_upload", "/api/v2/enrollment-customizations/images")
        .about("Upload an image of the configured folder; the answer's address goes into `iconUrl` of a customization. Nothing shows it until then.")
        .asked(&["logo for the enrollment screens"])
        .needs(&["Update Enrollment Customizations"])
        .affects(Affects::Nothing("nothing shows a new image until another object names it"))
        .upload("file", "file"),
    get::<ById>("enrollment_customization_image_download", "/api/v2/enrollment-customizations/images/{id}")
        .about("Save an image of an enrollment customization into the configured folder; its id ends the customization's `iconUrl`.")
        .needs_none()
        .answers(Answer::File).impersonal(),
    post::<Create<Markdown>>("enrollment_customization_markdown_test", "/api/v1/enrollment-customization/parse-markdown")
        .about("Convert Markdown into the HTML that a text panel would show, to look at it beforehand; changes nothing.")
        .needs(&["Read Enrollment Customizations"])
        .risk(Risk::Read),
    get::<PanelsOf>("enrollment_customization_panel_list", "/api/v1/enrollment-customization/{id}/all")
        .about("List the panels of an enrollment customization with their ids, kinds (ldap, sso, text) and order.")
        .needs(&["Read Enrollment Customizations"])
        .brief(&["id", "type", "displayName", "rank"]),
    get::<Panel>("enrollment_customization_panel_get", "/api/v1/enrollment-customization/{id}/all/{panel-id}")
        .about("Get the kind and order of a panel; enrollment_customization_text_panel_get and its like for LDAP and SSO answer with all of it.")
        .needs(&["Read Enrollment Customizations"]),
    delete::<Panel>("enrollment_customization_panel_delete", "/api/v1/enrollment-customization/{id}/all/{panel-id}")
        .about("Delete a panel of any kind. Without its sign-in panel, a PreStage lets anybody enroll who has the device in hand.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    get::<Panel>("enrollment_customization_ldap_panel_get", "/api/v1/enrollment-customization/{id}/ldap/{panel-id}")
        .about("Get one panel for sign-in by directory: its labels and the groups that may enroll.")
        .needs(&["Read Enrollment Customizations"]),
    post::<Update<LdapPanel>>("enrollment_customization_ldap_panel_create", "/api/v1/enrollment-customization/{id}/ldap")
        .about("Create a panel for sign-in by directory; anyone who is not let in by it cannot enroll a device by the PreStages that use it.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId"))
        .reads_before("enrollment_customization_get"),
    put::<PanelUpdate<LdapPanel>>("enrollment_customization_ldap_panel_update", "/api/v1/enrollment-customization/{id}/ldap/{panel-id}")
        .about("Replace a panel for sign-in by directory, for all PreStages that use it. Left out, `ldapGroupAccess` is cleared and the whole directory may enroll.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    delete::<Panel>("enrollment_customization_ldap_panel_delete", "/api/v1/enrollment-customization/{id}/ldap/{panel-id}")
        .about("Delete a panel for sign-in by directory; anybody with the device in hand can then enroll it by the PreStages that use it.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    get::<Panel>("enrollment_customization_sso_panel_get", "/api/v1/enrollment-customization/{id}/sso/{panel-id}")
        .about("Get one panel for single sign-on: the attributes that it passes on and the group that may enroll.")
        .needs(&["Read Enrollment Customizations"]),
    post::<Update<SsoPanel>>("enrollment_customization_sso_panel_create", "/api/v1/enrollment-customization/{id}/sso")
        .about("Create a panel for single sign-on; anyone who is not let in by it cannot enroll a device by the PreStages that use it.")
        .asked(&["people sign in during enrollment"])
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId"))
        .reads_before("enrollment_customization_get"),
    put::<PanelUpdate<SsoPanel>>("enrollment_customization_sso_panel_update", "/api/v1/enrollment-customization/{id}/sso/{panel-id}")
        .about("Replace a panel for single sign-on, for all PreStages that use it; a wrong group lets nobody, or everybody, enroll.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    delete::<Panel>("enrollment_customization_sso_panel_delete", "/api/v1/enrollment-customization/{id}/sso/{panel-id}")
        .about("Delete a panel for single sign-on; anybody with the device in hand can then enroll it by the PreStages that use it.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    get::<Panel>("enrollment_customization_text_panel_get", "/api/v1/enrollment-customization/{id}/text/{panel-id}")
        .about("Get one text panel: its title, its Markdown and its buttons.")
        .needs(&["Read Enrollment Customizations"]),
    post::<Update<TextPanel>>("enrollment_customization_text_panel_create", "/api/v1/enrollment-customization/{id}/text")
        .about("Create a panel with a text; people see it when they next enroll a device by a PreStage that uses it.")
        .asked(&["welcome text in Setup Assistant"])
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId"))
        .reads_before("enrollment_customization_get"),
    put::<PanelUpdate<TextPanel>>("enrollment_customization_text_panel_update", "/api/v1/enrollment-customization/{id}/text/{panel-id}")
        .about("Replace the title, text and buttons of a text panel; a `subtext` left out is cleared.")
        .asked(&["change the text at enrollment"])
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    delete::<Panel>("enrollment_customization_text_panel_delete", "/api/v1/enrollment-customization/{id}/text/{panel-id}")
        .about("Delete a text panel with its text, which cannot be restored; note it first by enrollment_customization_text_panel_get.")
        .needs(&["Update Enrollment Customizations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPrestages("enrollmentCustomizationId")),
    get::<Panel>("enrollment_customization_text_panel_markdown_get", "/api/v1/enrollment-customization/{id}/text/{panel-id}/markdown")
        .about("Get the text of one text panel as its Markdown renders, to see what people see.")
        .needs(&["Read Enrollment Customizations"]),
];

/// An image to upload.
#[derive(JsonSchema)]
pub struct ImageFile {
    /// Name of the image in the configured folder, such as `logo.png`.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for ImageFile {}

/// Which customization's PreStages.
#[derive(JsonSchema)]
pub struct UsersOf {
    /// Id of the enrollment customization, digits only.
    pub id: Id,
}
impl Arguments for UsersOf {
    const ROWS: Rows = Rows::Whole;
}

/// Which customization's panels.
#[derive(JsonSchema)]
pub struct PanelsOf {
    /// Id of the enrollment customization, digits only.
    pub id: Id,
}
impl Arguments for PanelsOf {
    const ROWS: Rows = Rows::Whole;
}

/// One panel of a customization.
#[derive(JsonSchema)]
pub struct Panel {
    /// Id of the enrollment customization, digits only.
    pub id: Id,
    /// Id of the panel, as enrollment_customization_panel_list answers.
    #[schemars(rename = "panel-id")]
    pub panel_id: Id,
}
impl Arguments for Panel {}

/// One panel of a customization, and what it becomes.
#[derive(JsonSchema)]
pub struct PanelUpdate<T> {
    /// Id of the enrollment customization, digits only.
    pub id: Id,
    /// Id of the panel, as enrollment_customization_panel_list answers.
    #[schemars(rename = "panel-id")]
    pub panel_id: Id,
    /// What to change it to.
    pub body: T,
}
impl<T: JsonSchema> Arguments for PanelUpdate<T> {}

/// A panel with a text.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TextPanel {
    /// Name of the panel in Jamf Pro; people who enroll do not see it.
    pub display_name: String,
    /// Its place among the panels, counted from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub rank: u32,
    /// The text, in Markdown.
    pub body: String,
    /// Smaller text below it.
    pub subtext: Option<String>,
    /// Heading of the panel.
    pub title: String,
    /// Label of the button that goes back, such as `Back`.
    pub back_button_text: String,
    /// Label of the button that goes on, such as `Continue`.
    pub continue_button_text: String,
}

/// A panel for single sign-on, by the identity provider of the tenant's SSO settings.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SsoPanel {
    /// Name of the panel in Jamf Pro; people who enroll do not see it.
    pub display_name: String,
    /// Its place among the panels, counted from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub rank: u32,
    /// Pass the person's names on to Jamf Connect, which makes the Mac's account from them.
    pub is_use_jamf_connect: bool,
    /// Attribute of the sign-in with the full name; read when Jamf Connect is used.
    pub long_name_attribute: String,
    /// Attribute of the sign-in with the account name; read when Jamf Connect is used.
    pub short_name_attribute: String,
    /// Let only the members of one group enroll.
    pub is_group_enrollment_access_enabled: bool,
    /// Name of that group at the identity provider; empty when everybody may enroll.
    pub group_enrollment_access_name: String,
}

/// A panel for sign-in by an LDAP server or cloud identity provider.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LdapPanel {
    /// Name of the panel in Jamf Pro; people who enroll do not see it.
    pub display_name: String,
    /// Its place among the panels, counted from 0.
    #[schemars(range(min = 0, max = 1000))]
    pub rank: u32,
    /// Label of the field for the user name.
    pub username_label: String,
    /// Label of the field for the password; not a password.
    pub password_label: String,
    /// Heading of the panel; not blank.
    #[schemars(length(min = 1, max = 255))]
    pub title: String,
    /// Label of the button that goes back, such as `Back`.
    pub back_button_text: String,
    /// Label of the button that goes on, such as `Continue`.
    pub continue_button_text: String,
    /// Groups whose members may enroll; empty for everybody in the directory. Of equal ones Jamf keeps one.
    #[schemars(length(max = 1000))]
    pub ldap_group_access: Option<Vec<LdapGroup>>,
}

/// A group of a directory.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LdapGroup {
    /// Id of the LDAP server in Jamf Pro.
    pub ldap_server_id: Option<u32>,
    /// Name of the group in the directory.
    pub group_name: Option<String>,
}

/// A text to render.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Markdown {
    /// Text with Markdown in it, such as `**Welcome**`.
    pub markdown: Option<String>,
}

/// What Setup Assistant shows while a device enrolls.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EnrollmentCustomization {
    /// Id of its site; -1 for none.
    pub site_id: IdOrNone,
    /// Name shown in Jamf Pro.
    #[schemars(length(min = 1, max = 255))]
    pub display_name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Colors and icon of all panels.
    pub enrollment_customization_branding_settings: Branding,
}

/// Colors and icon of the panels.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Branding {
    /// Color of texts: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub text_color: String,
    /// Color of buttons: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub button_color: String,
    /// Color of the labels of buttons: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub button_text_color: String,
    /// Color behind it all: six hex digits without `#`.
    #[schemars(length(min = 6, max = 6))]
    pub background_color: String,
    /// Address that enrollment_customization_image_upload answered with; empty for no icon.
    pub icon_url: String,
}
