//! Scheduler: the background jobs of the Jamf Pro server itself, and when they run; policies are scheduled elsewhere.

use schemars::JsonSchema;

use crate::action::{Action, Rows, get};
use crate::args::{Arguments, List, Name, Nothing};

/// All actions on the scheduler.
pub static ACTIONS: &[Action] = &[
    get::<Nothing>("scheduler_job_list", "/api/v1/scheduler/jobs")
        .about(
            "List the keys of the server's background jobs; scheduler_job_trigger_list says when one runs.",
        )
        .needs_none()
        .since("11.7"),
    get::<TriggerList>("scheduler_job_trigger_list", "/api/v1/scheduler/jobs/{jobKey}/triggers")
        .about("List what starts one background job of the server, with its last and next time.")
        .needs_none()
        .brief(&["triggerKey", "previousFireTime", "nextFireTime"])
        .filters(&["triggerKey", "previousFireTime", "nextFireTime"])
        .since("11.7"),
    get::<Nothing>("scheduler_summary_get", "/api/v1/scheduler/summary")
        .title("Get a summary of the scheduler")
        .about(
            "Get whether the server's scheduler runs, and how many background jobs wait, run and have run.",
        )
        .asked(&["is a background job hanging"])
        .needs_none()
        .since("11.7"),
];

/// Arguments of `scheduler_job_trigger_list`.
#[derive(JsonSchema)]
pub struct TriggerList {
    /// Key of the job, from scheduler_job_list.
    #[schemars(rename = "jobKey")]
    pub job_key: Name,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for TriggerList {
    const ROWS: Rows = Rows::Paged;
}
