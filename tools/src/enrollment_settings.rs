//! Enrollment settings: who may enroll a device with Jamf Pro and what happens to a device that enrolls again; the texts
//! that people read meanwhile.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, Rows, delete, get, post, put};
use crate::args::{
    Arguments, ById, Change, Create, Export, IdOrNone, Name, Note, Nothing, Sorted, Update, Whole,
};
use crate::effects::{A_NOTE, ALL_DEVICES, Affects};
use crate::joins::SITE;
use crate::secrets::Source;

/// Parts of a keystore with a private key: Jamf takes them and should not answer with them.
const KEYSTORE: &[&str] = &["keystorePassword", "identityKeystore"];

/// All actions on enrollment settings.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("enrollment_settings_get", "/api/v4/enrollment")
        .about("Get the settings of user-initiated and account-driven enrollment, the management account and what is cleared when a device enrolls again.")
        .asked(&["is user-initiated enrollment on", "enrollment page settings", "how can users enroll by themselves"])
        .needs(&["Read User-Initiated Enrollment"])
        .hides(KEYSTORE)
        .since("11.7"),
    put::<Change<EnrollmentSettings>>("enrollment_settings_update", "/api/v4/enrollment")
        .about("Replace the enrollment settings of the whole tenant; fields left out fall back. The re-enrollment switches are the same as in reenrollment_settings_update.")
        .asked(&["turn off user-initiated enrollment"])
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments)
        .secret(&[(&[
            "body.mdmSigningCertificate.keystorePassword",
            "body.mdmSigningCertificate.identityKeystore",
            "body.developerCertificateIdentity.keystorePassword",
            "body.developerCertificateIdentity.identityKeystore",
        ], Source::Person)])
        .hides(KEYSTORE)
        .since("11.7"),
    get::<Sorted>("enrollment_settings_history_list", "/api/v2/enrollment/history")
        .about("List who changed the enrollment settings and when.")
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<Create<Note>>("enrollment_settings_history_note", "/api/v2/enrollment/history")
        .about("Write a note into the history of the enrollment settings; nothing else changes.")
        .needs(&["Update User-Initiated Enrollment"])
        .affects(A_NOTE),
    post::<Export>("enrollment_settings_history_export", "/api/v2/enrollment/history/export")
        .about("Export the history of the enrollment settings as CSV; changes nothing.")
        .needs(&["Read User-Initiated Enrollment"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<AccessGroupList>("enrollment_access_group_list", "/api/v3/enrollment/access-groups")
        .about("List the directory groups whose members may enroll devices, and in which ways.")
        .asked(&["who may enroll their devices"])
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["id", "name", "siteId", "enterpriseEnrollmentEnabled", "personalEnrollmentEnabled", "accountDrivenUserEnrollmentEnabled"])
        .joins(&[SITE]),
    get::<ById>("enrollment_access_group_get", "/api/v3/enrollment/access-groups/{id}")
        .about("Get one directory group that may enroll devices, by its id.")
        .needs(&["Read User-Initiated Enrollment"]),
    post::<Create<AccessGroup>>("enrollment_access_group_create", "/api/v3/enrollment/access-groups")
        .about("Create access to enrollment for a directory group: its members may then bring devices into management.")
        .asked(&["let a directory group enroll devices"])
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments),
    put::<Update<AccessGroup>>("enrollment_access_group_update", "/api/v3/enrollment/access-groups/{id}")
        .about("Replace what a directory group may enroll; fields left out are cleared, which can lock its members out of enrollment.")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments),
    delete::<ById>("enrollment_access_group_delete", "/api/v3/enrollment/access-groups/{id}")
        .about("Delete a directory group's access to enrollment; enrolled devices stay. The group of all directory users cannot go, only be switched off by an update.")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments),
    get::<Nothing>("enrollment_access_management_settings_get", "/api/v4/enrollment/access-management")
        .about("Get which Automated Device Enrollment server Jamf Pro's access management of Managed Apple Accounts goes by.")
        .needs(&["Access Management Setting Read"])
        .since("11.23"),
    post::<Create<AccessManagement>>("enrollment_access_management_settings_update", "/api/v4/enrollment/access-management")
        .about("Replace the Automated Device Enrollment server that access management goes by, for the whole tenant.")
        .needs(&["Access Management Setting Update"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments)
        .since("11.23"),
    get::<Nothing>("account_driven_enrollment_token_settings_get", "/api/v1/adue-session-token-settings")
        .about("Get whether, and after how long, the sessions of account-driven enrollments expire.")
        .needs(&["Read User-Initiated Enrollment"]),
    put::<Change<SessionTokens>>("account_driven_enrollment_token_settings_update", "/api/v1/adue-session-token-settings")
        .about("Replace how long the sessions of account-driven enrollments last; a short time makes the people of all such devices sign in again.")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(ALL_DEVICES)),
    get::<OrganizationList>("enrollment_service_discovery_list", "/api/v1/service-discovery-enrollment/well-known-settings")
        .title("List service discovery settings of enrollment")
        .about("List the organizations of Apple Business and School Manager, and which account-driven enrollment their accounts are led to.")
        .asked(&["account-driven enrollment addresses"])
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["serverUuid", "orgName", "enrollmentType"])
        .since("11.25"),
    put::<Change<Organizations>>("enrollment_service_discovery_update", "/api/v1/service-discovery-enrollment/well-known-settings")
        .title("Change service discovery settings of enrollment")
        .about("Replace the enrollment that Managed Apple Accounts are led to by organization; `none` stops new account-driven enrollments.")
        .reads_before("enrollment_service_discovery_list")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments)
        .since("11.25"),
    get::<Sorted>("enrollment_language_list", "/api/v3/enrollment/languages")
        .about("List the languages that the enrollment pages have texts in; enrollment_language_get has the texts.")
        .asked(&["languages of the enrollment page"])
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["languageCode", "name", "title"]),
    get::<OneLanguage>("enrollment_language_get", "/api/v3/enrollment/languages/{languageId}")
        .about("Get all texts of the enrollment pages in one language, license agreements included.")
        .needs(&["Read User-Initiated Enrollment"]),
    put::<LanguageUpdate>("enrollment_language_update", "/api/v3/enrollment/languages/{languageId}")
        .about("Replace the texts of the enrollment pages in one language, or add the language. Texts left out are cleared: begin with what enrollment_language_get answers.")
        .asked(&["text of the enrollment page in another language"])
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments),
    delete::<OneLanguage>("enrollment_language_delete", "/api/v3/enrollment/languages/{languageId}")
        .about("Delete a language of the enrollment pages with all its texts, which cannot be restored.")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments),
    post::<SeveralLanguages>("enrollment_language_delete_several", "/api/v3/enrollment/languages/delete-multiple")
        .about("Delete several languages of the enrollment pages with all their texts, which cannot be restored.")
        .needs(&["Update User-Initiated Enrollment"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments),
    get::<Whole>("enrollment_language_code_list", "/api/v3/enrollment/language-codes")
        .about("List every language that the enrollment pages can have, with its code.")
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["value", "name"]),
    get::<Whole>("enrollment_unused_language_code_list", "/api/v3/enrollment/filtered-language-codes")
        .title("List languages without enrollment texts")
        .about("List the languages that the enrollment pages could have and do not have yet.")
        .needs(&["Read User-Initiated Enrollment"])
        .brief(&["value", "name"]),
    get::<Nothing>("reenrollment_settings_get", "/api/v1/reenrollment")
        .title("Get re-enrollment settings")
        .about("Get what Jamf Pro clears of a device's record when the device enrolls again.")
        .asked(&["what is kept when a Mac enrolls again", "what is cleared when a device enrolls again"])
        .needs(&["Read Re-enrollment"]),
    put::<Change<Reenrollment>>("reenrollment_settings_update", "/api/v1/reenrollment")
        .title("Change re-enrollment settings")
        .about("Replace what is cleared when a device enrolls again, for all devices; without their logs, once-only policies run again. Fields left out are switched off.")
        .asked(&["clear the policy logs on re-enrollment", "keep history when a device enrolls again"])
        .needs(&["Update Re-enrollment"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments),
    get::<Sorted>("reenrollment_settings_history_list", "/api/v1/reenrollment/history")
        .about("List who changed the re-enrollment settings and when.")
        .needs(&["Read Re-enrollment"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<Create<Note>>("reenrollment_settings_history_note", "/api/v1/reenrollment/history")
        .about("Write a note into the history of the re-enrollment settings; nothing else changes.")
        .needs(&["Update Re-enrollment"])
        .affects(A_NOTE),
    post::<Export>("reenrollment_settings_history_export", "/api/v1/reenrollment/history/export")
        .about("Export the history of the re-enrollment settings as CSV; changes nothing.")
        .needs(&["Read Re-enrollment"])
        .risk(Risk::Read)
        .answers(Answer::File),
    get::<ById>("mobile_device_enrollment_profile_download", "/api/v1/mobile-device-enrollment-profile/{id}/download-profile")
        .about("Save a mobile device enrollment profile into the configured folder. Anyone who has the file can enroll devices: treat it as a password.")
        .needs(&["Read Enrollment Profiles"])
        .risk(Risk::Secret)
        .affects(Affects::FutureEnrollments)
        .answers(Answer::File).impersonal(),
];

/// Arguments of `enrollment_access_group_list`.
#[derive(JsonSchema)]
pub struct AccessGroupList {
    /// Put the group of all directory users first, if it is on the page; false by default.
    #[schemars(rename = "all-users-option-first")]
    pub all_users_option_first: Option<bool>,
    /// The page.
    #[schemars(flatten)]
    pub list: Sorted,
}
impl Arguments for AccessGroupList {
    const ROWS: Rows = Rows::Paged;
}

/// Arguments of `enrollment_service_discovery_list`.
#[derive(JsonSchema)]
pub struct OrganizationList {}
impl Arguments for OrganizationList {
    const ROWS: Rows = Rows::Whole;
}

/// One language of the enrollment pages.
#[derive(JsonSchema)]
pub struct OneLanguage {
    /// Code of the language (ISO 639-1), such as `en`; enrollment_language_list has those in use.
    #[schemars(rename = "languageId")]
    pub language_id: Name,
}
impl Arguments for OneLanguage {}

/// A language of the enrollment pages, and its texts.
#[derive(JsonSchema)]
pub struct LanguageUpdate {
    /// Code of the language (ISO 639-1), such as `en`; enrollment_language_code_list has them all.
    #[schemars(rename = "languageId")]
    pub language_id: Name,
    /// All of its texts.
    pub body: Texts,
}
impl Arguments for LanguageUpdate {}

/// Several languages of the enrollment pages.
#[derive(JsonSchema)]
pub struct SeveralLanguages {
    /// The languages.
    pub body: LanguageCodes,
}
impl Arguments for SeveralLanguages {}

/// Languages by their codes.
#[derive(JsonSchema)]
pub struct LanguageCodes {
    /// Codes of the languages, such as `fr`.
    #[schemars(length(min = 1, max = 200))]
    pub ids: Vec<Name>,
}

/// Which enrollment the accounts of each organization are led to.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Organizations {
    /// The organizations to set; enrollment_service_discovery_list has them.
    #[schemars(length(min = 1, max = 200))]
    pub well_known_settings: Vec<Organization>,
}

/// An organization in Apple Business Manager or Apple School Manager.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Organization {
    /// Name of the organization, for people to know it by.
    pub org_name: Option<String>,
    /// UUID of its device management server, as enrollment_service_discovery_list answers.
    #[schemars(length(min = 1, max = 255))]
    pub server_uuid: String,
    /// Where its Managed Apple Accounts are led: personal devices (`mdm-byod`), owned devices (`mdm-adde`), or nowhere.
    pub enrollment_type: EnrollmentType,
}

