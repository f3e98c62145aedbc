//! Infrastructure managers: servers of the organization that speak to the tenant for it, and the healthcare listeners on
//! them, whose rules send commands when a hospital says that a patient left, in the Classic API.

use schemars::JsonSchema;

use crate::action::{Action, Risk, get, post, put};
use crate::args::{ById, Create, Partial, Update, Whole};
use crate::effects::{ALL_DEVICES, Affects};

/// All actions on infrastructure managers and healthcare listeners.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("infrastructure_manager_list", "/JSSResource/infrastructuremanager")
        .about("List the infrastructure managers, which LDAP and healthcare messages come through.")
        .asked(&["is the Infrastructure Manager connected", "JIM servers", "Jamf Infrastructure Manager servers"])
        .probably_needs(&["Read Infrastructure Managers"])
        .brief(&["id", "name"]),
    get::<ById>("infrastructure_manager_get", "/JSSResource/infrastructuremanager/id/{id}")
        .about("Get one infrastructure manager: its host, system, last check-in and last address.")
        .probably_needs(&["Read Infrastructure Managers"]),
    put::<Update<InfrastructureManager>>(
        "infrastructure_manager_update",
        "/JSSResource/infrastructuremanager/id/{id}",
    )
    .about("Change an infrastructure manager; with a wrong host nobody signs in through its LDAP proxy. Fields left out stay.")
    .probably_needs(&["Update Infrastructure Managers"])
    .risk(Risk::Critical)
        .affects(Affects::Any(ALL_DEVICES))
    .xml("infrastructure_manager"),
    get::<Whole>("healthcare_listener_list", "/JSSResource/healthcarelistener")
        .about("List the healthcare listeners, which hear messages of a hospital's patient system.")
        .asked(&["hospital system wipes iPads at discharge"])
        .probably_needs(&["Read Infrastructure Managers"])
        .brief(&["id", "name"]),
    get::<ById>("healthcare_listener_get", "/JSSResource/healthcarelistener/id/{id}")
        .about("Get one healthcare listener: its port, the addresses that it hears, and its rules.")
        .probably_needs(&["Read Infrastructure Managers"]),
    put::<Update<HealthcareListener>>("healthcare_listener_update", "/JSSResource/healthcarelistener/id/{id}")
        .about("Change a healthcare listener; once on, anyone who reaches its port makes its rules erase or lock devices. Fields left out stay.")
        .probably_needs(&["Update Infrastructure Managers"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("infrastructure managers pass on messages of hospitals by it; a message acts later, and not by this call"))
        .xml("healthcare_listener"),
    get::<Whole>("healthcare_listener_rule_list", "/JSSResource/healthcarelistenerrule")
        .about("List the rules of healthcare listeners; healthcare_listener_rule_get tells what each does.")
        .probably_needs(&["Read Infrastructure Managers"])
        .brief(&["id", "name"]),
    get::<ById>("healthcare_listener_rule_get", "/JSSResource/healthcarelistenerrule/id/{id}")
        .about("Get one rule of a healthcare listener: which message sends which command to which devices.")
        .probably_needs(&["Read Infrastructure Managers"]),
    post::<Create<HealthcareListenerRule>>(
        "healthcare_listener_rule_create",
        "/JSSResource/healthcarelistenerrule/id/0",
    )
    .about("Create a rule that by itself erases, locks or opens devices whenever a hospital's message fits, from then on and without being asked again.")
    .probably_needs(&["Create Infrastructure Managers"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("infrastructure managers pass on messages of hospitals by it; a message acts later, and not by this call"))
    .xml("healthcare_listener_rule"),
    put::<Update<Partial<HealthcareListenerRule>>>(
        "healthcare_listener_rule_update",
        "/JSSResource/healthcarelistenerrule/id/{id}",
    )
    .about("Change a rule that by itself erases, locks or opens devices whenever a hospital's message fits. Fields left out stay.")
    .probably_needs(&["Update Infrastructure Managers"])
    .risk(Risk::Critical)
        .affects(Affects::Nothing("infrastructure managers pass on messages of hospitals by it; a message acts later, and not by this call"))
    .xml("healthcare_listener_rule"),
];

/// What an infrastructure manager becomes; fields left out stay.
#[derive(JsonSchema)]
pub struct InfrastructureManager {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Host name by which the LDAP proxy on it is reached.
    pub hostname: Option<String>,
    /// Seconds between its check-ins.
    #[schemars(range(min = 1, max = 86400))]
    pub recurring_check_in_frequency: Option<u32>,
}

/// What a healthcare listener becomes; fields left out stay.
#[derive(JsonSchema)]
pub struct HealthcareListener {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: Option<String>,
    /// Whether it listens.
    pub enabled: Option<bool>,
    /// Port that it listens on.
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u32>,
    /// Single addresses that it hears, with commas between.
    pub single_ips: Option<String>,
    /// Ranges of addresses that it hears, with commas between.
    pub range_ips: Option<String>,
}

/// A new rule of a healthcare listener, in the order of Jamf's schema.
#[derive(JsonSchema)]
pub struct HealthcareListenerRule {
    /// Name; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Id of its healthcare listener.
    pub hcl_id: Option<u32>,
    /// Kind of message of the patient system, such as `A03` for a discharge.
    #[schemars(length(min = 1, max = 50))]
    pub adt_message: String,
    /// Field of the message that names the room, such as `PV1-3-2`.
    #[schemars(length(min = 1, max = 50))]
    pub adt_message_field: String,
    /// What that field is compared with: -1 for the room, else the id of a mobile device extension attribute.
    #[schemars(range(min = -1))]
    pub device_inventory_field: Option<i64>,
    /// Which devices.
    pub operating_system: Option<RuleSystem>,
    /// What is sent.
    pub mdm_command: Option<RuleCommand>,
    /// What lost mode shows.
    pub mdm_command_additional_data: Option<RuleLostMode>,
    /// Mail people when a command fails.
    pub notification_enabled: Option<bool>,
    /// Minutes until a command that did nothing counts as failed; 15 by default.
    #[schemars(range(min = 1, max = 1440))]
    pub notification_threshold: Option<u32>,
    /// Who gets the mail.
    #[schemars(length(max = 50), extend("x-item" = "email"))]
    pub notification_emails: Option<Vec<String>>,
    /// Mail people of devices that cannot do the command.
    pub notify_unsupported_enabled: Option<bool>,
}

/// Devices that a rule is for.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum RuleSystem {
    #[schemars(rename = "iPhone")]
    IPhone,
    #[schemars(rename = "TV")]
    Tv,
}

/// What a rule sends.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum RuleCommand {
    EraseDevice,
    DeviceLock,
    ClearPasscode,
    EnableLostMode,
    DisableLostMode,
}

/// What lost mode shows on a device that a rule sent it to.
#[derive(JsonSchema)]
pub struct RuleLostMode {
    /// Message.
    pub lost_mode_message: Option<String>,
    /// Phone number.
    pub lost_mode_phone: Option<String>,
    /// Footnote.
    pub lost_mode_footnote: Option<String>,
    /// Play a sound.
    pub lost_mode_sound: Option<bool>,
}
