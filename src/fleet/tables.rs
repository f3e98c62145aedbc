//! The tables of the fleet as data: one declaration a table, with its columns, where each comes from in Jamf's answers, and what is
//! personal. The schema of the store, what is asked of the tenant, what becomes of its answers and the documentation all follow from it.
//!
//! Rules for all tables: ids are text; moments are UTC to the second with `Z`, dates `YYYY-MM-DD`; NULL means *not reported*, and an empty
//! text, `Not Available` and -1 are that too.

use serde_json::Value as Json;

use crate::sanitize::personal::Personal;

mod activity;
mod administration;
mod configuration;
mod inventory;
pub(super) mod prepare;
mod value;

pub use value::Value;
pub(in crate::fleet) use value::written;

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// What one row is.
    pub about: &'static str,
    /// Which objects fill it.
    pub fills: &'static [Fill],
    /// Many objects have the same rows, so that each is kept once.
    pub is_shared: bool,
    /// Its columns.
    pub columns: &'static [Column],
}

/// The rows that the objects of one source make in a table.
#[derive(Debug)]
pub struct Fill {
    /// The name of the [`Source`](super::parts::Source).
    pub source: &'static str,
    /// Where the rows stand in an object: dotted paths to lists or objects, separated by `|`, all of which are taken; empty for the object
    /// itself.
    pub each: &'static str,
}

/// The objects of a source, each making one row.
const fn of(source: &'static str) -> Fill {
    Fill { source, each: "" }
}

/// Lists in the objects of a source, each item making one row.
const fn each(source: &'static str, each: &'static str) -> Fill {
    Fill { source, each }
}

/// One column.
#[derive(Debug)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Where its value comes from.
    pub from: Origin,
    /// What is personal about it.
    pub personal: Option<Personal>,
    /// Rows are found, and counted in groups, by the indexed columns of a table in their order.
    pub is_indexed: bool,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; NULL where it says nothing.
    Text,
    /// Text as it stands, an empty one too; credentials are left out.
    RawText,
    /// Text that people write at length, without credentials; NULL where it says nothing.
    FreeText,
    /// The id of an object, such as `7`; NULL where it stands for none.
    Id,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// 0 or 1.
    Boolean,
    /// A moment in UTC.
    Moment,
    /// A date.
    Date,
}

impl Kind {
    /// The type of the column in SQL.
    pub const fn sql(self) -> &'static str {
        match self {
            Self::Text | Self::Id | Self::RawText | Self::FreeText | Self::Moment | Self::Date => "TEXT",
            Self::Integer | Self::Boolean => "INTEGER",
            Self::Real => "REAL",
        }
    }
}

/// Where the value of a column comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin {
    /// Dotted paths in the row, separated by `|`, of which the first one that has a value is taken. A path that begins with `^` is one in
    /// the object that the row stands in.
    Path(&'static str),
    /// Worked out from what stands at a path.
    Convert(&'static str, fn(&Json) -> Json),
    /// Worked out from what stands at several paths, separated by `|`.
    Combine(&'static str, fn(&[&Json]) -> Json),
    /// The name of what has this id, by a list of ids and names: the list's action, and the path of the id.
    NameOf(&'static str, &'static str),
    /// The id of the object.
    Id,
    /// The kind of the object, such as `computer`.
    ObjectKind,
    /// The kind by which the object refers to others, such as `computer_group`.
    Referrer,
    /// When the object was read.
    ReadAt,
}

impl Column {
    const fn new(name: &'static str, kind: Kind, from: Origin) -> Self {
        Self { name, kind, from, personal: None, is_indexed: false }
    }

    /// The same column with what is personal about it.
    const fn personal(mut self, personal: Personal) -> Self {
        self.personal = Some(personal);
        self
    }

    /// The same column, by which rows are found and counted.
    const fn indexed(mut self) -> Self {
        self.is_indexed = true;
        self
    }
}

const fn text(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Text, Origin::Path(path))
}

/// The id of another object, in the one spelling in which ids are compared.
const fn id_at(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Id, Origin::Path(path))
}

/// Text that people write at length.
const fn free(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::FreeText, Origin::Path(path))
}

const fn integer(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Integer, Origin::Path(path))
}

const fn boolean(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Boolean, Origin::Path(path))
}

const fn moment(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Moment, Origin::Path(path))
}

const fn date(name: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Date, Origin::Path(path))
}

const fn convert(name: &'static str, kind: Kind, path: &'static str, make: fn(&Json) -> Json) -> Column {
    Column::new(name, kind, Origin::Convert(path, make))
}

const fn combine(name: &'static str, kind: Kind, paths: &'static str, make: fn(&[&Json]) -> Json) -> Column {
    Column::new(name, kind, Origin::Combine(paths, make))
}