/// What service discovery offers.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EnrollmentType {
    None,
    MdmByod,
    MdmAdde,
}

/// What is cleared when a device enrolls again.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Reenrollment {
    /// Clear a computer's policy logs, so that policies run again as on a new one; false by default.
    pub is_flush_policy_history_enabled: Option<bool>,
    /// Clear user, building, department and the like; false by default.
    pub is_flush_location_information_enabled: Option<bool>,
    /// Clear the history of user and location; false by default.
    pub is_flush_location_information_history_enabled: Option<bool>,
    /// Clear the values of all extension attributes; false by default.
    pub is_flush_extension_attributes_enabled: Option<bool>,
    /// Clear the plans of managed software updates; false by default.
    pub is_flush_software_update_plans_enabled: Option<bool>,
    /// Which MDM commands are deleted from the device's queue and history.
    #[schemars(rename = "flushMDMQueue")]
    pub flush_mdm_queue: FlushCommands,
}

/// Which MDM commands are deleted when a device enrolls again.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum FlushCommands {
    DeleteNothing,
    DeleteErrors,
    DeleteEverythingExceptAcknowledged,
    DeleteEverything,
}

/// Texts of the enrollment pages in one language; those of several lines take Markdown.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Texts {
    /// Code of the language, as in `languageId`.
    pub language_code: Option<String>,
    /// Name of the language, such as `English`.
    pub name: Option<String>,
    /// Heading of all pages.
    pub title: Option<String>,
    /// Asks people to sign in.
    pub login_description: Option<String>,
    /// Label of the field for the user name; not a user name.
    pub username: Option<String>,
    /// Label of the field for the password, such as `Password`; not a password.
    pub password: Option<String>,
    /// Label of the sign-in button.
    pub login_button: Option<String>,
    /// Asks who owns the device.
    pub device_class_description: Option<String>,
    /// Label of the choice of a personal device.
    pub device_class_personal: Option<String>,
    /// What administrators can and cannot do with a personal device.
    pub device_class_personal_description: Option<String>,
    /// Label of the choice of an institution's device.
    pub device_class_enterprise: Option<String>,
    /// What administrators can and cannot do with an institution's device.
    pub device_class_enterprise_description: Option<String>,
    /// Label of the button after that choice.
    pub device_class_button: Option<String>,
    /// License agreement for personal devices; empty for none.
    pub personal_eula: Option<String>,
    /// License agreement for an institution's devices; empty for none.
    pub enterprise_eula: Option<String>,
    /// Label of the button that accepts the agreement.
    pub eula_button: Option<String>,
    /// Asks for the site, of people who may choose between several.
    pub site_description: Option<String>,
    /// Asks to install the CA certificate.
    pub certificate_text: Option<String>,
    /// Label of the button that installs it.
    pub certificate_button: Option<String>,
    /// Name of that certificate's profile on the device.
    pub certificate_profile_name: Option<String>,
    /// Description of that certificate's profile.
    pub certificate_profile_description: Option<String>,
    /// Asks for the Managed Apple Account in User Enrollment.
    pub user_enrollment_text: Option<String>,
    /// Label of the button below it; `Continue` by default.
    pub user_enrollment_button: Option<String>,
    /// Name of User Enrollment's MDM profile; `MDM Profile` by default.
    pub user_enrollment_profile_name: Option<String>,
    /// Description of User Enrollment's MDM profile.
    pub user_enrollment_profile_description: Option<String>,
    /// Asks to install the MDM profile on an institution's device.
    pub enterprise_text: Option<String>,
    /// Label of the button that installs it.
    pub enterprise_button: Option<String>,
    /// Name of that MDM profile on the device.
    pub enterprise_profile_name: Option<String>,
    /// Description of that MDM profile.
    pub enterprise_profile_description: Option<String>,
    /// Shown while the downloaded profiles wait to be installed.
    pub enterprise_pending: Option<String>,
    /// Asks to download the QuickAdd package, on old versions of macOS.
    pub quick_add_text: Option<String>,
    /// Label of the button that downloads it.
    pub quick_add_button: Option<String>,
    /// File name of the package; `QuickAdd.pkg` by default.
    pub quick_add_name: Option<String>,
    /// Shown while the package waits to be installed.
    pub quick_add_pending: Option<String>,
    /// Shown when the device is enrolled.
    pub complete_message: Option<String>,
    /// Shown when enrollment failed.
    pub failed_message: Option<String>,
    /// Label of the button that tries again.
    pub try_again_button: Option<String>,
    /// Label of the button that shows the state of enrollment.
    pub check_now_button: Option<String>,
    /// Tells what that button does.
    pub check_enrollment_message: Option<String>,
    /// Label of the button that signs out.
    pub logout_button: Option<String>,
}

