//! Classes: students, teachers and their iPads together, for Apple Classroom and Jamf Teacher, in the Classic API.
//!
//! The body type is in the order in which Jamf writes it, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::classic_shapes::NewNamed;
use crate::effects::Affects;
use crate::policies::IdOrName;
use crate::secrets::Source;

/// Fields of classes that are passwords.
const SECRETS: &[&str] = &["airplay_password"];

/// Passwords that a class holds; no caller gives them.
const PASSWORDS: &[&str] = &["body.apple_tvs.airplay_password"];

/// All actions on classes.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("class_list", "/JSSResource/classes")
        .about("List the classes with their ids.")
        .asked(&["which classroom classes exist", "classes in the school"])
        .probably_needs(&["Read Classes"])
        .brief(&["id", "name", "description"]),
    get::<ByIdOrName>("class_get", "/JSSResource/classes/id/{id}")
        .also(&["/JSSResource/classes/name/{name}"])
        .about("Get one class, by id or name: its teachers, students, groups, devices, Apple TVs and meeting times. AirPlay passwords are left out.")
        .asked(&["who is in a class"])
        .probably_needs(&["Read Classes"])
        .hides(SECRETS),
    post::<Create<NewNamed<Class>>>("class_create", "/JSSResource/classes/id/0")
        .about("Create a class. Its devices get a profile for Apple Classroom; they come from mobile device groups, never from a list of devices.")
        .asked(&["set up an Apple Classroom class", "new class for Apple Classroom"])
        .probably_needs(&["Create Classes"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Class)
        .secret(&[(PASSWORDS, Source::Person)])
        .xml("class"),
    put::<Update<Partial<NewNamed<Class>>>>("class_update", "/JSSResource/classes/id/{id}")
        .about("Change a class. What is left out stays; a list that is given replaces the one it has, and devices that leave lose the profile of the class.")
        .asked(&["students or teachers of a class"])
        .probably_needs(&["Update Classes"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Class)
        .secret(&[(PASSWORDS, Source::Person)])
        .xml("class"),
    delete::<ById>("class_delete", "/JSSResource/classes/id/{id}")
        .about("Delete a class; its devices lose its profile, and scopes of ebooks that use it become smaller.")
        .asked(&["class ended, remove it"])
        .probably_needs(&["Delete Classes"])
        .risk(Risk::Destructive)
        .affects(Affects::Class),
];

/// What a class has besides its name.
#[derive(JsonSchema)]
pub struct Class {
    /// Where it comes from, such as Apple School Manager; N/A when made manually.
    pub source: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Its site.
    pub site: Option<IdOrName>,
    /// The mobile device group whose devices it has.
    pub mobile_device_group: Option<IdOrName>,
    /// User names of its students.
    #[schemars(extend("x-item" = "student"))]
    pub students: Option<Vec<String>>,
    /// User names of its teachers.
    #[schemars(extend("x-item" = "teacher"))]
    pub teachers: Option<Vec<String>>,
    /// Ids of its teachers.
    #[schemars(extend("x-item" = "id"))]
    pub teacher_ids: Option<Vec<u32>>,
    /// Ids of user groups whose users are its students.
    #[schemars(extend("x-item" = "id"))]
    pub student_group_ids: Option<Vec<u32>>,
    /// Ids of user groups whose users are its teachers.
    #[schemars(extend("x-item" = "id"))]
    pub teacher_group_ids: Option<Vec<u32>>,
    /// Ids of the mobile device groups whose devices it has.
    #[schemars(extend("x-item" = "id"))]
    pub mobile_device_group_id: Option<Vec<u32>>,
    /// When it meets.
    pub meeting_times: Option<MeetingTimes>,
    /// Apple TVs that its devices may show on.
    #[schemars(extend("x-item" = "apple_tv"))]
    pub apple_tvs: Option<Vec<AppleTv>>,
}

/// When a class meets.
#[derive(JsonSchema)]
pub struct MeetingTimes {
    /// The days and hours.
    pub meeting_time: Option<MeetingTime>,
}

/// Days and hours of a class.
#[derive(JsonSchema)]
pub struct MeetingTime {
    /// Days out of M T W Th F Sa Su, with spaces between them, such as `M W F`.
    #[schemars(length(min = 1, max = 20))]
    pub days: Option<String>,
    /// Beginning in hours and minutes, such as 1300.
    #[schemars(range(min = 0, max = 2359))]
    pub start_time: Option<u32>,
    /// End in hours and minutes, such as 1345.
    #[schemars(range(min = 0, max = 2359))]
    pub end_time: Option<u32>,
}

/// An Apple TV of a class.
#[derive(JsonSchema)]
pub struct AppleTv {
    /// Its name.
    pub name: Option<String>,
    /// Its UDID.
    pub udid: Option<String>,
    /// MAC address of its Wi-Fi.
    pub wifi_mac_address: Option<String>,
    /// Its device id, which is a MAC address too.
    pub device_id: Option<String>,
    /// Its AirPlay password; never given by a caller.
    pub airplay_password: Option<String>,
}
