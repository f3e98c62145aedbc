//! Walking the pages of a list, and telling what a walk cannot promise.
//!
//! Jamf clamps a page at 2,000 rows without a word, moves rows between pages while they are read, and times out on large
//! pages. So a walk ends at the total and not at a short page, drops rows that it has seen, and goes on by row offset with
//! smaller pages after a timeout.

use std::collections::HashSet;
use std::sync::Arc;

use jamf_pro_tools::{Action, Request, Rows};

use crate::error::Error;
use crate::project::{self, Tally};
use crate::send::{Client, FailedAttempt, Manner};
use crate::{Call, FieldSelection, Listing, Projection, Reply, Step, Through, Walk, version};

/// More pages than any fleet has.
const MOST_PAGES: u32 = 20_000;

/// Largest page that is asked for. Jamf silently gives less than some sizes, at the least 1,000; what a caller calls a page
/// may be several.
const LARGEST: u32 = 1_000;

/// Smallest page that a walk shrinks to.
const SMALLEST: u32 = 25;

/// See [`crate::Tenant::list`].
pub(crate) async fn walk(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    wanted: &FieldSelection,
    walk: &Walk,
    through: Option<&Through>,
    call: &Call,
) -> Result<Listing, Error> {
    match action.rows {
        Rows::Paged => {
            let mut walker = Walker::new(client, action, request, wanted, walk, call);
            walker.through = through;
            walker.run().await
        }
        Rows::Whole | Rows::None => whole(client, action, request, wanted, walk, through, call).await,
    }
}

/// A list that comes at once; the page is cut here.
async fn whole(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    wanted: &FieldSelection,
    walk: &Walk,
    through: Option<&Through>,
    call: &Call,
) -> Result<Listing, Error> {
    let reply = version::send(client, action, request, call, Manner::default()).await?;
    let projection = wanted.projection(action, reply.older_path.is_some());
    let mut tally = projection.tally();
    let mut listing = Listing { older_path: reply.older_path, ..Listing::default() };
    let (first, last) = (walk.offset, walk.offset.saturating_add(u64::from(walk.page_size)));
    let judged = through.is_some_and(|through| through.window.is_some());
    let (mut at, mut bytes) = (0, 0);
    let mut sink = |row: &str, _: Option<&str>| {
        let row = match through {
            Some(through) => match (through.each)(row) {
                Some(row) => row,
                None => return true,
            },
            None => row.to_owned(),
        };
        if at >= first && (walk.all || at < last) && !listing.is_cut {
            listing.is_cut = bytes + row.len() > walk.budget && !listing.rows.is_empty();
            if listing.is_cut {
                // Rows that are judged here are counted to the end.
                at += 1;
                return judged;
            }
            bytes += row.len();
            listing.rows.push(row);
        }
        at += 1;
        true
    };
    let page =
        project::page(&reply.body, &projection, &mut tally, &mut sink).map_err(|error| unreadable(&error))?;
    if !page.has_rows && !is_empty_body(&reply) {
        return Err(no_rows());
    }
    let shown = first + listing.rows.len() as u64;
    let total = if judged { at } else { page.rows };
    listing.total = Some(total);
    listing.passed = judged.then_some(at);
    listing.read = page.rows;
    listing.pages = 1;
    listing.next_offset = (shown < total).then_some(shown);
    describe(&mut listing, &projection, &tally);
    client.spare.keep(reply.body);
    Ok(listing)
}

fn is_empty_body(reply: &Reply) -> bool {
    reply.body.iter().all(u8::is_ascii_whitespace)
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::unreachable(format!(
        "the tenant's answer is not JSON that can be read (at line {}, column {}); it may have been cut off",
        error.line(),
        error.column()
    ))
    .hint("try again")
}

fn no_rows() -> Error {
    Error::unreachable(
        "the tenant's answer holds no list where one was expected; this says nothing about what you asked for",
    )
}

fn describe(listing: &mut Listing, projection: &Projection, tally: &Tally) {
    if listing.read > 0 {
        listing.absent = projection.absent(tally);
        listing.null_sections = projection.null_sections(tally);
    }
}

struct Walker<'a> {
    client: &'a Arc<Client>,
    action: &'static Action,
    request: Request,
    wanted: &'a FieldSelection,
    walk: &'a Walk,
    through: Option<&'a Through>,
    call: &'a Call,
    listing: Listing,
    seen: HashSet<String>,
    bytes: usize,
    /// Next row to take, and rows a page on the wire.
    offset: u64,
    size: u32,
    /// Rows still to take, unless all are wanted.
    left: Option<u64>,
    /// A page of this size, or of a larger one, came back full: the tenant does not limit it.
    is_confirmed: bool,
    /// A page that was shorter than asked for: (asked, got). More rows after it prove that the tenant limits pages.
    short: Option<(u32, u64)>,
    doubles: u64,
    first_total: Option<u64>,
}

/// What one page brought.
enum Turn {
    /// It cannot be told which rows these are; the page is asked for again in another size.
    Again,
    /// Rows were taken, and there are more.
    Further,
    End,
}

