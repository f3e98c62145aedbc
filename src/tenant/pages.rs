//! Walking the pages of a list, and telling what a walk cannot promise.
//!
//! Jamf clamps a page at 2,000 rows without a word, moves rows between pages while they are read, and times out on large
//! pages. So a walk ends at the total and not at a short page, drops rows that it has seen, and goes on by row offset with
//! smaller pages after a timeout.

use std::collections::HashSet;
use std::sync::Arc;

use jamf_pro_tools::{Action, Request, Rows};

use super::project::{self, Tally};
use super::send::Client;
use super::{Call, Listing, Projection, Reply, Walk, Wanted, version};
use crate::error::Error;

/// More pages than any fleet has.
const MOST_PAGES: u32 = 20_000;

/// Smallest page that a walk shrinks to.
const SMALLEST: u32 = 25;

/// See [`super::Tenant::list`].
pub(super) async fn walk(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    wanted: &Wanted,
    walk: &Walk,
    call: &Call,
) -> Result<Listing, Error> {
    match action.rows {
        Rows::Paged => Walker::new(client, action, request, wanted, walk, call).run().await,
        Rows::Whole | Rows::None => whole(client, action, request, wanted, walk, call).await,
    }
}

/// A list that comes at once; the page is cut here.
async fn whole(
    client: &Arc<Client>,
    action: &'static Action,
    request: &Request,
    wanted: &Wanted,
    walk: &Walk,
    call: &Call,
) -> Result<Listing, Error> {
    let reply = version::send(client, action, request, call).await?;
    let projection = wanted.projection(action, reply.older_path.is_some());
    let mut tally = projection.tally();
    let mut listing = Listing { older_path: reply.older_path, ..Listing::default() };
    let (first, last) = (walk.offset, walk.offset.saturating_add(u64::from(walk.page_size)));
    let (mut at, mut bytes) = (0, 0);
    let mut sink = |row: &str, _: Option<&str>| {
        if at >= first && (walk.all || at < last) {
            if bytes + row.len() > walk.budget && !listing.rows.is_empty() {
                listing.cut = true;
                return false;
            }
            bytes += row.len();
            listing.rows.push(row.to_owned());
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
    listing.total = Some(page.rows);
    listing.read = page.rows;
    listing.next_offset = (shown < page.rows).then_some(shown);
    describe(&mut listing, &projection, &tally);
    Ok(listing)
}

fn is_empty_body(reply: &Reply) -> bool {
    reply.body.iter().all(u8::is_ascii_whitespace)
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Unreachable {
        message: format!(
            "the tenant's answer is not JSON that can be read (at line {}, column {}); it may have been cut off. Try again",
            error.line(),
            error.column()
        ),
        retry_after: None,
    }
}

fn no_rows() -> Error {
    Error::Unreachable {
        message: "the tenant's answer holds no list where one was expected; this says nothing about what you asked for".to_owned(),
        retry_after: None,
    }
}

fn describe(listing: &mut Listing, projection: &Projection, tally: &Tally) {
    if !listing.rows.is_empty() {
        listing.absent = projection.absent(tally);
        listing.null_sections = projection.null_sections(tally);
    }
}

struct Walker<'a> {
    client: &'a Arc<Client>,
    action: &'static Action,
    request: Request,
    wanted: &'a Wanted,
    walk: &'a Walk,
    call: &'a Call,
    listing: Listing,
    seen: HashSet<String>,
    bytes: usize,
    /// Next row to ask for, and rows a page on the wire.
    offset: u64,
    size: u32,
    doubles: u64,
    first_total: Option<u64>,
}

impl<'a> Walker<'a> {
    fn new(
        client: &'a Arc<Client>,
        action: &'static Action,
        request: &Request,
        wanted: &'a Wanted,
        walk: &'a Walk,
        call: &'a Call,
    ) -> Self {
        let mut request = request.clone();
        // Rows keep their places between pages only in an order that does not change.
        let sorts = action
            .input_schema()
            .get("properties")
            .is_some_and(|properties| properties.get("sort").is_some());
        if walk.all && sorts && !request.query.iter().any(|(name, _)| name == "sort") {
            request.query.push(("sort".to_owned(), "id:asc".to_owned()));
            for older in &mut request.older {
                older.query.push(("sort".to_owned(), "id:asc".to_owned()));
            }
        }
        let size = divisor(walk.page_size.max(1), walk.offset);
        Self {
            client,
            action,
            request,
            wanted,
            walk,
            call,
            listing: Listing::default(),
            seen: HashSet::new(),
            bytes: 0,
            offset: walk.offset,
            size,
            doubles: 0,
            first_total: None,
        }
    }

    async fn run(mut self) -> Result<Listing, Error> {
        let mut tally: Option<(Projection, Tally)> = None;
        let mut pages = 0;
        loop {
            let reply = match self.page().await {
                Ok(reply) => reply,
                Err(error) if self.shrink(&error) => continue,
                Err(error) if pages == 0 => return Err(error),
                Err(error) => {
                    self.listing.failed = Some(error);
                    self.listing.next_offset = Some(self.offset);
                    break;
                }
            };
            pages += 1;
            let older = reply.older_path.is_some();
            self.listing.older_path = reply.older_path;
            let (projection, tally) = tally.get_or_insert_with(|| {
                let projection = self.wanted.projection(self.action, older);
                let tally = projection.tally();
                (projection, tally)
            });
            let rows = match self.take(&reply, projection, tally) {
                Ok(rows) => rows,
                Err(error) if pages == 1 => return Err(error),
                Err(error) => {
                    self.listing.failed = Some(error);
                    self.listing.next_offset = Some(self.offset);
                    break;
                }
            };
            if self.is_done(rows, pages) {
                break;
            }
        }
        if let Some((projection, tally)) = &tally {
            describe(&mut self.listing, projection, tally);
        }
        self.notes();
        Ok(self.listing)
    }

    async fn page(&mut self) -> Result<Reply, Error> {
        let page = self.offset / u64::from(self.size);
        set(&mut self.request.query, page, self.size);
        for older in &mut self.request.older {
            set(&mut older.query, page, self.size);
        }
        version::send(self.client, self.action, &self.request, self.call).await
    }

    /// After a timeout of the edge, smaller pages from the same row.
    fn shrink(&mut self, error: &Error) -> bool {
        let timed_out = matches!(error, Error::Unreachable { message, .. } if message.contains("(504)"));
        if !timed_out || self.size <= SMALLEST {
            return false;
        }
        self.size = divisor((self.size / 2).max(SMALLEST), self.offset);
        self.listing.notes.push(format!(
            "the tenant timed out on a large page; pages of {} rows were read from row {}",
            self.size, self.offset
        ));
        true
    }

    /// Take the rows of one page; answers how many it had.
    fn take(&mut self, reply: &Reply, projection: &Projection, tally: &mut Tally) -> Result<u64, Error> {
        let (listing, seen, bytes, doubles) =
            (&mut self.listing, &mut self.seen, &mut self.bytes, &mut self.doubles);
        let (budget, all) = (self.walk.budget, self.walk.all);
        let mut taken = 0_u64;
        let mut sink = |row: &str, id: Option<&str>| {
            if all && id.is_some_and(|id| !seen.insert(id.to_owned())) {
                *doubles += 1;
                taken += 1;
                return true;
            }
            if *bytes + row.len() > budget && !listing.rows.is_empty() {
                listing.cut = true;
                return false;
            }
            *bytes += row.len();
            listing.rows.push(row.to_owned());
            taken += 1;
            true
        };
        let page =
            project::page(&reply.body, projection, tally, &mut sink).map_err(|error| unreadable(&error))?;
        if !page.has_rows {
            return Err(no_rows());
        }
        self.first_total = self.first_total.or(page.total);
        if page.total.is_some() {
            self.listing.total = page.total;
        }
        self.listing.read += page.rows;
        self.offset += if self.listing.cut { taken } else { page.rows };
        if let Some(progress) = &self.call.progress {
            progress(self.offset, self.listing.total);
        }
        Ok(page.rows)
    }

    fn is_done(&mut self, rows: u64, pages: u32) -> bool {
        let more = match self.listing.total {
            Some(total) => self.offset < total && rows > 0,
            // Without a total only an empty page is the end, and a page that was not full is taken for it.
            None => rows > 0 && rows >= u64::from(self.size),
        };
        let clamped = rows > 0
            && rows < u64::from(self.size)
            && self.listing.total.is_some_and(|total| self.offset < total);
        if clamped && !self.listing.cut {
            let note = format!(
                "asked for {} rows a page, the tenant gave {rows}; it limits the size of a page",
                self.size
            );
            if !self.listing.notes.contains(&note) {
                self.listing.notes.push(note);
            }
            // Page numbers count in the size that was given.
            self.size = divisor(u32::try_from(rows).unwrap_or(u32::MAX).max(1), self.offset);
        }
        let enough = self.listing.cut || !self.walk.all || pages >= MOST_PAGES;
        if more && enough {
            self.listing.next_offset = Some(self.offset);
        }
        !more || enough
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
        let shown = self.listing.rows.len() as u64;
        if let Some(total) = self.listing.total.filter(|total| whole && shown < *total) {
            self.listing
                .notes
                .push(format!("the tenant counts {total} rows but gave {shown} different ones"));
        }
    }
}

/// The largest number of rows up to `most` whose pages have a border at `offset`.
fn divisor(most: u32, offset: u64) -> u32 {
    (1..=most).rev().find(|size| offset.is_multiple_of(u64::from(*size))).unwrap_or(1)
}

fn set(query: &mut Vec<(String, String)>, page: u64, size: u32) {
    query.retain(|(name, _)| name != "page" && name != "page-size");
    query.push(("page".to_owned(), page.to_string()));
    query.push(("page-size".to_owned(), size.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_a_border_where_the_walk_goes_on() {
        assert_eq!(divisor(1000, 0), 1000);
        assert_eq!(divisor(1000, 2000), 1000);
        assert_eq!(divisor(500, 1300), 325);
        assert_eq!(divisor(500, 1301), 1);
        assert_eq!(divisor(1, 7), 1);
    }

    #[test]
    fn paging_of_the_caller_is_replaced() {
        let mut query = vec![("page".to_owned(), "9".to_owned()), ("filter".to_owned(), "x".to_owned())];
        set(&mut query, 2, 100);
        let expected = [("filter", "x"), ("page", "2"), ("page-size", "100")];
        assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
