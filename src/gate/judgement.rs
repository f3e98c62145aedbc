//! What one call would do, judged by the gate: the write that it comes to, with its draft, or a refusal. The main function is
//! [`Gate::judge_effect`].

use std::borrow::Cow;
use std::time::Duration;

use jamf_pro_tools::Risk;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::draft::{self, Draft};
use super::planning::{Ask, JobWrite};
use super::{Gate, guard};
use crate::error::{Error, Kind};
use crate::jobs::{self, Conclusion, Work};
use crate::registry::Tool;

/// How old the lists of what is configured may be from which a plan is made.
pub(super) const RECENT: Duration = Duration::from_secs(60);

/// What a call would do.
pub(super) enum Effect {
    /// This write.
    Write(Box<JudgedWrite>),
    /// Nothing, and this is why.
    Nothing(Value),
}

/// A write, with what it would do.
pub(super) struct JudgedWrite {
    /// The tool that is sent, which is another one where a job was called.
    pub(super) tool: Tool,
    pub(super) draft: Draft,
    pub(super) job_write: Option<JobWrite>,
}

impl Gate {
    /// What a call would do, as far as it is not refused whatever its limits are.
    pub(super) async fn judge_effect(&self, work: &Work<'_>, ask: &Ask<'_>) -> Result<Effect, Error> {
        // A job stands for the one write that it would make: that is what is shown, and what is sent.
        let (tool, checked, job_write) = match ask.tool {
            Tool::Job(job) if draft::is_caught(job) => {
                match jobs::of(job)?.conclude(ask.tenant, ask.call, ask.checked).await? {
                    Conclusion::Write(write) => {
                        let (tool, checked) = (Tool::Action(write.action), Cow::Owned(write.checked.clone()));
                        (
                            tool,
                            checked,
                            Some(JobWrite { job: ask.tool, arguments: ask.checked.clone(), write }),
                        )
                    }
                    Conclusion::Answer(value) => return Ok(Effect::Nothing(value)),
                    Conclusion::Report(report) => return Ok(Effect::Nothing(report.into_answer(""))),
                }
            }
            tool => (tool, Cow::Borrowed(ask.checked), None),
        };
        self.refuse(tool, &checked)?;
        if !draft::can_be_described(tool) {
            return Err(draft::refuse_undescribed(tool));
        }
        self.check_devices(tool, &checked, ask.tenant, ask.call).await?;
        let mut draft = draft::draft(work, tool, &checked).await?;
        draft.impact.not_checked.extend(guard::unread_platform(&self.settings(), &draft));
        let draft = match job_write.as_ref().and_then(|job_write| job_write.write.payload.as_ref()) {
            Some(payload) => {
                let settings = &payload.settings;
                let mark = self.store().mark("payload", settings.whole().expose_secret().as_bytes())?;
                draft.with_payload(settings, mark)
            }
            None => draft,
        };
        if !ask.surface.admits_as(ask.tool, draft.risk) {
            return Err(draft::too_grave(ask.tool, &draft));
        }
        if let Some(group) = &draft.impact.group {
            guard::check_group(&self.settings(), group)?;
        }
        Ok(Effect::Write(Box::new(JudgedWrite { tool, draft, job_write })))
    }

    /// What a call would do for which there is no plan.
    ///
    /// Lists of what is configured may be a minute old for a plan that waits for a person, so that it is answered at once: the same call is
    /// judged again with lists of that moment when the plan is carried out, and what was told then and differs from the plan voids it
    /// (`drift`). Nobody compares what is sent at once, because it is harmless or a window lets it through, and what is refused; that is
    /// judged again here, with lists of this moment.
    pub(super) async fn judge_new(&self, ask: &Ask<'_>) -> Result<Effect, Error> {
        let work = Work::reading_anything(ask.tenant, ask.call).with_lists_of(RECENT);
        let judged = self.judge_effect(&work, ask).await;
        let stands = match &judged {
            _ if !work.rests_on_earlier_lists() => true,
            Ok(Effect::Write(judged)) => self.is_to_wait(ask, judged).await?,
            Ok(Effect::Nothing(_)) => true,
            Err(error) => error.kind() != Kind::NotAllowed,
        };
        if stands {
            return judged;
        }
        self.judge_effect(&Work::reading_anything(ask.tenant, ask.call), ask).await
    }

    /// Whether a call that was judged waits for a person: it is neither sent now nor refused.
    async fn is_to_wait(&self, ask: &Ask<'_>, judged: &JudgedWrite) -> Result<bool, Error> {
        let JudgedWrite { tool, draft, job_write } = judged;
        if draft.risk <= Risk::Write || self.check_limits(draft, ask.tool).is_err() {
            return Ok(false);
        }
        let may_have_window = job_write.is_none() && ask.undoes.is_none();
        Ok(!may_have_window || self.find_window(ask, *tool, draft).await?.is_none())
    }
}
