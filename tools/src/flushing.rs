//! Flushing: forgetting the logs of policies, after which they run again, and MDM commands that wait or failed, in the
//! Classic API. How long logs are kept is in `log_flushing`.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete};
use crate::args::{Arguments, Create, Id};
use crate::classic_scope::Target;
use crate::effects::Affects;

/// All actions that flush.
pub static ACTIONS: &[Action] = &[
    delete::<CommandsOfGroup>(
        "mdm_command_flush_group",
        "/JSSResource/commandflush/{group_kind}/id/{id}/status/{status}",
    )
    .title("Clear MDM commands of a group")
        .about("Drop the pending or failed MDM commands of every device in a group, of any size. A pending erase, lock or profile is dropped too, never sent, and cannot be brought back.")
        .read_by("mdm_command_list")
    .probably_needs(&["Flush MDM Commands"])
    .risk(Risk::Critical)
        .affects(Affects::PendingCommands),
    delete::<Create<CommandsOfComputers>>("mdm_command_flush_computers", "/JSSResource/commandflush")
        .title("Clear MDM commands of computers")
        .about("Drop the pending or failed MDM commands of these computers. A pending erase, lock or profile is dropped too, never sent, and cannot be brought back.")
        .asked(&["clear pending MDM commands of a Mac", "cancel failed commands", "cancel stuck commands of a Mac", "delete waiting MDM commands"])
        .read_by("mdm_command_list")
        .probably_needs(&["Flush MDM Commands"])
        .risk(Risk::Destructive)
        .affects(Affects::PendingCommands)
        .xml("commandflush"),
    delete::<Create<CommandsOfMobileDevices>>("mdm_command_flush_mobile_devices", "/JSSResource/commandflush")
        .title("Clear MDM commands of mobile devices")
        .about("Drop the pending or failed MDM commands of these mobile devices. A pending erase, lock or profile is dropped too, never sent, and cannot be brought back.")
        .asked(&["clear stuck commands of an iPad", "cancel stuck commands of an iPad"])
        .read_by("mdm_command_list")
        .probably_needs(&["Flush MDM Commands"])
        .risk(Risk::Destructive)
        .affects(Affects::PendingCommands)
        .xml("commandflush"),
    delete::<PolicyLog>("policy_log_flush", "/JSSResource/logflush/{log}/id/{id}/interval/{interval}")
        .title("Flush the log of a policy")
        .about("Delete the log of one policy on every computer where it is older than interval. A policy that runs once per computer or user then runs again on all of them.")
        .asked(&["flush a policy log so that it runs again", "let a policy run again on its Macs", "reset the log of a policy"])
        .probably_needs(&["Flush Policy Logs"])
        .risk(Risk::Destructive)
        .affects(Affects::PolicyLog)
        .runs(&[("id", "policy_get")])
        .reads_before("policy_get"),
    delete::<Create<PolicyLogsOfComputers>>("policy_log_flush_computers", "/JSSResource/logflush")
        .title("Flush policy logs of computers")
        .about("Delete policy logs of these computers. Jamf is known to ignore log_id here: count on the logs of every policy, and on each that runs once running there again.")
        .asked(&["let a once-per-computer policy run again on one Mac", "rerun a policy on some Macs"])
        .probably_needs(&["Flush Policy Logs"])
        .risk(Risk::Critical)
        .affects(Affects::PolicyLogs)
        .xml("logflush"),
    delete::<PolicyLogs>("policy_log_flush_all", "/JSSResource/logflush/{log}/interval/{interval}")
        .title("Flush the logs of all policies")
        .about("Delete the logs of all policies on all computers where they are older than interval. Every policy that runs once then runs again everywhere. For one use policy_log_flush.")
        .asked(&["clear the logs of policies"])
        .probably_needs(&["Flush Policy Logs"])
        .risk(Risk::Critical)
        .affects(Affects::PolicyLogs),
];

/// A group, and which commands of its members are dropped.
#[derive(JsonSchema)]
pub struct CommandsOfGroup {
    /// Kind of group.
    pub group_kind: GroupKind,
    /// Id of the group, digits only.
    pub id: Id,
    /// Which commands.
    pub status: CommandStatus,
}
impl Arguments for CommandsOfGroup {}

/// A kind of group of devices.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum GroupKind {
    ComputerGroups,
    MobileDeviceGroups,
}

