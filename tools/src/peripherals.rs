//! Peripherals: records of displays, projectors and other things beside computers, and the types they are of, in the
//! Classic API.
//!
//! The body types are in the order in which Jamf writes them, which is the order that the XML must have.

use schemars::JsonSchema;

use crate::action::{Action, Risk, delete, get, post, put};
use crate::args::{Arguments, ById, Create, Id, Partial, Update, Whole};
use crate::classic_shapes::{Location, NewNamed, Purchasing};
use crate::effects::Affects;

/// All actions on peripherals and their types.
pub static ACTIONS: &[Action] = &[
    get::<Whole>("peripheral_list", "/JSSResource/peripherals")
        .about("List the peripherals with their ids, types, bar codes and the computers that they belong to.")
        .asked(&["monitors and docks attached to Macs"])
        .probably_needs(&["Read Computers"])
        .brief(&["id", "name", "type", "bar_code_1", "computer_id"]),
    get::<PeripheralGet>("peripheral_get", "/JSSResource/peripherals/id/{id}")
        .also(&["/JSSResource/peripherals/id/{id}/subset/{subset}"])
        .about("Get one peripheral: its type, fields, place, purchase and attachments.")
        .probably_needs(&["Read Computers"]),
    post::<Create<Peripheral>>("peripheral_create", "/JSSResource/peripherals/id/0")
        .about("Create a record of a peripheral, of a type that peripheral_type_list has.")
        .asked(&["register a monitor"])
        .probably_needs(&["Create Computers"])
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has"))
        .xml("peripheral"),
    put::<Update<Partial<Peripheral>>>("peripheral_update", "/JSSResource/peripherals/id/{id}")
        .about("Change the record of a peripheral; sections left out stay.")
        .probably_needs(&["Update Computers"])
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has"))
        .xml("peripheral"),
    delete::<ById>("peripheral_delete", "/JSSResource/peripherals/id/{id}")
        .about("Delete the record of a peripheral with its attachments.")
        .probably_needs(&["Delete Computers"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has")),
    get::<Whole>("peripheral_type_list", "/JSSResource/peripheraltypes")
        .about("List the types of peripherals with their ids.")
        .asked(&["kinds of peripherals"])
        .probably_needs(&["Read Peripheral Types"])
        .brief(&["id", "name"]),
    get::<ById>("peripheral_type_get", "/JSSResource/peripheraltypes/id/{id}")
        .about("Get one type of peripherals with its fields and their choices.")
        .probably_needs(&["Read Peripheral Types"]),
    post::<Create<NewNamed<PeripheralType>>>("peripheral_type_create", "/JSSResource/peripheraltypes/id/0")
        .about("Create a type of peripherals with its fields.")
        .probably_needs(&["Create Peripheral Types"])
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has"))
        .xml("peripheral_type"),
    put::<Update<Partial<NewNamed<PeripheralType>>>>("peripheral_type_update", "/JSSResource/peripheraltypes/id/{id}")
        .about("Change a type of peripherals. Fields that are given replace all it has; values of a field that goes are lost.")
        .probably_needs(&["Update Peripheral Types"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has"))
        .xml("peripheral_type"),
    delete::<ById>("peripheral_type_delete", "/JSSResource/peripheraltypes/id/{id}")
        .about("Delete a type of peripherals; peripherals of this type lose their type and fields.")
        .probably_needs(&["Delete Peripheral Types"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::Nothing("a peripheral is a record beside a computer, which keeps what it has")),
];

/// One peripheral, or a part of it.
#[derive(JsonSchema)]
pub struct PeripheralGet {
    /// Id of the peripheral, digits only.
    pub id: Id,
    /// A part of it.
    pub subset: Option<PeripheralSubset>,
}
impl Arguments for PeripheralGet {}

/// A part of a peripheral.
#[derive(JsonSchema)]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum PeripheralSubset {
    General,
    Location,
    Purchasing,
    Attachments,
}

/// A new peripheral.
#[derive(JsonSchema)]
pub struct Peripheral {
    /// Type, bar codes and fields.
    pub general: PeripheralGeneral,
    /// Who has it and where it is.
    pub location: Option<Location>,
    /// How it was bought or leased.
    pub purchasing: Option<Purchasing>,
}

/// Type, bar codes and fields of a new peripheral.
#[derive(JsonSchema)]
pub struct PeripheralGeneral {
    /// Name of its type.
    #[schemars(length(min = 1, max = 255))]
    pub r#type: String,
    /// The rest.
    #[schemars(flatten)]
    pub rest: PeripheralRest,
}

/// Bar codes and fields of a peripheral.
#[derive(JsonSchema)]
pub struct PeripheralRest {
    /// Bar code.
    pub bar_code_1: Option<String>,
    /// Second bar code.
    pub bar_code_2: Option<String>,
    /// Values of the fields of its type.
    #[schemars(extend("x-item" = "field"))]
    pub fields: Option<Vec<FieldValue>>,
}

/// A value of a field.
#[derive(JsonSchema)]
pub struct FieldValue {
    /// Name of the field.
    pub name: Option<String>,
    /// Its value.
    pub value: Option<String>,
}

/// What a type of peripherals has besides its name.
#[derive(JsonSchema)]
pub struct PeripheralType {
    /// Its fields.
    #[schemars(extend("x-item" = "field"))]
    pub fields: Option<Vec<Field>>,
}

/// A field of a type of peripherals.
#[derive(JsonSchema)]
pub struct Field {
    /// Its place among the fields.
    #[schemars(range(min = 0))]
    pub order: Option<u32>,
    /// Name.
    pub name: Option<String>,
    /// Free text, or one of its choices.
    pub r#type: Option<FieldKind>,
    /// What a menu offers.
    #[schemars(extend("x-item" = "choice"))]
    pub choices: Option<Vec<String>>,
}

/// A kind of field.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum FieldKind {
    Menu,
    Text,
}