/// What access management goes by.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccessManagement {
    /// UUID of the Automated Device Enrollment server, 32 hex digits without hyphens; empty for none.
    #[schemars(length(max = 256))]
    pub automated_device_enrollment_server_uuid: Option<String>,
}

/// A group of a directory whose members may enroll devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct AccessGroup {
    /// Id that the group has in the directory.
    #[schemars(length(min = 1, max = 255))]
    pub group_id: String,
    /// Id of the LDAP server or cloud identity provider in Jamf Pro.
    pub ldap_server_id: IdOrNone,
    /// Name of the group in the directory.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Id of the site that its members' devices are put into; -1 for none.
    pub site_id: Option<IdOrNone>,
    /// Its members may enroll devices of the institution.
    pub enterprise_enrollment_enabled: Option<bool>,
    /// Its members may enroll devices of their own.
    pub personal_enrollment_enabled: Option<bool>,
    /// Its members may enroll by signing in with a Managed Apple Account.
    pub account_driven_user_enrollment_enabled: Option<bool>,
    /// Its members must accept the license agreement first.
    pub require_eula: Option<bool>,
}

/// Settings of enrollment, for the whole tenant.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct EnrollmentSettings {
    /// Leave out the step that installs the CA certificate, as a public one is trusted already; false by default.
    pub install_single_profile: Option<bool>,
    /// Sign enrollment profiles with a certificate of one's own; false by default.
    pub signing_mdm_profile_enabled: Option<bool>,
    /// The certificate that signs them.
    pub mdm_signing_certificate: Option<Keystore>,
    /// Only people who may enroll new devices may enroll a known one again; false by default.
    pub restrict_reenrollment: Option<bool>,
    /// On re-enrollment, clear user, building, department and the like; false by default.
    pub flush_location_information: Option<bool>,
    /// On re-enrollment, clear the history of user and location; false by default.
    pub flush_location_history_information: Option<bool>,
    /// On re-enrollment, clear a computer's policy logs, so that policies run again; false by default.
    pub flush_policy_history: Option<bool>,
    /// On re-enrollment, clear the values of all extension attributes; false by default.
    pub flush_extension_attributes: Option<bool>,
    /// On re-enrollment, clear the plans of managed software updates; false by default.
    pub flush_software_update_plans: Option<bool>,
    /// On re-enrollment, delete these MDM commands; `DELETE_EVERYTHING_EXCEPT_ACKNOWLEDGED` by default.
    pub flush_mdm_commands_on_reenroll: Option<FlushCommands>,
    /// Let people enroll Macs from the enrollment page; false by default.
    pub mac_os_enterprise_enrollment_enabled: Option<bool>,
    /// Name of the management account on Macs.
    pub management_username: String,
    /// Make the management account on Macs that enroll; true by default.
    pub create_management_account: Option<bool>,
    /// Hide the management account from the Mac's users; false by default.
    pub hide_management_account: Option<bool>,
    /// Let no account but the management account sign in by SSH; false by default.
    pub allow_ssh_only_management_account: Option<bool>,
    /// Switch SSH on; true by default.
    pub ensure_ssh_running: Option<bool>,
    /// Open Self Service once a Mac is enrolled; false by default.
    pub launch_self_service: Option<bool>,
    /// Sign the QuickAdd package; false by default.
    pub sign_quick_add: Option<bool>,
    /// The certificate that signs it; left out, the present one stays.
    pub developer_certificate_identity: Option<Keystore>,
    /// Facts of the certificate that signs the QuickAdd package, as enrollment_settings_get answers.
    pub developer_certificate_identity_details: Option<CertificateFacts>,
    /// Facts of the certificate that signs profiles, as enrollment_settings_get answers.
    pub mdm_signing_certificate_details: Option<CertificateFacts>,
    /// Let people enroll the institution's iPhones and iPads from the enrollment page; true by default.
    pub ios_enterprise_enrollment_enabled: Option<bool>,
    /// Let people enroll their own iPhones and iPads from the enrollment page; false by default.
    pub ios_personal_enrollment_enabled: Option<bool>,
    /// Personal iPhones and iPads enroll by a Managed Apple Account; false by default.
    pub account_driven_user_enrollment_enabled: Option<bool>,
    /// The institution's iPhones and iPads enroll by a Managed Apple Account; false by default.
    pub account_driven_device_ios_enrollment_enabled: Option<bool>,
    /// The institution's Macs enroll by a Managed Apple Account; false by default.
    pub account_driven_device_macos_enrollment_enabled: Option<bool>,
    /// Personal Vision Pros enroll by a Managed Apple Account; false by default.
    pub account_driven_user_visionos_enrollment_enabled: Option<bool>,
    /// The institution's Vision Pros enroll by a Managed Apple Account; false by default.
    pub account_driven_device_visionos_enrollment_enabled: Option<bool>,
    /// Match a Managed Apple Account with the user of the same name; false by default.
    pub maid_username_merge_enabled: Option<bool>,
}

/// Facts of a certificate.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct CertificateFacts {
    /// Whom it is issued to.
    pub subject: Option<String>,
    /// Its serial number.
    pub serial_number: Option<String>,
}

/// A certificate with its private key.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Keystore {
    /// File name of the keystore, `.p12` for example.
    pub filename: Option<String>,
    /// Password of the keystore.
    pub keystore_password: Option<String>,
    /// The keystore, in Base64.
    pub identity_keystore: Option<String>,
}

/// How long the sessions of account-driven enrollments last.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SessionTokens {
    /// Sessions expire.
    pub enabled: Option<bool>,
    /// Days until a session expires; not together with `expirationIntervalSeconds`.
    pub expiration_interval_days: Option<u32>,
    /// Seconds until a session expires, 86400 a day; not together with `expirationIntervalDays`.
    pub expiration_interval_seconds: Option<u32>,
}
