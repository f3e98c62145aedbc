//! Computers, mobile devices or users with the facts that criteria ask for. Values are kept once each, and rows of a table once each,
//! so that twenty thousand computers with their applications take some tens of megabytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jamf_pro_tools::object_id::ObjectId;

use super::coverage::{Coverage, objects};
use crate::error::Error;
use crate::fleet::groups::{Fact, Facts, GroupKind, Values};
use crate::fleet::known::{Known, Reasons};
use crate::fleet::store::Snapshot;
use crate::fleet::tables::{Column, Origin, Table, Value, tables};
use crate::sanitize::{secrets, text};

/// The place of a record among those of its kind.
pub(super) type Place = u32;

/// A value by its place among all values.
type Symbol = u32;

/// Nothing is reported.
const NONE: Symbol = 0;

/// There is a value, and it is not known here.
const HIDDEN: Symbol = 1;

/// All records of one kind.
#[derive(Debug)]
pub(super) struct Records {
    kind: GroupKind,
    ids: Vec<ObjectId>,
    places: HashMap<ObjectId, Place>,
    symbols: Vec<Arc<str>>,
    tables: HashMap<&'static str, Known<Rows>>,
    attributes: BTreeMap<String, Known<Rows>>,
}

/// The rows of one table by record.
#[derive(Debug, Default)]
struct Rows {
    columns: Vec<&'static str>,
    /// For each record, where its rows begin; one more at the end.
    starts: Vec<u32>,
    /// The places of rows in `cells`.
    rows: Vec<u32>,
    /// The values of rows, a column each.
    cells: Vec<Symbol>,
    /// Records that the source of the table has not read.
    unread: BTreeSet<Place>,
}

/// Where records of a kind come from: their source, and their table.
pub(super) const fn home(kind: GroupKind) -> (&'static str, &'static str) {
    match kind {
        GroupKind::Computer => ("computers", "computers"),
        GroupKind::MobileDevice => ("mobile devices", "mobile_devices"),
        GroupKind::User => ("users", "users"),
    }
}

/// The table of extension attributes of a kind, and the source of their definitions.
const fn attributes_of(kind: GroupKind) -> Option<(&'static str, &'static str)> {
    match kind {
        GroupKind::Computer => Some(("computer_extension_attributes", "computer extension attributes")),
        GroupKind::MobileDevice => {
            Some(("mobile_device_extension_attributes", "mobile device extension attributes"))
        }
        GroupKind::User => None,
    }
}

/// Reads records.
struct Reading<'a> {
    snapshot: &'a Snapshot<'a>,
    coverage: &'a mut Coverage,
    records: Records,
    known: HashMap<Arc<str>, Symbol>,
}

impl Records {
    /// Read the records of a kind with these ids, and the facts that are asked for.
    pub(super) fn read(
        snapshot: &Snapshot<'_>,
        coverage: &mut Coverage,
        kind: GroupKind,
        ids: BTreeSet<ObjectId>,
        facts: &BTreeSet<Fact>,
    ) -> Result<Self, Error> {
        let ids: Vec<ObjectId> = ids.into_iter().collect();
        let places = (0..).zip(&ids).map(|(place, id)| (id.clone(), place)).collect();
        let nothing: Arc<str> = Arc::from("");
        let records = Self {
            kind,
            ids,
            places,
            symbols: vec![nothing.clone(), nothing],
            tables: HashMap::new(),
            attributes: BTreeMap::new(),
        };
        let mut reading = Reading { snapshot, coverage, records, known: HashMap::new() };
        let mut by_table: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for fact in facts {
            match fact {
                Fact::Column { table, column } => drop(by_table.entry(table).or_default().insert(column)),
                Fact::Attribute(name) => {
                    let rows = reading.attribute(name)?;
                    reading.records.attributes.insert(name.to_lowercase(), rows);
                }
            }
        }
        for (name, columns) in by_table {
            if let Some(table) = tables().find(|table| table.name == name) {
                let rows = reading.table(table, &columns)?;
                reading.records.tables.insert(table.name, rows);
            }
        }
        Ok(reading.records)
    }

