//! What a call would do, told before it is made: nothing is sent, and no plan is made.

use jamf_pro_tools::Risk;
use serde_json::{Map, Value, json};

use super::application::exact;
use super::judgement::{Effect, JudgedWrite, RECENT};
use super::{Ask, Gate, draft, status};
use crate::approvals::quorum;
use crate::error::Error;
use crate::jobs::Work;

impl Gate {
    /// What the gate would say to a call, with what the call would do.
    ///
    /// # Errors
    /// When it would be refused, with the reason; or when what it would do cannot be worked out.
    pub async fn preview(&self, ask: Ask<'_>) -> Result<Map<String, Value>, Error> {
        let mut told = Map::new();
        let is_plain = ask.tool.risk() <= Risk::Write;
        if is_plain && !draft::can_be_described(ask.tool) {
            self.refuse(ask.tool, ask.checked)?;
            self.check_devices(ask.tool, ask.checked, ask.tenant, ask.call).await?;
            told.insert("verdict".to_owned(), json!(SENT));
            return Ok(told);
        }
        // Nothing is sent, and what is told is as old as a plan may be.
        let work = Work::reading_anything(ask.tenant, ask.call).with_lists_of(RECENT);
        let JudgedWrite { tool, mut draft, job_write } = match self.judge_effect(&work, &ask).await? {
            Effect::Write(judged) => *judged,
            Effect::Nothing(value) => {
                told.insert("verdict".to_owned(), json!("there is nothing to do"));
                told.insert("result".to_owned(), value);
                return Ok(told);
            }
        };
        let open = self.open_plans_on(ask.tenant, tool, &draft.exact).await?;
        let takes_plan = draft.risk > Risk::Write || !open.is_empty();
        draft.read_device_facts(&work, tool).await?;
        let exact = exact(&draft, job_write.as_ref());
        let plan = self.plan(&ask, tool, &draft, job_write.as_ref(), &exact);
        if takes_plan {
            self.check_limits(&draft, ask.tool)?;
            quorum::check_reachable(self.store(), &self.settings(), &plan)?;
            let verdict = format!("would wait as a plan: it takes {}", quorum::describe_requirement(&plan));
            told.insert("verdict".to_owned(), json!(verdict));
        } else {
            told.insert("verdict".to_owned(), json!(SENT));
        }
        told.insert("risk".to_owned(), json!(plan.risk));
        told.insert("title".to_owned(), json!(plan.title));
        told.insert("reach".to_owned(), json!(plan.reach.sentence));
        if !open.is_empty() {
            told.insert("open_plans".to_owned(), json!(open));
        }
        told.extend(status::facts(&plan));
        Ok(told)
    }
}

const SENT: &str = "would be sent at once";
