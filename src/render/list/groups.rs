//! Groups of rows as the rows of an answer, with what must be said of those that are not shown.

use jamf_pro_client::Listing;

use super::ListRequest;

impl ListRequest<'_> {
    /// The listing of a walk with the groups in the place of the rows that were counted; as it is where nobody asked for groups.
    pub fn grouped(&self, mut listing: Listing) -> Listing {
        let Some(groups) = &self.question.groups else { return listing };
        let counts = groups.counts();
        let is_whole = self.flag("save");
        let most = if is_whole || self.flag("all") { u64::MAX } else { self.page().1 };
        let all = u64::try_from(counts.groups.len()).unwrap_or(u64::MAX);
        let position = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        listing.rows = counts.groups.into_iter().skip(position(self.first())).take(position(most)).collect();
        let (mut size, room) = (0, self.limits.room());
        let is_fitting = |row: &&String| {
            size += row.chars().count() + 1;
            is_whole || size <= room
        };
        let fitting = listing.rows.iter().take_while(is_fitting).count();
        listing.is_cut = fitting < listing.rows.len();
        listing.rows.truncate(fitting.max(1));
        let end = self.first().saturating_add(u64::try_from(listing.rows.len()).unwrap_or(u64::MAX));
        listing.next_offset = (end < all).then_some(end);
        listing.passed = Some(all);
        if counts.smaller > 0 {
            listing.notes.push(format!(
                "{} groups have fewer than {} rows",
                counts.smaller,
                groups.at_least()
            ));
        }
        if counts.beyond > 0 {
            listing.notes.push(format!(
                "INCOMPLETE: there are too many groups; {} rows of further groups are not among these",
                counts.beyond
            ));
        }
        listing
    }

    /// Why there is no group where rows were counted.
    pub(super) fn no_group(&self, listing: &Listing) -> Option<String> {
        let groups = self.question.groups.as_ref().filter(|groups| groups.rows() > 0)?;
        Some(match listing.passed {
            Some(passed) if passed > 0 => {
                format!("there is nothing on this page: there are {passed} groups, from page 0")
            }
            _ => format!("no group has {} rows", groups.at_least()),
        })
    }
}
