//! The columns that a list has from the fleet are read before its rows. Where they are not there in time, a list answers without those that
//! nobody asked for, and says so.

use std::time::Duration;

use jamf_pro_tools::joins::Join;
use serde_json::{Value, json};

use super::execute::PreparedCall;
use crate::error::{Error, Kind};
use crate::fleet::access::{FleetReader, Patience};
use crate::fleet::joins::JoinedRows;
use crate::fleet::readiness::NotYet;
use crate::fleet::store::PartStatus;
use crate::query::joins::{JoinedValues, Needed};

/// How long a list waits for columns that the caller asks for, and for those that it answers by itself. With the walk of its rows it is
/// answered within 40 seconds.
const WAIT: Duration = Duration::from_secs(25);
const WAIT_FOR_DEFAULTS: Duration = Duration::from_secs(10);

/// The rows of one join, or why they are not there.
enum Read {
    Rows(JoinedValues),
    NotYet(NotYet),
}

impl PreparedCall {
    /// Read the columns of the fleet that the question needs. The answer of the call where it asks for some that are still loaded.
    ///
    /// # Errors
    /// When the caller asks for columns that are not allowed or not kept here, or gives the call up.
    pub(super) async fn read_joins(&mut self) -> Result<Option<Value>, Error> {
        if self.question.joins.is_empty() {
            return Ok(None);
        }
        let needed = self.question.joins.needed();
        let is_required = needed.iter().any(|one| one.is_required);
        let fleet = match self.call.fleets.of(&self.tenant).await? {
            Some(fleet) => fleet,
            None if is_required => {
                return Err(Error::operator(format!(
                    "{} cannot be answered: the fleet is off (`fleet.storage` is `off`)",
                    paths(needed.iter().filter(|one| one.is_required))
                ))
                .hint("set `fleet.storage` to `memory` or `disk`"));
            }
            None => {
                let note = format!(
                    "{} are not among these: the fleet is off (`fleet.storage` is `off`)",
                    paths(needed)
                );
                self.question.joins.notes.push(note);
                return Ok(None);
            }
        };
        let wait = if is_required { WAIT } else { WAIT_FOR_DEFAULTS };
        let patience = Patience::of(&self.checked, wait);
        let reader = FleetReader::new(fleet, self.call.access.clone(), patience, self.call.watch());
        let reads = needed.iter().map(|one| read(&reader, patience, one));
        let (mut found, mut notes): (Vec<(&'static Join, JoinedValues)>, Vec<String>) = Default::default();
        for (one, read) in needed.iter().zip(futures::future::join_all(reads).await) {
            match read {
                Ok(Read::Rows(rows)) => found.push((one.join, rows)),
                Ok(Read::NotYet(progress)) if one.is_required => {
                    return Ok(Some(patience.not_yet(&progress)));
                }
                Ok(Read::NotYet(progress)) => {
                    notes.push(format!("{} are not among these yet: {progress}", paths([one])));
                }
                Err(error) if one.is_required || matches!(error.kind(), Kind::Cancelled) => {
                    return Err(error);
                }
                // What a list has by itself is no reason to answer nothing.
                Err(error) => notes.push(error.to_string()),
            }
        }
        let joins = &mut self.question.joins;
        let mut gaps = Vec::new();
        for status in reader.statuses() {
            joins.as_of.insert(status.part.name.to_owned(), json!(status.as_of()));
            gaps.extend(status.missing());
        }
        if !gaps.is_empty() {
            notes.push(format!("{} are INCOMPLETE: {}", paths(joins.needed()), gaps.join("; ")));
        }
        joins.take(found);
        joins.notes = notes;
        let missing: Vec<&str> = self.question.joins.missing().collect();
        self.question.fields.retain(|field| !missing.contains(&field.as_str()));
        Ok(None)
    }
}

/// The rows of one join.
async fn read(reader: &FleetReader, patience: Patience, needed: &Needed) -> Result<Read, Error> {
    let rows = JoinedRows::find(needed.join.rows);
    let rows = rows.ok_or_else(|| Error::internal(format!("there are no rows {}", needed.join.rows)))?;
    let parts = rows.parts();
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    let max_age = patience.max_age.or(rows.max_age());
    if let Some(progress) = reader.prepare_columns(&paths([needed]), parts, max_age).await? {
        return Ok(Read::NotYet(progress));
    }
    let (columns, values) = rows.read(reader).await?;
    let statuses = reader.statuses();
    let is_complete =
        statuses.iter().filter(|status| names.contains(&status.part.name)).all(PartStatus::is_complete);
    Ok(Read::Rows(JoinedValues { columns, rows: values, is_complete }))
}

/// The columns of joins by their names.
fn paths<'a>(needed: impl IntoIterator<Item = &'a Needed>) -> String {
    let columns = needed.into_iter().flat_map(|one| &one.columns).map(|column| format!("`{}`", column.path));
    columns.collect::<Vec<_>>().join(", ")
}
