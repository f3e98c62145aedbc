//! The argument types that many actions share. Their schema is what a caller is shown and what is enforced.
//!
//! A type states the arguments of the operation itself. Arguments that are ours and not Jamf's ([`RESERVED`]) are added by [`crate::schema`] according to the kind of action, so that no type repeats them.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::action::Rows;

/// Arguments of an action: a type whose schema is shown to callers.
pub trait Arguments: JsonSchema {
    /// How the rows arrive, for arguments that ask for a list.
    const ROWS: Rows = Rows::None;
}

/// Arguments that are ours; no operation of Jamf may have one of the same name.
pub const RESERVED: &[&str] = &[
    "tenant",
    "reason",
    "ticket",
    "fields",
    "where",
    "format",
    "all",
    "save",
    "group_by",
    "at_least",
    "max_age",
    "refresh",
    "text_from",
    "clear",
    "devices",
];

/// No arguments.
#[derive(JsonSchema)]
pub struct Nothing {}
impl Arguments for Nothing {}

/// One page of a list that Jamf pages, sorts and filters.
#[derive(JsonSchema)]
pub struct List {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
    /// Such as `name:asc` or `id:desc`.
    pub sort: Option<Vec<String>>,
    /// RSQL, such as `name=="Lab*";id>5`.
    pub filter: Option<String>,
}
impl Arguments for List {
    const ROWS: Rows = Rows::Paged;
}

/// One page of a list that Jamf pages but neither sorts nor filters.
#[derive(JsonSchema)]
pub struct Pages {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
}
impl Arguments for Pages {
    const ROWS: Rows = Rows::Paged;
}

/// One page of a list that Jamf pages and sorts, but does not filter.
#[derive(JsonSchema)]
pub struct Sorted {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
    /// Such as `name:asc` or `id:desc`.
    pub sort: Option<Vec<String>>,
}
impl Arguments for Sorted {
    const ROWS: Rows = Rows::Paged;
}

/// A list that Jamf answers whole; pages are cut on our side.
#[derive(JsonSchema)]
pub struct Whole {}
impl Arguments for Whole {
    const ROWS: Rows = Rows::Whole;
}

/// Id of an object: digits, as a string in the Jamf Pro API and as a number in the Classic API.
///
/// An id has one spelling. Jamf reads `01` as 1, and what is compared as text would take it for another object.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Id(#[schemars(regex(pattern = r"^(0|[1-9][0-9]{0,18})$"))] pub String);

/// Id of an object, or -1 for none.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct IdOrNone(#[schemars(regex(pattern = r"^(-1|0|[1-9][0-9]{0,18})$"))] pub String);

/// One object by its id.
#[derive(JsonSchema)]
pub struct ById {
    /// Id of the object, digits only.
    pub id: Id,
}
impl Arguments for ById {}

/// One object by its id or by its name.
#[derive(JsonSchema)]
pub struct ByIdOrName {
    /// Id of the object, digits only.
    pub id: Option<Id>,
    /// Its name, exactly; names with a slash are found by id alone.
    pub name: Option<Name>,
}
impl Arguments for ByIdOrName {}

/// A new object.
#[derive(JsonSchema)]
pub struct Create<T> {
    /// The new object.
    pub body: T,
}
impl<T: JsonSchema> Arguments for Create<T> {}

/// An object by its id, and what it becomes.
#[derive(JsonSchema)]
pub struct Update<T> {
    /// Id of the object, digits only.
    pub id: Id,
    /// What to change it to.
    pub body: T,
}
impl<T: JsonSchema> Arguments for Update<T> {}

/// The sections of an object whose required fields a new object needs, and a changed one has already.
const SECTIONS: [&str; 2] = ["connection", "general"];

/// What an object becomes: the fields of a new one, of which each may be left out and then stays as it is.
pub struct Partial<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Partial<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Partial{}", T::schema_name()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("Partial<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        schema.remove("required");
        for section in SECTIONS {
            let section = schema.pointer_mut(&format!("/properties/{section}"));
            if let Some(section) = section.and_then(serde_json::Value::as_object_mut) {
                section.remove("required");
            }
        }
        schema
    }
}

/// Settings that exist once, and what they become.
#[derive(JsonSchema)]
pub struct Change<T> {
    /// What to change them to.
    pub body: T,
}
impl<T: JsonSchema> Arguments for Change<T> {}

