//! What a call is about, as the tenant has it now: an object, a row of a list, several objects.

use jamf_pro_tools::Action;
use serde_json::{Map, Value, json};

use super::draft::digest_of;
use super::reach::{self, plain};
use super::subject::{Subject, is_list, subject};
use crate::error::Error;
use crate::jobs::{Work, text_at};
use crate::sanitize::text;

/// What a call is about, as it is now, where that is an object or a record; and the same with digests in the place of its secrets.
pub(super) async fn read_object(
    work: &Work<'_>,
    subject: &Subject,
    arguments: &Map<String, Value>,
) -> Result<Option<(Value, Value)>, Error> {
    match subject {
        Subject::Object(get) | Subject::Act(Some(get)) if is_list(get) => {
            row_of(work, get, arguments).await.map(|row| Some((row.clone(), row)))
        }
        Subject::Object(get)
        | Subject::Record(_, get)
        | Subject::Upload(_, Some(get))
        | Subject::Act(Some(get)) => {
            work.send_and_digest(get.name, Value::Object(key_of(get, arguments))).await.map(Some)
        }
        Subject::Log(get) => {
            let id = arguments.get("id").map(plain).unwrap_or_default();
            work.send_and_digest(get.name, json!({ "id": id })).await.map(Some)
        }
        Subject::Several(get) => {
            let ids = arguments.get("body").and_then(|body| body.get("ids")).and_then(Value::as_array);
            let (mut all, mut digested) = (Map::new(), Map::new());
            for id in ids.into_iter().flatten().map(plain) {
                let (object, with_digests) = work.send_and_digest(get.name, json!({ "id": id })).await?;
                all.insert(id.clone(), object);
                digested.insert(id, with_digests);
            }
            Ok(Some((Value::Object(all), Value::Object(digested))))
        }
        Subject::Command
        | Subject::Device(..)
        | Subject::ManagementId(_)
        | Subject::Flush
        | Subject::Upload(_, None)
        | Subject::Act(None)
        | Subject::Devices
        | Subject::New => Ok(None),
    }
}

/// The row of a list that has the id of a call, or all rows where the call names none: objects that nothing reads by themselves.
async fn row_of(work: &Work<'_>, list: &Action, arguments: &Map<String, Value>) -> Result<Value, Error> {
    let found = work.rows(list.name, json!({}), &[]).await?;
    reach::whole(&found)?;
    let Some(id) = arguments.get("id").map(plain) else { return Ok(Value::Array(found.rows)) };
    let is_it = |row: &Value| ["uuid", "id"].iter().any(|name| text_at(row, name).eq_ignore_ascii_case(&id));
    found.rows.into_iter().find(is_it).ok_or_else(|| {
        Error::caller(format!("`{}` has nothing with the id {}", list.name, text::quoted(&id, 80)))
    })
}

/// Whether what a call is about is still as it was when the call was judged.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn is_as_it_was(
    work: &Work<'_>,
    action: &'static Action,
    arguments: &Map<String, Value>,
    before: &Value,
) -> Result<bool, Error> {
    let Some(subject) = subject(action) else { return Ok(true) };
    let now = read_object(work, &subject, arguments).await?.map(|(shown, _)| shown);
    Ok(digest_of(action, now.as_ref()) == digest_of(action, Some(before)))
}

/// The arguments that say which object it is.
fn key_of(get: &Action, arguments: &Map<String, Value>) -> Map<String, Value> {
    let of_path = |name: &&String| get.path.contains(&format!("{{{name}}}"));
    arguments
        .iter()
        .filter(|(name, _)| of_path(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
