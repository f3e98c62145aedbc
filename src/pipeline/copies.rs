//! Objects are kept as they are before they are changed or deleted.

use jamf_pro_tools::{Action, Method};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Calls, Finished, Ready, note_outcome, write_down};
use crate::audit::Record;
use crate::error::Error;
use crate::gate;
use crate::jobs::Work;
use crate::store::{Copy, random_id};

impl Calls {
    /// Write down the intent, keep the object as it is, make the call, write down the outcome.
    pub(super) async fn copied_and_run(
        &self,
        ready: Ready,
        record: Record,
        before: Option<Value>,
    ) -> Finished {
        let intent = Record { phase: "intent".to_owned(), ..record.clone() };
        if let Err(error) = write_down(&ready.audit, intent).await {
            return Finished::not_sent(error);
        }
        let finished = self.sent_with_copy(&ready, &record, before.as_ref()).await;
        note_outcome(&ready.audit, record, &finished).await;
        finished
    }

    /// Keep the object as it is, and make the call.
    pub(super) async fn sent_with_copy(
        &self,
        ready: &Ready,
        record: &Record,
        before: Option<&Value>,
    ) -> Finished {
        let copies = match self.before_sending(ready, record, before).await {
            Ok(copies) => copies,
            Err(error) => return Finished::not_sent(error),
        };
        let finished = ready.finish().await;
        let store = self.0.gate.store();
        for copy in copies {
            let noted = match finished.outcome {
                outcome if outcome.is_success() => {
                    store.run(move |store| store.note_copy(&copy, false)).await
                }
                outcome if outcome.is_repeatable() => store.run(move |store| store.drop_copy(&copy)).await,
                // Whether it was done is not known, so the copy stays.
                _ => Ok(()),
            };
            if let Err(error) = noted {
                tracing::error!(%error, "what became of a copy could not be noted");
            }
        }
        finished
    }

    /// Make sure that the object is as it was judged, and keep it; answers the ids of the copies.
    async fn before_sending(
        &self,
        ready: &Ready,
        record: &Record,
        before: Option<&Value>,
    ) -> Result<Vec<String>, Error> {
        if let (Some(before), Some((action, arguments))) = (before, ready.writes()) {
            let work = Work::looking(&ready.tenant, &ready.call);
            if !gate::is_as_it_was(&work, action, arguments, before).await? {
                return Err(Error::NotAllowed(format!(
                    "what `{}` is about was changed by somebody else just now. Read it again before you repeat the call",
                    action.name
                )));
            }
        }
        self.copies(ready, record, before).await
    }

    /// Keep every object that is about to be changed or deleted; answers the ids of the copies.
    async fn copies(
        &self,
        ready: &Ready,
        record: &Record,
        before: Option<&Value>,
    ) -> Result<Vec<String>, Error> {
        let Some((action, arguments)) = ready.writes() else { return Ok(Vec::new()) };
        let mut copies = Vec::new();
        if let Some(delete) = gate::deletes_one(action) {
            // Each comes back by itself, as if it had been deleted by itself.
            for (id, object) in before.and_then(Value::as_object).into_iter().flatten() {
                let key = Map::from_iter([("id".to_owned(), json!(id))]);
                copies.push(self.keep(ready, record, delete, key, object, None).await?);
            }
            return Ok(copies);
        }
        if !matches!(action.method, Method::Put | Method::Patch | Method::Delete) {
            return Ok(copies);
        }
        let Some(get) = gate::reader_of(action) else { return Ok(copies) };
        let key: Map<String, Value> = arguments
            .iter()
            .filter(|(name, _)| get.path.contains(&format!("{{{name}}}")))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let object = match before {
            Some(before) => before.clone(),
            None => {
                let work = Work::looking(&ready.tenant, &ready.call);
                match work.send(get.name, Value::Object(key.clone()), &[]).await {
                    Ok(object) => object,
                    // An object that is not there, or that the role may not read, cannot be kept; the call itself will tell.
                    Err(Error::Jamf(error)) => {
                        tracing::warn!(tool = action.name, %error, "the object could not be read, so no copy of it is kept");
                        return Ok(copies);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        copies.push(self.keep(ready, record, action, key, &object, arguments.get("body")).await?);
        Ok(copies)
    }

    /// Keep one object under the tool that changes or deletes it; answers the id of the copy.
    async fn keep(
        &self,
        ready: &Ready,
        record: &Record,
        action: &Action,
        key: Map<String, Value>,
        object: &Value,
        given: Option<&Value>,
    ) -> Result<String, Error> {
        let named = ["name", "general.name", "displayName", "groupName"]
            .iter()
            .map(|path| crate::jobs::text_at(object, path))
            .find(|name| !name.is_empty())
            .unwrap_or_default();
        let id = key.values().next().and_then(Value::as_str).unwrap_or_default();
        let note = match action.method {
            Method::Delete => {
                "is created anew, with another id; what refers to it does not come back, nor do secrets and logs"
            }
            _ => "is put back as it was, but for secrets, which are never kept",
        };
        let copy = Copy {
            id: random_id(),
            tenant: ready.tenant.key(),
            tool: action.name.to_owned(),
            object: crate::sanitize::text::clean(&format!("{id} {named}")).trim().chars().take(120).collect(),
            call: record.call.clone(),
            who: record.who.clone(),
            note: note.to_owned(),
            made: Timestamp::now(),
            done: None,
            restored: None,
        };
        let id = copy.id.clone();
        let content = json!({ "key": key, "object": object, "given": given });
        self.0.gate.store().run(move |store| store.keep_copy(&copy, &content)).await?;
        Ok(id)
    }
}