/// A device, by whatever is at hand; Jamf is told its management id.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-device" = true))]
pub struct Device(#[schemars(length(min = 4, max = 64))] pub String);

/// An MDM command without anything further to say.
#[derive(JsonSchema)]
pub struct PlainCommand {
    /// Devices, each by its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub devices: Vec<Device>,
}
impl Arguments for PlainCommand {}

/// An MDM command and what it is told.
#[derive(JsonSchema)]
pub struct Command<T> {
    /// Devices, each by its management id, serial number, or `computer:7` or `mobile_device:7` with its Jamf id.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub devices: Vec<Device>,
    /// What the command is told.
    pub body: T,
}
impl<T: JsonSchema> Arguments for Command<T> {}

/// Several objects by their ids.
#[derive(JsonSchema)]
pub struct Ids {
    /// The ids.
    pub body: IdList,
}
impl Arguments for Ids {}

/// Body of the bulk deletes.
#[derive(JsonSchema)]
pub struct IdList {
    /// Ids, digits only.
    #[schemars(length(min = 1, max = 200), extend("x-unique" = true))]
    pub ids: Vec<Id>,
}

/// One page of an object's history.
#[derive(JsonSchema)]
pub struct History {
    /// Id of the object, digits only.
    pub id: Id,
    /// The page.
    #[schemars(flatten)]
    pub list: List,
}
impl Arguments for History {
    const ROWS: Rows = Rows::Paged;
}

/// One page of an object's history, which Jamf sorts but does not filter.
#[derive(JsonSchema)]
pub struct SortedHistory {
    /// Id of the object, digits only.
    pub id: Id,
    /// The page.
    #[schemars(flatten)]
    pub list: Sorted,
}
impl Arguments for SortedHistory {
    const ROWS: Rows = Rows::Paged;
}

/// An object by its id, and a note for its history.
#[derive(JsonSchema)]
pub struct NoteOn {
    /// Id of the object, digits only.
    pub id: Id,
    /// The note.
    pub body: Note,
}
impl Arguments for NoteOn {}

/// A note for an object's history.
#[derive(JsonSchema)]
pub struct Note {
    /// What to write into the history.
    #[schemars(length(min = 1, max = 2500))]
    pub note: String,
}

/// What to export of a list.
#[derive(JsonSchema)]
pub struct Export {
    /// What to export; everything when left out.
    pub body: Option<ExportParameters>,
}
impl Arguments for Export {}

/// What to export of an object's history.
#[derive(JsonSchema)]
pub struct HistoryExport {
    /// Id of the object, digits only.
    pub id: Id,
    /// What to export; everything when left out.
    pub body: Option<ExportParameters>,
}
impl Arguments for HistoryExport {}

/// Rows and columns of an export.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ExportParameters {
    /// Page, counted from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub page: Option<u32>,
    /// Rows a page.
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: Option<u32>,
    /// Order, such as `name:asc` or `id:desc`.
    pub sort: Option<Vec<String>>,
    /// RSQL, such as `name=="Lab*"`.
    #[schemars(length(max = 8000))]
    pub filter: Option<String>,
    /// Columns, in order; all when left out.
    pub fields: Option<Vec<ExportField>>,
}

/// A column of an export.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct ExportField {
    /// Field of the object.
    pub field_name: String,
    /// Heading to use instead of the field's name.
    pub field_label_override: Option<String>,
}

/// Name of an object as it stands in a path.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Name(#[schemars(length(min = 1, max = 255))] pub String);

/// Id of Jamf's platform: a UUID.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct PlatformId(
    #[schemars(regex(pattern = r"^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"))] pub String,
);

/// A moment, ISO 8601 with its zone, such as `2026-01-31T10:20:30Z`.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Timestamp(
    #[schemars(regex(
        pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"
    ))]
    pub String,
);

/// A day, such as `2026-01-31`.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Date(
    #[schemars(regex(pattern = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"))] pub String,
);

/// Pattern of a time in the server's time zone, such as `2026-01-31 08:00:00`, or nothing. A constant, for fields that say it in
/// words and have it checked by a rule.
pub const SERVER_TIME: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$";

/// Bytes in Base64.
#[derive(JsonSchema)]
#[schemars(inline)]
pub struct Base64(#[schemars(regex(pattern = r"^[A-Za-z0-9+/]*={0,2}$"))] pub String);
