//! Objects that this program changed at the tenant are read again, and no others where the list can be asked for them by their ids.

use std::sync::Arc;
use std::time::Duration;

use jamf_pro_tools::{Catalogue, rsql};
use serde_json::Value as Json;

use super::{Loader, Stop, arguments, query_of};
use crate::error::Error;
use crate::fleet::parts::Source;
use crate::fleet::store::{Page, Record};

/// Most objects that one request asks for by their ids, so that its address is not too long.
const IDS: usize = 100;

/// Most objects that are asked for by their ids; from here on the whole list is read.
const MOST: usize = 500;

/// Older than every object that is kept.
pub(in crate::fleet) const ANY_AGE: Duration = Duration::from_secs(100 * 365 * 86_400);

impl Loader<'_> {
    /// Read these objects of a source again: by their ids, or with their list, of whose objects no others are read.
    pub(in crate::fleet) async fn load_changed(
        &self,
        source: &'static Source,
        ids: &[String],
        within: Duration,
    ) -> Result<(), Stop> {
        if ids.len() > MOST || !can_be_asked_by_id(source)? {
            return self.load(source, within, ANY_AGE).await;
        }
        let names = Arc::new(self.names(source).await?);
        for ids in ids.chunks(IDS) {
            let values: Vec<&str> = ids.iter().map(String::as_str).collect();
            let Some(filter) = rsql::condition(source.id, "in", &values) else {
                return self.load(source, within, ANY_AGE).await;
            };
            let mut arguments = arguments(source)?;
            arguments.insert("filter".to_owned(), Json::String(filter.to_string()));
            let query = query_of(source, arguments)?;
            let mut answer = self.page(&query, 0, u32::try_from(IDS).unwrap_or(u32::MAX), true).await?;
            if let Some(error) = answer.listing.failed.take() {
                return Err(super::stop_of(error.into()));
            }
            let objects: Vec<Record> = super::objects(source, answer.listing.rows).collect();
            let is_there = |id: &&String| objects.iter().any(|object| object.id == **id);
            let gone: Vec<String> = ids.iter().filter(|id| !is_there(id)).cloned().collect();
            let objects = Box::new(objects.into_iter());
            let page = Page {
                objects,
                read_at: answer.read_at,
                revision: answer.revision,
                next_offset: 0,
                total: None,
            };
            let names = names.clone();
            self.store.run(move |store| store.put(source, page, &gone, &names)).await?;
        }
        Ok(())
    }
}

/// Whether the list of a source finds objects by their ids, with the same rows as it has without a filter.
fn can_be_asked_by_id(source: &Source) -> Result<bool, Error> {
    let list = Catalogue::get().find(source.list);
    let list = list.ok_or_else(|| Error::internal(format!("there is no action {}", source.list)))?;
    let has_filter = arguments(source)?.contains_key("filter");
    Ok(source.read.is_none() && !has_filter && list.filters.contains(&source.id))
}
