//! Invitations: links by which people enroll computers and mobile devices of their own accord, in the Classic API.
//!
//! The number of an invitation is all that it takes to enroll, so it is in no answer; people get it by mail.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post};
use crate::args::{ById, ByIdOrName, Create, Whole};
use crate::effects::Affects;
use crate::secrets::Source;
use crate::sites::InSite;

/// What an invitation is as good as: anyone who has it enrolls.
const SECRETS: &[&str] = &["invitation", "ssh_password"];

/// All actions on invitations.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("computer_invitation_list", "/JSSResource/computerinvitations")
        .about("List the invitations to enroll computers, and until when they hold. Their numbers, which are credentials, are left out.")
        .asked(&["invitations that were sent out"])
        .probably_needs(&["Read Computer Enrollment Invitations"])
        .brief(&["id", "invitation_type", "expiration_date"])
        .hides(SECRETS),
    get::<ByIdOrName>("computer_invitation_get", "/JSSResource/computerinvitations/id/{id}")
        .also(&["/JSSResource/computerinvitations/name/{name}"])
        .about("Get one invitation to enroll computers: its state, expiry and use, and the account that it makes. Its number, a credential, is left out.")
        .probably_needs(&["Read Computer Enrollment Invitations"])
        .hides(SECRETS),
    post::<Create<ComputerInvitation>>("computer_invitation_create", "/JSSResource/computerinvitations/id/0")
        .about("Create an invitation to enroll computers: anyone who has it enrolls theirs. Its number is in the console, not in the answer.")
        .asked(&["send a Mac enrollment invitation", "invite someone to enroll a Mac"])
        .probably_needs(&["Create Computer Enrollment Invitations"])
        .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments)
        .hides(SECRETS)
        .secret(&[(&["body.ssh_password"], Source::Person)])
        .xml("computer_invitation"),
    delete::<ById>("computer_invitation_delete", "/JSSResource/computerinvitations/id/{id}")
        .about("Delete an invitation to enroll computers: nobody enrolls with it any more; computers that did stay.")
        .probably_needs(&["Delete Computer Enrollment Invitations"])
        .affects(Affects::FutureEnrollments),
    get::<Whole>("mobile_device_invitation_list", "/JSSResource/mobiledeviceinvitations")
        .about("List the invitations to enroll mobile devices, and until when they hold. Their numbers, which are credentials, are left out.")
        .probably_needs(&["Read Mobile Device Enrollment Invitations"])
        .brief(&["id", "invitation_type", "expiration_date", "last_action"])
        .hides(SECRETS),
    get::<ById>("mobile_device_invitation_get", "/JSSResource/mobiledeviceinvitations/id/{id}")
        .about("Get one invitation to enroll mobile devices: whom it was sent to, its expiry and use. Its number, a credential, is left out.")
        .probably_needs(&["Read Mobile Device Enrollment Invitations"])
        .hides(SECRETS),
    post::<Create<MobileDeviceInvitation>>(
        "mobile_device_invitation_create",
        "/JSSResource/mobiledeviceinvitations/id/0",
    )
    .about("Create an invitation to enroll mobile devices: anyone who has it enrolls theirs. Its number is in the console, not in the answer.")
        .asked(&["invite iPhones to enroll", "invite someone to enroll an iPad"])
    .probably_needs(&["Create Mobile Device Enrollment Invitations"])
    .risk(Risk::Destructive)
        .affects(Affects::FutureEnrollments)
    .hides(SECRETS)
    .xml("mobile_device_invitation"),
    delete::<ById>("mobile_device_invitation_delete", "/JSSResource/mobiledeviceinvitations/id/{id}")
        .about("Delete an invitation to enroll mobile devices: nobody enrolls with it any more; devices that did stay.")
        .probably_needs(&["Delete Mobile Device Enrollment Invitations"])
        .affects(Affects::FutureEnrollments),
];

/// A new invitation to enroll computers, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct ComputerInvitation {
    /// How it is given to people.
    pub invitation_type: Option<InvitationType>,
    /// Until when it holds, such as `2026-01-31 10:20:30`; `Unlimited` for ever.
    #[schemars(length(min = 9, max = 40))]
    pub expiration_date: String,
    /// Name of the management account.
    #[schemars(length(min = 1, max = 255))]
    pub ssh_username: String,
    /// Password of the management account; never given by a caller.
    pub ssh_password: Option<String>,
    /// Several people may use it.
    pub multiple_users_allowed: Option<bool>,
    /// Make the management account where it is missing.
    pub create_account_if_does_not_exist: Option<bool>,
    /// Hide the management account from users.
    pub hide_account: Option<bool>,
    /// Let nobody but the management account in over SSH.
    pub lock_down_ssh: Option<bool>,
    /// Site that computers enroll into.
    pub enroll_into_site: Option<InSite>,
    /// Computers that have a site keep it.
    pub keep_existing_site_membership: Option<bool>,
    /// Site that the invitation belongs to.
    pub site: Option<InSite>,
}

/// A new invitation to enroll mobile devices, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct MobileDeviceInvitation {
    /// How it is given to people.
    pub invitation_type: Option<InvitationType>,
    /// Until when it holds, such as `2026-01-31 10:20:30`; `Unlimited` for ever.
    #[schemars(length(min = 9, max = 40))]
    pub expiration_date: String,
    /// User that devices get.
    pub username: Option<String>,
    /// Oldest system that it is for, such as `iOS 4`.
    pub target_ios: Option<String>,
    /// What people are told.
    pub message: Option<String>,
    /// People sign in to enroll; true by default.
    pub login_required: Option<bool>,
    /// It can be used more than once.
    pub multiple_uses_allowed: Option<bool>,
    /// Site that devices enroll into.
    pub enrolled_into_site: Option<InSite>,
    /// Devices that have a site keep it.
    pub keep_existing_site_membership: Option<bool>,
    /// Site that the invitation belongs to.
    pub site: Option<InSite>,
}

/// How an invitation is given to people.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum InvitationType {
    UserInitiatedUrl,
    UserInitiatedEmail,
}
