//! Enrollment profiles: what Apple Configurator puts on mobile devices so that they enroll, in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have. The invitation
//! in a profile is what a device enrolls with, so it is neither shown nor taken.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Name, Partial, Update, Whole};
use crate::classic_shapes::{Location, NewNamed, Purchasing};
use crate::effects::Affects;

/// What lets a device enroll.
const SECRETS: &[&str] = &["invitation", "ssh_password"];

/// All actions on enrollment profiles.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("mobile_device_enrollment_profile_list", "/JSSResource/mobiledeviceenrollmentprofiles")
        .about("List the enrollment profiles for Apple Configurator with their ids; their invitations are left out.")
        .probably_needs(&["Read Enrollment Profiles"])
        .brief(&["id", "name"])
        .hides(SECRETS),
    get::<EnrollmentProfileGet>("mobile_device_enrollment_profile_get", "/JSSResource/mobiledeviceenrollmentprofiles/id/{id}")
        .also(&[
            "/JSSResource/mobiledeviceenrollmentprofiles/name/{name}",
            "/JSSResource/mobiledeviceenrollmentprofiles/id/{id}/subset/{subset}",
        ])
        .about("Get one enrollment profile, by id or name: what devices that enroll with it get as place and purchase. The invitation is left out.")
        .probably_needs(&["Read Enrollment Profiles"])
        .hides(SECRETS),
    post::<Create<EnrollmentProfile>>("mobile_device_enrollment_profile_create", "/JSSResource/mobiledeviceenrollmentprofiles/id/0")
        .about("Create an enrollment profile; Jamf makes its invitation, and anyone who has the profile can enroll devices.")
        .asked(&["enrollment profile for Apple Configurator"])
        .probably_needs(&["Create Enrollment Profiles"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments)
        .xml("mobile_device_enrollment_profile"),
    put::<Update<Partial<EnrollmentProfile>>>("mobile_device_enrollment_profile_update", "/JSSResource/mobiledeviceenrollmentprofiles/id/{id}")
        .about("Change an enrollment profile: what devices that enroll with it from now on get as place and purchase.")
        .probably_needs(&["Update Enrollment Profiles"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::FutureEnrollments)
        .xml("mobile_device_enrollment_profile"),
    delete::<ById>("mobile_device_enrollment_profile_delete", "/JSSResource/mobiledeviceenrollmentprofiles/id/{id}")
        .about("Delete an enrollment profile; nothing enrolls with it any more, and its invitation cannot be made again.")
        .probably_needs(&["Delete Enrollment Profiles"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments),
];

/// One enrollment profile: by its id, by its name, or a part of it by its id.
#[derive(JsonSchema)]
pub struct EnrollmentProfileGet {
    /// Id of the profile, digits only.
    pub id: Option<Id>,
    /// Name of the profile, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
    /// A part of it, with `id`.
    pub subset: Option<EnrollmentProfileSubset>,
}
impl Arguments for EnrollmentProfileGet {}

/// A part of an enrollment profile.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum EnrollmentProfileSubset {
    General,
    Location,
    Purchasing,
    Attachments,
}

/// A new enrollment profile.
#[derive(JsonSchema)]
pub struct EnrollmentProfile {
    /// Name and description.
    pub general: NewNamed<EnrollmentProfileGeneral>,
    /// Who devices that enroll belong to, and where.
    pub location: Option<Location>,
    /// How they were bought or leased.
    pub purchasing: Option<Purchasing>,
}

/// What an enrollment profile has besides its name.
#[derive(JsonSchema)]
pub struct EnrollmentProfileGeneral {
    /// Description.
    pub description: Option<String>,
}
