//! Mobile device PreStage enrollments: what an iPhone, iPad or Apple TV gets when Setup Assistant enrolls it by
//! Automated Device Enrollment, and which serial numbers each is for.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{
    Arguments, ById, Create, Id, IdList, IdOrNone, NoteOn, Nothing, Sorted, SortedHistory, Update, Whole,
};
use crate::computer_prestages::{MinimumOs, PrestageBasics, PrestageScope};
use crate::effects::{A_NOTE, Affects, DeviceKind};
use crate::joins::{BUILDING_OF_ENROLLMENT, DEPARTMENT_OF_ENROLLMENT, SITE, SITE_OF_ENROLLMENT};

/// All actions on mobile device PreStages.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("mobile_device_prestage_list", "/api/v3/mobile-device-prestages")
        .about("List mobile device PreStage enrollments with version locks; serial numbers come from mobile_device_prestage_assignments_get.")
        .asked(&["iPad PreStages", "zero-touch setups for iPads"])
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .brief(&["id", "displayName", "defaultPrestage", "mandatory", "supervised", "deviceEnrollmentProgramInstanceId", "versionLock"])
        .joins(&[SITE_OF_ENROLLMENT, DEPARTMENT_OF_ENROLLMENT, BUILDING_OF_ENROLLMENT, SITE])
        .before(&[("11.23", "/api/v2/mobile-device-prestages")]),
    get::<ById>("mobile_device_prestage_get", "/api/v3/mobile-device-prestages/{id}")
        .about("Get one mobile device PreStage with all version locks that mobile_device_prestage_update asks for.")
        .asked(&["settings of an iPad PreStage"])
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}")]),
    post::<Create<MobileDevicePrestage>>("mobile_device_prestage_create", "/api/v3/mobile-device-prestages")
        .about("Create a mobile device PreStage. With `defaultPrestage` every device new to the instance gets it; otherwise none until scope is added.")
        .asked(&["new iPad enrollment setup", "new zero-touch setup for iPads"])
        .needs(&["Create Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::MobileDevice))
        .runs(&[
            ("body.rtsConfigProfileId", "mobile_profile_get"),
            ("body.enrollmentCustomizationId", "enrollment_customization_get"),
        ])
        .since("11.23"),
    put::<Update<MobileDevicePrestageUpdate>>("mobile_device_prestage_update", "/api/v3/mobile-device-prestages/{id}")
        .about("Replace a mobile device PreStage; fields left out are cleared. Devices set up later get the new one. After a 500 read it again: it may be saved.")
        .asked(&["change Setup Assistant panes for iPads", "skip setup screens on iPads"])
        .needs(&["Update Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::MobileDevice))
        .runs(&[
            ("body.rtsConfigProfileId", "mobile_profile_get"),
            ("body.enrollmentCustomizationId", "enrollment_customization_get"),
        ])
        .since("11.23"),
    delete::<ById>("mobile_device_prestage_delete", "/api/v3/mobile-device-prestages/{id}")
        .about("Delete a mobile device PreStage; devices assigned to it are set up unmanaged until another PreStage takes them.")
        .needs(&["Delete Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Prestage(DeviceKind::MobileDevice))
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}")]),
    get::<Nothing>("mobile_device_prestage_assignments_get", "/api/v2/mobile-device-prestages/scope")
        .title("Get the mobile device PreStage of every serial number")
        .about("Get the PreStage of every assigned device, as serial number and PreStage id; says which PreStage a device is in now.")
        .needs(&["Read Mobile Device PreStage Enrollments"]),
    get::<ById>("mobile_device_prestage_scope_get", "/api/v2/mobile-device-prestages/{id}/scope")
        .title("Get the serial numbers of a mobile device PreStage")
        .about("Get the serial numbers that one mobile device PreStage is for, and the version lock of that list.")
        .asked(&["serials in an iPad PreStage", "serial numbers in an iPad PreStage"])
        .needs(&["Read Mobile Device PreStage Enrollments"]),
    post::<Update<PrestageScope>>("mobile_device_prestage_scope_add", "/api/v2/mobile-device-prestages/{id}/scope")
        .title("Add serial numbers to a mobile device PreStage")
        .about("Add serial numbers to a mobile device PreStage; they get it when next set up. One in another PreStage is to be removed from that first.")
        .asked(&["put new iPads into a PreStage", "assign iPads to a PreStage"])
        .needs(&["Update Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::PrestageScope(DeviceKind::MobileDevice))
        .runs(&[("id", "mobile_device_prestage_get")]),
    put::<Update<PrestageScope>>("mobile_device_prestage_scope_update", "/api/v2/mobile-device-prestages/{id}/scope")
        .title("Replace the serial numbers of a mobile device PreStage")
        .about("Replace the whole list of serial numbers of a PreStage; devices not in it leave. To add some, use mobile_device_prestage_scope_add.")
        .needs(&["Update Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .affects(Affects::PrestageScope(DeviceKind::MobileDevice))
        .runs(&[("id", "mobile_device_prestage_get")]),
    post::<Update<PrestageScope>>("mobile_device_prestage_scope_remove", "/api/v2/mobile-device-prestages/{id}/scope/delete-multiple")
        .title("Remove serial numbers from a mobile device PreStage")
        .about("Remove serial numbers from a mobile device PreStage; they are set up without it the next time. Enrolled devices stay as they are.")
        .asked(&["take an iPad out of its PreStage"])
        .needs(&["Update Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .affects(Affects::PrestageScope(DeviceKind::MobileDevice)),
    get::<Whole>("mobile_device_prestage_sync_list", "/api/v2/mobile-device-prestages/syncs")
        .title("List synchronizations of mobile device PreStages")
        .about("List how each mobile device PreStage's exchanges with Apple went; for one PreStage use mobile_device_prestage_syncs_of.")
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .brief(&["prestageId", "syncState", "timestamp"]),
    get::<OfPrestage>("mobile_device_prestage_syncs_of", "/api/v2/mobile-device-prestages/{id}/syncs")
        .title("List the synchronizations of one mobile device PreStage")
        .about("List how the exchanges of one mobile device PreStage with Apple went.")
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .brief(&["prestageId", "syncState", "timestamp"]),
    get::<ById>("mobile_device_prestage_sync_latest_get", "/api/v2/mobile-device-prestages/{id}/syncs/latest")
        .title("Get the latest synchronization of mobile device PreStages")
        .about("Get how the latest exchange of one mobile device PreStage with Apple went.")
        .needs(&["Read Mobile Device PreStage Enrollments"]),
    get::<OfPrestage>("mobile_device_prestage_attachment_list", "/api/v3/mobile-device-prestages/{id}/attachments")
        .about("List the files attached to a mobile device PreStage, such as receipts.")
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .brief(&["id", "name"])
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}/attachments")]),
    post::<PrestageAttachmentUpload>("mobile_device_prestage_attachment_create", "/api/v3/mobile-device-prestages/{id}/attachments")
        .about("Attach a file of the configured folder to a mobile device PreStage, such as a receipt.")
        .needs(&["Create Mobile Device PreStage Enrollments"])
        .affects(Affects::Nothing("the file stays in Jamf Pro"))
        .upload("file", "file")
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}/attachments")]),
    post::<PrestageAttachmentIds>("mobile_device_prestage_attachment_delete_several", "/api/v3/mobile-device-prestages/{id}/attachments/delete-multiple")
        .about("Delete files attached to a mobile device PreStage; they cannot be restored.")
        .needs(&["Delete Mobile Device PreStage Enrollments"])
        .risk(Risk::Destructive)
        .affects(Affects::Prestage(DeviceKind::MobileDevice))
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}/attachments/delete-multiple")]),
    get::<SortedHistory>("mobile_device_prestage_history_list", "/api/v3/mobile-device-prestages/{id}/history")
        .about("List who changed a mobile device PreStage and when.")
        .needs(&["Read Mobile Device PreStage Enrollments"])
        .brief(&["id", "date", "username", "note", "details"])
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}/history")]),
    post::<NoteOn>("mobile_device_prestage_history_note", "/api/v3/mobile-device-prestages/{id}/history")
        .about("Write a note into the history of a mobile device PreStage; nothing else changes.")
        .needs(&["Update Mobile Device PreStage Enrollments"])
        .affects(A_NOTE)
        .before(&[("11.23", "/api/v2/mobile-device-prestages/{id}/history")]),
];

/// A list that belongs to one PreStage.
#[derive(JsonSchema)]
pub struct OfPrestage {
    /// Id of the PreStage, digits only.
    pub id: Id,
}
impl Arguments for OfPrestage {
    const ROWS: Rows = Rows::Whole;
}

/// A file to attach to a PreStage.
#[derive(JsonSchema)]
pub struct PrestageAttachmentUpload {
    /// Id of the PreStage, digits only.
    pub id: Id,
    /// Name of the file in the configured folder.
    #[schemars(length(min = 1, max = 1000))]
    pub file: String,
}
impl Arguments for PrestageAttachmentUpload {}

/// Files attached to a PreStage.
#[derive(JsonSchema)]
pub struct PrestageAttachmentIds {
    /// Id of the PreStage, digits only.
    pub id: Id,
    /// Ids of the files, from mobile_device_prestage_attachment_list.
    pub body: IdList,
}
impl Arguments for PrestageAttachmentIds {}

/// A mobile device PreStage, and the lock that it had when it was read.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MobileDevicePrestageUpdate {
    /// The PreStage.
    #[schemars(flatten)]
    pub prestage: MobileDevicePrestage,
    /// Lock of the PreStage itself: the value just read, not one more, or Jamf answers 409.
    #[schemars(range(min = 0))]
    pub version_lock: i64,
}

/// A mobile device PreStage.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct MobileDevicePrestage {
    /// What every PreStage has.
    #[schemars(flatten)]
    pub basics: PrestageBasics,
    /// Screens of Setup Assistant, true for each to skip; say every one that is to be skipped.
    pub skip_setup_items: Option<MobileDeviceSetupItems>,
    /// Let devices pair with computers over USB.
    pub allow_pairing: bool,
    /// Shared iPad: several people sign in, each with a Managed Apple Account.
    pub multi_user: bool,
    /// Supervise the devices, which many restrictions and commands need.
    pub supervised: bool,
    /// Shared iPad: how many people keep their data on one device.
    pub maximum_shared_accounts: i64,
    /// Hold a Shared iPad in setup until Jamf has configured it.
    pub configure_device_before_setup_assistant: bool,
    /// How devices are named. Fill it in: Jamf answers 500 to an empty one.
    pub names: Option<DeviceNames>,
    /// Set the time zone of the devices.
    pub send_timezone: bool,
    /// Time zone to set, such as `America/Chicago`; `UTC` when none is sent.
    pub timezone: String,
    /// Shared iPad: storage for each person, in MB; 1024 at least, even when not in use.
    #[schemars(range(min = 0))]
    pub storage_quota_size_megabytes: i64,
    /// Shared iPad: share the storage out by that quota, not by the number of accounts.
    pub use_storage_quota_size: bool,
    /// Shared iPad: guests only, whose data goes when they sign out.
    pub temporary_session_only: Option<bool>,
    /// Shared iPad: sign guests out after `temporarySessionTimeout`.
    pub enforce_temporary_session_timeout: Option<bool>,
    /// Minutes without use until a guest is signed out.
    pub temporary_session_timeout: Option<i64>,
    /// Shared iPad: sign people out after `userSessionTimeout`.
    pub enforce_user_session_timeout: Option<bool>,
    /// Minutes without use until a person is signed out.
    pub user_session_timeout: Option<i64>,
    /// Update an iPhone first when its iOS is older than this.
    pub prestage_minimum_os_target_version_type_ios: Option<MinimumOs>,
    /// Version of iOS, such as `18.3`, for MINIMUM_OS_SPECIFIC_VERSION.
    pub minimum_os_specific_version_ios: Option<String>,
    /// Update an iPad first when its iPadOS is older than this.
    pub prestage_minimum_os_target_version_type_ipad: Option<MinimumOs>,
    /// Version of iPadOS, such as `18.3`, for MINIMUM_OS_SPECIFIC_VERSION.
    pub minimum_os_specific_version_ipad: Option<String>,
    /// Set devices up again by themselves after they are erased: Return to Service.
    pub rts_enabled: Option<bool>,
    /// Id of the configuration that gets them back online after that, from return_to_service_list; -1 for none.
    pub rts_config_profile_id: Option<IdOrNone>,
    /// Keep managed apps through Return to Service, so that they need no new download.
    pub preserve_managed_apps: Option<bool>,
    /// Install apps while the device enrolls, not afterwards.
    pub install_apps_during_enrollment: Option<bool>,
    /// Ignore an enrollment found in a restored backup; iOS 26 or visionOS 26; false by default.
    pub do_not_use_profile_from_backup: Option<bool>,
}

/// Screens of Setup Assistant on a mobile device, by Jamf's names for them; true skips one.
#[derive(JsonSchema)]
#[schemars(rename_all = "PascalCase")]
pub struct MobileDeviceSetupItems {
    /// Action button.
    pub action_button: Option<bool>,
    /// Move from Android.
    pub android: Option<bool>,
    /// Light or dark look.
    pub appearance: Option<bool>,
    /// Apple Account sign-in.
    #[schemars(rename = "AppleID")]
    pub apple_id: Option<bool>,
    /// Face ID or Touch ID.
    pub biometric: Option<bool>,
    /// Camera Control button.
    pub camera_button: Option<bool>,
    /// Use of iCloud storage.
    pub cloud_storage: Option<bool>,
    /// Analytics sent to Apple.
    pub diagnostics: Option<bool>,
    /// True Tone display.
    pub display_tone: Option<bool>,
    /// Lockdown Mode offer.
    pub enable_lockdown_mode: Option<bool>,
    /// Quick choice of language.
    pub express_language: Option<bool>,
    /// Feel of the home button.
    pub home_button_sensitivity: Option<bool>,
    /// iMessage and FaceTime.
    #[schemars(rename = "iMessageAndFaceTime")]
    pub imessage_and_face_time: Option<bool>,
    /// Apple Intelligence.
    pub intelligence: Option<bool>,
    /// Choice of keyboard.
    pub keyboard: Option<bool>,
    /// Location Services.
    pub location: Option<bool>,
    /// Windows on an iPad.
    pub multitasking: Option<bool>,
    /// Tour of new features.
    pub on_boarding: Option<bool>,
    /// Tour of what the system can do.
    #[schemars(rename = "OSShowcase")]
    pub os_showcase: Option<bool>,
    /// Setting a passcode.
    pub passcode: Option<bool>,
    /// Apple Pay.
    pub payment: Option<bool>,
    /// Preferred order of languages.
    pub preferred_language: Option<bool>,
    /// Data and privacy notice.
    pub privacy: Option<bool>,
    /// Restore from a backup.
    pub restore: Option<bool>,
    /// Notice that a restore is done.
    pub restore_completed: Option<bool>,
    /// Emergency features.
    pub safety: Option<bool>,
    /// Notice on safe handling.
    pub safety_and_handling: Option<bool>,
    /// Aerial screen saver of Apple TV.
    pub screen_saver: Option<bool>,
    /// Screen Time.
    pub screen_time: Option<bool>,
    /// Adding a mobile plan or eSIM.
    #[schemars(rename = "SIMSetup")]
    pub sim_setup: Option<bool>,
    /// Siri.
    pub siri: Option<bool>,
    /// Automatic system updates.
    pub software_update: Option<bool>,
    /// Language to dictate in.
    pub spoken_language: Option<bool>,
    /// Setting up Apple TV by a nearby device.
    pub tap_to_setup: Option<bool>,
    /// How the user is addressed.
    pub terms_of_address: Option<bool>,
    /// Terms and conditions.
    #[schemars(rename = "TOS")]
    pub tos: Option<bool>,
    /// Transfer from another device.
    pub transfer_data: Option<bool>,
    /// One home screen on all Apple TVs.
    #[schemars(rename = "TVHomeScreenSync")]
    pub tv_home_screen_sync: Option<bool>,
    /// TV provider sign-in on Apple TV.
    #[schemars(rename = "TVProviderSignIn")]
    pub tv_provider_sign_in: Option<bool>,
    /// Room that the Apple TV is in.
    #[schemars(rename = "TVRoom")]
    pub tv_room: Option<bool>,
    /// Notice that an update is done.
    pub update_completed: Option<bool>,
    /// Voice of Siri.
    pub voice_selection: Option<bool>,
    /// Move of an Apple Watch.
    pub watch_migration: Option<bool>,
    /// Welcome and get started.
    pub welcome: Option<bool>,
    /// Display zoom.
    pub zoom: Option<bool>,
}

/// How devices are named when they enroll.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceNames {
    /// Where names come from.
    pub assign_names_using: Option<NameSource>,
    /// Names to hand out in turn, for a list of names; all of them, as they become the whole list.
    pub prestage_device_names: Option<Vec<DeviceName>>,
    /// Text before the serial number, for serial numbers.
    pub device_name_prefix: Option<String>,
    /// Text after the serial number, for serial numbers.
    pub device_name_suffix: Option<String>,
    /// Name that every device gets, for a single name.
    pub single_device_name: Option<String>,
    /// Keep enforcing the name, so that users cannot change it.
    pub manage_names: Option<bool>,
    /// Name devices at all; the rest has no effect while false.
    pub device_naming_configured: Option<bool>,
}

/// Where names come from.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum NameSource {
    #[schemars(rename = "Default Names")]
    DefaultNames,
    #[schemars(rename = "List of Names")]
    ListOfNames,
    #[schemars(rename = "Serial Numbers")]
    SerialNumbers,
    #[schemars(rename = "Single Name")]
    SingleName,
}

/// A name to hand out.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceName {
    /// Id of the entry as just read; -1 for a new one. Give it always: without it no name is saved.
    pub id: Option<IdOrNone>,
    /// Name that one device gets.
    pub device_name: Option<String>,
    /// A device has it already; as just read, false for a new one.
    pub used: Option<bool>,
}
