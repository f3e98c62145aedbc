//! What a computer, a mobile device or a user reports, as criteria of smart groups ask for it. The main types are [`Fact`], which
//! names one thing by its table and column, and the trait [`Facts`], by which the caller hands in one record.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jamf_pro_tools::object_id::ObjectId;

use crate::fleet::known::Known;
use crate::sanitize::text;

/// Whom a group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Macs.
    Computer,
    /// iPhones, iPads and Apple TVs.
    MobileDevice,
    /// Users.
    User,
}

/// One thing that a record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A column of a table of the fleet. A table other than that of the record itself has any number of rows for it.
    Column {
        /// Such as `computers` or `computer_applications`.
        table: &'static str,
        /// Such as `os_version`.
        column: &'static str,
    },
    /// The extension attribute of a name.
    Attribute(String),
}

/// The values of a fact: one for each row, in the same order for all columns of a table; `None` where nothing is reported. Booleans
/// are `1` and `0` or `true` and `false`, moments are in UTC (`2026-11-29T07:41:11Z`), dates are `2026-11-29`.
pub type Values<'a> = Vec<Option<Cow<'a, str>>>;

/// One computer, mobile device or user.
pub trait Facts {
    /// Its Jamf id.
    fn id(&self) -> &ObjectId;

    /// The values of a fact. Unknown where the fleet has not read it, and for an attribute that the tenant does not have.
    fn values(&self, fact: &Fact) -> Known<Values<'_>>;
}

/// Facts in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    id: ObjectId,
    facts: BTreeMap<Fact, Vec<Option<String>>>,
}

impl Record {
    /// A record that says nothing yet.
    pub fn new(id: ObjectId) -> Self {
        Self { id, facts: BTreeMap::new() }
    }

    /// Add a fact with its values.
    #[must_use]
    pub fn with(mut self, fact: Fact, values: Vec<Option<String>>) -> Self {
        self.facts.insert(fact, values);
        self
    }
}

impl Facts for Record {
    fn id(&self) -> &ObjectId {
        &self.id
    }

    fn values(&self, fact: &Fact) -> Known<Values<'_>> {
        match (self.facts.get(fact), fact) {
            (Some(values), _) => {
                Known::Known(values.iter().map(|value| value.as_deref().map(Cow::Borrowed)).collect())
            }
            (None, Fact::Column { table, column }) => {
                Known::unknown(format!("`{column}` of `{table}` was not read"))
            }
            (None, Fact::Attribute(name)) => Known::unknown(format!(
                "{} is no criterion that can be evaluated here, and no extension attribute that was read",
                text::quoted(name, 80)
            )),
        }
    }
}
