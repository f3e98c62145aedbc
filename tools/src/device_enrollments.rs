//! Automated Device Enrollment instances: the server tokens from Apple Business or School Manager that bring devices
//! to Jamf Pro, and how their exchanges with Apple went.

use schemars::JsonSchema;

use crate::action::Rows;
use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, History, Id, IdOrNone, NoteOn, Nothing, Sorted, Update, Whole};
use crate::effects::{A_NOTE, Affects};
use crate::joins::SITE;
use crate::secrets::Source;

/// All actions on Automated Device Enrollment instances.
pub static ACTIONS: &[Action] = &[
    get::<Sorted>("device_enrollment_list", "/api/v1/device-enrollments")
        .title("List Automated Device Enrollment instances")
        .about("List Automated Device Enrollment instances and when their server tokens expire.")
        .asked(&["ABM server tokens and their expiry", "when must I renew the ADE token", "Apple Business Manager servers and their tokens"])
        .needs(&["Read Device Enrollment Program Instances"])
        .brief(&["id", "name", "serverName", "orgName", "siteId", "supervisionIdentityId", "tokenExpirationDate"])
        .joins(&[SITE]),
    get::<ById>("device_enrollment_get", "/api/v1/device-enrollments/{id}")
        .title("Get an Automated Device Enrollment instance")
        .about("Get one Automated Device Enrollment instance: its server at Apple, organization and token expiry; not the token itself.")
        .needs(&["Read Device Enrollment Program Instances"]),
    put::<Update<DeviceEnrollment>>("device_enrollment_update", "/api/v1/device-enrollments/{id}")
        .title("Change an Automated Device Enrollment instance")
        .about("Replace name, site and supervision identity of an Automated Device Enrollment instance; fields left out are cleared. The token stays.")
        .asked(&["rename an Apple Business Manager server"])
        .needs(&["Update Device Enrollment Program Instances"])
        .risk(Risk::Critical)
        .affects(Affects::EnrollmentInstance),
    delete::<ById>("device_enrollment_delete", "/api/v1/device-enrollments/{id}")
        .title("Delete an Automated Device Enrollment instance")
        .about("Delete an Automated Device Enrollment instance; new and erased devices of it no longer enroll, and only a new server token brings it back.")
        .needs(&["Delete Device Enrollment Program Instances"])
        .risk(Risk::Critical)
        .affects(Affects::EnrollmentInstance),
    get::<Nothing>("device_enrollment_public_key_download", "/api/v1/device-enrollments/public-key")
        .about("Save the public key (PEM) that Apple Business or School Manager wants before it gives out a server token.")
        .asked(&["public key for Apple Business Manager"])
        .needs(&["Read Device Enrollment Program Instances"])
        .answers(Answer::File).impersonal(),
    post::<Create<ServerToken>>("device_enrollment_token_upload", "/api/v1/device-enrollments/upload-token")
        .title("Upload an Automated Device Enrollment token")
        .about("Create an Automated Device Enrollment instance from a server token. To renew the token of one there is, use device_enrollment_token_update.")
        .needs(&["Create Device Enrollment Program Instances"])
        .risk(Risk::Critical)
        .affects(Affects::FutureEnrollments)
        .secret(&[(&["body.encodedToken"], Source::Person)]),
    put::<Update<ServerToken>>("device_enrollment_token_update", "/api/v1/device-enrollments/{id}/upload-token")
        .title("Renew an Automated Device Enrollment token")
        .about("Replace the server token of an instance, as each year. A token of another server at Apple moves the instance there, and its devices no longer enroll.")
        .asked(&["upload the renewed ABM token", "renew the token of Apple Business Manager"])
        .needs(&["Update Device Enrollment Program Instances"])
        .risk(Risk::Critical)
        .affects(Affects::EnrollmentInstance)
        .secret(&[(&["body.encodedToken"], Source::Person)]),
    get::<OfInstance>("device_enrollment_device_list", "/api/v1/device-enrollments/{id}/devices")
        .title("List the devices of an Automated Device Enrollment instance")
        .about("List the devices that Apple has assigned to an instance, with the PreStage each is in and whether Apple has taken its profile.")
        .asked(&["serials from Apple Business Manager", "is my new Mac in ABM", "devices that Apple assigned to us"])
        .needs(&["Read Device Enrollment Program Instances"])
        .brief(&["id", "serialNumber", "model", "prestageId", "profileStatus", "syncState.syncStatus", "deviceAssignedDate"]),
    get::<Whole>("device_enrollment_sync_list", "/api/v1/device-enrollments/syncs")
        .title("List Automated Device Enrollment synchronizations")
        .about("List how each instance's exchanges with Apple went, such as CONNECTION_ERROR; for one instance use device_enrollment_syncs_of.")
        .asked(&["did the ABM sync fail", "last sync with Apple Business Manager"])
        .needs(&["Read Device Enrollment Program Instances"])
        .brief(&["instanceId", "syncState", "timestamp"]),
    get::<OfInstance>("device_enrollment_syncs_of", "/api/v1/device-enrollments/{id}/syncs")
        .title("List the synchronizations of one Automated Device Enrollment instance")
        .about("List how the exchanges of one Automated Device Enrollment instance with Apple went.")
        .needs(&["Read Device Enrollment Program Instances"])
        .brief(&["instanceId", "syncState", "timestamp"]),
    get::<ById>("device_enrollment_sync_latest_get", "/api/v1/device-enrollments/{id}/syncs/latest")
        .title("Get the latest Automated Device Enrollment synchronization")
        .about("Get how the latest exchange of one Automated Device Enrollment instance with Apple went.")
        .needs(&["Read Device Enrollment Program Instances"]),
    get::<History>("device_enrollment_history_list", "/api/v1/device-enrollments/{id}/history")
        .about("List who changed an Automated Device Enrollment instance and when.")
        .needs(&["Read Device Enrollment Program Instances"])
        .brief(&["id", "date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("device_enrollment_history_note", "/api/v1/device-enrollments/{id}/history")
        .about("Write a note into the history of an Automated Device Enrollment instance; nothing else changes.")
        .needs(&["Update Device Enrollment Program Instances"])
        .affects(A_NOTE),
];

/// A list that belongs to one instance.
#[derive(JsonSchema)]
pub struct OfInstance {
    /// Id of the instance, digits only.
    pub id: Id,
}
impl Arguments for OfInstance {
    const ROWS: Rows = Rows::Whole;
}

/// An Automated Device Enrollment instance.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct DeviceEnrollment {
    /// Name shown in Jamf Pro.
    pub name: String,
    /// Id of the supervision identity, from supervision_identity_list, that lets computers pair with its devices.
    pub supervision_identity_id: Option<IdOrNone>,
    /// Id of its site; -1 for none.
    pub site_id: Option<IdOrNone>,
}

/// A server token from Apple Business or School Manager.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ServerToken {
    /// File name to keep it under; one is made up when left out.
    pub token_file_name: Option<String>,
    /// The .p7m file, in Base64.
    pub encoded_token: Option<String>,
}
