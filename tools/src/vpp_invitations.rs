//! VPP invitations: what asks users to take part in volume purchasing, in the Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Partial, Update, Whole};
use crate::classic_scope::Target;
use crate::classic_shapes::{NewNamed, UserScope};
use crate::effects::Affects;

/// All actions on VPP invitations.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("vpp_invitation_list", "/JSSResource/vppinvitations")
        .about("List the invitations of users to volume purchasing, with their ids.")
        .probably_needs(&["Read VPP Invitations"])
        .brief(&["id", "name"]),
    get::<VppInvitationGet>("vpp_invitation_get", "/JSSResource/vppinvitations/id/{id}")
        .also(&["/JSSResource/vppinvitations/id/{id}/subset/{subset}"])
        .about("Get one invitation of users to volume purchasing: how they are asked, who, and who has accepted.")
        .probably_needs(&["Read VPP Invitations"]),
    post::<Create<VppInvitation>>("vpp_invitation_create", "/JSSResource/vppinvitations/id/0")
        .about("Create an invitation to volume purchasing; users in its scope are asked at once, by mail or on their devices. Mail needs sender and subject.")
        .asked(&["invite people to get apps"])
        .probably_needs(&["Create VPP Invitations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses)
        .xml("vpp_invitation"),
    put::<Update<Partial<VppInvitation>>>("vpp_invitation_update", "/JSSResource/vppinvitations/id/{id}")
        .about("Change an invitation to volume purchasing; users who come into its scope are asked. A scope that is given replaces the whole scope.")
        .probably_needs(&["Update VPP Invitations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses)
        .xml("vpp_invitation"),
    delete::<ById>("vpp_invitation_delete", "/JSSResource/vppinvitations/id/{id}")
        .about("Delete an invitation to volume purchasing with the record of who accepted it; who has not answered can do so no more.")
        .probably_needs(&["Delete VPP Invitations"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Licenses),
];

/// One invitation, or a part of it.
#[derive(JsonSchema)]
pub struct VppInvitationGet {
    /// Id of the invitation, digits only.
    pub id: Id,
    /// A part of it.
    pub subset: Option<VppInvitationSubset>,
}
impl Arguments for VppInvitationGet {}

/// A part of an invitation.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum VppInvitationSubset {
    General,
    Scope,
    InvitationUsages,
}

/// A new invitation.
#[derive(JsonSchema)]
pub struct VppInvitation {
    /// How users are asked.
    pub general: NewNamed<VppInvitationGeneral>,
    /// Which users are asked.
    pub scope: Option<UserScope>,
}

/// How users are asked.
#[derive(JsonSchema)]
pub struct VppInvitationGeneral {
    /// The volume purchasing location.
    pub vpp_account: Option<Target>,
    /// On their devices or by mail.
    pub distribution_method: Option<DistributionMethod>,
    /// Name of the sender; needed for mail.
    pub sender_name: Option<String>,
    /// Address of the sender; needed for mail.
    pub sender_email_address: Option<String>,
    /// Subject; needed for mail.
    pub subject: Option<String>,
    /// Text of the mail.
    pub message: Option<String>,
    /// Users sign in to accept.
    pub require_login: Option<bool>,
}

/// On which way users are asked.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum DistributionMethod {
    #[schemars(rename = "Prompt users to accept/make available in Self Service")]
    Prompt,
    #[schemars(rename = "Send emails")]
    Mail,
    #[schemars(rename = "Make available in Self Service only")]
    SelfService,
}