impl<'a> Walker<'a> {
    fn new(
        client: &'a Arc<Client>,
        action: &'static Action,
        request: &Request,
        wanted: &'a FieldSelection,
        walk: &'a Walk,
        call: &'a Call,
    ) -> Self {
        let mut request = request.clone();
        // Rows keep their places between pages only in an order that does not change.
        let sorts = action
            .checked_schema()
            .get("properties")
            .is_some_and(|properties| properties.get("sort").is_some())
            && (action.sorts.is_empty() || action.sorts.contains(&"id"));
        if walk.all && sorts && !request.query.iter().any(|(name, _)| name == "sort") {
            request.query.push(("sort".to_owned(), "id:asc".to_owned()));
            for older in &mut request.older {
                older.query.push(("sort".to_owned(), "id:asc".to_owned()));
            }
        }
        Self {
            client,
            action,
            request,
            wanted,
            walk,
            through: None,
            call,
            listing: Listing::default(),
            seen: HashSet::new(),
            bytes: 0,
            offset: walk.offset,
            size: walk.page_size.clamp(1, LARGEST),
            left: (!walk.all).then_some(u64::from(walk.page_size.max(1))),
            is_confirmed: false,
            short: None,
            doubles: 0,
            first_total: None,
        }
    }

    async fn run(mut self) -> Result<Listing, Error> {
        let mut tally: Option<(Projection, Tally)> = None;
        let mut requested = 0;
        loop {
            if requested == MOST_PAGES {
                self.listing.next_offset = Some(self.offset);
                break;
            }
            requested += 1;
            let turn = match self.page().await {
                Ok(reply) => {
                    self.listing.pages += 1;
                    self.listing.older_path = reply.older_path;
                    let (projection, tally) = tally.get_or_insert_with(|| {
                        let projection = self.wanted.projection(self.action, reply.older_path.is_some());
                        let tally = projection.tally();
                        (projection, tally)
                    });
                    let turn = self.take(&reply, projection, tally);
                    self.client.spare.keep(reply.body);
                    turn
                }
                Err(failed_attempt) if failed_attempt.is_slow() && self.shrink() => continue,
                Err(failed_attempt) => Err(failed_attempt.error),
            };
            match turn {
                Ok(Turn::Again | Turn::Further) => {}
                Ok(Turn::End) => break,
                Err(error) if self.listing.read == 0 => return Err(error),
                Err(error) => {
                    self.listing.failed = Some(error);
                    self.listing.next_offset = Some(self.offset);
                    break;
                }
            }
        }
        if let Some((projection, tally)) = &tally {
            describe(&mut self.listing, projection, tally);
        }
        self.notes();
        if let Some(window) = self.through.and_then(|through| through.window) {
            let passed = self.listing.passed.get_or_insert(0);
            let shown = window.first + self.listing.rows.len() as u64;
            let is_unfinished = self.listing.failed.is_some();
            self.listing.next_offset = (shown < *passed || is_unfinished).then_some(shown);
        }
        Ok(self.listing)
    }

    /// The page that holds the next row.
    async fn page(&mut self) -> Result<Reply, FailedAttempt> {
        let page = self.offset / u64::from(self.size);
        set_page(&mut self.request.query, page, self.size);
        for older in &mut self.request.older {
            set_page(&mut older.query, page, self.size);
        }
        let manner = Manner { can_shrink: self.size > SMALLEST };
        version::send(self.client, self.action, &self.request, self.call, manner).await
    }

    /// After a page that did not come in time, smaller ones from the same row.
    fn shrink(&mut self) -> bool {
        if self.size <= SMALLEST {
            return false;
        }
        self.size = (self.size / 2).max(SMALLEST);
        self.listing.notes.push(format!(
            "the tenant timed out on a large page; pages of {} rows were read from row {}",
            self.size, self.offset
        ));
        true
    }

    /// Take the rows of one page, from the next one that is wanted.
    fn take(&mut self, reply: &Reply, projection: &Projection, tally: &mut Tally) -> Result<Turn, Error> {
        let start = self.offset / u64::from(self.size) * u64::from(self.size);
        let skip = self.offset - start;
        let (mut at, mut taken, mut bytes) = (0, Vec::new(), self.bytes);
        let mut cut = false;
        let judged = self.is_judged();
        let (budget, left, first) = (self.walk.budget, self.left, self.listing.rows.is_empty());
        // Kept aside until the end of the page tells which rows these are.
        let mut sink = |row: &str, id: Option<&str>| {
            at += 1;
            if at <= skip {
                return true;
            }
            if left.is_some_and(|left| taken.len() as u64 >= left) {
                return false;
            }
            cut = !judged && bytes + row.len() > budget && !(first && taken.is_empty());
            if !cut {
                bytes += row.len();
                taken.push((row.to_owned(), id.map(str::to_owned)));
            }
            !cut
        };
        let page =
            project::page(&reply.body, projection, tally, &mut sink).map_err(|error| unreadable(&error))?;
        if !page.has_rows {
            return Err(no_rows());
        }
        if self.is_limited(start, skip, &page) {
            return Ok(Turn::Again);
        }
        self.first_total = self.first_total.or(page.total);
        self.listing.total = page.total.or(self.listing.total);
        self.listing.is_cut |= cut;
        self.offset += taken.len() as u64;
        self.listing.read += taken.len() as u64;
        self.left = self.left.map(|left| left.saturating_sub(taken.len() as u64));
        self.keep(taken);
        if let Some(progress) = &self.call.progress {
            progress(Step { done: self.offset, total: self.listing.total, what: "rows read" });
        }
        Ok(self.turn(start, skip, &page))
    }

