//! Webhooks: what Jamf Pro tells another server as it happens, in the Classic API.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::advanced_searches::SearchColumn;
use crate::args::{ById, ByIdOrName, Create, Partial, Update, Whole};
use crate::effects::Affects;
use crate::secrets::Source;

/// What a webhook signs in with at the other server.
const SECRETS: &[&str] = &["password", "header"];

/// All actions on webhooks.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("webhook_list", "/JSSResource/webhooks")
        .about("List webhooks with their ids; webhook_get tells where each one sends what.")
        .asked(&["which webhooks exist", "which systems does Jamf notify"])
        .probably_needs(&["Read Webhooks"])
        .brief(&["id", "name"]),
    get::<ByIdOrName>("webhook_get", "/JSSResource/webhooks/id/{id}")
        .also(&["/JSSResource/webhooks/name/{name}"])
        .about("Get one webhook by id or name: its event, address and kind of sign-in, without the password.")
        .asked(&["where does a webhook send its events", "one webhook in detail"])
        .probably_needs(&["Read Webhooks"])
        .hides(SECRETS),
    post::<Create<Webhook>>("webhook_create", "/JSSResource/webhooks/id/0")
        .about("Create a webhook: from then on facts about devices and people leave the tenant for its address at each event.")
        .asked(&["notify our web service of enrollments", "tell another system when something happens", "message to Slack or Teams at an event"])
        .probably_needs(&["Create Webhooks"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it tells another server of events"))
        .hides(SECRETS)
        .secret(&[(&["body.password"], Source::Person)])
        .xml("webhook"),
    put::<Update<Partial<Webhook>>>("webhook_update", "/JSSResource/webhooks/id/{id}")
        .about("Change a webhook: what it tells and where to. Fields left out stay.")
        .asked(&["switch a webhook off", "change the address of a webhook"])
        .probably_needs(&["Update Webhooks"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it tells another server of events"))
        .hides(SECRETS)
        .secret(&[(&["body.password"], Source::Person)])
        .xml("webhook"),
    delete::<ById>("webhook_delete", "/JSSResource/webhooks/id/{id}")
        .about("Delete a webhook: anyone who waits for its events hears nothing more. Its password cannot be had back.")
        .asked(&["stop notifying a system"])
        .probably_needs(&["Delete Webhooks"])
        .risk(Risk::Destructive)
        .affects(Affects::Nothing("it tells another server of events")),
];

/// A new webhook, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct Webhook {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Whether it sends.
    pub enabled: Option<bool>,
    /// Address that it sends to.
    #[schemars(length(min = 1, max = 2000))]
    pub url: String,
    /// Form of what it sends.
    pub content_type: Option<ContentType>,
    /// Events that it reports.
    pub event: Event,
    /// Seconds to wait for a connection; 5 by default.
    #[schemars(range(min = 1, max = 15))]
    pub connection_timeout: Option<u32>,
    /// Seconds to wait for an answer; 2 by default.
    #[schemars(range(min = 1, max = 15))]
    pub read_timeout: Option<u32>,
    /// How it signs in at the other server.
    pub authentication_type: Option<Authentication>,
    /// Name to sign in with.
    pub username: Option<String>,
    /// Password to sign in with; never given by a caller.
    pub password: Option<String>,
    /// Send the display fields with changes of smart groups.
    pub enable_display_fields_for_group_object: Option<bool>,
    /// Fields of devices to send with changes of smart groups.
    #[schemars(extend("x-item" = "display_field"))]
    pub display_fields: Option<Vec<SearchColumn>>,
}

/// Form of what a webhook sends.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ContentType {
    #[schemars(rename = "text/xml")]
    Xml,
    #[schemars(rename = "application/json")]
    Json,
}

/// Events that a webhook reports.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Event {
    ComputerAdded,
    ComputerCheckIn,
    ComputerInventoryCompleted,
    ComputerPolicyFinished,
    ComputerPushCapabilityChanged,
    JSSShutdown,
    JSSStartup,
    MobileDeviceCheckIn,
    MobileDeviceCommandCompleted,
    MobileDeviceEnrolled,
    MobileDevicePushSent,
    MobileDeviceUnEnrolled,
    PatchSoftwareTitleUpdated,
    PushSent,
    RestAPIOperation,
    SCEPChallenge,
    SmartGroupComputerMembershipChange,
    SmartGroupMobileDeviceMembershipChange,
}

/// How a webhook signs in at the other server.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Authentication {
    None,
    Basic,
}
