//! Jamf Parent and Jamf Teacher: the apps with which parents and teachers restrict pupils' devices, and their settings.

use schemars::JsonSchema;

use crate::action::{Action, Risk, get, post, put};
use crate::args::{Change, Create, List, Note, Nothing};
use crate::effects::{A_NOTE, Affects, MOBILE_DEVICES};

/// All actions on Jamf Parent and Jamf Teacher.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("parent_app_settings_get", "/api/v1/parent-app")
        .about("Get the settings of Jamf Parent: for which devices, when parents may not restrict, and what they may do.")
        .asked(&["Jamf Parent for families"])
        .needs(&["Read Parent App Settings"]),
    put::<Change<ParentAppSettings>>("parent_app_settings_update", "/api/v1/parent-app")
        .about("Replace the settings of Jamf Parent: what parents may do to every device of the group, and when. Fields left out are cleared.")
        .asked(&["what may parents do with Jamf Parent"])
        .needs(&["Update Parent App Settings"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(MOBILE_DEVICES)),
    get::<List>("parent_app_history_list", "/api/v1/parent-app/history")
        .about("List who changed the settings of Jamf Parent and when.")
        .needs(&["Read Parent App Settings"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<Create<Note>>("parent_app_history_note", "/api/v1/parent-app/history")
        .about("Write a note into the history of the settings of Jamf Parent; nothing else changes.")
        .needs(&["Update Parent App Settings"])
        .affects(A_NOTE),
    get::<Nothing>("teacher_app_settings_get", "/api/v1/teacher-app")
        .about("Get the settings of Jamf Teacher: how long restrictions last, which apps stay usable, and what teachers may do.")
        .asked(&["Jamf Teacher settings"])
        .needs(&["Read Teacher App Settings"]),
    put::<Change<TeacherAppSettings>>("teacher_app_settings_update", "/api/v1/teacher-app")
        .about("Replace the settings of Jamf Teacher; they hold for pupils' devices in every class. Fields left out are cleared.")
        .asked(&["what may teachers do with Jamf Teacher"])
        .needs(&["Update Teacher App Settings"])
        .risk(Risk::Destructive)
        .affects(Affects::Any(MOBILE_DEVICES)),
    get::<List>("teacher_app_history_list", "/api/v1/teacher-app/history")
        .about("List who changed the settings of Jamf Teacher and when.")
        .needs(&["Read Teacher App Settings"])
        .filters(&["username", "date", "note", "details"])
        .brief(&["id", "date", "username", "note", "details"]),
    post::<Create<Note>>("teacher_app_history_note", "/api/v1/teacher-app/history")
        .about("Write a note into the history of the settings of Jamf Teacher; nothing else changes.")
        .needs(&["Update Teacher App Settings"])
        .affects(A_NOTE),
];

/// Settings of Jamf Teacher.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct TeacherAppSettings {
    /// Teachers may use Jamf Teacher.
    pub is_enabled: Option<bool>,
    /// Time zone of `autoClear`, such as `Europe/Paris`.
    pub timezone_id: Option<String>,
    /// Time of day, such as `05:30`, at which all restrictions end; none when left out.
    pub auto_clear: Option<String>,
    /// Seconds that a restriction lasts at most.
    #[schemars(range(min = 0))]
    pub max_restriction_length_seconds: Option<i64>,
    /// Apps that stay usable whatever a teacher restricts.
    pub safelisted_apps: Option<Vec<SafelistedApp>>,
}

/// Settings of Jamf Parent.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ParentAppSettings {
    /// Time zone of the restricted times, such as `Europe/Paris`.
    pub timezone_id: String,
    /// Times at which parents may not restrict devices, such as school hours; days left out have none.
    pub restricted_times: RestrictedTimes,
    /// Id of the mobile device group that parents may restrict.
    #[schemars(range(min = -1))]
    pub device_group_id: i64,
    /// Parents may use Jamf Parent.
    pub is_enabled: bool,
    /// Parents may use templates of restrictions.
    pub allow_templates: Option<bool>,
    /// A device that is wiped and enrolled again loses its parents.
    pub disassociate_on_wipe_and_re_enroll: Option<bool>,
    /// Parents may remove a device's passcode.
    pub allow_clear_passcode: Option<bool>,
    /// Apps that stay usable whatever parents restrict.
    pub safelisted_apps: Option<Vec<SafelistedApp>>,
}

/// An app that stays usable.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct SafelistedApp {
    /// Name shown in the list.
    pub name: Option<String>,
    /// Bundle identifier, such as `com.jamf.parent`.
    pub bundle_id: Option<String>,
}

/// One span of time for each day of the week.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct RestrictedTimes {
    /// On Mondays.
    pub monday: Option<Span>,
    /// On Tuesdays.
    pub tuesday: Option<Span>,
    /// On Wednesdays.
    pub wednesday: Option<Span>,
    /// On Thursdays.
    pub thursday: Option<Span>,
    /// On Fridays.
    pub friday: Option<Span>,
    /// On Saturdays.
    pub saturday: Option<Span>,
    /// On Sundays.
    pub sunday: Option<Span>,
}

/// From when until when.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Span {
    /// Beginning, such as `08:30:00`.
    pub begin_time: String,
    /// End, such as `15:45:00`.
    pub end_time: String,
}