const fn name_of(name: &'static str, list: &'static str, path: &'static str) -> Column {
    Column::new(name, Kind::Text, Origin::NameOf(list, path))
}

/// The id of the object that a row belongs to.
const fn id(name: &'static str) -> Column {
    Column::new(name, Kind::Text, Origin::Id)
}

/// The kind of the object that a row belongs to.
const fn kind(name: &'static str) -> Column {
    Column::new(name, Kind::Text, Origin::ObjectKind)
}

/// The kind by which the object that a row belongs to refers to others.
const fn referrer(name: &'static str) -> Column {
    Column::new(name, Kind::Text, Origin::Referrer)
}

const fn read_at(name: &'static str) -> Column {
    Column::new(name, Kind::Moment, Origin::ReadAt)
}

/// A table that is made of another one when it is read.
#[derive(Debug)]
pub struct View {
    /// Its name in SQL.
    pub name: &'static str,
    /// What one row is.
    pub about: &'static str,
    /// The table that it is made of.
    pub base: &'static str,
    /// Its columns.
    pub columns: &'static [(&'static str, Kind)],
    /// How it is made.
    pub sql: &'static str,
}

/// All views.
pub static VIEWS: &[View] = &[View {
    name: "applications",
    about: "One row a version of an application, with the number of its installations on computers.",
    base: "computer_applications",
    columns: &[
        ("app_id", Kind::Text),
        ("name", Kind::Text),
        ("version", Kind::Text),
        ("bundle_id", Kind::Text),
        ("short_version", Kind::Text),
        ("installations", Kind::Integer),
    ],
    sql: "SELECT CAST(min(row) AS TEXT) AS app_id, name, version, bundle_id, short_version, count(*) AS installations
          FROM _computer_applications JOIN _computer_applications_links USING (row)
          GROUP BY name, version, bundle_id, short_version",
}];

/// All tables.
pub static TABLES: &[&[Table]] =
    &[inventory::TABLES, configuration::TABLES, administration::TABLES, activity::TABLES];

/// Every table.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().flat_map(|tables| tables.iter())
}

/// The tables that a source fills, with how it does.
pub fn filled_by(source: &str) -> impl Iterator<Item = (&'static Table, &'static Fill)> {
    tables()
        .flat_map(|table| table.fills.iter().map(move |fill| (table, fill)))
        .filter(move |(_, fill)| fill.source == source)
}

impl Table {
    /// The columns that say which object a row belongs to.
    pub fn key(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.is_key())
    }

    /// Whether each object makes one row.
    pub fn has_one_row_an_object(&self) -> bool {
        self.fills.iter().all(|fill| fill.each.is_empty())
    }

    /// The rows that an object makes in this table, each with a value a column.
    pub fn rows(&'static self, fill: &Fill, object: &Object<'_>) -> Vec<Vec<Value>> {
        let mut rows = Vec::new();
        for place in fill.each.split('|') {
            for_each_at(object.json, place, &mut |row| {
                rows.push(self.columns.iter().map(|column| column.value(row, object)).collect());
            });
        }
        rows
    }
}

/// The object that rows belong to.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// Its kind, such as `computer`.
    pub kind: &'a str,
    /// The kind by which it refers to others, such as `computer_group`.
    pub referrer: &'a str,
    /// Its id.
    pub id: &'a str,
}

/// An object as it was read, and what is known of it besides.
#[derive(Debug)]
pub struct Object<'a> {
    /// Which object it is.
    pub owner: Owner<'a>,
    /// Jamf's answer.
    pub json: &'a Json,
    /// When it was read.
    pub read_at: &'a str,
    /// Names of other objects.
    pub names: &'a Names,
}

/// Lists of names that the store itself has: the name of each, and a statement for keys and values. They are as old as the tables that
/// they are read from.
pub(in crate::fleet) static OWN_LISTS: &[(&str, &str)] = &[
    (
        DEVICE_IDS,
        "SELECT management_id, id FROM computers UNION ALL SELECT management_id, id FROM mobile_devices",
    ),
    (
        DEVICE_NAMES,
        "SELECT management_id, name FROM computers UNION ALL SELECT management_id, name FROM mobile_devices",
    ),
    (
        DEVICE_NAMES_BY_ID,
        "SELECT 'computer ' || id, name FROM computers UNION ALL SELECT 'mobile ' || id, name FROM mobile_devices",
    ),
];

/// Ids of devices by their management ids.
const DEVICE_IDS: &str = "ids of devices";

/// Names of devices by their management ids.
const DEVICE_NAMES: &str = "names of devices";

/// Names of devices by their kind and id, such as `computer 12`.
const DEVICE_NAMES_BY_ID: &str = "names of devices by their ids";

