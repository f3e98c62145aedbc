//! Devices that answer the commands they are sent, each in its own way: most at once, some later, some with an error, some never.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{enrollment, store::Store};

/// How a device deals with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It carries it out.
    Prompt,
    /// It says that it cannot now, is asked once more, says so again, and carries it out much later.
    Later,
    /// It answers with an error.
    Refusing,
    /// It is away.
    Silent,
}

/// The manner of a device, the same each time.
pub(crate) fn manner(management_id: &str) -> Manner {
    let sum =
        management_id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    match sum % 10 {
        0 => Manner::Later,
        1 => Manner::Refusing,
        2 => Manner::Silent,
        _ => Manner::Prompt,
    }
}

/// The state of a command that was sent so long ago.
fn state(manner: Manner, waited: Duration, after: Duration) -> &'static str {
    match manner {
        Manner::Silent => "PENDING",
        _ if waited < after => "PENDING",
        Manner::Prompt => "ACKNOWLEDGED",
        Manner::Refusing => "ERROR",
        Manner::Later if waited >= after.saturating_mul(20) => "ACKNOWLEDGED",
        // Asked once more.
        Manner::Later if (after.saturating_mul(9)..after.saturating_mul(10)).contains(&waited) => "PENDING",
        Manner::Later => "NOT_NOW",
    }
}

/// Let devices answer what they were sent since the start and have had the time for.
pub(crate) fn settle(store: &mut Store, after: Duration) {
    let now = Timestamp::now();
    let mut ended = Vec::new();
    for command in &mut store.queued {
        let sent = command.get("uuid").and_then(Value::as_str).and_then(|uuid| store.sent.get(uuid));
        let Some(waited) = sent.and_then(|sent| Duration::try_from(now.duration_since(*sent)).ok()) else {
            continue;
        };
        let id =
            command.pointer("/client/managementId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let now_is = state(manner(&id), waited, after);
        if command.get("commandState").and_then(Value::as_str) == Some(now_is) {
            continue;
        }
        if now_is == "ERROR" {
            let text = "The device is not in the right state for this command.";
            command["commandError"] = json!({
                "errorCode": 12_021, "errorDomain": "MCMDMErrorDomain", "errorLocalizedDescription": text,
                "errorEnglishDescription": text,
            });
        }
        if ["ERROR", "ACKNOWLEDGED"].contains(&now_is) {
            command["dateCompleted"] = json!(now.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
        }
        command["commandState"] = json!(now_is);
        let kind = command.get("commandType").and_then(Value::as_str).unwrap_or_default();
        if now_is == "ACKNOWLEDGED" && enrollment::is_ended_by(kind) {
            ended.push((id.to_lowercase(), kind.to_owned()));
        }
    }
    for (id, command) in ended {
        enrollment::end(store, &id, &command, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_answers_in_its_own_way() {
        let (after, second) = (Duration::from_secs(2), Duration::from_secs);
        let states = |manner: Manner| [1, 3, 60].map(|waited| state(manner, second(waited), after));
        assert_eq!(states(Manner::Prompt), ["PENDING", "ACKNOWLEDGED", "ACKNOWLEDGED"]);
        let asked_twice =
            [1, 3, 17, 19, 21, 39, 40].map(|waited| state(Manner::Later, second(waited), after));
        let not_now = "NOT_NOW";
        assert_eq!(asked_twice, ["PENDING", not_now, not_now, "PENDING", not_now, not_now, "ACKNOWLEDGED"]);
        assert_eq!(states(Manner::Refusing), ["PENDING", "ERROR", "ERROR"]);
        assert_eq!(states(Manner::Silent), ["PENDING"; 3]);
        assert_eq!(manner("a-b"), manner("a-b"));
    }
}
