//! How old and how whole everything is that a view rests on. What is not whole has a reason, which every answer that rests on it has.

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_tools::object_id::ObjectId;

use crate::error::Error;
use crate::fleet::known::Known;
use crate::fleet::parts::{PARTS, Part};
use crate::fleet::store::{PartStatus, Snapshot};
use crate::fleet::tables::Value;

/// The status of each part at the moment of a view.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    parts: Vec<PartStatus>,
    /// Why a source is not whole, by its name.
    gaps: BTreeMap<&'static str, String>,
    /// The parts that were read from.
    used: BTreeSet<&'static str>,
}

impl Coverage {
    pub(super) fn read(snapshot: &Snapshot<'_>) -> Result<Self, Error> {
        let mut coverage = Self::default();
        for part in PARTS {
            let status = snapshot.status_of(part)?;
            for (source, of) in part.sources.iter().zip(&status.sources) {
                // What this server changed is not as it is kept until it is read again.
                let is_outdated = of.is_outdated || of.outdated_objects > 0;
                let outdated = || format!("{}: what this server changed is not read again yet", source.name);
                if let Some(gap) = of.missing().or_else(|| is_outdated.then(outdated)) {
                    coverage.gaps.insert(source.name, gap);
                }
            }
            coverage.parts.push(status);
        }
        Ok(coverage)
    }

    /// Note that a source is read from.
    pub(super) fn rest_on(&mut self, source: &str) {
        self.used.extend(part_of(source).map(|part| part.name));
    }

    /// Whether a source was read to its end, or why not.
    pub(super) fn whole(&self, source: &str) -> Known<()> {
        match self.gaps.get(source) {
            Some(gap) => Known::unknown(gap.clone()),
            None => Known::Known(()),
        }
    }

    /// The parts that were read from.
    pub(super) fn used(&self) -> impl Iterator<Item = &PartStatus> {
        self.parts.iter().filter(|status| self.used.contains(status.part.name))
    }
}

/// The part that a source belongs to.
pub(super) fn part_of(source: &str) -> Option<&'static Part> {
    PARTS.iter().find(|part| part.sources.iter().any(|own| own.name == source))
}

/// The ids of the objects of a source.
pub(super) fn objects(snapshot: &Snapshot<'_>, source: &str) -> Result<BTreeSet<ObjectId>, Error> {
    let mut found = BTreeSet::new();
    let sql = "SELECT id FROM fleet_objects WHERE source = ?1 AND NOT deleted";
    snapshot.each(sql, &[Value::Text(source.to_owned())], |row| {
        found.extend(row.text(0).as_deref().and_then(ObjectId::parse));
    })?;
    Ok(found)
}
