//! Comparison of an evaluated group with the members that Jamf itself has. Only where the present members are reproduced is it
//! believed who would be in the group after a change. The main types are [`Calibration`] and [`Change`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jamf_pro_tools::object_id::ObjectId;

use crate::fleet::known::{Known, Reasons};
use crate::sanitize::text;

/// Names that are shown of those who differ.
const SHOWN: usize = 20;

/// How the members of a group, evaluated here, compare with Jamf's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calibration {
    /// How many are members for both, or for neither.
    pub agreed: usize,
    /// Members for Jamf and not by the evaluation, by name.
    pub missing: Vec<String>,
    /// Members by the evaluation and not for Jamf, by name.
    pub extra: Vec<String>,
    /// How many are unknown by the evaluation.
    pub unknown: usize,
    /// Why they are.
    pub reasons: Option<Reasons>,
}

impl Calibration {
    /// Compare. `evaluated` has each record once, and `name_of` the names of those that differ; an id of Jamf's that is no record is
    /// missing.
    pub fn new<'a>(
        evaluated: impl IntoIterator<Item = (&'a ObjectId, Known<bool>)>,
        name_of: impl Fn(&ObjectId) -> String,
        members: &BTreeSet<ObjectId>,
    ) -> Self {
        let mut found = Self::default();
        let mut seen = BTreeSet::new();
        for (id, is_in) in evaluated {
            let is_member = members.contains(id);
            if is_member {
                seen.insert(id);
            }
            match (is_in, is_member) {
                (Known::Unknown(reasons), _) => {
                    found.unknown += 1;
                    found.reasons = Some(match found.reasons.take() {
                        Some(known) => known.and(reasons),
                        None => reasons,
                    });
                }
                (Known::Known(false), true) => found.missing.push(name_of(id)),
                (Known::Known(true), false) => found.extra.push(name_of(id)),
                _ => found.agreed += 1,
            }
        }
        let rest = members.iter().filter(|id| !seen.contains(id));
        found.missing.extend(rest.map(|id| format!("id {id}")));
        found
    }

    /// Whether Jamf's members are reproduced, as far as they are known here.
    pub fn is_reproduced(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && (self.agreed > 0 || self.unknown == 0)
    }
}

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |all: &[String]| {
            let shown: Vec<String> = all.iter().take(SHOWN).map(|name| text::quoted(name, 60)).collect();
            let more = all.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}", shown.join(", "))
        };
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            let count = self.missing.len();
            parts
                .push(format!("{count} members for Jamf are none by the criteria: {}", names(&self.missing)));
        }
        if !self.extra.is_empty() {
            let count = self.extra.len();
            parts.push(format!(
                "{count} are members by the criteria and not for Jamf: {}",
                names(&self.extra)
            ));
        }
        if let Some(reasons) = &self.reasons {
            parts.push(format!("{} could not be evaluated: {reasons}", self.unknown));
        }
        if parts.is_empty() {
            parts.push("the members that Jamf has are reproduced".to_owned());
        }
        f.write_str(&parts.join("; "))
    }
}

/// Who enters and leaves a group when it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Those who enter it.
    pub gained: BTreeSet<ObjectId>,
    /// Those who leave it.
    pub lost: BTreeSet<ObjectId>,
    /// Those of whom it is not known.
    pub unknown: BTreeMap<ObjectId, Reasons>,
}

impl Change {
    /// Compare the members that Jamf has now with who would be a member after a change. Where the calibration does not reproduce the
    /// present members, everybody is unknown.
    pub fn new(
        calibration: &Calibration,
        members: &BTreeSet<ObjectId>,
        after: impl IntoIterator<Item = (ObjectId, Known<bool>)>,
    ) -> Self {
        let mut found = Self::default();
        let mistrust = (!calibration.is_reproduced()).then(|| {
            Reasons::one(format!(
                "the present criteria, evaluated here, do not choose the members that Jamf has: {calibration}"
            ))
        });
        for (id, is_in) in after {
            match (&mistrust, is_in) {
                (Some(reasons), _) => {
                    found.unknown.insert(id, reasons.clone());
                }
                (None, Known::Unknown(reasons)) => {
                    found.unknown.insert(id, reasons);
                }
                (None, Known::Known(is_in)) => match (members.contains(&id), is_in) {
                    (false, true) => drop(found.gained.insert(id)),
                    (true, false) => drop(found.lost.insert(id)),
                    _ => {}
                },
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> ObjectId {
        ObjectId::Number(number)
    }

    fn members(ids: &[u64]) -> BTreeSet<ObjectId> {
        ids.iter().copied().map(id).collect()
    }

    fn calibrated(evaluated: &[(u64, Known<bool>)], jamf: &[u64]) -> Calibration {
        let rows: Vec<(ObjectId, Known<bool>)> =
            evaluated.iter().map(|(own, is_in)| (id(*own), is_in.clone())).collect();
        let all = rows.iter().map(|(id, is_in)| (id, is_in.clone()));
        Calibration::new(all, |id| format!("Mac {id}"), &members(jamf))
    }

    const IN: Known<bool> = Known::Known(true);
    const OUT: Known<bool> = Known::Known(false);

    #[test]
    fn a_group_is_believed_when_the_present_members_are_reproduced() {
        let same = calibrated(&[(1, IN), (2, OUT)], &[1]);
        assert!(same.is_reproduced());
        assert_eq!(same.to_string(), "the members that Jamf has are reproduced");
        let change =
            Change::new(&same, &members(&[1]), [(id(1), OUT), (id(2), IN), (id(3), Known::unknown("x"))]);
        assert_eq!((change.gained, change.lost), (members(&[2]), members(&[1])));
        assert_eq!(change.unknown.keys().collect::<Vec<_>>(), [&id(3)]);
    }

    #[test]
    fn a_mismatch_is_told_and_makes_the_change_unknown() {
        let other = calibrated(&[(1, OUT), (2, IN)], &[1, 9]);
        assert!(!other.is_reproduced());
        assert_eq!(
            other.to_string(),
            "2 members for Jamf are none by the criteria: \"Mac 1\", \"id 9\"; 1 are members by the criteria and not for Jamf: \"Mac 2\""
        );
        let change = Change::new(&other, &members(&[1, 9]), [(id(1), OUT)]);
        assert!(change.lost.is_empty());
        assert!(change.unknown[&id(1)].to_string().contains("Mac 2"));
    }

    #[test]
    fn unknown_ones_are_counted_and_alone_prove_nothing() {
        let some = calibrated(&[(1, IN), (2, Known::unknown("x"))], &[1, 2]);
        assert!(some.is_reproduced());
        assert_eq!(some.to_string(), "1 could not be evaluated: x");
        assert!(!calibrated(&[(2, Known::unknown("x"))], &[2]).is_reproduced());
        assert!(calibrated(&[], &[]).is_reproduced());
    }

    #[test]
    fn at_most_twenty_names_are_shown() {
        let many: Vec<(u64, Known<bool>)> = (0..30).map(|own| (own + 1, IN)).collect();
        let text = calibrated(&many, &[]).to_string();
        assert!(text.contains("and 10 more"), "{text}");
        assert_eq!(text.matches("Mac ").count(), 20);
    }
}
