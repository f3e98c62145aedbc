//! Loads one source of a part from its tenant into the store: page by page, from where an interrupted load left off.
//!
//! Requests wait for their turn in the client's queue as those of one connection do. What is asked for follows from the tables: the fields
//! of their columns and nothing else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use jamf_pro_client::{Call, FieldSelection, Listing, Reader, Step, Walk};
use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Catalogue, Problems, Request, Rows};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value as Json, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::parts::{PARTS, Source};
use super::store::{Lease, Load, Page, Record, Records, SourceStatus, Store, now};
use super::tables::{Names, OWN_LISTS, Origin, Value, filled_by};
use crate::error::{Error, Kind};

mod changed;
mod objects;

pub(super) use changed::ANY_AGE;

/// How long one page may take, with all its attempts.
const PATIENCE: Duration = Duration::from_secs(180);

/// A page that takes longer than this is followed by smaller ones.
const SLOW: Duration = Duration::from_secs(20);

/// Requests for the fleet that a process has at its tenant at the same time: as many as the client has places. Reads of single objects are
/// short, and a call that comes meanwhile has the next turn.
pub(super) const AT_ONCE: usize = 5;

/// Pages of lists among them, from the request until its rows are kept: a page can take long, and a call that comes meanwhile is not to wait
/// for one; and a page of computers has some megabytes.
const PAGES_AT_ONCE: usize = 3;

/// Names that the fleet keeps are taken from it for this long: what was read a moment ago is not asked for once more.
const KEPT_NAMES: SignedDuration = SignedDuration::from_mins(10);

/// The smallest page that is asked for.
const SMALLEST: u32 = 25;

/// How far the load of a source is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The name of the source.
    pub source: &'static str,
    /// Rows that were read.
    pub read: u64,
    /// All rows, where their number is known.
    pub total: Option<u64>,
    /// Another process reads them.
    pub is_elsewhere: bool,
}

/// Gets the progress of loads.
pub type Listener = Arc<dyn Fn(Progress) + Send + Sync>;

/// How a load is waited for.
#[derive(Clone, Default)]
pub struct Watch {
    /// Fires when nobody waits for it any more. What was read stays, and the next load goes on from there.
    pub cancelled: CancellationToken,
    /// Gets the progress.
    pub progress: Option<Listener>,
}

impl Watch {
    /// The watch of somebody who calls the tenant.
    pub fn of(call: &Call) -> Self {
        let tell = call.progress.clone().map(|progress| -> Listener {
            Arc::new(move |heard: Progress| {
                progress(Step { done: heard.read, total: heard.total, what: heard.source });
            })
        });
        Self { cancelled: call.cancelled.clone(), progress: tell }
    }

    pub(super) fn tell(&self, progress: Progress) {
        if let Some(listener) = &self.progress {
            listener(progress);
        }
    }
}

/// The requests that a process may have at a tenant for the fleet.
#[derive(Debug)]
pub(super) struct Places {
    all: Semaphore,
    pages: Semaphore,
}

/// The place of a page.
type PagePlace<'a> = (SemaphorePermit<'a>, SemaphorePermit<'a>);

impl Places {
    pub(super) fn new() -> Self {
        Self { all: Semaphore::new(AT_ONCE), pages: Semaphore::new(PAGES_AT_ONCE) }
    }

    /// Wait until one more object may be asked for.
    async fn for_object(&self) -> Result<SemaphorePermit<'_>, Stop> {
        self.all.acquire().await.map_err(|_| Stop::Ended(Error::cancelled()))
    }

    /// Wait until one more page of a list may be asked for.
    async fn for_page(&self) -> Result<PagePlace<'_>, Stop> {
        let page = self.pages.acquire().await.map_err(|_| Stop::Ended(Error::cancelled()))?;
        Ok((page, self.for_object().await?))
    }
}

/// Why a load did not come to its end.
pub(super) enum Stop {
    /// Another process has it, or the fleet was cleared.
    TakenOver,
    /// The tenant did not answer it.
    Failed(Error),
    /// The store failed, or nobody waits any more.
    Ended(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Ended(error)
    }
}

/// Loads sources of one tenant.
pub(super) struct Loader<'a> {
    pub(super) store: &'a Store,
    pub(super) reader: &'a Reader,
    pub(super) places: &'a Places,
    pub(super) lease: &'a Arc<Lease>,
    pub(super) watch: &'a Watch,
}

/// What is sent for each page of a source.
struct Query {
    action: &'static Action,
    request: Request,
    wanted: FieldSelection,
}