    /// Pages are counted in the size that the tenant really gives. Where it gives less than was asked for, and does not say
    /// so, a later page is of other rows than it seems to be: it has another number of rows than the total leaves for it.
    fn is_limited(&mut self, start: u64, skip: u64, page: &project::Page) -> bool {
        let size = u64::from(self.size);
        if page.rows >= size {
            self.is_confirmed = true;
        }
        let due = page.total.map(|total| total.saturating_sub(start).min(size));
        let as_due = page.total.is_none() || due == Some(page.rows) || page.rows == 0;
        // The first page is of the first rows in any case, though it may end before the one that is wanted.
        if self.is_confirmed || as_due || (start == 0 && page.rows > skip) {
            return false;
        }
        self.short = Some((self.size, page.rows));
        // The tenant gave this many at once, so it gives pages of this size whole.
        self.size = u32::try_from(page.rows).unwrap_or(self.size);
        true
    }

    fn note_limit(&mut self, requested: u32, got: u64) {
        self.listing.notes.push(format!(
            "asked for {requested} rows a page, the tenant gave {got}; it limits the size of a page"
        ));
    }

    /// Whether rows are judged here, so that all of them must be read.
    fn is_judged(&self) -> bool {
        self.through.is_some_and(|through| through.window.is_some())
    }

    fn keep(&mut self, taken: Vec<(String, Option<String>)>) {
        for (row, id) in taken {
            if self.walk.all && id.is_some_and(|id| !self.seen.insert(id)) {
                self.doubles += 1;
                continue;
            }
            let row = match self.through {
                Some(through) => match (through.each)(&row) {
                    Some(row) => row,
                    None => continue,
                },
                None => row,
            };
            if let Some(window) = self.through.and_then(|through| through.window) {
                let at = self.listing.passed.unwrap_or_default();
                self.listing.passed = Some(at + 1);
                if at < window.first || at - window.first >= window.most || self.listing.is_cut {
                    continue;
                }
                self.listing.is_cut =
                    self.bytes + row.len() > self.walk.budget && !self.listing.rows.is_empty();
                if self.listing.is_cut {
                    continue;
                }
            }
            self.bytes += row.len();
            self.listing.rows.push(row);
        }
    }

    fn turn(&mut self, start: u64, skip: u64, page: &project::Page) -> Turn {
        let size = u64::from(self.size);
        let new = page.rows > skip;
        let more = new
            && (self.offset < start + page.rows
                || match self.listing.total {
                    Some(total) => self.offset < total,
                    // Without a total, a page that was not full is taken for the last.
                    None => page.rows >= size,
                });
        if new && let Some((asked, got)) = self.short.take() {
            self.note_limit(asked, got);
        }
        if !more {
            return Turn::End;
        }
        if (self.listing.is_cut && !self.is_judged()) || self.left == Some(0) {
            self.listing.next_offset = Some(self.offset);
            return Turn::End;
        }
        if page.rows < size && !self.is_confirmed {
            self.short = Some((self.size, page.rows));
            self.size = u32::try_from(page.rows).unwrap_or(self.size).max(1);
            self.is_confirmed = true;
        }
        Turn::Further
    }

    fn notes(&mut self) {
        if self.doubles > 0 {
            self.listing.notes.push(format!(
                "{} rows came twice, because the list changed while it was read, and were dropped",
                self.doubles
            ));
        }
        if let (Some(first), Some(last)) = (self.first_total, self.listing.total)
            && first != last
        {
            self.listing.notes.push(format!(
                "the list changed while it was read: it had {first} rows at first and {last} at the end"
            ));
        }
        let whole = self.walk.all
            && self.walk.offset == 0
            && self.listing.next_offset.is_none()
            && self.listing.failed.is_none();
        let different = self.listing.read - self.doubles;
        if let Some(total) = self.listing.total.filter(|total| whole && different < *total) {
            self.listing
                .notes
                .push(format!("the tenant counts {total} rows but gave {different} different ones"));
        }
    }
}

fn set_page(query: &mut Vec<(String, String)>, page: u64, size: u32) {
    query.retain(|(name, _)| name != "page" && name != "page-size");
    query.push(("page".to_owned(), page.to_string()));
    query.push(("page-size".to_owned(), size.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paging_of_the_caller_is_replaced() {
        let mut query = vec![("page".to_owned(), "9".to_owned()), ("filter".to_owned(), "x".to_owned())];
        set_page(&mut query, 2, 100);
        let expected = [("filter", "x"), ("page", "2"), ("page-size", "100")];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