/// Computers, and which of their commands are dropped.
#[derive(JsonSchema)]
pub struct CommandsOfComputers {
    /// Which commands.
    pub status: CommandStatus,
    /// The computers, by their ids.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "computer"))]
    pub computers: Vec<Target>,
}

/// Mobile devices, and which of their commands are dropped.
#[derive(JsonSchema)]
pub struct CommandsOfMobileDevices {
    /// Which commands.
    pub status: CommandStatus,
    /// The mobile devices, by their ids.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "mobile_device"))]
    pub mobile_devices: Vec<Target>,
}

/// What became of a command so far.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum CommandStatus {
    Pending,
    Failed,
    #[schemars(rename = "Pending+Failed")]
    Both,
}

/// One policy, and how old its log has to be.
#[derive(JsonSchema)]
pub struct PolicyLog {
    /// Kind of log.
    pub log: LogKind,
    /// Id of the policy, digits only.
    pub id: Id,
    /// Older than this is deleted; `Zero+Days` for all of it.
    pub interval: PathInterval,
}
impl Arguments for PolicyLog {}

/// How old the logs of all policies have to be.
#[derive(JsonSchema)]
pub struct PolicyLogs {
    /// Kind of log.
    pub log: LogKind,
    /// Older than this is deleted; `Zero+Days` for all of it.
    pub interval: PathInterval,
}
impl Arguments for PolicyLogs {}

/// Computers, and how old their logs have to be.
#[derive(JsonSchema)]
pub struct PolicyLogsOfComputers {
    /// Kind of log.
    pub log: LogKind,
    /// Id of a policy, which Jamf may ignore.
    pub log_id: u32,
    /// Older than this is deleted; `Zero Days` for all of it.
    pub interval: Interval,
    /// The computers, by their ids.
    #[schemars(length(min = 1, max = 200), extend("x-item" = "computer"))]
    pub computers: Vec<Target>,
}

/// A kind of log that can be flushed.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum LogKind {
    Policy,
}

/// A span of time, as a body says it.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum Interval {
    #[schemars(rename = "Zero Days")]
    ZeroDays,
    #[schemars(rename = "One Days")]
    OneDay,
    #[schemars(rename = "Two Days")]
    TwoDays,
    #[schemars(rename = "Three Days")]
    ThreeDays,
    #[schemars(rename = "Six Days")]
    SixDays,
    #[schemars(rename = "One Weeks")]
    OneWeek,
    #[schemars(rename = "Two Weeks")]
    TwoWeeks,
    #[schemars(rename = "Three Weeks")]
    ThreeWeeks,
    #[schemars(rename = "Six Weeks")]
    SixWeeks,
    #[schemars(rename = "One Months")]
    OneMonth,
    #[schemars(rename = "Two Months")]
    TwoMonths,
    #[schemars(rename = "Three Months")]
    ThreeMonths,
    #[schemars(rename = "Six Months")]
    SixMonths,
    #[schemars(rename = "One Years")]
    OneYear,
    #[schemars(rename = "Two Years")]
    TwoYears,
    #[schemars(rename = "Three Years")]
    ThreeYears,
    #[schemars(rename = "Six Years")]
    SixYears,
}

/// A span of time, as a path says it.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PathInterval {
    #[schemars(rename = "Zero+Days")]
    ZeroDays,
    #[schemars(rename = "One+Days")]
    OneDay,
    #[schemars(rename = "Two+Days")]
    TwoDays,
    #[schemars(rename = "Three+Days")]
    ThreeDays,
    #[schemars(rename = "Six+Days")]
    SixDays,
    #[schemars(rename = "One+Weeks")]
    OneWeek,
    #[schemars(rename = "Two+Weeks")]
    TwoWeeks,
    #[schemars(rename = "Three+Weeks")]
    ThreeWeeks,
    #[schemars(rename = "Six+Weeks")]
    SixWeeks,
    #[schemars(rename = "One+Months")]
    OneMonth,
    #[schemars(rename = "Two+Months")]
    TwoMonths,
    #[schemars(rename = "Three+Months")]
    ThreeMonths,
    #[schemars(rename = "Six+Months")]
    SixMonths,
    #[schemars(rename = "One+Years")]
    OneYear,
    #[schemars(rename = "Two+Years")]
    TwoYears,
    #[schemars(rename = "Three+Years")]
    ThreeYears,
    #[schemars(rename = "Six+Years")]
    SixYears,
}