    pub(super) fn id(&self, place: Place) -> Option<&ObjectId> {
        self.ids.get(place as usize)
    }

    pub(super) fn place(&self, id: &ObjectId) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// All places.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> + use<> {
        0..u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// One record, as criteria ask for it.
    pub(super) fn facts<'a>(&'a self, place: Place) -> Option<RecordFacts<'a>> {
        Some(RecordFacts { records: self, place, id: self.id(place)? })
    }
}

impl Reading<'_> {
    fn symbol(&mut self, text: Option<&str>) -> Symbol {
        let Some(text) = text else { return NONE };
        if let Some(symbol) = self.known.get(text) {
            return *symbol;
        }
        let (text, symbol): (Arc<str>, _) = (Arc::from(text), symbol_of(self.records.symbols.len()));
        self.records.symbols.push(text.clone());
        self.known.insert(text, symbol);
        symbol
    }

    /// The source that fills a table, where all of it was read. A table of facts is of records of one kind.
    fn source(&mut self, table: &Table) -> Known<&'static str> {
        let Some(fill) = table.fills.first() else {
            return Known::unknown(format!("nothing fills `{}`", table.name));
        };
        self.coverage.rest_on(fill.source);
        self.coverage.whole(fill.source).map(|()| fill.source)
    }

    /// The records that a source has not read.
    fn unread(&self, source: &str) -> Result<BTreeSet<Place>, Error> {
        let read = objects(self.snapshot, source)?;
        let places = self.records.ids.iter().zip(0..);
        Ok(places.filter(|(id, _)| !read.contains(*id)).map(|(_, place)| place).collect())
    }

    fn table(
        &mut self,
        table: &'static Table,
        wanted: &BTreeSet<&'static str>,
    ) -> Result<Known<Rows>, Error> {
        let source = match self.source(table) {
            Known::Known(source) => source,
            Known::Unknown(reasons) => return Ok(Known::Unknown(reasons)),
        };
        let columns: Vec<&'static Column> =
            table.columns.iter().filter(|column| wanted.contains(column.name)).collect();
        let Some(key) = table.key().find(|column| column.is_id()) else {
            return Ok(Known::unknown(format!("`{}` has no ids", table.name)));
        };
        let mut rows =
            Rows { columns: columns.iter().map(|column| column.name).collect(), ..Rows::default() };
        if table.is_shared {
            self.shared_rows(table, &columns, key, &mut rows)?;
        } else {
            let links = self.own_rows(table, &columns, key, &mut rows)?;
            rows.link(links, self.records.ids.len());
        }
        rows.unread = self.unread(source)?;
        Ok(Known::Known(rows))
    }

    /// The rows of a table, each with the record that it belongs to.
    fn own_rows(
        &mut self,
        table: &Table,
        columns: &[&Column],
        key: &Column,
        rows: &mut Rows,
    ) -> Result<Vec<(Place, u32)>, Error> {
        // The name of a place that is known by its id alone is not the same as no place.
        let id_of = |column: &Column| {
            let path = match column.from {
                Origin::NameOf(_, path) => path,
                _ => return "NULL".to_owned(),
            };
            let is_id = |other: &&Column| matches!(other.from, Origin::Path(own) if own == path);
            table.columns.iter().find(is_id).map_or("NULL".to_owned(), |id| format!("\"{}\"", id.name))
        };
        let selected: Vec<String> = columns
            .iter()
            .flat_map(|column| [format!("\"{}\"", column.name), id_of(column)])
            .chain([format!("\"{}\"", key.name)])
            .collect();
        let sql = format!("SELECT {} FROM {} ORDER BY rowid", selected.join(", "), table.name);
        let (mut links, mut distinct) = (Vec::new(), HashMap::<Vec<Symbol>, u32>::new());
        let snapshot = self.snapshot;
        snapshot.each(&sql, &[], |row| {
            let id = row.text(columns.len() * 2).as_deref().and_then(ObjectId::parse);
            let Some(place) = id.and_then(|id| self.records.place(&id)) else { return };
            let cells: Vec<Symbol> = (0..columns.len())
                .map(|at| {
                    let text = row.text(at * 2);
                    match (&text, row.text(at * 2 + 1)) {
                        (None, Some(_)) => HIDDEN,
                        (Some(text), _) if text.contains(secrets::MARK) => HIDDEN,
                        (text, _) => self.symbol(text.as_deref()),
                    }
                })
                .collect();
            let next = symbol_of(distinct.len());
            let at = *distinct.entry(cells).or_insert_with_key(|cells| {
                rows.cells.extend(cells);
                next
            });
            links.push((place, at));
        })?;
        Ok(links)
    }

    /// The same of a table whose rows many records share, linked already: twenty thousand computers have millions of applications, which are
    /// asked for computer by computer, so that nothing of a link but its row is read.
    fn shared_rows(
        &mut self,
        table: &Table,
        columns: &[&Column],
        key: &Column,
        rows: &mut Rows,
    ) -> Result<(), Error> {
        let names =
            columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ");
        let comma = if columns.is_empty() { "" } else { ", " };
        let (mut at_row, snapshot) = (HashMap::<i64, u32>::new(), self.snapshot);
        snapshot.each(&format!("SELECT row{comma}{names} FROM _{}", table.name), &[], |row| {
            let Some(number) = row.integer(0) else { return };
            at_row.insert(number, symbol_of(at_row.len()));
            for at in 0..columns.len() {
                let symbol = self.symbol(row.text(at + 1).as_deref());
                rows.cells.push(symbol);
            }
        })?;
        let sql = format!("SELECT row FROM _{}_links WHERE \"{}\" = ?1", table.name, key.name);
        for id in &self.records.ids {
            rows.starts.push(symbol_of(rows.rows.len()));
            snapshot.each(&sql, &[Value::Text(id.to_string())], |row| {
                rows.rows.extend(row.integer(0).and_then(|number| at_row.get(&number)));
            })?;
        }
        rows.starts.push(symbol_of(rows.rows.len()));
        Ok(())
    }

    /// The values of the extension attribute of a name.
    fn attribute(&mut self, name: &str) -> Result<Known<Rows>, Error> {
        let unknown = || {
            Known::unknown(format!(
                "{} is no criterion that can be evaluated here, and no extension attribute that was read",
                text::quoted(name, 80)
            ))
        };
        let Some((table, definitions)) = attributes_of(self.records.kind) else { return Ok(unknown()) };
        let Some(table) = tables().find(|own| own.name == table) else { return Ok(unknown()) };
        let source = match self.source(table) {
            Known::Known(source) => source,
            Known::Unknown(reasons) => return Ok(Known::Unknown(reasons)),
        };
        let sql = format!(
            "SELECT device_id, value, values_count FROM {} WHERE name = ?1 COLLATE NOCASE ORDER BY rowid",
            table.name
        );
        let (mut links, mut distinct) = (Vec::new(), HashMap::<Symbol, u32>::new());
        let mut rows = Rows { columns: vec!["value"], ..Rows::default() };
        let mut is_there = false;
        let snapshot = self.snapshot;
        snapshot.each(&sql, &[Value::Text(name.to_owned())], |row| {
            is_there = true;
            let id = row.text(0).as_deref().and_then(ObjectId::parse);
            let Some(place) = id.and_then(|id| self.records.place(&id)) else { return };
            let (value, count) = (row.text(1), row.integer(2).unwrap_or_default());
            for value in values(value.as_deref(), count) {
                let symbol = match value {
                    Known::Known(value) => self.symbol(value),
                    Known::Unknown(_) => HIDDEN,
                };
                let next = symbol_of(distinct.len());
                let at = *distinct.entry(symbol).or_insert_with(|| {
                    rows.cells.push(symbol);
                    next
                });
                links.push((place, at));
            }
        })?;
        if !is_there {
            self.coverage.rest_on(definitions);
            let sql = "SELECT 1 FROM extension_attributes WHERE name = ?1 COLLATE NOCASE AND kind = ?2";
            let kind = if self.records.kind == GroupKind::Computer { "computer" } else { "mobile" };
            let parameters = [Value::Text(name.to_owned()), Value::Text(kind.to_owned())];
            snapshot.each(sql, &parameters, |_| is_there = true)?;
            if !is_there {
                return Ok(unknown());
            }
        }
        rows.link(links, self.records.ids.len());
        rows.unread = self.unread(source)?;
        Ok(Known::Known(rows))
    }
}

