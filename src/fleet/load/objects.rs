//! Sources whose list has only ids and names: each object is read by itself, and only when it is new, its row in the list is another one,
//! or what is kept of it is too old.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use jamf_pro_tools::{Action, Catalogue, Rows};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::{AT_ONCE, Loader, Query, Stop, arguments, build_query, list_query, stop_of};
use crate::error::Error;
use crate::fleet::parts::{Read, Source};
use crate::fleet::store::{Entry, Load, Page, Record, Store, now};
use crate::fleet::tables::Names;

/// A row of the list.
struct Row {
    id: String,
    fields: Map<String, Json>,
    /// Another digest is another name.
    digest: String,
}

impl Loader<'_> {
    /// Load the objects of a source that are not kept, or were read longer ago than `max_age`.
    pub(super) async fn load_objects(
        &self,
        source: &'static Source,
        read: &'static Read,
        within: Duration,
        max_age: Duration,
    ) -> Result<(), Stop> {
        let action = Catalogue::get()
            .find(read.action)
            .ok_or_else(|| Error::internal(format!("there is no action {}", read.action)))?;
        let query = list_query(source.list, arguments(source)?, Vec::new())?;
        // The load begins before its list is asked for: what this program writes meanwhile is newer.
        let load = self.store.run(move |store| store.begin(source, within)).await?;
        let rows = self.whole(&query, source.id, source.page_size).await?;
        let rows = rows.into_iter().map(|(id, fields)| Row { id, digest: digest(&fields), fields });
        let kept = self.store.run(move |store| store.kept(source)).await?;
        let oldest =
            SignedDuration::try_from(max_age).ok().and_then(|age| Timestamp::now().checked_sub(age).ok());
        let oldest = oldest.unwrap_or(Timestamp::MIN);
        let (current, due): (Vec<Row>, Vec<Row>) =
            rows.partition(|row| is_current(row, &kept, &load, oldest));
        let met: Vec<String> = current.into_iter().map(|row| row.id).collect();
        let mut done = met.len() as u64;
        let total = done + due.len() as u64;
        let (lease, marked) = (self.lease.clone(), load.clone());
        if !self.store.run(move |store| store.meet(&lease, &marked, &met, total)).await? {
            return Err(Stop::TakenOver);
        }
        self.tell(source, done, Some(total));
        let mut failures = Vec::new();
        let mut reads = stream::iter(due.into_iter().map(|row| self.object(source, action, read, row)))
            .buffer_unordered(AT_ONCE);
        while let Some((id, answer)) = reads.next().await {
            done += 1;
            match answer {
                Ok(mut page) => {
                    (page.next_offset, page.total) = (done, Some(total));
                    let (lease, current) = (self.lease.clone(), load.clone());
                    if !self
                        .store
                        .run(move |store| store.keep(&lease, &current, page, &Names::default()))
                        .await?
                    {
                        return Err(Stop::TakenOver);
                    }
                }
                // It was deleted since the list was read.
                Err(Stop::Failed(error)) if error.is_status(404) => {}
                Err(Stop::Failed(error))
                    if error.is_of_jamf() && !error.is_status(403) && !error.is_status(401) =>
                {
                    failures.push(format!("{} {id} could not be read: {}", source.kind, error.reason()));
                }
                Err(stopped) => return Err(stopped),
            }
            self.tell(source, done, Some(total));
        }
        drop(reads);
        let missing = failures.first().map(|first| match failures.len() {
            1 => first.clone(),
            count => format!("{count} of {total} objects could not be read; the first: {first}"),
        });
        let lease = self.lease.clone();
        let finished = self.store.run(move |store| store.finish(&lease, &load, missing.as_deref())).await?;
        if finished { Ok(()) } else { Err(Stop::TakenOver) }
    }

    /// Read one object.
    async fn object(
        &self,
        source: &Source,
        action: &'static Action,
        read: &'static Read,
        row: Row,
    ) -> (String, Result<Page, Stop>) {
        let id = row.id.clone();
        (id, self.try_object(source, action, read, row).await)
    }

    async fn try_object(
        &self,
        source: &Source,
        action: &'static Action,
        read: &'static Read,
        row: Row,
    ) -> Result<Page, Stop> {
        let query =
            build_query(action, Map::from_iter([("id".to_owned(), json!(row.id))]), Vec::new(), read.hides)?;
        let _place = self.places.for_object().await?;
        let (revision, read_at) = (self.store.run(Store::revision).await?, now());
        let read = if action.rows == Rows::Paged {
            self.rows_of_object(&query).await?
        } else {
            self.whole_object(&query, read).await?
        };
        let mut json = Json::Object(row.fields.into_iter().chain(read).collect());
        source.lay_out(&mut json);
        let object = Record { id: row.id, json, row_digest: Some(row.digest) };
        Ok(Page {
            objects: Box::new(std::iter::once(object)),
            read_at,
            revision,
            next_offset: 0,
            total: None,
        })
    }
}

impl Loader<'_> {
    /// The fields of an object that one answer has.
    async fn whole_object(&self, query: &Query, read: &Read) -> Result<Map<String, Json>, Stop> {
        let call = self.call();
        let reply = match read.hides {
            None => self.reader.read(query.action, &query.request, &call).await,
            Some(_) => self.reader.read_with_secrets(query.action, &query.request, &call).await,
        };
        let reply = reply.map_err(|error| stop_of(error.into()))?;
        let projection = query.wanted.projection(query.action, reply.older_path.is_some());
        let read = projection.object(&reply.body, &mut projection.tally());
        let unreadable =
            |error| Stop::Failed(Error::unreachable(format!("the answer cannot be read: {error}")));
        read.and_then(|text| serde_json::from_str(&text)).map_err(unreadable)
    }

    /// The rows of an object that come in pages, as its field `rows`.
    async fn rows_of_object(&self, query: &Query) -> Result<Map<String, Json>, Stop> {
        let rows = self.all_rows(query, 1000).await?;
        let rows: Result<Vec<Json>, _> = rows.iter().map(|row| serde_json::from_str(row)).collect();
        let rows = rows.map_err(|error| Stop::Ended(Error::internal(error)))?;
        Ok(Map::from_iter([("rows".to_owned(), Json::Array(rows))]))
    }
}

/// What tells that an object was changed: the texts of its row. Counts change without it.
fn digest(row: &Map<String, Json>) -> String {
    let mut digest = Sha256::new();
    for (name, value) in row.iter().filter(|(_, value)| !value.is_number()) {
        digest.update(format!("{name}={value};"));
    }
    let mut digest = hex::encode(digest.finalize());
    digest.truncate(16);
    digest
}

/// Whether an object need not be read: it was read since this load began, or it is kept, is not too old,
/// its row is the same, and this program did not change it.
fn is_current(row: &Row, kept: &HashMap<String, Entry>, load: &Load, oldest: Timestamp) -> bool {
    kept.get(&row.id).is_some_and(|kept| {
        let read_at: Option<Timestamp> = kept.read_at.parse().ok();
        let is_new = read_at.is_some_and(|read_at| read_at >= oldest);
        !kept.is_outdated
            && kept.row_digest.as_ref().is_none_or(|row_digest| *row_digest == row.digest)
            && (is_new || load.has_met(kept))
    })
}