/// The answer to one page.
struct Answer<'a> {
    _place: PagePlace<'a>,
    listing: Listing,
    offset: u64,
    size: u32,
    read_at: String,
    revision: i64,
    took: Duration,
}

impl Loader<'_> {
    /// Load all objects of a source; a load that was interrupted within this time goes on. Objects that are read one by one are kept as they
    /// are until they are older than `max_age`.
    pub(super) async fn load(
        &self,
        source: &'static Source,
        within: Duration,
        max_age: Duration,
    ) -> Result<(), Stop> {
        match &source.read {
            Some(read) => self.load_objects(source, read, within, max_age).await,
            None => self.load_list(source, within).await,
        }
    }

    async fn load_list(&self, source: &'static Source, within: Duration) -> Result<(), Stop> {
        let names = Arc::new(self.names(source).await?);
        let mut load = self.store.run(move |store| store.begin(source, within)).await?;
        self.tell(source, load.next_offset, load.total);
        let query = query(source, load.since.as_deref())?;
        let mut walks = 0;
        loop {
            let total = self.walk(source, &query, &mut load, &names).await?;
            walks += 1;
            let (counted, lease) = (load.clone(), self.lease.clone());
            let met = self.store.run(move |store| store.count(&counted)).await?;
            let is_whole = total.is_none_or(|total| met >= total);
            // Rows move between pages when others delete objects meanwhile: what a page missed, a second walk meets.
            if !is_whole && walks < 2 {
                load.next_offset = 0;
                continue;
            }
            let missing = total.filter(|_| !is_whole).map(|total| {
                format!("the list changed while it was read: {met} of {total} objects were met")
            });
            let finished =
                self.store.run(move |store| store.finish(&lease, &load, missing.as_deref())).await?;
            return if finished { Ok(()) } else { Err(Stop::TakenOver) };
        }
    }

    /// Read all pages from the load's next row on. Says how many rows the tenant counts.
    async fn walk(
        &self,
        source: &'static Source,
        query: &Query,
        load: &mut Load,
        names: &Arc<Names>,
    ) -> Result<Option<u64>, Stop> {
        let is_paged = query.action.rows == Rows::Paged;
        let mut size = source.page_size;
        let mut next = load.next_offset;
        let mut total = load.total;
        let mut asked = FuturesOrdered::new();
        loop {
            // The first page says how many there are.
            let most = if total.is_some() && is_paged { source.at_once.max(1) } else { 1 };
            while asked.len() < most && total.is_none_or(|total| next < total || next == 0) {
                asked.push_back(self.page(query, next, size, is_paged));
                next += u64::from(size);
            }
            let Some(answer) = asked.next().await else { break };
            let Answer { _place, mut listing, offset, size: asked_for, read_at, revision, took } = answer?;
            total = listing.total;
            let end = listing.next_offset.unwrap_or(offset + listing.read);
            let objects = objects(source, std::mem::take(&mut listing.rows));
            let page = Page { objects, read_at, revision, next_offset: end, total };
            let (lease, current, names) = (self.lease.clone(), load.clone(), names.clone());
            if !self.store.run(move |store| store.keep(&lease, &current, page, &names)).await? {
                return Err(Stop::TakenOver);
            }
            load.next_offset = end;
            self.tell(source, end, total);
            if let Some(error) = listing.failed {
                return Err(stop_of(error.into()));
            }
            if listing.next_offset.is_none() {
                break;
            }
            if took > SLOW {
                size = (size / 2).max(SMALLEST);
            }
            if end != offset + u64::from(asked_for) || took > SLOW {
                // The pages that were asked for meanwhile need not begin where this one ended.
                asked = FuturesOrdered::new();
                next = end;
            }
        }
        Ok(total)
    }

    /// Ask for one page.
    async fn page(&self, query: &Query, offset: u64, size: u32, is_paged: bool) -> Result<Answer<'_>, Stop> {
        let place = self.places.for_page().await?;
        let (revision, read_at) = (self.store.run(Store::revision).await?, now());
        let walk = Walk { offset, page_size: size, all: !is_paged, budget: usize::MAX / 2 };
        let began = Instant::now();
        let listing =
            self.reader.list(query.action, &query.request, &query.wanted, &walk, &self.call()).await;
        let listing = listing.map_err(|error| stop_of(error.into()))?;
        Ok(Answer { _place: place, listing, offset, size, read_at, revision, took: began.elapsed() })
    }

    fn tell(&self, source: &'static Source, read: u64, total: Option<u64>) {
        self.watch.tell(Progress { source: source.name, read, total, is_elsewhere: false });
    }

    /// The objects of a list that is read at once: the id of each and its fields. A list of which a page is missing is a failure.
    async fn whole(
        &self,
        query: &Query,
        id: &str,
        page_size: u32,
    ) -> Result<Vec<(String, Map<String, Json>)>, Stop> {
        let _place = self.places.for_page().await?;
        let mut rows = Vec::new();
        for row in &self.all_rows(query, page_size).await? {
            let fields: Map<String, Json> = serde_json::from_str(row).map_err(Error::internal)?;
            rows.extend(fields.get(id).and_then(id_text).map(|id| (id, fields)));
        }
        Ok(rows)
    }

    /// All rows of a list, as JSON. A page that is missing is a failure.
    async fn all_rows(&self, query: &Query, page_size: u32) -> Result<Vec<String>, Stop> {
        let walk = Walk { offset: 0, page_size, all: true, budget: usize::MAX / 2 };
        let listing =
            self.reader.list(query.action, &query.request, &query.wanted, &walk, &self.call()).await;
        let listing = listing.map_err(|error| stop_of(error.into()))?;
        match listing.failed {
            Some(error) => Err(stop_of(error.into())),
            None => Ok(listing.rows),
        }
    }

    fn call(&self) -> Call {
        Call { cancelled: self.watch.cancelled.clone(), ..Call::new("fleet", PATIENCE) }
    }

    /// The names that columns of this source need: those of departments, by their ids.
    async fn names(&self, source: &Source) -> Result<Names, Stop> {
        let mut names = Names::default();
        let columns = filled_by(source.name).flat_map(|(table, _)| table.columns);
        let mut lists: Vec<&'static str> = columns
            .filter_map(|column| if let Origin::NameOf(list, _) = column.from { Some(list) } else { None })
            .collect();
        lists.sort_unstable();
        lists.dedup();
        for list in lists {
            if let Some((list, sql)) = OWN_LISTS.iter().find(|(own, _)| *own == list) {
                names.add(list, self.pairs((*sql).to_owned()).await?);
                continue;
            }
            if let Some(kept) = self.kept_names(list).await? {
                names.add(list, kept);
                continue;
            }
            let query = list_query(list, Map::new(), vec!["id".to_owned(), "name".to_owned()])?;
            match self.whole(&query, "id", 1000).await {
                Ok(rows) => {
                    let names_of =
                        |(id, row): (String, Map<String, Json>)| Some((id, text(row.get("name")?)?));
                    names.add(list, rows.into_iter().filter_map(names_of));
                }
                // The ids are there; their names are not reported.
                Err(Stop::Failed(error)) => {
                    tracing::warn!(list, %error, "names for the fleet could not be read");
                }
                Err(stopped) => return Err(stopped),
            }
        }
        Ok(names)
    }

    /// The names of a list that the fleet keeps, where all of it was read a short while ago and this program changed nothing of it since.
    async fn kept_names(&self, list: &str) -> Result<Option<Vec<(String, String)>>, Stop> {
        let sources = PARTS.iter().flat_map(|part| part.sources.iter().map(move |source| (part, source)));
        let Some((part, source)) = sources.into_iter().find(|(_, source)| source.list == list) else {
            return Ok(None);
        };
        let status = self.store.run(move |store| store.status_of(part)).await?;
        let since = Timestamp::now().checked_sub(KEPT_NAMES).unwrap_or(Timestamp::MIN);
        let is_recent = |status: &SourceStatus| {
            let as_of = status.as_of.as_deref().and_then(|as_of| as_of.parse::<Timestamp>().ok());
            let is_changed = status.is_outdated || status.outdated_objects > 0;
            status.is_complete && !is_changed && as_of.is_some_and(|as_of| as_of >= since)
        };
        let of_source = status.sources.iter().find(|status| status.source == source.name);
        match (of_source.is_some_and(is_recent), filled_by(source.name).next()) {
            (true, Some((table, _))) => {
                self.pairs(format!("SELECT id, name FROM {}", table.name)).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The rows of a statement that gives keys and values.
    async fn pairs(&self, sql: String) -> Result<Vec<(String, String)>, Stop> {
        let rows = self.store.run(move |store| store.select(&sql, &[])).await?;
        let pairs = rows.into_iter().filter_map(|row| match <[Value; 2]>::try_from(row) {
            Ok([Value::Text(key), Value::Text(value)]) => Some((key, value)),
            _ => None,
        });
        Ok(pairs.collect())
    }

    /// Why a source cannot be read, for the person who asks, and whether that lasts.
    pub(super) fn reason(&self, source: &Source, error: &Error) -> (String, bool) {
        let is_lasting = [401, 403, 404].into_iter().any(|status| error.is_status(status));
        let Some(version) = self.reader.known_version().filter(|_| error.is_status(404)) else {
            return (error.reason(), is_lasting);
        };
        let since = Catalogue::get().find(source.list).and_then(|action| action.since);
        let since = since.map(|since| format!("; it came with {since}")).unwrap_or_default();
        (format!("Jamf Pro {version} does not have it{since}"), is_lasting)
    }
}

/// A failure of the tenant, or the end of the wait.
fn stop_of(error: Error) -> Stop {
    match error.kind() {
        Kind::Cancelled | Kind::Internal => Stop::Ended(error),
        _ => Stop::Failed(error),
    }
}

/// The list of a source with the fields that its tables need; with a moment, only what was changed since.
fn query(source: &'static Source, since: Option<&str>) -> Result<Query, Error> {
    let mut arguments = arguments(source)?;
    if let Some((path, since)) = source.changed_at.zip(since) {
        arguments.insert("filter".to_owned(), json!(format!("{path}>=\"{since}\"")));
        // What changes while the pages are read moves to their end.
        arguments.insert("sort".to_owned(), json!([format!("{path}:asc")]));
    }
    query_of(source, arguments)
}

/// The same with these arguments.
fn query_of(source: &'static Source, arguments: Map<String, Json>) -> Result<Query, Error> {
    let columns = filled_by(source.name)
        .flat_map(|(table, fill)| table.columns.iter().map(move |column| (column, fill)));
    let mut fields: Vec<String> = columns.flat_map(|(column, fill)| column.fields(fill)).collect();
    fields.extend(source.fields_of_references());
    fields.extend(source.changed_at.map(str::to_owned));
    fields.push(source.id.to_owned());
    fields.sort_unstable();
    fields.dedup();
    list_query(source.list, arguments, fields)
}

/// The arguments of the list of a source, with the moments that are in them.
fn arguments(source: &Source) -> Result<Map<String, Json>, Error> {
    let ago = Timestamp::now() - SignedDuration::from_hours(30 * 24);
    let ago = ago.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    serde_json::from_str(&source.arguments.replace("{30 days ago}", &ago)).map_err(Error::internal)
}

fn list_query(list: &str, mut arguments: Map<String, Json>, fields: Vec<String>) -> Result<Query, Error> {
    let action =
        Catalogue::get().find(list).ok_or_else(|| Error::internal(format!("there is no action {list}")))?;
    // Rows keep their places between pages only in an order that does not change.
    let takes_sort =
        action.checked_schema().get("properties").is_some_and(|properties| properties.get("sort").is_some());
    if takes_sort
        && !arguments.contains_key("sort")
        && (action.sorts.is_empty() || action.sorts.contains(&"id"))
    {
        arguments.insert("sort".to_owned(), json!(["id:asc"]));
    }
    build_query(action, arguments, fields, None)
}

/// A request with the fields of its answer that are wanted, without those that are hidden.
fn build_query(
    action: &'static Action,
    arguments: Map<String, Json>,
    fields: Vec<String>,
    hides: Option<&'static [&'static str]>,
) -> Result<Query, Error> {
    let wrong = |problems: Problems| {
        Error::internal(format!("the request {} of the fleet is wrong: {problems}", action.name))
    };
    let request = action.request(&action.check(arguments).map_err(wrong)?).map_err(wrong)?;
    Ok(Query { action, request, wanted: FieldSelection { fields, hidden: hides.unwrap_or(action.hides) } })
}

/// The objects of a page. A row without an id is no object; one that is no JSON would be a mistake of this program, and the count of the
/// list shows that it is missing.
fn objects(source: &'static Source, rows: Vec<String>) -> Records {
    Box::new(rows.into_iter().filter_map(|row| {
        let mut json: Json = serde_json::from_str(&row).ok()?;
        let id = json.get(source.id).and_then(id_text)?;
        source.lay_out(&mut json);
        Some(Record { id, json, row_digest: None })
    }))
}

/// The id of a row in the one spelling in which ids are sent; of an object whose id is that of none, as it is.
fn id_text(value: &Json) -> Option<String> {
    ObjectId::of(value).map(|id| id.to_string()).or_else(|| text(value))
}

fn text(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
