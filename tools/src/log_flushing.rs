//! Log flushing: how long Jamf Pro keeps logs, and the tasks that delete older ones.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post};
use crate::args::{Arguments, Create, Nothing, PlatformId, Whole};
use crate::effects::Affects;

/// All actions on log flushing.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("log_flushing_settings_get", "/api/v1/log-flushing")
        .about("Get how long each kind of log is kept, with its qualifier, and the hour of the day at which older ones are deleted.")
        .asked(&["how long are logs kept"])
        .needs(&["Read Retention Policy"])
        .since("11.23"),
    get::<Whole>("log_flushing_task_list", "/api/v1/log-flushing/task")
        .about("List the tasks that delete old logs, and how far they are.")
        .needs(&["Read Retention Policy"])
        .brief(&["id", "qualifier", "retentionPeriod", "retentionPeriodUnit", "state"])
        .since("11.23"),
    post::<Create<LogFlushingTask>>("log_flushing_task_create", "/api/v1/log-flushing/task")
        .about("Delete one kind of log of the whole tenant for ever where it is older than a period, evidence included. This only queues it; log_flushing_task_get tells its state.")
        .asked(&["purge old logs now", "delete old logs now"])
        .needs(&["Update Retention Policy"])
        .risk(Risk::Critical)
        .affects(Affects::Nothing("it deletes records of what happened, and nothing on devices"))
        .since("11.23"),
    get::<TaskById>("log_flushing_task_get", "/api/v1/log-flushing/task/{id}")
        .about("Get the state of one task that deletes old logs.")
        .needs(&["Read Retention Policy"])
        .since("11.23"),
    delete::<TaskById>("log_flushing_task_cancel", "/api/v1/log-flushing/task/{id}")
        .title("Cancel a log flushing task")
        .about("Cancel a task that deletes old logs; what it has deleted by then stays deleted.")
        .needs(&["Update Retention Policy"])
        .affects(Affects::Nothing("logs are kept that would have been deleted"))
        .since("11.23"),
];

/// Which task.
#[derive(JsonSchema)]
pub struct TaskById {
    /// UUID of the task, from log_flushing_task_list.
    pub id: PlatformId,
}
impl Arguments for TaskById {}

/// Which logs to delete.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct LogFlushingTask {
    /// Kind of log, such as `policy`, as log_flushing_settings_get names it.
    #[schemars(length(min = 1, max = 255))]
    pub qualifier: String,
    /// How many units of time are kept; everything older is deleted.
    pub retention_period: u32,
    /// Unit of that period.
    pub retention_period_unit: PeriodUnit,
}

/// Unit of a period.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PeriodUnit {
    Day,
    Week,
    Month,
    Year,
}
