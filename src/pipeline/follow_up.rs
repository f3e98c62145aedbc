//! What became of commands: accepted is not done, so they are looked at until the devices have answered, or for a while.

use std::collections::BTreeMap;
use std::time::Duration;

use jamf_pro_client::{self as client, Reader};
use jamf_pro_tools::rsql;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Pipeline;
use crate::context::CallContext;
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::store::{Step, StepState};

/// How long commands are followed for a caller that gets no progress.
const SHORT: Duration = Duration::from_secs(3);

/// How long for one that is.
const LONG: Duration = Duration::from_secs(300);

/// From the first look to the next; later ones are further apart.
const PAUSE: Duration = Duration::from_millis(700);

/// States in which nothing more happens to a command.
const OVER: &[&str] = &["ACKNOWLEDGED", "ERROR", "COMMAND_FORMAT_ERROR", "IDLE", "CANCELLED"];

impl Pipeline {
    /// Follow the commands of a plan, and note what the devices answered. Returns the states by the commands' ids.
    pub(super) async fn follow_commands(
        &self,
        plan: &str,
        steps: &[Step],
        tenant: &Reader,
        call: &CallContext,
    ) -> BTreeMap<String, String> {
        let sent: Vec<&Step> =
            steps.iter().filter(|step| step.state == StepState::Done && step.upstream.is_some()).collect();
        let until = Instant::now() + if call.client.progress.is_some() { LONG } else { SHORT };
        let total = u64::try_from(sent.len()).unwrap_or(u64::MAX);
        let mut pause = PAUSE;
        let mut seen = BTreeMap::new();
        while !sent.is_empty() {
            match states(&sent, tenant, call).await {
                Ok(states) => seen = states,
                Err(error) => tracing::debug!(%error, "the commands of a plan could not be followed"),
            }
            let over = seen
                .values()
                .filter(|state| OVER.contains(&state.split(':').next().unwrap_or_default()))
                .count();
            if let Some(progress) = &call.client.progress {
                let done = total.saturating_add(u64::try_from(over).unwrap_or_default());
                progress(client::Step {
                    done,
                    total: Some(total.saturating_mul(2)),
                    what: "commands sent and answered",
                });
            }
            if over == sent.len() || Instant::now() + pause >= until {
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        for step in sent {
            let state = step.upstream.as_ref().and_then(|id| seen.get(id));
            let told = state.map_or_else(
                || "accepted; what the device did is not known yet".to_owned(),
                |state| {
                    if state == "PENDING" {
                        "accepted; the device has not answered yet".to_owned()
                    } else {
                        format!("accepted; the device: {state}")
                    }
                },
            );
            let (plan, position) = (plan.to_owned(), step.position);
            let noted = self
                .0
                .gate
                .store()
                .run(move |store| store.note_step(&plan, position, StepState::Done, Some(&told), None))
                .await;
            if let Err(error) = noted {
                tracing::error!(%error, "what became of a command could not be noted");
            }
        }
        seen
    }
}

/// The states of commands by their ids, with the device's error where there is one.
async fn states(
    steps: &[&Step],
    tenant: &Reader,
    call: &CallContext,
) -> Result<BTreeMap<String, String>, Error> {
    let work = Work::reading_anything(tenant, call);
    let ids = steps.iter().filter_map(|step| step.upstream.as_deref());
    let filter = rsql::Expression::Or(ids.map(|id| rsql::compare("uuid", "==", id)).collect()).to_string();
    let fields = ["uuid", "commandState", "commandError.errorEnglishDescription"];
    let found = work.rows("mdm_command_list", json!({ "filter": filter }), &fields).await?;
    let state = |row: &Value| {
        let (state, error) =
            (text_at(row, "commandState"), text_at(row, "commandError.errorEnglishDescription"));
        let error = crate::sanitize::text::quoted(&error, 200);
        (text_at(row, "uuid"), if error.len() > 2 { format!("{state}: {error}") } else { state })
    };
    Ok(found.rows.iter().map(state).collect())
}