/// The values of an attribute of one record, of which the table has one text with a line each.
fn values(value: Option<&str>, count: i64) -> Vec<Known<Option<&str>>> {
    let Some(value) = value else { return if count > 0 { vec![Known::Known(None)] } else { Vec::new() } };
    if value.contains(secrets::MARK) {
        return vec![Known::unknown("a credential was left out of the value")];
    }
    if count < 2 {
        return vec![Known::Known(Some(value))];
    }
    let lines: Vec<&str> = value.split('\n').collect();
    if i64::try_from(lines.len()) == Ok(count) {
        lines.into_iter().map(|line| Known::Known(Some(line))).collect()
    } else {
        vec![Known::unknown("a value of several lines")]
    }
}

fn symbol_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Rows {
    /// Order rows by the records that they belong to, as they came within each.
    fn link(&mut self, links: Vec<(Place, u32)>, records: usize) {
        let mut counts = vec![0_u32; records + 1];
        for (place, _) in &links {
            if let Some(count) = counts.get_mut(*place as usize + 1) {
                *count += 1;
            }
        }
        let mut so_far = 0;
        for count in &mut counts {
            so_far += *count;
            *count = so_far;
        }
        self.rows = vec![0; links.len()];
        let mut next = counts.clone();
        for (place, row) in links {
            if let Some(at) = next.get_mut(place as usize) {
                if let Some(own) = self.rows.get_mut(*at as usize) {
                    *own = row;
                }
                *at += 1;
            }
        }
        self.starts = counts;
    }

    fn of(&self, place: Place) -> &[u32] {
        let at = |place: Place| self.starts.get(place as usize).map(|start| *start as usize);
        let (Some(from), Some(to)) = (at(place), at(place + 1)) else { return &[] };
        self.rows.get(from..to).unwrap_or_default()
    }
}

