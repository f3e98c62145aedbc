//! Steps of plans: one target each, with how far it is and what became of it. The main type is [`Step`].

use jamf_pro_client::outcome::Outcome;
use rusqlite::Connection;
use serde::Serialize;

/// One target of a plan that is being applied, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its place in the plan, from 0.
    pub position: u32,
    /// What it is done to, in words.
    pub target: String,
    /// How far it is.
    pub state: StepState,
    /// What was answered, or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Id that the tenant gave: the UUID of a command, the id of an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
}

/// How far one target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Nothing was sent.
    Waiting,
    /// It was about to be sent, and what came of it is not known.
    Sent,
    /// The tenant took it.
    Done,
    /// The tenant refused it, or failed at it.
    Failed,
    /// Its turn came, and it failed before it was sent.
    NotSent,
}

impl StepState {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::NotSent => "not_sent",
        }
    }

    /// What became of the step.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Waiting | Self::NotSent => Outcome::NotSent,
            Self::Sent => Outcome::Unknown,
            Self::Done => Outcome::Done,
            Self::Failed => Outcome::Failed,
        }
    }

    fn of(name: &str) -> Self {
        [Self::Waiting, Self::Done, Self::Failed, Self::NotSent]
            .into_iter()
            .find(|state| state.as_str() == name)
            .unwrap_or(Self::Sent)
    }
}

/// The steps of a plan in their order.
pub(super) fn read(connection: &Connection, plan: &str) -> rusqlite::Result<Vec<Step>> {
    let mut steps = connection.prepare(
        "SELECT position, target, state, detail, upstream FROM steps WHERE plan = ?1 ORDER BY position",
    )?;
    let steps = steps.query_map([plan], |row| {
        Ok(Step {
            position: row.get(0)?,
            target: row.get(1)?,
            state: StepState::of(&row.get::<_, String>(2)?),
            detail: row.get(3)?,
            upstream: row.get(4)?,
        })
    })?;
    steps.collect()
}