/// Names by the list that they come from, and by id.
#[derive(Debug, Clone, Default)]
pub struct Names(std::collections::HashMap<&'static str, std::collections::HashMap<String, String>>);

impl Names {
    /// Add the names of a list.
    pub fn add(&mut self, list: &'static str, names: impl IntoIterator<Item = (String, String)>) {
        self.0.entry(list).or_default().extend(names);
    }

    fn get(&self, list: &str, id: &str) -> Option<&str> {
        self.0.get(list)?.get(id).map(String::as_str)
    }
}

impl Column {
    fn value(&self, row: &Json, object: &Object<'_>) -> Value {
        match self.from {
            Origin::Path(paths) => paths
                .split('|')
                .map(|path| value::read(self.kind, lookup(path, row, object.json)))
                .find(|value| *value != Value::Null)
                .unwrap_or(Value::Null),
            Origin::Convert(path, make) => {
                value::read(self.kind, Some(&make(lookup(path, row, object.json).unwrap_or(&Json::Null))))
            }
            Origin::Combine(paths, make) => {
                let found: Vec<&Json> =
                    paths.split('|').filter_map(|path| lookup(path, row, object.json)).collect();
                value::read(self.kind, Some(&make(&found)))
            }
            Origin::NameOf(list, path) => {
                let Value::Text(id) = value::read(Kind::Id, lookup(path, row, object.json)) else {
                    return Value::Null;
                };
                object.names.get(list, &id).map_or(Value::Null, |name| Value::Text(name.to_owned()))
            }
            Origin::Id | Origin::ObjectKind | Origin::Referrer => {
                Value::Text(self.key_of(object.owner).to_owned())
            }
            Origin::ReadAt => Value::Text(object.read_at.to_owned()),
        }
    }

    /// Whether it says which object a row belongs to.
    pub fn is_key(&self) -> bool {
        matches!(self.from, Origin::Id | Origin::ObjectKind | Origin::Referrer)
    }

    /// What it has in the rows of an object, where it says which object a row belongs to.
    pub fn key_of<'a>(&self, owner: Owner<'a>) -> &'a str {
        match self.from {
            Origin::ObjectKind => owner.kind,
            Origin::Referrer => owner.referrer,
            _ => owner.id,
        }
    }

    /// Whether it is the id of the object that a row belongs to.
    pub fn is_id(&self) -> bool {
        matches!(self.from, Origin::Id)
    }

    /// The paths that it comes from.
    pub fn paths(&self) -> &'static str {
        match self.from {
            Origin::Path(paths)
            | Origin::Combine(paths, _)
            | Origin::Convert(paths, _)
            | Origin::NameOf(_, paths) => paths,
            Origin::Id | Origin::ObjectKind | Origin::Referrer | Origin::ReadAt => "",
        }
    }

    /// The fields of an object that this column needs, as dotted paths from the object.
    pub fn fields(&self, fill: &Fill) -> Vec<String> {
        if self.is_key() || matches!(self.from, Origin::ReadAt) {
            return Vec::new();
        }
        let mut fields = Vec::new();
        for place in fill.each.split('|') {
            for path in self.paths().split('|') {
                match path.strip_prefix('^') {
                    Some(path) => fields.push(path.to_owned()),
                    None => fields.push(
                        [place, path]
                            .into_iter()
                            .filter(|part| !part.is_empty())
                            .collect::<Vec<_>>()
                            .join("."),
                    ),
                }
            }
        }
        fields
    }
}

/// The moment at a dotted path in an object, as the tables have moments.
pub(in crate::fleet) fn moment_at(object: &Json, path: &str) -> Option<String> {
    match value::read(Kind::Moment, at(object, path)) {
        Value::Text(moment) => Some(moment),
        _ => None,
    }
}

/// What stands at a dotted path in the row, or behind `^` in the object.
fn lookup<'a>(path: &str, row: &'a Json, object: &'a Json) -> Option<&'a Json> {
    let (from, path) = match path.strip_prefix('^') {
        Some(path) => (object, path),
        None => (row, path),
    };
    at(from, path)
}

fn at<'a>(mut value: &'a Json, path: &str) -> Option<&'a Json> {
    for name in path.split('.').filter(|name| !name.is_empty()) {
        value = value.get(name)?;
    }
    Some(value)
}

/// Do something with each object at a path that may go through lists.
fn for_each_at<'a>(value: &'a Json, path: &str, work: &mut impl FnMut(&'a Json)) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| for_each_at(item, path, work)),
        Json::Null => {}
        value if path.is_empty() => work(value),
        value => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(below) = value.get(name) {
                for_each_at(below, rest, work);
            }
        }
    }
}

#[cfg(test)]
mod tests;