/// One record.
pub(super) struct RecordFacts<'a> {
    records: &'a Records,
    place: Place,
    id: &'a ObjectId,
}

impl Facts for RecordFacts<'_> {
    fn id(&self) -> &ObjectId {
        self.id
    }

    fn values(&self, fact: &Fact) -> Known<Values<'_>> {
        let (rows, column) = match fact {
            Fact::Column { table, column } => (self.records.tables.get(table), *column),
            Fact::Attribute(name) => (self.records.attributes.get(&name.to_lowercase()), "value"),
        };
        match rows {
            Some(Known::Known(rows)) => self.values_of(rows, fact, column),
            Some(Known::Unknown(reasons)) => Known::Unknown(reasons.clone()),
            None => not_read(fact),
        }
    }
}

fn not_read(fact: &Fact) -> Known<Values<'static>> {
    match fact {
        Fact::Column { table, column } => Known::unknown(format!("`{column}` of `{table}` was not read")),
        Fact::Attribute(name) => {
            Known::unknown(format!("the extension attribute {} was not read", text::quoted(name, 80)))
        }
    }
}

impl RecordFacts<'_> {
    fn values_of<'a>(&'a self, rows: &Rows, fact: &Fact, column: &str) -> Known<Values<'a>> {
        if rows.unread.contains(&self.place) {
            return Known::unknown("the record is newer than what was read of it");
        }
        let Some(at) = rows.columns.iter().position(|own| *own == column) else { return not_read(fact) };
        let mut values = Vec::new();
        for row in rows.of(self.place) {
            let symbol = rows.cells.get(*row as usize * rows.columns.len() + at).copied();
            match symbol {
                Some(HIDDEN) => {
                    return Known::Unknown(Reasons::one(
                        "the value could not be read: a credential was left out, or only the id of a place is known",
                    ));
                }
                Some(NONE) | None => values.push(None),
                Some(symbol) => {
                    let text = self.records.symbols.get(symbol as usize);
                    values.push(text.map(|text| Cow::Borrowed(&**text)));
                }
            }
        }
        Known::Known(values)
    }
}
