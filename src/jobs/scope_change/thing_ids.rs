//! The ids of the things that a caller names in a scope: devices are looked up together, lists are read once.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::{RowSet, Work, classic_objects, devices};
use super::{EntryChange, EntrySort, Scope};
use crate::error::Error;
use crate::sanitize::text;

/// The things that the entries of a call name.
pub(super) struct ThingIds<'a> {
    pub(super) work: &'a Work<'a>,
    devices: BTreeMap<String, devices::Device>,
    lists: BTreeMap<&'static str, RowSet>,
}

impl<'a> ThingIds<'a> {
    pub(super) async fn look_up(
        work: &'a Work<'a>,
        changes: &[EntryChange],
        scope: &Scope,
    ) -> Result<Self, Error> {
        let is_device = |change: &&EntryChange| {
            change.is_addition && change.sort.found_in.is_none() && !change.is_by_name && !scope.has(change)
        };
        let names: Vec<String> =
            changes.iter().filter(is_device).filter_map(|change| change.name.clone()).collect();
        let devices = devices::each(work, &names).await?;
        Ok(Self { work, devices: names.into_iter().zip(devices).collect(), lists: BTreeMap::new() })
    }

    /// The id of a named thing.
    pub(super) async fn id_of(&mut self, sort: &'static EntrySort, name: &str) -> Result<String, Error> {
        if let Some((list, field)) = sort.found_in {
            if !self.lists.contains_key(list) {
                let rows = self.work.rows(list, json!({}), &["id", field]).await?;
                self.lists.insert(list, rows);
            }
            let found = self.lists.get(list).ok_or_else(|| Error::internal("a list was lost"))?;
            return classic_objects::id_among(found, (list, field), name, &sort.sort.replace('_', " "));
        }
        let device = self.devices.get(name).ok_or_else(|| Error::internal("a device was lost"))?;
        if device.kind != sort.sort {
            return Err(Error::caller(format!(
                "`{}` is a {}, not a {}",
                text::clean(name),
                device.kind.replace('_', " "),
                sort.sort.replace('_', " ")
            )));
        }
        Ok(device.fact("id"))
    }
}
