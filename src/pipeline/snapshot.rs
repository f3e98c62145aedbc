//! Objects are kept as they are before they are changed or deleted.

use jamf_pro_client::outcome::Outcome;
use jamf_pro_tools::{Action, Catalogue, Method};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Pipeline;
use super::execute::PreparedCall;
use crate::audit::Record;
use crate::error::Error;
use crate::gate;
use crate::jobs::Work;
use crate::store::{Snapshot, random_id};

impl Pipeline {
    /// Note what became of the objects that were kept before a call with this outcome.
    pub(super) async fn note_snapshots(&self, snapshots: Vec<String>, outcome: Outcome) {
        let store = self.0.gate.store();
        for snapshot in snapshots {
            let noted = match outcome {
                outcome if outcome.is_success() => {
                    store.run(move |store| store.note_copy(&snapshot, false)).await
                }
                outcome if outcome.is_repeatable() => {
                    store.run(move |store| store.drop_copy(&snapshot)).await
                }
                // Whether it was done is not known, so the copy stays.
                _ => Ok(()),
            };
            if let Err(error) = noted {
                tracing::error!(%error, "what became of a copy could not be noted");
            }
        }
    }

    /// Make sure that the object is as it was judged, and keep it; answers the ids of the copies.
    pub(super) async fn snapshots(
        &self,
        permitted: &PreparedCall,
        record: &Record,
        before: Option<&Value>,
    ) -> Result<Vec<String>, Error> {
        if let (Some(before), Some((action, arguments))) = (before, permitted.writes()) {
            let work = Work::reading_anything(&permitted.tenant, &permitted.call);
            if !gate::is_as_it_was(&work, action, arguments, before).await? {
                return Err(Error::not_allowed(format!(
                    "what `{}` is about was changed by somebody else just now",
                    action.name
                ))
                .hint("read it again before you repeat the call"));
            }
        }
        self.keep_copies(permitted, record, before).await
    }

    /// Keep every object that is about to be changed or deleted; answers the ids of the copies.
    async fn keep_copies(
        &self,
        permitted: &PreparedCall,
        record: &Record,
        before: Option<&Value>,
    ) -> Result<Vec<String>, Error> {
        let Some((action, arguments)) = permitted.writes() else { return Ok(Vec::new()) };
        let mut copies = Vec::new();
        if let Some(delete) = Catalogue::get().deletes_one(action) {
            // Each comes back by itself, as if it had been deleted by itself.
            for (id, object) in before.and_then(Value::as_object).into_iter().flatten() {
                let key = Map::from_iter([("id".to_owned(), json!(id))]);
                copies.push(self.keep(permitted, record, delete, key, object, None).await?);
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
                let work = Work::reading_anything(&permitted.tenant, &permitted.call);
                match work.send(get.name, Value::Object(key.clone()), &[]).await {
                    Ok(object) => object,
                    // An object that is not there, or that the role may not read, cannot be kept; the call itself will tell.
                    Err(error) if error.is_of_jamf() => {
                        tracing::warn!(tool = action.name, %error, "the object could not be read, so no copy of it is kept");
                        return Ok(copies);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        copies.push(self.keep(permitted, record, action, key, &object, arguments.get("body")).await?);
        Ok(copies)
    }

    /// Keep one object under the tool that changes or deletes it; answers the id of the copy.
    async fn keep(
        &self,
        permitted: &PreparedCall,
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
        let copy = Snapshot {
            id: random_id(),
            tenant: permitted.tenant.key(),
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
