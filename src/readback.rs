//! After a write: what the tenant kept of what was sent.
//!
//! The Classic API answers 201 to elements that it does not know, to words that it replaces by others, and to what came out
//! of order. So each object is read again and compared, and every difference is told. Nothing is put right here, and nothing
//! is sent but the read.

use std::time::Duration;

use jamf_pro_client::outcome::{Outcome, Tracker};
use jamf_pro_client::{AnswerFlag, Call, FieldSelection, Reader, Reply};
use jamf_pro_tools::action::{Answer as Holds, placeholders};
use jamf_pro_tools::difference::{self, Comparison};
use jamf_pro_tools::{Action, Api, Catalogue, Checked, Method, Risk};
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::sanitize::text;

/// Pauses before the tries to see a new object, which another node of the tenant may not know of yet.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1500), Duration::from_secs(3)];

/// How long the read may take when the time of the write is used up.
const GRACE: Duration = Duration::from_secs(20);

/// What came of reading an object back.
#[derive(Debug)]
pub enum ReadBack {
    /// It was read and compared.
    Compared(Comparison),
    /// It could not be read, and why; what was sent may have been kept all the same.
    NotRead(String),
}

impl ReadBack {
    /// Something is not as it was sent.
    pub fn differs(&self) -> bool {
        matches!(self, Self::Compared(comparison) if !comparison.differences.is_empty())
    }

    /// It was read and compared, with whatever result.
    pub fn is_compared(&self) -> bool {
        matches!(self, Self::Compared(_))
    }

    /// Put it into the fields of an answer.
    pub fn mark(&self, fields: &mut Map<String, Value>) {
        if self.differs() {
            fields.insert("result".to_owned(), json!("accepted, but not as it was sent"));
        } else if !self.is_compared() && !fields.contains_key("failed") {
            fields.insert("result".to_owned(), json!(Outcome::Unconfirmed.to_string()));
        }
        fields.insert("read_back".to_owned(), self.to_json());
    }

    /// As an answer shows it.
    pub fn to_json(&self) -> Value {
        let comparison = match self {
            Self::NotRead(why) => return json!({ "verdict": "not read back", "why": why }),
            Self::Compared(comparison) => comparison,
        };
        let verdict = if self.differs() { "not as sent" } else { "as sent" };
        let mut shown = Map::new();
        shown.insert("verdict".to_owned(), json!(verdict));
        shown.insert("values_compared".to_owned(), json!(comparison.compared));
        let mut lines = |name: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let clean = lines.iter().map(|line| text::clean(line).into_owned());
                shown.insert(name.to_owned(), clean.collect());
            }
        };
        lines("differences", comparison.differences.iter().map(ToString::to_string).collect());
        lines("not_compared", comparison.hidden.clone());
        Value::Object(shown)
    }
}

/// The id in an answer of the Classic API.
pub fn id_in(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    answer.get("id").and_then(Value::as_str).map(str::to_owned)
}

/// Read back what a write left behind; `None` for calls that leave nothing to compare.
pub async fn after(
    tenant: &Reader,
    action: &'static Action,
    checked: &Checked,
    reply: &Reply,
    call: &Call,
) -> Option<ReadBack> {
    if action.api() == Api::Pro {
        return of_pro(tenant, action, checked, call).await;
    }
    let writes = matches!(action.method, Method::Post | Method::Put | Method::Patch);
    // A command is queued and leaves nothing that could be compared.
    if action.api() != Api::Classic || action.xml.is_none() || !writes || is_command(action) {
        return None;
    }
    let sent = action.body_to_send(checked.arguments()).ok().flatten()?;
    let Some((reader, template)) = Catalogue::get().read_after(action) else {
        return Some(ReadBack::NotRead("this server has no read of it in the Classic API".to_owned()));
    };
    let Some(keys) = keys(template, checked, reply) else {
        return Some(ReadBack::NotRead("the tenant's answer names no id".to_owned()));
    };
    Some(match read(tenant, reader, keys, call).await {
        Ok(kept) => ReadBack::Compared(difference::compare(&sent, &kept, &not_compared(action, reader))),
        Err(error) if error.is_status(404) => {
            ReadBack::NotRead("it was accepted and is not visible yet; do not create it again".to_owned())
        }
        Err(error) => ReadBack::NotRead(error.to_string()),
    })
}

