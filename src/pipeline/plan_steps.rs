//! Steps of a plan: what came of one, and of all of them.

use serde_json::{Map, Value};

use super::execute::Finished;
use super::respond::Response;
use crate::store::{self, StepState};
use jamf_pro_client::outcome::Outcome;

/// What became of a plan whose steps stand so.
pub(super) fn outcome_of(steps: &[store::Step]) -> Outcome {
    let count = |state: StepState| steps.iter().filter(|step| step.state == state).count();
    match count(StepState::Done) {
        _ if count(StepState::Sent) > 0 => Outcome::Unknown,
        0 if count(StepState::Failed) > 0 => Outcome::Failed,
        0 => Outcome::NotSent,
        done if done < steps.len() => Outcome::PartlyDone { done, of: steps.len() },
        _ => Outcome::Done,
    }
}

/// Put into a step what came of it.
pub(super) fn take_note(step: &mut store::Step, finished: &Finished) {
    step.state = match finished.outcome {
        outcome if outcome.is_success() => StepState::Done,
        Outcome::NotSent => StepState::NotSent,
        Outcome::Failed => StepState::Failed,
        _ => StepState::Sent,
    };
    step.detail = Some(match &finished.result {
        Ok(_) if finished.outcome == Outcome::Done => "accepted".to_owned(),
        Ok(_) => finished.outcome.to_string(),
        Err(error) => error.to_string(),
    });
    step.upstream = match &finished.result {
        Ok(Response::Fields(fields)) => id_in(fields, 0),
        _ => None,
    };
}

/// The id that the tenant gave: of the command, or of the object.
fn id_in(fields: &Map<String, Value>, depth: usize) -> Option<String> {
    ["commandUuid", "uuid", "id"]
        .iter()
        .find_map(|name| fields.get(*name))
        .and_then(|id| id.as_str().map(str::to_owned).or_else(|| id.as_u64().map(|id| id.to_string())))
        .or_else(|| fields.values().find_map(|value| find(value, depth + 1)))
}

fn find(value: &Value, depth: usize) -> Option<String> {
    if depth > 4 {
        return None;
    }
    match value {
        Value::Object(fields) => id_in(fields, depth),
        Value::Array(items) => items.iter().find_map(|value| find(value, depth + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn step_after(outcome: Outcome) -> store::Step {
        let mut step = store::Step {
            position: 0,
            target: "C02XK1ZZJG5J".to_owned(),
            state: StepState::Waiting,
            detail: None,
            upstream: None,
        };
        let result = Err(Error::unreachable("no connection").with_outcome(outcome));
        take_note(&mut step, &Finished { outcome, result });
        step
    }

    #[test]
    fn a_step_that_never_left_is_no_failure_of_jamf() {
        for outcome in [Outcome::NotSent, Outcome::Failed, Outcome::Unknown] {
            let step = step_after(outcome);
            assert_eq!(step.state.outcome(), outcome);
            assert_eq!(outcome_of(&[step]), outcome);
        }
        let mixed = [step_after(Outcome::NotSent), step_after(Outcome::Failed)];
        assert_eq!(outcome_of(&mixed), Outcome::Failed);
    }
}