/// The same for a change by the Jamf Pro API, which says what it refuses; what it keeps otherwise than it was sent is told all the same.
/// It answers less than it takes and adds to lists, so only what is there on both sides is compared.
async fn of_pro(
    tenant: &Reader,
    action: &'static Action,
    checked: &Checked,
    call: &Call,
) -> Option<ReadBack> {
    let changes = matches!(action.method, Method::Put | Method::Patch) && action.command.is_none();
    let is_read = |other: &&Action| {
        other.method == Method::Get
            && other.path == action.path
            && other.risk == Risk::Read
            && other.answer == Holds::Json
    };
    let reader = Catalogue::get().actions().find(is_read).filter(|_| changes)?;
    let sent = action.body_to_send(checked.arguments()).ok().flatten()?;
    let keys: Option<Map<String, Value>> = placeholders(reader.path)
        .map(|name| checked.arguments().get(name).cloned().map(|value| (name.to_owned(), value)))
        .collect();
    let hides = not_compared(action, reader);
    let mut last = None;
    // Another node of the tenant may not know of it yet.
    for pause in PAUSES.iter().take(3) {
        tokio::time::sleep(*pause).await;
        let kept = match read(tenant, reader, keys.clone()?, call).await {
            Ok(kept) => kept,
            Err(error) => return Some(ReadBack::NotRead(error.to_string())),
        };
        let mut comparison = difference::compare(&sent, &kept, &hides);
        let (told, silent): (Vec<_>, Vec<_>) =
            comparison.differences.into_iter().partition(|one| one.sent.is_some() && one.kept.is_some());
        comparison.differences = told;
        comparison.hidden.extend(silent.into_iter().filter(|one| one.sent.is_some()).map(|one| one.path));
        let read_back = ReadBack::Compared(comparison);
        if !read_back.differs() {
            return Some(read_back);
        }
        last = Some(read_back);
    }
    last
}

/// The fields that are not compared: secrets, which the tenant does not answer, and what is not stored.
fn not_compared(action: &Action, reader: &Action) -> Vec<&'static str> {
    let secret = action.secrets().map(|(place, _)| place);
    let written = secret.chain(action.acts_once.iter().copied());
    let written = written.map(|path| path.strip_prefix("body.").unwrap_or(path));
    reader.hides.iter().copied().chain(written).collect()
}

fn is_command(action: &Action) -> bool {
    action.path.contains("commands/command")
}

/// What names the object: the keys of the write, or the id that its answer tells.
fn keys(template: &str, checked: &Checked, reply: &Reply) -> Option<Map<String, Value>> {
    let new_id = id_in(&reply.body);
    let key = |name: &str| {
        let value = checked.arguments().get(name).cloned().or_else(|| new_id.clone().map(Value::from));
        value.map(|value| (name.to_owned(), value))
    };
    placeholders(template).map(key).collect()
}

/// A call for reading after a write: the write is done, so its caller's patience does not matter any more, and neither does that
/// the caller has gone.
pub(crate) fn later(call: &Call) -> Call {
    Call {
        deadline: call.deadline.max(Instant::now() + GRACE),
        cancelled: CancellationToken::new(),
        progress: None,
        tracker: Tracker::default(),
        has_answer: AnswerFlag::default(),
        ..call.clone()
    }
}

async fn read(
    tenant: &Reader,
    reader: &'static Action,
    keys: Map<String, Value>,
    call: &Call,
) -> Result<Value, Error> {
    let internal = |error: String| Error::internal(error);
    let checked = reader.check(keys).map_err(|problems| internal(problems.to_string()))?;
    let request = reader.request(&checked).map_err(|problems| internal(problems.to_string()))?;
    let call = later(call);
    let mut last = internal("nothing was read".to_owned());
    for pause in PAUSES {
        tokio::time::sleep(pause).await;
        match tenant.read(reader, &request, &call).await.map_err(Error::from) {
            Ok(reply) => {
                let wanted = FieldSelection { fields: Vec::new(), hidden: reader.hides };
                let projection = wanted.projection(reader, reply.older_path.is_some());
                let text = projection.object(&reply.body, &mut projection.tally());
                let text = text.map_err(|_| not_json())?;
                return serde_json::from_str(&text).map_err(|_| not_json());
            }
            Err(error) if error.is_status(404) => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn not_json() -> Error {
    Error::unreachable("the tenant answered the read with something that is not JSON")
}

/// The answer to a write that was done, when something failed after it.
pub fn unconfirmed_answer(error: &Error) -> Map<String, Value> {
    let why = ReadBack::NotRead(error.to_string());
    let result = Outcome::Unconfirmed.to_string();
    Map::from_iter([("result".to_owned(), json!(result)), ("read_back".to_owned(), why.to_json())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_stored_is_not_compared() {
        let find = |name: &str| Catalogue::get().find(name).unwrap();
        let update = find("macos_profile_update");
        let (reader, _) = Catalogue::get().read_after(update).unwrap();
        let sent = json!({ "general": { "name": "VPN", "redeploy_on_update": "All" } });
        let kept = json!({ "general": { "name": "VPN", "redeploy_on_update": "Newly Assigned" } });
        let comparison = difference::compare(&sent, &kept, &not_compared(update, reader));
        assert!(comparison.differences.is_empty(), "{:?}", comparison.differences);
    }

    #[test]
    fn every_write_to_the_classic_api_has_a_read_that_settles_it() {
        for action in Catalogue::get().actions() {
            let writes = matches!(action.method, Method::Post | Method::Put);
            if action.api() == Api::Classic && action.xml.is_some() && writes && !is_command(action) {
                assert!(Catalogue::get().read_after(action).is_some(), "{} cannot be read back", action.name);
            }
        }
    }
}
